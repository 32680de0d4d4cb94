/* out/guard. */
#include "out/guard.h"

#include "tap.h"

/* A sink that counts what it hears. */
struct counter {
    struct sink sink;
    unsigned begun, records, ended, freed;
};

static struct counter counter;
static struct err err;

static bool count_begin(struct sink *sink, const struct zone_info *zone, struct err *e)
{
    (void)zone;
    (void)e;
    ((struct counter *)sink)->begun++;
    return true;
}

static bool count_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *e)
{
    (void)op;
    (void)rr;
    (void)e;
    ((struct counter *)sink)->records++;
    return true;
}

static bool count_end(struct sink *sink, enum outcome outcome, const char *why, struct err *e)
{
    (void)outcome;
    (void)why;
    (void)e;
    ((struct counter *)sink)->ended++;
    return true;
}

static void count_free(struct sink *sink)
{
    ((struct counter *)sink)->freed++;
}

/* Sends so many records through a guard, and says whether the end was reached and good. */
static bool send(const struct guard_limits *limits, unsigned records, enum outcome outcome)
{
    struct rr rr = {.type = 1};
    struct zone_info zone = {.class = 1};
    counter = (struct counter){.sink = {count_begin, count_record, count_end, count_free}};
    err = (struct err){.kind = ERR_NONE};
    struct sink *guard = guard_new(&counter.sink, limits, &err);
    bool good = guard->begin(guard, &zone, &err);
    for (unsigned i = 0; i < records && good; i++)
        good = guard->record(guard, RR_ADD, &rr, &err);
    good = good && guard->end(guard, outcome, NULL, &err);
    guard->free(guard);
    return good && counter.begun == 1 && counter.records == records && counter.ended == 1 &&
           counter.freed == 1;
}

static void refused(const struct guard_limits *limits, unsigned records, enum err_kind kind,
                    unsigned passed, const char *what)
{
    ok(!send(limits, records, OUTCOME_COMPLETE), "%s is refused", what);
    is_str(err_slug(err.kind), err_slug(kind), "... as such (%s)", err.text);
    is_int(counter.records, passed, "... records that went on");
    is_int(counter.ended, 0, "... and the sink hears of no end");
    is_int(counter.freed, 1, "... but is freed");
}

int main(void)
{
    struct guard_limits none = {.max_shrink = NO_SHRINK_LIMIT};
    ok(send(&none, 0, OUTCOME_COMPLETE) && send(&none, 1000, OUTCOME_COMPLETE), "no limits");
    struct guard_limits most = {.max_records = 10, .max_shrink = NO_SHRINK_LIMIT};
    ok(send(&most, 10, OUTCOME_COMPLETE), "as many as may be");
    refused(&most, 11, ERR_MAX_RECORDS, 10, "one more");
    struct guard_limits least = {.min_records = 10, .max_shrink = NO_SHRINK_LIMIT};
    ok(send(&least, 10, OUTCOME_COMPLETE), "as few as may be");
    refused(&least, 9, ERR_MIN_RECORDS, 9, "one less");
    ok(send(&least, 9, OUTCOME_ABORTED), "an aborted zone may be smaller");
    struct guard_limits shrink = {.old_records = 1000, .max_shrink = 5};
    ok(send(&shrink, 950, OUTCOME_COMPLETE), "5 percent less");
    refused(&shrink, 949, ERR_MAX_SHRINK, 949, "a loss of more than 5 percent");
    ok(send(&shrink, 2000, OUTCOME_COMPLETE), "growth");
    shrink.max_shrink = 0;
    ok(send(&shrink, 1000, OUTCOME_COMPLETE), "0 percent less");
    refused(&shrink, 999, ERR_MAX_SHRINK, 999, "a loss of more than 0 percent");
    shrink.max_shrink = NO_SHRINK_LIMIT;
    ok(send(&shrink, 0, OUTCOME_COMPLETE), "100 percent less without a limit");
    shrink = (struct guard_limits){.old_records = 0, .max_shrink = 0};
    ok(send(&shrink, 0, OUTCOME_COMPLETE), "nothing before");
    shrink = (struct guard_limits){.old_records = UINT64_MAX, .max_shrink = 99};
    refused(&shrink, 3, ERR_MAX_SHRINK, 3, "a count that overflows if multiplied");
    return tap_end();
}
