#include "zone/merge.h"

#include "base/arena.h"
#include "base/mergesort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

enum { SERIAL_OCTETS = 4, CHANGES_FIRST = 16 };

/* The record that comes next from a source. */
struct head {
    struct source *source;
    struct rr rr;
    bool has, ended;
    bool has_key;
    uint8_t key[NAMEKEY_ROOM]; /* of the owner */
    size_t key_length;
    uint8_t canonical[RDATA_MAX]; /* RDATA, where letter case was kept */

    /* The record before, if the order of the source is checked. */
    bool has_last;
    uint8_t last_owner[NAME_MAX_WIRE], last_rdata[RDATA_MAX];
    struct rr last;
};

/* A record that one side lacks; its octets are in the arena of the set. */
struct change {
    size_t owner, rdata;
    size_t folded; /* the RDATA again, folded as it is compared */
    uint32_t ttl;
    uint16_t rdlength;
    uint8_t owner_length, flags;
    bool same; /* both sides turned out to have it */
};

struct changes {
    struct change *list;
    size_t count, capacity;
};

/* The changes in one RRset. */
struct set {
    struct changes sides[2]; /* by the op: added, deleted */
    struct arena octets;
    struct rr first; /* owner_length, type, class, info */
    uint8_t owner[NAME_MAX_WIRE];
};

struct merge {
    struct source source;
    struct merge_config config;
    struct head old, new;
    struct set set;
    bool set_is_complete; /* its changes are being given */
    enum rr_op giving_op;
    size_t at;
    const struct change *given; /* the last that was given; NULL: none of the set */
    unsigned steps;             /* between two looks at the halt */
};

/* ---- The order ----------------------------------------------------------------------------- */

static bool is_soa(const struct merge *m, const struct rr *rr)
{
    return rr->type == TYPE_SOA && rr->owner_length == m->config.apex_length;
}

static int compare_types(const struct merge *m, const struct rr *a, const struct rr *b)
{
    return order_types(order_of_type(a->type, a->owner_length == m->config.apex_length),
                       order_of_type(b->type, b->owner_length == m->config.apex_length));
}

static void make_key(const struct merge *m, struct head *head)
{
    if (!head->has_key)
        head->key_length =
            namekey_make(head->key, head->rr.owner, head->rr.owner_length, m->config.apex_length);
    head->has_key = true;
}

static bool same_octets(const struct rr *a, const struct rr *b)
{
    return a->owner_length == b->owner_length && memcmp(a->owner, b->owner, a->owner_length) == 0;
}

static int compare_owners(const struct merge *m, struct head *a, struct head *b)
{
    if (same_octets(&a->rr, &b->rr))
        return 0;
    make_key(m, a);
    make_key(m, b);
    return order_octets(a->key, a->key_length, b->key, b->key_length);
}

static const uint8_t *canonical(const struct merge *m, struct head *head)
{
    if (!m->config.exact)
        return head->rr.rdata;
    rdata_canonical(&head->rr, head->canonical);
    return head->canonical;
}

/* By owner, type and canonical RDATA. */
static int compare_heads(const struct merge *m, struct head *a, struct head *b)
{
    int order = compare_owners(m, a, b);
    if (order == 0)
        order = compare_types(m, &a->rr, &b->rr);
    if (order == 0)
        order = order_octets(canonical(m, a), a->rr.rdlength, canonical(m, b), b->rr.rdlength);
    return order;
}

/* Whether two records that are equal in that order are the same. */
static bool is_same(const struct merge *m, const struct rr *a, const struct rr *b)
{
    if (a->ttl != b->ttl && (m->config.ignore & MERGE_IGNORE_TTL) == 0)
        return false;
    return !m->config.exact || (same_octets(a, b) && memcmp(a->rdata, b->rdata, a->rdlength) == 0);
}

/* ---- The sources --------------------------------------------------------------------------- */

/* Whether the record comes after the one before, whose place it then takes. */
static bool is_in_order(const struct merge *m, struct head *head)
{
    uint8_t key[NAMEKEY_ROOM];
    const struct rr *rr = &head->rr;
    bool good = true;
    if (head->has_last) {
        int order = 0;
        if (!same_octets(&head->last, rr)) {
            size_t length =
                namekey_make(key, head->last_owner, head->last.owner_length, m->config.apex_length);
            make_key(m, head);
            order = order_octets(key, length, head->key, head->key_length);
        }
        if (order == 0)
            order = compare_types(m, &head->last, rr);
        if (order == 0)
            order = order_octets(head->last_rdata, head->last.rdlength, rr->rdata, rr->rdlength);
        good = order < 0;
    }
    head->last = *rr;
    memcpy(head->last_owner, rr->owner, rr->owner_length);
    memcpy(head->last_rdata, rr->rdata, rr->rdlength);
    head->last.owner = head->last_owner;
    head->last.rdata = head->last_rdata;
    head->has_last = true;
    return good;
}

static bool takes(const struct merge *m, const struct rr *rr)
{
    if ((m->config.ignore & MERGE_IGNORE_SOA) != 0 && is_soa(m, rr))
        return false;
    return m->config.takes == NULL || m->config.takes(m->config.context, rr);
}

/* Gets the next record of a source that is to be compared. */
static bool pull(struct merge *m, struct head *head, struct err *err)
{
    enum rr_op op;
    while (!head->has && !head->ended) {
        enum source_event event = head->source->next(head->source, &head->rr, &op, err);
        if (event == SOURCE_FAIL)
            return false;
        if (event == SOURCE_END) {
            head->ended = true;
            break;
        }
        if ((head->rr.flags & RR_SAME_OWNER) == 0)
            head->has_key = false;
        if (m->config.distrusts && !is_in_order(m, head))
            return err_set(err, ERR_ZONE_FILE, "the records are not in canonical order");
        head->has = takes(m, &head->rr);
    }
    return true;
}

static bool fill_heads(struct merge *m, struct err *err)
{
    bool both = !m->old.has && !m->new.has && !m->old.ended && !m->new.ended;
    if (both && m->config.skip != NULL && !m->config.skip(m->config.skip_context, err))
        return false;
    return pull(m, &m->old, err) && pull(m, &m->new, err);
}

/* ---- A set --------------------------------------------------------------------------------- */

static bool is_empty(const struct set *set)
{
    return set->sides[RR_ADD].count == 0 && set->sides[RR_DELETE].count == 0;
}

static bool is_of_set(const struct set *set, const struct rr *rr)
{
    return rr->type == set->first.type &&
           name_equal(rr->owner, rr->owner_length, set->owner, set->first.owner_length);
}

static void begin_set(struct set *set, const struct rr *rr)
{
    set->first = *rr;
    memcpy(set->owner, rr->owner, rr->owner_length);
    set->octets.length = 0;
}

static bool make_room(struct changes *changes, struct err *err)
{
    size_t capacity = changes->capacity > 0 ? 2 * changes->capacity : CHANGES_FIRST;
    if (changes->count < changes->capacity)
        return true;
    struct change *list = NULL;
    if (capacity <= SIZE_MAX / sizeof *list)
        list = realloc(changes->list, capacity * sizeof *list);
    if (list == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    changes->list = list;
    changes->capacity = capacity;
    return true;
}

/* Keeps the next record of a source as a change. */
static bool keep_change(struct merge *m, struct head *head, enum rr_op op, struct err *err)
{
    const struct rr *rr = &head->rr;
    struct set *set = &m->set;
    struct changes *changes = &set->sides[op];
    if (is_empty(set))
        begin_set(set, rr);
    uint8_t *to = arena_reserve(&set->octets, (size_t)rr->owner_length + 2u * rr->rdlength, err);
    if (to == NULL || !make_room(changes, err))
        return false;
    struct change *change = &changes->list[changes->count++];
    *change = (struct change){
        .owner = set->octets.length,
        .rdata = set->octets.length + rr->owner_length,
        .ttl = rr->ttl,
        .rdlength = rr->rdlength,
        .owner_length = rr->owner_length,
        .flags = rr->flags & RR_OPAQUE,
    };
    change->folded = change->rdata + rr->rdlength;
    memcpy(to, rr->owner, rr->owner_length);
    to += rr->owner_length;
    memcpy(to, rr->rdata, rr->rdlength);
    rdata_fold(rr, to + rr->rdlength);
    set->octets.length += (size_t)rr->owner_length + 2u * rr->rdlength;
    head->has = false;
    return true;
}

static const uint8_t *folded(const struct set *set, const struct change *change)
{
    return set->octets.base + change->folded;
}

/* By folded RDATA, then by the TTL. */
static int order_folded(const void *a, const void *b, void *context)
{
    const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
    const struct set *set = context;
    int order = order_octets(folded(set, x), x->rdlength, folded(set, y), y->rdlength);
    return order != 0 ? order : (x->ttl > y->ttl) - (x->ttl < y->ttl);
}

/* Marks changes that differ in letter case alone as the same: all with the same folded RDATA, if
 * both sides have some, and the same least TTL. */
static bool match_folded(struct merge *m, struct err *err)
{
    struct changes *deleted = &m->set.sides[RR_DELETE], *added = &m->set.sides[RR_ADD];
    size_t n = deleted->count + added->count;
    struct change **all = malloc(n * sizeof *all);
    if (all == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        all[i] = i < deleted->count ? &deleted->list[i] : &added->list[i - deleted->count];
    const struct mergesort sort = {
        .compare = order_folded, .context = &m->set, .halt = m->config.halt};
    bool good = mergesort_run(&sort, all, n, sizeof *all, err);
    for (size_t start = 0, end; good && start < n; start = end) {
        uint32_t least[2] = {0, 0};
        bool has[2] = {false, false};
        for (end = start; end < n; end++) {
            const struct change *change = all[end];
            bool is_old = change >= deleted->list && change < deleted->list + deleted->count;
            if (order_octets(folded(&m->set, all[start]), all[start]->rdlength,
                             folded(&m->set, change), change->rdlength) != 0)
                break;
            if (!has[is_old])
                least[is_old] = change->ttl;
            has[is_old] = true;
        }
        bool same_ttl = least[0] == least[1] || (m->config.ignore & MERGE_IGNORE_TTL) != 0;
        for (size_t i = start; i < end; i++)
            all[i]->same = has[0] && has[1] && same_ttl;
    }
    free(all);
    return good;
}

/* RFC 1035 section 3.3.13: the serial is the first of the five numbers that end a SOA. */
static void match_serials(struct merge *m)
{
    struct changes *deleted = &m->set.sides[RR_DELETE], *added = &m->set.sides[RR_ADD];
    if (deleted->count != 1 || added->count != 1)
        return;
    struct change *a = deleted->list, *b = added->list;
    const uint8_t *base = m->set.octets.base;
    const uint8_t *left = base + (m->config.exact ? a->rdata : a->folded);
    const uint8_t *right = base + (m->config.exact ? b->rdata : b->folded);
    if (a->rdlength != b->rdlength || a->rdlength < RDATA_SOA_NUMBERS)
        return;
    size_t serial = (size_t)a->rdlength - RDATA_SOA_NUMBERS;
    a->same = b->same =
        (a->ttl == b->ttl || (m->config.ignore & MERGE_IGNORE_TTL) != 0) &&
        memcmp(left, right, serial) == 0 &&
        memcmp(left + serial + SERIAL_OCTETS, right + serial + SERIAL_OCTETS,
               RDATA_SOA_NUMBERS - SERIAL_OCTETS) == 0 &&
        (!m->config.exact || (a->owner_length == b->owner_length &&
                              memcmp(base + a->owner, base + b->owner, a->owner_length) == 0));
}

/* The RRset is complete: finds out which of its records have really changed. */
static bool settle_set(struct merge *m, struct err *err)
{
    const struct rr *first = &m->set.first;
    bool both = m->set.sides[RR_ADD].count > 0 && m->set.sides[RR_DELETE].count > 0;
    m->set_is_complete = true;
    m->giving_op = RR_DELETE;
    m->at = 0;
    m->given = NULL;
    if (both && is_soa(m, first) && (m->config.ignore & MERGE_IGNORE_SERIAL) != 0)
        match_serials(m);
    return !both || m->config.exact || first->info == NULL || !rdata_folds_more(first->info) ||
           match_folded(m, err);
}

/* ---- The changes of a set ------------------------------------------------------------------ */

static void fill_rr(struct merge *m, const struct change *change, struct rr *rr)
{
    const uint8_t *base = m->set.octets.base;
    *rr = m->set.first;
    rr->owner = base + change->owner;
    rr->owner_length = change->owner_length;
    rr->rdata = base + change->rdata;
    rr->rdlength = change->rdlength;
    rr->ttl = change->ttl;
    rr->flags = change->flags;
    if (m->given != NULL && memcmp(rr->owner, base + m->given->owner, rr->owner_length) == 0)
        rr->flags |= RR_SAME_OWNER;
    m->given = change;
}

/* Gives the next change of the set; false: there is none left. */
static bool give_change(struct merge *m, struct rr *rr, enum rr_op *op)
{
    for (;;) {
        struct changes *changes = &m->set.sides[m->giving_op];
        while (m->at < changes->count) {
            const struct change *change = &changes->list[m->at++];
            if (change->same)
                continue;
            *op = m->giving_op;
            fill_rr(m, change, rr);
            return true;
        }
        if (m->giving_op == RR_ADD)
            break;
        m->giving_op = RR_ADD;
        m->at = 0;
    }
    m->set.sides[RR_ADD].count = m->set.sides[RR_DELETE].count = 0;
    m->set_is_complete = false;
    return false;
}

/* Deals with the next record of one side, or of both. */
static bool match_heads(struct merge *m, int order, struct err *err)
{
    if (order == 0 && is_same(m, &m->old.rr, &m->new.rr)) {
        m->old.has = m->new.has = false;
        return true;
    }
    return (order > 0 || keep_change(m, &m->old, RR_DELETE, err)) &&
           (order < 0 || keep_change(m, &m->new, RR_ADD, err));
}

static enum source_event merge_next(struct source *source, struct rr *rr, enum rr_op *op,
                                    struct err *err)
{
    struct merge *m = (struct merge *)source;
    for (;;) {
        if (m->set_is_complete && give_change(m, rr, op))
            return SOURCE_RR;
        if (halt_step(m->config.halt, &m->steps, err) || !fill_heads(m, err))
            return SOURCE_FAIL;
        bool over = m->old.ended && m->new.ended;
        if (over && is_empty(&m->set))
            return SOURCE_END;
        int order = 0;
        if (!over)
            order = m->old.ended ? 1 : m->new.ended ? -1 : compare_heads(m, &m->old, &m->new);
        const struct rr *next = order > 0 ? &m->new.rr : &m->old.rr;
        bool set_ends = !is_empty(&m->set) && (over || !is_of_set(&m->set, next));
        if (set_ends ? !settle_set(m, err) : !match_heads(m, order, err))
            return SOURCE_FAIL;
    }
}

static void merge_free(struct source *source)
{
    struct merge *m = (struct merge *)source;
    free(m->set.sides[RR_ADD].list);
    free(m->set.sides[RR_DELETE].list);
    arena_fini(&m->set.octets);
    free(m);
}

struct source *merge_open(const struct merge_config *config, struct err *err)
{
    struct merge *m = calloc(1, sizeof *m);
    if (m == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    m->source = (struct source){.next = merge_next, .free = merge_free};
    m->config = *config;
    m->old.source = config->old;
    m->new.source = config->new;
    halt_works(config->halt, HALT_COMPARES, 0, 0);
    return &m->source;
}
