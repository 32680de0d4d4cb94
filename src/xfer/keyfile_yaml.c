/* Sections "key:" of Knot DNS, clauses "key:" of NSD and "tsig-key:" of Unbound and Cascade. */
#include "xfer/keyfile_own.h"

#include <string.h>

enum token { END, WORD, STRING, ATTRIBUTE, DASH, BAD };

/* The first word is an attribute, with or without its value directly after the colon. */
bool keyfile_fits_yaml(struct keyfile ahead)
{
    struct keyfile_piece line, word;
    if (!keyfile_next_line(&ahead, &line))
        return false;
    keyfile_next_word(&line, &word);
    const char *colon = memchr(word.at, ':', word.length);
    return colon != NULL && memchr(word.at, '{', word.length) == NULL &&
           (colon == word.at + word.length - 1 || memchr("\"'#", colon[1], 3) != NULL);
}

/* A quote opens a string at the start of a word, or directly after a colon. */
static size_t yaml_word(const struct keyfile *file)
{
    size_t n = 0, rest = (size_t)(file->end - file->at);
    while (n < rest && !keyfile_is_blank(file->at[n]) && file->at[n] != '#' &&
           !(n > 0 && file->at[n - 1] == ':' && strchr("\"'", file->at[n]) != NULL))
        n++;
    return n;
}

static enum token yaml_token(struct keyfile *file, struct keyfile_piece *piece)
{
    while (file->at < file->end && (keyfile_is_blank(*file->at) || *file->at == '#')) {
        if (*file->at == '#')
            keyfile_skip_line(file);
        else
            keyfile_skip(file, 1);
    }
    *piece = (struct keyfile_piece){file->at, 0, file->line, false};
    if (file->at == file->end)
        return END;
    char quote = *file->at;
    if (quote == '"' || quote == '\'') {
        const char *p = file->at + 1;
        while (p < file->end && *p != quote && *p != '\n')
            p++;
        bool closed = p < file->end && *p == quote;
        *piece = (struct keyfile_piece){file->at + 1, (size_t)(p - file->at) - 1, file->line, true};
        file->at = closed ? p + 1 : p;
        return closed ? STRING : BAD;
    }
    piece->length = yaml_word(file);
    file->at += piece->length;
    if (piece->length == 1 && quote == '-')
        return DASH;
    return piece->at[piece->length - 1] == ':' ? ATTRIBUTE : WORD;
}

/* Whether an attribute opens a section of keys: in Knot's other sections "key:" has a value. */
static bool opens_section(const struct keyfile *file, const struct keyfile_piece *key)
{
    struct keyfile ahead = *file;
    struct keyfile_piece next;
    if (!keyfile_is(key, "key:") && !keyfile_is(key, "tsig-key:"))
        return false;
    enum token token = yaml_token(&ahead, &next);
    return (token != WORD && token != STRING && token != BAD) || next.line != key->line;
}

static struct keyfile_piece *yaml_member(struct keyfile_draft *draft,
                                         const struct keyfile_piece *attribute)
{
    if (keyfile_is(attribute, "id:") || keyfile_is(attribute, "name:"))
        return &draft->name;
    if (keyfile_is(attribute, "algorithm:"))
        return &draft->algorithm;
    return keyfile_is(attribute, "secret:") ? &draft->secret : NULL;
}

static bool is_empty(const struct keyfile_draft *draft)
{
    return draft->name.at == NULL && draft->algorithm.at == NULL && draft->secret.at == NULL;
}

/* Reads one token of a section. Sets *ends where the clause ends before it. */
static bool yaml_step(struct keyfile *file, struct keyfile_draft *draft, bool *ends, unsigned *line,
                      struct err *err)
{
    struct keyfile_piece piece, value;
    enum token token = yaml_token(file, &piece);
    struct keyfile_piece *member = token == ATTRIBUTE ? yaml_member(draft, &piece) : NULL;
    *line = piece.line;
    *ends = token == END || token == DASH;
    if (*ends)
        return true;
    if (token == ATTRIBUTE && keyfile_is(&piece, "comment:"))
        return keyfile_skip_line(file), true;
    if (token == ATTRIBUTE && member == NULL) {
        file->in_section = opens_section(file, &piece);
        file->includes |= keyfile_is(&piece, "include:");
        *ends = true;
        return true;
    }
    if (member == NULL) {
        keyfile_fail_at(file, piece.line, "expected name: or id:, algorithm: or secret:", err);
        return false;
    }
    token = yaml_token(file, &value);
    if (token != WORD && token != STRING)
        keyfile_fail_at(file, piece.line, "expected a value, which may be quoted", err);
    else if (member->at != NULL)
        keyfile_fail_at(file, piece.line, "the key clause says that twice", err);
    *member = value;
    return err->kind == ERR_NONE;
}

enum keyfile_event keyfile_next_yaml(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_draft draft = {.name = {.at = NULL}};
    for (;;) {
        struct keyfile_piece piece;
        bool ends;
        unsigned line;
        if (file->in_section) {
            if (!yaml_step(file, &draft, &ends, &line, err))
                return KEYFILE_FAIL;
            if (ends && !is_empty(&draft))
                return keyfile_finish(file, &draft, line, key, err);
            if (ends && file->at == file->end)
                return KEYFILE_END;
            continue;
        }
        enum token token = yaml_token(file, &piece);
        if (token == END)
            return KEYFILE_END;
        if (token == ATTRIBUTE)
            file->in_section = opens_section(file, &piece);
        file->includes |= token == ATTRIBUTE && keyfile_is(&piece, "include:");
    }
}
