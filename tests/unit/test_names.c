/* What answers for a name: random zones, each question beside a search through all names. */
#include "verify/names.h"

#include "zonetext.h"

enum { WORDS = 8, DEPTH = 3, POSSIBLE = 1 + WORDS + WORDS * WORDS + WORDS * WORDS * WORDS };

/* In canonical order. Keys are told apart by their first eight octets where that is enough. */
static const char *const words[WORDS] = {"*",        "a",         "aaaaaaa",   "abcdefg",
                                         "abcdefgh", "abcdefgha", "abcdefghb", "b"};

/* A name by its labels, the highest first: as such lists are ordered, so are names. */
struct spot {
    unsigned depth, labels[DEPTH];
    bool there;
    enum { ADDRESS, ALIAS, CUT, REDIRECT, SORTS } kind;
};

static struct spot spots[POSSIBLE]; /* in canonical order */
static size_t places[POSSIBLE];     /* names->last, of those that are there */
static size_t spot_count;

static void make_spots(struct spot spot)
{
    spots[spot_count++] = spot;
    if (spot.depth == DEPTH)
        return;
    for (unsigned word = 0; word < WORDS; word++) {
        struct spot below = spot;
        below.labels[below.depth++] = word;
        make_spots(below);
    }
}

static bool is_below(const struct spot *name, const struct spot *above)
{
    for (unsigned i = 0; i < above->depth; i++)
        if (name->depth <= above->depth || name->labels[i] != above->labels[i])
            return false;
    return name->depth > above->depth;
}

static bool is_hidden(const struct spot *name)
{
    for (size_t i = 0; i < spot_count; i++)
        if (spots[i].there && spots[i].kind >= CUT && is_below(name, &spots[i]))
            return true;
    return false;
}

static bool has_below(const struct spot *name)
{
    for (size_t i = 0; i < spot_count; i++)
        if (spots[i].there && is_below(&spots[i], name))
            return true;
    return false;
}

static unsigned bits_of(const struct spot *name)
{
    static const unsigned bits[SORTS] = {NAMES_ADDRESS, NAMES_CNAME, NAMES_CUT, NAMES_DNAME};
    if (!is_hidden(name))
        return bits[name->kind];
    return NAMES_BELOW | (name->kind == CUT ? 0 : bits[name->kind]);
}

/* All possible names are among the spots. */
static const struct spot *find_spot(const struct spot *like)
{
    size_t i = 0;
    while (spots[i].depth != like->depth ||
           memcmp(spots[i].labels, like->labels, like->depth * sizeof *like->labels) != 0)
        i++;
    return &spots[i];
}

/* RFC 4592 section 3.3.1 */
static enum names_way expect(const struct spot *name, unsigned *bits)
{
    struct spot up = *name;
    *bits = name->there ? bits_of(name) : 0;
    if (name->there)
        return NAMES_EXACT;
    if (is_hidden(name))
        return NAMES_DELEGATED;
    if (has_below(name))
        return NAMES_EMPTY;
    do
        up.depth--;
    while (!find_spot(&up)->there && !has_below(&up));
    up.labels[up.depth++] = 0;
    const struct spot *wildcard = find_spot(&up);
    if (!wildcard->there)
        return has_below(wildcard) ? NAMES_EMPTY : NAMES_NONE;
    *bits = bits_of(wildcard);
    return NAMES_WILDCARD;
}

static const char *text_of(const struct spot *spot)
{
    static char text[64];
    size_t at = 0;
    for (unsigned i = spot->depth; i > 0; i--)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s.", words[spot->labels[i - 1]]);
    snprintf(text + at, sizeof text - at, "Example.");
    return text;
}

static unsigned next_random(unsigned limit)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % limit;
}

static void add_spots(struct names *names)
{
    static const char *const lines[SORTS] = {"60 A 192.0.2.1", "60 CNAME a.", "60 NS a.",
                                             "60 DNAME a."};
    struct node node = {.owner_length = 0};
    struct node_walk walk = zonetext_walk("example.");
    struct err err = {.kind = ERR_NONE};
    for (size_t i = 0; i < spot_count; i++) {
        if (!spots[i].there)
            continue;
        zonetext_node(&node, &walk, text_of(&spots[i]),
                      (const char *const[]){lines[spots[i].kind], NULL});
        if (!names_add(names, &node, &err))
            ok(false, "a name is added: %s", err.text);
        places[i] = names->last;
    }
    node_fini(&node);
}

static bool is_answered(const struct names *names, const struct spot *spot)
{
    uint8_t name[NAME_MAX_WIRE], length = 0;
    unsigned bits, wanted_bits;
    enum names_way wanted = expect(spot, &wanted_bits);
    name_parse(text_of(spot), name, &length);
    enum names_way way = names_find(names, name, length, &bits);
    if (way != wanted || bits != wanted_bits)
        printf("# %s: way %d with %u, not %d with %u\n", text_of(spot), way, bits, wanted,
               wanted_bits);
    return way == wanted && bits == wanted_bits;
}

/* `share`: of a thousand possible names so many are there, and of a hundred so many hide others. */
/* At and under each delegation both ways to ask come to the same. Returns how often they do not. */
static size_t compare_glue(const struct names *names)
{
    uint8_t name[NAME_MAX_WIRE], length = 0;
    unsigned bits, glue_bits;
    size_t wrong = 0;
    for (size_t i = 1; i < spot_count; i++) {
        if (!spots[i].there || spots[i].kind != CUT || is_hidden(&spots[i]))
            continue;
        for (size_t j = i; j == i || (j < spot_count && is_below(&spots[j], &spots[i])); j++) {
            name_parse(text_of(&spots[j]), name, &length);
            wrong += names_find_glue(names, places[i], name, length, &glue_bits) !=
                         names_find(names, name, length, &bits) ||
                     bits != glue_bits;
        }
    }
    return wrong;
}

static void test_zone(unsigned share, unsigned hiding, unsigned questions)
{
    struct names names = {.count = 0};
    size_t right = 0;
    for (size_t i = 0; i < spot_count; i++) {
        bool hides = next_random(100) < hiding;
        spots[i].there = i == 0 || next_random(1000) < share;
        spots[i].kind = i == 0 ? ADDRESS : (hides ? CUT : ADDRESS) + next_random(2);
    }
    names_begin(&names, (const uint8_t *)"\7example", 9);
    add_spots(&names);
    struct err err = {.kind = ERR_NONE};
    if (!names_end(&names, questions, &err))
        ok(false, "the names are made ready: %s", err.text);
    is_int(names.slots != NULL, questions > 1, "for %u questions a table is made", questions);
    for (size_t i = 0; i < spot_count; i++)
        right += is_answered(&names, &spots[i]);
    ok(right == spot_count,
       "%u of 1000 names there, %u of 100 hide others, %u questions: all answers are right", share,
       hiding, questions);
    is_int((int64_t)compare_glue(&names), 0, "... and so they are for glue");
    names_fini(&names);
}

int main(void)
{
    static const unsigned shares[] = {0, 1, 5, 20, 100, 300, 700, 1000};
    make_spots((struct spot){.depth = 0});
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        test_zone(shares[i], 0, 100000);
        test_zone(shares[i], 10, 100000);
    }
    for (size_t i = 4; i < sizeof shares / sizeof *shares; i++) {
        test_zone(shares[i], 0, 1);
        test_zone(shares[i], 10, 1);
    }
    return tap_end();
}
