/* Times at which something is due, the next one first.
 *
 * Purpose: a heap of timers that lie in their owners' memory: putting one in cannot fail. Those
 * that are due at the same time come in the order in which they were set.
 * Owns: nothing.
 * Borrows: a timer from timer_set to timer_clear, or until it was taken.
 * Never: reads a clock. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: not set. */
struct timer {
    uint64_t at;
    void *owner;
    struct timer *child, *next, *before; /* before: the parent of a first child, else its sibling */
    uint64_t turn : 63;                  /* which of all that were set it is */
    bool is_set : 1;
};

/* All zero: empty. */
struct timers {
    struct timer *first;
    uint64_t turn; /* how many were set */
};

/* Sets the timer, whether it is set already or not. */
void timer_set(struct timers *timers, struct timer *timer, uint64_t at);
/* Does nothing if it is not set. */
void timer_clear(struct timers *timers, struct timer *timer);
/* Takes out the next one if it is due at `now`; else NULL. */
struct timer *timer_take(struct timers *timers, uint64_t now);
/* When the next one is due; UINT64_MAX: none is set. */
uint64_t timer_next(const struct timers *timers);
/* How many are due at `now`. Looks at each of those, and at some that are not. */
size_t timer_count(const struct timers *timers, uint64_t now);

#endif
