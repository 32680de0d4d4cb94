/* What the rows of types.def are written in: a macro for each kind of field, and short names for
 * classes and flags.
 *
 * Purpose: whoever includes types.def says what becomes of a row (T and ALSO), of a field
 * (FIELD_OF, which all the others come down to), and of a type without fields (NONE). Owns,
 * borrows: nothing. */
#ifndef DNS_TYPES_FIELDS_H
#define DNS_TYPES_FIELDS_H

#include "dns/types.h"

/* clang-format off */
#define FIELD(name, kind, flags, least) FIELD_OF(name, kind, flags, least, NONE)
#define NAME(name, flags)  FIELD(name, NAME, flags, 0)
#define NAMES(name)        FIELD(name, NAMES, 0, 0)
#define U8(name)           FIELD(name, U8, 0, 0)
#define U8_OR(name, words) FIELD_OF(name, U8, 0, 0, words)
#define U16(name)          FIELD(name, U16, 0, 0)
#define U32(name)          FIELD(name, U32, 0, 0)
#define U64(name)          FIELD(name, U64, 0, 0)
#define ALG(name)          FIELD_OF(name, ALG, 0, 0, ALGORITHM)
#define CERT(name)         FIELD_OF(name, CERT, 0, 0, CERT)
#define TTL(name)          FIELD(name, TTL, 0, 0)
#define TIME(name)         FIELD(name, TIME, 0, 0)
#define TYPE(name)         FIELD(name, TYPE, 0, 0)
#define OCTAL(name)        FIELD(name, OCTAL, 0, 0)
#define IP4(name)          FIELD(name, IP4, 0, 0)
#define IP6(name)          FIELD(name, IP6, 0, 0)
#define EUI48(name)        FIELD(name, EUI48, 0, 0)
#define EUI64(name)        FIELD(name, EUI64, 0, 0)
#define NODE(name)         FIELD(name, NODE, 0, 0)
#define STR(name)          FIELD(name, STR, 0, 0)
#define STR_OPT(name)      FIELD(name, STR_OPT, 0, 0)
#define STRS(name)         FIELD(name, STRS, 0, 1)
#define DIGITS(name)       FIELD(name, DIGITS, 0, 4)
#define TAG(name)          FIELD(name, TAG, 0, 1)
#define QUOTED(name, n)    FIELD(name, QUOTED, 0, n)
#define HEX(name, n)       FIELD(name, HEX, 0, n)
#define HEX_L8(name)       FIELD(name, HEX_L8, 0, 0)
#define B32_L8(name)       FIELD(name, B32_L8, 0, 1)
#define B64(name, n)       FIELD(name, B64, 0, n)
#define B64_KEY(name)      FIELD(name, B64_KEY, 0, 1)
#define B64_IPSEC(name)    FIELD(name, B64_IPSEC, 0, 1)
#define B64_DASH(name)     FIELD(name, B64_DASH, 0, 0)
#define BITMAP(name, n)    FIELD(name, BITMAP, 0, n)
#define BITMAP_SET(name)   FIELD(name, BITMAP, FIELD_SET, 0)
#define NXTMAP(name)       FIELD(name, NXTMAP, 0, 0)
#define PORTS(name)        FIELD(name, PORTS, 0, 0)
#define NSAP(name)         FIELD(name, NSAP, 0, 1)
#define ATMA(name)         FIELD(name, ATMA, 0, 2)
#define LOC(name)          FIELD(name, LOC, 0, 0)
#define APL(name)          FIELD(name, APL, 0, 0)
#define A6(name)           FIELD(name, A6, 0, 0)
#define NAME_A6(name, flags) FIELD(name, NAME_A6, flags, 0)
#define HIP(name)          FIELD(name, HIP, 0, 0)
#define GATEWAY(name)      FIELD(name, GATEWAY, 0, 0)
#define RELAY_TYPE(name)   FIELD(name, RELAY_TYPE, 0, 0)
#define RELAY(name)        FIELD(name, RELAY, 0, 0)
#define SVCPARAMS(name)    FIELD(name, SVCPARAMS, 0, 0)
#define SVCPARAMS_HTTP(name) FIELD(name, SVCPARAMS, FIELD_HTTP, 0)
#define WINS(name)         FIELD(name, WINS, 0, 0)
#define IP4S(name)         FIELD(name, IP4S, 0, 0)
/* clang-format on */

enum {
    STD = FIELD_STD,
    LOWER = FIELD_LOWER,
    PORTABLE = TYPE_FLAG_PORTABLE,
    META = TYPE_FLAG_META,
    OPAQUE = TYPE_FLAG_OPAQUE,
    PRIVATE = TYPE_FLAG_PRIVATE,
    CHECKED = TYPE_FLAG_CHECKED,
    IN = CLASS_IN,
    CH = CLASS_CH,
    ANY = CLASS_ANY,
};

#endif
