/* One of the two zones that are compared, whole and sorted.
 *
 * Purpose: reads a file, or transfers from servers, into a store.
 * Owns: the store, the attempts, a copy of the SOA.
 * Borrows: the configuration's members, for its life.
 * Never: writes output; prints. */
#ifndef JOB_SIDE_H
#define JOB_SIDE_H

#include "dns/rdata.h"
#include "job/fetch.h"
#include "zone/store.h"

struct side_config {
    const char *label;       /* OLD or NEW */
    const char *word;        /* as it was given */
    const char *path;        /* a file, or "-"; NULL: servers */
    const struct spec *spec; /* of servers: what is asked for; of a file: its zone, if that was
                              * given; filter, guards and strictness are those of its shape */
    bool class_given;
    bool missing_good;    /* a file that is missing is an empty zone */
    bool incomplete_good; /* a file that says that it is not whole will do */
    bool exact;           /* letter case makes a difference */
    bool without_zonemd;  /* ZONEMD records, and what signs them, are left out */
    const struct loop *loop;
    uint64_t deadline;
    const struct halt *halt;
    const struct keys *keys;   /* for a recording */
    bool (*json_failed)(void); /* as in struct input_config */
    struct teller *teller;
    bool shows_progress;
};

/* The sink before the guards and the store. */
struct side_tap {
    struct sink sink;
    struct side *side;
};

struct side {
    struct fetch_target target; /* the first member, so that it leads to the rest */
    struct side_config config;

    struct fetch fetch;
    struct notes notes;
    struct side_tap tap;
    struct sink *guarded;
    struct store *store;
    bool dropped; /* the record before was left out */

    /* What it is, once it was read. */
    struct zone_info zone;
    struct rr soa;
    bool has_soa;
    uint8_t soa_owner[NAME_MAX_WIRE], soa_rdata[2 * NAME_MAX_WIRE + 64];
};

/* Whether the configuration lets a record take part. */
bool side_takes(const struct side_config *config, const struct rr *rr);

/* Whether it is a file that is not there and counts as empty. */
bool side_is_missing(const struct side *side);

/* Reads it whole. Failures are told. Returns ERR_NONE or what has failed. */
enum err_kind side_load(struct side *side);

/* Makes it an empty zone of that name. Error: ERR_MEMORY. */
bool side_empty(struct side *side, const struct zone_info *zone, struct err *err);

/* Keeps a SOA as that of the side. */
void side_keep_soa(struct side *side, const struct rr *rr);

void side_fini(struct side *side);

#endif
