/* What happens, as it happens: facts, for whoever makes words of them.
 *
 * Purpose: the floors below the command line return facts and print nothing.
 * Owns: nothing. A fact borrows all that it points to, for the call.
 * Never: a teller calls back into the job. */
#ifndef JOB_TELL_H
#define JOB_TELL_H

#include "base/faults.h"
#include "job/attempts.h"
#include "job/gate.h"
#include "net/lookup.h"
#include "xfer/answer.h"

#include <stdint.h>

enum fact_kind {
    FACT_WARNING,      /* text */
    FACT_NOTICE,       /* text, whole */
    FACT_REMARK,       /* text, whole, beside a failure: said whatever else is not */
    FACT_LOOKED_UP,    /* lookup */
    FACT_SERVER_FOUND, /* text: its name */
    FACT_CONNECTED,    /* attempt, number: microseconds; local; attempt->tls, where it is TLS */
    FACT_QUERY,        /* attempt or text (a recording), query */
    FACT_MESSAGE, /* attempt or text, message; number: microseconds since the query, if timed */
    FACT_WITHOUT_EDNS, /* attempt: the server does not understand EDNS and is asked without */
    FACT_GATES,        /* gates: what each of them says */
    FACT_FINDING,      /* finding: it keeps a zone from replacing FILE */
    FACT_BEGUN,        /* attempt, answer: the first record has come, or the last change */
    FACT_PROGRESS,     /* attempt, progress */
    FACT_WHOLE_ZONE,   /* attempt, text: why not by changes */
    FACT_DISTRUST,     /* attempt, text: what is wrong with changes, or with none, so that the whole
                        * zone     is asked for */
    FACT_FAILED,       /* attempt; `found`: its server was named by the DNS */
    FACT_OLDER,        /* attempt: it has an older zone, which may be taken */
    FACT_PAUSE,        /* number: seconds before all servers are tried again */
    FACT_NO_TIME,      /* there is no time left in which all servers could be tried again */
    FACT_TRANSFERRED,  /* attempt, notes */
    FACT_WARNINGS,     /* attempt or text (whom they are about), notes */
    FACT_AFTER_FAILURES, /* attempt: it was good, others before it failed */
    FACT_GAVE_UP,        /* attempts */
    FACT_SPILLED,        /* text: what was sorted, or NULL: standard output; spill */
    FACT_FILE_REPLACED,  /* text: its name */
    FACT_FILE_UNCHANGED, /* text */
    FACT_FILE_TOUCHED,   /* text: it is unchanged, and has a new time */
    FACT_COMMAND_WAITS,  /* text: the option that a command is of; another run's is at work */
    FACT_COMMAND_RUNS,   /* text; it was started */
    FACT_COMMAND_ENDED,  /* text, number: microseconds; well */
    FACT_COMMAND_DONE,   /* text; by another run */
    FACT_COMMAND_FAILED, /* err; like the four before it of the zone `zone`, or of all: NULL */
    FACT_SIDE_READ,      /* text: its word; zone_info, number: records */
    FACT_SIDE_FAILED,    /* err; text: its word, faults: of a file, all that is wrong with it */
};

/* A question to the resolver. */
struct lookup_facts {
    const char *name;
    bool is_servers;      /* those of a zone, not the addresses of a host */
    const char *resolver; /* whom it was put to; NULL: to nobody, the file of hosts has it */
    const struct address *addresses;
    size_t address_count;
    const char (*hosts)[LOOKUP_HOST_MAX];
    size_t host_count;
    const struct err *err; /* ERR_NONE: it was answered */
};

enum progress_stage {
    PROGRESS_LOOKUP, /* of servers or addresses */
    PROGRESS_PAUSE,  /* between two rounds */
    PROGRESS_TURN,   /* other zones come first */
    PROGRESS_JUDGE,  /* what came is looked at */
    PROGRESS_CONNECT,
    PROGRESS_HANDSHAKE,
    PROGRESS_ASKED, /* nothing has come */
    PROGRESS_COMING
};

struct progress {
    enum progress_stage stage;
    uint64_t records, octets, rate; /* octets in the last second or so */
    uint64_t microseconds;          /* since it began to connect */
    uint64_t silent, limit;         /* microseconds without a sign of life, and allowed */
};

struct fact {
    enum fact_kind kind;
    const char *label; /* which of several zones, as OLD, or NULL */
    const char *zone;  /* as it was given */
    const struct attempt *attempt;
    const struct attempts *attempts;
    const struct answer_facts *answer;
    const struct notes *notes;
    const struct zone_info *zone_info;
    const struct err *err;
    const struct faults *faults;
    const struct progress *progress;
    const struct lookup_facts *lookup;
    const struct watch_query *query;
    const struct watch_message *message;
    const struct address *local; /* or NULL */
    const struct gate_list *gates;
    const struct finding *finding;
    const struct store_spill *spill;
    const char *text;
    uint64_t number;
    bool found, timed;
};

struct teller {
    _Alignas(uint64_t) void (*tell)(struct teller *teller, const struct fact *fact);
};

#endif
