#include "cli/transfer.h"

#include "dns/types.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Who watches the line shall not learn the zone from the length of the query (RFC 8467 section
 * 4.1). */
enum { QUERY_PAD = 128 };

const struct tls_facts *transfer_tls(const struct transfer *t)
{
    return t->stream.tls != NULL ? tls_facts(t->stream.tls) : NULL;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Waits for the server. Which deadline it was is told by the clock. */
static bool wait_for(struct transfer *t, short events, uint64_t own_deadline,
                     enum err_kind own_kind, const char *what, struct err *err)
{
    uint64_t deadline = sooner(own_deadline, t->config.deadline);
    switch (loop_wait_fd(t->config.loop, t->stream.fd, events, deadline)) {
    case LOOP_READY:
        /* Who always sends something that is no data must not keep us past the end of time. */
        return loop_now() < t->config.deadline ||
               err_set(err, ERR_TIMEOUT_TOTAL, "not done within --max-time");
    case LOOP_SIGNAL:
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    case LOOP_TIMEOUT:
    default:
        break;
    }
    if (t->config.deadline <= own_deadline)
        return err_set(err, ERR_TIMEOUT_TOTAL, "not done within --max-time");
    return err_set(err, own_kind, "%s", what);
}

/* RFC 9103 section 7.1 asks the server to select the protocol, but NSD 4.6 selects none. */
static bool check_alpn(struct transfer *t, struct err *err)
{
    const struct tls_facts *facts = transfer_tls(t);
    return facts == NULL || facts->alpn[0] != '\0' ||
           notes_add(t->config.notes, err, ERR_TLS_ALPN,
                     "the server selected no protocol (ALPN), where RFC 9103 wants dot");
}

static bool connect_stream(struct transfer *t, struct err *err)
{
    const struct settings *settings = t->config.settings;
    uint64_t deadline = t->began + settings->connect_timeout;
    if (!stream_open(&t->stream, t->config.address, settings->has_bind ? &settings->bind : NULL,
                     err))
        return false;
    if (t->config.tls != NULL)
        stream_use_tls(&t->stream, t->config.tls, t->config.host);
    for (;;) {
        enum stream_event event = stream_connect(&t->stream, err);
        if (event == STREAM_DONE)
            break;
        if (event == STREAM_FAIL ||
            !wait_for(t, event == STREAM_WANT_READ ? POLLIN : POLLOUT, deadline,
                      t->stream.connected ? ERR_TLS_TIMEOUT : ERR_TIMEOUT_CONN,
                      t->stream.connected ? "connected, but the TLS handshake was not done in time"
                                          : "no connection in time",
                      err))
            return false;
    }
    t->connected = loop_now();
    return check_alpn(t, err);
}

/* Seconds since 1970, as signatures have them. */
static uint64_t time_of_day(void)
{
    return loop_time_of_day() / 1000000;
}

static bool send_query(struct transfer *t, struct err *err)
{
    uint8_t query[MSG_QUERY_MAX + 2];
    size_t length = answer_query(t->answer, t->id, t->config.edns, time_of_day(), query, err);
    uint64_t deadline = loop_now() + t->config.settings->idle_timeout;
    if (length == 0 || !record_add(t->config.record, RECORD_QUERY, query + 2, length - 2, err))
        return false;
    for (size_t sent = 0; sent < length;) {
        size_t n = 0;
        enum stream_event event = stream_write(&t->stream, query + sent, length - sent, &n, err);
        sent += n;
        if (event == STREAM_FAIL ||
            (event != STREAM_DONE &&
             !wait_for(t, event == STREAM_WANT_READ ? POLLIN : POLLOUT, deadline, ERR_TIMEOUT_IDLE,
                       "the server does not take the query", err)))
            return false;
    }
    return true;
}

static bool count_octets(struct transfer *t, size_t n, struct err *err)
{
    uint64_t most = t->config.settings->max_bytes;
    t->octets += n;
    return most == 0 || t->octets <= most ||
           err_set(err, ERR_MAX_BYTES, "more than %llu octets received", (unsigned long long)most);
}

static uint64_t signs_of_life(const struct transfer *t)
{
    return t->stream.tls != NULL ? tls_received(t->stream.tls) : 0;
}

/* The stream is over, one way or another. Returns false. */
static bool over(const struct transfer *t, struct err *err)
{
    struct answer_rest rest = {.is_tls = t->stream.tls != NULL};
    rest.length = frame_rest(&t->frame, &rest.octets);
    rest.was_cut = rest.is_tls && tls_was_cut(t->stream.tls);
    return answer_cut(t->answer, &rest, err);
}

static bool read_more(struct transfer *t, struct err *err)
{
    uint64_t deadline = 0; /* the clock is read only if there is something to wait for */
    uint64_t before = 0;   /* octets of TLS; some of them are not data, but signs of life */
    t->waited = false;
    if (!record_flush(t->config.record, err))
        return false;
    for (;;) {
        size_t room, n = 0;
        uint8_t *to = frame_room(&t->frame, &room);
        enum stream_event event = stream_read(&t->stream, to, room, &n, err);
        switch (event) {
        case STREAM_DONE:
            frame_filled(&t->frame, n);
            return count_octets(t, n, err);
        case STREAM_EOF:
            return record_add(t->config.record, RECORD_END, "", 0, err) && over(t, err);
        case STREAM_WANT_READ:
        case STREAM_WANT_WRITE:
            t->waited = true;
            if (deadline == 0 || signs_of_life(t) != before)
                deadline = loop_now() + t->config.settings->idle_timeout;
            before = signs_of_life(t);
            if (!wait_for(t, event == STREAM_WANT_READ ? POLLIN : POLLOUT, deadline,
                          ERR_TIMEOUT_IDLE, "the server has fallen silent", err))
                return over(t, err);
            break;
        case STREAM_FAIL:
        default:
            return over(t, err);
        }
    }
}

/* A server that never stops sending keeps the loop from waiting, and so from seeing a signal or
 * the end of time; this looks. */
static bool look_up(struct transfer *t, struct err *err)
{
    struct pollfd none = {.fd = -1};
    if (loop_wait(t->config.loop, &none, 1, 0) == LOOP_SIGNAL)
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (loop_now() >= t->config.deadline)
        return err_set(err, ERR_TIMEOUT_TOTAL, "not done within --max-time");
    return true;
}

/* Brings the next message. */
static bool next_message(struct transfer *t, struct err *err)
{
    for (;;) {
        const uint8_t *octets;
        size_t length;
        switch (frame_next(&t->frame, &octets, &length, err)) {
        case FRAME_MESSAGE:
            t->messages++;
            return record_add(t->config.record, RECORD_ANSWER, octets, length, err) &&
                   answer_push(t->answer, octets, length, time_of_day(), err);
        case FRAME_MORE:
            if ((!t->waited && !look_up(t, err)) || !read_more(t, err))
                return false;
            break;
        case FRAME_FAIL:
        default:
            return err_prefix(err, "message %llu: ", (unsigned long long)t->messages + 1);
        }
    }
}

/* The answer has ended. What follows of changes are these, or the begin of none. */
static enum source_event ended(struct transfer *t, struct err *err)
{
    static const enum delta_view views[] = {DELTA_STEPS, DELTA_NET, DELTA_NET_STEP};
    const struct settings *settings = t->config.settings;
    bool as_sent = (settings->format->flags & WRITER_AS_SENT) != 0;
    enum xfr_kind kind = answer_facts(t->answer).xfr.kind;
    if (kind == XFR_INCREMENTAL) {
        t->has_changes = !t->config.keeps_changes;
        return !answer_changes(t->answer, &t->changes, views[settings->condense ? 1 + as_sent : 0],
                               err)
                   ? SOURCE_FAIL
                   : SOURCE_END;
    }
    if (kind != XFR_UPTODATE || t->over)
        return SOURCE_END;
    t->over = true;
    t->source.zone = answer_zone(t->answer);
    return SOURCE_BEGIN;
}

static enum source_event next_change(struct transfer *t, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct source *changes = &t->changes.source;
    enum source_event event = changes->next(changes, rr, op, err);
    t->source.zone = changes->zone;
    return event;
}

static enum source_event transfer_next(struct source *source, struct rr *rr, enum rr_op *op,
                                       struct err *err)
{
    struct transfer *t = (struct transfer *)source;
    while (!t->has_changes) {
        enum source_event event;
        switch (answer_next(t->answer, &source->zone, rr, op, err)) {
        case ANSWER_BEGIN:
            return SOURCE_BEGIN;
        case ANSWER_RR:
            return SOURCE_RR;
        case ANSWER_END:
            event = ended(t, err);
            if (!t->has_changes || event == SOURCE_FAIL)
                return event;
            break;
        case ANSWER_MORE:
            if (!next_message(t, err))
                return SOURCE_FAIL;
            break;
        case ANSWER_FAIL:
        default:
            return SOURCE_FAIL;
        }
    }
    return next_change(t, rr, op, err);
}

static bool random_id(uint16_t *id, struct err *err)
{
    return getrandom(id, sizeof *id, 0) == (ssize_t)sizeof *id ||
           err_set(err, ERR_INTERNAL, "the system gives no random numbers");
}

/* Makes the machines for one query and its answer. */
static bool open_machines(struct transfer *t, struct err *err)
{
    const struct transfer_config *config = &t->config;
    const struct settings *settings = config->settings;
    struct answer_config answer = {
        .question = {.name = settings->zone,
                     .name_length = settings->zone_length,
                     .type = config->changes ? TYPE_IXFR : TYPE_AXFR,
                     .class = settings->class,
                     .serial = config->since},
        .key = config->key,
        .pad = config->tls != NULL ? QUERY_PAD : 0,
        .notes = config->notes,
        .skip_neighbours = settings->sort,
    };
    t->answer = answer_new(&answer, err);
    return t->answer != NULL && frame_init(&t->frame, err) && random_id(&t->id, err);
}

static void close_machines(struct transfer *t)
{
    frame_fini(&t->frame);
    answer_free(t->answer);
    t->frame = (struct frame){.octets = NULL};
    t->answer = NULL;
    t->messages = 0;
}

static void transfer_free(struct source *source)
{
    struct transfer *t = (struct transfer *)source;
    struct err ignored = {.kind = ERR_NONE};
    const uint8_t *rest;
    size_t length = t->frame.octets != NULL ? frame_rest(&t->frame, &rest) : 0;
    if (length > 0)
        record_add(t->config.record, RECORD_REST, rest, length, &ignored);
    record_flush(t->config.record, &ignored); /* a failure stays in the buffer and shows later */
    stream_close(&t->stream);
    close_machines(t);
    free(t);
}

bool transfer_ask_zone(struct transfer *t, struct err *err)
{
    if (!answer_facts(t->answer).complete || frame_rest(&t->frame, NULL) != 0)
        return false;
    close_machines(t);
    t->config.changes = t->config.keeps_changes = t->has_changes = t->over = false;
    return open_machines(t, err) && send_query(t, err);
}

struct transfer *transfer_open(const struct transfer_config *config, struct err *err)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    t->source = (struct source){.next = transfer_next, .free = transfer_free};
    t->config = *config;
    t->stream.fd = -1;
    t->began = loop_now();
    char address[ADDRESS_TEXT_MAX];
    address_text(config->address, address);
    if (open_machines(t, err) &&
        record_add(config->record, RECORD_CONNECTION, address, strlen(address), err) &&
        connect_stream(t, err) && send_query(t, err))
        return t;
    transfer_free(&t->source);
    return NULL;
}
