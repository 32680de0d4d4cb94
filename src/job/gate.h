/* The gates before FILE: whether new content may take its place. Pure: facts in, verdicts out.
 *
 * Purpose: one table of gates, the cheapest first; the one place that decides.
 * Owns, borrows: nothing after a call.
 * Never: reads a file or the clock; prints; allocates. */
#ifndef JOB_GATE_H
#define JOB_GATE_H

#include "out/guard.h"
#include "verify/verify.h"

enum gate {
    GATE_MIN_RECORDS,
    GATE_MAX_SHRINK,
    GATE_MAX_CHANGE, /* one for each limit */
    GATE_ZONEMD,
    GATE_DNSSEC,
    GATE_SIGNATURE_LIFE,
    GATE_CHECK_CMD,
    GATES
};

enum { GATE_CHANGES_MAX = 32, GATE_VERDICTS_MAX = GATES + GATE_CHANGES_MAX };

/* A limit on changes. What counts is the larger number of records that were added and deleted. */
struct gate_change {
    bool is_set;   /* false: it was taken back by "off" */
    bool has_type; /* without one all types count but those that change by themselves: the SOA,
                    * ZONEMD, and what signing makes (as filter_except_dnssec has it) */
    bool apex;     /* at the apex alone */
    bool percent;  /* of the old number of such records; where that is less than one: one */
    uint16_t type;
    uint64_t most;
};

struct gate_orders {
    struct gate_change changes[GATE_CHANGES_MAX];
    unsigned change_count;
    unsigned verify, require; /* enum verify_what: VERIFY_ZONEMD, VERIFY_DNSSEC */
    bool allow_unsigned;      /* a zone may lose them */
    uint64_t least_life;      /* microseconds; 0: any */
    const char *check_cmd;    /* for /bin/sh -c, or NULL */
    uint64_t cmd_timeout;     /* microseconds; 0: any */
    const char *keep_refused; /* a folder, or NULL */
};

/* What is asked of signatures and digests: enum verify_what. */
unsigned gate_what(const struct gate_orders *orders);

/* Whether the zone must be sorted for that. */
bool gate_needs_order(const struct gate_orders *orders);

enum { GATE_FIRST_ROOM = 320 };

/* What was counted for a limit on changes. */
struct gate_count {
    uint64_t old, added, deleted;
    char first[GATE_FIRST_ROOM]; /* the first change, as a line; empty: there was none */
};

/* Counts a record for all limits that it falls under: one of the old zone, or a change. */
void gate_count_old(const struct gate_orders *orders, struct gate_count counts[],
                    const uint8_t *apex, size_t apex_length, const struct rr *rr);
void gate_count_change(const struct gate_orders *orders, struct gate_count counts[],
                       const uint8_t *apex, size_t apex_length, enum rr_op op, const struct rr *rr);

/* What is known of FILE as it was. */
enum gate_old {
    GATE_OLD_NONE,    /* there is none, or it is of another zone */
    GATE_OLD_KNOWN,   /* it is a whole zone */
    GATE_OLD_UNKNOWN, /* it is something else */
};

struct gate_facts {
    bool keeps;    /* it is FILE that is judged, which is to stay: for its signatures alone ... */
    bool rechecks; /* ... or for all that can be said of a zone without another one (--recheck) */
    uint64_t records;
    enum gate_old old;                  /* looked at for changes, and for what could be lost */
    const struct guard_limits *limits;  /* with the number of old records; 0: not known */
    const struct gate_count *counts;    /* GATE_OLD_KNOWN: for each limit on changes */
    unsigned had;                       /* of FILE, enum verify_what: it had ZONEMD, was signed */
    const struct verify_result *verify; /* of what gate_what has asked for; or NULL */
    const struct findings *findings;    /* closed */
    bool has_anchors;                   /* trust anchors were given, of whatever zone */
    bool strict;                        /* what cannot be judged is refused */
};

enum gate_result {
    GATE_SKIPPED,
    GATE_PASSED,
    GATE_REFUSED,
    GATE_FAILED /* it could not judge, which keeps a zone out, too */
};

enum { GATE_LIMIT_ROOM = 48, GATE_VALUE_ROOM = 64, GATE_TEXT_ROOM = 560 };

struct gate_verdict {
    enum gate gate;
    enum gate_result result;
    enum err_kind kind;          /* GATE_REFUSED, GATE_FAILED */
    char limit[GATE_LIMIT_ROOM]; /* what was asked for */
    char value[GATE_VALUE_ROOM]; /* what there is; empty: not known */
    char text[GATE_TEXT_ROOM];   /* a sentence without a full stop, or empty */
};

struct gate_list {
    struct gate_verdict verdicts[GATE_VERDICTS_MAX];
    unsigned count;
};

/* The names of a gate and of a result in reports. */
const char *gate_name(enum gate gate);
const char *gate_result_text(enum gate_result result);

/* Puts a verdict of each gate that was asked for into the list, but for GATE_CHECK_CMD, which is
 * asked when all others agree; it is in the list as skipped. */
void gate_judge(struct gate_list *list, const struct gate_orders *orders,
                const struct gate_facts *facts);

/* The verdict of a command: `why` says how it has failed; NULL: it has not. `failed`: it could not
 * judge, for this reason. */
void gate_judge_command(struct gate_list *list, const char *why, bool failed);

/* The first refusal of the list, as an error; true: there is none. */
bool gate_is_open(const struct gate_list *list, struct err *err);

#endif
