/* The one loop from records to a sink.
 *
 * Purpose: moves what a source, or the answer of a server, gives to a sink, and every so many
 * records looks whether the work is to end. Owns: nothing. Borrows: the sink and the halt, for its
 * life. Never: ends a sink, prints, waits. */
#ifndef JOB_PUMP_H
#define JOB_PUMP_H

#include "base/halt.h"
#include "xfer/answer.h"

struct pump {
    struct sink *sink;
    const struct halt *halt; /* or NULL */
    /* Called in place of sink->begin where something begins, if not NULL: it decides whether the
     * sink is told, and may set `sink` only now. */
    bool (*begin)(struct pump *pump, const struct zone_info *zone, struct err *err);
    void *context;       /* for `begin` */
    enum halt_work work; /* what is told of it; HALT_NOTHING: nothing */
    uint64_t all;        /* records that will come, where that is known */
    uint64_t moved[2];   /* records, by enum rr_op */
};

/* Moves everything, up to the end of the source. Errors: those of the source, of `begin`, of the
 * sink and of the halt; ERR_INTERNAL, a record came before anything has begun. */
bool pump_source(struct pump *pump, struct source *source, struct err *err);

/* Moves what the messages hold that were pushed. Returns ANSWER_MORE, ANSWER_END, or ANSWER_FAIL
 * with an error as pump_source. */
enum answer_event pump_answer(struct pump *pump, struct answer *answer, struct err *err);

#endif
