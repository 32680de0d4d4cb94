/* job/batches with real commands on a real engine: when they run, what they read, and what becomes
 * of lines whose command fails, or that cannot be kept. */
#include "job/batches.h"

#include "tap.h"
#include "textfile.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000, DELAY = 30000, TOLERANCE = 5 * SECOND };

static struct err err;
static char folder[] = "/tmp/zxfr-batches.XXXXXX";
static char said[64], got[64], go[64], fails[64];
static char takes[400]; /* gives what it has read to `said`, and a line "--"; or fails */
static char waits[600]; /* ... once `go` is there */

static void begin(void)
{
    unlink(said);
    unlink(got);
    unlink(go);
    unlink(fails);
    err = (struct err){.kind = ERR_NONE};
}

/* ---- A run --------------------------------------------------------------------------------- */

struct run {
    struct teller teller;
    struct transport *transport;
    struct engine *engine;
    struct batches batches;
    uint64_t ran_at;
    unsigned begun, over, failed, remarks, told;
    char text[ERR_TEXT_MAX];
};

static void tell(struct teller *teller, const struct fact *fact)
{
    struct run *run = (struct run *)teller;
    run->begun += fact->kind == FACT_COMMAND_RUNS;
    if (fact->kind == FACT_COMMAND_RUNS)
        run->ran_at = loop_now();
    run->told += fact->kind == FACT_COMMAND_FAILED;
    run->remarks += fact->kind == FACT_REMARK;
    if (fact->kind == FACT_COMMAND_FAILED)
        snprintf(run->text, sizeof run->text, "%s", fact->err->text);
    if (fact->kind == FACT_REMARK)
        snprintf(run->text, sizeof run->text, "%s", fact->text);
}

static void run_init(struct run *run, const char *command)
{
    *run = (struct run){.teller.tell = tell};
    run->transport = transport_new(-1, &err);
    const struct engine_config net = {.transport = run->transport};
    run->engine = engine_new(&net, &err);
    const struct hook_all_config config = {
        .command = command, .limit = 60 * SECOND, .teller = &run->teller};
    if (run->engine == NULL)
        exit(1);
    batches_init(&run->batches, &config, run->engine, DELAY);
}

static void run_fini(struct run *run)
{
    batches_fini(&run->batches);
    engine_free(run->engine);
    run->transport->free(run->transport);
}

static void add(struct run *run, const char *line)
{
    batches_add(&run->batches, line, strlen(line));
}

/* A pause is over at once. */
static void hurry(struct run *run)
{
    if (run->batches.timer.is_set)
        engine_timer(run->engine, &run->batches.timer, loop_now(), &run->batches);
}

/* Takes one event; false: there is none to wait for. */
static bool step(struct run *run)
{
    struct engine_event event;
    struct err failure = {.kind = ERR_NONE};
    if (!engine_next(run->engine, &event))
        return false;
    if (!batches_owns(&run->batches, event.owner))
        exit(1);
    if (batches_take(&run->batches, &event, &failure)) {
        run->over++;
        run->failed += failure.kind != ERR_NONE;
    }
    return true;
}

/* Until so many commands are over, whatever came of them. */
static void go_on(struct run *run, unsigned over)
{
    while (run->over < over && step(run))
        continue;
}

/* Until a command runs. */
static void go_until_begun(struct run *run, unsigned begun)
{
    while (run->begun < begun && step(run))
        continue;
}

static bool is_about(uint64_t at, uint64_t expected)
{
    return at >= expected && at <= expected + TOLERANCE;
}

/* ---- The tests ----------------------------------------------------------------------------- */

static void delays(void)
{
    struct run run;
    begin();
    run_init(&run, takes);
    ok(!run.batches.timer.is_set, "nothing is waited for at first");
    uint64_t before = loop_now();
    add(&run, "a\n");
    uint64_t at = run.batches.timer.at;
    ok(run.batches.timer.is_set && is_about(at, before + DELAY), "the first line sets the time");
    poll(NULL, 0, 2);
    add(&run, "b\n");
    ok(run.batches.timer.at == at, "the next one does not move it");
    go_on(&run, 1);
    ok(run.ran_at >= at, "the command does not run before that");
    is_str(content(said), "a\nb\n--\n", "it reads all");
    ok(!run.batches.timer.is_set && !step(&run), "and nothing follows");
    before = loop_now();
    add(&run, "c\n");
    ok(is_about(run.batches.timer.at, before + DELAY), "the next line sets the time again");
    go_on(&run, 2);
    is_str(content(said), "a\nb\n--\nc\n--\n", "what was read once is not read again");
    run_fini(&run);
    begin();
    run_init(&run, NULL);
    add(&run, "a\n");
    ok(!run.batches.timer.is_set && !step(&run), "without a command nothing is done");
    run_fini(&run);
}

static void during(void)
{
    struct run run;
    begin();
    run_init(&run, waits);
    add(&run, "a\n");
    go_until_begun(&run, 1);
    add(&run, "b\n");
    ok(!run.batches.timer.is_set, "while a command runs no time is set for another");
    add(&run, "c\n");
    put_text(go, "");
    uint64_t before = loop_now();
    go_on(&run, 1);
    is_str(content(said), "a\n--\n", "lines of that time are not of its batch");
    ok(run.batches.timer.is_set && is_about(run.batches.timer.at, before + DELAY),
       "... but of the next, soon after");
    go_on(&run, 2);
    is_str(content(said), "a\n--\nb\nc\n--\n", "... each of them once");
    is_int(run.begun, 2, "two commands have run");
    run_fini(&run);
}

static void failures(void)
{
    static const uint64_t pauses[] = {10, 20, 40, 80, 160, 320, 640, 900, 900, 900};
    struct run run;
    unsigned wrong = 0;
    char expected[200] = "";
    begin();
    put_text(fails, "");
    run_init(&run, takes);
    for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        char line[8];
        snprintf(line, sizeof line, "%u\n", i);
        strncat(expected, line, sizeof expected - strlen(expected) - 1);
        add(&run, line);
        uint64_t at = run.batches.timer.at;
        hurry(&run);
        uint64_t before = loop_now();
        go_on(&run, i + 1);
        wrong += i > 0 && at < before; /* a line that comes in the pause does not end it */
        if (!is_about(run.batches.timer.at, before + pauses[i] * SECOND)) {
            diag("after failure %u: %" PRIu64, i, run.batches.timer.at - before);
            wrong++;
        }
    }
    is_int(wrong, 0, "a pause of 10 s, then twice as long, 15 min at most");
    is_int(run.failed, 10, "each failure is given back");
    is_int(run.told, 10, "... and told: %s", run.text);
    unlink(fails);
    hurry(&run);
    go_on(&run, 11);
    strncat(expected, "--\n", sizeof expected - strlen(expected) - 1);
    is_str(content(said), expected, "at last it reads all of them, in their order");
    put_text(fails, "");
    add(&run, "x\n");
    ok(is_about(run.batches.timer.at, loop_now()), "after a success the delay is what it was");
    uint64_t before = loop_now();
    go_on(&run, 12);
    ok(is_about(run.batches.timer.at, before + 10 * (uint64_t)SECOND), "... and so is the pause");
    run_fini(&run);
}

/* A command, or what it has left behind, may do with its standard input what it likes. */
static void meddles(void)
{
    struct run run;
    char command[700];
    begin();
    snprintf(command, sizeof command, "if test -f %s; then head -c 3 >>%s; exit 1; fi; %s", fails,
             got, takes);
    put_text(fails, "");
    run_init(&run, command);
    add(&run, "one\n");
    go_on(&run, 1);
    const struct hook_all *set = &run.batches.sets[run.batches.gathers];
    ok(lseek(set->fd, 1, SEEK_SET) == 1, "somebody else has the descriptor, and moves it");
    add(&run, "two\n");
    unlink(fails);
    hurry(&run);
    go_on(&run, 2);
    is_str(content(said), "one\ntwo\n--\n", "no line is damaged");
    run_fini(&run);
}

static void stops(void)
{
    struct run run;
    begin();
    run_init(&run, waits);
    add(&run, "a\n");
    batches_stop(&run.batches);
    is_int(run.told, 0, "a signal while none runs: nothing is told");
    go_until_begun(&run, 1);
    add(&run, "b\n");
    pid_t pid = run.batches.sets[!run.batches.gathers].command.child.child.pid;
    batches_stop(&run.batches);
    is_str(run.text, "--exec-all: interrupted", "one that runs is ended, and that is told");
    ok(pid > 0 && kill(pid, 0) != 0, "... it is gone");
    add(&run, "c\n");
    ok(!run.batches.timer.is_set, "lines that come then wait for nothing");
    batches_stop(&run.batches);
    is_int(run.told, 1, "a second signal tells nothing more");
    run_fini(&run);
}

/* ---- Lines that cannot be kept --------------------------------------------------------------- */

static void many_octets(void)
{
    enum { LINE = 4096 };
    static char line[LINE];
    struct run run;
    char command[400];
    begin();
    put_text(fails, "");
    snprintf(command, sizeof command, "test -f %s && exit 1; wc -c >>%s", fails, said);
    run_init(&run, command);
    memset(line, 'x', LINE);
    line[LINE - 1] = '\n';
    for (unsigned i = 0; i < BATCHES_MOST / LINE; i++)
        batches_add(&run.batches, line, LINE);
    is_int((int64_t)hook_all_size(&run.batches.sets[run.batches.gathers]), BATCHES_MOST,
           "as many octets as are kept");
    hurry(&run);
    go_on(&run, 1);
    ok(run.remarks == 0 && run.batches.timer.is_set, "all of them are kept after a failure");
    add(&run, "y\n");
    hurry(&run);
    go_until_begun(&run, 2);
    add(&run, "z\n");
    go_on(&run, 2);
    is_int(run.remarks, 1, "one line more, and they are dropped: %s", run.text);
    unlink(fails);
    ok(run.batches.timer.is_set, "what has come since then is not");
    hurry(&run);
    go_on(&run, 3);
    is_int(atoi(content(said)), 2, "... but read by the next command");
    run_fini(&run);
}

/* No more room, as on a full disk, for a time. */
static void full(unsigned count)
{
    struct run run;
    struct rlimit before;
    char line[300];
    begin();
    run_init(&run, takes);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 4, "1\n", 3);
    add(&run, "first\n");
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, before.rlim_max});
    for (unsigned i = 0; i < count; i++)
        add(&run, line);
    hurry(&run);
    go_on(&run, 1);
    setrlimit(RLIMIT_FSIZE, &before);
    is_int(run.begun, 0, "a command whose lines are not whole does not run");
    is_int(run.told, 1, "... and that is told: %s", run.text);
    add(&run, "last\n");
    hurry(&run);
    go_on(&run, 2);
    is_int(run.failed, 1, "once there is room it runs");
    const char *text = content(said);
    unsigned lines = 0, wrong = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    for (const char *at = strchr(text, 'x'); at != NULL; at = strstr(at, "\nx")) {
        at += *at == '\n';
        wrong += strncmp(at, line, strlen(line)) != 0;
    }
    ok(strncmp(text, "first\n", 6) == 0 && strcmp(text + strlen(text) - 8, "last\n--\n") == 0 &&
           wrong == 0,
       "what it reads begins and ends as it should, and no line is torn");
    if (count == 10)
        is_int(lines, 13, "... none that was in memory is lost");
    run_fini(&run);
}

static void no_folder(void)
{
    struct run run;
    begin();
    run_init(&run, waits);
    setenv("TMPDIR", "/nowhere/at/all", 1);
    add(&run, "lost\n");
    go_on(&run, 1);
    ok(run.begun == 0 && run.told == 1 && run.failed == 1, "no file for lines: told: %s", run.text);
    ok(!run.batches.timer.is_set, "... once, since there is no line any more");
    unsetenv("TMPDIR");
    add(&run, "a\n");
    go_until_begun(&run, 1);
    /* The same while a command runs, which fails then. */
    setenv("TMPDIR", "/nowhere/at/all", 1);
    add(&run, "lost, too\n");
    unsetenv("TMPDIR");
    put_text(fails, "");
    put_text(go, "");
    go_on(&run, 2);
    is_int(run.told, 3, "lines that were lost beside a command that fails are told, too: %s",
           run.text);
    unlink(fails);
    add(&run, "b\n");
    hurry(&run);
    go_on(&run, 3);
    is_str(content(said), "a\nb\n--\n", "the others are read");
    run_fini(&run);
}

/* ---- Many ---------------------------------------------------------------------------------- */

static unsigned state;

static unsigned draw(unsigned below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static void add_some(struct run *run, unsigned *count, unsigned most)
{
    for (unsigned i = draw(most + 1); i > 0; i--) {
        char line[16];
        snprintf(line, sizeof line, "%u\n", ++*count);
        add(run, line);
    }
}

/* What the commands that ended well have read: all lines in their order, each once. */
static void is_all(unsigned count, const char *what)
{
    FILE *file = fopen(said, "r");
    char line[32];
    unsigned expected = 0, wrong = file == NULL;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (line[0] != '-')
            wrong += (unsigned)atoi(line) != ++expected;
    if (file != NULL)
        fclose(file);
    is_int(expected, count, "%s: all lines were read", what);
    is_int(wrong, 0, "... in their order, each once");
}

static void at_random(void)
{
    struct run run;
    unsigned count = 0;
    const char *given = getenv("SEED");
    begin();
    state = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    diag("SEED=%u", state);
    put_text(go, "");
    run_init(&run, takes);
    for (unsigned round = 0; round < 300; round++) {
        if (draw(2) == 0)
            put_text(fails, "");
        else
            unlink(fails);
        add_some(&run, &count, draw(20) == 0 ? 6000 : 5);
        if (draw(4) > 0)
            hurry(&run);
        if ((run.batches.timer.is_set && run.batches.timer.at < loop_now() + SECOND) ||
            run.batches.runs)
            step(&run);
    }
    unlink(fails);
    add(&run, "");
    while (run.batches.timer.is_set || run.batches.runs) {
        hurry(&run);
        step(&run);
    }
    diag("%u lines, %u commands, %u failed", count, run.over, run.failed);
    is_all(count, "at random");
    run_fini(&run);
}

static void descriptors(void)
{
    struct run run;
    unsigned count = 0;
    begin();
    run_init(&run, "exit $(($(wc -l) % 2))");
    add(&run, "x\n");
    hurry(&run);
    go_on(&run, 1);
    int before = open_files(), most = 0;
    for (unsigned i = 2; i <= 1000; i++) {
        add(&run, "x\n");
        hurry(&run);
        go_on(&run, i);
        count = open_files() - before > most ? i : count;
        most = open_files() - before > most ? open_files() - before : most;
    }
    ok(most <= 1, "1000 batches, and at most one file of lines is open: %d more at %u", most,
       count);
    run_fini(&run);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    unsetenv("TMPDIR");
    snprintf(said, sizeof said, "%s/said", folder);
    snprintf(got, sizeof got, "%s/got", folder);
    snprintf(go, sizeof go, "%s/go", folder);
    snprintf(fails, sizeof fails, "%s/fails", folder);
    snprintf(takes, sizeof takes, "cat >%s; test -f %s && exit 1; cat %s >>%s; echo -- >>%s", got,
             fails, got, said, said);
    snprintf(waits, sizeof waits, "until test -f %s; do sleep .01; done; %s", go, takes);
    delays();
    during();
    failures();
    meddles();
    stops();
    many_octets();
    full(10);
    full(100);
    no_folder();
    at_random();
    descriptors();
    begin();
    rmdir(folder);
    return tap_end();
}
