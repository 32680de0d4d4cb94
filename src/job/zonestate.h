/* What the FILE of one of many zones is, by its head and its last line: whose it is, and what is
 * known of the zone without asking anybody.
 *
 * Purpose: the file is the only state that a run of many zones keeps; this reads it, in a time that
 * does not depend on its size.
 * Owns: what is in the object.
 * Never: reads a file to its end, so a change in the middle of it is not seen here: whoever
 * replaces it looks at its sum before; changes a file; prints. */
#ifndef JOB_ZONESTATE_H
#define JOB_ZONESTATE_H

#include "job/oldzone.h"

enum zonestate_kind {
    ZONESTATE_MISSING, /* there is no file, or nothing in it */
    ZONESTATE_OURS,    /* the last line is an end line of this zone, and fits its SOA */
    ZONESTATE_EDITED,  /* it has an end line of zxfr's, but that is not of what stands before it */
    ZONESTATE_FOREIGN, /* it was written by something else: no end line, or no regular file */
};

enum { ZONESTATE_WHY = 256 };

struct zonestate {
    enum zonestate_kind kind;
    bool is_file;            /* FOREIGN: a file that can be read */
    bool merges;             /* OURS: changes can be put into it, if its sum is right */
    struct oldzone old;      /* the SOA and its signatures, as far as they are at the head */
    char why[ZONESTATE_WHY]; /* EDITED, FOREIGN: what is wrong with it; else why not `merges` */
};

/* Looks at the file; the configuration is that of oldzone_read. Errors: those of oldzone_read. */
bool zonestate_read(struct zonestate *state, const struct oldzone_config *config, struct err *err);

/* Whether the file is still the one that was looked at, unchanged; one that was missing is missing
 * still. */
bool zonestate_holds(const struct zonestate *state, const char *path);

#endif
