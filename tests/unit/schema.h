/* Random RDATA of every type, made from the schema. It is written apart from src/dns/kinds_*.c;
 * what comes out mostly fits the type, and is often at the edge. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "dns/kinds.h"
#include "dns/types.h"

#include "wire.h"

static uint64_t schema_state;

static inline void schema_seed(uint64_t seed)
{
    schema_state = seed * 2 + 1;
}

/* A number below n. */
static inline unsigned schema_below(unsigned n)
{
    schema_state = schema_state * 6364136223846793005u + 1442695040888963407u;
    return n == 0 ? 0 : (unsigned)(schema_state >> 33) % n;
}

/* An octet, with those that texts trip over more often. */
static inline unsigned schema_octet(void)
{
    static const uint8_t odd[] = {0,    ' ',  '"',  '\\', ',',  ';',  '(', ')',
                                  '@',  '$',  '.',  '#',  '/',  '=',  '!', '\n',
                                  '\r', '\t', 0x1b, 0x7f, 0x80, 0xff, '0', '9'};
    return schema_below(3) == 0 ? odd[schema_below(sizeof odd)] : schema_below(256);
}

static inline void schema_octets(struct wire *w, unsigned n)
{
    while (n-- > 0)
        wire_u8(w, schema_octet());
}

static inline void schema_name(struct wire *w)
{
    unsigned left = schema_below(8) == 0 ? 254 : schema_below(30);
    while (left > 1) {
        unsigned n = 1 + schema_below(left - 1 < 63 ? left - 1 : 63);
        wire_u8(w, n);
        schema_octets(w, n);
        left -= n + 1;
    }
    wire_u8(w, 0);
}

static inline void schema_counted(struct wire *w, unsigned least)
{
    unsigned n = schema_below(10) == 0 ? 255 : least + schema_below(12);
    wire_u8(w, n);
    schema_octets(w, n);
}

static inline void schema_bitmap(struct wire *w, unsigned least)
{
    unsigned window = schema_below(4) == 0 ? schema_below(250) : 0;
    for (unsigned blocks = least + schema_below(3); blocks > 0 && window < 256; blocks--) {
        unsigned n = 1 + schema_below(32);
        wire_u8(w, window);
        wire_u8(w, n);
        schema_octets(w, n - 1);
        wire_u8(w, 1 + schema_below(255));
        window += 1 + schema_below(100);
    }
}

static inline void schema_param(struct wire *w, unsigned key, bool has_alpn)
{
    size_t at = w->n + 2;
    wire_u16(w, key);
    wire_u16(w, 0);
    switch (key) {
    case 1:
        for (unsigned i = 1 + schema_below(3); i > 0; i--)
            schema_counted(w, 1);
        break;
    case 2:
        (void)has_alpn;
        break;
    case 3:
        schema_octets(w, 2);
        break;
    case 4:
        schema_octets(w, 4 * (1 + schema_below(3)));
        break;
    case 6:
        schema_octets(w, 16 * (1 + schema_below(3)));
        break;
    default:
        schema_octets(w, key == 5 ? 1 + schema_below(20) : schema_below(20));
    }
    wire_set_u16(w, at, (unsigned)(w->n - at - 2));
}

static inline void schema_params(struct wire *w)
{
    bool has[8];
    for (unsigned key = 0; key < 8; key++)
        has[key] = schema_below(3) == 0;
    if (has[0] && has[3]) { /* mandatory: names port */
        wire_u16(w, 0);
        wire_u16(w, 2);
        wire_u16(w, 3);
    }
    for (unsigned key = 1; key < 8; key++)
        if (has[key] && (key != 2 || has[1]))
            schema_param(w, key, has[1]);
    if (schema_below(4) == 0)
        schema_param(w, 8 + schema_below(65526), false);
}

static inline void schema_address(struct wire *w, unsigned n)
{
    while (n-- > 0)
        wire_u8(w, schema_below(2) == 0 ? 0 : schema_octet());
}

static inline void schema_prefixes(struct wire *w)
{
    for (unsigned i = schema_below(4); i > 0; i--) {
        unsigned family = 1 + schema_below(2), n = schema_below(family == 1 ? 5 : 17);
        wire_u16(w, family);
        wire_u8(w, schema_below(family == 1 ? 33 : 129));
        wire_u8(w, n | (schema_below(2) == 0 ? 0x80 : 0));
        if (n > 0) {
            schema_address(w, n - 1);
            wire_u8(w, 1 + schema_below(255));
        }
    }
}

static inline void schema_loc(struct wire *w)
{
    wire_u8(w, 0);
    for (int i = 0; i < 3; i++) {
        unsigned digit = schema_below(10);
        wire_u8(w, digit == 0 ? 0 : digit << 4 | schema_below(10));
    }
    wire_u32(w, 0x80000000u - 324000000 + schema_below(648000001));
    wire_u32(w, 0x80000000u - 648000000 + schema_below(1296000001));
    schema_octets(w, 4);
}

static inline void schema_digits(struct wire *w, unsigned n)
{
    while (n-- > 0)
        wire_u8(w, '0' + schema_below(10));
}

static inline void schema_gateway(struct wire *w, unsigned type)
{
    if (type == 1)
        schema_address(w, 4);
    else if (type == 2)
        schema_address(w, 16);
    else if (type == 3)
        schema_name(w);
}

/* `start` is where the RDATA begins: some fields depend on what is before them. */
static inline void schema_field(struct wire *w, size_t start, const struct field *field)
{
    unsigned n;
    switch ((enum kind_id)field->kind) {
    case KIND_NAME:
        schema_name(w);
        break;
    case KIND_NAMES:
        for (n = schema_below(3); n > 0; n--)
            schema_name(w);
        break;
    case KIND_STR_OPT:
        if (schema_below(2) == 0)
            break;
        schema_counted(w, 0);
        break;
    case KIND_STR:
    case KIND_HEX_L8:
    case KIND_B32_L8:
        schema_counted(w, field->least);
        break;
    case KIND_STRS:
        for (n = 1 + schema_below(4); n > 0; n--)
            schema_counted(w, 0);
        break;
    case KIND_DIGITS:
        n = 4 + schema_below(10);
        wire_u8(w, n);
        schema_digits(w, n);
        break;
    case KIND_TAG:
        n = 1 + schema_below(20);
        wire_u8(w, n);
        for (; n > 0; n--)
            wire_u8(w, (unsigned)"azAZ09"[schema_below(6)]);
        break;
    case KIND_QUOTED:
    case KIND_HEX:
    case KIND_B64:
    case KIND_B64_DASH:
    case KIND_NSAP:
        schema_octets(w, field->least + schema_below(40));
        break;
    case KIND_B64_KEY:
        if ((w->octets[start] & 0xc0) != 0xc0)
            schema_octets(w, field->least + schema_below(40));
        break;
    case KIND_B64_IPSEC:
        if (w->octets[start + 2] != 0 || schema_below(2) == 0)
            schema_octets(w, field->least + schema_below(40));
        break;
    case KIND_BITMAP:
        schema_bitmap(w, field->least > 0);
        break;
    case KIND_NXTMAP:
        n = schema_below(16);
        if (schema_below(8) == 0)
            break;
        if (n > 0)
            wire_u8(w, schema_octet() & 0x7f);
        schema_octets(w, n > 0 ? n - 1 : 0);
        wire_u8(w, 1 + schema_below(127));
        break;
    case KIND_PORTS:
        if (schema_below(4) == 0)
            break;
        schema_octets(w, schema_below(20));
        wire_u8(w, 1 + schema_below(255));
        break;
    case KIND_ATMA:
        n = schema_below(2);
        wire_u8(w, n);
        if (n == 0)
            schema_octets(w, 1 + schema_below(20));
        else
            schema_digits(w, 1 + schema_below(20));
        break;
    case KIND_LOC:
        schema_loc(w);
        break;
    case KIND_APL:
        schema_prefixes(w);
        break;
    case KIND_A6:
        n = schema_below(129);
        wire_u8(w, n);
        if (n % 8 != 0)
            wire_u8(w, schema_octet() & (0xffu >> n % 8));
        schema_octets(w, 16 - n / 8 - (n % 8 != 0));
        break;
    case KIND_NAME_A6:
        if (w->octets[start] != 0)
            schema_name(w);
        break;
    case KIND_HIP: {
        unsigned tag = 1 + schema_below(20), key = 1 + schema_below(40);
        wire_u8(w, tag);
        wire_u8(w, schema_octet());
        wire_u16(w, key);
        schema_octets(w, tag + key);
        break;
    }
    case KIND_GATEWAY:
        w->octets[start + 1] = (uint8_t)schema_below(4);
        schema_gateway(w, w->octets[start + 1]);
        break;
    case KIND_RELAY:
        w->octets[start + 1] = (uint8_t)((w->octets[start + 1] & 0x80) | schema_below(4));
        schema_gateway(w, w->octets[start + 1] & 0x7fu);
        break;
    case KIND_SVCPARAMS:
        schema_params(w);
        break;
    case KIND_WINS:
        wire_u32(w, schema_below(2) == 0 ? 0 : 0x10000);
        schema_octets(w, 8);
        break;
    case KIND_IP4S:
        n = 1 + schema_below(4);
        wire_u32(w, n);
        schema_address(w, 4 * n);
        break;
    case KIND_IP4:
    case KIND_IP6:
        schema_address(w, kinds[field->kind].fixed);
        break;
    case KIND_U8:
    case KIND_U16:
    case KIND_U32:
    case KIND_U64:
    case KIND_ALG:
    case KIND_CERT:
    case KIND_TTL:
    case KIND_TIME:
    case KIND_TYPE:
    case KIND_OCTAL:
    case KIND_EUI48:
    case KIND_EUI64:
    case KIND_NODE:
    case KIND_RELAY_TYPE:
        schema_octets(w, kinds[field->kind].fixed);
        break;
    case KINDS:
    default:
        abort();
    }
}

/* RDATA of a type, in w. */
static inline void schema_rdata(struct wire *w, const struct type_info *info)
{
    w->n = 0;
    for (const struct field *field = info->fields; field->name != NULL; field++)
        schema_field(w, 0, field);
}

/* As many names as fill n octets. */
static inline void schema_names(struct wire *w, size_t n)
{
    for (; n >= 255; n -= 255) {
        for (unsigned length = 63; length >= 62; length--) {
            wire_u8(w, length);
            schema_octets(w, length);
            wire_u8(w, length);
            schema_octets(w, length);
        }
        wire_u8(w, 0);
    }
    wire_fill(w, 0, n);
}

/* The last field of RDATA, with exactly n octets; false where it cannot have so many. */
static inline bool schema_long_field(struct wire *w, const struct field *field, size_t n)
{
    switch ((int)field->kind) {
    case KIND_B64_KEY:
        w->octets[0] &= 0x3f;
        schema_octets(w, (unsigned)n);
        return true;
    case KIND_HEX:
    case KIND_B64:
    case KIND_B64_DASH:
    case KIND_NSAP:
    case KIND_QUOTED:
        schema_octets(w, (unsigned)n);
        return true;
    case KIND_STRS:
        for (size_t part; n > 0; n -= part) {
            part = n < 256 ? n : 256;
            wire_u8(w, (unsigned)part - 1);
            schema_octets(w, (unsigned)part - 1);
        }
        return true;
    case KIND_NAMES:
        schema_names(w, n);
        return true;
    case KIND_APL: /* without address octets, but for the last */
        for (; n >= 8; n -= 4)
            wire_u32(w, 0x00010000);
        wire_u32(w, 0x00020000u + (unsigned)n - 4);
        wire_fill(w, 0xff, n - 4);
        return true;
    case KIND_SVCPARAMS:
        wire_u16(w, schema_below(2) == 0 ? 5 : 65534);
        wire_u16(w, (unsigned)n - 4);
        schema_octets(w, (unsigned)n - 4);
        return true;
    default:
        return false;
    }
}

/* RDATA of exactly n octets, thousands of them; false where the type cannot have so many. */
static inline bool schema_rdata_long(struct wire *w, const struct type_info *info, size_t n)
{
    const struct field *field = info->fields;
    w->n = 0;
    for (; field[0].name != NULL && field[1].name != NULL; field++)
        schema_field(w, 0, field);
    if (field->kind == KIND_NAMES && schema_below(2) == 0) { /* HIP without servers: a long key */
        size_t key = n - w->n + (size_t)(w->octets[2] << 8 | w->octets[3]);
        schema_octets(w, (unsigned)(n - w->n));
        wire_set_u16(w, 2, (unsigned)key);
        return true;
    }
    return field->name != NULL && schema_long_field(w, field, n - w->n);
}

#endif
