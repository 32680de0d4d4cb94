/* The engine against servers that do what the input says: right answers, errors, wrong IDs, octets
 * of no sense, closes, silence. Whatever they do, each question is given back once, nothing hangs,
 * there are never more than two connections to a server, and the events are the same however the
 * streams are cut into reads.
 *
 * Input: how many zones, what is asked, the size of reads; then one octet for each connection and
 * each query that says what comes of it, with more octets behind it where it needs them. At the end
 * of the input servers are good. */
#include "fuzz.h"

#include "../unit/scripted.h"

enum { ZONES_MAX = 12, SERVERS = 2, HOURS = 3600 };

struct input {
    const uint8_t *at;
    size_t left;
};

static unsigned octet(struct input *input, unsigned otherwise)
{
    if (input->left == 0)
        return otherwise;
    input->left--;
    return *input->at++;
}

static struct input *input_of(const struct scripted_link *link)
{
    return link->world->context;
}

/* No two things happen at the same time, be it on two connections or because a clock has run out:
 * which of them comes first is left open. */
static uint64_t delay_of(const struct scripted_link *link, unsigned milliseconds)
{
    struct world *world = link->world;
    uint64_t at = world->now + 1000 * (uint64_t)milliseconds;
    return at - at % 1000 + 1000 + world->planned++ * 37 % 997 - world->now;
}

static void plan(struct scripted_link *link)
{
    unsigned what = octet(input_of(link), 0);
    link->connect_at += delay_of(link, what >> 4);
    switch (what & 15) {
    case 1:
        link->refused = ERR_CONNECT;
        break;
    case 2:
        link->connect_at = NEVER;
        break;
    case 3:
        link->takes = 1;
        break;
    case 4:
        link->takes = 50;
        break;
    case 5:
        link->write_fails = true;
        break;
    case 6:
        link->blocked_until = link->world->now + delay_of(link, 5000);
        break;
    default:
        break;
    }
}

static struct wire message;

static void good(struct scripted_link *link, unsigned id, unsigned zone, unsigned type, bool edns,
                 unsigned messages, uint64_t delay)
{
    if (type == TYPE_SOA) {
        message_soa(&message, id, zone, edns);
        link_send_message(link, delay, &message);
        return;
    }
    for (unsigned i = 0; i < messages; i++) {
        message_of_zone(&message, id, zone, i, 3, edns);
        link_send_message(link, delay, &message);
    }
}

static void error(struct scripted_link *link, unsigned id, unsigned rcode, unsigned zone,
                  unsigned type, bool edns, uint64_t delay)
{
    message_error(&message, id, rcode, zone, type, edns);
    link_send_message(link, delay, &message);
}

static void raw(struct scripted_link *link, unsigned id, uint64_t delay)
{
    struct input *input = input_of(link);
    uint8_t octets[300];
    unsigned n = octet(input, 0);
    for (unsigned i = 0; i < n; i++)
        octets[i] = (uint8_t)octet(input, 0);
    if (n >= 4 && (octets[2] & 1) != 0) { /* a right ID leads further */
        octets[2] = (uint8_t)(id >> 8);
        octets[3] = (uint8_t)id;
    }
    link_send(link, delay, octets, n);
}

static void serve(struct scripted_link *link, unsigned id, unsigned zone, unsigned type, bool edns)
{
    unsigned what = octet(input_of(link), 0);
    uint64_t delay = delay_of(link, (what >> 4) * (what >> 4) * 20);
    if (link->action_count > WORLD_ACTIONS - 20)
        return;
    switch (what & 15) {
    case 1:
        good(link, id, zone, type, edns, 1, delay);
        break;
    case 2:
        good(link, id, zone, type, edns, 2, delay);
        break;
    case 3:
        error(link, id, 1, zone, type, edns, delay);
        break;
    case 4:
        error(link, id, edns ? 1 : 2, zone, type, false, delay);
        break;
    case 5:
        error(link, id, 2, zone, type, edns, delay);
        break;
    case 6:
        error(link, id, 5, zone, type, edns, delay);
        break;
    case 7:
        good(link, id ^ 1, zone, type, edns, 3, delay);
        break;
    case 8:
        good(link, id, zone, type, edns, 3, delay);
        good(link, id, zone, type, edns, 1, delay);
        break;
    case 9:
        link_act(link, ACT_EOF, delay, 0);
        break;
    case 10:
        link_act(link, ACT_RESET, delay, 0);
        break;
    case 11:
        good(link, id, zone, type, edns, 2, delay);
        link_act(link, ACT_EOF, delay, 0);
        break;
    case 12:
        raw(link, id, delay);
        break;
    case 13:
        break; /* silence */
    case 14:
        link_act(link, ACT_NOISE, delay, 10);
        good(link, id, zone, type, edns, 3, delay);
        break;
    case 15:
        good(link, id, zone + 1, type, edns, 3, delay);
        break;
    default:
        good(link, id, zone, type, edns, 3, delay);
        break;
    }
}

/* Now and then the caller has enough, or takes its time. */
static void on_message(struct world *world, struct world_zone *zone)
{
    unsigned what = octet(world->context, 0);
    if (what == 255 && zone->question.own.queue != NULL) {
        engine_end(world->engine, &zone->question, ERR_MAX_RECORDS);
        zone->failed = true;
        world_log(world, "%s enough\n", zone->name);
    } else if (what == 254) {
        world->now += 100 * (uint64_t)SECOND;
        world->jumped = true;
    }
}

static void check(const struct world *world)
{
    MUST(!world->hung);
    MUST(world->now - WORLD_START < (uint64_t)HOURS * SECOND);
    MUST(world->most_open <= 2 * SERVERS);
    for (unsigned i = 0; i < world->zone_count; i++) {
        const struct world_zone *zone = &world->zones[i];
        MUST(zone->done != zone->failed);
        MUST(zone->question.own.queue == NULL);
        MUST(!zone->done || zone->records == (zone->question.kind == QUESTION_SOA ? 1 : 4));
        MUST(!zone->done || zone->err.kind == ERR_NONE);
    }
}

static struct world *run(const uint8_t *data, size_t size, size_t chunk)
{
    struct input input = {.at = data, .left = size};
    unsigned zones = 1 + octet(&input, 0) % ZONES_MAX, transfers = octet(&input, 0),
             servers = octet(&input, 0), limit = octet(&input, 0);
    struct world *world = world_new();
    world->context = &input;
    world->plan = plan;
    world->serve = serve;
    world->on_message = on_message;
    world->chunk = chunk;
    for (unsigned i = 0; i < zones; i++) {
        unsigned server = 1 + (servers >> i % 8 & 1);
        struct world_zone *zone =
            world_zone(world, server, (transfers >> i % 8 & 1) != 0 ? TYPE_AXFR : TYPE_SOA, false);
        if (limit % ZONES_MAX == i)
            zone->question.deadline = WORLD_START + limit * (uint64_t)SECOND + 500;
    }
    for (unsigned i = 0; i < zones; i++)
        world_ask(world, &world->zones[i]);
    MUST(world_run(world));
    check(world);
    return world;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 6 || size > 4096)
        return 0;
    struct world *whole = run(data + 1, size - 1, 0);
    struct world *parts = run(data + 1, size - 1, 1 + data[0] % 40u);
    /* After a jump much is due at the same time, and its order is left open. */
    bool compares = !whole->jumped && !parts->jumped;
    if (compares && (strcmp(whole->log, parts->log) != 0 || whole->now != parts->now ||
                     whole->link_count != parts->link_count))
        fprintf(stderr, "read whole:\n%s%" PRIu64 " %u\nread in parts:\n%s%" PRIu64 " %u\n",
                whole->log, whole->now, whole->link_count, parts->log, parts->now,
                parts->link_count);
    MUST(!compares || strcmp(whole->log, parts->log) == 0);
    MUST(!compares || (whole->now == parts->now && whole->link_count == parts->link_count));
    world_free(whole);
    world_free(parts);
    return 0;
}
