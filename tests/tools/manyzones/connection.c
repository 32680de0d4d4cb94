#include "connection.h"

#include "../primary/tool.h"
#include "../primary/wire.h"
#include "answer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 65536,
    OUT_LIMIT = 262144, /* octets that wait before no more messages are made */
    ID_COUNT = 65536,
};

enum phase {
    PHASE_OPEN,
    PHASE_CLOSING,   /* nothing more is made; the end comes when all is sent */
    PHASE_RESETTING, /* the same, by a reset */
    PHASE_SHUT,      /* the end was sent; what the client still says is dropped, because closing
                        before that is read would be a reset */
    PHASE_DEAD,
};

struct connection {
    int fd;
    enum phase phase;
    bool eof;
    struct bytes in, out, message;
    size_t sent; /* of out */
    struct answer *first, **last, *current;
    long questions; /* without a whole answer */
    long answers, messages;
    uint8_t used[ID_COUNT / 8]; /* the IDs that questions had */
};

struct connection *connection_new(struct options *o, int fd)
{
    struct connection *c = tool_grow(NULL, sizeof *c);

    *c = (struct connection){.fd = fd};
    c->last = &c->first;
    counts_rise(&o->counts.open, &o->counts.open_most);
    return c;
}

static void forget_questions(struct connection *c, struct options *o)
{
    while (c->first) {
        struct answer *a = c->first;

        c->first = a->next;
        answer_free(a, o);
    }
    c->last = &c->first;
    c->current = NULL;
    c->questions = 0;
}

/* Who leaves is open no longer, even before the client leaves, too. */
static void enter(struct connection *c, struct options *o, enum phase phase)
{
    o->counts.open -= c->phase < PHASE_SHUT && phase >= PHASE_SHUT;
    c->phase = phase;
    if (phase != PHASE_OPEN) {
        forget_questions(c, o);
    }
}

void connection_free(struct connection *c, struct options *o)
{
    enter(c, o, PHASE_DEAD);
    close(c->fd);
    free(c->in.data);
    free(c->out.data);
    free(c->message.data);
    free(c);
}

int connection_fd(const struct connection *c)
{
    return c->fd;
}

/* ---------------------------------------------------------------- questions */

static void take_question(struct connection *c, struct options *o, const uint8_t *data, size_t len,
                          uint64_t now)
{
    struct answer *a;

    if (len >= 2) {
        c->used[bytes_get16(data) / 8] |= (uint8_t)(1u << bytes_get16(data) % 8);
    }
    a = answer_new(o, data, len, now);
    if (a) {
        *c->last = a;
        c->last = &a->next;
        counts_rise(&c->questions, &o->counts.questions_most);
    }
}

static void take_questions(struct connection *c, struct options *o, uint64_t now)
{
    size_t at = 0;

    while (c->in.len - at >= 2 && c->in.len - at >= 2 + bytes_get16(c->in.data + at)) {
        size_t len = bytes_get16(c->in.data + at);

        take_question(c, o, c->in.data + at + 2, len, now);
        at += 2 + len;
    }
    if (at) {
        memmove(c->in.data, c->in.data + at, c->in.len - at);
        c->in.len -= at;
    }
}

void connection_read(struct connection *c, struct options *o, uint64_t now)
{
    static uint8_t data[READ_SIZE];
    ssize_t n = recv(c->fd, data, sizeof data, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n < 0) {
        enter(c, o, PHASE_DEAD);
    } else if (n == 0) {
        c->eof = true;
    } else if (c->phase == PHASE_OPEN) {
        bytes_add(&c->in, data, (size_t)n);
        take_questions(c, o, now);
    }
}

/* ---------------------------------------------------------------- answers */

static size_t count_ready(const struct connection *c, uint64_t now)
{
    size_t ready = 0;

    for (const struct answer *a = c->first; a; a = a->next) {
        ready += a->due <= now;
    }
    return ready;
}

/* The n-th of those that are ready, from 0; NULL: there are not so many. */
static struct answer *nth_ready(const struct connection *c, uint64_t now, size_t n)
{
    struct answer *a = c->first;

    while (a && (a->due > now || n--)) {
        a = a->next;
    }
    return a;
}

/* Whose next message goes out; NULL: nobody's yet. */
static struct answer *choose(const struct connection *c, struct options *o, uint64_t now)
{
    struct answer *a = o->order == ORDER_LINE ? c->first : c->current;
    size_t ready;

    if (o->order == ORDER_MIXED) {
        ready = count_ready(c, now);
        return ready ? nth_ready(c, now, options_random(o, (unsigned)ready)) : NULL;
    }
    if (a) {
        return a->due <= now ? a : NULL;
    }
    return o->order == ORDER_READY ? nth_ready(c, now, 0) : NULL;
}

static void unlink_answer(struct connection *c, struct answer *a)
{
    struct answer **link = &c->first;

    while (*link != a) {
        link = &(*link)->next;
    }
    *link = a->next;
    if (!a->next) {
        c->last = link;
    }
}

static void put_message(struct connection *c, size_t len)
{
    bytes_u16(&c->out, (unsigned)c->message.len);
    bytes_add(&c->out, c->message.data, len);
    c->messages++;
}

/* An answer to nothing that was ever asked here. */
static void put_rubbish(struct connection *c, struct options *o)
{
    uint8_t header[WIRE_HEADER] = {[2] = 0x80};
    unsigned id = options_random(o, ID_COUNT);

    for (unsigned i = 0; i < ID_COUNT && c->used[id / 8] >> id % 8 & 1; i++) {
        id = (id + 1) % ID_COUNT;
    }
    bytes_put16(header, id);
    bytes_u16(&c->out, sizeof header);
    bytes_add(&c->out, header, sizeof header);
}

/* The next message of this answer, and what comes of it. */
static void answer_on(struct connection *c, struct options *o, struct answer *a, uint64_t now)
{
    bool whole = answer_message(a, o, &c->message, now);

    c->current = a;
    if (a->transfer && a->trouble.broken >= BROKEN_CLOSE && a->trouble.broken != BROKEN_NOT) {
        put_message(c, c->message.len / 2);
        enter(c, o, a->trouble.broken == BROKEN_CLOSE ? PHASE_CLOSING : PHASE_RESETTING);
        return;
    }
    put_message(c, c->message.len);
    if (o->rubbish && c->messages % o->rubbish == 0) {
        put_rubbish(c, o);
    }
    if (whole) {
        unlink_answer(c, a);
        answer_free(a, o);
        c->current = NULL;
        c->questions--;
        c->answers++;
    }
    if (o->close_after && c->answers >= o->close_after) {
        enter(c, o, PHASE_CLOSING);
    }
}

static size_t waiting(const struct connection *c)
{
    return c->out.len - c->sent;
}

static void send_out(struct connection *c, struct options *o)
{
    ssize_t n = send(c->fd, c->out.data + c->sent, waiting(c), MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        enter(c, o, PHASE_DEAD);
        return;
    }
    c->sent += n > 0 ? (size_t)n : 0;
    if (c->sent == c->out.len || c->sent > OUT_LIMIT) {
        memmove(c->out.data, c->out.data + c->sent, waiting(c));
        c->out.len = waiting(c);
        c->sent = 0;
    }
}

/* All is sent. */
static void end(struct connection *c, struct options *o)
{
    if (c->phase == PHASE_CLOSING) {
        shutdown(c->fd, SHUT_WR);
        enter(c, o, PHASE_SHUT);
    } else if (c->phase == PHASE_RESETTING) {
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        enter(c, o, PHASE_DEAD);
    } else if (c->eof && !c->first) {
        enter(c, o, PHASE_DEAD);
    }
}

bool connection_work(struct connection *c, struct options *o, uint64_t now)
{
    struct answer *a;

    while (c->phase == PHASE_OPEN && waiting(c) < OUT_LIMIT && (a = choose(c, o, now))) {
        answer_on(c, o, a, now);
    }
    if (waiting(c) && c->phase != PHASE_DEAD) {
        send_out(c, o);
    }
    if (!waiting(c)) {
        end(c, o);
    }
    return c->phase != PHASE_DEAD;
}

/* ---------------------------------------------------------------- the loop */

short connection_events(const struct connection *c)
{
    bool reads = !c->eof && waiting(c) < OUT_LIMIT;

    return (short)((reads ? POLLIN : 0) | (waiting(c) ? POLLOUT : 0));
}

int connection_wait(const struct connection *c, const struct options *o, uint64_t now)
{
    const struct answer *a = o->order == ORDER_LINE || !c->current ? c->first : c->current;
    bool all = o->order == ORDER_MIXED || (o->order == ORDER_READY && !c->current);
    uint64_t due = UINT64_MAX;

    if (waiting(c)) {
        return -1;
    }
    for (; a; a = all ? a->next : NULL) {
        due = a->due < due ? a->due : due;
    }
    return due == UINT64_MAX ? -1 : due <= now ? 0 : (int)(due - now);
}
