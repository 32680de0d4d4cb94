#include "verify/verdict.h"

#include "dns/types.h"
#include "verify/pending.h"
#include "verify/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEN_MOST = 64,  /* kinds of findings that are said once */
    TYPES_MOST = 64, /* types whose unsigned RRsets are held back */
    DAY = 86400,
};

/* Something that is said once, with a count. */
struct seen {
    enum rule rule;
    uint8_t state, algorithm;
    uint16_t tag, type;
    uint64_t count;
    uint8_t owner[NAME_MAX_WIRE]; /* the first one */
    char text[SIGNATURE_TEXT_ROOM];
};

/* The RRsets of a type; the unsigned ones are held as long as none is signed. */
struct of_type {
    uint16_t type;
    bool is_signed;
    uint8_t first[NAME_MAX_WIRE];
    struct pending held;
};

/* An algorithm that should have signed everything. */
struct expected {
    uint8_t algorithm;
    bool anchored;
    uint64_t missing;
    uint16_t type;
    uint8_t owner[NAME_MAX_WIRE];
};

struct verdict {
    const struct signature_frame *frame;
    struct findings *findings;
    struct verdict_figures figures;
    struct expected expected[256];
    unsigned expected_count;
    struct seen seen[SEEN_MOST];
    unsigned seen_count;
    uint64_t unseen; /* what the list had no room for */
    struct of_type types[TYPES_MOST];
    unsigned type_count;
    struct pending by_time; /* as long as everything fails by time */
    bool not_by_time;
    bool is_secure;
    bool has_expiration, has_expiry;
    uint16_t expiry_type;
    uint8_t expiry_owner[NAME_MAX_WIRE];
};

static void copy_name(uint8_t to[NAME_MAX_WIRE], const uint8_t *name)
{
    memcpy(to, name, name_length(name, NAME_MAX_WIRE));
}

/* ---- Beginning and end --------------------------------------------------------------------- */

/* The algorithms of the keys that count. */
static void expect_algorithms(struct verdict *verdict, const bool anchored[256])
{
    bool expected[256] = {false};
    for (size_t i = 0; i < verdict->frame->keys->count; i++) {
        const struct key *key = &verdict->frame->keys->items[i];
        expected[key->algorithm] =
            expected[key->algorithm] || key->state == KEY_GOOD || key->state == KEY_UNKNOWN;
    }
    for (unsigned i = 0; i < 256; i++)
        if (expected[i])
            verdict->expected[verdict->expected_count++] = (struct expected){
                .algorithm = (uint8_t)i, .anchored = anchored != NULL && anchored[i]};
}

struct verdict *verdict_new(const struct signature_frame *frame, struct findings *findings,
                            const bool anchored[256], struct err *err)
{
    struct verdict *verdict = calloc(1, sizeof *verdict);
    if (verdict == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    verdict->frame = frame;
    verdict->findings = findings;
    expect_algorithms(verdict, anchored);
    return verdict;
}

void verdict_free(struct verdict *verdict)
{
    if (verdict == NULL)
        return;
    for (unsigned i = 0; i < verdict->type_count; i++)
        pending_fini(&verdict->types[i].held);
    pending_fini(&verdict->by_time);
    free(verdict);
}

struct verdict_figures verdict_figures(const struct verdict *verdict)
{
    return verdict->figures;
}

/* ---- What must be signed (RFC 4035 section 2.2) -------------------------------------------- */

static bool must_be_signed(const struct node *node, const struct node_set *set)
{
    if (set->type == TYPE_NSEC3) /* it counts for the chain wherever it is */
        return set->count > 0;
    switch (node->place) {
    case NODE_APEX:
    case NODE_WITHIN:
    case NODE_DENIAL:
        return set->count > 0;
    case NODE_CUT:
        return set->count > 0 && (set->type == TYPE_DS || set->type == TYPE_NSEC);
    case NODE_GLUE:
    case NODE_OCCLUDED:
        break;
    }
    return false;
}

static bool say_surplus(struct verdict *verdict, const struct node *node,
                        const struct node_set *set, struct err *err)
{
    const char *what = set->count == 0 ? "there are signatures over it, and it is not there"
                       : node->place == NODE_CUT ? "it is signed, but belongs to the zone below"
                                                 : "it is signed, but is not data of this zone";
    return findings_add(verdict->findings, err, RULE_SIGNATURE_SURPLUS, node->owner, set->type,
                        "%s", what);
}

/* What makes a name one of the zone, if nothing but signatures over what is not there does: words,
 * or NULL. An NSEC3 record belongs to another name (RFC 5155 section 7.1). */
static const char *alone_text(const struct node *node)
{
    size_t there = 0;
    for (size_t i = 0; i < node->set_count; i++)
        there += node->sets[i].count > 0;
    if (node->place == NODE_DENIAL && node->set_count > there)
        return "it has signatures over what is not there, and nothing else of its own";
    return node->place == NODE_WITHIN && there == 0 && node->set_count > 0
               ? "it has signatures, and nothing else"
               : NULL;
}

bool verdict_node(struct verdict *verdict, const struct node *node, struct batch *batch,
                  struct err *err)
{
    const char *alone = alone_text(node);
    bool good = alone == NULL || findings_add(verdict->findings, err, RULE_SIGNATURE_ALONE,
                                              node->owner, 0, "%s", alone);
    for (size_t i = 0; good && i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        verdict->figures.signatures += set->signatures;
        if (must_be_signed(node, set))
            good = batch_add(batch, node, set, err);
        else if (set->signatures > 0 && alone == NULL)
            good = say_surplus(verdict, node, set, err);
        if (good && set->signatures > 0 && set->ttls_differ)
            good = findings_add(verdict->findings, err, RULE_TTLS_DIFFER_SIGNED, node->owner,
                                set->type, "its records have different TTLs, and it is signed");
    }
    return good;
}

/* ---- What is said once --------------------------------------------------------------------- */

static struct seen *find_seen(struct verdict *verdict, enum rule rule,
                              const struct signature *signature)
{
    for (unsigned i = 0; i < verdict->seen_count; i++) {
        struct seen *seen = &verdict->seen[i];
        if (seen->rule == rule && seen->state == signature->state &&
            seen->algorithm == signature->algorithm && seen->tag == signature->tag)
            return seen;
    }
    return NULL;
}

static void see(struct verdict *verdict, enum rule rule, const struct signature *signature,
                const uint8_t *owner, uint16_t type)
{
    struct seen *seen = find_seen(verdict, rule, signature);
    if (seen == NULL && verdict->seen_count == SEEN_MOST) {
        verdict->unseen++;
        return;
    }
    if (seen == NULL) {
        seen = &verdict->seen[verdict->seen_count++];
        *seen = (struct seen){.rule = rule,
                              .state = signature->state,
                              .algorithm = signature->algorithm,
                              .tag = signature->tag,
                              .type = type};
        copy_name(seen->owner, owner);
        signature_text(seen->text, signature, verdict->frame);
        if (rule == RULE_SIGNATURE_SKEW)
            words_time(seen->text, signature->inception, verdict->frame->now);
    }
    seen->count++;
}

static bool say_seen(struct verdict *verdict, const struct seen *seen, struct err *err)
{
    char algorithm[WORDS_ALGORITHM_ROOM], sets[48];
    snprintf(sets, sizeof sets, "%" PRIu64 " RRset%s", seen->count, seen->count > 1 ? "s" : "");
    if (seen->rule == RULE_SIGNATURE_SKEW)
        return findings_add(verdict->findings, err, seen->rule, seen->owner, seen->type,
                            "signatures of %s, tag %u, begin %s; at %s, this the first",
                            words_algorithm(algorithm, seen->algorithm), seen->tag, seen->text,
                            sets);
    return findings_add(verdict->findings, err, seen->rule, seen->owner, seen->type,
                        "%s; beside good ones at %s, this the first", seen->text, sets);
}

static bool say_all_seen(struct verdict *verdict, struct err *err)
{
    for (unsigned i = 0; i < verdict->seen_count; i++)
        if (!say_seen(verdict, &verdict->seen[i], err))
            return false;
    return verdict->unseen == 0 ||
           findings_add(verdict->findings, err, RULE_SIGNATURE_OLD, NULL, 0,
                        "%" PRIu64 " more signatures of other keys that do not count",
                        verdict->unseen);
}

/* ---- One signature of a set that is good --------------------------------------------------- */

static bool say_signature(struct verdict *verdict, enum rule rule, const uint8_t *owner,
                          uint16_t type, const struct signature *signature, struct err *err)
{
    char text[SIGNATURE_TEXT_ROOM];
    return findings_add(verdict->findings, err, rule, owner, type, "%s; beside a good one",
                        signature_text(text, signature, verdict->frame));
}

static bool judge_beside(struct verdict *verdict, const uint8_t *owner, uint16_t type,
                         const struct signature *signature, struct err *err)
{
    switch ((enum signature_state)signature->state) {
    case SIGNATURE_GOOD:
        if (signature->skewed)
            see(verdict, RULE_SIGNATURE_SKEW, signature, owner, type);
        return true;
    case SIGNATURE_INVALID:
    case SIGNATURE_MALFORMED:
        return say_signature(verdict, RULE_SIGNATURE_BAD, owner, type, signature, err);
    case SIGNATURE_SIGNER:
    case SIGNATURE_LABELS_LESS:
    case SIGNATURE_LABELS_MORE:
    case SIGNATURE_INVERTED:
        return say_signature(verdict, RULE_SIGNATURE_WRONG, owner, type, signature, err);
    case SIGNATURE_LATE:
    case SIGNATURE_EARLY:
    case SIGNATURE_NO_KEY:
    case SIGNATURE_KEY_NOT_ZONE:
    case SIGNATURE_KEY_REVOKED:
    case SIGNATURE_KEY_UNUSABLE:
        see(verdict, RULE_SIGNATURE_OLD, signature, owner, type);
        return true;
    case SIGNATURE_REFUSED: /* said once for the set */
    case SIGNATURE_REVOCATION:
    case SIGNATURE_UNKNOWN: /* the key was named */
    case SIGNATURE_PLAUSIBLE:
    case SIGNATURE_STATES:
        break;
    }
    return true;
}

/* Whether an algorithm signed the set, as far as can be known. */
static bool has_signed(const struct signature *signatures, size_t count, uint8_t algorithm)
{
    for (size_t i = 0; i < count; i++)
        if (signatures[i].algorithm == algorithm &&
            (signatures[i].state == SIGNATURE_GOOD || signatures[i].state == SIGNATURE_UNKNOWN))
            return true;
    return false;
}

static void judge_algorithms(struct verdict *verdict, const struct batch_set *set,
                             const uint8_t *owner, const struct signature *signatures)
{
    for (unsigned i = 0; i < verdict->expected_count; i++) {
        struct expected *expected = &verdict->expected[i];
        if (has_signed(signatures, set->signatures, expected->algorithm))
            continue;
        if (expected->missing++ == 0) {
            copy_name(expected->owner, owner);
            expected->type = set->type;
        }
    }
}

static bool say_algorithms(struct verdict *verdict, struct err *err)
{
    char algorithm[WORDS_ALGORITHM_ROOM];
    for (unsigned i = 0; i < verdict->expected_count; i++) {
        const struct expected *expected = &verdict->expected[i];
        if (expected->missing > 0 &&
            !findings_add(verdict->findings, err,
                          expected->anchored ? RULE_ALGORITHM_OF_ANCHOR : RULE_ALGORITHM_MISSING,
                          expected->owner, expected->type,
                          "%s, which a key of the zone has, did not sign %" PRIu64 " of %" PRIu64
                          " RRsets, this the first",
                          words_algorithm(algorithm, expected->algorithm), expected->missing,
                          verdict->figures.sets))
            return false;
    }
    return true;
}

/* ---- TTLs ---------------------------------------------------------------------------------- */

/* A signature of the set that was made with another TTL, and whether it stands beside a good one
 * that was made with the TTL that is there. */
static const struct signature *other_ttl(const struct batch_set *set,
                                         const struct signature *signatures, bool *beside)
{
    const struct signature *other = NULL, *other_good = NULL;
    *beside = false;
    for (size_t i = 0; i < set->signatures; i++) {
        const struct signature *signature = &signatures[i];
        bool fits = signature->original_ttl == set->ttl, good = signature->state == SIGNATURE_GOOD;
        *beside = *beside || (fits && good);
        if (fits || signature->state == SIGNATURE_MALFORMED)
            continue;
        if (other == NULL)
            other = signature;
        if (other_good == NULL && good)
            other_good = signature;
    }
    return *beside ? other_good : other; /* one that is not good has its own finding */
}

static bool judge_original_ttl(struct verdict *verdict, const struct batch_set *set,
                               const uint8_t *owner, const struct signature *signatures,
                               struct err *err)
{
    bool beside;
    const struct signature *other = other_ttl(set, signatures, &beside);
    return other == NULL ||
           findings_add(verdict->findings, err, beside ? RULE_SIGNATURE_WRONG : RULE_ORIGINAL_TTL,
                        owner, set->type,
                        "its TTL is %" PRIu32 ", and it was signed with %" PRIu32 "%s", set->ttl,
                        other->original_ttl, beside ? ", too" : "");
}

static bool judge_own_ttl(struct verdict *verdict, const struct batch_set *set,
                          const uint8_t *owner, const struct signature *signatures, struct err *err)
{
    for (size_t i = 0; i < set->signatures; i++)
        if (signatures[i].state != SIGNATURE_MALFORMED && signatures[i].ttl != set->ttl)
            return findings_add(verdict->findings, err, RULE_SIGNATURE_TTL, owner, set->type,
                                "its TTL is %" PRIu32 ", and that of a signature over it %" PRIu32,
                                set->ttl, signatures[i].ttl);
    return true;
}

/* ---- Sets without a good signature --------------------------------------------------------- */

enum { REASONS = 2, REASONS_ROOM = REASONS * (SIGNATURE_TEXT_ROOM + 2) + 32 };

/* Why none is good: of the first ones. */
static const char *reasons(const struct verdict *verdict, const struct batch_set *set,
                           const struct signature *signatures, char text[REASONS_ROOM])
{
    size_t at = 0;
    for (size_t i = 0; i < set->signatures && i < REASONS; i++) {
        char one[SIGNATURE_TEXT_ROOM];
        at += (size_t)snprintf(text + at, REASONS_ROOM - at, "%s%s", i > 0 ? "; " : "",
                               signature_text(one, &signatures[i], verdict->frame));
    }
    if (set->signatures > REASONS)
        snprintf(text + at, REASONS_ROOM - at, "; and %zu more", set->signatures - REASONS);
    return text;
}

static struct of_type *find_type(struct verdict *verdict, uint16_t type)
{
    for (unsigned i = 0; i < verdict->type_count; i++)
        if (verdict->types[i].type == type)
            return &verdict->types[i];
    if (verdict->type_count == TYPES_MOST)
        return NULL;
    struct of_type *of_type = &verdict->types[verdict->type_count++];
    of_type->type = type;
    return of_type;
}

static const char unsigned_text[] = "it is not signed";

static bool judge_unsigned(struct verdict *verdict, const struct batch_set *set,
                           const uint8_t *owner, struct err *err)
{
    struct of_type *of_type = find_type(verdict, set->type);
    if (of_type == NULL || of_type->is_signed)
        return findings_add(verdict->findings, err, RULE_RRSET_UNSIGNED, owner, set->type, "%s",
                            unsigned_text);
    if (pending_count(&of_type->held) == 0)
        copy_name(of_type->first, owner);
    return pending_add(&of_type->held, err, RULE_RRSET_UNSIGNED, owner, set->type, "%s",
                       unsigned_text);
}

static bool note_signed(struct verdict *verdict, uint16_t type, struct err *err)
{
    struct of_type *of_type = find_type(verdict, type);
    if (of_type == NULL || of_type->is_signed)
        return true;
    of_type->is_signed = true;
    return pending_say(&of_type->held, verdict->findings, err);
}

static bool say_types(struct verdict *verdict, struct err *err)
{
    struct name_string first;
    for (unsigned i = 0; i < verdict->type_count; i++) {
        struct of_type *of_type = &verdict->types[i];
        uint64_t count = pending_count(&of_type->held);
        bool good =
            count < 2
                ? pending_say(&of_type->held, verdict->findings, err)
                : findings_add(verdict->findings, err, RULE_RRSET_UNSIGNED, NULL, of_type->type,
                               "none of %" PRIu64 " RRsets is signed; the first is at %s", count,
                               name_string(&first, of_type->first));
        if (!good)
            return false;
    }
    return true;
}

static bool judge_time(struct verdict *verdict, const struct batch_set *set, const uint8_t *owner,
                       const struct signature *signatures, struct err *err)
{
    char text[REASONS_ROOM];
    enum rule rule = set->state == BATCH_LATE ? RULE_RRSET_EXPIRED : RULE_RRSET_EARLY;
    *(set->state == BATCH_LATE ? &verdict->figures.late : &verdict->figures.early) += 1;
    reasons(verdict, set, signatures, text);
    if (verdict->not_by_time)
        return findings_add(verdict->findings, err, rule, owner, set->type, "%s", text);
    return pending_add(&verdict->by_time, err, rule, owner, set->type, "%s", text);
}

static bool say_all_by_time(struct verdict *verdict, struct err *err)
{
    const struct verdict_figures *figures = &verdict->figures;
    uint32_t now = verdict->frame->now;
    char when[WORDS_TIME_ROOM], clock[WORDS_TIME_ROOM];
    words_time(clock, now, now);
    clock[sizeof "2026-11-29T12:00:00Z" - 1] = '\0';
    if (figures->late + figures->early < 2)
        return pending_say(&verdict->by_time, verdict->findings, err);
    if (figures->early == 0)
        return findings_add(verdict->findings, err, RULE_ALL_EXPIRED, NULL, 0,
                            "all %" PRIu64
                            " RRsets had expired by %s, and the time is taken to be %s: is "
                            "that right?",
                            figures->late, words_time(when, figures->latest, now), clock);
    return findings_add(verdict->findings, err, RULE_ALL_EXPIRED, NULL, 0,
                        "of all %" PRIu64 " RRsets %" PRIu64 " have expired and %" PRIu64
                        " begin in the future, and the time is taken to be %s: is that right?",
                        figures->late + figures->early, figures->late, figures->early, clock);
}

void verdict_secure(struct verdict *verdict)
{
    verdict->is_secure = true;
}

/* Whether nothing can be said of a set. */
static bool is_excused(const struct verdict *verdict, const struct batch_set *set)
{
    return set->state == BATCH_UNKNOWN && !verdict->is_secure;
}

static bool was_refused(const struct batch_set *set, const struct signature *signatures)
{
    for (size_t i = 0; i < set->signatures; i++)
        if (signatures[i].state == SIGNATURE_REFUSED)
            return true;
    return false;
}

static bool judge_not_good(struct verdict *verdict, const struct batch_set *set,
                           const uint8_t *owner, const struct signature *signatures,
                           struct err *err)
{
    char text[REASONS_ROOM];
    verdict->figures.not_good++;
    switch ((enum batch_state)set->state) {
    case BATCH_UNSIGNED:
        return judge_unsigned(verdict, set, owner, err);
    case BATCH_LATE:
    case BATCH_EARLY:
        return judge_time(verdict, set, owner, signatures, err);
    case BATCH_LARGE:
        verdict->figures.not_verified++;
        return findings_add(verdict->findings, err, RULE_RRSET_TOO_LARGE, owner, set->type,
                            "it has more than 64 KiB, and so is not verified");
    case BATCH_UNKNOWN:
    case BATCH_BAD:
    case BATCH_GOOD:
        break;
    }
    bool excused = is_excused(verdict, set);
    verdict->figures.not_verified += excused;
    return findings_add(verdict->findings, err,
                        excused ? RULE_RRSET_UNVERIFIABLE : RULE_RRSET_BOGUS, owner, set->type,
                        "%s", reasons(verdict, set, signatures, text));
}

static bool judge_good(struct verdict *verdict, const struct batch_set *set, const uint8_t *owner,
                       const struct signature *signatures, struct err *err)
{
    for (size_t i = 0; i < set->signatures; i++)
        if (!judge_beside(verdict, owner, set->type, &signatures[i], err))
            return false;
    judge_algorithms(verdict, set, owner, signatures);
    return true;
}

/* ---- Sets ---------------------------------------------------------------------------------- */

static void note_times(struct verdict *verdict, const struct batch_set *set, const uint8_t *owner,
                       const struct signature *signatures)
{
    struct verdict_figures *figures = &verdict->figures;
    uint32_t now = verdict->frame->now;
    uint32_t expiry = set->state == BATCH_GOOD ? set->expiration : now;
    if (!verdict->has_expiry ||
        signature_until(expiry, now) < signature_until(figures->first_expiry, now)) {
        figures->first_expiry = expiry;
        verdict->expiry_type = set->type;
        copy_name(verdict->expiry_owner, owner);
    }
    verdict->has_expiry = true;
    for (size_t i = 0; i < set->signatures; i++) {
        int32_t until = signature_until(signatures[i].expiration, now);
        if (signatures[i].state == SIGNATURE_MALFORMED)
            continue;
        if (!verdict->has_expiration || until < signature_until(figures->earliest, now))
            figures->earliest = signatures[i].expiration;
        if (!verdict->has_expiration || until > signature_until(figures->latest, now))
            figures->latest = signatures[i].expiration;
        verdict->has_expiration = true;
    }
}

/* Once something does not fail by time, what did is said one by one. */
static bool note_state(struct verdict *verdict, enum batch_state state, struct err *err)
{
    if (state == BATCH_LATE || state == BATCH_EARLY || state == BATCH_UNSIGNED ||
        verdict->not_by_time)
        return true;
    verdict->not_by_time = true;
    return pending_say(&verdict->by_time, verdict->findings, err);
}

static bool judge_set(struct verdict *verdict, const struct batch_set *set, const uint8_t *owner,
                      const struct signature *signatures, struct err *err)
{
    verdict->figures.sets++;
    note_times(verdict, set, owner, signatures);
    if (!note_state(verdict, (enum batch_state)set->state, err) ||
        (set->signatures > 0 && !note_signed(verdict, set->type, err)))
        return false;
    if (was_refused(set, signatures)) {
        verdict->figures.not_verified++;
        if (!findings_add(verdict->findings, err, RULE_TOO_MUCH_WORK, owner, set->type,
                          "not all of its %zu signatures were verified: at most %d attempts are "
                          "made, with at most %d keys of one tag",
                          set->signatures, SIGNATURE_ATTEMPTS, SIGNATURE_TAG_KEYS))
            return false;
    }
    bool good = set->state == BATCH_GOOD ? judge_good(verdict, set, owner, signatures, err)
                                         : judge_not_good(verdict, set, owner, signatures, err);
    return good && judge_original_ttl(verdict, set, owner, signatures, err) &&
           judge_own_ttl(verdict, set, owner, signatures, err);
}

bool verdict_batch(struct verdict *verdict, const struct batch *batch, struct err *err)
{
    const struct batch_set *set;
    for (size_t i = 0; (set = batch_set(batch, i)) != NULL; i++)
        if (!judge_set(verdict, set, batch_owner(batch, set), batch_signatures(batch, set), err))
            return false;
    return true;
}

static bool say_soon(struct verdict *verdict, struct err *err)
{
    char when[WORDS_TIME_ROOM];
    int32_t until = signature_until(verdict->figures.first_expiry, verdict->frame->now);
    return verdict->figures.not_good > 0 || until >= DAY ||
           findings_add(verdict->findings, err, RULE_EXPIRES_SOON, verdict->expiry_owner,
                        verdict->expiry_type, "it is the first to expire: %s",
                        words_time(when, verdict->figures.first_expiry, verdict->frame->now));
}

bool verdict_end(struct verdict *verdict, struct err *err)
{
    if (verdict->figures.signatures == 0)
        return findings_add(verdict->findings, err, RULE_NO_SIGNATURES, NULL, 0,
                            "the apex has DNSKEY records, and nothing is signed");
    return say_types(verdict, err) &&
           (verdict->not_by_time || verdict->figures.late + verdict->figures.early == 0 ||
            say_all_by_time(verdict, err)) &&
           say_all_seen(verdict, err) && say_algorithms(verdict, err) && say_soon(verdict, err);
}
