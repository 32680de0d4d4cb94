/* The command of --exec-all in a process that stays: once a batch of changes.
 *
 * Purpose: gathers a line for each zone that has changed; some time after the first of them the
 * command is run, while the next batch gathers. One that has failed is run again after a pause that
 * grows, with all that has come meanwhile.
 * Owns: the lines, the command while it runs.
 * Borrows: the members of the configuration, for its life.
 * Never: waits; prints; runs two commands at once. The lines are in a file without a name: a
 * process that ends forgets those whose command has not run. */
#ifndef JOB_BATCHES_H
#define JOB_BATCHES_H

#include "job/hook_all.h"

enum {
    BATCHES_PAUSE = 10000000,       /* microseconds after a failure; then twice as long each time */
    BATCHES_PAUSE_MOST = 900000000, /* ... at most */
    BATCHES_MOST = 64 << 20,        /* octets of lines that are kept for a command that fails; more
                                     * are dropped, which is told as FACT_REMARK */
};

struct batches {
    struct hook_all_config config;
    struct engine *engine;
    uint64_t delay;          /* microseconds from the first line to the command */
    struct hook_all sets[2]; /* one gathers; the other one runs, or is empty */
    unsigned gathers;
    bool runs;
    uint64_t pause;
    struct timer timer;
};

void batches_init(struct batches *batches, const struct hook_all_config *config,
                  struct engine *engine, uint64_t delay);

/* Adds a line, with its line feed. */
void batches_add(struct batches *batches, const void *line, size_t length);

/* Whether an event with this owner is for batches_take. */
bool batches_owns(const struct batches *batches, const void *owner);

/* Takes such an event. Returns whether a command is over: *failure says how. */
bool batches_take(struct batches *batches, const struct engine_event *event, struct err *failure);

/* After a signal: ends the command, if it runs. */
void batches_stop(struct batches *batches);

/* To be called before the engine is freed. */
void batches_fini(struct batches *batches);

#endif
