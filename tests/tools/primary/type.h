/*
 * type: RR types, classes and RCODEs by their mnemonics, and of which fields RDATA consists.
 *
 * Owns nothing but its tables. Never allocates.
 */
#ifndef PRIMARY_TYPE_H
#define PRIMARY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_SOA = 6,
    TYPE_OPT = 41,
    TYPE_RRSIG = 46,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_AXFR = 252,
    CLASS_IN = 1,
    RCODE_FORMERR = 1,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_NOTAUTH = 9,
};

/* Mnemonics in any letter case, or TYPE65280 and CLASS32; text need not end in a NUL. */
bool type_parse(const char *text, size_t len, unsigned *code);
bool type_class_parse(const char *text, size_t len, unsigned *code);

/* An RCODE's mnemonic or number, up to 4095. */
bool type_rcode_parse(const char *text, long *value);

/*
 * The RDATA of a type, one letter a field: a IPv4 address, 6 IPv6 address, N name that RFC 1035
 * lets be compressed, n other name, b 8 bits, s 16 bits, l 32 bits, t time to live, x
 * hexadecimal to the end, q character strings to the end. NULL: only the form of RFC 3597 is read
 * and the octets are written as they are.
 */
const char *type_pattern(unsigned code);

/* The octets of a field of fixed size; 0 for the others. */
size_t type_field_size(char letter);

#endif
