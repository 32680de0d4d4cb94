#include "job/notifiers.h"

#include "base/dict.h"
#include "job/keys.h"

#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 16,           /* lookups under way */
    KEEP_FOR = 1800000000,  /* microseconds until a name is resolved anew */
    AGAIN_AFTER = 10000000, /* ... after a failure; then twice as long each time */
    PATIENCE = 20000000,    /* for a lookup */
    LOOK_EVERY = 5000000,   /* for names whose time has come */
    TIDY_FROM = 1000,       /* addresses */
};

/* The name of a server, or its address. */
struct host {
    char name[256];
    struct prefix_address *addresses; /* as last resolved: what fails changes nothing */
    size_t count;
    uint64_t due, pause; /* of loop_now; LOOP_NEVER: it is an address */
    bool asked;
};

/* A key, beside others of its name. */
struct named_key {
    const struct tsig_key *key;
    struct named_key *next;
};

/* What follows from the orders of a run. */
struct known {
    struct host *hosts; /* one piece of memory: the owners of lookups */
    size_t host_count, host_room;
    struct dict by_name;   /* to hosts; a value is index + 1 */
    struct dict by_key;    /* to struct named_key */
    struct dict addresses; /* of all servers of the run; perhaps some that are so no more */
    size_t address_count;  /* of those that are */
    struct named_key *keys;
    size_t key_count, key_room;
};

struct notifiers {
    struct notifiers_config config;
    struct known known;
    struct timer timer;
    size_t under_way;
};

/* ---- What the orders say ------------------------------------------------------------------- */

static void known_fini(struct known *known)
{
    for (size_t i = 0; i < known->host_count; i++)
        free(known->hosts[i].addresses);
    free(known->hosts);
    free(known->keys);
    dict_fini(&known->by_name);
    dict_fini(&known->by_key);
    dict_fini(&known->addresses);
}

/* As one that a dict may have. */
static void *value_of(size_t index)
{
    return (void *)(uintptr_t)(index + 1); // NOLINT(performance-no-int-to-ptr)
}

static bool find_index(const struct dict *dict, const void *key, size_t n, size_t *index)
{
    uintptr_t value = (uintptr_t)dict_value(dict, key, n);
    *index = (size_t)value - 1;
    return value != 0;
}

static bool add_address(struct known *known, const struct prefix_address *address, struct err *err)
{
    const uint8_t *octets = address->octets;
    return dict_value(&known->addresses, octets, PREFIX_OCTETS) != NULL ||
           dict_add(&known->addresses, octets, PREFIX_OCTETS, known, err); /* not NULL */
}

static bool make_room(struct known *known, struct err *err)
{
    if (known->host_count < known->host_room)
        return true;
    size_t room = known->host_room == 0 ? 16 : 2 * known->host_room;
    struct host *hosts = realloc(known->hosts, room * sizeof *hosts);
    if (hosts == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    known->hosts = hosts;
    known->host_room = room;
    return true;
}

/* What an address is known to be needs nobody to be asked. */
static bool put_literal(struct known *known, struct host *host, struct err *err)
{
    struct address literal;
    if (!address_parse(host->name, 0, &literal))
        return true;
    host->due = LOOP_NEVER;
    host->addresses = calloc(1, sizeof *host->addresses);
    if (host->addresses == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    host->count = prefix_address(host->addresses, &literal);
    known->address_count += host->count;
    return host->count == 0 || add_address(known, host->addresses, err);
}

static bool add_host(struct known *known, const char *name, struct err *err)
{
    size_t n = strlen(name), index;
    if (find_index(&known->by_name, name, n, &index))
        return true;
    if (!make_room(known, err) ||
        !dict_add(&known->by_name, name, n, value_of(known->host_count), err))
        return false;
    struct host *host = &known->hosts[known->host_count++];
    *host = (struct host){.pause = AGAIN_AFTER};
    memcpy(host->name, name, n + 1);
    return put_literal(known, host, err);
}

static bool same_key(const struct tsig_key *a, const struct tsig_key *b)
{
    return a->algorithm == b->algorithm && a->mac_length == b->mac_length &&
           a->secret_length == b->secret_length &&
           name_equal(a->name, a->name_length, b->name, b->name_length) &&
           memcmp(a->secret, b->secret, a->secret_length) == 0;
}

/* They are chained once all are there: until then they may move. */
static bool add_key(struct known *known, const struct tsig_key *key, struct err *err)
{
    if (key == NULL || key->name_length == 0)
        return true;
    if (known->key_count == known->key_room) {
        size_t room = known->key_room == 0 ? 16 : 2 * known->key_room;
        struct named_key *keys = realloc(known->keys, room * sizeof *keys);
        if (keys == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        known->keys = keys;
        known->key_room = room;
    }
    known->keys[known->key_count++] = (struct named_key){.key = key};
    return true;
}

static bool chain_key(struct known *known, struct named_key *at, struct err *err)
{
    const uint8_t *name = at->key->name;
    size_t n = at->key->name_length, index;
    if (!dict_find(&known->by_key, name, n, &index))
        return dict_add(&known->by_key, name, n, at, err);
    struct named_key *first = known->by_key.entries[index].value;
    for (const struct named_key *key = first; key != NULL; key = key->next)
        if (key->key == at->key || same_key(key->key, at->key))
            return true;
    at->next = first->next;
    first->next = at;
    return true;
}

static bool add_orders(struct known *known, const struct orders *orders, struct err *err)
{
    const struct route *route = &orders->route;
    bool good = route->server_count > 0 || add_key(known, keys_for(route->keys, NULL), err);
    for (size_t i = 0; good && i < route->server_count; i++)
        good = add_key(known, keys_for(route->keys, &route->servers[i]), err) &&
               add_host(known, route->servers[i].host, err);
    return good;
}

static bool add_addresses(struct known *known, const struct host *host, struct err *err)
{
    known->address_count += host->count; /* without memory, too: it is taken off again */
    for (size_t i = 0; i < host->count; i++)
        if (!add_address(known, &host->addresses[i], err))
            return false;
    return true;
}

/* The host of the same name before, of which something is known that has to be asked for. */
static struct host *host_before(const struct known *before, const struct host *host)
{
    size_t index;
    bool found = host->due != LOOP_NEVER &&
                 find_index(&before->by_name, host->name, strlen(host->name), &index);
    return found ? &before->hosts[index] : NULL;
}

/* What was known of the names that stay. */
static bool take_over(struct known *known, struct known *before, struct err *err)
{
    for (size_t i = 0; i < known->host_count; i++) {
        const struct host *old = host_before(before, &known->hosts[i]);
        if (old != NULL && !add_addresses(known, old, err))
            return false;
    }
    for (size_t i = 0; i < known->host_count; i++) { /* nothing fails from here on */
        struct host *host = &known->hosts[i], *old = host_before(before, host);
        if (old == NULL)
            continue;
        host->addresses = old->addresses;
        host->count = old->count;
        old->addresses = NULL;
    }
    return true;
}

static void forget_lookups(struct notifiers *notifiers)
{
    for (size_t i = 0; i < notifiers->known.host_count; i++)
        if (notifiers->known.hosts[i].asked)
            engine_forget(notifiers->config.engine, &notifiers->known.hosts[i]);
    notifiers->under_way = 0;
}

bool notifiers_renew(struct notifiers *notifiers,
                     const struct orders *(*next)(const void *context, size_t index),
                     const void *context, struct err *err)
{
    struct known *before = &notifiers->known;
    struct known known = {.by_name.seed = before->by_name.seed};
    const struct orders *orders;
    bool good = true;
    for (size_t i = 0; good && (orders = next(context, i)) != NULL; i++)
        good = add_orders(&known, orders, err);
    for (size_t i = 0; good && i < known.key_count; i++)
        good = chain_key(&known, &known.keys[i], err);
    if (!good || !take_over(&known, before, err)) {
        known_fini(&known);
        return false;
    }
    forget_lookups(notifiers);
    known_fini(before);
    *before = known;
    engine_timer(notifiers->config.engine, &notifiers->timer, loop_now(), notifiers);
    return true;
}

struct notifiers *notifiers_new(const struct notifiers_config *config, struct err *err)
{
    struct notifiers *notifiers = calloc(1, sizeof *notifiers);
    if (notifiers == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        notifiers->config = *config;
    return notifiers;
}

void notifiers_free(struct notifiers *notifiers)
{
    if (notifiers == NULL)
        return;
    engine_timer_clear(notifiers->config.engine, &notifiers->timer);
    forget_lookups(notifiers);
    known_fini(&notifiers->known);
    free(notifiers);
}

/* ---- Names --------------------------------------------------------------------------------- */

static struct host *host_of(const struct notifiers *notifiers, const void *owner)
{
    const struct known *known = &notifiers->known;
    uintptr_t at = (uintptr_t)owner, first = (uintptr_t)known->hosts;
    bool is_in =
        known->host_count > 0 && at >= first && at < (uintptr_t)(known->hosts + known->host_count);
    return is_in ? &known->hosts[(at - first) / sizeof(struct host)] : NULL;
}

bool notifiers_owns(const struct notifiers *notifiers, const void *owner)
{
    return owner == notifiers || host_of(notifiers, owner) != NULL;
}

/* Those whose time has come, a few at once. */
static void ask(struct notifiers *notifiers)
{
    struct known *known = &notifiers->known;
    struct engine *engine = notifiers->config.engine;
    uint64_t now = loop_now();
    for (size_t i = 0; i < known->host_count && notifiers->under_way < AT_ONCE; i++) {
        struct host *host = &known->hosts[i];
        struct err ignored = {.kind = ERR_NONE};
        if (host->asked || host->due > now)
            continue;
        host->asked =
            engine_resolve(engine, host->name, 0, AF_UNSPEC, now + PATIENCE, host, &ignored);
        notifiers->under_way += host->asked;
    }
    if (!notifiers->timer.is_set)
        engine_timer(engine, &notifiers->timer, now + LOOK_EVERY, notifiers);
}

/* Addresses that change all the time must not fill the memory. */
static void tidy(struct known *known)
{
    struct err ignored = {.kind = ERR_NONE};
    if (known->addresses.count / 2 <= known->address_count + TIDY_FROM)
        return;
    dict_fini(&known->addresses);
    known->addresses = (struct dict){.seed = known->by_name.seed};
    known->address_count = 0;
    for (size_t i = 0; i < known->host_count; i++)
        add_addresses(known, &known->hosts[i], &ignored);
}

static bool keep(struct known *known, struct host *host, const struct engine_event *event)
{
    struct err ignored = {.kind = ERR_NONE};
    struct prefix_address *addresses = calloc(event->address_count + 1, sizeof *addresses);
    size_t count = 0;
    if (addresses == NULL)
        return false;
    for (size_t i = 0; i < event->address_count; i++)
        count += prefix_address(&addresses[count], &event->addresses[i]);
    free(host->addresses);
    known->address_count -= host->count;
    host->addresses = addresses;
    host->count = count;
    add_addresses(known, host, &ignored);
    tidy(known);
    return true;
}

void notifiers_take(struct notifiers *notifiers, const struct engine_event *event)
{
    struct host *host = host_of(notifiers, event->owner);
    if (host != NULL && event->kind == ENGINE_RESOLVED) {
        bool good = event->err->kind == ERR_NONE && keep(&notifiers->known, host, event);
        host->asked = false;
        host->due = loop_now() + (good ? KEEP_FOR : host->pause);
        host->pause = good ? AGAIN_AFTER : 2 * host->pause;
        if (host->pause > KEEP_FOR)
            host->pause = KEEP_FOR;
        notifiers->under_way--;
    }
    ask(notifiers);
}

/* ---- The judgement ------------------------------------------------------------------------- */

size_t notifiers_keys(const struct notifiers *notifiers, const uint8_t *name, size_t length,
                      const struct tsig_key **keys, size_t room)
{
    const struct named_key *key = dict_value(&notifiers->known.by_key, name, length);
    size_t count = 0;
    for (; key != NULL && count < room; key = key->next)
        keys[count++] = key->key;
    return count;
}

static bool is_among(const struct prefix_address *addresses, size_t count,
                     const struct prefix_address *peer)
{
    for (size_t i = 0; i < count; i++)
        if (prefix_same(&addresses[i], peer))
            return true;
    return false;
}

static bool is_server(const struct notifiers *notifiers, const struct server *server,
                      const struct prefix_address *peer)
{
    const struct known *known = &notifiers->known;
    size_t index;
    return find_index(&known->by_name, server->host, strlen(server->host), &index) &&
           is_among(known->hosts[index].addresses, known->hosts[index].count, peer);
}

static bool is_allowed(const struct notifiers *notifiers, const struct prefix_address *peer)
{
    for (size_t i = 0; i < notifiers->config.allowed_count; i++)
        if (prefix_has(&notifiers->config.allowed[i], peer))
            return true;
    return false;
}

/* Whether transfers of the zone are signed with the key, from one server at least. */
static bool has_key(const struct route *route, const struct tsig_key *key)
{
    const struct tsig_key *own = keys_for(route->keys, NULL);
    bool has = route->server_count == 0 && own != NULL && same_key(own, key);
    for (size_t i = 0; !has && i < route->server_count; i++) {
        own = keys_for(route->keys, &route->servers[i]);
        has = own != NULL && same_key(own, key);
    }
    return has;
}

/* That a zone is not there is said only to those who may notify for another one: it is nobody
 * else's business which there are. */
static enum notifiers_verdict judge_unknown(const struct notifiers *notifiers,
                                            const struct notifiers_question *question)
{
    const struct dict *addresses = &notifiers->known.addresses;
    bool is_known = question->key != NULL || is_allowed(notifiers, question->peer) ||
                    dict_value(addresses, question->peer->octets, PREFIX_OCTETS) != NULL;
    return is_known ? NOTIFIERS_UNKNOWN_ZONE : NOTIFIERS_STRANGER;
}

enum notifiers_verdict notifiers_judge(const struct notifiers *notifiers,
                                       const struct notifiers_question *question, unsigned *server)
{
    *server = 0;
    if (question->orders == NULL)
        return judge_unknown(notifiers, question);
    const struct route *route = &question->orders->route;
    for (size_t i = 0; i < route->server_count && *server == 0; i++)
        if (is_server(notifiers, &route->servers[i], question->peer))
            *server = (unsigned)i + 1;
    bool counts = *server > 0 || is_allowed(notifiers, question->peer) ||
                  is_among(question->found, question->found_count, question->peer) ||
                  (question->key != NULL && has_key(route, question->key));
    return counts ? NOTIFIERS_COUNT : NOTIFIERS_STRANGER;
}
