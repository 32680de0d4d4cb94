/* base/codec and base/cursor. Expected values are those of RFC 4648 section 10 and of Python's
 * base64, binascii and datetime. */
#include "base/codec.h"
#include "base/cursor.h"

#include "tap.h"

static char text[4096];

static void is_text(const char *end, const char *expected, const char *what)
{
    size_t n = (size_t)(end - text);
    is_mem(text, n, expected, strlen(expected), "%s", what);
    ok(text[n] == '~', "nothing is written behind it");
}

/* Puts a mark everywhere, so that a write too far is seen. */
static char *fresh(void)
{
    memset(text, '~', sizeof text);
    return text;
}

static void numbers(void)
{
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {9, "9"},
        {10, "10"},
        {11, "11"},
        {99, "99"},
        {100, "100"},
        {101, "101"},
        {999, "999"},
        {1000, "1000"},
        {9999, "9999"},
        {10000, "10000"},
        {99999, "99999"},
        {100000, "100000"},
        {999999, "999999"},
        {1000000, "1000000"},
        {9999999, "9999999"},
        {10000000, "10000000"},
        {99999999, "99999999"},
        {100000000, "100000000"},
        {999999999, "999999999"},
        {1000000000, "1000000000"},
        {2147483647, "2147483647"},
        {2147483648, "2147483648"},
        {4294967295, "4294967295"},
        {4294967296, "4294967296"},
        {9999999999, "9999999999"},
        {10000000000, "10000000000"},
        {4294967296000000000, "4294967296000000000"},
        {1000000000000000000, "1000000000000000000"},
        {9999999999999999999u, "9999999999999999999"},
        {10000000000000000000u, "10000000000000000000"},
        {18446744073709551614u, "18446744073709551614"},
        {18446744073709551615u, "18446744073709551615"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].value <= UINT32_MAX)
            is_text(codec_u32(fresh(), (uint32_t)cases[i].value), cases[i].text, "u32");
        is_text(codec_u64(fresh(), cases[i].value), cases[i].text, "u64");
    }
    bool good = true;
    for (uint64_t value = 0; value <= UINT32_MAX; value += 65521) {
        char expected[24];
        int n = snprintf(expected, sizeof expected, "%" PRIu64, value);
        char *end = codec_u32(text, (uint32_t)value);
        good = good && end - text == n && memcmp(text, expected, (size_t)n) == 0;
        n = snprintf(expected, sizeof expected, "%" PRIu64, value * value);
        end = codec_u64(text, value * value);
        good = good && end - text == n && memcmp(text, expected, (size_t)n) == 0;
    }
    ok(good, "many numbers as printf writes them");
}

static void rfc4648(void)
{
    static const struct {
        const char *octets, *base64, *base32hex, *hex;
    } cases[] = {
        {"", "", "", ""},
        {"f", "Zg==", "CO", "66"},
        {"fo", "Zm8=", "CPNG", "666f"},
        {"foo", "Zm9v", "CPNMU", "666f6f"},
        {"foob", "Zm9vYg==", "CPNMUOG", "666f6f62"},
        {"fooba", "Zm9vYmE=", "CPNMUOJ1", "666f6f6261"},
        {"foobar", "Zm9vYmFy", "CPNMUOJ1E8", "666f6f626172"},
        {"\xff\xff\xff", "////", "VVVVU", "ffffff"},
        {"\xfb\xef\xbe\xfb", "+++++w==", "VFNRTUO", "fbefbefb"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint8_t *octets = (const uint8_t *)cases[i].octets;
        size_t n = strlen(cases[i].octets);
        is_text(codec_base64(fresh(), octets, n), cases[i].base64, "base64");
        is_text(codec_base32hex(fresh(), octets, n), cases[i].base32hex, "base32hex");
        is_text(codec_hex(fresh(), octets, n), cases[i].hex, "hex");
    }
}

/* Text of every length, cut in two at every place: what is said before is what comes. */
static void check_bound(void)
{
    uint8_t octets[40] = {0}, back[40];
    bool exact = true, never_less = true;
    for (size_t n = 0; n <= 12; n++) {
        size_t length = (size_t)(codec_base64(text, octets, n) - text);
        for (size_t cut = 0; cut <= length; cut++) {
            struct codec_base64 state = {.held = 0};
            size_t first = codec_base64_bound(&state, text, cut);
            uint8_t *at = codec_read_base64(&state, text, cut, back);
            size_t second = codec_base64_bound(&state, text + cut, length - cut);
            uint8_t *end = codec_read_base64(&state, text + cut, length - cut, at);
            exact = exact && first == (size_t)(at - back) && second == (size_t)(end - at) &&
                    first + second == n;
        }
    }
    ok(exact, "the octets that a piece of base64 makes are known before");
    for (unsigned i = 0; i < 1u << 16; i++) { /* every text of 8 of these characters, mostly bad */
        struct codec_base64 state = {.held = 0};
        for (unsigned j = 0; j < 8; j++)
            text[j] = "AB=="[i >> 2 * j & 3];
        memset(back, 0xee, sizeof back);
        size_t bound = codec_base64_bound(&state, text, 8);
        codec_read_base64(&state, text, 8, back);
        for (size_t j = bound; j < sizeof back; j++)
            never_less = never_less && back[j] == 0xee;
    }
    ok(never_less, "malformed base64 makes no more");
}

/* Reads base64 back, in the slow way of the RFC, so that every octet in every place is covered. */
static void all_octets(void)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char hex_alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    bool base64 = true, base32 = true, hex = true;
    for (size_t n = 1; n <= 9; n++)
        for (size_t place = 0; place < n; place++)
            for (unsigned value = 0; value < 256; value++) {
                uint8_t octets[10] = {0};
                for (size_t i = 0; i < n; i++)
                    octets[i] = (uint8_t)(i * 37 + 11);
                octets[place] = (uint8_t)value;
                char *end = codec_base64(fresh(), octets, n);
                base64 = base64 && (size_t)(end - text) == (n + 2) / 3 * 4 && *end == '~';
                for (size_t bit = 0; bit < n * 8; bit++) {
                    const char *at = strchr(alphabet, text[bit / 6]);
                    base64 = base64 && at != NULL &&
                             ((at - alphabet) >> (5 - bit % 6) & 1) ==
                                 (octets[bit / 8] >> (7 - bit % 8) & 1);
                }
                end = codec_base32hex(fresh(), octets, n);
                base32 = base32 && (size_t)(end - text) == (n * 8 + 4) / 5 && *end == '~';
                for (size_t bit = 0; bit < n * 8; bit++) {
                    const char *at = strchr(hex_alphabet, text[bit / 5]);
                    base32 = base32 && at != NULL &&
                             ((at - hex_alphabet) >> (4 - bit % 5) & 1) ==
                                 (octets[bit / 8] >> (7 - bit % 8) & 1);
                }
                char expected[24];
                for (size_t i = 0; i < n; i++)
                    snprintf(expected + 2 * i, 3, "%02x", octets[i]);
                end = codec_hex(fresh(), octets, n);
                hex = hex && (size_t)(end - text) == 2 * n && memcmp(text, expected, 2 * n) == 0;
            }
    ok(base64, "base64 of every octet in every place");
    ok(base32, "base32hex of every octet in every place");
    ok(hex, "hex of every octet in every place");
}

/* Base64 in the slow way of the RFC, without padding. */
static bool is_base64(const char *base64, const uint8_t *octets, size_t n)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; 6 * i < 8 * n; i++) {
        unsigned two = (unsigned)octets[6 * i / 8] << 8;
        if (6 * i / 8 + 1 < n)
            two |= octets[6 * i / 8 + 1];
        if (base64[i] != alphabet[two >> (10 - 6 * i % 8) & 63])
            return false;
    }
    return true;
}

/* What is as long as a signature goes by blocks. The room for octets and text is exact. */
static void long_base64(void)
{
    uint64_t state = 1;
    bool good = true;
    for (size_t n = 0; n < 300; n++) {
        size_t length = (n + 2) / 3 * 4;
        uint8_t *octets = malloc(n + 1);
        char *base64 = malloc(length + 1);
        for (unsigned round = 0; round < 40; round++) {
            for (size_t i = 0; i < n; i++)
                octets[i + 1] = (uint8_t)((state = state * 6364136223846793005u + 1) >> 56);
            good = good && codec_base64(base64, octets + 1, n) == base64 + length &&
                   is_base64(base64, octets + 1, n);
        }
        free(octets);
        free(base64);
    }
    ok(good, "base64 of up to 299 octets");
    uint8_t octets[40];
    bool each = true;
    for (size_t place = 0; place < sizeof octets; place++)
        for (unsigned value = 0; value < 256; value++) {
            for (size_t i = 0; i < sizeof octets; i++)
                octets[i] = (uint8_t)(i * 37 + 11);
            octets[place] = (uint8_t)value;
            codec_base64(fresh(), octets, sizeof octets);
            each = each && is_base64(text, octets, sizeof octets);
        }
    ok(each, "and of every octet in every place of 40");
}

static void times(void)
{
    static const struct {
        uint32_t seconds;
        const char *text;
    } cases[] = {
        {0, "19700101000000"},          {59, "19700101000059"},
        {86399, "19700101235959"},      {86400, "19700102000000"},
        {5097600, "19700301000000"},    {68169600, "19720229000000"},
        {94694399, "19721231235959"},   {951782399, "20000228235959"},
        {951782400, "20000229000000"},  {951868800, "20000301000000"},
        {978307199, "20001231235959"},  {1000000000, "20010909014640"},
        {1709164800, "20240229000000"}, {2147483647, "20380119031407"},
        {2147483648, "20380119031408"}, {4107542399, "21000228235959"},
        {4107542400, "21000301000000"}, {4294967295, "21060207062815"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_text(codec_time(fresh(), cases[i].seconds), cases[i].text, "time");
    /* Every day that the field can say, by a calendar that counts one by one. */
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 1970, month = 1, day = 1;
    bool good = true;
    for (uint64_t seconds = 0; seconds <= UINT32_MAX; seconds += 86400) {
        char expected[32];
        snprintf(expected, sizeof expected, "%04u%02u%02u000000", year, month, day);
        good = good && codec_time(text, (uint32_t)seconds) == text + 14 &&
               memcmp(text, expected, 14) == 0;
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    ok(good && year == 2106, "every day from 1970 to 2106");
}

/* Moments from another calendar (GNU date), and every day until the year has five digits. */
static void moments(void)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782399, "2000-02-28T23:59:59Z"},
        {951868800, "2000-03-01T00:00:00Z"},
        {2147483647, "2038-01-19T03:14:07Z"},
        {2147483648, "2038-01-19T03:14:08Z"},
        {4107542400, "2100-03-01T00:00:00Z"},
        {4294967296, "2106-02-07T06:28:16Z"},
        {13574563199, "2400-02-28T23:59:59Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
    };
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    char got[CODEC_MOMENT_ROOM], expected[64];
    unsigned year = 1970, month = 1, day = 1;
    bool good = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_str(codec_moment(got, cases[i].seconds), cases[i].text, "a moment");
    ok(codec_moment(got, 253402300800) == NULL, "none past the year 9999");
    ok(codec_moment(got, UINT64_MAX) == NULL, "... however far");
    for (uint64_t seconds = 0; year <= 9999; seconds += 86400) {
        snprintf(expected, sizeof expected, "%04u-%02u-%02uT00:00:00Z", year, month, day);
        good = good && strcmp(codec_moment(got, seconds), expected) == 0;
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            year += month == 12;
            month = month % 12 + 1;
        }
    }
    ok(good, "every day from 1970 to 9999");
}

static void cursor(void)
{
    static const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct cursor c = cursor_at(octets, 0, sizeof octets);
    is_int(cursor_u8(&c), 1, "u8");
    is_int(cursor_u16(&c), 0x0203, "u16");
    is_int(cursor_u32(&c), 0x04050607, "u32");
    ok(!c.failed, "so far so good");
    is_int(cursor_u16(&c), 0, "a read past the end gives zero");
    ok(c.failed && c.at == 7, "fails, and moves nothing");
    is_int(cursor_u8(&c), 0, "and every later read fails");
    ok(cursor_at(octets, 9, 8).failed, "a cursor past its end has failed");
    c = cursor_at(octets, 8, 8);
    ok(!c.failed && cursor_take(&c, 0) == octets + 8, "no octets at the end");
    c = cursor_at(octets, 1, 8);
    ok(cursor_take(&c, SIZE_MAX) == NULL, "a length that overflows");
    ok(octets_u64(octets) == UINT64_C(0x0102030405060708), "u64");
    static const uint8_t high[] = {255, 254, 253, 252, 251, 250, 249, 248};
    ok(octets_u64(high) == UINT64_C(0xfffefdfcfbfaf9f8), "u64 with high bits");
    is_int(octets_u32(high), 0xfffefdfc, "u32 with high bits");
}

int main(void)
{
    numbers();
    rfc4648();
    all_octets();
    long_base64();
    check_bound();
    times();
    moments();
    cursor();
    return tap_end();
}
