#include "cli/run_get.h"

#include "cli/fetch.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/say.h"
#include "cli/update.h"
#include "dns/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The whole run: one fetch into one output. */
struct run {
    struct fetch_target target; /* the first member, so that it leads to the rest */
    const struct settings *settings;
    const struct loop *loop;
    struct fetch fetch;
    struct keys keys;
    struct output output;
    struct update update;
    bool report_clashes; /* the report would go where something else is */
};

/* ---- The output as a target ---------------------------------------------------------------- */

static struct run *run_of(struct fetch_target *target)
{
    return (struct run *)target;
}

static bool target_restart(struct fetch_target *target, struct notes *notes, struct err *err)
{
    struct output *output = &run_of(target)->output;
    output->began = target->began;
    bool good = output_restart(output, notes, err);
    target->began = output->began;
    target->sink = output->sink;
    return good;
}

static bool target_can_restart(struct fetch_target *target)
{
    struct output *output = &run_of(target)->output;
    output->began = target->began;
    return output_can_restart(output);
}

static bool target_is_broken(struct fetch_target *target)
{
    return run_of(target)->output.out.broken_pipe;
}

/* ---- The end ------------------------------------------------------------------------------- */

static bool transfer_all(struct run *run)
{
    struct err err = {.kind = ERR_NONE};
    struct fetch *fetch = &run->fetch;
    if (!fetch_run(fetch)) {
        output_incomplete(&run->output, &fetch->notes, fetch->attempts.worst.text);
        fetch_give_up(fetch);
        output_abort(&run->output);
        return false;
    }
    /* What has changed goes first: without it the next run would find nothing any more. */
    if (!update_diff(&run->update, fetch->keeps_old, &err))
        output_abort(&run->output);
    else if (fetch->keeps_old ? output_keep(&run->output, &err) : output_commit(&run->output, &err))
        return true;
    fetch_fail(fetch, &err);
    return false;
}

static bool open_record(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    struct name_string zone;
    char class[16];
    if (settings->record == NULL)
        return true;
    *types_class_text(class, settings->class) = '\0';
    run->fetch.record =
        record_open(settings->record, name_string(&zone, settings->zone), class, err);
    return run->fetch.record != NULL;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !S_ISCHR(a->st_mode);
}

static bool refuse_clash(const char *path, const char *first, const char *second, struct err *err)
{
    return err_set(err, ERR_USAGE, "%.300s would hold both the %s and the %s", path, first, second);
}

/* The zone, the recording and the report are three things: in one file, one destroys another. */
static bool check_files(struct run *run, struct err *err)
{
    const char *record = run->settings->record, *report = run->settings->report;
    const char *diff = run->settings->diff_to;
    struct stat a, b;
    if (diff != NULL && output_is(&run->output, diff))
        return refuse_clash(diff, "zone", "changes", err);
    run->report_clashes = diff != NULL && report != NULL && strcmp(diff, report) == 0;
    if (run->report_clashes)
        return refuse_clash(report, "changes", "report", err);
    if (diff != NULL && record != NULL && strcmp(diff, record) == 0)
        return refuse_clash(diff, "changes", "recording", err);
    run->report_clashes = report != NULL && output_is(&run->output, report);
    if (run->report_clashes)
        return refuse_clash(report, "zone", "report", err);
    if (record == NULL)
        return true;
    if (output_is(&run->output, record))
        return refuse_clash(record, "zone", "recording", err);
    if (report != NULL)
        run->report_clashes = strcmp(record, report) == 0 ||
                              (stat(record, &a) == 0 && stat(report, &b) == 0 && same_file(&a, &b));
    return !run->report_clashes || refuse_clash(record, "recording", "report", err);
}

static bool open_update(struct run *run, struct err *err)
{
    if (!run->settings->update)
        return true;
    run->fetch.update = &run->update.fetch;
    return update_open(&run->update, run->settings, run->loop, run->fetch.deadline, &run->output,
                       err);
}

/* Everything before the first attempt, in the order in which it can fail for the least cost. */
static bool start(struct run *run, struct err *err)
{
    if (!fetch_open_tls(run->settings, &run->fetch.tls, err) ||
        !keys_load(&run->keys, run->settings, run->loop, run->fetch.deadline, err) ||
        !output_open(&run->output, run->settings, run->loop, run->fetch.deadline, err))
        return false;
    if (check_files(run, err) && open_update(run, err) && open_record(run, err))
        return true;
    output_abort(&run->output);
    return false;
}

static int exit_status(const struct run *run, bool good, int signal_number)
{
    if (!good && run->fetch.attempts.worst.kind == ERR_INTERRUPTED)
        return 128 + signal_number;
    if (!good)
        return (int)err_class(run->fetch.attempts.worst.kind);
    return run->settings->exit_code && run->output.result == OUTFILE_REPLACED ? ERR_CLASS_DIFFERS
                                                                              : ERR_CLASS_OK;
}

/* A failure beside the zone makes a run fail that was good. It does not change the status of one
 * that had failed before, but is told all the same: an old report would be taken for the new. */
static void fail_beside(struct run *run, bool good, const struct err *err)
{
    if (good)
        fetch_fail(&run->fetch, err);
    else
        say("%s", err->text);
}

/* Writes what is written beside the zone: the end of the recording, the report. */
static bool write_records(struct run *run, bool good, int signal_number)
{
    struct err err = {.kind = ERR_NONE};
    bool told = err_class(run->fetch.attempts.worst.kind) == ERR_CLASS_OUTPUT;
    if (!record_close(run->fetch.record, &err)) {
        if (good || !told) /* a recording that failed during the transfer has ended it */
            fail_beside(run, good, &err);
        good = false;
    }
    err = (struct err){.kind = ERR_NONE};
    if (run->settings->report != NULL && !run->report_clashes &&
        !report_write(run->settings, &run->fetch.attempts, &run->output.stats,
                      exit_status(run, good, signal_number), run->loop, &err)) {
        fail_beside(run, good, &err);
        good = false;
    }
    return good;
}

int run_get(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    run->settings = settings;
    run->loop = loop;
    run->target = (struct fetch_target){.restart = target_restart,
                                        .can_restart = target_can_restart,
                                        .is_broken = target_is_broken};
    run->fetch = (struct fetch){
        .settings = settings,
        .loop = loop,
        .deadline = settings->max_time == 0 ? LOOP_NEVER : loop_now() + settings->max_time,
        .keys = &run->keys,
        .target = &run->target,
        .shows_progress = fetch_wants_progress(settings),
    };
    bool good = start(run, &err);
    if (good)
        good = transfer_all(run);
    else
        fetch_fail(&run->fetch, &err);
    int signal_number = end->caught_signal();
    good = write_records(run, good, signal_number);
    int status = exit_status(run, good, signal_number);
    end->interrupted = !good && run->fetch.attempts.worst.kind == ERR_INTERRUPTED;
    end->broken_pipe = run->output.out.broken_pipe;
    keys_fini(&run->keys);
    update_fini(&run->update);
    output_fini(&run->output);
    fetch_fini(&run->fetch);
    tls_context_free(run->fetch.tls);
    free(run);
    return status;
}
