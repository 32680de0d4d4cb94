/* The field kinds that nearly every record of a zone consists of: numbers, names, and octets up to
 * the end. They are inline, so that the functions of a type (kinds.c) become straight code.
 *
 * Purpose: the check and the text of these kinds, as in kinds_check.c and kinds_text.c.
 * Owns: nothing. Borrows: the RDATA, for the call. Never: allocates; reads past the RDATA's end. */
#ifndef DNS_KINDS_PLAIN_H
#define DNS_KINDS_PLAIN_H

#include "base/codec.h"
#include "base/copy.h"
#include "base/cursor.h"
#include "dns/kinds_rows.h"
#include "dns/name.h"

/* ---- The check ----------------------------------------------------------------------------- */

static inline bool fail(struct rdata_walk *walk, const char *why, const uint8_t *at)
{
    walk->why = why;
    walk->why_at = at;
    return false;
}

static inline bool skip_octets(struct rdata_walk *walk, size_t n)
{
    if (kinds_left(walk) < n)
        return fail(walk, "runs past the end of the RDATA", walk->end);
    walk->at += n;
    return true;
}

/* Writes to walk->out what was passed over since the last name. */
static inline bool put_pending(struct rdata_walk *walk)
{
    size_t pending = (size_t)(walk->at - walk->mark);
    if (walk->out_end - walk->out < (ptrdiff_t)pending)
        return fail(walk, "is longer than 65535 octets once decompressed", walk->at);
    if (pending > 0) { /* often there is nothing: many names are all of their RDATA */
        memcpy(walk->out, walk->mark, pending);
        walk->out += pending;
        walk->mark = walk->at;
    }
    return true;
}

/* A name in a message, after which all that comes before it must be written, too. */
static inline bool unpack_name(struct rdata_walk *walk)
{
    if (!put_pending(walk))
        return false;
    size_t at = (size_t)(walk->at - walk->message);
    uint8_t length = 0;
    unsigned pointers = 0; /* apart, so that the walk can stay in registers */
    const char *why = name_unpack(walk->message, (size_t)(walk->end - walk->message), &at,
                                  walk->out, &length, &pointers);
    walk->pointers += pointers;
    if (why != NULL) {
        walk->why_name = true;
        return fail(walk, why, walk->message + at);
    }
    walk->out += length;
    walk->at = walk->mark = walk->message + at;
    return true;
}

static inline bool kinds_skip_name(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    if (walk->message != NULL)
        return unpack_name(walk);
    size_t n = name_length(walk->at, kinds_left(walk));
    if (n == 0) {
        walk->why_name = true;
        return fail(walk, "is not a complete name", walk->at);
    }
    walk->at += n;
    return true;
}

/* The rest of the RDATA, if it has the least length. */
static inline bool kinds_skip_rest(struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) < field->least)
        return fail(walk, field->least == 1 ? "is empty" : "is too short", walk->end);
    walk->at = walk->end;
    return true;
}

/* One length octet, and that many octets. */
static inline bool kinds_skip_counted(struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) < 1)
        return fail(walk, "is missing", walk->end);
    if (walk->at[0] < field->least)
        return fail(walk, field->least == 1 ? "is empty" : "is too short", walk->at);
    return skip_octets(walk, (size_t)walk->at[0] + 1);
}

/* ---- The text ------------------------------------------------------------------------------ */

static inline char *kinds_text_u8(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, walk->at[0]);
    walk->at += 1;
    return to;
}

static inline char *kinds_text_u16(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, octets_u16(walk->at));
    walk->at += 2;
    return to;
}

static inline char *kinds_text_u32(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, octets_u32(walk->at));
    walk->at += 4;
    return to;
}

/* NSD reads times above 2^31 - 1 as another value. */
static inline char *kinds_text_ttl(char *to, struct rdata_walk *walk, const struct field *field)
{
    walk->odd |= (walk->at[0] & 0x80) != 0;
    return kinds_text_u32(to, walk, field);
}

static inline char *kinds_text_time(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_time(to, octets_u32(walk->at));
    walk->at += 4;
    return to;
}

static inline char *kinds_text_type(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = types_text(to, octets_u16(walk->at), walk->style->portable);
    walk->at += 2;
    return to;
}

static inline char *name_to_text(char *to, struct rdata_walk *walk, size_t n)
{
    if (walk->style->origin != NULL)
        to = name_text_relative(to, walk->at, n, walk->style->origin, walk->style->origin_length);
    else
        to = name_text(to, walk->at, n);
    walk->at += n;
    return to;
}

/* The last field is all that is left. */
static inline char *kinds_text_name(char *to, struct rdata_walk *walk, const struct field *field)
{
    size_t left = kinds_left(walk);
    return name_to_text(to, walk, field[1].name == NULL ? left : name_length(walk->at, left));
}

static inline char *kinds_text_hex(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_hex(to, walk->at, kinds_left(walk));
    walk->at = walk->end;
    return to;
}

static inline char *kinds_text_base64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_base64(to, walk->at, kinds_left(walk));
    walk->at = walk->end;
    return to;
}

static inline char *kinds_text_hex_counted(char *to, struct rdata_walk *walk,
                                           const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    if (n == 0)
        *to++ = '-';
    to = codec_hex(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
}

/* A hash that does not have the length of SHA-1, the only algorithm there is, is misread by all but
 * BIND. */
static inline char *kinds_text_base32_counted(char *to, struct rdata_walk *walk,
                                              const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    walk->odd |= n != 20;
    to = codec_base32hex(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
}

#endif
