/* xfer/delta: what was put in comes out again, and the net effect of random chains of changes is
 * what a plain table of records says. */
#include "dns/types.h"
#include "xfer/delta.h"

#include "tap.h"
#include "wire.h"

#include <ctype.h>
#include <time.h>

static const uint8_t apex[] = {4, 'z', 'o', 'n', 'e', 0};

static struct delta *open_delta(size_t limit)
{
    struct delta_config config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .limit = limit};
    struct err err = {.kind = ERR_NONE};
    struct delta *delta = delta_new(&config, &err);
    if (delta == NULL)
        abort();
    return delta;
}

/* ---- The table: a small world of records ---------------------------------------------------- */

/* All of them in canonical order, which a person has written down (RFC 4034 section 6). */
static const char *const owners[] = {
    "zone.", "a.zone.", "*.a.zone.", "a.a.zone.", "b.a.zone.", "aa.zone.", "b.zone.", "z.z.b.zone.",
};
/* RDATA in canonical order; a name in it may come in any letter case. */
static const struct {
    unsigned type;
    const char *before, *name; /* hexadecimal digits, then a name or nothing */
} datas[] = {
    {1, "0a000001", NULL},   {1, "0a000002", NULL},
    {1, "c0000201", NULL},   {2, "", "a.zone."},
    {2, "", "b.zone."},      {2, "", "ab.zone."}, /* behind the others: its first label is longer */
    {2, "", "bb.zone."},     {15, "0001", "zone."},
    {15, "0002", "a.zone."}, {15, "0002", "mail.zone."},
    {16, "0161", NULL},      {16, "01610162", NULL},
    {16, "0162", NULL},      {65280, "", NULL},
    {65280, "00", NULL},     {65280, "0001", NULL},
};
enum {
    OWNERS = sizeof owners / sizeof *owners,
    DATAS = sizeof datas / sizeof *datas,
    STEPS_MAX = 8,
};

/* TTL + 1 of each record; 0: it is not there. */
struct world {
    uint32_t serial;
    uint32_t has[OWNERS][DATAS];
};

/* The random choices. */
static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

static void mix_case(uint8_t *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (name[i] >= 'a' && name[i] <= 'z' && draw(4) == 0)
            name[i] = (uint8_t)toupper(name[i]);
}

static struct wire owner_wire, data_wire;

static struct rr record(unsigned owner, unsigned data, uint32_t ttl)
{
    owner_wire.n = data_wire.n = 0;
    wire_name(&owner_wire, owners[owner]);
    wire_hex(&data_wire, datas[data].before);
    size_t from = data_wire.n;
    if (datas[data].name != NULL)
        wire_name(&data_wire, datas[data].name);
    mix_case(owner_wire.octets, owner_wire.n);
    if (datas[data].name != NULL)
        mix_case(data_wire.octets + from, data_wire.n - from);
    return (struct rr){
        .owner = owner_wire.octets,
        .rdata = data_wire.octets,
        .info = types_find((uint16_t)datas[data].type, CLASS_IN),
        .ttl = ttl,
        .type = (uint16_t)datas[data].type,
        .class = CLASS_IN,
        .rdlength = (uint16_t)data_wire.n,
        .owner_length = (uint8_t)owner_wire.n,
        .flags = datas[data].type == 65280 ? RR_OPAQUE : 0,
    };
}

static struct rr soa(uint32_t serial)
{
    owner_wire.n = data_wire.n = 0;
    wire_name(&owner_wire, "zone.");
    wire_name(&data_wire, "ns.zone.");
    wire_name(&data_wire, "admin.zone.");
    wire_u32(&data_wire, serial);
    wire_hex(&data_wire, "00000001 00000002 00000003 00000004");
    mix_case(data_wire.octets, data_wire.n - 20);
    return (struct rr){.owner = owner_wire.octets,
                       .rdata = data_wire.octets,
                       .info = types_find(TYPE_SOA, CLASS_IN),
                       .ttl = 3600,
                       .type = TYPE_SOA,
                       .class = CLASS_IN,
                       .rdlength = (uint16_t)data_wire.n,
                       .owner_length = (uint8_t)owner_wire.n};
}

/* ---- Writing down what goes in and what comes out -------------------------------------------- */

enum { TEXT_MAX = 200000 };

struct text {
    size_t n;
    char chars[TEXT_MAX];
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->chars + text->n, TEXT_MAX - text->n, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= TEXT_MAX - text->n)
        abort();
    text->n += (size_t)n;
}

/* One line; with `plain` in lower case. */
static void put_record(struct text *text, enum rr_op op, const struct rr *rr, bool plain)
{
    size_t from = text->n;
    put(text, "%c ", op == RR_ADD ? '+' : '-');
    for (size_t i = 0; i + 1 < rr->owner_length; i += rr->owner[i] + 1u)
        put(text, "%.*s.", rr->owner[i], (const char *)rr->owner + i + 1);
    put(text, " %lu %u %u %s ", (unsigned long)rr->ttl, rr->class, rr->type,
        (rr->flags & RR_OPAQUE) != 0 ? "opaque" : "known");
    for (size_t i = 0; i < rr->rdlength; i++) {
        bool upper = plain && rr->rdata[i] >= 'A' && rr->rdata[i] <= 'Z';
        put(text, "%02x", rr->rdata[i] + (upper ? 32u : 0u));
    }
    put(text, "\n");
    for (; plain && from < text->n; from++)
        text->chars[from] = (char)tolower((unsigned char)text->chars[from]);
}

static void add(struct delta *delta, struct text *text, enum rr_op op, struct rr rr)
{
    struct err err = {.kind = ERR_NONE};
    put_record(text, op, &rr, false);
    if (!delta_add(delta, op, &rr, &err))
        abort();
    memset(owner_wire.octets, 'X', owner_wire.n); /* it must have been copied */
    memset(data_wire.octets, 'X', data_wire.n);
}

static void read_all(const struct delta *delta, enum delta_view view, struct text *text, bool plain)
{
    struct delta_reader reader;
    struct err err = {.kind = ERR_NONE};
    struct rr rr;
    enum rr_op op;
    uint8_t before[256];
    size_t before_length = 0;
    text->n = 0;
    text->chars[0] = '\0';
    delta_read(&reader, delta, view);
    enum source_event event;
    while ((event = reader.source.next(&reader.source, &rr, &op, &err)) != SOURCE_END) {
        if (event == SOURCE_BEGIN) {
            put(text, "step %lu %lu\n", (unsigned long)reader.source.zone.from,
                (unsigned long)reader.source.zone.serial);
            continue;
        }
        if (rr.info != types_find(rr.type, CLASS_IN))
            put(text, "info?\n");
        if ((rr.flags & RR_SAME_OWNER) != 0 &&
            (rr.owner_length != before_length || memcmp(rr.owner, before, before_length) != 0))
            put(text, "same owner?\n");
        memcpy(before, rr.owner, rr.owner_length);
        before_length = rr.owner_length;
        if (view == DELTA_PASSING && rr.type == TYPE_SOA)
            continue; /* those between the steps */
        put_record(text, op, &rr, plain);
    }
    reader.source.free(&reader.source);
}

/* ---- Random chains --------------------------------------------------------------------------- */

/* What the first change of each record was, and its TTL; RR_DELETE + 1 and RR_ADD + 1, 0: none. */
static struct {
    unsigned op;
    uint32_t ttl;
} firsts[OWNERS][DATAS];

static void add_data(struct delta *delta, struct text *text, enum rr_op op, unsigned o, unsigned d,
                     uint32_t ttl)
{
    if (firsts[o][d].op == 0) {
        firsts[o][d].op = op + 1;
        firsts[o][d].ttl = ttl;
    }
    add(delta, text, op, record(o, d, ttl));
}

/* Makes a step from one state of the table to another, drawn at random. */
static void step(struct delta *delta, struct world *world, struct text *text)
{
    static const uint32_t ttls[] = {0, 300, 300, 300, 3600, UINT32_MAX - 1};
    struct world next = *world;
    struct err err = {.kind = ERR_NONE};
    next.serial += 1 + draw(3) * draw(1000);
    for (unsigned o = 0; o < OWNERS; o++)
        for (unsigned d = 0; d < DATAS; d++)
            if (draw(6) == 0)
                next.has[o][d] = draw(2) == 0 ? 0 : ttls[draw(6)] + 1;
    put(text, "step %lu %lu\n", (unsigned long)world->serial, (unsigned long)next.serial);
    if (!delta_step(delta, &err))
        abort();
    add(delta, text, RR_DELETE, soa(world->serial));
    /* Now and then what stays is deleted and added too. */
    static bool again[OWNERS][DATAS];
    unsigned start = draw(OWNERS);
    for (unsigned i = 0; i < OWNERS * DATAS; i++) {
        unsigned o = (start + i) % OWNERS, d = i / OWNERS;
        again[o][d] = draw(9) == 0;
        if (world->has[o][d] != 0 && (world->has[o][d] != next.has[o][d] || again[o][d]))
            add_data(delta, text, RR_DELETE, o, d, world->has[o][d] - 1);
    }
    add(delta, text, RR_ADD, soa(next.serial));
    for (unsigned i = 0; i < OWNERS * DATAS; i++) {
        unsigned o = (start + i) % OWNERS, d = i / OWNERS;
        if (next.has[o][d] != 0 && (world->has[o][d] != next.has[o][d] || again[o][d]))
            add_data(delta, text, RR_ADD, o, d, next.has[o][d] - 1);
    }
    *world = next;
}

/* Which part of the net effect to write: of one owner and type, of all, or everything but the SOA;
 * with what is deleted and added again. */
static void expect_set(struct text *text, const struct world *old, const struct world *new,
                       enum rr_op op, unsigned o, unsigned type, bool with_again)
{
    const struct world *from = op == RR_DELETE ? old : new;
    struct rr rr;
    if (type == TYPE_SOA && o == 0) {
        rr = soa(from->serial);
        put_record(text, op, &rr, true);
    }
    for (unsigned d = 0; d < DATAS; d++)
        if (datas[d].type == type && from->has[o][d] != 0 &&
            (old->has[o][d] != new->has[o][d] || (with_again && firsts[o][d].op != 0))) {
            rr = record(o, d, from->has[o][d] - 1);
            put_record(text, op, &rr, true);
        }
}

static const unsigned all_types[] = {1, 2, 6, 15, 16, 65280};
enum { TYPES = sizeof all_types / sizeof *all_types };

static void expect_net(struct text *text, const struct world *old, const struct world *new,
                       bool with_again)
{
    text->n = 0;
    put(text, "step %lu %lu\n", (unsigned long)old->serial, (unsigned long)new->serial);
    for (unsigned o = 0; o < OWNERS; o++)
        for (unsigned t = 0; t < TYPES; t++) {
            expect_set(text, old, new, RR_DELETE, o, all_types[t], with_again);
            expect_set(text, old, new, RR_ADD, o, all_types[t], with_again);
        }
}

/* What neither version has, and one between them had. */
static void expect_passing(struct text *text, const struct world *old, const struct world *new)
{
    text->n = 0;
    put(text, "step %lu %lu\n", (unsigned long)old->serial, (unsigned long)new->serial);
    for (unsigned o = 0; o < OWNERS; o++)
        for (unsigned t = 0; t < TYPES; t++)
            for (unsigned d = 0; d < DATAS; d++)
                if (datas[d].type == all_types[t] && firsts[o][d].op == RR_ADD + 1 &&
                    new->has[o][d] == 0) {
                    struct rr rr = record(o, d, firsts[o][d].ttl);
                    put_record(text, RR_ADD, &rr, true);
                }
}

static void expect_net_step(struct text *text, const struct world *old, const struct world *new)
{
    text->n = 0;
    put(text, "step %lu %lu\n", (unsigned long)old->serial, (unsigned long)new->serial);
    for (int op = RR_DELETE; op >= RR_ADD; op--) {
        expect_set(text, old, new, (enum rr_op)op, 0, TYPE_SOA, false);
        for (unsigned o = 0; o < OWNERS; o++)
            for (unsigned t = 0; t < TYPES; t++)
                if (all_types[t] != TYPE_SOA)
                    expect_set(text, old, new, (enum rr_op)op, o, all_types[t], false);
    }
}

static unsigned lines(const struct text *text, char first)
{
    unsigned n = 0;
    for (size_t i = 0; i < text->n; i++)
        n += text->chars[i] == first && (i == 0 || text->chars[i - 1] == '\n');
    return n;
}

static bool same(const struct text *a, const struct text *b)
{
    return a->n == b->n && memcmp(a->chars, b->chars, a->n) == 0;
}

static struct text in, out, expected;

/* One chain. Returns what is wrong. */
static const char *chain(struct delta *delta, struct notes *notes, struct err *err)
{
    struct world old = {.serial = 0}, new;
    old.serial = draw(2) == 0 ? UINT32_MAX - draw(2000) : draw(UINT32_MAX);
    for (unsigned o = 0; o < OWNERS; o++)
        for (unsigned d = 0; d < DATAS; d++)
            old.has[o][d] = draw(2) * 301;
    new = old;
    in.n = 0;
    memset(firsts, 0, sizeof firsts);
    unsigned steps = 1 + draw(STEPS_MAX);
    for (unsigned i = 0; i < steps; i++)
        step(delta, &new, &in);
    read_all(delta, DELTA_STEPS, &out, false);
    if (!same(&in, &out))
        return "the steps do not come out as they went in";
    struct delta_facts facts = delta_facts(delta);
    if (facts.steps != steps || facts.from != old.serial || facts.to != new.serial ||
        facts.added != lines(&in, '+') || facts.deleted != lines(&in, '-'))
        return "the facts of the steps";
    if (!delta_condense(delta, notes, err))
        return "no net effect";
    read_all(delta, DELTA_NET, &out, true);
    expect_net(&expected, &old, &new, false);
    if (!same(&expected, &out))
        return "the net effect";
    facts = delta_net_facts(delta);
    if (facts.steps != steps || facts.from != old.serial || facts.to != new.serial ||
        facts.added != lines(&expected, '+') || facts.deleted != lines(&expected, '-'))
        return "the facts of the net effect";
    read_all(delta, DELTA_NET_STEP, &out, true);
    expect_net_step(&expected, &old, &new);
    if (!same(&expected, &out))
        return "the net effect as a step";
    read_all(delta, DELTA_TO_APPLY, &out, true);
    expect_net(&expected, &old, &new, true);
    if (!same(&expected, &out))
        return "the net effect with what is deleted and added again";
    read_all(delta, DELTA_PASSING, &out, true);
    expect_passing(&expected, &old, &new);
    if (!same(&expected, &out))
        return "what is added and deleted again";
    read_all(delta, DELTA_STEPS, &out, false);
    return same(&in, &out) ? NULL : "the steps after the net effect was found";
}

static void random_chains(void)
{
    static struct notes notes;
    uint64_t seed = (uint64_t)time(NULL);
    const char *given = getenv("SEED");
    if (given != NULL)
        seed = strtoull(given, NULL, 10);
    diag("SEED=%" PRIu64, seed);
    struct delta *delta = open_delta(0);
    const char *why = NULL;
    for (unsigned i = 0; i < 600 && why == NULL; i++) {
        struct err err = {.kind = ERR_NONE};
        state = seed + i;
        draw(2);
        delta_clear(delta);
        why = chain(delta, &notes, &err);
        if (why != NULL) {
            diag("SEED=%" PRIu64 ": %s (%s)", seed + i, why, err.text);
            diag("the steps:\n%s", in.chars);
            diag("got:\n%s", out.chars);
            diag("expected:\n%s", expected.chars);
        }
    }
    is_str(why, NULL, "600 random chains");
    is_int((int64_t)notes.counts[ERR_IXFR_TTL], 0, "no TTL was wrong");
    delta_free(delta);
}

/* ---- Chains that contradict themselves --------------------------------------------------------
 */

/* One letter a change of the same record: d and D delete, a and A add, with TTL 300 and 600; a bar
 * begins a step. */
static void one_record(const char *script, const char *net, enum err_kind kind, unsigned ttl_notes,
                       const char *words)
{
    static struct notes notes;
    struct err err = {.kind = ERR_NONE};
    struct delta *delta = open_delta(0);
    uint32_t serial = 10;
    memset(&notes, 0, sizeof notes);
    in.n = 0;
    if (!delta_step(delta, &err))
        abort();
    add(delta, &in, RR_DELETE, soa(serial));
    for (const char *p = script; *p != '\0'; p++) {
        if (*p == '|') {
            if (!delta_step(delta, &err))
                abort();
            add(delta, &in, RR_DELETE, soa(serial));
        } else if (*p == '/') {
            add(delta, &in, RR_ADD, soa(++serial));
        } else {
            add(delta, &in, tolower(*p) == 'd' ? RR_DELETE : RR_ADD,
                record(4, 9, islower((unsigned char)*p) ? 300 : 600));
        }
    }
    bool good = delta_condense(delta, &notes, &err);
    is_str(err_slug(err.kind), err_slug(kind), "%s: %s (%s)", script, net, err.text);
    ok(strstr(err.text, words) != NULL, "... \"%s\"", words);
    char got[32] = "";
    if (good) {
        struct delta_reader reader;
        struct rr rr;
        enum rr_op op;
        delta_read(&reader, delta, DELTA_NET);
        enum source_event event;
        while ((event = reader.source.next(&reader.source, &rr, &op, &err)) != SOURCE_END)
            if (event == SOURCE_RR && rr.type != TYPE_SOA)
                strcat(got, op == RR_DELETE ? rr.ttl == 300 ? "d" : "D"
                            : rr.ttl == 300 ? "a"
                                            : "A");
    }
    is_str(got, net, "... net");
    is_int((int64_t)notes.counts[ERR_IXFR_TTL], ttl_notes, "... notes on TTLs");
    if (ttl_notes > 0) {
        notes.strict = true;
        ok(!delta_condense(delta, &notes, &err) && err.kind == ERR_IXFR_TTL,
           "... errors under strict");
        ok(strstr(err.text, "MX") != NULL, "... %s", err.text);
    }
    delta_free(delta);
}

static void one_record_chains(void)
{
    one_record("/", "", ERR_NONE, 0, "");
    one_record("d/", "d", ERR_NONE, 0, "");
    one_record("/a", "a", ERR_NONE, 0, "");
    one_record("d/a", "", ERR_NONE, 0, "");
    one_record("d/A", "dA", ERR_NONE, 0, "");
    one_record("/a|d/", "", ERR_NONE, 0, "");
    one_record("/a|D/", "", ERR_NONE, 1, "");
    one_record("/a|d/A", "A", ERR_NONE, 0, "");
    one_record("d/|/a", "", ERR_NONE, 0, "");
    one_record("d/A|D/a", "", ERR_NONE, 0, "");
    one_record("d/A|d/", "d", ERR_NONE, 1, "");
    one_record("d/A|D/A", "dA", ERR_NONE, 0, "");
    one_record("d/a|d/a|d/", "d", ERR_NONE, 0, "");
    one_record("/a|d/a|d/|/A", "A", ERR_NONE, 0, "");
    one_record("dd/", "", ERR_IXFR_DEL_ABSENT, 0, "MX: the changes to serial 11 delete");
    one_record("dD/", "", ERR_IXFR_DEL_ABSENT, 0, "serial 11");
    one_record("d/|d/", "", ERR_IXFR_DEL_ABSENT, 0, "serial 12 delete");
    one_record("/a|d/|d/a", "", ERR_IXFR_DEL_ABSENT, 0, "serial 13");
    one_record("/aa", "", ERR_IXFR_ADD_PRESENT, 0, "serial 11 add");
    one_record("/a|/A", "", ERR_IXFR_ADD_PRESENT, 0, "serial 12 add");
    one_record("d/a|/a|d/", "", ERR_IXFR_ADD_PRESENT, 0, "serial 12");
}

/* ---- The rest ---------------------------------------------------------------------------------
 */

static void odd_records(void)
{
    struct delta *delta = open_delta(0);
    struct err err = {.kind = ERR_NONE};
    static struct notes notes;
    static uint8_t longest[65535], name[255];
    for (size_t i = 0; i < 254; i++)
        name[i] = i % 2 == 0 ? 1 : 'x';
    in.n = 0;
    put(&in, "step 7 8\n");
    if (!delta_step(delta, &err))
        abort();
    add(delta, &in, RR_DELETE, soa(7));
    add(delta, &in, RR_ADD, soa(8));
    memset(longest, 0xa5, sizeof longest);
    struct rr rr = {.owner = name,
                    .owner_length = 255,
                    .type = 65280,
                    .class = 1,
                    .ttl = UINT32_MAX,
                    .rdata = longest,
                    .rdlength = 65535,
                    .flags = RR_OPAQUE};
    add(delta, &in, RR_ADD, rr);
    /* An opaque record of a known type is compared as octets. */
    rr = (struct rr){.owner = apex,
                     .owner_length = sizeof apex,
                     .type = 2,
                     .class = 1,
                     .ttl = 1,
                     .info = types_find(2, 1),
                     .rdata = (const uint8_t *)"\1A",
                     .rdlength = 2,
                     .flags = RR_OPAQUE};
    add(delta, &in, RR_ADD, rr);
    rr.rdata = (const uint8_t *)"\1a";
    add(delta, &in, RR_ADD, rr);
    read_all(delta, DELTA_STEPS, &out, false);
    is_str(out.chars, in.chars, "long names, long RDATA, opaque records");
    ok(delta_condense(delta, &notes, &err), "... and their net effect");
    is_int((int64_t)delta_net_facts(delta).added, 4, "... has all of them");
    delta_free(delta);
}

/* What was added after the net effect was found makes it void; what is cleared is gone. */
static void life(void)
{
    struct delta *delta = open_delta(0);
    struct err err = {.kind = ERR_NONE};
    static struct notes notes;
    for (uint32_t i = 1; i <= 3; i++) {
        if (!delta_step(delta, &err))
            abort();
        add(delta, &in, RR_DELETE, soa(i));
        add(delta, &in, RR_ADD, soa(i + 1));
        ok(delta_condense(delta, &notes, &err), "the net effect of %u steps", (unsigned)i);
        read_all(delta, DELTA_NET, &out, true);
        is_int(lines(&out, '+') + lines(&out, '-'), 2, "... is two SOA records");
        is_int(delta_net_facts(delta).to, i + 1, "... to the last serial");
    }
    delta_clear(delta);
    is_int((int64_t)delta_facts(delta).steps, 0, "nothing is left of what was cleared");
    read_all(delta, DELTA_STEPS, &out, true);
    is_int((int64_t)out.n, 0, "... nothing comes out");
    ok(delta_condense(delta, &notes, &err), "the net effect of nothing");
    read_all(delta, DELTA_NET, &out, true);
    is_int((int64_t)out.n, 0, "... is nothing");
    delta_free(delta);
    delta_free(NULL);
}

/* Names in canonical order, by hand (RFC 4034 section 6.1): octets 00 and 01 in labels, what is
 * below a label before a longer label, letter case that makes no difference, many labels with one
 * suffix, and a name that is not below the apex. */
static void odd_owners(void)
{
    static const char *const names[] = {
        "01 78 00",                                 /* x. */
        "04 7a6f6e65 00",                           /* zone. */
        "01 00 04 7a6f6e65 00",                     /* \000.zone. */
        "01 00 01 00 04 5a6f6e65 00",               /* \000.\000.Zone. */
        "01 61 01 00 04 7a6f6e65 00",               /* a.\000.zone. */
        "02 0000 04 7a6f6e65 00",                   /* \000\000.zone. */
        "02 0001 04 7a6f6e65 00",                   /* \000\001.zone. */
        "01 01 04 7a6f6e65 00",                     /* \001.zone. */
        "02 0100 04 7a6f6e65 00",                   /* \001\000.zone. */
        "01 02 04 7a6f6e65 00",                     /* \002.zone. */
        "01 41 04 7a6f6e65 00",                     /* A.zone. */
        "01 62 01 61 04 7a6f6e65 00",               /* b.a.zone. */
        "08 6161616161616161 01 61 04 7a6f6e65 00", /* aaaaaaaa.a.zone. comes before b.a.zone. */
        "09 616161616161616161 04 7a6f6e65 00",     /* aaaaaaaaa.zone. */
        "01 ff 04 7a6f6e65 00",                     /* \377.zone. */
    };
    enum { NAMES = sizeof names / sizeof *names };
    static const unsigned places[NAMES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 11, 13, 14};
    struct delta *delta = open_delta(0);
    struct err err = {.kind = ERR_NONE};
    static struct notes notes;
    static struct wire name;
    delta_step(delta, &err);
    for (unsigned i = 0; i < NAMES; i++) {
        name.n = 0;
        wire_hex(&name, names[i * 7 % NAMES]);
        struct rr rr = {.owner = name.octets,
                        .owner_length = (uint8_t)name.n,
                        .rdata = (const uint8_t *)"1234",
                        .rdlength = 4,
                        .info = types_find(1, CLASS_IN),
                        .type = 1,
                        .class = CLASS_IN};
        if (!delta_add(delta, RR_ADD, &rr, &err))
            abort();
    }
    ok(delta_condense(delta, &notes, &err), "the net effect of odd owners");
    struct delta_reader reader;
    struct rr rr;
    enum rr_op op;
    delta_read(&reader, delta, DELTA_NET);
    reader.source.next(&reader.source, &rr, &op, &err);
    for (unsigned i = 0; i < NAMES; i++) {
        name.n = 0;
        for (unsigned j = 0; j < NAMES; j++)
            if (places[j] == i)
                wire_hex(&name, names[j]);
        if (reader.source.next(&reader.source, &rr, &op, &err) != SOURCE_RR)
            abort();
        is_mem(rr.owner, rr.owner_length, name.octets, name.n, "... has owner %u in its place", i);
    }
    delta_free(delta);
}

int main(void)
{
    odd_owners();
    random_chains();
    one_record_chains();
    odd_records();
    life();
    return tap_end();
}
