/*
 * bytes: a row of octets that grows, and big-endian numbers in such rows.
 *
 * Owns: the block in struct bytes; {0} is an empty row, free(data) ends it.
 * Borrows: what is added, for the time of the call.
 * Never: fails; without memory the process ends.
 */
#ifndef PRIMARY_BYTES_H
#define PRIMARY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t len, capacity;
};

void bytes_add(struct bytes *b, const void *data, size_t len);

/* One number in 8, 16 or 32 bits; higher bits are cut off. */
void bytes_u8(struct bytes *b, unsigned value);
void bytes_u16(struct bytes *b, unsigned value);
void bytes_u32(struct bytes *b, uint32_t value);

/* Adds the octets that len hexadecimal digits stand for. False: they are not such digits, or an odd
 * number of them; the octets before the bad one are then added. */
bool bytes_hex(struct bytes *b, const char *text, size_t len);

/* Numbers at a place that the caller knows to be large enough. */
unsigned bytes_get16(const uint8_t *p);
void bytes_put16(uint8_t *p, unsigned value);
void bytes_put32(uint8_t *p, uint32_t value);

#endif
