/*
 * wire: the fixed numbers of DNS messages, and where things end in a message that exists.
 *
 * Owns nothing, borrows the message for the time of the call, never reads behind its end.
 */
#ifndef PRIMARY_WIRE_H
#define PRIMARY_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_HEADER = 12,
    WIRE_MESSAGE_MAX = 65535,
};

/* Where the name that begins here ends; behind the message, if it does not end in it. */
size_t wire_name_end(const uint8_t *data, size_t len, size_t at);

/* The octets of the record that begins here; 0 where it is malformed. */
size_t wire_record_span(const uint8_t *data, size_t len, size_t at);

#endif
