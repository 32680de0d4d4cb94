/* One signature of a zone (RFC 4034 section 3), as far as it can be judged without cryptography.
 *
 * Purpose: reads an RRSIG, and makes every test of it that costs next to nothing, since only what
 * passes them deserves a costly one.
 * Owns: nothing. Borrows: RDATA, for the call.
 * Never: verifies. */
#ifndef VERIFY_SIGNATURE_H
#define VERIFY_SIGNATURE_H

#include "verify/keys.h"

/* What came of a signature. */
enum signature_state {
    SIGNATURE_GOOD,
    SIGNATURE_REVOCATION, /* good, by a key that revokes itself by it */
    SIGNATURE_PLAUSIBLE,  /* to be verified */
    SIGNATURE_INVALID,    /* by cryptography */
    SIGNATURE_REFUSED,    /* more work than is done for one RRset */
    SIGNATURE_MALFORMED,
    SIGNATURE_SIGNER,      /* not by the zone */
    SIGNATURE_LABELS_LESS, /* of a wildcard that the owner would be made from */
    SIGNATURE_LABELS_MORE, /* than the owner has */
    SIGNATURE_INVERTED,    /* expires before it begins */
    SIGNATURE_LATE,        /* expired */
    SIGNATURE_EARLY,       /* begins later than the skew of clocks explains */
    SIGNATURE_NO_KEY,
    SIGNATURE_KEY_NOT_ZONE, /* all its keys are such */
    SIGNATURE_KEY_REVOKED,
    SIGNATURE_KEY_UNUSABLE,
    SIGNATURE_UNKNOWN, /* of an algorithm that cannot be verified */
    SIGNATURE_STATES
};

struct signature {
    uint8_t state; /* enum signature_state */
    uint8_t algorithm;
    uint16_t tag;
    uint32_t key; /* index of the key that it is by, where that is known */
    uint32_t ttl, original_ttl, expiration, inception;
    bool skewed; /* it begins after the clock's time, but within the skew */
};

enum {
    SIGNATURE_FIXED = 18,    /* octets before the signer */
    SIGNATURE_TAG_KEYS = 4,  /* keys of one tag and algorithm that are tried */
    SIGNATURE_ATTEMPTS = 16, /* that are made for one RRset */
};

/* What a signature is held against. */
struct signature_frame {
    const uint8_t *apex; /* in lower case */
    uint8_t apex_length;
    uint16_t class;
    uint32_t now, skew; /* seconds; since 1970, modulo 2^32 */
    const struct keys *keys;
};

/* Seconds from `now` until `time`, negative for what has been (RFC 4034 section 3.1.5). */
static inline int32_t signature_until(uint32_t time, uint32_t now)
{
    return (int32_t)(time - now);
}

/* Reads a signature over an RRset of an owner with so many labels. *at gets where the signature as
 * such begins in the RDATA, where that is SIGNATURE_PLAUSIBLE. */
void signature_read(struct signature *signature, const struct signature_frame *frame,
                    const uint8_t *rdata, size_t length, uint32_t ttl, uint16_t covered,
                    uint8_t labels, size_t *at);

/* Whether a key may be tried for a signature over the type. */
bool signature_may_try(const struct key *key, uint16_t covered);

/* What is wrong with it, in words: "ECDSAP256SHA256, tag 4711: expired 2026-11-01T00:00:00Z, 28 d
 * ago". Returns text. */
enum { SIGNATURE_TEXT_ROOM = 256 };
const char *signature_text(char text[SIGNATURE_TEXT_ROOM], const struct signature *signature,
                           const struct signature_frame *frame);

#endif
