/* job/pump: what comes from a source, or from the answer of a server, reaches the sink in its
 * order, and nothing does after a veto, a failure or a halt. */
#include "dns/types.h"
#include "job/pump.h"

#include "tap.h"
#include "wire.h"

enum { ID = 0x1234, RESPONSE = 0x8400 };

static const uint8_t apex[] = {4, 'z', 'o', 'n', 'e', 0};
static const uint8_t address[] = {192, 0, 2, 1};

/* ---- A sink that writes down what it is told ------------------------------------------------ */

struct log {
    struct sink sink;
    char text[64]; /* [: a begin; + and -: a record; x: what it refused */
    size_t length;
    uint32_t serial; /* of the last begin */
    size_t fails_at; /* the call, counted from 0, that it refuses; SIZE_MAX: none */
};

static bool note(struct sink *sink, char letter, struct err *err)
{
    struct log *log = (struct log *)sink;
    bool good = log->length != log->fails_at;
    if (log->length + 1 < sizeof log->text)
        log->text[log->length] = good ? letter : 'x';
    log->length++;
    return good || err_set(err, ERR_OUTPUT, "the sink refuses");
}

static bool log_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    ((struct log *)sink)->serial = zone->serial;
    return note(sink, '[', err);
}

static bool log_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    (void)rr;
    return note(sink, op == RR_DELETE ? '-' : '+', err);
}

static bool log_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)outcome;
    (void)why;
    return note(sink, ']', err); /* which a pump never calls */
}

static struct log new_log(void)
{
    return (struct log){.sink = {.begin = log_begin, .record = log_record, .end = log_end},
                        .fails_at = SIZE_MAX};
}

/* ---- A source that plays a script ----------------------------------------------------------- */

struct script {
    struct source source;
    const char *text;  /* [ + - as in the log; !: a failure; the end of the text is the end */
    unsigned repeated; /* the last letter comes so often once more */
};

static enum source_event script_next(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct script *script = (struct script *)source;
    char letter = *script->text;
    if (letter != '\0' && (script->text[1] != '\0' || script->repeated-- == 0))
        script->text++;
    *rr = (struct rr){.owner = apex,
                      .owner_length = sizeof apex,
                      .rdata = address,
                      .rdlength = sizeof address,
                      .type = 1,
                      .class = CLASS_IN};
    *op = letter == '-' ? RR_DELETE : RR_ADD;
    if (letter == '!') {
        err_set(err, ERR_INPUT, "the source fails");
        return SOURCE_FAIL;
    }
    if (letter == '[')
        source->zone.serial++;
    return letter == '\0' ? SOURCE_END : letter == '[' ? SOURCE_BEGIN : SOURCE_RR;
}

static struct script new_script(const char *text)
{
    return (struct script){.source = {.next = script_next}, .text = text};
}

/* ---- Sources -------------------------------------------------------------------------------- */

static void plain(void)
{
    struct err err = {.kind = ERR_NONE};
    struct log log = new_log();
    struct script script = new_script("[+++[--+");
    struct pump pump = {.sink = &log.sink};
    ok(pump_source(&pump, &script.source, &err), "a source up to its end");
    is_str(log.text, "[+++[--+",
           "... every step and every record came, in their order, and no end");
    is_int(log.serial, 2, "... a begin tells of its own step");
    is_int((int64_t)pump.moved[RR_ADD], 4, "... adds are counted");
    is_int((int64_t)pump.moved[RR_DELETE], 2, "... and deletes");
}

static void failures(void)
{
    struct err err = {.kind = ERR_NONE};
    struct log log = new_log();
    struct script script = new_script("[++!+");
    struct pump pump = {.sink = &log.sink};
    ok(!pump_source(&pump, &script.source, &err), "a source that fails");
    is_int(err.kind, ERR_INPUT, "... its error is told");
    is_str(log.text, "[++", "... and nothing comes after it");
    for (size_t i = 0; i < 4; i++) {
        err = (struct err){.kind = ERR_NONE};
        log = new_log();
        log.fails_at = i;
        script = new_script("[+-+");
        ok(!pump_source(&pump, &script.source, &err) && err.kind == ERR_OUTPUT,
           "the sink refuses call %zu", i);
        is_int((int64_t)log.length, (int64_t)i + 1, "... and is not called again");
    }
}

/* ---- The callback in place of a begin ------------------------------------------------------- */

struct gate {
    struct log *log;
    unsigned called, vetoes_at; /* counted from 1; 0: never */
    bool lets_sink_hear;
};

static bool gate_begin(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    struct gate *gate = pump->context;
    if (++gate->called == gate->vetoes_at)
        return err_set(err, ERR_SERIAL_OLDER, "vetoed");
    pump->sink = &gate->log->sink; /* only now is it known */
    return !gate->lets_sink_hear || pump->sink->begin(pump->sink, zone, err);
}

static void callback(void)
{
    struct err err = {.kind = ERR_NONE};
    struct log log = new_log();
    struct gate gate = {.log = &log, .vetoes_at = 1};
    struct script script = new_script("[++");
    struct pump pump = {.begin = gate_begin, .context = &gate};
    ok(!pump_source(&pump, &script.source, &err), "the callback vetoes the first begin");
    is_int(err.kind, ERR_SERIAL_OLDER, "... its error is told");
    is_int((int64_t)log.length, 0, "... and the sink hears of nothing");

    err = (struct err){.kind = ERR_NONE};
    gate = (struct gate){.log = &log, .vetoes_at = 2, .lets_sink_hear = true};
    script = new_script("[++[+");
    ok(!pump_source(&pump, &script.source, &err), "... or the second");
    is_str(log.text, "[++", "... what came before has reached the sink that it has set");

    err = (struct err){.kind = ERR_NONE};
    log = new_log();
    gate = (struct gate){.log = &log};
    script = new_script("[++[+");
    ok(pump_source(&pump, &script.source, &err), "a callback that keeps begins to itself");
    is_str(log.text, "+++", "... they are not called by the pump beside it");
    is_int(gate.called, 2, "... it was called for each");
}

static void too_early(void)
{
    struct err err = {.kind = ERR_NONE};
    struct log log = new_log();
    struct gate gate = {.log = &log};
    struct script script = new_script("+[+");
    struct pump pump = {.begin = gate_begin, .context = &gate};
    ok(!pump_source(&pump, &script.source, &err), "a record before anything has begun");
    is_int(err.kind, ERR_INTERNAL, "... is a defect, not a crash");
    is_int((int64_t)log.length, 0, "... and reaches nobody");
}

/* ---- A halt --------------------------------------------------------------------------------- */

struct counted_halt {
    struct halt halt;
    unsigned *asked, due_at;
};

static bool is_due(const struct halt *halt, struct err *err)
{
    const struct counted_halt *own = (const struct counted_halt *)halt;
    return ++*own->asked == own->due_at && !err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void halted(const char *text)
{
    enum { RECORDS = 5 * HALT_EVERY };
    for (unsigned due_at = 1; due_at <= 6; due_at++) {
        struct err err = {.kind = ERR_NONE};
        unsigned asked = 0;
        struct counted_halt halt = {.halt = {is_due}, .asked = &asked, .due_at = due_at};
        struct log log = new_log();
        struct script script = new_script(text);
        struct pump pump = {.sink = &log.sink, .halt = &halt.halt};
        script.repeated = RECORDS - 1;
        bool good = pump_source(&pump, &script.source, &err);
        uint64_t moved = pump.moved[RR_ADD] + pump.moved[RR_DELETE];
        if (due_at == 6) {
            ok(good && moved == RECORDS, "a halt that does not come in time ends nothing");
            is_int(asked, 5, "... and is asked once for some thousand records");
            continue;
        }
        ok(!good && err.kind == ERR_INTERRUPTED, "a halt in the middle of %s ends the work", text);
        is_int((int64_t)moved, (int64_t)due_at * HALT_EVERY, "... when it was asked %u times",
               due_at);
    }
}

/* ---- The answer of a server ----------------------------------------------------------------- */

static struct wire message;

static void begin_message(unsigned answers)
{
    message.n = 0;
    wire_header(&message, ID, RESPONSE, 1, answers, 0, 0);
    wire_question(&message, "zone.", TYPE_AXFR, CLASS_IN);
}

static void add_soa(uint32_t serial)
{
    wire_soa(&message, "@12", CLASS_IN, "ns.@12", "admin.@12", serial);
}

static void add_address(void)
{
    wire_rr_mem(&message, "a.@12", 1, CLASS_IN, 60, address, sizeof address);
}

static struct answer *new_answer(struct notes *notes)
{
    struct err err = {.kind = ERR_NONE};
    uint8_t query[MSG_QUERY_MAX + 2];
    const struct answer_config config = {
        .question = {.name = apex,
                     .name_length = sizeof apex,
                     .type = TYPE_AXFR,
                     .class = CLASS_IN},
        .notes = notes,
    };
    struct answer *answer = answer_new(&config, &err);
    if (answer == NULL || answer_query(answer, ID, MSG_EDNS_NONE, 0, query, &err) == 0)
        printf("Bail out! no query: %s\n", err.text);
    return answer;
}

static enum answer_event push(struct pump *pump, struct answer *answer, struct err *err)
{
    uint8_t *octets = wire_exact(message.octets, message.n);
    enum answer_event event = ANSWER_FAIL;
    if (answer_push(answer, octets, message.n, 0, err))
        event = pump_answer(pump, answer, err);
    free(octets);
    return event;
}

static void answered(void)
{
    struct err err = {.kind = ERR_NONE};
    static struct notes notes;
    struct log log = new_log();
    struct pump pump = {.sink = &log.sink};
    struct answer *answer = new_answer(&notes);
    is_int(pump_answer(&pump, answer, &err), ANSWER_MORE, "before any message: more is wanted");
    begin_message(2);
    add_soa(7);
    add_address();
    is_int(push(&pump, answer, &err), ANSWER_MORE, "after the first of two: more is wanted");
    is_str(log.text, "[++", "... and what it held has reached the sink");
    is_int(log.serial, 7, "... with the serial of the zone");
    begin_message(2);
    add_address();
    add_soa(7);
    is_int(push(&pump, answer, &err), ANSWER_END, "after the second: the end");
    is_str(log.text, "[+++",
           "... the SOA that ends a zone is not a record of it; no end was called");
    is_int(err.kind, ERR_NONE, "... no error: %s", err.text);
    answer_free(answer);
}

static void refused_answer(void)
{
    static struct notes notes;
    struct log log = new_log();
    struct gate gate = {.log = &log, .vetoes_at = 1};
    struct pump pump = {.sink = &log.sink, .begin = gate_begin, .context = &gate};
    struct err err = {.kind = ERR_NONE};
    struct answer *answer = new_answer(&notes);
    begin_message(2);
    add_soa(7);
    add_address();
    is_int(push(&pump, answer, &err), ANSWER_FAIL, "the callback vetoes an answer");
    is_int(err.kind, ERR_SERIAL_OLDER, "... its error is told");
    is_int((int64_t)log.length, 0, "... and the sink hears of nothing");
    answer_free(answer);

    err = (struct err){.kind = ERR_NONE};
    pump = (struct pump){.sink = &log.sink};
    log.fails_at = 1;
    answer = new_answer(&notes);
    is_int(push(&pump, answer, &err), ANSWER_FAIL, "the sink refuses a record of an answer");
    is_int(err.kind, ERR_OUTPUT, "... its error is told");
    is_str(log.text, "[x", "... and it is not called again");
    answer_free(answer);

    err = (struct err){.kind = ERR_NONE};
    log = new_log();
    answer = new_answer(&notes);
    begin_message(2);
    add_soa(7);
    add_soa(8);
    is_int(push(&pump, answer, &err), ANSWER_FAIL, "an answer that contradicts itself");
    is_int(err.kind, ERR_SOA_CHANGED, "... the error of the machine is told");
    is_str(log.text, "[+", "... after what came before");
    answer_free(answer);
}

int main(void)
{
    plain();
    failures();
    callback();
    too_early();
    halted("[+");
    halted("[-");
    answered();
    refused_answer();
    return tap_end();
}
