#include "cli/replay.h"

#include "base/cursor.h"
#include "cli/record.h"
#include "dns/name.h"
#include "dns/types.h"
#include "xfer/exchange.h"
#include "xfer/xfr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_HEAD = 11, LINE_MAX_OCTETS = 1200, WINDOW = 256 * 1024 };

struct replay {
    struct source source;
    struct replay_config config;
    uint64_t begun; /* time of day at the start of the recording, microseconds */

    /* A piece of the file: entries are read from it one after the other. */
    uint8_t *window;
    size_t at, end;
    off_t next; /* where in the file the window ends */

    uint8_t query[MSG_MAX];
    size_t query_length;
    bool is_signed;
    struct exchange exchange;
    struct xfr *xfr;
    struct delta *delta;         /* of an incremental transfer */
    struct delta_reader changes; /* once all of them are there */
    bool has_changes;
};

struct entry {
    uint8_t kind;
    uint64_t time; /* microseconds since the start */
    const uint8_t *octets;
    size_t length;
};

static bool damaged(const struct replay *replay, const char *what, struct err *err)
{
    return err_set(err, ERR_RECORDING, "%.300s: %s", replay->config.name, what);
}

/* What was wrong with the transfer: its machines know no file. */
static bool in_file(const struct replay *replay, struct err *err)
{
    return err_prefix(err, "%.300s: ", replay->config.name);
}

/* Makes n octets stand at replay->at, if the file has as many. Sets *has to how many there are. */
static bool fill(struct replay *replay, size_t n, size_t *has, struct err *err)
{
    size_t left = replay->end - replay->at;
    if (halt_due(replay->config.halt, err))
        return false;
    memmove(replay->window, replay->window + replay->at, left);
    replay->at = 0;
    replay->end = left;
    while (replay->end < n) {
        ssize_t got = pread(replay->config.fd, replay->window + replay->end, WINDOW - replay->end,
                            replay->next);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, ERR_INPUT, errno, "cannot read %.300s", replay->config.name);
        if (got == 0)
            break;
        replay->end += (size_t)got;
        replay->next += got;
    }
    *has = replay->end < n ? replay->end : n;
    return true;
}

static bool want(struct replay *replay, size_t n, size_t *has, struct err *err)
{
    *has = n;
    return replay->end - replay->at >= n || fill(replay, n, has, err);
}

static void seek(struct replay *replay, off_t to)
{
    replay->at = replay->end = 0;
    replay->next = to;
}

static off_t place(const struct replay *replay)
{
    return replay->next - (off_t)(replay->end - replay->at);
}

enum entry_event { ENTRY, ENTRY_NONE, ENTRY_FAIL };

/* Reads the next entry. A last one that is not whole is none: the run that wrote it was killed. */
static enum entry_event read_entry(struct replay *replay, struct entry *entry, struct err *err)
{
    size_t has;
    if (!want(replay, ENTRY_HEAD, &has, err))
        return ENTRY_FAIL;
    if (has < ENTRY_HEAD)
        return ENTRY_NONE;
    const uint8_t *head = replay->window + replay->at;
    entry->kind = head[0];
    entry->time = octets_u64(head + 1);
    entry->length = octets_u16(head + 9);
    if (memchr("C><.!", entry->kind, 5) == NULL) {
        damaged(replay, "no entry of a recording where one should begin", err);
        return ENTRY_FAIL;
    }
    if (!want(replay, ENTRY_HEAD + entry->length, &has, err))
        return ENTRY_FAIL;
    if (has < ENTRY_HEAD + entry->length)
        return ENTRY_NONE;
    entry->octets = replay->window + replay->at + ENTRY_HEAD;
    replay->at += ENTRY_HEAD + entry->length;
    return ENTRY;
}

/* "zxfr-recording 1 ZONE CLASS MICROSECONDS". Zone and class are for people: the query has them. */
static bool read_head(struct replay *replay, struct err *err)
{
    size_t has;
    unsigned version;
    unsigned long long begun;
    char line[LINE_MAX_OCTETS + 1];
    if (!want(replay, LINE_MAX_OCTETS, &has, err))
        return false;
    memcpy(line, replay->window, has);
    line[has] = '\0';
    const uint8_t *end = memchr(replay->window, '\n', has);
    if (end == NULL ||
        sscanf(line, "zxfr-recording %5u %*1100s %*20s %20llu", &version, &begun) != 2)
        return damaged(replay, "the first line is not that of a recording", err);
    if (version != 1)
        return damaged(replay, "a recording of a form that this version does not know", err);
    replay->begun = begun;
    replay->at = (size_t)(end - replay->window) + 1;
    return true;
}

/* The run stops at the first transfer that is good, so the last query counts. */
static bool find_query(struct replay *replay, struct err *err)
{
    struct entry entry;
    enum entry_event event;
    off_t behind = 0;
    while ((event = read_entry(replay, &entry, err)) == ENTRY)
        if (entry.kind == RECORD_QUERY) {
            memcpy(replay->query, entry.octets, entry.length);
            replay->query_length = entry.length;
            behind = place(replay);
        }
    if (event == ENTRY_FAIL)
        return false;
    if (behind == 0)
        return damaged(replay, "no query was sent", err);
    seek(replay, behind);
    return true;
}

static bool open_delta(struct replay *replay, struct err *err)
{
    struct delta_config config = {
        .apex = replay->exchange.question.name,
        .apex_length = replay->exchange.question.name_length,
        .class = replay->exchange.question.class,
        .halt = replay->config.halt,
    };
    replay->delta = delta_new(&config, err);
    return replay->delta != NULL;
}

static bool begin(struct replay *replay, struct err *err)
{
    struct exchange *exchange = &replay->exchange;
    exchange->key = replay->config.key;
    exchange->notes = replay->config.notes;
    if (!read_head(replay, err) || !find_query(replay, err))
        return false;
    if (!exchange_replay(exchange, replay->query, replay->query_length, err))
        return in_file(replay, err);
    replay->is_signed = exchange->unverified || exchange->key != NULL;
    if (exchange->question.type != TYPE_AXFR && exchange->question.type != TYPE_IXFR)
        return damaged(replay, "not a transfer", err);
    if (exchange->question.type == TYPE_IXFR && !open_delta(replay, err))
        return false;
    struct xfr_config config = {
        .apex = exchange->question.name,
        .apex_length = exchange->question.name_length,
        .class = exchange->question.class,
        .notes = replay->config.notes,
        .delta = replay->delta,
        .since = exchange->question.serial,
    };
    replay->xfr = xfr_new(&config, err);
    return replay->xfr != NULL;
}

/* The answer has ended, and the zone had not. */
static bool cut(struct replay *replay, struct err *err)
{
    if (!exchange_ended(&replay->exchange, err))
        return in_file(replay, err);
    return err_set(err, ERR_INCOMPLETE, "%.300s: the recording ends %s, before the end of the zone",
                   replay->config.name,
                   replay->exchange.messages == 0 ? "without an answer" : "inside of the answer");
}

static bool next_message(struct replay *replay, struct err *err)
{
    struct msg msg;
    struct entry entry;
    while (!exchange_next(&replay->exchange, &msg)) {
        enum entry_event event = read_entry(replay, &entry, err);
        if (event == ENTRY_FAIL)
            return false;
        if (event == ENTRY_NONE || entry.kind != RECORD_ANSWER)
            return cut(replay, err);
        if (!exchange_push(&replay->exchange, entry.octets, entry.length,
                           (replay->begun + entry.time) / 1000000, err))
            return in_file(replay, err);
    }
    return xfr_push(replay->xfr, &msg, err) || in_file(replay, err);
}

/* SOURCE_RR: the changes are there, and are read from now on. */
static enum source_event ended(struct replay *replay, struct err *err)
{
    switch (xfr_facts(replay->xfr).kind) {
    case XFR_INCREMENTAL:
        if (!delta_condense(replay->delta, replay->config.notes, err))
            return SOURCE_FAIL;
        delta_read(&replay->changes, replay->delta, replay->config.view);
        replay->has_changes = true;
        return SOURCE_RR;
    case XFR_OLDER:
        err_set(err, ERR_SERIAL_OLDER, "the server's serial is not newer than what was asked for");
        return SOURCE_FAIL;
    case XFR_UNDECIDED:
    case XFR_ZONE:
    case XFR_ZONE_STYLE:
    case XFR_UPTODATE:
    default:
        return SOURCE_END;
    }
}

static enum source_event replay_next(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct replay *replay = (struct replay *)source;
    *op = RR_ADD;
    while (!replay->has_changes) {
        enum source_event event;
        switch (xfr_next(replay->xfr, rr, err)) {
        case XFR_RR:
            return SOURCE_RR;
        case XFR_MORE:
            if (!next_message(replay, err))
                return SOURCE_FAIL;
            break;
        case XFR_END:
            event = ended(replay, err);
            if (event != SOURCE_RR)
                return event;
            break;
        case XFR_FAIL:
        default:
            in_file(replay, err);
            return SOURCE_FAIL;
        }
    }
    return replay->changes.source.next(&replay->changes.source, rr, op, err);
}

static void replay_free(struct source *source)
{
    struct replay *replay = (struct replay *)source;
    close(replay->config.fd);
    exchange_fini(&replay->exchange);
    if (replay->xfr != NULL)
        xfr_free(replay->xfr);
    delta_free(replay->delta);
    free(replay->window);
    free(replay);
}

struct source *replay_open(const struct replay_config *config, struct err *err)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL) {
        close(config->fd);
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    replay->source = (struct source){replay_next, replay_free};
    replay->config = *config;
    replay->window = malloc(WINDOW);
    if (replay->window == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    if (replay->window != NULL && begin(replay, err))
        return &replay->source;
    replay_free(&replay->source);
    return NULL;
}

struct replay_facts replay_facts(const struct source *source)
{
    const struct replay *replay = (const struct replay *)source;
    return (struct replay_facts){
        .apex = replay->exchange.question.name,
        .apex_length = replay->exchange.question.name_length,
        .class = replay->exchange.question.class,
        .serial = xfr_facts(replay->xfr).serial,
        .is_signed = replay->is_signed,
        .verified = replay->config.key != NULL,
        .changes = replay->has_changes || xfr_facts(replay->xfr).kind == XFR_UPTODATE,
        .begins = replay->changes.begins,
        .step = replay->changes.step,
    };
}
