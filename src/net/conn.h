/* One connection: its questions by ID, what is still to be sent, what has come.
 *
 * Purpose: octets to messages and queries to octets; which question a message is for. All steps are
 * asked for by the engine, which also says what time it is.
 * Owns: a link, the frame buffer, the queries that are not out yet.
 * Borrows: the transport and the door, for its life; a question while it is on the connection.
 * Never: waits, judges a failure, opens another connection. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "io/record.h"
#include "io/transport.h"
#include "net/endpoint.h"
#include "net/ids.h"
#include "net/queue.h"
#include "net/timer.h"
#include "xfer/frame.h"

/* How far a question is. */
enum question_stage {
    STAGE_WAITING, /* for a connection, for its turn or for a time */
    STAGE_READY,   /* it has a connection; its query was not built */
    STAGE_SENDING, /* its query was built, and is not all out */
    STAGE_ASKED,
    STAGE_BEGUN, /* a message of its answer has come */
    STAGE_OVER   /* it is given back with the next event */
};

enum { CONN_OUT = 16 * 1024, CONN_OUT_QUERIES = 64 };

struct conn {
    struct conn *next, *prev; /* of all connections */
    /* Of those that are awake; and when one that is not has to be looked at again. */
    struct conn *awake_next, *awake_prev;
    bool awake;
    struct timer wake;
    size_t slot; /* of its descriptor among all */
    struct door *door;
    struct transport *transport;
    struct link *link;
    struct record *record; /* or NULL */
    struct frame frame;
    struct ids ids;

    bool is_datagram; /* UDP: what nobody has asked for is nobody's fault */
    bool open;        /* connected, and TLS is done */
    bool lame;        /* no new questions */
    bool ended;  /* nothing more will be read: `end` says why; ERR_NONE: the server has closed */
    bool broken; /* nothing more can be sent: `end` says why, unless something else has ended it */
    bool came;   /* octets, since nothing was found */
    bool dry;    /* the last read has found nothing */
    bool clean;  /* it ended between messages */
    struct err end;
    short revents;                 /* what poll has said */
    short read_waits, write_waits; /* events of poll without which a step makes no sense; 0: none */

    struct queue ready, sending, asked, begun; /* by stage */
    struct question *untold;     /* the first of `ready` of which ENGINE_CONNECTED was not given */
    unsigned carried, completed; /* questions; answers that were whole */
    uint64_t messages, queries;  /* that came, and that went out whole */
    unsigned late;               /* messages of answers that were whole before */

    /* Times of the engine's own clock, which stands while the engine is not asked; 0: the clock
     * stands. */
    uint64_t began;
    uint64_t idle_from;    /* nothing came */
    uint64_t octets_from;  /* nothing came but octets of TLS that carry no data */
    uint64_t blocked_from; /* nothing could be sent */
    uint64_t lame_from, unused_from;
    /* Times of the transport, for the facts. */
    uint64_t connect_began, connected_at;

    uint8_t out[CONN_OUT];
    size_t out_start, out_end;
    size_t out_ends[CONN_OUT_QUERIES]; /* where the query of each question in `sending` ends; those
                                        * of questions that are gone as well */
    struct question *out_questions[CONN_OUT_QUERIES]; /* NULL: it is gone */
    size_t out_count;
};

/* Begins to connect. NULL: ERR_MEMORY, and the errors of transport->open. */
struct conn *conn_new(struct transport *transport, const struct endpoint *to, struct record *record,
                      enum link_fault *fault, struct err *err);
/* Closes. Its questions must have left. */
void conn_free(struct conn *conn);

/* How many questions are on it. */
size_t conn_load(const struct conn *conn);
/* The only question whose query was built and that is not over; NULL: there are several, or none.
 */
struct question *conn_lone(const struct conn *conn);

/* Goes on connecting; sets `open`, or fails with the errors of transport->connect. */
bool conn_connect(struct conn *conn, struct err *err);

/* Takes a question on. */
void conn_take(struct conn *conn, struct question *question);

/* Whether there is something to be sent. */
bool conn_has_output(const struct conn *conn);

/* Builds and sends what it can of the queries of questions that are told and ready. Where one
 * cannot be built, returns it, with the error; NULL: none. Where sending fails `broken` is set,
 * over UDP `ended`. `tick` is of the engine's clock. */
struct question *conn_send(struct conn *conn, uint64_t tick, struct err *err);

/* Over UDP: sends the query of a question in STAGE_ASKED again, with the same ID, as soon as it
 * can; without room this time is left out. Errors: those of answer_query. */
bool conn_repeat(struct conn *conn, struct question *question, struct err *err);

/* A message of the question's answer has come. */
void conn_begin(struct conn *conn, struct question *question);

/* A message came for a question that is gone: it is not a sign of life for the others. */
void conn_sent_in_vain(struct conn *conn, uint64_t tick);

/* Nothing has come, as a read or poll has found: the clocks begin to run. */
void conn_found_nothing(struct conn *conn, uint64_t tick);

/* Whether so little of a message has come that it may be anybody's. */
bool conn_has_riddle(const struct conn *conn);

/* Whether what has come begins as a text does, and cannot be a message that answers anything. */
bool conn_is_text(const struct conn *conn);

/* Nothing can be sent any more. */
void conn_break(struct conn *conn, const struct err *err);

/* Reads once. Sets `ended` or `dry` where that is so. */
void conn_read(struct conn *conn, uint64_t tick);

/* As frame_next. */
enum frame_event conn_next(struct conn *conn, const uint8_t **message, size_t *length,
                           struct err *err);

/* Whether a whole message waits in the buffer, or one that cannot be. */
bool conn_has_message(const struct conn *conn);

/* The question leaves. `complete`: no more of its answer will come. */
void conn_leave(struct conn *conn, struct question *question, bool complete);

/* The words for the end of the stream, as the question sees it; `err` may be set. */
void conn_cut(const struct conn *conn, struct question *question, struct err *err);

#endif
