#include "verify/node.h"

#include "base/mergesort.h"
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

void node_begin(struct node *node, const uint8_t *owner, size_t length)
{
    memcpy(node->owner, owner, length);
    name_lower(node->owner, length);
    node->owner_length = (uint8_t)length;
    node->labels = count_labels(node->owner);
    node->place = NODE_WITHIN;
    node->octets.length = 0;
    node->record_count = node->set_count = 0;
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

/* The set that a record belongs to, which is the last one or begins with it. Signatures are apart
 * until all is there. */
static struct node_set *set_of(struct node *node, uint16_t type, bool is_signature, struct err *err)
{
    struct node_set *last = node->set_count > 0 ? &node->sets[node->set_count - 1] : NULL;
    if (last != NULL && last->type == type && (last->count == 0) == is_signature)
        return last;
    void *sets = node->sets;
    if (!make_room(&sets, node->set_count, &node->set_room, sizeof *node->sets, err))
        return NULL;
    node->sets = sets;
    struct node_set *set = &node->sets[node->set_count++];
    *set = (struct node_set){
        .type = type, .first = node->record_count, .first_signature = node->record_count};
    return set;
}

static void count_record(struct node_set *set, const struct rr *rr)
{
    if (set->count > 0 && rr->ttl != set->ttl)
        set->ttls_differ = true;
    if (set->count == 0 || rr->ttl < set->ttl)
        set->ttl = rr->ttl;
    set->info = rr->info;
    set->octets +=
        rr->rdlength <= UINT32_MAX - set->octets ? rr->rdlength : UINT32_MAX - set->octets;
    set->count++;
}

bool node_add(struct node *node, const struct rr *rr, struct err *err)
{
    bool is_signature = rr->type == TYPE_RRSIG;
    uint16_t type = is_signature ? order_covered(rr) : rr->type;
    void *records = node->records;
    if (!make_room(&records, node->record_count, &node->record_room, sizeof *node->records, err))
        return false;
    node->records = records;
    uint8_t *rdata = arena_reserve(&node->octets, rr->rdlength, err);
    struct node_set *set = rdata != NULL ? set_of(node, type, is_signature, err) : NULL;
    if (set == NULL)
        return false;
    rdata_canonical(rr, rdata);
    node->records[node->record_count++] = (struct node_record){
        .rdata = node->octets.length,
        .ttl = rr->ttl,
        .rdlength = rr->rdlength,
        .flags = rr->flags,
    };
    node->octets.length += rr->rdlength;
    if (is_signature)
        set->signatures++;
    else
        count_record(set, rr);
    return true;
}

/* ---- Sets ---------------------------------------------------------------------------------- */

/* By type, the records of a type before the signatures over them. */
static int compare_sets(const void *a, const void *b, void *context)
{
    const struct node_set *left = a, *right = b;
    (void)context;
    int order = order_types(left->type, right->type);
    return order != 0 ? order : (left->count == 0) - (right->count == 0);
}

static bool settle_sets(struct node *node, struct err *err)
{
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
    if (!settle_sets(node, err))
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
