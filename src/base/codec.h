/* Octets and numbers as text.
 *
 * Every writer takes the place to write to and returns the place after what it wrote; the caller
 * has made sure of the room. Nothing is terminated by NUL. Owns and borrows nothing; never
 * allocates, prints or fails. */
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

/* Reads base64 with its padding (RFC 4648 section 4); blanks and line ends between the characters are
 * passed over. Strict: unused bits must be zero, and nothing may follow the padding. Sets *length to
 * the octets written to out, at most `room`. Returns false if the text is no base64 or too long. */
bool codec_base64_read(uint8_t *out, size_t room, size_t *length, const char *text, size_t n);

/* Base32 with the extended hex alphabet, upper case, without padding (RFC 5155 section 3.3). */
char *codec_base32hex(char *at, const uint8_t *octets, size_t n);

/* Text of printable ASCII for a JSON string (RFC 8259 section 7): a backslash before each quote and
 * backslash; nothing else needs one. codec_json copies n characters, at most 2 n come out;
 * codec_json_here does it in place, with room for as many more behind `end`. */
char *codec_json(char *at, const char *text, size_t n);
char *codec_json_here(char *text, char *end);

/* Seconds since 1970 as YYYYMMDDHHMMSS in UTC, 14 characters (RFC 4034 section 3.2). */
char *codec_time(char *at, uint32_t seconds);

#endif
