/* Changes as a server sends them (RFC 1995 section 4): the newest SOA, then for each step the
 * deleted SOA, the deletes, the added SOA and the adds, and at the end the newest SOA again. The
 * lines are those of the zone format. */
#include "out/writer.h"

#include <stdlib.h>

struct ixfr_writer {
    struct sink sink;
    struct sink *zone; /* writes the lines */
    struct buf *out;
    const struct rr *newest; /* NULL: no step has come */
};

static bool ixfr_begin(struct sink *sink, const struct zone_info *info, struct err *err)
{
    struct ixfr_writer *w = (struct ixfr_writer *)sink;
    if (w->newest != NULL || info->newest == NULL)
        return true;
    w->newest = info->newest;
    w_zone_mark(w->zone, "", NULL);
    return w->zone->begin(w->zone, info, err) && w->zone->record(w->zone, RR_ADD, w->newest, err);
}

static bool ixfr_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct ixfr_writer *w = (struct ixfr_writer *)sink;
    return w->zone->record(w->zone, op, rr, err);
}

static bool ixfr_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct ixfr_writer *w = (struct ixfr_writer *)sink;
    if (outcome == OUTCOME_ABORTED)
        return w->zone->end(w->zone, outcome, why, err);
    return (w->newest == NULL || w->zone->record(w->zone, RR_ADD, w->newest, err)) &&
           buf_drain(w->out, err);
}

static void ixfr_free(struct sink *sink)
{
    struct ixfr_writer *w = (struct ixfr_writer *)sink;
    w->zone->free(w->zone);
    free(w);
}

struct sink *w_ixfr_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct sink *zone = w_zone_open(style, out, err);
    struct ixfr_writer *w = zone != NULL ? malloc(sizeof *w) : NULL;
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        if (zone != NULL)
            zone->free(zone);
        return NULL;
    }
    *w = (struct ixfr_writer){
        .sink = {ixfr_begin, ixfr_record, ixfr_end, ixfr_free},
        .zone = zone,
        .out = out,
    };
    return &w->sink;
}
