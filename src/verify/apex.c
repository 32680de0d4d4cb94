#include "verify/apex.h"

#include "dns/types.h"
#include "verify/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAGS_ROOM = 128,
    KEY_ROOM = 48,
    CHILD_OCTETS = 8 << 20, /* of keys, with which CDS and CDNSKEY records are compared */
    CHILD_STEP = 64,        /* that a comparison costs, whatever the key */
};

/* "ED25519, tag 4711" */
static const char *key_text(char text[KEY_ROOM], uint8_t algorithm, uint16_t tag)
{
    char name[WORDS_ALGORITHM_ROOM];
    snprintf(text, KEY_ROOM, "%s, tag %u", words_algorithm(name, algorithm), tag);
    return text;
}

static bool say_key(struct apex *apex, enum rule rule, const struct key *key, const char *what,
                    struct err *err)
{
    char text[KEY_ROOM];
    return findings_add(apex->findings, err, rule, apex->frame->apex, TYPE_DNSKEY, "%s: %s",
                        key_text(text, key->algorithm, key->tag), what);
}

/* ---- Keys ---------------------------------------------------------------------------------- */

static bool judge_public(struct apex *apex, const struct key *key, struct err *err)
{
    switch (key->public.state) {
    case PUBKEY_GOOD:
        return !key->public.large_exponent ||
               say_key(apex, RULE_KEY_EXPONENT, key, "its exponent is above 2^32 + 1", err);
    case PUBKEY_UNKNOWN:
        return say_key(apex, RULE_KEY_UNKNOWN, key, key->public.why, err);
    case PUBKEY_MALFORMED:
        return say_key(apex, RULE_KEY_MALFORMED, key, key->public.why, err);
    case PUBKEY_UNFIT:
        return say_key(apex, RULE_KEY_UNFIT, key, key->public.why, err);
    case PUBKEY_LENGTH: /* the records of a name are held against such rules (verify/sanity) */
        return true;
    case PUBKEY_FORGEABLE:
        break;
    }
    return say_key(apex, RULE_KEY_FORGEABLE, key, key->public.why, err);
}

static bool is_sha1(uint8_t algorithm)
{
    return algorithm == 5 || algorithm == 7;
}

static bool judge_key(struct apex *apex, size_t index, struct err *err)
{
    const struct key *key = &apex->frame->keys->items[index];
    if (key->state == KEY_NOT_ZONE)
        return true;
    if (!judge_public(apex, key, err) ||
        (is_sha1(key->algorithm) &&
         !say_key(apex, RULE_KEY_SHA1, key, "validators give up SHA-1", err)))
        return false;
    return key->state != KEY_REVOKED || (key->flags & KEY_FLAG_SEP) == 0 ||
           apex->keys[index].revoked ||
           say_key(apex, RULE_KEY_REVOKED, key,
                   "it has the flag REVOKE, and did not sign the DNSKEY records", err);
}

static const struct batch_set *find_set(const struct batch *batch, uint16_t type)
{
    const struct batch_set *set;
    for (size_t i = 0; (set = batch_set(batch, i)) != NULL; i++)
        if (set->type == type)
            return set;
    return NULL;
}

static void note_signers(struct apex *apex, const struct batch *batch)
{
    const struct batch_set *set = find_set(batch, TYPE_DNSKEY);
    for (size_t i = 0; set != NULL && i < set->signatures; i++) {
        const struct signature *signature = &batch_signatures(batch, set)[i];
        if (signature->state == SIGNATURE_GOOD)
            apex->keys[signature->key].signed_keys = true;
        else if (signature->state == SIGNATURE_REVOCATION)
            apex->keys[signature->key].revoked = true;
    }
}

/* ---- Anchors ------------------------------------------------------------------------------- */

static enum anchor_match match(const struct apex *apex, bool is_ds, const uint8_t *rdata,
                               size_t length, size_t index, struct err *err)
{
    const struct keys *keys = apex->frame->keys;
    const struct key *key = &keys->items[index];
    return anchor_match(is_ds, rdata, length, apex->frame->apex, apex->frame->apex_length,
                        keys_rdata(keys, key), key->rdlength, err);
}

static uint8_t algorithm_of(const uint8_t *rdata, bool is_ds)
{
    return is_ds ? rdata[2] : rdata[3];
}

static uint16_t tag_of(const uint8_t *rdata, size_t length, bool is_ds)
{
    return is_ds ? (uint16_t)(rdata[0] << 8 | rdata[1]) : keys_tag(rdata, length);
}

/* What an anchor leads to. */
struct lead {
    bool matches, is_signed, revoked, unknown;
};

static bool follow(const struct apex *apex, const struct anchor *anchor, struct lead *lead,
                   struct err *err)
{
    *lead = (struct lead){.matches = false};
    for (size_t i = 0; i < apex->frame->keys->count; i++) {
        enum anchor_match found =
            match(apex, anchor->type == TYPE_DS, anchor_rdata(apex->anchors, anchor),
                  anchor->rdlength, i, err);
        if (found == ANCHOR_FAILED)
            return false;
        lead->revoked = lead->revoked || found == ANCHOR_REVOKED;
        lead->unknown = lead->unknown || found == ANCHOR_UNKNOWN;
        if (found != ANCHOR_MATCHES)
            continue;
        lead->matches = true;
        lead->is_signed = lead->is_signed || apex->keys[i].signed_keys;
        apex->keys[i].anchored = true;
    }
    return true;
}

bool apex_init(struct apex *apex, const struct signature_frame *frame,
               const struct anchors *anchors, uint64_t now, struct findings *findings,
               struct err *err)
{
    size_t count = frame->keys->count;
    const struct anchor *anchor;
    struct lead lead;
    *apex = (struct apex){.frame = frame, .anchors = anchors, .now = now, .findings = findings};
    apex->keys = calloc(count > 0 ? count : 1, sizeof *apex->keys);
    if (apex->keys == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t at = 0;
         anchors != NULL &&
         (anchor = anchor_next(anchors, &at, frame->apex, frame->apex_length, now)) != NULL;) {
        apex->anchor_count++;
        apex->algorithms[algorithm_of(anchor_rdata(anchors, anchor), anchor->type == TYPE_DS)] =
            true;
        if (!follow(apex, anchor, &lead, err))
            return false;
    }
    return true;
}

void apex_fini(struct apex *apex)
{
    free(apex->keys);
    apex->keys = NULL;
}

static bool say_lead(struct apex *apex, const struct anchor *anchor, const struct lead *lead,
                     struct err *err)
{
    const uint8_t *rdata = anchor_rdata(apex->anchors, anchor);
    bool is_ds = anchor->type == TYPE_DS;
    char text[KEY_ROOM];
    key_text(text, algorithm_of(rdata, is_ds), tag_of(rdata, anchor->rdlength, is_ds));
    if (lead->revoked)
        return findings_add(apex->findings, err, RULE_ANCHOR_REVOKED, apex->frame->apex,
                            TYPE_DNSKEY, "the key of the trust anchor %s, is revoked", text);
    if (lead->is_signed || apex->trust != TRUST_ANCHOR)
        return true;
    return findings_add(apex->findings, err, RULE_ANCHOR_IDLE, apex->frame->apex, TYPE_DNSKEY,
                        "the key of the trust anchor %s, %s", text,
                        lead->matches ? "did not sign the DNSKEY records" : "is not in the zone");
}

/* "8/20326 8/38696": the algorithms and tags of anchors, or of the keys. */
static void add_tag(char text[TAGS_ROOM], uint8_t algorithm, uint16_t tag)
{
    size_t at = strlen(text);
    if (TAGS_ROOM - at > 24)
        snprintf(text + at, TAGS_ROOM - at, "%s%u/%u", at > 0 ? " " : "", algorithm, tag);
    else if (text[at - 1] != '.')
        strcpy(text + at, " ...");
}

static bool say_no_anchor(struct apex *apex, struct err *err)
{
    char wanted[TAGS_ROOM] = "", there[TAGS_ROOM] = "";
    const struct anchor *anchor;
    for (size_t at = 0; (anchor = anchor_next(apex->anchors, &at, apex->frame->apex,
                                              apex->frame->apex_length, apex->now)) != NULL;) {
        const uint8_t *rdata = anchor_rdata(apex->anchors, anchor);
        bool is_ds = anchor->type == TYPE_DS;
        add_tag(wanted, algorithm_of(rdata, is_ds), tag_of(rdata, anchor->rdlength, is_ds));
    }
    for (size_t i = 0; i < apex->frame->keys->count; i++)
        if (apex->keys[i].signed_keys)
            add_tag(there, apex->frame->keys->items[i].algorithm, apex->frame->keys->items[i].tag);
    return findings_add(apex->findings, err, RULE_ANCHOR, apex->frame->apex, TYPE_DNSKEY,
                        "the trust anchors want a signature by %s; those that signed "
                        "are %s (algorithm/tag)",
                        wanted, there[0] != '\0' ? there : "none");
}

static bool judge_anchors(struct apex *apex, struct err *err)
{
    const struct anchor *anchor;
    struct lead lead;
    bool any_signed = false;
    for (size_t i = 0; i < apex->frame->keys->count; i++) {
        any_signed = any_signed || apex->keys[i].signed_keys;
        if (apex->keys[i].signed_keys && apex->keys[i].anchored)
            apex->trust = TRUST_ANCHOR;
    }
    if (apex->anchor_count == 0) {
        apex->trust = any_signed ? TRUST_SELF : TRUST_NOT;
        return true;
    }
    for (size_t at = 0; (anchor = anchor_next(apex->anchors, &at, apex->frame->apex,
                                              apex->frame->apex_length, apex->now)) != NULL;)
        if (!follow(apex, anchor, &lead, err) || !say_lead(apex, anchor, &lead, err))
            return false;
    return apex->trust == TRUST_ANCHOR || say_no_anchor(apex, err);
}

/* ---- What is told to the zone above (RFC 7344, RFC 8078) ----------------------------------- */

/* A key that the zone above may know. */
static bool is_known_above(const struct apex *apex, size_t index)
{
    return apex->anchor_count > 0 ? apex->keys[index].anchored : apex->keys[index].signed_keys;
}

static bool judge_child_signatures(struct apex *apex, const struct batch *batch, uint16_t type,
                                   struct err *err)
{
    const struct batch_set *set = find_set(batch, type);
    if (set == NULL || set->state != BATCH_GOOD)
        return true; /* which is said of the set */
    for (size_t i = 0; i < set->signatures; i++) {
        const struct signature *signature = &batch_signatures(batch, set)[i];
        if (signature->state == SIGNATURE_GOOD && is_known_above(apex, signature->key))
            return true;
    }
    return findings_add(apex->findings, err, RULE_CDS_SIGNATURE, apex->frame->apex, type,
                        "no key that %s has signed it",
                        apex->anchor_count > 0 ? "a trust anchor leads to"
                                               : "signed the DNSKEY records");
}

/* What a record leads to; of a digest that is not known, anything. */
static bool follow_child(const struct apex *apex, bool is_ds, const uint8_t *rdata, size_t length,
                         struct lead *lead, struct err *err)
{
    *lead = (struct lead){.matches = false};
    for (size_t i = 0; i < apex->frame->keys->count; i++) {
        enum anchor_match found = match(apex, is_ds, rdata, length, i, err);
        if (found == ANCHOR_FAILED)
            return false;
        lead->matches = lead->matches || found == ANCHOR_MATCHES || found == ANCHOR_UNKNOWN;
        lead->is_signed = lead->is_signed || found == ANCHOR_UNKNOWN ||
                          (found == ANCHOR_MATCHES && apex->keys[i].signed_keys);
    }
    return true;
}

/* How many records are compared with all keys, each of which may be 64 KiB that are hashed. */
static size_t child_records_most(const struct apex *apex)
{
    const struct keys *keys = apex->frame->keys;
    size_t octets = CHILD_STEP;
    for (size_t i = 0; i < keys->count; i++)
        octets += CHILD_STEP + keys->items[i].rdlength;
    return 1 + CHILD_OCTETS / octets;
}

static bool judge_child_records(struct apex *apex, const struct node *node,
                                const struct node_set *set, struct err *err)
{
    char text[KEY_ROOM];
    bool is_ds = set->type == TYPE_CDS, any_signed = false, deletes = false;
    size_t most = child_records_most(apex), count = set->count;
    if (count > most) {
        count = most;
        if (!findings_add(apex->findings, err, RULE_NOT_JUDGED, apex->frame->apex, set->type,
                          "only %zu of %zu records were compared with the keys", most, set->count))
            return false;
    }
    for (size_t i = set->first; i < set->first + count; i++) {
        const uint8_t *rdata = node_rdata(node, i);
        size_t length = node->records[i].rdlength;
        struct lead lead;
        if (length < 4 || algorithm_of(rdata, is_ds) == 0) {
            deletes = true;
            continue;
        }
        if (!follow_child(apex, is_ds, rdata, length, &lead, err))
            return false;
        any_signed = any_signed || lead.is_signed;
        key_text(text, algorithm_of(rdata, is_ds), tag_of(rdata, length, is_ds));
        if (!lead.matches && !findings_add(apex->findings, err, RULE_CDS_OTHER, apex->frame->apex,
                                           set->type, "the key %s, is not in the zone", text))
            return false;
    }
    if (deletes && set->count > 1)
        return findings_add(apex->findings, err, RULE_CDS_DELETE_BESIDE, apex->frame->apex,
                            set->type, "the form that deletes stands beside others");
    if (deletes)
        return findings_add(apex->findings, err, RULE_CDS_DELETE, apex->frame->apex, set->type,
                            "it asks the zone above to delete the DS records");
    return any_signed ||
           findings_add(apex->findings, err, RULE_CDS_NO_KEY, apex->frame->apex, set->type,
                        "none stands for a key that signed the DNSKEY records");
}

static bool judge_child(struct apex *apex, const struct node *node, const struct batch *batch,
                        uint16_t type, struct err *err)
{
    const struct node_set *set = node_find(node, type);
    return set == NULL || set->count == 0 ||
           (judge_child_records(apex, node, set, err) &&
            judge_child_signatures(apex, batch, type, err));
}

bool apex_judge(struct apex *apex, const struct node *node, const struct batch *batch,
                struct err *err)
{
    note_signers(apex, batch);
    for (size_t i = 0; i < apex->frame->keys->count; i++)
        if (!judge_key(apex, i, err))
            return false;
    return judge_anchors(apex, err) && judge_child(apex, node, batch, TYPE_CDS, err) &&
           judge_child(apex, node, batch, TYPE_CDNSKEY, err);
}
