/* A small file beside another one, which says that something is still to be done.
 *
 * Purpose: what is noted in .FILE.hook outlives a kill -9 and a power failure, and is removed only
 * by whoever has done it, even where several processes write, do and remove at the same moment.
 * There are two locks. One is held for a moment: by whoever reads, writes or removes the note
 * (fcntl, of the open file). The other is held by whoever does what the note asks for, as long as
 * that takes (flock). Both are judged by the name: a file that was removed while a lock was waited
 * for is opened anew.
 * Owns: a descriptor. Borrows: the loop, for its life.
 * Never: waits for the long lock; follows a symbolic link; takes a file that belongs to somebody
 * else or has another name, too; prints. */
#ifndef IO_MARKER_H
#define IO_MARKER_H

#include "base/err.h"
#include "io/loop.h"

#include <limits.h>

enum {
    MARKER_MOST = 127,
    MARKER_AT_ONCE = 0 /* a deadline: the short lock is not waited for; ERR_BUSY, it is taken */
};

struct marker {
    char path[PATH_MAX];
    const struct loop *loop;
    uint64_t deadline;          /* of loop_now, for the short lock; or MARKER_AT_ONCE */
    int fd;                     /* -1: it is not open */
    bool made;                  /* there was none before marker_open */
    bool locked;                /* the long lock is ours */
    char text[MARKER_MOST + 1]; /* the note, as it was found under the short lock, or written. Of
                                 * one that is longer the beginning. */
};

/* Names the marker of a file, whose own name must be followed to its end (outfile.target). Error:
 * ERR_OUTPUT, the name is too long. There is nothing to close before marker_open. */
bool marker_init(struct marker *marker, const char *target, const struct loop *loop,
                 uint64_t deadline, struct err *err);

/* Opens it, with the short lock, and reads the note: the one that is there, or with `make` an empty
 * one that was made. What was open before is closed. *there: it is open; without `make` there may
 * be none. Errors: ERR_OUTPUT, what is there is not a file of ours; ERR_INTERRUPTED,
 * ERR_TIMEOUT_TOTAL, while the lock was waited for; ERR_BUSY in its place. */
bool marker_open(struct marker *marker, bool make, bool *there, struct err *err);

/* Takes the short lock once more, of what is open, and reads the note again. *there: it was not
 * removed. Errors: as above. */
bool marker_hold(struct marker *marker, bool *there, struct err *err);

/* While it is held: writes the note, at most MARKER_MOST octets, and makes it last. That the name
 * lasts is up to the caller: the folder is to be flushed. If it fails, the note is what it was, as
 * far as that can be had. Error: ERR_OUTPUT. */
bool marker_write(struct marker *marker, const char *text, struct err *err);

/* While it is held: removes it. Error: ERR_OUTPUT. */
bool marker_remove(struct marker *marker, struct err *err);

/* Gives the short lock up; it stays open. */
void marker_let_go(struct marker *marker);

enum marker_lock {
    MARKER_LOCKED,
    MARKER_BUSY, /* another process has it */
    MARKER_GONE  /* what is open was removed; it is closed now */
};

/* Takes the long lock, if nobody has it. */
enum marker_lock marker_lock(struct marker *marker);

/* Closes it, and gives up both locks. */
void marker_close(struct marker *marker);

#endif
