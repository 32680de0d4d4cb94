/* Files that are read from beginning to end.
 *
 * Purpose: opens a file or standard input, and files whose path is relative to another's.
 * Owns: the descriptor and a copy of the name.
 * Never: seeks, so that pipes do; closes standard input. */
#ifndef IO_INFILE_H
#define IO_INFILE_H

#include "base/err.h"

#include <stdint.h>

struct infile {
    int fd;
    char *name;           /* for messages: the path, "standard input" */
    uint64_t identity[2]; /* device and inode */
};

/* Opens a file; "-" is standard input unless `from` is given. A relative path is relative to the
 * folder of the file `from`, or of the process where that is NULL. Errors: ERR_INPUT, ERR_MEMORY. */
struct infile *infile_open(const char *path, const char *from, struct err *err);

/* Reads at most `room` octets, at least one unless the file ends; then *got is 0. The context is
 * the file. Errors: ERR_INPUT, which does not name the file, ERR_INTERRUPTED. */
bool infile_read(void *infile, void *to, size_t room, size_t *got, struct err *err);

void infile_close(void *infile);

#endif
