/* cli/say_watch: the words of a process that stays. The clock is the test's; what is expected was
 * written by hand. */
#include "cli/say_watch.h"

#include "cli/say.h"
#include "job/orders.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES = 50000 };
#define SECOND UINT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static struct settings settings;
static struct say_sync voice; /* too large for the stack */
static struct say_watch watch;
static struct zone zones[ZONES];
static char names[ZONES][16];
static const struct server named[] = {{.word = "ns1"}, {.word = "ns2"}};
static const struct orders orders = {.route = {.servers = named, .server_count = 2}};
static FILE *words;
static char *text;
static size_t size;
static uint64_t now;

/* ---- What happens -------------------------------------------------------------------------- */

static void open_words(void)
{
    words = open_memstream(&text, &size);
    voice.words.held = words; /* of facts */
    say_to(words);
}

static void begin(unsigned verbose, bool quiet)
{
    settings.verbose = verbose;
    settings.quiet = quiet;
    for (unsigned i = 0; i < ZONES; i++) {
        snprintf(names[i], sizeof names[i], "\6z%05u", i);
        zones[i] = (struct zone){
            .name = (const uint8_t *)names[i], .name_length = 8, .index = i, .orders = &orders};
    }
    say_sync_init(&voice, &settings, false, false);
    say_watch_init(&watch, &voice);
    open_words();
    now = 100 * SECOND;
}

static void pass(uint64_t time)
{
    for (uint64_t end = now + time; now < end;) {
        now += SECOND;
        say_watch_tell(&watch, now, false);
    }
}

/* What was said since the last call. */
static void said(const char *expected, const char *what)
{
    fclose(words);
    is_str(text, expected, "%s", what);
    free(text);
    open_words();
}

static void end(void)
{
    voice.words.held = NULL;
    say_watch_fini(&watch);
    say_sync_fini(&voice);
    say_to(NULL);
    fclose(words);
    free(text);
}

/* An attempt at nsN; ERR_NONE: it was good. */
static struct attempt attempt(unsigned server, enum err_kind kind, const char *why)
{
    struct attempt a = {.kind = kind, .by_name = true};
    if (server > 0) {
        snprintf(a.server, sizeof a.server, "ns%u", server);
        snprintf(a.address, sizeof a.address, "192.0.2.%u#53", server);
    }
    snprintf(a.text, sizeof a.text, "%s", why);
    return a;
}

/* A look that has failed, or not, after these attempts. kind: FILE was replaced. */
static void look(struct zone *zone, struct attempt *list, size_t count, bool fails,
                 const char *kind, uint32_t seen)
{
    struct err err = {.kind = ERR_NONE};
    struct attempts attempts = {.list = list, .count = count, .kept = count};
    if (!fails && count > 0 && list[count - 1].kind == ERR_NONE) {
        attempts.good = list[count - 1];
        attempts.has_good = true;
    }
    zone->state = fails ? ZONE_KEPT : ZONE_UNCHANGED;
    const struct zone_end at = {.zone = zone,
                                .attempts = &attempts,
                                .kind = kind,
                                .failure = fails ? list[count - 1].kind : ERR_NONE,
                                .message = fails ? list[count - 1].text : NULL};
    say_watch_look(&watch, zone, &at, seen, now, &err);
}

static void fail(unsigned zone, unsigned server, enum err_kind kind, const char *why)
{
    struct attempt a = attempt(server, kind, why);
    look(&zones[zone], &a, 1, true, NULL, 0);
}

static void good(unsigned zone)
{
    struct attempt a = attempt(1, ERR_NONE, "");
    look(&zones[zone], &a, 1, false, NULL, 0);
}

static void saved(unsigned zone, enum err_kind kind, const char *why)
{
    struct attempt list[] = {attempt(1, kind, why), attempt(2, ERR_NONE, "")};
    look(&zones[zone], list, 2, false, NULL, 0);
}

/* ---- Outages ------------------------------------------------------------------------------- */

#define HINT "zxfr: hint: check the address and the port, and that the server listens on TCP\n"
#define TEN "z00000, z00001, z00002, z00003, z00004, z00005, z00006, z00007, z00008, z00009, ...\n"

static void outage(bool quiet)
{
    begin(0, quiet);
    for (unsigned i = 20; i > 0; i--)
        fail(i - 1, 1, ERR_CONNECT, "cannot connect");
    pass(10 * SECOND);
    said("zxfr: ns1 (192.0.2.1#53): cannot connect; 20 zones: " TEN HINT, "an outage begins");
    fail(3, 1, ERR_TIMEOUT_CONN, "no connection after 10 s");
    fail(20, 1, ERR_NO_ROUTE, "no route");
    fail(21, 1, ERR_NO_ROUTE, "no route");
    pass(3 * HOUR);
    said("zxfr: ns1 (192.0.2.1#53): failures (network) go on after 1 h 0 min; 22 zones; 2 of them "
         "since the last message: z00020, z00021\n",
         "... goes on");
    for (unsigned i = 0; i < 22; i++)
        good(i);
    pass(10 * SECOND);
    said("zxfr: ns1 (192.0.2.1#53): failures (network) are over after 3 h 0 min; 22 zones\n",
         "... and is over");
    end();
}

static void single(void)
{
    begin(0, false);
    fail(7, 1, ERR_CONNECT, "cannot connect");
    saved(8, ERR_RCODE_REFUSED, "REFUSED");
    fail(9, 0, ERR_OUTPUT, "cannot write z: No space left on device");
    pass(5 * SECOND);
    said("zxfr: z00007: ns1 (192.0.2.1#53): cannot connect\n" HINT
         "zxfr: z00008: ns1 (192.0.2.1#53): REFUSED; current all the same\n"
         "zxfr: z00009: cannot write z: No space left on device\n",
         "outages of one zone");
    pass(40 * SECOND);
    good(7);
    good(8);
    good(9);
    pass(5 * SECOND);
    said("zxfr: ns1 (192.0.2.1#53): failures (network) are over after 45 s; 1 zone\n"
         "zxfr: ns1 (192.0.2.1#53): failures (rcode-refused) are over after 45 s; 1 zone\n"
         "zxfr: failures (output) are over after 45 s; 1 zone\n",
         "... are over");
    end();
}

/* Another server helps; then it does not. */
static void harmless(bool quiet)
{
    begin(0, quiet);
    for (unsigned i = 0; i < 3; i++)
        saved(i, ERR_CONNECT, "cannot connect");
    pass(MINUTE);
    said(quiet ? ""
               : "zxfr: ns1 (192.0.2.1#53): cannot connect; 3 zones, current all the same: z00000, "
                 "z00001, z00002\n",
         "what does no harm");
    fail(1, 1, ERR_CONNECT, "cannot connect");
    pass(MINUTE);
    said("zxfr: ns1 (192.0.2.1#53): cannot connect; 3 zones, 2 of them current all the same: "
         "z00001\n" HINT,
         "... and then does");
    saved(1, ERR_CONNECT, "cannot connect");
    saved(3, ERR_CONNECT, "cannot connect");
    pass(2 * HOUR);
    said(quiet ? ""
               : "zxfr: ns1 (192.0.2.1#53): failures (network) go on after 1 h 1 min; 4 zones, "
                 "current all the same; 1 of them since the last message: z00003\n",
         "... and once more does not");
    pass(48 * HOUR);
    for (unsigned i = 0; i < 4; i++)
        good(i);
    pass(MINUTE);
    said("zxfr: ns1 (192.0.2.1#53): failures (network) are over after 2 d 2 h; 4 zones\n",
         "... and is over");
    saved(0, ERR_RCODE_REFUSED, "REFUSED");
    pass(MINUTE);
    good(0);
    pass(MINUTE);
    said(quiet
             ? ""
             : "zxfr: z00000: ns1 (192.0.2.1#53): REFUSED; current all the same\n"
               "zxfr: ns1 (192.0.2.1#53): failures (rcode-refused) are over after 1 min; 1 zone\n",
         "... and with --quiet is not told where it never did harm");
    end();
}

/* A server that answers when it is asked once more. */
static void second_try(void)
{
    struct attempt list[] = {attempt(1, ERR_TIMEOUT_ANSWER, "no answer"), attempt(1, ERR_NONE, "")};
    begin(0, false);
    look(&zones[0], list, 2, false, NULL, 0);
    pass(MINUTE);
    said("", "a server that was good when it was asked once more");
    end();
}

static void signals(void)
{
    begin(0, false);
    fail(0, 1, ERR_CONNECT, "cannot connect");
    pass(5 * SECOND);
    fail(0, 1, ERR_INTERRUPTED, "interrupted");
    pass(5 * SECOND);
    said("zxfr: z00000: ns1 (192.0.2.1#53): cannot connect\n" HINT, "a signal ends no outage");
    fail(1, 2, ERR_CONNECT, "cannot connect");
    fail(2, 1, ERR_RDATA, "too short");
    say_watch_tell(&watch, now, true);
    said("zxfr: z00001: ns2 (192.0.2.2#53): cannot connect\nzxfr: z00002: ns1 (192.0.2.1#53): too "
         "short\n",
         "the end tells the rest");
    end();
}

/* ---- Commands ------------------------------------------------------------------------------ */

static void commands(void)
{
    const struct err bad = {.kind = ERR_HOOK, .text = "--exec: exit status 1"};
    const struct err other = {.kind = ERR_HOOK, .text = "--exec: exit status 2"};
    const struct err stopped = {.kind = ERR_INTERRUPTED, .text = "interrupted"};
    const struct err well = {.kind = ERR_NONE};
    begin(0, false);
    for (unsigned i = 0; i < 3; i++)
        say_watch_command(&watch, &zones[i], &bad, now);
    pass(5 * SECOND);
    said("zxfr: --exec: exit status 1; 3 zones: z00000, z00001, z00002\n", "commands that fail");
    say_watch_command(&watch, &zones[0], &other, now);
    say_watch_command(&watch, &zones[1], &stopped, now);
    say_watch_command(&watch, &zones[2], &well, now);
    say_watch_command(&watch, &zones[3], &other, now);
    good(0);
    pass(2 * HOUR);
    said("zxfr: --exec: failures (hook) go on after 1 h 0 min; 3 zones; 1 of them since the last "
         "message: z00003\n",
         "... go on");
    for (unsigned i = 0; i < 5; i++)
        say_watch_command(&watch, &zones[i], &well, now);
    pass(5 * SECOND);
    said("zxfr: --exec: failures (hook) are over after 2 h 0 min; 3 zones\n", "... and do not");
    end();
}

static void tasks(void)
{
    begin(0, false);
    say_watch_task(&watch, SAY_WATCH_EXEC_ALL, NULL, now);
    for (unsigned i = 0; i < 5; i++) {
        say_watch_task(&watch, SAY_WATCH_EXEC_ALL, "--exec-all: exit status 1", now);
        say_watch_task(&watch, SAY_WATCH_METRICS, i == 0 ? "cannot write m: No space" : NULL, now);
        now += 25 * MINUTE;
    }
    said("zxfr: --exec-all: exit status 1\n"
         "zxfr: cannot write m: No space\n"
         "zxfr: --metrics: failures are over after 25 min; 1 of them\n"
         "zxfr: --exec-all: exit status 1\n",
         "tasks that fail");
    say_watch_task(&watch, SAY_WATCH_EXEC_ALL, NULL, now);
    say_watch_task(&watch, SAY_WATCH_EXEC_ALL, NULL, now);
    said("zxfr: --exec-all: failures are over after 2 h 5 min; 5 of them\n", "... and do not");
    say_watch_task(&watch, SAY_WATCH_EXEC_ALL, "--exec-all: exit status 1", now);
    said("zxfr: --exec-all: exit status 1\n", "... and do");
    end();
}

/* ---- What is a zone's own ------------------------------------------------------------------ */

static void own(unsigned verbose)
{
    begin(verbose, false);
    for (unsigned i = 0; i < 3; i++)
        fail(i, 1, ERR_RDATA, "too short");
    fail(3, 1, ERR_NOT_NEWER, "not newer");
    pass(5 * SECOND);
    said("zxfr: ns1 (192.0.2.1#53): too short; 3 zones: z00000, z00001, z00002\n"
         "zxfr: z00003: ns1 (192.0.2.1#53): not newer\n",
         "zones with trouble of their own");
    fail(0, 1, ERR_RDATA, "shorter than before");
    fail(1, 1, ERR_IXFR_TTL, "another protocol error");
    fail(2, 1, ERR_CONNECT, "cannot connect");
    fail(2, 1, ERR_RDATA, "too short");
    fail(3, 1, ERR_NOT_NEWER, "not newer");
    pass(MINUTE);
    said("", "... are not told again, in whatever words");
    fail(3, 1, ERR_SYNTAX, "another trouble");
    pass(MINUTE);
    said("zxfr: z00003: ns1 (192.0.2.1#53): another trouble\n", "... but where it is another");
    for (unsigned i = 0; i < 5; i++)
        good(i);
    pass(MINUTE);
    said("zxfr: current again; 4 zones: z00000, z00001, z00002, z00003\n", "... and are well");
    saved(0, ERR_RDATA, "too short");
    pass(MINUTE);
    good(0);
    saved(0, ERR_RDATA, "too short");
    pass(MINUTE);
    said("zxfr: z00000: ns1 (192.0.2.1#53): too short; current all the same\n",
         "what does no harm is told once");
    fail(0, 1, ERR_RDATA, "too short");
    pass(MINUTE);
    said("zxfr: z00000: ns1 (192.0.2.1#53): too short\n", "... and where it does");
    fail(8, 1, ERR_CONNECT, "cannot connect");
    pass(MINUTE);
    good(8);
    pass(MINUTE);
    said(verbose > 0
             ? "zxfr: z00008: ns1 (192.0.2.1#53): cannot connect\n" HINT
               "zxfr: ns1 (192.0.2.1#53): failures (network) are over after 1 min; 1 zone\n"
               "zxfr: z00008: current again\n"
             : "zxfr: z00008: ns1 (192.0.2.1#53): cannot connect\n" HINT
               "zxfr: ns1 (192.0.2.1#53): failures (network) are over after 1 min; 1 zone\n",
         "one that an outage ends for is told with --verbose");
    end();
}

/* A line for zones that come by and by, for hours. */
static void by_and_by(void)
{
    unsigned lines = 0;
    begin(0, true);
    for (unsigned i = 0; i < 4 * 3600; i++) {
        say_watch_expired(&watch, &zones[i], now);
        pass(SECOND);
    }
    fflush(words);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    is_int(lines > 48 && lines < 64, 1, "zones that expire for hours are %u lines", lines);
    is_int(strncmp(text,
                   "zxfr: expired: no server has confirmed it for as long as its SOA allows; 4 ",
                   75),
           0, "... the first at once");
    end();
}

static void expired(void)
{
    begin(0, true);
    for (unsigned i = 0; i < 2; i++)
        fail(i, 1, ERR_CONNECT, "cannot connect");
    pass(5 * SECOND);
    for (unsigned i = 0; i < 2; i++)
        say_watch_expired(&watch, &zones[i], now);
    pass(MINUTE);
    for (unsigned i = 0; i < 2; i++)
        fail(i, 1, ERR_CONNECT, "cannot connect");
    for (unsigned i = 0; i < 2; i++)
        good(i);
    good(0);
    pass(MINUTE);
    said(
        "zxfr: ns1 (192.0.2.1#53): cannot connect; 2 zones: z00000, z00001\n" HINT
        "zxfr: expired: no server has confirmed it for as long as its SOA allows; 2 zones: z00000, "
        "z00001\n"
        "zxfr: ns1 (192.0.2.1#53): failures (network) are over after 1 min; 2 zones\n"
        "zxfr: current again; 2 zones: z00000, z00001\n",
        "zones that expire, and are well");
    end();
}

/* Rows that go before they were told, and after. */
static void rows(void)
{
    const struct err bad = {.kind = ERR_HOOK, .text = "--exec: exit status 1"};
    begin(0, false);
    for (unsigned i = 0; i < 4; i++) {
        struct zone *row = malloc(sizeof *row);
        if (row == NULL)
            return;
        *row = zones[i];
        struct attempt list[] = {attempt(1, ERR_CONNECT, "cannot connect"),
                                 attempt(2, ERR_RDATA, "too short")};
        look(row, list, 2, true, NULL, 0);
        say_watch_command(&watch, row, &bad, now);
        if (i == 3)
            pass(2 * MINUTE);
        say_watch_gone(&watch, row, now);
        memset(row, 0xff, sizeof *row);
        free(row);
    }
    pass(MINUTE);
    said("zxfr: z00000: ns2 (192.0.2.2#53): too short\n"
         "zxfr: z00001: ns2 (192.0.2.2#53): too short\n"
         "zxfr: z00002: ns2 (192.0.2.2#53): too short\n"
         "zxfr: z00003: ns2 (192.0.2.2#53): too short\n"
         "zxfr: z00003: ns1 (192.0.2.1#53): cannot connect\n" HINT
         "zxfr: z00003: --exec: exit status 1\n"
         "zxfr: ns1 (192.0.2.1#53): failures (network) are over after 2 min; 1 zone\n"
         "zxfr: --exec: failures (hook) are over after 2 min; 1 zone\n",
         "rows that go");
    end();
}

/* ---- Facts --------------------------------------------------------------------------------- */

static void tell(unsigned zone, enum fact_kind kind, const char *what, uint32_t *seen)
{
    struct attempt a = attempt(1, ERR_SERIAL_OLDER, "has serial 5");
    say_watch_fact(&watch, &zones[zone], &(struct fact){.kind = kind, .text = what, .attempt = &a},
                   seen);
}

static void look_with(unsigned zone, const char *kind, uint32_t seen)
{
    struct attempt a = attempt(1, ERR_NONE, "");
    look(&zones[zone], &a, 1, false, kind, seen);
}

static void facts(unsigned verbose)
{
    static const char twice[] = "zxfr: z00000: warning: signatures end in 3 days\n"
                                "zxfr: z00000: warning: FILE is odd\n"
                                "zxfr: z00000: warning: FILE is odd in another way\n";
    uint32_t seen = 0;
    begin(verbose, false);
    tell(0, FACT_WARNING, "signatures end in 3 days", &seen);
    tell(0, FACT_WARNING, "FILE is odd", &seen);
    tell(0, FACT_WARNING, "FILE is odd in another way", &seen);
    said(twice, "warnings");
    look_with(0, "axfr", seen);
    seen = 0;
    tell(0, FACT_WARNING, "signatures end in 2 days", &seen);
    tell(0, FACT_WARNING, "FILE is odd", &seen);
    look_with(0, "axfr", seen);
    said(verbose == 0 ? ""
                      : "zxfr: z00000: warning: signatures end in 2 days\n"
                        "zxfr: z00000: warning: FILE is odd\n",
         "... are told once");
    seen = 0;
    tell(0, FACT_WARNING, "FILE is odd in another way", &seen);
    tell(0, FACT_NOTICE, "FILE is odd", &seen);
    look_with(0, NULL, seen);
    said("zxfr: z00000: warning: FILE is odd in another way\nzxfr: z00000: FILE is odd\n",
         "... until a look was without them");
    seen = 0;
    look_with(0, NULL, seen);
    fail(0, 1, ERR_CONNECT, "cannot connect");
    tell(0, FACT_NOTICE, "FILE is odd", &seen);
    look_with(0, "ixfr", seen);
    said(verbose == 0 ? "" : "zxfr: z00000: FILE is odd\n",
         "... that has got as far as to the zone");
    end();
}

static void gates(void)
{
    struct zone *zone = &zones[0];
    uint32_t seen;
    struct attempt a = attempt(1, ERR_DNSSEC, "DNSSEC");
    begin(0, false);
    for (unsigned round = 0; round < 3; round++) {
        const struct finding finding = {.text = "is bogus", .rule = 0};
        const struct finding other = {.text = "is bogus, too", .rule = 0};
        seen = 0;
        if (round == 2)
            good(0);
        say_watch_fact(&watch, zone, &(struct fact){.kind = FACT_FINDING, .finding = &finding},
                       &seen);
        say_watch_fact(&watch, zone, &(struct fact){.kind = FACT_FINDING, .finding = &other},
                       &seen);
        look(zone, &a, 1, true, NULL, seen);
    }
    fflush(words);
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, "is bogus")) != NULL; at++)
        count++;
    is_int(count, 4, "findings are told once, until the zone is well");
    end();
}

/* Connections to a server that nobody knows. */
static void insecure(void)
{
    struct attempt a = attempt(1, ERR_NONE, "");
    uint32_t seen = 0;
    begin(0, false);
    snprintf(a.tls.version, sizeof a.tls.version, "TLSv1.3");
    a.tls.trust = TLS_TRUST_NONE;
    for (unsigned i = 0; i < 3; i++)
        say_watch_fact(&watch, &zones[i], &(struct fact){.kind = FACT_CONNECTED, .attempt = &a},
                       &seen);
    said("zxfr: ns1 (192.0.2.1#53): warning: encrypted, but anybody may be the server: it was not "
         "authenticated (--tls-insecure)\n",
         "a warning about a server");
    end();
}

int main(void)
{
    outage(false);
    outage(true);
    single();
    harmless(false);
    harmless(true);
    second_try();
    signals();
    commands();
    tasks();
    own(0);
    own(1);
    by_and_by();
    expired();
    rows();
    facts(0);
    facts(1);
    gates();
    insecure();
    return tap_end();
}
