/* Changes in numbers: a line for each changed name, then how much was added and deleted of each
 * type.
 *
 * The changes of a name must come one after the other. */
#include "out/stats.h"
#include "out/writer.h"

#include "dns/endline.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_TEXT_MAX = 16, SIGNED_MAX = 24 };

struct diffstat {
    struct sink sink;
    struct stats stats;
    struct buf *out;
    uint8_t owner[NAME_MAX_WIRE]; /* the name that is being counted */
    uint8_t owner_length;         /* 0: none yet */
    uint64_t added, deleted, names;
};

static bool put_line(struct buf *out, uint64_t added, uint64_t deleted, const char *what,
                     struct err *err)
{
    char plus[SIGNED_MAX], minus[SIGNED_MAX];
    snprintf(plus, sizeof plus, "+%" PRIu64, added);
    snprintf(minus, sizeof minus, "-%" PRIu64, deleted);
    return buf_printf(out, err, "%10s%10s  %s\n", plus, minus, what);
}

/* Writes the line of the last name, which is complete. */
static bool put_name(struct diffstat *w, struct err *err)
{
    struct name_string name;
    if (w->owner_length == 0)
        return true;
    w->names++;
    return put_line(w->out, w->added, w->deleted, name_string(&name, w->owner), err);
}

static bool diffstat_begin(struct sink *sink, const struct zone_info *info, struct err *err)
{
    struct diffstat *w = (struct diffstat *)sink;
    struct name_string apex;
    char class[TYPE_TEXT_MAX];
    if (!stats_init(&w->stats, err))
        return false;
    stats_begin(&w->stats, info);
    if (info->newest == NULL) /* nothing has changed */
        return true;
    *types_class_text(class, info->class) = '\0';
    return buf_printf(w->out, err, "; zxfr diff: %s %s %lu %lu\n", name_string(&apex, info->apex),
                      class, (unsigned long)info->from, (unsigned long)info->serial);
}

static bool diffstat_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct diffstat *w = (struct diffstat *)sink;
    stats_add(&w->stats, op, rr);
    if (w->owner_length == 0 ||
        !name_equal(rr->owner, rr->owner_length, w->owner, w->owner_length)) {
        if (!put_name(w, err))
            return false;
        memcpy(w->owner, rr->owner, rr->owner_length);
        w->owner_length = rr->owner_length;
        w->added = w->deleted = 0;
    }
    w->added += op == RR_ADD;
    w->deleted += op == RR_DELETE;
    return true;
}

static bool put_types(struct diffstat *w, struct err *err)
{
    bool good = buf_printf(w->out, err, "\n%10s%10s  type\n", "added", "deleted");
    for (unsigned i = 0; i < STATS_TYPES && good; i++) {
        const struct stats_count *count = &w->stats.types[i];
        char type[TYPE_TEXT_MAX];
        if (count->records == 0 && count->deleted == 0)
            continue;
        *types_text(type, (uint16_t)i, false) = '\0';
        good = put_line(w->out, count->records, count->deleted, type, err);
    }
    return good;
}

static bool diffstat_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct diffstat *w = (struct diffstat *)sink;
    char all[64];
    if (outcome == OUTCOME_ABORTED)
        return endline_write_incomplete(w->out, why, err) && buf_drain(w->out, err);
    if (w->owner_length == 0)
        return buf_drain(w->out, err);
    if (!put_name(w, err) || !put_types(w, err))
        return false;
    snprintf(all, sizeof all, "in all, of %" PRIu64 " name%s", w->names, w->names == 1 ? "" : "s");
    return put_line(w->out, w->stats.all.records, w->stats.all.deleted, all, err) &&
           buf_drain(w->out, err);
}

static void diffstat_free(struct sink *sink)
{
    struct diffstat *w = (struct diffstat *)sink;
    stats_fini(&w->stats);
    free(w);
}

struct sink *w_diffstat_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct diffstat *w = calloc(1, sizeof *w);
    (void)style;
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){diffstat_begin, diffstat_record, diffstat_end, diffstat_free};
    w->out = out;
    return &w->sink;
}
