/* job/hooks, job/hook_note and job/hook_all with real commands on a real engine: the commands of
 * many zones, their order and number, notes that are written, taken back, torn and replaced, and
 * other processes that are at work on the same. */
#include "job/hook_all.h"
#include "job/hooks.h"

#include "tap.h"
#include "textfile.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ZONES = 200, SECOND = 1000000 };

static struct loop loop = {.signal_fd = -1};
static struct err err;
static char folder[] = "/tmp/zxfr-hooks.XXXXXX";
static char said[64], go[64], tells[300], hangs[400];

/* A zone as the caller has it. */
struct zone {
    uint8_t name[32];
    char file[64], mark[64], diff[64];
    unsigned order, ended;
    enum hook_due due;
    bool found, ran;
    struct err err;
};

static struct zone zones[ZONES];

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool comes(const char *path, const char *text)
{
    for (int i = 0; i < 2000; i++) {
        if (strcmp(content(path), text) == 0)
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

static void put_zone(const struct zone *zone, unsigned serial)
{
    char text[160];
    snprintf(text, sizeof text, "%.4s.example. 3600 IN SOA ns. host. %u 7200 3600 86400 300\n",
             (const char *)zone->name + 1, serial);
    put_text(zone->file, text);
}

static void clear_zone(struct zone *zone)
{
    unlink(zone->mark);
    unlink(zone->diff);
    zone->order = zone->ended = 0;
    zone->due = HOOK_NOT_DUE;
    zone->found = zone->ran = false;
    zone->err = (struct err){.kind = ERR_NONE};
    put_zone(zone, 1);
}

static void name_zone(struct zone *zone, unsigned i)
{
    char label[8];
    snprintf(label, sizeof label, "z%03u", i);
    memcpy(zone->name, "\4....\7example", 14);
    memcpy(zone->name + 1, label, 4);
    snprintf(zone->file, sizeof zone->file, "%s/%s", folder, label);
    snprintf(zone->mark, sizeof zone->mark, "%s/.%s.hook", folder, label);
    snprintf(zone->diff, sizeof zone->diff, "%s/%s.diff", folder, label);
}

/* Each FILE with serial 1, no marker, nothing said. */
static void begin(void)
{
    for (unsigned i = 0; i < ZONES; i++)
        clear_zone(&zones[i]);
    unlink(said);
    unlink(go);
    err = (struct err){.kind = ERR_NONE};
}

/* ---- A run --------------------------------------------------------------------------------- */

struct run {
    struct teller teller;
    struct transport *transport;
    struct engine *engine;
    struct hooks *hooks;
    unsigned started, waits, done, failed, working, most, ended;
    bool in_order;
    char first[40], text[ERR_TEXT_MAX];
};

static void tell(struct teller *teller, const struct fact *fact)
{
    struct run *run = (struct run *)teller;
    if (fact->kind == FACT_COMMAND_RUNS) {
        if (fact->zone != NULL && *fact->zone == 'z') {
            struct zone *zone = &zones[atoi(fact->zone + 1)];
            zone->order = ++run->started;
            run->in_order = run->in_order && zone->order == (unsigned)(zone - zones) + 1;
        }
        if (++run->working > run->most)
            run->most = run->working;
    }
    run->waits += fact->kind == FACT_COMMAND_WAITS;
    run->done += fact->kind == FACT_COMMAND_DONE;
    run->failed += fact->kind == FACT_COMMAND_FAILED;
    if (fact->kind == FACT_COMMAND_FAILED)
        snprintf(run->text, sizeof run->text, "%s", fact->err->text);
}

static void ended(void *context, void *owner, const struct hook *hook)
{
    struct run *run = context;
    struct zone *zone = owner;
    run->working -= hook->ran;
    run->ended++;
    zone->ended++;
    zone->due = hook->due;
    zone->found = hook->found;
    zone->ran = hook->ran;
    zone->err = hook->err;
}

static void run_init(struct run *run, const char *command, unsigned jobs, uint64_t limit)
{
    *run = (struct run){.teller.tell = tell, .in_order = true};
    run->transport = transport_new(loop.signal_fd, &err);
    const struct engine_config net = {.transport = run->transport};
    run->engine = engine_new(&net, &err);
    const struct hooks_config config = {.command = command,
                                        .limit = limit,
                                        .jobs = jobs,
                                        .loop = &loop,
                                        .teller = &run->teller,
                                        .engine = run->engine,
                                        .ended = ended,
                                        .context = run};
    run->hooks = hooks_new(&config, &err);
}

static void run_fini(struct run *run)
{
    hooks_free(run->hooks);
    engine_free(run->engine);
    run->transport->free(run->transport);
}

static void add(struct run *run, struct zone *zone, uint64_t stamp)
{
    const struct hooks_what what = {
        .zone = zone->name, .file = zone->file, .diff = zone->diff, .stamp = stamp, .owner = zone};
    if (!hooks_add(run->hooks, &what, &err))
        exit(1);
}

/* Takes one event, if there is something to wait for. */
static bool step(struct run *run)
{
    struct engine_event event;
    if (!engine_next(run->engine, &event))
        return false;
    if (event.kind == ENGINE_STOP)
        hooks_stop(run->hooks);
    else if (hooks_owns(run->hooks, event.owner))
        hooks_take(run->hooks, &event);
    return true;
}

static void go_through(struct run *run)
{
    uint64_t patience = loop_now() + 60 * (uint64_t)SECOND;
    hooks_start(run->hooks);
    while (hooks_left(run->hooks) > 0 && loop_now() < patience && step(run))
        continue;
}

static struct usercmd_facts facts_of(unsigned from, unsigned serial)
{
    return (struct usercmd_facts){.kind = "axfr",
                                  .has_serial = true,
                                  .serial = serial,
                                  .has_old_serial = from != 0,
                                  .old_serial = from};
}

/* As whoever replaces files does: the note, then FILE. Returns the stamp. */
static uint64_t change(struct zone *zone, unsigned from, unsigned serial)
{
    struct hook_note_written written;
    const struct usercmd_facts facts = facts_of(from, serial);
    if (!hook_note_write(&written, zone->file, &facts, &loop, &err)) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    put_zone(zone, serial);
    return written.stamp;
}

/* One zone, one command, from beginning to end. */
static void run_one(struct run *run, struct zone *zone, uint64_t stamp, const char *command)
{
    run_init(run, command, 1, 0);
    add(run, zone, stamp);
    go_through(run);
    run_fini(run);
}

/* ---- The note ------------------------------------------------------------------------------ */

static void test_note(void)
{
    struct hook_note_written written;
    struct usercmd_facts facts = facts_of(1, 2);
    const struct zone *zone = &zones[0];
    struct stat st;
    char long_name[PATH_MAX];
    begin();
    int before = open_files();
    ok(hook_note_write(&written, zone->file, &facts, &loop, &err), "a note is written");
    is_int(open_files(), before, "nothing is left open");
    ok(strncmp(content(zone->mark), "1 axfr ", 7) == 0, "what it says");
    ok(stat(zone->mark, &st) == 0 && (st.st_mode & 07777) == 0600, "its owner's alone");
    ok(hook_note_is(content(zone->mark), written.stamp), "it is known again");
    ok(!hook_note_is(content(zone->mark), written.stamp / 10), "... by the whole stamp");
    ok(!hook_note_is(content(zone->mark), 0), "no stamp, no note");
    hook_note_take_back(&written, zone->file, &loop);
    ok(!is_there(zone->mark), "taken back: none");
    put_text(zone->mark, "9 ixfr 1.1\n");
    ok(hook_note_write(&written, zone->file, &facts, &loop, &err), "over a pending one");
    ok(strncmp(content(zone->mark), "9 axfr ", 7) == 0, "what was missed begins there");
    hook_note_take_back(&written, zone->file, &loop);
    is_str(content(zone->mark), "9 ixfr 1.1\n", "taken back: it is what it was");
    hook_note_write(&written, zone->file, &facts, &loop, &err);
    put_text(zone->mark, "3 axfr 7.7\n");
    hook_note_take_back(&written, zone->file, &loop);
    is_str(content(zone->mark), "3 axfr 7.7\n", "the note of another run stays");
    unlink(zone->mark);
    hook_note_take_back(&written, zone->file, &loop);
    ok(!is_there(zone->mark), "one that is gone is not made again");
    facts.serial = 1;
    hook_note_write(&written, zone->file, &facts, &loop, &err);
    ok(strncmp(content(zone->mark), "1 resigned ", 11) == 0, "the same serial: resigned");
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    ok(!hook_note_write(&written, long_name, &facts, &loop, &err) && err.kind == ERR_OUTPUT,
       "too long a name");
}

static void test_note_faults(void)
{
    struct hook_note_written written;
    const struct usercmd_facts facts = facts_of(1, 2);
    const struct zone *zone = &zones[0];
    struct rlimit before;
    char other[80];
    begin();
    snprintf(other, sizeof other, "%s/other", folder);
    put_text(other, "precious");
    if (symlink(other, zone->mark) != 0)
        exit(1);
    ok(!hook_note_write(&written, zone->file, &facts, &loop, &err) && err.kind == ERR_OUTPUT,
       "a link is in the way: %s", err.text);
    is_str(content(other), "precious", "what it leads to is untouched");
    begin();
    unlink(other);
    /* No room for an octet: as on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, before.rlim_max});
    bool good = hook_note_write(&written, zone->file, &facts, &loop, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    ok(!good && err.kind == ERR_OUTPUT, "no room for the note: %s", err.text);
    ok(!is_there(zone->mark), "... none is left behind");
    begin();
    put_text(zone->mark, "9 ixfr 1.1\n");
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){4, before.rlim_max});
    good = hook_note_write(&written, zone->file, &facts, &loop, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    ok(!good && err.kind == ERR_OUTPUT, "room for a part of it: %s", err.text);
    is_str(content(zone->mark), "9 ixfr 1.1\n", "... the pending one is what it was");
}

/* The whole way of two changes of which the first kept its serial: the changes of the second begin
 * at its serial, and are not what was missed. */
static void test_mixed(void)
{
    static const char shows[] = "test -n \"$ZXFR_DIFF\"";
    struct zone *zone = &zones[0];
    struct run run;
    begin();
    change(zone, 5, 5);
    put_text(zone->diff, "; zxfr diff: z000.example. IN 5 5\n+x\n");
    run_one(&run, zone, 0, shows);
    is_int(zone->err.kind, ERR_HOOK, "the same serial, of an earlier run: no diff is passed");
    uint64_t stamp = change(zone, 5, 7);
    put_text(zone->diff, "; zxfr diff: z000.example. IN 5 7\n+x\n");
    run_one(&run, zone, stamp, shows);
    is_int(zone->err.kind, ERR_HOOK, "and after it one with changes that are not all");
    begin();
    stamp = change(zone, 5, 7);
    put_text(zone->diff, "; zxfr diff: z000.example. IN 5 7\n+x\n");
    run_one(&run, zone, stamp, shows);
    is_int(zone->err.kind, ERR_NONE, "changes that are all: %s", zone->err.text);
    begin();
    stamp = change(zone, 5, 5);
    put_text(zone->diff, "; zxfr diff: z000.example. IN 5 5\n+x\n");
    run_one(&run, zone, stamp, shows);
    is_int(zone->err.kind, ERR_NONE, "... of the same serial, of this run");
    begin();
    change(zone, 4, 5);
    stamp = change(zone, 5, 7);
    put_text(zone->diff, "; zxfr diff: z000.example. IN 5 7\n+x\n");
    run_one(&run, zone, stamp, shows);
    is_int(zone->err.kind, ERR_HOOK, "a change that was missed before: no diff");
}

/* ---- Many ---------------------------------------------------------------------------------- */

/* The most commands that were at work at once, by what they have written. */
static int most_at_once(void)
{
    int now = 0, most = 0;
    for (const char *at = content(said); *at != '\0'; at++) {
        now += *at == '+' ? 1 : *at == '-' ? -1 : 0;
        most = now > most ? now : most;
    }
    return most;
}

static void test_many(unsigned jobs)
{
    char command[200];
    struct run run;
    unsigned left = 0, wrong = 0;
    begin();
    snprintf(command, sizeof command, "printf + >>%s; test -f \"$ZXFR_FILE\"; printf -- - >>%s",
             said, said);
    run_init(&run, command, jobs, 0);
    int before = open_files();
    for (unsigned i = 0; i < ZONES; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    is_int(open_files(), before, "%d are queued, and nothing is held open", ZONES);
    is_int((int64_t)hooks_left(run.hooks), ZONES, "... counted");
    go_through(&run);
    for (unsigned i = 0; i < ZONES; i++) {
        left += is_there(zones[i].mark);
        wrong += zones[i].ended != 1 || !zones[i].ran || zones[i].err.kind != ERR_NONE ||
                 zones[i].due != HOOK_CHANGED;
    }
    is_int(run.started, ZONES, "--exec-jobs %u: all have begun", jobs);
    ok(run.in_order, "... in the order in which they were added");
    is_int(run.most, jobs, "... as many at once as may be");
    ok(most_at_once() <= (int)jobs, "... by what they say: %d", most_at_once());
    is_int(wrong, 0, "each was ended once, and well");
    is_int(left, 0, "no marker is left");
    is_int((int64_t)hooks_left(run.hooks), 0, "nothing is left to do");
    run_fini(&run);
}

static void test_facts(void)
{
    struct run run;
    begin();
    run_init(&run, tells, 1, 0);
    add(&run, &zones[0], change(&zones[0], 1, 2));
    add(&run, &zones[1], change(&zones[1], 0, 7));
    put_text(zones[2].mark, "5 ixfr 12.3\n"); /* of an earlier run; FILE has 1 */
    add(&run, &zones[2], 0);
    put_text(zones[3].mark, "5 axf"); /* torn */
    add(&run, &zones[3], 0);
    change(&zones[4], 3, 4); /* pending when the next change comes */
    add(&run, &zones[4], change(&zones[4], 4, 6));
    go_through(&run);
    run_fini(&run);
    is_str(content(said),
           "z000.example 1 2 axfr\nz001.example  7 axfr\nz002.example 5 1 ixfr\n"
           "z003.example  1 \nz004.example 3 6 axfr\n",
           "what each was told");
    for (unsigned i = 0; i < 5; i++)
        ok(!is_there(zones[i].mark) && zones[i].ran && zones[i].err.kind == ERR_NONE &&
               zones[i].due == (i == 2 || i == 3 ? HOOK_PENDING : HOOK_CHANGED),
           "zone %u is done", i);
}

static void test_not_due(void)
{
    struct run run;
    begin();
    run_init(&run, tells, 1, 0);
    add(&run, &zones[0], 0);
    uint64_t stamp = change(&zones[1], 1, 2);
    unlink(zones[1].mark);
    add(&run, &zones[1], stamp);
    put_text(zones[2].mark, "5 axfr 1.1\n");
    put_text(zones[2].file, "example.org. 3600 IN SOA ns. host. 1 7200 3600 86400 300\n");
    add(&run, &zones[2], 0);
    put_text(zones[3].mark, "5 axfr 1.1\n");
    unlink(zones[3].file);
    add(&run, &zones[3], 0);
    go_through(&run);
    for (unsigned i = 0; i < 4; i++)
        ok(zones[i].ended == 1 && zones[i].due == HOOK_NOT_DUE && !zones[i].ran &&
               zones[i].err.kind == ERR_NONE && is_there(zones[i].mark) == (i > 1),
           "not due: %s",
           i == 0   ? "there is no marker"
           : i == 1 ? "it has vanished"
           : i == 2 ? "FILE is of another zone"
                    : "there is no FILE");
    ok(run.failed + run.started == 0 && !is_there(said), "nothing is told");
    run_fini(&run);
}

static void test_failures(void)
{
    struct run run;
    char command[200], writes[100];
    begin();
    run_init(&run, "case $ZXFR_ZONE in z000*) exit 3;; z001*) kill -9 $$;; esac", 2, 0);
    for (unsigned i = 0; i < 3; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    put_text(zones[3].mark, "5 axfr 1.1\n");
    if (link(zones[3].mark, go) != 0)
        exit(1);
    add(&run, &zones[3], 0);
    go_through(&run);
    run_fini(&run);
    is_str(zones[0].err.text, "--exec: exit status 3", "a command that fails");
    ok(zones[0].err.kind == ERR_HOOK && is_there(zones[0].mark), "... and its marker stays");
    is_str(zones[1].err.text, "--exec: killed by signal 9", "one that is killed");
    ok(zones[2].err.kind == ERR_NONE && !is_there(zones[2].mark), "others are not touched by it");
    ok(zones[3].err.kind == ERR_OUTPUT && !zones[3].ran, "a marker that is not ours: %s",
       zones[3].err.text);
    unlink(zones[3].mark);
    unlink(go);
    is_int(run.failed, 3, "each is told");
    run_one(&run, &zones[0], 0, tells);
    ok(zones[0].ended == 2 && !is_there(zones[0].mark), "the next run makes up for it");
    is_str(content(said), "z000.example 1 2 axfr\n", "... from the marker alone");
    begin();
    snprintf(command, sizeof command, "rm %s", zones[0].mark);
    run_one(&run, &zones[0], change(&zones[0], 1, 2), command);
    ok(zones[0].err.kind == ERR_NONE && zones[0].ran, "the marker is removed while it is at work");
    snprintf(writes, sizeof writes, "echo '4 axfr 9.9' >%s", zones[0].mark);
    run_one(&run, &zones[0], change(&zones[0], 1, 2), writes);
    is_str(content(zones[0].mark), "4 axfr 9.9\n", "a note that has come meanwhile stays");
}

/* kill -9 between the marker and the rename. */
static void test_killed(void)
{
    struct run run;
    struct hook_note_written written;
    const struct usercmd_facts facts = facts_of(1, 2);
    int status;
    begin();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        hook_note_write(&written, zones[0].file, &facts, &loop, &err);
        kill(getpid(), SIGKILL);
    }
    ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && is_there(zones[0].mark),
       "killed between the marker and the rename: the marker is there");
    run_one(&run, &zones[0], 0, tells);
    is_str(content(said), "z000.example 1 1 axfr\n", "the command runs once, FILE is the old one");
    ok(!is_there(zones[0].mark), "... and that is it");
}

/* ---- Limits, signals ----------------------------------------------------------------------- */

/* The number that a command has written into a file, once it has. */
static pid_t written_pid(const char *path)
{
    for (int i = 0; i < 2000 && strchr(content(path), '\n') == NULL; i++)
        poll(NULL, 0, 10);
    return atoi(content(path));
}

static bool is_gone(pid_t pid)
{
    for (int i = 0; i < 1000; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
        const char *stat = content(path), *state = strrchr(stat, ')');
        if (strcmp(stat, "missing") == 0 || (state != NULL && state[2] == 'Z'))
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

static void test_limit(void)
{
    char command[300];
    struct run run;
    begin();
    snprintf(command, sizeof command,
             "trap '' TERM; case $ZXFR_ZONE in z000*) sleep 1000 & echo $! >%s; wait;; esac", go);
    run_init(&run, command, 1, 300000);
    add(&run, &zones[0], change(&zones[0], 1, 2));
    add(&run, &zones[1], change(&zones[1], 1, 2));
    go_through(&run);
    run_fini(&run);
    is_int(zones[0].err.kind, ERR_HOOK, "a command that hangs: %s", zones[0].err.text);
    ok(is_there(zones[0].mark), "... its marker stays");
    ok(is_gone(written_pid(go)), "... nothing of its group is left");
    ok(zones[1].err.kind == ERR_NONE && zones[1].ran, "the next one has had its turn");
    begin();
    snprintf(command, sizeof command, "sleep 1000 & echo $! >%s", go);
    run_one(&run, &zones[0], change(&zones[0], 1, 2), command);
    ok(zones[0].err.kind == ERR_NONE && !is_there(zones[0].mark),
       "one that leaves a child in its group is over");
    kill(written_pid(go), SIGKILL);
}

static void test_stop(void)
{
    int signals[2];
    char command[400], text[4];
    struct run run;
    begin();
    if (pipe(signals) != 0)
        exit(1);
    loop.signal_fd = signals[0];
    snprintf(command, sizeof command, "trap '' TERM; printf + >>%s; sleep 1000", said);
    run_init(&run, command, 3, 0);
    for (unsigned i = 0; i < 5; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    hooks_start(run.hooks);
    ok(comes(said, "+++"), "three take no notice of SIGTERM");
    uint64_t from = loop_now();
    if (write(signals[1], "", 1) != 1)
        exit(1);
    while (run.ended < 3 && step(&run))
        continue;
    uint64_t took = loop_now() - from;
    ok(took >= 400000, "they are given a moment");
    /* One after the other it would be three times half a second. */
    ok(took < 1400000, "... the same one: %" PRIu64 " ms", took / 1000);
    for (unsigned i = 0; i < 5; i++)
        ok(is_there(zones[i].mark) && zones[i].ended == (i < 3) &&
               zones[i].err.kind == (i < 3 ? ERR_INTERRUPTED : ERR_NONE),
           "the marker of %s stays", i < 3 ? "one that was ended" : "one that was queued");
    is_int((int64_t)hooks_left(run.hooks), 2, "two are left, and not begun");
    hooks_start(run.hooks);
    is_int(run.ended, 3, "... any more");
    run_fini(&run);
    if (read(signals[0], text, 1) != 1)
        exit(1);
    /* The hook may know of a signal before the engine does. */
    begin();
    run_init(&run, tells, 1, 0);
    for (unsigned i = 0; i < 3; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    if (write(signals[1], "", 1) != 1)
        exit(1);
    hooks_start(run.hooks);
    ok(run.ended == 1 && zones[0].err.kind == ERR_INTERRUPTED && !is_there(said) &&
           hooks_left(run.hooks) == 2,
       "nothing is begun after a signal");
    run_fini(&run);
    loop.signal_fd = -1;
    close(signals[0]);
    close(signals[1]);
}

/* ---- Other processes ----------------------------------------------------------------------- */

/* A process that has opened the marker, under its short lock, and has one of its locks until it is
 * told to go. */
struct holder {
    pid_t pid;
    int orders;
};

static struct holder hold(const struct zone *zone, bool is_short, bool removes)
{
    struct marker marker;
    struct holder holder;
    int orders[2], ready[2];
    bool there;
    char c = 0;
    if (pipe(orders) != 0 || pipe(ready) != 0)
        exit(1);
    fflush(stdout);
    holder = (struct holder){.pid = fork(), .orders = orders[1]};
    if (holder.pid == 0) {
        close(orders[1]);
        bool good = marker_init(&marker, zone->file, &loop, LOOP_NEVER, &err) &&
                    marker_open(&marker, false, &there, &err) && there;
        if (good && !is_short) {
            marker_let_go(&marker);
            good = marker_lock(&marker) == MARKER_LOCKED;
        }
        if (!good || write(ready[1], "", 1) != 1)
            _exit(1);
        if (read(orders[0], &c, 1) == 1 && removes && marker_hold(&marker, &there, &err))
            marker_remove(&marker, &err);
        _exit(0);
    }
    close(orders[0]);
    close(ready[1]);
    if (read(ready[0], &c, 1) != 1)
        exit(1);
    close(ready[0]);
    return holder;
}

static void let_go(struct holder *holder)
{
    if (write(holder->orders, "", 1) != 1)
        exit(1);
    close(holder->orders);
    waitpid(holder->pid, NULL, 0);
}

static void test_busy(bool removes)
{
    struct run run;
    begin();
    run_init(&run, tells, 1, 0);
    for (unsigned i = 0; i < 4; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    struct holder holder = hold(&zones[0], false, removes);
    int before = open_files();
    hooks_start(run.hooks);
    for (unsigned i = 0; i < 200 && run.ended < 3; i++)
        step(&run);
    ok(run.ended == 3 && zones[0].ended == 0, "who waits for another run holds up nobody");
    for (unsigned i = 0; i < 5; i++)
        step(&run);
    ok(zones[0].ended == 0 && run.waits == 1, "it waits, and that is told once");
    is_int(open_files(), before, "... and holds nothing open");
    let_go(&holder);
    go_through(&run);
    ok(zones[0].ended == 1 && zones[0].err.kind == ERR_NONE && !is_there(zones[0].mark),
       "then it is through");
    ok(zones[0].ran == !removes, "the other run has %s", removes ? "done it" : "failed");
    run_fini(&run);
}

/* The note of an earlier run, whose command another run is at work on. */
static void test_left(void)
{
    struct run run;
    struct outfile out;
    const struct outfile_options options = {.path = zones[1].file, .new_mode = 0644};
    begin();
    put_text(zones[0].mark, "1 axfr 1.1\n");
    put_text(zones[1].mark, "1 axfr 1.1\n");
    struct holder holder = hold(&zones[0], false, false);
    if (!outfile_open(&out, &options, &loop, LOOP_NEVER, &err))
        exit(1);
    run_init(&run, tells, 1, 0);
    add(&run, &zones[0], 0);
    add(&run, &zones[1], 0);
    go_through(&run);
    run_fini(&run);
    for (unsigned i = 0; i < 2; i++)
        ok(zones[i].ended == 1 && zones[i].due == HOOK_NOT_DUE && zones[i].found &&
               is_there(zones[i].mark) && !is_there(said),
           "%s: left to it",
           i == 0 ? "another run is at work on the note of an earlier one"
                  : "another run is about to replace FILE");
    let_go(&holder);
    /* The same for a note that another run has written over ours before it replaces FILE. */
    uint64_t stamp = change(&zones[1], 1, 2);
    put_text(zones[1].mark, "1 axfr 9.9\n");
    run_one(&run, &zones[1], stamp, tells);
    ok(zones[1].due == HOOK_NOT_DUE && !zones[1].ran, "a note over ours, FILE is yet to come");
    is_str(content(zones[1].mark), "1 axfr 9.9\n", "... is not taken for done");
    change(&zones[1], 1, 2);
    outfile_abort(&out);
    run_one(&run, &zones[1], stamp, tells);
    ok(zones[1].due == HOOK_PENDING && zones[1].ran && !is_there(zones[1].mark),
       "once FILE is free it is anybody's");
}

static void test_short_lock(void)
{
    struct run run;
    struct hook_note_written written;
    const struct usercmd_facts facts = facts_of(1, 2);
    begin();
    run_init(&run, hangs, 2, 0);
    add(&run, &zones[0], change(&zones[0], 1, 2));
    add(&run, &zones[1], change(&zones[1], 1, 2));
    put_text(zones[2].mark, "1 axfr 1.1\n");
    add(&run, &zones[2], 0);
    hooks_start(run.hooks);
    struct holder first = hold(&zones[0], true, false), third = hold(&zones[2], true, false);
    put_text(go, "");
    for (unsigned i = 0; i < 6; i++)
        step(&run);
    ok(zones[0].ended + zones[2].ended == 0 && zones[1].ended == 1,
       "a lock that is held for a moment: others go on");
    let_go(&first);
    let_go(&third);
    go_through(&run);
    for (unsigned i = 0; i < 3; i++)
        ok(zones[i].ended == 1 && zones[i].err.kind == ERR_NONE && !is_there(zones[i].mark),
           "... and then zone %u is through", i);
    run_fini(&run);
    /* One that stands still with it. */
    begin();
    run_init(&run, hangs, 1, 0);
    add(&run, &zones[0], change(&zones[0], 1, 2));
    add(&run, &zones[1], change(&zones[1], 1, 2));
    hooks_start(run.hooks);
    first = hold(&zones[0], true, false);
    put_text(go, "");
    go_through(&run);
    ok(zones[0].err.kind == ERR_HOOK && is_there(zones[0].mark), "a note that stays locked: %s",
       zones[0].err.text);
    ok(zones[1].ran && zones[1].err.kind == ERR_NONE, "... keeps nobody else from it");
    run_fini(&run);
    ok(!hook_note_write(&written, zones[0].file, &facts, &loop, &err) && err.kind == ERR_BUSY,
       "... nor is one written: %s", err.text);
    let_go(&first);
}

/* ---- Processes that meet ------------------------------------------------------------------- */

/* Content of its own for FILE, under its lock. */
static bool write_new(struct outfile *out, const struct zone *zone, unsigned serial)
{
    const struct outfile_options options = {.path = zone->file, .wait = true, .new_mode = 0644};
    char text[160];
    int n = snprintf(text, sizeof text,
                     "z000.example. 3600 IN SOA ns. host. %u 7200 3600 86400 300\n", serial);
    return outfile_open(out, &options, &loop, LOOP_NEVER, &err) &&
           outfile_write(out, text, (size_t)n, &err);
}

/* As a run over many zones does. */
static void replace_as_many(struct zone *zone, unsigned serial)
{
    static struct outfile out;
    struct hook_note_written written;
    const struct usercmd_facts facts = facts_of(1, serial);
    enum outfile_result result;
    struct run run;
    if (!write_new(&out, zone, serial) ||
        !hook_note_write(&written, out.target, &facts, &loop, &err) ||
        !outfile_commit(&out, &result, &err))
        _exit(1);
    run_one(&run, zone, written.stamp, tells);
}

/* As a run of one zone does. */
static void replace_as_one(struct zone *zone, unsigned serial)
{
    static struct hook hook;
    static struct output output;
    struct run run = {.teller.tell = tell};
    struct usercmd_facts facts = facts_of(1, serial);
    const struct hook_config config = {.command = tells,
                                       .loop = &loop,
                                       .deadline = LOOP_NEVER,
                                       .teller = &run.teller,
                                       .name = "example.com"};
    facts.zone = zone->name;
    facts.zone_length = name_length(zone->name, sizeof zone->name);
    facts.file = zone->file;
    hook_init(&hook, &config);
    if (!write_new(&output.out, zone, serial) ||
        !hook_prepare(&hook, &output, false, &facts, &err) ||
        !outfile_commit(&output.out, &output.result, &err))
        _exit(1);
    hook_run(&hook);
    hook_fini(&hook);
}

/* Three runs at once, each with a serial of its own; some are killed. Returns when all of them have
 * ended, and all of their commands, which have their standard error. */
static void meet(unsigned serial)
{
    int fds[2];
    pid_t pids[3];
    char c;
    if (pipe2(fds, O_CLOEXEC) != 0)
        exit(1);
    fflush(stdout);
    for (unsigned i = 0; i < 3; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        dup2(fds[1], STDERR_FILENO);
        if (i == 2)
            replace_as_one(&zones[0], serial + i);
        else
            replace_as_many(&zones[0], serial + i);
        _exit(0);
    }
    close(fds[1]);
    for (unsigned i = 0; i < 3; i++) {
        if (rand() % 2 == 0)
            continue;
        poll(NULL, 0, rand() % (rand() % 2 == 0 ? 6 : 60));
        kill(pids[i], SIGKILL);
    }
    for (unsigned i = 0; i < 3; i++)
        waitpid(pids[i], NULL, 0);
    while (read(fds[0], &c, 1) > 0)
        continue;
    close(fds[0]);
}

/* Whether a command was run that has seen what FILE holds now. */
static bool has_seen(void)
{
    unsigned serial = 0;
    char line[40];
    sscanf(content(zones[0].file), "%*s %*s %*s %*s %*s %*s %u", &serial);
    snprintf(line, sizeof line, " %u ", serial);
    return strstr(content(said), line) != NULL;
}

static void test_meeting(void)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)atoi(given) : (unsigned)getpid();
    unsigned lost = 0, pending = 0, round, before = 0;
    struct run run;
    diag("SEED=%u", seed);
    srand(seed);
    begin();
    for (round = 0; round < 60; round++) {
        unlink(said);
        meet(1000 + 10 * round);
        bool is_pending = is_there(zones[0].mark);
        pending += is_pending;
        unsigned serial = 0;
        sscanf(content(zones[0].file), "%*s %*s %*s %*s %*s %*s %u", &serial);
        lost += serial != before && !is_pending && !has_seen();
        before = serial;
        if (round % 2 == 0 || !is_pending)
            continue; /* or the next round makes up for it */
        run_one(&run, &zones[0], 0, tells);
        lost += is_there(zones[0].mark) || !has_seen();
    }
    is_int(lost, 0, "%u rounds, pending after %u: no command is lost", round, pending);
}

/* ---- Once a run ---------------------------------------------------------------------------- */

static void all_init(struct run *run, struct hook_all *all, const char *command, uint64_t limit)
{
    const struct hook_all_config config = {
        .command = command, .limit = limit, .teller = &run->teller};
    begin();
    run_init(run, NULL, 1, 0);
    hook_all_init(all, &config);
}

static void all_go(struct run *run, struct hook_all *all)
{
    struct engine_event event;
    enum hook_step step = hook_all_begin(all, run->engine);
    while (step == HOOK_WAITS && engine_next(run->engine, &event))
        if (event.owner == all)
            step = hook_all_take(all, &event);
}

static void all_fini(struct run *run, struct hook_all *all)
{
    hook_all_fini(all);
    run_fini(run);
}

static void test_all(void)
{
    static char want[20000];
    char command[200], line[64];
    struct hook_all all;
    struct run run;
    snprintf(command, sizeof command, "cat >%s; echo \"$ZXFR_ZONE$ZXFR_FILE.\" >>%s", said, said);
    all_init(&run, &all, command, 0);
    all_go(&run, &all);
    ok(!all.ran && all.err.kind == ERR_NONE && !is_there(said), "no line: it is not run");
    for (unsigned i = 0; i < 400; i++) { /* more than is gathered before it is written */
        snprintf(line, sizeof line, "z%03u.example %u %u added 1 deleted 1 axfr\n", i, i, i + 1);
        hook_all_add(&all, line, strlen(line));
        strcat(want, line);
    }
    strcat(want, ".\n");
    int before = open_files();
    all_go(&run, &all);
    ok(all.ran && all.err.kind == ERR_NONE, "it is run: %s", all.err.text);
    is_str(content(said), want, "with all lines, and no zone");
    is_int(open_files(), before, "no descriptor is left");
    all_fini(&run, &all);
    all_init(&run, &all, NULL, 0);
    hook_all_add(&all, "a\n", 2);
    all_go(&run, &all);
    ok(!all.ran && all.fd < 0, "without a command nothing is kept");
    all_fini(&run, &all);
}

static void test_all_failures(void)
{
    struct hook_all all;
    struct run run;
    char old[PATH_MAX];
    const char *tmpdir = getenv("TMPDIR");
    snprintf(old, sizeof old, "%s", tmpdir != NULL ? tmpdir : "");
    all_init(&run, &all, "exit 4", 0);
    hook_all_add(&all, "a\n", 2);
    all_go(&run, &all);
    ok(all.err.kind == ERR_HOOK_ALL && run.failed == 1, "a failure is told");
    is_str(run.text, "--exec-all: exit status 4", "... in words");
    is_int(err_class(all.err.kind), ERR_CLASS_HOOK, "... of its class");
    all_fini(&run, &all);
    all_init(&run, &all, "sleep 1000", 200000);
    hook_all_add(&all, "a\n", 2);
    all_go(&run, &all);
    ok(strncmp(all.words, "took longer", 11) == 0, "one that hangs: %s", all.words);
    all_fini(&run, &all);
    all_init(&run, &all, "sleep 1000", 0);
    hook_all_add(&all, "a\n", 2);
    is_int(hook_all_begin(&all, run.engine), HOOK_WAITS, "one that is at work");
    hook_all_stop(&all);
    ok(all.err.kind == ERR_INTERRUPTED && strcmp(all.words, "interrupted") == 0, "... is stopped");
    all_fini(&run, &all);
    setenv("TMPDIR", "/nonexistent", 1);
    all_init(&run, &all, tells, 0);
    hook_all_add(&all, "a\n", 2);
    hook_all_add(&all, "b\n", 2);
    all_go(&run, &all);
    ok(!all.ran && all.err.kind == ERR_HOOK_ALL && run.failed == 1,
       "lines that cannot be kept: not run with less: %s", all.err.text);
    all_fini(&run, &all);
    if (*old != '\0')
        setenv("TMPDIR", old, 1);
    else
        unsetenv("TMPDIR");
}

/* ---- No process can be made ---------------------------------------------------------------- */

static int without_processes(void)
{
    static struct run run;
    static struct hook_all all;
    const struct rlimit none = {0, 0};
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return 2;
    if (setrlimit(RLIMIT_NPROC, &none) != 0)
        return 2;
    run_init(&run, tells, 2, 0);
    for (unsigned i = 0; i < 3; i++)
        add(&run, &zones[i], change(&zones[i], 1, 2));
    go_through(&run);
    const struct hook_all_config config = {.command = tells, .teller = &run.teller};
    hook_all_init(&all, &config);
    hook_all_add(&all, "a\n", 2);
    all_go(&run, &all);
    for (unsigned i = 0; i < 3; i++)
        if (zones[i].err.kind != ERR_HOOK || zones[i].ran || !is_there(zones[i].mark))
            return 3;
    diag("%s", zones[0].err.text);
    bool good = run.ended == 3 && hooks_left(run.hooks) == 0 && run.failed == 4 &&
                all.err.kind == ERR_HOOK_ALL;
    all_fini(&run, &all);
    return good ? 0 : 4;
}

static void test_without_processes(void)
{
    int status = -1;
    begin();
    if (geteuid() == 0) {
        for (unsigned i = 0; i < 3; i++)
            if (chown(zones[i].file, 65534, 65534) != 0)
                exit(1);
        chmod(folder, 0777);
    }
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(without_processes());
    waitpid(pid, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "no process can be made: an error for each, markers stay (%d)", status);
    chmod(folder, 0700);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(said, sizeof said, "%s/said", folder);
    snprintf(go, sizeof go, "%s/go", folder);
    snprintf(tells, sizeof tells,
             "echo \"$ZXFR_ZONE $ZXFR_OLD_SERIAL $ZXFR_SERIAL $ZXFR_KIND\" >>%s", said);
    snprintf(hangs, sizeof hangs, "until [ -e %s ]; do sleep 0.02; done", go);
    for (unsigned i = 0; i < ZONES; i++)
        name_zone(&zones[i], i);
    test_note();
    test_note_faults();
    test_mixed();
    test_many(1);
    test_many(4);
    test_facts();
    test_not_due();
    test_failures();
    test_killed();
    test_limit();
    test_stop();
    test_busy(false);
    test_busy(true);
    test_left();
    test_short_lock();
    test_meeting();
    test_all();
    test_all_failures();
    test_without_processes();
    begin();
    for (unsigned i = 0; i < ZONES; i++)
        unlink(zones[i].file);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_end();
}
