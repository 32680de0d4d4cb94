/* What was tried, and what came of it.
 *
 * Purpose: the list for the last message and for the report, and the worst entry, which gives the
 * exit status. Owns: its entries. Borrows: the keys, for its life. Never: prints. */
#ifndef JOB_ATTEMPTS_H
#define JOB_ATTEMPTS_H

#include "base/err.h"
#include "io/resolve.h"
#include "io/tls.h"
#include "xfer/delta.h"
#include "xfer/tsig.h"
#include "xfer/xfr.h"

#include <stdint.h>

enum { ATTEMPT_WHO_MAX = 256, ATTEMPTS_KEPT = 256 };

struct attempt {
    char server[ATTEMPT_WHO_MAX];   /* as the user or the zone named it */
    char address[ADDRESS_TEXT_MAX]; /* empty: no address was found */
    bool by_name;                   /* the server was named by a name, not by an address */
    enum err_kind kind;
    unsigned facts; /* of enum err_facts */
    size_t own;     /* how much of the text holds only our own words: from its beginning */
    char text[ERR_TEXT_MAX];
    uint64_t messages, records, octets, microseconds;
    const struct tsig_key *key; /* with which the query was signed, or NULL */
    bool has_serial;
    uint32_t serial;
    bool has_rcode; /* that of the server's last message; authentic or not */
    unsigned rcode;
    struct tls_facts tls; /* without a version: clear text, or no connection */
    enum xfr_kind answer;
    bool asked_zone;    /* ... or changes: not the SOA alone */
    bool asked_changes; /* since the serial `since` */
    uint32_t since;
    char
        fallback[ERR_TEXT_MAX]; /* why the whole zone was asked for in place of changes; or empty */
    struct delta_facts changes; /* as written, where the answer was changes */
};

struct attempts {
    struct attempt *list; /* the first of them, ATTEMPTS_KEPT at most */
    size_t count, kept, room;
    struct attempt worst; /* of those that failed; of equals the first */
    struct attempt good;  /* the one that did not fail */
    bool has_good;
};

/* Adds a copy. Without memory for the list only the list is incomplete. */
void attempts_add(struct attempts *attempts, const struct attempt *attempt);

/* How many entries the list has: all, or the first ATTEMPTS_KEPT; or fewer, without memory. */
size_t attempts_kept(const struct attempts *attempts);

/* The newest serial that a server has told (RFC 1982); false: none has. `attempts` may be NULL. */
bool attempts_newest(const struct attempts *attempts, uint32_t *serial);

void attempts_fini(struct attempts *attempts);

#endif
