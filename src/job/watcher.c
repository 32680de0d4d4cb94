#include "job/watcher.h"

#include "job/outlook.h"
#include "xfer/notify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SECOND = 1000000,
    KEYS_MOST = 16,           /* of one name that are tried */
    FOUND_MOST = 8,           /* addresses that are kept of a zone's servers */
    SLEEP_MOST = 30 * SECOND, /* the engine's clock stands while the machine sleeps */
};

/* What is kept of a zone beside its row. */
struct watched {
    struct scheduled scheduled;
    struct zone *zone;
    struct watched *next;         /* of those that have left their list */
    struct prefix_address *found; /* that were asked for it, by name */
    uint8_t found_count;
    uint8_t told_by; /* who has sent the last notify that counted; as zone->first_server */
    bool leaves;     /* its list; it is freed when nobody has it any more */
    bool was_back;   /* it came back while it was at work, under what it was before */
};
_Static_assert(sizeof(struct zone) + sizeof(struct watched) <= 400, "there may be 100 000 of them");

struct watcher {
    struct sync_listener listener; /* the first member, so that it leads to the rest */
    struct watcher_config config;  /* its listener is `tells`, its sync is not kept */
    struct watcher_listener tells;
    struct sync *sync;
    struct engine *engine;
    const char *folder; /* of the files */
    struct notifiers *notifiers;
    struct schedule schedule;
    struct timer timer;
    struct watched *leaving;
    struct dict index; /* of those, by name, while a list is renewed */
    bool is_indexed;
    bool may_free; /* something has ended that may have been the last to need one of them */
};

static struct watcher *watcher_of(struct sync_listener *listener)
{
    return (struct watcher *)listener;
}

/* ---- Looks --------------------------------------------------------------------------------- */

static struct teller *look_begins(struct sync_listener *listener, struct zone *zone)
{
    struct sync_listener *outer = watcher_of(listener)->config.listener->sync;
    return outer->begin(outer, zone);
}

/* What the row tells of FILE: its age by the clock of the machine, which may be wrong. */
static struct schedule_copy copy_of(const struct zone *zone)
{
    int64_t now = (int64_t)(loop_time_of_day() / SECOND), then = zone->last_success;
    bool is_known = then > 0 && then < now;
    return (struct schedule_copy){
        .is_there = zone->has_file && zone->has_expire,
        .serial = zone->serial,
        .refresh = zone->refresh,
        .retry = zone->retry,
        .expire = zone->expire,
        .age = is_known ? (uint64_t)(now - then) * SECOND : 0,
    };
}

/* The address of an attempt, if its server was named by a name. */
static bool address_of(const struct attempt *attempt, struct prefix_address *to)
{
    char text[ADDRESS_TEXT_MAX];
    struct address address;
    size_t n = strcspn(attempt->address, "#");
    if (!attempt->by_name || n == 0)
        return false;
    memcpy(text, attempt->address, n);
    text[n] = '\0';
    return address_parse(text, 0, &address) && prefix_address(to, &address);
}

/* Who was asked may tell, too: the servers that the DNS has named are known by that alone. Without
 * memory those are left to the prefixes that may tell. */
static void keep_found(struct watched *watched, const struct attempts *attempts)
{
    struct prefix_address found[FOUND_MOST];
    size_t count = 0, kept = attempts != NULL ? attempts_kept(attempts) : 0;
    if (attempts != NULL && attempts->has_good && address_of(&attempts->good, &found[0]))
        count = 1;
    for (size_t i = 0; i < kept && count < FOUND_MOST; i++)
        count += address_of(&attempts->list[i], &found[count]);
    if (count == 0)
        return;
    struct prefix_address *own = malloc(count * sizeof *own);
    if (own == NULL)
        return;
    memcpy(own, found, count * sizeof *own);
    free(watched->found);
    watched->found = own;
    watched->found_count = (uint8_t)count;
}

/* Of a zone that has come back: the look that it is due for comes now, if its turn was passed over
 * because it was at work. Without memory the run ends with the next zone that is put in. */
static void end_old_look(struct watcher *watcher, struct watched *watched)
{
    struct err ignored = {.kind = ERR_NONE};
    watched->was_back = false;
    if (!watched->leaves && !watched->scheduled.look.is_set)
        sync_put(watcher->sync, watched->zone, false, &ignored);
}

static void look_ended(struct sync_listener *listener, struct teller *teller,
                       const struct zone_end *end)
{
    struct watcher *watcher = watcher_of(listener);
    struct sync_listener *outer = watcher->config.listener->sync;
    struct watched *watched = end->zone->watched;
    const struct schedule_copy copy = copy_of(end->zone);
    const struct schedule_outcome outcome = {
        .good = end->failure == ERR_NONE,
        .changed = end->kind != NULL,
        .has_serial = end->zone->has_server_serial,
        .failure = outlook_after(end->failure, end->attempts),
        .serial = end->zone->server_serial,
        .copy = &copy,
    };
    keep_found(watched, end->attempts);
    outer->ended(outer, teller, end);
    watcher->may_free = true;
    if (watched->was_back) {
        end_old_look(watcher, watched);
        return;
    }
    if (end->failure != ERR_INTERRUPTED && !watched->leaves)
        schedule_ended(&watcher->schedule, &watched->scheduled, &outcome, loop_uptime());
}

static void breathe(struct sync_listener *listener, const struct sync_progress *progress)
{
    struct sync_listener *outer = watcher_of(listener)->config.listener->sync;
    outer->breathe(outer, progress);
}

/* ---- Rows that come and go ----------------------------------------------------------------- */

/* Finds a row that has left its list. There may be as many as lists have zones; without memory for
 * an index they are gone through. */
static struct watched *find_leaving(const struct watcher *watcher, const uint8_t *name, size_t n)
{
    struct watched *watched = watcher->leaving;
    if (watcher->is_indexed)
        return dict_value(&watcher->index, name, n);
    while (watched != NULL &&
           (watched->zone->name_length != n || memcmp(watched->zone->name, name, n) != 0))
        watched = watched->next;
    return watched;
}

static void index_leaving(struct watcher *watcher)
{
    struct err ignored = {.kind = ERR_NONE};
    watcher->is_indexed = true;
    for (struct watched *at = watcher->leaving; at != NULL && watcher->is_indexed; at = at->next)
        watcher->is_indexed =
            dict_add(&watcher->index, at->zone->name, at->zone->name_length, at, &ignored);
}

/* Those that are in a list again are not among the others any more. */
static void forget_index(struct watcher *watcher)
{
    struct watched **at = &watcher->leaving;
    while (*at != NULL)
        if ((*at)->leaves)
            at = &(*at)->next;
        else
            *at = (*at)->next;
    dict_fini(&watcher->index);
    watcher->index = (struct dict){.seed = 0};
    watcher->is_indexed = false;
}

static struct zone *row_back(void *context, const uint8_t *name, size_t length)
{
    struct watcher *watcher = context;
    struct watched *watched = find_leaving(watcher, name, length);
    if (watched == NULL)
        return NULL;
    watched->leaves = false;
    watched->was_back = watched->zone->place == ZONE_AT_WORK;
    const struct schedule_copy copy = copy_of(watched->zone); /* it goes on to grow old */
    schedule_add(&watcher->schedule, &watched->scheduled, watched, loop_uptime());
    schedule_know(&watcher->schedule, &watched->scheduled, &copy, loop_uptime());
    return watched->zone;
}

static void row_gone(void *context, struct zone *zone)
{
    struct watcher *watcher = context;
    struct watched *watched = zone->watched;
    schedule_remove(&watcher->schedule, &watched->scheduled);
    sync_withdraw(watcher->sync, zone);
    zone->group = NULL;  /* a name of the list that it has left */
    zone->orders = NULL; /* and they go with that one, perhaps before a look that began earlier */
    watched->leaves = true;
    watched->next = watcher->leaving;
    watcher->leaving = watched;
}

static void row_came(void *context, struct zone *zone)
{
    struct watcher *watcher = context;
    struct watched *watched = zone->watched;
    watched->zone = zone;
    schedule_add(&watcher->schedule, &watched->scheduled, watched, loop_uptime());
}

size_t watcher_behind(void)
{
    return sizeof(struct watched);
}

static void forget_teller(struct zone *zone)
{
    struct watched *watched = zone->watched;
    zone->first_server = watched->told_by = 0;
}

void watcher_renew(struct watcher *watcher, struct zones *list, struct zones *fresh)
{
    const struct zones_change change = {row_back, row_came, row_gone, watcher};
    index_leaving(watcher);
    zones_renew(list, fresh, &change);
    forget_index(watcher);
    watcher->may_free = true;
    for (size_t i = 0; i < list->count; i++)
        forget_teller(list->rows[i]); /* it counted the servers that the zone had */
}

/* Rows that nobody has any more. */
static void free_leaving(struct watcher *watcher)
{
    const struct watcher_listener *listener = watcher->config.listener;
    if (!watcher->may_free)
        return;
    watcher->may_free = false;
    for (struct watched **at = &watcher->leaving; *at != NULL;) {
        struct watched *watched = *at;
        struct zone *zone = watched->zone;
        if (zone->place != ZONE_RESTS || zone->hook_queued) {
            at = &watched->next;
            continue;
        }
        *at = watched->next;
        sync_forget(watcher->sync, zone);
        listener->gone(listener->context, zone);
        free(watched->found);
        zones_free_row(zone);
    }
}

void watcher_retry(struct watcher *watcher, const struct zone *zone)
{
    struct watched *watched = zone->watched;
    if (!watched->leaves)
        schedule_retry(&watcher->schedule, &watched->scheduled, loop_uptime());
}

static void hurry(struct watcher *watcher, const struct zones *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct zone *zone = list->rows[i];
        struct watched *watched = zone->watched;
        bool has_failed = zone->state == ZONE_KEPT || zone->state == ZONE_MISSING;
        bool waits_for = has_failed || (zone->hook_due && !zone->hook_queued);
        if (zone->place == ZONE_AT_WORK || (zone->place == ZONE_RESTS && waits_for))
            schedule_hurry(&watcher->schedule, &watched->scheduled, loop_uptime());
    }
}

void watcher_hurry(struct watcher *watcher)
{
    hurry(watcher, watcher->config.catalogs);
    hurry(watcher, watcher->config.zones);
}

struct schedule_counts watcher_counts(const struct watcher *watcher)
{
    return schedule_count(&watcher->schedule, loop_uptime());
}

/* ---- Messages ------------------------------------------------------------------------------ */

static struct zone *find_zone(const struct watcher *watcher, const struct notify *notify)
{
    const struct zones *const lists[] = {watcher->config.zones, watcher->config.catalogs};
    struct zone *zone = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && zone == NULL; i++)
        zone = zones_find(lists[i], notify->zone, notify->zone_length);
    return zone != NULL && zone->orders->class == notify->class ? zone : NULL;
}

/* Who tells lives. At which port it is asked is known of a server that the route names. */
static void revive(struct watcher *watcher, const struct zone *zone, unsigned server,
                   const struct address *peer)
{
    const struct route *route = &zone->orders->route;
    struct address address = *peer;
    if (server == 0)
        return;
    uint16_t port = route->servers[server - 1].port;
    address_set_port(&address, port != 0 ? port : route->port);
    engine_revive(watcher->engine, &address);
}

static bool has_file(const struct watcher *watcher, const struct zone *zone)
{
    char path[PATH_MAX], name[FILENAME_ROOM];
    struct err ignored = {.kind = ERR_NONE};
    return visit_path(path, name, watcher->folder, zone, &ignored) && access(path, F_OK) == 0;
}

/* It counts: the zone's next look comes now, and begins with the server that has told. */
static enum watcher_notice_kind follow(struct watcher *watcher, const struct notify *notify,
                                       struct zone *zone, unsigned server,
                                       const struct address *peer)
{
    static const enum watcher_notice_kind results[] = {
        [SCHEDULE_CURRENT] = WATCHER_CURRENT, [SCHEDULE_LOOKS] = WATCHER_TAKEN,
        [SCHEDULE_LATER] = WATCHER_TAKEN,     [SCHEDULE_SOONER] = WATCHER_MERGED,
        [SCHEDULE_AGAIN] = WATCHER_MERGED,
    };
    struct err ignored = {.kind = ERR_NONE};
    struct watched *watched = zone->watched;
    bool is_queued = zone->place == ZONE_WAITS_FIRST || zone->place == ZONE_WAITS_TURN;
    /* What has been told of a FILE that somebody has taken away does not make it current. */
    const struct schedule_hint hint = {.has_serial = notify->has_serial && has_file(watcher, zone),
                                       .serial = notify->serial,
                                       .is_queued = is_queued};
    enum schedule_notice notice =
        schedule_notify(&watcher->schedule, &watched->scheduled, &hint, loop_uptime());
    if (notice != SCHEDULE_CURRENT) {
        zone->first_server = watched->told_by = (uint8_t)server;
        revive(watcher, zone, server, peer);
    }
    if (notice == SCHEDULE_SOONER)
        sync_put(watcher->sync, zone, true, &ignored); /* it is in its lane: nothing can fail */
    return results[notice];
}

/* Sets the RCODE of the reply. */
static enum watcher_notice_kind judge(struct watcher *watcher, struct notify *notify,
                                      struct zone *zone, const struct address *peer)
{
    struct prefix_address who;
    unsigned server = 0;
    const struct watched *watched = zone != NULL ? zone->watched : NULL;
    const struct notifiers_question question = {
        .orders = zone != NULL ? zone->orders : NULL,
        .found = watched != NULL ? watched->found : NULL,
        .found_count = watched != NULL ? watched->found_count : 0,
        .peer = &who,
        .key = notify->key,
    };
    enum notifiers_verdict verdict = NOTIFIERS_STRANGER;
    if (prefix_address(&who, peer))
        verdict = notifiers_judge(watcher->notifiers, &question, &server);
    if (verdict == NOTIFIERS_COUNT)
        return follow(watcher, notify, zone, server, peer);
    notify->rcode = verdict == NOTIFIERS_UNKNOWN_ZONE ? RCODE_NOTAUTH : RCODE_REFUSED;
    return zone == NULL ? WATCHER_UNKNOWN : WATCHER_REFUSED;
}

static bool verify(struct watcher *watcher, struct notify *notify, struct err *err)
{
    const struct tsig_key *keys[KEYS_MOST];
    const struct tsig_record *tsig = &notify->tsig;
    size_t count =
        notifiers_keys(watcher->notifiers, tsig->name, tsig->name_length, keys, KEYS_MOST);
    return notify_verify(notify, keys, count, loop_time_of_day() / SECOND, err);
}

static void take_message(struct watcher *watcher, const struct engine_event *event)
{
    const struct watcher_listener *listener = watcher->config.listener;
    const struct address *peer = &event->from->ends.peer;
    struct watcher_notice notice = {
        .kind = WATCHER_BAD, .peer = peer, .is_tcp = event->from->is_tcp};
    struct err err = {.kind = ERR_NONE};
    struct notify notify;
    uint8_t reply[NOTIFY_REPLY_MAX];
    if (notify_read(&notify, event->octets, event->length)) {
        if (notify.rcode == RCODE_NOERROR)
            notice.name = notify.zone;
        if (notify.is_signed && !verify(watcher, &notify, &err))
            notice.kind = WATCHER_SIGNATURE;
        if (notify.rcode == RCODE_NOERROR) {
            struct zone *zone = find_zone(watcher, &notify);
            notice.zone = zone;
            notice.kind = judge(watcher, &notify, zone, peer);
        }
        notice.rcode = notify.rcode;
        notice.err = &err;
        size_t length = notify_reply(&notify, notify.rcode, loop_time_of_day() / SECOND, reply);
        if (length > 0)
            inbox_reply(watcher->config.inbox, event->from, reply, length);
        listener->notified(listener->context, &notice);
    }
    notify_fini(&notify);
}

/* ---- The loop ------------------------------------------------------------------------------ */

static bool owns(void *context, const void *owner)
{
    const struct watcher *watcher = context;
    const struct watcher_listener *listener = watcher->config.listener;
    return owner == watcher || notifiers_owns(watcher->notifiers, owner) ||
           listener->owns(listener->context, owner);
}

static void take(struct watcher *watcher, const struct engine_event *event)
{
    const struct watcher_listener *listener = watcher->config.listener;
    if (event->kind == ENGINE_NOTIFY)
        take_message(watcher, event);
    else if (event->kind != ENGINE_RELOAD && notifiers_owns(watcher->notifiers, event->owner))
        notifiers_take(watcher->notifiers, event);
    else if (event->kind == ENGINE_RELOAD || event->owner != watcher) /* else its time has come */
        listener->event(listener->context, event);
}

static bool begin_due(struct watcher *watcher, struct err *err)
{
    const struct watcher_listener *listener = watcher->config.listener;
    uint64_t now = loop_uptime();
    struct scheduled *scheduled;
    bool first, good = true;
    while ((scheduled = schedule_expired(&watcher->schedule, now)) != NULL)
        listener->expired(listener->context, ((struct watched *)scheduled->owner)->zone);
    while (good && (scheduled = schedule_due(&watcher->schedule, now, &first)) != NULL) {
        struct watched *watched = scheduled->owner;
        if (first) /* perhaps not for the first time */
            watched->zone->first_server = watched->told_by;
        good = sync_put(watcher->sync, watched->zone, first, err);
    }
    return good;
}

/* The engine wakes the loop for the next one. */
static void set_timer(struct watcher *watcher)
{
    uint64_t next = schedule_next(&watcher->schedule), now = loop_uptime();
    uint64_t pause = next <= now ? 0 : next - now;
    engine_timer(watcher->engine, &watcher->timer,
                 loop_now() + (pause < SLEEP_MOST ? pause : SLEEP_MOST), watcher);
}

void watcher_run(struct watcher *watcher, struct work **pool, struct err *err)
{
    const struct watcher_listener *listener = watcher->config.listener;
    enum sync_step step = SYNC_WORKED;
    struct engine_event event = {.kind = ENGINE_TIMER};
    bool good = true;
    while (good && step != SYNC_OVER) {
        good = begin_due(watcher, err);
        set_timer(watcher);
        step = good ? sync_step(watcher->sync, &event) : SYNC_WORKED;
        if (step == SYNC_FOREIGN)
            take(watcher, &event);
        watcher->may_free |= event.kind == ENGINE_CHILD || event.kind == ENGINE_TIMER;
        free_leaving(watcher);
        good = good && (step == SYNC_OVER || listener->turn(listener->context, err));
    }
    struct err why = {.kind = ERR_NONE};
    sync_stop(watcher->sync, pool, &why);
    if (good)
        *err = why;
}

/* ---- The beginning and the end --------------------------------------------------------------- */

static bool open_parts(struct watcher *watcher, struct err *err)
{
    const struct watcher_config *config = &watcher->config;
    const struct notifiers_config notifiers = {
        .engine = watcher->engine,
        .allowed = config->allowed,
        .allowed_count = config->allowed_count,
    };
    struct sync_config sync = *config->sync;
    sync.listener = &watcher->listener;
    sync.stays = true;
    sync.owns = owns;
    sync.owns_context = watcher;
    watcher->notifiers = notifiers_new(&notifiers, err);
    watcher->sync = watcher->notifiers != NULL ? sync_new(&sync, err) : NULL;
    return watcher->sync != NULL;
}

struct watcher *watcher_new(const struct watcher_config *config, struct err *err)
{
    const struct schedule_config schedule = {.min_refresh = config->min_refresh,
                                             .max_refresh = config->max_refresh,
                                             .seed = config->seed};
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (watcher == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    watcher->listener = (struct sync_listener){look_begins, look_ended, breathe};
    watcher->config = *config;
    watcher->tells = *config->listener;
    watcher->config.listener = &watcher->tells;
    watcher->engine = config->sync->engine;
    watcher->folder = config->sync->visits->folder;
    schedule_init(&watcher->schedule, &schedule);
    if (open_parts(watcher, err)) {
        watcher->config.sync = NULL;
        return watcher;
    }
    watcher_free(watcher);
    return NULL;
}

static void free_found(const struct zones *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(((struct watched *)list->rows[i]->watched)->found);
}

void watcher_free(struct watcher *watcher)
{
    if (watcher == NULL)
        return;
    engine_timer_clear(watcher->engine, &watcher->timer);
    notifiers_free(watcher->notifiers);
    sync_free(watcher->sync);
    while (watcher->leaving != NULL) {
        struct watched *watched = watcher->leaving;
        watcher->leaving = watched->next;
        free(watched->found);
        zones_free_row(watched->zone);
    }
    free_found(watcher->config.zones);
    free_found(watcher->config.catalogs);
    free(watcher);
}

struct sync *watcher_sync(struct watcher *watcher)
{
    return watcher->sync;
}

struct notifiers *watcher_notifiers(struct watcher *watcher)
{
    return watcher->notifiers;
}
