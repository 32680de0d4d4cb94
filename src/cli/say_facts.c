#include "cli/say_facts.h"

#include "cli/say.h"
#include "cli/say_work.h"
#include "dns/types.h"
#include "io/spool.h"
#include "verify/words.h"
#include "zone/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHO_MAX = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 4 };

/* The name by which messages call a server: as the user wrote it, with the address if that was a
 * name. */
static const char *who(const struct fact *fact, char text[WHO_MAX])
{
    const struct attempt *attempt = fact->attempt;
    if (attempt->address[0] != '\0' && attempt->by_name)
        snprintf(text, WHO_MAX, "%s (%s)", attempt->server, attempt->address);
    else
        snprintf(text, WHO_MAX, "%s", attempt->server);
    return text;
}

/* As who, but one that was named by its address is called by that with the port: for what is told
 * only with --verbose. */
static const char *where(const struct fact *fact, char text[WHO_MAX])
{
    const struct attempt *attempt = fact->attempt;
    if (attempt->by_name)
        return who(fact, text);
    snprintf(text, WHO_MAX, "%s", attempt->address);
    return text;
}

/* Once, even where several servers fail for the same reason; so it is of no zone. */
static void say_hint(struct say_facts *facts, enum err_kind kind, unsigned of)
{
    const char *hint = err_hint(kind, of);
    say_about(NULL);
    if (hint != NULL && hint != facts->last_hint)
        say("hint: %s", hint);
    facts->last_hint = hint;
}

/* Whether a signal says it. */
static bool is_silent(const struct say_facts *facts, enum err_kind kind)
{
    return kind == ERR_INTERRUPTED || (facts->broken_pipe != NULL && *facts->broken_pipe);
}

void say_facts_error(struct say_facts *facts, const char *label, const struct err *err)
{
    if (is_silent(facts, err->kind))
        return;
    if (label != NULL)
        say_error("%s: %s", label, err->text);
    else
        say_error("%s", err->text);
    say_hint(facts, err->kind, err->facts);
}

/* How many errors a file has, if it has several. */
static void say_count(const char *gap, const char *label, const char *file,
                      const struct faults *faults)
{
    const char *least = faults->count == FAULTS_COUNTED ? "at least " : "";
    if (faults->kept < faults->count)
        say_error("%s%s%.300s: ... and %" PRIu64 " more: %s%" PRIu64 " errors", label, gap, file,
                  faults->count - faults->kept, least, faults->count);
    else
        say_error("%s%s%.300s: %" PRIu64 " errors", label, gap, file, faults->count);
}

void say_facts_errors(struct say_facts *facts, const char *label, const char *file,
                      const struct err *err, const struct faults *faults)
{
    const char *gap = label != NULL ? ": " : "";
    if (faults == NULL || faults->count < 2 || err->kind == ERR_INTERRUPTED) {
        say_facts_error(facts, label, err);
        return;
    }
    if (is_silent(facts, err->kind))
        return;
    label = label != NULL ? label : "";
    say_error("%s%s%s", label, gap, err->text);
    for (unsigned i = 1; i < faults->kept; i++)
        say_error("%s%s%s", label, gap, faults->texts[i]);
    say_count(gap, label, file, faults);
    say_hint(facts, err->kind, err->facts);
}

/* ---- Before the transfer ------------------------------------------------------------------- */

static void say_warning(struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("warning: %s", fact->text);
}

static void say_notice(struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("%s", fact->text);
}

static void say_gates(struct say_facts *facts, const struct fact *fact)
{
    for (unsigned i = 0; facts->verbose && i < fact->gates->count; i++) {
        const struct gate_verdict *verdict = &fact->gates->verdicts[i];
        bool has_value = *verdict->value != '\0', has_limit = *verdict->limit != '\0';
        say("gate %s%s%s: %s%s%s", gate_name(verdict->gate), has_limit ? " " : "", verdict->limit,
            gate_result_text(verdict->result), has_value ? ": " : "", verdict->value);
    }
}

static void say_finding(struct say_facts *facts, const struct fact *fact)
{
    const struct finding *finding = fact->finding;
    const char *rule = findings_rules[finding->rule].slug;
    char type[WORDS_TYPE_ROOM] = "";
    struct name_string owner;
    (void)facts;
    if (finding->type != 0)
        words_type(type, finding->type);
    bool has_owner = finding->owner != NULL, has_type = finding->type != 0;
    say_error("%s%s%s%s%s (%s)", has_owner ? name_string(&owner, finding->owner) : "",
              has_owner && has_type ? " " : "", type, has_owner || has_type ? ": " : "",
              finding->text, rule);
    if (finding->more > 0)
        say_error("%" PRIu64 " more of them (%s)", finding->more, rule);
}

static void say_remark(struct say_facts *facts, const struct fact *fact)
{
    (void)facts;
    say("%s", fact->text);
}

/* Appends to a list of words with commas, as long as it fits. */
enum { LIST_MAX = 600 };

static void add_word(char list[LIST_MAX], const char *word)
{
    size_t used = strlen(list);
    if (used + strlen(word) + 3 <= LIST_MAX)
        snprintf(list + used, LIST_MAX - used, "%s%s", used > 0 ? ", " : "", word);
}

static void say_looked_up(struct say_facts *facts, const struct fact *fact)
{
    const struct lookup_facts *lookup = fact->lookup;
    char list[LIST_MAX] = "", address[ADDRESS_TEXT_MAX];
    if (facts->verbose < 2)
        return;
    for (size_t i = 0; i < lookup->address_count; i++)
        add_word(list, address_text(&lookup->addresses[i], address));
    for (size_t i = 0; i < lookup->host_count; i++)
        add_word(list, lookup->hosts[i]);
    say("%s: looked up %s%.250s (%s%s): %s", fact->zone,
        lookup->is_servers ? "the servers of " : "", lookup->name,
        lookup->resolver != NULL ? "resolver " : "file of hosts",
        lookup->resolver != NULL ? lookup->resolver : "",
        lookup->err->kind != ERR_NONE ? lookup->err->text : list);
}

static void say_server_found(struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: found server %s", fact->zone, fact->text);
}

static void say_connected(struct say_facts *facts, const struct fact *fact)
{
    const struct attempt *attempt = fact->attempt;
    const struct tls_facts *tls = &attempt->tls;
    char text[TLS_TEXT_MAX], name[WHO_MAX], local[ADDRESS_TEXT_MAX];
    bool has_local = facts->verbose > 1 && fact->local != NULL;
    if (facts->verbose)
        say("%s: connected in %.1f ms%s%s", where(fact, name), (double)fact->number / 1e3,
            has_local ? ", from " : "", has_local ? address_text(fact->local, local) : "");
    if (tls->version[0] == '\0')
        return;
    if (facts->verbose)
        say("%s: %s", where(fact, name), tls_facts_text(tls, text));
    if (facts->verbose)
        say("%s: the server's key has the pin %s", where(fact, name), tls->pin);
    if (tls->trust == TLS_TRUST_NONE && !facts->quiet)
        say("%s: warning: encrypted, but anybody may be the server: it was not authenticated "
            "(--tls-insecure)",
            who(fact, name));
}

/* Whom or what a message is of: a server, or a recording. */
static const char *whose(const struct fact *fact, char text[WHO_MAX])
{
    if (fact->attempt != NULL)
        return where(fact, text);
    snprintf(text, WHO_MAX, "%.250s", fact->text);
    return text;
}

static void say_query(struct say_facts *facts, const struct fact *fact)
{
    const struct watch_query *query = fact->query;
    struct name_string zone, key;
    char name[WHO_MAX], class[16], type[16], since[32] = "", edns[32] = "no EDNS",
                                             bits[32] = "no flags";
    if (facts->verbose < 2)
        return;
    *types_class_text(class, query->question.class) = '\0';
    *types_text(type, query->question.type, false) = '\0';
    if (query->question.type == TYPE_IXFR)
        snprintf(since, sizeof since, " since %" PRIu32, query->question.serial);
    if (query->bits != 0)
        snprintf(bits, sizeof bits, "flags %04x", query->bits);
    if (query->has_opt)
        snprintf(edns, sizeof edns, "EDNS %u", query->version);
    say("%s: query: %s %s %s%s, id %u, %s, %s, %s%s, octets %zu", whose(fact, name),
        name_string(&zone, query->question.name), class, type, since, query->id, bits, edns,
        query->has_key ? "TSIG key " : "not signed",
        query->has_key ? name_string(&key, query->key) : "", query->octets);
}

/* ", SERVFAIL", or nothing. */
enum { RCODE_WORDS = 32 };

static const char *rcode_words(char words[RCODE_WORDS], unsigned rcode)
{
    const char *name = msg_rcode_name(rcode);
    *words = '\0';
    if (rcode != 0 && name != NULL)
        snprintf(words, RCODE_WORDS, ", %s", name);
    else if (rcode != 0)
        snprintf(words, RCODE_WORDS, ", RCODE %u", rcode);
    return words;
}

/* " (BADSIG)", or nothing. */
static const char *tsig_error_words(char words[RCODE_WORDS], unsigned error)
{
    const char *name = tsig_error_name(error);
    *words = '\0';
    if (error != 0 && name != NULL)
        snprintf(words, RCODE_WORDS, " (%s)", name);
    else if (error != 0)
        snprintf(words, RCODE_WORDS, " (error %u)", error);
    return words;
}

static void say_message(struct say_facts *facts, const struct fact *fact)
{
    static const char *const signatures[] = {
        [WATCH_UNSIGNED] = "not signed",    [WATCH_PENDING] = "not signed yet",
        [WATCH_VERIFIED] = "TSIG verified", [WATCH_UNVERIFIED] = "TSIG not verified",
        [WATCH_BAD] = "TSIG not good",
    };
    const struct watch_message *message = fact->message;
    struct name_string first, last;
    char name[WHO_MAX], rcode[RCODE_WORDS], error[RCODE_WORDS], time[32] = "";
    if (facts->verbose < 2)
        return;
    if (fact->timed)
        snprintf(time, sizeof time, ", %.1f ms", (double)fact->number / 1e3);
    whose(fact, name);
    if (message->is_malformed)
        say("%s: message %" PRIu64 ": octets %zu, malformed%s", name, message->number,
            message->octets, time);
    else
        say("%s: message %" PRIu64 ": octets %zu%s, records %u%s%s%s%s, %s%s%s", name,
            message->number, message->octets, rcode_words(rcode, message->rcode), message->records,
            message->has_owners ? ", " : "",
            message->has_owners ? name_string(&first, message->first) : "",
            message->has_owners ? " to " : "",
            message->has_owners ? name_string(&last, message->last) : "",
            signatures[message->signature], tsig_error_words(error, message->tsig_error), time);
}

static void say_without_edns(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: FORMERR; once more without EDNS", where(fact, name));
}

static void say_whole_zone(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: no update by changes: %s; the whole zone is asked for", who(fact, name),
            fact->text);
}

static void say_distrust(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (!facts->quiet)
        say("%s: %s; the whole zone is asked for", who(fact, name), fact->text);
}

static void say_pause(struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: once more in %" PRIu64 " s", fact->zone, fact->number);
}

static void say_no_time(struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("%s: not tried again (--retry): --max-time would be over before", fact->zone);
}

/* ---- The transfer -------------------------------------------------------------------------- */

static void say_begun(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (!facts->verbose)
        return;
    where(fact, name);
    if (fact->answer->nsid[0] != '\0')
        say("%s: calls itself \"%s\" (NSID)", name, fact->answer->nsid);
    if (fact->answer->has_expire)
        say("%s: the zone expires there in %" PRIu32 " s (EXPIRE)", name, fact->answer->expire);
    say("%s: the zone has serial %" PRIu32, name, fact->answer->xfr.serial);
}

/* "; no data for 9 s of 60 s", or nothing. */
enum { SILENCE_MAX = 64, SILENCE_SHOWN = 1000000, SECOND = 1000000 };

static const char *silence_words(char words[SILENCE_MAX], const struct progress *progress)
{
    *words = '\0';
    if (progress->silent >= SILENCE_SHOWN)
        snprintf(words, SILENCE_MAX, "; no data for %" PRIu64 " s of %" PRIu64 " s",
                 progress->silent / SECOND, progress->limit / SECOND);
    return words;
}

static void say_coming(const struct fact *fact)
{
    const struct progress *progress = fact->progress;
    char silence[SILENCE_MAX], octets[SAY_AMOUNT], rate[SAY_AMOUNT];
    say_progress("%s: %" PRIu64 " records, %s, %.0f s, %s/s%s", fact->zone, progress->records,
                 say_amount(octets, progress->octets), (double)progress->microseconds / SECOND,
                 say_amount(rate, (uint64_t)progress->rate), silence_words(silence, progress));
}

static void say_moving(struct say_facts *facts, const struct fact *fact)
{
    static const char *const waits[] = {
        [PROGRESS_TURN] = "waiting for",
        [PROGRESS_CONNECT] = "connecting to",
        [PROGRESS_HANDSHAKE] = "shaking hands (TLS) with",
        [PROGRESS_ASKED] = "no answer yet from",
    };
    const struct progress *progress = fact->progress;
    uint64_t silent = progress->silent / SECOND, limit = progress->limit / SECOND;
    char name[WHO_MAX];
    (void)facts;
    say_work_rests();
    switch (progress->stage) {
    case PROGRESS_LOOKUP:
        say_progress("%s: looking up %s", fact->zone,
                     fact->attempt->server[0] != '\0' ? fact->attempt->server : "its servers");
        break;
    case PROGRESS_PAUSE:
        say_progress("%s: once more in %" PRIu64 " s", fact->zone,
                     (progress->limit + SECOND - 1) / SECOND);
        break;
    case PROGRESS_COMING:
        say_coming(fact);
        break;
    case PROGRESS_JUDGE:
        say_progress("%s: looking at what came from %s", fact->zone, who(fact, name));
        break;
    case PROGRESS_TURN:
    case PROGRESS_CONNECT:
    case PROGRESS_HANDSHAKE:
    case PROGRESS_ASKED:
    default:
        say_progress("%s: %s %s, %" PRIu64 " s of %" PRIu64 " s", fact->zone,
                     waits[progress->stage], who(fact, name), silent, limit);
    }
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

static void say_transferred(struct say_facts *facts, const struct fact *fact)
{
    const struct attempt *a = fact->attempt;
    char key[SIGNED_MAX], text[TLS_TEXT_MAX], name[WHO_MAX], rate[SAY_AMOUNT];
    double seconds = (double)a->microseconds / 1e6;
    if (!facts->verbose)
        return;
    where(fact, name);
    if (a->answer == XFR_UPTODATE)
        say("%s: nothing newer than serial %" PRIu32, name, a->since);
    if (a->answer == XFR_ZONE_STYLE)
        say("%s: the whole zone came in place of the changes since serial %" PRIu32, name,
            a->since);
    if (a->answer == XFR_INCREMENTAL)
        say("%s: changes from serial %" PRIu32 " to %" PRIu32 ": steps %" PRIu64
            ", deleted %" PRIu64 ", added %" PRIu64,
            name, a->changes.from, a->changes.to, a->changes.steps, a->changes.deleted,
            a->changes.added);
    say("%s: records %" PRIu64 ", messages %" PRIu64 ", octets %" PRIu64 ", %.3f s (%s/s)%s", name,
        a->records, a->messages, a->octets, seconds,
        say_amount(rate, seconds > 0 ? (uint64_t)((double)a->octets / seconds) : 0),
        signed_words(key, a->key));
    if (a->tls.version[0] != '\0')
        say("%s: over %s", name, tls_facts_text(&a->tls, text));
    if (fact->notes->counts[ERR_NOT_AA] > 0)
        say("%s: messages without the AA bit: %" PRIu64, name, fact->notes->counts[ERR_NOT_AA]);
}

static void say_warnings(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->quiet)
        return;
    if (fact->attempt != NULL)
        say_notes(who(fact, name), fact->notes);
    else
        say_notes(say_file(fact->text), fact->notes);
}

static void say_after_failures(struct say_facts *facts, const struct fact *fact)
{
    if (!facts->quiet)
        say("%s: %s %s, the attempts before it failed", fact->zone,
            fact->attempt->records > 0 ? "transferred from" : "answered by", fact->attempt->server);
}

/* ---- Failures ------------------------------------------------------------------------------ */

static void say_failed(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    const struct attempt *attempt = fact->attempt;
    enum err_class class = err_class(attempt->kind);
    bool no_server = attempt->server[0] == '\0';
    if (is_silent(facts, attempt->kind))
        return;
    if (facts->quiet && err_rank(class) > 0 && !no_server)
        return;                            /* say_gave_up tells it if nothing else succeeds */
    if (no_server || err_rank(class) == 0) /* not a failure of a server */
        say_error("%s", attempt->text);
    else
        say_error("%s: %s", who(fact, name), attempt->text);
    say_hint(facts, attempt->kind, attempt->facts);
}

static void say_older(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: %s; it is taken if no server has a newer zone (--allow-older)", who(fact, name),
            fact->attempt->text);
}

static void say_gave_up(struct say_facts *facts, const struct fact *fact)
{
    const struct attempts *attempts = fact->attempts;
    const struct attempt *worst = &attempts->worst;
    for (size_t i = 0; facts->quiet && i < attempts_kept(attempts); i++)
        if (attempts->list[i].server[0] != '\0' && worst->kind != ERR_INTERRUPTED &&
            err_rank(err_class(attempts->list[i].kind)) > 0)
            say_error("%s: %s: %s", fact->zone, attempts->list[i].server, attempts->list[i].text);
    if (is_silent(facts, worst->kind))
        return;
    if (facts->quiet && worst->server[0] != '\0')
        say_hint(facts, worst->kind, worst->facts);
    if (attempts->count > 1)
        say_error("%s: not transferred; %zu attempts failed, the worst at %s: %s", fact->zone,
                  attempts->count, worst->server, err_class_name(err_class(worst->kind)));
}

/* ---- Files --------------------------------------------------------------------------------- */

static void say_spilled(struct say_facts *facts, const struct fact *fact)
{
    const struct store_spill *spill = fact->spill;
    if (facts->verbose)
        say("%s: sorted in %" PRIu64 " piece%s, octets %" PRIu64 " in %s",
            fact->text != NULL ? fact->text : "standard output", spill->pieces,
            spill->pieces == 1 ? "" : "s", spill->octets, spool_folder());
}

static void say_file_replaced(struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: written", fact->text);
}

static void say_file_unchanged(struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: unchanged, left alone", fact->text);
}

static void say_file_touched(struct say_facts *facts, const struct fact *fact)
{
    if (facts->verbose)
        say("%s: unchanged, but for its time (--touch)", fact->text);
}

void say_facts_fate(const struct say_facts *facts, const char *path, enum report_state state)
{
    if (facts->verbose && state == REPORT_KEPT)
        say("%s: stays as it was", path);
    if (facts->verbose && state == REPORT_MISSING)
        say("%s: not written", path);
}

/* ---- Commands ------------------------------------------------------------------------------ */

/* "ZONE: --exec", or the option alone. */
static const char *which_command(const struct fact *fact, char text[WHO_MAX])
{
    snprintf(text, WHO_MAX, "%.250s%s%.50s", fact->zone != NULL ? fact->zone : "",
             fact->zone != NULL ? ": " : "", fact->text);
    return text;
}

static void say_command_waits(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: another run's command is at work, and waited for", which_command(fact, name));
}

static void say_command_runs(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: the command runs", which_command(fact, name));
}

static void say_command_ended(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: exit status 0, %.3f s", which_command(fact, name), (double)fact->number / SECOND);
}

static void say_command_done(struct say_facts *facts, const struct fact *fact)
{
    char name[WHO_MAX];
    if (facts->verbose)
        say("%s: another run's command has done it", which_command(fact, name));
}

static void say_command_failed(struct say_facts *facts, const struct fact *fact)
{
    say_facts_error(facts, fact->zone, fact->err);
}

/* ---- Two sides ----------------------------------------------------------------------------- */

static void say_side_read(struct say_facts *facts, const struct fact *fact)
{
    struct name_string name;
    if (facts->verbose)
        say("%s: zone %s, serial %" PRIu32 ", records %" PRIu64, fact->text,
            name_string(&name, fact->zone_info->apex), fact->zone_info->serial, fact->number);
}

static void say_side_failed(struct say_facts *facts, const struct fact *fact)
{
    struct say_facts alone = *facts; /* a broken pipe concerns the output, which comes later */
    alone.broken_pipe = NULL;
    say_facts_errors(&alone, NULL, fact->text, fact->err, fact->faults);
}

/* ---- What a line is about ------------------------------------------------------------------ */

/* What stands before the words of a fact, so that each line tells which zone it is about. */
enum about {
    ABOUT_NOTHING = 0, /* a file, or a connection, which many zones may share */
    ABOUT_ZONE,        /* the words name it */
    ABOUT_ITS_ZONE,    /* it stands before them */
};

static const struct {
    void (*say)(struct say_facts *, const struct fact *);
    enum about about;
} words[] = {
    [FACT_WARNING] = {say_warning, ABOUT_ITS_ZONE},
    [FACT_NOTICE] = {say_notice, ABOUT_ITS_ZONE},
    [FACT_GATES] = {say_gates, ABOUT_ITS_ZONE},
    [FACT_FINDING] = {say_finding, ABOUT_ITS_ZONE},
    [FACT_REMARK] = {say_remark, ABOUT_ITS_ZONE},
    [FACT_LOOKED_UP] = {say_looked_up, ABOUT_ZONE},
    [FACT_QUERY] = {say_query, ABOUT_ITS_ZONE},
    [FACT_MESSAGE] = {say_message, ABOUT_ITS_ZONE},
    [FACT_SERVER_FOUND] = {say_server_found, ABOUT_ZONE},
    [FACT_CONNECTED] = {say_connected, ABOUT_NOTHING},
    [FACT_WITHOUT_EDNS] = {say_without_edns, ABOUT_ITS_ZONE},
    [FACT_BEGUN] = {say_begun, ABOUT_ITS_ZONE},
    [FACT_PROGRESS] = {say_moving, ABOUT_ZONE},
    [FACT_WHOLE_ZONE] = {say_whole_zone, ABOUT_ITS_ZONE},
    [FACT_DISTRUST] = {say_distrust, ABOUT_ITS_ZONE},
    [FACT_FAILED] = {say_failed, ABOUT_ITS_ZONE},
    [FACT_OLDER] = {say_older, ABOUT_ITS_ZONE},
    [FACT_PAUSE] = {say_pause, ABOUT_ZONE},
    [FACT_NO_TIME] = {say_no_time, ABOUT_ZONE},
    [FACT_TRANSFERRED] = {say_transferred, ABOUT_ITS_ZONE},
    [FACT_WARNINGS] = {say_warnings, ABOUT_ITS_ZONE},
    [FACT_AFTER_FAILURES] = {say_after_failures, ABOUT_ZONE},
    [FACT_GAVE_UP] = {say_gave_up, ABOUT_ZONE},
    [FACT_SPILLED] = {say_spilled, ABOUT_NOTHING},
    [FACT_FILE_REPLACED] = {say_file_replaced, ABOUT_NOTHING},
    [FACT_FILE_UNCHANGED] = {say_file_unchanged, ABOUT_NOTHING},
    [FACT_FILE_TOUCHED] = {say_file_touched, ABOUT_NOTHING},
    [FACT_COMMAND_WAITS] = {say_command_waits, ABOUT_ZONE},
    [FACT_COMMAND_RUNS] = {say_command_runs, ABOUT_ZONE},
    [FACT_COMMAND_ENDED] = {say_command_ended, ABOUT_ZONE},
    [FACT_COMMAND_DONE] = {say_command_done, ABOUT_ZONE},
    [FACT_COMMAND_FAILED] = {say_command_failed, ABOUT_ZONE},
    [FACT_SIDE_READ] = {say_side_read, ABOUT_ZONE},
    [FACT_SIDE_FAILED] = {say_side_failed, ABOUT_NOTHING},
};

/* The zone of a fact whose words do not name it, or NULL. A usage error is of the command line. */
static const char *zone_of(const struct say_facts *facts, const struct fact *fact)
{
    bool is_usage = fact->kind == FACT_FAILED && err_class(fact->attempt->kind) == ERR_CLASS_USAGE;
    if (words[fact->kind].about != ABOUT_ITS_ZONE || is_usage)
        return NULL;
    if (facts->zone != NULL)
        return facts->zone;
    return fact->attempt != NULL ? fact->zone : NULL;
}

enum { ABOUT_MAX = 2 * NAME_TEXT_ROOM };

/* "OLD: ZONE", either of them, or NULL. */
static const char *about_text(const struct say_facts *facts, const struct fact *fact,
                              char text[ABOUT_MAX])
{
    const char *zone = zone_of(facts, fact), *label = fact->label;
    if (label == NULL || zone == NULL)
        return label != NULL ? label : zone;
    snprintf(text, ABOUT_MAX, "%.255s: %.1100s", label, zone);
    return text;
}

static void tell(struct teller *teller, const struct fact *fact)
{
    struct say_facts *facts = (struct say_facts *)teller;
    char about[ABOUT_MAX];
    if (facts->held != NULL && fact->kind == FACT_PROGRESS)
        return;
    if (facts->held == NULL && fact->kind != FACT_PROGRESS)
        say_progress_end();
    say_to(facts->held);
    say_about(about_text(facts, fact, about));
    words[fact->kind].say(facts, fact);
    say_about(NULL);
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
