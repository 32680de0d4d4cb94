#include "cli/report_zone.h"

#include "cli/report_json.h"
#include "cli/report_stats.h"
#include "dns/msg.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 };

const char *report_result(int exit_status)
{
    return exit_status > 128 ? "signal" : err_class_name((enum err_class)exit_status);
}

static json_t *seconds_json(uint64_t microseconds)
{
    return json_real((double)microseconds / SECOND);
}

/* ---- Attempts ------------------------------------------------------------------------------ */

/* The member "tls": null for clear text. */
static json_t *tls_json(const struct tls_facts *tls)
{
    if (tls->version[0] == '\0')
        return json_null();
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:b}", "version", tls->version, "cipher",
                     tls->cipher, "alpn", report_text(tls->alpn), "authenticated",
                     tls_trust_name(tls->trust), "name", report_text(tls->name), "pin", tls->pin,
                     "client_certificate", (int)tls->client_certificate);
}

/* The member "tsig": the key, and nothing of its secret. */
static json_t *key_json(const struct tsig_key *key)
{
    struct name_string name;
    if (key == NULL)
        return json_null();
    return json_pack("{s:s, s:s}", "name", name_string(&name, key->name), "algorithm",
                     key->algorithm->name);
}

/* The status that a run with this failure alone would have; that of a signal is the run's. */
static int attempt_exit(const struct attempt *attempt, int exit_status)
{
    return attempt->kind == ERR_INTERRUPTED && exit_status > 128 ? exit_status
                                                                 : (int)err_class(attempt->kind);
}

static json_t *attempt_json(const struct attempt *attempt, int exit_status)
{
    bool failed = attempt->kind != ERR_NONE;
    int exit = attempt_exit(attempt, exit_status);
    struct report_object o = report_object();
    report_put(&o, "server", report_text(attempt->server));
    report_put(&o, "address", report_text(attempt->address));
    report_put(&o, "result", json_string(report_result(exit)));
    report_put(&o, "exit", json_integer(exit));
    report_put(&o, "error", report_text(failed ? err_slug(attempt->kind) : NULL));
    report_put(&o, "message", report_text(failed ? attempt->text : NULL));
    report_put(&o, "messages", json_integer((json_int_t)attempt->messages));
    report_put(&o, "records", json_integer((json_int_t)attempt->records));
    report_put(&o, "octets", json_integer((json_int_t)attempt->octets));
    report_put(&o, "seconds", seconds_json(attempt->microseconds));
    report_put(&o, "tsig", key_json(attempt->key));
    report_put(&o, "tls", tls_json(&attempt->tls));
    return report_close(&o);
}

static const char *rcode_text(char text[16], const struct attempt *attempt)
{
    const char *name = msg_rcode_name(attempt->rcode);
    if (!attempt->has_rcode)
        return NULL;
    if (attempt->rcode == 0)
        return "NOERROR";
    if (name != NULL)
        return name;
    snprintf(text, 16, "RCODE%u", attempt->rcode);
    return text;
}

/* What a server has said of the zone. */
static json_t *server_json(const struct attempt *attempt)
{
    char rcode[16];
    struct report_object o = report_object();
    report_put(&o, "server", report_text(attempt->server));
    report_put(&o, "address", report_text(attempt->address));
    report_put(&o, "serial", report_number(attempt->has_serial, attempt->serial));
    report_put(&o, "rcode", report_text(rcode_text(rcode, attempt)));
    return report_close(&o);
}

static bool is_same_server(const struct attempt *a, const struct attempt *b)
{
    return strcmp(a->server, b->server) == 0 && strcmp(a->address, b->address) == 0;
}

/* Whether it is the last attempt at its server, which tells what that says now. */
static bool is_last_at_server(const struct attempts *attempts, size_t at)
{
    const struct attempt *attempt = &attempts->list[at];
    for (size_t i = at + 1; i < attempts_kept(attempts); i++)
        if (is_same_server(attempt, &attempts->list[i]))
            return false;
    return attempt->server[0] != '\0';
}

static json_t *servers_json(const struct attempts *attempts)
{
    struct report_list list = report_list();
    size_t kept = attempts != NULL ? attempts_kept(attempts) : 0;
    for (size_t i = 0; i < kept; i++)
        if (is_last_at_server(attempts, i))
            report_append(&list, server_json(&attempts->list[i]));
    return report_list_close(&list);
}

static json_t *attempts_json(const struct attempts *attempts, int exit_status)
{
    struct report_list list = report_list();
    size_t kept = attempts != NULL ? attempts_kept(attempts) : 0;
    for (size_t i = 0; i < kept; i++)
        report_append(&list, attempt_json(&attempts->list[i], exit_status));
    return report_list_close(&list);
}

/* The newest serial that any server has told. */
static json_t *server_serial(const struct attempts *attempts)
{
    uint32_t serial = 0;
    bool has_serial = attempts_newest(attempts, &serial);
    return report_number(has_serial, serial);
}

static json_t *gate_json(const struct gate_verdict *verdict)
{
    struct report_object o = report_object();
    report_put(&o, "name", json_string(gate_name(verdict->gate)));
    report_put(&o, "result", json_string(gate_result_text(verdict->result)));
    report_put(&o, "limit", report_text(verdict->limit));
    report_put(&o, "value", report_text(verdict->value));
    report_put(&o, "text", report_text(verdict->text));
    return report_close(&o);
}

static json_t *gates_json(const struct gate_list *gates)
{
    struct report_list list = report_list();
    for (unsigned i = 0; gates != NULL && i < gates->count; i++)
        report_append(&list, gate_json(&gates->verdicts[i]));
    return report_list_close(&list);
}

/* ---- The zone ------------------------------------------------------------------------------ */

static const char *kind_name(const struct attempt *attempt)
{
    switch (attempt->answer) {
    case XFR_ZONE_STYLE:
        return "axfr-style";
    case XFR_UPTODATE:
        return "uptodate";
    case XFR_UNDECIDED:
    case XFR_ZONE:
    case XFR_INCREMENTAL:
    case XFR_OLDER:
    default:
        return attempt->asked_changes ? "ixfr" : "axfr";
    }
}

const char *report_state_name(enum report_state state)
{
    static const char *const names[] = {
        [REPORT_NO_FILE] = NULL,          [REPORT_NEW] = "new",   [REPORT_UPDATED] = "updated",
        [REPORT_UNCHANGED] = "unchanged", [REPORT_KEPT] = "kept", [REPORT_MISSING] = "missing",
    };
    return names[state];
}

static json_t *zone_name(const struct report_zone *zone)
{
    struct name_string name;
    return zone->zone != NULL ? json_string(name_string(&name, zone->zone)) : json_null();
}

static json_t *class_name(const struct report_zone *zone)
{
    char text[16];
    *types_class_text(text, zone->class) = '\0';
    return zone->zone != NULL ? json_string(text) : json_null();
}

/* The attempt that the counts are of; all zero where there was none. */
static struct attempt shown_attempt(const struct report_zone *zone)
{
    const struct attempts *attempts = zone->attempts;
    if (attempts == NULL)
        return (struct attempt){.kind = ERR_NONE};
    return attempts->has_good ? attempts->good : attempts->worst;
}

static json_t *soa_json(const struct zonefacts *facts)
{
    if (facts == NULL || !facts->has_soa)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I}", "refresh", (json_int_t)facts->refresh, "retry",
                     (json_int_t)facts->retry, "expire", (json_int_t)facts->expire, "minimum",
                     (json_int_t)facts->minimum);
}

static json_t *expires_at(const struct report_zone *zone)
{
    bool known = zone->confirmed != 0 && zone->facts != NULL && zone->facts->has_soa;
    return report_time(known ? zone->confirmed + (uint64_t)zone->facts->expire * SECOND : 0);
}

static void put_counts(struct report_object *o, const struct report_zone *zone,
                       const struct attempt *shown)
{
    bool has_facts = zone->facts != NULL && zone->facts->complete;
    bool is_known = shown->changes.steps > 0 || shown->answer == XFR_UPTODATE;
    bool is_kept = zone->state == REPORT_KEPT && zone->facts != NULL && zone->facts->has_soa;
    bool is_of_file = zone->attempts == NULL || is_kept;
    bool counts = zone->has_counts || is_known;
    bool knows_records = has_facts || zone->has_records || zone->state != REPORT_KEPT;
    uint64_t records = has_facts           ? zone->facts->records
                       : zone->has_records ? zone->records
                                           : shown->records;
    if (zone->has_serial)
        report_put(o, "serial", report_number(true, zone->serial));
    else if (is_of_file)
        report_put(o, "serial",
                   report_number(zone->facts != NULL && zone->facts->has_soa,
                                 zone->facts != NULL ? zone->facts->serial : 0));
    else
        report_put(o, "serial", report_number(shown->has_serial, shown->serial));
    report_put(o, "from", report_number(is_known, shown->since));
    report_put(o, "to", report_number(is_known, shown->serial));
    report_put(o, "records", report_number(knows_records, records));
    report_put(o, "old_records", report_number(zone->has_old_records, zone->old_records));
    report_put(o, "added",
               report_number(counts, zone->has_counts ? zone->added : shown->changes.added));
    report_put(o, "deleted",
               report_number(counts, zone->has_counts ? zone->deleted : shown->changes.deleted));
    report_put(o, "octets", json_integer((json_int_t)shown->octets));
    report_put(o, "messages", json_integer((json_int_t)shown->messages));
    report_put(o, "seconds", seconds_json(shown->microseconds));
}

static json_t *spill_json(const struct store_spill *spill)
{
    if (spill == NULL || spill->pieces == 0)
        return json_null();
    return json_pack("{s:I, s:I}", "pieces", (json_int_t)spill->pieces, "octets",
                     (json_int_t)spill->octets);
}

/* What there is to know of the content. */
static void put_content(struct report_object *o, const struct report_zone *zone)
{
    const struct zonefacts *facts = zone->facts;
    bool has_facts = facts != NULL && facts->complete;
    bool expires = has_facts && facts->is_signed;
    report_put(o, "soa", soa_json(facts));
    report_put(o, "signed", report_flag(has_facts, has_facts && facts->is_signed));
    report_put(o, "first_expiry",
               report_time(expires ? report_moment(facts->first_expiry, zone->ended) : 0));
    report_put(o, "stats", zone->stats != NULL ? report_stats(zone->stats) : json_null());
    report_put(o, "spilled", spill_json(zone->spill));
}

static json_t *hooks_json(const struct hook *hook)
{
    const struct zone_command command =
        hook != NULL ? report_hook_command(hook) : (struct zone_command){.ran = false};
    return report_hook_list(&command);
}

/* Who has named the zone: FILE:LINE, or a word. */
static json_t *origin_json(const struct report_zone *zone)
{
    char text[ERR_TEXT_MAX];
    if (zone->origin == NULL)
        return json_string("word");
    if (zone->origin_line == 0)
        return report_text(zone->origin);
    snprintf(text, sizeof text, "%.*s:%" PRIu32, ERR_TEXT_MAX - 16, zone->origin,
             zone->origin_line);
    return report_text(text);
}

static void put_outcome(struct report_object *o, const struct report_zone *zone)
{
    bool failed = zone->message != NULL;
    bool has_file = zone->state != REPORT_NO_FILE;
    bool changed = zone->state == REPORT_NEW || zone->state == REPORT_UPDATED;
    report_put(o, "file", report_text(zone->file));
    report_put(o, "state", report_text(report_state_name(zone->state)));
    report_put(o, "changed", report_flag(has_file, changed));
    report_put(o, "last_success", report_time(zone->confirmed));
    report_put(o, "expires_at", expires_at(zone));
    report_put(o, "hooks", hooks_json(zone->hook));
    report_put(o, "diff", report_text(zone->diff));
    report_put(o, "warnings", zone->log != NULL ? report_log_warnings(zone->log) : json_array());
    report_put(o, "result", json_string(report_result(zone->exit_status)));
    report_put(o, "exit", json_integer(zone->exit_status));
    report_put(o, "message", report_text(zone->message));
    report_put(o, "hint",
               report_text(failed ? err_hint(zone->failure, zone->failure_facts) : NULL));
}

json_t *report_zone(const struct report_zone *zone)
{
    const struct attempt shown = shown_attempt(zone);
    struct report_object o = report_object();
    report_put(&o, "event", json_string("zone"));
    report_put(&o, "time", report_time(zone->ended));
    report_put(&o, "started", report_time(zone->started));
    report_put(&o, "zone", zone_name(zone));
    report_put(&o, "class", class_name(zone));
    report_put(&o, "origin", origin_json(zone));
    report_put(&o, "group", report_text(zone->group));
    report_put(&o, "kind", json_string(zone->kind != NULL ? zone->kind : kind_name(&shown)));
    report_put(&o, "fallback", report_text(shown.fallback));
    report_put(&o, "server", report_text(shown.server));
    put_counts(&o, zone, &shown);
    report_put(&o, "tsig", key_json(shown.key));
    report_put(&o, "tls", tls_json(&shown.tls));
    put_content(&o, zone);
    put_outcome(&o, zone);
    report_put(&o, "server_serial", server_serial(zone->attempts));
    report_put(&o, "servers", servers_json(zone->attempts));
    report_put(&o, "gates", gates_json(zone->gates));
    report_put(&o, "waited", seconds_json(zone->waited));
    report_put(&o, "tries",
               json_integer(zone->attempts != NULL ? (json_int_t)zone->attempts->count : 0));
    report_put(&o, "attempts", attempts_json(zone->attempts, zone->exit_status));
    return report_close(&o);
}
