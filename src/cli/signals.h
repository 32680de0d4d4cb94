/* Signals that end a run: caught, so that it can clean up, and raised again at its end. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* Catches SIGINT, SIGTERM and SIGHUP where they are not ignored, and ignores SIGPIPE, so that a
 * write reports EPIPE. Returns the descriptor that becomes readable with the first signal, or -1
 * with errno set. */
int signals_init(void);

/* The number of the last signal that was caught, or 0. */
int signals_caught(void);

/* Ends the process as the signal that was caught would have. Returns if there was none. */
void signals_raise_caught(void);

/* Ends the process as SIGPIPE would have. Returns if it was ignored from the start. */
void signals_raise_pipe(void);

#endif
