/* One of the two zones that are compared, whole and sorted.
 *
 * Purpose: reads a file, or transfers from servers, into a store.
 * Owns: the store, the attempts, a copy of the SOA.
 * Borrows: the configuration's members, for its life.
 * Never: writes output; prints. */
#ifndef JOB_SIDE_H
#define JOB_SIDE_H

#include "dns/soa.h"
#include "job/fetch.h"
#include "job/input.h"
#include "zone/store.h"

struct side_config {
    const char *label;       /* OLD or NEW: stands before what is said of it; or NULL */
    const char *word;        /* as it was given */
    const char *path;        /* a file, or "-"; NULL: servers */
    const struct spec *spec; /* of servers: what is asked for; of a file: its zone, if that was
                              * given; filter, guards and strictness are those of its shape */
    bool class_given;
    bool missing_good;    /* a file that is missing is an empty zone */
    bool incomplete_good; /* a file that says that it is not whole is accepted */
    struct input_reading reading;
    bool exact;          /* letter case makes a difference */
    size_t memory;       /* octets of the zone; 0: no limit */
    bool without_zonemd; /* ZONEMD records, and what signs them, are left out */
    const struct loop *loop;
    uint64_t deadline;
    const struct halt *halt;
    const struct keys *keys;   /* for a recording */
    bool (*json_failed)(void); /* as in struct input_config */
    struct teller *teller;
    bool shows_progress, watches;
    struct engine *engine; /* of servers */
    struct endpoint_set *endpoints;
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
    struct faults faults; /* what is wrong with a file */
    struct side_tap tap;
    struct sink *guarded;
    struct store *store; /* NULL: it was read into another sink */
    uint64_t passed;     /* records, on their way to the guards, and what they are of: */
    struct zone_info passing;
    uint8_t apex[NAME_MAX_WIRE];
    struct input *input; /* a file that side_read has read, until it is told of */
    bool dropped;        /* the record before was left out */
    uint8_t likely[NAME_MAX_WIRE];
    uint8_t likely_length; /* 0: nothing is expected */

    /* What it is, once it was read. */
    struct zone_info zone;
    struct soa soa;
    bool has_soa;
};

/* Whether the configuration lets a record take part. */
bool side_takes(const struct side_config *config, const struct rr *rr);

/* Whether it is a file that is not there and counts as empty. */
bool side_is_missing(const struct side *side);

/* The zone of the other side is that of this one, where this is a file that does not tell its zone.
 * The other side need not be read yet. Errors: ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
bool side_expect(struct side *side, struct side *other, struct err *err);

/* How its file is read. */
struct input_config side_input(struct side *side);

/* Reads its file, as that says, into the store, and tells nothing: a side_load that comes next does
 * that, and does not read again. Errors: those of input_open and of its source, of the guards and
 * of the store. */
bool side_read(struct side *side, const struct input_config *config, struct err *err);

/* The same, into a sink, which it takes over, in place of the store. */
bool side_read_into(struct side *side, struct sink *sink, const struct input_config *config,
                    struct err *err);

/* Forgets what was read, well or not, as if nothing had been. */
void side_forget(struct side *side);

/* Reads it whole. Failures are told. Returns ERR_NONE or what has failed. */
enum err_kind side_load(struct side *side);

/* The same for two that both come from servers, at once. The second is given up where the first has
 * failed. Sets failures[] to what side_load would return; of one that was given up ERR_NONE. */
void side_load_both(struct side sides[2], enum err_kind failures[2]);

/* Makes it an empty zone of that name. Error: ERR_MEMORY. */
bool side_empty(struct side *side, const struct zone_info *zone, struct err *err);

/* Keeps a SOA as that of the side. */
void side_keep_soa(struct side *side, const struct rr *rr);

void side_fini(struct side *side);

#endif
