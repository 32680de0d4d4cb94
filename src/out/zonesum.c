#include "out/zonesum.h"

#include "dns/line.h"
#include "dns/name.h"
#include "dns/rdata.h"

#include <stdlib.h>
#include <string.h>

struct sum_sink {
    struct sink sink;
    struct zonesum *result;
    struct line line;
    bool origin_moved;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t *rdata; /* canonical */
    char *text;
    size_t room; /* octets of RDATA for which both suffice */
};

static bool sum_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct sum_sink *own = (struct sum_sink *)sink;
    (void)err;
    line_init(&own->line, zone->class);
    own->origin_moved = false;
    *own->result = (struct zonesum){.serial = zone->serial};
    return true;
}

static bool make_room(struct sum_sink *own, size_t rdlength, struct err *err)
{
    if (rdlength <= own->room && own->text != NULL)
        return true;
    size_t room = rdlength < 512 ? 512 : rdlength;
    uint8_t *rdata = realloc(own->rdata, room);
    if (rdata != NULL)
        own->rdata = rdata;
    char *text = rdata != NULL ? realloc(own->text, LINE_FIXED + rdata_text_bound(room)) : NULL;
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    own->text = text;
    own->room = room;
    return true;
}

static bool sum_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct sum_sink *own = (struct sum_sink *)sink;
    struct rr canonical = *rr;
    bool generic;
    (void)op;
    if (!make_room(own, rr->rdlength, err))
        return false;
    memcpy(own->owner, rr->owner, rr->owner_length);
    name_lower(own->owner, rr->owner_length);
    rdata_canonical(rr, own->rdata);
    canonical.owner = own->owner;
    canonical.rdata = own->rdata;
    canonical.flags &= (uint8_t)~RR_SAME_OWNER;
    const char *end = line_put(&own->line, own->text, &canonical, &generic);
    if (generic && line_moves_origin(&canonical) && !own->origin_moved) {
        own->origin_moved = true;
        sum_line(&own->result->sum, line_origin, strlen(line_origin));
    }
    sum_line(&own->result->sum, own->text, (size_t)(end - own->text));
    own->result->records++;
    return true;
}

static bool sum_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)sink, (void)outcome, (void)why, (void)err;
    return true;
}

static void sum_free(struct sink *sink)
{
    struct sum_sink *own = (struct sum_sink *)sink;
    free(own->rdata);
    free(own->text);
    free(own);
}

struct sink *zonesum_new(struct zonesum *result, struct err *err)
{
    struct sum_sink *own = calloc(1, sizeof *own);
    if (own == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    own->sink = (struct sink){sum_begin, sum_record, sum_end, sum_free};
    own->result = result;
    return &own->sink;
}
