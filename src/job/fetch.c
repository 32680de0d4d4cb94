#include "job/fetch.h"

#include "dns/serial.h"
#include "dns/types.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROGRESS_EVERY = 200000, /* microseconds between updates where something comes */
    PROGRESS_TICK = 250000,  /* ... and where nothing does */
    PROGRESS_FIRST = 500000, /* before that there is none to show ... */
    PROGRESS_MANY = 1024,    /* ... unless so many records have come */
    RATE_OVER = 1000000,     /* microseconds over which a rate is taken */
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

/* What the hint depends on, beside what is known where it has failed. */
static unsigned facts_of(const struct fetch *fetch)
{
    const struct spec *spec = fetch->config.spec;
    const struct route *route = spec->route;
    if (route == NULL) /* it has failed before there was one */
        return 0;
    bool has_address = fetch->attempt.address[0] != '\0' && fetch->endpoint != NULL;
    bool is_ip6 = has_address && fetch->endpoint->address.storage.ss_family == AF_INET6;
    return (fetch->attempt.key != NULL ? ERR_FACT_KEY : 0u) |
           (route->tls != NULL ? ERR_FACT_TLS : 0u) | (route->has_bind ? ERR_FACT_BIND : 0u) |
           (is_ip6 ? ERR_FACT_IP6 : 0u) | (spec->update ? ERR_FACT_UPDATE : 0u) |
           (spec->allow_older ? ERR_FACT_ALLOW_OLDER : 0u);
}

static void add_failure(struct fetch *fetch, const struct err *err)
{
    fetch->attempt.kind = err->kind;
    fetch->attempt.facts = err->facts | facts_of(fetch);
    fetch->attempt.own = err_own_length(err);
    snprintf(fetch->attempt.text, sizeof fetch->attempt.text, "%s", err->text);
    attempts_add(&fetch->attempts, &fetch->attempt);
    /* With --allow-older that is not the last word. */
    bool may_be_taken = err->kind == ERR_SERIAL_OLDER && fetch->wait.plan_config.allow_older &&
                        fetch->action.what != DO_END;
    fetch->told_failure = fetch->told_failure || !may_be_taken;
    tell(fetch, (struct fact){.kind = may_be_taken ? FACT_OLDER : FACT_FAILED,
                              .attempt = &fetch->attempt});
}

/* Forgets the attempt before: each address has its own result and its own counts. */
static void begin_attempt(struct fetch *fetch, const struct server *server)
{
    struct address literal;
    fetch->attempt = (struct attempt){.by_name = !address_parse(server->host, 0, &literal)};
    fetch->octets_before = fetch->attempt_began = 0;
    snprintf(fetch->attempt.server, sizeof fetch->attempt.server, "%.250s", server->word);
}

static void forget_server(struct fetch *fetch)
{
    fetch->attempt.server[0] = fetch->attempt.address[0] = '\0';
}

static void keep_serial(struct fetch *fetch)
{
    struct attempt *attempt = &fetch->attempt;
    if (attempt->has_serial || !fetch->soa.seen.has_soa)
        return;
    attempt->has_serial = true;
    attempt->serial = rdata_soa_serial(&fetch->soa.seen.soa.rr);
}

/* A connection that others have used before was not made for this question. */
static uint64_t began(const struct question *question)
{
    return question->fresh ? question->connect_began : question->asked_at;
}

/* What the last question has brought; nothing if it was never sent. */
static void keep_facts(struct fetch *fetch)
{
    const struct question *question = &fetch->question;
    struct attempt *attempt = &fetch->attempt;
    if (question->asked_at == 0)
        return;
    if (fetch->attempt_began == 0)
        fetch->attempt_began = began(question);
    attempt->octets = fetch->octets_before + question->octets;
    attempt->microseconds = loop_now() - fetch->attempt_began;
    attempt->has_rcode = answer_facts(fetch->answer).messages > 0;
    attempt->rcode = answer_facts(fetch->answer).rcode;
    if (question->kind == QUESTION_SOA) { /* what a transfer before it has brought still holds */
        keep_serial(fetch);
        return;
    }
    struct xfr_facts facts = answer_facts(fetch->answer).xfr;
    bool updates = fetch->config.update != NULL && facts.kind == XFR_INCREMENTAL;
    attempt->messages = facts.messages;
    if (!updates) /* else it is how many the zone has now */
        attempt->records = facts.records;
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

/* The serial of the zone that is there. Returns false if none is known. */
static bool old_serial(const struct fetch *fetch, uint32_t *serial)
{
    const struct fetch_update *update = fetch->config.update;
    const struct oldzone *old = fetch->config.old;
    bool merges = update != NULL && update->merges;
    *serial = merges ? update->since : old != NULL ? old->serial : 0;
    return merges || (old != NULL && old->has_serial);
}

/* A serial that is not newer, as a failure; or as a warning, where it is taken all the same. */
static bool refuse_older(struct fetch *fetch, uint32_t serial, uint32_t than, struct err *err)
{
    char text[160];
    if (serial_compare(serial, than) == SERIAL_OLDER)
        snprintf(text, sizeof text, "the server's serial %lu is older than %lu",
                 (unsigned long)serial, (unsigned long)than);
    else
        snprintf(text, sizeof text,
                 "the server's serial %lu is 2^31 away from %lu: neither is newer (RFC 1982)",
                 (unsigned long)serial, (unsigned long)than);
    if (!fetch->action.takes_older)
        return err_set(err, ERR_SERIAL_OLDER, "%s", text);
    return fetch->config.spec->allow_older ||
           notes_add(&fetch->notes, err, ERR_SERIAL_OLDER, "%s, which the file had", text);
}

/* For where that is a failure, which the plan decides. */
static bool say_not_newer(uint32_t serial, struct err *err)
{
    return err_set(err, ERR_NOT_NEWER, "nothing newer than serial %lu; what was newer was refused",
                   (unsigned long)serial);
}

/* A whole zone must not be older than the one that is there. */
static bool check_age(struct fetch *fetch, uint32_t serial, struct err *err)
{
    uint32_t than;
    const struct spec *spec = fetch->config.spec;
    bool is_any_good = spec->allow_older && !spec->update && !fetch->action.needs_newer;
    if (is_any_good || !old_serial(fetch, &than))
        return true;
    enum serial_order order = serial_compare(serial, than);
    if (order == SERIAL_EQUAL && fetch->action.needs_newer)
        return say_not_newer(serial, err);
    return order == SERIAL_EQUAL || order == SERIAL_NEWER || refuse_older(fetch, serial, than, err);
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

static uint64_t rate_of(struct fetch *fetch, uint64_t octets, uint64_t now)
{
    if (octets < fetch->rate_octets || fetch->rate_at == 0 || now <= fetch->rate_at) {
        fetch->rate_at = now;
        fetch->rate_octets = octets;
    } else if (now - fetch->rate_at >= RATE_OVER || fetch->rate == 0) {
        fetch->rate = (octets - fetch->rate_octets) * 1000000 / (now - fetch->rate_at);
        if (now - fetch->rate_at >= RATE_OVER) {
            fetch->rate_at = now;
            fetch->rate_octets = octets;
        }
    }
    return fetch->rate;
}

static struct progress progress_of_question(struct fetch *fetch, uint64_t now)
{
    static const enum progress_stage stages[] = {
        [ENGINE_WAITS] = PROGRESS_TURN,           [ENGINE_CONNECTS] = PROGRESS_CONNECT,
        [ENGINE_HANDSHAKES] = PROGRESS_HANDSHAKE, [ENGINE_ASKED] = PROGRESS_ASKED,
        [ENGINE_ANSWERED] = PROGRESS_COMING,
    };
    struct engine_view view = engine_look(fetch->config.engine, &fetch->question);
    uint64_t octets = fetch->octets_before + view.octets;
    return (struct progress){
        .stage = stages[view.stage],
        .records = answer_facts(fetch->answer).xfr.records,
        .octets = octets,
        .rate = rate_of(fetch, octets, now),
        .microseconds =
            fetch->question.connect_began != 0 ? now - fetch->question.connect_began : 0,
        .silent = view.silent,
        .limit = view.limit,
    };
}

static struct progress progress_of(struct fetch *fetch, uint64_t now)
{
    switch (fetch->action.what) {
    case DO_ASK_IXFR:
    case DO_ASK_AXFR:
        return progress_of_question(fetch, now);
    case DO_SLEEP:
        return (struct progress){
            .stage = PROGRESS_PAUSE,
            .limit = fetch->action.until > now ? fetch->action.until - now : 0,
        };
    case DO_JUDGE:
        return (struct progress){.stage = PROGRESS_JUDGE};
    case DO_FIND_SERVERS:
    case DO_RESOLVE:
    case DO_ASK_SOA:
    case DO_FINISH:
    case DO_END:
    default:
        return (struct progress){.stage = PROGRESS_LOOKUP};
    }
}

static bool has_many_records(const struct fetch *fetch)
{
    return fetch->answer != NULL && answer_facts(fetch->answer).xfr.records >= PROGRESS_MANY;
}

static void tell_progress(struct fetch *fetch)
{
    if (!fetch->config.shows_progress)
        return;
    uint64_t now = loop_now();
    if (now < fetch->progress_at && (fetch->has_progress || !has_many_records(fetch)))
        return;
    fetch->has_progress = true;
    fetch->progress_at = now + PROGRESS_EVERY;
    struct progress progress = progress_of(fetch, now);
    tell(fetch,
         (struct fact){.kind = FACT_PROGRESS, .attempt = &fetch->attempt, .progress = &progress});
}

/* Shows that there is life, or how long there was none. */
static void set_tick(struct fetch *fetch)
{
    if (fetch->config.shows_progress && !fetch->done)
        engine_timer(fetch->config.engine, &fetch->tick, loop_now() + PROGRESS_TICK, fetch);
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
        .serial = has_answer ? answer_facts(fetch->answer).xfr.serial : 0,
        .now = loop_now(),
    };
}

static struct plan_event start_event(const struct fetch *fetch)
{
    const struct fetch_update *update = fetch->config.update;
    bool merges = update != NULL && update->merges;
    unsigned first = fetch->config.spec->first_server;
    uint32_t serial;
    return (struct plan_event){.what = PLAN_START,
                               .has_serial = old_serial(fetch, &serial),
                               .merges = merges,
                               .server = first > 0 ? first - 1 : 0,
                               .now = loop_now()};
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
    notes_reset(&fetch->notes);
    fetch->notes.strict = fetch->config.spec->shape->strict;
    filter_notes(&fetch->notes, fetch->config.spec->shape->filter);
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
    if (fetch->config.shares && !fetch->notes.strict) /* told once for all zones */
        return true;
    return notes_add(&fetch->notes, &fetch->err, ERR_TSIG_NO_KEY,
                     "not authenticated: --server-key has no key for this server");
}

/* Why the whole zone is asked for where changes would do. */
static void tell_whole_zone(struct fetch *fetch, const char *why, enum err_kind kind)
{
    struct attempt *attempt = &fetch->attempt;
    bool is_odd = fetch->action.why == PLAN_WHY_SAME || kind == ERR_ZONEMD || kind == ERR_DNSSEC ||
                  kind == ERR_SIGNATURE_LIFE;
    bool is_of_file = fetch->action.why == PLAN_WHY_FILE;
    snprintf(attempt->fallback, sizeof attempt->fallback, "%s", why);
    memset(&attempt->changes, 0, sizeof attempt->changes);
    if (is_of_file && fetch->config.update->is_told) /* it is no other for another server */
        return;
    if (is_of_file)
        fetch->config.update->is_told = true;
    tell(fetch, (struct fact){.kind = is_odd ? FACT_DISTRUST : FACT_WHOLE_ZONE,
                              .attempt = attempt,
                              .text = why});
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

static bool open_answer(struct fetch *fetch, uint16_t type)
{
    const struct spec *spec = fetch->config.spec;
    const struct answer_config config = {
        .question = {.name = spec->zone,
                     .name_length = spec->zone_length,
                     .type = type,
                     .class = spec->class,
                     .serial = fetch->attempt.since},
        .pad = spec->route->tls != NULL ? QUERY_PAD : 0,
        .key = fetch->endpoint->key,
        .notes = &fetch->notes,
        .watch = fetch->config.watches ? &fetch->watch : NULL,
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

static void begin_question(struct fetch *fetch, enum question_kind kind)
{
    const struct spec *spec = fetch->config.spec;
    fetch->octets_before += fetch->question.octets;
    fetch->question = (struct question){
        .to = fetch->endpoint,
        .answer = fetch->answer,
        .owner = fetch,
        .deadline = fetch->config.deadline,
        .max_octets = spec->shape->max_bytes,
        .kind = kind,
        .edns = spec->route->asks_options ? MSG_EDNS_ASK : MSG_EDNS_BARE,
    };
}

/* What every question begins with. */
static void begin_asking(struct fetch *fetch)
{
    const struct plan_action *action = &fetch->action;
    fetch->err = (struct err){.kind = ERR_NONE};
    if (action->begins) {
        begin_attempt(fetch, server_at(fetch, action->server));
        fetch->question = (struct question){.fresh = false};
    }
    address_text(&fetch->addresses.items[action->address], fetch->attempt.address);
    fetch->question.asked_at = 0;
}

static bool put_question(struct fetch *fetch, uint16_t type, struct plan_event *event)
{
    if (!check_key(fetch, fetch->endpoint->key) || !open_answer(fetch, type))
        return set_failure(fetch, event);
    begin_question(fetch, type == TYPE_SOA ? QUESTION_SOA : QUESTION_TRANSFER);
    return !engine_ask(fetch->config.engine, &fetch->question, &fetch->err) &&
           set_failure(fetch, event);
}

static bool ask(struct fetch *fetch, bool changes, struct plan_event *event)
{
    const struct plan_action *action = &fetch->action;
    const struct fetch_update *update = fetch->config.update;
    struct err why = fetch->err;
    begin_asking(fetch);
    if ((action->restart && !restart(fetch)) || !open_endpoint(fetch))
        return set_failure(fetch, event);
    fetch->attempt.key = fetch->endpoint->key;
    fetch->attempt.asked_zone = true;
    fetch->attempt.asked_changes = changes;
    fetch->attempt.since =
        update != NULL && update->merges ? update->since : fetch->config.spec->since;
    if (action->why != PLAN_WHY_NONE && !action->fresh)
        tell_whole_zone(fetch, action->why == PLAN_WHY_FILE ? update->why : why.text, why.kind);
    return put_question(fetch, changes ? TYPE_IXFR : TYPE_AXFR, event);
}

/* ---- The SOA alone ------------------------------------------------------------------------- */

static bool soa_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    (void)sink, (void)zone, (void)err;
    return true;
}

static bool soa_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    (void)op, (void)err;
    soa_signed_add(&((struct soa_sink *)sink)->seen, rr);
    return true;
}

static bool soa_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)sink, (void)outcome, (void)why, (void)err;
    return true;
}

static void soa_free(struct sink *sink)
{
    (void)sink; /* it is a part of its owner */
}

static void begin_soa(struct fetch *fetch)
{
    memset(&fetch->soa, 0, sizeof fetch->soa);
    fetch->soa.sink = (struct sink){soa_begin, soa_record, soa_end, soa_free};
}

static bool ask_soa(struct fetch *fetch, struct plan_event *event)
{
    begin_asking(fetch);
    begin_soa(fetch);
    if (!open_endpoint(fetch))
        return set_failure(fetch, event);
    fetch->attempt.key = fetch->endpoint->key;
    return put_question(fetch, TYPE_SOA, event);
}

/* Whether the zone that is there and that of the server differ, although their serial is the same,
 * and how. The signatures are known only where they were asked for. */
static bool differs(struct fetch *fetch, const struct rr *soa, bool knows_signatures)
{
    const struct soa_signed *old = fetch->config.old != NULL ? &fetch->config.old->apex : NULL;
    unsigned long serial = rdata_soa_serial(soa);
    fetch->err = (struct err){.kind = ERR_NONE};
    if (old == NULL || !old->has_soa)
        return false;
    if (!soa_equal(&old->soa.rr, soa))
        err_set(&fetch->err, ERR_SAME_SERIAL, "same serial %lu, other content", serial);
    else if (knows_signatures && fetch->soa.seen.signatures > 0 &&
             !soa_signed_alike(old, &fetch->soa.seen))
        err_set(&fetch->err, ERR_SAME_SERIAL, "re-signed, same serial %lu", serial);
    return fetch->err.kind != ERR_NONE;
}

static bool sleep_until(struct fetch *fetch)
{
    uint64_t now = loop_now(), until = fetch->action.until;
    engine_timer(fetch->config.engine, &fetch->wait.timer, until, fetch);
    fetch->waited += until > now ? until - now : 0;
    tell(fetch, (struct fact){.kind = FACT_PAUSE,
                              .number = until > now ? (until - now + 999999) / 1000000 : 0});
    return false;
}

/* Something else is done now that may take long. */
static void rest(struct fetch *fetch)
{
    if (!fetch->config.shares)
        engine_rest(fetch->config.engine);
}

/* Returns whether there is an event for the plan. */
static bool judge_zone(struct fetch *fetch, const struct engine_event *from,
                       struct plan_event *event)
{
    struct fetch_target *target = fetch->config.target;
    uint32_t old;
    fetch->err = (struct err){.kind = ERR_NONE};
    enum fetch_verdict verdict =
        target->judge(target, fetch->action.unchanged, from, fetch, &fetch->err);
    fetch->judging = verdict == FETCH_WAITS;
    if (fetch->judging)
        rest(fetch);
    *event = verdict == FETCH_REFUSED ? failure_event(fetch)
                                      : (struct plan_event){.what = PLAN_PASSED, .now = loop_now()};
    event->same_serial = old_serial(fetch, &old) && fetch->attempt.serial == old;
    return !fetch->judging;
}

/* Returns whether there is an event for the plan. */
static bool put_in_place(struct fetch *fetch, const struct engine_event *from,
                         struct plan_event *event)
{
    struct fetch_target *target = fetch->config.target;
    enum fetch_verdict verdict = FETCH_GOOD;
    fetch->err = (struct err){.kind = ERR_NONE};
    if (target->finish != NULL)
        verdict = target->finish(target, fetch->action.unchanged, from, fetch, &fetch->err);
    fetch->committing = verdict == FETCH_WAITS;
    *event = (struct plan_event){.what = PLAN_FINISHED, .now = loop_now()};
    if (verdict == FETCH_REFUSED) {
        forget_server(fetch);
        *event = failure_event(fetch);
    }
    return !fetch->committing;
}

static void end_well(struct fetch *fetch)
{
    attempts_add(&fetch->attempts, &fetch->attempt);
    tell(fetch,
         (struct fact){.kind = FACT_WARNINGS, .attempt = &fetch->attempt, .notes = &fetch->notes});
    if (fetch->told_failure)
        tell(fetch, (struct fact){.kind = FACT_AFTER_FAILURES, .attempt = &fetch->attempt});
}

static bool finish_zone(struct fetch *fetch, struct plan_event *event)
{
    end_well(fetch);
    fetch->finishing = true;
    rest(fetch);
    return put_in_place(fetch, NULL, event);
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
    case DO_JUDGE:
        return judge_zone(fetch, NULL, event);
    case DO_FINISH:
        return finish_zone(fetch, event);
    case DO_SLEEP:
        return sleep_until(fetch);
    case DO_ASK_SOA:
        return ask_soa(fetch, event);
    case DO_END:
    default:
        if (fetch->action.too_late)
            tell(fetch, (struct fact){.kind = FACT_NO_TIME});
        fetch->found = fetch->action.found;
        if (fetch->found != PLAN_FOUND_NOTHING)
            end_well(fetch);
        fetch->good = fetch->action.kind == ERR_NONE;
        fetch->done = true;
        engine_timer_clear(fetch->config.engine, &fetch->tick);
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

/* Where the server gives no changes, the old zone is looked at: if it takes none, it is the reason
 * to ask for the whole zone, whatever the server has said. */
static void doubt_old(struct fetch *fetch)
{
    struct fetch_update *update = fetch->config.update;
    enum err_class class = err_class(fetch->err.kind);
    bool is_answered = class == ERR_CLASS_REFUSED || class == ERR_CLASS_PROTOCOL ||
                       class == ERR_CLASS_NODELTA || fetch->err.kind == ERR_SERIAL_OLDER;
    struct err why = {.kind = ERR_NONE};
    if (is_answered && fetch->action.what == DO_ASK_IXFR && update != NULL && update->merges &&
        update->check != NULL && !update->check(update, &why))
        fetch->err = why;
}

static void follow_plan_failed(struct fetch *fetch)
{
    doubt_old(fetch);
    follow_plan(fetch, failure_event(fetch));
}

/* ---- Events -------------------------------------------------------------------------------- */

/* RFC 9103 section 7.1 asks the server to select the protocol, but NSD 4.6 selects none. Where many
 * zones share the connection it is told once. */
static bool check_alpn(struct fetch *fetch)
{
    const struct question *question = &fetch->question;
    bool was_told = fetch->config.shares && !question->fresh && !fetch->notes.strict;
    return !question->no_alpn || was_told ||
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
                                  .local = question->local,
                                  .number = question->connected_at - question->connect_began});
}

/* The SOA has come. */
static void take_soa(struct fetch *fetch)
{
    uint32_t since = 0, serial = answer_facts(fetch->answer).xfr.serial;
    struct plan_event event = {.what = PLAN_SOA, .serial = serial};
    keep_facts(fetch);
    if (fetch->err.kind != ERR_NONE) {
        follow_plan_failed(fetch);
        return;
    }
    if (fetch->config.spec->look) {
        fetch->attempt.has_serial = true;
        fetch->attempt.serial = serial;
    }
    event.order = old_serial(fetch, &since) ? serial_compare(serial, since) : SERIAL_NEWER;
    event.differs = event.order == SERIAL_EQUAL &&
                    differs(fetch, &fetch->soa.seen.soa.rr, fetch->question.used_edns);
    if (event.order == SERIAL_OLDER || event.order == SERIAL_UNDEFINED)
        refuse_older(fetch, serial, since, &fetch->err);
    else if (event.order == SERIAL_EQUAL && !event.differs)
        say_not_newer(serial, &fetch->err);
    event.can_restart = can_restart(fetch);
    event.now = loop_now();
    follow_plan(fetch, event);
}

/* The old zone is looked at now if no changes were put into it: where it is to stay, and where the
 * whole zone has come, before what somebody has changed in it is gone unseen. */
static bool check_old(struct fetch *fetch, bool stays)
{
    struct fetch_update *update = fetch->config.update;
    bool by_changes = answer_facts(fetch->answer).xfr.kind == XFR_INCREMENTAL;
    if (update == NULL || !update->merges || update->check == NULL || by_changes ||
        update->check(update, &fetch->err))
        return true;
    if (stays || fetch->err.kind != ERR_OLD_FILE)
        return false;
    fetch->err = (struct err){.kind = ERR_NONE};
    if (*fetch->attempt.fallback == '\0')
        snprintf(fetch->attempt.fallback, sizeof fetch->attempt.fallback, "%s", update->why);
    return true;
}

/* The question is over, and was given back. */
static void take_end(struct fetch *fetch)
{
    struct plan_event event = {.what = PLAN_GOOD};
    bool good = fetch->err.kind == ERR_NONE && end_output(fetch, &event.unchanged, &fetch->err) &&
                check_old(fetch, event.unchanged);
    keep_facts(fetch);
    if (!good) {
        follow_plan_failed(fetch);
        return;
    }
    tell(fetch, (struct fact){
                    .kind = FACT_TRANSFERRED, .attempt = &fetch->attempt, .notes = &fetch->notes});
    event.can_restart = can_restart(fetch);
    event.now = loop_now();
    if (event.unchanged && fetch->config.old != NULL) {
        event.differs = differs(fetch, answer_soa(fetch->answer), false);
        event.unproven = fetch->config.old->apex.signatures > 0;
    }
    if (event.unchanged && !event.differs)
        say_not_newer(answer_facts(fetch->answer).xfr.serial, &fetch->err);
    follow_plan(fetch, event);
}

static void take_message(struct fetch *fetch)
{
    bool is_soa = fetch->question.kind == QUESTION_SOA;
    struct pump pump = is_soa ? (struct pump){.sink = &fetch->soa.sink} : pump_of(fetch);
    enum answer_event event = pump_answer(&pump, fetch->answer, &fetch->err);
    tell_progress(fetch);
    if (event == ANSWER_MORE)
        return;
    engine_end(fetch->config.engine, &fetch->question, fetch->err.kind);
    if (is_soa)
        take_soa(fetch);
    else
        take_end(fetch);
}

/* A SOA has no target. */
static bool begin_anew(struct fetch *fetch)
{
    if (fetch->question.kind != QUESTION_SOA)
        return restart(fetch);
    begin_notes(fetch);
    return true;
}

/* Nothing of the answer was given out, but there may be notes. */
static void take_requeued(struct fetch *fetch, const struct err *why)
{
    if (why->kind == ERR_RCODE_FORMERR)
        tell(fetch, (struct fact){.kind = FACT_WITHOUT_EDNS, .attempt = &fetch->attempt});
    fetch->err = (struct err){.kind = ERR_NONE};
    begin_soa(fetch);
    if (begin_anew(fetch) && check_key(fetch, fetch->endpoint->key))
        return;
    engine_end(fetch->config.engine, &fetch->question, fetch->err.kind);
    follow_plan_failed(fetch);
}

static void tell_lookup(const struct fetch *fetch, const struct engine_event *event)
{
    bool is_servers = event->kind == ENGINE_SERVERS;
    const struct lookup_facts lookup = {
        .name =
            is_servers ? fetch->config.spec->word : server_at(fetch, fetch->action.server)->host,
        .is_servers = is_servers,
        .resolver = event->resolver,
        .addresses = event->addresses,
        .address_count = event->address_count,
        .hosts = event->hosts,
        .host_count = event->host_count,
        .err = event->err,
    };
    tell(fetch, (struct fact){.kind = FACT_LOOKED_UP, .lookup = &lookup});
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

/* What the target has waited for. */
static void take_target(struct fetch *fetch, const struct engine_event *from)
{
    struct plan_event event;
    if (fetch->judging ? judge_zone(fetch, from, &event)
                       : fetch->committing && put_in_place(fetch, from, &event))
        follow_plan(fetch, event);
}

/* Whether nothing of the target is under way any more. */
static bool stop_target(struct fetch *fetch)
{
    struct fetch_target *target = fetch->config.target;
    if ((fetch->judging || fetch->committing) && !target->stop(target))
        return false;
    fetch->judging = fetch->committing = false;
    return true;
}

/* Takes everything back from the engine. */
static void take_back(struct fetch *fetch, enum err_kind kind)
{
    engine_end(fetch->config.engine, &fetch->question, kind);
    engine_timer_clear(fetch->config.engine, &fetch->wait.timer);
    engine_timer_clear(fetch->config.engine, &fetch->tick);
    engine_forget(fetch->config.engine, fetch);
}

/* A signal: what is under way fails, unless it cannot be ended. */
static void interrupt(struct fetch *fetch)
{
    if (!stop_target(fetch))
        return;
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
        tell_lookup(fetch, event);
        take_addresses(fetch, event);
        break;
    case ENGINE_SERVERS:
        tell_lookup(fetch, event);
        take_servers(fetch, event);
        break;
    case ENGINE_TIMER:
        if (event->timer == &fetch->tick) {
            tell_progress(fetch);
            set_tick(fetch);
            break;
        }
        follow_plan(fetch, (struct plan_event){.what = PLAN_SLEPT, .now = loop_now()});
        break;
    case ENGINE_STOP:
        if (!fetch->done)
            interrupt(fetch);
        break;
    case ENGINE_CHILD:
    case ENGINE_TASK:
        take_target(fetch, event);
        break;
    case ENGINE_RELOAD:
    case ENGINE_NOTIFY:
    default: /* of no fetch */
        break;
    }
}

/* ---- Each message, for whoever watches ----------------------------------------------------- */

static struct fetch *fetch_of(struct watch *watch)
{
    return (struct fetch *)(void *)((char *)watch - offsetof(struct fetch, watch));
}

static void watch_query(struct watch *watch, const struct watch_query *query)
{
    struct fetch *fetch = fetch_of(watch);
    tell(fetch, (struct fact){.kind = FACT_QUERY, .attempt = &fetch->attempt, .query = query});
}

static void watch_message(struct watch *watch, const struct watch_message *message)
{
    struct fetch *fetch = fetch_of(watch);
    tell(fetch, (struct fact){.kind = FACT_MESSAGE,
                              .attempt = &fetch->attempt,
                              .message = message,
                              .number = loop_now() - fetch->question.asked_at,
                              .timed = true});
}

/* ---- Beginning and ending ------------------------------------------------------------------ */

void fetch_start(struct fetch *fetch, const struct fetch_config *config)
{
    const struct spec *spec = config->spec;
    memset(fetch, 0, offsetof(struct fetch, notes));
    fetch->config = *config;
    fetch->watch = (struct watch){.sent = watch_query, .came = watch_message};
    fetch->wait.plan_config = (struct plan_config){
        .wants = spec->look      ? PLAN_LOOK
                 : spec->changes ? PLAN_CHANGES
                 : spec->update  ? PLAN_UPDATE
                                 : PLAN_ZONE,
        .asks_soa = spec->asks_soa,
        .no_fallback = spec->no_fallback,
        .allow_older = spec->allow_older,
        .yields = !spec->changes && !spec->update && !spec->look && !spec->shape->strict,
        .judges = config->target->judge != NULL,
        .servers = (unsigned)spec->route->server_count,
        .retry = spec->route->retry,
    };
    fetch->progress_at = loop_now() + PROGRESS_FIRST;
    halt_works(config->halt, HALT_NOTHING, 0, 0);
    set_tick(fetch);
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
    if (fetch->config.engine != NULL) {
        stop_target(fetch);
        take_back(fetch, ERR_INTERRUPTED);
    }
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
