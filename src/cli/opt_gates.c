#include "cli/opt_gates.h"

#include "cli/command.h"
#include "dns/types.h"

#include <stddef.h>

const char *opt_gates_given(const struct settings *settings)
{
    const struct gate_orders *gates = &settings->gates;
    return gates->verify != 0         ? "verify"
           : gates->require != 0      ? "require"
           : gates->least_life > 0    ? "min-signature-life"
           : gate_needs_order(gates)  ? "max-change"
           : gates->check_cmd != NULL ? "check-cmd"
                                      : NULL;
}

/* What is about proofs needs that some are wanted. `dnssec` is an option that is given. */
static bool check_proofs(const struct gate_orders *gates, bool allow_unsigned, const char *dnssec,
                         struct err *err)
{
    if (allow_unsigned && gates->verify == 0)
        return err_set(err, ERR_USAGE, "--allow-unsigned needs --verify");
    return dnssec == NULL || (gate_what(gates) & VERIFY_DNSSEC) != 0 ||
           err_set(err, ERR_USAGE,
                   "--%s needs --verify dnssec, --require dnssec or --min-signature-life", dnssec);
}

/* What an option would do alone. */
static bool check_lonely(const struct settings *settings, struct err *err)
{
    enum { DEFAULT_TIMEOUT = 300000000 };
    const struct gate_orders *gates = &settings->gates;
    const struct guard_limits *guard = &settings->guard;
    /* A limit that was taken back, for once, belongs to a command line that is there. */
    if (settings->sync.list != NULL) /* its lines may have what these belong to */
        return true;
    bool refuses = opt_gates_given(settings) != NULL || gates->change_count > 0 ||
                   guard->min_records > 0 || guard->max_shrink < NO_SHRINK_LIMIT;
    if (!check_proofs(gates, gates->allow_unsigned,
                      settings->anchors != NULL ? "trust-anchor"
                      : settings->jobs > 0 && (settings->command->bit & COMMAND_MANY) == 0 ? "jobs"
                                                                                           : NULL,
                      err))
        return false;
    if (gates->keep_refused != NULL && !refuses)
        return err_set(err, ERR_USAGE,
                       "--keep-refused needs something that refuses: --verify, --require, "
                       "--max-change, --check-cmd and the like");
    return gates->cmd_timeout == DEFAULT_TIMEOUT || gates->check_cmd != NULL ||
           settings->exec != NULL || settings->sync.exec_all != NULL ||
           err_set(err, ERR_USAGE, "--cmd-timeout needs --check-cmd or --exec");
}

/* Where what proves a zone is left out of FILE, that does not tell whether the zone had it. */
static bool check_filtered_proof(const struct settings *settings, struct err *err)
{
    static const struct {
        enum verify_what what;
        uint16_t type;
        const char *word;
    } proofs[] = {{VERIFY_ZONEMD, TYPE_ZONEMD, "zonemd"}, {VERIFY_DNSSEC, TYPE_DNSKEY, "dnssec"}};
    const struct gate_orders *gates = &settings->gates;
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++)
        if ((gates->verify & ~gates->require & (unsigned)proofs[i].what) != 0 &&
            !gates->allow_unsigned && !filter_passes(&settings->filter, proofs[i].type))
            return err_set(err, ERR_USAGE,
                           "--verify %s: FILE does not tell whether the zone had it, since it is "
                           "left out there; --require %s insists on it, --allow-unsigned does not",
                           proofs[i].word, proofs[i].word);
    return true;
}

/* FILE is compared as it was written. */
static bool check_changes(const struct settings *settings, struct err *err)
{
    const struct gate_orders *gates = &settings->gates;
    for (unsigned i = 0; i < gates->change_count; i++) {
        const struct gate_change *change = &gates->changes[i];
        if (!change->is_set)
            continue;
        if ((settings->format->flags & WRITER_END_LINE) == 0)
            return err_set(err, ERR_USAGE, "--max-change has no effect with the format %s",
                           settings->format->name);
        if (settings->style.no_ttl || !filter_passes(&settings->filter, TYPE_SOA))
            return err_set(err, ERR_USAGE, "--max-change needs %s in FILE",
                           settings->style.no_ttl ? "the TTLs" : "the SOA");
        if (change->has_type && !filter_passes(&settings->filter, change->type))
            return err_set(err, ERR_USAGE, "--max-change limits a type that is left out of FILE");
    }
    return true;
}

bool opt_gates_check(const struct settings *settings, struct err *err)
{
    const char *gate = opt_gates_given(settings);
    bool holds_zone = (settings->format->flags & WRITER_TAKES_STYLE) != 0 &&
                      (settings->format->flags & WRITER_ONLY_CHANGES) == 0;
    if (gate == NULL)
        return check_lonely(settings, err);
    if (settings->changes)
        return err_set(err, ERR_USAGE, "--%s has no effect on changes", gate);
    if (!holds_zone)
        return err_set(err, ERR_USAGE, "--%s has no effect with the format %s", gate,
                       settings->format->name);
    if (settings->accept_incomplete)
        return err_set(err, ERR_USAGE, "--%s and --accept-incomplete exclude each other", gate);
    return check_lonely(settings, err) && check_filtered_proof(settings, err) &&
           check_changes(settings, err);
}

bool opt_gates_check_line(const struct settings *line, const struct settings *run, struct err *err)
{
    return check_proofs(&line->gates, line->gates.allow_unsigned && !run->gates.allow_unsigned,
                        line->anchors != run->anchors ? "trust-anchor" : NULL, err);
}
