/* A whole transfer: two octets of options and chunking, then the stream as the server sends it.
 * However it is cut into chunks and whatever the size of the output buffer, the records, the
 * notes, the error and the output must be the same. The net effect of changes must be what comes of
 * the steps when they are done one after the other. */
#include "fuzz.h"

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/writer.h"
#include "xfer/delta.h"
#include "xfer/exchange.h"
#include "xfer/frame.h"
#include "xfer/xfr.h"

#include <string.h>

static const uint8_t apex[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

enum { ID = 0x5a78 };

/* All that one run shows to the outside. */
struct result {
    char *output;
    size_t length, room;
    uint64_t messages, records;
    struct xfr_facts facts;
    bool lone;
    enum { RAN_OUT, ENDED, FAILED } end;
    size_t pending;
    struct err err;
    struct notes notes;
};

struct run {
    const uint8_t *stream;
    size_t left;
    uint32_t random; /* 0: in one piece */
    bool copies;     /* each message is moved to memory of its own */
    uint8_t *copy;
    struct frame frame;
    struct exchange exchange;
    struct delta *delta; /* NULL: AXFR */
    struct xfr *xfr;
    struct buf buf;
    struct sink *sink;
    bool begun;
    struct result *result;
};

static bool keep(void *context, const void *octets, size_t n, struct err *err)
{
    struct result *result = context;
    (void)err;
    if (result->room - result->length < n) {
        result->room = 2 * (result->room + n);
        result->output = realloc(result->output, result->room);
        MUST(result->output != NULL);
    }
    memcpy(result->output + result->length, octets, n);
    result->length += n;
    return true;
}

static size_t chunk(struct run *run, size_t most)
{
    if (run->random == 0)
        return most;
    run->random = run->random * 1664525 + 1013904223;
    size_t n = (run->random >> 24) % 3 == 0 ? 1 : (run->random >> 16) % 700 + 1;
    return n < most ? n : most;
}

static bool read_more(struct run *run)
{
    size_t room;
    uint8_t *to = frame_room(&run->frame, &room);
    MUST(room > 0);
    if (run->left == 0)
        return false;
    size_t n = chunk(run, run->left < room ? run->left : room);
    memcpy(to, run->stream, n);
    run->stream += n;
    run->left -= n;
    frame_filled(&run->frame, n);
    return true;
}

static bool next_message(struct run *run, struct err *err)
{
    const uint8_t *octets;
    size_t length;
    struct msg msg;
    for (;;) {
        enum frame_event event = frame_next(&run->frame, &octets, &length, err);
        if (event == FRAME_FAIL)
            return false;
        if (event == FRAME_MESSAGE)
            break;
        if (!read_more(run)) {
            run->result->end = RAN_OUT;
            run->result->pending = frame_rest(&run->frame, NULL);
            return false;
        }
    }
    if (run->copies) {
        free(run->copy);
        run->copy = malloc(length);
        MUST(run->copy != NULL);
        memcpy(run->copy, octets, length);
        octets = run->copy;
    }
    if (!exchange_push(&run->exchange, octets, length, 0, err))
        return false;
    MUST(exchange_next(&run->exchange, &msg));
    return xfr_push(run->xfr, &msg, err);
}

static bool give(struct run *run, const struct rr *rr, struct err *err)
{
    struct zone_info zone = {.apex = apex,
                             .apex_length = sizeof apex,
                             .class = CLASS_IN,
                             .serial = xfr_facts(run->xfr).serial};
    if (!run->begun && !run->sink->begin(run->sink, &zone, err))
        return false;
    run->begun = true;
    return run->sink->record(run->sink, RR_ADD, rr, err);
}

static void pump(struct run *run)
{
    struct err *err = &run->result->err;
    struct rr rr;
    for (;;) {
        enum xfr_event event = xfr_next(run->xfr, &rr, err);
        if (event == XFR_RR ? !give(run, &rr, err) : event == XFR_MORE && !next_message(run, err)) {
            MUST((err->kind != ERR_NONE) == (run->result->end == FAILED));
            return;
        }
        if (event == XFR_END)
            run->result->end = ENDED;
        MUST((event == XFR_FAIL) == (err->kind != ERR_NONE));
        if (event == XFR_END || event == XFR_FAIL)
            return;
    }
}

/* ---- Changes ------------------------------------------------------------------------------- */

enum { MODEL_MAX = 400 };

/* Whether a record is there, and with which TTL: before the changes, while they are done, and when
 * the net effect is done instead. */
struct entry {
    struct rr rr;
    uint8_t *canonical;
    struct presence {
        bool is_there;
        uint32_t ttl;
    } before, now, net;
};

struct model {
    struct entry entries[MODEL_MAX];
    size_t count;
    bool full, contradicts;
};

static struct entry *find(struct model *model, const struct rr *rr)
{
    uint8_t *canonical = malloc(rr->rdlength + 1u);
    MUST(canonical != NULL);
    rdata_canonical(rr, canonical);
    for (size_t i = 0; i < model->count; i++) {
        struct entry *entry = &model->entries[i];
        if (entry->rr.type == rr->type && entry->rr.rdlength == rr->rdlength &&
            memcmp(entry->canonical, canonical, rr->rdlength) == 0 &&
            name_equal(entry->rr.owner, entry->rr.owner_length, rr->owner, rr->owner_length)) {
            free(canonical);
            return entry;
        }
    }
    if (model->count == MODEL_MAX) {
        model->full = true;
        free(canonical);
        return NULL;
    }
    struct entry *entry = &model->entries[model->count++];
    *entry = (struct entry){.rr = *rr, .canonical = canonical};
    return entry;
}

static void apply(struct presence *presence, enum rr_op op, uint32_t ttl)
{
    presence->is_there = op == RR_ADD;
    presence->ttl = ttl;
}

/* Does one change. The first change of a record tells whether it was there. */
static void do_change(struct model *model, enum rr_op op, const struct rr *rr)
{
    size_t known = model->count;
    struct entry *entry = find(model, rr);
    if (entry == NULL)
        return;
    if (model->count > known) {
        entry->before = (struct presence){.is_there = op == RR_DELETE, .ttl = rr->ttl};
        entry->now = entry->net = entry->before;
    }
    if (entry->now.is_there != (op == RR_DELETE))
        model->contradicts = true;
    apply(&entry->now, op, rr->ttl);
}

static bool same(const struct presence *a, const struct presence *b)
{
    return a->is_there == b->is_there && (!a->is_there || a->ttl == b->ttl);
}

/* Does the net effect, each change of which must do something, and compares. */
static void check_net(struct model *model, const struct delta *delta, enum delta_view view)
{
    struct delta_reader reader;
    struct err err = {.kind = ERR_NONE};
    struct rr rr;
    enum rr_op op;
    size_t changed = 0, known = model->count, different = 0;
    for (size_t i = 0; i < model->count; i++)
        model->entries[i].net = model->entries[i].before;
    delta_read(&reader, delta, view);
    enum source_event event;
    while ((event = reader.source.next(&reader.source, &rr, &op, &err)) != SOURCE_END) {
        if (event == SOURCE_BEGIN)
            continue;
        struct entry *entry = find(model, &rr);
        MUST(entry != NULL && model->count == known);
        MUST(entry->net.is_there == (op == RR_DELETE));
        MUST(op == RR_ADD || entry->net.ttl == rr.ttl);
        apply(&entry->net, op, rr.ttl);
        changed++;
    }
    MUST(err.kind == ERR_NONE);
    for (size_t i = 0; i < model->count; i++) {
        const struct entry *entry = &model->entries[i];
        MUST(same(&entry->net, &entry->now));
        if (!same(&entry->before, &entry->now))
            different += entry->before.is_there && entry->now.is_there ? 2 : 1;
    }
    MUST(changed == different);
    struct delta_facts facts = delta_net_facts(delta);
    MUST(changed == facts.added + facts.deleted);
}

static void keep_line(struct result *result, char sign, const struct rr *rr)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%c %u %lu %d ", sign, rr->type, (unsigned long)rr->ttl,
                     rr->flags & RR_OPAQUE);
    keep(result, text, (size_t)n, NULL);
    for (size_t i = 0; i < (size_t)rr->owner_length + rr->rdlength; i++) {
        snprintf(text, sizeof text, "%02x",
                 i < rr->owner_length ? rr->owner[i] : rr->rdata[i - rr->owner_length]);
        keep(result, text, 2, NULL);
    }
    keep(result, "\n", 1, NULL);
}

static void use_changes(struct run *run)
{
    static struct model model; /* large */
    struct result *result = run->result;
    struct delta_reader reader;
    struct err err = {.kind = ERR_NONE};
    struct rr rr;
    enum rr_op op;
    uint64_t steps = 0, added = 0, deleted = 0;
    memset(&model, 0, sizeof model);
    delta_read(&reader, run->delta, DELTA_STEPS);
    enum source_event event, before = SOURCE_RR;
    while ((event = reader.source.next(&reader.source, &rr, &op, &err)) != SOURCE_END) {
        MUST(event == SOURCE_RR || before == SOURCE_RR);
        steps += event == SOURCE_BEGIN;
        if (event == SOURCE_BEGIN) {
            before = event;
            continue;
        }
        MUST(before == SOURCE_RR || (op == RR_DELETE && rr.type == TYPE_SOA));
        before = event;
        added += op == RR_ADD;
        deleted += op == RR_DELETE;
        keep_line(result, op == RR_ADD ? '+' : '-', &rr);
        do_change(&model, op, &rr);
    }
    struct delta_facts facts = delta_facts(run->delta);
    MUST(facts.steps == steps && facts.added == added && facts.deleted == deleted);
    MUST(facts.from == result->facts.from && facts.to == result->facts.serial);
    bool strict = result->notes.strict;
    result->notes.strict = false;
    bool good = delta_condense(run->delta, &result->notes, &err);
    result->notes.strict = strict;
    MUST(good == (err.kind == ERR_NONE));
    MUST(model.full || good == !model.contradicts);
    if (good && !model.full) {
        check_net(&model, run->delta, DELTA_NET);
        check_net(&model, run->delta, DELTA_NET_STEP);
    }
    for (size_t i = 0; i < model.count; i++)
        free(model.entries[i].canonical);
}

/* ---- Running ------------------------------------------------------------------------------- */

/* What the options say. */
struct play {
    struct writer_style style;
    bool strict, ixfr;
    uint32_t since;
};

static void open_delta(struct run *run, const struct play *play, struct err *err)
{
    if (!play->ixfr)
        return;
    struct delta_config config = {.apex = apex, .apex_length = sizeof apex, .class = CLASS_IN};
    run->delta = delta_new(&config, err);
    MUST(run->delta != NULL);
}

static void run_once(const uint8_t *data, size_t size, const struct play *play, uint32_t random,
                     size_t capacity, struct result *result)
{
    *result = (struct result){.end = FAILED};
    result->notes.strict = play->strict;
    struct err *err = &result->err;
    struct run run = {.stream = data, .left = size, .random = random, .copies = random == 0};
    run.result = result;
    run.exchange = (struct exchange){.question = {.name = apex,
                                                  .name_length = sizeof apex,
                                                  .type = play->ixfr ? TYPE_IXFR : TYPE_AXFR,
                                                  .class = CLASS_IN},
                                     .id = ID,
                                     .edns = MSG_EDNS_ASK,
                                     .notes = &result->notes};
    open_delta(&run, play, err);
    struct xfr_config config = {.apex = apex,
                                .apex_length = sizeof apex,
                                .class = CLASS_IN,
                                .notes = &result->notes,
                                .delta = run.delta,
                                .since = play->since};
    run.xfr = xfr_new(&config, err);
    MUST(run.xfr != NULL && frame_init(&run.frame, err));
    MUST(buf_init(&run.buf, capacity, keep, result, err));
    run.sink = w_zone_open(&play->style, &run.buf, err);
    MUST(run.sink != NULL);
    pump(&run);
    result->facts = xfr_facts(run.xfr);
    result->messages = result->facts.messages;
    result->records = result->facts.records;
    result->lone = xfr_is_lone_soa(run.xfr);
    struct err end = {.kind = ERR_NONE};
    MUST(run.sink->end(run.sink, result->end == ENDED ? OUTCOME_COMPLETE : OUTCOME_ABORTED,
                       result->err.text, &end));
    run.sink->free(run.sink);
    buf_fini(&run.buf);
    frame_fini(&run.frame);
    if (result->end == ENDED && result->facts.kind == XFR_INCREMENTAL)
        use_changes(&run);
    delta_free(run.delta);
    xfr_free(run.xfr);
    free(run.copy);
}

static void check_output(const struct result *result)
{
    size_t lines = 0;
    for (size_t i = 0; i < result->length; i++) {
        char c = result->output[i];
        MUST((c >= ' ' && c <= '~') || c == '\n' || c == '\t');
        lines += c == '\n';
    }
    MUST(result->length > 0 && result->output[result->length - 1] == '\n');
    MUST(lines >= result->records + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole, parts; /* large, and of no use after the call */
    if (size < 2 || size > 200000)
        return 0;
    struct play play = {
        .style = {.relative = (data[0] & 1) != 0,
                  .pretty = (data[0] & 2) != 0,
                  .no_class = (data[0] & 4) != 0,
                  .no_ttl = (data[0] & 8) != 0,
                  .generic = (data[0] & 16) != 0,
                  .modern = (data[0] & 32) != 0},
        .strict = (data[0] & 64) != 0,
        .ixfr = (data[0] & 128) != 0,
        .since = (data[0] & 1) != 0 ? UINT32_MAX - 1 : 1,
    };
    run_once(data + 2, size - 2, &play, 0, 1 << 20, &whole);
    run_once(data + 2, size - 2, &play, data[1] + 1u, 64, &parts);
    check_output(&whole);
    MUST(whole.end == parts.end && whole.pending == parts.pending);
    MUST(whole.messages == parts.messages && whole.records == parts.records);
    MUST(whole.facts.kind == parts.facts.kind && whole.lone == parts.lone);
    MUST(whole.facts.serial == parts.facts.serial);
    MUST(whole.err.kind == parts.err.kind && strcmp(whole.err.text, parts.err.text) == 0);
    MUST(memcmp(&whole.notes, &parts.notes, sizeof whole.notes) == 0);
    MUST(whole.length == parts.length && memcmp(whole.output, parts.output, whole.length) == 0);
    free(whole.output);
    free(parts.output);
    return 0;
}
