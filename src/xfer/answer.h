/* One question and its answer: the machines of a transfer, composed once.
 *
 * Purpose: builds the query (exchange), and makes records of the messages that answer it: a zone or
 * changes (xfr, delta), the SOA alone, or the NS or DS records of a name. Transfers and replays of
 * recordings drive the same code. Owns: the machines, and what they must remember. Borrows: all
 * that the configuration points to, for its life; a pushed message, until ANSWER_MORE. Lends: a
 * record, until the next call. Never: does I/O, reads a clock, waits, knows where records go. */
#ifndef XFER_ANSWER_H
#define XFER_ANSWER_H

#include "dns/rr.h"
#include "xfer/delta.h"
#include "xfer/exchange.h"
#include "xfer/watch.h"
#include "xfer/xfr.h"

struct answer_config {
    struct msg_question question; /* of type AXFR, IXFR, SOA, NS or DS */
    uint16_t pad;                 /* as in struct exchange */
    const struct tsig_key *key;   /* or NULL: not signed */
    struct notes *notes;
    bool skip_neighbours;    /* as in struct xfr_config */
    struct watch *watch;     /* is told of each message; or NULL */
    size_t delta_limit;      /* as in struct delta_config */
    const struct halt *halt; /* of finding the net effect of changes; NULL: never */
};

/* A question for NS or DS gives the records of that type at its name, from the answer section and
 * from the authority section, where a referral has them; none is not a failure.
 * ANSWER_BEGIN: a zone begins, of which `zone` tells, and a begin of the sink is due. ANSWER_MORE:
 * push the next message. Changes give no record: ANSWER_END tells that all of them were seen, and
 * answer_changes reads them. After ANSWER_END or ANSWER_FAIL there is nothing more until
 * answer_query. */
enum answer_event { ANSWER_BEGIN, ANSWER_RR, ANSWER_MORE, ANSWER_END, ANSWER_FAIL };

struct answer;

/* Of a question that is not for a transfer it takes less than 1 KB. Error: ERR_MEMORY. */
struct answer *answer_new(const struct answer_config *config, struct err *err);
void answer_free(struct answer *answer);

/* Begins, or begins anew: whatever came before is forgotten, but for what stands in the notes.
 * Builds the query with its length prefix into out, signed where there is a key; `now` is in
 * seconds since 1970. Returns how many octets, or 0 with ERR_MEMORY or ERR_TSIG_ALGORITHM. */
size_t answer_query(struct answer *answer, uint16_t id, enum msg_edns edns, uint64_t now,
                    uint8_t out[MSG_QUERY_MAX + 2], struct err *err);

/* In place of answer_query: begins with a recorded query, which says what is asked and must stay.
 * Errors: those of exchange_replay; ERR_QUESTION, it does not ask for a transfer; ERR_MEMORY. */
bool answer_replay(struct answer *answer, const uint8_t *query, size_t length, struct err *err);

/* Takes the next message, which came at the time `now` (seconds since 1970). Errors: those of
 * exchange_push. */
bool answer_push(struct answer *answer, const uint8_t *octets, size_t length, uint64_t now,
                 struct err *err);

/* Gives what comes next. Errors: those of xfr_next, xfr_push and answer_soa_open; ERR_SERIAL_OLDER,
 * the server's serial is not newer than that of the question. */
enum answer_event answer_next(struct answer *answer, struct zone_info *zone, struct rr *rr,
                              enum rr_op *op, struct err *err);

/* The machine that the records of a transfer come from, if answer_next would give them as they are;
 * otherwise NULL. Who asks the machine (xfr_next) has them on a shorter way. Whatever else it says,
 * it says again to answer_next, which is to be asked then. */
struct xfr *answer_records(const struct answer *answer);

/* What was left in the stream when it ended: octets that are not a whole message, and what kind of
 * stream it was. */
struct answer_rest {
    const uint8_t *octets;
    size_t length;
    uint64_t received; /* octets in all, these included */
    bool is_tls;
    bool was_cut; /* TLS ended without a close_notify */
};

/* Says what it means that no more will come. An error that is set says why (a deadline, a broken
 * connection); none: the server has closed its side. Sets the error that says most, and returns
 * false: ERR_TSIG_LAST, ERR_RCODE_*, ERR_LONE_SOA, ERR_NO_ANSWER, ERR_NOT_DNS, ERR_TLS_ONLY,
 * ERR_EOF_EARLY, ERR_TIMEOUT_ANSWER (for ERR_TIMEOUT_IDLE, where nothing has come), or the one that
 * was set, with the place in its text. */
bool answer_cut(const struct answer *answer, const struct answer_rest *rest, struct err *err);

enum { ANSWER_NSID_MAX = 64 };

struct answer_facts {
    struct xfr_facts xfr; /* of a transfer; of a SOA question only the serial */
    uint64_t messages;    /* that were pushed */
    unsigned rcode;       /* of the last message, authentic or not */
    bool authoritative;   /* its AA bit, likewise */
    const struct msg_question *question;
    bool is_signed;             /* the query was, recorded or sent */
    bool verified;              /* and signatures are verified */
    bool complete;              /* the answer has come to its end */
    bool changes;               /* what comes are changes, or would be if there were any */
    bool has_opt;               /* an answer came with EDNS */
    bool has_expire;            /* RFC 7314 */
    uint32_t expire;            /* seconds */
    char nsid[ANSWER_NSID_MAX]; /* printable ASCII, or hexadecimal; may be cut; RFC 5001 */
};
struct answer_facts answer_facts(const struct answer *answer);

/* The SOA that a transfer began with, until answer_query. Call it only once the kind is known. */
const struct rr *answer_soa(const struct answer *answer);

/* What the question is about, as the begin of a sink wants it; where the server has nothing newer,
 * changes that lead from its serial to the same. */
struct zone_info answer_zone(const struct answer *answer);

/* After ANSWER_END of an incremental answer: finds the net effect of the changes, wanted or not, so
 * that changes which contradict themselves are refused, and makes a reader of them. Both last until
 * answer_query. Errors: those of delta_condense. */
bool answer_changes(struct answer *answer, struct delta_reader *reader, enum delta_view view,
                    struct err *err);
const struct delta *answer_delta(const struct answer *answer);

#endif
