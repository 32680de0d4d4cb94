#include "dns/lexer.h"

#include <endian.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What a character means outside quotes. After the words, what nearly all of them end at. */
enum { WORD, BLANK, LINE, CARRIAGE, QUOTE, OPEN, CLOSE, COMMENT, ESCAPE, NUL };

static const uint8_t classes[256] = {
    [0] = NUL,     ['\t'] = BLANK, ['\n'] = LINE, ['\r'] = CARRIAGE, [' '] = BLANK,
    ['"'] = QUOTE, ['('] = OPEN,   [')'] = CLOSE, [';'] = COMMENT,   ['\\'] = ESCAPE,
};

static inline unsigned class_of(char c)
{
    return classes[(unsigned char)c];
}

void lexer_init(struct lexer *lexer, const char *text, size_t length, bool last)
{
    *lexer = (struct lexer){.at = text, .end = text + length, .last = last};
}

static enum lexer_kind fail(struct lexer *lexer, const char *at, const char *why)
{
    lexer->kind = LEXER_FAIL;
    lexer->token = lexer->at = at;
    lexer->length = 0;
    lexer->why = why;
    return LEXER_FAIL;
}

/* The window ends where the token could go on. */
static enum lexer_kind starve(struct lexer *lexer)
{
    lexer->starved = true;
    return fail(lexer, lexer->end, NULL);
}

static enum lexer_kind set_token(struct lexer *lexer, enum lexer_kind kind, const char *from,
                                 const char *to, const char *next)
{
    lexer->kind = kind;
    lexer->token = from;
    lexer->length = (size_t)(to - from);
    lexer->at = next;
    return kind;
}

/* ---- Many characters at once --------------------------------------------------------------- *
 *
 * A mask tells of a chunk of characters which of them are looked for: PLACE bits for each, of which
 * the lowest that is set is in the place of the first. What comes after the first may be wrong. */

#ifdef __SSE2__
typedef unsigned mask;
enum { CHUNK = 16, PLACE = 1 };

/* What may end a word: what sorts before '*', a semicolon, a backslash. Of those that belong to
 * words all the same, such as '!' and most control characters, the table tells. */
static inline mask find_stops(const char *p)
{
    __m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i stop = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(')')), c);
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(c, _mm_set1_epi8(';')));
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(stop);
}

/* What may end a quoted string, or must not be in it: a quote, a backslash, a line feed and what
 * sorts before that. */
static inline mask find_quote_stops(const char *p)
{
    __m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i stop = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8('\n')), c);
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(c, _mm_set1_epi8('"')));
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(stop);
}
#else
typedef uint64_t mask;
enum { CHUNK = 8, PLACE = 8 };
static const uint64_t ones = UINT64_MAX / 0xff, highest = UINT64_MAX / 0xff * 0x80;

static inline uint64_t load(const char *p)
{
    uint64_t octets;
    memcpy(&octets, p, sizeof octets);
    return le64toh(octets);
}

/* The highest bit of each octet below n, which is at most 128; above the first one also of some
 * that are not, since a subtraction borrows from the next octet. */
static inline mask find_below(uint64_t octets, unsigned n)
{
    return (octets - ones * n) & ~octets & highest;
}

static inline mask find_equal(uint64_t octets, char c)
{
    return find_below(octets ^ ones * (unsigned char)c, 1);
}

static inline mask find_stops(const char *p)
{
    uint64_t c = load(p);
    return find_below(c, ')' + 1) | find_equal(c, ';') | find_equal(c, '\\');
}

static inline mask find_quote_stops(const char *p)
{
    uint64_t c = load(p);
    return find_below(c, '\n' + 1) | find_equal(c, '"') | find_equal(c, '\\');
}
#endif

/* The place of the first, of a mask that is not 0. */
static inline unsigned first_of(mask found)
{
    return (unsigned)(sizeof found == 8 ? __builtin_ctzll(found) : __builtin_ctz((unsigned)found)) /
           PLACE;
}

/* The first character from p on that does not belong to a word as it is. */
static inline const char *word_end(const char *p, const char *end)
{
    while (end - p >= CHUNK) {
        mask stops = find_stops(p);
        if (stops == 0) {
            p += CHUNK;
            continue;
        }
        p += first_of(stops);
        if (class_of(*p) != WORD)
            return p;
        p++;
    }
    while (p < end && class_of(*p) == WORD)
        p++;
    return p;
}

/* The first character from p on that a quoted string does not simply pass over, or some other that
 * sorts before a line feed. */
static inline const char *quote_end(const char *p, const char *end)
{
    while (end - p >= CHUNK) {
        mask stops = find_quote_stops(p);
        if (stops != 0)
            return p + first_of(stops);
        p += CHUNK;
    }
    return p;
}

/* ---- Tokens -------------------------------------------------------------------------------- */

/* Passes over a backslash and what it escapes. Returns NULL where the text ends or may not go on
 * so. */
static const char *over_escape(struct lexer *lexer, const char *p, bool in_quotes)
{
    lexer->escaped = true;
    if (p + 1 == lexer->end) {
        if (lexer->last)
            fail(lexer, p, "a backslash ends the text");
        else
            starve(lexer);
        return NULL;
    }
    if (p[1] == '\n' || p[1] == '\0') {
        if (!in_quotes || p[1] == '\0') {
            fail(lexer, p, p[1] == '\0' ? "a NUL octet" : "a backslash ends the line");
            return NULL;
        }
        lexer->lines++;
    }
    return p + 2;
}

static enum lexer_kind word(struct lexer *lexer)
{
    const char *from = lexer->at, *p = from;
    for (;;) {
        p = word_end(p, lexer->end);
        if (p == lexer->end)
            return lexer->last ? set_token(lexer, LEXER_WORD, from, p, p) : starve(lexer);
        if (class_of(*p) != ESCAPE)
            return set_token(lexer, LEXER_WORD, from, p, p);
        p = over_escape(lexer, p, false);
        if (p == NULL)
            return LEXER_FAIL;
    }
}

static enum lexer_kind quoted(struct lexer *lexer)
{
    const char *from = lexer->at + 1, *p = from;
    while ((p = quote_end(p, lexer->end)) < lexer->end) {
        switch (*p) {
        case '"':
            return set_token(lexer, LEXER_QUOTED, from, p, p + 1);
        case '\\':
            p = over_escape(lexer, p, true);
            if (p == NULL)
                return LEXER_FAIL;
            break;
        case '\n':
            return fail(lexer, lexer->at, "a quoted string does not end on its line");
        case '\0':
            return fail(lexer, p, "a NUL octet");
        default:
            p++;
        }
    }
    return lexer->last ? fail(lexer, lexer->at, "a quoted string does not end") : starve(lexer);
}

bool lexer_comment(struct lexer *lexer)
{
    const char *line = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
    if (line == NULL && !lexer->last) {
        starve(lexer);
        return false;
    }
    lexer->at = line != NULL ? line : lexer->end;
    return true;
}

static enum lexer_kind text_end(struct lexer *lexer)
{
    if (!lexer->last)
        return starve(lexer);
    if (lexer->depth > 0)
        return fail(lexer, lexer->end, "an opened parenthesis is not closed");
    return set_token(lexer, LEXER_END, lexer->end, lexer->end, lexer->end);
}

/* Passes over a parenthesis, a comment, or a line end inside parentheses. Returns whether to go
 * on. */
static bool pass_mark(struct lexer *lexer, unsigned class)
{
    switch (class) {
    case OPEN:
        lexer->depth++;
        lexer->at++;
        return true;
    case CLOSE:
        if (lexer->depth == 0) {
            fail(lexer, lexer->at, "a parenthesis is closed that was not opened");
            return false;
        }
        lexer->depth--;
        lexer->at++;
        return true;
    case COMMENT:
        lexer->comment = lexer->at;
        return lexer_comment(lexer);
    case LINE: /* inside parentheses */
        lexer->lines++;
        lexer->at++;
        return true;
    default:
        fail(lexer, lexer->at, "a NUL octet");
        return false;
    }
}

/* Reads a token of any kind. Not inline: the way of most tokens shall not pay for its registers. */
__attribute__((noinline)) static enum lexer_kind next_token(struct lexer *lexer)
{
    for (;;) {
        if (lexer->at == lexer->end)
            return text_end(lexer);
        unsigned class = class_of(*lexer->at);
        switch (class) {
        case WORD:
        case ESCAPE:
            return word(lexer);
        case BLANK:
            lexer->at++;
            break;
        case QUOTE:
            return quoted(lexer);
        case CARRIAGE:
            if (lexer->at + 1 == lexer->end && !lexer->last)
                return starve(lexer);
            if (lexer->at + 1 < lexer->end && lexer->at[1] != '\n')
                return fail(lexer, lexer->at, "a carriage return without a line feed");
            lexer->at++;
            break;
        case LINE:
            if (lexer->depth == 0) {
                lexer->lines++;
                return set_token(lexer, LEXER_END, lexer->at, lexer->at, lexer->at + 1);
            }
            __attribute__((fallthrough));
        default:
            if (!pass_mark(lexer, class))
                return LEXER_FAIL;
        }
    }
}

/* The end of the word at p, where a blank or a line end comes after it, as after nearly every word,
 * within so many chunks; else NULL. There are as many characters. */
enum { CHUNKS_MOST = 5 };

static inline const char *short_word_end(const char *p)
{
    mask stops = find_stops(p);
    if ((stops & ((1u << PLACE) - 1)) != 0)
        return NULL;
    for (unsigned i = 1; stops == 0; i++) {
        if (i == CHUNKS_MOST)
            return NULL;
        p += CHUNK;
        stops = find_stops(p);
    }
    p += first_of(stops);
    return class_of(*p) - BLANK <= LINE - BLANK ? p : NULL;
}

enum lexer_kind lexer_next(struct lexer *lexer)
{
    const char *p = lexer->at, *end = lexer->end;
    lexer->escaped = false;
    if (end - p > CHUNKS_MOST * CHUNK) {
        p += class_of(*p) == BLANK; /* mostly there is one, or none */
        const char *to = short_word_end(p);
        if (to != NULL)
            return set_token(lexer, LEXER_WORD, p, to, to);
    }
    while (p < end && class_of(*p) == BLANK)
        p++;
    lexer->at = p;
    if (p < end && *p == '\n' && lexer->depth == 0) {
        lexer->lines++;
        return set_token(lexer, LEXER_END, p, p, p + 1);
    }
    return next_token(lexer);
}

bool lexer_expects_word(const struct lexer *lexer)
{
    const char *p = lexer->at;
    while (p < lexer->end && class_of(*p) == BLANK)
        p++;
    return p < lexer->end && class_of(*p) == WORD;
}

void lexer_back(struct lexer *lexer)
{
    if (lexer->kind == LEXER_QUOTED) {
        lexer->at = lexer->token - 1;
        for (size_t i = 0; lexer->escaped && i < lexer->length; i++)
            lexer->lines -= lexer->token[i] == '\n';
    } else if (lexer->kind == LEXER_WORD) {
        lexer->at = lexer->token;
    } else if (lexer->kind == LEXER_END) {
        lexer->lines -= lexer->at != lexer->token;
        lexer->at = lexer->token;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decodes the escape at p. */
static const char *decode_escape(const char *p, const char *end, uint8_t *octet, const char **why)
{
    if (end - p >= 2 && !is_digit(p[1])) {
        *octet = (uint8_t)p[1];
        return p + 2;
    }
    if (end - p < 4 || !is_digit(p[2]) || !is_digit(p[3])) {
        *why = "three digits after a backslash";
        return NULL;
    }
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    if (value > 255) {
        *why = "an escaped octet of at most 255";
        return NULL;
    }
    *octet = (uint8_t)value;
    return p + 4;
}

uint8_t *lexer_decode(const char *token, size_t length, uint8_t *to, size_t room, const char **why)
{
    const char *p = token, *end = token + length;
    uint8_t *limit = to + room;
    for (; p < end; to++) {
        if (to == limit) {
            *why = NULL;
            return NULL;
        }
        if (*p != '\\') {
            *to = (uint8_t)*p++;
            continue;
        }
        p = decode_escape(p, end, to, why);
        if (p == NULL)
            return NULL;
    }
    return to;
}

const char *lexer_quote(char to[LEXER_QUOTE_ROOM], const char *text, size_t length)
{
    enum { MOST = 80 };
    char *at = to;
    *at++ = '"';
    for (size_t i = 0; i < length && i < MOST; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' || c >= 0x7f) {
            *at++ = '\\';
            *at++ = (char)('0' + c / 100);
            *at++ = (char)('0' + c / 10 % 10);
            *at++ = (char)('0' + c % 10);
        } else {
            *at++ = (char)c;
        }
    }
    strcpy(at, length > MOST ? "\"..." : "\"");
    return to;
}

COLD const char *lexer_place(const struct lexer *lexer)
{
    const char *comment = lexer->comment, *token = lexer->token;
    bool ends_here = lexer->kind == LEXER_END && comment != NULL && comment < token &&
                     memchr(comment, '\n', (size_t)(token - comment)) == NULL;
    return ends_here ? comment : token;
}

COLD bool lexer_expected(const struct lexer *lexer, const char *expected, struct err *err)
{
    char got[LEXER_QUOTE_ROOM];
    if (lexer->starved)
        return false;
    if (lexer->why != NULL)
        return err_set(err, ERR_SYNTAX, "%s", lexer->why);
    if (lexer->kind == LEXER_END)
        return err_set(err, ERR_SYNTAX, "expected %s, got the end of the %s", expected,
                       lexer->token == lexer->end ? "text" : "line");
    return err_set(err, ERR_SYNTAX, "expected %s, got %s%s", expected,
                   lexer_quote(got, lexer->token, lexer->length),
                   lexer->depth > 0 ? " within parentheses" : "");
}
