/* DNS messages (RFC 1035 section 4, RFC 6891): the header, the parts, a query.
 *
 * Purpose: finds the parts of a message and proves that they lie inside it.
 * Owns: nothing.
 * Borrows: the message, for as long as a struct msg of it is used.
 * Never: allocates, prints, reads past the end of the message. */
#ifndef DNS_MSG_H
#define DNS_MSG_H

#include "base/cursor.h"
#include "base/err.h"

#include <stdint.h>

enum { MSG_HEADER = 12, MSG_RECORD_FIXED = 10, MSG_MAX = 65535 };

enum msg_bit {
    MSG_QR = 0x8000,
    MSG_OPCODE = 0x7800,
    MSG_AA = 0x0400,
    MSG_TC = 0x0200,
    MSG_RD = 0x0100,
};

enum msg_opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4 };

/* The RCODEs that the code knows by name, not only msg_rcode_name. */
enum msg_rcode {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_NOTAUTH = 9,
    RCODE_BADVERS = 16,
};

/* RFC 8914: one extended error; the text is not terminated and may be anything. */
struct msg_ede {
    uint16_t code;
    uint16_t length;
    const uint8_t *text;
};

enum { MSG_EDE_MAX = 4 };

/* What an OPT record says (RFC 6891 section 6.1). */
struct msg_opt {
    uint8_t extended_rcode; /* the upper 8 bits of 12 */
    uint8_t version;
    uint8_t ede_count;
    bool has_expire;
    uint32_t expire; /* seconds (RFC 7314) */
    uint16_t nsid_length;
    const uint8_t *nsid; /* RFC 5001: any octets, or NULL */
    struct msg_ede ede[MSG_EDE_MAX];
};

/* A message. All its records are known to lie inside it. */
struct msg {
    const uint8_t *octets;
    size_t length;
    uint16_t id, bits;
    uint16_t questions, answers, authorities, additionals;
    size_t answer_at;           /* offset of the first answer record */
    size_t answer_end;          /* offset after the last one */
    size_t tsig_at;             /* offset of a TSIG record; 0: there is none */
    uint16_t additional_others; /* additional records that are neither OPT nor TSIG nor SIG(0) */
    bool has_opt;
    struct msg_opt opt;
};

static inline unsigned msg_opcode(const struct msg *msg)
{
    return msg->bits >> 11 & 15;
}

/* The RCODE with its extension, 0 to 4095. */
static inline unsigned msg_rcode(const struct msg *msg)
{
    return (unsigned)(msg->bits & 15) | (unsigned)msg->opt.extended_rcode << 4;
}

/* Reads the header and walks over all records. Errors: ERR_LEN_SHORT, ERR_SHORT (a record runs past
 * the end), ERR_NAME (an owner), ERR_TRAILING (octets after the last record), ERR_OPT_DUP,
 * ERR_OPT_OWNER, ERR_OPT_FORM, ERR_TSIG_POS. */
bool msg_parse(struct msg *msg, const uint8_t *octets, size_t length, struct err *err);

/* The fixed part of a record, after its owner. */
struct msg_record {
    uint16_t type, class;
    uint32_t ttl;
    uint16_t rdlength;
    size_t rdata_at;
};

/* Reads what follows an owner, at octet `at` of a parsed message. Inline: every record passes
 * through it twice. */
static inline struct msg_record msg_record(const uint8_t *octets, size_t at)
{
    const uint8_t *p = octets + at;
    return (struct msg_record){
        .type = octets_u16(p),
        .class = octets_u16(p + 2),
        .ttl = octets_u32(p + 4),
        .rdlength = octets_u16(p + 8),
        .rdata_at = at + MSG_RECORD_FIXED,
    };
}

/* What a query asks. */
struct msg_question {
    const uint8_t *name;
    uint8_t name_length;
    uint16_t type, class;
    uint32_t serial; /* IXFR only: the one that the client has */
};

/* Room for a query with all that may follow it: padding and a signature. */
enum { MSG_QUERY_MAX = 2048 };

/* How a query uses EDNS: not at all, with a bare OPT record, or asking for NSID and EXPIRE too.
 * With EDNS a question for the SOA also asks for the signatures over it (DO, RFC 3225). */
enum msg_edns { MSG_EDNS_NONE, MSG_EDNS_BARE, MSG_EDNS_ASK };

/* Builds a query with the given ID into out and returns its length. RFC 5936 section 2.1: all other
 * bits and sections are zero, except that the authority of an IXFR query holds a SOA with the
 * client's serial (RFC 1995 section 3). */
size_t msg_query(uint8_t out[MSG_QUERY_MAX], const struct msg_question *question, uint16_t id,
                 enum msg_edns edns);

/* Pads a query that msg_query has built with EDNS, so that its length, with the `extra` octets that
 * will follow, is a multiple of `block` (RFC 7830, RFC 8467 section 4.1). Returns the new length; a
 * query without EDNS stays as it is. */
size_t msg_query_pad(uint8_t out[MSG_QUERY_MAX], size_t length, enum msg_edns edns, size_t block,
                     size_t extra);

/* Puts an OPT record of version 0 up to its RDLENGTH, with the upper bits of an RCODE. Returns the
 * position after it. */
uint8_t *msg_put_opt(uint8_t *p, unsigned rcode, unsigned flags);

/* Makes a parsed message refer to a copy of its octets instead. */
void msg_move(struct msg *msg, const uint8_t *octets);

/* Whether the last answer record is a SOA of that name. */
bool msg_ends_in_soa(const struct msg *msg, const uint8_t *name, size_t name_length);

/* Whether the question of a parsed message (which has one) is that of the query; otherwise says
 * in what it differs. */
const char *msg_question_differs(const struct msg *msg, const struct msg_question *question);

/* The name of an RCODE ("REFUSED") or of an extended error ("Prohibited"), or NULL. */
const char *msg_rcode_name(unsigned rcode);
const char *msg_ede_name(unsigned code);

#endif
