#include "xfer/notify.h"

#include "dns/types.h"
#include "xfer/answer_soa.h"

#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------- */

/* The length of the first question, or 0 if there is none that can be copied. Nothing stands before
 * its name that a pointer could lead to. */
static size_t question_length(const struct msg *msg)
{
    size_t room = msg->length - MSG_HEADER;
    size_t name = msg->questions > 0 ? name_length(msg->octets + MSG_HEADER, room) : 0;
    return name > 0 && room - name >= 4 ? name + 4 : 0;
}

/* The RCODE of what is wrong with the question, or NOERROR: then zone and class are set. */
static unsigned read_question(struct notify *notify)
{
    const struct msg *msg = &notify->msg;
    size_t length = question_length(msg);
    const uint8_t *question = msg->octets + MSG_HEADER;
    if (msg->questions != 1 || length == 0 || octets_u16(question + length - 4) != TYPE_SOA)
        return RCODE_FORMERR;
    notify->zone_length = (uint8_t)(length - 4);
    memcpy(notify->zone, question, notify->zone_length);
    name_lower(notify->zone, notify->zone_length);
    notify->class = octets_u16(question + length - 2);
    return RCODE_NOERROR;
}

/* RFC 1996 section 3.7: the answer section may tell what the zone has become. */
static void read_hint(struct notify *notify)
{
    const struct msg_question question = {
        .name = notify->zone,
        .name_length = notify->zone_length,
        .type = TYPE_SOA,
        .class = notify->class,
    };
    struct err odd = {.kind = ERR_NONE};
    if (notify->msg.answers == 0)
        return;
    struct answer_soa *hint = answer_soa_open(&notify->msg, &question, &odd);
    notify->has_serial = hint != NULL;
    if (hint != NULL)
        notify->serial = answer_soa_serial(hint);
    answer_soa_free(hint);
}

/* What ends a request that has a right signature or none. */
static unsigned read_request(struct notify *notify, bool is_whole)
{
    struct msg *msg = &notify->msg;
    notify->is_final = true;
    if (msg_opcode(msg) != OPCODE_NOTIFY)
        return msg_opcode(msg) == OPCODE_QUERY ? RCODE_REFUSED : RCODE_NOTIMP;
    if (msg->has_opt && msg->opt.version != 0)
        return RCODE_BADVERS;
    if (!is_whole)
        return RCODE_FORMERR;
    notify->is_final = false;
    return read_question(notify);
}

bool notify_read(struct notify *notify, const uint8_t *octets, size_t length)
{
    struct err broken = {.kind = ERR_NONE};
    struct msg *msg = &notify->msg;
    memset(notify, 0, sizeof *notify);
    bool is_whole = msg_parse(msg, octets, length, &broken);
    if (length < MSG_HEADER || (msg->bits & MSG_QR) != 0)
        return false;
    if (is_whole && msg->tsig_at != 0) {
        is_whole = tsig_read(&notify->tsig, msg) == NULL;
        notify->is_signed = is_whole;
        name_lower(notify->tsig.name, notify->tsig.name_length);
    }
    notify->rcode = read_request(notify, is_whole);
    if (notify->rcode == RCODE_NOERROR)
        read_hint(notify);
    return true;
}

void notify_fini(struct notify *notify)
{
    tsig_series_free(notify->series);
    notify->series = NULL;
}

/* ---- The signature ------------------------------------------------------------------------- */

/* What ends the check of a signature, in the order of the checks (RFC 8945 section 5.2): of
 * several keys the one that came furthest was meant. */
static const struct verdict {
    enum err_kind kind;
    uint8_t rcode, error;
    bool is_signed; /* the reply (RFC 8945 section 5.3.2) */
} verdicts[] = {
    {ERR_TSIG_KEY, RCODE_NOTAUTH, TSIG_BADKEY, false},
    {ERR_TSIG_ALGORITHM, RCODE_NOTAUTH, TSIG_BADKEY, false},
    {ERR_TSIG_FORM, RCODE_FORMERR, TSIG_NO_ERROR, false},
    {ERR_TSIG_MAC, RCODE_NOTAUTH, TSIG_BADSIG, false},
    {ERR_TSIG_TIME, RCODE_NOTAUTH, TSIG_BADTIME, true},
    {ERR_TSIG_SHORT, RCODE_NOTAUTH, TSIG_BADTRUNC, true},
    {ERR_NONE, RCODE_NOERROR, TSIG_NO_ERROR, true},
    {ERR_MEMORY, RCODE_SERVFAIL, TSIG_NO_ERROR, false}, /* and whatever is not above */
};

static const struct verdict *find_verdict(enum err_kind kind)
{
    const struct verdict *verdict = verdicts;
    while (verdict->kind != kind && verdict->kind != ERR_MEMORY)
        verdict++;
    return verdict;
}

/* Verifies with one key. Gives the series, too, where the reply is to be signed. */
static const struct verdict *try_key(const struct notify *notify, const struct tsig_key *key,
                                     uint64_t now, struct tsig_series **series, struct err *err)
{
    *series = tsig_series_new(key, err);
    if (*series != NULL)
        tsig_verify_request(*series, &notify->msg, &notify->tsig, now, err);
    const struct verdict *verdict = find_verdict(err->kind);
    if (verdict->is_signed)
        return verdict;
    tsig_series_free(*series);
    *series = NULL;
    return verdict;
}

static const struct verdict *no_key(const struct tsig_record *tsig, struct err *err)
{
    struct name_string name, algorithm;
    err_set(err, ERR_TSIG_KEY, "there is no key %.255s with %.255s", name_string(&name, tsig->name),
            name_string(&algorithm, tsig->algorithm));
    return find_verdict(ERR_TSIG_KEY);
}

bool notify_verify(struct notify *notify, const struct tsig_key *const *keys, size_t count,
                   uint64_t now, struct err *err)
{
    const struct verdict *best = NULL;
    struct err told = {.kind = ERR_NONE};
    for (size_t i = 0; i < count && notify->key == NULL; i++) {
        struct err mine = {.kind = ERR_NONE};
        struct tsig_series *series;
        if (!tsig_is_key(keys[i], &notify->tsig))
            continue;
        const struct verdict *verdict = try_key(notify, keys[i], now, &series, &mine);
        if (best != NULL && verdict <= best) {
            tsig_series_free(series);
            continue;
        }
        tsig_series_free(notify->series);
        notify->series = series;
        notify->key = verdict->kind == ERR_NONE ? keys[i] : NULL;
        best = verdict;
        told = mine;
    }
    if (notify->key != NULL)
        return true;
    if (best == NULL)
        best = no_key(&notify->tsig, &told);
    notify->tsig_error = (enum tsig_error)best->error;
    if (!notify->is_final)
        notify->rcode = best->rcode;
    return err_set(err, told.kind, "%s", told.text);
}

/* ---- The reply ----------------------------------------------------------------------------- */

/* Adds what replies to the signature of the request. */
static size_t sign(struct notify *notify, uint8_t *reply, size_t length, uint64_t now)
{
    struct err no_memory = {.kind = ERR_NONE};
    if (notify->series == NULL && notify->tsig_error == TSIG_NO_ERROR)
        return length;
    uint8_t additionals[2] = {reply[10], reply[11]};
    size_t signed_length = tsig_reply(notify->series, &notify->tsig, notify->tsig_error, reply,
                                      length, now, &no_memory);
    if (notify->series != NULL || signed_length <= notify->msg.length)
        return signed_length;
    /* The request has compressed the names of its record, and nobody knows who has sent it. */
    memcpy(reply + 10, additionals, sizeof additionals);
    return length;
}

size_t notify_reply(struct notify *notify, unsigned rcode, uint64_t now,
                    uint8_t out[NOTIFY_REPLY_MAX])
{
    const struct msg *msg = &notify->msg;
    size_t question = question_length(msg);
    unsigned bits = MSG_QR | (msg->bits & (MSG_OPCODE | MSG_RD)) | (rcode & 15);
    uint8_t *p = octets_put_u16(out, msg->id);
    p = octets_put_u16(p, rcode == RCODE_NOERROR ? bits | MSG_AA : bits);
    p = octets_put_u16(p, question > 0);
    p = octets_put_u32(p, 0); /* answers, authorities */
    p = octets_put_u16(p, msg->has_opt);
    memcpy(p, msg->octets + MSG_HEADER, question);
    p += question;
    if (msg->has_opt)
        p = octets_put_u16(msg_put_opt(p, rcode, 0), 0);
    return sign(notify, out, (size_t)(p - out), now);
}
