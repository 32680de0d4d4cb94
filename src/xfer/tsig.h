/* Transaction signatures (RFC 8945): keys, and the series of messages that one signs.
 *
 * Purpose: the only place that knows what goes into a MAC.
 * Owns: nothing on the heap.
 * Never: reads a clock (the time is a parameter), prints, or lets a secret into a message. */
#ifndef XFER_TSIG_H
#define XFER_TSIG_H

#include "dns/name.h"

enum { TSIG_SECRET_MAX = 1024, TSIG_MAC_MAX = 64 };

/* RFC 8945 section 6. */
struct tsig_algorithm {
    const char *name;    /* "hmac-sha256", as key files and messages write it */
    const char *digest;  /* OpenSSL's name of the hash */
    const char *wire;    /* the algorithm's name in wire form */
    uint8_t wire_length;
    uint8_t output;      /* octets of the whole MAC */
    uint8_t mac;         /* octets of it that are sent: fewer where the name says so */
};

struct tsig_key {
    uint8_t name[NAME_MAX_WIRE]; /* wire form, lower case */
    uint8_t name_length;
    uint8_t mac_length;     /* octets of the MAC that are sent, and the least that is accepted */
    bool algorithm_assumed; /* nobody named one */
    const struct tsig_algorithm *algorithm;
    size_t secret_length; /* 1 to TSIG_SECRET_MAX */
    uint8_t secret[TSIG_SECRET_MAX];
};

/* The algorithms, one after the other; NULL past the end. */
const struct tsig_algorithm *tsig_algorithm_row(size_t index);

/* Finds an algorithm by its name in any letter case, with or without a trailing dot; md5 and its
 * like without "hmac-", and the long name of hmac-md5, are known too. "hmac-sha256-128" is the
 * algorithm of that name (RFC 4868); BIND's meaning of the suffix is the key-file reader's business.
 * Returns NULL if there is none. */
const struct tsig_algorithm *tsig_algorithm_find(const char *name, size_t length);

#endif
