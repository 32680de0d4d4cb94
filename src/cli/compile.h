/* From the command line to orders: what the settings ask for, in the words of job/spec.h.
 *
 * Purpose: the one place that knows both. Owns: what the compiled orders point to, for their life.
 * Borrows: the settings. Never: judges whether options go together. */
#ifndef CLI_COMPILE_H
#define CLI_COMPILE_H

#include "cli/settings.h"
#include "job/hook.h"
#include "job/keys.h"
#include "job/orders.h"
#include "job/witness.h"
#include "net/engine.h"
#include "verify/anchor.h"

/* The keys and certificates of a run, read once. */
struct compile_trust {
    struct keys keys;
    struct tls_context *tls; /* NULL: clear text */
};

/* Reads what TLS needs; *tls is NULL in clear text. `config` is that of the keys: a key of TLS is
 * told of in the same way. tls_context_free is due. Errors: ERR_TLS_FILE, ERR_MEMORY,
 * ERR_INTERRUPTED, under strict ERR_KEY. */
bool compile_tls(struct tls_context **tls, const struct settings *settings,
                 const struct keys_config *config, struct err *err);

/* Reads what TLS needs, and the keys. To be freed by compile_trust_fini in any case. Errors:
 * ERR_TLS_FILE, ERR_MEMORY, ERR_INTERRUPTED, those of keys_load, under strict ERR_KEY. */
bool compile_trust(struct compile_trust *trust, const struct settings *settings,
                   const struct loop *loop, uint64_t deadline, struct teller *teller,
                   struct err *err);
void compile_trust_fini(struct compile_trust *trust);

/* Reads the trust anchors of --trust-anchor; *anchors is NULL where there are none. anchor_free is
 * due. Errors: ERR_ANCHOR, ERR_INPUT, ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
bool compile_anchors(struct anchors **anchors, const struct settings *settings,
                     const struct loop *loop, uint64_t deadline, struct err *err);

/* How servers are reached; the trust must last as long as the route. */
struct route compile_route(const struct settings *settings, const struct compile_trust *trust);

/* How many threads verify signatures. To be asked before there is a sandbox, which hides the quota.
 */
unsigned compile_jobs(const struct settings *settings);

/* What is to be seen of a zone before it replaces FILE. */
struct witness_config compile_witness(const struct settings *settings,
                                      const struct anchors *anchors, const struct halt *halt);

struct shape compile_shape(const struct settings *settings);

/* What is wanted of each zone of many: canonical files that changes can be merged into. Servers and
 * gates are those of the settings, as long as the caller puts nothing else there. */
struct orders compile_orders(const struct settings *settings, const struct keys *keys,
                             const struct tls_context *tls, const struct anchors *anchors);

/* What is wanted of the zone that the settings name. */
struct spec compile_spec(const struct settings *settings, const struct route *route,
                         const struct shape *shape);

/* Puts the zone and the server of a source in place of those of the settings; a file changes
 * nothing. The source must last as long as the orders. */
void compile_source(struct route *route, struct spec *spec, const struct zone_source *source);

/* What asks servers: one engine for the run. */
struct compile_net {
    struct transport *transport;
    struct endpoint_set *endpoints;
    struct engine *engine;
};

/* Makes it; `record` is that of --record, or NULL. To be freed by compile_net_fini in any case,
 * once every fetch on it was. Error: ERR_MEMORY. */
bool compile_net(struct compile_net *net, const struct settings *settings, const struct loop *loop,
                 struct record *record, struct err *err);

/* What many zones need beside that; as in struct engine_config. */
struct compile_many {
    struct work *work;
    uint64_t down_for;
    struct inbox *inbox;
    int event_fd;
};
bool compile_net_many(struct compile_net *net, const struct settings *settings,
                      const struct loop *loop, const struct compile_many *many, struct err *err);
void compile_net_fini(struct compile_net *net);

/* The command of --exec. `name` is what messages call the zone, or NULL: what it is called is known
 * later. */
struct hook_config compile_hook(const struct settings *settings, const char *name,
                                const struct loop *loop, uint64_t deadline, struct teller *teller);

/* The deadline of the run, of loop_now. */
uint64_t compile_deadline(const struct settings *settings);

/* Whether what goes to the output and what is said on standard error stand on one terminal. */
bool compile_one_terminal(const struct settings *settings);

/* Whether to show progress; by default on a terminal. */
bool compile_progress(const struct settings *settings);

#endif
