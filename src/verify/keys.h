/* The keys of a zone: its DNSKEY RRset, read once (RFC 4034 section 2).
 *
 * Purpose: which key a signature may be by.
 * Owns: a copy of the RRset, and the keys that were made of it. Nothing changes after keys_new, so
 * that any thread may look.
 * Borrows: the records, during keys_new.
 * Never: trusts a key; that is for who compares it with an anchor. */
#ifndef VERIFY_KEYS_H
#define VERIFY_KEYS_H

#include "base/arena.h"
#include "verify/node.h"
#include "verify/pubkey.h"

enum { KEY_FLAG_ZONE = 0x0100, KEY_FLAG_REVOKE = 0x0080, KEY_FLAG_SEP = 0x0001 };

/* What a key may sign. */
enum key_state {
    KEY_GOOD,
    KEY_NOT_ZONE, /* no key of a zone: its flag, or its protocol (RFC 4034 section 2.1) */
    KEY_REVOKED,  /* only the set that it is in, which proves that (RFC 5011 section 2.1) */
    KEY_UNKNOWN,  /* its algorithm cannot be verified here */
    KEY_UNUSABLE, /* malformed, unfit or forgeable: see `public` */
};

struct key {
    enum key_state state;
    uint16_t tag, flags;
    uint8_t protocol, algorithm;
    struct pubkey public;
    size_t rdata; /* where it is in the octets */
    uint16_t rdlength;
};

struct keys {
    struct arena octets;
    struct key *items; /* in canonical order */
    size_t count;
    size_t *order; /* of the items: by tag and algorithm */
};

/* Reads the DNSKEY set of the node; no set: no keys. Keys too short to have an algorithm are left
 * out. Error: ERR_MEMORY. */
struct keys *keys_new(const struct node *node, const struct node_set *set, struct err *err);
void keys_free(struct keys *keys);

/* The next key with that tag and algorithm, or NULL; *at is 0 to begin with. */
const struct key *keys_next(const struct keys *keys, size_t *at, uint16_t tag, uint8_t algorithm);

static inline const uint8_t *keys_rdata(const struct keys *keys, const struct key *key)
{
    return keys->octets.base + key->rdata;
}

/* The tag of DNSKEY RDATA of at least 4 octets (RFC 4034 appendix B). */
uint16_t keys_tag(const uint8_t *rdata, size_t length);

#endif
