#include "base/sum.h"

#include "base/codec.h"

#include <endian.h>
#include <string.h>

enum { BLOCK = 16 };

/* Their highest bits are set, so that none equals eight octets of ASCII text: otherwise the factor
 * K ^ x could be zero, which would erase all that was mixed in before. */
static const uint64_t k0 = 0x9e3779b97f4a7c15, k1 = 0xbf58476d1ce4e5b9, k2 = 0x94d049bb133111eb,
                      k3 = 0xd6e8feb86659fd93;

static inline uint64_t fold(uint64_t p, uint64_t q)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = (unsigned __int128)p * q;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
#else
    uint64_t p0 = (uint32_t)p, p1 = p >> 32, q0 = (uint32_t)q, q1 = q >> 32;
    uint64_t low = p0 * q0, cross = p1 * q0 + (low >> 32);
    uint64_t middle = p0 * q1 + (uint32_t)cross;
    return (p1 * q1 + (cross >> 32) + (middle >> 32)) ^ (middle << 32 | (uint32_t)low);
#endif
}

static inline uint64_t load(const uint8_t *octets)
{
    uint64_t value;
    memcpy(&value, octets, sizeof value);
    return le64toh(value);
}

struct lanes {
    uint64_t a, b;
};

static inline void mix_block(struct lanes *lanes, const uint8_t *octets)
{
    uint64_t x = load(octets), y = load(octets + 8);
    lanes->a = fold(lanes->a ^ x, k2 ^ y);
    lanes->b = fold(lanes->b ^ y, k3 ^ x);
}

static inline struct sum hash(const uint8_t *line, size_t n)
{
    struct lanes lanes = {k0 ^ n, k1};
    if (n < BLOCK) {
        uint8_t padded[BLOCK] = {0};
        if (n > 0)
            memcpy(padded, line, n);
        mix_block(&lanes, padded);
    } else {
        size_t at = 0;
        for (; n - at >= BLOCK; at += BLOCK)
            mix_block(&lanes, line + at);
        if (at < n)
            mix_block(&lanes, line + n - BLOCK);
    }
    return (struct sum){.low = fold(lanes.a, k0), .high = fold(lanes.b, k1)};
}

void sum_line(struct sum *sum, const void *line, size_t length)
{
    struct sum h = hash(line, length);
    sum->low += h.low;
    sum->high += h.high + (sum->low < h.low);
}

void sum_take_line(struct sum *sum, const void *line, size_t length)
{
    struct sum h = hash(line, length);
    sum->high -= h.high + (sum->low < h.low);
    sum->low -= h.low;
}

void sum_add(struct sum *sum, const struct sum *other)
{
    sum->low += other->low;
    sum->high += other->high + (sum->low < other->low);
}

char *sum_text(char *at, const struct sum *sum)
{
    uint8_t octets[16];
    uint64_t high = htobe64(sum->high), low = htobe64(sum->low);
    memcpy(octets, &high, 8);
    memcpy(octets + 8, &low, 8);
    return codec_hex(at, octets, sizeof octets);
}
