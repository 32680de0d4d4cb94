/* job/nameservers with an engine of the test's own, which plays a resolver and the parent's
 * servers: who is asked for what, and which servers the zone has in the end, where lookups fail,
 * delegations are lame, and servers refuse, are silent or answer for themselves. */
#include "job/nameservers.h"

#include "dns/types.h"
#include "tap.h"
#include "wire.h"

#include <netinet/in.h>

enum { REFERRAL = 0x8000, AUTHORITATIVE = 0x8400, REFUSED = 0x8005 };

/* ---- The engine ------------------------------------------------------------------------------ */

static struct {
    char text[400]; /* what was asked for, in order */
    struct question *question;
    uint16_t id;
    unsigned asked_bits; /* the flags of the last query */
    unsigned forgotten;
} engine;

static void note(const char *word, const char *what)
{
    size_t used = strlen(engine.text);
    snprintf(engine.text + used, sizeof engine.text - used, "%s %s; ", word, what);
}

bool engine_find_servers(struct engine *none, const uint8_t *zone, size_t length, uint64_t deadline,
                         void *owner, struct err *err)
{
    struct name_string text;
    (void)none, (void)length, (void)deadline, (void)owner, (void)err;
    note("servers", name_string(&text, zone));
    return true;
}

bool engine_resolve(struct engine *none, const char *host, uint16_t port, int family,
                    uint64_t deadline, void *owner, struct err *err)
{
    (void)none, (void)port, (void)family, (void)deadline, (void)owner, (void)err;
    note("address", host);
    return true;
}

bool engine_ask(struct engine *none, struct question *question, struct err *err)
{
    uint8_t query[MSG_QUERY_MAX + 2];
    (void)none;
    note("ask", answer_facts(question->answer).question->type == TYPE_NS ? "NS" : "DS");
    engine.question = question;
    engine.id++;
    if (answer_query(question->answer, engine.id, question->edns, 0, query, err) == 0)
        return false;
    engine.asked_bits = (unsigned)query[4] << 8 | query[5];
    return true;
}

void engine_end(struct engine *none, struct question *question, enum err_kind kind)
{
    (void)none, (void)kind;
    if (engine.question == question)
        engine.question = NULL;
}

void engine_forget(struct engine *none, const void *owner)
{
    (void)none, (void)owner;
    engine.forgotten++;
}

/* ---- What comes ------------------------------------------------------------------------------ */

static struct nameservers *servers;
static struct endpoint_set *endpoints;
static struct err err;
static const struct err good = {.kind = ERR_NONE};

static void begin(const char *zone)
{
    static uint8_t wire[NAME_MAX_WIRE];
    uint8_t length;
    memset(&engine, 0, sizeof engine);
    if (name_parse(zone, wire, &length) != NULL)
        exit(1);
    const struct nameservers_config config = {
        .endpoints = endpoints,
        .zone = wire,
        .zone_length = length,
        .family = AF_UNSPEC,
        .timeout = 1000000,
        .owner = &servers,
        .port = 53,
    };
    servers = nameservers_new(&config, &err);
    if (servers == NULL)
        exit(1);
}

/* The resolver says who the servers are; none: it knows none. */
static void found(const char *one, const char *two)
{
    char hosts[2][LOOKUP_HOST_MAX] = {"", ""};
    struct err none = {.kind = ERR_NONE};
    size_t count = (one != NULL) + (size_t)(two != NULL);
    if (one == NULL)
        err_set(&none, ERR_NO_SERVERS, "the resolver knows no servers of the zone");
    else
        snprintf(hosts[0], sizeof hosts[0], "%s", one);
    if (two != NULL)
        snprintf(hosts[1], sizeof hosts[1], "%s", two);
    const struct engine_event event = {.kind = ENGINE_SERVERS,
                                       .err = &none,
                                       .hosts = (const char(*)[LOOKUP_HOST_MAX])hosts,
                                       .host_count = count,
                                       .has_primary = true,
                                       .ns_hosts = UINT32_MAX};
    nameservers_take(servers, &event);
}

static void resolved(const char *text)
{
    struct address address;
    struct err none = {.kind = ERR_NONE};
    if (text == NULL)
        err_set(&none, ERR_HOST, "no such host");
    else if (!address_parse(text, 53, &address))
        exit(1);
    const struct engine_event event = {.kind = ENGINE_RESOLVED,
                                       .err = &none,
                                       .addresses = &address,
                                       .address_count = text != NULL};
    nameservers_take(servers, &event);
}

static void failed(void)
{
    struct err why = {.kind = ERR_NONE};
    err_set(&why, ERR_TIMEOUT_ANSWER, "accepted, then silence");
    const struct engine_event event = {
        .kind = ENGINE_FAILED, .err = &why, .question = engine.question};
    engine.question = NULL;
    nameservers_take(servers, &event);
}

static struct wire message;

static void begin_message(const char *zone, unsigned type, unsigned bits, unsigned answers,
                          unsigned authorities)
{
    message.n = 0;
    wire_header(&message, engine.id, bits, 1, answers, authorities, 0);
    wire_question(&message, zone, type, CLASS_IN);
}

static void arrives(void)
{
    struct question *question = engine.question;
    struct err why = {.kind = ERR_NONE};
    uint8_t *octets = wire_exact(message.octets, message.n);
    bool pushed = answer_push(question->answer, octets, message.n, 0, &why);
    const struct engine_event event = {
        .kind = pushed ? ENGINE_MESSAGE : ENGINE_FAILED, .err = &why, .question = question};
    nameservers_take(servers, &event);
    free(octets);
}

/* The list as one text. */
static const char *list(void)
{
    static char text[800];
    struct nameservers_result result = nameservers_result(servers);
    text[0] = '\0';
    for (size_t i = 0; i < result.count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s=%u ", result.list[i].host,
                 result.list[i].sources);
    }
    return text;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void delegated(void)
{
    begin("a.b.example.");
    found("NS1.a.b.example.", "ns2.other.");
    found(NULL, NULL); /* b.example. is not a zone */
    found("ns.example.", NULL);
    resolved("192.0.2.1");
    is_int(engine.asked_bits & 0x0100, 0, "the parent's server is asked without recursion");
    begin_message("a.b.example.", TYPE_NS, REFERRAL, 0, 3);
    wire_rr_name(&message, "@12", TYPE_NS, CLASS_IN, 60, "ns1.@12");
    wire_rr_name(&message, "@12", TYPE_NS, CLASS_IN, 60, "ns3.@12");
    wire_rr_name(&message, "example.", TYPE_NS, CLASS_IN, 60, "stranger.@12");
    arrives();
    ok(!nameservers_is_done(servers), "after the NS records: the DS is asked for");
    begin_message("a.b.example.", TYPE_DS, AUTHORITATIVE, 1, 0);
    wire_rr_hex(&message, "@12", TYPE_DS, CLASS_IN, 60,
                "1234 0d 02 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    arrives();
    struct nameservers_result result = nameservers_result(servers);
    ok(nameservers_is_done(servers), "after the DS: done");
    is_str(engine.text,
           "servers a.b.example.; servers b.example.; servers example.; address ns.example.; "
           "ask NS; ask DS; ",
           "one ancestor after the other, until one is a zone");
    is_str(list(), "NS1.a.b.example=7 ns2.other=2 ns3.a.b.example=1 ",
           "one entry for each host, whatever its letters; not the NS of another name");
    ok(result.asked_parent && result.has_ds, "the parent has answered, and has a DS");
    is_int(result.parent_err.kind, ERR_NONE, "... no error of the parent");
    is_int(result.err.kind, ERR_NONE, "... nor of the zone");
    nameservers_free(servers);
    is_int(engine.forgotten, 1, "lookups are taken back");
}

static void lame(void)
{
    begin("lame.example.");
    found(NULL, NULL);
    found("ns.example.", "ns2.example.");
    resolved(NULL);
    resolved("192.0.2.2");
    begin_message("lame.example.", TYPE_NS, AUTHORITATIVE, 1, 0);
    wire_rr_name(&message, "@12", TYPE_NS, CLASS_IN, 60, "dead.example.");
    arrives();
    begin_message("lame.example.", TYPE_DS, AUTHORITATIVE, 0, 0);
    arrives();
    struct nameservers_result result = nameservers_result(servers);
    is_str(list(), "dead.example=1 ", "a lame delegation: the list is the parent's");
    is_int(result.err.kind, ERR_NONE, "... and that is not an error: %s", result.err.text);
    is_int(result.parent_err.kind, ERR_NONE, "the host that was not found is forgotten");
    ok(result.asked_parent && !result.has_ds, "no DS, and the parent was asked");
    nameservers_free(servers);
}

static void unanswered(void)
{
    begin("z.example.");
    found("ns.z.example.", NULL);
    found("ns1.example.", "ns2.example.");
    resolved("192.0.2.1");
    begin_message("z.example.", TYPE_NS, REFUSED, 0, 0);
    arrives();
    resolved("192.0.2.2");
    failed();
    struct nameservers_result result = nameservers_result(servers);
    ok(nameservers_is_done(servers), "refused by one, silence of the other: done");
    ok(!result.asked_parent, "the parent has told nothing");
    is_int(result.parent_err.kind, ERR_RCODE_REFUSED, "... the first reason stands");
    is_int(result.err.kind, ERR_NONE, "the zone has its own list all the same");
    nameservers_free(servers);

    begin("z.example.");
    found(NULL, NULL);
    found(NULL, NULL);
    found(NULL, NULL);
    result = nameservers_result(servers);
    ok(nameservers_is_done(servers), "the root is the last ancestor");
    is_int(result.err.kind, ERR_NO_SERVERS, "nobody names a server: the error of the zone");
    is_int((int64_t)result.count, 0, "... and an empty list");
    nameservers_free(servers);
}

static void name_server_and_silence(void)
{
    begin_message("z.example.", TYPE_NS, REFERRAL, 0, 1);
    wire_rr_name(&message, "@12", TYPE_NS, CLASS_IN, 60, "ns2.@12");
    arrives();
    failed();
}

/* No answer is not the answer that there is none. */
static void ds_unknown(void)
{
    begin("z.example.");
    found("ns.z.example.", NULL);
    found("ns1.example.", "ns2.example.");
    resolved("192.0.2.1");
    name_server_and_silence();
    ok(!nameservers_is_done(servers), "silence about the DS: the next of the parent's servers");
    resolved("192.0.2.2");
    name_server_and_silence();
    struct nameservers_result result = nameservers_result(servers);
    ok(nameservers_is_done(servers), "silence of both: done");
    ok(!result.asked_parent && !result.has_ds, "whether there is a DS is not known");
    is_int(result.parent_err.kind, ERR_TIMEOUT_ANSWER, "... and why");
    is_str(list(), "ns.z.example=6 ns2.z.example=1 ", "the servers that were named count");
    nameservers_free(servers);

    begin("z.example.");
    found("ns.z.example.", NULL);
    found("ns1.example.", "ns2.example.");
    resolved("192.0.2.1");
    name_server_and_silence();
    resolved("192.0.2.2");
    begin_message("z.example.", TYPE_NS, REFERRAL, 0, 1);
    wire_rr_name(&message, "@12", TYPE_NS, CLASS_IN, 60, "ns2.@12");
    arrives();
    begin_message("z.example.", TYPE_DS, AUTHORITATIVE, 0, 0);
    arrives();
    result = nameservers_result(servers);
    ok(result.asked_parent && !result.has_ds, "the second one says that there is none");
    is_int(result.parent_err.kind, ERR_NONE, "... and what became of the first is forgotten");
    nameservers_free(servers);
}

static void root(void)
{
    begin(".");
    found("a.root.example.", NULL);
    struct nameservers_result result = nameservers_result(servers);
    ok(nameservers_is_done(servers), "the root has no parent");
    is_int(result.parent_err.kind, ERR_NONE, "... which is not an error");
    is_str(engine.text, "servers .; ", "... and nobody is asked for it");
    nameservers_free(servers);
}

/* Events of the same owner that are of another question. */
static void strange_event(void)
{
    struct question other = {.owner = &servers};
    const struct engine_event event = {
        .kind = ENGINE_FAILED, .err = &good, .question = &other, .owner = &servers};
    begin("z.example.");
    found("ns.z.example.", NULL);
    found("ns.example.", NULL);
    resolved("192.0.2.1");
    nameservers_take(servers, &event);
    ok(!nameservers_is_done(servers), "the failure of another question is passed over");
    nameservers_free(servers);
    ok(engine.question == NULL, "the question that is asked is taken back");
}

int main(void)
{
    endpoints = endpoint_set_new(&err);
    delegated();
    lame();
    unanswered();
    ds_unknown();
    root();
    strange_event();
    endpoint_set_free(endpoints);
    return tap_end();
}
