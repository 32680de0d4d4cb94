/*
 * signer: transaction signatures (RFC 8945) for the test server, right ones and wrong ones.
 *
 * It shares no code with the client. A series belongs to one answer: signer_series_check looks
 * at the signature of the query, then signer_series_sign gets each message of the answer in
 * turn. How a message is signed is a struct signer_way; a test changes any of it before the
 * message goes in. What a series holds lives as long as its process.
 */
#ifndef TOOLS_SIGNER_H
#define TOOLS_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIGNER_MAC_MAX = 64,
    SIGNER_RECORD_MAX = 700, /* a well-formed signature takes no more, other data aside */
    SIGNER_FORMERR = 1,
    SIGNER_BADSIG = 16,
    SIGNER_BADKEY = 17,
    SIGNER_BADTIME = 18,
    SIGNER_BADTRUNC = 22,
};

struct signer_algorithm;

struct signer_key {
    uint8_t name[256]; /* wire form, lower case */
    const struct signer_algorithm *algorithm;
    uint8_t *secret;
    size_t secret_len;
};

/* The keys of a server and its habits. */
struct signer_config {
    struct signer_key *keys;
    size_t count;
    long clock;   /* seconds that the server's clock is ahead of the right time */
    long min_mac; /* shorter MACs are answered with BADTRUNC; 0: none is */
};

/* What a TSIG record holds, names uncompressed. */
struct signer_record {
    uint8_t name[256], algorithm[256];
    uint64_t time;
    unsigned fudge, id, error;
    uint8_t mac[SIGNER_MAC_MAX];
    size_t mac_len;
    const uint8_t *other;
    size_t other_len;
};

enum signer_mac {
    SIGNER_MAC_RIGHT,
    SIGNER_MAC_FLIP,      /* the last bit is wrong */
    SIGNER_MAC_ZERO,      /* all zeros */
    SIGNER_MAC_NOPRIOR,   /* made without the MAC of the request or of the message before */
    SIGNER_MAC_REQUEST,   /* with the request's MAC where that of the message before is due */
    SIGNER_MAC_NOLENGTH,  /* the MAC before went in without its length */
    SIGNER_MAC_NOPENDING, /* the unsigned messages before this one are left out */
    SIGNER_MAC_TIMERS,    /* time and fudge alone where all variables are due */
    SIGNER_MAC_VARIABLES, /* all variables where only time and fudge are due */
    SIGNER_MAC_COUNT,     /* ARCOUNT as sent, with the TSIG record */
};
#define SIGNER_MACS "right flip zero noprior request nolength nopending timers variables count"

enum signer_name {
    SIGNER_NAME_RIGHT,
    SIGNER_NAME_OTHER,      /* another name, with a MAC that is right for it */
    SIGNER_NAME_LIE,        /* another name, with the MAC of the right one */
    SIGNER_NAME_CASE,       /* every letter in the other case */
    SIGNER_NAME_COMPRESSED, /* ends in a pointer */
};
#define SIGNER_NAMES "right other lie case compressed"

enum signer_form {
    SIGNER_FORM_RIGHT,
    SIGNER_FORM_EMPTY,     /* RDLENGTH 0 */
    SIGNER_FORM_NAME,      /* RDATA ends inside of the algorithm's name, */
    SIGNER_FORM_TIME,      /* of the time, */
    SIGNER_FORM_MAC,       /* of the MAC, */
    SIGNER_FORM_NOOTHER,   /* before the length of the other data */
    SIGNER_FORM_MACMORE,   /* the MAC's length is one too much, */
    SIGNER_FORM_MACLESS,   /* one too few, */
    SIGNER_FORM_MACHUGE,   /* 65535 */
    SIGNER_FORM_OTHERMORE, /* the same of the other data */
    SIGNER_FORM_OTHERHUGE,
    SIGNER_FORM_TRAILING, /* an octet after the other data */
    SIGNER_FORM_RDMORE,   /* RDLENGTH is one too much, */
    SIGNER_FORM_RDLESS,   /* one too few */
    SIGNER_FORM_LOOP,     /* the algorithm's name is a pointer to itself, */
    SIGNER_FORM_LABEL,    /* begins with a label of no known type */
};
#define SIGNER_FORMS                                                                               \
    "right empty name time mac noother macmore macless machuge othermore otherhuge trailing "      \
    "rdmore rdless loop label"

enum signer_place {
    SIGNER_PLACE_RIGHT,
    SIGNER_PLACE_EARLY,     /* another additional record behind it */
    SIGNER_PLACE_TWICE,     /* two of them, both right */
    SIGNER_PLACE_ANSWER,    /* counted as a record of the answer section, */
    SIGNER_PLACE_AUTHORITY, /* of the authority section */
};
#define SIGNER_PLACES "right early twice answer authority"

/* How one message is signed. Where nothing else is said, the MAC is right for what is sent. */
struct signer_way {
    bool skip; /* not at all; the next signature covers it */
    enum signer_mac mac;
    long mac_len; /* cut or filled up with zeros; negative: as long as it should be */
    enum signer_name key_name, algorithm_name;
    enum signer_form form;
    enum signer_place place;
    unsigned class; /* of the record; the MAC is made for ANY, */
    uint32_t ttl;   /* for 0 */
    long time;      /* seconds ahead of the server's clock */
    unsigned fudge, id_mask, error;
    const uint8_t *other;
    size_t other_len;
};

struct signer_series {
    const struct signer_config *config;
    const struct signer_key *key; /* NULL: nothing gets a MAC */
    bool asked;                   /* the query had a TSIG record */
    struct signer_record request;
    unsigned error;       /* what is wrong with the query's signature */
    unsigned id;          /* of the query */
    uint8_t now[6];       /* other data of BADTIME */
    uint8_t prior[65535]; /* the MAC that the next one covers */
    size_t prior_len;
    unsigned long signed_count;
    uint8_t *pending; /* the unsigned messages since the last signed one */
    size_t pending_len, pending_capacity;
};

/* Reads "[ALGORITHM:]NAME:SECRET" into a new key. False: bad text. */
bool signer_key_add(struct signer_config *config, const char *text);

/* Judges the signature of a query as RFC 8945 section 5.2 says. at is where its TSIG record
 * begins, 0 if it has none. Returns 0 or what is wrong: an error of the TSIG record or
 * SIGNER_FORMERR; the caller may put another error into the series. data stays the caller's and
 * is needed no more. */
unsigned signer_series_check(struct signer_series *s, const struct signer_config *config,
                             const uint8_t *data, size_t len, size_t at);

/* True if the answer to this query gets TSIG records. */
bool signer_series_signs(const struct signer_series *s);

/* The way that is right for the next message. */
struct signer_way signer_way_right(const struct signer_series *s);

/* Signs the next message: *data is a heap block of *len octets, which grows. False: the result
 * would be too long for a message. */
bool signer_series_sign(struct signer_series *s, const struct signer_way *way, uint8_t **data,
                        size_t *len);

#endif
