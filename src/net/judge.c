#include "net/judge.h"

#include <stdlib.h>

enum { DOWN_LEAST = 1000000 }; /* microseconds for which nobody says that it is not so */

void judge_init(struct judge *judge, struct pool *pool, uint64_t down_for)
{
    *judge = (struct judge){.pool = pool, .down_for = down_for};
    err_set(&judge->no_memory.err, ERR_MEMORY, "out of memory");
}

/* ---- Reasons -------------------------------------------------------------------------------- */

static struct why *why_new(struct judge *judge, const struct err *err)
{
    struct why *why = malloc(sizeof *why);
    if (why == NULL)
        return &judge->no_memory;
    *why = (struct why){.err = *err};
    return why;
}

void judge_forget(struct judge *judge, struct why *why)
{
    if (why != NULL && why != &judge->no_memory && --why->count == 0)
        free(why);
}

/* For one that no question has taken. */
static void drop_unused(struct judge *judge, struct why *why)
{
    if (why != &judge->no_memory && why->count == 0)
        free(why);
}

/* ---- Servers that are down ------------------------------------------------------------------ */

void judge_forget_down(struct judge *judge, struct door *door)
{
    judge_forget(judge, door->down);
    door->down = NULL;
}

/* Whoever asks here next fails for the same reason, as long as that is kept in mind. What this
 * machine lacks may be there the next time. */
static void keep_down(struct judge *judge, struct door *door, struct why *why)
{
    if (judge->down_for == 0 || why == &judge->no_memory || err_is_trouble(why->err.kind))
        return;
    why->count++;
    judge_forget_down(judge, door);
    door->down = why;
    door->down_until = judge->now + judge->down_for;
}

void judge_revive(struct judge *judge, struct site *site, uint64_t now)
{
    for (struct door *door = site->doors; door != NULL; door = door->next)
        if (now + judge->down_for >= door->down_until + DOWN_LEAST)
            judge_forget_down(judge, door);
}

void judge_heard(struct judge *judge, const struct conn *conn, size_t octets)
{
    struct site *site = conn->door->site;
    const struct why *why = conn->door->down;
    peer_hear(&site->peer);
    site->figures.octets += octets;
    if (why == NULL)
        return;
    for (struct door *door = site->doors; door != NULL; door = door->next)
        if (door->down == why)
            judge_forget_down(judge, door);
}

void judge_fini(struct judge *judge)
{
    for (size_t i = 0; i < judge->pool->site_count; i++)
        for (struct door *door = judge->pool->sites[i]->doors; door != NULL; door = door->next)
            judge_forget_down(judge, door);
}

struct question *judge_next(struct judge *judge, bool *failed, struct why **why)
{
    struct question *question = judge->fate.first;
    if (question == NULL)
        return NULL;
    queue_leave(question);
    *failed = question->own.stage == STAGE_OVER;
    *why = question->own.why;
    question->own.why = NULL;
    return question;
}

/* ---- What can become of a question ---------------------------------------------------------- */

static void set_fate(struct judge *judge, struct question *question, enum question_stage stage,
                     struct why *why)
{
    why->count++;
    judge_forget(judge, question->own.why);
    question->own.why = why;
    question->own.stage = (uint8_t)stage;
    queue_push(&judge->fate, question);
}

/* A question has come to nothing, for this reason. */
static void count_failure(const struct question *question, enum err_kind kind)
{
    bool is_servers = err_rank(err_class(kind)) != 0 && kind != ERR_TIMEOUT_TOTAL;
    question->own.door->site->figures.failures += is_servers;
}

static void fail_question(struct judge *judge, struct question *question, bool complete,
                          struct why *why)
{
    count_failure(question, why->err.kind);
    pool_leave(judge->pool, question, complete);
    set_fate(judge, question, STAGE_OVER, why);
}

void judge_fail(struct judge *judge, struct question *question, bool complete,
                const struct err *err)
{
    fail_question(judge, question, complete, why_new(judge, err));
}

/* Asks again, unless that was done often enough; then it fails with `err`. */
static void spare_question(struct judge *judge, struct question *question,
                           const struct peer_verdict *verdict, bool complete, const struct err *err)
{
    if (verdict->counts && peer_is_tired(question->own.free_tries)) {
        judge_fail(judge, question, complete, err);
        return;
    }
    question->own.door->site->figures.failures += verdict->busy;
    question->own.free_tries = (uint8_t)(question->own.free_tries + verdict->counts);
    question->own.busy_tries = (uint8_t)(question->own.busy_tries + verdict->busy);
    question->own.again = question->own.again || verdict->again;
    question->own.without_edns = question->own.without_edns || verdict->without;
    pool_leave(judge->pool, question, complete);
    set_fate(judge, question, STAGE_WAITING, why_new(judge, err));
}

/* All that wait at a door fail. */
static void fail_waiting(struct judge *judge, struct door *door, const struct conn *conn,
                         struct why *why)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        struct question *question;
        while ((question = door->waiting[kind].first) != NULL) {
            question->connect_began = conn != NULL ? conn->connect_began : judge->now;
            question->connected_at = conn != NULL ? conn->connected_at : 0;
            fail_question(judge, question, false, why);
        }
    }
}

void judge_arrival(struct judge *judge, struct question *question, uint64_t now)
{
    struct door *door = question->own.door;
    if (door->down == NULL)
        return;
    if (now >= door->down_until) { /* it is tried once more */
        judge_forget_down(judge, door);
        return;
    }
    question->connect_began = now;
    question->connected_at = 0;
    fail_question(judge, question, false, door->down);
}

static unsigned waiting_at(const struct door *door)
{
    return (unsigned)(door->waiting[0].count + door->waiting[1].count);
}

/* ---- A question of its own ------------------------------------------------------------------ */

static struct peer_event event_of(const struct judge *judge, const struct question *question)
{
    return (struct peer_event){
        .now = judge->now,
        .epoch = question->own.epoch,
        .alone = question->own.alone,
        .again = question->own.again,
        .edns = question->used_edns,
        .has_opt = answer_facts(question->answer).has_opt,
        .tries = question->own.free_tries,
        .waited = judge->now - question->asked_at,
    };
}

static enum peer_what what_of(const struct question *question, const struct err *err)
{
    if (question->own.stage == STAGE_BEGUN)
        return PEER_REFUSED;
    switch ((int)err->kind) {
    case ERR_RCODE_FORMERR:
        return PEER_FORMERR;
    case ERR_RCODE_SERVFAIL:
        return question->kind == QUESTION_SOA ? PEER_SERVFAIL_SOA : PEER_SERVFAIL_TRANSFER;
    case ERR_TSIG_BADTIME:
        return PEER_BADTIME;
    default:
        return PEER_REFUSED;
    }
}

void judge_answer(struct judge *judge, struct question *question, const struct err *err)
{
    struct peer *peer = &question->own.door->site->peer;
    struct peer_event event = event_of(judge, question);
    bool complete = answer_facts(question->answer).complete;
    event.what = what_of(question, err);
    if (event.what == PEER_SERVFAIL_TRANSFER)
        event.tries = question->own.busy_tries;
    struct peer_verdict verdict = peer_take(peer, &question->own.identity->edns, &event);
    if (verdict.charge == CHARGE_NONE)
        spare_question(judge, question, &verdict, complete, err);
    else
        judge_fail(judge, question, complete, err);
}

void judge_end(struct judge *judge, struct question *question, enum err_kind kind)
{
    struct answer_facts facts = answer_facts(question->answer);
    struct peer_event event = event_of(judge, question);
    bool complete =
        question->own.conn != NULL && question->own.stage >= STAGE_ASKED && facts.complete;
    event.what = kind != ERR_NONE                 ? PEER_REFUSED
                 : question->kind == QUESTION_SOA ? PEER_GOOD_SOA
                                                  : PEER_GOOD_TRANSFER;
    if (question->own.stage == STAGE_BEGUN)
        peer_take(&question->own.door->site->peer, &question->own.identity->edns, &event);
    count_failure(question, kind);
    question->own.door->site->figures.transfers += event.what == PEER_GOOD_TRANSFER;
    pool_leave(judge->pool, question, complete);
    judge_forget(judge, question->own.why);
    question->own.why = NULL;
}

/* ---- Connections that came to nothing ------------------------------------------------------- */

static void judge_no_connection(struct judge *judge, struct door *door, const struct conn *conn,
                                struct question *question, struct peer_event *event,
                                const struct err *err)
{
    struct site *site = door->site;
    event->now = judge->now;
    event->waiting = waiting_at(door);
    for (const struct door *d = site->doors; d != NULL; d = d->next) {
        for (size_t i = 0; i < PEER_CONNECTIONS; i++) {
            const struct conn *other = d->conns[i];
            event->live += other != NULL && other != conn;
            event->live_good =
                event->live_good || (other != NULL && other != conn && other->completed > 0);
        }
    }
    struct peer_verdict verdict = peer_take(&site->peer, NULL, event);
    struct why *why = why_new(judge, err);
    if (verdict.charge == CHARGE_ALL) {
        fail_waiting(judge, door, conn, why);
        keep_down(judge, door, why);
    } else if (verdict.charge == CHARGE_ONE && question != NULL) {
        fail_question(judge, question, false, why);
    }
    drop_unused(judge, why);
}

void judge_open(struct judge *judge, struct door *door, struct question *question, bool local,
                const struct err *err)
{
    struct peer_event event = {.what = PEER_CONNECT_FAILED, .local = local};
    question->connect_began = judge->now;
    judge_no_connection(judge, door, NULL, question, &event, err);
}

void judge_connect(struct judge *judge, struct conn *conn, const struct err *err)
{
    struct peer_event event = {.what = conn->link->connected ? PEER_HANDSHAKE_FAILED
                                                             : PEER_CONNECT_FAILED};
    judge_no_connection(judge, conn->door, conn, NULL, &event, err);
    pool_close(judge->pool, conn);
}

/* ---- Connections that end ------------------------------------------------------------------- */

/* The recording cannot be written: that is not the fault of the server. */
static bool is_ours(const struct err *err)
{
    return err->kind == ERR_OUTPUT;
}

/* For those to which nobody has answered anything. */
static void never_answered(struct err *err)
{
    if (err->kind == ERR_TIMEOUT_IDLE)
        err->kind = ERR_TIMEOUT_ANSWER;
    else if (err->kind == ERR_NET_IO)
        err->kind = ERR_NO_ANSWER;
    err_prefix(err, "no answer: ");
}

/* What a question says of the end of its connection. */
static void words_for(const struct conn *conn, struct question *question, struct err *err)
{
    if (is_ours(err) || conn->is_datagram)
        return;
    if (question->own.stage >= STAGE_ASKED)
        conn_cut(conn, question, err);
    else if (err->kind == ERR_NONE)
        err_set(err, ERR_NO_ANSWER, "the server closed the connection without an answer");
    else if (err->kind == ERR_NET_IO)
        never_answered(err);
}

static struct peer_event event_at(const struct judge *judge, const struct conn *conn)
{
    struct question *last = conn->asked.last != NULL     ? conn->asked.last
                            : conn->sending.last != NULL ? conn->sending.last
                            : conn->ready.last != NULL   ? conn->ready.last
                                                         : conn->begun.last;
    return (struct peer_event){
        .now = judge->now,
        .begun = (unsigned)conn->begun.count,
        .unbegun = (unsigned)(conn_load(conn) - conn->begun.count),
        .completed = conn->completed,
        .waiting = waiting_at(conn->door) + (unsigned)conn_load(conn),
        .remembers = judge->down_for > 0,
        .clean = conn->clean && frame_rest(&conn->frame, NULL) == 0,
        .epoch = last != NULL ? last->own.epoch : 0,
        .alone = last != NULL && last->own.alone,
        .again = last != NULL && last->own.again,
        .tries = last != NULL ? last->own.free_tries : 0,
    };
}

/* Ends a question with its connection, in one way or the other. */
static void end_one(struct judge *judge, const struct conn *conn, struct question *question,
                    bool charged, const struct peer_verdict *verdict, const struct err *cause)
{
    struct err err = *cause;
    words_for(conn, question, &err);
    if (charged)
        judge_fail(judge, question, false, &err);
    else
        spare_question(judge, question, verdict, false, &err);
}

/* Does what the verdict says to all questions on a connection, and closes it. */
static void end_all(struct judge *judge, struct conn *conn, const struct peer_verdict *verdict,
                    const struct err *cause)
{
    struct queue *unbegun[] = {&conn->asked, &conn->sending, &conn->ready};
    struct question *suspect = verdict->suspect ? conn->asked.first : NULL, *question;
    bool charged = verdict->charge >= CHARGE_FLIGHT;
    while ((question = conn->begun.first) != NULL)
        end_one(judge, conn, question, verdict->charge != CHARGE_NONE, verdict, cause);
    for (unsigned i = 0; i < 3; i++) {
        while ((question = unbegun[i]->first) != NULL) {
            if (question == suspect)
                question = question->own.next;
            if (question == NULL)
                break;
            end_one(judge, conn, question, charged, verdict, cause);
        }
    }
    if (suspect != NULL)
        end_one(judge, conn, suspect, charged, verdict, cause);
    if (verdict->charge == CHARGE_ALL || verdict->down) {
        struct err err = *cause;
        if (verdict->down)
            never_answered(&err);
        struct why *why = why_new(judge, &err);
        for (struct door *door = conn->door->site->doors; door != NULL; door = door->next) {
            if (verdict->down || door == conn->door) {
                fail_waiting(judge, door, conn, why);
                keep_down(judge, door, why);
            }
        }
        drop_unused(judge, why);
    }
    pool_close(judge->pool, conn);
}

void judge_close(struct judge *judge, struct conn *conn)
{
    struct peer_event event = event_at(judge, conn);
    struct err cause = conn->end;
    struct peer_verdict verdict = {.charge = CHARGE_FLIGHT};
    bool is_tls = conn->messages == 0 && err_class(cause.kind) == ERR_CLASS_AUTH;
    event.what = is_tls              ? PEER_HANDSHAKE_FAILED
                 : conn->is_datagram ? PEER_CONNECT_FAILED /* it ends only where nobody listens */
                                     : PEER_CLOSED;
    if (conn_load(conn) == 0) {
        pool_close(judge->pool, conn);
        return;
    }
    if (!is_ours(&cause))
        verdict = peer_take(&conn->door->site->peer, NULL, &event);
    pool_rouse_site(judge->pool, conn->door->site); /* it may have shown a limit */
    end_all(judge, conn, &verdict, &cause);
}

/* All that is known is what has happened to the connection as a whole. */
static void judge_whole(struct judge *judge, struct conn *conn, enum peer_what what,
                        const struct err *err)
{
    struct peer_event event = event_at(judge, conn);
    event.what = what;
    struct peer_verdict verdict = peer_take(&conn->door->site->peer, NULL, &event);
    end_all(judge, conn, &verdict, err);
}

void judge_give_up(struct judge *judge, struct conn *conn, const struct err *err)
{
    judge_whole(judge, conn, PEER_GIVEN_UP, err);
}

void judge_garbled(struct judge *judge, struct conn *conn, const struct err *err)
{
    judge_whole(judge, conn, PEER_GARBLED, err);
}

void judge_doubt(struct judge *judge, struct conn *conn, const struct err *err)
{
    for (struct question *q = conn->asked.first; q != NULL; q = q->own.next)
        q->own.moved = true;
    judge_give_up(judge, conn, err);
}

void judge_silence(struct judge *judge, struct conn *conn, const struct err *err)
{
    judge_whole(judge, conn, PEER_SILENT, err);
}

void judge_unsent(struct judge *judge, struct conn *conn, const struct err *err)
{
    struct queue *unsent[] = {&conn->sending, &conn->ready};
    struct peer_verdict verdict = {.charge = CHARGE_NONE, .counts = true};
    struct question *question;
    if (conn->asked.count + conn->begun.count == 0) {
        conn->end = *err;
        judge_close(judge, conn);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        while ((question = unsent[i]->first) != NULL)
            end_one(judge, conn, question, false, &verdict, err);
}

void judge_strand(struct judge *judge, struct conn *conn)
{
    struct peer_verdict verdict = {.charge = CHARGE_NONE};
    struct err err = {.kind = ERR_NONE};
    struct question *next;
    err_set(&err, ERR_TIMEOUT_IDLE, "it waited behind another zone's transfer");
    for (struct question *question = conn->asked.first; question != NULL; question = next) {
        next = question->own.next;
        if (question->own.moved)
            continue;
        question->own.moved = true;
        spare_question(judge, question, &verdict, false, &err);
    }
}
