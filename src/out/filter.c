#include "out/filter.h"

#include "dns/types.h"

#include <stdlib.h>

static bool has_type(const uint8_t *set, uint16_t type)
{
    return (set[type / 8] >> (type % 8) & 1) != 0;
}

static void add_type(uint8_t *set, uint16_t type)
{
    set[type / 8] |= (uint8_t)(1 << (type % 8));
}

bool filter_passes(const struct filter *filter, uint16_t type)
{
    if (has_type(filter->except, type))
        return false;
    return !filter->has_only || type == TYPE_SOA || has_type(filter->only, type);
}

static bool is_worth(const void *filter, uint16_t type)
{
    return filter_passes(filter, type);
}

void filter_notes(struct notes *notes, const struct filter *filter)
{
    bool leaves_out = filter != NULL && filter->active;
    notes->worth = leaves_out ? is_worth : NULL;
    notes->context = filter;
}

void filter_only(struct filter *filter, uint16_t type)
{
    filter->active = filter->has_only = true;
    add_type(filter->only, type);
}

void filter_except(struct filter *filter, uint16_t type)
{
    filter->active = true;
    add_type(filter->except, type);
}

static const uint16_t signing[] = {TYPE_DNSKEY,     TYPE_RRSIG, TYPE_NSEC,    TYPE_NSEC3,
                                   TYPE_NSEC3PARAM, TYPE_CDS,   TYPE_CDNSKEY, TYPE_BIND_SIGNING};

bool filter_is_of_signing(uint16_t type)
{
    for (size_t i = 0; i < sizeof signing / sizeof *signing; i++)
        if (signing[i] == type)
            return true;
    return false;
}

void filter_except_dnssec(struct filter *filter)
{
    for (size_t i = 0; i < sizeof signing / sizeof *signing; i++)
        filter_except(filter, signing[i]);
}

struct filter_sink {
    struct sink sink;
    struct sink *next;
    const struct filter *filter;
    bool dropped; /* the record before was not passed on */
};

static bool filter_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct filter_sink *f = (struct filter_sink *)sink;
    f->dropped = false;
    return f->next->begin(f->next, zone, err);
}

static bool filter_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct filter_sink *f = (struct filter_sink *)sink;
    if (!filter_passes(f->filter, rr->type)) {
        f->dropped = true;
        return true;
    }
    if (!f->dropped)
        return f->next->record(f->next, op, rr, err);
    /* "The same owner as the record before" may refer to a record that was dropped. */
    struct rr copy = *rr;
    copy.flags &= (uint8_t)~RR_SAME_OWNER;
    f->dropped = false;
    return f->next->record(f->next, op, &copy, err);
}

static bool filter_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct filter_sink *f = (struct filter_sink *)sink;
    return f->next->end(f->next, outcome, why, err);
}

static void filter_free(struct sink *sink)
{
    struct filter_sink *f = (struct filter_sink *)sink;
    f->next->free(f->next);
    free(f);
}

struct sink *filter_new(struct sink *next, const struct filter *filter, struct err *err)
{
    if (!filter->active)
        return next;
    struct filter_sink *f = malloc(sizeof *f);
    if (f == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        next->free(next);
        return NULL;
    }
    *f = (struct filter_sink){
        .sink = {filter_begin, filter_record, filter_end, filter_free},
        .next = next,
        .filter = filter,
    };
    return &f->sink;
}
