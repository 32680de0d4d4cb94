/* Changes as a person reads them: a line for each record that is deleted or added.
 *
 * Each step begins with a comment that names its serials. A change is the record's line of the zone
 * format with a sign directly before it; no other line begins with a sign. */
#include "out/writer.h"

#include "dns/name.h"
#include "dns/types.h"

#include <stdlib.h>

struct diff_writer {
    struct sink sink;
    struct sink *zone; /* writes the lines */
    const struct writer_style *style;
    struct buf *out;
};

static bool diff_begin(struct sink *sink, const struct zone_info *info, struct err *err)
{
    struct diff_writer *w = (struct diff_writer *)sink;
    struct name_string apex;
    char class[16];
    if (info->newest == NULL) /* nothing has changed */
        return true;
    *types_class_text(class, info->class) = '\0';
    return buf_printf(w->out, err, "; zxfr diff: %s %s %lu %lu\n", name_string(&apex, info->apex),
                      class, (unsigned long)info->from, (unsigned long)info->serial) &&
           w->zone->begin(w->zone, info, err);
}

static bool diff_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct diff_writer *w = (struct diff_writer *)sink;
    const char *sign = op == RR_ADD ? "+" : "-";
    if (w->style->color)
        sign = op == RR_ADD ? "\033[32m+" : "\033[31m-";
    w_zone_mark(w->zone, sign, w->style->color ? "\033[0m" : NULL);
    return w->zone->record(w->zone, op, rr, err);
}

static bool diff_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct diff_writer *w = (struct diff_writer *)sink;
    if (outcome == OUTCOME_ABORTED)
        return w->zone->end(w->zone, outcome, why, err);
    return buf_drain(w->out, err);
}

static void diff_free(struct sink *sink)
{
    struct diff_writer *w = (struct diff_writer *)sink;
    w->zone->free(w->zone);
    free(w);
}

struct sink *w_diff_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct sink *zone = w_zone_open(style, out, err);
    struct diff_writer *w = zone != NULL ? malloc(sizeof *w) : NULL;
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        if (zone != NULL)
            zone->free(zone);
        return NULL;
    }
    *w = (struct diff_writer){
        .sink = {diff_begin, diff_record, diff_end, diff_free},
        .zone = zone,
        .style = style,
        .out = out,
    };
    return &w->sink;
}
