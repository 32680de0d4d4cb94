/* Names to addresses, and the servers that a zone itself names, for a whole run.
 *
 * Purpose: one resolver for all; those who ask for the same thing share the answer.
 * Owns: the resolver, which is started with the first question; answers, for a while.
 * Borrows: nothing; an owner is only a mark.
 * Lends: a result, until the next lookup_next.
 * Never: waits, connects. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "dns/name.h"
#include "io/resolve.h"

enum {
    LOOKUP_HOST_MAX = 256,
    LOOKUP_HOSTS_MAX = 32,
    LOOKUP_AT_ONCE = 64,    /* questions to the resolver */
    LOOKUP_KEEP = 30000000, /* microseconds for which addresses are kept */
};

struct lookup;

/* Error: ERR_MEMORY. */
struct lookup *lookup_new(struct err *err);
void lookup_free(struct lookup *lookup);

/* Ask; the answer comes by lookup_next, at the deadline at the latest. A host is asked for with its
 * port, which only goes into the addresses. Error: ERR_MEMORY. */
bool lookup_host(struct lookup *lookup, const char *host, uint16_t port, int family,
                 uint64_t deadline, void *owner, struct err *err);
bool lookup_servers(struct lookup *lookup, const uint8_t *zone, size_t zone_length,
                    uint64_t deadline, void *owner, struct err *err);

/* Passes over the answers to all that the owner has asked. */
void lookup_drop(struct lookup *lookup, const void *owner);

struct lookup_result {
    void *owner;
    bool is_servers;
    bool was_known;                /* nobody was asked */
    char asked[RESOLVE_ASKED_MAX]; /* the name servers that were, as resolve_asked gives them */
    struct err err;                /* ERR_HOST, ERR_NO_SERVERS, ERR_RESOLVER, ERR_MEMORY */
    struct address_list addresses;
    const char (*hosts)[LOOKUP_HOST_MAX]; /* the primary (MNAME) first */
    size_t host_count;
    uint32_t ns_hosts; /* bits: which of them the NS records name */
    bool has_primary;  /* the first is the primary */
};

/* Gives the next answer; false: there is none yet. */
bool lookup_next(struct lookup *lookup, uint64_t now, struct lookup_result *result);

/* Whether an answer will come. */
bool lookup_is_busy(const struct lookup *lookup);
/* As those of resolve.h, with the deadlines: the time at which lookup_process must have been
 * called. */
size_t lookup_fds(struct lookup *lookup, struct pollfd fds[RESOLVE_FDS]);
uint64_t lookup_wake(struct lookup *lookup, uint64_t now);
void lookup_process(struct lookup *lookup, const struct pollfd *fds, size_t count);

#endif
