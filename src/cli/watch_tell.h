/* What happens in a run of watch, on its way to the words, the report, the counters and --exec-all.
 *
 * Owns: nothing. Borrows: the run, for its life. Never: ends it because nobody can be told. */
#ifndef CLI_WATCH_TELL_H
#define CLI_WATCH_TELL_H

#include "cli/watch_run.h"

/* The listener of looks, which must be the first member of a run of watch. */
struct sync_listener watch_tell_listener(void);

/* As `ended` of struct hooks_config, with the run of watch as its context. */
void watch_tell_command(void *context, void *owner, const struct hook *hook);

/* As the members of struct watcher_listener, with the run of watch as their context. */
void watch_tell_notified(void *context, const struct watcher_notice *notice);
void watch_tell_expired(void *context, const struct zone *zone);
void watch_tell_gone(void *context, const struct zone *zone);

/* As sync_tell_run, but that a command has failed is told when that is over, here or in
 * watch_tell_command. */
void watch_tell_run(struct teller *teller, const struct fact *fact);

/* A command of --exec-all is over. */
void watch_tell_batch(struct watch_run *watch, const struct err *failure);

/* Says what is due of what was kept: failures, and what could not be written. `is_last`: all. */
void watch_tell_kept(struct watch_run *watch, bool is_last);

#endif
