#include "bytes.h"

#include "tool.h"

#include <string.h>

void bytes_add(struct bytes *b, const void *data, size_t len)
{
    if (b->capacity - b->len < len) {
        b->capacity = 2 * (b->len + len);
        b->data = tool_grow(b->data, b->capacity);
    }
    if (len) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
    }
}

unsigned bytes_get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

void bytes_put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

void bytes_put32(uint8_t *p, uint32_t value)
{
    bytes_put16(p, value >> 16);
    bytes_put16(p + 2, value & 0xffff);
}

void bytes_u8(struct bytes *b, unsigned value)
{
    uint8_t octet = (uint8_t)value;

    bytes_add(b, &octet, 1);
}

void bytes_u16(struct bytes *b, unsigned value)
{
    uint8_t octets[2];

    bytes_put16(octets, value);
    bytes_add(b, octets, sizeof octets);
}

void bytes_u32(struct bytes *b, uint32_t value)
{
    uint8_t octets[4];

    bytes_put32(octets, value);
    bytes_add(b, octets, sizeof octets);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool bytes_hex(struct bytes *b, const char *text, size_t len)
{
    if (len % 2) {
        return false;
    }
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        bytes_u8(b, (unsigned)(high << 4 | low));
    }
    return true;
}
