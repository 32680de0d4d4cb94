/* What has changed between two zones, as a source for a writer of changes.
 *
 * Purpose: puts the begin before the changes that zone/merge finds; and where they are wanted as a
 * server sends them (RFC 1995 section 4: all deletes after the old SOA, then all adds after the new
 * one), walks twice. Owns: the merge that is open. Borrows: the configuration's members, for its
 * life. Never: prints, reads a file itself. */
#ifndef JOB_COMPARE_H
#define JOB_COMPARE_H

#include "dns/rr.h"

struct compare_config {
    /* Makes a merge of both zones; called twice for `as_sent`. The merge is freed before what it
     * walks along. */
    struct source *(*open)(void *context, struct err *err);
    void *context;
    struct zone_info zone; /* of the new zone; `changes`, `from` and `newest` are set by this */
    uint32_t from;         /* the old serial */
    const struct rr *old_soa, *new_soa; /* NULL: there is none; `as_sent` needs both */
    bool as_sent;
};

/* The source begins once: before the first change, or before the end if there is none. Then the
 * zone's `newest` is NULL. Errors: ERR_MEMORY; of the source: those of `open` and of the merge. */
struct source *compare_open(const struct compare_config *config, struct err *err);

#endif
