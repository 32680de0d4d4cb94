/* The IXFR side of xfer/xfr (RFC 1995): answers as short scripts, each sent in every division into
 * messages, and what must come of all of them alike. */
#include "dns/serial.h"
#include "dns/types.h"
#include "xfer/delta.h"
#include "xfer/xfr.h"

#include "tap.h"
#include "wire.h"

enum { MESSAGES_MAX = 64, TEXT_MAX = 4000 };

static const uint8_t apex[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

/* ---- Scripts ------------------------------------------------------------------------------- */

/* The words of a script, one a record:
 *   S5   the SOA of the zone with serial 5
 *   S5'  ... with another refresh time
 *   S5^  ... with capital letters in its names
 *   S5~  ... with another TTL
 *   s5   a SOA at sub.example.
 *   !x   an address of x.other., out of the zone
 *   x    an address of x.example.
 *   ?    a record of type 0
 *   %    a record of class CH
 *   #    a SOA whose RDATA is too short */
static void put_word(struct wire *w, const char *word)
{
    char owner[80];
    size_t at;
    switch (word[0]) {
    case 'S':
    case 's': {
        char *rest;
        uint32_t serial = (uint32_t)strtoul(word + 1, &rest, 10);
        at = wire_rr(w,
                     word[0] == 's' ? "sub.example."
                     : *rest == '^' ? "EXAMPLE."
                                    : "example.",
                     6, 1, *rest == '~' ? 77 : 3600);
        wire_name(w, *rest == '^' ? "NS.Example." : "ns.example.");
        wire_name(w, *rest == '^' ? "ADMIN.example." : "admin.example.");
        wire_u32(w, serial);
        wire_u32(w, *rest == '\'' ? 7201 : 7200);
        wire_hex(w, "00000384 00127500 0000012c");
        wire_rdata_end(w, at);
        break;
    }
    case '!':
        snprintf(owner, sizeof owner, "%s.other.", word + 1);
        wire_rr_hex(w, owner, 1, 1, 300, "c0000201");
        break;
    case '?':
        wire_rr_hex(w, "example.", 0, 1, 300, "c0000201");
        break;
    case '%':
        wire_rr_hex(w, "example.", 16, 3, 300, "0161");
        break;
    case '#':
        wire_rr_hex(w, "example.", 6, 1, 300, "00 00 00000001");
        break;
    default:
        snprintf(owner, sizeof owner, "%s.example.", word);
        wire_rr_hex(w, owner, 1, 1, 300, "c0000201");
    }
}

static struct wire stream;
static struct {
    size_t start;
    unsigned records;
} messages[MESSAGES_MAX];
static unsigned count;
static unsigned message_of[MESSAGES_MAX]; /* by record, both from 1 */

static void message(void)
{
    messages[count].start = stream.n;
    messages[count++].records = 0;
    wire_header(&stream, 1, 0x8400, count == 1, 0, 0, 0);
    if (count == 1)
        wire_question(&stream, "example.", 251, 1);
}

/* Builds the messages; before record n + 1 a new one begins if bit n - 1 of the cuts is set. */
static unsigned build(const char *script, uint32_t cuts)
{
    unsigned n = 0;
    stream.n = 0;
    count = 0;
    message();
    for (const char *p = script; *p != '\0'; n++) {
        char word[64];
        size_t length = strcspn(p, " ");
        memcpy(word, p, length);
        word[length] = '\0';
        p += length + (p[length] == ' ');
        if (n > 0 && (cuts >> (n - 1) & 1) != 0)
            message();
        put_word(&stream, word);
        messages[count - 1].records++;
        wire_set_u16(&stream, messages[count - 1].start + 6, messages[count - 1].records);
        message_of[n + 1] = count;
    }
    return n;
}

/* ---- Running them -------------------------------------------------------------------------- */

static struct {
    struct err err;
    struct notes notes;
    bool ended;
    char text[TEXT_MAX]; /* what came, in the words of the scripts */
    size_t length;
} ran;

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(ran.text + ran.length, TEXT_MAX - ran.length, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= TEXT_MAX - ran.length)
        abort();
    ran.length += (size_t)n;
}

static void tell_record(const struct rr *rr)
{
    if (rr->type == TYPE_SOA) {
        const uint8_t *numbers = rr->rdata + rr->rdlength - 20;
        tell("S%lu%s%s%s ", (unsigned long)octets_u32(numbers),
             octets_u32(numbers + 4) == 7201 ? "'" : "", rr->rdata[1] == 'N' ? "^" : "",
             rr->ttl == 77 ? "~" : "");
    } else {
        tell("%.*s ", rr->owner[0], (const char *)rr->owner + 1);
    }
}

static void tell_changes(const struct delta *delta)
{
    struct delta_reader reader;
    struct rr rr;
    enum rr_op op;
    delta_read(&reader, delta, DELTA_STEPS);
    enum source_event event;
    while ((event = reader.source.next(&reader.source, &rr, &op, &ran.err)) != SOURCE_END) {
        if (event == SOURCE_BEGIN) {
            tell("(%lu>%lu) ", (unsigned long)reader.source.zone.from,
                 (unsigned long)reader.source.zone.serial);
            continue;
        }
        tell("%c", op == RR_ADD ? '+' : '-');
        tell_record(&rr);
    }
    reader.source.free(&reader.source);
}

static bool use_message(struct xfr *xfr, const struct msg *msg)
{
    struct rr rr;
    if (!xfr_push(xfr, msg, &ran.err))
        return false;
    for (;;) {
        switch (xfr_next(xfr, &rr, &ran.err)) {
        case XFR_RR:
            if (xfr_facts(xfr).kind != XFR_ZONE_STYLE)
                tell("KIND?");
            if (rr.info == NULL || rr.class != CLASS_IN)
                tell("RECORD?");
            tell_record(&rr);
            break;
        case XFR_MORE:
            return true;
        case XFR_END:
            ran.ended = true;
            return true;
        case XFR_FAIL:
        default:
            return false;
        }
    }
}

/* Plays the messages. What comes of it is told as "KIND SERIAL: records", or as "error SLUG". */
static void play(uint32_t since, bool strict, size_t limit)
{
    static const char *const kinds[] = {"undecided", "axfr",     "zone",
                                        "changes",   "uptodate", "older"};
    memset(&ran, 0, sizeof ran);
    ran.notes.strict = strict;
    struct delta_config delta_config = {
        .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .limit = limit};
    struct delta *delta = delta_new(&delta_config, &ran.err);
    struct xfr_config config = {.apex = apex,
                                .apex_length = sizeof apex,
                                .class = CLASS_IN,
                                .notes = &ran.notes,
                                .delta = delta,
                                .since = since};
    struct xfr *xfr = xfr_new(&config, &ran.err);
    if (delta == NULL || xfr == NULL)
        abort();
    bool good = true;
    for (unsigned i = 0; good && i < count; i++) {
        size_t end = i + 1 < count ? messages[i + 1].start : stream.n;
        size_t n = end - messages[i].start;
        uint8_t *copy = wire_exact(stream.octets + messages[i].start, n);
        struct msg msg;
        good = msg_parse(&msg, copy, n, &ran.err) && use_message(xfr, &msg);
        memset(copy, 0xee, n); /* it is not ours any more */
        free(copy);
    }
    struct xfr_facts facts = xfr_facts(xfr);
    struct delta_facts steps = delta_facts(delta);
    if (!good) {
        struct rr rr;
        if (steps.steps + steps.added + steps.deleted > 0)
            tell("LEFT?");
        if (xfr_next(xfr, &rr, &ran.err) != XFR_FAIL || xfr_is_lone_soa(xfr))
            tell("FAILED?");
    } else if (!ran.ended) {
        tell("%s", xfr_is_lone_soa(xfr) ? "lone" : "more");
    } else {
        tell("%s %lu", kinds[facts.kind], (unsigned long)facts.serial);
        if (facts.kind == XFR_INCREMENTAL) {
            tell(" from %lu: ", (unsigned long)steps.from);
            tell_changes(delta);
        }
    }
    while (ran.length > 0 && ran.text[ran.length - 1] == ' ')
        ran.text[--ran.length] = '\0';
    xfr_free(xfr);
    delta_free(delta);
}

/* The script comes to the same however it is divided. */
static void comes(uint32_t since, const char *script, const char *expected, const char *what)
{
    unsigned n = build(script, 0), all = n > 0 ? 1u << (n - 1) : 1, good = 0;
    if (n > 14)
        abort();
    for (uint32_t cuts = 0; cuts < all; cuts++) {
        build(script, cuts);
        play(since, false, 0);
        if (ran.err.kind != ERR_NONE || strcmp(ran.text, expected) != 0) {
            is_str(ran.text, expected, "%s (cuts %x): %s", what, (unsigned)cuts, ran.err.text);
            return;
        }
        good++;
    }
    is_int(good, all, "%s: %s", what, expected);
}

/* It fails at record n, in the message that holds it. */
static void fails(uint32_t since, const char *script, enum err_kind kind, unsigned at,
                  const char *words, const char *what)
{
    unsigned n = build(script, 0), all = 1u << (n - 1), good = 0;
    for (uint32_t cuts = 0; cuts < all; cuts++) {
        char start[32];
        build(script, cuts);
        play(since, false, 0);
        snprintf(start, sizeof start, "message %u: ", message_of[at]);
        if (ran.err.kind != kind || strncmp(ran.err.text, start, strlen(start)) != 0 ||
            strstr(ran.err.text, words) == NULL || strchr(ran.text, '?') != NULL) {
            is_str(err_slug(ran.err.kind), err_slug(kind), "%s (cuts %x): %s, not %s%s; %s", what,
                   (unsigned)cuts, ran.err.text, start, words, ran.text);
            ok(false, "... with these words");
            return;
        }
        good++;
    }
    is_int(good, all, "%s: %s", what, ran.err.text);
}

/* ---- The cases ----------------------------------------------------------------------------- */

static void nothing_newer(void)
{
    comes(5, "S5", "uptodate 5", "the same serial");
    comes(5, "S5 S5", "uptodate 5", "... twice");
    comes(5, "S5 a !b S5", "uptodate 5", "... and a zone");
    comes(5, "S5 S4 a S5 b S5", "uptodate 5", "... and changes");
    comes(5, "S5 s7 ?", "uptodate 5", "... and nonsense, which is not looked at");
    comes(6, "S5", "older 5", "an older serial");
    comes(6, "S5 a S5", "older 5", "... with its zone");
    comes(0, "S4294967295", "older 4294967295", "older than 0");
    comes(0, "S0", "uptodate 0", "0 is a serial");
    comes(0, "S2147483649", "older 2147483649", "older by 2^31 - 1");
    is_int((int64_t)ran.notes.counts[ERR_SERIAL_UNDEFINED], 0, "... which is no remark worth");
    comes(0, "S2147483648", "older 2147483648", "no order: not newer");
    is_int((int64_t)ran.notes.counts[ERR_SERIAL_UNDEFINED], 1, "... but that is noted");
    comes(2147483648, "S0", "older 0", "no order, the other way round");
    is_int((int64_t)ran.notes.counts[ERR_SERIAL_UNDEFINED], 1, "... is noted too");
    build("S2147483648", 0);
    play(0, true, 0);
    is_str(err_slug(ran.err.kind), "serial-undefined", "under strict it is an error");
}

static void undecided(void)
{
    comes(1, "S5", "lone", "a lone newer SOA");
    comes(1, "S5 !x !y", "lone", "... with records of other zones");
    comes(4294967295, "S0", "lone", "0 comes after 4294967295");
    comes(0, "S2147483647", "lone", "newer by 2^31 - 1");
    comes(1, "S5 S1", "more", "changes that have begun");
    comes(1, "S5 S1 a S5", "more", "... and lack adds and an end");
    comes(1, "S5 S1 a S5 b", "more", "... and lack their end");
    comes(1, "S5 S1 a S3 b S3", "more", "... and lack steps");
    comes(1, "S5 a", "S5 a more", "a zone that lacks its end");
}

static void zones(void)
{
    comes(1, "S5 a b S5", "S5 a b zone 5", "a whole zone");
    comes(1, "S5 !x a !y b S5", "S5 a b zone 5", "a zone among records of another");
    comes(1, "S5^ a S5", "S5^ a zone 5", "case does not matter in the closing SOA, and is kept");
    comes(1, "S5 a S5~", "S5 a zone 5", "nor does its TTL");
    comes(1, "S5~ a S5", "S5~ a zone 5", "... which is that of the first");
    build("S5 a S1 b S5", 0);
    play(1, false, 0);
    is_str(err_slug(ran.err.kind), "soa-middle", "the old SOA in a zone");
    build("S5 a S1 b S5", 4);
    play(1, false, 0);
    is_str(err_slug(ran.err.kind), "soa-changed", "... at the end of a message");
}

static void changes(void)
{
    comes(1, "S5 S1 a S5 b S5", "changes 5 from 1: (1>5) -S1 -a +S5 +b", "one step");
    comes(1, "S5 S1 S5 S5", "changes 5 from 1: (1>5) -S1 +S5", "a step of only SOAs");
    comes(1, "S5 S1 a b S5 S5", "changes 5 from 1: (1>5) -S1 -a -b +S5", "only deletes");
    comes(1, "S5 S1 S5 a b S5", "changes 5 from 1: (1>5) -S1 +S5 +a +b", "only adds");
    comes(1, "S5 S1 a S3 b S3 b S4 S4 S5 c S5",
          "changes 5 from 1: (1>3) -S1 -a +S3 +b (3>4) -S3 -b +S4 (4>5) -S4 +S5 +c", "three steps");
    comes(1, "S3 S1 S2 S2 S3 S3", "changes 3 from 1: (1>2) -S1 +S2 (2>3) -S2 +S3",
          "nothing but SOAs, twice");
    comes(1, "S5 S1 a S2 a S2 a S5 a S5",
          "changes 5 from 1: (1>2) -S1 -a +S2 +a (2>5) -S2 -a +S5 +a", "the same over again");
    comes(1, "S5 S1 !x a S5 !y b !z S5", "changes 5 from 1: (1>5) -S1 -a +S5 +b",
          "records of other zones in between");
    is_int((int64_t)ran.notes.counts[ERR_OUT_OF_ZONE], 3, "... are noted, and not");
    comes(1, "S5 !x S1 S5 S5", "changes 5 from 1: (1>5) -S1 +S5", "... decided by");
    comes(1, "S5^ S1 a S5 b S5", "changes 5 from 1: (1>5) -S1 -a +S5 +b",
          "case does not matter between the SOAs");
    comes(1, "S5 S1^ S3 S3^ S5^ S5", "changes 5 from 1: (1>3) -S1^ +S3 (3>5) -S3^ +S5^",
          "... of the steps");
    comes(1, "S5 S1~ S5 S5~", "changes 5 from 1: (1>5) -S1~ +S5", "nor do TTLs");
    comes(4294967294, "S1 S4294967294 a S4294967295 b S4294967295 S0 c S0 S1 S1",
          "changes 1 from 4294967294: (4294967294>4294967295) -S4294967294 -a +S4294967295 +b "
          "(4294967295>0) -S4294967295 +S0 +c (0>1) -S0 +S1",
          "past 4294967295");
    comes(2147483647, "S2147483649 S2147483647 S2147483648 S2147483648 S2147483649 S2147483649",
          "changes 2147483649 from 2147483647: (2147483647>2147483648) -S2147483647 +S2147483648 "
          "(2147483648>2147483649) -S2147483648 +S2147483649",
          "past 2^31");
    comes(0, "S2147483647 S0 S2147483647 S2147483647",
          "changes 2147483647 from 0: (0>2147483647) -S0 +S2147483647", "the longest way");
}

static void bad_chains(void)
{
    fails(1, "S5 S2 a S5 S5", ERR_IXFR_BASE, 2, "begin at serial 2, not at 1", "a later base");
    fails(2, "S5 S1 a S5 S5", ERR_IXFR_BASE, 2, "begin at serial 1, not at 2", "an older base");
    fails(1, "S5 S5' S5 S5", ERR_IXFR_BASE, 2, "begin at serial 5", "the newest as base");
    fails(1, "S5 S5", ERR_IXFR_BASE, 2, "begin at serial 5", "... or a zone of only a SOA");
    fails(1, "S5 !x S5", ERR_IXFR_BASE, 3, "begin at serial 5", "... and a record of another");
    fails(1, "S5 S6 S7 S5", ERR_IXFR_BASE, 2, "begin at serial 6", "a base past the newest");
    fails(1, "S5 !x S2 S5 S5", ERR_IXFR_BASE, 3, "", "a later base behind another zone's record");

    fails(1, "S5 S1 S3 S4 S5 S5", ERR_IXFR_CHAIN, 4,
          "lead to serial 3, but those that follow begin at 4", "a gap");
    fails(1, "S5 S1 a S3 b S1 S5 S5", ERR_IXFR_CHAIN, 6, "begin at 1", "a step back to the base");
    fails(1, "S5 S1 S3 S3' S5 S5", ERR_IXFR_CHAIN, 4, "another SOA than they added",
          "another SOA in the link");
    fails(1, "S5 S1 a S1 b S5", ERR_IXFR_CHAIN, 4, "from serial 1 to 1", "a step that stays");
    fails(3, "S5 S3 a S2 b S5", ERR_IXFR_CHAIN, 4, "from serial 3 to 2", "a step back");
    fails(1, "S5 S1 S4 S4 S3 S3 S5 S5", ERR_IXFR_CHAIN, 5, "from serial 4 to 3",
          "a second step back");
    fails(1, "S5 S1 S6 S6 S5 S5", ERR_IXFR_CHAIN, 3, "not on the way to 5",
          "a step past the newest");
    fails(1, "S5 S1 S3 S5", ERR_IXFR_CHAIN, 4, "lead to serial 3, but those that follow begin at 5",
          "the end before the last step");
    fails(1, "S5 S1 a S5 b S4", ERR_IXFR_CHAIN, 6, "begin at 4", "an end with an older serial");
    fails(1, "S5 S1 a S5 b S6", ERR_IXFR_CHAIN, 6, "begin at 6", "an end with a newer serial");
    fails(1, "S5 S1 a S5 b S5'", ERR_IXFR_CHAIN, 6, "another SOA", "an end with another SOA");
    fails(1, "S5 S1 a S5' b S5", ERR_SOA_CHANGED, 4, "same serial 5", "the newest SOA differs");
    fails(1, "S5' S1 a S5 b S5", ERR_SOA_CHANGED, 4, "same serial 5", "the first SOA differs");
    /* Plain numbers would find nothing wrong with these. */
    fails(4294967290, "S5 S4294967290 S6 S6 S5 S5", ERR_IXFR_CHAIN, 3, "not on the way to 5",
          "past the newest, round the end");
    fails(4294967290, "S5 S4294967290 S4294967289 S4294967289 S5 S5", ERR_IXFR_CHAIN, 3,
          "to 4294967289", "back, with larger numbers ahead");
    fails(4294967290, "S5 S4294967290 S2 S2 S4294967295 S4294967295 S5 S5", ERR_IXFR_CHAIN, 5,
          "from serial 2 to 4294967295", "back over the end");
    fails(0, "S2147483647 S0 S2147483648 S2147483648", ERR_IXFR_CHAIN, 3, "2147483648",
          "a step of 2^31");

    fails(1, "S5 S1 a S5 b S5 c", ERR_AFTER_END, 7, "", "a record after the end");
    fails(1, "S5 S1 a S5 b S5 S5", ERR_AFTER_END, 7, "", "a SOA after the end");
    fails(1, "S5 S1 S5 S5 !x", ERR_AFTER_END, 5, "", "another zone's record after the end");
    fails(1, "S5 a S5 b", ERR_AFTER_END, 4, "", "a record after the zone");
}

static void bad_records(void)
{
    fails(1, "a S5 S1 S5 S5", ERR_FIRST_NOT_SOA, 1, "a.example. A", "no SOA first");
    fails(1, "!x S5", ERR_FIRST_NOT_SOA, 1, "x.other.", "a record of another zone first");
    fails(1, "s5 S1 S5", ERR_SOA_OWNER, 1, "sub.example.", "the SOA of another name first");
    fails(1, "S5 s5 S1", ERR_SOA_OWNER, 2, "sub.example.", "... second");
    fails(1, "S5 S1 s5 S5 S5", ERR_SOA_OWNER, 3, "sub.example.", "... among deletes");
    fails(1, "S5 S1 S5 s5 S5", ERR_SOA_OWNER, 4, "sub.example.", "... among adds");
    fails(1, "S5 a s5 S5", ERR_SOA_OWNER, 3, "sub.example.", "... in a zone");
    fails(1, "# S1", ERR_RDLEN, 1, "", "a short SOA first");
    fails(1, "S5 #", ERR_RDLEN, 2, "", "... second");
    fails(1, "S5 S1 #", ERR_RDLEN, 3, "", "... among deletes");
    fails(1, "S5 ? S5", ERR_METATYPE, 2, "", "type 0 second");
    fails(1, "S5 S1 ? S5 S5", ERR_METATYPE, 3, "", "type 0 among deletes");
    fails(1, "S5 S1 S5 % S5", ERR_CLASS, 4, "", "another class among adds");

    build("", 0);
    play(1, false, 0);
    is_str(err_slug(ran.err.kind), "empty-answer", "no record in the first message");
    build("S5 S1 !x S5 S5", 0);
    play(1, true, 0);
    is_str(err_slug(ran.err.kind), "out-of-zone", "strict about other zones");
}

/* A message with the SOAs of a zone may also be cut where nothing is, with empty ones between. */
static void empty_messages(void)
{
    for (unsigned cut = 0; cut < 6; cut++) {
        static const char *const words[] = {"S5", "S1", "a", "S5", "b", "S5"};
        stream.n = 0;
        count = 0;
        for (unsigned i = 0; i < 6; i++) {
            message();
            put_word(&stream, words[i]);
            wire_set_u16(&stream, messages[count - 1].start + 6, 1);
            for (unsigned empty = 0; i == cut && empty < 5; empty++)
                message();
        }
        play(1, false, 0);
        is_str(ran.text, "changes 5 from 1: (1>5) -S1 -a +S5 +b", "empty messages behind record %u",
               cut + 1);
    }
    build("S5", 0);
    for (unsigned i = 0; i < 50; i++)
        message();
    play(1, false, 0);
    is_str(ran.text, "lone", "a SOA and empty messages are still a lone SOA");
}

/* Too much is refused, wherever it is too much, and nothing is left. */
static void limits(void)
{
    static const char script[] = "S5 S1 a b c S3 d e S3 d S5 f S5";
    unsigned refused = 0;
    size_t limit = 1;
    for (; limit < 5000; limit++) {
        build(script, 0x5a5a);
        play(1, false, limit);
        if (ran.err.kind != ERR_DELTA_SIZE)
            break;
        refused += err_class(ran.err.kind) == ERR_CLASS_GUARD && strchr(ran.text, '?') == NULL;
    }
    is_int(ran.err.kind, ERR_NONE, "with %zu octets there is room", limit);
    ok(limit > 300 && limit < 1200, "... which is what it takes");
    is_int(refused, (int64_t)limit - 1, "with less it is refused");
    is_str(ran.text, "changes 5 from 1: (1>3) -S1 -a -b -c +S3 +d +e (3>5) -S3 -d +S5 +f",
           "all is there");
}

static void serials(void)
{
    is_int(serial_compare(1, 1), SERIAL_EQUAL, "1 and 1");
    is_int(serial_compare(2, 1), SERIAL_NEWER, "2 after 1");
    is_int(serial_compare(1, 2), SERIAL_OLDER, "1 before 2");
    is_int(serial_compare(0, 4294967295), SERIAL_NEWER, "0 after 4294967295");
    is_int(serial_compare(4294967295, 0), SERIAL_OLDER, "4294967295 before 0");
    is_int(serial_compare(2147483647, 0), SERIAL_NEWER, "2^31 - 1 after 0");
    is_int(serial_compare(2147483648, 0), SERIAL_UNDEFINED, "2^31 and 0");
    is_int(serial_compare(0, 2147483648), SERIAL_UNDEFINED, "0 and 2^31");
    is_int(serial_compare(2147483649, 0), SERIAL_OLDER, "2^31 + 1 before 0");
    is_int(serial_compare(100, 2147483748), SERIAL_UNDEFINED, "2^31 apart anywhere");
}

int main(void)
{
    serials();
    nothing_newer();
    undecided();
    zones();
    changes();
    bad_chains();
    bad_records();
    empty_messages();
    limits();
    return tap_end();
}
