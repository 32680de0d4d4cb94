/* A file without a name, for what is held until it is whole.
 *
 * Purpose: makes it in the folder that TMPDIR names, or in /tmp, and says so where that fails.
 * Owns: nothing; the descriptor is the caller's, and the file goes when it is closed.
 * Never: prints. */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include "base/scratch.h"
#include "io/fence.h"

#include <stddef.h>

/* That folder. */
const char *spool_folder(void);

/* Makes one, and returns its descriptor, or -1 with ERR_TEMPORARY. */
int spool_open(struct err *err);

/* Write and read so many octets at a place, whatever the offset of the descriptor is. After a
 * failure the file may hold a part of them. Error: ERR_TEMPORARY, also where less is there to be
 * read. */
bool spool_write(int fd, const void *octets, size_t length, uint64_t at, struct err *err);
bool spool_read(int fd, void *octets, size_t length, uint64_t at, struct err *err);

/* Such files as scratch space, of which each place is one. */
extern const struct scratch spool_scratch;

/* Sets the error of one that could not be written or read back, for the reason in errno. Returns
 * false. Error: ERR_TEMPORARY. */
bool spool_failed(const char *what, struct err *err);

/* Lets that folder through, for one that is made later. */
void spool_fence(struct fence *fence);

#endif
