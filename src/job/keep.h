/* A second name for a file that is about to be replaced.
 *
 * Purpose: what was there before stays, under a name that the run gives it: a link, so that it
 * costs nothing; where the file system has no links, or does not allow them, a copy. Owns: nothing
 * after a call. Never: replaces what has the second name, but where that is asked for; leaves a
 * part of a copy. */
#ifndef JOB_KEEP_H
#define JOB_KEEP_H

#include "base/err.h"

/* Gives the file a second name, in whose place nothing or, with `replaces`, anything may be; the
 * path of that name must leave room for five characters behind it. The name lasts once its folder
 * was flushed. Error: ERR_OUTPUT. */
bool keep_as(const char *path, const char *as, bool replaces, struct err *err);

/* The same, but a name that is taken is followed by .2, .3 and so on, up to .99; so
 * there must be room for eight characters. */
bool keep_beside(const char *path, const char *as, struct err *err);

#endif
