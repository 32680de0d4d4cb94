/* The one currency of zxfr: a resource record, where it comes from and where it goes.
 *
 * Purpose: struct rr, and the two interfaces, source and sink, that everything else implements.
 * Owns: nothing. A record borrows all its octets, until the source is asked for the next one. */
#ifndef DNS_RR_H
#define DNS_RR_H

#include "base/err.h"

#include <stdint.h>

struct type_info;

enum rr_flag {
    RR_SAME_OWNER = 1, /* same owner octets as the record before; only a hint, may be missing */
    RR_OPAQUE = 2,     /* no schema, or the strict check refused the RDATA: generic form only */
};

struct rr {
    const uint8_t *owner;         /* wire form, not compressed, letter case as it came */
    const uint8_t *rdata;         /* wire form, names in it not compressed */
    const struct type_info *info; /* the schema of the type in this class, or NULL */
    uint32_t ttl;
    uint16_t type, class;
    uint16_t rdlength;
    uint8_t owner_length; /* 1 to 255, with the root label */
    uint8_t flags;        /* enum rr_flag */
};

enum rr_op { RR_ADD, RR_DELETE };

/* What is known of a zone, or of one step of its changes, before its first record comes. */
struct zone_info {
    const uint8_t *apex; /* wire form, as the user wrote it */
    uint8_t apex_length;
    uint16_t class;
    uint32_t serial; /* of changes: the serial that they lead to */
    bool changes;    /* what comes are changes, not a zone */
    uint32_t from;   /* changes only: the serial that they begin at */
    /* Changes only: the SOA that the last of all steps adds, until `end` has returned. NULL where
     * nothing has changed. */
    const struct rr *newest;
};

/* SOURCE_BEGIN: `zone` of the source says what the next records are of, and sink->begin is due. */
enum source_event { SOURCE_BEGIN, SOURCE_RR, SOURCE_END, SOURCE_FAIL };

/* Gives records, one a call; it never waits for more than a file. After SOURCE_END or SOURCE_FAIL
 * it is not asked again. A source that a sink is fed from says what begins: a zone once, changes at
 * each step. Those that only another source reads (the readers of files, the walk through a store)
 * leave that to it.
 * What embeds a source, a sink, or another interface as its first member may hold numbers of 64
 * bits. Each of these has their alignment, so that the way from it to the whole is sound where a
 * pointer has less. */
struct source {
    _Alignas(uint64_t) enum source_event (*next)(struct source *source, struct rr *rr,
                                                 enum rr_op *op, struct err *err);
    void (*free)(struct source *source);
    struct zone_info zone; /* from SOURCE_BEGIN to the next one, or to the end */
};

enum outcome {
    OUTCOME_COMPLETE,
    OUTCOME_PARTIAL, /* all of an input that is itself incomplete, which the user accepts */
    OUTCOME_ABORTED
};

/* Takes records.
 *
 * `begin` is called once, before the first record; for changes once for each step from one serial
 * to the next, before the deleted SOA that begins the step (or once, with equal serials and no
 * record after it, where nothing has changed).
 * `record` may use the record until it returns. Only changes have RR_DELETE.
 * `end` is called once, and flushes. With OUTCOME_COMPLETE and OUTCOME_PARTIAL it may refuse the
 * result by failing. With OUTCOME_PARTIAL and OUTCOME_ABORTED `why` is the text of the INCOMPLETE
 * mark that is left in the output. With OUTCOME_ABORTED `begin` may not have been called. */
struct sink {
    _Alignas(uint64_t) bool (*begin)(struct sink *sink, const struct zone_info *zone,
                                     struct err *err);
    bool (*record)(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err);
    bool (*end)(struct sink *sink, enum outcome outcome, const char *why, struct err *err);
    void (*free)(struct sink *sink);
};

#endif
