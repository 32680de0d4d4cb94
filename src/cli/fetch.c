#include "cli/fetch.h"

#include "cli/say.h"
#include "cli/servers.h"
#include "cli/transfer.h"
#include "dns/serial.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PROGRESS_EVERY = 1024,   /* records between looks at the clock */
    PROGRESS_PAUSE = 200000, /* microseconds between updates */
    REFUSALS_MAX = 3,        /* of servers that nobody named */
    BACKOFF_FIRST = 1000000, /* microseconds before the first retry; doubled for each */
    BACKOFF_MOST = 60000000,
    RESOLVE_FACTOR = 4, /* time for a name, in connect timeouts */
    FETCH_LABEL_MAX = 16,
};

static bool restart(struct fetch *fetch, struct err *err)
{
    return fetch->target->restart(fetch->target, &fetch->notes, err);
}

static bool can_restart(const struct fetch *fetch)
{
    return fetch->target->can_restart == NULL || fetch->target->can_restart(fetch->target);
}

static bool is_broken(const struct fetch *fetch)
{
    return fetch->target->is_broken != NULL && fetch->target->is_broken(fetch->target);
}

static const char *label_of(const struct fetch *fetch)
{
    return fetch->label != NULL ? fetch->label : "";
}

/* The name by which messages call a server: as the user wrote it, with the address if that was a
 * name. */
enum { WHO_MAX = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 4 + FETCH_LABEL_MAX + 2 };

static const char *who(const struct fetch *fetch, char text[WHO_MAX])
{
    struct address literal;
    const struct attempt *attempt = &fetch->attempt;
    const char *label = label_of(fetch);
    const char *gap = *label != '\0' ? ": " : "";
    if (attempt->address[0] != '\0' && !address_parse(fetch->server->host, 0, &literal))
        snprintf(text, WHO_MAX, "%.*s%s%s (%s)", FETCH_LABEL_MAX, label, gap, attempt->server,
                 attempt->address);
    else
        snprintf(text, WHO_MAX, "%.*s%s%s", FETCH_LABEL_MAX, label, gap, attempt->server);
    return text;
}

/* ---- One attempt --------------------------------------------------------------------------- */

static void show_progress(struct fetch *fetch, const struct transfer *t)
{
    uint64_t now = loop_now();
    if (now < fetch->progress_at)
        return;
    fetch->progress_at = now + PROGRESS_PAUSE;
    say_progress("%s: %" PRIu64 " records, %.1f MB, %.0f s", fetch->settings->zone_word,
                 answer_facts(t->answer).xfr.records, (double)t->octets / 1e6,
                 (double)(now - t->began) / 1e6);
}

static void tell_begun(struct fetch *fetch, const struct transfer *t)
{
    const char *address = fetch->attempt.address;
    struct answer_facts facts = answer_facts(t->answer);
    if (!fetch->settings->verbose)
        return;
    if (facts.nsid[0] != '\0')
        say("%s: calls itself %s (NSID)", address, facts.nsid);
    if (facts.has_expire)
        say("%s: the zone expires there in %" PRIu32 " s (EXPIRE)", address, facts.expire);
    say("%s: the zone has serial %" PRIu32, address, facts.xfr.serial);
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
static bool check_format(const struct fetch *fetch, const struct transfer *t, struct err *err)
{
    struct xfr_facts facts = answer_facts(t->answer).xfr;
    const struct writer_type *format = fetch->settings->format;
    bool takes_changes = (format->flags & WRITER_CHANGES) != 0;
    if (facts.kind == XFR_INCREMENTAL && !takes_changes)
        return err_set(err, ERR_USAGE,
                       "the server sent changes, which the format %s cannot hold; --format diff "
                       "writes them",
                       format->name);
    return facts.kind != XFR_ZONE_STYLE || !takes_changes ||
           err_set(err, ERR_AXFR_STYLE,
                   "the server sent the whole zone (serial %lu) in place of the changes since %lu",
                   (unsigned long)facts.serial, (unsigned long)facts.from);
}

/* The server has nothing newer: no zone came, and none shall take the place of the old one. */
static bool keeps_old(const struct fetch *fetch, const struct transfer *t)
{
    return answer_facts(t->answer).xfr.kind == XFR_UPTODATE &&
           (fetch->settings->format->flags & WRITER_CHANGES) == 0;
}

static bool begin_output(struct fetch *fetch, const struct transfer *t, struct err *err)
{
    const struct zone_info *zone = &t->source.zone;
    struct sink *sink = fetch->target->sink;
    if (keeps_old(fetch, t))
        return true;
    if (!check_format(fetch, t, err) || !check_age(fetch, zone->serial, err))
        return false;
    if (!fetch->target->began)
        tell_begun(fetch, t);
    fetch->target->began = true;
    return sink->begin(sink, zone, err);
}

/* The source has ended well. */
static bool end_output(struct fetch *fetch, const struct transfer *t, struct err *err)
{
    struct sink *sink = fetch->target->sink;
    fetch->keeps_old = keeps_old(fetch, t);
    if (fetch->keeps_old)
        return true;
    if (t->config.keeps_changes && answer_facts(t->answer).xfr.kind == XFR_INCREMENTAL) {
        tell_begun(fetch, t);
        return fetch->update->take(fetch->update, answer_delta(t->answer), &fetch->notes,
                                   &fetch->attempt.records, err);
    }
    return sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

/* Moves the records from the source to the sink. */
static bool pump(struct fetch *fetch, struct transfer *t, struct err *err)
{
    struct sink *sink = fetch->target->sink;
    struct rr rr;
    enum rr_op op;
    unsigned count = 0;
    for (;;) {
        switch (t->source.next(&t->source, &rr, &op, err)) {
        case SOURCE_BEGIN:
            if (!begin_output(fetch, t, err))
                return false;
            break;
        case SOURCE_RR:
            if (!sink->record(sink, op, &rr, err))
                return false;
            if (fetch->shows_progress && ++count % PROGRESS_EVERY == 0)
                show_progress(fetch, t);
            break;
        case SOURCE_END:
            return end_output(fetch, t, err);
        case SOURCE_FAIL:
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
        attempt->changes = fetch->settings->condense ? delta_net_facts(answer_delta(t->answer))
                                                     : delta_facts(answer_delta(t->answer));
}

/* ", signed (key NAME, ALGORITHM)", or nothing. */
enum { SIGNED_MAX = NAME_TEXT_ROOM + 64 };

static const char *signed_words(char words[SIGNED_MAX], const struct tsig_key *key)
{
    struct name_string name;
    *words = '\0';
    if (key != NULL)
        snprintf(words, SIGNED_MAX, ", signed (key %s, %s)", name_string(&name, key->name),
                 key->algorithm->name);
    return words;
}

static void tell_done(const struct fetch *fetch)
{
    const struct attempt *a = &fetch->attempt;
    char key[SIGNED_MAX], text[TLS_TEXT_MAX];
    double seconds = (double)a->microseconds / 1e6;
    if (a->answer == XFR_UPTODATE)
        say("%s: nothing newer than serial %" PRIu32, a->address, a->since);
    if (a->answer == XFR_INCREMENTAL)
        say("%s: changes from serial %" PRIu32 " to %" PRIu32 ": steps %" PRIu64
            ", deleted %" PRIu64 ", added %" PRIu64,
            a->address, a->changes.from, a->changes.to, a->changes.steps, a->changes.deleted,
            a->changes.added);
    say("%s: records %" PRIu64 ", messages %" PRIu64 ", octets %" PRIu64 ", %.3f s (%.1f MB/s)%s",
        a->address, a->records, a->messages, a->octets, seconds,
        seconds > 0 ? (double)a->octets / 1e6 / seconds : 0, signed_words(key, a->key));
    if (a->tls.version[0] != '\0')
        say("%s: over %s", a->address, tls_facts_text(&a->tls, text));
    if (fetch->notes.kinds[ERR_NOT_AA].count > 0)
        say("%s: messages without the AA bit: %" PRIu64, a->address,
            fetch->notes.kinds[ERR_NOT_AA].count);
}

static void tell_connected(struct fetch *fetch, const struct transfer *t)
{
    const struct settings *settings = fetch->settings;
    const struct tls_facts *tls = transfer_tls(t);
    char text[TLS_TEXT_MAX], name[WHO_MAX];
    if (settings->verbose)
        say("%s: connected in %.1f ms", fetch->attempt.address,
            (double)(t->connected - t->began) / 1e3);
    if (tls == NULL)
        return;
    fetch->attempt.tls = *tls;
    if (settings->verbose)
        say("%s: %s", fetch->attempt.address, tls_facts_text(tls, text));
    if (settings->verbose)
        say("%s: the server's key has the pin %s", fetch->attempt.address, tls->pin);
    if (tls->trust == TLS_TRUST_NONE && !settings->quiet)
        say("%s: warning: encrypted, but anybody may be the server: it was not authenticated "
            "(--tls-insecure)",
            who(fetch, name));
}

/* ---- From changes to the zone -------------------------------------------------------------- */

/* Whether the zone as a whole may still be had where its changes failed. What is wrong with keys,
 * with TLS or with the network is wrong with both. */
static bool may_fall_back(const struct fetch *fetch, const struct transfer *t,
                          const struct err *err)
{
    if (!t->config.keeps_changes || fetch->stop || t->config.settings->no_fallback)
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
    char name[WHO_MAX];
    snprintf(fetch->attempt.fallback, sizeof fetch->attempt.fallback, "%s", why);
    memset(&fetch->attempt.changes, 0, sizeof fetch->attempt.changes);
    fetch->attempt.asked_changes = false;
    if (fetch->settings->verbose)
        say("%s: no update by changes: %s; the whole zone is asked for", who(fetch, name), why);
}

static void begin_notes(struct fetch *fetch)
{
    memset(&fetch->notes, 0, sizeof fetch->notes);
    fetch->notes.strict = fetch->settings->strict;
}

/* Who gives keys to servers wants proof. A server that the user names may do without; one that the
 * DNS names may be anybody's. */
static bool check_key(struct fetch *fetch, const struct tsig_key *key, struct err *err)
{
    const struct settings *settings = fetch->settings;
    bool proven = settings->use_tls && !settings->tls.insecure;
    if (key != NULL || settings->keys.server_count == 0 || proven)
        return true;
    if (fetch->servers_found)
        return err_set(err, ERR_TSIG_NO_KEY,
                       "no key for this server, and its name in the DNS proves nothing");
    return notes_add(&fetch->notes, err, ERR_TSIG_NO_KEY,
                     "not authenticated: --server-key has no key for this server");
}

/* Takes the zone over a connection, and frees that. */
static bool take(struct fetch *fetch, struct transfer *t, struct err *err)
{
    bool good = pump(fetch, t, err);
    keep_facts(fetch, t);
    t->source.free(&t->source);
    say_progress_end();
    return good;
}

static bool connect_and_take(struct fetch *fetch, const struct transfer_config *config,
                             struct err *err)
{
    struct transfer *t = transfer_open(config, err);
    if (t == NULL)
        return false;
    tell_connected(fetch, t);
    return take(fetch, t, err);
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
        t->source.free(&t->source);
        return false;
    }
    begin_notes(fetch);
    if (!check_key(fetch, fetch->attempt.key, err) || !transfer_ask_zone(t, err)) {
        t->source.free(&t->source);
    } else {
        if (take(fetch, t, err))
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
    const struct settings *settings = fetch->settings;
    bool updates = fetch->update != NULL && fetch->update->merges;
    struct transfer_config config = {
        .settings = settings,
        .loop = fetch->loop,
        .address = address,
        .tls = fetch->tls,
        .host = fetch->server->host,
        .deadline = fetch->deadline,
        .edns = edns,
        .key = keys_for(fetch->keys, fetch->server),
        .notes = &fetch->notes,
        .record = fetch->record,
        .changes = settings->changes || updates,
        .since = updates ? fetch->update->since : settings->since,
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
    bool good = pump(fetch, t, err);
    keep_facts(fetch, t);
    fetch->saw_older |= !good && err->kind == ERR_SERIAL_OLDER;
    if (!good &&
        (may_fall_back(fetch, t, err) || (fetch->takes_older && err->kind == ERR_SERIAL_OLDER))) {
        good = fall_back(fetch, t, err);
        fetch->saw_older |= !good && err->kind == ERR_SERIAL_OLDER;
    } else {
        t->source.free(&t->source);
        say_progress_end();
    }
    if (good && settings->verbose)
        tell_done(fetch);
    return good;
}

/* ---- Going on ------------------------------------------------------------------------------ */

static void tell_failure(struct fetch *fetch, const struct err *err)
{
    char name[WHO_MAX];
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED || is_broken(fetch))
        return; /* the signal says it */
    bool may_still_work = err_rank(err_class(err->kind)) > 0 && fetch->attempt.server[0] != '\0';
    if (fetch->settings->quiet && may_still_work)
        return; /* give_up tells it if nothing else works */
    bool no_server = fetch->attempt.server[0] == '\0';
    /* No server, and none was named: the zone is what the message is about. */
    if (no_server && fetch->servers_found && err_class(err->kind) == ERR_CLASS_NETWORK)
        say("%s: %s", fetch->settings->zone_word, err->text);
    else if (no_server || err_rank(err_class(err->kind)) == 0) /* a failure of no server */
        say("%s", err->text);
    else
        say("%s: %s", who(fetch, name), err->text);
    if (hint != NULL)
        say("hint: %s", hint);
}

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
    tell_failure(fetch, err);
    fetch->stop = !may_go_on(fetch, err);
}

/* Forgets the attempt before: each address has its own outcome and its own counts. */
static void begin_attempt(struct fetch *fetch, const struct server *server)
{
    fetch->server = server;
    fetch->attempt = (struct attempt){.kind = ERR_NONE};
    snprintf(fetch->attempt.server, sizeof fetch->attempt.server, "%.250s", server->word);
}

static bool try_address(struct fetch *fetch, const struct address *address)
{
    struct err err = {.kind = ERR_NONE};
    enum msg_edns edns = fetch->settings->verbose ? MSG_EDNS_ASK : MSG_EDNS_BARE;
    begin_attempt(fetch, fetch->server);
    address_text(address, fetch->attempt.address);
    bool good = restart(fetch, &err) && transfer(fetch, address, edns, &err);
    /* A server from before EDNS answers FORMERR to it (RFC 6891 section 7). */
    if (!good && err.kind == ERR_RCODE_FORMERR && !fetch->target->began) {
        if (fetch->settings->verbose)
            say("%s: FORMERR; once more without EDNS", fetch->attempt.address);
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
    const struct settings *settings = fetch->settings;
    struct err err = {.kind = ERR_NONE};
    struct address_list list = {.items = NULL};
    uint64_t deadline = loop_now() + RESOLVE_FACTOR * settings->connect_timeout;
    int family = settings->has_bind ? settings->bind.storage.ss_family : settings->family;
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
    const struct settings *settings = fetch->settings;
    struct address literal;
    uint16_t port = server->port != 0 ? server->port : settings->port;
    begin_attempt(fetch, server);
    if (!address_parse(server->host, port, &literal))
        return try_host(fetch, port);
    if (settings->family == AF_UNSPEC || settings->family == literal.storage.ss_family)
        return try_address(fetch, &literal);
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_FAMILY, "the address is not of the family that -%c asks for",
            settings->family == AF_INET ? '4' : '6');
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
    if (fetch->settings->verbose)
        say("%s: once more in %" PRIu64 " s", fetch->settings->zone_word, pause / 1000000);
    if (loop_wait(fetch->loop, NULL, 0, until) != LOOP_SIGNAL)
        return true;
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_INTERRUPTED, "interrupted");
    failed(fetch, &err);
    return false;
}

static bool find_servers(struct fetch *fetch, struct err *err)
{
    const struct settings *settings = fetch->settings;
    fetch->server_count = settings->server_count;
    memcpy(fetch->servers, settings->servers, sizeof fetch->servers);
    if (fetch->server_count > 0)
        return true;
    uint64_t deadline = loop_now() + 2 * RESOLVE_FACTOR * settings->connect_timeout;
    fetch->servers_found = true;
    if (!servers_find(settings, fetch->loop,
                      deadline < fetch->deadline ? deadline : fetch->deadline, fetch->servers,
                      &fetch->server_count, err))
        return false;
    for (size_t i = 0; i < fetch->server_count && settings->verbose; i++)
        say("%s: found server %s", settings->zone_word, fetch->servers[i].word);
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
        if (!fetch->stop && fetch->saw_older && fetch->settings->allow_older) {
            fetch->takes_older = true; /* none had a newer one */
            if (try_servers(fetch))
                return true;
        }
        bool later_may_help = err_class(fetch->attempts.worst.kind) == ERR_CLASS_NETWORK;
        if (fetch->stop || !later_may_help || round == fetch->settings->retry ||
            !back_off(fetch, round))
            return false;
    }
}

/* ---- The end ------------------------------------------------------------------------------- */

static void tell_warnings(const struct fetch *fetch)
{
    char name[WHO_MAX];
    if (!fetch->settings->quiet)
        say_notes(who(fetch, name), &fetch->notes);
}

void fetch_give_up(const struct fetch *fetch)
{
    const struct attempt *worst = &fetch->attempts.worst;
    for (size_t i = 0; fetch->settings->quiet && i < attempts_kept(&fetch->attempts); i++)
        if (fetch->attempts.list[i].server[0] != '\0' && worst->kind != ERR_INTERRUPTED &&
            err_rank(err_class(fetch->attempts.list[i].kind)) > 0)
            say("%s: %s", fetch->attempts.list[i].server, fetch->attempts.list[i].text);
    if (fetch->attempts.count > 1 && worst->kind != ERR_INTERRUPTED && !is_broken(fetch))
        say("%s: not transferred; %zu attempts failed, the worst at %s: %s",
            fetch->settings->zone_word, fetch->attempts.count, worst->server,
            err_class_name(err_class(worst->kind)));
}

bool fetch_run(struct fetch *fetch)
{
    if (!try_rounds(fetch))
        return false;
    tell_warnings(fetch);
    if (fetch->attempts.count > 1 && !fetch->settings->quiet)
        say("%s: transferred from %s, the attempts before it failed", fetch->settings->zone_word,
            fetch->attempt.server);
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

bool fetch_wants_progress(const struct settings *settings)
{
    return settings->progress == CHOICE_ON ||
           (settings->progress == CHOICE_AUTO && !settings->quiet && isatty(STDERR_FILENO) &&
            (settings->output.path != NULL || !isatty(STDOUT_FILENO)));
}

/* What TLS needs is read once, and only where it is used. */
bool fetch_open_tls(const struct settings *settings, struct tls_context **tls, struct err *err)
{
    const struct tls_options *options = &settings->tls;
    const char *key = options->key != NULL ? options->key : options->cert;
    struct stat st;
    if (!settings->use_tls)
        return true;
    *tls = tls_context_new(options, err);
    return *tls != NULL &&
           (key == NULL || stat(key, &st) != 0 || keys_check_mode(settings, key, &st, err));
}
