/* dns/name. */
#include "dns/name.h"

#include "tap.h"
#include "wire.h"

#include <ctype.h>

enum { HEADER = 12 };

/* Unpacks a name from a copy of the message of exactly its size. */
static const char *unpack(const struct wire *w, size_t end, size_t *at, uint8_t *out,
                          uint8_t *length, unsigned *pointers)
{
    uint8_t *message = wire_exact(w->octets, w->n);
    const char *why = name_unpack(message, end, at, out, length, pointers);
    free(message);
    return why;
}

static void good(const struct wire *w, size_t from, const void *expected, size_t expected_length,
                 size_t behind, unsigned hops, const char *what)
{
    uint8_t *out = malloc(NAME_MAX_WIRE), length = 0;
    unsigned pointers = 5;
    size_t at = from, skipped = from;
    const char *why = unpack(w, w->n, &at, out, &length, &pointers);
    if (is_str(why, NULL, "%s", what)) {
        is_mem(out, length, expected, expected_length, "%s: the name", what);
        is_int((int64_t)at, (int64_t)behind, "%s: the place behind it", what);
        is_int(pointers, 5 + (int64_t)hops, "%s: pointers are added", what);
    }
    is_str(name_skip(w->octets, w->n, &skipped), NULL, "%s: can be skipped", what);
    is_int((int64_t)skipped, (int64_t)behind, "%s: to the same place", what);
    free(out);
}

static void bad(const struct wire *w, size_t from, size_t end, size_t fault, const char *words,
                const char *what)
{
    uint8_t *out = malloc(NAME_MAX_WIRE), length = 0;
    unsigned pointers = 0;
    size_t at = from;
    const char *why = unpack(w, end, &at, out, &length, &pointers);
    if (ok(why != NULL, "%s is refused", what)) {
        ok(strstr(why, words) != NULL, "%s: \"%s\" in \"%s\"", what, words, why);
        is_int((int64_t)at, (int64_t)fault, "%s: the octet at fault", what);
    }
    free(out);
}

static struct wire w;

static void start(void)
{
    w.n = 0;
    wire_fill(&w, 0, HEADER);
}

static void compression(void)
{
    start();
    wire_name(&w, "example.com."); /* 12 */
    wire_name(&w, "www@12");       /* 25 */
    wire_name(&w, "a@25");         /* 31 */
    wire_name(&w, "@31");          /* 35 */
    wire_name(&w, ".");            /* 37 */
    wire_u8(&w, 0);                /* the root */
    good(&w, 12, "\7example\3com", 13, 25, 0, "no pointer");
    good(&w, 25, "\3www\7example\3com", 17, 31, 1, "one pointer");
    good(&w, 31, "\1a\3www\7example\3com", 19, 35, 2, "a pointer to a pointer");
    good(&w, 35, "\1a\3www\7example\3com", 19, 37, 3, "only a pointer");
    good(&w, 37, "", 1, 38, 0, "the root");
    good(&w, 20, "\3com", 5, 25, 0, "the inside of a name");

    start();
    wire_name(&w, "@12");
    bad(&w, 12, w.n, 12, "loops", "a pointer to itself");
    start();
    wire_name(&w, "a@12");
    bad(&w, 12, w.n, 14, "loops", "a pointer to the start of its own name");
    start();
    wire_name(&w, "@14");
    wire_name(&w, "a.");
    bad(&w, 12, w.n, 12, "forward", "a pointer forward");
    start();
    wire_name(&w, "a@17");
    wire_u8(&w, 0);
    wire_name(&w, "b@12");
    bad(&w, 17, w.n, 14, "loops", "two names that point to each other");
    bad(&w, 12, w.n, 14, "forward", "... from the other one");
    start();
    wire_name(&w, "abc.");
    wire_name(&w, "d@13");
    bad(&w, 17, w.n, 13, "unknown label type", "a pointer into a label");
    for (unsigned target = 0; target < HEADER; target++) {
        start();
        wire_u16(&w, 0xc000 | target);
        bad(&w, 12, w.n, 12, "header", "a pointer into the header");
    }
    /* The last octet that a pointer can reach, and a name that begins behind it. */
    start();
    wire_fill(&w, 0, 0x3fff - HEADER);
    wire_name(&w, "far.");
    wire_name(&w, "b@16383");
    good(&w, 0x3fff + 5, "\1b\3far", 7, 0x3fff + 9, 1, "a pointer to octet 16383");
    start();
    wire_fill(&w, 0, 65535 - HEADER - 2);
    wire_u16(&w, 0xc00c);
    good(&w, 65533, "", 1, 65535, 1, "a pointer that ends a message of 65535 octets");

    /* As many hops as a name may need, and a long chain: each pointer leads to the one before. */
    start();
    wire_u8(&w, 0);
    for (unsigned at = 13; at < 16383; at += 2)
        wire_u16(&w, 0xc000 | (at == 13 ? 12 : at - 2));
    good(&w, 267, "", 1, 269, 128, "a chain of 128 pointers");
    bad(&w, 269, w.n, 13, "too many", "a chain of 129 pointers");
    bad(&w, 16381, w.n, 16125, "too many", "a chain of 8185 pointers");
    /* 127 labels of one octet, each behind a pointer of its own: 255 octets. */
    start();
    wire_u8(&w, 0);
    uint8_t longest[256];
    size_t last = 12;
    for (unsigned i = 0; i < 127; i++) {
        size_t here = w.n;
        wire_hex(&w, "0178");
        wire_u16(&w, 0xc000 | (unsigned)last);
        last = here;
        longest[2 * i] = 1;
        longest[2 * i + 1] = 'x';
    }
    longest[254] = 0;
    good(&w, last, longest, 255, last + 4, 127, "127 labels with a pointer behind each");
    size_t fault = 13; /* the last label, which is one too many */
    size_t here = w.n;
    wire_hex(&w, "0179");
    wire_u16(&w, 0xc000 | (unsigned)last);
    bad(&w, here, w.n, fault, "255", "128 labels");
}

static void lengths(void)
{
    uint8_t expected[256];
    /* 63 + 63 + 63 + 61: 4 length octets, the root: 255. */
    for (unsigned most = 61; most <= 62; most++) {
        start();
        for (unsigned label = 0; label < 4; label++) {
            wire_u8(&w, label < 3 ? 63 : most);
            wire_fill(&w, 'a' + label, label < 3 ? 63 : most);
        }
        wire_u8(&w, 0);
        if (most == 61) {
            memcpy(expected, w.octets + 12, 255);
            good(&w, 12, expected, 255, 12 + 255, 0, "255 octets");
            is_int((int64_t)name_length(w.octets + 12, 255), 255, "name_length of 255 octets");
            is_int((int64_t)name_length(w.octets + 12, 300), 255, "... with more behind");
        } else {
            bad(&w, 12, w.n, 12 + 192, "255", "256 octets");
            is_int((int64_t)name_length(w.octets + 12, 256), 0, "name_length of 256 octets");
        }
    }
    /* The same with the end in a pointer. */
    for (unsigned most = 57; most <= 58; most++) {
        start();
        wire_name(&w, "abc.");
        for (unsigned label = 0; label < 4; label++) {
            wire_u8(&w, label < 3 ? 63 : most);
            wire_fill(&w, 'a' + label, label < 3 ? 63 : most);
        }
        wire_u16(&w, 0xc00c);
        if (most == 57) {
            memcpy(expected, w.octets + 17, 250);
            memcpy(expected + 250, w.octets + 12, 5);
            good(&w, 17, expected, 255, 17 + 252, 1, "255 octets over a pointer");
        } else {
            bad(&w, 17, w.n, 12, "255", "256 octets over a pointer");
        }
    }
    start();
    wire_u8(&w, 63);
    wire_fill(&w, 'l', 63);
    wire_u8(&w, 0);
    memcpy(expected, w.octets + 12, 65);
    good(&w, 12, expected, 65, 12 + 65, 0, "a label of 63 octets");
    for (unsigned type = 64; type < 192; type++) {
        start();
        wire_hex(&w, "0161");
        wire_u8(&w, type);
        wire_fill(&w, 'l', 200);
        wire_u8(&w, 0);
        size_t at = 12;
        uint8_t out[NAME_MAX_WIRE], length;
        unsigned pointers = 0;
        const char *why = name_unpack(w.octets, w.n, &at, out, &length, &pointers);
        size_t skip = 12;
        if (why == NULL || strstr(why, "label type") == NULL || at != 14 ||
            name_skip(w.octets, w.n, &skip) == NULL || skip != 14 ||
            name_length(w.octets + 12, w.n - 12) != 0)
            ok(false, "label type of octet %u", type);
    }
    bad(&w, 12, w.n, 14, "label type", "an octet 191 where a label begins");
    is_int((int64_t)name_length(w.octets, 0), 0, "name_length of nothing");
    is_int((int64_t)name_length((const uint8_t *)"\3com", 4), 0, "... without the root label");
    is_int((int64_t)name_length((const uint8_t *)"\3com", 5), 5, "... of a name");
    is_int((int64_t)name_length((const uint8_t *)"\300\14", 2), 0, "... of a pointer");
}

static void cuts(void)
{
    start();
    wire_name(&w, "example.com.");
    size_t from = w.n;
    wire_name(&w, "www.ab@12");
    size_t whole = w.n;
    for (size_t end = from; end < whole; end++) {
        size_t n = w.n;
        w.n = end; /* the message ends there */
        uint8_t out[NAME_MAX_WIRE], length;
        unsigned pointers = 0;
        size_t at = from, skip = from;
        const char *why = unpack(&w, end, &at, out, &length, &pointers);
        ok(why != NULL && strstr(why, "past the end") != NULL && at <= end,
           "a name cut after %zu octets", end - from);
        uint8_t *message = wire_exact(w.octets, w.n);
        ok(name_skip(message, end, &skip) != NULL, "... cannot be skipped");
        free(message);
        w.n = n;
        at = from;
        ok(unpack(&w, end, &at, out, &length, &pointers) != NULL,
           "... nor one that runs past its bound within the message");
    }
    /* The bound holds for the part at the place, not for what the pointer leads to. */
    uint8_t out[NAME_MAX_WIRE], length;
    unsigned pointers = 0;
    size_t at = from;
    is_str(unpack(&w, whole, &at, out, &length, &pointers), NULL, "a pointer out of the bounds");
    at = w.n;
    ok(unpack(&w, w.n, &at, out, &length, &pointers) != NULL, "no octet at all");
}

/* Letters, digits and four more characters go as they are; Knot wants all others escaped, and BIND
 * and NSD do not read \[ and \# at the start of an owner. */
static char *octet_text(char *to, unsigned octet)
{
    if (octet != 0 && octet < 0x7f && (isalnum((int)octet) || strchr("-_*/", (int)octet) != NULL))
        return to + sprintf(to, "%c", (int)octet);
    if (octet > ' ' && octet < 0x7f && octet != '#' && octet != '[')
        return to + sprintf(to, "\\%c", (int)octet);
    return to + sprintf(to, "\\%03u", octet);
}

static void text_octets(void)
{
    bool right = true, round = true;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t name[] = {3, 'a', (uint8_t)octet, 'b', 0}, again[NAME_MAX_WIRE], length;
        char expected[16] = "a", text[NAME_TEXT_ROOM + 1];
        strcpy(octet_text(expected + 1, octet), "b.");
        *name_text(text, name, name_length(name, NAME_MAX_WIRE)) = '\0';
        if (strcmp(text, expected) != 0) {
            diag("octet %u: %s instead of %s", octet, text, expected);
            right = false;
        }
        round = round && name_parse(text, again, &length) == NULL && length == sizeof name &&
                memcmp(again, name, sizeof name) == 0;
        snprintf(expected, sizeof expected, "a\\%03ub", octet);
        round = round && name_parse(expected, again, &length) == NULL && length == sizeof name &&
                memcmp(again, name, sizeof name) == 0;
    }
    ok(right, "every octet is escaped as it must be");
    ok(round, "and is read back");

    static const uint8_t root[] = {0};
    char text[NAME_TEXT_ROOM + 1];
    *name_text(text, root, 1) = '\0';
    is_str(text, ".", "the root");
    struct name_string string;
    is_str(name_string(&string, (const uint8_t *)"\3wWw\7eXample"), "wWw.eXample.", "case is kept");
    is_str(name_string(&string, (const uint8_t *)"\1*\4_tcp\4a/b-"), "*._tcp.a/b-.",
           "what needs no escape has none");

    uint8_t longest[255];
    char expected[NAME_TEXT_ROOM + 1], *end = expected;
    for (size_t i = 0; i < 254; i++) {
        bool is_length = i % 64 == 0;
        longest[i] = is_length ? (uint8_t)(i < 192 ? 63 : 61) : 0xff;
        if (!is_length)
            end += sprintf(end, "\\255");
        else if (i > 0)
            *end++ = '.';
    }
    longest[254] = 0;
    strcpy(end, ".");
    char *exact = malloc(NAME_TEXT_ROOM);
    char *stop = name_text(exact, longest, NAME_MAX_WIRE);
    is_mem(exact, (size_t)(stop - exact), expected, strlen(expected), "the longest text");
    ok(strlen(expected) <= NAME_TEXT_ROOM, "which fits in what the header promises");
    uint8_t again[NAME_MAX_WIRE], length = 0;
    is_str(name_parse(expected, again, &length), NULL, "and can be read back");
    is_mem(again, length, longest, 255, "to the same octets");
    free(exact);
}

/* A name of labels of one length, or of what is left, without the root: n octets. */
static void fill_name(uint8_t *name, size_t n, size_t label)
{
    for (size_t i = 0; i < n; i++)
        name[i] = (uint8_t)('a' + i % 26);
    for (size_t i = 0; i < n; i += label + 1)
        name[i] = (uint8_t)(n - i > label ? label : n - i - 1);
    name[n] = 0;
}

/* The text octet by octet. */
static bool is_text(const char *text, const char *end, const uint8_t *name)
{
    char expected[NAME_TEXT_ROOM + 1], *to = expected;
    for (; *name > 0; name += *name + 1) {
        for (size_t i = 1; i <= *name; i++)
            to = octet_text(to, name[i]);
        *to++ = '.';
    }
    return end - text == to - expected && memcmp(text, expected, (size_t)(to - expected)) == 0;
}

/* Names are looked at in blocks: one octet of each sort at every place of names of many lengths. */
static void text_places(void)
{
    static const uint8_t octets[] = {'.', '*', '-', '/', '_', '@', '`', '{', '[', ',',  ':',
                                     'A', 'z', '0', 0,   13,  26,  ' ', 127, 128, 0xad, 0xff};
    static const size_t labels[] = {1, 5, 15, 16, 44, 45, 46, 47, 57, 63};
    uint64_t wrong = 0;
    for (size_t n = 2; n <= 254; n += n < 70 ? 1 : 23) {
        for (size_t at = 0; at < n; at++) {
            size_t label = labels[(n + at) % (sizeof labels / sizeof *labels)];
            uint8_t *name = malloc(n + 1);
            fill_name(name, n, label);
            size_t length = name_length(name, n + 1);
            for (size_t i = 0; i < sizeof octets && at + 1 < length; i++) {
                char text[NAME_TEXT_ROOM];
                uint8_t before = name[at];
                name[at] = at % (label + 1) != 0 ? octets[i] : before;
                wrong += !is_text(text, name_text(text, name, length), name);
                name[at] = before;
            }
            free(name);
        }
    }
    is_int((int64_t)wrong, 0, "any octet at any place is written as it is on its own");
}

/* Labels are copied in pieces; nothing is read behind the message, or written behind the name. */
static void unpack_places(void)
{
    uint64_t wrong = 0;
    for (size_t n = 2; n <= 254; n += n < 70 ? 1 : 23) {
        for (size_t rest = 0; rest < 100; rest++) {
            size_t label = 1 + (n + rest) % 63, at = HEADER;
            uint8_t name[255], *out = malloc(NAME_MAX_WIRE), length = 0;
            unsigned pointers = 0;
            fill_name(name, n, label);
            start();
            wire_mem(&w, name, name_length(name, sizeof name));
            wire_fill(&w, 'x', rest);
            wrong += unpack(&w, w.n, &at, out, &length, &pointers) != NULL || at + rest != w.n ||
                     length != name_length(name, sizeof name) || memcmp(out, name, length) != 0;
            free(out);
        }
    }
    is_int((int64_t)wrong, 0, "names of all lengths at all distances from the end of the message");
}

/* ---- With a memo --------------------------------------------------------------------------- */

enum { NAMES = 3000 };

static uint64_t state = 20261130;

/* A number below `limit`, the same ones in every run. */
static size_t draw(size_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % limit);
}

/* A pointer to one of the names before, most likely a late one, or into the middle of one, or
 * anywhere. */
static size_t draw_target(const size_t starts[NAMES], size_t count, size_t chain)
{
    if (draw(100) == 0 || count == 0)
        return draw(w.n + 20);
    size_t which = draw(chain) != 0 ? count - 1 : draw(count);
    size_t start = starts[which];
    return draw(4) != 0 || w.octets[start] > 63 ? start : start + w.octets[start] + 1u;
}

/* A message of nothing but names, most of which end in another one. */
static size_t draw_names(size_t starts[NAMES], size_t most, size_t chain)
{
    size_t count = 0;
    start();
    while (count < NAMES && w.n < most) {
        size_t labels = draw(4), at = w.n;
        for (; labels > 0; labels--) {
            size_t n = draw(30) == 0 ? 40 + draw(24) : 1 + draw(12);
            wire_u8(&w, (unsigned)n);
            wire_fill(&w, 'a' + (unsigned)draw(26), n);
        }
        size_t target = draw_target(starts, count, chain) & 0x3fff;
        if (draw(8) == 0)
            wire_u8(&w, draw(50) == 0 ? 0x40 : 0);
        else
            wire_u16(&w, 0xc000 | (unsigned)target);
        starts[count++] = at;
    }
    return count;
}

struct recalled {
    uint64_t good, bad, wrong;
};

/* Reads a name with the memo, and without it. */
static void recall_one(struct recalled *all, struct name_memo *memo, const uint8_t *message,
                       size_t end, size_t at)
{
    uint8_t expected[NAME_MAX_WIRE], *out = malloc(NAME_RECALL_ROOM), length = 0;
    unsigned hops = 0;
    size_t behind = at;
    bool good = name_unpack(message, end, &behind, expected, &length, &hops) == NULL;
    struct name_found found = draw(4) != 0 ? name_recall_and_keep(memo, message, end, at, out)
                                           : name_recall(memo, message, end, at, out);
    all->good += good;
    all->bad += !good;
    all->wrong += good ? found.length != length || found.end != behind || found.hops != hops ||
                             memcmp(out, expected, length) != 0
                       : found.length != 0;
    free(out);
}

/* The names of random messages, mostly one after the other, but also again, with too narrow a
 * bound, and from places where none was meant to be. */
static void recalls(void)
{
    static size_t starts[NAMES];
    struct name_memo *memo = malloc(sizeof *memo);
    struct recalled all = {.good = 0};
    uint64_t kept = 0;
    for (unsigned round = 0; round < 1500; round++) {
        size_t count = draw_names(starts, round % 20 == 0 ? 60000 : 400, 1 + round % 300);
        uint8_t *message = wire_exact(w.octets, w.n);
        name_forget(memo, w.n);
        for (size_t i = 0; i < count; i++) {
            size_t again = draw(i + 1), end = i + 1 < count ? starts[i + 1] : w.n;
            recall_one(&all, memo, message, draw(3) == 0 ? end : w.n, starts[i]);
            if (draw(20) == 0)
                recall_one(&all, memo, message, w.n, starts[again]);
            if (draw(20) == 0)
                recall_one(&all, memo, message, end - 1, starts[i]);
            if (draw(20) == 0)
                recall_one(&all, memo, message, w.n, HEADER + draw(w.n - HEADER));
        }
        kept += memo->used;
        free(message);
    }
    is_int((int64_t)all.wrong, 0, "a memo changes nothing");
    ok(all.good > 100000 && all.bad > 10000 && kept > 1000000,
       "of %llu good names and %llu bad ones", (unsigned long long)all.good,
       (unsigned long long)all.bad);
    free(memo);
}

static void relative(void)
{
    static const struct {
        const char *name;
        size_t length;
        const char *origin;
        size_t origin_length;
        const char *text;
    } cases[] = {
        {"\3www\7example\3com", 17, "\7example\3com", 13, "www"},
        {"\3www\7EXAMPLE\3com", 17, "\7example\3COM", 13, "www.EXAMPLE.com."},
        {"\1a\1b\7example\3com", 17, "\7example\3com", 13, "a.b"},
        {"\7example\3com", 13, "\7example\3com", 13, "@"},
        {"\7exAmple\3com", 13, "\7example\3com", 13, "exAmple.com."},
        {"\12badexample\3com", 16, "\7example\3com", 13, "badexample.com."},
        {"\3com", 5, "\7example\3com", 13, "com."},
        {"\7example\3net", 13, "\7example\3com", 13, "example.net."},
        {"\1@\7example\3com", 15, "\7example\3com", 13, "\\@"},
        {"", 1, "\7example\3com", 13, "."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2 * NAME_TEXT_ROOM];
        *name_text_relative(text, (const uint8_t *)cases[i].name, cases[i].length,
                            (const uint8_t *)cases[i].origin, cases[i].origin_length) = '\0';
        is_str(text, cases[i].text, "relative text %zu", i);
    }
}

static void parse_good(void)
{
    static const struct {
        const char *text, *name;
        size_t length;
    } cases[] = {
        {".", "", 1},
        {"a", "\1a", 3},
        {"a.", "\1a", 3},
        {"WwW.Example.COM", "\3WwW\7Example\3COM", 17},
        {"a\\.b.c", "\3a.b\1c", 7},
        {"\\000.", "\1\0", 3},
        {"\\255\\001", "\2\377\1", 4},
        {"\\a\\\\\\ ", "\3a\\ ", 5},
        {"\\@", "\1@", 3},
        {"@", "\1@", 3},
        {"$\"();", "\5$\"();", 7},
        {"*.x", "\1*\1x", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[NAME_MAX_WIRE], length = 0;
        if (is_str(name_parse(cases[i].text, out, &length), NULL, "read %s", cases[i].text))
            is_mem(out, length, cases[i].name, cases[i].length, "its octets");
    }
}

static void parse_bad(void)
{
    static const char *const cases[][2] = {
        {"", "empty"},
        {"..", "empty"},
        {".a", "empty"},
        {"a..b", "empty"},
        {"a..", "empty"},
        {"a b", "blank"},
        {"a\tb", "control"},
        {"a\x7f", "control"},
        {"a\n", "control"},
        {"\xc3\xa4.de", "ASCII"},
        {"a\\", "backslash"},
        {"\\1", "three digits"},
        {"\\12", "three digits"},
        {"\\12x", "three digits"},
        {"\\1x2", "three digits"},
        {"\\256", "255"},
        {"\\999", "255"},
    };
    uint8_t *out = malloc(NAME_MAX_WIRE), length = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = name_parse(cases[i][0], out, &length);
        ok(why != NULL && strstr(why, cases[i][1]) != NULL, "case %zu: \"%s\" in \"%s\"", i,
           cases[i][1], why != NULL ? why : "no error");
    }
    char text[2000];
    memset(text, 'a', 63);
    strcpy(text + 63, ".");
    is_str(name_parse(text, out, &length), NULL, "a label of 63 characters");
    memset(text, 'a', 64);
    strcpy(text + 64, ".");
    const char *why = name_parse(text, out, &length);
    ok(why != NULL && strstr(why, "63") != NULL, "a label of 64 characters");
    /* 63.63.63.n: n = 61 makes 255 octets. */
    for (int dot = 0; dot < 2; dot++)
        for (size_t n = 59; n <= 63; n++) {
            char *end = text;
            for (int label = 0; label < 4; label++) {
                size_t size = label < 3 ? 63 : n;
                memset(end, 'a', size);
                end += size;
                *end++ = '.';
            }
            end[dot == 0 ? -1 : 0] = '\0';
            why = name_parse(text, out, &length);
            if (n <= 61)
                ok(why == NULL && length == 194 + n, "%zu octets, %s dot", 194 + n,
                   dot == 0 ? "no" : "with");
            else
                ok(why != NULL && strstr(why, "255") != NULL, "%zu octets, %s dot", 194 + n,
                   dot == 0 ? "no" : "with");
        }
    for (size_t labels = 126; labels <= 129; labels++) {
        for (size_t i = 0; i < labels; i++)
            memcpy(text + 2 * i, "b.", 2);
        text[2 * labels] = '\0';
        why = name_parse(text, out, &length);
        ok((why == NULL) == (labels <= 127), "%zu labels", labels);
    }
    free(out);
}

static void comparing(void)
{
    static const struct {
        const char *a;
        size_t a_length;
        const char *b;
        size_t b_length;
        bool equal, within;
    } cases[] = {
        {"\7example\3com", 13, "\7example\3com", 13, true, true},
        {"\7eXAMPLE\3coM", 13, "\7Example\3Com", 13, true, true},
        {"\3www\7EXAMPLE\3com", 17, "\7example\3COM", 13, false, true},
        {"\12badexample\3com", 16, "\7example\3com", 13, false, false},
        {"\12bad\7example\3com", 16, "\7example\3com", 13, false, false},
        {"\3com", 5, "\7example\3com", 13, false, false},
        {"\7example\3net", 13, "\7example\3com", 13, false, false},
        {"\7example\3com", 13, "", 1, false, true},
        {"", 1, "", 1, true, true},
        {"", 1, "\3com", 5, false, false},
        {"\3a.b\3com", 9, "\1b\3com", 7, false, false},
        {"\1[", 3, "\1{", 3, false, false},
        {"\1@", 3, "\1`", 3, false, false},
        {"\1\300", 3, "\1\340", 3, false, false},
        {"\1z", 3, "\1Z", 3, true, true},
        {"\1a", 3, "\1A", 3, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *a = wire_exact(cases[i].a, cases[i].a_length);
        uint8_t *b = wire_exact(cases[i].b, cases[i].b_length);
        size_t an = cases[i].a_length, bn = cases[i].b_length;
        is_int(name_equal(a, an, b, bn), cases[i].equal, "case %zu: equal", i);
        is_int(name_equal(b, bn, a, an), cases[i].equal, "case %zu: equal the other way", i);
        is_int(name_within(a, an, b, bn), cases[i].within, "case %zu: within", i);
        free(a);
        free(b);
    }
    /* Only ASCII letters have a case (RFC 4343). */
    bool right = true;
    for (unsigned x = 0; x < 256; x++) {
        uint8_t low[] = {1, (uint8_t)x, 0};
        unsigned expected = x >= 65 && x <= 90 ? x + 32 : x;
        name_lower(low, sizeof low);
        right = right && low[0] == 1 && low[1] == expected && low[2] == 0;
        for (unsigned y = 0; y < 256; y++) {
            uint8_t a[] = {1, (uint8_t)x, 0}, b[] = {1, (uint8_t)y, 0};
            bool equal = expected == (y >= 65 && y <= 90 ? y + 32 : y);
            right = right && name_equal(a, 3, b, 3) == equal;
        }
    }
    ok(right, "case of every octet");
    /* A length is below 64, and so below every letter. */
    uint8_t name[66] = {45};
    memset(name + 1, 'Q', 45);
    name_lower(name, 47);
    ok(name[0] == 45 && name[1] == 'q' && name[46] == 0, "lengths stay as they are");
}

/* The example of RFC 4034 section 6.1, and what it leaves out. */
static void order(void)
{
    static const char *const sorted[] = {
        ".",
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
        "za.example.",
        "[.za.example.",
        "a.za.example.",
        "examplf.",
        "com.examplf.",
    };
    enum { COUNT = sizeof sorted / sizeof *sorted };
    struct {
        uint8_t octets[NAME_MAX_WIRE], length;
    } names[COUNT];
    bool good = true;
    for (size_t i = 0; i < COUNT; i++)
        good = good && name_parse(sorted[i], names[i].octets, &names[i].length) == NULL;
    ok(good, "the names of the order");
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            int is = name_order(names[i].octets, names[i].length, names[j].octets, names[j].length);
            ok((is > 0) - (is < 0) == (i > j) - (i < j), "order of %s and %s", sorted[i],
               sorted[j]);
        }
    uint8_t upper[] = {1, 'A', 2, 'b', 'C', 0}, lower[] = {1, 'a', 2, 'B', 'c', 0};
    is_int(name_order(upper, sizeof upper, lower, sizeof lower), 0, "order without case");
    uint8_t most[NAME_MAX_WIRE];
    for (size_t i = 0; i < 254; i++)
        most[i] = i % 2 == 0 ? 1 : 'x';
    most[254] = 0;
    is_int(name_order(most, 255, most, 255), 0, "127 labels equal themselves");
    ok(name_order(most, 255, most + 2, 253) > 0 && name_order(most + 2, 253, most, 255) < 0,
       "and come after 126");
}

int main(void)
{
    order();
    compression();
    lengths();
    cuts();
    text_octets();
    text_places();
    unpack_places();
    recalls();
    relative();
    parse_good();
    parse_bad();
    comparing();
    return tap_end();
}
