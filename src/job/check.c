#include "job/check.h"

#include "job/pump.h"
#include "out/discard.h"

#include <string.h>

/* Warnings that are findings here: they are left out. */
static const enum err_kind found[] = {ERR_DUP_RR,       ERR_TTL_MISMATCH, ERR_CNAME_CLASH,
                                      ERR_MULTI_SINGLE, ERR_RDATA,        ERR_RDATA_LENGTH};

static void tell_rest(struct teller *teller, const struct fact *fact)
{
    struct check_teller *own = (struct check_teller *)teller;
    struct fact copy = *fact;
    if (fact->notes != NULL) {
        own->rest = *fact->notes;
        for (size_t i = 0; i < sizeof found / sizeof *found; i++)
            own->rest.counts[found[i]] = 0;
        copy.notes = &own->rest;
    }
    own->next->tell(own->next, &copy);
}

/* What the store has merged, and so nobody else sees. */
static bool find_duplicates(struct check *check, const struct notes *notes, struct err *err)
{
    uint64_t count = notes->counts[ERR_DUP_RR];
    if (count == 0)
        return true;
    return findings_add(check->findings, err, RULE_DUPLICATE, NULL, 0, "%s%s",
                        notes_text(notes, ERR_DUP_RR), count > 1 ? ", and others" : "");
}

/* The walk leaves it to its caller to say what begins. */
static bool walk_zone(struct check *check, struct sink *sink, const struct halt *halt,
                      struct err *err)
{
    struct notes *notes = &check->notes;
    struct source *walk = store_walk(check->side.store, notes, err);
    struct pump pump = {.sink = sink,
                        .halt = halt,
                        .work = HALT_CHECKS,
                        .all = store_facts(check->side.store).records};
    bool good = walk != NULL && sink->begin(sink, &check->side.zone, err) &&
                pump_source(&pump, walk, err) && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    if (walk != NULL)
        walk->free(walk);
    return good;
}

/* What is required of the zone, and not met, is a finding like the others. */
static bool find_unmet(struct check *check, const struct check_config *config, struct err *err)
{
    const struct dnssec_result *dnssec = &check->result.dnssec;
    const uint8_t *apex = check->side.zone.apex;
    bool is_signed_well = dnssec->good && dnssec->all_verified &&
                          (config->anchors == NULL || dnssec->trust == TRUST_ANCHOR);
    bool has_zonemd = check->result.zonemd.class == ZONEMD_VERIFIED &&
                      (!dnssec->is_signed || (dnssec->soa_good && dnssec->zonemd_good));
    bool lasts = !dnssec->has_expiry || dnssec->first_expiry >= config->now + config->least_life;
    if ((config->require & VERIFY_ZONEMD) != 0 && !has_zonemd &&
        !findings_add(check->findings, err, RULE_NO_ZONEMD, apex, 0,
                      "ZONEMD is required, and no such record proves the zone%s",
                      dnssec->is_signed ? " by a good signature" : ""))
        return false;
    if ((config->require & VERIFY_DNSSEC) != 0 && !is_signed_well &&
        !findings_add(check->findings, err, RULE_NO_DNSSEC, apex, 0,
                      "DNSSEC is required, and the zone %s",
                      !dnssec->is_signed ? "is not signed"
                      : !dnssec->good    ? "is not signed well"
                      : dnssec->trust != TRUST_ANCHOR && config->anchors != NULL
                          ? "has no trust anchor that holds"
                          : "cannot be verified as a whole"))
        return false;
    return lasts || findings_add(check->findings, err, RULE_SHORT_LIFE, apex, 0,
                                 "the first signature expires within less than the time required");
}

/* The judges, before a sink that takes nothing. */
static struct sink *call_judges(struct check *check, const struct check_config *config,
                                struct notes *tries, struct err *err)
{
    struct verify_config verify = {
        .what = VERIFY_ZONE | VERIFY_ZONEMD | VERIFY_DNSSEC,
        .tries = tries,
        .halt = config->side.halt,
        .now = config->now,
        .skew = config->skew,
        .anchors = config->anchors,
        .work = config->work,
    };
    check->findings = verify.findings = findings_new(config->max_findings, config->levels, err);
    struct sink *sink = check->findings != NULL ? discard_new(err) : NULL;
    return sink != NULL ? verify_new(sink, &verify, &check->result, err) : NULL;
}

/* What comes to light once the judges have seen all. */
static bool end_findings(struct check *check, const struct check_config *config, struct err *err)
{
    bool good = find_duplicates(check, &check->notes, err) && find_unmet(check, config, err);
    if (good)
        findings_close(check->findings);
    return good;
}

static bool judge_zone(struct check *check, const struct check_config *config, struct err *err)
{
    struct sink *sink = call_judges(check, config, NULL, err);
    bool good = sink != NULL && walk_zone(check, sink, config->side.halt, err) &&
                end_findings(check, config, err);
    if (sink != NULL)
        sink->free(sink);
    return good;
}

/* Reads and judges the zone at once, as if nothing had been where that is not possible. */
static bool try_straight(struct check *check, const struct check_config *config)
{
    struct side *side = &check->side;
    const struct input_config input = side_input(side);
    struct err ignored = {.kind = ERR_NONE};
    if (input.path == NULL || !input_is_master(&input, 1))
        return false;
    struct sink *sink = call_judges(check, config, &check->notes, &ignored);
    if (sink != NULL && side_read_into(side, sink, &input, &ignored))
        return true;
    side_forget(side);
    faults_fini(&side->faults);
    findings_free(check->findings);
    check->findings = NULL;
    notes_reset(&check->notes);
    return false;
}

enum err_kind check_run(struct check *check, const struct check_config *config)
{
    struct err err = {.kind = ERR_NONE};
    memset(check, 0, sizeof *check); /* a compound literal of that size might go by the stack */
    check->teller.teller.tell = tell_rest;
    check->teller.next = config->side.teller;
    check->side.config = config->side;
    check->side.config.teller = &check->teller.teller;
    bool is_judged = try_straight(check, config);
    enum err_kind kind = side_load(&check->side); /* what was read already it only tells */
    if (kind != ERR_NONE)
        return kind;
    if (is_judged ? end_findings(check, config, &err) : judge_zone(check, config, &err))
        return kind;
    config->side.teller->tell(config->side.teller,
                              &(struct fact){.kind = FACT_SIDE_FAILED, .err = &err});
    return err.kind;
}

void check_fini(struct check *check)
{
    findings_free(check->findings);
    side_fini(&check->side);
}
