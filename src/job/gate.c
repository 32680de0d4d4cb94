#include "job/gate.h"

#include "dns/rdata.h"
#include "dns/types.h"
#include "out/filter.h"
#include "verify/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 }; /* in microseconds */

/* What one gate looks at. */
struct gate_case {
    const struct gate_orders *orders;
    const struct gate_facts *facts;
    const struct gate_change *change; /* GATE_MAX_CHANGE */
    const struct gate_count *count;   /* ... or NULL */
};

unsigned gate_what(const struct gate_orders *orders)
{
    return orders->verify | orders->require | (orders->least_life > 0 ? VERIFY_DNSSEC : 0);
}

static bool limits_changes(const struct gate_orders *orders)
{
    for (unsigned i = 0; i < orders->change_count; i++)
        if (orders->changes[i].is_set)
            return true;
    return false;
}

bool gate_needs_order(const struct gate_orders *orders)
{
    return gate_what(orders) != 0 || limits_changes(orders);
}

/* ---- Words --------------------------------------------------------------------------------- */

static void set_text(struct gate_verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_text(struct gate_verdict *verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict->text, sizeof verdict->text, format, arguments);
    va_end(arguments);
}

static void pass(struct gate_verdict *verdict, const char *value)
{
    verdict->result = GATE_PASSED;
    snprintf(verdict->value, sizeof verdict->value, "%s", value);
}

static void refuse(struct gate_verdict *verdict, enum err_kind kind, const char *value)
{
    verdict->result = GATE_REFUSED;
    verdict->kind = kind;
    snprintf(verdict->value, sizeof verdict->value, "%s", value);
}

/* As the command line takes it. */
static void duration(char to[GATE_LIMIT_ROOM], uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        char letter;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    while (seconds % units[i].seconds != 0)
        i++;
    snprintf(to, GATE_LIMIT_ROOM, "%" PRIu64 "%c", seconds / units[i].seconds, units[i].letter);
}

/* ---- Numbers of records -------------------------------------------------------------------- */

/* What cannot be judged without an old zone: for want of one, or because FILE is not one. */
static void leave_out(const struct gate_facts *facts, struct gate_verdict *verdict)
{
    if (facts->old == GATE_OLD_NONE) {
        set_text(verdict, "there is no old zone to compare with");
        return;
    }
    set_text(verdict, "FILE is not a whole zone to compare with");
    if (facts->strict)
        refuse(verdict, ERR_OLD_UNKNOWN, "");
}

static void judge_by_guard(const struct gate_facts *facts, const struct guard_limits *limits,
                           struct gate_verdict *verdict)
{
    struct err err = {.kind = ERR_NONE};
    char value[GATE_VALUE_ROOM];
    snprintf(value, sizeof value, "%" PRIu64, facts->records);
    if (guard_check(limits, facts->records, &err)) {
        pass(verdict, value);
        return;
    }
    refuse(verdict, err.kind, value);
    set_text(verdict, "%.300s", err.text);
}

static void limit_min_records(const struct gate_case *c, struct gate_verdict *verdict)
{
    snprintf(verdict->limit, sizeof verdict->limit, "%" PRIu64, c->facts->limits->min_records);
}

static void limit_max_shrink(const struct gate_case *c, struct gate_verdict *verdict)
{
    snprintf(verdict->limit, sizeof verdict->limit, "%u%%", c->facts->limits->max_shrink);
}

static void judge_min_records(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct guard_limits limits = {.min_records = c->facts->limits->min_records,
                                        .max_shrink = NO_SHRINK_LIMIT};
    judge_by_guard(c->facts, &limits, verdict);
}

static void judge_max_shrink(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct guard_limits *given = c->facts->limits;
    const struct guard_limits limits = {.max_shrink = given->max_shrink,
                                        .old_records = given->old_records};
    if (given->old_records == 0)
        set_text(verdict, "the number of old records is not known");
    else
        judge_by_guard(c->facts, &limits, verdict);
}

/* ---- Changes ------------------------------------------------------------------------------- */

static bool changes_by_itself(uint16_t type)
{
    return type == TYPE_SOA || type == TYPE_ZONEMD || filter_is_of_signing(type);
}

static bool falls_under(const struct gate_change *change, const uint8_t *apex, size_t apex_length,
                        const struct rr *rr)
{
    if (!change->is_set || (change->has_type ? rr->type != change->type : false))
        return false;
    if (!change->has_type && changes_by_itself(rr->type))
        return false;
    return !change->apex || name_equal(rr->owner, rr->owner_length, apex, apex_length);
}

void gate_count_old(const struct gate_orders *orders, struct gate_count counts[],
                    const uint8_t *apex, size_t apex_length, const struct rr *rr)
{
    for (unsigned i = 0; i < orders->change_count; i++)
        counts[i].old += falls_under(&orders->changes[i], apex, apex_length, rr);
}

/* "-example.com. NS ns2.example.com."; of what is long without its RDATA. */
static COLD void write_first(char to[GATE_FIRST_ROOM], enum rr_op op, const struct rr *rr)
{
    enum { SHORT = 64 };
    static const struct rdata_style style = {.portable = false};
    char text[8192] = "", type[WORDS_TYPE_ROOM], *end = NULL;
    struct name_string owner;
    if (rr->rdlength <= SHORT && rdata_text_bound(rr->rdlength) < sizeof text)
        end = rr->info == NULL || (rr->flags & RR_OPAQUE) != 0 ? rdata_text_generic(text, rr)
                                                               : rdata_text(text, rr, &style);
    if (end != NULL)
        *end = '\0';
    else
        *text = '\0';
    snprintf(to, GATE_FIRST_ROOM, "%c%.180s %s %.100s", op == RR_ADD ? '+' : '-',
             name_string(&owner, rr->owner), words_type(type, rr->type), text);
}

void gate_count_change(const struct gate_orders *orders, struct gate_count counts[],
                       const uint8_t *apex, size_t apex_length, enum rr_op op, const struct rr *rr)
{
    for (unsigned i = 0; i < orders->change_count; i++) {
        struct gate_count *count = &counts[i];
        if (!falls_under(&orders->changes[i], apex, apex_length, rr))
            continue;
        if (op == RR_ADD)
            count->added++;
        else
            count->deleted++;
        if (*count->first == '\0')
            write_first(count->first, op, rr);
    }
}

static bool is_within(const struct gate_change *change, const struct gate_count *count)
{
    uint64_t changed = count->added > count->deleted ? count->added : count->deleted;
    if (!change->percent)
        return changed <= change->most;
    if (changed <= 1 && change->most > 0)
        return true;
    /* In floating point, because a count times a hundred need not fit. */
    return 100.0 * (double)changed <= (double)change->most * (double)count->old;
}

static void limit_max_change(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct gate_change *change = c->change;
    char type[WORDS_TYPE_ROOM] = "";
    if (change->has_type)
        words_type(type, change->type);
    snprintf(verdict->limit, sizeof verdict->limit, "%s%s%s%" PRIu64 "%s", change->apex ? "@" : "",
             type, change->has_type ? "=" : "", change->most, change->percent ? "%" : "");
}

static void judge_max_change(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct gate_change *change = c->change;
    const struct gate_count *count = c->count;
    char value[GATE_VALUE_ROOM];
    if (count == NULL) {
        leave_out(c->facts, verdict);
        return;
    }
    snprintf(value, sizeof value, "+%" PRIu64 " -%" PRIu64 " of %" PRIu64, count->added,
             count->deleted, count->old);
    if (is_within(change, count)) {
        pass(verdict, value);
        return;
    }
    refuse(verdict, ERR_MAX_CHANGE, value);
    set_text(verdict,
             "--max-change %s: %" PRIu64 " added, %" PRIu64 " deleted, of %" PRIu64
             " before; the first: %s",
             verdict->limit, count->added, count->deleted, count->old, count->first);
}

/* ---- Proofs -------------------------------------------------------------------------------- */

/* No finding that fails the gate was kept: what its rule says. */
static void tell_rule(const struct gate_facts *facts, enum rule_group group,
                      struct gate_verdict *verdict)
{
    enum rule rule = 0;
    while (rule < RULES && (!findings_rules[rule].gate || findings_rules[rule].group != group ||
                            findings_count_rule(facts->findings, rule) == 0))
        rule++;
    if (rule < RULES)
        set_text(verdict, "%s%.200s (%s)%s", group == RULES_DNSSEC ? "DNSSEC: " : "",
                 findings_rules[rule].text, findings_rules[rule].slug,
                 findings_count_gate(facts->findings, group) > 1 ? ", and more" : "");
}

/* The first finding that fails the gate of a group, as a text. */
static void tell_first(const struct gate_facts *facts, enum rule_group group,
                       struct gate_verdict *verdict)
{
    uint64_t count = findings_count_gate(facts->findings, group);
    struct name_string owner;
    struct finding finding;
    char type[WORDS_TYPE_ROOM];
    for (size_t i = 0; findings_get(facts->findings, i, &finding); i++) {
        const struct rule_row *rule = &findings_rules[finding.rule];
        if (!rule->gate || rule->group != group)
            continue;
        bool has_owner = finding.owner != NULL, has_type = finding.type != 0;
        set_text(verdict, "%s%.120s%s%s%s%.200s (%s)%s", group == RULES_DNSSEC ? "DNSSEC: " : "",
                 has_owner ? name_string(&owner, finding.owner) : "",
                 has_owner && has_type ? " " : "", has_type ? words_type(type, finding.type) : "",
                 has_owner || has_type ? ": " : "", finding.text, rule->slug,
                 count > 1 ? ", and more" : "");
        return;
    }
    tell_rule(facts, group, verdict);
}

static void set_proof_limit(const struct gate_case *c, enum verify_what what,
                            struct gate_verdict *verdict)
{
    snprintf(verdict->limit, sizeof verdict->limit, "%s",
             (c->orders->require & what) != 0 ? "require" : "verify");
}

static void limit_zonemd(const struct gate_case *c, struct gate_verdict *verdict)
{
    set_proof_limit(c, VERIFY_ZONEMD, verdict);
}

static void limit_dnssec(const struct gate_case *c, struct gate_verdict *verdict)
{
    set_proof_limit(c, VERIFY_DNSSEC, verdict);
}

/* The zone lacks the proof: may it? */
static void judge_lack(const struct gate_case *c, enum verify_what what, const char *value,
                       struct gate_verdict *verdict)
{
    const struct gate_facts *facts = c->facts;
    bool is_signature = what == VERIFY_DNSSEC;
    if ((c->orders->require & what) != 0) {
        refuse(verdict, ERR_PROOF_ABSENT, value);
        set_text(verdict,
                 is_signature ? "the zone is not signed" : "no ZONEMD record that can be verified");
    } else if (c->orders->allow_unsigned || facts->old == GATE_OLD_NONE) {
        pass(verdict, value);
    } else if ((facts->had & what) != 0) {
        refuse(verdict, ERR_PROOF_LOST, value);
        set_text(
            verdict,
            is_signature
                ? "the zone is not signed any more; the old one is"
                : "the zone has no ZONEMD record any more that can be verified; the old one has");
    } else if (facts->old == GATE_OLD_KNOWN) {
        pass(verdict, value);
    } else {
        pass(verdict, value);
        leave_out(facts, verdict);
    }
}

static void judge_zonemd(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct verify_result *result = c->facts->verify;
    bool knows_signatures = (gate_what(c->orders) & VERIFY_DNSSEC) != 0 && result->dnssec.is_signed;
    bool is_signed_well = result->dnssec.soa_good && result->dnssec.zonemd_good;
    if (findings_count_gate(c->facts->findings, RULES_ZONEMD) > 0) {
        refuse(verdict, ERR_ZONEMD, "wrong");
        tell_first(c->facts, RULES_ZONEMD, verdict);
    } else if (result->zonemd.class == ZONEMD_ABSENT) {
        judge_lack(c, VERIFY_ZONEMD, "absent", verdict);
    } else if (result->zonemd.class != ZONEMD_VERIFIED) {
        judge_lack(c, VERIFY_ZONEMD, "not verifiable", verdict);
    } else if (knows_signatures && !is_signed_well) {
        refuse(verdict, ERR_ZONEMD, "right, but not signed");
        set_text(verdict, "the digest is right, but the SOA or ZONEMD has no good signature");
    } else {
        pass(verdict, result->zonemd.hash == ZONEMD_SHA512 ? "right (SHA-512)" : "right (SHA-384)");
        if (!knows_signatures)
            set_text(verdict, "signatures over it were not looked at");
    }
}

/* Which kind of failure it is: the hint depends on it, and whether the whole zone may be better. */
static enum err_kind signature_failure(const struct findings *findings)
{
    uint64_t all = findings_count_gate(findings, RULES_DNSSEC);
    if (findings_count_rule(findings, RULE_ALL_EXPIRED) > 0)
        return ERR_DNSSEC_TIME;
    return findings_count_rule(findings, RULE_ANCHOR) == all ? ERR_DNSSEC_ANCHOR : ERR_DNSSEC;
}

static void judge_signed(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct dnssec_result *result = &c->facts->verify->dnssec;
    bool is_trusted = result->trust == TRUST_ANCHOR;
    if (findings_count_gate(c->facts->findings, RULES_DNSSEC) > 0) {
        refuse(verdict, signature_failure(c->facts->findings), "bad");
        tell_first(c->facts, RULES_DNSSEC, verdict);
    } else if (c->facts->has_anchors && !is_trusted) {
        refuse(verdict, ERR_DNSSEC_ANCHOR, "not trusted");
        set_text(verdict, result->anchors == 0
                              ? "--trust-anchor: the file has no trust anchor for this zone"
                              : "no trust anchor of the zone leads to a key that can be verified "
                                "here");
    } else if (!result->all_verified) {
        pass(verdict, "not verifiable");
        if ((c->orders->require & VERIFY_DNSSEC) != 0)
            refuse(verdict, ERR_PROOF_ABSENT, "not verifiable");
        set_text(verdict, "the zone cannot be verified as a whole: something is signed only with "
                          "what cannot be verified here");
    } else {
        pass(verdict, is_trusted ? "trusted" : "self-consistent");
        if (!is_trusted)
            set_text(verdict, "self-consistent: no trust anchor was given");
    }
}

static void judge_dnssec(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct dnssec_result *result = &c->facts->verify->dnssec;
    if (result->is_signed) {
        judge_signed(c, verdict);
    } else if (result->stripped) {
        refuse(verdict, ERR_PROOF_LOST, "not signed");
        set_text(verdict, "the zone is not signed, and there is a trust anchor for it");
    } else {
        judge_lack(c, VERIFY_DNSSEC, "not signed", verdict);
    }
}

static void limit_life(const struct gate_case *c, struct gate_verdict *verdict)
{
    duration(verdict->limit, c->orders->least_life / SECOND);
}

static void judge_life(const struct gate_case *c, struct gate_verdict *verdict)
{
    const struct dnssec_result *result = &c->facts->verify->dnssec;
    char value[WORDS_TIME_ROOM], time[WORDS_TIME_ROOM];
    uint64_t least = c->orders->least_life / SECOND;
    if (!result->has_expiry) {
        pass(verdict, "not signed");
        return;
    }
    words_time(value, (uint32_t)result->first_expiry, (uint32_t)result->now);
    snprintf(time, sizeof time, "%.*s", (int)strcspn(value, ","), value);
    if (result->first_expiry >= result->now + least) {
        pass(verdict, time);
        return;
    }
    refuse(verdict, ERR_SIGNATURE_LIFE, time);
    if (result->first_expiry <= result->now)
        set_text(verdict, "signatures are not good: some RRset has none that is, now");
    else
        set_text(verdict, "signatures end at %s, sooner than --min-signature-life %s", value,
                 verdict->limit);
}

static void limit_nothing(const struct gate_case *c, struct gate_verdict *verdict)
{
    (void)c, (void)verdict;
}

static void judge_later(const struct gate_case *c, struct gate_verdict *verdict)
{
    (void)c;
    set_text(verdict, "it was not asked");
}

/* ---- The table ----------------------------------------------------------------------------- */

static bool wants_min_records(const struct gate_case *c)
{
    return c->facts->limits->min_records > 0;
}

static bool wants_max_shrink(const struct gate_case *c)
{
    return c->facts->limits->max_shrink < NO_SHRINK_LIMIT;
}

static bool wants_zonemd(const struct gate_case *c)
{
    return ((c->orders->verify | c->orders->require) & VERIFY_ZONEMD) != 0;
}

static bool wants_dnssec(const struct gate_case *c)
{
    return ((c->orders->verify | c->orders->require) & VERIFY_DNSSEC) != 0;
}

static bool wants_life(const struct gate_case *c)
{
    return c->orders->least_life > 0;
}

static bool wants_command(const struct gate_case *c)
{
    return c->orders->check_cmd != NULL;
}

static const struct row {
    const char *name;
    bool (*wants)(const struct gate_case *c); /* NULL: as often as there are limits on changes */
    void (*limit)(const struct gate_case *c, struct gate_verdict *verdict);
    void (*judge)(const struct gate_case *c, struct gate_verdict *verdict);
    enum {
        NEW_ALONE,
        RECHECKED, /* it judges a FILE that is to stay where that is asked for */
        ALWAYS     /* ... in any case */
    } of_kept;
} rows[GATES] = {
    [GATE_MIN_RECORDS] = {"min-records", wants_min_records, limit_min_records, judge_min_records,
                          RECHECKED},
    [GATE_MAX_SHRINK] = {"max-shrink", wants_max_shrink, limit_max_shrink, judge_max_shrink,
                         NEW_ALONE},
    [GATE_MAX_CHANGE] = {"max-change", NULL, limit_max_change, judge_max_change, NEW_ALONE},
    [GATE_ZONEMD] = {"zonemd", wants_zonemd, limit_zonemd, judge_zonemd, RECHECKED},
    [GATE_DNSSEC] = {"dnssec", wants_dnssec, limit_dnssec, judge_dnssec, RECHECKED},
    [GATE_SIGNATURE_LIFE] = {"min-signature-life", wants_life, limit_life, judge_life, ALWAYS},
    [GATE_CHECK_CMD] = {"check-cmd", wants_command, limit_nothing, judge_later, NEW_ALONE},
};

const char *gate_name(enum gate gate)
{
    return rows[gate].name;
}

const char *gate_result_text(enum gate_result result)
{
    static const char *const texts[] = {[GATE_SKIPPED] = "skipped",
                                        [GATE_PASSED] = "passed",
                                        [GATE_REFUSED] = "refused",
                                        [GATE_FAILED] = "failed"};
    return texts[result];
}

static void add(struct gate_list *list, enum gate gate, const struct gate_case *c)
{
    struct gate_verdict *verdict = &list->verdicts[list->count++];
    *verdict = (struct gate_verdict){.gate = gate, .result = GATE_SKIPPED};
    rows[gate].limit(c, verdict);
    bool is_asked = !c->facts->keeps || rows[gate].of_kept == ALWAYS ||
                    (c->facts->rechecks && rows[gate].of_kept == RECHECKED);
    if (!is_asked)
        set_text(verdict, "FILE stays");
    else
        rows[gate].judge(c, verdict);
}

void gate_judge(struct gate_list *list, const struct gate_orders *orders,
                const struct gate_facts *facts)
{
    struct gate_case c = {.orders = orders, .facts = facts};
    list->count = 0;
    for (enum gate gate = 0; gate < GATES; gate++) {
        if (rows[gate].wants != NULL && rows[gate].wants(&c))
            add(list, gate, &c);
        for (unsigned i = 0; rows[gate].wants == NULL && i < orders->change_count; i++) {
            c.change = &orders->changes[i];
            c.count = facts->old == GATE_OLD_KNOWN ? &facts->counts[i] : NULL;
            if (c.change->is_set)
                add(list, gate, &c);
        }
    }
}

void gate_judge_command(struct gate_list *list, const char *why, bool failed)
{
    struct gate_verdict *verdict = &list->verdicts[list->count - 1];
    *verdict->text = '\0';
    if (why == NULL) {
        pass(verdict, "exit status 0");
        return;
    }
    refuse(verdict, failed ? ERR_CHECK_FAILED : ERR_CHECK_CMD, why);
    if (failed)
        verdict->result = GATE_FAILED;
    set_text(verdict, failed ? "--check-cmd could not judge: %.200s" : "--check-cmd: %.200s", why);
}

bool gate_is_open(const struct gate_list *list, struct err *err)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->verdicts[i].result >= GATE_REFUSED)
            return err_set(err, list->verdicts[i].kind, "%s", list->verdicts[i].text);
    return true;
}
