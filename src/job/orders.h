/* What zones with the same options have in common: how each of them is reached, written and judged.
 *
 * Purpose: one object for them all, be they a hundred thousand. It is what struct spec of one zone
 * is made of. Owns: nothing; whoever made it keeps what it points to, for its life. Never: changes
 * while a run goes on; knows the name of a zone. */
#ifndef JOB_ORDERS_H
#define JOB_ORDERS_H

#include "job/gate.h"
#include "job/spec.h"
#include "job/witness.h"

struct orders {
    struct route route;
    struct shape shape;            /* its gates are in force for the zone */
    struct witness_config witness; /* the halt is still to be set; NULL here */
    uint64_t answer_timeout;       /* microseconds; beside those of the route */
    uint64_t max_time;             /* for one zone, microseconds; 0: no limit */
    uint16_t class;
    bool no_fallback, allow_older;
    uint32_t index; /* among all orders of the run */
};

/* The spec of a zone, whose file is still to be named. `word` is what messages call it. */
static inline struct spec orders_spec(const struct orders *orders, const char *word,
                                      const uint8_t *zone, uint8_t zone_length)
{
    return (struct spec){
        .word = word,
        .zone = zone,
        .zone_length = zone_length,
        .class = orders->class,
        .route = &orders->route,
        .shape = &orders->shape,
        .update = true,
        .no_fallback = orders->no_fallback,
        .allow_older = orders->allow_older,
    };
}

#endif
