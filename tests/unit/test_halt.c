/* What computes for long sees its halt: each machine is run with a halt that is due when it is
 * asked for the first time, the second, and so on, and must end at once. */
#include "base/buf.h"
#include "dns/types.h"
#include "io/spool.h"
#include "out/ddns.h"
#include "out/writer.h"
#include "xfer/delta.h"
#include "zone/merge.h"
#include "zone/store.h"
#include "zone/zonefile.h"

#include "tap.h"
#include "wire.h"

enum { COUNT = 2 * HALT_EVERY };

static const uint8_t apex[] = {4, 'z', 'o', 'n', 'e', 0};
static const struct zone_info zone = {
    .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .serial = 2};

struct nth_halt {
    struct halt halt;
    unsigned *asked, nth;
};

static bool is_nth(const struct halt *halt, struct err *err)
{
    const struct nth_halt *own = (const struct nth_halt *)halt;
    return (*own->asked)++ >= own->nth && !err_set(err, ERR_INTERRUPTED, "interrupted");
}

/* ---- Records ------------------------------------------------------------------------------- */

static struct wire owner, rdata;

static struct rr rr_of(unsigned type, uint32_t ttl)
{
    return (struct rr){
        .owner = owner.octets,
        .owner_length = (uint8_t)owner.n,
        .rdata = rdata.octets,
        .rdlength = (uint16_t)rdata.n,
        .info = types_find((uint16_t)type, CLASS_IN),
        .ttl = ttl,
        .type = (uint16_t)type,
        .class = CLASS_IN,
    };
}

/* An address; each number has an owner of its own, or all have the same one. The numbers come in no
 * order. */
static struct rr address(unsigned number, bool own)
{
    char name[40];
    number = number * 7919 % COUNT;
    snprintf(name, sizeof name, "h%u.deep.zone.", own ? number : 0);
    owner.n = rdata.n = 0;
    wire_name(&owner, name);
    wire_u32(&rdata, 0x0a000000 + number);
    return rr_of(1, 60);
}

static struct rr soa(uint32_t serial)
{
    owner.n = rdata.n = 0;
    wire_name(&owner, "zone.");
    wire_name(&rdata, "ns.zone.");
    wire_name(&rdata, "admin.zone.");
    wire_u32(&rdata, serial);
    wire_hex(&rdata, "00000001 00000002 00000003 00000004");
    return rr_of(TYPE_SOA, 60);
}

static bool read_all(struct source *source, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    enum source_event event;
    while ((event = source->next(source, &rr, &op, err)) < SOURCE_END)
        continue;
    return event == SOURCE_END;
}

/* ---- The machines -------------------------------------------------------------------------- */

static bool run_store(const struct halt *halt, bool own, size_t memory, struct err *err)
{
    struct store_config config = {.halt = halt, .memory = memory, .scratch = &spool_scratch};
    struct store *store = store_new(&config, err);
    struct sink *sink = store_sink(store);
    bool good = sink->begin(sink, &zone, err);
    for (unsigned i = 0; i < COUNT && good; i++) {
        struct rr rr = address(i, own);
        good = sink->record(sink, RR_ADD, &rr, err);
        if (!good && memory == 0)
            abort();
    }
    good = good && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    struct source *source = good ? store_walk(store, NULL, err) : NULL;
    good = source != NULL && read_all(source, err);
    if (source != NULL)
        source->free(source);
    store_free(store);
    return good;
}

static bool run_owners(const struct halt *halt, struct err *err)
{
    return run_store(halt, true, 0, err);
}

static bool run_records(const struct halt *halt, struct err *err)
{
    return run_store(halt, false, 0, err);
}

/* Less than half of it fits into memory, and not all of the rest can be read at once. */
static bool run_pieces(const struct halt *halt, struct err *err)
{
    return run_store(halt, true, 60000, err);
}

static bool add_changes(struct delta *delta, struct err *err)
{
    struct rr rr = soa(1);
    bool good = delta_step(delta, err) && delta_add(delta, RR_DELETE, &rr, err);
    for (unsigned i = 0; i < COUNT && good; i++) {
        rr = address(i, true);
        good = delta_add(delta, RR_DELETE, &rr, err);
    }
    rr = soa(2);
    good = good && delta_add(delta, RR_ADD, &rr, err);
    for (unsigned i = 0; i < COUNT && good; i++) {
        rr = address(i, false);
        good = delta_add(delta, RR_ADD, &rr, err);
    }
    return good;
}

static bool run_delta(const struct halt *halt, struct err *err)
{
    static struct notes notes;
    struct delta_config config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .halt = halt};
    struct delta *delta = delta_new(&config, err);
    if (!add_changes(delta, err))
        abort();
    bool good = delta_condense(delta, &notes, err);
    for (int view = DELTA_STEPS; view <= DELTA_NET_STEP && good; view++) {
        struct delta_reader reader;
        delta_read(&reader, delta, (enum delta_view)view);
        good = read_all(&reader.source, err);
    }
    delta_free(delta);
    return good;
}

static bool throw_away(void *context, const void *octets, size_t length, struct err *err)
{
    (void)context;
    (void)octets;
    (void)length;
    (void)err;
    return true;
}

/* Planned, looked through and written. Half of the changes are name servers, and half are addresses
 * of such. */
static bool run_nsupdate(const struct halt *halt, struct err *err)
{
    static const struct writer_style style = {.split = true};
    static struct notes notes;
    struct buf buf;
    struct rr newest = soa(2);
    struct zone_info info = zone;
    static struct wire kept;
    kept = rdata;
    newest.rdata = kept.octets;
    newest.owner = apex;
    info.changes = true;
    info.from = 1;
    info.newest = &newest;
    buf_init(&buf, 65536, throw_away, NULL, err);
    struct sink *sink = w_nsupdate_open(&style, &buf, err);
    w_nsupdate_notes(sink, &notes);
    w_nsupdate_halt(sink, halt);
    sink->begin(sink, &info, err);
    for (unsigned i = 0; i < COUNT; i++) {
        struct rr rr = address(i, true);
        if (i % 2 > 0) {
            rdata = owner;
            rr = rr_of(TYPE_NS, 60);
        }
        if (!sink->record(sink, RR_ADD, &rr, err))
            abort();
    }
    for (int i = 0; i < 2; i++) {
        struct rr rr = soa((uint32_t)i + 1);
        sink->record(sink, i == 0 ? RR_DELETE : RR_ADD, &rr, err);
    }
    bool good = sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    sink->free(sink);
    buf_fini(&buf);
    return good;
}

/* A sorted source of names in one RRset, the letters of which differ from side to side. */
struct names {
    struct source source;
    unsigned at;
    bool upper;
    struct wire rdata;
};

static enum source_event next_name(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct names *names = (struct names *)source;
    char text[40];
    (void)err;
    if (names->at == COUNT)
        return SOURCE_END;
    snprintf(text, sizeof text, names->upper ? "%06uH.zone." : "%06uh.zone.", names->at++);
    owner.n = names->rdata.n = 0;
    wire_name(&owner, "zone.");
    wire_u16(&names->rdata, 1);
    wire_name(&names->rdata, text);
    *rr = rr_of(64, 60); /* SVCB, the names in which keep their case in canonical form */
    rr->rdata = names->rdata.octets;
    rr->rdlength = (uint16_t)names->rdata.n;
    *op = RR_ADD;
    return SOURCE_RR;
}

static bool run_merge(const struct halt *halt, struct err *err)
{
    static struct names old = {.source = {.next = next_name}};
    static struct names new = {.source = {.next = next_name}, .upper = true};
    old.at = new.at = 0;
    struct merge_config config = {.old = &old.source,
                                  .new = &new.source,
                                  .apex = apex,
                                  .apex_length = sizeof apex,
                                  .halt = halt};
    struct source *source = merge_open(&config, err);
    bool good = read_all(source, err);
    source->free(source);
    return good;
}

static const char file[] = "$ORIGIN zone.\n$TTL 60\n@ SOA a b 1 1 1 1 1\n"
                           "$GENERATE 0-30000 h$ A 192.0.2.1\n";

static bool read_file(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    size_t *at = context, left = sizeof file - 1 - *at;
    (void)err;
    *got = left < room ? left : room;
    memcpy(to, file + *at, *got);
    *at += *got;
    return true;
}

static bool run_generate(const struct halt *halt, struct err *err)
{
    static struct notes notes;
    size_t at = 0;
    const struct zonefile_input input = {.read = read_file, .context = &at, .name = "file"};
    const struct zonefile_config config = {.notes = &notes, .halt = halt};
    struct source *source = zonefile_open(&config, &input, err);
    bool good = read_all(source, err);
    source->free(source);
    return good;
}

/* ---- All of them --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*run)(const struct halt *halt, struct err *err);
    unsigned rounds; /* how often at least each record is a step */
} machines[] = {
    {"a store of many owners", run_owners, 2},
    {"a store of one owner", run_records, 2},
    {"a store in scratch space", run_pieces, 10},
    {"changes", run_delta, 20},
    {"an update", run_nsupdate, 20},
    {"a merge", run_merge, 4},
    {"$GENERATE", run_generate, 1},
};

int main(void)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        unsigned asked = 0;
        struct nth_halt halt = {.halt = {is_nth}, .asked = &asked, .nth = UINT32_MAX};
        struct err err = {.kind = ERR_NONE};
        ok(machines[i].run(NULL, &err), "%s without a halt: %s", machines[i].name, err.text);
        ok(machines[i].run(&halt.halt, &err), "... with one that is never due");
        unsigned all = asked;
        ok(all >= machines[i].rounds * COUNT / HALT_EVERY, "... which is asked %u times", all);
        for (halt.nth = 0; halt.nth < all; halt.nth++) {
            asked = 0;
            err = (struct err){.kind = ERR_NONE};
            bool good = machines[i].run(&halt.halt, &err);
            ok(!good && err.kind == ERR_INTERRUPTED && asked == halt.nth + 1,
               "... ended by answer %u", halt.nth);
        }
    }
    return tap_end();
}
