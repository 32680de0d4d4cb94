/* Names of hosts to addresses, through the system's resolver configuration.
 *
 * Purpose: the only place that knows c-ares.
 * Owns: the addresses of a list, until address_list_fini.
 * Never: connects; prints. */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "base/err.h"
#include "io/fence.h"
#include "io/loop.h"

#include <sys/socket.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
    bool datagram; /* that is reached over UDP, not TCP */
};

struct address_list {
    struct address *items;
    size_t count;
};

enum { ADDRESS_TEXT_MAX = 80, ADDRESSES_MAX = 32 };

/* Reads a literal IPv4 or IPv6 address (with a zone index where it has one). Returns false if it is
 * something else. */
bool address_parse(const char *text, uint16_t port, struct address *address);

void address_set_port(struct address *address, uint16_t port);
uint16_t address_port(const struct address *address);

/* ADDRESS#PORT, as dig writes it. */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_MAX]);

void address_list_fini(struct address_list *list);

/* The version of c-ares that runs. */
const char *resolve_library_version(void);

/* One resolver for a whole run: many questions at once, on few sockets. Its owner waits for the
 * descriptors. */
struct resolver;

/* A question under way. `tag` is the asker's. */
struct resolve_job;

/* Errors: ERR_HOST, ERR_MEMORY. */
struct resolver *resolve_open(struct err *err);
/* Lets through the fence what a resolver that is opened later reads, and the ports of TCP at which
 * it asks where an answer is too long for UDP. */
void resolve_fence(struct fence *fence);

/* Frees the jobs that are under way, too; those that were taken must have been freed. */
void resolve_close(struct resolver *resolver);

enum { RESOLVE_ASKED_MAX = 240 };

/* The name servers that were asked so far, as ADDRESS#PORT, with commas; before that those that
 * would be. They are cut where they do not fit. */
const char *resolve_asked(const struct resolver *resolver, char text[RESOLVE_ASKED_MAX]);

/* Begin to ask for the addresses of a host (`family` is AF_UNSPEC, AF_INET or AF_INET6), and for
 * the records of a type (class IN) at a name in presentation form. NULL: ERR_MEMORY. */
struct resolve_job *resolve_ask_host(struct resolver *resolver, const char *host, int family,
                                     void *tag, struct err *err);
struct resolve_job *resolve_ask_records(struct resolver *resolver, const char *name, uint16_t type,
                                        void *tag, struct err *err);

/* Takes a job that is done, or returns NULL. */
struct resolve_job *resolve_take(struct resolver *resolver);
void *resolve_job_tag(const struct resolve_job *job);
/* A job that is still under way is dropped: its answer will be passed over. */
void resolve_job_free(struct resolve_job *job);

/* Whether it was known without asking anybody: from the file of hosts. */
bool resolve_job_was_known(const struct resolve_job *job);

/* What came of a job. Of a host: its addresses, at most ADDRESSES_MAX, in the order of RFC 6724.
 * Errors: ERR_HOST, ERR_RESOLVER (no name server has answered), ERR_MEMORY. Of records: the answer
 * as it came, lent; an answer without records is a success with *length 0. Errors: ERR_NO_SERVERS,
 * ERR_RESOLVER, ERR_MEMORY. */
bool resolve_job_addresses(const struct resolve_job *job, uint16_t port, struct address_list *list,
                           struct err *err);
bool resolve_job_message(const struct resolve_job *job, const uint8_t **message, size_t *length,
                         struct err *err);

/* What to wait for: at most RESOLVE_FDS descriptors into fds; returns how many. */
enum { RESOLVE_FDS = 16 };
size_t resolve_fds(struct resolver *resolver, struct pollfd fds[RESOLVE_FDS]);
/* Microseconds from now, until which resolve_process must have been called. */
uint64_t resolve_pause(struct resolver *resolver);
/* Reads and writes what is ready, and looks at the time. */
void resolve_process(struct resolver *resolver, const struct pollfd *fds, size_t count);

#endif
