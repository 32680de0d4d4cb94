#include "zone/jsonread.h"

#include "dns/endline.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zone/jsondata.h"
#include "zone/jsonscan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum state { FIRST, LINES, ARRAY_FIRST, ARRAY, DONE };

struct reader {
    struct source source;
    struct zonefile_input file;
    struct jsonread_facts facts;
    struct jsonscan scan;
    enum state state;
    enum state stopped; /* the state in which a record failed, or DONE */
    unsigned seen;      /* members of the document, enum document_member */
    bool class_known;   /* a record or the document has named it */
    bool class_assumed; /* a record has not named it */
    bool has_soa;
    uint32_t soa_serial;

    char *text; /* of the RDATA that `data` describes */
    size_t text_room;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t owner_length;         /* 0: none yet */
    uint8_t other[RDATA_SCRATCH]; /* the RDATA from `data`, where there is also `rdata` */
    uint8_t rdata[RDATA_SCRATCH];
};

/* ---- Values -------------------------------------------------------------------------------- */

/* Whether the error is one of those that begin with the line. */
static bool is_about_text(const struct err *err)
{
    return err->kind == ERR_JSON || err->kind == ERR_SYNTAX || err->kind == ERR_NO_ORIGIN;
}

static bool prefix_line(unsigned long line, struct err *err)
{
    return is_about_text(err) ? err_prefix(err, "%lu: ", line) : false;
}

/* Parses one value. Of jansson's message only the part is used that quotes nothing of the input. */
static json_t *parse_value(const struct jsonscan_value *value, struct err *err)
{
    json_error_t why;
    json_t *json =
        json_loadb(value->text, value->length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (json != NULL)
        return json;
    if (json_error_code(&why) == json_error_out_of_memory) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    unsigned long line = value->line + (why.line > 1 ? (unsigned long)why.line - 1 : 0);
    char *near = strstr(why.text, " near '");
    if (near != NULL)
        *near = '\0';
    err_set(err, ERR_JSON, "%lu:%d: %s", line, why.column, why.text);
    return NULL;
}

static bool is_text(const json_t *json)
{
    return json_is_string(json) &&
           jsondata_printable(json_string_value(json), json_string_length(json));
}

static bool read_u32(const json_t *json, const char *member, uint32_t *number, struct err *err)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < 0 || value > UINT32_MAX)
        return err_set(err, ERR_JSON, "%s: expected a whole number from 0 to 4294967295", member);
    *number = (uint32_t)value;
    return true;
}

static bool read_name(const json_t *json, const char *member, uint8_t out[NAME_MAX_WIRE],
                      uint8_t *length, struct err *err)
{
    uint8_t room[NAME_READ_ROOM];
    if (!is_text(json))
        return err_set(err, ERR_JSON, "%s: expected a name, as a string of printable ASCII",
                       member);
    const char *why =
        name_read(json_string_value(json), json_string_length(json), NULL, 0, room, length);
    if (why == name_wants_origin)
        return err_set(err, ERR_JSON, "%s: expected an absolute name, which ends in a dot", member);
    if (why != NULL)
        return err_set(err, ERR_JSON, "%s: expected %s", member, why);
    memcpy(out, room, *length);
    return true;
}

static bool read_class(const json_t *json, uint16_t *class, struct err *err)
{
    return (is_text(json) &&
            types_class_read(json_string_value(json), json_string_length(json), class)) ||
           err_set(err, ERR_JSON, "class: expected a class such as \"IN\"");
}

/* A zone has one class: the document and all records must agree. */
static bool agree_on_class(struct reader *r, uint16_t class, struct err *err)
{
    if ((r->class_known || r->class_assumed) && class != r->facts.class)
        return err_set(err, ERR_JSON, "class: expected the class of the records before");
    r->facts.class = class;
    r->class_known = true;
    return true;
}

/* ---- Records ------------------------------------------------------------------------------- */

static bool read_op(struct reader *r, const json_t *json, enum rr_op *op, struct err *err)
{
    const char *word = json_string_value(json);
    *op = RR_ADD;
    if (r->facts.records == 0 && !r->facts.document)
        r->facts.changes = json != NULL;
    if (json == NULL && !r->facts.changes)
        return true;
    if (!r->facts.changes)
        return err_set(err, ERR_JSON, "op: expected no such member, as these are not changes");
    if (word == NULL || (strcmp(word, "add") != 0 && strcmp(word, "del") != 0))
        return err_set(err, ERR_JSON, "op: expected \"add\" or \"del\"");
    *op = *word == 'a' ? RR_ADD : RR_DELETE;
    return true;
}

static bool read_owner(struct reader *r, const json_t *json, struct rr *rr, struct err *err)
{
    uint8_t name[NAME_MAX_WIRE], length;
    if (!read_name(json, "name", name, &length, err))
        return false;
    if (length == r->owner_length && memcmp(name, r->owner, length) == 0)
        rr->flags |= RR_SAME_OWNER;
    memcpy(r->owner, name, length);
    r->owner_length = length;
    rr->owner = r->owner;
    rr->owner_length = length;
    return true;
}

static bool read_record_class(struct reader *r, const json_t *json, struct rr *rr, struct err *err)
{
    if (json == NULL) {
        r->class_assumed = r->class_assumed || !r->class_known;
    } else {
        uint16_t class;
        if (!read_class(json, &class, err) || !agree_on_class(r, class, err))
            return false;
    }
    rr->class = r->facts.class;
    return true;
}

static bool read_type(const json_t *json, struct rr *rr, struct err *err)
{
    if (!is_text(json) || !types_read(json_string_value(json), json_string_length(json), &rr->type))
        return err_set(err, ERR_JSON, "type: expected a type such as \"MX\" or \"TYPE65280\"");
    rr->info = types_find(rr->type, rr->class);
    return rr->info == NULL || (rr->info->flags & TYPE_FLAG_META) == 0 ||
           err_set(err, ERR_JSON, "type: %s is not a type that a zone can hold",
                   rr->info->mnemonic);
}

static bool read_text(const struct rr *rr, const char *member, const char *text, size_t length,
                      uint8_t out[RDATA_SCRATCH], uint16_t *rdlength, bool *opaque, struct err *err)
{
    if (rdata_parse_text(rr->info, rr->type, text, length, NULL, 0, out, rdlength, opaque, err))
        return true;
    if (err->kind == ERR_NO_ORIGIN) /* no option gives one here */
        err->kind = ERR_SYNTAX;
    return err_prefix(err, "%s: ", member);
}

static bool make_room(struct reader *r, size_t room, struct err *err)
{
    if (room <= r->text_room)
        return true;
    char *larger = realloc(r->text, room);
    if (larger == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    r->text = larger;
    r->text_room = room;
    return true;
}

static bool read_data(struct reader *r, const struct rr *rr, json_t *data, size_t json_length,
                      uint8_t out[RDATA_SCRATCH], uint16_t *rdlength, bool *opaque, struct err *err)
{
    if (!make_room(r, json_length, err))
        return false;
    char *end = jsondata_text(r->text, rr->info, data, err);
    return end != NULL &&
           read_text(rr, "data", r->text, (size_t)(end - r->text), out, rdlength, opaque, err);
}

/* Where both members are there they must agree: otherwise one of them is out of date. */
static bool read_rdata(struct reader *r, json_t *json, size_t json_length, struct rr *rr,
                       struct err *err)
{
    json_t *rdata = json_object_get(json, "rdata"), *data = json_object_get(json, "data");
    uint16_t other_length = 0;
    bool opaque = false, other_opaque = false;
    rr->rdata = r->rdata;
    if (rdata == NULL && data == NULL)
        return err_set(err, ERR_JSON, "expected a member rdata or data");
    if (rdata == NULL) {
        if (!read_data(r, rr, data, json_length, r->rdata, &rr->rdlength, &opaque, err))
            return false;
    } else {
        if (!is_text(rdata))
            return err_set(err, ERR_JSON, "rdata: expected a string of printable ASCII");
        if (!read_text(rr, "rdata", json_string_value(rdata), json_string_length(rdata), r->rdata,
                       &rr->rdlength, &opaque, err))
            return false;
        if (data != NULL &&
            !read_data(r, rr, data, json_length, r->other, &other_length, &other_opaque, err))
            return false;
        if (data != NULL &&
            (other_length != rr->rdlength || memcmp(r->other, r->rdata, rr->rdlength) != 0))
            return err_set(err, ERR_JSON, "data: expected the same as rdata says");
    }
    if (opaque)
        rr->flags |= RR_OPAQUE;
    return true;
}

static void remember_soa_serial(struct reader *r, const struct rr *rr)
{
    if (rr->type != TYPE_SOA || (rr->flags & RR_OPAQUE) != 0 || r->has_soa)
        return;
    r->soa_serial = rdata_soa_serial(rr);
    r->has_soa = true;
}

static bool read_members(struct reader *r, json_t *json, size_t json_length, struct rr *rr,
                         enum rr_op *op, struct err *err)
{
    *rr = (struct rr){.flags = 0};
    if (!json_is_object(json))
        return err_set(err, ERR_JSON, "expected a record, as an object");
    return read_op(r, json_object_get(json, "op"), op, err) &&
           read_owner(r, json_object_get(json, "name"), rr, err) &&
           read_u32(json_object_get(json, "ttl"), "ttl", &rr->ttl, err) &&
           read_record_class(r, json_object_get(json, "class"), rr, err) &&
           read_type(json_object_get(json, "type"), rr, err) &&
           read_rdata(r, json, json_length, rr, err);
}

static enum source_event read_record(struct reader *r, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct jsonscan_value value;
    if (!jsonscan_value(&r->scan, &value, err))
        return SOURCE_FAIL;
    r->stopped = r->state;
    json_t *json = parse_value(&value, err);
    if (json == NULL)
        return SOURCE_FAIL;
    bool good = read_members(r, json, value.length, rr, op, err) || prefix_line(value.line, err);
    json_decref(json);
    if (!good)
        return SOURCE_FAIL;
    remember_soa_serial(r, rr);
    r->facts.records++;
    r->facts.line = value.line;
    return SOURCE_RR;
}

/* ---- The document -------------------------------------------------------------------------- */

enum document_member { ZONE, CLASS, SERIAL, FROM, TO, RECORDS, CHANGES, INCOMPLETE, OTHER };

static enum document_member member_number(const json_t *key)
{
    static const char *const names[OTHER] = {"zone", "class",   "serial",  "from",
                                             "to",   "records", "changes", "incomplete"};
    for (int i = 0; i < OTHER; i++)
        if (strcmp(json_string_value(key), names[i]) == 0)
            return (enum document_member)i;
    return OTHER;
}

/* Reads the key of a member, with its colon. */
static bool read_key(struct reader *r, enum document_member *member, struct err *err)
{
    struct jsonscan_value value;
    int c;
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    if (c == JSONSCAN_END)
        return err_set(err, ERR_JSON, "%lu: ends inside an object", r->scan.line);
    if (c != '"')
        return err_set(err, ERR_JSON, "%lu: expected the name of a member", r->scan.line);
    if (!jsonscan_value(&r->scan, &value, err))
        return false;
    json_t *key = parse_value(&value, err);
    if (key == NULL)
        return false;
    *member = member_number(key);
    json_decref(key);
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    if (c != ':')
        return err_set(err, ERR_JSON, "%lu: expected a colon", r->scan.line);
    jsonscan_pass(&r->scan);
    return true;
}

/* Goes to the next item of an array or object. Sets *more to whether there is one. */
static bool next_item(struct reader *r, int close, bool first, bool *more, struct err *err)
{
    int c;
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    *more = c != close;
    if (c == close || (c == ',' && !first))
        jsonscan_pass(&r->scan);
    else if (!first)
        return err_set(err, ERR_JSON, "%lu: %s, expected a comma or %c", r->scan.line,
                       c == JSONSCAN_END ? "ends inside the document" : "a stray character", close);
    return true;
}

/* Whether the object that begins here is a document: one of its members is an array of records. A
 * record has no such member. */
static bool find_array(struct reader *r, bool *found, struct err *err)
{
    enum document_member member;
    struct jsonscan_value value;
    bool more;
    int c;
    *found = false;
    jsonscan_pass(&r->scan);
    for (bool first = true;; first = false) {
        if (!next_item(r, '}', first, &more, err))
            return false;
        if (!more)
            return true;
        if (!read_key(r, &member, err) || !jsonscan_peek(&r->scan, &c, err))
            return false;
        *found = (member == RECORDS || member == CHANGES) && c == '[';
        if (*found)
            return true;
        if (!jsonscan_value(&r->scan, &value, err))
            return false;
    }
}

static void keep_why(struct reader *r, const char *why, size_t length)
{
    if (length >= sizeof r->facts.why)
        length = sizeof r->facts.why - 1;
    memcpy(r->facts.why, why, length);
    r->facts.why[length] = '\0';
    r->facts.incomplete = true;
}

static bool use_member(struct reader *r, enum document_member member, json_t *json, struct err *err)
{
    struct jsonread_facts *facts = &r->facts;
    uint16_t class;
    switch (member) {
    case ZONE:
        facts->has_zone = true;
        return read_name(json, "zone", facts->apex, &facts->apex_length, err);
    case CLASS:
        return read_class(json, &class, err) && agree_on_class(r, class, err);
    case SERIAL:
        facts->has_serial = true;
        return read_u32(json, "serial", &facts->serial, err);
    case FROM:
        facts->has_from = true;
        return read_u32(json, "from", &facts->from, err);
    case TO:
        facts->has_to = true;
        return read_u32(json, "to", &facts->to, err);
    case RECORDS:
    case CHANGES:
        return err_set(err, ERR_JSON, "%s: expected an array",
                       member == RECORDS ? "records" : "changes");
    case INCOMPLETE:
        if (!is_text(json))
            return err_set(err, ERR_JSON, "incomplete: expected a string of printable ASCII");
        keep_why(r, json_string_value(json), json_string_length(json));
        return true;
    case OTHER:
    default:
        return true;
    }
}

static bool read_member(struct reader *r, enum document_member member, struct err *err)
{
    struct jsonscan_value value;
    if (!jsonscan_value(&r->scan, &value, err))
        return false;
    json_t *json = parse_value(&value, err);
    if (json == NULL)
        return false;
    bool good = use_member(r, member, json, err) || prefix_line(value.line, err);
    json_decref(json);
    return good;
}

/* Notes that a member is there. Each may be there once, and only one of the two lists. */
static bool note_member(struct reader *r, enum document_member member, struct err *err)
{
    unsigned bit = 1u << member, lists = 1u << RECORDS | 1u << CHANGES;
    if (member != OTHER && ((r->seen & bit) != 0 || ((bit & lists) != 0 && (r->seen & lists) != 0)))
        return err_set(err, ERR_JSON,
                       "%lu: the member is there twice, or there are both records and changes",
                       r->scan.line);
    r->seen |= bit;
    return true;
}

/* Reads members up to the array of records or, after it, up to the end. Sets *more to whether an
 * array begins. */
static bool read_document(struct reader *r, bool first, bool *more, struct err *err)
{
    for (;; first = false) {
        enum document_member member;
        bool has_member;
        int c;
        if (!next_item(r, '}', first, &has_member, err))
            return false;
        *more = false;
        if (!has_member)
            return true;
        if (!read_key(r, &member, err) || !note_member(r, member, err) ||
            !jsonscan_peek(&r->scan, &c, err))
            return false;
        if ((member == RECORDS || member == CHANGES) && c == '[') {
            jsonscan_pass(&r->scan);
            r->facts.changes = member == CHANGES;
            *more = true;
            return true;
        }
        if (!read_member(r, member, err))
            return false;
    }
}

/* Checks that nothing follows the document, and that its serial is that of its SOA. */
static bool end_document(struct reader *r, struct err *err)
{
    int c;
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    if (c != JSONSCAN_END)
        return err_set(err, ERR_JSON, "%lu: expected nothing after the document", r->scan.line);
    if (r->facts.has_serial && r->has_soa && !r->facts.changes && r->facts.serial != r->soa_serial)
        return err_set(err, ERR_JSON, "%lu: serial: is %lu, but that of the SOA is %lu",
                       r->scan.line, (unsigned long)r->facts.serial, (unsigned long)r->soa_serial);
    return true;
}

/* ---- The source ---------------------------------------------------------------------------- */

/* Reads the line that says why the records are not all. Any other line that begins with a semicolon
 * is an error. */
static bool read_incomplete_line(struct reader *r, struct err *err)
{
    struct jsonscan_value line;
    size_t n;
    unsigned long number = r->scan.line;
    int c;
    if (!jsonscan_line(&r->scan, &line, err))
        return false;
    const char *reason = endline_reason(line.text, line.length, &n);
    if (reason == NULL)
        return err_set(err, ERR_JSON, "%lu: expected a record, as an object", number);
    keep_why(r, reason, n);
    r->state = DONE;
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    return c == JSONSCAN_END ||
           err_set(err, ERR_JSON, "%lu: expected nothing after the INCOMPLETE line", r->scan.line);
}

/* Tells lines of records from a document by the first object. */
static bool recognise_form(struct reader *r, struct err *err)
{
    bool is_document, more;
    r->state = LINES;
    jsonscan_mark(&r->scan);
    if (!find_array(r, &is_document, err))
        return false;
    jsonscan_back(&r->scan);
    if (!is_document)
        return true;
    r->facts.document = true;
    jsonscan_pass(&r->scan);
    r->state = ARRAY_FIRST;
    return read_document(r, true, &more, err);
}

/* Sets *more to whether a record begins. */
static bool find_record(struct reader *r, bool *more, struct err *err)
{
    int c;
    *more = false;
    if (!jsonscan_peek(&r->scan, &c, err))
        return false;
    if (c == ';')
        return read_incomplete_line(r, err);
    if (r->state == FIRST && c == '{' && !recognise_form(r, err))
        return false;
    if (r->state == FIRST || r->state == LINES) {
        *more = c != JSONSCAN_END;
        return c == '{' || c == JSONSCAN_END ||
               err_set(err, ERR_JSON, "%lu: expected a record, as an object", r->scan.line);
    }
    bool first = r->state == ARRAY_FIRST, again;
    r->state = ARRAY;
    if (!next_item(r, ']', first, more, err))
        return false;
    if (*more)
        return true;
    r->state = DONE;
    return read_document(r, false, &again, err) && end_document(r, err);
}

static enum source_event jsonread_next(struct source *source, struct rr *rr, enum rr_op *op,
                                       struct err *err)
{
    struct reader *r = (struct reader *)source;
    bool more = false;
    enum source_event event = SOURCE_FAIL;
    if (r->state == DONE)
        return SOURCE_END;
    r->stopped = DONE;
    if (find_record(r, &more, err))
        event = more ? read_record(r, rr, op, err) : SOURCE_END;
    if (event == SOURCE_FAIL && is_about_text(err))
        err_prefix(err, "%.300s:", r->file.name);
    if (event != SOURCE_RR)
        r->state = DONE;
    return event;
}

bool jsonread_resume(struct source *source)
{
    struct reader *r = (struct reader *)source;
    if (r->state == DONE)
        r->state = r->stopped;
    return r->state != DONE;
}

static void close_file(const struct zonefile_input *file)
{
    if (file->close != NULL)
        file->close(file->context);
}

static void jsonread_free(struct source *source)
{
    struct reader *r = (struct reader *)source;
    close_file(&r->file);
    jsonscan_fini(&r->scan);
    free(r->text);
    free(r);
}

struct source *jsonread_open(uint16_t class, const struct zonefile_input *file, struct err *err)
{
    struct reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        close_file(file);
        return NULL;
    }
    r->source = (struct source){.next = jsonread_next, .free = jsonread_free};
    r->file = *file;
    r->facts.class = class;
    if (!jsonscan_init(&r->scan, file->read, file->context, err)) {
        jsonread_free(&r->source);
        return NULL;
    }
    return &r->source;
}

const struct jsonread_facts *jsonread_facts(const struct source *source)
{
    return &((const struct reader *)source)->facts;
}
