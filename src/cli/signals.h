/* Signals, as descriptors that a loop can wait for.
 *
 * Purpose: those that end a run are caught, so that it can clean up, and raised again at its end;
 * one that tells it to do something becomes an event.
 * Owns: the handlers and two pipes, which belong to the process: so they are here, and those who
 * wait get the descriptors. Never: ends because of a signal that was ignored when the process
 * began.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* Catches SIGINT, SIGTERM and SIGHUP where they are not ignored, and ignores SIGPIPE, so that a
 * write reports EPIPE. Returns the descriptor that is readable from the first signal on, for ever,
 * because nothing reads it. Returns -1 with errno set if there is none. SIGCHLD gets its default,
 * or the system would forget how children have ended. */
int signals_init(void);

/* After signals_init: from now on SIGHUP is an event, also where it was ignored (nohup), and does
 * not end the run. Returns the descriptor that each of them makes readable, until it is emptied
 * (loop_drain), or -1 with errno set. */
int signals_events(void);

/* The number of the last signal that was caught, or 0. */
int signals_caught(void);

/* Ends the process as the signal that was caught would have. Returns if there was none. */
void signals_raise_caught(void);

/* Ends the process as SIGPIPE would have. Returns if it was ignored from the start. */
void signals_raise_pipe(void);

#endif
