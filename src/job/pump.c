#include "job/pump.h"

static bool begin_sink(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    if (pump->begin != NULL)
        return pump->begin(pump, zone, err);
    return pump->sink->begin(pump->sink, zone, err);
}

/* Apart, so that what each record takes stays short. */
__attribute__((noinline)) static bool look_up(const struct pump *pump, enum rr_op op,
                                              struct err *err)
{
    if (pump->work != HALT_NOTHING)
        halt_works(pump->halt, pump->work, pump->moved[op], pump->all);
    return !halt_due(pump->halt, err);
}

static inline bool pass_record(struct pump *pump, enum rr_op op, const struct rr *rr,
                               struct err *err)
{
    if (pump->sink == NULL)
        return err_set(err, ERR_INTERNAL, "a record before anything has begun");
    return pump->sink->record(pump->sink, op, rr, err) &&
           (++pump->moved[op] % HALT_EVERY != 0 || look_up(pump, op, err));
}

bool pump_source(struct pump *pump, struct source *source, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    for (;;) {
        switch (source->next(source, &rr, &op, err)) {
        case SOURCE_BEGIN:
            if (!begin_sink(pump, &source->zone, err))
                return false;
            break;
        case SOURCE_RR:
            if (!pass_record(pump, op, &rr, err))
                return false;
            break;
        case SOURCE_END:
            return true;
        case SOURCE_FAIL:
        default:
            return false;
        }
    }
}

/* A record of an answer, and those that follow it in the same message. */
static bool pass_records(struct pump *pump, struct answer *answer, enum rr_op op, struct rr *rr,
                         struct err *err)
{
    if (!pass_record(pump, op, rr, err))
        return false;
    struct xfr *xfr = answer_records(answer);
    while (xfr != NULL && xfr_next(xfr, rr, err) == XFR_RR)
        if (!pass_record(pump, RR_ADD, rr, err))
            return false;
    return true;
}

enum answer_event pump_answer(struct pump *pump, struct answer *answer, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    for (;;) {
        enum answer_event event = answer_next(answer, &zone, &rr, &op, err);
        if (event == ANSWER_BEGIN ? !begin_sink(pump, &zone, err)
                                  : event == ANSWER_RR && !pass_records(pump, answer, op, &rr, err))
            return ANSWER_FAIL;
        if (event > ANSWER_RR)
            return event;
    }
}
