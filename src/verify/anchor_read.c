/* Trust anchors as lines of a zone, and what all syntaxes share. */
#include "dns/lexer.h"
#include "dns/types.h"
#include "verify/anchor_own.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROOM_FIRST = 8 };

bool anchor_fail(const struct anchor_text *text, const char *what, struct err *err)
{
    return err_set(err, ERR_ANCHOR, "%.300s:%u: %s", text->path, text->line, what);
}

bool anchor_add(struct anchor_text *text, const uint8_t *owner, size_t owner_length, uint16_t type,
                uint16_t rdlength, uint64_t from, uint64_t until, struct err *err)
{
    struct anchors *into = text->into;
    if (rdlength < 4)
        return anchor_fail(text, "the record is too short", err);
    if (into->count == into->room) {
        size_t room = into->room > 0 ? 2 * into->room : ROOM_FIRST;
        struct anchor *items = realloc(into->items, room * sizeof *items);
        if (items == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        into->items = items;
        into->room = room;
    }
    uint8_t *rdata = arena_reserve(&into->octets, rdlength, err);
    if (rdata == NULL)
        return false;
    memcpy(rdata, text->scratch, rdlength);
    struct anchor *anchor = &into->items[into->count++];
    *anchor = (struct anchor){.owner_length = (uint8_t)owner_length,
                              .type = type,
                              .rdata = into->octets.length,
                              .rdlength = rdlength,
                              .from = from,
                              .until = until,
                              .line = text->line};
    memcpy(anchor->owner, owner, owner_length);
    name_lower(anchor->owner, owner_length);
    into->octets.length += rdlength;
    return true;
}

/* A name is absolute whether it ends in a dot or not. */
static bool read_name(const struct anchor_text *text, const char *token, size_t length,
                      uint8_t owner[NAME_READ_ROOM], uint8_t *owner_length, struct err *err)
{
    static const uint8_t root[] = {0};
    if (length == 1 && *token == '@')
        return anchor_fail(text, "expected the name of a zone, got @", err);
    const char *why = name_read(token, length, root, sizeof root, owner, owner_length);
    return why == NULL || anchor_fail(text, "expected the name of a zone", err);
}

bool anchor_add_text(struct anchor_text *text, const struct anchor_piece *owner, uint16_t type,
                     const char *rdata, uint64_t from, uint64_t until, struct err *err)
{
    uint8_t name[NAME_READ_ROOM], length;
    uint16_t rdlength;
    bool opaque;
    struct err why = {.kind = ERR_NONE};
    if (!read_name(text, owner->at, owner->length, name, &length, err))
        return false;
    if (!rdata_parse_text(types_find(type, CLASS_IN), type, rdata, strlen(rdata), NULL, 0,
                          text->scratch, &rdlength, &opaque, &why))
        return anchor_fail(text, why.text, err);
    return anchor_add(text, name, length, type, rdlength, from, until, err);
}

/* ---- Lines --------------------------------------------------------------------------------- */

/* A line in the making. */
struct entry {
    uint8_t owner[NAME_READ_ROOM], owner_length; /* also of the lines before; 0: none yet */
    uint16_t type;
};

/* Unbound remarks the state of a key: 2 is valid, 3 is missing, which still is trusted
 * (RFC 5011 section 4.2). */
static bool is_trusted(const struct lexer *lexer)
{
    static const char mark[] = ";;state=";
    if (lexer->comment == NULL)
        return true;
    const char *line = memchr(lexer->comment, '\n', (size_t)(lexer->end - lexer->comment));
    size_t length = (size_t)((line != NULL ? line : lexer->end) - lexer->comment);
    const char *found = memmem(lexer->comment, length, mark, sizeof mark - 1);
    if (found == NULL || found + sizeof mark - 1 == lexer->end)
        return true;
    char state = found[sizeof mark - 1];
    return state == '2' || state == '3';
}

static bool is_ttl(const char *token, size_t length)
{
    return length > 0 && token[0] >= '0' && token[0] <= '9';
}

/* Reads TTL, class and type, of which the first two may be missing. */
static bool read_type(const struct anchor_text *text, struct lexer *lexer, struct entry *entry,
                      struct err *err)
{
    for (int i = 0; i < 3; i++) {
        uint16_t class;
        if (lexer_next(lexer) != LEXER_WORD)
            break;
        if (types_read(lexer->token, lexer->length, &entry->type))
            return true;
        if (!is_ttl(lexer->token, lexer->length) &&
            !types_class_read(lexer->token, lexer->length, &class))
            break;
    }
    return anchor_fail(text, "expected a DS or DNSKEY record", err);
}

static void skip_line(struct lexer *lexer)
{
    enum lexer_kind kind;
    do
        kind = lexer_next(lexer);
    while (kind != LEXER_END && kind != LEXER_FAIL);
}

static bool read_record(struct anchor_text *text, struct lexer *lexer, struct entry *entry,
                        struct err *err)
{
    static const struct rdata_context context = {.origin = (const uint8_t *)"", .origin_length = 1};
    struct rdata_report report;
    struct rr rr = {.type = entry->type, .class = CLASS_IN};
    struct err why = {.kind = ERR_NONE};
    rr.info = types_find(rr.type, rr.class);
    lexer->comment = NULL;
    if (!rdata_parse(&rr, lexer, &context, text->scratch, &report, &why))
        return anchor_fail(text, why.kind != ERR_NONE ? why.text : "the record does not end", err);
    return !is_trusted(lexer) ||
           anchor_add(text, entry->owner, entry->owner_length, entry->type, rr.rdlength, 0, 0, err);
}

/* $TTL means nothing here. What changes the names, or brings more of them, would lose an anchor if
 * it were passed over. */
static bool read_directive(const struct anchor_text *text, struct lexer *lexer, struct err *err)
{
    if (lexer->length != 4 || strncasecmp(lexer->token, "$TTL", 4) != 0)
        return anchor_fail(text, "only $TTL is known here; give the name of the zone in full", err);
    skip_line(lexer);
    return true;
}

/* Reads a line that is not empty; records of other types are passed over. */
static bool read_line(struct anchor_text *text, struct lexer *lexer, struct entry *entry,
                      bool is_indented, struct err *err)
{
    if (lexer->kind == LEXER_FAIL)
        return anchor_fail(text, lexer->why != NULL ? lexer->why : "the text cannot be read", err);
    if (!is_indented && lexer->length > 0 && lexer->token[0] == '$')
        return read_directive(text, lexer, err);
    if (is_indented)
        lexer_back(lexer);
    else if (!read_name(text, lexer->token, lexer->length, entry->owner, &entry->owner_length, err))
        return false;
    if (!read_type(text, lexer, entry, err))
        return false;
    if (entry->type != TYPE_DS && entry->type != TYPE_DNSKEY) {
        skip_line(lexer);
        return true;
    }
    return entry->owner_length > 0 ? read_record(text, lexer, entry, err)
                                   : anchor_fail(text, "expected the name of a zone", err);
}

static bool read_lines(struct anchor_text *text, struct err *err)
{
    struct entry entry = {.owner_length = 0};
    struct lexer lexer;
    lexer_init(&lexer, text->at, (size_t)(text->end - text->at), true);
    while (lexer.at < lexer.end) {
        bool is_indented = *lexer.at == ' ' || *lexer.at == '\t';
        text->line = lexer.lines + 1;
        if (lexer_next(&lexer) != LEXER_END && !read_line(text, &lexer, &entry, is_indented, err))
            return false;
    }
    return true;
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool read_any(struct anchor_text *text, struct err *err)
{
    static const char mark[] = "\357\273\277"; /* of UTF-8 */
    if (text->end - text->at >= 3 && memcmp(text->at, mark, 3) == 0)
        text->at += 3;
    const char *first = text->at;
    while (first < text->end && strchr(" \t\r\n", *first) != NULL && *first != '\0')
        first++;
    if (first < text->end && *first == '<')
        return anchor_read_xml(text, err);
    return anchor_is_bind(*text) ? anchor_read_bind(text, err) : read_lines(text, err);
}

struct anchors *anchor_read(const char *path, const char *text, size_t length, struct err *err)
{
    struct anchor_text from = {.path = path, .at = text, .end = text + length, .line = 1};
    from.into = calloc(1, sizeof *from.into);
    from.scratch = malloc(RDATA_SCRATCH);
    bool good = from.into != NULL && from.scratch != NULL;
    if (!good)
        err_set(err, ERR_MEMORY, "out of memory");
    good = good && read_any(&from, err);
    free(from.scratch);
    if (good && from.into->count == 0)
        good = err_set(err, ERR_ANCHOR,
                       "%.300s: there is no trust anchor in it, no DS and no "
                       "DNSKEY record",
                       path);
    if (good)
        return from.into;
    anchor_free(from.into);
    return NULL;
}
