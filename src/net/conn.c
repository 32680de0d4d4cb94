#include "net/conn.h"

#include "net/engine.h"

#include <stdlib.h>
#include <string.h>

enum { ID_TRIES = 1000 };

/* ---- Life ---------------------------------------------------------------------------------- */

struct conn *conn_new(struct transport *transport, const struct endpoint *to, struct record *record,
                      enum link_fault *fault, struct err *err)
{
    struct link_options options = {
        .address = &to->address,
        .bind = to->has_bind ? &to->bind : NULL,
        .tls = to->tls,
        .host = to->host,
    };
    char text[ADDRESS_TEXT_MAX];
    struct conn *conn = calloc(1, sizeof *conn);
    *fault = LINK_LOCAL;
    if (conn == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    address_text(&to->address, text);
    conn->transport = transport;
    conn->record = record;
    conn->is_datagram = to->address.datagram;
    if (frame_init(&conn->frame, err) &&
        record_add(record, RECORD_CONNECTION, text, strlen(text), err))
        conn->link = transport->open(transport, &options, fault, err);
    if (conn->link != NULL)
        return conn;
    frame_fini(&conn->frame);
    free(conn);
    return NULL;
}

void conn_free(struct conn *conn)
{
    struct err ignored = {.kind = ERR_NONE};
    const uint8_t *rest;
    size_t length = frame_rest(&conn->frame, &rest);
    if (length > 0)
        record_add(conn->record, RECORD_REST, rest, length, &ignored);
    record_flush(conn->record, &ignored); /* a failure stays in the record and shows later */
    conn->transport->close(conn->transport, conn->link);
    frame_fini(&conn->frame);
    free(conn);
}

size_t conn_load(const struct conn *conn)
{
    return conn->ready.count + conn->sending.count + conn->asked.count + conn->begun.count;
}

struct question *conn_lone(const struct conn *conn)
{
    if (conn->sending.count + conn->asked.count + conn->begun.count != 1)
        return NULL;
    return conn->begun.first != NULL   ? conn->begun.first
           : conn->asked.first != NULL ? conn->asked.first
                                       : conn->sending.first;
}

/* What a step waits for. */
static short waits_for(enum stream_event event)
{
    return event == STREAM_WANT_WRITE ? POLLOUT : event == STREAM_WANT_READ ? POLLIN : 0;
}

bool conn_connect(struct conn *conn, struct err *err)
{
    enum stream_event event = conn->transport->connect(conn->link, err);
    conn->read_waits = waits_for(event);
    conn->open = event == STREAM_DONE;
    return event != STREAM_FAIL;
}

void conn_take(struct conn *conn, struct question *question)
{
    question->own.conn = conn;
    question->own.stage = STAGE_READY;
    question->own.told = false;
    question->own.idle_from = 0;
    question->fresh = conn->carried++ == 0;
    question->tls = conn->link->tls;
    question->local = conn->link->local.length > 0 ? &conn->link->local : NULL;
    question->no_alpn = conn->link->tls != NULL && conn->link->tls->alpn[0] == '\0';
    question->connect_began = conn->connect_began;
    question->connected_at = conn->connected_at;
    queue_push(&conn->ready, question);
    if (conn->untold == NULL)
        conn->untold = question;
}

/* ---- Queries ------------------------------------------------------------------------------- */

/* Seldom drawn twice: of 65536 at most some hundred are in use. */
static bool draw_id(struct conn *conn, uint16_t *id, struct err *err)
{
    struct question *ignored;
    for (unsigned i = 0; i < ID_TRIES; i++) {
        if (!conn->transport->random(conn->transport, id))
            break;
        if (ids_find(&conn->ids, *id, &ignored) == IDS_UNKNOWN)
            return true;
    }
    return err_set(err, ERR_INTERNAL, "the system gives no random numbers");
}

/* Puts the query of a question after those that wait to be sent: for the same ID and time it is the
 * same, signature and all, so that an answer to either of two is one to both. */
static bool put_query(struct conn *conn, struct question *question, uint16_t id, struct err *err)
{
    uint8_t *to = conn->out + conn->out_end;
    enum msg_edns edns = question->own.without_edns ? MSG_EDNS_NONE : question->edns;
    size_t length = answer_query(question->answer, id, edns, question->own.wall, to, err);
    if (length == 0 || !record_add(conn->record, RECORD_QUERY, to + 2, length - 2, err))
        return false;
    question->used_edns = edns != MSG_EDNS_NONE;
    conn->out_end += length;
    conn->out_ends[conn->out_count] = conn->out_end;
    conn->out_questions[conn->out_count++] = question;
    return true;
}

static bool build_query(struct conn *conn, struct question *question, uint64_t tick,
                        struct err *err)
{
    uint16_t id;
    question->own.wall = conn->transport->wall(conn->transport);
    if (!draw_id(conn, &id, err) || !put_query(conn, question, id, err))
        return false;
    ids_add(&conn->ids, id, question);
    question->octets = 0;
    question->asked_at = conn->transport->now(conn->transport);
    question->own.id = id;
    question->own.repeats = 0;
    question->own.idle_from = conn->is_datagram ? tick : 0;
    question->own.stage = STAGE_SENDING;
    queue_leave(question);
    queue_push(&conn->sending, question);
    return true;
}

static bool has_room(const struct conn *conn)
{
    return conn->out_count < CONN_OUT_QUERIES && CONN_OUT - conn->out_end >= MSG_QUERY_MAX + 2;
}

bool conn_repeat(struct conn *conn, struct question *question, struct err *err)
{
    question->own.repeats++;
    return !has_room(conn) || put_query(conn, question, question->own.id, err);
}

/* Takes the queries of which all is out off the list. */
static void mark_sent(struct conn *conn)
{
    size_t sent = 0;
    while (sent < conn->out_count && conn->out_ends[sent] <= conn->out_start) {
        struct question *question = conn->out_questions[sent++];
        if (question == NULL || question->own.stage != STAGE_SENDING)
            continue; /* its answer was faster than the rest of its query */
        question->own.stage = STAGE_ASKED;
        queue_leave(question);
        queue_push(&conn->asked, question);
    }
    conn->out_count -= sent;
    conn->queries += sent;
    memmove(conn->out_ends, conn->out_ends + sent, conn->out_count * sizeof *conn->out_ends);
    memmove(conn->out_questions, conn->out_questions + sent,
            conn->out_count * sizeof *conn->out_questions);
    if (conn->out_count == 0)
        conn->out_start = conn->out_end = 0;
}

static void end_conn(struct conn *conn, const struct err *err)
{
    struct err failure = {.kind = ERR_NONE};
    conn->ended = conn->lame = true;
    conn->clean = err->kind == ERR_NONE;
    conn->end = *err;
    if (conn->clean && conn_load(conn) > 0 &&
        !record_add(conn->record, RECORD_END, "", 0, &failure))
        conn->end = failure;
}

void conn_break(struct conn *conn, const struct err *err)
{
    conn->broken = conn->lame = true;
    conn->blocked_from = 0;
    conn->end = *err;
}

/* Writes what it can. Returns whether more may be built. Over TLS each query has a record of its
 * own: a server that waits for its socket to be readable does not see what else was in the record
 * that it has read (NSD 4.6 then leaves questions without an answer until others come). */
static bool write_out(struct conn *conn, uint64_t tick)
{
    size_t n = 0;
    struct err err = {.kind = ERR_NONE};
    size_t end = conn->link->is_tls ? conn->out_ends[0] : conn->out_end;
    enum stream_event event = conn->transport->write(conn->link, conn->out + conn->out_start,
                                                     end - conn->out_start, &n, &err);
    conn->write_waits = waits_for(event);
    conn->out_start += n;
    if (n > 0)
        conn->idle_from = conn->dry ? tick : 0;
    if (event == STREAM_FAIL && conn->is_datagram) { /* nobody listens there, as is known by now */
        end_conn(conn, &err);
        return false;
    }
    if (event == STREAM_FAIL) {
        conn_break(conn, &err);
        return false;
    }
    if (event == STREAM_DONE)
        conn->blocked_from = 0;
    else if (conn->blocked_from == 0)
        conn->blocked_from = tick;
    mark_sent(conn);
    return event == STREAM_DONE;
}

bool conn_has_output(const struct conn *conn)
{
    return !conn->broken && !conn->ended &&
           (conn->out_count > 0 || (conn->ready.first != NULL && conn->ready.first->own.told));
}

struct question *conn_send(struct conn *conn, uint64_t tick, struct err *err)
{
    while (!conn->broken && !conn->ended) {
        struct question *question;
        while ((question = conn->ready.first) != NULL && question->own.told && has_room(conn))
            if (!build_query(conn, question, tick, err))
                return question;
        if (conn->out_count == 0 || !write_out(conn, tick))
            break;
    }
    return NULL;
}

/* Takes back a query that is not out, not even in part. Returns false if it must go on. */
static bool take_back(struct conn *conn, struct question *question)
{
    for (size_t i = 0; i < conn->out_count; i++) {
        size_t start = i > 0 ? conn->out_ends[i - 1] : 0, end = conn->out_ends[i];
        if (conn->out_questions[i] != question)
            continue;
        conn->out_questions[i] = NULL;
        if (conn->out_start > start)
            return conn->broken;
        memmove(conn->out + start, conn->out + end, conn->out_end - end);
        conn->out_end -= end - start;
        conn->out_count--;
        for (size_t k = i; k < conn->out_count; k++) {
            conn->out_ends[k] = conn->out_ends[k + 1] - (end - start);
            conn->out_questions[k] = conn->out_questions[k + 1];
        }
        return true;
    }
    return false;
}

/* ---- What comes ---------------------------------------------------------------------------- */

void conn_begin(struct conn *conn, struct question *question)
{
    question->own.idle_from = 0;
    if (question->own.stage == STAGE_BEGUN)
        return;
    question->own.stage = STAGE_BEGUN;
    queue_leave(question);
    queue_push(&conn->begun, question);
}

/* Octets have come. */
static void came(struct conn *conn, uint64_t tick)
{
    conn->came = true;
    conn->idle_from = conn->octets_from = 0;
    if (conn->blocked_from != 0)
        conn->blocked_from = tick; /* it may be too busy with its answers to read */
}

/* Whose message it is of which a part has come. NULL: nobody's, or that cannot be told yet. */
static struct question *of_rest(const struct conn *conn)
{
    const uint8_t *rest;
    struct question *question;
    return frame_rest(&conn->frame, &rest) >= 4 &&
                   ids_find(&conn->ids, octets_u16(rest + 2), &question) == IDS_LIVE
               ? question
               : NULL;
}

bool conn_has_riddle(const struct conn *conn)
{
    size_t length = frame_rest(&conn->frame, NULL);
    return length > 0 && length < 4;
}

bool conn_is_text(const struct conn *conn)
{
    enum { LEAST = 4, MOST = 16 };
    const uint8_t *rest;
    struct question *ignored;
    size_t length = frame_rest(&conn->frame, &rest);
    for (size_t i = 0; i < length && i < MOST; i++)
        if ((rest[i] < ' ' || rest[i] > '~') && rest[i] != '\r' && rest[i] != '\n')
            return false;
    return length >= LEAST && ids_find(&conn->ids, octets_u16(rest + 2), &ignored) == IDS_UNKNOWN;
}

static void start_begun(struct conn *conn, uint64_t tick)
{
    for (struct question *q = conn->begun.first; q != NULL; q = q->own.next)
        if (q->own.idle_from == 0)
            q->own.idle_from = tick;
}

void conn_sent_in_vain(struct conn *conn, uint64_t tick)
{
    if (conn->lame_from == 0)
        conn->lame_from = tick;
    start_begun(conn, tick);
}

void conn_found_nothing(struct conn *conn, uint64_t tick)
{
    struct question *alive = conn->came ? of_rest(conn) : NULL;
    if (alive != NULL)
        alive->own.idle_from = 0;
    conn->came = false;
    if (conn->idle_from == 0)
        conn->idle_from = tick;
    if (conn->octets_from == 0)
        conn->octets_from = tick;
    start_begun(conn, tick);
}

/* Signs of life that carry no data. */
static void stop_clocks(struct conn *conn)
{
    conn->idle_from = 0;
    for (struct question *q = conn->begun.first; q != NULL; q = q->own.next)
        q->own.idle_from = 0;
}

void conn_read(struct conn *conn, uint64_t tick)
{
    struct err err = {.kind = ERR_NONE};
    size_t room, n = 0;
    uint64_t before = conn->link->received;
    if (!record_flush(conn->record, &err)) {
        end_conn(conn, &err);
        return;
    }
    uint8_t *to = frame_room(&conn->frame, &room);
    enum stream_event event = conn->transport->read(conn->link, to, room, &n, &err);
    conn->read_waits = waits_for(event);
    conn->dry = event == STREAM_WANT_READ || event == STREAM_WANT_WRITE;
    if (event == STREAM_DONE) {
        frame_filled(&conn->frame, n);
        came(conn, tick);
    } else if (!conn->dry) {
        end_conn(conn, &err);
    } else {
        if (conn->link->received != before)
            stop_clocks(conn);
        conn_found_nothing(conn, tick);
    }
}

enum frame_event conn_next(struct conn *conn, const uint8_t **message, size_t *length,
                           struct err *err)
{
    return frame_next(&conn->frame, message, length, err);
}

bool conn_has_message(const struct conn *conn)
{
    const uint8_t *rest;
    size_t length = frame_rest(&conn->frame, &rest);
    return length >= 2 && (octets_u16(rest) < MSG_HEADER || length >= 2u + octets_u16(rest));
}

void conn_cut(const struct conn *conn, struct question *question, struct err *err)
{
    struct answer_rest rest = {.is_tls = conn->link->is_tls, .was_cut = conn->link->was_cut};
    struct question *live;
    rest.length = frame_rest(&conn->frame, &rest.octets);
    bool is_its =
        conn_lone(conn) == question ||
        (rest.length >= 4 && ids_find(&conn->ids, octets_u16(rest.octets + 2), &live) == IDS_LIVE &&
         live == question);
    if (!is_its)
        rest.length = 0;
    question->octets += rest.length;
    rest.received = question->octets;
    answer_cut(question->answer, &rest, err);
}

/* ---- Leaving ------------------------------------------------------------------------------- */

void conn_leave(struct conn *conn, struct question *question, bool complete)
{
    bool was_begun = question->own.stage == STAGE_BEGUN;
    bool is_out = question->own.stage >= STAGE_SENDING;
    bool taken_back =
        is_out && !complete && question->own.stage == STAGE_SENDING && take_back(conn, question);
    for (size_t i = 0; is_out && i < conn->out_count; i++)
        if (conn->out_questions[i] == question)
            conn->out_questions[i] = NULL;
    if (conn->untold == question)
        conn->untold = question->own.next;
    queue_leave(question);
    if (complete) {
        conn->completed++;
        ids_complete(&conn->ids, question->own.id);
    } else if (taken_back) {
        ids_remove(&conn->ids, question->own.id);
    } else if (is_out && conn->is_datagram) { /* what still comes for it is in nobody's way */
        ids_complete(&conn->ids, question->own.id);
    } else if (is_out) {
        ids_kill(&conn->ids, question->own.id);
        conn->lame = true;
    }
    /* Those that have not begun had no clock while this one had. */
    if (was_begun && conn->begun.count == 0)
        conn->idle_from = 0;
    question->own.conn = NULL;
    question->tls = NULL;
    question->local = NULL;
    /* What is left over belongs to nobody. */
    if (conn_load(conn) == 0 && frame_rest(&conn->frame, NULL) > 0)
        conn->lame = true;
}
