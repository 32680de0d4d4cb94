#include "job/replay.h"

#include "base/cursor.h"
#include "io/record.h"
#include "dns/name.h"
#include "dns/types.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_HEAD = 11, LINE_MAX_OCTETS = 1200, WINDOW = 256 * 1024 };

struct replay {
    struct source source;
    struct replay_config config;
    struct watch watch;
    uint64_t asked_at, came_at; /* microseconds since the start: the query, the last message */
    uint64_t begun;             /* time of day at the start of the recording, microseconds */

    /* A piece of the file: entries are read from it one after the other. */
    uint8_t *window;
    size_t at, end;
    off_t next; /* where in the file the window ends */

    uint8_t query[MSG_MAX];
    size_t query_length;
    struct answer *answer;
    struct delta_reader changes; /* once all of them are there */
    bool has_changes, over;
};

struct entry {
    uint8_t kind;
    uint64_t time; /* microseconds since the start */
    const uint8_t *octets;
    size_t length;
};

static bool refuse_recording(const struct replay *replay, const char *what, struct err *err)
{
    return err_set(err, ERR_RECORDING, "%.300s: %s", replay->config.name, what);
}

/* Names the file in an error of the transfer, whose machines do not know it. */
static bool name_file(const struct replay *replay, struct err *err)
{
    return err_prefix(err, "%.300s: ", replay->config.name);
}

/* Reads until n octets are at replay->at, if the file has as many. Sets *has to how many there are.
 */
static bool read_more(struct replay *replay, size_t n, size_t *has, struct err *err)
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

static bool need_octets(struct replay *replay, size_t n, size_t *has, struct err *err)
{
    *has = n;
    return replay->end - replay->at >= n || read_more(replay, n, has, err);
}

static void seek(struct replay *replay, off_t to)
{
    replay->at = replay->end = 0;
    replay->next = to;
}

static off_t position(const struct replay *replay)
{
    return replay->next - (off_t)(replay->end - replay->at);
}

enum entry_event { ENTRY, ENTRY_NONE, ENTRY_FAIL };

/* Reads the next entry. A last one that is not whole does not count: the run that wrote it was
 * killed. */
static enum entry_event read_entry(struct replay *replay, struct entry *entry, struct err *err)
{
    size_t has;
    if (!need_octets(replay, ENTRY_HEAD, &has, err))
        return ENTRY_FAIL;
    if (has < ENTRY_HEAD)
        return ENTRY_NONE;
    const uint8_t *head = replay->window + replay->at;
    entry->kind = head[0];
    entry->time = octets_u64(head + 1);
    entry->length = octets_u16(head + 9);
    if (memchr("C><.!", entry->kind, 5) == NULL) {
        refuse_recording(replay, "not an entry of a recording, where one should begin", err);
        return ENTRY_FAIL;
    }
    if (!need_octets(replay, ENTRY_HEAD + entry->length, &has, err))
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
    if (!need_octets(replay, LINE_MAX_OCTETS, &has, err))
        return false;
    memcpy(line, replay->window, has);
    line[has] = '\0';
    const uint8_t *end = memchr(replay->window, '\n', has);
    if (end == NULL ||
        sscanf(line, "zxfr-recording %5u %*1100s %*20s %20llu", &version, &begun) != 2)
        return refuse_recording(replay, "the first line is not that of a recording", err);
    if (version != 1)
        return refuse_recording(replay, "a recording of a form that this version does not know",
                                err);
    replay->begun = begun;
    replay->at = (size_t)(end - replay->window) + 1;
    return true;
}

/* The run stops at the first transfer that is good, so the last query counts. */
static bool find_query(struct replay *replay, struct err *err)
{
    struct entry entry;
    enum entry_event event;
    off_t after_query = 0;
    while ((event = read_entry(replay, &entry, err)) == ENTRY)
        if (entry.kind == RECORD_QUERY) {
            memcpy(replay->query, entry.octets, entry.length);
            replay->query_length = entry.length;
            replay->asked_at = entry.time;
            after_query = position(replay);
        }
    if (event == ENTRY_FAIL)
        return false;
    if (after_query == 0)
        return refuse_recording(replay, "no query was sent", err);
    seek(replay, after_query);
    return true;
}

static struct replay *replay_of(struct watch *watch)
{
    return (struct replay *)(void *)((char *)watch - offsetof(struct replay, watch));
}

static void watch_query(struct watch *watch, const struct watch_query *query)
{
    const struct replay_config *config = &replay_of(watch)->config;
    config->watcher->tell(config->watcher,
                          &(struct fact){.kind = FACT_QUERY, .text = config->name, .query = query});
}

/* Where all times are the same there are none: the recording was made from something else. */
static void watch_message(struct watch *watch, const struct watch_message *message)
{
    const struct replay *replay = replay_of(watch);
    struct teller *watcher = replay->config.watcher;
    watcher->tell(watcher, &(struct fact){.kind = FACT_MESSAGE,
                                          .text = replay->config.name,
                                          .message = message,
                                          .number = replay->came_at - replay->asked_at,
                                          .timed = replay->came_at > replay->asked_at});
}

static bool begin_replay(struct replay *replay, struct err *err)
{
    const struct answer_config config = {
        .key = replay->config.key,
        .notes = replay->config.notes,
        .delta_limit = replay->config.delta_limit,
        .halt = replay->config.halt,
        .watch = replay->config.watcher != NULL ? &replay->watch : NULL,
    };
    if (!read_head(replay, err) || !find_query(replay, err))
        return false;
    replay->answer = answer_new(&config, err);
    return replay->answer != NULL &&
           (answer_replay(replay->answer, replay->query, replay->query_length, err) ||
            name_file(replay, err));
}

/* The answer has ended before the zone did. */
static bool explain_cut(struct replay *replay, struct err *err)
{
    const struct answer_rest rest = {.length = 0};
    struct err why = {.kind = ERR_NONE};
    answer_cut(replay->answer, &rest, &why);
    if (why.kind == ERR_TSIG_LAST || err_class(why.kind) == ERR_CLASS_REFUSED) {
        *err = why;
        return name_file(replay, err);
    }
    return err_set(err, ERR_INCOMPLETE, "%.300s: the recording ends %s, before the end of the zone",
                   replay->config.name,
                   answer_facts(replay->answer).messages == 0 ? "without an answer"
                                                              : "inside the answer");
}

static bool next_message(struct replay *replay, struct err *err)
{
    struct entry entry;
    enum entry_event event = read_entry(replay, &entry, err);
    if (event == ENTRY_FAIL)
        return false;
    if (event == ENTRY_NONE || entry.kind != RECORD_ANSWER)
        return explain_cut(replay, err);
    replay->came_at = entry.time;
    return answer_push(replay->answer, entry.octets, entry.length,
                       (replay->begun + entry.time) / 1000000, err) ||
           name_file(replay, err);
}

/* The answer has ended. If it is changes, these follow, or SOURCE_BEGIN where there are none. */
static enum source_event end_answer(struct replay *replay, struct err *err)
{
    enum xfr_kind kind = answer_facts(replay->answer).xfr.kind;
    if (kind == XFR_INCREMENTAL) {
        replay->has_changes = true;
        return answer_changes(replay->answer, &replay->changes, replay->config.view, err)
                   ? SOURCE_BEGIN
                   : SOURCE_FAIL;
    }
    if (kind != XFR_UPTODATE || replay->over)
        return SOURCE_END;
    replay->over = true;
    replay->source.zone = answer_zone(replay->answer);
    return SOURCE_BEGIN;
}

static enum source_event next_change(struct replay *replay, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct source *changes = &replay->changes.source;
    enum source_event event = changes->next(changes, rr, op, err);
    replay->source.zone = changes->zone;
    return event;
}

static enum source_event replay_next(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct replay *replay = (struct replay *)source;
    while (!replay->has_changes) {
        enum source_event event;
        switch (answer_next(replay->answer, &source->zone, rr, op, err)) {
        case ANSWER_BEGIN:
            return SOURCE_BEGIN;
        case ANSWER_RR:
            return SOURCE_RR;
        case ANSWER_END:
            event = end_answer(replay, err);
            if (!replay->has_changes || event == SOURCE_FAIL)
                return event;
            break;
        case ANSWER_MORE:
            if (!next_message(replay, err))
                return SOURCE_FAIL;
            break;
        case ANSWER_FAIL:
        default:
            name_file(replay, err);
            return SOURCE_FAIL;
        }
    }
    return next_change(replay, rr, op, err);
}

static void replay_free(struct source *source)
{
    struct replay *replay = (struct replay *)source;
    close(replay->config.fd);
    answer_free(replay->answer);
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
    replay->source = (struct source){.next = replay_next, .free = replay_free};
    replay->watch = (struct watch){.sent = watch_query, .came = watch_message};
    replay->config = *config;
    replay->window = malloc(WINDOW);
    if (replay->window == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    if (replay->window != NULL && begin_replay(replay, err))
        return &replay->source;
    replay_free(&replay->source);
    return NULL;
}

struct answer_facts replay_facts(const struct source *source)
{
    return answer_facts(((const struct replay *)source)->answer);
}
