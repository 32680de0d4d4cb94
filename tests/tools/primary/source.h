/*
 * source: what is served, a zone with its versions or a recorded stream.
 *
 * Owns: records and mappings, for as long as the process lives.
 * Borrows: the name of the file, for the time of the call.
 * Never: returns what it could not read; a bad file ends the process.
 */
#ifndef PRIMARY_SOURCE_H
#define PRIMARY_SOURCE_H

#include "history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query;

struct source {
    uint8_t apex[256];
    unsigned class, type;     /* the QTYPE that a recording answers */
    bool any_name;            /* a recording without a question answers every transfer */
    struct records records;   /* of a zone, the SOA first and last */
    struct records *versions; /* for IXFR, the oldest first and these records last */
    size_t version_count;
    uint8_t *stream; /* a private mapping: message IDs are written over; NULL: a zone */
    size_t size;
    size_t *offsets; /* of the length prefixes */
    size_t messages;
    size_t rest;       /* octets at the end that make no message */
    bool has_query;    /* the recording tells the ID of its query, */
    uint16_t query_id; /* from which a message may differ as it did then */
    bool ends;         /* the recorded server closed the connection */
};

/* Reads a master file into a source that is all zeros. */
void source_load_zone(struct source *s, const char *file);

/* Reads framed messages, or a recording of zxfr --record, into a source that is all zeros. */
void source_load_stream(struct source *s, const char *file);

/* Which of the sources of that name and class answers: the last one of the query's type; without
 * such, the first. NULL: there is none. */
const struct source *source_find(const struct source *sources, size_t count,
                                 const struct query *query);

#endif
