/* The line with which zxfr ends what it writes: that the zone is complete, or why it is not.
 *
 * Purpose: the one place that writes this line and reads it. Of a complete zone it is
 *
 *     ; zxfr end: NAME CLASS serial N records N [filtered] [WORD VALUE]... [sum HEX]
 *
 * where the pairs stand before a sum. One is known:
 *
 *     expires YYYYMMDDHHMMSS
 *
 * says until when there is a good signature over all that is signed (dns/expiry.h); older versions
 * did not write it. Others are what later versions add, and are passed over. Of anything else than
 * a complete zone the line is "; zxfr INCOMPLETE: REASON".
 * Owns: nothing but what is in the object.
 * Borrows: the line, for the call.
 * Never: allocates, prints; judges whether the line is true. */
#ifndef DNS_ENDLINE_H
#define DNS_ENDLINE_H

#include "base/buf.h"
#include "base/sum.h"
#include "dns/name.h"

enum endline_kind {
    ENDLINE_NONE,
    ENDLINE_COMPLETE,
    ENDLINE_INCOMPLETE,
    ENDLINE_DAMAGED, /* it begins like one, but cannot be read */
};

struct endline {
    enum endline_kind kind;
    char reason[256]; /* INCOMPLETE only: what the line says */

    /* COMPLETE; DAMAGED: what stands before the damage, the rest is 0. */
    uint8_t name[NAME_MAX_WIRE];
    uint8_t name_length;
    uint16_t class;
    uint32_t serial;
    uint64_t records;
    bool filtered;
    bool has_expires;
    uint32_t expires;       /* as in RRSIG records: seconds since 1970, modulo 2^32 */
    char sum[SUM_TEXT + 1]; /* hexadecimal digits, or empty */
};

/* Whether a line, given without its line feed, begins like one; *end is not touched if not. Reads
 * it. */
bool endline_read(struct endline *end, const char *line, size_t length);

/* The reason that a line gives, if it is an INCOMPLETE one; NULL if not. */
const char *endline_reason(const char *line, size_t length, size_t *reason_length);

/* Whether a text begins like one. */
bool endline_begins(const char *text, size_t length);

/* That of a complete zone, neither filtered nor signed; the apex is in wire form, and the sum may
 * be NULL. */
struct endline endline_of(const uint8_t *apex, uint16_t class, uint32_t serial, uint64_t records,
                          const struct sum *sum);

/* Writes that of a complete zone, with its line feed. What expires is only told before a sum.
 * Returns its length. */
enum { ENDLINE_ROOM = NAME_TEXT_ROOM + 160 };
size_t endline_write(char to[ENDLINE_ROOM], const struct endline *end);

/* Whether a line, given without its line feed, is what endline_write makes of this one, to the
 * letter, but for pairs that are passed over. What expires may be missing from either; it only must
 * not differ. */
bool endline_matches(const char *line, size_t length, const struct endline *expected);

/* Writes the other one. What is not printable ASCII is replaced, and a reason that holds what looks
 * like either line ends before it: whoever looks for these words must not find them in a reason,
 * which may name a file. Error: ERR_MEMORY and those of the buffer. */
bool endline_write_incomplete(struct buf *out, const char *why, struct err *err);

#endif
