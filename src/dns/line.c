#include "dns/line.h"

#include "base/codec.h"
#include "base/copy.h"
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

bool line_moves_origin(const struct rr *rr)
{
    return rr->info != NULL && rdata_may_hold_name(rr->info);
}

void line_keep_owner(struct line *line, const struct rr *rr, const uint8_t *origin,
                     size_t origin_length)
{
    char *end = origin != NULL ? name_text_relative(line->owner, rr->owner, rr->owner_length,
                                                    origin, origin_length)
                               : name_text(line->owner, rr->owner, rr->owner_length);
    line->owner_length = (size_t)(end - line->owner);
}

char *line_put_number_of_type(char *at, uint16_t type)
{
    return codec_u32(put_chars(at, "TYPE"), type);
}

void line_keep_middle(struct line *line, uint32_t ttl)
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

char *line_put(struct line *line, char *at, const struct rr *rr, bool *generic)
{
    char *from = at;
    *generic = line_is_generic(rr, false);
    line_keep_owner(line, rr, NULL, 0);
    at = line_head(line, at, rr, *generic);
    if (*generic)
        return rdata_text_generic(at, rr);
    at = rdata_text(at, rr, &line->rdata_style);
    if (at != NULL)
        return at;
    *generic = true; /* some reader would misread the text */
    return rdata_text_generic(line_head(line, from, rr, true), rr);
}
