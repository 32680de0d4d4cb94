/* Writes a file behind whoever makes what is in it: a thread waits for the system meanwhile.
 *
 * Purpose: copies octets, gathers them into large blocks, and writes those in the order in which
 * they came. A piece is not parted between two writes unless it is larger than a block.
 * Owns: the thread, memory for what is on the way.
 * Borrows: the descriptor of a regular file, until behind_free. Nobody else writes to it, and it is
 * read only after behind_free.
 * Never: allocates after behind_new. */
#ifndef IO_BEHIND_H
#define IO_BEHIND_H

#include <stdbool.h>
#include <stddef.h>

struct behind;

/* With `flushes` it begins early to bring the file to the disk, for a caller who will wait for
 * that. Returns NULL where there is no memory for it, or no thread: then the file is written as
 * usual. */
struct behind *behind_new(int fd, bool flushes);

/* Takes octets; waits while too many are on the way. Returns 0, or the errno value of a write that
 * has failed: then nothing more is written. */
int behind_write(struct behind *behind, const void *octets, size_t length);

/* Waits until all is written, and ends. Returns as behind_write does. NULL is allowed. */
int behind_free(struct behind *behind);

#endif
