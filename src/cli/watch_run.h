/* A run of watch: what its parts share, beside what every run over many zones has.
 *
 * Purpose: the command composes it (cmd_watch), and lets others make and renew the lists of zones
 * (watch_lists), tell what happens (watch_tell) and do what is due from time to time (watch_beat).
 * Owns: everything in it, from the beginning of the command to its end. */
#ifndef CLI_WATCH_RUN_H
#define CLI_WATCH_RUN_H

#include "cli/counters.h"
#include "cli/say_watch.h"
#include "cli/sync_run.h"
#include "io/service.h"
#include "job/batches.h"
#include "job/watcher.h"

/* A list, as it was read at one time, with its keys and certificates. It lasts until no work goes
 * on that began under it. */
struct watch_generation {
    struct zonelist *list;
    size_t looks; /* under way */
    struct watch_generation *next;
};

/* Senders of messages that were refused, each told at once and then once an hour. */
enum { WATCH_SENDERS = 64 };
struct watch_sender {
    struct prefix_address address;
    enum watcher_notice_kind kind;
    uint64_t told_at; /* of loop_now; 0: it is free */
    uint64_t count;   /* since then */
};

struct watch_run {
    struct sync_listener listener; /* the first member, so that it leads to the rest */
    struct sync_run *run;
    struct watcher *watcher;
    struct inbox *inbox; /* or NULL */
    struct counters *counters;
    struct say_watch say; /* over that of the run */
    struct service service;
    struct batches batches;
    struct watch_generation *generations; /* the one in force first */
    struct err end;                       /* that ends it: for want of memory */

    /* Of lists. */
    bool has_begun;       /* the first lists are in force */
    bool told_odd;        /* lines that do nothing were told */
    bool refused_catalog; /* the last renewal because of one was */
    bool catalog_came;    /* the members of one are others */
    bool looks_at_files;  /* which files are of no zone is to be found out */
    uint64_t renew_at;    /* of loop_now: not before that */

    /* Of what is due from time to time. */
    struct timer beat;
    uint64_t beats;
    bool first_round;  /* goes on */
    bool has_news;     /* for the metrics */
    bool has_replaced; /* files: old ones may have to go */
    bool has_looked;   /* at zones, which has taken memory */
    uint64_t metrics_at, pruned_at, trim_at;
    char status[128]; /* that the service manager was told */
    struct watch_sender senders[WATCH_SENDERS];
};

#endif
