#include "job/hook.h"

#include "base/codec.h"
#include "job/oldzone.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_AGAIN = 100000 }; /* microseconds between looks at a lock */

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

/* ---- The note ------------------------------------------------------------------------------ */

/* "2026112201 axfr 1764437537123456.4711": the serial of what was there before, or "-"; the kind;
 * what makes it a note of its own. */
static const char *const kind_names[] = {"axfr",     "ixfr", "axfr-style",
                                         "resigned", "file", "recording"};

struct pending {
    bool known; /* it can be read; else nothing is known of what was missed */
    bool has_serial;
    uint32_t serial;
    const char *kind; /* NULL: not known */
};

static const char *read_kind(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strlen(kind_names[i]) == n && memcmp(kind_names[i], word, n) == 0)
            return kind_names[i];
    return NULL;
}

static bool read_serial(struct pending *note, const char *word, size_t n)
{
    uint64_t number = 0;
    if (n == 1 && *word == '-')
        return true;
    for (size_t i = 0; i < n && i < 10; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(word[i] - '0');
    }
    note->has_serial = n > 0 && n <= 10 && number <= UINT32_MAX;
    note->serial = (uint32_t)number;
    return note->has_serial;
}

/* What was torn, or is somebody else's, gives nothing away. */
static struct pending read_note(const char *text)
{
    static const char own[] = "0123456789.";
    struct pending note = {.known = false};
    size_t serial = strcspn(text, " \n");
    const char *kind = text[serial] == ' ' ? text + serial + 1 : "";
    size_t n = strcspn(kind, " \n");
    const char *rest = kind[n] == ' ' ? kind + n + 1 : "";
    size_t end = strspn(rest, own);
    note.kind = read_kind(kind, n);
    if (!read_serial(&note, text, serial) || note.kind == NULL || end == 0 ||
        strcmp(rest + end, "\n") != 0)
        return (struct pending){.known = false};
    note.known = true;
    return note;
}

static void write_note(char text[MARKER_MOST + 1], const struct usercmd_facts *facts)
{
    char serial[16] = "-";
    if (facts->has_old_serial)
        snprintf(serial, sizeof serial, "%" PRIu32, facts->old_serial);
    snprintf(text, MARKER_MOST + 1, "%s %s %" PRIu64 ".%ld\n", serial, facts->kind,
             loop_time_of_day(), (long)getpid());
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

/* A live signer may renew signatures without a new serial. */
static void name_kind(struct usercmd_facts *facts)
{
    bool may_be = strcmp(facts->kind, "axfr") == 0 || strcmp(facts->kind, "axfr-style") == 0;
    if (may_be && facts->has_serial && facts->has_old_serial && facts->serial == facts->old_serial)
        facts->kind = "resigned";
}

/* What was missed begins where the pending note says. The file of --diff-to begins at the content
 * that is there now: that is the same only if the serial is, and says which content it is. */
static void add_pending(struct hook *hook, const struct pending *note)
{
    struct usercmd_facts *facts = &hook->facts;
    bool is_same = note->known && note->has_serial && facts->has_old_serial &&
                   note->serial == facts->old_serial && strcmp(note->kind, "resigned") != 0;
    hook->no_diff = !is_same;
    facts->has_old_serial = note->has_serial;
    facts->old_serial = note->serial;
}

/* Writes the note, and makes it last. */
static bool note_change(struct hook *hook, const struct outfile *out, struct err *err)
{
    struct marker *marker = &hook->marker;
    struct pending pending;
    bool there;
    if (!marker_open(marker, true, &there, err))
        return false;
    hook->found = !marker->made;
    snprintf(hook->before, sizeof hook->before, "%s", marker->text);
    pending = read_note(hook->before);
    if (hook->found)
        add_pending(hook, &pending);
    name_kind(&hook->facts);
    write_note(hook->note, &hook->facts);
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

/* What another run's command is at work on is left to that. */
static bool find_note(struct hook *hook, const char *target, struct err *err)
{
    struct marker *marker = &hook->marker;
    bool is_of;
    if (!marker_open(marker, false, &hook->found, err) || !hook->found)
        return err->kind == ERR_NONE;
    marker_let_go(marker);
    snprintf(hook->note, sizeof hook->note, "%s", marker->text);
    bool good = read_file(hook, target, &is_of, err);
    if (!good || !is_of || marker_lock(marker) != MARKER_LOCKED) {
        marker_close(marker);
        return good;
    }
    struct pending note = read_note(hook->note);
    hook->due = HOOK_PENDING;
    hook->no_diff = !note.known || strcmp(note.kind, "resigned") == 0;
    hook->facts.kind = note.kind;
    hook->facts.has_old_serial = note.has_serial;
    hook->facts.old_serial = note.serial;
    return true;
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

void hook_find(struct hook *hook, const struct outfile_options *file, enum err_kind failure,
               const struct usercmd_facts *facts)
{
    const struct hook_config *config = &hook->config;
    const struct outfile_options options = {.path = file->path, .new_mode = file->new_mode};
    struct err busy = {.kind = ERR_NONE};
    struct outfile out;
    struct stat st;
    if (config->command == NULL || !is_followed(failure) || stat(file->path, &st) != 0 ||
        !S_ISREG(st.st_mode) ||
        !outfile_open(&out, &options, config->loop, config->deadline, &busy))
        return;
    take_facts(hook, facts);
    if (out.temporary >= 0 &&
        marker_init(&hook->marker, out.target, config->loop, config->deadline, &hook->err))
        find_note(hook, out.target, &hook->err);
    outfile_abort(&out);
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
        return fail(hook, "not run, since time is up (--max-time)");
    hook->err = why;
    return false;
}

/* Waits a moment. */
static bool pause_on(struct hook *hook, struct engine *engine)
{
    struct engine_event event = {.kind = ENGINE_TIMER};
    struct timer timer = {.is_set = false};
    if (!is_time(hook))
        return false;
    engine_timer(engine, &timer, loop_now() + LOOK_AGAIN, hook);
    engine_next(engine, &event);
    engine_timer_clear(engine, &timer);
    return event.kind != ENGINE_STOP || err_set(&hook->err, ERR_INTERRUPTED, "interrupted");
}

/* The marker that was open was removed. There may be another one; if not, another run's command was
 * started after FILE was replaced, and has ended well. */
static bool open_again(struct hook *hook, bool *is_due)
{
    if (!marker_open(&hook->marker, false, is_due, &hook->err))
        return false;
    marker_let_go(&hook->marker);
    if (!*is_due)
        tell(hook, (struct fact){.kind = FACT_COMMAND_DONE});
    return true;
}

/* Waits until no other run's command is at work. */
static bool wait_for_lock(struct hook *hook, struct engine *engine, bool *is_due)
{
    bool told = false;
    *is_due = true;
    while (*is_due) {
        enum marker_lock lock = marker_lock(&hook->marker);
        if (lock == MARKER_LOCKED)
            return true;
        if (lock == MARKER_GONE && !open_again(hook, is_due))
            return false;
        if (lock == MARKER_BUSY && !told)
            tell(hook, (struct fact){.kind = FACT_COMMAND_WAITS});
        told = told || lock == MARKER_BUSY;
        if (lock == MARKER_BUSY && !pause_on(hook, engine))
            return false;
    }
    return true;
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

static bool run_command(struct hook *hook, struct engine *engine)
{
    const struct hook_config *config = &hook->config;
    struct err why = {.kind = ERR_NONE};
    if (!diff_fits(hook))
        hook->facts.diff = NULL;
    const struct usercmd_config of = {.command = config->command,
                                      .limit = config->limit,
                                      .deadline = config->deadline,
                                      .facts = hook->facts};
    if (!is_time(hook))
        return false;
    tell(hook, (struct fact){.kind = FACT_COMMAND_RUNS});
    hook->began = loop_now();
    if (!usercmd_start(&hook->command, engine, &of, hook, &hook->err))
        return err_prefix(&hook->err, "--exec: ");
    hook->ran = true;
    return usercmd_wait(&hook->command, engine, &why) ? judge(hook) : judge_ended(hook, &why);
}

/* The command has ended well. A note that was written since is not the one that it was run for, and
 * stays. */
static bool remove_note(struct hook *hook)
{
    struct marker *marker = &hook->marker;
    bool there;
    return marker_hold(marker, &there, &hook->err) &&
           (!there || strcmp(marker->text, hook->note) != 0 || marker_remove(marker, &hook->err));
}

static bool do_due(struct hook *hook, struct engine *engine)
{
    bool is_due;
    return wait_for_lock(hook, engine, &is_due) &&
           (!is_due || (run_command(hook, engine) && remove_note(hook)));
}

/* On an engine of its own: connections are closed by now. */
static void run_due(struct hook *hook)
{
    struct transport *transport = transport_new(hook->config.loop->signal_fd, &hook->err);
    const struct engine_config config = {.transport = transport};
    struct engine *engine = transport != NULL ? engine_new(&config, &hook->err) : NULL;
    if (engine != NULL) {
        do_due(hook, engine);
        engine_free(engine);
    }
    if (transport != NULL)
        transport->free(transport);
}

bool hook_run(struct hook *hook)
{
    if (hook->due != HOOK_NOT_DUE && hook->err.kind == ERR_NONE)
        run_due(hook);
    marker_close(&hook->marker);
    if (hook->err.kind == ERR_TIMEOUT_TOTAL) /* what is told of FILE still holds */
        hook->err.kind = ERR_HOOK;
    if (hook->err.kind != ERR_NONE)
        tell(hook, (struct fact){.kind = FACT_COMMAND_FAILED, .err = &hook->err});
    return hook->err.kind == ERR_NONE;
}
