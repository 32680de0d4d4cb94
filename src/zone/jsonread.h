/* JSON Lines and the JSON document, as out/w_json writes them, read back into records.
 *
 * Purpose: a source of records from a stream of octets. A record has the members name, ttl, class
 * (which may be missing), type, and rdata or data or both; of changes also op. Other members are
 * ignored. Their layout does not matter: records that jq has spread over several lines are read,
 * too.
 * Owns: the buffer and what it lends.
 * Takes over: the open file, which it closes.
 * Relies on: jansson, whose parser changes strings where memory is short (see cli/jsonmem).
 * Never: holds more than one record, however long the stream is; opens a file. */
#ifndef ZONE_JSONREAD_H
#define ZONE_JSONREAD_H

#include "zone/zonefile.h"

/* What is known besides the records; all of it once the source has ended. What a document says
 * before its records is known when the first of them comes. */
struct jsonread_facts {
    bool document; /* one document, not lines */
    bool changes;  /* the records have an op */
    bool has_zone, has_serial, has_from, has_to;
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    uint16_t class; /* of the zone; the caller's until the input tells another */
    uint32_t serial, from, to;
    uint64_t records;
    unsigned long line; /* where the last record begins, the first line being 1 */
    /* The text of the line "; zxfr INCOMPLETE: ", after which nothing may follow, or of the member
     * of the document. */
    bool incomplete;
    char why[ERR_TEXT_MAX];
};

/* Opens a source of the records of a file, which it takes over, even on failure. `class` is that of
 * records that do not name theirs. The text of its errors begins with NAME:LINE and says what was
 * expected of which member: ERR_JSON, and ERR_SYNTAX where the text in a member cannot be read.
 * Other errors: ERR_MEMORY and those of the callback. A record has the flag RR_SAME_OWNER where its
 * owner is that of the record before. Returns NULL with ERR_MEMORY. */
struct source *jsonread_open(uint16_t class, const struct zonefile_input *file, struct err *err);

/* After an error of next: whether it was about a record, so that next finds what else is wrong. */
bool jsonread_resume(struct source *source);

/* The facts of a source that jsonread_open has made. */
const struct jsonread_facts *jsonread_facts(const struct source *source);

#endif
