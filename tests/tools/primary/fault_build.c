/* What is wrong with one message from the beginning, while it is built: see fault.h. */
#include "fault.h"

#include "name.h"
#include "query.h"
#include "source.h"
#include "tool.h"
#include "type.h"

static void do_question(struct answer *a, const struct command *c)
{
    a->question = (enum question_mode)c->number;
}

static void do_authority(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, "authority", TYPE_A);

    (void)c;
    build_record(&a->build, &r);
    a->build.authority++;
}

static void do_additional(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, "additional", TYPE_A);

    (void)c;
    build_record(&a->build, &r);
    a->build.additional++;
}

static void do_badquestion(struct answer *a, const struct command *c)
{
    a->question = QUESTION_BROKEN;
    a->shape = (enum shape)c->number;
}

/* An opaque record that the shape can lean on. Returns where its RDATA is; 0: the shape needs
 * none. */
static size_t put_support(struct answer *a, enum shape shape)
{
    struct build *b = &a->build;
    size_t rdata_at;

    if (!shape_needs_support(shape)) {
        return 0;
    }
    build_name(b, a->source->apex, true);
    build_fixed(b, 65400, a->source->class, 3600, 0);
    rdata_at = b->message.len;
    shape_put_support(&b->message, shape);
    build_set_length(b, rdata_at);
    b->answers++;
    return rdata_at;
}

static void do_badowner(struct answer *a, const struct command *c)
{
    struct build *b = &a->build;
    size_t support = put_support(a, (enum shape)c->number);

    shape_put(&b->message, (enum shape)c->number, support);
    b->answers++;
    if (c->number != SHAPE_CUT) { /* that one ends the message */
        build_fixed(b, TYPE_A, a->source->class, 3600, 4);
        bytes_add(&b->message, "\300\0\2\1", 4);
    }
}

static void do_badrdata(struct answer *a, const struct command *c)
{
    struct build *b = &a->build;
    size_t support = put_support(a, (enum shape)c->number), rdata_at;

    build_name(b, a->source->apex, true);
    build_fixed(b, TYPE_NS, a->source->class, 3600, 0);
    rdata_at = b->message.len;
    shape_put(&b->message, (enum shape)c->number, support);
    build_set_length(b, rdata_at);
    b->answers++;
}

/* Well-formed RDATA of a type, without compression. */
static void put_sample(struct bytes *message, const struct command *c)
{
    const char *pattern = type_pattern((unsigned)c->number);

    if (!pattern) {
        tool_die("%s: no pattern for type %ld", c->verb->name, c->number);
    }
    for (; *pattern; pattern++) {
        if (*pattern == 'N' || *pattern == 'n') {
            bytes_add(message, "\2ns\7example", 12); /* with the NUL: the root */
        } else if (*pattern == 'q' || *pattern == 'x') {
            bytes_add(message, "\5hello", 6);
        } else {
            bytes_add(message, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", type_field_size(*pattern));
        }
    }
}

/* RDATA that is longer or shorter than it should be, and RDLENGTH agrees; or only RDLENGTH is. */
static void sized_record(struct answer *a, const struct command *c, bool resize_rdata)
{
    struct build *b = &a->build;
    size_t at;

    build_name(b, a->source->apex, true);
    build_fixed(b, (unsigned)c->number, a->source->class, 3600, 0);
    at = b->message.len;
    put_sample(&b->message, c);
    bytes_put16(b->message.data + at - 2, (unsigned)((long)(b->message.len - at) + c->octet));
    for (long i = 0; resize_rdata && i < c->octet; i++) {
        bytes_u8(&b->message, 0xa5);
    }
    if (resize_rdata && c->octet < 0) {
        b->message.len -= (size_t)-c->octet;
    }
    b->answers++;
}

static void do_resize(struct answer *a, const struct command *c)
{
    sized_record(a, c, true);
}

static void do_rdlength(struct answer *a, const struct command *c)
{
    sized_record(a, c, false);
}

enum { OPT_TWICE, OPT_OWNER, OPT_FORM };

static void do_opt(struct answer *a, const struct command *c)
{
    struct build *b = &a->build;

    for (int i = 0; i < (c->number == OPT_TWICE ? 2 : 1); i++) {
        bytes_add(&b->message, "\3opt", c->number == OPT_OWNER ? 5 : 0);
        bytes_u8(&b->message, 0);
        b->message.len -= c->number == OPT_OWNER ? 1 : 0; /* that text brought its root label */
        build_fixed(b, TYPE_OPT, 1232, 0, c->number == OPT_FORM ? 4 : 0);
        if (c->number == OPT_FORM) { /* an option that says it has nine octets */
            bytes_add(&b->message, "\0\3\0\11", 4);
        }
        b->additional++;
    }
}

enum { TSIG_LAST, TSIG_EARLY, TSIG_ANSWER, TSIG_AUTHORITY, TSIG_CLASS, TSIG_TTL };

/* A TSIG record of key k. (RFC 8945 section 4.2) that signs nothing. */
static void do_tsig(struct answer *a, const struct command *c)
{
    static const uint8_t mac[32];
    struct build *b = &a->build;

    bytes_add(&b->message, "\1k", 3);
    build_fixed(b, TYPE_TSIG, c->number == TSIG_CLASS ? 1 : 255, c->number == TSIG_TTL, 61);
    bytes_add(&b->message, "\13hmac-sha256", 13);
    bytes_add(&b->message, "\0\0\0\0\0\0\1\54\0\40", 10); /* time, fudge 300, a MAC of 32 octets */
    bytes_add(&b->message, mac, sizeof mac);
    bytes_u16(&b->message, a->query->id);
    bytes_u32(&b->message, 0);
    if (c->number == TSIG_ANSWER || c->number == TSIG_AUTHORITY) {
        if (b->additional || (b->authority && c->number == TSIG_ANSWER)) {
            tool_die("tsig %ld: the section before is closed", c->message);
        }
        b->answers += c->number == TSIG_ANSWER;
        b->authority += c->number == TSIG_AUTHORITY;
        return;
    }
    b->additional++;
    if (c->number == TSIG_EARLY) {
        do_additional(a, c);
    }
}

/* clang-format off */
const struct verb fault_build_verbs[] = {
    {"question",   "mw",  STAGE_QUESTION,   true,  do_question,   "name type class count", "a question with another name, type or class, or two of them"},
    {"badquestion", "mw", STAGE_QUESTION,   true,  do_badquestion, SHAPES, "a question whose name is none: pointers, label types, too long, cut"},
    {"badowner",   "mw",  STAGE_AUTHORITY,  true,  do_badowner,   SHAPES, "a last record in the answers with such an owner"},
    {"badrdata",   "mw",  STAGE_AUTHORITY,  true,  do_badrdata,   SHAPES, "a last record in the answers, a NS with such a name in its RDATA"},
    {"resize",     "mto", STAGE_AUTHORITY,  true,  do_resize,     NULL, "a last record in the answers, of this type, whose RDATA has so many octets too much"},
    {"rdlength",   "mto", STAGE_AUTHORITY,  true,  do_rdlength,   NULL, "the same, but RDLENGTH alone says so"},
    {"authority",  "m",   STAGE_AUTHORITY,  true,  do_authority,  NULL, "a record in the authority section"},
    {"additional", "m",   STAGE_ADDITIONAL, true,  do_additional, NULL, "a record in the additional section"},
    {"opt",        "mw",  STAGE_ADDITIONAL, true,  do_opt,        "twice owner form", "two OPT records, one whose owner is not the root, one that is malformed"},
    {"tsig",       "mw",  STAGE_ADDITIONAL, true,  do_tsig,       "last early answer authority class ttl", "a TSIG record: where it belongs, not last, in another section, or with a wrong class or TTL"},
    {0},
};
/* clang-format on */
