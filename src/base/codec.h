/* Octets and numbers as text.
 *
 * Purpose: writes and reads them. A writer takes the position to write to and returns the position
 * after what it wrote; the caller has made sure of the room, and nothing is terminated by NUL. A
 * reader takes exactly the text that it is given, and says so where that is malformed.
 * Owns, borrows: nothing.
 * Never: allocates, prints. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, without leading zeros: at most 10 and 20 characters. */
char *codec_u32(char *at, uint32_t value);
char *codec_u64(char *at, uint64_t value);

/* Lower-case hexadecimal, 2 n characters. */
char *codec_hex(char *at, const uint8_t *octets, size_t n);

/* Base64 with padding, 4 * ceil(n / 3) characters (RFC 4648 section 4). */
char *codec_base64(char *at, const uint8_t *octets, size_t n);

/* Base32 with the extended hex alphabet, upper case, without padding (RFC 5155 section 3.3). */
char *codec_base32hex(char *at, const uint8_t *octets, size_t n);

/* Text of printable ASCII for a JSON string (RFC 8259 section 7): a backslash before each quote and
 * backslash; nothing else needs one. codec_json copies n characters, at most 2 n come out;
 * codec_json_here does it in place, with room for as many more after `end`. */
char *codec_json(char *at, const char *text, size_t n);
char *codec_json_here(char *text, char *end);

/* Seconds since 1970 as YYYYMMDDHHMMSS in UTC, 14 characters (RFC 4034 section 3.2). */
char *codec_time(char *at, uint32_t seconds);

/* Seconds since 1970 as RFC 3339 writes them in UTC, YYYY-MM-DDTHH:MM:SSZ, and a zero octet. NULL
 * past the year 9999. The C library's own functions end in 2038 where time_t has 32 bits. */
enum { CODEC_MOMENT_ROOM = 21 };
const char *codec_moment(char text[CODEC_MOMENT_ROOM], uint64_t seconds);

/* Reads n decimal digits, n at least 1, leading zeros too. False if there is another character or
 * the number is above `most`. */
bool codec_read_number(const char *text, size_t n, uint64_t most, uint64_t *value);

/* Reads a time: a number of seconds, or numbers with the units w, d, h, m, s in either case, one
 * after the other (1h30m). False for other text and above 2^32 - 1. */
bool codec_read_ttl(const char *text, size_t n, uint32_t *seconds);

/* Reads YYYYMMDDHHMMSS in UTC. The year is one from 0001 to 9999: of a time that 32 bits do
 * not hold it is the value modulo 2^32 (RFC 4034 sections 3.2 and 3.1.5). False for what is not a
 * date. */
bool codec_read_time(const char *text, size_t n, uint32_t *seconds);

/* Reads 2 k hexadecimal digits into k octets. False if there is another character. */
bool codec_read_hex(const char *text, size_t k, uint8_t *octets);

/* Reads base32hex of n characters in either case, without padding, into n * 5 / 8 octets. False for
 * other text, a length that no encoder makes, or non-zero bits after the last octet. */
bool codec_read_base32hex(const char *text, size_t n, uint8_t *octets);

/* The state of reading base64 that comes in pieces, which may end anywhere. All zero to begin
 * with. */
struct codec_base64 {
    uint32_t bits;    /* of the characters that do not make three octets yet */
    unsigned held;    /* how many characters those are */
    unsigned padding; /* how many of them are padding, after which nothing may follow */
};

/* How many octets a piece of n characters makes, if it is well-formed; no piece makes more. */
size_t codec_base64_bound(const struct codec_base64 *state, const char *text, size_t n);

/* Reads a piece of n characters into as many octets and returns the position after them; NULL where
 * it is malformed. */
uint8_t *codec_read_base64(struct codec_base64 *state, const char *text, size_t n, uint8_t *octets);

/* Whether what was read is complete: a multiple of four characters, padding included. */
bool codec_base64_whole(const struct codec_base64 *state);

/* Replaces what is not printable ASCII by question marks, so that the text speaks to no terminal.
 */
void codec_mask(char *text);

/* Whether the octets are UTF-8 (RFC 3629). */
bool codec_is_utf8(const void *octets, size_t n);

#endif
