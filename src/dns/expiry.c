#include "dns/expiry.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "dns/order.h"

#include <string.h>

/* ---- What it comes to ---------------------------------------------------------------------- */

static bool is_earlier(uint32_t time, uint32_t than)
{
    return (int32_t)(time - than) < 0;
}

static void end_set(struct expiry *expiry, const struct expiry_set *set)
{
    if (!expiry->has_first || is_earlier(set->latest, expiry->first))
        expiry->first = set->latest;
    expiry->has_first = true;
}

void expiry_end(struct expiry *expiry)
{
    for (unsigned i = 0; i < expiry->set_count; i++)
        end_set(expiry, &expiry->sets[i]);
    expiry->set_count = 0;
}

static void begin_owner(struct expiry *expiry, const uint8_t *owner, size_t length)
{
    expiry_end(expiry);
    memcpy(expiry->owner, owner, length);
    expiry->owner_length = (uint8_t)length;
}

/* The one of the signature before is the likeliest. */
static struct expiry_set *find_set(struct expiry *expiry, uint16_t covered)
{
    for (unsigned i = expiry->set_count; i-- > 0;)
        if (expiry->sets[i].covered == covered)
            return &expiry->sets[i];
    return NULL;
}

void expiry_add(struct expiry *expiry, const uint8_t *owner, size_t owner_length, uint16_t covered,
                uint32_t until)
{
    if (!name_equal(expiry->owner, expiry->owner_length, owner, owner_length))
        begin_owner(expiry, owner, owner_length);
    struct expiry_set *known = find_set(expiry, covered);
    if (known != NULL) {
        if (is_earlier(known->latest, until))
            known->latest = until;
        return;
    }
    if (expiry->set_count == EXPIRY_SETS)
        end_set(expiry, &expiry->sets[--expiry->set_count]);
    expiry->sets[expiry->set_count++] = (struct expiry_set){covered, until};
}

/* The expiration begins at octet 8 of the RDATA (RFC 4034 section 3.1). */
void expiry_add_record(struct expiry *expiry, const struct rr *rr)
{
    if (rr->rdlength >= 12)
        expiry_add(expiry, rr->owner, rr->owner_length, order_covered(rr),
                   octets_u32(rr->rdata + 8));
}

/* ---- From text ----------------------------------------------------------------------------- */

/* Finds the blank behind a number; NULL if there is none. */
static const char *skip_number(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && (unsigned)(unsigned char)*at - '0' <= 9)
        at++;
    return at > from && at < end && *at == ' ' ? at : NULL;
}

/* TYPE ALGORITHM LABELS TTL EXPIRATION, and what follows (RFC 4034 section 3.2). */
bool expiry_read(const char *rdata, size_t length, struct types_memo *types, uint16_t *covered,
                 uint32_t *until)
{
    enum { NUMBERS = 3, TIME_TEXT = 14, WORD = 16 };
    const char *end = rdata + length;
    const char *at = memchr(rdata, ' ', length < WORD ? length : WORD);
    if (at == NULL || !types_recall(types, rdata, (size_t)(at - rdata), covered))
        return false;
    for (int i = 0; i < NUMBERS && at != NULL; i++)
        at = skip_number(at + 1, end);
    return at != NULL && end - at > TIME_TEXT + 1 && at[TIME_TEXT + 1] == ' ' &&
           codec_read_time(at + 1, TIME_TEXT, until);
}
