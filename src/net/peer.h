/* What is known of a server, and what follows from what it does: whom a failure is charged to, how
 * much it is asked at once, and when next.
 *
 * Purpose: the rules, as functions of state and event; pool and engine do what they say.
 * Owns: nothing; a peer is memory of its owner.
 * Never: does I/O, reads a clock (the time is in the event), knows a question or a connection. */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PEER_SOA_WINDOW = 256,   /* SOA questions in flight at most */
    PEER_WINDOW = 4,         /* transfers in flight at first */
    PEER_WINDOW_MOST = 16,   /* and at most */
    PEER_GROW_AFTER = 16,    /* good answers for which a window grows */
    PEER_CONNECTIONS = 2,    /* at most, to one address */
    PEER_FREE_TRIES = 5,     /* that may cost a question nothing, of each sort */
    PEER_LONE_TRIES = 4,     /* ... of one that is alone at a server that was busy before */
    PEER_LONE_PAUSE = 20000, /* microseconds before such a one is asked again */
    PEER_LONE_GAP = 1000,    /* microseconds between lone transfers there; doubled for each */
    PEER_SILENT_DOWN = 3,    /* questions in a row, after which the server is down */
    PEER_SILENT_FEW = 2,     /* questions that share the silence of one that never said anything */
    PEER_PAUSE = 100000,     /* microseconds, the first time; doubled for each */
    PEER_PAUSE_MOST = 5000000,
    PEER_STALE = 150000000, /* microseconds after which a signature may be too old by waiting */
};

/* What an address has shown last. */
enum peer_state {
    PEER_UNKNOWN,
    PEER_UP,   /* an answer, or a part of one */
    PEER_DOWN, /* no connection, or one on which nothing came */
};

/* What is known of an address. All zero but for what peer_init sets. */
struct peer {
    uint64_t not_before;          /* no new connection before */
    uint64_t transfer_not_before; /* and no transfer */
    uint32_t epoch;               /* how often a window was halved */
    uint16_t window, soa_window;  /* most transfers and SOA questions in flight */
    uint16_t least_window;        /* the smallest that `window` was */
    uint16_t good, good_soa;      /* since a window has grown */
    uint16_t gap; /* microseconds that a server with a window of one is given between transfers */
    uint16_t per_connection; /* most questions on one; 0: any number */
    uint16_t closed_after;   /* answers that the last connection gave that it closed cleanly */
    uint8_t connections;     /* most at once */
    uint8_t state;           /* enum peer_state */
    uint8_t silent;          /* questions in a row */
    uint8_t fruitless;       /* connections in a row that gave no answer */
    bool has_answered;       /* anything, ever */
};
_Static_assert(sizeof(struct peer) <= 128, "there may be one for each of many thousand servers");

void peer_init(struct peer *peer);

/* A message of an answer has come; what the answer is worth peer_take will be told. */
void peer_hear(struct peer *peer);

/* Whether a server understands EDNS, for one way of reaching it (TLS, key). */
enum peer_edns {
    PEER_EDNS_UNKNOWN,
    PEER_EDNS_GOOD,   /* it has answered with an OPT record */
    PEER_EDNS_TRYING, /* a question without it is under way */
    PEER_EDNS_OFF     /* it answers without, and only without */
};

enum peer_what {
    PEER_CONNECT_FAILED,
    PEER_HANDSHAKE_FAILED, /* TLS, or it broke for a reason of TLS before any message */
    PEER_CLOSED,           /* a connection has ended, or broke */
    PEER_GIVEN_UP,         /* a connection was ended by us */
    PEER_GARBLED,          /* so it was because what came on it is for none of its questions */
    PEER_SILENT,           /* nothing came in time, and none of the answers had begun */
    PEER_FORMERR,          /* in the first message */
    PEER_SERVFAIL_SOA,
    PEER_SERVFAIL_TRANSFER, /* in the first message */
    PEER_BADTIME,           /* the server finds the signature too old or too new */
    PEER_REFUSED, /* any other answer that is of no use, or one that was not wanted any more */
    PEER_GOOD_SOA,
    PEER_GOOD_TRANSFER,
};

/* All zero but for what counts for its `what`. */
struct peer_event {
    enum peer_what what;
    uint64_t now;
    unsigned begun, unbegun; /* answers in flight on the connection; unbegun: nothing has come */
    unsigned completed;      /* answers that the connection gave before */
    unsigned waiting;        /* questions that will go on with another connection */
    unsigned live;           /* other connections to the address that stand */
    bool live_good;          /* one of them gave an answer */
    bool local;              /* it failed for want of something on this machine */
    bool clean;              /* it was closed between messages, without an error */
    bool remembers;          /* that a server is down is kept in mind for a while: then one more
                              * silence is enough */
    /* Of the question, or the one that is in flight. */
    uint32_t epoch;  /* of the peer when it was asked */
    bool alone;      /* nothing else was in flight at the address, from then on */
    bool again;      /* it was given a free try because its connection had given answers */
    bool edns;       /* it was asked with EDNS */
    bool has_opt;    /* and answered with it */
    unsigned tries;  /* free ones that it had, for this reason */
    uint64_t waited; /* microseconds since it was asked */
};

enum peer_charge {
    CHARGE_NONE,   /* all are asked again, free */
    CHARGE_BEGUN,  /* the answers that had begun; the others are asked again, free */
    CHARGE_ONE,    /* the question of the event, or the one that led to it */
    CHARGE_FLIGHT, /* what was in flight on the connection */
    CHARGE_ALL     /* all that wait for a connection of this sort, too; and as for `down` */
};

struct peer_verdict {
    enum peer_charge charge;
    bool counts;  /* a question that is asked again has had one of its free tries */
    bool again;   /* ... the one of `again` */
    bool down;    /* all that wait at the address fail, and so may those that come for a while */
    bool suspect; /* the one that was sent first is asked last */
    bool without; /* it is asked again without EDNS */
    bool busy;    /* it was one of the tries of a busy server */
};

/* Takes an event. `edns` is that of the question, or NULL where the event is of no question. */
struct peer_verdict peer_take(struct peer *peer, enum peer_edns *edns,
                              const struct peer_event *event);

/* Whether a question that was spared is charged all the same, because it had all its free tries. */
bool peer_is_tired(unsigned free_tries);

/* Whether the next question shall be asked with EDNS. */
bool peer_uses_edns(enum peer_edns edns);

#endif
