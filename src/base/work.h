/* A pool of threads for what computes, or blocks on a disk, while one thread waits for the network.
 *
 * Purpose: runs tasks beside the thread that puts them in, and hands them back when they are done;
 * shares out one piece of work among whoever has nothing to do. With no threads at all the putter
 * does everything, at once and in order, so that what a test counts stays countable.
 * Owns: the threads, a descriptor. A task, and all that it leads to, from work_put until work_done
 * gives it back: it moves, it is never shared.
 * Borrows: the memory of tasks, which lies in the putter's own objects.
 * Never: allocates after work_new; lets a signal come to one of its threads; kills a thread. */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include "base/err.h"

#include <stdint.h>

/* What is to be done: the first member of whatever the function needs. */
struct task {
    _Alignas(uint64_t) void (*run)(struct task *task);
    struct task *next; /* the pool's own, and the caller's in what work_free returns */
    bool done;         /* `run` has returned */
};

enum { WORK_THREADS_MAX = 256 };

/* Starts the threads, at most WORK_THREADS_MAX. Errors: ERR_MEMORY. */
struct work;
struct work *work_new(unsigned threads, struct err *err);

/* Begins no task any more, waits for those that run, and ends the threads. No work_each may be
 * going on. Returns the tasks that nobody has fetched, each leading to the next: whoever put them
 * in must free them, and sees by `done` which were never begun. NULL is allowed. */
struct task *work_free(struct work *work);

/* Gives a task to the threads; those that came first are begun first. Any thread may do it, a task,
 * too. Without threads it runs before this returns. */
void work_put(struct work *work, struct task *task);

/* Gives a task back that is done, in the order in which they were, or NULL. */
struct task *work_done(struct work *work);

/* A descriptor that is readable as long as work_done has something to give. Only to be waited for.
 */
int work_fd(const struct work *work);

/* Calls run(context, index) for all indexes below n and returns when all are done. The caller works
 * along with the threads that are idle, so it gets done also where none is; it may itself be a
 * task, or such a call. What an index stands for should take some microseconds at least. */
void work_each(struct work *work, void (*run)(void *context, size_t index), void *context,
               size_t n);

/* How many indexes can run at once: one on each thread, and one on the caller's. NULL: 1. */
unsigned work_lanes(const struct work *work);

/* As work_each, and tells on which lane, below work_lanes, the index runs. No two run on one lane
 * at once, so that what belongs to a lane needs no lock. NULL: all on the caller's. */
void work_each_lane(struct work *work, void (*run)(void *context, unsigned lane, size_t index),
                    void *context, size_t n);

#endif
