#include "job/audit.h"

#include "job/audit_own.h"
#include "io/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ZONES_AT_ONCE = 256,   /* whose servers are looked for, or asked */
    AGAIN_EVERY = 1000000, /* microseconds, at least, until who is behind is asked again */
    AGAIN_PARTS = 20,      /* ... or one part of so many of the time that is allowed */
};

bool audit_stop(struct audit *audit, const struct err *err)
{
    return err_set(&audit->err, err->kind, "%s", err->text);
}

bool audit_no_memory(struct audit *audit)
{
    return err_set(&audit->err, ERR_MEMORY, "out of memory");
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

const struct route *audit_route(const struct audit_work *work)
{
    return &work->zone->orders->route;
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static void count_rows(const struct audit_work *work, size_t *rows, size_t *with_address)
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

static void share_row(struct audit_row *row, const struct audit_host *host)
{
    size_t used = strlen(row->host);
    row->sources |= host->sources;
    if (strcasecmp(row->host, host->name) != 0 && used + strlen(host->name) + 2 < sizeof row->host)
        snprintf(row->host + used, sizeof row->host - used, ",%s", host->name);
}

static struct audit_row *new_row(struct audit_zone *zone, const struct audit_host *host)
{
    struct audit_row *row = &zone->rows[zone->row_count++];
    snprintf(row->host, sizeof row->host, "%s", host->name);
    row->sources = host->sources;
    row->lookup = host->err;
    return row;
}

static bool put_rows(struct audit_work *work)
{
    struct audit_zone *zone = work->zone;
    size_t rows, items;
    count_rows(work, &rows, &items);
    zone->rows = calloc(rows > 0 ? rows : 1, sizeof *zone->rows);
    work->items = calloc(items > 0 ? items : 1, sizeof *work->items);
    if (zone->rows == NULL || work->items == NULL)
        return audit_no_memory(work->audit);
    for (size_t i = 0; i < work->host_count; i++) {
        struct audit_host *host = &work->hosts[i];
        if (host->addresses.count == 0)
            new_row(zone, host);
        for (size_t j = 0; j < host->addresses.count; j++) {
            const struct address *address = &host->addresses.items[j];
            struct audit_row *row = row_of(zone, address);
            if (row != NULL) {
                share_row(row, host);
                continue;
            }
            struct audit_place *place = audit_place_of(work->audit, address);
            if (place == NULL)
                return audit_no_memory(work->audit);
            row = new_row(zone, host);
            row->has_address = true;
            row->address = *address;
            struct audit_item *item = &work->items[work->item_count++];
            *item = (struct audit_item){
                .owner = AUDIT_OWNER_ITEM, .work = work, .row = row, .host = host, .place = place};
        }
    }
    return true;
}

void audit_rows_begin(struct audit_work *work)
{
    if (!put_rows(work))
        return;
    work->items_open = work->item_count;
    if (work->items_open == 0) {
        audit_rows_done(work);
        return;
    }
    for (size_t i = 0; i < work->item_count; i++)
        audit_place_put(&work->items[i]);
}

/* Those that are behind once more, one question each. */
static void ask_again(struct audit_work *work)
{
    for (size_t i = 0; i < work->item_count; i++)
        work->items_open += (work->items[i].row->problems & AUDIT_IS_BEHIND) != 0;
    if (work->items_open == 0)
        audit_zone_done(work);
    for (size_t i = 0; i < work->item_count; i++) {
        struct audit_item *item = &work->items[i];
        if ((item->row->problems & AUDIT_IS_BEHIND) == 0)
            continue;
        item->is_again = true;
        item->step =
            item->row->tcp.has_soa || !item->row->udp.has_soa ? AUDIT_STEP_TCP : AUDIT_STEP_UDP;
        audit_place_put(item);
    }
}

void audit_rows_done(struct audit_work *work)
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
        audit_zone_done(work);
        return;
    }
    uint64_t pause = audit->config.lag_time / AGAIN_PARTS;
    uint64_t at = now + (pause > AGAIN_EVERY ? pause : AGAIN_EVERY);
    engine_timer(audit->config.engine, &work->again, sooner(at, work->again_until), work);
}

/* ---- Zones --------------------------------------------------------------------------------- */

static void begin_zone(struct audit *audit)
{
    struct audit_work *work = &audit->works[audit->begun];
    *work = (struct audit_work){
        .owner = AUDIT_OWNER_ZONE, .audit = audit, .zone = &audit->config.zones[audit->begun]};
    uint64_t max_time = work->zone->orders->max_time;
    audit->begun++;
    audit->open++;
    if (max_time > 0)
        engine_timer(audit->config.engine, &work->limit, loop_now() + max_time, work);
    audit_hosts_begin(work);
}

static void free_work(struct audit_work *work)
{
    struct engine *engine = work->audit->config.engine;
    engine_timer_clear(engine, &work->again);
    engine_timer_clear(engine, &work->limit);
    for (size_t i = 0; i < work->item_count; i++)
        audit_item_fini(&work->items[i]);
    audit_hosts_fini(work);
    free(work->items);
    *work =
        (struct audit_work){.owner = AUDIT_OWNER_ZONE, .audit = work->audit, .zone = work->zone};
}

void audit_zone_done(struct audit_work *work)
{
    struct audit *audit = work->audit;
    audit_judge(work->zone, &audit->config.limits);
    audit->open--;
    free_work(work);
    audit->config.done(audit->config.context, work->zone);
}

/* --max-time is over: what is under way is given up, what waits is not asked. */
static void cut_short(struct audit_work *work)
{
    for (size_t i = 0; i < work->item_count; i++) {
        audit_place_drop(&work->items[i]);
        audit_item_fini(&work->items[i]);
        audit_place_serve(work->items[i].place);
    }
    err_set(&work->zone->err, ERR_TIMEOUT_TOTAL, "not everything was asked in --max-time");
    audit_zone_done(work);
}

/* ---- The run ------------------------------------------------------------------------------- */

static void take_zone(struct audit_work *work, const struct engine_event *event)
{
    if (event->kind == ENGINE_TIMER && event->timer == &work->limit)
        cut_short(work);
    else if (event->kind == ENGINE_TIMER)
        ask_again(work);
    else
        audit_hosts_take(work, event);
}

static void take_event(const struct engine_event *event)
{
    const enum audit_owner *owner = event->owner;
    switch (*owner) {
    case AUDIT_OWNER_PLACE:
        audit_place_serve(event->owner);
        break;
    case AUDIT_OWNER_ITEM:
        audit_item_take(event->owner, event);
        break;
    case AUDIT_OWNER_HOST:
        audit_host_take(event->owner, event);
        break;
    case AUDIT_OWNER_ZONE:
        take_zone(event->owner, event);
        break;
    }
}

struct audit *audit_new(const struct audit_config *config, struct err *err)
{
    struct audit *audit = calloc(1, sizeof *audit);
    struct audit_work *works = calloc(config->zone_count + 1, sizeof *works);
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

/* Until the next tick. */
static void set_tick(struct audit *audit)
{
    uint64_t tick = audit->config.tick;
    if (tick > 0)
        engine_timer(audit->config.engine, &audit->tick, loop_now() + tick, NULL);
}

static void take(struct audit *audit, const struct engine_event *event)
{
    if (event->kind == ENGINE_STOP) {
        err_set(&audit->err, ERR_INTERRUPTED, "interrupted");
    } else if (event->kind == ENGINE_TIMER && event->timer == &audit->tick) {
        audit->config.ticked(audit->config.context);
        set_tick(audit);
    } else if (event->owner != NULL) {
        take_event(event);
    }
}

/* Returns false at an error. */
static bool run(struct audit *audit)
{
    struct engine_event event;
    set_tick(audit);
    while (audit->err.kind == ERR_NONE) {
        while (audit->err.kind == ERR_NONE && audit->open < ZONES_AT_ONCE &&
               audit->begun < audit->config.zone_count)
            begin_zone(audit);
        if (audit->open == 0 && audit->begun == audit->config.zone_count)
            return true;
        if (audit->err.kind != ERR_NONE)
            break;
        if (engine_next(audit->config.engine, &event))
            take(audit, &event);
        else
            err_set(&audit->err, ERR_INTERNAL, "the audit waits for nothing");
    }
    return false;
}

bool audit_run(struct audit *audit, struct err *err)
{
    bool good = run(audit);
    engine_timer_clear(audit->config.engine, &audit->tick);
    if (good)
        return true;
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
    audit_places_fini(audit);
    free(audit->works);
    free(audit);
}
