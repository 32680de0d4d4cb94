#include "cli/output.h"

#include "cli/oldfile.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OUTPUT_BUFFER = 192 * 1024 };

static bool flush_out(void *context, const void *octets, size_t length, struct err *err)
{
    struct output *output = context;
    output->left = true;
    return outfile_write(&output->out, octets, length, err);
}

/* Whether there is something to take back. Sorting lets nothing through before the zone is
 * complete; without it, the first record counts, whether it has left the buffer or not. */
static bool has_written(const struct output *output)
{
    if (output->settings->sort)
        return output->left || output->buf.length > 0;
    return output->began;
}

/* Learns from the old FILE how many records it has. */
static bool judge_old_file(struct output *output, struct err *err)
{
    const struct settings *settings = output->settings;
    output->limits = settings->guard;
    if (settings->guard.max_shrink == NO_SHRINK_LIMIT)
        return true;
    switch (oldfile_records(settings->output.path, &output->limits.old_records)) {
    case OLDFILE_NO_END_LINE:
        if (settings->strict)
            return err_set(err, ERR_NO_END_LINE,
                           "%.300s has no end line, so --max-shrink cannot judge (--strict)",
                           settings->output.path);
        if (!settings->quiet)
            say("warning: %s has no end line; --max-shrink does not judge it",
                settings->output.path);
        return true;
    case OLDFILE_COUNTED:
    case OLDFILE_MISSING:
    default:
        return true;
    }
}

bool output_open(struct output *output, const struct settings *settings, const struct loop *loop,
                 uint64_t deadline, struct err *err)
{
    struct outfile_options options = settings->output;
    options.whole = options.whole || (settings->format->flags & WRITER_HELD) != 0;
    *output = (struct output){.settings = settings};
    return buf_init(&output->buf, OUTPUT_BUFFER, flush_out, output, err) &&
           judge_old_file(output, err) && outfile_open(&output->out, &options, loop, deadline, err);
}

bool output_restart(struct output *output, struct notes *notes, struct err *err)
{
    bool take_back = has_written(output);
    output->buf.length = 0;
    output->buf.failed = false;
    output->began = output->left = false;
    if (output->sink != NULL)
        output->sink->free(output->sink);
    output->sink = pipe_new(output->settings, &output->limits, &output->buf, &output->out.halt.halt,
                            notes, &output->stats, err);
    return output->sink != NULL && (!take_back || outfile_restart(&output->out, err));
}

bool output_can_restart(const struct output *output)
{
    return !has_written(output) || outfile_can_restart(&output->out);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !S_ISCHR(a->st_mode);
}

bool output_is(const struct output *output, const char *path)
{
    const struct outfile *out = &output->out;
    int fd = out->temporary >= 0 ? out->temporary : out->direct;
    struct stat st, zone;
    if (strcmp(path, "-") == 0)
        return out->is_stdout;
    if (!out->is_stdout && strcmp(path, out->name) == 0)
        return out->is_regular;
    if (stat(path, &st) != 0)
        return false;
    return (fd >= 0 && fstat(fd, &zone) == 0 && same_file(&st, &zone)) ||
           (out->target[0] != '\0' && stat(out->target, &zone) == 0 && same_file(&st, &zone));
}

/* Where writing has failed, the buffer takes nothing more. */
void output_incomplete(struct output *output, struct notes *notes, const char *why)
{
    struct err ignored = {.kind = ERR_NONE};
    char words[ERR_TEXT_MAX];
    if (outfile_can_restart(&output->out))
        return;
    if (output->sink == NULL && !output_restart(output, notes, &ignored))
        return;
    snprintf(words, sizeof words, "%s", why);
    say_mask(words); /* it may hold a file's name */
    output->sink->end(output->sink, OUTCOME_ABORTED, words, &ignored);
}

bool output_commit(struct output *output, struct err *err)
{
    if (!outfile_commit(&output->out, &output->result, err)) {
        outfile_abort(&output->out);
        return false;
    }
    if (output->settings->verbose && output->result != OUTFILE_WRITTEN)
        say("%s: %s", output->settings->output.path,
            output->result == OUTFILE_REPLACED ? "written" : "unchanged, left alone");
    return true;
}

bool output_keep(struct output *output, struct err *err)
{
    output->result = OUTFILE_UNCHANGED;
    if (!outfile_keep(&output->out, err))
        return false;
    if (output->settings->verbose && output->settings->output.path != NULL)
        say("%s: unchanged, left alone", output->settings->output.path);
    return true;
}

void output_abort(struct output *output)
{
    outfile_abort(&output->out);
}

void output_fini(struct output *output)
{
    if (output->sink != NULL)
        output->sink->free(output->sink);
    output->sink = NULL;
    stats_fini(&output->stats);
    buf_fini(&output->buf);
}
