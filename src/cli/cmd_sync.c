#include "cli/cmd_sync.h"

#include "cli/run_fence.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/sync_begin.h"
#include "cli/sync_catalogs.h"
#include "cli/sync_end.h"
#include "cli/sync_odd.h"
#include "cli/sync_tell.h"
#include "cli/jsonmem.h"
#include "job/prune.h"

static bool open_sync(struct sync_run *run, struct err *err)
{
    const struct sync_config config = sync_begin_config(run);
    run->sync = sync_new(&config, err);
    return run->sync != NULL;
}

static bool set_up(struct sync_run *run, struct err *err)
{
    if (!sync_begin_outputs(run, err))
        return false;
    /* told of however early the end comes */
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        run->catalogs[i].name = run->zones.catalogs.rows[i]->name;
    run_fence_sync(run->settings, run->list, &run->folder);
    return sync_begin_engine(run, &(struct compile_many){.event_fd = -1}, sync_tell_command, run,
                             err) &&
           open_sync(run, err);
}

/* Which zones, with what, and where: what can be wrong before anything is asked. */
static bool prepare(struct sync_run *run, struct err *err)
{
    return sync_begin_folder(run, err) && sync_begin_list(run, NULL, &run->list, err) &&
           sync_zones_init(&run->zones, run->settings, run->list, 0, err) && set_up(run, err);
}

static void run_hook_all(struct sync_run *run)
{
    struct engine_event event;
    enum hook_step step = hook_all_begin(&run->hook_all, run->net.engine);
    while (step == HOOK_WAITS && engine_next(run->net.engine, &event)) {
        if (event.kind == ENGINE_STOP) {
            hook_all_stop(&run->hook_all);
            break;
        }
        if (event.owner == &run->hook_all)
            step = hook_all_take(&run->hook_all, &event);
    }
    run->summary.hooks_failed += run->hook_all.err.kind != ERR_NONE;
}

static bool sync_all(struct sync_run *run, struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    if (!sync_catalogs_fetch(run, err))
        return false;
    sync_odd_lines(run);
    if ((run->zones.zones.count > 0 || sync_catalogs_good(run)) &&
        !sync_zones_pick(&run->zones, err))
        return false;
    run->summary.has_zones = true;
    if (!sync_odd_servers(run, &run->zones.zones, err) ||
        !sync_run(run->sync, &run->zones.zones, &run->work, err))
        return false;
    run_hook_all(run);
    return sync_odd_files(run, err) &&
           (run->keep_dir[0] == '\0' ||
            prune_old(run->keep_dir, options->keep, !options->has_shard, err));
}

void cmd_sync_misused(const struct settings *settings, const struct loop *loop,
                      const struct err *err)
{
    struct err ignored = {.kind = ERR_NONE};
    struct sync_run *run = settings->metrics.path != NULL ? sync_begin_new(settings, loop) : NULL;
    const char *folder = settings->sync.dir != NULL ? settings->sync.dir : ".";
    const struct zonefolder_config config = {.path = folder, .only_reads = true, .loop = loop};
    if (run == NULL)
        return;
    run->clashes = !run_files_check_sync(settings, folder, &ignored);
    ignored = (struct err){.kind = ERR_NONE};
    run->locked = zonefolder_open(&run->folder, &config, &ignored);
    sync_end_count(run, err, 0);
    sync_end_write(run, err, NULL);
    sync_begin_close(run);
}

int cmd_sync(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    jsonmem_watch();
    struct sync_run *run = sync_begin_new(settings, loop);
    if (run == NULL)
        return ERR_CLASS_INTERNAL;
    bool good = prepare(run, &err) && sync_all(run, &err);
    if (!good && err.kind != ERR_INTERRUPTED)
        say_facts_error(&run->say.words, NULL, &err);
    if (run->output.kind != ERR_NONE)
        say_error("%s", run->output.text);
    int signal_number = end->caught_signal();
    sync_end_count(run, &err, signal_number);
    sync_end_write(run, &err, NULL);
    int status = run->summary.exit;
    end->interrupted = err.kind == ERR_INTERRUPTED;
    end->broken_pipe = run->say.broken_pipe || run->report.broken_pipe;
    sync_begin_close(run);
    return status;
}
