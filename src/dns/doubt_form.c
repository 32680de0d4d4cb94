#include "dns/doubt_form.h"

#include "base/codec.h"

#include <string.h>

/* ---- Regular expressions ------------------------------------------------------------------- */

enum { GROUPS_MAX = 9, REPEATS_MAX = 255 /* RE_DUP_MAX of POSIX */ };

/* An extended regular expression while it is read. */
struct ere {
    const uint8_t *at, *end;
    size_t depth;      /* open groups */
    unsigned groups;   /* seen so far */
    bool has_atom;     /* what came last can be repeated */
    bool has_branch;   /* the current branch is not empty */
    bool opened_group; /* a parenthesis came last */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool read_bound(struct ere *ere, unsigned *value)
{
    const uint8_t *from = ere->at;
    *value = 0;
    for (; ere->at < ere->end && is_digit(*ere->at); ere->at++) {
        *value = *value * 10 + (unsigned)(*ere->at - '0');
        if (*value > REPEATS_MAX)
            return false;
    }
    return ere->at > from;
}

/* {N}, {N,} or {N,M}, after the bracket. */
static bool skip_interval(struct ere *ere)
{
    unsigned low, high;
    if (!read_bound(ere, &low))
        return false;
    if (ere->at < ere->end && *ere->at == ',') {
        ere->at++;
        if (ere->at < ere->end && is_digit(*ere->at) && (!read_bound(ere, &high) || high < low))
            return false;
    }
    return ere->at < ere->end && *ere->at++ == '}';
}

static bool is_class(const uint8_t *name, size_t n)
{
    static const char *const classes[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                          "lower", "print", "punct", "space", "upper", "xdigit"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strlen(classes[i]) == n && memcmp(classes[i], name, n) == 0)
            return true;
    return false;
}

/* [:class:], [.x.] or [=x=], after the two characters that begin it. */
static bool skip_named(struct ere *ere, uint8_t mark)
{
    const uint8_t *from = ere->at;
    for (; ere->end - ere->at >= 2; ere->at++)
        if (ere->at[0] == mark && ere->at[1] == ']') {
            size_t n = (size_t)(ere->at - from);
            ere->at += 2;
            return mark == ':' ? is_class(from, n) : n > 0;
        }
    return false;
}

/* One member of a set, up to the bracket that ends it; a range has its ends in order. */
static bool skip_member(struct ere *ere)
{
    uint8_t low = *ere->at++;
    if (low == '[' && ere->at < ere->end && memchr(":.=", *ere->at, 3) != NULL) {
        uint8_t mark = *ere->at++;
        return skip_named(ere, mark);
    }
    if (ere->end - ere->at < 2 || ere->at[0] != '-' || ere->at[1] == ']')
        return true;
    uint8_t high = ere->at[1];
    ere->at += 2;
    return low <= high;
}

/* [...], after the bracket that begins it. */
static bool skip_set(struct ere *ere)
{
    if (ere->at < ere->end && *ere->at == '^')
        ere->at++;
    for (bool first = true; ere->at < ere->end; first = false) {
        if (*ere->at == ']' && !first) {
            ere->at++;
            return true;
        }
        if (!skip_member(ere))
            return false;
    }
    return false;
}

static bool end_branch(struct ere *ere)
{
    bool good = ere->has_branch;
    ere->has_atom = ere->has_branch = false;
    return good;
}

static bool close_group(struct ere *ere, bool just_opened)
{
    if (!just_opened && !end_branch(ere))
        return false;
    ere->depth--;
    return true;
}

static bool open_group(struct ere *ere)
{
    ere->depth++;
    ere->groups++;
    ere->opened_group = true;
    ere->has_atom = ere->has_branch = false;
    return true;
}

/* A mark that repeats what came before. */
static bool repeat(struct ere *ere, bool bound)
{
    if (!ere->has_atom || (bound && !skip_interval(ere)))
        return false;
    ere->has_atom = false;
    return true;
}

/* What follows a backslash: a character, or the number of a group that came before. */
static bool skip_escaped(struct ere *ere)
{
    if (ere->at == ere->end)
        return false;
    uint8_t c = *ere->at++;
    return !is_digit(c) || c == '0' || (unsigned)(c - '0') <= ere->groups;
}

static bool skip_token(struct ere *ere)
{
    uint8_t c = *ere->at++;
    bool just_opened = ere->opened_group;
    ere->opened_group = false;
    bool bound = c == '{' && ere->at < ere->end && is_digit(*ere->at);
    if (bound || c == '*' || c == '+' || c == '?')
        return repeat(ere, bound);
    if (c == '|')
        return end_branch(ere);
    if (c == '(')
        return open_group(ere);
    if (c == ')' && ere->depth > 0) {
        if (!close_group(ere, just_opened))
            return false;
    } else if (c == '[') {
        if (!skip_set(ere))
            return false;
    } else if (c == '\\' && !skip_escaped(ere)) {
        return false;
    }
    ere->has_branch = true;
    ere->has_atom = c != '^' && c != '$';
    return true;
}

static bool is_ere(const uint8_t *text, size_t n, unsigned *groups)
{
    struct ere ere = {.at = text, .end = text + n};
    while (ere.at < ere.end)
        if (!skip_token(&ere))
            return false;
    *groups = ere.groups;
    return ere.depth == 0 && ere.has_branch;
}

/* The next delimiter that has no backslash before it, or NULL. */
static const uint8_t *find_delimiter(const uint8_t *at, const uint8_t *end, uint8_t delimiter)
{
    for (; at < end && *at != delimiter; at++)
        if (*at == '\\' && ++at == end)
            return NULL;
    return at < end ? at : NULL;
}

/* In a replacement a backslash and a digit refer to a group. */
static bool are_references(const uint8_t *at, const uint8_t *end, unsigned groups)
{
    for (; at < end; at++)
        if (*at == '\\' && ++at < end && is_digit(*at) &&
            (*at == '0' || (unsigned)(*at - '0') > groups))
            return false;
    return true;
}

bool doubt_form_substitution(const uint8_t *text, size_t n)
{
    const uint8_t *end = text + n;
    unsigned groups;
    if (n == 0)
        return true;
    uint8_t delimiter = *text++;
    if (delimiter == 0 || delimiter == '\\' || delimiter == 'i' || is_digit(delimiter) ||
        memchr(text, 0, (size_t)(end - text)) != NULL)
        return false;
    const uint8_t *middle = find_delimiter(text, end, delimiter);
    const uint8_t *flags = middle != NULL ? find_delimiter(middle + 1, end, delimiter) : NULL;
    if (flags == NULL || !is_ere(text, (size_t)(middle - text), &groups) ||
        !are_references(middle + 1, flags, groups))
        return false;
    for (flags++; flags < end; flags++)
        if (*flags != 'i')
            return false;
    return true;
}

/* ---- URI templates ------------------------------------------------------------------------- */

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of a character that names of variables have, 0 if there is none. */
static size_t name_character(const uint8_t *at, const uint8_t *end)
{
    if (at == end)
        return 0;
    if (*at == '%')
        return end - at >= 3 && is_hex(at[1]) && is_hex(at[2]) ? 3 : 0;
    uint8_t letter = *at | 0x20;
    return is_digit(*at) || *at == '_' || (letter >= 'a' && letter <= 'z');
}

/* ":N" or "*" after the name of a variable, or nothing. */
static const uint8_t *skip_modifier(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == '*')
        return at + 1;
    if (at == end || *at != ':')
        return at;
    const uint8_t *from = ++at;
    while (at < end && is_digit(*at) && at - from < 4)
        at++;
    return at > from && *from != '0' ? at : NULL;
}

/* Reads a variable with its modifier. Returns the position after it, or NULL. */
static const uint8_t *skip_variable(const uint8_t *at, const uint8_t *end, bool *is_dns)
{
    const uint8_t *from = at;
    size_t n = name_character(at, end);
    while (n > 0) {
        at += n;
        bool dot = at < end && *at == '.';
        n = name_character(at + dot, end);
        if (dot && n == 0)
            return NULL;
        at += dot;
    }
    *is_dns |= at - from == 3 && memcmp(from, "dns", 3) == 0;
    return at > from ? skip_modifier(at, end) : NULL;
}

/* An expression, after the brace that begins it. */
static const uint8_t *skip_expression(const uint8_t *at, const uint8_t *end, bool *has_dns)
{
    if (at < end && *at != 0 && strchr("+#./;?&", *at) != NULL)
        at++;
    for (;;) {
        at = skip_variable(at, end, has_dns);
        if (at == NULL || at == end)
            return NULL;
        if (*at == '}')
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

bool doubt_form_dohpath(const uint8_t *text, size_t n)
{
    const uint8_t *end = text + n;
    bool has_dns = false;
    if (n == 0 || *text != '/' || !codec_is_utf8(text, (size_t)(end - text)))
        return false;
    while (text < end) {
        if (*text == '%' && name_character(text, end) == 0)
            return false;
        if (*text++ != '{')
            continue;
        text = skip_expression(text, end, &has_dns);
        if (text == NULL)
            return false;
    }
    return has_dns;
}

/* ---- Numbers ------------------------------------------------------------------------------- */

bool doubt_form_number(const uint8_t *text, size_t n, unsigned most)
{
    const uint8_t *end = text + n;
    unsigned whole = 0;
    size_t digits = 0;
    bool more = false; /* there is a fraction that is not zero */
    if (n > 0 && (*text == '-' || *text == '+'))
        text++;
    for (; text < end && is_digit(*text); text++, digits++)
        if (whole < 100000)
            whole = whole * 10 + (unsigned)(*text - '0');
    if (text < end && *text == '.')
        for (text++; text < end && is_digit(*text); text++, digits++)
            more |= *text != '0';
    if (text < end || digits == 0)
        return false;
    return most == 0 || whole < most || (whole == most && !more);
}
