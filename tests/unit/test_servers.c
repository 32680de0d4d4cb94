/* What the engine knows of servers, over a run of many zones: which are down, what each has done;
 * and the hold on transfers. What is expected is worked out here from the rules. */
#include "scripted.h"

#include "tap.h"

enum { DOWN_FOR = 60 * SECOND };

/* Asks a new question to a server, and lets the world run to its end. */
static struct world_zone *run_one(struct world *world, unsigned server, unsigned type, bool tls)
{
    struct world_zone *zone = world_zone(world, server, type, tls);
    world_ask(world, zone);
    world_run(world);
    return zone;
}

/* ---- Servers that are down --------------------------------------------------------------------
 */

static void refused_once(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    world->plan = plan_refused;
    for (unsigned i = 0; i < 3; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    uint64_t after = world->now;
    world->now += 59 * SECOND;
    struct world_zone *zone = run_one(world, 1, TYPE_AXFR, false);
    ok(zone->failed && zone->err.kind == ERR_CONNECT &&
           strcmp(zone->err.text, world->zones[0].err.text) == 0,
       "who comes later fails as the first did: %s", zone->err.text);
    ok(world->link_count == 1 && world->now == after + 59 * SECOND, "without a connection");
    ok(zone->question.connect_began == world->now && zone->question.connected_at == 0 &&
           zone->question.asked_at == 0 && zone->connected == 0,
       "... as its facts say");
    world->plan = NULL;
    world->serve = serve_good;
    run_one(world, 2, TYPE_SOA, false);
    ok(world->zones[4].done, "another server is another matter");
    world->now = after + DOWN_FOR;
    for (unsigned i = 0; i < 5; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    ok(world->link_count == 3 && world->zones[5].done && world->zones[9].done,
       "after its time it is tried once more");
    world_free(world);

    world = world_new();
    world->plan = plan_refused;
    run_one(world, 1, TYPE_SOA, false);
    run_one(world, 1, TYPE_SOA, false);
    is_int(world->link_count, 2, "nothing is kept in mind where nobody wants it");
    world_free(world);
}

/* The try after the time fails: one connection, and the time begins anew. */
static void refused_again(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    world->plan = plan_refused;
    run_one(world, 1, TYPE_SOA, false);
    world->now += DOWN_FOR;
    for (unsigned i = 0; i < 20; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    run_one(world, 1, TYPE_SOA, false);
    ok(world->link_count == 2 && count_of(world, "failed: connect") == 22,
       "a try that fails is one for all, and for those that come later");
    world_free(world);
}

static void unsafe_door(struct scripted_link *link)
{
    if (link->link.is_tls)
        link->unsafe = ERR_TLS_ISSUER;
}

/* TLS and clear text are two ways to one address. */
static void doors(void)
{
    char name[] = "tls";
    struct world *world = world_new_with(DOWN_FOR);
    world->tls = (struct tls_context *)(void *)name;
    world->plan = unsafe_door;
    world->serve = serve_good;
    run_one(world, 1, TYPE_SOA, true);
    run_one(world, 1, TYPE_SOA, false);
    run_one(world, 1, TYPE_SOA, true);
    ok(world->zones[1].done && world->zones[2].err.kind == ERR_TLS_ISSUER && world->link_count == 2,
       "a handshake that failed is kept in mind for its door alone, whatever others answer");
    world_free(world);
}

/* Three silences in a row, each of a question of its own. */
static void silent_server(void)
{
    char name[] = "tls";
    struct world *world = world_new_with(DOWN_FOR);
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_nothing;
    struct world_zone *other = run_one(world, 1, TYPE_SOA, true); /* the other door */
    for (unsigned i = 0; i < 2; i++)
        run_one(world, 1, TYPE_SOA, false);
    uint64_t after = world->now;
    is_int((int64_t)(after - WORLD_START), 30 * SECOND, "three silences");
    run_one(world, 1, TYPE_AXFR, false);
    world_ask(world, other);
    world_run(world);
    ok(world->now == after && world->link_count == 3 &&
           world->zones[3].err.kind == ERR_TIMEOUT_ANSWER && other->err.kind == ERR_TIMEOUT_ANSWER,
       "then the server is down, by whatever door");
    world->now += DOWN_FOR;
    run_one(world, 1, TYPE_SOA, false);
    after = world->now;
    run_one(world, 1, TYPE_SOA, false);
    ok(world->now == after && world->link_count == 4,
       "one more silence is enough for the next time");
    world->serve = serve_good;
    world->now += DOWN_FOR;
    ok(run_one(world, 1, TYPE_SOA, false)->done, "and one answer is, too");
    world->serve = serve_nothing;
    world->now += 10 * SECOND;
    run_one(world, 1, TYPE_SOA, false);
    world->serve = serve_good;
    ok(run_one(world, 1, TYPE_SOA, false)->done, "after which one silence is no proof again");
    world_free(world);
}

static void nothing_here(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    world->serve = serve_good;
    world->fault = LINK_LOCAL;
    world->fault_kind = ERR_CONNECT;
    bool failed = run_one(world, 1, TYPE_SOA, false)->failed;
    world->fault_kind = ERR_NONE;
    ok(failed && run_one(world, 1, TYPE_SOA, false)->done,
       "what this machine lacked is not kept in mind");
    world->plan = plan_refused;
    world->fault = LINK_FULL;
    world->fault_kind = ERR_CONNECT;
    world->now += 10 * SECOND;
    failed = run_one(world, 2, TYPE_SOA, false)->failed;
    world->fault_kind = ERR_NONE;
    world->plan = NULL;
    ok(failed && run_one(world, 2, TYPE_SOA, false)->done, "nor that it had no descriptors");
    world_free(world);
}

static void plan_one_only(struct scripted_link *link)
{
    link->refused = link->number == 1 ? ERR_CONNECT : ERR_NONE;
}

/* Behind a long transfer a second connection is refused, which fails who waits for it; the next
 * message of the transfer shows that the server is there. */
static void heard_meanwhile(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    world->plan = plan_one_only;
    world->serve = serve_long;
    struct world_zone *first = world_zone(world, 1, TYPE_AXFR, false), *late[3];
    struct engine_event event;
    struct timer timers[3] = {{.at = 0}};
    world_ask(world, first);
    for (unsigned i = 0; i < 3; i++) {
        late[i] = world_zone(world, 1, TYPE_SOA, false);
        engine_timer(world->engine, &timers[i],
                     WORLD_START + (unsigned[]){5500, 5600, 6500}[i] * 1000, NULL);
    }
    while (engine_next(world->engine, &event)) {
        if (event.kind == ENGINE_TIMER)
            world_ask(world, late[event.timer - timers]);
        else
            world_take(world, &event);
    }
    ok(late[0]->err.kind == ERR_CONNECT && late[1]->err.kind == ERR_CONNECT,
       "a second connection is refused, and not tried again at once");
    ok(late[2]->done && world->link_count == 3 && first->done,
       "an answer on the first one ends that");
    world_free(world);
}

/* The caller puts the same question again while it hears of the failure, as a plan may. */
static void asked_in_between(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    struct engine_event event;
    unsigned events = 0;
    world->plan = plan_refused;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    while (events < 100 && engine_next(world->engine, &event)) {
        world_take(world, &event);
        if (event.kind == ENGINE_FAILED && ++events < 50)
            world_ask(world, event.owner);
    }
    ok(events == 50 && world->link_count == 1 && !world->hung, "each try has its end");
    struct world_zone *zone = &world->zones[0];
    world_ask(world, zone);
    engine_end(world->engine, &zone->question, ERR_INTERRUPTED);
    ok(!engine_next(world->engine, &event), "one that was taken back has no event");
    world_free(world);
}

/* ---- Servers that are said to live ------------------------------------------------------------
 */

static void revive(struct world *world, const char *text, uint16_t port)
{
    struct address address;
    MUST_BE(address_parse(text, port, &address));
    engine_revive(world->engine, &address);
}

/* One that was down is tried at once, but not all the time: whoever says that it lives may be
 * anybody. */
static void revived(void)
{
    struct world *world = world_new_with(DOWN_FOR);
    revive(world, "192.0.2.1", 53);
    world->plan = plan_refused;
    run_one(world, 1, TYPE_SOA, false);
    world->now += SECOND;
    revive(world, "192.0.2.2", 53);
    revive(world, "192.0.2.1", 5353);
    revive(world, "2001:db8::1", 53);
    run_one(world, 1, TYPE_SOA, false);
    is_int(world->link_count, 1, "another address or port changes nothing");
    revive(world, "192.0.2.1", 53);
    for (unsigned i = 0; i < 5; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    ok(world->link_count == 2 && count_of(world, "failed: connect") == 7,
       "one that is said to live is tried: one connection for all");
    uint64_t after = world->now;
    for (unsigned i = 0; i < 20; i++) {
        world->now = after + i * SECOND / 20;
        revive(world, "192.0.2.1", 53);
        run_one(world, 1, TYPE_SOA, false);
    }
    is_int(world->link_count, 2, "... and then not for a second");
    world->now = after + SECOND;
    world->plan = NULL;
    world->serve = serve_good;
    revive(world, "192.0.2.1", 53);
    ok(run_one(world, 1, TYPE_AXFR, false)->done && world->link_count == 3,
       "then once more, and it does live");
    world_free(world);
}

static void revived_by_all_doors(void)
{
    char name[] = "tls";
    struct world *world = world_new_with(DOWN_FOR);
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_good;
    world->plan = plan_refused;
    run_one(world, 1, TYPE_SOA, false);
    run_one(world, 1, TYPE_SOA, true);
    world->now += 20 * SECOND;
    world->plan = NULL;
    ok(run_one(world, 1, TYPE_SOA, false)->failed && run_one(world, 1, TYPE_SOA, true)->failed,
       "a server is down by two doors");
    revive(world, "192.0.2.1", 53);
    ok(run_one(world, 1, TYPE_SOA, false)->done && run_one(world, 1, TYPE_SOA, true)->done,
       "it is by all of them that it lives again");
    world_free(world);
}

/* ---- Connections that nobody needs ------------------------------------------------------------
 */

/* A second question is taken back when it hears of its connection, on which nothing else is to
 * come, while another server is busy for long: the connection goes when it was not used for a
 * while, not when something else wakes it. */
static void unused(void)
{
    struct world *world = world_new();
    struct engine_event event;
    world->serve = serve_long;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_ask(world, world_zone(world, 2, TYPE_AXFR, false));
    struct world_zone *second = world_zone(world, 1, TYPE_SOA, false);
    uint64_t closed_at = 0, asked_at = 0;
    while (engine_next(world->engine, &event)) {
        if (event.owner == second) {
            MUST_BE(event.kind == ENGINE_CONNECTED);
            engine_end(world->engine, event.question, ERR_INTERRUPTED);
            continue;
        }
        world_take(world, &event);
        if (asked_at == 0 && world->now >= WORLD_START + SECOND) {
            asked_at = world->now;
            world_ask(world, second);
        }
        if (closed_at == 0 && world->open_links == 1)
            closed_at = world->now - asked_at;
    }
    ok(closed_at >= 5 * SECOND && closed_at <= 6 * SECOND && world->zones[1].done,
       "a connection that is not used is closed after five seconds");
    world_free(world);
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

/* By the last octet of the address: 3 refuses zones, 4 is busy for more than two at once, 5 is
 * silent, all others are good. */
static void serve_kinds(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    static struct wire w;
    bool refuses = link->server == 3 && type != TYPE_SOA;
    bool is_busy = link->server == 4 && link->queries > 2 && link->world->now == WORLD_START;
    if (link->server == 5)
        return;
    if (!refuses && !is_busy) {
        answer_all(link, id, zone, type, edns, 1000);
        return;
    }
    message_error(&w, id, refuses ? 5 : 2, zone, type, edns);
    link_send_message(link, 1000, &w);
}

static void plan_kinds(struct scripted_link *link)
{
    if (link->server == 6)
        plan_refused(link);
}

static struct engine_server server_at(const struct world *world, size_t wanted, char text[64])
{
    struct engine_server server = {.address = NULL};
    size_t at = 0, i = 0;
    char address[ADDRESS_TEXT_MAX];
    while (engine_server(world->engine, &at, &server) && i < wanted)
        i++;
    MUST_BE(server.address != NULL && i == wanted);
    snprintf(text, 64, "%s", address_text(server.address, address));
    return server;
}

static void is_server(const struct world *world, size_t at, const char *address,
                      struct engine_server want, const char *what)
{
    char text[64];
    struct engine_server got = server_at(world, at, text);
    bool good = ok(strcmp(text, address) == 0 && got.connections == want.connections &&
                       got.questions == want.questions && got.transfers == want.transfers &&
                       got.failures == want.failures && got.octets == want.octets &&
                       got.least_window == want.least_window && got.known == want.known &&
                       got.up == want.up,
                   "%s", what);
    if (!good)
        diag("%s: connections %" PRIu64 " questions %" PRIu64 " transfers %" PRIu64
             " failures %" PRIu64 " octets %" PRIu64 " window %u known %d up %d",
             text, got.connections, got.questions, got.transfers, got.failures, got.octets,
             got.least_window, got.known, got.up);
}

static uint64_t octets_of(const struct world *world, unsigned server)
{
    uint64_t octets = 0;
    for (unsigned i = 0; i < world->link_count; i++)
        if (world->links[i]->server == server)
            octets += world->links[i]->stream_length;
    return octets;
}

static void figures(void)
{
    char text[64];
    size_t at = 0;
    struct engine_server none;
    struct world *world = world_new_with(DOWN_FOR);
    ok(!engine_server(world->engine, &at, &none), "no servers at first");
    world->plan = plan_kinds;
    world->serve = serve_kinds;
    for (unsigned server = 6; server >= 2; server--) /* not in the order of addresses */
        for (unsigned i = 0; i < 4; i++)
            world_ask(world, world_zone(world, server, i == 3 ? TYPE_SOA : TYPE_AXFR, false));
    world_ask(world, world_zone(world, 7, TYPE_AXFR, false));
    ok(!server_at(world, 5, text).known, "nothing is known of one that was not asked yet");
    world_run(world);
    struct world_zone *late = run_one(world, 6, TYPE_SOA, false);
    is_server(world, 0, "192.0.2.6#53",
              (struct engine_server){.failures = 5, .least_window = 4, .known = true},
              "no connection: all fail, and so does who comes later");
    ok(late->failed, "... which is so");
    is_server(world, 2, "192.0.2.4#53",
              (struct engine_server){.connections = 1,
                                     .questions = 6,
                                     .transfers = 3,
                                     .failures = 2,
                                     .octets = octets_of(world, 4),
                                     .least_window = 2,
                                     .known = true,
                                     .up = true},
              "a busy one: two are asked again");
    is_server(world, 3, "192.0.2.3#53",
              (struct engine_server){.connections = 1,
                                     .questions = 4,
                                     .failures = 3,
                                     .octets = octets_of(world, 3),
                                     .least_window = 4,
                                     .known = true,
                                     .up = true},
              "one that refuses transfers");
    is_server(world, 4, "192.0.2.2#53",
              (struct engine_server){.connections = 1,
                                     .questions = 4,
                                     .transfers = 3,
                                     .octets = octets_of(world, 2),
                                     .least_window = 4,
                                     .known = true,
                                     .up = true},
              "a good one");
    struct engine_server silent = server_at(world, 1, text);
    ok(silent.failures == 4 && silent.questions > 4 && silent.connections > 1 &&
           silent.octets == 0 && silent.transfers == 0 && silent.least_window == 1 &&
           silent.known && !silent.up,
       "a silent one is asked more often");
    is_int((int64_t)server_at(world, 5, text).transfers, 1, "and the last");
    at = 6;
    ok(!engine_server(world->engine, &at, &none), "there are six");
    world_free(world);
}

/* What is not the server's does not count against it. */
static void own_troubles(void)
{
    struct world *world = world_new();
    struct world_zone *zone;
    world->serve = serve_nothing;
    for (unsigned i = 0; i < 3; i++) {
        zone = world_zone(world, 1, TYPE_AXFR, false);
        zone->question.deadline = i == 0 ? WORLD_START + SECOND : LOOP_NEVER;
        world_ask(world, zone);
    }
    engine_end(world->engine, &zone->question, ERR_INTERRUPTED);
    world->signal_at = WORLD_START + 2 * SECOND;
    world_run(world);
    engine_end(world->engine, &world->zones[1].question, ERR_OUTPUT);
    is_server(world, 0, "192.0.2.1#53",
              (struct engine_server){.connections = 1, .questions = 2, .least_window = 4},
              "a deadline, a signal and a full disk are no failures of a server");
    world_free(world);

    char name[] = "tls", text[64];
    world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_good;
    run_one(world, 1, TYPE_SOA, true);
    run_one(world, 1, TYPE_SOA, false);
    struct engine_server server = server_at(world, 0, text);
    is_str(server.host, "server.example", "the name is that of the first way in");
    is_int((int64_t)server.questions, 2, "... and the figures are of the address");
    zone = world_zone(world, 1, TYPE_AXFR, false);
    zone->question.max_octets = 10;
    world_ask(world, zone);
    world_run(world);
    is_int((int64_t)server_at(world, 0, text).failures, 1, "too much is a failure of the server");
    world_free(world);
}

/* ---- The hold on transfers --------------------------------------------------------------------
 */

/* Four transfers and four SOA questions at two servers. */
static struct world *world_of_eight(void)
{
    struct world *world = world_new();
    world->serve = serve_good;
    for (unsigned i = 0; i < 8; i++)
        world_ask(world, world_zone(world, 1 + i / 4, i % 2 == 0 ? TYPE_AXFR : TYPE_SOA, false));
    return world;
}

static void held_all(void)
{
    struct world *world = world_of_eight();
    struct engine_event event;
    engine_hold(world->engine, true);
    world_run(world);
    ok(count_of(world, " done 1\n") == 4 && count_of(world, "message") == 4 &&
           world->links[0]->queries + world->links[1]->queries == 4,
       "while transfers are held, SOA questions are asked and no others");
    ok(!world->hung && world->now < WORLD_START + SECOND, "and then there is nothing to wait for");
    ok(!engine_next(world->engine, &event), "... as often as it is asked");
    engine_hold(world->engine, false);
    world_run(world);
    ok(count_of(world, " done 4\n") == 4 && world->link_count == 2,
       "then they go on, on the same connections");
    world_free(world);
}

static void hold_at_first(struct world *world, struct world_zone *zone)
{
    if (zone->question.kind == QUESTION_TRANSFER && !zone->done)
        engine_hold(world->engine, true);
}

/* The window is 4, and the first message that comes holds all others. */
static void held_under_way(void)
{
    struct world *world = world_new();
    world->serve = serve_good;
    world->on_message = hold_at_first;
    for (unsigned i = 0; i < 10; i++)
        world_ask(world, world_zone(world, 1, TYPE_AXFR, false));
    world_run(world);
    ok(count_of(world, " done 4\n") == 4 && world->links[0]->queries == 4,
       "what is under way goes on, and no more is begun");
    engine_hold(world->engine, false);
    world->on_message = NULL;
    world_run(world);
    is_int(count_of(world, " done 4\n"), 10, "nothing is lost");
    world_free(world);
}

/* A server that is busy says when it may be asked again; that is of no interest while transfers are
 * held: it must not keep the engine awake. */
static void serve_busy(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                       bool edns)
{
    static struct wire w;
    if (link->queries <= 2) {
        message_error(&w, id, 2, zone, type, edns);
        link_send_message(link, 1000, &w);
        return;
    }
    answer_all(link, id, zone, type, edns, 1000);
}

static void held_with_deadlines(void)
{
    struct world *world = world_new();
    struct timer timer = {.at = 0};
    struct engine_event event;
    world->serve = serve_busy;
    for (unsigned i = 0; i < 3; i++) {
        struct world_zone *zone = world_zone(world, 1, TYPE_AXFR, false);
        zone->question.deadline = i == 0 ? WORLD_START + 20 * SECOND : LOOP_NEVER;
    }
    engine_hold(world->engine, true);
    for (unsigned i = 0; i < 3; i++)
        world_ask(world, &world->zones[i]);
    world_run(world);
    ok(world->zones[0].err.kind == ERR_TIMEOUT_TOTAL && world->now == WORLD_START + 20 * SECOND &&
           !world->hung && world->waited <= 2,
       "a deadline is waited for, and only that");
    ok(!world->zones[1].failed && world->link_count == 0, "the others are not touched");
    engine_hold(world->engine, false);
    while (engine_next(world->engine, &event)) {
        world_take(world, &event);
        if (event.kind == ENGINE_REQUEUED)
            engine_hold(world->engine, true);
    }
    uint64_t waited = world->waited;
    engine_timer(world->engine, &timer, world->now + 5 * SECOND, NULL);
    world_run(world);
    ok(has(world, "timer") && world->waited - waited <= 1,
       "a timer is waited for, without a wake-up of the pause of a server that is busy");
    engine_hold(world->engine, false);
    world_run(world);
    ok(world->zones[1].done && world->zones[2].done && !world->hung, "and all is done in the end");
    world_free(world);
}

/* Held questions can be taken back, and fail with their server. */
static void held_and_gone(void)
{
    struct world *world = world_of_eight();
    struct engine_event event;
    world->plan = plan_refused;
    engine_hold(world->engine, true);
    engine_end(world->engine, &world->zones[0].question, ERR_INTERRUPTED);
    world_run(world);
    is_int(count_of(world, "failed: connect"), 7, "what is held fails with its server");
    ok(!engine_next(world->engine, &event), "and is gone");
    world_free(world);
}

int main(void)
{
    refused_once();
    refused_again();
    doors();
    silent_server();
    nothing_here();
    heard_meanwhile();
    asked_in_between();
    revived();
    revived_by_all_doors();
    unused();
    figures();
    own_troubles();
    held_all();
    held_under_way();
    held_with_deadlines();
    held_and_gone();
    return tap_end();
}
