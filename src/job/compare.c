#include "job/compare.h"

#include "dns/types.h"

#include <stdlib.h>

enum { DELETES, ADDS };

struct compare {
    struct source source;
    struct compare_config config;
    struct source *merge;
    int walk; /* DELETES, ADDS: for changes as they are sent */
    bool begun, turned, over;
    /* What is given before the merge is asked again, in this order. */
    bool begin_due, old_soa_due, new_soa_due, record_due;
    struct rr record;
    enum rr_op op;
};

static const struct rr no_soa; /* for formats that take changes without a SOA */

static void begin_changes(struct compare *c, bool has_changes)
{
    struct zone_info *zone = &c->source.zone;
    *zone = c->config.zone;
    zone->changes = true;
    zone->from = c->config.from;
    zone->newest = NULL;
    if (has_changes)
        zone->newest = c->config.new_soa != NULL ? c->config.new_soa : &no_soa;
    c->begun = c->begin_due = true;
    c->old_soa_due = has_changes && c->config.as_sent;
}

static void begin_adds(struct compare *c)
{
    c->new_soa_due = !c->turned;
    c->turned = true;
}

static bool is_apex_soa(const struct compare *c, const struct rr *rr)
{
    return rr->type == TYPE_SOA && rr->owner_length == c->config.zone.apex_length;
}

/* A step has both SOAs, changed or not, so the merge's are left out. The record before this one in
 * the walk may be one of the other kind, which this walk leaves out, too. */
static void keep_change_as_sent(struct compare *c, enum rr_op op, const struct rr *rr)
{
    if ((op == RR_DELETE) != (c->walk == DELETES))
        return;
    if (!c->begun)
        begin_changes(c, true);
    if (op == RR_ADD)
        begin_adds(c);
    c->record_due = !is_apex_soa(c, rr);
    c->record = *rr;
    c->record.flags &= (uint8_t)~RR_SAME_OWNER;
    c->op = op;
}

static void keep_change(struct compare *c, enum rr_op op, const struct rr *rr)
{
    if (c->config.as_sent) {
        keep_change_as_sent(c, op, rr);
        return;
    }
    if (!c->begun)
        begin_changes(c, true);
    c->record_due = true;
    c->record = *rr;
    c->op = op;
}

/* A walk has ended: now comes the second one, or the end. */
static bool end_walk(struct compare *c, struct err *err)
{
    bool is_last = !c->config.as_sent || c->walk == ADDS;
    if (!is_last) {
        c->merge->free(c->merge);
        c->walk = ADDS;
        c->merge = c->config.open(c->config.context, err);
        return c->merge != NULL;
    }
    c->over = true;
    if (!c->begun)
        begin_changes(c, false);
    else if (c->config.as_sent)
        begin_adds(c);
    return true;
}

/* Gives what is due. Returns SOURCE_END if nothing is. */
static enum source_event give_due(struct compare *c, struct rr *rr, enum rr_op *op)
{
    if (c->begin_due) {
        c->begin_due = false;
        return SOURCE_BEGIN;
    }
    if (c->old_soa_due) {
        c->old_soa_due = false;
        *rr = *c->config.old_soa;
        *op = RR_DELETE;
        return SOURCE_RR;
    }
    if (c->new_soa_due) {
        c->new_soa_due = false;
        *rr = *c->config.new_soa;
        *op = RR_ADD;
        return SOURCE_RR;
    }
    if (!c->record_due)
        return SOURCE_END;
    c->record_due = false;
    *rr = c->record;
    *op = c->op;
    return SOURCE_RR;
}

static enum source_event compare_next(struct source *source, struct rr *rr, enum rr_op *op,
                                      struct err *err)
{
    struct compare *c = (struct compare *)source;
    for (;;) {
        struct rr change;
        enum rr_op change_op;
        enum source_event event = give_due(c, rr, op);
        if (event != SOURCE_END || c->over)
            return event;
        event = c->merge->next(c->merge, &change, &change_op, err);
        if (event == SOURCE_RR)
            keep_change(c, change_op, &change);
        else if (event == SOURCE_FAIL || !end_walk(c, err))
            return SOURCE_FAIL;
    }
}

static void compare_free(struct source *source)
{
    struct compare *c = (struct compare *)source;
    if (c->merge != NULL)
        c->merge->free(c->merge);
    free(c);
}

struct source *compare_open(const struct compare_config *config, struct err *err)
{
    struct compare *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    c->source = (struct source){.next = compare_next, .free = compare_free};
    c->config = *config;
    c->merge = config->open(config->context, err);
    if (c->merge != NULL)
        return &c->source;
    compare_free(&c->source);
    return NULL;
}
