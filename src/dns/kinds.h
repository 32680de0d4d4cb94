/* The field kinds of the schema: one row of functions for each.
 *
 * Purpose: all that is known of how one kind of RDATA field looks on the wire, as text and in JSON.
 * Owns: a constant table.
 * Borrows: the RDATA, for the call.
 * Never: allocates, prints; reads past the RDATA's end. */
#ifndef DNS_KINDS_H
#define DNS_KINDS_H

#include "base/err.h"
#include "dns/types.h"

#include <stdbool.h>

struct lexer;
struct spelling;

enum kind_id {
    KIND_U8,
    KIND_U16,
    KIND_U32,
    KIND_U64,
    KIND_ALG,
    KIND_CERT,
    KIND_TTL,
    KIND_TIME,
    KIND_TYPE,
    KIND_OCTAL,
    KIND_IP4,
    KIND_IP6,
    KIND_EUI48,
    KIND_EUI64,
    KIND_NODE,
    KIND_NAME,
    KIND_NAMES,
    KIND_STR,
    KIND_STR_OPT,
    KIND_STRS,
    KIND_DIGITS,
    KIND_TAG,
    KIND_QUOTED,
    KIND_HEX,
    KIND_HEX_L8,
    KIND_B32_L8,
    KIND_B64,
    KIND_B64_KEY,
    KIND_B64_IPSEC,
    KIND_B64_DASH,
    KIND_BITMAP,
    KIND_NXTMAP,
    KIND_PORTS,
    KIND_NSAP,
    KIND_ATMA,
    KIND_LOC,
    KIND_APL,
    KIND_A6,
    KIND_NAME_A6,
    KIND_HIP,
    KIND_GATEWAY,
    KIND_RELAY_TYPE,
    KIND_RELAY,
    KIND_SVCPARAMS,
    KIND_WINS,
    KIND_IP4S,
    KINDS
};

/* How RDATA is written as text. */
struct rdata_style {
    bool portable;         /* only what every common reader reads */
    const uint8_t *origin; /* names at or under it are written relative to it; or NULL */
    size_t origin_length;
};

/* A walk over the fields of one RDATA. A field's functions see the whole of it, so that they can
 * look back (an octet before a gateway tells its form). */
struct rdata_walk {
    const uint8_t *start, *at, *end; /* the RDATA, and the position in it */
    const struct rdata_style *style; /* text only */
    bool odd; /* text only: some common reader refuses what was written, or misreads it */

    /* To check and decompress. In a message, names may be compressed, and what is read is written
     * to `out` uncompressed. Elsewhere `message` is NULL, and a compression pointer is an error. */
    const uint8_t *message;
    struct name_memo *memo; /* of that message; straight code only */
    uint8_t *out;           /* next octet of the uncompressed RDATA, when in a message */
    const uint8_t *out_end; /* after it there is room for one more name */
    const uint8_t *mark;    /* what comes before it was written to `out` */
    unsigned pointers;      /* how many compression pointers were followed */

    const char *why;       /* why the check failed: a static phrase */
    const uint8_t *why_at; /* and where */
    bool why_name;         /* it was a domain name that failed */
};

/* What the text of RDATA does not say itself. */
struct rdata_context {
    const uint8_t *origin; /* of relative names; NULL: there is none */
    size_t origin_length;
    struct types_memo *types;  /* may be NULL */
    struct spelling *spelling; /* looks at names, or NULL */
};

/* RDATA in the making, from text. */
struct rdata_input {
    struct lexer *lexer;
    uint8_t *start, *at, *end; /* the RDATA: written up to `at`; its limit */
    const struct rdata_context *context;
};

/* How a part of a field looks in JSON. Each part is made from the words of the field's text, and
 * goes back to the same words. */
enum json_shape {
    SHAPE_END,      /* of a list of parts */
    SHAPE_NUMBER,   /* a word of digits, as a number */
    SHAPE_WORD,     /* a word, or several that make one value, as a string */
    SHAPE_STRING,   /* a quoted string, as what stands between the quotes, with its escapes */
    SHAPE_NUMBERS,  /* all that is left: an array of numbers */
    SHAPE_WORDS,    /* ... of words */
    SHAPE_STRINGS,  /* ... of quoted strings */
    SHAPE_PREFIXES, /* ... of objects, one for each [!]FAMILY:ADDRESS/PREFIX */
    SHAPE_PARAMS,   /* ... KEY or KEY=VALUE: an object with a member for each */
};

struct json_part {
    const char *name; /* of the member; NULL: as the field */
    uint8_t shape;    /* enum json_shape */
    uint8_t words;    /* of a SHAPE_WORD: how many */
    bool optional;    /* left out where the text has no word for it */
};

enum kind_name { NAME_NEVER, NAME_MAYBE, NAME_ALWAYS };

struct kind {
    const char *name; /* as --list-types shows it */
    uint8_t fixed;    /* octets, where the kind has one length and any value is good; else 0 */
    uint8_t name_is;  /* enum kind_name: whether the field is a domain name */
    /* Moves walk->at over the field. Accepts exactly what text() can express so that it reads
     * back to the same octets; otherwise sets why and why_at and returns false. */
    bool (*skip)(struct rdata_walk *walk, const struct field *field);
    /* Writes the field at walk->at, which was checked, as text and moves walk->at over it. Writes
     * nothing for a field that is absent. Sets walk->odd where some common reader does not get the
     * same octets from it. */
    char *(*text)(char *to, struct rdata_walk *walk, const struct field *field);
    /* Reads the field from the lexer's next words and writes it at in->at. What it accepts, skip()
     * accepts too. Error: ERR_SYNTAX, ERR_NO_ORIGIN; none is set where the lexer is starved. */
    bool (*parse)(struct rdata_input *in, const struct field *field, struct err *err);
    const struct json_part *json; /* the members that it makes, up to SHAPE_END */
    bool spreads; /* its text goes on to the end of the record, and may have blanks anywhere */
};

extern const struct kind kinds[KINDS];

struct rr;

/* What is done with RDATA of one type, as straight code that is made of its row in types.def and of
 * the rows above. */
struct kinds_code {
    /* Does for good RDATA what rdata_unpack does: sets rdata and rdlength. Returns how many
     * pointers were followed; or -1, and changes nothing but the memo, where anything is out of the
     * ordinary: then the walk over the fields tells what. */
    int (*unpack)(struct rr *rr, const uint8_t *message, struct name_memo *memo, uint8_t *scratch);
    /* Reads all fields from text. Returns the one that cannot be read, or NULL. Errors: those of
     * the fields. */
    const struct field *(*parse)(struct rdata_input *in, const struct field *field,
                                 struct err *err);
    /* As rdata_text. */
    char *(*text)(char *to, const struct rr *rr, const struct rdata_style *style);
    uint8_t flags; /* enum field_flag: what any of the fields has */
};

extern const struct kinds_code kinds_code[]; /* by the number of the row */

/* Writes the members of a field from its text, from `text` to `end`, with a comma after each. One
 * character of text becomes at most 16, and a member's name adds at most 32. Returns the position
 * after them. */
char *kinds_json(char *to, const struct field *field, const char *text, const char *end);

/* Writes to walk->out what was passed over since the last name of a walk in a message, so that the
 * uncompressed RDATA is complete up to walk->at. Fails as skip() does. */
bool kinds_put_pending(struct rdata_walk *walk);

#endif
