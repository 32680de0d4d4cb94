/* When each of many zones is looked at next.
 *
 * Purpose: the rules of RFC 1034 section 4.3.5 (refresh, retry, expire) and of RFC 1996 (a NOTIFY
 * brings the next look forward) for up to 100 000 zones, as functions of state, event and time.
 * Owns: nothing; what it knows of a zone lies in memory of the zone's owner.
 * Borrows: a struct scheduled from schedule_add to schedule_remove.
 * Never: does I/O, reads a clock (the time comes with each call, in microseconds of a clock that
 * only goes forward, below 2^62), draws random numbers (it has a seed), allocates, knows a server.
 *
 *   schedule_add(&schedule, &zone->scheduled, zone, now);
 *   for (;;) {
 *       while ((scheduled = schedule_expired(&schedule, now)) != NULL)
 *           ... say it ...
 *       while ((scheduled = schedule_due(&schedule, now, &first)) != NULL)
 *           ... look at scheduled->owner; when that is over, schedule_ended ...
 *       ... wait until schedule_next(&schedule), or something else happens ...
 *   }
 *
 * The rules:
 *
 * - The next look comes after the SOA's refresh, or its retry if the last one has failed: always
 *   that, however often it fails. Both are put between min_refresh and max_refresh. After a success
 *   it is 3/4 of expire at most, so that no zone expires while all is well.
 * - A failure that may pass by itself (SCHEDULE_PASSING) is a matter of moments: a machine that has
 *   no network yet, a server that restarts. The next look comes after 10 s, twice as much for each
 *   such failure in a row, until that would be more than retry.
 * - One that lasts (SCHEDULE_LASTING) is that of a content which was refused: each look would bring
 *   all of it again, and comes after refresh.
 * - A zone without FILE is looked at after min_refresh, then twice as much each time, an hour at
 *   most (or min_refresh, if that is more, or max_refresh, if that is less); in place of retry and
 *   refresh.
 * - All these pauses are made shorter by up to a quarter: zones that were looked at together do not
 *   stay together.
 * - A zone has expired when nobody has confirmed it for the SOA's expire. That is told once, until
 *   the next success. An expire of 0 means never; one below 4/3 of min_refresh counts as that.
 * - What is due at the same time comes in the order in which it was set; what was notified comes
 *   before all that was not.
 * - A NOTIFY whose serial is that of FILE changes nothing if the last look was good. Any other
 *   makes the zone due now, or once more when the look that goes on is over. It is a hint and
 *   may be forged: each look that came of one and found nothing new holds back the next, by 0.1 s,
 *   then twice as much, 5 s at most, and never beyond the time at which it would come without. A
 *   change ends that; else one step is forgotten for each 10 s.
 * - Who has sent a NOTIFY was answered, and does not tell again. Where the look that came of it has
 *   failed for a reason that may pass, or all servers had something older than was told (one of
 *   several with one address, or one that lags), it is repeated after 5, 15 and 60 s, unless it
 *   comes earlier anyway. */
#ifndef JOB_SCHEDULE_H
#define JOB_SCHEDULE_H

#include "net/timer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCHEDULE_NEW_MOST = 3600, /* seconds between looks at a zone without FILE, at most */
    SCHEDULE_HOLD = 100000,   /* microseconds, after the first fruitless look; doubled for each */
    SCHEDULE_HOLD_MOST = 5000000,
    SCHEDULE_FORGET = 10000000, /* microseconds for which one fruitless look is kept in mind */
    SCHEDULE_PASSES = 10000000, /* microseconds after the first failure that may pass; doubled */
    SCHEDULE_REPEATS = 3,       /* of a look that came of a notify in vain */
};

struct schedule_config {
    uint64_t min_refresh, max_refresh; /* microseconds; 0 < min_refresh <= max_refresh */
    uint64_t seed;                     /* of the jitter; any value */
};

/* All of it is the schedule's own. */
struct schedule {
    struct schedule_config config;
    struct timers notified, regular, expiry;
    uint64_t random;
    size_t zones, working, expired;
};

/* A zone. All of it is the schedule's own, but `owner`, which may be read. */
struct scheduled {
    struct timer look;   /* not set: it is at work */
    struct timer expiry; /* not set: it does not expire, or that was told */
    void *owner;
    int64_t confirmed;                       /* when a success was; may be before the clock began */
    uint64_t fruitless_at;                   /* when the last fruitless look has ended */
    uint32_t serial, refresh, retry, expire; /* of the SOA in FILE */
    uint32_t told;                           /* the newest that notifies have told */
    uint8_t failures : 6;                    /* without FILE, in a row */
    uint8_t repeats : 2;                     /* of the look that a notify has brought */
    uint8_t passing : 5;                     /* failures that may pass, in a row */
    uint8_t fruitless : 3;                   /* looks that came of a notify, at fruitless_at */
    bool is_in : 1;                          /* ... a schedule */
    bool has_copy : 1;                       /* there is a FILE */
    bool was_confirmed : 1;                  /* `confirmed` is known */
    bool is_good : 1;                        /* the last look was */
    bool is_working : 1;
    bool is_notified : 1; /* the look that goes on or comes next is because of a notify */
    bool is_repeat : 1;   /* ... not for the first time */
    bool has_told : 1;    /* `told` is known */
    bool again : 1;       /* one more look after this one, because of a notify */
    bool again_any : 1;   /* ... whatever this one finds; else unless it finds `told` */
    bool wants_retry : 1; /* as schedule_retry has said during the look */
    bool is_hurried : 1;  /* as schedule_hurry has */
    bool has_expired : 1; /* that was told */
};
_Static_assert(sizeof(struct scheduled) <= 144, "there may be 100 000 of them");

/* What is known of FILE. */
struct schedule_copy {
    bool is_there;                           /* else nothing below counts */
    uint32_t serial, refresh, retry, expire; /* of its SOA, in seconds */
    /* Microseconds since a server has confirmed it, such as by its time. It counts until the first
     * success after schedule_add. */
    uint64_t age;
};

/* What is to be expected of the next look after one that has failed. */
enum schedule_failure {
    SCHEDULE_USUAL,   /* nobody knows */
    SCHEDULE_PASSING, /* it may be good in a moment */
    SCHEDULE_LASTING, /* it will cost as much, and fail as long as the server has the same content
                       */
};

/* How a look has ended. */
struct schedule_outcome {
    bool good;                        /* a server has confirmed FILE, or given what is FILE now */
    bool changed;                     /* ... which has other content than before */
    bool wants_retry;                 /* as schedule_retry */
    bool has_serial;                  /* a server has told one */
    enum schedule_failure failure;    /* where it is not good */
    uint32_t serial;                  /* the newest that one has told */
    const struct schedule_copy *copy; /* FILE as it is now; NULL: as before, as far as is known */
};

/* What was told by a NOTIFY, and what only the owner knows. */
struct schedule_hint {
    bool has_serial;
    uint32_t serial;
    bool is_queued; /* schedule_due has given the zone, but nothing was asked for it yet */
};

enum schedule_notice {
    SCHEDULE_CURRENT, /* nothing follows: FILE has that serial, and the last look was good */
    SCHEDULE_LOOKS,   /* it is due now, before all others */
    SCHEDULE_LATER,   /* ... but is held back for a while */
    SCHEDULE_SOONER,  /* the look that is_queued is for this, too: the owner puts it first */
    SCHEDULE_AGAIN,   /* one more look comes after the one that goes on */
};

struct schedule_counts {
    size_t zones;
    size_t due;     /* that schedule_due would give */
    size_t working; /* that it has given */
    size_t expired; /* that schedule_expired has given, and no success since */
};

/* Nothing is to be freed. */
void schedule_init(struct schedule *schedule, const struct schedule_config *config);

/* Puts a zone in, which is due at `at`. What was in *scheduled does not count. */
void schedule_add(struct schedule *schedule, struct scheduled *scheduled, void *owner, uint64_t at);

/* Tells of FILE what is known before the first look, if anything; later schedule_ended does. */
void schedule_know(struct schedule *schedule, struct scheduled *scheduled,
                   const struct schedule_copy *copy, uint64_t now);

/* Takes the zone out, whatever state it is in; does nothing if it is out. The end of a look that
 * goes on is not told to the schedule then; if it is, nothing follows. */
void schedule_remove(struct schedule *schedule, struct scheduled *scheduled);

/* The next zone that is due, which is at work until schedule_ended; NULL: none is. *first: it was
 * notified, and shall not wait behind others. */
struct scheduled *schedule_due(struct schedule *schedule, uint64_t now, bool *first);

/* The next zone that has expired; NULL: none has. Each is given once until a success. */
struct scheduled *schedule_expired(struct schedule *schedule, uint64_t now);

/* The look that schedule_due began is over. */
void schedule_ended(struct schedule *schedule, struct scheduled *scheduled,
                    const struct schedule_outcome *outcome, uint64_t now);

/* Something about the zone has failed that no server can know of, such as a command: the next look
 * comes after retry, unless it comes earlier anyway. */
void schedule_retry(struct schedule *schedule, struct scheduled *scheduled, uint64_t now);

/* Somebody has mended something: the zone is due now, be it held back or not; one that is at work
 * is due once more if that look fails. */
void schedule_hurry(struct schedule *schedule, struct scheduled *scheduled, uint64_t now);

/* A NOTIFY that counts has come. */
enum schedule_notice schedule_notify(struct schedule *schedule, struct scheduled *scheduled,
                                     const struct schedule_hint *hint, uint64_t now);

/* When schedule_due or schedule_expired will next have something; UINT64_MAX: never. A time that is
 * over: they have now. */
uint64_t schedule_next(const struct schedule *schedule);

/* Takes time that grows with the zones that are due. */
struct schedule_counts schedule_count(const struct schedule *schedule, uint64_t now);

#endif
