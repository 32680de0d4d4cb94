/* A zone, or its changes, from servers: one attempt after the other, until one has given it whole.
 *
 * Purpose: does what net/plan decides for one zone: asks the engine, moves what comes to the
 * target, and tells the plan how it went. Owns: the question and its answer, the list of attempts,
 * the names and addresses that were found. Borrows: the members of its configuration, for its life.
 * Never: waits, knows where the records go, prints. */
#ifndef JOB_FETCH_H
#define JOB_FETCH_H

#include "job/attempts.h"
#include "job/keys.h"
#include "job/oldzone.h"
#include "job/pump.h"
#include "job/spec.h"
#include "job/tell.h"
#include "net/engine.h"
#include "net/plan.h"

#include <stdint.h>

enum fetch_verdict { FETCH_GOOD, FETCH_REFUSED, FETCH_WAITS };

/* Where the records go. Of a spec with `look` there are none: all may be NULL. */
struct fetch_target {
    /* Set by `restart`; its `end` was called when the zone was there. */
    _Alignas(uint64_t) struct sink *sink;
    bool began; /* records were given to the sink since the last restart */
    /* Makes the sink anew, and takes back what came before. */
    bool (*restart)(struct fetch_target *target, struct notes *notes, struct err *err);
    /* Whether another try can still take the place of what has come; NULL: always. */
    bool (*can_restart)(struct fetch_target *target);
    /* Judges what came, before `finish`; with `unchanged` what is there and is to stay.
     * FETCH_WAITS: it goes on when the engine has an event for `owner` that is none of the fetch's
     * own (a command has ended), and is called again with that; `event` is NULL the first time.
     * NULL: everything is good. */
    enum fetch_verdict (*judge)(struct fetch_target *target, bool unchanged,
                                const struct engine_event *event, void *owner, struct err *err);
    /* Ends what `judge` or `finish` waits for: they are not asked again. False: it cannot be ended,
     * and goes on until its event comes. NULL if neither ever waits. */
    bool (*stop)(struct fetch_target *target);
    /* Puts what came in the place of what was there; with `unchanged` it confirms that. It may wait
     * as `judge` does. NULL: nothing is to be done. */
    enum fetch_verdict (*finish)(struct fetch_target *target, bool unchanged,
                                 const struct engine_event *event, void *owner, struct err *err);
};

/* A zone that is there already, and is to become that of the server (--update). */
struct fetch_update {
    /* Whether changes can be put into it, as far as is known; if not, the whole zone is asked for.
     */
    _Alignas(uint64_t) bool merges;
    uint32_t since;  /* its serial */
    const char *why; /* why no changes can be put into it */
    bool is_told;    /* that was told */
    /* Puts the net effect of changes into it, in place of what is given to the sink, and sets
     * *records to how many the new zone has. An error of the class protocol means that they do not
     * fit; ERR_OLD_FILE, that there is no zone that changes can be put into: then `merges` is not
     * set any more, and `why` is. */
    bool (*take)(struct fetch_update *update, const struct delta *delta, struct notes *notes,
                 uint64_t *records, struct err *err);
    /* Whether it is what it seems, where no changes came that were put into it. Error:
     * ERR_OLD_FILE, as above. NULL: it is, or does not matter yet. */
    bool (*check)(struct fetch_update *update, struct err *err);
};

struct fetch_config {
    const struct spec *spec;
    struct engine *engine;
    struct endpoint_set *endpoints;
    struct fetch_target *target;
    struct fetch_update *update; /* or NULL */
    const struct oldzone *old;   /* what is to be replaced, or NULL: that is of no interest */
    struct teller *teller;
    const char *label; /* in what is told; or NULL */
    const struct halt *halt;
    uint64_t deadline; /* of loop_now, for everything */
    bool shows_progress;
    bool watches; /* each message is told */
    bool shares;  /* the engine goes on for others while this one is judged or finished */
};

/* What of a zone outlives a pause between two rounds; all else in struct fetch is of what runs now,
 * and large. */
struct fetch_wait {
    struct plan plan;
    struct plan_config plan_config;
    struct timer timer;
    bool finds_servers;   /* by their zone: the user has named none */
    struct server *found; /* these servers, once they are known */
};
/* With its orders and its name; servers that were found come on top. */
_Static_assert(sizeof(struct fetch_wait) + sizeof(struct spec) + NAME_MAX_WIRE <= 512,
               "a zone that waits must cost little");

struct fetch {
    struct fetch_config config;
    struct fetch_wait wait;

    /* The result. */
    struct attempts attempts;
    struct attempt attempt; /* the last one */
    uint64_t waited;        /* microseconds of pauses between rounds */
    bool done;              /* nothing more will happen */
    bool good;              /* the zone is there, and in its place; or `found` says what is there */
    enum plan_found found;  /* of a spec with `look`; the serial is in `attempt` */
    bool finishing;         /* it was there; what has failed came after */

    /* Private. */
    struct watch watch;
    struct plan_action action; /* that is under way */
    struct question question;
    struct answer *answer;
    const struct endpoint *endpoint;
    struct soa_sink {
        struct sink sink;
        struct soa_signed seen;
    } soa; /* the answer to a question for the SOA */
    struct address_list addresses;
    struct err err;         /* of what has failed last */
    uint64_t octets_before; /* received for questions before this one, in this attempt */
    uint64_t attempt_began; /* 0: nothing was asked */
    bool judging;           /* the judge waits */
    bool committing;        /* the target does, that is to be finished */
    struct timer tick;      /* of progress */
    uint64_t progress_at;
    uint64_t rate, rate_at, rate_octets; /* of the last second or so: how much, since when */
    bool has_progress;                   /* some was shown */
    bool told_failure;

    /* A result, too: of the last attempt. Large, and mostly never touched. */
    struct notes notes;
};

/* Begins; it may be over at once. To be freed by fetch_fini, in any case. `fetch` may hold anything
 * before; in memory that is fresh (calloc) only what is needed is touched. */
void fetch_start(struct fetch *fetch, const struct fetch_config *config);

/* Takes an event of the engine of which it is the owner, or ENGINE_STOP. */
void fetch_take(struct fetch *fetch, const struct engine_event *event);

/* Tells what all the attempts came to, after a failure. */
void fetch_give_up(const struct fetch *fetch);

/* Adds a failure outside the attempts to their list, and tells it. */
void fetch_fail(struct fetch *fetch, const struct err *err);

/* Takes back what the engine still has of it, which may then be freed. */
void fetch_leave(struct fetch *fetch);

/* Leaves the engine, and frees all. */
void fetch_fini(struct fetch *fetch);

/* Lets the engine run until the first of the list is done; the others go on beside it. All that are
 * on the engine must be in the list. */
void fetch_run(struct engine *engine, struct fetch *const *list, size_t count);

#endif
