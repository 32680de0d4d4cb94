/* What a process that stays counts, for its metrics.
 *
 * Purpose: counters that never decrease: transfers, octets, notifies, commands, refusals.
 * What is counted of a server is counted under the name that zxfr_server_up has for it: the name
 * that its certificate must have, or in clear text its address and port. Servers that have gone
 * keep their counters, so that none begins anew when they come back.
 * Bounded: servers come from the DNS, too, so there are COUNTERS_SERIES series of servers at most;
 * what would need another one is counted under the server "other".
 * Owns: all of it. Borrows: what is passed, for the call.
 * Never: fails: without memory things are counted under "other", too; prints; does I/O. */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "job/sync_facts.h"

enum { COUNTERS_SERIES = 10000 };

/* What became of a request to look at a zone. */
enum counters_notify {
    COUNTERS_NOTIFY_TAKEN,     /* a look follows, or was moved forward */
    COUNTERS_NOTIFY_MERGED,    /* one is due, or under way, already */
    COUNTERS_NOTIFY_CURRENT,   /* FILE has the serial that it told */
    COUNTERS_NOTIFY_REFUSED,   /* the sender is none that may tell */
    COUNTERS_NOTIFY_ZONE,      /* there is no such zone */
    COUNTERS_NOTIFY_SIGNATURE, /* a wrong signature, or an unknown key */
    COUNTERS_NOTIFY_BAD,       /* not a NOTIFY, or malformed */
    COUNTERS_NOTIFIES
};

enum counters_hook { COUNTERS_EXEC, COUNTERS_EXEC_ALL, COUNTERS_HOOKS };

/* The kind of a transfer: that of ZXFR_KIND, where that is known. */
enum counters_kind {
    COUNTERS_NONE, /* it failed before anything of the zone came */
    COUNTERS_AXFR,
    COUNTERS_IXFR,
    COUNTERS_AXFR_STYLE,
    COUNTERS_RESIGNED, /* the same serial, other signatures */
    COUNTERS_UPTODATE, /* changes were asked for, and there were none */
    COUNTERS_KINDS
};

struct counters;

/* `started`: when the process was, in microseconds since 1970. Error: ERR_MEMORY. */
struct counters *counters_new(uint64_t started, struct err *err);
void counters_free(struct counters *counters);

/* Counts the transfers of a look at a zone: one for each address at which the zone or changes were
 * asked for, however often; SOA questions are none, and neither is what a signal has ended. */
void counters_zone(struct counters *counters, const struct zone_end *end);

/* Counts the gates that have refused (FACT_GATES), each once. */
void counters_gates(struct counters *counters, const struct gate_list *gates);

void counters_notify(struct counters *counters, enum counters_notify result);

/* Counts a command that has run, or that failed before it could, as its failure says. */
void counters_hook(struct counters *counters, enum counters_hook hook, enum err_kind failure);

/* How the last reload has come out; at first: well. */
void counters_reload(struct counters *counters, bool good);

/* Takes over what the servers have sent since the last call, and their names. To be called before
 * the metrics are written, and before the engine forgets servers: figures that are less than they
 * were begin anew. */
void counters_servers(struct counters *counters, const struct sync_server *servers, size_t count);

/* ---- For the metrics ------------------------------------------------------------------------ */

/* A series of transfers of a server; or its octets, where the kind is COUNTERS_KINDS. The name,
 * which is UTF-8, is lent until the next call that counts. */
struct counters_series {
    const char *server;
    enum counters_kind kind;
    unsigned result; /* sync_facts_result */
    uint64_t count;
};

/* Goes through all of them, none twice: *at is 0 at first. Returns false at the end. */
bool counters_next(const struct counters *counters, size_t *at, struct counters_series *series);

/* The values of labels. */
const char *counters_kind_name(enum counters_kind kind);
const char *counters_notify_name(enum counters_notify result);
const char *counters_hook_name(enum counters_hook hook);

uint64_t counters_notified(const struct counters *counters, enum counters_notify result);
uint64_t counters_refused(const struct counters *counters, enum gate gate);
/* `result`: of sync_facts_result; SYNC_SIGNAL: a signal has ended it. */
uint64_t counters_hooks(const struct counters *counters, enum counters_hook hook, unsigned result);
uint64_t counters_started(const struct counters *counters);
bool counters_reloaded(const struct counters *counters);

#endif
