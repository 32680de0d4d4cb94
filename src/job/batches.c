#include "job/batches.h"

#include <inttypes.h>
#include <stdio.h>

void batches_init(struct batches *batches, const struct hook_all_config *config,
                  struct engine *engine, uint64_t delay)
{
    *batches = (struct batches){
        .config = *config, .engine = engine, .delay = delay, .pause = BATCHES_PAUSE};
    hook_all_init(&batches->sets[0], config);
    hook_all_init(&batches->sets[1], config);
}

static void set_timer(struct batches *batches, uint64_t pause)
{
    if (!batches->timer.is_set && !batches->runs)
        engine_timer(batches->engine, &batches->timer, loop_now() + pause, batches);
}

void batches_add(struct batches *batches, const void *line, size_t length)
{
    if (batches->config.command == NULL)
        return;
    hook_all_add(&batches->sets[batches->gathers], line, length);
    set_timer(batches, batches->delay);
}

bool batches_owns(const struct batches *batches, const void *owner)
{
    return owner == batches || owner == &batches->sets[0] || owner == &batches->sets[1];
}

static void renew(struct batches *batches, struct hook_all *set)
{
    hook_all_fini(set);
    hook_all_init(set, &batches->config);
}

static void tell_dropped(const struct batches *batches, uint64_t octets)
{
    struct teller *teller = batches->config.teller;
    char text[160];
    snprintf(text, sizeof text,
             "--exec-all: it was not run well for so long that %" PRIu64
             " octets of lines are dropped; it will not be told of the zones in them",
             octets);
    teller->tell(teller, &(struct fact){.kind = FACT_REMARK, .text = text});
}

/* What has come while the command ran is of the batch that it will be run for again. */
static void put_together(struct batches *batches, unsigned failed)
{
    struct hook_all *set = &batches->sets[failed], *other = &batches->sets[!failed];
    uint64_t size = hook_all_size(set);
    if (size > BATCHES_MOST) {
        tell_dropped(batches, size);
        renew(batches, set);
        return;
    }
    hook_all_keep(set);
    hook_all_append(set, other);
    renew(batches, other);
    batches->gathers = failed;
}

static void end(struct batches *batches, unsigned number, struct err *failure)
{
    struct hook_all *set = &batches->sets[number];
    bool failed = set->err.kind != ERR_NONE;
    *failure = set->err;
    batches->runs = false;
    if (failed)
        put_together(batches, number);
    else
        renew(batches, set);
    uint64_t pause = failed ? batches->pause : batches->delay;
    batches->pause = failed ? 2 * batches->pause : BATCHES_PAUSE;
    if (batches->pause > BATCHES_PAUSE_MOST)
        batches->pause = BATCHES_PAUSE_MOST;
    if (hook_all_size(&batches->sets[batches->gathers]) > 0)
        set_timer(batches, pause);
}

/* The batch that has gathered runs, and the other one gathers. Returns whether it is over at once.
 */
static bool begin(struct batches *batches, struct err *failure)
{
    unsigned number = batches->gathers;
    batches->runs = true;
    batches->gathers = !number;
    if (hook_all_begin(&batches->sets[number], batches->engine) == HOOK_WAITS)
        return false;
    end(batches, number, failure);
    return failure->kind != ERR_NONE;
}

bool batches_take(struct batches *batches, const struct engine_event *event, struct err *failure)
{
    if (event->owner == batches)
        return !batches->runs && begin(batches, failure);
    unsigned number = event->owner == &batches->sets[1];
    if (hook_all_take(&batches->sets[number], event) == HOOK_WAITS)
        return false;
    end(batches, number, failure);
    return true;
}

void batches_stop(struct batches *batches)
{
    if (batches->runs)
        hook_all_stop(&batches->sets[!batches->gathers]);
}

void batches_fini(struct batches *batches)
{
    if (batches->engine != NULL)
        engine_timer_clear(batches->engine, &batches->timer);
    hook_all_fini(&batches->sets[0]);
    hook_all_fini(&batches->sets[1]);
}
