/* The functions of the field kinds, and what they share. Only kinds.c and the files that define
 * them include this; everybody else goes through the table in kinds.h. */
#ifndef DNS_KINDS_ROWS_H
#define DNS_KINDS_ROWS_H

#include "dns/kinds.h"

/* How many octets of the RDATA are left. */
static inline size_t kinds_left(const struct rdata_walk *walk)
{
    return (size_t)(walk->end - walk->at);
}

enum { LOC_OCTETS = 16, IPSEC_ALGORITHM = 2 /* its octet in the RDATA of IPSECKEY */ };

/* WINS and WINSR begin with three numbers: flags, of which text knows one, and two times. */
enum { WINS_OCTETS = 12, WINS_LOCAL = 0x00010000 };

/* The SVCB parameters that every common reader knows by name (RFC 9460 section 14.3.2). */
enum svc_key { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, ECH, IPV6HINT, SVC_NAMED };

/* kinds_check.c: the strict check of each kind; see struct kind. */
#define SKIP(kind) bool kinds_skip_##kind(struct rdata_walk *walk, const struct field *field)
SKIP(names);
SKIP(counted_optional);
SKIP(strings);
SKIP(digits);
SKIP(tag);
SKIP(key);
SKIP(key_ipsec);
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
SKIP(wins);
SKIP(ip4s);
#undef SKIP

/* kinds_text.c: the text of each kind. */
#define TEXT(kind)                                                                                 \
    char *kinds_text_##kind(char *to, struct rdata_walk *walk, const struct field *field)
TEXT(u64);
TEXT(cert);
TEXT(octal);
TEXT(ip4);
TEXT(ip6);
TEXT(eui48);
TEXT(eui64);
TEXT(node);
TEXT(names);
TEXT(string);
TEXT(strings);
TEXT(tag);
TEXT(quoted);
TEXT(base64_dash);
TEXT(base64_ipsec);
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
TEXT(wins);
TEXT(ip4s);
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

/* kinds_parse.c, kinds_parse_forms.c, kinds_parse_svc.c: how each kind is read. */
#define READ(kind)                                                                                 \
    bool kinds_parse_##kind(struct rdata_input *in, const struct field *field, struct err *err)
READ(u8);
READ(u16);
READ(u32);
READ(u64);
READ(ttl);
READ(time);
READ(type);
READ(octal);
READ(ip4);
READ(ip6);
READ(eui48);
READ(eui64);
READ(node);
READ(name);
READ(names);
READ(string);
READ(string_optional);
READ(strings);
READ(digits);
READ(tag);
READ(quoted);
READ(hex);
READ(hex_counted);
READ(base32_counted);
READ(base64);
READ(base64_key);
READ(base64_dash);
READ(base64_ipsec);
READ(bitmap);
READ(nxtmap);
READ(ports);
READ(nsap);
READ(atma);
READ(loc);
READ(apl);
READ(a6);
READ(name_a6);
READ(hip);
READ(gateway);
READ(relay_type);
READ(relay);
READ(svcparams);
READ(wins);
READ(ip4s);
#undef READ

/* What they share. Functions with an err return false and set ERR_SYNTAX where they do not accept
 * the text. */

/* Says what was expected in place of the last token. Returns false. */
bool kinds_wants(const struct rdata_input *in, const char *what, struct err *err);

/* Whether there is room for n more octets. */
bool kinds_room(const struct rdata_input *in, size_t n, struct err *err);

/* Writes a number of that many octets. */
bool kinds_put(struct rdata_input *in, uint64_t value, unsigned octets, struct err *err);

/* Reads a number from the next word. */
bool kinds_number(struct rdata_input *in, uint64_t most, const char *what, uint64_t *value,
                  struct err *err);

/* Writes the name that the last token spells. */
bool kinds_name(struct rdata_input *in, struct err *err);

/* Reads the next word if there is one; *more is false at the end of the line. */
bool kinds_more(struct rdata_input *in, const char *what, bool *more, struct err *err);

/* Decodes a piece of base64. */
struct codec_base64;
bool kinds_base64_piece(struct rdata_input *in, struct codec_base64 *state, const char *text,
                        size_t n, struct err *err);

/* Reads an address from n characters. */
bool kinds_ip4(const char *text, size_t n, uint8_t to[4]);
bool kinds_ip6(const char *text, size_t n, uint8_t to[16]);

/* kinds_words.c: the number that a word of a set stands for. */
bool kinds_word(unsigned set, const char *text, size_t n, uint16_t *value);

#endif
