/* job/fetch over scripted connections: in which order servers are asked. Everything else that it
 * does is seen from outside (tests/cli). */
#include "scripted.h"

#include "job/fetch.h"

#include "tap.h"

enum { REFUSED = 5 };

static struct wire message; /* large */
static char asked[64];      /* the last octets of the addresses */

static void serve_refused(struct scripted_link *link, unsigned id, unsigned zone, unsigned type,
                          bool edns)
{
    size_t length = strlen(asked);
    snprintf(asked + length, sizeof asked - length, "%s%u", length > 0 ? " " : "", link->server);
    message_error(&message, id, REFUSED, zone, type, edns);
    link_send_message(link, 1000, &message);
}

static void tell_nothing(struct teller *teller, const struct fact *fact)
{
    (void)teller, (void)fact;
}

/* Looks for a zone at three servers that refuse. */
static void look(unsigned first_server, const char *order, const char *what)
{
    static const uint8_t zone[] = "\2z0";
    const struct server servers[] = {{.word = "a", .host = "192.0.2.1"},
                                     {.word = "b", .host = "192.0.2.2"},
                                     {.word = "c", .host = "192.0.2.3"}};
    const struct key_options options = {.server_count = 0};
    const struct keys keys = {.config = {.options = &options}};
    const struct route route = {
        .servers = servers, .server_count = 3, .port = PORT_DNS, .keys = &keys};
    const struct shape shape = {.format = writer_find("zone")};
    const struct spec spec = {.word = "z0",
                              .zone = zone,
                              .zone_length = sizeof zone,
                              .class = CLASS_IN,
                              .first_server = first_server,
                              .route = &route,
                              .shape = &shape,
                              .look = true};
    struct world *world = world_new();
    struct fetch_target target = {.sink = NULL};
    struct teller teller = {.tell = tell_nothing};
    const struct fetch_config config = {.spec = &spec,
                                        .engine = world->engine,
                                        .endpoints = world->endpoints,
                                        .target = &target,
                                        .teller = &teller,
                                        .deadline = LOOP_NEVER};
    struct fetch *fetch = calloc(1, sizeof *fetch);
    MUST_BE(fetch != NULL);
    world->serve = serve_refused;
    *asked = '\0';
    fetch_start(fetch, &config);
    fetch_run(world->engine, &fetch, 1);
    ok(fetch->done && !fetch->good, "%s: all refuse", what);
    is_str(asked, order, "%s", what);
    fetch_fini(fetch);
    free(fetch);
    world_free(world);
}

int main(void)
{
    look(0, "1 2 3", "in their order");
    look(1, "1 2 3", "the first one first");
    look(2, "2 1 3", "the second one first");
    look(3, "3 1 2", "the last one first");
    look(4, "1 2 3", "one that is not there");
    return tap_end();
}
