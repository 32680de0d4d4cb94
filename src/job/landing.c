#include "job/landing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct landing *landing_of(struct fetch_target *target)
{
    return (struct landing *)target;
}

static bool is_ours(const struct landing *landing)
{
    return landing->config.state->kind == ZONESTATE_OURS;
}

static bool has_file(const struct landing *landing)
{
    return landing->config.state->kind != ZONESTATE_MISSING;
}

/* ---- What is told by a task ---------------------------------------------------------------- */

static void hold(struct teller *teller, const struct fact *fact)
{
    struct landing_held *held = (struct landing_held *)teller;
    bool is_wanted = fact->kind == FACT_WARNING || fact->kind == FACT_REMARK;
    if (!is_wanted || held->text[0] != '\0' || fact->text == NULL)
        return;
    held->kind = fact->kind;
    snprintf(held->text, sizeof held->text, "%s", fact->text);
}

static void tell_held(struct landing *landing)
{
    struct landing_held *held = &landing->work->held;
    struct teller *teller = landing->config.teller;
    if (held->text[0] != '\0')
        teller->tell(teller, &(struct fact){.kind = held->kind, .text = held->text});
    held->text[0] = '\0';
}

/* ---- The temporary file -------------------------------------------------------------------- */

static void close_work(struct landing *landing)
{
    struct landing_work *work = landing->work;
    if (work == NULL)
        return;
    output_abort(&work->output);
    update_fini(&work->update);
    output_fini(&work->output);
    witness_fini(&work->witness);
    free(work);
    landing->work = NULL;
    landing->list = NULL;
}

/* What is only judged has a temporary file of its own, since another run may be writing that of
 * FILE. No zone's file has such a name. */
static void name_apart(const struct landing_config *config, char path[PATH_MAX])
{
    const char *file = config->spec->output.path;
    size_t end = strlen(file) - strlen(".zone");
    snprintf(path, PATH_MAX, "%.*s~%u.zone", (int)end, file, config->part);
}

static bool open_output(struct landing *landing, struct err *err)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    struct output *opened = &work->output;
    char apart[PATH_MAX];
    struct output_config output = {
        .shape = config->spec->shape,
        .witness = &work->witness,
        .is_judged = true,
        .file = config->spec->output,
        .loop = config->shared->loop,
        .deadline = config->deadline,
        .teller = &work->held.teller,
    };
    work->witness.config = config->witness;
    if (!config->only_reads)
        return output_open(opened, &output, err);
    name_apart(config, apart);
    output.file.path = apart;
    if (!output_open(opened, &output, err))
        return false;
    opened->config.file.path = config->spec->output.path;
    snprintf(opened->out.target, sizeof opened->out.target, "%s", config->spec->output.path);
    return true;
}

/* What has changed is found out where there is an old zone that is known to be one. */
static void begin_update(struct landing *landing)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    const struct zonestate *state = config->state;
    const struct update_config update = {
        .spec = &work->spec,
        .loop = config->shared->loop,
        .deadline = config->deadline,
        .halt = config->halt,
        .output = &work->output,
        .teller = &work->held.teller,
    };
    work->spec = *config->spec;
    work->spec.diff_to = NULL;
    update_begin(&work->update, &update, !has_file(landing), state->merges && !landing->edited,
                 state->old.serial, state->why);
    work->update.counts = config->shared->counts || config->shared->diff_dir != NULL;
}

static void begin_gates(struct landing *landing)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    work->gates.config = (struct gates_config){
        .output = &work->output,
        .witness = &work->witness,
        .zone = config->spec->zone,
        .zone_length = config->spec->zone_length,
        .class = config->spec->class,
        .has_old_serial = config->state->old.has_serial,
        .old_serial = config->state->old.serial,
        .old_sorted = config->state->merges && !landing->edited,
        .loop = config->shared->loop,
        .deadline = config->deadline,
        .rechecks = config->rechecks,
        .halt = config->halt,
        .teller = config->teller,
    };
    landing->list = &work->gates.list;
}

static bool make_work(struct landing *landing, struct err *err)
{
    landing->work = calloc(1, sizeof *landing->work);
    if (landing->work == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    landing->work->landing = landing;
    landing->work->held.teller.tell = hold;
    landing->work->output.out.temporary = landing->work->output.out.direct = -1;
    landing->work->output.out.spool = landing->work->output.out.swapped = -1;
    landing->work->output.out.given = -1;
    begin_update(landing);
    begin_gates(landing);
    return true;
}

static bool open_work(struct landing *landing, struct err *err)
{
    if (landing->work != NULL)
        return true;
    if (!make_work(landing, err))
        return false;
    if (open_output(landing, err))
        return true;
    close_work(landing);
    return false;
}

/* ---- What comes ---------------------------------------------------------------------------- */

static struct landing *landing_of_sink(struct sink *sink)
{
    return (struct landing *)(void *)((char *)sink - offsetof(struct landing, sink));
}

static bool take_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct landing *landing = landing_of_sink(sink);
    landing->serial = zone->serial;
    if (!open_work(landing, err))
        return false;
    struct output *output = &landing->work->output;
    update_restart(&landing->work->update);
    if (!output_restart(output, landing->notes, err))
        return false;
    output->began = true;
    return output->sink->begin(output->sink, zone, err);
}

static bool take_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct landing *landing = landing_of_sink(sink);
    struct sink *to = landing->work->output.sink;
    landing->records++;
    return to->record(to, op, rr, err);
}

/* The rest is done when it is judged. */
static bool take_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)why;
    landing_of_sink(sink)->whole = outcome == OUTCOME_COMPLETE;
    return outcome == OUTCOME_COMPLETE || err_set(err, ERR_INTERNAL, "a zone that was ended");
}

static void free_nothing(struct sink *sink)
{
    (void)sink; /* it is a part of its owner */
}

static bool take_changes(struct fetch_update *update, const struct delta *delta,
                         struct notes *notes, uint64_t *records, struct err *err)
{
    struct landing *landing =
        (struct landing *)(void *)((char *)update - offsetof(struct landing, update));
    (void)err;
    landing->delta = delta;
    landing->notes = notes;
    *records = 0; /* known when they are in the file */
    return true;
}

static bool restart(struct fetch_target *target, struct notes *notes, struct err *err)
{
    struct landing *landing = landing_of(target);
    (void)err;
    landing->whole = false;
    landing->delta = NULL;
    landing->notes = notes;
    landing->records = 0;
    landing->stage = LANDING_COMING;
    landing->diff_path[0] = '\0';
    target->began = false;
    close_work(landing);
    return true;
}

/* ---- Finishing the content ----------------------------------------------------------------- */

/* Changes between two serials of a zone that was known; of an edited file they would tell nothing
 * that anybody else could use. */
static void name_diff(struct landing *landing)
{
    const struct landing_config *config = &landing->config;
    const char *folder = config->shared->diff_dir;
    if (folder == NULL || !is_ours(landing) || landing->edited)
        return;
    snprintf(landing->diff_path, sizeof landing->diff_path, "%s/%s.%" PRIu32 "-%" PRIu32 ".diff",
             folder, config->name, config->state->old.serial, landing->serial);
    landing->work->spec.diff_to = landing->diff_path;
}

/* The whole zone has come: changes that somebody has made in the middle of the old file are found
 * now, before they are gone. */
static bool check_old(struct landing *landing, struct err *err)
{
    struct landing_work *work = landing->work;
    struct err why = {.kind = ERR_NONE};
    if (!landing->config.state->merges || landing->edited || update_check_old(&work->update, &why))
        return true;
    if (err_is_trouble(why.kind)) {
        *err = why;
        return false;
    }
    landing->edited = true;
    work->update.fetch.merges = work->gates.config.old_sorted = false;
    return true;
}

static bool finish_whole(struct landing *landing, struct err *err)
{
    struct landing_work *work = landing->work;
    struct output *output = &work->output;
    if (!output->sink->end(output->sink, OUTCOME_COMPLETE, NULL, err) || !check_old(landing, err))
        return false;
    output_end(output);
    name_diff(landing);
    return !has_file(landing) || update_fill_diff(&work->update, false, err);
}

static bool finish_changes(struct landing *landing, struct err *err)
{
    struct update *update = &landing->work->update;
    name_diff(landing);
    return update->fetch.take(&update->fetch, landing->delta, landing->notes, &landing->records,
                              err);
}

static void finish_content(struct landing *landing, struct err *err)
{
    bool good = landing->whole ? finish_whole(landing, err) : finish_changes(landing, err);
    if (err->kind == ERR_OLD_FILE || err->kind == ERR_END_LINE)
        landing->edited = true;
    struct update *update = &landing->work->update;
    landing->has_counts = good && update->is_counted;
    landing->changed[RR_ADD] = update->changed[RR_ADD];
    landing->changed[RR_DELETE] = update->changed[RR_DELETE];
}

static void run_task(struct task *task)
{
    struct landing_work *work = (struct landing_work *)task;
    finish_content(work->landing, &work->err);
}

/* One thread is left to whoever commits. */
static void put_task(struct landing_shared *shared, struct landing_work *work)
{
    if (shared->tasks < shared->tasks_most) {
        shared->tasks++;
        engine_task(shared->engine, &work->task);
        return;
    }
    work->next = NULL;
    if (shared->waiting != NULL)
        shared->last_waiting->next = work;
    else
        shared->waiting = work;
    shared->last_waiting = work;
}

static void end_task(struct landing_shared *shared)
{
    struct landing_work *next = shared->waiting;
    shared->tasks--;
    if (next == NULL)
        return;
    shared->waiting = next->next;
    put_task(shared, next);
}

/* Returns whether it is done. */
static bool begin_finishing(struct landing *landing, struct err *err)
{
    struct landing_shared *shared = landing->config.shared;
    struct landing_work *work = landing->work;
    uint64_t old = landing->config.state->old.last.records;
    bool is_large = landing->records >= LANDING_TASK_FROM || old >= LANDING_TASK_FROM;
    landing->stage = LANDING_FINISHING;
    work->err = (struct err){.kind = ERR_NONE};
    work->task = (struct task){.run = run_task};
    if (shared->tasks_most == 0 || !is_large) {
        finish_content(landing, err);
        return true;
    }
    put_task(shared, work);
    return false;
}

/* ---- Judging ------------------------------------------------------------------------------- */

/* FILE stays. Its signatures may be judged, which takes what reads it. */
static enum fetch_verdict judge_old(struct landing *landing, void *owner, struct err *err)
{
    const struct landing_config *config = &landing->config;
    const struct endline *last = &config->state->old.last;
    const struct gate_orders *orders = config->spec->shape->gates;
    uint64_t now = loop_time_of_day() / 1000000;
    uint64_t life = orders != NULL ? orders->least_life / 1000000 : 0;
    bool is_long = last->has_expires && (int32_t)(last->expires - (uint32_t)now) > 0 &&
                   (uint32_t)(last->expires - (uint32_t)now) >= life;
    if (!config->rechecks && (life == 0 || is_long))
        return FETCH_GOOD;
    if (!gates_any(config->spec->shape))
        return FETCH_GOOD;
    if (landing->work == NULL && !make_work(landing, err))
        return FETCH_REFUSED;
    struct output *output = &landing->work->output;
    output->limits = config->spec->shape->guard;
    output->records = last->records;
    output->config.shape = config->spec->shape;
    output->config.file = config->spec->output;
    landing->work->witness.config = config->witness;
    snprintf(output->out.target, sizeof output->out.target, "%s", config->spec->output.path);
    return gates_step(&landing->work->gates, true, last->serial, config->shared->engine, NULL,
                      owner, err) == GATES_OPEN
               ? FETCH_GOOD
               : FETCH_REFUSED;
}

static enum fetch_verdict ask_gates(struct landing *landing, const struct engine_event *event,
                                    void *owner, struct err *err)
{
    static const enum fetch_verdict verdicts[] = {
        [GATES_OPEN] = FETCH_GOOD, [GATES_SHUT] = FETCH_REFUSED, [GATES_WAIT] = FETCH_WAITS};
    const struct landing_config *config = &landing->config;
    struct landing_shared *shared = config->shared;
    struct landing_work *work = landing->work;
    bool is_first = event == NULL;
    if (is_first && config->is_candidate && shared->judge != NULL &&
        !shared->judge(shared->judge_context, landing, work->output.out.temporary_name, err))
        return FETCH_REFUSED;
    if (!gates_any(config->spec->shape))
        return FETCH_GOOD;
    return verdicts[gates_step(&work->gates, false, landing->serial, shared->engine, event, owner,
                               err)];
}

static enum fetch_verdict judge(struct fetch_target *target, bool unchanged,
                                const struct engine_event *event, void *owner, struct err *err)
{
    struct landing *landing = landing_of(target);
    const struct fetch *fetch = owner;
    if (unchanged)
        return judge_old(landing, owner, err);
    landing->serial = fetch->attempt.serial;
    if (landing->stage == LANDING_COMING) {
        if (!open_work(landing, err))
            return FETCH_REFUSED;
        if (!begin_finishing(landing, err))
            return FETCH_WAITS;
        event = NULL;
    } else if (landing->stage == LANDING_FINISHING) {
        end_task(landing->config.shared);
        *err = landing->work->err;
        event = NULL;
    }
    if (landing->stage == LANDING_FINISHING) {
        landing->stage = LANDING_JUDGING;
        tell_held(landing);
        if (err->kind != ERR_NONE)
            return FETCH_REFUSED;
    }
    return ask_gates(landing, event, owner, err);
}

static bool stop(struct fetch_target *target)
{
    struct landing *landing = landing_of(target);
    if (landing->stage == LANDING_FINISHING || landing->stage == LANDING_READY)
        return false;
    if (landing->work != NULL)
        gates_stop(&landing->work->gates, landing->config.shared->engine);
    return true;
}

/* ---- Into FILE's place --------------------------------------------------------------------- */

static enum fetch_verdict keep(struct landing *landing, struct err *err)
{
    const char *path = landing->config.spec->output.path;
    if (landing->work != NULL)
        output_abort(&landing->work->output);
    if (landing->config.only_reads || utimensat(AT_FDCWD, path, NULL, 0) == 0)
        return FETCH_GOOD;
    bool is_refused = errno == EPERM || errno == EACCES;
    if (is_refused && landing->config.state->old.status.st_uid != geteuid())
        err_set(err, ERR_OUTPUT, "cannot renew the time of %.300s: it belongs to the user %lu",
                path, (unsigned long)landing->config.state->old.status.st_uid);
    else
        err_set_errno(err, ERR_OUTPUT, errno, "cannot renew the time of %.300s", path);
    return FETCH_REFUSED;
}

static const char *kind_of(const struct landing *landing, const struct attempt *attempt)
{
    const struct zonestate *state = landing->config.state;
    bool is_same = is_ours(landing) && state->old.serial == landing->serial;
    if (!landing->whole)
        return "ixfr";
    return is_same && !landing->edited         ? "resigned"
           : attempt->answer == XFR_ZONE_STYLE ? "axfr-style"
                                               : "axfr";
}

/* It looked like a file of ours at its ends. */
static void tell_edited(const struct landing *landing)
{
    char text[ERR_TEXT_MAX];
    struct teller *teller = landing->config.teller;
    snprintf(text, sizeof text, "%.300s: it was changed since it was written; the old file is kept",
             landing->config.spec->output.path);
    teller->tell(teller, &(struct fact){.kind = FACT_WARNING, .text = text});
}

/* Second names for what FILE was. */
static void name_old(struct landing *landing)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    const struct zonestate *state = config->state;
    bool is_odd =
        landing->edited || state->kind == ZONESTATE_EDITED || state->kind == ZONESTATE_FOREIGN;
    if (landing->edited && state->kind == ZONESTATE_OURS)
        tell_edited(landing);
    landing->edited = is_odd;
    if (is_odd) {
        snprintf(work->edited_path, sizeof work->edited_path, "%.4080s.edited",
                 work->output.out.target);
        work->item.edited = work->edited_path;
    } else if (config->shared->keep_dir != NULL && has_file(landing)) {
        snprintf(work->kept_path, sizeof work->kept_path, "%s/%s.%" PRIu32 ".zone",
                 config->shared->keep_dir, config->name, state->old.serial);
        work->item.kept = work->kept_path;
    }
}

static void make_item(struct landing *landing, const struct attempt *attempt)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    work->item = (struct commit_item){.file = &work->output.out};
    landing->kind = kind_of(landing, attempt);
    name_old(landing);
    if (work->update.diff_open) {
        work->item.diff = &work->update.diff.out;
        work->update.diff_open = false; /* it is the item's */
    }
    if (!config->shared->notes_hooks)
        return;
    work->facts = (struct usercmd_facts){
        .zone = config->spec->zone,
        .zone_length = config->spec->zone_length,
        .kind = landing->kind,
        .has_serial = true,
        .serial = landing->serial,
        .has_old_serial = is_ours(landing),
        .old_serial = config->state->old.serial,
    };
    work->item.facts = &work->facts;
}

static bool make_ready(struct landing *landing, struct err *err)
{
    const struct landing_config *config = &landing->config;
    struct landing_work *work = landing->work;
    enum outfile_result result;
    const char *path = config->spec->output.path;
    if (!output_ready(&work->output, err))
        return false;
    if (work->output.result == OUTFILE_UNCHANGED)
        return true;
    if (!zonestate_holds(config->state, path))
        return err_set(err, ERR_FILE_CHANGED, "%.300s was changed by somebody else meanwhile",
                       path);
    return !work->update.diff_open || outfile_ready(&work->update.diff.out, &result, err);
}

static enum fetch_verdict take_committed(struct landing *landing, struct err *err)
{
    landing->replaced = landing->work->output.out.renamed;
    *err = landing->work->item.err;
    landing->stage = LANDING_COMING;
    return err->kind == ERR_NONE ? FETCH_GOOD : FETCH_REFUSED;
}

static enum fetch_verdict finish(struct fetch_target *target, bool unchanged,
                                 const struct engine_event *event, void *owner, struct err *err)
{
    struct landing *landing = landing_of(target);
    struct landing_shared *shared = landing->config.shared;
    const struct fetch *fetch = owner;
    if (unchanged)
        return keep(landing, err);
    if (event != NULL)
        return take_committed(landing, err);
    struct landing_work *work = landing->work;
    if (landing->config.only_reads) {
        output_abort(&work->output);
        return FETCH_GOOD;
    }
    if (!make_ready(landing, err)) {
        output_abort(&work->output);
        return FETCH_REFUSED;
    }
    if (work->output.result == OUTFILE_UNCHANGED)
        return keep(landing, err);
    make_item(landing, &fetch->attempts.good);
    witness_fini(&work->witness);
    buf_fini(&work->output.buf);
    landing->stage = LANDING_READY;
    shared->commit(shared->context, landing);
    return FETCH_WAITS;
}

void landing_cancel(struct landing *landing)
{
    if (landing->work != NULL)
        err_set(&landing->work->err, ERR_INTERRUPTED, "interrupted");
}

/* ---- Beginning and ending ------------------------------------------------------------------ */

void landing_init(struct landing *landing, const struct landing_config *config)
{
    enum zonestate_kind kind = config->state->kind;
    *landing = (struct landing){
        .target = {.restart = restart, .judge = judge, .stop = stop, .finish = finish},
        .update = {.take = take_changes,
                   .merges = config->state->merges,
                   .since = config->state->old.serial,
                   .why = config->state->why,
                   .is_told = kind == ZONESTATE_EDITED || kind == ZONESTATE_FOREIGN},
        .config = *config,
        .sink = {take_begin, take_record, take_end, free_nothing},
    };
    landing->target.sink = &landing->sink;
}

void landing_fini(struct landing *landing)
{
    close_work(landing);
}
