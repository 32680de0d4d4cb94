/* out/ddns: the order of the changes, the cut into messages, the chain of serials. */
#include "dns/types.h"
#include "out/ddns.h"

#include "tap.h"
#include "wire.h"

static const uint8_t apex[] = {4, 'z', 'o', 'n', 'e', 0};

static struct ddns *ddns;
static struct err err;
static struct notes notes;

static void open_ddns(bool split)
{
    struct ddns_config config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .split = split};
    err = (struct err){.kind = ERR_NONE};
    notes = (struct notes){.strict = false};
    ddns = ddns_new(&config, &err);
    if (ddns == NULL)
        abort();
}

static struct rr record(struct wire *owner, struct wire *data, const char *name, unsigned type,
                        uint32_t ttl)
{
    owner->n = 0;
    wire_name(owner, name);
    return (struct rr){
        .owner = owner->octets,
        .owner_length = (uint8_t)owner->n,
        .rdata = data->octets,
        .rdlength = (uint16_t)data->n,
        .info = types_find((uint16_t)type, CLASS_IN),
        .ttl = ttl,
        .type = (uint16_t)type,
        .class = CLASS_IN,
        .flags = types_find((uint16_t)type, CLASS_IN) == NULL ? RR_OPAQUE : 0,
    };
}

static struct wire owner_wire, data_wire;

static bool put_wire(enum rr_op op, const char *name, unsigned type, uint32_t ttl)
{
    struct rr rr = record(&owner_wire, &data_wire, name, type, ttl);
    return ddns_add(ddns, op, &rr, &err);
}

static void make_soa(uint32_t serial)
{
    data_wire.n = 0;
    wire_name(&data_wire, "ns.zone.");
    wire_name(&data_wire, "admin.zone.");
    wire_u32(&data_wire, serial);
    wire_hex(&data_wire, "00000001 00000002 00000003 00000004");
}

static void put_soas(uint32_t old, uint32_t new)
{
    make_soa(old);
    put_wire(RR_DELETE, "zone.", TYPE_SOA, 300);
    make_soa(new);
    put_wire(RR_ADD, "zone.", TYPE_SOA, 300);
}

/* "-" or "+", owner, type, TTL, and RDATA: a name, or hexadecimal digits. */
struct change {
    enum rr_op op;
    const char *owner;
    unsigned type;
    uint32_t ttl;
    const char *data;
};

static void put(const struct change *change)
{
    data_wire.n = 0;
    if (change->type == TYPE_NS || change->type == TYPE_CNAME)
        wire_name(&data_wire, change->data);
    else
        wire_hex(&data_wire, change->data);
    if (!put_wire(change->op, change->owner, change->type, change->ttl))
        abort();
}

static bool same(const struct change *change, enum rr_op op, const struct rr *rr)
{
    static struct wire owner, data;
    owner.n = data.n = 0;
    wire_name(&owner, change->owner);
    if (change->type == TYPE_NS || change->type == TYPE_CNAME)
        wire_name(&data, change->data);
    else
        wire_hex(&data, change->data);
    return op == change->op && rr->type == change->type && rr->owner_length == owner.n &&
           memcmp(rr->owner, owner.octets, owner.n) == 0 && rr->rdlength == data.n &&
           memcmp(rr->rdata, data.octets, data.n) == 0 &&
           (op == RR_DELETE || rr->ttl == change->ttl);
}

static uint32_t serial_of(const struct rr *rr)
{
    const uint8_t *p = rr->rdata + rr->rdlength - 20;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum { CHANGES_MAX = 12 };
#define DEL RR_DELETE
#define ADD RR_ADD

/* In the order in which the differ gives them, and in which a server must get them. */
static const struct order {
    const char *what;
    struct change given[CHANGES_MAX], wanted[CHANGES_MAX]; /* up to a NULL owner */
} orders[] = {
    {"all NS of the apex",
     {{DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 60, "b.zone."},
      {DEL, "a.zone.", 1, 60, "01010101"},
      {ADD, "b.zone.", 1, 60, "02020202"},
      {ADD, "c.zone.", 1, 60, "03030303"}},
     {{ADD, "b.zone.", 1, 60, "02020202"},
      {ADD, "zone.", 2, 60, "b.zone."},
      {DEL, "zone.", 2, 60, "a.zone."},
      {DEL, "a.zone.", 1, 60, "01010101"},
      {ADD, "c.zone.", 1, 60, "03030303"}}},
    {"another TTL of the only NS",
     {{DEL, "zone.", 2, 60, "a.zone."}, {ADD, "zone.", 2, 90, "a.zone."}},
     {{ADD, "zone.", 2, 90, "invalid."},
      {DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 90, "a.zone."},
      {DEL, "zone.", 2, 90, "invalid."}}},
    {"another TTL of the only NS that stays",
     {{DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 90, "a.zone."},
      {DEL, "zone.", 2, 60, "b.zone."}},
     {{DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 90, "a.zone."},
      {DEL, "zone.", 2, 60, "b.zone."}}},
    {"another TTL of two NS",
     {{DEL, "zone.", 2, 60, "a.zone."},
      {DEL, "zone.", 2, 60, "b.zone."},
      {ADD, "zone.", 2, 90, "a.zone."},
      {ADD, "zone.", 2, 90, "b.zone."}},
     {{DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 90, "a.zone."},
      {DEL, "zone.", 2, 60, "b.zone."},
      {ADD, "zone.", 2, 90, "b.zone."}}},
    {"a name server that was a CNAME",
     {{DEL, "zone.", 2, 60, "a.zone."},
      {ADD, "zone.", 2, 60, "B.zone."},
      {ADD, "b.zone.", 1, 60, "02020202"},
      {DEL, "b.zone.", 5, 60, "a.zone."}},
     {{DEL, "b.zone.", 5, 60, "a.zone."},
      {ADD, "b.zone.", 1, 60, "02020202"},
      {ADD, "zone.", 2, 60, "B.zone."},
      {DEL, "zone.", 2, 60, "a.zone."}}},
    {"the address of a new name server with another TTL",
     {{ADD, "zone.", 2, 60, "b.zone."},
      {DEL, "b.zone.", 1, 60, "02020202"},
      {ADD, "b.zone.", 1, 90, "02020202"}},
     {{ADD, "zone.", 2, 60, "b.zone."},
      {DEL, "b.zone.", 1, 60, "02020202"},
      {ADD, "b.zone.", 1, 90, "02020202"}}},
    {"CNAME to A and back",
     {{DEL, "c.zone.", 1, 60, "02020202"},
      {ADD, "c.zone.", 5, 60, "d.zone."},
      {ADD, "d.zone.", 1, 60, "02020202"},
      {DEL, "d.zone.", 5, 60, "c.zone."}},
     {{DEL, "c.zone.", 1, 60, "02020202"},
      {DEL, "d.zone.", 5, 60, "c.zone."},
      {ADD, "c.zone.", 5, 60, "d.zone."},
      {ADD, "d.zone.", 1, 60, "02020202"}}},
    {"a delegation that changes all its NS keeps its DS",
     {{DEL, "d.zone.", 2, 60, "a."},
      {ADD, "d.zone.", 2, 60, "b."},
      {ADD, "d.zone.", 43, 60, "000108021234"}},
     {{ADD, "d.zone.", 2, 60, "b."},
      {DEL, "d.zone.", 2, 60, "a."},
      {ADD, "d.zone.", 43, 60, "000108021234"}}},
};

static void check_order(const struct order *order)
{
    struct rr rr;
    enum rr_op op;
    open_ddns(false);
    put_soas(1, 7);
    for (const struct change *change = order->given; change->owner != NULL; change++)
        put(change);
    ok(ddns_plan(ddns, NULL, &notes, &err), "%s: the plan (%s)", order->what, err.text);
    ok(ddns_next(ddns, &rr, &op) == DDNS_REQUIRE && rr.type == TYPE_SOA && serial_of(&rr) == 1,
       "%s: the old SOA is required", order->what);
    size_t n = 0;
    enum ddns_event event;
    while ((event = ddns_next(ddns, &rr, &op)) == DDNS_CHANGE && order->wanted[n].owner != NULL &&
           same(&order->wanted[n], op, &rr))
        n++;
    ok(order->wanted[n].owner == NULL, "%s: %zu changes in order", order->what, n);
    ok(event == DDNS_CHANGE && op == RR_ADD && rr.type == TYPE_SOA && serial_of(&rr) == 7,
       "%s: the new SOA is the last", order->what);
    ok(ddns_next(ddns, &rr, &op) == DDNS_SEND && ddns_next(ddns, &rr, &op) == DDNS_END,
       "%s: one message", order->what);
    ddns_free(ddns);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static void put_many(unsigned count, unsigned size)
{
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "h%u.zone.", i);
        data_wire.n = 0;
        for (unsigned k = 0; k < size; k++)
            wire_u8(&data_wire, 'x');
        if (!put_wire(RR_ADD, name, 65280, 60))
            abort();
    }
}

static void check_split(uint32_t old, uint32_t new, uint32_t last)
{
    struct rr rr;
    enum rr_op op;
    enum ddns_event event;
    size_t size = 0, messages = 0, records = 0;
    uint32_t serial = old;
    bool fits = true, chained = true;
    open_ddns(true);
    put_soas(old, new);
    put_many(500, 1000);
    ok(ddns_plan(ddns, NULL, &notes, &err), "%lu to %lu: the plan (%s)", (unsigned long)old,
       (unsigned long)new, err.text);
    while ((event = ddns_next(ddns, &rr, &op)) != DDNS_END) {
        if (event == DDNS_REQUIRE) {
            size = 12 + sizeof apex + 4;
            chained &= serial_of(&rr) == serial;
            messages++;
        }
        if (event == DDNS_CHANGE && rr.type == TYPE_SOA) {
            chained &= serial_of(&rr) - serial - 1 < UINT32_C(0x7fffffff);
            serial = serial_of(&rr);
        } else if (event == DDNS_CHANGE) {
            records++;
        }
        if (event != DDNS_SEND)
            size += rr.owner_length + 10u + rr.rdlength;
        fits &= size <= DDNS_MESSAGE_MAX - DDNS_RESERVE;
    }
    ok(fits && records == 500 && messages == ddns_facts(ddns).messages && messages == 8,
       "%zu messages that are small enough, of %zu records", messages, records);
    ok(chained && serial == last, "a chain of serials from %lu to %lu", (unsigned long)old,
       (unsigned long)serial);
    ok(notes.counts[ERR_DDNS_SPLIT] == 1, "told that it is not atomic");
    ok(notes.counts[ERR_DDNS_SERIAL] == (last != new), "told which serial it is");
    ddns_free(ddns);
}

static void check_sizes(void)
{
    open_ddns(false);
    put_soas(1, 2);
    put_many(500, 1000);
    ok(!ddns_plan(ddns, NULL, &notes, &err) && err.kind == ERR_DDNS_SIZE, "too much: %s", err.text);
    ddns_free(ddns);

    open_ddns(true);
    put_soas(1, 2);
    put_many(1, 65000);
    ok(!ddns_plan(ddns, NULL, &notes, &err) && err.kind == ERR_DDNS, "too large: %s", err.text);
    ddns_free(ddns);

    open_ddns(false);
    data_wire.n = 0;
    ok(!put_wire(RR_ADD, "a.zone.", 65280, UINT32_C(2147483648)) && err.kind == ERR_DDNS, "TTL: %s",
       err.text);
    err.kind = ERR_NONE;
    ok(put_wire(RR_DELETE, "a.zone.", 65280, UINT32_C(2147483648)), "a delete has none");
    ok(!ddns_plan(ddns, NULL, &notes, &err) && err.kind == ERR_DDNS, "no SOA: %s", err.text);
    ddns_free(ddns);
}

/* The serials of a single message. */
static void check_serial(uint32_t old, uint32_t new, uint32_t last)
{
    open_ddns(false);
    put_soas(old, new);
    bool good = ddns_plan(ddns, NULL, &notes, &err);
    struct ddns_facts facts = ddns_facts(ddns);
    ok(good && facts.messages == 1 && facts.sets_soa && facts.to == last, "%lu to %lu: %lu is set",
       (unsigned long)old, (unsigned long)new, (unsigned long)facts.to);
    ddns_free(ddns);
}

static void check_present(void)
{
    struct rr rr;
    enum rr_op op;
    static struct wire owner, data;
    make_soa(5);
    data = data_wire;
    struct rr soa = record(&owner, &data, "zone.", TYPE_SOA, 300);
    open_ddns(false);
    ok(ddns_plan(ddns, &soa, &notes, &err) && ddns_next(ddns, &rr, &op) == DDNS_END,
       "no change, no message");
    ddns_free(ddns);

    open_ddns(false);
    put(&(struct change){ADD, "a.zone.", 1, 60, "01020304"});
    ok(ddns_plan(ddns, &soa, &notes, &err) && ddns_next(ddns, &rr, &op) == DDNS_REQUIRE &&
           serial_of(&rr) == 5 && ddns_next(ddns, &rr, &op) == DDNS_CHANGE && rr.type == 1 &&
           ddns_next(ddns, &rr, &op) == DDNS_SEND,
       "where the SOA stays it is required, and the server raises the serial");
    ddns_free(ddns);
}

int main(void)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    check_split(1, 1000, 1000);
    check_split(UINT32_C(4294967290), 2, 2); /* eight further */
    check_split(UINT32_C(4294967290), 1, 2);
    check_split(1, 2, 9);
    check_split(7, 1, 15);
    check_sizes();
    check_serial(1, 2, 2);
    check_serial(2, 1, 3);
    check_serial(5, 5, 6);
    check_serial(UINT32_C(4294967295), 0, 0);
    check_serial(0, UINT32_C(2147483648), 1); /* no order */
    check_serial(0, UINT32_C(2147483647), UINT32_C(2147483647));
    check_present();
    return tap_end();
}
