#include "cli/pipe.h"

#include "zone/sort.h"

/* What is behind the store counts the records that are left after merging, so the guards that ask
 * for a number at least have to look again there. */
static struct sink *sorted(const struct settings *settings, const struct guard_limits *limits,
                           struct sink *sink, const struct halt *halt, struct notes *notes,
                           struct err *err)
{
    struct store_config config = {.keep_case = settings->keep_case, .halt = halt};
    struct guard_limits least = *limits;
    least.max_records = 0;
    sink = guard_new(sink, &least, err);
    return sink != NULL ? sort_new(sink, &config, notes, err) : NULL;
}

/* From the end to the head. */
struct sink *pipe_new(const struct settings *settings, const struct guard_limits *limits,
                      struct buf *out, const struct halt *halt, struct notes *notes,
                      struct stats *stats, struct err *err)
{
    struct sink *sink = settings->format->open(&settings->style, out, err);
    if (sink != NULL && settings->format->open == w_nsupdate_open) {
        w_nsupdate_notes(sink, notes);
        w_nsupdate_halt(sink, halt);
    }
    bool can_count =
        settings->sort || (settings->changes && (settings->format->flags & WRITER_CHANGES) != 0);
    if (sink != NULL && can_count && settings->report != NULL)
        sink = stats_new(sink, stats, err);
    if (sink != NULL && settings->sort)
        sink = sorted(settings, limits, sink, halt, notes, err);
    /* The guards count what comes, so that they trip while it comes, and veto before anything
     * behind them ends. */
    if (sink != NULL)
        sink = guard_new(sink, limits, err);
    if (sink != NULL)
        sink = filter_new(sink, &settings->filter, err);
    return sink;
}
