#include "job/audit.h"

#include "job/keys.h"
#include "job/nameservers.h"
#include "dns/types.h"
#include "base/codec.h"
#include "base/dict.h"
#include "io/loop.h"
#include "out/guard.h"
#include "out/zonesum.h"
#include "out/zonefacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SECOND = 1000000,
    ZONES_AT_ONCE = 256,  /* whose servers are looked for, or asked */
    AGAIN_EVERY = SECOND, /* microseconds, at least, until who is behind is asked again */
    AGAIN_PARTS = 20,     /* ... or one part of so many of the time that is allowed */
    LOOKUP_FACTOR = 4,    /* connect timeouts, to look up a name */
    MESSAGE_FACTOR = 3,   /* answer timeouts, for a message to come whole */
    CONTENT_FACTOR = 20,  /* idle timeouts, for a zone to come whole: it may drip for ever */
};

/* What an event of the engine belongs to: the first member of each owner. */
enum owner { OWNER_PLACE, OWNER_ITEM, OWNER_HOST, OWNER_ZONE };

/* One address: a server, across all zones. */
struct place {
    enum owner owner;
    struct audit *audit;
    struct address address;
    struct item *first, *last; /* rows that wait for their next step */
    struct timer timer;
    uint64_t next_at;   /* of loop_now: no question before */
    unsigned transfers; /* under way */
};

/* The work on one row. */
struct item {
    enum owner owner;
    struct item *next; /* of the place, while it waits there */
    struct zone_work *work;
    struct audit_row *row;
    struct host *host; /* the first that has its address: names the certificate and the key */
    struct place *place;
    enum audit_step step;
    bool is_asked; /* the engine has its question */
    bool is_again; /* it was behind: only the serial is of interest */
    struct question question;
    struct timer limit; /* of the step, from its query on */
    struct answer *answer;
    const struct endpoint *endpoint;
    struct content *content; /* of a transfer that is read whole */
};

/* What is kept of a zone that comes whole. */
struct content {
    struct sink *sink; /* guard, facts, then sum */
    struct zonesum sum;
    struct zonefacts facts;
    struct notes notes;
};

/* A name that is looked up for a zone. */
struct host {
    enum owner owner;
    struct zone_work *work;
    const struct server *given; /* by the user; NULL: the DNS names it */
    char name[AUDIT_HOST_MAX];
    unsigned sources;
    uint16_t port;
    struct address_list addresses;
    struct err err;
};

struct zone_work {
    enum owner owner;
    struct audit *audit;
    struct audit_zone *zone;
    struct nameservers *nameservers; /* while they are looked for */
    struct host *hosts;
    size_t host_count, hosts_open;
    struct item *items; /* one for each row that has an address */
    size_t item_count, items_open;
    struct timer again;
    uint64_t again_until;
    struct timer limit; /* --max-time */
};

struct audit {
    struct audit_config config;
    struct dict places;      /* by address and port */
    struct zone_work *works; /* one for each zone */
    size_t begun, open;
    struct audit_figures figures;
    struct notes notes; /* of answers to questions for a SOA: nobody asks */
    struct err err;     /* that ends the run */
};

static bool stop_with(struct audit *audit, const struct err *err)
{
    return err_set(&audit->err, err->kind, "%s", err->text);
}

static bool no_memory(struct audit *audit)
{
    return err_set(&audit->err, ERR_MEMORY, "out of memory");
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- Questions ----------------------------------------------------------------------------- */

static const struct route *route_of(const struct zone_work *work)
{
    return &work->zone->orders->route;
}

/* The key of the row's server, for what only those with a permission get. */
static const struct tsig_key *key_of(const struct item *item)
{
    const struct keys *keys = route_of(item->work)->keys;
    const struct host *host = item->host;
    const struct server found = {.word = host->name};
    return keys != NULL ? keys_for(keys, host->given != NULL ? host->given : &found) : NULL;
}

static bool is_transfer(enum audit_step step)
{
    return step == AUDIT_STEP_OPEN || step == AUDIT_STEP_CONTENT;
}

/* A server of the DNS answers for its SOA without a key; a hidden primary need not. */
static bool is_signed(const struct item *item)
{
    return item->step == AUDIT_STEP_CONTENT ||
           (item->step != AUDIT_STEP_OPEN && item->row->sources == AUDIT_REFERENCE);
}

static bool open_endpoint(struct item *item, struct err *err)
{
    const struct route *route = route_of(item->work);
    bool is_datagram = item->step == AUDIT_STEP_UDP;
    struct endpoint like = {
        .address = item->place->address,
        .has_bind = route->has_bind,
        .bind = route->bind,
        .tls = is_datagram ? NULL : route->tls,
        .host = item->host->name,
        .key = is_signed(item) ? key_of(item) : NULL,
    };
    like.address.datagram = is_datagram;
    endpoint_release(item->endpoint);
    item->endpoint = endpoint_intern(item->work->audit->config.endpoints, &like, err);
    return item->endpoint != NULL;
}

static struct content *new_content(const struct shape *shape, struct err *err)
{
    const struct guard_limits limits = {.max_records = shape->guard.max_records,
                                        .max_shrink = NO_SHRINK_LIMIT};
    struct content *content = calloc(1, sizeof *content);
    if (content == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    struct sink *sink = zonesum_new(&content->sum, err);
    if (sink != NULL)
        sink = zonefacts_new(sink, &content->facts, err);
    if (sink != NULL)
        sink = guard_new(sink, &limits, err);
    content->sink = sink;
    if (sink == NULL) {
        free(content);
        return NULL;
    }
    return content;
}

static void free_content(struct item *item)
{
    if (item->content == NULL)
        return;
    item->content->sink->free(item->content->sink);
    free(item->content);
    item->content = NULL;
}

static bool open_answer(struct item *item, struct err *err)
{
    struct audit *audit = item->work->audit;
    const struct audit_zone *zone = item->work->zone;
    if (item->step == AUDIT_STEP_CONTENT) {
        item->content = new_content(&zone->orders->shape, err);
        if (item->content == NULL)
            return false;
    }
    const struct answer_config config = {
        .question = {.name = zone->name,
                     .name_length = zone->name_length,
                     .type = is_transfer(item->step) ? TYPE_AXFR : TYPE_SOA,
                     .class = zone->orders->class},
        .key = item->endpoint->key,
        .notes = item->content != NULL ? &item->content->notes : &audit->notes,
        .halt = audit->config.halt,
    };
    answer_free(item->answer);
    item->answer = answer_new(&config, err);
    return item->answer != NULL;
}

static bool ask(struct item *item)
{
    struct audit *audit = item->work->audit;
    struct err err = {.kind = ERR_NONE};
    if (!open_endpoint(item, &err) || !open_answer(item, &err))
        return stop_with(audit, &err);
    item->question = (struct question){
        .to = item->endpoint,
        .answer = item->answer,
        .owner = item,
        .deadline = LOOP_NEVER,
        .kind = is_transfer(item->step) ? QUESTION_TRANSFER : QUESTION_SOA,
        .edns = MSG_EDNS_ASK,
        .max_octets = item->step == AUDIT_STEP_CONTENT ? item->work->zone->orders->shape.max_bytes
                                                       : 2 * (UINT16_MAX + 2),
    };
    item->is_asked = true;
    audit->figures.questions++;
    if (is_transfer(item->step)) {
        audit->figures.transfers++;
        if (++item->place->transfers > audit->figures.most_at_once)
            audit->figures.most_at_once = item->place->transfers;
    }
    return engine_ask(audit->config.engine, &item->question, &err) || stop_with(audit, &err);
}

/* ---- Places: one transfer at a time, and so many questions a second -------------------------- */

static struct place *place_of(struct audit *audit, const struct address *address)
{
    char key[ADDRESS_TEXT_MAX];
    address_text(address, key);
    struct place *place = dict_value(&audit->places, key, strlen(key));
    if (place != NULL)
        return place;
    place = calloc(1, sizeof *place);
    if (place == NULL || !dict_add(&audit->places, key, strlen(key), place, &audit->err)) {
        free(place);
        return NULL;
    }
    *place = (struct place){.owner = OWNER_PLACE, .audit = audit, .address = *address};
    return place;
}

static void take_out(struct place *place, struct item *before, struct item *item)
{
    if (before == NULL)
        place->first = item->next;
    else
        before->next = item->next;
    if (place->last == item)
        place->last = before;
}

/* Takes out the first that may be asked now: no transfer beside another one. */
static struct item *take_item(struct place *place)
{
    struct item *before = NULL, *item = place->first;
    while (item != NULL && is_transfer(item->step) && place->transfers > 0) {
        before = item;
        item = item->next;
    }
    if (item != NULL)
        take_out(place, before, item);
    return item;
}

static void serve(struct place *place)
{
    struct audit *audit = place->audit;
    uint64_t now = loop_now();
    unsigned rate = audit->config.rate;
    struct item *item;
    while (audit->err.kind == ERR_NONE && now >= place->next_at &&
           (item = take_item(place)) != NULL) {
        if (rate > 0)
            place->next_at = now + SECOND / rate;
        ask(item);
    }
    if (place->first != NULL && now < place->next_at)
        engine_timer(audit->config.engine, &place->timer, place->next_at, place);
}

/* Takes one out that will not be asked any more. */
static void drop_item(struct item *item)
{
    struct place *place = item->place;
    struct item *before = NULL, *at = place->first;
    while (at != NULL && at != item) {
        before = at;
        at = at->next;
    }
    if (at != NULL)
        take_out(place, before, item);
}

static void put_item(struct item *item)
{
    struct place *place = item->place;
    item->next = NULL;
    if (place->first == NULL)
        place->first = item;
    else
        place->last->next = item;
    place->last = item;
    serve(place);
}

/* ---- What comes back ------------------------------------------------------------------------ */

/* What a failure says of a transfer; all others are AUDIT_FAILED. */
static enum audit_transfer transfer_of(enum err_kind kind)
{
    static const struct {
        enum err_kind kind;
        enum audit_transfer transfer;
    } rows[] = {
        {ERR_RCODE_REFUSED, AUDIT_REFUSED},
        {ERR_RCODE_NOTAUTH, AUDIT_REFUSED},
        {ERR_NO_ANSWER, AUDIT_CLOSED},
        {ERR_EOF_EARLY, AUDIT_CLOSED},
        {ERR_NET_IO, AUDIT_CLOSED},
        {ERR_TIMEOUT_ANSWER, AUDIT_TIMEOUT},
        {ERR_TIMEOUT_IDLE, AUDIT_TIMEOUT},
        {ERR_CONNECT, AUDIT_UNREACHABLE},
        {ERR_TIMEOUT_CONN, AUDIT_UNREACHABLE},
        {ERR_NO_ROUTE, AUDIT_UNREACHABLE},
        {ERR_UNREACHABLE, AUDIT_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == kind)
            return rows[i].transfer;
    return AUDIT_FAILED;
}

static bool is_better(const struct audit_row *row, enum audit_step step)
{
    return step == AUDIT_STEP_TCP || !row->soa.has_soa;
}

/* Of a SOA question: takes what there is to take. Returns whether it is over. */
static bool drain_soa(struct item *item, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum answer_event event;
    struct audit_row *row = item->row;
    struct audit_answer *to = item->step == AUDIT_STEP_UDP ? &row->udp : &row->tcp;
    bool keeps = is_better(row, item->step);
    if (keeps)
        row->soa = (struct soa_signed){.has_soa = false};
    while ((event = answer_next(item->answer, &zone, &rr, &op, err)) == ANSWER_BEGIN ||
           event == ANSWER_RR) {
        if (event == ANSWER_BEGIN)
            continue;
        if (keeps)
            soa_signed_add(&row->soa, &rr);
        if (rr.type == TYPE_SOA) {
            to->has_soa = true;
            to->serial = rdata_soa_serial(&rr);
        } else if (keeps && rr.type == TYPE_RRSIG && rr.rdlength > 12) {
            uint32_t until = octets_u32(rr.rdata + 8);
            if (row->expires == 0 || (int32_t)(until - row->expires) > 0)
                row->expires = until;
        }
    }
    return event != ANSWER_MORE;
}

static void end_soa(struct item *item, const struct err *err)
{
    struct audit_row *row = item->row;
    struct audit_answer *to = item->step == AUDIT_STEP_UDP ? &row->udp : &row->tcp;
    struct answer_facts facts = answer_facts(item->answer);
    to->asked = true;
    to->came = facts.messages > 0;
    to->rcode = facts.rcode;
    to->authoritative = facts.authoritative;
    to->err = *err;
    to->err.facts |= route_of(item->work)->tls != NULL ? ERR_FACT_TLS : 0u;
    to->microseconds = item->question.asked_at != 0 ? loop_now() - item->question.asked_at : 0;
    if (facts.nsid[0] != '\0')
        memcpy(row->nsid, facts.nsid, sizeof row->nsid);
}

/* Reads on. Returns whether the transfer is over: with `err`, or whole. */
static bool drain_content(struct item *item, struct err *err)
{
    struct sink *sink = item->content->sink;
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    for (;;) {
        switch (answer_next(item->answer, &zone, &rr, &op, err)) {
        case ANSWER_BEGIN:
            if (!sink->begin(sink, &zone, err))
                return true;
            break;
        case ANSWER_RR:
            if (!sink->record(sink, op, &rr, err))
                return true;
            break;
        case ANSWER_MORE:
            return false;
        case ANSWER_END:
            sink->end(sink, OUTCOME_COMPLETE, NULL, err);
            return true;
        case ANSWER_FAIL:
        default:
            return true;
        }
    }
}

static void end_content(struct item *item, const struct err *err)
{
    struct audit_row *row = item->row;
    const struct content *content = item->content;
    row->content_err = *err;
    row->has_content = err->kind == ERR_NONE;
    if (!row->has_content)
        return;
    row->records = content->sum.records;
    row->content_serial = content->sum.serial;
    row->sum = content->sum.sum;
    if (content->facts.is_signed)
        row->expires = content->facts.first_expiry;
}

static void end_open(struct item *item, const struct err *err)
{
    item->row->transfer = err->kind == ERR_NONE ? AUDIT_OPEN : transfer_of(err->kind);
    item->row->transfer_err = *err;
}

/* ---- From step to step ---------------------------------------------------------------------- */

/* Whether it makes sense to go on asking over TCP: something has answered there, or has closed. */
static bool has_tcp(const struct audit_row *row)
{
    enum audit_transfer sort = transfer_of(row->tcp.err.kind);
    return row->tcp.came || (sort != AUDIT_TIMEOUT && sort != AUDIT_UNREACHABLE);
}

static bool wants(const struct item *item, enum audit_step step)
{
    const struct audit_config *config = &item->work->audit->config;
    switch (step) {
    case AUDIT_STEP_UDP:
        return route_of(item->work)->tls == NULL; /* its port is for TLS alone */
    case AUDIT_STEP_OPEN:
        return has_tcp(item->row);
    case AUDIT_STEP_CONTENT:
        return config->content && has_tcp(item->row);
    case AUDIT_STEP_TCP:
    case AUDIT_STEP_END:
    default:
        return true;
    }
}

static void zone_done(struct zone_work *work);

static void rows_done(struct zone_work *work)
{
    struct audit *audit = work->audit;
    uint64_t now = loop_now();
    audit_judge(work->zone, &audit->config.limits);
    if (work->again_until == 0) {
        work->again_until = now + audit->config.lag_time;
        work->zone->has_goal = work->zone->has_newest && audit->config.lag_time > 0;
        work->zone->goal = work->zone->newest;
    }
    if ((work->zone->problems & AUDIT_IS_BEHIND) == 0 || now >= work->again_until) {
        zone_done(work);
        return;
    }
    uint64_t pause = audit->config.lag_time / AGAIN_PARTS;
    uint64_t at = now + (pause > AGAIN_EVERY ? pause : AGAIN_EVERY);
    engine_timer(audit->config.engine, &work->again, sooner(at, work->again_until), work);
}

static void next_step(struct item *item)
{
    do
        item->step = item->is_again ? AUDIT_STEP_END : item->step + 1;
    while (!wants(item, item->step));
    if (item->step == AUDIT_STEP_END) {
        /* What holds for the connection holds for the transfer. */
        if (item->row->transfer == AUDIT_UNTRIED && !has_tcp(item->row))
            item->row->transfer = transfer_of(item->row->tcp.err.kind);
        if (--item->work->items_open == 0)
            rows_done(item->work);
        return;
    }
    put_item(item);
}

/* The question is the engine's no more. */
static void release_question(struct item *item)
{
    engine_timer_clear(item->work->audit->config.engine, &item->limit);
    item->place->transfers -= item->is_asked && is_transfer(item->step);
    item->is_asked = false;
}

/* The question was given back, or is to be: notes what came of it, and goes on. */
static void end_step(struct item *item, const struct err *err)
{
    const struct audit_config *config = &item->work->audit->config;
    struct place *place = item->place;
    release_question(item);
    if (err_is_trouble(err->kind)) {
        stop_with(item->work->audit, err);
        return;
    }
    switch (item->step) {
    case AUDIT_STEP_TCP:
    case AUDIT_STEP_UDP:
        end_soa(item, err);
        break;
    case AUDIT_STEP_OPEN:
        end_open(item, err);
        break;
    case AUDIT_STEP_CONTENT:
        end_content(item, err);
        break;
    case AUDIT_STEP_END:
    default:
        break;
    }
    free_content(item);
    answer_free(item->answer);
    item->answer = NULL;
    config->stepped(config->context, item->work->zone, item->row, item->step);
    next_step(item);
    serve(place);
}

/* One message is enough, whatever follows the SOA. Returns whether it is over. */
static bool drain_open(struct item *item, struct err *err)
{
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum answer_event event;
    bool has_begun = false;
    while ((event = answer_next(item->answer, &zone, &rr, &op, err)) == ANSWER_BEGIN ||
           event == ANSWER_RR)
        has_begun = true;
    if (has_begun)
        *err = (struct err){.kind = ERR_NONE};
    return has_begun || event != ANSWER_MORE;
}

static void take_message(struct item *item)
{
    struct err err = {.kind = ERR_NONE};
    bool is_over = item->step == AUDIT_STEP_CONTENT ? drain_content(item, &err)
                   : item->step == AUDIT_STEP_OPEN  ? drain_open(item, &err)
                                                    : drain_soa(item, &err);
    if (!is_over)
        return;
    bool is_whole = item->step != AUDIT_STEP_OPEN || answer_facts(item->answer).complete;
    engine_end(item->work->audit->config.engine, &item->question,
               err.kind == ERR_NONE && !is_whole ? ERR_INTERRUPTED : err.kind);
    end_step(item, &err);
}

/* Who keeps a connection busy is given up at some time: with a message that does not end, or with
 * a zone. The engine's clocks start anew with each octet. */
static void begin_limit(struct item *item)
{
    const struct audit *audit = item->work->audit;
    const struct orders *orders = item->work->zone->orders;
    uint64_t limit = item->step == AUDIT_STEP_CONTENT ? CONTENT_FACTOR * orders->route.idle_timeout
                                                      : MESSAGE_FACTOR * orders->answer_timeout;
    engine_timer(audit->config.engine, &item->limit, loop_now() + limit, item);
}

static void end_limit(struct item *item)
{
    struct err err = {.kind = ERR_NONE};
    if (item->step == AUDIT_STEP_CONTENT)
        err_set(&err, ERR_TIMEOUT_IDLE, "the zone was not whole after %d times --idle-timeout",
                CONTENT_FACTOR);
    else
        err_set(&err, ERR_TIMEOUT_ANSWER,
                "the first message was not whole after %d times "
                "--answer-timeout",
                MESSAGE_FACTOR);
    engine_end(item->work->audit->config.engine, &item->question, err.kind);
    end_step(item, &err);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static void count_rows(const struct zone_work *work, size_t *rows, size_t *with_address)
{
    *rows = *with_address = 0;
    for (size_t i = 0; i < work->host_count; i++) {
        size_t addresses = work->hosts[i].addresses.count;
        *with_address += addresses;
        *rows += addresses > 0 ? addresses : 1;
    }
}

/* The row of an address that another name has, too. */
static struct audit_row *row_of(const struct audit_zone *zone, const struct address *address)
{
    for (size_t i = 0; i < zone->row_count; i++)
        if (zone->rows[i].has_address && endpoint_same_address(&zone->rows[i].address, address))
            return &zone->rows[i];
    return NULL;
}

static void share_row(struct audit_row *row, const struct host *host)
{
    size_t used = strlen(row->host);
    row->sources |= host->sources;
    if (strcasecmp(row->host, host->name) != 0 && used + strlen(host->name) + 2 < sizeof row->host)
        snprintf(row->host + used, sizeof row->host - used, ",%s", host->name);
}

static struct audit_row *new_row(struct audit_zone *zone, const struct host *host)
{
    struct audit_row *row = &zone->rows[zone->row_count++];
    snprintf(row->host, sizeof row->host, "%s", host->name);
    row->sources = host->sources;
    row->lookup = host->err;
    return row;
}

static bool put_rows(struct zone_work *work)
{
    struct audit_zone *zone = work->zone;
    size_t rows, items;
    count_rows(work, &rows, &items);
    zone->rows = calloc(rows > 0 ? rows : 1, sizeof *zone->rows);
    work->items = calloc(items > 0 ? items : 1, sizeof *work->items);
    if (zone->rows == NULL || work->items == NULL)
        return no_memory(work->audit);
    for (size_t i = 0; i < work->host_count; i++) {
        struct host *host = &work->hosts[i];
        if (host->addresses.count == 0)
            new_row(zone, host);
        for (size_t j = 0; j < host->addresses.count; j++) {
            const struct address *address = &host->addresses.items[j];
            struct audit_row *row = row_of(zone, address);
            if (row != NULL) {
                share_row(row, host);
                continue;
            }
            struct place *place = place_of(work->audit, address);
            if (place == NULL)
                return no_memory(work->audit);
            row = new_row(zone, host);
            row->has_address = true;
            row->address = *address;
            struct item *item = &work->items[work->item_count++];
            *item = (struct item){
                .owner = OWNER_ITEM, .work = work, .row = row, .host = host, .place = place};
        }
    }
    return true;
}

static void begin_rows(struct zone_work *work)
{
    if (!put_rows(work))
        return;
    work->items_open = work->item_count;
    if (work->items_open == 0) {
        rows_done(work);
        return;
    }
    for (size_t i = 0; i < work->item_count; i++)
        put_item(&work->items[i]);
}

/* Those that are behind once more, one question each. */
static void ask_again(struct zone_work *work)
{
    for (size_t i = 0; i < work->item_count; i++)
        work->items_open += (work->items[i].row->problems & AUDIT_IS_BEHIND) != 0;
    if (work->items_open == 0)
        zone_done(work);
    for (size_t i = 0; i < work->item_count; i++) {
        struct item *item = &work->items[i];
        if ((item->row->problems & AUDIT_IS_BEHIND) == 0)
            continue;
        item->is_again = true;
        item->step =
            item->row->tcp.has_soa || !item->row->udp.has_soa ? AUDIT_STEP_TCP : AUDIT_STEP_UDP;
        put_item(item);
    }
}

/* ---- Servers ------------------------------------------------------------------------------- */

static void host_done(struct zone_work *work)
{
    if (--work->hosts_open == 0)
        begin_rows(work);
}

/* What a resolver has said: of the servers of the zone (host: NULL), or of a host. */
static void tell_lookup(const struct zone_work *work, const struct host *host,
                        const struct engine_event *event)
{
    struct name_string zone;
    const struct lookup_facts lookup = {
        .name = host != NULL ? host->name : nameservers_asked(work->nameservers),
        .is_servers = event->kind == ENGINE_SERVERS,
        .resolver = event->resolver,
        .addresses = event->addresses,
        .address_count = event->address_count,
        .hosts = event->hosts,
        .host_count = event->host_count,
        .err = event->err,
    };
    struct teller *teller = work->audit->config.teller;
    teller->tell(teller, &(struct fact){.kind = FACT_LOOKED_UP,
                                        .zone = name_string(&zone, work->zone->name),
                                        .lookup = &lookup});
}

static bool keep_addresses(struct host *host, const struct address *addresses, size_t count)
{
    host->addresses.items = malloc(count * sizeof *addresses);
    if (host->addresses.items == NULL)
        return no_memory(host->work->audit);
    memcpy(host->addresses.items, addresses, count * sizeof *addresses);
    host->addresses.count = count;
    return true;
}

static void take_literal(struct host *host, const struct address *literal)
{
    if (keep_addresses(host, literal, 1))
        host_done(host->work);
}

static void look_up(struct host *host)
{
    struct zone_work *work = host->work;
    const struct audit_config *config = &work->audit->config;
    const struct route *route = route_of(work);
    struct address literal;
    if (address_parse(host->name, host->port, &literal)) {
        if (host->given != NULL) {
            take_literal(host, &literal);
        } else { /* out of a record: a resolver would look for a name that looks like that */
            err_set(&host->err, ERR_HOST, "an address stands where the name of a server belongs");
            host_done(work);
        }
        return;
    }
    uint64_t until = loop_now() + LOOKUP_FACTOR * route->connect_timeout;
    struct err err = {.kind = ERR_NONE};
    if (!engine_resolve(config->engine, host->name, host->port, route->family, until, host, &err))
        stop_with(work->audit, &err);
}

static void take_addresses(struct host *host, const struct engine_event *event)
{
    tell_lookup(host->work, host, event);
    host->err = *event->err;
    if (event->err->kind != ERR_NONE || event->address_count == 0 ||
        keep_addresses(host, event->addresses, event->address_count))
        host_done(host->work);
}

static struct host *put_host(struct zone_work *work, const char *name, unsigned sources)
{
    struct host *host = &work->hosts[work->host_count++];
    *host = (struct host){
        .owner = OWNER_HOST, .work = work, .sources = sources, .port = route_of(work)->port};
    snprintf(host->name, sizeof host->name, "%s", name);
    return host;
}

static void put_given(struct zone_work *work, const struct server *given, unsigned source)
{
    struct host *host = put_host(work, given->host, source);
    host->given = given;
    if (given->port != 0)
        host->port = given->port;
}

static bool make_hosts(struct zone_work *work, size_t count)
{
    const struct audit_config *config = &work->audit->config;
    work->hosts = calloc(count + config->also_count + 1, sizeof *work->hosts);
    return work->hosts != NULL || no_memory(work->audit);
}

/* All names are there: adds those of --also, and looks them up. */
static void look_up_all(struct zone_work *work)
{
    const struct audit_config *config = &work->audit->config;
    for (size_t i = 0; i < config->also_count; i++)
        put_given(work, &config->also[i], AUDIT_REFERENCE);
    work->hosts_open = work->host_count;
    if (work->hosts_open == 0)
        zone_done(work);
    for (size_t i = 0; i < work->host_count && work->audit->err.kind == ERR_NONE; i++)
        look_up(&work->hosts[i]);
}

static void nameservers_done(struct zone_work *work)
{
    struct audit_zone *zone = work->zone;
    struct nameservers_result result = nameservers_result(work->nameservers);
    zone->asked_parent = result.asked_parent;
    zone->has_ds = result.has_ds;
    zone->parent_err = result.parent_err;
    zone->err = result.err;
    if (!make_hosts(work, result.count))
        return;
    for (size_t i = 0; i < result.count; i++)
        put_host(work, result.list[i].host, result.list[i].sources);
    nameservers_free(work->nameservers);
    work->nameservers = NULL;
    look_up_all(work);
}

static void find_servers(struct zone_work *work)
{
    const struct audit_config *config = &work->audit->config;
    const struct route *route = route_of(work);
    struct err err = {.kind = ERR_NONE};
    const struct nameservers_config servers = {
        .engine = config->engine,
        .endpoints = config->endpoints,
        .zone = work->zone->name,
        .zone_length = work->zone->name_length,
        .family = route->family,
        .timeout = LOOKUP_FACTOR * route->connect_timeout,
        .owner = work,
        .port = PORT_DNS,
    };
    work->nameservers = nameservers_new(&servers, &err);
    if (work->nameservers == NULL)
        stop_with(work->audit, &err);
    else if (nameservers_is_done(work->nameservers))
        nameservers_done(work);
}

/* ---- Zones --------------------------------------------------------------------------------- */

static void begin_zone(struct audit *audit)
{
    struct zone_work *work = &audit->works[audit->begun];
    *work = (struct zone_work){
        .owner = OWNER_ZONE, .audit = audit, .zone = &audit->config.zones[audit->begun]};
    uint64_t max_time = work->zone->orders->max_time;
    audit->begun++;
    audit->open++;
    if (max_time > 0)
        engine_timer(audit->config.engine, &work->limit, loop_now() + max_time, work);
    const struct route *route = route_of(work);
    if (route->server_count == 0) {
        find_servers(work);
        return;
    }
    if (!make_hosts(work, route->server_count))
        return;
    for (size_t i = 0; i < route->server_count; i++)
        put_given(work, &route->servers[i], AUDIT_NAMED);
    look_up_all(work);
}

static void free_item(struct audit *audit, struct item *item)
{
    engine_end(audit->config.engine, &item->question, ERR_INTERRUPTED);
    release_question(item);
    free_content(item);
    answer_free(item->answer);
    endpoint_release(item->endpoint);
    item->answer = NULL;
    item->endpoint = NULL;
}

static void free_work(struct zone_work *work)
{
    struct engine *engine = work->audit->config.engine;
    engine_timer_clear(engine, &work->again);
    engine_timer_clear(engine, &work->limit);
    nameservers_free(work->nameservers);
    for (size_t i = 0; i < work->item_count; i++)
        free_item(work->audit, &work->items[i]);
    for (size_t i = 0; i < work->host_count; i++) {
        engine_forget(engine, &work->hosts[i]);
        address_list_fini(&work->hosts[i].addresses);
    }
    free(work->items);
    free(work->hosts);
    *work = (struct zone_work){.owner = OWNER_ZONE, .audit = work->audit, .zone = work->zone};
}

static void zone_done(struct zone_work *work)
{
    struct audit *audit = work->audit;
    audit_judge(work->zone, &audit->config.limits);
    audit->open--;
    free_work(work);
    audit->config.done(audit->config.context, work->zone);
}

/* --max-time is over: what is under way is given up, what waits is not asked. */
static void cut_short(struct zone_work *work)
{
    struct audit *audit = work->audit;
    for (size_t i = 0; i < work->item_count; i++) {
        drop_item(&work->items[i]);
        free_item(audit, &work->items[i]);
        serve(work->items[i].place);
    }
    err_set(&work->zone->err, ERR_TIMEOUT_TOTAL, "not everything was asked in --max-time");
    zone_done(work);
}

/* ---- The run ------------------------------------------------------------------------------- */

static void take_question(struct item *item, const struct engine_event *event)
{
    if (event->kind == ENGINE_CONNECTED)
        begin_limit(item);
    else if (event->kind == ENGINE_TIMER)
        end_limit(item);
    else if (event->kind == ENGINE_MESSAGE)
        take_message(item);
    else if (event->kind == ENGINE_FAILED)
        end_step(item, event->err);
    else if (event->kind == ENGINE_REQUEUED && item->content != NULL)
        notes_reset(&item->content->notes);
}

static void take_zone(struct zone_work *work, const struct engine_event *event)
{
    if (event->kind == ENGINE_TIMER && event->timer == &work->limit) {
        cut_short(work);
    } else if (event->kind == ENGINE_TIMER) {
        ask_again(work);
    } else if (work->nameservers != NULL) {
        if (event->kind == ENGINE_SERVERS || event->kind == ENGINE_RESOLVED)
            tell_lookup(work, NULL, event);
        nameservers_take(work->nameservers, event);
        if (nameservers_is_done(work->nameservers))
            nameservers_done(work);
    }
}

static void take_event(const struct engine_event *event)
{
    const enum owner *owner = event->owner;
    switch (*owner) {
    case OWNER_PLACE:
        serve(event->owner);
        break;
    case OWNER_ITEM:
        take_question(event->owner, event);
        break;
    case OWNER_HOST:
        take_addresses(event->owner, event);
        break;
    case OWNER_ZONE:
        take_zone(event->owner, event);
        break;
    }
}

struct audit *audit_new(const struct audit_config *config, struct err *err)
{
    struct audit *audit = calloc(1, sizeof *audit);
    struct zone_work *works = calloc(config->zone_count + 1, sizeof *works);
    if (audit == NULL || works == NULL) {
        free(audit);
        free(works);
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    audit->config = *config;
    audit->works = works;
    audit->places.seed = loop_now();
    return audit;
}

/* What was found until the end that came too soon. */
static void judge_rest(struct audit *audit)
{
    for (size_t i = 0; i < audit->config.zone_count; i++)
        audit_judge(&audit->config.zones[i], &audit->config.limits);
}

bool audit_run(struct audit *audit, struct err *err)
{
    struct engine_event event;
    while (audit->err.kind == ERR_NONE) {
        while (audit->err.kind == ERR_NONE && audit->open < ZONES_AT_ONCE &&
               audit->begun < audit->config.zone_count)
            begin_zone(audit);
        if (audit->open == 0 && audit->begun == audit->config.zone_count)
            return true;
        if (audit->err.kind != ERR_NONE)
            break;
        if (!engine_next(audit->config.engine, &event)) {
            err_set(&audit->err, ERR_INTERNAL, "the audit waits for nothing");
            break;
        }
        if (event.kind == ENGINE_STOP)
            err_set(&audit->err, ERR_INTERRUPTED, "interrupted");
        else if (event.owner != NULL)
            take_event(&event);
    }
    judge_rest(audit);
    *err = audit->err;
    return false;
}

struct audit_figures audit_figures(const struct audit *audit)
{
    return audit->figures;
}

void audit_free(struct audit *audit)
{
    if (audit == NULL)
        return;
    for (size_t i = 0; i < audit->begun; i++)
        free_work(&audit->works[i]);
    for (size_t i = 0; i < audit->places.count; i++) {
        struct place *place = audit->places.entries[i].value;
        engine_timer_clear(audit->config.engine, &place->timer);
        free(place);
    }
    dict_fini(&audit->places);
    free(audit->works);
    free(audit);
}
