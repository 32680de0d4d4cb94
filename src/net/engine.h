/* The one place that waits: questions in, messages out, over as many connections as it takes.
 *
 * Purpose: connects, asks, reads; knows which message answers which question, whose failure a
 * failure is, and what time is up. It is pulled (engine_next gives one event) and calls nobody
 * back.
 * Owns: connections, lookups, what it knows of servers.
 * Borrows: a question from engine_ask until it is given back (ENGINE_FAILED or engine_end); TLS
 * contexts and keys that questions were asked with, until engine_shed after that; a timer and a
 * command until the event, or until it was cleared or killed; the transport, the record, the pool
 * of threads and the inbox for its life.
 * Never: prints; decides which server is next or whether a zone is asked for again: that is
 * plan's; keeps a question that was given back. */
#ifndef NET_ENGINE_H
#define NET_ENGINE_H

#include "io/child.h"
#include "io/record.h"
#include "io/transport.h"
#include "net/endpoint.h"
#include "net/inbox.h"
#include "net/lookup.h"
#include "net/peer.h"
#include "net/queue.h"
#include "net/timer.h"
#include "xfer/answer.h"

/* A transfer may be long and begins with a message that means nothing alone; the answer to a SOA
 * question is one message. */
enum question_kind { QUESTION_SOA, QUESTION_TRANSFER };

/* One question. All zero but for what the caller sets; in the caller's memory, where it must stay
 * from engine_ask until it was given back. It may be asked again then. */
struct question {
    /* Set by the caller, and not touched by the engine. */
    const struct endpoint *to; /* the caller keeps a count of it while the question is asked */
    struct answer *answer;     /* the engine calls answer_query, answer_push, answer_cut */
    void *owner;
    uint64_t deadline;   /* of transport->now, for all that this zone does; LOOP_NEVER: none */
    uint64_t max_octets; /* that may be received; 0: any number */
    enum question_kind kind;
    enum msg_edns edns; /* the most that may be used: the server may be known to have none */

    /* Facts, set by the engine; they hold until the question is asked again. Times are those of
     * transport->now. */
    bool fresh;      /* its connection had carried no question before */
    bool no_alpn;    /* TLS, and the server has selected no protocol (RFC 9103 section 7.1) */
    bool used_edns;  /* the query had an OPT record */
    uint64_t octets; /* received for it, with the length prefixes; not those of TLS */
    uint64_t connect_began, connected_at; /* of its connection */
    uint64_t asked_at;                    /* when the query was built; 0: it was not */
    const struct tls_facts *tls; /* of its connection, or NULL; lent until it is given back */
    const struct address *local; /* our end of it; likewise */

    /* The engine's own. */
    struct {
        struct question *next, *prev;
        struct queue *queue; /* that it stands in; NULL: the engine does not have it */
        struct door *door;
        struct conn *conn; /* NULL: it waits for one */
        struct identity *identity;
        struct why *why;    /* of the event that is due */
        struct timer timer; /* its deadline */
        uint64_t idle_from; /* since when nothing came: over TCP once it has begun, over UDP from
                             * its first query on; 0: the clock stands */
        uint64_t wall;      /* of its query: seconds since 1970 */
        uint32_t epoch;
        uint16_t id;
        uint8_t stage; /* enum question_stage */
        uint8_t free_tries, busy_tries;
        uint8_t repeats; /* over UDP: how often its query was sent again */
        bool alone, again, without_edns, moved, told, slow;
    } own;
};
_Static_assert(sizeof(struct question) <= 256, "every zone that waits may have one");

enum engine_event_kind {
    /* The question has a connection, and its query goes out at the next engine_next: the time to
     * note what the facts say, and to end the question if that is too much. Given once for each
     * question and connection; `fresh` says that it is the first on this connection. */
    ENGINE_CONNECTED,
    /* A message was pushed into question->answer: drain it, to ANSWER_MORE, ANSWER_END or a
     * failure, before the next engine_next. After an end or a failure engine_end is due. */
    ENGINE_MESSAGE,
    /* The question is given back; `err` says why, in the words that the user sees. */
    ENGINE_FAILED,
    /* The question will be asked anew, at no cost; `err` says why. Nothing of its answer had been
     * given out, but there may be notes, which the caller forgets. */
    ENGINE_REQUEUED,
    ENGINE_RESOLVED, /* `owner` asked for addresses: they are there, or `err` is set */
    ENGINE_SERVERS,  /* `owner` asked for a zone's servers: `hosts` are there, or `err` is set */
    ENGINE_TIMER,    /* the timer of `owner` was due; it is not set any more */
    ENGINE_TASK,     /* `task` is done, and the caller's again */
    ENGINE_CHILD,    /* `child` has ended, as `result` says, and is the caller's again */
    ENGINE_RELOAD,   /* event_fd was readable, and was emptied */
    ENGINE_NOTIFY,   /* a message came into the inbox; inbox_reply answers it */
    /* A signal came. A level: it comes at each engine_next, before anything else, until there is
     * nothing left that the engine waits for; with an inbox, for ever. */
    ENGINE_STOP
};

/* What engine_next gave. Pointers are lent until the next call of it. */
struct engine_event {
    enum engine_event_kind kind;
    struct question *question; /* ENGINE_CONNECTED to ENGINE_REQUEUED */
    void *owner;               /* that of the question, the lookup, the timer or the command */
    struct timer *timer;       /* ENGINE_TIMER */
    const struct err *err;     /* never NULL; ERR_NONE: no error */
    const char *resolver; /* ENGINE_RESOLVED, ENGINE_SERVERS: the name servers that were asked, as
                           * resolve_asked gives them; NULL: nobody was, the file of hosts has it */
    const struct address *addresses; /* ENGINE_RESOLVED; at most ADDRESSES_MAX */
    size_t address_count;
    const char (*hosts)[LOOKUP_HOST_MAX]; /* ENGINE_SERVERS: names, the primary (MNAME) first */
    size_t host_count;
    uint32_t ns_hosts;                 /* bits: which of them the NS records name */
    bool has_primary;                  /* the first is the primary */
    struct task *task;                 /* ENGINE_TASK */
    struct engine_child *child;        /* ENGINE_CHILD */
    const struct child_result *result; /* and how it ended */
    const uint8_t *octets;             /* ENGINE_NOTIFY: the message */
    size_t length;
    const struct inbox_from *from; /* and who has sent it */
};

/* A command of the user's, in its owner's memory. All zero: it does not run. */
struct engine_child {
    struct child child;
    void *owner;
    struct engine_child *next;
    bool runs;
};

struct engine_config {
    struct transport *transport;
    uint64_t connect_timeout; /* microseconds: for TCP and TLS together */
    uint64_t answer_timeout;  /* microseconds until the first octet of an answer */
    uint64_t idle_timeout;    /* microseconds without a sign of life, from then on */
    unsigned transfers; /* that may be under way at once, in all, but for those that have been so
                         * for 2 s: who is slow keeps nobody else from beginning; 0: 32 */
    /* Only where one question at a time is asked: each has a connection of its own then, but for
     * one that asks again where the answer before it was complete. Or NULL. */
    struct record *record;
    /* Microseconds for which a server that is down is not asked: a connection or a handshake failed
     * for all that waited for it, or the server was silent as often as peer allows. What is asked
     * there meanwhile fails with the next engine_next, with the same error, and costs no
     * connection. Then it is tried once more; an answer on another connection ends the time at
     * once. What this machine lacked is not kept in mind. 0: nothing is. */
    uint64_t down_for;
    struct work *work; /* where tasks are done, or NULL: there will be none */
    int event_fd;      /* that tells of events, as signals_events gives it; 0 or -1: none */
    /* Messages that others send by themselves, or NULL. With one there is always something that the
     * engine waits for: engine_next never returns false. */
    struct inbox *inbox;
};

struct engine;

/* Error: ERR_MEMORY. */
struct engine *engine_new(const struct engine_config *config, struct err *err);
/* Its questions must have been given back. Connections are closed at once. */
void engine_free(struct engine *engine);

/* Takes a question, which must not be asked already. It costs no memory until it is its turn.
 * Errors: ERR_MEMORY (a new server). */
bool engine_ask(struct engine *engine, struct question *question, struct err *err);

/* Gives a question back: by the caller after ANSWER_END, with ERR_NONE; after a failure that it
 * found itself, with its kind; or because it is not wanted any more, with any other. Whether the
 * connection can carry more, or more of the answer may come on it, follows from answer_facts. It
 * must come before the next engine_ask that may use the same connection, and it does nothing to a
 * question that the engine does not have. */
void engine_end(struct engine *engine, struct question *question, enum err_kind kind);

/* How far a question is. */
enum engine_stage {
    ENGINE_WAITS,      /* for its turn */
    ENGINE_CONNECTS,   /* or for its turn on a connection that is being made */
    ENGINE_HANDSHAKES, /* ... and has to shake hands */
    ENGINE_ASKED,      /* nothing of its answer has come */
    ENGINE_ANSWERED
};
struct engine_view {
    enum engine_stage stage;
    uint64_t octets; /* received for it, those of a message that is not whole yet, too */
    uint64_t silent; /* microseconds without a sign of life: of the connection to be, or of the
                      * answer; 0: it is alive */
    uint64_t limit;  /* after which it fails */
};

/* Looks at a question that is asked, between two calls of engine_next. */
struct engine_view engine_look(const struct engine *engine, const struct question *question);

/* While transfers are held, none that waits is put on a connection: SOA questions, and transfers
 * that have one, go on; connections that are being made are finished. Where nothing else is left
 * than transfers that are held, and none of them has a deadline, engine_next returns false as if
 * there was nothing to wait for, and may be called again later: whoever holds them must let go by
 * itself, or because of what it waits for (a transfer under way, a task, a timer). */
void engine_hold(struct engine *engine, bool hold);

/* From now on at most so many transfers are begun at once, counted as engine_config.transfers says;
 * 0: as many as that. Those that are under way go on. */
void engine_limit(struct engine *engine, unsigned transfers);

/* What one address of a server has done so far. */
struct engine_server {
    const struct address *address; /* lent until the next engine_ask or engine_next */
    const char *host;     /* whom its certificate must name, or NULL: clear text; likewise */
    uint64_t connections; /* that stood: TCP and TLS were done */
    uint64_t questions; /* of which the query went out whole: for SOAs and for transfers, and those
                         * that were asked again once more for each time */
    uint64_t transfers; /* that were ended well (engine_end with ERR_NONE) */
    uint64_t failures;  /* questions that came to nothing, whether they were sent or not: that were
                         * given back as failed or ended with an error, and those that were asked
                         * again because the server was busy. A failure that is not a server's (rank
                         * 0 in err.def, ERR_TIMEOUT_TOTAL) is none. */
    uint64_t octets;    /* of messages that answered questions, with the length prefixes */
    unsigned least_window; /* the least transfers at once that the server was thought to bear */
    bool known;            /* something has happened there: `up` says what */
    bool up;               /* the last thing that happened was an answer, or a part of one; not: a
                            * connection or a handshake failed, or nothing came on one */
};

/* Goes through the servers, an address each, in the order in which they were asked first: *at is 0
 * at first, and is moved on. Returns false at the end. Where there are more than a thousand, those
 * that were not asked for two days may have been forgotten. */
bool engine_server(const struct engine *engine, size_t *at, struct engine_server *server);

/* The octets of all servers, of those that were forgotten, too. */
uint64_t engine_octets(const struct engine *engine);

/* A server at this address and port lives, as somebody has said who need not be right: whoever asks
 * there next tries it, though it is down. What was found out less than a second ago stays, so that
 * many who say so do not make one connection after the other. */
void engine_revive(struct engine *engine, const struct address *address);

/* Lets go of all ways to servers, with their TLS contexts and keys, that no question uses: their
 * connections are closed, and it is forgotten that a server is down. Whoever makes contexts and
 * keys anew calls it before the old ones are freed, when no question is asked with them any more
 * and nobody has a count of an endpoint with them. What was learned of servers stays. */
void engine_shed(struct engine *engine);

/* The caller does something else now that may take long: connections are closed, unless there are
 * questions. */
void engine_rest(struct engine *engine);

/* Asks for the addresses of a host, each with the port; `family` as in resolve_ask_host. A literal
 * address is not looked up by this: address_parse reads it. The answer is always ENGINE_RESOLVED,
 * in a later engine_next; one answer serves all that ask for the same. Errors of the event:
 * ERR_HOST, ERR_RESOLVER (at the deadline, too), ERR_MEMORY. Error of the call: ERR_MEMORY. */
bool engine_resolve(struct engine *engine, const char *host, uint16_t port, int family,
                    uint64_t deadline, void *owner, struct err *err);

/* Asks the DNS for the servers of a zone (a name in wire form): the name of its primary in the SOA,
 * then those of its NS records, at most LOOKUP_HOSTS_MAX, none twice. Errors of the event:
 * ERR_NO_SERVERS, ERR_RESOLVER (at the deadline, too), ERR_MEMORY. Error of the call: ERR_MEMORY.
 */
bool engine_find_servers(struct engine *engine, const uint8_t *zone, size_t zone_length,
                         uint64_t deadline, void *owner, struct err *err);

/* Sets a timer, which is in the caller's memory and may be set already. */
void engine_timer(struct engine *engine, struct timer *timer, uint64_t at, void *owner);
void engine_timer_clear(struct engine *engine, struct timer *timer);

/* Puts a task into the pool of threads; ENGINE_TASK gives it back. Without threads it is done
 * before this returns, and given back all the same. */
void engine_task(struct engine *engine, struct task *task);

/* Starts a command; ENGINE_CHILD tells of its end. Errors: those of child_start. */
bool engine_child_start(struct engine *engine, struct engine_child *command,
                        const struct child_options *options, void *owner, struct err *err);
/* Begins to end a command, as child_stop does; there is an event, as always. For many that are to
 * be killed next: they get their SIGTERM at one time. */
void engine_child_stop(struct engine_child *command);
/* Ends a command, as child_end does; there is no event. Nothing happens to one that does not run.
 */
void engine_child_kill(struct engine *engine, struct engine_child *command);

/* Drops the lookups of an owner. Its questions must have been given back, and its timers cleared.
 */
void engine_forget(struct engine *engine, const void *owner);

/* Waits for the next event. Returns false if there is nothing that it could wait for: see also
 * engine_hold. */
bool engine_next(struct engine *engine, struct engine_event *event);

#endif
