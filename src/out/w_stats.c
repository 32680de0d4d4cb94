/* The format stats: figures of a zone or of changes, for people to read. */
#include "out/writer.h"

#include "base/codec.h"
#include "dns/endline.h"
#include "dns/types.h"
#include "out/stats.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TYPE_TEXT_MAX = 16, TIME_TEXT_MAX = 16 };

struct stats_writer {
    struct sink sink;
    struct buf *out;
    bool begun;
    struct stats stats;
};

static bool writer_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct stats_writer *w = (struct stats_writer *)sink;
    if (!w->begun && !stats_init(&w->stats, err))
        return false;
    w->begun = true;
    stats_begin(&w->stats, zone);
    return true;
}

static bool writer_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct stats_writer *w = (struct stats_writer *)sink;
    (void)err;
    stats_add(&w->stats, op, rr);
    return true;
}

/* "www.example.com. A", or the name alone. */
struct place_text {
    char text[NAME_TEXT_ROOM + TYPE_TEXT_MAX];
};

static const char *place_string(struct place_text *text, const struct stats_place *place,
                                bool with_type)
{
    char *at = name_text(text->text, place->owner, place->owner_length);
    if (with_type) {
        *at++ = ' ';
        at = types_text(at, place->type, false);
    }
    *at = '\0';
    return text->text;
}

/* Writes YYYYMMDDHHMMSS as 2026-12-24 18:00:00. */
static bool put_time(struct buf *out, const char *label, uint32_t seconds,
                     const struct stats_place *place, struct err *err)
{
    char t[TIME_TEXT_MAX];
    struct place_text where;
    codec_time(t, seconds);
    return buf_printf(out, err, "%-16s%.4s-%.2s-%.2s %.2s:%.2s:%.2s UTC (%s)\n", label, t, t + 4,
                      t + 6, t + 8, t + 10, t + 12, place_string(&where, place, true));
}

static bool put_zone(struct buf *out, const struct stats *s, struct err *err)
{
    struct place_text where;
    if (s->all.records == 0) /* every record was filtered out */
        return true;
    return buf_printf(out, err, "%-16s%" PRIu64 "\n", "names", s->names) &&
           buf_printf(out, err, "%-16s%s (%u label%s)\n", "deepest name",
                      place_string(&where, &s->deepest, false), s->deepest_labels,
                      s->deepest_labels == 1 ? "" : "s") &&
           buf_printf(out, err, "%-16s%s (%" PRIu64 " record%s)\n", "largest RRset",
                      place_string(&where, &s->largest, true), s->largest_records,
                      s->largest_records == 1 ? "" : "s") &&
           buf_printf(out, err, "%-16s%" PRIu32 " to %" PRIu32 "\n", "TTL", s->least_ttl,
                      s->greatest_ttl) &&
           (s->earliest.owner_length == 0 ||
            (put_time(out, "first expiry", s->earliest_expiration, &s->earliest, err) &&
             put_time(out, "last expiry", s->latest_expiration, &s->latest, err)));
}

static bool put_types(struct buf *out, const struct stats *s, struct err *err)
{
    bool good = buf_printf(out, err, "\n%-16s%12s%14s\n", "type", s->changes ? "added" : "records",
                           s->changes ? "deleted" : "octets");
    for (unsigned i = 0; i < STATS_TYPES && good; i++) {
        const struct stats_count *count = &s->types[i];
        char type[TYPE_TEXT_MAX];
        if (count->records == 0 && count->deleted == 0)
            continue;
        *types_text(type, (uint16_t)i, false) = '\0';
        good = buf_printf(out, err, "%-16s%12" PRIu64 "%14" PRIu64 "\n", type, count->records,
                          s->changes ? count->deleted : count->octets);
    }
    return good;
}

static bool put_all(struct buf *out, const struct stats *s, struct err *err)
{
    struct name_string apex;
    char class[TYPE_TEXT_MAX];
    *types_class_text(class, s->class) = '\0';
    if (!buf_printf(out, err, "%-16s%s %s\n", "zone", name_string(&apex, s->apex), class))
        return false;
    if (s->changes)
        return buf_printf(out, err, "%-16s%" PRIu32 " to %" PRIu32 "\n", "serial", s->from,
                          s->serial) &&
               buf_printf(out, err, "%-16s%" PRIu64 "\n", "steps", s->steps) &&
               buf_printf(out, err, "%-16s%" PRIu64 "\n", "added", s->all.records) &&
               buf_printf(out, err, "%-16s%" PRIu64 "\n", "deleted", s->all.deleted);
    return buf_printf(out, err, "%-16s%" PRIu32 "\n", "serial", s->serial) &&
           buf_printf(out, err, "%-16s%" PRIu64 "\n", "records", s->all.records) &&
           buf_printf(out, err, "%-16s%" PRIu64 "\n", "octets", s->all.octets) &&
           put_zone(out, s, err);
}

static bool writer_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct stats_writer *w = (struct stats_writer *)sink;
    bool is_empty = w->stats.all.records == 0 && w->stats.all.deleted == 0;
    if (outcome == OUTCOME_ABORTED)
        return endline_write_incomplete(w->out, why, err) && buf_drain(w->out, err);
    if (is_empty && w->stats.changes) /* up to date: nothing to tell */
        return buf_drain(w->out, err);
    return put_all(w->out, &w->stats, err) && put_types(w->out, &w->stats, err) &&
           (outcome != OUTCOME_PARTIAL || endline_write_incomplete(w->out, why, err)) &&
           buf_drain(w->out, err);
}

static void writer_free(struct sink *sink)
{
    struct stats_writer *w = (struct stats_writer *)sink;
    stats_fini(&w->stats);
    free(w);
}

struct sink *w_stats_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct stats_writer *w = calloc(1, sizeof *w);
    (void)style;
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){writer_begin, writer_record, writer_end, writer_free};
    w->out = out;
    return &w->sink;
}
