/* The master-file writer (RFC 1035 section 5, RFC 3597 section 5).
 *
 * By default it writes what BIND, Knot, NSD, ldns and dnspython all read back: one record a line,
 * every name absolute, no directives, mnemonics that all of them know, the generic form for the
 * rest. The last line says that the zone is complete, or why it is not. */
#include "out/writer.h"

#include "base/codec.h"
#include "base/sum.h"
#include "dns/endline.h"
#include "dns/expiry.h"
#include "dns/line.h"
#include "dns/types.h"
#include "out/pretty.h"

#include <stdlib.h>
#include <string.h>

/* The last line, as long as it is in the buffer: the next one mostly begins as it does. */
struct recent {
    const char *line; /* NULL: there is none */
    size_t owner_length, head_length;
    uint32_t ttl;
};

struct zone_writer {
    struct sink sink;
    const struct writer_style *style;
    struct buf *out;
    struct line line;

    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    uint16_t class;
    uint32_t serial;
    uint64_t records;
    struct sum sum; /* of the lines, where the style asks for it; and then */
    struct expiry expiry;
    bool begun;
    bool origin_moved; /* "$ORIGIN invalid." is in force */
    struct recent recent;
    const char *before, *after; /* the texts around each record; NULL: none */
    struct pretty pretty;
};

static bool zone_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err);
static bool usual_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err);

static char *put_chars(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static bool zone_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    memcpy(w->apex, zone->apex, zone->apex_length);
    w->apex_length = zone->apex_length;
    w->serial = zone->serial;
    w->class = zone->class;
    w->begun = true;
    line_init(&w->line, zone->class);
    w->line.no_class = w->style->no_class;
    w->line.no_ttl = w->style->no_ttl;
    w->line.rdata_style.portable = !w->style->modern;
    if (!w->style->relative && !w->style->pretty && !w->style->generic && !w->style->sum &&
        w->before == NULL && w->after == NULL)
        sink->record = usual_record;
    if (!w->style->relative)
        return true;
    w->line.rdata_style.origin = w->apex;
    w->line.rdata_style.origin_length = w->apex_length;
    struct name_string apex;
    return buf_printf(w->out, err, "$ORIGIN %s\n", name_string(&apex, w->apex));
}

static bool is_generic(const struct zone_writer *w, const struct rr *rr)
{
    return w->style->generic || line_is_generic(rr, w->style->modern);
}

static bool move_origin(struct zone_writer *w, const struct rr *rr, struct err *err)
{
    if (w->origin_moved || !line_moves_origin(rr))
        return true;
    w->origin_moved = true;
    if (w->style->sum)
        sum_line(&w->sum, line_origin, strlen(line_origin));
    return buf_printf(w->out, err, "%s\n", line_origin);
}

__attribute__((noinline)) static bool restore_origin(struct zone_writer *w, struct err *err)
{
    struct name_string apex;
    w->origin_moved = false;
    return buf_printf(w->out, err, "$ORIGIN %s\n", name_string(&apex, w->apex));
}

/* Keeps the owner's text, unless it is that of the record before; then it returns true. */
static bool keep_owner(struct zone_writer *w, const struct rr *rr)
{
    bool relative = w->style->relative && !w->origin_moved;
    if ((rr->flags & RR_SAME_OWNER) != 0 && w->line.owner_length > 0 &&
        relative == w->style->relative)
        return true;
    line_keep_owner(&w->line, rr, relative ? w->apex : NULL, w->apex_length);
    return false;
}

/* Keeps of a record what the end line will say where it has a sum. */
static void sum_up(struct zone_writer *w, const struct rr *rr, const char *line, size_t length)
{
    sum_line(&w->sum, line, length);
    if (rr->type == TYPE_RRSIG)
        expiry_add_record(&w->expiry, rr);
}

/* The line up to its end; NULL where some reader would misread it in that form. */
static inline char *put_line(struct zone_writer *w, char *line, const struct rr *rr, bool generic)
{
    char *at = w->before != NULL ? put_chars(line, w->before) : line;
    keep_owner(w, rr);
    at = line_head(&w->line, at, rr, generic);
    return generic ? rdata_text_generic(at, rr) : rdata_text(at, rr, &w->line.rdata_style);
}

void w_zone_mark(struct sink *zone, const char *before, const char *after)
{
    struct zone_writer *w = (struct zone_writer *)zone;
    if (zone->record == usual_record)
        zone->record = zone_record;
    w->before = before;
    w->after = after;
}

static bool zone_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    bool generic = is_generic(w, rr);
    char *line, *at;
    (void)op;
    do {
        if (generic && w->before == NULL && !move_origin(w, rr, err))
            return false;
        line = buf_reserve(w->out, LINE_FIXED + rdata_text_bound(rr->rdlength), err);
        if (line == NULL)
            return false;
        at = put_line(w, line, rr, generic);
        generic = true;
    } while (at == NULL);
    if (w->style->sum)
        sum_up(w, rr, line, (size_t)(at - line));
    if (w->after != NULL)
        at = put_chars(at, w->after);
    *at++ = '\n';
    buf_commit(w->out, at);
    w->records++;
    return !w->origin_moved || !w->style->relative || restore_origin(w, err);
}

/* A record that is none of the usual after all: the other way knows nothing of the line before. */
__attribute__((noinline)) static bool unusual_record(struct zone_writer *w, enum rr_op op,
                                                     const struct rr *rr, struct err *err)
{
    w->recent.line = NULL;
    w->line.owner_length = 0;
    return zone_record(&w->sink, op, rr, err);
}

/* Copies a beginning of the line before. Its blocks may overlap, but not within what counts, which
 * is shorter than that line. */
static inline void repeat_head(char *line, const struct recent *recent)
{
    enum { SHORT = 3 * COPY_BLOCK }; /* most are not longer */
    size_t i = 0;
    for (; i < SHORT; i += COPY_BLOCK)
        memmove(line + i, recent->line + i, COPY_BLOCK);
    for (; i < recent->head_length; i += COPY_BLOCK)
        memmove(line + i, recent->line + i, COPY_BLOCK);
}

/* What stands before the type. It is kept nowhere but in the line itself: the processor would have
 * to wait for what was written a moment ago, if that were copied. */
static inline char *put_head(struct zone_writer *w, char *line, const struct rr *rr)
{
    struct recent *recent = &w->recent;
    bool same_owner = (rr->flags & RR_SAME_OWNER) != 0 && recent->line != NULL &&
                      line != w->out->data; /* there the buffer was emptied */
    if (same_owner && rr->ttl == recent->ttl) {
        repeat_head(line, recent);
    } else {
        char *end = same_owner ? (char *)memcpy(line, recent->line, recent->owner_length) +
                                     recent->owner_length
                               : name_text(line, rr->owner, rr->owner_length);
        recent->owner_length = (size_t)(end - line);
        recent->head_length = (size_t)(line_middle(&w->line, end, rr->ttl) - line);
        recent->ttl = rr->ttl;
    }
    recent->line = line;
    return line + recent->head_length;
}

/* A record where the style asks for nothing but lines, and most readers know its type. */
static bool usual_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    if (line_is_generic(rr, !w->line.rdata_style.portable))
        return unusual_record(w, op, rr, err);
    char *line = buf_reserve(w->out, LINE_FIXED + rdata_text_bound(rr->rdlength), err);
    if (line == NULL)
        return false;
    char *at = line_type(put_head(w, line, rr), rr, false);
    *at++ = '\t';
    at = rdata_text(at, rr, &w->line.rdata_style);
    if (at == NULL)
        return unusual_record(w, op, rr, err);
    *at++ = '\n';
    buf_commit(w->out, at);
    w->records++;
    return true;
}

static bool pretty_zone_record(struct sink *sink, enum rr_op op, const struct rr *rr,
                               struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    bool generic = is_generic(w, rr), again;
    (void)op;
    do {
        if (generic && !move_origin(w, rr, err))
            return false;
        bool has_owner = !keep_owner(w, rr);
        if (!pretty_record(&w->pretty, rr, generic, has_owner, &again, err))
            return false;
        generic = true;
    } while (again);
    w->records++;
    return !w->origin_moved || !w->style->relative || restore_origin(w, err);
}

static bool put_end_line(struct zone_writer *w, enum outcome outcome, const char *why,
                         struct err *err)
{
    char line[ENDLINE_ROOM];
    if (outcome != OUTCOME_COMPLETE)
        return endline_write_incomplete(w->out, why, err);
    struct endline end =
        endline_of(w->apex, w->class, w->serial, w->records, w->style->sum ? &w->sum : NULL);
    expiry_end(&w->expiry);
    end.filtered = w->style->filtered;
    end.has_expires = w->expiry.has_first;
    end.expires = w->expiry.first;
    return buf_add(w->out, line, endline_write(line, &end), err);
}

static bool zone_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    return put_end_line(w, outcome, why, err) && buf_drain(w->out, err);
}

static bool pretty_zone_end(struct sink *sink, enum outcome outcome, const char *why,
                            struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    return pretty_comment_begin(w->style, w->out, err) && put_end_line(w, outcome, why, err) &&
           pretty_comment_end(w->style, w->out, err) && buf_drain(w->out, err);
}

static void zone_free(struct sink *sink)
{
    pretty_fini(&((struct zone_writer *)sink)->pretty);
    free(sink);
}

struct sink *w_zone_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct zone_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){zone_begin, zone_record, zone_end, zone_free};
    w->style = style;
    w->out = out;
    if (style->pretty) {
        w->sink.record = pretty_zone_record;
        w->sink.end = pretty_zone_end;
        pretty_init(&w->pretty, style, out, &w->line);
    }
    return &w->sink;
}
