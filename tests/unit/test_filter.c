/* out/filter. */
#include "out/filter.h"

#include "dns/types.h"
#include "tap.h"

#include <string.h>

enum { A = 1, AAAA = 28, DS = 43, ZONEMD = 63, MOST = 64 };

/* A sink that keeps what it hears. */
struct heard {
    struct sink sink;
    unsigned begun, ended, freed, count;
    uint16_t types[MOST];
    uint8_t flags[MOST];
};

static struct heard heard;
static struct err err;

static bool hear_begin(struct sink *sink, const struct zone_info *zone, struct err *e)
{
    (void)zone;
    (void)e;
    ((struct heard *)sink)->begun++;
    return true;
}

static bool hear_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *e)
{
    struct heard *h = (struct heard *)sink;
    (void)op;
    (void)e;
    h->types[h->count] = rr->type;
    h->flags[h->count++] = rr->flags;
    return true;
}

static bool hear_end(struct sink *sink, enum outcome outcome, const char *why, struct err *e)
{
    (void)outcome;
    (void)why;
    (void)e;
    ((struct heard *)sink)->ended++;
    return true;
}

static void hear_free(struct sink *sink)
{
    ((struct heard *)sink)->freed++;
}

static struct sink *through(const struct filter *filter)
{
    heard = (struct heard){.sink = {hear_begin, hear_record, hear_end, hear_free}};
    return filter_new(&heard.sink, filter, &err);
}

static void send(struct sink *sink, uint16_t type, uint8_t flags)
{
    struct rr rr = {.type = type, .flags = flags};
    sink->record(sink, RR_ADD, &rr, &err);
}

static void choices(void)
{
    static struct filter none, only, except, both, dnssec;
    ok(filter_passes(&none, A) && filter_passes(&none, 65535), "without a choice all pass");
    ok(through(&none) == &heard.sink, "... and no filter stands in the way");
    filter_only(&only, A);
    filter_only(&only, 65535);
    ok(filter_passes(&only, A) && filter_passes(&only, 65535), "only: what is named passes");
    ok(!filter_passes(&only, AAAA) && !filter_passes(&only, 0), "... and nothing else");
    ok(filter_passes(&only, TYPE_SOA), "... but the SOA");
    filter_except(&only, TYPE_SOA);
    ok(!filter_passes(&only, TYPE_SOA), "... unless it is excepted by name");
    filter_except(&except, AAAA);
    ok(filter_passes(&except, A) && filter_passes(&except, TYPE_SOA) &&
           !filter_passes(&except, AAAA),
       "except");
    filter_only(&both, A);
    filter_except(&both, A);
    ok(!filter_passes(&both, A) && filter_passes(&both, TYPE_SOA), "except beats only");
    filter_except_dnssec(&dnssec);
    static const uint16_t gone[] = {46, 47, 48, 50, 51, 59, 60, 65534};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        ok(!filter_passes(&dnssec, gone[i]), "no-dnssec: type %u is left out", gone[i]);
    ok(filter_passes(&dnssec, DS) && filter_passes(&dnssec, ZONEMD), "... DS and ZONEMD stay");
}

static void hints(void)
{
    static struct filter filter;
    struct zone_info zone = {.class = CLASS_IN};
    filter_except(&filter, AAAA);
    struct sink *sink = through(&filter);
    sink->begin(sink, &zone, &err);
    send(sink, A, 0);
    send(sink, A, RR_SAME_OWNER); /* as the A before it */
    send(sink, AAAA, 0);
    send(sink, A, RR_SAME_OWNER | RR_OPAQUE); /* as the AAAA, which is gone */
    send(sink, A, RR_SAME_OWNER);
    sink->end(sink, OUTCOME_COMPLETE, NULL, &err);
    sink->free(sink);
    is_int(heard.count, 4, "what passes");
    is_int(heard.flags[1], RR_SAME_OWNER, "the hint of the same owner passes");
    is_int(heard.flags[2], RR_OPAQUE, "... not where the record before was dropped");
    is_int(heard.flags[3], RR_SAME_OWNER, "... and passes again");
    ok(heard.begun == 1 && heard.ended == 1 && heard.freed == 1, "begin, end and free pass");
}

int main(void)
{
    choices();
    hints();
    return tap_end();
}
