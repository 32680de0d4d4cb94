/* A record as one line of a master file.
 *
 * Purpose: the one place that lays out a line, for the writer of zones and for the patch, which
 * must write the same line.
 * Owns: the text of the last owner, and of the last TTL and class, because neighbours often have
 * the same.
 * Borrows: names and records, for the call.
 * Never: allocates, prints. */
#ifndef DNS_LINE_H
#define DNS_LINE_H

#include "base/copy.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rr.h"
#include "dns/types.h"

enum {
    /* Room for a line without its RDATA; all of it may be overwritten. */
    LINE_FIXED = NAME_TEXT_ROOM + 64,
    LINE_MIDDLE = 32,
};

/* The line that must stand before records in generic form that a reader could misread (see
 * line_moves_origin). */
extern const char line_origin[];

struct line {
    struct rdata_style rdata_style;
    bool no_class, no_ttl;
    char class[16];

    /* The last owner, and the last TTL and class with the tabs around them. */
    char owner[NAME_TEXT_ROOM + COPY_BLOCK];
    size_t owner_length; /* 0: none yet */
    char middle[LINE_MIDDLE];
    size_t middle_length; /* 0: none yet */
    uint32_t middle_ttl;
};

/* Sets the default style: absolute names, TTL and class, portable. For another one, change the
 * members before the first record. */
void line_init(struct line *line, uint16_t class);

/* Whether a record must have the generic form (RFC 3597 section 5) so that all readers accept it;
 * with `modern`, only where it has no other form. */
static inline bool line_is_generic(const struct rr *rr, bool modern)
{
    return (rr->flags & RR_OPAQUE) != 0 || (!modern && (rr->info->flags & TYPE_FLAG_PORTABLE) == 0);
}

/* Whether line_origin must come somewhere before a record in generic form. */
bool line_moves_origin(const struct rr *rr);

/* Keeps the text of the owner for the lines that follow; relative to `origin` if that is not
 * NULL. */
void line_keep_owner(struct line *line, const struct rr *rr, const uint8_t *origin,
                     size_t origin_length);

/* Writes the owner that was kept. */
static inline char *line_owner(const struct line *line, char *at)
{
    copy_blocks(at, line->owner, line->owner_length);
    return at + line->owner_length;
}

/* Keeps the text of a TTL and the class for the lines that follow. */
void line_keep_middle(struct line *line, uint32_t ttl);

/* Writes the TTL and the class with the tabs around them. Neighbours mostly have the same TTL, and
 * all have the same class. */
static inline char *line_middle(struct line *line, char *at, uint32_t ttl)
{
    if (ttl != line->middle_ttl || line->middle_length == 0)
        line_keep_middle(line, ttl);
    memcpy(at, line->middle, LINE_MIDDLE);
    return at + line->middle_length;
}

/* Writes TYPEn. */
char *line_put_number_of_type(char *at, uint16_t type);

/* Writes the mnemonic of the type, or TYPEn. */
static inline char *line_type(char *at, const struct rr *rr, bool generic)
{
    if (generic)
        return line_put_number_of_type(at, rr->type);
    memcpy(at, rr->info->mnemonic, TYPE_MNEMONIC_ROOM);
    return at + rr->info->mnemonic_length;
}

/* Writes what stands before the RDATA: the owner that was kept, TTL, class and type, each with a
 * tab after it. */
static inline char *line_head(struct line *line, char *at, const struct rr *rr, bool generic)
{
    at = line_type(line_middle(line, line_owner(line, at), rr->ttl), rr, generic);
    *at++ = '\t';
    return at;
}

/* Writes a record without a line feed, in the default style, and tells whether it is in generic
 * form. It needs room for LINE_FIXED and rdata_text_bound. */
char *line_put(struct line *line, char *at, const struct rr *rr, bool *generic);

#endif
