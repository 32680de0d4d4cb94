#include "net/lookup.h"

#include "dns/msg.h"
#include "dns/types.h"
#include "net/timer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUCKETS = 4096 };

/* Somebody who waits. */
struct waiter {
    struct entry *entry;
    struct waiter *next, *prev;             /* of those who wait for the same */
    struct waiter *owner_next, *owner_prev; /* of those whose owners have the same hash */
    struct timer deadline;
    void *owner;
    uint16_t port;
};

/* The rows that an entry may stand in. In the first it does so until it is started, and again from
 * when it is done, or asked for again, until all that wait have their answer. In the second stand
 * those that are kept, in the order in which they were done. */
enum links { LINKS_TURN, LINKS_KEPT, LINKS };

/* What was asked, and what came of it. */
struct entry {
    struct entry *same_hash;
    struct entry *next[LINKS];
    struct waiter *waiters, *last_waiter;
    struct resolve_job *job; /* under way, or the one with the addresses */
    bool is_servers, started, done;
    bool is_ready, is_kept; /* it stands in that row */
    uint64_t done_at;
    int family;
    uint16_t type; /* of records that are asked for now */
    char name[NAME_TEXT_ROOM];
    uint8_t zone[NAME_MAX_WIRE];
    uint8_t zone_length;
    struct err err;
    size_t host_count;
    char (*hosts)[LOOKUP_HOST_MAX];
    uint32_t ns_hosts; /* as in struct lookup_result */
    bool has_primary;  /* ... */
};

struct row {
    struct entry *first, *last;
    enum links links;
};

struct lookup {
    struct resolver *resolver;
    struct entry *entries[BUCKETS];
    struct waiter *owners[BUCKETS];
    struct row unstarted, ready, kept;
    struct timers deadlines;
    struct address_list lent;
    unsigned under_way;
    size_t waiting; /* waiters */
};

static void push_entry(struct row *row, struct entry *entry)
{
    entry->next[row->links] = NULL;
    if (row->last != NULL)
        row->last->next[row->links] = entry;
    else
        row->first = entry;
    row->last = entry;
}

static struct entry *pop_entry(struct row *row)
{
    struct entry *entry = row->first;
    row->first = entry->next[row->links];
    if (row->first == NULL)
        row->last = NULL;
    return entry;
}

static struct entry **bucket_of(struct lookup *lookup, const char *name, int family,
                                bool is_servers)
{
    uint32_t hash = 2166136261u ^ (uint32_t)family ^ (is_servers ? 0x10000u : 0u); /* FNV-1a */
    for (const char *at = name; *at != '\0'; at++) {
        bool is_upper = *at >= 'A' && *at <= 'Z';
        hash = (hash ^ (uint8_t)(is_upper ? *at + ('a' - 'A') : *at)) * 16777619u;
    }
    return &lookup->entries[(hash ^ hash >> 16) % BUCKETS];
}

static struct waiter **bucket_of_owner(struct lookup *lookup, const void *owner)
{
    uint64_t hash = (uint64_t)(uintptr_t)owner * UINT64_C(0x9e3779b97f4a7c15);
    return &lookup->owners[(hash >> 32) % BUCKETS];
}

struct lookup *lookup_new(struct err *err)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        lookup->kept.links = LINKS_KEPT;
    return lookup;
}

static void free_entry(struct entry *entry)
{
    while (entry->waiters != NULL) {
        struct waiter *waiter = entry->waiters;
        entry->waiters = waiter->next;
        free(waiter);
    }
    resolve_job_free(entry->job);
    free(entry->hosts);
    free(entry);
}

static void forget_entry(struct lookup *lookup, struct entry *entry)
{
    struct entry **at = bucket_of(lookup, entry->name, entry->family, entry->is_servers);
    while (*at != entry)
        at = &(*at)->same_hash;
    *at = entry->same_hash;
    free_entry(entry);
}

void lookup_free(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    address_list_fini(&lookup->lent);
    for (size_t i = 0; i < BUCKETS; i++)
        while (lookup->entries[i] != NULL)
            forget_entry(lookup, lookup->entries[i]);
    resolve_close(lookup->resolver);
    free(lookup);
}

/* ---- Asking --------------------------------------------------------------------------------- */

/* Those who wait can be answered. */
static void be_ready(struct lookup *lookup, struct entry *entry)
{
    if (!entry->is_ready)
        push_entry(&lookup->ready, entry);
    entry->is_ready = true;
}

static void end_entry(struct lookup *lookup, struct entry *entry)
{
    entry->done = true;
    be_ready(lookup, entry);
}

static void start_entry(struct lookup *lookup, struct entry *entry)
{
    entry->started = true;
    if (lookup->resolver == NULL)
        lookup->resolver = resolve_open(&entry->err);
    if (lookup->resolver != NULL)
        entry->job = entry->is_servers ? resolve_ask_records(lookup->resolver, entry->name,
                                                             entry->type, entry, &entry->err)
                                       : resolve_ask_host(lookup->resolver, entry->name,
                                                          entry->family, entry, &entry->err);
    if (entry->job != NULL)
        lookup->under_way++;
    else
        end_entry(lookup, entry);
}

static bool can_start(const struct lookup *lookup)
{
    return lookup->unstarted.first != NULL && lookup->under_way < LOOKUP_AT_ONCE;
}

static struct entry *find_entry(struct lookup *lookup, const char *name, int family,
                                bool is_servers)
{
    struct entry *e = *bucket_of(lookup, name, family, is_servers);
    while (e != NULL &&
           (e->is_servers != is_servers || e->family != family || strcasecmp(e->name, name) != 0))
        e = e->same_hash;
    return e;
}

static struct entry *add_entry(struct lookup *lookup, const char *name, int family, bool is_servers)
{
    size_t length = strlen(name);
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->family = family;
    entry->is_servers = is_servers;
    if (length >= sizeof entry->name)
        err_set(&entry->err, ERR_HOST, "cannot find the server's address: its name is too long");
    else
        memcpy(entry->name, name, length + 1);
    struct entry **bucket = bucket_of(lookup, entry->name, family, is_servers);
    entry->same_hash = *bucket;
    *bucket = entry;
    entry->started = entry->err.kind != ERR_NONE;
    if (entry->started)
        end_entry(lookup, entry);
    else
        push_entry(&lookup->unstarted, entry);
    return entry;
}

static bool wait_for(struct lookup *lookup, struct entry *entry, uint16_t port, uint64_t deadline,
                     void *owner, struct err *err)
{
    struct waiter *waiter = calloc(1, sizeof *waiter), **bucket = bucket_of_owner(lookup, owner);
    if (waiter == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    *waiter = (struct waiter){.entry = entry,
                              .prev = entry->last_waiter,
                              .owner_next = *bucket,
                              .owner = owner,
                              .port = port};
    if (waiter->prev != NULL)
        waiter->prev->next = waiter;
    else
        entry->waiters = waiter;
    entry->last_waiter = waiter;
    if (*bucket != NULL)
        (*bucket)->owner_prev = waiter;
    *bucket = waiter;
    if (deadline != LOOP_NEVER) {
        waiter->deadline.owner = waiter;
        timer_set(&lookup->deadlines, &waiter->deadline, deadline);
    }
    lookup->waiting++;
    if (entry->done)
        be_ready(lookup, entry);
    return true;
}

static void free_waiter(struct lookup *lookup, struct waiter *waiter)
{
    struct entry *entry = waiter->entry;
    *(waiter->prev != NULL ? &waiter->prev->next : &entry->waiters) = waiter->next;
    *(waiter->next != NULL ? &waiter->next->prev : &entry->last_waiter) = waiter->prev;
    *(waiter->owner_prev != NULL ? &waiter->owner_prev->owner_next
                                 : bucket_of_owner(lookup, waiter->owner)) = waiter->owner_next;
    if (waiter->owner_next != NULL)
        waiter->owner_next->owner_prev = waiter->owner_prev;
    timer_clear(&lookup->deadlines, &waiter->deadline);
    lookup->waiting--;
    free(waiter);
}

bool lookup_host(struct lookup *lookup, const char *host, uint16_t port, int family,
                 uint64_t deadline, void *owner, struct err *err)
{
    struct entry *entry = find_entry(lookup, host, family, false);
    if (entry == NULL)
        entry = add_entry(lookup, host, family, false);
    return entry != NULL ? wait_for(lookup, entry, port, deadline, owner, err)
                         : err_set(err, ERR_MEMORY, "out of memory");
}

bool lookup_servers(struct lookup *lookup, const uint8_t *zone, size_t zone_length,
                    uint64_t deadline, void *owner, struct err *err)
{
    struct name_string text;
    struct entry *entry = find_entry(lookup, name_string(&text, zone), 0, true);
    if (entry == NULL)
        entry = add_entry(lookup, text.text, 0, true);
    if (entry == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    entry->type = entry->started ? entry->type : TYPE_SOA;
    memcpy(entry->zone, zone, zone_length);
    entry->zone_length = (uint8_t)zone_length;
    return wait_for(lookup, entry, 0, deadline, owner, err);
}

void lookup_drop(struct lookup *lookup, const void *owner)
{
    struct waiter *next;
    for (struct waiter *waiter = *bucket_of_owner(lookup, owner); waiter != NULL; waiter = next) {
        next = waiter->owner_next;
        if (waiter->owner == owner)
            free_waiter(lookup, waiter);
    }
}

/* ---- What a zone says of its servers --------------------------------------------------------- */

/* Adds a host name that is in wire form in RDATA. Names that no host can have, the root among
 * them (an MNAME that says nothing), are passed over. */
static void add_host(struct entry *entry, const uint8_t *name)
{
    struct name_string text;
    name_string(&text, name);
    size_t n = strlen(text.text);
    if (n < 2 || n >= LOOKUP_HOST_MAX || strchr(text.text, '\\') != NULL)
        return;
    size_t at = 0;
    while (at < entry->host_count && strcasecmp(entry->hosts[at], text.text) != 0)
        at++;
    if (at == LOOKUP_HOSTS_MAX)
        return;
    if (at == entry->host_count)
        memcpy(entry->hosts[entry->host_count++], text.text, n + 1);
    if (entry->type == TYPE_NS)
        entry->ns_hosts |= UINT32_C(1) << at;
    else
        entry->has_primary = true;
}

/* The names at the start of the RDATA of all answer records of the type at the zone's apex. */
static void take_names(struct entry *entry, const struct msg *msg)
{
    size_t at = msg->answer_at;
    for (unsigned i = 0; i < msg->answers; i++) {
        uint8_t owner[NAME_MAX_WIRE], target[NAME_MAX_WIRE], owner_length, length;
        unsigned pointers = 0;
        if (name_unpack(msg->octets, msg->length, &at, owner, &owner_length, &pointers) != NULL)
            return;
        struct msg_record record = msg_record(msg->octets, at);
        size_t rdata_at = record.rdata_at, rdata_end = record.rdata_at + record.rdlength;
        at = rdata_end;
        if (record.type == entry->type &&
            name_equal(owner, owner_length, entry->zone, entry->zone_length) &&
            name_unpack(msg->octets, rdata_end, &rdata_at, target, &length, &pointers) == NULL)
            add_host(entry, target);
    }
}

static void take_servers(struct lookup *lookup, struct entry *entry, const struct resolve_job *job)
{
    struct err odd = {.kind = ERR_NONE}; /* an answer that cannot be read names nobody */
    struct msg msg;
    const uint8_t *octets;
    size_t length;
    if (entry->hosts == NULL)
        entry->hosts = calloc(LOOKUP_HOSTS_MAX, sizeof *entry->hosts);
    if (entry->hosts == NULL) {
        err_set(&entry->err, ERR_MEMORY, "out of memory");
        end_entry(lookup, entry);
        return;
    }
    if (!resolve_job_message(job, &octets, &length, &entry->err)) {
        end_entry(lookup, entry);
        return;
    }
    if (octets != NULL && msg_parse(&msg, octets, length, &odd))
        take_names(entry, &msg);
    if (entry->type == TYPE_SOA) {
        entry->type = TYPE_NS;
        start_entry(lookup, entry);
        return;
    }
    if (entry->host_count == 0)
        err_set(&entry->err, ERR_NO_SERVERS, "the resolver knows no servers of the zone");
    end_entry(lookup, entry);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void take_jobs(struct lookup *lookup, uint64_t now)
{
    struct resolve_job *job;
    while (lookup->resolver != NULL && (job = resolve_take(lookup->resolver)) != NULL) {
        struct entry *entry = resolve_job_tag(job);
        lookup->under_way--;
        entry->done_at = now;
        if (!entry->is_servers) {
            end_entry(lookup, entry);
            continue;
        }
        entry->job = NULL;
        take_servers(lookup, entry, job);
        resolve_job_free(job);
    }
}

/* Nobody waits for it. Only addresses are kept, and only good ones: a name may be given one any
 * time. */
static void put_away(struct lookup *lookup, struct entry *entry, uint64_t now)
{
    bool is_good = !entry->is_servers && entry->err.kind == ERR_NONE;
    entry->is_ready = false;
    if (entry->is_kept)
        return;
    if (!is_good || now - entry->done_at > LOOKUP_KEEP) {
        forget_entry(lookup, entry);
        return;
    }
    entry->is_kept = true;
    push_entry(&lookup->kept, entry);
}

static void forget_stale(struct lookup *lookup, uint64_t now)
{
    struct entry *entry;
    while ((entry = lookup->kept.first) != NULL && now - entry->done_at > LOOKUP_KEEP) {
        pop_entry(&lookup->kept);
        entry->is_kept = false;
        if (!entry->is_ready) /* else it is when it has answered */
            forget_entry(lookup, entry);
    }
}

static void fill_result(struct lookup *lookup, struct entry *entry, uint16_t port, bool late,
                        struct lookup_result *result)
{
    result->was_known = !entry->is_servers && entry->done && entry->job != NULL &&
                        resolve_job_was_known(entry->job);
    if (lookup->resolver != NULL)
        resolve_asked(lookup->resolver, result->asked);
    if (late) {
        err_set(&result->err, ERR_RESOLVER, "no answer in time from the resolver %s",
                result->asked);
    } else if (entry->err.kind != ERR_NONE) {
        result->err = entry->err;
    } else if (entry->is_servers) {
        result->hosts = (const char(*)[LOOKUP_HOST_MAX])entry->hosts;
        result->host_count = entry->host_count;
        result->ns_hosts = entry->ns_hosts;
        result->has_primary = entry->has_primary;
    } else if (resolve_job_addresses(entry->job, port, &lookup->lent, &result->err)) {
        result->addresses = lookup->lent;
    } else if (!entry->is_kept) {
        entry->err = result->err; /* so it is not kept */
    }
}

/* What is lent stays until the next call: its entry is put away by that at the earliest. */
static void answer_waiter(struct lookup *lookup, struct waiter *waiter,
                          struct lookup_result *result)
{
    struct entry *entry = waiter->entry;
    *result = (struct lookup_result){.owner = waiter->owner, .is_servers = entry->is_servers};
    fill_result(lookup, entry, waiter->port, !entry->done, result);
    free_waiter(lookup, waiter);
}

bool lookup_next(struct lookup *lookup, uint64_t now, struct lookup_result *result)
{
    struct entry *entry;
    address_list_fini(&lookup->lent);
    take_jobs(lookup, now);
    forget_stale(lookup, now);
    while (can_start(lookup))
        start_entry(lookup, pop_entry(&lookup->unstarted));
    take_jobs(lookup, now); /* some need no waiting */
    while ((entry = lookup->ready.first) != NULL) {
        if (entry->waiters != NULL) {
            answer_waiter(lookup, entry->waiters, result);
            return true;
        }
        put_away(lookup, pop_entry(&lookup->ready), now);
    }
    struct timer *late = timer_take(&lookup->deadlines, now);
    if (late != NULL)
        answer_waiter(lookup, late->owner, result);
    return late != NULL;
}

bool lookup_is_busy(const struct lookup *lookup)
{
    return lookup->waiting > 0;
}

size_t lookup_fds(struct lookup *lookup, struct pollfd fds[RESOLVE_FDS])
{
    return lookup->resolver != NULL ? resolve_fds(lookup->resolver, fds) : 0;
}

uint64_t lookup_wake(struct lookup *lookup, uint64_t now)
{
    if (lookup->waiting == 0)
        return LOOP_NEVER;
    if (lookup->ready.first != NULL || can_start(lookup))
        return now;
    uint64_t wake = timer_next(&lookup->deadlines);
    uint64_t look = lookup->under_way > 0 ? now + resolve_pause(lookup->resolver) : LOOP_NEVER;
    return look < wake ? look : wake;
}

void lookup_process(struct lookup *lookup, const struct pollfd *fds, size_t count)
{
    if (lookup->resolver != NULL)
        resolve_process(lookup->resolver, fds, count);
}
