#include "xfer/delta.h"

#include "base/cursor.h"
#include "base/mergesort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

/* The records lie one after the other, each with a head of one octet. The owner, with its length,
 * and its key (dns/namekey), with two octets of length, are there only where it differs from that
 * of the record before. The canonical RDATA follows the RDATA only where they differ, that is,
 * where a name has a capital letter. */
enum head {
    HEAD_DELETE = 1,
    HEAD_SAME_OWNER = 2,
    HEAD_OPAQUE = 4,
    HEAD_CANONICAL = 8, /* the canonical RDATA follows */
    HEAD_STEP = 16,     /* not a record: a step begins */
    HEAD_AGAIN = 32,    /* in the net effect: deleted, and added again as it was */
    HEAD_PASSING = 64,  /* ... added, and deleted again */
    HEAD_UNDONE = HEAD_AGAIN | HEAD_PASSING,
};

enum {
    STEP_SIZE = 1 + 4 + 4,  /* head, from, to */
    FIXED_SIZE = 2 + 4 + 2, /* type, TTL, RDLENGTH */
    FIRST_CAPACITY = 4096,
};

/* A record and its owner, as offsets. */
struct entry {
    size_t record, owner;
    uint64_t chunk; /* of the owner's key, from where the keys differ; for the net effect alone */
};

/* What a record costs besides its octets: its entry, and once more while entries are sorted. */
enum { ENTRY_COST = 2 * sizeof(struct entry) };

struct delta {
    struct delta_config config;
    struct delta_facts facts, net_facts;
    uint8_t *octets;
    size_t used, capacity;
    size_t step_at;      /* the current step, and */
    size_t owner_at;     /* the owner of the last record; 0: none in this step */
    struct entry newest; /* the SOA that was added last; record 0: none */
    struct entry *net;   /* of net_count records, in canonical order; NULL: not found yet */
    size_t net_count;
    size_t common; /* so many octets all keys begin with */
    uint8_t canonical[RDATA_MAX];
};

/* A record as it is read back. */
struct change {
    enum rr_op op;
    struct rr rr;
    const uint8_t *canonical;
};

/* The key of an owner. */
struct key {
    const uint8_t *octets;
    size_t length;
};

struct delta *delta_new(const struct delta_config *config, struct err *err)
{
    struct delta *delta = malloc(sizeof *delta);
    if (delta == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    memset(delta, 0, offsetof(struct delta, canonical));
    delta->config = *config;
    if (delta->config.limit == 0)
        delta->config.limit = DELTA_LIMIT;
    return delta;
}

void delta_clear(struct delta *delta)
{
    free(delta->octets);
    free(delta->net);
    struct delta_config config = delta->config;
    memset(delta, 0, offsetof(struct delta, canonical));
    delta->config = config;
}

void delta_free(struct delta *delta)
{
    if (delta == NULL)
        return;
    delta_clear(delta);
    free(delta);
}

/* ---- Adding -------------------------------------------------------------------------------- */

/* Makes room for n octets and counts them; returns where they begin, or NULL. */
static uint8_t *reserve(struct delta *delta, size_t n, struct err *err)
{
    uint64_t entries = delta->facts.added + delta->facts.deleted;
    size_t limit = delta->config.limit;
    if (n > limit || delta->used > limit - n || entries > (limit - n - delta->used) / ENTRY_COST) {
        err_set(err, ERR_DELTA_SIZE, "the changes take more than %zu octets", limit);
        return NULL;
    }
    if (delta->capacity - delta->used < n) {
        size_t capacity = delta->capacity + delta->capacity / 2 + n + FIRST_CAPACITY;
        uint8_t *octets = realloc(delta->octets, capacity);
        if (octets == NULL) {
            err_set(err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        delta->octets = octets;
        delta->capacity = capacity;
    }
    delta->used += n;
    return delta->octets + delta->used - n;
}

/* The net effect that was found before is no longer that of all steps. */
static void forget_net(struct delta *delta)
{
    free(delta->net);
    delta->net = NULL;
    delta->net_count = 0;
}

bool delta_step(struct delta *delta, struct err *err)
{
    uint8_t *p = reserve(delta, STEP_SIZE, err);
    if (p == NULL)
        return false;
    forget_net(delta);
    memset(p, 0, STEP_SIZE); /* the serials come with the SOA records */
    p[0] = HEAD_STEP;
    delta->step_at = (size_t)(p - delta->octets);
    delta->owner_at = 0;
    delta->facts.steps++;
    return true;
}

/* The SOA records of a step tell its serials. */
static void keep_serial(struct delta *delta, enum rr_op op, const struct rr *rr)
{
    uint32_t serial = rdata_soa_serial(rr);
    octets_put_u32(delta->octets + delta->step_at + (op == RR_DELETE ? 1 : 5), serial);
    if (op == RR_ADD)
        delta->facts.to = serial;
    else if (delta->facts.steps == 1)
        delta->facts.from = serial;
}

static bool is_owner(const struct delta *delta, size_t owner_at, const struct rr *rr)
{
    if (owner_at == 0)
        return false;
    const uint8_t *owner = delta->octets + owner_at;
    return owner[0] == rr->owner_length && memcmp(owner + 1, rr->owner, rr->owner_length) == 0;
}

/* Writes the owner and its key, which is one below the root: whatever is in the changes has one. */
static uint8_t *put_owner(struct delta *delta, uint8_t *p, const struct rr *rr, const uint8_t *key,
                          size_t key_length)
{
    delta->owner_at = (size_t)(p - delta->octets);
    *p++ = rr->owner_length;
    memcpy(p, rr->owner, rr->owner_length);
    p = octets_put_u16(p + rr->owner_length, (unsigned)key_length);
    memcpy(p, key, key_length);
    return p + key_length;
}

bool delta_add(struct delta *delta, enum rr_op op, const struct rr *rr, struct err *err)
{
    uint8_t key[NAMEKEY_ROOM];
    size_t key_length = 0;
    bool same_owner = is_owner(delta, delta->owner_at, rr);
    if (!same_owner)
        key_length = namekey_make(key, rr->owner, rr->owner_length, 1);
    rdata_canonical(rr, delta->canonical);
    bool is_canonical = rr->rdlength == 0 || memcmp(delta->canonical, rr->rdata, rr->rdlength) == 0;
    size_t size = 1 + (same_owner ? 0 : 1 + (size_t)rr->owner_length + 2 + key_length) +
                  FIXED_SIZE + (size_t)rr->rdlength * (is_canonical ? 1 : 2);
    uint8_t *p = reserve(delta, size, err);
    if (p == NULL)
        return false;
    size_t at = (size_t)(p - delta->octets);
    forget_net(delta);
    *p++ = (uint8_t)((op == RR_DELETE ? HEAD_DELETE : 0) | (same_owner ? HEAD_SAME_OWNER : 0) |
                     ((rr->flags & RR_OPAQUE) != 0 ? HEAD_OPAQUE : 0) |
                     (is_canonical ? 0 : HEAD_CANONICAL));
    if (!same_owner)
        p = put_owner(delta, p, rr, key, key_length);
    p = octets_put_u16(octets_put_u32(octets_put_u16(p, rr->type), rr->ttl), rr->rdlength);
    if (rr->rdlength > 0)
        memcpy(p, rr->rdata, rr->rdlength);
    if (!is_canonical)
        memcpy(p + rr->rdlength, delta->canonical, rr->rdlength);
    delta->facts.added += op == RR_ADD;
    delta->facts.deleted += op == RR_DELETE;
    if (rr->type == TYPE_SOA)
        keep_serial(delta, op, rr);
    if (rr->type == TYPE_SOA && op == RR_ADD)
        delta->newest = (struct entry){.record = at, .owner = delta->owner_at};
    return true;
}

struct delta_facts delta_facts(const struct delta *delta)
{
    return delta->facts;
}

struct delta_facts delta_net_facts(const struct delta *delta)
{
    return delta->net_facts;
}

/* ---- Reading back -------------------------------------------------------------------------- */

static struct key key_of(const struct delta *delta, size_t owner_at)
{
    const uint8_t *p = delta->octets + owner_at;
    p += (size_t)*p + 1;
    return (struct key){p + 2, octets_u16(p)};
}

/* Reads the record at `at`, which is not a step. Its owner is there, and then *owner_at is set, or
 * it is at *owner_at. Returns where the record ends. */
static size_t read_change(const struct delta *delta, size_t at, size_t *owner_at,
                          struct change *change)
{
    const uint8_t *p = delta->octets + at;
    unsigned head = *p++;
    if ((head & HEAD_SAME_OWNER) == 0) {
        struct key key = key_of(delta, at + 1);
        *owner_at = at + 1;
        p = key.octets + key.length;
    }
    const uint8_t *owner = delta->octets + *owner_at;
    *change = (struct change){
        .op = (head & HEAD_DELETE) != 0 ? RR_DELETE : RR_ADD,
        .rr = {.owner = owner + 1,
               .rdata = p + FIXED_SIZE,
               .ttl = octets_u32(p + 2),
               .type = octets_u16(p),
               .class = delta->config.class,
               .rdlength = octets_u16(p + 6),
               .owner_length = owner[0],
               .flags = (head & HEAD_OPAQUE) != 0 ? RR_OPAQUE : 0},
    };
    p += FIXED_SIZE;
    change->canonical = p;
    p += change->rr.rdlength;
    if ((head & HEAD_CANONICAL) != 0) {
        change->canonical = p;
        p += change->rr.rdlength;
    }
    return (size_t)(p - delta->octets);
}

static struct change change_of(const struct delta *delta, struct entry entry)
{
    struct change change;
    read_change(delta, entry.record, &entry.owner, &change);
    return change;
}

/* ---- The net effect ------------------------------------------------------------------------ */

static int compare_owners(const struct delta *delta, const struct entry *x, const struct entry *y)
{
    if (x->chunk != y->chunk)
        return x->chunk < y->chunk ? -1 : 1;
    if (x->owner == y->owner)
        return 0;
    struct key a = key_of(delta, x->owner), b = key_of(delta, y->owner);
    return order_octets_from(a.octets, a.length, b.octets, b.length, delta->common);
}

static int compare_records(const struct delta *delta, const struct entry *x, const struct entry *y)
{
    int order = compare_owners(delta, x, y);
    if (order != 0)
        return order;
    struct change a = change_of(delta, *x), b = change_of(delta, *y);
    order = order_types(a.rr.type, b.rr.type);
    return order != 0 ? order
                      : order_octets(a.canonical, a.rr.rdlength, b.canonical, b.rr.rdlength);
}

/* The same record: in the order of the steps that touch it. */
static int compare_entries(const void *a, const void *b, void *context)
{
    const struct entry *x = a, *y = b;
    int order = compare_records(context, x, y);
    return order != 0 ? order : x->record < y->record ? -1 : x->record > y->record;
}

/* Finds out how many octets all keys begin with: those of the apex, and more where names share
 * more. What comes then tells most of them apart, and stands in the entries themselves. */
static bool set_chunks(struct delta *delta, struct entry *entries, size_t n, struct err *err)
{
    struct key first = n > 0 ? key_of(delta, entries[0].owner) : (struct key){NULL, 0};
    unsigned steps = 0;
    delta->common = first.length;
    for (size_t i = 1; i < n; i++) {
        struct key key = key_of(delta, entries[i].owner);
        size_t most = key.length < delta->common ? key.length : delta->common;
        delta->common = namekey_common(first.octets, key.octets, most);
        if (halt_step(delta->config.halt, &steps, err))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct key key = key_of(delta, entries[i].owner);
        entries[i].chunk = namekey_chunk(key.octets, key.length, delta->common);
        if (halt_step(delta->config.halt, &steps, err))
            return false;
    }
    return true;
}

/* Lists all records, of which none is known to be undone yet. */
static bool list_entries(struct delta *delta, struct entry *entries, struct err *err)
{
    size_t owner = 0;
    unsigned steps = 0;
    for (size_t at = 0; at < delta->used;) {
        if (halt_step(delta->config.halt, &steps, err))
            return false;
        if ((delta->octets[at] & HEAD_STEP) != 0) {
            at += STEP_SIZE;
            continue;
        }
        struct change change;
        size_t next = read_change(delta, at, &owner, &change);
        delta->octets[at] &= (uint8_t)~HEAD_UNDONE;
        *entries++ = (struct entry){.record = at, .owner = owner};
        at = next;
    }
    return true;
}

static bool sort_entries(struct delta *delta, struct entry *entries, size_t n, struct err *err)
{
    const struct mergesort sort = {
        .compare = compare_entries, .context = delta, .halt = delta->config.halt};
    return mergesort_run(&sort, entries, n, sizeof *entries, err);
}

/* The serial that the step which holds the record leads to. */
static uint32_t step_of(const struct delta *delta, size_t record)
{
    uint32_t to = 0;
    size_t owner = 0;
    for (size_t at = 0; at < record;) {
        struct change change;
        if ((delta->octets[at] & HEAD_STEP) != 0) {
            to = octets_u32(delta->octets + at + 5);
            at += STEP_SIZE;
        } else {
            at = read_change(delta, at, &owner, &change);
        }
    }
    return to;
}

COLD static bool contradicts(const struct delta *delta, struct entry entry, struct err *err)
{
    struct change change = change_of(delta, entry);
    struct name_string owner;
    char type[16];
    unsigned long to = step_of(delta, entry.record);
    *types_text(type, change.rr.type, 0) = '\0';
    name_string(&owner, change.rr.owner);
    if (change.op == RR_DELETE)
        return err_set(err, ERR_IXFR_DEL_ABSENT,
                       "%.255s %s: the changes to serial %lu delete a record that earlier ones "
                       "deleted",
                       owner.text, type, to);
    return err_set(err, ERR_IXFR_ADD_PRESENT,
                   "%.255s %s: the changes to serial %lu add a record that earlier ones added",
                   owner.text, type, to);
}

COLD static bool note_ttl(const struct change *added, const struct change *deleted,
                          struct notes *notes, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, added->rr.type, 0) = '\0';
    return notes_add(notes, err, ERR_IXFR_TTL,
                     "%.200s %s: deleted with TTL %lu, but it was added with TTL %lu",
                     name_string(&owner, added->rr.owner), type, (unsigned long)deleted->rr.ttl,
                     (unsigned long)added->rr.ttl);
}

/* Takes the n entries of one record. What is left of them goes to `to`, at most two; what undoes
 * itself is marked. */
static bool condense_record(struct delta *delta, const struct entry *entries, size_t n,
                            struct entry **to, struct notes *notes, struct err *err)
{
    struct change first = change_of(delta, entries[0]), last = first;
    struct entry begin = entries[0], end = entries[n - 1]; /* `to` may reach over them */
    for (size_t i = 1; i < n; i++) {
        struct change change = change_of(delta, entries[i]);
        if (change.op == last.op)
            return contradicts(delta, entries[i], err);
        if (change.op == RR_DELETE && change.rr.ttl != last.rr.ttl &&
            !note_ttl(&last, &change, notes, err))
            return false;
        last = change;
    }
    /* The first change tells whether the record was there, the last one whether it is. */
    if (first.op == RR_ADD && last.op == RR_DELETE) {
        delta->octets[begin.record] |= HEAD_PASSING;
        *(*to)++ = begin;
        return true;
    }
    if (first.op == RR_DELETE && last.op == RR_ADD && first.rr.ttl == last.rr.ttl) {
        delta->octets[begin.record] |= HEAD_AGAIN;
        delta->octets[end.record] |= HEAD_AGAIN;
    }
    if (first.op == RR_DELETE)
        *(*to)++ = begin;
    if (last.op == RR_ADD)
        *(*to)++ = end;
    return true;
}

static bool condense_entries(struct delta *delta, struct entry *entries, size_t n,
                             struct notes *notes, struct err *err)
{
    struct entry *to = entries;
    unsigned steps = 0;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n; next++)
            if (compare_records(delta, &entries[i], &entries[next]) != 0)
                break;
        if (halt_step(delta->config.halt, &steps, err))
            return false;
        if (!condense_record(delta, entries + i, next - i, &to, notes, err))
            return false;
    }
    delta->net_count = (size_t)(to - entries);
    return true;
}

bool delta_condense(struct delta *delta, struct notes *notes, struct err *err)
{
    size_t n = (size_t)(delta->facts.added + delta->facts.deleted);
    forget_net(delta);
    struct entry *entries = malloc((n > 0 ? n : 1) * sizeof *entries);
    if (entries == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (!list_entries(delta, entries, err) || !set_chunks(delta, entries, n, err) ||
        !sort_entries(delta, entries, n, err) || !condense_entries(delta, entries, n, notes, err)) {
        free(entries);
        return false;
    }
    delta->net = entries;
    delta->net_facts = (struct delta_facts){
        .from = delta->facts.from, .to = delta->facts.to, .steps = delta->facts.steps};
    for (size_t i = 0; i < delta->net_count; i++) {
        unsigned head = delta->octets[entries[i].record];
        delta->net_facts.deleted += (head & (HEAD_UNDONE | HEAD_DELETE)) == HEAD_DELETE;
        delta->net_facts.added += (head & (HEAD_UNDONE | HEAD_DELETE)) == 0;
    }
    return true;
}

/* ---- The reader ---------------------------------------------------------------------------- */

/* Gives a change out. */
static enum source_event give_change(struct delta_reader *reader, const struct change *change,
                                     size_t owner_at, struct rr *rr, enum rr_op *op)
{
    *rr = change->rr;
    rr->info = types_find(rr->type, rr->class);
    *op = change->op;
    if (is_owner(reader->delta, reader->owner_at, rr))
        rr->flags |= RR_SAME_OWNER;
    reader->owner_at = owner_at;
    return SOURCE_RR;
}

static enum source_event next_of_steps(struct delta_reader *reader, struct rr *rr, enum rr_op *op)
{
    const struct delta *delta = reader->delta;
    if (reader->at == delta->used)
        return SOURCE_END;
    if ((delta->octets[reader->at] & HEAD_STEP) != 0) {
        reader->source.zone.from = octets_u32(delta->octets + reader->at + 1);
        reader->source.zone.serial = octets_u32(delta->octets + reader->at + 5);
        reader->at += STEP_SIZE;
        return SOURCE_BEGIN;
    }
    struct change change;
    size_t owner = reader->owner_at;
    reader->at = read_change(delta, reader->at, &owner, &change);
    return give_change(reader, &change, owner, rr, op);
}

static enum source_event give_net(struct delta_reader *reader, struct rr *rr, enum rr_op *op)
{
    struct entry entry = reader->delta->net[reader->at++];
    struct change change = change_of(reader->delta, entry);
    return give_change(reader, &change, entry.owner, rr, op);
}

/* Whether an entry of the net effect is to be seen in this view. */
static bool is_shown(const struct delta_reader *reader, struct entry entry)
{
    unsigned undone = reader->delta->octets[entry.record] & HEAD_UNDONE;
    if (reader->view == DELTA_PASSING)
        return undone == HEAD_PASSING;
    return undone == 0 || (undone == HEAD_AGAIN && reader->view == DELTA_TO_APPLY);
}

/* Where the RRset that begins at `at` ends. */
static size_t set_end(const struct delta *delta, size_t at)
{
    const struct entry *first = &delta->net[at];
    uint16_t type = change_of(delta, *first).rr.type;
    for (at++; at < delta->net_count; at++)
        if (compare_owners(delta, first, &delta->net[at]) != 0 ||
            change_of(delta, delta->net[at]).rr.type != type)
            break;
    return at;
}

/* Passes twice over each RRset: for its deletes, then for its adds. */
static enum source_event next_of_net(struct delta_reader *reader, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    static const enum rr_op phases[] = {RR_DELETE, RR_ADD};
    const struct delta *delta = reader->delta;
    for (;;) {
        for (; reader->at < reader->set_end; reader->at++) {
            if (is_shown(reader, delta->net[reader->at]) &&
                change_of(delta, delta->net[reader->at]).op == phases[reader->phase])
                return give_net(reader, rr, op);
            if (halt_step(delta->config.halt, &reader->steps, err))
                return SOURCE_FAIL;
        }
        if (reader->phase == 0) {
            reader->at = reader->set_begin;
            reader->phase = 1;
        } else if (reader->at == delta->net_count) {
            return SOURCE_END;
        } else {
            reader->set_begin = reader->at;
            reader->set_end = set_end(delta, reader->at);
            reader->phase = 0;
        }
    }
}

/* Passes over all for each part of a step. */
static enum source_event next_of_net_step(struct delta_reader *reader, struct rr *rr,
                                          enum rr_op *op, struct err *err)
{
    static const struct {
        enum rr_op op;
        bool is_soa;
    } phases[] = {{RR_DELETE, true}, {RR_DELETE, false}, {RR_ADD, true}, {RR_ADD, false}};
    const struct delta *delta = reader->delta;
    for (; reader->phase < sizeof phases / sizeof *phases; reader->phase++, reader->at = 0)
        for (; reader->at < delta->net_count; reader->at++) {
            struct change change = change_of(delta, delta->net[reader->at]);
            if (is_shown(reader, delta->net[reader->at]) && change.op == phases[reader->phase].op &&
                (change.rr.type == TYPE_SOA) == phases[reader->phase].is_soa)
                return give_net(reader, rr, op);
            if (halt_step(delta->config.halt, &reader->steps, err))
                return SOURCE_FAIL;
        }
    return SOURCE_END;
}

static enum source_event reader_next(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct delta_reader *reader = (struct delta_reader *)source;
    if (halt_step(reader->delta->config.halt, &reader->steps, err))
        return SOURCE_FAIL;
    if (reader->view == DELTA_STEPS)
        return next_of_steps(reader, rr, op);
    if (!reader->begun && reader->delta->net_count > 0) {
        reader->begun = true;
        return SOURCE_BEGIN;
    }
    return reader->view == DELTA_NET_STEP ? next_of_net_step(reader, rr, op, err)
                                          : next_of_net(reader, rr, op, err);
}

static void reader_free(struct source *source)
{
    (void)source; /* it owns nothing */
}

void delta_read(struct delta_reader *reader, const struct delta *delta, enum delta_view view)
{
    *reader = (struct delta_reader){
        .source = {.next = reader_next,
                   .free = reader_free,
                   .zone = {.apex = delta->config.apex,
                            .apex_length = delta->config.apex_length,
                            .class = delta->config.class,
                            .changes = true,
                            .from = delta->facts.from,
                            .serial = delta->facts.to}},
        .delta = delta,
        .view = view,
        .phase = view == DELTA_NET_STEP ? 0 : 1, /* 1: as at the end of an RRset that has none */
    };
    if (delta->newest.record == 0)
        return;
    reader->newest = change_of(delta, delta->newest).rr;
    reader->newest.info = types_find(TYPE_SOA, delta->config.class);
    reader->source.zone.newest = &reader->newest;
}
