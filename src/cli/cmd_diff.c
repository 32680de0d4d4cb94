#include "cli/cmd_diff.h"

#include "cli/compile.h"
#include "cli/jsonmem.h"
#include "cli/report.h"
#include "cli/run_fence.h"
#include "cli/run_files.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "dns/types.h"
#include "job/compare.h"
#include "job/measure.h"
#include "job/output.h"
#include "job/pump.h"
#include "job/side.h"
#include "job/side_ahead.h"
#include "job/side_sorted.h"
#include "out/discard.h"
#include "zone/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OLD, NEW };

struct diff {
    struct pump pump; /* the first member, so that it leads to the rest */
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    struct loop_halt halt;
    struct say_facts facts;     /* of the run, and of OLD */
    struct say_facts new_facts; /* of NEW: held while OLD is still transferred */
    struct old_teller {
        struct teller teller; /* the first member, so that it leads to the rest */
        struct diff *diff;
    } old_teller;              /* told when OLD was read */
    struct report_log logs[2]; /* between the sides and their tellers */
    struct figures figures[2]; /* of the sides, for the report */
    struct stats counts;       /* of changes that are not written */
    uint64_t started;          /* of the time of day */
    struct err err;            /* what has failed beside the sides */
    bool report_clashes;       /* the report would be written over something else */
    struct compile_net net;
    struct compile_trust trust;
    struct route routes[2];
    struct shape shape;     /* of the sides: filter and guards are for what is read */
    struct shape out_shape; /* what is written are changes: no filter, no guard, no sorting */
    struct spec specs[2];
    struct side sides[2];
    struct side_ahead ahead; /* NEW, while OLD is read */
    struct output output;
    struct sink *nowhere; /* in place of the output, where the changes are not to be written */
    struct notes notes;   /* of the output */
    unsigned jobs;        /* threads that files can be read by */
    bool writes;          /* the changes are to be written */
    bool opened;          /* the output */
};

/* ---- The changes --------------------------------------------------------------------------- */

static bool begin_output(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    struct diff *d = (struct diff *)pump;
    d->output.began = true;
    return pump->sink->begin(pump->sink, zone, err);
}

static unsigned merge_ignores(const struct settings *settings)
{
    static const struct {
        unsigned option, ignore;
    } rows[] = {{DIFF_IGNORE_TTL, MERGE_IGNORE_TTL},
                {DIFF_IGNORE_SERIAL, MERGE_IGNORE_SERIAL},
                {DIFF_IGNORE_SOA, MERGE_IGNORE_SOA}};
    unsigned ignore = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((settings->diff.ignore & rows[i].option) != 0)
            ignore |= rows[i].ignore;
    return ignore;
}

/* What both ways share of a merge. */
static struct merge_config merge_of(const struct diff *d)
{
    return (struct merge_config){
        .apex = d->sides[NEW].zone.apex,
        .apex_length = d->sides[NEW].zone.apex_length,
        .exact = d->settings->diff.exact,
        .ignore = merge_ignores(d->settings),
        .halt = &d->halt.halt,
    };
}

/* Finds the changes by the merges that `open` makes, and passes them on. */
static bool move_changes(struct diff *d, struct source *(*open)(void *context, struct err *err),
                         void *context, struct err *err)
{
    const struct side *old = &d->sides[OLD], *new = &d->sides[NEW];
    const struct compare_config config = {
        .open = open,
        .context = context,
        .zone = new->zone,
        .from = old->zone.serial,
        .old_soa = old->has_soa ? &old->soa.rr : NULL,
        .new_soa = new->has_soa ? &new->soa.rr : NULL,
        .as_sent = d->writes && (d->out_shape.format->flags & WRITER_AS_SENT) != 0,
    };
    struct source *changes = compare_open(&config, err);
    bool good = changes != NULL && pump_source(&d->pump, changes, err);
    if (changes != NULL)
        changes->free(changes);
    return good;
}

/* ---- Any two zones ------------------------------------------------------------------------- */

/* A walk along both stores, which lasts as long as its merge. */
struct walk {
    struct source source;
    struct store_pair pair;
    struct source *merge;
};

static enum source_event walk_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct walk *walk = (struct walk *)source;
    return walk->merge->next(walk->merge, rr, op, err);
}

static void walk_free(struct source *source)
{
    struct walk *walk = (struct walk *)source;
    if (walk->merge != NULL)
        walk->merge->free(walk->merge);
    for (int i = OLD; i <= NEW; i++)
        if (walk->pair.walks[i] != NULL)
            walk->pair.walks[i]->free(walk->pair.walks[i]);
    free(walk);
}

static struct source *open_walk(void *context, struct err *err)
{
    struct diff *d = context;
    struct walk *walk = calloc(1, sizeof *walk);
    struct merge_config merge = merge_of(d);
    if (walk == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    walk->source = (struct source){.next = walk_next, .free = walk_free};
    struct source **walks = walk->pair.walks;
    walks[OLD] = merge.old = store_walk(d->sides[OLD].store, NULL, err);
    if (walks[OLD] != NULL)
        walks[NEW] = merge.new = store_walk(d->sides[NEW].store, NULL, err);
    merge.skip = store_skip;
    merge.skip_context = &walk->pair;
    if (walks[NEW] != NULL)
        walk->merge = merge_open(&merge, err);
    if (walk->merge != NULL)
        return &walk->source;
    walk_free(&walk->source);
    return NULL;
}

static bool check_zones(const struct diff *d, struct err *err)
{
    const struct zone_info *old = &d->sides[OLD].zone, *new = &d->sides[NEW].zone;
    struct name_string old_name, new_name;
    char old_class[16], new_class[16];
    if (old->class ==
        new->class &&name_equal(old->apex, old->apex_length, new->apex, new->apex_length))
        return true;
    *types_class_text(old_class, old->class) = '\0';
    *types_class_text(new_class, new->class) = '\0';
    return err_set(err, ERR_ZONES_DIFFER, "OLD is the zone %.300s %s, and NEW is %.300s %s",
                   name_string(&old_name, old->apex), old_class, name_string(&new_name, new->apex),
                   new_class);
}

/* What a server would send begins with a SOA. */
static bool check_soas(const struct diff *d, struct err *err)
{
    const struct writer_type *format = d->out_shape.format;
    if (!d->writes || (format->flags & WRITER_AS_SENT) == 0)
        return true;
    for (int i = OLD; i <= NEW; i++)
        if (!d->sides[i].has_soa)
            return err_set(err, ERR_NO_SOA, "%s has no SOA, which the format %s needs",
                           d->sides[i].config.label, format->name);
    return true;
}

/* The messages about OLD are said as they come; once it was read, those about NEW follow. */
static void tell_old(struct teller *teller, const struct fact *fact)
{
    struct diff *d = ((struct old_teller *)teller)->diff;
    d->facts.teller.tell(&d->facts.teller, fact);
    if (fact->kind == FACT_SIDE_READ)
        say_facts_release(&d->new_facts);
}

/* What was read into the stores. */
static bool measure_stores(struct diff *d, struct err *err)
{
    bool good = true;
    for (int i = OLD; i <= NEW && good && d->settings->report != NULL; i++) {
        struct figures *figures = &d->figures[i];
        struct source *walk = store_walk(d->sides[i].store, NULL, err);
        good = walk != NULL && measure_source(walk, &d->sides[i].zone, &d->halt.halt,
                                              &figures->facts, &figures->stats, err);
        if (walk != NULL)
            walk->free(walk);
    }
    return good;
}

/* Both from servers, at once. */
static enum err_kind load_both(struct diff *d)
{
    enum err_kind failures[2];
    say_facts_hold(&d->new_facts);
    side_load_both(d->sides, failures);
    return failures[OLD] != ERR_NONE ? failures[OLD] : failures[NEW];
}

/* Reads both, one after the other as far as anybody can see. Returns ERR_NONE or what has failed,
 * which was told; an error of another kind is set. */
static enum err_kind load_in_turn(struct diff *d, const bool missing[2], struct err *err)
{
    enum err_kind kind = ERR_NONE;
    side_ahead_begin(&d->ahead, d->sides, d->jobs);
    for (int i = OLD; i <= NEW && kind == ERR_NONE && err->kind == ERR_NONE; i++) {
        if (i == NEW)
            side_ahead_take(&d->ahead);
        if (!missing[i] && side_expect(&d->sides[i], &d->sides[NEW - i], err))
            kind = side_load(&d->sides[i]);
    }
    side_ahead_end(&d->ahead);
    return kind;
}

/* Reads both; a file that is missing and counts as empty is of the zone of the other. Returns
 * ERR_NONE or what has failed, which was told. */
static enum err_kind load_sides(struct diff *d)
{
    struct err err = {.kind = ERR_NONE};
    enum err_kind kind = ERR_NONE;
    bool missing[2];
    for (int i = OLD; i <= NEW; i++)
        missing[i] = side_is_missing(&d->sides[i]);
    if (d->sides[OLD].config.path == NULL && d->sides[NEW].config.path == NULL)
        return load_both(d);
    if (missing[OLD] && missing[NEW])
        err_set(&err, ERR_INPUT, "neither OLD nor NEW is there");
    else
        kind = load_in_turn(d, missing, &err);
    for (int i = OLD; i <= NEW && kind == ERR_NONE && err.kind == ERR_NONE; i++)
        if (missing[i])
            side_empty(&d->sides[i], &d->sides[NEW - i].zone, &err);
    if (err.kind != ERR_NONE)
        say_facts_error(&d->facts, NULL, &err);
    return kind != ERR_NONE ? kind : err.kind;
}

/* ---- Sorted files -------------------------------------------------------------------------- */

static void learn_sorted(struct diff *d, const struct side_sorted *sorted)
{
    for (int i = OLD; i <= NEW; i++) {
        struct pair_facts facts = pair_facts(sorted->pair, i);
        struct side *side = &d->sides[i];
        side_keep_soa(side, &facts.soa);
        side->zone = facts.zone;
        side->zone.apex = side->soa.owner; /* which outlives the pair */
    }
}

static void tell_sorted(struct diff *d, const struct side_sorted *sorted)
{
    for (int i = OLD; i <= NEW; i++) {
        struct pair_facts facts = pair_facts(sorted->pair, i);
        d->facts.teller.tell(&d->facts.teller, &(struct fact){.kind = FACT_SIDE_READ,
                                                              .label = d->sides[i].config.label,
                                                              .text = d->sides[i].config.word,
                                                              .zone_info = &facts.zone,
                                                              .number = facts.records});
    }
}

/* Takes back what the quick way has written. */
static bool undo_comparison(struct diff *d, struct err *err)
{
    *err = (struct err){.kind = ERR_NONE};
    memset(d->pump.moved, 0, sizeof d->pump.moved);
    for (int i = OLD; i <= NEW; i++)
        d->sides[i].has_soa = false;
    if (!d->writes)
        return true;
    bool good = output_restart(&d->output, &d->notes, err);
    d->pump.sink = d->output.sink;
    return good;
}

/* The quick way does not look at each record of the files. */
static bool measure_files(struct diff *d, struct err *err)
{
    bool good = true;
    for (int i = OLD; i <= NEW && good; i++) {
        const struct measure_config config = {
            .path = d->sides[i].config.path,
            .filter = d->shape.filter,
            .loop = d->loop,
            .deadline = d->deadline,
            .halt = &d->halt.halt,
        };
        good = measure_file(&config, &d->figures[i].facts, &d->figures[i].stats, err);
    }
    return good;
}

static struct source *open_pair(void *context, struct err *err)
{
    return merge_open(context, err);
}

/* Compares line by line, where both sides are files for that. Sets *done to whether it has; if not,
 * nothing has happened. */
static bool compare_sorted(struct diff *d, bool *done, struct err *err)
{
    struct side_sorted sorted;
    bool good = true;
    *done = side_sorted_open(&sorted, d->sides);
    if (*done) {
        learn_sorted(d, &sorted);
        struct merge_config merge = merge_of(d);
        side_sorted_use(&sorted, &merge);
        good = move_changes(d, open_pair, &merge, err);
        if (good)
            tell_sorted(d, &sorted);
        if (good && d->settings->report != NULL)
            good = measure_files(d, err);
    }
    if (!good && side_sorted_gives_up(err)) {
        *done = false;
        good = undo_comparison(d, err);
    }
    side_sorted_close(&sorted);
    return good;
}

/* ---- The run ------------------------------------------------------------------------------- */

static bool open_output(struct diff *d, struct err *err)
{
    const struct output_config config = {
        .shape = &d->out_shape,
        .changes = true,
        .file = {.path = d->settings->output.path,
                 .whole = true,
                 .touch = d->settings->output.touch,
                 .wait = d->settings->output.wait,
                 .new_mode = d->settings->output.new_mode},
        .loop = d->loop,
        .deadline = d->deadline,
        .teller = &d->facts.teller,
    };
    if (!d->writes) {
        d->nowhere = discard_new(err);
        if (d->nowhere != NULL && d->out_shape.counts)
            d->nowhere = stats_new(d->nowhere, &d->counts, err);
        d->pump.sink = d->nowhere;
        return d->nowhere != NULL;
    }
    d->opened = output_open(&d->output, &config, err);
    bool good = d->opened && output_restart(&d->output, &d->notes, err);
    d->pump.sink = d->output.sink;
    return good;
}

/* The orders of one side: those of the run, with this side's zone and servers. */
static void compile_side(struct diff *d, int i)
{
    const struct settings *settings = d->settings;
    const struct zone_source *source = &settings->diff.sources[i];
    struct route *route = &d->routes[i];
    struct spec *spec = &d->specs[i];
    struct report_log *log = &d->logs[i];
    *route = compile_route(settings, &d->trust);
    *spec = compile_spec(settings, route, &d->shape);
    compile_source(route, spec, source);
    d->sides[i].config = (struct side_config){
        .label = i == OLD ? "OLD" : "NEW",
        .word = source->word,
        .path = source->path,
        .spec = spec,
        .class_given = settings->class_given,
        .missing_good = settings->diff.new_file,
        .incomplete_good = settings->accept_incomplete,
        .reading = settings->reading,
        .exact = settings->diff.exact,
        .memory = d->shape.memory / 2,
        .without_zonemd = (settings->diff.ignore & DIFF_IGNORE_ZONEMD) != 0,
        .loop = d->loop,
        .deadline = d->deadline,
        .halt = &d->halt.halt,
        .keys = &d->trust.keys,
        .json_failed = jsonmem_failed,
        .teller = settings->report != NULL ? &log->teller : log->next,
        .shows_progress = compile_progress(settings),
        .watches = settings->verbose > 1,
        .engine = d->net.engine,
        .endpoints = d->net.endpoints,
    };
}

static bool open_all(struct diff *d, struct err *err)
{
    if (!run_files_check(d->settings, d->writes, &d->report_clashes, err) ||
        !compile_trust(&d->trust, d->settings, d->loop, d->deadline, &d->facts.teller, err) ||
        !open_output(d, err))
        return false;
    static const struct outfile none = {.temporary = -1};
    run_fence(d->settings, d->writes ? &d->output.out : &none);
    if (!compile_net(&d->net, d->settings, d->loop, NULL, err))
        return false;
    compile_side(d, OLD);
    compile_side(d, NEW);
    return true;
}

static bool end_output(struct diff *d, struct err *err)
{
    struct sink *sink = d->pump.sink;
    if (d->settings->verbose)
        say("deleted %" PRIu64 ", added %" PRIu64, d->pump.moved[RR_DELETE], d->pump.moved[RR_ADD]);
    if (!d->writes)
        return true;
    if (!sink->end(sink, OUTCOME_COMPLETE, NULL, err))
        return false;
    d->opened = false;
    if (!d->settings->quiet)
        say_notes(d->out_shape.format->name, &d->notes);
    return output_commit(&d->output, err);
}

/* Returns ERR_NONE or what has failed, which was told. */
static enum err_kind diff(struct diff *d)
{
    struct err *err = &d->err;
    enum err_kind kind = ERR_NONE;
    bool done = false;
    bool good = open_all(d, err) && compare_sorted(d, &done, err);
    if (good && !done)
        kind = load_sides(d);
    if (kind == ERR_NONE && good && !done)
        good = measure_stores(d, err) && check_zones(d, err) && check_soas(d, err) &&
               move_changes(d, open_walk, d, err);
    if (kind == ERR_NONE && (!good || !end_output(d, err))) {
        say_facts_error(&d->facts, NULL, err);
        kind = err->kind;
    }
    if (kind != ERR_NONE && d->opened)
        output_abort(&d->output);
    return kind;
}

/* Changes are written as they are: the choice of records was made before. All of them are held
 * until it is known that both sides are good. */
static void set_up(struct diff *d)
{
    const struct settings *settings = d->settings;
    d->notes.strict = settings->strict;
    d->deadline = compile_deadline(settings);
    d->writes = !settings->quiet || settings->output.path != NULL;
    if (settings->diff.sources[OLD].path != NULL && settings->diff.sources[NEW].path != NULL)
        d->jobs = compile_jobs(settings); /* by files that the fence keeps out */
    d->shape = d->out_shape = compile_shape(settings);
    d->out_shape.filter = NULL;
    d->out_shape.guard = (struct guard_limits){.max_shrink = NO_SHRINK_LIMIT};
    d->out_shape.sort = false;
    d->pump = (struct pump){.halt = &d->halt.halt, .begin = begin_output, .work = HALT_COMPARES};
    loop_halt_init(&d->halt, d->loop, d->deadline);
    say_facts_init(&d->facts, settings, &d->output.out.broken_pipe);
    say_facts_init(&d->new_facts, settings, NULL);
    d->old_teller = (struct old_teller){{tell_old}, d};
    report_log_init(&d->logs[OLD], &d->old_teller.teller);
    report_log_init(&d->logs[NEW], &d->new_facts.teller);
    d->started = loop_time_of_day();
}

/* ---- The report ---------------------------------------------------------------------------- */

static int status_of(enum err_kind kind, int exit)
{
    return kind == ERR_NONE                        ? ERR_CLASS_OK
           : kind == ERR_INTERRUPTED && exit > 128 ? exit
                                                   : (int)err_class(kind);
}

/* One side; the run ended at `ended` and with `exit`. */
static struct report_zone side_report(const struct diff *d, int i, uint64_t ended, int exit)
{
    const struct side *side = &d->sides[i];
    const struct fetch *fetch = &side->fetch;
    const struct report_log *log = &d->logs[i];
    bool is_file = side->config.path != NULL, has_zone = d->figures[i].facts.complete;
    bool knows_zone = side->config.spec != NULL && d->specs[i].word != NULL;
    bool failed_there = !is_file && !fetch->good && fetch->attempts.count > 0;
    enum err_kind failure = failed_there ? fetch->attempts.worst.kind : log->failure.kind;
    const char *text = failed_there ? fetch->attempts.worst.text : log->failure.text;
    return (struct report_zone){
        .zone = has_zone     ? d->figures[i].facts.apex
                : knows_zone ? d->specs[i].zone
                             : NULL,
        .class = has_zone ? side->zone.class : d->specs[i].class,
        .kind = is_file ? "file" : NULL,
        .file = side->config.path,
        .attempts = is_file ? NULL : &fetch->attempts,
        .stats = has_zone ? &d->figures[i].stats : NULL,
        .facts = &d->figures[i].facts,
        .log = log,
        .started = d->started,
        .ended = ended,
        .waited = fetch->waited,
        .confirmed = fetch->good ? ended : 0,
        .exit_status = status_of(failure, exit),
        .message = failure != ERR_NONE ? text : NULL,
        .failure = failure,
        .failure_facts = failed_there ? fetch->attempts.worst.facts : log->failure.facts,
    };
}

static bool write_report(struct diff *d, bool good, int exit, struct err *err)
{
    uint64_t ended = loop_time_of_day();
    const struct stats *counts = d->writes ? &d->output.figures.stats : &d->counts;
    struct report_diff report = {
        .old = side_report(d, OLD, ended, exit),
        .new = side_report(d, NEW, ended, exit),
        .started = d->started,
        .ended = ended,
        .is_known = good,
        .is_by_name = !d->writes || (d->out_shape.format->flags & WRITER_AS_SENT) == 0,
        .added = d->pump.moved[RR_ADD],
        .deleted = d->pump.moved[RR_DELETE],
        .changed_names = counts->names,
        .exit_status = exit,
    };
    const struct report_zone *failed = report.old.message != NULL ? &report.old : &report.new;
    report.message = good ? NULL : d->err.kind != ERR_NONE ? d->err.text : failed->message;
    report.failure = d->err.kind != ERR_NONE ? d->err.kind : failed->failure;
    report.failure_facts = d->err.kind != ERR_NONE ? d->err.facts : failed->failure_facts;
    return report_write(d->settings, report_diff(&report), d->loop, d->deadline, err);
}

/* A failure of the report makes a good run fail. */
static int end_report(struct diff *d, bool good, int status, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    if (d->settings->report == NULL || d->report_clashes || write_report(d, good, status, &err))
        return status;
    say_facts_error(&d->facts, NULL, &err);
    return good ? run_end_status(end, err.kind) : status;
}

int cmd_diff(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct diff *d = calloc(1, sizeof *d);
    if (d == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    d->settings = settings;
    d->loop = loop;
    jsonmem_watch();
    set_up(d);
    enum err_kind kind = diff(d);
    bool differs = d->pump.moved[RR_ADD] + d->pump.moved[RR_DELETE] > 0;
    int status = run_end_status(end, kind);
    if (kind == ERR_NONE && differs)
        status = ERR_CLASS_DIFFERS;
    status = end_report(d, kind == ERR_NONE, status, end);
    end->broken_pipe = d->output.out.broken_pipe;
    side_fini(&d->sides[OLD]);
    side_fini(&d->sides[NEW]);
    compile_net_fini(&d->net);
    say_facts_fini(&d->new_facts);
    if (d->nowhere != NULL)
        d->nowhere->free(d->nowhere);
    output_fini(&d->output);
    stats_fini(&d->counts);
    for (int i = OLD; i <= NEW; i++) {
        report_log_fini(&d->logs[i]);
        stats_fini(&d->figures[i].stats);
    }
    compile_trust_fini(&d->trust);
    free(d);
    return status;
}
