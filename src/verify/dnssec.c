#include "verify/dnssec.h"

#include "base/cursor.h"
#include "dns/types.h"
#include "verify/apex.h"
#include "verify/nsec.h"
#include "verify/nsec3.h"
#include "verify/typemap.h"
#include "verify/verdict.h"
#include "verify/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum mode {
    MODE_BEGIN,    /* no name yet */
    MODE_UNSIGNED, /* no key: signatures and the like are only counted */
    MODE_REFUSED,  /* the keys are too many: nothing is judged */
    MODE_SIGNED,
};

/* NSEC and NSEC3 records whose TTL is not what it should be (RFC 9077). */
struct odd_ttl {
    uint64_t count;
    uint16_t type;
    uint32_t ttl;
    uint8_t owner[NAME_MAX_WIRE]; /* the first one */
};

struct dnssec {
    struct dnssec_config config;
    enum mode mode;
    struct signature_frame frame;
    struct keys *keys;
    struct batch *batch;
    struct verdict *verdict;
    struct apex apex;
    struct nsec nsec;
    struct nsec3 *nsec3;
    struct dnssec_result result;
    uint64_t remains;
    uint8_t first_remains[NAME_MAX_WIRE];
    bool has_soa, has_zonemd, apex_tells_zonemd;
    uint32_t soa_ttl, soa_minimum;
    struct odd_ttl odd, odd_minimum;
    uint64_t weak_ds; /* DS records of SHA-1 beside better ones */
    uint8_t first_weak_ds[NAME_MAX_WIRE];
};

/* Where findings about the zone as such go. */
static bool say_zone(struct dnssec *dnssec, enum rule rule, uint16_t type, const char *text,
                     struct err *err)
{
    return findings_add(dnssec->config.findings, err, rule, dnssec->config.apex, type, "%s", text);
}

struct dnssec *dnssec_new(const struct dnssec_config *config, struct err *err)
{
    struct dnssec *dnssec = calloc(1, sizeof *dnssec);
    if (dnssec == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    dnssec->config = *config;
    dnssec->frame = (struct signature_frame){
        .apex = config->apex,
        .apex_length = config->apex_length,
        .class = config->class,
        .now = (uint32_t)config->now,
        .skew = config->skew,
    };
    dnssec->result.now = config->now;
    return dnssec;
}

void dnssec_free(struct dnssec *dnssec)
{
    if (dnssec == NULL)
        return;
    nsec3_free(dnssec->nsec3);
    nsec_fini(&dnssec->nsec);
    verdict_free(dnssec->verdict);
    apex_fini(&dnssec->apex);
    batch_free(dnssec->batch);
    keys_free(dnssec->keys);
    free(dnssec);
}

static bool has(const struct node *node, uint16_t type)
{
    const struct node_set *set = node_find(node, type);
    return set != NULL && set->count > 0;
}

/* ---- Each name ----------------------------------------------------------------------------- */

static void note_odd(struct odd_ttl *odd, const struct node *node, const struct node_set *set)
{
    if (odd->count++ > 0)
        return;
    odd->type = set->type;
    odd->ttl = set->ttl;
    memcpy(odd->owner, node->owner, node->owner_length);
}

static void judge_denial_ttl(struct dnssec *dnssec, const struct node *node)
{
    static const uint16_t types[] = {TYPE_NSEC, TYPE_NSEC3};
    uint32_t least = dnssec->soa_ttl < dnssec->soa_minimum ? dnssec->soa_ttl : dnssec->soa_minimum;
    for (size_t i = 0; dnssec->has_soa && i < 2; i++) {
        const struct node_set *set = node_find(node, types[i]);
        if (set != NULL && set->count > 0 && set->ttl != least)
            note_odd(set->ttl == dnssec->soa_minimum ? &dnssec->odd_minimum : &dnssec->odd, node,
                     set);
    }
}

/* Digest types of a delegation (RFC 4509 section 3). */
static bool judge_ds(struct dnssec *dnssec, const struct node *node, struct err *err)
{
    const struct node_set *set = node_find(node, TYPE_DS);
    bool weak = false, better = false;
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const uint8_t *rdata = node_rdata(node, set->first + i);
        bool whole = node->records[set->first + i].rdlength >= 4;
        weak = weak || (whole && rdata[3] == 1);
        better = better || (whole && rdata[3] != 1);
    }
    if (weak && !better)
        return findings_add(dnssec->config.findings, err, RULE_DS_SHA1, node->owner, TYPE_DS,
                            "all are of digest type 1, which is SHA-1");
    if (weak && dnssec->weak_ds++ == 0)
        memcpy(dnssec->first_weak_ds, node->owner, node->owner_length);
    return true;
}

static bool judge_elsewhere(struct dnssec *dnssec, const struct node *node, uint16_t type,
                            struct err *err)
{
    return !has(node, type) || findings_add(dnssec->config.findings, err, RULE_DNSKEY_ELSEWHERE,
                                            node->owner, type, "this is not the apex");
}

/* The rules about types that belong in certain places only. */
static bool judge_places(struct dnssec *dnssec, const struct node *node, struct err *err)
{
    if (node->place == NODE_GLUE || node->place == NODE_OCCLUDED)
        return true;
    if (node->place != NODE_APEX)
        return judge_elsewhere(dnssec, node, TYPE_DNSKEY, err) &&
               judge_elsewhere(dnssec, node, TYPE_NSEC3PARAM, err) && judge_ds(dnssec, node, err);
    return (!has(node, TYPE_DS) ||
            say_zone(dnssec, RULE_DS_AT_APEX, TYPE_DS, "it belongs into the zone above", err)) &&
           (!has(node, TYPE_BIND_SIGNING) || say_zone(dnssec, RULE_SIGNER_STATE, TYPE_BIND_SIGNING,
                                                      "a signer keeps its state here", err));
}

static bool run_batch(struct dnssec *dnssec, struct err *err)
{
    bool good = batch_run(dnssec->batch, err) && verdict_batch(dnssec->verdict, dnssec->batch, err);
    batch_clear(dnssec->batch);
    return good;
}

static bool judge_name(struct dnssec *dnssec, const struct node *node, struct err *err)
{
    judge_denial_ttl(dnssec, node);
    return judge_places(dnssec, node, err) && nsec_node(&dnssec->nsec, node, err) &&
           nsec3_node(dnssec->nsec3, node, err);
}

/* ---- The apex ------------------------------------------------------------------------------ */

static void note_apex(struct dnssec *dnssec, const struct node *node)
{
    const struct node_set *soa = node_find(node, TYPE_SOA), *nsec = node_find(node, TYPE_NSEC);
    dnssec->has_zonemd = has(node, TYPE_ZONEMD);
    if (soa != NULL && soa->count > 0 && node->records[soa->first].rdlength >= 4) {
        const struct node_record *record = &node->records[soa->first];
        dnssec->has_soa = true;
        dnssec->soa_ttl = soa->ttl;
        dnssec->soa_minimum = octets_u32(node_rdata(node, soa->first) + record->rdlength - 4);
    }
    if (nsec != NULL && nsec->count > 0) {
        const struct node_record *record = &node->records[nsec->first];
        const uint8_t *rdata = node_rdata(node, nsec->first);
        size_t next = name_length(rdata, record->rdlength);
        dnssec->apex_tells_zonemd = next > 0 &&
                                    typemap_fits(rdata + next, record->rdlength - next) &&
                                    typemap_has(rdata + next, record->rdlength - next, TYPE_ZONEMD);
    }
}

/* Whether a set of the apex is signed well. */
static bool is_good(const struct batch *batch, uint16_t type)
{
    const struct batch_set *set;
    for (size_t i = 0; (set = batch_set(batch, i)) != NULL; i++)
        if (set->type == type)
            return set->state == BATCH_GOOD;
    return false;
}

/* Makes what a signed zone needs. */
static bool prepare(struct dnssec *dnssec, const struct node *node, const struct node_set *set,
                    struct err *err)
{
    const struct dnssec_config *config = &dnssec->config;
    const struct nsec3_config nsec3 = {
        .apex = config->apex,
        .apex_length = config->apex_length,
        .findings = config->findings,
        .work = config->work,
        .halt = config->halt,
    };
    dnssec->keys = keys_new(node, set, err);
    dnssec->frame.keys = dnssec->keys;
    if (dnssec->keys == NULL || !apex_init(&dnssec->apex, &dnssec->frame, config->anchors,
                                           config->now, config->findings, err))
        return false;
    dnssec->verdict = verdict_new(&dnssec->frame, config->findings, dnssec->apex.algorithms, err);
    if (dnssec->verdict == NULL)
        return false;
    dnssec->batch = batch_new(&dnssec->frame, config->work, config->halt, err);
    if (dnssec->batch == NULL)
        return false;
    dnssec->nsec3 = nsec3_new(&nsec3, node, err);
    return dnssec->nsec3 != NULL;
}

static bool begin_signed(struct dnssec *dnssec, const struct node *node, const struct node_set *set,
                         struct err *err)
{
    struct batch *batch;
    dnssec->mode = MODE_SIGNED;
    note_apex(dnssec, node);
    if (!prepare(dnssec, node, set, err))
        return false;
    batch = dnssec->batch;
    if (!verdict_node(dnssec->verdict, node, batch, err) || !batch_run(batch, err) ||
        !apex_judge(&dnssec->apex, node, batch, err))
        return false;
    if (dnssec->apex.trust != TRUST_NOT)
        verdict_secure(dnssec->verdict);
    if (!verdict_batch(dnssec->verdict, batch, err))
        return false;
    dnssec->result.trust = dnssec->apex.trust;
    dnssec->result.soa_good = is_good(batch, TYPE_SOA);
    dnssec->result.zonemd_good = is_good(batch, TYPE_ZONEMD);
    batch_clear(batch);
    return judge_name(dnssec, node, err);
}

static bool begin(struct dnssec *dnssec, const struct node *node, struct err *err)
{
    const struct node_set *set = node->place == NODE_APEX ? node_find(node, TYPE_DNSKEY) : NULL;
    dnssec->mode = MODE_UNSIGNED;
    if (set == NULL || set->count == 0)
        return true;
    dnssec->result.is_signed = true;
    if (set->octets <= BATCH_SET_MOST)
        return begin_signed(dnssec, node, set, err);
    dnssec->mode = MODE_REFUSED;
    return say_zone(dnssec, RULE_RRSET_TOO_LARGE, TYPE_DNSKEY,
                    "it has more than 64 KiB, and so is not verified", err) &&
           say_zone(dnssec, RULE_NOT_JUDGED, 0, "without keys nothing else was judged", err);
}

static void count_remains(struct dnssec *dnssec, const struct node *node)
{
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        bool denies = set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
        if (set->signatures == 0 && !denies)
            continue;
        if (dnssec->remains == 0)
            memcpy(dnssec->first_remains, node->owner, node->owner_length);
        dnssec->remains += set->signatures + (denies ? set->count : 0);
    }
}

bool dnssec_node(struct dnssec *dnssec, const struct node *node, struct err *err)
{
    if (dnssec->mode == MODE_BEGIN) {
        if (!begin(dnssec, node, err))
            return false;
    } else if (dnssec->mode == MODE_SIGNED) {
        if (!verdict_node(dnssec->verdict, node, dnssec->batch, err) ||
            (batch_is_full(dnssec->batch) && !run_batch(dnssec, err)) ||
            !judge_name(dnssec, node, err))
            return false;
    }
    if (dnssec->mode == MODE_UNSIGNED)
        count_remains(dnssec, node);
    return true;
}

/* ---- The end ------------------------------------------------------------------------------- */

static bool say_odd(struct dnssec *dnssec, enum rule rule, const struct odd_ttl *odd,
                    struct err *err)
{
    return odd->count == 0 ||
           findings_add(dnssec->config.findings, err, rule, odd->owner, odd->type,
                        "the TTL is %" PRIu32 ", that of the SOA %" PRIu32
                        " and its minimum %" PRIu32 "; so at %" PRIu64 " names, this the first",
                        odd->ttl, dnssec->soa_ttl, dnssec->soa_minimum, odd->count);
}

/* The faults of the NSEC chain are errors unless NSEC3 does what is needed. */
static bool say_nsec(struct dnssec *dnssec, bool nsec3_complete, struct err *err)
{
    struct nsec *nsec = &dnssec->nsec;
    uint64_t faults = pending_count(&nsec->faults);
    if (!pending_say(&nsec->remarks, dnssec->config.findings, err) || nsec->records == 0 ||
        faults == 0)
        return err->kind == ERR_NONE;
    if (!nsec3_complete)
        return pending_say(&nsec->faults, dnssec->config.findings, err);
    return findings_add(dnssec->config.findings, err, RULE_NSEC_INCOMPLETE, dnssec->config.apex,
                        TYPE_NSEC,
                        "there are %" PRIu64 " records, which are not a complete "
                        "chain: %" PRIu64 " faults; NSEC3 is complete",
                        nsec->records, faults);
}

static bool judge_algorithms(struct dnssec *dnssec, struct err *err)
{
    char text[WORDS_ALGORITHM_ROOM];
    for (size_t i = 0; i < dnssec->keys->count; i++) {
        const struct key *key = &dnssec->keys->items[i];
        bool old = key->algorithm == 1 || key->algorithm == 3 || key->algorithm == 5;
        if (old && key->state != KEY_NOT_ZONE)
            return findings_add(dnssec->config.findings, err, RULE_NSEC3_ALGORITHM,
                                dnssec->config.apex, TYPE_DNSKEY,
                                "%s, tag %u, is older than NSEC3, which this zone has",
                                words_algorithm(text, key->algorithm), key->tag);
    }
    return true;
}

static bool end_denial(struct dnssec *dnssec, struct err *err)
{
    struct nsec3_summary nsec3;
    if (!nsec_end(&dnssec->nsec, dnssec->config.apex, dnssec->config.apex_length, err) ||
        !nsec3_end(dnssec->nsec3, &nsec3, err))
        return false;
    bool by_nsec = dnssec->nsec.records > 0 && pending_count(&dnssec->nsec.faults) == 0;
    if (!say_nsec(dnssec, nsec3.complete > 0, err))
        return false;
    dnssec->result.denial = (by_nsec ? DNSSEC_NSEC : 0) | (nsec3.complete > 0 ? DNSSEC_NSEC3 : 0);
    dnssec->apex_tells_zonemd = dnssec->apex_tells_zonemd || nsec3.apex_tells_zonemd;
    if (nsec3.named > 0 && !judge_algorithms(dnssec, err))
        return false;
    if (dnssec->nsec.records > 0 && nsec3.records > 0 &&
        !say_zone(dnssec, RULE_DENIAL_BOTH, 0, "the zone has both NSEC and NSEC3 records", err))
        return false;
    bool has_any = dnssec->nsec.records > 0 || nsec3.named > 0;
    if (!has_any && verdict_figures(dnssec->verdict).signatures > 0 &&
        !say_zone(dnssec, RULE_NO_DENIAL, 0,
                  "there is no NSEC record, and no NSEC3PARAM record without flags", err))
        return false;
    return say_odd(dnssec, RULE_DENIAL_TTL, &dnssec->odd, err) &&
           say_odd(dnssec, RULE_DENIAL_TTL_MINIMUM, &dnssec->odd_minimum, err);
}

static bool end_zonemd(struct dnssec *dnssec, struct err *err)
{
    dnssec->result.zonemd_denied = !dnssec->has_zonemd && !dnssec->apex_tells_zonemd &&
                                   dnssec->result.denial != DNSSEC_NO_DENIAL;
    return dnssec->has_zonemd || !dnssec->apex_tells_zonemd ||
           say_zone(dnssec, RULE_ZONEMD_STRIPPED, TYPE_ZONEMD,
                    "the denial records of the apex tell of it, and it is not there", err);
}

static bool say_weak_ds(struct dnssec *dnssec, struct err *err)
{
    return dnssec->weak_ds == 0 ||
           findings_add(
               dnssec->config.findings, err, RULE_DS_SHA1_TOO, dnssec->first_weak_ds, TYPE_DS,
               "one of digest type 1 beside a better one; so at %" PRIu64 " names, this the first",
               dnssec->weak_ds);
}

static bool end_signed(struct dnssec *dnssec, struct err *err)
{
    if (!run_batch(dnssec, err) || !end_denial(dnssec, err) || !end_zonemd(dnssec, err) ||
        !say_weak_ds(dnssec, err) || !verdict_end(dnssec->verdict, err))
        return false;
    struct dnssec_result *result = &dnssec->result;
    struct verdict_figures figures = verdict_figures(dnssec->verdict);
    uint32_t now = dnssec->frame.now;
    result->sets = figures.sets;
    result->late = figures.late;
    result->early = figures.early;
    result->anchors = dnssec->apex.anchor_count;
    result->all_verified = figures.not_verified == 0;
    result->has_expiry = true;
    result->first_expiry =
        result->now + (uint64_t)(int64_t)signature_until(figures.first_expiry, now);
    if (figures.signatures > 0) {
        result->earliest = result->now + (uint64_t)(int64_t)signature_until(figures.earliest, now);
        result->latest = result->now + (uint64_t)(int64_t)signature_until(figures.latest, now);
    }
    return true;
}

static bool end_unsigned(struct dnssec *dnssec, struct err *err)
{
    const struct dnssec_config *config = &dnssec->config;
    size_t at = 0;
    while (config->anchors != NULL && anchor_next(config->anchors, &at, config->apex,
                                                  config->apex_length, config->now) != NULL)
        dnssec->result.anchors++;
    dnssec->result.stripped = dnssec->result.anchors > 0;
    if (dnssec->result.stripped)
        return say_zone(dnssec, RULE_STRIPPED, TYPE_DNSKEY,
                        "there is none, although there is a trust anchor for the zone", err);
    if (dnssec->remains > 0)
        return findings_add(config->findings, err, RULE_DNSSEC_REMAINS, dnssec->first_remains, 0,
                            "there are %" PRIu64 " RRSIG, NSEC and NSEC3 records, here the first, "
                            "and no DNSKEY record",
                            dnssec->remains);
    return say_zone(dnssec, RULE_UNSIGNED, 0, "the zone is not signed", err);
}

bool dnssec_end(struct dnssec *dnssec, struct dnssec_result *result, struct err *err)
{
    bool good = true;
    switch (dnssec->mode) {
    case MODE_BEGIN:
    case MODE_UNSIGNED:
        good = end_unsigned(dnssec, err);
        break;
    case MODE_REFUSED:
        dnssec->result.has_expiry = true;
        dnssec->result.first_expiry = dnssec->result.now;
        break;
    case MODE_SIGNED:
        good = end_signed(dnssec, err);
        break;
    }
    *result = dnssec->result;
    result->good =
        result->is_signed && findings_count_gate(dnssec->config.findings, RULES_DNSSEC) == 0;
    result->all_verified = result->all_verified && result->good && result->trust != TRUST_NOT;
    return good;
}
