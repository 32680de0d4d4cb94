/* zone/store and zone/sort against a sort that is made from the words of RFC 4034 section 6, with
 * RDATA and canonical RDATA from tests/vectors/rr.tsv; in memory, and in scratch space, of which
 * each call fails in turn. */
#include "dns/name.h"
#include "dns/namekey.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zone/sort.h"

#include "tap.h"
#include "wire.h"

#include <errno.h>

enum { POOL_MAX = 1200, GIVEN_MAX = 60000, LINE_OCTETS = 700000 };

/* ---- Records and the naive order ------------------------------------------------------------ */

struct rdata {
    uint16_t type, length;
    bool opaque;
    const uint8_t *octets, *canonical;
};

static struct rdata pool[POOL_MAX];
static size_t pool_count;

struct given {
    uint8_t owner[NAME_MAX_WIRE], lower[NAME_MAX_WIRE];
    uint8_t owner_length;
    struct rdata rdata;
    uint32_t ttl;
};

static struct given given[GIVEN_MAX], expected[GIVEN_MAX];
static size_t given_count, expected_count;

static uint8_t apex[NAME_MAX_WIRE];
static uint8_t apex_length;
static bool keep_case;

static uint64_t seed = 1;

static uint64_t next_random(void)
{
    uint64_t x = seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)(next_random() % n);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Section 6.3: as left-justified octet strings, where the absence of an octet sorts before zero. */
static int compare_strings(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    for (size_t i = 0;; i++) {
        if (i == a_length || i == b_length)
            return (i < a_length) - (i < b_length);
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
}

static size_t split(const uint8_t *name, const uint8_t *labels[128])
{
    size_t count = 0;
    for (; *name != 0; name += *name + 1)
        labels[count++] = name;
    return count;
}

/* Section 6.1: by the most significant, rightmost, labels first; the labels as strings in lower
 * case; a name that has no more labels is first. */
static int compare_names(const uint8_t *a, const uint8_t *b)
{
    const uint8_t *as[128], *bs[128];
    size_t a_count = split(a, as), b_count = split(b, bs);
    for (;;) {
        if (a_count == 0 || b_count == 0)
            return (a_count > 0) - (b_count > 0);
        const uint8_t *x = as[--a_count], *y = bs[--b_count];
        uint8_t xs[63], ys[63];
        for (size_t i = 0; i < *x; i++)
            xs[i] = lower(x[i + 1]);
        for (size_t i = 0; i < *y; i++)
            ys[i] = lower(y[i + 1]);
        int order = compare_strings(xs, *x, ys, *y);
        if (order != 0)
            return order;
    }
}

/* 0: the same record. */
static int compare_given(const struct given *a, const struct given *b)
{
    int order = compare_names(a->owner, b->owner);
    if (order != 0)
        return order;
    if (a->rdata.type != b->rdata.type) {
        bool at_apex = a->owner_length == apex_length;
        if (at_apex && (a->rdata.type == TYPE_SOA || b->rdata.type == TYPE_SOA))
            return a->rdata.type == TYPE_SOA ? -1 : 1;
        return a->rdata.type < b->rdata.type ? -1 : 1;
    }
    return compare_strings(a->rdata.canonical, a->rdata.length, b->rdata.canonical,
                           b->rdata.length);
}

/* The order of what is left: also by the octets as they came, so that qsort is deterministic. */
static int compare_all(const void *a, const void *b)
{
    const struct given *x = a, *y = b;
    int order = compare_given(x, y);
    if (order == 0)
        order = memcmp(x->owner, y->owner, x->owner_length);
    if (order == 0)
        order = compare_strings(x->rdata.octets, x->rdata.length, y->rdata.octets, y->rdata.length);
    return order;
}

static void make_expected(void)
{
    static struct given sorted[GIVEN_MAX];
    memcpy(sorted, given, given_count * sizeof *given);
    qsort(sorted, given_count, sizeof *sorted, compare_all);
    expected_count = 0;
    for (size_t i = 0; i < given_count; i++) {
        struct given *last = &expected[expected_count - (expected_count > 0)];
        if (expected_count > 0 && compare_given(last, &sorted[i]) == 0) {
            if (sorted[i].ttl < last->ttl)
                last->ttl = sorted[i].ttl;
        } else {
            expected[expected_count++] = sorted[i];
        }
    }
}

/* ---- Scratch space -------------------------------------------------------------------------- */

enum { PLACES = 8 };

static struct place {
    uint8_t *octets;
    size_t length;
    bool is_open;
} places[PLACES];

static unsigned calls;   /* since the store was made */
static unsigned fail_at; /* the number of the one that fails; 0: none does */
static bool fails_all;   /* and all that come later */

static bool is_failing(const char *what, struct err *e)
{
    bool fails = ++calls == fail_at || (fails_all && fail_at > 0 && calls > fail_at);
    return fails && !err_set(e, ERR_TEMPORARY, "cannot %s", what);
}

static int scratch_open(struct err *e)
{
    int n = 0;
    if (is_failing("open", e))
        return -1;
    while (places[n].is_open)
        n++;
    places[n] = (struct place){.is_open = true};
    return n;
}

static bool scratch_write(int n, const void *octets, size_t length, uint64_t at, struct err *e)
{
    struct place *place = &places[n];
    if (is_failing("write", e))
        return false;
    if (at != place->length) /* nothing is written twice */
        abort();
    place->octets = realloc(place->octets, (size_t)at + length);
    memcpy(place->octets + at, octets, length);
    place->length += length;
    return true;
}

static bool scratch_read(int n, void *octets, size_t length, uint64_t at, struct err *e)
{
    if (is_failing("read", e))
        return false;
    if (at + length > places[n].length)
        abort();
    memcpy(octets, places[n].octets + at, length);
    return true;
}

static void scratch_close(int n)
{
    free(places[n].octets);
    places[n] = (struct place){.is_open = false};
}

static const struct scratch scratch = {scratch_open, scratch_write, scratch_read, scratch_close};

static bool is_litter(void)
{
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].is_open)
            return true;
    return false;
}

/* ---- Through the store ---------------------------------------------------------------------- */

static struct notes notes;
static struct err err;
static struct store_facts facts;
static size_t memory; /* 0: all of the zone */

static struct rr rr_of(const struct given *g, const struct given *before)
{
    bool same = before != NULL && before->owner_length == g->owner_length &&
                memcmp(before->owner, g->owner, g->owner_length) == 0;
    return (struct rr){
        .owner = g->owner,
        .rdata = g->rdata.octets,
        .info = types_find(g->rdata.type, CLASS_IN),
        .ttl = g->ttl,
        .type = g->rdata.type,
        .class = CLASS_IN,
        .rdlength = g->rdata.length,
        .owner_length = g->owner_length,
        .flags =
            (uint8_t)((g->rdata.opaque ? RR_OPAQUE : 0) | (same && below(2) ? RR_SAME_OWNER : 0)),
    };
}

static const struct zone_info *zone_info(void)
{
    static struct zone_info zone;
    zone = (struct zone_info){
        .apex = apex, .apex_length = apex_length, .class = CLASS_IN, .serial = 7};
    return &zone;
}

static struct store *fill(void)
{
    struct store_config config = {.keep_case = keep_case, .memory = memory, .scratch = &scratch};
    err = (struct err){.kind = ERR_NONE};
    calls = 0;
    struct store *store = store_new(&config, &err);
    struct sink *sink = store_sink(store);
    bool good = sink->begin(sink, zone_info(), &err);
    for (size_t i = 0; i < given_count && good; i++) {
        struct rr rr = rr_of(&given[i], i > 0 ? &given[i - 1] : NULL);
        good = sink->record(sink, RR_ADD, &rr, &err);
    }
    if ((!good || !sink->end(sink, OUTCOME_COMPLETE, NULL, &err)) && fail_at == 0)
        printf("# the store failed: %s\n", err.text);
    sink->free(sink);
    facts = store_facts(store);
    if (good && facts.records != given_count)
        printf("# %zu records became %llu\n", given_count, (unsigned long long)facts.records);
    return store;
}

/* Whether a record is the expected one. */
static bool matches(const struct rr *rr, const struct given *g, bool same_owner)
{
    const uint8_t *owner = keep_case ? g->owner : g->lower;
    const uint8_t *rdata = keep_case ? g->rdata.octets : g->rdata.canonical;
    return rr->owner_length == g->owner_length && memcmp(rr->owner, owner, g->owner_length) == 0 &&
           rr->type == g->rdata.type && rr->class == CLASS_IN && rr->ttl == g->ttl &&
           rr->rdlength == g->rdata.length && memcmp(rr->rdata, rdata, rr->rdlength) == 0 &&
           rr->info == types_find(rr->type, CLASS_IN) &&
           ((rr->flags & RR_OPAQUE) != 0) == g->rdata.opaque &&
           ((rr->flags & RR_SAME_OWNER) == 0 || same_owner);
}

/* Walks through the store; the number of the first record that is not the expected one, or -1. */
static long walk(struct store *store)
{
    struct rr rr;
    enum rr_op op = RR_DELETE;
    struct source *source = store_walk(store, &notes, &err);
    long wrong = -1;
    size_t at = 0;
    uint8_t before[NAME_MAX_WIRE] = {0};
    enum source_event event;
    if (source == NULL)
        return 0;
    while ((event = source->next(source, &rr, &op, &err)) == SOURCE_RR && wrong < 0) {
        bool same = at > 0 && memcmp(before, rr.owner, rr.owner_length) == 0;
        if (at >= expected_count || op != RR_ADD || !matches(&rr, &expected[at], same))
            wrong = (long)at;
        memcpy(before, rr.owner, rr.owner_length);
        at++;
    }
    if (wrong < 0 && (event != SOURCE_END || at != expected_count))
        wrong = (long)at;
    source->free(source);
    return wrong;
}

static void show(const struct given *g)
{
    struct name_string name;
    printf("# %s %u", name_string(&name, g->owner), g->rdata.type);
    tap_hex("", g->rdata.octets, g->rdata.length, 0);
}

/* Sorts what is given, and walks through it twice. */
static bool sorts_within(const char *what)
{
    memset(&notes, 0, sizeof notes);
    struct store *store = fill();
    long first = walk(store), second = walk(store);
    if (first >= 0 || second >= 0) {
        printf("# %s, memory %zu: the first wrong record: %ld of %zu, in the second walk %ld\n",
               what, memory, first, expected_count, second);
        for (long i = first - 1; i <= first + 1; i++)
            if (i >= 0 && (size_t)i < expected_count)
                show(&expected[i]);
    }
    bool was_away = calls > 0;
    store_free(store);
    return first < 0 && second < 0 && !is_litter() && (was_away || memory == 0 || memory > 9999);
}

static bool same_notes(const struct notes *a, const struct notes *b)
{
    bool same = true;
    for (int i = 0; i < ERR_KINDS; i++)
        same = same && a->counts[i] == b->counts[i] &&
               (a->counts[i] == 0 ||
                strcmp(notes_text(a, (enum err_kind)i), notes_text(b, (enum err_kind)i)) == 0);
    return same;
}

/* The same in memory, and with little of it: nothing of what is told may differ either. The facts
 * and notes that stay are those of the zone in memory. */
static bool sorts(const char *what)
{
    static const size_t sizes[] = {1, 300, 3000, 20000, 400000, 1 << 20};
    static struct notes noted;
    bool good = sorts_within(what);
    noted = notes;
    struct store_facts known = facts;
    size_t first = given_count > 400 ? 1 : 0, last = sizeof sizes / sizeof *sizes;
    if (given_count < 2)
        return good;
    memory = sizes[first + below((unsigned)(last - first))];
    if (memory > given_count && given_count < 100)
        memory = given_count;
    good = sorts_within(what) && good;
    memory = 0;
    if (!same_notes(&noted, &notes))
        printf("# %s: other notes than in memory\n", what);
    good = good && same_notes(&noted, &notes);
    notes = noted;
    facts = known;
    return good;
}

static void shuffle(void)
{
    for (size_t left = given_count; left > 1; left--) {
        size_t pick = below((unsigned)left);
        struct given moved = given[pick];
        given[pick] = given[left - 1];
        given[left - 1] = moved;
    }
}

/* ---- Names and records made up -------------------------------------------------------------- */

static void set_apex(const char *text)
{
    name_parse(text, apex, &apex_length);
}

static struct given *add_at(const uint8_t *owner, size_t length, const struct rdata *rdata,
                            uint32_t ttl)
{
    struct given *g = &given[given_count++];
    memcpy(g->owner, owner, length);
    g->owner_length = (uint8_t)length;
    for (size_t i = 0; i < length; i++)
        g->lower[i] = lower(owner[i]);
    g->rdata = *rdata;
    g->ttl = ttl;
    return g;
}

static void add_text(const char *owner, uint16_t type, const char *octets, uint32_t ttl)
{
    uint8_t wire[NAME_MAX_WIRE], length;
    name_parse(owner, wire, &length);
    struct rdata rdata = {type, (uint16_t)strlen(octets), true, (const uint8_t *)octets,
                          (const uint8_t *)octets};
    add_at(wire, length, &rdata, ttl);
}

/* Octets that are near each other, and those that mean something to a key. */
static uint8_t label_octet(void)
{
    static const uint8_t octets[] = {0,   1,   2,   3,   'a', 'b', 'A', 'B',  'z',  'Z',
                                     '*', '@', '[', '`', '{', '-', '.', 0x7f, 0x80, 0xff};
    return below(8) == 0 ? (uint8_t)below(256) : octets[below(sizeof octets)];
}

static size_t random_name(uint8_t out[NAME_MAX_WIRE], unsigned labels, unsigned longest)
{
    uint8_t front[NAME_MAX_WIRE];
    size_t length = 0;
    while (labels-- > 0) {
        size_t n = 1 + below(longest);
        if (length + n + 1 + apex_length > NAME_MAX_WIRE)
            break;
        front[length++] = (uint8_t)n;
        while (n-- > 0)
            front[length++] = label_octet();
    }
    memcpy(out, front, length);
    memcpy(out + length, apex, apex_length);
    for (size_t i = length; i < length + apex_length; i++)
        if (below(3) == 0 && out[i] >= 'a' && out[i] <= 'z')
            out[i] = (uint8_t)(out[i] - 32);
    return length + apex_length;
}

/* A name like another: some octet is different, or another letter case. */
static void vary(uint8_t *name, size_t length)
{
    if (length == apex_length)
        return;
    for (size_t at = 0; at < length - apex_length; at += (size_t)name[at] + 1)
        if (below(2))
            name[at + 1 + below(name[at])] = label_octet();
}

static uint8_t *made[GIVEN_MAX]; /* RDATA that is not of the pool */
static size_t made_count;

/* Short strings of few octets: many are beginnings of each other, and the same. */
static struct rdata random_rdata(void)
{
    if (below(3) == 0)
        return pool[below((unsigned)pool_count)];
    size_t n = below(4) == 0 ? below(40) : below(9);
    uint8_t *octets = malloc(n + 1);
    made[made_count++] = octets;
    for (size_t i = 0; i < n; i++)
        octets[i] = below(4) == 0 ? (uint8_t)below(256) : (uint8_t)below(2);
    return (struct rdata){(uint16_t)(65280 + below(3)), (uint16_t)n, true, octets, octets};
}

static void free_rdata(void)
{
    while (made_count > 0)
        free(made[--made_count]);
    given_count = 0;
}

/* A zone of records, most at names near each other, with some records twice. */
static void random_zone(size_t records, unsigned names, unsigned labels, unsigned longest)
{
    static uint8_t owners[5000][NAME_MAX_WIRE];
    static uint8_t lengths[5000];
    for (unsigned i = 0; i < names; i++) {
        if (i > 0 && below(3) > 0) {
            unsigned like = below(i);
            memcpy(owners[i], owners[like], lengths[like]);
            lengths[i] = lengths[like];
            vary(owners[i], lengths[i]);
        } else {
            lengths[i] = (uint8_t)random_name(owners[i], below(labels + 1), longest);
        }
    }
    given_count = 0;
    while (given_count < records) {
        if (given_count > 0 && below(10) == 0) {
            given[given_count] = given[below((unsigned)given_count)];
            given[given_count++].ttl = below(4) * 100;
            continue;
        }
        unsigned name = below(names);
        struct rdata rdata = random_rdata();
        add_at(owners[name], lengths[name], &rdata, below(3) * 60);
    }
}

/* ---- Tests ---------------------------------------------------------------------------------- */

/* Every order of what is given must give the same. */
static void check_orders(const char *what)
{
    make_expected();
    bool good = sorts(what);
    for (int i = 0; i < 3; i++) {
        shuffle();
        good = sorts(what) && good;
    }
    qsort(given, given_count, sizeof *given, compare_all);
    good = sorts(what) && good;
    bool ordered = facts.parts <= 1;
    for (size_t i = 0; i < given_count / 2; i++) {
        struct given moved = given[i];
        given[i] = given[given_count - 1 - i];
        given[given_count - 1 - i] = moved;
    }
    good = sorts(what) && good;
    ok(good && ordered, "%s: %zu records, %zu when merged", what, given_count, expected_count);
}

/* RFC 4034 section 6.1 has this list. */
static void check_rfc(void)
{
    static const char *const names[] = {
        "example.",         "a.example.",      "yljkjljk.a.example.",
        "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
        "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
    enum { NAMES = sizeof names / sizeof *names };
    for (int turn = 0; turn < 20; turn++) {
        set_apex("example.");
        given_count = 0;
        for (size_t i = 0; i < NAMES; i++)
            add_text(names[i], 16, "\1x", 60);
        shuffle();
        struct store *store = fill();
        struct source *source = store_walk(store, &notes, &err);
        bool good = true;
        for (size_t i = 0; i < NAMES; i++) {
            struct rr rr;
            enum rr_op op;
            uint8_t wire[NAME_MAX_WIRE], length;
            name_parse(names[i], wire, &length);
            name_lower(wire, length);
            good = source->next(source, &rr, &op, &err) == SOURCE_RR && rr.owner_length == length &&
                   memcmp(rr.owner, wire, length) == 0 && good;
        }
        source->free(source);
        store_free(store);
        if (!ok(good, "the example of RFC 4034 section 6.1, turn %d", turn))
            break;
    }
    given_count = 0;
}

static void check_random(void)
{
    static const struct {
        const char *apex;
        size_t records;
        unsigned names, labels, longest;
    } zones[] = {
        {"example.com.", 0, 1, 1, 1},         {"example.com.", 1, 1, 1, 1},
        {"example.com.", 40, 10, 2, 3},       {".", 60, 20, 3, 2},
        {"example.com.", 300, 60, 3, 4},      {"example.com.", 2000, 900, 4, 12},
        {"a.b.c.d.e.f.g.", 2000, 300, 2, 63}, {".", 1500, 700, 127, 1},
        {"example.com.", 2500, 3, 1, 2},      {"com.", 3000, 2500, 1, 16},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        for (int turn = 0; turn < 8; turn++) {
            char what[200];
            uint64_t was = seed;
            keep_case = turn % 4 == 3;
            set_apex(zones[i].apex);
            random_zone(zones[i].records, zones[i].names, zones[i].labels, zones[i].longest);
            snprintf(what, sizeof what, "%s, %u names of %u labels of %u%s (seed %llu)",
                     zones[i].apex, zones[i].names, zones[i].labels, zones[i].longest,
                     keep_case ? ", case kept" : "", (unsigned long long)was);
            check_orders(what);
            free_rdata();
        }
    keep_case = false;
}

/* Names and RDATA of the greatest length, which agree as far as they can. */
static void check_long(void)
{
    static uint8_t rdatas[40][65535];
    uint8_t name[NAME_MAX_WIRE];
    set_apex(".");
    given_count = 0;
    for (unsigned i = 0; i < 40; i++) {
        size_t at = 0;
        for (unsigned label = 0; label < 4; label++) {
            size_t n = label < 3 ? 63 : 61;
            name[at++] = (uint8_t)n;
            memset(name + at, i % 4 == 0 ? 0 : i % 4, n);
            at += n;
        }
        name[at] = 0;
        name[1] = (uint8_t)i; /* the last octet of the key decides */
        memset(rdatas[i], 0, sizeof rdatas[i]);
        rdatas[i][65530] = (uint8_t)(i / 2);
        struct rdata rdata = {65281, (uint16_t)(65535 - i % 2), true, rdatas[i], rdatas[i]};
        add_at(name, at + 1, &rdata, 60);
        add_at(name + at, 1, &rdata, 60); /* and all of it at the apex */
    }
    check_orders("names of 255 octets and RDATA of 65535");
    given_count = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct rdata rdata = {65281, (uint16_t)(40 - i), true, rdatas[0], rdatas[0]};
        add_at(apex, apex_length, &rdata, 60);
    }
    check_orders("RDATA of zeros, each the beginning of the next");
    given_count = 0;
    for (unsigned i = 0; i < 500; i++) {
        struct rdata rdata = {65281, 65000, true, rdatas[0], rdatas[0]};
        add_at(apex, apex_length, &rdata, i);
    }
    check_orders("the same long record 500 times");
    is_int((int64_t)notes.counts[ERR_DUP_RR], 998, "... each noted, in both walks");
    given_count = 0;
}

static void check_parts(void)
{
    char name[64];
    set_apex("example.");
    for (unsigned parts = 1; parts <= 10; parts++) {
        given_count = 0;
        for (unsigned i = 0; i < 3000; i++) {
            /* ascending within each part; names of the parts are interleaved and some shared */
            snprintf(name, sizeof name, "n%05u.example.",
                     i / (3000 / parts) % 3 + i % (3000 / parts) * 3);
            add_text(name, 1, i % 2 ? "abc" : "abd", 60);
        }
        make_expected();
        ok(sorts("parts"), "%u ascending parts are merged", parts);
        is_int((int64_t)facts.parts, parts + (3000 % parts != 0), "... and are counted");
    }
    given_count = 0;
}

/* Each piece is longer than what is read of it at once. */
static void check_large(void)
{
    static struct notes noted;
    set_apex("example.com.");
    for (int turn = 0; turn < 2; turn++) {
        keep_case = turn == 1;
        random_zone(50000, 5000, 4, 20);
        make_expected();
        ok(sorts_within("large"), "a zone of %zu records, %zu when merged, in memory", given_count,
           expected_count);
        noted = notes;
        memory = 1 << 20;
        ok(sorts_within("large"), "... and in pieces");
        ok(calls > 20 && same_notes(&noted, &notes), "... of which %u calls were made", calls);
        is_int((int64_t)facts.octets, 0, "... and none is in memory");
        memory = 0;
        free_rdata();
    }
    keep_case = false;
}

/* Records that differ in the letter case of their owners, and are so long that each of them is read
 * by itself. */
static void check_long_case(void)
{
    static uint8_t octets[60000];
    char name[64];
    set_apex("example.com.");
    given_count = 0;
    for (unsigned i = 0; i < 600; i++) {
        struct rdata rdata = {65281, sizeof octets, true, octets, octets};
        snprintf(name, sizeof name, "%c%c%c%u.example.com.", "aA"[below(2)], "bB"[below(2)],
                 "cC"[below(2)], i % 60);
        add_text(name, 65281, "", 60);
        given[given_count - 1].rdata = rdata;
    }
    keep_case = true;
    memory = 1 << 20;
    make_expected();
    ok(sorts_within("long, case kept"), "%zu long records, %zu when merged, in pieces", given_count,
       expected_count);
    keep_case = false;
    memory = 0;
    given_count = 0;
}

/* One owner has more records than there is memory for. */
static void check_one_owner(void)
{
    static uint8_t numbers[20000][4];
    set_apex("example.com.");
    given_count = 0;
    for (unsigned i = 0; i < 40000; i++) {
        uint8_t *number = numbers[i % 20000];
        number[0] = (uint8_t)(i % 20000 >> 8);
        number[1] = (uint8_t)(i % 20000);
        struct rdata rdata = {1, 4, false, number, number};
        add_at(apex, apex_length, &rdata, 60);
    }
    make_expected();
    shuffle();
    memory = 100000;
    ok(sorts_within("one owner") && calls > 20, "%zu records of one owner, in pieces", given_count);
    is_int((int64_t)notes.counts[ERR_DUP_RR], 40000,
           "... half of them twice, in each of two walks");
    memory = 0;
    given_count = 0;
}

/* Puts what is given away and reads it back; what the failure was. */
static enum err_kind try_scratch(bool *same)
{
    memset(&notes, 0, sizeof notes);
    struct store *store = fill();
    struct source *source = err.kind == ERR_NONE ? store_walk(store, &notes, &err) : NULL;
    struct rr rr;
    enum rr_op op;
    size_t n = 0;
    *same = true;
    if (source != NULL) {
        while (source->next(source, &rr, &op, &err) == SOURCE_RR)
            *same = n < expected_count && matches(&rr, &expected[n++], true) && *same;
        source->free(source);
    }
    *same = *same && n == expected_count;
    store_free(store);
    return err.kind;
}

static void check_failures(void)
{
    bool same;
    set_apex("example.com.");
    random_zone(120, 30, 2, 6);
    make_expected();
    memory = 300; /* pieces of pieces */
    ok(try_scratch(&same) == ERR_NONE && same && calls > 50, "scratch space without a fault");
    unsigned all = calls;
    for (int more = 0; more < 2; more++) {
        bool good = true;
        fails_all = more == 1;
        for (fail_at = 1; fail_at <= all && good; fail_at++) {
            good = try_scratch(&same) == ERR_TEMPORARY && !is_litter();
            if (!good)
                printf("# call %u: %s\n", fail_at, err.text);
        }
        ok(good, "each of %u calls fails in turn%s: an error, and nothing is left", all,
           fails_all ? ", and all that follow" : "");
    }
    fail_at = 0;
    fails_all = false;
    memory = 0;
    free_rdata();
}

/* What is noted of the zone as a whole. */
static void is_noted(enum err_kind kind, uint64_t count, const char *what)
{
    make_expected();
    memset(&notes, 0, sizeof notes);
    struct store *store = fill();
    is_int(walk(store), -1, "%s: the walk", what);
    for (int i = 0; i < ERR_KINDS; i++)
        is_int((int64_t)notes.counts[i], i == (int)kind ? (int64_t)count : 0, "%s: %s", what,
               err_slug((enum err_kind)i));
    if (count > 0)
        diag("%s", notes_text(&notes, kind));
    store_free(store);
    given_count = 0;
}

static void check_notes(void)
{
    set_apex("example.");
    add_text("a.example.", 1, "abcd", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("a.example.", 1, "abce", 60);
    is_noted(ERR_NONE, 0, "a good zone");
    add_text("a.example.", 1, "abcd", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("A.example.", 1, "abcd", 30);
    is_noted(ERR_DUP_RR, 1, "a duplicate far apart, in another case, with another TTL");
    add_text("a.example.", 1, "abcd", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("a.example.", 1, "abce", 61);
    is_noted(ERR_TTL_MISMATCH, 1, "TTLs far apart");
    add_text("a.example.", 46, "abcd", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("a.example.", 46, "abce", 61);
    is_noted(ERR_NONE, 0, "TTLs of signatures");
    add_text("a.example.", 1, "abcd", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("a.example.", 5, "\1a", 60);
    is_noted(ERR_CNAME_CLASH, 1, "a CNAME beside an address, far apart");
    add_text("a.example.", 5, "\1b", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("a.example.", 5, "\1a", 60);
    is_noted(ERR_MULTI_SINGLE, 1, "two CNAMEs far apart");
    add_text("example.", 6, "abc", 60);
    add_text("b.example.", 1, "abcd", 60);
    add_text("example.", 6, "abd", 60);
    is_noted(ERR_MULTI_SINGLE, 1, "two SOAs far apart");
}

static void check_refused(void)
{
    static const struct {
        const char *owner;
        uint16_t class;
        enum rr_op op;
        enum err_kind kind;
    } rows[] = {
        {"example.org.", CLASS_IN, RR_ADD, ERR_OUT_OF_ZONE},
        {"com.", CLASS_IN, RR_ADD, ERR_OUT_OF_ZONE},
        {"aexample.com.", CLASS_IN, RR_ADD, ERR_OUT_OF_ZONE},
        {".", CLASS_IN, RR_ADD, ERR_OUT_OF_ZONE},
        {"example.com.", CLASS_CH, RR_ADD, ERR_CLASS},
        {"example.com.", CLASS_IN, RR_DELETE, ERR_INTERNAL},
    };
    set_apex("example.com.");
    struct store_config config = {.keep_case = false};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store *store = store_new(&config, &err);
        struct sink *sink = store_sink(store);
        uint8_t owner[NAME_MAX_WIRE], length;
        name_parse(rows[i].owner, owner, &length);
        struct rr rr = {.owner = owner,
                        .owner_length = length,
                        .class = rows[i].class,
                        .type = 99,
                        .rdata = owner,
                        .flags = RR_OPAQUE | RR_SAME_OWNER};
        err = (struct err){.kind = ERR_NONE};
        ok(sink->begin(sink, zone_info(), &err) && !sink->record(sink, rows[i].op, &rr, &err),
           "%s is refused", rows[i].owner);
        is_str(err_slug(err.kind), err_slug(rows[i].kind), "... as such: %s", err.text);
        store_free(store);
    }
    struct store *store = store_new(&config, &err);
    struct zone_info zone = *zone_info();
    zone.changes = true;
    ok(!store_sink(store)->begin(store_sink(store), &zone, &err), "changes are refused");
    store_free(store);
}

/* ---- The sink that sorts -------------------------------------------------------------------- */

struct listener {
    struct sink sink;
    char heard[400];
    unsigned freed;
};

static struct listener listener;

static void hear(const char *word, const char *name, unsigned number, const char *behind)
{
    size_t n = strlen(listener.heard);
    snprintf(listener.heard + n, sizeof listener.heard - n, "%s%s %u%s", word, name, number,
             behind);
}

static bool hear_begin(struct sink *sink, const struct zone_info *zone, struct err *e)
{
    struct name_string name;
    (void)sink;
    (void)e;
    hear("begin ", name_string(&name, zone->apex), zone->serial, ", ");
    return true;
}

static bool hear_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *e)
{
    struct name_string name;
    (void)sink;
    (void)e;
    (void)op;
    hear("", name_string(&name, rr->owner), rr->type, ", ");
    return true;
}

static bool hear_end(struct sink *sink, enum outcome outcome, const char *why, struct err *e)
{
    (void)sink;
    (void)e;
    hear("end ", why != NULL ? why : "", outcome, "");
    return true;
}

static void hear_free(struct sink *sink)
{
    (void)sink;
    listener.freed++;
}

/* What the sink behind hears of two records, and the kind of the error. */
static const char *heard(bool keep, bool strict, uint32_t second_ttl, enum outcome outcome)
{
    struct store_config config = {.keep_case = keep};
    listener = (struct listener){.sink = {hear_begin, hear_record, hear_end, hear_free}};
    memset(&notes, 0, sizeof notes);
    notes.strict = strict;
    err = (struct err){.kind = ERR_NONE};
    set_apex("Example.");
    given_count = 0;
    add_text("B.example.", 1, "abcd", 60);
    add_text("a.example.", 1, "abcd", 60);
    add_text("b.example.", 1, "abce", second_ttl);
    struct sink *sink = sort_new(&listener.sink, &config, &notes, NULL, &err);
    bool good = sink->begin(sink, zone_info(), &err);
    for (size_t i = 0; i < given_count; i++) {
        struct rr rr = rr_of(&given[i], NULL);
        good = good && sink->record(sink, RR_ADD, &rr, &err);
    }
    if (!good || listener.heard[0] != '\0')
        return "heard before the end";
    sink->end(sink, outcome, outcome == OUTCOME_COMPLETE ? NULL : "why", &err);
    sink->free(sink);
    given_count = 0;
    return listener.heard;
}

static void check_sort(void)
{
    is_str(heard(false, false, 60, OUTCOME_COMPLETE),
           "begin example. 7, a.example. 1, b.example. 1, b.example. 1, end  0", "sorted");
    is_int(listener.freed, 1, "... and freed");
    is_str(heard(true, false, 60, OUTCOME_COMPLETE),
           "begin Example. 7, a.example. 1, B.example. 1, b.example. 1, end  0",
           "sorted, with its letter case");
    is_str(heard(false, false, 60, OUTCOME_ABORTED), "end why 2", "aborted");
    heard(false, false, 61, OUTCOME_COMPLETE);
    is_int((int64_t)notes.counts[ERR_TTL_MISMATCH], 1, "TTLs that differ are noted once");
    is_str(heard(false, true, 60, OUTCOME_COMPLETE),
           "begin example. 7, a.example. 1, b.example. 1, b.example. 1, end  0", "strict");
    is_str(heard(false, true, 61, OUTCOME_COMPLETE), "",
           "strict, and TTLs differ: nothing goes on");
    is_str(err_slug(err.kind), "ttl-mismatch", "... and there is an error");
}

/* ---- The pool of RDATA ---------------------------------------------------------------------- */

static const uint8_t *take_hex(const char *hex, size_t *length)
{
    static struct wire wire;
    wire.n = 0;
    if (strcmp(hex, "-") != 0)
        wire_hex(&wire, hex);
    *length = wire.n;
    return wire_exact(wire.octets, wire.n);
}

static void read_pool(FILE *file)
{
    static char line[LINE_OCTETS];
    while (fgets(line, sizeof line, file) != NULL && pool_count < POOL_MAX) {
        char *columns[5] = {NULL}, *rest = line;
        if (line[0] == '#' || line[0] == '\n')
            continue;
        for (size_t i = 0; i < 5; i++)
            columns[i] = strsep(&rest, "\t");
        if (strcmp(columns[1], "IN") != 0 || strlen(columns[2]) > 4000)
            continue;
        struct rdata *r = &pool[pool_count++];
        size_t n, canonical_n;
        r->type = types_parse(columns[0], strlen(columns[0]));
        r->octets = take_hex(columns[2], &n);
        r->canonical =
            take_hex(strcmp(columns[4], "=") == 0 ? columns[2] : columns[4], &canonical_n);
        r->length = (uint16_t)n;
        r->opaque = !rdata_fits(types_find(r->type, CLASS_IN), r->octets, n);
        if (n != canonical_n)
            abort();
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc >= 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) {
        printf("Bail out! no vectors: %s\n", argc >= 2 ? strerror(errno) : "usage: FILE [SEED]");
        return 1;
    }
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    read_pool(file);
    fclose(file);
    ok(pool_count > 300, "%zu vectors of class IN", pool_count);
    check_rfc();
    check_notes();
    check_refused();
    check_sort();
    check_parts();
    check_long();
    check_random();
    check_large();
    check_long_case();
    check_one_owner();
    check_failures();
    for (size_t i = 0; i < pool_count; i++) {
        free((void *)(uintptr_t)pool[i].octets);
        free((void *)(uintptr_t)pool[i].canonical);
    }
    return tap_end();
}
