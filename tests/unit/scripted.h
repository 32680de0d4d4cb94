/* A world for the engine: servers that a test scripts, connections without a network, and a clock
 * that goes on only while somebody waits for it.
 *
 * A test sets how connections come about (world.plan) and what happens when a query has arrived
 * (world.serve), asks for zones, and runs the world to its end. Each event is put on a log, and
 * each zone has what became of it. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include "net/engine.h"

#include "dns/types.h"

#include "wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SECOND = 1000000,
    WORLD_LINKS = 512,
    WORLD_ZONES = 400,
    WORLD_ACTIONS = 2000,
    WORLD_LOG = 100000,
    WORLD_START = 1000 * SECOND,
    FIRST_FD = 1000,
};

#define NEVER UINT64_MAX
#define MUST_BE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("Bail out! %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct world;

enum act { ACT_DATA, ACT_EOF, ACT_RESET, ACT_NOISE };

/* What the client will see on a connection, and when. */
struct action {
    enum act act;
    uint64_t at;
    size_t length; /* ACT_DATA, ACT_NOISE */
};

struct scripted_link {
    struct link link;
    struct world *world;
    unsigned number;
    unsigned server; /* the last octet of the address */
    bool is_open, closed;
    /* What it was opened with, which must be there as long as it is. */
    const struct tls_context *tls;
    const struct address *address;
    /* Set by world->plan. */
    uint64_t connect_at, handshake_at;
    enum err_kind refused;  /* when the connect is over, it is this */
    enum err_kind unsafe;   /* and the handshake */
    uint64_t blocked_until; /* nothing can be written before */
    size_t takes;           /* octets that a write takes; 0: all */
    bool write_fails;
    struct tls_facts facts;
    /* What is to come. */
    struct action *actions;
    size_t action_count, action_room, action_next;
    uint8_t *stream;
    size_t stream_length, stream_room, read;
    /* What came. */
    uint8_t in[20000];
    size_t in_length;
    uint8_t query[4096]; /* the last one */
    size_t query_length;
    unsigned queries, writes;
};

struct world_zone {
    char name[16];
    uint8_t wire[NAME_MAX_WIRE];
    uint8_t wire_length;
    struct question question;
    struct answer *answer;
    bool done, failed, began;
    unsigned records, connected, requeued;
    struct err err;
};

struct world {
    struct transport transport;
    struct engine *engine;
    struct endpoint_set *endpoints;
    struct tls_context *tls; /* of the endpoints to come; some memory */
    struct tsig_key *key;    /* likewise; only a pointer, unless `signs` */
    bool datagrams;          /* likewise: over UDP */
    bool signs;              /* questions are signed with the key */
    uint64_t now;
    uint64_t signal_at;
    uint64_t read_takes; /* microseconds that each read of data takes */
    size_t chunk;        /* octets that a read gives at most; 0: all there is */
    uint32_t random;
    struct scripted_link *links[WORLD_LINKS];
    unsigned link_count;
    unsigned open_links, most_open;
    enum link_fault fault; /* of the next open, where `fault_kind` is set */
    enum err_kind fault_kind;
    unsigned fault_from; /* the first link that it hits */
    unsigned room;       /* for so many links at once; 0: for any number */
    void (*plan)(struct scripted_link *link);
    void (*serve)(struct scripted_link *link, unsigned id, unsigned zone, unsigned type, bool edns);
    void (*on_message)(struct world *world, struct world_zone *zone);
    void (*on_notify)(struct world *world, const struct engine_event *event);
    void (*on_wait)(struct world *world); /* at each look, whether it waits or not */
    void *context;
    struct notes notes; /* of all zones: nobody asks whose they are */
    struct world_zone zones[WORLD_ZONES];
    unsigned zone_count;
    uint64_t waited;  /* calls of wait that did wait */
    unsigned planned; /* things, by the test's count */
    bool jumped;      /* the test has set the clock forward */
    bool hung;        /* it waited for what never comes */
    char log[WORLD_LOG];
    size_t log_length;
};

__attribute__((format(printf, 2, 3))) static inline void world_log(struct world *world,
                                                                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = sizeof world->log - world->log_length;
    int n = vsnprintf(world->log + world->log_length, room, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < room)
        world->log_length += (size_t)n;
}

static inline bool has(const struct world *world, const char *text)
{
    return strstr(world->log, text) != NULL;
}

static inline unsigned count_of(const struct world *world, const char *text)
{
    unsigned count = 0;
    for (const char *at = world->log; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

/* ---- What a server does ---------------------------------------------------------------------- */

static inline void *grow(void *memory, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return memory;
    *room = 2 * wanted + 16;
    memory = realloc(memory, *room * size);
    MUST_BE(memory != NULL);
    return memory;
}

static inline void link_act(struct scripted_link *link, enum act act, uint64_t delay, size_t length)
{
    MUST_BE(link->action_count < WORLD_ACTIONS);
    link->actions =
        grow(link->actions, &link->action_room, link->action_count + 1, sizeof *link->actions);
    uint64_t at = link->world->now + delay;
    if (link->action_count > 0 && link->actions[link->action_count - 1].at > at)
        at = link->actions[link->action_count - 1].at; /* a stream keeps its order */
    link->actions[link->action_count++] = (struct action){.act = act, .at = at, .length = length};
}

static inline void link_put(struct scripted_link *link, const void *octets, size_t length)
{
    link->stream = grow(link->stream, &link->stream_room, link->stream_length + length, 1);
    if (length > 0)
        memcpy(link->stream + link->stream_length, octets, length);
    link->stream_length += length;
}

/* Puts octets on the stream. */
static inline void link_send(struct scripted_link *link, uint64_t delay, const void *octets,
                             size_t length)
{
    link_put(link, octets, length);
    link_act(link, ACT_DATA, delay, length);
}

static inline void link_send_message(struct scripted_link *link, uint64_t delay,
                                     const struct wire *message)
{
    uint8_t prefix[2] = {(uint8_t)(message->n >> 8), (uint8_t)message->n};
    link_put(link, prefix, 2);
    link_put(link, message->octets, message->n);
    link_act(link, ACT_DATA, delay, message->n + 2);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static inline void zone_text(char text[16], unsigned zone)
{
    snprintf(text, 16, "z%u.", zone);
}

enum { OPT = 41, SERIAL = 7 };

/* A header, the question, and `edns` says whether an OPT record will follow. */
static inline void message_begin(struct wire *w, unsigned id, unsigned rcode, unsigned zone,
                                 unsigned type, unsigned answers, bool edns)
{
    char name[16];
    zone_text(name, zone);
    w->n = 0;
    wire_header(w, id, 0x8400 | rcode, 1, answers, 0, edns);
    wire_question(w, name, type, 1);
}

static inline void message_opt(struct wire *w, bool edns)
{
    if (edns)
        wire_rr_mem(w, ".", OPT, 1232, 0, "", 0);
}

static inline void message_error(struct wire *w, unsigned id, unsigned rcode, unsigned zone,
                                 unsigned type, bool edns)
{
    message_begin(w, id, rcode, zone, type, 0, edns);
    message_opt(w, edns);
}

static inline void message_soa(struct wire *w, unsigned id, unsigned zone, bool edns)
{
    char name[16];
    zone_text(name, zone);
    message_begin(w, id, 0, zone, TYPE_SOA, 1, edns);
    wire_soa(w, name, 1, "ns.", "h.", SERIAL);
    message_opt(w, edns);
}

/* Message `number` of `count` of a zone that has one A record in each. */
static inline void message_of_zone(struct wire *w, unsigned id, unsigned zone, unsigned number,
                                   unsigned count, bool edns)
{
    char name[16];
    uint8_t address[4] = {10, 0, 0, (uint8_t)number};
    bool first = number == 0, last = number + 1 == count;
    zone_text(name, zone);
    message_begin(w, id, 0, zone, TYPE_AXFR, 1u + first + last, edns && first);
    if (first)
        wire_soa(w, name, 1, "ns.", "h.", SERIAL);
    wire_rr_mem(w, name, TYPE_A, 1, 300, address, 4);
    if (last)
        wire_soa(w, name, 1, "ns.", "h.", SERIAL);
    message_opt(w, edns && first);
}

/* ---- What servers do, for world.plan and world.serve ----------------------------------------- */

/* Three messages for a transfer, one for a SOA question; `delay` microseconds between them. */
static inline void answer_all(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                              bool edns, uint64_t delay)
{
    static struct wire w;
    if (type == TYPE_SOA) {
        message_soa(&w, id, zone, edns);
        link_send_message(link, delay, &w);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        message_of_zone(&w, id, zone, i, 3, edns);
        link_send_message(link, (i + 1) * delay, &w);
    }
}

static inline void serve_good(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                              bool edns)
{
    answer_all(link, id, zone, type, edns, 1000);
}

static inline void serve_nothing(struct scripted_link *link, unsigned id, unsigned zone,
                                 unsigned type, bool edns)
{
    (void)link, (void)id, (void)zone, (void)type, (void)edns;
}

/* A message a second of a long transfer; SOA questions are answered behind it, or beside it. */
static inline void serve_long(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                              bool edns)
{
    static struct wire w;
    if (type == TYPE_SOA) {
        answer_all(link, id, zone, type, edns, 1000); /* a stream keeps its order */
        return;
    }
    for (unsigned i = 0; i < 60; i++) {
        message_of_zone(&w, id, zone, i, 60, edns);
        link_send_message(link, (i + 1) * SECOND, &w);
    }
}

static inline void plan_refused(struct scripted_link *link)
{
    link->refused = ERR_CONNECT;
    link->connect_at += SECOND;
}

/* ---- The transport --------------------------------------------------------------------------- */

static inline struct scripted_link *scripted(struct link *link)
{
    return (struct scripted_link *)link;
}

/* Looks at what a connection borrows, for whoever watches over memory. */
static inline void touch(const struct scripted_link *own)
{
    MUST_BE(own->address->length > 0);
    if (own->tls != NULL)
        (void)*(const volatile uint8_t *)(const void *)own->tls;
}

static inline struct link *world_open(struct transport *transport,
                                      const struct link_options *options, enum link_fault *fault,
                                      struct err *err)
{
    struct world *world = (struct world *)transport;
    *fault = world->fault;
    if (world->fault_kind != ERR_NONE && world->link_count >= world->fault_from) {
        err_set(err, world->fault_kind, "cannot connect: scripted");
        return NULL;
    }
    if (world->room > 0 && world->open_links == world->room) {
        *fault = LINK_FULL;
        err_set(err, ERR_CONNECT, "cannot connect: no room");
        return NULL;
    }
    MUST_BE(world->link_count < WORLD_LINKS);
    struct scripted_link *link = calloc(1, sizeof *link);
    MUST_BE(link != NULL);
    link->world = world;
    link->number = world->link_count;
    link->server = ((const uint8_t *)&options->address->storage)[7];
    link->link.fd = FIRST_FD + (int)link->number;
    link->link.is_tls = options->tls != NULL;
    link->tls = options->tls;
    link->address = options->address;
    link->connect_at = link->handshake_at = world->now;
    snprintf(link->facts.version, sizeof link->facts.version, "TLSv1.3");
    snprintf(link->facts.alpn, sizeof link->facts.alpn, "dot");
    world->links[world->link_count++] = link;
    world->open_links++;
    if (world->open_links > world->most_open)
        world->most_open = world->open_links;
    if (world->plan != NULL)
        world->plan(link);
    return &link->link;
}

static inline void world_close(struct transport *transport, struct link *link)
{
    struct world *world = (struct world *)transport;
    MUST_BE(!scripted(link)->closed);
    touch(scripted(link));
    scripted(link)->closed = true;
    world->open_links--;
}

static inline enum stream_event world_connect(struct link *link, struct err *err)
{
    struct scripted_link *own = scripted(link);
    struct world *world = own->world;
    touch(own);
    if (world->now < own->connect_at)
        return STREAM_WANT_WRITE;
    if (own->refused != ERR_NONE) {
        err_set(err, own->refused, "cannot connect: Connection refused");
        return STREAM_FAIL;
    }
    link->connected = true;
    if (link->is_tls && world->now < own->handshake_at)
        return STREAM_WANT_READ;
    if (own->unsafe != ERR_NONE) {
        err_set(err, own->unsafe, "the handshake failed");
        return STREAM_FAIL;
    }
    if (link->is_tls)
        link->tls = &own->facts;
    own->is_open = true;
    return STREAM_DONE;
}

/* The next action that is due, past those that are done. */
static inline struct action *due_action(struct scripted_link *own)
{
    while (own->action_next < own->action_count && own->actions[own->action_next].act == ACT_DATA &&
           own->actions[own->action_next].length == 0)
        own->action_next++;
    if (own->action_next == own->action_count)
        return NULL;
    struct action *action = &own->actions[own->action_next];
    return action->at <= own->world->now ? action : NULL;
}

static inline enum stream_event world_read(struct link *link, uint8_t *to, size_t room, size_t *n,
                                           struct err *err)
{
    struct scripted_link *own = scripted(link);
    struct action *action = due_action(own);
    size_t chunk = own->world->chunk;
    MUST_BE(own->is_open && !own->closed && room > 0);
    touch(own);
    if (action == NULL)
        return STREAM_WANT_READ;
    if (action->act == ACT_EOF)
        return STREAM_EOF;
    if (action->act == ACT_RESET && own->address->datagram) {
        err_set(err, ERR_CONNECT, "cannot ask over UDP: Connection refused");
        return STREAM_FAIL;
    }
    if (action->act == ACT_RESET) {
        err_set(err, ERR_NET_IO, "reading failed: Connection reset by peer");
        return STREAM_FAIL;
    }
    own->world->now += own->world->read_takes;
    if (action->act == ACT_NOISE) {
        link->received += action->length;
        own->action_next++;
        return STREAM_WANT_READ;
    }
    *n = action->length < room ? action->length : room;
    if (chunk > 0 && *n > chunk)
        *n = chunk;
    memcpy(to, own->stream + own->read, *n);
    own->read += *n;
    action->length -= *n;
    link->received += *n;
    return STREAM_DONE;
}

/* Serves the whole queries that have come. */
static inline void take_queries(struct scripted_link *own)
{
    while (own->in_length >= 2) {
        size_t length = (size_t)own->in[0] << 8 | own->in[1];
        uint8_t *query = own->query;
        MUST_BE(length >= 12 && length <= sizeof own->query);
        if (own->in_length < 2 + length)
            return;
        memcpy(query, own->in + 2, length);
        own->query_length = length;
        own->in_length -= 2 + length;
        memmove(own->in, own->in + 2 + length, own->in_length);
        unsigned id = (unsigned)query[0] << 8 | query[1];
        size_t label = query[12];
        unsigned zone = (unsigned)strtoul((const char *)query + 14, NULL, 10);
        unsigned type = (unsigned)query[14 + label] << 8 | query[15 + label];
        own->queries++;
        if (own->world->serve != NULL)
            own->world->serve(own, id, zone, type, query[11] != 0);
    }
}

static inline enum stream_event world_write(struct link *link, const uint8_t *from, size_t length,
                                            size_t *n, struct err *err)
{
    struct scripted_link *own = scripted(link);
    MUST_BE(own->is_open && !own->closed && length > 0);
    touch(own);
    if (own->write_fails) {
        if (own->address->datagram)
            err_set(err, ERR_CONNECT, "cannot ask over UDP: Connection refused");
        else
            err_set(err, ERR_NET_IO, "sending failed: Broken pipe");
        return STREAM_FAIL;
    }
    if (own->world->now < own->blocked_until)
        return STREAM_WANT_WRITE;
    *n = own->takes > 0 && length > own->takes ? own->takes : length;
    MUST_BE(own->in_length + *n <= sizeof own->in);
    memcpy(own->in + own->in_length, from, *n);
    own->in_length += *n;
    own->writes++;
    take_queries(own);
    return STREAM_DONE;
}

/* When what a descriptor is waited for will be so. */
static inline uint64_t ready_at(struct scripted_link *own, short events)
{
    const struct world *world = own->world;
    uint64_t at = NEVER;
    if (!own->is_open) {
        uint64_t step = own->link.connected ? own->handshake_at : own->connect_at;
        return step < world->now ? world->now : step;
    }
    due_action(own);
    if ((events & POLLIN) != 0 && own->action_next < own->action_count)
        at = own->actions[own->action_next].at;
    if ((events & POLLOUT) != 0 && own->blocked_until < at)
        at = own->blocked_until;
    return at;
}

/* A descriptor of an inbox is of the system: what was sent to it is there at once. */
static inline bool is_real(struct pollfd *fd)
{
    return fd->fd < FIRST_FD && poll(fd, 1, 0) >= 0;
}

static inline enum loop_event world_wait(struct transport *transport, struct pollfd *fds,
                                         size_t count, uint64_t deadline)
{
    struct world *world = (struct world *)transport;
    if (world->on_wait != NULL)
        world->on_wait(world);
    for (;;) {
        bool ready = false;
        uint64_t next = world->signal_at;
        if (world->now >= world->signal_at)
            return LOOP_SIGNAL;
        for (size_t i = 0; i < count; i++) {
            if (is_real(&fds[i])) {
                ready = ready || fds[i].revents != 0;
                continue;
            }
            struct scripted_link *own = world->links[fds[i].fd - FIRST_FD];
            fds[i].revents = 0;
            if (fds[i].events == 0)
                continue;
            uint64_t at = ready_at(own, fds[i].events);
            if (at <= world->now)
                fds[i].revents = fds[i].events;
            else if (at < next)
                next = at;
            ready = ready || fds[i].revents != 0;
        }
        if (ready)
            return LOOP_READY;
        if (deadline <= world->now)
            return LOOP_TIMEOUT;
        world->waited++;
        if (next == NEVER && deadline == NEVER) {
            world->hung = true; /* somebody would wait for ever */
            return LOOP_SIGNAL;
        }
        world->now = next < deadline ? next : deadline;
    }
}

static inline uint64_t world_now(struct transport *transport)
{
    return ((struct world *)transport)->now;
}

static inline uint64_t world_wall(struct transport *transport)
{
    return 1700000000 + ((struct world *)transport)->now / SECOND;
}

static inline bool world_random(struct transport *transport, uint16_t *number)
{
    struct world *world = (struct world *)transport;
    world->random = world->random * 1664525u + 1013904223u;
    *number = (uint16_t)(world->random >> 12);
    return true;
}

/* ---- A run ----------------------------------------------------------------------------------- */

/* Both as in struct engine_config. */
static inline struct world *world_new_beside(uint64_t down_for, struct inbox *inbox)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err = {.kind = ERR_NONE};
    MUST_BE(world != NULL);
    world->transport = (struct transport){
        .open = world_open,
        .close = world_close,
        .connect = world_connect,
        .read = world_read,
        .write = world_write,
        .wait = world_wait,
        .now = world_now,
        .wall = world_wall,
        .random = world_random,
    };
    world->now = WORLD_START;
    world->signal_at = NEVER;
    world->random = 42;
    world->endpoints = endpoint_set_new(&err);
    struct engine_config config = {
        .transport = &world->transport,
        .connect_timeout = 10 * SECOND,
        .answer_timeout = 10 * SECOND,
        .idle_timeout = 30 * SECOND,
        .down_for = down_for,
        .inbox = inbox,
    };
    world->engine = engine_new(&config, &err);
    MUST_BE(world->endpoints != NULL && world->engine != NULL);
    return world;
}

static inline struct world *world_new_with(uint64_t down_for)
{
    return world_new_beside(down_for, NULL);
}

static inline struct world *world_new(void)
{
    return world_new_with(0);
}

static inline void link_free(struct scripted_link *link)
{
    free(link->actions);
    free(link->stream);
    free(link);
}

/* The engine's part ends before that of the zones, so that it is seen to hold nothing of them. */
static inline void world_free(struct world *world)
{
    for (unsigned i = 0; i < world->zone_count; i++) {
        engine_end(world->engine, &world->zones[i].question, ERR_INTERRUPTED);
        endpoint_release(world->zones[i].question.to);
    }
    engine_free(world->engine);
    for (unsigned i = 0; i < world->zone_count; i++)
        answer_free(world->zones[i].answer);
    MUST_BE(world->open_links == 0);
    for (unsigned i = 0; i < world->link_count; i++)
        link_free(world->links[i]);
    endpoint_set_free(world->endpoints);
    free(world);
}

/* An address and port, with TLS and key as the world has them now; the caller's count. */
static inline const struct endpoint *world_endpoint(struct world *world, const char *address,
                                                    bool tls)
{
    struct err err = {.kind = ERR_NONE};
    char host[] = "server.example";
    struct endpoint like = {
        .tls = tls ? world->tls : NULL, .host = tls ? host : NULL, .key = world->key};
    MUST_BE(address_parse(address, 53, &like.address));
    like.address.datagram = world->datagrams;
    const struct endpoint *endpoint = endpoint_intern(world->endpoints, &like, &err);
    MUST_BE(endpoint != NULL);
    return endpoint;
}

/* Makes a zone with a question to the server 192.0.2.SERVER; it is not asked yet. */
static inline struct world_zone *world_zone(struct world *world, unsigned server, unsigned type,
                                            bool tls)
{
    struct err err = {.kind = ERR_NONE};
    unsigned number = world->zone_count;
    char address[32];
    MUST_BE(number < WORLD_ZONES);
    struct world_zone *zone = &world->zones[world->zone_count++];
    zone_text(zone->name, number);
    MUST_BE(name_parse(zone->name, zone->wire, &zone->wire_length) == NULL);
    snprintf(address, sizeof address, "192.0.2.%u", server);
    struct answer_config config = {
        .question = {.name = zone->wire,
                     .name_length = zone->wire_length,
                     .type = (uint16_t)type,
                     .class = CLASS_IN},
        .key = world->signs ? world->key : NULL,
        .notes = &world->notes,
    };
    zone->answer = answer_new(&config, &err);
    zone->question.to = world_endpoint(world, address, tls);
    MUST_BE(zone->answer != NULL);
    zone->question.kind = type == TYPE_SOA ? QUESTION_SOA : QUESTION_TRANSFER;
    zone->question.answer = zone->answer;
    zone->question.edns = MSG_EDNS_BARE;
    zone->question.deadline = LOOP_NEVER;
    zone->question.owner = zone;
    return zone;
}

static inline void world_ask(struct world *world, struct world_zone *zone)
{
    struct err err = {.kind = ERR_NONE};
    zone->done = zone->failed = zone->began = false;
    zone->records = 0;
    zone->err = err;
    MUST_BE(engine_ask(world->engine, &zone->question, &err));
}

/* Takes out what a message has brought. */
static inline void world_drain(struct world *world, struct world_zone *zone)
{
    struct zone_info info;
    struct rr rr;
    enum rr_op op;
    for (;;) {
        enum answer_event event = answer_next(zone->answer, &info, &rr, &op, &zone->err);
        if (event == ANSWER_RR)
            zone->records++;
        else if (event == ANSWER_BEGIN)
            zone->began = true;
        else if (event == ANSWER_MORE)
            return;
        else if (event == ANSWER_END) {
            zone->done = true;
            engine_end(world->engine, &zone->question, ERR_NONE);
            world_log(world, " done %u", zone->records);
            return;
        } else {
            zone->failed = true;
            engine_end(world->engine, &zone->question, zone->err.kind);
            world_log(world, " bad %s", zone->err.text);
            return;
        }
    }
}

static inline void world_take(struct world *world, const struct engine_event *event)
{
    struct world_zone *zone = event->owner;
    switch (event->kind) {
    case ENGINE_CONNECTED:
        zone->connected++;
        world_log(world, "%s connected%s\n", zone->name, zone->question.fresh ? " fresh" : "");
        break;
    case ENGINE_MESSAGE:
        world_log(world, "%s message", zone->name);
        world_drain(world, zone);
        world_log(world, "\n");
        if (world->on_message != NULL)
            world->on_message(world, zone);
        break;
    case ENGINE_FAILED:
        zone->failed = true;
        zone->err = *event->err;
        world_log(world, "%s failed: %s: %s\n", zone->name, err_slug(event->err->kind),
                  event->err->text);
        break;
    case ENGINE_REQUEUED:
        zone->requeued++;
        world_log(world, "%s again: %s\n", zone->name, event->err->text);
        break;
    case ENGINE_TIMER:
        world_log(world, "timer\n");
        break;
    case ENGINE_NOTIFY:
        world_log(world, "notify\n");
        if (world->on_notify != NULL)
            world->on_notify(world, event);
        break;
    case ENGINE_STOP:
    case ENGINE_RESOLVED:
    case ENGINE_SERVERS:
    case ENGINE_TASK:
    case ENGINE_CHILD:
    case ENGINE_RELOAD:
    default:
        world_log(world, "event %d\n", (int)event->kind);
        break;
    }
}

/* Runs until nothing is left to be waited for, or a signal. Returns false at a signal. */
static inline bool world_run(struct world *world)
{
    struct engine_event event;
    while (engine_next(world->engine, &event)) {
        if (event.kind == ENGINE_STOP)
            return false;
        world_take(world, &event);
    }
    return true;
}

#endif
