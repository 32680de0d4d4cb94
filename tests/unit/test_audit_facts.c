/* What is wrong with the rows of an audit: who is behind, who differs, who is lame. The rows are
 * made here, and so is what is expected of them. */
#include "job/audit_facts.h"

#include "dns/types.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 5 };

static struct audit_row rows[ROWS];
static struct audit_zone zone;
static const struct audit_limits none = {.max_lag = 0};

/* All servers answer well, with this serial. */
static void good_rows(uint32_t serial)
{
    memset(rows, 0, sizeof rows);
    zone = (struct audit_zone){.rows = rows, .row_count = ROWS};
    for (unsigned i = 0; i < ROWS; i++) {
        static const uint8_t apex[] = {1, 'z', 0};
        uint8_t rdata[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5};
        const struct rr rr = {.owner = apex,
                              .owner_length = sizeof apex,
                              .rdata = rdata,
                              .rdlength = sizeof rdata,
                              .type = TYPE_SOA,
                              .class = CLASS_IN,
                              .info = types_find(TYPE_SOA, CLASS_IN)};
        rows[i].sources = AUDIT_ZONE;
        rows[i].has_address = true;
        rows[i].transfer = AUDIT_REFUSED;
        rows[i].tcp = rows[i].udp = (struct audit_answer){
            .asked = true, .came = true, .authoritative = true, .has_soa = true, .serial = serial};
        soa_signed_add(&rows[i].soa, &rr);
        soa_set_serial(&rows[i].soa.soa, serial);
    }
}

static void judged(unsigned row, unsigned problems, const char *what)
{
    audit_judge(&zone, &none);
    is_int(rows[row].problems, problems, "%s", what);
    unsigned others = 0;
    for (unsigned i = 0; i < ROWS; i++)
        others |= i != row ? rows[i].problems : 0;
    is_int(others, 0, "... and nobody else");
    is_int(zone.problems, problems, "... of the zone, too");
}

static void serials(void)
{
    good_rows(4294967295);
    judged(0, 0, "all the same, before a wrap");
    ok(zone.has_newest && zone.newest == 4294967295, "which is the newest");
    for (unsigned i = 1; i < ROWS; i++)
        soa_set_serial(&rows[i].soa.soa, 3);
    judged(0, AUDIT_IS_BEHIND, "behind by a wrap");
    is_int(rows[0].lag, 4, "of four steps");
    is_int(zone.newest, 3, "the newest is the small number");
    soa_set_serial(&rows[0].soa.soa, UINT32_C(0x80000003));
    judged(0, AUDIT_IS_BEHIND, "without an order");
    good_rows(7);
    soa_set_serial(&rows[2].soa.soa, 6);
    judged(2, AUDIT_IS_BEHIND, "one step");
    const struct audit_limits one = {.max_lag = 1};
    audit_judge(&zone, &one);
    is_int(rows[2].problems, 0, "which may be allowed");
    is_int(rows[2].lag, 1, "and is told all the same");
    rows[2].sources = AUDIT_REFERENCE;
    judged(2, 0, "a reference may be behind");
    soa_set_serial(&rows[2].soa.soa, 8);
    audit_judge(&zone, &none);
    is_int(rows[0].problems, AUDIT_IS_BEHIND, "but if it is newer the others are");
}

/* Of servers that were given time. */
static void goals(void)
{
    good_rows(4294967295);
    zone.has_goal = true;
    zone.goal = 4294967295;
    soa_set_serial(&rows[2].soa.soa, 5);
    judged(2, 0, "the others have come to the goal, though one is ahead by a wrap");
    is_int(rows[0].lag, 6, "how far is told all the same");
    soa_set_serial(&rows[1].soa.soa, 4294967294);
    judged(1, AUDIT_IS_BEHIND, "one step before the goal");
    soa_set_serial(&rows[2].soa.soa, 4294967295);
    soa_set_serial(&rows[1].soa.soa, 4294967295 - UINT32_C(0x80000000));
    judged(1, AUDIT_IS_BEHIND, "without an order with the goal");
    zone.has_goal = false;
    good_rows(4294967295);
    soa_set_serial(&rows[1].soa.soa, 5);
    audit_judge(&zone, &none);
    is_int(rows[0].problems, AUDIT_IS_BEHIND, "without a goal the newest is what counts");
}

static void content(void)
{
    good_rows(7);
    soa_set_serial(&rows[3].soa.soa, 7);
    rows[3].soa.soa.rdata[21] = 99;
    judged(3, AUDIT_DIFFERS, "another SOA at the same serial");
    good_rows(7);
    for (unsigned i = 0; i < ROWS; i++) {
        rows[i].has_content = true;
        rows[i].content_serial = 7;
        rows[i].records = 10;
        rows[i].sum.low = 5;
    }
    judged(0, 0, "the same content");
    rows[4].sum.high = 1;
    judged(4, AUDIT_DIFFERS, "another sum");
    rows[4].content_serial = 6;
    judged(4, 0, "at another serial that is to be expected");
    rows[4].content_serial = 7;
    rows[4].has_content = false;
    judged(4, 0, "nothing is known of one that did not come");
    zone.row_count = 2;
    rows[1].sum.low = 6;
    audit_judge(&zone, &none);
    ok(rows[0].problems == AUDIT_DIFFERS && rows[1].problems == AUDIT_DIFFERS,
       "of two nobody knows which is right");
}

static void answers(void)
{
    good_rows(7);
    rows[1].transfer = AUDIT_OPEN;
    judged(1, AUDIT_IS_OPEN, "open");
    good_rows(7);
    rows[1].tcp.authoritative = false;
    judged(1, AUDIT_IS_LAME, "without authority");
    good_rows(7);
    rows[1].udp = (struct audit_answer){.asked = true, .came = true, .rcode = 5};
    judged(1, AUDIT_IS_LAME, "REFUSED over UDP alone");
    rows[1].udp = (struct audit_answer){.asked = true, .came = true, .err = {.kind = ERR_TC}};
    judged(1, 0, "truncated: TCP has it");
    struct audit_answer whole = rows[1].tcp;
    rows[1].tcp = rows[1].udp;
    rows[1].soa = (struct soa_signed){.has_soa = false};
    judged(1, AUDIT_IS_LAME, "truncated over TCP, too: nobody gets it");
    rows[1].tcp = whole;
    rows[1].udp = (struct audit_answer){.asked = true};
    judged(1, AUDIT_TIMES_OUT, "nothing over UDP");
    rows[1].udp = (struct audit_answer){.asked = false};
    judged(1, 0, "not asked over UDP");
    good_rows(7);
    rows[1] = (struct audit_row){.sources = AUDIT_PARENT};
    judged(1, AUDIT_TIMES_OUT, "a name without an address");
    rows[1].sources = AUDIT_REFERENCE;
    judged(1, AUDIT_TIMES_OUT, "also of a reference");
}

static void signatures(void)
{
    good_rows(7);
    for (unsigned i = 0; i < ROWS; i++)
        rows[i].soa.signatures = 1;
    rows[2].soa.signatures = 0;
    judged(2, AUDIT_IS_UNSIGNED, "unsigned where the others sign");
    for (unsigned i = 0; i < ROWS; i++)
        rows[i].soa.signatures = 0;
    judged(2, 0, "all unsigned");
    zone.has_ds = true;
    audit_judge(&zone, &none);
    is_int(zone.problems, AUDIT_IS_UNSIGNED, "but the parent has a DS");
    is_int(rows[0].problems & rows[4].problems, AUDIT_IS_UNSIGNED, "which all of them miss");
    rows[0].soa = (struct soa_signed){.has_soa = false};
    audit_judge(&zone, &none);
    is_int(rows[0].problems, 0, "who says nothing is not unsigned");
    ok(!rows[0].has_lag, "nor behind");
}

static void known(bool content, enum err_kind kind, const char *what)
{
    const struct audit_wants wants = {.content = content, .openness = true};
    struct err err = {.kind = ERR_NONE};
    bool is_known = audit_is_known(&zone, &wants, &err);
    ok(is_known == (kind == ERR_NONE), "%s", what);
    is_int(err.kind, kind, "... %s", err.text);
}

static void gaps(void)
{
    good_rows(7);
    known(false, ERR_NONE, "all is known");
    rows[1].transfer = AUDIT_TIMEOUT;
    err_set(&rows[1].transfer_err, ERR_TIMEOUT_ANSWER, "silence");
    known(false, ERR_TIMEOUT_ANSWER, "a server answers, but not whether it is open");
    rows[1].tcp.came = rows[1].udp.came = false;
    known(false, ERR_NONE, "one that does not answer at all has its own word");
    good_rows(7);
    rows[2].sources = AUDIT_REFERENCE;
    rows[2].soa.has_soa = false;
    err_set(&rows[2].tcp.err, ERR_RCODE_REFUSED, "REFUSED");
    known(false, ERR_RCODE_REFUSED, "a reference that has no serial");
    rows[2].has_address = false;
    err_set(&rows[2].lookup, ERR_HOST, "no such host");
    known(false, ERR_HOST, "... or no address");
    good_rows(7);
    known(true, ERR_NONE, "no content, and no reason: it was not asked for everywhere");
    for (unsigned i = 0; i < ROWS; i++)
        err_set(&rows[i].content_err, ERR_RCODE_REFUSED, "REFUSED");
    known(true, ERR_RCODE_REFUSED, "nobody gives the content");
    known(false, ERR_NONE, "... which nobody wanted");
    rows[4].has_content = true;
    known(true, ERR_NONE, "one does");
    for (unsigned i = 0; i < ROWS; i++)
        rows[i].tcp.came = rows[i].udp.came = false;
    known(false, ERR_NO_ANSWER, "nobody answers");
    err_set(&rows[2].tcp.err, ERR_TLS_EXPIRED, "expired");
    err_set(&rows[3].tcp.err, ERR_CONNECT, "cannot connect");
    known(false, ERR_TLS_EXPIRED, "... and the first that has a reason counts");
    rows[1].has_address = false;
    err_set(&rows[1].lookup, ERR_HOST, "no such host");
    known(false, ERR_HOST, "... which may be that of its name");
}

int main(void)
{
    serials();
    goals();
    content();
    answers();
    gaps();
    signatures();
    return tap_end();
}
