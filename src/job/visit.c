#include "job/visit.h"

#include "job/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECOND = 1000000 };

bool visit_path(char path[PATH_MAX], char name[FILENAME_ROOM], const char *folder,
                const struct zone *zone, struct err *err)
{
    if (!filename_write(name, zone->name, zone->name_length, err))
        return false;
    int length = snprintf(path, PATH_MAX, "%s/%s.zone", folder, name);
    return (length > 0 && length < PATH_MAX) ||
           err_set(err, ERR_OUTPUT, "the path of %.200s is too long", name);
}

/* ---- FILE ---------------------------------------------------------------------------------- */

static void put_facts(struct visit *visit)
{
    const struct zonestate *state = &visit->state;
    const struct endline *last = &state->old.last;
    struct zonefacts *facts = &visit->facts;
    const struct rr *soa = &state->old.apex.soa.rr;
    facts->complete = facts->has_soa = false;
    if (state->kind != ZONESTATE_OURS)
        return;
    zonefacts_begin(facts, &(struct zone_info){.apex = visit->zone->name,
                                               .apex_length = visit->zone->name_length});
    zonefacts_add(facts, soa);
    facts->records = last->records;
    facts->is_signed = last->has_expires || state->old.apex.signatures > 0;
    facts->first_expiry = last->expires;
    facts->complete = true;
}

/* All of it is read: whether it is what its last line says. */
static bool recheck(struct visit *visit)
{
    struct zonestate *state = &visit->state;
    struct zonefacts facts;
    struct err why = {.kind = ERR_NONE};
    const struct measure_config config = {
        .path = visit->path,
        .zone = visit->zone->name,
        .zone_length = visit->zone->name_length,
        .class = visit->zone->orders->class,
        .loop = visit->shared->landing.loop,
        .deadline = LOOP_NEVER,
        .halt = NULL,
    };
    if (state->kind != ZONESTATE_OURS || measure_file(&config, &facts, NULL, &why))
        return true;
    if (err_is_trouble(why.kind)) {
        visit->err = why;
        return false;
    }
    size_t length = strlen(visit->path);
    bool names_path = strncmp(why.text, visit->path, length) == 0 && why.text[length] == ':';
    state->kind = ZONESTATE_EDITED;
    state->merges = false;
    snprintf(state->why, sizeof state->why, "%.250s", why.text + (names_path ? length + 2 : 0));
    return true;
}

static bool read_state(struct visit *visit)
{
    const struct oldzone_config config = {
        .path = visit->path,
        .zone = visit->zone->name,
        .zone_length = visit->zone->name_length,
        .loop = visit->shared->landing.loop,
        .deadline = LOOP_NEVER,
    };
    if (!zonestate_read(&visit->state, &config, &visit->err))
        return false;
    put_facts(visit);
    return true;
}

static void tell_odd(const struct visit *visit)
{
    const char *slash = strrchr(visit->path, '/');
    char text[ERR_TEXT_MAX];
    snprintf(text, sizeof text,
             "%.200s: %.150s; the whole zone is asked for, and the old file kept as %.200s.edited",
             visit->path, visit->state.why, slash != NULL ? slash + 1 : visit->path);
    visit->teller->tell(visit->teller,
                        &(struct fact){.kind = FACT_WARNING, .zone = visit->word, .text = text});
}

/* Whether the file may become the zone's. */
static bool judge_state(struct visit *visit)
{
    enum zonestate_kind kind = visit->state.kind;
    visit->has_old_serial = visit->state.old.has_serial;
    visit->old_serial = visit->state.old.serial;
    visit->has_old_records = kind == ZONESTATE_OURS;
    visit->old_records = visit->state.old.last.records;
    if (kind == ZONESTATE_FOREIGN && !visit->state.is_file)
        return err_set(&visit->err, ERR_FILE_ODD, "%.300s: %.200s", visit->path, visit->state.why);
    if (kind == ZONESTATE_FOREIGN && !visit->shared->adopts)
        return err_set(&visit->err, ERR_FILE_FOREIGN, "%.300s: %.200s", visit->path,
                       visit->state.why);
    if ((kind == ZONESTATE_EDITED || kind == ZONESTATE_FOREIGN) && !visit->shared->looks)
        tell_odd(visit);
    if (kind != ZONESTATE_OURS) /* its serial keeps nobody from anything */
        visit->state.old.has_serial = visit->state.old.apex.has_soa = false;
    return true;
}

/* ---- The fetch ----------------------------------------------------------------------------- */

static void make_spec(struct visit *visit)
{
    const struct orders *orders = visit->zone->orders;
    char *end = name_text(visit->word, visit->zone->name, visit->zone->name_length);
    if (end - visit->word > 1) /* the root keeps its dot */
        end--;
    *end = '\0';
    visit->spec = orders_spec(orders, visit->word, visit->zone->name, visit->zone->name_length);
    visit->spec.asks_soa = true;
    visit->spec.look = visit->shared->looks;
    visit->spec.output = (struct outfile_options){
        .path = visit->path, .only_file = true, .touch = true, .new_mode = visit->shared->new_mode};
}

static void begin_landing(struct visit *visit, uint64_t deadline)
{
    const struct orders *orders = visit->zone->orders;
    struct visit_shared *shared = visit->shared;
    const struct landing_config config = {
        .shared = &shared->landing,
        .spec = &visit->spec,
        .name = visit->name,
        .state = &visit->state,
        .witness = orders->witness,
        .deadline = deadline,
        .halt = &visit->halt.halt,
        .teller = visit->teller,
        .is_candidate = visit->zone->is_catalog,
        .only_reads = visit->zone->is_only_judged,
        .part = shared->part,
        .rechecks = shared->rechecks,
    };
    landing_init(&visit->landing, &config);
    visit->landing.config.witness.shared = shared->landing.work;
    visit->landing.config.witness.halt = &visit->halt.halt;
}

static void begin_fetch(struct visit *visit)
{
    struct visit_shared *shared = visit->shared;
    uint64_t most = visit->zone->orders->max_time;
    uint64_t deadline = most == 0 ? LOOP_NEVER : loop_now() + most;
    loop_halt_init(&visit->halt, shared->landing.loop, deadline);
    begin_landing(visit, deadline);
    const struct fetch_config config = {
        .spec = &visit->spec,
        .engine = shared->landing.engine,
        .endpoints = shared->endpoints,
        .target = &visit->landing.target,
        .update = &visit->landing.update,
        .old = &visit->state.old,
        .teller = visit->teller,
        .halt = &visit->halt.halt,
        .deadline = deadline,
        .watches = shared->watches,
        .shares = true,
    };
    visit->asked = true;
    fetch_start(&visit->fetch, &config);
}

/* ---- The whole of it ----------------------------------------------------------------------- */

static void fail(struct visit *visit, const struct err *err)
{
    visit->failure = err->kind;
    visit->message = err->text;
}

/* The new FILE tells what it holds. */
static void finish(struct visit *visit)
{
    const struct fetch *fetch = &visit->fetch;
    visit->over = true;
    if (!fetch->good) {
        visit->failure = fetch->attempts.worst.kind;
        visit->message = fetch->attempts.worst.text;
    }
    if (!visit->landing.replaced || read_state(visit) || !fetch->good)
        return;
    fail(visit, &visit->err);
}

void visit_start(struct visit *visit, struct visit_shared *shared, struct zone *zone,
                 struct teller *teller, unsigned first_server)
{
    visit->has_old_serial = visit->has_old_records = false;
    visit->shared = shared;
    visit->zone = zone;
    visit->teller = teller;
    visit->started = loop_time_of_day();
    visit->over = visit->asked = false;
    visit->failure = ERR_NONE;
    visit->message = NULL;
    visit->err = (struct err){.kind = ERR_NONE};
    visit->landing = (struct landing){.work = NULL};
    visit->facts.complete = visit->facts.has_soa = false;
    visit->state.kind = ZONESTATE_MISSING;
    visit->state.old.is_there = false;
    bool reads_all = shared->rechecks || zone->is_catalog; /* which zones there are is read of it */
    make_spec(visit);
    visit->spec.first_server = first_server;
    if (visit_path(visit->path, visit->name, shared->folder, zone, &visit->err) &&
        read_state(visit) && (!reads_all || recheck(visit)) && judge_state(visit)) {
        zone->has_file = visit->state.kind != ZONESTATE_MISSING;
        begin_fetch(visit);
        if (visit->fetch.done)
            finish(visit);
        return;
    }
    zone->has_file = visit->state.old.is_there; /* though it cannot be read, perhaps */
    fail(visit, &visit->err);
    visit->over = true;
}

void visit_take(struct visit *visit, const struct engine_event *event)
{
    if (visit->over)
        return;
    fetch_take(&visit->fetch, event);
    if (visit->fetch.done)
        finish(visit);
}

void visit_end_early(struct visit *visit, enum err_kind kind, const char *why)
{
    fetch_leave(&visit->fetch);
    visit->err = (struct err){.kind = ERR_NONE};
    err_set(&visit->err, kind, "%s", why);
    fail(visit, &visit->err);
    visit->over = true;
}

/* ---- What it came to ----------------------------------------------------------------------- */

static const struct attempts *attempts_of(const struct visit *visit)
{
    return visit->asked ? &visit->fetch.attempts : NULL;
}

static void put_file(struct visit *visit)
{
    struct zone *zone = visit->zone;
    const struct zonefacts *facts = &visit->facts;
    zone->has_serial = zone->has_expire = facts->has_soa;
    zone->serial = facts->serial;
    zone->refresh = facts->refresh;
    zone->retry = facts->retry;
    zone->expire = facts->expire;
    zone->has_records = zone->knows_signed = facts->complete;
    zone->records = facts->records;
    zone->is_signed = facts->is_signed;
    zone->has_first_expiry = facts->complete && visit->state.old.last.has_expires;
    zone->first_expiry = facts->first_expiry;
}

static enum zone_state state_of(const struct visit *visit, bool was_there)
{
    const struct zone *zone = visit->zone;
    if (visit->failure != ERR_NONE)
        return zone->has_file ? ZONE_KEPT : ZONE_MISSING;
    if (visit->shared->looks)
        return visit->fetch.found == PLAN_FOUND_SAME ? ZONE_UNCHANGED
               : was_there                           ? ZONE_UPDATED
                                                     : ZONE_NEW;
    if (!visit->landing.replaced)
        return ZONE_UNCHANGED;
    return was_there ? ZONE_UPDATED : ZONE_NEW;
}

static void put_row(struct visit *visit, bool was_there)
{
    struct zone *zone = visit->zone;
    put_file(visit);
    zone->has_server_serial = attempts_newest(attempts_of(visit), &zone->server_serial);
    zone->state = (uint8_t)state_of(visit, was_there);
    zone->exit = (uint8_t)err_class(visit->failure);
    bool is_confirmed = visit->failure == ERR_NONE && !visit->shared->looks;
    if (is_confirmed)
        zone->last_success = (int64_t)(loop_time_of_day() / SECOND);
    else if (visit->state.kind == ZONESTATE_OURS)
        zone->last_success = visit->state.old.status.st_mtim.tv_sec;
}

static void put_failure(const struct visit *visit, struct zone_end *end)
{
    const struct attempt *worst = &visit->fetch.attempts.worst;
    end->failure = visit->failure;
    end->message = visit->message;
    if (visit->failure == ERR_NONE || !visit->asked || visit->message != worst->text) {
        end->failure_facts = visit->err.facts;
        return;
    }
    end->failure_facts = worst->facts;
    end->server = worst->server;
    end->address = worst->address;
    end->by_name = worst->by_name;
}

/* What an update would ask for; the row gets the serial that FILE would have then. */
static void put_found(const struct visit *visit, struct zone_end *end)
{
    struct zone *zone = visit->zone;
    bool changes = zone->state == ZONE_NEW || zone->state == ZONE_UPDATED;
    bool merges = visit->state.merges && visit->fetch.found == PLAN_FOUND_NEWER;
    if (!changes)
        return;
    bool is_same = visit->fetch.found == PLAN_FOUND_DIFFERS && visit->state.kind == ZONESTATE_OURS;
    end->kind = is_same ? "resigned" : merges ? "ixfr" : "axfr";
    zone->serial = zone->server_serial;
    zone->has_serial = zone->has_server_serial;
}

static void put_changes(const struct visit *visit, struct zone_end *end)
{
    const struct landing *landing = &visit->landing;
    bool is_new = visit->zone->state == ZONE_NEW;
    if (visit->shared->looks)
        put_found(visit, end);
    if (!landing->replaced)
        return;
    end->kind = landing->kind;
    end->has_counts = landing->has_counts || is_new;
    end->added = is_new ? visit->facts.records : landing->changed[RR_ADD];
    end->deleted = is_new ? 0 : landing->changed[RR_DELETE];
    end->diff = landing->diff_path[0] != '\0' ? landing->diff_path : NULL;
}

void visit_tell(struct visit *visit, struct zone_end *end)
{
    bool was_there = visit->zone->has_file;
    put_row(visit, was_there);
    visit->zone->has_file = was_there || visit->landing.replaced;
    *end = (struct zone_end){
        .zone = visit->zone,
        .class = visit->spec.class,
        .file = visit->path,
        .attempts = attempts_of(visit),
        .facts = visit->facts.has_soa ? &visit->facts : NULL,
        .gates = visit->landing.list,
        .has_old_serial = visit->has_old_serial,
        .old_serial = visit->old_serial,
        .has_old_records = visit->has_old_records,
        .old_records = visit->old_records,
        .started = visit->started,
        .ended = loop_time_of_day(),
        .waited = visit->asked ? visit->fetch.waited : 0,
    };
    put_failure(visit, end);
    put_changes(visit, end);
}

void visit_read_row(struct zone *zone, const char *folder, const struct loop *loop)
{
    struct visit_shared shared = {.landing.loop = loop, .folder = folder};
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL)
        return;
    zone->was_read = true;
    visit->shared = &shared;
    visit->zone = zone;
    if (visit_path(visit->path, visit->name, folder, zone, &visit->err) && read_state(visit)) {
        put_file(visit);
        zone->has_file = visit->state.kind != ZONESTATE_MISSING;
        if (visit->state.kind == ZONESTATE_OURS)
            zone->last_success = visit->state.old.status.st_mtim.tv_sec;
    }
    free(visit);
}

void visit_end(struct visit *visit)
{
    if (visit->asked)
        fetch_fini(&visit->fetch);
    landing_fini(&visit->landing);
    visit->asked = false;
}
