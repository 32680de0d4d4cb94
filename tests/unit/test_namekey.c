/* Keys of names in wire form are what namekey.h says, octet by octet; keys of names that come as
 * text, one after the other, are those of their wire form. */
#include "base/copy.h"
#include "dns/name.h"
#include "dns/namekey.h"

#include "tap.h"

enum { NAMES = 40000, DEPTH = 6 };

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
    uint64_t x = seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((x ^ x >> 31) % n);
}

/* A name and what stands before its apex, which changes little from one name to the next. */
struct names {
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    char labels[DEPTH][64];
    unsigned depth;
};

static bool is_plain(const char *label)
{
    return label[strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

static void change_label(char *label)
{
    static const char octets[] = "aaabbbxyz0189--_", odd[] = "A.*\\\1 \377Z";
    unsigned n = 1 + (below(20) == 0 ? below(63) : below(18)), from = below(3) > 0 ? below(n) : 0;
    for (unsigned i = 0; i < n; i++)
        if (i >= from || label[i] == '\0')
            label[i] = octets[below(sizeof octets - 1)];
    if (below(30) == 0)
        label[below(n)] = odd[below(sizeof odd - 1)];
    label[n] = '\0';
}

static void change(struct names *names)
{
    unsigned depth = below(DEPTH + 1);
    for (unsigned i = 0; i < DEPTH; i++)
        if (names->labels[i][0] == '\0' || below(4) == 0)
            change_label(names->labels[i]);
    if (below(2) == 0)
        names->depth = depth;
}

/* Returns its length, or 0 where it would be too long. */
static size_t wire(const struct names *names, uint8_t to[2 * NAME_MAX_WIRE], bool *plain)
{
    size_t n = 0;
    *plain = names->depth > 0;
    for (unsigned i = names->depth; i-- > 0;) {
        size_t length = strlen(names->labels[i]);
        to[n++] = (uint8_t)length;
        memcpy(to + n, names->labels[i], length);
        n += length;
        *plain &= is_plain(names->labels[i]);
    }
    memcpy(to + n, names->apex, names->apex_length);
    n += names->apex_length;
    return n <= NAME_MAX_WIRE ? n : 0;
}

static void test_random(const char *apex)
{
    static struct names names;
    static struct namekey_row row;
    unsigned followed = 0, wrong = 0, odd = 0;
    memset(&names, 0, sizeof names);
    name_parse(apex, names.apex, &names.apex_length);
    namekey_begin(&row, names.apex, names.apex_length);
    for (unsigned i = 0; i < NAMES; i++) {
        uint8_t name[2 * NAME_MAX_WIRE], key[NAMEKEY_ROOM];
        char text[NAME_TEXT_ROOM + COPY_BLOCK];
        bool plain;
        change(&names);
        size_t length = wire(&names, name, &plain);
        if (length == 0)
            continue;
        size_t n = (size_t)(name_text(text, name, length) - text);
        memset(text + n, below(2) ? 'a' : '\t', COPY_BLOCK); /* what stands there does not matter */
        size_t expected = plain ? namekey_make(key, name, length, names.apex_length) : 0;
        size_t got = namekey_follow(&row, text, n);
        wrong += got != expected || (got > 0 && memcmp(row.key, key, got) != 0);
        followed += got > 0;
        odd += !plain;
    }
    ok(wrong == 0 && followed > NAMES / 4 && odd > NAMES / 20,
       "%s: %u names were followed, %u had to be read, %u are wrong", apex, followed, odd, wrong);
}

static void test_no_names(void)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123.example.";
    static const char *const texts[] = {
        "example.",
        "",
        ".",
        "a.example",
        "a..example.",
        ".example.",
        "..example.",
        ".a.example.",
        "aexample.",
        "xample.",
        "a.b..c.example.",
        "a.Example.",
        "a.example.com.",
        "\\097.example.",
        "@.example.",
        "a .example.",
        longest,
    };
    static const char sisters[2][16 + COPY_BLOCK] = {"c.b.example.\t", "d.b.example.\t"};
    static struct namekey_row row;
    static const uint8_t apex[] = "\7example";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[128] = "";
        snprintf(text, sizeof text, "%s", texts[i]);
        namekey_begin(&row, apex, sizeof apex);
        is_int((int64_t)namekey_follow(&row, text, strlen(text)), 0, "'%s' is none", text);
        is_int((int64_t)namekey_follow(&row, sisters[0], 12), 3, "... and after it comes one");
        ok(memcmp(row.key, "b\0c", 3) == 0, "... with its key");
        is_int((int64_t)namekey_follow(&row, text, strlen(text)), 0, "... and none again");
        is_int((int64_t)namekey_follow(&row, sisters[1], 12), 3, "... and a sister");
        ok(memcmp(row.key, "b\0d", 3) == 0, "... with its key");
    }
    is_int((int64_t)namekey_follow(&row, longest + 1, strlen(longest) - 1), 63, "63 characters");
}

static void test_too_long(void)
{
    static struct namekey_row row;
    static const uint8_t root[] = "";
    char text[NAME_MAX_WIRE + 64];
    for (size_t i = 0; i < NAME_MAX_WIRE; i++)
        text[i] = i % 50 == 3 ? '.' : 'a';
    memset(text + NAME_MAX_WIRE, '\t', 64);
    namekey_begin(&row, root, 1);
    is_int((int64_t)namekey_follow(&row, text, 254), 253, "254 characters are a name");
    is_int((int64_t)namekey_follow(&row, text, 255), 0, "255 are none");
}

/* The key as it is defined: the labels from the apex on, in lower case, a zero between them, and 0
 * and 1 as 1 and what is one more. */
static size_t simple_key(uint8_t *to, const uint8_t *name, size_t stop)
{
    size_t starts[NAME_MAX_WIRE], labels = 0, n = 0;
    for (size_t at = 0; at < stop; at += name[at] + 1u)
        starts[labels++] = at;
    while (labels > 0) {
        const uint8_t *label = name + starts[--labels];
        for (unsigned i = 1; i <= label[0]; i++) {
            uint8_t c = label[i];
            if (c <= 1)
                to[n++] = 1;
            to[n++] = (uint8_t)(c <= 1 ? c + 1 : c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        if (labels > 0)
            to[n++] = 0;
    }
    return n;
}

/* Names of any octets, with labels of all lengths, in memory of their own. */
static void test_wire(void)
{
    static const uint8_t around[] = {0, 1, 2, '@', 'A', 'M', 'Z', '[', '`', 'a', 'z', '{', 0xff};
    unsigned wrong = 0, escaped = 0;
    for (unsigned i = 0; i < NAMES; i++) {
        uint8_t name[NAME_MAX_WIRE], key[NAMEKEY_ROOM], expected[NAMEKEY_ROOM];
        size_t stop = 0, most = below(NAME_MAX_WIRE - 1), often = 1 + below(60);
        while (stop + 2 <= most) {
            size_t n = 1 + below(most - stop - 1 < 63 ? (unsigned)(most - stop - 1) : 63);
            if (below(2) == 0)
                n = 1 + n % 20;
            n = n < most - stop ? n : most - stop - 1;
            name[stop] = (uint8_t)n;
            for (size_t k = 1; k <= n; k++)
                name[stop + k] = below((unsigned)often) == 0 ? around[below(sizeof around)]
                                                             : (uint8_t)('a' + below(26));
            stop += n + 1;
        }
        uint8_t *copy = malloc(stop + 1);
        memcpy(copy, name, stop);
        copy[stop] = 0;
        size_t length = namekey_make(key, copy, stop + 1, 1);
        size_t simple = simple_key(expected, name, stop);
        wrong += length != simple || memcmp(key, expected, simple) != 0;
        escaped += simple >= stop && stop > 0;
        free(copy);
    }
    ok(wrong == 0 && escaped > NAMES / 10, "%d names: %u with escapes, %u keys are wrong", NAMES,
       escaped, wrong);
}

int main(void)
{
    static const char *const apexes[] = {"example.",
                                         "a.b.",
                                         "x.0",
                                         ".",
                                         "odd\\.one.example.",
                                         "0123456789abcdef.0123456789.ip6.arpa."};
    const char *given = getenv("SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    for (size_t i = 0; i < sizeof apexes / sizeof *apexes; i++)
        test_random(apexes[i]);
    test_no_names();
    test_too_long();
    test_wire();
    return tap_end();
}
