/*
 * mkstream: writes the answer to an AXFR of a synthetic zone that looks like that of a TLD, as
 * a recorded stream (framed messages, back to back) for "primary --replay".
 *
 * The same arguments give the same octets. Owners and RDATA names of the RFC 1035 types are
 * compressed as BIND does it, and messages are as large as those of Knot; BIND's have 20 KiB. The
 * mix: delegations with two to four name servers, some of them below the delegated name and with
 * glue; DS with its RRSIG for a fraction, an NSEC3 with its RRSIG now and then. The records come
 * ordered by owner or, with the last argument, shuffled: the same records, with the SOA still first
 * and last.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 12,
    MESSAGE_MAX = 16384,
    POINTER_LIMIT = 0x4000, /* a compression pointer has 14 bits */
    SLOTS = 0x8000,
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_SOA = 6,
    TYPE_AAAA = 28,
    TYPE_DS = 43,
    TYPE_RRSIG = 46,
    TYPE_NSEC3 = 50,
    TYPE_AXFR = 252,
    HOSTERS = 20000, /* name servers outside the delegated names */
    RSA_SIGNATURE = 256,
    ECDSA_SIGNATURE = 64,
};

struct name {
    uint8_t wire[256];
    size_t len;
};

/* A record that waits for its place in the shuffled stream; its names are in the pool. */
struct waiting {
    uint64_t random;             /* its state before the RDATA is made */
    uint32_t owner, target, ttl; /* offsets in the pool; target 0: none */
    uint8_t owner_len, target_len;
    uint16_t type, covered;
};

struct stream {
    FILE *out;
    const char *file;
    uint64_t random, seed;
    struct name apex;
    size_t signature; /* octets of a signature in this zone */

    bool shuffles;
    struct waiting *waiting;
    uint64_t waiting_count;
    uint8_t *pool;
    size_t pool_len, pool_size;

    uint64_t wanted, written; /* records */
    uint64_t messages;

    uint8_t message[MESSAGE_MAX];
    size_t len, record; /* of the message; where the record being written starts */
    unsigned answers;
    bool full; /* the record did not fit */
    struct {
        uint32_t hash;
        uint32_t generation; /* slots of earlier messages are free */
        uint16_t offset;
    } slots[SLOTS];
    uint32_t generation;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "mkstream: %s: %s\n", what, why);
    exit(2);
}

/* splitmix64: enough for a mix of records, and the same everywhere. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t next_random(struct stream *s)
{
    return scramble(s->random += 0x9e3779b97f4a7c15u);
}

static bool chance(struct stream *s, unsigned percent)
{
    return next_random(s) % 100 < percent;
}

/* ---------------------------------------------------------------- octets of a message */

static void put(struct stream *s, const void *data, size_t len)
{
    if (s->full || MESSAGE_MAX - s->len < len) {
        s->full = true;
        return;
    }
    memcpy(s->message + s->len, data, len);
    s->len += len;
}

static void put_number(struct stream *s, uint32_t value, size_t octets)
{
    uint8_t data[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                       (uint8_t)value};

    put(s, data + 4 - octets, octets);
}

static void put_random(struct stream *s, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t value = next_random(s);

        put(s, &value, len - i < 8 ? len - i : 8);
    }
}

static void set16(struct stream *s, size_t at, size_t value)
{
    s->message[at] = (uint8_t)(value >> 8);
    s->message[at + 1] = (uint8_t)value;
}

static bool suffix_is_at(const struct stream *s, size_t at, const uint8_t *name)
{
    const uint8_t *data = s->message;

    for (;;) {
        while (data[at] >= 0xc0) {
            at = (size_t)(data[at] & 0x3f) << 8 | data[at + 1];
        }
        if (data[at] != *name || memcmp(data + at + 1, name + 1, *name) != 0) {
            return false;
        }
        if (!*name) {
            return true;
        }
        at += 1u + *name;
        name += 1u + *name;
    }
}

/* The slot that holds this suffix, or the free one where it belongs. */
static unsigned find_suffix(const struct stream *s, const uint8_t *suffix, uint32_t hash)
{
    unsigned slot = hash % SLOTS;

    while (s->slots[slot].generation == s->generation &&
           (s->slots[slot].hash != hash || !suffix_is_at(s, s->slots[slot].offset, suffix))) {
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

static void put_name(struct stream *s, const struct name *n)
{
    uint32_t hashes[128];
    size_t starts[128], labels = 0;
    uint32_t hash = 2166136261u;

    for (size_t at = 0; n->wire[at]; at += 1u + n->wire[at]) {
        starts[labels++] = at;
    }
    for (size_t i = labels; i-- > 0;) {
        for (size_t k = starts[i]; k <= starts[i] + n->wire[starts[i]]; k++) {
            hash = (hash ^ n->wire[k]) * 16777619u;
        }
        hashes[i] = hash ^ hash >> 15;
    }
    for (size_t i = 0; i < labels; i++) {
        const uint8_t *suffix = n->wire + starts[i];
        unsigned slot = find_suffix(s, suffix, hashes[i]);

        if (s->slots[slot].generation == s->generation) {
            put_number(s, 0xc000u | s->slots[slot].offset, 2);
            return;
        }
        if (s->len < POINTER_LIMIT) {
            s->slots[slot].generation = s->generation;
            s->slots[slot].hash = hashes[i];
            s->slots[slot].offset = (uint16_t)s->len;
        }
        put(s, suffix, 1u + *suffix);
    }
    put_number(s, 0, 1);
}

/* ---------------------------------------------------------------- messages */

static void start_message(struct stream *s)
{
    static const uint8_t header[HEADER] = {0, 0, 0x84, 0};

    s->len = 0;
    s->answers = 0;
    s->full = false;
    s->generation++;
    put(s, header, sizeof header);
    if (!s->messages) { /* only the first message has the question (RFC 5936 section 2.2) */
        s->message[5] = 1;
        put_name(s, &s->apex);
        put_number(s, TYPE_AXFR, 2);
        put_number(s, 1, 2);
    }
}

static void finish_message(struct stream *s)
{
    uint8_t prefix[2] = {(uint8_t)(s->len >> 8), (uint8_t)s->len};

    set16(s, 6, s->answers);
    if (fwrite(prefix, 1, 2, s->out) != 2 || fwrite(s->message, 1, s->len, s->out) != s->len) {
        die(s->file, strerror(errno));
    }
    s->messages++;
}

/*
 * A record is written by its function into the message; when it does not fit, the message goes
 * out without it and the function runs again. The random state is set back for that.
 */
struct record {
    const struct name *owner, *target;
    unsigned type, covered;
    uint32_t ttl;
};

static void put_soa(struct stream *s, const struct record *r)
{
    static const struct name mail = {"\12hostmaster\3nic\7example", 24};
    static const uint32_t timers[] = {2026112201, 1800, 900, 604800, 86400};

    put_name(s, r->target);
    put_name(s, &mail);
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        put_number(s, timers[i], 4);
    }
}

static void put_ds(struct stream *s, const struct record *r)
{
    (void)r;
    put_number(s, (uint32_t)next_random(s) & 0xffff, 2);
    put_number(s, chance(s, 60) ? 13 : 8, 1);
    put_number(s, 2, 1);
    put_random(s, 32);
}

static void put_rrsig(struct stream *s, const struct record *r)
{
    unsigned labels = 0;

    for (size_t at = 0; r->owner->wire[at]; at += 1u + r->owner->wire[at]) {
        labels++;
    }
    put_number(s, r->covered, 2);
    put_number(s, s->signature == RSA_SIGNATURE ? 8 : 13, 1);
    put_number(s, labels, 1);
    put_number(s, r->ttl, 4);
    put_number(s, 1796000000, 4);
    put_number(s, 1794500000, 4);
    put_number(s, 40001, 2);
    put(s, s->apex.wire, s->apex.len); /* never compressed (RFC 4034 section 3.1.7) */
    put_random(s, s->signature);
}

static void put_nsec3(struct stream *s, const struct record *r)
{
    static const uint8_t fixed[] = {1, 1, 0, 0, 0, 20};
    static const uint8_t bitmap[] = {0, 6, 0x20, 0, 0, 0, 0, 0x12}; /* NS DS RRSIG */

    (void)r;
    put(s, fixed, sizeof fixed);
    put_random(s, 20);
    put(s, bitmap, sizeof bitmap);
}

static void put_rdata(struct stream *s, const struct record *r)
{
    switch (r->type) {
    case TYPE_SOA:
        put_soa(s, r);
        return;
    case TYPE_NS:
        put_name(s, r->target);
        return;
    case TYPE_A:
        put_number(s, 0xc6120000u | ((uint32_t)next_random(s) & 0x1ffff), 4);
        return;
    case TYPE_AAAA:
        put_number(s, 0x20010db8, 4);
        put_random(s, 4);
        put_number(s, 0, 4);
        put_number(s, (uint32_t)next_random(s) & 0xff, 4);
        return;
    case TYPE_DS:
        put_ds(s, r);
        return;
    case TYPE_RRSIG:
        put_rrsig(s, r);
        return;
    default:
        put_nsec3(s, r);
    }
}

static void try_record(struct stream *s, const struct record *r)
{
    size_t length_at;

    s->record = s->len;
    put_name(s, r->owner);
    put_number(s, r->type, 2);
    put_number(s, 1, 2);
    put_number(s, r->ttl, 4);
    length_at = s->len;
    put_number(s, 0, 2);
    put_rdata(s, r);
    if (!s->full) {
        set16(s, length_at, s->len - length_at - 2);
        s->answers++;
    }
}

static uint32_t keep_name(struct stream *s, const struct name *n)
{
    if (s->pool_size - s->pool_len < n->len) {
        s->pool_size = s->pool_size * 2 + 65536;
        s->pool = realloc(s->pool, s->pool_size);
        if (!s->pool || s->pool_size > UINT32_MAX) {
            die(s->file, "out of memory");
        }
    }
    memcpy(s->pool + s->pool_len, n->wire, n->len);
    s->pool_len += n->len;
    return (uint32_t)(s->pool_len - n->len);
}

static void keep_waiting(struct stream *s, const struct record *r)
{
    struct waiting *w = &s->waiting[s->waiting_count++];

    *w = (struct waiting){.random = s->random,
                          .ttl = r->ttl,
                          .type = (uint16_t)r->type,
                          .covered = (uint16_t)r->covered};
    w->owner_len = (uint8_t)r->owner->len;
    w->owner = keep_name(s, r->owner);
    if (r->target) {
        w->target_len = (uint8_t)r->target->len;
        w->target = keep_name(s, r->target);
    }
    /* What the record will take of the random numbers, so that the next one is the same as in the
     * ordered stream. Behind the limit no name is remembered. */
    s->len = POINTER_LIMIT;
    s->full = false;
    put_rdata(s, r);
    s->written++;
}

static void add(struct stream *s, struct record r)
{
    uint64_t random = s->random;

    if (s->written >= s->wanted) {
        return;
    }
    if (s->shuffles && r.type != TYPE_SOA) {
        keep_waiting(s, &r);
        return;
    }
    try_record(s, &r);
    if (s->full) {
        s->random = random;
        s->len = s->record;
        finish_message(s);
        start_message(s);
        try_record(s, &r);
    }
    s->written++;
}

/* ---------------------------------------------------------------- the zone */

static void add_label(struct name *n, const char *text, size_t len)
{
    n->wire[n->len++] = (uint8_t)len;
    memcpy(n->wire + n->len, text, len);
    n->len += len;
}

static void add_name(struct name *n, const struct name *tail)
{
    memcpy(n->wire + n->len, tail->wire, tail->len);
    n->len += tail->len;
}

static struct name below(const char *label, const struct name *parent)
{
    struct name n = {.len = 0};

    add_label(&n, label, strlen(label));
    add_name(&n, parent);
    return n;
}

/* A pronounceable label, long enough on the average to look like a registered name. */
static size_t make_word(uint64_t number, char *out)
{
    static const char consonants[] = "bcdfghjklmnprstvwz";
    static const char vowels[] = "aeiou";
    size_t len = 0, target = 6 + (size_t)(scramble(number) % 9);
    uint64_t bits = scramble(number ^ 0x5bd1e995);

    while (len < target) {
        out[len++] = consonants[bits % 18];
        out[len++] = vowels[bits / 18 % 5];
        bits = scramble(bits);
    }
    return len;
}

/* Registered names in ascending order: a running number in front keeps them apart. */
static struct name delegated_name(const struct stream *s, uint64_t number)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char label[64];
    struct name n = {.len = 0};
    size_t len = 0;
    uint64_t unit = 36ull * 36 * 36 * 36;

    for (; unit; unit /= 36) {
        label[len++] = digits[number / unit % 36];
    }
    len += make_word(number ^ s->seed << 32, label + len);
    add_label(&n, label, len);
    add_name(&n, &s->apex);
    return n;
}

/* A server of one of the hosters; a few large ones serve most names. */
static struct name hoster_name(struct stream *s, uint64_t hoster, unsigned server)
{
    static const char *const tops[] = {"com", "net", "org", "de", "example"};
    char label[64];
    struct name n = {.len = 0};
    size_t len;

    len = (size_t)snprintf(label, sizeof label, "ns%u", server + 1);
    add_label(&n, label, len);
    len = make_word(hoster * 77 + 5, label);
    len += (size_t)snprintf(label + len, sizeof label - len, "-dns%u", (unsigned)hoster);
    add_label(&n, label, len);
    if (hoster % 6 == 5) {
        add_name(&n, &s->apex);
    } else {
        add_label(&n, tops[hoster % 6], strlen(tops[hoster % 6]));
        n.wire[n.len++] = 0;
    }
    return n;
}

static uint64_t pick_hoster(struct stream *s)
{
    uint64_t range = chance(s, 60) ? 50 : chance(s, 60) ? 1000 : HOSTERS;

    return next_random(s) % range;
}

static void add_signed(struct stream *s, struct record r)
{
    add(s, r);
    r.covered = r.type;
    r.type = TYPE_RRSIG;
    add(s, r);
}

/* Name servers below the delegated name need glue. */
static void add_own_servers(struct stream *s, const struct name *owner, unsigned servers)
{
    struct name hosts[4];

    for (unsigned i = 0; i < servers; i++) {
        char label[16];

        snprintf(label, sizeof label, "ns%u", i + 1);
        hosts[i] = below(label, owner);
        add(s, (struct record){owner, &hosts[i], TYPE_NS, 0, 3600});
    }
    for (unsigned i = 0; i < servers; i++) {
        add(s, (struct record){&hosts[i], NULL, TYPE_A, 0, 3600});
        if (chance(s, 40)) {
            add(s, (struct record){&hosts[i], NULL, TYPE_AAAA, 0, 3600});
        }
    }
}

static void add_hosted_servers(struct stream *s, const struct name *owner, unsigned servers)
{
    uint64_t hoster = pick_hoster(s);

    for (unsigned i = 0; i < servers; i++) {
        struct name host = hoster_name(s, hoster, i);

        add(s, (struct record){owner, &host, TYPE_NS, 0, 3600});
    }
}

static void add_nsec3(struct stream *s)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char label[32];
    struct name n = {.len = 0};

    for (size_t i = 0; i < sizeof label; i++) {
        label[i] = digits[next_random(s) % 32];
    }
    add_label(&n, label, sizeof label);
    add_name(&n, &s->apex);
    add_signed(s, (struct record){&n, NULL, TYPE_NSEC3, 0, 86400});
}

static void add_delegation(struct stream *s, uint64_t number)
{
    struct name owner = delegated_name(s, number);
    unsigned servers = chance(s, 70) ? 2 : chance(s, 50) ? 3 : 4;

    if (chance(s, 8)) {
        add_own_servers(s, &owner, servers);
    } else {
        add_hosted_servers(s, &owner, servers);
    }
    if (chance(s, 12)) {
        add_signed(s, (struct record){&owner, NULL, TYPE_DS, 0, 3600});
    }
    if (chance(s, 3)) {
        add_nsec3(s);
    }
}

/* Writes the records that wait, in random order (Fisher, Yates). */
static void add_shuffled(struct stream *s)
{
    uint64_t order = s->seed + 0x5eed;

    s->shuffles = false;
    s->written -= s->waiting_count;
    start_message(s); /* what was tried in the old one is gone; the SOA in it is sent */
    for (uint64_t left = s->waiting_count; left; left--) {
        uint64_t pick = scramble(order += 0x9e3779b97f4a7c15u) % left;
        struct waiting w = s->waiting[pick];
        struct name owner = {.len = w.owner_len}, target = {.len = w.target_len};

        s->waiting[pick] = s->waiting[left - 1];
        memcpy(owner.wire, s->pool + w.owner, owner.len);
        memcpy(target.wire, s->pool + w.target, target.len);
        s->random = w.random;
        add(s, (struct record){&owner, &target, w.type, w.covered, w.ttl});
    }
}

static void make_zone(struct stream *s)
{
    struct name server = below("nic", &s->apex);
    struct name first = below("a", &server);
    struct record soa = {&s->apex, &first, TYPE_SOA, 0, 3600};

    start_message(s);
    s->wanted -= 1; /* the SOA at the end, of which every record before must leave room */
    add(s, soa);
    if (s->shuffles) {
        s->waiting = calloc(s->wanted, sizeof *s->waiting);
        if (!s->waiting) {
            die(s->file, "out of memory");
        }
        finish_message(s);
    }
    add(s, (struct record){&s->apex, &first, TYPE_NS, 0, 3600});
    add(s, (struct record){&first, NULL, TYPE_A, 0, 3600});
    for (uint64_t number = 0; s->written < s->wanted; number++) {
        add_delegation(s, number);
    }
    if (s->shuffles) {
        add_shuffled(s);
    }
    s->wanted += 1;
    add(s, soa);
    finish_message(s);
}

/* ---------------------------------------------------------------- the command line */

static uint64_t number_argument(const char *text)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-') {
        die(text, "not a number");
    }
    return value;
}

static struct name name_argument(const char *text)
{
    struct name n = {.len = 0};

    while (*text) {
        size_t len = strcspn(text, ".");

        if (!len || len > 63 || n.len + len + 1 > 100) {
            die(text, "bad zone name");
        }
        add_label(&n, text, len);
        text += len + (text[len] == '.');
    }
    n.wire[n.len++] = 0;
    return n;
}

int main(int argc, char **argv)
{
    static struct stream s;

    if (argc < 3 || argc > 7 || (argc > 5 && strcmp(argv[5], "rsa") && strcmp(argv[5], "ecdsa")) ||
        (argc > 6 && strcmp(argv[6], "shuffled"))) {
        fputs("usage: mkstream RECORDS FILE [ZONE [SEED [rsa|ecdsa [shuffled]]]]\n"
              "RECORDS counts the SOA at the beginning and the one at the end.\n",
              stderr);
        return 2;
    }
    s.wanted = number_argument(argv[1]);
    s.shuffles = argc > 6;
    s.file = argv[2];
    s.apex = name_argument(argc > 3 ? argv[3] : "bench.");
    s.seed = argc > 4 ? number_argument(argv[4]) : 1;
    s.random = s.seed;
    s.signature = argc > 5 && !strcmp(argv[5], "ecdsa") ? ECDSA_SIGNATURE : RSA_SIGNATURE;
    if (s.wanted < 4) {
        die(argv[1], "a zone has at least four records here");
    }
    s.out = fopen(s.file, "wb");
    if (!s.out) {
        die(s.file, strerror(errno));
    }
    make_zone(&s);
    if (fclose(s.out)) {
        die(s.file, strerror(errno));
    }
    return 0;
}
