/* What happens, as it happens: facts, for whoever makes words of them.
 *
 * Purpose: the floors below the command line return facts and print nothing.
 * Owns: nothing. A fact borrows all that it points to, for the call.
 * Never: a teller calls back into the job. */
#ifndef JOB_TELL_H
#define JOB_TELL_H

#include "job/attempts.h"
#include "xfer/answer.h"

enum fact_kind {
    FACT_WARNING,        /* text */
    FACT_NOTICE,         /* text, whole */
    FACT_SERVER_FOUND,   /* text: its name */
    FACT_CONNECTED,      /* attempt, number: microseconds; attempt->tls, where it is TLS */
    FACT_WITHOUT_EDNS,   /* attempt: the server does not understand EDNS and is asked without */
    FACT_BEGUN,          /* attempt, answer: the first record has come, or the last change */
    FACT_PROGRESS,       /* number: records; octets; microseconds */
    FACT_WHOLE_ZONE,     /* attempt, text: why not by changes */
    FACT_SAME_SERIAL,    /* attempt, text: what differs, so that the whole zone is asked for */
    FACT_FAILED,         /* attempt; `found`: its server was named by the DNS */
    FACT_PAUSE,          /* number: seconds before all servers are tried again */
    FACT_NO_TIME,        /* there is no time left in which all servers could be tried again */
    FACT_TRANSFERRED,    /* attempt, notes */
    FACT_WARNINGS,       /* attempt or text (whom they are about), notes */
    FACT_AFTER_FAILURES, /* attempt: it was good, others before it failed */
    FACT_GAVE_UP,        /* attempts */
    FACT_FILE_REPLACED,  /* text: its name */
    FACT_FILE_UNCHANGED, /* text */
    FACT_SIDE_READ,      /* text: its word; zone_info, number: records */
    FACT_SIDE_FAILED,    /* err */
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
    const char *text;
    uint64_t number, octets, microseconds;
    bool found;
};

struct teller {
    void (*tell)(struct teller *teller, const struct fact *fact);
};

#endif
