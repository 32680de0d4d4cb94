/* From a sorted file of zxfr and changes to the new sorted file, as a stream.
 *
 * Purpose: reads the file once, copies what has not changed as it is, and writes the rest as the
 * writer of zones would: the result is, octet for octet, what a transfer of the new zone gives.
 * Owns: a window of the file, and copies of the changes that come next.
 * Borrows: the configuration with all that it points to, for the call.
 * Never: opens files, prints; trusts the file. Its lines must add up to its end line and be in
 * order; RDATA is only looked at in RRsets that change, and in signatures as far as the end line
 * tells when they expire. */
#ifndef ZONE_PATCH_H
#define ZONE_PATCH_H

#include "base/buf.h"
#include "base/notes.h"
#include "dns/rr.h"

struct patch_config {
    const uint8_t *apex; /* wire form, any letter case */
    uint8_t apex_length;
    uint16_t class;
    /* Reads on in the file, at most `room` octets; *got is 0 only at its end. */
    bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err);
    void *context;

    /* The net effect of the changes, in canonical order, within an RRset deletes before adds. Twice
     * the same, because the deletes and the adds of an RRset are needed at the same time. `absent`
     * gives what the file must not have, as adds, in that order, too. SOA records in them are
     * passed over: the two that count are given here. All NULL: the file is only checked. */
    const struct rr *old_soa, *new_soa;
    struct source *deletes, *adds, *absent;
    struct buf *out; /* takes the new file; it is not drained */
    struct notes *notes;
};

struct patch_facts {
    uint32_t serial;      /* of the file that was read */
    uint64_t old_records; /* in it */
    uint64_t records;     /* in the new one */
};

/* Errors: ERR_OLD_FILE, the file is not a whole, sorted, unfiltered zone in the default style, as
 * it was written; ERR_IXFR_DEL_ABSENT, ERR_IXFR_ADD_PRESENT, the changes do not fit the zone in it;
 * ERR_MEMORY; those of the callback, of the sources and of the buffer. Note, and error under
 * strict: ERR_IXFR_TTL, a record is deleted with another TTL than it has, or added with another
 * than the rest of its RRset, which then takes the new one. After an error, what was written is
 * worthless. */
bool patch_run(const struct patch_config *config, struct patch_facts *facts, struct err *err);

#endif
