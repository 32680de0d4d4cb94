/* Servers and the connections to them: which question goes where, and when.
 *
 * Purpose: questions wait here by address and way (TLS, local address), until the rules of peer
 * let them go: windows, few connections, a second one beside a long transfer.
 * Owns: what is known of servers; connections. Doors and identities refer to what may go away while
 * the process stays (a TLS context, a key): they go when nobody uses them any more (pool_drop,
 * pool_drop_identities). Borrows: questions while they wait. Never: waits, reads or writes a
 * connection, judges a failure. */
#ifndef NET_POOL_H
#define NET_POOL_H

#include "net/conn.h"
#include "net/engine.h"

enum {
    POOL_TRANSFERS = 32,
    POOL_LONG = 2000000,  /* microseconds after which a transfer has its connection for itself, and
                           * does not count among POOL_TRANSFERS */
    POOL_MUTE = 250000,   /* and after which one of which nothing has come does not count, either */
    POOL_LAME = 10000000, /* and those of a lame connection on which nothing has begun */
    POOL_UNUSED = 5000000, /* and of one that carries nothing */
    POOL_SITES = 1024,     /* servers that are kept in any case */
};
/* Microseconds for which the others are kept after they were asked: longer than a zone goes without
 * a look. */
#define POOL_KEPT UINT64_C(172800000000)

/* One key with which a server is asked. */
struct identity {
    struct identity *next;
    const struct tsig_key *key;
    enum peer_edns edns;
    unsigned questions; /* that the engine has; counted by it */
};

/* One way to a server: what a connection needs. */
struct door {
    struct door *next;                  /* of the site */
    struct door *busy_next, *busy_prev; /* of those where questions wait */
    bool busy;
    struct site *site;
    const struct endpoint *to; /* without a key, since that is of one of those who ask */
    struct identity *identities;
    struct queue waiting[2]; /* by enum question_kind */
    struct conn *conns[PEER_CONNECTIONS];
    struct why *down;    /* why the server is down, or NULL; of the judge */
    uint64_t down_until; /* a time of the transport */
};

/* One address. */
struct site {
    struct site *next; /* of its bucket */
    struct address address;
    char *host; /* of the first of its doors, if that is one of TLS; kept when all have gone */
    struct peer peer;
    struct door *doors;
    uint64_t used_at;      /* when it was asked last; a time of the transport */
    unsigned in_flight[2]; /* questions that have a connection, by enum question_kind */
    unsigned slow;         /* transfers among them that do not count in pool->transfers */
    unsigned conns;
    bool full; /* the window for SOA questions was; some answers later it is filled again at once */
    struct question *lone; /* in flight, and nothing else was since it was asked */
    struct site_figures {  /* as in struct engine_server */
        uint64_t connections, questions, transfers, failures, octets;
    } figures;
};

enum { POOL_BUCKETS = 1024 };

struct pool {
    struct site *buckets[POOL_BUCKETS];
    struct site **sites; /* in the order in which they were asked first */
    size_t site_count, site_room;
    size_t sites_most; /* with so many it is looked for those that can be forgotten */
    uint64_t octets;   /* of sites that were forgotten; as in struct site_figures */
    struct door *busy, *busy_last;
    /* Of the look for moves that goes on. */
    struct conn *sweep; /* the next one of those awake that may be over */
    struct door *turn;  /* the next one that may have a move */
    bool freed;         /* since it began: doors that had none may have one now */
    bool no_unused;     /* there is no connection that carries nothing */
    struct conn *conns; /* all of them */
    size_t conn_count;
    /* A connection is awake while there may be something to do for it without waiting; all others
     * cost nothing but a place among the descriptors. */
    struct conn *awake, *awake_last;
    struct timers wakes;
    struct pollfd *fds;   /* of all connections, and room for others behind them */
    struct conn **polled; /* whose they are */
    size_t fds_room;
    unsigned transfers, transfers_most; /* in flight, but for those that are slow */
    uint64_t looked_at;                 /* `now` of pool_look */
    uint64_t slow_at;  /* before that none of those that count is slow; where there are any */
    bool full;         /* this machine has no room for another connection until one is closed */
    bool held;         /* transfers that wait go on waiting */
    size_t waiting[2]; /* questions at doors, by enum question_kind */
};

/* `transfers`: that may be under way at once, but for those that are slow; 0: POOL_TRANSFERS. */
void pool_init(struct pool *pool, unsigned transfers);
void pool_limit(struct pool *pool, unsigned transfers);
/* Closes all connections. */
void pool_fini(struct pool *pool);

/* The server at an address, or NULL: nobody was asked there, or it was forgotten. */
struct site *pool_find(const struct pool *pool, const struct address *address);

/* Lets a question wait at its server's. `now` is the transport's. Error: ERR_MEMORY. */
bool pool_wait(struct pool *pool, struct question *question, uint64_t now, struct err *err);

/* Takes a question off its queue or its connection. `complete` as in conn_leave. */
void pool_leave(struct pool *pool, struct question *question, bool complete);

enum pool_move_kind { POOL_NOTHING, POOL_GO, POOL_OPEN, POOL_CLOSE };
struct pool_move {
    enum pool_move_kind kind;
    struct door *door;
    struct question *question; /* POOL_GO: to `conn`; POOL_OPEN: the first that wants it */
    struct conn *conn;         /* POOL_GO, POOL_CLOSE */
};

/* Begins to look for what can be done; it was not asked since questions came or went. `now` is the
 * transport's. */
void pool_look(struct pool *pool, uint64_t now);
/* What is to be done next: pool_go, pool_open or pool_close, before the next call; POOL_NOTHING
 * ends the look. Each connection is looked at once, and each door until it has no move. `now` is
 * the transport's, `tick` the engine's own time. */
struct pool_move pool_next(struct pool *pool, uint64_t now, uint64_t tick);

void pool_go(struct pool *pool, struct question *question, struct conn *conn);
/* As conn_new. */
struct conn *pool_open(struct pool *pool, struct door *door, struct transport *transport,
                       struct record *record, enum link_fault *fault, struct err *err);
void pool_close(struct pool *pool, struct conn *conn);

/* Frees the identities of a door for which there are no questions. */
void pool_drop_identities(struct door *door);
/* Frees a door for which there are no questions; it has no connections, and nothing is in mind of
 * it (`down`). */
void pool_drop(struct door *door);

/* Whether there are so many servers that some may have to be forgotten. */
bool pool_is_crowded(const struct pool *pool);
/* Whether a server was not asked for long. */
bool pool_is_stale(const struct site *site, uint64_t now);
/* Forgets those that are stale and have no doors. */
void pool_forget(struct pool *pool, uint64_t now);

/* A connection is to be looked at; what is done to one by this file wakes it. */
void pool_rouse(struct pool *pool, struct conn *conn);
/* All connections to an address, after something was learned of it. */
void pool_rouse_site(struct pool *pool, const struct site *site);
/* There is nothing to do for it before a time of the transport (LOOP_NEVER: no such time), unless
 * its descriptor is ready or it is roused. */
void pool_lull(struct pool *pool, struct conn *conn, uint64_t until);

/* Makes room for the descriptors of all connections and so many others. */
bool pool_make_room(struct pool *pool, size_t others);

/* Whether a connection is of no more use to anybody. */
bool pool_is_over(const struct conn *conn, uint64_t tick);

/* When pool_next may have something to do that it has not now, if nothing else happens: a time of
 * the transport; LOOP_NEVER: never. */
uint64_t pool_wake(const struct pool *pool, uint64_t now);

/* Whether a transfer on the connection takes long. */
bool pool_is_long(const struct conn *conn, uint64_t now);

#endif
