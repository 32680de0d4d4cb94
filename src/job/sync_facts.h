/* What a run over many zones knows of them, and what it tells: data without a machine.
 *
 * Purpose: one row a zone, for the whole run; what is told when its work is over; and the figures
 * of the run, which its exit status follows from. Those who make words, reports and metrics of
 * them, and those who do the work, know each other by these alone.
 * Owns: nothing. A row is its table's and stays where it is for the run; what struct zone_end
 * points to is lent for the call.
 * Never: does I/O, allocates. */
#ifndef JOB_SYNC_FACTS_H
#define JOB_SYNC_FACTS_H

#include "job/attempts.h"
#include "job/gate.h"
#include "out/zonefacts.h"

struct orders; /* how a zone is fetched and judged: shared by all zones with the same options */

enum zone_state {
    ZONE_WAITS,     /* its work is not over, or has never begun */
    ZONE_NEW,       /* there was no FILE */
    ZONE_UPDATED,   /* FILE has other content */
    ZONE_UNCHANGED, /* a server has said that FILE is as it should be */
    ZONE_KEPT,      /* failed; FILE is as it was */
    ZONE_MISSING,   /* failed; there is no FILE */
    ZONE_STATES
};

/* Outages that it may be in at once: one for each server that fails, and each way in which it does.
 */
enum { ZONE_OUTAGES = 6 };

/* Where a zone is. */
enum zone_place {
    ZONE_RESTS,
    ZONE_WAITS_FIRST, /* for its turn, before all that are not in a hurry */
    ZONE_WAITS_TURN,
    ZONE_AT_WORK,
};

/* What is kept of a zone for the whole run, in list order. What has a flag is not known without it;
 * what is known of FILE is that of FILE as it is now. */
struct zone {
    const uint8_t *name;         /* wire form, in lower case */
    const struct orders *orders; /* NULL: it is in no list any more */
    struct zone *next, *prev; /* that wait like it: the scheduler's, like the next one and place */
    void *lane;
    void *watched;          /* of whoever decides when it is looked at again, or NULL */
    const char *group;      /* in a catalog, or NULL */
    const char *origin;     /* who has named it: "word", "catalog", or the name of a list */
    uint32_t origin_line;   /* ... in that list; 0: it is not from one */
    uint32_t index;         /* its place in list order, from 0 */
    uint64_t records;       /* that FILE has */
    int64_t last_success;   /* seconds since 1970 when a server last confirmed FILE; 0: not known */
    uint32_t serial;        /* that FILE has */
    uint32_t server_serial; /* the newest that a server has told */
    uint32_t refresh, retry, expire; /* of the SOA in FILE, in seconds */
    uint32_t first_expiry;           /* as in struct zonefacts */
    uint8_t name_length;
    uint8_t place;        /* enum zone_place */
    uint8_t first_server; /* as in struct spec, for the next time that its turn comes */
    uint8_t state;        /* enum zone_state */
    uint8_t exit;         /* as if the run had been for this zone alone; where its work is over */
    bool has_serial, has_server_serial, has_records, has_expire, has_first_expiry;
    bool knows_signed, is_signed; /* whether FILE has signatures */
    bool has_file;                /* there is a FILE with something in it */
    bool is_catalog;              /* it is no member of the run, but tells which those are */
    bool is_only_judged;          /* a catalog whose FILE another run writes (--shard) */
    bool is_member;               /* of a line of a list beside catalogs: one of those has it */
    bool hook_due;                /* a command of --exec is to be run for it, or was missed */
    bool hook_queued;             /* ... and is in the queue, or at work: once for a zone */
    bool hook_again;              /* FILE was replaced once more since then */
    bool was_read;                /* by visit_read_row: that is done once */
    bool told_line;    /* a report has a line of it: of whoever tells, like all that follows */
    bool told_failure; /* ... and the last one is that of a failure */
    bool told_expired;
    bool told_failing;              /* its last look has failed */
    bool told_command;              /* ... and its last command */
    bool told_harm;                 /* that it fails by what is its own was said */
    uint16_t outages[ZONE_OUTAGES]; /* that it is in: their numbers + 1 */
    uint32_t told_own;              /* what failed that is its own, and was said: a bit a kind */
    uint32_t told_facts;            /* the same of warnings */
};
_Static_assert(sizeof(struct zone) <= 168, "there may be 100 000 of them");

/* The command of --exec for a zone, once it is over. All zero: it was not run. */
struct zone_command {
    bool ran;
    bool has_exited; /* by itself */
    int status;      /* then */
    uint64_t microseconds;
    const char *text;      /* how it has ended, in words; NULL or empty: well */
    enum err_kind failure; /* ERR_NONE: it has ended well, and the note of it is gone */
    const char *message;   /* of that failure */
};

/* What is told of a zone when its work is over, before a command that is due is run. Times are
 * microseconds, moments since 1970. */
struct zone_end {
    const struct zone *zone; /* with state and exit */
    uint16_t class;
    const char *file;                /* the path of FILE */
    const char *kind;                /* axfr, ixfr, axfr-style, resigned; NULL: FILE is the same */
    const struct attempts *attempts; /* NULL: nothing was asked */
    const struct zonefacts *facts;   /* of what FILE holds now, or NULL */
    const struct gate_list *gates;   /* or NULL */
    const char *diff; /* the path of what has changed, where it was written; or NULL */
    bool has_command; /* one is in the queue that is run for this change; its end is told, too */
    bool has_old_serial, has_old_records, has_counts;
    uint32_t old_serial;
    uint64_t old_records;
    uint64_t added, deleted; /* records, in FILE as it was and as it is: has_counts */
    uint64_t started, ended, waited;
    enum err_kind failure;        /* ERR_NONE: it has not failed */
    unsigned failure_facts;       /* as in struct err */
    const char *message;          /* of that failure; NULL: none */
    const char *server, *address; /* whose it is; NULL or empty: nobody's */
    bool by_name;                 /* the server was named by a name, not by an address */
};

/* The figures of a server, which is one address. */
struct sync_server {
    const char *server;  /* as it was named */
    const char *address; /* or empty: none was found */
    uint64_t connections, questions, transfers, failures, octets;
    unsigned least_window; /* the fewest transfers that it was given at once */
    bool up;               /* the last that it was asked for it has answered, in whatever way */
};

enum sync_used {
    SYNC_USED_NONE, /* there is no copy that could be */
    SYNC_USED_KEPT, /* the copy of an earlier run, because of the error */
    SYNC_USED_NEW   /* what a server has given or confirmed in this run */
};

struct sync_catalog {
    const uint8_t *name; /* wire form, in lower case */
    bool has_serial;
    uint32_t serial; /* of the copy that was used */
    uint64_t members;
    enum sync_used used;
    enum err_kind failure; /* ERR_NONE: it is as it should be */
    const char *error;     /* of that failure, or NULL */
};

/* How many zones came to what: one for each exit status, and one for all signals. */
enum { SYNC_SIGNAL = ERR_CLASS_HOOK + 1, SYNC_RESULTS };

/* The figures of a run. Moments are microseconds since 1970. */
struct sync_summary {
    uint64_t started, ended;
    int exit;            /* of the run: sync_facts_exit */
    int interrupted;     /* the number of the signal that has ended it, or 0 */
    enum err_kind fatal; /* what has ended it before its time, or ERR_NONE */
    const char *message; /* ... in words, or NULL */
    bool has_shard;
    uint32_t shard, shards; /* I of N */
    bool has_zones;         /* which zones there are was found out; what follows is known */
    uint64_t zones;         /* catalogs are not counted among them, nor in the next three */
    uint64_t by_state[ZONE_STATES];
    uint64_t by_result[SYNC_RESULTS];
    uint64_t without_file;
    bool has_unlisted;
    uint64_t unlisted;        /* files that no zone names; where that was looked for */
    bool too_many_unlisted;   /* ... more than --max-unlisted allows */
    uint64_t invalid_lines;   /* of lists: left out, or what has ended the run */
    uint64_t hooks_failed;    /* commands that this run has started, and that of --exec-all */
    uint64_t hooks_pending;   /* zones whose command is still due */
    uint64_t records, octets; /* that servers have sent */
    const struct sync_server *servers;
    size_t server_count;
    const struct sync_catalog *catalogs;
    size_t catalog_count;
};

/* What metrics, messages and the lines on standard output call a zone, whose name is in wire form
 * and lower case: without the last dot; the root is ".". Returns the text in the string. */
const char *sync_facts_name(struct name_string *string, const uint8_t *zone);

/* Where a zone with this exit status is counted in by_result. */
unsigned sync_facts_result(int exit);

/* Counts a zone: once for each row, at the end of the run; of a catalog only a command that is due.
 */
void sync_facts_count(struct sync_summary *summary, const struct zone *zone);

/* The exit status that follows from all other members; has_exit_code: --exit-code was given. */
int sync_facts_exit(const struct sync_summary *summary, bool has_exit_code);

#endif
