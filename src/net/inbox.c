#include "net/inbox.h"

#include "base/cursor.h"
#include "dns/msg.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2 }; /* octets of length before each message of a stream (RFC 1035 4.2.2) */

/* Who has connected to us. It is read as long as nothing of it waits to be given, and nothing waits
 * to be taken by it: so there is never more of it here than one message and one reply. */
struct caller {
    struct stream stream;
    struct listen_ends ends;
    uint64_t id;
    uint64_t since; /* when its last message was whole, or it has connected */
    struct caller *prev, *next, *ready_next;
    short revents;
    bool is_ready; /* it has a whole message, and stands among those that have one */
    bool ended;    /* nothing more will come */
    bool gone;     /* nothing more can be sent: it is closed when nothing of it is lent */
    size_t have;   /* octets of `in`; the first ones are the prefix of a message */
    size_t unsent; /* octets of `out` */
    uint8_t in[PREFIX + INBOX_MESSAGE_MAX];
    uint8_t out[INBOX_REPLY_MAX];
};

struct inbox {
    struct listen_sockets sockets[INBOX_ADDRESSES_MAX];
    size_t socket_count;
    uint32_t readable; /* bits: sockets at which there may be datagrams */
    uint32_t knocked;  /* ... connections, as the look that is under way has found */
    size_t turn;       /* of the sockets */
    bool streams_turn;
    unsigned left;                /* messages that may be given before the next look */
    struct caller *first, *last;  /* the one that is longest without a whole message first */
    struct caller *ready, **tail; /* the one that has waited longest first */
    struct caller *lent;          /* whose message was given last, or NULL */
    size_t caller_count;
    uint64_t last_id;
    uint64_t paused_until; /* nobody is accepted before; 0: all are */
    uint8_t datagram[INBOX_MESSAGE_MAX];
};

struct inbox *inbox_new(const struct inbox_config *config, struct err *err)
{
    struct inbox *inbox = calloc(1, sizeof *inbox);
    if (inbox == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    inbox->tail = &inbox->ready;
    for (size_t i = 0; i < config->count && i < INBOX_ADDRESSES_MAX; i++) {
        if (!listen_open(&inbox->sockets[i], &config->addresses[i], err)) {
            inbox_free(inbox);
            return NULL;
        }
        inbox->socket_count++;
    }
    return inbox;
}

const struct address *inbox_address(const struct inbox *inbox, size_t number)
{
    return &inbox->sockets[number].bound;
}

/* ---- Callers --------------------------------------------------------------------------------- */

static void unlink_caller(struct inbox *inbox, struct caller *caller)
{
    *(caller->prev != NULL ? &caller->prev->next : &inbox->first) = caller->next;
    *(caller->next != NULL ? &caller->next->prev : &inbox->last) = caller->prev;
}

static void link_last(struct inbox *inbox, struct caller *caller, uint64_t now)
{
    caller->since = now;
    caller->prev = inbox->last;
    caller->next = NULL;
    *(inbox->last != NULL ? &inbox->last->next : &inbox->first) = caller;
    inbox->last = caller;
}

/* The descriptor that becomes free may be what one more needs. */
static void drop(struct inbox *inbox, struct caller *caller)
{
    unlink_caller(inbox, caller);
    inbox->caller_count--;
    inbox->paused_until = 0;
    stream_close(&caller->stream);
    free(caller);
}

void inbox_free(struct inbox *inbox)
{
    if (inbox == NULL)
        return;
    while (inbox->first != NULL)
        drop(inbox, inbox->first);
    for (size_t i = 0; i < inbox->socket_count; i++)
        listen_close(&inbox->sockets[i]);
    free(inbox);
}

/* How many octets the message that a caller has begun takes, with its prefix; 0: nobody knows. */
static size_t wanted(const struct caller *caller)
{
    return caller->have < PREFIX ? 0 : (size_t)PREFIX + octets_u16(caller->in);
}

static bool has_message(const struct caller *caller)
{
    size_t all = wanted(caller);
    return all >= PREFIX + MSG_HEADER && all <= sizeof caller->in && caller->have >= all;
}

/* What becomes of a caller that has been read from, or has taken what it was sent. Its messages are
 * given one by one, each after the reply to the one before has left. */
static void settle(struct inbox *inbox, struct caller *caller, uint64_t now)
{
    size_t all = wanted(caller);
    if (caller->gone) {
        drop(inbox, caller);
    } else if (caller->unsent > 0) {
        return;
    } else if (has_message(caller)) {
        unlink_caller(inbox, caller);
        link_last(inbox, caller, now);
        caller->is_ready = true;
        caller->ready_next = NULL;
        *inbox->tail = caller;
        inbox->tail = &caller->ready_next;
    } else if (caller->ended ||
               (all > 0 && (all < PREFIX + MSG_HEADER || all > sizeof caller->in))) {
        drop(inbox, caller);
    }
}

/* Takes back what was lent. */
static void take_back(struct inbox *inbox, uint64_t now)
{
    struct caller *caller = inbox->lent;
    if (caller == NULL)
        return;
    inbox->lent = NULL;
    size_t all = wanted(caller);
    caller->have -= all;
    memmove(caller->in, caller->in + all, caller->have);
    settle(inbox, caller, now);
}

static bool is_read(const struct caller *caller)
{
    return !caller->ended && !caller->gone && !caller->is_ready && caller->unsent == 0;
}

/* A connection that breaks has ended like others: what came whole before counts. */
static void read_caller(struct caller *caller)
{
    struct err err = {.kind = ERR_NONE};
    size_t n = 0;
    enum stream_event event = stream_read(&caller->stream, caller->in + caller->have,
                                          sizeof caller->in - caller->have, &n, &err);
    if (event == STREAM_DONE)
        caller->have += n;
    else if (event != STREAM_WANT_READ)
        caller->ended = true;
}

static void send_replies(struct caller *caller)
{
    struct err err = {.kind = ERR_NONE};
    enum stream_event event = STREAM_DONE;
    size_t sent = 0, n;
    while (sent < caller->unsent && event == STREAM_DONE) {
        event = stream_write(&caller->stream, caller->out + sent, caller->unsent - sent, &n, &err);
        if (event == STREAM_DONE)
            sent += n;
    }
    caller->gone = caller->gone || event == STREAM_FAIL;
    caller->unsent -= sent;
    memmove(caller->out, caller->out + sent, caller->unsent);
}

/* One step of a caller for which something was found. */
static void step(struct inbox *inbox, struct caller *caller, uint64_t now)
{
    if (caller->unsent > 0)
        send_replies(caller);
    else if (is_read(caller))
        read_caller(caller);
    if (!caller->is_ready)
        settle(inbox, caller, now);
}

/* ---- A place for one more -------------------------------------------------------------------- */

/* The caller that is longest without a whole message and has none that waits: of those of one
 * address, or of all where it is NULL. *count: how many they are. */
static struct caller *find_longest(const struct inbox *inbox, const struct address *of,
                                   size_t *count)
{
    struct caller *longest = NULL;
    *count = 0;
    for (struct caller *caller = inbox->first; caller != NULL; caller = caller->next) {
        if (of != NULL && !listen_is_of_one(of, &caller->ends.peer))
            continue;
        ++*count;
        if (longest == NULL && !caller->is_ready)
            longest = caller;
    }
    return longest;
}

/* Ends the one of these callers that is longest without a whole message, if one has come for none
 * of them since the last look. Returns false if all have one that waits. */
static bool drop_longest(struct inbox *inbox, const struct address *of, uint64_t now)
{
    struct caller *longest;
    size_t count;
    while ((longest = find_longest(inbox, of, &count)) != NULL) {
        if (is_read(longest))
            read_caller(longest);
        if (longest->unsent > 0 || !has_message(longest)) {
            drop(inbox, longest);
            return true;
        }
        settle(inbox, longest, now);
    }
    return false;
}

/* Who comes has a place: it may cost somebody else's. Returns false if all are in use. */
static bool make_place(struct inbox *inbox, const struct address *peer, uint64_t now)
{
    size_t count;
    find_longest(inbox, peer, &count);
    if (count >= INBOX_CONNS_OF_ONE)
        return drop_longest(inbox, peer, now);
    return inbox->caller_count < INBOX_CONNS || drop_longest(inbox, NULL, now);
}

static bool take_caller(struct inbox *inbox, struct stream *stream, const struct listen_ends *ends,
                        uint64_t now)
{
    struct caller *caller = calloc(1, sizeof *caller);
    if (caller == NULL)
        return false;
    caller->stream = *stream;
    caller->ends = *ends;
    caller->id = ++inbox->last_id;
    inbox->caller_count++;
    link_last(inbox, caller, now);
    return true;
}

/* Returns whether there may be another one at once. Where nothing is left for one more, who is
 * silent makes way. */
static bool accept_one(struct inbox *inbox, const struct listen_sockets *sockets, uint64_t now)
{
    struct stream stream;
    struct listen_ends ends;
    enum listen_event event = listen_accept(sockets, &stream, &ends);
    if (event == LISTEN_FULL && drop_longest(inbox, NULL, now))
        event = listen_accept(sockets, &stream, &ends);
    if (event == LISTEN_DONE && !make_place(inbox, &ends.peer, now)) {
        stream_close(&stream);
    } else if (event == LISTEN_DONE && !take_caller(inbox, &stream, &ends, now)) {
        stream_close(&stream);
        event = LISTEN_FULL;
    }
    if (event == LISTEN_FULL)
        inbox->paused_until = now + INBOX_ACCEPT_PAUSE;
    return event == LISTEN_DONE || event == LISTEN_PASSED;
}

static void accept_all(struct inbox *inbox, uint64_t now)
{
    for (unsigned n = 0; n < INBOX_ACCEPTS && inbox->knocked != 0 && inbox->paused_until == 0;) {
        inbox->turn = (inbox->turn + 1) % inbox->socket_count;
        uint32_t bit = UINT32_C(1) << inbox->turn;
        if ((inbox->knocked & bit) == 0)
            continue;
        n++;
        if (!accept_one(inbox, &inbox->sockets[inbox->turn], now))
            inbox->knocked &= ~bit;
    }
}

/* ---- Looking --------------------------------------------------------------------------------- */

size_t inbox_fd_count(const struct inbox *inbox)
{
    return 2 * inbox->socket_count + INBOX_CONNS;
}

size_t inbox_fds(struct inbox *inbox, struct pollfd *fds)
{
    size_t count = 0;
    short accepts = inbox->paused_until == 0 ? POLLIN : 0;
    for (size_t i = 0; i < inbox->socket_count; i++) {
        fds[count++] = (struct pollfd){.fd = inbox->sockets[i].udp, .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = inbox->sockets[i].tcp, .events = accepts};
    }
    for (const struct caller *caller = inbox->first; caller != NULL; caller = caller->next) {
        short events = caller->unsent > 0 ? POLLOUT : POLLIN;
        fds[count++] = (struct pollfd){.fd = caller->stream.fd, .events = events};
    }
    return count;
}

uint64_t inbox_wake(const struct inbox *inbox)
{
    uint64_t wake = inbox->first != NULL ? inbox->first->since + INBOX_TIME : UINT64_MAX;
    if (inbox->ready != NULL)
        return 0;
    return inbox->paused_until != 0 && inbox->paused_until < wake ? inbox->paused_until : wake;
}

/* Notes what was found, in the order of inbox_fds. */
static void note_events(struct inbox *inbox, const struct pollfd *fds, size_t count)
{
    inbox->knocked = 0;
    if (count == 0)
        return;
    for (size_t i = 0; i < inbox->socket_count; i++) {
        inbox->readable |= (uint32_t)(fds++->revents != 0) << i;
        inbox->knocked |= (uint32_t)(fds++->revents != 0) << i;
    }
    for (struct caller *caller = inbox->first; caller != NULL; caller = caller->next)
        caller->revents = fds++->revents;
}

static void step_callers(struct inbox *inbox, uint64_t now)
{
    struct caller *next;
    for (struct caller *caller = inbox->first; caller != NULL; caller = next) {
        bool found = caller->revents != 0 || (caller->gone && !caller->is_ready);
        next = caller->next;
        caller->revents = 0;
        if (found)
            step(inbox, caller, now);
    }
}

/* Whose message waits is not late. */
static void end_late(struct inbox *inbox, uint64_t now)
{
    struct caller *next;
    for (struct caller *caller = inbox->first;
         caller != NULL && now >= caller->since && now - caller->since >= INBOX_TIME;
         caller = next) {
        next = caller->next;
        if (!caller->is_ready)
            drop(inbox, caller);
    }
}

void inbox_look(struct inbox *inbox, const struct pollfd *fds, size_t count, uint64_t now)
{
    note_events(inbox, fds, count);
    take_back(inbox, now);
    step_callers(inbox, now);
    end_late(inbox, now);
    if (now >= inbox->paused_until)
        inbox->paused_until = 0;
    accept_all(inbox, now);
    inbox->left = INBOX_LOOK;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static bool next_message(struct inbox *inbox, uint64_t now, const uint8_t **octets, size_t *length,
                         struct inbox_from *from)
{
    struct caller *caller = inbox->ready;
    inbox->ready = caller->ready_next;
    if (inbox->ready == NULL)
        inbox->tail = &inbox->ready;
    caller->is_ready = false;
    if (caller->gone) {
        settle(inbox, caller, now);
        return false;
    }
    inbox->lent = caller;
    *octets = caller->in + PREFIX;
    *length = wanted(caller) - PREFIX;
    *from = (struct inbox_from){.ends = caller->ends, .is_tcp = true, .id = caller->id};
    return true;
}

static bool next_datagram(struct inbox *inbox, const uint8_t **octets, size_t *length,
                          struct inbox_from *from)
{
    do
        inbox->turn = (inbox->turn + 1) % inbox->socket_count;
    while ((inbox->readable >> inbox->turn & 1) == 0);
    enum listen_event event = listen_receive(&inbox->sockets[inbox->turn], inbox->datagram,
                                             sizeof inbox->datagram, length, &from->ends);
    if (event == LISTEN_NOTHING)
        inbox->readable &= ~(UINT32_C(1) << inbox->turn);
    *octets = inbox->datagram;
    from->is_tcp = false;
    from->id = inbox->turn;
    return event == LISTEN_DONE;
}

/* Datagrams and connections take turns. */
bool inbox_next(struct inbox *inbox, uint64_t now, const uint8_t **octets, size_t *length,
                struct inbox_from *from)
{
    take_back(inbox, now);
    for (; inbox->left > 0 && (inbox->ready != NULL || inbox->readable != 0); inbox->left--) {
        inbox->streams_turn = !inbox->streams_turn;
        bool is_stream = inbox->readable == 0 || (inbox->streams_turn && inbox->ready != NULL);
        if (is_stream ? next_message(inbox, now, octets, length, from)
                      : next_datagram(inbox, octets, length, from)) {
            inbox->left--;
            return true;
        }
    }
    return false;
}

/* ---- Replies --------------------------------------------------------------------------------- */

static struct caller *find_caller(const struct inbox *inbox, uint64_t id)
{
    struct caller *caller = inbox->last; /* where those are that have sent a message */
    while (caller != NULL && caller->id != id)
        caller = caller->prev;
    return caller;
}

void inbox_reply(struct inbox *inbox, const struct inbox_from *from, const uint8_t *octets,
                 size_t length)
{
    if (!from->is_tcp) {
        listen_send(&inbox->sockets[from->id], octets, length, &from->ends);
        return;
    }
    struct caller *caller = find_caller(inbox, from->id);
    if (caller == NULL || caller->gone)
        return;
    if (length > sizeof caller->out - PREFIX - caller->unsent) {
        caller->gone = true; /* when the loan is over */
        return;
    }
    uint8_t *to = caller->out + caller->unsent;
    to[0] = (uint8_t)(length >> 8);
    to[1] = (uint8_t)length;
    memcpy(to + PREFIX, octets, length);
    caller->unsent += PREFIX + length;
    send_replies(caller);
}
