/*
 * serve: the loop over all connections, and the signals.
 *
 * Owns: the connections. Borrows: the options.
 * Never: waits elsewhere than in one poll.
 */
#ifndef MANYZONES_SERVE_H
#define MANYZONES_SERVE_H

struct options;

/* Listens, which it tells once signals are heeded, and answers until SIGTERM or SIGINT, then writes
 * the counts and exits with status 0. SIGHUP reads the control file again, SIGUSR1 writes the
 * counts. */
_Noreturn void serve_forever(struct options *o);

#endif
