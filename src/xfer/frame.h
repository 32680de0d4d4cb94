/* The framing of DNS over a byte stream: two octets of length before each message (RFC 1035
 * section 4.2.2, RFC 7766 section 8).
 *
 * Purpose: octets in, whole messages out, however the octets were chunked.
 * Owns: one buffer of fixed size.
 * Lends: a message, until the next frame_room.
 * Never: reads a socket, blocks, prints. */
#ifndef XFER_FRAME_H
#define XFER_FRAME_H

#include "base/err.h"

#include <stdint.h>

struct frame {
    uint8_t *octets;
    size_t start, end; /* what was put in and not taken out */
};

enum frame_event { FRAME_MESSAGE, FRAME_MORE, FRAME_FAIL };

/* Allocates the buffer. Error: ERR_MEMORY. */
bool frame_init(struct frame *frame, struct err *err);
void frame_fini(struct frame *frame);

/* Where to put what is read next, and how much fits: always at least one octet after frame_next
 * said FRAME_MORE. */
uint8_t *frame_room(struct frame *frame, size_t *room);

/* Says how many octets were put there. */
void frame_filled(struct frame *frame, size_t n);

/* Gives the next whole message, or says that octets are missing. Errors: ERR_LEN_ZERO,
 * ERR_LEN_SHORT. */
enum frame_event frame_next(struct frame *frame, const uint8_t **message, size_t *length,
                            struct err *err);

/* How many octets wait, with their length prefix, for the rest of their message: 0 between
 * messages. Sets *rest to them unless it is NULL. */
size_t frame_rest(const struct frame *frame, const uint8_t **rest);

#endif
