#include "cli/run_convert.h"

#include "cli/input.h"
#include "cli/keys.h"
#include "cli/opt.h"
#include "cli/output.h"
#include "cli/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct convert {
    struct settings settings; /* a copy: a zone that does not begin with its SOA is sorted */
    struct keys keys;
    struct input *input;
    struct output output;
    bool opened; /* the output */
    bool tried;  /* to open it */
    struct notes notes;
    bool sort_given;
};

static bool open_input(struct convert *c, const struct loop *loop, uint64_t deadline,
                       struct err *err)
{
    const struct settings *settings = &c->settings;
    struct input_config config = {
        .path = settings->input,
        .origin = settings->zone_word != NULL ? settings->zone : NULL,
        .origin_length = settings->zone_length,
        .class = settings->class_given ? settings->class : 0,
        .sorts = settings->sort,
        .incomplete_good = settings->accept_incomplete,
        .view = !settings->condense                               ? DELTA_STEPS
                : (settings->format->flags & WRITER_AS_SENT) != 0 ? DELTA_NET_STEP
                                                                  : DELTA_NET,
        .key = keys_for(&c->keys, NULL),
        .loop = loop,
        .deadline = deadline,
        .notes = &c->notes,
    };
    c->notes.strict = settings->strict;
    c->input = input_open(&config, err);
    return c->input != NULL;
}

/* Changes and zones have formats of their own, and what the input is turns out when it is read. */
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
    return opt_check_format(settings, err);
}

/* Once the first record is known, or that there will be none. Formats want the SOA first; where it
 * is not, sorting puts it there. */
static bool open_output(struct convert *c, const struct loop *loop, uint64_t deadline,
                        struct err *err)
{
    struct settings *settings = &c->settings;
    c->tried = true;
    if (c->input != NULL && !fit_format(c, err))
        return false;
    bool has_zone = c->input != NULL && c->input->records > 0 && !c->input->changes;
    if (has_zone && !c->input->soa_first && !settings->sort) {
        settings->sort = true;
        settings->style.sum = opt_has_sum(settings);
        if (settings->verbose)
            say("%s: does not begin with its SOA; sorted", settings->input);
    }
    c->opened = output_open(&c->output, settings, loop, deadline, err);
    return c->opened && output_restart(&c->output, &c->notes, err);
}

/* At the first begin it is known what the input is, and so what the output shall be. */
static bool begin_output(struct convert *c, const struct loop *loop, uint64_t deadline,
                         struct err *err)
{
    if (!c->tried && !open_output(c, loop, deadline, err))
        return false;
    c->output.began = true;
    return c->output.sink->begin(c->output.sink, &c->input->source.zone, err);
}

/* The input has ended well. */
static bool end_output(struct convert *c, struct err *err)
{
    struct sink *sink = c->output.sink;
    if (c->input->filtered) { /* what is made of it is no more than it was */
        c->settings.style.filtered = true;
        c->settings.style.sum = false;
    }
    if (c->input->partial)
        return sink->end(sink, OUTCOME_PARTIAL, c->input->why, err);
    return sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

/* Moves the records from the file to the output. A signal is seen between some of them. */
static bool pump(struct convert *c, const struct loop *loop, uint64_t deadline, struct err *err)
{
    enum { LOOK_EVERY = 4096 };
    struct source *source = &c->input->source;
    struct pollfd none = {.fd = -1};
    struct rr rr;
    enum rr_op op;
    for (unsigned count = 1;; count++) {
        switch (source->next(source, &rr, &op, err)) {
        case SOURCE_BEGIN:
            if (!begin_output(c, loop, deadline, err))
                return false;
            break;
        case SOURCE_RR:
            if (!c->output.sink->record(c->output.sink, op, &rr, err))
                return false;
            break;
        case SOURCE_END:
            return end_output(c, err);
        case SOURCE_FAIL:
        default:
            return false;
        }
        if (count % LOOK_EVERY == 0 && loop_wait(loop, &none, 1, 0) == LOOP_SIGNAL)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
}

static void tell(const struct convert *c, const struct err *err)
{
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED || c->output.out.broken_pipe)
        return; /* the signal says it */
    say("%s", err->text);
    if (hint != NULL)
        say("hint: %s", hint);
}

static bool convert(struct convert *c, const struct loop *loop, uint64_t deadline, struct err *err)
{
    if (!keys_load(&c->keys, &c->settings, loop, deadline, err))
        return false;
    if (open_input(c, loop, deadline, err) && pump(c, loop, deadline, err)) {
        if (!c->settings.quiet) {
            say_notes(c->settings.input, &c->notes);
            if (c->input->partial)
                say("%s: warning: %s", c->settings.input, c->input->why);
        }
        if (c->settings.verbose)
            say("%s: records %" PRIu64 "%s", c->settings.input, c->input->records,
                c->input->verified ? ", signatures verified" : "");
        c->opened = false;
        return output_commit(&c->output, err);
    }
    struct err ignored = {.kind = ERR_NONE};
    const char *path = c->settings.output.path;
    if (!c->tried &&
        (path == NULL || strcmp(path, "-") == 0)) /* nothing shall pass for an empty zone */
        open_output(c, loop, deadline, &ignored);
    if (c->opened) {
        output_incomplete(&c->output, &c->notes, err->text);
        output_abort(&c->output);
    }
    return false;
}

int run_convert(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct err err = {.kind = ERR_NONE};
    struct convert *c = calloc(1, sizeof *c);
    if (c == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    c->settings = *settings;
    c->sort_given = settings->sort && (settings->format->flags & WRITER_SORTED) == 0;
    uint64_t deadline = settings->max_time == 0 ? LOOP_NEVER : loop_now() + settings->max_time;
    bool good = convert(c, loop, deadline, &err);
    int status = ERR_CLASS_OK;
    if (!good) {
        tell(c, &err);
        end->interrupted = err.kind == ERR_INTERRUPTED;
        status = end->interrupted ? 128 + end->caught_signal() : (int)err_class(err.kind);
    } else if (settings->exit_code && c->output.result == OUTFILE_REPLACED) {
        status = ERR_CLASS_DIFFERS;
    }
    end->broken_pipe = c->output.out.broken_pipe;
    if (c->input != NULL)
        c->input->source.free(&c->input->source);
    keys_fini(&c->keys);
    output_fini(&c->output);
    free(c);
    return status;
}
