#include "cli/cmd_watch.h"

#include "cli/idn.h"
#include "cli/jsonmem.h"
#include "cli/run_fence.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/sync_begin.h"
#include "cli/sync_end.h"
#include "cli/watch_beat.h"
#include "cli/watch_lists.h"
#include "cli/watch_tell.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>

/* ---- Events -------------------------------------------------------------------------------- */

static void take_event(void *context, const struct engine_event *event)
{
    struct watch_run *watch = context;
    struct err failure = {.kind = ERR_NONE};
    if (event->kind == ENGINE_RELOAD)
        watch_lists_reload(watch);
    else if (event->owner == watch)
        watch_beat(watch);
    else if (batches_take(&watch->batches, event, &failure))
        watch_tell_batch(watch, &failure);
}

static bool owns(void *context, const void *owner)
{
    const struct watch_run *watch = context;
    return owner == watch || batches_owns(&watch->batches, owner);
}

static bool turn(void *context, struct err *err)
{
    const struct watch_run *watch = context;
    if (watch->end.kind != ERR_NONE)
        return err_set(err, watch->end.kind, "%s", watch->end.text);
    return watch_lists_turn(context, err);
}

/* ---- The beginning ------------------------------------------------------------------------- */

static bool open_inbox(struct watch_run *watch, struct err *err)
{
    const struct watch_options *options = &watch->run->settings->watch;
    const struct inbox_config config = {.addresses = options->listen,
                                        .count = options->listen_count};
    if (options->listen_count == 0)
        return true;
    watch->inbox = inbox_new(&config, err);
    return watch->inbox != NULL;
}

static void open_batches(struct watch_run *watch)
{
    const struct sync_run *run = watch->run;
    const struct settings *settings = run->settings;
    const struct hook_all_config config = {.command = settings->sync.exec_all,
                                           .limit = settings->gates.cmd_timeout,
                                           .teller = &watch->run->teller.teller};
    batches_init(&watch->batches, &config, run->net.engine, settings->watch.exec_delay);
}

static bool open_watcher(struct watch_run *watch, struct err *err)
{
    struct sync_run *run = watch->run;
    const struct watch_options *options = &run->settings->watch;
    const struct sync_config sync = sync_begin_config(run);
    const struct watcher_listener listener = {
        .sync = &watch->listener,
        .notified = watch_tell_notified,
        .expired = watch_tell_expired,
        .gone = watch_tell_gone,
        .event = take_event,
        .owns = owns,
        .turn = turn,
        .context = watch,
    };
    struct watcher_config config = {
        .sync = &sync,
        .listener = &listener,
        .zones = &run->zones.zones,
        .catalogs = &run->zones.catalogs,
        .inbox = watch->inbox,
        .allowed = options->allowed,
        .allowed_count = options->allowed_count,
        .min_refresh = options->min_refresh,
        .max_refresh = options->max_refresh,
    };
    if (getrandom(&config.seed, sizeof config.seed, GRND_NONBLOCK) < 0)
        config.seed = loop_now(); /* it only spreads looks */
    watch->watcher = watcher_new(&config, err);
    return watch->watcher != NULL;
}

/* Later a failure is told, and ends nothing: so it is now that a mistake is to be found. */
static bool check_metrics(struct sync_run *run, struct err *err)
{
    const struct outfile_options options = {.path = run->settings->metrics.path,
                                            .new_mode = run->settings->output.new_mode};
    struct outfile out;
    if (options.path == NULL)
        return true;
    run->no_metrics = !outfile_open(&out, &options, run->loop, LOOP_NEVER, err);
    if (run->no_metrics)
        return err_prefix(err, "--metrics: ");
    outfile_abort(&out);
    return true;
}

/* What can be wrong before anything is asked; then the fence; then what works. */
static bool prepare(struct watch_run *watch, struct err *err)
{
    struct sync_run *run = watch->run;
    int event_fd = signals_events();
    if (event_fd < 0)
        return err_set_errno(err, ERR_INTERNAL, errno, "cannot prepare for signals");
    watch->counters = counters_new(run->started, err);
    if (watch->counters == NULL || !sync_begin_folder(run, err) ||
        !sync_begin_list(run, NULL, &run->list, err) || !open_inbox(watch, err) ||
        !check_metrics(run, err) || !sync_begin_outputs(run, err))
        return false;
    const struct compile_many many = {.inbox = watch->inbox, .event_fd = event_fd};
    idn_load(); /* for names in lists that are read later */
    run_fence_watch(run->settings);
    if (!sync_begin_engine(run, &many, watch_tell_command, watch, err))
        return false;
    open_batches(watch);
    return open_watcher(watch, err) && watch_lists_begin(watch, err);
}

static void go_on(struct watch_run *watch, struct err *err)
{
    struct sync_run *run = watch->run;
    watch->first_round = true;
    watch_beat(watch);
    service_ready(&watch->service);
    watcher_run(watch->watcher, &run->work, err);
    service_stopping(&watch->service);
    batches_stop(&watch->batches);
}

/* ---- The end ------------------------------------------------------------------------------- */

static void close_all(struct watch_run *watch)
{
    struct sync_run *run = watch->run;
    if (run->net.engine != NULL) {
        engine_timer_clear(run->net.engine, &watch->beat);
        batches_fini(&watch->batches);
    }
    hooks_free(run->hooks);
    run->hooks = NULL;
    watcher_free(watch->watcher);
    watch_lists_free(watch);
    counters_free(watch->counters);
    say_watch_fini(&watch->say);
    service_close(&watch->service);
    struct inbox *inbox = watch->inbox;
    sync_begin_close(run);
    inbox_free(inbox);
    free(watch);
}

/* Whoever ends it with SIGTERM wants it to end, and that is well. The metrics go on telling how the
 * zones are: it is no success that a process whose zones fail was stopped. */
static void end_as_wanted(struct watch_run *watch, const struct err *err, int signal_number)
{
    struct sync_run *run = watch->run;
    const struct err none = {.kind = ERR_NONE};
    struct err failure = {.kind = ERR_NONE};
    sync_end_count(run, &none, 0);
    if (!sync_end_metrics(run, &none, watch->counters, &failure))
        say_error("%s", failure.text);
    sync_end_count(run, err, signal_number);
    run->summary.exit = ERR_CLASS_OK;
    sync_end_close(run);
}

static int end_run(struct watch_run *watch, struct err *err, struct run_end *end)
{
    struct sync_run *run = watch->run;
    int signal_number = end->caught_signal();
    bool is_wanted = err->kind == ERR_INTERRUPTED && signal_number == SIGTERM;
    watch_tell_kept(watch, true);
    if (is_wanted) {
        end_as_wanted(watch, err, signal_number);
    } else {
        sync_end_count(run, err, signal_number);
        sync_end_write(run, err, watch->counters);
    }
    end->interrupted = err->kind == ERR_INTERRUPTED && !is_wanted;
    return run->summary.exit;
}

static struct watch_run *new_run(const struct settings *settings, const struct loop *loop)
{
    struct watch_run *watch = calloc(1, sizeof *watch);
    struct sync_run *run = sync_begin_new(settings, loop);
    if (watch == NULL || run == NULL) {
        if (run != NULL)
            sync_begin_close(run);
        free(watch);
        say("out of memory");
        return NULL;
    }
    say_give_up();
    say_sync_stay(&run->say);
    say_watch_init(&watch->say, &run->say);
    run->teller.teller.tell = watch_tell_run;
    watch->listener = watch_tell_listener();
    watch->run = run;
    service_open(&watch->service);
    return watch;
}

int cmd_watch(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    jsonmem_watch();
    struct watch_run *watch = new_run(settings, loop);
    if (watch == NULL)
        return ERR_CLASS_INTERNAL;
    if (prepare(watch, &err))
        go_on(watch, &err);
    if (err.kind != ERR_INTERRUPTED)
        say_facts_error(&watch->run->say.words, NULL, &err);
    int status = end_run(watch, &err, end);
    close_all(watch);
    return status;
}
