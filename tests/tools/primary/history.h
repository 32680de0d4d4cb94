/*
 * history: the versions of a zone and the changes between them (RFC 1995), right ones and wrong
 * ones, for the test server.
 *
 * It shares no code with the client. Versions are lists of records, the SOA first and last; what
 * is made of them borrows their octets. What is allocated lives as long as its process.
 */
#ifndef TOOLS_HISTORY_H
#define TOOLS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
    uint8_t *owner;
    unsigned type, class;
    uint32_t ttl;
    uint8_t *rdata;
    size_t length;
};

struct records {
    struct record *list;
    size_t count;
};

void records_insert(struct records *r, size_t at, struct record record);
void records_remove(struct records *r, size_t at);

/* The serial of a SOA record. */
uint32_t history_serial(const struct record *soa);

/* A copy of the SOA record with another serial. */
struct record history_soa(const struct record *soa, uint32_t serial);

enum history_mode {
    HISTORY_CHAIN,     /* a step for each version */
    HISTORY_CONDENSED, /* one step */
    HISTORY_ZONE,      /* the whole zone instead */
    HISTORY_NONE,      /* IXFR is not implemented */
};
#define HISTORY_MODES "chain condensed zone none"

/* Puts the answer to an IXFR query with this serial into the plan; count versions, the oldest
 * first. Only the SOA, if the client has the newest or a newer one; the whole zone, if there is no
 * such version. */
void history_answer(const struct records *versions, size_t count, uint32_t since,
                    enum history_mode mode, struct records *plan);

enum history_fault {
    HISTORY_BASE,       /* the first step begins at the next serial */
    HISTORY_GAP,        /* the second step begins at the next serial */
    HISTORY_BACK,       /* the first step leads to the serial before */
    HISTORY_STAY,       /* ... to the same serial */
    HISTORY_PAST,       /* ... past the newest serial */
    HISTORY_SKIP,       /* the last step is missing */
    HISTORY_LINK,       /* the second step deletes another SOA than the first one added */
    HISTORY_NEWEST,     /* the last step leads to another SOA than the first record */
    HISTORY_DELABSENT,  /* a record is deleted that was never there */
    HISTORY_DELTWICE,   /* a delete comes twice */
    HISTORY_ADDPRESENT, /* a record is added that the old version has */
    HISTORY_ADDTWICE,   /* an add comes twice */
    HISTORY_TTL,        /* a delete has another TTL */
    HISTORY_LONE,       /* nothing but the SOA */
    HISTORY_UPTODATE,   /* nothing but a SOA with the client's serial */
    HISTORY_OLDER,      /* ... with the serial before */
    HISTORY_UNDEFINED,  /* ... with one 2^31 away */
    HISTORY_EMPTY,      /* no record */
};
#define HISTORY_FAULTS                                                                             \
    "base gap back stay past skip link newest delabsent deltwice addpresent addtwice ttl lone "    \
    "uptodate older undefined empty"

/* Breaks the answer to a query with this serial. Returns what is missing for that, or NULL. */
const char *history_break(struct records *plan, enum history_fault fault, uint32_t since,
                          const struct records *newest);

#endif
