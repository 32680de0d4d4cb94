/* What an audit has found, for eyes and for programs.
 *
 * Purpose: a table, and a JSON document, from the same rows.
 * Owns: nothing. Never: judges; writes octets to a terminal that somebody else could choose. */
#ifndef CLI_AUDIT_SAY_H
#define CLI_AUDIT_SAY_H

#include "job/audit_facts.h"

#include <stdio.h>

struct audit_saying {
    const struct audit_zone *zones;
    size_t count;
    unsigned fail_on; /* enum audit_problem: those that count */
    bool content;     /* there are columns for it */
    bool color;
    bool quiet;     /* only the problems that count */
    unsigned width; /* of the terminal; 0: it is none */
    uint64_t now;   /* microseconds since 1970 */
};

/* With -v: what a row has got of one question, as a line on standard error. */
void audit_say_step(const struct audit_zone *zone, const struct audit_row *row,
                    enum audit_step step);

/* A header and a row for each address of each server, unless it is to be quiet; then a line for
 * each problem that counts, with what to do about it. Whether the file took it all stands in
 * ferror. */
void audit_say_table(FILE *to, const struct audit_saying *saying);

/* {"zones":[{zone, result, rows[]}]}. False: there was no memory for it, or it could not be
 * written. */
bool audit_say_json(FILE *to, const struct audit_saying *saying);

/* The words of --fail-on, by bit number; NULL past the end. */
const char *audit_say_problem(unsigned bit);

#endif
