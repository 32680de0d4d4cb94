#include "zone.h"

#include "bytes.h"
#include "name.h"
#include "tool.h"
#include "type.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct token {
    const char *text;
    size_t len;
    bool quoted;
};

struct reader {
    const char *file;
    const char *at, *end;
    unsigned line;
    bool indented; /* the entry begins with white space: the owner is the one before */
    struct token *tokens;
    size_t count;
    uint8_t origin[256], owner[256];
    uint32_t ttl;
    unsigned class;
};

static _Noreturn void bad_zone(const struct reader *r, const char *what)
{
    tool_die("%s:%u: %s", r->file, r->line, what);
}

static void take_token(struct reader *r)
{
    struct token token = {r->at, 0, *r->at == '"'};
    const char *stop = token.quoted ? "\"" : " \t\r\n;()\"";

    if (token.quoted) {
        token.text = ++r->at;
    }
    while (r->at < r->end && !strchr(stop, *r->at)) {
        r->at += *r->at == '\\' && r->end - r->at > 1 ? 2 : 1;
    }
    token.len = (size_t)(r->at - token.text);
    if (token.quoted && r->at < r->end) {
        r->at++;
    }
    r->tokens = tool_grow_array(r->tokens, r->count, sizeof *r->tokens);
    r->tokens[r->count++] = token;
}

/* Collects the tokens of one entry, which parentheses may stretch over lines. */
static bool next_entry(struct reader *r)
{
    int depth = 0;

    r->count = 0;
    while (r->at < r->end) {
        char c = *r->at;

        if (r->count == 0 && (r->at[-1] == '\n')) {
            r->indented = c == ' ' || c == '\t';
        }
        if (c == '\n') {
            r->line++;
            r->at++;
            if (r->count && depth == 0) {
                return true;
            }
        } else if (c == ';') {
            while (r->at < r->end && *r->at != '\n') {
                r->at++;
            }
        } else if (c == '(' || c == ')') {
            depth += c == '(' ? 1 : -1;
            r->at++;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            r->at++;
        } else {
            take_token(r);
        }
    }
    return r->count > 0;
}

/* Seconds, or a sum of numbers with the units of BIND, as in 1h30m. */
static bool ttl_parse(const struct token *t, uint32_t *ttl)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint32_t part = 0, sum = 0;

    if (!t->len || t->text[0] < '0' || t->text[0] > '9') {
        return false;
    }
    for (size_t i = 0; i < t->len; i++) {
        uint32_t seconds = 0;

        if (t->text[i] >= '0' && t->text[i] <= '9') {
            part = part * 10 + (uint32_t)(t->text[i] - '0');
            continue;
        }
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            seconds = (t->text[i] | 0x20) == units[u].unit ? units[u].seconds : seconds;
        }
        if (!seconds) {
            return false;
        }
        sum += part * seconds;
        part = 0;
    }
    *ttl = sum + part;
    return true;
}

static void add_strings(struct reader *r, size_t from, struct bytes *out)
{
    for (size_t i = from; i < r->count; i++) {
        const char *p = r->tokens[i].text;
        const char *end = p + r->tokens[i].len;
        uint8_t string[256];
        size_t len = 0;

        while (p < end) {
            if (len == 255) {
                bad_zone(r, "a character string is too long");
            }
            string[1 + len++] = name_unescape(&p, end);
        }
        string[0] = (uint8_t)len;
        bytes_add(out, string, len + 1);
    }
}

static void add_hex(struct reader *r, size_t from, struct bytes *out)
{
    for (size_t i = from; i < r->count; i++) {
        if (!bytes_hex(out, r->tokens[i].text, r->tokens[i].len)) {
            bad_zone(r, "bad hexadecimal digits");
        }
    }
}

static void add_address(struct reader *r, const struct token *t, char letter, struct bytes *out)
{
    char text[64];
    uint8_t address[16];

    snprintf(text, sizeof text, "%.*s", (int)(t->len < 63 ? t->len : 63), t->text);
    if (inet_pton(letter == 'a' ? AF_INET : AF_INET6, text, address) != 1) {
        bad_zone(r, "bad address");
    }
    bytes_add(out, address, type_field_size(letter));
}

static void add_number(struct reader *r, const struct token *t, char letter, struct bytes *out)
{
    uint32_t value;
    uint8_t octets[4];
    size_t size = type_field_size(letter);

    if (!ttl_parse(t, &value)) {
        bad_zone(r, "bad number");
    }
    bytes_put32(octets, value);
    bytes_add(out, octets + 4 - size, size);
}

static void add_field(struct reader *r, size_t at, char letter, struct bytes *out)
{
    const struct token *t = &r->tokens[at];
    uint8_t name[256];

    if (letter == 'x') {
        add_hex(r, at, out);
    } else if (letter == 'q') {
        add_strings(r, at, out);
    } else if (letter == 'a' || letter == '6') {
        add_address(r, t, letter, out);
    } else if (letter != 'N' && letter != 'n') {
        add_number(r, t, letter, out);
    } else if (!name_parse(name, t->text, t->len, r->origin)) {
        bad_zone(r, "bad name in RDATA");
    } else {
        bytes_add(out, name, name_length(name));
    }
}

static void read_generic(struct reader *r, size_t at, struct bytes *out)
{
    unsigned length;

    if (at + 1 >= r->count ||
        !tool_numbered(r->tokens[at + 1].text, r->tokens[at + 1].len, "", &length)) {
        bad_zone(r, "no length after \\#");
    }
    add_hex(r, at + 2, out);
    if (out->len != length) {
        bad_zone(r, "the length after \\# is not that of the octets");
    }
}

static void read_rdata(struct reader *r, size_t at, unsigned type, struct bytes *out)
{
    const char *pattern = type_pattern(type);

    if (at < r->count && !r->tokens[at].quoted &&
        tool_same_word(r->tokens[at].text, r->tokens[at].len, "\\#")) {
        read_generic(r, at, out);
        return;
    }
    if (!pattern) {
        bad_zone(r, "this type is read in the form of RFC 3597 only");
    }
    for (; *pattern; pattern++, at++) {
        if (at >= r->count) {
            bad_zone(r, "RDATA ends early");
        }
        add_field(r, at, *pattern, out);
        if (*pattern == 'x' || *pattern == 'q') {
            return;
        }
    }
    if (at != r->count) {
        bad_zone(r, "words after the RDATA");
    }
}

static bool read_directive(struct reader *r)
{
    const struct token *t = r->tokens;
    uint8_t name[256];

    if (t->quoted || !t->len || *t->text != '$') {
        return false;
    }
    if (r->count == 2 && tool_same_word(t->text, t->len, "$ORIGIN")) {
        if (!name_parse(name, t[1].text, t[1].len, r->origin)) {
            bad_zone(r, "bad origin");
        }
        memcpy(r->origin, name, sizeof name);
    } else if (r->count != 2 || !tool_same_word(t->text, t->len, "$TTL") ||
               !ttl_parse(t + 1, &r->ttl)) {
        bad_zone(r, "unknown directive");
    }
    return true;
}

static struct record read_record(struct reader *r)
{
    struct record record = {0};
    struct bytes rdata = {0};
    size_t at = 0;

    if (!r->indented) {
        const struct token *t = &r->tokens[at++];

        if (!name_parse(r->owner, t->text, t->len, r->origin)) {
            bad_zone(r, "bad owner name");
        }
    }
    record.ttl = r->ttl;
    while (at < r->count && (type_class_parse(r->tokens[at].text, r->tokens[at].len, &r->class) ||
                             ttl_parse(&r->tokens[at], &record.ttl))) {
        at++;
    }
    if (at >= r->count || !type_parse(r->tokens[at].text, r->tokens[at].len, &record.type)) {
        bad_zone(r, "unknown type");
    }
    read_rdata(r, at + 1, record.type, &rdata);
    record.class = r->class;
    record.owner = tool_copy(r->owner, name_length(r->owner));
    record.rdata = rdata.data ? rdata.data : tool_grow(NULL, 1);
    record.length = rdata.len;
    return record;
}

/* Puts the SOA at the front and a copy of it at the end, as transfers have it. */
static void frame_by_soa(struct records *records, const char *file)
{
    struct record soa;
    size_t at = 0;

    while (at < records->count && records->list[at].type != TYPE_SOA) {
        at++;
    }
    if (at == records->count) {
        tool_die("%s: no SOA record", file);
    }
    soa = records->list[at];
    records_remove(records, at);
    records_insert(records, 0, soa);
    records_insert(records, records->count, soa);
}

void zone_read(struct records *records, const char *file)
{
    struct reader r = {.file = file, .line = 1, .ttl = 3600, .class = CLASS_IN};
    struct bytes text = {0};
    size_t size;
    uint8_t *map = tool_map(file, &size);

    bytes_u8(&text, '\n'); /* so that the first line has a line end before it too */
    bytes_add(&text, map, size);
    munmap(map, size);
    r.at = (const char *)text.data + 1;
    r.end = (const char *)text.data + text.len;
    while (next_entry(&r)) {
        if (!read_directive(&r)) {
            records_insert(records, records->count, read_record(&r));
        }
    }
    frame_by_soa(records, file);
}
