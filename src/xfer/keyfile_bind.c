/* key "name" { algorithm ...; secret "..."; }; in what BIND reads. */
#include "xfer/keyfile_own.h"

#include <string.h>

enum token { END, WORD, STRING, OPEN, CLOSE, SEMICOLON, BAD };

/* Skips blanks and comments. Returns false at a comment that does not end. */
bool keyfile_skip_bind(struct keyfile *file)
{
    while (file->at < file->end) {
        if (keyfile_is_blank(*file->at)) {
            keyfile_skip(file, 1);
        } else if (*file->at == '#' || keyfile_begins(file, "//")) {
            keyfile_skip_line(file);
        } else if (keyfile_begins(file, "/*")) {
            const char *close = memmem(file->at + 2, (size_t)(file->end - file->at - 2), "*/", 2);
            if (close == NULL)
                return false;
            keyfile_skip(file, (size_t)(close - file->at) + 2);
        } else {
            break;
        }
    }
    return true;
}

static enum token bind_string(struct keyfile *file, struct keyfile_piece *piece)
{
    const char *p = file->at + 1;
    while (p < file->end && *p != '"')
        p += *p == '\\' && p + 1 < file->end ? 2 : 1;
    if (p >= file->end)
        return BAD;
    *piece = (struct keyfile_piece){file->at + 1, (size_t)(p - file->at) - 1, file->line, true};
    keyfile_skip(file, piece->length + 2);
    return STRING;
}

/* A comment also ends a word, as in BIND. */
static bool ends_bind_word(const struct keyfile *file)
{
    return file->at == file->end || keyfile_is_blank(*file->at) ||
           strchr("{};\"#", *file->at) != NULL || keyfile_begins(file, "//") ||
           keyfile_begins(file, "/*");
}

static enum token bind_token(struct keyfile *file, struct keyfile_piece *piece)
{
    bool closed = keyfile_skip_bind(file);
    *piece = (struct keyfile_piece){file->at, 0, file->line, false};
    if (!closed)
        return BAD;
    if (file->at == file->end)
        return END;
    if (*file->at == '"')
        return bind_string(file, piece);
    char c = *file->at;
    do {
        file->at++;
    } while (strchr("{};", c) == NULL && !ends_bind_word(file));
    piece->length = (size_t)(file->at - piece->at);
    return c == '{' ? OPEN : c == '}' ? CLOSE : c == ';' ? SEMICOLON : WORD;
}

bool keyfile_opens_brace(struct keyfile ahead)
{
    enum { WORDS = 4 }; /* zone "name" IN { */
    struct keyfile_piece piece;
    enum token token = WORD;
    for (int i = 0; i < WORDS && (token == WORD || token == STRING); i++)
        token = bind_token(&ahead, &piece);
    return token == OPEN;
}

static enum keyfile_event fail_bad(const struct keyfile *file, unsigned line, struct err *err)
{
    return keyfile_fail_at(file, line, "a quote or comment begins here and does not end", err);
}

/* Reads the body of a clause, after its opening brace. */
static enum keyfile_event bind_clause(struct keyfile *file, struct keyfile_draft *draft,
                                      struct tsig_key *key, struct err *err)
{
    for (;;) {
        struct keyfile_piece word, value, end;
        enum token token = bind_token(file, &word);
        if (token == CLOSE)
            return keyfile_finish(file, draft, word.line, key, err);
        bool is_algorithm = token == WORD && keyfile_is(&word, "algorithm");
        if (!is_algorithm && !(token == WORD && keyfile_is(&word, "secret")))
            return keyfile_fail_at(file, word.line, "expected algorithm, secret or }", err);
        token = bind_token(file, &value);
        if (token != WORD && token != STRING)
            return keyfile_fail_at(file, value.line, "expected a value, which may be quoted", err);
        struct keyfile_piece *to = is_algorithm ? &draft->algorithm : &draft->secret;
        if (to->at != NULL)
            return keyfile_fail_at(file, word.line, "the key clause says that twice", err);
        *to = value;
        if (bind_token(file, &end) != SEMICOLON)
            return keyfile_fail_at(file, end.line, "expected ; after the value", err);
    }
}

/* After the word "key" at the start of a statement. Sets *is_clause where a clause has begun. */
static enum keyfile_event bind_key(struct keyfile *file, struct keyfile_draft *draft,
                                   bool *is_clause, struct err *err)
{
    struct keyfile before = *file;
    struct keyfile_piece brace;
    enum token token = bind_token(file, &draft->name);
    if (token == OPEN)
        return keyfile_fail_at(file, draft->name.line, "expected the name of the key before {",
                               err);
    *is_clause = (token == WORD || token == STRING) && bind_token(file, &brace) == OPEN;
    if (!*is_clause)
        *file = before;
    return KEYFILE_KEY;
}

bool keyfile_fits_bind(struct keyfile ahead)
{
    (void)ahead; /* a named.conf may begin with anything */
    return true;
}

enum keyfile_event keyfile_next_bind(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    bool begins_statement = true, is_clause = false;
    for (;;) {
        struct keyfile_draft draft = {.name = {.at = NULL}};
        struct keyfile_piece piece;
        enum token token = bind_token(file, &piece);
        if (token == BAD)
            return fail_bad(file, piece.line, err);
        if (token == CLOSE && file->depth-- == 0)
            return keyfile_fail_at(file, piece.line, "this } closes nothing", err);
        if (token == END && file->depth > 0)
            return keyfile_fail_at(file, piece.line, "the text ends before all braces are closed",
                                   err);
        if (token == END)
            return KEYFILE_END;
        file->depth += token == OPEN;
        if (token == WORD && begins_statement && keyfile_is(&piece, "include"))
            file->includes = true;
        if (token == WORD && begins_statement && keyfile_is(&piece, "key")) {
            if (bind_key(file, &draft, &is_clause, err) == KEYFILE_FAIL)
                return KEYFILE_FAIL;
            if (is_clause)
                return bind_clause(file, &draft, key, err);
        }
        begins_statement = token == OPEN || token == CLOSE || token == SEMICOLON;
    }
}
