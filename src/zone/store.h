/* A whole zone, in memory or partly on a disk, and the walk through it in DNSSEC canonical order.
 *
 * Purpose: takes records in any order and gives them back sorted: the SOA, then by owner (RFC 4034
 * section 6.1), type number and canonical RDATA (section 6.3); the same record only once, in
 * canonical form (section 6.2). What comes out is a function of the set of records that went in.
 * Owns: all that it was given, copied: about 11 octets for each record besides its RDATA, and the
 * owner once for each run of records that have it. Where the owners did not come in order, 16 more
 * octets for each run. Where less memory than that is allowed, sorted pieces of the zone lie in
 * scratch space, and what it gives and notes is the same.
 * Never: prints; releases memory before it is freed. */
#ifndef ZONE_STORE_H
#define ZONE_STORE_H

#include "base/halt.h"
#include "base/notes.h"
#include "base/scratch.h"
#include "dns/rr.h"

/* What had no room in memory, as it came. */
struct store_spill {
    uint64_t pieces; /* 0: there was room */
    uint64_t octets; /* of all of them */
};

struct store_config {
    /* Keep the letter case as it came. The order, and what counts as the same record, stay those of
     * the canonical form; of records that differ only in case the one with the lowest octets
     * stays. */
    bool keep_case;
    const struct halt *halt; /* of sorting and walking; NULL: never */
    /* How many octets it may hold before it puts them into the scratch space, and how many a walk
     * may then take to read them: at least half a MiB. 0: it holds everything. */
    size_t memory;
    const struct scratch *scratch;
};

struct store;

/* Error: ERR_MEMORY. */
struct store *store_new(const struct store_config *config, struct err *err);
void store_free(struct store *store);

/* The store as a sink, for one zone. It belongs to the store: its `free` does nothing. Errors:
 * ERR_MEMORY; those of the halt and of the scratch space; ERR_OUT_OF_ZONE and ERR_CLASS, because
 * the store cannot hold such records, and ERR_INTERNAL for changes: the sender must not let them
 * through. `end` makes it ready for walks. */
struct sink *store_sink(struct store *store);

/* What a complete store holds. */
struct store_facts {
    struct zone_info zone; /* canonical, or as it came with keep_case; borrowed from the store */
    uint64_t records;      /* that came, with repetitions */
    uint64_t runs;         /* of records with one owner */
    uint64_t parts;        /* of ascending owners */
    uint64_t octets;       /* of memory in use; 0: it is in the scratch space */
    struct store_spill spill;
};
struct store_facts store_facts(const struct store *store);

/* A walk through a complete store; there can be several, one after the other or interleaved. It
 * must be freed before the store. Notes ERR_DUP_RR for each record that was merged into another
 * (the lower TTL stays), and ERR_TTL_MISMATCH, ERR_CNAME_CLASH, ERR_MULTI_SINGLE as
 * neighbour_check; `notes` may be NULL. A record lasts until the next is asked for. Returns NULL
 * with ERR_MEMORY, or an error of the scratch space; errors of the source: these, those of the
 * halt, and under strict what is noted. */
struct source *store_walk(struct store *store, struct notes *notes, struct err *err);

/* Two walks, without notes, through stores of the same zone. */
struct store_pair {
    struct source *walks[2];
};

/* Passes over the next records of both as long as they are the same, TTL and letter case included:
 * the `skip` of a merge, whose context is the pair. Errors: those of the walks. */
bool store_skip(void *pair, struct err *err);

#endif
