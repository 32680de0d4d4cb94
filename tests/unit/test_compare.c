/* job/compare against a model: two random small zones as sets, and what turns one into the other,
 * in canonical order and in the order in which a server sends changes (RFC 1995 section 4). */
#include "dns/types.h"
#include "job/compare.h"
#include "zone/merge.h"

#include "tap.h"

enum {
    ROUNDS = 4000,
    RECORDS = 9,
    CHANGES_MAX = 2 * RECORDS + 4,
    SOA_MNAME = 6, /* octets before the serial: two names of one label */
};

static const uint8_t apex[] = {1, 'z', 0};

/* All records that a zone may have beside its SOA, in canonical order; their RRsets are numbered.
 */
static const struct row {
    unsigned set;
    uint16_t type;
    uint8_t owner[8], owner_length;
    uint8_t rdata[4], rdlength;
} rows[RECORDS] = {
    {0, 2, {1, 'z', 0}, 3, {1, 'n', 0}, 3},
    {0, 2, {1, 'z', 0}, 3, {1, 'o', 0}, 3},
    {1, 16, {1, 'z', 0}, 3, {1, 'x'}, 2},
    {2, 1, {1, 'a', 1, 'z', 0}, 5, {192, 0, 2, 1}, 4},
    {2, 1, {1, 'a', 1, 'z', 0}, 5, {192, 0, 2, 2}, 4},
    {2, 1, {1, 'a', 1, 'z', 0}, 5, {192, 0, 2, 3}, 4},
    {3, 16, {1, 'a', 1, 'z', 0}, 5, {1, 'x'}, 2},
    {4, 1, {1, 'b', 1, 'z', 0}, 5, {192, 0, 2, 1}, 4},
    /* A SOA that is not the zone's. */
    {5, 6, {1, 'c', 1, 'z', 0}, 5, {0}, 0},
};

/* A zone: which records it has, with which TTL (0: it does not). */
struct zone {
    uint32_t ttls[RECORDS];
    uint32_t serial; /* 0: it has no SOA */
    uint8_t soa_rdata[SOA_MNAME + 20];
};

static uint8_t deep_soa[SOA_MNAME + 20];

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
    uint64_t x = seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((x ^ x >> 31) % n);
}

static void fill_soa(uint8_t rdata[SOA_MNAME + 20], uint32_t serial)
{
    memset(rdata, 0, SOA_MNAME + 20);
    memcpy(rdata, (uint8_t[]){1, 'm', 0, 1, 'r', 0}, SOA_MNAME);
    rdata[SOA_MNAME + 3] = (uint8_t)serial;
}

/* Zones that have most in common, and sometimes everything. */
static void make_zones(struct zone *old, struct zone *new, bool have_soa)
{
    bool same = below(10) == 0;
    *old = *new = (struct zone){.serial = 0};
    for (size_t i = 0; i < RECORDS; i++) {
        static const uint32_t ttls[] = {0, 60, 60, 300};
        old->ttls[i] = new->ttls[i] = ttls[below(4)];
        if (!same && below(3) == 0)
            new->ttls[i] = ttls[below(4)];
    }
    if (have_soa) {
        old->serial = 1 + below(2);
        new->serial = same ? old->serial : 1 + below(3);
    }
    fill_soa(old->soa_rdata, old->serial);
    fill_soa(new->soa_rdata, new->serial);
}

/* ---- The model ------------------------------------------------------------------------------ */

/* One record of the changes; the number RECORDS is that of the SOA. */
struct change {
    enum rr_op op;
    size_t number;
};

struct changes {
    struct change list[CHANGES_MAX];
    size_t count;
};

static void add(struct changes *changes, enum rr_op op, size_t number)
{
    changes->list[changes->count++] = (struct change){op, number};
}

static void add_set(struct changes *changes, enum rr_op op, const struct zone *a,
                    const struct zone *b, unsigned set)
{
    for (size_t i = 0; i < RECORDS; i++)
        if (rows[i].set == set && a->ttls[i] != 0 && a->ttls[i] != b->ttls[i])
            add(changes, op, i);
}

static bool is_same(const struct zone *a, const struct zone *b)
{
    return a->serial == b->serial && memcmp(a->ttls, b->ttls, sizeof a->ttls) == 0;
}

/* Set by set; in each the deletes before the adds. */
static struct changes expect_canonical(const struct zone *old, const struct zone *new)
{
    struct changes changes = {.count = 0};
    if (old->serial != new->serial) {
        add(&changes, RR_DELETE, RECORDS);
        add(&changes, RR_ADD, RECORDS);
    }
    for (unsigned set = 0; set <= rows[RECORDS - 1].set; set++) {
        add_set(&changes, RR_DELETE, old, new, set);
        add_set(&changes, RR_ADD, new, old, set);
    }
    return changes;
}

/* The old SOA, what goes, the new SOA, what comes; both SOAs even if they are the same. */
static struct changes expect_as_sent(const struct zone *old, const struct zone *new)
{
    struct changes changes = {.count = 0};
    if (is_same(old, new))
        return changes;
    add(&changes, RR_DELETE, RECORDS);
    for (unsigned set = 0; set <= rows[RECORDS - 1].set; set++)
        add_set(&changes, RR_DELETE, old, new, set);
    add(&changes, RR_ADD, RECORDS);
    for (unsigned set = 0; set <= rows[RECORDS - 1].set; set++)
        add_set(&changes, RR_ADD, new, old, set);
    return changes;
}

/* ---- Zones as sources ----------------------------------------------------------------------- */

static struct rr soa_of(const struct zone *zone)
{
    return (struct rr){
        .owner = apex,
        .owner_length = sizeof apex,
        .rdata = zone->soa_rdata,
        .rdlength = sizeof zone->soa_rdata,
        .info = types_find(TYPE_SOA, CLASS_IN),
        .ttl = 60,
        .type = TYPE_SOA,
        .class = CLASS_IN,
    };
}

static struct rr rr_of(const struct zone *zone, size_t number)
{
    const struct row *row = &rows[number];
    return (struct rr){
        .owner = row->owner,
        .owner_length = row->owner_length,
        .rdata = row->type == TYPE_SOA ? deep_soa : row->rdata,
        .rdlength = row->type == TYPE_SOA ? (uint16_t)sizeof deep_soa : row->rdlength,
        .info = types_find(row->type, CLASS_IN),
        .ttl = zone->ttls[number],
        .type = row->type,
        .class = CLASS_IN,
    };
}

struct list {
    struct source source;
    const struct zone *zone;
    bool gave_soa;
    size_t at;
};

static enum source_event list_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct list *list = (struct list *)source;
    (void)err;
    *op = RR_ADD;
    if (!list->gave_soa && list->zone->serial != 0) {
        list->gave_soa = true;
        *rr = soa_of(list->zone);
        return SOURCE_RR;
    }
    while (list->at < RECORDS && list->zone->ttls[list->at] == 0)
        list->at++;
    if (list->at == RECORDS)
        return SOURCE_END;
    *rr = rr_of(list->zone, list->at);
    if (list->at > 0 && list->zone->ttls[list->at - 1] != 0 &&
        memcmp(rows[list->at].owner, rows[list->at - 1].owner, sizeof rows->owner) == 0)
        rr->flags |= RR_SAME_OWNER;
    list->at++;
    return SOURCE_RR;
}

struct opener {
    struct list old, new;
    unsigned opened, fails_at; /* counted from 1; 0: never */
};

static struct source *open_merge(void *context, struct err *err)
{
    struct opener *opener = context;
    if (++opener->opened == opener->fails_at) {
        err_set(err, ERR_INPUT, "cannot be opened");
        return NULL;
    }
    opener->old = (struct list){.source = {.next = list_next}, .zone = opener->old.zone};
    opener->new = (struct list){.source = {.next = list_next}, .zone = opener->new.zone};
    const struct merge_config config = {.old = &opener->old.source,
                                        .new = &opener->new.source,
                                        .apex = apex,
                                        .apex_length = sizeof apex};
    return merge_open(&config, err);
}

/* ---- What is tested ------------------------------------------------------------------------- */

/* What has to be alive as long as a comparison. */
struct play {
    struct zone old, new;
    struct rr old_soa, new_soa;
    struct opener opener;
};

static struct source *begin(struct play *play, bool as_sent, struct err *err)
{
    play->old_soa = soa_of(&play->old);
    play->new_soa = soa_of(&play->new);
    play->opener = (struct opener){.old.zone = &play->old, .new.zone = &play->new};
    const struct compare_config config = {
        .open = open_merge,
        .context = &play->opener,
        .zone = {.apex = apex,
                 .apex_length = sizeof apex,
                 .class = CLASS_IN,
                 .serial = play->new.serial,
                 .from = 99,
                 .newest = &play->old_soa}, /* what it sets itself does not count */
        .from = play->old.serial,
        .old_soa = play->old.serial != 0 ? &play->old_soa : NULL,
        .new_soa = play->new.serial != 0 ? &play->new_soa : NULL,
        .as_sent = as_sent,
    };
    return compare_open(&config, err);
}

static bool is_begin(const struct play *play, const struct zone_info *zone, bool has_changes)
{
    bool newest = zone->newest == NULL    ? !has_changes
                  : play->new.serial != 0 ? has_changes && zone->newest->type == TYPE_SOA &&
                                                zone->newest->rdata == play->new.soa_rdata
                                          : has_changes && zone->newest->type == 0;
    return zone->changes && zone->from == play->old.serial && zone->serial == play->new.serial &&
           zone->apex_length == sizeof apex && zone->class == CLASS_IN &&newest;
}

static bool is_change(const struct play *play, const struct change *change, enum rr_op op,
                      const struct rr *rr)
{
    const struct zone *zone = change->op == RR_DELETE ? &play->old : &play->new;
    struct rr want = change->number == RECORDS ? soa_of(zone) : rr_of(zone, change->number);
    return op == change->op && rr->type == want.type && rr->ttl == want.ttl &&
           rr->owner_length == want.owner_length && rr->rdlength == want.rdlength &&
           memcmp(rr->owner, want.owner, want.owner_length) == 0 &&
           memcmp(rr->rdata, want.rdata, want.rdlength) == 0;
}

/* The hint that an owner is that of the record before may be missing, and may not be wrong. */
static bool is_hint_right(const struct rr *rr, const uint8_t *last, size_t last_length)
{
    return (rr->flags & RR_SAME_OWNER) == 0 ||
           (rr->owner_length == last_length && memcmp(rr->owner, last, last_length) == 0);
}

/* One begin before everything, then the changes in their order, then the end. */
static bool gives(struct play *play, struct source *source, const struct changes *want)
{
    struct err err = {.kind = ERR_NONE};
    struct rr rr;
    enum rr_op op;
    uint8_t last[8];
    size_t last_length = 0;
    if (source->next(source, &rr, &op, &err) != SOURCE_BEGIN ||
        !is_begin(play, &source->zone, want->count > 0)) {
        diag("no begin, or a wrong one: %s", err.text);
        return false;
    }
    for (size_t i = 0; i < want->count; i++) {
        if (source->next(source, &rr, &op, &err) != SOURCE_RR ||
            !is_change(play, &want->list[i], op, &rr) || !is_hint_right(&rr, last, last_length)) {
            diag("change %zu of %zu: %s", i, want->count, err.text);
            return false;
        }
        last_length = rr.owner_length;
        memcpy(last, rr.owner, last_length);
    }
    enum source_event event = source->next(source, &rr, &op, &err);
    if (event != SOURCE_END)
        diag("after %zu changes, in place of the end: event %d %s", want->count, (int)event,
             err.text);
    return event == SOURCE_END;
}

static bool round_is_right(bool as_sent, bool have_soa, bool *same)
{
    struct err err = {.kind = ERR_NONE};
    struct play play;
    make_zones(&play.old, &play.new, have_soa);
    struct changes want =
        as_sent ? expect_as_sent(&play.old, &play.new) : expect_canonical(&play.old, &play.new);
    struct source *source = begin(&play, as_sent, &err);
    bool good = source != NULL && gives(&play, source, &want);
    if (source != NULL)
        source->free(source);
    *same = want.count == 0;
    return good;
}

static void compare_many(bool as_sent, bool have_soa, const char *title)
{
    unsigned good = 0, unchanged = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool same;
        bool right = round_is_right(as_sent, have_soa, &same);
        good += right;
        unchanged += same;
        if (!right)
            diag("in round %u", i);
    }
    is_int(good, ROUNDS, "%s", title);
    ok(unchanged > ROUNDS / 20 && unchanged < ROUNDS / 2, "... of which %u had no change",
       unchanged);
}

/* Each failure ends it, and all is freed by whoever opened it. */
static void fails(unsigned fails_at)
{
    struct err err = {.kind = ERR_NONE};
    struct play play = {.old.serial = 1, .new.serial = 2};
    struct rr rr;
    enum rr_op op;
    fill_soa(play.old.soa_rdata, 1);
    fill_soa(play.new.soa_rdata, 2);
    struct source *source = begin(&play, true, &err);
    source->free(source);
    play.opener.fails_at = fails_at;
    play.opener.opened = 0;
    struct compare_config config = {.open = open_merge,
                                    .context = &play.opener,
                                    .zone = {.apex = apex, .apex_length = sizeof apex},
                                    .old_soa = &play.old_soa,
                                    .new_soa = &play.new_soa,
                                    .as_sent = true};
    source = compare_open(&config, &err);
    if (fails_at == 1) {
        ok(source == NULL && err.kind == ERR_INPUT, "the first walk cannot be opened");
        return;
    }
    ok(source->next(source, &rr, &op, &err) == SOURCE_BEGIN &&
           source->next(source, &rr, &op, &err) == SOURCE_RR,
       "the second walk cannot be opened: the first has begun");
    ok(source->next(source, &rr, &op, &err) == SOURCE_FAIL && err.kind == ERR_INPUT,
       "... and then it fails, and does not end");
    source->free(source);
}

int main(void)
{
    fill_soa(deep_soa, 9);
    compare_many(false, true, "in canonical order");
    compare_many(false, false, "in canonical order, without a SOA");
    compare_many(true, true, "as they are sent");
    fails(1);
    fails(2);
    return tap_end();
}
