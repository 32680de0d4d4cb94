/* Where output goes: a file as a transaction, standard output, or something that is not a regular
 * file.
 *
 * Purpose: a target is either what it was or the whole new content, never a part of it.
 * Owns: its descriptors and names; the temporary file .FILE.zxfr beside FILE while it is locked.
 * Never: prints; touches FILE before outfile_commit. */
#ifndef IO_OUTFILE_H
#define IO_OUTFILE_H

#include "base/err.h"
#include "io/fence.h"
#include "io/loop.h"

#include <limits.h>
#include <sys/types.h>
#include <time.h>

struct behind;

struct outfile_options {
    const char *path; /* NULL or "-": standard output */
    bool whole;       /* nothing leaves before the commit, whatever the target */
    bool straight;    /* written as it comes, a file too, which is emptied and its owner's alone */
    bool append;      /* straight, and a file is added to instead */
    bool fresh;     /* whatever has the name is replaced: no link is followed, and nothing of an old
                     * file's mode or owner is taken over. Only for a file. */
    bool only_file; /* what exists and is not a regular file is an error */
    bool touch;     /* renew the time of a FILE that stays as it is */
    bool wait;      /* queue after another run */
    bool beside;    /* where there is another processor, a large file is written by a thread */
    mode_t new_mode; /* of a FILE that is not there yet: what the umask leaves */
    bool sets_mode;  /* new_mode is that of a FILE that is there, too; of what is written straight,
                      * that  of a new one */
};

enum outfile_result { OUTFILE_WRITTEN, OUTFILE_REPLACED, OUTFILE_UNCHANGED };

struct outfile {
    struct outfile_options options;
    struct loop_halt halt;
    bool hurries;     /* a signal came or time is up: what is left to write gets a moment */
    bool interrupted; /* and it was a signal */
    uint64_t moment;  /* when that is over */
    int direct;       /* descriptor that is written straight, or -1 */
    int given;        /* the descriptor of the pipe that `direct` opens once more, or -1 */
    int spool;        /* unnamed temporary file (whole, and no transaction), or -1 */
    int temporary;    /* descriptor of the locked temporary file, or -1 */
    int swapped;      /* ... once it is the target, or -1 */
    char target[PATH_MAX], temporary_name[PATH_MAX];
    uint64_t written;      /* octets since it was opened or taken back */
    struct behind *behind; /* who writes it from now on, or NULL */
    bool is_stdout;
    bool is_regular; /* the descriptor that is written is a file, and never blocks */
    bool is_socket;
    bool broken_pipe;           /* a write failed because nobody reads */
    size_t done;                /* octets of the last outfile_write that got out */
    bool renamed;               /* the target is the new one, whatever has failed after that */
    bool ready;                 /* outfile_ready has succeeded, and nothing was written since */
    enum outfile_result result; /* ... with this */
    const char *name;           /* for messages */
};

/* Opens the target. Symbolic links are followed, so that the real file is replaced; what exists and
 * is not a regular file is written straight. The temporary name is fixed: what a killed run left is
 * removed, and a second run finds it locked. Waiting for a lock, for the reader of a FIFO, or
 * for room in a pipe ends at the deadline (of loop_now). Errors: ERR_OUTPUT, ERR_BUSY,
 * ERR_INTERRUPTED. After a failure there is nothing to close. */
bool outfile_open(struct outfile *out, const struct outfile_options *options,
                  const struct loop *loop, uint64_t deadline, struct err *err);

/* Sets another deadline, for what is written from now on: that time was up before does not count.
 */
void outfile_allow(struct outfile *out, uint64_t deadline);

/* Writes. A signal or the deadline does not end it in the middle of a line at once: the target
 * still gets these octets, and the mark of an incomplete zone after them; a second later it gives
 * up, whether the reader does not read or there is still something to write. Errors: ERR_OUTPUT,
 * ERR_INTERRUPTED. */
bool outfile_write(struct outfile *out, const void *octets, size_t length, struct err *err);

/* Waits until what was passed to outfile_write is written, where a thread does that. Only then may
 * the temporary file be read; all that ends the writing waits for that by itself. Errors:
 * ERR_OUTPUT. */
bool outfile_settle(struct outfile *out, struct err *err);

/* Opens the file of outfile_options.append by its name once more: another one may have the name
 * now, or it is made. What is not a file, or was given as a descriptor, stays as it is. After a
 * failure the one before goes on. Errors: ERR_OUTPUT. */
bool outfile_reopen(struct outfile *out, struct err *err);

/* Whether output that was written can be taken back. */
bool outfile_can_restart(const struct outfile *out);

/* Takes back what was written since outfile_open. Error: ERR_OUTPUT. */
bool outfile_restart(struct outfile *out, struct err *err);

/* Makes what was written the content of the target, unless outfile_ready has found that it has that
 * already: flushed, with the mode and owner of the old
 * file, renamed over it; a target with the same content is left alone. Closes everything. Errors:
 * ERR_OUTPUT, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL; up to the rename the target stays as it was. */
bool outfile_commit(struct outfile *out, enum outfile_result *result, struct err *err);

/* Copies what was written to one into another one; both are transactions. Error: ERR_OUTPUT. */
bool outfile_copy(const struct outfile *from, struct outfile *to, struct err *err);

/* What a temporary file is, to the moment: for whoever lets somebody else look at it. */
struct outfile_state {
    uint64_t device, inode, size;
    struct timespec changed;
};

/* Sets *state; whether the temporary file is still the one that is written, and as it was then.
 * Errors: ERR_OUTPUT. */
bool outfile_look(const struct outfile *out, struct outfile_state *state, struct err *err);
bool outfile_is_same(const struct outfile *out, const struct outfile_state *state);

/* The steps of outfile_commit, for whoever commits many at once, or has something to do in between.
 * They are for a transaction (there is a temporary file), in this order; after one that has failed,
 * outfile_abort follows. After outfile_ready outfile_commit may do the rest. The temporary file
 * stays open and locked until it is renamed: else another run would remove it.
 *
 * outfile_ready does what can fail before the disk is waited for: it compares with the target, and
 * sets mode and owner. OUTFILE_UNCHANGED: outfile_keep follows, and nothing else. Errors:
 * ERR_OUTPUT, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
bool outfile_ready(struct outfile *out, enum outfile_result *result, struct err *err);

/* Brings the content to the disk; with `only_begin` it does not wait for that, and cannot fail.
 * Error: ERR_OUTPUT. */
bool outfile_flush(const struct outfile *out, bool only_begin, struct err *err);

/* Renames: now the target is the new one. Error: ERR_OUTPUT, and the target is the old one. */
bool outfile_swap(struct outfile *out, struct err *err);

/* Makes what was renamed in the folder of the target last. It is not an error if the file system
 * cannot flush a folder. Error: ERR_OUTPUT. */
bool outfile_flush_folder(const struct outfile *out, struct err *err);

/* The same for the folder of any file. */
bool outfile_flush_folder_of(const char *path, struct err *err);

/* Removes what was renamed, which goes with another file that could not be. */
void outfile_unswap(struct outfile *out);

/* Closes what was renamed. Error: ERR_OUTPUT. */
bool outfile_close(struct outfile *out, struct err *err);

/* As outfile_abort, where the target stays as it is because nothing has changed: its time is
 * renewed, if that is asked for. Error: ERR_OUTPUT. */
bool outfile_keep(struct outfile *out, struct err *err);

/* Lets through the fence what a target that is open still needs: its folder, for the rename. */
void outfile_fence(const struct outfile *out, struct fence *fence);

/* Lets through what outfile_open and all that follows it will need of a target that is not open
 * yet. In the folder of a file more can be done then. */
void outfile_fence_later(const struct outfile_options *options, struct fence *fence);

/* Forgets what was written, removes the temporary file, closes everything. */
void outfile_abort(struct outfile *out);

#endif
