#include "dns/namekey.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/lanes.h"

#include <endian.h>
#include <string.h>

enum { BETWEEN = 0x00, ESCAPE = 0x01, LABELS_MAX = 128, LABEL_MAX = 63 };

/* ---- From wire form ------------------------------------------------------------------------ */

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

/* Copies n octets in lower case. Adds to *low whether any of them would need an escape in a label.
 */
static inline void lower_label(uint8_t *to, const uint8_t *from, size_t n, lanes *low)
{
    lanes c = {0};
    if (n < LANES / 2) {
        uint8_t escapes = 0;
        for (size_t i = 0; i < n; i++) {
            escapes |= from[i] <= ESCAPE;
            to[i] = (uint8_t)(from[i] | (from[i] - 'A' <= 'Z' - 'A' && from[i] >= 'A') << 5);
        }
        (*low)[0] |= escapes;
    } else if (n < LANES) { /* two halves, which may overlap */
        uint64_t halves[2];
        memcpy(&halves[0], from, LANES / 2);
        memcpy(&halves[1], from + n - LANES / 2, LANES / 2);
        memcpy(&c, halves, LANES);
        *low |= (lanes)(c <= ESCAPE);
        c = lanes_lower(c);
        memcpy(halves, &c, LANES);
        memcpy(to, &halves[0], LANES / 2);
        memcpy(to + n - LANES / 2, &halves[1], LANES / 2);
    } else {
        for (size_t i = 0;; i = i + 2 * LANES < n ? i + LANES : n - LANES) {
            memcpy(&c, from + i, LANES);
            *low |= (lanes)(c <= ESCAPE);
            c = lanes_lower(c);
            memcpy(to + i, &c, LANES);
            if (i + LANES == n)
                break;
        }
    }
}

/* A name with octets that need an escape. */
COLD static size_t make_escaped(uint8_t *out, const uint8_t *name, size_t stop)
{
    uint8_t copy[NAME_MAX_WIRE], starts[LABELS_MAX];
    size_t labels = 0;
    uint8_t *to = out;
    memcpy(copy, name, stop);
    name_lower(copy, stop); /* a length octet is never a letter */
    for (size_t at = 0; at < stop; at += (size_t)copy[at] + 1)
        starts[labels++] = (uint8_t)at;
    while (labels > 0) {
        const uint8_t *label = copy + starts[--labels];
        to = escape_label(to, label + 1, *label);
        *to++ = BETWEEN;
    }
    return (size_t)(to - out) - 1;
}

/* The key of a name without escapes is as long as its labels with what is between them. So it is
 * clear where each label belongs, from the end on. */
size_t namekey_make(uint8_t out[NAMEKEY_ROOM], const uint8_t *name, size_t length,
                    size_t apex_length)
{
    size_t stop = length - apex_length;
    lanes low = {0};
    if (stop == 0)
        return 0;
    for (size_t at = 0; at < stop; at += (size_t)name[at] + 1) {
        uint8_t *end = out + (stop - 1 - at);
        if (at > 0)
            *end = BETWEEN;
        lower_label(end - name[at], name + at + 1, name[at], &low);
    }
    return lanes_any(low) ? make_escaped(out, name, stop) : stop - 1;
}

/* ---- From text ----------------------------------------------------------------------------- */

/* Text that is longer than the wire form holds an escape. Below it no name can be followed, nor
 * need be, since its own text is no longer than any that is. */
void namekey_begin(struct namekey_row *row, const uint8_t *apex, size_t apex_length)
{
    char text[NAME_TEXT_ROOM];
    size_t length = (size_t)(name_text(text, apex, apex_length) - text);
    row->depth = 0;
    if (apex_length <= 1)
        length = 0; /* the dot of the root is the one between its labels and it */
    else if (length >= sizeof row->text)
        length = sizeof row->text - 1;
    memcpy(row->text + sizeof row->text - length, text, length);
    row->ancestors[0].text = (uint8_t)length;
    row->ancestors[0].key = 0;
}

/* How many octets of two texts agree, from their ends on, of which the last `most` count. */
static size_t common_end(const char *a_end, const char *b_end, size_t most)
{
    size_t n = 0;
    for (; n + 8 <= most; n += 8) {
        uint64_t a, b;
        memcpy(&a, a_end - n - 8, sizeof a);
        memcpy(&b, b_end - n - 8, sizeof b);
        if (a != b)
            return n + (size_t)__builtin_clzll(le64toh(a ^ b)) / 8;
    }
    while (n < most && *(a_end - n - 1) == *(b_end - n - 1))
        n++;
    return n;
}

/* The closest ancestor of a name that the name before has, too. False: it has none. */
static bool find_ancestor(const struct namekey_row *row, const char *text, size_t length,
                          unsigned *depth)
{
    const char *end = text + length;
    size_t most = row->ancestors[row->depth].text;
    size_t common = common_end(row->text + sizeof row->text, end, length < most ? length : most);
    for (unsigned i = row->depth + 1; i-- > 0;) {
        size_t n = row->ancestors[i].text;
        if (n <= common && n < length && *(end - n - 1) == '.') {
            *depth = i;
            return true;
        }
    }
    return false;
}

/* Whether n characters are plain, and whether there are dots between them. */
static bool look_at_labels(const char *text, size_t n, bool *dots)
{
    static const lanes places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    lanes odd = {0}, dot = {0};
    for (size_t i = 0; i < n; i += LANES) {
        lanes c, counts = (lanes)(places < (uint8_t)(n - i));
        memcpy(&c, text + i, LANES);
        lanes plain = (lanes)(c - 'a' <= 'z' - 'a') | (lanes)(c - '0' <= '9' - '0') |
                      (lanes)(c == '-') | (lanes)(c == '_');
        dot |= (lanes)(c == '.') & counts;
        odd |= ~(plain | (lanes)(c == '.')) & counts;
    }
    *dots = lanes_any(dot);
    return !lanes_any(odd);
}

/* Adds a label, of which so much of the text of the name is the rest. */
static bool add_label(struct namekey_row *row, const char *label, size_t n, size_t text_length)
{
    uint8_t *to = row->key + row->ancestors[row->depth].key;
    if (n < 1 || n > LABEL_MAX)
        return false;
    if (row->depth > 0)
        *to++ = BETWEEN;
    copy_blocks(to, label, n);
    row->depth++;
    row->ancestors[row->depth].text = (uint8_t)text_length;
    row->ancestors[row->depth].key = (uint8_t)(to + n - row->key);
    return true;
}

size_t namekey_follow(struct namekey_row *row, const char *text, size_t length)
{
    unsigned depth;
    bool dots;
    if (length >= NAME_MAX_WIRE || !find_ancestor(row, text, length, &depth))
        return 0;
    size_t rest = length - row->ancestors[depth].text - 1, end = rest;
    if (!look_at_labels(text, rest, &dots))
        return 0;
    row->depth = depth;
    copy_few(row->text + sizeof row->text - length, text, rest + 1);
    for (size_t from; end > 0; end = from > 0 ? from - 1 : 0) {
        for (from = dots ? end : 0; from > 0 && text[from - 1] != '.';)
            from--;
        if (!add_label(row, text + from, end - from, length - from) || from == 1) {
            row->depth = depth;
            return 0;
        }
    }
    return rest > 0 ? row->ancestors[row->depth].key : 0;
}

/* ---- To a name ----------------------------------------------------------------------------- */

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
