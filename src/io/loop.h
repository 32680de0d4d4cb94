/* Waiting: for descriptors, for a deadline, for a signal.
 *
 * Purpose: the only place that blocks on descriptors and the only one that reads the clock.
 * Owns: nothing; a loop borrows the descriptor that tells of signals.
 * Never: runs callbacks, prints. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/halt.h"

#include <poll.h>
#include <stdint.h>

/* Somebody who looks on while files are read and long work goes on, to show it. All of it may be
 * called by any thread. */
struct loop_watcher {
    /* Now and then, at the latest after LOOP_TICK while something is waited for. */
    void (*look)(struct loop_watcher *watcher);
    /* As halt_works says. */
    void (*works)(struct loop_watcher *watcher, enum halt_work work, uint64_t done, uint64_t all);
    /* So many octets of a file were read, up to now; its size is 0 where that is not known. */
    void (*reads)(struct loop_watcher *watcher, const char *name, uint64_t octets, uint64_t size);
    /* Output goes to where others look on, too. */
    void (*shows)(struct loop_watcher *watcher);
};

struct loop {
    int signal_fd;                /* readable from the first signal on; -1: none */
    struct loop_watcher *watcher; /* or NULL */
};

enum {
    LOOP_FDS_MAX = 20,
    LOOP_TICK = 250000 /* microseconds */
};

/* No deadline. */
#define LOOP_NEVER UINT64_MAX

enum loop_event { LOOP_READY, LOOP_TIMEOUT, LOOP_SIGNAL };

/* Microseconds of a clock that only goes forward. */
uint64_t loop_now(void);

/* Microseconds of a clock that only goes forward, also while the machine sleeps. */
uint64_t loop_uptime(void);

/* Microseconds since 1970, as the system knows the time of day. */
uint64_t loop_time_of_day(void);

/* Waits until one of at most LOOP_FDS_MAX descriptors is ready (revents is set), the deadline (of
 * loop_now) has passed, or a signal came, which has precedence. */
enum loop_event loop_wait(const struct loop *loop, struct pollfd *fds, size_t count,
                          uint64_t deadline);

/* As loop_wait, of any number of descriptors. After the last one there must be one more, that of
 * the signals, which the caller puts there. */
enum loop_event loop_wait_all(struct pollfd *all, size_t count, uint64_t deadline);

/* As loop_wait for one descriptor, with the watcher looking on. */
enum loop_event loop_wait_fd(const struct loop *loop, int fd, short events, uint64_t deadline);

/* Empties a pipe whose octets tell of events, and returns whether there were any. The descriptor
 * must not block. */
bool loop_drain(int fd);

/* The halt of work that ends with the first signal, or at a deadline (of loop_now). The loop is
 * borrowed as long as somebody may ask. */
struct loop_halt {
    struct halt halt; /* the first member: whoever has it need not know of loops */
    const struct loop *loop;
    uint64_t deadline;
};

void loop_halt_init(struct loop_halt *halt, const struct loop *loop, uint64_t deadline);

#endif
