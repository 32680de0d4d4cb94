/* $GENERATE, an extension of BIND:
 *
 *   $GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE RDATA
 *
 * In OWNER and RDATA, $ is the number, ${OFFSET[,WIDTH[,BASE]]} the number plus an offset, in at
 * least WIDTH digits of base d, o, x or X, or as n or N in nibbles with dots, the lowest first; $$
 * is a dollar sign. The offset may make the number negative, but not larger than 2^31 - 1. RDATA is
 * the rest of the line, or a quoted string that holds it. */
#include "zone/zonefile_state.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

static bool read_range(const char *text, size_t n, struct zonefile_generate *g)
{
    uint64_t start, stop, step = 1;
    const char *hyphen = memchr(text, '-', n), *end = text + n;
    if (hyphen == NULL)
        return false;
    const char *slash = memchr(hyphen, '/', (size_t)(end - hyphen));
    const char *stop_end = slash != NULL ? slash : end;
    if (!codec_read_number(text, (size_t)(hyphen - text), INT32_MAX, &start) ||
        !codec_read_number(hyphen + 1, (size_t)(stop_end - hyphen - 1), INT32_MAX, &stop) ||
        (slash != NULL &&
         !codec_read_number(slash + 1, (size_t)(end - slash - 1), INT32_MAX, &step)))
        return false;
    if (start > stop || step == 0 || (stop - start) / step >= ZONEFILE_GENERATE_MAX)
        return false;
    g->now = (int64_t)start;
    g->stop = (int64_t)stop;
    g->step = (int64_t)step;
    return true;
}

/* Appends the last token to the template of the RDATA, as it is written. */
static bool append_token(struct zonefile_generate *g, const struct lexer *lexer)
{
    bool quotes = lexer->kind == LEXER_QUOTED;
    if (g->right_length + lexer->length + 3 > sizeof g->right)
        return false;
    if (g->right_length > 0)
        g->right[g->right_length++] = ' ';
    if (quotes)
        g->right[g->right_length++] = '"';
    memcpy(g->right + g->right_length, lexer->token, lexer->length);
    g->right_length += lexer->length;
    if (quotes)
        g->right[g->right_length++] = '"';
    return true;
}

/* A quoted string alone is the RDATA's text, in which only quotes were escaped. */
static void unquote(struct zonefile_generate *g)
{
    size_t to = 0;
    for (size_t i = 1; i + 1 < g->right_length; i++)
        if (g->right[i] != '\\' || g->right[i + 1] != '"')
            g->right[to++] = g->right[i];
    g->right_length = to;
}

static bool read_template(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    struct zonefile_generate *g = &z->generate;
    unsigned tokens = 0;
    bool quotes = false;
    g->right_length = 0;
    while (lexer_item(lexer)) {
        if (!append_token(g, lexer))
            return lexer_expected(lexer, "RDATA of less than 4096 characters", err);
        quotes = lexer->kind == LEXER_QUOTED;
        tokens++;
    }
    if (lexer->kind != LEXER_END || tokens == 0)
        return lexer_expected(lexer, "RDATA", err);
    if (quotes && tokens == 1)
        unquote(g);
    return true;
}

bool zonefile_generate_begin(struct zonefile *z, struct err *err)
{
    struct zonefile_generate *g = &z->generate;
    struct lexer *lexer = &z->levels[z->depth - 1]->lexer;
    struct rr rr = {.type = 0};
    bool has_ttl;
    if (!lexer_item(lexer) || !read_range(lexer->token, lexer->length, g))
        return lexer_expected(lexer, "START-STOP or START-STOP/STEP for at most 65536 records",
                              err);
    if (!lexer_item(lexer) || lexer->length > sizeof g->left)
        return lexer_expected(lexer, "an owner of at most 4096 characters", err);
    memcpy(g->left, lexer->token, lexer->length);
    g->left_length = lexer->length;
    if (!zonefile_head(z, lexer, &rr, &has_ttl, err))
        return false;
    if (!has_ttl && !zonefile_default_ttl(z, &rr.ttl))
        return lexer_expected(lexer, "a TTL, since there is neither a $TTL line nor a TTL before",
                              err);
    if (!read_template(z, lexer, err))
        return false;
    if (has_ttl)
        z->names.last_ttl = (struct zonefile_ttl){true, rr.ttl};
    g->record = rr;
    g->active = true;
    return true;
}

/* A template that is filled in. */
struct expansion {
    const char *from, *end;
    char *at, *limit;
    int64_t number;
    const char *expected; /* what should stand there, once it has failed */
};

enum { DIGITS_MAX = 127 }; /* as in BIND */

static bool put_chars(struct expansion *x, const char *chars, size_t n)
{
    if ((size_t)(x->limit - x->at) < n)
        return false;
    memcpy(x->at, chars, n);
    x->at += n;
    return true;
}

/* The nibbles of a number, the lowest first, with dots between them; the width counts both. */
static bool put_nibbles(struct expansion *x, uint32_t value, unsigned width, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        if (!put_chars(x, &digits[value & 15], 1))
            return false;
        value >>= 4;
        width -= width > 0;
        if (width > 0 || value != 0) {
            if (!put_chars(x, ".", 1))
                return false;
            width -= width > 0;
        }
    } while (value != 0 || width > 0);
    return true;
}

/* Below zero, bases other than d show the 32 bits of the number in two's complement, as in BIND. */
static bool put_number(struct expansion *x, int64_t offset, unsigned width, char base)
{
    char digits[DIGITS_MAX + 1];
    int64_t value = x->number + offset;
    uint32_t bits = (uint32_t)value;
    int n = 0;
    if (value > INT32_MAX) {
        x->expected = "numbers of at most 2147483647 with their offset";
        return false;
    }
    if (base == 'n' || base == 'N')
        return put_nibbles(x, bits, width, base == 'N');
    if (base == 'd')
        n = snprintf(digits, sizeof digits, "%0*ld", (int)width, (long)value);
    else if (base == 'o')
        n = snprintf(digits, sizeof digits, "%0*lo", (int)width, (unsigned long)bits);
    else if (base == 'x')
        n = snprintf(digits, sizeof digits, "%0*lx", (int)width, (unsigned long)bits);
    else
        n = snprintf(digits, sizeof digits, "%0*lX", (int)width, (unsigned long)bits);
    return put_chars(x, digits, (size_t)n);
}

/* Reads digits up to a comma or brace. */
static bool read_part(struct expansion *x, uint64_t most, uint64_t *value)
{
    const char *from = x->from;
    while (x->from < x->end && *x->from != ',' && *x->from != '}')
        x->from++;
    return x->from < x->end && codec_read_number(from, (size_t)(x->from - from), most, value);
}

/* Reads the sign of an offset, and blanks before it. */
static bool read_sign(struct expansion *x)
{
    while (x->from < x->end && *x->from == ' ')
        x->from++;
    bool below = x->from < x->end && *x->from == '-';
    x->from += below || (x->from < x->end && *x->from == '+');
    return below;
}

/* Expands ${OFFSET[,WIDTH[,BASE]]}, from after the brace. */
static bool expand_braces(struct expansion *x)
{
    uint64_t offset, width = 0;
    char base = 'd';
    bool below = read_sign(x);
    if (!read_part(x, (uint64_t)INT32_MAX + below, &offset))
        return false;
    if (*x->from == ',') {
        x->from++;
        if (read_sign(x) || !read_part(x, UINT32_MAX, &width))
            return false;
    }
    if (*x->from == ',') {
        if (x->end - x->from < 2 || strchr("doxXnN", x->from[1]) == NULL || x->from[1] == '\0')
            return false;
        base = x->from[1];
        x->from += 2;
    }
    if (x->from == x->end || *x->from++ != '}')
        return false;
    if (width > DIGITS_MAX) {
        x->expected = "at most 127 digits";
        return false;
    }
    return put_number(x, below ? -(int64_t)offset : (int64_t)offset, (unsigned)width, base);
}

static bool expand_next(struct expansion *x)
{
    if (*x->from == '\\') { /* what it escapes stays escaped */
        size_t n = x->end - x->from > 1 ? 2 : 1;
        x->from += n;
        return put_chars(x, x->from - n, n);
    }
    if (*x->from++ != '$')
        return put_chars(x, x->from - 1, 1);
    if (x->from < x->end && *x->from == '$') {
        x->from++;
        return put_chars(x, "$", 1);
    }
    if (x->from == x->end || *x->from != '{')
        return put_number(x, 0, 0, 'd');
    x->from++;
    return expand_braces(x);
}

/* Fills in a template, which is the owner or the RDATA; *n is the length of what it becomes. */
static bool expand(struct zonefile_generate *g, const char *what, const char *text, size_t length,
                   size_t *n, struct err *err)
{
    struct expansion x = {text, text + length, g->text, g->text + sizeof g->text, g->now, NULL};
    char quoted[LEXER_QUOTE_ROOM];
    while (x.from < x.end)
        if (!expand_next(&x)) {
            const char *expected =
                x.expected != NULL ? x.expected : "$ or ${OFFSET[,WIDTH[,BASE]]}";
            return err_set(err, ERR_SYNTAX, "%s: expected %s, got %s", what, expected,
                           lexer_quote(quoted, text, length));
        }
    *n = (size_t)(x.at - g->text);
    return true;
}

static bool generate_owner(struct zonefile *z, struct rr *rr, struct err *err)
{
    struct zonefile_generate *g = &z->generate;
    char quoted[LEXER_QUOTE_ROOM];
    uint8_t length = 0;
    size_t n;
    if (!expand(g, "owner", g->left, g->left_length, &n, err))
        return false;
    const char *why = zonefile_owner(z, g->text, n, &length);
    if (why != NULL)
        return err_set(err, why == name_wants_origin ? ERR_NO_ORIGIN : ERR_SYNTAX,
                       "owner: expected %s, got %s", why, lexer_quote(quoted, g->text, n));
    rr->owner = z->next_owner;
    rr->owner_length = length;
    rr->flags = 0;
    return true;
}

static bool generate_rdata(struct zonefile *z, struct rr *rr, struct err *err)
{
    struct zonefile_generate *g = &z->generate;
    struct lexer lexer;
    size_t n;
    if (!expand(g, "RDATA", g->right, g->right_length, &n, err))
        return false;
    lexer_init(&lexer, g->text, n, true);
    return zonefile_rdata(z, &lexer, rr, err) &&
           (lexer.at == lexer.end ||
            err_set(err, ERR_SYNTAX, "RDATA: expected one line, got another after it"));
}

bool zonefile_generate_next(struct zonefile *z, struct rr *rr, struct err *err)
{
    struct zonefile_generate *g = &z->generate;
    if (halt_step(z->config.halt, &z->steps, err))
        return false;
    *rr = g->record;
    z->blame = NULL;
    zonefile_begin_entry(z);
    if (!generate_owner(z, rr, err) || !generate_rdata(z, rr, err)) {
        char place[ZONEFILE_PLACE];
        return err_prefix(err, "%s: $GENERATE, number %lld: ", zonefile_place(z, NULL, place),
                          (long long)g->now);
    }
    z->owner_text_length = 0;
    z->owner_moved = true; /* a line without an owner that follows has that of the line before */
    g->now += g->step;
    g->active = g->now <= g->stop;
    return true;
}
