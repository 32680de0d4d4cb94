/* A zone, or its changes, from servers: attempts one after the other, until one of them has given
 * it whole.
 *
 * Purpose: the candidates, the addresses of each, what is tried again and when, and what is told of
 * it all; every command that transfers does it by this.
 * Owns: the list of attempts and the servers that the zone named, until fetch_fini.
 * Borrows: the other members that its maker sets, for its life.
 * Never: knows where the records go; prints. */
#ifndef JOB_FETCH_H
#define JOB_FETCH_H

#include "io/record.h"
#include "job/attempts.h"
#include "job/keys.h"
#include "job/tell.h"

/* Where the records go. */
struct fetch_target {
    struct sink *sink; /* set by `restart`; its `end` was called when fetch_run has succeeded */
    bool began;        /* records were given to the sink since the last restart */
    /* Makes the sink anew, and takes back what came before. */
    bool (*restart)(struct fetch_target *target, struct notes *notes, struct err *err);
    /* Whether another try can still take the place of what has come; NULL: always. */
    bool (*can_restart)(struct fetch_target *target);
};

/* A zone that is there already and shall become that of the server (--update). */
struct fetch_update {
    bool merges;     /* changes can be put into it; if not, the whole zone is asked for */
    uint32_t since;  /* its serial */
    const char *why; /* why no changes can be put into it */
    /* Puts the net effect of changes into it, in place of what is given to the sink, and sets
     * *records to how many the new zone has. Any error that is of the class protocol says that they
     * do not fit. */
    bool (*take)(struct fetch_update *update, const struct delta *delta, struct notes *notes,
                 uint64_t *records, struct err *err);
};

struct fetch {
    const struct spec *spec;
    const struct loop *loop;
    uint64_t deadline;     /* of loop_now, for everything */
    struct record *record; /* or NULL */
    struct fetch_target *target;
    struct fetch_update *update; /* or NULL */
    struct teller *teller;
    const char *label; /* in what is told; or NULL */
    bool shows_progress;

    /* What came of it. */
    struct attempts attempts;
    struct attempt attempt; /* the last one */
    struct notes notes;     /* of the last one */
    bool keeps_old;         /* the server has nothing newer, and the output is to stay as it is */

    /* Its own. */
    uint64_t progress_at;
    struct server servers[SERVERS_MAX];
    size_t server_count;
    bool servers_found; /* by their zone, not named by the user */
    unsigned refusals;
    bool saw_older;   /* a server has an older zone than ours */
    bool takes_older; /* and now it is taken */
    const struct server *server;
    bool stop; /* no further attempt makes sense */
};

/* Tries until the zone is there or nothing is left to be tried. Failures are told as they come, and
 * are in `attempts`. */
bool fetch_run(struct fetch *fetch);

/* Tells what all the attempts came to, after a failure. */
void fetch_give_up(const struct fetch *fetch);

/* Puts a failure outside the attempts on their list, and tells it. */
void fetch_fail(struct fetch *fetch, const struct err *err);

void fetch_fini(struct fetch *fetch);

#endif
