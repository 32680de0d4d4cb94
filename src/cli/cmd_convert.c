#include "cli/cmd_convert.h"

#include "cli/compile.h"
#include "cli/jsonmem.h"
#include "cli/opt.h"
#include "cli/opt_gates.h"
#include "cli/report.h"
#include "cli/report_file.h"
#include "cli/run_fence.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "dns/serial.h"
#include "job/gates.h"
#include "job/hook.h"
#include "job/input.h"
#include "job/oldzone.h"
#include "job/output.h"
#include "job/pump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct convert {
    struct pump pump;         /* the first member, so that it leads to the rest */
    struct settings settings; /* a copy: a zone that does not begin with its SOA is sorted */
    const struct loop *loop;
    uint64_t deadline;
    struct loop_halt halt;
    struct say_facts facts;
    struct report_log log; /* between them and the teller */
    struct teller *teller;
    struct report_file file;
    uint64_t started;   /* of the time of day */
    struct oldzone old; /* what FILE holds */
    uint32_t from;      /* of changes: the serial that the first step begins at */
    struct hook hook;   /* the command of --exec */
    struct compile_trust trust;
    struct shape shape;
    struct input *input;
    struct output output;
    struct anchors *anchors;
    struct witness witness;
    struct gates gates;
    struct compile_net net; /* where there is a command */
    bool old_is_other;
    bool opened; /* the output */
    bool tried;  /* to open it */
    bool hopes;  /* that the records are in order, where they must be sorted */
    struct notes notes;
    struct faults faults; /* what is wrong with the input */
    bool sort_given;
    bool report_clashes; /* the report would be written over something else */
};

static struct input_config input_config(struct convert *c)
{
    const struct settings *settings = &c->settings;
    return (struct input_config){
        .path = settings->input,
        .origin = settings->zone_word != NULL ? settings->zone : NULL,
        .origin_length = settings->zone_length,
        .class = settings->class_given ? settings->class : 0,
        .sorts = settings->sort || c->hopes,
        .incomplete_good = settings->accept_incomplete,
        .reading = settings->reading,
        .faults = settings->reading.max_findings > 0 ? &c->faults : NULL,
        .view = !settings->condense                               ? DELTA_STEPS
                : (settings->format->flags & WRITER_AS_SENT) != 0 ? DELTA_NET_STEP
                                                                  : DELTA_NET,
        .delta_limit = spec_delta_limit(settings->format),
        .key = keys_for(&c->trust.keys, NULL),
        .loop = c->loop,
        .deadline = c->deadline,
        .notes = &c->notes,
        .watcher = settings->verbose > 1 ? &c->facts.teller : NULL,
        .json_failed = jsonmem_failed,
    };
}

static bool open_input(struct convert *c, struct err *err)
{
    const struct input_config config = input_config(c);
    c->notes.strict = c->settings.strict;
    filter_notes(&c->notes, &c->settings.filter);
    c->input = input_open(&config, err);
    return c->input != NULL;
}

/* Some formats can only hold changes, and some only zones; which of them the input is is known when
 * it is read. */
static bool fit_format(struct convert *c, struct err *err)
{
    struct settings *settings = &c->settings;
    settings->changes = c->input->changes;
    if (settings->changes && !settings->format_given)
        settings->format = writer_find("diff");
    const struct writer_type *format = settings->format;
    if (settings->changes && (format->flags & WRITER_CHANGES) == 0)
        return err_set(
            err, ERR_USAGE,
            "%.300s: holds changes, which the format %s cannot hold; --format diff writes them",
            settings->input, format->name);
    if (!settings->changes && (format->flags & WRITER_ONLY_CHANGES) != 0)
        return err_set(err, ERR_USAGE, "%.300s: holds a zone, and the format %s is one of changes",
                       settings->input, format->name);
    const char *lost = !settings->changes                ? NULL
                       : c->sort_given                   ? "sort"
                       : settings->guard.min_records > 0 ? "min-records"
                                                         : NULL;
    if (lost != NULL)
        return err_set(err, ERR_USAGE, "%.300s: holds changes, with which --%s means nothing",
                       settings->input, lost);
    if (settings->changes) /* they have an order of their own */
        settings->sort = false;
    else if (settings->condense)
        return err_set(err, ERR_USAGE, "%.300s: holds a zone, with which --condense means nothing",
                       settings->input);
    return opt_check_format(settings, err) && opt_gates_check(settings, err);
}

/* Called once the first record is known, or that there is none. Formats want the SOA first; if it
 * is not, the zone is sorted. */
static bool open_output(struct convert *c, struct err *err)
{
    struct settings *settings = &c->settings;
    bool has_zone = c->input != NULL && c->input->records > 0 && !c->input->changes;
    if (c->hopes && has_zone && !c->input->soa_first)
        return err_set(err, ERR_INTERNAL, "the SOA is not where it belongs");
    c->tried = true;
    if (c->input != NULL && !fit_format(c, err))
        return false;
    if (has_zone && !c->input->soa_first && !settings->sort) {
        settings->sort = true;
        settings->style.sum = opt_has_sum(settings);
        if (settings->verbose)
            say("%s: does not begin with its SOA; sorted", settings->input);
    }
    c->shape = compile_shape(settings);
    const struct output_config config = {
        .shape = &c->shape,
        .changes = settings->changes,
        .witness = settings->changes ? NULL : &c->witness,
        .is_judged = !settings->changes,
        .file = settings->output,
        .loop = c->loop,
        .deadline = c->deadline,
        .teller = c->teller,
    };
    c->opened = output_open(&c->output, &config, err);
    if (c->opened && settings->report != NULL)
        report_file_look(&c->file, &c->output);
    return c->opened && output_restart(&c->output, &c->notes, err);
}

/* At the first begin it is known what the input is, and so what the output is to be. */
static bool begin_output(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    struct convert *c = (struct convert *)pump;
    if (!c->tried)
        c->from = zone->from;
    if (!c->tried && !open_output(c, err))
        return false;
    c->output.began = true;
    pump->sink = c->output.sink;
    return pump->sink->begin(pump->sink, zone, err);
}

/* The input has ended well. */
static bool end_output(struct convert *c, struct err *err)
{
    struct sink *sink = c->output.sink;
    if (c->input->filtered) { /* what is made of it is not more than it was */
        c->shape.style.filtered = true;
        c->shape.style.sum = false;
    }
    if (c->input->partial)
        return sink->end(sink, OUTCOME_PARTIAL, c->input->why, err);
    return sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

/* Whether the zone may replace the one in FILE. */
static bool may_replace(struct convert *c, struct err *err)
{
    const struct oldzone *old = &c->old;
    const struct settings *settings = &c->settings;
    const struct zone_info *zone = &c->input->zone;
    if (!oldzone_is_of(old, zone->apex, zone->apex_length, settings->output.path, err)) {
        c->old_is_other = true;
        if (settings->force)
            *err = (struct err){.kind = ERR_NONE};
        return settings->force;
    }
    enum serial_order order = serial_compare(zone->serial, old->serial);
    return !old->has_serial || settings->allow_older || order == SERIAL_EQUAL ||
           order == SERIAL_NEWER ||
           notes_add(&c->notes, err, ERR_SERIAL_OLDER, "serial %lu is %s %lu, which %.200s had",
                     (unsigned long)zone->serial,
                     order == SERIAL_OLDER ? "older than" : "2^31 away from",
                     (unsigned long)old->serial, settings->output.path);
}

static bool check_old(struct convert *c, struct err *err)
{
    const struct zone_info *zone = &c->input->zone;
    const struct oldzone_config config = {
        .path = c->output.out.target,
        .zone = zone->apex,
        .zone_length = zone->apex_length,
        .loop = c->loop,
        .deadline = c->deadline,
    };
    if (c->output.out.temporary < 0 || c->settings.changes || zone->apex == NULL)
        return true;
    return oldzone_read(&c->old, &config, err) && may_replace(c, err);
}

/* Whether the zone is good enough for FILE. */
static bool pass_gates(struct convert *c, struct err *err)
{
    const struct settings *settings = &c->settings;
    const char *option = opt_gates_given(settings);
    const struct zone_info *zone = &c->input->zone;
    if (settings->changes || zone->apex == NULL || !gates_any(&c->shape))
        return true;
    if (c->output.out.temporary < 0)
        return option == NULL || err_set(err, ERR_USAGE, "--%s: %.300s is not a regular file",
                                         option, settings->output.path);
    c->gates.config = (struct gates_config){
        .output = &c->output,
        .witness = &c->witness,
        .zone = zone->apex,
        .zone_length = zone->apex_length,
        .class = zone->class,
        .has_old_serial = c->old.has_serial,
        .old_serial = c->old.serial,
        .old_is_other = c->old_is_other,
        .loop = c->loop,
        .deadline = c->deadline,
        .halt = &c->halt.halt,
        .teller = c->teller,
    };
    if (settings->gates.check_cmd != NULL && !compile_net(&c->net, settings, c->loop, NULL, err))
        return false;
    return gates_run(&c->gates, zone->serial, c->net.engine, err);
}

static const char *kind_of(const struct input *input)
{
    return input->form == INPUT_RECORDING ? "recording" : "file";
}

/* What the command of --exec is told; after a failure the input may not be known. */
static struct usercmd_facts hook_facts(const struct convert *c)
{
    const struct oldzone *old = &c->old;
    struct usercmd_facts facts = {.file = c->settings.output.path};
    if (c->settings.zone_word != NULL) {
        facts.zone = c->settings.zone;
        facts.zone_length = c->settings.zone_length;
    }
    if (c->input == NULL || c->input->zone.apex == NULL)
        return facts;
    const struct zone_info *zone = &c->input->zone;
    bool is_of = name_equal(old->zone, old->zone_length, zone->apex, zone->apex_length);
    facts.zone = zone->apex;
    facts.zone_length = zone->apex_length;
    facts.kind = kind_of(c->input);
    facts.has_serial = c->notes.counts[ERR_NO_SOA] == 0;
    facts.serial = zone->serial;
    facts.has_old_serial = c->settings.changes || (old->has_serial && is_of);
    facts.old_serial = c->settings.changes ? c->from : old->serial;
    return facts;
}

/* The marker of --exec, before FILE is replaced. */
static bool prepare_hook(struct convert *c, struct err *err)
{
    const struct usercmd_facts facts = hook_facts(c);
    if (c->settings.exec == NULL)
        return true;
    c->hook.config.changes = c->settings.changes;
    return (c->output.out.temporary >= 0 ||
            err_set(err, ERR_USAGE, "--exec: %.300s is not a regular file",
                    c->settings.output.path)) &&
           hook_prepare(&c->hook, &c->output, false, &facts, err);
}

static void tell_good(const struct convert *c)
{
    const char *name = say_file(c->settings.input);
    if (!c->settings.quiet)
        say_notes(name, &c->notes);
    if (!c->settings.quiet && c->input->partial)
        say("%s: warning: %s", name, c->input->why);
    if (c->settings.verbose)
        say("%s: records %" PRIu64 "%s", name, c->input->records,
            c->input->verified ? ", signatures verified" : "");
}

/* A fault of the input names its place; what a guard refuses is the zone as a whole. */
static void tell_failure(struct convert *c, const struct err *err)
{
    bool is_refused = err_class(err->kind) == ERR_CLASS_GUARD;
    const char *input = c->settings.input;
    say_facts_errors(&c->facts, is_refused ? say_file(input) : NULL, input, err, &c->faults);
}

/* On a terminal the reason is told once, by its message. */
static void mark_incomplete(struct convert *c, const struct err *err)
{
    static const char elsewhere[] = "see the message";
    if (!compile_one_terminal(&c->settings))
        output_incomplete(&c->output, &c->notes, err->text, err_own_length(err));
    else if (c->output.began)
        output_incomplete(&c->output, &c->notes, elsewhere, sizeof elsewhere - 1);
}

/* Reads the input into the output. */
static bool move_all(struct convert *c, struct err *err)
{
    c->pump = (struct pump){.halt = &c->halt.halt, .begin = begin_output, .work = HALT_READS};
    return open_input(c, err) && pump_source(&c->pump, &c->input->source, err) &&
           end_output(c, err);
}

/* The digest of a zone wants it sorted, and writes nothing before the end. A large master file is
 * mostly in order, so it is worth a try; the figures of a report are those of a sort. */
static bool may_be_in_order(struct convert *c)
{
    const struct settings *settings = &c->settings;
    const struct input_config config = input_config(c);
    return settings->format->open == w_zonemd_open && settings->report == NULL &&
           !settings->keep_case && opt_gates_given(settings) == NULL && input_is_master(&config, 1);
}

/* Makes everything as it was before the try, but for the output, where that is open. */
static bool start_over(struct convert *c, const struct settings *settings, struct err *err)
{
    if (c->input != NULL)
        c->input->source.free(&c->input->source);
    c->input = NULL;
    c->settings = *settings;
    c->hopes = false;
    faults_fini(&c->faults);
    notes_reset(&c->notes);
    *err = (struct err){.kind = ERR_NONE};
    if (!c->opened)
        return true;
    c->shape = compile_shape(&c->settings);
    return output_restart(&c->output, &c->notes, err);
}

static bool convert_input(struct convert *c, const struct settings *settings, struct err *err)
{
    c->hopes = may_be_in_order(c);
    if (!c->hopes)
        return move_all(c, err);
    c->settings.sort = false;
    if (move_all(c, err))
        return true;
    if (c->tried && !c->opened) /* the output is at fault */
        return false;
    return start_over(c, settings, err) && move_all(c, err);
}

static bool convert(struct convert *c, const struct settings *settings, struct err *err)
{
    if (!run_files_check(&c->settings, true, &c->report_clashes, err) ||
        !compile_trust(&c->trust, &c->settings, c->loop, c->deadline, c->teller, err) ||
        !compile_anchors(&c->anchors, &c->settings, c->loop, c->deadline, err))
        return false;
    c->witness.config = compile_witness(&c->settings, c->anchors, &c->halt.halt);
    run_fence(&c->settings, NULL);
    if (convert_input(c, settings, err) && check_old(c, err) && pass_gates(c, err) &&
        prepare_hook(c, err)) {
        tell_good(c);
        c->opened = false;
        bool good = output_commit(&c->output, err);
        if (!good)
            hook_take_back(&c->hook, &c->output.out);
        return good;
    }
    struct err ignored = {.kind = ERR_NONE};
    const char *path = c->settings.output.path;
    if (!c->tried &&
        (path == NULL || strcmp(path, "-") == 0)) /* nothing must pass for an empty zone */
        open_output(c, &ignored);
    if (c->opened) {
        mark_incomplete(c, err);
        hook_take_back(&c->hook, &c->output.out);
        output_abort(&c->output);
    }
    return false;
}

/* ---- The report ---------------------------------------------------------------------------- */

/* What FILE holds after a failure. */
static void measure_old(struct convert *c)
{
    const struct measure_config config = {
        .path = c->settings.output.path,
        .loop = c->loop,
        .deadline = c->deadline,
        .halt = &c->halt.halt,
    };
    report_file_measure(&c->output, &config, &c->old, false);
}

static bool write_report(struct convert *c, bool good, int exit, const struct err *why,
                         struct err *err)
{
    const struct input *input = c->input;
    enum report_state state =
        report_file_state(&c->file, &c->output, c->settings.output.path, good);
    if (state == REPORT_KEPT && !c->settings.changes)
        measure_old(c);
    else if (!good)
        c->output.figures.facts.complete = false;
    report_log_notes(&c->log, &c->notes);
    struct report_zone zone = {
        .zone = input != NULL ? input->zone.apex : NULL,
        .class = input != NULL ? input->zone.class : 0,
        .kind = input != NULL ? kind_of(input) : "file",
        .file = c->settings.output.path,
        .log = &c->log,
        .gates = &c->gates.list,
        .state = state,
        .started = c->started,
        .ended = loop_time_of_day(),
        .exit_status = exit,
        .message = why->kind != ERR_NONE ? why->text : NULL,
        .failure = why->kind,
        .failure_facts = why->facts,
        .hook = &c->hook,
    };
    report_file_put(&zone, &c->file, &c->output, good);
    return report_write(&c->settings, report_zone(&zone), c->loop, c->deadline, err);
}

/* A failure of the report makes a good run fail. */
static int end_report(struct convert *c, bool good, int status, const struct err *why,
                      struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    if (c->settings.report == NULL || c->report_clashes || write_report(c, good, status, why, &err))
        return status;
    say_facts_error(&c->facts, NULL, &err);
    return good ? run_end_status(end, err.kind) : status;
}

/* The command of --exec, or one that an earlier run has left. */
static bool run_hook(struct convert *c, bool good, const struct err *why)
{
    const struct usercmd_facts facts = hook_facts(c);
    if (!good)
        hook_find(&c->hook, &c->settings.output, why->kind, &facts);
    return hook_run(&c->hook);
}

int cmd_convert(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    struct convert *c = calloc(1, sizeof *c);
    if (c == NULL) {
        say_error("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    jsonmem_watch();
    c->settings = *settings;
    c->loop = loop;
    c->deadline = compile_deadline(settings);
    c->faults.most = settings->reading.max_findings;
    loop_halt_init(&c->halt, loop, c->deadline);
    say_facts_init(&c->facts, settings, &c->output.out.broken_pipe);
    report_log_init(&c->log, &c->facts.teller);
    c->teller = settings->report != NULL ? &c->log.teller : &c->facts.teller;
    c->started = loop_time_of_day();
    c->sort_given = settings->sort && (settings->format->flags & WRITER_SORTED) == 0 &&
                    !gate_needs_order(&settings->gates);
    const struct hook_config hook = compile_hook(settings, NULL, loop, c->deadline, c->teller);
    hook_init(&c->hook, &hook);
    bool good = convert(c, settings, &err);
    int status = ERR_CLASS_OK;
    if (!good) {
        tell_failure(c, &err);
        say_facts_fate(&c->facts, settings->output.path,
                       report_file_state(&c->file, &c->output, settings->output.path, false));
        status = run_end_status(end, err.kind);
    }
    bool hooked = run_hook(c, good, &err);
    if (good && !hooked) {
        status = run_end_status(end, c->hook.err.kind);
    } else if (good && settings->exit_code && c->output.result == OUTFILE_REPLACED) {
        status = ERR_CLASS_DIFFERS;
    }
    status = end_report(c, good, status, good ? &c->hook.err : &err, end);
    hook_fini(&c->hook);
    end->broken_pipe = c->output.out.broken_pipe;
    if (c->input != NULL)
        c->input->source.free(&c->input->source);
    compile_net_fini(&c->net);
    compile_trust_fini(&c->trust);
    output_fini(&c->output);
    witness_fini(&c->witness);
    anchor_free(c->anchors);
    faults_fini(&c->faults);
    report_log_fini(&c->log);
    free(c);
    return status;
}
