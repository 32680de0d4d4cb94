/* The tokens of a master file (RFC 1035 section 5.1).
 *
 * Purpose: splits a window of text into words, quoted strings and line ends. It knows blanks,
 * comments, parentheses and escapes, but not what the words mean. Where the window ends inside a
 * token and more text may come, it says that it is starved: the caller refills the window and
 * starts again from a point where it knows its state.
 * Owns: nothing.
 * Borrows: the window, and lends parts of it as tokens.
 * Never: allocates, reads files. */
#ifndef DNS_LEXER_H
#define DNS_LEXER_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum lexer_kind {
    LEXER_FAIL, /* starved, or the text cannot be split: see `why` */
    LEXER_WORD,
    LEXER_QUOTED, /* the token is what stands between the quotes */
    LEXER_END,    /* of the line or of the text; a line end was passed over */
};

struct lexer {
    const char *at, *end; /* what is not read yet */
    bool last;            /* nothing comes after `end` */
    bool starved;         /* the window ended too early */
    bool escaped;         /* the token has a backslash in it */
    enum lexer_kind kind; /* of the token */
    const char *token;    /* stays in the window */
    size_t length;
    const char *why;     /* what is wrong with the text as such: a static phrase */
    unsigned depth;      /* open parentheses */
    unsigned lines;      /* line ends that were passed over */
    const char *comment; /* the last one after other text; the caller clears it */
};

/* Starts on a window. */
void lexer_init(struct lexer *lexer, const char *text, size_t length, bool last);

/* Reads the next token. After LEXER_FAIL it must not be asked again. */
enum lexer_kind lexer_next(struct lexer *lexer);

/* Reads the next token and tells whether it is a word or a quoted string. */
static inline bool lexer_item(struct lexer *lexer)
{
    enum lexer_kind kind = lexer_next(lexer);
    return kind == LEXER_WORD || kind == LEXER_QUOTED;
}

/* Reads the next token, where it is likely to be the line end, and tells whether it is. */
static inline bool lexer_ends(struct lexer *lexer)
{
    if (lexer->at == lexer->end || *lexer->at != '\n' || lexer->depth > 0)
        return lexer_next(lexer) == LEXER_END;
    lexer->escaped = false;
    lexer->kind = LEXER_END;
    lexer->token = lexer->at++;
    lexer->length = 0;
    lexer->lines++;
    return true;
}

/* Takes n characters, which are known to be a word with a blank after it, as the next token. */
static inline void lexer_take_word(struct lexer *lexer, size_t n)
{
    lexer->escaped = false;
    lexer->kind = LEXER_WORD;
    lexer->token = lexer->at;
    lexer->length = n;
    lexer->at += n;
}

/* Whether the next token is a word, and its first character stands for itself; the token is not
 * read. False also where blanks alone do not lead to it. */
bool lexer_expects_word(const struct lexer *lexer);

/* Puts back the token that was read last. */
void lexer_back(struct lexer *lexer);

/* Passes over the rest of a comment, up to the line end. Returns false if starved. */
bool lexer_comment(struct lexer *lexer);

/* Sets the error that says what was expected in place of the last token, or what is wrong with the
 * text as such; sets none when the lexer is starved. Errors: ERR_SYNTAX. Returns false. */
bool lexer_expected(const struct lexer *lexer, const char *expected, struct err *err);

/* Where an error about the last token points to: at a line end after a comment, where that begins.
 */
const char *lexer_place(const struct lexer *lexer);

/* Decodes the token's escapes: \DDD and \X. Returns where the octets end; or NULL if an escape is
 * malformed, and *why says what was expected, or if there are more than `room` octets, and *why is
 * NULL. */
uint8_t *lexer_decode(const char *token, size_t length, uint8_t *to, size_t room, const char **why);

enum { LEXER_QUOTE_ROOM = 4 * 80 + 8 };

/* Writes text for a message: in quotes, what is not printable escaped, and no more than 80
 * characters of it. Returns to. */
const char *lexer_quote(char to[LEXER_QUOTE_ROOM], const char *text, size_t length);

#endif
