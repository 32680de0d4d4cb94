/* A NOTIFY that was received. Two octets say how it is signed, which keys there are and what the
 * caller makes of it; then the message, which the target signs where it is told to, because no
 * fuzzer guesses a MAC. Nothing else may be verified; the reply must be well-formed, and is signed,
 * as HMAC() says, or not longer than the request. */
#include "fuzz.h"

#include "dns/types.h"
#include "xfer/notify.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

enum { NOW = 1700000000, REQUEST_MAX = 70000 };

static const uint8_t names[] = {3,   'k', 'e', 'y', 0,   11,  'h', 'm', 'a',
                                'c', '-', 's', 'h', 'a', '2', '5', '6', 0};
enum { KEY_NAME = 5, ALGORITHM_NAME = sizeof names - KEY_NAME };
static const char secret[] = "a secret that is none";

enum how { HOW_RAW, HOW_SIGN, HOW_WRONG, HOW_SHORT, HOWS };

static struct request {
    uint8_t octets[REQUEST_MAX];
    size_t n;
    uint8_t mac[32];
    size_t mac_length; /* as sent */
    size_t signed_at;  /* where the record stands; 0: not signed here */
    uint32_t time;
} request;

static uint8_t *put(uint8_t *p, const void *octets, size_t n)
{
    memcpy(p, octets, n);
    return p + n;
}

static uint8_t *put_number(uint8_t *p, uint64_t value, int octets)
{
    for (int i = octets - 1; i >= 0; i--)
        *p++ = (uint8_t)(value >> 8 * i);
    return p;
}

/* The MAC of a message of n octets with that many additional records, after another MAC. `fields`
 * are time 6, fudge 2, error 2, length of other data 2, other data. */
static void make_mac(const uint8_t *before, size_t before_length, const uint8_t *octets, size_t n,
                     unsigned additionals, const uint8_t *fields, size_t fields_length,
                     uint8_t mac[32])
{
    static uint8_t data[REQUEST_MAX + 256];
    uint8_t *p = data;
    if (before_length > 0)
        p = put(put_number(p, before_length, 2), before, before_length);
    p = put(p, octets, 10);
    p = put_number(p, additionals, 2);
    p = put(p, octets + 12, n - 12);
    p = put(p, names, KEY_NAME);
    p = put(p, "\0\377\0\0\0", 6);
    p = put(p, names + KEY_NAME, ALGORITHM_NAME);
    p = put(p, fields, fields_length);
    MUST(HMAC(EVP_sha256(), secret, sizeof secret - 1, data, (size_t)(p - data), mac, NULL) !=
         NULL);
}

/* Signs the request; `octet` says at which time, how long the MAC is or what is wrong. */
static void sign(enum how how, uint8_t octet)
{
    uint8_t fields[12], *p = request.octets + request.n;
    unsigned additionals = (unsigned)(request.octets[10] << 8 | request.octets[11]);
    request.signed_at = request.n;
    request.time = how == HOW_SIGN ? NOW + (uint32_t)octet * 5 - 640 : NOW;
    put_number(put_number(put_number(fields, request.time, 6), 300, 2), 0, 4);
    make_mac(NULL, 0, request.octets, request.n, additionals, fields, sizeof fields, request.mac);
    request.mac_length = how == HOW_SHORT ? octet % 33u : 32;
    p = put(p, names, KEY_NAME);
    p = put(p, "\0\372\0\377\0\0\0", 8);
    p = put_number(p, ALGORITHM_NAME + 16 + request.mac_length, 2);
    p = put(p, names + KEY_NAME, ALGORITHM_NAME);
    p = put(p, fields, 8);
    p = put(put_number(p, request.mac_length, 2), request.mac, request.mac_length);
    p = put(put(p, request.octets, 2), fields + 8, 4);
    put_number(request.octets + 10, additionals + 1, 2);
    if (how == HOW_WRONG) /* a bit of the MAC or behind it */
        p[-(octet % 38) - 1] ^= (uint8_t)(1 << octet % 7);
    request.n = (size_t)(p - request.octets);
}

/* Whether the request is to be verified by a key that asks for `least` octets. */
static bool is_right(enum how how, const struct notify *notify, size_t least)
{
    uint32_t apart = request.time > NOW ? request.time - NOW : NOW - request.time;
    /* The message may be so broken that a record of it ends in that of the signature. */
    return how != HOW_WRONG && notify->is_signed && request.signed_at != 0 &&
           notify->msg.tsig_at == request.signed_at && apart <= 300 &&
           request.mac_length >= least && request.mac_length >= 16;
}

static void check_read(const struct notify *notify)
{
    if (notify->rcode != RCODE_NOERROR)
        return;
    MUST(msg_opcode(&notify->msg) == OPCODE_NOTIFY && notify->msg.questions == 1);
    MUST(name_length(notify->zone, notify->zone_length) == notify->zone_length);
    for (unsigned i = 0; i < notify->zone_length; i++)
        MUST(notify->zone[i] < 'A' || notify->zone[i] > 'Z');
    MUST(!notify->has_serial || notify->msg.answers > 0);
}

/* A reply to whoever has the key is signed over the MAC of the request, others have none. */
static void check_mac(const struct msg *reply, bool is_known)
{
    struct tsig_record tsig;
    uint8_t fields[18], mac[32];
    MUST(tsig_read(&tsig, reply) == NULL);
    MUST(is_known ? tsig.mac_length >= request.mac_length : tsig.mac_length == 0);
    if (!is_known)
        return;
    MUST(tsig.mac_length <= sizeof mac && tsig.other_length <= 6);
    put_number(put_number(put_number(fields, tsig.time, 6), tsig.fudge, 2), tsig.error, 2);
    put(put_number(fields + 10, tsig.other_length, 2), tsig.other, tsig.other_length);
    make_mac(request.mac, request.mac_length, reply->octets, reply->tsig_at,
             reply->additionals - 1u, fields, 12u + tsig.other_length, mac);
    MUST(memcmp(mac, tsig.mac, tsig.mac_length) == 0);
}

static void check_reply(struct notify *notify, unsigned rcode, bool is_known)
{
    struct msg reply;
    struct err err = {.kind = ERR_NONE};
    uint8_t *out = malloc(NOTIFY_REPLY_MAX);
    MUST(out != NULL);
    size_t n = notify_reply(notify, rcode, NOW, out);
    MUST(n >= MSG_HEADER && n <= NOTIFY_REPLY_MAX && msg_parse(&reply, out, n, &err));
    MUST(reply.id == notify->msg.id && msg_opcode(&reply) == msg_opcode(&notify->msg));
    MUST((reply.bits & MSG_QR) != 0 && ((reply.bits & MSG_AA) != 0) == (rcode == 0));
    MUST(msg_rcode(&reply) == rcode && reply.has_opt == notify->msg.has_opt);
    MUST(reply.questions <= 1 && reply.answers == 0 && reply.authorities == 0);
    MUST(reply.additionals == (unsigned)reply.has_opt + (reply.tsig_at != 0));
    MUST(reply.tsig_at == 0 || notify->is_signed);
    MUST(is_known || n <= request.n);
    MUST(!is_known || reply.tsig_at != 0);
    if (reply.tsig_at != 0)
        check_mac(&reply, is_known);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notify notify;
    struct err err = {.kind = ERR_NONE};
    struct tsig_key key = {.name_length = KEY_NAME, .mac_length = 32};
    if (size < 2 || size > MSG_MAX)
        return 0;
    enum how how = (enum how)(data[0] % HOWS);
    unsigned judged = data[0] >> 4;
    key.mac_length = (data[0] & 4) != 0 ? 16 : 32;
    key.algorithm = tsig_algorithm_find("hmac-sha256", 11);
    memcpy(key.name, names, KEY_NAME);
    memcpy(key.secret, secret, key.secret_length = sizeof secret - 1);
    const struct tsig_key *keys[] = {&key};
    size_t count = (data[0] & 8) != 0 ? 0 : 1;
    memcpy(request.octets, data + 2, request.n = size - 2);
    request.mac_length = request.signed_at = 0;
    if (how != HOW_RAW && request.n >= MSG_HEADER)
        sign(how, data[1]);

    uint8_t *exact = malloc(request.n + 1);
    MUST(exact != NULL);
    memcpy(exact + 1, request.octets, request.n);
    bool answered = notify_read(&notify, exact + 1, request.n);
    MUST(answered == (request.n >= MSG_HEADER && (request.octets[2] & 0x80) == 0));
    if (answered) {
        check_read(&notify);
        bool good = notify.is_signed && notify_verify(&notify, keys, count, NOW, &err);
        MUST(good == (count == 1 && is_right(how, &notify, key.mac_length)));
        MUST(good == (notify.key != NULL) && (good || !notify.is_signed || notify.rcode != 0));
        for (const char *p = err.text; *p != '\0'; p++)
            MUST(*p >= ' ' && *p <= '~');
        check_reply(&notify, notify.rcode != 0 ? notify.rcode : judged,
                    good || err.kind == ERR_TSIG_TIME || err.kind == ERR_TSIG_SHORT);
    }
    notify_fini(&notify);
    free(exact);
    return 0;
}
