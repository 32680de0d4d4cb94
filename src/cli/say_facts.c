#include "cli/say_facts.h"

#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 16, WHO_MAX = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 4 + LABEL_MAX + 2 };

/* The name by which messages call a server: as the user wrote it, with the address if that was a
 * name. */
static const char *who(const struct fact *fact, char text[WHO_MAX])
{
    const struct attempt *attempt = fact->attempt;
    const char *label = fact->label != NULL ? fact->label : "";
    const char *gap = *label != '\0' ? ": " : "";
    if (attempt->address[0] != '\0' && attempt->by_name)
        snprintf(text, WHO_MAX, "%.*s%s%s (%s)", LABEL_MAX, label, gap, attempt->server,
                 attempt->address);
    else
        snprintf(text, WHO_MAX, "%.*s%s%s", LABEL_MAX, label, gap, attempt->server);
    return text;
}

/* The zone, as the user wrote it. */
static const char *which(const struct fact *fact, char text[WHO_MAX])
{
    snprintf(text, WHO_MAX, "%.*s%s%.250s", LABEL_MAX, fact->label != NULL ? fact->label : "",
             fact->label != NULL ? ": " : "", fact->zone);
    return text;
}

static void say_hint(enum err_kind kind)
{
    const char *hint = err_hint(kind);
    if (hint != NULL)
        say("hint: %s", hint);
}

/* Whether a signal says it. */
static bool is_silent(const struct say_facts *facts, enum err_kind kind)
{
    return kind == ERR_INTERRUPTED || (facts->broken_pipe != NULL && *facts->broken_pipe);
}

void say_facts_error(const struct say_facts *facts, const char *label, const struct err *err)
{
    if (is_silent(facts, err->kind))
        return;
    if (label != NULL)
        say("%s: %s", label, err->text);
    else
        say("%s", err->text);
    say_hint(err->kind);
}

/* ---- Before the transfer ------------------------------------------------------------------- */

static void say_warning(const struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("warning: %s", fact->text);
}

static void say_notice(const struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("%s", fact->text);
}

static void say_server_found(const struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: found server %s", fact->zone, fact->text);
}

static void say_connected(const struct say_facts *facts, const struct fact *fact)
{
    const struct attempt *attempt = fact->attempt;
    const struct tls_facts *tls = &attempt->tls;
    char text[TLS_TEXT_MAX], name[WHO_MAX];
    if (facts->verbose)
        say("%s: connected in %.1f ms", attempt->address, (double)fact->number / 1e3);
    if (tls->version[0] == '\0')
        return;
    if (facts->verbose)
        say("%s: %s", attempt->address, tls_facts_text(tls, text));
    if (facts->verbose)
        say("%s: the server's key has the pin %s", attempt->address, tls->pin);
    if (tls->trust == TLS_TRUST_NONE && !facts->quiet)
        say("%s: warning: encrypted, but anybody may be the server: it was not authenticated "
            "(--tls-insecure)",
            who(fact, name));
}

static void say_without_edns(const struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: FORMERR; once more without EDNS", fact->attempt->address);
}

static void say_whole_zone(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: no update by changes: %s; the whole zone is asked for", who(fact, name),
            fact->text);
}

static void say_same_serial(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (!facts->quiet)
        say("%s: %s; the whole zone is asked for", who(fact, name), fact->text);
}

static void say_pause(const struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: once more in %" PRIu64 " s", fact->zone, fact->number);
}

static void say_no_time(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (!facts->quiet)
        say("%s: not tried again (--retry): --max-time would be over before", which(fact, name));
}

/* ---- The transfer -------------------------------------------------------------------------- */

static void say_begun(const struct say_facts *facts, const struct fact *fact)
{
    const char *address = fact->attempt->address;
    if (!facts->verbose)
        return;
    if (fact->answer->nsid[0] != '\0')
        say("%s: calls itself %s (NSID)", address, fact->answer->nsid);
    if (fact->answer->has_expire)
        say("%s: the zone expires there in %" PRIu32 " s (EXPIRE)", address, fact->answer->expire);
    say("%s: the zone has serial %" PRIu32, address, fact->answer->xfr.serial);
}

static void say_moving(const struct say_facts *facts, const struct fact *fact)
{
    (void)facts;
    say_progress("%s: %" PRIu64 " records, %.1f MB, %.0f s", fact->zone, fact->number,
                 (double)fact->octets / 1e6, (double)fact->microseconds / 1e6);
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

static void say_transferred(const struct say_facts *facts, const struct fact *fact)
{
    const struct attempt *a = fact->attempt;
    char key[SIGNED_MAX], text[TLS_TEXT_MAX];
    double seconds = (double)a->microseconds / 1e6;
    if (!facts->verbose)
        return;
    if (a->answer == XFR_UPTODATE)
        say("%s: nothing newer than serial %" PRIu32, a->address, a->since);
    if (a->answer == XFR_ZONE_STYLE)
        say("%s: the whole zone came in place of the changes since serial %" PRIu32, a->address,
            a->since);
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
    if (fact->notes->kinds[ERR_NOT_AA].count > 0)
        say("%s: messages without the AA bit: %" PRIu64, a->address,
            fact->notes->kinds[ERR_NOT_AA].count);
}

static void say_warnings(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->quiet)
        return;
    if (fact->attempt != NULL)
        say_notes(who(fact, name), fact->notes);
    if (fact->attempt != NULL)
        return;
    snprintf(name, sizeof name, "%s%s%.250s", fact->label != NULL ? fact->label : "",
             fact->label != NULL ? ": " : "", fact->text);
    say_notes(name, fact->notes);
}

static void say_after_failures(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (!facts->quiet)
        say("%s: transferred from %s, the attempts before it failed", which(fact, name),
            fact->attempt->server);
}

/* ---- Failures ------------------------------------------------------------------------------ */

static void say_failed(const struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    const struct attempt *attempt = fact->attempt;
    enum err_class class = err_class(attempt->kind);
    bool no_server = attempt->server[0] == '\0';
    if (is_silent(facts, attempt->kind))
        return;
    if (facts->quiet && err_rank(class) > 0 && !no_server)
        return; /* say_gave_up tells it if nothing else succeeds */
    /* There is no server, and none was named: the message is about the zone. */
    if (no_server && fact->found && class == ERR_CLASS_NETWORK)
        say("%s: %s", which(fact, name), attempt->text);
    else if (no_server || err_rank(class) == 0) /* not a failure of a server */
        say("%s", attempt->text);
    else
        say("%s: %s", who(fact, name), attempt->text);
    say_hint(attempt->kind);
}

static void say_gave_up(const struct say_facts *facts, const struct fact *fact)
{
    const struct attempts *attempts = fact->attempts;
    const struct attempt *worst = &attempts->worst;
    const char *label = fact->label != NULL ? fact->label : "";
    char name[WHO_MAX];
    for (size_t i = 0; facts->quiet && i < attempts_kept(attempts); i++)
        if (attempts->list[i].server[0] != '\0' && worst->kind != ERR_INTERRUPTED &&
            err_rank(err_class(attempts->list[i].kind)) > 0)
            say("%s%s%s: %s", label, *label != '\0' ? ": " : "", attempts->list[i].server,
                attempts->list[i].text);
    if (attempts->count > 1 && !is_silent(facts, worst->kind))
        say("%s: not transferred; %zu attempts failed, the worst at %s: %s", which(fact, name),
            attempts->count, worst->server, err_class_name(err_class(worst->kind)));
}

/* ---- Files --------------------------------------------------------------------------------- */

static void say_file_replaced(const struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: written", fact->text);
}

static void say_file_unchanged(const struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: unchanged, left alone", fact->text);
}

static void say_side_read(const struct say_facts *facts, const struct fact *fact)
{
    struct name_string name;
    if (facts->verbose)
        say("%s: %s: zone %s, serial %" PRIu32 ", records %" PRIu64, fact->label, fact->text,
            name_string(&name, fact->zone_info->apex), fact->zone_info->serial, fact->number);
}

static void say_side_failed(const struct say_facts *facts, const struct fact *fact)
{
    struct say_facts alone = *facts; /* a broken pipe concerns the output, which comes later */
    alone.broken_pipe = NULL;
    say_facts_error(&alone, fact->label, fact->err);
}

static void tell(struct teller *teller, const struct fact *fact)
{
    static void (*const words[])(const struct say_facts *, const struct fact *) = {
        [FACT_WARNING] = say_warning,
        [FACT_NOTICE] = say_notice,
        [FACT_SERVER_FOUND] = say_server_found,
        [FACT_CONNECTED] = say_connected,
        [FACT_WITHOUT_EDNS] = say_without_edns,
        [FACT_BEGUN] = say_begun,
        [FACT_PROGRESS] = say_moving,
        [FACT_WHOLE_ZONE] = say_whole_zone,
        [FACT_SAME_SERIAL] = say_same_serial,
        [FACT_FAILED] = say_failed,
        [FACT_PAUSE] = say_pause,
        [FACT_NO_TIME] = say_no_time,
        [FACT_TRANSFERRED] = say_transferred,
        [FACT_WARNINGS] = say_warnings,
        [FACT_AFTER_FAILURES] = say_after_failures,
        [FACT_GAVE_UP] = say_gave_up,
        [FACT_FILE_REPLACED] = say_file_replaced,
        [FACT_FILE_UNCHANGED] = say_file_unchanged,
        [FACT_SIDE_READ] = say_side_read,
        [FACT_SIDE_FAILED] = say_side_failed,
    };
    struct say_facts *facts = (struct say_facts *)teller;
    if (facts->held != NULL && fact->kind == FACT_PROGRESS)
        return;
    if (facts->held == NULL && fact->kind != FACT_PROGRESS)
        say_progress_end();
    say_to(facts->held);
    words[fact->kind](facts, fact);
    say_to(NULL);
}

void say_facts_hold(struct say_facts *facts)
{
    facts->held = open_memstream(&facts->held_text, &facts->held_size);
}

void say_facts_release(struct say_facts *facts)
{
    if (facts->held == NULL)
        return;
    fclose(facts->held);
    facts->held = NULL;
    say_progress_end();
    if (facts->held_text != NULL)
        fputs(facts->held_text, stderr);
    say_facts_fini(facts);
}

void say_facts_fini(struct say_facts *facts)
{
    if (facts->held != NULL)
        fclose(facts->held);
    free(facts->held_text);
    facts->held = NULL;
    facts->held_text = NULL;
}

void say_facts_init(struct say_facts *facts, const struct settings *settings,
                    const bool *broken_pipe)
{
    *facts = (struct say_facts){
        .teller = {tell},
        .verbose = settings->verbose,
        .quiet = settings->quiet,
        .broken_pipe = broken_pipe,
    };
}
