/* A recording of the conversation with the servers (--record).
 *
 * A recording is one line of text, "zxfr-recording 1 ZONE CLASS MICROSECONDS", the last being the
 * time of day at its start, and then entries: one octet for the kind, eight for the microseconds
 * since the start, two for a length, and as many octets. Numbers are big-endian, so that from the
 * length on an entry of a message looks as it did on the stream.
 *
 * Purpose: writes the entries as they happen, so that a failed transfer can be looked at.
 * Owns: the file and a buffer.
 * Never: records a secret; takes back what was written. */
#ifndef IO_RECORD_H
#define IO_RECORD_H

#include "base/err.h"
#include "io/loop.h"

#include <stdint.h>

enum record_kind {
    RECORD_CONNECTION = 'C', /* a connection: the address, as text */
    RECORD_QUERY = '>',      /* a message that was sent */
    RECORD_ANSWER = '<',     /* a message that came */
    RECORD_END = '.',        /* the server ended its side; nothing */
    RECORD_REST =
        '!', /* octets at the end, with their length prefix, that are not a whole message */
};

struct record;

/* All of it is borrowed, the path and the loop until record_close. */
struct record_config {
    const char *path, *zone, *class;
    const struct loop *loop;
    uint64_t deadline; /* of loop_now: whoever reads a FIFO too slowly is not waited for longer */
};

/* Makes the file, or empties it; only its owner may read it. Errors: ERR_OUTPUT, ERR_INTERRUPTED,
 * ERR_MEMORY. */
struct record *record_open(const struct record_config *config, struct err *err);

/* Adds an entry; a longer one than 65535 octets is cut. `record` may be NULL: nothing is recorded.
 * Errors: ERR_OUTPUT, ERR_INTERRUPTED. */
bool record_add(struct record *record, enum record_kind kind, const void *octets, size_t length,
                struct err *err);

/* Writes out what was added. Called before each wait. Errors: ERR_OUTPUT, ERR_INTERRUPTED. */
bool record_flush(struct record *record, struct err *err);

/* Flushes and closes. Fails also where writing failed before. Errors: ERR_OUTPUT, ERR_INTERRUPTED.
 */
bool record_close(struct record *record, struct err *err);

#endif
