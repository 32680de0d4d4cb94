/* Trust anchors in the configuration of BIND:
 *
 *   trust-anchors { "." initial-key 257 3 8 "AwEAA..."; example. static-ds 4711 13 2 "AABB..."; };
 *   managed-keys { "." initial-key 257 3 8 "AwEAA..."; };
 *   trusted-keys { "." 257 3 8 "AwEAA..."; }; */
#include "dns/types.h"
#include "verify/anchor_own.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum token { END, WORD, STRING, OPEN, CLOSE, SEMICOLON, BAD };

enum { WORDS_MOST = 6, RDATA_TEXT_ROOM = 8192 };

static const char *const clauses[] = {"trust-anchors", "managed-keys", "trusted-keys"};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static bool begins(const struct anchor_text *text, const char *mark)
{
    size_t length = strlen(mark);
    return (size_t)(text->end - text->at) >= length && memcmp(text->at, mark, length) == 0;
}

static void skip(struct anchor_text *text, size_t length)
{
    for (; length > 0; length--)
        text->line += *text->at++ == '\n';
}

/* Passes over blanks and comments. False at one that does not end. */
static bool skip_blanks(struct anchor_text *text)
{
    while (text->at < text->end) {
        if (is_blank(*text->at)) {
            skip(text, 1);
        } else if (*text->at == '#' || begins(text, "//")) {
            const char *line = memchr(text->at, '\n', (size_t)(text->end - text->at));
            text->at = line != NULL ? line : text->end;
        } else if (begins(text, "/*")) {
            const char *close = memmem(text->at + 2, (size_t)(text->end - text->at - 2), "*/", 2);
            if (close == NULL)
                return false;
            skip(text, (size_t)(close + 2 - text->at));
        } else {
            break;
        }
    }
    return true;
}

static enum token next_string(struct anchor_text *text, struct anchor_piece *piece)
{
    const char *close = memchr(text->at + 1, '"', (size_t)(text->end - text->at - 1));
    if (close == NULL)
        return BAD;
    *piece = (struct anchor_piece){text->at + 1, (size_t)(close - text->at - 1)};
    skip(text, piece->length + 2);
    return STRING;
}

static bool ends_word(const struct anchor_text *text)
{
    return text->at == text->end || is_blank(*text->at) || *text->at == '{' || *text->at == '}' ||
           *text->at == ';' || *text->at == '"' || *text->at == '#' || begins(text, "//") ||
           begins(text, "/*");
}

static enum token next_token(struct anchor_text *text, struct anchor_piece *piece)
{
    if (!skip_blanks(text))
        return BAD;
    *piece = (struct anchor_piece){text->at, 0};
    if (text->at == text->end)
        return END;
    switch (*text->at) {
    case '"':
        return next_string(text, piece);
    case '{':
        text->at++;
        return OPEN;
    case '}':
        text->at++;
        return CLOSE;
    case ';':
        text->at++;
        return SEMICOLON;
    default:
        break;
    }
    do
        text->at++;
    while (!ends_word(text));
    piece->length = (size_t)(text->at - piece->at);
    return WORD;
}

static bool is_word(const struct anchor_piece *piece, const char *word)
{
    return piece->length == strlen(word) && strncasecmp(piece->at, word, piece->length) == 0;
}

static bool is_clause(const struct anchor_piece *piece)
{
    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
        if (is_word(piece, clauses[i]))
            return true;
    return false;
}

/* Moves on to the next clause with anchors, behind its brace. END: there is none. */
static enum token find_clause(struct anchor_text *text)
{
    struct anchor_piece piece;
    enum token token = next_token(text, &piece);
    while (token != END && token != BAD) {
        bool found = token == WORD && is_clause(&piece);
        token = next_token(text, &piece);
        if (found && token == OPEN)
            return OPEN;
    }
    return token;
}

bool anchor_is_bind(struct anchor_text text)
{
    return find_clause(&text) == OPEN;
}

/* The words of an entry, up to its semicolon. */
struct entry {
    struct anchor_piece words[WORDS_MOST];
    size_t count;
};

static enum token read_entry(struct anchor_text *text, struct entry *entry)
{
    enum token token;
    struct anchor_piece piece;
    entry->count = 0;
    while ((token = next_token(text, &piece)) == WORD || token == STRING)
        if (entry->count < WORDS_MOST)
            entry->words[entry->count++] = piece;
        else
            return BAD;
    return token;
}

/* Puts three numbers and the data together as RDATA is written. */
static bool add_entry(struct anchor_text *text, const struct entry *entry, struct err *err)
{
    char rdata[RDATA_TEXT_ROOM];
    size_t at = 0, first = entry->count == WORDS_MOST ? 2 : 1;
    const struct anchor_piece *kind = &entry->words[1];
    bool is_ds = first == 2 && (is_word(kind, "initial-ds") || is_word(kind, "static-ds"));
    bool is_key = first == 1 || is_word(kind, "initial-key") || is_word(kind, "static-key");
    if (entry->count < WORDS_MOST - 1 || (!is_ds && !is_key))
        return anchor_fail(text, "expected NAME [initial-key] NUMBER NUMBER NUMBER \"DATA\";", err);
    for (size_t i = first; i < entry->count; i++) {
        const struct anchor_piece *word = &entry->words[i];
        if (word->length + 2 > sizeof rdata - at)
            return anchor_fail(text, "the data is too long", err);
        for (size_t j = 0; j < word->length; j++) /* the data may go over several lines */
            rdata[at++] = (char)(is_blank(word->at[j]) ? ' ' : word->at[j]);
        rdata[at++] = ' ';
    }
    rdata[at] = '\0';
    return anchor_add_text(text, &entry->words[0], is_ds ? TYPE_DS : TYPE_DNSKEY, rdata, 0, 0, err);
}

bool anchor_read_bind(struct anchor_text *text, struct err *err)
{
    enum token token;
    struct entry entry;
    while ((token = find_clause(text)) == OPEN) {
        while ((token = read_entry(text, &entry)) == SEMICOLON)
            if (!add_entry(text, &entry, err))
                return false;
        if (token != CLOSE || entry.count > 0)
            return anchor_fail(text, "expected a semicolon after each entry, and a closing brace",
                               err);
    }
    return token == END || anchor_fail(text, "a quote or comment does not end", err);
}
