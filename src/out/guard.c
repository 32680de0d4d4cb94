#include "out/guard.h"

#include "out/filter.h"

#include <inttypes.h>
#include <stdlib.h>

struct guard {
    struct sink sink;
    struct sink *next;
    struct guard_limits limits;
    uint64_t records;
};

static bool guard_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct guard *guard = (struct guard *)sink;
    return guard->next->begin(guard->next, zone, err);
}

static bool check_most(const struct guard_limits *limits, uint64_t records, struct err *err)
{
    return records <= limits->max_records || limits->max_records == 0 ||
           err_set(err, ERR_MAX_RECORDS, "more than %" PRIu64 " records", limits->max_records);
}

static bool guard_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct guard *guard = (struct guard *)sink;
    if (guard->limits.counted != NULL && !filter_passes(guard->limits.counted, rr->type))
        return guard->next->record(guard->next, op, rr, err);
    guard->records++;
    return check_most(&guard->limits, guard->records, err) &&
           guard->next->record(guard->next, op, rr, err);
}

static bool check_size(const struct guard_limits *limits, uint64_t records, struct err *err)
{
    if (records < limits->min_records)
        return err_set(err, ERR_MIN_RECORDS, "%" PRIu64 " records, fewer than %" PRIu64, records,
                       limits->min_records);
    if (limits->max_shrink >= NO_SHRINK_LIMIT || records >= limits->old_records)
        return true;
    /* In floating point, because a count times a hundred need not fit. */
    double lost = 100.0 * (double)(limits->old_records - records) / (double)limits->old_records;
    if (lost <= limits->max_shrink)
        return true;
    return err_set(err, ERR_MAX_SHRINK,
                   "%" PRIu64 " records instead of %" PRIu64 ", a loss of more than %u percent",
                   records, limits->old_records, limits->max_shrink);
}

bool guard_check(const struct guard_limits *limits, uint64_t records, struct err *err)
{
    return check_most(limits, records, err) && check_size(limits, records, err);
}

static bool guard_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct guard *guard = (struct guard *)sink;
    if (guard->limits.passed != NULL)
        *guard->limits.passed = guard->records;
    if (outcome != OUTCOME_ABORTED && !check_size(&guard->limits, guard->records, err))
        return false;
    return guard->next->end(guard->next, outcome, why, err);
}

static void guard_free(struct sink *sink)
{
    struct guard *guard = (struct guard *)sink;
    guard->next->free(guard->next);
    free(guard);
}

struct sink *guard_new(struct sink *next, const struct guard_limits *limits, struct err *err)
{
    if (limits->max_records == 0 && limits->min_records == 0 &&
        limits->max_shrink >= NO_SHRINK_LIMIT && limits->passed == NULL)
        return next;
    struct guard *guard = malloc(sizeof *guard);
    if (guard == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        next->free(next);
        return NULL;
    }
    *guard = (struct guard){
        .sink = {guard_begin, guard_record, guard_end, guard_free},
        .next = next,
        .limits = *limits,
    };
    return &guard->sink;
}
