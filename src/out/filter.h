/* The choice of types on the way to a writer (--only, --except, --no-dnssec).
 *
 * Purpose: a sink that passes on the records of the chosen types.
 * Owns: the next sink, which it frees.
 * Never: changes a record, apart from the hint that its owner is that of the record before. */
#ifndef OUT_FILTER_H
#define OUT_FILTER_H

#include "base/notes.h"
#include "dns/rr.h"

enum { FILTER_OCTETS = 65536 / 8 };

/* A set of types for each choice. All zero passes everything. */
struct filter {
    bool active;   /* some type is not passed */
    bool has_only; /* `only` says what is passed; the SOA always is, unless excepted */
    uint8_t only[FILTER_OCTETS], except[FILTER_OCTETS];
};

/* Whether records of the type are passed. */
bool filter_passes(const struct filter *filter, uint16_t type);

/* Keeps notes from being made about records that the filter, which may be NULL, leaves out. */
void filter_notes(struct notes *notes, const struct filter *filter);

/* Adds a type to what is passed, or to what is not. */
void filter_only(struct filter *filter, uint16_t type);
void filter_except(struct filter *filter, uint16_t type);

/* Excepts the types that signing a zone makes: DNSKEY RRSIG NSEC NSEC3 NSEC3PARAM CDS CDNSKEY, and
 * TYPE65534, in which BIND keeps its state. DS and ZONEMD stay: they say something about the
 * content. */
void filter_except_dnssec(struct filter *filter);

/* Whether the type is one of those. */
bool filter_is_of_signing(uint16_t type);

/* Puts the filter before `next`, which it takes over. Returns NULL with ERR_MEMORY, having freed
 * `next`; returns `next` itself if everything is passed. */
struct sink *filter_new(struct sink *next, const struct filter *filter, struct err *err);

#endif
