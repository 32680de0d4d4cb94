#include "cli/run_get.h"

#include "cli/attempts.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/say.h"
#include "cli/servers.h"
#include "cli/transfer.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PROGRESS_EVERY = 1024,    /* records between looks at the clock */
    PROGRESS_PAUSE = 200000,  /* microseconds between updates */
    REFUSALS_MAX = 3,         /* of servers that nobody named */
    BACKOFF_FIRST = 1000000,  /* microseconds before the first retry; doubled for each */
    BACKOFF_MOST = 60000000,
    RESOLVE_FACTOR = 4,       /* time for a name, in connect timeouts */
};

/* The whole run: attempts one after the other, into one output. */
struct run {
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    bool shows_progress;
    uint64_t progress_at;

    struct server servers[SERVERS_MAX];
    size_t server_count;
    bool servers_found; /* by their zone, not named by the user */
    unsigned refusals;

    struct tls_context *tls; /* NULL: clear text */
    struct keys keys;
    struct record *record;
    struct output output;
    struct notes notes;

    const struct server *server;
    struct attempt attempt; /* the current one */
    struct attempts attempts;
    bool stop; /* no further attempt makes sense */
    bool keeps_old; /* the server has nothing newer, and the output is to stay as it is */
    bool report_clashes; /* the report would go where something else is */
};

/* The name by which messages call a server: as the user wrote it, with the address if that was a
 * name. */
enum { WHO_MAX = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 4 };

static const char *who(const struct run *run, char text[WHO_MAX])
{
    struct address literal;
    const struct attempt *attempt = &run->attempt;
    if (attempt->address[0] != '\0' && !address_parse(run->server->host, 0, &literal))
        snprintf(text, WHO_MAX, "%s (%s)", attempt->server, attempt->address);
    else
        snprintf(text, WHO_MAX, "%s", attempt->server);
    return text;
}

/* ---- One attempt --------------------------------------------------------------------------- */

static void show_progress(struct run *run, const struct transfer *t)
{
    uint64_t now = loop_now();
    if (now < run->progress_at)
        return;
    run->progress_at = now + PROGRESS_PAUSE;
    say_progress("%s: %" PRIu64 " records, %.1f MB, %.0f s", run->settings->zone_word,
                 xfr_facts(t->xfr).records, (double)t->octets / 1e6, (double)(now - t->began) / 1e6);
}

static void tell_begun(struct run *run, const struct transfer *t)
{
    const char *address = run->attempt.address;
    if (!run->settings->verbose)
        return;
    if (t->nsid[0] != '\0')
        say("%s: calls itself %s (NSID)", address, t->nsid);
    if (t->has_expire)
        say("%s: the zone expires there in %" PRIu32 " s (EXPIRE)", address, t->expire);
    say("%s: the zone has serial %" PRIu32, address, xfr_facts(t->xfr).serial);
}

static bool begin_output(struct run *run, const struct transfer *t, struct err *err)
{
    struct zone_info info;
    if (!transfer_begins(t, run->output.began, &info))
        return true;
    if (!run->output.began)
        tell_begun(run, t);
    run->output.began = true;
    return run->output.sink->begin(run->output.sink, &info, err);
}

/* The source has ended well. */
static bool end_output(struct run *run, const struct transfer *t, struct err *err)
{
    struct sink *sink = run->output.sink;
    run->keeps_old = xfr_facts(t->xfr).kind == XFR_UPTODATE &&
                     (run->settings->format->flags & WRITER_CHANGES) == 0;
    if (run->keeps_old) /* no zone came, and none shall take the place of the old one */
        return true;
    return (run->output.began || begin_output(run, t, err)) &&
           sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

/* Moves the records from the source to the sink. */
static bool pump(struct run *run, struct transfer *t, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    unsigned count = 0;
    for (;;) {
        enum source_event event = t->source.next(&t->source, &rr, &op, err);
        if (event == SOURCE_FAIL)
            return false;
        if (event == SOURCE_END)
            return end_output(run, t, err);
        if ((!run->output.began || t->has_changes) && !begin_output(run, t, err))
            return false;
        if (!run->output.sink->record(run->output.sink, op, &rr, err))
            return false;
        if (run->shows_progress && ++count % PROGRESS_EVERY == 0)
            show_progress(run, t);
    }
}

static void keep_facts(struct run *run, const struct transfer *t)
{
    struct xfr_facts facts = xfr_facts(t->xfr);
    struct attempt *attempt = &run->attempt;
    attempt->messages = facts.messages;
    attempt->records = facts.records;
    attempt->octets = t->octets;
    attempt->microseconds = loop_now() - t->began;
    attempt->has_serial = facts.kind != XFR_UNDECIDED;
    attempt->serial = facts.serial;
    attempt->answer = facts.kind;
    if (t->has_changes)
        attempt->changes = run->settings->condense ? delta_net_facts(t->delta)
                                                   : delta_facts(t->delta);
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

static void tell_done(const struct run *run)
{
    const struct attempt *a = &run->attempt;
    char key[SIGNED_MAX], text[TLS_TEXT_MAX];
    double seconds = (double)a->microseconds / 1e6;
    if (a->answer == XFR_UPTODATE)
        say("%s: nothing newer than serial %" PRIu32, a->address, run->settings->since);
    if (a->answer == XFR_INCREMENTAL)
        say("%s: changes from serial %" PRIu32 " to %" PRIu32 ": steps %" PRIu64 ", deleted %" PRIu64
            ", added %" PRIu64, a->address, a->changes.from, a->changes.to, a->changes.steps,
            a->changes.deleted, a->changes.added);
    say("%s: records %" PRIu64 ", messages %" PRIu64 ", octets %" PRIu64 ", %.3f s (%.1f MB/s)%s",
        a->address, a->records, a->messages, a->octets, seconds,
        seconds > 0 ? (double)a->octets / 1e6 / seconds : 0, signed_words(key, a->key));
    if (a->tls.version[0] != '\0')
        say("%s: over %s", a->address, tls_facts_text(&a->tls, text));
    if (run->notes.kinds[ERR_NOT_AA].count > 0)
        say("%s: messages without the AA bit: %" PRIu64, a->address,
            run->notes.kinds[ERR_NOT_AA].count);
}

static void tell_connected(struct run *run, const struct transfer *t)
{
    const struct settings *settings = run->settings;
    const struct tls_facts *tls = transfer_tls(t);
    char text[TLS_TEXT_MAX], name[WHO_MAX];
    if (settings->verbose)
        say("%s: connected in %.1f ms", run->attempt.address,
            (double)(t->connected - t->began) / 1e3);
    if (tls == NULL)
        return;
    run->attempt.tls = *tls;
    if (settings->verbose)
        say("%s: %s", run->attempt.address, tls_facts_text(tls, text));
    if (settings->verbose)
        say("%s: the server's key has the pin %s", run->attempt.address, tls->pin);
    if (tls->trust == TLS_TRUST_NONE && !settings->quiet)
        say("%s: warning: encrypted, but anybody may be the server: it was not authenticated "
            "(--tls-insecure)",
            who(run, name));
}

static bool transfer(struct run *run, const struct address *address, enum msg_edns edns,
                     struct err *err)
{
    struct transfer_config config = {
        .settings = run->settings,
        .loop = run->loop,
        .address = address,
        .tls = run->tls,
        .host = run->server->host,
        .deadline = run->deadline,
        .edns = edns,
        .key = keys_for(&run->keys, run->server),
        .notes = &run->notes,
        .record = run->record,
    };
    run->attempt.key = config.key;
    memset(&run->notes, 0, sizeof run->notes);
    run->notes.strict = run->settings->strict;
    struct transfer *t = transfer_open(&config, err);
    if (t == NULL)
        return false;
    tell_connected(run, t);
    bool good = pump(run, t, err);
    keep_facts(run, t);
    t->source.free(&t->source);
    say_progress_end();
    if (good && run->settings->verbose)
        tell_done(run);
    return good;
}

/* ---- Going on ------------------------------------------------------------------------------ */

static void tell_failure(struct run *run, const struct err *err)
{
    char name[WHO_MAX];
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED || run->output.out.broken_pipe)
        return; /* the signal says it */
    bool may_still_work = err_rank(err_class(err->kind)) > 0 && run->attempt.server[0] != '\0';
    if (run->settings->quiet && may_still_work)
        return; /* give_up tells it if nothing else works */
    bool no_server = run->attempt.server[0] == '\0';
    /* No server, and none was named: the zone is what the message is about. */
    if (no_server && run->servers_found && err_class(err->kind) == ERR_CLASS_NETWORK)
        say("%s: %s", run->settings->zone_word, err->text);
    else if (no_server || err_rank(err_class(err->kind)) == 0) /* a failure of no server */
        say("%s", err->text);
    else
        say("%s: %s", who(run, name), err->text);
    if (hint != NULL)
        say("hint: %s", hint);
}

/* Whether another server may do better, and the output can still become its zone. */
static bool may_go_on(struct run *run, const struct err *err)
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
    if (run->servers_found && err_class(err->kind) == ERR_CLASS_REFUSED &&
        ++run->refusals == REFUSALS_MAX)
        return false;
    return output_can_restart(&run->output);
}

/* Puts a failed attempt on the list. */
static void failed(struct run *run, const struct err *err)
{
    run->attempt.kind = err->kind;
    snprintf(run->attempt.text, sizeof run->attempt.text, "%s", err->text);
    attempts_add(&run->attempts, &run->attempt);
    tell_failure(run, err);
    run->stop = !may_go_on(run, err);
}

/* Forgets the attempt before: each address has its own outcome and its own counts. */
static void begin_attempt(struct run *run, const struct server *server)
{
    run->server = server;
    run->attempt = (struct attempt){.kind = ERR_NONE};
    snprintf(run->attempt.server, sizeof run->attempt.server, "%.250s", server->word);
}

static bool try_address(struct run *run, const struct address *address)
{
    struct err err = {.kind = ERR_NONE};
    enum msg_edns edns = run->settings->verbose ? MSG_EDNS_ASK : MSG_EDNS_BARE;
    begin_attempt(run, run->server);
    address_text(address, run->attempt.address);
    bool good = output_restart(&run->output, &run->notes, &err) && transfer(run, address, edns, &err);
    /* A server from before EDNS answers FORMERR to it (RFC 6891 section 7). */
    if (!good && err.kind == ERR_RCODE_FORMERR && !run->output.began) {
        if (run->settings->verbose)
            say("%s: FORMERR; once more without EDNS", run->attempt.address);
        err = (struct err){.kind = ERR_NONE};
        good = output_restart(&run->output, &run->notes, &err) && transfer(run, address, MSG_EDNS_NONE, &err);
    }
    if (good)
        attempts_add(&run->attempts, &run->attempt);
    else
        failed(run, &err);
    return good;
}

static bool try_host(struct run *run, uint16_t port)
{
    const struct settings *settings = run->settings;
    struct err err = {.kind = ERR_NONE};
    struct address_list list = {.items = NULL};
    uint64_t deadline = loop_now() + RESOLVE_FACTOR * settings->connect_timeout;
    int family = settings->has_bind ? settings->bind.storage.ss_family : settings->family;
    if (!resolve_host(run->loop, run->server->host, port, family,
                      deadline < run->deadline ? deadline : run->deadline, &list, &err)) {
        failed(run, &err);
        return false;
    }
    bool good = false;
    for (size_t i = 0; i < list.count && !good && !run->stop; i++) {
        good = try_address(run, &list.items[i]);
        /* A server that nobody named is asked once; an address that does not answer is no asking. */
        if (run->servers_found && err_class(run->attempt.kind) != ERR_CLASS_NETWORK)
            break;
    }
    address_list_fini(&list);
    return good;
}

static bool try_server(struct run *run, const struct server *server)
{
    const struct settings *settings = run->settings;
    struct address literal;
    uint16_t port = server->port != 0 ? server->port : settings->port;
    begin_attempt(run, server);
    if (!address_parse(server->host, port, &literal))
        return try_host(run, port);
    if (settings->family == AF_UNSPEC || settings->family == literal.storage.ss_family)
        return try_address(run, &literal);
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_FAMILY, "the address is not of the family that -%c asks for",
            settings->family == AF_INET ? '4' : '6');
    failed(run, &err);
    return false;
}

static bool try_servers(struct run *run)
{
    for (size_t i = 0; i < run->server_count && !run->stop; i++)
        if (try_server(run, &run->servers[i]))
            return true;
    return false;
}

/* Waits before the next round. Returns false if a signal or the end of time came first. */
static bool back_off(struct run *run, unsigned round)
{
    uint64_t pause = BACKOFF_FIRST;
    for (unsigned i = 0; i < round && pause < BACKOFF_MOST; i++)
        pause *= 2;
    if (pause > BACKOFF_MOST)
        pause = BACKOFF_MOST;
    uint64_t until = loop_now() + pause;
    if (until >= run->deadline)
        return false;
    if (run->settings->verbose)
        say("%s: once more in %" PRIu64 " s", run->settings->zone_word, pause / 1000000);
    if (loop_wait(run->loop, NULL, 0, until) != LOOP_SIGNAL)
        return true;
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_INTERRUPTED, "interrupted");
    failed(run, &err);
    return false;
}

static bool find_servers(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    run->server_count = settings->server_count;
    memcpy(run->servers, settings->servers, sizeof run->servers);
    if (run->server_count > 0)
        return true;
    uint64_t deadline = loop_now() + 2 * RESOLVE_FACTOR * settings->connect_timeout;
    run->servers_found = true;
    if (!servers_find(settings, run->loop, deadline < run->deadline ? deadline : run->deadline,
                      run->servers, &run->server_count, err))
        return false;
    for (size_t i = 0; i < run->server_count && settings->verbose; i++)
        say("%s: found server %s", settings->zone_word, run->servers[i].word);
    return true;
}

static bool try_rounds(struct run *run)
{
    struct err err = {.kind = ERR_NONE};
    if (!find_servers(run, &err)) {
        failed(run, &err);
        return false;
    }
    for (unsigned round = 0;; round++) {
        if (try_servers(run))
            return true;
        bool later_may_help = err_class(run->attempts.worst.kind) == ERR_CLASS_NETWORK;
        if (run->stop || !later_may_help || round == run->settings->retry ||
            !back_off(run, round))
            return false;
    }
}

/* ---- The end ------------------------------------------------------------------------------- */

static void tell_warnings(const struct run *run)
{
    char name[WHO_MAX];
    if (!run->settings->quiet)
        say_notes(who(run, name), &run->notes);
}

static void give_up(struct run *run)
{
    const struct attempt *worst = &run->attempts.worst;
    for (size_t i = 0; run->settings->quiet && i < attempts_kept(&run->attempts); i++)
        if (run->attempts.list[i].server[0] != '\0' && worst->kind != ERR_INTERRUPTED &&
            err_rank(err_class(run->attempts.list[i].kind)) > 0)
            say("%s: %s", run->attempts.list[i].server, run->attempts.list[i].text);
    if (run->attempts.count > 1 && worst->kind != ERR_INTERRUPTED && !run->output.out.broken_pipe)
        say("%s: not transferred; %zu attempts failed, the worst at %s: %s",
            run->settings->zone_word, run->attempts.count, worst->server,
            err_class_name(err_class(worst->kind)));
}

/* What failed outside the attempts: the run's own files. */
static void fail_run(struct run *run, const struct err *err)
{
    run->attempt.server[0] = run->attempt.address[0] = '\0';
    failed(run, err);
}

static bool transfer_all(struct run *run)
{
    struct err err = {.kind = ERR_NONE};
    if (!try_rounds(run)) {
        output_incomplete(&run->output, &run->notes, run->attempts.worst.text);
        give_up(run);
        output_abort(&run->output);
        return false;
    }
    tell_warnings(run);
    if (run->attempts.count > 1 && !run->settings->quiet)
        say("%s: transferred from %s, the attempts before it failed", run->settings->zone_word,
            run->attempt.server);
    if (run->keeps_old)
        output_abort(&run->output);
    if (run->keeps_old || output_commit(&run->output, &err))
        return true;
    fail_run(run, &err);
    return false;
}

static bool open_record(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    struct name_string zone;
    char class[16];
    if (settings->record == NULL)
        return true;
    *types_class_text(class, settings->class) = '\0';
    run->record =
        record_open(settings->record, name_string(&zone, settings->zone), class, err);
    return run->record != NULL;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !S_ISCHR(a->st_mode);
}

static bool refuse_clash(const char *path, const char *first, const char *second, struct err *err)
{
    return err_set(err, ERR_USAGE, "%.300s would hold both the %s and the %s", path, first, second);
}

/* The zone, the recording and the report are three things: in one file, one destroys another. */
static bool check_files(struct run *run, struct err *err)
{
    const char *record = run->settings->record, *report = run->settings->report;
    struct stat a, b;
    run->report_clashes = report != NULL && output_is(&run->output, report);
    if (run->report_clashes)
        return refuse_clash(report, "zone", "report", err);
    if (record == NULL)
        return true;
    if (output_is(&run->output, record))
        return refuse_clash(record, "zone", "recording", err);
    if (report != NULL)
        run->report_clashes =
            strcmp(record, report) == 0 ||
            (stat(record, &a) == 0 && stat(report, &b) == 0 && same_file(&a, &b));
    return !run->report_clashes || refuse_clash(record, "recording", "report", err);
}

/* What TLS needs is read once, and only where it is used. */
static bool start_tls(struct run *run, struct err *err)
{
    const struct tls_options *tls = &run->settings->tls;
    const char *key = tls->key != NULL ? tls->key : tls->cert;
    struct stat st;
    if (!run->settings->use_tls)
        return true;
    run->tls = tls_context_new(tls, err);
    return run->tls != NULL && (key == NULL || stat(key, &st) != 0 ||
                                keys_check_mode(run->settings, key, &st, err));
}

/* Everything before the first attempt, in the order in which it can fail for the least cost. */
static bool start(struct run *run, struct err *err)
{
    if (!start_tls(run, err) ||
        !keys_load(&run->keys, run->settings, run->loop, run->deadline, err) ||
        !output_open(&run->output, run->settings, run->loop, run->deadline, err))
        return false;
    if (check_files(run, err) && open_record(run, err))
        return true;
    output_abort(&run->output);
    return false;
}

static int exit_status(const struct run *run, bool good, int signal_number)
{
    if (!good && run->attempts.worst.kind == ERR_INTERRUPTED)
        return 128 + signal_number;
    if (!good)
        return (int)err_class(run->attempts.worst.kind);
    return run->settings->exit_code && run->output.result == OUTFILE_REPLACED ? ERR_CLASS_DIFFERS
                                                                       : ERR_CLASS_OK;
}

/* A failure beside the zone makes a run fail that was good. It does not change the status of one
 * that had failed before, but is told all the same: an old report would be taken for the new. */
static void fail_beside(struct run *run, bool good, const struct err *err)
{
    if (good)
        fail_run(run, err);
    else
        say("%s", err->text);
}

/* Writes what is written beside the zone: the end of the recording, the report. */
static bool write_records(struct run *run, bool good, int signal_number)
{
    struct err err = {.kind = ERR_NONE};
    bool told = err_class(run->attempts.worst.kind) == ERR_CLASS_OUTPUT;
    if (!record_close(run->record, &err)) {
        if (good || !told) /* a recording that failed during the transfer has ended it */
            fail_beside(run, good, &err);
        good = false;
    }
    err = (struct err){.kind = ERR_NONE};
    if (run->settings->report != NULL && !run->report_clashes &&
        !report_write(run->settings, &run->attempts, &run->output.stats, exit_status(run, good, signal_number),
                      run->loop, &err)) {
        fail_beside(run, good, &err);
        good = false;
    }
    return good;
}

int run_get(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    run->settings = settings;
    run->loop = loop;
    run->deadline = settings->max_time == 0 ? LOOP_NEVER : loop_now() + settings->max_time;
    run->shows_progress =
        settings->progress == CHOICE_ON ||
        (settings->progress == CHOICE_AUTO && !settings->quiet && isatty(STDERR_FILENO) &&
         (settings->output.path != NULL || !isatty(STDOUT_FILENO)));
    bool good = start(run, &err);
    if (good)
        good = transfer_all(run);
    else
        fail_run(run, &err);
    int signal_number = end->caught_signal();
    good = write_records(run, good, signal_number);
    int status = exit_status(run, good, signal_number);
    end->interrupted = !good && run->attempts.worst.kind == ERR_INTERRUPTED;
    end->broken_pipe = run->output.out.broken_pipe;
    keys_fini(&run->keys);
    output_fini(&run->output);
    attempts_fini(&run->attempts);
    tls_context_free(run->tls);
    free(run);
    return status;
}
