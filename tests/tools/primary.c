/*
 * primary: a small authoritative server for tests and benchmarks of zone transfers.
 *
 * It serves zone files, the changes between versions of a zone (history.c) and recorded streams
 * over TCP on a loopback address, signs what it says (signer.c), and breaks its answers in any way
 * a script orders. It shares no code with the client, so that one mistake cannot hide another.
 *
 * Every connection gets a process of its own: blocking writes are the simplest way to full
 * loopback speed, and a stalled connection disturbs no other. Such a process lives as long as
 * its connection and leaves the freeing of memory to its end.
 *
 * Run "primary --help" for the options and the commands of a script.
 */
#include "history.h"
#include "signer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    HEADER = 12,
    MESSAGE_MAX = 65535,
    NAME_MAX_WIRE = 255,
    POINTER_LIMIT = 0x4000, /* a compression pointer has 14 bits */
    TYPE_NS = 2,
    TYPE_A = 1,
    TYPE_SOA = 6,
    TYPE_OPT = 41,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_AXFR = 252,
    CLASS_IN = 1,
    RCODE_FORMERR = 1,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_NOTAUTH = 9,
    LAST_MESSAGE = -1,
    ALL_MESSAGES = -2,
    PATIENCE_MS = 10000, /* how long to wait for a client that does not go away */
};

/* ---------------------------------------------------------------- small things */

static _Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("primary: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static void *grow(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);

    if (!p) {
        die("out of memory");
    }
    return p;
}

/* Room for one more element of an array that doubles at each power of two. */
static void *grow_array(void *old, size_t count, size_t element)
{
    if (count & (count - 1)) {
        return old;
    }
    return grow(old, (count ? 2 * count : 1) * element);
}

static void *copy_of(const void *data, size_t len)
{
    void *p = grow(NULL, len);

    if (len) {
        memcpy(p, data, len);
    }
    return p;
}

struct bytes {
    uint8_t *data;
    size_t len, capacity;
};

static void bytes_add(struct bytes *b, const void *data, size_t len)
{
    if (b->capacity - b->len < len) {
        b->capacity = 2 * (b->len + len);
        b->data = grow(b->data, b->capacity);
    }
    if (len) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
    }
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

static void bytes_u8(struct bytes *b, unsigned value)
{
    uint8_t octet = (uint8_t)value;

    bytes_add(b, &octet, 1);
}

static void bytes_u16(struct bytes *b, unsigned value)
{
    uint8_t octets[2];

    put16(octets, value);
    bytes_add(b, octets, sizeof octets);
}

static void bytes_u32(struct bytes *b, uint32_t value)
{
    uint8_t octets[4];

    put32(octets, value);
    bytes_add(b, octets, sizeof octets);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool hex_add(struct bytes *b, const char *text, size_t len)
{
    if (len % 2) {
        return false;
    }
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        bytes_u8(b, (unsigned)(high << 4 | low));
    }
    return true;
}

static bool number_of(const char *text, long *value)
{
    char *end;

    errno = 0;
    *value = strtol(text, &end, 0);
    return end != text && !*end && !errno;
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&t, &t) && errno == EINTR) {
    }
}

/* ---------------------------------------------------------------- names, types, RCODEs */

/* The octets of an uncompressed name within max octets; 0 when it is none. */
static size_t name_span(const uint8_t *name, size_t max)
{
    size_t at = 0;

    while (at < max && at < NAME_MAX_WIRE && name[at] < 64) {
        if (!name[at]) {
            return at + 1;
        }
        at += 1u + name[at];
    }
    return 0;
}

static size_t name_length(const uint8_t *name)
{
    return name_span(name, NAME_MAX_WIRE);
}

/* Length octets are below 64 and so are no letters: one loop over all octets is enough. */
static bool name_equal(const uint8_t *a, const uint8_t *b)
{
    size_t len = name_length(a);

    if (len != name_length(b)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t x = a[i] >= 'A' && a[i] <= 'Z' ? a[i] | 0x20 : a[i];
        uint8_t y = b[i] >= 'A' && b[i] <= 'Z' ? b[i] | 0x20 : b[i];

        if (x != y) {
            return false;
        }
    }
    return true;
}

/* Where the name that begins here ends. */
static size_t received_name(const uint8_t *data, size_t len, size_t at)
{
    while (at < len && data[at] && data[at] < 64) {
        at += 1u + data[at];
    }
    return at + (at < len && data[at] >= 0xc0 ? 2 : 1);
}

/* The octets of a record in a message that was received; 0 when it is malformed. */
static size_t received_record(const uint8_t *data, size_t len, size_t at)
{
    size_t from = at;

    at = received_name(data, len, at);
    if (at + 10 > len || at + 10 + get16(data + at + 8) > len) {
        return 0;
    }
    return at + 10 + get16(data + at + 8) - from;
}

/* One character of presentation text, with its escape undone. */
static uint8_t unescape(const char **text, const char *end)
{
    const char *p = *text;
    unsigned value;

    if (*p != '\\' || end - p < 2) {
        *text = p + 1;
        return (uint8_t)*p;
    }
    if (end - p >= 4 && p[1] >= '0' && p[1] <= '9') {
        value = (unsigned)(p[1] - '0') * 100 + (unsigned)(p[2] - '0') * 10 + (unsigned)(p[3] - '0');
        *text = p + 4;
        return (uint8_t)value;
    }
    *text = p + 2;
    return (uint8_t)p[1];
}

static bool name_parse(uint8_t out[256], const char *text, size_t len, const uint8_t *origin)
{
    const char *end = text + len;
    size_t label = 0, at = 1;

    if (len == 1 && (*text == '@' || *text == '.')) {
        memcpy(out, *text == '@' ? origin : (const uint8_t *)"",
               *text == '@' ? name_length(origin) : 1);
        return true;
    }
    while (text < end) {
        if (*text == '.') {
            out[label] = (uint8_t)(at - label - 1);
            if (at - label - 1 == 0 || at - label - 1 > 63) {
                return false;
            }
            label = at++;
            text++;
        } else {
            out[at++] = unescape(&text, end);
        }
        if (at >= NAME_MAX_WIRE) {
            return false;
        }
    }
    if (at == label + 1) { /* the text ended in a dot */
        out[label] = 0;
        return true;
    }
    out[label] = (uint8_t)(at - label - 1);
    if (at - label - 1 > 63 || at + name_length(origin) > NAME_MAX_WIRE) {
        return false;
    }
    memcpy(out + at, origin, name_length(origin));
    return true;
}

/*
 * The RDATA of a type, one letter a field: a IPv4 address, 6 IPv6 address, N name that RFC 1035
 * lets be compressed, n other name, b 8 bits, s 16 bits, l 32 bits, t time to live, x
 * hexadecimal to the end, q character strings to the end. Types without a pattern have no text
 * here.
 */
struct type {
    const char *name;
    unsigned code;
    const char *pattern;
};

/* clang-format off */
static const struct type types[] = {
    {"A", 1, "a"},         {"NS", 2, "N"},        {"CNAME", 5, "N"},     {"SOA", 6, "NNltttt"},
    {"PTR", 12, "N"},      {"MX", 15, "sN"},      {"TXT", 16, "q"},      {"AAAA", 28, "6"},
    {"SRV", 33, "sssn"},   {"DNAME", 39, "n"},    {"DS", 43, "sbbx"},    {"SIG", 24, NULL},
    {"OPT", 41, NULL},     {"TKEY", 249, NULL},   {"TSIG", 250, NULL},   {"IXFR", 251, NULL},
    {"AXFR", 252, NULL},   {"MAILB", 253, NULL},  {"MAILA", 254, NULL},  {"ANY", 255, NULL},
};

static const char *const rcodes[] = {
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
    "NXRRSET", "NOTAUTH", "NOTZONE",
};
/* clang-format on */

enum { TYPE_COUNT = sizeof types / sizeof *types, RCODE_COUNT = sizeof rcodes / sizeof *rcodes };

static bool same_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(text, word, len);
}

/* A 16-bit number behind a prefix, as in TYPE65534; text need not end in a NUL. */
static bool numbered(const char *text, size_t len, const char *prefix, unsigned *value)
{
    size_t skip = strlen(prefix);

    if (len <= skip || len > skip + 5 || strncasecmp(text, prefix, skip)) {
        return false;
    }
    *value = 0;
    for (size_t i = skip; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return *value <= 0xffff;
}

static bool type_parse(const char *text, size_t len, unsigned *code)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (same_word(text, len, types[i].name)) {
            *code = types[i].code;
            return true;
        }
    }
    return numbered(text, len, "TYPE", code);
}

static const char *type_pattern(unsigned code)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].code == code) {
            return types[i].pattern;
        }
    }
    return NULL;
}

static bool class_parse(const char *text, size_t len, unsigned *code)
{
    static const char *const names[] = {"", "IN", "", "CH", "HS"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (len && same_word(text, len, names[i])) {
            *code = i;
            return true;
        }
    }
    return numbered(text, len, "CLASS", code);
}

static bool rcode_parse(const char *text, long *value)
{
    for (int i = 0; i < RCODE_COUNT; i++) {
        if (!strcasecmp(text, rcodes[i])) {
            *value = i;
            return true;
        }
    }
    return number_of(text, value) && *value >= 0 && *value <= 4095;
}

static size_t field_size(char letter)
{
    switch (letter) {
    case 'b':
        return 1;
    case 's':
        return 2;
    case 'a':
    case 'l':
    case 't':
        return 4;
    case '6':
        return 16;
    default:
        return 0;
    }
}

/* ---------------------------------------------------------------- zone files */

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
    die("%s:%u: %s", r->file, r->line, what);
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
    r->tokens = grow_array(r->tokens, r->count, sizeof *r->tokens);
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
            string[1 + len++] = unescape(&p, end);
        }
        string[0] = (uint8_t)len;
        bytes_add(out, string, len + 1);
    }
}

static void add_hex(struct reader *r, size_t from, struct bytes *out)
{
    for (size_t i = from; i < r->count; i++) {
        if (!hex_add(out, r->tokens[i].text, r->tokens[i].len)) {
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
    bytes_add(out, address, field_size(letter));
}

static void add_number(struct reader *r, const struct token *t, char letter, struct bytes *out)
{
    uint32_t value;
    uint8_t octets[4];
    size_t size = field_size(letter);

    if (!ttl_parse(t, &value)) {
        bad_zone(r, "bad number");
    }
    put32(octets, value);
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
        !numbered(r->tokens[at + 1].text, r->tokens[at + 1].len, "", &length)) {
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
        same_word(r->tokens[at].text, r->tokens[at].len, "\\#")) {
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
    if (r->count == 2 && same_word(t->text, t->len, "$ORIGIN")) {
        if (!name_parse(name, t[1].text, t[1].len, r->origin)) {
            bad_zone(r, "bad origin");
        }
        memcpy(r->origin, name, sizeof name);
    } else if (r->count != 2 || !same_word(t->text, t->len, "$TTL") || !ttl_parse(t + 1, &r->ttl)) {
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
    while (at < r->count && (class_parse(r->tokens[at].text, r->tokens[at].len, &r->class) ||
                             ttl_parse(&r->tokens[at], &record.ttl))) {
        at++;
    }
    if (at >= r->count || !type_parse(r->tokens[at].text, r->tokens[at].len, &record.type)) {
        bad_zone(r, "unknown type");
    }
    read_rdata(r, at + 1, record.type, &rdata);
    record.class = r->class;
    record.owner = copy_of(r->owner, name_length(r->owner));
    record.rdata = rdata.data ? rdata.data : grow(NULL, 1);
    record.length = rdata.len;
    return record;
}

/* ---------------------------------------------------------------- sources */

/* What is served: records, the SOA first and last, or a recorded stream. */
struct source {
    uint8_t apex[256];
    unsigned class, type; /* the QTYPE that a recording answers */
    bool any_name;        /* a recording without a question answers every transfer */
    struct records records;
    struct records *versions; /* for IXFR, the oldest first and these records last */
    size_t version_count;
    uint8_t *stream; /* a private mapping: message IDs are written over */
    size_t size;
    size_t *offsets; /* of the length prefixes */
    size_t messages;
    size_t rest;       /* octets at the end that make no message */
    bool has_query;    /* the recording tells the ID of its query, */
    uint16_t query_id; /* from which a message may differ as it did then */
    bool ends;         /* the recorded server closed the connection */
};

static uint8_t *map_file(const char *file, size_t *size)
{
    struct stat status;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    void *map;

    if (fd < 0 || fstat(fd, &status)) {
        die("%s: %s", file, strerror(errno));
    }
    if (!status.st_size) {
        die("%s: the file is empty", file);
    }
    *size = (size_t)status.st_size;
    map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        die("%s: %s", file, strerror(errno));
    }
    close(fd);
    return map;
}

static void load_zone(struct source *s, const char *file)
{
    struct reader r = {.file = file, .line = 1, .ttl = 3600, .class = CLASS_IN};
    struct bytes text = {0};
    size_t size, soa = SIZE_MAX;
    uint8_t *map = map_file(file, &size);

    bytes_u8(&text, '\n'); /* so that the first line has a line end before it too */
    bytes_add(&text, map, size);
    munmap(map, size);
    r.at = (const char *)text.data + 1;
    r.end = (const char *)text.data + text.len;
    while (next_entry(&r)) {
        if (!read_directive(&r)) {
            records_insert(&s->records, s->records.count, read_record(&r));
            if (s->records.list[s->records.count - 1].type == TYPE_SOA && soa == SIZE_MAX) {
                soa = s->records.count - 1;
            }
        }
    }
    if (soa == SIZE_MAX) {
        die("%s: no SOA record", file);
    }
    struct record first = s->records.list[soa];
    records_remove(&s->records, soa);
    records_insert(&s->records, 0, first);
    records_insert(&s->records, s->records.count, first);
    memcpy(s->apex, first.owner, name_length(first.owner));
    s->class = first.class;
    s->type = TYPE_AXFR;
}

/* A recording of zxfr --record holds both directions, with a head before each entry. What came on
 * its last connection is moved to the front of the mapping, where it looks like a stream. */
static void strip_recording(struct source *s, const char *file)
{
    enum { HEAD = 1 + 8 };
    uint8_t *data = s->stream;
    size_t at = 0, to = 0, size = s->size;

    while (at < size && data[at++] != '\n') {
    }
    s->size = 0;
    while (at < size) {
        uint8_t kind = data[at];
        size_t span;

        if (size - at < HEAD + 2 || size - at < (size_t)HEAD + 2 + get16(data + at + HEAD)) {
            die("%s: octet %zu: the recording ends inside an entry", file, at);
        }
        span = get16(data + at + HEAD);
        if (kind == 'C') {
            to = s->rest = 0;
            s->ends = false;
        } else if (kind == '<') {
            memmove(data + to, data + at + HEAD, 2 + span);
            to += 2 + span;
        } else if (kind == '!') {
            memmove(data + to, data + at + HEAD + 2, span);
            to += span;
            s->rest = span;
        } else if (kind == '.') {
            s->ends = true;
        } else if (kind == '>' && span >= HEADER) {
            s->has_query = true;
            s->query_id = (uint16_t)get16(data + at + HEAD + 2);
        }
        at += HEAD + 2 + span;
    }
    s->size = to;
    if (to == s->rest) {
        die("%s: no message came on the last connection of the recording", file);
    }
}

static void load_replay(struct source *s, const char *file)
{
    static const char recording[] = "zxfr-recording ";
    size_t at = 0, span;

    s->stream = map_file(file, &s->size);
    if (s->size > sizeof recording && !memcmp(s->stream, recording, sizeof recording - 1)) {
        strip_recording(s, file);
    }
    while (at < s->size - s->rest) {
        size_t left = s->size - s->rest - at;

        if (left < 2 || left < 2 + get16(s->stream + at) || get16(s->stream + at) < HEADER) {
            die("%s: octet %zu: no framed DNS message", file, at);
        }
        s->offsets = grow_array(s->offsets, s->messages, sizeof *s->offsets);
        s->offsets[s->messages++] = at;
        at += 2 + get16(s->stream + at);
    }
    span = name_span(s->stream + 2 + HEADER, get16(s->stream) - HEADER);
    s->any_name = get16(s->stream + 2 + 4) == 0;
    s->type = TYPE_AXFR;
    s->class = CLASS_IN;
    if (s->any_name) {
        return;
    }
    if (!span || HEADER + span + 4 > get16(s->stream)) {
        die("%s: the question of the first message is malformed", file);
    }
    memcpy(s->apex, s->stream + 2 + HEADER, span);
    s->type = get16(s->stream + 2 + HEADER + span);
    s->class = get16(s->stream + 2 + HEADER + span + 2);
}

/* ---------------------------------------------------------------- options, queries, answers */

enum compress { COMPRESS_STD, COMPRESS_ALL, COMPRESS_NONE };

struct options {
    const char *address;
    long port, message_size, records, opt_only, refuse, ede;
    const char *ede_text;
    enum compress compress;
    bool soa_alone, question_all;
    int query_log;
    struct signer_config signer;
    struct source *sources;
    size_t source_count;
    enum history_mode history;
    bool history_given;
    struct source *older; /* only their apex and records are used */
    size_t older_count;
    struct command *commands;
    size_t command_count;
    long block;          /* the connection that the next commands are for; 0 is all */
    unsigned block_type; /* the QTYPE that they are for; 0 is all */
};

struct query {
    const uint8_t *data;
    size_t len;
    unsigned id, type, class;
    uint8_t name[256];
    bool opt;
    size_t tsig_at;  /* where its TSIG record begins; 0: it has none */
    uint32_t serial; /* IXFR: what the client has */
};

struct message {
    uint8_t *data;
    size_t len;
    size_t frame;     /* what the length prefix says */
    unsigned zeros;   /* frames of length 0 sent before */
    size_t signed_at; /* where its TSIG record begins; 0: it has none */
};

enum event_kind { EVENT_DELAY, EVENT_CLOSE, EVENT_RESET, EVENT_STALL };

struct event {
    long at;
    enum event_kind kind;
    long ms;
};

/* The octets on their way to the client, and what happens on that way. */
struct sender {
    int fd;
    long position;
    long split, pause_ms;
    struct event *events;
    size_t count, next;
};

enum question_mode {
    QUESTION_NAME,
    QUESTION_TYPE,
    QUESTION_CLASS,
    QUESTION_COUNT,
    QUESTION_BROKEN,
    QUESTION_RIGHT
};

/* The ways in which the octets of a name can be no name. */
enum shape {
    SHAPE_FORWARD,
    SHAPE_SELF,
    SHAPE_LOOP,
    SHAPE_HEADER,
    SHAPE_TYPE01,
    SHAPE_TYPE10,
    SHAPE_LONG,
    SHAPE_EXPANDS,
    SHAPE_CUT
};
#define SHAPES "forward self loop header type01 type10 long expands cut"

/* One answer in the making; commands act on it in the order of their stages. */
struct answer {
    const struct options *options;
    const struct query *query;
    const struct source *source;
    long connection;
    struct records plan;
    bool no_question, endless, endless_steps;
    struct message *messages;
    size_t message_count;
    struct signer_series series;
    struct bytes stream; /* the octets of all messages */
    struct sender sender;

    /* the message being signed */
    struct signer_way way;
    long signing; /* its number */

    /* the message being built */
    struct bytes build;
    unsigned answers, authority, additional;
    enum question_mode question;
    enum shape shape;                 /* of the name in a broken question */
    uint16_t suffixes[POINTER_LIMIT]; /* hash table: offsets of names, 0 is free */
};

enum stage {
    STAGE_QUERY,      /* the query's signature was looked at */
    STAGE_PLAN,       /* the list of records is complete, no message is built */
    STAGE_QUESTION,   /* before the question of a message is written */
    STAGE_AUTHORITY,  /* after the answer section of a message */
    STAGE_ADDITIONAL, /* at the end of a message */
    STAGE_MESSAGE,    /* all messages are built */
    STAGE_SIGN,       /* before a message is signed */
    STAGE_SIGNED,     /* all messages are signed, if they are at all */
    STAGE_STREAM,     /* they have become one row of octets */
    STAGE_SEND,       /* which is about to go out */
};

struct command {
    const struct verb *verb;
    enum stage stage; /* the verb's own, or that after the signing */
    long connection;  /* 0: all */
    unsigned type;    /* of the query; 0: all */
    long message, octet, number;
    uint8_t *data;
    size_t len;
    bool with_id; /* the data lacks the message ID */
};

/*
 * Arguments, one letter each: m message number (1 is the first, or "last"; or "all" for the ways of
 * signing), o octet number (negative ones count from the end), or another number with a sign, n
 * number, r RCODE, t type, w one of the choices, x hexadecimal digits, i the same, where a leading
 * "id" stands for the query's message ID.
 */
struct verb {
    const char *name, *arguments;
    enum stage stage;
    bool needs_zone; /* a recorded stream cannot be changed like that */
    void (*act)(struct answer *, const struct command *);
    const char *choices, *help;
};

static bool is_for(const struct answer *a, const struct command *c, long message)
{
    return c->message == message || c->message == ALL_MESSAGES ||
           (c->message == LAST_MESSAGE && message == (long)a->message_count);
}

static bool concerns(const struct command *c, const struct answer *a)
{
    return (!c->connection || c->connection == a->connection) &&
           (!c->type || c->type == a->query->type);
}

/* Runs the commands of one stage; with a message number, only those for that message. */
static void run_stage(struct answer *a, enum stage stage, long message)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage != stage || (message && !is_for(a, c, message)) || !concerns(c, a)) {
            continue;
        }
        if (c->verb->needs_zone && a->source->stream) {
            die("%s: works on a zone file, not on a recorded stream", c->verb->name);
        }
        c->verb->act(a, c);
    }
}

static bool stage_in_use(const struct answer *a, enum stage stage)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage == stage && concerns(c, a)) {
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- building messages */

static bool suffix_is_at(const struct bytes *message, size_t at, const uint8_t *name)
{
    const uint8_t *data = message->data;

    for (;;) {
        while (data[at] >= 0xc0) {
            at = get16(data + at) & 0x3fff;
        }
        if (data[at] != *name || memcmp(data + at + 1, name + 1, *name)) {
            return false;
        }
        if (!*name) {
            return true;
        }
        at += 1u + *name;
        name += 1u + *name;
    }
}

static uint16_t *find_suffix(struct answer *a, const uint8_t *name)
{
    uint32_t hash = 2166136261u;
    size_t len = name_length(name), slot;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ name[i]) * 16777619u;
    }
    slot = (hash ^ hash >> 15) % POINTER_LIMIT;
    while (a->suffixes[slot] && !suffix_is_at(&a->build, a->suffixes[slot], name)) {
        slot = (slot + 1) % POINTER_LIMIT;
    }
    return &a->suffixes[slot];
}

/* Names are compared with their case, so that compression changes none. */
static void put_name(struct answer *a, const uint8_t *name, bool compress)
{
    while (*name) {
        uint16_t *offset = compress ? find_suffix(a, name) : NULL;

        if (offset && *offset) {
            bytes_u16(&a->build, 0xc000u | *offset);
            return;
        }
        if (offset && a->build.len < POINTER_LIMIT) {
            *offset = (uint16_t)a->build.len;
        }
        /* the octets of the label must be in place before the next look into the table */
        bytes_add(&a->build, name, 1u + *name);
        name += 1u + *name;
    }
    bytes_u8(&a->build, 0);
}

/* RDATA given as octets may not fit its type; it then goes out as it is. */
static bool rdata_fits(const char *pattern, const uint8_t *rdata, size_t length)
{
    size_t at = 0;

    for (; *pattern && *pattern != 'x' && *pattern != 'q'; pattern++) {
        bool is_name = *pattern == 'N' || *pattern == 'n';
        size_t span = is_name ? name_span(rdata + at, length - at) : field_size(*pattern);

        if (!span || span > length - at) {
            return false;
        }
        at += span;
    }
    return *pattern || at == length;
}

static void put_rdata(struct answer *a, const struct record *r)
{
    const char *pattern = type_pattern(r->type);
    enum compress compress = a->options->compress;
    size_t at = 0;

    if (compress == COMPRESS_NONE || !pattern || !rdata_fits(pattern, r->rdata, r->length)) {
        bytes_add(&a->build, r->rdata, r->length);
        return;
    }
    for (; *pattern && *pattern != 'x' && *pattern != 'q'; pattern++) {
        if (*pattern == 'N' || *pattern == 'n') {
            put_name(a, r->rdata + at, *pattern == 'N' || compress == COMPRESS_ALL);
            at += name_length(r->rdata + at);
        } else {
            bytes_add(&a->build, r->rdata + at, field_size(*pattern));
            at += field_size(*pattern);
        }
    }
    bytes_add(&a->build, r->rdata + at, r->length - at);
}

static void put_record(struct answer *a, const struct record *r)
{
    size_t length_at;

    put_name(a, r->owner, a->options->compress != COMPRESS_NONE);
    bytes_u16(&a->build, r->type);
    bytes_u16(&a->build, r->class);
    bytes_u32(&a->build, r->ttl);
    length_at = a->build.len;
    bytes_u16(&a->build, 0);
    put_rdata(a, r);
    put16(a->build.data + length_at, (unsigned)(a->build.len - length_at - 2));
}

static size_t opt_size(const struct answer *a)
{
    return 11 + (a->options->ede < 0 ? 0 : 6 + strlen(a->options->ede_text));
}

static void put_opt(struct answer *a, unsigned rcode)
{
    bytes_u8(&a->build, 0);
    bytes_u16(&a->build, TYPE_OPT);
    bytes_u16(&a->build, 1232);
    bytes_u32(&a->build, (uint32_t)(rcode >> 4) << 24);
    bytes_u16(&a->build, (unsigned)opt_size(a) - 11);
    if (a->options->ede >= 0) { /* RFC 8914 section 2 */
        size_t len = strlen(a->options->ede_text);

        bytes_u16(&a->build, 15);
        bytes_u16(&a->build, (unsigned)len + 2);
        bytes_u16(&a->build, (unsigned)a->options->ede);
        bytes_add(&a->build, a->options->ede_text, len);
    }
    a->additional++;
}

/* Labels of 60 octets, without the root behind them. */
static void put_labels(struct answer *a, int count)
{
    while (count--) {
        uint8_t label[61];

        memset(label, 'l', sizeof label);
        label[0] = 60;
        bytes_add(&a->build, label, sizeof label);
    }
}

static void put_pointer(struct answer *a, size_t target)
{
    bytes_u16(&a->build, 0xc000u | (unsigned)(target & 0x3fff));
}

/* A name that is none. What a pointer needs to lead to stands at `support`, see put_support. */
static void put_shape(struct answer *a, enum shape shape, size_t support)
{
    size_t here = a->build.len;

    switch (shape) {
    case SHAPE_FORWARD:
        put_pointer(a, here + 2);
        break;
    case SHAPE_SELF:
        put_pointer(a, here);
        break;
    case SHAPE_LOOP:
        if (support) {
            put16(a->build.data + support, 0xc000u | (unsigned)here);
            put_pointer(a, support);
        } else { /* back to where it began, by way of a label */
            bytes_add(&a->build, "\1a", 2);
            put_pointer(a, here);
        }
        break;
    case SHAPE_HEADER:
        put_pointer(a, 4);
        break;
    case SHAPE_TYPE01:
    case SHAPE_TYPE10:
        bytes_u8(&a->build, shape == SHAPE_TYPE01 ? 0x41 : 0x81);
        bytes_add(&a->build, "abcdefgh", 9);
        break;
    case SHAPE_LONG:
        put_labels(a, 5);
        bytes_u8(&a->build, 0);
        break;
    case SHAPE_EXPANDS:
        if (!support) {
            die("a question has nothing before it to lean on");
        }
        put_labels(a, 2);
        put_pointer(a, support);
        break;
    case SHAPE_CUT:
        bytes_add(&a->build, "\12cut", 4);
        break;
    }
}

/* An opaque record whose RDATA is good for a pointer into it. Returns where that RDATA is. */
static size_t put_support(struct answer *a, enum shape shape)
{
    size_t length_at, at;

    put_name(a, a->source->apex, true);
    bytes_u16(&a->build, 65400);
    bytes_u16(&a->build, a->source->class);
    bytes_u32(&a->build, 3600);
    length_at = a->build.len;
    bytes_u16(&a->build, 0);
    at = a->build.len;
    if (shape == SHAPE_LOOP) {
        put_pointer(a, 0); /* put_shape sets it */
    } else {
        put_labels(a, 3);
        bytes_u8(&a->build, 0);
    }
    put16(a->build.data + length_at, (unsigned)(a->build.len - at));
    a->answers++;
    return at;
}

static void put_question(struct answer *a, unsigned type)
{
    const struct query *q = a->query;
    bool compress = a->options->compress != COMPRESS_NONE;

    if (a->question == QUESTION_BROKEN) {
        put_shape(a, a->shape, 0);
        bytes_u16(&a->build, type);
        bytes_u16(&a->build, q->class);
        return;
    }
    if (a->question == QUESTION_NAME) {
        bytes_add(&a->build, "\5other", 6);
        compress = false; /* no record may lean on this name */
    }
    put_name(a, q->name, compress);
    bytes_u16(&a->build, a->question == QUESTION_TYPE ? TYPE_NS : type);
    bytes_u16(&a->build, a->question == QUESTION_CLASS ? q->class + 2 : q->class);
}

/* Begins a message: header with AA and the RCODE, and the question where one is due. */
static void start_message(struct answer *a, unsigned rcode, bool question)
{
    uint8_t header[HEADER] = {0};
    unsigned copies = question ? 1 : 0;

    a->build.len = 0;
    a->answers = a->authority = a->additional = 0;
    memset(a->suffixes, 0, sizeof a->suffixes);
    copies = a->question == QUESTION_COUNT ? 2 : a->question != QUESTION_RIGHT ? 1 : copies;
    put16(header, a->query->id);
    put16(header + 2, 0x8000u | (a->query->len >= 4 ? get16(a->query->data + 2) & 0x7900u : 0) |
                          (rcode ? 0 : 0x0400u) | (rcode & 15));
    put16(header + 4, copies);
    bytes_add(&a->build, header, sizeof header);
    while (copies--) {
        put_question(a, a->query->type);
    }
    a->question = QUESTION_RIGHT;
}

static void insert_message(struct answer *a, size_t at, const uint8_t *data, size_t len)
{
    a->messages = grow_array(a->messages, a->message_count, sizeof *a->messages);
    memmove(a->messages + at + 1, a->messages + at, (a->message_count - at) * sizeof *a->messages);
    a->messages[at] = (struct message){copy_of(data, len), len, len, 0, 0};
    a->message_count++;
}

static void finish_message(struct answer *a)
{
    if (a->build.len > MESSAGE_MAX) {
        die("a message of %zu octets has no frame", a->build.len);
    }
    put16(a->build.data + 6, a->answers);
    put16(a->build.data + 8, a->authority);
    put16(a->build.data + 10, a->additional);
    insert_message(a, a->message_count, a->build.data, a->build.len);
    a->build.len = 0;
}

static void error_message(struct answer *a, unsigned rcode)
{
    start_message(a, rcode, a->query->name[0] || a->query->type);
    if (a->query->opt) {
        put_opt(a, rcode);
    }
    finish_message(a);
}

/* ---------------------------------------------------------------- a transfer of a zone */

/* Records and OPT of the other sections; they come after all answers of the message. */
static void end_transfer_message(struct answer *a)
{
    long number = (long)a->message_count + 1;

    run_stage(a, STAGE_AUTHORITY, number);
    if (number == 1 && a->query->opt) {
        put_opt(a, 0);
    }
    run_stage(a, STAGE_ADDITIONAL, number);
    finish_message(a);
}

static void begin_transfer_message(struct answer *a, size_t data_messages)
{
    long every = a->options->opt_only;
    bool question = a->options->question_all && !a->no_question;

    if (every && data_messages && data_messages % (size_t)every == 0) {
        start_message(a, 0, question);
        put_opt(a, 0);
        finish_message(a);
    }
    question = question || (!a->message_count && !a->no_question);
    run_stage(a, STAGE_QUESTION, (long)a->message_count + 1);
    start_message(a, 0, question);
}

/* How many octets the answers of this message may reach up to. */
static size_t answer_limit(const struct answer *a)
{
    size_t limit = (size_t)a->options->message_size;

    limit -= !a->message_count && a->query->opt ? opt_size(a) : 0;
    if (stage_in_use(a, STAGE_AUTHORITY) || stage_in_use(a, STAGE_ADDITIONAL)) {
        limit -= limit > 300 ? 300 : 0;
    }
    if (signer_series_signs(&a->series)) {
        limit -= limit > SIGNER_RECORD_MAX ? SIGNER_RECORD_MAX : 0;
    }
    return limit;
}

static void build_messages(struct answer *a)
{
    size_t data_messages = 0;

    for (size_t i = 0; i < a->plan.count; i++) {
        bool full = a->options->records && a->answers >= a->options->records;
        size_t before = a->build.len;

        full = full || a->answers == 65535 || (a->options->soa_alone && i == 1);
        if (before && !full) {
            put_record(a, &a->plan.list[i]);
            full = a->build.len > answer_limit(a);
            a->build.len = full ? before : a->build.len;
        }
        if (full) {
            end_transfer_message(a);
            data_messages++;
        }
        if (!before || full) {
            begin_transfer_message(a, data_messages);
            put_record(a, &a->plan.list[i]);
        }
        a->answers++;
    }
    if (!a->plan.count) {
        begin_transfer_message(a, 0);
    }
    end_transfer_message(a);
}

/* A command for a message that was never built would be a test that tests nothing. */
static void check_message_numbers(const struct answer *a, enum stage from, enum stage to)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage >= from && c->stage <= to && c->message > (long)a->message_count &&
            concerns(c, a)) {
            die("%s %ld: the answer has %zu messages", c->verb->name, c->message, a->message_count);
        }
    }
}

/* ---------------------------------------------------------------- signing */

static void flatten(const struct answer *a, struct bytes *stream)
{
    for (size_t i = 0; i < a->message_count; i++) {
        const struct message *m = &a->messages[i];

        for (unsigned z = 0; z < m->zeros; z++) {
            bytes_u16(stream, 0);
        }
        bytes_u16(stream, (unsigned)m->frame);
        bytes_add(stream, m->data, m->len);
    }
}

static void sign_messages(struct answer *a)
{
    if (!signer_series_signs(&a->series)) {
        return;
    }
    for (size_t i = 0; i < a->message_count; i++) {
        struct message *m = &a->messages[i];
        size_t before = m->len;

        a->signing = (long)i + 1;
        a->way = signer_way_right(&a->series);
        run_stage(a, STAGE_SIGN, a->signing);
        if (!signer_series_sign(&a->series, &a->way, &m->data, &m->len)) {
            die("message %ld has no room for a signature", a->signing);
        }
        m->signed_at = m->len > before ? before : 0;
        m->frame = m->len;
    }
}

/* From the messages as they were built to the octets that go out. */
static void finish_stream(struct answer *a)
{
    run_stage(a, STAGE_MESSAGE, 0);
    check_message_numbers(a, STAGE_SIGN, STAGE_SIGN);
    sign_messages(a);
    run_stage(a, STAGE_SIGNED, 0);
    flatten(a, &a->stream);
}

/* ---------------------------------------------------------------- sending */

static void write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            _exit(0); /* the client went away: its right */
        }
        data += n;
        len -= (size_t)n;
    }
}

/* Reads and drops what the client sends, until it closes or the time is up. */
static void wait_for_close(int fd, int timeout_ms)
{
    uint8_t nowhere[4096];
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, timeout_ms) > 0 && recv(fd, nowhere, sizeof nowhere, 0) > 0) {
    }
}

/* A reset throws away what the client's side has not acknowledged: wait for that first. */
static _Noreturn void reset_connection(int fd)
{
    struct linger linger = {1, 0};
    int unsent = 0;

    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        if (ioctl(fd, SIOCOUTQ, &unsent) || !unsent) {
            break;
        }
        sleep_ms(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
    _exit(0);
}

static void fire(struct sender *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_DELAY:
        sleep_ms(e->ms);
        break;
    case EVENT_CLOSE:
        /* closing with unread octets would send a reset, so the client's FIN comes first */
        shutdown(s->fd, SHUT_WR);
        wait_for_close(s->fd, PATIENCE_MS);
        _exit(0);
    case EVENT_RESET:
        reset_connection(s->fd);
    case EVENT_STALL:
        wait_for_close(s->fd, -1);
        _exit(0);
    }
}

static void fire_due(struct sender *s)
{
    while (s->next < s->count && s->events[s->next].at <= s->position) {
        fire(s, &s->events[s->next++]);
    }
}

static void send_part(struct sender *s, const uint8_t *data, size_t len)
{
    while (len) {
        size_t part = len;

        fire_due(s);
        if (s->split && part > (size_t)s->split) {
            part = (size_t)s->split;
        }
        if (s->next < s->count && part > (size_t)(s->events[s->next].at - s->position)) {
            part = (size_t)(s->events[s->next].at - s->position);
        }
        write_all(s->fd, data, part);
        data += part;
        len -= part;
        s->position += (long)part;
        if (s->pause_ms) {
            sleep_ms(s->pause_ms);
        }
    }
}

static void add_event(struct sender *s, struct event event)
{
    size_t at = s->count;

    s->events = grow_array(s->events, s->count, sizeof *s->events);
    while (at && s->events[at - 1].at > event.at) {
        s->events[at] = s->events[at - 1];
        at--;
    }
    s->events[at] = event;
    s->count++;
}

static void send_message(struct answer *a, unsigned answers)
{
    uint8_t prefix[2];

    put16(a->build.data + 6, answers);
    put16(prefix, (unsigned)a->build.len);
    send_part(&a->sender, prefix, sizeof prefix);
    send_part(&a->sender, a->build.data, a->build.len);
}

/* Steps to the next serial for ever, or nearly: the newest one is 2^31 - 1 away. */
static _Noreturn void send_endless_steps(struct answer *a)
{
    const struct record *soa = &a->source->records.list[0];

    for (uint32_t serial = a->query->serial;;) {
        start_message(a, 0, true);
        for (int i = 0; i < 200; i++, serial++) {
            struct record from = history_soa(soa, serial), to = history_soa(soa, serial + 1);

            put_record(a, &from);
            put_record(a, &to);
            free(from.rdata);
            free(to.rdata);
        }
        send_message(a, 400);
    }
}

/* Messages of fresh records for ever; the client has to end this. */
static _Noreturn void send_endless(struct answer *a)
{
    for (uint32_t count = 0;;) {
        start_message(a, 0, true); /* the apex is at octet 12 */
        for (int i = 0; i < 1000; i++) {
            char label[16];

            snprintf(label, sizeof label, "\11e%08x", count++);
            bytes_add(&a->build, label, 10);
            bytes_add(&a->build, "\300\014\0\1\0\1\0\0\016\020\0\4\300\0\2\1", 16);
        }
        send_message(a, 1000);
    }
}

static void send_stream(struct answer *a)
{
    size_t len = a->stream.len;

    /* positions that count from the end can be told now, and with them the order */
    struct sender resolved = a->sender;

    resolved.events = NULL;
    resolved.count = 0;
    for (size_t i = 0; i < a->sender.count; i++) {
        struct event event = a->sender.events[i];

        event.at += event.at < 0 ? (long)len : 0;
        add_event(&resolved, event);
    }
    a->sender = resolved;
    send_part(&a->sender, a->stream.data, len);
    if (a->endless_steps) {
        send_endless_steps(a);
    }
    if (a->endless) {
        send_endless(a);
    }
    fire_due(&a->sender);
    if (a->sender.next < a->sender.count) {
        die("octet %ld: the stream has only %zu", a->sender.events[a->sender.next].at, len);
    }
}

/* ---------------------------------------------------------------- the commands of a script */

static struct record apex_record(const struct answer *a, const char *label, unsigned type)
{
    struct bytes owner = {0};
    struct record r = {.type = type, .class = a->source->class, .ttl = 3600, .length = 4};

    if (label) {
        bytes_u8(&owner, (unsigned)strlen(label));
        bytes_add(&owner, label, strlen(label));
    }
    bytes_add(&owner, a->source->apex, name_length(a->source->apex));
    r.owner = owner.data;
    r.rdata = copy_of("\300\0\2\1", 4);
    return r;
}

static void plan_middle(struct answer *a, struct record r)
{
    size_t at = a->plan.count / 2;

    records_insert(&a->plan, at ? at : a->plan.count, r);
}

/* A copy of the SOA whose serial is the given one. */
static struct record soa_with_serial(const struct answer *a, uint32_t serial)
{
    return history_soa(&a->source->records.list[0], serial);
}

static uint32_t soa_serial(const struct answer *a)
{
    return history_serial(&a->source->records.list[0]);
}

static void do_nosoa(struct answer *a, const struct command *c)
{
    (void)c;
    records_remove(&a->plan, 0);
}

static void do_otherfirst(struct answer *a, const struct command *c)
{
    (void)c;
    a->plan.list[0].owner = apex_record(a, "other", TYPE_SOA).owner;
}

static void do_noend(struct answer *a, const struct command *c)
{
    (void)c;
    records_remove(&a->plan, a->plan.count - 1);
}

static void do_endserial(struct answer *a, const struct command *c)
{
    a->plan.list[a->plan.count - 1] = soa_with_serial(a, (uint32_t)c->number);
}

enum { END_MNAME, END_RNAME, END_REFRESH, END_RETRY, END_EXPIRE, END_MINIMUM, END_TTL, END_CASE };

/* One field of the SOA at the end is another; in the names a letter, by its case or for good. */
static void do_endsoa(struct answer *a, const struct command *c)
{
    struct record *r = &a->plan.list[a->plan.count - 1];
    size_t mname = name_length(r->rdata), rname = name_length(r->rdata + mname);
    size_t numbers = mname + rname;

    r->rdata = copy_of(r->rdata, r->length);
    switch (c->number) {
    case END_MNAME:
        r->rdata[1] = r->rdata[1] == 'x' ? 'y' : 'x';
        break;
    case END_RNAME:
        r->rdata[mname + 1] = r->rdata[mname + 1] == 'x' ? 'y' : 'x';
        break;
    case END_CASE:
        r->rdata[1] ^= 0x20;
        r->rdata[mname + 1] ^= 0x20;
        break;
    case END_TTL:
        r->ttl++;
        break;
    default:
        r->rdata[numbers + 4 * (size_t)(c->number - END_REFRESH + 1) + 3] ^= 1;
    }
}

static void do_after(struct answer *a, const struct command *c)
{
    (void)c;
    records_insert(&a->plan, a->plan.count, apex_record(a, "after-end", TYPE_A));
}

enum { SOA_MIDDLE, SOA_SAME, SOA_OTHER };

static void do_soa(struct answer *a, const struct command *c)
{
    struct record r = soa_with_serial(a, soa_serial(a) + (c->number == SOA_MIDDLE));

    if (c->number == SOA_OTHER) {
        r.owner = apex_record(a, "other", TYPE_SOA).owner;
    }
    plan_middle(a, r);
}

static void do_class(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, "class", TYPE_A);

    r.class = (unsigned)c->number;
    plan_middle(a, r);
}

static void do_meta(struct answer *a, const struct command *c)
{
    plan_middle(a, apex_record(a, "meta", (unsigned)c->number));
}

static void do_record(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, "record", (unsigned)c->number);

    r.rdata = c->data;
    r.length = c->len;
    plan_middle(a, r);
}

static void do_outofzone(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, NULL, TYPE_A);

    (void)c;
    r.owner = copy_of("\13out-of-zone\7invalid", 21);
    plan_middle(a, r);
}

static void do_endless(struct answer *a, const struct command *c)
{
    do_noend(a, c);
    a->endless = true;
}

static void do_ixfr(struct answer *a, const struct command *c)
{
    const char *why;

    if (a->query->type != TYPE_IXFR) {
        return;
    }
    why = history_break(&a->plan, (enum history_fault)c->number, a->query->serial,
                        &a->source->records);
    if (why) {
        die("ixfr: %s", why);
    }
}

static void do_endless_steps(struct answer *a, const struct command *c)
{
    (void)c;
    a->plan.count = 1;
    a->plan.list[0] = soa_with_serial(a, a->query->serial + 0x7fffffffu);
    a->endless_steps = true;
}

static void do_noquestion(struct answer *a, const struct command *c)
{
    (void)c;
    a->no_question = true;
}

static void do_question(struct answer *a, const struct command *c)
{
    a->question = (enum question_mode)c->number;
}

static void do_authority(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, "authority", TYPE_A);

    (void)c;
    put_record(a, &r);
    a->authority++;
}

static void do_additional(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, "additional", TYPE_A);

    (void)c;
    put_record(a, &r);
    a->additional++;
}

static void do_badquestion(struct answer *a, const struct command *c)
{
    a->question = QUESTION_BROKEN;
    a->shape = (enum shape)c->number;
}

/* The fixed part of a record behind its owner. */
static void put_fixed(struct answer *a, unsigned type, unsigned class, uint32_t ttl,
                      unsigned length)
{
    bytes_u16(&a->build, type);
    bytes_u16(&a->build, class);
    bytes_u32(&a->build, ttl);
    bytes_u16(&a->build, length);
}

static size_t support_for(struct answer *a, enum shape shape)
{
    return shape == SHAPE_LOOP || shape == SHAPE_EXPANDS ? put_support(a, shape) : 0;
}

static void do_badowner(struct answer *a, const struct command *c)
{
    size_t support = support_for(a, (enum shape)c->number);

    put_shape(a, (enum shape)c->number, support);
    a->answers++;
    if (c->number != SHAPE_CUT) { /* that one ends the message */
        put_fixed(a, TYPE_A, a->source->class, 3600, 4);
        bytes_add(&a->build, "\300\0\2\1", 4);
    }
}

static void do_badrdata(struct answer *a, const struct command *c)
{
    size_t support = support_for(a, (enum shape)c->number), at;

    put_name(a, a->source->apex, true);
    put_fixed(a, TYPE_NS, a->source->class, 3600, 0);
    at = a->build.len;
    put_shape(a, (enum shape)c->number, support);
    put16(a->build.data + at - 2, (unsigned)(a->build.len - at));
    a->answers++;
}

/* Well-formed RDATA of a type, without compression. */
static void put_sample(struct answer *a, const struct command *c)
{
    const char *pattern = type_pattern((unsigned)c->number);

    if (!pattern) {
        die("%s: no pattern for type %ld", c->verb->name, c->number);
    }
    for (; *pattern; pattern++) {
        if (*pattern == 'N' || *pattern == 'n') {
            bytes_add(&a->build, "\2ns\7example", 12); /* with the NUL: the root */
        } else if (*pattern == 'q' || *pattern == 'x') {
            bytes_add(&a->build, "\5hello", 6);
        } else {
            bytes_add(&a->build, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", field_size(*pattern));
        }
    }
}

/* RDATA that is longer or shorter than it should be, and RDLENGTH agrees; or only RDLENGTH is. */
static void sized_record(struct answer *a, const struct command *c, bool grow_rdata)
{
    size_t at;

    put_name(a, a->source->apex, true);
    put_fixed(a, (unsigned)c->number, a->source->class, 3600, 0);
    at = a->build.len;
    put_sample(a, c);
    put16(a->build.data + at - 2, (unsigned)((long)(a->build.len - at) + c->octet));
    for (long i = 0; grow_rdata && i < c->octet; i++) {
        bytes_u8(&a->build, 0xa5);
    }
    if (grow_rdata && c->octet < 0) {
        a->build.len -= (size_t)-c->octet;
    }
    a->answers++;
}

static void do_resize(struct answer *a, const struct command *c)
{
    sized_record(a, c, true);
}

static void do_rdlength(struct answer *a, const struct command *c)
{
    sized_record(a, c, false);
}

enum { OPT_TWICE, OPT_OWNER, OPT_FORM };

static void do_opt(struct answer *a, const struct command *c)
{
    for (int i = 0; i < (c->number == OPT_TWICE ? 2 : 1); i++) {
        bytes_add(&a->build, "\3opt", c->number == OPT_OWNER ? 5 : 0);
        bytes_u8(&a->build, 0);
        a->build.len -= c->number == OPT_OWNER ? 1 : 0; /* that text brought its root label */
        put_fixed(a, TYPE_OPT, 1232, 0, c->number == OPT_FORM ? 4 : 0);
        if (c->number == OPT_FORM) { /* an option that says it has nine octets */
            bytes_add(&a->build, "\0\3\0\11", 4);
        }
        a->additional++;
    }
}

enum { TSIG_LAST, TSIG_EARLY, TSIG_ANSWER, TSIG_AUTHORITY, TSIG_CLASS, TSIG_TTL };

/* A TSIG record of key k. (RFC 8945 section 4.2) that signs nothing. */
static void do_tsig(struct answer *a, const struct command *c)
{
    static const uint8_t mac[32];

    bytes_add(&a->build, "\1k", 3);
    put_fixed(a, 250, c->number == TSIG_CLASS ? 1 : 255, c->number == TSIG_TTL, 61);
    bytes_add(&a->build, "\13hmac-sha256", 13);
    bytes_add(&a->build, "\0\0\0\0\0\0\1\54\0\40", 10); /* time, fudge 300, MAC of 32 octets */
    bytes_add(&a->build, mac, sizeof mac);
    bytes_u16(&a->build, a->query->id);
    bytes_u32(&a->build, 0);
    if (c->number == TSIG_ANSWER || c->number == TSIG_AUTHORITY) {
        if (a->additional || (a->authority && c->number == TSIG_ANSWER)) {
            die("tsig %ld: the section before is closed", c->message);
        }
        a->answers += c->number == TSIG_ANSWER;
        a->authority += c->number == TSIG_AUTHORITY;
        return;
    }
    a->additional++;
    if (c->number == TSIG_EARLY) {
        do_additional(a, c);
    }
}

static struct message *chosen(struct answer *a, const struct command *c)
{
    long n = c->message == LAST_MESSAGE ? (long)a->message_count : c->message;

    if (n > (long)a->message_count) {
        die("%s %ld: the answer has %zu messages", c->verb->name, n, a->message_count);
    }
    return &a->messages[n - 1];
}

static void do_id(struct answer *a, const struct command *c)
{
    put16(chosen(a, c)->data, a->query->id ^ 0x5555);
}

static void do_qr(struct answer *a, const struct command *c)
{
    chosen(a, c)->data[2] &= 0x7f;
}

static void do_opcode(struct answer *a, const struct command *c)
{
    uint8_t *octet = &chosen(a, c)->data[2];

    *octet = (uint8_t)((*octet & 0x87) | (c->number & 15) << 3);
}

static void do_tc(struct answer *a, const struct command *c)
{
    chosen(a, c)->data[2] |= 0x02;
}

static void do_aa(struct answer *a, const struct command *c)
{
    (void)c;
    for (size_t i = 0; i < a->message_count; i++) {
        a->messages[i].data[2] &= 0xfb;
    }
}

static void do_rcode(struct answer *a, const struct command *c)
{
    a->message_count = (size_t)(chosen(a, c) - a->messages);
    error_message(a, (unsigned)c->number);
}

static void do_patch(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);
    long at = c->octet < 0 ? (long)m->len + c->octet : c->octet;

    if (at < 0 || (size_t)at + c->len > m->len) {
        die("patch %ld: the message has %zu octets", c->message, m->len);
    }
    memcpy(m->data + at, c->data, c->len);
}

static void do_insert(struct answer *a, const struct command *c)
{
    size_t at = c->message == LAST_MESSAGE ? a->message_count : (size_t)c->message - 1;

    if (at > a->message_count) {
        die("insert %ld: the answer has %zu messages", c->message, a->message_count);
    }
    insert_message(a, at, c->data, c->len);
    if (c->with_id) {
        put16(a->messages[at].data, a->query->id);
    }
}

static void do_empty(struct answer *a, const struct command *c)
{
    uint8_t header[HEADER] = {0};
    size_t at = (size_t)(chosen(a, c) - a->messages);

    put16(header, a->query->id);
    put16(header + 2, 0x8400);
    for (long i = 0; i < c->number; i++) {
        insert_message(a, at, header, sizeof header);
    }
}

static void do_trailing(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);
    size_t len = m->len + (size_t)c->number;
    uint8_t *data = grow(NULL, len);

    memcpy(data, m->data, m->len);
    memset(data + m->len, 0xa5, (size_t)c->number);
    if (len > MESSAGE_MAX) {
        die("trailing %ld: the message would have %zu octets", c->message, len);
    }
    *m = (struct message){data, len, len, m->zeros, 0};
}

static void do_frame(struct answer *a, const struct command *c)
{
    chosen(a, c)->frame = (size_t)c->number & 0xffff;
}

static void do_zero(struct answer *a, const struct command *c)
{
    chosen(a, c)->zeros++;
}

/* The header stays, so that its counts promise what the octets after it do not hold. */
static void do_garbage(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);
    uint32_t state = 12345;

    for (size_t i = HEADER; i < m->len; i++) {
        state = state * 1664525u + 1013904223u;
        m->data[i] = (uint8_t)(state >> 24);
    }
}

static void do_xor(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);
    long at = c->octet < 0 ? (long)m->len + c->octet : c->octet;

    if (at < 0 || (size_t)at + c->len > m->len) {
        die("xor %ld: the message has %zu octets", c->message, m->len);
    }
    for (size_t i = 0; i < c->len; i++) {
        m->data[(size_t)at + i] ^= c->data[i];
    }
}

/* Where the answer section of a message ends. */
static size_t answers_end(const struct message *m)
{
    unsigned questions = get16(m->data + 4), answers = get16(m->data + 6);
    size_t at = HEADER;

    while (questions--) {
        at = received_name(m->data, m->len, at) + 4;
    }
    while (answers--) {
        size_t span = received_record(m->data, m->len, at);

        if (!span) {
            die("the message is malformed already");
        }
        at += span;
    }
    return at;
}

static void do_tamper(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);

    m->data[answers_end(m) - 1] ^= 1;
}

static void do_swap(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c), first = *m;

    if (m + 1 == a->messages + a->message_count) {
        die("swap %ld: no message follows", c->message);
    }
    m[0] = m[1];
    m[1] = first;
}

static void do_drop(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);

    a->message_count--;
    memmove(m, m + 1, (size_t)(a->messages + a->message_count - m) * sizeof *m);
}

static void do_repeat(struct answer *a, const struct command *c)
{
    struct message m = *chosen(a, c);

    insert_message(a, (size_t)(chosen(a, c) - a->messages), m.data, m.len);
}

enum { INJECT_RECORD, INJECT_MESSAGE };

/* forged A 192.0.2.1: as a last answer of the message, or as a message of its own before it. */
static void do_inject(struct answer *a, const struct command *c)
{
    struct record r = apex_record(a, "forged", TYPE_A);
    struct message *m = chosen(a, c);
    struct bytes data = {0};
    size_t at;

    a->build = (struct bytes){0};
    bytes_add(&a->build, r.owner, name_length(r.owner));
    put_fixed(a, r.type, r.class, r.ttl, (unsigned)r.length);
    bytes_add(&a->build, r.rdata, r.length);
    if (c->number == INJECT_MESSAGE) {
        bytes_add(&data, m->data, HEADER);
        memcpy(data.data + 4, "\0\0\0\1\0\0\0\0", 8);
        bytes_add(&data, a->build.data, a->build.len);
        insert_message(a, (size_t)(m - a->messages), data.data, data.len);
        return;
    }
    at = answers_end(m);
    bytes_add(&data, m->data, at);
    bytes_add(&data, a->build.data, a->build.len);
    bytes_add(&data, m->data + at, m->len - at);
    put16(data.data + 6, get16(data.data + 6) + 1);
    *m = (struct message){data.data, data.len, data.len, m->zeros, m->signed_at};
    m->signed_at += m->signed_at ? a->build.len : 0;
}

enum { QUERY_GOOD, QUERY_BADSIG, QUERY_BADKEY, QUERY_BADTIME, QUERY_BADTRUNC };

/* What the server makes of the query's signature. */
static void do_query(struct answer *a, const struct command *c)
{
    static const unsigned errors[] = {0, SIGNER_BADSIG, SIGNER_BADKEY, SIGNER_BADTIME,
                                      SIGNER_BADTRUNC};

    if (!a->options->signer.count) {
        die("query: there is no key");
    }
    a->series.error = errors[c->number];
    a->series.key = a->series.key ? a->series.key : a->options->signer.keys;
}

enum { SIGN_NEVER, SIGN_ALWAYS };

static void do_sign(struct answer *a, const struct command *c)
{
    if (c->number == SIGN_NEVER) {
        a->series.key = NULL;
        a->series.asked = false;
    } else {
        do_query(a, &(struct command){.number = QUERY_GOOD});
    }
}

static void do_unsign(struct answer *a, const struct command *c)
{
    (void)c;
    a->way.skip = true;
}

static void do_every(struct answer *a, const struct command *c)
{
    a->way.skip =
        (a->signing - 1) % (c->number ? c->number : 1) != 0 && a->signing != (long)a->message_count;
}

static void do_mac(struct answer *a, const struct command *c)
{
    a->way.mac = (enum signer_mac)c->number;
}

static void do_maclen(struct answer *a, const struct command *c)
{
    a->way.mac_len = c->number;
}

static void do_keyname(struct answer *a, const struct command *c)
{
    a->way.key_name = (enum signer_name)c->number;
}

static void do_algorithm(struct answer *a, const struct command *c)
{
    a->way.algorithm_name = (enum signer_name)c->number;
}

static void do_form(struct answer *a, const struct command *c)
{
    a->way.form = (enum signer_form)c->number;
}

static void do_place(struct answer *a, const struct command *c)
{
    a->way.place = (enum signer_place)c->number;
}

static void do_tsigclass(struct answer *a, const struct command *c)
{
    a->way.class = (unsigned)c->number;
}

static void do_tsigttl(struct answer *a, const struct command *c)
{
    a->way.ttl = (uint32_t)c->number;
}

static void do_time(struct answer *a, const struct command *c)
{
    a->way.time = c->octet;
}

static void do_fudge(struct answer *a, const struct command *c)
{
    a->way.fudge = (unsigned)c->number;
}

static void do_origid(struct answer *a, const struct command *c)
{
    a->way.id_mask = (unsigned)c->number;
}

static void do_error(struct answer *a, const struct command *c)
{
    a->way.error = (unsigned)c->number;
}

static void do_other(struct answer *a, const struct command *c)
{
    a->way.other = c->data;
    a->way.other_len = c->len;
}

static void do_strip(struct answer *a, const struct command *c)
{
    struct message *m = chosen(a, c);

    if (!m->signed_at) {
        die("strip %ld: the message is not signed", c->message);
    }
    m->len = m->frame = m->signed_at;
    m->signed_at = 0;
    put16(m->data + 10, get16(m->data + 10) - 1);
}

static void do_flip(struct answer *a, const struct command *c)
{
    size_t at = (size_t)(c->octet < 0 ? (long)a->stream.len + c->octet : c->octet);

    if (at + c->len > a->stream.len) {
        die("flip %ld: the stream has only %zu octets", c->octet, a->stream.len);
    }
    for (size_t i = 0; i < c->len; i++) {
        a->stream.data[at + i] ^= c->data[i];
    }
}

static void set_nodelay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void do_split(struct answer *a, const struct command *c)
{
    a->sender.split = c->octet;
    set_nodelay(a->sender.fd);
}

static void do_trickle(struct answer *a, const struct command *c)
{
    do_split(a, c);
    a->sender.pause_ms = c->number;
}

static void do_delay(struct answer *a, const struct command *c)
{
    set_nodelay(a->sender.fd);
    add_event(&a->sender, (struct event){c->octet, EVENT_DELAY, c->number});
}

static void do_close(struct answer *a, const struct command *c)
{
    add_event(&a->sender, (struct event){c->octet, EVENT_CLOSE, 0});
}

static void do_reset(struct answer *a, const struct command *c)
{
    add_event(&a->sender, (struct event){c->octet, EVENT_RESET, 0});
}

static void do_stall(struct answer *a, const struct command *c)
{
    add_event(&a->sender, (struct event){c->octet, EVENT_STALL, 0});
}

/* Message n + 1 of n is the end of the stream. What changes lengths must stand before this. */
static void do_stop(struct answer *a, const struct command *c)
{
    static const enum event_kind kinds[] = {EVENT_CLOSE, EVENT_RESET, EVENT_STALL};
    long at = 0;

    if (c->message > (long)a->message_count + 1) {
        die("stop %ld: the answer has %zu messages", c->message, a->message_count);
    }
    for (size_t i = 0;
         c->message == LAST_MESSAGE ? i + 1 < a->message_count : (long)i + 1 < c->message; i++) {
        at += 2 * (long)(a->messages[i].zeros + 1) + (long)a->messages[i].len;
    }
    add_event(&a->sender, (struct event){at, kinds[c->number], 0});
}

/* clang-format off */
static const struct verb verbs[] = {
    {"nosoa",      "",    STAGE_PLAN,       true,  do_nosoa,      NULL, "no SOA at the beginning"},
    {"otherfirst", "",    STAGE_PLAN,       true,  do_otherfirst, NULL, "the SOA at the beginning has another name"},
    {"noend",      "",    STAGE_PLAN,       true,  do_noend,      NULL, "no SOA at the end"},
    {"endserial",  "n",   STAGE_PLAN,       true,  do_endserial,  NULL, "the SOA at the end has this serial"},
    {"endsoa",     "w",   STAGE_PLAN,       true,  do_endsoa,     "mname rname refresh retry expire minimum ttl case", "a field of the SOA at the end differs, or the case of its names"},
    {"after",      "w",   STAGE_PLAN,       true,  do_after,      "end", "a record after the SOA at the end"},
    {"soa",        "w",   STAGE_PLAN,       true,  do_soa,        "middle same other", "a SOA in the middle: with the next serial, the same, of another name"},
    {"class",      "n",   STAGE_PLAN,       true,  do_class,      NULL, "a record of this class in the middle"},
    {"meta",       "t",   STAGE_PLAN,       true,  do_meta,       NULL, "a record of this type in the middle"},
    {"record",     "tx",  STAGE_PLAN,       true,  do_record,     NULL, "a record of this type with this RDATA in the middle"},
    {"outofzone",  "",    STAGE_PLAN,       true,  do_outofzone,  NULL, "a record of another zone in the middle"},
    {"endless",    "",    STAGE_PLAN,       true,  do_endless,    NULL, "records without end, after those of the zone"},
    {"ixfr",       "w",   STAGE_PLAN,       true,  do_ixfr,       HISTORY_FAULTS, "changes with this fault; the answer to AXFR stays right"},
    {"endless-steps", "", STAGE_PLAN,       true,  do_endless_steps, NULL, "changes from serial to serial without end"},
    {"noquestion", "",    STAGE_PLAN,       true,  do_noquestion, NULL, "no question in any message"},
    {"question",   "mw",  STAGE_QUESTION,   true,  do_question,   "name type class count", "a question with another name, type or class, or two of them"},
    {"badquestion", "mw", STAGE_QUESTION,   true,  do_badquestion, SHAPES, "a question whose name is none: pointers, label types, too long, cut"},
    {"badowner",   "mw",  STAGE_AUTHORITY,  true,  do_badowner,   SHAPES, "a last record in the answers with such an owner"},
    {"badrdata",   "mw",  STAGE_AUTHORITY,  true,  do_badrdata,   SHAPES, "a last record in the answers, a NS with such a name in its RDATA"},
    {"resize",     "mto", STAGE_AUTHORITY,  true,  do_resize,     NULL, "a last record in the answers, of this type, whose RDATA has so many octets too much"},
    {"rdlength",   "mto", STAGE_AUTHORITY,  true,  do_rdlength,   NULL, "the same, but RDLENGTH alone says so"},
    {"authority",  "m",   STAGE_AUTHORITY,  true,  do_authority,  NULL, "a record in the authority section"},
    {"additional", "m",   STAGE_ADDITIONAL, true,  do_additional, NULL, "a record in the additional section"},
    {"opt",        "mw",  STAGE_ADDITIONAL, true,  do_opt,        "twice owner form", "two OPT records, one whose owner is not the root, one that is malformed"},
    {"tsig",       "mw",  STAGE_ADDITIONAL, true,  do_tsig,       "last early answer authority class ttl", "a TSIG record: where it belongs, not last, in another section, or with a wrong class or TTL"},
    {"id",         "m",   STAGE_MESSAGE,    false, do_id,         NULL, "a wrong message ID"},
    {"qr",         "m",   STAGE_MESSAGE,    false, do_qr,         NULL, "QR cleared"},
    {"opcode",     "mn",  STAGE_MESSAGE,    false, do_opcode,     NULL, "this opcode"},
    {"tc",         "m",   STAGE_MESSAGE,    false, do_tc,         NULL, "TC set"},
    {"aa",         "w",   STAGE_MESSAGE,    false, do_aa,         "off", "AA cleared in every message"},
    {"rcode",      "mr",  STAGE_MESSAGE,    false, do_rcode,      NULL, "this RCODE, no records, and no message after it"},
    {"patch",      "mox", STAGE_MESSAGE,    false, do_patch,      NULL, "octets of the message, from this offset on"},
    {"insert",     "mi",  STAGE_MESSAGE,    false, do_insert,     NULL, "this message as the n-th (last: after all); 'id' at its front is the query's ID"},
    {"empty",      "mn",  STAGE_MESSAGE,    false, do_empty,      NULL, "so many messages without a record before this one"},
    {"trailing",   "mn",  STAGE_MESSAGE,    false, do_trailing,   NULL, "so many octets after the last record"},
    {"frame",      "mn",  STAGE_SIGNED,     false, do_frame,      NULL, "the length prefix says this"},
    {"zero",       "m",   STAGE_SIGNED,     false, do_zero,       NULL, "a frame of length 0 before the message"},
    {"garbage",    "m",   STAGE_MESSAGE,    false, do_garbage,    NULL, "random octets after the header"},
    {"stop",       "mw",  STAGE_SIGNED,     false, do_stop,       "close reset stall", "FIN, RST or silence in place of this message"},
    {"xor",        "mox", STAGE_MESSAGE,    false, do_xor,        NULL, "octets of the message, from this offset on, have these bits turned over"},
    {"tamper",     "m",   STAGE_MESSAGE,    false, do_tamper,     NULL, "the last octet of the last answer has its last bit turned over"},
    {"swap",       "m",   STAGE_MESSAGE,    false, do_swap,       NULL, "this message and the next one change places"},
    {"drop",       "m",   STAGE_MESSAGE,    false, do_drop,       NULL, "the message is left out"},
    {"repeat",     "m",   STAGE_MESSAGE,    false, do_repeat,     NULL, "the message comes twice"},
    {"inject",     "mw",  STAGE_MESSAGE,    false, do_inject,     "record message", "a forged record as the last answer, or in a message of its own before this one"},
    {"query",      "w",   STAGE_QUERY,      false, do_query,      "good badsig badkey badtime badtrunc", "what the server makes of the query's signature"},
    {"sign",       "w",   STAGE_QUERY,      false, do_sign,       "never always", "answer without a signature, or with one although the query had none"},
    {"unsign",     "m",   STAGE_SIGN,       false, do_unsign,     NULL, "no signature; the next one covers this message too"},
    {"every",      "n",   STAGE_SIGN,       false, do_every,      NULL, "only the first message, each n-th after it and the last are signed"},
    {"mac",        "mw",  STAGE_SIGN,       false, do_mac,        SIGNER_MACS, "a wrong MAC: see signer.h"},
    {"maclen",     "mn",  STAGE_SIGN,       false, do_maclen,     NULL, "a MAC of so many octets, cut or filled up with zeros"},
    {"keyname",    "mw",  STAGE_SIGN,       false, do_keyname,    SIGNER_NAMES, "the key's name is written otherwise"},
    {"algorithm",  "mw",  STAGE_SIGN,       false, do_algorithm,  SIGNER_NAMES, "the algorithm's name is written otherwise"},
    {"form",       "mw",  STAGE_SIGN,       false, do_form,       SIGNER_FORMS, "a malformed TSIG record"},
    {"place",      "mw",  STAGE_SIGN,       false, do_place,      SIGNER_PLACES, "a TSIG record where none should be"},
    {"tsigclass",  "mn",  STAGE_SIGN,       false, do_tsigclass,  NULL, "a TSIG record of this class"},
    {"tsigttl",    "mn",  STAGE_SIGN,       false, do_tsigttl,    NULL, "a TSIG record with this TTL"},
    {"time",       "mo",  STAGE_SIGN,       false, do_time,       NULL, "signed so many seconds later, or earlier"},
    {"fudge",      "mn",  STAGE_SIGN,       false, do_fudge,      NULL, "this fudge"},
    {"origid",     "mn",  STAGE_SIGN,       false, do_origid,     NULL, "the original ID has these bits turned over"},
    {"error",      "mn",  STAGE_SIGN,       false, do_error,      NULL, "this error in the TSIG record"},
    {"other",      "mx",  STAGE_SIGN,       false, do_other,      NULL, "other data in the TSIG record"},
    {"strip",      "m",   STAGE_SIGNED,     false, do_strip,      NULL, "the signature is lost on the way"},
    {"flip",       "ox",  STAGE_STREAM,     false, do_flip,       NULL, "octets of the stream, length prefixes and all, have these bits turned over"},
    {"split",      "o",   STAGE_SEND,       false, do_split,      NULL, "so many octets a write"},
    {"trickle",    "on",  STAGE_SEND,       false, do_trickle,    NULL, "so many octets a write, then a pause in milliseconds"},
    {"delay",      "on",  STAGE_SEND,       false, do_delay,      NULL, "a pause in milliseconds before this octet"},
    {"close",      "o",   STAGE_SEND,       false, do_close,      NULL, "FIN in place of this octet"},
    {"reset",      "o",   STAGE_SEND,       false, do_reset,      NULL, "RST in place of this octet"},
    {"stall",      "o",   STAGE_SEND,       false, do_stall,      NULL, "silence from this octet on, the connection open"},
};
/* clang-format on */

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (!strcmp(verbs[i].name, name)) {
            return &verbs[i];
        }
    }
    return NULL;
}

static bool choice_of(const char *choices, const char *word, long *number)
{
    size_t len = strlen(word);

    *number = 0;
    for (const char *p = choices; *p; p += strcspn(p, " "), p += *p == ' ', ++*number) {
        if (strcspn(p, " ") == len && !strncmp(p, word, len)) {
            return true;
        }
    }
    return false;
}

static bool read_argument(struct command *c, char letter, const char *word)
{
    struct bytes data = {0};
    unsigned type;

    switch (letter) {
    case 'm':
        if (!strcmp(word, "last")) {
            c->message = LAST_MESSAGE;
            return true;
        }
        if (!strcmp(word, "all") && c->verb->stage == STAGE_SIGN) {
            c->message = ALL_MESSAGES;
            return true;
        }
        return number_of(word, &c->message) && c->message > 0;
    case 'o':
        return number_of(word, &c->octet);
    case 'n':
        return number_of(word, &c->number) && c->number >= 0;
    case 'r':
        return rcode_parse(word, &c->number);
    case 't':
        if (type_parse(word, strlen(word), &type) || numbered(word, strlen(word), "", &type)) {
            c->number = type;
            return true;
        }
        return false;
    case 'w':
        return choice_of(c->verb->choices, word, &c->number);
    default:
        if (letter == 'i' && !strncmp(word, "id", 2)) {
            c->with_id = true;
            word += 2;
            bytes_u16(&data, 0);
        }
        if (!hex_add(&data, word, strlen(word))) {
            return false;
        }
        c->data = data.data;
        c->len = data.len;
        return data.len > 0;
    }
}

/* One line of a script; where says which, for the message about a mistake in it. */
static void read_command(struct options *o, char *line, const char *where)
{
    static const char blank[] = " \t\r\n";
    struct command c = {.connection = o->block, .type = o->block_type};
    char *rest, *word;

    line[strcspn(line, "#\n")] = '\0';
    word = strtok_r(line, blank, &rest);
    if (!word) {
        return;
    }
    if (!strcmp(word, "connection")) {
        word = strtok_r(NULL, blank, &rest);
        if (!word || !(number_of(word, &o->block) || !strcmp(word, "all")) || o->block < 0) {
            die("%s: 'connection' needs a number or 'all'", where);
        }
        o->block = strcmp(word, "all") ? o->block : 0;
        return;
    }
    if (!strcmp(word, "for")) {
        word = strtok_r(NULL, blank, &rest);
        o->block_type = 0;
        if (!word || (strcmp(word, "all") && !type_parse(word, strlen(word), &o->block_type))) {
            die("%s: 'for' needs a type or 'all'", where);
        }
        return;
    }
    if (!strcmp(word, "signed")) {
        word = strtok_r(NULL, blank, &rest);
        c.verb = word ? find_verb(word) : NULL;
        if (!c.verb || c.verb->stage != STAGE_MESSAGE) {
            die("%s: 'signed' needs a command for a message that is built", where);
        }
        c.stage = STAGE_SIGNED;
    } else {
        c.verb = find_verb(word);
        if (!c.verb) {
            die("%s: no such command: %s", where, word);
        }
        c.stage = c.verb->stage;
        c.message = c.stage == STAGE_SIGN ? ALL_MESSAGES : 0;
    }
    for (const char *letter = c.verb->arguments; *letter; letter++) {
        word = strtok_r(NULL, blank, &rest);
        if (!word || !read_argument(&c, *letter, word)) {
            die("%s: %s: bad or missing argument: %s", where, c.verb->name, word ? word : "");
        }
    }
    if (strtok_r(NULL, blank, &rest)) {
        die("%s: %s: too many arguments", where, c.verb->name);
    }
    if (c.message == LAST_MESSAGE && c.stage < STAGE_MESSAGE) {
        die("%s: %s: which message is the last is not known yet", where, c.verb->name);
    }
    if ((c.verb->act == do_split || c.verb->act == do_trickle) && c.octet < 1) {
        die("%s: %s: at least one octet", where, c.verb->name);
    }
    o->commands = grow_array(o->commands, o->command_count, sizeof *o->commands);
    o->commands[o->command_count++] = c;
}

static void read_script(struct options *o, const char *file)
{
    FILE *f = fopen(file, "r");
    char *line = NULL, where[512];
    size_t size = 0;
    unsigned number = 0;

    if (!f) {
        die("%s: %s", file, strerror(errno));
    }
    o->block = 0;
    o->block_type = 0;
    while (getline(&line, &size, f) >= 0) {
        snprintf(where, sizeof where, "%s:%u", file, ++number);
        read_command(o, line, where);
    }
    o->block = 0;
    o->block_type = 0;
    free(line);
    fclose(f);
}

/* ---------------------------------------------------------------- answering */

/* Looks for the OPT record and, at the end, the TSIG record. */
static void find_extras(struct query *q, size_t at)
{
    unsigned count = get16(q->data + 6) + get16(q->data + 8) + get16(q->data + 10);

    while (count--) {
        size_t span = received_record(q->data, q->len, at);

        if (!span) {
            return;
        }
        if (!q->data[at] && get16(q->data + at + 1) == TYPE_OPT) {
            q->opt = true;
        }
        if (!count && get16(q->data + received_name(q->data, q->len, at)) == TYPE_TSIG) {
            q->tsig_at = at;
        }
        at += span;
    }
}

/* The authority section of an IXFR query holds the client's SOA (RFC 1995 section 3). */
static bool find_serial(struct query *q, size_t at)
{
    size_t span = get16(q->data + 8) == 1 ? received_record(q->data, q->len, at) : 0;
    const uint8_t *p = q->data + at + span - 20;

    if (span < 20 || get16(q->data + 6)) {
        return false;
    }
    q->serial = (uint32_t)get16(p) << 16 | get16(p + 2);
    return true;
}

static bool query_parse(struct query *q, const uint8_t *data, size_t len)
{
    size_t span;

    *q = (struct query){.data = data, .len = len};
    q->id = len >= 2 ? get16(data) : 0;
    if (len < HEADER || data[2] & 0x80 || get16(data + 4) != 1) {
        return false;
    }
    span = name_span(data + HEADER, len - HEADER);
    if (!span || HEADER + span + 4 > len) {
        return false;
    }
    memcpy(q->name, data + HEADER, span);
    q->type = get16(data + HEADER + span);
    q->class = get16(data + HEADER + span + 2);
    find_extras(q, HEADER + span + 4);
    return q->type != TYPE_IXFR || find_serial(q, HEADER + span + 4);
}

static void log_query(int fd, const struct query *q)
{
    struct bytes line = {0};

    for (size_t i = 0; i < q->len; i++) {
        char hex[3];

        snprintf(hex, sizeof hex, "%02x", q->data[i]);
        bytes_add(&line, hex, 2);
    }
    bytes_u8(&line, '\n');
    if (write(fd, line.data, line.len) != (ssize_t)line.len) {
        die("cannot write the query log: %s", strerror(errno));
    }
    free(line.data);
}

static void send_messages(struct answer *a)
{
    sign_messages(a);
    flatten(a, &a->stream);
    write_all(a->sender.fd, a->stream.data, a->stream.len);
}

static void answer_error(struct answer *a, unsigned rcode)
{
    error_message(a, rcode);
    send_messages(a);
}

/* The whole zone, or its changes. */
static void transfer_zone(struct answer *a)
{
    const struct records *all = &a->source->records;

    if (a->query->type == TYPE_IXFR) {
        history_answer(a->source->versions, a->source->version_count, a->query->serial,
                       a->options->history, &a->plan);
    }
    for (size_t i = 0; a->query->type != TYPE_IXFR && i < all->count; i++) {
        records_insert(&a->plan, i, all->list[i]);
    }
    run_stage(a, STAGE_PLAN, 0);
    build_messages(a);
    check_message_numbers(a, STAGE_QUESTION, STAGE_ADDITIONAL);
    finish_stream(a);
    run_stage(a, STAGE_STREAM, 0);
    run_stage(a, STAGE_SEND, 0);
    send_stream(a);
}

/* Without changes to its messages a recording goes out from where it is mapped. */
static void transfer_recording(struct answer *a)
{
    const struct source *s = a->source;
    bool whole = !signer_series_signs(&a->series) && !stage_in_use(a, STAGE_MESSAGE) &&
                 !stage_in_use(a, STAGE_SIGNED);

    for (enum stage stage = STAGE_PLAN; stage < STAGE_MESSAGE; stage++) {
        run_stage(a, stage, 0); /* refuses what needs a zone */
    }
    for (size_t i = 0; i < s->messages; i++) {
        uint8_t *id = s->stream + s->offsets[i] + 2;

        put16(id, s->has_query ? get16(id) ^ s->query_id ^ a->query->id : a->query->id);
    }
    if (whole) {
        a->stream = (struct bytes){s->stream, s->size, 0};
    } else {
        for (size_t i = 0; i < s->messages; i++) {
            const uint8_t *frame = s->stream + s->offsets[i];

            insert_message(a, a->message_count, frame + 2, get16(frame));
        }
        finish_stream(a);
    }
    run_stage(a, STAGE_STREAM, 0);
    run_stage(a, STAGE_SEND, 0);
    send_stream(a);
    if (s->ends) {
        shutdown(a->sender.fd, SHUT_WR);
        wait_for_close(a->sender.fd, PATIENCE_MS);
        _exit(0);
    }
}

/* The first message of a recording, cut after its first record, answers a query for the SOA. */
static void soa_of_recording(struct answer *a)
{
    const uint8_t *data = a->source->stream + 2;
    size_t question = HEADER + name_length(a->source->apex) + 4;
    size_t span = received_record(data, get16(data - 2), question);

    if (!span) {
        answer_error(a, RCODE_REFUSED);
        return;
    }
    start_message(a, 0, false);
    bytes_add(&a->build, data + HEADER, question - HEADER + span);
    put16(a->build.data + 4, 1);
    put16(a->build.data + question - 4, TYPE_SOA);
    a->answers = 1;
    finish_message(a);
    send_messages(a);
}

static void answer_soa(struct answer *a)
{
    if (a->source->stream) {
        soa_of_recording(a);
        return;
    }
    start_message(a, 0, true);
    put_record(a, &a->source->records.list[0]);
    a->answers = 1;
    if (a->query->opt) {
        put_opt(a, 0);
    }
    finish_message(a);
    send_messages(a);
}

static const struct source *find_source(const struct options *o, const struct query *q)
{
    const struct source *found = NULL;

    for (size_t i = 0; i < o->source_count; i++) {
        const struct source *s = &o->sources[i];

        if (s->any_name || (s->class == q->class && name_equal(s->apex, q->name))) {
            found = found && s->type != q->type ? found : s;
        }
    }
    return found;
}

/* RFC 8945 section 5.2; and who has keys wants them used. Returns an RCODE. */
static unsigned judge_signature(struct answer *a)
{
    const struct query *q = a->query;

    signer_series_check(&a->series, &a->options->signer, q->data, q->len, q->tsig_at);
    run_stage(a, STAGE_QUERY, 0);
    if (a->series.error) {
        return a->series.error == SIGNER_FORMERR ? RCODE_FORMERR : RCODE_NOTAUTH;
    }
    return a->options->signer.count && !q->tsig_at && !a->series.key ? RCODE_REFUSED : 0;
}

static void answer_query(struct answer *a)
{
    const struct query *q = a->query;
    unsigned rcode;

    a->source = find_source(a->options, q);
    rcode = judge_signature(a);
    if (rcode) {
        answer_error(a, rcode);
    } else if (a->options->refuse >= 0) {
        answer_error(a, (unsigned)a->options->refuse);
    } else if (!a->source) {
        answer_error(a, RCODE_NOTAUTH);
    } else if (q->type == a->source->type || (q->type == TYPE_AXFR && a->source->any_name)) {
        if (a->source->stream) {
            transfer_recording(a);
        } else {
            transfer_zone(a);
        }
    } else if (q->type == TYPE_IXFR && !a->source->stream && a->source->version_count &&
               a->options->history != HISTORY_NONE) {
        transfer_zone(a);
    } else if (q->type == TYPE_SOA && !a->source->any_name) {
        answer_soa(a);
    } else {
        answer_error(a, q->type == TYPE_IXFR ? RCODE_NOTIMP : RCODE_REFUSED);
    }
}

static bool read_all(int fd, uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = recv(fd, data, len, 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void serve_connection(const struct options *o, int fd, long number)
{
    static uint8_t data[MESSAGE_MAX];
    uint8_t prefix[2];

    while (read_all(fd, prefix, 2) && read_all(fd, data, get16(prefix))) {
        struct query q;
        bool good = query_parse(&q, data, get16(prefix));
        struct answer *a = grow(NULL, sizeof *a);

        *a = (struct answer){.options = o,
                             .query = &q,
                             .connection = number,
                             .question = QUESTION_RIGHT,
                             .sender = {.fd = fd}};
        if (o->query_log >= 0) {
            log_query(o->query_log, &q);
        }
        if (good) {
            answer_query(a);
        } else {
            answer_error(a, RCODE_FORMERR);
        }
        free(a);
    }
}

/* ---------------------------------------------------------------- the server */

static bool loopback_address(const char *text, long port, struct sockaddr_storage *out,
                             socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *len = sizeof *v4;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof *v6;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    return false;
}

static int listen_at(const char *text, long port)
{
    struct sockaddr_storage address;
    socklen_t len;
    int on = 1, fd;

    if (!loopback_address(text, port, &address, &len)) {
        die("%s is no loopback address", text);
    }
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&address, len) || listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &len)) {
        die("%s port %ld: %s", text, port, strerror(errno));
    }
    /* sin_port and sin6_port are at the same place */
    printf("ready %s %u\n", text, ntohs(((struct sockaddr_in *)&address)->sin_port));
    fflush(stdout);
    return fd;
}

static void leave(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static _Noreturn void serve(const struct options *o, int listener)
{
    pid_t parent = getpid();

    signal(SIGTERM, leave);
    signal(SIGINT, leave);
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps the children */
    for (long number = 1;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            die("accept: %s", strerror(errno));
        }
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL); /* no child outlives the server */
            if (getppid() == parent) {
                close(listener);
                serve_connection(o, fd, number);
            }
            _exit(0);
        }
        close(fd);
        number++;
    }
}

/* ---------------------------------------------------------------- the reader to nowhere */

/* Our side is closed after the query, so the server's end of file is the end of the answer. */
static int drain(const char *host, const char *port_text, const char *zone)
{
    static uint8_t nowhere[1 << 18];
    uint8_t name[256], message[2 + HEADER + 256 + 4] = {0, 0, 0x12, 0x34};
    struct sockaddr_storage address;
    socklen_t len;
    size_t total = 0, span;
    ssize_t n;
    long port;
    int fd;

    if (!number_of(port_text, &port) || !loopback_address(host, port, &address, &len)) {
        die("%s %s: no loopback address and port", host, port_text);
    }
    if (!name_parse(name, zone, strlen(zone), (const uint8_t *)"")) {
        die("%s: bad name", zone);
    }
    span = name_length(name);
    put16(message, (unsigned)(HEADER + span + 4));
    message[2 + 5] = 1;
    memcpy(message + 2 + HEADER, name, span);
    put16(message + 2 + HEADER + span, TYPE_AXFR);
    put16(message + 2 + HEADER + span + 2, CLASS_IN);
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, len)) {
        die("%s port %ld: %s", host, port, strerror(errno));
    }
    write_all(fd, message, 2 + HEADER + span + 4);
    shutdown(fd, SHUT_WR);
    while ((n = recv(fd, nowhere, sizeof nowhere, 0)) > 0) {
        total += (size_t)n;
    }
    printf("%zu\n", total);
    return n < 0;
}

/* ---------------------------------------------------------------- the command line */

static _Noreturn void usage(void)
{
    fputs(
        "usage: primary [OPTION...] ZONEFILE... [--replay FILE]...\n"
        "       primary --drain ADDRESS PORT ZONE\n"
        "  -a, --address ADDRESS    listen on this loopback address (127.0.0.1)\n"
        "  -p, --port PORT          and port (0: any)\n"
        "      --older FILE         an older version of a zone, for IXFR; the oldest comes first\n"
        "      --ixfr HOW           answer with a chain of changes, condensed ones, the zone or\n"
        "                           none (NOTIMP); without it, a chain if there is a version\n"
        "      --replay FILE        serve a stream of framed messages, or a recording of zxfr\n"
        "      --message-size N     fill messages up to N octets (65535)\n"
        "      --records N          at most N records a message\n"
        "      --soa-alone          nothing but the SOA in the first message\n"
        "      --opt-only N         after every N messages one that holds only an OPT\n"
        "      --compress MODE      std (owners and the types of RFC 1035), all or none\n"
        "      --question WHERE     in the first message or in all\n"
        "      --refuse RCODE       answer every query like that\n"
        "      --ede CODE[:TEXT]    put an extended error into every OPT\n"
        "      --script FILE        commands for the answers to transfers, one a line\n"
        "      --do COMMAND         one such command\n"
        "      --key [ALG:]NAME:SECRET  answer none but signed queries, and sign the answers\n"
        "      --clock SECONDS      the clock is so far ahead of the right time\n"
        "      --min-mac N          shorter MACs are answered with BADTRUNC\n"
        "      --query-log FILE     append each query, in hexadecimal digits\n"
        "      --drain              be a client: read a transfer to nowhere, print its octets\n"
        "Commands (m: message, o: octet, negative from the end, n: number, x: hexadecimal):\n"
        "  connection N|all         the commands that follow are for the N-th connection\n"
        "  for TYPE|all             ... for queries of this type\n"
        "  signed COMMAND           change the message after it was signed, not before\n",
        stdout);
    for (size_t i = 0; i < VERB_COUNT; i++) {
        const struct verb *v = &verbs[i];

        printf("  %-11s %-3s", v->name, v->arguments);
        printf("          %s%s%s%s\n", v->help, v->choices ? " (" : "",
               v->choices ? v->choices : "", v->choices ? ")" : "");
    }
    exit(0);
}

enum option_code {
    OPTION_REPLAY = 256,
    OPTION_OLDER,
    OPTION_IXFR,
    OPTION_MESSAGE_SIZE,
    OPTION_RECORDS,
    OPTION_SOA_ALONE,
    OPTION_OPT_ONLY,
    OPTION_COMPRESS,
    OPTION_QUESTION,
    OPTION_REFUSE,
    OPTION_EDE,
    OPTION_SCRIPT,
    OPTION_DO,
    OPTION_QUERY_LOG,
    OPTION_KEY,
    OPTION_CLOCK,
    OPTION_MIN_MAC,
    OPTION_DRAIN,
};

/* clang-format off */
static const struct option long_options[] = {
    {"address",      required_argument, NULL, 'a'},
    {"port",         required_argument, NULL, 'p'},
    {"help",         no_argument,       NULL, 'h'},
    {"replay",       required_argument, NULL, OPTION_REPLAY},
    {"older",        required_argument, NULL, OPTION_OLDER},
    {"ixfr",         required_argument, NULL, OPTION_IXFR},
    {"message-size", required_argument, NULL, OPTION_MESSAGE_SIZE},
    {"records",      required_argument, NULL, OPTION_RECORDS},
    {"soa-alone",    no_argument,       NULL, OPTION_SOA_ALONE},
    {"opt-only",     required_argument, NULL, OPTION_OPT_ONLY},
    {"compress",     required_argument, NULL, OPTION_COMPRESS},
    {"question",     required_argument, NULL, OPTION_QUESTION},
    {"refuse",       required_argument, NULL, OPTION_REFUSE},
    {"ede",          required_argument, NULL, OPTION_EDE},
    {"script",       required_argument, NULL, OPTION_SCRIPT},
    {"do",           required_argument, NULL, OPTION_DO},
    {"query-log",    required_argument, NULL, OPTION_QUERY_LOG},
    {"key",          required_argument, NULL, OPTION_KEY},
    {"clock",        required_argument, NULL, OPTION_CLOCK},
    {"min-mac",      required_argument, NULL, OPTION_MIN_MAC},
    {"drain",        no_argument,       NULL, OPTION_DRAIN},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

static long number_argument(const char *text, long min, long max)
{
    long value;

    if (!number_of(text, &value) || value < min || value > max) {
        die("%s: not a number from %ld to %ld", text, min, max);
    }
    return value;
}

static long choice_argument(const char *text, const char *choices)
{
    long value;

    if (!choice_of(choices, text, &value)) {
        die("%s: not one of: %s", text, choices);
    }
    return value;
}

static struct source *new_source(struct options *o)
{
    o->sources = grow_array(o->sources, o->source_count, sizeof *o->sources);
    o->sources[o->source_count] = (struct source){0};
    return &o->sources[o->source_count++];
}

static void add_older(struct options *o, const char *file)
{
    o->older = grow_array(o->older, o->older_count, sizeof *o->older);
    o->older[o->older_count] = (struct source){0};
    load_zone(&o->older[o->older_count++], file);
}

/* Gives each zone its versions. */
static void gather_versions(struct options *o)
{
    for (size_t i = 0; i < o->source_count; i++) {
        struct source *s = &o->sources[i];

        for (size_t j = 0; j < o->older_count; j++) {
            if (!s->stream && name_equal(o->older[j].apex, s->apex)) {
                s->versions = grow_array(s->versions, s->version_count, sizeof *s->versions);
                s->versions[s->version_count++] = o->older[j].records;
            }
        }
        if (!s->stream && (s->version_count || o->history_given)) {
            s->versions = grow_array(s->versions, s->version_count, sizeof *s->versions);
            s->versions[s->version_count++] = s->records;
        }
    }
}

static void read_ede(struct options *o, char *text)
{
    char *colon = strchr(text, ':');

    if (colon) {
        *colon = '\0';
        o->ede_text = colon + 1;
    }
    o->ede = number_argument(text, 0, 65535);
}

static void open_query_log(struct options *o, const char *file)
{
    o->query_log = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (o->query_log < 0) {
        die("%s: %s", file, strerror(errno));
    }
}

/* Returns false for the options that change what the program is. */
static bool take_option(struct options *o, int code, char *value)
{
    switch (code) {
    case 'a':
        o->address = value;
        return true;
    case 'p':
        o->port = number_argument(value, 0, 65535);
        return true;
    case OPTION_REPLAY:
        load_replay(new_source(o), value);
        return true;
    case OPTION_OLDER:
        add_older(o, value);
        return true;
    case OPTION_IXFR:
        o->history = (enum history_mode)choice_argument(value, HISTORY_MODES);
        o->history_given = true;
        return true;
    case OPTION_MESSAGE_SIZE:
        o->message_size = number_argument(value, 512, MESSAGE_MAX);
        return true;
    case OPTION_RECORDS:
        o->records = number_argument(value, 1, 65535);
        return true;
    case OPTION_SOA_ALONE:
        o->soa_alone = true;
        return true;
    case OPTION_OPT_ONLY:
        o->opt_only = number_argument(value, 1, 1000000);
        return true;
    case OPTION_COMPRESS:
        o->compress = (enum compress)choice_argument(value, "std all none");
        return true;
    case OPTION_QUESTION:
        o->question_all = choice_argument(value, "first all") == 1;
        return true;
    case OPTION_REFUSE:
        if (!rcode_parse(value, &o->refuse)) {
            die("%s: no RCODE", value);
        }
        return true;
    case OPTION_EDE:
        read_ede(o, value);
        return true;
    case OPTION_SCRIPT:
        read_script(o, value);
        return true;
    case OPTION_DO:
        read_command(o, value, "--do");
        return true;
    case OPTION_KEY:
        if (!signer_key_add(&o->signer, value)) {
            die("%s: no key", value);
        }
        return true;
    case OPTION_CLOCK:
        o->signer.clock = number_argument(value, -2000000000, 2000000000);
        return true;
    case OPTION_MIN_MAC:
        o->signer.min_mac = number_argument(value, 0, SIGNER_MAC_MAX);
        return true;
    case OPTION_QUERY_LOG:
        open_query_log(o, value);
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static struct options o = {.address = "127.0.0.1",
                               .message_size = MESSAGE_MAX,
                               .refuse = -1,
                               .ede = -1,
                               .ede_text = "",
                               .query_log = -1};
    bool as_client = false;
    int code;

    while ((code = getopt_long(argc, argv, "a:p:h", long_options, NULL)) != -1) {
        if (code == '?') {
            return 2;
        }
        if (code == 'h') {
            usage();
        }
        as_client = !take_option(&o, code, optarg) || as_client;
    }
    if (as_client) {
        if (argc - optind != 3) {
            die("--drain needs an address, a port and a zone");
        }
        return drain(argv[optind], argv[optind + 1], argv[optind + 2]);
    }
    for (; optind < argc; optind++) {
        load_zone(new_source(&o), argv[optind]);
    }
    if (!o.source_count && o.refuse < 0) {
        die("nothing to serve; try --help");
    }
    gather_versions(&o);
    serve(&o, listen_at(o.address, o.port));
}
