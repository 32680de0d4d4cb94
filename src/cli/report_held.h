/* Lines of zones that wait for their commands.
 *
 * Purpose: very many of them, in a temporary file, found by the row of the zone. The space of those
 * that are taken comes back: all of it when there is none left, and before that whenever more is
 * lost than used.
 * Owns: the file, and where each line is in it. Borrows: the row of a zone while its line is held.
 * Never: prints. */
#ifndef CLI_REPORT_HELD_H
#define CLI_REPORT_HELD_H

#include "job/sync_facts.h"

/* Octets that may be lost, beside as many as there are of lines that are held. */
enum { REPORT_HELD_WASTE = 1 << 20 };

struct report_held_line;

struct report_held {
    int spool;                       /* or -1 */
    uint64_t spooled, unused;        /* octets in it, and of those what is held no more */
    struct report_held_line **table; /* of buckets, by the row */
    size_t count, room;              /* the second a power of two, or 0 */
};

/* The file is made with the first line. */
void report_held_init(struct report_held *held);
void report_held_fini(struct report_held *held);

bool report_held_has(const struct report_held *held, const struct zone *zone);

/* Keeps the line of a zone of which none is held. Errors: ERR_MEMORY, ERR_TEMPORARY. */
bool report_held_put(struct report_held *held, const struct zone *zone, const char *text,
                     size_t length, struct err *err);

/* Gives the line of a zone, to be freed, and forgets it. NULL: none is held; or ERR_MEMORY,
 * ERR_TEMPORARY, and it is forgotten, too. */
char *report_held_take(struct report_held *held, const struct zone *zone, size_t *length,
                       struct err *err);

/* All zones of which a line is held, in list order, to be freed. NULL: ERR_MEMORY. */
const struct zone **report_held_zones(const struct report_held *held, size_t *count,
                                      struct err *err);

#endif
