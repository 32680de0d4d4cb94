#include "dns/line.h"

#include "base/codec.h"
#include "dns/types.h"

#include <string.h>

/* dnspython refuses the generic form of a type that it knows if the RDATA holds a name at or under
 * the current origin. That is the zone unless the file sets another; so it does. */
const char line_origin[] = "$ORIGIN invalid.";

static char *put_chars(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

void line_init(struct line *line, uint16_t class)
{
    *line = (struct line){.rdata_style = {.portable = true}};
    *types_class_text(line->class, class) = '\0';
}

bool line_is_generic(const struct rr *rr, bool modern)
{
    if ((rr->flags & RR_OPAQUE) != 0)
        return true;
    return !modern && (rr->info->flags & TYPE_FLAG_PORTABLE) == 0;
}

bool line_moves_origin(const struct rr *rr)
{
    return rr->info != NULL && rdata_may_hold_name(rr->info);
}

char *line_owner(struct line *line, char *at, const struct rr *rr, const uint8_t *origin,
                 size_t origin_length)
{
    char *from = at;
    if (origin != NULL)
        at = name_text_relative(at, rr->owner, rr->owner_length, origin, origin_length);
    else
        at = name_text(at, rr->owner, rr->owner_length);
    line->owner_length = (size_t)(at - from);
    memcpy(line->owner, from, line->owner_length);
    return at;
}

char *line_same_owner(const struct line *line, char *at)
{
    memcpy(at, line->owner, line->owner_length);
    return at + line->owner_length;
}

char *line_type(char *at, const struct rr *rr, bool generic)
{
    if (!generic)
        return put_chars(at, rr->info->mnemonic);
    at = put_chars(at, "TYPE");
    return codec_u32(at, rr->type);
}

/* Neighbours mostly have the same TTL, and all have the same class. */
static void make_middle(struct line *line, uint32_t ttl)
{
    char *at = line->middle;
    *at++ = '\t';
    if (!line->no_ttl) {
        at = codec_u32(at, ttl);
        *at++ = '\t';
    }
    if (!line->no_class) {
        at = put_chars(at, line->class);
        *at++ = '\t';
    }
    line->middle_length = (size_t)(at - line->middle);
    line->middle_ttl = ttl;
}

char *line_middle(struct line *line, char *at, const struct rr *rr, bool generic)
{
    if (rr->ttl != line->middle_ttl || line->middle_length == 0)
        make_middle(line, rr->ttl);
    memcpy(at, line->middle, LINE_MIDDLE); /* a fixed length makes it cheaper */
    at = line_type(at + line->middle_length, rr, generic);
    *at++ = '\t';
    return at;
}

char *line_put(struct line *line, char *at, const struct rr *rr, bool *generic)
{
    char *from = at;
    *generic = line_is_generic(rr, false);
    at = line_middle(line, line_owner(line, at, rr, NULL, 0), rr, *generic);
    if (*generic)
        return rdata_text_generic(at, rr);
    at = rdata_text(at, rr, &line->rdata_style);
    if (at != NULL)
        return at;
    *generic = true; /* some reader would misread the text */
    return rdata_text_generic(line_middle(line, line_same_owner(line, from), rr, true), rr);
}
