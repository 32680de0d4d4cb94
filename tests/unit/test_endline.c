/* The line that ends what zxfr writes: what is read, what is damage, and what is written. */
#include "dns/endline.h"

#include "dns/types.h"
#include "tap.h"

#define FACTS "; zxfr end: Example. IN serial 4294967295 records 12"
#define SUM "0123456789abcdef0123456789abcdef"

static struct endline end;

static bool read_line(const char *line)
{
    memset(&end, 0x55, sizeof end);
    return endline_read(&end, line, strlen(line));
}

static bool has_facts(void)
{
    return end.name_length == 9 && memcmp(end.name, "\7Example", 9) == 0 && end.class == CLASS_IN &&
           end.serial == 4294967295 && end.records == 12;
}

static void test_complete(void)
{
    static const struct {
        const char *rest;
        bool filtered, has_sum;
        int64_t expires; /* -1: not there */
    } rows[] = {
        {"", false, false, -1},
        {" filtered", true, false, -1},
        {" sum " SUM, false, true, -1},
        {" filtered sum " SUM, true, true, -1},
        {" x y sum " SUM, false, true, -1},
        {" expires 20301231235959 sum " SUM, false, true, 1924991999},
        {" expires 20301231235959 x y sum " SUM, false, true, 1924991999},
        {" x y expires 20301231235959 sum " SUM, false, true, 1924991999},
        {" x expires expires 20301231235959 sum " SUM, false, true, 1924991999},
        {" filtered expires 20301231235959 sum " SUM, true, true, 1924991999},
        {" expires 19700101000000 sum " SUM, false, true, 0},
        {" expires 21060207062815 sum " SUM, false, true, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[200];
        snprintf(line, sizeof line, "%s%s", FACTS, rows[i].rest);
        ok(read_line(line) && end.kind == ENDLINE_COMPLETE && has_facts(), "%s: is read", line);
        is_str(end.sum, rows[i].has_sum ? SUM : "", "... its sum");
        ok(end.filtered == rows[i].filtered, "... and whether it was filtered");
        is_int(end.has_expires ? (int64_t)end.expires : -1, rows[i].expires,
               "... and what expires");
    }
}

/* Each but the last has the facts before the damage. */
static void test_damaged(void)
{
    static const char *const rests[] = {
        " sum",
        " sum ",
        " sum 0123",
        " sum " SUM "0",
        " sum " SUM " expires 20301231235959",
        " sum 0123456789abcdef0123456789abcdeg",
        " su " SUM,
        " expires 20301231235959",
        " expires 20301231235959 su " SUM,
        " expires 2030123123595 sum " SUM,
        " expires 203012312359590 sum " SUM,
        " expires 20301331235959 sum " SUM,
        " expires 1924991999 sum " SUM,
        " expires never sum " SUM,
        " expires 20301231235959 expires 20301231235959 sum " SUM,
        " expires sum " SUM,
        " expires  sum " SUM,
        "  expires 20301231235959 sum " SUM,
        " expires 20301231235959 sum",
        " filtere sum " SUM,
        "x sum " SUM,
    };
    size_t n = sizeof rests / sizeof *rests;
    for (size_t i = 0; i < n; i++) {
        char line[200];
        snprintf(line, sizeof line, "%s%s", FACTS, rests[i]);
        ok(read_line(line) && end.kind == ENDLINE_DAMAGED, "%s: is damaged", line);
        ok(end.name_length == 9 && end.serial == 4294967295, "... after its name and serial");
        is_int((int64_t)end.records, i + 1 < n ? 12 : 0, "... and the number that is one");
    }
    ok(read_line("; zxfr end: example.") && end.kind == ENDLINE_DAMAGED && end.name_length == 9 &&
           end.class == 0,
       "only a name");
    ok(read_line("; zxfr end:") && end.kind == ENDLINE_DAMAGED && end.name_length == 0, "nothing");
}

static void test_others(void)
{
    ok(!endline_read(&end, "; zxfr en", 9), "the beginning of one is not one");
    ok(!read_line("x.\t60\tIN\tA\t192.0.2.1") && !read_line(""), "a record is not one");
    ok(read_line("; zxfr INCOMPLETE: it broke") && end.kind == ENDLINE_INCOMPLETE, "INCOMPLETE");
    is_str(end.reason, "it broke", "... with its reason");
    ok(read_line("; zxfr INCOMPLETE:") && end.kind == ENDLINE_INCOMPLETE, "... or without");
    char line[600];
    int n = snprintf(line, sizeof line, "; zxfr INCOMPLETE: %0500d", 0);
    ok(endline_read(&end, line, (size_t)n) && strlen(end.reason) == sizeof end.reason - 1,
       "a long reason is cut");
}

static void test_write(void)
{
    char line[ENDLINE_ROOM];
    struct sum sum = {1, 2};
    const uint8_t *apex = (const uint8_t *)"\7Example";
    struct endline written = endline_of(apex, CLASS_IN, 4294967295, 12, NULL);
    line[endline_write(line, &written)] = '\0';
    is_str(line, FACTS "\n", "without a sum");
    written.has_expires = true;
    line[endline_write(line, &written)] = '\0';
    is_str(line, FACTS "\n", "... also where there are signatures: no pair without a sum");
    written = endline_of(apex, CLASS_IN, 4294967295, 12, &sum);
    written.filtered = true;
    written.has_expires = true;
    written.expires = 1924991999;
    size_t n = endline_write(line, &written);
    line[n] = '\0';
    is_str(line, FACTS " filtered expires 20301231235959 sum 00000000000000020000000000000001\n",
           "with all there is");
    ok(endline_read(&end, line, n - 1) && has_facts() && end.filtered && end.has_expires &&
           end.expires == 1924991999,
       "... reads back");
    uint8_t longest[NAME_MAX_WIRE];
    memset(longest, '\1', sizeof longest);
    for (size_t i = 0; i < 254; i += 64)
        longest[i] = i < 192 ? 63 : 61;
    longest[254] = 0;
    written = endline_of(longest, 65535, UINT32_MAX, UINT64_MAX, &sum);
    written.filtered = written.has_expires = true;
    n = endline_write(line, &written);
    ok(n < sizeof line && endline_read(&end, line, n - 1) && endline_matches(line, n - 1, &end) &&
           end.records == UINT64_MAX && memcmp(end.name, longest, sizeof longest) == 0,
       "the longest line of all fits");
}

static bool matches(const char *line, const struct endline *expected)
{
    return endline_matches(line, strlen(line), expected);
}

static void test_matches(void)
{
    static const char *const others[] = {
        FACTS,
        FACTS " filtered sum " SUM,
        FACTS " expires 20301231235959",
        FACTS " expires sum " SUM,
        FACTS " sum " SUM " ",
        FACTS "0 sum " SUM,
        FACTS " sum 0123456789abcdef0123456789abcdee",
        FACTS " sum 0123456789abcdef0123456789abcdeF",
        "; zxfr end: example. IN serial 4294967295 records 12 sum " SUM,
        "; zxfr end: Example. In serial 4294967295 records 12 sum " SUM,
        "; zxfr end: Example. IN serial 4294967295 records 012 sum " SUM,
        "; zxfr end: Example. IN serial 4294967294 records 12 sum " SUM,
        "; zxfr INCOMPLETE: it broke",
    };
    static const char *const differing[] = {
        FACTS " expires 20301231235958 sum " SUM,
        FACTS " expires 20301231235959 expires 20301231235959 sum " SUM,
        FACTS " expires 20301231235959 sum 0123456789abcdef0123456789abcdee",
        FACTS " expires 20301231235959",
    };
    struct endline with_sum, plain, with_expires;
    endline_read(&with_sum, FACTS " sum " SUM, strlen(FACTS " sum " SUM));
    endline_read(&plain, FACTS, strlen(FACTS));
    ok(matches(FACTS " sum " SUM, &with_sum), "the same line");
    ok(matches(FACTS " x y sum " SUM, &with_sum), "a pair is passed over");
    ok(matches(FACTS " expires 20301231235959 sum " SUM, &with_sum), "what expires is not known");
    with_expires = with_sum;
    with_expires.has_expires = true;
    with_expires.expires = 1924991999;
    ok(matches(FACTS " expires 20301231235959 sum " SUM, &with_expires), "it is, and the same");
    ok(matches(FACTS " x y expires 20301231235959 z z sum " SUM, &with_expires),
       "... among others");
    ok(matches(FACTS " sum " SUM, &with_expires), "an older version did not say it");
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
        ok(!matches(differing[i], &with_expires), "not %s", differing[i]);
    ok(matches(FACTS, &plain) && !matches(FACTS " sum " SUM, &plain), "without a sum");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!matches(others[i], &with_sum), "not %s", others[i]);
}

static bool collect(void *context, const void *data, size_t length, struct err *err)
{
    char *text = context;
    (void)err;
    strncat(text, data, length);
    return true;
}

static void writes(const char *why, const char *expected)
{
    char text[1024] = "";
    struct err err = {.kind = ERR_NONE};
    struct buf buf;
    bool good = buf_init(&buf, 4096, collect, text, &err) &&
                endline_write_incomplete(&buf, why, &err) && buf_drain(&buf, &err);
    buf_fini(&buf);
    ok(good, "it is written");
    is_str(text, expected, "as a line that says nothing else");
}

static void test_write_incomplete(void)
{
    char deep[2000], expected[ERR_TEXT_MAX + 32];
    writes("it broke", "; zxfr INCOMPLETE: it broke\n");
    writes("it said: ; zxfr end: a. IN serial 1 records 2", "; zxfr INCOMPLETE: it said: ; \n");
    writes("ZXFR END: zxfr incomplete: x", "; zxfr INCOMPLETE: \n");
    writes("of zxfr INCOMPLETE: zxfr end: x", "; zxfr INCOMPLETE: of \n");
    writes("zxfr ends", "; zxfr INCOMPLETE: zxfr ends\n");
    writes("a\n; zxfr end\033[2J\xe4", "; zxfr INCOMPLETE: a?; zxfr end?[2J?\n");
    memset(deep, 'x', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    memcpy(deep + 1000, "zxfr end:", 9);
    snprintf(expected, sizeof expected, "; zxfr INCOMPLETE: %.*s\n", ERR_TEXT_MAX - 1, deep);
    writes(deep, expected);
}

int main(void)
{
    test_complete();
    test_damaged();
    test_others();
    test_write();
    test_matches();
    test_write_incomplete();
    return tap_end();
}
