/* A whole transfer: two octets of options and chunking, then the stream as the server sends it.
 * However it is cut into chunks and whatever the size of the output buffer, the records, the
 * notes, the error and the output must be the same. */
#include "fuzz.h"

#include "dns/types.h"
#include "out/writer.h"
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

static void run_once(const uint8_t *data, size_t size, const struct writer_style *style,
                     bool strict, uint32_t random, size_t capacity, struct result *result)
{
    *result = (struct result){.end = FAILED};
    result->notes.strict = strict;
    struct err *err = &result->err;
    struct run run = {.stream = data, .left = size, .random = random, .copies = random == 0};
    run.result = result;
    run.exchange = (struct exchange){.question = {apex, sizeof apex, TYPE_AXFR, CLASS_IN},
                                     .id = ID,
                                     .edns = MSG_EDNS_ASK,
                                     .notes = &result->notes};
    struct xfr_config config = {apex, sizeof apex, CLASS_IN, &result->notes, false};
    run.xfr = xfr_new(&config, err);
    MUST(run.xfr != NULL && frame_init(&run.frame, err));
    MUST(buf_init(&run.buf, capacity, keep, result, err));
    run.sink = w_zone_open(style, &run.buf, err);
    MUST(run.sink != NULL);
    pump(&run);
    result->messages = xfr_facts(run.xfr).messages;
    result->records = xfr_facts(run.xfr).records;
    struct err end = {.kind = ERR_NONE};
    MUST(run.sink->end(run.sink, result->end == ENDED ? OUTCOME_COMPLETE : OUTCOME_ABORTED,
                       result->err.text, &end));
    run.sink->free(run.sink);
    buf_fini(&run.buf);
    frame_fini(&run.frame);
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
    struct writer_style style = {
        .relative = (data[0] & 1) != 0,
        .pretty = (data[0] & 2) != 0,
        .no_class = (data[0] & 4) != 0,
        .no_ttl = (data[0] & 8) != 0,
        .generic = (data[0] & 16) != 0,
        .modern = (data[0] & 32) != 0,
    };
    bool strict = (data[0] & 64) != 0;
    run_once(data + 2, size - 2, &style, strict, 0, 1 << 20, &whole);
    run_once(data + 2, size - 2, &style, strict, data[1] + 1u, 64, &parts);
    check_output(&whole);
    MUST(whole.end == parts.end && whole.pending == parts.pending);
    MUST(whole.messages == parts.messages && whole.records == parts.records);
    MUST(whole.err.kind == parts.err.kind && strcmp(whole.err.text, parts.err.text) == 0);
    MUST(memcmp(&whole.notes, &parts.notes, sizeof whole.notes) == 0);
    MUST(whole.length == parts.length &&
         memcmp(whole.output, parts.output, whole.length) == 0);
    free(whole.output);
    free(parts.output);
    return 0;
}
