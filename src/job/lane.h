/* The zones that wait for one server: two rows, and whose turn it is.
 *
 * Purpose: those that are in a hurry come first, but of LANE_TURNS turns one is for the others, so
 * that a steady flow of notified zones does not keep those waiting whose time has come.
 * Owns: nothing; rows of zones are linked by struct zone.
 * Borrows: zones while they wait.
 * Never: allocates. */
#ifndef JOB_LANE_H
#define JOB_LANE_H

#include "job/sync_facts.h"

enum { LANE_TURNS = 8 };

struct lane {
    struct lane_row {
        struct zone *first, *last;
    } rows[2];       /* of those that wait: ZONE_WAITS_FIRST, ZONE_WAITS_TURN */
    uint8_t hurried; /* turns of the first row, since the last of the other */
    bool is_open; /* of whoever has it, like the rest: it stands in the row of lanes where one can
                   * begin */
    unsigned at_work;
    struct lane *next;
};

bool lane_is_empty(const struct lane *lane);

/* A zone waits from now on, behind all others like it: `place` is one of the two. */
void lane_put(struct lane *lane, struct zone *zone, enum zone_place place);

/* A zone that waits does so no more: it rests. */
void lane_take_out(struct lane *lane, struct zone *zone);

/* The zone whose turn it is, which is at work from now on; the lane is not empty. */
struct zone *lane_next(struct lane *lane);

#endif
