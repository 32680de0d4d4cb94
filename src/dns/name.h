/* Domain names in wire form (RFC 1035 section 3.1), in messages and in text.
 *
 * Purpose: the only place that reads labels and compression pointers.
 * Owns: nothing.
 * Borrows: messages and names, for the call.
 * Never: allocates, prints, or trusts a length that it has not checked. */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NAME_MAX_WIRE = 255, /* octets, with the root label (RFC 1035 section 2.3.4) */
    /* Room for a name as text: 4 characters for each octet at worst, and some after it that the
     * writers may overwrite. */
    NAME_TEXT_ROOM = 1016 + 16,
};

/* Reads the name at *at of a message into out, following compression pointers. A pointer must lead
 * to an octet before the part of the name that was read last, so it always ends. On success returns
 * NULL, moves *at past the name as it stands in the message and sets *out_length (1 to 255). On
 * failure returns the reason as a static phrase and leaves the offset of the octet at fault in *at.
 * Either way it adds to *pointers how many were met. `end` is the bound of the part that begins at
 * *at (inside RDATA: the RDATA's end); pointers may lead anywhere after the message's header. */
const char *name_unpack(const uint8_t *message, size_t end, size_t *at, uint8_t out[NAME_MAX_WIRE],
                        uint8_t *out_length, unsigned *pointers);

/* The names of a message that were read, for the pointers that lead to them: most names end in one
 * that came before. Only names of some length at most are kept. */
enum { NAME_PLACES = 1024, NAME_KEPT = 48, NAME_MEMO_ROOM = 32 * 1024 };
struct name_memo {
    struct name_place {
        uint16_t pointer;     /* as it would stand in the message; 0: the place is free */
        uint16_t at;          /* where the name is in `octets` */
        uint16_t end;         /* octet of the message by which it has ended */
        uint8_t length, hops; /* its octets, and the pointers in it */
    } places[NAME_PLACES];
    size_t message_length;
    size_t used;
    uint8_t octets[NAME_MEMO_ROOM];
};

/* Makes it ready for a message of so many octets. */
void name_forget(struct name_memo *memo, size_t message_length);

/* A name that was read. */
struct name_found {
    size_t end;      /* offset of what comes after it in the message */
    uint32_t length; /* 0: it is malformed */
    uint32_t hops;   /* how many pointers were met */
};

/* Room that name_recall needs to write to: it copies more than it uses. */
enum { NAME_RECALL_ROOM = NAME_MAX_WIRE + NAME_KEPT };

/* As name_unpack, but what a pointer leads to comes from the memo, which must be of this message,
 * and may be kept there. Why a name is malformed name_unpack tells. */
struct name_found name_recall(struct name_memo *memo, const uint8_t *message, size_t end, size_t at,
                              uint8_t out[NAME_RECALL_ROOM]);

/* The same, and the name itself is kept, because others may lead there. */
struct name_found name_recall_and_keep(struct name_memo *memo, const uint8_t *message, size_t end,
                                       size_t at, uint8_t out[NAME_RECALL_ROOM]);

/* name_skip for names that do not begin with a pointer, and for what is none. */
const char *name_skip_labels(const uint8_t *message, size_t end, size_t *at);

/* Moves *at past the name at *at, without following a pointer. Returns NULL, or the reason, with
 * the offset of the octet at fault in *at. Inline, because most owners in a message are a pointer.
 */
static inline const char *name_skip(const uint8_t *message, size_t end, size_t *at)
{
    if (*at >= end || end - *at < 2 || message[*at] < 0xc0)
        return name_skip_labels(message, end, at);
    *at += 2;
    return NULL;
}

/* The length of a complete uncompressed name at the start of n octets, or 0 if there is none. */
size_t name_length(const uint8_t *octets, size_t n);

/* Writes the name, of `length` octets, as text with a trailing dot and returns the position after
 * it. At most NAME_TEXT_ROOM characters are touched. Octets that a master file would not take for
 * what they are get an escape. */
char *name_text(char *at, const uint8_t *name, size_t length);

/* As name_text, but a name at or under `origin`, in the same letter case, is written relative to
 * it, and the origin itself as "@". */
char *name_text_relative(char *at, const uint8_t *name, size_t length, const uint8_t *origin,
                         size_t origin_length);

/* name_text with a NUL at the end, for messages. */
struct name_string {
    char text[NAME_TEXT_ROOM];
};
const char *name_string(struct name_string *string, const uint8_t *name);

/* Reads a name as a person writes it; it is absolute with or without the trailing dot. Returns
 * NULL and sets *out_length, or returns the reason as a static phrase. */
const char *name_parse(const char *text, uint8_t out[NAME_MAX_WIRE], uint8_t *out_length);

/* Room that name_read needs to write to: it copies more than it uses. */
enum { NAME_READ_ROOM = NAME_MAX_WIRE + 17 };

/* Reads a name of a master file (RFC 1035 section 5.1) from n characters; without a trailing dot it
 * is relative to the origin (NULL: there is none). "@" is nothing special here. Returns NULL and
 * sets *out_length; or returns what was expected instead, as a static phrase that is
 * name_wants_origin if the name is relative and there is no origin. */
const char *name_read(const char *text, size_t n, const uint8_t *origin, size_t origin_length,
                      uint8_t out[NAME_READ_ROOM], uint8_t *out_length);
extern const char name_wants_origin[];

/* Whether two names are equal, ASCII letters without case (RFC 4343). */
bool name_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);

/* Compares names in canonical order (RFC 4034 section 6.1): label by label from the right, ASCII
 * letters without case. Less than, equal to or greater than zero, as memcmp. */
int name_order(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);

/* Whether the name is at or under the apex. */
bool name_within(const uint8_t *name, size_t length, const uint8_t *apex, size_t apex_length);

/* Puts the ASCII letters of a name in lower case, in place. */
void name_lower(uint8_t *name, size_t length);

#endif
