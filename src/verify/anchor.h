/* Trust anchors: the keys that are known to be a zone's, from elsewhere (RFC 4035 section 4.4).
 *
 *   lines   DS and DNSKEY records as lines of a zone, TTL and class optional; unbound's own state
 *           file too, whose remarks tell which keys are trusted
 *   BIND    trust-anchors { }, managed-keys { }, trusted-keys { }     also inside a named.conf
 *   IANA    root-anchors.xml (RFC 7958)
 *
 * Purpose: reads them, of any number of zones, and tells which key of a zone one leads to.
 * Owns: a copy of the records.
 * Borrows: the text, for the call.
 * Never: reads a file; says whether a key signed anything. */
#ifndef VERIFY_ANCHOR_H
#define VERIFY_ANCHOR_H

#include "base/arena.h"
#include "dns/name.h"

struct anchor {
    uint8_t owner[NAME_MAX_WIRE]; /* in lower case */
    uint8_t owner_length;
    uint16_t type; /* TYPE_DS or TYPE_DNSKEY */
    size_t rdata;  /* where it is in the octets */
    uint16_t rdlength;
    uint64_t from, until; /* seconds since 1970; 0: no limit */
    unsigned line;
};

struct anchors {
    struct arena octets;
    struct anchor *items;
    size_t count, room;
};

/* Reads a text; `path` is for messages. Errors: ERR_ANCHOR, also where there is not one,
 * ERR_MEMORY; NULL then. */
struct anchors *anchor_read(const char *path, const char *text, size_t length, struct err *err);
void anchor_free(struct anchors *anchors);

/* The next one of a zone that holds at a time, or NULL; *at is 0 to begin with. Of DS records with
 * digests of several types those of type 1 do not count (RFC 4509 section 3). */
const struct anchor *anchor_next(const struct anchors *anchors, size_t *at, const uint8_t *zone,
                                 size_t length, uint64_t now);

enum anchor_match {
    ANCHOR_OTHER, /* not of this key */
    ANCHOR_MATCHES,
    ANCHOR_REVOKED, /* it would match if the key were not revoked (RFC 5011 section 2.1) */
    ANCHOR_UNKNOWN, /* a digest that cannot be computed here */
    ANCHOR_FAILED,  /* ERR_MEMORY */
};

/* Whether RDATA of a DS (or CDS), or a DNSKEY (or CDNSKEY) record stands for a key of the zone,
 * whose DNSKEY RDATA has at least 4 octets. */
enum anchor_match anchor_match(bool is_ds, const uint8_t *rdata, size_t length, const uint8_t *zone,
                               size_t zone_length, const uint8_t *key, size_t key_length,
                               struct err *err);

static inline const uint8_t *anchor_rdata(const struct anchors *anchors,
                                          const struct anchor *anchor)
{
    return anchors->octets.base + anchor->rdata;
}

#endif
