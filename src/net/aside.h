/* What the engine waits for beside connections: lookups, timers, tasks of other threads, commands,
 * events, the inbox.
 *
 * Purpose: one set of descriptors and one time for all of them, and one event at a time.
 * Owns: the lookups.
 * Borrows: timers, tasks and commands, in their owners' memory; the pool of threads; the inbox.
 * Never: waits. */
#ifndef NET_ASIDE_H
#define NET_ASIDE_H

#include "net/engine.h"

enum { ASIDE_FDS = RESOLVE_FDS + 2 }; /* those of commands come on top */

struct aside {
    struct lookup *lookup; /* NULL: never asked */
    struct timers timers;
    struct work *work; /* or NULL */
    int event_fd;      /* or -1 */
    size_t tasks;      /* that were put in and not given back */
    struct engine_child *children;
    size_t child_count;
    bool event;               /* event_fd had something */
    struct inbox *inbox;      /* or NULL */
    size_t before_inbox;      /* so many descriptors come before its own */
    struct inbox_from sender; /* of the message that was given */
    struct lookup_result result;
    struct child_result child;
};

void aside_fini(struct aside *aside);

/* Whether an event will come by itself. */
bool aside_is_busy(const struct aside *aside);

/* The descriptors, and the most that there can be now: those of ASIDE_FDS, one for each command and
 * those of the inbox. */
size_t aside_fds(struct aside *aside, struct pollfd *fds);
size_t aside_fd_count(const struct aside *aside);
/* When aside_look must have been called. */
uint64_t aside_wake(struct aside *aside, uint64_t now);
/* Takes notice of what poll has found: all of aside_fds, or 0. */
void aside_look(struct aside *aside, const struct pollfd *fds, size_t count, uint64_t now);

/* The next event. A deadline of a lookup counts if it was over when descriptors were looked at
 * last. */
bool aside_next(struct aside *aside, uint64_t now, uint64_t looked_at, struct engine_event *event);

#endif
