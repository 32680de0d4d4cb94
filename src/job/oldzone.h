/* What a file that is to be replaced holds, as far as its head and its last line tell.
 *
 * Purpose: which zone it is, with which SOA and which signatures over that, for whoever must not
 * lose a newer zone, or that of somebody else. It costs the same for every size of file.
 * Owns: what is in the object.
 * Never: reads a file to its end; judges whether it is whole; prints. */
#ifndef JOB_OLDZONE_H
#define JOB_OLDZONE_H

#include "dns/endline.h"
#include "dns/soa.h"
#include "io/loop.h"

#include <sys/stat.h>

struct oldzone_config {
    const char *path;
    const uint8_t *zone; /* the one that is to be written; relative names may be of it */
    uint8_t zone_length;
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
};

struct oldzone {
    uint8_t zone[NAME_MAX_WIRE];
    uint8_t zone_length; /* 0: it is missing, or does not tell which zone it is */
    bool has_serial;
    uint32_t serial;
    struct soa_signed apex; /* what stands at the head of the file */
    bool is_there;          /* there is something in it that may be read, or is no regular file */
    int unopened;           /* errno of what is there and cannot be opened, or 0 */
    int unread;             /* errno of its last line, which could not be read, or 0 */
    struct stat status;     /* of that */
    struct endline last;    /* its last line */
    bool last_fits;         /* which tells the zone that the first record is of */
};

/* Looks at the file; head and last line are of the same one, though it be replaced meanwhile. One
 * that is missing, may not be read, is no regular file or is no zone tells nothing, and that is not
 * an error. Errors: ERR_OUTPUT, it cannot be read; ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL.
 */
bool oldzone_read(struct oldzone *old, const struct oldzone_config *config, struct err *err);

/* Whether the file is still the one that was looked at, unchanged; one that was missing or empty is
 * so still. */
bool oldzone_holds(const struct oldzone *old, const char *path);

/* Whether there was a file that could be read, and now another one, or none, is in its place. */
bool oldzone_was_replaced(const struct oldzone *old, const char *path);

/* Whether it holds the zone, or none: else sets ERR_OTHER_ZONE, with the name of the file as given.
 */
bool oldzone_is_of(const struct oldzone *old, const uint8_t *zone, size_t zone_length,
                   const char *path, struct err *err);

#endif
