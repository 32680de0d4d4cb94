/* The zones that one message is about: how many, and the names of the first.
 *
 * Owns: nothing. Borrows: rows, until they are dropped or the names are all zero again.
 * Never: holds more than ZONENAMES_MOST of them. */
#ifndef CLI_ZONENAMES_H
#define CLI_ZONENAMES_H

#include "job/sync_facts.h"

enum {
    ZONENAMES_MOST = 10,                  /* zones that are named */
    ZONENAMES_ROOM = NAME_TEXT_ROOM + 16, /* of their names in a message */
};

/* All zero: of none. */
struct zonenames {
    uint64_t count;
    unsigned shown;
    const struct zone *first[ZONENAMES_MOST]; /* in list order */
};

/* Counts a zone, and keeps the first in list order: they come in any. */
void zonenames_add(struct zonenames *names, const struct zone *zone);

/* A zone that may be one of them is so no more: one that is named is not counted either. */
void zonenames_drop(struct zonenames *names, const struct zone *zone);

/* The first zones, with commas between, as far as they fit; and dots where that is not all. */
const char *zonenames_text(char text[ZONENAMES_ROOM], const struct zonenames *names);

#endif
