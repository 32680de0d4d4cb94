#include "xfer/frame.h"

#include "base/cursor.h"
#include "dns/msg.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFIX = 2,
    /* Room for the longest message twice, so that one read brings several of the usual ones and
       little is moved. */
    CAPACITY = 136 * 1024,
};

bool frame_init(struct frame *frame, struct err *err)
{
    *frame = (struct frame){.octets = malloc(CAPACITY)};
    return frame->octets != NULL || err_set(err, ERR_MEMORY, "out of memory");
}

void frame_fini(struct frame *frame)
{
    free(frame->octets);
    frame->octets = NULL;
}

uint8_t *frame_room(struct frame *frame, size_t *room)
{
    size_t kept = frame->end - frame->start;
    if (kept == 0) {
        frame->start = frame->end = 0;
    } else if (CAPACITY - frame->start < PREFIX + MSG_MAX) {
        memmove(frame->octets, frame->octets + frame->start, kept);
        frame->start = 0;
        frame->end = kept;
    }
    *room = CAPACITY - frame->end;
    return frame->octets + frame->end;
}

void frame_filled(struct frame *frame, size_t n)
{
    frame->end += n;
}

enum frame_event frame_next(struct frame *frame, const uint8_t **message, size_t *length,
                            struct err *err)
{
    size_t kept = frame->end - frame->start;
    if (kept < PREFIX)
        return FRAME_MORE;
    size_t announced = octets_u16(frame->octets + frame->start);
    if (announced < MSG_HEADER) {
        if (announced == 0)
            err_set(err, ERR_LEN_ZERO, "a message of length 0");
        else
            err_set(err, ERR_LEN_SHORT, "a message of length %zu, less than a header", announced);
        return FRAME_FAIL;
    }
    if (kept < PREFIX + announced)
        return FRAME_MORE;
    *message = frame->octets + frame->start + PREFIX;
    *length = announced;
    frame->start += PREFIX + announced;
    return FRAME_MESSAGE;
}

size_t frame_rest(const struct frame *frame, const uint8_t **rest)
{
    if (rest != NULL)
        *rest = frame->octets + frame->start;
    return frame->end - frame->start;
}
