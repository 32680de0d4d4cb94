#include "cli/sync_begin.h"

#include "cli/command.h"
#include "cli/jsonmem.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/sync_catalogs.h"
#include "cli/sync_tell.h"
#include "io/remnants.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    DOWN_FOR = 10000000,    /* microseconds for which a server that is down is not asked */
    DOWN_BRIEFLY = 3000000, /* ... by watch: less than the first pause after a failure, else
                             * the next one would fail without a try */
    FAULTS_SHOWN = 20,
    PROGRESS_TICK = 500000, /* microseconds */
};

static const char OLD_FOLDER[] = ".old";

/* ---- Lists and folders --------------------------------------------------------------------- */

bool sync_begin_list(struct sync_run *run, const struct zonelist *before, struct zonelist **list,
                     struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    const struct zonelist_config config = {
        .run = run->settings,
        .loop = run->loop,
        .deadline = LOOP_NEVER,
        .teller = &run->teller.teller,
        .before = before,
        .servers_come = options->catalogs.count > 0,
        .max_faults = FAULTS_SHOWN,
    };
    *list = zonelist_read(&config, options->list, err);
    if (*list == NULL)
        return false;
    const struct faults *faults = zonelist_faults(*list);
    run->summary.invalid_lines = faults->count;
    for (unsigned i = 0; i < faults->kept; i++)
        say_error("%s", faults->texts[i]);
    if (faults->count > faults->kept)
        say("%.200s: %llu bad lines in all", options->list, (unsigned long long)faults->count);
    return faults->count == 0 || options->skips_bad_lines ||
           err_set(err, ERR_USAGE, "%sbecause of the bad lines; --bad-lines skip leaves them out",
                   before == NULL ? "nothing was asked, " : "");
}

/* The files there have other names in each run. */
static void remove_remnants(const struct settings *settings)
{
    if (settings->sync.diff_dir != NULL)
        remnants_remove(settings->sync.diff_dir, ".diff");
    if (settings->gates.keep_refused != NULL)
        remnants_remove(settings->gates.keep_refused, ".zone");
}

/* A folder that an option names must be there. */
static bool check_folder(const char *path, const char *option, struct err *err)
{
    struct stat st;
    if (path == NULL || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return true;
    return err_set(err, ERR_OUTPUT, "--%s: %.300s is not a folder that is there", option, path);
}

static bool open_keep(struct sync_run *run, struct err *err)
{
    struct stat st;
    if (run->settings->sync.keep == 0 || run->settings->sync.dry_run)
        return true;
    snprintf(run->keep_dir, sizeof run->keep_dir, "%.4000s/%s", run->folder.path, OLD_FOLDER);
    if (mkdir(run->keep_dir, 0777) != 0 && errno != EEXIST)
        return err_set_errno(err, ERR_OUTPUT, errno, "cannot make the folder %.300s",
                             run->keep_dir);
    /* Old files are removed there, so it may not be a link to anywhere. */
    return (lstat(run->keep_dir, &st) == 0 && S_ISDIR(st.st_mode)) ||
           err_set(err, ERR_OUTPUT, "%.300s is in the way: not a folder", run->keep_dir);
}

bool sync_begin_folder(struct sync_run *run, struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    const char *folder = options->dir != NULL ? options->dir : ".";
    const struct zonefolder_config config = {
        .path = folder,
        .is_shared = options->has_shard,
        .only_reads = options->dry_run,
        .waits = run->settings->output.wait,
        .loop = run->loop,
    };
    run->clashes = !run_files_check_sync(run->settings, folder, err);
    if (run->clashes || !check_folder(options->diff_dir, "diff-dir", err) ||
        !check_folder(options->unlisted_to, "unlisted-to", err) ||
        !check_folder(run->settings->gates.keep_refused, "keep-refused", err) ||
        !zonefolder_open(&run->folder, &config, err))
        return false;
    run->locked = true;
    if (!options->dry_run)
        remove_remnants(run->settings);
    return open_keep(run, err);
}

/* ---- What works, and what is told ----------------------------------------------------------- */

/* Each zone that waits to be committed has its temporary file open. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_report(struct sync_run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    bool stays = settings->command->bit == COMMAND_WATCH;
    return (stays ? report_sync_append : report_sync_open)(
        &run->report, settings->report, settings->output.new_mode, run->loop, err);
}

bool sync_begin_outputs(struct sync_run *run, struct err *err)
{
    size_t count = run->settings->sync.catalogs.count;
    run->ends = calloc(count + 1, sizeof *run->ends);
    run->catalogs = calloc(count + 1, sizeof *run->catalogs);
    if (run->ends == NULL || run->catalogs == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    raise_limit();
    run->jobs = compile_jobs(run->settings); /* by files that the fence keeps out */
    run->has_report = run->settings->report != NULL;
    return (!run->has_report || open_report(run, err)) && say_sync_open(&run->say, run->loop, err);
}

static bool open_hooks(struct sync_run *run, sync_begin_ended *ended, void *context,
                       struct err *err)
{
    const struct settings *settings = run->settings;
    const struct hooks_config config = {
        .command = settings->exec,
        .limit = settings->gates.cmd_timeout,
        .jobs = settings->sync.exec_jobs,
        .loop = run->loop,
        .teller = &run->teller.teller,
        .engine = run->net.engine,
        .ended = ended,
        .context = context,
    };
    bool looks = settings->sync.dry_run;
    const struct hook_all_config all = {.command = looks ? NULL : settings->sync.exec_all,
                                        .limit = settings->gates.cmd_timeout,
                                        .teller = &run->teller.teller};
    hook_all_init(&run->hook_all, &all);
    if (settings->exec == NULL || looks)
        return true;
    run->hooks = hooks_new(&config, err);
    return run->hooks != NULL;
}

bool sync_begin_engine(struct sync_run *run, const struct compile_many *many,
                       sync_begin_ended *ended, void *context, struct err *err)
{
    struct compile_many all = *many;
    bool stays = run->settings->command->bit == COMMAND_WATCH;
    all.down_for = stays ? DOWN_BRIEFLY : DOWN_FOR;
    all.work = run->work = work_new(run->jobs + 1, err);
    return run->work != NULL && compile_net_many(&run->net, run->settings, run->loop, &all, err) &&
           open_hooks(run, ended, context, err);
}

struct sync_config sync_begin_config(struct sync_run *run)
{
    const struct settings *settings = run->settings;
    const struct sync_options *options = &settings->sync;
    run->visits = (struct visit_shared){
        .landing = {.engine = run->net.engine,
                    .work = run->work,
                    .tasks_most = run->jobs,
                    .loop = run->loop,
                    .diff_dir = options->diff_dir,
                    .keep_dir = run->keep_dir[0] != '\0' ? run->keep_dir : NULL,
                    .notes_hooks = run->hooks != NULL,
                    .counts = true,
                    .judge = sync_catalogs_judge,
                    .judge_context = run},
        .endpoints = run->net.endpoints,
        .folder = run->folder.path,
        .new_mode = settings->output.new_mode,
        .adopts = options->adopt,
        .looks = options->dry_run,
        .rechecks = options->recheck,
        .watches = settings->verbose > 1,
        .part = options->has_shard ? options->shard : 0,
    };
    return (struct sync_config){
        .visits = &run->visits,
        .engine = run->net.engine,
        .loop = run->loop,
        .hooks = run->hooks,
        .markers = &run->folder.markers,
        .listener = &run->listener,
        .tick = run->say.has_progress ? PROGRESS_TICK : 0,
        .memory = settings->memory,
    };
}

/* ---- The whole of it ------------------------------------------------------------------------- */

struct sync_run *sync_begin_new(const struct settings *settings, const struct loop *loop)
{
    struct sync_run *run = calloc(1, sizeof *run);
    bool to_stdout = settings->report != NULL && strcmp(settings->report, "-") == 0;
    if (run == NULL) {
        say("out of memory");
        return NULL;
    }
    run->listener = sync_tell_listener();
    run->teller = (struct zone_teller){{sync_tell_run}, run, NULL};
    run->settings = settings;
    run->loop = loop;
    run->folder.fd = -1;
    run->started = loop_time_of_day();
    loop_halt_init(&run->halt, loop, LOOP_NEVER);
    report_sync_init(&run->report);
    say_sync_init(&run->say, settings, !settings->quiet && !to_stdout,
                  settings->command->bit == COMMAND_SYNC && compile_progress(settings));
    return run;
}

static void free_catalogs(struct catalog_end *end)
{
    catalog_free(end->catalog);
    catalog_free(end->candidate);
}

void sync_begin_close(struct sync_run *run)
{
    hooks_free(run->hooks);
    sync_free(run->sync);
    hook_all_fini(&run->hook_all);
    compile_net_fini(&run->net);
    work_free(run->work);
    for (size_t i = 0; run->ends != NULL && i < run->zones.catalogs.count; i++)
        free_catalogs(&run->ends[i]);
    unlisted_fini(&run->unlisted);
    say_sync_fini(&run->say);
    report_sync_fini(&run->report);
    sync_zones_fini(&run->zones);
    zonelist_free(run->list);
    zonefolder_close(&run->folder);
    free(run->ends);
    free(run->catalogs);
    free(run->servers);
    free(run);
}
