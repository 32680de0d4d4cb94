/* What one zone does next: which server, which address, changes or the whole zone, once more,
 * later, no more.
 *
 * Purpose: every decision between two questions of one zone, and none of the doing. Whoever
 * drives it (job/fetch) does what an action says, and tells with an event what came of it.
 * Owns: nothing.
 * Borrows: the configuration, for its life; zones share it.
 * Never: does I/O, reads a clock (events bring the time), allocates, makes words, knows what a
 * server or an address is (they are numbers, which count from 0).
 *
 *   plan_init(&plan, &config, deadline);
 *   struct plan_event event = {.what = PLAN_START, ...};
 *   for (;;) {
 *       struct plan_action action = plan_next(&plan, &event);
 *       if (action.failed != ERR_NONE)
 *           ... an attempt has ended: put it on the list, tell it ...
 *       if (action.what == DO_END)
 *           break;
 *       ... do it, and fill the event ...
 *   }
 *
 * An attempt is what goes on the list of attempts, in the report and in the final words: a lookup
 * that failed, or one address with all the questions that were put to it. The rules:
 *
 * - Servers are asked in their order, and each of them at all its addresses, until one has
 *   given the zone. Of those that were named one may be asked before the others in the first round
 *   (PLAN_START). A server that was found in the DNS is asked at one address only; one that cannot
 *   be reached does not count. Three refusals of servers that were found are enough.
 * - A failure that is not a server's (of rank 0 in err.def), ERR_TIMEOUT_TOTAL, and a guard that
 *   would stop any other server as well (--max-records, --max-bytes, the forms of updates) end
 *   all. So does any failure once the output cannot be taken back.
 * - Changes that failed, where the old zone was to be brought up to date, are followed by a
 *   question for the whole zone to the same address, on the same connection where it stands. What
 *   is wrong with keys, with TLS or with the network is wrong with both, and ends the attempt.
 * - A question after another one to the same address (SOA, changes, zone) may find its connection
 *   closed by the server; it is asked once more on a new one.
 * - Where the SOA is asked for, the comparison says what follows: nothing, changes, or the whole
 *   zone. Who answers REFUSED to it may give the zone all the same, and is asked for a transfer,
 *   once.
 * - Where a server had only an older zone and none had a newer one, allow_older or `yields` begins
 *   again with the server and the address that had the newest of them, and takes what is older. If
 *   SOAs are asked for, it does so only if all servers have answered, each with an older zone. Who
 *   yields takes an older zone at once where nobody else is left to be asked and nobody had one
 *   before.
 * - Where the old zone is said to be the newest, but the SOA that was told with that is another
 *   one, the whole zone is asked for. If only the signatures over it can tell, and the old zone has
 *   some, the SOA is asked for, once at an address: such a question that is refused changes
 *   nothing.
 * - Who only looks asks for the SOA, also where no serial is known of an old zone, and the first
 *   answer that an update could follow ends all well: DO_END says what was found. Servers,
 * addresses and rounds are gone through as by PLAN_UPDATE that asks for the SOA: older zones, too,
 * are passed over, and found only where they may be taken. Who answers REFUSED is not asked for
 *   anything else.
 * - If all failures so far are of those that pass (err_passes), all of it is done again after a
 *   pause: 1 s, then twice as much each time, 60 s at most, as often as `retry` says. A pause that
 *   would not be over before the deadline is not begun, which is told.
 *
 * That a server does not understand EDNS, is busy, or has closed a connection that other zones
 * use, is the engine's business: no event tells of it. */
#ifndef NET_PLAN_H
#define NET_PLAN_H

#include "base/err.h"
#include "dns/serial.h"

#include <stdint.h>

enum plan_wants {
    PLAN_ZONE,    /* the whole zone */
    PLAN_CHANGES, /* changes for their own sake: nothing else is asked for */
    PLAN_UPDATE,  /* the zone that is there brought up to date, by changes where that can be */
    PLAN_LOOK,    /* nothing but to know what an update would find: the SOA alone is asked for */
};

struct plan_config {
    enum plan_wants wants;
    bool asks_soa;    /* ask for the SOA before any transfer (not with PLAN_CHANGES), where the old
                       * zone has a serial */
    bool no_fallback; /* PLAN_UPDATE: where changes fail, not to ask for the whole zone */
    bool allow_older; /* take an older zone where there is none that is newer */
    bool yields;      /* PLAN_ZONE: the same, but of one that has a serial others are asked first */
    bool judges;      /* what came, or is to stay, is judged before it is finished (DO_JUDGE) */
    unsigned servers; /* that were named; 0: the DNS is asked for those of the zone */
    unsigned retry;   /* rounds after the first */
};

/* What has happened. But for the first, an event answers the last action; the members that count
 * are named here, all others are passed over. */
enum plan_event_kind {
    /* The first event. has_serial: there is an old zone of which the serial is known, so that
     * asking for the SOA makes sense. merges: changes can be put into it, as far as is known: where
     * they cannot, after all, PLAN_FAILED has ERR_OLD_FILE. server: with which the
     * first round begins; the others follow in their order. It is passed over where the DNS is
     * asked for the servers, and where it is the number of none. */
    PLAN_START,
    /* After DO_FIND_SERVERS: `count` servers are there, at least one. */
    PLAN_SERVERS,
    /* After DO_RESOLVE: the server has `count` addresses, at least one. */
    PLAN_ADDRESSES,
    /* After DO_ASK_SOA: it has come, is authentic, and its `serial` is `order` when compared with
     * that of the old zone (which does not count where it has none). differs: the serial is the
     * same, but not the rest (the RDATA or the signatures). After this event the question was given
     * back to the engine. can_restart, now. */
    PLAN_SOA,
    /* After DO_ASK_IXFR, DO_ASK_AXFR: the answer has ended well and the target has taken it, its
     * guards included. unchanged: the server has nothing newer, and the old zone is to stay; then
     * also: differs, the SOA that it gave is another one; unproven, the old zone has signatures
     * over its SOA, and those of the server are not known. */
    PLAN_GOOD,
    /* What the action asked for has failed, with `kind` (never ERR_NONE); after any action but
     * DO_END. So it is with a lookup, a literal address of another family (ERR_FAMILY), a question
     * that was not sent because a key is missing, an answer, changes that do not fit, a guard that
     * refuses the result at its end, a judge that does (DO_JUDGE), a target that cannot be made
     * anew, a commit, and a signal, whatever it interrupts (ERR_INTERRUPTED; this is how DO_SLEEP
     * fails). Always: can_restart, now. After DO_ASK_...: began, whole_came, fresh; of
     * ERR_SERIAL_OLDER also the serial. After DO_JUDGE: same_serial. */
    PLAN_FAILED,
    /* After DO_JUDGE: it is good. */
    PLAN_PASSED,
    /* After DO_SLEEP: the time has come. */
    PLAN_SLEPT,
    /* After DO_FINISH: all is done. */
    PLAN_FINISHED,
};

struct plan_event {
    enum plan_event_kind what;
    enum err_kind kind;
    enum serial_order order;
    unsigned count, server;
    uint32_t serial;
    bool has_serial, merges; /* of the old zone */
    bool differs, unproven;
    bool unchanged;
    bool can_restart; /* what came can still be taken back, so that another attempt may follow */
    bool began;       /* records went to the target since it was made anew */
    bool whole_came;  /* changes were asked for, and the whole zone came in their place */
    bool fresh;       /* the connection had carried no question before this one */
    bool same_serial; /* what was refused has the serial of the old zone */
    uint64_t now;     /* microseconds of the monotonic clock */
};

enum plan_do {
    /* Ask the DNS for the servers of the zone: PLAN_SERVERS, PLAN_FAILED. The attempt, if it fails,
     * has no server. */
    DO_FIND_SERVERS,
    /* Find the addresses of `server`; those of a literal are known: PLAN_ADDRESSES, PLAN_FAILED. */
    DO_RESOLVE,
    /* Ask `address` of `server` for the SOA: PLAN_SOA, PLAN_FAILED. */
    DO_ASK_SOA,
    /* For what has changed since the serial of the old zone: PLAN_GOOD, PLAN_FAILED. */
    DO_ASK_IXFR,
    /* For the whole zone: PLAN_GOOD, PLAN_FAILED. */
    DO_ASK_AXFR,
    /* Judge what came; unchanged: what is there and is to stay. PLAN_PASSED, PLAN_FAILED. Who
     * refuses it may find that others have better: they are asked next. Then what is older, or not
     * newer than what is there, is not taken for an answer to that. */
    DO_JUDGE,
    /* The attempt has ended well: put it on the list. Then put the new zone in the place of the old
     * one; unchanged: only confirm that: PLAN_FINISHED, PLAN_FAILED. A failure is that of an
     * attempt without a server, and ends all. */
    DO_FINISH,
    /* Wait until `until`: PLAN_SLEPT, PLAN_FAILED. A failure goes on the list as one more attempt
     * at the last server. */
    DO_SLEEP,
    /* Nothing more. kind: ERR_NONE if DO_FINISH has succeeded, or PLAN_LOOK has `found` something:
     * then the attempt has ended well and goes on the list. Else it is the worst of all failures
     * (see err_is_worse), which makes the exit status; ERR_SERIAL_OLDER: a server had an older
     * zone, none had one that could be taken, and the old one stays. Any later event gives the same
     * action. */
    DO_END,
};

/* Why the whole zone is asked for, where changes or nothing would do. */
enum plan_why {
    PLAN_WHY_NONE,
    PLAN_WHY_FILE,   /* changes cannot be put into the old zone */
    PLAN_WHY_FAILED, /* the question before has failed, as the event told: its text says why */
    PLAN_WHY_SAME,   /* the SOA has the serial of the old zone, and is another one all the same */
    PLAN_WHY_OLDER,  /* the SOA is older, and that is allowed */
};

/* What PLAN_LOOK has found. */
enum plan_found {
    PLAN_FOUND_NOTHING, /* or it was not asked */
    PLAN_FOUND_SAME,    /* the old zone */
    PLAN_FOUND_DIFFERS, /* its serial, but another SOA or other signatures; whatever no_fallback
                         * says, with which an update would fail */
    PLAN_FOUND_NEWER,
    PLAN_FOUND_OLDER, /* everywhere, and that may be taken */
    PLAN_FOUND_FIRST, /* a zone, where no serial is known of an old one */
};

struct plan_action {
    enum plan_do what;
    unsigned server, address; /* DO_RESOLVE (without an address), DO_ASK_... */
    uint64_t until;           /* DO_SLEEP */
    enum err_kind kind;       /* DO_END */
    enum plan_found found;    /* DO_END */
    /* The attempt that was under way has ended by the event, and failed with this kind: that of the
     * event, or ERR_SERIAL_OLDER after PLAN_SOA, or ERR_SAME_SERIAL where a zone differs and the
     * whole of it is not wanted. It goes on the list and is told before anything else is done.
     * ERR_NONE: nothing has failed, or what failed does not end the attempt. */
    enum err_kind failed;
    enum plan_why why; /* DO_ASK_AXFR; told once, not with `fresh` */
    bool begins;       /* DO_RESOLVE, DO_ASK_...: forget the attempt before; another one begins */
    bool restart;      /* DO_ASK_...: make the target and the notes anew, and take back what came */
    bool fresh;        /* DO_ASK_...: the same question again, on a new connection; once */
    bool takes_older;  /* DO_ASK_...: an older serial is not refused */
    bool needs_newer;  /* DO_ASK_...: the serial of the old zone will not do: a newer was refused */
    bool unchanged;    /* DO_JUDGE, DO_FINISH */
    bool too_late;     /* DO_END: it would have been tried again, but for the deadline */
};

/* All of it is the plan's own. */
struct plan {
    const struct plan_config *config;
    uint64_t deadline;
    unsigned server_count, server;
    unsigned address_count, address;
    unsigned first_server, first_address;   /* with which a round begins */
    unsigned newest_server, newest_address; /* that had the newest of older zones */
    uint32_t newest;                        /* the serial of that */
    unsigned round;
    enum err_kind worst;
    uint8_t state;
    uint8_t found;       /* enum plan_found */
    uint8_t refusals;    /* of servers that were found */
    bool has_serial : 1; /* facts of PLAN_START */
    bool merges : 1;     /* ... */
    bool stopped : 1;    /* no further attempt makes sense */
    bool lasts : 1;      /* something has failed that will not pass */
    bool has_enough : 1; /* of refusals, in this round */
    bool saw_older : 1;  /* a server has an older zone */
    bool saw_other : 1;  /* a server has answered something else, and had nothing that was taken */
    bool has_answered : 1;   /* the server that is asked has, in whatever way */
    bool saw_silent : 1;     /* another one has not */
    bool takes_older : 1;    /* and now what is older is taken */
    bool soa_refused : 1;    /* in this attempt */
    bool is_followed_up : 1; /* in this attempt a question was put before this one */
    bool asked_afresh : 1;   /* this question is asked the second time */
    bool asked_proof : 1;    /* in this attempt the SOA was asked for after its transfer */
    bool by_changes : 1;     /* what is judged was made of changes */
    bool keeps : 1;          /* or is what is there */
    bool refused : 1;        /* something was refused by the judge */
    bool refused_newer : 1;  /* ... that is not the old zone, nor has its serial */
};

_Static_assert(sizeof(struct plan) < 128, "a zone that waits must cost little");

/* Makes a plan; nothing is to be freed. deadline: until when all must be done, on the clock of the
 * events; UINT64_MAX: there is none. Errors: none. */
void plan_init(struct plan *plan, const struct plan_config *config, uint64_t deadline);

/* Takes an event and says what is to be done next. An event that does not answer the last action is
 * a defect: DO_END with ERR_INTERNAL. */
struct plan_action plan_next(struct plan *plan, const struct plan_event *event);

#endif
