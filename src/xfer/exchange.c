#include "xfer/exchange.h"

#include "dns/name.h"
#include "dns/types.h"

#include <stdio.h>
#include <string.h>

/* Signs the query. Returns its new length, or 0. */
static size_t sign(struct exchange *exchange, uint8_t *query, size_t length, uint64_t now,
                   struct err *err)
{
    tsig_series_free(exchange->series);
    exchange->series = tsig_series_new(exchange->key, err);
    return exchange->series != NULL ? tsig_sign(exchange->series, query, length, now, err) : 0;
}

size_t exchange_query(struct exchange *exchange, uint64_t now, uint8_t out[MSG_QUERY_MAX + 2],
                      struct err *err)
{
    const struct tsig_key *key = exchange->key;
    size_t n = msg_query(out + 2, &exchange->question, exchange->id, exchange->edns);
    n = msg_query_pad(out + 2, n, exchange->edns, exchange->pad,
                      key != NULL ? tsig_record_length(key) : 0);
    if (key != NULL)
        n = sign(exchange, out + 2, n, now, err);
    if (n == 0)
        return 0;
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    return n + 2;
}

/* When the query says that it was signed. */
static bool signed_at(const struct msg *query, uint64_t *time)
{
    size_t owner = name_length(query->octets + query->tsig_at, query->length - query->tsig_at);
    size_t at = query->tsig_at + owner + MSG_RECORD_FIXED;
    size_t algorithm = owner > 0 ? name_length(query->octets + at, query->length - at) : 0;
    at += algorithm;
    if (algorithm == 0 || query->length - at < 6)
        return false;
    *time = (uint64_t)octets_u16(query->octets + at) << 32 | octets_u32(query->octets + at + 2);
    return true;
}

static bool refuse_key(const struct exchange *exchange, const struct msg *query, struct err *err)
{
    const struct tsig_key *key = exchange->key;
    struct tsig_record record;
    struct name_string name;
    err->facts |= ERR_FACT_RECORDED;
    if (query->tsig_at == 0)
        return err_set(err, ERR_TSIG_KEY, "the recorded query was not signed");
    if (tsig_read(&record, query) != NULL)
        return err_set(err, ERR_TSIG_KEY, "the recorded query was not signed with this key");
    bool is_name = name_equal(record.name, record.name_length, key->name, key->name_length);
    return err_set(err, ERR_TSIG_KEY,
                   "the recorded query was not signed with this key, but with %s%s",
                   is_name ? "another one named " : "", name_string(&name, record.name));
}

/* It is the same key if it makes the same signature again. That also begins the series. */
static bool sign_again(struct exchange *exchange, const struct msg *query, struct err *err)
{
    uint8_t again[MSG_QUERY_MAX];
    uint64_t time;
    if (query->tsig_at == 0)
        return refuse_key(exchange, query, err);
    if (query->length <= sizeof again && signed_at(query, &time) &&
        query->tsig_at + tsig_record_length(exchange->key) == query->length) {
        memcpy(again, query->octets, query->tsig_at);
        again[10] = (uint8_t)((query->additionals - 1) >> 8);
        again[11] = (uint8_t)(query->additionals - 1);
        if (sign(exchange, again, query->tsig_at, time, err) == 0)
            return false;
        if (memcmp(again, query->octets, query->length) == 0)
            return true;
    }
    return refuse_key(exchange, query, err);
}

/* The serial that the client had, from the SOA in the authority section of an IXFR query (RFC 1995
 * section 3). */
static bool read_serial(const struct msg *query, uint32_t *serial)
{
    size_t at = query->answer_end;
    if (query->authorities != 1 || name_skip(query->octets, query->length, &at) != NULL)
        return false;
    struct msg_record soa = msg_record(query->octets, at);
    size_t end = soa.rdata_at + soa.rdlength;
    at = soa.rdata_at;
    if (soa.type != TYPE_SOA || name_skip(query->octets, end, &at) != NULL ||
        name_skip(query->octets, end, &at) != NULL || end - at != 20)
        return false;
    *serial = octets_u32(query->octets + at);
    return true;
}

bool exchange_replay(struct exchange *exchange, const uint8_t *query, size_t length,
                     struct err *err)
{
    struct msg msg;
    if (!msg_parse(&msg, query, length, err))
        return err_prefix(err, "the recorded query: ");
    size_t n = name_length(query + MSG_HEADER, length - MSG_HEADER);
    if (msg.questions != 1 || n == 0)
        return err_set(err, ERR_QDCOUNT, "the recorded query does not ask a single question");
    exchange->id = msg.id;
    exchange->question.name = query + MSG_HEADER;
    exchange->question.name_length = (uint8_t)n;
    exchange->question.type = octets_u16(query + MSG_HEADER + n);
    exchange->question.class = octets_u16(query + MSG_HEADER + n + 2);
    if (exchange->question.type == TYPE_IXFR && !read_serial(&msg, &exchange->question.serial))
        return err_set(err, ERR_AUTHORITY, "the recorded query does not tell what the client has");
    exchange->unverified = msg.tsig_at != 0 && exchange->key == NULL;
    return exchange->key == NULL || sign_again(exchange, &msg, err);
}

void exchange_fini(struct exchange *exchange)
{
    tsig_series_free(exchange->series);
    held_fini(&exchange->held);
    exchange->series = NULL;
}

/* The kinds of error for RCODEs that have a hint of their own. */
static enum err_kind rcode_kind(unsigned rcode)
{
    static const enum err_kind kinds[] = {
        [1] = ERR_RCODE_FORMERR, [2] = ERR_RCODE_SERVFAIL, [3] = ERR_RCODE_NXDOMAIN,
        [4] = ERR_RCODE_NOTIMP,  [5] = ERR_RCODE_REFUSED,  [9] = ERR_RCODE_NOTAUTH,
        [16] = ERR_BADVERS,
    };
    if (rcode < sizeof kinds / sizeof *kinds && kinds[rcode] != ERR_NONE)
        return kinds[rcode];
    return ERR_RCODE;
}

enum { EXTENDED_MAX = 80, EXTENDED_WORDS = 160 };

/* "; extended error 18 (Prohibited)". The server's own words about it are not part of that. */
static void extended_words(char to[EXTENDED_MAX], const struct msg_ede *ede)
{
    const char *name = msg_ede_name(ede->code);
    snprintf(to, EXTENDED_MAX, "; extended error %u%s%s%s", ede->code, name != NULL ? " (" : "",
             name != NULL ? name : "", name != NULL ? ")" : "");
}

/* How many octets of the server's own words are shown. */
static size_t words_of(const struct msg_ede *ede)
{
    size_t length = ede == NULL ? 0 : ede->length < EXTENDED_WORDS ? ede->length : EXTENDED_WORDS;
    return length > 0 ? strnlen((const char *)ede->text, length) : 0;
}

/* What the server says of the signature of the query, where nobody has the key: of a recording. It
 * does not answer the question then. */
static bool has_tsig_error(const struct msg *msg, struct err *err)
{
    static const enum err_kind kinds[] = {
        [TSIG_BADSIG] = ERR_TSIG_BADSIG,
        [TSIG_BADKEY] = ERR_TSIG_BADKEY,
        [TSIG_BADTIME] = ERR_TSIG_BADTIME,
        [TSIG_BADTRUNC] = ERR_TSIG_BADTRUNC,
    };
    struct tsig_record record;
    struct name_string name;
    if (msg->tsig_at == 0 || tsig_read(&record, msg) != NULL ||
        tsig_error_name(record.error) == NULL)
        return false;
    err_set(err, kinds[record.error], "the server answered %s%s to a query with key %.255s",
            tsig_error_name(record.error), record.mac_length == 0 ? " (unsigned)" : "",
            name_string(&name, record.name));
    return true;
}

static bool set_rcode(const struct exchange *exchange, const struct msg *msg, bool doubtful,
                      struct err *err)
{
    const struct msg_ede *ede = msg->opt.ede_count > 0 ? &msg->opt.ede[0] : NULL;
    unsigned rcode = msg_rcode(msg);
    const char *name = msg_rcode_name(rcode);
    char label[32], extended[EXTENDED_MAX] = "";
    if (name != NULL)
        snprintf(label, sizeof label, "%s", name);
    else
        snprintf(label, sizeof label, "RCODE %u", rcode);
    if (exchange->unverified && has_tsig_error(msg, err))
        return false;
    if (ede != NULL)
        extended_words(extended, ede);
    if (words_of(ede) > 0)
        err->facts |= ERR_FACT_TOLD;
    if (exchange->key != NULL)
        err->facts |= doubtful ? ERR_FACT_KEY : ERR_FACT_KEY | ERR_FACT_SIGNED;
    return err_set_quoting(err, rcode_kind(rcode), ede != NULL ? ede->text : NULL, words_of(ede),
                           "the server answered %s%s%s", label,
                           doubtful ? " (unsigned; check the key too)" : "", extended);
}

static bool check_question(const struct exchange *exchange, const struct msg *msg, bool first,
                           struct err *err)
{
    if (msg->questions > 1 || (first && msg->questions == 0))
        return err_set(err, ERR_QDCOUNT, "%u questions%s", msg->questions,
                       first ? " in the first message" : "");
    if (msg->questions == 0)
        return true;
    const char *what = msg_question_differs(msg, &exchange->question);
    return what == NULL ||
           err_set(err, ERR_QUESTION, "the question has another %s than the query", what);
}

static bool is_transfer(const struct exchange *exchange)
{
    uint16_t type = exchange->question.type;
    return type == TYPE_AXFR || type == TYPE_IXFR;
}

/* Whether a message, which is authentic where that was asked for, answers the query. */
static bool check_answer(struct exchange *exchange, const struct msg *msg, bool first,
                         struct err *err)
{
    if (msg->id != exchange->id)
        return err_set(err, ERR_ID, "message ID %u, but the query has %u", msg->id, exchange->id);
    if ((msg->bits & MSG_QR) == 0)
        return err_set(err, ERR_NOT_RESPONSE, "a query, not an answer (QR=0)");
    if (msg_opcode(msg) != 0)
        return err_set(err, ERR_OPCODE, "opcode %u, not QUERY", msg_opcode(msg));
    if (msg_rcode(msg) != 0)
        return set_rcode(exchange, msg, false, err);
    if ((msg->bits & MSG_TC) != 0)
        return err_set(err, ERR_TC, "truncated (TC=1)");
    if (msg->tsig_at != 0 && exchange->key == NULL && !exchange->unverified)
        return err_set(err, ERR_TSIG_UNEXPECTED, "signed (TSIG), but the query was not");
    if (!check_question(exchange, msg, first, err))
        return false;
    if ((msg->bits & MSG_AA) == 0) /* normal for some servers: counted, no warning */
        notes_count(exchange->notes, ERR_NOT_AA);
    if (!is_transfer(exchange)) /* its answer may name servers, with addresses */
        return true;
    if (msg->authorities > 0 && !notes_add(exchange->notes, err, ERR_AUTHORITY,
                                           "%u records in the authority section", msg->authorities))
        return false;
    return msg->additional_others == 0 ||
           notes_add(exchange->notes, err, ERR_ADDITIONAL,
                     "%u records in the additional section that do not belong there",
                     msg->additional_others);
}

/* ---- What is not signed -------------------------------------------------------------------- */

/* An error in an unsigned message. It may be forged, but so may the end of the connection, and the
 * server's word helps more than a missing signature does. */
static bool is_answer_with_error(const struct exchange *exchange, const struct msg *msg)
{
    return msg->id == exchange->id && (msg->bits & MSG_QR) != 0 && msg_rcode(msg) != 0;
}

/* Keeps an unsigned message until the next signature. */
static bool hold_message(struct exchange *exchange, const struct msg *msg, struct err *err)
{
    const struct msg_question *question = &exchange->question;
    if (exchange->messages == 1 && is_answer_with_error(exchange, msg))
        return set_rcode(exchange, msg, true, err);
    if (exchange->messages == 1)
        return err_set(err, ERR_TSIG_FIRST, "not signed, but the query was");
    if (exchange->held.count == HELD_MAX)
        return err_set(err, ERR_TSIG_RUN, "not signed, as %d messages before it", HELD_MAX);
    /* It can only be the last, which must be signed: no server would send anything after it. */
    if (question->type == TYPE_AXFR && msg_ends_in_soa(msg, question->name, question->name_length))
        return err_set(err, ERR_TSIG_LAST, "not signed, but it is the last");
    return tsig_cover(exchange->series, msg->octets, msg->length, err) &&
           held_add(&exchange->held, msg, err);
}

bool exchange_ended(const struct exchange *exchange, struct err *err)
{
    const struct msg_question *question = &exchange->question;
    unsigned count = exchange->held.count;
    if (count == 0 || exchange->ready)
        return true;
    const struct msg *last = held_at(&exchange->held, count - 1);
    if (is_answer_with_error(exchange, last))
        set_rcode(exchange, last, true, err);
    else if (msg_ends_in_soa(last, question->name, question->name_length))
        err_set(err, ERR_TSIG_LAST, "not signed, but nothing comes after it");
    else
        return true;
    return err_prefix(err, "message %llu: ", (unsigned long long)exchange->messages);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static bool at_message(uint64_t number, struct err *err)
{
    return err_prefix(err, "message %llu: ", (unsigned long long)number);
}

/* A message of which the signature was verified, and those that waited for it. */
static bool check_all(struct exchange *exchange, const struct msg *msg, struct err *err)
{
    unsigned held = exchange->held.count;
    uint64_t number = exchange->messages - held;
    for (unsigned i = 0; i <= held; i++, number++)
        if (!check_answer(exchange, i < held ? held_at(&exchange->held, i) : msg, number == 1, err))
            return at_message(number, err);
    exchange->given = 0;
    exchange->ready = true;
    return true;
}

bool exchange_push(struct exchange *exchange, const uint8_t *octets, size_t length, uint64_t now,
                   struct err *err)
{
    struct msg *msg = &exchange->current;
    exchange->messages++;
    if (!msg_parse(msg, octets, length, err))
        return at_message(exchange->messages, err);
    exchange->rcode = msg_rcode(msg);
    exchange->authoritative = (msg->bits & MSG_AA) != 0;
    if (exchange->key != NULL && msg->tsig_at == 0)
        return hold_message(exchange, msg, err) || at_message(exchange->messages, err);
    if (exchange->key != NULL && !tsig_verify(exchange->series, msg, now, err))
        return at_message(exchange->messages, err);
    return check_all(exchange, msg, err);
}

bool exchange_next(struct exchange *exchange, struct msg *msg)
{
    if (!exchange->ready)
        return false;
    if (exchange->given < exchange->held.count) {
        *msg = *held_at(&exchange->held, exchange->given++);
        return true;
    }
    *msg = exchange->current;
    exchange->ready = false;
    held_clear(&exchange->held);
    return true;
}
