#include "cli/watch_beat.h"

#include "cli/compile.h"
#include "cli/metrics.h"
#include "cli/say.h"
#include "cli/sync_catalogs.h"
#include "cli/sync_end.h"
#include "cli/sync_odd.h"
#include "cli/watch_tell.h"
#include "job/prune.h"

#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    SECOND = 1000000,
    STATUS_EVERY = 5, /* beats */
    METRICS_EVERY = 15 * SECOND,
    METRICS_ANYHOW = 60 * SECOND,
    TRIM_EVERY = 15 * SECOND,
    SHARE = 100, /* each of them takes one part of so many of the time */
};

#define PRUNE_EVERY ((uint64_t)3600 * SECOND)

/* When what began at `since` and is done now may be done again. */
static uint64_t pause_until(uint64_t since, uint64_t least)
{
    uint64_t now = loop_now(), pause = SHARE * (now - since);
    return now + (pause > least ? pause : least);
}

static void write_metrics(struct watch_run *watch, uint64_t now)
{
    struct sync_run *run = watch->run;
    struct err err = {.kind = ERR_NONE};
    if (run->settings->metrics.path == NULL || now < watch->metrics_at ||
        (!watch->has_news && now < watch->metrics_at + METRICS_ANYHOW - METRICS_EVERY))
        return;
    sync_end_count(run, &err, 0);
    bool good = sync_end_metrics(run, &err, watch->counters, &err);
    say_watch_task(&watch->say, SAY_WATCH_METRICS, good ? NULL : err.text, loop_now());
    watch->metrics_at = pause_until(now, METRICS_EVERY);
    watch->has_news = false;
}

static void say_status(struct watch_run *watch, const struct schedule_counts *counts)
{
    const struct zones *zones = &watch->run->zones.zones;
    char text[sizeof watch->status];
    size_t failing = 0;
    if (watch->service.fd < 0)
        return;
    for (size_t i = 0; i < zones->count; i++)
        failing += zones->rows[i]->exit != ERR_CLASS_OK;
    snprintf(text, sizeof text, "%s%zu zones: %zu failing, %zu expired",
             watch->first_round ? "first round, " : "", zones->count, failing, counts->expired);
    if (strcmp(text, watch->status) == 0)
        return;
    memcpy(watch->status, text, sizeof text);
    service_status(&watch->service, text);
}

static void prune(struct watch_run *watch, uint64_t now)
{
    struct sync_run *run = watch->run;
    struct err err = {.kind = ERR_NONE};
    if (run->keep_dir[0] == '\0' || !watch->has_replaced || now < watch->pruned_at + PRUNE_EVERY)
        return;
    watch->pruned_at = now;
    watch->has_replaced = false;
    if (!prune_old(run->keep_dir, run->settings->sync.keep, false, &err))
        say_error("%s", err.text);
}

/* Whether each zone that there is now was looked at once. That none is looked at just now is
 * another thing: it may never be so, where servers are slow. */
static bool were_looked_at(const struct watch_run *watch)
{
    const struct zones *const lists[] = {&watch->run->zones.catalogs, &watch->run->zones.zones};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            if (lists[i]->rows[j]->state == ZONE_WAITS)
                return false;
    return true;
}

/* Until each zone was looked at once, a terminal shows how far that is. */
static void show_first_round(const struct watch_run *watch)
{
    const struct zones *const lists[] = {&watch->run->zones.catalogs, &watch->run->zones.zones};
    size_t all = 0, done = 0;
    if (!watch->first_round || !compile_progress(watch->run->settings))
        return;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        all += lists[i]->count;
        for (size_t j = 0; j < lists[i]->count; j++)
            done += lists[i]->rows[j]->state != ZONE_WAITS;
    }
    say_progress("%zu of %zu zones were looked at for the first time", done, all);
}

/* Which files are of no zone: once all zones were looked at, and again after their list has become
 * another one. */
static void look_at_files(struct watch_run *watch)
{
    struct sync_run *run = watch->run;
    struct err err = {.kind = ERR_NONE};
    if (!watch->looks_at_files || watch->first_round || !were_looked_at(watch))
        return;
    watch->looks_at_files = false;
    unlisted_fini(&run->unlisted);
    if (!zonefolder_reread(&run->folder, &err) || !sync_odd_files(run, &err))
        say_error("%s", err.text);
    watch->has_news = true;
}

static void end_first_round(struct watch_run *watch)
{
    if (watch->first_round && !watch->catalog_came && were_looked_at(watch)) {
        watch->first_round = false;
        say_progress_end();
        watch->metrics_at = 0;
        watch->has_news = true;
    }
}

/* Many looks at once leave holes between what stays, which the C library would keep, and more of
 * them each time. */
static void give_memory_back(struct watch_run *watch, uint64_t now)
{
    if (!watch->has_looked || now < watch->trim_at)
        return;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    watch->has_looked = false;
    watch->trim_at = pause_until(now, TRIM_EVERY);
}

void watch_beat(struct watch_run *watch)
{
    const struct schedule_counts counts = watcher_counts(watch->watcher);
    uint64_t now = loop_now();
    watch->beats++;
    end_first_round(watch);
    watch_tell_kept(watch, false);
    look_at_files(watch);
    write_metrics(watch, now);
    prune(watch, now);
    give_memory_back(watch, loop_now());
    if (watch->beats % STATUS_EVERY == 1 || watch->first_round)
        say_status(watch, &counts);
    show_first_round(watch);
    if (watch->service.ping_every > 0)
        service_ping(&watch->service);
    uint64_t ping = watch->service.ping_every, pause = ping > 0 && ping < SECOND ? ping : SECOND;
    engine_timer(watch->run->net.engine, &watch->beat, loop_now() + pause, watch);
}
