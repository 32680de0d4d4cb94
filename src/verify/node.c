#include "verify/node.h"

#include "base/cursor.h"
#include "base/mergesort.h"
#include "dns/neighbour.h"
#include "dns/order.h"
#include "dns/rdata.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 16 };

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}

void node_walk_begin(struct node_walk *walk, const uint8_t *apex, size_t length)
{
    *walk = (struct node_walk){.apex_length = (uint8_t)length};
    memcpy(walk->apex, apex, length);
    name_lower(walk->apex, length);
}

void node_fini(struct node *node)
{
    arena_fini(&node->octets);
    free(node->records);
    free(node->sets);
    node->records = NULL;
    node->sets = NULL;
    node->record_room = node->set_room = 0;
}

/* As an RRSIG counts them (RFC 4034 section 3.1.3). */
static uint8_t count_labels(const uint8_t *name)
{
    uint8_t labels = 0;
    bool is_wildcard = name[0] == 1 && name[1] == '*';
    for (; *name != 0; name += *name + 1)
        labels++;
    return is_wildcard ? (uint8_t)(labels - 1) : labels;
}

void node_begin(struct node *node, const uint8_t *owner, size_t length, size_t apex_length)
{
    memcpy(node->owner, owner, length);
    name_lower(node->owner, length);
    node->owner_length = (uint8_t)length;
    node->labels = count_labels(node->owner);
    node->key_length = (uint16_t)namekey_make(node->key, node->owner, length, apex_length);
    node->place = NODE_WITHIN;
    node->octets.length = 0;
    node->record_count = node->set_count = 0;
    node->is_mixed = false;
}

/* ---- Records ------------------------------------------------------------------------------- */

/* Makes room for one more of what there are `count` of. */
static bool make_room(void **items, size_t count, size_t *room, size_t size, struct err *err)
{
    if (count < *room)
        return true;
    size_t more = *room > 0 ? *room * 2 : ROOM_FIRST;
    void *moved = more <= SIZE_MAX / size ? realloc(*items, more * size) : NULL;
    if (moved == NULL)
        return no_memory(err);
    *items = moved;
    *room = more;
    return true;
}

/* Types and RDATA, of which the first octets mostly decide. */
static int compare_records(const struct node *node, const struct node_record *a,
                           const struct node_record *b)
{
    const uint8_t *x = node->octets.base + a->rdata, *y = node->octets.base + b->rdata;
    bool is_apex = node->key_length == 0;
    uint64_t left, right;
    if (a->type != b->type)
        return order_types(order_of_type(a->type, is_apex), order_of_type(b->type, is_apex));
    if (a->rdlength >= sizeof left && b->rdlength >= sizeof right) {
        left = octets_u64(x);
        right = octets_u64(y);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return order_octets(x, a->rdlength, y, b->rdlength);
}

bool node_add(struct node *node, const struct rr *rr, struct err *err)
{
    if (node->record_count == node->record_room) {
        void *records = node->records;
        if (!make_room(&records, node->record_count, &node->record_room, sizeof *node->records,
                       err))
            return false;
        node->records = records;
    }
    uint8_t *rdata = arena_reserve(&node->octets, rr->rdlength, err);
    if (rdata == NULL)
        return false;
    rdata_canonical(rr, rdata);
    struct node_record *record = &node->records[node->record_count];
    *record = (struct node_record){
        .rdata = node->octets.length,
        .info = rr->info,
        .ttl = rr->ttl,
        .type = rr->type,
        .rdlength = rr->rdlength,
        .flags = rr->flags,
    };
    node->octets.length += rr->rdlength;
    if (node->record_count++ > 0 && compare_records(node, record - 1, record) >= 0)
        node->is_mixed = true;
    return true;
}

static int compare_mixed(const void *a, const void *b, void *node)
{
    return compare_records(node, a, b);
}

static bool note_merged(const struct node *node, const struct node_record *record,
                        struct notes *notes, struct err *err)
{
    const struct rr rr = {
        .owner = node->owner, .owner_length = node->owner_length, .type = record->type};
    return neighbour_duplicate(&rr, notes, err);
}

bool node_sort(struct node *node, uint64_t *merged, struct notes *notes, struct err *err)
{
    const struct mergesort mixed = {.compare = compare_mixed, .context = node};
    struct node_record *records = node->records;
    size_t kept = 0;
    if (!node->is_mixed)
        return true;
    if (!mergesort_run(&mixed, records, node->record_count, sizeof *records, err))
        return false;
    for (size_t i = 0; i < node->record_count; i++) {
        struct node_record *before = kept > 0 ? &records[kept - 1] : NULL;
        if (before == NULL || compare_records(node, before, &records[i]) != 0) {
            records[kept++] = records[i];
            continue;
        }
        if (records[i].ttl < before->ttl)
            before->ttl = records[i].ttl;
        ++*merged;
        if (!note_merged(node, before, notes, err))
            return false;
    }
    node->record_count = kept;
    return true;
}

/* ---- Sets ---------------------------------------------------------------------------------- */

/* The set that the next record belongs to, which is the last one or begins with it. Signatures are
 * apart until all is there. */
static struct node_set *set_of(struct node *node, size_t record, uint16_t type, bool is_signature,
                               struct err *err)
{
    struct node_set *last = node->set_count > 0 ? &node->sets[node->set_count - 1] : NULL;
    if (last != NULL && last->type == type && (last->count == 0) == is_signature)
        return last;
    if (node->set_count == node->set_room) {
        void *sets = node->sets;
        if (!make_room(&sets, node->set_count, &node->set_room, sizeof *node->sets, err))
            return NULL;
        node->sets = sets;
    }
    struct node_set *set = &node->sets[node->set_count++];
    *set = (struct node_set){.type = type, .first = record, .first_signature = record};
    return set;
}

static void count_record(struct node_set *set, const struct node_record *record)
{
    if (set->count > 0 && record->ttl != set->ttl)
        set->ttls_differ = true;
    if (set->count == 0 || record->ttl < set->ttl)
        set->ttl = record->ttl;
    set->info = record->info;
    set->any_opaque |= (record->flags & RR_OPAQUE) != 0;
    set->octets +=
        record->rdlength <= UINT32_MAX - set->octets ? record->rdlength : UINT32_MAX - set->octets;
    set->count++;
}

/* Of RRSIG; a malformed one covers type 0. */
static uint16_t covered_by(const struct node *node, size_t index)
{
    return node->records[index].rdlength >= 2 ? octets_u16(node_rdata(node, index)) : 0;
}

static bool make_sets(struct node *node, struct err *err)
{
    for (size_t i = 0; i < node->record_count; i++) {
        const struct node_record *record = &node->records[i];
        bool is_signature = record->type == TYPE_RRSIG;
        uint16_t type = is_signature ? covered_by(node, i) : record->type;
        struct node_set *set = set_of(node, i, type, is_signature, err);
        if (set == NULL)
            return false;
        if (is_signature)
            set->signatures++;
        else
            count_record(set, record);
    }
    return true;
}

/* By type, the records of a type before the signatures over them. */
static int compare_sets(const void *a, const void *b, void *context)
{
    const struct node_set *left = a, *right = b;
    (void)context;
    int order = order_types(left->type, right->type);
    return order != 0 ? order : (left->count == 0) - (right->count == 0);
}

static bool are_in_order(const struct node *node)
{
    for (size_t i = 1; i < node->set_count; i++)
        if (node->sets[i - 1].type >= node->sets[i].type)
            return false;
    return true;
}

static bool settle_sets(struct node *node, struct err *err)
{
    if (are_in_order(node))
        return true;
    const struct mergesort by_type = {.compare = compare_sets};
    if (!mergesort_run(&by_type, node->sets, node->set_count, sizeof *node->sets, err))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        struct node_set *before = kept > 0 ? &node->sets[kept - 1] : NULL;
        if (before == NULL || before->type != set->type) {
            node->sets[kept++] = *set;
        } else {
            before->first_signature = set->first_signature;
            before->signatures = set->signatures;
        }
    }
    node->set_count = kept;
    return true;
}

const struct node_set *node_find(const struct node *node, uint16_t type)
{
    size_t from = 0, end = node->set_count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (node->sets[middle].type == type)
            return &node->sets[middle];
        if (node->sets[middle].type < type)
            from = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

/* ---- The place ----------------------------------------------------------------------------- */

static bool has(const struct node *node, uint16_t type)
{
    const struct node_set *set = node_find(node, type);
    return set != NULL && set->count > 0;
}

/* Whether NSEC3 is the only type of which there are records. */
static bool is_denial(const struct node *node)
{
    size_t types = 0;
    for (size_t i = 0; i < node->set_count && types < 2; i++)
        types += node->sets[i].count > 0;
    return types == 1 && has(node, TYPE_NSEC3);
}

static void enter(struct node_walk *walk, const struct node *node, enum node_place below)
{
    memcpy(walk->above, node->owner, node->owner_length);
    walk->above_length = node->owner_length;
    walk->below = below;
}

static enum node_place find_place(const struct node *node, const struct node_walk *walk)
{
    if (node->owner_length == walk->apex_length)
        return NODE_APEX;
    bool is_below = walk->above_length > 0 &&
                    name_within(node->owner, node->owner_length, walk->above, walk->above_length);
    /* NSEC3 records lie directly below the apex, also where that has a DNAME. */
    if (is_denial(node) && (!is_below || walk->above_length == walk->apex_length))
        return NODE_DENIAL;
    if (is_below)
        return walk->below;
    return has(node, TYPE_NS) ? NODE_CUT : NODE_WITHIN;
}

bool node_seal(struct node *node, struct node_walk *walk, struct err *err)
{
    if (!make_sets(node, err) || !settle_sets(node, err))
        return false;
    node->place = find_place(node, walk);
    switch (node->place) {
    case NODE_APEX:
    case NODE_WITHIN:
        walk->above_length = 0;
        if (has(node, TYPE_DNAME))
            enter(walk, node, NODE_OCCLUDED);
        break;
    case NODE_CUT:
        enter(walk, node, NODE_GLUE);
        break;
    case NODE_GLUE:
    case NODE_OCCLUDED:
    case NODE_DENIAL:
        break;
    }
    return true;
}
