/*
 * fault: the verbs of a script: what there is to break, and when in the making of an answer it is
 * broken.
 *
 * Purpose: a verb is one row of a table, with its arguments, its stage, its function and its help.
 * The tables stand in fault_plan, fault_build, fault_message, fault_sign and fault_send, each
 * beside the functions that its rows name. transfer and its like call fault_run at each stage.
 * Owns: nothing. Borrows: the commands, which belong to the options.
 * Never: lets a command pass that has nothing to act on: a fault that never happens would be a test
 * that tests nothing. The process then ends with a message.
 */
#ifndef PRIMARY_FAULT_H
#define PRIMARY_FAULT_H

#include "answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAST_MESSAGE = -1, ALL_MESSAGES = -2 };

/* In their order. */
enum stage {
    STAGE_QUERY,      /* the query's signature was looked at */
    STAGE_PLAN,       /* the list of records is complete, no message is built */
    STAGE_QUESTION,   /* before the question of a message is written */
    STAGE_AUTHORITY,  /* after the answer section of a message */
    STAGE_ADDITIONAL, /* at the end of a message */
    STAGE_MESSAGE,    /* all messages are built */
    STAGE_SIGN,       /* before a message is signed */
    STAGE_SIGNED,     /* all messages are signed, if they are at all */
    STAGE_STREAM,     /* they have become one row of octets */
    STAGE_PACE,       /* how many octets a write */
    STAGE_SEND,       /* they are about to go out */
};

/* One command of a script: a verb and its arguments. */
struct command {
    const struct verb *verb;
    enum stage stage; /* the verb's own, or that after the signing */
    long connection;  /* 0: all */
    unsigned type;    /* of the query; 0: all */
    long message, octet, number;
    uint8_t *data;
    size_t len;
    bool with_id; /* the data lacks the message ID */
};

/*
 * Arguments, one letter each: m message number (1 is the first, or "last"; or "all" for the ways of
 * signing), o octet number (negative ones count from the end), or another number with a sign, n
 * number, r RCODE, t type, w one of the choices, x hexadecimal digits, i the same, where a leading
 * "id" stands for the query's message ID.
 */
struct verb {
    const char *name, *arguments;
    enum stage stage;
    bool needs_zone; /* a recorded stream cannot be changed like that */
    void (*act)(struct answer *, const struct command *);
    const char *choices, *help;
};

/* Each ends with a row without a name. */
extern const struct verb fault_plan_verbs[], fault_build_verbs[], fault_message_verbs[],
    fault_sign_verbs[], fault_send_verbs[];

/* NULL: there is no such verb. */
const struct verb *fault_find(const char *name);

/* One line for each verb on standard output. */
void fault_help(void);

/* Runs the commands of one stage; with a message number, only those for that message. */
void fault_run(struct answer *a, enum stage stage, long message);

/* True if a command of that stage concerns this answer. */
bool fault_in_use(const struct answer *a, enum stage stage);

/* Ends the process if a command of these stages is for a message that was never built. */
void fault_check_numbers(const struct answer *a, enum stage from, enum stage to);

/* The message that a command of a later stage is for; it must be there. */
struct message *fault_chosen(struct answer *a, const struct command *c);

#endif
