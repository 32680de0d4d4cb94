/*
 * query: what a client asks.
 *
 * Owns: nothing. Borrows: the octets of the message, which must outlive the struct.
 * Never: judges a signature; it only finds where one begins.
 */
#ifndef PRIMARY_QUERY_H
#define PRIMARY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query {
    const uint8_t *data;
    size_t len;
    unsigned id, type, class;
    uint8_t name[256];
    bool opt;
    bool dnssec;     /* with the DO bit (RFC 3225) */
    size_t tsig_at;  /* where its TSIG record begins; 0: it has none */
    uint32_t serial; /* IXFR: what the client has */
};

/* False: malformed, or not a query with one question; the ID is then set all the same. */
bool query_parse(struct query *q, const uint8_t *data, size_t len);

/* Appends the whole query to the file, as one line of hexadecimal digits. */
void query_log_add(int fd, const struct query *q);

#endif
