/* An engine whose user gets new TLS contexts and keys while it goes on, and how many servers it
 * keeps in mind. With a sanitizer it is seen, too, that nothing looks at what was freed. */
#include "scripted.h"

#include "net/pool.h"

#include "tap.h"

enum { FORMERR = 1, DOWN_FOR = 60 * SECOND, HOUR = 3600, DAILY = 60000 };

/* What a TLS context or a key is here; another one may get its memory later. */
struct token {
    unsigned generation;
};

static struct wire message;                                      /* large */
static unsigned opened_with[WORLD_LINKS], asked_in[WORLD_ZONES]; /* generations */
static unsigned queries, strays; /* over TLS; of these, on a connection of another generation */

static struct token *token_new(unsigned generation)
{
    struct token *token = malloc(sizeof *token);
    MUST_BE(token != NULL);
    token->generation = generation;
    return token;
}

static void set_tokens(struct world *world, struct token *context, struct token *key)
{
    world->tls = (struct tls_context *)(void *)context;
    world->key = (struct tsig_key *)(void *)key;
}

static void plan_noted(struct scripted_link *link)
{
    const struct token *token = (const void *)link->tls;
    opened_with[link->number] = token != NULL ? token->generation : 0;
}

static void note_query(const struct scripted_link *link, unsigned zone)
{
    queries += link->link.is_tls;
    strays += link->link.is_tls && opened_with[link->number] != asked_in[zone];
}

static void serve_noted(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    note_query(link, zone);
    serve_good(link, id, zone, type, edns);
}

static struct world *noted_world(uint64_t down_for)
{
    struct world *world = world_new_with(down_for);
    world->plan = plan_noted;
    world->serve = serve_noted;
    queries = strays = 0;
    return world;
}

static struct world_zone *ask(struct world *world, unsigned generation, unsigned server,
                              unsigned type, bool tls)
{
    struct world_zone *zone = world_zone(world, server, type, tls);
    asked_in[zone - world->zones] = generation;
    world_ask(world, zone);
    return zone;
}

/* Whoever asked has gone. */
static void release(struct world_zone *zone)
{
    endpoint_release(zone->question.to);
    zone->question.to = NULL;
}

static unsigned done_zones(const struct world *world)
{
    unsigned done = 0;
    for (unsigned i = 0; i < world->zone_count; i++)
        done += world->zones[i].done && world->zones[i].requeued == 0;
    return done;
}

static struct engine_server server_at(const struct world *world, size_t wanted)
{
    struct engine_server server = {.address = NULL};
    size_t at = 0;
    for (size_t i = 0; i <= wanted; i++)
        MUST_BE(engine_server(world->engine, &at, &server));
    return server;
}

static size_t server_count(const struct world *world)
{
    struct engine_server server;
    size_t at = 0, count = 0;
    while (engine_server(world->engine, &at, &server))
        count++;
    return count;
}

/* ---- From one generation to the next ----------------------------------------------------------
 */

struct old {
    struct token *context, *key;
};

/* While an answer of the new generation comes the old one is freed. */
static void free_old(struct world *world, struct world_zone *zone)
{
    struct old *old = world->context;
    (void)zone;
    if (old->context == NULL)
        return;
    MUST_BE(world->zones[3].question.own.queue != NULL);
    ok(world->zones[3].question.own.door->to->key == NULL,
       "what a connection in clear text was made with has no key");
    engine_shed(world->engine);
    free(old->context);
    free(old->key);
    old->context = NULL;
    ok(world->links[0]->closed && world->links[1]->closed && !world->links[2]->closed,
       "connections that nobody uses are closed, but not those of new questions");
}

/* One server over TLS, one that only the old generation asks, and one in clear text. */
static void in_flight(void)
{
    struct world *world = noted_world(0);
    struct old old = {token_new(1), token_new(1)};
    struct token *context = token_new(2), *key = token_new(2);
    set_tokens(world, old.context, old.key);
    ask(world, 1, 1, TYPE_AXFR, true);
    ask(world, 1, 2, TYPE_SOA, true);
    ask(world, 1, 3, TYPE_AXFR, false);
    world_run(world);
    is_int(world->open_links, 3, "after the answers the connections stand");
    for (unsigned i = 0; i < 3; i++)
        release(&world->zones[i]);
    set_tokens(world, context, key);
    world->context = &old;
    world->on_message = free_old;
    ask(world, 2, 3, TYPE_AXFR, false);
    ask(world, 2, 1, TYPE_AXFR, true);
    ask(world, 2, 1, TYPE_SOA, true);
    world_run(world);
    ok(old.context == NULL && done_zones(world) == 6, "no question comes to harm");
    ok(world->link_count == 4 && opened_with[3] == 2 && strays == 0,
       "a new context gets a new connection, clear text goes on with the one that stands");
    struct engine_server server = server_at(world, 0);
    ok(server.connections == 2 && server.questions == 3 && server.transfers == 2 &&
           strcmp(server.host, "server.example") == 0,
       "figures of a server go on");
    server = server_at(world, 1);
    ok(server.connections == 1 && server.questions == 1 && server.up &&
           strcmp(server.host, "server.example") == 0,
       "and stay, though nothing of how it was reached is left");
    engine_shed(world->engine);
    is_int(world->open_links, 0, "where no question is left all connections are closed");
    world_free(world);
    free(context);
    free(key);
}

static void same_memory(void)
{
    struct world *world = noted_world(0);
    struct token context = {1};
    set_tokens(world, &context, NULL);
    ask(world, 1, 1, TYPE_AXFR, true);
    world_run(world);
    release(&world->zones[0]);
    engine_shed(world->engine);
    context.generation = 2;
    struct world_zone *zone = ask(world, 2, 1, TYPE_AXFR, true);
    world_run(world);
    ok(zone->done && zone->question.fresh && world->link_count == 2 && strays == 0,
       "another context in the same memory is another one");
    world_free(world);
}

/* ---- What is known by a key, and of servers that are down -------------------------------------
 */

static bool saw_edns;

static void serve_without_edns(struct scripted_link *link, unsigned id, unsigned zone,
                               unsigned type, bool edns)
{
    saw_edns = saw_edns || edns;
    if (!edns) {
        serve_good(link, id, zone, type, edns);
        return;
    }
    message_error(&message, id, FORMERR, zone, type, false);
    link_send_message(link, 1000, &message);
}

static bool asks_with_edns(struct world *world)
{
    saw_edns = false;
    struct world_zone *zone = ask(world, 1, 1, TYPE_AXFR, false);
    world_run(world);
    MUST_BE(zone->done);
    return saw_edns;
}

static void shed_at_once(struct world *world, struct world_zone *zone)
{
    (void)zone;
    engine_shed(world->engine);
}

static void keys(void)
{
    struct world *world = noted_world(0);
    struct token key = {1};
    set_tokens(world, NULL, &key);
    world->serve = serve_without_edns;
    bool first = asks_with_edns(world);
    ok(first && !asks_with_edns(world), "a server without EDNS is known as one");
    world->on_message = shed_at_once;
    bool meanwhile = asks_with_edns(world);
    world->on_message = NULL;
    ok(!meanwhile && world->links[0]->queries > 2, "so it is to the questions that are asked");
    engine_shed(world->engine);
    key.generation = 2;
    ok(asks_with_edns(world), "nothing is known by another key in the same memory");
    is_int(world->link_count, 2, "a server whose connection was closed gets one more");
    world_free(world);
}

static void shed_once(struct world *world, struct world_zone *zone)
{
    MUST_BE(zone->question.own.queue != NULL);
    engine_shed(world->engine);
    world->on_message = NULL;
}

/* A connection in clear text is the same for all keys. */
static void keys_of_one_connection(void)
{
    struct world *world = noted_world(0);
    struct token old = {1}, other = {1};
    world->serve = serve_without_edns;
    set_tokens(world, NULL, &old);
    bool first = asks_with_edns(world);
    set_tokens(world, NULL, &other);
    ok(first && asks_with_edns(world), "what is known of EDNS is known for each key");
    release(&world->zones[0]);
    world->on_message = shed_once;
    ok(!asks_with_edns(world) && world->on_message == NULL, "that of a key in use stays");
    old.generation = 2;
    set_tokens(world, NULL, &old);
    ok(asks_with_edns(world) && world->link_count == 1, "that of the others goes at once");
    world_free(world);
}

static void down(void)
{
    struct world *world = noted_world(DOWN_FOR);
    struct token context = {1};
    set_tokens(world, &context, NULL);
    world->plan = plan_refused;
    ask(world, 1, 1, TYPE_SOA, true);
    world_run(world);
    struct world_zone *again = ask(world, 1, 1, TYPE_SOA, true);
    world_run(world);
    ok(again->failed && world->link_count == 1, "a server that is down is not asked");
    engine_shed(world->engine);
    context.generation = 2;
    world->plan = plan_noted;
    struct world_zone *zone = ask(world, 2, 1, TYPE_SOA, true);
    world_run(world);
    ok(zone->done && strays == 0, "but it is with another context");
    ok(server_at(world, 0).failures == 2 && server_count(world) == 1,
       "though its failures are not forgotten");
    world_free(world);
}

/* ---- Generations at random --------------------------------------------------------------------
 */

enum { SLOTS = 2, SERVERS = 3, ASKERS = 40, GENERATIONS = 12, SEEDS = 300 };

struct walk {
    struct world *world;
    uint32_t state;
    struct token contexts[SLOTS], keys[SLOTS];
    unsigned generation, unfinished;
};

static unsigned draw(uint32_t *state, unsigned below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % below;
}

static void serve_random(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    struct walk *walk = link->world->context;
    note_query(link, zone);
    if (draw(&walk->state, 12) == 0)
        link_act(link, ACT_EOF, draw(&walk->state, SECOND), 0);
    else
        answer_all(link, id, zone, type, edns, draw(&walk->state, SECOND));
}

static bool is_asked(const struct world_zone *zone)
{
    return zone->question.to != NULL && !zone->done && !zone->failed;
}

static void walk_ask(struct walk *walk)
{
    char address[32];
    unsigned number = draw(&walk->state, ASKERS);
    struct world_zone *zone = &walk->world->zones[number];
    if (is_asked(zone))
        return;
    endpoint_release(zone->question.to);
    snprintf(address, sizeof address, "192.0.2.%u", 1 + draw(&walk->state, SERVERS));
    zone->question.to = world_endpoint(walk->world, address, draw(&walk->state, 4) != 0);
    asked_in[number] = walk->generation;
    world_ask(walk->world, zone);
}

static void walk_step(struct walk *walk)
{
    struct engine_event event;
    if (engine_next(walk->world->engine, &event))
        world_take(walk->world, &event);
}

/* Questions of a generation that nobody waits for any more. */
static bool has_asked(const struct walk *walk, unsigned generation)
{
    for (unsigned i = 0; i < ASKERS; i++)
        if (is_asked(&walk->world->zones[i]) && asked_in[i] == generation)
            return true;
    return false;
}

/* The memory of the last generation but one is the next one's. */
static void walk_renew(struct walk *walk)
{
    unsigned next = walk->generation + 1, slot = next % SLOTS;
    while (next > SLOTS && has_asked(walk, next - SLOTS))
        walk_step(walk);
    for (unsigned i = 0; i < ASKERS; i++)
        if (!is_asked(&walk->world->zones[i]))
            release(&walk->world->zones[i]);
    engine_shed(walk->world->engine);
    walk->unfinished += has_asked(walk, walk->generation);
    walk->contexts[slot].generation = walk->keys[slot].generation = walk->generation = next;
    set_tokens(walk->world, &walk->contexts[slot], &walk->keys[slot]);
}

static void walk_once(struct walk *walk)
{
    for (unsigned i = 0; i < ASKERS; i++)
        release(world_zone(walk->world, 1, i % 2 == 0 ? TYPE_SOA : TYPE_AXFR, false));
    while (walk->generation < GENERATIONS) {
        walk_renew(walk);
        for (unsigned i = 0; i < 30; i++) {
            if (draw(&walk->state, 3) == 0)
                walk_ask(walk);
            else
                walk_step(walk);
        }
    }
    world_run(walk->world);
}

static void at_random(void)
{
    unsigned asked = 0, lost = 0, wrong = 0, links = 0, unfinished = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct walk walk = {.world = noted_world(DOWN_FOR), .state = seed};
        walk.world->serve = serve_random;
        walk.world->context = &walk;
        walk_once(&walk);
        for (unsigned i = 0; i < ASKERS; i++)
            lost += is_asked(&walk.world->zones[i]);
        asked += queries;
        wrong += strays;
        links += walk.world->link_count;
        unfinished += walk.unfinished;
        world_free(walk.world);
    }
    is_int(wrong, 0, "no question goes over a connection of another context");
    is_int(lost, 0, "and all come to an end");
    ok(asked > links && unfinished > SEEDS, "%u queries over %u connections, %u times in between",
       asked, links, unfinished);
}

/* ---- Servers that are not asked any more ------------------------------------------------------
 */

/* Asks the n-th of many addresses, which cannot be reached. */
static void ask_nth(struct world *world, struct world_zone *zone, unsigned n)
{
    char address[32];
    snprintf(address, sizeof address, "198.18.%u.%u", n / 256, n % 256);
    endpoint_release(zone->question.to);
    zone->question.to = world_endpoint(world, address, false);
    world_ask(world, zone);
    world_run(world);
}

static struct world *unreachable_world(void)
{
    struct world *world = noted_world(DOWN_FOR);
    ask(world, 1, 1, TYPE_AXFR, false);
    world_run(world);
    engine_hold(world->engine, true);
    ask(world, 1, 2, TYPE_AXFR, false);
    world_run(world);
    world->fault = LINK_REMOTE;
    world->fault_kind = ERR_CONNECT;
    return world;
}

static void many_servers(void)
{
    struct world *world = unreachable_world();
    struct world_zone *held = &world->zones[1], *zone = world_zone(world, 3, TYPE_SOA, false);
    uint64_t octets = engine_octets(world->engine);
    size_t most = 0;
    unsigned asked = 0;
    is_int((int64_t)octets, (int64_t)world->zones[0].question.octets, "octets of all servers");
    for (unsigned n = 0; n < 5000; n++) {
        if (n % 24 == 0) {
            ask_nth(world, zone, DAILY);
            asked++;
        }
        ask_nth(world, zone, n);
        world->now += HOUR * (uint64_t)SECOND;
        size_t count = server_count(world);
        most = count > most ? count : most;
    }
    ok(most <= 1024 && server_count(world) >= 48,
       "servers that are not asked for two days go when there are many: %zu at most", most);
    ok(server_at(world, 0).questions == 0 && !held->failed, "but not one that has a question");
    is_int((int64_t)server_at(world, 1).failures, asked, "nor one that is asked once a day");
    is_int((int64_t)engine_octets(world->engine), (int64_t)octets, "octets of those that went");
    ask_nth(world, zone, 0);
    is_int((int64_t)server_at(world, server_count(world) - 1).failures, 1,
           "one that comes again is a new one");
    world->fault_kind = ERR_NONE;
    engine_hold(world->engine, false);
    world_run(world);
    ok(held->done && server_at(world, 0).transfers == 1, "which is asked when its time has come");
    world_free(world);
}

static void many_at_once(void)
{
    struct world *world = unreachable_world();
    struct world_zone *zone = world_zone(world, 3, TYPE_SOA, false);
    for (unsigned n = 0; n < 5000; n++)
        ask_nth(world, zone, n);
    is_int((int64_t)server_count(world), 5002, "who was asked lately is not forgotten");
    for (unsigned n = 0; n < 5000; n++)
        ask_nth(world, zone, n);
    is_int((int64_t)server_count(world), 5002, "and is found again");
    world_free(world);
}

int main(void)
{
    in_flight();
    same_memory();
    keys();
    keys_of_one_connection();
    down();
    at_random();
    many_servers();
    many_at_once();
    return tap_end();
}
