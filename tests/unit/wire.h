/* A builder of messages for tests. It is written apart from src/, so that a mistake there is not
 * made again here, and it checks nothing: most of what it builds is wrong on purpose. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_MAX = 300000 };

struct wire {
    size_t n;
    uint8_t octets[WIRE_MAX];
};

static inline void wire_u8(struct wire *w, unsigned value)
{
    if (w->n == WIRE_MAX)
        abort();
    w->octets[w->n++] = (uint8_t)value;
}

static inline void wire_u16(struct wire *w, unsigned value)
{
    wire_u8(w, value >> 8);
    wire_u8(w, value & 255);
}

static inline void wire_u32(struct wire *w, uint32_t value)
{
    wire_u16(w, value >> 16);
    wire_u16(w, value & 65535);
}

static inline void wire_set_u16(struct wire *w, size_t at, unsigned value)
{
    w->octets[at] = (uint8_t)(value >> 8);
    w->octets[at + 1] = (uint8_t)value;
}

static inline void wire_mem(struct wire *w, const void *octets, size_t n)
{
    if (WIRE_MAX - w->n < n)
        abort();
    if (n > 0)
        memcpy(w->octets + w->n, octets, n);
    w->n += n;
}

static inline void wire_fill(struct wire *w, unsigned value, size_t n)
{
    while (n-- > 0)
        wire_u8(w, value);
}

/* Two digits an octet; blanks are passed over. */
static inline void wire_hex(struct wire *w, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = 0, count = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        const char *digit = strchr(digits, *hex | 0x20);
        if (digit == NULL)
            abort();
        value = value * 16 + (unsigned)(digit - digits);
        if (++count % 2 == 0) {
            wire_u8(w, value);
            value = 0;
        }
    }
}

/* "www.example." with plain labels. At the end "." is the root label, "@N" a pointer to octet N,
 * and nothing leaves the name open. */
static inline void wire_name(struct wire *w, const char *text)
{
    while (*text != '\0' && *text != '@') {
        size_t n = strcspn(text, ".@");
        if (n > 0) {
            wire_u8(w, (unsigned)n);
            wire_mem(w, text, n);
        }
        text += n;
        if (*text == '.') {
            text++;
            if (*text == '\0') {
                wire_u8(w, 0);
                return;
            }
        }
    }
    if (*text == '@')
        wire_u16(w, 0xc000u | (unsigned)strtoul(text + 1, NULL, 10));
}

static inline void wire_header(struct wire *w, unsigned id, unsigned bits, unsigned questions,
                               unsigned answers, unsigned authorities, unsigned additionals)
{
    wire_u16(w, id);
    wire_u16(w, bits);
    wire_u16(w, questions);
    wire_u16(w, answers);
    wire_u16(w, authorities);
    wire_u16(w, additionals);
}

static inline void wire_question(struct wire *w, const char *name, unsigned type, unsigned class)
{
    wire_name(w, name);
    wire_u16(w, type);
    wire_u16(w, class);
}

/* The record up to its RDATA; wire_rdata_end sets RDLENGTH. Returns where RDLENGTH stands. */
static inline size_t wire_rr(struct wire *w, const char *owner, unsigned type, unsigned class,
                             uint32_t ttl)
{
    wire_name(w, owner);
    wire_u16(w, type);
    wire_u16(w, class);
    wire_u32(w, ttl);
    wire_u16(w, 0);
    return w->n - 2;
}

static inline void wire_rdata_end(struct wire *w, size_t rdlength_at)
{
    wire_set_u16(w, rdlength_at, (unsigned)(w->n - rdlength_at - 2));
}

static inline void wire_rr_mem(struct wire *w, const char *owner, unsigned type, unsigned class,
                               uint32_t ttl, const void *rdata, size_t n)
{
    size_t at = wire_rr(w, owner, type, class, ttl);
    wire_mem(w, rdata, n);
    wire_rdata_end(w, at);
}

static inline void wire_rr_hex(struct wire *w, const char *owner, unsigned type, unsigned class,
                               uint32_t ttl, const char *hex)
{
    size_t at = wire_rr(w, owner, type, class, ttl);
    wire_hex(w, hex);
    wire_rdata_end(w, at);
}

/* RDATA of one name. */
static inline void wire_rr_name(struct wire *w, const char *owner, unsigned type, unsigned class,
                                uint32_t ttl, const char *name)
{
    size_t at = wire_rr(w, owner, type, class, ttl);
    wire_name(w, name);
    wire_rdata_end(w, at);
}

static inline void wire_soa(struct wire *w, const char *owner, unsigned class, const char *mname,
                            const char *rname, uint32_t serial)
{
    size_t at = wire_rr(w, owner, 6, class, 3600);
    wire_name(w, mname);
    wire_name(w, rname);
    wire_u32(w, serial);
    wire_u32(w, 7200);
    wire_u32(w, 900);
    wire_u32(w, 1209600);
    wire_u32(w, 300);
    wire_rdata_end(w, at);
}

/* A copy of exactly n octets, so that a memory checker sees a read behind them. */
static inline uint8_t *wire_exact(const void *octets, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    if (copy == NULL)
        abort();
    if (n > 0)
        memcpy(copy, octets, n);
    return copy;
}

#endif
