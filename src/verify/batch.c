#include "verify/batch.h"

#include "base/cursor.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    FULL_OCTETS = 1024 * 1024,
    FULL_SETS = 1024,
    ROOM_FIRST = 64,
    PREFIX_ROOM = SIGNATURE_FIXED + NAME_MAX_WIRE, /* before the records */
    RR_FIXED = 10,                                 /* type, class, TTL, length of RDATA */
};

/* What belongs to one thread. */
struct lane {
    struct pubkey_lane *verifier;
    struct err err;
};

struct batch {
    const struct signature_frame *frame;
    struct work *work;
    const struct halt *halt;
    struct arena octets;
    struct batch_set *sets;
    struct signature *signatures;
    struct batch_candidate *candidates;
    size_t set_count, set_room, signature_count, signature_room, candidate_count, candidate_room;
    atomic_bool failed;
    unsigned lane_count;
    struct lane lanes[];
};

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}

struct batch *batch_new(const struct signature_frame *frame, struct work *work,
                        const struct halt *halt, struct err *err)
{
    unsigned lanes = work_lanes(work);
    struct batch *batch = calloc(1, sizeof *batch + lanes * sizeof *batch->lanes);
    if (batch == NULL) {
        no_memory(err);
        return NULL;
    }
    batch->frame = frame;
    batch->work = work;
    batch->halt = halt;
    batch->lane_count = lanes;
    atomic_init(&batch->failed, false);
    for (unsigned i = 0; i < lanes; i++) {
        batch->lanes[i].verifier = pubkey_lane_new(frame->keys->count, err);
        if (batch->lanes[i].verifier == NULL) {
            batch_free(batch);
            return NULL;
        }
    }
    return batch;
}

void batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    for (unsigned i = 0; i < batch->lane_count; i++)
        pubkey_lane_free(batch->lanes[i].verifier);
    arena_fini(&batch->octets);
    free(batch->sets);
    free(batch->signatures);
    free(batch->candidates);
    free(batch);
}

void batch_clear(struct batch *batch)
{
    batch->octets.length = 0;
    batch->set_count = batch->signature_count = batch->candidate_count = 0;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->set_count >= FULL_SETS || batch->octets.length >= FULL_OCTETS ||
           batch->signature_count * sizeof *batch->signatures >= FULL_OCTETS;
}

const struct batch_set *batch_set(const struct batch *batch, size_t index)
{
    return index < batch->set_count ? &batch->sets[index] : NULL;
}

const uint8_t *batch_owner(const struct batch *batch, const struct batch_set *set)
{
    return batch->octets.base + set->owner;
}

const struct signature *batch_signatures(const struct batch *batch, const struct batch_set *set)
{
    return batch->signatures + set->first;
}

/* ---- Adding -------------------------------------------------------------------------------- */

/* Room for `more` behind the `count` that there are. */
static void *grow(void *items, size_t count, size_t more, size_t *room, size_t size,
                  struct err *err)
{
    if (*room - count >= more)
        return items;
    size_t wanted = *room > 0 ? *room : ROOM_FIRST;
    while (wanted - count < more && wanted <= SIZE_MAX / 2 / size)
        wanted *= 2;
    void *moved = wanted - count >= more ? realloc(items, wanted * size) : NULL;
    if (moved == NULL) {
        no_memory(err);
        return NULL;
    }
    *room = wanted;
    return moved;
}

static bool make_room(struct batch *batch, size_t signatures, struct err *err)
{
    void *items =
        grow(batch->sets, batch->set_count, 1, &batch->set_room, sizeof *batch->sets, err);
    if (items == NULL)
        return false;
    batch->sets = items;
    items = grow(batch->signatures, batch->signature_count, signatures + 1, &batch->signature_room,
                 sizeof *batch->signatures, err);
    if (items == NULL)
        return false;
    batch->signatures = items;
    items = grow(batch->candidates, batch->candidate_count, SIGNATURE_ATTEMPTS,
                 &batch->candidate_room, sizeof *batch->candidates, err);
    if (items == NULL)
        return false;
    batch->candidates = items;
    return true;
}

static bool is_repeated(const struct node *node, size_t record, size_t first)
{
    const struct node_record *one = &node->records[record], *before = one - 1;
    return record > first && one->rdlength == before->rdlength &&
           memcmp(node_rdata(node, record), node_rdata(node, record - 1), one->rdlength) == 0;
}

/* The records as they are signed (RFC 4034 section 3.1.8.1), with room before them for what each
 * signature puts there. */
static bool add_body(struct batch *batch, struct batch_set *to, const struct node *node,
                     const struct node_set *set, struct err *err)
{
    size_t most = PREFIX_ROOM + set->count * ((size_t)node->owner_length + RR_FIXED) + set->octets;
    uint8_t *at = arena_reserve(&batch->octets, most, err);
    if (at == NULL)
        return false;
    to->body = batch->octets.length + PREFIX_ROOM;
    at += PREFIX_ROOM;
    for (size_t i = set->first; i < set->first + set->count; i++) {
        if (is_repeated(node, i, set->first))
            continue;
        memcpy(at, node->owner, node->owner_length);
        at = octets_put_u16(at + node->owner_length, set->type);
        at = octets_put_u32(octets_put_u16(at, batch->frame->class), set->ttl);
        at = octets_put_u16(at, node->records[i].rdlength);
        memcpy(at, node_rdata(node, i), node->records[i].rdlength);
        at += node->records[i].rdlength;
    }
    batch->octets.length = to->body_end = (size_t)(at - batch->octets.base);
    return true;
}

static bool add_candidate(struct batch *batch, struct batch_set *to, size_t signature,
                          const uint8_t *rdata, size_t at, size_t length, struct err *err)
{
    uint8_t *copy = arena_reserve(&batch->octets, SIGNATURE_FIXED + length - at, err);
    if (copy == NULL)
        return false;
    memcpy(copy, rdata, SIGNATURE_FIXED);
    memcpy(copy + SIGNATURE_FIXED, rdata + at, length - at);
    batch->candidates[batch->candidate_count++] = (struct batch_candidate){
        .signature = signature,
        .rdata = batch->octets.length,
        .length = (uint16_t)(SIGNATURE_FIXED + length - at),
    };
    to->candidates++;
    batch->octets.length += SIGNATURE_FIXED + length - at;
    return true;
}

static bool add_signature(struct batch *batch, struct batch_set *to, const struct node *node,
                          size_t record, struct err *err)
{
    const struct node_record *from = &node->records[record];
    const uint8_t *rdata = node_rdata(node, record);
    struct signature *signature = &batch->signatures[batch->signature_count];
    size_t at;
    signature_read(signature, batch->frame, rdata, from->rdlength, from->ttl, to->type,
                   node->labels, &at);
    if (signature->state == SIGNATURE_PLAUSIBLE && to->candidates == SIGNATURE_ATTEMPTS)
        signature->state = SIGNATURE_REFUSED;
    else if (signature->state == SIGNATURE_PLAUSIBLE && to->state != BATCH_LARGE &&
             !add_candidate(batch, to, batch->signature_count, rdata, at, from->rdlength, err))
        return false;
    batch->signature_count++;
    to->signatures++;
    return true;
}

static bool add_owner(struct batch *batch, struct batch_set *to, const struct node *node,
                      struct err *err)
{
    uint8_t *owner = arena_reserve(&batch->octets, node->owner_length, err);
    if (owner == NULL)
        return false;
    memcpy(owner, node->owner, node->owner_length);
    to->owner = batch->octets.length;
    to->owner_length = node->owner_length;
    batch->octets.length += node->owner_length;
    return true;
}

bool batch_add(struct batch *batch, const struct node *node, const struct node_set *set,
               struct err *err)
{
    struct batch_set to = {
        .type = set->type,
        .state = set->octets > BATCH_SET_MOST ? BATCH_LARGE : BATCH_UNSIGNED,
        .ttl = set->ttl,
        .first = batch->signature_count,
        .first_candidate = batch->candidate_count,
    };
    if (!make_room(batch, set->signatures, err) || !add_owner(batch, &to, node, err))
        return false;
    for (size_t i = 0; i < set->signatures; i++)
        if (!add_signature(batch, &to, node, set->first_signature + i, err))
            return false;
    if (to.candidates > 0 && !add_body(batch, &to, node, set, err))
        return false;
    batch->sets[batch->set_count++] = to;
    return true;
}

/* ---- Verifying ----------------------------------------------------------------------------- */

/* The records are signed with the TTL that the signature tells. */
static void set_ttl(struct batch *batch, const struct batch_set *set, uint32_t ttl)
{
    for (size_t at = set->body; at < set->body_end;) {
        uint8_t *fixed = batch->octets.base + at + set->owner_length;
        if (octets_u32(fixed + 4) == ttl)
            return;
        octets_put_u32(fixed + 4, ttl);
        at += set->owner_length + (size_t)RR_FIXED + octets_u16(fixed + 8);
    }
}

/* Puts before the records what is signed of the signature itself; returns where it begins. */
static const uint8_t *put_prefix(struct batch *batch, const struct batch_set *set,
                                 const uint8_t *rdata)
{
    const struct signature_frame *frame = batch->frame;
    uint8_t *at = batch->octets.base + set->body - SIGNATURE_FIXED - frame->apex_length;
    memcpy(at, rdata, SIGNATURE_FIXED);
    memcpy(at + SIGNATURE_FIXED, frame->apex, frame->apex_length);
    return at;
}

struct attempt {
    struct batch *batch;
    struct lane *lane;
    const struct batch_set *set;
    const uint8_t *octets, *signature;
    size_t length, signature_length;
};

static enum pubkey_verdict try_key(const struct attempt *attempt, const struct key *key)
{
    size_t index = (size_t)(key - attempt->batch->frame->keys->items);
    return pubkey_verify(attempt->lane->verifier, &key->public, index, attempt->octets,
                         attempt->length, attempt->signature, attempt->signature_length,
                         &attempt->lane->err);
}

/* Tries the keys that a signature may be by. */
static bool try_keys(const struct attempt *attempt, struct signature *signature, unsigned *attempts)
{
    const struct keys *keys = attempt->batch->frame->keys;
    const struct key *key;
    unsigned tried = 0;
    signature->state = SIGNATURE_INVALID;
    for (size_t at = 0;
         (key = keys_next(keys, &at, signature->tag, signature->algorithm)) != NULL;) {
        if (!signature_may_try(key, attempt->set->type))
            continue;
        if (tried++ == SIGNATURE_TAG_KEYS || *attempts == SIGNATURE_ATTEMPTS) {
            signature->state = SIGNATURE_REFUSED;
            return true;
        }
        ++*attempts;
        switch (try_key(attempt, key)) {
        case PUBKEY_FAILED:
            return false;
        case PUBKEY_INVALID:
            break;
        case PUBKEY_VALID:
            signature->key = (uint32_t)(key - keys->items);
            signature->state = key->state == KEY_REVOKED ? SIGNATURE_REVOCATION : SIGNATURE_GOOD;
            return true;
        }
    }
    return true;
}

static bool verify_set(struct batch *batch, struct lane *lane, const struct batch_set *set)
{
    unsigned attempts = 0;
    for (size_t i = 0; i < set->candidates; i++) {
        const struct batch_candidate *candidate = &batch->candidates[set->first_candidate + i];
        struct signature *signature = &batch->signatures[candidate->signature];
        const uint8_t *rdata = batch->octets.base + candidate->rdata;
        set_ttl(batch, set, signature->original_ttl);
        const uint8_t *octets = put_prefix(batch, set, rdata);
        struct attempt attempt = {
            .batch = batch,
            .lane = lane,
            .set = set,
            .octets = octets,
            .length = (size_t)(batch->octets.base + set->body_end - octets),
            .signature = rdata + SIGNATURE_FIXED,
            .signature_length = candidate->length - (size_t)SIGNATURE_FIXED,
        };
        if (halt_due(batch->halt, &lane->err) || !try_keys(&attempt, signature, &attempts))
            return false;
    }
    return true;
}

/* What the signatures of a set come to, without a good one. */
static enum batch_state sum_up(const struct signature *signatures, size_t count)
{
    bool seen[SIGNATURE_STATES] = {false};
    for (size_t i = 0; i < count; i++)
        seen[signatures[i].state] = true;
    if (count == 0)
        return BATCH_UNSIGNED;
    if (seen[SIGNATURE_UNKNOWN])
        return BATCH_UNKNOWN;
    if (seen[SIGNATURE_INVALID] || seen[SIGNATURE_REFUSED])
        return BATCH_BAD;
    if (seen[SIGNATURE_LATE])
        return BATCH_LATE;
    return seen[SIGNATURE_EARLY] ? BATCH_EARLY : BATCH_BAD;
}

static void settle(struct batch *batch, struct batch_set *set)
{
    const struct signature *signatures = batch->signatures + set->first;
    if (set->state == BATCH_LARGE)
        return;
    set->state = (uint8_t)sum_up(signatures, set->signatures);
    for (size_t i = 0; i < set->signatures; i++) {
        if (signatures[i].state != SIGNATURE_GOOD)
            continue;
        if (set->state != BATCH_GOOD ||
            signature_until(signatures[i].expiration, set->expiration) > 0)
            set->expiration = signatures[i].expiration;
        set->state = BATCH_GOOD;
    }
}

static void run_set(void *context, unsigned lane, size_t index)
{
    struct batch *batch = context;
    struct batch_set *set = &batch->sets[index];
    if (atomic_load_explicit(&batch->failed, memory_order_relaxed))
        return;
    if (verify_set(batch, &batch->lanes[lane], set))
        settle(batch, set);
    else
        atomic_store_explicit(&batch->failed, true, memory_order_relaxed);
}

bool batch_run(struct batch *batch, struct err *err)
{
    halt_works(batch->halt, HALT_VERIFIES, 0, 0);
    work_each_lane(batch->work, run_set, batch, batch->set_count);
    for (unsigned i = 0; i < batch->lane_count; i++)
        if (batch->lanes[i].err.kind != ERR_NONE)
            return err_set(err, batch->lanes[i].err.kind, "%s", batch->lanes[i].err.text);
    return true;
}
