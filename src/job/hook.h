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
 * There are two ways through it. One run of one zone: hook_prepare or hook_find, hook_run, which
 * waits. Many zones: hook_note_write before each rename; later, one after the other, hook_expect,
 * and steps on an engine that others use, too (job/hooks).
 * Owns: the marker while it is open, the command while it runs.
 * Borrows: the configuration's members and what the facts point to, the zone apart, for its life.
 * Never: prints; touches a marker without a command; waits, but in hook_run. */
#ifndef JOB_HOOK_H
#define JOB_HOOK_H

#include "dns/name.h"
#include "job/hook_note.h"
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
    bool looks;                   /* hook_begin is to look for the note */
    uint64_t stamp;               /* ... that this run has made; 0: an earlier one */
    bool told;                    /* that another run's command is waited for */
    unsigned tries;               /* to remove the note, which another run has locked */
    uint8_t zone[NAME_MAX_WIRE];
    struct usercmd_facts facts;
    struct engine *engine; /* of hook_begin */

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
 * before that, where this run has replaced FILE, for the command of another run. It is the loop
 * around the steps below, on an engine of its own. Failures are told and in hook->err: ERR_HOOK,
 * ERR_INTERRUPTED; ERR_OUTPUT, the marker; ERR_MEMORY. */
bool hook_run(struct hook *hook);

/* ---- In steps, with what hook_note_write has written, or an earlier run -------------------- */

/* Of the facts zone, file and diff count: the name of FILE, which is not locked any more by this
 * process; a link is followed for notes of other runs only. `stamp` is that of the note that this
 * run has written, 0 where it has not. The rest follows from the note and from FILE when the
 * command's turn has come. A diff is passed on only where it begins and ends at the serials of the
 * two. */
void hook_expect(struct hook *hook, uint64_t stamp, const struct usercmd_facts *facts);

enum hook_step {
    HOOK_OVER,  /* hook->due, ran and err say how; HOOK_NOT_DUE: there is no note, or another run
                 * writes FILE or is at work on the same note, to which it is left */
    HOOK_WAITS, /* for an event of the engine of which it is the owner */
    HOOK_LATER  /* another process has a lock: hook_begin is due again after HOOK_PAUSE. Before it
                 * has run the whole object may be dropped instead, and made anew. */
};
enum { HOOK_PAUSE = 100000 }; /* microseconds */

/* Starts the command, if it is due, or goes on after HOOK_LATER. Failures as of hook_run, but that
 * one that cannot be started for want of processes or memory is ERR_HOOK. */
enum hook_step hook_begin(struct hook *hook, struct engine *engine);
/* Takes an event of which it is the owner. */
enum hook_step hook_take(struct hook *hook, const struct engine_event *event);
/* Instead of hook_begin after HOOK_LATER, where it has not run: fails, and is over. */
void hook_give_up(struct hook *hook);
/* Ends the command and is over, with ERR_INTERRUPTED; the marker stays. Not after HOOK_OVER. */
void hook_stop(struct hook *hook);

void hook_fini(struct hook *hook);

#endif
