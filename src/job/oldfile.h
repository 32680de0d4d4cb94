/* What a file that zxfr wrote before says about itself in its end line. */
#ifndef JOB_OLDFILE_H
#define JOB_OLDFILE_H

#include "dns/endline.h"

enum oldfile { OLDFILE_COUNTED, OLDFILE_MISSING, OLDFILE_NO_END_LINE };

/* Reads how many records the end line of the file counts. A file that cannot be read, or whose last
 * line is not the end line of a complete zone, is OLDFILE_NO_END_LINE. */
enum oldfile oldfile_records(const char *path, uint64_t *records);

/* Whether the last line of the file says that it is not whole. */
bool oldfile_is_incomplete(const char *path);

/* Reads the end line of a file whose first record has the name of the zone in it as owner. Returns
 * false where these do not tell which zone the file is of. */
bool oldfile_zone(const char *path, struct endline *end);

#endif
