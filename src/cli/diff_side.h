/* One of the two zones that diff compares, whole and sorted.
 *
 * Purpose: reads a file, or transfers from servers, into a store.
 * Owns: the store, the attempts, a copy of the SOA.
 * Borrows: the configuration's members, for its life.
 * Never: writes output. */
#ifndef CLI_DIFF_SIDE_H
#define CLI_DIFF_SIDE_H

#include "cli/fetch.h"
#include "dns/rdata.h"
#include "zone/store.h"

/* The sink before the guards and the store. */
struct diff_tap {
    struct sink sink;
    struct diff_side *side;
};

struct diff_side {
    struct fetch_target target; /* the first member, so that it leads to the rest */
    const char *label;          /* OLD or NEW */
    const struct diff_source *source;
    const struct loop *loop;
    uint64_t deadline;
    struct keys *keys;
    struct tls_context *tls;
    struct settings settings; /* the run's, with this side's zone and servers */

    struct loop_halt halt; /* from the loading on */
    struct fetch fetch;
    struct notes notes;
    struct diff_tap tap;
    struct sink *guarded;
    struct store *store;
    bool dropped; /* the record before was left out */

    /* What it is, once it was read. */
    struct zone_info zone;
    struct rr soa;
    bool has_soa;
    uint8_t soa_owner[NAME_MAX_WIRE], soa_rdata[2 * NAME_MAX_WIRE + 64];
};

/* Whether the options let a record take part. */
bool diff_side_takes(const struct settings *settings, const struct rr *rr);

/* Sets *missing to whether it is a file that is not there and counts as empty. */
void diff_side_is_missing(const struct diff_side *side, bool *missing);

/* Reads it whole. Failures are told on standard error. Returns ERR_NONE or what has failed. */
enum err_kind diff_side_load(struct diff_side *side);

/* Makes it an empty zone of that name. Error: ERR_MEMORY. */
bool diff_side_empty(struct diff_side *side, const struct zone_info *zone, struct err *err);

/* Keeps a SOA as that of the side. */
void diff_side_keep_soa(struct diff_side *side, const struct rr *rr);

void diff_side_fini(struct diff_side *side);

#endif
