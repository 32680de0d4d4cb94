/* What an audit has found out, and what is wrong with it.
 *
 * Purpose: a row for each address of each server of a zone, and the verdict about them (pure).
 * Owns: a zone its rows, and what they point to (audit_zone_fini).
 * Never: does I/O, reads a clock, makes words for the user. */
#ifndef JOB_AUDIT_FACTS_H
#define JOB_AUDIT_FACTS_H

#include "base/err.h"
#include "base/sum.h"
#include "dns/soa.h"
#include "io/resolve.h"
#include "xfer/answer.h"

struct orders;

enum { AUDIT_HOST_MAX = 256 };

/* Who says that the zone has this server; bits. */
enum audit_source {
    AUDIT_PARENT = 1,    /* the NS set of the parent */
    AUDIT_ZONE = 2,      /* that of the zone itself */
    AUDIT_PRIMARY = 4,   /* its MNAME */
    AUDIT_NAMED = 8,     /* the user, as the only ones to be asked (@SERVER) */
    AUDIT_REFERENCE = 16 /* the user, beside the others (--also) */
};

/* What became of one question for the SOA. */
struct audit_answer {
    bool asked, came;      /* came: an answer did, whatever its RCODE */
    unsigned rcode;        /* where it came */
    bool authoritative;    /* the AA bit */
    bool has_soa;          /* the answer holds the SOA of the zone */
    uint32_t serial;       /* where it does */
    struct err err;        /* where it did not come, or cannot be used: why */
    uint64_t microseconds; /* from the question to the answer, or to the failure */
};

/* What became of the transfer that nobody has a right to. */
enum audit_transfer {
    AUDIT_UNTRIED,     /* not asked: nothing answers there, or the run has ended */
    AUDIT_OPEN,        /* its first message had the SOA */
    AUDIT_REFUSED,     /* REFUSED or NOTAUTH: what one wants to see */
    AUDIT_CLOSED,      /* the connection was closed without an answer */
    AUDIT_TIMEOUT,     /* nothing came in time */
    AUDIT_UNREACHABLE, /* no connection */
    AUDIT_FAILED       /* anything else: `transfer_err` says what */
};

/* Problems, as bits: the words of --fail-on. */
enum audit_problem {
    AUDIT_IS_OPEN = 1,   /* anybody gets the zone */
    AUDIT_IS_BEHIND = 2, /* by more than --max-lag */
    AUDIT_DIFFERS = 4,   /* other content at the same serial: the SOA, or the sums of --content */
    AUDIT_IS_LAME = 8,   /* it answers, but not with authority for the zone */
    AUDIT_IS_UNSIGNED =
        16, /* although another server, or a DS at the parent, says that it is signed */
    AUDIT_TIMES_OUT = 32, /* nothing came over TCP or over UDP */
    AUDIT_PROBLEMS = 63
};

/* What a row is asked, one after the other. */
enum audit_step {
    AUDIT_STEP_TCP,     /* the SOA */
    AUDIT_STEP_UDP,     /* the same */
    AUDIT_STEP_OPEN,    /* a transfer that nobody has a right to */
    AUDIT_STEP_CONTENT, /* the whole zone */
    AUDIT_STEP_END
};

struct audit_row {
    char host[AUDIT_HOST_MAX]; /* as the NS record or the user names it, without the final dot */
    unsigned sources;          /* enum audit_source */
    bool has_address;          /* if not, `lookup` says why: that is AUDIT_TIMES_OUT */
    struct address address;
    struct err lookup;

    struct audit_answer tcp, udp;
    struct soa_signed soa; /* of the last good answer over TCP, or else over UDP */
    uint32_t expires; /* with soa.signatures > 0: the last day of the best signature of the SOA;
                       * with content the first one of all RRsets */
    char nsid[ANSWER_NSID_MAX];
    enum audit_transfer transfer;
    struct err transfer_err;

    bool has_content; /* the zone came whole (--content) */
    struct err content_err;
    uint64_t records;
    uint32_t content_serial;
    struct sum sum; /* of its lines, in canonical form, in any order */

    /* The verdict. */
    bool has_lag;
    uint32_t lag;      /* serial steps behind the newest of the zone */
    unsigned problems; /* enum audit_problem, those that were found, whether they count or not */
};

struct audit_zone {
    const char *word; /* as it was given */
    uint8_t name[NAME_MAX_WIRE];
    uint8_t name_length;
    const struct orders *orders; /* its servers, keys, times */
    struct audit_row *rows;
    size_t row_count;
    bool asked_parent;     /* one of the parent's servers has told of NS and DS */
    bool has_ds;           /* ... and it has a DS for the zone */
    struct err parent_err; /* why not, where that failed */
    struct err err;        /* ERR_NONE, or why nothing could be found out */
    bool has_goal;         /* servers were given time to follow ... */
    uint32_t goal;         /* ... to this serial: the newest when they were asked first */

    /* The verdict. */
    bool has_newest;
    uint32_t newest;   /* the newest serial of all rows (RFC 1982) */
    unsigned problems; /* of all rows */
};

void audit_zone_fini(struct audit_zone *zone);

struct audit_limits {
    uint32_t max_lag; /* serial steps; more is AUDIT_IS_BEHIND */
};

/* Judges: sets what stands under "the verdict". A serial that has no order with the newest one
 * (2^31 apart) is behind by that; who has come to the goal of the zone is not behind, however far
 * the newest has moved on. A row that is only AUDIT_REFERENCE takes part in the comparison, and has
 * no problem of its own but that it times out. */
void audit_judge(struct audit_zone *zone, const struct audit_limits *limits);

/* What was asked for. */
struct audit_wants {
    bool content;  /* the contents are to be compared */
    bool openness; /* it counts whether a server is open */
};

/* What could not be found out of a zone although it was asked for, which is no reason to call it
 * good: no answer of any server, no serial of a server of --also, no content at all, no word on
 * whether a server that answers is open. Returns whether there is nothing of that; sets the first
 * as an error, of the kind that was its reason. */
bool audit_is_known(const struct audit_zone *zone, const struct audit_wants *wants,
                    struct err *err);

#endif
