/* cli/opt_value: what is taken for a number, a time, a port, an address, a server, types. */
#include "cli/opt_value.h"

#include "tap.h"

static void numbers(void)
{
    static const struct {
        const char *text;
        uint64_t most, number;
        bool good;
    } rows[] = {
        {"0", 0, 0, true},
        {"1", 0, 0, false},
        {"7", 7, 7, true},
        {"8", 7, 0, false},
        {"007", 7, 7, true},
        {"4294967295", UINT32_MAX, UINT32_MAX, true},
        {"4294967296", UINT32_MAX, 0, false},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
        {"18446744073709551616", UINT64_MAX, 0, false},
        {"99999999999999999999999", UINT64_MAX, 0, false},
        {"", 9, 0, false},
        {"-1", 9, 0, false},
        {"+1", 9, 0, false},
        {" 1", 9, 0, false},
        {"1 ", 9, 0, false},
        {"0x1", 9, 0, false},
        {"1.0", 9, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t number = 0;
        is_int(opt_value_number(rows[i].text, rows[i].most, &number), rows[i].good, "number \"%s\"",
               rows[i].text);
        if (rows[i].good)
            ok(number == rows[i].number, "... is %" PRIu64, rows[i].number);
    }
}

/* Texts with the number that they stand for; 0: none. */
struct amount {
    const char *text;
    uint64_t amount;
};

static void counts(void)
{
    static const struct amount rows[] = {
        {"1", 1},
        {"1000000000000000", 1000000000000000},
        {"1000000000000001", 0},
        {"5k", 5000},
        {"5M", 5000000},
        {"5G", 5000000000},
        {"999999999G", 999999999000000000},
        {"1000000000k", 0},
        {"0", 0},
        {"0k", 0},
        {"5K", 0},
        {"5m", 0},
        {"5kk", 0},
        {"k", 0},
        {"", 0},
        {"-5", 0},
        {"5 k", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t count = 0;
        bool good = opt_value_count(rows[i].text, &count);
        ok(good == (rows[i].amount > 0) && (!good || count == rows[i].amount),
           "count \"%s\" is %" PRIu64, rows[i].text, rows[i].amount);
    }
}

static void durations(void)
{
    static const struct amount good[] = {
        {"0", 0},      {"1", 1},        {"90s", 90},
        {"5m", 300},   {"2h", 7200},    {"1000000000", 1000000000},
        {"007", 7},    {"0h", 0},       {"1000000000h", 3600000000000},
        {"1d", 86400}, {"2w", 1209600},
    };
    static const char *const bad[] = {
        "",    "s",  "5x", "5ss", "5sm", "1y",         "1000000000w",
        "1.5", "-1", " 5", "5 ",  "1e3", "1000000001", "99999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t time = 0;
        ok(opt_value_duration(good[i].text, &time) && time == good[i].amount * 1000000,
           "time \"%s\" is %" PRIu64 " seconds", good[i].text, good[i].amount);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t time;
        ok(!opt_value_duration(bad[i], &time), "time \"%s\" is refused", bad[i]);
    }
}

static void points_in_time(void)
{
    static const struct amount good[] = {
        {"2026-11-29T12:00:00Z", 1795953600}, /* date -u -d ... +%s */
        {"20261129120000", 1795953600},
        {"2026-11-29", 1795910400},
        {"20261129", 1795910400},
        {"19700101000000", 0},
        {"+7d", 1000 + 604800},
        {"+0", 1000},
    };
    static const char *const bad[] = {"",
                                      "+",
                                      "2026-11-31",
                                      "2026-11-2x",
                                      "2026-11-29Z",
                                      "2026112",
                                      "202611291",
                                      "2026-11-29T12:00:00",
                                      "2026-11-29 12:00:00Z",
                                      "2026-13-29T12:00:00Z",
                                      "+7x",
                                      "-7d",
                                      "1795953600",
                                      "2026112912000x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t time = 1;
        ok(opt_value_time(good[i].text, 1000, &time) && time == good[i].amount,
           "point in time \"%s\" is %" PRIu64, good[i].text, good[i].amount);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t time;
        ok(!opt_value_time(bad[i], 1000, &time), "point in time \"%s\" is refused", bad[i]);
    }
}

static void limits(void)
{
    static const struct {
        const char *text;
        bool is_set, percent;
        uint64_t most;
    } good[] = {
        {"0", true, false, 0},     {"1", true, false, 1},
        {"5k", true, false, 5000}, {"1000000000000000", true, false, 1000000000000000},
        {"0%", true, true, 0},     {"100%", true, true, 100},
        {"007%", true, true, 7},   {"1000000000%", true, true, 1000000000},
        {"off", false, false, 0},
    };
    static const char *const bad[] = {"",    "%",   "5%%", "5 %",  "1.5%", "1000000001%", "-1",
                                      "-1%", "5k%", "Off", "off ", "x",    "0k",          "5%x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool is_set = !good[i].is_set, percent = !good[i].percent;
        uint64_t most = 77;
        ok(opt_value_limit(good[i].text, &is_set, &most, &percent) && is_set == good[i].is_set &&
               percent == good[i].percent && most == good[i].most,
           "limit \"%s\"", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool is_set, percent;
        uint64_t most;
        ok(!opt_value_limit(bad[i], &is_set, &most, &percent), "limit \"%s\" is refused", bad[i]);
    }
}

static void ports(void)
{
    static const char *const bad[] = {"", "0", "00000", "65536", "100000", "-1", "x", "5x", " 5"};
    uint16_t port = 0;
    ok(opt_value_port("1", &port) && port == 1, "port 1");
    ok(opt_value_port("65535", &port) && port == 65535, "port 65535");
    ok(opt_value_port("00053", &port) && port == 53, "port 00053");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!opt_value_port(bad[i], &port), "port \"%s\" is refused", bad[i]);
}

static void addresses(void)
{
    static const char *const good[] = {"127.0.0.1", "127.0.0.1#53", "::1", "::1#65535"};
    static const char *const bad[] = {
        "", "#53", "host", "300.1.1.1", "127.0.0.1#", "127.0.0.1#0", "127.0.0.1#70000", "::1#x"};
    struct address address;
    char text[400];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ok(opt_value_address(good[i], &address), "address \"%s\"", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!opt_value_address(bad[i], &address), "address \"%s\" is refused", bad[i]);
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ok(!opt_value_address(text, &address), "an address longer than any is refused");
}

static void servers(void)
{
    static const struct {
        const char *word, *host; /* host NULL: refused */
        uint16_t port;
    } rows[] = {
        {"ns1.example", "ns1.example", 0},
        {"ns1.example#53", "ns1.example", 53},
        {"ns1.example:5353", "ns1.example", 5353},
        {"192.0.2.1:53", "192.0.2.1", 53},
        {"2001:db8::1", "2001:db8::1", 0},
        {"2001:db8::1#853", "2001:db8::1", 853},
        {"fe80::1%eth0#853", "fe80::1%eth0", 853},
        {"[2001:db8::1]", "2001:db8::1", 0},
        {"[2001:db8::1]:53", "2001:db8::1", 53},
        {"[2001:db8::1]#53", "2001:db8::1", 53},
        {"", NULL, 0},
        {"#53", NULL, 0},
        {":53", NULL, 0},
        {"[]", NULL, 0},
        {"[::1", NULL, 0},
        {"[::1]x", NULL, 0},
        {"[::1]:", NULL, 0},
        {"ns1#", NULL, 0},
        {"ns1:", NULL, 0},
        {"ns1#0", NULL, 0},
        {"ns1:65536", NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server server;
        struct err err = {.kind = ERR_NONE};
        bool good = opt_value_server(&server, rows[i].word, &err);
        is_int(good, rows[i].host != NULL, "server \"%s\"", rows[i].word);
        is_int(err.kind, rows[i].host != NULL ? ERR_NONE : ERR_USAGE, "... and the error");
        if (!good || rows[i].host == NULL)
            continue;
        is_str(server.host, rows[i].host, "... its host");
        is_int(server.port, rows[i].port, "... its port");
        ok(server.word == rows[i].word, "... and its word");
    }
}

static uint16_t added[8];
static size_t added_count;

static void note_type(struct filter *filter, uint16_t type)
{
    (void)filter;
    if (added_count < sizeof added / sizeof *added)
        added[added_count++] = type;
}

static void types(void)
{
    static const char *const bad[][2] = {
        {"", ""}, {"A,", ""}, {",A", ",A"}, {"A,nope,NS", "nope,NS"}, {"A AAAA", "A AAAA"}};
    static struct filter filter; /* too large for the stack */
    ok(opt_value_types("A,aaaa,TYPE65534", &filter, note_type) == NULL, "three types");
    ok(added_count == 3 && added[0] == 1 && added[1] == 28 && added[2] == 65534, "... in order");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_str(opt_value_types(bad[i][0], &filter, note_type), bad[i][1],
               "types \"%s\": the first that is not one", bad[i][0]);
}

int main(void)
{
    numbers();
    counts();
    durations();
    points_in_time();
    limits();
    ports();
    addresses();
    servers();
    types();
    return tap_end();
}
