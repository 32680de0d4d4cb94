/* What is to be expected of the next look at a zone, after one that has failed.
 *
 * Purpose: leads from errors to the sorts of failure that job/schedule knows.
 * Owns: nothing.
 * Never: does I/O. */
#ifndef JOB_OUTLOOK_H
#define JOB_OUTLOOK_H

#include "job/attempts.h"
#include "job/schedule.h"

/* `kind` is that of the look as a whole; `attempts`: at servers, or NULL. */
enum schedule_failure outlook_after(enum err_kind kind, const struct attempts *attempts);

#endif
