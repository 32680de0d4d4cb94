#include "xfer/exchange.h"

#include <stdio.h>
#include <string.h>

size_t exchange_query(struct exchange *exchange, uint8_t out[MSG_QUERY_MAX + 2])
{
    size_t n = msg_query(out + 2, &exchange->question, exchange->id, exchange->edns);
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    return n + 2;
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

/* The server's own words, with everything but printable ASCII replaced. */
static void ede_text(char *to, size_t room, const struct msg_ede *ede)
{
    const char *name = msg_ede_name(ede->code);
    int used = name != NULL ? snprintf(to, room, "; extended error %u (%s)", ede->code, name)
                            : snprintf(to, room, "; extended error %u", ede->code);
    size_t at = (size_t)used;
    for (size_t i = 0; i < ede->length && ede->text[i] != 0 && at + 3 < room; i++) {
        if (i == 0) {
            to[at++] = ':';
            to[at++] = ' ';
        }
        to[at++] = ede->text[i] >= ' ' && ede->text[i] < 0x7f ? (char)ede->text[i] : '?';
    }
    to[at] = '\0';
}

static bool refused(const struct msg *msg, struct err *err)
{
    unsigned rcode = msg_rcode(msg);
    const char *name = msg_rcode_name(rcode);
    char label[32], extended[240] = "";
    if (name != NULL)
        snprintf(label, sizeof label, "%s", name);
    else
        snprintf(label, sizeof label, "RCODE %u", rcode);
    if (msg->opt.ede_count > 0)
        ede_text(extended, sizeof extended, &msg->opt.ede[0]);
    return err_set(err, rcode_kind(rcode), "the server answered %s%s", label, extended);
}

static bool check_question(const struct exchange *exchange, const struct msg *msg, struct err *err)
{
    bool first = exchange->messages == 1;
    if (msg->questions > 1 || (first && msg->questions == 0))
        return err_set(err, ERR_QDCOUNT, "%u questions%s", msg->questions,
                       first ? " in the first message" : "");
    if (msg->questions == 0)
        return true;
    const char *what = msg_question_differs(msg, &exchange->question);
    return what == NULL ||
           err_set(err, ERR_QUESTION, "the question has another %s than the query", what);
}

static bool check(struct exchange *exchange, const struct msg *msg, struct err *err)
{
    if (msg->id != exchange->id)
        return err_set(err, ERR_ID, "message ID %u, but the query has %u", msg->id, exchange->id);
    if ((msg->bits & MSG_QR) == 0)
        return err_set(err, ERR_NOT_RESPONSE, "a query, not an answer (QR=0)");
    if (msg_opcode(msg) != 0)
        return err_set(err, ERR_OPCODE, "opcode %u, not QUERY", msg_opcode(msg));
    if (msg_rcode(msg) != 0)
        return refused(msg, err);
    if ((msg->bits & MSG_TC) != 0)
        return err_set(err, ERR_TC, "marked as truncated (TC=1) on a stream");
    if (msg->tsig_at != 0)
        return err_set(err, ERR_TSIG_UNEXPECTED, "signed (TSIG), but the query was not");
    if (!check_question(exchange, msg, err))
        return false;
    if ((msg->bits & MSG_AA) == 0) /* normal for some servers: counted, no warning */
        notes_count(exchange->notes, ERR_NOT_AA);
    if (msg->authorities > 0 &&
        !notes_add(exchange->notes, err, ERR_AUTHORITY, "%u records in the authority section",
                   msg->authorities))
        return false;
    return msg->additional_others == 0 ||
           notes_add(exchange->notes, err, ERR_ADDITIONAL,
                     "%u records in the additional section that do not belong there",
                     msg->additional_others);
}

bool exchange_push(struct exchange *exchange, const uint8_t *octets, size_t length,
                   struct err *err)
{
    exchange->messages++;
    if (!msg_parse(&exchange->current, octets, length, err) ||
        !check(exchange, &exchange->current, err))
        return err_prefix(err, "message %llu: ", (unsigned long long)exchange->messages);
    exchange->ready = true;
    return true;
}

bool exchange_next(struct exchange *exchange, struct msg *msg)
{
    if (!exchange->ready)
        return false;
    *msg = exchange->current;
    exchange->ready = false;
    return true;
}
