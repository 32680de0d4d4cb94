#include "out/stats.h"

#include "base/cursor.h"
#include "dns/order.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

bool stats_init(struct stats *stats, struct err *err)
{
    struct stats_count *types = stats->types;
    if (types == NULL)
        types = malloc(STATS_TYPES * sizeof *types);
    if (types == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memset(types, 0, STATS_TYPES * sizeof *types);
    *stats = (struct stats){.types = types};
    return true;
}

void stats_fini(struct stats *stats)
{
    free(stats->types);
    stats->types = NULL;
}

void stats_begin(struct stats *stats, const struct zone_info *zone)
{
    bool first = stats->apex_length == 0;
    memcpy(stats->apex, zone->apex, zone->apex_length);
    stats->apex_length = zone->apex_length;
    stats->class = zone->class;
    stats->serial = zone->serial;
    stats->changes = zone->changes;
    if (first)
        stats->from = zone->from;
    stats->steps += zone->changes && zone->from != zone->serial;
}

static void set_place(struct stats_place *place, const struct rr *rr, uint16_t type)
{
    memcpy(place->owner, rr->owner, rr->owner_length);
    place->owner_length = rr->owner_length;
    place->type = type;
}

static unsigned count_labels(const struct rr *rr)
{
    unsigned count = 0;
    for (const uint8_t *p = rr->owner; *p != 0; p += *p + 1)
        count++;
    return count;
}

static void count_name(struct stats *stats, const struct rr *rr)
{
    unsigned depth = count_labels(rr);
    stats->names++;
    if (depth > stats->deepest_labels || stats->deepest.owner_length == 0) {
        stats->deepest_labels = depth;
        set_place(&stats->deepest, rr, rr->type);
    }
}

/* The expiration time begins at octet 8 of the RDATA (RFC 4034 section 3.1). */
static void count_signature(struct stats *stats, const struct rr *rr)
{
    if (rr->type != TYPE_RRSIG || rr->rdlength < 12)
        return;
    uint32_t time = octets_u32(rr->rdata + 8);
    uint16_t covered = order_covered(rr);
    bool first = stats->earliest.owner_length == 0;
    if (first || (int32_t)(time - stats->earliest_expiration) < 0) {
        stats->earliest_expiration = time;
        set_place(&stats->earliest, rr, covered);
    }
    if (first || (int32_t)(time - stats->latest_expiration) > 0) {
        stats->latest_expiration = time;
        set_place(&stats->latest, rr, covered);
    }
}

static void count_in_zone(struct stats *stats, const struct rr *rr)
{
    bool same_owner =
        name_equal(stats->last.owner, stats->last.owner_length, rr->owner, rr->owner_length);
    if (!same_owner)
        count_name(stats, rr);
    stats->last_records = same_owner && stats->last.type == rr->type ? stats->last_records + 1 : 1;
    set_place(&stats->last, rr, rr->type);
    if (stats->last_records > stats->largest_records) {
        stats->largest_records = stats->last_records;
        set_place(&stats->largest, rr, rr->type);
    }
    if (stats->all.records == 1 || rr->ttl < stats->least_ttl)
        stats->least_ttl = rr->ttl;
    if (rr->ttl > stats->greatest_ttl)
        stats->greatest_ttl = rr->ttl;
    count_signature(stats, rr);
}

static void count_changed_name(struct stats *stats, const struct rr *rr)
{
    if (stats->last.owner_length > 0 &&
        name_equal(stats->last.owner, stats->last.owner_length, rr->owner, rr->owner_length))
        return;
    stats->names++;
    set_place(&stats->last, rr, rr->type);
}

void stats_add(struct stats *stats, enum rr_op op, const struct rr *rr)
{
    enum { FIXED = 10 }; /* type, class, TTL and length */
    struct stats_count *type = &stats->types[rr->type];
    if (stats->changes)
        count_changed_name(stats, rr);
    if (op == RR_DELETE) {
        stats->all.deleted++;
        type->deleted++;
        return;
    }
    uint64_t octets = (uint64_t)rr->owner_length + FIXED + rr->rdlength;
    stats->all.records++;
    stats->all.octets += octets;
    type->records++;
    type->octets += octets;
    if (!stats->changes)
        count_in_zone(stats, rr);
}

struct stats_sink {
    struct sink sink;
    struct sink *next;
    struct stats *stats;
};

static bool sink_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct stats_sink *s = (struct stats_sink *)sink;
    stats_begin(s->stats, zone);
    return s->next->begin(s->next, zone, err);
}

static bool sink_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct stats_sink *s = (struct stats_sink *)sink;
    stats_add(s->stats, op, rr);
    return s->next->record(s->next, op, rr, err);
}

static bool sink_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct stats_sink *s = (struct stats_sink *)sink;
    return s->next->end(s->next, outcome, why, err);
}

static void sink_free(struct sink *sink)
{
    struct stats_sink *s = (struct stats_sink *)sink;
    s->next->free(s->next);
    free(s);
}

struct sink *stats_new(struct sink *next, struct stats *stats, struct err *err)
{
    struct stats_sink *s = stats_init(stats, err) ? malloc(sizeof *s) : NULL;
    if (s == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        next->free(next);
        return NULL;
    }
    *s = (struct stats_sink){{sink_begin, sink_record, sink_end, sink_free}, next, stats};
    return &s->sink;
}
