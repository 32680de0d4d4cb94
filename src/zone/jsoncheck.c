#include "zone/jsoncheck.h"

#include "base/cursor.h"
#include "dns/doubt.h"
#include "dns/name.h"
#include "dns/types.h"

#include <stdio.h>

/* The words are put together in functions of their own: their buffers have room for the longest
 * name, which the path of every record must not pay for. */
COLD static bool refuse(const struct jsoncheck *check, const struct rr *rr, unsigned long line,
                        const char *what, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return err_set(err, ERR_ZONE_FILE, "%.200s:%lu: %.255s %s %s", check->name, line,
                   name_string(&owner, rr->owner), type, what);
}

COLD static bool note(const struct jsoncheck *check, enum err_kind kind, const struct rr *rr,
                      unsigned long line, const char *what, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(check->notes, err, kind, "%.100s:%lu: %.100s %s %s", check->name, line,
                     name_string(&owner, rr->owner), type, what);
}

COLD static bool note_ttl(const struct jsoncheck *check, const struct rr *rr, unsigned long line,
                          struct err *err)
{
    char words[64];
    snprintf(words, sizeof words, "has TTL %lu, above 2^31 - 1", (unsigned long)rr->ttl);
    return note(check, ERR_TTL_HIGHBIT, rr, line, words, err);
}

/* Types that are never zone content (RFC 6895 section 3.1). */
static bool is_meta(const struct rr *rr)
{
    return rr->type == 0 || (rr->info != NULL && (rr->info->flags & TYPE_FLAG_META) != 0) ||
           (rr->type == TYPE_SIG && rr->rdlength >= 2 && octets_u16(rr->rdata) == 0);
}

/* Whether the record is opaque although its type has a text form: its generic form does not fit the
 * type. */
static bool is_misfit(const struct rr *rr)
{
    return (rr->flags & RR_OPAQUE) != 0 && rr->info != NULL &&
           (rr->info->flags & (TYPE_FLAG_OPAQUE | TYPE_FLAG_PRIVATE)) == 0;
}

static bool check_soa(struct jsoncheck *check, const struct rr *rr, unsigned long line,
                      struct err *err)
{
    const struct zone_info *zone = check->zone;
    if (is_misfit(rr))
        return refuse(check, rr, line, "has RDATA that does not fit its type", err);
    if (!name_equal(rr->owner, rr->owner_length, zone->apex, zone->apex_length))
        return refuse(check, rr, line, "is not at the apex of the zone", err);
    if (check->has_soa)
        return refuse(check, rr, line, "is a second SOA", err);
    check->has_soa = true;
    return true;
}

/* Whether there is nothing to say of the RDATA, or a note was made. */
static bool check_rdata(const struct jsoncheck *check, const struct rr *rr, unsigned long line,
                        struct err *err)
{
    struct doubt doubt;
    char words[DOUBT_TEXT];
    if (is_misfit(rr))
        return note(check, ERR_RDATA, rr, line, "has RDATA that does not fit its type", err);
    if (rr->info == NULL || (rr->info->flags & TYPE_FLAG_CHECKED) == 0 || !doubt_find(rr, &doubt))
        return true;
    return note(check, doubt.kind, rr, line, doubt_text(words, &doubt), err);
}

/* Notes what is odd about a record that is used, alone and beside its neighbour. */
static bool note_oddities(struct jsoncheck *check, const struct rr *rr, unsigned long line,
                          struct err *err)
{
    if (!notes_want(check->notes, rr->type)) {
        check->untold = check->untold || (rr->flags & RR_SAME_OWNER) == 0;
        return true;
    }
    if (!check_rdata(check, rr, line, err))
        return false;
    if (rr->ttl > INT32_MAX && !note_ttl(check, rr, line, err))
        return false;
    bool same_owner = (rr->flags & RR_SAME_OWNER) != 0 && !check->untold;
    check->untold = false;
    return !check->check_neighbours ||
           neighbour_check(&check->neighbour, rr, same_owner, check->notes, err);
}

bool jsoncheck_record(struct jsoncheck *check, struct rr *rr, unsigned long line, bool *use,
                      struct err *err)
{
    const struct zone_info *zone = check->zone;
    if (rr->class != zone->class)
        return refuse(check, rr, line, "is of another class than the zone", err);
    if (is_meta(rr))
        return refuse(check, rr, line, "is of a type that no zone can hold", err);
    if (rr->type == TYPE_SOA && !check_soa(check, rr, line, err))
        return false;
    *use = name_within(rr->owner, rr->owner_length, zone->apex, zone->apex_length);
    if (check->skipped)
        rr->flags &= (uint8_t)~RR_SAME_OWNER;
    check->skipped = !*use;
    if (!*use)
        return note(check, ERR_OUT_OF_ZONE, rr, line,
                    "is outside the zone; such records are left out", err);
    return note_oddities(check, rr, line, err);
}

bool jsoncheck_end(struct jsoncheck *check, struct err *err)
{
    return neighbour_end(&check->neighbour, check->notes, err);
}
