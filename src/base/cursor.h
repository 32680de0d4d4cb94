/* Big-endian numbers from octets and into octets; a read-only cursor with a sticky error.
 *
 * Purpose: a read past the end gives zero and moves nothing, and so does every later one; a parser
 * may read a whole structure and check once.
 * Owns: nothing.
 * Borrows: the octets, for as long as it is used.
 * Never: allocates, prints, blocks. Inline, because it is the innermost loop. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *base;
    size_t at, end; /* offsets from base; at <= end */
    bool failed;
};

static inline struct cursor cursor_at(const uint8_t *base, size_t at, size_t end)
{
    return (struct cursor){.base = base, .at = at, .end = end, .failed = at > end};
}

/* Moves over n octets and returns where they begin, or NULL when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
    if (c->failed || c->end - c->at < n) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *taken = c->base + c->at;
    c->at += n;
    return taken;
}

static inline uint16_t octets_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t octets_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t octets_u64(const uint8_t *p)
{
    return (uint64_t)octets_u32(p) << 32 | octets_u32(p + 4);
}

/* Writes a number, and returns the position after it. */
static inline uint8_t *octets_put_u16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

static inline uint8_t *octets_put_u32(uint8_t *p, uint32_t value)
{
    return octets_put_u16(octets_put_u16(p, value >> 16), value & 0xffff);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 1);
    return p != NULL ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 2);
    return p != NULL ? octets_u16(p) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 4);
    return p != NULL ? octets_u32(p) : 0;
}

#endif
