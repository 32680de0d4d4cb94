#include "job/hook.h"

#include "job/oldzone.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 20 }; /* to remove a note that is locked, while others wait */

/* What messages call the zone. */
static const char *name_of(const struct hook *hook, struct name_string *text)
{
    if (hook->config.name != NULL)
        return hook->config.name;
    if (hook->facts.zone == NULL)
        return hook->facts.file;
    size_t n = strlen(name_string(text, hook->facts.zone));
    if (n > 1)
        text->text[n - 1] = '\0';
    return text->text;
}

static void tell(const struct hook *hook, struct fact fact)
{
    struct name_string name;
    struct teller *teller = hook->config.teller;
    fact.zone = name_of(hook, &name);
    if (fact.text == NULL)
        fact.text = "--exec";
    teller->tell(teller, &fact);
}

void hook_init(struct hook *hook, const struct hook_config *config)
{
    *hook = (struct hook){.config = *config, .marker.fd = -1};
}

void hook_fini(struct hook *hook)
{
    marker_close(&hook->marker);
}

/* ---- Before FILE is replaced --------------------------------------------------------------- */

static void take_facts(struct hook *hook, const struct usercmd_facts *facts)
{
    hook->facts = *facts;
    hook->no_diff = false;
    if (facts->zone == NULL)
        return;
    memcpy(hook->zone, facts->zone, facts->zone_length);
    hook->facts.zone = hook->zone;
}

/* Writes the note, and makes it last. */
static bool note_change(struct hook *hook, const struct outfile *out, struct err *err)
{
    struct marker *marker = &hook->marker;
    bool there;
    if (!marker_open(marker, true, &there, err))
        return false;
    hook->found = !marker->made;
    snprintf(hook->before, sizeof hook->before, "%s", marker->text);
    hook_note_make(hook->note, hook->found ? hook->before : NULL, &hook->facts);
    hook->no_diff = hook_note_read(hook->note).mixed;
    bool good = marker_write(marker, hook->note, err);
    marker_let_go(marker);
    if (!good) {
        marker_close(marker);
        return false;
    }
    hook->due = HOOK_CHANGED;
    marker_lock(marker); /* or later, if another run's command still has it */
    return outfile_flush_folder(out, err);
}

static void restore_note(struct hook *hook)
{
    struct err ignored = {.kind = ERR_NONE}; /* the failure before it is told */
    struct marker *marker = &hook->marker;
    bool there;
    if (!marker_hold(marker, &there, &ignored) || !there || strcmp(marker->text, hook->note) != 0)
        return;
    if (hook->found)
        marker_write(marker, hook->before, &ignored);
    else
        marker_remove(marker, &ignored);
}

void hook_take_back(struct hook *hook, const struct outfile *out)
{
    if (hook->due == HOOK_CHANGED && !out->renamed)
        restore_note(hook);
    hook->due = HOOK_NOT_DUE;
    marker_close(&hook->marker);
}

/* ---- What earlier runs have left ----------------------------------------------------------- */

/* Learns from FILE what it holds. *is_of: it is not another zone's. */
static bool read_file(struct hook *hook, const char *target, bool *is_of, struct err *err)
{
    struct usercmd_facts *facts = &hook->facts;
    struct oldzone old;
    const struct oldzone_config config = {
        .path = target,
        .zone = facts->zone,
        .zone_length = (uint8_t)facts->zone_length,
        .loop = hook->config.loop,
        .deadline = hook->config.deadline,
    };
    *is_of = true;
    if (hook->config.changes)
        return true;
    if (!oldzone_read(&old, &config, err))
        return false;
    *is_of = facts->zone == NULL || old.zone_length == 0 ||
             name_equal(old.zone, old.zone_length, facts->zone, facts->zone_length);
    facts->has_serial = old.has_serial;
    facts->serial = old.serial;
    if (facts->zone == NULL && old.zone_length > 0) {
        memcpy(hook->zone, old.zone, old.zone_length);
        facts->zone = hook->zone;
        facts->zone_length = old.zone_length;
    }
    return true;
}

/* Takes what the open marker says as what the command is run for, if FILE holds the zone. */
static bool take_note(struct hook *hook, const char *target, bool *is_due, struct err *err)
{
    struct marker *marker = &hook->marker;
    snprintf(hook->note, sizeof hook->note, "%s", marker->text);
    struct hook_note note = hook_note_read(hook->note);
    bool is_ours = hook_note_is(hook->note, hook->stamp);
    if (!read_file(hook, target, is_due, err))
        return false;
    hook->no_diff = !note.known || note.mixed || (!is_ours && strcmp(note.kind, "resigned") == 0);
    hook->facts.kind = note.kind;
    hook->facts.has_old_serial = note.has_serial;
    hook->facts.old_serial = note.serial;
    return true;
}

/* What another run's command is at work on is left to that. */
static bool find_note(struct hook *hook, const char *target, struct err *err)
{
    struct marker *marker = &hook->marker;
    bool is_due;
    if (!marker_open(marker, false, &hook->found, err) || !hook->found)
        return err->kind == ERR_NONE;
    marker_let_go(marker);
    bool good = take_note(hook, target, &is_due, err);
    if (good && is_due && marker_lock(marker) == MARKER_LOCKED)
        hook->due = HOOK_PENDING;
    else
        marker_close(marker);
    return good;
}

bool hook_prepare(struct hook *hook, struct output *output, bool unchanged,
                  const struct usercmd_facts *facts, struct err *err)
{
    const struct hook_config *config = &hook->config;
    const struct outfile *out = &output->out;
    if (config->command == NULL)
        return true;
    take_facts(hook, facts);
    if (!marker_init(&hook->marker, out->target, config->loop, config->deadline, err))
        return false;
    if (unchanged)
        return find_note(hook, out->target, err);
    if (!out->ready && !output_ready(output, err))
        return false;
    return output->result == OUTFILE_REPLACED ? note_change(hook, out, err)
                                              : find_note(hook, out->target, err);
}

/* Whether a failure of that kind leaves FILE as a good file that the command may be run for. */
static bool is_followed(enum err_kind failure)
{
    switch (err_class(failure)) {
    case ERR_CLASS_NETWORK:
    case ERR_CLASS_REFUSED:
    case ERR_CLASS_AUTH:
    case ERR_CLASS_PROTOCOL:
    case ERR_CLASS_INPUT:
    case ERR_CLASS_GUARD:
    case ERR_CLASS_NODELTA:
        return true;
    case ERR_CLASS_OK:
    case ERR_CLASS_DIFFERS:
    case ERR_CLASS_USAGE:
    case ERR_CLASS_OUTPUT:
    case ERR_CLASS_INTERNAL:
    case ERR_CLASS_PARTIAL:
    case ERR_CLASS_HOOK:
    default:
        return false;
    }
}

/* Takes the lock of FILE, and with that looks for a note. Where another run writes FILE, or there
 * is none, nothing is pending. *failed: whatever else has kept it from that. */
static void find_under_lock(struct hook *hook, const struct outfile_options *options,
                            struct err *failed, struct err *err)
{
    const struct hook_config *config = &hook->config;
    uint64_t deadline = hook->looks ? MARKER_AT_ONCE : config->deadline;
    struct outfile out;
    struct stat st;
    if (stat(options->path, &st) != 0 || !S_ISREG(st.st_mode) ||
        !outfile_open(&out, options, config->loop, config->deadline, failed))
        return;
    if (out.temporary >= 0 && marker_init(&hook->marker, out.target, config->loop, deadline, err))
        find_note(hook, out.target, err);
    outfile_abort(&out);
}

void hook_find(struct hook *hook, const struct outfile_options *file, enum err_kind failure,
               const struct usercmd_facts *facts)
{
    const struct outfile_options options = {.path = file->path, .new_mode = file->new_mode};
    struct err ignored = {.kind = ERR_NONE};
    if (hook->config.command == NULL || !is_followed(failure))
        return;
    take_facts(hook, facts);
    find_under_lock(hook, &options, &ignored, &hook->err);
}

/* ---- Running ------------------------------------------------------------------------------- */

static bool fail(struct hook *hook, const char *why)
{
    return err_set(&hook->err, ERR_HOOK, "--exec: %s", why);
}

/* Before something is begun that may take long. */
static bool is_time(struct hook *hook)
{
    struct loop_halt halt;
    struct err why = {.kind = ERR_NONE};
    loop_halt_init(&halt, hook->config.loop, hook->config.deadline);
    if (!halt_due(&halt.halt, &why))
        return true;
    if (why.kind != ERR_INTERRUPTED)
        return fail(hook, hook->ran ? "time is up (--max-time), and the note of it is locked"
                                    : "not run, since time is up (--max-time)");
    hook->err = why;
    return false;
}

/* The first line of the file of --diff-to, or nothing. */
static void read_line(const char *path, char *line, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd >= 0 ? read(fd, line, room - 1) : 0;
    if (fd >= 0)
        close(fd);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

/* Whether that file tells what has changed since the old serial, up to this one. */
static bool diff_fits(const struct hook *hook)
{
    const struct usercmd_facts *facts = &hook->facts;
    struct name_string zone;
    char line[NAME_TEXT_ROOM + 128], begins[NAME_TEXT_ROOM + 64], ends[64];
    if (facts->diff == NULL || strcmp(facts->diff, "-") == 0 || hook->no_diff ||
        facts->zone == NULL || !facts->has_serial || !facts->has_old_serial)
        return false;
    read_line(facts->diff, line, sizeof line);
    snprintf(begins, sizeof begins, "; zxfr diff: %s ", name_string(&zone, facts->zone));
    snprintf(ends, sizeof ends, " %" PRIu32 " %" PRIu32, facts->old_serial, facts->serial);
    size_t length = strlen(line), end = strlen(ends);
    return strncmp(line, begins, strlen(begins)) == 0 && length > end &&
           strcmp(line + length - end, ends) == 0;
}

/* How it has ended, in words, and as an error. */
static bool judge(struct hook *hook)
{
    if (usercmd_is_good(&hook->command)) {
        tell(hook, (struct fact){.kind = FACT_COMMAND_ENDED,
                                 .number = hook->command.result.microseconds});
        return true;
    }
    usercmd_text(hook->words, &hook->command, hook->config.limit);
    return fail(hook, hook->words);
}

/* It was ended, for a reason that is not its own. */
static bool judge_ended(struct hook *hook, const struct err *why)
{
    bool is_late = why->kind == ERR_TIMEOUT_TOTAL;
    snprintf(hook->words, sizeof hook->words, "%s",
             is_late ? "ended, since time is up (--max-time)" : "interrupted");
    if (is_late)
        return fail(hook, hook->words);
    hook->command.result.microseconds = loop_now() - hook->began;
    hook->err = *why;
    return false;
}

static enum hook_step finish(struct hook *hook)
{
    marker_close(&hook->marker);
    if (hook->err.kind == ERR_TIMEOUT_TOTAL) /* what is told of FILE still holds */
        hook->err.kind = ERR_HOOK;
    if (hook->err.kind != ERR_NONE)
        tell(hook, (struct fact){.kind = FACT_COMMAND_FAILED, .err = &hook->err});
    return HOOK_OVER;
}

/* After something that has not succeeded: somebody else may have the short lock. Where other zones
 * wait for their turn the command is rather run once more, by the next run. */
static enum hook_step put_off(struct hook *hook)
{
    if (hook->err.kind != ERR_BUSY)
        return finish(hook);
    hook->err = (struct err){.kind = ERR_NONE};
    if (!hook->ran || !hook->looks || ++hook->tries < TRIES)
        return HOOK_LATER;
    fail(hook, "another run has locked the note of it");
    return finish(hook);
}

/* The command has ended well. A note that was written since is not the one that it was run for, and
 * stays. */
static enum hook_step remove_note(struct hook *hook)
{
    struct marker *marker = &hook->marker;
    bool there;
    if (!marker_hold(marker, &there, &hook->err))
        return put_off(hook);
    if (there && strcmp(marker->text, hook->note) == 0)
        marker_remove(marker, &hook->err);
    return finish(hook);
}

static enum hook_step run_command(struct hook *hook)
{
    const struct hook_config *config = &hook->config;
    if (!diff_fits(hook))
        hook->facts.diff = NULL;
    const struct usercmd_config of = {.command = config->command,
                                      .limit = config->limit,
                                      .deadline = config->deadline,
                                      .facts = hook->facts};
    if (!is_time(hook))
        return finish(hook);
    tell(hook, (struct fact){.kind = FACT_COMMAND_RUNS});
    hook->began = loop_now();
    hook->ran = usercmd_start(&hook->command, hook->engine, &of, hook, &hook->err);
    if (hook->ran)
        return HOOK_WAITS;
    err_prefix(&hook->err, "--exec: ");
    if (hook->looks && hook->err.kind == ERR_MEMORY) /* which is no reason to end the whole run */
        hook->err.kind = ERR_HOOK;
    return finish(hook);
}

/* Only one command at a time is at work for a FILE. If the marker that was open was removed there
 * may be another one; if not, another run's command was started after FILE was replaced, and has
 * ended well. */
static enum hook_step take_turn(struct hook *hook)
{
    enum marker_lock lock = marker_lock(&hook->marker);
    bool there;
    while (lock == MARKER_GONE) {
        if (!marker_open(&hook->marker, false, &there, &hook->err))
            return put_off(hook);
        marker_let_go(&hook->marker);
        if (!there) {
            tell(hook, (struct fact){.kind = FACT_COMMAND_DONE});
            return finish(hook);
        }
        lock = marker_lock(&hook->marker);
    }
    if (lock == MARKER_LOCKED)
        return run_command(hook);
    if (!hook->told)
        tell(hook, (struct fact){.kind = FACT_COMMAND_WAITS});
    hook->told = true;
    return HOOK_LATER;
}

/* The note of this run is in force, since FILE was replaced before this is called. Any other may be
 * about a FILE that is yet to come, and is looked at under the lock of FILE only. */
static void look(struct hook *hook)
{
    const struct outfile_options options = {.path = hook->facts.file};
    struct marker *marker = &hook->marker;
    struct err failed = {.kind = ERR_NONE}, *err = &hook->err;
    bool is_due;
    if (!marker_init(marker, options.path, hook->config.loop, MARKER_AT_ONCE, err) ||
        !marker_open(marker, false, &hook->found, err) || !hook->found)
        return;
    marker_let_go(marker);
    if (hook_note_is(marker->text, hook->stamp)) {
        if (take_note(hook, options.path, &is_due, err) && is_due)
            hook->due = HOOK_CHANGED;
        return;
    }
    marker_close(marker);
    find_under_lock(hook, &options, &failed, err);
    if (failed.kind != ERR_NONE && failed.kind != ERR_BUSY)
        *err = failed;
}

void hook_expect(struct hook *hook, uint64_t stamp, const struct usercmd_facts *facts)
{
    hook->looks = true;
    hook->stamp = stamp;
    take_facts(hook, facts);
}

enum hook_step hook_begin(struct hook *hook, struct engine *engine)
{
    hook->engine = engine;
    if (hook->ran)
        return remove_note(hook);
    if (hook->looks && hook->due == HOOK_NOT_DUE)
        look(hook);
    if (hook->err.kind != ERR_NONE)
        return put_off(hook);
    if (hook->due == HOOK_NOT_DUE)
        return finish(hook);
    hook->marker.deadline = MARKER_AT_ONCE;
    return take_turn(hook);
}

enum hook_step hook_take(struct hook *hook, const struct engine_event *event)
{
    struct err why = {.kind = ERR_NONE};
    if (event->kind != ENGINE_CHILD)
        return HOOK_WAITS;
    bool good =
        usercmd_ended(&hook->command, event->result, &why) ? judge(hook) : judge_ended(hook, &why);
    return good ? remove_note(hook) : finish(hook);
}

void hook_give_up(struct hook *hook)
{
    fail(hook, "not run: another run has locked the note of it, for longer than --cmd-timeout");
    finish(hook);
}

void hook_stop(struct hook *hook)
{
    struct err why = {.kind = ERR_NONE};
    err_set(&why, ERR_INTERRUPTED, "interrupted");
    bool runs = hook->command.child.runs;
    if (runs)
        usercmd_stop(&hook->command, hook->engine);
    if (runs)
        judge_ended(hook, &why);
    else
        hook->err = why;
    finish(hook);
}

/* ---- On an engine of its own --------------------------------------------------------------- */

/* Waits a moment, for somebody else. */
static enum hook_step wait_for_others(struct hook *hook, struct engine *engine)
{
    struct engine_event event = {.kind = ENGINE_TIMER};
    struct timer timer = {.is_set = false};
    if (!is_time(hook))
        return finish(hook);
    engine_timer(engine, &timer, loop_now() + HOOK_PAUSE, hook);
    engine_next(engine, &event);
    engine_timer_clear(engine, &timer);
    if (event.kind != ENGINE_STOP)
        return hook_begin(hook, engine);
    hook_stop(hook);
    return HOOK_OVER;
}

static enum hook_step wait_for_command(struct hook *hook, struct engine *engine)
{
    struct engine_event event;
    if (!engine_next(engine, &event)) {
        err_set(&hook->err, ERR_INTERNAL, "a command was lost");
        return finish(hook);
    }
    if (event.kind != ENGINE_STOP)
        return hook_take(hook, &event);
    hook_stop(hook);
    return HOOK_OVER;
}

/* Connections are closed by now. */
static void run_due(struct hook *hook, struct engine *engine)
{
    enum hook_step step = hook_begin(hook, engine);
    while (step != HOOK_OVER)
        step = step == HOOK_LATER ? wait_for_others(hook, engine) : wait_for_command(hook, engine);
}

bool hook_run(struct hook *hook)
{
    bool is_due = hook->due != HOOK_NOT_DUE && hook->err.kind == ERR_NONE;
    struct transport *transport =
        is_due ? transport_new(hook->config.loop->signal_fd, &hook->err) : NULL;
    const struct engine_config config = {.transport = transport};
    struct engine *engine = transport != NULL ? engine_new(&config, &hook->err) : NULL;
    if (engine != NULL)
        run_due(hook, engine);
    else
        finish(hook);
    if (engine != NULL)
        engine_free(engine);
    if (transport != NULL)
        transport->free(transport);
    return hook->err.kind == ERR_NONE;
}
