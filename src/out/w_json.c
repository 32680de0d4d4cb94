/* JSON: a record a line (jsonl), or one document (json).
 *
 * It is written straight from the schema into the buffer. All that goes into strings is printable
 * ASCII, so only quotes and backslashes need an escape. */
#include "out/writer.h"

#include "base/codec.h"
#include "dns/endline.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_JSON_ROOM = 2 * NAME_TEXT_ROOM, /* escapes double the text of a name */
    LINE_FIXED = NAME_JSON_ROOM + 128,   /* all of a line but its RDATA */
    MIDDLE_MAX = 64,
};

struct json_writer {
    struct sink sink;
    const struct writer_style *style;
    struct buf *out;

    bool is_document;
    bool begun;
    bool changes;
    uint32_t serial; /* of changes: that of the last step */
    uint64_t lines;

    char owner[NAME_JSON_ROOM]; /* of the last record, escaped */
    size_t owner_length;
    char middle[MIDDLE_MAX]; /* the text from the owner to the type, of the last record */
    size_t middle_length;    /* 0: none yet */
    uint32_t middle_ttl;
    uint16_t middle_class;
};

static char *put_chars(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

/* ---- The document around the lines --------------------------------------------------------- */

/* The serial that changes lead to is known only once their last step has begun, so "to" comes
 * last. */
static bool open_document(struct json_writer *w, const struct zone_info *zone, struct err *err)
{
    char *line = buf_reserve(w->out, LINE_FIXED, err);
    if (line == NULL)
        return false;
    char *name = put_chars(line, "{\"zone\":\"");
    char *at = codec_json_here(name, name_text(name, zone->apex, zone->apex_length));
    at = types_class_text(put_chars(at, "\",\"class\":\""), zone->class);
    at = put_chars(at, zone->changes ? "\",\"from\":" : "\",\"serial\":");
    at = codec_u32(at, zone->changes ? zone->from : zone->serial);
    at = put_chars(at, zone->changes ? ",\"changes\":[" : ",\"records\":[");
    buf_commit(w->out, at);
    return true;
}

/* `why`: the reason why the records are not all; NULL: they are. */
static bool close_document(struct json_writer *w, const char *why, struct err *err)
{
    char *line = buf_reserve(w->out, LINE_FIXED + 2 * ERR_TEXT_MAX, err);
    if (line == NULL)
        return false;
    char *at = put_chars(line, w->lines > 0 ? "\n]" : "]");
    if (w->changes)
        at = codec_u32(put_chars(at, ",\"to\":"), w->serial);
    if (why != NULL) {
        char *text = put_chars(at, ",\"incomplete\":\"");
        at = put_chars(codec_json_here(text, put_chars(text, why)), "\"");
    }
    buf_commit(w->out, put_chars(at, "}\n"));
    return true;
}

/* Called again for each step of changes. */
static bool json_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct json_writer *w = (struct json_writer *)sink;
    bool first = !w->begun;
    w->serial = zone->serial;
    w->changes = zone->changes;
    w->begun = true;
    return !first || !w->is_document || open_document(w, zone, err);
}

/* ---- Lines --------------------------------------------------------------------------------- */

static char *put_owner(struct json_writer *w, char *at, const struct rr *rr)
{
    if ((rr->flags & RR_SAME_OWNER) != 0 && w->lines > 0) {
        memcpy(at, w->owner, w->owner_length);
        return at + w->owner_length;
    }
    char *end = codec_json_here(at, name_text(at, rr->owner, rr->owner_length));
    w->owner_length = (size_t)(end - at);
    memcpy(w->owner, at, w->owner_length);
    return end;
}

/* Neighbours mostly have the same TTL, and all have the same class. */
static void make_middle(struct json_writer *w, const struct rr *rr)
{
    char *at = put_chars(w->middle, "\",");
    if (!w->style->no_ttl) {
        at = codec_u32(put_chars(at, "\"ttl\":"), rr->ttl);
        *at++ = ',';
    }
    if (!w->style->no_class)
        at = put_chars(types_class_text(put_chars(at, "\"class\":\""), rr->class), "\",");
    at = put_chars(at, "\"type\":\"");
    w->middle_length = (size_t)(at - w->middle);
    w->middle_ttl = rr->ttl;
    w->middle_class = rr->class;
}

static char *put_head(struct json_writer *w, char *at, enum rr_op op, const struct rr *rr)
{
    if (w->is_document)
        at = put_chars(at, w->lines > 0 ? ",\n" : "\n");
    *at++ = '{';
    if (w->changes)
        at = put_chars(at, op == RR_ADD ? "\"op\":\"add\"," : "\"op\":\"del\",");
    at = put_owner(w, put_chars(at, "\"name\":\""), rr);
    if (w->middle_length == 0 || rr->ttl != w->middle_ttl || rr->class != w->middle_class)
        make_middle(w, rr);
    memcpy(at, w->middle, MIDDLE_MAX); /* a fixed length makes it cheaper */
    at = types_text(at + w->middle_length, rr->type, false);
    return put_chars(at, "\",\"rdata\":\"");
}

static char *put_rdata(const struct json_writer *w, char *at, const struct rr *rr)
{
    static const struct rdata_style style = {.portable = false};
    bool generic = w->style->generic || (rr->flags & RR_OPAQUE) != 0;
    char *end = generic ? rdata_text_generic(at, rr) : rdata_text(at, rr, &style);
    at = codec_json_here(at, end);
    *at++ = '"';
    if (w->style->typed && !generic)
        at = rdata_json(put_chars(at, ",\"data\":"), rr);
    return at;
}

static bool json_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct json_writer *w = (struct json_writer *)sink;
    size_t room = LINE_FIXED + 2 * rdata_text_bound(rr->rdlength);
    if (w->style->typed)
        room += rdata_json_bound(rr->rdlength);
    char *line = buf_reserve(w->out, room, err);
    if (line == NULL)
        return false;
    char *at = put_rdata(w, put_head(w, line, op, rr), rr);
    *at++ = '}';
    if (!w->is_document)
        *at++ = '\n';
    buf_commit(w->out, at);
    w->lines++;
    return true;
}

/* ---- The end ------------------------------------------------------------------------------- */

/* A complete stream of lines has no mark; an incomplete one ends in a line that no JSON parser
 * accepts, and so does a document that was broken off. A document that was made from an incomplete
 * input is closed, and has a member that says so. */
static bool json_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct json_writer *w = (struct json_writer *)sink;
    if ((outcome == OUTCOME_ABORTED || (outcome == OUTCOME_PARTIAL && !w->is_document)) &&
        !((!w->is_document || !w->begun || buf_add(w->out, "\n", 1, err)) &&
          endline_write_incomplete(w->out, why, err)))
        return false;
    if (outcome != OUTCOME_ABORTED && w->is_document &&
        !close_document(w, outcome == OUTCOME_PARTIAL ? why : NULL, err))
        return false;
    return buf_drain(w->out, err);
}

static void json_free(struct sink *sink)
{
    free(sink);
}

static struct sink *open_writer(const struct writer_style *style, struct buf *out, bool is_document,
                                struct err *err)
{
    struct json_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){json_begin, json_record, json_end, json_free};
    w->style = style;
    w->out = out;
    w->is_document = is_document;
    return &w->sink;
}

struct sink *w_jsonl_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    return open_writer(style, out, false, err);
}

struct sink *w_json_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    return open_writer(style, out, true, err);
}
