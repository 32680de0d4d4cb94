/* One attempt at a transfer from one address.
 *
 * Purpose: moves octets between the stream and the machines, and keeps the deadlines.
 * Owns: the connection and the machines.
 * Borrows: the configuration, for its life.
 * Never: prints; chooses servers; knows where the records go. */
#ifndef JOB_TRANSFER_H
#define JOB_TRANSFER_H

#include "io/record.h"
#include "job/spec.h"
#include "xfer/answer.h"
#include "xfer/frame.h"

#include "io/stream.h"

struct transfer_config {
    const struct spec *spec;
    const struct loop *loop;
    const struct address *address;
    const char *host;  /* the server as it was named */
    uint64_t deadline; /* for everything, or LOOP_NEVER */
    enum msg_edns edns;
    const struct tsig_key *key; /* or NULL: not signed */
    struct notes *notes;
    struct record *record; /* or NULL */
    bool changes;          /* ask for what has changed since the serial `since`, not for the zone */
    uint32_t since;
    bool keeps_changes; /* they are put into a file that is there */
};

struct transfer {
    struct transfer_config config;
    struct loop_halt halt; /* of the computing */
    struct stream stream;
    struct frame frame;
    struct answer *answer;
    uint16_t id;
    uint64_t messages;         /* that came as the answer */
    uint64_t began, connected; /* times of loop_now */
    bool waited;     /* for what was read last, so that signals and deadlines were looked at */
    uint64_t octets; /* received, with the length prefixes; not those of TLS */
};

/* Connects, authenticates the server and sends the query. Errors: ERR_CONNECT, ERR_TIMEOUT_CONN,
 * ERR_TLS_*, ERR_NET_IO, ERR_INTERRUPTED, ERR_MEMORY. To be freed by transfer_free. */
struct transfer *transfer_open(const struct transfer_config *config, struct err *err);
void transfer_free(struct transfer *transfer);

/* Brings the next message to the answer. Errors: those of answer_push and answer_cut, of the frames
 * and the stream; ERR_TIMEOUT_TOTAL, ERR_INTERRUPTED, ERR_MAX_BYTES, ERR_OUTPUT (the recording). */
bool transfer_wait(struct transfer *transfer, struct err *err);

/* What the connection's TLS agreed on, or NULL for clear text. */
const struct tls_facts *transfer_tls(const struct transfer *t);
/* Asks for the whole zone on the same connection, in place of changes that were of no use. Returns
 * false without an error where that cannot be done: the connection does not stand any more, or more
 * of the answer may come on it. Errors: ERR_NET_IO, ERR_TIMEOUT_IDLE, ERR_INTERRUPTED, ERR_MEMORY.
 */
bool transfer_ask_zone(struct transfer *transfer, struct err *err);

#endif
