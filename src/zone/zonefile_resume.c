/* Going on after an entry that cannot be read, to find what else is wrong with the file.
 *
 * What is left of the entry is passed over: the words up to the end of its line, or of the line
 * that closes its parentheses; but where a word that is wrong begins a line, the parenthesis was
 * probably not closed. What the entry would have told those after it is supplied, so that one
 * mistake is not told again for each of them: an owner, a TTL. Where that cannot be, there is no
 * going on. */
#include "zone/zonefile_state.h"

#include <string.h>

/* Whether the entries that follow mean anything: names without an origin do not, a file of another
 * kind has none, and what a file would have included is missing. The other kinds are not about an
 * entry. */
static bool is_about_entry(enum err_kind kind)
{
    switch ((int)kind) {
    case ERR_INPUT:
    case ERR_FOREIGN:
    case ERR_INCLUDE:
    case ERR_INCLUDE_MISSING:
    case ERR_NO_ORIGIN:
    case ERR_DOT_MISSING:
        return false;
    default:
        return err_class(kind) == ERR_CLASS_INPUT || err_class(kind) == ERR_CLASS_PROTOCOL;
    }
}

/* Supplies what the entry lacked. */
static void supply(struct zonefile *z)
{
    static const uint8_t root[1] = {0};
    struct zonefile_names *names = &z->names;
    if (z->entry_owner_length > 0) {
        memcpy(names->owner, z->next_owner, z->entry_owner_length);
        names->owner_length = z->entry_owner_length;
    } else if (!names->has_owner) {
        memcpy(names->owner, root, sizeof root);
        names->owner_length = sizeof root;
    }
    names->has_owner = true;
    names->last_ttl.known = true;
    z->owner_text_length = 0;
    z->owner_moved = true;
}

/* Makes room for more of an entry that is passed over: what was read of it is not needed. */
static bool move_on(struct zonefile *z, const struct lexer *before, struct err *err)
{
    struct zonefile_level *level = z->levels[z->depth - 1];
    unsigned depth = before->depth;
    level->line += before->lines;
    level->entry = before->at;
    if (!zonefile_refill(z, err))
        return false;
    level->lexer.depth = depth;
    return true;
}

/* Passes over the rest of a line that cannot be split into words. */
static bool pass_line(struct zonefile *z, struct err *err)
{
    struct lexer *lexer = &z->levels[z->depth - 1]->lexer;
    struct lexer before = *lexer;
    while (!lexer_comment(lexer)) {
        before.at = lexer->end;
        if (!move_on(z, &before, err))
            return false;
        before = *lexer;
    }
    lexer->why = NULL;
    return true;
}

/* Whether the word that is wrong begins a line although a parenthesis is open: that was probably
 * not closed, and the word is the owner of the next entry. */
static bool begins_entry(const struct zonefile_level *level)
{
    const struct lexer *lexer = &level->lexer;
    return lexer->depth > 0 && lexer->kind == LEXER_WORD && lexer->token > level->entry &&
           lexer->token < lexer->end && lexer->token[-1] == '\n';
}

/* Passes over what is left of the entry in which the lexer stands. */
static bool pass_entry(struct zonefile *z, struct err *err)
{
    struct lexer *lexer = &z->levels[z->depth - 1]->lexer;
    unsigned steps = 0;
    if (begins_entry(z->levels[z->depth - 1])) {
        lexer->at = lexer->token;
        return true;
    }
    bool at_line_end = lexer->kind == LEXER_END;
    while (!at_line_end) {
        if (halt_step(z->config.halt, &steps, err))
            return false;
        bool is_over =
            lexer->kind == LEXER_FAIL && !lexer->starved && lexer->at == lexer->end && lexer->last;
        if (is_over)
            return true;
        if (lexer->kind == LEXER_FAIL && !lexer->starved && !pass_line(z, err))
            return false;
        struct lexer before = *lexer;
        at_line_end = lexer_next(lexer) == LEXER_END;
        if (!lexer->starved)
            continue;
        if (!move_on(z, &before, err))
            return false;
        lexer->kind = LEXER_WORD;
    }
    return true;
}

bool zonefile_resume(struct source *source, enum err_kind kind, struct err *err)
{
    struct zonefile *z = (struct zonefile *)source;
    struct zonefile_level *level = z->levels[z->depth - 1];
    if (z->hopeless || z->facts.soa_last || !is_about_entry(kind))
        return false;
    z->generate.active = false;
    if (!z->in_entry)
        return true;
    z->in_entry = false;
    supply(z);
    if (!pass_entry(z, err))
        return false;
    level->lines = level->lexer.lines;
    level->lexer.depth = 0;
    level->lexer.comment = level->lexer.why = NULL;
    return true;
}
