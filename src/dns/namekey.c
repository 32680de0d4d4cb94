#include "dns/namekey.h"

#include "base/cursor.h"

#include <string.h>

enum { BETWEEN = 0x00, ESCAPE = 0x01, CHUNK = 16, LABELS_MAX = 128 };

static uint8_t *escape_label(uint8_t *to, const uint8_t *label, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (label[i] <= ESCAPE) {
            *to++ = ESCAPE;
            *to++ = (uint8_t)(label[i] + 1);
        } else {
            *to++ = label[i];
        }
    }
    return to;
}

/* Puts n octets in lower case, in whole chunks, and tells whether any of them would need an escape
 * in a label. */
static bool lower_chunks(uint8_t *octets, size_t n)
{
    typedef uint8_t lanes __attribute__((vector_size(CHUNK)));
    lanes low = {0};
    for (size_t i = 0; i < n; i += CHUNK) {
        lanes c;
        memcpy(&c, octets + i, CHUNK);
        c |= (lanes)(c - 'A' <= 'Z' - 'A') & 0x20;
        low |= (lanes)(c <= ESCAPE);
        memcpy(octets + i, &c, CHUNK);
    }
    uint64_t halves[2];
    memcpy(halves, &low, CHUNK);
    return (halves[0] | halves[1]) != 0;
}

size_t namekey_make(uint8_t out[NAMEKEY_ROOM], const uint8_t *name, size_t length,
                    size_t apex_length)
{
    uint8_t copy[NAME_MAX_WIRE + 1 + 4 * CHUNK], starts[LABELS_MAX];
    size_t stop = length - apex_length, labels = 0;
    uint8_t *to = out;
    if (stop == 0)
        return 0;
    memcpy(copy, name, stop);
    memset(copy + stop, 'a', CHUNK);
    /* A length octet is never a letter, so lengths and labels are put in lower case together. A
     * length of 1 looks like an octet to escape, which only costs a closer look at each label. */
    bool escapes = lower_chunks(copy, stop);
    for (size_t at = 0; at < stop; at += (size_t)copy[at] + 1)
        starts[labels++] = (uint8_t)at;
    while (labels > 0) {
        const uint8_t *label = copy + starts[--labels];
        size_t n = *label++;
        if (escapes) {
            to = escape_label(to, label, n);
        } else {
            for (size_t i = 0; i < n; i += CHUNK)
                memcpy(to + i, label + i, CHUNK);
            to += n;
        }
        *to++ = BETWEEN;
    }
    return (size_t)(to - out) - 1;
}

static size_t unescape_label(uint8_t *to, const uint8_t *from, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        to[length++] = from[i] == ESCAPE ? (uint8_t)(from[++i] - 1) : from[i];
    return length;
}

/* Whether a key is a single label without escapes, as most are in the zone of a TLD. */
static bool is_one_label(const uint8_t *key, size_t length)
{
    unsigned low = 0;
    for (size_t i = 0; i < length; i++)
        low |= key[i] <= ESCAPE;
    return low == 0;
}

size_t namekey_name(uint8_t out[NAME_MAX_WIRE], const uint8_t *key, size_t length,
                    const uint8_t *apex, size_t apex_length)
{
    size_t starts[LABELS_MAX], labels = 0, end = length, at = 0;
    bool begins = true;
    if (length > 0 && is_one_label(key, length)) {
        out[0] = (uint8_t)length;
        memcpy(out + 1, key, length);
        memcpy(out + 1 + length, apex, apex_length);
        return 1 + length + apex_length;
    }
    for (size_t i = 0; i < length; i++) {
        if (begins)
            starts[labels++] = i;
        begins = key[i] == BETWEEN;
    }
    while (labels > 0) {
        size_t start = starts[--labels];
        size_t n = unescape_label(out + at + 1, key + start, end - start);
        out[at] = (uint8_t)n;
        at += n + 1;
        end = start - 1; /* unused for the first label, where it wraps */
    }
    memcpy(out + at, apex, apex_length);
    return at + apex_length;
}

size_t namekey_common(const uint8_t *a, const uint8_t *b, size_t most)
{
    size_t n = 0;
    if (memcmp(a, b, most) == 0)
        return most;
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

uint64_t namekey_chunk(const uint8_t *key, size_t length, size_t from)
{
    uint64_t value = 0;
    if (length >= from + sizeof value)
        return octets_u64(key + from);
    for (size_t i = from; i < from + sizeof value; i++)
        value = value << 8 | (i < length ? key[i] : 0);
    return value;
}
