/* The side that receives of NOTIFY (RFC 1996): a request read, its signature checked, the reply.
 *
 * Purpose: decides which requests can be judged further, what ends the others, and builds the reply
 * to any of them. Who may tell of which zone is not decided here.
 * Owns: the series of signatures that begins with the request.
 * Borrows: the request and the key that verified it, until notify_fini.
 * Never: does I/O, reads a clock (the time is a parameter), lets a secret into a text, makes a
 * reply that is longer than its request, but for the signature where that of the request was good.
 *
 *   if (!notify_read(&notify, octets, length))
 *       return;                                      nothing is to be answered
 *   if (notify.is_signed && !notify_verify(&notify, keys, count, now, &err))
 *       tell(&err);                                  the keys of that name, notify.tsig.name
 *   if (notify.rcode == RCODE_NOERROR)
 *       notify.rcode = judge(&notify);               zone, class, key or sender
 *   length = notify_reply(&notify, notify.rcode, now, out);
 *   notify_fini(&notify);
 */
#ifndef XFER_NOTIFY_H
#define XFER_NOTIFY_H

#include "dns/msg.h"
#include "dns/name.h"
#include "xfer/tsig.h"

/* Header, question, OPT record without options, TSIG record. */
enum { NOTIFY_REPLY_MAX = MSG_HEADER + NAME_MAX_WIRE + 4 + 11 + TSIG_REPLY_MAX };

struct notify {
    struct msg msg; /* where it is broken, only what was read before that */
    unsigned rcode; /* enum msg_rcode; NOERROR: a NOTIFY that can be judged further */

    /* Only with NOERROR. */
    uint8_t zone[NAME_MAX_WIRE]; /* in lower case */
    uint8_t zone_length;
    uint16_t class;
    bool has_serial; /* the answer section has one SOA of that name and class, well-formed */
    uint32_t serial; /* a hint that nobody has vouched for (RFC 1996 section 3.11) */

    bool is_signed;             /* so notify_verify is to be called, whatever the RCODE is */
    struct tsig_record tsig;    /* with the key's name in lower case */
    const struct tsig_key *key; /* that has verified it; else NULL */

    /* Private. */
    bool is_final; /* RCODE is not to give way to that of a bad signature */
    enum tsig_error tsig_error;
    struct tsig_series *series; /* signs the reply, or NULL */
};

/* Reads a message of a datagram or a stream. False: it is not to be answered; it is a response, or
 * shorter than a header. Else rcode is, by the first that is so:
 *   REFUSED  the opcode is QUERY
 *   NOTIMP   another opcode than NOTIFY
 *   BADVERS  there is an OPT record of another version than 0, whatever follows it
 *   FORMERR  records are broken, or one is where it must not be
 *   FORMERR  not one question, or not one for a SOA
 * Of these the last gives way to the RCODE of a bad signature. A request that is broken counts as
 * unsigned. All bits of the header but QR and the opcode are passed over, TC too: what counts is
 * there or is not. A hint that is malformed, or of which there are two, is none. SIG(0) (RFC 2931)
 * is no signature here. notify_fini is due in any case. */
bool notify_read(struct notify *notify, const uint8_t *octets, size_t length);

/* Verifies the signature with the keys of its name; any of them that does so is good, and is
 * notify->key then. `now` is in seconds since 1970. The order of the checks is that of RFC 8945
 * section 5.2; of several keys the one that came furthest tells the error. Where it returns false,
 * rcode and what the reply tells of the signature are, in the order of the checks:
 *   ERR_TSIG_KEY        NOTAUTH, BADKEY: there is no key of that name and algorithm
 *   ERR_TSIG_ALGORITHM  the same: OpenSSL does not have the algorithm
 *   ERR_TSIG_FORM       FORMERR: a length that no MAC has
 *   ERR_TSIG_MAC        NOTAUTH, BADSIG
 *   ERR_TSIG_TIME       NOTAUTH, BADTIME: the reply is signed, and has our time
 *   ERR_TSIG_SHORT      NOTAUTH, BADTRUNC: the reply is signed
 *   ERR_MEMORY          SERVFAIL
 * A request that ended earlier, by its opcode or version, keeps its RCODE. One that is sent again
 * within its time is good again: all that comes of it is one more look. */
bool notify_verify(struct notify *notify, const struct tsig_key *const *keys, size_t count,
                   uint64_t now, struct err *err);

/* Builds the reply, once: ID, opcode and RD of the request, its first question, AA with NOERROR
 * alone (RFC 1996 section 4.7); with OPT where the request has it, and signed, or with a record
 * that says what is wrong, as notify_verify has found. Returns its length, or 0 where memory for
 * the signature is lacking: then nothing is to be sent, and the other side asks again. */
size_t notify_reply(struct notify *notify, unsigned rcode, uint64_t now,
                    uint8_t out[NOTIFY_REPLY_MAX]);

void notify_fini(struct notify *notify);

#endif
