/* What breaks the list of records of a transfer, before any message is built: see fault.h. */
#include "fault.h"

#include "name.h"
#include "query.h"
#include "source.h"
#include "tool.h"
#include "type.h"

#include <string.h>

static void plan_middle(struct answer *a, struct record r)
{
    size_t at = a->plan.count / 2;

    records_insert(&a->plan, at ? at : a->plan.count, r);
}

/* A copy of the SOA whose serial is the given one. */
static struct record soa_with_serial(const struct answer *a, uint32_t serial)
{
    return history_soa(&a->source->records.list[0], serial);
}

static uint32_t soa_serial(const struct answer *a)
{
    return history_serial(&a->source->records.list[0]);
}

static void do_nosoa(struct answer *a, const struct command *c)
{
    (void)c;
    records_remove(&a->plan, 0);
}

static void do_otherfirst(struct answer *a, const struct command *c)
{
    (void)c;
    a->plan.list[0].owner = answer_apex_record(a, "other", TYPE_SOA).owner;
}

static void do_noend(struct answer *a, const struct command *c)
{
    (void)c;
    records_remove(&a->plan, a->plan.count - 1);
}

static void do_endserial(struct answer *a, const struct command *c)
{
    a->plan.list[a->plan.count - 1] = soa_with_serial(a, (uint32_t)c->number);
}

enum { END_MNAME, END_RNAME, END_REFRESH, END_RETRY, END_EXPIRE, END_MINIMUM, END_TTL, END_CASE };

/* One field of the SOA at the end is another; in the names a letter, by its case or for good. */
static void do_endsoa(struct answer *a, const struct command *c)
{
    struct record *r = &a->plan.list[a->plan.count - 1];
    size_t mname = name_length(r->rdata), rname = name_length(r->rdata + mname);
    size_t numbers = mname + rname;

    r->rdata = tool_copy(r->rdata, r->length);
    switch (c->number) {
    case END_MNAME:
        r->rdata[1] = r->rdata[1] == 'x' ? 'y' : 'x';
        break;
    case END_RNAME:
        r->rdata[mname + 1] = r->rdata[mname + 1] == 'x' ? 'y' : 'x';
        break;
    case END_CASE:
        r->rdata[1] ^= 0x20;
        r->rdata[mname + 1] ^= 0x20;
        break;
    case END_TTL:
        r->ttl++;
        break;
    default:
        r->rdata[numbers + 4 * (size_t)(c->number - END_REFRESH + 1) + 3] ^= 1;
    }
}

static void do_after(struct answer *a, const struct command *c)
{
    (void)c;
    records_insert(&a->plan, a->plan.count, answer_apex_record(a, "after-end", TYPE_A));
}

enum { SOA_MIDDLE, SOA_SAME, SOA_OTHER };

static void do_soa(struct answer *a, const struct command *c)
{
    struct record r = soa_with_serial(a, soa_serial(a) + (c->number == SOA_MIDDLE));

    if (c->number == SOA_OTHER) {
        r.owner = answer_apex_record(a, "other", TYPE_SOA).owner;
    }
    plan_middle(a, r);
}

static void do_class(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, "class", TYPE_A);

    r.class = (unsigned)c->number;
    plan_middle(a, r);
}

static void do_meta(struct answer *a, const struct command *c)
{
    plan_middle(a, answer_apex_record(a, "meta", (unsigned)c->number));
}

static void do_record(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, "record", (unsigned)c->number);

    r.rdata = c->data;
    r.length = c->len;
    plan_middle(a, r);
}

static void do_outofzone(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, NULL, TYPE_A);

    (void)c;
    r.owner = tool_copy("\13out-of-zone\7invalid", 21);
    plan_middle(a, r);
}

static void do_endless(struct answer *a, const struct command *c)
{
    do_noend(a, c);
    a->endless = true;
}

static void do_ixfr(struct answer *a, const struct command *c)
{
    const char *why;

    if (a->query->type != TYPE_IXFR) {
        return;
    }
    why = history_break(&a->plan, (enum history_fault)c->number, a->query->serial,
                        &a->source->records);
    if (why) {
        tool_die("ixfr: %s", why);
    }
}

static void do_endless_steps(struct answer *a, const struct command *c)
{
    (void)c;
    a->plan.count = 1;
    a->plan.list[0] = soa_with_serial(a, a->query->serial + 0x7fffffffu);
    a->endless_steps = true;
}

static void do_noquestion(struct answer *a, const struct command *c)
{
    (void)c;
    a->no_question = true;
}

/* clang-format off */
const struct verb fault_plan_verbs[] = {
    {"nosoa",      "",    STAGE_PLAN,       true,  do_nosoa,      NULL, "no SOA at the beginning"},
    {"otherfirst", "",    STAGE_PLAN,       true,  do_otherfirst, NULL, "the SOA at the beginning has another name"},
    {"noend",      "",    STAGE_PLAN,       true,  do_noend,      NULL, "no SOA at the end"},
    {"endserial",  "n",   STAGE_PLAN,       true,  do_endserial,  NULL, "the SOA at the end has this serial"},
    {"endsoa",     "w",   STAGE_PLAN,       true,  do_endsoa,     "mname rname refresh retry expire minimum ttl case", "a field of the SOA at the end differs, or the case of its names"},
    {"after",      "w",   STAGE_PLAN,       true,  do_after,      "end", "a record after the SOA at the end"},
    {"soa",        "w",   STAGE_PLAN,       true,  do_soa,        "middle same other", "a SOA in the middle: with the next serial, the same, of another name"},
    {"class",      "n",   STAGE_PLAN,       true,  do_class,      NULL, "a record of this class in the middle"},
    {"meta",       "t",   STAGE_PLAN,       true,  do_meta,       NULL, "a record of this type in the middle"},
    {"record",     "tx",  STAGE_PLAN,       true,  do_record,     NULL, "a record of this type with this RDATA in the middle"},
    {"outofzone",  "",    STAGE_PLAN,       true,  do_outofzone,  NULL, "a record of another zone in the middle"},
    {"endless",    "",    STAGE_PLAN,       true,  do_endless,    NULL, "records without end, after those of the zone"},
    {"ixfr",       "w",   STAGE_PLAN,       true,  do_ixfr,       HISTORY_FAULTS, "changes with this fault; the answer to AXFR stays right"},
    {"endless-steps", "", STAGE_PLAN,       true,  do_endless_steps, NULL, "changes from serial to serial without end"},
    {"noquestion", "",    STAGE_PLAN,       true,  do_noquestion, NULL, "no question in any message"},
    {0},
};
/* clang-format on */
