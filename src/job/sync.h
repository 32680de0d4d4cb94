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
 * Never: prints; has a zone at work twice at once; goes on after a signal, but for what cannot be
 * ended. */
#ifndef JOB_SYNC_H
#define JOB_SYNC_H

#include "job/hooks.h"
#include "job/visit.h"
#include "job/zones.h"

#include <stdint.h>

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
    _Alignas(uint64_t) struct teller *(*begin)(struct sync_listener *listener, struct zone *zone);
    /* It is over. Where end->has_command is set a command follows, of which hooks tells. */
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
    /* The names of files that a marker lies beside, as keys; or NULL. A value is set to NULL once
     * the row of its zone knows; sync_forget sets or adds one. */
    struct dict *markers;
    struct sync_listener *listener;
    uint64_t tick;   /* microseconds after which it breathes where nothing happens; 0: none */
    uint64_t memory; /* octets for what is held of transfers; 0: any */
    bool stays;      /* it goes on when nothing is to be done, and when no file can be written */
    /* Whether an event with this owner is somebody else's (SYNC_FOREIGN); or NULL. */
    bool (*owns)(void *context, const void *owner);
    void *owns_context;
};

struct sync;

/* Whose command it is: what hooks gives back as owner. */
struct sync_command {
    struct sync_command *next, *prev;
    struct zone *zone;
    char paths[]; /* FILE, and perhaps the file of its changes */
};

/* To be called when hooks has said that it is over: forgets it, or queues it once more, where FILE
 * was replaced meanwhile. */
void sync_end_command(struct sync *sync, struct sync_command *command);

/* Error: ERR_MEMORY. */
struct sync *sync_new(const struct sync_config *config, struct err *err);

/* A zone is to be looked at when its turn comes; `first`: before all that are not in such a hurry.
 * One that waits already only becomes one of those, and one that is at work is left alone. Error:
 * ERR_MEMORY. */
bool sync_put(struct sync *sync, struct zone *zone, bool first, struct err *err);

/* It is not to be looked at any more, unless its turn has come. */
void sync_withdraw(struct sync *sync, struct zone *zone);

/* The row of a zone that nobody has goes: that a command of it is due is kept among the markers,
 * for the row that the zone may have later. Without memory that is left to the next run. */
void sync_forget(struct sync *sync, const struct zone *zone);

enum sync_step {
    SYNC_WORKED,
    SYNC_FOREIGN, /* the event is the caller's: ENGINE_RELOAD, ENGINE_NOTIFY, or config.owns it */
    SYNC_IDLE,    /* nothing is to be done, by commands neither; not with config.stays */
    SYNC_OVER     /* it ends before its time: sync_stop is due */
};

/* Waits for one event, and does what follows from it. */
enum sync_step sync_step(struct sync *sync, struct engine_event *event);

/* Ends all that is under way. *pool is set to NULL: the threads were ended. The error says why:
 * ERR_INTERRUPTED; ERR_OUTPUT, files cannot be written any more; ERR_MEMORY. */
void sync_stop(struct sync *sync, struct work **pool, struct err *err);

/* Works on all zones of the list, and on the commands that follow. May be called again, for other
 * zones. *pool is set to NULL if the threads were ended, which a signal makes necessary. Returns
 * false where not all was done; errors: those of sync_stop. */
bool sync_run(struct sync *sync, const struct zones *zones, struct work **pool, struct err *err);

/* To be called after hooks_free. */
void sync_free(struct sync *sync);

#endif
