#include "cli/cmd_check.h"

#include "cli/check_say.h"
#include "cli/compile.h"
#include "cli/jsonmem.h"
#include "cli/opt_source.h"
#include "cli/run_fence.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "base/work.h"
#include "io/folder.h"
#include "job/witness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000 }; /* in microseconds */

struct run {
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    struct loop_halt halt;
    struct say_facts facts;
    struct compile_net net;
    struct compile_trust trust;
    struct shape shape;
    struct anchors *anchors;
    struct work *work;       /* NULL: one thread */
    struct check_json *json; /* NULL: text is written */
    bool bad;                /* a zone has findings that count */
    enum err_kind worst;     /* what has kept zones from being read: the highest exit status */
};

/* The orders for one zone, which last as long as its check. */
struct source_orders {
    struct zone_source source;
    struct route route;
    struct spec spec;
    struct check_config config;
};

static bool compile_source_orders(struct run *run, struct source_orders *orders, const char *word,
                                  struct err *err)
{
    const struct settings *settings = run->settings;
    struct zone_source *source = &orders->source;
    if (!opt_source_read(source, word, err))
        return false;
    orders->route = compile_route(settings, &run->trust);
    orders->spec = compile_spec(settings, &orders->route, &run->shape);
    compile_source(&orders->route, &orders->spec, source);
    orders->config = (struct check_config){
        .side =
            {
                .word = word,
                .path = source->path,
                .spec = &orders->spec,
                .class_given = settings->class_given,
                .incomplete_good = settings->accept_incomplete,
                .reading = settings->reading,
                .loop = run->loop,
                .deadline = run->deadline,
                .halt = &run->halt.halt,
                .keys = &run->trust.keys,
                .json_failed = jsonmem_failed,
                .teller = &run->facts.teller,
                .shows_progress = compile_progress(settings),
                .engine = run->net.engine,
                .endpoints = run->net.endpoints,
            },
        .max_findings = settings->reading.max_findings,
        .levels = settings->check.levels,
        .require = settings->gates.require,
        .now = settings->check.has_at ? settings->check.at : (uint64_t)time(NULL),
        .skew = (uint32_t)(settings->skew / SECOND),
        .least_life = settings->gates.least_life / SECOND,
        .anchors = run->anchors,
        .work = run->work,
    };
    return true;
}

static void note_failure(struct run *run, enum err_kind kind)
{
    if (kind != ERR_NONE && (run->worst == ERR_NONE || err_class(kind) > err_class(run->worst)))
        run->worst = kind;
}

/* Whether the run goes on: nothing that concerns all zones has ended it. */
static bool goes_on(const struct run *run)
{
    return run->worst != ERR_INTERRUPTED && run->worst != ERR_TIMEOUT_TOTAL &&
           run->worst != ERR_MEMORY && !ferror(stdout);
}

static bool is_zone_file(const char *name);

/* A word that is no file may be meant as a zone on a server. */
static void say_how(const char *word)
{
    if (strpbrk(word, "/@") == NULL && strchr(word, '.') != NULL && !is_zone_file(word) &&
        access(word, F_OK) != 0 && errno == ENOENT)
        say("hint: a zone on a server is written %.200s@SERVER", word);
}

static void check_word(struct run *run, const char *word)
{
    const enum level fail_on = (enum level)run->settings->check.fail_on;
    struct err err = {.kind = ERR_NONE};
    struct source_orders *orders = calloc(1, sizeof *orders);
    struct check *check = calloc(1, sizeof *check);
    struct checked checked = {.word = word, .kind = ERR_MEMORY, .check = check};
    if (orders == NULL || check == NULL)
        err_set(&err, ERR_MEMORY, "out of memory");
    else if (compile_source_orders(run, orders, word, &err)) {
        checked.kind = check_run(check, &orders->config);
        checked.now = orders->config.now;
    }
    if (err.kind != ERR_NONE) {
        checked.kind = err.kind;
        say_facts_error(&run->facts, NULL, &err);
    }
    if (checked.kind == ERR_INPUT)
        say_how(word);
    note_failure(run, checked.kind);
    run->bad |= checked.kind == ERR_NONE && !check_say_is_good(&checked, fail_on);
    say_progress_end(); /* it may be on the same terminal */
    if (run->json != NULL)
        check_say_json(run->json, &checked, fail_on);
    else
        check_say_text(stdout, &checked, run->settings->quiet, run->settings->style.color);
    if (check != NULL)
        check_fini(check);
    free(check);
    free(orders);
}

/* Of a folder the files that look like zones. */
static bool is_zone_file(const char *name)
{
    static const char *const ends[] = {".zone", ".db"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(name + length - end, ends[i]) == 0)
            return true;
    }
    return strncmp(name, "db.", 3) == 0;
}

static void check_folder(struct run *run, const char *path)
{
    struct err err = {.kind = ERR_NONE};
    struct folder folder;
    bool good = folder_list(&folder, path, is_zone_file, &err);
    if (good && folder.count == 0)
        good = err_set(&err, ERR_INPUT,
                       "%.300s: no zone file in the folder; their names are *.zone, *.db or db.*",
                       path);
    for (size_t i = 0; good && i < folder.count && goes_on(run); i++)
        check_word(run, folder.paths[i]);
    folder_fini(&folder);
    if (good)
        return;
    note_failure(run, err.kind);
    say_facts_error(&run->facts, NULL, &err);
}

static void check_all(struct run *run)
{
    const struct check_options *options = &run->settings->check;
    for (size_t i = 0; i < options->word_count && goes_on(run); i++) {
        if (!opt_source_is_server(options->words[i]) && folder_is(options->words[i]))
            check_folder(run, options->words[i]);
        else
            check_word(run, options->words[i]);
    }
}

static bool set_up(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    run->deadline = compile_deadline(settings);
    run->shape = compile_shape(settings);
    loop_halt_init(&run->halt, run->loop, run->deadline);
    say_facts_init(&run->facts, settings, NULL);
    jsonmem_watch();
    if (settings->format_given) {
        run->json = check_say_json_begin();
        if (run->json == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
    }
    if (!compile_trust(&run->trust, settings, run->loop, run->deadline, &run->facts.teller, err) ||
        !compile_anchors(&run->anchors, settings, run->loop, run->deadline, err))
        return false;
    static const struct outfile none = {.temporary = -1};
    unsigned jobs = compile_jobs(settings);
    run_fence(settings, &none); /* before there are threads, which it could not hold */
    return witness_threads(&run->work, jobs, err) &&
           compile_net(&run->net, settings, run->loop, NULL, err);
}

/* What was said counts only once it was written. When time is up, what was found until then is
 * told. */
static bool flush_output(struct run *run, struct err *err, bool *broken_pipe)
{
    bool good = true;
    if (run->json != NULL && (goes_on(run) || run->worst == ERR_TIMEOUT_TOTAL)) {
        good = check_say_json_end(run->json, stdout) || ferror(stdout) != 0 ||
               err_set(err, ERR_MEMORY, "no memory for the JSON document");
        run->json = NULL;
    }
    if (err->kind != ERR_NONE || (good && fflush(stdout) == 0 && !ferror(stdout)))
        return good;
    *broken_pipe = errno == EPIPE;
    return err_set_errno(err, ERR_OUTPUT, errno, "cannot write standard output");
}

static int exit_status(const struct run *run, struct run_end *end)
{
    int status = run_end_status(end, run->worst);
    return run->worst == ERR_NONE && run->bad ? ERR_CLASS_DIFFERS : status;
}

int cmd_check(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct run run = {.settings = settings, .loop = loop, .worst = ERR_NONE};
    struct err err = {.kind = ERR_NONE};
    if (set_up(&run, &err)) {
        check_all(&run);
        flush_output(&run, &err, &end->broken_pipe);
    }
    if (err.kind != ERR_NONE) {
        note_failure(&run, err.kind);
        if (!end->broken_pipe)
            say_facts_error(&run.facts, NULL, &err);
    }
    check_say_json_end(run.json, NULL);
    compile_net_fini(&run.net);
    work_free(run.work);
    anchor_free(run.anchors);
    compile_trust_fini(&run.trust);
    return exit_status(&run, end);
}
