/* The audit: asks every address of every server of some zones, as gently as it is told.
 *
 * Purpose: finds the servers of each zone (nameservers), asks each address over TCP and UDP for the
 * SOA, then for a transfer without a key, given up after its first message; with `content` it reads
 * the zone whole, with the zone's key. One transfer at an address at a time, and no more questions
 * a second there than `rate`, over all zones. Owns: the queues of addresses. Borrows: the zones,
 * the engine and the endpoints, for its life. Never: prints; keeps more of a transfer than a
 * message. */
#ifndef JOB_AUDIT_H
#define JOB_AUDIT_H

#include "job/audit_facts.h"
#include "job/orders.h"
#include "job/tell.h"
#include "net/engine.h"

struct audit;

struct audit_config {
    struct engine *engine;
    struct endpoint_set *endpoints;
    struct audit_zone *zones; /* of which word, name and orders are set; with orders->route.servers
                               * the named ones are asked alone, else those that the DNS names */
    size_t zone_count;
    const struct server *also; /* --also */
    size_t also_count;
    unsigned rate; /* questions a second at one address; 0: any number */
    bool content;
    struct audit_limits limits;
    uint64_t lag_time; /* microseconds: who is behind is asked again until then; 0: no */
    const struct halt *halt;
    struct teller *teller; /* of lookups */
    /* A row has got what one question has come to. */
    void (*stepped)(void *context, const struct audit_zone *zone, const struct audit_row *row,
                    enum audit_step step);
    /* A zone is complete, and judged. */
    void (*done)(void *context, const struct audit_zone *zone);
    /* So often, in microseconds, also while nothing comes; 0: never. */
    uint64_t tick;
    void (*ticked)(void *context);
    void *context;
};

/* Error: ERR_MEMORY. */
struct audit *audit_new(const struct audit_config *config, struct err *err);

/* Runs until all zones are complete. The time of a zone (orders->max_time) begins with it; one that
 * is over leaves what was found until then, judged, and ERR_TIMEOUT_TOTAL in the zone. A question
 * is given up after three answer timeouts, a zone that is read whole after twenty idle timeouts.
 * Errors: ERR_MEMORY, ERR_INTERRUPTED; the zones have what was found until then, and are judged. */
bool audit_run(struct audit *audit, struct err *err);

struct audit_figures {
    uint64_t questions, transfers; /* that were asked */
    uint64_t most_at_once;         /* transfers at one address: 1 */
};
struct audit_figures audit_figures(const struct audit *audit);

/* Takes back what the engine still has. */
void audit_free(struct audit *audit);

#endif
