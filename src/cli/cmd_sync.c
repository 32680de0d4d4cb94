#include "cli/cmd_sync.h"

#include "cli/jsonmem.h"
#include "cli/run_fence.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/sync_catalogs.h"
#include "cli/sync_end.h"
#include "cli/sync_tell.h"
#include "io/remnants.h"
#include "job/prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    DOWN_FOR = 10000000, /* microseconds for which a server that is down is not asked */
    FAULTS_SHOWN = 20,
};

static const char OLD_FOLDER[] = ".old";

/* ---- Before anything is asked -------------------------------------------------------------- */

static bool read_list(struct sync_run *run, struct teller *teller, struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    const struct zonelist_config config = {
        .run = run->settings,
        .loop = run->loop,
        .deadline = LOOP_NEVER,
        .teller = teller,
        .servers_come = options->catalogs.count > 0,
        .max_faults = FAULTS_SHOWN,
    };
    run->list = zonelist_read(&config, options->list, err);
    if (run->list == NULL)
        return false;
    const struct faults *faults = zonelist_faults(run->list);
    run->summary.invalid_lines = faults->count;
    for (unsigned i = 0; i < faults->kept; i++)
        say("%s", faults->texts[i]);
    if (faults->count > faults->kept)
        say("%.200s: %llu bad lines in all", options->list, (unsigned long long)faults->count);
    return faults->count == 0 || options->skips_bad_lines ||
           err_set(err, ERR_USAGE,
                   "nothing was asked, because of the bad lines; --bad-lines skip leaves them out");
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

static bool open_folder(struct sync_run *run, struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    const struct zonefolder_config config = {
        .path = options->dir != NULL ? options->dir : ".",
        .is_shared = options->has_shard,
        .only_reads = options->dry_run,
        .waits = run->settings->output.wait,
        .loop = run->loop,
    };
    if (!check_folder(options->diff_dir, "diff-dir", err) ||
        !check_folder(options->unlisted_to, "unlisted-to", err) ||
        !check_folder(run->settings->gates.keep_refused, "keep-refused", err) ||
        !zonefolder_open(&run->folder, &config, err))
        return false;
    run->locked = true;
    if (!options->dry_run)
        remove_remnants(run->settings);
    return open_keep(run, err);
}

/* Each zone that waits to be committed has its temporary file open. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- The run ------------------------------------------------------------------------------- */

static bool open_hooks(struct sync_run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    const struct hooks_config config = {
        .command = settings->exec,
        .limit = settings->gates.cmd_timeout,
        .jobs = settings->sync.exec_jobs,
        .loop = run->loop,
        .teller = &run->teller.teller,
        .engine = run->net.engine,
        .ended = sync_tell_command,
        .context = run,
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

static bool open_engine(struct sync_run *run, struct err *err)
{
    run->work = work_new(run->jobs + 1, err);
    return run->work != NULL &&
           compile_net_many(&run->net, run->settings, run->loop, run->work, DOWN_FOR, err);
}

static bool open_sync(struct sync_run *run, struct err *err)
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
    const struct sync_config config = {
        .visits = &run->visits,
        .engine = run->net.engine,
        .loop = run->loop,
        .hooks = run->hooks,
        .markers = &run->folder.markers,
        .listener = &run->listener,
        .memory = options->memory,
    };
    run->sync = sync_new(&config, err);
    return run->sync != NULL;
}

static bool open_outputs(struct sync_run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    run->has_report = settings->report != NULL;
    return (!run->has_report || report_sync_open(&run->report, settings->report,
                                                 settings->output.new_mode, run->loop, err)) &&
           say_sync_open(&run->say, run->loop, err);
}

static bool set_up(struct sync_run *run, struct err *err)
{
    size_t count = run->settings->sync.catalogs.count;
    run->ends = calloc(count + 1, sizeof *run->ends);
    run->catalogs = calloc(count + 1, sizeof *run->catalogs);
    /* told of however early the end comes */
    for (size_t i = 0; run->catalogs != NULL && i < run->zones.catalogs.count; i++)
        run->catalogs[i].name = run->zones.catalogs.rows[i]->name;
    if (run->ends == NULL || run->catalogs == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    raise_limit();
    if (!open_outputs(run, err))
        return false;
    run->jobs = compile_jobs(run->settings); /* by files that the fence keeps out */
    run_fence_sync(run->settings, run->list, &run->folder);
    return open_engine(run, err) && open_hooks(run, err) && open_sync(run, err);
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

/* Only a run that knows all zones can tell which files are of none. */
static bool judges_unlisted(const struct sync_run *run)
{
    const struct sync_options *options = &run->settings->sync;
    bool has_source = options->list != NULL || options->catalogs.count > 0;
    return has_source && !sync_zones_is_narrow(run->settings) && run->summary.invalid_lines == 0 &&
           sync_catalogs_good(run);
}

static bool judge_unlisted(struct sync_run *run, struct err *err)
{
    enum { PERCENT = 100 };
    const struct sync_options *options = &run->settings->sync;
    const struct zones *lists[] = {&run->zones.zones, &run->zones.catalogs, &run->zones.others};
    struct unlisted *unlisted = &run->unlisted;
    if (!judges_unlisted(run))
        return true;
    if (!unlisted_find(unlisted, &run->folder, lists, sizeof lists / sizeof *lists, err))
        return false;
    run->summary.has_unlisted = true;
    run->summary.unlisted = unlisted->count;
    run->summary.too_many_unlisted =
        unlisted->count * PERCENT > unlisted->files * options->max_unlisted;
    for (size_t i = 0; run->settings->verbose > 0 && i < unlisted->count; i++)
        say("%.300s/%.250s: no zone of this run names it", run->folder.path, unlisted->names[i]);
    if (run->summary.too_many_unlisted)
        say("%llu of %llu files in %.300s are of no zone of this run, more than --max-unlisted "
            "%u%% "
            "allows",
            (unsigned long long)unlisted->count, (unsigned long long)unlisted->files,
            run->folder.path, options->max_unlisted);
    return run->summary.too_many_unlisted || options->unlisted_to == NULL || options->dry_run ||
           unlisted_move(unlisted, &run->folder, options->unlisted_to, err);
}

/* Lines that do nothing, which is likely to be a mistake, if not of this list. */
static void tell_strays(const struct sync_run *run)
{
    struct name_string name;
    const struct zone *zone;
    size_t at = 0;
    unsigned count = 0;
    if (run->settings->quiet || !sync_catalogs_read(run))
        return;
    while ((zone = sync_zones_stray(&run->zones, &at)) != NULL)
        if (++count <= FAULTS_SHOWN)
            say("%.200s:%u: no catalog has %s", zone->origin, (unsigned)zone->origin_line,
                sync_facts_name(&name, zone->name));
    if (count > FAULTS_SHOWN)
        say("%.200s: %u lines whose zones no catalog has", run->settings->sync.list, count);
}

/* The same of groups: a slip of the pen would leave their members out, or without their options. */
static void tell_stray_groups(const struct sync_run *run)
{
    const struct sync_options *options = &run->settings->sync;
    const char *group;
    size_t n;
    unsigned line;
    if (run->settings->quiet || !sync_catalogs_read(run))
        return;
    for (size_t i = 0; i < options->groups.count; i++) {
        group = options->groups.words[i];
        if (!sync_zones_has_group(&run->zones, group, strlen(group)))
            say("--group %.200s: no catalog has a member of this group", group);
    }
    for (size_t i = 0; (group = zonelist_group(run->list, i, &n, &line)) != NULL; i++)
        if (!sync_zones_has_group(&run->zones, group, n))
            say("%.200s:%u: no catalog has a member of the group %.*s", options->list, line,
                (int)(n < 200 ? n : 200), group);
}

/* Servers that have no key where others have keys of their own: each once, not for each zone. */
static bool tell_servers(const struct sync_run *run, const struct orders *orders, struct dict *told,
                         struct err *err)
{
    static char there; /* a value that is not NULL */
    const struct route *route = &orders->route;
    if (!keys_have_servers(route->keys) || route->tls_proves)
        return true;
    for (size_t i = 0; i < route->server_count; i++) {
        const char *word = route->servers[i].word;
        if (keys_for(route->keys, &route->servers[i]) != NULL ||
            dict_value(told, word, strlen(word)) != NULL)
            continue;
        if (!run->settings->quiet)
            say("%.250s: warning: not authenticated: --server-key has no key for this server",
                word);
        if (!dict_add(told, word, strlen(word), &there, err))
            return false;
    }
    return true;
}

static bool tell_unsigned(const struct sync_run *run, const struct zones *zones, struct err *err)
{
    struct dict seen = {.seed = 0}, told = {.seed = 0};
    bool good = true;
    for (size_t i = 0; good && !run->settings->strict && i < zones->count; i++) {
        const struct orders *orders = zones->rows[i]->orders;
        if (dict_value(&seen, &orders, sizeof orders) != NULL)
            continue;
        good = dict_add(&seen, &orders, sizeof orders, (void *)(uintptr_t)orders, err) &&
               tell_servers(run, orders, &told, err);
    }
    dict_fini(&seen);
    dict_fini(&told);
    return good;
}

static bool sync_all(struct sync_run *run, struct err *err)
{
    const struct sync_options *options = &run->settings->sync;
    if (!sync_catalogs_fetch(run, err))
        return false;
    tell_strays(run);
    tell_stray_groups(run);
    if ((run->zones.zones.count > 0 || sync_catalogs_good(run)) &&
        !sync_zones_pick(&run->zones, err))
        return false;
    run->summary.has_zones = true;
    if (!tell_unsigned(run, &run->zones.zones, err) ||
        !sync_run(run->sync, &run->zones.zones, &run->work, err))
        return false;
    run_hook_all(run);
    return judge_unlisted(run, err) &&
           (run->keep_dir[0] == '\0' ||
            prune_old(run->keep_dir, options->keep, !options->has_shard, err));
}

/* Which zones, with what, and where: what can be wrong before anything is asked. */
static bool prepare(struct sync_run *run, struct err *err)
{
    const char *folder = run->settings->sync.dir != NULL ? run->settings->sync.dir : ".";
    run->clashes = !run_files_check_sync(run->settings, folder, err);
    return !run->clashes && open_folder(run, err) && read_list(run, &run->teller.teller, err) &&
           sync_zones_init(&run->zones, run->settings, run->list, err) && set_up(run, err);
}

static void close_all(struct sync_run *run)
{
    hooks_free(run->hooks);
    sync_free(run->sync);
    hook_all_fini(&run->hook_all);
    compile_net_fini(&run->net);
    work_free(run->work);
    for (size_t i = 0; run->ends != NULL && i < run->zones.catalogs.count; i++)
        catalog_free(run->ends[i].catalog);
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

static struct sync_run *new_run(const struct settings *settings, const struct loop *loop)
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
    say_sync_init(&run->say, settings, !settings->quiet && !to_stdout, compile_progress(settings));
    return run;
}

void cmd_sync_misused(const struct settings *settings, const struct loop *loop,
                      const struct err *err)
{
    struct err ignored = {.kind = ERR_NONE};
    struct sync_run *run = settings->metrics.path != NULL ? new_run(settings, loop) : NULL;
    const char *folder = settings->sync.dir != NULL ? settings->sync.dir : ".";
    const struct zonefolder_config config = {.path = folder, .only_reads = true, .loop = loop};
    if (run == NULL)
        return;
    run->clashes = !run_files_check_sync(settings, folder, &ignored);
    ignored = (struct err){.kind = ERR_NONE};
    run->locked = zonefolder_open(&run->folder, &config, &ignored);
    sync_end_count(run, err, 0);
    sync_end_write(run, err);
    close_all(run);
}

int cmd_sync(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    jsonmem_watch();
    struct sync_run *run = new_run(settings, loop);
    if (run == NULL)
        return ERR_CLASS_INTERNAL;
    bool good = prepare(run, &err) && sync_all(run, &err);
    if (!good && err.kind != ERR_INTERRUPTED)
        say_facts_error(&run->say.words, NULL, &err);
    if (run->output.kind != ERR_NONE)
        say("%s", run->output.text);
    int signal_number = end->caught_signal();
    sync_end_count(run, &err, signal_number);
    sync_end_write(run, &err);
    int status = run->summary.exit;
    end->interrupted = err.kind == ERR_INTERRUPTED;
    end->broken_pipe = run->say.broken_pipe || run->report.broken_pipe;
    close_all(run);
    return status;
}
