/* What a file that zxfr wrote before says about itself in its end line. */
#ifndef JOB_OLDFILE_H
#define JOB_OLDFILE_H

#include "dns/endline.h"

enum oldfile { OLDFILE_COUNTED, OLDFILE_MISSING, OLDFILE_NO_END_LINE };

/* Reads how many records the end line of the file counts. A file that cannot be read, or whose last
 * line is not the end line of a complete zone, is OLDFILE_NO_END_LINE. */
enum oldfile oldfile_records(const char *path, uint64_t *records);

/* Reads the last line of a file; its kind is ENDLINE_NONE where that is no end line. *names_zone:
 * it tells which zone the file is of, and the first record has that name as owner. Returns 0, or an
 * errno where it could not be read. */
int oldfile_last(int fd, struct endline *end, bool *names_zone);

#endif
