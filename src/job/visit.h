/* One zone of many while its work goes on: what FILE is, the fetch, the landing.
 *
 * Purpose: everything that a zone needs only from its first question to its last rename, so that a
 * zone that waits is a row of struct zones and nothing else.
 * Owns: all of that.
 * Borrows: the row, and what all visits of a run share.
 * Never: waits; decides when its zone's turn is; prints. */
#ifndef JOB_VISIT_H
#define JOB_VISIT_H

#include "job/landing.h"
#include "job/orders.h"
#include "job/sync_facts.h"
#include "zone/filename.h"

/* What all visits of a run share. */
struct visit_shared {
    struct landing_shared landing;
    struct endpoint_set *endpoints;
    const char *folder; /* of the files */
    mode_t new_mode;
    bool adopts;   /* a foreign file is taken over */
    bool looks;    /* nothing is transferred or written (--dry-run) */
    bool rechecks; /* FILE is read to its end (--recheck) */
    bool watches;  /* each message is told */
    unsigned part; /* of this run among those that are at work in the folder (--shard) */
};

struct visit {
    struct visit *next, *prev, *next_ready; /* the scheduler's, like the next two */
    uint64_t counted;
    unsigned is_transfer;
    struct visit_shared *shared;
    struct zone *zone;
    char word[NAME_TEXT_ROOM], name[FILENAME_ROOM], path[PATH_MAX];
    struct spec spec;
    struct zonestate state;
    struct landing landing;
    struct loop_halt halt;
    struct teller *teller;
    uint64_t started;                     /* moment, in microseconds since 1970 */
    bool has_old_serial, has_old_records; /* of FILE as it was */
    uint32_t old_serial;
    uint64_t old_records;

    /* The result, once it is over. */
    bool over;
    enum err_kind failure;  /* ERR_NONE: it is current */
    const char *message;    /* ... in words */
    struct zonefacts facts; /* of FILE as it is now */
    struct err err;         /* of what has failed outside of the fetch */
    bool asked;             /* the fetch has begun */
    struct fetch fetch;     /* the last, since the end of it is not made anew */
};

/* Begins the work on a zone; it may be over at once. Memory must be zero, or that of a visit that
 * was ended. `first_server` as in struct spec. */
void visit_start(struct visit *visit, struct visit_shared *shared, struct zone *zone,
                 struct teller *teller, unsigned first_server);

/* Takes an event of the engine whose owner is visit->fetch, or ENGINE_STOP. */
void visit_take(struct visit *visit, const struct engine_event *event);

/* Ends a fetch that is still at work; the visit is over then, with that failure. */
void visit_end_early(struct visit *visit, enum err_kind kind, const char *why);

static inline struct visit *visit_of_fetch(void *fetch)
{
    return (struct visit *)(void *)((char *)fetch - offsetof(struct visit, fetch));
}

/* Once it is over: fills the row in, and what is told of it. */
void visit_tell(struct visit *visit, struct zone_end *end);

/* Frees everything but the memory itself. */
void visit_end(struct visit *visit);

/* Fills a row in that nobody has worked on, by what FILE tells. */
void visit_read_row(struct zone *zone, const char *folder, const struct loop *loop);

/* The path of a zone's FILE in a folder. Error: ERR_MEMORY. */
bool visit_path(char path[PATH_MAX], char name[FILENAME_ROOM], const char *folder,
                const struct zone *zone, struct err *err);

#endif
