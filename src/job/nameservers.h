/* The servers of a zone, as its parent and the zone itself name them.
 *
 * Purpose: asks the resolver for the NS set and the MNAME (engine_find_servers); finds the parent
 * by the same way, one label after the other; asks one of the parent's servers, without recursion,
 * for the NS set and the DS of the zone. Driven by the engine's events. Owns: the list. Borrows:
 * the configuration, for its life. Never: waits, connects to the zone's own servers. */
#ifndef JOB_NAMESERVERS_H
#define JOB_NAMESERVERS_H

#include "job/audit_facts.h"
#include "job/orders.h"
#include "net/engine.h"

struct nameservers_config {
    struct engine *engine;
    struct endpoint_set *endpoints;
    const uint8_t *zone; /* in wire form */
    size_t zone_length;
    int family;       /* AF_UNSPEC, AF_INET, AF_INET6: through which the parent is asked */
    uint64_t timeout; /* microseconds for each lookup */
    void *owner;      /* of the events that it waits for: its driver hands them on */
    uint16_t port;    /* of the parent's servers: 53, but in tests */
};

struct nameservers;

/* Begins; it may be done at once. Error: ERR_MEMORY. */
struct nameservers *nameservers_new(const struct nameservers_config *config, struct err *err);
/* Takes an event of its owner; those that are none of its own are passed over. */
void nameservers_take(struct nameservers *servers, const struct engine_event *event);
bool nameservers_is_done(const struct nameservers *servers);

/* The name that was looked up last: of a zone or of a host; lent until the next event. */
const char *nameservers_asked(struct nameservers *servers);

struct nameserver {
    char host[AUDIT_HOST_MAX]; /* presentation form, without the final dot */
    unsigned sources; /* AUDIT_PARENT, AUDIT_ZONE, AUDIT_PRIMARY; one entry for each host */
};
struct nameservers_result {
    const struct nameserver *list; /* by name; lent */
    size_t count;
    struct err err;        /* ERR_NO_SERVERS, ERR_RESOLVER, ERR_MEMORY: there are none */
    bool asked_parent;     /* one of the parent's servers has told both */
    bool has_ds;           /* with a DS of the zone */
    struct err parent_err; /* why none did; ERR_NONE also for the root, which has no parent */
};
struct nameservers_result nameservers_result(const struct nameservers *servers);

/* Takes back what the engine still has of it. */
void nameservers_free(struct nameservers *servers);

#endif
