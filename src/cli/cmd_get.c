#include "cli/cmd_get.h"

#include "cli/compile.h"
#include "cli/opt_gates.h"
#include "cli/report.h"
#include "cli/report_file.h"
#include "cli/run_fence.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "dns/types.h"
#include "io/record.h"
#include "job/fetch.h"
#include "job/gates.h"
#include "job/hook.h"
#include "job/oldzone.h"
#include "job/output.h"
#include "job/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The whole run: one fetch into one output. */
struct run {
    struct fetch_target target; /* the first member, so that it leads to the rest */
    const struct settings *settings;
    const struct loop *loop;
    struct loop_halt halt;
    struct say_facts facts;
    struct report_log log; /* between them and the teller */
    struct teller *teller;
    uint64_t started, ended; /* of the time of day */
    struct compile_trust trust;
    struct route route;
    struct shape shape;
    struct spec spec;
    struct record *record; /* or NULL */
    struct compile_net net;
    uint64_t deadline;
    struct fetch fetch;
    struct output output;
    struct update update;
    struct oldzone old; /* what FILE holds, if it is to become a zone */
    bool has_old_serial, old_is_other;
    uint32_t old_serial; /* of FILE, whatever may become of that */
    struct anchors *anchors;
    struct witness witness;
    struct gates gates;
    struct hook hook; /* the command of --exec */
    struct report_file file;
    bool report_clashes; /* the report would be written over something else */
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
    update_restart(&run_of(target)->update);
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

static enum fetch_verdict target_judge(struct fetch_target *target, bool unchanged,
                                       const struct engine_event *event, void *owner,
                                       struct err *err)
{
    static const enum fetch_verdict verdicts[] = {
        [GATES_OPEN] = FETCH_GOOD, [GATES_SHUT] = FETCH_REFUSED, [GATES_WAIT] = FETCH_WAITS};
    struct run *run = run_of(target);
    uint32_t serial = unchanged ? run->update.fetch.since : run->fetch.attempt.serial;
    enum gates_step step =
        gates_step(&run->gates, unchanged, serial, run->net.engine, event, owner, err);
    target->sink = run->output.sink;
    return verdicts[step];
}

static bool target_stop(struct fetch_target *target)
{
    struct run *run = run_of(target);
    gates_stop(&run->gates, run->net.engine);
    return true;
}

static const char *kind_of(const struct attempt *attempt)
{
    return attempt->answer == XFR_ZONE_STYLE ? "axfr-style"
           : attempt->asked_changes          ? "ixfr"
                                             : "axfr";
}

/* What the command of --exec is told. */
static struct usercmd_facts hook_facts(const struct run *run)
{
    const struct settings *settings = run->settings;
    const struct attempt *good = &run->fetch.attempts.good;
    return (struct usercmd_facts){
        .zone = settings->zone,
        .zone_length = settings->zone_length,
        .file = settings->output.path,
        .diff = settings->diff_to,
        .kind = kind_of(good),
        .has_serial = good->has_serial,
        .serial = good->serial,
        .has_old_serial = settings->changes || (run->has_old_serial && !run->old_is_other),
        .old_serial = settings->changes ? settings->since : run->old_serial,
    };
}

/* The changes are written first: the next run would not find them any more; before them the marker
 * of --exec. Where nothing is new but a command is pending, the changes may be what it is about. */
static bool put_in_place(struct run *run, bool unchanged, struct err *err)
{
    const struct usercmd_facts facts = hook_facts(run);
    if (!hook_prepare(&run->hook, &run->output, unchanged, &facts, err))
        return false;
    bool keeps_diff = run->hook.found && run->hook.due != HOOK_CHANGED;
    return (keeps_diff || update_diff(&run->update, unchanged, err)) &&
           (unchanged ? output_keep(&run->output, err) : output_commit(&run->output, err));
}

static enum fetch_verdict target_finish(struct fetch_target *target, bool unchanged,
                                        const struct engine_event *event, void *owner,
                                        struct err *err)
{
    struct run *run = run_of(target);
    (void)event, (void)owner;
    if (put_in_place(run, unchanged, err))
        return FETCH_GOOD;
    hook_take_back(&run->hook, &run->output.out);
    output_abort(&run->output);
    return FETCH_REFUSED;
}

/* ---- The transfer -------------------------------------------------------------------------- */

static struct fetch_config fetch_config(struct run *run)
{
    return (struct fetch_config){
        .spec = &run->spec,
        .engine = run->net.engine,
        .endpoints = run->net.endpoints,
        .target = &run->target,
        .update = run->spec.update ? &run->update.fetch : NULL,
        .old = &run->old,
        .teller = run->teller,
        .halt = &run->halt.halt,
        .deadline = run->deadline,
        .shows_progress = compile_progress(run->settings),
        .watches = run->settings->verbose > 1,
    };
}

/* On a terminal the reason is told once, by its message. */
static void mark_incomplete(struct run *run)
{
    static const char elsewhere[] = "see the message";
    struct fetch *fetch = &run->fetch;
    if (!compile_one_terminal(run->settings))
        output_incomplete(&run->output, &fetch->notes, fetch->attempts.worst.text,
                          fetch->attempts.worst.own);
    else if (run->target.began)
        output_incomplete(&run->output, &fetch->notes, elsewhere, sizeof elsewhere - 1);
}

static bool transfer_all(struct run *run)
{
    struct fetch *fetch = &run->fetch;
    const struct fetch_config config = fetch_config(run);
    fetch_start(fetch, &config);
    fetch_run(run->net.engine, &fetch, 1);
    if (fetch->good || fetch->finishing)
        return fetch->good;
    mark_incomplete(run);
    fetch_give_up(fetch);
    output_abort(&run->output);
    if (!err_is_trouble(fetch->attempts.worst.kind))
        gates_warn(&run->gates);
    return false;
}

/* Sets up what judges the zone, if anything does. */
static bool open_gates(struct run *run, struct err *err)
{
    const struct spec *spec = &run->spec;
    const char *option = opt_gates_given(run->settings);
    if (spec->changes || !gates_any(&run->shape))
        return true;
    if (run->output.out.temporary < 0)
        return option == NULL || err_set(err, ERR_USAGE, "--%s: %.300s is not a regular file",
                                         option, spec->output.path);
    run->gates.config = (struct gates_config){
        .output = &run->output,
        .witness = &run->witness,
        .zone = spec->zone,
        .zone_length = spec->zone_length,
        .class = spec->class,
        .has_old_serial = run->has_old_serial,
        .old_serial = run->old_serial,
        .old_sorted = spec->update && run->update.fetch.merges,
        .old_is_other = run->old_is_other,
        .loop = run->loop,
        .deadline = run->deadline,
        .halt = &run->halt.halt,
        .teller = run->teller,
    };
    run->target.judge = target_judge;
    run->target.stop = target_stop;
    return true;
}

static bool open_record(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    struct name_string zone;
    char class[16];
    if (settings->record == NULL)
        return true;
    *types_class_text(class, settings->class) = '\0';
    const struct record_config config = {
        .path = settings->record,
        .zone = name_string(&zone, settings->zone),
        .class = class,
        .loop = run->loop,
        .deadline = run->deadline,
    };
    run->record = record_open(&config, err);
    return run->record != NULL;
}

static bool open_update(struct run *run, struct err *err)
{
    const struct update_config config = {
        .spec = &run->spec,
        .loop = run->loop,
        .deadline = run->deadline,
        .halt = &run->halt.halt,
        .output = &run->output,
        .teller = run->teller,
        .old = &run->old,
    };
    if (!run->spec.update)
        return true;
    return update_open(&run->update, &config, err);
}

static bool open_output(struct run *run, struct err *err)
{
    const struct output_config config = {
        .shape = &run->shape,
        .changes = run->spec.changes,
        .witness = run->spec.changes ? NULL : &run->witness,
        .is_judged = !run->spec.changes,
        .file = run->spec.output,
        .loop = run->loop,
        .deadline = run->deadline,
        .teller = run->teller,
    };
    return output_open(&run->output, &config, err);
}

/* A FILE of another zone was probably not meant, and must not be lost by a mistake in typing. An
 * older zone is expected where the user says so, and over that of another zone; but what is brought
 * up to date begins with what is there. */
static bool open_old(struct run *run, struct err *err)
{
    const struct spec *spec = &run->spec;
    const struct oldzone_config config = {
        .path = run->output.out.target,
        .zone = spec->zone,
        .zone_length = spec->zone_length,
        .loop = run->loop,
        .deadline = run->deadline,
    };
    if (run->output.out.temporary < 0 || spec->changes)
        return true;
    if (!oldzone_read(&run->old, &config, err))
        return false;
    run->has_old_serial = run->old.has_serial;
    run->old_serial = run->old.serial;
    bool is_of = oldzone_is_of(&run->old, spec->zone, spec->zone_length, spec->output.path, err);
    if (!is_of && !spec->force)
        return false;
    if (!is_of) {
        run->old_is_other = true;
        *err = (struct err){.kind = ERR_NONE};
        run->old = (struct oldzone){.zone_length = 0};
    }
    return true;
}

static bool check_hook(const struct run *run, struct err *err)
{
    return run->settings->exec == NULL || run->output.out.temporary >= 0 ||
           err_set(err, ERR_USAGE, "--exec: %.300s is not a regular file",
                   run->settings->output.path);
}

/* Everything before the first attempt, in the order in which it can fail for the least cost. */
static bool open_all(struct run *run, struct err *err)
{
    if (!run_files_check(run->settings, true, &run->report_clashes, err) ||
        !compile_trust(&run->trust, run->settings, run->loop, run->deadline, run->teller, err) ||
        !compile_anchors(&run->anchors, run->settings, run->loop, run->deadline, err))
        return false;
    run->witness.config = compile_witness(run->settings, run->anchors, &run->halt.halt);
    run->route = compile_route(run->settings, &run->trust);
    run->shape = compile_shape(run->settings);
    run->spec = compile_spec(run->settings, &run->route, &run->shape);
    if (!open_output(run, err))
        return false;
    if (!check_hook(run, err)) {
        output_abort(&run->output);
        return false;
    }
    if (run->settings->report != NULL)
        report_file_look(&run->file, &run->output);
    run_fence(run->settings, &run->output.out);
    if (open_old(run, err) && open_update(run, err) && open_gates(run, err) &&
        open_record(run, err) && compile_net(&run->net, run->settings, run->loop, run->record, err))
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
    if (run->hook.err.kind != ERR_NONE)
        return run->hook.err.kind == ERR_INTERRUPTED ? 128 + signal_number
                                                     : (int)err_class(run->hook.err.kind);
    return run->settings->exit_code && run->output.result == OUTFILE_REPLACED ? ERR_CLASS_DIFFERS
                                                                              : ERR_CLASS_OK;
}

/* A failure of the other files makes a good run fail. It does not change the status of one that had
 * failed before, but is told all the same: an old report would be taken for the new one. */
static void fail_other_file(struct run *run, bool good, const struct err *err)
{
    if (good)
        fetch_fail(&run->fetch, err);
    else
        say_error("%s", err->text);
}

/* ---- The report ---------------------------------------------------------------------------- */

/* What FILE holds that was not written anew. */
static void measure_old(struct run *run)
{
    const struct measure_config config = {
        .path = run->settings->output.path,
        .zone = run->settings->zone,
        .zone_length = run->settings->zone_length,
        .class = run->settings->class,
        .loop = run->loop,
        .deadline = run->deadline,
        .halt = &run->halt.halt,
    };
    bool is_sorted = run->spec.update && run->update.fetch.merges;
    report_file_measure(&run->output, &config, &run->old, run->fetch.good && is_sorted);
}

/* When a server said last that FILE is as it should be, as far as that is known. */
static uint64_t confirmed(const struct run *run, enum report_state state)
{
    struct stat st;
    if (run->fetch.good)
        return run->ended;
    if (state != REPORT_KEPT || stat(run->settings->output.path, &st) != 0)
        return 0;
    return (uint64_t)st.st_mtim.tv_sec * 1000000;
}

/* A report that cannot be written makes a good run fail, but FILE is as it should be. */
static bool write_report(struct run *run, int exit, struct err *err)
{
    const struct attempts *attempts = &run->fetch.attempts;
    const struct err *hook = run->fetch.good ? &run->hook.err : NULL;
    bool is_hook = hook != NULL && hook->kind != ERR_NONE;
    bool good = run->fetch.good, failed = exit != ERR_CLASS_OK && exit != ERR_CLASS_DIFFERS;
    enum report_state state =
        report_file_state(&run->file, &run->output, run->settings->output.path, good);
    bool has_come = run->output.figures.facts.complete;
    run->ended = loop_time_of_day();
    if (!run->spec.changes && (state == REPORT_KEPT || (state == REPORT_UNCHANGED && !has_come)))
        measure_old(run);
    else if (!good)
        run->output.figures.facts.complete = false;
    struct report_zone zone = {
        .zone = run->settings->zone,
        .class = run->settings->class,
        .file = run->settings->output.path,
        .attempts = attempts,
        .log = &run->log,
        .gates = &run->gates.list,
        .state = state,
        .started = run->started,
        .ended = run->ended,
        .waited = run->fetch.waited,
        .confirmed = confirmed(run, state),
        .exit_status = exit,
        .message = !failed   ? NULL
                   : is_hook ? hook->text
                             : attempts->worst.text,
        .failure = is_hook ? hook->kind : attempts->worst.kind,
        .failure_facts = is_hook ? hook->facts : attempts->worst.facts,
        .hook = &run->hook,
        .diff = good ? run->settings->diff_to : NULL,
    };
    report_file_put(&zone, &run->file, &run->output, good && (!failed || is_hook));
    return report_write(run->settings, report_zone(&zone), run->loop, run->deadline, err);
}

/* Writes the other files: the end of the recording, the report. */
static bool write_other_files(struct run *run, bool good, int signal_number)
{
    struct err err = {.kind = ERR_NONE};
    enum err_kind worst = run->fetch.attempts.worst.kind;
    bool told = err_class(worst) == ERR_CLASS_OUTPUT || worst == ERR_INTERRUPTED;
    if (!record_close(run->record, &err)) {
        if (good || !told) /* a recording that failed during the transfer has ended it */
            fail_other_file(run, good, &err);
        good = false;
    }
    err = (struct err){.kind = ERR_NONE};
    if (run->settings->report != NULL && !run->report_clashes &&
        !write_report(run, exit_status(run, good, signal_number), &err)) {
        fail_other_file(run, good, &err);
        good = false;
    }
    return good;
}

/* The command of --exec, or one that an earlier run has left: FILE is in its place, and closed. */
static void run_hook(struct run *run, bool good)
{
    const struct usercmd_facts facts = hook_facts(run);
    if (!good)
        hook_find(&run->hook, &run->settings->output, run->fetch.attempts.worst.kind, &facts);
    hook_run(&run->hook);
}

int cmd_get(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        say_error("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    run->settings = settings;
    run->loop = loop;
    say_facts_init(&run->facts, settings, &run->output.out.broken_pipe);
    run->facts.zone = settings->zone_word;
    report_log_init(&run->log, &run->facts.teller);
    run->teller = settings->report != NULL ? &run->log.teller : &run->facts.teller;
    run->started = loop_time_of_day();
    run->target = (struct fetch_target){
        .restart = target_restart, .can_restart = target_can_restart, .finish = target_finish};
    run->deadline = compile_deadline(settings);
    run->spec.word = settings->zone_word;
    run->fetch.config = fetch_config(run); /* it has the failures before that, too */
    loop_halt_init(&run->halt, loop, run->deadline);
    const struct hook_config hook =
        compile_hook(settings, settings->zone_word, loop, run->deadline, run->teller);
    hook_init(&run->hook, &hook);
    bool good = open_all(run, &err);
    if (good)
        good = transfer_all(run);
    else
        fetch_fail(&run->fetch, &err);
    fetch_leave(&run->fetch);
    compile_net_fini(&run->net);
    update_fini(&run->update);
    const char *path = settings->output.path;
    if (!good)
        say_facts_fate(&run->facts, path, report_file_state(&run->file, &run->output, path, false));
    run_hook(run, good);
    int signal_number = end->caught_signal();
    good = write_other_files(run, good, signal_number);
    int status = exit_status(run, good, signal_number);
    end->interrupted =
        (good ? run->hook.err.kind : run->fetch.attempts.worst.kind) == ERR_INTERRUPTED;
    end->broken_pipe = run->output.out.broken_pipe;
    hook_fini(&run->hook);
    fetch_fini(&run->fetch);
    output_fini(&run->output);
    witness_fini(&run->witness);
    anchor_free(run->anchors);
    compile_trust_fini(&run->trust);
    report_log_fini(&run->log);
    free(run);
    return status;
}
