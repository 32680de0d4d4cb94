/* xfer/exchange and xfer/xfr: scripts of messages, each with what must come of it. */
#include "dns/types.h"
#include "xfer/exchange.h"
#include "xfer/xfr.h"

#include "tap.h"
#include "wire.h"

enum { ID = 0x1d2e, ANSWER = 0x8400, RECORDS_MAX = 100000 };

static const uint8_t apex[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

/* ---- Scripts ------------------------------------------------------------------------------- */

/* The messages of one script, one behind the other. */
static struct wire stream;
static size_t starts[20000];
static unsigned count;

/* Where the sections of the current message begin, for wrong counts. */
static size_t header(void)
{
    return starts[count - 1];
}

static void bump(unsigned section)
{
    size_t at = header() + 4 + 2 * section;
    wire_set_u16(&stream, at, (stream.octets[at] * 256u + stream.octets[at + 1] + 1) & 65535);
}

static void begin(void)
{
    stream.n = 0;
    count = 0;
}

/* A further message. Pointers in the stream are relative to it: octets are moved to a message of
 * their own before they are parsed. */
static void message_bits(unsigned bits)
{
    starts[count++] = stream.n;
    wire_header(&stream, ID, bits, 0, 0, 0, 0);
}

static void later_message(void)
{
    message_bits(ANSWER);
}

static void ask(const char *name, unsigned type, unsigned class)
{
    wire_question(&stream, name, type, class);
    bump(0);
}

static void first_message(void)
{
    message_bits(ANSWER);
    ask("example.", 252, 1);
}

static void soa(void)
{
    wire_soa(&stream, "example.", 1, "ns.example.", "admin.example.", 7);
    bump(1);
}

static void a(const char *owner)
{
    wire_rr_hex(&stream, owner, 1, 1, 300, "c0000201");
    bump(1);
}

static void record(const char *owner, unsigned type, uint32_t ttl, const char *hex)
{
    wire_rr_hex(&stream, owner, type, 1, ttl, hex);
    bump(1);
}

static void named(const char *owner, unsigned type, const char *name)
{
    wire_rr_name(&stream, owner, type, 1, 300, name);
    bump(1);
}

static void authority(void)
{
    wire_rr_name(&stream, "example.", 2, 1, 300, "ns.example.");
    bump(2);
}

static void additional(const char *owner, unsigned type, unsigned class, uint32_t ttl,
                       const char *hex)
{
    wire_rr_hex(&stream, owner, type, class, ttl, hex);
    bump(3);
}

/* ---- Running them -------------------------------------------------------------------------- */

static struct {
    struct err err;
    struct notes notes;
    bool ended, wants_more;
    uint64_t messages, records, counted;
    uint32_t serial;
    struct wire rdata; /* of all records, without compression, one behind the other */
    char owners[4000]; /* as far as there is room, each with a blank behind it */
    uint16_t types[RECORDS_MAX];
    bool same_owner_lied;
} ran;

static void keep_record(const struct rr *rr)
{
    static uint8_t owner[256];
    static size_t owner_length;
    if ((rr->flags & RR_SAME_OWNER) != 0 &&
        (owner_length != rr->owner_length || memcmp(owner, rr->owner, owner_length) != 0))
        ran.same_owner_lied = true;
    memcpy(owner, rr->owner, rr->owner_length);
    owner_length = rr->owner_length;
    size_t used = strlen(ran.owners);
    for (size_t at = 0; owner[at] != 0 && used < sizeof ran.owners - 70; at += owner[at] + 1u)
        used +=
            (size_t)sprintf(ran.owners + used, "%.*s.", owner[at], (const char *)owner + at + 1);
    if (used < sizeof ran.owners - 70)
        strcpy(ran.owners + used, " ");
    if (ran.rdata.n + rr->rdlength <= WIRE_MAX)
        wire_mem(&ran.rdata, rr->rdata, rr->rdlength);
    if (ran.records < RECORDS_MAX)
        ran.types[ran.records] = rr->type;
    ran.records++;
}

/* Everything that one message brings. Returns false at the end, good or bad. */
static bool use_message(struct xfr *xfr, const struct msg *msg)
{
    struct rr rr;
    if (!xfr_push(xfr, msg, &ran.err))
        return false;
    for (;;) {
        switch (xfr_next(xfr, &rr, &ran.err)) {
        case XFR_RR:
            keep_record(&rr);
            break;
        case XFR_MORE:
            return true;
        case XFR_END:
            ran.ended = true;
            return true; /* what comes later must be refused */
        case XFR_FAIL:
        default:
            return false;
        }
    }
}

static void run_as(bool strict)
{
    memset(&ran, 0, sizeof ran);
    ran.notes.strict = strict;
    struct xfr_config config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .notes = &ran.notes};
    struct exchange exchange = {
        .question = {.name = apex,
                     .name_length = sizeof apex,
                     .type = TYPE_AXFR,
                     .class = CLASS_IN},
        .id = ID,
        .edns = MSG_EDNS_ASK,
        .notes = &ran.notes,
    };
    struct xfr *xfr = xfr_new(&config, &ran.err);
    if (xfr == NULL)
        abort();
    for (unsigned i = 0; i < count; i++) {
        size_t end = i + 1 < count ? starts[i + 1] : stream.n;
        size_t n = end - starts[i];
        uint8_t *copy = wire_exact(stream.octets + starts[i], n);
        struct msg msg;
        bool good = exchange_push(&exchange, copy, n, 0, &ran.err);
        if (good && !exchange_next(&exchange, &msg))
            abort();
        good = good && use_message(xfr, &msg);
        free(copy);
        if (!good)
            break;
    }
    struct xfr_facts facts = xfr_facts(xfr);
    ran.messages = facts.messages;
    ran.counted = facts.records;
    ran.serial = facts.serial;
    xfr_free(xfr);
}

static void run(void)
{
    run_as(false);
}

/* ---- What is expected ---------------------------------------------------------------------- */

static void complete(uint64_t records, const char *what)
{
    run();
    ok(ran.ended, "%s: complete (%s)", what, ran.err.text);
    is_int(ran.err.kind, ERR_NONE, "... no error");
    is_int((int64_t)ran.records, (int64_t)records, "... records");
    is_int((int64_t)ran.counted, (int64_t)records, "... are counted");
    is_int((int64_t)ran.messages, count, "... messages");
    is_int(ran.serial, 7, "... serial");
    ok(!ran.same_owner_lied, "... what is said to have the same owner has it");
}

/* No kind of warning, AA=0 set apart. */
static void no_notes(const char *what)
{
    bool none = true;
    for (int kind = 0; kind < ERR_KINDS; kind++)
        if (ran.notes.counts[kind] > 0) {
            diag("%s: %s", err_slug((enum err_kind)kind),
                 notes_text(&ran.notes, (enum err_kind)kind));
            none = false;
        }
    ok(none, "%s: nothing to remark", what);
}

static void fails(enum err_kind kind, unsigned message, uint64_t records, const char *what)
{
    char start[32];
    snprintf(start, sizeof start, "message %u: ", message);
    run();
    ok(ran.err.kind != ERR_NONE, "%s: refused", what);
    is_str(err_slug(ran.err.kind), err_slug(kind), "... as what it is (%s)", ran.err.text);
    ok(strncmp(ran.err.text, start, strlen(start)) == 0, "... in message %u (%s)", message,
       ran.err.text);
    is_int((int64_t)ran.records, (int64_t)records, "... after so many records");
}

/* A complete zone with one kind of warning, which --strict makes an error. */
static void notes(enum err_kind kind, uint64_t times, const char *words, uint64_t records,
                  unsigned message, const char *what)
{
    complete(records, what);
    const char *text = notes_text(&ran.notes, kind);
    is_int((int64_t)ran.notes.counts[kind], (int64_t)times, "... is noted");
    ok(strstr(text, words) != NULL, "... \"%s\" in \"%s\"", words, text);
    for (int other = 0; other < ERR_KINDS; other++)
        if (other != (int)kind && ran.notes.counts[other] > 0)
            ok(false, "... and nothing else (%s)", notes_text(&ran.notes, (enum err_kind)other));
    run_as(true);
    char start[32];
    snprintf(start, sizeof start, "message %u: ", message);
    is_str(err_slug(ran.err.kind), err_slug(kind), "... under strict it is an error");
    ok(strncmp(ran.err.text, start, strlen(start)) == 0 && strstr(ran.err.text, words) != NULL &&
           strstr(ran.err.text, "--strict") != NULL,
       "... with its message (%s)", ran.err.text);
    ok(!ran.ended, "... that ends the transfer");
}

/* ---- Good streams -------------------------------------------------------------------------- */

static void good_streams(void)
{
    begin();
    first_message();
    soa();
    a("www.example.");
    soa();
    complete(2, "one message");
    no_notes("one message");
    is_str(ran.owners, "example. www.example. ", "the owners");
    is_int(ran.types[0], 6, "the SOA comes first");
    is_int(ran.types[1], 1, "and once");

    begin();
    first_message();
    soa();
    soa();
    complete(1, "an empty zone");

    begin();
    first_message();
    soa();
    later_message();
    a("www.example.");
    later_message();
    wire_rr_name(&stream, "example.", 2, 1, 300, "ns.example.");
    bump(1);
    later_message();
    soa();
    complete(3, "one record a message, the question in the first alone");
    no_notes("one record a message");

    begin();
    first_message();
    soa();
    first_message();
    a("www.example.");
    a("www2.example.");
    first_message();
    soa();
    complete(3, "the question in every message");
    is_str(ran.owners, "example. www.example. www2.example. ", "the owners");

    begin();
    first_message();
    soa();
    additional(".", 41, 1232, 0x8000, "");
    later_message();
    additional(".", 41, 1232, 0x8000, "000c 0004 00000000");
    later_message();
    later_message();
    a("www.example.");
    soa();
    later_message();
    additional(".", 41, 1232, 0x8000, "");
    complete(2, "messages without records, also after the end");
    no_notes("messages without records");

    begin();
    message_bits(0x8000);
    ask("EXAMPLE.", 252, 1);
    soa();
    a("www.example.");
    message_bits(0x80b0); /* RA, AD and CD do not matter */
    soa();
    complete(2, "AA=0, RA, AD, CD, and the question in other case");
    is_int((int64_t)ran.notes.counts[ERR_NOT_AA], 2, "AA=0 is counted");
    is_str(notes_text(&ran.notes, ERR_NOT_AA), "", "and not warned of");
    run_as(true);
    ok(ran.ended, "even under strict");

    begin();
    message_bits(0x8440); /* the Z bit (RFC 5936 section 2.2.1 says nothing of it) */
    ask("example.", 252, 1);
    soa();
    soa();
    complete(1, "the Z bit");

    begin();
    first_message();
    wire_soa(&stream, "eXample.", 1, "NS.example.", "admin.EXAMPLE.", 7);
    bump(1);
    a("www.EXAMPLE.");
    later_message();
    wire_soa(&stream, "EXAMPLE.", 1, "ns.example.", "ADMIN.example.", 7);
    bump(1);
    complete(2, "letter case differs between the SOAs");
    is_str(ran.owners, "eXample. www.EXAMPLE. ", "owners keep their case");
    ok(memcmp(ran.rdata.octets, "\2NS\7example", 12) == 0, "RDATA too");

    begin();
    first_message();
    soa();
    record("www.example.", 24, 300, "0001 05 02 0000012c 00000002 00000001 0007 00 aa");
    soa();
    additional(".", 24, 255, 0, "0000");
    complete(2, "SIG in the zone, SIG(0) behind it");
    no_notes("SIG and SIG(0)");
}

static void many_records(void)
{
    begin();
    first_message();
    soa();
    unsigned records = 1;
    for (unsigned m = 0; m < 3; m++) {
        later_message();
        for (unsigned i = 0; i < 2500; i++, records++) {
            char owner[32];
            snprintf(owner, sizeof owner, "h%u.example.", m * 2500 + i);
            a(owner);
        }
    }
    later_message();
    soa();
    complete(records, "thousands of records a message");
    no_notes("thousands of records");

    begin();
    first_message();
    soa();
    for (unsigned i = 0; i < 5000; i++) {
        later_message();
        wire_hex(&stream, "01");
        wire_u8(&stream, 'a' + i % 26);
        wire_hex(&stream, "07 6578616d706c65 00 0010 0001 0000012c 0002 01");
        wire_u8(&stream, '0' + i / 26 % 10);
        bump(1);
    }
    uint64_t all = count;
    later_message();
    soa();
    complete(all, "thousands of messages of one record");
}

static void sizes(void)
{
    /* An owner of 255 octets, compressed and not, and at the limits of what is under the apex. */
    begin();
    first_message();
    soa();
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned label = 0; label < 4; label++) {
            unsigned n = label < 3 ? 63 : 53;
            wire_u8(&stream, n);
            wire_fill(&stream, 'a' + label, n);
        }
        if (round == 0)
            wire_name(&stream, "example.");
        else
            wire_u16(&stream, 0xc00c);
        wire_hex(&stream, "0001 0001 0000012c 0004");
        wire_u32(&stream, 0xc0000201 + round);
        bump(1);
    }
    soa();
    complete(3, "owners of 255 octets");
    no_notes("owners of 255 octets");
    is_int((int64_t)strlen(ran.owners), 9 + 2 * 255, "their text");

    /* A message of 65535 octets, with one record that fills it. */
    begin();
    first_message();
    soa();
    later_message();
    size_t at = wire_rr(&stream, "big.example.", 16, 1, 300);
    size_t left = header() + 65535 - stream.n;
    while (left > 0) {
        unsigned n = left > 256 ? 255 : (unsigned)left - 1;
        if (left - 1 - n == 0 || left - 1 - n > 1) {
            wire_u8(&stream, n);
        } else { /* never one octet alone */
            n--;
            wire_u8(&stream, n);
        }
        wire_fill(&stream, 0xff, n);
        left -= n + 1;
    }
    wire_rdata_end(&stream, at);
    bump(1);
    is_int((int64_t)(stream.n - header()), 65535, "a message of 65535 octets");
    later_message();
    soa();
    complete(2, "a message of 65535 octets");
    no_notes("a message of 65535 octets");
    is_int((int64_t)ran.rdata.n, 47 + 65535 - 12 - 23, "its RDATA came whole");
}

/* Every type with names, with a pointer in each of them, and what must come of it. */
static void compressed_rdata(void)
{
    static const struct {
        unsigned type;
        const char *before, *between, *after;
        bool second; /* two names */
        bool is_noted;
    } cases[] = {
        {2, "", "", "", false, false},                                                /* NS */
        {3, "", "", "", false, false},                                                /* MD */
        {4, "", "", "", false, false},                                                /* MF */
        {5, "", "", "", false, false},                                                /* CNAME */
        {7, "", "", "", false, false},                                                /* MB */
        {8, "", "", "", false, false},                                                /* MG */
        {9, "", "", "", false, false},                                                /* MR */
        {12, "", "", "", false, false},                                               /* PTR */
        {14, "", "", "", true, false},                                                /* MINFO */
        {15, "000a", "", "", false, false},                                           /* MX */
        {17, "", "", "", true, false},                                                /* RP */
        {18, "0001", "", "", false, false},                                           /* AFSDB */
        {21, "0001", "", "", false, false},                                           /* RT */
        {23, "", "", "", false, true},                                                /* NSAP-PTR */
        {24, "0001 05 02 0000012c 00000002 00000001 0007", "", "aabb", false, false}, /* SIG */
        {26, "0001", "", "", true, false},                                            /* PX */
        {30, "", "", "40", false, false},                                             /* NXT */
        {33, "0001 0002 0003", "", "", false, false},                                 /* SRV */
        {35, "0001 0002 0161 0162 0163", "", "", false, false},                       /* NAPTR */
        {36, "0001", "", "", false, true},                                            /* KX */
        {38, "80", "", "", false, true},                                              /* A6 */
        {39, "", "", "", false, true},                                                /* DNAME */
        {45, "01 03 02", "", "aabb", false, true},                                    /* IPSECKEY */
        {46, "0001 05 02 0000012c 00000002 00000001 0007", "", "aabb", false, true},  /* RRSIG */
        {47, "", "", "0001 40", false, true},                                         /* NSEC */
        {58, "", "", "", true, true},                                                 /* TALINK */
        {64, "0001", "", "0003 0002 01bb", false, true},                              /* SVCB */
        {65, "0000", "", "", false, true},                                            /* HTTPS */
        {66, "003b 01 0035", "", "", false, true},                                    /* DSYNC */
        {107, "0001", "", "", false, true},                                           /* LP */
        {260, "01 03", "", "", false, true},                                          /* AMTRELAY */
        {55, "01 02 0001 aa bb", "", "", true, true},                                 /* HIP */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct wire expected;
        expected.n = 0;
        wire_hex(&expected, cases[i].before);
        wire_name(&expected, "Ns.example.");
        if (cases[i].second)
            wire_name(&expected, "example.");
        wire_hex(&expected, cases[i].after);

        begin();
        first_message();
        soa();
        /* The owner holds the label that the RDATA points to: its octets stand at 9 + 2 + 4 + 12 +
         * SOA. */
        size_t owner_at = stream.n - header();
        size_t at = wire_rr(&stream, "Ns@12", cases[i].type, 1, 300);
        wire_hex(&stream, cases[i].before);
        char pointer[32];
        snprintf(pointer, sizeof pointer, "@%zu", owner_at);
        wire_name(&stream, pointer);
        wire_hex(&stream, cases[i].between);
        if (cases[i].second)
            wire_name(&stream, "@12");
        wire_hex(&stream, cases[i].after);
        wire_rdata_end(&stream, at);
        bump(1);
        soa();
        char what[32];
        snprintf(what, sizeof what, "compressed type %u", cases[i].type);
        complete(2, what);
        size_t soa_length = 12 + 15 + 20; /* ns.example. admin.example. and five numbers */
        if (ran.rdata.n >= soa_length)
            is_mem(ran.rdata.octets + soa_length, ran.rdata.n - soa_length, expected.octets,
                   expected.n, "... its RDATA");
        is_int((int64_t)ran.notes.counts[ERR_COMPRESSED], cases[i].is_noted,
               "... is noted, or allowed");
    }
    /* The SOA itself, both names compressed in one way first and in another last. */
    begin();
    first_message();
    wire_soa(&stream, "@12", 1, "ns@12", "admin@12", 7);
    bump(1);
    later_message();
    wire_soa(&stream, "example.", 1, "ns@12", "admin.example.", 7);
    bump(1);
    complete(1, "SOAs that are compressed differently");
    no_notes("SOAs");
}

/* ---- Bad streams: the messages ------------------------------------------------------------- */

static void bad_messages(void)
{
    for (unsigned message = 1; message <= 2; message++) {
        uint64_t records = message == 1 ? 0 : 1;
/* A stream whose message with the given number is made by `body` and lacks `what`. */
#define SCRIPT(kind, what, ...)                                                                    \
    do {                                                                                           \
        begin();                                                                                   \
        if (message == 2) {                                                                        \
            first_message();                                                                       \
            soa();                                                                                 \
        }                                                                                          \
        __VA_ARGS__;                                                                               \
        fails(kind, message, records, what);                                                       \
    } while (0)

        SCRIPT(ERR_ID, "another ID", first_message(); soa();
               wire_set_u16(&stream, header(), ID ^ 1));
        SCRIPT(ERR_NOT_RESPONSE, "QR=0", message_bits(0x0400); ask("example.", 252, 1); soa());
        SCRIPT(ERR_OPCODE, "opcode NOTIFY", message_bits(0xa400); ask("example.", 252, 1); soa());
        SCRIPT(ERR_OPCODE, "opcode 15", message_bits(0xfc00); ask("example.", 252, 1); soa());
        SCRIPT(ERR_TC, "TC=1", message_bits(0x8600); ask("example.", 252, 1); soa());
        SCRIPT(ERR_QDCOUNT, "two questions", first_message(); ask("example.", 252, 1); soa());
        SCRIPT(ERR_QUESTION, "another name", message_bits(ANSWER); ask("example.org.", 252, 1);
               soa());
        SCRIPT(ERR_QUESTION, "another type", message_bits(ANSWER); ask("example.", 251, 1); soa());
        SCRIPT(ERR_QUESTION, "another class", message_bits(ANSWER); ask("example.", 252, 3); soa());
        SCRIPT(ERR_OPT_DUP, "two OPT records", first_message(); soa();
               additional(".", 41, 1232, 0, ""); additional(".", 41, 1232, 0, ""));
        SCRIPT(ERR_OPT_OWNER, "OPT with an owner", first_message(); soa();
               additional("x.", 41, 1232, 0, ""));
        SCRIPT(ERR_OPT_FORM, "OPT with half an option", first_message(); soa();
               additional(".", 41, 1232, 0, "000f"));
        SCRIPT(ERR_TSIG_POS, "TSIG not last", first_message(); soa();
               additional("k.", 250, 255, 0, ""); additional(".", 41, 1232, 0, ""));
        SCRIPT(ERR_TSIG_POS, "TSIG of class IN", first_message(); soa();
               additional("k.", 250, 1, 0, ""));
        SCRIPT(ERR_TSIG_POS, "TSIG with a TTL", first_message(); soa();
               additional("k.", 250, 255, 60, ""));
        SCRIPT(ERR_TSIG_POS, "TSIG among the answers", first_message(); soa();
               wire_rr_hex(&stream, "k.", 250, 255, 0, ""); bump(1));
        SCRIPT(ERR_TSIG_UNEXPECTED, "TSIG that was not asked for", first_message(); soa();
               additional("k.", 250, 255, 0, "00"));
        SCRIPT(ERR_SHORT, "a record that is only counted", first_message(); soa(); bump(1));
        SCRIPT(ERR_TRAILING, "an octet behind the records", first_message(); soa();
               wire_u8(&stream, 0));
        SCRIPT(ERR_NAME, "an owner of unknown label type", first_message();
               wire_hex(&stream, "41 00 0001 0001 00000000 0000"); bump(1));
#undef SCRIPT
    }
    begin();
    later_message();
    soa();
    fails(ERR_QDCOUNT, 1, 0, "no question in the first message");
    begin();
    first_message();
    fails(ERR_EMPTY_ANSWER, 1, 0, "no records in the first message");
    begin();
    first_message();
    additional(".", 41, 1232, 0x8000, "");
    later_message();
    soa();
    soa();
    fails(ERR_EMPTY_ANSWER, 1, 0, "only OPT in the first message");
    begin();
    first_message();
    stream.n = header() + 11;
    fails(ERR_LEN_SHORT, 1, 0, "less than a header");
    begin();
    first_message();
    soa();
    later_message();
    a("www.example.");
    message_bits(ANSWER);
    ask("www.example.", 252, 1);
    a("www2.example.");
    fails(ERR_QUESTION, 3, 2, "another question in the third message");
}

static void rcodes(void)
{
    static const struct {
        unsigned rcode;
        enum err_kind kind;
        const char *name;
    } cases[] = {
        {1, ERR_RCODE_FORMERR, "FORMERR"},   {2, ERR_RCODE_SERVFAIL, "SERVFAIL"},
        {3, ERR_RCODE_NXDOMAIN, "NXDOMAIN"}, {4, ERR_RCODE_NOTIMP, "NOTIMP"},
        {5, ERR_RCODE_REFUSED, "REFUSED"},   {6, ERR_RCODE, "YXDOMAIN"},
        {9, ERR_RCODE_NOTAUTH, "NOTAUTH"},   {10, ERR_RCODE, "NOTZONE"},
        {11, ERR_RCODE, "RCODE 11"},         {15, ERR_RCODE, "RCODE 15"},
        {16, ERR_BADVERS, "BADVERS"},        {17, ERR_RCODE, "BADKEY"},
        {23, ERR_RCODE, "BADCOOKIE"},        {4095, ERR_RCODE, "RCODE 4095"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned message = 1; message <= 2; message++) {
            begin();
            if (message == 2) {
                first_message();
                soa();
            }
            message_bits(ANSWER | (cases[i].rcode & 15)); /* an error needs no question */
            if (cases[i].rcode > 15)
                additional(".", 41, 1232, (uint32_t)(cases[i].rcode >> 4) << 24, "");
            fails(cases[i].kind, message, message - 1, cases[i].name);
            is_int(err_class(ran.err.kind), ERR_CLASS_REFUSED, "... is a refusal");
            char end[64];
            snprintf(end, sizeof end, "message %u: the server answered %s", message, cases[i].name);
            is_str(ran.err.text, end, "... and named");
        }
    begin();
    message_bits(0x8405);
    ask("example.", 252, 1);
    additional(".", 41, 1232, 0, "000f 0011 0012 676f 0a1b 5b31 6d c3a4 206177617921");
    fails(ERR_RCODE_REFUSED, 1, 0, "REFUSED with an extended error");
    is_str(ran.err.text,
           "message 1: the server answered REFUSED; extended error 18 (Prohibited): "
           "\"go??[1m?? away!\"",
           "its text has nothing that a terminal obeys");
    begin();
    message_bits(0x8405);
    additional(".", 41, 1232, 0, "000f 0002 8000");
    fails(ERR_RCODE_REFUSED, 1, 0, "an extended error without name and text");
    is_str(ran.err.text, "message 1: the server answered REFUSED; extended error 32768",
           "its text");
    begin();
    message_bits(0x8405);
    size_t at = wire_rr(&stream, ".", 41, 1232, 0);
    wire_hex(&stream, "000f 8002 0000");
    wire_fill(&stream, 'x', 0x8000);
    wire_rdata_end(&stream, at);
    bump(3);
    fails(ERR_RCODE_REFUSED, 1, 0, "an extended error of 32768 octets");
    ok(strlen(ran.err.text) < 400, "is cut");
    begin();
    message_bits(0x8605);
    wire_set_u16(&stream, 4, 0);
    fails(ERR_RCODE_REFUSED, 1, 0, "the RCODE matters more than TC");
}

/* ---- Bad streams: the records -------------------------------------------------------------- */

static void bad_order(void)
{
    begin();
    first_message();
    a("www.example.");
    soa();
    fails(ERR_FIRST_NOT_SOA, 1, 0, "the first record is no SOA");
    begin();
    first_message();
    wire_soa(&stream, "sub.example.", 1, "ns.", "a.", 7);
    bump(1);
    fails(ERR_SOA_OWNER, 1, 0, "the first SOA is that of a child");
    begin();
    first_message();
    wire_soa(&stream, "org.", 1, "ns.", "a.", 7);
    bump(1);
    fails(ERR_SOA_OWNER, 1, 0, "the first SOA is that of another zone");
    begin();
    first_message();
    soa();
    a("www.example.");
    wire_soa(&stream, "sub.example.", 1, "ns.example.", "admin.example.", 7);
    bump(1);
    soa();
    fails(ERR_SOA_OWNER, 1, 2, "a SOA of a child in the middle");
    begin();
    first_message();
    soa();
    wire_soa(&stream, "org.", 1, "ns.example.", "admin.example.", 7);
    bump(1);
    soa();
    fails(ERR_SOA_OWNER, 1, 1, "a SOA out of the zone in the middle");
    begin();
    first_message();
    soa();
    a("www.example.");
    wire_soa(&stream, "example.", 1, "ns.example.", "admin.example.", 8);
    bump(1);
    a("www2.example.");
    soa();
    fails(ERR_SOA_MIDDLE, 1, 2, "another SOA in the middle");
    begin();
    first_message();
    soa();
    later_message();
    a("www.example.");
    later_message();
    wire_soa(&stream, "example.", 1, "ns.example.", "admin.example.", 8);
    bump(1);
    fails(ERR_SOA_CHANGED, 3, 2, "the last SOA has another serial");
    ok(strstr(ran.err.text, "serial 8") != NULL && strstr(ran.err.text, "7") != NULL,
       "... both serials are told");
    static const char *const names[][2] = {{"ns2.example.", "admin.example."},
                                           {"ns.example.", "admin2.example."}};
    for (unsigned i = 0; i < 2; i++) {
        begin();
        first_message();
        soa();
        later_message();
        wire_soa(&stream, "example.", 1, names[i][0], names[i][1], 7);
        bump(1);
        fails(ERR_SOA_CHANGED, 2, 1, "the last SOA has another name, and the same serial");
    }
    for (unsigned field = 0; field < 4; field++) {
        begin();
        first_message();
        soa();
        later_message();
        soa();
        stream.octets[stream.n - 1 - 4 * field] ^= 0x40;
        fails(ERR_SOA_CHANGED, 2, 1, "the last SOA has another number, and the same serial");
    }
    begin();
    first_message();
    soa();
    soa();
    a("www.example.");
    fails(ERR_AFTER_END, 1, 1, "a record behind the last SOA");
    begin();
    first_message();
    soa();
    soa();
    soa();
    fails(ERR_AFTER_END, 1, 1, "a third SOA");
    begin();
    first_message();
    soa();
    soa();
    later_message();
    a("www.example.");
    fails(ERR_AFTER_END, 2, 1, "a record in a message after the end");
    begin();
    first_message();
    soa();
    a("www.example.");
    run();
    ok(!ran.ended && ran.err.kind == ERR_NONE && ran.records == 2, "a stream that just stops");
}

/* A record of n octets of RDATA that no type gives a meaning to. */
static void pad(unsigned n)
{
    size_t rdlength = wire_rr(&stream, "pad.example.", 65280, 1, 300);
    wire_fill(&stream, 0xee, n);
    wire_rdata_end(&stream, rdlength);
    bump(1);
}

/* A message that the names of a HIP record, all of them pointers, make longer by 16 times its size,
 * and by a little more if it is asked for. */
static void swell(int more)
{
    enum { TARGET = 200, SERVERS = 320, GROWTH = SERVERS * (TARGET - 2) };
    begin();
    first_message();
    soa();
    later_message();
    size_t owner = stream.n - header();
    for (unsigned label = 0; label < 3; label++) {
        wire_u8(&stream, label < 2 ? 63 : 62);
        wire_fill(&stream, 'x', label < 2 ? 63 : 62);
    }
    wire_hex(&stream, "076578616d706c6500"); /* with it 200 octets */
    wire_hex(&stream, "0001 0001 0000012c 0004 c0000201");
    bump(1);
    size_t rdlength = wire_rr(&stream, "hip.example.", 55, 1, 300);
    wire_hex(&stream, "01 02 0001 aa bb");
    for (unsigned i = 0; i < SERVERS; i++)
        wire_u16(&stream, 0xc000 | (unsigned)owner);
    wire_rdata_end(&stream, rdlength);
    bump(1);
    size_t length = stream.n - header(), fixed = 13 + 10; /* of the padding */
    pad((unsigned)(GROWTH / 16 - length - fixed) - (more > 0));
    later_message();
    soa();
}

static void swollen(void)
{
    swell(0);
    notes(ERR_COMPRESSED, 1, "hip.example. HIP", 4, 2,
          "names that make a message 17 times as long");
    swell(1);
    fails(ERR_SWOLLEN, 2, 2, "the same, of a message that is an octet shorter");
}

static void bad_records(void)
{
    static const unsigned classes[] = {0, 2, 3, 4, 254, 255, 65535};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        begin();
        first_message();
        soa();
        wire_rr_hex(&stream, "www.example.", 16, classes[i], 300, "00");
        bump(1);
        soa();
        fails(ERR_CLASS, 1, 1, "a record of another class");
    }
    begin();
    first_message();
    wire_soa(&stream, "example.", 3, "ns.example.", "admin.example.", 7);
    bump(1);
    fails(ERR_CLASS, 1, 0, "a SOA of another class");

    static const unsigned metas[] = {0,   41,  128, 249, 250 /* found before */,
                                     251, 252, 253, 254, 255};
    for (size_t i = 0; i < sizeof metas / sizeof *metas; i++)
        for (unsigned n = 0; n <= 3; n += 3) {
            begin();
            first_message();
            soa();
            record("www.example.", metas[i], 300, n == 0 ? "" : "000001");
            soa();
            fails(metas[i] == 250 ? ERR_TSIG_POS : ERR_METATYPE, 1, metas[i] == 250 ? 0 : 1,
                  "a record of a type that no zone can hold");
        }
    begin();
    first_message();
    soa();
    record("www.example.", 24, 300, "0000 05 02 0000012c 00000002 00000001 0007 00 aa");
    soa();
    fails(ERR_METATYPE, 1, 1, "SIG(0) in the zone");

    static const struct {
        enum err_kind kind;
        unsigned type;
        const char *hex, *what;
    } cases[] = {
        {ERR_NAME, 2, "c0ff", "a pointer forward"},
        {ERR_NAME, 2, "c005", "a pointer into the header"},
        {ERR_NAME, 2, "4100", "a label of unknown type"},
        {ERR_NAME, 5, "0161 80", "the same behind a label"},
        {ERR_RDLEN, 2, "", "NS without RDATA"},
        {ERR_RDLEN, 2, "0161", "a name that does not end"},
        {ERR_NAME, 2, "0361", "a label that runs out of the RDATA"},
        {ERR_NAME, 2, "c0", "half a pointer"},
        {ERR_RDLEN, 2, "0000", "an octet behind the name"},
        {ERR_RDLEN, 2, "c00c00", "an octet behind a pointer"},
        {ERR_RDLEN, 15, "00", "MX of one octet"},
        {ERR_RDLEN, 15, "000a", "MX without a name"},
        {ERR_RDLEN, 15, "000a 00 00", "an octet behind MX"},
        {ERR_RDLEN, 33, "0001 0002 0003", "SRV without a name"},
        {ERR_RDLEN, 14, "00", "MINFO of one name"},
        {ERR_RDLEN, 24, "0001 05 02 0000012c 00000002 00000001 0007", "SIG without a signer"},
        {ERR_RDLEN, 30, "0161", "NXT with a name that does not end"},
        {ERR_NAME, 46, "0001 05 02 0000012c 00000002 00000001 0007 c0ff aa", "RRSIG, bad signer"},
        {ERR_NAME, 46, "0001 05 02 0000012c 00000002 00000001 0007 0161c0",
         "RRSIG, half a pointer"},
        {ERR_RDLEN, 39, "c00c00", "DNAME, an octet behind a pointer"},
        {ERR_NAME, 58, "c00c 80", "TALINK, bad second name behind a pointer"},
        {ERR_RDLEN, 35, "0001 0002 05 61", "NAPTR with a string that runs out"},
        {ERR_NAME, 47, "c0ff 0001 40", "NSEC, pointer forward"},
        {ERR_NAME, 64, "0001 c005", "SVCB, bad target"},
        {ERR_NAME, 45, "01 03 02 c0ff aabb", "IPSECKEY, bad gateway"},
        {ERR_NAME, 55, "01 02 0001 aa bb c0ff", "HIP, bad server"},
        {ERR_NAME, 55, "01 02 0001 aa bb c00c 80", "HIP, bad server behind a pointer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        first_message();
        soa();
        record("www.example.", cases[i].type, 300, cases[i].hex);
        soa();
        fails(cases[i].kind, 1, 1, cases[i].what);
    }
    begin();
    first_message();
    record("example.", 6, 3600, "00 00 00000007 00000001 00000002 00000003 000000");
    fails(ERR_RDLEN, 1, 0, "a SOA that is too short");
    begin();
    first_message();
    record("example.", 6, 3600, "00 00 00000007 00000001 00000002 00000003 00000004 00");
    fails(ERR_RDLEN, 1, 0, "a SOA that is too long");

    begin();
    first_message();
    soa();
    size_t at = stream.n - header();
    a("@65");
    stream.octets[header() + at] = 0xc0;
    stream.octets[header() + at + 1] = (uint8_t)at;
    fails(ERR_NAME, 1, 1, "an owner that points to itself");
    begin();
    first_message();
    soa();
    for (unsigned label = 0; label < 4; label++) {
        wire_u8(&stream, label < 3 ? 63 : 54);
        wire_fill(&stream, 'x', label < 3 ? 63 : 54);
    }
    wire_u16(&stream, 0xc00c);
    wire_hex(&stream, "0001 0001 0000012c 0004 c0000201");
    bump(1);
    soa();
    fails(ERR_NAME, 1, 1, "an owner of 256 octets");

    swollen();

    /* HIP with so many compressed servers that it does not fit in RDATA any more, in a message that
     * is large enough for what they are. */
    begin();
    first_message();
    soa();
    pad(4096);
    size_t owner = stream.n - header();
    for (unsigned label = 0; label < 3; label++) {
        wire_u8(&stream, 63);
        wire_fill(&stream, 'x', 63);
    }
    wire_u16(&stream, 0xc00c);
    wire_hex(&stream, "0001 0001 0000012c 0004 c0000201");
    bump(1);
    for (unsigned servers = 324; servers <= 326; servers++) { /* 201 octets each, and 6 before */
        size_t octets = stream.n;
        unsigned messages = count;
        size_t rdlength = wire_rr(&stream, "hip@12", 55, 1, 300);
        wire_hex(&stream, "01 02 0001 aa bb");
        for (unsigned i = 0; i < servers; i++)
            wire_u16(&stream, 0xc000 | (unsigned)owner);
        wire_rdata_end(&stream, rdlength);
        bump(1);
        soa();
        if (6 + servers * 201 <= 65535) {
            complete(4, "HIP that is large once decompressed");
            is_int(6 + (int64_t)servers * 201, (int64_t)ran.rdata.n - 47 - 4 - 4096, "all of it");
        } else {
            fails(ERR_RDATA, 1, 3, "HIP that is too large once decompressed");
        }
        stream.n = octets;
        count = messages;
        wire_set_u16(&stream, header() + 6, 3);
    }
    /* The same to the octet: names of one octet fill what is left. */
    for (unsigned more = 0; more <= 1; more++) {
        size_t octets = stream.n;
        size_t rdlength = wire_rr(&stream, "hip@12", 55, 1, 300);
        wire_hex(&stream, "01 02 0001 aa bb");
        for (unsigned i = 0; i < 326; i++)
            wire_u16(&stream, 0xc000 | (unsigned)owner);
        wire_fill(&stream, 0, 65535 - 6 - 326 * 201 + more);
        wire_rdata_end(&stream, rdlength);
        bump(1);
        soa();
        if (more == 0)
            complete(4, "HIP of 65535 octets once decompressed");
        else
            fails(ERR_RDATA, 1, 3, "HIP of 65536 octets once decompressed");
        stream.n = octets;
        wire_set_u16(&stream, header() + 6, 3);
    }
}

/* ---- Warnings ------------------------------------------------------------------------------ */

/* A zone of one message with what `body` puts between the SOAs. */
#define ZONE(...)                                                                                  \
    do {                                                                                           \
        begin();                                                                                   \
        first_message();                                                                           \
        soa();                                                                                     \
        later_message();                                                                           \
        __VA_ARGS__;                                                                               \
        soa();                                                                                     \
    } while (0)

/* Malformed RDATA of types with names that nobody may compress, without a pointer: it is kept. */
static void kept_rdata(void)
{
    static const struct {
        unsigned type;
        const char *hex, *what;
    } cases[] = {
        {39, "", "DNAME target"},
        {39, "0000", "DNAME RDATA has octets left"},
        {36, "0001 0161", "KX exchanger"},
        {45, "0a", "IPSECKEY"},
        {45, "0a 03 02 0361", "IPSECKEY gateway"},
        {45, "0a 04 02 00 aa", "IPSECKEY gateway is of an unknown type"},
        {45, "0a 00 02", "IPSECKEY public_key is empty"},
        {46, "0001 05 02 0000012c 00000002 00000001 00", "RRSIG key_tag"},
        {46, "0001 05 02 0000012c 00000002 00000001 0007", "RRSIG signer"},
        {46, "0001 05 02 0000012c 00000002 00000001 0007 80 aa", "RRSIG signer unknown label type"},
        {46, "0001 05 02 0000012c 00000002 00000001 0007 00", "RRSIG signature is empty"},
        {47, "0361", "NSEC next"},
        {47, "00 0001 00", "NSEC types"},
        {55, "0102", "HIP identity"},
        {55, "00 02 0001 bb 00", "HIP identity has an empty tag or key"},
        {55, "01 02 0001 aa bb 0361", "HIP rendezvous_servers"},
        {55, "01 02 0001 aa bb 00 4100", "HIP rendezvous_servers unknown label type"},
        {58, "0161 00", "TALINK next"},
        {58, "00 00 00", "TALINK RDATA has octets left"},
        {64, "0001 4100", "SVCB target unknown label type"},
        {65, "00", "HTTPS priority"},
        {66, "003b 01 0035", "DSYNC target"},
        {66, "003b 01 0035 00 00", "DSYNC RDATA has octets left"},
        {107, "000a", "LP target"},
        {260, "01", "AMTRELAY relay_type"},
        {260, "01 03 0361", "AMTRELAY relay"},
        {260, "01 04 aa", "AMTRELAY relay is of an unknown type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct wire octets;
        char words[64], *save = NULL;
        octets.n = 0;
        wire_hex(&octets, cases[i].hex);
        ZONE(record("a.example.", cases[i].type, 300, cases[i].hex));
        snprintf(words, sizeof words, "%s", cases[i].what);
        /* The type and the field, and what is wrong. */
        char *type = strtok_r(words, " ", &save), *field = strtok_r(NULL, " ", &save);
        char begins[80];
        snprintf(begins, sizeof begins, "a.example. %s %s", type, field != NULL ? field : "");
        notes(ERR_RDATA, 1, begins, 2, 2, cases[i].what);
        run();
        if (save != NULL && *save != '\0')
            ok(strstr(notes_text(&ran.notes, ERR_RDATA), save) != NULL, "... %s",
               notes_text(&ran.notes, ERR_RDATA));
        is_mem(ran.rdata.octets + 47, ran.rdata.n - 47, octets.octets, octets.n, "... and is kept");
    }
}

/* Well-formed RDATA that is wrong. */
static void doubts(void)
{
    ZONE(record("a.example.", 43, 300, "0001 08 02 aabbcc"));
    notes(ERR_RDATA_LENGTH, 1, "a.example. DS digest has 3 octets, not the 32 of digest type 2", 2,
          2, "a digest of another length");
    ZONE(record("a.example.", 43, 300, "0001 08 ff aabbcc"));
    complete(2, "a digest of unknown type");
    no_notes("a digest of unknown type");
    ZONE(record("a.example.", 256, 300, "0001 0002"));
    notes(ERR_RDATA_VALUE, 1, "a.example. URI target is empty; BIND 9.20 and dnspython refuse it",
          2, 2, "a target that two readers want");
    ZONE(record("a.example.", 47, 300, "00"));
    notes(ERR_RDATA_VALUE, 1, "a.example. NSEC types is empty", 2, 2, "NSEC without types");
    ZONE(record("a.example.", 46, 300, "0001 0d 02 0000012c 00000002 00000001 0007 00 aa"));
    notes(ERR_RDATA_LENGTH, 1, "RRSIG signature has 1 octet, not the 64 of algorithm 13", 2, 2,
          "a signature of another length");
}

/* n records of one RRset, each of so many octets of RDATA. */
static void many(const char *owner, unsigned type, unsigned n, unsigned octets)
{
    for (unsigned i = 0; i < n; i++) {
        size_t rdlength = wire_rr(&stream, owner, type, 1, 300);
        wire_u16(&stream, i);
        wire_fill(&stream, 1, octets - 2);
        wire_rdata_end(&stream, rdlength);
        bump(1);
        if (i % 50 == 49)
            later_message();
    }
}

/* The header and the question of www.example. have 12 + 13 + 4 octets, each record 12 + RDATA. */
static void large_rrsets(void)
{
    enum { FIXED = 12 + 13 + 4, LAST = 65535 - FIXED - 12 };
    ZONE(many("www.example.", 65280, 100, (LAST - 12 * 99) / 100));
    complete(101, "an RRset that just fits in a message");
    no_notes("an RRset that just fits in a message");
    ZONE(many("www.example.", 65280, 98, 650); record("www.example.", 65281, 300, "");
         a("a.example."); many("www.example.", 65280, 98, 650));
    complete(199, "a hundred records twice, with others between them");
    no_notes("a hundred records twice, with others between them");
    ZONE(many("www.example.", 65280, 150, 650); a("a.example.");
         many("b.example.", 65280, 150, 650));
    notes(ERR_RRSET_SIZE, 2,
          "www.example. TYPE65280: an RRset of 99329 octets, which fits in no message (65535)", 302,
          5, "two RRsets that are too large");
    ZONE(many("www.example.", 65280, 150, 650); a("www.example."); a("www.example."));
    run();
    is_int((int64_t)ran.notes.counts[ERR_RRSET_SIZE], 1, "one before another type");
    is_int((int64_t)ran.notes.counts[ERR_DUP_RR], 1, "... whose records are looked at, too");
    ZONE(a("www.example."); named("www.example.", 5, "x.example.");
         many("www.example.", 65280, 150, 650); named("www.example.", 5, "x.example."));
    run();
    is_int((int64_t)ran.notes.counts[ERR_CNAME_CLASH], 1,
           "what is known of the owner outlives the RRset");
    ZONE(many("www.example.", 46, 150, 650));
    run();
    is_int((int64_t)ran.notes.counts[ERR_RRSET_SIZE], 0, "signatures are of several RRsets");
}

static void warnings(void)
{
    ZONE(a("www.org."); a("a.example."); a("badexample."); a("WWW.org."); a("."));
    notes(ERR_OUT_OF_ZONE, 4, "www.org.", 2, 2, "records out of the zone");
    ZONE(a("www.org."); a("www.org."); a("a.example."); a("www.org.");
         record("a.example.", 28, 300, "20010db8000000000000000000000001"));
    notes(ERR_OUT_OF_ZONE, 3, "www.org.", 3, 2, "records out of the zone between others");
    run();
    is_str(ran.owners, "example. a.example. a.example. ", "... are left out");

    ZONE(a("a.example."); a("a.example."); a("b.example."); a("a.example."));
    notes(ERR_DUP_RR, 1, "a.example. A", 5, 2, "a record twice");
    ZONE(named("a.example.", 5, "x.example."); named("a.example.", 5, "x.example."));
    notes(ERR_DUP_RR, 1, "a.example. CNAME", 3, 2, "a CNAME twice is a duplicate");
    ZONE(record("a.example.", 16, 300, "0161"); record("a.example.", 16, 300, "0141"));
    complete(3, "TXT that differs in letter case");
    no_notes("TXT that differs in letter case");

    ZONE(a("a.example."); record("a.example.", 1, 301, "c0000202"); a("b.example.");
         record("b.example.", 28, 5, "20010db8000000000000000000000001"));
    notes(ERR_TTL_MISMATCH, 1, "a.example. A", 5, 2, "two TTLs in an RRset");
    ZONE(record("a.example.", 46, 300, "0001 05 02 0000012c 00000002 00000001 0007 00 aa");
         record("a.example.", 46, 301, "001c 05 02 0000012c 00000002 00000001 0007 00 aa"));
    complete(3, "signatures of different TTLs");
    no_notes("signatures of different TTLs");

    ZONE(record("a.example.", 1, 0x7fffffff, "c0000201"));
    complete(2, "TTL 2^31 - 1");
    no_notes("TTL 2^31 - 1");
    ZONE(record("a.example.", 1, 0x80000000, "c0000201"));
    notes(ERR_TTL_HIGHBIT, 1, "2147483648", 2, 2, "TTL 2^31");
    ZONE(record("a.example.", 1, 0xffffffff, "c0000201"));
    notes(ERR_TTL_HIGHBIT, 1, "4294967295", 2, 2, "TTL 2^32 - 1");

    ZONE(named("a.example.", 5, "x.example."); a("a.example."); a("b.example."));
    notes(ERR_CNAME_CLASH, 1, "a.example.", 4, 2, "CNAME and other data");
    ZONE(a("a.example."); named("a.example.", 5, "x.example."); a("b.example."));
    notes(ERR_CNAME_CLASH, 1, "a.example.", 4, 2, "other data and CNAME");
    ZONE(named("a.example.", 5, "x.example.");
         record("a.example.", 46, 300, "0005 05 02 0000012c 00000002 00000001 0007 00 aa");
         record("a.example.", 47, 300, "00 0001 04"));
    complete(4, "CNAME, RRSIG and NSEC");
    no_notes("CNAME, RRSIG and NSEC");
    ZONE(named("a.example.", 5, "x.example."); a("b.example."));
    complete(3, "CNAME and another owner");
    no_notes("CNAME and another owner");

    ZONE(named("a.example.", 5, "x.example."); named("a.example.", 5, "y.example."));
    notes(ERR_MULTI_SINGLE, 1, "a.example. CNAME", 3, 2, "two CNAMEs");
    ZONE(named("a.example.", 39, "x.example."); named("a.example.", 39, "y.example."));
    notes(ERR_MULTI_SINGLE, 1, "a.example. DNAME", 3, 2, "two DNAMEs");

    ZONE(record("a.example.", 47, 300, "c00c 0001 40")); /* octet 12: the owner of the NSEC */
    notes(ERR_COMPRESSED, 1, "a.example. NSEC", 2, 2, "a compressed name where none may be");

    ZONE(record("a.example.", 1, 300, "c00002"));
    notes(ERR_RDATA, 1, "A address", 2, 2, "A of three octets");
    ZONE(record("a.example.", 1, 300, "c000020100"));
    notes(ERR_RDATA, 1, "after the last field", 2, 2, "A of five octets");
    ZONE(record("a.example.", 16, 300, ""));
    notes(ERR_RDATA, 1, "TXT", 2, 2, "TXT without a string");
    ZONE(record("a.example.", 64, 300, "0001 00 0003 0001 01"));
    notes(ERR_RDATA, 1, "SVCB params", 2, 2, "SVCB with a port of one octet");
    kept_rdata();
    doubts();
    large_rrsets();
    ZONE(record("a.example.", 65280, 300, "c00c"); record("a.example.", 10, 300, "c00c"));
    complete(3, "types without a schema");
    no_notes("types without a schema");
    ok(memcmp(ran.rdata.octets + 47, "\300\14\300\14", 4) == 0, "... are not searched for names");

    begin();
    first_message();
    soa();
    authority();
    later_message();
    soa();
    notes(ERR_AUTHORITY, 1, "authority", 1, 1, "a record in the authority section");
    begin();
    first_message();
    soa();
    later_message();
    soa();
    additional("ns.example.", 1, 1, 300, "c0000201");
    notes(ERR_ADDITIONAL, 1, "additional", 1, 2, "an address in the additional section");
}

/* A run of one owner goes on into the next message. */
static void across_messages(void)
{
    begin();
    first_message();
    soa();
    a("a.example.");
    later_message();
    a("a.example.");
    later_message();
    additional(".", 41, 1232, 0, "");
    later_message();
    record("a.example.", 1, 60, "c0000209");
    soa();
    complete(4, "an RRset over messages");
    is_int((int64_t)ran.notes.counts[ERR_DUP_RR], 1, "... the duplicate is seen");
    is_int((int64_t)ran.notes.counts[ERR_TTL_MISMATCH], 1, "... and the TTL");

    /* The same pointer means another owner in the next message. */
    begin();
    first_message();
    soa();
    size_t at = stream.n - header();
    a("one.example.");
    char pointer[16];
    snprintf(pointer, sizeof pointer, "@%zu", at);
    wire_rr_hex(&stream, pointer, 28, 1, 300, "20010db8000000000000000000000001");
    bump(1);
    later_message();
    wire_fill(&stream, 0, 0);
    size_t start = stream.n - header();
    size_t rdlength = wire_rr(&stream, "x.example.", 16, 1, 300);
    wire_u8(&stream, (unsigned)(at - start) + 11); /* a string over the place, with a name in it */
    while (stream.n - header() < at)
        wire_u8(&stream, 'f');
    wire_name(&stream, "two.example.");
    wire_rdata_end(&stream, rdlength);
    /* the string's length, now that its end is known */
    stream.octets[rdlength + 2 + header() - header()] = (uint8_t)(stream.n - (rdlength + 2) - 1);
    bump(1);
    a(pointer);
    soa();
    complete(5, "one pointer, two messages, two owners");
    is_str(ran.owners, "example. one.example. one.example. x.example. two.example. ",
           "... each is its own");

    /* Owners that are the same place, by pointers to a literal and to a pointer. */
    begin();
    first_message();
    soa();
    at = stream.n - header();
    a("www.example.");
    snprintf(pointer, sizeof pointer, "@%zu", at);
    size_t second = stream.n - header();
    record(pointer, 16, 300, "0161");
    record(pointer, 28, 300, "20010db8000000000000000000000001");
    snprintf(pointer, sizeof pointer, "@%zu", second);
    record(pointer, 13, 300, "0161 0162");
    record(pointer, 29, 300, "00");
    record("@12", 16, 300, "0161");
    record("@12", 16, 300, "0162");
    soa();
    complete(8, "owners by pointers");
    is_str(ran.owners,
           "example. www.example. www.example. www.example. www.example. www.example. example. "
           "example. ",
           "... all of them right");
}

/* So many messages without records may come in a row that padding cannot reach it, but a server
 * that never gets on does. */
static void empty_messages(void)
{
    for (unsigned empty = 999; empty <= 1001; empty++) {
        begin();
        first_message();
        soa();
        for (unsigned run = 0; run < 2; run++) {
            for (unsigned i = 0; i < (run == 0 ? 999 : empty); i++)
                later_message();
            later_message();
            if (run == 0)
                a("www.example.");
        }
        soa();
        if (empty <= 1000)
            complete(2, "a run of empty messages");
        else
            fails(ERR_EMPTY_RUN, 1 + 999 + 1 + 1001, 2, "1001 empty messages in a row");
    }
}

/* After a failure nothing comes any more. */
static void sticky(void)
{
    begin();
    first_message();
    soa();
    struct msg msg;
    struct rr rr;
    memset(&ran, 0, sizeof ran);
    struct xfr_config config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .notes = &ran.notes};
    struct xfr *xfr = xfr_new(&config, &ran.err);
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_MORE, "before the first message more is wanted");
    ok(msg_parse(&msg, stream.octets, stream.n, &ran.err) && xfr_push(xfr, &msg, &ran.err), "push");
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_RR, "a record");
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_MORE, "more is wanted");
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_MORE, "and still is");
    begin();
    first_message();
    record("example.", 0, 0, "");
    a("www.example.");
    ok(msg_parse(&msg, stream.octets, stream.n, &ran.err) && xfr_push(xfr, &msg, &ran.err), "push");
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_FAIL, "a failure");
    is_int(xfr_next(xfr, &rr, &ran.err), XFR_FAIL, "stays one");
    is_int(ran.err.kind, ERR_METATYPE, "with its error");
    xfr_free(xfr);
}

static void query(void)
{
    struct exchange exchange = {.question = {.name = apex,
                                             .name_length = sizeof apex,
                                             .type = TYPE_AXFR,
                                             .class = CLASS_IN},
                                .id = ID,
                                .edns = MSG_EDNS_BARE};
    uint8_t out[MSG_QUERY_MAX + 2];
    begin();
    wire_u16(&stream, 12 + 13 + 11);
    wire_header(&stream, ID, 0, 1, 0, 0, 1);
    wire_question(&stream, "example.", 252, 1);
    wire_hex(&stream, "00 0029 04d0 00000000 0000");
    size_t n = exchange_query(&exchange, 0, out, &ran.err);
    is_mem(out, n, stream.octets, stream.n, "the query with its length");
}

int main(void)
{
    query();
    good_streams();
    many_records();
    sizes();
    compressed_rdata();
    bad_messages();
    rcodes();
    bad_order();
    bad_records();
    warnings();
    across_messages();
    empty_messages();
    sticky();
    return tap_end();
}
