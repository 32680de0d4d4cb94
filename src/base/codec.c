#include "base/codec.h"

#include <stdbool.h>
#include <string.h>

/* Two decimal digits for each value below 100. */
static const char digit_pairs[201] = "0001020304050607080910111213141516171819"
                                     "2021222324252627282930313233343536373839"
                                     "4041424344454647484950515253545556575859"
                                     "6061626364656667686970717273747576777879"
                                     "8081828384858687888990919293949596979899";

static char *two(char *at, uint32_t value)
{
    memcpy(at, digit_pairs + (size_t)2 * value, 2);
    return at + 2;
}

char *codec_u32(char *at, uint32_t value)
{
    char digits[10], *first = digits + sizeof digits;
    while (value >= 100) {
        first -= 2;
        two(first, value % 100);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        two(first, value);
    } else {
        *--first = (char)('0' + value);
    }
    size_t n = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, n);
    return at + n;
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

char *codec_hex(char *at, const uint8_t *octets, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *at++ = digits[octets[i] >> 4];
        *at++ = digits[octets[i] & 15];
    }
    return at;
}

/* Twelve bits make two characters at once: signatures are most of a signed zone. The table is
 * spelled by the preprocessor; the two lists of the alphabet are the same, because a macro does
 * not expand inside itself. */
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
static const char base64_pairs[4096][2] = {ALPHABET(AFTER)};
#undef AFTER
#undef ALPHABET

char *codec_base64(char *at, const uint8_t *octets, size_t n)
{
    size_t i = 0;
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

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool codec_base64_read(uint8_t *out, size_t room, size_t *length, const char *text, size_t n)
{
    uint32_t bits = 0;
    unsigned digits = 0, padding = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        int value = base64_value(c);
        if (c == '=' && digits % 4 >= 2) {
            padding++;
            value = 0;
        } else if (value < 0 || padding > 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        if (++digits % 4 != 0)
            continue;
        if (count + 3 - padding > room || (bits & ((1u << 8 * padding) - 1)) != 0)
            return false;
        for (unsigned k = 0; k < 3 - padding; k++)
            out[count++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    *length = count;
    return digits % 4 == 0;
}

char *codec_base32hex(char *at, const uint8_t *octets, size_t n)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | octets[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            *at++ = digits[bits >> held & 31];
        }
    }
    if (held > 0)
        *at++ = digits[bits << (5 - held) & 31];
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

/* How many characters need an escape. In blocks that an octet can count, so that the compiler makes
 * one operation of many comparisons: mostly there is nothing to find. */
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
    for (; to != end; ) { /* from behind; where both meet, the rest needs none */
        *--to = *--end;
        if (needs_escape(*to))
            *--to = '\\';
    }
    return last;
}

char *codec_time(char *at, uint32_t seconds)
{
    uint32_t days = seconds / 86400, rest = seconds % 86400;
    /* Count from 1 March of year 0: then the leap day is the last of a year, and the lengths of
     * the months from March on follow one linear rule. */
    uint32_t shifted = days + 719468;
    uint32_t era = shifted / 146097, in_era = shifted % 146097;
    uint32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * in_year + 2) / 153;
    uint32_t day = in_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    at = two(at, year / 100);
    at = two(at, year % 100);
    at = two(at, month);
    at = two(at, day);
    at = two(at, rest / 3600);
    at = two(at, rest / 60 % 60);
    return two(at, rest % 60);
}
