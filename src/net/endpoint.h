/* Where a question goes, and how: address, local address, TLS and key.
 *
 * Purpose: one object for each combination, so that thousands of zones share it and a comparison is
 * one of pointers. Immutable; counted.
 * Owns: an endpoint its copy of the host name; a set the endpoints that are in use.
 * Borrows: the TLS context and the key, as long as an endpoint has them.
 * Never: connects; is used by two threads. */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include "base/err.h"
#include "io/resolve.h"
#include "io/tls.h"

struct tsig_key;

struct endpoint {
    struct address address;
    bool has_bind;
    struct address bind;           /* the local address, if has_bind */
    const struct tls_context *tls; /* NULL: clear text */
    char *host;                    /* whom the certificate must name; NULL in clear text */
    const struct tsig_key *key;    /* that the questions are signed with, or NULL */

    /* Its own. */
    struct endpoint_set *set;
    struct endpoint *next;
    unsigned count;
};

struct endpoint_set;

/* Error: ERR_MEMORY. */
struct endpoint_set *endpoint_set_new(struct err *err);
/* The endpoints of the set must have been released. */
void endpoint_set_free(struct endpoint_set *set);

/* Gives the endpoint that is like `like`, of which only the first six members count (`host` is
 * copied, and passed over in clear text); the caller has a count of it then. NULL: ERR_MEMORY. */
const struct endpoint *endpoint_intern(struct endpoint_set *set, const struct endpoint *like,
                                       struct err *err);

/* One count less; NULL is passed over. Who has the last one frees it. */
void endpoint_release(const struct endpoint *endpoint);

/* Whether both are reached by the same connection: all but the key is the same. */
bool endpoint_same_connection(const struct endpoint *a, const struct endpoint *b);

/* Whether two are the same address and port of the same protocol. */
bool endpoint_same_address(const struct address *a, const struct address *b);

#endif
