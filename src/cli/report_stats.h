/* The member "stats" of the report. */
#ifndef CLI_REPORT_STATS_H
#define CLI_REPORT_STATS_H

#include "out/stats.h"

#include <jansson.h>

/* The figures as an object that the caller owns; null if nothing was counted. Returns NULL without
 * memory. */
json_t *report_stats(const struct stats *stats);

#endif
