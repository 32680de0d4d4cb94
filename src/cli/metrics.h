/* The figures of a run over many zones, for Prometheus (--metrics).
 *
 * Purpose: a text file in the exposition format, version 0.0.4, for the textfile collector of
 * node_exporter and its like: every family with HELP and TYPE, with or without series, and no
 * timestamps. What is not known has no series. Zones are called by their names in lower case
 * without the last dot; the root is ".".
 * Owns: nothing after a call. Borrows: what is passed, for the call.
 * Never: prints; keeps more of the text in memory than a buffer of it. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include "base/buf.h"
#include "cli/counters.h"
#include "cli/settings.h"
#include "io/loop.h"
#include "job/sync_facts.h"

struct metrics_facts {
    const struct sync_summary *summary; /* with the exit status */
    /* The zones in list order: the row with this index, for the moment. Their number may be that of
     * the files that are there, where it is not known which zones there should be. */
    const struct zone *(*row)(const void *context, size_t index);
    const void *context;
    size_t zone_count;
    uint64_t
        last_success; /* seconds since 1970 when a run was well before this one; 0: not known */
    const struct counters *counters; /* of a process that stays; NULL: it does not */
};

/* Whether a word is NAME=VALUE as --metrics-label takes it beside the words before it: a name that
 * Prometheus takes and zxfr does not use itself, and a value that is UTF-8 and not empty. Error:
 * ERR_USAGE, without the name of the option. */
bool metrics_check_label(const struct metrics_options *options, const char *word, struct err *err);

/* Writes the text, with the labels of the options on every series. Errors: those of the buffer,
 * ERR_MEMORY. */
bool metrics_print(struct buf *to, const struct metrics_options *options,
                   const struct metrics_facts *facts, struct err *err);

/* Replaces the file that the options name, with the mode 0644. Where this run is not well the
 * moment when one was comes from that file as it was; facts->last_success is not looked at. The
 * deadline is one of loop_now; after a signal there is a moment left. Errors: those of outfile,
 * ERR_MEMORY. */
bool metrics_write(const struct metrics_options *options, const struct metrics_facts *facts,
                   const struct loop *loop, uint64_t deadline, struct err *err);

#endif
