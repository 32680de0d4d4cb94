#include "cli/run_get.h"

#include "cli/say.h"
#include "cli/transfer.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_BUFFER = 192 * 1024, PROGRESS_EVERY = 1024, PROGRESS_PAUSE = 200000 };

/* The whole run: attempts one after the other, into one output. */
struct run {
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    bool shows_progress;
    uint64_t progress_at;

    struct outfile out;
    struct buf buf;
    struct sink *sink;
    bool began_output; /* records of the current attempt were given to the sink */
    struct notes notes;

    const char *server_word;
    bool server_by_name; /* and not by an address */
    char address[ADDRESS_TEXT_MAX];
    unsigned attempts;
    bool stop;           /* no further attempt makes sense */
    struct err worst;    /* of all attempts */
    char worst_who[256]; /* and where it happened */
};

static bool flush_out(void *context, const void *octets, size_t length, struct err *err)
{
    return outfile_write(context, octets, length, err);
}

/* ---- One attempt --------------------------------------------------------------------------- */

static void show_progress(struct run *run, const struct transfer *t)
{
    uint64_t now = loop_now();
    if (now < run->progress_at)
        return;
    run->progress_at = now + PROGRESS_PAUSE;
    struct xfr_facts facts = xfr_facts(t->xfr);
    say_progress("%s: %" PRIu64 " records, %.1f MB, %.0f s", run->settings->zone_word,
                 facts.records, (double)t->octets / 1e6, (double)(now - t->began) / 1e6);
}

static bool begin_output(struct run *run, const struct transfer *t, struct err *err)
{
    struct zone_info zone = {
        .apex = run->settings->zone,
        .apex_length = run->settings->zone_length,
        .class = run->settings->class,
        .serial = xfr_facts(t->xfr).serial,
    };
    run->began_output = true;
    if (run->settings->verbose)
        say("%s: the zone has serial %" PRIu32, run->address, zone.serial);
    return run->sink->begin(run->sink, &zone, err);
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
            return true;
        if (!run->began_output && !begin_output(run, t, err))
            return false;
        if (!run->sink->record(run->sink, op, &rr, err))
            return false;
        if (run->shows_progress && ++count % PROGRESS_EVERY == 0)
            show_progress(run, t);
    }
}

static void tell_connected(const struct run *run, const struct transfer *t)
{
    if (run->settings->verbose)
        say("%s: connected in %.1f ms", run->address, (double)(t->connected - t->began) / 1e3);
}

static void tell_done(const struct run *run, const struct transfer *t)
{
    if (!run->settings->verbose)
        return;
    struct xfr_facts facts = xfr_facts(t->xfr);
    double seconds = (double)(t->ended - t->began) / 1e6;
    say("%s: %" PRIu64 " records in %" PRIu64 " messages, %" PRIu64 " octets, %.3f s (%.1f MB/s)",
        run->address, facts.records, facts.messages, t->octets, seconds,
        seconds > 0 ? (double)t->octets / 1e6 / seconds : 0);
    if (run->notes.kinds[ERR_NOT_AA].count > 0)
        say("%s: %" PRIu64 " messages without the AA bit", run->address,
            run->notes.kinds[ERR_NOT_AA].count);
}

/* The name by which messages call a server: its address, after the name that the user wrote. */
static void describe(const struct run *run, char *who, size_t room)
{
    if (run->server_by_name)
        snprintf(who, room, "%.160s (%s)", run->server_word, run->address);
    else
        snprintf(who, room, "%s", run->address);
}

/* Tries one address, with or without EDNS. */
static bool attempt(struct run *run, const struct address *address, bool edns, struct err *err)
{
    struct transfer_config config = {
        .settings = run->settings,
        .loop = run->loop,
        .address = address,
        .deadline = run->deadline,
        .edns = edns,
        .notes = &run->notes,
    };
    bool strict = run->settings->strict;
    memset(&run->notes, 0, sizeof run->notes);
    run->notes.strict = strict;
    struct transfer *t = transfer_open(&config, err);
    if (t == NULL)
        return false;
    tell_connected(run, t);
    bool good = pump(run, t, err);
    if (good)
        tell_done(run, t);
    t->source.free(&t->source);
    say_progress_end();
    return good;
}

/* ---- Going on ------------------------------------------------------------------------------ */

static void remember(struct run *run, const char *who, const struct err *err)
{
    int rank = err_rank(err_class(err->kind));
    if (run->attempts == 0 || rank > err_rank(err_class(run->worst.kind)) || rank == 0) {
        run->worst = *err;
        snprintf(run->worst_who, sizeof run->worst_who, "%s", who);
    }
    run->attempts++;
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED || run->out.broken_pipe)
        return; /* the signal says it */
    say("%s: %s", who, err->text);
    if (hint != NULL)
        say("%s: hint: %s", who, hint);
}

/* Whether another server may do better, and the output can still become its zone. */
static bool may_go_on(struct run *run, const struct err *err)
{
    if (err->kind == ERR_INTERRUPTED || err->kind == ERR_TIMEOUT_TOTAL ||
        err_rank(err_class(err->kind)) == 0)
        return false;
    return !run->began_output || outfile_can_restart(&run->out);
}

/* Makes the pipe anew for the next attempt. */
static bool restart(struct run *run, struct err *err)
{
    run->buf.length = 0;
    run->buf.failed = false;
    if (run->sink != NULL)
        run->sink->free(run->sink);
    run->sink = run->settings->format->open(&run->settings->style, &run->buf, err);
    if (run->sink == NULL)
        return false;
    bool take_back = run->began_output;
    run->began_output = false;
    return !take_back || outfile_restart(&run->out, err);
}

static bool try_address(struct run *run, const struct address *address)
{
    struct err err = {.kind = ERR_NONE};
    char who[256];
    address_text(address, run->address);
    if (!restart(run, &err))
        run->stop = true;
    else if (attempt(run, address, true, &err))
        return true;
    /* A server from before EDNS answers FORMERR to it (RFC 6891 section 7). */
    if (err.kind == ERR_RCODE_FORMERR && !run->began_output) {
        struct err again = {.kind = ERR_NONE};
        if (run->settings->verbose)
            say("%s: FORMERR; once more without EDNS", run->address);
        if (restart(run, &again) && attempt(run, address, false, &again))
            return true;
        err = again;
    }
    describe(run, who, sizeof who);
    remember(run, who, &err);
    if (!may_go_on(run, &err))
        run->stop = true;
    return false;
}

static bool try_server(struct run *run, const struct server *server)
{
    const struct settings *settings = run->settings;
    struct err err = {.kind = ERR_NONE};
    struct address_list list = {.items = NULL};
    struct address literal;
    uint16_t port = server->port != 0 ? server->port : settings->port;
    run->server_word = server->word;
    run->server_by_name = false;
    run->address[0] = '\0';
    if (address_parse(server->host, port, &literal)) {
        if (settings->family == AF_UNSPEC || settings->family == literal.storage.ss_family)
            return try_address(run, &literal);
        err_set(&err, ERR_HOST, "the address is of the other family than -4 or -6 allows");
        remember(run, server->word, &err);
        return false;
    }
    uint64_t deadline = loop_now() + 4 * settings->connect_timeout;
    int family = settings->has_bind ? settings->bind.storage.ss_family : settings->family;
    if (!resolve_host(run->loop, server->host, port, family,
                      deadline < run->deadline ? deadline : run->deadline, &list, &err)) {
        remember(run, server->word, &err);
        run->stop = !may_go_on(run, &err);
        return false;
    }
    bool good = false;
    run->server_by_name = true;
    for (size_t i = 0; i < list.count && !good && !run->stop; i++)
        good = try_address(run, &list.items[i]);
    address_list_fini(&list);
    return good;
}

static bool try_servers(struct run *run)
{
    for (size_t i = 0; i < run->settings->server_count && !run->stop; i++)
        if (try_server(run, &run->settings->servers[i]))
            return true;
    return false;
}

/* ---- The end ------------------------------------------------------------------------------- */

static void tell_warnings(const struct run *run)
{
    char who[256];
    if (run->settings->quiet)
        return;
    describe(run, who, sizeof who);
    for (int kind = 0; kind < ERR_KINDS; kind++) {
        const struct note *note = &run->notes.kinds[kind];
        if (note->count == 0 || note->first[0] == '\0')
            continue;
        if (note->count == 1)
            say("%s: warning: %s", who, note->first);
        else
            say("%s: warning: %s (and %" PRIu64 " more)", who, note->first, note->count - 1);
    }
}

static bool complete(struct run *run, struct err *err)
{
    enum outfile_result result;
    if (!run->sink->end(run->sink, OUTCOME_COMPLETE, NULL, err))
        return false;
    if (!outfile_commit(&run->out, &result, err))
        return false;
    if (run->settings->verbose && result != OUTFILE_WRITTEN)
        say("%s: %s", run->settings->output.path,
            result == OUTFILE_REPLACED ? "replaced" : "unchanged, left alone");
    return true;
}

/* Leaves the mark of a failed transfer where records may have gone already. */
static void mark_incomplete(struct run *run)
{
    struct err ignored = {.kind = ERR_NONE};
    if (outfile_can_restart(&run->out) || run->sink == NULL ||
        err_class(run->worst.kind) == ERR_CLASS_OUTPUT)
        return;
    run->sink->end(run->sink, OUTCOME_ABORTED, run->worst.text, &ignored);
}

static int finish_failed(struct run *run, bool *interrupted, bool *broken_pipe)
{
    mark_incomplete(run);
    *interrupted = run->worst.kind == ERR_INTERRUPTED;
    *broken_pipe = run->out.broken_pipe;
    if (*broken_pipe && !*interrupted)
        say_progress_end();
    if (run->attempts > 1)
        say("%s: not transferred; %u attempts failed, the worst at %s", run->settings->zone_word,
            run->attempts, run->worst_who);
    outfile_abort(&run->out);
    return err_class(run->worst.kind);
}

static int transfer_all(struct run *run, bool *interrupted, bool *broken_pipe)
{
    struct err err = {.kind = ERR_NONE};
    if (try_servers(run)) {
        tell_warnings(run);
        if (complete(run, &err))
            return ERR_CLASS_OK;
        run->worst = err;
        if (err.kind != ERR_INTERRUPTED && !run->out.broken_pipe)
            say("%s", err.text);
    }
    return finish_failed(run, interrupted, broken_pipe);
}

static bool start(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    return buf_init(&run->buf, OUTPUT_BUFFER, flush_out, &run->out, err) &&
           outfile_open(&run->out, &settings->output, run->loop, run->deadline, err);
}

int run_get(const struct settings *settings, const struct loop *loop, bool *interrupted,
            bool *broken_pipe)
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
         !isatty(STDOUT_FILENO));
    int status;
    if (start(run, &err)) {
        status = transfer_all(run, interrupted, broken_pipe);
    } else {
        *interrupted = err.kind == ERR_INTERRUPTED;
        if (!*interrupted)
            say("%s", err.text);
        if (err_hint(err.kind) != NULL)
            say("hint: %s", err_hint(err.kind));
        status = err_class(err.kind);
    }
    if (run->sink != NULL)
        run->sink->free(run->sink);
    buf_fini(&run->buf);
    free(run);
    return status;
}
