/* Transaction signatures (RFC 8945): keys, and the series of messages that one signs, from either
 * side.
 *
 * Purpose: the only place that knows what goes into a MAC.
 * Owns: a series: the keyed state of the hash, which is cleansed when it goes.
 * Borrows: the key, for the life of a series; messages, for the call.
 * Never: reads a clock (the time is a parameter), prints, lets a secret into a text, or says that
 * a message is good before all of it was looked at. */
#ifndef XFER_TSIG_H
#define XFER_TSIG_H

#include "base/err.h"
#include "dns/msg.h"
#include "dns/name.h"

enum {
    TSIG_SECRET_MAX = 1024,
    TSIG_MAC_MAX = 64,
    TSIG_FUDGE = 300, /* seconds by which clocks may differ (RFC 8945 section 10) */
    /* The longest record: names, fixed part, time to error, MAC. */
    TSIG_RECORD_MAX = NAME_MAX_WIRE + MSG_RECORD_FIXED + 26 + 16 + TSIG_MAC_MAX,
};

/* RFC 8945 section 6. */
struct tsig_algorithm {
    const char *name;   /* "hmac-sha256", as key files and messages write it */
    const char *digest; /* OpenSSL's name of the hash */
    const char *wire;   /* the algorithm's name in wire form */
    uint8_t wire_length;
    uint8_t output; /* octets of the whole MAC */
    uint8_t mac;    /* octets of it that are sent: fewer where the name says so */
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
 * algorithm of that name (RFC 4868); BIND's meaning of the suffix is the key-file reader's
 * business. Returns NULL if there is none. */
const struct tsig_algorithm *tsig_algorithm_find(const char *name, size_t length);

/* One signed query and the messages that answer it (RFC 8945 section 5.3.1), or a signed request
 * that was received and the reply to it. */
struct tsig_series;

/* Errors: ERR_MEMORY; ERR_TSIG_ALGORITHM, if OpenSSL does not have the key's algorithm. */
struct tsig_series *tsig_series_new(const struct tsig_key *key, struct err *err);
void tsig_series_free(struct tsig_series *series);

/* How many octets tsig_sign adds: at most TSIG_RECORD_MAX. */
size_t tsig_record_length(const struct tsig_key *key);

/* Signs the query of `length` octets, a whole message that ends with its additional section, and
 * puts the record after it, where there must be room. `now` is in seconds since 1970. Returns the
 * new length, or 0 with ERR_MEMORY. */
size_t tsig_sign(struct tsig_series *series, uint8_t *message, size_t length, uint64_t now,
                 struct err *err);

/* Takes an unsigned message into what the next signature must cover. Error: ERR_MEMORY. */
bool tsig_cover(struct tsig_series *series, const uint8_t *octets, size_t length, struct err *err);

/* Verifies a message that has a TSIG record, and with it all that was covered since the one before;
 * the order of the checks is that of RFC 8945 section 5.2. Errors: ERR_TSIG_FORM, ERR_TSIG_KEY,
 * ERR_TSIG_MAC, ERR_TSIG_SHORT, ERR_TSIG_TIME, ERR_MEMORY; what the server says in the record:
 * ERR_TSIG_BADKEY, ERR_TSIG_BADSIG, ERR_TSIG_BADTIME, ERR_TSIG_BADTRUNC, ERR_TSIG_ERROR (where the
 * record has no MAC, which proves nothing, the text says so). After an error the series cannot be
 * used any more. */
bool tsig_verify(struct tsig_series *series, const struct msg *msg, uint64_t now, struct err *err);

/* ---- A request that was received ----------------------------------------------------------- */

/* What a TSIG record says of a signature (RFC 8945 section 3). */
enum tsig_error {
    TSIG_NO_ERROR,
    TSIG_BADSIG = 16,
    TSIG_BADKEY = 17,
    TSIG_BADTIME = 18,
    TSIG_BADTRUNC = 22
};

/* "BADSIG" and so on; NULL for another number. */
const char *tsig_error_name(unsigned error);

/* A TSIG record. Its octets are the message's. */
struct tsig_record {
    uint8_t name[NAME_MAX_WIRE], algorithm[NAME_MAX_WIRE]; /* as written */
    uint8_t name_length, algorithm_length;
    uint64_t time; /* 48 bits */
    uint16_t fudge, mac_length, id, error, other_length;
    const uint8_t *mac, *other;
};

/* Reads the TSIG record of a parsed message that has one. Returns what is wrong with its form, or
 * NULL. */
const char *tsig_read(struct tsig_record *record, const struct msg *msg);

/* Whether the record names this key and its algorithm. */
bool tsig_is_key(const struct tsig_key *key, const struct tsig_record *record);

/* Begins a series by a request whose record names its key: verifies it, in the order of RFC 8945
 * section 5.2. Errors: ERR_TSIG_FORM, ERR_TSIG_MAC; ERR_TSIG_TIME, ERR_TSIG_SHORT, after which the
 * reply is to be signed all the same; ERR_MEMORY. */
bool tsig_verify_request(struct tsig_series *series, const struct msg *msg,
                         const struct tsig_record *record, uint64_t now, struct err *err);

/* The most that tsig_reply adds: two names of any length, time and other data, the MAC. */
enum { TSIG_REPLY_MAX = 2 * NAME_MAX_WIRE + MSG_RECORD_FIXED + 16 + 6 + TSIG_MAC_MAX };

/* Puts the record that replies to that of a request after the reply of `length` octets, which ends
 * with its additional section, and where there must be room. With the series that began with the
 * request it has a MAC, as long as the key asks for and not shorter than the request's; without one
 * (NULL: BADKEY, BADSIG) it has none (RFC 8945 section 5.3.2). Returns the new length, or 0 with
 * ERR_MEMORY. */
size_t tsig_reply(struct tsig_series *series, const struct tsig_record *request,
                  enum tsig_error error, uint8_t *message, size_t length, uint64_t now,
                  struct err *err);

#endif
