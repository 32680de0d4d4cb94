/* The checks on records that come from JSON. The reader of master files and a transfer check their
 * records themselves; the reader of JSON accepts whatever it can read.
 *
 * Purpose: refuses what no zone can hold, leaves out what is outside the zone, notes what is odd.
 * Owns: a copy of what it must remember of the record before.
 * Borrows: what the caller sets, for its life.
 * Never: allocates, prints. */
#ifndef ZONE_JSONCHECK_H
#define ZONE_JSONCHECK_H

#include "base/notes.h"
#include "dns/neighbour.h"
#include "dns/rr.h"

/* All zero but for what the caller sets. */
struct jsoncheck {
    const char *name; /* of the file, for messages */
    const struct zone_info *zone;
    bool check_neighbours;
    struct notes *notes;

    bool has_soa;
    bool skipped; /* the record before was left out */
    bool untold;  /* the owner has changed since a record was compared with its neighbour */
    struct neighbour neighbour;
};

/* Looks at the next record, which begins at the line. Sets *use to whether it is in the zone, and
 * clears RR_SAME_OWNER where the record before was left out. Errors: ERR_ZONE_FILE (it cannot be in
 * the zone, or stand where it does); under strict also what is otherwise noted: ERR_TTL_HIGHBIT,
 * ERR_RDATA, ERR_OUT_OF_ZONE and those of neighbour_check. */
bool jsoncheck_record(struct jsoncheck *check, struct rr *rr, unsigned long line, bool *use,
                      struct err *err);

/* After the last record. Returns false only under strict, with what neighbour_end notes. */
bool jsoncheck_end(struct jsoncheck *check, struct err *err);

#endif
