#include "job/transfer.h"

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
    const struct route *route = t->config.spec->route;
    uint64_t deadline = t->began + route->connect_timeout;
    if (!stream_open(&t->stream, t->config.address, route->has_bind ? &route->bind : NULL, err))
        return false;
    if (route->tls != NULL)
        stream_use_tls(&t->stream, route->tls, t->config.host);
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
    uint64_t deadline = loop_now() + t->config.spec->route->idle_timeout;
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
    uint64_t most = t->config.spec->shape->max_bytes;
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
                deadline = loop_now() + t->config.spec->route->idle_timeout;
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

bool transfer_wait(struct transfer *t, struct err *err)
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

static bool random_id(uint16_t *id, struct err *err)
{
    return getrandom(id, sizeof *id, 0) == (ssize_t)sizeof *id ||
           err_set(err, ERR_INTERNAL, "the system gives no random numbers");
}

/* Makes the machines for one query and its answer. */
static bool open_machines(struct transfer *t, struct err *err)
{
    const struct transfer_config *config = &t->config;
    const struct spec *spec = config->spec;
    struct answer_config answer = {
        .question = {.name = spec->zone,
                     .name_length = spec->zone_length,
                     .type = config->changes ? TYPE_IXFR : TYPE_AXFR,
                     .class = spec->class,
                     .serial = config->since},
        .key = config->key,
        .pad = spec->route->tls != NULL ? QUERY_PAD : 0,
        .notes = config->notes,
        .skip_neighbours = spec->shape->sort,
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

void transfer_free(struct transfer *t)
{
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
    t->config.changes = t->config.keeps_changes = false;
    return open_machines(t, err) && send_query(t, err);
}

struct transfer *transfer_open(const struct transfer_config *config, struct err *err)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    t->config = *config;
    t->stream.fd = -1;
    t->began = loop_now();
    char address[ADDRESS_TEXT_MAX];
    address_text(config->address, address);
    if (open_machines(t, err) &&
        record_add(config->record, RECORD_CONNECTION, address, strlen(address), err) &&
        connect_stream(t, err) && send_query(t, err))
        return t;
    transfer_free(t);
    return NULL;
}
