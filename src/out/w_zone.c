/* The master-file writer (RFC 1035 section 5, RFC 3597 section 5).
 *
 * By default it writes what BIND, Knot, NSD, ldns and dnspython all read back: one record a line,
 * every name absolute, no directives, mnemonics that all of them know, the generic form for the
 * rest. The last line says that the zone is complete, or why it is not. */
#include "out/writer.h"

#include "base/codec.h"
#include "base/sum.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

/* An owner's text, TTL, class and type with what separates them, apart from --pretty's padding. */
enum {
    LINE_FIXED = NAME_TEXT_ROOM + 64,
    PRETTY_EXTRA = 6 * (LINE_FIXED + 64), /* the SOA's lines, each as far in as the first */
    MIDDLE_MAX = 32,
};

struct zone_writer {
    struct sink sink;
    const struct writer_style *style;
    struct buf *out;
    struct rdata_style rdata_style;

    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    char class[16];
    uint32_t serial;
    uint64_t records;
    struct sum sum; /* of the lines, where the style asks for it */
    bool begun;
    bool origin_moved; /* $ORIGIN invalid. stands before */
    const char *before, *behind; /* of each record; NULL: nothing */

    char owner[NAME_TEXT_ROOM]; /* text of the last owner */
    size_t owner_length;
    char middle[MIDDLE_MAX]; /* TTL and class of the last record, with the tabs around them */
    size_t middle_length;    /* 0: none yet */
    uint32_t middle_ttl;
};

static char *add(char *at, const char *chars)
{
    size_t n = strlen(chars);
    memcpy(at, chars, n);
    return at + n;
}

static bool zone_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    memcpy(w->apex, zone->apex, zone->apex_length);
    w->apex_length = zone->apex_length;
    w->serial = zone->serial;
    *types_class_text(w->class, zone->class) = '\0';
    w->begun = true;
    w->rdata_style.portable = !w->style->modern;
    if (!w->style->relative)
        return true;
    w->rdata_style.origin = w->apex;
    w->rdata_style.origin_length = w->apex_length;
    struct name_string apex;
    return buf_printf(w->out, err, "$ORIGIN %s\n", name_string(&apex, w->apex));
}

static bool is_generic(const struct zone_writer *w, const struct rr *rr)
{
    if ((rr->flags & RR_OPAQUE) != 0 || w->style->generic)
        return true;
    return !w->style->modern && (rr->info->flags & TYPE_FLAG_PORTABLE) == 0;
}

static const char origin_invalid[] = "$ORIGIN invalid.";

/* dnspython refuses the generic form of a type that it knows if the RDATA holds a name at or under
 * the current origin, which is the zone when nothing else is said; so something else is said. */
static bool move_origin(struct zone_writer *w, const struct rr *rr, struct err *err)
{
    if (w->origin_moved || rr->info == NULL || !rdata_may_hold_name(rr->info))
        return true;
    w->origin_moved = true;
    if (w->style->sum)
        sum_line(&w->sum, origin_invalid, sizeof origin_invalid - 1);
    return buf_printf(w->out, err, "%s\n", origin_invalid);
}

__attribute__((noinline)) static bool restore_origin(struct zone_writer *w, struct err *err)
{
    struct name_string apex;
    w->origin_moved = false;
    return buf_printf(w->out, err, "$ORIGIN %s\n", name_string(&apex, w->apex));
}

static char *pad(char *at, const char *from, size_t column)
{
    do
        *at++ = ' ';
    while ((size_t)(at - from) < column);
    return at;
}

/* Writes the owner, or repeats its text from the record before. */
static char *put_owner(struct zone_writer *w, char *at, const struct rr *rr)
{
    bool relative = w->style->relative && !w->origin_moved;
    if ((rr->flags & RR_SAME_OWNER) != 0 && w->records > 0 && relative == w->style->relative) {
        if (w->style->pretty) /* a line that begins with a blank has the owner of the last */
            return at;
        memcpy(at, w->owner, w->owner_length);
        return at + w->owner_length;
    }
    char *from = at;
    if (relative)
        at = name_text_relative(at, rr->owner, rr->owner_length, w->apex, w->apex_length);
    else
        at = name_text(at, rr->owner, rr->owner_length);
    w->owner_length = (size_t)(at - from);
    memcpy(w->owner, from, w->owner_length);
    return at;
}

static char *put_type(char *at, const struct rr *rr, bool generic)
{
    if (!generic)
        return add(at, rr->info->mnemonic);
    at = add(at, "TYPE");
    return codec_u32(at, rr->type);
}

/* Neighbours mostly have one TTL, and all have one class. */
static void make_middle(struct zone_writer *w, uint32_t ttl)
{
    char *at = w->middle;
    *at++ = '\t';
    if (!w->style->no_ttl) {
        at = codec_u32(at, ttl);
        *at++ = '\t';
    }
    if (!w->style->no_class) {
        at = add(at, w->class);
        *at++ = '\t';
    }
    w->middle_length = (size_t)(at - w->middle);
    w->middle_ttl = ttl;
}

static char *put_plain_head(struct zone_writer *w, char *at, const struct rr *rr, bool generic)
{
    at = put_owner(w, at, rr);
    if (rr->ttl != w->middle_ttl || w->middle_length == 0)
        make_middle(w, rr->ttl);
    memcpy(at, w->middle, MIDDLE_MAX); /* as a whole: it is cheaper than its length */
    at = put_type(at + w->middle_length, rr, generic);
    *at++ = '\t';
    return at;
}

enum { COLUMN_TTL = 32, TTL_WIDTH = 8, TYPE_WIDTH = 11 };

static char *put_pretty_head(struct zone_writer *w, char *at, const struct rr *rr, bool generic)
{
    char *from = at;
    at = pad(put_owner(w, at, rr), from, COLUMN_TTL);
    from = at;
    if (!w->style->no_ttl)
        at = pad(codec_u32(at, rr->ttl), from, TTL_WIDTH);
    if (!w->style->no_class) {
        at = add(at, w->class);
        *at++ = ' ';
    }
    from = at;
    return pad(put_type(at, rr, generic), from, TYPE_WIDTH);
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
    return shown > 0 ? at : add(at, "0s");
}

/* Where the numbers of the SOA stand: below its RDATA, but six lines behind a very long owner would
 * not fit in PRETTY_EXTRA. */
static size_t soa_column(size_t column)
{
    enum { WIDEST = 72 };
    return column < WIDEST ? column : WIDEST;
}

/* The SOA over several lines, each number with its meaning. */
static char *put_pretty_soa(struct zone_writer *w, char *at, const struct rr *rr, size_t column)
{
    static const char *const meanings[] = {"serial", "refresh", "retry", "expire", "minimum"};
    char *rdata = rdata_text(at, rr, &w->rdata_style);
    if (rdata == NULL)
        return NULL;
    char words[2 * NAME_TEXT_ROOM + 64];
    size_t n = (size_t)(rdata - at);
    memcpy(words, at, n);
    words[n] = '\0';
    char *save = NULL;
    at = add(at, strtok_r(words, " ", &save));
    *at++ = ' ';
    at = add(at, strtok_r(NULL, " ", &save));
    at = add(at, " (\n");
    for (size_t i = 0; i < 5; i++) {
        char *line = at;
        const char *word = strtok_r(NULL, " ", &save);
        at = add(pad(at, line, column), word);
        at = add(pad(at, line, column + 11), "; ");
        at = add(at, meanings[i]);
        if (i > 0) {
            at = add(at, " (");
            at = put_duration(at, (uint32_t)strtoul(word, NULL, 10));
            *at++ = ')';
        }
        *at++ = '\n';
    }
    return add(pad(at, at, column), ")");
}

static char *put_typed(struct zone_writer *w, char *at, const char *line, const struct rr *rr)
{
    if (w->style->pretty && rr->type == TYPE_SOA)
        return put_pretty_soa(w, at, rr, soa_column((size_t)(at - line)));
    return rdata_text(at, rr, &w->rdata_style);
}

static bool put_record(struct zone_writer *w, const struct rr *rr, bool generic, struct err *err)
{
    if (generic && w->before == NULL && !move_origin(w, rr, err))
        return false;
    char *line =
        buf_reserve(w->out, LINE_FIXED + PRETTY_EXTRA + rdata_text_bound(rr->rdlength), err);
    if (line == NULL)
        return false;
    char *at = w->before != NULL ? add(line, w->before) : line;
    at = w->style->pretty ? put_pretty_head(w, at, rr, generic)
                          : put_plain_head(w, at, rr, generic);
    at = generic ? rdata_text_generic(at, rr) : put_typed(w, at, line, rr);
    if (at == NULL) /* some reader would not get it back; nothing was committed yet */
        return put_record(w, rr, true, err);
    if (w->style->sum)
        sum_line(&w->sum, line, (size_t)(at - line));
    if (w->behind != NULL)
        at = add(at, w->behind);
    *at++ = '\n';
    buf_commit(w->out, at);
    return !w->origin_moved || !w->style->relative || restore_origin(w, err);
}

void w_zone_mark(struct sink *zone, const char *before, const char *behind)
{
    struct zone_writer *w = (struct zone_writer *)zone;
    w->before = before;
    w->behind = behind;
}

static bool zone_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    (void)op;
    if (!put_record(w, rr, is_generic(w, rr), err))
        return false;
    w->records++;
    return true;
}

static bool zone_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct zone_writer *w = (struct zone_writer *)sink;
    struct name_string apex;
    char sum[sizeof " sum " + SUM_TEXT] = "";
    bool good;
    if (w->style->sum)
        *sum_text(stpcpy(sum, " sum "), &w->sum) = '\0';
    if (outcome == OUTCOME_COMPLETE)
        good = buf_printf(w->out, err, "; zxfr end: %s %s serial %lu records %llu%s%s\n",
                          name_string(&apex, w->apex), w->class, (unsigned long)w->serial,
                          (unsigned long long)w->records, w->style->filtered ? " filtered" : "",
                          sum);
    else
        good = buf_printf(w->out, err, "; zxfr INCOMPLETE: %s\n", why);
    return good && buf_drain(w->out, err);
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
