#include "out/zonefacts.h"

#include "base/cursor.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

void zonefacts_begin(struct zonefacts *facts, const struct zone_info *zone)
{
    *facts = (struct zonefacts){.apex_length = zone->apex_length, .serial = zone->serial};
    memcpy(facts->apex, zone->apex, zone->apex_length);
}

static bool is_earlier(uint32_t time, uint32_t than)
{
    return (int32_t)(time - than) < 0;
}

static void end_set(struct zonefacts *facts, const struct zonefacts_set *set)
{
    if (!facts->has_expiry || is_earlier(set->latest, facts->first_expiry))
        facts->first_expiry = set->latest;
    facts->has_expiry = true;
}

static void end_owner(struct zonefacts *facts)
{
    for (unsigned i = 0; i < facts->set_count; i++)
        end_set(facts, &facts->sets[i]);
    facts->set_count = 0;
}

static void begin_owner(struct zonefacts *facts, const struct rr *rr)
{
    if (name_equal(facts->owner, facts->owner_length, rr->owner, rr->owner_length))
        return;
    end_owner(facts);
    memcpy(facts->owner, rr->owner, rr->owner_length);
    facts->owner_length = rr->owner_length;
}

/* The expiration time begins at octet 8 of the RDATA (RFC 4034 section 3.1). */
static void add_signature(struct zonefacts *facts, const struct rr *rr)
{
    if (rr->rdlength < 12)
        return;
    struct zonefacts_set set = {order_covered(rr), octets_u32(rr->rdata + 8)};
    begin_owner(facts, rr);
    facts->is_signed = true;
    for (unsigned i = 0; i < facts->set_count; i++) {
        struct zonefacts_set *known = &facts->sets[i];
        if (known->covered != set.covered)
            continue;
        if (is_earlier(known->latest, set.latest))
            known->latest = set.latest;
        return;
    }
    if (facts->set_count == ZONEFACTS_SETS)
        end_set(facts, &facts->sets[--facts->set_count]);
    facts->sets[facts->set_count++] = set;
}

static void add_soa(struct zonefacts *facts, const struct rr *rr)
{
    if (!soa_fits(rr) || !name_equal(facts->apex, facts->apex_length, rr->owner, rr->owner_length))
        return;
    const uint8_t *numbers = rr->rdata + rr->rdlength - RDATA_SOA_NUMBERS;
    facts->has_soa = true;
    facts->serial = octets_u32(numbers);
    facts->refresh = octets_u32(numbers + 4);
    facts->retry = octets_u32(numbers + 8);
    facts->expire = octets_u32(numbers + 12);
    facts->minimum = octets_u32(numbers + 16);
}

void zonefacts_add(struct zonefacts *facts, const struct rr *rr)
{
    facts->records++;
    if (rr->type == TYPE_RRSIG)
        add_signature(facts, rr);
    else if (rr->type == TYPE_SOA)
        add_soa(facts, rr);
}

void zonefacts_end(struct zonefacts *facts)
{
    end_owner(facts);
    facts->complete = true;
}

struct facts_sink {
    struct sink sink;
    struct sink *next;
    struct zonefacts *facts;
};

static bool sink_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct facts_sink *s = (struct facts_sink *)sink;
    zonefacts_begin(s->facts, zone);
    return s->next->begin(s->next, zone, err);
}

static bool sink_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct facts_sink *s = (struct facts_sink *)sink;
    zonefacts_add(s->facts, rr);
    return s->next->record(s->next, op, rr, err);
}

static bool sink_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct facts_sink *s = (struct facts_sink *)sink;
    if (outcome != OUTCOME_ABORTED)
        zonefacts_end(s->facts);
    return s->next->end(s->next, outcome, why, err);
}

static void sink_free(struct sink *sink)
{
    struct facts_sink *s = (struct facts_sink *)sink;
    s->next->free(s->next);
    free(s);
}

struct sink *zonefacts_new(struct sink *next, struct zonefacts *facts, struct err *err)
{
    struct facts_sink *s = malloc(sizeof *s);
    if (s == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        next->free(next);
        return NULL;
    }
    facts->complete = false;
    *s = (struct facts_sink){{sink_begin, sink_record, sink_end, sink_free}, next, facts};
    return &s->sink;
}
