/* The canonical order of records (RFC 4034 section 6): owner, type, RDATA.
 *
 * Purpose: the one place that compares two records; the keys that stand for owners where many are
 * compared are in dns/namekey.
 * Owns: nothing.
 * Borrows: the records, for the call.
 * Never: allocates, makes the canonical form of RDATA: who compares has it at hand. */
#ifndef DNS_ORDER_H
#define DNS_ORDER_H

#include "base/cursor.h"
#include "dns/rr.h"
#include "dns/types.h"

#include <string.h>

/* All of these give less than, equal to or greater than zero, as memcmp. */

/* Octets as such, of which the shorter come first: keys of owners, and canonical RDATA (section
 * 6.3). They are known to agree up to `from`. Inline, because it is in the innermost loops. */
static inline int order_octets_from(const uint8_t *a, size_t a_length, const uint8_t *b,
                                    size_t b_length, size_t from)
{
    size_t both = a_length < b_length ? a_length : b_length;
    int order = both > from ? memcmp(a + from, b + from, both - from) : 0;
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static inline int order_octets(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return order_octets_from(a, a_length, b, b_length, 0);
}

static inline int order_types(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

/* What stands for a type in a sorted zone: the SOA of the apex comes first, as the reserved type
 * 0. */
static inline unsigned order_of_type(uint16_t type, bool is_apex)
{
    return is_apex && type == TYPE_SOA ? 0 : type;
}

/* RRsets: by owner and type. */
int order_sets(const struct rr *a, const struct rr *b);

/* Records: by owner, type and RDATA, which is given apart in canonical form. */
int order_records(const struct rr *a, const uint8_t *a_canonical, const struct rr *b,
                  const uint8_t *b_canonical);

/* The type that a signature covers (RFC 4034 section 3.1, RFC 2535 section 4.1), which its RDATA
 * begins with; 0 of other types. Signatures over different types may have different TTLs (RFC 4034
 * section 3), so that those over each type are a set of their own. */
static inline uint16_t order_covered(const struct rr *rr)
{
    bool is_signature = rr->type == TYPE_RRSIG || rr->type == TYPE_SIG;
    return is_signature && rr->rdlength >= 2 ? octets_u16(rr->rdata) : 0;
}

#endif
