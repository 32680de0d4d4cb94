/* What one zone needs: the orders of a run, compiled from the command line, for the floors below
 * it.
 *
 * Purpose: three pieces, so that many zones can share the larger ones: how servers are reached
 * (route), how content is written, chosen and judged (shape), and what is wanted of one zone
 * (spec). Owns: nothing; whoever made a piece keeps what it points to, for its life. Never: changes
 * while a run goes on; knows the command line. */
#ifndef JOB_SPEC_H
#define JOB_SPEC_H

#include "dns/name.h"
#include "io/outfile.h"
#include "io/resolve.h"
#include "io/tls.h"
#include "out/filter.h"
#include "out/guard.h"
#include "out/writer.h"
#include "xfer/delta.h"

struct gate_orders;
struct keys;

enum { SERVERS_MAX = 32, PORT_DNS = 53, PORT_DNS_TLS = 853 };

/* A server as it was named: HOST, HOST#PORT, HOST:PORT, [V6]:PORT. */
struct server {
    const char *word; /* as given, without @, for messages */
    char host[256];
    uint16_t port; /* 0: the default */
};

/* How servers are reached. Times are in microseconds. */
struct route {
    const struct server *servers;
    size_t server_count; /* 0: those that the zone names */
    uint16_t port;       /* of servers that are named without one */
    int family;          /* AF_UNSPEC, AF_INET, AF_INET6 */
    bool has_bind;
    struct address bind; /* the local address */
    uint64_t connect_timeout, idle_timeout;
    unsigned retry;                /* how often all servers are tried again */
    const struct tls_context *tls; /* NULL: clear text */
    bool tls_proves;               /* ... which authenticates the server */
    const struct keys *keys;
    bool asks_options; /* NSID and EXPIRE */
};

/* How content is written, chosen and judged. */
struct shape {
    const struct writer_type *format;
    struct writer_style style;
    bool sort, keep_case;
    size_t memory;                   /* octets of a zone that is sorted; 0: no limit */
    bool condense;                   /* of changes: their net effect */
    bool counts;                     /* figures are wanted of what is written (struct stats) */
    const struct filter *filter;     /* which types are written; NULL: all */
    struct guard_limits guard;       /* old_records is filled in by the run */
    const struct gate_orders *gates; /* before a FILE, or NULL */
    uint64_t max_bytes;              /* that may be received, and written; 0: no limit */
    bool strict;
};

/* How much memory changes may take beside what a writer of them keeps (struct delta_config): one of
 * updates has to keep them all, and what both may take is shared by halves. */
static inline size_t spec_delta_limit(const struct writer_type *format)
{
    return (format->flags & WRITER_UPDATES) != 0 ? DELTA_LIMIT / 2 : DELTA_LIMIT;
}

/* What is wanted of one zone. */
struct spec {
    const char *word; /* the zone as it was given */
    const uint8_t *zone;
    uint8_t zone_length;
    uint16_t class;
    unsigned first_server; /* index + 1 of the one of route->servers that is asked before the others
                            * in the first round; 0: they are asked in their order */
    const struct route *route;
    const struct shape *shape;
    bool changes; /* what has changed since the serial `since`, not the zone */
    uint32_t since;
    bool update; /* the file of `output` is brought up to date */
    bool no_fallback, allow_older;
    bool asks_soa; /* the SOA is asked for before any transfer, where the old zone has a serial */
    bool look;     /* it is only found out what an update would find (PLAN_LOOK) */
    bool force;    /* the file of `output` may be of another zone */
    struct outfile_options output;
    const char *diff_to; /* a file for what has changed, or NULL */
};

#endif
