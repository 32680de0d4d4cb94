#include "job/hooks.h"

#include <stdlib.h>

/* A zone whose turn has not come. */
struct entry {
    struct entry *next;
    const uint8_t *zone;
    const char *file, *diff;
    void *owner;
    uint64_t stamp;
    uint64_t since; /* moment since which it waits for another run; 0: it does not */
    bool told;      /* ... which was told */
};
_Static_assert(sizeof(struct entry) <= 64, "every zone of a run may have one");

struct queue_of_zones {
    struct entry *first, **end;
    size_t count;
};

struct place {
    struct hook hook;    /* the first member: it is the owner of events */
    struct entry *entry; /* whose hook it is; NULL: it is free */
    bool later;          /* the hook waits for a lock, to remove its note */
};

struct hooks {
    struct hooks_config config;
    struct queue_of_zones fresh, held; /* held: another process has a lock of theirs */
    size_t ripe;                       /* of those that are held: to be looked at again now */
    size_t busy;                       /* places that are taken */
    struct timer timer;
    bool is_stopped;
    struct place places[];
};

/* ---- The queue ----------------------------------------------------------------------------- */

static void append(struct queue_of_zones *queue, struct entry *entry)
{
    entry->next = NULL;
    *queue->end = entry;
    queue->end = &entry->next;
    queue->count++;
}

static struct entry *take_first(struct queue_of_zones *queue)
{
    struct entry *entry = queue->first;
    queue->first = entry->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    queue->count--;
    return entry;
}

static void forget_all(struct queue_of_zones *queue)
{
    while (queue->first != NULL)
        free(take_first(queue));
}

struct hooks *hooks_new(const struct hooks_config *config, struct err *err)
{
    unsigned jobs = config->jobs == 0 ? 1 : config->jobs;
    struct hooks *hooks = calloc(1, sizeof *hooks + jobs * sizeof hooks->places[0]);
    if (hooks == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    hooks->config = *config;
    hooks->config.jobs = jobs;
    hooks->fresh.end = &hooks->fresh.first;
    hooks->held.end = &hooks->held.first;
    return hooks;
}

bool hooks_add(struct hooks *hooks, const struct hooks_what *what, struct err *err)
{
    struct entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    *entry = (struct entry){.zone = what->zone,
                            .file = what->file,
                            .diff = what->diff,
                            .owner = what->owner,
                            .stamp = what->stamp};
    append(&hooks->fresh, entry);
    return true;
}

size_t hooks_left(const struct hooks *hooks)
{
    return hooks->fresh.count + hooks->held.count + hooks->busy;
}

bool hooks_are_stopped(const struct hooks *hooks)
{
    return hooks->is_stopped;
}

bool hooks_owns(const struct hooks *hooks, const void *owner)
{
    const void *end = hooks->places + hooks->config.jobs;
    return (uintptr_t)owner >= (uintptr_t)hooks && (uintptr_t)owner < (uintptr_t)end;
}

/* ---- One after the other ------------------------------------------------------------------- */

/* Frees a place, and returns who was there. */
static struct entry *clear(struct hooks *hooks, struct place *place)
{
    struct entry *entry = place->entry;
    hook_fini(&place->hook);
    place->entry = NULL;
    place->later = false;
    hooks->busy--;
    return entry;
}

/* A signal may be known to the hook before the engine tells of it. */
static void end(struct hooks *hooks, struct place *place)
{
    hooks->is_stopped = hooks->is_stopped || place->hook.err.kind == ERR_INTERRUPTED;
    hooks->config.ended(hooks->config.context, place->entry->owner, &place->hook);
    free(clear(hooks, place));
}

static void set_timer(struct hooks *hooks)
{
    if (!hooks->timer.is_set)
        engine_timer(hooks->config.engine, &hooks->timer, loop_now() + HOOK_PAUSE, hooks);
}

/* Another process has a lock for longer than its command may run: the note stays, for the next run.
 */
static bool is_given_up(const struct hooks *hooks, struct entry *entry)
{
    if (entry->since == 0)
        entry->since = loop_now();
    return hooks->config.limit != 0 && loop_now() - entry->since >= hooks->config.limit;
}

static void after_step(struct hooks *hooks, struct place *place, enum hook_step step)
{
    switch (step) {
    case HOOK_OVER:
        end(hooks, place);
        break;
    case HOOK_LATER:
        set_timer(hooks);
        if (place->hook.ran) {
            place->later = true;
            break;
        }
        if (is_given_up(hooks, place->entry)) {
            hook_give_up(&place->hook);
            end(hooks, place);
            break;
        }
        place->entry->told = place->hook.told;
        append(&hooks->held, clear(hooks, place));
        break;
    case HOOK_WAITS:
    default:
        break;
    }
}

static void begin(struct hooks *hooks, struct place *place, struct entry *entry)
{
    const struct hooks_config *config = &hooks->config;
    const struct hook_config hook = {.command = config->command,
                                     .limit = config->limit,
                                     .loop = config->loop,
                                     .deadline = LOOP_NEVER,
                                     .teller = config->teller};
    const struct usercmd_facts facts = {.zone = entry->zone,
                                        .zone_length = name_length(entry->zone, NAME_MAX_WIRE),
                                        .file = entry->file,
                                        .diff = entry->diff};
    hook_init(&place->hook, &hook);
    hook_expect(&place->hook, entry->stamp, &facts);
    place->hook.told = entry->told;
    place->entry = entry;
    hooks->busy++;
    enum hook_step step = hook_begin(&place->hook, config->engine);
    after_step(hooks, place, step);
}

/* NULL: nobody's turn has come. */
static struct entry *next_entry(struct hooks *hooks)
{
    if (hooks->ripe > 0) {
        hooks->ripe--;
        return take_first(&hooks->held);
    }
    return hooks->fresh.count > 0 ? take_first(&hooks->fresh) : NULL;
}

static struct place *free_place(struct hooks *hooks)
{
    for (unsigned i = 0; i < hooks->config.jobs && !hooks->is_stopped; i++)
        if (hooks->places[i].entry == NULL)
            return &hooks->places[i];
    return NULL;
}

void hooks_start(struct hooks *hooks)
{
    struct place *place;
    struct entry *entry;
    while ((place = free_place(hooks)) != NULL && (entry = next_entry(hooks)) != NULL)
        begin(hooks, place, entry);
    if (hooks->held.count > 0 && !hooks->is_stopped)
        set_timer(hooks);
}

static void look_again(struct hooks *hooks)
{
    hooks->ripe = hooks->held.count;
    for (unsigned i = 0; i < hooks->config.jobs; i++) {
        struct place *place = &hooks->places[i];
        if (place->entry == NULL || !place->later)
            continue;
        place->later = false;
        after_step(hooks, place, hook_begin(&place->hook, hooks->config.engine));
    }
}

void hooks_take(struct hooks *hooks, const struct engine_event *event)
{
    if (event->kind == ENGINE_TIMER) {
        look_again(hooks);
    } else if (event->kind == ENGINE_CHILD) {
        struct place *place = event->owner;
        after_step(hooks, place, hook_take(&place->hook, event));
    }
    hooks_start(hooks);
}

void hooks_stop(struct hooks *hooks)
{
    hooks->is_stopped = true;
    engine_timer_clear(hooks->config.engine, &hooks->timer);
    for (unsigned i = 0; i < hooks->config.jobs; i++)
        engine_child_stop(&hooks->places[i].hook.command.child);
    for (unsigned i = 0; i < hooks->config.jobs; i++) {
        struct place *place = &hooks->places[i];
        if (place->entry == NULL)
            continue;
        hook_stop(&place->hook);
        end(hooks, place);
    }
}

void hooks_free(struct hooks *hooks)
{
    if (hooks == NULL)
        return;
    engine_timer_clear(hooks->config.engine, &hooks->timer);
    for (unsigned i = 0; i < hooks->config.jobs; i++) {
        struct place *place = &hooks->places[i];
        if (place->entry == NULL)
            continue;
        usercmd_stop(&place->hook.command, hooks->config.engine);
        free(clear(hooks, place));
    }
    forget_all(&hooks->fresh);
    forget_all(&hooks->held);
    free(hooks);
}
