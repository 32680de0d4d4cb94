/* Names of hosts to addresses, through the system's resolver configuration.
 *
 * Purpose: the only place that knows c-ares.
 * Owns: a list's items, until address_list_fini.
 * Never: connects; prints. */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "base/err.h"
#include "io/loop.h"

#include <sys/socket.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
};

struct address_list {
    struct address *items;
    size_t count;
};

enum { ADDRESS_TEXT_MAX = 80, ADDRESSES_MAX = 32 };

/* Reads a literal IPv4 or IPv6 address (with a zone index where it has one). Returns false if it
 * is none. */
bool address_parse(const char *text, uint16_t port, struct address *address);

/* ADDRESS#PORT, as dig writes it. */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_MAX]);

/* The addresses of a host, at most ADDRESSES_MAX, in the order of RFC 6724. `family` is AF_UNSPEC,
 * AF_INET or AF_INET6. Errors: ERR_HOST, ERR_TIMEOUT_CONN, ERR_INTERRUPTED, ERR_MEMORY. */
bool resolve_host(const struct loop *loop, const char *host, uint16_t port, int family,
                  uint64_t deadline, struct address_list *list, struct err *err);

void address_list_fini(struct address_list *list);

/* Asks the system's resolver for the records of a type (class IN) at a name in presentation form
 * and gives the answer as it came, in *message, which the caller frees. An answer without records
 * is a success with *length 0. Errors: ERR_NO_SERVERS, ERR_TIMEOUT_CONN, ERR_INTERRUPTED,
 * ERR_MEMORY. */
bool resolve_query(const struct loop *loop, const char *name, uint16_t type, uint64_t deadline,
                   uint8_t **message, size_t *length, struct err *err);

#endif
