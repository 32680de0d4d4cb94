#include "xfer/answer.h"

#include "base/codec.h"
#include "dns/name.h"
#include "dns/serial.h"
#include "dns/types.h"
#include "xfer/answer_set.h"
#include "xfer/answer_soa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BANNER_MAX = 40, PLACE_MAX = 48 };

/* What answer_next does next. */
enum stage {
    STAGE_MESSAGES, /* the machine reads messages */
    STAGE_FIRST,    /* the record that was read first comes after ANSWER_BEGIN */
    STAGE_END       /* nothing is left to be given */
};

struct answer {
    struct answer_config config;
    struct exchange exchange;
    struct xfr *xfr;        /* of a transfer */
    struct answer_soa *soa; /* of a SOA question, once a message has come */
    struct answer_set *set; /* of one for NS or DS, likewise */
    struct delta *delta;
    struct rr first;
    enum stage stage;
    bool begun, complete, is_signed;
    bool has_opt, has_expire;
    uint32_t expire;
    uint8_t apex[NAME_MAX_WIRE]; /* as the server writes it, once it has begun */
    char nsid[ANSWER_NSID_MAX];
};

/* Of a question for less than a zone nothing else is there before its message has come. */
_Static_assert(sizeof(struct answer) < 1024, "hundreds of SOA questions wait at once");

static bool is_transfer(const struct answer *answer)
{
    uint16_t type = answer->config.question.type;
    return type == TYPE_AXFR || type == TYPE_IXFR;
}

/* ---- Making and beginning ------------------------------------------------------------------ */

struct answer *answer_new(const struct answer_config *config, struct err *err)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    answer->config = *config;
    return answer;
}

static void forget_answer(struct answer *answer)
{
    exchange_fini(&answer->exchange);
    xfr_free(answer->xfr);
    answer_soa_free(answer->soa);
    answer_set_free(answer->set);
    delta_free(answer->delta);
    *answer = (struct answer){.config = answer->config};
}

void answer_free(struct answer *answer)
{
    if (answer == NULL)
        return;
    forget_answer(answer);
    free(answer);
}

static bool open_delta(struct answer *answer, struct err *err)
{
    const struct msg_question *question = &answer->config.question;
    struct delta_config config = {
        .apex = question->name,
        .apex_length = question->name_length,
        .class = question->class,
        .limit = answer->config.delta_limit,
        .halt = answer->config.halt,
    };
    answer->delta = delta_new(&config, err);
    return answer->delta != NULL;
}

/* The machine that makes records of the messages. */
static bool open_machine(struct answer *answer, struct err *err)
{
    const struct msg_question *question = &answer->config.question;
    if (!is_transfer(answer))
        return true; /* opened when there is something to read: most of them only wait */
    if (question->type == TYPE_IXFR && !open_delta(answer, err))
        return false;
    struct xfr_config config = {
        .apex = question->name,
        .apex_length = question->name_length,
        .class = question->class,
        .notes = answer->config.notes,
        .skip_neighbours = answer->config.skip_neighbours,
        .delta = answer->delta,
        .since = question->serial,
    };
    answer->xfr = xfr_new(&config, err);
    return answer->xfr != NULL;
}

size_t answer_query(struct answer *answer, uint16_t id, enum msg_edns edns, uint64_t now,
                    uint8_t out[MSG_QUERY_MAX + 2], struct err *err)
{
    const struct answer_config *config = &answer->config;
    forget_answer(answer);
    answer->exchange = (struct exchange){
        .question = config->question,
        .id = id,
        .edns = edns,
        .key = config->key,
        .pad = config->pad,
        .notes = config->notes,
    };
    answer->is_signed = config->key != NULL;
    if (!open_machine(answer, err))
        return 0;
    size_t length = exchange_query(&answer->exchange, now, out, err);
    if (length > 0 && config->watch != NULL)
        watch_sent(config->watch, &config->question, out + 2, length - 2);
    return length;
}

bool answer_replay(struct answer *answer, const uint8_t *query, size_t length, struct err *err)
{
    struct exchange *exchange = &answer->exchange;
    forget_answer(answer);
    exchange->key = answer->config.key;
    exchange->notes = answer->config.notes;
    if (!exchange_replay(exchange, query, length, err))
        return false;
    answer->is_signed = exchange->unverified || exchange->key != NULL;
    if (exchange->question.type != TYPE_AXFR && exchange->question.type != TYPE_IXFR)
        return err_set(err, ERR_QUESTION, "not a transfer");
    answer->config.question = exchange->question;
    watch_sent(answer->config.watch, &exchange->question, query, length);
    return open_machine(answer, err);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static enum watch_signature signature_of(const struct exchange *exchange, const struct err *err)
{
    bool is_signed = exchange->current.tsig_at != 0;
    if (err_class(err->kind) == ERR_CLASS_AUTH)
        return is_signed ? WATCH_BAD : WATCH_UNSIGNED;
    if (exchange->key == NULL)
        return is_signed ? WATCH_UNVERIFIED : WATCH_UNSIGNED;
    return is_signed ? WATCH_VERIFIED : err->kind == ERR_NONE ? WATCH_PENDING : WATCH_UNSIGNED;
}

/* What the server calls itself: text where it is printable, else hex. */
static void keep_nsid(struct answer *answer, const struct msg_opt *opt)
{
    bool printable = true;
    size_t n = opt->nsid_length;
    if (n > sizeof answer->nsid / 2 - 1)
        n = sizeof answer->nsid / 2 - 1;
    for (size_t i = 0; i < n; i++)
        printable = printable && opt->nsid[i] >= ' ' && opt->nsid[i] < 0x7f;
    if (printable && n > 0)
        memcpy(answer->nsid, opt->nsid, n);
    else
        codec_hex(answer->nsid, opt->nsid, n);
}

bool answer_push(struct answer *answer, const uint8_t *octets, size_t length, uint64_t now,
                 struct err *err)
{
    struct exchange *exchange = &answer->exchange;
    bool good = exchange_push(exchange, octets, length, now, err);
    if (answer->config.watch != NULL)
        watch_came(answer->config.watch, exchange->messages, octets, length,
                   signature_of(exchange, err));
    if (good)
        return true;
    answer->complete = err_class(err->kind) == ERR_CLASS_REFUSED;
    if (answer->complete && exchange->messages == 1)
        keep_nsid(answer, &exchange->current.opt);
    answer->stage = STAGE_END;
    return false;
}

/* Keeps what the server says of itself in its first message. */
static void keep_options(struct answer *answer, const struct msg *msg)
{
    keep_nsid(answer, &msg->opt);
    answer->has_opt = msg->has_opt;
    answer->has_expire = msg->opt.has_expire;
    answer->expire = msg->opt.expire;
}

/* Gives the machine the next message. Returns false with an error, or without one where a message
 * is to be pushed first. */
static bool push_to_machine(struct answer *answer, struct err *err)
{
    struct msg msg;
    if (!exchange_next(&answer->exchange, &msg))
        return false;
    if (answer->exchange.messages == 1)
        keep_options(answer, &msg);
    if (xfr_push(answer->xfr, &msg, err))
        return true;
    answer->complete = err->kind == ERR_EMPTY_ANSWER;
    return false;
}

/* ---- What comes out ------------------------------------------------------------------------ */

static enum answer_event fail_answer(struct answer *answer)
{
    answer->stage = STAGE_END;
    return ANSWER_FAIL;
}

/* Gives a record out; the first one comes after ANSWER_BEGIN. */
static enum answer_event give_record(struct answer *answer, struct zone_info *zone,
                                     const struct rr *rr)
{
    if (answer->begun)
        return ANSWER_RR;
    answer->begun = true;
    answer->first = *rr;
    answer->stage = STAGE_FIRST;
    if (rr->type == TYPE_SOA) /* that of the zone; it has the case of the server's */
        memcpy(answer->apex, rr->owner, rr->owner_length);
    *zone = answer_zone(answer);
    return ANSWER_BEGIN;
}

static enum answer_event refuse_older(struct answer *answer, struct err *err)
{
    struct xfr_facts facts = xfr_facts(answer->xfr);
    bool has_order = serial_compare(facts.serial, facts.from) != SERIAL_UNDEFINED;
    err_set(err, ERR_SERIAL_OLDER, "the server's serial %lu is %s %lu%s",
            (unsigned long)facts.serial, has_order ? "older than" : "2^31 away from",
            (unsigned long)facts.from, has_order ? "" : ": neither is newer (RFC 1982)");
    return fail_answer(answer);
}

/* The messages have ended well. */
static enum answer_event end_transfer(struct answer *answer, struct err *err)
{
    answer->complete = true;
    answer->stage = STAGE_END;
    return xfr_facts(answer->xfr).kind == XFR_OLDER ? refuse_older(answer, err) : ANSWER_END;
}

/* The machine has given something else than a further record. */
COLD static enum answer_event go_on(struct answer *answer, enum xfr_event event,
                                    struct zone_info *zone, struct rr *rr, struct err *err)
{
    for (;; event = xfr_next(answer->xfr, rr, err)) {
        switch (event) {
        case XFR_RR:
            return give_record(answer, zone, rr);
        case XFR_MORE:
            if (!push_to_machine(answer, err))
                return err->kind == ERR_NONE ? ANSWER_MORE : fail_answer(answer);
            break;
        case XFR_END:
            return end_transfer(answer, err);
        case XFR_FAIL:
        default:
            answer->complete = err->kind == ERR_FIRST_NOT_SOA;
            return fail_answer(answer);
        }
    }
}

static inline enum answer_event next_of_transfer(struct answer *answer, struct zone_info *zone,
                                                 struct rr *rr, struct err *err)
{
    enum xfr_event event = xfr_next(answer->xfr, rr, err);
    return event == XFR_RR && answer->begun ? ANSWER_RR : go_on(answer, event, zone, rr, err);
}

COLD static enum answer_event next_of_soa(struct answer *answer, struct zone_info *zone,
                                          struct rr *rr, struct err *err)
{
    struct msg msg;
    if (answer->soa == NULL) {
        if (!exchange_next(&answer->exchange, &msg))
            return ANSWER_MORE;
        keep_options(answer, &msg);
        answer->complete = true;
        answer->soa = answer_soa_open(&msg, &answer->config.question, err);
        if (answer->soa == NULL)
            return fail_answer(answer);
    }
    if (answer_soa_next(answer->soa, rr, err))
        return give_record(answer, zone, rr);
    if (err->kind != ERR_NONE)
        return fail_answer(answer);
    answer->stage = STAGE_END;
    return ANSWER_END;
}

COLD static enum answer_event next_of_set(struct answer *answer, struct zone_info *zone,
                                          struct rr *rr, struct err *err)
{
    struct msg msg;
    if (answer->set == NULL) {
        if (!exchange_next(&answer->exchange, &msg))
            return ANSWER_MORE;
        keep_options(answer, &msg);
        answer->complete = true;
        answer->set = answer_set_open(&msg, &answer->config.question, err);
        if (answer->set == NULL)
            return fail_answer(answer);
    }
    if (answer_set_next(answer->set, rr, err))
        return give_record(answer, zone, rr);
    if (err->kind != ERR_NONE)
        return fail_answer(answer);
    answer->stage = STAGE_END;
    return ANSWER_END;
}

enum answer_event answer_next(struct answer *answer, struct zone_info *zone, struct rr *rr,
                              enum rr_op *op, struct err *err)
{
    *op = RR_ADD;
    switch (answer->stage) {
    case STAGE_MESSAGES:
        if (answer->xfr != NULL)
            return next_of_transfer(answer, zone, rr, err);
        return answer->config.question.type == TYPE_SOA ? next_of_soa(answer, zone, rr, err)
                                                        : next_of_set(answer, zone, rr, err);
    case STAGE_FIRST:
        *rr = answer->first;
        answer->stage = STAGE_MESSAGES;
        return ANSWER_RR;
    case STAGE_END:
    default:
        return ANSWER_END;
    }
}

struct xfr *answer_records(const struct answer *answer)
{
    return answer->stage == STAGE_MESSAGES && answer->begun ? answer->xfr : NULL;
}

/* ---- The end of the stream ----------------------------------------------------------------- */

static bool explain_lone_soa(const struct answer *answer, struct err *err)
{
    struct xfr_facts facts = xfr_facts(answer->xfr);
    return err_set(err, ERR_LONE_SOA,
                   "the server sent its SOA with serial %lu and nothing after it: it has no "
                   "changes since %lu",
                   (unsigned long)facts.serial, (unsigned long)facts.from);
}

static bool is_lone_soa(const struct answer *answer, const struct answer_rest *rest)
{
    return answer->xfr != NULL && xfr_is_lone_soa(answer->xfr) && rest->length == 0;
}

/* The beginning of a message of another conversation, or of no conversation in DNS at all. */
static bool is_foreign(const struct answer *answer, const struct answer_rest *rest)
{
    return answer->exchange.messages == 0 && rest->length >= 4 &&
           octets_u16(rest->octets + 2) != answer->exchange.id;
}

/* Shows the first line of it. */
static bool explain_foreign(const struct answer_rest *rest, struct err *err)
{
    size_t n = 0;
    while (n < rest->length && n < BANNER_MAX && rest->octets[n] != '\r' && rest->octets[n] != '\n')
        n++;
    return err_set_quoting(err, ERR_NOT_DNS, rest->octets, n, "no DNS here, but something else");
}

/* Where in the answer something has happened. */
static const char *place(const struct answer *answer, const struct answer_rest *rest,
                         char text[PLACE_MAX])
{
    unsigned long long messages = answer->exchange.messages;
    snprintf(text, PLACE_MAX, "%s message %llu", rest->length > 0 ? "inside" : "after",
             messages + (rest->length > 0));
    return text;
}

/* The server has closed its side. */
static bool explain_close(const struct answer *answer, const struct answer_rest *rest,
                          struct err *err)
{
    char where[PLACE_MAX];
    bool has_changes = answer_facts(answer).xfr.kind == XFR_INCREMENTAL;
    if (is_lone_soa(answer, rest))
        return explain_lone_soa(answer, err);
    if (answer->exchange.messages == 0 && rest->length == 0)
        return err_set(err, ERR_NO_ANSWER, "the server closed the connection without an answer");
    /* An alert of TLS begins like this; as the length of a message it would be 5379. */
    if (!rest->is_tls && answer->exchange.messages == 0 && rest->length >= 2 &&
        rest->octets[0] == 21 && rest->octets[1] == 3)
        return err_set(err, ERR_TLS_ONLY, "the server speaks TLS on this port");
    if (is_foreign(answer, rest))
        return explain_foreign(rest, err);
    return err_set(err, ERR_EOF_EARLY,
                   "the server closed the connection %s, before the end of the %s%s",
                   place(answer, rest, where), has_changes ? "changes" : "zone",
                   rest->was_cut ? " (and without a close_notify of TLS)" : "");
}

/* Something else has ended it, before an octet or in the middle. */
static void explain_end(const struct answer *answer, const struct answer_rest *rest,
                        struct err *err)
{
    char where[PLACE_MAX];
    bool is_silence = err->kind == ERR_TIMEOUT_IDLE || err->kind == ERR_TIMEOUT_ANSWER;
    if (rest->received == 0 && is_silence) {
        err->kind = ERR_TIMEOUT_ANSWER;
        err_prefix(err, "accepted, then ");
    } else if (rest->received == 0) {
        if (err->kind == ERR_NET_IO)
            err->kind = ERR_NO_ANSWER;
        err_prefix(err, "no answer: ");
    } else {
        size_t used = strlen(err->text);
        if (is_silence && err->own == 0)
            snprintf(err->text + used, sizeof err->text - used, ", after %llu octet%s",
                     (unsigned long long)rest->received, rest->received == 1 ? "" : "s");
        err_prefix(err, "%s: ", place(answer, rest, where));
    }
}

/* A signature that never came says more than the end of the stream, and so does silence where
 * changes should follow. */
bool answer_cut(const struct answer *answer, const struct answer_rest *rest, struct err *err)
{
    struct err better = {.kind = ERR_NONE};
    if (exchange_ended(&answer->exchange, &better) && err->kind == ERR_NONE)
        return explain_close(answer, rest, err);
    if (better.kind == ERR_NONE && err->kind == ERR_TIMEOUT_IDLE && is_lone_soa(answer, rest))
        explain_lone_soa(answer, &better);
    if (better.kind == ERR_NONE && err->kind == ERR_TIMEOUT_IDLE && is_foreign(answer, rest))
        explain_foreign(rest, &better);
    if (better.kind != ERR_NONE)
        *err = better;
    else
        explain_end(answer, rest, err);
    return false;
}

/* ---- Facts --------------------------------------------------------------------------------- */

struct answer_facts answer_facts(const struct answer *answer)
{
    struct answer_facts facts = {
        .question = &answer->config.question,
        .messages = answer->exchange.messages,
        .rcode = answer->exchange.rcode,
        .authoritative = answer->exchange.authoritative,
        .is_signed = answer->is_signed,
        .verified = answer->config.key != NULL,
        .complete = answer->complete,
        .has_opt = answer->has_opt,
        .has_expire = answer->has_expire,
        .expire = answer->expire,
    };
    memcpy(facts.nsid, answer->nsid, sizeof facts.nsid);
    if (answer->xfr != NULL)
        facts.xfr = xfr_facts(answer->xfr);
    else if (answer->soa != NULL)
        facts.xfr.serial = answer_soa_serial(answer->soa);
    facts.changes = facts.xfr.kind == XFR_INCREMENTAL || facts.xfr.kind == XFR_UPTODATE;
    return facts;
}

const struct rr *answer_soa(const struct answer *answer)
{
    return xfr_soa(answer->xfr);
}

struct zone_info answer_zone(const struct answer *answer)
{
    const struct msg_question *question = &answer->config.question;
    struct xfr_facts facts = answer_facts(answer).xfr;
    const struct rr *first = &answer->first;
    bool has_apex =
        answer->begun && first->type == TYPE_SOA && first->owner_length == question->name_length;
    return (struct zone_info){
        .apex = has_apex ? answer->apex : question->name,
        .apex_length = question->name_length,
        .class = question->class,
        .serial = facts.serial,
        .changes = facts.kind == XFR_UPTODATE,
        .from = facts.from,
    };
}

bool answer_changes(struct answer *answer, struct delta_reader *reader, enum delta_view view,
                    struct err *err)
{
    if (!delta_condense(answer->delta, answer->config.notes, err))
        return false;
    delta_read(reader, answer->delta, view);
    return true;
}

const struct delta *answer_delta(const struct answer *answer)
{
    return answer->delta;
}
