#include "shape.h"

#include "tool.h"

#include <string.h>

/* Labels of 60 octets, without the root behind them. */
static void put_labels(struct bytes *message, int count)
{
    while (count--) {
        uint8_t label[61];

        memset(label, 'l', sizeof label);
        label[0] = 60;
        bytes_add(message, label, sizeof label);
    }
}

static void put_pointer(struct bytes *message, size_t target)
{
    bytes_u16(message, 0xc000u | (unsigned)(target & 0x3fff));
}

/* A pointer to one that leads back here: in the support, or by way of a label. */
static void put_loop(struct bytes *message, size_t support)
{
    size_t here = message->len;

    if (support) {
        bytes_put16(message->data + support, 0xc000u | (unsigned)here);
        put_pointer(message, support);
    } else {
        bytes_add(message, "\1a", 2);
        put_pointer(message, here);
    }
}

void shape_put(struct bytes *message, enum shape shape, size_t support)
{
    switch (shape) {
    case SHAPE_FORWARD:
        put_pointer(message, message->len + 2);
        break;
    case SHAPE_SELF:
        put_pointer(message, message->len);
        break;
    case SHAPE_LOOP:
        put_loop(message, support);
        break;
    case SHAPE_HEADER:
        put_pointer(message, 4);
        break;
    case SHAPE_TYPE01:
    case SHAPE_TYPE10:
        bytes_u8(message, shape == SHAPE_TYPE01 ? 0x41 : 0x81);
        bytes_add(message, "abcdefgh", 9);
        break;
    case SHAPE_LONG:
        put_labels(message, 5);
        bytes_u8(message, 0);
        break;
    case SHAPE_EXPANDS:
        if (!support) {
            tool_die("a question has nothing before it to lean on");
        }
        put_labels(message, 2);
        put_pointer(message, support);
        break;
    case SHAPE_CUT:
        bytes_add(message, "\12cut", 4);
        break;
    }
}

bool shape_needs_support(enum shape shape)
{
    return shape == SHAPE_LOOP || shape == SHAPE_EXPANDS;
}

void shape_put_support(struct bytes *message, enum shape shape)
{
    if (shape == SHAPE_LOOP) {
        put_pointer(message, 0); /* shape_put sets it */
    } else {
        put_labels(message, 3);
        bytes_u8(message, 0);
    }
}
