#include "out/zonefacts.h"

#include "base/cursor.h"
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
        expiry_add_record(&facts->expiry, rr);
    else if (rr->type == TYPE_SOA)
        add_soa(facts, rr);
}

void zonefacts_end(struct zonefacts *facts)
{
    expiry_end(&facts->expiry);
    facts->is_signed = facts->expiry.has_first;
    facts->first_expiry = facts->expiry.first;
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
