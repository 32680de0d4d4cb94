/* What becomes of questions when something has happened to one of them, or to a connection.
 *
 * Purpose: describes it to peer, and does what the verdict says: some fail, some are asked again.
 * Where a server is down, that is kept in mind at its doors, for a while.
 * Owns: the reasons, which many questions may share, and doors.
 * Borrows: the pool and the questions.
 * Never: reads, writes, waits. */
#ifndef NET_JUDGE_H
#define NET_JUDGE_H

#include "net/pool.h"

/* Why questions failed or are asked again; counted. */
struct why {
    unsigned count;
    struct err err;
};

struct judge {
    struct pool *pool;
    struct queue fate;    /* questions of which an event is due */
    uint64_t now;         /* of the transport; set by the engine before each call */
    uint64_t down_for;    /* for which it is kept in mind that a server is down; 0: it is not */
    struct why no_memory; /* in place of one that cannot be made */
};

void judge_init(struct judge *judge, struct pool *pool, uint64_t down_for);
/* Forgets what doors have in mind; before pool_fini. */
void judge_fini(struct judge *judge);

/* Forgets that the server is down, as far as a door goes. */
void judge_forget_down(struct judge *judge, struct door *door);

/* The same for all doors of a server, as engine_revive says. `now` is the transport's. */
void judge_revive(struct judge *judge, struct site *site, uint64_t now);

/* A question waits at its door now: it fails at once if the server is down, as it did for those
 * who found that out. `now` is the transport's. */
void judge_arrival(struct judge *judge, struct question *question, uint64_t now);

/* A message of an answer has come on a connection, so many octets with the length prefix: the
 * server is not down. */
void judge_heard(struct judge *judge, const struct conn *conn, size_t octets);

/* A question that waits for its event: takes it off, and says whether it has failed. *why is the
 * caller's until judge_forget. NULL: none. */
struct question *judge_next(struct judge *judge, bool *failed, struct why **why);
void judge_forget(struct judge *judge, struct why *why);

/* A question has failed by itself, whatever its server thinks: `err` says why. `complete` as in
 * conn_leave. */
void judge_fail(struct judge *judge, struct question *question, bool complete,
                const struct err *err);

/* The server has answered a question with a failure: answer_push has set the error. */
void judge_answer(struct judge *judge, struct question *question, const struct err *err);

/* The caller has given a question back, with the kind of error. */
void judge_end(struct judge *judge, struct question *question, enum err_kind kind);

/* Opening a connection has failed. */
void judge_open(struct judge *judge, struct door *door, struct question *question, bool local,
                const struct err *err);

/* A connection has failed before it could be used; it is closed. */
void judge_connect(struct judge *judge, struct conn *conn, const struct err *err);

/* A connection has ended, or broke: conn->end says why. It is closed. */
void judge_close(struct judge *judge, struct conn *conn);

/* A connection is given up by us; it is closed. The questions on it are asked again, or have failed
 * if they had begun, with `err`. */
void judge_give_up(struct judge *judge, struct conn *conn, const struct err *err);
/* What came is for none of the questions on a connection; nobody knows whose fault that is. */
void judge_garbled(struct judge *judge, struct conn *conn, const struct err *err);

/* It has served, and seems to be dead, though its server may not be: its questions, of which no
 * answer has begun, are asked again, once each (own.moved). It is closed. */
void judge_doubt(struct judge *judge, struct conn *conn, const struct err *err);

/* Nothing came in time, and no answer on the connection had begun; it is closed. */
void judge_silence(struct judge *judge, struct conn *conn, const struct err *err);

/* The queries of some questions on the connection cannot be sent, the others may be answered. */
void judge_unsent(struct judge *judge, struct conn *conn, const struct err *err);

/* Those that wait for a long transfer go to another connection. */
void judge_strand(struct judge *judge, struct conn *conn);

#endif
