/* job/notifiers with a resolver, timers and a clock of the test's own: who may tell, by address,
 * name, prefix and key, while names get other addresses, or none, and lists become other lists. */
#include "job/notifiers.h"

#include "job/keys.h"
#include "tap.h"

#include <malloc.h>
#include <netinet/in.h>

enum { SECOND = 1000000, HOSTS = 200, AT_ONCE = 16 };

#define HALF_AN_HOUR (1800 * (uint64_t)SECOND)

static struct err err;

/* ---- The world ------------------------------------------------------------------------------- */

static uint64_t now = 1000 * (uint64_t)SECOND;
static struct timer *set_timer; /* the one that there is, or NULL */
static struct asked {
    char host[256];
    void *owner;
} asked[HOSTS + 1];
static unsigned under_way, most_under_way, questions;
static bool is_refused; /* there is no memory for a question */

uint64_t loop_now(void)
{
    return now;
}

bool engine_resolve(struct engine *engine, const char *host, uint16_t port, int family,
                    uint64_t deadline, void *owner, struct err *why)
{
    (void)engine;
    if (port != 0 || family != AF_UNSPEC || deadline <= now || under_way == HOSTS)
        exit(1);
    if (is_refused)
        return err_set(why, ERR_MEMORY, "out of memory");
    snprintf(asked[under_way].host, sizeof asked->host, "%s", host);
    asked[under_way++].owner = owner;
    most_under_way = under_way > most_under_way ? under_way : most_under_way;
    questions++;
    return true;
}

void engine_forget(struct engine *engine, const void *owner)
{
    (void)engine;
    for (unsigned i = 0; i < under_way;)
        if (asked[i].owner == owner)
            asked[i] = asked[--under_way];
        else
            i++;
}

void engine_timer(struct engine *engine, struct timer *timer, uint64_t at, void *owner)
{
    (void)engine;
    timer->at = at;
    timer->owner = owner;
    timer->is_set = true;
    set_timer = timer;
}

void engine_timer_clear(struct engine *engine, struct timer *timer)
{
    (void)engine;
    timer->is_set = false;
    if (set_timer == timer)
        set_timer = NULL;
}

/* The key of a server is that whose number is its port; that number is of nobody else's use here.
 */
const struct tsig_key *keys_for(const struct keys *keys, const struct server *server)
{
    if (server != NULL && server->port > 0)
        return &keys->list[server->port];
    return keys->has_default ? &keys->list[0] : NULL;
}

/* ---- Orders -------------------------------------------------------------------------------- */

static struct tsig_key key_list[8];
static struct keys no_key = {.list = key_list},
                   default_key = {.list = key_list, .has_default = true};

static struct server list_servers[HOSTS];
static struct orders list[HOSTS];
static unsigned list_count;
static struct notifiers *notifiers;

static void make_key(unsigned number, const char *name, const char *secret)
{
    struct tsig_key *key = &key_list[number];
    *key = (struct tsig_key){.name_length = (uint8_t)(strlen(name) + 2),
                             .mac_length = 32,
                             .secret_length = strlen(secret)};
    key->name[0] = (uint8_t)strlen(name);
    memcpy(key->name + 1, name, strlen(name));
    memcpy(key->secret, secret, strlen(secret));
}

/* Orders with servers, whose numbers follow one another. */
static struct orders *add_orders(unsigned first, unsigned count, const struct keys *keys)
{
    list[list_count] = (struct orders){
        .route = {.servers = &list_servers[first], .server_count = count, .keys = keys}};
    return &list[list_count++];
}

static void name_server(unsigned number, const char *host, unsigned key)
{
    list_servers[number] = (struct server){.word = host, .port = (uint16_t)key};
    snprintf(list_servers[number].host, sizeof list_servers->host, "%s", host);
}

static const struct orders *next_orders(const void *context, size_t index)
{
    (void)context;
    return index < list_count ? &list[index] : NULL;
}

static void renew(void)
{
    if (!notifiers_renew(notifiers, next_orders, NULL, &err))
        exit(1);
}

static void begin(const struct prefix *allowed, size_t count)
{
    const struct notifiers_config config = {.allowed = allowed, .allowed_count = count};
    notifiers = notifiers_new(&config, &err);
    list_count = under_way = most_under_way = questions = 0;
    is_refused = false;
    if (notifiers == NULL)
        exit(1);
}

static void end(void)
{
    notifiers_free(notifiers);
    ok(under_way == 0 && set_timer == NULL, "at the end nothing is left behind");
}

/* ---- Time, and answers ----------------------------------------------------------------------- */

static void take(const struct engine_event *event)
{
    if (!notifiers_owns(notifiers, event->owner)) {
        printf("Bail out! an event that is nobody's\n");
        exit(1);
    }
    notifiers_take(notifiers, event);
}

/* Lets the time come for all that is due until then. */
static void wait_until(uint64_t at)
{
    while (set_timer != NULL && set_timer->at <= at) {
        struct timer *timer = set_timer;
        now = timer->at > now ? timer->at : now;
        timer->is_set = false;
        set_timer = NULL;
        take(&(struct engine_event){
            .kind = ENGINE_TIMER, .owner = timer->owner, .timer = timer, .err = &err});
    }
    now = at;
}

static bool is_asked(const char *host)
{
    for (unsigned i = 0; i < under_way; i++)
        if (strcmp(asked[i].host, host) == 0)
            return true;
    return false;
}

/* Answers a question: with addresses in words, or with a failure where there are none. */
static void answer(const char *host, const char *words)
{
    struct address addresses[ADDRESSES_MAX];
    struct err why = {.kind = ERR_NONE};
    struct engine_event event = {.kind = ENGINE_RESOLVED, .err = &why, .addresses = addresses};
    char text[1000], *rest = text, *word;
    snprintf(text, sizeof text, "%s", words);
    while ((word = strtok_r(rest, " ", &rest)) != NULL)
        if (!address_parse(word, 0, &addresses[event.address_count++]))
            exit(1);
    if (event.address_count == 0)
        err_set(&why, ERR_HOST, "no such host");
    for (unsigned i = 0; i < under_way; i++) {
        if (strcmp(asked[i].host, host) != 0)
            continue;
        event.owner = asked[i].owner;
        asked[i] = asked[--under_way];
        take(&event);
        return;
    }
    ok(false, "%s was asked for", host);
}

/* ---- Questions ----------------------------------------------------------------------------- */

static struct prefix_address peer_of(const char *text)
{
    struct prefix_address peer;
    struct address address;
    if (!address_parse(text, 4711, &address) || !prefix_address(&peer, &address))
        exit(1);
    return peer;
}

/* "no", "unknown" (there is no such zone), or "server N", 0: not known which. */
static const char *judge_by(const struct orders *orders, const char *from,
                            const struct tsig_key *key, const char *found)
{
    static char text[20];
    const struct prefix_address peer = peer_of(from);
    struct prefix_address was_found[1];
    unsigned server = 99;
    if (found != NULL)
        was_found[0] = peer_of(found);
    const struct notifiers_question question = {.orders = orders,
                                                .found = was_found,
                                                .found_count = found != NULL,
                                                .peer = &peer,
                                                .key = key};
    enum notifiers_verdict verdict = notifiers_judge(notifiers, &question, &server);
    snprintf(text, sizeof text, "server %u", server);
    return verdict == NOTIFIERS_COUNT ? text : verdict == NOTIFIERS_UNKNOWN_ZONE ? "unknown" : "no";
}

static const char *judge(const struct orders *orders, const char *from)
{
    return judge_by(orders, from, NULL, NULL);
}

/* ---- The tests ----------------------------------------------------------------------------- */

static void literals(void)
{
    begin(NULL, 0);
    name_server(0, "192.0.2.1", 0);
    name_server(1, "2001:db8::1", 0);
    name_server(2, "::ffff:192.0.2.9", 0);
    name_server(3, "192.0.2.3", 0);
    const struct orders *first = add_orders(0, 3, &no_key), *second = add_orders(3, 1, &no_key),
                        *none = add_orders(0, 0, &no_key);
    is_str(judge(first, "192.0.2.1"), "no", "before there are orders nobody may tell");
    renew();
    wait_until(now);
    is_int(questions, 0, "nobody is asked for addresses");
    is_str(judge(first, "192.0.2.1"), "server 1", "an address");
    is_str(judge(first, "::ffff:192.0.2.1"), "server 1", "... from an IPv6 socket");
    is_str(judge(first, "2001:db8::1"), "server 2", "one of IPv6");
    is_str(judge(first, "192.0.2.9"), "server 3", "one of IPv4 that was named as of IPv6");
    is_str(judge(first, "192.0.2.3"), "no", "the server of another zone");
    is_str(judge(second, "192.0.2.3"), "server 1", "... is that of the other");
    is_str(judge(none, "192.0.2.3"), "no", "a zone without servers has none");
    is_str(judge_by(none, "192.0.2.3", NULL, "192.0.2.3"), "server 0",
           "... but those found for it");
    is_str(judge_by(none, "192.0.2.4", NULL, "192.0.2.3"), "no", "... and no others");
    is_str(judge(NULL, "192.0.2.3"), "unknown", "no such zone: told to a server of the run");
    is_str(judge(NULL, "192.0.2.4"), "no", "... and to nobody else");
    end();
}

static void names(void)
{
    begin(NULL, 0);
    name_server(0, "192.0.2.1", 0);
    name_server(1, "ns.example", 0);
    const struct orders *orders = add_orders(0, 2, &no_key), *other = add_orders(0, 1, &no_key);
    renew();
    wait_until(now);
    is_int(questions, 1, "a name is asked for");
    is_str(judge(orders, "192.0.2.20"), "no", "before there is an answer it is nobody");
    answer("ns.example", "192.0.2.20 2001:db8::20");
    is_str(judge(orders, "192.0.2.20"), "server 2", "then it has its addresses");
    is_str(judge(orders, "2001:db8::20"), "server 2", "... all of them");
    is_str(judge(other, "192.0.2.20"), "no", "a zone that does not name it does not hear it");
    is_str(judge(NULL, "2001:db8::20"), "unknown", "no such zone: it may hear that");
    wait_until(now + HALF_AN_HOUR - SECOND);
    is_int(questions, 1, "it is not asked for again for half an hour");
    wait_until(now + 10 * SECOND);
    ok(is_asked("ns.example"), "... then it is");
    answer("ns.example", "192.0.2.21");
    is_str(judge(orders, "192.0.2.21"), "server 2", "another address");
    is_str(judge(orders, "192.0.2.20"), "no", "the one before is none any more");
    end();
}

static void failures(void)
{
    uint64_t pause = 10 * SECOND;
    unsigned wrong = 0;
    begin(NULL, 0);
    name_server(0, "ns.example", 0);
    const struct orders *orders = add_orders(0, 1, &no_key);
    renew();
    wait_until(now);
    answer("ns.example", "192.0.2.20");
    wait_until(now + HALF_AN_HOUR + 10 * SECOND);
    for (unsigned i = 0; i < 12; i++) {
        unsigned before = questions;
        answer("ns.example", "");
        wrong += strcmp(judge(orders, "192.0.2.20"), "server 1") != 0;
        wait_until(now + pause - 1);
        wrong += questions != before;
        wait_until(now + 6 * SECOND);
        wrong += questions != before + 1;
        pause = 2 * pause < HALF_AN_HOUR ? 2 * pause : HALF_AN_HOUR;
    }
    is_int(wrong, 0, "what fails leaves the addresses, and is asked for after a pause that grows");
    answer("ns.example", "192.0.2.21");
    is_str(judge(orders, "192.0.2.21"), "server 1", "at last there is another address");
    wait_until(now + HALF_AN_HOUR + 10 * SECOND);
    answer("ns.example", "");
    wait_until(now + 16 * SECOND);
    ok(is_asked("ns.example"), "after a success the pause is short again");
    answer("ns.example", "192.0.2.22");
    is_refused = true;
    wait_until(now + HALF_AN_HOUR + 10 * SECOND);
    is_int(under_way, 0, "without memory nothing is asked");
    is_refused = false;
    wait_until(now + 6 * SECOND);
    ok(is_asked("ns.example"), "... but soon after");
    is_str(judge(orders, "192.0.2.22"), "server 1", "... and nothing is forgotten");
    end();
}

static void many_names(void)
{
    static char hosts[100][32];
    unsigned answered = 0, wrong = 0;
    begin(NULL, 0);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(hosts[i], sizeof hosts[i], "ns%u.example", i);
        name_server(i, hosts[i], 0);
        add_orders(i, 1, &no_key);
        add_orders(i, 1, &no_key); /* who is named twice is asked for once */
    }
    renew();
    for (wait_until(now); under_way > 0; answered++) {
        char host[256], address[32];
        unsigned number = (unsigned)atoi(asked[0].host + 2);
        snprintf(host, sizeof host, "%s", asked[0].host);
        snprintf(address, sizeof address, "192.0.2.%u", number);
        answer(host, address);
    }
    is_int(answered, 100, "each of many names is asked for");
    is_int(most_under_way, AT_ONCE, "... a few at once");
    for (unsigned i = 0; i < 100; i++) {
        char address[32];
        snprintf(address, sizeof address, "192.0.2.%u", i);
        wrong += strcmp(judge(&list[2 * i], address), "server 1") != 0;
        wrong += strcmp(judge(&list[2 * ((i + 1) % 100)], address), "no") != 0;
    }
    is_int(wrong, 0, "... and has its own address");
    end();
}

static void renewals(void)
{
    begin(NULL, 0);
    name_server(0, "stays.example", 0);
    name_server(1, "goes.example", 0);
    name_server(2, "comes.example", 0);
    name_server(3, "192.0.2.3", 0);
    add_orders(0, 2, &no_key);
    add_orders(3, 1, &no_key);
    renew();
    wait_until(now);
    void *old = asked[0].owner;
    ok(notifiers_owns(notifiers, old) && notifiers_owns(notifiers, set_timer->owner),
       "it owns its questions and its timer");
    ok(!notifiers_owns(notifiers, NULL) && !notifiers_owns(notifiers, &err),
       "... and nothing else");
    answer("stays.example", "192.0.2.10");
    answer("goes.example", "192.0.2.11");
    list_count = 0;
    const struct orders *orders = add_orders(0, 1, &no_key), *second = add_orders(2, 1, &no_key);
    renew();
    is_str(judge(orders, "192.0.2.10"), "server 1", "a name that stays keeps its addresses");
    is_str(judge(NULL, "192.0.2.10"), "unknown", "... also for zones that are not there");
    is_str(judge(NULL, "192.0.2.11"), "no", "one that goes is a stranger");
    is_str(judge(NULL, "192.0.2.3"), "no", "... so is an address");
    wait_until(now);
    ok(is_asked("stays.example") && is_asked("comes.example") && under_way == 2,
       "all are asked for soon");
    /* Once more while questions are under way. */
    renew();
    is_int(under_way, 0, "questions of the list before are forgotten");
    wait_until(now);
    is_int(under_way, 2, "... and asked anew");
    answer("comes.example", "192.0.2.12");
    is_str(judge(second, "192.0.2.12"), "server 1", "... with an answer");
    answer("stays.example", "");
    is_str(judge(orders, "192.0.2.10"), "server 1", "a failure after a renewal changes nothing");
    for (unsigned i = 0; i < 1000; i++) { /* nobody loses count */
        renew();
        wait_until(now);
    }
    is_int(under_way, 2, "after 1000 renewals both are asked for");
    is_str(judge(orders, "192.0.2.10"), "server 1", "... and known");
    list_count = 0;
    renew();
    wait_until(now);
    ok(under_way == 0 && strcmp(judge(NULL, "192.0.2.10"), "no") == 0, "no orders, nobody");
    end();
}

/* A name whose addresses are others each time, 32 of them. */
static void changing(void)
{
    unsigned wrong = 0;
    size_t before = 0, after;
    begin(NULL, 0);
    name_server(0, "ns.example", 0);
    name_server(1, "192.0.2.1", 0);
    const struct orders *orders = add_orders(0, 2, &no_key);
    renew();
    wait_until(now);
    for (unsigned round = 0; round < 5000; round++) {
        char text[ADDRESSES_MAX * 24] = "", one[24];
        for (unsigned i = 0; i < ADDRESSES_MAX; i++) {
            snprintf(one, sizeof one, "2001:db8:%x::%x ", round, i);
            strcat(text, one);
        }
        answer("ns.example", text);
        snprintf(one, sizeof one, "2001:db8:%x::%x", round, round % ADDRESSES_MAX);
        wrong += strcmp(judge(orders, one), "server 1") != 0;
        wrong += strcmp(judge(NULL, one), "unknown") != 0;
        wrong += strcmp(judge(NULL, "192.0.2.1"), "unknown") != 0;
        before = round == 300 ? mallinfo2().uordblks : before;
        wait_until(now + HALF_AN_HOUR + 10 * SECOND);
    }
    after = mallinfo2().uordblks;
    is_int(wrong, 0, "addresses that are others each time are those of the server");
    is_str(judge(NULL, "2001:db8:0::1"), "no", "the first of them are forgotten");
    if (getenv("SANITIZED") != NULL)
        tap_skip("memory does not grow with them", "a sanitizer has memory of its own");
    else
        ok(after < before + 200000, "memory does not grow with them: %zu, %zu", before, after);
    end();
}

static void keys_by_name(void)
{
    const struct tsig_key *found[8];
    static const uint8_t a[] = "\1a", c[] = "\1c";
    begin(NULL, 0);
    make_key(0, "a", "secret 0");
    make_key(1, "a", "secret 1");
    make_key(2, "b", "secret 0");
    make_key(3, "a", "secret 1"); /* the same as 1, read elsewhere */
    make_key(4, "a", "secret 4");
    make_key(5, "d", "secret 5");
    name_server(0, "192.0.2.1", 0);
    name_server(1, "192.0.2.2", 1);
    name_server(2, "192.0.2.3", 2);
    name_server(3, "192.0.2.4", 3);
    name_server(4, "192.0.2.5", 4);
    name_server(5, "192.0.2.6", 0);
    const struct orders *with_default = add_orders(0, 1, &default_key),
                        *of_server = add_orders(1, 2, &no_key), *none = add_orders(5, 1, &no_key),
                        *no_servers = add_orders(0, 0, &default_key);
    add_orders(3, 2, &no_key);
    for (unsigned i = 0; i < 100; i++)
        add_orders(0, 1, &default_key);
    renew();
    unsigned wrong = 0;
    size_t count = notifiers_keys(notifiers, a, 3, found, 8);
    is_int((int64_t)count, 3, "three secrets of one name, each once");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            wrong += found[i]->secret[7] == found[j]->secret[7];
    is_int(wrong, 0, "... all are others");
    is_int((int64_t)notifiers_keys(notifiers, a, 3, found, 2), 2, "no more than there is room for");
    is_int((int64_t)notifiers_keys(notifiers, a, 3, found, 0), 0, "... also none");
    is_int((int64_t)notifiers_keys(notifiers, c, 3, found, 8), 0, "a name of none");
    is_int((int64_t)notifiers_keys(notifiers, a, 2, found, 8), 0, "a part of a name");
    is_str(judge_by(with_default, "198.51.100.1", &key_list[0], NULL), "server 0",
           "the key of a zone proves a notifier, wherever it is");
    is_str(judge_by(with_default, "192.0.2.1", &key_list[0], NULL), "server 1",
           "... and whoever is known by address is known");
    is_str(judge_by(of_server, "198.51.100.1", &key_list[1], NULL), "server 0",
           "the key of one of its servers, too");
    is_str(judge_by(of_server, "198.51.100.1", &key_list[2], NULL), "server 0",
           "... and of another");
    is_str(judge_by(of_server, "198.51.100.1", &key_list[3], NULL), "server 0",
           "the same key that was read elsewhere is the same");
    is_str(judge_by(of_server, "198.51.100.1", &key_list[0], NULL), "no",
           "another secret of the same name is not");
    is_str(judge_by(none, "198.51.100.1", &key_list[0], NULL), "no",
           "a key of others proves nothing for a zone without one");
    is_str(judge_by(none, "192.0.2.6", &key_list[0], NULL), "server 1", "... nor against it");
    is_str(judge_by(no_servers, "198.51.100.1", &key_list[0], NULL), "server 0",
           "a zone whose servers the DNS names has the default key");
    is_str(judge_by(no_servers, "198.51.100.1", &key_list[1], NULL), "no", "... and no other");
    is_str(judge_by(NULL, "198.51.100.1", &key_list[2], NULL), "unknown",
           "no such zone: told to whoever has a key of the run");
    list_count = 0;
    renew();
    is_int((int64_t)notifiers_keys(notifiers, a, 3, found, 8), 0, "keys go with their orders");
    end();
}

static void prefixes(void)
{
    struct prefix allowed[2];
    prefix_parse(&allowed[0], "198.51.100.0/24");
    prefix_parse(&allowed[1], "2001:db8:ffff::/48");
    begin(allowed, 2);
    name_server(0, "192.0.2.1", 0);
    name_server(1, "198.51.100.7", 0);
    const struct orders *orders = add_orders(0, 2, &no_key);
    renew();
    is_str(judge(orders, "198.51.100.9"), "server 0", "who is allowed may tell of any zone");
    is_str(judge(orders, "2001:db8:ffff::9"), "server 0", "... by any of the prefixes");
    is_str(judge(orders, "198.51.100.7"), "server 2", "who is a server, too, is known as that");
    is_str(judge(orders, "198.51.101.9"), "no", "who is beside it may not");
    is_str(judge(NULL, "198.51.100.9"), "unknown", "no such zone: who is allowed hears it");
    end();
}

int main(void)
{
    literals();
    names();
    failures();
    many_names();
    renewals();
    changing();
    keys_by_name();
    prefixes();
    return tap_end();
}
