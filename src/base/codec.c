#include "base/codec.h"

#include "base/cursor.h"

#include <stdbool.h>
#include <endian.h>
#include <string.h>

#ifdef __SSE2__
#include <tmmintrin.h>
#endif

/* Two decimal digits for each value below 100. */
static const char digit_pairs[201] = "0001020304050607080910111213141516171819"
                                     "2021222324252627282930313233343536373839"
                                     "4041424344454647484950515253545556575859"
                                     "6061626364656667686970717273747576777879"
                                     "8081828384858687888990919293949596979899";

static inline char *two_digits(char *at, uint32_t value)
{
    memcpy(at, digit_pairs + (size_t)2 * value, 2);
    return at + 2;
}

static inline char *four_digits(char *at, uint32_t value)
{
    return two_digits(two_digits(at, value / 100), value % 100);
}

static inline char *below_100(char *at, uint32_t value)
{
    if (value >= 10)
        return two_digits(at, value);
    *at = (char)('0' + value);
    return at + 1;
}

static inline char *below_10000(char *at, uint32_t value)
{
    return value < 100 ? below_100(at, value) : two_digits(below_100(at, value / 100), value % 100);
}

char *codec_u32(char *at, uint32_t value)
{
    if (value < 10000)
        return below_10000(at, value);
    if (value < 100000000)
        return four_digits(below_10000(at, value / 10000), value % 10000);
    at = below_100(at, value / 100000000);
    return four_digits(four_digits(at, value / 10000 % 10000), value % 10000);
}

char *codec_u64(char *at, uint64_t value)
{
    if (value <= UINT32_MAX)
        return codec_u32(at, (uint32_t)value);
    at = codec_u64(at, value / 1000000000);
    uint32_t rest = (uint32_t)(value % 1000000000);
    for (int i = 8; i >= 0; i--, rest /= 10)
        at[i] = (char)('0' + rest % 10);
    return at + 9;
}

/* Two hexadecimal digits for each octet, spelled out by the preprocessor as the table below is. */
#define DIGITS(X)                                                                                  \
    X('0')                                                                                         \
    X('1')                                                                                         \
    X('2')                                                                                         \
    X('3') X('4') X('5') X('6') X('7') X('8') X('9') X('a') X('b') X('c') X('d') X('e') X('f')
#define AFTER(h)                                                                                   \
    {h, '0'}, {h, '1'}, {h, '2'}, {h, '3'}, {h, '4'}, {h, '5'}, {h, '6'}, {h, '7'}, {h, '8'},      \
        {h, '9'}, {h, 'a'}, {h, 'b'}, {h, 'c'}, {h, 'd'}, {h, 'e'}, {h, 'f'},
static const char hex_pairs[256][2] = {DIGITS(AFTER)};
#undef AFTER
#undef DIGITS

char *codec_hex(char *at, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++, at += 2)
        memcpy(at, hex_pairs[octets[i]], 2);
    return at;
}

/* Encodes twelve bits, two characters, at once: signatures are most of a signed zone. The
 * preprocessor spells the table out; the alphabet is listed twice, because a macro does not expand
 * inside itself. */
/* clang-format off */
#define ALPHABET(X)                                                                             \
    X('A') X('B') X('C') X('D') X('E') X('F') X('G') X('H') X('I') X('J') X('K') X('L') X('M')  \
    X('N') X('O') X('P') X('Q') X('R') X('S') X('T') X('U') X('V') X('W') X('X') X('Y') X('Z')  \
    X('a') X('b') X('c') X('d') X('e') X('f') X('g') X('h') X('i') X('j') X('k') X('l') X('m')  \
    X('n') X('o') X('p') X('q') X('r') X('s') X('t') X('u') X('v') X('w') X('x') X('y') X('z')  \
    X('0') X('1') X('2') X('3') X('4') X('5') X('6') X('7') X('8') X('9') X('+') X('/')
#define AFTER(h)                                                                                \
    {h, 'A'}, {h, 'B'}, {h, 'C'}, {h, 'D'}, {h, 'E'}, {h, 'F'}, {h, 'G'}, {h, 'H'}, {h, 'I'},   \
    {h, 'J'}, {h, 'K'}, {h, 'L'}, {h, 'M'}, {h, 'N'}, {h, 'O'}, {h, 'P'}, {h, 'Q'}, {h, 'R'},   \
    {h, 'S'}, {h, 'T'}, {h, 'U'}, {h, 'V'}, {h, 'W'}, {h, 'X'}, {h, 'Y'}, {h, 'Z'}, {h, 'a'},   \
    {h, 'b'}, {h, 'c'}, {h, 'd'}, {h, 'e'}, {h, 'f'}, {h, 'g'}, {h, 'h'}, {h, 'i'}, {h, 'j'},   \
    {h, 'k'}, {h, 'l'}, {h, 'm'}, {h, 'n'}, {h, 'o'}, {h, 'p'}, {h, 'q'}, {h, 'r'}, {h, 's'},   \
    {h, 't'}, {h, 'u'}, {h, 'v'}, {h, 'w'}, {h, 'x'}, {h, 'y'}, {h, 'z'}, {h, '0'}, {h, '1'},   \
    {h, '2'}, {h, '3'}, {h, '4'}, {h, '5'}, {h, '6'}, {h, '7'}, {h, '8'}, {h, '9'}, {h, '+'},   \
    {h, '/'},
/* clang-format on */
static const char base64_pairs[4096][2] = {ALPHABET(AFTER)};
#undef AFTER
#undef ALPHABET

#ifdef __SSE2__
/* The same, twelve octets at a time, where the processor can choose among octets (SSSE3). Returns
 * how many it has encoded; the last few it leaves. */
__attribute__((target("ssse3"))) static size_t base64_blocks(char *at, const uint8_t *octets,
                                                             size_t n)
{
    /* Of each three octets a, b, c: ab in one number of 16 bits, bc in the next. */
    const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    /* From six bits to their character it is as far for all of a range: A-Z, a-z, 0-9, +, /. */
    const __m128i distances =
        _mm_setr_epi8('A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0);
    size_t i = 0;
    for (; i + 16 <= n; i += 12, at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(octets + i));
        block = _mm_shuffle_epi8(block, spread);
        /* Multiplied, each two numbers go by different ways: right by 10 and 6, left by 4 and 8. */
        __m128i right = _mm_and_si128(block, _mm_set1_epi32(0x0fc0fc00));
        __m128i left = _mm_and_si128(block, _mm_set1_epi32(0x003f03f0));
        __m128i six = _mm_or_si128(_mm_mulhi_epu16(right, _mm_set1_epi32(0x04000040)),
                                   _mm_mullo_epi16(left, _mm_set1_epi32(0x01000010)));
        /* 0: A-Z, 1: a-z, 2 to 11: a digit each, and the two last. */
        __m128i range = _mm_sub_epi8(_mm_subs_epu8(six, _mm_set1_epi8(51)),
                                     _mm_cmpgt_epi8(six, _mm_set1_epi8(25)));
        six = _mm_add_epi8(six, _mm_shuffle_epi8(distances, range));
        _mm_storeu_si128((__m128i *)(void *)at, six);
    }
    return i;
}

static inline size_t base64_begin(char *at, const uint8_t *octets, size_t n)
{
    return n >= 16 && __builtin_cpu_supports("ssse3") ? base64_blocks(at, octets, n) : 0;
}
#else
static inline size_t base64_begin(char *at, const uint8_t *octets, size_t n)
{
    (void)at, (void)octets, (void)n;
    return 0;
}
#endif

char *codec_base64(char *at, const uint8_t *octets, size_t n)
{
    size_t i = base64_begin(at, octets, n);
    at += i / 3 * 4;
    for (; i + 8 <= n; i += 6, at += 8) { /* two groups out of one load, which takes two more */
        uint64_t bits = octets_u64(octets + i) >> 16;
        memcpy(at, base64_pairs[bits >> 36], 2);
        memcpy(at + 2, base64_pairs[bits >> 24 & 0xfff], 2);
        memcpy(at + 4, base64_pairs[bits >> 12 & 0xfff], 2);
        memcpy(at + 6, base64_pairs[bits & 0xfff], 2);
    }
    for (; i + 3 <= n; i += 3, at += 4) {
        uint32_t bits = (uint32_t)octets[i] << 16 | (uint32_t)octets[i + 1] << 8 | octets[i + 2];
        memcpy(at, base64_pairs[bits >> 12], 2);
        memcpy(at + 2, base64_pairs[bits & 0xfff], 2);
    }
    if (i < n) {
        uint32_t bits = (uint32_t)octets[i] << 16;
        if (i + 1 < n)
            bits |= (uint32_t)octets[i + 1] << 8;
        memcpy(at, base64_pairs[bits >> 12], 2);
        at[2] = i + 1 < n ? base64_pairs[bits & 0xfff][0] : '=';
        at[3] = '=';
        at += 4;
    }
    return at;
}

char *codec_base32hex(char *at, const uint8_t *octets, size_t n)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    uint64_t bits = 0;
    for (; n >= 5; n -= 5, octets += 5, at += 8) {
        bits = (uint64_t)octets[0] << 32 | octets_u32(octets + 1);
        for (int i = 0; i < 8; i++)
            at[i] = digits[bits >> (35 - 5 * i) & 31];
    }
    bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)octets[i] << (32 - 8 * i);
    for (size_t i = 0; 5 * i < 8 * n; i++)
        *at++ = digits[bits >> (35 - 5 * i) & 31];
    return at;
}

static bool needs_escape(char c)
{
    return c == '"' || c == '\\';
}

char *codec_json(char *at, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (needs_escape(text[i]))
            *at++ = '\\';
        *at++ = text[i];
    }
    return at;
}

/* How many characters need an escape. It counts in blocks small enough for the count to fit in an
 * octet, so that the compiler can compare many characters at once; mostly there is nothing to
 * find. */
static size_t count_escapes(const char *text, size_t n)
{
    enum { BLOCK = 128 };
    size_t total = 0;
    for (; n >= BLOCK; text += BLOCK, n -= BLOCK) {
        uint8_t count = 0;
        for (size_t i = 0; i < BLOCK; i++)
            count += needs_escape(text[i]);
        total += count;
    }
    for (size_t i = 0; i < n; i++)
        total += needs_escape(text[i]);
    return total;
}

char *codec_json_here(char *text, char *end)
{
    char *to = end + count_escapes(text, (size_t)(end - text));
    char *last = to;
    for (; to != end;) { /* backwards; where both meet, the rest needs no escape */
        *--to = *--end;
        if (needs_escape(*to))
            *--to = '\\';
    }
    return last;
}

char *codec_time(char *at, uint32_t seconds)
{
    uint32_t days = seconds / 86400, rest = seconds % 86400;
    /* Count from 1 March 1968: then the leap day is the last day of every fourth year, and the
     * lengths of the months from March on follow one linear rule. 2100 has no leap day. */
    uint32_t in_year = days + (days < 47541 ? 671 : 672);
    uint32_t year = (4 * in_year + 3) / 1461;
    in_year -= 1461 * year / 4;
    uint32_t month = (5 * in_year + 2) / 153;
    uint32_t day = in_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += month <= 2 ? 1969 : 1968;
    at = two_digits(at, year / 100);
    at = two_digits(at, year % 100);
    at = two_digits(at, month);
    at = two_digits(at, day);
    at = two_digits(at, rest / 3600);
    at = two_digits(at, rest / 60 % 60);
    return two_digits(at, rest % 60);
}

const char *codec_moment(char text[CODEC_MOMENT_ROOM], uint64_t seconds)
{
    enum { DAY = 86400, EPOCH = 719468, CENTURIES_4 = 146097 }; /* counted from 1 March of year 0 */
    if (seconds > 253402300799)
        return NULL;
    uint32_t days = (uint32_t)(seconds / DAY) + EPOCH, rest = (uint32_t)(seconds % DAY);
    uint32_t in_era = days % CENTURIES_4;
    uint32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * in_year + 2) / 153;
    uint32_t day = in_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += days / CENTURIES_4 * 400 + (month <= 2);
    char *at = two_digits(two_digits(text, year / 100), year % 100);
    *at++ = '-';
    at = two_digits(at, month);
    *at++ = '-';
    at = two_digits(at, day);
    *at++ = 'T';
    at = two_digits(at, rest / 3600);
    *at++ = ':';
    at = two_digits(at, rest / 60 % 60);
    *at++ = ':';
    at = two_digits(at, rest % 60);
    *at++ = 'Z';
    *at = '\0';
    return text;
}

bool codec_read_number(const char *text, size_t n, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || digit > most || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

static uint32_t unit_seconds(char unit)
{
    switch (unit | 0x20) {
    case 'w':
        return 604800;
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    default:
        return 0;
    }
}

bool codec_read_ttl(const char *text, size_t n, uint32_t *seconds)
{
    uint64_t sum = 0, part = 0;
    bool digits = false, units = false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit <= 9) {
            part = part * 10 + digit;
            digits = true;
        } else {
            uint32_t unit = unit_seconds(text[i]);
            if (!digits || unit == 0)
                return false;
            sum += part * unit; /* at most 2^32 times 604800 */
            part = 0;
            digits = false;
            units = true;
        }
        if (part > UINT32_MAX || sum > UINT32_MAX)
            return false;
    }
    if (digits == units) /* empty, or digits after the last unit */
        return false;
    *seconds = (uint32_t)(sum + part);
    return true;
}

static bool read_digits(const char *text, unsigned n, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (uint32_t)(leap && month == 2);
}

/* Days from 1 March of year 0. As in codec_time, the year is made to begin in March. */
static uint32_t days_until(uint32_t year, uint32_t month, uint32_t day)
{
    year -= month <= 2;
    uint32_t from_march = month > 2 ? month - 3 : month + 9;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * from_march + 2) / 5 + day - 1;
}

bool codec_read_time(const char *text, size_t n, uint32_t *seconds)
{
    uint32_t year, month, day, hour, minute, second;
    if (n != 14 || !read_digits(text, 4, &year) || !read_digits(text + 4, 2, &month) ||
        !read_digits(text + 6, 2, &day) || !read_digits(text + 8, 2, &hour) ||
        !read_digits(text + 10, 2, &minute) || !read_digits(text + 12, 2, &second))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) ||
        hour > 23 || minute > 59 || second > 60)
        return false;
    /* Unsigned arithmetic is modulo 2^32, which is what is wanted. */
    uint32_t days = days_until(year, month, day) - days_until(1970, 1, 1);
    *seconds = days * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/* The value of a hexadecimal digit plus 16; 0 for any other character. */
/* clang-format off */
static const uint8_t hex_values[256] = {
    ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
    ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
    ['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31,
};
/* clang-format on */

bool codec_read_hex(const char *text, size_t k, uint8_t *octets)
{
    unsigned good = 16;
    for (size_t i = 0; i < k; i++) {
        unsigned high = hex_values[(unsigned char)text[2 * i]];
        unsigned low = hex_values[(unsigned char)text[2 * i + 1]];
        good &= high & low;
        octets[i] = (uint8_t)(high << 4 | (low & 15));
    }
    return good != 0;
}

static unsigned base32hex_value(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    if (digit <= 9)
        return digit;
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';
    return letter <= 'v' - 'a' ? letter + 10 : 32;
}

bool codec_read_base32hex(const char *text, size_t n, uint8_t *octets)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned value = base32hex_value(text[i]);
        if (value > 31)
            return false;
        bits = bits << 5 | value;
        held += 5;
        if (held >= 8) {
            held -= 8;
            *octets++ = (uint8_t)(bits >> held);
        }
    }
    return held < 5 && (bits & ((1u << held) - 1)) == 0;
}

/* A character's bits at each of the four places of a group, plus 2^24; 0 for what is not in the
 * alphabet. So the sum of four good ones has 4 in its highest octet. */
/* clang-format off */
#define ALPHABET(X)                                                                             \
    X('A', 0) X('B', 1) X('C', 2) X('D', 3) X('E', 4) X('F', 5) X('G', 6) X('H', 7) X('I', 8)   \
    X('J', 9) X('K', 10) X('L', 11) X('M', 12) X('N', 13) X('O', 14) X('P', 15) X('Q', 16)      \
    X('R', 17) X('S', 18) X('T', 19) X('U', 20) X('V', 21) X('W', 22) X('X', 23) X('Y', 24)     \
    X('Z', 25) X('a', 26) X('b', 27) X('c', 28) X('d', 29) X('e', 30) X('f', 31) X('g', 32)     \
    X('h', 33) X('i', 34) X('j', 35) X('k', 36) X('l', 37) X('m', 38) X('n', 39) X('o', 40)     \
    X('p', 41) X('q', 42) X('r', 43) X('s', 44) X('t', 45) X('u', 46) X('v', 47) X('w', 48)     \
    X('x', 49) X('y', 50) X('z', 51) X('0', 52) X('1', 53) X('2', 54) X('3', 55) X('4', 56)     \
    X('5', 57) X('6', 58) X('7', 59) X('8', 60) X('9', 61) X('+', 62) X('/', 63)
/* clang-format on */
enum { GOOD = 1 << 24 };
#define FIRST(c, value) [c] = GOOD | (value) << 18,
#define SECOND(c, value) [c] = GOOD | (value) << 12,
#define THIRD(c, value) [c] = GOOD | (value) << 6,
#define FOURTH(c, value) [c] = GOOD | (value),
static const uint32_t base64_values[4][256] = {
    {ALPHABET(FIRST)}, {ALPHABET(SECOND)}, {ALPHABET(THIRD)}, {ALPHABET(FOURTH)}};
#undef FIRST
#undef SECOND
#undef THIRD
#undef FOURTH
#undef ALPHABET

/* Padding takes away from the group that it completes; in groups before it there is none. */
size_t codec_base64_bound(const struct codec_base64 *state, const char *text, size_t n)
{
    size_t groups = (state->held + n) / 4, padding = state->held > 0 ? state->padding : 0;
    if (groups == 0)
        return 0;
    for (size_t i = n; i > 0 && n - i < 2 && text[i - 1] == '='; i--)
        padding++;
    return (state->held + n) % 4 == 0 && padding <= 2 ? 3 * groups - padding : 3 * groups;
}

/* Decodes a group of four, padding included; the bits that padding leaves unused must be zero. */
static uint8_t *base64_group(struct codec_base64 *state, uint8_t *octets)
{
    unsigned n = 3 - state->padding;
    if (state->padding > 2 || (state->bits & ((1u << 8 * state->padding) - 1)) != 0)
        return NULL;
    for (unsigned i = 0; i < n; i++)
        *octets++ = (uint8_t)(state->bits >> (16 - 8 * i));
    state->bits = 0;
    state->held = 0;
    return octets;
}

/* Reads one more character. */
static uint8_t *base64_character(struct codec_base64 *state, char c, uint8_t *octets)
{
    uint32_t value = base64_values[3][(unsigned char)c];
    if (c == '=' && state->held > 0)
        state->padding++;
    else if (value == 0 || state->padding > 0)
        return NULL;
    state->bits |= (value & 63) << (18 - 6 * state->held);
    return ++state->held == 4 ? base64_group(state, octets) : octets;
}

/* The sum of four characters. */
static inline uint32_t base64_sum(const char *text)
{
    return base64_values[0][(unsigned char)text[0]] + base64_values[1][(unsigned char)text[1]] +
           base64_values[2][(unsigned char)text[2]] + base64_values[3][(unsigned char)text[3]];
}

/* Decodes two groups at a time, up to the last two to four, or what is no such group. It writes two
 * octets more than it decodes, for which those that are left have room. Returns how many characters
 * were decoded. */
static size_t base64_pairs_of_groups(const char *text, size_t n, uint8_t *octets)
{
    size_t at = 0;
    for (; n - at >= 16; at += 8, octets += 6) {
        uint32_t first = base64_sum(text + at), second = base64_sum(text + at + 4);
        if ((first & second) >> 24 != 4)
            break;
        uint64_t bits = htobe64((uint64_t)first << 40 | (uint64_t)(second & (GOOD - 1)) << 16);
        memcpy(octets, &bits, sizeof bits);
    }
    return at;
}

uint8_t *codec_read_base64(struct codec_base64 *state, const char *text, size_t n, uint8_t *octets)
{
    const char *end = text + n;
    while (text < end && octets != NULL) {
        if (state->held == 0 && state->padding == 0) {
            size_t done = base64_pairs_of_groups(text, (size_t)(end - text), octets);
            text += done;
            octets += done / 4 * 3;
        }
        for (; state->held == 0 && end - text >= 4; text += 4, octets += 3) {
            uint32_t sum = base64_sum(text);
            if (sum >> 24 != 4 || state->padding > 0)
                break;
            octets[0] = (uint8_t)(sum >> 16);
            octets[1] = (uint8_t)(sum >> 8);
            octets[2] = (uint8_t)sum;
        }
        if (text < end)
            octets = base64_character(state, *text++, octets);
    }
    return octets;
}

bool codec_base64_whole(const struct codec_base64 *state)
{
    return state->held == 0;
}

void codec_mask(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++)
        if (*p < 0x20 || *p >= 0x7f)
            *p = '?';
}

/* The length of the UTF-8 sequence at the position; 0: there is none. */
static size_t utf8_length(const uint8_t *at, const uint8_t *end)
{
    static const struct {
        uint8_t from, to, low, high; /* of the first octet, of the second */
        uint8_t length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (*at < forms[i].from || *at > forms[i].to)
            continue;
        size_t n = forms[i].length;
        if ((size_t)(end - at) < n || (n > 1 && (at[1] < forms[i].low || at[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < n; k++)
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        return n;
    }
    return 0;
}

bool codec_is_utf8(const void *octets, size_t n)
{
    const uint8_t *at = octets, *end = at + n;
    while (at < end) {
        size_t length = utf8_length(at, end);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
