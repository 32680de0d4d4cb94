#include "job/nameservers.h"

#include "dns/types.h"
#include "io/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PARENT_HOSTS = 3, /* of the parent's servers that are asked, one after the other */
    ENTRIES_MAX = 2 * LOOKUP_HOSTS_MAX + 32,
};

/* What is waited for. */
enum stage {
    STAGE_ZONE,    /* the servers that the zone names, from the resolver */
    STAGE_PARENT,  /* those of an ancestor, likewise */
    STAGE_ADDRESS, /* the addresses of one of the parent's */
    STAGE_NS,      /* its answer to a question for the zone's NS */
    STAGE_DS,      /* ... and for its DS */
    STAGE_DONE
};

struct nameservers {
    struct nameservers_config config;
    enum stage stage;
    size_t ancestor; /* octets of the zone's name before that of the ancestor */
    char parents[PARENT_HOSTS][LOOKUP_HOST_MAX];
    size_t parent_count, parent; /* parent: the one that is asked */
    const struct endpoint *endpoint;
    struct question question;
    struct answer *answer;
    struct notes notes;
    struct name_string asked;
    struct nameserver list[ENTRIES_MAX];
    struct nameservers_result result;
};

static void fail(struct nameservers *servers, const struct err *err)
{
    servers->result.err = *err;
    servers->result.count = 0;
    servers->stage = STAGE_DONE;
}

/* ---- The list ------------------------------------------------------------------------------ */

static void add_host(struct nameservers *servers, const char *host, unsigned source)
{
    size_t length = strlen(host);
    if (length > 1 && host[length - 1] == '.')
        length--;
    struct nameserver *at = servers->list, *end = servers->list + servers->result.count;
    while (at < end && (strncasecmp(at->host, host, length) != 0 || at->host[length] != '\0'))
        at++;
    if (at == end) {
        if (servers->result.count == ENTRIES_MAX || length >= sizeof at->host)
            return;
        memcpy(at->host, host, length);
        at->host[length] = '\0';
        at->sources = 0;
        servers->result.count++;
    }
    at->sources |= source;
}

/* Resolvers give them in any order; whoever compares two nights wants the same one. */
static int compare_hosts(const void *a, const void *b)
{
    const struct nameserver *one = a, *other = b;
    return strcasecmp(one->host, other->host);
}

/* ---- The parent ----------------------------------------------------------------------------- */

static void ask_host(struct nameservers *servers);

/* Nothing more is to be found out of the parent. What it did not tell counts only if the zone did
 * not, either. */
static void end_parent(struct nameservers *servers)
{
    servers->stage = STAGE_DONE;
    qsort(servers->list, servers->result.count, sizeof *servers->list, compare_hosts);
    if (servers->result.asked_parent)
        servers->result.parent_err = (struct err){.kind = ERR_NONE};
    if (servers->result.count > 0)
        servers->result.err = (struct err){.kind = ERR_NONE};
}

static void next_host(struct nameservers *servers, const struct err *err)
{
    if (servers->result.parent_err.kind == ERR_NONE)
        servers->result.parent_err = *err;
    servers->parent++;
    ask_host(servers);
}

static bool ask(struct nameservers *servers, uint16_t type, struct err *err)
{
    const struct nameservers_config *config = &servers->config;
    const struct answer_config answer = {
        .question = {.name = config->zone,
                     .name_length = (uint8_t)config->zone_length,
                     .type = type,
                     .class = CLASS_IN},
        .notes = &servers->notes,
    };
    answer_free(servers->answer);
    servers->answer = answer_new(&answer, err);
    servers->question = (struct question){
        .to = servers->endpoint,
        .answer = servers->answer,
        .owner = config->owner,
        .deadline = LOOP_NEVER,
        .kind = QUESTION_SOA,
        .edns = MSG_EDNS_BARE,
    };
    servers->stage = type == TYPE_NS ? STAGE_NS : STAGE_DS;
    return servers->answer != NULL && engine_ask(config->engine, &servers->question, err);
}

static void ask_address(struct nameservers *servers, const struct address *address)
{
    const struct endpoint like = {.address = *address};
    struct err err = {.kind = ERR_NONE};
    endpoint_release(servers->endpoint);
    servers->endpoint = endpoint_intern(servers->config.endpoints, &like, &err);
    if (servers->endpoint == NULL || !ask(servers, TYPE_NS, &err))
        fail(servers, &err);
}

static uint64_t until(const struct nameservers *servers)
{
    return loop_now() + servers->config.timeout;
}

/* Looks up the next of the parent's servers. */
static void ask_host(struct nameservers *servers)
{
    const struct nameservers_config *config = &servers->config;
    struct err err = {.kind = ERR_NONE};
    if (servers->parent == servers->parent_count) {
        end_parent(servers);
        return;
    }
    servers->stage = STAGE_ADDRESS;
    if (!engine_resolve(config->engine, servers->parents[servers->parent], config->port,
                        config->family, until(servers), config->owner, &err))
        fail(servers, &err);
}

/* Asks for the servers of the next ancestor; the root has none. */
static void ask_ancestor(struct nameservers *servers)
{
    const struct nameservers_config *config = &servers->config;
    struct err err = {.kind = ERR_NONE};
    if (config->zone[servers->ancestor] == 0) {
        end_parent(servers);
        return;
    }
    servers->ancestor += 1u + config->zone[servers->ancestor];
    servers->stage = STAGE_PARENT;
    if (!engine_find_servers(config->engine, config->zone + servers->ancestor,
                             config->zone_length - servers->ancestor, until(servers), config->owner,
                             &err))
        fail(servers, &err);
}

/* ---- What comes ----------------------------------------------------------------------------- */

static void take_zone(struct nameservers *servers, const struct engine_event *event)
{
    if (event->err->kind == ERR_MEMORY) {
        fail(servers, event->err);
        return;
    }
    servers->result.err = *event->err;
    for (size_t i = 0; i < event->host_count; i++)
        add_host(servers, event->hosts[i],
                 (i == 0 && event->has_primary ? AUDIT_PRIMARY : 0u) |
                     ((event->ns_hosts >> i & 1) != 0 ? AUDIT_ZONE : 0u));
    ask_ancestor(servers);
}

/* The last is the root: if that has no servers, the resolver is at fault. */
static void take_parent(struct nameservers *servers, const struct engine_event *event)
{
    if (event->host_count == 0) {
        if (servers->config.zone[servers->ancestor] == 0)
            servers->result.parent_err = *event->err;
        ask_ancestor(servers);
        return;
    }
    for (size_t i = 0; i < event->host_count && i < PARENT_HOSTS; i++) {
        snprintf(servers->parents[i], sizeof servers->parents[i], "%s", event->hosts[i]);
        servers->parent_count++;
    }
    ask_host(servers);
}

static void take_records(struct nameservers *servers, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum answer_event event;
    bool seen = false;
    while ((event = answer_next(servers->answer, &zone, &rr, &op, err)) == ANSWER_BEGIN ||
           event == ANSWER_RR) {
        struct name_string host;
        if (event == ANSWER_BEGIN)
            continue;
        seen = true;
        if (servers->stage == STAGE_NS)
            add_host(servers, name_string(&host, rr.rdata), AUDIT_PARENT);
    }
    if (err->kind == ERR_NONE && servers->stage == STAGE_NS && !seen)
        err_set(err, ERR_EMPTY_ANSWER, "it names no servers for the zone");
    servers->result.asked_parent |= servers->stage == STAGE_DS && err->kind == ERR_NONE;
    servers->result.has_ds |= servers->stage == STAGE_DS && seen;
}

static void take_message(struct nameservers *servers)
{
    struct err err = {.kind = ERR_NONE};
    enum stage stage = servers->stage;
    take_records(servers, &err);
    engine_end(servers->config.engine, &servers->question, err.kind);
    if (err.kind != ERR_NONE)
        next_host(servers, &err);
    else if (stage == STAGE_DS)
        end_parent(servers);
    else if (!ask(servers, TYPE_DS, &err))
        fail(servers, &err);
}

void nameservers_take(struct nameservers *servers, const struct engine_event *event)
{
    if (event->kind == ENGINE_SERVERS && servers->stage == STAGE_ZONE)
        take_zone(servers, event);
    else if (event->kind == ENGINE_SERVERS && servers->stage == STAGE_PARENT)
        take_parent(servers, event);
    else if (event->kind == ENGINE_RESOLVED && servers->stage == STAGE_ADDRESS &&
             event->address_count > 0)
        ask_address(servers, &event->addresses[0]);
    else if (event->kind == ENGINE_RESOLVED && servers->stage == STAGE_ADDRESS)
        next_host(servers, event->err);
    else if (event->question != &servers->question)
        return;
    else if (event->kind == ENGINE_MESSAGE)
        take_message(servers);
    else if (event->kind == ENGINE_FAILED)
        next_host(servers, event->err);
}

struct nameservers *nameservers_new(const struct nameservers_config *config, struct err *err)
{
    struct nameservers *servers = calloc(1, sizeof *servers);
    if (servers == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    servers->config = *config;
    servers->result.list = servers->list;
    if (engine_find_servers(config->engine, config->zone, config->zone_length, until(servers),
                            config->owner, err))
        return servers;
    free(servers);
    return NULL;
}

bool nameservers_is_done(const struct nameservers *servers)
{
    return servers->stage == STAGE_DONE;
}

const char *nameservers_asked(struct nameservers *servers)
{
    if (servers->stage == STAGE_ADDRESS)
        return servers->parents[servers->parent];
    return name_string(&servers->asked, servers->config.zone + servers->ancestor);
}

struct nameservers_result nameservers_result(const struct nameservers *servers)
{
    return servers->result;
}

void nameservers_free(struct nameservers *servers)
{
    if (servers == NULL)
        return;
    engine_end(servers->config.engine, &servers->question, ERR_INTERRUPTED);
    engine_forget(servers->config.engine, servers->config.owner);
    answer_free(servers->answer);
    endpoint_release(servers->endpoint);
    free(servers);
}
