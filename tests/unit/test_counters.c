/* cli/counters: what is counted of looks at zones, servers, gates, commands; that nothing ever
 * becomes less, and that hostile servers cannot make it grow. */
#include "cli/counters.h"

#include "tap.h"

static struct counters *counters;

static void begin(void)
{
    struct err err = {.kind = ERR_NONE};
    counters_free(counters);
    counters = counters_new(1795000000000000, &err);
    if (counters == NULL) {
        puts("Bail out! no memory");
        exit(1);
    }
}

/* All series, as the metrics have them, one a line. */
static const char *series(void)
{
    static char text[1 << 16];
    struct counters_series one;
    size_t used = 0;
    text[0] = '\0';
    for (size_t at = 0; counters_next(counters, &at, &one);)
        used +=
            (size_t)(one.kind == COUNTERS_KINDS
                         ? sprintf(text + used, "%s octets %" PRIu64 "\n", one.server, one.count)
                         : sprintf(text + used, "%s %s %u %" PRIu64 "\n", one.server,
                                   counters_kind_name(one.kind), one.result, one.count));
    return text;
}

static struct attempt attempt(const char *server, const char *address, enum xfr_kind answer,
                              enum err_kind kind)
{
    struct attempt a = {.kind = kind, .answer = answer, .asked_zone = true};
    snprintf(a.server, sizeof a.server, "%s", server);
    snprintf(a.address, sizeof a.address, "%s", address);
    return a;
}

static void look(struct attempt *list, size_t count, const char *kind)
{
    static const struct zone zone = {.name = (const uint8_t *)""};
    const struct attempts attempts = {.list = list, .count = count, .kept = count};
    counters_zone(counters, &(struct zone_end){.zone = &zone, .attempts = &attempts, .kind = kind});
}

static void transfers(void)
{
    static const char a[] = "192.0.2.1#53", b[] = "192.0.2.2#53";
    static const struct {
        const char *server, *address;
        enum xfr_kind answer;
        enum err_kind kind;
    } rows[] = {
        {"ns1", a, XFR_ZONE, ERR_NONE},         {"ns2", b, XFR_UNDECIDED, ERR_CONNECT},
        {"ns2", b, XFR_INCREMENTAL, ERR_SHORT}, {"ns2", b, XFR_ZONE_STYLE, ERR_MAX_SHRINK},
        {"ns2", b, XFR_UPTODATE, ERR_NONE},     {"ns2", b, XFR_OLDER, ERR_SERIAL_OLDER},
        {"ns2", b, XFR_ZONE, ERR_INTERRUPTED},  {"ns1", a, XFR_UNDECIDED, ERR_CONNECT},
    };
    static struct attempt list[sizeof rows / sizeof *rows];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        list[i] = attempt(rows[i].server, rows[i].address, rows[i].answer, rows[i].kind);
    list[7].asked_zone = false; /* the SOA alone */
    begin();
    counters_zone(counters, &(struct zone_end){.kind = NULL});
    is_str(series(), "", "at first there are no series");
    look(list, 8, "axfr");
    look(list, 1, "axfr");
    is_str(series(),
           "192.0.2.1#53 axfr 0 2\n"
           "192.0.2.2#53 none 3 1\n"
           "192.0.2.2#53 ixfr 6 1\n"
           "192.0.2.2#53 axfr-style 9 1\n"
           "192.0.2.2#53 uptodate 0 1\n"
           "192.0.2.2#53 none 9 1\n",
           "transfers by address, kind and result");
    begin();
    list[1].kind = ERR_SHORT;
    list[1].answer = XFR_ZONE;
    look(list, 2, "resigned");
    is_str(series(), "192.0.2.1#53 resigned 0 1\n192.0.2.2#53 axfr 6 1\n",
           "the kind of the change is that of the good one");
    begin();
    list[0] = attempt("ns\xff\"\n", "", XFR_UNDECIDED, ERR_CONNECT);
    look(list, 1, NULL);
    is_str(series(), "ns?\"? none 3 1\n", "without an address the server is as it was named");
}

/* ---- Octets, and names --------------------------------------------------------------------- */

static struct sync_server server(const char *name, const char *address, uint64_t octets)
{
    return (struct sync_server){.server = name, .address = address, .octets = octets};
}

static void octets(void)
{
    static const char a[] = "192.0.2.1#853", b[] = "192.0.2.2#853", c[] = "192.0.2.3#53";
    struct sync_server servers[] = {server("ns1", a, 10), server("ns1", b, 200), server(c, c, 0)};
    begin();
    counters_servers(counters, servers, 3);
    is_str(series(), "ns1 octets 210\n192.0.2.3#53 octets 0\n",
           "octets of all addresses of a name");
    servers[0].octets = 15;
    counters_servers(counters, servers, 3);
    counters_servers(counters, servers, 3);
    is_str(series(), "ns1 octets 215\n192.0.2.3#53 octets 0\n", "... since the last time");
    counters_servers(counters, servers, 1);
    counters_servers(counters, NULL, 0);
    is_str(series(), "ns1 octets 215\n192.0.2.3#53 octets 0\n",
           "a server that has gone keeps them");
    servers[1].octets = 7;
    counters_servers(counters, servers, 3);
    is_str(series(), "ns1 octets 222\n192.0.2.3#53 octets 0\n", "and one that comes back adds");
}

static void names(void)
{
    static const char a[] = "192.0.2.1#853", b[] = "192.0.2.2#853";
    struct attempt list[] = {attempt("w", a, XFR_ZONE, ERR_NONE),
                             attempt("w", b, XFR_ZONE, ERR_NONE),
                             attempt("w", b, XFR_UNDECIDED, ERR_CONNECT)};
    const struct sync_server servers[] = {server("ns1", a, 1), server("ns1", b, 2),
                                          server("ns2", b, 4)};
    begin();
    look(list, 3, "axfr"); /* before the names are known */
    counters_servers(counters, servers, 3);
    is_str(series(), "ns1 axfr 0 2\nns1 none 3 1\nns1 octets 3\nns2 octets 4\n",
           "an address that has a name is counted under it, and under the first of several");
    look(list, 3, "axfr");
    is_str(series(), "ns1 axfr 0 4\nns1 none 3 2\nns1 octets 3\nns2 octets 4\n",
           "from then on at once");
    const struct sync_server plain = server(a, a, 5);
    begin();
    counters_servers(counters, &plain, 1);
    look(list, 1, "axfr");
    counters_servers(counters, servers, 1);
    is_str(series(), "192.0.2.1#853 axfr 0 1\n192.0.2.1#853 octets 5\nns1 octets 1\n",
           "one that was met in clear text keeps its own");
}

/* ---- Too many ------------------------------------------------------------------------------ */

enum { MANY = 30000 };

struct sums {
    uint64_t transfers, octets, series, other_transfers, other_octets;
};

static struct sums add_up(void)
{
    struct sums sums = {.series = 0};
    struct counters_series one;
    for (size_t at = 0; counters_next(counters, &at, &one);) {
        bool is_other = strcmp(one.server, "other") == 0, is_octets = one.kind == COUNTERS_KINDS;
        *(is_octets ? &sums.octets : &sums.transfers) += one.count;
        if (is_other)
            *(is_octets ? &sums.other_octets : &sums.other_transfers) += one.count;
        sums.series += !is_other;
    }
    return sums;
}

/* Servers that the DNS names, each zone another one. */
static void many(void)
{
    static char texts[MANY][16];
    static struct sync_server servers[MANY];
    begin();
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "ns%u#53", i);
        struct attempt one = attempt("x", texts[i], XFR_ZONE, ERR_NONE);
        look(&one, 1, "axfr");
        servers[i] = server(texts[i], texts[i], i);
    }
    struct sums sums = add_up();
    is_int((int64_t)sums.transfers, MANY, "each transfer of very many servers is counted");
    is_int((int64_t)sums.series, COUNTERS_SERIES, "in so many series");
    is_int((int64_t)sums.other_transfers, MANY - COUNTERS_SERIES, "the rest under \"other\"");
    begin();
    for (unsigned round = 1; round <= 3; round++) {
        counters_servers(counters, servers, MANY);
        sums = add_up();
        is_int((int64_t)sums.octets, (int64_t)MANY * (MANY - 1) / 2 + (round - 1) * MANY,
               "and so are octets");
        is_int((int64_t)sums.series, COUNTERS_SERIES, "...");
        for (unsigned i = 0; i < MANY; i++)
            servers[i].octets++;
    }
    ok(sums.other_octets > 0, "... the rest under \"other\"");
    struct attempt known = attempt("x", texts[0], XFR_ZONE, ERR_NONE);
    look(&known, 1, "axfr");
    sums = add_up();
    is_int((int64_t)sums.other_transfers, 1, "a new series of a server that is known is one, too");
}

/* The names of one server at very many addresses. */
static void many_addresses(void)
{
    static char texts[MANY][16];
    static struct sync_server servers[MANY];
    begin();
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "%u#853", i);
        servers[i] = server(i < MANY / 2 ? "ns" : texts[i], texts[i], 1);
    }
    counters_servers(counters, servers, MANY);
    struct sums sums = add_up();
    is_int((int64_t)sums.octets, MANY, "very many addresses");
    is_int((int64_t)sums.series, 1, "of which no more are kept in mind");
}

static void other(void)
{
    struct attempt list[] = {attempt("other", "", XFR_UNDECIDED, ERR_HOST)};
    const struct sync_server servers[] = {server("other", "192.0.2.1#853", 1)};
    begin();
    look(list, 1, NULL);
    counters_servers(counters, servers, 1);
    counters_servers(counters, servers, 1);
    is_str(series(), "other none 3 1\nother octets 1\n", "a server that is called other");
}

/* ---- What has fixed labels ----------------------------------------------------------------- */

static void fixed(void)
{
    static const struct gate_list gates = {
        .verdicts = {{.gate = GATE_MIN_RECORDS, .result = GATE_PASSED},
                     {.gate = GATE_MAX_CHANGE, .result = GATE_REFUSED},
                     {.gate = GATE_MAX_CHANGE, .result = GATE_REFUSED},
                     {.gate = GATE_ZONEMD, .result = GATE_SKIPPED},
                     {.gate = GATE_CHECK_CMD, .result = GATE_FAILED}},
        .count = 5};
    begin();
    counters_gates(counters, &gates);
    counters_gates(counters, &gates);
    is_int((int64_t)counters_refused(counters, GATE_MAX_CHANGE), 2, "a gate with several limits");
    is_int((int64_t)counters_refused(counters, GATE_CHECK_CMD), 2, "one that could not judge");
    is_int((int64_t)counters_refused(counters, GATE_MIN_RECORDS), 0, "one that agrees");
    is_int((int64_t)counters_refused(counters, GATE_ZONEMD), 0, "one that was not asked");
    counters_hook(counters, COUNTERS_EXEC, ERR_NONE);
    counters_hook(counters, COUNTERS_EXEC, ERR_HOOK);
    counters_hook(counters, COUNTERS_EXEC, ERR_INTERRUPTED);
    counters_hook(counters, COUNTERS_EXEC_ALL, ERR_HOOK_ALL);
    is_int((int64_t)counters_hooks(counters, COUNTERS_EXEC, ERR_CLASS_OK), 1, "a command");
    is_int((int64_t)counters_hooks(counters, COUNTERS_EXEC, ERR_CLASS_HOOK), 1, "that failed");
    is_int((int64_t)counters_hooks(counters, COUNTERS_EXEC, SYNC_SIGNAL), 1, "that was ended");
    is_int((int64_t)counters_hooks(counters, COUNTERS_EXEC_ALL, ERR_CLASS_HOOK), 1, "for all");
    counters_notify(counters, COUNTERS_NOTIFY_REFUSED);
    is_int((int64_t)counters_notified(counters, COUNTERS_NOTIFY_REFUSED), 1, "a notify");
    is_int((int64_t)counters_notified(counters, COUNTERS_NOTIFY_TAKEN), 0, "and none");
    ok(counters_reloaded(counters), "the configuration was read at the start");
    counters_reload(counters, false);
    ok(!counters_reloaded(counters), "and is bad now");
}

int main(void)
{
    transfers();
    octets();
    names();
    many();
    many_addresses();
    other();
    fixed();
    counters_free(counters);
    counters_free(NULL);
    return tap_end();
}
