/* The work on many zones at once.
 *
 *     zones ─▶ lanes, one a server ─▶ visits
 *     ─▶ groups that are committed ─▶ commands
 *
 * Purpose: decides whose turn it is, and is the only loop over the engine's events in such a run.
 * A lane has the zones that are asked of one server first. Of each lane so many zones are at work
 * that a mute server holds up its own only; the next in list order comes when one is through.
 * Owns: visits, lanes, the group that is committed.
 * Borrows: the configuration's members, for its life.
 * Never: prints; asks for a zone twice; goes on after a signal, but for what cannot be ended. */
#ifndef JOB_SYNC_H
#define JOB_SYNC_H

#include "job/hooks.h"
#include "job/visit.h"
#include "job/zones.h"

enum {
    SYNC_VISITS = 1024,      /* zones at work */
    SYNC_VISITS_MOST = 4096, /* ... where there are more lanes: then one of each */
    SYNC_LANE = 320,         /* ... of one lane: a full window of SOA questions, and transfers */
    SYNC_READY = 256,        /* that wait to be committed: beyond, no transfer is begun */
    SYNC_OUTPUT_FAILURES =
        16, /* zones in a row whose file could not be written: it is the folder */
};

struct sync_progress {
    size_t zones, over, failed;
    unsigned transfers; /* of which something has come, and that are not in their places yet */
    uint64_t octets;    /* received */
};

/* Whoever makes words of it. All calls come from the loop. */
struct sync_listener {
    /* The work on a zone begins: its facts go to the teller, until it has ended. */
    struct teller *(*begin)(struct sync_listener *listener, struct zone *zone);
    /* It is over. Where zone->hook_due is set a command follows, of which hooks tells. */
    void (*ended)(struct sync_listener *listener, struct teller *teller,
                  const struct zone_end *end);
    /* Now and then: what is buffered may go out, and progress be shown. */
    void (*breathe)(struct sync_listener *listener, const struct sync_progress *progress);
};

struct sync_config {
    struct visit_shared *visits; /* landing.commit and landing.context are set by this */
    struct engine *engine;
    const struct loop *loop;
    struct hooks *hooks; /* or NULL */
    /* The names of files that a marker lies beside, as keys; or NULL. */
    const struct dict *markers;
    struct sync_listener *listener;
    uint64_t memory; /* octets for what is held of transfers; 0: any */
};

struct sync;

/* Whose command it is: what hooks gives back as owner. */
struct sync_command {
    struct sync_command *next, *prev;
    struct zone *zone;
    char paths[]; /* FILE, and perhaps the file of its changes */
};

/* Forgets it, when hooks has said that it is over. */
void sync_end_command(struct sync *sync, struct sync_command *command);

/* Error: ERR_MEMORY. */
struct sync *sync_new(const struct sync_config *config, struct err *err);

/* Works on all zones of the list, and on the commands that follow. May be called again, for other
 * zones. *pool is set to NULL if the threads were ended, which a signal makes necessary. Returns
 * false where not all was done: ERR_INTERRUPTED; ERR_OUTPUT, files cannot be written any more;
 * ERR_MEMORY. */
bool sync_run(struct sync *sync, struct zones *zones, struct work **pool, struct err *err);

/* To be called after hooks_free. */
void sync_free(struct sync *sync);

#endif
