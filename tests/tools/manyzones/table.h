/*
 * table: which zones there are, their serials, and what each had before.
 *
 * Owns: the table, which lives as long as the process. Borrows: names of files.
 * Never: knows records.
 */
#ifndef MANYZONES_TABLE_H
#define MANYZONES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TABLE_MAX = 1000000, /* names have six digits */
    TABLE_APEX = 20,     /* the octets of each name */
};

/* All that the content of a zone depends on, beside its number. */
struct state {
    uint32_t serial;
    unsigned resigned;               /* which signatures it has; 0: none */
    uint32_t refresh, retry, expire; /* of its SOA */
};

struct zone {
    struct state now, before;
    bool changed; /* there is a before */
    bool asked;   /* for its SOA */
};

struct table {
    struct zone *zones;
    size_t count;
};

/* count zones, all in one state. */
void table_fill(struct table *t, size_t count, struct state state);

/* Reads lines "NUMBER SERIAL [RESIGNED]"; "#" begins a comment. Who gets another state has a change
 * from what it had. A missing file and a bad line end the process. */
void table_read(struct table *t, const char *file);

/* The zone of a name, in any letter case. False: there is none. */
bool table_find(const struct table *t, const uint8_t *name, unsigned *number);

/* The name of a zone, in lower case. */
void table_apex(uint8_t name[TABLE_APEX], unsigned number);

#endif
