/* Where input comes from: a file, standard input, a FIFO; read from the beginning to the end.
 *
 * Purpose: reading that a signal or a deadline can end, also where reading never waits;
 * paths that are relative to another file.
 * Owns: the descriptor and a copy of the name. Borrows: the loop, for its life.
 * Never: seeks, so that pipes do; closes standard input. */
#ifndef IO_INFILE_H
#define IO_INFILE_H

#include "base/err.h"
#include "io/loop.h"

struct infile {
    int fd;
    bool waits; /* it is not a regular file: more may come later */
    bool is_stdin;
    char *name;            /* for messages: the path, "standard input" */
    uint64_t size, taken;  /* octets: of a regular file, else 0; that were read */
    uint64_t identity[2];  /* device and inode */
    struct loop_halt halt; /* of the reading: for whoever works on what was read, too */
};

/* Opens a file; "-" is standard input unless `from` is given. A relative path is relative to the
 * folder of the file `from`, or of the process where that is NULL. The deadline is one of loop_now.
 * Errors: ERR_INPUT, ERR_SANDBOX, ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
struct infile *infile_open(const char *path, const char *from, const struct loop *loop,
                           uint64_t deadline, struct err *err);

/* Opens what the file `from` includes. Where there is no such file beside it, a relative path is
 * looked for in the folder `dir`, and only there where `from` is NULL; NULL: nowhere else. Errors:
 * as infile_open, and ERR_INCLUDE_MISSING, which names the places. */
struct infile *infile_include(const char *path, const char *from, const char *dir,
                              const struct loop *loop, uint64_t deadline, struct err *err);

/* Reads at most `room` octets, at least one unless the file ends; then *got is 0. The context is
 * the file. Errors: ERR_INPUT, which does not name the file, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
bool infile_read(void *infile, void *to, size_t room, size_t *got, struct err *err);

void infile_close(void *infile);

/* Reads a whole file of at most `most` octets, as infile_open and infile_read do. Returns its text,
 * with a NUL after it, which the caller frees; NULL with an error, which names the file. */
char *infile_text(const char *path, size_t most, const struct loop *loop, uint64_t deadline,
                  size_t *length, struct err *err);

#endif
