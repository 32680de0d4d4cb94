#include "verify/nsec.h"

#include "dns/types.h"
#include "verify/typemap.h"

#include <string.h>

void nsec_fini(struct nsec *nsec)
{
    pending_fini(&nsec->faults);
    pending_fini(&nsec->remarks);
}

/* ---- Links --------------------------------------------------------------------------------- */

static bool leads_to(const struct nsec *nsec, const uint8_t *name, size_t length)
{
    return nsec->next_length > 0 && name_equal(nsec->next, nsec->next_length, name, length);
}

/* Ends the open link at the name that should come next. */
static bool close_link(struct nsec *nsec, const uint8_t *name, size_t length, struct err *err)
{
    struct name_string expected, found;
    if (!nsec->is_open)
        return true;
    nsec->is_open = false;
    if (leads_to(nsec, name, length))
        return true;
    if (nsec->next_length == 0)
        return pending_add(&nsec->faults, err, RULE_NSEC_NEXT, nsec->owner, TYPE_NSEC,
                           "it is malformed");
    return pending_add(&nsec->faults, err, RULE_NSEC_NEXT, nsec->owner, TYPE_NSEC,
                       "the next name is %s, and it leads to %s", name_string(&expected, name),
                       name_string(&found, nsec->next));
}

static bool open_link(struct nsec *nsec, const struct node *node, const uint8_t *rdata,
                      size_t length)
{
    size_t n = name_length(rdata, length);
    memcpy(nsec->owner, node->owner, node->owner_length);
    nsec->owner_length = node->owner_length;
    memcpy(nsec->next, rdata, n);
    nsec->next_length = (uint8_t)n;
    nsec->is_open = true;
    return n > 0;
}

/* ---- Names --------------------------------------------------------------------------------- */

/* Without its record, the name may be skipped or not: there is no second fault in it. */
static bool miss(struct nsec *nsec, const struct node *node, struct err *err)
{
    if (nsec->is_open && leads_to(nsec, node->owner, node->owner_length))
        nsec->is_open = false;
    return pending_add(&nsec->faults, err, RULE_NSEC_MISSING, node->owner, 0,
                       "it has no NSEC record");
}

static bool judge_map(struct nsec *nsec, const struct node *node, const uint8_t *map, size_t length,
                      struct err *err)
{
    uint8_t expected[TYPEMAP_MAX];
    char text[TYPEMAP_TEXT_ROOM];
    size_t expected_length = typemap_make(expected, node, false);
    if (expected_length == length && memcmp(expected, map, length) == 0)
        return true;
    if (!typemap_fits(map, length))
        return pending_add(&nsec->faults, err, RULE_BITMAP_FORM, node->owner, TYPE_NSEC,
                           "its bitmap of types is malformed");
    return pending_add(&nsec->faults, err, RULE_NSEC_BITMAP, node->owner, TYPE_NSEC,
                       "the types that it tells differ from those that are there: %s",
                       typemap_difference(text, expected, expected_length, map, length));
}

static bool judge_record(struct nsec *nsec, const struct node *node, const struct node_set *set,
                         struct err *err)
{
    const uint8_t *rdata = node_rdata(node, set->first);
    size_t length = node->records[set->first].rdlength;
    if (!close_link(nsec, node->owner, node->owner_length, err))
        return false;
    if (set->count > 1 && !pending_add(&nsec->faults, err, RULE_NSEC_SEVERAL, node->owner,
                                       TYPE_NSEC, "there are %zu records", set->count))
        return false;
    return !open_link(nsec, node, rdata, length) ||
           judge_map(nsec, node, rdata + nsec->next_length, length - nsec->next_length, err);
}

/* The types of the name that have records, NSEC left out. */
static bool has_others(const struct node *node)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (node->sets[i].count > 0 && node->sets[i].type != TYPE_NSEC)
            return true;
    return false;
}

static bool judge_name(struct nsec *nsec, const struct node *node, const struct node_set *set,
                       struct err *err)
{
    bool others = has_others(node);
    if (set == NULL)
        return !others || miss(nsec, node, err);
    return (others || pending_add(&nsec->remarks, err, RULE_NSEC_EMPTY, node->owner, TYPE_NSEC,
                                  "there is nothing else at this name")) &&
           judge_record(nsec, node, set, err);
}

bool nsec_node(struct nsec *nsec, const struct node *node, struct err *err)
{
    const struct node_set *set = node_find(node, TYPE_NSEC);
    if (set != NULL && set->count == 0)
        set = NULL;
    switch (node->place) {
    case NODE_APEX:
    case NODE_WITHIN:
    case NODE_CUT:
        nsec->records += set != NULL;
        return judge_name(nsec, node, set, err);
    case NODE_GLUE:
    case NODE_OCCLUDED:
        return set == NULL || pending_add(&nsec->remarks, err, RULE_NSEC_SURPLUS, node->owner,
                                          TYPE_NSEC, "the name is not the zone's own");
    case NODE_DENIAL:
        break;
    }
    return true;
}

bool nsec_end(struct nsec *nsec, const uint8_t *apex, size_t apex_length, struct err *err)
{
    return close_link(nsec, apex, apex_length, err);
}
