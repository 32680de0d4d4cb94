#include "cli/run_diff.h"

#include "cli/diff_side.h"
#include "cli/diff_sorted.h"
#include "cli/output.h"
#include "cli/say.h"
#include "dns/types.h"
#include "zone/merge.h"

#include <inttypes.h>
#include <stdlib.h>

enum { OLD, NEW, LOOK_EVERY = 4096 };

struct diff {
    const struct settings *settings;
    struct settings out_settings; /* what is written are changes: no filter, no guard, no sorting */
    const struct loop *loop;
    uint64_t deadline;
    struct keys keys;
    struct tls_context *tls;
    struct diff_side sides[2];
    struct output output;
    struct notes notes; /* of the output */
    bool writes;        /* somebody wants to see the changes */
    bool opened;        /* the output */
    bool begun;         /* some change has come */
    bool turned;        /* the deletes are over, and the new SOA has come */
    uint64_t added, deleted;
};

/* ---- The changes --------------------------------------------------------------------------- */

static bool put(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct sink *sink = d->output.sink;
    d->added += op == RR_ADD;
    d->deleted += op == RR_DELETE;
    return !d->writes || sink->record(sink, op, rr, err);
}

static bool is_apex_soa(const struct diff *d, const struct rr *rr)
{
    return rr->type == TYPE_SOA && rr->owner_length == d->sides[NEW].zone.apex_length;
}

static bool begin(struct diff *d, bool has_changes, struct err *err)
{
    static const struct rr none; /* for formats that take changes without a SOA */
    const struct diff_side *new = &d->sides[NEW];
    struct sink *sink = d->output.sink;
    struct zone_info info = new->zone;
    info.changes = true;
    info.from = d->sides[OLD].zone.serial;
    if (has_changes)
        info.newest = new->has_soa ? &new->soa : &none;
    d->begun = d->output.began = true;
    return !d->writes || sink->begin(sink, &info, err);
}

/* In canonical order. */
static bool take(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err)
{
    return (d->begun || begin(d, true, err)) && put(d, op, rr, err);
}

/* In the order of RFC 1995 section 4 it takes two walks: all deletes, behind the old SOA; then all
 * adds, behind the new one. A step has both SOAs, changed or not. */
static bool begin_step(struct diff *d, struct err *err)
{
    return d->begun || (begin(d, true, err) && put(d, RR_DELETE, &d->sides[OLD].soa, err));
}

static bool turn_step(struct diff *d, struct err *err)
{
    if (d->turned)
        return true;
    d->turned = true;
    return put(d, RR_ADD, &d->sides[NEW].soa, err);
}

/* The record before it in the walk may be one of the other kind, which this walk leaves out. */
static bool put_alone(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct rr copy = *rr;
    copy.flags &= (uint8_t)~RR_SAME_OWNER;
    return is_apex_soa(d, rr) || put(d, op, &copy, err);
}

static bool take_delete(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err)
{
    return op != RR_DELETE || (begin_step(d, err) && put_alone(d, op, rr, err));
}

static bool take_add(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err)
{
    return op != RR_ADD || (begin_step(d, err) && turn_step(d, err) && put_alone(d, op, rr, err));
}

/* Gives the changes on, one after the other. */
static bool pump(struct diff *d, struct source *changes,
                 bool (*to)(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err),
                 struct err *err)
{
    struct pollfd none = {.fd = -1};
    struct rr rr;
    enum rr_op op;
    enum source_event event = SOURCE_END;
    for (unsigned count = 1;; count++) {
        event = changes->next(changes, &rr, &op, err);
        if (event != SOURCE_RR)
            return event == SOURCE_END;
        if (!to(d, op, &rr, err))
            return false;
        if (count % LOOK_EVERY == 0 && loop_wait(d->loop, &none, 1, 0) == LOOP_SIGNAL)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
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

/* Finds the changes between the sources of the configuration. */
static bool merge(struct diff *d, struct merge_config *config,
                  bool (*to)(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err),
                  struct err *err)
{
    config->apex = d->sides[NEW].zone.apex;
    config->apex_length = d->sides[NEW].zone.apex_length;
    config->exact = d->settings->diff.exact;
    config->ignore = merge_ignores(d->settings);
    struct source *changes = merge_open(config, err);
    bool good = changes != NULL && pump(d, changes, to, err);
    if (changes != NULL)
        changes->free(changes);
    return good;
}

/* Walks along both stores. */
static bool walk(struct diff *d,
                 bool (*to)(struct diff *d, enum rr_op op, const struct rr *rr, struct err *err),
                 struct err *err)
{
    struct source *old = store_walk(d->sides[OLD].store, NULL, err);
    struct source *new = old != NULL ? store_walk(d->sides[NEW].store, NULL, err) : NULL;
    struct merge_config config = {.old = old, .new = new, .halt = &d->sides[OLD].halt.halt};
    bool good = new != NULL &&merge(d, &config, to, err);
    if (new != NULL)
        new->free(new);
    if (old != NULL)
        old->free(old);
    return good;
}

static bool compare(struct diff *d, struct err *err)
{
    bool as_sent = d->writes && (d->out_settings.format->flags & WRITER_AS_SENT) != 0;
    if (!as_sent)
        return walk(d, take, err);
    return walk(d, take_delete, err) && walk(d, take_add, err) && (!d->begun || turn_step(d, err));
}

/* ---- The two sides ------------------------------------------------------------------------- */

static bool tell(const struct diff *d, const struct err *err)
{
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED || d->output.out.broken_pipe)
        return false; /* the signal says it */
    say("%s", err->text);
    if (hint != NULL)
        say("hint: %s", hint);
    return false;
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
    const struct writer_type *format = d->out_settings.format;
    if (!d->writes || (format->flags & WRITER_AS_SENT) == 0)
        return true;
    for (int i = OLD; i <= NEW; i++)
        if (!d->sides[i].has_soa)
            return err_set(err, ERR_NO_SOA, "%s has no SOA, which the format %s needs",
                           d->sides[i].label, format->name);
    return true;
}

/* Reads both; a file that is missing and counts as empty is of the zone of the other. */
static enum err_kind load(struct diff *d, struct err *err)
{
    bool missing[2];
    for (int i = OLD; i <= NEW; i++)
        diff_side_is_missing(&d->sides[i], &missing[i]);
    if (missing[OLD] && missing[NEW]) {
        err_set(err, ERR_INPUT, "neither OLD nor NEW is there");
        tell(d, err);
        return err->kind;
    }
    for (int i = OLD; i <= NEW; i++) {
        enum err_kind kind = missing[i] ? ERR_NONE : diff_side_load(&d->sides[i]);
        if (kind != ERR_NONE)
            return kind;
    }
    for (int i = OLD; i <= NEW; i++)
        if (missing[i] && !diff_side_empty(&d->sides[i], &d->sides[NEW - i].zone, err))
            return tell(d, err), err->kind;
    return ERR_NONE;
}

/* ---- Sorted files -------------------------------------------------------------------------- */

static void learn_sorted(struct diff *d, const struct diff_sorted *sorted)
{
    for (int i = OLD; i <= NEW; i++) {
        struct pair_facts facts = pair_facts(sorted->pair, i);
        struct diff_side *side = &d->sides[i];
        diff_side_keep_soa(side, &facts.soa);
        side->zone = facts.zone;
        side->zone.apex = side->soa_owner; /* which outlives the pair */
    }
}

static void tell_sorted(const struct diff *d, const struct diff_sorted *sorted)
{
    for (int i = OLD; i <= NEW && d->settings->verbose; i++) {
        struct name_string name;
        struct pair_facts facts = pair_facts(sorted->pair, i);
        say("%s: %s: zone %s, serial %" PRIu32 ", records %" PRIu64, d->sides[i].label,
            d->sides[i].source->word, name_string(&name, facts.zone.apex), facts.zone.serial,
            facts.records);
    }
}

/* Takes back what has come of it. */
static bool forget(struct diff *d, struct err *err)
{
    *err = (struct err){.kind = ERR_NONE};
    d->begun = false;
    d->added = d->deleted = 0;
    for (int i = OLD; i <= NEW; i++)
        d->sides[i].has_soa = false;
    return !d->writes || output_restart(&d->output, &d->notes, err);
}

/* Compares line by line, where both sides are files for that. Sets *done to whether it has; if not,
 * nothing has happened. */
static bool compare_sorted(struct diff *d, bool *done, struct err *err)
{
    struct diff_sorted sorted;
    struct merge_config config = {.old = NULL};
    bool good = true;
    *done = diff_sorted_open(&sorted, d->settings, d->loop, d->deadline);
    if (*done) {
        learn_sorted(d, &sorted);
        diff_sorted_use(&sorted, &config);
        good = merge(d, &config, take, err);
        if (good)
            tell_sorted(d, &sorted);
    }
    if (!good && diff_sorted_gives_up(err)) {
        *done = false;
        good = forget(d, err);
    }
    diff_sorted_close(&sorted);
    return good;
}

/* ---- The run ------------------------------------------------------------------------------- */

static bool open_output(struct diff *d, struct err *err)
{
    if (!d->writes)
        return true;
    d->opened = output_open(&d->output, &d->out_settings, d->loop, d->deadline, err);
    return d->opened && output_restart(&d->output, &d->notes, err);
}

static bool start(struct diff *d, struct err *err)
{
    if (!fetch_open_tls(d->settings, &d->tls, err) ||
        !keys_load(&d->keys, d->settings, d->loop, d->deadline, err) || !open_output(d, err))
        return tell(d, err);
    for (int i = OLD; i <= NEW; i++) {
        struct diff_side *side = &d->sides[i];
        side->label = i == OLD ? "OLD" : "NEW";
        side->source = &d->settings->diff.sources[i];
        side->loop = d->loop;
        side->deadline = d->deadline;
        side->keys = &d->keys;
        side->tls = d->tls;
        side->settings = *d->settings;
    }
    return true;
}

static bool finish(struct diff *d, struct err *err)
{
    struct sink *sink = d->output.sink;
    if (d->settings->verbose)
        say("deleted %" PRIu64 ", added %" PRIu64, d->deleted, d->added);
    if (!d->writes)
        return true;
    if ((!d->begun && !begin(d, false, err)) || !sink->end(sink, OUTCOME_COMPLETE, NULL, err))
        return false;
    d->opened = false;
    if (!d->settings->quiet)
        say_notes(d->out_settings.format->name, &d->notes);
    return output_commit(&d->output, err);
}

/* Returns ERR_NONE or what has failed, which was told. */
static enum err_kind diff(struct diff *d)
{
    struct err err = {.kind = ERR_NONE};
    enum err_kind kind = ERR_NONE;
    bool done = false;
    if (!start(d, &err))
        return err.kind;
    bool good = compare_sorted(d, &done, &err);
    kind = done || !good ? ERR_NONE : load(d, &err);
    if (kind == ERR_NONE && !done)
        good = good && check_zones(d, &err) && check_soas(d, &err) && compare(d, &err);
    if (kind == ERR_NONE && (!good || !finish(d, &err))) {
        tell(d, &err);
        kind = err.kind;
    }
    if (kind != ERR_NONE && d->opened)
        output_abort(&d->output);
    return kind;
}

/* Changes are written as they are; what was chosen was chosen before. All of them are held until it
 * is known that both sides are good. */
static void set_output(struct diff *d)
{
    struct settings *settings = &d->out_settings;
    *settings = *d->settings;
    settings->filter.active = false;
    settings->guard = (struct guard_limits){.max_shrink = NO_SHRINK_LIMIT};
    settings->sort = false;
    settings->output.whole = true;
    d->writes = !settings->quiet || settings->output.path != NULL;
}

int run_diff(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct diff *d = calloc(1, sizeof *d);
    if (d == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    d->settings = settings;
    d->notes.strict = settings->strict;
    d->loop = loop;
    d->deadline = settings->max_time == 0 ? LOOP_NEVER : loop_now() + settings->max_time;
    set_output(d);
    enum err_kind kind = diff(d);
    int status = kind != ERR_NONE            ? (int)err_class(kind)
                 : d->added + d->deleted > 0 ? ERR_CLASS_DIFFERS
                                             : ERR_CLASS_OK;
    end->interrupted = kind == ERR_INTERRUPTED;
    if (end->interrupted)
        status = 128 + end->caught_signal();
    end->broken_pipe = d->output.out.broken_pipe;
    diff_side_fini(&d->sides[OLD]);
    diff_side_fini(&d->sides[NEW]);
    output_fini(&d->output);
    keys_fini(&d->keys);
    tls_context_free(d->tls);
    free(d);
    return status;
}
