/* The table and the JSON document of an audit, of rows that are made here; what is expected was
 * written by hand. */
#include "cli/audit_say.h"

#include "base/codec.h"
#include "dns/types.h"

#include "tap.h"

#include <unistd.h>

enum {
    ROWS = 4,
    DAY = 86400,
    MOMENT = 1798800000, /* 2027-01-01T10:40:00Z, seconds since 1970 */
};

static struct audit_row rows[2][ROWS];
static struct audit_zone zones[2];
static struct audit_saying saying;

/* ---- Rows ---------------------------------------------------------------------------------- */

static void keep_soa(struct audit_row *row, uint32_t serial)
{
    static const uint8_t apex[] = {1, 'z', 0};
    uint8_t rdata[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5};
    const struct rr rr = {.owner = apex,
                          .owner_length = sizeof apex,
                          .rdata = rdata,
                          .rdlength = sizeof rdata,
                          .type = TYPE_SOA,
                          .class = CLASS_IN,
                          .info = types_find(TYPE_SOA, CLASS_IN)};
    soa_signed_add(&row->soa, &rr);
    soa_set_serial(&row->soa.soa, serial);
}

/* Answers well over both, and refuses the transfer. */
static struct audit_row *good_row(unsigned zone, const char *host, const char *address,
                                  uint32_t serial)
{
    struct audit_row *row = &rows[zone][zones[zone].row_count++];
    snprintf(row->host, sizeof row->host, "%s", host);
    row->sources = AUDIT_PARENT | AUDIT_ZONE;
    row->has_address = address_parse(address, 53, &row->address);
    row->transfer = AUDIT_REFUSED;
    row->tcp = row->udp = (struct audit_answer){
        .asked = true, .came = true, .authoritative = true, .has_soa = true, .serial = serial};
    keep_soa(row, serial);
    row->has_lag = true;
    return row;
}

/* Nothing is known of it. */
static struct audit_row *mute_row(unsigned zone, const char *host)
{
    struct audit_row *row = &rows[zone][zones[zone].row_count++];
    snprintf(row->host, sizeof row->host, "%s", host);
    row->sources = AUDIT_PRIMARY;
    row->problems = AUDIT_TIMES_OUT;
    return row;
}

static void has_problems(unsigned zone, struct audit_row *row, unsigned problems)
{
    row->problems = problems;
    zones[zone].problems |= problems;
}

static void begin(size_t count)
{
    memset(rows, 0, sizeof rows);
    for (unsigned i = 0; i < 2; i++)
        zones[i] = (struct audit_zone){
            .rows = rows[i], .name = {1, (uint8_t)"yz"[i], 0}, .name_length = 3};
    saying = (struct audit_saying){.zones = zones,
                                   .count = count,
                                   .fail_on = AUDIT_PROBLEMS & ~(unsigned)AUDIT_TIMES_OUT,
                                   .now = UINT64_C(1000000) * MOMENT};
}

/* ---- What is said of them ------------------------------------------------------------------ */

static const char *written(bool json)
{
    static char text[1 << 15];
    FILE *file = tmpfile();
    if (file == NULL)
        return "no file";
    if (json && !audit_say_json(file, &saying))
        fputs("failed", file);
    else if (!json)
        audit_say_table(file, &saying);
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static void table_is(const char *expected, const char *what)
{
    is_str(written(false), expected, "%s", what);
}

/* ---- The table ------------------------------------------------------------------------------ */

static void good_table(void)
{
    begin(1);
    good_row(0, "ns1.example", "192.0.2.1", 7);
    struct audit_row *row = good_row(0, "ns2.example", "2001:db8::2", 4294967295);
    row->soa.signatures = 1;
    row->expires = MOMENT + DAY;
    strcpy(row->nsid, "ams 1");
    table_is(
        "SERVER       ADDRESS         RCODE    UDP      AA   SERIAL      LAG  SIGNED  EXPIRES   "
        "  NSID   TRANSFER  PROBLEMS\n"
        "ns1.example  192.0.2.1#53    NOERROR  NOERROR  yes  7           0    no      -         "
        "  -      refused   -\n"
        "ns2.example  2001:db8::2#53  NOERROR  NOERROR  yes  4294967295  0    yes     2027-01-02"
        "  ams 1  refused   -\n",
        "two good rows, aligned");
    row->expires = MOMENT - 1;
    ok(strstr(written(false), "  yes     expired  ams 1") != NULL, "signatures of the past");
    saying.quiet = true;
    table_is("", "nothing is wrong, and nothing else is asked for");
}

static void narrow_table(void)
{
    static const char row[] = "a       192.0.2.1#53  NOERROR  NOERROR  yes  7       0    no      ";
    char expected[1024];
    begin(1);
    good_row(0, "a", "::ffff:192.0.2.1", 7);
    saying.width = 80;
    snprintf(
        expected, sizeof expected, "%s%s%s",
        "SERVER  ADDRESS       RCODE    UDP      AA   SERIAL  LAG  SIGNED  TRANSFER  PROBLEMS\n",
        row, "refused   -\n");
    table_is(expected, "a narrow terminal: no columns that tell nothing");
    saying.width = 104;
    ok(strstr(written(false), "  EXPIRES  NSID  ") != NULL, "one that is wide enough");
}

static void table_of_problems(void)
{
    begin(1);
    has_problems(0, good_row(0, "a", "192.0.2.1", 7), AUDIT_IS_OPEN | AUDIT_DIFFERS);
    rows[0][0].transfer = AUDIT_OPEN;
    mute_row(0, "b");
    static const char head[] = "SERVER  ADDRESS       RCODE    UDP      AA   SERIAL  LAG  SIGNED  "
                               "EXPIRES  NSID  TRANSFER  "
                               "PROBLEMS\n";
    static const char a[] =
        "a       192.0.2.1#53  NOERROR  NOERROR  yes  7       0    no      -      "
        "  -     open      open,differs";
    static const char b[] =
        "b       -             -        -        -    -       -    -       -      "
        "  -     -         timeout";
    static const char lines[] =
        "y.: a (192.0.2.1#53): anybody gets the whole zone: allow transfers only to its "
        "secondaries (open)\n"
        "y.: a (192.0.2.1#53): it has other content at the same serial: transfer the zone anew "
        "there (--diff shows what differs) (differs)\n";
    char expected[4096];
    snprintf(expected, sizeof expected, "%s%s\n%s\n%s", head, a, b, lines);
    table_is(expected, "what counts is told below, what does not stands in its row");
    saying.color = true;
    snprintf(expected, sizeof expected, "%s\033[31m%s\033[0m\n\033[33m%s\033[0m\n%s", head, a, b,
             lines);
    table_is(expected, "red for what counts, yellow for what does not");
    saying.quiet = true;
    table_is(lines, "quiet: what counts alone");
    saying.fail_on = AUDIT_TIMES_OUT;
    table_is("y.: b (-): its name has no address (timeout)\n", "other problems may count");
    begin(1);
    table_is("", "no rows: no table");
}

/* Who is silent over one of the two is told for which. */
static void table_of_silence(void)
{
    static const struct {
        bool tcp, udp;
        const char *line;
    } cases[] = {
        {true, false, "y.: a (192.0.2.1#53): it gives no answer over UDP (timeout)\n"},
        {false, true, "y.: a (192.0.2.1#53): it gives no answer over TCP (timeout)\n"},
        {false, false,
         "y.: a (192.0.2.1#53): it gives no answer, neither over TCP nor over UDP (timeout)\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(1);
        struct audit_row *row = good_row(0, "a", "192.0.2.1", 7);
        row->tcp.came = cases[i].tcp;
        row->udp.came = cases[i].udp;
        row->problems = AUDIT_TIMES_OUT;
        saying.fail_on = AUDIT_TIMES_OUT;
        saying.quiet = true;
        table_is(cases[i].line, cases[i].tcp   ? "over UDP"
                                : cases[i].udp ? "over TCP"
                                               : "over both");
    }
}

static void table_of_many(void)
{
    begin(2);
    saying.content = true;
    struct audit_row *row = good_row(0, "a", "192.0.2.1", 7);
    row->has_content = true;
    row->records = 12;
    row->sum = (struct sum){.high = 1, .low = 0xab};
    row = good_row(1, "b", "192.0.2.2", 7);
    row->tcp = (struct audit_answer){.asked = true};
    err_set(&row->tcp.err, ERR_TIMEOUT_ANSWER, "no answer within 10 s");
    row->udp.rcode = 5;
    row->udp.authoritative = false;
    row->transfer = AUDIT_TIMEOUT;
    table_is(
        "ZONE  SERVER  ADDRESS       RCODE           UDP      AA   SERIAL  LAG  SIGNED  EXPIRES"
        "  NSID  TRANSFER  RECORDS  SUM                               PROBLEMS\n"
        "y.    a       192.0.2.1#53  NOERROR         NOERROR  yes  7       0    no      -      "
        "  -     refused   12       000000000000000100000000000000ab  -\n"
        "z.    b       192.0.2.2#53  timeout-answer  REFUSED  no   7       0    no      -      "
        "  -     timeout   -        -                                 -\n",
        "two zones, with content; why there is no RCODE");
}

/* What others have chosen can be long, and anything. */
static void table_of_strangers(void)
{
    char host[AUDIT_HOST_MAX];
    memset(host, 'h', sizeof host);
    host[sizeof host - 1] = '\0';
    begin(1);
    struct audit_row *row = good_row(0, host, "192.0.2.1", 7);
    ok(strstr(written(false), host) != NULL, "a long name is not cut");
    strcpy(row->host, "\033[2Jns\n");
    strcpy(row->nsid, "\a\302\233x");
    const char *text = written(false);
    ok(strpbrk(text, "\033\a\302\233") == NULL && strstr(text, "?[2Jns?") != NULL &&
           strstr(text, "???x") != NULL,
       "no octet of theirs speaks to the terminal");
    begin(2); /* labels of octets that are escaped, the longest name there is */
    uint8_t *name = zones[0].name;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *label = name + 64 * i;
        *label = i < 3 ? 63 : 61;
        memset(label + 1, 1, *label);
    }
    name[254] = 0;
    zones[0].name_length = 255;
    row = good_row(0, "a", "192.0.2.1", 7);
    has_problems(0, row, AUDIT_IS_OPEN);
    struct name_string whole;
    ok(strlen(name_string(&whole, name)) == 1004, "250 octets of four characters each, four dots");
    ok(strstr(written(false), whole.text) != NULL, "a zone's name is not cut, either");
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void good_json(void)
{
    begin(2);
    struct audit_row *row = good_row(0, "ns1.example", "2001:db8::1", 7);
    row->soa.signatures = 2;
    row->expires = MOMENT;
    strcpy(row->nsid, "n\"1");
    row->has_content = true;
    row->records = 12;
    row->sum = (struct sum){.high = 1, .low = 0xab};
    zones[0].asked_parent = true;
    err_set(&zones[1].err, ERR_NO_SERVERS, "nobody knows");
    is_str(written(true),
           "{\n"
           "  \"zones\": [\n"
           "    {\n"
           "      \"zone\": \"y.\",\n"
           "      \"result\": \"ok\",\n"
           "      \"error\": null,\n"
           "      \"parent\": \"no-ds\",\n"
           "      \"parent_error\": null,\n"
           "      \"rows\": [\n"
           "        {\n"
           "          \"server\": \"ns1.example\",\n"
           "          \"sources\": [\n"
           "            \"parent\",\n"
           "            \"zone\"\n"
           "          ],\n"
           "          \"address\": \"2001:db8::1\",\n"
           "          \"port\": 53,\n"
           "          \"address_error\": null,\n"
           "          \"rcode\": \"NOERROR\",\n"
           "          \"aa\": true,\n"
           "          \"serial\": 7,\n"
           "          \"lag\": 0,\n"
           "          \"signed\": true,\n"
           "          \"expires\": \"2027-01-01T10:40:00Z\",\n"
           "          \"nsid\": \"n\\\"1\",\n"
           "          \"tcp\": {\n"
           "            \"rcode\": \"NOERROR\",\n"
           "            \"aa\": true,\n"
           "            \"serial\": 7,\n"
           "            \"error\": null\n"
           "          },\n"
           "          \"udp\": {\n"
           "            \"rcode\": \"NOERROR\",\n"
           "            \"aa\": true,\n"
           "            \"serial\": 7,\n"
           "            \"error\": null\n"
           "          },\n"
           "          \"transfer\": \"refused\",\n"
           "          \"transfer_error\": null,\n"
           "          \"records\": 12,\n"
           "          \"sum\": \"000000000000000100000000000000ab\",\n"
           "          \"content_error\": null,\n"
           "          \"problems\": []\n"
           "        }\n"
           "      ]\n"
           "    },\n"
           "    {\n"
           "      \"zone\": \"z.\",\n"
           "      \"result\": \"network\",\n"
           "      \"error\": \"nobody knows\",\n"
           "      \"parent\": null,\n"
           "      \"parent_error\": null,\n"
           "      \"rows\": []\n"
           "    }\n"
           "  ]\n"
           "}\n",
           "a zone with a good row, and one without any");
}

static void json_of_problems(void)
{
    begin(1);
    struct audit_row *row = mute_row(0, "b\377\033");
    err_set(&row->lookup, ERR_RESOLVER, "no such name");
    has_problems(0, row, AUDIT_TIMES_OUT);
    ok(strstr(written(false), "-        resolver  -    -") != NULL, "in the table, too");
    const char *text = written(true);
    ok(strstr(text, "\"result\": \"ok\"") != NULL, "what does not count is good");
    ok(strstr(text, "\"address\": null,\n          \"port\": null") != NULL, "without an address");
    ok(strstr(text, "\"expires\": null") != NULL && strstr(text, "\"lag\": null") != NULL &&
           strstr(text, "\"signed\": null") != NULL && strstr(text, "\"nsid\": null") != NULL,
       "nothing known is null");
    ok(strstr(text, "\"address_error\": \"no such name\"") != NULL, "why there is no address");
    ok(strpbrk(text, "\377\033") == NULL, "no octet of theirs is written as it is");
    row = good_row(0, "c", "192.0.2.3", 7);
    row->udp = (struct audit_answer){.asked = true};
    err_set(&row->udp.err, ERR_TIMEOUT_ANSWER, "late");
    row->tcp.rcode = 3000;
    row->transfer = AUDIT_FAILED;
    err_set(&row->transfer_err, ERR_RCODE, "the server answered SERVFAIL");
    has_problems(0, row, AUDIT_IS_LAME | AUDIT_IS_BEHIND | AUDIT_TIMES_OUT);
    text = written(true);
    ok(strstr(text, "\"result\": \"lag\"") != NULL, "the first problem that counts");
    ok(strstr(text, "\"rcode\": \"RCODE3000\"") != NULL, "an RCODE without a name");
    ok(strstr(text, "\"error\": \"late\"") != NULL, "why UDP did not answer");
    ok(strstr(text, "\"transfer\": \"failed\",\n"
                    "          \"transfer_error\": \"the server answered SERVFAIL\"") != NULL,
       "why the transfer failed");
    ok(strstr(text, "\"problems\": [\n            \"lag\",\n            \"lame\",\n"
                    "            \"timeout\"\n          ]") != NULL,
       "all that was found, counted or not");
}

int main(void)
{
    good_table();
    narrow_table();
    table_of_problems();
    table_of_silence();
    table_of_many();
    table_of_strangers();
    good_json();
    json_of_problems();
    return tap_end();
}
