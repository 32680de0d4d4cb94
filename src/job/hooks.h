/* The commands of --exec of many zones, a few at a time.
 *
 * Purpose: a queue of zones whose FILE was replaced, or for which an earlier run has left a note;
 * as many commands as allowed are at work, in the order in which the zones were added. One whose
 * marker another process has locked is put off, and holds up nobody.
 * Owns: the queue, at most 64 octets a zone; a struct hook for each command that may be at work.
 * Borrows: the members of the configuration for its life; what a zone was added with until it was
 * given to `ended`, or to the end.
 * Never: waits, but for those that a signal ends; prints; removes a marker without its command. */
#ifndef JOB_HOOKS_H
#define JOB_HOOKS_H

#include "job/hook.h"

struct hooks_config {
    const char *command;
    uint64_t limit; /* microseconds that each may take; 0: any */
    unsigned jobs;  /* that may be at work at once; 0: 1 */
    const struct loop *loop;
    struct teller *teller;
    struct engine *engine;
    /* A zone is through. hook->due: HOOK_NOT_DUE, nothing was to be done, or it is left to another
     * run (hook->found: the marker is there). hook->err: what has failed; the marker stays.
     * The hook is lent for the call, and in it nothing but hooks_add and hooks_left may be called.
     */
    void (*ended)(void *context, void *zone, const struct hook *hook);
    void *context;
};

/* All of it stays where it is until the zone is through. */
struct hooks_what {
    const uint8_t *zone; /* a whole name in wire form */
    const char *file;    /* FILE, whose name was followed to its end; not locked by this process */
    const char *diff;    /* the file of changes that this run has written, or NULL */
    uint64_t stamp;      /* of the note that this run has written before it replaced FILE; 0: it has
                          * not, and an earlier one may have left a note */
    void *owner;         /* for `ended` */
};

struct hooks;

/* Error: ERR_MEMORY. */
struct hooks *hooks_new(const struct hooks_config *config, struct err *err);

/* Kills what is at work. To be called before the engine is freed; hooks may be NULL. */
void hooks_free(struct hooks *hooks);

/* Puts a zone into the queue, and starts nothing. Error: ERR_MEMORY; then a marker that is there is
 * left to the next run. */
bool hooks_add(struct hooks *hooks, const struct hooks_what *what, struct err *err);

/* Starts as many as may be at work, and passes by what is not due. */
void hooks_start(struct hooks *hooks);

/* Whether an event with this owner is for hooks_take. */
bool hooks_owns(const struct hooks *hooks, const void *owner);

/* Takes such an event, and starts what comes next. */
void hooks_take(struct hooks *hooks, const struct engine_event *event);

/* After a signal: all that are at work get SIGTERM, and SIGKILL half a second later at most, which
 * is waited for. They end with ERR_INTERRUPTED. What is queued stays so: nothing is started any
 * more. */
void hooks_stop(struct hooks *hooks);

/* Whether nothing is started any more: of a signal a hook may know before the engine tells. */
bool hooks_are_stopped(const struct hooks *hooks);

/* How many are queued or at work. */
size_t hooks_left(const struct hooks *hooks);

#endif
