#include "job/fetch.h"

#include "dns/serial.h"
#include "job/pump.h"
#include "job/servers.h"
#include "job/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROGRESS_PAUSE = 200000, /* microseconds between updates */
    REFUSALS_MAX = 3,        /* of servers that nobody named */
    BACKOFF_FIRST = 1000000, /* microseconds before the first retry; doubled for each */
    BACKOFF_MOST = 60000000,
    RESOLVE_FACTOR = 4, /* time for a name, in connect timeouts */
};

static bool restart(struct fetch *fetch, struct err *err)
{
    return fetch->target->restart(fetch->target, &fetch->notes, err);
}

static bool can_restart(const struct fetch *fetch)
{
    return fetch->target->can_restart == NULL || fetch->target->can_restart(fetch->target);
}

static void tell(const struct fetch *fetch, struct fact fact)
{
    fact.label = fetch->label;
    fact.zone = fetch->spec->word;
    fact.found = fetch->servers_found;
    fetch->teller->tell(fetch->teller, &fact);
}

/* ---- One attempt --------------------------------------------------------------------------- */

static void show_progress(struct fetch *fetch, const struct transfer *t)
{
    uint64_t now = loop_now();
    if (now < fetch->progress_at)
        return;
    fetch->progress_at = now + PROGRESS_PAUSE;
    tell(fetch, (struct fact){.kind = FACT_PROGRESS,
                              .number = answer_facts(t->answer).xfr.records,
                              .octets = t->octets,
                              .microseconds = now - t->began});
}

static void tell_begun(struct fetch *fetch, const struct transfer *t)
{
    struct answer_facts facts = answer_facts(t->answer);
    tell(fetch, (struct fact){.kind = FACT_BEGUN, .attempt = &fetch->attempt, .answer = &facts});
}

/* A whole zone in place of changes must not be older than the one that is there. */
static bool check_age(const struct fetch *fetch, uint32_t serial, struct err *err)
{
    const struct fetch_update *update = fetch->update;
    if (update == NULL || !update->merges || fetch->takes_older)
        return true;
    switch (serial_compare(serial, update->since)) {
    case SERIAL_OLDER:
        return err_set(err, ERR_SERIAL_OLDER, "the server's serial %lu is older than %lu",
                       (unsigned long)serial, (unsigned long)update->since);
    case SERIAL_UNDEFINED:
        return err_set(err, ERR_SERIAL_OLDER,
                       "the server's serial %lu is 2^31 away from %lu: neither is newer (RFC 1982)",
                       (unsigned long)serial, (unsigned long)update->since);
    case SERIAL_EQUAL:
    case SERIAL_NEWER:
    default:
        return true;
    }
}

/* Changes and zones have formats of their own. */
static bool check_format(const struct fetch *fetch, const struct answer_facts *facts,
                         struct err *err)
{
    const struct writer_type *format = fetch->spec->shape->format;
    bool takes_changes = (format->flags & WRITER_CHANGES) != 0;
    if (facts->xfr.kind == XFR_INCREMENTAL && !takes_changes)
        return err_set(err, ERR_USAGE,
                       "the server sent changes, which the format %s cannot hold; --format diff "
                       "writes them",
                       format->name);
    return facts->xfr.kind != XFR_ZONE_STYLE || !takes_changes ||
           err_set(err, ERR_AXFR_STYLE,
                   "the server sent the whole zone (serial %lu) in place of the changes since %lu",
                   (unsigned long)facts->xfr.serial, (unsigned long)facts->xfr.from);
}

/* What is moved from a transfer to the target. */
struct move {
    struct pump pump; /* the first member, so that it leads to the rest */
    struct fetch *fetch;
    struct transfer *transfer;
};

static bool begin_output(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    struct move *move = (struct move *)pump;
    struct fetch *fetch = move->fetch;
    struct answer_facts facts = answer_facts(move->transfer->answer);
    if (!check_format(fetch, &facts, err) || !check_age(fetch, zone->serial, err))
        return false;
    if (!fetch->target->began)
        tell_begun(fetch, move->transfer);
    fetch->target->began = true;
    return pump->sink->begin(pump->sink, zone, err);
}

/* All changes have come: into the file that is there, or out as they are. */
static bool move_changes(struct move *move, struct err *err)
{
    static const enum delta_view views[] = {DELTA_STEPS, DELTA_NET, DELTA_NET_STEP};
    struct fetch *fetch = move->fetch;
    const struct shape *shape = fetch->spec->shape;
    bool as_sent = (shape->format->flags & WRITER_AS_SENT) != 0;
    struct answer *answer = move->transfer->answer;
    struct answer_facts facts = answer_facts(answer);
    struct delta_reader reader;
    bool updates = fetch->update != NULL;
    if ((!updates && !check_format(fetch, &facts, err)) ||
        !answer_changes(answer, &reader, views[shape->condense ? 1 + as_sent : 0], err))
        return false;
    if (!updates)
        return pump_source(&move->pump, &reader.source, err);
    tell_begun(fetch, move->transfer);
    return fetch->update->take(fetch->update, answer_delta(answer), &fetch->notes,
                               &fetch->attempt.records, err);
}

/* The answer has ended well. Where the server has nothing newer, a format of zones gets nothing: no
 * zone came, and none shall take the place of the old one. */
static bool end_output(struct move *move, struct err *err)
{
    struct fetch *fetch = move->fetch;
    struct sink *sink = move->pump.sink;
    enum xfr_kind kind = answer_facts(move->transfer->answer).xfr.kind;
    bool takes_changes = (fetch->spec->shape->format->flags & WRITER_CHANGES) != 0;
    fetch->keeps_old = kind == XFR_UPTODATE && !takes_changes;
    if (fetch->keeps_old)
        return true;
    if (kind == XFR_INCREMENTAL && !move_changes(move, err))
        return false;
    if (kind == XFR_INCREMENTAL && fetch->update != NULL)
        return true;
    struct zone_info zone = answer_zone(move->transfer->answer);
    return (kind != XFR_UPTODATE || begin_output(&move->pump, &zone, err)) &&
           sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

/* Moves the records from the transfer to the sink. */
static bool move_all(struct fetch *fetch, struct transfer *t, struct err *err)
{
    struct move move = {.pump = {.sink = fetch->target->sink, .begin = begin_output},
                        .fetch = fetch,
                        .transfer = t};
    for (;;) {
        switch (pump_answer(&move.pump, t->answer, err)) {
        case ANSWER_MORE:
            if (fetch->shows_progress && fetch->target->began)
                show_progress(fetch, t);
            if (!transfer_wait(t, err))
                return false;
            break;
        case ANSWER_END:
            return end_output(&move, err);
        case ANSWER_BEGIN:
        case ANSWER_RR:
        case ANSWER_FAIL:
        default:
            return false;
        }
    }
}

static void keep_facts(struct fetch *fetch, const struct transfer *t)
{
    struct xfr_facts facts = answer_facts(t->answer).xfr;
    struct attempt *attempt = &fetch->attempt;
    bool updates = t->config.keeps_changes && facts.kind == XFR_INCREMENTAL;
    attempt->messages = facts.messages;
    if (!updates) /* else it is how many the zone has now */
        attempt->records = facts.records;
    attempt->octets = t->octets;
    attempt->microseconds = loop_now() - t->began;
    attempt->has_serial = facts.kind != XFR_UNDECIDED;
    attempt->serial = facts.serial;
    attempt->answer = facts.kind;
    if (updates)
        attempt->changes = delta_net_facts(answer_delta(t->answer));
    else if (facts.kind == XFR_INCREMENTAL && fetch->target->began)
        attempt->changes = fetch->spec->shape->condense ? delta_net_facts(answer_delta(t->answer))
                                                        : delta_facts(answer_delta(t->answer));
}

static void tell_connected(struct fetch *fetch, const struct transfer *t)
{
    const struct tls_facts *tls = transfer_tls(t);
    if (tls != NULL)
        fetch->attempt.tls = *tls;
    tell(fetch, (struct fact){.kind = FACT_CONNECTED,
                              .attempt = &fetch->attempt,
                              .number = t->connected - t->began});
}

/* ---- From changes to the zone -------------------------------------------------------------- */

/* Whether the zone as a whole may still be had where its changes failed. What is wrong with keys,
 * with TLS or with the network is wrong with both. */
static bool may_fall_back(const struct fetch *fetch, const struct transfer *t,
                          const struct err *err)
{
    if (!t->config.keeps_changes || fetch->stop || fetch->spec->no_fallback)
        return false;
    switch ((int)err_class(err->kind)) {
    case ERR_CLASS_REFUSED:
    case ERR_CLASS_PROTOCOL:
    case ERR_CLASS_NODELTA:
    case ERR_CLASS_INPUT: /* the old file has changed meanwhile */
        return answer_facts(t->answer).xfr.kind !=
               XFR_ZONE_STYLE; /* that was the zone as a whole */
    default:
        return err->kind == ERR_DELTA_SIZE;
    }
}

static void begin_zone(struct fetch *fetch, const char *why)
{
    snprintf(fetch->attempt.fallback, sizeof fetch->attempt.fallback, "%s", why);
    memset(&fetch->attempt.changes, 0, sizeof fetch->attempt.changes);
    fetch->attempt.asked_changes = false;
    tell(fetch, (struct fact){.kind = FACT_WHOLE_ZONE, .attempt = &fetch->attempt, .text = why});
}

static void begin_notes(struct fetch *fetch)
{
    memset(&fetch->notes, 0, sizeof fetch->notes);
    fetch->notes.strict = fetch->spec->shape->strict;
}

/* With keys of single servers (--server-key) a server without a key is doubtful. One that the user
 * names is warned of; one that the DNS names may be anybody's, and is refused. */
static bool check_key(struct fetch *fetch, const struct tsig_key *key, struct err *err)
{
    const struct route *route = fetch->spec->route;
    if (key != NULL || !keys_have_servers(route->keys) || route->tls_proves)
        return true;
    if (fetch->servers_found)
        return err_set(err, ERR_TSIG_NO_KEY,
                       "no key for this server, and its name in the DNS proves nothing");
    return notes_add(&fetch->notes, err, ERR_TSIG_NO_KEY,
                     "not authenticated: --server-key has no key for this server");
}

/* Takes the zone over a connection, and frees that. */
static bool finish_transfer(struct fetch *fetch, struct transfer *t, struct err *err)
{
    bool good = move_all(fetch, t, err);
    keep_facts(fetch, t);
    transfer_free(t);
    return good;
}

static bool connect_and_take(struct fetch *fetch, const struct transfer_config *config,
                             struct err *err)
{
    struct transfer *t = transfer_open(config, err);
    if (t == NULL)
        return false;
    tell_connected(fetch, t);
    return finish_transfer(fetch, t, err);
}

/* After a failure of changes: asks for the zone, on the same connection where it still stands. A
 * server may end that all the same, so a failure before the first record is not the last word. */
static bool fall_back(struct fetch *fetch, struct transfer *t, struct err *err)
{
    struct transfer_config config = t->config;
    config.changes = config.keeps_changes = false;
    begin_zone(fetch, err->text);
    *err = (struct err){.kind = ERR_NONE};
    if (!restart(fetch, err)) {
        transfer_free(t);
        return false;
    }
    begin_notes(fetch);
    if (!check_key(fetch, fetch->attempt.key, err) || !transfer_ask_zone(t, err)) {
        transfer_free(t);
    } else {
        if (finish_transfer(fetch, t, err))
            return true;
        if (fetch->target->began || err_class(err->kind) != ERR_CLASS_NETWORK)
            return false;
    }
    if (err->kind == ERR_INTERRUPTED || err->kind == ERR_MEMORY || err->kind == ERR_OUTPUT)
        return false;
    *err = (struct err){.kind = ERR_NONE};
    return connect_and_take(fetch, &config, err);
}

static bool transfer(struct fetch *fetch, const struct address *address, enum msg_edns edns,
                     struct err *err)
{
    const struct spec *spec = fetch->spec;
    bool updates = fetch->update != NULL && fetch->update->merges;
    struct transfer_config config = {
        .spec = spec,
        .loop = fetch->loop,
        .address = address,
        .host = fetch->server->host,
        .deadline = fetch->deadline,
        .edns = edns,
        .key = keys_for(spec->route->keys, fetch->server),
        .notes = &fetch->notes,
        .record = fetch->record,
        .changes = spec->changes || updates,
        .since = updates ? fetch->update->since : spec->since,
        .keeps_changes = updates,
    };
    fetch->attempt.key = config.key;
    fetch->attempt.asked_changes = config.changes;
    fetch->attempt.since = config.since;
    begin_notes(fetch);
    if (fetch->update != NULL && !updates)
        begin_zone(fetch, fetch->update->why);
    if (!check_key(fetch, config.key, err))
        return false;
    struct transfer *t = transfer_open(&config, err);
    if (t == NULL)
        return false;
    tell_connected(fetch, t);
    bool good = move_all(fetch, t, err);
    keep_facts(fetch, t);
    fetch->saw_older |= !good && err->kind == ERR_SERIAL_OLDER;
    if (!good &&
        (may_fall_back(fetch, t, err) || (fetch->takes_older && err->kind == ERR_SERIAL_OLDER))) {
        good = fall_back(fetch, t, err);
        fetch->saw_older |= !good && err->kind == ERR_SERIAL_OLDER;
    } else {
        transfer_free(t);
    }
    if (good)
        tell(fetch, (struct fact){.kind = FACT_TRANSFERRED,
                                  .attempt = &fetch->attempt,
                                  .notes = &fetch->notes});
    return good;
}

/* ---- Going on ------------------------------------------------------------------------------ */

/* Whether another server may do better, and the output can still become its zone. */
static bool may_go_on(struct fetch *fetch, const struct err *err)
{
    switch ((int)err->kind) {
    case ERR_INTERRUPTED:
    case ERR_TIMEOUT_TOTAL:
    case ERR_MAX_RECORDS:
    case ERR_MAX_BYTES:
    case ERR_DDNS:
    case ERR_DDNS_SIZE:
        return false;
    default:
        break;
    }
    if (err_rank(err_class(err->kind)) == 0)
        return false;
    if (fetch->servers_found && err_class(err->kind) == ERR_CLASS_REFUSED &&
        ++fetch->refusals == REFUSALS_MAX)
        return false;
    return can_restart(fetch);
}

/* Puts a failed attempt on the list. */
static void failed(struct fetch *fetch, const struct err *err)
{
    fetch->attempt.kind = err->kind;
    snprintf(fetch->attempt.text, sizeof fetch->attempt.text, "%s", err->text);
    attempts_add(&fetch->attempts, &fetch->attempt);
    tell(fetch, (struct fact){.kind = FACT_FAILED, .attempt = &fetch->attempt});
    fetch->stop = !may_go_on(fetch, err);
}

/* Forgets the attempt before: each address has its own outcome and its own counts. */
static void begin_attempt(struct fetch *fetch, const struct server *server)
{
    fetch->server = server;
    struct address literal;
    fetch->attempt = (struct attempt){.by_name = !address_parse(server->host, 0, &literal)};
    snprintf(fetch->attempt.server, sizeof fetch->attempt.server, "%.250s", server->word);
}

static bool try_address(struct fetch *fetch, const struct address *address)
{
    struct err err = {.kind = ERR_NONE};
    enum msg_edns edns = fetch->spec->route->asks_options ? MSG_EDNS_ASK : MSG_EDNS_BARE;
    begin_attempt(fetch, fetch->server);
    address_text(address, fetch->attempt.address);
    bool good = restart(fetch, &err) && transfer(fetch, address, edns, &err);
    /* A server from before EDNS answers FORMERR to it (RFC 6891 section 7). */
    if (!good && err.kind == ERR_RCODE_FORMERR && !fetch->target->began) {
        tell(fetch, (struct fact){.kind = FACT_WITHOUT_EDNS, .attempt = &fetch->attempt});
        err = (struct err){.kind = ERR_NONE};
        good = restart(fetch, &err) && transfer(fetch, address, MSG_EDNS_NONE, &err);
    }
    if (good)
        attempts_add(&fetch->attempts, &fetch->attempt);
    else
        failed(fetch, &err);
    return good;
}

static bool try_host(struct fetch *fetch, uint16_t port)
{
    const struct route *route = fetch->spec->route;
    struct err err = {.kind = ERR_NONE};
    struct address_list list = {.items = NULL};
    uint64_t deadline = loop_now() + RESOLVE_FACTOR * route->connect_timeout;
    int family = route->has_bind ? route->bind.storage.ss_family : route->family;
    if (!resolve_host(fetch->loop, fetch->server->host, port, family,
                      deadline < fetch->deadline ? deadline : fetch->deadline, &list, &err)) {
        failed(fetch, &err);
        return false;
    }
    bool good = false;
    for (size_t i = 0; i < list.count && !good && !fetch->stop; i++) {
        good = try_address(fetch, &list.items[i]);
        /* A server that nobody named is asked once; an address that does not answer is no asking.
         */
        if (fetch->servers_found && err_class(fetch->attempt.kind) != ERR_CLASS_NETWORK)
            break;
    }
    address_list_fini(&list);
    return good;
}

static bool try_server(struct fetch *fetch, const struct server *server)
{
    const struct route *route = fetch->spec->route;
    struct address literal;
    uint16_t port = server->port != 0 ? server->port : route->port;
    begin_attempt(fetch, server);
    if (!address_parse(server->host, port, &literal))
        return try_host(fetch, port);
    if (route->family == AF_UNSPEC || route->family == literal.storage.ss_family)
        return try_address(fetch, &literal);
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_FAMILY, "the address is not of the family that -%c asks for",
            route->family == AF_INET ? '4' : '6');
    failed(fetch, &err);
    return false;
}

static bool try_servers(struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->server_count && !fetch->stop; i++)
        if (try_server(fetch, &fetch->servers[i]))
            return true;
    return false;
}

/* Waits before the next round. Returns false if a signal or the end of time came first. */
static bool back_off(struct fetch *fetch, unsigned round)
{
    uint64_t pause = BACKOFF_FIRST;
    for (unsigned i = 0; i < round && pause < BACKOFF_MOST; i++)
        pause *= 2;
    if (pause > BACKOFF_MOST)
        pause = BACKOFF_MOST;
    uint64_t until = loop_now() + pause;
    if (until >= fetch->deadline)
        return false;
    tell(fetch, (struct fact){.kind = FACT_PAUSE, .number = pause / 1000000});
    if (loop_wait(fetch->loop, NULL, 0, until) != LOOP_SIGNAL)
        return true;
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_INTERRUPTED, "interrupted");
    failed(fetch, &err);
    return false;
}

static bool find_servers(struct fetch *fetch, struct err *err)
{
    const struct route *route = fetch->spec->route;
    fetch->server_count = route->server_count;
    if (fetch->server_count > 0)
        memcpy(fetch->servers, route->servers, route->server_count * sizeof *fetch->servers);
    if (fetch->server_count > 0)
        return true;
    uint64_t deadline = loop_now() + 2 * RESOLVE_FACTOR * route->connect_timeout;
    fetch->servers_found = true;
    if (!servers_find(fetch->spec, fetch->loop,
                      deadline < fetch->deadline ? deadline : fetch->deadline, fetch->servers,
                      &fetch->server_count, err))
        return false;
    for (size_t i = 0; i < fetch->server_count; i++)
        tell(fetch, (struct fact){.kind = FACT_SERVER_FOUND, .text = fetch->servers[i].word});
    return true;
}

static bool try_rounds(struct fetch *fetch)
{
    struct err err = {.kind = ERR_NONE};
    if (!find_servers(fetch, &err)) {
        failed(fetch, &err);
        return false;
    }
    for (unsigned round = 0;; round++) {
        if (try_servers(fetch))
            return true;
        if (!fetch->stop && fetch->saw_older && fetch->spec->allow_older) {
            fetch->takes_older = true; /* none had a newer one */
            if (try_servers(fetch))
                return true;
        }
        bool later_may_help = err_class(fetch->attempts.worst.kind) == ERR_CLASS_NETWORK;
        if (fetch->stop || !later_may_help || round == fetch->spec->route->retry ||
            !back_off(fetch, round))
            return false;
    }
}

/* ---- The end ------------------------------------------------------------------------------- */

void fetch_give_up(const struct fetch *fetch)
{
    tell(fetch, (struct fact){.kind = FACT_GAVE_UP, .attempts = &fetch->attempts});
}

bool fetch_run(struct fetch *fetch)
{
    if (!try_rounds(fetch))
        return false;
    tell(fetch,
         (struct fact){.kind = FACT_WARNINGS, .attempt = &fetch->attempt, .notes = &fetch->notes});
    if (fetch->attempts.count > 1)
        tell(fetch, (struct fact){.kind = FACT_AFTER_FAILURES, .attempt = &fetch->attempt});
    return true;
}

void fetch_fail(struct fetch *fetch, const struct err *err)
{
    fetch->attempt.server[0] = fetch->attempt.address[0] = '\0';
    failed(fetch, err);
}

void fetch_fini(struct fetch *fetch)
{
    attempts_fini(&fetch->attempts);
}
