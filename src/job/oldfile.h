/* What a file that zxfr wrote before says about itself in its end line. */
#ifndef JOB_OLDFILE_H
#define JOB_OLDFILE_H

#include <stdbool.h>
#include <stdint.h>

enum oldfile { OLDFILE_COUNTED, OLDFILE_MISSING, OLDFILE_NO_END_LINE };

/* Reads how many records the end line of the file counts. A file that cannot be read, or whose last
 * line is no end line of a complete zone, is OLDFILE_NO_END_LINE. */
enum oldfile oldfile_records(const char *path, uint64_t *records);

enum { OLDFILE_ZONE = 1040 };

/* Reads which zone the file is of, as text: what its end line names and its first record has as
 * owner. Returns false where these do not tell. */
bool oldfile_zone(const char *path, char zone[OLDFILE_ZONE]);

#endif
