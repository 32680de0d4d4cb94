/* Putting finished content, or a FILE that is to stay, before the gates.
 *
 *     pipe (with a witness) ─▶ temporary file ─▶ gates ─▶ output_commit
 *
 * Purpose: finds out what job/gate wants to know, starts the command of --check-cmd, keeps what was
 * refused, and tells what is wrong with it.
 * Owns: what it has counted, the command while it runs.
 * Borrows: the members of the configuration, for its life.
 * Never: puts anything in the place of FILE; waits; prints. */
#ifndef JOB_GATES_H
#define JOB_GATES_H

#include "job/gate.h"
#include "job/output.h"
#include "job/usercmd.h"

struct gates_config {
    struct output *output;   /* is_judged, with the witness below */
    struct witness *witness; /* of what gate_what says */
    const uint8_t *zone;
    uint8_t zone_length;
    uint16_t class;
    bool has_old_serial; /* that of FILE is known */
    uint32_t old_serial;
    bool old_sorted;   /* FILE is whole, and sorted as format zone with --sort has it */
    bool old_is_other; /* it is of another zone, which is to be replaced */
    bool rechecks;     /* a FILE that is to stay is judged like a new one */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
    struct teller *teller;
};

struct gates {
    struct gates_config config;
    struct gate_list list;      /* of what was judged last */
    struct guard_limits limits; /* nothing of another zone is in them */
    struct gate_count counts[GATE_CHANGES_MAX];
    struct usercmd command;
    struct outfile_state candidate; /* before the command */
    uint32_t serial;                /* of what is judged */
    bool keeps;                     /* it is FILE */
    bool knows_old;                 /* FILE was judged */
    bool has_refused;               /* something was refused before */
    uint32_t refused;               /* with this serial */
};

enum gates_step { GATES_OPEN, GATES_SHUT, GATES_WAIT };

/* Whether anything is asked of a zone before it may replace FILE. */
bool gates_any(const struct shape *shape);

/* Judges what was written, or with `keeps` FILE itself; `serial` is that of it. `event` is NULL for
 * the first step. GATES_WAIT: a command runs on the engine, which has an event for `owner` when it
 * has ended; that goes into the next step. Errors, with GATES_SHUT: the kinds of job/gate;
 * ERR_MIN_RECORDS, ERR_MAX_SHRINK; those of reading the files, of output_ready and of
 * usercmd_start. Nothing is to be freed, but gates_stop must come where no next step does. */
enum gates_step gates_step(struct gates *gates, bool keeps, uint32_t serial, struct engine *engine,
                           const struct engine_event *event, void *owner, struct err *err);

/* Makes all steps, where nothing else goes on on the engine, which may be NULL if there is no
 * --check-cmd. Errors: those of gates_step; ERR_INTERRUPTED. */
bool gates_run(struct gates *gates, uint32_t serial, struct engine *engine, struct err *err);

/* After a failure: FILE stays, and so it is judged, for its signatures, if it was not before. What
 * is wrong is told as a warning, and is in the list where that has nothing of a new zone. */
void gates_warn(struct gates *gates);

/* Ends a command that still runs. */
void gates_stop(struct gates *gates, struct engine *engine);

#endif
