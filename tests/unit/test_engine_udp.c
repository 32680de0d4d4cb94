/* The engine over UDP: what gets lost is asked again, what nobody has asked for is passed over, and
 * each question has its own time. Sockets and the clock are scripted; what is expected follows from
 * the rules: queries after 0, 1, 3 and 7 seconds, and an end after the time for an answer. */
#include "scripted.h"

#include "xfer/tsig.h"

#include "tap.h"

enum { FORMERR = 1, SERVFAIL = 2, LIMIT = 10 * SECOND, LATE = 1000, MANY = 300 };

static struct wire message; /* large */

/* Shows the log of a test that failed. */
static void show(const struct world *world, bool passed)
{
    if (passed)
        return;
    diag("at %g s, %u links", (double)(world->now - WORLD_START) / SECOND, world->link_count);
    for (const char *line = world->log; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        diag("%.*s", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static struct world *udp_world(void (*serve)(struct scripted_link *, unsigned, unsigned, unsigned,
                                             bool),
                               unsigned questions)
{
    struct world *world = world_new();
    world->datagrams = true;
    world->serve = serve;
    for (unsigned i = 0; i < questions; i++)
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    return world;
}

static unsigned done_zones(const struct world *world)
{
    unsigned done = 0;
    for (unsigned i = 0; i < world->zone_count; i++)
        done += world->zones[i].done && !world->zones[i].failed && world->zones[i].records == 1;
    return done;
}

static uint64_t passed(const struct world *world)
{
    return world->now - WORLD_START;
}

static void send_soa(struct scripted_link *link, uint64_t delay, unsigned id, unsigned zone,
                     bool edns)
{
    message_soa(&message, id, zone, edns);
    link_send_message(link, delay, &message);
}

/* ---- What gets lost -------------------------------------------------------------------------- */

/* How many queries for each zone are lost. */
static unsigned losses[WORLD_ZONES], asked[WORLD_ZONES];

static void serve_lossy(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    (void)type;
    if (asked[zone]++ >= losses[zone])
        send_soa(link, LATE, id, zone, edns);
}

static void forget_losses(unsigned each)
{
    for (unsigned i = 0; i < WORLD_ZONES; i++) {
        losses[i] = each;
        asked[i] = 0;
    }
}

static void lost(void)
{
    static const uint64_t sent_at[] = {0, 1 * SECOND, 3 * SECOND, 7 * SECOND};
    for (unsigned i = 0; i < 4; i++) {
        forget_losses(i);
        struct world *world = udp_world(serve_lossy, 1);
        world_run(world);
        const struct question *question = &world->zones[0].question;
        show(world,
             ok(done_zones(world) == 1 && asked[0] == i + 1 && passed(world) == sent_at[i] + LATE,
                "%u lost: the answer comes after %g s", i, (double)sent_at[i] / SECOND));
        ok(question->asked_at == WORLD_START && world->zones[0].connected == 1 &&
               world->zones[0].requeued == 0,
           "... to the question that was asked at first");
        world_free(world);
    }
}

static void serve_but_one(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                          bool edns)
{
    asked[zone]++;
    if (zone != 0)
        serve_good(link, id, zone, type, edns);
}

static struct timer timer; /* of a test, at which it does something */

/* Runs to a time, and sets the clock there. */
static void run_to(struct world *world, uint64_t after)
{
    struct engine_event event;
    engine_timer(world->engine, &timer, WORLD_START + after, NULL);
    while (engine_next(world->engine, &event) && event.kind != ENGINE_TIMER)
        world_take(world, &event);
}

static void silent(void)
{
    forget_losses(0);
    struct world *world = udp_world(serve_but_one, 3);
    run_to(world, 9 * SECOND);
    ok(done_zones(world) == 2 && !world->zones[0].failed, "one is not answered, others are");
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    losses[0] = 0;
    world_run(world);
    show(world, ok(world->zones[0].failed && world->zones[0].err.kind == ERR_TIMEOUT_ANSWER &&
                       passed(world) == LIMIT,
                   "it fails when its time is up"));
    is_str(world->zones[0].err.text, "nothing for 10 s", "in words");
    is_int(asked[0], 4, "it was sent four times");
    ok(done_zones(world) == 3 && world->link_count == 1, "others go on beside it");
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    show(world, ok(done_zones(world) == 4 && world->link_count == 1, "and after it, all from one "
                                                                     "port"));
    world_free(world);
}

/* One after the other, each with a time of its own. */
static void all_silent(void)
{
    struct world *world = udp_world(serve_nothing, 0);
    uint64_t ends[5];
    for (unsigned i = 0; i < 5; i++) {
        world_ask(world, world_zone(world, 1, TYPE_SOA, false));
        run_to(world, (i + 1) * SECOND);
    }
    for (unsigned i = 0; i < 5; i++) {
        struct engine_event event;
        while (engine_next(world->engine, &event) && event.kind != ENGINE_FAILED)
            world_take(world, &event);
        world_take(world, &event);
        ends[i] = passed(world);
    }
    bool good = true;
    for (unsigned i = 0; i < 5; i++)
        good =
            good && world->zones[i].err.kind == ERR_TIMEOUT_ANSWER && ends[i] == i * SECOND + LIMIT;
    show(world, ok(good, "five that are asked one after the other end one after the other"));
    ok(world_run(world) && passed(world) == ends[4], "and nothing is left to wait for");
    is_int(world->links[0]->queries, 5 * 4, "each was sent four times");
    world_free(world);
}

/* Every seventh query is lost, and the window is full. */
static void serve_seventh(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                          bool edns)
{
    (void)type;
    if (link->queries % 7 != 0)
        send_soa(link, LATE + zone, id, zone, edns);
}

static void many(void)
{
    struct world *world = udp_world(serve_seventh, MANY);
    world_run(world);
    show(world, ok(done_zones(world) == MANY && world->link_count == 1,
                   "%d at once to one server, of which some are lost, all answered", MANY));
    ok(passed(world) < LIMIT && world->links[0]->queries < 2 * MANY, "... soon");
    world_free(world);
}

/* ---- What comes that nobody has asked for ---------------------------------------------------- */

enum forgery {
    OTHER_ID,
    OTHER_NAME,
    OTHER_TYPE,
    OTHER_CLASS,
    A_QUERY,
    TWO_QUESTIONS,
    CUT_QUESTION,
    HEADER_ALONE,
    TEXT,
    NOISE,
    FORGERIES
};

static const char *const forgeries[FORGERIES] = {
    "another ID",    "another name",    "another type",   "another class", "a query",
    "two questions", "half a question", "a header alone", "text",          "noise",
};

static void make_forgery(unsigned forgery, unsigned id, unsigned zone, bool edns)
{
    message_soa(&message, forgery == OTHER_ID ? id ^ 0x100 : id,
                forgery == OTHER_NAME ? zone + 1 : zone, edns);
    size_t end = MSG_HEADER + 4; /* of the name, which is "z0." */
    switch (forgery) {
    case OTHER_TYPE:
        wire_set_u16(&message, end, TYPE_NS);
        break;
    case OTHER_CLASS:
        wire_set_u16(&message, end + 2, 3);
        break;
    case A_QUERY:
        wire_set_u16(&message, 2, 0x0400);
        break;
    case TWO_QUESTIONS:
        wire_set_u16(&message, 4, 2);
        break;
    case CUT_QUESTION:
        message.n = end + 3;
        break;
    case HEADER_ALONE:
        message.n = MSG_HEADER;
        break;
    case TEXT:
        message.n = 0;
        wire_mem(&message, "HTTP/1.1 400 Bad Request\r\n", 26);
        break;
    case NOISE:
        memset(message.octets, 0xff, message.n);
        break;
    default:
        break;
    }
}

static unsigned forgery; /* that serve_forged sends before each answer */

static void serve_forged(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    (void)type;
    make_forgery(forgery, id, zone, edns);
    link_send_message(link, LATE / 2, &message);
    send_soa(link, LATE, id, zone, edns);
}

static void serve_forgeries_only(struct scripted_link *link, unsigned id, unsigned zone,
                                 unsigned type, bool edns)
{
    (void)type;
    for (unsigned i = 0; i < FORGERIES; i++) {
        make_forgery(i, id, zone, edns);
        link_send_message(link, LATE, &message);
    }
}

static void forged(void)
{
    for (forgery = 0; forgery < FORGERIES; forgery++) {
        struct world *world = udp_world(serve_forged, 1);
        world_run(world);
        show(world, ok(done_zones(world) == 1 && passed(world) == LATE &&
                           world->zones[0].question.octets == message.n + 2,
                       "%s is passed over, and what is right is taken", forgeries[forgery]));
        world_free(world);
    }
    struct world *world = udp_world(serve_forgeries_only, 2);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_TIMEOUT_ANSWER &&
                       world->zones[1].err.kind == ERR_TIMEOUT_ANSWER && passed(world) == LIMIT &&
                       world->zones[0].question.octets == 0,
                   "all of that is no answer"));
    size_t at = 0;
    struct engine_server server;
    ok(engine_server(world->engine, &at, &server) && server.octets == 0 && !server.up,
       "nor a sign of life");
    world_free(world);
}

/* Junk comes without end: there is always something to read. */
static void serve_flood(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    (void)type;
    make_forgery(OTHER_ID, id, zone, edns);
    for (unsigned i = 0; link->queries == 1 && i < WORLD_ACTIONS; i++)
        link_send_message(link, 0, &message);
}

static void flooded(void)
{
    struct world *world = udp_world(serve_flood, 1);
    world->read_takes = 50 * LATE;
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_TIMEOUT_ANSWER && passed(world) >= LIMIT &&
                       passed(world) <= 2 * LIMIT + SECOND,
                   "a flood of it does not make the time longer than twice what it is"));
    world_free(world);
}

/* ---- Answers that come more than once -------------------------------------------------------- */

/* The answer is slower than the second query: both are answered. */
static void serve_slowly(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    (void)type;
    asked[zone]++;
    send_soa(link, SECOND + SECOND / 2, id, zone, edns);
}

static void serve_thrice(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    (void)type;
    for (unsigned i = 1; i <= 3; i++)
        send_soa(link, i * LATE, id, zone, edns);
}

static void counted_once(const struct world *world, unsigned questions, const char *what)
{
    size_t at = 0, octets = 0;
    struct engine_server server;
    for (unsigned i = 0; i < questions; i++)
        octets += (size_t)world->zones[i].question.octets;
    show(world, ok(done_zones(world) == questions && count_of(world, "done 1") == questions &&
                       count_of(world, "message") == questions && world->link_count == 1,
                   "%s: %u questions, each answered once", what, questions));
    ok(engine_server(world->engine, &at, &server) && server.octets == octets &&
           server.failures == 0 && server.connections == 1 && server.up,
       "... and counted once");
}

static void again(void)
{
    forget_losses(0);
    struct world *world = udp_world(serve_slowly, 3);
    world_run(world);
    is_int((int64_t)passed(world), SECOND + SECOND / 2, "an answer later than the second query");
    is_int(asked[0], 2, "which was sent");
    counted_once(world, 3, "slow");
    world->serve = serve_good;
    world_ask(world, &world->zones[0]); /* the second answer to the first time is still to come */
    run_to(world, 4 * SECOND);
    show(world, ok(world->zones[0].done && count_of(world, "z0. message") == 2 &&
                       count_of(world, "message") == 4,
                   "asked anew, it is not answered by what was left over"));
    world_free(world);

    world = udp_world(serve_thrice, 20);
    run_to(world, SECOND);
    counted_once(world, 20, "three answers to each");
    world_free(world);
}

/* ---- Answers that are of no use -------------------------------------------------------------- */

static void serve_cut(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                      bool edns)
{
    message_error(&message, id, 0, zone, type, edns);
    wire_set_u16(&message, 2, 0x8600);
    link_send_message(link, LATE, &message);
}

/* Larger than the query says that it takes. */
static void serve_large(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                        bool edns)
{
    static const uint8_t text[256] = {255};
    char name[16];
    zone_text(name, zone);
    message_begin(&message, id, 0, zone, type, 1, edns);
    wire_soa(&message, name, 1, "ns.", "h.", SERIAL);
    for (unsigned i = 0; i < 200; i++)
        wire_rr_mem(&message, name, TYPE_TXT, 1, 60, text, sizeof text);
    wire_set_u16(&message, 10, 200u + edns);
    message_opt(&message, edns);
    link_send_message(link, LATE, &message);
}

static void serve_servfail(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                           bool edns)
{
    (void)type, (void)edns;
    message.n = 0;
    wire_header(&message, id, 0x8000 | SERVFAIL, 0, 0, 0, 0); /* without the question */
    link_send_message(link, LATE * (zone + 1), &message);
}

/* From before EDNS. */
static void serve_old(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                      bool edns)
{
    if (!edns) {
        serve_good(link, id, zone, type, edns);
        return;
    }
    message_error(&message, id, FORMERR, zone, type, false);
    link_send_message(link, LATE, &message);
}

static void of_no_use(void)
{
    struct world *world = udp_world(serve_cut, 2);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_TC && world->zones[1].err.kind == ERR_TC &&
                       passed(world) == LATE,
                   "what is truncated fails at once"));
    is_str(world->zones[0].err.text, "message 1: truncated (TC=1)", "in words that fit");
    world->serve = serve_good;
    world_ask(world, &world->zones[0]);
    world_run(world);
    show(world, ok(world->zones[0].done && world->link_count == 1, "the port is good for more"));
    world_free(world);

    world = udp_world(serve_large, 2);
    world_run(world);
    show(world, ok(done_zones(world) == 2 && message.n > 50000 &&
                       world->zones[0].question.octets == message.n + 2,
                   "one of %zu octets is taken", message.n));
    world_free(world);

    world = udp_world(serve_servfail, 2);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_RCODE_SERVFAIL &&
                       world->zones[1].err.kind == ERR_RCODE_SERVFAIL && world->link_count == 1 &&
                       passed(world) == 2 * LATE,
                   "an error that does not repeat the question is one"));
    world_free(world);

    world = udp_world(serve_old, 2);
    world_run(world);
    show(world,
         ok(done_zones(world) == 2 && count_of(world, "again: ") == 2 && world->link_count == 1,
            "a server from before EDNS is asked without it"));
    world_free(world);
}

/* ---- Nobody listens -------------------------------------------------------------------------- */

static void serve_refusal(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                          bool edns)
{
    (void)id, (void)zone, (void)type, (void)edns;
    if (link->action_count == 0)
        link_act(link, ACT_RESET, LATE, 0);
}

static void plan_no_write(struct scripted_link *link)
{
    link->write_fails = true;
}

static void all_refused(const struct world *world, unsigned questions, const char *what)
{
    unsigned refused = 0;
    for (unsigned i = 0; i < world->zone_count; i++)
        refused += world->zones[i].failed && world->zones[i].err.kind == ERR_CONNECT &&
                   strcmp(world->zones[i].err.text, "cannot ask over UDP: Connection refused") == 0;
    show(world, ok(refused == questions && passed(world) <= LATE && world->link_count == 1 &&
                       count_of(world, "again") == 0,
                   "%s: %u fail at once", what, questions));
}

static void refused(void)
{
    static const unsigned counts[] = {1, 2, 10, MANY};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct world *world = udp_world(serve_refusal, counts[i]);
        world_run(world);
        all_refused(world, counts[i], "nobody listens");
        world_free(world);
        world = udp_world(serve_nothing, counts[i]);
        world->plan = plan_no_write;
        world_run(world);
        all_refused(world, counts[i], "nothing can be sent");
        world_free(world);
    }
}

static void serve_then_break(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                             bool edns)
{
    (void)id, (void)zone, (void)type, (void)edns;
    link->write_fails = true; /* the word that nobody listens meets the next one who sends */
}

static void refused_later(void)
{
    struct world *world = udp_world(serve_then_break, 1);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_CONNECT && passed(world) == SECOND &&
                       count_of(world, "again") == 0,
                   "who finds that out when he asks again fails then"));
    world_free(world);

    world = udp_world(serve_then_break, 1);
    run_to(world, SECOND / 2);
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_CONNECT &&
                       world->zones[1].err.kind == ERR_CONNECT && passed(world) == SECOND / 2,
                   "when another one is asked, both do"));
    world_free(world);

    world = udp_world(serve_good, 1);
    world_run(world);
    world->serve = serve_refusal;
    world->links[0]->action_count = world->links[0]->action_next = 0;
    world_ask(world, &world->zones[0]);
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_CONNECT && passed(world) == 2 * LATE,
                   "so does who asks a server that has answered before"));
    world_free(world);
}

/* TCP and UDP are two matters, though the address is the same. */
static void beside_tcp(void)
{
    struct world *world = world_new_with(60 * SECOND);
    world->datagrams = true;
    world->serve = serve_refusal;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    world->datagrams = false;
    world->serve = serve_good;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_CONNECT && world->zones[1].done,
                   "who is not there over UDP answers over TCP"));
    world->datagrams = true;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    show(world, ok(world->zones[2].err.kind == ERR_CONNECT && world->link_count == 2,
                   "and is not asked over UDP again, while that is kept in mind"));
    world_free(world);
}

/* ---- Signatures ------------------------------------------------------------------------------ */

static struct tsig_key key;
static uint8_t first_query[4096];
static size_t first_length;
static unsigned same_queries;

/* The reply to the first query comes when the second one was sent. */
static void serve_signed(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                         bool edns)
{
    struct err err = {.kind = ERR_NONE};
    struct msg query;
    struct tsig_record record;
    uint64_t now = world_wall(&link->world->transport);
    (void)type;
    if (link->queries > 1) {
        same_queries += link->query_length == first_length &&
                        memcmp(link->query, first_query, first_length) == 0;
        return;
    }
    memcpy(first_query, link->query, link->query_length);
    first_length = link->query_length;
    struct tsig_series *series = tsig_series_new(&key, &err);
    MUST_BE(series != NULL && msg_parse(&query, first_query, first_length, &err) &&
            tsig_read(&record, &query) == NULL &&
            tsig_verify_request(series, &query, &record, now, &err));
    message_soa(&message, id, zone, edns);
    message.n = tsig_reply(series, &record, TSIG_NO_ERROR, message.octets, message.n, now, &err);
    MUST_BE(message.n > 0);
    link_send_message(link, 4 * SECOND, &message);
    tsig_series_free(series);
}

static void signatures(void)
{
    struct world *world = udp_world(serve_signed, 0);
    key = (struct tsig_key){.algorithm = tsig_algorithm_find("hmac-sha256", 11),
                            .secret_length = 8,
                            .secret = "a secret"};
    key.mac_length = key.algorithm->mac;
    MUST_BE(name_parse("key.", key.name, &key.name_length) == NULL);
    world->key = &key;
    world->signs = true;
    same_queries = 0;
    world_ask(world, world_zone(world, 1, TYPE_SOA, false));
    world_run(world);
    show(world, ok(done_zones(world) == 1 && passed(world) == 4 * SECOND,
                   "a signed answer to the first of three queries"));
    is_int(same_queries, 2, "since all of them are the same, octet by octet");
    ok(answer_facts(world->zones[0].answer).verified, "it was verified");
    world_free(world);
}

/* ---- What is not wanted any more ------------------------------------------------------------- */

static void cancelled(void)
{
    struct world *world = udp_world(serve_slowly, 2);
    run_to(world, SECOND / 2);
    engine_end(world->engine, &world->zones[0].question, ERR_INTERRUPTED);
    world_run(world);
    show(world, ok(world->zones[1].done && count_of(world, "z0. message") == 0 &&
                       passed(world) == SECOND + SECOND / 2,
                   "one is not wanted any more: the other is answered"));
    for (unsigned i = 0; i < WORLD_ZONES + 100; i++) {
        world_ask(world, &world->zones[0]);
        run_to(world, passed(world) + LATE);
        engine_end(world->engine, &world->zones[0].question, ERR_INTERRUPTED);
    }
    world->serve = serve_good;
    world_ask(world, &world->zones[0]);
    world_run(world);
    show(world, ok(world->zones[0].done && world->link_count == 1,
                   "nor are hundreds, which cost no port each"));
    world_free(world);
}

/* A query that is to be sent again cannot be sent for a while. */
static void cancelled_in_between(void)
{
    struct world *world = udp_world(serve_nothing, 3);
    run_to(world, SECOND / 2);
    world->links[0]->blocked_until = world->now + 2 * SECOND;
    run_to(world, 3 * SECOND / 2);
    engine_end(world->engine, &world->zones[1].question, ERR_INTERRUPTED);
    memset(&world->zones[1].question.own, 0xee, sizeof world->zones[1].question.own);
    world->serve = serve_good;
    world_run(world);
    show(world,
         ok(world->zones[0].done && world->zones[2].done && passed(world) == 5 * SECOND / 2 + LATE,
            "a query that waits to be sent again is of nobody's then"));
    memset(&world->zones[1].question.own, 0, sizeof world->zones[1].question.own);
    world_free(world);
}

static void out_of_time(void)
{
    struct world *world = udp_world(serve_nothing, 0);
    struct world_zone *zone = world_zone(world, 1, TYPE_SOA, false);
    zone->question.deadline = WORLD_START + 2 * SECOND;
    world_ask(world, zone);
    world_run(world);
    show(world, ok(zone->err.kind == ERR_TIMEOUT_TOTAL && passed(world) == 2 * SECOND,
                   "the time of a zone ends a question over UDP, too"));
    world_free(world);
}

/* ---- Time that is not the server's ----------------------------------------------------------- */

static void outside(void)
{
    forget_losses(1);
    struct world *world = udp_world(serve_lossy, 1);
    run_to(world, SECOND / 2);
    world->now += 20 * SECOND; /* somebody does something else */
    world_run(world);
    show(world, ok(done_zones(world) == 1 && asked[0] == 2 && passed(world) == 21 * SECOND + LATE,
                   "time that is spent outside is not the server's"));
    world_free(world);

    forget_losses(4);
    world = udp_world(serve_lossy, 1);
    run_to(world, SECOND / 2);
    world->now += 20 * SECOND;
    world_run(world);
    show(world, ok(world->zones[0].err.kind == ERR_TIMEOUT_ANSWER && asked[0] == 4 &&
                       passed(world) == 20 * SECOND + LIMIT,
                   "nor does it make one sent again more often"));
    world_free(world);
}

int main(void)
{
    lost();
    silent();
    all_silent();
    many();
    forged();
    flooded();
    again();
    of_no_use();
    refused();
    refused_later();
    beside_tcp();
    signatures();
    cancelled();
    cancelled_in_between();
    out_of_time();
    outside();
    return tap_end();
}
