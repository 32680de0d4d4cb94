#include "record.h"

#include "../primary/type.h"
#include "../primary/wire.h"

#include <stdio.h>
#include <string.h>

enum {
    APEX_POINTER = 0xc000 | WIRE_HEADER,
    TTL = 3600,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    SMALL_NUMBERS = 10, /* of the smallest zone */
    SIGNATURE_SIZE = 64,
};

/* A label below the apex; an empty one is the apex itself. */
static void add_name(struct bytes *m, const char *label)
{
    if (*label) {
        bytes_u8(m, (unsigned)strlen(label));
        bytes_add(m, label, strlen(label));
    }
    bytes_u16(m, APEX_POINTER);
}

/* All up to the RDATA; returns where that begins. */
static size_t begin(struct bytes *m, const char *label, unsigned type)
{
    add_name(m, label);
    bytes_u16(m, type);
    bytes_u16(m, CLASS_IN);
    bytes_u32(m, TTL);
    bytes_u16(m, 0);
    return m->len;
}

static void end(struct bytes *m, size_t rdata)
{
    bytes_put16(m->data + rdata - 2, (unsigned)(m->len - rdata));
}

static void add_soa(struct bytes *m, const struct state *state)
{
    size_t rdata = begin(m, "", TYPE_SOA);

    add_name(m, "ns1");
    add_name(m, "hostmaster");
    bytes_u32(m, state->serial);
    bytes_u32(m, state->refresh);
    bytes_u32(m, state->retry);
    bytes_u32(m, state->expire);
    bytes_u32(m, 300);
    end(m, rdata);
}

/* It verifies nothing: octets that depend on all that a signature depends on. */
static void add_signature(struct bytes *m, unsigned zone, const struct state *state)
{
    enum { INCEPTION = 1767225600, EXPIRATION = 2145916800, DAY = 86400 };
    size_t rdata = begin(m, "", TYPE_RRSIG);
    uint8_t apex[TABLE_APEX];
    uint32_t octets = zone ^ state->serial * 2654435761u ^ state->resigned * 40503u;

    table_apex(apex, zone);
    bytes_u16(m, TYPE_SOA);
    bytes_u8(m, 13); /* ECDSA P-256 */
    bytes_u8(m, 2);  /* labels */
    bytes_u32(m, TTL);
    bytes_u32(m, EXPIRATION + state->resigned * DAY);
    bytes_u32(m, INCEPTION + state->resigned * DAY);
    bytes_u16(m, 12345);
    bytes_add(m, apex, sizeof apex);
    for (size_t i = 0; i < SIGNATURE_SIZE; i++) {
        octets = octets * 1664525u + 1013904223u;
        bytes_u8(m, octets >> 24);
    }
    end(m, rdata);
}

static void add_address(struct bytes *m, const char *label, uint32_t address)
{
    size_t rdata = begin(m, label, TYPE_A);

    bytes_u32(m, address);
    end(m, rdata);
}

static void add_host(struct bytes *m, size_t number)
{
    char label[16];

    snprintf(label, sizeof label, "h%07u", (unsigned)(number % 10000000));
    add_address(m, label, 0x0a000000u | (uint32_t)number);
}

static void add_text(struct bytes *m, unsigned zone)
{
    char text[32];
    unsigned len = (unsigned)snprintf(text, sizeof text, "this is zone %u", zone);
    size_t rdata = begin(m, "", TYPE_TXT);

    bytes_u8(m, len);
    bytes_add(m, text, len);
    end(m, rdata);
}

static void add_target(struct bytes *m, unsigned type, const char *target)
{
    size_t rdata = begin(m, "", type);

    if (type == TYPE_MX) {
        bytes_u16(m, 10);
    }
    add_name(m, target);
    end(m, rdata);
}

static void add_fixed(struct bytes *m, unsigned zone, size_t number)
{
    size_t rdata;

    switch (number) {
    case RECORD_FIXED:
        add_target(m, TYPE_NS, "ns1");
        return;
    case RECORD_FIXED + 1:
        add_target(m, TYPE_NS, "ns2");
        return;
    case RECORD_FIXED + 2:
        add_address(m, "ns1", 0xc0000201);
        return;
    case RECORD_FIXED + 3:
        add_address(m, "ns2", 0xc0000202);
        return;
    case RECORD_FIXED + 4:
        add_target(m, TYPE_MX, "mail");
        return;
    case RECORD_FIXED + 5:
        rdata = begin(m, "mail", TYPE_AAAA);
        bytes_add(m, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
        bytes_u32(m, zone);
        end(m, rdata);
        return;
    case RECORD_FIXED + 6:
        add_text(m, zone);
        return;
    default:
        add_host(m, number - SMALL_NUMBERS);
    }
}

size_t record_numbers(unsigned zone, size_t big)
{
    size_t numbers = SMALL_NUMBERS + zone % 7;

    return big >= numbers ? big + 1 : numbers;
}

void record_add(struct bytes *m, unsigned zone, const struct state *state, size_t number)
{
    if (number == RECORD_SOA) {
        add_soa(m, state);
    } else if (number == RECORD_SIGNATURE) {
        add_signature(m, zone, state);
    } else if (number == RECORD_CHANGING) {
        add_address(m, "www", 0x0a000000u | (state->serial & 0xffffff));
    } else {
        add_fixed(m, zone, number);
    }
}
