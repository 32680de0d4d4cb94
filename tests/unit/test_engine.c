/* The engine over scripted connections and with a clock of its own: who gets which answer, and
 * whom what goes wrong is charged to. What is expected is worked out here from the rules, not taken
 * from what the engine does. */
#include "scripted.h"

#include "tap.h"

#include <arpa/inet.h>
#include <unistd.h>

enum { FORMERR = 1, SERVFAIL = 2, REFUSED = 5, NEWEST = 8 };

static struct wire message; /* large */

/* Shows the log of a test that failed. */
static void show(const struct world *world, bool passed)
{
    if (passed)
        return;
    for (const char *line = world->log; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        diag("%.*s", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

/* ---- Servers --------------------------------------------------------------------------------- */

static struct world *world_with(void (*serve)(struct scripted_link *, unsigned, unsigned, unsigned,
                                              bool),
                                unsigned transfers, unsigned soas)
{
    struct world *world = world_new();
    world->serve = serve;
    for (unsigned i = 0; i < transfers + soas; i++)
        world_zone(world, 1, i < transfers ? TYPE_AXFR : TYPE_SOA, false);
    for (unsigned i = 0; i < world->zone_count; i++)
        world_ask(world, &world->zones[i]);
    return world;
}

static unsigned done_zones(const struct world *world)
{
    unsigned done = 0;
    for (unsigned i = 0; i < world->zone_count; i++) {
        const struct world_zone *zone = &world->zones[i];
        unsigned records = zone->question.kind == QUESTION_SOA ? 1 : 4;
        done += zone->done && !zone->failed && zone->records == records;
    }
    return done;
}

/* ---- Eight questions on one connection --------------------------------------------------------
 */

/* Zones 0 to 3 are transferred (three messages each), of 4 to 7 the SOA is asked for: as many as
 * the windows allow at once. A server collects the questions before it answers. */
enum { EIGHT = 8, TRANSFERS = 4 };

struct eight {
    unsigned ids[EIGHT];
    bool edns[EIGHT];
    unsigned count;
    unsigned order[3 * TRANSFERS + EIGHT - TRANSFERS]; /* zones, one for each message */
    unsigned total;
    size_t cut; /* octets after which nothing comes; SIZE_MAX: all comes */
    enum act end;
    bool ends;
    size_t ends_at[3 * TRANSFERS + EIGHT - TRANSFERS]; /* of each message, in octets */
    size_t length;
};

static unsigned messages_of(unsigned zone)
{
    return zone < TRANSFERS ? 3 : 1;
}

static void send_eight(struct scripted_link *link, struct eight *eight)
{
    static struct wire all;
    unsigned given[EIGHT] = {0};
    all.n = 0;
    for (unsigned i = 0; i < eight->total; i++) {
        unsigned zone = eight->order[i];
        if (zone < TRANSFERS)
            message_of_zone(&message, eight->ids[zone], zone, given[zone]++, 3, eight->edns[zone]);
        else
            message_soa(&message, eight->ids[zone], zone, eight->edns[zone]);
        wire_u16(&all, (unsigned)message.n);
        wire_mem(&all, message.octets, message.n);
        eight->ends_at[i] = all.n;
    }
    eight->length = all.n;
    link_send(link, 1000, all.octets, eight->cut < all.n ? eight->cut : all.n);
    if (eight->ends)
        link_act(link, eight->end, 2000, 0);
}

static void serve_eight(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    struct eight *eight = link->world->context;
    if (link->number > 0) {
        answer_all(link, id, zone, type, edns, 1000);
        return;
    }
    eight->ids[zone] = id;
    eight->edns[zone] = edns;
    if (++eight->count == EIGHT)
        send_eight(link, eight);
}

/* The messages of two zones in the order that the bits of `mask` say, then those of the others. */
static void set_order(struct eight *eight, unsigned a, unsigned b, unsigned mask)
{
    unsigned both = messages_of(a) + messages_of(b);
    eight->total = 0;
    for (unsigned i = 0; i < both; i++)
        eight->order[eight->total++] = (mask >> i & 1) != 0 ? a : b;
    for (unsigned zone = 0; zone < EIGHT; zone++)
        for (unsigned i = 0; zone != a && zone != b && i < messages_of(zone); i++)
            eight->order[eight->total++] = zone;
}

static unsigned bits_of(unsigned mask)
{
    unsigned bits = 0;
    for (; mask != 0; mask &= mask - 1)
        bits++;
    return bits;
}

static struct world *run_eight(struct eight *eight, size_t chunk)
{
    struct world *world = world_new();
    eight->count = 0;
    world->serve = serve_eight;
    world->context = eight;
    world->chunk = chunk;
    for (unsigned i = 0; i < EIGHT; i++)
        world_zone(world, 1, i < TRANSFERS ? TYPE_AXFR : TYPE_SOA, false);
    for (unsigned i = 0; i < EIGHT; i++)
        world_ask(world, &world->zones[i]);
    MUST_BE(world_run(world));
    return world;
}

/* Messages come out in the order in which they were sent. */
static bool in_order(const struct world *world, const struct eight *eight)
{
    const char *at = world->log;
    for (unsigned i = 0; i < eight->total; i++) {
        char text[32];
        snprintf(text, sizeof text, "z%u. message", eight->order[i]);
        at = strstr(at, " message");
        if (at == NULL || strncmp(at - 3, text, strlen(text)) != 0)
            return false;
        at++;
    }
    return strstr(at, " message") == NULL;
}

static void interleaved(void)
{
    static struct eight eight;
    unsigned runs = 0, wrong = 0;
    eight.cut = SIZE_MAX;
    for (unsigned a = 0; a < EIGHT; a++) {
        for (unsigned b = a + 1; b < EIGHT; b++) {
            unsigned both = messages_of(a) + messages_of(b);
            for (unsigned mask = 0; mask < 1u << both; mask++) {
                if (bits_of(mask) != messages_of(a))
                    continue;
                set_order(&eight, a, b, mask);
                struct world *whole = run_eight(&eight, 0),
                             *parts = run_eight(&eight, 1 + runs % 9);
                bool good = done_zones(whole) == EIGHT && in_order(whole, &eight) &&
                            whole->link_count == 1 && strcmp(whole->log, parts->log) == 0;
                show(whole, good);
                wrong += !good;
                runs++;
                world_free(whole);
                world_free(parts);
            }
        }
    }
    is_int(runs, 6 * 20 + 16 * 4 + 6 * 2, "all orders of all pairs of eight questions were played");
    is_int(wrong, 0, "each answer goes to its question, in order, however it is cut into reads");
}

/* What must become of a zone where the answers, one after the other, stop after `cut` octets. */
static bool is_as_cut(const struct world *world, const struct eight *eight, unsigned zone,
                      const char *why)
{
    const struct world_zone *z = &world->zones[zone];
    unsigned before = 0, whole = 0;
    for (unsigned i = 0; i < zone; i++)
        before += messages_of(i);
    while (whole < messages_of(zone) && eight->ends_at[before + whole] <= eight->cut)
        whole++;
    if (whole == messages_of(zone))
        return z->done && z->requeued == 0;
    if (whole == 0)
        return z->done && z->requeued == 1;
    return z->failed && !z->done && z->requeued == 0 && strstr(z->err.text, why) != NULL;
}

static unsigned play_cut(struct eight *eight, const char *why, uint64_t most)
{
    unsigned wrong = 0;
    for (size_t chunk = 0; chunk < 6; chunk += 5) {
        struct world *world = run_eight(eight, chunk);
        bool good = world->now - WORLD_START <= most &&
                    world->link_count == (eight->cut < eight->length ? 2 : 1);
        for (unsigned zone = 0; zone < EIGHT; zone++)
            good = good && is_as_cut(world, eight, zone, why);
        if (!good)
            diag("cut after %zu of %zu", eight->cut, eight->length);
        show(world, good);
        wrong += !good;
        world_free(world);
    }
    return wrong;
}

static void cut_everywhere(void)
{
    static struct eight eight;
    static const struct {
        const char *name, *why;
        bool ends;
        enum act end;
        uint64_t most;
    } ways[] = {
        {"closed", "the server closed the connection", true, ACT_EOF, 2 * SECOND},
        {"reset", "Connection reset by peer", true, ACT_RESET, 2 * SECOND},
        {"stalled", "nothing for 30 s, after ", false, ACT_EOF, 41 * SECOND},
    };
    for (unsigned way = 0; way < 3; way++) {
        unsigned wrong = 0;
        set_order(&eight, 0, 1, 7);
        eight.ends = ways[way].ends;
        eight.end = ways[way].end;
        eight.cut = SIZE_MAX;
        world_free(run_eight(&eight, 0)); /* for the length */
        for (eight.cut = 0; eight.cut <= eight.length && wrong < 3; eight.cut++)
            wrong += play_cut(&eight, ways[way].why, ways[way].most);
        ok(wrong == 0 && eight.length > 500,
           "%s after each octet: who had begun fails, the others are asked again", ways[way].name);
    }
}

/* ---- Connecting -------------------------------------------------------------------------------
 */

static void plan_never(struct scripted_link *link)
{
    link->connect_at = NEVER;
}

static void plan_no_handshake(struct scripted_link *link)
{
    link->connect_at += SECOND;
    link->handshake_at = NEVER;
}

static void plan_unsafe(struct scripted_link *link)
{
    link->handshake_at += SECOND;
    link->unsafe = ERR_TLS_ISSUER;
}

static void plan_no_alpn(struct scripted_link *link)
{
    link->facts.alpn[0] = '\0';
}

static void all_fail(void (*plan)(struct scripted_link *), bool tls, const char *text,
                     uint64_t seconds, const char *what)
{
    struct world *world = world_new();
    world->plan = plan;
    world->serve = serve_good;
    for (unsigned i = 0; i < 50; i++)
        world_ask(world, world_zone(world, 1, i % 2 == 0 ? TYPE_SOA : TYPE_AXFR, tls));
    world_run(world);
    bool good = ok(count_of(world, text) == 50 && count_of(world, "failed") == 50 &&
                       world->link_count == 1 && world->now == WORLD_START + seconds * SECOND,
                   "%s", what);
    show(world, good);
    world_free(world);
}

static void connecting(void)
{
    char name[] = "tls";
    all_fail(plan_refused, false, "failed: connect: cannot connect: Connection refused\n", 1,
             "one refused connection is one verdict for all that wait");
    all_fail(plan_never, false, "failed: timeout-connect: no connection in time\n", 10,
             "so is one that does not come about in time");
    struct world *world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    for (unsigned i = 0; i < 3; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, true));
    world->plan = plan_no_handshake;
    world_run(world);
    is_int(count_of(world, "failed: tls-timeout: connected, but the TLS handshake was not done in "
                           "time\n"),
           3, "a handshake that is not done in time");
    is_int((int64_t)(world->now - WORLD_START), 10 * SECOND,
           "the time is for TCP and TLS together");
    world_free(world);
    world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    world->plan = plan_unsafe;
    for (unsigned i = 0; i < 3; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, true));
    world_run(world);
    is_int(count_of(world, "failed: tls-issuer: the handshake failed\n"), 3,
           "a server that is not the right one is that for all");
    is_int(world->link_count, 1, "and is not tried again");
    world_free(world);
}

static void faults_of_this_machine(void)
{
    struct world *world = world_new();
    world->serve = serve_good;
    world->fault = LINK_LOCAL;
    world->fault_kind = ERR_CONNECT;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    struct engine_event event;
    MUST_BE(engine_next(world->engine, &event));
    world_take(world, &event);
    world->fault_kind = ERR_NONE;
    world_run(world);
    ok(world->zones[0].failed && has(world, "z0. failed: connect: cannot connect: scripted"),
       "what this machine lacks fails the question that wanted it");
    ok(world->zones[1].failed || world->zones[1].done, "the other has its own fate");
    world_free(world);

    world = world_new();
    world->serve = serve_good;
    world->fault = LINK_FULL;
    world->fault_kind = ERR_CONNECT;
    world->fault_from = 1;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_ask(world, world_zone(world, 2, TYPE_SOA, false));
    while (engine_next(world->engine, &event)) {
        world_take(world, &event);
        if (world->open_links == 0)
            world->fault_kind = ERR_NONE; /* the first one is closed: there is room */
    }
    show(world, ok(world->zones[0].done && (world->zones[1].done || world->zones[1].failed),
                   "without descriptors, another server waits for the first connection to go"));
    ok(world->now - WORLD_START < SECOND, "which goes when it carries nothing");
    world_free(world);

    world = world_new();
    world->fault = LINK_FULL;
    world->fault_kind = ERR_CONNECT;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    ok(world->zones[0].failed, "and fails where there is none that could go");
    world_free(world);
}

static void refuse_alpn(struct world *world)
{
    struct engine_event event;
    while (engine_next(world->engine, &event)) {
        if (event.kind == ENGINE_CONNECTED && event.question->no_alpn)
            engine_end(world->engine, event.question, ERR_TLS_ALPN);
        else
            world_take(world, &event);
    }
}

static void facts_of_tls(void)
{
    char name[] = "tls";
    struct world *world = world_new();
    struct engine_event event;
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_good;
    struct world_zone *zone = world_zone(world, 1, TYPE_SOA, true);
    world_ask(world, zone);
    MUST_BE(engine_next(world->engine, &event));
    ok(event.kind == ENGINE_CONNECTED && event.question->tls != NULL &&
           strcmp(event.question->tls->version, "TLSv1.3") == 0 && event.question->fresh &&
           !event.question->no_alpn && event.question->asked_at == 0,
       "the facts are there before the query is sent");
    world_run(world);
    ok(zone->done && zone->question.tls == NULL && zone->question.asked_at != 0,
       "and are lent until the question is given back");
    world_free(world);

    world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    world->plan = plan_no_alpn;
    world->serve = serve_good;
    world_ask(world, world_zone(world, 1, TYPE_SOA, true));
    refuse_alpn(world);
    ok(world->link_count == 1 && world->links[0]->queries == 0,
       "who is ended when it has its connection is not asked");
    world_free(world);
}

/* ---- Messages that are nobody's ----------------------------------------------------------------
 */

static void serve_wrong_id(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                           bool edns)
{
    if (link->number > 0) {
        serve_good(link, id, zone, type, edns);
        return;
    }
    message_soa(&message, id ^ 1, zone, edns);
    link_send_message(link, 1000, &message);
}

static void serve_twice(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    serve_good(link, id, zone, type, edns);
    if (type == TYPE_SOA)
        serve_good(link, id, zone, type, edns);
}

static void serve_length_zero(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                              bool edns)
{
    if (link->number > 0)
        serve_good(link, id, zone, type, edns);
    else
        link_send(link, 1000, "\0", 2);
}

static void serve_never_right(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                              bool edns)
{
    (void)type;
    message_soa(&message, id ^ 1, zone, edns);
    link_send_message(link, 1000, &message);
}

/* The first answer over and over, and nothing for the others. */
static void serve_first_for_ever(struct scripted_link *link, unsigned id, unsigned zone,
                                 unsigned type, bool edns)
{
    (void)type;
    message_soa(&message, id, zone, edns);
    for (unsigned i = 0; zone == 0 && i < 400; i++)
        link_send_message(link, i * (SECOND / 4), &message);
}

/* Another sort of server, which greets whoever comes and waits. */
static void serve_banner(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    static const char banner[] = "SSH-2.0-x\r\n";
    (void)id, (void)zone, (void)type, (void)edns;
    link_send(link, 1000, banner, sizeof banner - 1);
}

static void banners(void)
{
    struct world *world = world_with(serve_banner, 1, 0);
    world_run(world);
    is_str(world->log,
           "z0. connected fresh\n"
           "z0. failed: not-dns: no DNS here, but something else: \"SSH-2.0-x\"\n",
           "a text is not waited for");
    ok(world->now - WORLD_START < SECOND, "at all");
    is_int((int64_t)world->zones[0].question.octets, 11, "what came is counted");
    world_free(world);

    world = world_with(serve_banner, 2, 3);
    world_run(world);
    show(world, ok(count_of(world, "failed: not-dns: ") == 5 && done_zones(world) == 0,
                   "nor by any of several questions"));
    ok(world->now - WORLD_START < 10 * SECOND, "for long");
    world_free(world);
}

static void nobodys(void)
{
    struct world *world = world_with(serve_wrong_id, 0, 1);
    world_run(world);
    const struct world_zone *zone = &world->zones[0];
    char text[80];
    snprintf(text, sizeof text, "message 1: message ID %u, but the query has %u",
             zone->question.own.id ^ 1u, zone->question.own.id);
    ok(zone->failed && zone->err.kind == ERR_ID, "a wrong ID for the only question is its failure");
    is_str(zone->err.text, text, "in the words of exchange");
    world_free(world);

    world = world_with(serve_wrong_id, 0, 5);
    world_run(world);
    show(world, ok(done_zones(world) == 5 && world->link_count == 2,
                   "among several the connection is given up, and all are asked again"));
    world_free(world);

    world = world_with(serve_twice, 1, 8);
    world_run(world);
    show(world, ok(done_zones(world) == 9 && world->link_count == 1,
                   "what comes once more after the end is passed over"));
    world_free(world);

    world = world_with(serve_length_zero, 0, 1);
    world_run(world);
    is_str(world->zones[0].err.text, "message 1: a message of length 0",
           "a bad frame for the only question");
    world_free(world);

    world = world_with(serve_length_zero, 0, 5);
    world_run(world);
    show(world, ok(done_zones(world) == 5 && world->link_count == 2, "and among several"));
    world_free(world);

    world = world_with(serve_never_right, 0, 2);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_ID && world->zones[1].err.kind == ERR_ID &&
                       world->zones[0].requeued == 1 && world->zones[1].requeued == 1,
                   "a server that never gets it right: asked one by one, it shows what is wrong"));
    world_free(world);

    world = world_with(serve_first_for_ever, 0, 2);
    world_run(world);
    show(world, ok(world->zones[0].done && world->zones[1].err.kind == ERR_ID,
                   "an answer that comes for ever is not passed over for ever"));
    ok(world->now - WORLD_START < 10 * SECOND, "but for some messages");
    world_free(world);
}

/* ---- Lame connections --------------------------------------------------------------------------
 */

/* Gives up a transfer after its first message. */
static void drop_first(struct world *world, struct world_zone *zone)
{
    if (zone == &world->zones[0] && !zone->done) {
        engine_end(world->engine, &zone->question, ERR_MAX_RECORDS);
        zone->failed = true;
    }
}

static void ask_last(struct world *world, struct world_zone *zone)
{
    drop_first(world, zone);
    struct world_zone *last = &world->zones[world->zone_count - 1];
    if (zone == &world->zones[0] && last->connected == 0 && last->question.own.queue == NULL)
        world_ask(world, last);
}

/* The first message of zone 0 for ever; the SOA only on the next connection; the first message of
 * another transfer, and no more. */
static void serve_dropped_for_ever(struct scripted_link *link, unsigned id, unsigned zone,
                                   unsigned type, bool edns)
{
    static unsigned first;
    if (link->number > 0) {
        serve_good(link, id, zone, type, edns);
        return;
    }
    if (type != TYPE_SOA) {
        message_of_zone(&message, id, zone, 0, 3, edns);
        link_send_message(link, 1000, &message);
    }
    if (zone == 0)
        first = id;
    message_of_zone(&message, first, 0, 1, 3, edns);
    for (unsigned i = 0; link->queries == 2 && i < 1000; i++)
        link_send_message(link, 2000 + i * link->world->planned, &message);
}

static struct world *world_of_lame(unsigned transfers, unsigned soas, bool pauses)
{
    struct world *world = world_with(serve_dropped_for_ever, transfers, soas);
    world->on_message = drop_first;
    world->planned = pauses ? SECOND / 4 : 0;
    world->read_takes = pauses ? 0 : SECOND / 10;
    world_run(world);
    return world;
}

static void lame_for_ever(void)
{
    for (unsigned pauses = 0; pauses < 2; pauses++) {
        const char *how = pauses ? "with pauses" : "without a pause";
        struct world *world = world_of_lame(1, 1, pauses);
        show(world,
             ok(world->zones[1].done && world->zones[1].requeued == 1,
                "an abandoned answer that never ends does not keep others for ever, %s", how));
        ok(world->now - WORLD_START <= 12 * SECOND, "but for ten seconds");
        world_free(world);

        world = world_of_lame(2, 0, pauses);
        show(world, ok(world->zones[1].failed && world->zones[1].err.kind == ERR_TIMEOUT_IDLE,
                       "nor is it a sign of life for an answer that has begun, %s", how));
        ok(world->now - WORLD_START <= 32 * SECOND, "whose idle time is as long as ever");
        world_free(world);
    }
}

static void lame(void)
{
    struct world *world = world_with(serve_good, 3, 0);
    world_zone(world, 1, TYPE_SOA, false);
    world->on_message = ask_last;
    world_run(world);
    show(world, ok(done_zones(world) == 3 && world->zones[0].failed && world->link_count == 2 &&
                       world->links[0]->queries == 3 && world->links[1]->queries == 1,
                   "an abandoned answer: the others go on, new questions go elsewhere"));
    is_int(world->zones[0].records, 2, "and nothing more of it comes out");
    world_free(world);

    world = world_with(serve_good, 1, 0);
    world->on_message = drop_first;
    world_run(world);
    ok(world->open_links == 0, "with nothing else on it the connection is closed at once");
    world_free(world);
}

/* ---- What servers answer -----------------------------------------------------------------------
 */

static void serve_without_edns(struct scripted_link *link, unsigned id, unsigned zone,
                               unsigned type, bool edns)
{
    if (edns) {
        message_error(&message, id, FORMERR, zone, type, false);
        link_send_message(link, 1000, &message);
    } else {
        serve_good(link, id, zone, type, edns);
    }
}

static void serve_formerr(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                          bool edns)
{
    (void)edns;
    message_error(&message, id, FORMERR, zone, type, false);
    link_send_message(link, 1000, &message);
}

/* FORMERR to the first query of a connection, then it is deaf; later ones are fine. */
static void serve_deaf(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                       bool edns)
{
    if (link->number > 0)
        serve_good(link, id, zone, type, edns);
    else if (link->queries <= 1)
        serve_formerr(link, id, zone, type, edns);
}

static void deaf(void)
{
    struct world *world = world_with(serve_deaf, 0, 1);
    world_run(world);
    show(world, ok(world->zones[0].done && world->link_count == 2,
                   "deaf after its first answer: asked once more on a fresh connection"));
    ok(world->now - WORLD_START > 10 * SECOND && world->now - WORLD_START < 11 * SECOND,
       "after the time for an answer, from the query on");
    world_free(world);
}

static void formerr(void)
{
    struct world *world = world_with(serve_without_edns, 4, 20);
    world_run(world);
    show(world, ok(done_zones(world) == 24 && count_of(world, "again: message 1: the server "
                                                              "answered FORMERR\n") == 24,
                   "FORMERR: all are asked once more, without EDNS"));
    struct world_zone *late = world_zone(world, 1, TYPE_SOA, false);
    world_ask(world, late);
    world_run(world);
    ok(late->done && late->requeued == 0 && !late->question.used_edns,
       "and EDNS stays off for the server");
    struct world_zone *other = world_zone(world, 2, TYPE_SOA, false);
    world_ask(world, other);
    world_run(world);
    ok(other->done && other->requeued == 1, "but not for others");
    world_free(world);

    world = world_with(serve_formerr, 0, 1);
    world_run(world);
    ok(world->zones[0].failed && world->zones[0].requeued == 1 &&
           world->zones[0].err.kind == ERR_RCODE_FORMERR,
       "FORMERR without EDNS, too, is the answer");
    late = world_zone(world, 1, TYPE_SOA, false);
    world_ask(world, late);
    world_run(world);
    is_int(late->requeued, 1, "and nothing is known of EDNS");
    world_free(world);
}

static unsigned under_way, most_under_way, quota;

static void serve_quota(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    if (under_way >= quota) {
        message_error(&message, id, SERVFAIL, zone, type, edns);
        link_send_message(link, 1000, &message);
        return;
    }
    under_way++;
    most_under_way = under_way > most_under_way ? under_way : most_under_way;
    answer_all(link, id, zone, type, edns, 10000);
}

static void transfer_done(struct world *world, struct world_zone *zone)
{
    (void)world;
    under_way -= zone->done;
}

static void serve_servfail(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                           bool edns)
{
    message_error(&message, id, zone == 0 ? SERVFAIL : REFUSED, zone, type, edns);
    link_send_message(link, 1000, &message);
}

static void refusals(void)
{
    under_way = most_under_way = 0;
    quota = 2;
    struct world *world = world_with(serve_quota, 40, 0);
    world->on_message = transfer_done;
    world_run(world);
    show(world, ok(done_zones(world) == 40 && most_under_way == 2 && world->link_count == 1,
                   "a server that takes two transfers at once gives all of them in the end"));
    world_free(world);

    world = world_with(serve_servfail, 1, 0);
    world_run(world);
    is_str(world->zones[0].err.text, "message 1: the server answered SERVFAIL",
           "SERVFAIL to a transfer that is alone is the zone's");
    is_int(world->zones[0].requeued, 0, "at once");
    world_free(world);

    world = world_with(serve_servfail, 0, 6);
    world_run(world);
    is_int(count_of(world, "answered SERVFAIL\n") + count_of(world, "answered REFUSED\n"), 6,
           "to a SOA question it is, whatever else is in flight");
    ok(count_of(world, "again") == 0 && world->link_count == 1,
       "a server that refuses goes on serving");
    world_free(world);
}

/* ---- Time ---------------------------------------------------------------------------------------
 */

static uint64_t spend;

static void spend_time(struct world *world, struct world_zone *zone)
{
    (void)zone;
    world->now += spend;
    spend = 0;
}

static void serve_first_only(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                             bool edns)
{
    if (type == TYPE_SOA)
        return;
    message_of_zone(&message, id, zone, 0, 3, edns);
    link_send_message(link, SECOND, &message);
}

static void plan_in_four_seconds(struct scripted_link *link)
{
    link->connect_at += 4 * SECOND;
}

/* What a look says at each stage. */
static void looks(void)
{
    struct world *world = world_new();
    struct engine_event event;
    world->serve = serve_first_only;
    struct world_zone *zone = world_zone(world, 1, TYPE_AXFR, false), tick = {.question = {0}};
    struct timer timer = {0};
    struct engine_view view = engine_look(world->engine, &zone->question);
    ok(view.stage == ENGINE_WAITS && view.silent == 0, "a question that is not asked");
    world->plan = plan_in_four_seconds;
    world_ask(world, zone);
    engine_timer(world->engine, &timer, WORLD_START + 3 * SECOND, &tick);
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_TIMER, "a tick");
    view = engine_look(world->engine, &zone->question);
    ok(view.stage == ENGINE_CONNECTS && view.silent == 3 * SECOND && view.limit == 10 * SECOND,
       "it waits for a connection");
    engine_timer(world->engine, &timer, WORLD_START + 25 * SECOND, &tick);
    while (engine_next(world->engine, &event) && event.kind != ENGINE_TIMER)
        world_take(world, &event);
    view = engine_look(world->engine, &zone->question);
    ok(view.stage == ENGINE_ANSWERED && view.octets == 92 && view.limit == 30 * SECOND,
       "a part of its answer has come");
    ok(view.silent >= 18 * SECOND && view.silent <= 21 * SECOND, "and nothing for so long");
    engine_end(world->engine, &zone->question, ERR_INTERRUPTED);
    world_free(world);
}

/* Each message so late that the question has nearly failed: the first one by the time for an
 * answer, the others by that for the rest. */
static void serve_slowly(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    (void)type;
    for (unsigned i = 0; i < 3; i++) {
        message_of_zone(&message, id, zone, i, 3, edns);
        link_send_message(link, (9 + 29 * i) * SECOND, &message);
    }
}

/* The first octets of the answer, after as many seconds as the address says; the rest never comes.
 */
enum { PIECE = 5 };
static unsigned piece;

static void serve_piece(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    uint8_t octets[PIECE] = {0, 200, (uint8_t)(id >> 8), (uint8_t)id, 0};
    (void)zone, (void)type, (void)edns;
    link_send(link, link->server * (uint64_t)SECOND, octets, piece);
}

/* How long a run takes, and how the only question fails. */
static void fails_after(unsigned server, unsigned octets, uint64_t seconds, enum err_kind kind,
                        const char *what)
{
    struct world *world = world_new();
    world->serve = serve_piece;
    piece = octets;
    world_ask(world, world_zone(world, server, TYPE_AXFR, false));
    world_run(world);
    is_str(err_slug(world->zones[0].err.kind), err_slug(kind), "%s", what);
    is_int((int64_t)(world->now - WORLD_START), (int64_t)(seconds * SECOND), "after its time");
    world_free(world);
}

static void first_octet(void)
{
    fails_after(9, 1, 39, ERR_TIMEOUT_IDLE, "one octet of its length: the answer has begun");
    fails_after(9, PIECE, 39, ERR_TIMEOUT_IDLE, "and so with a piece of the message");
    fails_after(11, PIECE, 10, ERR_TIMEOUT_ANSWER, "what begins too late is not waited for");
}

static void silence(void)
{
    struct world *world = world_with(serve_slowly, 1, 0);
    world_run(world);
    ok(done_zones(world) == 1, "a slow server is none that is silent");
    world_free(world);

    world = world_with(serve_nothing, 1, 0);
    world_run(world);
    is_str(world->log,
           "z0. connected fresh\nz0. failed: timeout-answer: accepted, then nothing for 10 s\n",
           "silence of the only question is its failure");
    is_int((int64_t)(world->now - WORLD_START), 10 * SECOND, "after the time for an answer");
    world_free(world);

    world = world_with(serve_first_only, 1, 0);
    world_run(world);
    is_str(world->zones[0].err.text, "after message 1: nothing for 30 s, after 92 octets",
           "silence in the middle");
    is_int((int64_t)(world->now - WORLD_START), 31 * SECOND, "from the last sign of life on");
    world_free(world);

    world = world_with(serve_nothing, 0, 10);
    world_run(world);
    is_int(count_of(world, " nothing for 10 s\n") - count_of(world, "again"), 10,
           "a dead server fails all that were asked");
    ok(world->now - WORLD_START < 45 * SECOND, "and does so after three that were asked alone");
    world_free(world);

    world = world_with(serve_nothing, 2, 0);
    world_run(world);
    is_int(count_of(world, "z0. failed: timeout-answer") +
               count_of(world, "z1. failed: timeout-answer"),
           2, "two that are all fail together");
    is_int((int64_t)(world->now - WORLD_START), 10 * SECOND, "at once");
    world_free(world);
}

static void serve_all_but_first(struct scripted_link *link, unsigned id, unsigned zone,
                                unsigned type, bool edns)
{
    if (zone != 0)
        serve_good(link, id, zone, type, edns);
}

static void one_is_dropped(void)
{
    struct world *world = world_with(serve_all_but_first, 0, 30);
    world_run(world);
    show(world,
         ok(done_zones(world) == 29 && world->zones[0].failed && world->zones[0].requeued == 1,
            "a question that the server passes over fails alone, asked twice"));
    world_free(world);
}

/* Of the first connection so many queries are read, which are answered. */
static unsigned reads, asked_in_all;

static void serve_some(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                       bool edns)
{
    asked_in_all++;
    if (link->number > 0 || link->queries <= reads)
        serve_good(link, id, zone, type, edns);
}

static struct world *run_some(unsigned transfers, unsigned soas, unsigned most)
{
    struct world *world = world_with(serve_some, transfers, soas);
    reads = most;
    asked_in_all = 0;
    world_run(world);
    return world;
}

/* Every question answered after so long, one after the other: slower than a connection is doubted.
 */
static uint64_t each_takes;

static void serve_one_by_one(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                             bool edns)
{
    asked_in_all++;
    answer_all(link, id, zone, type, edns, link->queries * each_takes);
}

static void doubts(void)
{
    struct world *world = run_some(0, 60, 48);
    show(world, ok(done_zones(world) == 60 && world->link_count == 2,
                   "a connection that is not read any more: the next one serves the rest"));
    ok(world->now - WORLD_START < 3 * SECOND && asked_in_all == 72, "soon, and only the rest");
    is_int(count_of(world, "failed"), 0, "which is nobody's failure");
    world_free(world);

    world = run_some(20, 0, 18);
    show(world, ok(done_zones(world) == 20 && world->link_count == 2 && asked_in_all == 22,
                   "transfers that have not begun, too"));
    ok(world->now - WORLD_START > 5 * SECOND && world->now - WORLD_START < 6 * SECOND,
       "with more patience");
    world_free(world);

    world = run_some(0, 30, 0);
    ok(world->now - WORLD_START >= 10 * SECOND, "one that has never served is not doubted so soon");
    world_free(world);

    world = run_some(0, 30, 15);
    ok(world->now - WORLD_START >= 10 * SECOND, "nor one that was asked little");
    world_free(world);

    world = world_with(serve_one_by_one, 0, 24);
    each_takes = 4 * SECOND;
    asked_in_all = 0;
    world_run(world);
    show(world, ok(done_zones(world) == 24, "a slow server"));
    ok(asked_in_all <= 48, "is asked twice at most");
    diag("%u questions, %u connections, %g s", asked_in_all, world->link_count,
         (double)(world->now - WORLD_START) / SECOND);
    world_free(world);
}

/* The last octet of the address says how many seconds it takes. */
static void serve_late_by_server(struct scripted_link *link, unsigned id, unsigned zone,
                                 unsigned type, bool edns)
{
    answer_all(link, id, zone, type, edns, link->server * (uint64_t)SECOND);
}

static void plan_slow(struct scripted_link *link)
{
    link->connect_at += link->server * (uint64_t)SECOND;
}

static void outside(void)
{
    struct world *world = world_with(serve_slowly, 1, 0);
    world->on_message = spend_time;
    spend = 500 * SECOND;
    world_run(world);
    ok(done_zones(world) == 1, "output that blocks is no silence of the server");
    world_free(world);

    world = world_with(serve_first_only, 1, 0);
    world->on_message = spend_time;
    spend = 500 * SECOND;
    world_run(world);
    ok(world->zones[0].failed, "but afterwards there is silence");
    is_int((int64_t)(world->now - WORLD_START), 531 * SECOND, "of the whole idle time");
    world_free(world);

    /* The clock of one stands while what came for another is dealt with. */
    world = world_new();
    world->serve = serve_late_by_server;
    world->on_message = spend_time;
    world_ask(world, world_zone(world, 12, TYPE_SOA, false)); /* answers after 12 s */
    world_ask(world, world_zone(world, 4, TYPE_SOA, false));
    spend = 7 * SECOND;
    world_run(world);
    show(world, ok(done_zones(world) == 2, "nor is it silence of another server"));
    world_free(world);

    world = world_new();
    world->serve = serve_good;
    world->plan = plan_slow;
    world->on_message = spend_time;
    world_ask(world, world_zone(world, 12, TYPE_SOA, false)); /* connects after 12 s */
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    spend = 5 * SECOND;
    world_run(world);
    show(world, ok(done_zones(world) == 2, "nor does it count against a connect"));
    world_free(world);
}

static void deadlines(void)
{
    struct world *world = world_new();
    world->serve = serve_first_only;
    struct world_zone *transfer = world_zone(world, 1, TYPE_AXFR, false);
    struct world_zone *soa = world_zone(world, 2, TYPE_SOA, false);
    struct world_zone *tie = world_zone(world, 3, TYPE_SOA, false);
    transfer->question.deadline = WORLD_START + 5 * SECOND;
    soa->question.deadline = WORLD_START + 6 * SECOND;
    tie->question.deadline = WORLD_START + 10 * SECOND;
    for (unsigned i = 0; i < 3; i++)
        world_ask(world, &world->zones[i]);
    world_run(world);
    is_str(transfer->err.text, "after message 1: not done within --max-time",
           "the end of time in the middle of an answer");
    is_str(soa->err.text, "no answer: not done within --max-time", "before one");
    is_str(tie->err.text, "no answer: not done within --max-time",
           "it goes before the time for an answer that ends with it");
    ok(transfer->err.kind == ERR_TIMEOUT_TOTAL && soa->err.kind == ERR_TIMEOUT_TOTAL, "of a kind");
    world_free(world);

    world = world_new();
    world->plan = plan_never;
    soa = world_zone(world, 1, TYPE_SOA, false);
    soa->question.deadline = WORLD_START + 3 * SECOND;
    world_ask(world, soa);
    world_run(world);
    is_str(soa->err.text, "not done within --max-time", "while connecting");
    ok(world->now == WORLD_START + 3 * SECOND, "at once");
    world_free(world);
}

static void stop(void)
{
    struct world *world = world_with(serve_slowly, 2, 0);
    struct engine_event event;
    world->signal_at = WORLD_START + 40 * SECOND;
    ok(!world_run(world) && world->now == WORLD_START + 40 * SECOND, "a signal stops the work");
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_STOP, "and is told again");
    engine_end(world->engine, &world->zones[0].question, ERR_INTERRUPTED);
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_STOP, "and again");
    engine_end(world->engine, &world->zones[1].question, ERR_INTERRUPTED);
    ok(!engine_next(world->engine, &event), "until all was ended");
    world_free(world);
}

static void plan_blocked(struct scripted_link *link)
{
    link->blocked_until = NEVER;
}

static void plan_one_by_one(struct scripted_link *link)
{
    link->takes = 1;
}

static void plan_broken(struct scripted_link *link)
{
    link->write_fails = true;
}

static void sending(void)
{
    struct world *world = world_new();
    world->plan = plan_blocked;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    is_str(world->zones[0].err.text, "the server does not take the query", "a query that is stuck");
    is_int((int64_t)(world->now - WORLD_START), 10 * SECOND, "for the time of an answer");
    world_free(world);

    world = world_new();
    world->plan = plan_one_by_one;
    world->serve = serve_good;
    for (unsigned i = 0; i < 300; i++)
        world_ask(world, world_zone(world, 1, i < 10 ? TYPE_AXFR : TYPE_SOA, false));
    world_run(world);
    show(world, ok(done_zones(world) == 300, "queries that go out octet by octet"));
    world_free(world);

    world = world_new();
    world->plan = plan_broken;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    is_str(world->zones[0].err.text, "no answer: sending failed: Broken pipe",
           "a write that fails");
    is_int(world->zones[0].requeued, 0, "on a new connection is the end");
    world_free(world);
}

static void serve_noise(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    for (unsigned i = 0; i < 100; i++)
        link_act(link, ACT_NOISE, i * 7 * SECOND, 30);
    if (zone == 1)
        return;
    answer_all(link, id, zone, type, edns, 200 * SECOND);
    /* An answer cannot overtake what was said before: the noise goes on behind it. */
}

static void noise(void)
{
    char name[] = "tls";
    struct world *world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_noise;
    world_zone(world, 1, TYPE_SOA, true);
    world_ask(world, world_zone(world, 1, TYPE_SOA, true));
    world_run(world);
    is_str(world->zones[1].err.text, "accepted, then nothing for 10 s",
           "octets of TLS without data are signs of life, but not for ever");
    is_int((int64_t)(world->now - WORLD_START), 100 * SECOND, "ten times the time of an answer");
    world_free(world);
}

/* ---- Politeness ---------------------------------------------------------------------------------
 */

static unsigned collected, most_collected;

/* Answers when nothing more comes for a while: the windows can be seen. */
static void serve_collected(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                            bool edns)
{
    collected++;
    most_collected = collected > most_collected ? collected : most_collected;
    answer_all(link, id, zone, type, edns, 1000);
}

static void collected_done(struct world *world, struct world_zone *zone)
{
    (void)world;
    collected -= zone->done;
}

static void windows(void)
{
    collected = most_collected = 0;
    struct world *world = world_with(serve_collected, 0, 400);
    world->on_message = collected_done;
    world_run(world);
    ok(done_zones(world) == 400 && world->link_count == 1, "400 SOA questions on one connection");
    is_int(most_collected, 256, "256 at once");
    world_free(world);

    collected = most_collected = 0;
    world = world_with(serve_collected, 12, 0);
    world->on_message = collected_done;
    world_run(world);
    ok(done_zones(world) == 12 && world->link_count == 1, "12 transfers on one connection");
    is_int(most_collected, 4, "four at once");
    world_free(world);

    collected = most_collected = 0;
    world = world_with(serve_collected, 400, 0);
    world->on_message = collected_done;
    world_run(world);
    ok(done_zones(world) == 400 && world->link_count == 1, "400 transfers on one connection");
    is_int(most_collected, 16, "the window grows to 16");
    world_free(world);

    collected = most_collected = 0;
    world = world_new();
    world->serve = serve_collected;
    world->on_message = collected_done;
    for (unsigned i = 0; i < 60; i++)
        world_ask(world, world_zone(world, 1 + i, TYPE_AXFR, false));
    world_run(world);
    ok(done_zones(world) == 60, "60 transfers from 60 servers");
    is_int(most_collected, 32, "32 at once");
    world_free(world);

    collected = most_collected = 0;
    world = world_new();
    world->serve = serve_collected;
    world->on_message = collected_done;
    engine_limit(world->engine, 3);
    for (unsigned i = 0; i < 60; i++)
        world_ask(world, world_zone(world, 1 + i, TYPE_AXFR, false));
    world_run(world);
    ok(done_zones(world) == 60 && most_collected == 3, "three where these are the most");
    engine_limit(world->engine, 0);
    for (unsigned i = 0; i < 60; i++)
        world_ask(world, world_zone(world, 1 + i, TYPE_AXFR, false));
    world_run(world);
    ok(done_zones(world) == 120 && most_collected == 32, "32 again");
    world_free(world);
}

enum { SLOW_SERVERS = 40, GOOD_SERVER = 50, GOOD_ZONES = 40 };

static void serve_slow(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                       bool edns)
{
    if (link->server == GOOD_SERVER)
        serve_good(link, id, zone, type, edns);
    else if (link->server % 2 == 0)
        serve_long(link, id, zone, type, edns);
}

static uint64_t good_done_at;

static void good_done(struct world *world, struct world_zone *zone)
{
    if (zone->question.to->address.length > 0 && zone->done && zone->records == 4)
        good_done_at = world->now;
}

/* Forty servers take all transfers that there may be at once; half of them are mute, the others
 * drip. The zones of one that is well wait no longer than it takes to find that out. */
static void slow_servers(void)
{
    struct world *world = world_new();
    world->serve = serve_slow;
    world->on_message = good_done;
    for (unsigned i = 0; i < 4 * SLOW_SERVERS; i++)
        world_ask(world, world_zone(world, 1 + i / 4, TYPE_AXFR, false));
    for (unsigned i = 0; i < GOOD_ZONES; i++)
        world_ask(world, world_zone(world, GOOD_SERVER, TYPE_AXFR, false));
    world_run(world);
    show(world, ok(done_zones(world) == GOOD_ZONES, "a server that is well among slow ones"));
    ok(good_done_at < WORLD_START + 11 * SECOND, "waits until these are known to be slow");
    world_free(world);
}

static void serve_ten(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                      bool edns)
{
    if (link->queries > 10)
        return;
    serve_good(link, id, zone, type, edns);
    if (link->queries == 10)
        link_act(link, ACT_EOF, 2000, 0);
}

static void limits(void)
{
    struct world *world = world_with(serve_ten, 0, 200);
    world_run(world);
    unsigned most = 0;
    for (unsigned i = 2; i < world->link_count; i++)
        most = world->links[i]->queries > most ? world->links[i]->queries : most;
    show(world, ok(done_zones(world) == 200, "a server that closes after ten answers"));
    ok(world->link_count == 20 && most == 10, "is asked ten questions a connection");
    ok(world->now - WORLD_START < 5 * SECOND, "without waiting");
    world_free(world);
}

/* Some servers do not see what else was in the record of TLS that they have read. */
static void records_of_tls(void)
{
    char name[] = "tls";
    struct world *world = world_new();
    world->tls = (struct tls_context *)(void *)name;
    world->serve = serve_good;
    for (unsigned i = 0; i < 20; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, true));
    world_run(world);
    ok(done_zones(world) == 20 && world->link_count == 1 && world->links[0]->writes == 20,
       "over TLS each query is written by itself");
    world_free(world);
    world = world_with(serve_good, 0, 20);
    world_run(world);
    ok(done_zones(world) == 20 && world->links[0]->writes == 1, "else all at once");
    world_free(world);
}

static uint64_t soa_done_at;

static void soa_done(struct world *world, struct world_zone *zone)
{
    if (zone->question.kind == QUESTION_SOA && zone->done)
        soa_done_at = world->now;
}

static void long_transfers(void)
{
    struct world *world = world_with(serve_long, 1, 5);
    world->on_message = soa_done;
    /* SOA questions go first, so those that come behind the transfer are asked later. */
    world_run(world);
    ok(world->zones[0].done && world->zones[0].records == 61, "a long transfer");
    world_free(world);

    world = world_with(serve_long, 1, 0);
    world->on_message = soa_done;
    struct engine_event event;
    struct world_zone *early = world_zone(world, 1, TYPE_SOA, false);
    struct world_zone *late = world_zone(world, 1, TYPE_SOA, false);
    bool asked = false;
    while (engine_next(world->engine, &event)) {
        world_take(world, &event);
        if (event.kind == ENGINE_MESSAGE && early->connected == 0 &&
            early->question.own.queue == NULL)
            world_ask(world, early);
        if (!asked && world->now >= WORLD_START + 10 * SECOND) {
            asked = true;
            world_ask(world, late);
        }
    }
    show(world, ok(early->done && early->requeued == 1 &&
                       early->question.asked_at < WORLD_START + 5 * SECOND,
                   "who waits behind it is asked again on a second connection"));
    ok(late->done && late->requeued == 0 && soa_done_at < WORLD_START + 15 * SECOND,
       "new questions go there at once");
    is_int(world->most_open, 2, "there are never more than two connections");
    ok(world->zones[0].done && world->zones[0].records == 61, "and the transfer goes on");
    world_free(world);
}

/* Asks one more question ten seconds after the others. */
static void beside_a_long_one(void)
{
    struct world *world = world_with(serve_long, 1, 0);
    struct engine_event event;
    struct timer timer = {.at = 0};
    struct world_zone *late = world_zone(world, 1, TYPE_SOA, false);
    engine_timer(world->engine, &timer, WORLD_START + 10 * SECOND, NULL);
    while (engine_next(world->engine, &event)) {
        if (event.kind == ENGINE_TIMER)
            world_ask(world, late);
        else
            world_take(world, &event);
    }
    ok(late->done && late->requeued == 0 && world->links[0]->queries == 1 &&
           late->question.asked_at < WORLD_START + 11 * SECOND,
       "nobody is sent to a connection that is busy with a long transfer");
    world_free(world);
}

static void serve_then_close(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                             bool edns)
{
    if (link->queries > 1)
        link_act(link, ACT_EOF, 1000, 0);
    else
        serve_good(link, id, zone, type, edns);
}

static void reuse(void)
{
    struct world *world = world_with(serve_good, 1, 0);
    world_run(world);
    struct world_zone *second = world_zone(world, 1, TYPE_AXFR, false);
    world_ask(world, second);
    world_run(world);
    ok(second->done && world->link_count == 1 && !second->question.fresh,
       "a connection that has served is used again");
    world->now += 6 * SECOND;
    link_act(world->links[0], ACT_EOF, 0, 0);
    struct world_zone *third = world_zone(world, 1, TYPE_AXFR, false);
    world_ask(world, third);
    world_run(world);
    ok(third->done && third->requeued == 0 && world->link_count == 2 && third->question.fresh,
       "but not one that was closed meanwhile");
    world_free(world);

    world = world_with(serve_then_close, 1, 0);
    world_run(world);
    second = world_zone(world, 1, TYPE_AXFR, false);
    world_ask(world, second);
    world_run(world);
    ok(second->done && second->requeued == 1 && world->link_count == 2,
       "a close on a connection that has served costs the question nothing");
    world_free(world);

    world = world_new();
    world->serve = serve_good;
    struct world_zone *zone = world_zone(world, 1, TYPE_SOA, false);
    for (unsigned i = 0; i < 5; i++) {
        world_ask(world, zone);
        world_run(world);
    }
    ok(zone->done && zone->connected == 5 && world->link_count == 1,
       "one question, asked five times over");
    world_free(world);
}

static void plan_soon(struct scripted_link *link)
{
    link->connect_at += 1000;
    link->handshake_at = link->connect_at;
}

/* Three ways to one server, which gets two connections: with two contexts of TLS and in clear text.
 */
static void many_ways(void)
{
    char names[2][4] = {"old", "new"};
    struct world *world = world_new();
    world->plan = plan_soon;
    world->serve = serve_good;
    for (unsigned i = 0; i < 12; i++) {
        world->tls = (struct tls_context *)(void *)names[i % 3 % 2];
        world_ask(world, world_zone(world, 1, i < 6 ? TYPE_SOA : TYPE_AXFR, i % 3 < 2));
    }
    world_run(world);
    show(world, ok(done_zones(world) == 12 && world->link_count <= 6,
                   "one way to a server does not take a connection that another one waited for"));
    world_free(world);
}

static void one_descriptor(void)
{
    struct world *world = world_new();
    world->plan = plan_soon;
    world->serve = serve_good;
    world->room = 1;
    for (unsigned i = 0; i < 12; i++)
        world_ask(world, world_zone(world, 1 + i % 3, i < 6 ? TYPE_SOA : TYPE_AXFR, false));
    world_run(world);
    show(world, ok(done_zones(world) == 12 && world->link_count <= 6,
                   "nor does one server take that of another, where there is room for one"));
    world_free(world);
}

static void serve_by_server(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                            bool edns)
{
    if (link->server >= 100)
        serve_good(link, id, zone, type, edns);
}

static void slow_beside_fast(void)
{
    struct world *world = world_new();
    world->serve = serve_by_server;
    world->on_message = soa_done;
    for (unsigned i = 0; i < 8; i++)
        world_ask(world, world_zone(world, 1 + i, TYPE_SOA, false));
    for (unsigned i = 0; i < 100; i++)
        world_ask(world, world_zone(world, 100, TYPE_SOA, false));
    world_run(world);
    ok(done_zones(world) == 100 && soa_done_at < WORLD_START + SECOND, "dead servers delay nobody");
    is_int(count_of(world, "failed"), 8, "and fail by themselves");
    world_free(world);
}

/* ---- The rest -----------------------------------------------------------------------------------
 */

static void octets(void)
{
    struct world *world = world_with(serve_good, 1, 0);
    world_run(world);
    uint64_t all = world->zones[0].question.octets;
    is_int((int64_t)all, (int64_t)world->links[0]->stream_length, "all octets are counted");
    world->zones[0].question.max_octets = all;
    world_ask(world, &world->zones[0]);
    world_run(world);
    ok(world->zones[0].done, "as many as are allowed");
    world->zones[0].question.max_octets = all - 1;
    world_ask(world, &world->zones[0]);
    world_run(world);
    char text[80];
    snprintf(text, sizeof text, "more than %" PRIu64 " octets received", all - 1);
    is_str(world->zones[0].err.text, text, "one fewer are too many");
    world_free(world);
}

static void timers(void)
{
    struct world *world = world_new();
    struct engine_event event;
    struct timer a = {.at = 0}, b = {.at = 0}, c = {.at = 0};
    engine_timer(world->engine, &a, WORLD_START + 2 * SECOND, &a);
    engine_timer(world->engine, &b, WORLD_START + SECOND, &b);
    engine_timer(world->engine, &c, WORLD_START + SECOND, &c);
    engine_timer_clear(world->engine, &c);
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_TIMER && event.timer == &b &&
           event.owner == &b && world->now == WORLD_START + SECOND,
       "the first timer");
    ok(engine_next(world->engine, &event) && event.timer == &a &&
           world->now == WORLD_START + 2 * SECOND,
       "the second");
    ok(!engine_next(world->engine, &event), "and no third");
    world_free(world);
}

/* ---- The inbox --------------------------------------------------------------------------------
 * It has sockets of the system. */

static int notifier = -1;
static unsigned notified;
static uint64_t notified_at;

static void take_notify(struct world *world, const struct engine_event *event)
{
    notified++;
    notified_at = world->now;
    MUST_BE(event->err->kind == ERR_NONE && event->owner == NULL && event->length == 3 &&
            memcmp(event->octets, "new", 3) == 0 && !event->from->is_tcp);
    inbox_reply(world->context, event->from, (const uint8_t *)"thanks", 6);
}

static void notify(void)
{
    MUST_BE(send(notifier, "new", 3, 0) == 3);
}

static struct world *world_with_inbox(void)
{
    struct address here;
    struct err err = {.kind = ERR_NONE};
    MUST_BE(address_parse("127.0.0.1", 0, &here));
    struct inbox *inbox = inbox_new(&(struct inbox_config){.addresses = &here, .count = 1}, &err);
    MUST_BE(inbox != NULL);
    struct world *world = world_new_beside(0, inbox);
    const struct address *bound = inbox_address(inbox, 0);
    notifier = socket(AF_INET, SOCK_DGRAM, 0);
    MUST_BE(connect(notifier, (const struct sockaddr *)&bound->storage, bound->length) == 0);
    notified = 0;
    world->context = inbox;
    world->on_notify = take_notify;
    return world;
}

static void free_with_inbox(struct world *world)
{
    struct inbox *inbox = world->context;
    world_free(world);
    inbox_free(inbox);
    close(notifier);
}

static void notifies(void)
{
    struct world *world = world_with_inbox();
    struct engine_event event;
    char reply[8];
    notify();
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_NOTIFY,
       "a message comes though nothing else is waited for");
    world_take(world, &event);
    ok(recv(notifier, reply, sizeof reply, MSG_DONTWAIT) == 6, "and is answered");
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_STOP && world->hung,
       "then the engine waits for the next, for ever");
    free_with_inbox(world);

    world = world_with_inbox();
    struct timer timer = {.at = 0};
    world->signal_at = WORLD_START + 9 * SECOND;
    engine_timer(world->engine, &timer, WORLD_START + SECOND, &timer);
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_TIMER &&
           world->now == WORLD_START + SECOND,
       "a timer is due while it waits");
    engine_hold(world->engine, true);
    world_ask(world, world_zone(world, 1, TYPE_AXFR, false));
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_STOP &&
           world->now == world->signal_at,
       "where all else is held, too, it waits, until a signal");
    free_with_inbox(world);
}

/* Those who connect to the inbox and say nothing have their time, too. */
static void silent_callers(void)
{
    struct world *world = world_with_inbox();
    struct engine_event event;
    int callers[3 * INBOX_CONNS_OF_ONE];
    struct sockaddr_in to;
    socklen_t length = sizeof to;
    MUST_BE(getpeername(notifier, (struct sockaddr *)&to, &length) == 0);
    for (unsigned i = 0; i < 3 * INBOX_CONNS_OF_ONE; i++) {
        struct sockaddr_in own = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i % 3)};
        callers[i] = socket(AF_INET, SOCK_STREAM, 0);
        MUST_BE(bind(callers[i], (struct sockaddr *)&own, sizeof own) == 0 &&
                connect(callers[i], (struct sockaddr *)&to, sizeof to) == 0);
    }
    ok(engine_next(world->engine, &event) && event.kind == ENGINE_STOP && world->hung &&
           world->now == WORLD_START + INBOX_TIME,
       "the time of a caller is one of the engine's");
    char octet;
    unsigned closed = 0;
    for (unsigned i = 0; i < 3 * INBOX_CONNS_OF_ONE; i++) {
        closed += recv(callers[i], &octet, 1, MSG_DONTWAIT) == 0;
        close(callers[i]);
    }
    is_int(closed, 3 * INBOX_CONNS_OF_ONE, "then all of them are closed");
    free_with_inbox(world);
}

/* So many messages at once that there is always another one. */
static void serve_busily(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    static struct wire w;
    (void)type;
    size_t before = link->stream_length;
    for (unsigned i = 0; i < 1000; i++) {
        message_of_zone(&w, id, zone, i, 1000, edns);
        const uint8_t prefix[2] = {(uint8_t)(w.n >> 8), (uint8_t)w.n};
        link_put(link, prefix, 2);
        link_put(link, w.octets, w.n);
    }
    link_act(link, ACT_DATA, 0, link->stream_length - before);
}

static unsigned busy_messages, between, most_between;

static void send_in_between(struct world *world, struct world_zone *zone)
{
    (void)zone;
    world->now += 7; /* what is done with it takes its time */
    if (++busy_messages == 300) {
        notify();
        notified_at = 0;
        world->planned = (unsigned)(world->now - WORLD_START);
    }
}

/* Transfers keep the engine busy: there is always a message. */
static void notify_among_transfers(void)
{
    struct world *world = world_with_inbox();
    world->serve = serve_busily;
    world->on_message = send_in_between;
    world->signal_at = WORLD_START + 100 * SECOND;
    busy_messages = 0;
    world_ask(world, world_zone(world, 1, TYPE_AXFR, false));
    world_ask(world, world_zone(world, 2, TYPE_AXFR, false));
    world_run(world);
    uint64_t sent_at = WORLD_START + world->planned;
    ok(world->zones[0].done && world->zones[1].done && busy_messages == 2000 && notified == 1,
       "a message comes among those of transfers");
    ok(notified_at - sent_at <= 1020, "with the next look (%u us)",
       (unsigned)(notified_at - sent_at));
    free_with_inbox(world);
}

static void flood(struct world *world)
{
    world->now += 100;
    for (unsigned i = 0; i < 2 * INBOX_LOOK; i++)
        notify();
}

static void count_between(struct world *world, const struct engine_event *event)
{
    take_notify(world, event);
    if (++between > most_between && !world->zones[0].done)
        most_between = between;
}

static void message_between(struct world *world, struct world_zone *zone)
{
    (void)zone;
    world->now += 7;
    busy_messages++;
    between = 0;
}

/* There is always another datagram. */
static void flooded(void)
{
    struct world *world = world_with_inbox();
    struct engine_event event;
    struct timer timer = {.at = 0};
    world->serve = serve_busily;
    world->on_wait = flood;
    world->on_message = message_between;
    world->on_notify = count_between;
    busy_messages = between = most_between = 0;
    engine_timer(world->engine, &timer, WORLD_START + SECOND / 100, &timer);
    world_ask(world, world_zone(world, 1, TYPE_AXFR, false));
    uint64_t timer_at = 0;
    while ((busy_messages < 1000 || timer_at == 0) && engine_next(world->engine, &event)) {
        timer_at = event.kind == ENGINE_TIMER ? world->now : timer_at;
        world_take(world, &event);
    }
    ok(world->zones[0].done && most_between > 0 && most_between <= 2 * INBOX_LOOK,
       "a flood of datagrams keeps no transfer from its end: at most %u between two messages",
       most_between);
    ok(timer_at < timer.at + 300, "no timer from its time");
    unsigned before = notified;
    world->signal_at = world->now;
    while (engine_next(world->engine, &event) && event.kind != ENGINE_STOP)
        world_take(world, &event);
    ok(event.kind == ENGINE_STOP && notified - before <= INBOX_LOOK, "and no signal");
    free_with_inbox(world);
}

static void sizes(void)
{
    ok(sizeof(struct question) <= 256, "a question takes %zu octets", sizeof(struct question));
    ok(sizeof(struct peer) <= 128, "a peer takes %zu octets", sizeof(struct peer));
}

int main(void)
{
    sizes();
    interleaved();
    cut_everywhere();
    connecting();
    faults_of_this_machine();
    facts_of_tls();
    records_of_tls();
    banners();
    looks();
    nobodys();
    lame();
    lame_for_ever();
    formerr();
    deaf();
    refusals();
    silence();
    doubts();
    first_octet();
    one_is_dropped();
    outside();
    deadlines();
    stop();
    sending();
    noise();
    windows();
    slow_servers();
    limits();
    long_transfers();
    beside_a_long_one();
    reuse();
    many_ways();
    one_descriptor();
    slow_beside_fast();
    octets();
    timers();
    notifies();
    silent_callers();
    notify_among_transfers();
    flooded();
    return tap_end();
}
