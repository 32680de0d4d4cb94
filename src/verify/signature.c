#include "verify/signature.h"

#include "base/cursor.h"
#include "dns/types.h"
#include "verify/words.h"

#include <stdio.h>
#include <string.h>

bool signature_may_try(const struct key *key, uint16_t covered)
{
    return key->state == KEY_GOOD || (key->state == KEY_REVOKED && covered == TYPE_DNSKEY);
}

/* What a signature comes to whose keys may all not be tried, by the last of them. */
static enum signature_state state_of_key(enum key_state state)
{
    switch (state) {
    case KEY_NOT_ZONE:
        return SIGNATURE_KEY_NOT_ZONE;
    case KEY_REVOKED:
        return SIGNATURE_KEY_REVOKED;
    case KEY_UNKNOWN:
        return SIGNATURE_UNKNOWN;
    case KEY_UNUSABLE:
        return SIGNATURE_KEY_UNUSABLE;
    case KEY_GOOD:
        break;
    }
    return SIGNATURE_PLAUSIBLE;
}

/* Finds a key that may be tried. */
static enum signature_state find_key(struct signature *signature,
                                     const struct signature_frame *frame, uint16_t covered)
{
    enum signature_state state = SIGNATURE_NO_KEY;
    const struct key *key;
    for (size_t at = 0;
         (key = keys_next(frame->keys, &at, signature->tag, signature->algorithm)) != NULL;) {
        signature->key = (uint32_t)(key - frame->keys->items);
        if (signature_may_try(key, covered))
            return SIGNATURE_PLAUSIBLE;
        state = state_of_key(key->state);
    }
    return state;
}

static enum signature_state judge_time(struct signature *signature,
                                       const struct signature_frame *frame)
{
    if (signature_until(signature->expiration, signature->inception) < 0)
        return SIGNATURE_INVERTED;
    if (signature_until(signature->expiration, frame->now) < 0)
        return SIGNATURE_LATE;
    int32_t until = signature_until(signature->inception, frame->now);
    signature->skewed = until > 0;
    return until > 0 && (uint32_t)until > frame->skew ? SIGNATURE_EARLY : SIGNATURE_PLAUSIBLE;
}

static enum signature_state judge(struct signature *signature, const struct signature_frame *frame,
                                  uint16_t covered)
{
    enum signature_state state = find_key(signature, frame, covered);
    return state == SIGNATURE_PLAUSIBLE ? judge_time(signature, frame) : state;
}

void signature_read(struct signature *signature, const struct signature_frame *frame,
                    const uint8_t *rdata, size_t length, uint32_t ttl, uint16_t covered,
                    uint8_t labels, size_t *at)
{
    *signature = (struct signature){.state = SIGNATURE_MALFORMED, .key = UINT32_MAX, .ttl = ttl};
    if (length <= SIGNATURE_FIXED)
        return;
    size_t signer = name_length(rdata + SIGNATURE_FIXED, length - SIGNATURE_FIXED);
    signature->algorithm = rdata[2];
    signature->original_ttl = octets_u32(rdata + 4);
    signature->expiration = octets_u32(rdata + 8);
    signature->inception = octets_u32(rdata + 12);
    signature->tag = octets_u16(rdata + 16);
    *at = SIGNATURE_FIXED + signer;
    if (signer == 0 || *at >= length)
        return;
    if (!name_equal(rdata + SIGNATURE_FIXED, signer, frame->apex, frame->apex_length))
        signature->state = SIGNATURE_SIGNER;
    else if (rdata[3] < labels)
        signature->state = SIGNATURE_LABELS_LESS;
    else if (rdata[3] > labels)
        signature->state = SIGNATURE_LABELS_MORE;
    else
        signature->state = (uint8_t)judge(signature, frame, covered);
}

/* ---- Words --------------------------------------------------------------------------------- */

static const char *const texts[SIGNATURE_STATES] = {
    [SIGNATURE_GOOD] = "good",
    [SIGNATURE_REVOCATION] = "by a key that is revoked",
    [SIGNATURE_PLAUSIBLE] = "not verified",
    [SIGNATURE_INVALID] = "does not fit the records",
    [SIGNATURE_REFUSED] = "not verified, because one RRset would need too many attempts",
    [SIGNATURE_MALFORMED] = "malformed",
    [SIGNATURE_SIGNER] = "not signed by the zone",
    [SIGNATURE_LABELS_LESS] = "has fewer labels than the name",
    [SIGNATURE_LABELS_MORE] = "has more labels than the name",
    [SIGNATURE_INVERTED] = "expires before it begins",
    [SIGNATURE_NO_KEY] = "by a key that is not in the zone",
    [SIGNATURE_KEY_NOT_ZONE] = "by a key that is not a zone key",
    [SIGNATURE_KEY_REVOKED] = "by a key that is revoked",
    [SIGNATURE_KEY_UNUSABLE] = "by a key that cannot be used",
    [SIGNATURE_UNKNOWN] = "cannot be verified here",
};

const char *signature_text(char text[SIGNATURE_TEXT_ROOM], const struct signature *signature,
                           const struct signature_frame *frame)
{
    char when[WORDS_TIME_ROOM], algorithm[WORDS_ALGORITHM_ROOM];
    words_algorithm(algorithm, signature->algorithm);
    if (signature->state == SIGNATURE_LATE)
        snprintf(text, SIGNATURE_TEXT_ROOM, "%s, tag %u: expired %s", algorithm, signature->tag,
                 words_time(when, signature->expiration, frame->now));
    else if (signature->state == SIGNATURE_EARLY)
        snprintf(text, SIGNATURE_TEXT_ROOM, "%s, tag %u: begins %s", algorithm, signature->tag,
                 words_time(when, signature->inception, frame->now));
    else
        snprintf(text, SIGNATURE_TEXT_ROOM, "%s, tag %u: %s", algorithm, signature->tag,
                 texts[signature->state]);
    return text;
}
