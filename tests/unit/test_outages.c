/* cli/outages: when an outage is told, that it is told again and over, and who is in it. The clock
 * is the test's. What is expected was written by hand; at random it is judged by counting anew. */
#include "cli/outages.h"
#include "job/orders.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES = 50000 };
#define SECOND UINT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static struct outages outages;
static struct zone zones[ZONES];
static const struct server named[] = {{.word = "ns1"}, {.word = "ns2"}};
static const struct orders orders = {.route = {.servers = named, .server_count = 2}};
static char lines[1 << 16];
static uint64_t now;

/* ---- What happens -------------------------------------------------------------------------- */

static void reset(void)
{
    outages_fini(&outages);
    for (unsigned i = 0; i < ZONES; i++)
        zones[i] = (struct zone){.name = (const uint8_t *)"\1z", .index = i, .orders = &orders};
    now = 10 * SECOND;
}

static void tell(void *context, enum outages_event event, const struct outage *outage, uint64_t at)
{
    static const char *const events[] = {"none", "begins", "goes on", "over"};
    size_t used = strlen(lines);
    (void)context;
    snprintf(
        lines + used, sizeof lines - used, "%llu: %s %s %s: %zu, %zu fail, %llu fresh, %zu most\n",
        (unsigned long long)(at / SECOND), outage->server, outages_sort(outage), events[event],
        outage->members, outage->failing, (unsigned long long)outage->fresh.count, outage->most);
}

/* Lets the time pass, a second at a time. */
static void pass(uint64_t time)
{
    for (uint64_t end = now + time; now < end;) {
        now += SECOND;
        outages_tell(&outages, now, false, tell, NULL);
    }
}

/* What was told since the last call. */
static const char *told(void)
{
    static char text[sizeof lines];
    memcpy(text, lines, sizeof text);
    lines[0] = '\0';
    return text;
}

/* An attempt at nsN; ERR_NONE: it was good. */
static struct attempt attempt(unsigned server, enum err_kind kind)
{
    struct attempt a = {.kind = kind, .by_name = true};
    if (server > 0) {
        snprintf(a.server, sizeof a.server, "ns%u", server);
        snprintf(a.address, sizeof a.address, "192.0.2.%u#53", server % 250);
    }
    snprintf(a.text, sizeof a.text, "failed");
    return a;
}

/* Returns how many failures were of no outage. */
static unsigned look(struct zone *zone, struct attempt *list, size_t count, bool fails)
{
    struct outages_look at;
    struct attempts attempts = {
        .list = list, .count = count, .kept = count, .has_good = !fails && count > 0};
    const struct zone_end end = {.zone = zone,
                                 .attempts = &attempts,
                                 .failure = fails ? list[count - 1].kind : ERR_NONE,
                                 .message = list[count - 1].text};
    struct failure failure;
    unsigned own = 0;
    if (attempts.has_good)
        attempts.good = list[count - 1];
    zone->state = fails ? ZONE_KEPT : ZONE_UNCHANGED;
    outages_begin(&at, &outages, zone, fails);
    for (size_t i = 0; failures_next(&end, true, &i, &failure);)
        own += !outages_add(&at, &failure, now);
    outages_end(&at, &end, now);
    return own;
}

static void fail(unsigned zone, unsigned server, enum err_kind kind)
{
    struct attempt a = attempt(server, kind);
    look(&zones[zone], &a, 1, true);
}

static void good(unsigned zone, unsigned server)
{
    struct attempt a = attempt(server, ERR_NONE);
    look(&zones[zone], &a, 1, false);
}

/* The first server fails, the second one is good. */
static void saved(unsigned zone)
{
    struct attempt list[] = {attempt(1, ERR_CONNECT), attempt(2, ERR_NONE)};
    look(&zones[zone], list, 2, false);
}

/* ---- Cases --------------------------------------------------------------------------------- */

/* All zones of a server fail, one after the other, for three hours, and are well again. */
static void long_outage(void)
{
    static const enum err_kind kinds[] = {ERR_CONNECT, ERR_TIMEOUT_CONN, ERR_NO_ROUTE,
                                          ERR_TIMEOUT_ANSWER};
    reset();
    for (unsigned s = 0; s < 10000; s++) {
        for (unsigned i = 0; i < 5; i++)
            fail(s * 5 + i, 1, kinds[(s + i) % 4]);
        pass(SECOND);
    }
    is_str(told(),
           "14: ns1 network begins: 20, 20 fail, 20 fresh, 20 most\n"
           "3614: ns1 network goes on: 18020, 18020 fail, 18000 fresh, 18020 most\n"
           "7214: ns1 network goes on: 36020, 36020 fail, 18000 fresh, 36020 most\n",
           "zones that fail over hours, in four ways");
    for (unsigned i = 0; i < ZONES; i++)
        fail(i, 1, kinds[i % 3]);
    pass(3 * HOUR);
    is_str(told(), "10814: ns1 network goes on: 50000, 50000 fail, 13980 fresh, 50000 most\n",
           "... and then nothing that is new");
    for (unsigned i = 0; i < ZONES; i++)
        good(i, 1);
    pass(2 * HOUR);
    is_str(told(), "20811: ns1 network over: 0, 0 fail, 0 fresh, 50000 most\n", "... and are well");
    is_int(outages.list[0] == NULL, 1, "... which is forgotten");
}

static void classes(void)
{
    reset();
    fail(0, 1, ERR_CONNECT);
    fail(1, 2, ERR_TSIG_BADKEY);
    fail(2, 2, ERR_RCODE_SERVFAIL);
    fail(3, 0, ERR_OUTPUT);
    fail(4, 1, ERR_OUTPUT);
    fail(5, 0, ERR_RESOLVER);
    pass(5 * SECOND);
    is_str(told(),
           "14: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "14: ns2 tsig-badkey begins: 1, 1 fail, 1 fresh, 1 most\n"
           "14: ns2 rcode-servfail begins: 1, 1 fail, 1 fresh, 1 most\n"
           "14:  output begins: 2, 2 fail, 2 fresh, 2 most\n"
           "14:  network begins: 1, 1 fail, 1 fresh, 1 most\n",
           "a server or this machine, and a sort of failure");
    fail(0, 1, ERR_RCODE_REFUSED);
    pass(5 * SECOND);
    is_str(told(),
           "16: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "19: ns1 rcode-refused begins: 1, 1 fail, 1 fresh, 1 most\n",
           "another sort is another outage");
    static const enum err_kind own[] = {ERR_MAX_SHRINK, ERR_SHORT,    ERR_SYNTAX,   ERR_LONE_SOA,
                                        ERR_NO_SERVERS, ERR_TLS_FILE, ERR_FILE_ODD, ERR_ZONEMD};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof own / sizeof *own; i++) {
        struct attempt a = attempt(own[i] == ERR_NO_SERVERS ? 0 : 1, own[i]);
        count += look(&zones[10], &a, 1, true);
    }
    is_int(count, sizeof own / sizeof *own, "what is a zone's own is none");
}

/* Whose outages a look ends. */
static void leaving(void)
{
    static const struct server other[] = {{.word = "ns2"}};
    static const struct orders without = {.route = {.servers = other, .server_count = 1}};
    reset();
    for (unsigned i = 0; i < 4; i++)
        saved(i);
    pass(5 * SECOND);
    is_str(told(), "14: ns1 network begins: 4, 0 fail, 4 fresh, 4 most\n", "a server of two");
    good(0, 2);
    is_int((int)outages.list[0]->members, 4, "a zone that has not asked it stays");
    good(0, 1);
    is_int((int)outages.list[0]->members, 3, "one that found it well leaves");
    fail(1, 2, ERR_CONNECT);
    is_int((int)outages.list[0]->members, 3, "one that fails elsewhere stays");
    is_int((int)outages.list[0]->failing, 1, "... and is not well any more");
    good(1, 1);
    is_int((int)outages.list[1]->members, 0, "one that does not need it any more leaves");
    saved(1);
    zones[2].orders = &without;
    good(2, 2);
    is_int((int)outages.list[0]->members, 2, "one that has left the server leaves");
    zones[3].orders = NULL;
    good(3, 2);
    outages_gone(&outages, &zones[1], now);
    is_int((int)(outages.list[0]->members + outages.list[1]->members), 0, "and a row that goes");
    pass(5 * SECOND);
    is_str(told(), "16: ns1 network over: 0, 0 fail, 0 fresh, 4 most\n",
           "it is over, and another one was over before it was told");
}

/* First another server helps, then none. */
static void worse(void)
{
    reset();
    for (unsigned i = 0; i < 100; i++)
        saved(i);
    pass(MINUTE);
    for (unsigned i = 0; i < 30; i++)
        fail(i, 1, ERR_CONNECT);
    pass(MINUTE);
    is_str(told(),
           "14: ns1 network begins: 100, 0 fail, 100 fresh, 100 most\n"
           "74: ns1 network begins: 100, 30 fail, 30 fresh, 100 most\n",
           "that zones fail is told, too");
    for (unsigned i = 0; i < 30; i++)
        saved(i);
    pass(HOUR);
    is_str(told(), "", "... not that they do not");
    for (unsigned i = 0; i < 60; i++)
        good(i, 1);
    pass(HOUR);
    is_str(told(), "3731: ns1 network goes on: 40, 0 fail, 0 fresh, 100 most\n",
           "that it has fewer zones is told once an hour");
    fail(70, 1, ERR_CONNECT);
    pass(MINUTE);
    is_str(told(), "7334: ns1 network begins: 40, 1 fail, 1 fresh, 100 most\n",
           "... and that they fail again soon");
}

/* A server that comes and goes every five minutes, for a day; then it stays away. */
static void returning(void)
{
    reset();
    for (unsigned i = 0; i < 144; i++) {
        fail(0, 1, ERR_CONNECT);
        pass(5 * MINUTE);
        good(0, 1);
        pass(5 * MINUTE);
    }
    is_str(told(),
           "14: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "311: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "614: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "911: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "1226: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "1511: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "1874: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "2111: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "2666: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n"
           "2711: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n",
           "one that comes and goes is told less and less");
    fail(0, 1, ERR_CONNECT);
    pass(HOUR);
    is_str(told(), "90010: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n",
           "... but within an hour where it stays");
    good(0, 1);
    pass(HOUR + MINUTE);
    fail(0, 1, ERR_CONNECT);
    pass(5 * SECOND);
    is_str(told(),
           "90011: ns1 network over: 0, 0 fail, 0 fresh, 1 most\n"
           "93674: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n",
           "... and soon after an hour without");
}

static void last(void)
{
    reset();
    fail(0, 1, ERR_CONNECT);
    outages_tell(&outages, now, true, tell, NULL);
    fail(1, 1, ERR_CONNECT);
    now += 2 * HOUR;
    outages_tell(&outages, now, true, tell, NULL);
    is_str(told(), "10: ns1 network begins: 1, 1 fail, 1 fresh, 1 most\n",
           "at the end that one has begun is told, not that it goes on");
}

static void commands(void)
{
    const struct err bad = {.kind = ERR_HOOK, .text = "--exec: exit status 1"};
    reset();
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 100; i++)
            outages_command(&outages, &zones[i], &bad, now);
    pass(MINUTE);
    fail(0, 1, ERR_CONNECT);
    for (unsigned i = 0; i < 101; i++)
        outages_command(&outages, &zones[i], NULL, now);
    outages_gone(&outages, &zones[0], now);
    pass(MINUTE);
    is_str(told(),
           "14:  hook begins: 100, 100 fail, 100 fresh, 100 most\n"
           "71:  hook over: 0, 0 fail, 0 fresh, 100 most\n",
           "commands that fail");
    outages_command(&outages, &zones[1], &bad, now);
    outages_gone(&outages, &zones[1], now);
    is_int((int)outages.list[0]->members, 0, "a row whose command fails goes");
}

/* More servers than are kept, and a zone with more than it is in. */
static void full(void)
{
    static struct attempt many[40];
    struct attempt one = attempt(5000, ERR_CONNECT);
    unsigned refused = 0;
    reset();
    for (unsigned i = 0; i < 40; i++)
        many[i] = attempt(i + 1, ERR_CONNECT);
    is_int(look(&zones[0], many, 40, true), 0, "a zone with many servers");
    is_int((int)outages.count, ZONE_OUTAGES, "... is in some outages");
    for (unsigned i = 1; i < 1200; i++) {
        struct attempt a = attempt(i, ERR_CONNECT);
        refused += look(&zones[i], &a, 1, true);
    }
    is_int(refused, 1199 - OUTAGES_MOST, "servers that there is no room for");
    is_int(look(&zones[1300], &one, 1, true), 1, "... another one");
    good(500, 500);
    is_int(look(&zones[1300], &one, 1, true), 0, "... until one is well");
    is_str(outages.list[499]->server, "ns5000", "... and in its place");
    pass(MINUTE);
    told();
    good(600, 600);
    is_int(look(&zones[1301], &(struct attempt){0}, 0, false), 0, "a look without attempts");
    one = attempt(6000, ERR_CONNECT);
    is_int(look(&zones[1302], &one, 1, true), 1,
           "that one is over is told before its place is free");
    pass(SECOND);
    is_int(look(&zones[1302], &one, 1, true), 0, "... and then it is");
    told();
}

/* ---- At random ----------------------------------------------------------------------------- */

enum { ROWS = 40, SERVERS = 4, CLASSES = 2, ROUNDS = 200000 };

static uint32_t seed = 2463534242u;

static unsigned random_below(unsigned most)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % most;
}

/* What each zone is in, by looking at the last look alone: all servers are asked. */
static bool in[ROWS][SERVERS][CLASSES], fails[ROWS];
static struct zone *rows[ROWS];
static unsigned faults, begun, over;
static bool open_outages[SERVERS][CLASSES];

static void judge_line(void *context, enum outages_event event, const struct outage *outage,
                       uint64_t at)
{
    unsigned server = (unsigned)atoi(outage->server + 2),
             class = strcmp(outages_sort(outage), "rcode-refused") == 0;
    bool *is_open = &open_outages[server][class];
    size_t members = 0, failing = 0;
    (void)context;
    (void)at;
    for (unsigned i = 0; i < ROWS; i++) {
        members += in[i][server][class];
        failing += in[i][server][class] && fails[i];
    }
    faults += members != outage->members || failing != outage->failing;
    faults += (members == 0) != (event == OUTAGES_OVER);
    faults += *is_open != (event != OUTAGES_BEGINS) && outage->told != OUTAGES_HARMLESS;
    faults += outage->fresh.count > members || outage->fresh.shown > outage->fresh.count;
    for (unsigned i = 0; i < outage->fresh.shown; i++) {
        const struct zone *zone = outage->fresh.first[i];
        faults += zone != rows[zone->index] || !in[zone->index][server][class];
        faults += i > 0 && zone->index <= outage->fresh.first[i - 1]->index;
    }
    begun += event == OUTAGES_BEGINS && !*is_open;
    over += event == OUTAGES_OVER;
    *is_open = event != OUTAGES_OVER;
}

static void renew_row(unsigned i)
{
    if (rows[i] != NULL) {
        outages_gone(&outages, rows[i], now);
        memset(rows[i], 0xff, sizeof *rows[i]);
        free(rows[i]);
    }
    memset(in[i], 0, sizeof in[i]);
    fails[i] = false;
    rows[i] = calloc(1, sizeof *rows[i]);
    if (rows[i] == NULL)
        abort();
    rows[i]->index = i;
    rows[i]->orders = &orders;
}

static void look_at_random(unsigned i, unsigned down)
{
    static const enum err_kind kinds[][2] = {{ERR_CONNECT, ERR_TIMEOUT_CONN},
                                             {ERR_RCODE_REFUSED, ERR_RCODE_REFUSED}};
    struct attempt list[SERVERS];
    memset(in[i], 0, sizeof in[i]);
    fails[i] = true;
    for (unsigned s = 0; s < SERVERS; s++) {
        unsigned class = random_below(8) == 0;
        bool is_bad = random_below(10) < (down >> s & 1 ? 9u : 1u);
        list[s] = attempt(s + 1, is_bad ? kinds[class][random_below(2)] : ERR_NONE);
        snprintf(list[s].server, sizeof list[s].server, "ns%u", s);
        in[i][s][class] = is_bad;
        fails[i] = fails[i] && is_bad;
    }
    look(rows[i], list, SERVERS, fails[i]);
}

static void at_random(void)
{
    unsigned down = 0;
    reset();
    for (unsigned i = 0; i < ROWS; i++)
        renew_row(i);
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round % 700 == 0)
            down = random_below(1 << SERVERS);
        if (random_below(50) == 0)
            renew_row(random_below(ROWS));
        else
            look_at_random(random_below(ROWS), round % 2100 > 1400 ? 0 : down);
        now += random_below(2) * 5 * SECOND;
        outages_tell(&outages, now, false, judge_line, NULL);
    }
    is_int(faults, 0, "what is told at random is what there is");
    is_int(begun - over <= SERVERS * CLASSES && over > 50, 1, "... and much is (%u, %u)", begun,
           over);
    for (unsigned i = 0; i < ROWS; i++) {
        outages_gone(&outages, rows[i], now);
        free(rows[i]);
    }
    outages_tell(&outages, now, true, tell, NULL);
    is_int(strstr(lines, "begins") == NULL, 1, "nothing is left");
}

int main(void)
{
    long_outage();
    classes();
    leaving();
    worse();
    returning();
    last();
    commands();
    full();
    at_random();
    outages_fini(&outages);
    return tap_end();
}
