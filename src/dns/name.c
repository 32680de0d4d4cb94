#include "dns/name.h"

#include "base/cursor.h"
#include "base/lanes.h"

#include <string.h>

enum {
    HEADER = 12,
    LABEL_MAX = 63,
    POINTER = 0xc0,
    REACH = 0x4000, /* a pointer has 14 bits */
    /* A name has at most 127 labels; one pointer before each of them and the root is all that
     * compression can need. Without a limit, a message of nothing but pointers to pointers takes
     * thousands of hops for each of its names. */
    HOPS_MAX = 128,
};

static const char why_short[] = "name runs past the end";
static const char why_type[] = "unknown label type";
static const char why_long[] = "name is longer than 255 octets";
static const char why_loop[] = "compression pointer leads forward or loops";
static const char why_hops[] = "name has too many compression pointers";
static const char why_header[] = "compression pointer leads into the header";

/* A name in a message that is being read: the part that lies in one piece. */
struct part {
    const uint8_t *at, *end; /* what is read next, and the bound */
    const uint8_t *start;
    unsigned hops; /* pointers that were met */
};

/* Follows the compression pointer at part->at. Returns NULL or the reason. */
static inline const char *follow_pointer(const uint8_t *message, struct part *part)
{
    part->hops++;
    if (part->end - part->at < 2)
        return why_short;
    size_t target = (size_t)(part->at[0] & 0x3f) << 8 | part->at[1];
    if (target < HEADER)
        return why_header;
    if (target >= (size_t)(part->start - message))
        return why_loop;
    if (part->hops > HOPS_MAX)
        return why_hops;
    /* What a pointer leads to must end before the pointer, which is its only bound. Each part
     * starts before the one that led to it, so there is an end. */
    part->end = part->at;
    part->at = part->start = message + target;
    return NULL;
}

const char *name_unpack(const uint8_t *message, size_t end, size_t *at, uint8_t out[NAME_MAX_WIRE],
                        uint8_t *out_length, unsigned *pointers)
{
    const uint8_t *resume = NULL;
    struct part part = {.at = message + *at, .end = message + end, .start = message + *at};
    size_t length = 0;
    const char *why = NULL;
    while (why == NULL) {
        size_t left = part.at < part.end ? (size_t)(part.end - part.at) : 0;
        size_t n = left > 0 ? (size_t)*part.at + 1 : 1;
        if (n > LABEL_MAX + 1) {
            if (resume == NULL)
                resume = part.at + 2;
            why = n > POINTER ? follow_pointer(message, &part) : why_type;
        } else if (n > left) {
            why = why_short;
        } else if (n == 1) {
            break;
        } else if (length + n >= NAME_MAX_WIRE) { /* the root label must still fit after it */
            why = why_long;
        } else {
            copy_few(out + length, part.at, n);
            length += n;
            part.at += n;
        }
    }
    *pointers += part.hops;
    if (why == NULL) {
        out[length] = 0;
        *out_length = (uint8_t)(length + 1);
        part.at = resume != NULL ? resume : part.at + 1;
    }
    *at = (size_t)(part.at - message);
    return why;
}

void name_forget(struct name_memo *memo, size_t message_length)
{
    memset(memo->places, 0, sizeof memo->places);
    memo->message_length = message_length;
    memo->used = 0;
}

static inline struct name_place *place_of(struct name_memo *memo, unsigned pointer)
{
    return &memo->places[pointer % NAME_PLACES];
}

/* Where the labels at `at` end: at a pointer, the root, or what is neither. */
static inline size_t pass_labels(const uint8_t *message, size_t end, size_t at)
{
    while (at < end && message[at] - 1u < LABEL_MAX)
        at += message[at] + 1u;
    return at;
}

/* Keeps a name that has ended before octet `end`, of which `before` octets are labels that stand at
 * octet `at`, for names that end in one of them. */
static inline void keep_labels(struct name_memo *memo, const uint8_t *name, size_t at,
                               size_t before, struct name_found found)
{
    if (found.length > NAME_KEPT || sizeof memo->octets - memo->used < (size_t)2 * NAME_KEPT ||
        at + before > REACH)
        return;
    memcpy(memo->octets + memo->used, name, NAME_KEPT);
    for (size_t i = 0; i < before; i += name[i] + 1u) {
        unsigned pointer = POINTER << 8 | (unsigned)(at + i);
        *place_of(memo, pointer) = (struct name_place){
            .pointer = (uint16_t)pointer,
            .at = (uint16_t)(memo->used + i),
            .end = (uint16_t)found.end,
            .length = (uint8_t)(found.length - i),
            .hops = (uint8_t)found.hops,
        };
    }
    memo->used += found.length;
}

/* Reads a name that the memo does not know, and keeps what its pointer leads to; with `all`, its
 * own labels, too. */
static __attribute__((noinline)) struct name_found
read_and_keep(struct name_memo *memo, const uint8_t *message, size_t end, size_t at,
              uint8_t out[NAME_RECALL_ROOM], bool all)
{
    size_t start = at, stop = pass_labels(message, end, at), before = stop - at;
    uint8_t length;
    unsigned hops = 0;
    if (name_unpack(message, end, &at, out, &length, &hops) != NULL)
        return (struct name_found){.length = 0};
    if (hops > 0) {
        size_t target = octets_u16(message + stop) & (REACH - 1);
        keep_labels(memo, out + before, target, 1,
                    (struct name_found){
                        .end = stop, .length = (uint32_t)(length - before), .hops = hops - 1});
    }
    struct name_found found = {.end = at, .length = length, .hops = hops};
    if (all && before > 0)
        keep_labels(memo, out, start, before, found);
    return found;
}

/* Copies the labels before a pointer. They are short, and mostly there is enough after them: so the
 * processor need not foresee how short they are. */
static inline void copy_labels(uint8_t *to, const struct name_memo *memo, const uint8_t *message,
                               size_t at, size_t before)
{
    enum { MOST = 2 * LANES };
    if (before <= MOST && at + MOST <= memo->message_length)
        memcpy(to, message + at, MOST);
    else
        copy_few(to, message + at, before);
}

static inline struct name_found recall(struct name_memo *memo, const uint8_t *message, size_t end,
                                       size_t at, uint8_t out[NAME_RECALL_ROOM], bool all)
{
    size_t stop = pass_labels(message, end, at), before = stop - at;
    if (stop + 2 > end || message[stop] < POINTER)
        return read_and_keep(memo, message, end, at, out, all);
    unsigned pointer = octets_u16(message + stop);
    const struct name_place *place = place_of(memo, pointer);
    /* The name there has ended before this one begins: so the pointer leads back, and each bound
     * that held then holds now. */
    if (place->pointer != pointer || place->end > at || before + place->length > NAME_MAX_WIRE ||
        place->hops >= HOPS_MAX)
        return read_and_keep(memo, message, end, at, out, all);
    copy_labels(out, memo, message, at, before);
    memcpy(out + before, memo->octets + place->at, NAME_KEPT);
    struct name_found found = {
        .end = stop + 2, .length = (uint32_t)(before + place->length), .hops = place->hops + 1u};
    if (all && before > 0)
        keep_labels(memo, out, at, before, found);
    return found;
}

struct name_found name_recall(struct name_memo *memo, const uint8_t *message, size_t end, size_t at,
                              uint8_t out[NAME_RECALL_ROOM])
{
    return recall(memo, message, end, at, out, false);
}

struct name_found name_recall_and_keep(struct name_memo *memo, const uint8_t *message, size_t end,
                                       size_t at, uint8_t out[NAME_RECALL_ROOM])
{
    return recall(memo, message, end, at, out, true);
}

const char *name_skip_labels(const uint8_t *message, size_t end, size_t *at)
{
    size_t from = *at;
    while (from < end) {
        size_t label = message[from];
        if (label > LABEL_MAX) {
            if (label < POINTER) {
                *at = from;
                return why_type;
            }
            if (end - from < 2)
                break;
            *at = from + 2;
            return NULL;
        }
        if (label + 1 > end - from)
            break;
        from += label + 1;
        if (label == 0) {
            *at = from;
            return NULL;
        }
    }
    *at = from;
    return why_short;
}

size_t name_length(const uint8_t *octets, size_t n)
{
    size_t at = 0;
    while (at < n && at < NAME_MAX_WIRE) {
        size_t label = octets[at];
        if (label == 0)
            return at + 1;
        if (label > LABEL_MAX)
            return 0;
        at += label + 1;
    }
    return 0;
}

/* How an octet is written in a name: 0 as it is, 1 with a backslash, 2 as \DDD. Most printable
 * characters would need no escape, but Knot refuses them without; NSD refuses an owner that begins
 * with \# and BIND one with \[. */
/* clang-format off */
static const uint8_t escape_in_name[256] = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 00 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 10 */
    2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, /* 20 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, /* 30 */
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 40 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 0, /* 50 */
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 60 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, /* 70 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 80 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 90 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* a0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* b0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* c0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* d0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* e0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* f0 */
};
/* clang-format on */

static char *escaped_label(char *at, const uint8_t *label, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t octet = label[i];
        if (escape_in_name[octet] == 0) {
            *at++ = (char)octet;
        } else if (escape_in_name[octet] == 1) {
            *at++ = '\\';
            *at++ = (char)octet;
        } else {
            *at++ = '\\';
            *at++ = (char)('0' + octet / 100);
            *at++ = (char)('0' + octet / 10 % 10);
            *at++ = (char)('0' + octet % 10);
        }
    }
    return at;
}

/* Which of 16 octets of a name need no escape, dots apart. (A name with an asterisk takes the long
 * way.) With a sign they are compared in fewer steps; there the letters are the largest numbers, or
 * the digits with the slash before them. */
static inline lanes plain_lanes(lanes c)
{
    typedef int8_t numbers __attribute__((vector_size(LANES)));
    numbers letters = (numbers)((c | 0x20) + (INT8_MAX - 'z'));
    numbers digits = (numbers)(c + (INT8_MAX - '9'));
    return (lanes)((letters >= INT8_MAX - ('z' - 'a')) | (digits >= INT8_MAX - ('9' - '/'))) |
           (lanes)((c == '-') | (c == '_'));
}

static inline uint64_t see_plain(lanes c)
{
    return lanes_mask(plain_lanes(c));
}

/* Whether a text of n characters needs no escape, but for so many dots. It looks at whole blocks,
 * so as much room after the text is overwritten. */
static bool is_plain(char *text, size_t n, unsigned dots)
{
    lanes plain = {0};
    size_t i = 0;
    memset(text + n, 'a', LANES);
    for (; i < n; i += LANES) {
        lanes c;
        memcpy(&c, text + i, LANES);
        plain -= plain_lanes(c); /* a lane that is true is minus one */
    }
    /* The product gathers the sum of eight octets in the highest one. What is not plain, of at most
     * 256 octets, is one dot a label at least. */
    uint64_t halves[2];
    memcpy(halves, &plain, LANES);
    uint64_t sum = (halves[0] + halves[1]) * 0x0101010101010101u >> 56;
    return (uint8_t)(i - sum) == dots;
}

static char *escaped_labels(char *at, const uint8_t *name, const uint8_t *stop)
{
    for (; name < stop; name += *name + 1) {
        at = escaped_label(at, name + 1, *name);
        *at++ = '.';
    }
    return at;
}

/* The text of a plain name is its octets, with dots in place of the lengths. So these copy first
 * and look afterwards: it is plain if nothing but the dots is not. */

static __attribute__((noinline)) char *long_labels_text(char *at, const uint8_t *name,
                                                        const uint8_t *stop)
{
    size_t n = (size_t)(stop - name);
    unsigned labels = 0;
    memcpy(at, name + 1, n - 1);
    for (size_t i = 0; i < n; i++, labels++) {
        i += name[i];
        at[i] = '.';
    }
    return is_plain(at, n, labels) ? at + n : escaped_labels(at, name, stop);
}

/* Writes the labels from name up to stop, each with a dot after it. */
static char *labels_text(char *at, const uint8_t *name, const uint8_t *stop)
{
    size_t n = (size_t)(stop - name);
    if (n > 2 * LANES)
        return long_labels_text(at, name, stop);
    uint64_t plain = lanes_copy(at, name + 1, n - 1, see_plain);
    uint64_t dots = UINT64_MAX << n; /* and what is behind the name */
    for (size_t i = 0; i < n; i++) {
        i += name[i];
        at[i] = '.';
        dots |= UINT64_C(1) << i;
    }
    return (plain | dots) == UINT64_MAX ? at + n : escaped_labels(at, name, stop);
}

char *name_text(char *at, const uint8_t *name, size_t length)
{
    if (length == 1) {
        *at++ = '.';
        return at;
    }
    return labels_text(at, name, name + length - 1);
}

char *name_text_relative(char *at, const uint8_t *name, size_t length, const uint8_t *origin,
                         size_t origin_length)
{
    /* With letters in another case, the relative form would read back with the origin's letters
     * (RFC 5936 section 3.4). */
    if (!name_within(name, length, origin, origin_length) ||
        memcmp(name + length - origin_length, origin, origin_length) != 0)
        return name_text(at, name, length);
    const uint8_t *stop = name + length - origin_length;
    if (name == stop) {
        *at++ = '@';
        return at;
    }
    at = labels_text(at, name, stop);
    return *origin == 0 ? at : at - 1; /* no last dot; but under the root the name stays absolute */
}

const char *name_string(struct name_string *string, const uint8_t *name)
{
    *name_text(string->text, name, name_length(name, NAME_MAX_WIRE)) = '\0';
    return string->text;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads one octet of a label, escaped or not. Returns NULL or the reason. */
static const char *parse_octet(const char **text, uint8_t *octet)
{
    const char *p = *text;
    if (*p != '\\') {
        if ((unsigned char)*p >= 0x80)
            return "the name is not ASCII; give its A-label form (xn--...)";
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return "the name has a blank or a control character";
        *octet = (uint8_t)*p;
        *text = p + 1;
        return NULL;
    }
    if (!is_digit(p[1])) {
        if (p[1] == '\0')
            return "a backslash ends the name";
        *octet = (uint8_t)p[1];
        *text = p + 2;
        return NULL;
    }
    if (!is_digit(p[2]) || !is_digit(p[3]))
        return "a backslash before a digit needs three digits";
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    if (value > 255)
        return "an escaped octet is above 255";
    *octet = (uint8_t)value;
    *text = p + 4;
    return NULL;
}

const char *name_parse(const char *text, uint8_t out[NAME_MAX_WIRE], uint8_t *out_length)
{
    if (*text == '\0')
        return "the name is empty";
    size_t length = 1, label = 0; /* `label`: where the length of the open label belongs */
    if (text[0] == '.' && text[1] == '\0') {
        out[0] = 0;
        *out_length = 1;
        return NULL;
    }
    while (*text != '\0') {
        if (*text == '.') {
            if (length == label + 1)
                return "a label is empty";
            out[label] = (uint8_t)(length - label - 1);
            if (length >= NAME_MAX_WIRE)
                return "the name is longer than 255 octets";
            label = length++;
            text++;
            continue;
        }
        uint8_t octet;
        const char *why = parse_octet(&text, &octet);
        if (why != NULL)
            return why;
        if (length - label > LABEL_MAX)
            return "a label is longer than 63 octets";
        if (length >= NAME_MAX_WIRE)
            return "the name is longer than 255 octets";
        out[length++] = octet;
    }
    if (length > label + 1) { /* no trailing dot */
        out[label] = (uint8_t)(length - label - 1);
        label = length++;
    }
    if (length > NAME_MAX_WIRE)
        return "the name is longer than 255 octets";
    out[label] = 0;
    *out_length = (uint8_t)length;
    return NULL;
}

const char name_wants_origin[] = "an absolute name, since no origin is known";

static const char wants_name[] = "a name";
static const char wants_label[] = "a name without empty labels";
static const char wants_short_label[] = "a name with labels of at most 63 octets";
static const char wants_short[] = "a name of at most 255 octets";
static const char wants_digits[] = "a name with three digits, at most 255, after a backslash";

/* Closes the label whose length belongs at `label`; its octets end before `end`. */
static inline const char *close_label(uint8_t *out, size_t label, size_t end)
{
    size_t n = end - label - 1;
    if (n - 1 >= LABEL_MAX)
        return n == 0 ? wants_label : wants_short_label;
    out[label] = (uint8_t)n;
    return NULL;
}

/* Ends a name of which `end` octets are written: with the root label if it ended in a dot, or with
 * the origin. */
static const char *end_name(uint8_t *out, size_t label, size_t end, const uint8_t *origin,
                            size_t origin_length, uint8_t *out_length)
{
    static const uint8_t root[1] = {0};
    if (end == label + 1) { /* a dot was last, and its octet becomes the root label */
        out[label] = 0;
        *out_length = (uint8_t)end;
        return end > NAME_MAX_WIRE ? wants_short : NULL;
    }
    const char *why = close_label(out, label, end);
    if (why != NULL)
        return why;
    if (origin == NULL) {
        origin = root; /* a name that is too long with any origin is to be called that */
        origin_length = sizeof root;
        why = name_wants_origin;
    }
    if (end + origin_length > NAME_MAX_WIRE)
        return wants_short;
    memcpy(out + end, origin, origin_length);
    *out_length = (uint8_t)(end + origin_length);
    return why;
}

static const char *read_root(uint8_t *out, uint8_t *out_length)
{
    out[0] = 0;
    *out_length = 1;
    return NULL;
}

/* Reads one octet at *text, escaped or not. */
static bool read_octet(const char **text, const char *end, uint8_t *octet)
{
    const char *p = *text;
    if (*p != '\\') {
        *octet = (uint8_t)*p;
        *text = p + 1;
        return true;
    }
    if (end - p < 2)
        return false;
    if (!is_digit(p[1])) {
        *octet = (uint8_t)p[1];
        *text = p + 2;
        return true;
    }
    if (end - p < 4 || !is_digit(p[2]) || !is_digit(p[3]))
        return false;
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    *octet = (uint8_t)value;
    *text = p + 4;
    return value <= 255;
}

static const char *read_escaped(const char *text, size_t n, const uint8_t *origin,
                                size_t origin_length, uint8_t *out, uint8_t *out_length)
{
    const char *end = text + n, *why;
    size_t label = 0, length = 1;
    while (text < end) {
        if (length > NAME_MAX_WIRE)
            return wants_short;
        if (*text == '.') {
            why = close_label(out, label, length);
            if (why != NULL)
                return why;
            label = length++;
            text++;
        } else if (!read_octet(&text, end, &out[length++])) {
            return wants_digits;
        }
    }
    return end_name(out, label, length, origin, origin_length, out_length);
}

struct marks {
    uint32_t dots;    /* a bit for each of at most 32 characters */
    uint32_t escapes; /* the same for backslashes */
};

static inline uint64_t see_marks(lanes c)
{
    return lanes_mask((lanes)(c == '.')) | (uint64_t)lanes_mask((lanes)(c == '\\')) << LANES_SECOND;
}

/* Copies at most 32 characters, and finds the dots and backslashes on the way. */
static inline struct marks copy_marks(uint8_t *to, const char *from, size_t n)
{
    uint64_t seen = lanes_copy(to, from, n, see_marks);
    return (struct marks){(uint32_t)seen, (uint32_t)(seen >> LANES_SECOND)};
}

/* The wire form of a name without escapes is its text, one octet further on, with the lengths in
 * place of the dots. */
static __attribute__((noinline)) const char *read_long(const char *text, size_t n,
                                                       const uint8_t *origin, size_t origin_length,
                                                       uint8_t *out, uint8_t *out_length)
{
    size_t label = 0, step = (size_t)2 * LANES;
    for (size_t i = 0; i < n; i += step) {
        struct marks marks = copy_marks(out + 1 + i, text + i, n - i < step ? n - i : step);
        if (marks.escapes != 0)
            return read_escaped(text, n, origin, origin_length, out, out_length);
        for (uint32_t dots = marks.dots; dots != 0; dots &= dots - 1) {
            size_t at = i + 1 + (size_t)__builtin_ctz(dots);
            const char *why = close_label(out, label, at);
            if (why != NULL)
                return why;
            label = at;
        }
    }
    return end_name(out, label, n + 1, origin, origin_length, out_length);
}

const char *name_read(const char *text, size_t n, const uint8_t *origin, size_t origin_length,
                      uint8_t out[NAME_READ_ROOM], uint8_t *out_length)
{
    size_t label = 0;
    if (n == 0)
        return wants_name;
    if (n >= NAME_MAX_WIRE)
        return read_escaped(text, n, origin, origin_length, out, out_length);
    if (n > 2 * LANES)
        return read_long(text, n, origin, origin_length, out, out_length);
    struct marks marks = copy_marks(out + 1, text, n);
    if (marks.escapes != 0)
        return read_escaped(text, n, origin, origin_length, out, out_length);
    for (uint32_t dots = marks.dots; dots != 0; dots &= dots - 1) {
        size_t at = 1 + (size_t)__builtin_ctz(dots);
        if (at == label + 1) /* a lone dot is the root, other labels are not empty */
            return n == 1 ? read_root(out, out_length) : wants_label;
        out[label] = (uint8_t)(at - label - 1);
        label = at;
    }
    if (label < n)
        return end_name(out, label, n + 1, origin, origin_length, out_length);
    out[label] = 0; /* a dot was last, and its octet becomes the root label */
    *out_length = (uint8_t)(n + 1);
    return NULL;
}

static inline uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
}

/* The lengths of labels are below 64 and so never letters: whole names can be compared octet by
 * octet. */
static bool equal_octets(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (copy_is_same(a, b, n)) /* the usual case */
        return true;
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool name_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return a_length == b_length && equal_octets(a, b, a_length);
}

enum { LABELS_MAX = 127 };

/* Finds where each label begins, but for the root. Returns how many there are. */
static size_t find_labels(const uint8_t *name, size_t length, uint8_t starts[LABELS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at + 1 < length; at += (size_t)name[at] + 1)
        starts[count++] = (uint8_t)at;
    return count;
}

static int label_order(const uint8_t *a, const uint8_t *b)
{
    size_t both = *a < *b ? *a : *b;
    for (size_t i = 1; i <= both; i++)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return lower(a[i]) - lower(b[i]);
    return *a - *b;
}

int name_order(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    uint8_t a_starts[LABELS_MAX], b_starts[LABELS_MAX];
    size_t a_labels = find_labels(a, a_length, a_starts);
    size_t b_labels = find_labels(b, b_length, b_starts);
    while (a_labels > 0 && b_labels > 0) {
        int order = label_order(a + a_starts[--a_labels], b + b_starts[--b_labels]);
        if (order != 0)
            return order;
    }
    return (int)a_labels - (int)b_labels;
}

bool name_within(const uint8_t *name, size_t length, const uint8_t *apex, size_t apex_length)
{
    if (length < apex_length)
        return false;
    size_t at = 0, start = length - apex_length;
    if (!equal_octets(name + start, apex, apex_length)) /* of most names that are elsewhere */
        return false;
    while (at < start)
        at += (size_t)name[at] + 1;
    return at == start;
}

/* Eight and sixteen octets at once. */
static inline void lower_8(uint8_t *octets)
{
    typedef uint8_t half __attribute__((vector_size(8)));
    half c;
    memcpy(&c, octets, sizeof c);
    c |= (half)(c - 'A' <= 'Z' - 'A') & 0x20;
    memcpy(octets, &c, sizeof c);
}

static inline void lower_16(uint8_t *octets)
{
    lanes c;
    memcpy(&c, octets, sizeof c);
    c = lanes_lower(c);
    memcpy(octets, &c, sizeof c);
}

/* What is in lower case already stays as it is, so the last piece may overlap the one before. */
void name_lower(uint8_t *name, size_t length)
{
    if (length >= 16) {
        for (size_t i = 0; i + 16 < length; i += 16)
            lower_16(name + i);
        lower_16(name + length - 16);
    } else if (length >= 8) {
        lower_8(name);
        lower_8(name + length - 8);
    } else {
        for (size_t i = 0; i < length; i++)
            name[i] = lower(name[i]);
    }
}
