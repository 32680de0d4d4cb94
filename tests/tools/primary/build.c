#include "build.h"

#include "name.h"
#include "type.h"

#include <string.h>

void build_clear(struct build *b)
{
    b->message.len = 0;
    b->answers = b->authority = b->additional = 0;
    memset(b->suffixes, 0, sizeof b->suffixes);
}

static bool suffix_is_at(const struct bytes *message, size_t at, const uint8_t *name)
{
    const uint8_t *data = message->data;

    for (;;) {
        while (data[at] >= 0xc0) {
            at = bytes_get16(data + at) & 0x3fff;
        }
        if (data[at] != *name || memcmp(data + at + 1, name + 1, *name)) {
            return false;
        }
        if (!*name) {
            return true;
        }
        at += 1u + *name;
        name += 1u + *name;
    }
}

/* The slot of a name in the hash table: that of an equal name, or a free one. */
static uint16_t *find_suffix(struct build *b, const uint8_t *name)
{
    uint32_t hash = 2166136261u;
    size_t len = name_length(name), slot;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ name[i]) * 16777619u;
    }
    slot = (hash ^ hash >> 15) % BUILD_POINTER_LIMIT;
    while (b->suffixes[slot] && !suffix_is_at(&b->message, b->suffixes[slot], name)) {
        slot = (slot + 1) % BUILD_POINTER_LIMIT;
    }
    return &b->suffixes[slot];
}

void build_name(struct build *b, const uint8_t *name, bool compress)
{
    while (*name) {
        uint16_t *offset = compress ? find_suffix(b, name) : NULL;

        if (offset && *offset) {
            bytes_u16(&b->message, 0xc000u | *offset);
            return;
        }
        if (offset && b->message.len < BUILD_POINTER_LIMIT) {
            *offset = (uint16_t)b->message.len;
        }
        /* the octets of the label must be in place before the next look into the table */
        bytes_add(&b->message, name, 1u + *name);
        name += 1u + *name;
    }
    bytes_u8(&b->message, 0);
}

/* RDATA given as octets may not fit its type; it then goes out as it is. */
static bool rdata_fits(const char *pattern, const uint8_t *rdata, size_t length)
{
    size_t at = 0;

    for (; *pattern && *pattern != 'x' && *pattern != 'q'; pattern++) {
        bool is_name = *pattern == 'N' || *pattern == 'n';
        size_t span = is_name ? name_span(rdata + at, length - at) : type_field_size(*pattern);

        if (!span || span > length - at) {
            return false;
        }
        at += span;
    }
    return *pattern || at == length;
}

static void put_rdata(struct build *b, const struct record *r)
{
    const char *pattern = type_pattern(r->type);
    size_t at = 0;

    if (b->compress == COMPRESS_NONE || !pattern || !rdata_fits(pattern, r->rdata, r->length)) {
        bytes_add(&b->message, r->rdata, r->length);
        return;
    }
    for (; *pattern && *pattern != 'x' && *pattern != 'q'; pattern++) {
        if (*pattern == 'N' || *pattern == 'n') {
            build_name(b, r->rdata + at, *pattern == 'N' || b->compress == COMPRESS_ALL);
            at += name_length(r->rdata + at);
        } else {
            bytes_add(&b->message, r->rdata + at, type_field_size(*pattern));
            at += type_field_size(*pattern);
        }
    }
    bytes_add(&b->message, r->rdata + at, r->length - at);
}

void build_fixed(struct build *b, unsigned type, unsigned class, uint32_t ttl, unsigned length)
{
    bytes_u16(&b->message, type);
    bytes_u16(&b->message, class);
    bytes_u32(&b->message, ttl);
    bytes_u16(&b->message, length);
}

void build_set_length(struct build *b, size_t rdata_at)
{
    bytes_put16(b->message.data + rdata_at - 2, (unsigned)(b->message.len - rdata_at));
}

void build_record(struct build *b, const struct record *r)
{
    size_t rdata_at;

    build_name(b, r->owner, b->compress != COMPRESS_NONE);
    build_fixed(b, r->type, r->class, r->ttl, 0);
    rdata_at = b->message.len;
    put_rdata(b, r);
    build_set_length(b, rdata_at);
}
