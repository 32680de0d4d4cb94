/* Many zones kept current: looked at when their time comes, or when somebody says that they have
 * changed.
 *
 *     schedule ─▶ due ─▶ sync ─▶ over ─▶ schedule
 *     inbox ─▶ notify ─▶ notifiers ─▶ reply, schedule
 *
 * Purpose: drives job/sync by steps for as long as it takes, with job/schedule for the times and
 * job/notifiers for the judgement of who may tell.
 * Owns: the scheduler, what it knows of each zone beside its row, rows that have left their list
 * until they are free.
 * Borrows: the members of the configuration, but for the listener and the configuration of sync,
 * which need not outlive watcher_new; and the lists of rows, for its life.
 * Never: prints; reads a list; looks at a zone because of a message that does not count. */
#ifndef JOB_WATCHER_H
#define JOB_WATCHER_H

#include "job/notifiers.h"
#include "job/schedule.h"
#include "job/sync.h"
#include "net/inbox.h"

#include <stdint.h>

/* What came of a message in the inbox. */
enum watcher_notice_kind {
    WATCHER_TAKEN,     /* a look follows, or was moved forward */
    WATCHER_MERGED,    /* one is under way, and another one follows, or was due already */
    WATCHER_CURRENT,   /* FILE has the serial that it told */
    WATCHER_REFUSED,   /* the sender is none that may tell */
    WATCHER_UNKNOWN,   /* there is no such zone */
    WATCHER_SIGNATURE, /* a wrong signature, or an unknown key */
    WATCHER_BAD        /* not a NOTIFY, or malformed */
};
struct watcher_notice {
    enum watcher_notice_kind kind;
    const struct address *peer;
    bool is_tcp;
    const uint8_t *name;     /* of the zone that it is about, wire form; NULL: that was not read */
    const struct zone *zone; /* or NULL */
    unsigned rcode;          /* of the reply */
    const struct err *err;   /* WATCHER_SIGNATURE: what is wrong with it */
};

/* Whoever makes words of it, and renews the lists. All calls come from the loop. */
struct watcher_listener {
    _Alignas(uint64_t) struct sync_listener *sync;
    void (*notified)(void *context, const struct watcher_notice *notice);
    /* Nobody has confirmed the zone for the time of its SOA: told once, until a success. */
    void (*expired)(void *context, const struct zone *zone);
    /* The row of a zone that is in no list any more is freed after this. */
    void (*gone)(void *context, const struct zone *zone);
    /* An event that is nobody's here: ENGINE_RELOAD, or one that `owns` answers for. */
    void (*event)(void *context, const struct engine_event *event);
    bool (*owns)(void *context, const void *owner);
    /* Between two events: the time for watcher_renew. False: it ends, because of the error. */
    bool (*turn)(void *context, struct err *err);
    void *context;
};

struct watcher_config {
    /* Both for watcher_new alone, which copies them; listener, stays and owns of `sync` are set by
     * this. */
    const struct sync_config *sync;
    const struct watcher_listener *listener;
    const struct zones *zones, *catalogs; /* the lists: their first rows come by watcher_renew */
    struct inbox *inbox;                  /* or NULL; the engine has it, too */
    const struct prefix *allowed;         /* --allow-notify */
    size_t allowed_count;
    uint64_t min_refresh, max_refresh; /* microseconds */
    uint64_t seed;                     /* of the spread of looks */
};

struct watcher;

/* Error: ERR_MEMORY. */
struct watcher *watcher_new(const struct watcher_config *config, struct err *err);
/* To be called after hooks_free, and before the lists go. */
void watcher_free(struct watcher *watcher);

/* For sync_end_command. */
struct sync *watcher_sync(struct watcher *watcher);
struct notifiers *watcher_notifiers(struct watcher *watcher);

/* What is needed behind each row of a list (struct zones). */
size_t watcher_behind(void);

/* Makes a list (one of the configuration's two) what `fresh` is, as zones_renew does. New zones are
 * due at once; those that have left finish what goes on, and their rows are freed after that. */
void watcher_renew(struct watcher *watcher, struct zones *list, struct zones *fresh);

/* A command of --exec of the zone has failed: the next look, which tries it again, comes soon. */
void watcher_retry(struct watcher *watcher, const struct zone *zone);

/* All zones whose last look has failed, or whose command is due, are looked at now; those at work
 * once more, if that fails. */
void watcher_hurry(struct watcher *watcher);

struct schedule_counts watcher_counts(const struct watcher *watcher);

/* Goes on until a signal comes, or it cannot go on: the error says why, ERR_INTERRUPTED or
 * ERR_MEMORY. *pool is NULL then: its threads were ended. */
void watcher_run(struct watcher *watcher, struct work **pool, struct err *err);

#endif
