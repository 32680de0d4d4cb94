#include "job/hook_all.h"

#include "io/spool.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { GATHERED = 16384 };

void hook_all_init(struct hook_all *all, const struct hook_all_config *config)
{
    *all = (struct hook_all){.config = *config, .fd = -1};
}

void hook_all_fini(struct hook_all *all)
{
    if (all->engine != NULL)
        usercmd_stop(&all->command, all->engine);
    if (all->fd >= 0)
        close(all->fd);
    all->fd = -1;
    buf_fini(&all->lines);
}

/* ---- The lines ----------------------------------------------------------------------------- */

/* At a place of its own: the offset of the descriptor is also that of the command, which may have
 * left it anywhere. What fails is written again from the same place. */
static bool write_lines(void *context, const void *octets, size_t length, struct err *err)
{
    struct hook_all *all = context;
    if (!spool_write(all->fd, octets, length, all->written, err))
        return false;
    all->written += length;
    return true;
}

static bool has_begun(struct hook_all *all)
{
    if (all->fd >= 0)
        return true;
    all->fd = spool_open(&all->err);
    if (all->fd >= 0 && buf_init(&all->lines, GATHERED, write_lines, all, &all->err))
        return true;
    if (all->fd >= 0)
        close(all->fd);
    all->fd = -1;
    return false;
}

void hook_all_add(struct hook_all *all, const void *line, size_t length)
{
    if (all->config.command != NULL && all->err.kind == ERR_NONE && has_begun(all))
        buf_add(&all->lines, line, length, &all->err);
}

static bool rewind_lines(struct hook_all *all)
{
    if (!buf_drain(&all->lines, &all->err))
        return false;
    return lseek(all->fd, 0, SEEK_SET) == 0 || spool_failed("read", &all->err);
}

void hook_all_keep(struct hook_all *all)
{
    all->err = (struct err){.kind = ERR_NONE};
    all->ran = false;
    all->words[0] = '\0';
    all->lines.failed = false; /* what could not be written is still in it */
}

uint64_t hook_all_size(const struct hook_all *all)
{
    return all->fd >= 0 ? all->written + all->lines.length : 0;
}

/* ---- The command --------------------------------------------------------------------------- */

static void tell(const struct hook_all *all, struct fact fact)
{
    struct teller *teller = all->config.teller;
    fact.text = "--exec-all";
    teller->tell(teller, &fact);
}

/* Whatever has kept it from running: all that the zones came to is as it is. */
static enum hook_step finish(struct hook_all *all)
{
    if (all->err.kind == ERR_TEMPORARY || all->err.kind == ERR_MEMORY)
        all->err.kind = ERR_HOOK_ALL;
    if (all->err.kind != ERR_NONE)
        tell(all, (struct fact){.kind = FACT_COMMAND_FAILED, .err = &all->err});
    return HOOK_OVER;
}

static enum hook_step fail(struct hook_all *all)
{
    err_prefix(&all->err, "--exec-all: ");
    return finish(all);
}

/* Those that are written, and those that are not yet. */
void hook_all_append(struct hook_all *all, const struct hook_all *other)
{
    char octets[GATHERED / 2];
    uint64_t at = 0;
    while (other->fd >= 0 && at < other->written && all->err.kind == ERR_NONE) {
        uint64_t left = other->written - at;
        size_t n = left < sizeof octets ? (size_t)left : sizeof octets;
        if (spool_read(other->fd, octets, n, at, &all->err))
            hook_all_add(all, octets, n);
        at += n;
    }
    if (other->fd >= 0 && other->lines.length > 0)
        hook_all_add(all, other->lines.data, other->lines.length);
    if (all->err.kind == ERR_NONE)
        all->err = other->err;
    if (all->err.kind == ERR_NONE)
        return;
    fail(all);
    hook_all_keep(all);
}

enum hook_step hook_all_begin(struct hook_all *all, struct engine *engine)
{
    const struct usercmd_config config = {.command = all->config.command,
                                          .limit = all->config.limit,
                                          .deadline = LOOP_NEVER,
                                          .input = all->fd};
    if (all->err.kind == ERR_NONE && all->fd < 0)
        return HOOK_OVER;
    if (all->err.kind != ERR_NONE || !rewind_lines(all))
        return fail(all);
    tell(all, (struct fact){.kind = FACT_COMMAND_RUNS});
    all->engine = engine;
    all->began = loop_now();
    all->ran = usercmd_start(&all->command, engine, &config, all, &all->err);
    return all->ran ? HOOK_WAITS : fail(all);
}

enum hook_step hook_all_take(struct hook_all *all, const struct engine_event *event)
{
    if (event->kind != ENGINE_CHILD)
        return HOOK_WAITS;
    usercmd_ended(&all->command, event->result, &all->err);
    if (usercmd_is_good(&all->command)) {
        tell(all,
             (struct fact){.kind = FACT_COMMAND_ENDED, .number = all->command.result.microseconds});
        return finish(all);
    }
    usercmd_text(all->words, &all->command, all->config.limit);
    err_set(&all->err, ERR_HOOK_ALL, "--exec-all: %s", all->words);
    return finish(all);
}

void hook_all_stop(struct hook_all *all)
{
    if (!all->command.child.runs)
        return;
    usercmd_stop(&all->command, all->engine);
    all->command.result.microseconds = loop_now() - all->began;
    snprintf(all->words, sizeof all->words, "interrupted");
    err_set(&all->err, ERR_INTERRUPTED, "--exec-all: interrupted");
    finish(all);
}
