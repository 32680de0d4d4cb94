/* Who may say that a zone has changed (NOTIFY, RFC 1996 section 3.10).
 *
 * Purpose: knows the servers of a run, by address and by key: those that were named by their
 * addresses, the names of others, as they were last resolved, prefixes that may notify for any
 * zone, and the keys that may prove a notifier. Names are resolved at times of its own: that a
 * message has come makes nobody ask anything.
 * Owns: what it has resolved.
 * Borrows: orders and their keys from notifiers_renew to the next one; prefixes and the engine, for
 * its life.
 * Never: prints; reads a message. */
#ifndef JOB_NOTIFIERS_H
#define JOB_NOTIFIERS_H

#include "io/prefix.h"
#include "job/orders.h"
#include "net/engine.h"

struct tsig_key;

struct notifiers_config {
    struct engine *engine;
    const struct prefix *allowed; /* --allow-notify */
    size_t allowed_count;
};

struct notifiers;

/* Error: ERR_MEMORY. */
struct notifiers *notifiers_new(const struct notifiers_config *config, struct err *err);
void notifiers_free(struct notifiers *notifiers);

/* From now on the run has these orders: `next` gives them by number, NULL past the end. What is
 * known of names that stay is kept; all are resolved soon. Error: ERR_MEMORY; then it is as it was.
 */
bool notifiers_renew(struct notifiers *notifiers,
                     const struct orders *(*next)(const void *context, size_t index),
                     const void *context, struct err *err);

/* Whether an event with this owner is for notifiers_take. */
bool notifiers_owns(const struct notifiers *notifiers, const void *owner);
void notifiers_take(struct notifiers *notifiers, const struct engine_event *event);

/* All keys of that name (wire form, in lower case) in the run: at most `room` of them. */
size_t notifiers_keys(const struct notifiers *notifiers, const uint8_t *name, size_t length,
                      const struct tsig_key **keys, size_t room);

enum notifiers_verdict {
    NOTIFIERS_COUNT,       /* what it says is to be followed */
    NOTIFIERS_STRANGER,    /* it is none of the zone's servers */
    NOTIFIERS_UNKNOWN_ZONE /* there is no such zone, and it may notify for another one */
};

/* Judges whoever has sent a NOTIFY. */
struct notifiers_question {
    const struct orders *orders;        /* of the zone; NULL: there is no such zone */
    const struct prefix_address *found; /* addresses that were asked for it, by name */
    size_t found_count;
    const struct prefix_address *peer;
    const struct tsig_key *key; /* by which the message is signed, which was verified; or NULL */
};
/* *server: index + 1 of the one of the zone's servers that it is; 0: it is not known which. */
enum notifiers_verdict notifiers_judge(const struct notifiers *notifiers,
                                       const struct notifiers_question *question, unsigned *server);

#endif
