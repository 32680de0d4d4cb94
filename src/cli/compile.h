/* From the command line to orders: what the settings ask for, in the words of job/spec.h.
 *
 * Purpose: the one place that knows both. Owns: what a compiled order consists of, for its life.
 * Borrows: the settings. Never: judges whether options go together. */
#ifndef CLI_COMPILE_H
#define CLI_COMPILE_H

#include "cli/settings.h"
#include "job/keys.h"

/* The keys and certificates of a run, read once. */
struct compile_trust {
    struct keys keys;
    struct tls_context *tls; /* NULL: clear text */
};

/* Reads what TLS needs, and the keys. To be freed by compile_trust_fini in any case. Errors:
 * ERR_TLS_FILE, ERR_MEMORY, ERR_INTERRUPTED, those of keys_load, under strict ERR_KEY. */
bool compile_trust(struct compile_trust *trust, const struct settings *settings,
                   const struct loop *loop, uint64_t deadline, struct teller *teller,
                   struct err *err);
void compile_trust_fini(struct compile_trust *trust);

/* How servers are reached; the trust must last as long as the route. */
struct route compile_route(const struct settings *settings, const struct compile_trust *trust);

struct shape compile_shape(const struct settings *settings);

/* What is wanted of the zone that the settings name. */
struct spec compile_spec(const struct settings *settings, const struct route *route,
                         const struct shape *shape);

/* The deadline of the run, of loop_now. */
uint64_t compile_deadline(const struct settings *settings);

/* Whether progress is to be shown; where the user leaves it open: to a terminal that shows nothing
 * else. */
bool compile_progress(const struct settings *settings);

#endif
