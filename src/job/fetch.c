#include "job/fetch.h"

#include "dns/serial.h"
#include "dns/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROGRESS_PAUSE = 200000, /* microseconds between updates */
    PROGRESS_LEAST = 1024,   /* records, below which there is none to show */
    RESOLVE_FACTOR = 4, /* connect timeouts, to look up a name; twice that for a zone's servers */
    QUERY_PAD = 128, /* whoever watches the connection cannot guess the zone from the length of the
                      * query (RFC 8467 section 4.1) */
};

static void tell(const struct fetch *fetch, struct fact fact)
{
    fact.label = fetch->config.label;
    fact.zone = fetch->config.spec->word;
    fact.found = fetch->wait.finds_servers;
    fetch->config.teller->tell(fetch->config.teller, &fact);
}

/* ---- The list of attempts ------------------------------------------------------------------ */

static void add_failure(struct fetch *fetch, const struct err *err)
{
    fetch->attempt.kind = err->kind;
    snprintf(fetch->attempt.text, sizeof fetch->attempt.text, "%s", err->text);
    attempts_add(&fetch->attempts, &fetch->attempt);
    tell(fetch, (struct fact){.kind = FACT_FAILED, .attempt = &fetch->attempt});
}

/* Forgets the attempt before: each address has its own result and its own counts. */
static void begin_attempt(struct fetch *fetch, const struct server *server)
{
    struct address literal;
    fetch->attempt = (struct attempt){.by_name = !address_parse(server->host, 0, &literal)};
    fetch->octets_before = 0;
    snprintf(fetch->attempt.server, sizeof fetch->attempt.server, "%.250s", server->word);
}

static void forget_server(struct fetch *fetch)
{
    fetch->attempt.server[0] = fetch->attempt.address[0] = '\0';
}

/* What the last question has brought; nothing if it was never sent. */
static void keep_facts(struct fetch *fetch)
{
    const struct question *question = &fetch->question;
    struct attempt *attempt = &fetch->attempt;
    if (question->asked_at == 0)
        return;
    struct xfr_facts facts = answer_facts(fetch->answer).xfr;
    bool updates = fetch->config.update != NULL && facts.kind == XFR_INCREMENTAL;
    attempt->messages = facts.messages;
    if (!updates) /* else it is how many the zone has now */
        attempt->records = facts.records;
    attempt->octets = fetch->octets_before + question->octets;
    attempt->microseconds = loop_now() - question->connect_began;
    attempt->has_serial = facts.kind != XFR_UNDECIDED;
    attempt->serial = facts.serial;
    attempt->answer = facts.kind;
    if (facts.kind != XFR_INCREMENTAL || (!updates && !fetch->config.target->began))
        return;
    const struct delta *delta = answer_delta(fetch->answer);
    attempt->changes = updates || fetch->config.spec->shape->condense ? delta_net_facts(delta)
                                                                      : delta_facts(delta);
}

/* ---- What comes, on its way to the target -------------------------------------------------- */

/* A whole zone in place of changes must not be older than the one that is there. */
static bool check_age(const struct fetch *fetch, uint32_t serial, struct err *err)
{
    const struct fetch_update *update = fetch->config.update;
    if (update == NULL || !update->merges || fetch->action.takes_older)
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

/* Some formats can only hold changes, and some only zones. */
static bool check_format(const struct fetch *fetch, const struct answer_facts *facts,
                         struct err *err)
{
    const struct writer_type *format = fetch->config.spec->shape->format;
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

static void tell_begun(const struct fetch *fetch)
{
    struct answer_facts facts = answer_facts(fetch->answer);
    tell(fetch, (struct fact){.kind = FACT_BEGUN, .attempt = &fetch->attempt, .answer = &facts});
}

static void tell_progress(struct fetch *fetch)
{
    uint64_t now = loop_now(), records = answer_facts(fetch->answer).xfr.records;
    if (!fetch->config.shows_progress || records < PROGRESS_LEAST || now < fetch->progress_at)
        return;
    fetch->progress_at = now + PROGRESS_PAUSE;
    tell(fetch, (struct fact){.kind = FACT_PROGRESS,
                              .number = records,
                              .octets = fetch->octets_before + fetch->question.octets,
                              .microseconds = now - fetch->question.connect_began});
}

static bool begin_output(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    struct fetch *fetch = pump->context;
    struct answer_facts facts = answer_facts(fetch->answer);
    if (!check_format(fetch, &facts, err) || !check_age(fetch, zone->serial, err))
        return false;
    if (!fetch->config.target->began)
        tell_begun(fetch);
    fetch->config.target->began = true;
    return pump->sink->begin(pump->sink, zone, err);
}

static struct pump pump_of(struct fetch *fetch)
{
    return (struct pump){.sink = fetch->config.target->sink,
                         .halt = fetch->config.halt,
                         .begin = begin_output,
                         .context = fetch};
}

/* All changes have come: they go into the file that is there, or to the output. */
static bool move_changes(struct fetch *fetch, struct pump *pump, struct err *err)
{
    static const enum delta_view views[] = {DELTA_STEPS, DELTA_NET, DELTA_NET_STEP};
    struct fetch_update *update = fetch->config.update;
    const struct shape *shape = fetch->config.spec->shape;
    bool as_sent = (shape->format->flags & WRITER_AS_SENT) != 0;
    struct answer_facts facts = answer_facts(fetch->answer);
    struct delta_reader reader;
    if ((update == NULL && !check_format(fetch, &facts, err)) ||
        !answer_changes(fetch->answer, &reader, views[shape->condense ? 1 + as_sent : 0], err))
        return false;
    if (update == NULL)
        return pump_source(pump, &reader.source, err) &&
               pump->sink->end(pump->sink, OUTCOME_COMPLETE, NULL, err);
    tell_begun(fetch);
    return update->take(update, answer_delta(fetch->answer), &fetch->notes, &fetch->attempt.records,
                        err);
}

/* The answer has ended well. Where the server has nothing newer, no zone came, so a format of zones
 * gets nothing and the old file stays: then *unchanged is set. */
static bool end_output(struct fetch *fetch, bool *unchanged, struct err *err)
{
    struct pump pump = pump_of(fetch);
    enum xfr_kind kind = answer_facts(fetch->answer).xfr.kind;
    bool takes_changes = (fetch->config.spec->shape->format->flags & WRITER_CHANGES) != 0;
    *unchanged = kind == XFR_UPTODATE && !takes_changes;
    if (*unchanged)
        return true;
    if (kind == XFR_INCREMENTAL)
        return move_changes(fetch, &pump, err);
    struct zone_info zone = answer_zone(fetch->answer);
    return (kind != XFR_UPTODATE || begin_output(&pump, &zone, err)) &&
           pump.sink->end(pump.sink, OUTCOME_COMPLETE, NULL, err);
}

/* ---- Telling the plan ---------------------------------------------------------------------- */

static bool can_restart(const struct fetch *fetch)
{
    struct fetch_target *target = fetch->config.target;
    return target->can_restart == NULL || target->can_restart(target);
}

/* What was asked for has failed, for the reason in fetch->err. */
static struct plan_event failure_event(const struct fetch *fetch)
{
    bool has_answer = fetch->answer != NULL && fetch->question.asked_at != 0;
    return (struct plan_event){
        .what = PLAN_FAILED,
        .kind = fetch->err.kind,
        .can_restart = can_restart(fetch),
        .began = fetch->config.target->began,
        .whole_came = has_answer && answer_facts(fetch->answer).xfr.kind == XFR_ZONE_STYLE,
        .fresh = fetch->question.fresh,
        .now = loop_now(),
    };
}

static struct plan_event start_event(const struct fetch *fetch)
{
    const struct fetch_update *update = fetch->config.update;
    bool merges = update != NULL && update->merges;
    return (struct plan_event){
        .what = PLAN_START, .has_serial = merges, .merges = merges, .now = loop_now()};
}

/* ---- Doing what the plan says -------------------------------------------------------------- */

/* Each returns whether an event has come of it at once; if not, the engine will bring one. */

static const struct server *server_at(const struct fetch *fetch, unsigned index)
{
    return fetch->wait.found != NULL ? &fetch->wait.found[index]
                                     : &fetch->config.spec->route->servers[index];
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool set_failure(struct fetch *fetch, struct plan_event *event)
{
    *event = failure_event(fetch);
    return true;
}

static bool find_servers(struct fetch *fetch, struct plan_event *event)
{
    const struct spec *spec = fetch->config.spec;
    uint64_t until = loop_now() + 2 * RESOLVE_FACTOR * spec->route->connect_timeout;
    forget_server(fetch);
    fetch->wait.finds_servers = true;
    return !engine_find_servers(fetch->config.engine, spec->zone, spec->zone_length,
                                sooner(until, fetch->config.deadline), fetch, &fetch->err) &&
           set_failure(fetch, event);
}

static bool use_literal(struct fetch *fetch, const struct address *literal,
                        struct plan_event *event)
{
    const struct route *route = fetch->config.spec->route;
    address_list_fini(&fetch->addresses);
    fetch->addresses.items = malloc(sizeof *literal);
    if (route->family != AF_UNSPEC && route->family != literal->storage.ss_family) {
        err_set(&fetch->err, ERR_FAMILY, "the address is not of the family that -%c asks for",
                route->family == AF_INET ? '4' : '6');
        return set_failure(fetch, event);
    }
    if (fetch->addresses.items == NULL) {
        err_set(&fetch->err, ERR_MEMORY, "out of memory");
        return set_failure(fetch, event);
    }
    fetch->addresses.items[0] = *literal;
    fetch->addresses.count = 1;
    *event = (struct plan_event){.what = PLAN_ADDRESSES, .count = 1, .now = loop_now()};
    return true;
}

static bool resolve_server(struct fetch *fetch, struct plan_event *event)
{
    const struct route *route = fetch->config.spec->route;
    const struct server *server = server_at(fetch, fetch->action.server);
    uint16_t port = server->port != 0 ? server->port : route->port;
    int family = route->has_bind ? route->bind.storage.ss_family : route->family;
    uint64_t until = loop_now() + RESOLVE_FACTOR * route->connect_timeout;
    struct address literal;
    if (fetch->action.begins)
        begin_attempt(fetch, server);
    if (address_parse(server->host, port, &literal))
        return use_literal(fetch, &literal, event);
    return !engine_resolve(fetch->config.engine, server->host, port, family,
                           sooner(until, fetch->config.deadline), fetch, &fetch->err) &&
           set_failure(fetch, event);
}

static void begin_notes(struct fetch *fetch)
{
    memset(&fetch->notes, 0, sizeof fetch->notes);
    fetch->notes.strict = fetch->config.spec->shape->strict;
}

/* Where servers have keys of their own (--server-key), one without a key is suspect. If the user
 * has named it, there is a warning; if the DNS has, it could be anybody's, and is refused. */
static bool check_key(struct fetch *fetch, const struct tsig_key *key)
{
    const struct route *route = fetch->config.spec->route;
    if (key != NULL || !keys_have_servers(route->keys) || route->tls_proves)
        return true;
    if (fetch->wait.found != NULL)
        return err_set(&fetch->err, ERR_TSIG_NO_KEY,
                       "no key for this server, and its name in the DNS proves nothing");
    return notes_add(&fetch->notes, &fetch->err, ERR_TSIG_NO_KEY,
                     "not authenticated: --server-key has no key for this server");
}

/* Why the whole zone is asked for where changes would do. */
static void tell_whole_zone(struct fetch *fetch, const char *why)
{
    struct attempt *attempt = &fetch->attempt;
    snprintf(attempt->fallback, sizeof attempt->fallback, "%s", why);
    memset(&attempt->changes, 0, sizeof attempt->changes);
    tell(fetch, (struct fact){.kind = FACT_WHOLE_ZONE, .attempt = attempt, .text = why});
}

static bool open_endpoint(struct fetch *fetch)
{
    const struct route *route = fetch->config.spec->route;
    const struct server *server = server_at(fetch, fetch->action.server);
    const struct endpoint like = {
        .address = fetch->addresses.items[fetch->action.address],
        .has_bind = route->has_bind,
        .bind = route->bind,
        .tls = route->tls,
        .host = (char *)(uintptr_t)server->host, /* only read: it is copied */
        .key = keys_for(route->keys, server),
    };
    const struct endpoint *before = fetch->endpoint;
    fetch->endpoint = endpoint_intern(fetch->config.endpoints, &like, &fetch->err);
    endpoint_release(before);
    return fetch->endpoint != NULL;
}

static bool open_answer(struct fetch *fetch, bool changes)
{
    const struct spec *spec = fetch->config.spec;
    const struct answer_config config = {
        .question = {.name = spec->zone,
                     .name_length = spec->zone_length,
                     .type = changes ? TYPE_IXFR : TYPE_AXFR,
                     .class = spec->class,
                     .serial = fetch->attempt.since},
        .pad = spec->route->tls != NULL ? QUERY_PAD : 0,
        .key = fetch->endpoint->key,
        .notes = &fetch->notes,
        .halt = fetch->config.halt,
        .skip_neighbours = spec->shape->sort,
        .delta_limit = spec_delta_limit(spec->shape->format),
    };
    answer_free(fetch->answer);
    fetch->answer = answer_new(&config, &fetch->err);
    return fetch->answer != NULL;
}

static bool restart(struct fetch *fetch)
{
    struct fetch_target *target = fetch->config.target;
    begin_notes(fetch);
    return target->restart(target, &fetch->notes, &fetch->err);
}

static void begin_question(struct fetch *fetch)
{
    const struct spec *spec = fetch->config.spec;
    fetch->octets_before += fetch->question.octets;
    fetch->question = (struct question){
        .to = fetch->endpoint,
        .answer = fetch->answer,
        .owner = fetch,
        .deadline = fetch->config.deadline,
        .max_octets = spec->shape->max_bytes,
        .kind = QUESTION_TRANSFER,
        .edns = spec->route->asks_options ? MSG_EDNS_ASK : MSG_EDNS_BARE,
    };
}

static bool ask(struct fetch *fetch, bool changes, struct plan_event *event)
{
    const struct plan_action *action = &fetch->action;
    const struct fetch_update *update = fetch->config.update;
    struct err why = fetch->err;
    fetch->err = (struct err){.kind = ERR_NONE};
    if (action->begins) {
        begin_attempt(fetch, server_at(fetch, action->server));
        fetch->question = (struct question){.fresh = false};
    }
    address_text(&fetch->addresses.items[action->address], fetch->attempt.address);
    fetch->question.asked_at = 0;
    if ((action->restart && !restart(fetch)) || !open_endpoint(fetch))
        return set_failure(fetch, event);
    fetch->attempt.key = fetch->endpoint->key;
    fetch->attempt.asked_changes = changes;
    fetch->attempt.since =
        update != NULL && update->merges ? update->since : fetch->config.spec->since;
    if (action->why != PLAN_WHY_NONE && !action->fresh)
        tell_whole_zone(fetch, action->why == PLAN_WHY_FILE ? update->why : why.text);
    if (!check_key(fetch, fetch->endpoint->key) || !open_answer(fetch, changes))
        return set_failure(fetch, event);
    begin_question(fetch);
    return !engine_ask(fetch->config.engine, &fetch->question, &fetch->err) &&
           set_failure(fetch, event);
}

static bool sleep_until(struct fetch *fetch)
{
    uint64_t now = loop_now(), until = fetch->action.until;
    engine_timer(fetch->config.engine, &fetch->wait.timer, until, fetch);
    tell(fetch, (struct fact){.kind = FACT_PAUSE,
                              .number = until > now ? (until - now + 999999) / 1000000 : 0});
    return false;
}

static bool finish_zone(struct fetch *fetch, struct plan_event *event)
{
    struct fetch_target *target = fetch->config.target;
    attempts_add(&fetch->attempts, &fetch->attempt);
    tell(fetch,
         (struct fact){.kind = FACT_WARNINGS, .attempt = &fetch->attempt, .notes = &fetch->notes});
    if (fetch->attempts.count > 1)
        tell(fetch, (struct fact){.kind = FACT_AFTER_FAILURES, .attempt = &fetch->attempt});
    fetch->finishing = true;
    fetch->err = (struct err){.kind = ERR_NONE};
    *event = (struct plan_event){.what = PLAN_FINISHED, .now = loop_now()};
    engine_rest(fetch->config.engine);
    if (target->finish != NULL && !target->finish(target, fetch->action.unchanged, &fetch->err)) {
        forget_server(fetch);
        *event = failure_event(fetch);
    }
    return true;
}

/* Does what the plan has said last. */
static bool do_action(struct fetch *fetch, struct plan_event *event)
{
    switch (fetch->action.what) {
    case DO_FIND_SERVERS:
        return find_servers(fetch, event);
    case DO_RESOLVE:
        return resolve_server(fetch, event);
    case DO_ASK_IXFR:
        return ask(fetch, true, event);
    case DO_ASK_AXFR:
        return ask(fetch, false, event);
    case DO_FINISH:
        return finish_zone(fetch, event);
    case DO_SLEEP:
        return sleep_until(fetch);
    case DO_ASK_SOA: /* only a run that asks for the SOA first gets this; none does */
        err_set(&fetch->err, ERR_INTERNAL, "the SOA of one zone alone is not asked for");
        return set_failure(fetch, event);
    case DO_END:
    default:
        fetch->good = fetch->action.kind == ERR_NONE;
        fetch->done = true;
        return false;
    }
}

/* Tells the plan what has come, and does what it says, until the engine is to bring the next
 * event. */
static void follow_plan(struct fetch *fetch, struct plan_event event)
{
    do {
        fetch->action = plan_next(&fetch->wait.plan, &event);
        if (fetch->action.failed != ERR_NONE)
            add_failure(fetch, &fetch->err);
    } while (do_action(fetch, &event));
}

static void follow_plan_failed(struct fetch *fetch)
{
    follow_plan(fetch, failure_event(fetch));
}

/* ---- Events -------------------------------------------------------------------------------- */

/* RFC 9103 section 7.1 asks the server to select the protocol, but NSD 4.6 selects none. */
static bool check_alpn(struct fetch *fetch)
{
    return !fetch->question.no_alpn ||
           notes_add(&fetch->notes, &fetch->err, ERR_TLS_ALPN,
                     "the server selected no protocol (ALPN), where RFC 9103 wants dot");
}

static void take_connected(struct fetch *fetch)
{
    const struct question *question = &fetch->question;
    if (question->tls != NULL)
        fetch->attempt.tls = *question->tls;
    if (!check_alpn(fetch)) {
        engine_end(fetch->config.engine, &fetch->question, fetch->err.kind);
        follow_plan_failed(fetch);
        return;
    }
    if (question->fresh)
        tell(fetch, (struct fact){.kind = FACT_CONNECTED,
                                  .attempt = &fetch->attempt,
                                  .number = question->connected_at - question->connect_began});
}

/* The question is over, and was given back. */
static void take_end(struct fetch *fetch)
{
    struct plan_event event = {.what = PLAN_GOOD};
    bool good = fetch->err.kind == ERR_NONE && end_output(fetch, &event.unchanged, &fetch->err);
    keep_facts(fetch);
    if (!good) {
        follow_plan_failed(fetch);
        return;
    }
    tell(fetch, (struct fact){
                    .kind = FACT_TRANSFERRED, .attempt = &fetch->attempt, .notes = &fetch->notes});
    event.can_restart = can_restart(fetch);
    event.now = loop_now();
    follow_plan(fetch, event);
}

static void take_message(struct fetch *fetch)
{
    struct pump pump = pump_of(fetch);
    enum answer_event event = pump_answer(&pump, fetch->answer, &fetch->err);
    tell_progress(fetch);
    if (event == ANSWER_MORE)
        return;
    engine_end(fetch->config.engine, &fetch->question, fetch->err.kind);
    take_end(fetch);
}

/* Nothing of the answer was given out, but there may be notes. */
static void take_requeued(struct fetch *fetch, const struct err *why)
{
    if (why->kind == ERR_RCODE_FORMERR)
        tell(fetch, (struct fact){.kind = FACT_WITHOUT_EDNS, .attempt = &fetch->attempt});
    fetch->err = (struct err){.kind = ERR_NONE};
    if (restart(fetch) && check_key(fetch, fetch->endpoint->key))
        return;
    engine_end(fetch->config.engine, &fetch->question, fetch->err.kind);
    follow_plan_failed(fetch);
}

static void take_addresses(struct fetch *fetch, const struct engine_event *event)
{
    address_list_fini(&fetch->addresses);
    fetch->err = *event->err;
    if (fetch->err.kind == ERR_NONE)
        fetch->addresses.items = malloc(event->address_count * sizeof *event->addresses);
    if (fetch->err.kind == ERR_NONE && fetch->addresses.items == NULL)
        err_set(&fetch->err, ERR_MEMORY, "out of memory");
    if (fetch->err.kind != ERR_NONE) {
        follow_plan_failed(fetch);
        return;
    }
    fetch->addresses.count = event->address_count;
    memcpy(fetch->addresses.items, event->addresses,
           event->address_count * sizeof *event->addresses);
    follow_plan(fetch, (struct plan_event){.what = PLAN_ADDRESSES,
                                           .count = (unsigned)event->address_count,
                                           .now = loop_now()});
}

static void take_servers(struct fetch *fetch, const struct engine_event *event)
{
    fetch->err = *event->err;
    if (fetch->err.kind == ERR_NONE)
        fetch->wait.found = calloc(event->host_count, sizeof *fetch->wait.found);
    if (fetch->err.kind == ERR_NONE && fetch->wait.found == NULL)
        err_set(&fetch->err, ERR_MEMORY, "out of memory");
    if (fetch->err.kind != ERR_NONE) {
        follow_plan_failed(fetch);
        return;
    }
    for (size_t i = 0; i < event->host_count; i++) {
        struct server *server = &fetch->wait.found[i];
        snprintf(server->host, sizeof server->host, "%s", event->hosts[i]);
        server->word = server->host;
        tell(fetch, (struct fact){.kind = FACT_SERVER_FOUND, .text = server->word});
    }
    follow_plan(fetch, (struct plan_event){.what = PLAN_SERVERS,
                                           .count = (unsigned)event->host_count,
                                           .now = loop_now()});
}

/* Takes everything back from the engine. */
static void take_back(struct fetch *fetch, enum err_kind kind)
{
    engine_end(fetch->config.engine, &fetch->question, kind);
    engine_timer_clear(fetch->config.engine, &fetch->wait.timer);
    engine_forget(fetch->config.engine, fetch);
}

/* A signal: what is under way fails. */
static void interrupt(struct fetch *fetch)
{
    fetch->err = (struct err){.kind = ERR_NONE};
    err_set(&fetch->err, ERR_INTERRUPTED, "interrupted");
    keep_facts(fetch);
    take_back(fetch, ERR_INTERRUPTED);
    follow_plan_failed(fetch);
}

void fetch_take(struct fetch *fetch, const struct engine_event *event)
{
    switch (event->kind) {
    case ENGINE_CONNECTED:
        take_connected(fetch);
        break;
    case ENGINE_MESSAGE:
        take_message(fetch);
        break;
    case ENGINE_FAILED:
        fetch->err = *event->err;
        keep_facts(fetch);
        follow_plan_failed(fetch);
        break;
    case ENGINE_REQUEUED:
        take_requeued(fetch, event->err);
        break;
    case ENGINE_RESOLVED:
        take_addresses(fetch, event);
        break;
    case ENGINE_SERVERS:
        take_servers(fetch, event);
        break;
    case ENGINE_TIMER:
        follow_plan(fetch, (struct plan_event){.what = PLAN_SLEPT, .now = loop_now()});
        break;
    case ENGINE_STOP:
        if (!fetch->done)
            interrupt(fetch);
        break;
    case ENGINE_TASK:
    case ENGINE_CHILD:
    case ENGINE_RELOAD:
    default: /* of no fetch */
        break;
    }
}

/* ---- Beginning and ending ------------------------------------------------------------------ */

void fetch_start(struct fetch *fetch, const struct fetch_config *config)
{
    const struct spec *spec = config->spec;
    *fetch = (struct fetch){.config = *config};
    fetch->wait.plan_config = (struct plan_config){
        .wants = spec->changes  ? PLAN_CHANGES
                 : spec->update ? PLAN_UPDATE
                                : PLAN_ZONE,
        .no_fallback = spec->no_fallback,
        .allow_older = spec->allow_older,
        .servers = (unsigned)spec->route->server_count,
        .retry = spec->route->retry,
    };
    begin_notes(fetch);
    plan_init(&fetch->wait.plan, &fetch->wait.plan_config, config->deadline);
    follow_plan(fetch, start_event(fetch));
}

void fetch_give_up(const struct fetch *fetch)
{
    tell(fetch, (struct fact){.kind = FACT_GAVE_UP, .attempts = &fetch->attempts});
}

void fetch_fail(struct fetch *fetch, const struct err *err)
{
    forget_server(fetch);
    add_failure(fetch, err);
}

void fetch_leave(struct fetch *fetch)
{
    if (fetch->config.engine != NULL)
        take_back(fetch, ERR_INTERRUPTED);
    endpoint_release(fetch->endpoint);
    fetch->endpoint = NULL;
    fetch->config.engine = NULL;
}

void fetch_fini(struct fetch *fetch)
{
    fetch_leave(fetch);
    answer_free(fetch->answer);
    address_list_fini(&fetch->addresses);
    free(fetch->wait.found);
    attempts_fini(&fetch->attempts);
    fetch->answer = NULL;
    fetch->wait.found = NULL;
}

void fetch_run(struct engine *engine, struct fetch *const *list, size_t count)
{
    struct engine_event event;
    while (!list[0]->done && engine_next(engine, &event)) {
        if (event.kind != ENGINE_STOP) {
            fetch_take(event.owner, &event);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            fetch_take(list[i], &event);
    }
}
