/* What happens in a run of sync, on its way to the words, the report and --exec-all.
 *
 * Owns: nothing. Borrows: the run, for its life. Never: writes a line itself. */
#ifndef CLI_SYNC_TELL_H
#define CLI_SYNC_TELL_H

#include "cli/sync_run.h"

/* The listener of a run, which must be its first member. */
struct sync_listener sync_tell_listener(void);

/* The teller of what concerns the run as a whole: that of a struct zone_teller without a zone. */
void sync_tell_run(struct teller *teller, const struct fact *fact);

/* As `ended` of struct hooks_config, with the run as its context. */
void sync_tell_command(void *context, void *owner, const struct hook *hook);

#endif
