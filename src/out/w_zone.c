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

#include <stdlib.h>
#include <string.h>

enum { PRETTY_EXTRA = 6 * (LINE_FIXED + 64) }; /* the SOA's lines, all indented as far */

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
    bool origin_moved;          /* "$ORIGIN invalid." is in force */
    const char *before, *after; /* the texts around each record; NULL: none */
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

static char *pad_to(char *at, const char *from, size_t column)
{
    do
        *at++ = ' ';
    while ((size_t)(at - from) < column);
    return at;
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

enum { COLUMN_TTL = 32, TTL_WIDTH = 8, TYPE_WIDTH = 11 };

static char *put_pretty_head(struct zone_writer *w, char *at, const struct rr *rr, bool generic)
{
    char *from = at;
    if (!keep_owner(w, rr)) /* a line that begins with a blank has the owner of the line before */
        at = line_owner(&w->line, at);
    at = pad_to(at, from, COLUMN_TTL);
    from = at;
    if (!w->style->no_ttl)
        at = pad_to(codec_u32(at, rr->ttl), from, TTL_WIDTH);
    if (!w->style->no_class) {
        at = put_chars(at, w->line.class);
        *at++ = ' ';
    }
    from = at;
    return pad_to(line_type(at, rr, generic), from, TYPE_WIDTH);
}

/* A time in the two largest units that it has: "1h 30m". */
static char *put_duration(char *at, uint32_t seconds)
{
    static const struct {
        uint32_t seconds;
        char unit;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int shown = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units && shown < 2; i++) {
        if (seconds < units[i].seconds)
            continue;
        if (shown++ > 0)
            *at++ = ' ';
        at = codec_u32(at, seconds / units[i].seconds);
        *at++ = units[i].unit;
        seconds %= units[i].seconds;
    }
    return shown > 0 ? at : put_chars(at, "0s");
}

/* The column of the SOA's numbers: that of its RDATA, but not one so far right, after a very long
 * owner, that six lines would not fit in PRETTY_EXTRA. */
static size_t soa_column(size_t column)
{
    enum { WIDEST = 72 };
    return column < WIDEST ? column : WIDEST;
}

/* The SOA over several lines, each number with its meaning. */
static char *put_pretty_soa(struct zone_writer *w, char *at, const struct rr *rr, size_t column)
{
    static const char *const meanings[] = {"serial", "refresh", "retry", "expire", "minimum"};
    char *rdata = rdata_text(at, rr, &w->line.rdata_style);
    if (rdata == NULL)
        return NULL;
    char words[2 * NAME_TEXT_ROOM + 64];
    size_t n = (size_t)(rdata - at);
    memcpy(words, at, n);
    words[n] = '\0';
    char *save = NULL;
    at = put_chars(at, strtok_r(words, " ", &save));
    *at++ = ' ';
    at = put_chars(at, strtok_r(NULL, " ", &save));
    at = put_chars(at, " (\n");
    for (size_t i = 0; i < 5; i++) {
        char *line = at;
        const char *word = strtok_r(NULL, " ", &save);
        at = put_chars(pad_to(at, line, column), word);
        at = put_chars(pad_to(at, line, column + 11), "; ");
        at = put_chars(at, meanings[i]);
        if (i > 0) {
            at = put_chars(at, " (");
            at = put_duration(at, (uint32_t)strtoul(word, NULL, 10));
            *at++ = ')';
        }
        *at++ = '\n';
    }
    return put_chars(pad_to(at, at, column), ")");
}

static char *put_head(struct zone_writer *w, char *at, const struct rr *rr, bool generic)
{
    if (w->style->pretty)
        return put_pretty_head(w, at, rr, generic);
    keep_owner(w, rr);
    return line_head(&w->line, at, rr, generic);
}

static char *put_typed(struct zone_writer *w, char *at, const char *line, const struct rr *rr)
{
    if (w->style->pretty && rr->type == TYPE_SOA)
        return put_pretty_soa(w, at, rr, soa_column((size_t)(at - line)));
    return rdata_text(at, rr, &w->line.rdata_style);
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
    at = put_head(w, at, rr, generic);
    return generic ? rdata_text_generic(at, rr) : put_typed(w, at, line, rr);
}

void w_zone_mark(struct sink *zone, const char *before, const char *after)
{
    struct zone_writer *w = (struct zone_writer *)zone;
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
        line = buf_reserve(w->out, LINE_FIXED + PRETTY_EXTRA + rdata_text_bound(rr->rdlength), err);
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

/* A record where the style asks for nothing but lines, and most readers know its type. */
static bool usual_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    if (line_is_generic(rr, !w->line.rdata_style.portable))
        return zone_record(sink, op, rr, err);
    char *line =
        buf_reserve(w->out, LINE_FIXED + PRETTY_EXTRA + rdata_text_bound(rr->rdlength), err);
    if (line == NULL)
        return false;
    if ((rr->flags & RR_SAME_OWNER) == 0 || w->line.owner_length == 0)
        line_keep_owner(&w->line, rr, NULL, 0);
    char *at = line_head(&w->line, line, rr, false);
    at = rdata_text(at, rr, &w->line.rdata_style);
    if (at == NULL)
        return zone_record(sink, op, rr, err);
    *at++ = '\n';
    buf_commit(w->out, at);
    w->records++;
    return true;
}

static bool zone_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    char line[ENDLINE_ROOM];
    if (outcome != OUTCOME_COMPLETE)
        return endline_write_incomplete(w->out, why, err) && buf_drain(w->out, err);
    struct endline end =
        endline_of(w->apex, w->class, w->serial, w->records, w->style->sum ? &w->sum : NULL);
    expiry_end(&w->expiry);
    end.filtered = w->style->filtered;
    end.has_expires = w->expiry.has_first;
    end.expires = w->expiry.first;
    return buf_add(w->out, line, endline_write(line, &end), err) && buf_drain(w->out, err);
}

static void zone_free(struct sink *sink)
{
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
    return &w->sink;
}
