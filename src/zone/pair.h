/* Two sorted files of zxfr side by side, of which the lines that both have are never parsed.
 *
 * Purpose: two sources, one for each file, for a merge; lines that both have are passed over as
 * they are, where the merge allows it.
 * Owns: a window of each file; its memory does not grow with them.
 * Borrows: the inputs, for its life.
 * Never: trusts the files: their lines must add up to their end lines. The merge checks that the
 * records are in order. */
#ifndef ZONE_PAIR_H
#define ZONE_PAIR_H

#include "dns/rr.h"

struct pair_input {
    /* Reads at most `room` octets, at least one if it can; *got is 0 only at the end. */
    bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err);
    void *context;
    const char *name; /* for messages */
};

struct pair;

/* What is known of a file from the beginning; the SOA lasts until the pair is freed. */
struct pair_facts {
    struct zone_info zone;
    struct rr soa;
    uint64_t records; /* at the end: how many there are */
};

/* Reads up to the SOA of each. Errors: ERR_ZONE_FILE, ERR_SYNTAX and the like, where one is not a
 * sorted file of zxfr; ERR_ZONES_DIFFER; ERR_MEMORY; those of reading. */
struct pair *pair_open(const struct pair_input inputs[2], struct err *err);
void pair_free(struct pair *pair);

struct pair_facts pair_facts(const struct pair *pair, int side);

/* The source of a side, which belongs to the pair. Errors, besides those of reading: ERR_ZONE_FILE,
 * ERR_SYNTAX and the like, where the file is not as zxfr writes it; ERR_END_LINE, where it does not
 * hold what its end line says. */
struct source *pair_source(struct pair *pair, int side);

/* Passes over the next lines of both as long as they are the same: the `skip` of a merge, whose
 * context is the pair. Errors: those of reading. */
bool pair_skip(void *pair, struct err *err);

#endif
