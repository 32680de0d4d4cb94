/* zone/patch: a sorted file and changes give, octet for octet, what the new zone sorted and written
 * anew gives, over random zones with RDATA of all types from tests/vectors/rr.tsv and over random
 * signed ones; and whatever is wrong with the file or with the changes is noticed. */
#define _TIME_BITS 64 /* the judge of times is the C library, also where time_t would have 32 */

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/writer.h"
#include "zone/patch.h"
#include "zone/sort.h"

#include "tap.h"
#include "wire.h"

#include <errno.h>
#include <time.h>

enum { POOL_MAX = 1200, RECORDS_MAX = 2000, OWNERS_MAX = 300, LINE_OCTETS = 700000 };

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

/* ---- Two versions of a zone ---------------------------------------------------------------- */

struct rdata {
    uint16_t type, length;
    bool opaque;
    const uint8_t *octets, *canonical;
};

static struct rdata pool[POOL_MAX];
static size_t pool_count;

static uint8_t apex[NAME_MAX_WIRE];
static uint8_t apex_length;
static uint8_t owners[OWNERS_MAX][NAME_MAX_WIRE];
static uint8_t owner_lengths[OWNERS_MAX];
static unsigned owner_count;

enum version { OLD, NEW };

static struct record {
    unsigned owner;
    struct rdata rdata;
    uint64_t until; /* RRSIG of random zones: when it expires, without the modulus */
    bool in[2];
    bool again; /* what stays is deleted and added again */
    uint32_t ttl[2];
} records[RECORDS_MAX];
static size_t record_count;

static uint8_t soa_rdata[2][64];
static size_t soa_length;
static uint32_t serials[2], soa_ttl[2];

static struct err err;
static struct notes notes;

static void make_soa(enum version version)
{
    static const uint8_t names[] = {2, 'N', 's', 0, 5, 'a', 'd', 'm', 'i', 'n', 0};
    static struct wire wire;
    wire.n = 0;
    wire_mem(&wire, names, sizeof names);
    wire_u32(&wire, serials[version]);
    for (uint32_t i = 1; i <= 4; i++)
        wire_u32(&wire, i);
    memcpy(soa_rdata[version], wire.octets, wire.n);
    soa_length = wire.n;
}

static struct rr soa_of(enum version version)
{
    return (struct rr){
        .owner = apex,
        .owner_length = apex_length,
        .rdata = soa_rdata[version],
        .rdlength = (uint16_t)soa_length,
        .info = types_find(TYPE_SOA, CLASS_IN),
        .ttl = soa_ttl[version],
        .type = TYPE_SOA,
        .class = CLASS_IN,
    };
}

static struct rr rr_of(const struct record *record, enum version version)
{
    return (struct rr){
        .owner = owners[record->owner],
        .owner_length = owner_lengths[record->owner],
        .rdata = record->rdata.octets,
        .rdlength = record->rdata.length,
        .info = types_find(record->rdata.type, CLASS_IN),
        .ttl = record->ttl[version],
        .type = record->rdata.type,
        .class = CLASS_IN,
        .flags = record->rdata.opaque ? RR_OPAQUE : 0,
    };
}

static struct zone_info zone_info(enum version version)
{
    return (struct zone_info){
        .apex = apex, .apex_length = apex_length, .class = CLASS_IN, .serial = serials[version]};
}

/* ---- Files --------------------------------------------------------------------------------- */

struct file {
    char *octets;
    size_t length;
};

static bool append(void *context, const void *octets, size_t length, struct err *e)
{
    struct file *file = context;
    (void)e;
    file->octets = realloc(file->octets, file->length + length + 1);
    memcpy(file->octets + file->length, octets, length);
    file->length += length;
    return true;
}

static void check_good(bool good, const char *what)
{
    if (good)
        return;
    printf("Bail out! %s: %s\n", what, err.text);
    exit(1);
}

/* A version, sorted and written. */
static struct file write_version(enum version version)
{
    static const struct writer_style style = {.sum = true};
    static const struct store_config config = {.keep_case = false};
    struct file file = {.octets = NULL};
    struct buf buf;
    struct zone_info zone = zone_info(version);
    struct rr soa = soa_of(version);
    check_good(buf_init(&buf, 5000, append, &file, &err), "buf");
    struct sink *sink = sort_new(w_zone_open(&style, &buf, &err), &config, &notes, NULL, &err);
    check_good(sink->begin(sink, &zone, &err) && sink->record(sink, RR_ADD, &soa, &err), "SOA");
    for (size_t i = 0; i < record_count; i++) {
        struct rr rr = rr_of(&records[i], version);
        if (records[i].in[version])
            check_good(sink->record(sink, RR_ADD, &rr, &err), "record");
    }
    check_good(sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "end");
    sink->free(sink);
    buf_fini(&buf);
    return file;
}

/* ---- Changes ------------------------------------------------------------------------------- */

/* Deletes or adds, sorted by a store. */
struct changes {
    struct source source;
    struct store *store;
    struct source *walk;
    enum rr_op op;
};

static enum source_event changes_next(struct source *source, struct rr *rr, enum rr_op *op,
                                      struct err *e)
{
    struct changes *changes = (struct changes *)source;
    enum source_event event = changes->walk->next(changes->walk, rr, op, e);
    *op = changes->op;
    return event;
}

static bool is_kept(const struct record *record)
{
    return record->in[OLD] && record->in[NEW] && record->ttl[OLD] == record->ttl[NEW] &&
           !record->again;
}

static void open_changes(struct changes *changes, enum rr_op op, enum version version,
                         bool (*takes)(const struct record *record))
{
    static const struct store_config config = {.keep_case = false};
    struct zone_info zone = zone_info(version);
    struct rr soa = soa_of(version);
    *changes = (struct changes){.source = {.next = changes_next}, .op = op};
    changes->store = store_new(&config, &err);
    struct sink *sink = store_sink(changes->store);
    check_good(sink->begin(sink, &zone, &err) && sink->record(sink, RR_ADD, &soa, &err), "SOA");
    for (size_t i = 0; i < record_count; i++) {
        struct rr rr = rr_of(&records[i], version);
        if (takes != NULL ? takes(&records[i]) : records[i].in[version] && !is_kept(&records[i]))
            check_good(sink->record(sink, RR_ADD, &rr, &err), "change");
    }
    check_good(sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "end");
    changes->walk = store_walk(changes->store, NULL, &err);
}

static void close_changes(struct changes *changes)
{
    changes->walk->free(changes->walk);
    store_free(changes->store);
}

/* ---- Patching ------------------------------------------------------------------------------ */

struct reading {
    const struct file *file;
    size_t at;
    unsigned most; /* octets a call; 0: random */
};

static bool read_some(void *context, void *to, size_t room, size_t *got, struct err *e)
{
    struct reading *reading = context;
    size_t left = reading->file->length - reading->at;
    size_t most = reading->most > 0 ? reading->most : 1 + below(3000);
    (void)e;
    *got = left < most ? left : most;
    if (*got > room)
        *got = room;
    memcpy(to, reading->file->octets + reading->at, *got);
    reading->at += *got;
    return true;
}

static struct patch_facts facts;

static bool (*deletes_take)(const struct record *), (*adds_take)(const struct record *);
static bool (*absent_takes)(const struct record *); /* NULL: what is in neither version */

static bool is_nowhere(const struct record *record)
{
    return !record->in[OLD] && !record->in[NEW];
}

/* Patches a file; the result must be freed. */
static bool patch(const struct file *old, unsigned most, struct file *new)
{
    struct reading reading = {.file = old, .most = most};
    struct changes deletes, adds, absent;
    struct rr old_soa = soa_of(OLD), new_soa = soa_of(NEW);
    struct buf buf;
    err = (struct err){.kind = ERR_NONE};
    *new = (struct file){.octets = NULL};
    memset(&notes, 0, sizeof notes);
    check_good(buf_init(&buf, 1000, append, new, &err), "buf");
    open_changes(&deletes, RR_DELETE, OLD, deletes_take);
    open_changes(&adds, RR_ADD, NEW, adds_take);
    open_changes(&absent, RR_ADD, NEW, absent_takes != NULL ? absent_takes : is_nowhere);
    const struct patch_config config = {
        .apex = apex,
        .apex_length = apex_length,
        .class = CLASS_IN,
        .read = read_some,
        .context = &reading,
        .old_soa = &old_soa,
        .new_soa = &new_soa,
        .deletes = &deletes.source,
        .adds = &adds.source,
        .absent = &absent.source,
        .out = &buf,
        .notes = &notes,
    };
    bool good = patch_run(&config, &facts, &err) && buf_drain(&buf, &err);
    close_changes(&deletes);
    close_changes(&adds);
    close_changes(&absent);
    buf_fini(&buf);
    return good;
}

/* Only looks at a file. */
static bool check_file(const struct file *file)
{
    struct reading reading = {.file = file, .most = 0};
    const struct patch_config config = {
        .apex = apex,
        .apex_length = apex_length,
        .class = CLASS_IN,
        .read = read_some,
        .context = &reading,
    };
    err = (struct err){.kind = ERR_NONE};
    return patch_run(&config, &facts, &err);
}

/* ---- Making zones up ----------------------------------------------------------------------- */

static void set_apex(const char *text)
{
    name_parse(text, apex, &apex_length);
}

static bool same_owner(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return name_equal(a, a_length, b, b_length);
}

static void random_owners(unsigned count)
{
    static const char letters[] = "abcABC-0*";
    memcpy(owners[0], apex, apex_length);
    owner_lengths[0] = apex_length;
    owner_count = 1;
    while (owner_count < count) {
        uint8_t *name = owners[owner_count];
        size_t length = 0;
        bool again = false;
        for (unsigned labels = 1 + below(3); labels > 0; labels--) {
            size_t n = 1 + below(3);
            name[length++] = (uint8_t)n;
            while (n-- > 0)
                name[length++] = below(12) == 0 ? (uint8_t)below(256)
                                                : (uint8_t)letters[below(sizeof letters - 1)];
        }
        memcpy(name + length, apex, apex_length);
        length += apex_length;
        for (unsigned i = 0; i < owner_count; i++)
            again |= same_owner(owners[i], owner_lengths[i], name, length);
        if (!again)
            owner_lengths[owner_count++] = (uint8_t)length;
    }
}

static uint16_t part_of(const struct rdata *rdata)
{
    bool is_signature = rdata->type == TYPE_RRSIG || rdata->type == TYPE_SIG;
    return is_signature && rdata->length >= 2 ? (uint16_t)(rdata->octets[0] << 8 | rdata->octets[1])
                                              : 0;
}

static bool same_set(const struct record *a, const struct record *b)
{
    return a->owner == b->owner && a->rdata.type == b->rdata.type &&
           part_of(&a->rdata) == part_of(&b->rdata);
}

static bool is_there(const struct record *record)
{
    for (size_t i = 0; i < record_count; i++)
        if (records[i].owner == record->owner && records[i].rdata.type == record->rdata.type &&
            records[i].rdata.length == record->rdata.length &&
            memcmp(records[i].rdata.canonical, record->rdata.canonical, record->rdata.length) == 0)
            return true;
    return false;
}

/* Each RRset has one TTL in each version, mostly the same. */
static void give_ttl(struct record *record)
{
    for (size_t i = 0; i < record_count; i++)
        if (same_set(&records[i], record)) {
            memcpy(record->ttl, records[i].ttl, sizeof record->ttl);
            return;
        }
    record->ttl[OLD] = record->ttl[NEW] = below(3) * 300;
    if (below(6) == 0)
        record->ttl[NEW] = below(2) == 0 ? 4294967295 : 60;
}

/* Of a hundred records of random zones; below 0: as many as there are in the pool. */
static int signed_percent = -1;
static uint64_t until_base;
static unsigned until_span;

/* The RDATA of a RRSIG over a type, by one of `keys` keys. Some are cut off behind the
 * expiration. */
static void sign(struct record *record, uint16_t covered, uint64_t until, unsigned keys, bool cut)
{
    static struct wire wire;
    static uint8_t rooms[RECORDS_MAX][64];
    static const uint8_t signer[] = "\7example";
    uint8_t *octets = rooms[record - records];
    wire.n = 0;
    wire_u16(&wire, covered);
    wire_hex(&wire, "0d0200000e10");
    wire_u32(&wire, (uint32_t)until);
    wire_u32(&wire, (uint32_t)until - 1000);
    wire_u16(&wire, below(keys));
    wire_mem(&wire, signer, sizeof signer);
    wire_hex(&wire, "abcdef");
    memcpy(octets, wire.octets, wire.n);
    size_t n = cut ? 12 + below(7) : wire.n;
    record->until = until;
    record->rdata = (struct rdata){
        .type = TYPE_RRSIG,
        .length = (uint16_t)n,
        .opaque = !rdata_fits(types_find(TYPE_RRSIG, CLASS_IN), octets, n),
        .octets = octets,
        .canonical = octets,
    };
}

static void sign_randomly(struct record *record)
{
    static const uint16_t types[] = {1, 2, 6, 47, 255, 65280};
    sign(record, types[below(6)], until_base + below(until_span), 1 + below(3), below(20) == 0);
}

static void random_signatures(void)
{
    static const uint64_t bases[] = {0, 1000, 1924991999, 2147483600, 4294967200};
    static const unsigned spans[] = {1, 3, 200, 1 << 30};
    signed_percent = (int)(20 + below(81));
    until_base = bases[below(5)];
    until_span = spans[below(4)];
}

/* `churn` of a hundred records are in one version only. A zone can be of few types, so that RRsets
 * are large. */
static void random_zone(unsigned count, unsigned names, unsigned churn)
{
    unsigned first = below((unsigned)pool_count);
    unsigned span = below(3) == 0 ? 1 + below(30) : (unsigned)pool_count;
    random_owners(names);
    record_count = 0;
    for (unsigned tries = 0; record_count < count && tries < 4 * count; tries++) {
        struct record *record = &records[record_count];
        *record = (struct record){.owner = below(owner_count),
                                  .rdata = pool[(first + below(span)) % pool_count]};
        if (signed_percent >= 0 && record->rdata.type == TYPE_RRSIG)
            continue;
        if ((int)below(100) < signed_percent)
            sign_randomly(record);
        if (record->rdata.type == TYPE_SOA || is_there(record))
            continue;
        give_ttl(record);
        record->in[OLD] = record->in[NEW] = true;
        if (below(100) < churn)
            record->in[below(2)] = false;
        if (below(16) == 0) /* added and deleted again */
            record->in[OLD] = record->in[NEW] = false;
        record->again = below(16) == 0;
        record_count++;
    }
    serials[OLD] = (uint32_t)next_random();
    serials[NEW] = serials[OLD] + 1 + below(1000);
    soa_ttl[OLD] = 3600;
    soa_ttl[NEW] = below(3) == 0 ? 60 : 3600;
    make_soa(OLD);
    make_soa(NEW);
}

/* ---- Tests --------------------------------------------------------------------------------- */

static void show(const struct file *got, const struct file *expected)
{
    size_t at = 0, from;
    while (at < got->length && at < expected->length && got->octets[at] == expected->octets[at])
        at++;
    for (from = at; from > 0 && got->octets[from - 1] != '\n'; from--)
        ;
    printf("# differs at octet %zu\n#      got: %.*s\n# expected: %.*s\n", at,
           (int)strcspn(got->octets + from, "\n"), got->octets + from,
           (int)strcspn(expected->octets + from, "\n"), expected->octets + from);
}

static uint64_t count_in(enum version version)
{
    uint64_t n = 1;
    for (size_t i = 0; i < record_count; i++)
        n += records[i].in[version];
    return n;
}

static bool turns_into(const struct file *old, unsigned most, const struct file *expected)
{
    struct file new;
    bool good = patch(old, most, &new);
    if (!good)
        printf("# %s\n", err.text);
    if (good)
        append(&new, "", 0, &err), new.octets[new.length] = '\0';
    if (good &&
        (new.length != expected->length || memcmp(new.octets, expected->octets, new.length) != 0)) {
        show(&new, expected);
        good = false;
    }
    good = good && facts.serial == serials[OLD] && facts.old_records == count_in(OLD) &&
           facts.records == count_in(NEW) && notes.counts[ERR_IXFR_TTL] == 0;
    free(new.octets);
    return good;
}

/* The latest expiration among the signatures over an RRset. */
static uint64_t latest_until(enum version version, const struct record *one)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < record_count; i++)
        if (records[i].in[version] && same_set(&records[i], one) && records[i].until > latest)
            latest = records[i].until;
    return latest;
}

/* The end line says when the first of these is, as the C library writes times; and nothing where
 * there are none. */
static bool tells_expiry(const struct file *file, enum version version)
{
    char expected[64] = "";
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < record_count; i++)
        if (records[i].in[version] && records[i].rdata.type == TYPE_RRSIG) {
            uint64_t latest = latest_until(version, &records[i]);
            first = latest < first ? latest : first;
        }
    time_t seconds = (time_t)(first & UINT32_MAX);
    struct tm tm;
    if (first != UINT64_MAX)
        strftime(expected, sizeof expected, " expires %Y%m%d%H%M%S", gmtime_r(&seconds, &tm));
    strcat(expected, " sum ");
    const char *end = memmem(file->octets, file->length, "; zxfr end:", 11);
    const char *told = strstr(end, " expires "), *sum = strstr(end, " sum ");
    if (strncmp(told != NULL ? told : sum, expected, strlen(expected)) == 0)
        return true;
    printf("#   expected:%s\n# in: %s", expected, end);
    return false;
}

static bool random_round(unsigned round, bool is_signed)
{
    static const char *const apexes[] = {"example.", ".", "Sub.Example.ORG."};
    set_apex(apexes[below(3)]);
    random_zone(1 + below(below(8) == 0 ? 400 : 40), 1 + below(30), below(4) * below(34));
    struct file old = write_version(OLD), new = write_version(NEW);
    old.octets[old.length] = new.octets[new.length] = '\0';
    bool good = check_file(&old) && facts.serial == serials[OLD] && turns_into(&old, 0, &new);
    if (good && is_signed)
        good = tells_expiry(&old, OLD) && tells_expiry(&new, NEW);
    if (good && round % 20 == 0)
        good = turns_into(&old, 1, &new);
    free(old.octets);
    free(new.octets);
    return good;
}

static void check_random(bool is_signed)
{
    const char *what = is_signed ? "signed zones" : "zones of all types";
    unsigned rounds = 600;
    uint64_t begin = seed;
    for (unsigned round = 0; round < rounds; round++) {
        uint64_t round_seed = seed;
        signed_percent = -1;
        if (is_signed)
            random_signatures();
        if (!random_round(round, is_signed)) {
            ok(false, "random %s: round %u, seed %" PRIu64, what, round, round_seed);
            return;
        }
    }
    ok(true, "%u random %s, from seed %" PRIu64, rounds, what, begin);
}

/* Every piece of every size. */
static void check_chunks(void)
{
    bool good = true;
    set_apex("example.");
    random_zone(25, 8, 40);
    struct file old = write_version(OLD), new = write_version(NEW);
    new.octets[new.length] = '\0';
    for (unsigned most = 1; most <= old.length + 1 && good; most++)
        good = turns_into(&old, most, &new);
    ok(good, "read in pieces of 1 to %zu octets", old.length + 1);
    free(old.octets);
    free(new.octets);
}

/* Any other octet anywhere, one more and one less, and two lines in each other's place. */
static void check_edits(void)
{
    unsigned taken = 0, taken_patched = 0;
    struct file new;
    signed_percent = 0;
    set_apex("example.");
    random_zone(12, 5, 40);
    struct file old = write_version(OLD);
    struct file edited = {malloc(old.length + 2), old.length};
    for (size_t at = 0; at < old.length; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            edited.length = old.length;
            memcpy(edited.octets, old.octets, old.length);
            edited.octets[at] = (char)(edited.octets[at] ^ (1 << bit));
            taken += check_file(&edited);
            if (bit == at % 8) {
                taken_patched += patch(&edited, 0, &new);
                free(new.octets);
            }
        }
        memcpy(edited.octets, old.octets, at);
        memcpy(edited.octets + at, old.octets + at + 1, old.length - at - 1);
        edited.length = old.length - 1;
        taken += check_file(&edited);
        edited.octets[at] = "\n\ta"[below(3)];
        memcpy(edited.octets + at + 1, old.octets + at, old.length - at);
        edited.length = old.length + 1;
        taken += check_file(&edited);
        edited.length = at;
        memcpy(edited.octets, old.octets, at);
        taken += check_file(&edited);
    }
    is_int(taken, 0, "no edit of a file of %zu octets is taken", old.length);
    is_int(taken_patched, 0, "nor while it is patched");
    ok(check_file(&old), "the file itself is: %s", err.text);
    free(edited.octets);
    free(old.octets);
}

/* A zone of few records, by hand. */
static void add_text(const char *owner, uint16_t type, const char *octets, bool in_old, bool in_new,
                     uint32_t old_ttl, uint32_t new_ttl)
{
    struct record *record = &records[record_count++];
    name_parse(owner, owners[owner_count], &owner_lengths[owner_count]);
    *record = (struct record){
        .owner = owner_count++,
        .rdata = {type, (uint16_t)strlen(octets), type >= 65280, (const uint8_t *)octets,
                  (const uint8_t *)octets},
        .in = {in_old, in_new},
        .ttl = {old_ttl, new_ttl},
    };
}

static void begin_text(void)
{
    set_apex("example.");
    record_count = owner_count = 0;
    serials[OLD] = 1;
    serials[NEW] = 2;
    soa_ttl[OLD] = soa_ttl[NEW] = 60;
    make_soa(OLD);
    make_soa(NEW);
}

static void add_signature(const char *owner, uint16_t covered, uint64_t until, bool in_old,
                          bool in_new)
{
    struct record *record = &records[record_count];
    add_text(owner, TYPE_RRSIG, "", in_old, in_new, 60, 60);
    sign(record, covered, until, 1, false);
}

/* A file with another text in place of one that is there once. */
static struct file with_text(const struct file *file, const char *from, const char *to)
{
    size_t n = strlen(from), m = strlen(to);
    const char *found = memmem(file->octets, file->length, from, n);
    size_t at = found != NULL ? (size_t)(found - file->octets) : 0;
    struct file other = {malloc(file->length + m), file->length - n + m};
    memcpy(other.octets, file->octets, at);
    memcpy(other.octets + at, to, m);
    memcpy(other.octets + at + m, file->octets + at + n, file->length - at - n);
    return other;
}

static bool same_files(const struct file *a, const struct file *b)
{
    return a->length == b->length && memcmp(a->octets, b->octets, a->length) == 0;
}

#define EXPIRES " expires 20301231235959"

/* Other pairs in the end line make no difference to what the file is patched to. */
static void check_pairs(void)
{
    static const struct {
        const char *from, *to, *what;
        bool fits;
    } rows[] = {
        {" sum ", " later 1 sum ", "what a later version says", true},
        {EXPIRES " sum ", " sum ", "what an older version did not say", true},
        {EXPIRES " sum ", EXPIRES " later 1 sum ", "both", true},
        {EXPIRES, " expires 20301231235958", "another expiration", false},
        {" expires ", " expired ", "the word is another", true},
    };
    begin_text();
    add_signature("a.example.", 1, 1924991999, true, true);
    add_signature("a.example.", 1, 1924991998, true, true);
    add_signature("b.example.", 1, 1924992000, true, false);
    add_signature("c.example.", 1, 1924991000, false, true);
    add_signature("c.example.", 2, 1924992000, true, true);
    struct file old = write_version(OLD), expected = write_version(NEW), new;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct file other = with_text(&old, rows[i].from, rows[i].to);
        bool fits = check_file(&other);
        ok(fits == rows[i].fits, "%s: %s", rows[i].what, fits ? "fits" : err.text);
        ok(patch(&other, 0, &new) && same_files(&new, &expected), "... gives the same file");
        other.octets[other.length - 2] ^= 1;
        ok(!check_file(&other) && err.kind == ERR_OLD_FILE, "... but the sum counts");
        free(new.octets);
        free(other.octets);
    }
    free(expected.octets);
    free(old.octets);
}

static bool takes_none(const struct record *record)
{
    (void)record;
    return false;
}

static bool takes_old_only(const struct record *record)
{
    return record->in[OLD] && !record->in[NEW];
}

static bool takes_new_only(const struct record *record)
{
    return record->in[NEW] && !record->in[OLD];
}

static bool takes_all(const struct record *record)
{
    (void)record;
    return true;
}

static bool takes_again(const struct record *record)
{
    return record->again;
}

static void fails(const char *what, enum err_kind kind)
{
    struct file old = write_version(OLD), new;
    bool good = patch(&old, 0, &new);
    ok(!good && err.kind == kind, "%s: %s", what, good ? "taken" : err.text);
    free(old.octets);
    free(new.octets);
}

static void check_misfits(void)
{
    static const struct {
        const char *owner;
        const char *octets;
        const char *where;
    } places[] = {
        {"example.", "\1", "before the first record"},
        {"b.example.", "\1", "before a RRset's first"},
        {"b.example.", "\3", "within a RRset"},
        {"b.example.", "\5", "behind a RRset's last"},
        {"c.example.", "\1", "between owners"},
        {"z.example.", "\1", "behind the last record"},
    };
    char words[100];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        begin_text();
        add_text("b.example.", 65280, "\2", true, true, 60, 60);
        add_text("b.example.", 65280, "\4", true, true, 60, 60);
        add_text("d.example.", 65280, "\2", true, true, 60, 60);
        add_text(places[i].owner, 65280, places[i].octets, false, false, 60, 60);
        records[3].in[OLD] = false;
        records[3].in[NEW] = true; /* only to be chosen by takes_new_only */
        deletes_take = takes_new_only;
        adds_take = takes_none;
        snprintf(words, sizeof words, "a delete that is absent, %s", places[i].where);
        fails(words, ERR_IXFR_DEL_ABSENT);
    }
    for (size_t i = 0; i < 3; i++) {
        begin_text();
        add_text("b.example.", 65280, "\2", true, i != 0, 60, 60);
        add_text("b.example.", 65280, "\4", true, i != 1, 60, 60);
        add_text("d.example.", 65280, "\2", true, i != 2, 60, 60);
        deletes_take = takes_none;
        adds_take = takes_old_only;
        fails("an add that is present", ERR_IXFR_ADD_PRESENT);
    }
    for (size_t i = 0; i < 5; i++) {
        begin_text();
        add_text("b.example.", 65280, "\2", i == 0, true, 60, 60);
        add_text("b.example.", 65280, "\4", i == 1, true, 60, 60);
        add_text("b.example.", 65281, "\2", i == 2, true, 60, 60);
        add_text("d.example.", 65280, "\2", i == 3, true, 60, 60);
        add_text("d.example.", 65280, "\2\1", i == 4, true, 60, 60);
        adds_take = takes_none;
        absent_takes = takes_all;
        fails("what is added and deleted again, and is present", ERR_IXFR_ADD_PRESENT);
        absent_takes = takes_new_only;
        struct file old = write_version(OLD), new;
        ok(patch(&old, 0, &new) && facts.records == facts.old_records, "... and is not: %s",
           err.text);
        free(old.octets);
        free(new.octets);
    }
    deletes_take = adds_take = absent_takes = NULL;
    for (size_t i = 0; i < 3; i++) {
        begin_text();
        add_text("b.example.", 65280, "\2", i != 0, i != 0, 60, 60);
        add_text("b.example.", 65280, "\4", i != 1, i != 1, 60, 60);
        add_text("d.example.", 65280, "\2", i != 2, i != 2, 60, 60);
        records[i].again = true;
        deletes_take = adds_take = takes_again;
        fails("what is deleted and added again, and is absent", ERR_IXFR_DEL_ABSENT);
    }
    deletes_take = adds_take = NULL;
    begin_text();
    struct file old = write_version(OLD), new;
    soa_rdata[OLD][soa_length - 1]++;
    ok(!patch(&old, 0, &new) && err.kind == ERR_IXFR_DEL_ABSENT, "another SOA: %s", err.text);
    free(old.octets);
    free(new.octets);
}

/* What is matched without TTL (RFC 1995 is silent); an RRset takes the TTL of what is added. */
static void check_ttl(void)
{
    begin_text();
    add_text("a.example.", 65280, "\1", true, true, 60, 300);
    add_text("a.example.", 65280, "\2", false, true, 60, 300);
    add_text("a.example.", 65280, "\3", true, true, 60, 300);
    add_text("a.example.", 65281, "\3", true, true, 60, 60);
    deletes_take = takes_none;
    adds_take = takes_new_only;
    struct file old = write_version(OLD), expected = write_version(NEW), new;
    ok(patch(&old, 0, &new), "an add with another TTL: %s", err.text);
    is_mem(new.octets, new.length, expected.octets, expected.length, "the RRset takes it");
    is_int((int64_t)notes.counts[ERR_IXFR_TTL], 2, "two records are warned of");
    free(old.octets);
    free(expected.octets);
    free(new.octets);

    begin_text();
    add_text("a.example.", 65280, "\1", true, false, 60, 300);
    add_text("a.example.", 65280, "\2", true, true, 60, 60);
    old = write_version(OLD);
    expected = write_version(NEW);
    records[0].ttl[OLD] = 300;
    deletes_take = takes_old_only;
    adds_take = takes_none;
    ok(patch(&old, 0, &new), "a delete with another TTL: %s", err.text);
    is_mem(new.octets, new.length, expected.octets, expected.length, "deletes all the same");
    is_int((int64_t)notes.counts[ERR_IXFR_TTL], 1, "with a warning: %s",
           notes_text(&notes, ERR_IXFR_TTL));
    free(old.octets);
    free(expected.octets);
    free(new.octets);

    /* Signatures over different types are RRsets of their own. */
    begin_text();
    add_text("a.example.", 46, "\1\1\1", true, true, 60, 60);
    add_text("a.example.", 46, "\1\2\1", true, true, 60, 300);
    add_text("a.example.", 46, "\1\2\2", false, true, 60, 300);
    add_text("a.example.", 46, "\1\3\1", true, true, 60, 60);
    for (size_t i = 0; i < record_count; i++)
        records[i].rdata.opaque = true;
    old = write_version(OLD);
    expected = write_version(NEW);
    deletes_take = takes_none;
    adds_take = takes_new_only;
    ok(patch(&old, 0, &new), "a signature with another TTL: %s", err.text);
    is_mem(new.octets, new.length, expected.octets, expected.length,
           "only those over the same type take it");
    free(old.octets);
    free(expected.octets);
    free(new.octets);
    deletes_take = adds_take = NULL;
}

/* The line that moves the origin stands before the first record that needs it, and only there. */
static void check_origin(void)
{
    static const char rp[] =
        "\1a\1b"; /* a malformed RP: generic form, and names are expected in it */
    for (unsigned old_set = 0; old_set < 8; old_set++)
        for (unsigned new_set = 0; new_set < 8; new_set++) {
            begin_text();
            add_text("a.example.", 17, rp, old_set & 1, new_set & 1, 60, 60);
            add_text("b.example.", 17, rp, (old_set & 2) != 0, (new_set & 2) != 0, 60, 60);
            add_text("b.example.", 65280, "x", true, true, 60, 60);
            add_text("c.example.", 17, rp, (old_set & 4) != 0, (new_set & 4) != 0, 60, 60);
            for (size_t i = 0; i < record_count; i++)
                records[i].rdata.opaque = true;
            struct file old = write_version(OLD), expected = write_version(NEW);
            expected.octets[expected.length] = '\0';
            bool has = strstr(expected.octets, "$ORIGIN") != NULL;
            if (!turns_into(&old, 0, &expected) || has != (new_set != 0))
                ok(false, "$ORIGIN: from %u to %u", old_set, new_set);
            free(old.octets);
            free(expected.octets);
        }
    ok(true, "$ORIGIN comes, goes and moves");
}

/* ---- The pool of RDATA --------------------------------------------------------------------- */

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
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc >= 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) {
        printf("Bail out! no vectors: %s\n", argc >= 2 ? strerror(errno) : "usage: FILE [SEED]");
        return 1;
    }
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    printf("# seed %" PRIu64 "\n", seed);
    read_pool(file);
    fclose(file);
    ok(pool_count > 300, "%zu vectors of class IN", pool_count);
    check_random(false);
    check_random(true);
    check_chunks();
    check_edits();
    check_pairs();
    check_misfits();
    check_ttl();
    check_origin();
    for (size_t i = 0; i < pool_count; i++) {
        free((void *)(uintptr_t)pool[i].octets);
        free((void *)(uintptr_t)pool[i].canonical);
    }
    return tap_end();
}
