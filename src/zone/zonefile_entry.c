/* The entries of a master file: records, directives, comments. An entry is read in one go; where
 * the window ends too early, the lexer starves and the entry is read again from its beginning. So
 * until its last token is read nothing is changed that the second reading depends on. */
#include "zone/zonefile_state.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "dns/types.h"

#include <endian.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Up to eight characters of the last token as a number, 0 if there are more. */
static inline uint64_t token_key(const struct lexer *lexer)
{
    uint64_t key = 0;
    if (lexer->length == 0 || lexer->length > 8)
        return 0;
    if (lexer->end - lexer->token >= 8) {
        memcpy(&key, lexer->token, 8); /* what follows the token is cut off: the highest octets */
        return le64toh(key) & UINT64_MAX >> (64 - 8 * lexer->length);
    }
    memcpy(&key, lexer->token, lexer->length);
    return le64toh(key);
}

static bool read_ttl(struct zonefile *z, const struct lexer *lexer, uint32_t *ttl)
{
    uint64_t key = token_key(lexer);
    if (key == z->ttl_key && key != 0) { /* neighbours mostly have one TTL */
        *ttl = z->ttl;
        return true;
    }
    if (!codec_read_ttl(lexer->token, lexer->length, ttl))
        return false;
    z->ttl_key = key;
    z->ttl = *ttl;
    return true;
}

/* Types that are never zone content (RFC 6895 section 3.1). */
static bool is_meta(uint16_t type, const struct type_info *info)
{
    return type == 0 || (type >= 249 && type <= 255) ||
           (info != NULL && (info->flags & TYPE_FLAG_META) != 0);
}

/* The class of a record that names none. */
static uint16_t usual_class(const struct zonefile *z)
{
    return z->facts.class != 0 ? z->facts.class : CLASS_IN;
}

static bool accept_class(struct zonefile *z, const struct lexer *lexer, uint16_t class,
                         struct rr *rr, struct err *err)
{
    char expected[80], *at = expected;
    if (class == 0 || class == CLASS_NONE || class == CLASS_ANY)
        return lexer_expected(lexer, "a class that a zone can have", err);
    rr->class = class;
    if (z->facts.class == 0 || z->facts.class == class || zonefile_is_other(z, rr))
        return true;
    memcpy(at, "class ", 6);
    at = types_class_text(at + 6, z->facts.class);
    strcpy(at, ", the class of the zone");
    return lexer_expected(lexer, expected, err);
}

/* [AGE:n], which an export of Windows' dnscmd puts after the owner: when a record that a client has
 * registered was last renewed. It is not zone content. */
COLD static bool is_age(const struct lexer *lexer)
{
    const char *token = lexer->token;
    size_t n = lexer->length;
    uint64_t hours;
    return n > 6 && strncasecmp(token, "[AGE:", 5) == 0 && token[n - 1] == ']' &&
           codec_read_number(token + 5, n - 6, UINT32_MAX, &hours);
}

/* Where a head is remembered that begins so. */
static inline struct zonefile_head *head_slot(struct zonefile *z, const char *text)
{
    uint32_t first;
    memcpy(&first, text, sizeof first);
    return &z->heads[first * 0x9e3779b1u >> 30];
}

/* Takes a head that came before. */
static inline bool recall_head(struct zonefile *z, struct lexer *lexer, struct rr *rr)
{
    uint64_t text[2];
    if (lexer->end - lexer->at < (ptrdiff_t)sizeof text)
        return false;
    memcpy(text, lexer->at, sizeof text);
    const struct zonefile_head *head = head_slot(z, lexer->at);
    bool is_same = (((text[0] ^ head->text[0]) & head->mask[0]) |
                    ((text[1] ^ head->text[1]) & head->mask[1])) == 0;
    if (!is_same || head->class != z->facts.class || head->length == 0)
        return false;
    rr->ttl = head->ttl;
    rr->class = head->class;
    lexer->at += head->length;
    return true;
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Remembers a head, from its text up to the class, which the lexer has read, where it is short and
 * nothing but words and blanks. */
static void keep_head(struct zonefile *z, const struct lexer *lexer, const char *from,
                      const struct rr *rr)
{
    uint8_t mask[2 * sizeof(uint64_t)] = {0};
    size_t n = (size_t)(lexer->at - from) + 1; /* with the blank after it */
    if (n > sizeof mask || lexer->end - from < (ptrdiff_t)sizeof mask || !is_blank(from[n - 1]))
        return;
    for (size_t i = 0; i < n; i++) {
        if (!is_blank(from[i]) && !is_plain(from[i]))
            return;
        mask[i] = 0xff;
    }
    struct zonefile_head *head = head_slot(z, from);
    *head = (struct zonefile_head){.ttl = rr->ttl, .class = rr->class, .length = (uint8_t)n};
    memcpy(head->text, from, sizeof head->text);
    memcpy(head->mask, mask, sizeof head->mask);
}

/* Where a type is remembered that begins so. */
static inline struct zonefile_type *type_slot(struct zonefile *z, const char *text)
{
    uint32_t first;
    memcpy(&first, text, sizeof first);
    return &z->seen[(le32toh(first) & 0xffffff) * 0x9e3779b1u >> 27];
}

/* Takes a type that came before. */
static inline bool recall_type(struct zonefile *z, struct lexer *lexer, struct rr *rr)
{
    uint64_t text;
    if (lexer->end - lexer->at < (ptrdiff_t)sizeof text)
        return false;
    memcpy(&text, lexer->at, sizeof text);
    const struct zonefile_type *seen = type_slot(z, lexer->at);
    if (((text ^ seen->text) & seen->mask) != 0 || seen->class != rr->class)
        return false;
    z->blame = lexer->at;
    rr->type = seen->code;
    rr->info = seen->info;
    lexer_take_word(lexer, seen->length);
    return true;
}

/* Remembers the type that the lexer has read, where it is short and a blank comes after it. */
static void keep_type(struct zonefile *z, const struct lexer *lexer, const struct rr *rr)
{
    uint8_t mask[sizeof(uint64_t)] = {0};
    const char *token = lexer->token;
    if (lexer->length >= sizeof mask || lexer->end - token < (ptrdiff_t)sizeof mask ||
        !is_blank(token[lexer->length]))
        return;
    memset(mask, 0xff, lexer->length + 1);
    struct zonefile_type *seen = type_slot(z, token);
    *seen = (struct zonefile_type){
        .info = rr->info, .code = rr->type, .class = rr->class, .length = (uint8_t)lexer->length};
    memcpy(&seen->text, token, sizeof seen->text);
    memcpy(&seen->mask, mask, sizeof seen->mask);
}

/* Reads what follows the owner, of which TTL and class may have been read before. */
__attribute__((noinline)) static bool read_head(struct zonefile *z, struct lexer *lexer,
                                                struct rr *rr, bool *has_ttl, struct err *err)
{
    const char *from = lexer->at;
    bool has_class = *has_ttl;
    if (!has_class)
        rr->class = usual_class(z);
    for (unsigned words = has_class ? 2 : 0;; words++) {
        uint16_t class;
        if (lexer_next(lexer) != LEXER_WORD)
            break;
        if ((unsigned)(unsigned char)lexer->token[0] - '0' <= 9 && !*has_ttl) {
            if (!read_ttl(z, lexer, &rr->ttl))
                return lexer_expected(
                    lexer, "a TTL in seconds, at most 4294967295, or such as 1h30m", err);
            *has_ttl = true;
        } else if (!has_class && types_class_read(lexer->token, lexer->length, &class)) {
            if (!accept_class(z, lexer, class, rr, err))
                return false;
            has_class = true;
            if (*has_ttl && words == 1)
                keep_head(z, lexer, from, rr);
        } else if (types_recall(&z->types, lexer->token, lexer->length, &rr->type)) {
            z->blame = lexer->token;
            rr->info = types_find(rr->type, rr->class);
            if (is_meta(rr->type, rr->info))
                return lexer_expected(lexer, "a record type that a zone can hold", err);
            keep_type(z, lexer, rr);
            return true;
        } else if (words > 0 || !is_age(lexer)) {
            break;
        }
    }
    return lexer_expected(lexer,
                          has_class  ? *has_ttl ? "a record type" : "a TTL or a record type"
                          : *has_ttl ? "a class or a record type"
                                     : "a TTL, a class or a record type",
                          err);
}

bool zonefile_head(struct zonefile *z, struct lexer *lexer, struct rr *rr, bool *has_ttl,
                   struct err *err)
{
    *has_ttl = recall_head(z, lexer, rr);
    return (*has_ttl && recall_type(z, lexer, rr)) || read_head(z, lexer, rr, has_ttl, err);
}

bool zonefile_default_ttl(const struct zonefile *z, uint32_t *ttl)
{
    /* RFC 2308 section 4, and RFC 1035 section 5.1 where there is no $TTL. */
    const struct zonefile_ttl *from =
        z->names.default_ttl.known ? &z->names.default_ttl : &z->names.last_ttl;
    *ttl = from->seconds;
    return from->known;
}

const char *zonefile_owner(struct zonefile *z, const char *text, size_t n, uint8_t *length)
{
    const struct zonefile_names *names = &z->names;
    bool has_origin = names->origin_length != 0;
    if (n == 1 && *text == '@') {
        if (!has_origin)
            return name_wants_origin;
        memcpy(z->next_owner, names->origin, names->origin_length);
        *length = names->origin_length;
        return NULL;
    }
    const uint8_t *origin = has_origin ? names->origin : NULL;
    const char *why = name_read(text, n, origin, names->origin_length, z->next_owner, length);
    if (why == NULL)
        spelling_look(&z->spelling, text, n, z->next_owner, *length, origin, names->origin_length);
    return why;
}

/* Whether the line goes on as that of a SOA. The lexer may starve. */
COLD static bool begins_soa(struct lexer *lexer)
{
    struct lexer ahead = *lexer;
    bool found = false;
    for (unsigned words = 0; !found && words < 4 && lexer_next(&ahead) == LEXER_WORD; words++)
        found = ahead.length == 3 && strncasecmp(ahead.token, "SOA", 3) == 0;
    lexer->starved = ahead.starved;
    return found;
}

/* Says what is wrong with the name that the last token spells. Where it is relative, and there is
 * no origin, one that looks absolute and names the zone probably lacks its dot: that name as origin
 * would only make it longer. */
COLD static bool refuse_name(const struct lexer *lexer, const char *why, bool names_zone,
                             struct err *err)
{
    char name[80], quoted[LEXER_QUOTE_ROOM];
    lexer_expected(lexer, why, err);
    if (err->kind != ERR_SYNTAX || why != name_wants_origin)
        return false;
    err->kind = ERR_NO_ORIGIN;
    if (!names_zone || memchr(lexer->token, '.', lexer->length) == NULL)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(lexer->length < 80 ? lexer->length : 80),
             lexer->token);
    codec_mask(name);
    *err = (struct err){.kind = ERR_NONE};
    return err_set(err, ERR_DOT_MISSING,
                   "expected %s, got %s (under --origin %s it becomes %s.%s.)", why,
                   lexer_quote(quoted, lexer->token, lexer->length), name, name, name);
}

/* Reads the owner from the last token. */
static bool read_owner(struct zonefile *z, struct lexer *lexer, struct rr *rr, struct err *err)
{
    rr->owner = z->names.owner;
    rr->owner_length = z->names.owner_length;
    rr->flags = RR_SAME_OWNER;
    if (lexer->length == z->owner_text_length && lexer->kind == LEXER_WORD && lexer->length > 0 &&
        memcmp(lexer->token, z->owner_text, lexer->length) == 0)
        return true;
    uint8_t length = 0;
    const char *why = zonefile_owner(z, lexer->token, lexer->length, &length);
    if (why != NULL) {
        refuse_name(lexer, why, why == name_wants_origin && begins_soa(lexer), err);
        return err->kind != ERR_NONE && err_prefix(err, "owner: ");
    }
    z->entry_owner_length = length;
    if (z->names.has_owner && length == rr->owner_length &&
        memcmp(z->next_owner, rr->owner, length) == 0)
        return true;
    rr->owner = z->next_owner;
    rr->owner_length = length;
    rr->flags = 0;
    return true;
}

void zonefile_keep_owner(struct zonefile *z, struct rr *rr)
{
    if (rr->owner == z->next_owner) {
        memcpy(z->names.owner, z->next_owner, rr->owner_length);
        z->names.owner_length = rr->owner_length;
        z->names.has_owner = true;
        rr->owner = z->names.owner;
    }
    if (z->facts.records == 0 || z->owner_moved)
        rr->flags &= (uint8_t)~RR_SAME_OWNER;
    z->owner_moved = false;
}

bool zonefile_rdata(struct zonefile *z, struct lexer *lexer, struct rr *rr, struct err *err)
{
    const struct rdata_context context = {
        .origin = z->names.origin_length != 0 ? z->names.origin : NULL,
        .origin_length = z->names.origin_length,
        .types = &z->types,
        .spelling = &z->spelling,
    };
    if (!rdata_parse(rr, lexer, &context, z->scratch, &z->report, err))
        return false;
    if (!z->report.odd) /* it is for SIG, which has rules */
        return true;
    lexer->token = z->blame; /* errors are about the record as a whole */
    if (rr->type == TYPE_SOA && z->report.why != NULL)
        return err_set(err, ERR_ZONE_FILE, "SOA %s %s", z->report.field, z->report.why);
    if (rr->type == TYPE_SIG && rr->rdlength >= 2 && octets_u16(rr->rdata) == 0)
        return err_set(err, ERR_ZONE_FILE,
                       "a SIG record that covers type 0, which no zone can hold");
    return true;
}

static bool refuse_without_ttl(const struct zonefile *z, struct lexer *lexer, struct err *err)
{
    lexer->token = z->blame;
    return err_set(err, ERR_SYNTAX,
                   "expected a TTL, since there is neither a $TTL line nor a TTL "
                   "before, got the record type");
}

/* A SOA at the beginning that has no TTL gets the value of its last field, as in BIND. */
static bool use_soa_minimum(struct zonefile *z, struct lexer *lexer, struct rr *rr, struct err *err)
{
    lexer->token = z->blame;
    rr->ttl = octets_u32(rr->rdata + rr->rdlength - 4);
    z->names.default_ttl = (struct zonefile_ttl){true, rr->ttl};
    return zonefile_note(z, rr, ERR_NO_TTL, NULL,
                         "has no TTL; its last field, the TTL of negative "
                         "answers, is used",
                         err);
}

/* Reads a record, from what follows its owner. */
static bool read_record(struct zonefile *z, struct lexer *lexer, struct rr *rr, struct err *err)
{
    bool has_ttl;
    const char *owner_text = lexer->token;
    size_t owner_length = lexer->length;
    if (!zonefile_head(z, lexer, rr, &has_ttl, err))
        return false;
    bool known = has_ttl || zonefile_default_ttl(z, &rr->ttl);
    if (!known && rr->type != TYPE_SOA)
        return refuse_without_ttl(z, lexer, err);
    if (rr->type == TYPE_SOA && z->names.origin_length == 0) {
        /* Without an origin the owner was absolute; the zone's own names may be relative to it. */
        memcpy(z->names.origin, rr->owner, rr->owner_length);
        z->names.origin_length = rr->owner_length;
    }
    if (!zonefile_rdata(z, lexer, rr, err))
        return false;
    if (owner_length < ZONEFILE_OWNER_TEXT && owner_text != NULL && rr->owner == z->next_owner) {
        memcpy(z->owner_text, owner_text, owner_length);
        z->owner_text_length = owner_length;
    } else if (rr->owner == z->next_owner) {
        z->owner_text_length = 0;
    }
    zonefile_keep_owner(z, rr);
    if (has_ttl)
        z->names.last_ttl = (struct zonefile_ttl){true, rr->ttl};
    return known || use_soa_minimum(z, lexer, rr, err);
}

static bool expect_line_end(struct lexer *lexer, struct err *err)
{
    return lexer_next(lexer) == LEXER_END || lexer_expected(lexer, "the end of the line", err);
}

/* Reads a name that may be relative. */
static bool read_name(struct zonefile *z, struct lexer *lexer, uint8_t *length, struct err *err)
{
    const char *why = "a name";
    if (lexer_item(lexer))
        why = zonefile_owner(z, lexer->token, lexer->length, length);
    if (why == NULL)
        return true;
    return refuse_name(lexer, why, true, err);
}

COLD static bool note_origin(struct zonefile *z, const char *at, struct err *err)
{
    struct name_string name;
    char place[ZONEFILE_PLACE];
    bool strict = z->config.notes->strict; /* then it is an error, which gets its place elsewhere */
    zonefile_place(z, at, place);
    return notes_add(z->config.notes, err, ERR_NAME_TWICE,
                     "%.120s%s%.100s has the zone in it twice; is a dot missing?",
                     strict ? "" : place,
                     strict ? "" : ": $ORIGIN: ", name_string(&name, z->spelling.twice));
}

static bool origin_line(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    uint8_t length = 0;
    if (!read_name(z, lexer, &length, err))
        return false;
    const char *at = lexer->token;
    if (!expect_line_end(lexer, err))
        return false;
    if (z->spelling.twice_length > 0 && !note_origin(z, at, err)) {
        lexer->token = at;
        return false;
    }
    memcpy(z->names.origin, z->next_owner, length);
    z->names.origin_length = length;
    z->owner_text_length = 0; /* the same text may mean another name now */
    zonefile_keep_told(z, z->next_owner, length);
    return true;
}

static bool ttl_line(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    uint32_t ttl;
    if (!lexer_item(lexer) || !codec_read_ttl(lexer->token, lexer->length, &ttl))
        return lexer_expected(lexer, "a TTL in seconds, at most 4294967295, or such as 1h30m", err);
    if (!expect_line_end(lexer, err))
        return false;
    z->names.default_ttl = (struct zonefile_ttl){true, ttl};
    return true;
}

/* $INCLUDE FILE [ORIGIN] */
static bool include_line(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    enum { PATH_MOST = 4096 };
    uint8_t path[PATH_MOST + 1], length = z->names.origin_length;
    const char *why, *at;
    if (!lexer_item(lexer))
        return lexer_expected(lexer, "the path of a file", err);
    uint8_t *end = lexer_decode(lexer->token, lexer->length, path, PATH_MOST, &why);
    if (end == NULL || end == path || memchr(path, 0, (size_t)(end - path)) != NULL)
        return lexer_expected(lexer, "the path of a file", err);
    *end = 0;
    at = lexer->token;
    memcpy(z->next_owner, z->names.origin, length);
    if (lexer_item(lexer)) {
        lexer_back(lexer);
        if (!read_name(z, lexer, &length, err) || !expect_line_end(lexer, err))
            return false;
    } else if (lexer->kind != LEXER_END) {
        return lexer_expected(lexer, "a name or the end of the line", err);
    }
    lexer->token = at;
    return zonefile_include(z, (const char *)path, z->next_owner, length, err);
}

static bool generate_line(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    (void)lexer;
    return zonefile_generate_begin(z, err);
}

static const struct {
    const char *word;
    bool (*read)(struct zonefile *z, struct lexer *lexer, struct err *err);
    enum zonefile_step step;
} directives[] = {
    {"$ORIGIN", origin_line, ZONEFILE_NOTHING},
    {"$TTL", ttl_line, ZONEFILE_NOTHING},
    {"$INCLUDE", include_line, ZONEFILE_OPENED},
    {"$GENERATE", generate_line, ZONEFILE_NOTHING},
};

/* Reads a line that begins with a dollar sign. */
static enum zonefile_step read_directive(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
        if (strlen(directives[i].word) == lexer->length &&
            strncasecmp(lexer->token, directives[i].word, lexer->length) == 0) {
            if (directives[i].read(z, lexer, err))
                return directives[i].step;
            if (err->kind != ERR_NONE) {
                err_prefix(err, "%s: ", directives[i].word);
                z->hopeless = directives[i].read == origin_line;
            }
            return ZONEFILE_FAILED;
        }
    lexer_expected(lexer,
                   "$ORIGIN, $TTL, $INCLUDE or $GENERATE (an owner that begins with a dollar "
                   "sign is written \\$)",
                   err);
    return ZONEFILE_FAILED;
}

/* Reads a line that begins with a semicolon: it may be zxfr's own last line. */
static enum zonefile_step read_comment(struct zonefile *z, struct lexer *lexer, struct err *err)
{
    static const char diff[] = "; zxfr diff:";
    const char *from = lexer->at;
    if (!lexer_comment(lexer))
        return ZONEFILE_FAILED;
    size_t length = (size_t)(lexer->at - from);
    if (length > 0 && from[length - 1] == '\r')
        length--;
    if (z->depth == 1 && length >= sizeof diff - 1 && memcmp(from, diff, sizeof diff - 1) == 0) {
        lexer->token = from;
        err_set(err, ERR_ZONE_FILE, "this is a list of changes (--format diff), not a zone");
        z->hopeless = true;
        return ZONEFILE_FAILED;
    }
    bool is_end = zonefile_keep_end(z, from, length);
    if (!is_end && z->depth == 1)
        zonefile_dump_line(z, from, length);
    if (z->config.line != NULL && z->depth == 1 && !is_end)
        z->config.line(z->config.context, from, (size_t)(lexer->at - from));
    lexer_next(lexer);                          /* the line end */
    z->levels[z->depth - 1]->entry = lexer->at; /* the caller must not pass the line on again */
    return ZONEFILE_NOTHING;
}

static inline enum zonefile_step read_entry(struct zonefile *z, struct rr *rr, struct err *err)
{
    struct lexer *lexer = &z->levels[z->depth - 1]->lexer;
    char first = *lexer->at;
    if (first == ';')
        return read_comment(z, lexer, err);
    if (lexer_next(lexer) == LEXER_END)
        return ZONEFILE_NOTHING;
    if (lexer->kind == LEXER_FAIL) {
        lexer_expected(lexer, "an owner", err);
        return ZONEFILE_FAILED;
    }
    if (first == '$')
        return read_directive(z, lexer, err);
    if (!is_blank(first)) {
        if (!read_owner(z, lexer, rr, err))
            return ZONEFILE_FAILED;
    } else if (z->names.has_owner) {
        lexer_back(lexer);
        lexer->token = NULL;
        rr->owner = z->names.owner;
        rr->owner_length = z->names.owner_length;
        rr->flags = RR_SAME_OWNER;
    } else {
        lexer_expected(lexer, "an owner at the beginning of the line, since no record came before",
                       err);
        return ZONEFILE_FAILED;
    }
    return read_record(z, lexer, rr, err) ? ZONEFILE_RECORD : ZONEFILE_FAILED;
}

enum zonefile_step zonefile_entry(struct zonefile *z, struct rr *rr, struct err *err)
{
    enum zonefile_step step = read_entry(z, rr, err);
    if (step == ZONEFILE_FAILED && (err->kind == ERR_SYNTAX || err->kind == ERR_NO_ORIGIN) &&
        zonefile_dump_entry(z, err))
        return ZONEFILE_NOTHING;
    return step;
}
