/* dns/msg. */
#include "dns/msg.h"

#include "dns/types.h"
#include "tap.h"
#include "wire.h"

static struct wire w;

/* Parses a copy of exactly its size; the copy stays until the next call. */
static bool parse(struct msg *msg, struct err *err)
{
    static uint8_t *copy;
    free(copy);
    copy = wire_exact(w.octets, w.n);
    *err = (struct err){.kind = ERR_NONE};
    return msg_parse(msg, copy, w.n, err);
}

/* Releases the copy, for the leak check. */
static void release(void)
{
    struct msg msg;
    struct err err;
    w.n = 0;
    parse(&msg, &err);
}

static void good(struct msg *msg, const char *what)
{
    struct err err;
    ok(parse(msg, &err), "%s is parsed", what);
    is_str(err.text, "", "... without an error");
}

static void bad(enum err_kind kind, const char *what)
{
    struct msg msg;
    struct err err;
    ok(!parse(&msg, &err), "%s is refused", what);
    is_str(err_slug(err.kind), err_slug(kind), "... for the right reason (%s)", err.text);
}

static void start(unsigned questions, unsigned answers, unsigned authorities, unsigned additionals)
{
    w.n = 0;
    wire_header(&w, 0xabcd, 0x8580, questions, answers, authorities, additionals);
    if (questions == 1)
        wire_question(&w, "example.", 252, 1);
}

static void a_record(const char *owner)
{
    wire_rr_hex(&w, owner, 1, 1, 300, "c0000201");
}

static void opt(const char *owner, uint32_t ttl, const char *options)
{
    wire_rr_hex(&w, owner, 41, 1232, ttl, options);
}

static void parts(void)
{
    struct msg msg;
    start(1, 2, 1, 2);
    size_t answers = w.n;
    a_record("www@12");
    a_record("@12");
    size_t end = w.n;
    a_record("ns@12");
    opt(".", 0x12008000, "");
    size_t tsig = w.n;
    wire_rr_hex(&w, "key.", 250, 255, 0, "0011");
    good(&msg, "a message with all parts");
    is_int(msg.id, 0xabcd, "ID");
    is_int(msg.bits, 0x8580, "bits");
    is_int(msg.questions, 1, "questions");
    is_int(msg.answers, 2, "answers");
    is_int(msg.authorities, 1, "authorities");
    is_int(msg.additionals, 2, "additionals");
    is_int((int64_t)msg.length, (int64_t)w.n, "length");
    is_int((int64_t)msg.answer_at, (int64_t)answers, "the answers begin");
    is_int((int64_t)msg.answer_end, (int64_t)end, "and end");
    is_int((int64_t)msg.tsig_at, (int64_t)tsig, "TSIG");
    ok(msg.has_opt, "OPT");
    is_int(msg.opt.extended_rcode, 0x12, "extended RCODE");
    is_int(msg.opt.version, 0, "version");
    is_int(msg_rcode(&msg), 0x120, "RCODE with its extension");
    is_int(msg_opcode(&msg), 0, "opcode");
    is_int(msg.additional_others, 0, "no others");
    struct msg_record record = msg_record(w.octets, answers + 6);
    is_int(record.type, 1, "type of the first answer");
    is_int(record.class, 1, "class");
    is_int(record.ttl, 300, "TTL");
    is_int(record.rdlength, 4, "RDLENGTH");
    is_int((int64_t)record.rdata_at, (int64_t)answers + 16, "RDATA");

    start(0, 0, 0, 0);
    good(&msg, "a header alone");
    is_int((int64_t)msg.answer_at, 12, "its answers would begin behind it");
    is_int((int64_t)msg.tsig_at, 0, "no TSIG");
    ok(!msg.has_opt, "no OPT");
    w.octets[2] = 0xff;
    w.octets[3] = 0xff;
    good(&msg, "a header with all bits");
    is_int(msg_opcode(&msg), 15, "opcode 15");
    is_int(msg_rcode(&msg), 15, "RCODE 15");

    start(0, 0, 0, 1);
    opt(".", 0xff000000, "");
    w.octets[3] |= 15;
    good(&msg, "the highest RCODE");
    is_int(msg_rcode(&msg), 4095, "is 4095");

    w.n = 0;
    wire_header(&w, 1, 0x8000, 3, 0, 0, 0);
    wire_question(&w, "a.", 1, 1);
    wire_question(&w, "b@12", 1, 1);
    wire_question(&w, ".", 1, 1);
    good(&msg, "three questions");
    is_int((int64_t)msg.answer_at, (int64_t)w.n, "are passed over");

    start(1, 0, 0, 4);
    a_record("ns@12");
    a_record("ns@12");
    wire_rr_hex(&w, ".", 24, 255, 0, "0000");
    opt(".", 0, "");
    good(&msg, "other additional records");
    is_int(msg.additional_others, 2, "are counted, but not SIG(0) and OPT");
    start(1, 1, 1, 0);
    opt(".", 0, "");
    opt(".", 0, "");
    good(&msg, "OPT records in other sections");
    ok(!msg.has_opt, "are not the OPT record");
    release();
}

static void short_ones(void)
{
    for (size_t n = 0; n < 12; n++) {
        start(0, 0, 0, 0);
        w.n = n;
        bad(ERR_LEN_SHORT, "less than a header");
    }
    for (unsigned section = 0; section < 4; section++) {
        start(0, 0, 0, 0);
        wire_set_u16(&w, 4 + 2 * section, 1);
        bad(ERR_SHORT, "a count of 1 and nothing there");
        wire_set_u16(&w, 4 + 2 * section, 65535);
        bad(ERR_SHORT, "a count of 65535 and nothing there");
        wire_u8(&w, 0);
        bad(ERR_SHORT, "... and one octet");
    }
    start(1, 65535, 0, 0);
    a_record("@12");
    bad(ERR_SHORT, "a count of 65535 and one record");
    start(0, 65535, 65535, 65535);
    wire_fill(&w, 0, 65535 - 12);
    bad(ERR_SHORT, "three times 65535 and as many octets as there can be");

    for (unsigned more = 1; more <= 3; more++) {
        start(1, 1, 0, 0);
        a_record("@12");
        wire_set_u16(&w, w.n - 6, 4 + more);
        bad(ERR_SHORT, "RDLENGTH behind the end");
    }
    start(1, 1, 0, 0);
    a_record("@12");
    wire_set_u16(&w, w.n - 6, 65535);
    bad(ERR_SHORT, "RDLENGTH 65535");

    start(1, 1, 0, 0);
    a_record("@12");
    wire_u8(&w, 0);
    bad(ERR_TRAILING, "an octet behind the last record");
    start(0, 0, 0, 0);
    wire_fill(&w, 0, 65523);
    bad(ERR_TRAILING, "65523 octets behind a header");
    start(1, 1, 0, 0);
    a_record("@12");
    a_record("@12");
    bad(ERR_TRAILING, "a record more than is counted");
    start(1, 1, 0, 0);
    a_record("@12");
    wire_set_u16(&w, w.n - 6, 3);
    bad(ERR_TRAILING, "RDLENGTH too small in the last record");
    release();
}

static void names(void)
{
    for (unsigned section = 0; section < 3; section++)
        for (unsigned type = 64; type < 192; type += 42) {
            start(0, 0, 0, 0);
            wire_set_u16(&w, 6 + 2 * section, 1);
            wire_u8(&w, type);
            wire_fill(&w, 0, 40);
            bad(ERR_NAME, "an owner of unknown label type");
        }
    w.n = 0;
    wire_header(&w, 1, 0x8000, 1, 0, 0, 0);
    wire_hex(&w, "4000 00010001 0000");
    bad(ERR_NAME, "a question of unknown label type");
    release();
}

static void opts(void)
{
    struct msg msg;
    start(1, 0, 0, 2);
    opt(".", 0, "");
    opt(".", 0, "");
    bad(ERR_OPT_DUP, "two OPT records");
    start(1, 0, 0, 1);
    opt("a.", 0, "");
    bad(ERR_OPT_OWNER, "an OPT record with an owner");
    start(1, 0, 0, 1);
    opt("@12", 0, "");
    bad(ERR_OPT_OWNER, "an OPT record with a compressed owner");

    static const char *const wrong[] = {
        "00",
        "0003",
        "000300",
        "00030001",
        "0003 0002 00",
        "0003 ffff 00",
        "0003 0000 00",
        "000f 0002 0006 0003",
        "000f 0003 0006",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        start(1, 0, 0, 1);
        opt(".", 0, wrong[i]);
        bad(ERR_OPT_FORM, "an option that runs past the end");
    }
    static const char *const right[] = {
        "",          "0003 0000",    "0003 0002 6162", "0003 0000 000c 0003 000000",
        "000f 0000", "000f 0001 00", "ffff 0000",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        start(1, 0, 0, 1);
        opt(".", 0, right[i]);
        good(&msg, "options");
        is_int(msg.opt.ede_count, 0, "no extended error");
    }
    start(1, 0, 0, 1);
    opt(".", 0, "0003 0001 61 000f 0002 0012 000f 0007 fffe 68656c6c6f 000c 0001 00");
    good(&msg, "two extended errors");
    is_int(msg.opt.ede_count, 2, "are found");
    is_int(msg.opt.ede[0].code, 18, "the first code");
    is_int(msg.opt.ede[0].length, 0, "without text");
    is_int(msg.opt.ede[1].code, 65534, "the second code");
    is_mem(msg.opt.ede[1].text, msg.opt.ede[1].length, "hello", 5, "and text");
    start(1, 0, 0, 1);
    opt(".", 0,
        "000f 0002 0001 000f 0002 0002 000f 0002 0003 000f 0002 0004 000f 0002 0005 "
        "000f 0002 0006");
    good(&msg, "six extended errors");
    is_int(msg.opt.ede_count, MSG_EDE_MAX, "as many as there is room for");
    is_int(msg.opt.ede[MSG_EDE_MAX - 1].code, MSG_EDE_MAX, "the first ones");
    start(1, 0, 0, 1);
    opt(".", 0, "0003 0003 6e7331 0009 0004 00093a80");
    good(&msg, "NSID and EXPIRE");
    is_mem(msg.opt.nsid, msg.opt.nsid_length, "ns1", 3, "the NSID");
    ok(msg.opt.has_expire && msg.opt.expire == 604800, "and a week");
    start(1, 0, 0, 1);
    opt(".", 0, "0009 0003 000001");
    good(&msg, "EXPIRE of three octets");
    ok(!msg.opt.has_expire && msg.opt.nsid == NULL, "tells nothing");
    start(1, 0, 0, 1);
    opt(".", 0x00030000, "");
    good(&msg, "another version");
    is_int(msg.opt.version, 3, "is told");
    release();
}

static void tsigs(void)
{
    start(1, 1, 0, 0);
    wire_rr_hex(&w, "key.", 250, 255, 0, "");
    bad(ERR_TSIG_POS, "TSIG among the answers");
    start(1, 0, 1, 0);
    wire_rr_hex(&w, "key.", 250, 255, 0, "");
    bad(ERR_TSIG_POS, "TSIG in the authority section");
    start(1, 0, 0, 2);
    wire_rr_hex(&w, "key.", 250, 255, 0, "");
    opt(".", 0, "");
    bad(ERR_TSIG_POS, "TSIG before OPT");
    start(1, 0, 0, 2);
    wire_rr_hex(&w, "key.", 250, 255, 0, "");
    wire_rr_hex(&w, "key.", 250, 255, 0, "");
    bad(ERR_TSIG_POS, "two TSIG records");
    start(1, 0, 0, 1);
    wire_rr_hex(&w, "key.", 250, 1, 0, "");
    bad(ERR_TSIG_POS, "TSIG of class IN");
    start(1, 0, 0, 1);
    wire_rr_hex(&w, "key.", 250, 255, 1, "");
    bad(ERR_TSIG_POS, "TSIG with TTL 1");
    release();
}

/* Of 65535 octets: one record that fills it, and as many records as fit. */
static void large(void)
{
    struct msg msg;
    start(1, 1, 0, 0);
    size_t at = wire_rr(&w, "@12", 10, 1, 0);
    wire_fill(&w, 0xee, 65535 - w.n);
    wire_rdata_end(&w, at);
    good(&msg, "one record that fills a message");
    is_int((int64_t)msg.answer_end, 65535, "to the end");
    wire_u8(&w, 0);
    wire_set_u16(&w, at, (unsigned)(w.n - at - 2) - 2);
    w.n = 65535;
    bad(ERR_TRAILING, "one octet less in RDLENGTH");

    unsigned count = (65535 - 12) / 11;
    w.n = 0;
    wire_header(&w, 1, 0x8000, 0, count, 0, 0);
    for (unsigned i = 0; i < count; i++)
        wire_rr_hex(&w, ".", 10, 1, 0, "");
    good(&msg, "5956 empty records of the root");
    is_int(msg.answers, count, "all are there");
    wire_set_u16(&w, 6, count + 1);
    bad(ERR_SHORT, "... and one more that is only counted");
    wire_set_u16(&w, 6, count - 1);
    bad(ERR_TRAILING, "... and one less");
    wire_set_u16(&w, 6, count - 2);
    wire_set_u16(&w, 8, 1);
    wire_set_u16(&w, 10, 1);
    good(&msg, "the same over three sections");
    release();
}

static void cut_everywhere(void)
{
    start(1, 3, 1, 2);
    a_record("www@12");
    wire_rr_name(&w, "sub.example.", 2, 1, 300, "ns@12");
    wire_rr_hex(&w, "@12", 16, 1, 300, "0568656c6c6f");
    a_record("ns@12");
    opt(".", 0, "000f 0004 0012 6869");
    wire_rr_hex(&w, "key.", 250, 255, 0, "00112233");
    size_t whole = w.n;
    struct msg msg;
    good(&msg, "a message");
    unsigned refused = 0;
    for (size_t n = 0; n < whole; n++) {
        struct err err;
        w.n = n;
        if (parse(&msg, &err))
            continue;
        if (err.kind == (n < 12 ? ERR_LEN_SHORT : ERR_SHORT) ||
            (n >= 12 && (err.kind == ERR_NAME || err.kind == ERR_OPT_FORM)))
            refused++;
        else
            diag("cut after %zu octets: %s", n, err.text);
    }
    is_int(refused, (int64_t)whole, "cut after any octet it is none");
    w.n = whole;
    for (size_t i = 4; i < 12; i += 2) { /* each count one higher and one lower */
        unsigned count = (unsigned)(w.octets[i] << 8 | w.octets[i + 1]);
        struct err err;
        wire_set_u16(&w, i, count + 1);
        ok(!parse(&msg, &err), "count at octet %zu one too high", i);
        wire_set_u16(&w, i, count - 1);
        ok(!parse(&msg, &err), "one too low");
        wire_set_u16(&w, i, count);
    }
    release();
}

static void queries(void)
{
    static const uint8_t name[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    struct msg_question question = {
        .name = name, .name_length = sizeof name, .type = TYPE_AXFR, .class = CLASS_IN};
    uint8_t out[MSG_QUERY_MAX];
    w.n = 0;
    wire_header(&w, 0xbeef, 0, 1, 0, 0, 0);
    wire_question(&w, "example.", 252, 1);
    size_t n = msg_query(out, &question, 0xbeef, MSG_EDNS_NONE);
    is_mem(out, n, w.octets, w.n, "a query without EDNS");
    wire_set_u16(&w, 10, 1);
    wire_hex(&w, "00 0029 04d0 00000000 0000");
    n = msg_query(out, &question, 0xbeef, MSG_EDNS_BARE);
    is_mem(out, n, w.octets, w.n, "a query with EDNS");
    w.n -= 2;
    wire_hex(&w, "0008 0003 0000 0009 0000");
    n = msg_query(out, &question, 0xbeef, MSG_EDNS_ASK);
    is_mem(out, n, w.octets, w.n, "a query that asks for NSID and EXPIRE");

    question.type = TYPE_SOA;
    w.n = 0;
    wire_header(&w, 0xbeef, 0, 1, 0, 0, 1);
    wire_question(&w, "example.", 6, 1);
    wire_hex(&w, "00 0029 04d0 00008000 0000");
    n = msg_query(out, &question, 0xbeef, MSG_EDNS_BARE);
    is_mem(out, n, w.octets, w.n, "a query for the SOA asks for the signatures over it");

    question.type = TYPE_IXFR;
    question.serial = 0xfedcba98;
    w.n = 0;
    wire_header(&w, 0xbeef, 0, 1, 0, 1, 1);
    wire_question(&w, "example.", 251, 1);
    wire_hex(&w, "c00c 0006 0001 00000000 0016 00 00");
    wire_hex(&w, "fedcba98 00000000 00000000 00000000 00000000");
    wire_hex(&w, "00 0029 04d0 00000000 0000");
    n = msg_query(out, &question, 0xbeef, MSG_EDNS_BARE);
    is_mem(out, n, w.octets, w.n, "an IXFR query with the client's serial");
    question = (struct msg_question){
        .name = (const uint8_t *)"", .name_length = 1, .type = TYPE_IXFR, .class = 3};
    w.n = 0;
    wire_header(&w, 1, 0, 1, 0, 1, 0);
    wire_question(&w, ".", 251, 3);
    wire_hex(&w, "00 0006 0003 00000000 0016 00 00");
    wire_hex(&w, "00000000 00000000 00000000 00000000 00000000");
    n = msg_query(out, &question, 1, MSG_EDNS_NONE);
    is_mem(out, n, w.octets, w.n, "an IXFR query for the root, serial 0");

    uint8_t longest[255];
    for (size_t i = 0; i < 254; i++)
        longest[i] = i % 2 == 0 ? 1 : 'x';
    longest[254] = 0;
    uint8_t *exact = malloc(MSG_QUERY_MAX);
    question = (struct msg_question){.name = longest, .name_length = 255, .type = 252, .class = 3};
    n = msg_query(exact, &question, 1, MSG_EDNS_ASK);
    is_int((int64_t)n, 12 + 255 + 4 + 11 + 8, "a query for the longest name");
    question.type = 251;
    n = msg_query(exact, &question, 1, MSG_EDNS_ASK);
    is_int((int64_t)n, 12 + 255 + 4 + 34 + 11 + 8, "an IXFR query for the longest name");
    free(exact);
}

static const char *differs(const char *name, unsigned type, unsigned class)
{
    static const uint8_t asked[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    struct msg_question question = {
        .name = asked, .name_length = sizeof asked, .type = TYPE_AXFR, .class = CLASS_IN};
    struct msg msg;
    struct err err;
    w.n = 0;
    wire_header(&w, 1, 0x8000, 1, 0, 0, 0);
    wire_question(&w, name, type, class);
    if (!parse(&msg, &err))
        return "not parsed";
    return msg_question_differs(&msg, &question);
}

static void questions(void)
{
    is_str(differs("example.", 252, 1), NULL, "the same question");
    is_str(differs("eXaMPLE.", 252, 1), NULL, "in other case");
    is_str(differs("exampl.", 252, 1), "name", "another name");
    is_str(differs("a.example.", 252, 1), "name", "a longer name");
    is_str(differs(".", 252, 1), "name", "the root");
    is_str(differs("@12", 252, 1), "name", "a name that loops");
    is_str(differs("example.", 251, 1), "type", "another type");
    is_str(differs("example.", 252, 3), "class", "another class");
    release();
}

static void words(void)
{
    is_str(msg_rcode_name(5), "REFUSED", "RCODE 5");
    is_str(msg_rcode_name(9), "NOTAUTH", "RCODE 9");
    is_str(msg_rcode_name(16), "BADVERS", "RCODE 16");
    is_str(msg_rcode_name(23), "BADCOOKIE", "RCODE 23");
    ok(msg_rcode_name(11) == NULL && msg_rcode_name(24) == NULL && msg_rcode_name(4095) == NULL,
       "others have no name");
    is_str(msg_ede_name(0), "Other", "extended error 0");
    is_str(msg_ede_name(14), "Not Ready", "extended error 14");
    is_str(msg_ede_name(18), "Prohibited", "extended error 18");
    is_str(msg_ede_name(20), "Not Authoritative", "extended error 20");
    is_str(msg_ede_name(31), "Rate Limited", "extended error 31");
    is_str(msg_ede_name(32), "Over Quota", "extended error 32");
    ok(msg_ede_name(33) == NULL && msg_ede_name(65535) == NULL, "others have no name");
}

int main(void)
{
    parts();
    short_ones();
    names();
    opts();
    tsigs();
    large();
    cut_everywhere();
    queries();
    questions();
    words();
    return tap_end();
}
