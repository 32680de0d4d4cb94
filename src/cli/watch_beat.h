/* What a run of watch does from time to time: words that were kept, metrics, old files, the service
 * manager.
 *
 * Owns: nothing; its timer is the run's. Borrows: the run, for the call.
 * Never: takes more than a hundredth of the time for metrics. */
#ifndef CLI_WATCH_BEAT_H
#define CLI_WATCH_BEAT_H

#include "cli/watch_run.h"

/* The first beat; then, when its timer was due, the next one. */
void watch_beat(struct watch_run *watch);

#endif
