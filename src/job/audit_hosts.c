#include "job/audit_own.h"

#include "job/nameservers.h"
#include "io/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKUP_FACTOR = 4 }; /* connect timeouts, to look up a name */

static void host_done(struct audit_work *work)
{
    if (--work->hosts_open == 0)
        audit_rows_begin(work);
}

/* What a resolver has said: of the servers of the zone (host: NULL), or of a host. */
static void tell_lookup(const struct audit_work *work, const struct audit_host *host,
                        const struct engine_event *event)
{
    struct name_string zone;
    const struct lookup_facts lookup = {
        .name = host != NULL ? host->name : nameservers_asked(work->nameservers),
        .is_servers = event->kind == ENGINE_SERVERS,
        .resolver = event->resolver,
        .addresses = event->addresses,
        .address_count = event->address_count,
        .hosts = event->hosts,
        .host_count = event->host_count,
        .err = event->err,
    };
    struct teller *teller = work->audit->config.teller;
    teller->tell(teller, &(struct fact){.kind = FACT_LOOKED_UP,
                                        .zone = name_string(&zone, work->zone->name),
                                        .lookup = &lookup});
}

static bool keep_addresses(struct audit_host *host, const struct address *addresses, size_t count)
{
    host->addresses.items = malloc(count * sizeof *addresses);
    if (host->addresses.items == NULL)
        return audit_no_memory(host->work->audit);
    memcpy(host->addresses.items, addresses, count * sizeof *addresses);
    host->addresses.count = count;
    return true;
}

static void take_literal(struct audit_host *host, const struct address *literal)
{
    if (keep_addresses(host, literal, 1))
        host_done(host->work);
}

static void look_up(struct audit_host *host)
{
    struct audit_work *work = host->work;
    const struct audit_config *config = &work->audit->config;
    const struct route *route = audit_route(work);
    struct address literal;
    if (address_parse(host->name, host->port, &literal)) {
        if (host->given != NULL) {
            take_literal(host, &literal);
        } else { /* out of a record: a resolver would look for a name that looks like that */
            err_set(&host->err, ERR_HOST, "an address stands where the name of a server belongs");
            host_done(work);
        }
        return;
    }
    uint64_t until = loop_now() + LOOKUP_FACTOR * route->connect_timeout;
    struct err err = {.kind = ERR_NONE};
    if (!engine_resolve(config->engine, host->name, host->port, route->family, until, host, &err))
        audit_stop(work->audit, &err);
}

void audit_host_take(struct audit_host *host, const struct engine_event *event)
{
    tell_lookup(host->work, host, event);
    host->err = *event->err;
    if (event->err->kind != ERR_NONE || event->address_count == 0 ||
        keep_addresses(host, event->addresses, event->address_count))
        host_done(host->work);
}

static struct audit_host *put_host(struct audit_work *work, const char *name, unsigned sources)
{
    struct audit_host *host = &work->hosts[work->host_count++];
    *host = (struct audit_host){.owner = AUDIT_OWNER_HOST,
                                .work = work,
                                .sources = sources,
                                .port = audit_route(work)->port};
    snprintf(host->name, sizeof host->name, "%s", name);
    return host;
}

static void put_given(struct audit_work *work, const struct server *given, unsigned source)
{
    struct audit_host *host = put_host(work, given->host, source);
    host->given = given;
    if (given->port != 0)
        host->port = given->port;
}

static bool make_hosts(struct audit_work *work, size_t count)
{
    const struct audit_config *config = &work->audit->config;
    work->hosts = calloc(count + config->also_count + 1, sizeof *work->hosts);
    return work->hosts != NULL || audit_no_memory(work->audit);
}

/* All names are there: adds those of --also, and looks them up. */
static void look_up_all(struct audit_work *work)
{
    const struct audit_config *config = &work->audit->config;
    for (size_t i = 0; i < config->also_count; i++)
        put_given(work, &config->also[i], AUDIT_REFERENCE);
    work->hosts_open = work->host_count;
    if (work->hosts_open == 0)
        audit_zone_done(work);
    for (size_t i = 0; i < work->host_count && work->audit->err.kind == ERR_NONE; i++)
        look_up(&work->hosts[i]);
}

static void nameservers_done(struct audit_work *work)
{
    struct audit_zone *zone = work->zone;
    struct nameservers_result result = nameservers_result(work->nameservers);
    zone->asked_parent = result.asked_parent;
    zone->has_ds = result.has_ds;
    zone->parent_err = result.parent_err;
    zone->err = result.err;
    if (!make_hosts(work, result.count))
        return;
    for (size_t i = 0; i < result.count; i++)
        put_host(work, result.list[i].host, result.list[i].sources);
    nameservers_free(work->nameservers);
    work->nameservers = NULL;
    look_up_all(work);
}

static void find_servers(struct audit_work *work)
{
    const struct audit_config *config = &work->audit->config;
    const struct route *route = audit_route(work);
    struct err err = {.kind = ERR_NONE};
    const struct nameservers_config servers = {
        .engine = config->engine,
        .endpoints = config->endpoints,
        .zone = work->zone->name,
        .zone_length = work->zone->name_length,
        .family = route->family,
        .timeout = LOOKUP_FACTOR * route->connect_timeout,
        .owner = work,
        .port = PORT_DNS,
    };
    work->nameservers = nameservers_new(&servers, &err);
    if (work->nameservers == NULL)
        audit_stop(work->audit, &err);
    else if (nameservers_is_done(work->nameservers))
        nameservers_done(work);
}

void audit_hosts_begin(struct audit_work *work)
{
    const struct route *route = audit_route(work);
    if (route->server_count == 0) {
        find_servers(work);
        return;
    }
    if (!make_hosts(work, route->server_count))
        return;
    for (size_t i = 0; i < route->server_count; i++)
        put_given(work, &route->servers[i], AUDIT_NAMED);
    look_up_all(work);
}

void audit_hosts_take(struct audit_work *work, const struct engine_event *event)
{
    if (work->nameservers == NULL)
        return;
    if (event->kind == ENGINE_SERVERS || event->kind == ENGINE_RESOLVED)
        tell_lookup(work, NULL, event);
    nameservers_take(work->nameservers, event);
    if (nameservers_is_done(work->nameservers))
        nameservers_done(work);
}

void audit_hosts_fini(struct audit_work *work)
{
    nameservers_free(work->nameservers);
    for (size_t i = 0; i < work->host_count; i++) {
        engine_forget(work->audit->config.engine, &work->hosts[i]);
        address_list_fini(&work->hosts[i].addresses);
    }
    free(work->hosts);
}
