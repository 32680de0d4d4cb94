#include "job/sync.h"

#include "job/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OVERHEAD = 3,      /* octets of memory for each that has come of a zone that is kept */
    TRICKLE = 4,       /* transfers at once, where memory is short */
    BEARABLE = 2,      /* times the memory that is allowed, after which a transfer is ended */
    PAUSE_EVERY = 100, /* events */
    LANES_KEPT = 4096, /* while nothing is to be done */
    SPARES_KEPT = 64,  /* by what stays */
};

struct sync {
    struct sync_config config;
    struct dict names;
    struct lane **lanes;
    size_t lane_count, lane_room, busy_lanes;
    struct lane *open, *open_last;
    struct visit *at_work; /* all visits under way */
    struct visit *spare;
    unsigned spares;
    struct sync_command *commands; /* that are not over */
    unsigned visits;
    struct visit *ready, *ready_last; /* for a group */
    unsigned ready_count;
    struct commit_group group;
    bool group_is_out, held, limited;
    uint64_t in_memory; /* octets received of zones that are not written yet */
    unsigned output_failures;
    unsigned events;
    struct timer tick;
    bool ticks; /* that timer is set */
    struct sync_progress progress;
    struct err end; /* why it ends before its time */
};

/* ---- Lanes --------------------------------------------------------------------------------- */

static void free_lanes(struct sync *sync)
{
    for (size_t i = 0; i < sync->lane_count; i++)
        free(sync->lanes[i]);
    free(sync->lanes);
    dict_fini(&sync->names);
    sync->lanes = NULL;
    sync->lane_count = sync->lane_room = sync->busy_lanes = 0;
    sync->open = sync->open_last = NULL;
    sync->names = (struct dict){.seed = 0};
}

static struct lane *new_lane(struct sync *sync, const char *name, struct err *err)
{
    if (sync->lane_count == sync->lane_room) {
        size_t room = sync->lane_room == 0 ? 64 : 2 * sync->lane_room;
        struct lane **lanes = realloc(sync->lanes, room * sizeof(struct lane *));
        if (lanes == NULL) {
            err_set(err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        sync->lanes = lanes;
        sync->lane_room = room;
    }
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL || !dict_add(&sync->names, name, strlen(name), lane, err)) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(lane);
        return NULL;
    }
    sync->lanes[sync->lane_count++] = lane;
    return lane;
}

/* By the server that is asked first; those that the DNS names share one. */
static struct lane *lane_of(struct sync *sync, const struct zone *zone, struct err *err)
{
    const struct route *route = &zone->orders->route;
    char name[sizeof route->servers->host + 16] = "";
    if (route->server_count > 0) {
        const struct server *server = &route->servers[0];
        unsigned port = server->port != 0 ? server->port : route->port;
        snprintf(name, sizeof name, "%s#%u", server->host, port);
    }
    struct lane *lane = dict_value(&sync->names, name, strlen(name));
    return lane != NULL ? lane : new_lane(sync, name, err);
}

static void open_lane(struct sync *sync, struct lane *lane)
{
    if (lane->is_open || lane_is_empty(lane))
        return;
    lane->is_open = true;
    lane->next = NULL;
    if (sync->open != NULL)
        sync->open_last->next = lane;
    else
        sync->open = lane;
    sync->open_last = lane;
}

static void rest_lane(struct sync *sync, const struct lane *lane)
{
    sync->busy_lanes -= lane_is_empty(lane) && lane->at_work == 0;
}

bool sync_put(struct sync *sync, struct zone *zone, bool first, struct err *err)
{
    enum zone_place place = first ? ZONE_WAITS_FIRST : ZONE_WAITS_TURN;
    struct lane *lane = zone->place == ZONE_RESTS ? lane_of(sync, zone, err) : zone->lane;
    if (lane == NULL)
        return false;
    if (zone->place == ZONE_AT_WORK || zone->place == ZONE_WAITS_FIRST || zone->place == place)
        return true;
    if (zone->place == ZONE_RESTS) {
        sync->busy_lanes += lane_is_empty(lane) && lane->at_work == 0;
        sync->progress.zones++;
    } else {
        lane_take_out(lane, zone);
    }
    lane_put(lane, zone, place);
    open_lane(sync, lane);
    return true;
}

void sync_withdraw(struct sync *sync, struct zone *zone)
{
    struct lane *lane = zone->lane;
    if (zone->place != ZONE_WAITS_FIRST && zone->place != ZONE_WAITS_TURN)
        return;
    lane_take_out(lane, zone);
    sync->progress.zones--;
    rest_lane(sync, lane);
}

void sync_forget(struct sync *sync, const struct zone *zone)
{
    struct dict *markers = sync->config.markers;
    struct err ignored = {.kind = ERR_NONE};
    char name[FILENAME_ROOM];
    size_t index;
    if (!zone->hook_due || markers == NULL ||
        !filename_write(name, zone->name, zone->name_length, &ignored))
        return;
    if (dict_find(markers, name, strlen(name), &index))
        markers->entries[index].value = sync; /* not NULL */
    else
        dict_add(markers, name, strlen(name), sync, &ignored);
}

/* ---- Visits -------------------------------------------------------------------------------- */

static struct visit *take_visit(struct sync *sync)
{
    struct visit *visit = sync->spare;
    if (visit == NULL)
        return calloc(1, sizeof *visit);
    sync->spare = visit->next;
    sync->spares--;
    return visit;
}

/* For the next zone: they are large, and all of one was touched that had failed. */
static void keep_visit(struct sync *sync, struct visit *visit)
{
    if (sync->config.stays && sync->spares >= SPARES_KEPT) {
        free(visit);
        return;
    }
    visit->next = sync->spare;
    sync->spare = visit;
    sync->spares++;
}

static void link_visit(struct sync *sync, struct visit *visit)
{
    visit->prev = NULL;
    visit->next = sync->at_work;
    if (sync->at_work != NULL)
        sync->at_work->prev = visit;
    sync->at_work = visit;
    sync->visits++;
}

static void unlink_visit(struct sync *sync, struct visit *visit)
{
    if (visit->prev != NULL)
        visit->prev->next = visit->next;
    else
        sync->at_work = visit->next;
    if (visit->next != NULL)
        visit->next->prev = visit->prev;
    sync->visits--;
}

/* What of it is held in memory. */
static void count_octets(struct sync *sync, struct visit *visit, bool holds)
{
    uint64_t now = holds && !visit->over ? visit->fetch.question.octets : 0;
    unsigned is_transfer = now > 0 && visit->fetch.question.kind == QUESTION_TRANSFER;
    sync->progress.transfers += is_transfer - visit->is_transfer;
    visit->is_transfer = is_transfer;
    if (now > visit->counted)
        sync->progress.octets += now - visit->counted;
    sync->in_memory += now - visit->counted;
    visit->counted = now;
}

static struct sync_command *new_command(struct sync *sync, const struct visit *visit,
                                        const char *file, const char *diff)
{
    size_t length = strlen(file) + 1, diff_length = diff != NULL ? strlen(diff) + 1 : 0;
    struct sync_command *command = malloc(sizeof *command + length + diff_length);
    if (command == NULL)
        return NULL;
    *command = (struct sync_command){.next = sync->commands, .zone = visit->zone};
    memcpy(command->paths, file, length);
    if (diff_length > 0)
        memcpy(command->paths + length, diff, diff_length);
    if (sync->commands != NULL)
        sync->commands->prev = command;
    sync->commands = command;
    return command;
}

/* Whether an earlier run has left a marker for it: asked once, since from then on the row knows. */
static bool take_marker(struct sync *sync, const struct visit *visit)
{
    struct dict *markers = sync->config.markers;
    size_t index;
    bool found = markers != NULL && dict_find(markers, visit->name, strlen(visit->name), &index) &&
                 markers->entries[index].value != NULL;
    if (found)
        markers->entries[index].value = NULL;
    return found;
}

/* A zone has one command in the queue, be it changed as often as it likes: what the marker notes
 * grows with each change. */
static bool queue_command(struct sync *sync, struct sync_command *command, uint64_t stamp,
                          const char *diff)
{
    struct err ignored = {.kind = ERR_NONE};
    const struct hooks_what what = {.zone = command->zone->name,
                                    .file = command->paths,
                                    .diff = diff,
                                    .stamp = stamp,
                                    .owner = command};
    command->zone->hook_again = false;
    command->zone->hook_queued = hooks_add(sync->config.hooks, &what, &ignored);
    return command->zone->hook_queued;
}

static void forget_command(struct sync *sync, struct sync_command *command)
{
    if (command->prev != NULL)
        command->prev->next = command->next;
    else
        sync->commands = command->next;
    if (command->next != NULL)
        command->next->prev = command->prev;
    free(command);
}

void sync_end_command(struct sync *sync, struct sync_command *command)
{
    struct zone *zone = command->zone;
    zone->hook_queued = false;
    if (!zone->hook_again || hooks_are_stopped(sync->config.hooks) ||
        !queue_command(sync, command, 0, NULL))
        forget_command(sync, command);
    else
        zone->hook_due = true;
}

/* A command is due, by this run's note or an earlier one's. Without memory that is left to the next
 * look, or run. */
static void add_command(struct sync *sync, struct visit *visit, bool has_note, struct zone_end *end)
{
    const struct landing *landing = &visit->landing;
    struct zone *zone = visit->zone;
    bool noted = landing->replaced && landing->work != NULL;
    bool is_due = noted || has_note || zone->hook_due;
    if (sync->config.hooks == NULL || !is_due || visit->failure == ERR_INTERRUPTED ||
        (!noted && visit->shared->looks))
        return;
    zone->hook_again = zone->hook_queued && noted;
    end->has_command = zone->hook_again;
    if (zone->hook_queued)
        return;
    const char *file = noted ? landing->work->output.out.target : visit->path;
    struct sync_command *command = new_command(sync, visit, file, end->diff);
    if (command == NULL)
        return;
    const char *diff = end->diff != NULL ? command->paths + strlen(file) + 1 : NULL;
    end->has_command =
        queue_command(sync, command, noted ? landing->work->item.note.stamp : 0, diff);
    zone->hook_due = end->has_command;
    if (!end->has_command)
        forget_command(sync, command);
}

/* What fails for every file is not asked for any further; nor is anything where there is no memory,
 * or a defect was found. */
static void watch_trouble(struct sync *sync, const struct visit *visit)
{
    bool failed = err_class(visit->failure) == ERR_CLASS_OUTPUT && visit->failure != ERR_BUSY;
    if (err_class(visit->failure) == ERR_CLASS_INTERNAL)
        err_set(&sync->end, visit->failure, "%s: %s", visit->word, visit->message);
    if (visit->landing.replaced)
        sync->output_failures = 0;
    if (failed && !sync->config.stays && ++sync->output_failures >= SYNC_OUTPUT_FAILURES)
        err_set(&sync->end, ERR_OUTPUT, "no file could be written for %u zones in a row: %s",
                sync->output_failures, visit->message);
}

static void end_visit(struct sync *sync, struct visit *visit)
{
    struct sync_listener *listener = sync->config.listener;
    struct lane *lane = visit->zone->lane;
    bool has_note = take_marker(sync, visit);
    struct zone_end end;
    count_octets(sync, visit, false);
    visit->zone->place = ZONE_RESTS;
    visit_tell(visit, &end);
    add_command(sync, visit, has_note, &end);
    sync->progress.over++;
    sync->progress.failed += end.failure != ERR_NONE;
    watch_trouble(sync, visit);
    if (end.failure == ERR_INTERRUPTED) /* it may know before the engine tells */
        err_set(&sync->end, ERR_INTERRUPTED, "interrupted");
    listener->ended(listener, visit->teller, &end);
    /* what is not in the queue is left to another run */
    if (has_note || (visit->landing.replaced && visit->shared->landing.notes_hooks))
        visit->zone->hook_due = true;
    visit_end(visit);
    unlink_visit(sync, visit);
    keep_visit(sync, visit);
    lane->at_work--;
    rest_lane(sync, lane);
    open_lane(sync, lane);
}

static void take_event(struct sync *sync, struct visit *visit, const struct engine_event *event)
{
    visit_take(visit, event);
    count_octets(sync, visit, visit->landing.stage != LANDING_READY);
    if (visit->over)
        end_visit(sync, visit);
}

/* Without memory for a visit the run ends. */
static void start_visit(struct sync *sync, struct lane *lane)
{
    struct sync_listener *listener = sync->config.listener;
    struct zone *zone = lane_next(lane);
    struct visit *visit = take_visit(sync);
    struct teller *teller = visit != NULL ? listener->begin(listener, zone) : NULL;
    if (teller == NULL) {
        free(visit);
        err_set(&sync->end, ERR_MEMORY, "out of memory");
        return;
    }
    lane->at_work++;
    visit->counted = 0;
    visit->is_transfer = 0;
    link_visit(sync, visit);
    unsigned first = zone->first_server;
    zone->first_server = 0;
    visit_start(visit, sync->config.visits, zone, teller, first);
    if (visit->over)
        end_visit(sync, visit);
}

/* How many zones may be at work: one of each lane, since whoever is mute keeps its places for long.
 */
static size_t visits_most(const struct sync *sync)
{
    size_t lanes = sync->busy_lanes;
    return lanes > SYNC_VISITS_MOST ? SYNC_VISITS_MOST : lanes > SYNC_VISITS ? lanes : SYNC_VISITS;
}

/* All lanes together never take more than there are, so that one that is through with a zone may
 * begin the next at once. */
static unsigned lane_most(const struct sync *sync)
{
    size_t share = sync->busy_lanes > 0 ? SYNC_VISITS / sync->busy_lanes : SYNC_LANE;
    return share > SYNC_LANE ? SYNC_LANE : share < 1 ? 1 : (unsigned)share;
}

/* Lets the next ones begin, by turns. */
static void begin_visits(struct sync *sync)
{
    unsigned most = lane_most(sync);
    while (sync->open != NULL && sync->visits < visits_most(sync) && sync->end.kind == ERR_NONE) {
        struct lane *lane = sync->open;
        sync->open = lane->next;
        lane->is_open = false;
        if (lane->at_work >= most ||
            lane_is_empty(lane)) /* it comes again when there is a reason */
            continue;
        start_visit(sync, lane);
        if (lane->at_work < most)
            open_lane(sync, lane);
    }
}

/* ---- Groups -------------------------------------------------------------------------------- */

static struct visit *visit_of_landing(struct landing *landing)
{
    return (struct visit *)(void *)((char *)landing - offsetof(struct visit, landing));
}

static void queue_landing(void *context, struct landing *landing)
{
    struct sync *sync = context;
    struct visit *visit = visit_of_landing(landing);
    visit->next_ready = NULL;
    if (sync->ready != NULL)
        sync->ready_last->next_ready = visit;
    else
        sync->ready = visit;
    sync->ready_last = visit;
    sync->ready_count++;
}

/* What is ready goes as one group, whenever the one before is through. */
static void begin_group(struct sync *sync)
{
    struct commit_group *group = &sync->group;
    if (sync->group_is_out || sync->ready == NULL)
        return;
    commit_init(group, sync->config.loop);
    while (sync->ready != NULL && commit_add(group, &sync->ready->landing.work->item)) {
        sync->ready = sync->ready->next_ready;
        sync->ready_count--;
    }
    sync->group_is_out = true;
    engine_task(sync->config.engine, &group->task);
}

static void end_group(struct sync *sync, const struct commit_group *group,
                      const struct engine_event *event)
{
    struct visit *visits[COMMIT_MOST];
    size_t count = group->count;
    for (size_t i = 0; i < count; i++)
        visits[i] = visit_of_landing(landing_of_item(group->items[i]));
    if (group == &sync->group)
        sync->group_is_out = false;
    for (size_t i = 0; i < count; i++)
        take_event(sync, visits[i], event);
    sync->config.listener->breathe(sync->config.listener, &sync->progress);
}

/* ---- Events -------------------------------------------------------------------------------- */

static void take_task(struct sync *sync, const struct engine_event *event)
{
    if (event->task == &sync->group.task)
        end_group(sync, &sync->group, event);
    else
        take_event(sync, visit_of_landing(landing_of_task(event->task)), event);
}

/* Whether an event is for whoever drives the steps. */
static bool is_foreign(const struct sync *sync, const struct engine_event *event)
{
    const struct sync_config *config = &sync->config;
    if (event->kind == ENGINE_RELOAD || event->kind == ENGINE_NOTIFY)
        return true;
    return event->kind != ENGINE_TASK && config->owns != NULL &&
           config->owns(config->owns_context, event->owner);
}

static void take(struct sync *sync, const struct engine_event *event)
{
    struct hooks *hooks = sync->config.hooks;
    if (event->kind == ENGINE_TASK)
        take_task(sync, event);
    else if (hooks != NULL && hooks_owns(hooks, event->owner))
        hooks_take(hooks, event);
    else
        take_event(sync, visit_of_fetch(event->owner), event);
}

/* Where there is no room for what transfers bring few are begun: what is under way may go on, so
 * that room comes, but that may take a server as long as it likes, and others shall not wait for
 * it. Where too much waits for the disk none is. */
static void hold_transfers(struct sync *sync)
{
    uint64_t memory = sync->config.memory;
    bool is_full = memory > 0 && sync->in_memory > memory / OVERHEAD;
    bool hold = sync->ready_count > SYNC_READY;
    if (is_full != sync->limited)
        engine_limit(sync->config.engine, is_full ? TRICKLE : 0);
    if (hold != sync->held)
        engine_hold(sync->config.engine, hold);
    sync->limited = is_full;
    sync->held = hold;
}

/* The one that has brought most, of those that still come. */
static struct visit *largest(const struct sync *sync)
{
    struct visit *most = NULL;
    for (struct visit *visit = sync->at_work; visit != NULL; visit = visit->next)
        if (visit->is_transfer && visit->landing.stage == LANDING_COMING &&
            (most == NULL || visit->counted > most->counted))
            most = visit;
    return most;
}

/* A server that sends without an end would take the memory of all others, and of the machine. */
static void end_largest(struct sync *sync)
{
    uint64_t memory = sync->config.memory;
    struct visit *visit;
    if (memory == 0 || sync->in_memory / BEARABLE <= memory / OVERHEAD ||
        (visit = largest(sync)) == NULL)
        return;
    visit_end_early(visit, ERR_TOO_MUCH_HELD,
                    "it has brought more than there is room for beside others in memory");
    end_visit(sync, visit);
}

static void breathe(struct sync *sync)
{
    struct sync_listener *listener = sync->config.listener;
    if (++sync->events % PAUSE_EVERY == 0 || sync->visits == 0)
        listener->breathe(listener, &sync->progress);
}

/* ---- The end before its time --------------------------------------------------------------- */

/* What the threads had not begun, or have done and nobody has fetched. */
static void take_tasks_back(struct sync *sync, struct work **pool)
{
    const struct engine_event event = {.kind = ENGINE_TASK};
    struct task *task = *pool != NULL ? work_free(*pool) : NULL;
    *pool = NULL;
    while (task != NULL) {
        struct task *next = task->next;
        if (task == &sync->group.task && !task->done)
            commit_cancel(&sync->group);
        if (task == &sync->group.task) {
            end_group(sync, &sync->group, &event);
        } else {
            struct landing *landing = landing_of_task(task);
            landing_cancel(landing);
            take_event(sync, visit_of_landing(landing), &event);
        }
        task = next;
    }
}

/* In a group of its own: the other one may be with a thread. */
static void drop_ready(struct sync *sync)
{
    const struct engine_event event = {.kind = ENGINE_TASK};
    struct commit_group group;
    while (sync->ready != NULL) {
        commit_init(&group, sync->config.loop);
        while (sync->ready != NULL && commit_add(&group, &sync->ready->landing.work->item))
            sync->ready = sync->ready->next_ready;
        commit_cancel(&group);
        end_group(sync, &group, &event);
    }
    sync->ready_count = 0;
}

/* Everything that is under way ends, as after a signal. */
static void stop(struct sync *sync, struct work **pool)
{
    const struct engine_event event = {.kind = ENGINE_STOP};
    struct visit *next;
    for (struct visit *visit = sync->at_work; visit != NULL; visit = next) {
        next = visit->next;
        take_event(sync, visit, &event);
    }
    take_tasks_back(sync, pool); /* the group, too: before that it is a thread's */
    drop_ready(sync);
    for (struct visit *visit = sync->at_work; visit != NULL; visit = next) {
        next = visit->next;
        landing_cancel(&visit->landing);
        take_event(sync, visit, &(struct engine_event){.kind = ENGINE_TASK});
    }
    if (sync->config.hooks != NULL)
        hooks_stop(sync->config.hooks);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool is_busy(const struct sync *sync)
{
    return sync->visits > 0 || sync->open != NULL ||
           (sync->config.hooks != NULL && hooks_left(sync->config.hooks) > 0);
}

/* A signal: a hook may know of it before the engine tells, and ends what the engine waits for. */
static void take_silence(struct sync *sync)
{
    bool stops = sync->config.hooks != NULL && hooks_are_stopped(sync->config.hooks);
    if (stops)
        err_set(&sync->end, ERR_INTERRUPTED, "interrupted");
    else
        err_set(&sync->end, ERR_INTERNAL, "zones that nothing happens to");
}

/* What is waited for is seen to be waited for. */
static void set_tick(struct sync *sync)
{
    if (sync->config.tick == 0 || sync->ticks || !is_busy(sync))
        return;
    sync->ticks = true;
    engine_timer(sync->config.engine, &sync->tick, loop_now() + sync->config.tick, sync);
}

static void clear_tick(struct sync *sync)
{
    if (sync->ticks)
        engine_timer_clear(sync->config.engine, &sync->tick);
    sync->ticks = false;
}

static bool take_tick(struct sync *sync, const struct engine_event *event)
{
    if (event->kind != ENGINE_TIMER || event->timer != &sync->tick)
        return false;
    sync->ticks = false;
    sync->config.listener->breathe(sync->config.listener, &sync->progress);
    return true;
}

static void begin_all(struct sync *sync)
{
    if (sync->busy_lanes == 0 && sync->lane_count > LANES_KEPT)
        free_lanes(sync);
    begin_visits(sync);
    begin_group(sync);
    hold_transfers(sync);
    if (sync->config.hooks != NULL)
        hooks_start(sync->config.hooks);
    set_tick(sync);
}

enum sync_step sync_step(struct sync *sync, struct engine_event *event)
{
    enum sync_step step = SYNC_WORKED;
    begin_all(sync);
    if (sync->end.kind == ERR_NONE && !sync->config.stays && !is_busy(sync)) {
        clear_tick(sync);
        return SYNC_IDLE;
    }
    if (sync->end.kind == ERR_NONE) {
        if (!engine_next(sync->config.engine, event))
            take_silence(sync);
        else if (event->kind == ENGINE_STOP)
            err_set(&sync->end, ERR_INTERRUPTED, "interrupted");
        else if (take_tick(sync, event))
            step = SYNC_WORKED;
        else if (is_foreign(sync, event))
            step = SYNC_FOREIGN;
        else
            take(sync, event);
        end_largest(sync);
        breathe(sync);
    }
    if (sync->config.hooks != NULL && hooks_are_stopped(sync->config.hooks)) /* the last one was */
        err_set(&sync->end, ERR_INTERRUPTED, "interrupted");
    return sync->end.kind == ERR_NONE ? step : SYNC_OVER;
}

void sync_stop(struct sync *sync, struct work **pool, struct err *err)
{
    stop(sync, pool);
    *err = sync->end;
}

bool sync_run(struct sync *sync, const struct zones *zones, struct work **pool, struct err *err)
{
    struct engine_event event;
    enum sync_step step = SYNC_WORKED;
    for (size_t i = 0; i < zones->count; i++)
        if (!sync_put(sync, zones->rows[i], false, err))
            return false;
    while (step != SYNC_OVER && step != SYNC_IDLE)
        step = sync_step(sync, &event);
    if (step == SYNC_OVER)
        sync_stop(sync, pool, err);
    return step == SYNC_IDLE;
}

struct sync *sync_new(const struct sync_config *config, struct err *err)
{
    struct sync *sync = calloc(1, sizeof *sync);
    if (sync == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    sync->config = *config;
    config->visits->landing.commit = queue_landing;
    config->visits->landing.context = sync;
    return sync;
}

void sync_free(struct sync *sync)
{
    if (sync == NULL)
        return;
    clear_tick(sync);
    while (sync->spare != NULL) {
        struct visit *visit = sync->spare;
        sync->spare = visit->next;
        free(visit);
    }
    while (sync->commands != NULL) /* the queue of them is gone already */
        forget_command(sync, sync->commands);
    free_lanes(sync);
    free(sync);
}
