#include "job/audit_own.h"

#include "job/keys.h"
#include "dns/types.h"
#include "base/codec.h"
#include "io/loop.h"
#include "out/guard.h"
#include "out/zonefacts.h"
#include "out/zonesum.h"

#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_FACTOR = 3,  /* answer timeouts, for a message to come whole */
    CONTENT_FACTOR = 20, /* idle timeouts, for a zone to come whole: it may drip for ever */
};

/* What is kept of a zone that comes whole. */
struct audit_content {
    struct sink *sink; /* guard, facts, then sum */
    struct zonesum sum;
    struct zonefacts facts;
    struct notes notes;
};

bool audit_is_transfer(enum audit_step step)
{
    return step == AUDIT_STEP_OPEN || step == AUDIT_STEP_CONTENT;
}

/* ---- Questions ----------------------------------------------------------------------------- */

/* The key of the row's server, for what only those with a permission get. */
static const struct tsig_key *key_of(const struct audit_item *item)
{
    const struct keys *keys = audit_route(item->work)->keys;
    const struct audit_host *host = item->host;
    const struct server found = {.word = host->name};
    return keys != NULL ? keys_for(keys, host->given != NULL ? host->given : &found) : NULL;
}

/* A server of the DNS answers for its SOA without a key; a hidden primary need not. */
static bool is_signed(const struct audit_item *item)
{
    return item->step == AUDIT_STEP_CONTENT ||
           (item->step != AUDIT_STEP_OPEN && item->row->sources == AUDIT_REFERENCE);
}

static bool open_endpoint(struct audit_item *item, struct err *err)
{
    const struct route *route = audit_route(item->work);
    bool is_datagram = item->step == AUDIT_STEP_UDP;
    struct endpoint like = {
        .address = item->place->address,
        .has_bind = route->has_bind,
        .bind = route->bind,
        .tls = is_datagram ? NULL : route->tls,
        .host = item->host->name,
        .key = is_signed(item) ? key_of(item) : NULL,
    };
    like.address.datagram = is_datagram;
    endpoint_release(item->endpoint);
    item->endpoint = endpoint_intern(item->work->audit->config.endpoints, &like, err);
    return item->endpoint != NULL;
}

static struct audit_content *new_content(const struct shape *shape, struct err *err)
{
    const struct guard_limits limits = {.max_records = shape->guard.max_records,
                                        .max_shrink = NO_SHRINK_LIMIT};
    struct audit_content *content = calloc(1, sizeof *content);
    if (content == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    struct sink *sink = zonesum_new(&content->sum, err);
    if (sink != NULL)
        sink = zonefacts_new(sink, &content->facts, err);
    if (sink != NULL)
        sink = guard_new(sink, &limits, err);
    content->sink = sink;
    if (sink == NULL) {
        free(content);
        return NULL;
    }
    return content;
}

static void free_content(struct audit_item *item)
{
    if (item->content == NULL)
        return;
    item->content->sink->free(item->content->sink);
    free(item->content);
    item->content = NULL;
}

static bool open_answer(struct audit_item *item, struct err *err)
{
    struct audit *audit = item->work->audit;
    const struct audit_zone *zone = item->work->zone;
    if (item->step == AUDIT_STEP_CONTENT) {
        item->content = new_content(&zone->orders->shape, err);
        if (item->content == NULL)
            return false;
    }
    const struct answer_config config = {
        .question = {.name = zone->name,
                     .name_length = zone->name_length,
                     .type = audit_is_transfer(item->step) ? TYPE_AXFR : TYPE_SOA,
                     .class = zone->orders->class},
        .key = item->endpoint->key,
        .notes = item->content != NULL ? &item->content->notes : &audit->notes,
        .halt = audit->config.halt,
    };
    answer_free(item->answer);
    item->answer = answer_new(&config, err);
    return item->answer != NULL;
}

bool audit_item_ask(struct audit_item *item)
{
    struct audit *audit = item->work->audit;
    struct err err = {.kind = ERR_NONE};
    if (!open_endpoint(item, &err) || !open_answer(item, &err))
        return audit_stop(audit, &err);
    item->question = (struct question){
        .to = item->endpoint,
        .answer = item->answer,
        .owner = item,
        .deadline = LOOP_NEVER,
        .kind = audit_is_transfer(item->step) ? QUESTION_TRANSFER : QUESTION_SOA,
        .edns = MSG_EDNS_ASK,
        .max_octets = item->step == AUDIT_STEP_CONTENT ? item->work->zone->orders->shape.max_bytes
                                                       : 2 * (UINT16_MAX + 2),
    };
    item->is_asked = true;
    audit->figures.questions++;
    if (audit_is_transfer(item->step)) {
        audit->figures.transfers++;
        if (++item->place->transfers > audit->figures.most_at_once)
            audit->figures.most_at_once = item->place->transfers;
    }
    return engine_ask(audit->config.engine, &item->question, &err) || audit_stop(audit, &err);
}

/* ---- What comes back ------------------------------------------------------------------------ */

/* What a failure says of a transfer; all others are AUDIT_FAILED. */
static enum audit_transfer transfer_of(enum err_kind kind)
{
    static const struct {
        enum err_kind kind;
        enum audit_transfer transfer;
    } rows[] = {
        {ERR_RCODE_REFUSED, AUDIT_REFUSED},
        {ERR_RCODE_NOTAUTH, AUDIT_REFUSED},
        {ERR_NO_ANSWER, AUDIT_CLOSED},
        {ERR_EOF_EARLY, AUDIT_CLOSED},
        {ERR_NET_IO, AUDIT_CLOSED},
        {ERR_TIMEOUT_ANSWER, AUDIT_TIMEOUT},
        {ERR_TIMEOUT_IDLE, AUDIT_TIMEOUT},
        {ERR_CONNECT, AUDIT_UNREACHABLE},
        {ERR_TIMEOUT_CONN, AUDIT_UNREACHABLE},
        {ERR_NO_ROUTE, AUDIT_UNREACHABLE},
        {ERR_UNREACHABLE, AUDIT_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == kind)
            return rows[i].transfer;
    return AUDIT_FAILED;
}

static bool is_better(const struct audit_row *row, enum audit_step step)
{
    return step == AUDIT_STEP_TCP || !row->soa.has_soa;
}

/* Of a SOA question: takes what there is to take. Returns whether it is over. */
static bool drain_soa(struct audit_item *item, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum answer_event event;
    struct audit_row *row = item->row;
    struct audit_answer *to = item->step == AUDIT_STEP_UDP ? &row->udp : &row->tcp;
    bool keeps = is_better(row, item->step);
    if (keeps)
        row->soa = (struct soa_signed){.has_soa = false};
    while ((event = answer_next(item->answer, &zone, &rr, &op, err)) == ANSWER_BEGIN ||
           event == ANSWER_RR) {
        if (event == ANSWER_BEGIN)
            continue;
        if (keeps)
            soa_signed_add(&row->soa, &rr);
        if (rr.type == TYPE_SOA) {
            to->has_soa = true;
            to->serial = rdata_soa_serial(&rr);
        } else if (keeps && rr.type == TYPE_RRSIG && rr.rdlength > 12) {
            uint32_t until = octets_u32(rr.rdata + 8);
            if (row->expires == 0 || (int32_t)(until - row->expires) > 0)
                row->expires = until;
        }
    }
    return event != ANSWER_MORE;
}

static void end_soa(struct audit_item *item, const struct err *err)
{
    struct audit_row *row = item->row;
    struct audit_answer *to = item->step == AUDIT_STEP_UDP ? &row->udp : &row->tcp;
    struct answer_facts facts = answer_facts(item->answer);
    to->asked = true;
    to->came = facts.messages > 0;
    to->rcode = facts.rcode;
    to->authoritative = facts.authoritative;
    to->err = *err;
    to->err.facts |= audit_route(item->work)->tls != NULL ? ERR_FACT_TLS : 0u;
    to->microseconds = item->question.asked_at != 0 ? loop_now() - item->question.asked_at : 0;
    if (facts.nsid[0] != '\0')
        memcpy(row->nsid, facts.nsid, sizeof row->nsid);
}

/* Reads on. Returns whether the transfer is over: with `err`, or whole. */
static bool drain_content(struct audit_item *item, struct err *err)
{
    struct sink *sink = item->content->sink;
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    for (;;) {
        switch (answer_next(item->answer, &zone, &rr, &op, err)) {
        case ANSWER_BEGIN:
            if (!sink->begin(sink, &zone, err))
                return true;
            break;
        case ANSWER_RR:
            if (!sink->record(sink, op, &rr, err))
                return true;
            break;
        case ANSWER_MORE:
            return false;
        case ANSWER_END:
            sink->end(sink, OUTCOME_COMPLETE, NULL, err);
            return true;
        case ANSWER_FAIL:
        default:
            return true;
        }
    }
}

static void end_content(struct audit_item *item, const struct err *err)
{
    struct audit_row *row = item->row;
    const struct audit_content *content = item->content;
    row->content_err = *err;
    row->has_content = err->kind == ERR_NONE;
    if (!row->has_content)
        return;
    row->records = content->sum.records;
    row->content_serial = content->sum.serial;
    row->sum = content->sum.sum;
    if (content->facts.is_signed)
        row->expires = content->facts.first_expiry;
}

static void end_open(struct audit_item *item, const struct err *err)
{
    item->row->transfer = err->kind == ERR_NONE ? AUDIT_OPEN : transfer_of(err->kind);
    item->row->transfer_err = *err;
}

/* ---- From step to step ---------------------------------------------------------------------- */

/* Whether it makes sense to go on asking over TCP: something has answered there, or has closed. */
static bool has_tcp(const struct audit_row *row)
{
    enum audit_transfer sort = transfer_of(row->tcp.err.kind);
    return row->tcp.came || (sort != AUDIT_TIMEOUT && sort != AUDIT_UNREACHABLE);
}

static bool wants(const struct audit_item *item, enum audit_step step)
{
    const struct audit_config *config = &item->work->audit->config;
    switch (step) {
    case AUDIT_STEP_UDP:
        return audit_route(item->work)->tls == NULL; /* its port is for TLS alone */
    case AUDIT_STEP_OPEN:
        return has_tcp(item->row);
    case AUDIT_STEP_CONTENT:
        return config->content && has_tcp(item->row);
    case AUDIT_STEP_TCP:
    case AUDIT_STEP_END:
    default:
        return true;
    }
}

static void next_step(struct audit_item *item)
{
    do
        item->step = item->is_again ? AUDIT_STEP_END : item->step + 1;
    while (!wants(item, item->step));
    if (item->step == AUDIT_STEP_END) {
        /* What holds for the connection holds for the transfer. */
        if (item->row->transfer == AUDIT_UNTRIED && !has_tcp(item->row))
            item->row->transfer = transfer_of(item->row->tcp.err.kind);
        if (--item->work->items_open == 0)
            audit_rows_done(item->work);
        return;
    }
    audit_place_put(item);
}

/* The question is the engine's no more. */
static void release_question(struct audit_item *item)
{
    engine_timer_clear(item->work->audit->config.engine, &item->limit);
    item->place->transfers -= item->is_asked && audit_is_transfer(item->step);
    item->is_asked = false;
}

/* The question was given back, or is to be: notes what came of it, and goes on. */
static void end_step(struct audit_item *item, const struct err *err)
{
    const struct audit_config *config = &item->work->audit->config;
    struct audit_place *place = item->place;
    release_question(item);
    if (err_is_trouble(err->kind)) {
        audit_stop(item->work->audit, err);
        return;
    }
    switch (item->step) {
    case AUDIT_STEP_TCP:
    case AUDIT_STEP_UDP:
        end_soa(item, err);
        break;
    case AUDIT_STEP_OPEN:
        end_open(item, err);
        break;
    case AUDIT_STEP_CONTENT:
        end_content(item, err);
        break;
    case AUDIT_STEP_END:
    default:
        break;
    }
    free_content(item);
    answer_free(item->answer);
    item->answer = NULL;
    config->stepped(config->context, item->work->zone, item->row, item->step);
    next_step(item);
    audit_place_serve(place);
}

/* One message is enough, whatever follows the SOA. Returns whether it is over. */
static bool drain_open(struct audit_item *item, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum answer_event event;
    bool has_begun = false;
    while ((event = answer_next(item->answer, &zone, &rr, &op, err)) == ANSWER_BEGIN ||
           event == ANSWER_RR)
        has_begun = true;
    if (has_begun)
        *err = (struct err){.kind = ERR_NONE};
    return has_begun || event != ANSWER_MORE;
}

static void take_message(struct audit_item *item)
{
    struct err err = {.kind = ERR_NONE};
    bool is_over = item->step == AUDIT_STEP_CONTENT ? drain_content(item, &err)
                   : item->step == AUDIT_STEP_OPEN  ? drain_open(item, &err)
                                                    : drain_soa(item, &err);
    if (!is_over)
        return;
    bool is_whole = item->step != AUDIT_STEP_OPEN || answer_facts(item->answer).complete;
    engine_end(item->work->audit->config.engine, &item->question,
               err.kind == ERR_NONE && !is_whole ? ERR_INTERRUPTED : err.kind);
    end_step(item, &err);
}

/* Who keeps a connection busy is given up at some time: with a message that does not end, or with
 * a zone. The engine's clocks start anew with each octet. */
static void begin_limit(struct audit_item *item)
{
    const struct audit *audit = item->work->audit;
    const struct orders *orders = item->work->zone->orders;
    uint64_t limit = item->step == AUDIT_STEP_CONTENT ? CONTENT_FACTOR * orders->route.idle_timeout
                                                      : MESSAGE_FACTOR * orders->answer_timeout;
    engine_timer(audit->config.engine, &item->limit, loop_now() + limit, item);
}

static void end_limit(struct audit_item *item)
{
    struct err err = {.kind = ERR_NONE};
    if (item->step == AUDIT_STEP_CONTENT)
        err_set(&err, ERR_TIMEOUT_IDLE, "the zone was not whole after %d times --idle-timeout",
                CONTENT_FACTOR);
    else
        err_set(&err, ERR_TIMEOUT_ANSWER,
                "the first message was not whole after %d times "
                "--answer-timeout",
                MESSAGE_FACTOR);
    engine_end(item->work->audit->config.engine, &item->question, err.kind);
    end_step(item, &err);
}

void audit_item_take(struct audit_item *item, const struct engine_event *event)
{
    if (event->kind == ENGINE_CONNECTED)
        begin_limit(item);
    else if (event->kind == ENGINE_TIMER)
        end_limit(item);
    else if (event->kind == ENGINE_MESSAGE)
        take_message(item);
    else if (event->kind == ENGINE_FAILED)
        end_step(item, event->err);
    else if (event->kind == ENGINE_REQUEUED && item->content != NULL)
        notes_reset(&item->content->notes);
}

void audit_item_fini(struct audit_item *item)
{
    engine_end(item->work->audit->config.engine, &item->question, ERR_INTERRUPTED);
    release_question(item);
    free_content(item);
    answer_free(item->answer);
    endpoint_release(item->endpoint);
    item->answer = NULL;
    item->endpoint = NULL;
}
