/* The functions of the field kinds, and what they share. Only kinds.c and the files that define
 * them include this; everybody else goes through the table in kinds.h. */
#ifndef DNS_KINDS_ROWS_H
#define DNS_KINDS_ROWS_H

#include "dns/kinds.h"

/* How much of the RDATA is left. */
static inline size_t kinds_left(const struct rdata_walk *walk)
{
    return (size_t)(walk->end - walk->at);
}

enum { LOC_OCTETS = 16 };

/* The SVCB parameters that every common reader knows by name (RFC 9460 section 14.3.2). */
enum svc_key { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, ECH, IPV6HINT, SVC_NAMED };

/* kinds_check.c: the strict check of each kind; see struct kind. */
#define SKIP(kind) bool kinds_skip_##kind(struct rdata_walk *walk, const struct field *field)
SKIP(name);
SKIP(names);
SKIP(counted);
SKIP(counted_optional);
SKIP(strings);
SKIP(digits);
SKIP(tag);
SKIP(rest);
SKIP(key);
SKIP(bitmap);
SKIP(nxtmap);
SKIP(ports);
SKIP(atma);
SKIP(loc);
SKIP(apl);
SKIP(a6);
SKIP(name_a6);
SKIP(hip);
SKIP(gateway);
SKIP(relay);
SKIP(svcparams);
#undef SKIP

/* kinds_text.c: the text of each kind. */
#define TEXT(kind) char *kinds_text_##kind(char *to, struct rdata_walk *walk, const struct field *field)
TEXT(u8);
TEXT(u16);
TEXT(u32);
TEXT(u64);
TEXT(cert);
TEXT(ttl);
TEXT(time);
TEXT(type);
TEXT(octal);
TEXT(ip4);
TEXT(ip6);
TEXT(eui48);
TEXT(eui64);
TEXT(node);
TEXT(name);
TEXT(names);
TEXT(string);
TEXT(strings);
TEXT(tag);
TEXT(quoted);
TEXT(hex);
TEXT(hex_counted);
TEXT(base32_counted);
TEXT(base64);
TEXT(base64_dash);
TEXT(bitmap);
TEXT(nxtmap);
TEXT(ports);
TEXT(nsap);
TEXT(atma);
TEXT(loc);
TEXT(apl);
TEXT(a6);
TEXT(name_a6);
TEXT(hip);
TEXT(gateway);
TEXT(relay_type);
TEXT(relay);
TEXT(svcparams);
#undef TEXT

/* kinds_json.c: the parts of each kind; see struct json_part. */
#define PARTS(kind) extern const struct json_part kinds_json_##kind[]
PARTS(number);
PARTS(numbers);
PARTS(word);
PARTS(word_optional);
PARTS(words);
PARTS(string);
PARTS(string_optional);
PARTS(strings);
PARTS(loc);
PARTS(prefixes);
PARTS(a6);
PARTS(hip);
PARTS(relay_type);
PARTS(params);
#undef PARTS

#endif
