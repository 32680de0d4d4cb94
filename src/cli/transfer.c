#include "cli/transfer.h"

#include "base/codec.h"
#include "dns/serial.h"
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
    size_t length = exchange_query(&t->exchange, time_of_day(), query, err);
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

static bool lone_soa(const struct transfer *t, struct err *err)
{
    return err_set(
        err, ERR_LONE_SOA,
        "the server sent its SOA with serial %lu and nothing behind it: it has no changes "
        "since %lu",
        (unsigned long)xfr_facts(t->xfr).serial, (unsigned long)t->config.since);
}

static bool cut(const struct transfer *t, struct err *err)
{
    unsigned long long messages = t->exchange.messages;
    const uint8_t *rest;
    size_t length = frame_rest(&t->frame, &rest);
    bool silently = t->stream.tls != NULL && tls_was_cut(t->stream.tls);
    if (xfr_is_lone_soa(t->xfr) && length == 0)
        return lone_soa(t, err);
    if (messages == 0 && length == 0)
        return err_set(err, ERR_NO_ANSWER, "the server closed the connection without an answer");
    /* The beginning of an alert of TLS, which as a message would be of 5379 octets. */
    if (t->stream.tls == NULL && messages == 0 && length >= 2 && rest[0] == 21 && rest[1] == 3)
        return err_set(err, ERR_TLS_ONLY, "the server speaks TLS on this port");
    return err_set(err, ERR_EOF_EARLY,
                   "the server closed the connection %s message %llu, before the end of the %s%s",
                   length > 0 ? "inside" : "after", messages + (length > 0),
                   xfr_facts(t->xfr).kind == XFR_INCREMENTAL ? "changes" : "zone",
                   silently ? " (and without a close_notify of TLS)" : "");
}

/* Says how far the transfer had come when reading failed. */
static bool at_message(const struct transfer *t, struct err *err)
{
    unsigned long long messages = t->exchange.messages;
    if (messages == 0)
        return err_prefix(err, "no answer: ");
    return err_prefix(err, "after message %llu: ", messages);
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

/* The stream is over, one way or another. A signature that never came says more than that, and so
 * does silence where changes should follow. */
static bool over(const struct transfer *t, struct err *err)
{
    struct err better = {.kind = ERR_NONE};
    if (exchange_ended(&t->exchange, &better) &&
        !(err->kind == ERR_TIMEOUT_IDLE && xfr_is_lone_soa(t->xfr) &&
          frame_rest(&t->frame, NULL) == 0 && !lone_soa(t, &better)))
        return at_message(t, err);
    *err = better;
    return false;
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
            return record_add(t->config.record, RECORD_END, "", 0, err) &&
                   exchange_ended(&t->exchange, err) && cut(t, err);
        case STREAM_WANT_READ:
        case STREAM_WANT_WRITE:
            t->waited = true;
            if (deadline == 0 || signs_of_life(t) != before)
                deadline = loop_now() + t->config.settings->idle_timeout;
            before = signs_of_life(t);
            if (!wait_for(t, event == STREAM_WANT_READ ? POLLIN : POLLOUT, deadline,
                          ERR_TIMEOUT_IDLE, "the server has fallen silent", err))
                return err->kind == ERR_TIMEOUT_IDLE ? over(t, err) : at_message(t, err);
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

/* Keeps what the server says of itself in its first message. */
static void keep_options(struct transfer *t, const struct msg_opt *opt)
{
    bool printable = true;
    size_t n = opt->nsid_length;
    if (n > sizeof t->nsid / 2 - 1)
        n = sizeof t->nsid / 2 - 1;
    for (size_t i = 0; i < n; i++)
        printable = printable && opt->nsid[i] >= ' ' && opt->nsid[i] < 0x7f;
    if (printable && n > 0)
        memcpy(t->nsid, opt->nsid, n);
    else
        codec_hex(t->nsid, opt->nsid, n);
    t->has_expire = opt->has_expire;
    t->expire = opt->expire;
}

/* Brings the next message that may be used to the transfer machine. */
static bool next_message(struct transfer *t, struct err *err)
{
    struct msg msg;
    while (!exchange_next(&t->exchange, &msg)) {
        const uint8_t *octets;
        size_t length;
        switch (frame_next(&t->frame, &octets, &length, err)) {
        case FRAME_MESSAGE:
            if (!record_add(t->config.record, RECORD_ANSWER, octets, length, err))
                return false;
            if (!exchange_push(&t->exchange, octets, length, time_of_day(), err)) {
                t->answered = err_class(err->kind) == ERR_CLASS_REFUSED;
                return false;
            }
            break;
        case FRAME_MORE:
            if ((!t->waited && !look_up(t, err)) || !read_more(t, err))
                return false;
            break;
        case FRAME_FAIL:
        default:
            return err_prefix(err, "message %llu: ", (unsigned long long)t->exchange.messages + 1);
        }
    }
    if (t->exchange.messages == 1)
        keep_options(t, &msg.opt);
    if (xfr_push(t->xfr, &msg, err))
        return true;
    t->answered = err->kind == ERR_EMPTY_ANSWER;
    return false;
}

/* Changes that contradict themselves are none. The net effect is found for that, wanted or not. */
static enum source_event begin_changes(struct transfer *t, struct err *err)
{
    static const enum delta_view views[] = {DELTA_STEPS, DELTA_NET, DELTA_NET_STEP};
    const struct settings *settings = t->config.settings;
    bool as_sent = (settings->format->flags & WRITER_AS_SENT) != 0;
    if (t->config.keeps_changes)
        return delta_condense(t->delta, t->config.notes, err) ? SOURCE_END : SOURCE_FAIL;
    if ((settings->format->flags & WRITER_CHANGES) == 0) {
        err_set(err, ERR_USAGE,
                "the server sent changes, which the format %s cannot hold; "
                "--format diff writes them",
                settings->format->name);
        return SOURCE_FAIL;
    }
    if (!delta_condense(t->delta, t->config.notes, err))
        return SOURCE_FAIL;
    delta_read(&t->changes, t->delta, views[settings->condense ? 1 + as_sent : 0]);
    t->has_changes = true;
    return SOURCE_RR;
}

/* The answer has ended. What then follows here are the changes, if it was those. */
static enum source_event ended(struct transfer *t, struct err *err)
{
    struct xfr_facts facts = xfr_facts(t->xfr);
    t->ended = loop_now();
    t->answered = true;
    if (facts.kind == XFR_INCREMENTAL)
        return begin_changes(t, err);
    if (facts.kind != XFR_OLDER)
        return SOURCE_END;
    bool has_order = serial_compare(facts.serial, facts.from) != SERIAL_UNDEFINED;
    err_set(err, ERR_SERIAL_OLDER, "the server's serial %lu is %s %lu%s",
            (unsigned long)facts.serial, has_order ? "older than" : "2^31 away from",
            (unsigned long)facts.from, has_order ? "" : ": neither is newer (RFC 1982)");
    return SOURCE_FAIL;
}

/* A whole zone in place of changes is only good for a format of zones. */
static enum source_event zone_record(const struct transfer *t, struct err *err)
{
    struct xfr_facts facts = xfr_facts(t->xfr);
    if (facts.kind != XFR_ZONE_STYLE || (t->config.settings->format->flags & WRITER_CHANGES) == 0)
        return SOURCE_RR;
    err_set(err, ERR_AXFR_STYLE,
            "the server sent the whole zone (serial %lu) in place of the changes since %lu",
            (unsigned long)facts.serial, (unsigned long)facts.from);
    return SOURCE_FAIL;
}

static enum source_event transfer_next(struct source *source, struct rr *rr, enum rr_op *op,
                                       struct err *err)
{
    struct transfer *t = (struct transfer *)source;
    *op = RR_ADD;
    while (!t->has_changes) {
        enum source_event event;
        switch (xfr_next(t->xfr, rr, err)) {
        case XFR_RR:
            return zone_record(t, err);
        case XFR_MORE:
            if (!next_message(t, err))
                return SOURCE_FAIL;
            break;
        case XFR_END:
            event = ended(t, err);
            if (event != SOURCE_RR)
                return event;
            break;
        case XFR_FAIL:
        default:
            t->answered = err->kind == ERR_FIRST_NOT_SOA;
            return SOURCE_FAIL;
        }
    }
    return t->changes.source.next(&t->changes.source, rr, op, err);
}

bool transfer_begins(const struct transfer *t, bool begun, struct zone_info *info)
{
    const struct settings *settings = t->config.settings;
    struct xfr_facts facts = xfr_facts(t->xfr);
    *info = (struct zone_info){
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .class = settings->class,
        .serial = facts.serial,
        .changes = facts.kind == XFR_UPTODATE,
        .from = facts.from,
    };
    if (!t->has_changes)
        return !begun;
    *info = t->changes.step;
    return t->changes.begins;
}

static bool random_id(uint16_t *id, struct err *err)
{
    return getrandom(id, sizeof *id, 0) == (ssize_t)sizeof *id ||
           err_set(err, ERR_INTERNAL, "the system gives no random numbers");
}

static bool open_delta(struct transfer *t, struct err *err)
{
    const struct settings *settings = t->config.settings;
    struct delta_config config = {
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .class = settings->class,
        .halt = &t->halt.halt,
    };
    t->delta = delta_new(&config, err);
    return t->delta != NULL;
}

/* Makes the machines for one query and its answer. */
static bool open_machines(struct transfer *t, struct err *err)
{
    const struct transfer_config *config = &t->config;
    const struct settings *settings = config->settings;
    t->exchange = (struct exchange){
        .question = {.name = settings->zone,
                     .name_length = settings->zone_length,
                     .type = config->changes ? TYPE_IXFR : TYPE_AXFR,
                     .class = settings->class,
                     .serial = config->since},
        .edns = config->edns,
        .key = config->key,
        .pad = config->tls != NULL ? QUERY_PAD : 0,
        .notes = config->notes,
    };
    if (config->changes && !open_delta(t, err))
        return false;
    struct xfr_config xfr = {
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .class = settings->class,
        .notes = config->notes,
        .skip_neighbours = settings->sort,
        .delta = t->delta,
        .since = config->since,
    };
    t->xfr = xfr_new(&xfr, err);
    return t->xfr != NULL && frame_init(&t->frame, err) && random_id(&t->exchange.id, err);
}

static void close_machines(struct transfer *t)
{
    frame_fini(&t->frame);
    exchange_fini(&t->exchange);
    xfr_free(t->xfr);
    delta_free(t->delta);
    t->frame = (struct frame){.octets = NULL};
    t->xfr = NULL;
    t->delta = NULL;
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
    if (!t->answered || frame_rest(&t->frame, NULL) != 0)
        return false;
    close_machines(t);
    t->config.changes = t->answered = t->has_changes = false;
    return open_machines(t, err) && send_query(t, err);
}

struct transfer *transfer_open(const struct transfer_config *config, struct err *err)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    t->source = (struct source){transfer_next, transfer_free};
    t->config = *config;
    t->stream.fd = -1;
    loop_halt_init(&t->halt, config->loop, config->deadline);
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
