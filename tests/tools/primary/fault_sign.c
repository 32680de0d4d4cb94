/* What is wrong with the signatures of an answer: see fault.h. */
#include "fault.h"

#include "bytes.h"
#include "options.h"
#include "tool.h"

enum { QUERY_GOOD, QUERY_BADSIG, QUERY_BADKEY, QUERY_BADTIME, QUERY_BADTRUNC };

/* What the server makes of the query's signature. */
static void do_query(struct answer *a, const struct command *c)
{
    static const unsigned errors[] = {0, SIGNER_BADSIG, SIGNER_BADKEY, SIGNER_BADTIME,
                                      SIGNER_BADTRUNC};

    if (!a->options->signer.count) {
        tool_die("query: there is no key");
    }
    a->series.error = errors[c->number];
    a->series.key = a->series.key ? a->series.key : a->options->signer.keys;
}

enum { SIGN_NEVER, SIGN_ALWAYS };

static void do_sign(struct answer *a, const struct command *c)
{
    if (c->number == SIGN_NEVER) {
        a->series.key = NULL;
        a->series.asked = false;
    } else {
        do_query(a, &(struct command){.number = QUERY_GOOD});
    }
}

static void do_unsign(struct answer *a, const struct command *c)
{
    (void)c;
    a->way.skip = true;
}

static void do_every(struct answer *a, const struct command *c)
{
    a->way.skip =
        (a->signing - 1) % (c->number ? c->number : 1) != 0 && a->signing != (long)a->message_count;
}

static void do_mac(struct answer *a, const struct command *c)
{
    a->way.mac = (enum signer_mac)c->number;
}

static void do_maclen(struct answer *a, const struct command *c)
{
    a->way.mac_len = c->number;
}

static void do_keyname(struct answer *a, const struct command *c)
{
    a->way.key_name = (enum signer_name)c->number;
}

static void do_algorithm(struct answer *a, const struct command *c)
{
    a->way.algorithm_name = (enum signer_name)c->number;
}

static void do_form(struct answer *a, const struct command *c)
{
    a->way.form = (enum signer_form)c->number;
}

static void do_place(struct answer *a, const struct command *c)
{
    a->way.place = (enum signer_place)c->number;
}

static void do_tsigclass(struct answer *a, const struct command *c)
{
    a->way.class = (unsigned)c->number;
}

static void do_tsigttl(struct answer *a, const struct command *c)
{
    a->way.ttl = (uint32_t)c->number;
}

static void do_time(struct answer *a, const struct command *c)
{
    a->way.time = c->octet;
}

static void do_fudge(struct answer *a, const struct command *c)
{
    a->way.fudge = (unsigned)c->number;
}

static void do_origid(struct answer *a, const struct command *c)
{
    a->way.id_mask = (unsigned)c->number;
}

static void do_error(struct answer *a, const struct command *c)
{
    a->way.error = (unsigned)c->number;
}

static void do_other(struct answer *a, const struct command *c)
{
    a->way.other = c->data;
    a->way.other_len = c->len;
}

static void do_strip(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c);

    if (!m->signed_at) {
        tool_die("strip %ld: the message is not signed", c->message);
    }
    m->len = m->frame = m->signed_at;
    m->signed_at = 0;
    bytes_put16(m->data + 10, bytes_get16(m->data + 10) - 1);
}

/* clang-format off */
const struct verb fault_sign_verbs[] = {
    {"query",      "w",   STAGE_QUERY,      false, do_query,      "good badsig badkey badtime badtrunc", "what the server makes of the query's signature"},
    {"sign",       "w",   STAGE_QUERY,      false, do_sign,       "never always", "answer without a signature, or with one although the query had none"},
    {"unsign",     "m",   STAGE_SIGN,       false, do_unsign,     NULL, "no signature; the next one covers this message too"},
    {"every",      "n",   STAGE_SIGN,       false, do_every,      NULL, "only the first message, each n-th after it and the last are signed"},
    {"mac",        "mw",  STAGE_SIGN,       false, do_mac,        SIGNER_MACS, "a wrong MAC: see signer.h"},
    {"maclen",     "mn",  STAGE_SIGN,       false, do_maclen,     NULL, "a MAC of so many octets, cut or filled up with zeros"},
    {"keyname",    "mw",  STAGE_SIGN,       false, do_keyname,    SIGNER_NAMES, "the key's name is written otherwise"},
    {"algorithm",  "mw",  STAGE_SIGN,       false, do_algorithm,  SIGNER_NAMES, "the algorithm's name is written otherwise"},
    {"form",       "mw",  STAGE_SIGN,       false, do_form,       SIGNER_FORMS, "a malformed TSIG record"},
    {"place",      "mw",  STAGE_SIGN,       false, do_place,      SIGNER_PLACES, "a TSIG record where none should be"},
    {"tsigclass",  "mn",  STAGE_SIGN,       false, do_tsigclass,  NULL, "a TSIG record of this class"},
    {"tsigttl",    "mn",  STAGE_SIGN,       false, do_tsigttl,    NULL, "a TSIG record with this TTL"},
    {"time",       "mo",  STAGE_SIGN,       false, do_time,       NULL, "signed so many seconds later, or earlier"},
    {"fudge",      "mn",  STAGE_SIGN,       false, do_fudge,      NULL, "this fudge"},
    {"origid",     "mn",  STAGE_SIGN,       false, do_origid,     NULL, "the original ID has these bits turned over"},
    {"error",      "mn",  STAGE_SIGN,       false, do_error,      NULL, "this error in the TSIG record"},
    {"other",      "mx",  STAGE_SIGN,       false, do_other,      NULL, "other data in the TSIG record"},
    {"strip",      "m",   STAGE_SIGNED,     false, do_strip,      NULL, "the signature is lost on the way"},
    {0},
};
/* clang-format on */
