#include "name.h"

#include <string.h>

size_t name_span(const uint8_t *name, size_t max)
{
    size_t at = 0;

    while (at < max && at < NAME_MAX_WIRE && name[at] < 64) {
        if (!name[at]) {
            return at + 1;
        }
        at += 1u + name[at];
    }
    return 0;
}

size_t name_length(const uint8_t *name)
{
    return name_span(name, NAME_MAX_WIRE);
}

/* Length octets are below 64 and letters are not: one loop over all octets is enough. */
bool name_equal(const uint8_t *a, const uint8_t *b)
{
    size_t len = name_length(a);

    if (len != name_length(b)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t x = a[i] >= 'A' && a[i] <= 'Z' ? a[i] | 0x20 : a[i];
        uint8_t y = b[i] >= 'A' && b[i] <= 'Z' ? b[i] | 0x20 : b[i];

        if (x != y) {
            return false;
        }
    }
    return true;
}

uint8_t name_unescape(const char **text, const char *end)
{
    const char *p = *text;
    unsigned value;

    if (*p != '\\' || end - p < 2) {
        *text = p + 1;
        return (uint8_t)*p;
    }
    if (end - p >= 4 && p[1] >= '0' && p[1] <= '9') {
        value = (unsigned)(p[1] - '0') * 100 + (unsigned)(p[2] - '0') * 10 + (unsigned)(p[3] - '0');
        *text = p + 4;
        return (uint8_t)value;
    }
    *text = p + 2;
    return (uint8_t)p[1];
}

bool name_parse(uint8_t out[256], const char *text, size_t len, const uint8_t *origin)
{
    const char *end = text + len;
    size_t label = 0, at = 1;

    if (len == 1 && (*text == '@' || *text == '.')) {
        memcpy(out, *text == '@' ? origin : (const uint8_t *)"",
               *text == '@' ? name_length(origin) : 1);
        return true;
    }
    while (text < end) {
        if (*text == '.') {
            out[label] = (uint8_t)(at - label - 1);
            if (at - label - 1 == 0 || at - label - 1 > 63) {
                return false;
            }
            label = at++;
            text++;
        } else {
            out[at++] = name_unescape(&text, end);
        }
        if (at > NAME_MAX_WIRE) {
            return false;
        }
    }
    if (at == label + 1) { /* the text ended in a dot */
        out[label] = 0;
        return true;
    }
    out[label] = (uint8_t)(at - label - 1);
    if (at - label - 1 > 63 || at + name_length(origin) > NAME_MAX_WIRE) {
        return false;
    }
    memcpy(out + at, origin, name_length(origin));
    return true;
}
