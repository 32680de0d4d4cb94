/* What is known of RR types: the rows of types.def, and how to find them.
 *
 * Purpose: lookup by code and class.
 * Owns: nothing but constant tables. Never: allocates, prints, fails. */
#ifndef DNS_TYPES_H
#define DNS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLASS_IN = 1, CLASS_CH = 3, CLASS_HS = 4, CLASS_NONE = 254, CLASS_ANY = 255 };

/* The types that the code knows by name, not only the table. */
enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_SIG = 24,
    TYPE_KEY = 25,
    TYPE_AAAA = 28,
    TYPE_NXT = 30,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_OPT = 41,
    TYPE_DS = 43,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
    TYPE_DNSKEY = 48,
    TYPE_NSEC3 = 50,
    TYPE_NSEC3PARAM = 51,
    TYPE_CDS = 59,
    TYPE_CDNSKEY = 60,
    TYPE_ZONEMD = 63,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_AXFR = 252,
    TYPE_BIND_SIGNING = 65534, /* private: where BIND keeps the state of its signing */
};

enum type_flag {
    TYPE_FLAG_PORTABLE = 1,
    TYPE_FLAG_META = 2,
    TYPE_FLAG_OPAQUE = 4,
    TYPE_FLAG_PRIVATE = 8,
    TYPE_FLAG_CHECKED = 16, /* well-formed RDATA may be wrong all the same, see dns/doubt.h */
};

enum field_flag {
    FIELD_STD = 1,   /* name that senders may compress */
    FIELD_LOWER = 2, /* name that is in lower case in canonical form */
    FIELD_SET = 4,   /* some common reader refuses the field's text where it is empty */
    FIELD_HTTP = 8,  /* SVCB parameters of HTTPS, which makes some mandatory (RFC 9460 section 8) */
};

/* Sets of words that may stand for a number in text. */
enum field_words {
    WORDS_NONE,
    WORDS_ALGORITHM,    /* of DNSSEC */
    WORDS_CERT,         /* RFC 4398 section 2.1 */
    WORDS_DIGEST,       /* of DS */
    WORDS_KEY_PROTOCOL, /* RFC 2535 section 3.1.3 */
    WORDS_IP_PROTOCOL,
    WORDS_TLSA_USAGE, /* RFC 7218 */
    WORDS_TLSA_SELECTOR,
    WORDS_TLSA_MATCHING,
    WORDS_SCHEME,  /* RFC 9859 */
    WORDS_SERVICE, /* ports */
};

struct field {
    const char *name; /* NULL ends the list */
    uint8_t kind;     /* enum kind_id */
    uint8_t flags;    /* of a name: enum field_flag */
    uint8_t least;    /* of other kinds: least number of octets */
    uint8_t words;    /* of a number: enum field_words, which words may stand for it in text */
};

enum { TYPE_FIELDS_MAX = 10, TYPE_MNEMONIC_ROOM = 16 /* a block of base/copy.h */ };

struct type_info {
    char mnemonic[TYPE_MNEMONIC_ROOM];
    uint8_t mnemonic_length;
    uint16_t code;
    uint16_t class; /* CLASS_ANY: whatever the class */
    uint8_t flags;  /* enum type_flag */
    uint8_t row;    /* its number: types_row gives it again */
    struct field fields[TYPE_FIELDS_MAX];
};

/* The row for a type in a class, or NULL where there is none. */
const struct type_info *types_find(uint16_t code, uint16_t class);

/* The rows one after the other, in the order of the codes; NULL past the end. */
const struct type_info *types_row(size_t index);

/* Writes the mnemonic (at most 10 characters), or TYPEn where there is none or, with portable_only,
 * not every common reader knows it. Returns the position after it. */
char *types_text(char *at, uint16_t code, int portable_only);

/* Reads a mnemonic, or TYPEn, of n characters in any letter case. Returns 0 if it is neither: type
 * 0 is reserved. */
uint16_t types_parse(const char *text, size_t n);

/* As types_parse, with the code apart from the result, so that TYPE0 can be read, too. */
bool types_read(const char *text, size_t n, uint16_t *code);

/* Where types_read looks for a mnemonic: a slot of its own for each, in any letter case, with the
 * multiplier that types_slots.def was made with. For whoever makes that file: the test. */
#define TYPES_MULTIPLIER 0xbfe1e9c3fc27dc09u
enum { TYPES_SLOT_BITS = 9 };
size_t types_slot(const char *text, size_t n, uint64_t multiplier);

/* A cache of codes by their text: a zone has few types. All zero to begin with. */
enum { TYPES_MEMO = 64 }; /* a power of two */
struct types_memo {
    struct {
        uint64_t key;
        uint16_t code;
    } slots[TYPES_MEMO];
};

/* As types_read, with a cache, which may be NULL. */
bool types_recall(struct types_memo *memo, const char *text, size_t n, uint16_t *code);

/* Reads a mnemonic of a class, or CLASSn, of n characters in any letter case. Every number is
 * accepted. */
bool types_class_read(const char *text, size_t n, uint16_t *class);

/* Writes IN, CH, HS or CLASSn. Returns the position after it. */
char *types_class_text(char *at, uint16_t class);

/* Reads a mnemonic of a class, or CLASSn. Returns 0 if it is not one that zone data can have. */
uint16_t types_class_parse(const char *text);

#endif
