#include "net/lookup.h"

#include "dns/msg.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Somebody who waits. */
struct waiter {
    struct waiter *next;
    void *owner;
    uint64_t deadline;
    uint16_t port;
};

/* What was asked, and what came of it. */
struct entry {
    struct entry *next;
    struct waiter *waiters;
    struct resolve_job *job; /* under way, or the one with the addresses */
    bool is_servers, started, done;
    uint64_t done_at;
    int family;
    uint16_t type; /* of records that are asked for now */
    char name[NAME_TEXT_ROOM];
    uint8_t zone[NAME_MAX_WIRE];
    uint8_t zone_length;
    struct err err;
    size_t host_count;
    char (*hosts)[LOOKUP_HOST_MAX];
};

struct lookup {
    struct resolver *resolver;
    struct entry *entries;
    struct address_list lent;
    unsigned under_way;
    size_t waiting;         /* waiters */
    uint64_t next_deadline; /* of theirs */
    bool changed;           /* since none of them could be answered */
};

struct lookup *lookup_new(struct err *err)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
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

void lookup_free(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    address_list_fini(&lookup->lent);
    while (lookup->entries != NULL) {
        struct entry *entry = lookup->entries;
        lookup->entries = entry->next;
        free_entry(entry);
    }
    resolve_close(lookup->resolver);
    free(lookup);
}

/* ---- Asking --------------------------------------------------------------------------------- */

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
        entry->done = true;
}

static void start_next(struct lookup *lookup)
{
    for (struct entry *e = lookup->entries; e != NULL && lookup->under_way < LOOKUP_AT_ONCE;
         e = e->next)
        if (!e->started)
            start_entry(lookup, e);
}

static struct entry *find_entry(struct lookup *lookup, const char *name, int family,
                                bool is_servers)
{
    for (struct entry *e = lookup->entries; e != NULL; e = e->next)
        if (e->is_servers == is_servers && e->family == family && strcasecmp(e->name, name) == 0)
            return e;
    return NULL;
}

static struct entry *add_entry(struct lookup *lookup, const char *name, int family, bool is_servers)
{
    size_t length = strlen(name);
    struct entry **last = &lookup->entries, *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->family = family;
    entry->is_servers = is_servers;
    if (length >= sizeof entry->name)
        err_set(&entry->err, ERR_HOST, "cannot find the server's address: its name is too long");
    else
        memcpy(entry->name, name, length + 1);
    entry->started = entry->done = entry->err.kind != ERR_NONE;
    while (*last != NULL)
        last = &(*last)->next;
    *last = entry;
    return entry;
}

static bool wait_for(struct lookup *lookup, struct entry *entry, uint16_t port, uint64_t deadline,
                     void *owner, struct err *err)
{
    struct waiter **last = &entry->waiters, *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    *waiter = (struct waiter){.owner = owner, .deadline = deadline, .port = port};
    while (*last != NULL)
        last = &(*last)->next;
    *last = waiter;
    lookup->waiting++;
    lookup->changed = true;
    return true;
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
    for (struct entry *e = lookup->entries; e != NULL; e = e->next) {
        for (struct waiter **at = &e->waiters; *at != NULL;) {
            struct waiter *waiter = *at;
            if (waiter->owner == owner) {
                *at = waiter->next;
                lookup->waiting--;
                free(waiter);
            } else {
                at = &waiter->next;
            }
        }
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
    if (n < 2 || n >= LOOKUP_HOST_MAX || strchr(text.text, '\\') != NULL ||
        entry->host_count == LOOKUP_HOSTS_MAX)
        return;
    for (size_t i = 0; i < entry->host_count; i++)
        if (strcasecmp(entry->hosts[i], text.text) == 0)
            return;
    memcpy(entry->hosts[entry->host_count++], text.text, n + 1);
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
        entry->done = true;
        return;
    }
    if (!resolve_job_message(job, &octets, &length, &entry->err)) {
        entry->done = true;
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
    entry->done = true;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void take_jobs(struct lookup *lookup, uint64_t now)
{
    struct resolve_job *job;
    while (lookup->resolver != NULL && (job = resolve_take(lookup->resolver)) != NULL) {
        struct entry *entry = resolve_job_tag(job);
        lookup->under_way--;
        lookup->changed = true;
        entry->done_at = now;
        if (!entry->is_servers) {
            entry->done = true;
            continue;
        }
        entry->job = NULL;
        take_servers(lookup, entry, job);
        resolve_job_free(job);
    }
}

/* Only addresses are kept, and only good ones: a name may be given one any time. */
static bool is_stale(const struct entry *entry, uint64_t now)
{
    return entry->waiters == NULL && entry->done &&
           (entry->is_servers || entry->err.kind != ERR_NONE || now - entry->done_at > LOOKUP_KEEP);
}

static void forget_stale(struct lookup *lookup, uint64_t now)
{
    for (struct entry **at = &lookup->entries; *at != NULL;) {
        struct entry *entry = *at;
        if (is_stale(entry, now)) {
            *at = entry->next;
            free_entry(entry);
        } else {
            at = &entry->next;
        }
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
    } else if (resolve_job_addresses(entry->job, port, &lookup->lent, &result->err)) {
        result->addresses = lookup->lent;
    } else {
        entry->err = result->err;
    }
}

/* Answers the first waiter that can be answered. */
static bool answer_one(struct lookup *lookup, struct entry *entry, uint64_t now,
                       struct lookup_result *result)
{
    for (struct waiter **at = &entry->waiters; *at != NULL; at = &(*at)->next) {
        struct waiter *waiter = *at;
        if (!entry->done && now < waiter->deadline) {
            if (waiter->deadline < lookup->next_deadline)
                lookup->next_deadline = waiter->deadline;
            continue;
        }
        *at = waiter->next;
        *result = (struct lookup_result){.owner = waiter->owner, .is_servers = entry->is_servers};
        fill_result(lookup, entry, waiter->port, !entry->done, result);
        lookup->waiting--;
        free(waiter);
        return true;
    }
    return false;
}

bool lookup_next(struct lookup *lookup, uint64_t now, struct lookup_result *result)
{
    address_list_fini(&lookup->lent);
    take_jobs(lookup, now);
    if (lookup->waiting == 0 || (!lookup->changed && now < lookup->next_deadline))
        return false;
    forget_stale(lookup, now);
    start_next(lookup);
    take_jobs(lookup, now); /* some need no waiting */
    lookup->next_deadline = LOOP_NEVER;
    lookup->changed = true; /* until all were looked at */
    for (struct entry *e = lookup->entries; e != NULL; e = e->next)
        if (answer_one(lookup, e, now, result))
            return true;
    lookup->changed = false;
    return false;
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
    if (lookup->changed)
        return now;
    uint64_t wake = lookup->next_deadline;
    uint64_t look = lookup->under_way > 0 ? now + resolve_pause(lookup->resolver) : LOOP_NEVER;
    return look < wake ? look : wake;
}

void lookup_process(struct lookup *lookup, const struct pollfd *fds, size_t count)
{
    if (lookup->resolver != NULL)
        resolve_process(lookup->resolver, fds, count);
}
