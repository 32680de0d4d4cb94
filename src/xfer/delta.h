/* Changes of a zone: the steps of an incremental transfer, staged until all of them were seen.
 *
 * Purpose: keeps the steps from serial to serial as they came, bounded, and finds their net effect.
 * Owns: copies of the records, in one piece of memory that is given back at once.
 * Borrows: the apex, for its life.
 * Lends: records, to a reader, until something is added, the changes are cleared or freed.
 * Never: does I/O, knows a zone: whether the changes fit one is found out by whoever applies them.
 */
#ifndef XFER_DELTA_H
#define XFER_DELTA_H

#include "base/halt.h"
#include "base/notes.h"
#include "dns/rr.h"

struct delta;

enum { DELTA_LIMIT = 256 << 20 }; /* octets, with keys and the index that the net effect needs */

struct delta_config {
    const uint8_t *apex; /* wire form */
    uint8_t apex_length;
    uint16_t class;
    size_t limit;            /* octets; 0: DELTA_LIMIT */
    const struct halt *halt; /* of condensing and reading; NULL: never */
};

/* Error: ERR_MEMORY. */
struct delta *delta_new(const struct delta_config *config, struct err *err);
void delta_free(struct delta *delta);

/* Forgets all changes and gives their memory back. */
void delta_clear(struct delta *delta);

/* Begins a step; its records follow in the order of RFC 1995: the SOA that is deleted, deletes, the
 * SOA that is added, adds. That order and the serials are the caller's to check.
 * Errors: ERR_DELTA_SIZE, ERR_MEMORY. */
bool delta_step(struct delta *delta, struct err *err);
bool delta_add(struct delta *delta, enum rr_op op, const struct rr *rr, struct err *err);

/* How much there is, with the SOA records of each step. */
struct delta_facts {
    uint32_t from, to; /* meaningful with at least one step */
    uint64_t steps, added, deleted;
};
struct delta_facts delta_facts(const struct delta *delta);

/* Finds the net effect of all steps: what is deleted and added again disappears, and so does what
 * is added and deleted again, but for the views that show it; a record of which only the TTL
 * changes is deleted and added. Records are the same that have the same owner, type and canonical
 * RDATA (letter case and TTL do not matter). Errors: ERR_IXFR_DEL_ABSENT and ERR_IXFR_ADD_PRESENT,
 * where the steps contradict each other, ERR_MEMORY, those of the halt. Note: ERR_IXFR_TTL, a
 * record is deleted with another TTL than it was added with. */
bool delta_condense(struct delta *delta, struct notes *notes, struct err *err);

/* The net effect in numbers, with the two SOA records, and the steps that it is of; only after
 * delta_condense. */
struct delta_facts delta_net_facts(const struct delta *delta);

enum delta_view {
    DELTA_STEPS,    /* all steps as they came */
    DELTA_NET,      /* the net effect, in canonical order (RFC 4034 section 6); within an RRset
                     * deletes before adds. Only after delta_condense, as the next */
    DELTA_NET_STEP, /* the net effect as one step in the order of RFC 1995; sorted within its parts
                     */
    DELTA_TO_APPLY, /* as DELTA_NET, with what is deleted and added again as it was: whoever has
                     * the zone finds out whether it was there */
    DELTA_PASSING,  /* what is added and deleted again, as adds, in canonical order: a zone that has
                     * it is not the one that the steps are for */
};

/* A source of changes, in the caller's memory. It begins each step; the net effect is one. Its
 * errors are those of the halt. */
struct delta_reader {
    struct source source;

    const struct delta *delta;
    enum delta_view view;
    bool begun;
    size_t at, set_begin, set_end;
    unsigned phase, steps;
    size_t owner_at; /* of the record before; 0: none */
    struct rr newest;
};
/* The reader must stay where it is: the step refers to it. */
void delta_read(struct delta_reader *reader, const struct delta *delta, enum delta_view view);

#endif
