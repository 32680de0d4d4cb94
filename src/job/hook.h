/* The command of --exec: run at least once after FILE was replaced.
 *
 * Purpose: before FILE is replaced a marker beside it notes that the command is due, and from which
 * serial on; it is removed once the command has ended well. So a command that failed, or that a
 * kill -9 or a power failure kept from running, is run by the next run, whether FILE changes then
 * or not.
 * What keeps it from being lost where several runs meet: a note is written only under the lock of
 * FILE (the temporary file), and which note a command is started for is found out under that lock,
 * too, so nobody can take a note for done whose FILE is not in its place yet. A note that has
 * changed meanwhile is not removed: whoever wrote it runs the command.
 * Owns: the marker while it is open, the engine that the command runs on.
 * Borrows: the configuration's members and what the facts point to, the zone apart, for its life.
 * Never: prints; touches a marker without a command. */
#ifndef JOB_HOOK_H
#define JOB_HOOK_H

#include "dns/name.h"
#include "io/marker.h"
#include "job/output.h"
#include "job/usercmd.h"

struct hook_config {
    const char *command; /* for /bin/sh -c; NULL: there is none, and nothing is done here */
    uint64_t limit;      /* microseconds that it may take; 0: any */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now, for all that the run does */
    struct teller *teller;
    const char *name; /* what messages call the zone; NULL: its name */
    bool changes;     /* FILE holds changes, not a zone */
};

enum hook_due {
    HOOK_NOT_DUE,
    HOOK_CHANGED, /* this run replaces FILE */
    HOOK_PENDING  /* another one has replaced it, or was about to */
};

struct hook {
    struct hook_config config;
    enum hook_due due;
    bool found; /* there is a marker that an earlier run has made */
    struct marker marker;
    char before[MARKER_MOST + 1]; /* what it noted, where this run has written it anew */
    char note[MARKER_MOST + 1];   /* that the command is run for */
    bool no_diff;                 /* the changes of one run are not all that was missed */
    uint8_t zone[NAME_MAX_WIRE];
    struct usercmd_facts facts;

    /* The result. */
    bool ran;
    uint64_t began;
    struct usercmd command;
    char words[USERCMD_TEXT]; /* how it has ended; empty: well */
    struct err err;           /* of what has failed; it is told */
};

/* `limit` to its end is used only with a command. To be closed by hook_fini. */
void hook_init(struct hook *hook, const struct hook_config *config);

/* Finds out, before output_commit, whether FILE is going to be replaced; with `unchanged` it is
 * not. If so it notes that: first that, then FILE. If not it looks whether a command is pending.
 * The facts are those of the new content: zone, serial, the kind as it came, the name of FILE; the
 * file of --diff-to, whether it is fit or not; the serial of the old content. An output that is not
 * a regular file is not for this. Errors: those of output_ready, ERR_OUTPUT (the marker), of
 * reading FILE. */
bool hook_prepare(struct hook *hook, struct output *output, bool unchanged,
                  const struct usercmd_facts *facts, struct err *err);

/* After a failure since: where FILE was not replaced after all the note is what it was before, or
 * there is none. The command is not due any more, but for the next run where FILE is new. */
void hook_take_back(struct hook *hook, const struct outfile *out);

/* Looks, after a failure of this kind, whether a command is pending, if that kind says nothing
 * against it: not after a signal, a mistake in the command line, a failure to write. The output is
 * closed; where another run writes FILE, or there is none, nothing is pending. */
void hook_find(struct hook *hook, const struct outfile_options *file, enum err_kind failure,
               const struct usercmd_facts *facts);

/* Runs the command, if it is due, and removes the marker if it has ended well. Waits for it, and
 * before that, where this run has replaced FILE, for the command of another run. Failures are told
 * and in hook->err: ERR_HOOK, ERR_INTERRUPTED; ERR_OUTPUT, the marker; ERR_MEMORY. */
bool hook_run(struct hook *hook);

void hook_fini(struct hook *hook);

#endif
