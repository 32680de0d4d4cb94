#include "zone/jsonscan.h"

#include <stdlib.h>
#include <string.h>

#define NO_MARK SIZE_MAX

enum { CAPACITY_FIRST = 64 * 1024 };

bool jsonscan_init(struct jsonscan *scan,
                   bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err),
                   void *context, struct err *err)
{
    *scan = (struct jsonscan){.read = read, .context = context, .mark = NO_MARK, .line = 1};
    scan->data = malloc(CAPACITY_FIRST);
    scan->capacity = CAPACITY_FIRST;
    return scan->data != NULL || err_set(err, ERR_MEMORY, "out of memory");
}

void jsonscan_fini(struct jsonscan *scan)
{
    free(scan->data);
    scan->data = NULL;
}

static bool grow(struct jsonscan *scan, struct err *err)
{
    if (scan->capacity >= JSONSCAN_VALUE_MAX)
        return err_set(err, ERR_JSON, "%lu: expected a value of at most 4 MiB", scan->line);
    char *larger = realloc(scan->data, 2 * scan->capacity);
    if (larger == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    scan->data = larger;
    scan->capacity *= 2;
    return true;
}

/* Gets more octets, unless the stream has ended. */
static bool fill(struct jsonscan *scan, struct err *err)
{
    size_t low = scan->mark != NO_MARK ? scan->mark : scan->at, got = 0;
    if (scan->ended)
        return true;
    if (low > 0) {
        memmove(scan->data, scan->data + low, scan->end - low);
        scan->at -= low;
        scan->end -= low;
        if (scan->mark != NO_MARK)
            scan->mark = 0;
    }
    if (scan->end == scan->capacity && !grow(scan, err))
        return false;
    if (!scan->read(scan->context, scan->data + scan->end, scan->capacity - scan->end, &got, err))
        return false;
    scan->end += got;
    scan->ended = got == 0;
    return true;
}

/* Sets *c to the character that is `ahead` after the next one, or to JSONSCAN_END. */
static bool look_ahead(struct jsonscan *scan, size_t ahead, int *c, struct err *err)
{
    if (scan->end - scan->at <= ahead && !fill(scan, err))
        return false;
    *c = scan->end - scan->at <= ahead ? JSONSCAN_END : (unsigned char)scan->data[scan->at + ahead];
    return true;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool jsonscan_peek(struct jsonscan *scan, int *c, struct err *err)
{
    for (;;) {
        if (!look_ahead(scan, 0, c, err))
            return false;
        if (!is_blank(*c))
            return true;
        scan->line += *c == '\n';
        scan->at++;
    }
}

void jsonscan_pass(struct jsonscan *scan)
{
    scan->at++;
}

static bool ends_plain(int c)
{
    return c == JSONSCAN_END || is_blank(c) || strchr(",:[]{}\"", c) != NULL;
}

/* Follows the characters of one value to find its end. */
struct extent {
    unsigned long depth; /* of brackets */
    bool in_string, escaped;
    bool is_plain; /* a number or a word: it ends before what cannot be part of it */
};

/* Returns whether the value ends with the character. */
static bool extent_ends(struct extent *extent, int c)
{
    if (extent->in_string) {
        if (extent->escaped)
            extent->escaped = false;
        else if (c == '\\')
            extent->escaped = true;
        else if (c == '"')
            extent->in_string = false;
        return !extent->in_string && extent->depth == 0;
    }
    if (c == '"')
        extent->in_string = true;
    else if (c == '{' || c == '[')
        extent->depth++;
    else if (c == '}' || c == ']')
        return --extent->depth == 0;
    return false;
}

bool jsonscan_value(struct jsonscan *scan, struct jsonscan_value *value, struct err *err)
{
    struct extent extent = {.depth = 0};
    size_t n = 0;
    int c;
    if (!jsonscan_peek(scan, &c, err))
        return false;
    unsigned long line = scan->line, lines = 0;
    extent.is_plain = c != '{' && c != '[' && c != '"';
    for (;; n++) {
        if (!look_ahead(scan, n, &c, err))
            return false;
        if (extent.is_plain && ends_plain(c))
            break;
        if (c == JSONSCAN_END)
            return err_set(err, ERR_JSON, "%lu: ends inside the value that begins in line %lu",
                           line + lines, line);
        if (!extent.is_plain && extent_ends(&extent, c)) {
            n++;
            break;
        }
        lines += c == '\n';
    }
    if (n == 0)
        return err_set(err, ERR_JSON, "%lu: expected a value", line);
    *value = (struct jsonscan_value){scan->data + scan->at, n, line};
    scan->at += n;
    scan->line += lines;
    return true;
}

bool jsonscan_line(struct jsonscan *scan, struct jsonscan_value *value, struct err *err)
{
    size_t n = 0;
    int c;
    for (;; n++) {
        if (!look_ahead(scan, n, &c, err))
            return false;
        if (c == '\n' || c == JSONSCAN_END)
            break;
    }
    *value = (struct jsonscan_value){scan->data + scan->at, n, scan->line};
    scan->at += n;
    return true;
}

void jsonscan_mark(struct jsonscan *scan)
{
    scan->mark = scan->at;
    scan->mark_line = scan->line;
}

void jsonscan_back(struct jsonscan *scan)
{
    scan->at = scan->mark;
    scan->line = scan->mark_line;
    scan->mark = NO_MARK;
}
