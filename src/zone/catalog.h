/* The member zones of a catalog zone (RFC 9432).
 *
 * Purpose: takes the records of one zone, in canonical order and form as a walk through a store
 * gives them, and makes of them either the list of its members, or the first reason why the catalog
 * is broken. A broken one is never used in part: what was there before stays (section 5.1).
 *
 * Broken, each with its kind and the name that it is about:
 *
 *     CATALOG_CLASS     the class is not IN (section 4.1)
 *     CATALOG_APEX      no SOA, no NS records at the apex; it need not be "invalid." (section 4)
 *     CATALOG_VERSION   version.$CATZ has not exactly one TXT record, or that is not "2", as one
 *                       string (section 4.2.1)
 *     CATALOG_MEMBER    several PTR records at a member node LABEL.zones.$CATZ (section 4.1), or
 *                       one that holds no name (section 4.2)
 *     CATALOG_TWICE     several member nodes for one zone, whatever the letter case (section 4.1)
 *     CATALOG_PROPERTY  below a member node: several PTR records at coo (section 4.3.1), or a coo
 *                       or group that is malformed (section 4.2)
 *     CATALOG_ALIAS     a CNAME beside one of these records, or a DNAME above it: the usual rules
 *                       for zones hold (section 4), and aliases have no meaning in a catalog
 *
 * Ignored, because no meaning is given to it (section 3): every other record, whatever its name and
 * type. So a CNAME alone at LABEL.zones.$CATZ is no member, properties of a label without a PTR
 * record belong to nothing, and what is deeper than that, below ext (section 4.4) or not, is not
 * looked at. TTLs have no meaning (section 4.1). The catalog itself, names above it, and the root
 * may be members: what that comes to is for the consumer to say (section 5.2).
 *
 * Owns: all members, copied: of each its name, label and properties, and some 30 octets more.
 * Never: prints; acts on a name. Time grows with what was given and the sorting of it. */
#ifndef ZONE_CATALOG_H
#define ZONE_CATALOG_H

#include "base/halt.h"
#include "dns/name.h"
#include "dns/rr.h"

struct catalog;

/* The halt, which may be NULL, is that of sorting. Error: ERR_MEMORY. */
struct catalog *catalog_new(const struct halt *halt, struct err *err);
void catalog_free(struct catalog *catalog);

/* The catalog as a sink, for one zone. It belongs to the catalog: its `free` does nothing. Errors:
 * the kinds above; ERR_MEMORY, those of the halt; ERR_INTERNAL for changes and for records that are
 * not in order. After an error the catalog has no members. */
struct sink *catalog_sink(struct catalog *catalog);

/* What a catalog holds after `end`. */
struct catalog_facts {
    const uint8_t *apex; /* borrowed from the catalog */
    uint8_t apex_length;
    uint32_t serial;
    size_t members; /* 0 is a catalog, too; whoever acts on that should ask twice (section 6) */
    size_t octets;  /* of memory in use */
};
struct catalog_facts catalog_facts(const struct catalog *catalog);

enum { CATALOG_VERSION = 2 };

/* A member. Pointers are into the catalog. */
struct catalog_member {
    uint8_t zone[NAME_MAX_WIRE]; /* in lower case */
    uint8_t zone_length;
    uint8_t coo_length;    /* 0: there is none */
    const uint8_t *id;     /* the label of the member node, with its length before it */
    const uint8_t *coo;    /* the catalog that it changes to */
    const uint8_t *groups; /* for catalog_group */
    size_t groups_length;
};

/* The member number `index` by the canonical order of their names, of those that there are. */
void catalog_member(const struct catalog *catalog, size_t index, struct catalog_member *member);

/* The value of a group property: the RDATA of a TXT record, which is well-formed. */
struct catalog_group {
    const uint8_t *rdata;
    uint16_t length;
};

/* Takes the next group of a member, in the canonical order of their RDATA. *at begins with 0. False
 * if there is no other. */
bool catalog_group(const struct catalog_member *member, size_t *at, struct catalog_group *group);

/* Writes a group as text that is printable ASCII, has no comma, and is another one for each other
 * value: the strings with a blank between them, of which an empty one is "". Blanks, commas,
 * quotes, backslashes and what is not printable are \DDD, and so is the hyphen-minus of a value
 * that is nothing else. Returns the position after it; at most CATALOG_GROUP_ROOM times the length
 * of the RDATA is written. */
enum { CATALOG_GROUP_ROOM = 4 };
char *catalog_group_text(char *to, const struct catalog_group *group);

/* The same for the label of a member node, without a dot behind it. At most NAME_TEXT_ROOM
 * characters are touched. */
char *catalog_id_text(char *to, const struct catalog_member *member);

#endif
