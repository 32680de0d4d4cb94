#include "net/engine.h"

#include "base/work.h"
#include "net/aside.h"
#include "net/judge.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_EVERY = 1000, /* microseconds of messages between two looks at everything else */
    STRANDED = 5,      /* long times after which the most diligent server keeps others waiting */
    DOUBT_FROM = 16,   /* answers of a connection, which was asked much, then */
    LATE_MOST = 8,     /* messages of whole answers on a connection: a server may say it twice */
    REPEAT_AFTER = 1000000, /* microseconds until a query over UDP is sent again, then twice that */
    CAP = 10,               /* idle times for which octets of TLS without data are signs of life */
};

/* What engine_next does next. A round goes through all of them. */
enum phase { PHASE_MESSAGES, PHASE_FATES, PHASE_DUE, PHASE_MOVES, PHASE_TOLD, PHASE_WAIT };

struct engine {
    struct engine_config config;
    struct transport *transport;
    struct pool pool;
    struct judge judge;
    struct aside aside;
    struct timers deadlines;
    size_t questions; /* that were not given back */
    enum phase phase;
    struct conn *cursor; /* of the phase: whose turn it is */
    bool stopped;
    uint64_t now;       /* of the transport */
    uint64_t tick;      /* the same, without the time that was spent outside */
    uint64_t outside;   /* which was so much */
    uint64_t left_at;   /* when engine_next returned last */
    uint64_t looked_at; /* when descriptors were looked at last */
    struct why *lent;
    struct err no_error;
};

/* Room for the descriptors of all connections, and of all else. */
static bool make_room(struct engine *engine)
{
    return pool_make_room(&engine->pool, aside_fd_count(&engine->aside) + 1);
}

struct engine *engine_new(const struct engine_config *config, struct err *err)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    engine->config = *config;
    engine->transport = config->transport;
    pool_init(&engine->pool, config->transfers);
    judge_init(&engine->judge, &engine->pool, config->down_for);
    engine->aside.work = config->work;
    engine->aside.event_fd = config->event_fd;
    engine->aside.inbox = config->inbox;
    engine->left_at = engine->now = engine->looked_at = engine->transport->now(engine->transport);
    engine->tick = engine->now;
    if (make_room(engine)) /* later it only grows */
        return engine;
    err_set(err, ERR_MEMORY, "out of memory");
    engine_free(engine);
    return NULL;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    judge_forget(&engine->judge, engine->lent);
    judge_fini(&engine->judge);
    pool_fini(&engine->pool);
    aside_fini(&engine->aside);
    free(engine);
}

/* ---- The clocks ----------------------------------------------------------------------------- */

static void read_clock(struct engine *engine)
{
    engine->now = engine->transport->now(engine->transport);
    engine->tick = engine->now - engine->outside;
    engine->judge.now = engine->now;
}

/* Whether a clock of a connection has run so long. */
static bool has_run_out(const struct engine *engine, uint64_t from, uint64_t time)
{
    return from != 0 && engine->tick - from >= time;
}

/* Output that blocks, or a slow disk, is not the fault of a server. */
static void enter_engine(struct engine *engine)
{
    engine->outside += engine->transport->now(engine->transport) - engine->left_at;
    read_clock(engine);
}

static bool leave_engine(struct engine *engine, bool has_event)
{
    engine->left_at = engine->transport->now(engine->transport);
    return has_event;
}

/* ---- Servers -------------------------------------------------------------------------------- */

static void close_conn(struct engine *engine, struct conn *conn)
{
    if (engine->cursor == conn)
        engine->cursor = conn->awake_next;
    pool_close(&engine->pool, conn);
}

void engine_revive(struct engine *engine, const struct address *address)
{
    struct site *site = pool_find(&engine->pool, address);
    if (site != NULL)
        judge_revive(&engine->judge, site, engine->transport->now(engine->transport));
}

static void shed_door(struct engine *engine, struct door *door)
{
    judge_forget_down(&engine->judge, door);
    pool_drop_identities(door);
    if (door->identities != NULL) /* of questions */
        return;
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        if (door->conns[i] != NULL)
            close_conn(engine, door->conns[i]);
    pool_drop(door);
}

static void shed_site(struct engine *engine, struct site *site)
{
    struct door *next;
    for (struct door *door = site->doors; door != NULL; door = next) {
        next = door->next;
        shed_door(engine, door);
    }
}

void engine_shed(struct engine *engine)
{
    for (size_t i = 0; i < engine->pool.site_count; i++)
        shed_site(engine, engine->pool.sites[i]);
}

/* Names get other addresses, and zones other servers: who stays for months would know ever more. */
static void forget_servers(struct engine *engine, uint64_t now)
{
    for (size_t i = 0; i < engine->pool.site_count; i++)
        if (pool_is_stale(engine->pool.sites[i], now))
            shed_site(engine, engine->pool.sites[i]);
    pool_forget(&engine->pool, now);
}

/* ---- Questions ------------------------------------------------------------------------------ */

bool engine_ask(struct engine *engine, struct question *question, struct err *err)
{
    memset(&question->own, 0, sizeof question->own);
    question->fresh = question->no_alpn = question->used_edns = false;
    question->octets = question->connect_began = question->connected_at = question->asked_at = 0;
    question->tls = NULL;
    question->local = NULL;
    uint64_t now = engine->transport->now(engine->transport);
    if (pool_is_crowded(&engine->pool))
        forget_servers(engine, now);
    if (!pool_wait(&engine->pool, question, now, err))
        return false;
    question->own.identity->questions++;
    question->own.without_edns = !peer_uses_edns(question->own.identity->edns);
    if (question->deadline != LOOP_NEVER) {
        question->own.timer.owner = question;
        timer_set(&engine->deadlines, &question->own.timer, question->deadline);
    }
    engine->questions++;
    judge_arrival(&engine->judge, question, now);
    return true;
}

/* The question is not the engine's any more. */
static void give_back(struct engine *engine, struct question *question)
{
    timer_clear(&engine->deadlines, &question->own.timer);
    question->own.identity->questions--;
    engine->questions--;
}

void engine_end(struct engine *engine, struct question *question, enum err_kind kind)
{
    struct conn *conn = question->own.conn;
    if (question->own.queue == NULL)
        return;
    judge_end(&engine->judge, question, kind);
    give_back(engine, question);
    if (conn != NULL && pool_is_over(conn, engine->tick))
        close_conn(engine, conn);
}

void engine_hold(struct engine *engine, bool hold)
{
    engine->pool.held = hold;
}

void engine_limit(struct engine *engine, unsigned transfers)
{
    pool_limit(&engine->pool, transfers > 0 ? transfers : engine->config.transfers);
}

void engine_rest(struct engine *engine)
{
    while (engine->questions == 0 && engine->pool.conns != NULL)
        close_conn(engine, engine->pool.conns);
}

/* ---- What else there is to wait for ---------------------------------------------------------- */

static bool has_lookup(struct engine *engine, struct err *err)
{
    struct aside *aside = &engine->aside;
    if (aside->lookup == NULL)
        aside->lookup = lookup_new(err);
    return aside->lookup != NULL;
}

bool engine_resolve(struct engine *engine, const char *host, uint16_t port, int family,
                    uint64_t deadline, void *owner, struct err *err)
{
    return has_lookup(engine, err) &&
           lookup_host(engine->aside.lookup, host, port, family, deadline, owner, err);
}

bool engine_find_servers(struct engine *engine, const uint8_t *zone, size_t zone_length,
                         uint64_t deadline, void *owner, struct err *err)
{
    return has_lookup(engine, err) &&
           lookup_servers(engine->aside.lookup, zone, zone_length, deadline, owner, err);
}

void engine_forget(struct engine *engine, const void *owner)
{
    if (engine->aside.lookup != NULL)
        lookup_drop(engine->aside.lookup, owner);
}

void engine_timer(struct engine *engine, struct timer *timer, uint64_t at, void *owner)
{
    timer->owner = owner;
    timer_set(&engine->aside.timers, timer, at);
}

void engine_timer_clear(struct engine *engine, struct timer *timer)
{
    timer_clear(&engine->aside.timers, timer);
}

void engine_task(struct engine *engine, struct task *task)
{
    engine->aside.tasks++;
    work_put(engine->aside.work, task);
}

bool engine_child_start(struct engine *engine, struct engine_child *command,
                        const struct child_options *options, void *owner, struct err *err)
{
    struct aside *aside = &engine->aside;
    *command = (struct engine_child){.owner = owner};
    if (!child_start(&command->child, options, err)) {
        child_fini(&command->child);
        return false;
    }
    command->runs = true;
    command->next = aside->children;
    aside->children = command;
    aside->child_count++;
    return true;
}

void engine_child_stop(struct engine_child *command)
{
    if (command->runs)
        child_stop(&command->child);
}

void engine_child_kill(struct engine *engine, struct engine_child *command)
{
    struct engine_child **at = &engine->aside.children;
    if (!command->runs)
        return;
    while (*at != command)
        at = &(*at)->next;
    *at = command->next;
    engine->aside.child_count--;
    command->runs = false;
    child_end(&command->child);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static bool give_message(struct engine *engine, struct question *question,
                         struct engine_event *event)
{
    (void)engine;
    *event = (struct engine_event){
        .kind = ENGINE_MESSAGE, .question = question, .owner = question->owner};
    return true;
}

static bool count_octets(struct question *question, size_t n, struct err *err)
{
    question->octets += n;
    return question->max_octets == 0 || question->octets <= question->max_octets ||
           err_set(err, ERR_MAX_BYTES, "more than %llu octets received",
                   (unsigned long long)question->max_octets);
}

/* Whether questions have waited in vain for so long, behind a transfer that takes long. */
static bool is_stranded(const struct engine *engine, const struct conn *conn, uint64_t time)
{
    const struct question *first = conn->asked.first;
    return first != NULL && !first->own.moved && engine->now - first->asked_at > time &&
           conn->door->site->conns < conn->door->site->peer.connections &&
           pool_is_long(conn, engine->now);
}

/* Pushes a message into the answer of a question. Returns whether there is an event: if not, the
 * question has another fate. */
static bool deliver_message(struct engine *engine, struct question *question, const uint8_t *octets,
                            size_t length, struct engine_event *event)
{
    struct err err = {.kind = ERR_NONE};
    struct conn *conn = question->own.conn;
    judge_heard(&engine->judge, conn, length + 2);
    if (!record_add(conn->record, RECORD_ANSWER, octets, length, &err) ||
        !count_octets(question, length + 2, &err)) {
        judge_fail(&engine->judge, question, false, &err);
        return false;
    }
    if (!answer_push(question->answer, octets, length, engine->transport->wall(engine->transport),
                     &err)) {
        judge_answer(&engine->judge, question, &err);
        return false;
    }
    conn_begin(conn, question);
    /* Usually it shows when nothing comes for a moment; here there may be no such moment. */
    if (is_stranded(engine, conn, STRANDED * POOL_LONG))
        judge_strand(&engine->judge, conn);
    return give_message(engine, question, event);
}

/* What cannot be a message, or is nobody's, is the fault of the only question's server; among
 * several nobody knows whose. */
static void lost_track(struct engine *engine, struct conn *conn, struct err *err)
{
    struct question *lone = conn_lone(conn);
    if (lone != NULL) {
        err_prefix(err,
                   "message %llu: ", (unsigned long long)answer_facts(lone->answer).messages + 1);
        judge_fail(&engine->judge, lone, false, err);
        return;
    }
    *err = (struct err){.kind = ERR_NONE};
    err_set(err, ERR_EOF_EARLY, "the connection was given up because of another zone's answer");
    judge_garbled(&engine->judge, conn, err);
}

/* It is another sort of server, which is not waited for. */
static void found_text(struct engine *engine, struct conn *conn)
{
    struct err err = {.kind = ERR_NONE};
    struct question *lone = conn_lone(conn);
    if (lone != NULL) {
        conn_cut(conn, lone, &err);
        judge_fail(&engine->judge, lone, false, &err);
        return;
    }
    err_set(&err, ERR_NOT_DNS, "what comes on the connection is not DNS");
    judge_garbled(&engine->judge, conn, &err);
}

/* Since when a server has been silent about a question whose answer has begun. */
static uint64_t idle_of(const struct conn *conn, const struct question *question)
{
    return conn_has_riddle(conn) ? conn->idle_from : question->own.idle_from;
}

/* Whether nothing of an answer has come that is still to come. */
static bool is_unanswered(const struct conn *conn)
{
    return conn->begun.count == 0 && frame_rest(&conn->frame, NULL) == 0;
}

/* How long a server may be silent on a connection. Who goes on with what it has begun may take
 * longer than who says nothing at all. */
static uint64_t patience(const struct engine *engine, const struct conn *conn)
{
    return is_unanswered(conn) ? engine->config.answer_timeout : engine->config.idle_timeout;
}

static void err_silent(enum err_kind kind, uint64_t time, struct err *err)
{
    err_set(err, kind, "nothing for %g s", (double)time / 1e6);
}

/* For how long a connection that has served may say nothing before it is doubted. A transfer takes
 * time to begin, and is dear to begin twice. */
static uint64_t doubt_after(const struct engine *engine, const struct question *first)
{
    return engine->config.answer_timeout / (first->kind == QUESTION_SOA ? 4 : 2);
}

/* BIND 9.20 may for ever stop to read from a connection on which many questions came at once, and
 * serves the next one well. Each question is moved once only, so that a slow server is not asked
 * again and again; one that was asked little has all the time there is. */
static bool may_be_doubted(const struct conn *conn)
{
    const struct question *first = conn->asked.first;
    return conn->completed >= DOUBT_FROM && is_unanswered(conn) && first != NULL &&
           !first->own.moved;
}

/* Answers that had begun and did not go on. */
static void judge_begun(struct engine *engine, struct conn *conn, bool all)
{
    struct question *next;
    for (struct question *question = conn->begun.first; question != NULL; question = next) {
        struct err err = {.kind = ERR_NONE};
        next = question->own.next;
        if (!all && !has_run_out(engine, idle_of(conn, question), engine->config.idle_timeout))
            continue;
        err_silent(ERR_TIMEOUT_IDLE, engine->config.idle_timeout, &err);
        conn_cut(conn, question, &err);
        judge_fail(&engine->judge, question, false, &err);
    }
}

/* ---- A look from outside -------------------------------------------------------------------- */

static uint64_t runs_for(const struct engine *engine, uint64_t from)
{
    return from != 0 ? engine->tick - from : 0;
}

/* The connection that is being made for a question, or NULL. */
static const struct conn *conn_to_be(const struct question *question)
{
    const struct door *door = question->own.door;
    for (size_t i = 0; door != NULL && i < PEER_CONNECTIONS; i++)
        if (door->conns[i] != NULL && !door->conns[i]->open)
            return door->conns[i];
    return NULL;
}

struct engine_view engine_look(const struct engine *engine, const struct question *question)
{
    const struct conn *conn = question->own.conn;
    struct engine_view view = {
        .stage = ENGINE_WAITS, .octets = question->octets, .limit = engine->config.connect_timeout};
    if (question->own.queue == NULL)
        return view;
    if (conn == NULL) {
        conn = conn_to_be(question);
        if (conn != NULL) {
            view.stage = conn->link->connected ? ENGINE_HANDSHAKES : ENGINE_CONNECTS;
            view.silent = runs_for(engine, conn->began);
        }
        return view;
    }
    if (conn_lone(conn) == question)
        view.octets += frame_rest(&conn->frame, NULL);
    view.stage = view.octets > 0 ? ENGINE_ANSWERED : ENGINE_ASKED;
    view.silent = runs_for(engine, question->own.stage == STAGE_BEGUN ? idle_of(conn, question)
                                                                      : conn->idle_from);
    view.limit = patience(engine, conn);
    return view;
}

bool engine_server(const struct engine *engine, size_t *at, struct engine_server *server)
{
    const struct pool *pool = &engine->pool;
    while (*at < pool->site_count) {
        const struct site *site = pool->sites[(*at)++];
        const struct site_figures *figures = &site->figures;
        if (site->used_at == 0) /* there was no memory for the first question */
            continue;
        *server = (struct engine_server){
            .address = &site->address,
            .host = site->host,
            .connections = figures->connections,
            .questions = figures->questions,
            .transfers = figures->transfers,
            .failures = figures->failures,
            .octets = figures->octets,
            .least_window = site->peer.least_window,
            .known = site->peer.state != PEER_UNKNOWN,
            .up = site->peer.state == PEER_UP,
        };
        return true;
    }
    return false;
}

uint64_t engine_octets(const struct engine *engine)
{
    uint64_t octets = engine->pool.octets;
    for (size_t i = 0; i < engine->pool.site_count; i++)
        octets += engine->pool.sites[i]->figures.octets;
    return octets;
}

/* ---- Connections without a future ------------------------------------------------------------ */

/* A lame connection, on which no answer has begun, for so long. */
static bool is_lame_for_long(const struct engine *engine, const struct conn *conn)
{
    return conn->begun.count == 0 && conn_load(conn) > 0 &&
           has_run_out(engine, conn->lame_from, POOL_LAME);
}

static void give_up(struct engine *engine, struct conn *conn)
{
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_EOF_EARLY, "the connection was given up because of another zone's answer");
    judge_give_up(&engine->judge, conn, &err);
}

/* Whether a message is of an answer that nobody waits for any more. Some come late; a server that
 * sends nothing else is not waited for. */
static bool is_passed_over(const struct engine *engine, struct conn *conn, enum ids_state state)
{
    if (state == IDS_COMPLETED)
        return conn->late++ < LATE_MOST;
    if (state == IDS_DEAD)
        conn_sent_in_vain(conn, engine->tick);
    return state == IDS_DEAD;
}

/* Anybody can send a datagram in a server's name, who does not know what was asked: only what
 * answers a question, and repeats it where it repeats any, counts. */
static bool is_reply(const struct question *question, const uint8_t *octets, size_t length)
{
    const struct msg_question *asked = answer_facts(question->answer).question;
    size_t end = MSG_HEADER + (size_t)asked->name_length;
    if ((octets[2] & 0x80) == 0)
        return false;
    if (octets_u16(octets + 4) != 1)
        return octets_u16(octets + 4) == 0;
    return length >= end + 4 && octets_u16(octets + end) == asked->type &&
           octets_u16(octets + end + 2) == asked->class &&
           name_equal(octets + MSG_HEADER, asked->name_length, asked->name, asked->name_length);
}

/* Takes the next message of a connection. Returns whether there was one that counts; *given: and
 * it gave an event. */
static bool next_message(struct engine *engine, struct conn *conn, struct engine_event *event,
                         bool *given)
{
    struct err err = {.kind = ERR_NONE};
    struct question *question;
    const uint8_t *octets;
    size_t length;
    if (conn->messages == 0 && !conn->is_datagram && conn_is_text(conn)) {
        found_text(engine, conn);
        return true;
    }
    for (;;) {
        enum frame_event frame = conn_next(conn, &octets, &length, &err);
        if (frame == FRAME_MORE)
            return false;
        if (frame == FRAME_FAIL) {
            lost_track(engine, conn, &err);
            return true;
        }
        conn->messages++;
        enum ids_state state = ids_find(&conn->ids, octets_u16(octets), &question);
        if (conn->is_datagram && (state != IDS_LIVE || !is_reply(question, octets, length)))
            continue;
        if (is_passed_over(engine, conn, state)) {
            judge_begun(engine, conn, false);
            if (!is_lame_for_long(engine, conn))
                continue;
            give_up(engine, conn);
            return true;
        }
        if (state != IDS_LIVE)
            question = conn_lone(conn);
        if (question != NULL)
            *given = deliver_message(engine, question, octets, length, event);
        else
            lost_track(engine, conn, &err);
        return true;
    }
}

/* One message, or one end, of each connection a round. */
static bool do_messages(struct engine *engine, struct engine_event *event)
{
    while (engine->cursor != NULL) {
        struct conn *conn = engine->cursor;
        bool given = false;
        engine->cursor = conn->awake_next;
        if (!conn->open)
            continue;
        if (!next_message(engine, conn, event, &given) && conn->ended)
            judge_close(&engine->judge, conn);
        if (given)
            return true;
    }
    return false;
}

/* ---- What became of questions --------------------------------------------------------------- */

static void lend_why(struct engine *engine, struct why *why, struct engine_event *event)
{
    engine->lent = why;
    event->err = &why->err;
}

/* A question is asked once more. Where even that cannot be, it has failed. */
static bool ask_again(struct engine *engine, struct question *question)
{
    struct err err = {.kind = ERR_NONE};
    if (!pool_wait(&engine->pool, question, engine->now, &err))
        return false;
    question->own.without_edns =
        question->own.without_edns || !peer_uses_edns(question->own.identity->edns);
    question->own.told = false;
    judge_arrival(&engine->judge, question, engine->now);
    return true;
}

/* A recording is complete before anybody hears of a failure. */
static void close_over(struct engine *engine)
{
    struct conn *next;
    for (struct conn *conn = engine->pool.awake; conn != NULL; conn = next) {
        next = conn->awake_next;
        if (pool_is_over(conn, engine->tick))
            close_conn(engine, conn);
    }
}

static bool do_fates(struct engine *engine, struct engine_event *event)
{
    bool failed;
    struct why *why;
    struct question *question = judge_next(&engine->judge, &failed, &why);
    if (question == NULL)
        return false;
    *event = (struct engine_event){.question = question, .owner = question->owner};
    lend_why(engine, why, event);
    failed = failed || !ask_again(engine, question);
    event->kind = failed ? ENGINE_FAILED : ENGINE_REQUEUED;
    if (failed)
        give_back(engine, question);
    return true;
}

/* ---- What is due ---------------------------------------------------------------------------- */

static void out_of_time(struct engine *engine, struct question *question)
{
    struct err err = {.kind = ERR_NONE};
    struct conn *conn = question->own.conn;
    if (question->own.queue == &engine->judge.fate && question->own.stage == STAGE_OVER)
        return;
    err_set(&err, ERR_TIMEOUT_TOTAL, "not done within --max-time");
    if (conn != NULL && question->own.stage >= STAGE_ASKED)
        conn_cut(conn, question, &err);
    judge_fail(&engine->judge, question, false, &err);
}

static void check_deadlines(struct engine *engine)
{
    struct timer *timer;
    while ((timer = timer_take(&engine->deadlines, engine->now)) != NULL)
        out_of_time(engine, timer->owner);
}

/* ---- Questions to connections --------------------------------------------------------------- */

static void open_conn(struct engine *engine, struct door *door, struct question *question)
{
    enum link_fault fault;
    struct err err = {.kind = ERR_NONE};
    struct conn *conn =
        pool_open(&engine->pool, door, engine->transport, engine->config.record, &fault, &err);
    if (conn == NULL && fault == LINK_FULL && engine->pool.conn_count > 0) {
        engine->pool.full = true; /* until one is closed */
    } else if (conn == NULL) {
        judge_open(&engine->judge, door, question, fault != LINK_REMOTE, &err);
    } else {
        conn->began = engine->tick;
        conn->connect_began = engine->now;
    }
}

/* A connection that was not used for a while may have ended. */
static void move_question(struct engine *engine, struct question *question, struct conn *conn)
{
    if (conn_load(conn) == 0 && conn->carried > 0) {
        conn_read(conn, engine->tick);
        if (!conn->dry) {
            close_conn(engine, conn);
            return;
        }
    }
    pool_go(&engine->pool, question, conn);
}

static void do_moves(struct engine *engine)
{
    pool_look(&engine->pool, engine->now);
    for (;;) {
        struct pool_move move = pool_next(&engine->pool, engine->now, engine->tick);
        switch (move.kind) {
        case POOL_GO:
            move_question(engine, move.question, move.conn);
            break;
        case POOL_OPEN:
            open_conn(engine, move.door, move.question);
            break;
        case POOL_CLOSE:
            close_conn(engine, move.conn);
            break;
        case POOL_NOTHING:
        default:
            return;
        }
    }
}

/* Tells of each question that it has a connection. */
static bool do_told(struct engine *engine, struct engine_event *event)
{
    for (; engine->cursor != NULL; engine->cursor = engine->cursor->awake_next) {
        struct conn *conn = engine->cursor;
        struct question *question = conn->untold;
        if (question == NULL)
            continue;
        conn->untold = question->own.next;
        question->own.told = true;
        *event = (struct engine_event){
            .kind = ENGINE_CONNECTED, .question = question, .owner = question->owner};
        return true;
    }
    return false;
}

/* ---- Sending -------------------------------------------------------------------------------- */

static void send_queries(struct engine *engine, struct conn *conn)
{
    struct err err = {.kind = ERR_NONE};
    struct question *question;
    uint64_t queries = conn->queries;
    while ((question = conn_send(conn, engine->tick, &err)) != NULL) {
        judge_fail(&engine->judge, question, false, &err);
        err = (struct err){.kind = ERR_NONE};
    }
    conn->door->site->figures.questions += conn->queries - queries;
    if (conn->broken && !conn->ended && conn->sending.count + conn->ready.count > 0) {
        err = conn->end;
        judge_unsent(&engine->judge, conn, &err);
    }
}

static void do_sending(struct engine *engine)
{
    struct conn *next;
    for (struct conn *conn = engine->pool.awake; conn != NULL; conn = next) {
        next = conn->awake_next;
        if (conn->open && conn->write_waits == 0 && conn_has_output(conn))
            send_queries(engine, conn);
    }
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When a clock of a connection will have run so long, as a time of the transport. */
static uint64_t runs_out(const struct engine *engine, uint64_t from, uint64_t time)
{
    return from != 0 ? from + time + engine->outside : LOOP_NEVER;
}

/* How long after its first query one over UDP is sent again. */
static uint64_t repeat_after(const struct question *question)
{
    return ((UINT64_C(2) << question->own.repeats) - 1) * REPEAT_AFTER;
}

static uint64_t datagrams_wake(const struct engine *engine, const struct conn *conn)
{
    uint64_t most = engine->config.answer_timeout;
    uint64_t wake = runs_out(engine, conn->blocked_from, patience(engine, conn));
    for (const struct question *q = conn->asked.first; q != NULL; q = q->own.next)
        wake = sooner(wake, runs_out(engine, q->own.idle_from, sooner(repeat_after(q), most)));
    return wake;
}

static uint64_t conn_wake(const struct engine *engine, const struct conn *conn)
{
    uint64_t idle = patience(engine, conn), wake = LOOP_NEVER;
    if (!conn->open)
        return runs_out(engine, conn->began, engine->config.connect_timeout);
    if (conn_load(conn) == 0)
        return runs_out(engine, conn->unused_from, POOL_UNUSED);
    if (conn->is_datagram)
        return datagrams_wake(engine, conn);
    if (conn->begun.count > 0 && conn->asked.count > 0 &&
        conn->asked.first->asked_at + POOL_LONG >= engine->now)
        wake = conn->asked.first->asked_at + POOL_LONG + 1;
    for (const struct question *q = conn->begun.first; q != NULL; q = q->own.next)
        wake = sooner(wake, runs_out(engine, idle_of(conn, q), idle));
    if (conn->begun.count == 0 && conn->asked.count > 0)
        wake = sooner(wake, runs_out(engine, conn->idle_from, idle));
    if (may_be_doubted(conn))
        wake =
            sooner(wake, runs_out(engine, conn->idle_from, doubt_after(engine, conn->asked.first)));
    if (conn->begun.count == 0)
        wake = sooner(wake, runs_out(engine, conn->lame_from, POOL_LAME));
    wake = sooner(wake, runs_out(engine, conn->octets_from, CAP * idle));
    return sooner(wake, runs_out(engine, conn->blocked_from, idle));
}

/* When there is something to do at the latest. */
static uint64_t next_wake(struct engine *engine)
{
    uint64_t wake = sooner(timer_next(&engine->deadlines), pool_wake(&engine->pool, engine->now));
    wake = sooner(wake, timer_next(&engine->pool.wakes));
    return sooner(wake, aside_wake(&engine->aside, engine->now));
}

/* Whether a step can be made without waiting. */
static bool is_runnable(const struct conn *conn)
{
    if (!conn->open)
        return conn->read_waits == 0;
    /* A clock that is to run. */
    bool stands = conn_load(conn) > 0 ? conn->idle_from == 0 : conn->unused_from == 0;
    return conn_has_message(conn) || conn->ended || !conn->dry || stands || conn->untold != NULL ||
           (conn->write_waits == 0 && conn_has_output(conn));
}

/* Says what a descriptor is looked at for. */
static void set_events(struct engine *engine, const struct conn *conn)
{
    short events = conn->read_waits;
    if (conn->open && conn_has_output(conn))
        events = (short)(events | conn->write_waits);
    if (conn->open && conn->ended)
        events = 0;
    engine->pool.fds[conn->slot].events = events;
}

/* Only those for which something can be done at once stay awake. Returns whether there is one. */
static bool settle_conns(struct engine *engine)
{
    struct conn *next;
    for (struct conn *conn = engine->pool.awake; conn != NULL; conn = next) {
        next = conn->awake_next;
        set_events(engine, conn);
        conn->revents = 0;
        if (!is_runnable(conn))
            pool_lull(&engine->pool, conn, conn_wake(engine, conn));
    }
    return engine->pool.awake != NULL;
}

/* Wakes those whose descriptors are ready, and those whose time has come. */
static void rouse_conns(struct engine *engine, size_t count, bool ready)
{
    struct pool *pool = &engine->pool;
    struct timer *due;
    for (size_t i = 0; ready && i < count; i++) {
        if (pool->fds[i].revents == 0)
            continue;
        pool->polled[i]->revents = pool->fds[i].revents;
        pool_rouse(pool, pool->polled[i]);
    }
    while ((due = timer_take(&pool->wakes, engine->now)) != NULL)
        pool_rouse(pool, due->owner);
}

/* Looks at all descriptors, and waits if there is nothing else to do. Returns false if a signal
 * came or there was no memory. */
static bool look_around(struct engine *engine)
{
    struct pool *pool = &engine->pool;
    if (!make_room(engine))
        return true;
    size_t count = pool->conn_count;
    bool waits = !settle_conns(engine) && engine->judge.fate.count == 0;
    size_t others = aside_fds(&engine->aside, pool->fds + count);
    enum loop_event event = engine->transport->wait(engine->transport, pool->fds, count + others,
                                                    waits ? next_wake(engine) : 0);
    if (event == LOOP_SIGNAL)
        return false;
    read_clock(engine);
    aside_look(&engine->aside, pool->fds + count, event == LOOP_READY ? others : 0, engine->now);
    rouse_conns(engine, count, event == LOOP_READY);
    engine->looked_at = engine->now;
    return true;
}

/* ---- Steps of connections ------------------------------------------------------------------- */

static void step_connecting(struct engine *engine, struct conn *conn)
{
    struct err err = {.kind = ERR_NONE};
    bool is_ready = conn->read_waits == 0 || conn->revents != 0;
    if (is_ready && !conn_connect(conn, &err)) {
        judge_connect(&engine->judge, conn, &err);
        return;
    }
    conn->connected_at = conn->open ? engine->now : 0;
    conn->door->site->figures.connections += conn->open;
    if (conn->open || !has_run_out(engine, conn->began, engine->config.connect_timeout))
        return;
    if (conn->link->connected)
        err_set(&err, ERR_TLS_TIMEOUT, "connected, but the TLS handshake was not done in time");
    else
        err_set(&err, ERR_TIMEOUT_CONN, "no connection in time");
    judge_connect(&engine->judge, conn, &err);
}

/* Each datagram is lost by itself: a question has a clock of its own, whatever else comes. Where
 * there is more to read it may be its answer, so that it has as long again; not for ever, since it
 * may be a flood as well. */
static void check_datagrams(struct engine *engine, struct conn *conn)
{
    uint64_t most = engine->config.answer_timeout * (conn->dry ? 1 : 2);
    struct question *next;
    for (struct question *question = conn->asked.first; question != NULL; question = next) {
        struct err err = {.kind = ERR_NONE};
        uint64_t from = question->own.idle_from;
        next = question->own.next;
        if (has_run_out(engine, from, most))
            err_silent(ERR_TIMEOUT_ANSWER, most, &err);
        else if (!conn->dry || !has_run_out(engine, from, repeat_after(question)) ||
                 conn_repeat(conn, question, &err))
            continue;
        judge_fail(&engine->judge, question, false, &err);
    }
}

/* The last read has found nothing: whose time is over? */
static void check_clocks(struct engine *engine, struct conn *conn)
{
    uint64_t idle = patience(engine, conn);
    enum err_kind kind = is_unanswered(conn) ? ERR_TIMEOUT_ANSWER : ERR_TIMEOUT_IDLE;
    struct err err = {.kind = ERR_NONE};
    bool had_begun = conn->begun.count > 0;
    bool capped = has_run_out(engine, conn->octets_from, CAP * idle);
    judge_begun(engine, conn, capped);
    if (has_run_out(engine, conn->blocked_from, idle)) {
        err_set(&err, kind, "the server does not take the query");
        conn_break(conn, &err);
        judge_unsent(&engine->judge, conn, &err);
        return;
    }
    if (conn->is_datagram) {
        check_datagrams(engine, conn);
        return;
    }
    if (is_stranded(engine, conn, POOL_LONG))
        judge_strand(&engine->judge, conn);
    if (conn->lame && conn->lame_from == 0)
        conn->lame_from = engine->tick;
    if (had_begun)
        return;
    if (conn->asked.count > 0 && (capped || has_run_out(engine, conn->idle_from, idle))) {
        err_silent(kind, idle, &err);
        judge_silence(&engine->judge, conn, &err);
    } else if (may_be_doubted(conn) &&
               has_run_out(engine, conn->idle_from, doubt_after(engine, conn->asked.first))) {
        err_silent(kind, doubt_after(engine, conn->asked.first), &err);
        judge_doubt(&engine->judge, conn, &err);
    } else if (is_lame_for_long(engine, conn)) {
        give_up(engine, conn);
    }
}

static void step_open(struct engine *engine, struct conn *conn)
{
    if (conn->write_waits != 0 && (conn->revents & (conn->write_waits | POLLERR | POLLHUP)) != 0)
        conn->write_waits = 0;
    if (conn->ended || conn_has_message(conn))
        return;
    if (conn->dry && conn->revents == 0)
        conn_found_nothing(conn, engine->tick);
    else
        conn_read(conn, engine->tick);
    if (conn->dry && !conn->ended)
        check_clocks(engine, conn);
    else if (conn->is_datagram && !conn->ended)
        check_datagrams(engine, conn);
}

static void step_conns(struct engine *engine)
{
    struct conn *next;
    for (struct conn *conn = engine->pool.awake; conn != NULL; conn = next) {
        next = conn->awake_next;
        if (conn->open)
            step_open(engine, conn);
        else
            step_connecting(engine, conn);
    }
}

/* ---- The loop ------------------------------------------------------------------------------- */

/* Whether all questions wait for what no event will bring. */
static bool is_held(const struct engine *engine)
{
    return engine->pool.held && engine->questions == engine->pool.waiting[QUESTION_TRANSFER] &&
           timer_next(&engine->deadlines) == LOOP_NEVER;
}

static bool is_idle(const struct engine *engine)
{
    return (engine->questions == 0 || is_held(engine)) && !aside_is_busy(&engine->aside) &&
           !engine->aside.event;
}

static bool has_message(const struct engine *engine)
{
    for (const struct conn *conn = engine->pool.awake; conn != NULL; conn = conn->awake_next)
        if (conn->open && conn_has_message(conn))
            return true;
    return false;
}

/* The end of a round. As long as there are messages, they are not kept waiting for a look at
 * everything else that would not have become due since the last one. The end of a zone's time goes
 * before the end of a server's. */
static void do_waiting(struct engine *engine)
{
    read_clock(engine);
    bool looks = !has_message(engine) || engine->now - engine->looked_at >= LOOK_EVERY;
    if (looks)
        engine->stopped = !look_around(engine);
    check_deadlines(engine);
    if (looks)
        step_conns(engine);
}

static void begin_phase(struct engine *engine, enum phase phase)
{
    engine->phase = phase;
    engine->cursor = engine->pool.awake;
    if (phase == PHASE_FATES && engine->judge.fate.count > 0)
        close_over(engine);
}

/* Goes on from where the last event was given. Returns whether there is one. */
static bool run_phase(struct engine *engine, struct engine_event *event)
{
    switch (engine->phase) {
    case PHASE_MESSAGES:
        return do_messages(engine, event);
    case PHASE_FATES:
        return do_fates(engine, event);
    case PHASE_DUE:
        check_deadlines(engine);
        return aside_next(&engine->aside, engine->now, engine->looked_at, event);
    case PHASE_MOVES:
        do_moves(engine);
        return false;
    case PHASE_TOLD:
        return do_told(engine, event);
    case PHASE_WAIT:
    default:
        do_sending(engine);
        if (!is_idle(engine))
            do_waiting(engine);
        return false;
    }
}

bool engine_next(struct engine *engine, struct engine_event *event)
{
    enter_engine(engine);
    judge_forget(&engine->judge, engine->lent);
    engine->lent = NULL;
    while (!is_idle(engine)) {
        *event = (struct engine_event){.kind = ENGINE_STOP};
        bool has_event = engine->stopped || run_phase(engine, event);
        if (event->err == NULL)
            event->err = &engine->no_error;
        if (has_event)
            return leave_engine(engine, true);
        begin_phase(engine, engine->phase == PHASE_WAIT ? PHASE_MESSAGES : engine->phase + 1);
    }
    return leave_engine(engine, false);
}
