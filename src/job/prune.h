/* Old files of zones, of which only the last few are kept (--keep).
 *
 * Purpose: after a run, in the folder of NAME.SERIAL.zone: of each NAME the oldest go.
 * Owns: nothing after a call.
 * Never: touches a file with another name. */
#ifndef JOB_PRUNE_H
#define JOB_PRUNE_H

#include "base/err.h"

/* Leaves `keep` files of each zone, those with the latest times. Where no other run can be at work
 * there (`is_alone`), what a killed one has left of job/keep goes, too. Errors: ERR_OUTPUT,
 * ERR_MEMORY. */
bool prune_old(const char *folder, unsigned keep, bool is_alone, struct err *err);

#endif
