/* Public keys of DNSSEC, and signatures by them (RFC 3110, 5702, 6605, 8080).
 *
 * Purpose: the only place that verifies; which algorithms there are, what their keys and signatures
 * look like, which keys anyone could forge signatures of.
 * Owns: the key; a lane owns the contexts that verifying needs.
 * Borrows: octets, for the call. A key may be used by many lanes at once, a lane by one thread.
 * Never: decides whether a key may sign what it signed. */
#ifndef VERIFY_PUBKEY_H
#define VERIFY_PUBKEY_H

#include "base/err.h"

#include <stdint.h>

enum pubkey_state {
    PUBKEY_GOOD,
    PUBKEY_UNKNOWN,   /* of an algorithm that cannot be verified here */
    PUBKEY_MALFORMED, /* not a key of its algorithm */
    PUBKEY_LENGTH,    /* likewise, as its length tells */
    PUBKEY_UNFIT,     /* a key that the algorithm does not allow, or that nobody verifies with */
    PUBKEY_FORGEABLE, /* anyone can sign what it verifies */
};

struct evp_pkey_st;

/* All zero: none. */
struct pubkey {
    enum pubkey_state state;
    uint8_t algorithm;
    bool large_exponent; /* RSA: above 2^32 + 1, which some validators refuse */
    uint16_t bits;       /* RSA: of the modulus */
    const char *why;     /* where it is not good: a static phrase */
    struct evp_pkey_st *evp;
};

/* Whether signatures of an algorithm can be verified here. The answer about those with SHA-1 is
 * found by verifying a signature that is known to be good, since a system may forbid them, and so
 * may fail with ERR_MEMORY. */
bool pubkey_knows(uint8_t algorithm, bool *knows, struct err *err);

/* Reads a key, the last field of a DNSKEY record. Where pubkey_knows says no, it is
 * PUBKEY_UNKNOWN. Error: ERR_MEMORY. */
bool pubkey_init(struct pubkey *key, uint8_t algorithm, const uint8_t *octets, size_t length,
                 struct err *err);
void pubkey_fini(struct pubkey *key);

enum pubkey_verdict { PUBKEY_VALID, PUBKEY_INVALID, PUBKEY_FAILED };

/* What one thread verifies with: a context for each of `keys` keys, made when it is first needed.
 * Error: ERR_MEMORY. */
struct pubkey_lane;
struct pubkey_lane *pubkey_lane_new(size_t keys, struct err *err);
void pubkey_lane_free(struct pubkey_lane *lane);

/* Verifies a signature over the octets by a key that is good, the key with that index.
 * PUBKEY_FAILED comes with ERR_MEMORY, and says nothing of the signature. */
enum pubkey_verdict pubkey_verify(struct pubkey_lane *lane, const struct pubkey *key, size_t index,
                                  const uint8_t *octets, size_t length, const uint8_t *signature,
                                  size_t signature_length, struct err *err);

#endif
