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

int main(void)
{
    refused_once();
    refused_again();
    doors();
    silent_server();
    nothing_here();
    heard_meanwhile();
    asked_in_between();
    return tap_end();
}
