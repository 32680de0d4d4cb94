/* The end of a file, without reading the rest.
 *
 * Purpose: the last line of a file, which may say what the file is.
 * Owns: nothing but what is in the object.
 * Borrows: the descriptor, for the call.
 * Never: moves the position of the descriptor; waits. */
#ifndef IO_TAIL_H
#define IO_TAIL_H

#include <stdbool.h>
#include <stddef.h>

/* Longer than any line that is looked for: the name of a zone is the longest part. */
enum { TAIL_ROOM = 2048 };

struct tail {
    char octets[TAIL_ROOM];
    const char *line; /* in the octets */
    size_t length;    /* of the line, without its line feed */
    int failure;      /* an errno: it could not be read */
};

/* Reads the last line. Returns false where the file is not a regular one, is empty or cannot be
 * read, or does not end with a line feed. Of a longer line only the end is there. */
bool tail_read(struct tail *tail, int fd);

#endif
