#include "dns/msg.h"

#include "dns/name.h"
#include "dns/types.h"

#include <string.h>

enum section { ANSWER, AUTHORITY, ADDITIONAL, SECTIONS };

static const char *const section_names[SECTIONS] = {"answer record", "authority record",
                                                    "additional record"};

enum { EDNS_SIZE = 1232, ASKED_OPTIONS = 8 };
enum option { OPTION_NSID = 3, OPTION_EXPIRE = 9, OPTION_PADDING = 12, OPTION_EDE = 15 };

/* Skips a name and the `fixed` octets after it. */
static bool skip_name_and(const struct msg *msg, size_t *at, size_t fixed, const char *what,
                          unsigned number, struct err *err)
{
    size_t start = *at;
    const char *why = name_skip(msg->octets, msg->length, at);
    if (why == NULL && msg->length - *at >= fixed)
        return true;
    if (why == NULL || *at >= msg->length)
        return err_set(err, ERR_SHORT, "%s %u: the message ends inside it (octet %zu)", what,
                       number, start);
    return err_set(err, ERR_NAME, "%s %u: owner: %s (octet %zu)", what, number, why, *at);
}

static void parse_option(struct msg_opt *opt, unsigned code, const uint8_t *value, uint16_t length)
{
    switch (code) {
    case OPTION_NSID:
        opt->nsid = value;
        opt->nsid_length = length;
        break;
    case OPTION_EXPIRE:
        opt->has_expire = length == 4;
        if (opt->has_expire)
            opt->expire = octets_u32(value);
        break;
    case OPTION_EDE:
        if (length >= 2 && opt->ede_count < MSG_EDE_MAX)
            opt->ede[opt->ede_count++] = (struct msg_ede){
                .code = octets_u16(value),
                .length = (uint16_t)(length - 2),
                .text = value + 2,
            };
        break;
    default:
        break;
    }
}

static bool parse_options(struct msg_opt *opt, const uint8_t *p, size_t n, struct err *err)
{
    for (size_t at = 0; at < n;) {
        if (n - at < 4 || n - at - 4 < octets_u16(p + at + 2))
            return err_set(err, ERR_OPT_FORM, "OPT record: an option runs past its end");
        uint16_t length = octets_u16(p + at + 2);
        parse_option(opt, octets_u16(p + at), p + at + 4, length);
        at += (size_t)4 + length;
    }
    return true;
}

static bool parse_opt(struct msg *msg, size_t owner_at, const struct msg_record *record,
                      struct err *err)
{
    if (msg->has_opt)
        return err_set(err, ERR_OPT_DUP, "two OPT records");
    if (msg->octets[owner_at] != 0)
        return err_set(err, ERR_OPT_OWNER, "the owner of the OPT record is not the root");
    msg->has_opt = true;
    msg->opt.extended_rcode = (uint8_t)(record->ttl >> 24);
    msg->opt.version = (uint8_t)(record->ttl >> 16);
    return parse_options(&msg->opt, msg->octets + record->rdata_at, record->rdlength, err);
}

/* OPT, TSIG and SIG(0) belong to the message, not to the zone; this is where they may stand. */
static bool parse_additional(struct msg *msg, size_t owner_at, const struct msg_record *record,
                             bool is_last, struct err *err)
{
    switch (record->type) {
    case TYPE_OPT:
        return parse_opt(msg, owner_at, record, err);
    case TYPE_TSIG:
        if (!is_last || record->class != CLASS_ANY || record->ttl != 0)
            return err_set(err, ERR_TSIG_POS, "a TSIG record that is %s",
                           is_last ? "not of class ANY and TTL 0" : "not the last record");
        msg->tsig_at = owner_at;
        return true;
    case TYPE_SIG:
        return true;
    default:
        msg->additional_others++;
        return true;
    }
}

/* Where a record ends, or 0 if something is wrong with it or it is a TSIG record. */
static inline size_t end_of_record(const struct msg *msg, size_t at)
{
    enum { LABEL_MAX = 63, POINTER = 0xc0 };
    const uint8_t *octets = msg->octets;
    while (at < msg->length && octets[at] - 1u < LABEL_MAX)
        at += octets[at] + 1u;
    if (at >= msg->length || msg->length - at < 2 + MSG_RECORD_FIXED)
        return 0; /* or there is nothing but a record of the root that ends the message */
    if (octets[at] != 0 && octets[at] < POINTER)
        return 0;
    struct msg_record record = msg_record(octets, at + (octets[at] == 0 ? 1 : 2));
    size_t end = record.rdata_at + record.rdlength;
    return record.type != TYPE_TSIG && end <= msg->length ? end : 0;
}

/* Passes over answers up to the first that needs a closer look. Returns how many. */
static unsigned pass_answers(const struct msg *msg, size_t *at)
{
    unsigned passed = 0;
    for (size_t end; passed < msg->answers && (end = end_of_record(msg, *at)) != 0; passed++)
        *at = end;
    return passed;
}

static bool parse_section(struct msg *msg, enum section section, unsigned count, size_t *at,
                          struct err *err)
{
    const char *what = section_names[section];
    for (unsigned i = section == ANSWER ? pass_answers(msg, at) : 0; i < count; i++) {
        size_t owner_at = *at;
        if (!skip_name_and(msg, at, MSG_RECORD_FIXED, what, i + 1, err))
            return false;
        struct msg_record record = msg_record(msg->octets, *at);
        if (record.rdlength > msg->length - record.rdata_at)
            return err_set(err, ERR_SHORT,
                           "%s %u: RDLENGTH %u runs past the end of the message (octet %zu)", what,
                           i + 1, record.rdlength, *at + 8);
        *at = record.rdata_at + record.rdlength;
        if (section == ADDITIONAL && !parse_additional(msg, owner_at, &record, i + 1 == count, err))
            return false;
        if (section != ADDITIONAL && record.type == TYPE_TSIG)
            return err_set(err, ERR_TSIG_POS, "%s %u is a TSIG record", what, i + 1);
    }
    return true;
}

bool msg_parse(struct msg *msg, const uint8_t *octets, size_t length, struct err *err)
{
    *msg = (struct msg){.octets = octets, .length = length};
    if (length < MSG_HEADER)
        return err_set(err, ERR_LEN_SHORT, "a message of %zu octets, less than a header", length);
    struct cursor c = cursor_at(octets, 0, length);
    msg->id = cursor_u16(&c);
    msg->bits = cursor_u16(&c);
    msg->questions = cursor_u16(&c);
    msg->answers = cursor_u16(&c);
    msg->authorities = cursor_u16(&c);
    msg->additionals = cursor_u16(&c);
    size_t at = MSG_HEADER;
    for (unsigned i = 0; i < msg->questions; i++) {
        if (!skip_name_and(msg, &at, 4, "question", i + 1, err))
            return false;
        at += 4;
    }
    msg->answer_at = at;
    if (!parse_section(msg, ANSWER, msg->answers, &at, err))
        return false;
    msg->answer_end = at;
    if (!parse_section(msg, AUTHORITY, msg->authorities, &at, err) ||
        !parse_section(msg, ADDITIONAL, msg->additionals, &at, err))
        return false;
    if (at != length)
        return err_set(err, ERR_TRAILING, "%zu octet%s after the last record (octet %zu)",
                       length - at, length - at == 1 ? "" : "s", at);
    return true;
}

uint8_t *msg_put_opt(uint8_t *p, unsigned rcode, unsigned flags)
{
    *p++ = 0;
    p = octets_put_u16(p, TYPE_OPT);
    p = octets_put_u16(p, EDNS_SIZE);
    p = octets_put_u16(p, rcode >> 4 << 8);
    return octets_put_u16(p, flags);
}

static uint8_t *put_opt(uint8_t *p, const struct msg_question *question, enum msg_edns edns)
{
    enum { DO = 0x8000 };
    p = msg_put_opt(p, RCODE_NOERROR, question->type == TYPE_SOA ? DO : 0);
    if (edns != MSG_EDNS_ASK)
        return octets_put_u16(p, 0);
    p = octets_put_u16(p, ASKED_OPTIONS);
    p = octets_put_u16(p, OPTION_NSID);
    p = octets_put_u16(p, 0);
    p = octets_put_u16(p, OPTION_EXPIRE);
    return octets_put_u16(p, 0);
}

/* The client's SOA, of which the serial alone means something (RFC 1995 section 3). */
static uint8_t *put_client_soa(uint8_t *p, const struct msg_question *question)
{
    if (question->name_length > 1)
        p = octets_put_u16(p, 0xc000 | MSG_HEADER); /* a pointer to the question */
    else
        *p++ = 0;
    p = octets_put_u16(p, TYPE_SOA);
    p = octets_put_u16(p, question->class);
    memset(p, 0, 4); /* TTL */
    p = octets_put_u16(p + 4, 2 + 5 * 4);
    /* Two names, both the root, and five numbers, of which the first is the serial. */
    memset(p, 0, 2 + 5 * 4);
    octets_put_u16(p + 2, question->serial >> 16);
    octets_put_u16(p + 4, question->serial & 0xffff);
    return p + 2 + 5 * 4;
}

size_t msg_query(uint8_t out[MSG_QUERY_MAX], const struct msg_question *question, uint16_t id,
                 enum msg_edns edns)
{
    uint8_t *p = octets_put_u16(out, id);
    p = octets_put_u16(p, 0);
    p = octets_put_u16(p, 1);
    p = octets_put_u16(p, 0);
    p = octets_put_u16(p, question->type == TYPE_IXFR ? 1 : 0);
    p = octets_put_u16(p, edns != MSG_EDNS_NONE ? 1 : 0);
    memcpy(p, question->name, question->name_length);
    p += question->name_length;
    p = octets_put_u16(p, question->type);
    p = octets_put_u16(p, question->class);
    if (question->type == TYPE_IXFR)
        p = put_client_soa(p, question);
    if (edns != MSG_EDNS_NONE)
        p = put_opt(p, question, edns);
    return (size_t)(p - out);
}

size_t msg_query_pad(uint8_t out[MSG_QUERY_MAX], size_t length, enum msg_edns edns, size_t block,
                     size_t extra)
{
    if (edns == MSG_EDNS_NONE || block == 0)
        return length;
    size_t options = edns == MSG_EDNS_ASK ? ASKED_OPTIONS : 0;
    size_t used = (length + 4 + extra) % block, padding = used == 0 ? 0 : block - used;
    octets_put_u16(out + length - options - 2, (unsigned)(options + 4 + padding)); /* RDLENGTH */
    uint8_t *p = octets_put_u16(out + length, OPTION_PADDING);
    p = octets_put_u16(p, (unsigned)padding);
    memset(p, 0, padding);
    return length + 4 + padding;
}

void msg_move(struct msg *msg, const uint8_t *octets)
{
    const uint8_t *from = msg->octets;
    msg->octets = octets;
    if (msg->opt.nsid != NULL)
        msg->opt.nsid = octets + (msg->opt.nsid - from);
    for (unsigned i = 0; i < msg->opt.ede_count; i++)
        msg->opt.ede[i].text = octets + (msg->opt.ede[i].text - from);
}

bool msg_ends_in_soa(const struct msg *msg, const uint8_t *name, size_t name_length)
{
    uint8_t owner[NAME_MAX_WIRE], length;
    unsigned pointers = 0;
    size_t at = msg->answer_at, last = 0;
    uint16_t type = 0;
    for (unsigned i = 0; i < msg->answers; i++) {
        last = at;
        if (name_skip(msg->octets, msg->answer_end, &at) != NULL)
            return false;
        struct msg_record record = msg_record(msg->octets, at);
        type = record.type;
        at = record.rdata_at + record.rdlength;
    }
    return type == TYPE_SOA &&
           name_unpack(msg->octets, msg->answer_end, &last, owner, &length, &pointers) == NULL &&
           name_equal(owner, length, name, name_length);
}

const char *msg_question_differs(const struct msg *msg, const struct msg_question *question)
{
    uint8_t name[NAME_MAX_WIRE], length;
    unsigned pointers = 0;
    size_t at = MSG_HEADER;
    if (name_unpack(msg->octets, msg->length, &at, name, &length, &pointers) != NULL ||
        !name_equal(name, length, question->name, question->name_length))
        return "name";
    if (octets_u16(msg->octets + at) != question->type)
        return "type";
    if (octets_u16(msg->octets + at + 2) != question->class)
        return "class";
    return NULL;
}

const char *msg_rcode_name(unsigned rcode)
{
    static const char *const names[] = {
        [0] = "NOERROR",  [1] = "FORMERR",  [2] = "SERVFAIL",  [3] = "NXDOMAIN",   [4] = "NOTIMP",
        [5] = "REFUSED",  [6] = "YXDOMAIN", [7] = "YXRRSET",   [8] = "NXRRSET",    [9] = "NOTAUTH",
        [10] = "NOTZONE", [16] = "BADVERS", [17] = "BADKEY",   [18] = "BADTIME",   [19] = "BADMODE",
        [20] = "BADNAME", [21] = "BADALG",  [22] = "BADTRUNC", [23] = "BADCOOKIE",
    };
    return rcode < sizeof names / sizeof *names ? names[rcode] : NULL;
}

const char *msg_ede_name(unsigned code)
{
    static const char *const names[] = {
        "Other",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        "Blocked",
        "Censored",
        "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
        "Signature Expired before Valid",
        "Too Early",
        "Unsupported NSEC3 Iterations Value",
        "Unable to conform to policy",
        "Synthesized",
        "Invalid Query Type",
        "Rate Limited",
        "Over Quota",
    };
    return code < sizeof names / sizeof *names ? names[code] : NULL;
}
