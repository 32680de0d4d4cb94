/* A run of sync: what its parts share.
 *
 * Purpose: the command composes it (cmd_sync), and lets others tell what happens (sync_tell), read
 * catalogs (sync_catalogs) and write what it came to (sync_end).
 * Owns: everything in it, from the beginning of the command to its end. */
#ifndef CLI_SYNC_RUN_H
#define CLI_SYNC_RUN_H

#include "cli/compile.h"
#include "cli/report_sync.h"
#include "cli/say_sync.h"
#include "cli/sync_zones.h"
#include "job/hook_all.h"
#include "job/sync.h"
#include "job/zonefolder.h"

/* What is known of a catalog once its own zone was fetched. */
struct catalog_end {
    struct catalog *candidate; /* that was judged, until it is in its place */
    struct catalog *catalog;   /* that the run goes by, or NULL */
    enum err_kind failure;     /* of the fetch, or of reading the copy */
    char error[ERR_TEXT_MAX];
};

/* What is told of a zone while its work goes on; or of none. */
struct zone_teller {
    struct teller teller; /* the first member, so that it leads to the rest */
    struct sync_run *run;
    struct zone *zone; /* or NULL */
};

struct sync_run {
    struct sync_listener listener; /* the first member, so that it leads to the rest */
    const struct settings *settings;
    const struct loop *loop;
    struct loop_halt halt;
    uint64_t started;
    struct zonelist *list;
    struct sync_zones zones;
    struct zonefolder folder;
    bool no_metrics;           /* they cannot be written, which is what has ended it */
    bool locked, clashes;      /* clashes: files that must be different may be one */
    struct zone_teller teller; /* of what concerns no zone, and of commands */
    char keep_dir[PATH_MAX];
    struct compile_net net;
    struct work *work;
    unsigned jobs; /* threads that compute */
    struct hooks *hooks;
    struct hook_all hook_all;
    struct visit_shared visits;
    struct sync *sync;
    struct say_sync say;
    struct report_sync report;
    bool has_report;
    struct unlisted unlisted;
    struct catalog_end *ends; /* one for each catalog */
    struct sync_catalog *catalogs;
    struct sync_server *servers;
    struct sync_summary summary;
    uint64_t rate, rate_from, rate_octets;
    struct err output; /* of standard output or the report: told */
};

#endif
