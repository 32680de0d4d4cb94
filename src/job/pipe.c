#include "job/pipe.h"

#include "out/discard.h"
#include "zone/sort.h"

/* After the store there are the records that are left after merging, so the guards that ask for a
 * least number look again there. */
static struct sink *sort_sink(const struct shape *shape, const struct guard_limits *limits,
                              struct sink *sink, const struct halt *halt, struct notes *notes,
                              struct err *err)
{
    struct store_config config = {.keep_case = shape->keep_case, .halt = halt};
    struct guard_limits least = *limits;
    least.max_records = 0;
    sink = guard_new(sink, &least, err);
    return sink != NULL ? sort_new(sink, &config, notes, err) : NULL;
}

/* From the end to the head. */
struct sink *pipe_new(const struct shape *shape, bool changes, const struct guard_limits *limits,
                      struct buf *out, const struct halt *halt, struct notes *notes,
                      struct figures *figures, struct err *err)
{
    struct sink *sink = shape->format->open(&shape->style, out, err);
    if (sink != NULL && shape->format->open == w_nsupdate_open) {
        w_nsupdate_notes(sink, notes);
        w_nsupdate_halt(sink, halt);
    }
    bool can_count = shape->sort || (changes && (shape->format->flags & WRITER_CHANGES) != 0);
    if (sink != NULL && can_count && shape->counts)
        sink = stats_new(sink, &figures->stats, err);
    if (sink != NULL && !changes && shape->counts)
        sink = zonefacts_new(sink, &figures->facts, err);
    if (sink != NULL && shape->sort)
        sink = sort_sink(shape, limits, sink, halt, notes, err);
    /* The guards count what comes, so that they trip while it comes, and veto before anything after
     * them ends. */
    if (sink != NULL)
        sink = guard_new(sink, limits, err);
    if (sink != NULL && shape->filter != NULL)
        sink = filter_new(sink, shape->filter, err);
    return sink;
}

struct sink *pipe_judge(const struct shape *shape, const struct guard_limits *limits,
                        struct figures *figures, struct err *err)
{
    struct sink *sink = discard_new(err);
    if (sink != NULL && shape->counts)
        sink = stats_new(sink, &figures->stats, err);
    if (sink != NULL && shape->counts)
        sink = zonefacts_new(sink, &figures->facts, err);
    return sink != NULL ? guard_new(sink, limits, err) : NULL;
}
