#include "cli/pipe.h"

/* From the end to the head. */
struct sink *pipe_new(const struct settings *settings, const struct guard_limits *limits,
                      struct buf *out, struct notes *notes, struct err *err)
{
    (void)notes;
    struct sink *sink = settings->format->open(&settings->style, out, err);
    /* The guards count what comes, so that they trip while it comes, and veto before anything
     * behind them ends. */
    if (sink != NULL)
        sink = guard_new(sink, limits, err);
    if (sink != NULL)
        sink = filter_new(sink, &settings->filter, err);
    return sink;
}
