/* job/watcher on a real engine, beside servers that take questions and say nothing until they
 * refuse them all: rows that leave and come back in each state, messages about zones in each state,
 * and commands of rows that have left. To be built with a sanitizer, too: who frees a row that
 * somebody has is found by that. */
#include "job/watcher.h"

#include "dns/name.h"
#include "job/keys.h"
#include "tap.h"
#include "textfile.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SECOND = 1000000,
    TICK = 1000,   /* microseconds between two looks at the servers */
    PATIENCE = 30, /* seconds for a step of a script */
    SERVERS = 6,   /* that are mute until they are told to close */
    CONNS = 256,   /* of each */
    CONN_ROOM = 65536,
    NUMBERS = 2000,  /* zones */
    AT_WORK = 1024,  /* zones at most, as job/sync says */
    OF_LANE = 320,   /* ... of one server */
    DAY = 24 * 3600, /* seconds */
};

/* ---- Servers ------------------------------------------------------------------------------- */

struct conn {
    int fd;
    size_t length;
    uint8_t octets[CONN_ROOM];
};

/* Each is a lane of its own. */
struct mute {
    int listener;
    struct conn *conns[CONNS];
    unsigned count;
    bool refuses; /* what has come, and what comes */
    struct server server;
    struct orders orders;
};

static struct mute servers[SERVERS];
static struct key_options no_keys;
static struct keys keys = {.config = {.options = &no_keys}};

static void open_server(struct mute *own)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    own->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (own->listener < 0 || bind(own->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(own->listener, 100) != 0 ||
        getsockname(own->listener, (struct sockaddr *)&at, &length) != 0) {
        printf("Bail out! no server\n");
        exit(1);
    }
    own->server = (struct server){.word = "127.0.0.1", .port = ntohs(at.sin_port)};
    snprintf(own->server.host, sizeof own->server.host, "127.0.0.1");
    own->orders = (struct orders){
        .route = {.servers = &own->server,
                  .server_count = 1,
                  .port = PORT_DNS,
                  .connect_timeout = 60 * (uint64_t)SECOND,
                  .idle_timeout = 60 * (uint64_t)SECOND,
                  .keys = &keys},
        .shape = {.format = writer_find("zone")},
        .answer_timeout = 60 * (uint64_t)SECOND,
        .class = CLASS_IN,
    };
}

static void close_conns(struct mute *own)
{
    while (own->count > 0) {
        struct conn *conn = own->conns[--own->count];
        close(conn->fd);
        free(conn);
    }
}

/* Answers the first message with its own header and question, and takes it out. */
static void refuse(struct conn *conn)
{
    size_t length = (size_t)conn->octets[0] << 8 | conn->octets[1], end = 2 + 12;
    uint8_t reply[2 + 12 + NAME_MAX_WIRE + 4];
    while (conn->octets[end] != 0)
        end += 1u + conn->octets[end];
    end += 5;
    memcpy(reply, conn->octets, end);
    reply[1] = (uint8_t)(end - 2); /* names are short here */
    reply[0] = 0;
    reply[4] |= 0x80;
    reply[5] = 5;
    memset(reply + 8, 0, 6);
    if (write(conn->fd, reply, end) < 0)
        conn->length = 2 + length;
    conn->length -= 2 + length;
    memmove(conn->octets, conn->octets + 2 + length, conn->length);
}

/* Returns whether the client has gone. */
static bool answer(struct conn *conn)
{
    ssize_t n = read(conn->fd, conn->octets + conn->length, CONN_ROOM - conn->length);
    if (n > 0)
        conn->length += (size_t)n;
    while (conn->length > 2 && conn->length >= 2 + ((size_t)conn->octets[0] << 8 | conn->octets[1]))
        refuse(conn);
    return n == 0;
}

static void serve(struct mute *own)
{
    int fd;
    while (own->count < CONNS &&
           (fd = accept4(own->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct conn *conn = calloc(1, sizeof *conn);
        if (conn == NULL)
            exit(1);
        conn->fd = fd;
        own->conns[own->count++] = conn;
    }
    for (unsigned i = own->count; own->refuses && i > 0; i--) {
        struct conn *conn = own->conns[i - 1];
        if (!answer(conn))
            continue;
        close(conn->fd);
        free(conn);
        own->conns[i - 1] = own->conns[--own->count];
    }
}

/* ---- A run --------------------------------------------------------------------------------- */

static struct loop loop = {.signal_fd = -1};
static struct err err;
static char folder[] = "/tmp/zxfr-watcher.XXXXXX";
static char go[64];

static struct run {
    struct sync_listener sync;
    struct teller teller;
    struct transport *transport;
    struct engine *engine;
    struct endpoint_set *endpoints;
    struct hooks *hooks;
    struct visit_shared visits;
    struct watcher *watcher;
    struct zones zones, catalogs;
    struct inbox *inbox;
    struct dict markers;
    struct timer tick;
    int sender; /* of messages */
    bool (*const *script)(void);
    uint64_t patience;
    bool out_of_patience;

    unsigned looks, looking, twice, strays; /* strays: rows that are freed too early */
    unsigned commands, notices, refused;
    unsigned char is_gone[NUMBERS], was_looked_at[NUMBERS];
    enum watcher_notice_kind notice;
    const struct zone *notice_zone;
    unsigned notice_rcode, first_servers;
} run;

static size_t wire_of(unsigned number, uint8_t wire[NAME_MAX_WIRE])
{
    char text[40];
    uint8_t n = 0;
    snprintf(text, sizeof text, "z%u.example.", number);
    if (name_parse(text, wire, &n) != NULL)
        exit(1);
    return n;
}

static unsigned number_of(const struct zone *zone)
{
    char label[8] = "";
    memcpy(label, zone->name + 2, zone->name[0] < 6 ? zone->name[0] - 1u : 4u);
    return (unsigned)atoi(label) % NUMBERS;
}

static struct zone *row(unsigned number)
{
    uint8_t wire[NAME_MAX_WIRE];
    size_t n = wire_of(number, wire);
    return zones_find(&run.zones, wire, n);
}

static unsigned place(unsigned number)
{
    const struct zone *zone = row(number);
    return zone != NULL ? zone->place : 99;
}

static unsigned in_place(enum zone_place which)
{
    unsigned count = 0;
    for (size_t i = 0; i < run.zones.count; i++)
        count += run.zones.rows[i]->place == which;
    return count;
}

/* The looks at a row that go on are counted in it, where words are otherwise kept. */
static struct teller *look_begins(struct sync_listener *listener, struct zone *zone)
{
    (void)listener;
    run.looks++;
    run.looking++;
    run.twice += zone->told_own++ > 0;
    run.was_looked_at[number_of(zone)]++;
    return &run.teller;
}

static void look_ended(struct sync_listener *listener, struct teller *teller,
                       const struct zone_end *end)
{
    (void)listener;
    (void)teller;
    run.looking--;
    ((struct zone *)(uintptr_t)end->zone)->told_own--;
}

static void breathe(struct sync_listener *listener, const struct sync_progress *progress)
{
    (void)listener;
    (void)progress;
}

static void tell(struct teller *teller, const struct fact *fact)
{
    (void)teller;
    (void)fact;
}

static void command_ended(void *context, void *owner, const struct hook *hook)
{
    struct zone *zone = ((struct sync_command *)owner)->zone;
    bool failed = hook->err.kind != ERR_NONE;
    (void)context;
    run.commands += hook->ran;
    zone->hook_due = failed || (hook->due == HOOK_NOT_DUE && hook->found);
    sync_end_command(watcher_sync(run.watcher), owner);
    if (zone->hook_due)
        watcher_retry(run.watcher, zone);
}

static void notified(void *context, const struct watcher_notice *notice)
{
    (void)context;
    run.notices++;
    run.notice = notice->kind;
    run.notice_zone = notice->zone;
    run.notice_rcode = notice->rcode;
}

static void expired(void *context, const struct zone *zone)
{
    (void)context;
    (void)zone;
}

static void gone(void *context, const struct zone *zone)
{
    (void)context;
    run.strays += zone->place != ZONE_RESTS || zone->hook_queued || zone->told_own > 0 ||
                  row(number_of(zone)) == zone;
    run.is_gone[number_of(zone)]++;
}

static void set_tick(void)
{
    engine_timer(run.engine, &run.tick, loop_now() + TICK, &run.tick);
}

static void take_event(void *context, const struct engine_event *event)
{
    (void)context;
    if (event->owner != &run.tick)
        return;
    for (unsigned i = 0; i < SERVERS; i++)
        serve(&servers[i]);
    set_tick();
}

static bool owns(void *context, const void *owner)
{
    (void)context;
    return owner == &run.tick;
}

/* Each step says whether it is done; the next one is taken up with the next event. */
static bool turn(void *context, struct err *why)
{
    (void)context;
    if (*run.script != NULL && (*run.script)()) {
        run.script++;
        run.patience = loop_now() + PATIENCE * (uint64_t)SECOND;
    }
    run.out_of_patience = loop_now() > run.patience;
    return (*run.script != NULL && !run.out_of_patience) ||
           err_set(why, ERR_INTERRUPTED, "the script has ended");
}

static void open_watcher(void)
{
    const struct watcher_listener listener = {
        .sync = &run.sync,
        .notified = notified,
        .expired = expired,
        .gone = gone,
        .event = take_event,
        .owns = owns,
        .turn = turn,
    };
    const struct sync_config sync = {.visits = &run.visits,
                                     .engine = run.engine,
                                     .loop = &loop,
                                     .hooks = run.hooks,
                                     .markers = &run.markers};
    const struct watcher_config config = {
        .sync = &sync,
        .listener = &listener,
        .zones = &run.zones,
        .catalogs = &run.catalogs,
        .inbox = run.inbox,
        .min_refresh = DAY * (uint64_t)SECOND,
        .max_refresh = DAY * (uint64_t)SECOND,
    };
    run.watcher = watcher_new(&config, &err);
}

static void open_engine(void)
{
    struct address any;
    const struct inbox_config inbox = {.addresses = &any, .count = 1};
    address_parse("127.0.0.1", 0, &any);
    run.inbox = inbox_new(&inbox, &err);
    run.transport = transport_new(-1, &err);
    run.endpoints = endpoint_set_new(&err);
    const struct engine_config net = {.transport = run.transport,
                                      .connect_timeout = 60 * (uint64_t)SECOND,
                                      .answer_timeout = 60 * (uint64_t)SECOND,
                                      .idle_timeout = 60 * (uint64_t)SECOND,
                                      .inbox = run.inbox};
    run.engine = engine_new(&net, &err);
    const struct address *at = inbox_address(run.inbox, 0);
    run.sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(run.sender, (const struct sockaddr *)&at->storage, at->length) != 0)
        exit(1);
}

static const struct orders *next_orders(const void *context, size_t index)
{
    (void)context;
    return index < SERVERS ? &servers[index].orders : NULL;
}

static void open_run(const char *command)
{
    const struct loop *own = &loop;
    run = (struct run){.sync = {look_begins, look_ended, breathe}, .teller.tell = tell};
    for (unsigned i = 0; i < SERVERS; i++)
        servers[i].refuses = false;
    open_engine();
    const struct hooks_config hooks = {.command = command,
                                       .jobs = 2,
                                       .loop = own,
                                       .teller = &run.teller,
                                       .engine = run.engine,
                                       .ended = command_ended};
    run.hooks = hooks_new(&hooks, &err);
    run.visits =
        (struct visit_shared){.landing = {.engine = run.engine, .loop = own, .notes_hooks = true},
                              .endpoints = run.endpoints,
                              .folder = folder,
                              .new_mode = 0600,
                              .adopts = true};
    zones_init(&run.zones);
    zones_init(&run.catalogs);
    open_watcher();
    if (run.watcher == NULL || run.hooks == NULL || run.engine == NULL)
        exit(1);
    notifiers_renew(watcher_notifiers(run.watcher), next_orders, NULL, &err);
    run.zones.behind = run.catalogs.behind = watcher_behind();
    set_tick();
}

static void close_run(void)
{
    engine_timer_clear(run.engine, &run.tick);
    hooks_free(run.hooks);
    watcher_free(run.watcher);
    zones_fini(&run.zones);
    zones_fini(&run.catalogs);
    engine_free(run.engine);
    endpoint_set_free(run.endpoints);
    inbox_free(run.inbox);
    run.transport->free(run.transport);
    dict_fini(&run.markers);
    close(run.sender);
    for (unsigned i = 0; i < SERVERS; i++)
        close_conns(&servers[i]);
}

/* Goes through a script, and sees that nothing was done that must never be done. */
static void play(const char *what, bool (*const *script)(void), const char *command)
{
    struct work *pool = NULL;
    struct err why = {.kind = ERR_NONE};
    open_run(command);
    run.script = script;
    run.patience = loop_now() + PATIENCE * (uint64_t)SECOND;
    watcher_run(run.watcher, &pool, &why);
    ok(*run.script == NULL, "%s: the script came to its end%s", what,
       run.out_of_patience ? ", or waited for too long" : "");
    is_int(run.twice, 0, "... no zone was at work twice");
    is_int(run.strays, 0, "... no row was freed that somebody had");
    is_int(run.looking, 0, "... all looks have ended");
    close_run();
}

/* ---- What a script does -------------------------------------------------------------------- */

static struct zones fresh;

static void begin_list(void)
{
    zones_init(&fresh);
    fresh.behind = watcher_behind();
}

static void name_zones(unsigned from, unsigned to, unsigned server)
{
    for (unsigned i = from; i < to; i++) {
        uint8_t wire[NAME_MAX_WIRE];
        size_t n = wire_of(i, wire);
        struct zone *zone = zones_add(&fresh, wire, n, NULL, &err);
        if (zone == NULL)
            exit(1);
        zone->orders = &servers[server].orders;
    }
}

static void end_list(void)
{
    watcher_renew(run.watcher, &run.zones, &fresh);
    zones_fini(&fresh);
}

/* A NOTIFY of a zone, with or without the serial of its SOA. */
static void send_notify(unsigned number)
{
    uint8_t message[NAME_MAX_WIRE + 16] = {0x12, 0x34, 0x24, 0, 0, 1};
    static const uint8_t soa_in[] = {0, 6, 0, 1};
    size_t n = wire_of(number, message + 12);
    memcpy(message + 12 + n, soa_in, sizeof soa_in);
    run.notices = 0;
    if (send(run.sender, message, 12 + n + sizeof soa_in, 0) < 0)
        exit(1);
}

/* Whether the engine has nothing that is under way. */
static bool all_rest(void)
{
    return run.looking == 0 && in_place(ZONE_RESTS) == run.zones.count;
}

static void refuse_all(bool refuses)
{
    for (unsigned i = 0; i < SERVERS; i++)
        servers[i].refuses = refuses;
}

/* ---- Rows that leave and come back ----------------------------------------------------------- */

static struct zone *kept_row;

/* One lane with more zones than may be at work. */
static bool many_begin(void)
{
    begin_list();
    name_zones(0, 400, 0);
    end_list();
    return true;
}

static bool many_work(void)
{
    if (in_place(ZONE_AT_WORK) < OF_LANE)
        return false;
    is_int(in_place(ZONE_AT_WORK), OF_LANE, "as many zones are at work as a lane may have");
    is_int(in_place(ZONE_WAITS_TURN), 400 - OF_LANE, "the others wait for their turn");
    begin_list();
    name_zones(1, 399, 0); /* 0 is at work, 399 waits */
    kept_row = row(0);
    end_list();
    ok(kept_row->place == ZONE_AT_WORK, "one that has left stays at work");
    ok(kept_row->orders == NULL && kept_row->group == NULL, "... without what its list may free");
    return true;
}

static bool waiting_row_goes(void)
{
    if (run.is_gone[399] == 0)
        return false;
    is_int(run.is_gone[0], 0, "one that waited is freed, and not one that is at work");
    begin_list();
    name_zones(0, 400, 0);
    end_list();
    ok(row(0) == kept_row && place(0) == ZONE_AT_WORK, "one at work comes back with its row");
    ok(kept_row->orders == &servers[0].orders, "... and the orders of its new list");
    ok(row(399) != NULL && row(399)->told_own == 0, "one that was freed gets a new one");
    run.was_looked_at[0] = 0;
    return true;
}

/* It leaves and comes back between two events, once and once more. */
static bool back_at_once(void)
{
    kept_row = row(398);
    is_int(place(398), ZONE_WAITS_TURN, "one waits for its turn");
    for (unsigned i = 0; i < 3; i++) {
        begin_list();
        name_zones(1, 398, 0);
        end_list();
        begin_list();
        name_zones(0, 399, 0);
        end_list();
    }
    ok(row(398) == kept_row && place(398) == ZONE_RESTS,
       "gone and back at once: the row is the same, and not in the lane");
    return true;
}

static bool back_waits_again(void)
{
    if (place(398) != ZONE_WAITS_TURN)
        return false;
    ok(run.is_gone[398] == 0, "... and is put in it again");
    servers[0].refuses = true;
    return true;
}

static bool all_looked_at(void)
{
    if (!all_rest())
        return false;
    unsigned none = 0;
    for (unsigned i = 0; i < 399; i++)
        none += run.was_looked_at[i] == 0;
    is_int(none, 0, "each of the list has been looked at");
    is_int(run.was_looked_at[0], 1, "one that came back at work is looked at once more");
    is_int(run.was_looked_at[1], 1, "one that stayed is not");
    is_int((int64_t)watcher_counts(run.watcher).working, 0, "the schedule knows of no look");
    return true;
}

static bool resting_row_goes(void)
{
    begin_list();
    name_zones(0, 1, 0);
    end_list();
    return true;
}

static bool only_one_is_left(void)
{
    if (run.is_gone[1] == 0)
        return false;
    is_int((int64_t)watcher_counts(run.watcher).zones, 1, "the schedule has one zone");
    servers[0].refuses = false;
    send_notify(0);
    return true;
}

/* At the end rows are at work that have left. */
static bool ends_with_leaving(void)
{
    if (place(0) != ZONE_AT_WORK)
        return false;
    begin_list();
    end_list();
    is_int(run.is_gone[0], 0, "the last one has left, and is at work when all ends");
    return true;
}

static void rows(void)
{
    static bool (*const script[])(void) = {
        many_begin,    many_work,        waiting_row_goes, back_at_once,      back_waits_again,
        all_looked_at, resting_row_goes, only_one_is_left, ends_with_leaving, NULL};
    play("rows", script, "true");
}

/* ---- Lanes --------------------------------------------------------------------------------- */

/* As many at work as there may be, so that a lane that is open has to wait. */
static bool fill_all(void)
{
    begin_list();
    for (unsigned i = 0; i < 4; i++)
        name_zones(300 * i, 300 * (i + 1), i);
    end_list();
    return true;
}

static bool one_more_lane(void)
{
    if (in_place(ZONE_AT_WORK) < AT_WORK)
        return false;
    begin_list();
    for (unsigned i = 0; i < 4; i++)
        name_zones(300 * i, 300 * (i + 1), i);
    name_zones(1200, 1201, 4);
    name_zones(1201, 1202, 5);
    end_list();
    return true;
}

static bool lane_waits(void)
{
    if (place(1200) != ZONE_WAITS_TURN || place(1201) != ZONE_WAITS_TURN)
        return false;
    is_int(in_place(ZONE_AT_WORK), AT_WORK, "no more are at work");
    begin_list();
    for (unsigned i = 0; i < 4; i++)
        name_zones(300 * i, 300 * (i + 1), i);
    end_list(); /* both lanes are empty, and open */
    return true;
}

/* One of the two gets another zone. */
static bool lane_is_used_again(void)
{
    if (run.is_gone[1200] == 0 || run.is_gone[1201] == 0)
        return false;
    begin_list();
    name_zones(1202, 1203, 4);
    for (unsigned i = 0; i < 4; i++)
        name_zones(300 * i, 300 * (i + 1), i);
    end_list();
    refuse_all(true);
    return true;
}

static bool lanes_are_through(void)
{
    if (!all_rest() || run.was_looked_at[1202] == 0)
        return false;
    is_int(run.was_looked_at[1202], 1, "a lane that was withdrawn from goes on");
    is_int(run.was_looked_at[1200], 0, "what was withdrawn is never looked at");
    unsigned wrong = 0;
    for (unsigned i = 0; i < 1200; i++)
        wrong += run.was_looked_at[i] != 1;
    is_int(wrong, 0, "the others are, once");
    return true;
}

/* The server of a zone becomes another one while it waits, and while it is at work. */
static bool servers_change(void)
{
    refuse_all(false);
    begin_list();
    name_zones(1500, 1900, 0);
    end_list();
    return true;
}

static bool they_have_changed(void)
{
    if (in_place(ZONE_AT_WORK) < OF_LANE)
        return false;
    begin_list();
    name_zones(1500, 1900, 1);
    end_list();
    refuse_all(true);
    return true;
}

static bool changed_are_through(void)
{
    unsigned wrong = 0;
    if (!all_rest())
        return false;
    for (unsigned i = 1500; i < 1900; i++)
        wrong += run.was_looked_at[i] != 1;
    is_int(wrong, 0, "zones that get another server are looked at once");
    return true;
}

static void lanes(void)
{
    static bool (*const script[])(void) = {fill_all,           one_more_lane,       lane_waits,
                                           lane_is_used_again, lanes_are_through,   servers_change,
                                           they_have_changed,  changed_are_through, NULL};
    play("lanes", script, "true");
}

/* ---- Messages ------------------------------------------------------------------------------ */

static bool ask_for_some(void)
{
    begin_list();
    name_zones(0, 400, 0);
    name_zones(400, 401, 1);
    end_list();
    return true;
}

static bool notify_at_work(void)
{
    if (in_place(ZONE_AT_WORK) < OF_LANE + 1)
        return false;
    send_notify(400);
    return true;
}

static bool notify_waiting(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_MERGED, "a zone at work: it is merged");
    is_int(row(400)->first_server, 1, "... and the server that told is the next to be asked");
    send_notify(399);
    return true;
}

static bool notify_waiting_again(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_MERGED, "a zone that waits: it is merged");
    is_int(place(399), ZONE_WAITS_FIRST, "... and comes before others");
    is_int(row(399)->first_server, 1, "... with the server that told");
    send_notify(399);
    return true;
}

static bool renewal_forgets_server(void)
{
    if (run.notices == 0)
        return false;
    is_int(place(399), ZONE_WAITS_FIRST, "once more: it is where it was");
    begin_list();
    name_zones(0, 400, 0);
    name_zones(400, 401, 1);
    end_list();
    is_int(row(399)->first_server + row(400)->first_server, 0,
           "a list that is read again may have other servers: none is to be asked first");
    is_int(place(399), ZONE_WAITS_FIRST, "... but it is in a hurry still");
    send_notify(1999);
    return true;
}

static bool notify_unknown(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_UNKNOWN, "no such zone");
    begin_list();
    name_zones(0, 399, 0); /* one that waits first, and one at work, leave */
    end_list();
    send_notify(400);
    return true;
}

static bool notify_left(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_UNKNOWN, "a zone that has left is none, be it at work");
    is_int(run.notice_rcode, 9, "... which those hear who may tell of others");
    ok(run.notice_zone == NULL, "... and no row is given");
    begin_list();
    name_zones(0, 399, 0);
    name_zones(400, 401, 1);
    end_list();
    is_int(place(400), ZONE_AT_WORK, "it comes back");
    send_notify(400);
    return true;
}

static bool notify_back(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_MERGED, "a zone that has come back at work: it is merged");
    run.was_looked_at[400] = 0;
    servers[1].refuses = true;
    return true;
}

static bool back_is_looked_at(void)
{
    if (place(400) != ZONE_RESTS || run.was_looked_at[400] < 2)
        return false;
    is_int(run.was_looked_at[400], 2,
           "... and looked at because it is new, and because of the message");
    send_notify(400);
    return true;
}

static bool notify_resting(void)
{
    if (run.notices == 0)
        return false;
    is_int(run.notice, WATCHER_TAKEN, "a zone that rests: it is taken");
    servers[0].refuses = true;
    return true;
}

static bool told_are_through(void)
{
    if (!all_rest() || watcher_counts(run.watcher).due > 0)
        return false;
    ok(run.was_looked_at[399] == 0, "what has left while it waited first is not looked at");
    return true;
}

static void messages(void)
{
    static bool (*const script[])(void) = {
        ask_for_some,           notify_at_work, notify_waiting,   notify_waiting_again,
        renewal_forgets_server, notify_unknown, notify_left,      notify_back,
        back_is_looked_at,      notify_resting, told_are_through, NULL};
    play("messages", script, "true");
}

/* ---- Commands ------------------------------------------------------------------------------ */

static void put_marker(unsigned number)
{
    char path[200], text[200];
    snprintf(path, sizeof path, "%s/z%u.example.zone", folder, number);
    snprintf(text, sizeof text, "z%u.example. 3600 IN SOA ns. host. 7 7200 3600 86400 300\n",
             number);
    put_text(path, text);
    snprintf(path, sizeof path, "%s/.z%u.example.zone.hook", folder, number);
    put_text(path, "5 axfr 1.1\n");
}

static bool has_marker(unsigned number)
{
    char path[200];
    struct stat st;
    snprintf(path, sizeof path, "%s/.z%u.example.zone.hook", folder, number);
    return lstat(path, &st) == 0;
}

static bool commands_begin(void)
{
    refuse_all(true);
    begin_list();
    name_zones(0, 5, 0);
    end_list();
    for (unsigned i = 0; i < 5; i++) {
        put_marker(i);
        row(i)->hook_due = true;
    }
    return true;
}

static bool commands_queued(void)
{
    for (unsigned i = 0; i < 5; i++)
        if (place(i) != ZONE_RESTS || !row(i)->hook_queued)
            return false;
    kept_row = row(1);
    begin_list();
    name_zones(4, 5, 0); /* two with a command at work, two with one in the queue leave */
    end_list();
    is_int(run.is_gone[0] + run.is_gone[3], 0, "they are not freed");
    return true;
}

/* One comes back with a command, and leaves again at once. */
static bool commands_come_back(void)
{
    begin_list();
    name_zones(1, 2, 0);
    name_zones(3, 5, 0);
    end_list();
    ok(row(1) == kept_row && row(1)->hook_queued, "a row with a command comes back");
    ok(row(3)->hook_queued, "... and one whose command waits");
    begin_list();
    name_zones(1, 2, 0);
    name_zones(4, 5, 0);
    end_list();
    is_int(run.is_gone[0] + run.is_gone[1] + run.is_gone[2] + run.is_gone[3], 0,
           "none is freed meanwhile");
    put_text(go, "");
    return true;
}

static bool commands_are_over(void)
{
    if (run.commands < 5 || run.is_gone[0] + run.is_gone[2] + run.is_gone[3] < 3)
        return false;
    is_int(run.commands, 5, "each command has run");
    is_int(run.is_gone[1] + run.is_gone[4], 0, "rows without a command and a list are freed");
    unsigned left = 0;
    for (unsigned i = 0; i < 5; i++)
        left += has_marker(i);
    is_int(left, 0, "no marker is left");
    return true;
}

static bool commands_at_the_end(void)
{
    if (!all_rest())
        return false;
    unlink(go);
    put_marker(1);
    row(1)->hook_due = true;
    send_notify(1);
    return true;
}

static bool ends_with_command(void)
{
    if (!row(1)->hook_queued || place(1) != ZONE_RESTS)
        return false;
    begin_list();
    end_list();
    is_int(run.is_gone[1], 0, "when all ends a row has left whose command is at work");
    return true;
}

static void commands(void)
{
    static bool (*const script[])(void) = {commands_begin,
                                           commands_queued,
                                           commands_come_back,
                                           commands_are_over,
                                           commands_at_the_end,
                                           ends_with_command,
                                           NULL};
    char command[100];
    snprintf(command, sizeof command, "until test -f %s; do sleep .01; done", go);
    unlink(go);
    play("commands", script, command);
}

/* The command of a zone has failed; the zone leaves its list, and comes back later. */
static bool command_fails(void)
{
    refuse_all(true);
    begin_list();
    name_zones(0, 1, 0);
    end_list();
    put_marker(0);
    row(0)->hook_due = true;
    return true;
}

static bool its_zone_leaves(void)
{
    if (run.commands == 0)
        return false;
    ok(row(0)->hook_due && has_marker(0), "a command that has failed is due");
    begin_list();
    end_list();
    return true;
}

static bool its_zone_comes_back(void)
{
    if (run.is_gone[0] == 0)
        return false;
    put_text(go, "");
    begin_list();
    name_zones(0, 1, 0);
    end_list();
    return true;
}

static bool command_runs_again(void)
{
    if (run.commands < 2 || row(0)->hook_queued)
        return false;
    ok(!has_marker(0) && !row(0)->hook_due, "it is run again for the new row of its zone");
    return true;
}

static void missed(void)
{
    static bool (*const script[])(void) = {command_fails, its_zone_leaves, its_zone_comes_back,
                                           command_runs_again, NULL};
    char command[100];
    snprintf(command, sizeof command, "test -f %s", go);
    unlink(go);
    play("a missed command", script, command);
}

/* ---- At random ----------------------------------------------------------------------------- */

enum { WILD = 60, ROUNDS = 2000 };

static unsigned state, rounds;

static unsigned draw(unsigned below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static bool at_random(void)
{
    if (draw(3) == 0) {
        begin_list();
        for (unsigned i = 0; i < WILD; i++)
            if (draw(4) > 0)
                name_zones(i, i + 1, draw(SERVERS));
        end_list();
    }
    for (unsigned i = draw(4); i > 0; i--)
        send_notify(draw(WILD));
    servers[draw(SERVERS)].refuses = draw(2) == 0;
    const struct zone *zone = row(draw(WILD));
    if (zone != NULL && draw(5) == 0) {
        put_marker(number_of(zone));
        ((struct zone *)(uintptr_t)zone)->hook_due = true;
    }
    if (draw(30) == 0)
        watcher_hurry(run.watcher);
    return ++rounds >= ROUNDS;
}

static bool random_ends(void)
{
    refuse_all(true);
    return all_rest() && watcher_counts(run.watcher).due == 0;
}

static bool random_list_goes(void)
{
    begin_list();
    end_list();
    return true;
}

static bool all_are_gone(void)
{
    static unsigned turns;
    return ++turns > 20 && hooks_left(run.hooks) == 0;
}

static void wild(void)
{
    static bool (*const script[])(void) = {at_random, random_ends, random_list_goes, all_are_gone,
                                           NULL};
    const char *given = getenv("SEED");
    state = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    diag("SEED=%u", state);
    play("at random", script, "test $(($$ % 2)) = 0");
    diag("%u looks, %u commands", run.looks, run.commands);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void empty_folder(void)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(go, sizeof go, "%s/go", folder);
    for (unsigned i = 0; i < SERVERS; i++)
        open_server(&servers[i]);
    diag("%zu octets of a row, %zu behind it", sizeof(struct zone), watcher_behind());
    rows();
    lanes();
    messages();
    commands();
    missed();
    wild();
    for (unsigned i = 0; i < SERVERS; i++)
        close(servers[i].listener);
    empty_folder();
    rmdir(folder);
    return tap_end();
}
