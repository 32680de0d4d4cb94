/*
 * serve: sockets and processes.
 *
 * Purpose: every connection gets a process of its own: blocking writes are the simplest way to full
 * loopback speed, and a stalled connection disturbs no other. Such a process lives as long as its
 * connection and leaves the freeing of memory to its end.
 * Owns: the connections. Borrows: the options.
 * Never: connects to anybody; leaves a child behind when it ends.
 */
#ifndef PRIMARY_SERVE_H
#define PRIMARY_SERVE_H

struct options;

/* Answers until SIGTERM or SIGINT, whereupon the process ends with status 0. */
_Noreturn void serve_forever(const struct options *o, int listener);

#endif
