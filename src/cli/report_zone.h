/* What a report says of one zone: the same members, whichever way it came.
 *
 * Owns: nothing. Borrows: what is passed, for the call. Never: prints, writes files. */
#ifndef CLI_REPORT_ZONE_H
#define CLI_REPORT_ZONE_H

#include "cli/report_hook.h"
#include "cli/report_log.h"
#include "job/attempts.h"
#include "job/gate.h"
#include "out/stats.h"
#include "out/zonefacts.h"
#include "zone/store.h"

/* What became of the file that the zone goes to. */
enum report_state {
    REPORT_NO_FILE,   /* it does not go to one, or it was only read */
    REPORT_NEW,       /* there was none */
    REPORT_UPDATED,   /* its content is another one */
    REPORT_UNCHANGED, /* it had that content */
    REPORT_KEPT,      /* it is as it was, because of a failure */
    REPORT_MISSING,   /* there is none, because of one */
};

/* Times are microseconds; moments since 1970. What is not known is zero. */
struct report_zone {
    const uint8_t *zone; /* wire form, or NULL */
    uint16_t class;
    const char *kind;                /* of what is no transfer; NULL: the attempts tell */
    const char *file;                /* as given, or NULL */
    const struct attempts *attempts; /* or NULL */
    const struct stats *stats;       /* or NULL */
    const struct store_spill *spill; /* what had no room in memory, or NULL */
    const struct zonefacts *facts;   /* of what there is now; complete, or passed over */
    const struct report_log *log;    /* or NULL */
    const struct gate_list *gates;   /* or NULL */
    const struct hook *hook;         /* the command of --exec, or NULL */
    const char *origin;              /* who has named it; NULL: a word of the command line */
    uint32_t origin_line;            /* ... in a file of that name; 0: it is none */
    const char *group;               /* in a catalog, or NULL */
    const char *diff;                /* where what has changed was written, or NULL */
    enum report_state state;
    bool has_serial;
    uint32_t serial; /* of the file, whatever attempts and facts say */
    bool has_records, has_old_records;
    uint64_t records; /* without facts */
    uint64_t old_records;
    bool has_counts;
    uint64_t added, deleted; /* whatever the attempts say */
    uint64_t started, ended, waited, confirmed;
    int exit_status;
    const char *message; /* why it has failed, or NULL */
    enum err_kind failure;
    unsigned failure_facts; /* as in struct err */
};

/* The object; NULL without memory. */
json_t *report_zone(const struct report_zone *zone);

/* The name of a state; of REPORT_NO_FILE NULL. */
const char *report_state_name(enum report_state state);

/* The name of an exit status. */
const char *report_result(int exit_status);

#endif
