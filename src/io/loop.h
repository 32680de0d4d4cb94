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

struct loop {
    int signal_fd; /* readable from the first signal on; -1: none */
};

enum { LOOP_FDS_MAX = 20 };

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

/* As loop_wait for one descriptor. */
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
