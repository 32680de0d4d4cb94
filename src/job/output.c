#include "job/output.h"

#include "base/codec.h"
#include "job/oldfile.h"
#include "job/pump.h"

#include <inttypes.h>
#include <stdio.h>

/* Up to 27 KiB are left free for the next record, so the writes have some 62 KiB: what a pipe takes
 * at once. */
enum { OUTPUT_BUFFER = 88 * 1024 };

static bool flush_out(void *context, const void *octets, size_t length, struct err *err)
{
    struct output *output = context;
    uint64_t most = output->config.shape->max_bytes;
    output->written += length;
    if (most > 0 && output->written > most && !output->full) {
        output->full = true;
        return err_set(err, ERR_MAX_BYTES, "more than %" PRIu64 " octets to write", most);
    }
    output->left = true;
    return outfile_write(&output->out, octets, length, err);
}

static bool settle_out(void *context, struct err *err)
{
    struct output *output = context;
    return outfile_settle(&output->out, err);
}

/* Whether there is something to take back. With sorting, nothing comes through before the zone is
 * complete; without, the first record counts, whether it has left the buffer or not. */
static bool has_written(const struct output *output)
{
    if (output->config.shape->sort)
        return output->left || output->buf.length > 0;
    return output->began;
}

static void tell(const struct output *output, enum fact_kind kind, const char *text)
{
    struct teller *teller = output->config.teller;
    if (teller != NULL)
        teller->tell(teller, &(struct fact){.kind = kind, .text = text});
}

/* Learns from the old FILE how many records it has. */
static bool judge_old_file(struct output *output, struct err *err)
{
    const struct shape *shape = output->config.shape;
    const char *path = output->config.file.path;
    char text[ERR_TEXT_MAX];
    if (shape->guard.max_shrink == NO_SHRINK_LIMIT ||
        oldfile_records(path, &output->limits.old_records) != OLDFILE_NO_END_LINE)
        return true;
    if (shape->strict)
        return err_set(err, ERR_NO_END_LINE,
                       "%.300s has no end line, so --max-shrink cannot judge (--strict)", path);
    snprintf(text, sizeof text, "%.400s has no end line; --max-shrink does not judge it", path);
    tell(output, FACT_WARNING, text);
    return true;
}

/* What is judged later needs no guard on its way but those that end it early. */
static void set_guards(struct output *output)
{
    output->guards = output->limits;
    if (!output->config.is_judged || output->out.temporary < 0)
        return;
    output->guards.min_records = 0;
    output->guards.max_shrink = NO_SHRINK_LIMIT;
    if (output->limits.min_records > 0 || output->limits.max_shrink < NO_SHRINK_LIMIT)
        output->guards.passed = &output->records;
}

bool output_open(struct output *output, const struct output_config *config, struct err *err)
{
    struct outfile_options options = config->file;
    options.whole = options.whole || (config->shape->format->flags & WRITER_HELD) != 0;
    *output = (struct output){.config = *config, .limits = config->shape->guard};
    bool good = buf_init(&output->buf, OUTPUT_BUFFER, flush_out, output, err) &&
                judge_old_file(output, err) &&
                outfile_open(&output->out, &options, config->loop, config->deadline, err);
    output->buf.settle = settle_out;
    if (good)
        set_guards(output);
    return good;
}

static struct pipe_config pipe_of(struct output *output, struct notes *notes,
                                  const struct halt *halt)
{
    return (struct pipe_config){
        .shape = output->config.shape,
        .changes = output->config.changes,
        .limits = &output->guards,
        .witness = output->config.witness,
        .out = &output->buf,
        .halt = halt,
        .notes = notes,
        .figures = &output->figures,
    };
}

bool output_restart(struct output *output, struct notes *notes, struct err *err)
{
    bool take_back = has_written(output);
    output->buf.length = 0;
    output->buf.failed = false;
    output->began = output->left = output->full = false;
    output->written = 0;
    output_end(output);
    const struct pipe_config pipe = pipe_of(output, notes, &output->out.halt.halt);
    output->sink = pipe_new(&pipe, err);
    return output->sink != NULL && (!take_back || outfile_restart(&output->out, err));
}

bool output_can_restart(const struct output *output)
{
    return !has_written(output) || outfile_can_restart(&output->out);
}

/* What stands in the buffer of a full output is dropped; the mark is written over the limit. */
static void make_room_for_mark(struct output *output)
{
    if (!output->full)
        return;
    output->buf.length = 0;
    output->buf.failed = false;
}

/* If writing has failed, the buffer takes nothing more. */
void output_incomplete(struct output *output, struct notes *notes, const char *why, size_t length)
{
    struct err ignored = {.kind = ERR_NONE};
    char words[ERR_TEXT_MAX];
    if (outfile_can_restart(&output->out))
        return;
    if (output->sink == NULL && !output_restart(output, notes, &ignored))
        return;
    snprintf(words, sizeof words, "%.*s", (int)length, why);
    codec_mask(words); /* it may hold a file's name */
    make_room_for_mark(output);
    output->sink->end(output->sink, OUTCOME_ABORTED, words, &ignored);
}

static void tell_unchanged(struct output *output)
{
    const struct outfile_options *file = &output->config.file;
    tell(output, file->touch ? FACT_FILE_TOUCHED : FACT_FILE_UNCHANGED, file->path);
}

static void tell_spill(const struct output *output)
{
    struct teller *teller = output->config.teller;
    const struct store_spill *spill = &output->figures.spill;
    if (teller != NULL && spill->pieces > 0)
        teller->tell(
            teller,
            &(struct fact){.kind = FACT_SPILLED, .text = output->config.file.path, .spill = spill});
}

bool output_ready(struct output *output, struct err *err)
{
    return output->out.temporary < 0 || outfile_ready(&output->out, &output->result, err);
}

bool output_commit(struct output *output, struct err *err)
{
    if (!outfile_commit(&output->out, &output->result, err)) {
        outfile_abort(&output->out);
        return false;
    }
    tell_spill(output);
    if (output->result == OUTFILE_REPLACED)
        tell(output, FACT_FILE_REPLACED, output->config.file.path);
    else if (output->result == OUTFILE_UNCHANGED)
        tell_unchanged(output);
    return true;
}

bool output_keep(struct output *output, struct err *err)
{
    output->result = OUTFILE_UNCHANGED;
    if (!outfile_keep(&output->out, err))
        return false;
    if (output->config.file.path != NULL)
        tell_unchanged(output);
    return true;
}

void output_end(struct output *output)
{
    if (output->sink != NULL)
        output->sink->free(output->sink);
    output->sink = NULL;
}

void output_abort(struct output *output)
{
    outfile_abort(&output->out);
}

bool output_judge(struct output *output, struct source *written, const struct halt *halt,
                  struct err *err)
{
    const struct pipe_config pipe = pipe_of(output, NULL, halt);
    struct sink *sink = pipe_judge(&pipe, err);
    struct pump pump = {.sink = sink, .halt = halt};
    if (sink == NULL)
        return false;
    bool good = pump_source(&pump, written, err) && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    sink->free(sink);
    return good;
}

void output_fini(struct output *output)
{
    output_end(output);
    stats_fini(&output->figures.stats);
    buf_fini(&output->buf);
}
