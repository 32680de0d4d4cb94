#include "dns/rdata.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "base/lanes.h"
#include "dns/lexer.h"
#include "dns/name.h"

#include <string.h>

static bool skip_field(struct rdata_walk *walk, const struct field *field)
{
    const struct kind *kind = &kinds[field->kind];
    if (kind->fixed == 0)
        return kind->skip(walk, field);
    if ((size_t)(walk->end - walk->at) < kind->fixed) {
        walk->why = "runs past the end of the RDATA";
        walk->why_at = walk->end;
        return false;
    }
    walk->at += kind->fixed;
    return true;
}

/* Walks over all fields. Returns the field that does not fit, or NULL: then walk->at is after the
 * last one. */
static const struct field *skip_fields(struct rdata_walk *walk, const struct type_info *info)
{
    for (const struct field *field = info->fields; field->name != NULL; field++)
        if (!skip_field(walk, field))
            return field;
    return NULL;
}

static bool names_from(const struct field *field, enum kind_name least)
{
    for (; field->name != NULL; field++)
        if (kinds[field->kind].name_is >= least)
            return true;
    return false;
}

bool rdata_is_compressible(const struct type_info *info)
{
    for (const struct field *field = info->fields; field->name != NULL; field++)
        if ((field->flags & FIELD_STD) != 0)
            return true;
    return false;
}

bool rdata_may_hold_name(const struct type_info *info)
{
    return (info->flags & TYPE_FLAG_PRIVATE) == 0 && names_from(info->fields, NAME_MAYBE);
}

/* Whether a part of RDATA that was not understood may hold names which the sender has compressed:
 * then nobody else could read it. Only some types may be compressed (RFC 3597 section 4). */
static bool may_be_compressed(const struct rdata_walk *walk, const struct type_info *info,
                              const struct field *rest)
{
    return names_from(rest, NAME_ALWAYS) && (walk->pointers > 0 || rdata_is_compressible(info));
}

/* RDATA that does not fit its schema is an error, or kept as opaque octets. */
COLD static bool handle_misfit(struct rr *rr, struct rdata_walk *walk, const struct field *field,
                               const uint8_t *message, struct rdata_report *report, struct err *err)
{
    const char *mnemonic = rr->info->mnemonic;
    if (field == NULL) {
        size_t extra = (size_t)(walk->end - walk->at);
        size_t octet = (size_t)(walk->at - message);
        if (may_be_compressed(walk, rr->info, rr->info->fields))
            return err_set(err, ERR_RDLEN, "%s: %zu octet%s left after the last field (octet %zu)",
                           mnemonic, extra, extra == 1 ? "" : "s", octet);
        report->field = "RDATA";
        report->why = "has octets left after the last field";
    } else {
        size_t octet = (size_t)(walk->why_at - message);
        if (walk->why_name && (walk->pointers > 0 || rdata_is_compressible(rr->info)))
            return err_set(err, walk->why_at >= walk->end ? ERR_RDLEN : ERR_NAME,
                           "%s %s: %s (octet %zu)", mnemonic, field->name, walk->why, octet);
        if (may_be_compressed(walk, rr->info, field + 1))
            return err_set(err, walk->why_at >= walk->end ? ERR_RDLEN : ERR_RDATA,
                           "%s %s %s (octet %zu)", mnemonic, field->name, walk->why, octet);
        report->field = field->name;
        report->why = walk->why;
    }
    report->odd = true;
    rr->flags |= RR_OPAQUE;
    walk->at = walk->end;
    return true;
}

/* Whether RDATA of the type is more than a row of fields; one test for most records. */
static inline bool is_special(const struct type_info *info)
{
    return info == NULL || (info->flags & (TYPE_FLAG_OPAQUE | TYPE_FLAG_CHECKED)) != 0;
}

static bool is_checked(const struct type_info *info)
{
    return info != NULL && (info->flags & TYPE_FLAG_CHECKED) != 0;
}

/* RDATA that is not as it should be, or as it mostly is: the walk finds out how. */
COLD static bool unpack_slowly(struct rr *rr, const uint8_t *message, size_t at, uint8_t *scratch,
                               struct rdata_report *report, struct err *err)
{
    const uint8_t *start = rr->rdata;
    struct rdata_walk walk = {
        .start = start,
        .at = start,
        .end = start + rr->rdlength,
        .message = message,
        .out = scratch,
        .out_end = scratch + RDATA_MAX,
        .mark = start,
    };
    const struct field *field = skip_fields(&walk, rr->info);
    report->pointers = walk.pointers;
    report->odd |= walk.pointers > 0 && !rdata_is_compressible(rr->info);
    if (field != NULL || walk.at != walk.end)
        if (!handle_misfit(rr, &walk, field, message, report, err))
            return false;
    if (walk.mark == start)
        return true; /* no name in it: it can stay where it is */
    if (!kinds_put_pending(&walk) || walk.out > walk.out_end)
        return err_set(err, ERR_RDATA, "%s: longer than 65535 octets once decompressed (octet %zu)",
                       rr->info->mnemonic, at);
    rr->rdata = scratch;
    rr->rdlength = (uint16_t)(walk.out - scratch);
    return true;
}

/* Types of which RDATA is more than a row of fields, and RDATA that is not as it should be. */
bool rdata_unpack_oddity(struct rr *rr, const uint8_t *message, size_t at, uint8_t *scratch,
                         struct rdata_report *report, struct err *err)
{
    if (is_special(rr->info)) {
        report->odd = is_checked(rr->info);
        if (rr->info == NULL || (rr->info->flags & TYPE_FLAG_OPAQUE) != 0) {
            rr->flags |= RR_OPAQUE;
            return true;
        }
    }
    if ((rr->info->flags & TYPE_FLAG_PRIVATE) != 0) {
        if (!rdata_fits(rr->info, rr->rdata, rr->rdlength))
            rr->flags |= RR_OPAQUE;
        return true;
    }
    return unpack_slowly(rr, message, at, scratch, report, err);
}

bool rdata_fits(const struct type_info *info, const uint8_t *rdata, size_t length)
{
    if (info == NULL || (info->flags & TYPE_FLAG_OPAQUE) != 0)
        return false;
    struct rdata_walk walk = {.start = rdata, .at = rdata, .end = rdata + length};
    return skip_fields(&walk, info) == NULL && walk.at == walk.end;
}

/* Reads \# if it is the next word. Otherwise reads nothing. */
static bool read_generic_mark(struct lexer *lexer)
{
    if (lexer_next(lexer) == LEXER_WORD && lexer->length == 2 && lexer->token[0] == '\\' &&
        lexer->token[1] == '#')
        return true;
    lexer_back(lexer);
    return false;
}

/* RFC 3597 section 5: the number of octets, then that many in hexadecimal, in any number of
 * words. */
static bool parse_generic(struct lexer *lexer, uint8_t *out, uint16_t *rdlength, struct err *err)
{
    uint64_t length;
    size_t done = 0; /* digits */
    char pair[2] = {0};
    if (!lexer_item(lexer) || !codec_read_number(lexer->token, lexer->length, RDATA_MAX, &length))
        return lexer_expected(lexer, "the number of octets, from 0 to 65535", err);
    while (lexer_item(lexer)) {
        const char *text = lexer->token, *end = text + lexer->length;
        if (lexer->length > 2 * length - done)
            return lexer_expected(lexer, "as many octets in hexadecimal as announced", err);
        if (done % 2 != 0 && text < end) {
            pair[1] = *text++;
            if (!codec_read_hex(pair, 1, out + done / 2))
                return lexer_expected(lexer, "hexadecimal digits", err);
            done++;
        }
        size_t n = (size_t)(end - text);
        if (!codec_read_hex(text, n / 2, out + done / 2))
            return lexer_expected(lexer, "hexadecimal digits", err);
        done += n;
        if (n % 2 != 0)
            pair[0] = end[-1];
    }
    if (lexer->kind != LEXER_END || done != 2 * length)
        return lexer_expected(lexer, "as many octets in hexadecimal as announced", err);
    *rdlength = (uint16_t)length;
    return true;
}

static bool parse_fields(struct rr *rr, struct rdata_input *in, struct err *err)
{
    const struct type_info *info = rr->info;
    const struct field *failed = kinds_code[info->row].parse(in, info->fields, err);
    if (failed != NULL)
        return err->kind != ERR_NONE && err_prefix(err, "%s %s: ", info->mnemonic, failed->name);
    /* A field that reads all words has read the line end, too. */
    if (in->lexer->kind != LEXER_END && !lexer_ends(in->lexer)) {
        lexer_expected(in->lexer, "the end of the line", err);
        return err->kind != ERR_NONE && err_prefix(err, "%s: ", rr->info->mnemonic);
    }
    rr->rdlength = (uint16_t)(in->at - in->start);
    return true;
}

/* Why RDATA that came in the generic form does not fit its schema. */
COLD static void explain_misfit(const struct rr *rr, struct rdata_report *report)
{
    struct rdata_walk walk = {.start = rr->rdata, .at = rr->rdata, .end = rr->rdata + rr->rdlength};
    const struct field *field = skip_fields(&walk, rr->info);
    report->odd = true;
    report->field = field != NULL ? field->name : "RDATA";
    report->why = field != NULL ? walk.why : "has octets left after the last field";
}

/* Reads the generic form after its mark. */
static bool parse_opaque(struct rr *rr, struct lexer *lexer, uint8_t *scratch,
                         struct rdata_report *report, struct err *err)
{
    char type[16];
    if (!parse_generic(lexer, scratch, &rr->rdlength, err)) {
        *types_text(type, rr->type, 0) = '\0';
        return err->kind != ERR_NONE && err_prefix(err, "%s RDATA: ", type);
    }
    report->odd = is_checked(rr->info);
    if (rdata_fits(rr->info, scratch, rr->rdlength))
        return true;
    rr->flags |= RR_OPAQUE;
    if (rr->info != NULL && (rr->info->flags & (TYPE_FLAG_OPAQUE | TYPE_FLAG_PRIVATE)) == 0)
        explain_misfit(rr, report);
    return true;
}

COLD static bool refuse_text(const struct rr *rr, struct lexer *lexer, struct err *err)
{
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    lexer_expected(lexer, "\\# LENGTH HEX, since no text form is known", err);
    return err->kind != ERR_NONE && err_prefix(err, "%s RDATA: ", type);
}

bool rdata_parse(struct rr *rr, struct lexer *lexer, const struct rdata_context *context,
                 uint8_t scratch[RDATA_SCRATCH], struct rdata_report *report, struct err *err)
{
    *report = (struct rdata_report){.pointers = 0};
    rr->rdata = scratch;
    bool may_be_generic = is_special(rr->info) || !lexer_expects_word(lexer);
    if (may_be_generic && read_generic_mark(lexer))
        return parse_opaque(rr, lexer, scratch, report, err);
    if (is_special(rr->info)) {
        report->odd = is_checked(rr->info);
        if (rr->info == NULL || (rr->info->flags & TYPE_FLAG_OPAQUE) != 0)
            return refuse_text(rr, lexer, err);
    }
    struct rdata_input in = {
        .lexer = lexer,
        .start = scratch,
        .at = scratch,
        .end = scratch + RDATA_MAX,
        .context = context,
    };
    return !lexer->starved && parse_fields(rr, &in, err);
}

bool rdata_parse_text(const struct type_info *info, uint16_t type, const char *text, size_t length,
                      const uint8_t *origin, size_t origin_length, uint8_t out[RDATA_SCRATCH],
                      uint16_t *rdlength, bool *opaque, struct err *err)
{
    struct rr rr = {.info = info, .type = type};
    const struct rdata_context context = {.origin = origin, .origin_length = origin_length};
    struct rdata_report report;
    struct lexer lexer;
    lexer_init(&lexer, text, length, true);
    if (!rdata_parse(&rr, &lexer, &context, out, &report, err))
        return false;
    if (lexer.at != lexer.end)
        return err_set(err, ERR_SYNTAX, "expected one line of text, got another after it");
    *rdlength = rr.rdlength;
    *opaque = (rr.flags & RR_OPAQUE) != 0;
    return true;
}

char *rdata_text_generic(char *to, const struct rr *rr)
{
    *to++ = '\\';
    *to++ = '#';
    *to++ = ' ';
    to = codec_u32(to, rr->rdlength);
    if (rr->rdlength == 0)
        return to;
    *to++ = ' ';
    return codec_hex(to, rr->rdata, rr->rdlength);
}

/* The bound of the object alone. A prefix of APL, of 4 octets, makes 60 characters, and a bit of a
 * map of types or ports at most 12; escapes double what text needs four characters for. */
static size_t json_object_bound(size_t length)
{
    enum { MEMBERS = TYPE_FIELDS_MAX * 64 };
    size_t in_map = length < 8704 ? length : 8704;
    return MEMBERS + 2 * NAME_TEXT_ROOM + 16 * length + 104 * in_map;
}

size_t rdata_json_bound(size_t length)
{
    return json_object_bound(length) + rdata_text_bound(length);
}

char *rdata_json(char *to, const struct rr *rr)
{
    static const struct rdata_style style = {.portable = false};
    struct rdata_walk walk = {
        .start = rr->rdata,
        .at = rr->rdata,
        .end = rr->rdata + rr->rdlength,
        .style = &style,
    };
    char *text = to + json_object_bound(rr->rdlength); /* of one field at a time */
    *to++ = '{';
    for (const struct field *field = rr->info->fields; field->name != NULL; field++)
        to = kinds_json(to, field, text, kinds[field->kind].text(text, &walk, field));
    to[-1] = '}'; /* in place of the last comma: every type makes a member */
    return to;
}

/* Copies the RDATA and puts the chosen names in lower case. */
static void lower_names(const struct rr *rr, uint8_t *out,
                        bool (*is_chosen)(const struct rr *rr, const struct field *field))
{
    memcpy(out, rr->rdata, rr->rdlength);
    if ((rr->flags & RR_OPAQUE) != 0)
        return;
    const struct field *stop = rr->info->fields; /* after the last field that is chosen */
    for (const struct field *field = rr->info->fields; field->name != NULL; field++)
        if (is_chosen(rr, field))
            stop = field + 1;
    struct rdata_walk walk = {.start = rr->rdata, .at = rr->rdata, .end = rr->rdata + rr->rdlength};
    for (const struct field *field = rr->info->fields; field < stop; field++) {
        const uint8_t *from = walk.at;
        if (!skip_field(&walk, field))
            return;
        if (is_chosen(rr, field))
            name_lower(out + (from - rr->rdata), (size_t)(walk.at - from));
    }
}

static bool is_lower_field(const struct rr *rr, const struct field *field)
{
    (void)rr;
    return (field->flags & FIELD_LOWER) != 0;
}

/* A gateway is a name where the octet before it says so (RFC 4025 section 2.3, RFC 8777 section
 * 4.2.3). The octets of an address must not be taken for letters. */
static bool is_name_field(const struct rr *rr, const struct field *field)
{
    enum { GATEWAY_NAME = 3 };
    switch (field->kind) {
    case KIND_GATEWAY:
        return rr->rdlength > 1 && rr->rdata[1] == GATEWAY_NAME;
    case KIND_RELAY:
        return rr->rdlength > 1 && (rr->rdata[1] & 0x7f) == GATEWAY_NAME;
    default:
        return kinds[field->kind].name_is != NAME_NEVER;
    }
}

/* Whether any of n octets is a capital letter. */
static inline bool has_capital(const uint8_t *octets, size_t n)
{
    lanes capital = {0};
    if (n < LANES) {
        bool found = false;
        for (size_t i = 0; i < n; i++)
            found |= (uint8_t)(octets[i] - 'A') <= 'Z' - 'A';
        return found;
    }
    for (size_t i = 0;; i = i + LANES < n - LANES ? i + LANES : n - LANES) {
        lanes c;
        memcpy(&c, octets + i, LANES);
        capital |= (lanes)(c - 'A' <= 'Z' - 'A');
        if (i + LANES == n)
            break;
    }
    return lanes_any(capital);
}

void rdata_canonical(const struct rr *rr, uint8_t *out)
{
    enum { SHORT = 64 }; /* in longer RDATA some octet may well look like a capital */
    bool lowers = (rr->flags & RR_OPAQUE) == 0 &&
                  (kinds_code[rr->info->row].flags & FIELD_LOWER) != 0 &&
                  (rr->rdlength > SHORT || has_capital(rr->rdata, rr->rdlength));
    if (lowers)
        lower_names(rr, out, is_lower_field);
    else if (rr->rdlength > SHORT)
        memcpy(out, rr->rdata, rr->rdlength);
    else
        copy_few(out, rr->rdata, rr->rdlength);
}

void rdata_fold(const struct rr *rr, uint8_t *out)
{
    lower_names(rr, out, is_name_field);
}

bool rdata_folds_more(const struct type_info *info)
{
    for (const struct field *field = info->fields; field->name != NULL; field++)
        if (kinds[field->kind].name_is != NAME_NEVER && (field->flags & FIELD_LOWER) == 0)
            return true;
    return false;
}

uint32_t rdata_soa_serial(const struct rr *soa)
{
    return octets_u32(soa->rdata + soa->rdlength - RDATA_SOA_NUMBERS);
}
