/* out/w_zone: the lines of a master file, and the room that they take. */
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/writer.h"

#include "tap.h"
#include "wire.h"

static const uint8_t apex[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

/* ---- The sink ------------------------------------------------------------------------------ */

static char output[4000000];
static size_t written;
static bool full; /* the next flush fails */

static bool keep(void *context, const void *octets, size_t n, struct err *err)
{
    (void)context;
    if (full)
        return err_set(err, ERR_OUTPUT, "no room");
    if (sizeof output - 1 - written < n)
        abort();
    memcpy(output + written, octets, n);
    written += n;
    output[written] = '\0';
    return true;
}

static struct buf buf;
static struct sink *sink;
static struct err err;

static void open_with(size_t room, const struct writer_style *style, const uint8_t *name,
                      size_t length)
{
    struct zone_info zone = {
        .apex = name, .apex_length = (uint8_t)length, .class = CLASS_IN, .serial = 2026112201};
    err = (struct err){.kind = ERR_NONE};
    written = 0;
    output[0] = '\0';
    if (!buf_init(&buf, room, keep, NULL, &err))
        abort();
    sink = w_zone_open(style, &buf, &err);
    if (sink == NULL || !sink->begin(sink, &zone, &err))
        abort();
}

/* The buffer begins with so little room that every line gets memory of exactly the size that the
 * writer asks for: a memory checker sees the octet behind. */
static void open_at(const struct writer_style *style, const uint8_t *name, size_t length)
{
    open_with(1, style, name, length);
}

static void open_style(const struct writer_style *style)
{
    open_at(style, apex, sizeof apex);
}

static void close_all(void)
{
    sink->free(sink);
    buf_fini(&buf);
}

static void finish(void)
{
    ok(sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "the end (%s)", err.text);
    close_all();
}

static bool put_octets(const uint8_t *owner, size_t owner_length, unsigned type, uint32_t ttl,
                       const uint8_t *rdata, size_t n, unsigned flags)
{
    const struct type_info *info = types_find((uint16_t)type, CLASS_IN);
    if (!rdata_fits(info, rdata, n))
        flags |= RR_OPAQUE;
    struct rr rr = {
        .owner = owner,
        .owner_length = (uint8_t)owner_length,
        .rdata = rdata,
        .rdlength = (uint16_t)n,
        .info = info,
        .ttl = ttl,
        .type = (uint16_t)type,
        .class = CLASS_IN,
        .flags = (uint8_t)flags,
    };
    return sink->record(sink, RR_ADD, &rr, &err);
}

static void put(const char *owner, unsigned type, uint32_t ttl, unsigned flags, const char *name,
                const char *hex)
{
    static struct wire o, r;
    o.n = r.n = 0;
    wire_name(&o, owner);
    if (name[0] != '\0')
        wire_name(&r, name);
    wire_hex(&r, hex);
    uint8_t *owner_copy = wire_exact(o.octets, o.n), *rdata = wire_exact(r.octets, r.n);
    if (!put_octets(owner_copy, o.n, type, ttl, rdata, r.n, flags))
        ok(false, "put %s (%s)", owner, err.text);
    free(owner_copy);
    free(rdata);
}

static void put_soa(void)
{
    put("example.", 6, 3600, 0, "ns.example.",
        "05 61646d696e 07 6578616d706c65 00 78c42c29 00001c20 00000384 00127500 0000012c");
}

static void some_records(void)
{
    put_soa();
    put("example.", 2, 3600, RR_SAME_OWNER, "ns.example.", "");
    put("ns.example.", 1, 300, 0, "", "c0000201");
    put("ns.example.", 28, 300, RR_SAME_OWNER, "", "20010db8000000000000000000000001");
    put("w\"w.Example.", 16, 60, 0, "", "03612262 00 02 00ff");
    put("w\"w.Example.", 5, 60, RR_SAME_OWNER, "example.", "");
    put("z.example.", 65280, 0, 0, "", "00ff");
    put("z.example.", 1, 1, RR_SAME_OWNER, "", "c00002");
}

/* ---- The styles ---------------------------------------------------------------------------- */

#define END "; zxfr end: example. IN serial 2026112201 records 8\n"

static void plain(void)
{
    struct writer_style style = {.relative = false};
    open_style(&style);
    some_records();
    finish();
    is_str(output,
           "example.\t3600\tIN\tSOA\tns.example. admin.example. 2026122281 7200 900 1209600 300\n"
           "example.\t3600\tIN\tNS\tns.example.\n"
           "ns.example.\t300\tIN\tA\t192.0.2.1\n"
           "ns.example.\t300\tIN\tAAAA\t2001:db8::1\n"
           "w\\\"w.Example.\t60\tIN\tTXT\t\"a\\\"b\" \"\" \"\\000\\255\"\n"
           "w\\\"w.Example.\t60\tIN\tCNAME\texample.\n"
           "z.example.\t0\tIN\tTYPE65280\t\\# 2 00ff\n"
           "z.example.\t1\tIN\tTYPE1\t\\# 3 c00002\n" END,
           "the default style");

    style = (struct writer_style){.no_class = true};
    open_style(&style);
    some_records();
    finish();
    is_str(output,
           "example.\t3600\tSOA\tns.example. admin.example. 2026122281 7200 900 1209600 300\n"
           "example.\t3600\tNS\tns.example.\n"
           "ns.example.\t300\tA\t192.0.2.1\n"
           "ns.example.\t300\tAAAA\t2001:db8::1\n"
           "w\\\"w.Example.\t60\tTXT\t\"a\\\"b\" \"\" \"\\000\\255\"\n"
           "w\\\"w.Example.\t60\tCNAME\texample.\n"
           "z.example.\t0\tTYPE65280\t\\# 2 00ff\n"
           "z.example.\t1\tTYPE1\t\\# 3 c00002\n" END,
           "without class");

    style = (struct writer_style){.no_ttl = true, .no_class = true};
    open_style(&style);
    some_records();
    finish();
    is_str(output,
           "example.\tSOA\tns.example. admin.example. 2026122281 7200 900 1209600 300\n"
           "example.\tNS\tns.example.\n"
           "ns.example.\tA\t192.0.2.1\n"
           "ns.example.\tAAAA\t2001:db8::1\n"
           "w\\\"w.Example.\tTXT\t\"a\\\"b\" \"\" \"\\000\\255\"\n"
           "w\\\"w.Example.\tCNAME\texample.\n"
           "z.example.\tTYPE65280\t\\# 2 00ff\n"
           "z.example.\tTYPE1\t\\# 3 c00002\n" END,
           "without TTL and class");

    style = (struct writer_style){.relative = true};
    open_style(&style);
    some_records();
    finish();
    is_str(output,
           "$ORIGIN example.\n"
           "@\t3600\tIN\tSOA\tns admin 2026122281 7200 900 1209600 300\n"
           "@\t3600\tIN\tNS\tns\n"
           "ns\t300\tIN\tA\t192.0.2.1\n"
           "ns\t300\tIN\tAAAA\t2001:db8::1\n"
           "w\\\"w.Example.\t60\tIN\tTXT\t\"a\\\"b\" \"\" \"\\000\\255\"\n"
           "w\\\"w.Example.\t60\tIN\tCNAME\t@\n"
           "z\t0\tIN\tTYPE65280\t\\# 2 00ff\n"
           "z\t1\tIN\tTYPE1\t\\# 3 c00002\n" END,
           "relative");

    style = (struct writer_style){.generic = true};
    open_style(&style);
    put("ns.example.", 1, 300, 0, "", "c0000201");
    put("example.", 10, 300, 0, "", "");
    put("example.", 2, 300, 0, "ns.example.", "");
    put("example.", 15, 300, 0, "", "000a 00");
    finish();
    is_str(output,
           "ns.example.\t300\tIN\tTYPE1\t\\# 4 c0000201\n"
           "example.\t300\tIN\tTYPE10\t\\# 0\n"
           "$ORIGIN invalid.\n"
           "example.\t300\tIN\tTYPE2\t\\# 12 026e73076578616d706c6500\n"
           "example.\t300\tIN\tTYPE15\t\\# 3 000a00\n"
           "; zxfr end: example. IN serial 2026112201 records 4\n",
           "generic");
}

/* Words apart by any run of blanks. */
static void squeeze(char *to, const char *from)
{
    for (; *from != '\0'; from++)
        if (*from != ' ' || (to[-1] != ' ' && to[-1] != '\n'))
            *to++ = *from;
    *to = '\0';
}

static void pretty(void)
{
    static char squeezed[10000] = "\n";
    struct writer_style style = {.pretty = true};
    open_style(&style);
    some_records();
    finish();
    squeeze(squeezed + 1, output);
    is_str(squeezed + 1,
           "example. 3600 IN SOA ns.example. (\n"
           "admin.example.\n"
           "2026122281 ; serial\n"
           "7200 ; refresh (2h)\n"
           "900 ; retry (15m)\n"
           "1209600 ; expire (2w)\n"
           "300 ; minimum (5m)\n"
           ")\n"
           "3600 IN NS ns.example.\n"
           "ns.example. 300 IN A 192.0.2.1\n"
           "300 IN AAAA 2001:db8::1\n"
           "w\\\"w.Example. 60 IN TXT \"a\\\"b\" \"\" \"\\000\\255\"\n"
           "60 IN CNAME example.\n"
           "z.example. 0 IN TYPE65280 \\# 2 00ff\n"
           "1 IN TYPE1 \\# 3 c00002\n" END,
           "pretty, but for the width of its columns");
    ok(strstr(output, "\n  ") != NULL, "owners are told once");
    bool blank_lines = false;
    for (const char *p = output; (p = strchr(p, '\n')) != NULL; p++)
        blank_lines = blank_lines || p[1] == '\n';
    ok(!blank_lines, "no empty lines");
}

static void modern(void)
{
    static const struct {
        unsigned type;
        const char *name, *hex, *line;
    } cases[] = {
        {3, "a.", "", "MD\ta."},
        {55, "", "01 02 0001 aa bb", "HIP\t2 aa uw=="},
        {261, "", "0161", "RESINFO\t\"a\""},
        {32768, "", "0001 02 03 aa", "TA\t1 2 3 aa"},
        {10, "", "aa", "TYPE10\t\\# 1 aa"},
        {65280, "", "aa", "TYPE65280\t\\# 1 aa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct writer_style style = {.modern = true};
        char expected[300];
        open_style(&style);
        put("example.", cases[i].type, 5, 0, cases[i].name, cases[i].hex);
        finish();
        snprintf(expected, sizeof expected,
                 "example.\t5\tIN\t%s\n; zxfr end: example. IN serial 2026112201 records 1\n",
                 cases[i].line);
        is_str(output, expected, "modern, type %u", cases[i].type);
    }
}

/* dnspython takes a name in the generic form of a type that it knows for a relative one if it is
 * under the origin; so the origin is moved before the first such record, once. */
static void origin(void)
{
    struct writer_style style = {.relative = false};
    open_style(&style);
    put("a.example.", 65280, 5, 0, "", "00");
    put("a.example.", 10, 5, RR_SAME_OWNER, "", "00");
    put("a.example.", 23, 5, RR_SAME_OWNER, "x.example.", "");
    put("a.example.", 58, 5, RR_SAME_OWNER, "x.example.", "00");
    put("a.example.", 1, 5, RR_SAME_OWNER, "", "c0000201");
    finish();
    is_str(output,
           "a.example.\t5\tIN\tTYPE65280\t\\# 1 00\n"
           "a.example.\t5\tIN\tTYPE10\t\\# 1 00\n"
           "$ORIGIN invalid.\n"
           "a.example.\t5\tIN\tTYPE23\t\\# 11 0178076578616d706c6500\n"
           "a.example.\t5\tIN\tTYPE58\t\\# 12 0178076578616d706c650000\n"
           "a.example.\t5\tIN\tA\t192.0.2.1\n"
           "; zxfr end: example. IN serial 2026112201 records 5\n",
           "the origin is moved once, before the first name in generic form");

    style = (struct writer_style){.relative = true};
    open_style(&style);
    put("a.example.", 1, 5, 0, "", "c0000201");
    put("a.example.", 23, 5, RR_SAME_OWNER, "x.example.", "");
    put("a.example.", 16, 5, RR_SAME_OWNER, "", "00");
    put("a.example.", 23, 5, 0, "y.example.", "");
    put("b.example.", 1, 5, 0, "", "c0000201");
    finish();
    /* The owner may be absolute wherever it is repeated: both say the same. */
    static const char *const expected[] = {
        "$ORIGIN example.\n", "a\t5\tIN\tA\t192.0.2.1\n",
        "$ORIGIN invalid.\n", "a.example.\t5\tIN\tTYPE23\t\\# 11 0178076578616d706c6500\n",
        "$ORIGIN example.\n", "\t5\tIN\tTXT\t\"\"\n",
        "$ORIGIN invalid.\n", "a.example.\t5\tIN\tTYPE23\t\\# 11 0179076578616d706c6500\n",
        "$ORIGIN example.\n", "b\t5\tIN\tA\t192.0.2.1\n",
    };
    const char *at = output;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (expected[i][0] == '\t') {
            size_t n = strcspn(at, "\t");
            ok((n == 1 && at[0] == 'a') || (n == 10 && memcmp(at, "a.example.", 10) == 0),
               "relative: the owner of line %zu", i + 1);
            at += n;
        }
        size_t n = strlen(expected[i]);
        is_mem(at, strlen(at) < n ? strlen(at) : n, expected[i], n, "relative: line %zu", i + 1);
        at += strlen(at) < n ? strlen(at) : n;
    }
}

/* ---- The ends ------------------------------------------------------------------------------ */

static void ends(void)
{
    struct writer_style style = {.relative = false};
    open_style(&style);
    put_soa();
    ok(sink->end(sink, OUTCOME_ABORTED, "message 2: no", &err), "an aborted zone");
    close_all();
    const char *last = strchr(output, '\n');
    is_str(last, "\n; zxfr INCOMPLETE: message 2: no\n", "says so, and why");

    err = (struct err){.kind = ERR_NONE};
    written = 0;
    if (!buf_init(&buf, 1, keep, NULL, &err))
        abort();
    sink = w_zone_open(&style, &buf, &err);
    ok(sink->end(sink, OUTCOME_ABORTED, "refused", &err), "aborted before it began");
    close_all();
    is_str(output, "; zxfr INCOMPLETE: refused\n", "only that");

    static char why[ERR_TEXT_MAX];
    memset(why, 'w', sizeof why - 1);
    open_style(&style);
    ok(sink->end(sink, OUTCOME_ABORTED, why, &err), "the longest reason");
    close_all();
    is_int((int64_t)written, 20 + ERR_TEXT_MAX - 1, "is written whole");

    open_style(&style);
    put_soa();
    full = true;
    ok(!sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "the end fails when nothing can be written");
    is_int(err.kind, ERR_OUTPUT, "with its error");
    full = false;
    close_all();

    uint8_t root[] = {0};
    open_at(&style, root, 1);
    put("com.", 2, 5, 0, "a.", "");
    finish();
    is_str(output, "com.\t5\tIN\tNS\ta.\n; zxfr end: . IN serial 2026112201 records 1\n",
           "the root zone");
    style.relative = true;
    open_at(&style, root, 1);
    put(".", 2, 5, 0, "a.", "");
    put("com.", 2, 5, 0, ".", "");
    finish();
    is_str(output,
           "$ORIGIN .\n@\t5\tIN\tNS\ta.\ncom.\t5\tIN\tNS\t@\n"
           "; zxfr end: . IN serial 2026112201 records 2\n",
           "the root zone, relative");
}

/* ---- The longest lines --------------------------------------------------------------------- */

/* All styles that change the length of a line. */
static void every_style(const uint8_t *owner, size_t owner_length, unsigned type,
                        const uint8_t *rdata, size_t n, const char *what)
{
    for (unsigned bits = 0; bits < 64; bits++) {
        struct writer_style style = {
            .width = (bits & 32) != 0 ? 40 : 0,
            .relative = (bits & 1) != 0,
            .pretty = (bits & 2) != 0,
            .generic = (bits & 4) != 0,
            .modern = (bits & 8) != 0,
            .no_ttl = (bits & 16) != 0,
        };
        uint8_t *copy = wire_exact(rdata, n);
        open_at(&style, owner, owner_length);
        bool good = put_octets(owner, owner_length, type, UINT32_MAX, copy, n, 0) &&
                    put_octets(owner, owner_length, type, UINT32_MAX, copy, n, RR_SAME_OWNER) &&
                    sink->end(sink, OUTCOME_COMPLETE, NULL, &err);
        close_all();
        free(copy);
        if (!good)
            ok(false, "%s, style %u: %s", what, bits, err.text);
    }
    ok(true, "%s in every style", what);
}

/* The RDATA's text in memory of exactly the size that rdata_text_bound promises. Gives back its
 * length, or 0 if the strict check refuses the RDATA. */
static size_t text_length(unsigned type, const uint8_t *rdata, size_t n)
{
    const struct type_info *info = types_find((uint16_t)type, CLASS_IN);
    struct rr rr = {
        .rdata = rdata, .rdlength = (uint16_t)n, .info = info, .type = (uint16_t)type, .class = 1};
    size_t bound = rdata_text_bound(n);
    char *text = malloc(bound);
    struct rdata_style style = {.portable = false};
    size_t length = 0;
    if (rdata_fits(info, rdata, n)) {
        char *end = rdata_text(text, &rr, &style);
        length = (size_t)(end - text);
        if (length > bound)
            ok(false, "type %u is longer than its bound", type);
    }
    char *end = rdata_text_generic(text, &rr);
    if ((size_t)(end - text) > bound)
        ok(false, "type %u, generic, is longer than its bound", type);
    free(text);
    return length;
}

static struct wire w;

static void longest(unsigned type, size_t expected, const char *what)
{
    is_int((int64_t)text_length(type, w.octets, w.n), (int64_t)expected, "%s: its text", what);
    static const uint8_t owner[] = {1, 0xff, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    every_style(owner, sizeof owner, type, w.octets, w.n, what);
}

/* How long the words of all codes are, one blank between them. */
static size_t all_types(unsigned from, unsigned to)
{
    size_t n = 0;
    for (unsigned code = from; code <= to; code++) {
        char text[16];
        n += (size_t)(types_text(text, (uint16_t)code, 0) - text) + 1;
    }
    return n - 1;
}

static void long_rdata(void)
{
    w.n = 0;
    wire_u8(&w, 0);
    for (unsigned window = 0; window < 256; window++) {
        wire_u8(&w, window);
        wire_u8(&w, 32);
        wire_fill(&w, 0xff, 32);
    }
    longest(47, 2 + all_types(0, 65535), "NSEC of all types");
    uint8_t *bitmap = wire_exact(w.octets + 1, w.n - 1);
    size_t bitmap_length = w.n - 1;
    w.n = 0;
    wire_hex(&w, "00000000 0000");
    wire_mem(&w, bitmap, bitmap_length);
    longest(62, 4 + all_types(0, 65535), "CSYNC of all types");
    w.n = 0;
    wire_hex(&w, "ff ff ffff ff");
    wire_fill(&w, 0xff, 255);
    wire_u8(&w, 255);
    wire_fill(&w, 0xff, 255);
    wire_mem(&w, bitmap, bitmap_length);
    longest(50, 4 + 4 + 6 + 511 + 409 + all_types(0, 65535), "NSEC3 of all types");
    free(bitmap);
    w.n = 0;
    wire_u8(&w, 0);
    wire_hex(&w, "7fffffffffffffffffffffffffffffff");
    longest(30, 2 + all_types(1, 127), "NXT of all types");

    w.n = 0;
    wire_hex(&w, "ffffffff ff");
    wire_fill(&w, 0xff, 8192);
    /* "255.255.255.255 255 " and 0 to 65535 with blanks between */
    longest(11, 20 + 10 + 2 * 90 + 3 * 900 + 4 * 9000 + 5 * 55536 + 65535, "WKS of all ports");

    w.n = 0;
    while (w.n < 65535 - 256) {
        wire_u8(&w, 255);
        wire_fill(&w, 0xff, 255);
    }
    wire_u8(&w, (unsigned)(65535 - w.n - 1));
    wire_fill(&w, 0xff, 65535 - w.n);
    longest(16, 4 * (65535 - 256) + 3 * 256 - 1, "TXT of 65535 octets to escape");
    w.n = 0;
    wire_fill(&w, 0, 65535);
    longest(16, 3 * 65535 - 1, "TXT of 65535 empty strings");
    longest(10, 0, "NULL of 65535 octets");
    longest(65280, 0, "an unknown type of 65535 octets");
    w.n = 0;
    wire_fill(&w, 0xff, 65535);
    longest(256, 2 * 6 + 2 + 4 * (65535 - 4), "URI of 65535 octets to escape");
    longest(61, 65535 / 3 * 4, "OPENPGPKEY of 65535 octets");
    longest(63, 11 + 4 + 4 + 2 * (65535 - 6), "ZONEMD of 65535 octets");
    w.n = 0;
    wire_hex(&w, "ff 01 41");
    wire_fill(&w, 0xff, 65535 - 3);
    longest(257, 3 + 1 + 1 + 1 + 2 + 4 * (65535 - 3), "CAA of 65535 octets to escape");

    w.n = 0;
    wire_hex(&w, "0001 00 0001");
    size_t left = 65535 - w.n - 2;
    wire_u16(&w, (unsigned)left);
    size_t text = strlen("1 . alpn=\"\"");
    for (bool first = true; left > 0; first = false) {
        unsigned n = left > 256 ? 255 : (unsigned)left - 1;
        if (left - n - 1 == 1)
            n--;
        wire_u8(&w, n);
        wire_fill(&w, '\\', n);
        text += 4 * n + !first;
        left -= n + 1;
    }
    longest(64, text, "SVCB with 64 KiB of backslashes in alpn");
    w.n = 0;
    wire_hex(&w, "0001 00");
    for (unsigned key = 7; key < 7 + (65535 - 3) / 4; key++) {
        wire_u16(&w, key);
        wire_u16(&w, 0);
    }
    /* " key7" and so on */
    size_t keys = 0;
    for (unsigned key = 7; key < 7 + (65535 - 3) / 4; key++)
        keys += 4 + (key < 10 ? 1u : key < 100 ? 2u : key < 1000 ? 3u : key < 10000 ? 4u : 5u);
    longest(65, 3 + keys, "HTTPS with 16383 empty parameters");
    w.n = 0;
    wire_hex(&w, "0001 00 0006");
    wire_u16(&w, 65520);
    wire_fill(&w, 0xff, 65520);
    longest(64, 4 + 9 + 4095 * 40 - 1, "SVCB with 64 KiB of addresses");

    w.n = 0;
    for (unsigned i = 0; i < 65535 / 20; i++) {
        wire_hex(&w, "0002 80 90");
        wire_fill(&w, 0xff, 16);
    }
    longest(42, 65535 / 20 * 47 - 1, "APL of 64 KiB of addresses");
    w.n = 0;
    for (unsigned i = 0; i < 65535 / 4; i++)
        wire_hex(&w, "0001 20 80");
    longest(42, 65535 / 4 * 14 - 1, "APL of 64 KiB of empty prefixes");
    w.n = 0;
    wire_hex(&w, "ff 03 00ff");
    wire_fill(&w, 0xff, 255 + 255);
    while (w.n < 65535)
        wire_u8(&w, 0);
    longest(55, 2 + 511 + 340 + 2 * (65535 - 514), "HIP of 65021 servers");

    /* Short RDATA with long text. */
    w.n = 0;
    wire_hex(&w, "00 99 99 99");
    wire_u32(&w, 0x80000000u + 89u * 3600000 + 59 * 60000 + 59999);
    wire_u32(&w, 0x80000000u + 179u * 3600000 + 59 * 60000 + 59999);
    wire_u32(&w, UINT32_MAX);
    longest(29, strlen("89 59 59.999 N 179 59 59.999 E 42849672.95m 90000000m 90000000m 90000000m"),
            "LOC with the longest numbers");
    w.n = 0;
    wire_hex(&w, "ffff ff ff ffffffff ffffffff ffffffff ffff 00 ff");
    longest(46, 10 + 4 + 4 + 11 + 15 + 15 + 6 + 2 + 4, "RRSIG");
}

/* A name of 255 octets all of which are escaped, as owner, as apex and in RDATA. */
static void long_names(void)
{
    uint8_t name[255];
    for (size_t i = 0; i < 254; i++)
        name[i] = i % 64 != 0 ? 0xff : (uint8_t)(i < 192 ? 63 : 61);
    name[254] = 0;
    every_style(name, 255, 1, (const uint8_t *)"\300\0\2\1", 4, "A of the longest name");
    every_style(name, 255, 2, name, 255, "NS of the longest names");
    w.n = 0;
    wire_mem(&w, name, 255);
    wire_mem(&w, name, 255);
    wire_fill(&w, 0xff, 20);
    every_style(name, 255, 6, w.octets, w.n, "SOA of the longest names");
    w.n = 0;
    wire_hex(&w, "00 00");
    wire_fill(&w, 0xff, 20);
    every_style(name, 255, 6, w.octets, w.n, "SOA of the longest owner and the shortest names");
    w.n = 0;
    wire_mem(&w, name, 255);
    wire_u8(&w, 0);
    wire_fill(&w, 0xff, 20);
    every_style(name, 255, 6, w.octets, w.n, "SOA of the longest owner and a shortest name");
    w.n = 0;
    wire_hex(&w, "01 02 0001 aa bb");
    while (w.n + 255 <= 65535)
        wire_mem(&w, name, 255);
    every_style(name, 255, 55, w.octets, w.n, "HIP of 64 KiB of the longest names");
}

/* ---- Lines that begin as the one before -------------------------------------------------------
 */

static uint32_t drawn;

static unsigned draw(unsigned limit)
{
    drawn = drawn * 1664525 + 1013904223;
    return (drawn >> 8) % limit;
}

/* The same records for the same seed: mostly several of an owner, with one TTL, and of a type that
 * every reader knows; owners of all lengths, some with what needs an escape. */
static void put_drawn(uint32_t seed, unsigned count)
{
    static const struct {
        unsigned type;
        size_t rdlength;
    } records[] = {{1, 4}, {1, 3}, {65280, 1}, {16, 5000}}; /* the last makes the buffer grow */
    uint8_t owner[NAME_MAX_WIRE] = {0}, rdata[5000];
    size_t length = 1;
    unsigned ttl = 0, left = 0;
    drawn = seed;
    for (unsigned i = 0; i < count; i++) {
        unsigned flags = left > 0 && draw(10) != 0 ? RR_SAME_OWNER : 0, kind = draw(8);
        if (left-- == 0) {
            left = draw(5);
            flags = 0;
            length = 0;
            for (unsigned labels = draw(4); labels > 0; labels--) {
                unsigned n = draw(10) == 0 ? 1 + draw(63) : 1 + draw(12);
                owner[length++] = (uint8_t)n;
                for (; n > 0; n--)
                    owner[length++] = (uint8_t)(draw(100) == 0 ? draw(256) : 'a' + draw(26));
            }
            owner[length++] = 0;
        }
        if (draw(4) == 0)
            ttl = draw(3) == 0 ? draw(1u << 23) : draw(3) * 3600;
        kind = kind < 3 ? kind : i % 100 == 99 ? 3 : 0;
        memset(rdata, kind == 3 ? 0 : (int)(i & 0xff), records[kind].rdlength);
        uint8_t *exact = wire_exact(owner, length);
        if (!put_octets(exact, length, records[kind].type, ttl, rdata, records[kind].rdlength,
                        flags))
            ok(false, "put record %u (%s)", i, err.text);
        free(exact);
    }
}

/* Whatever the size of the buffer, it is what comes where each line is made for itself: as those of
 * changes are, which have a mark before them. */
static void heads(void)
{
    static const size_t rooms[] = {1, 2000, 4000, 10000, 100000};
    static const struct writer_style style = {.relative = false};
    char *expected = malloc(sizeof output);
    unsigned wrong = 0;
    size_t octets = 0;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        open_with(1, &style, apex, sizeof apex);
        w_zone_mark(sink, "", NULL);
        put_drawn(seed, 500);
        wrong += !sink->end(sink, OUTCOME_COMPLETE, NULL, &err);
        close_all();
        memcpy(expected, output, written + 1);
        for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
            open_with(rooms[i], &style, apex, sizeof apex);
            put_drawn(seed, 500);
            wrong += !sink->end(sink, OUTCOME_COMPLETE, NULL, &err);
            close_all();
            wrong += strcmp(output, expected) != 0;
            octets += written;
        }
    }
    is_int(wrong, 0, "lines that share what they begin with are those that do not");
    ok(octets > 1000000, "%zu octets of them", octets);
    free(expected);
}

int main(void)
{
    plain();
    pretty();
    modern();
    origin();
    ends();
    long_rdata();
    long_names();
    heads();
    const struct writer_type *row = writer_row(0);
    ok(row != NULL && strcmp(row->name, "zone") == 0, "the default format is zone");
    return tap_end();
}
