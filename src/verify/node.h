/* All records of one name: what every judge looks at.
 *
 * Purpose: gathers the records of an owner into RRsets and the signatures over them, and says where
 * in the zone the name lies.
 * Owns: a copy of the records, in canonical form. Its size is that of the largest name, not of the
 * zone.
 * Borrows: the records, for the call.
 * Never: judges. */
#ifndef VERIFY_NODE_H
#define VERIFY_NODE_H

#include "base/arena.h"
#include "base/notes.h"
#include "dns/name.h"
#include "dns/namekey.h"
#include "dns/rr.h"

enum node_place {
    NODE_APEX,
    NODE_WITHIN,   /* authoritative data */
    NODE_CUT,      /* a delegation: NS, below the apex */
    NODE_GLUE,     /* below a delegation */
    NODE_OCCLUDED, /* below a DNAME (RFC 6672 section 2.4) */
    NODE_DENIAL,   /* only NSEC3 and its signatures: no name of the zone (RFC 5155 section 7.1) */
};

/* One record, its RDATA in canonical form (RFC 4034 section 6.2). */
struct node_record {
    size_t rdata; /* where it is in the octets of the node */
    const struct type_info *info;
    uint32_t ttl;
    uint16_t type, rdlength;
    uint8_t flags; /* enum rr_flag */
};

/* All records of one type; of RRSIG all that cover one type, which belong to the set of that type.
 * A set without records has signatures over what is not there. */
struct node_set {
    uint16_t type;
    const struct type_info *info; /* of the records, or NULL */
    uint32_t ttl;                 /* the lowest (RFC 2181 section 5.2) */
    uint32_t octets;              /* of RDATA, at most UINT32_MAX */
    bool ttls_differ;
    bool any_opaque;     /* of the records; of RRSIG it is not told */
    size_t first, count; /* of the records */
    size_t first_signature, signatures;
};

struct node {
    uint8_t owner[NAME_MAX_WIRE]; /* in lower case */
    uint8_t owner_length;
    uint8_t labels; /* as an RRSIG counts them: neither the root nor a leading * (RFC 4034 3.1.3) */
    uint16_t key_length;
    uint8_t key[NAMEKEY_ROOM]; /* the owner as a key below the apex */
    enum node_place place;
    struct arena octets;
    struct node_record *records; /* within a set in canonical order */
    size_t record_count, record_room;
    bool is_mixed;         /* the records did not come in the order of dns/order, each once */
    struct node_set *sets; /* by type number */
    size_t set_count, set_room;
};

/* Where a walk in canonical order is. */
struct node_walk {
    uint8_t apex[NAME_MAX_WIRE]; /* in lower case */
    uint8_t apex_length;
    uint8_t above[NAME_MAX_WIRE]; /* the delegation or DNAME that is above what comes now */
    uint8_t above_length;         /* 0: none */
    enum node_place below;        /* what lies below it */
};

/* Before the first name. */
void node_walk_begin(struct node_walk *walk, const uint8_t *apex, size_t length);

void node_fini(struct node *node);

/* Empties it, and begins with an owner at or under the apex, of which only the length matters. */
void node_begin(struct node *node, const uint8_t *owner, size_t length, size_t apex_length);

/* Whether the record, which comes next, has the owner of the node. */
static inline bool node_is_of(const struct node *node, const struct rr *rr)
{
    return (rr->flags & RR_SAME_OWNER) != 0 ||
           name_equal(node->owner, node->owner_length, rr->owner, rr->owner_length);
}

/* Adds a record of the owner. Records come in the order of dns/order, where the SOA is first, or
 * else node_sort is called once they are there. Errors: ERR_MEMORY. */
bool node_add(struct node *node, const struct rr *rr, struct err *err);

/* Puts the records into the order of dns/order, each once with the lowest TTL that it came with, as
 * the store would; *merged grows by how many are gone, and each is noted (ERR_DUP_RR). Errors:
 * ERR_MEMORY; of strict notes theirs. */
bool node_sort(struct node *node, uint64_t *merged, struct notes *notes, struct err *err);

/* Ends it: makes the sets, gives each its signatures, and finds the place of the name. Errors:
 * ERR_MEMORY. */
bool node_seal(struct node *node, struct node_walk *walk, struct err *err);

/* The set of a type, or NULL. */
const struct node_set *node_find(const struct node *node, uint16_t type);

static inline const uint8_t *node_rdata(const struct node *node, size_t record)
{
    return node->octets.base + node->records[record].rdata;
}

#endif
