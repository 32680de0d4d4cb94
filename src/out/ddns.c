#include "out/ddns.h"

#include "base/arena.h"
#include "base/mergesort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/serial.h"
#include "dns/soa.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

/* The order of the changes. A server ignores a change that would leave the apex without NS, a CNAME
 * beside other data, or other data beside a CNAME (RFC 2136 sections 3.4.2.2 and 3.4.2.4), so what
 * makes room comes first. And every one of several messages must leave a zone that works: a name
 * server gets its address before an NS names it, and loses it after; a delegation is never without
 * NS, because BIND would drop its DS. */
enum phase {
    PHASE_MAKE_ROOM, /* deletes of CNAMEs at owners where one of the next two adds */
    PHASE_GLUE,      /* adds of addresses of the name servers that are added */
    PHASE_NS_ADD,
    PHASE_NS_RENEW, /* NS with another TTL, each deleted and added back at once */
    PHASE_NS_DELETE,
    PHASE_DELETE,
    PHASE_ADD,
};

struct change {
    size_t owner, rdata, canonical; /* offsets in `octets`; the owner's key is behind the owner */
    uint64_t rank; /* the order within the phase; before, a part of the owner's key */
    uint32_t ttl;
    uint16_t type, rdlength, key_length;
    uint8_t owner_length, flags;
    uint8_t op;    /* enum rr_op */
    uint8_t phase; /* enum phase */
    bool twin;     /* it is deleted and added: only the TTL changes */
    bool held;     /* goes into the same message as the change before it */
    bool begins;   /* the first of a message */
};

enum { HEADER_SIZE = 12, QUESTION_FIXED = 4, RR_FIXED = 10 };

struct ddns {
    struct ddns_config config;
    struct arena octets, changes; /* the latter holds struct change */
    size_t owner_at;              /* that of the last change */
    uint8_t owner_length;         /* 0: none */
    uint16_t key_length;
    size_t common; /* so many octets all keys begin with */
    uint8_t canonical[RDATA_MAX];

    struct soa old, new; /* apart from the changes, because they can get other serials */
    bool has_old, has_new;
    struct ddns_facts facts;

    size_t at;
    size_t message; /* the one that the reader is in, from 1; 0: before the first */
    enum ddns_event last;
    bool soa_told; /* the SOA that this message sets was given, or it sets none */
    struct soa lent;

    /* DS that are added where NS are only deleted: how many, and the owner of the first. */
    size_t bare_ds, bare_owner;

    unsigned steps; /* of planning, between two looks at the halt */
};

struct ddns *ddns_new(const struct ddns_config *config, struct err *err)
{
    struct ddns *ddns = calloc(1, sizeof *ddns);
    if (ddns == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    ddns->config = *config;
    ddns_rewind(ddns);
    return ddns;
}

void ddns_free(struct ddns *ddns)
{
    if (ddns == NULL)
        return;
    arena_fini(&ddns->octets);
    arena_fini(&ddns->changes);
    free(ddns);
}

static struct change *changes_of(const struct ddns *ddns)
{
    return (struct change *)(void *)ddns->changes.base;
}

static size_t count_changes(const struct ddns *ddns)
{
    return ddns->changes.length / sizeof(struct change);
}

/* ---- Taking the changes -------------------------------------------------------------------- */

COLD static bool refuse(const struct rr *rr, const char *why, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return err_set(err, ERR_DDNS, "%.255s %s: %s", name_string(&owner, rr->owner), type, why);
}

static bool set_soa(struct soa *soa, const struct rr *rr, struct err *err)
{
    return soa_keep(soa, rr) || refuse(rr, "the SOA is malformed", err);
}

/* Copies octets to the end of an arena that has room for them, and returns their offset. */
static size_t keep_octets(struct arena *octets, const uint8_t *from, size_t n)
{
    size_t at = octets->length;
    if (n > 0)
        memcpy(octets->base + at, from, n);
    octets->length += n;
    return at;
}

/* Keeps the owner and its key, unless they are those of the last change. The key is one below the
 * root: whatever is in the changes has one. */
static void keep_owner(struct ddns *ddns, const struct rr *rr)
{
    struct arena *octets = &ddns->octets;
    uint8_t key[NAMEKEY_ROOM];
    if (ddns->owner_length == rr->owner_length &&
        memcmp(octets->base + ddns->owner_at, rr->owner, rr->owner_length) == 0)
        return;
    ddns->owner_at = keep_octets(octets, rr->owner, rr->owner_length);
    ddns->owner_length = rr->owner_length;
    ddns->key_length = (uint16_t)namekey_make(key, rr->owner, rr->owner_length, 1);
    keep_octets(octets, key, ddns->key_length);
}

/* What there is with n octets and a change more: a change is there once more while the changes are
 * sorted, and those that add an NS have a place in another list. */
static size_t memory_with(const struct ddns *ddns, size_t n)
{
    size_t count = ddns->changes.length / sizeof(struct change) + 1;
    return ddns->octets.length + n + count * (2 * sizeof(struct change) + sizeof(struct change *));
}

static struct change *add_change(struct ddns *ddns, enum rr_op op, const struct rr *rr,
                                 struct err *err)
{
    size_t n = (size_t)rr->owner_length + NAMEKEY_MAX + 2 * (size_t)rr->rdlength;
    if (memory_with(ddns, n) > DDNS_LIMIT) {
        err_set(err, ERR_DDNS, "the changes need more than %d MiB of memory", DDNS_LIMIT >> 20);
        return NULL;
    }
    struct change *change = NULL;
    if (arena_reserve(&ddns->octets, n, err) != NULL)
        change = (struct change *)(void *)arena_reserve(&ddns->changes, sizeof *change, err);
    if (change == NULL)
        return NULL;
    struct arena *octets = &ddns->octets;
    keep_owner(ddns, rr);
    *change = (struct change){
        .owner = ddns->owner_at,
        .owner_length = rr->owner_length,
        .key_length = ddns->key_length,
        .type = rr->type,
        .ttl = rr->ttl,
        .rdlength = rr->rdlength,
        .flags = rr->flags & RR_OPAQUE,
        .op = (uint8_t)op,
    };
    change->rdata = change->canonical = keep_octets(octets, rr->rdata, rr->rdlength);
    rdata_canonical(rr, ddns->canonical);
    if (rr->rdlength > 0 && memcmp(ddns->canonical, rr->rdata, rr->rdlength) != 0)
        change->canonical = keep_octets(octets, ddns->canonical, rr->rdlength);
    ddns->changes.length += sizeof *change;
    return change;
}

bool ddns_add(struct ddns *ddns, enum rr_op op, const struct rr *rr, struct err *err)
{
    if (op == RR_ADD && rr->ttl > DDNS_TTL_MAX)
        return refuse(rr, "an update cannot set a TTL above 2147483647", err);
    if (rr->type != TYPE_SOA)
        return add_change(ddns, op, rr, err) != NULL;
    if (op == RR_DELETE)
        return ddns->has_old = set_soa(&ddns->old, rr, err);
    return ddns->has_new = set_soa(&ddns->new, rr, err);
}

/* ---- The order ----------------------------------------------------------------------------- */

static const uint8_t *key_of(const struct ddns *ddns, const struct change *change)
{
    return ddns->octets.base + change->owner + change->owner_length;
}

static bool same_owner(const struct ddns *ddns, const struct change *a, const struct change *b)
{
    return a->owner == b->owner || (a->key_length == b->key_length &&
                                    memcmp(key_of(ddns, a), key_of(ddns, b), a->key_length) == 0);
}

/* The record of a change, without its schema. */
static struct rr plain_rr(const struct ddns *ddns, const struct change *change)
{
    return (struct rr){
        .owner = ddns->octets.base + change->owner,
        .owner_length = change->owner_length,
        .rdata = ddns->octets.base + change->rdata,
        .rdlength = change->rdlength,
        .ttl = change->ttl,
        .type = change->type,
        .class = ddns->config.class,
        .flags = change->flags,
    };
}

/* While the changes are sorted by it, the rank holds eight octets of the key, from where the keys
 * differ. */
static int compare_records(const struct ddns *ddns, const struct change *a, const struct change *b)
{
    const uint8_t *base = ddns->octets.base;
    int order = a->rank < b->rank ? -1 : a->rank > b->rank;
    if (order == 0 && a->owner != b->owner)
        order = order_octets_from(key_of(ddns, a), a->key_length, key_of(ddns, b), b->key_length,
                                  ddns->common);
    if (order == 0)
        order = order_types(a->type, b->type);
    return order != 0
               ? order
               : order_octets(base + a->canonical, a->rdlength, base + b->canonical, b->rdlength);
}

/* Finds out how many octets all keys begin with, and puts those that come then into the ranks. */
static bool set_chunks(struct ddns *ddns, struct change *changes, size_t n, struct err *err)
{
    ddns->common = changes[0].key_length;
    for (size_t i = 1; i < n; i++) {
        size_t most = changes[i].key_length < ddns->common ? changes[i].key_length : ddns->common;
        ddns->common = namekey_common(key_of(ddns, changes), key_of(ddns, &changes[i]), most);
        if (halt_step(ddns->config.halt, &ddns->steps, err))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        changes[i].rank =
            namekey_chunk(key_of(ddns, &changes[i]), changes[i].key_length, ddns->common);
        if (halt_step(ddns->config.halt, &ddns->steps, err))
            return false;
    }
    return true;
}

/* Of two changes of one record, the delete comes first. */
static int compare_changes(const void *a, const void *b, void *context)
{
    const struct change *ia = a, *ib = b;
    int order = compare_records(context, ia, ib);
    return order != 0 ? order : (int)ib->op - (int)ia->op;
}

static int compare_phases(const void *a, const void *b, void *context)
{
    (void)context;
    const struct change *ia = a, *ib = b;
    if (ia->phase != ib->phase)
        return (int)ia->phase - (int)ib->phase;
    return ia->rank < ib->rank ? -1 : ia->rank > ib->rank;
}

static bool sort(struct ddns *ddns, int (*compare)(const void *a, const void *b, void *context),
                 void *list, size_t n, size_t size, struct err *err)
{
    const struct mergesort how = {.compare = compare, .context = ddns, .halt = ddns->config.halt};
    return mergesort_run(&how, list, n, size, err);
}

static bool find_twins(struct ddns *ddns, struct change *changes, size_t n, struct err *err)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (changes[i].op == RR_DELETE && changes[i + 1].op == RR_ADD &&
            compare_records(ddns, &changes[i], &changes[i + 1]) == 0)
            changes[i].twin = changes[i + 1].twin = true;
        if (halt_step(ddns->config.halt, &ddns->steps, err))
            return false;
    }
    return true;
}

static bool is_new_ns(const struct change *change)
{
    return change->type == TYPE_NS && change->op == RR_ADD && (change->flags & RR_OPAQUE) == 0;
}

static int fold(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* Names in an order that is quick to find, whatever it is; letter case makes no difference. */
static int compare_names(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    int order = (a_length > b_length) - (a_length < b_length);
    for (size_t i = 0; i < a_length && order == 0; i++)
        order = fold(a[i]) - fold(b[i]);
    return order;
}

/* The RDATA of an NS record is a name. */
static int compare_targets(const void *a, const void *b, void *context)
{
    const struct ddns *ddns = context;
    const struct change *ia = *(const struct change *const *)a,
                        *ib = *(const struct change *const *)b;
    return compare_names(ddns->octets.base + ia->rdata, ia->rdlength, ddns->octets.base + ib->rdata,
                         ib->rdlength);
}

/* The NS records that are added, in an order of the servers that they name. */
struct targets {
    const struct change **list;
    size_t count;
};

static bool find_targets(struct ddns *ddns, struct change *changes, size_t n,
                         struct targets *targets, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += is_new_ns(&changes[i]);
    *targets = (struct targets){.list = malloc((count + 1) * sizeof *targets->list)};
    if (targets->list == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (is_new_ns(&changes[i]))
            targets->list[targets->count++] = &changes[i];
    if (sort(ddns, compare_targets, targets->list, targets->count, sizeof *targets->list, err))
        return true;
    free(targets->list);
    return false;
}

static bool is_target(const struct ddns *ddns, const struct targets *targets,
                      const struct change *change)
{
    const uint8_t *base = ddns->octets.base;
    for (size_t low = 0, high = targets->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        const struct change *ns = targets->list[middle];
        int order = compare_names(base + change->owner, change->owner_length, base + ns->rdata,
                                  ns->rdlength);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static enum phase phase_of(const struct ddns *ddns, const struct targets *targets,
                           const struct change *change)
{
    if (change->type == TYPE_NS)
        return change->twin           ? PHASE_NS_RENEW
               : change->op == RR_ADD ? PHASE_NS_ADD
                                      : PHASE_NS_DELETE;
    if (change->op == RR_DELETE)
        return PHASE_DELETE;
    /* An address that only gets another TTL is not added before the old record is deleted: until
     * then Knot ignores it as a duplicate. */
    bool is_address = (change->type == TYPE_A || change->type == TYPE_AAAA) && !change->twin;
    return is_address && is_target(ddns, targets, change) ? PHASE_GLUE : PHASE_ADD;
}

/* Sets the phases of one owner's changes. */
static bool set_phases(struct ddns *ddns, const struct targets *targets, struct change *changes,
                       size_t n, struct err *err)
{
    bool early = false;
    for (size_t i = 0; i < n; i++) {
        changes[i].phase = (uint8_t)phase_of(ddns, targets, &changes[i]);
        early |= changes[i].phase == PHASE_GLUE || changes[i].phase == PHASE_NS_ADD;
        changes[i].held = changes[i].phase == PHASE_NS_RENEW && changes[i].op == RR_ADD;
        if (halt_step(ddns->config.halt, &ddns->steps, err))
            return false;
    }
    for (size_t i = 0; i < n && early; i++)
        if (changes[i].type == TYPE_CNAME && changes[i].op == RR_DELETE)
            changes[i].phase = PHASE_MAKE_ROOM;
    return true;
}

/* BIND ignores, without a word, a DS that is added where no NS is. What the zone has besides the
 * changes is not known here, so one can tell at most where it goes wrong for sure, or may. */
static void look_for_ds(struct ddns *ddns, const struct change *changes, size_t n)
{
    size_t added = 0;
    bool ns_added = false, ns_deleted = false;
    for (size_t i = 0; i < n; i++) {
        bool add = changes[i].op == RR_ADD;
        added += add && changes[i].type == TYPE_DS;
        ns_added |= add && changes[i].type == TYPE_NS;
        ns_deleted |= !add && changes[i].type == TYPE_NS;
    }
    if (added == 0 || ns_added ||
        name_equal(ddns->octets.base + changes->owner, changes->owner_length, ddns->config.apex,
                   ddns->config.apex_length))
        return;
    ddns->facts.lone_ds += added;
    if (!ns_deleted)
        return;
    if (ddns->bare_ds == 0)
        ddns->bare_owner = changes->owner;
    ddns->bare_ds += added;
}

static bool note_bare_ds(const struct ddns *ddns, struct notes *notes, struct err *err)
{
    struct name_string owner;
    if (ddns->bare_ds == 0)
        return true;
    bool good =
        notes_add(notes, err, ERR_DDNS_DS,
                  "%.255s DS: it is added where NS are deleted and none is added; where none is "
                  "left, BIND ignores it in silence",
                  name_string(&owner, ddns->octets.base + ddns->bare_owner));
    for (size_t i = 1; i < ddns->bare_ds; i++)
        notes_count(notes, ERR_DDNS_DS);
    return good;
}

static bool set_all_phases(struct ddns *ddns, const struct targets *targets, struct change *changes,
                           size_t n, struct err *err)
{
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && same_owner(ddns, &changes[i], &changes[next]);)
            next++;
        if (!set_phases(ddns, targets, changes + i, next - i, err))
            return false;
        look_for_ds(ddns, changes + i, next - i);
    }
    return true;
}

/* Adds an NS that stands in for the only NS of the apex while that gets another TTL: the apex's
 * last NS cannot be deleted, and Knot ignores the add of one that is there. */
static bool add_stand_in(struct ddns *ddns, size_t renewed, struct err *err)
{
    static const uint8_t invalid[] = "\7invalid"; /* RFC 6761 section 6.4 */
    struct change *changes = changes_of(ddns);
    struct change *delete = &changes[renewed - 1], *add = &changes[renewed];
    uint64_t before = delete->rank - 1, after = add->rank + 1;
    delete->held = true;
    struct rr rr = {
        .owner = ddns->config.apex,
        .owner_length = ddns->config.apex_length,
        .type = TYPE_NS,
        .class = ddns->config.class,
        .ttl = add->ttl,
        .rdata = invalid,
        .rdlength = sizeof invalid,
    };
    rr.info = types_find(rr.type, rr.class);
    for (int i = 0; i < 2; i++) {
        struct change *change = add_change(ddns, i == 0 ? RR_ADD : RR_DELETE, &rr, err);
        if (change == NULL)
            return false;
        change->phase = PHASE_NS_RENEW;
        change->rank = i == 0 ? before : after;
        change->held = i > 0;
    }
    return true;
}

/* Sees to it that the apex always has an NS. Where just one of its NS is renewed and nothing else
 * is done to them, that may be its only one. */
static bool ensure_apex_ns(struct ddns *ddns, size_t n, struct err *err)
{
    const struct change *changes = changes_of(ddns);
    size_t others = 0, renewals = 0, renewed = 0;
    for (size_t i = 0; i < n; i++) {
        if (changes[i].type != TYPE_NS ||
            !name_equal(ddns->octets.base + changes[i].owner, changes[i].owner_length,
                        ddns->config.apex, ddns->config.apex_length))
            continue;
        others += !changes[i].twin;
        renewals += changes[i].held;
        if (changes[i].held)
            renewed = i;
    }
    return others > 0 || renewals != 1 || add_stand_in(ddns, renewed, err);
}

static bool put_in_order(struct ddns *ddns, struct err *err)
{
    struct change *changes = changes_of(ddns);
    size_t n = count_changes(ddns);
    struct targets targets;
    if (n == 0)
        return true;
    if (!set_chunks(ddns, changes, n, err) ||
        !sort(ddns, compare_changes, changes, n, sizeof *changes, err) ||
        !find_twins(ddns, changes, n, err) || !find_targets(ddns, changes, n, &targets, err))
        return false;
    bool good = set_all_phases(ddns, &targets, changes, n, err);
    free(targets.list);
    for (size_t i = 0; i < n; i++)
        changes[i].rank = 3 * i + 1; /* with room before and behind */
    return good && ensure_apex_ns(ddns, n, err) &&
           sort(ddns, compare_phases, changes_of(ddns), count_changes(ddns), sizeof *changes, err);
}

/* ---- The messages -------------------------------------------------------------------------- */

/* Without compression. A delete of one record is as long as an add (RFC 2136 section 2.5.4). */
static size_t rr_size(size_t owner_length, size_t rdlength)
{
    return owner_length + RR_FIXED + rdlength;
}

/* The octets that a message has for changes, once what all messages have is in it: the header, the
 * zone, the SOA that it requires and the SOA that it sets. */
static size_t message_room(const struct ddns *ddns)
{
    const struct rr *old = &ddns->old.rr, *new = ddns->has_new ? &ddns->new.rr : old;
    size_t longer = old->rdlength > new->rdlength ? old->rdlength : new->rdlength;
    size_t apex = ddns->config.apex_length;
    return DDNS_MESSAGE_MAX - DDNS_RESERVE - HEADER_SIZE - (apex + QUESTION_FIXED) -
           rr_size(apex, old->rdlength) - rr_size(apex, longer);
}

static struct rr rr_of(const struct ddns *ddns, const struct change *change)
{
    struct rr rr = plain_rr(ddns, change);
    rr.info = types_find(rr.type, rr.class);
    return rr;
}

/* Decides which changes begin a message. */
static bool cut_messages(struct ddns *ddns, struct err *err)
{
    struct change *changes = changes_of(ddns);
    size_t n = count_changes(ddns), room = message_room(ddns), used = room;
    ddns->facts.messages = n == 0 && ddns->has_new;
    for (size_t i = 0, next; i < n; i = next) {
        size_t size = rr_size(changes[i].owner_length, changes[i].rdlength);
        for (next = i + 1; next < n && changes[next].held; next++)
            size += rr_size(changes[next].owner_length, changes[next].rdlength);
        if (size > room) {
            struct rr rr = rr_of(ddns, &changes[i]);
            return refuse(&rr, "the record is too large for an update", err);
        }
        changes[i].begins = ddns->facts.messages == 0 || room - used < size;
        if (changes[i].begins) {
            ddns->facts.messages++;
            used = 0;
        }
        used += size;
    }
    return true;
}

/* A message without an SOA makes the server raise the serial (RFC 2136 section 3.6), and an SOA
 * whose serial is not higher than the server's is ignored (section 3.4.2.2). So each message raises
 * the serial by one, which the next one can require, and the last one sets what is wanted. */
static bool set_serials(struct ddns *ddns, struct notes *notes, struct err *err)
{
    struct ddns_facts *facts = &ddns->facts;
    uint32_t least = rdata_soa_serial(&ddns->old.rr) + (uint32_t)facts->messages;
    facts->from = rdata_soa_serial(&ddns->old.rr);
    facts->wanted = ddns->has_new ? rdata_soa_serial(&ddns->new.rr) : facts->from;
    facts->sets_soa = ddns->has_new || facts->messages > 1;
    facts->to = serial_compare(facts->wanted, least - 1) == SERIAL_NEWER ? facts->wanted : least;
    return !facts->sets_soa || facts->to == facts->wanted ||
           notes_add(
               notes, err, ERR_DDNS_SERIAL,
               "the update sets serial %lu, not %lu: a server with %lu accepts only higher ones",
               (unsigned long)facts->to, (unsigned long)facts->wanted, (unsigned long)facts->from);
}

static bool note_split(size_t messages, struct notes *notes, struct err *err)
{
    return notes_add(notes, err, ERR_DDNS_SPLIT,
                     "these are %zu updates, one after the other, which is not atomic", messages);
}

static bool has_nothing(const struct ddns *ddns)
{
    return count_changes(ddns) == 0 && !ddns->has_old && !ddns->has_new;
}

bool ddns_plan(struct ddns *ddns, const struct rr *present, struct notes *notes, struct err *err)
{
    if (present != NULL && present->type != TYPE_SOA) /* a record of another type stands for none */
        present = NULL;
    if (ddns->has_old != ddns->has_new || (!ddns->has_old && present == NULL))
        return has_nothing(ddns) ||
               err_set(err, ERR_DDNS, "the %s zone has no SOA, and no update can change that",
                       ddns->has_old ? "new" : "old");
    if (!ddns->has_old && !set_soa(&ddns->old, present, err))
        return false;
    if (!put_in_order(ddns, err) || !note_bare_ds(ddns, notes, err) || !cut_messages(ddns, err))
        return false;
    if (ddns->facts.messages > 1 && !ddns->config.split)
        return err_set(err, ERR_DDNS_SIZE,
                       "the changes do not fit in one UPDATE message, they need %zu",
                       ddns->facts.messages);
    return (ddns->facts.messages < 2 || note_split(ddns->facts.messages, notes, err)) &&
           set_serials(ddns, notes, err);
}

struct ddns_facts ddns_facts(const struct ddns *ddns)
{
    return ddns->facts;
}

/* ---- The reader ---------------------------------------------------------------------------- */

void ddns_rewind(struct ddns *ddns)
{
    ddns->at = ddns->message = 0;
    ddns->last = DDNS_SEND;
}

/* Lends the SOA that the zone has after a message. */
static struct rr soa_after(struct ddns *ddns, size_t message)
{
    const struct ddns_facts *facts = &ddns->facts;
    bool is_last = message == facts->messages;
    uint32_t serial = is_last ? facts->to : facts->from + (uint32_t)message;
    soa_keep(&ddns->lent, is_last && ddns->has_new ? &ddns->new.rr : &ddns->old.rr);
    soa_set_serial(&ddns->lent, serial);
    return ddns->lent.rr;
}

enum ddns_event ddns_next(struct ddns *ddns, struct rr *rr, enum rr_op *op)
{
    const struct change *changes = changes_of(ddns);
    bool fresh = ddns->last == DDNS_REQUIRE;
    if (ddns->last == DDNS_SEND) {
        if (ddns->message == ddns->facts.messages)
            return ddns->last = DDNS_END;
        *rr = soa_after(ddns, ddns->message++);
        ddns->soa_told = !ddns->facts.sets_soa;
        return ddns->last = DDNS_REQUIRE;
    }
    if (ddns->at < count_changes(ddns) && (fresh || !changes[ddns->at].begins)) {
        const struct change *change = &changes[ddns->at++];
        *rr = rr_of(ddns, change);
        *op = change->op == RR_ADD ? RR_ADD : RR_DELETE;
        return ddns->last = DDNS_CHANGE;
    }
    if (ddns->soa_told)
        return ddns->last = DDNS_SEND;
    *rr = soa_after(ddns, ddns->message);
    *op = RR_ADD;
    ddns->soa_told = true;
    return ddns->last = DDNS_CHANGE;
}
