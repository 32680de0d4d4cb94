/* What the lines of dig, kdig and drill say about the records that they stand beside. */
#include "zone/zonefile_state.h"

#include "dns/types.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- Lines --------------------------------------------------------------------------------- */

static void begin_dump(struct zonefile *z, enum dumpmark mark)
{
    if (z->facts.has_soa)
        z->dump.over = true;
    else
        z->dump.begins = mark;
}

/* Whether a line says that what was read of the zone is not whole. Before its first record it is
 * about another attempt; behind the second SOA all of it was there. */
static bool is_about_zone(const struct zonefile *z)
{
    return z->facts.records > 0 && !z->facts.soa_last && !z->other.here;
}

/* Takes a line in. Returns whether it is the one to be told: of several the first says most. */
static bool counts(struct zonefile *z, enum dumpmark mark)
{
    struct zonefile_dump *dump = &z->dump;
    switch (mark) {
    case DUMPMARK_FAILED:
        if (dump->failed)
            return false;
        dump->failed = is_about_zone(z);
        return true;
    case DUMPMARK_FAILED_ANYWHERE:
        dump->failed_anywhere = true;
        return dump->line[0] == '\0';
    case DUMPMARK_FORGED:
        if (dump->forged)
            return false;
        dump->forged = true;
        return true;
    case DUMPMARK_ENDS:
        dump->ends |= z->facts.has_soa;
        return false;
    case DUMPMARK_NONE:
    case DUMPMARK_BEGINS:
    case DUMPMARK_BEGINS_ONE_SOA:
    default:
        return false;
    }
}

bool zonefile_dump_line(struct zonefile *z, const char *line, size_t length)
{
    enum dumpmark mark = dumpmark_of(line, length);
    if (mark == DUMPMARK_NONE)
        return false;
    if (mark == DUMPMARK_BEGINS || mark == DUMPMARK_BEGINS_ONE_SOA)
        begin_dump(z, mark);
    else if (!z->dump.over && !(z->facts.has_soa && z->other.here) && counts(z, mark)) {
        lexer_quote(z->dump.line, line, length);
        z->dump.number = z->levels[0]->line;
    }
    return true;
}

bool zonefile_dump_whole(const struct zonefile *z, char why[ZONEFILE_WHY])
{
    const struct zonefile_dump *dump = &z->dump;
    bool twice = z->facts.soa_last;
    if (dump->forged || dump->failed || (dump->failed_anywhere && !twice))
        snprintf(why, ZONEFILE_WHY, "line %lu says that the transfer failed: %s", dump->number,
                 dump->line);
    else if (dump->begins == DUMPMARK_BEGINS && z->facts.soa_first && !twice && !dump->ends)
        snprintf(why, ZONEFILE_WHY,
                 "the SOA is not repeated at the end, as in what dig and kdig write of a whole "
                 "transfer");
    else
        return true;
    return false;
}

/* ---- Entries that are not of a zone --------------------------------------------------------- */

static bool is_word(const struct lexer *lexer, const char *word)
{
    return lexer->kind == LEXER_WORD && lexer->length == strlen(word) &&
           strncasecmp(lexer->token, word, lexer->length) == 0;
}

/* KEY [0] [ANY] TSIG ...: the record that signs a message, which dig and kdig show among the
 * others; TTL, class and the name of the type as their options say. */
static bool is_tsig(struct lexer ahead)
{
    if (lexer_next(&ahead) != LEXER_WORD || lexer_next(&ahead) != LEXER_WORD)
        return false;
    if (is_word(&ahead, "0") || is_word(&ahead, "0s"))
        lexer_next(&ahead);
    if (is_word(&ahead, "ANY"))
        lexer_next(&ahead);
    return is_word(&ahead, "TSIG") || is_word(&ahead, "TYPE250");
}

static bool note_tsig(struct zonefile *z, const char *line, size_t length, struct err *err)
{
    char key[LEXER_QUOTE_ROOM], place[ZONEFILE_PLACE];
    struct lexer lexer;
    lexer_init(&lexer, line, length, true);
    lexer_next(&lexer);
    lexer_quote(key, lexer.token, lexer.length);
    return notes_add(z->config.notes, err, ERR_TSIG_LINE,
                     "%sthe TSIG record of the key %.100s signs a message, and is not of the "
                     "zone; such records are left out",
                     zonefile_note_place(z, line, place), key);
}

/* The line at the lexer's entry, where it ends soon enough for one of these. Returns false where it
 * does not, or the lexer starves. */
static bool find_line(struct lexer *lexer, const char *entry, size_t *length)
{
    enum { LINE_MOST = 4096 };
    size_t there = (size_t)(lexer->end - entry);
    const char *end = memchr(entry, '\n', there < LINE_MOST ? there : LINE_MOST);
    if (end == NULL && (there >= LINE_MOST || !lexer->last)) {
        lexer->starved = there < LINE_MOST;
        return false;
    }
    *length = end != NULL ? (size_t)(end - entry) : there;
    if (*length > 0 && entry[*length - 1] == '\r')
        --*length;
    return true;
}

/* Passes over the entry, which may go on in parentheses. */
static bool skip_entry(struct zonefile_level *level)
{
    struct lexer *lexer = &level->lexer;
    lexer_init(lexer, level->entry, (size_t)(lexer->end - level->entry), lexer->last);
    enum lexer_kind kind = LEXER_WORD;
    while (kind != LEXER_END && kind != LEXER_FAIL)
        kind = lexer_next(lexer);
    return kind == LEXER_END;
}

static bool is_tsig_line(const char *line, size_t length)
{
    struct lexer lexer;
    lexer_init(&lexer, line, length, true);
    return is_tsig(lexer);
}

/* Takes in what stands at the entry, which was passed over. */
static bool take_entry(struct zonefile *z, size_t length, struct err *err)
{
    struct zonefile_level *level = z->levels[z->depth - 1];
    *err = (struct err){.kind = ERR_NONE};
    level->lexer.token = level->entry; /* under strict that is the place */
    if (is_tsig_line(level->entry, length))
        return note_tsig(z, level->entry, length, err);
    return zonefile_dump_line(z, level->entry, length);
}

bool zonefile_dump_entry(struct zonefile *z, struct err *err)
{
    struct zonefile_level *level = z->levels[z->depth - 1];
    struct lexer before = level->lexer;
    size_t length;
    if (find_line(&level->lexer, level->entry, &length)) {
        bool is_mark = z->depth == 1 && dumpmark_of(level->entry, length) != DUMPMARK_NONE;
        if (!is_mark && !is_tsig_line(level->entry, length))
            return false;
        if (skip_entry(level))
            return take_entry(z, length, err);
    }
    if (level->lexer.starved)
        *err = (struct err){.kind = ERR_NONE};
    else
        level->lexer = before;
    return false;
}
