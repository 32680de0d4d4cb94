/* cli/report_sync: the lines of zones and the summary, from made-up results; what the lines say is
 * judged by report_sync.py, whose path is the argument. */
#include "cli/report_sync.h"

#include "tap.h"
#include "textfile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ZONES = 8 };

static const struct loop loop = {.signal_fd = -1};
static char folder[] = "/tmp/zxfr-report.XXXXXX";
static char path[64], judge[400];
static struct report_sync report;
static struct err err;

static struct zone zones[ZONES] = {
    {.name = (const uint8_t *)"\1a\4test",
     .state = ZONE_NEW,
     .has_serial = true,
     .serial = 7,
     .has_records = true,
     .records = 12,
     .last_success = 1795000002,
     .has_file = true},
    {.name = (const uint8_t *)"\3\"\\\n\2\xc3\xa4",
     .state = ZONE_UPDATED,
     .origin = "l\xff/zones",
     .origin_line = 17,
     .group = "caf\xc3\xa9",
     .has_serial = true,
     .serial = 4294967295,
     .last_success = 1795000002},
    {.name = (const uint8_t *)"",
     .state = ZONE_UNCHANGED,
     .origin = "catalog",
     .has_serial = true,
     .serial = 3,
     .last_success = 1795000002},
    {.name = (const uint8_t *)"\1d",
     .state = ZONE_KEPT,
     .exit = 9,
     .has_serial = true,
     .serial = 5,
     .last_success = 1794000000},
    {.name = (const uint8_t *)"\1e", .state = ZONE_MISSING, .exit = 3},
    {.name = (const uint8_t *)"\1f", .state = ZONE_UPDATED},
    {.name = (const uint8_t *)"\1g", .state = ZONE_UPDATED},
    {.name = (const uint8_t *)"\1h", .state = ZONE_UPDATED},
};

static const struct sync_server servers[] = {
    {.server = "ns1",
     .address = "192.0.2.1#53",
     .connections = 2,
     .questions = 10,
     .transfers = 4,
     .failures = 1,
     .least_window = 2,
     .up = true},
    {.server = "a\xff", .address = "", .failures = 3},
};

static const struct sync_catalog catalogs[] = {
    {.name = (const uint8_t *)"\1c",
     .has_serial = true,
     .serial = 9,
     .used = SYNC_USED_NEW,
     .members = 7},
    {.name = (const uint8_t *)"\1d",
     .used = SYNC_USED_KEPT,
     .members = 2,
     .failure = ERR_CONNECT,
     .error = "cannot connect"},
    {.name = (const uint8_t *)"\1e",
     .used = SYNC_USED_NONE,
     .failure = ERR_CONNECT,
     .error = "cannot connect"},
};

static struct sync_summary summary_of(int exit)
{
    struct sync_summary summary = {.started = 1795000000000000,
                                   .ended = 1795000002500000,
                                   .exit = exit,
                                   .has_zones = true,
                                   .has_unlisted = true,
                                   .unlisted = 4,
                                   .invalid_lines = 5,
                                   .hooks_pending = 6,
                                   .records = 100,
                                   .octets = 5000,
                                   .servers = servers,
                                   .server_count = 2,
                                   .catalogs = catalogs,
                                   .catalog_count = 3,
                                   .has_shard = true,
                                   .shard = 1,
                                   .shards = 4};
    for (unsigned i = 0; i < ZONES; i++)
        sync_facts_count(&summary, &zones[i]);
    return summary;
}

static void open_report(const char *name)
{
    err = (struct err){.kind = ERR_NONE};
    for (unsigned i = 0; i < ZONES; i++) {
        zones[i].index = i;
        zones[i].name_length = (uint8_t)(strlen((const char *)zones[i].name) + 1);
    }
    report_sync_init(&report);
    if (!report_sync_open(&report, name, 0640, &loop, &err))
        printf("# %s\n", err.text);
}

/* The end of a zone, as far as it does not matter. */
static struct zone_end end_of(unsigned i)
{
    return (struct zone_end){.zone = &zones[i],
                             .class = 1,
                             .file = "d/x.zone",
                             .started = 1795000000000000,
                             .ended = 1795000002000000};
}

static bool is_judged(const char *what)
{
    char command[600];
    snprintf(command, sizeof command, "%s %s %s", judge, path, what);
    return system(command) == 0;
}

/* ---- All that is told ---------------------------------------------------------------------- */

static void write_zones(void)
{
    static struct attempt list[2];
    static struct attempts attempts = {.list = list};
    static struct gate_list gates = {.count = 1};
    static const struct zonefacts facts = {.complete = true,
                                           .records = 12,
                                           .has_soa = true,
                                           .serial = 7,
                                           .refresh = 1,
                                           .retry = 2,
                                           .expire = 100,
                                           .minimum = 4,
                                           .is_signed = true,
                                           .first_expiry = 1796000000};
    struct zone_end end = end_of(0);
    list[0] = (struct attempt){.server = "ns\xff",
                               .address = "192.0.2.1#53",
                               .has_serial = true,
                               .serial = 7,
                               .octets = 321,
                               .records = 13,
                               .has_rcode = true};
    attempts.count = attempts.kept = 1;
    attempts.good = list[0];
    attempts.has_good = true;
    end.attempts = &attempts;
    end.facts = &facts;
    end.kind = "axfr";
    end.has_counts = true;
    end.added = 12;
    ok(report_sync_zone(&report, &end, &err), "a new zone");
    end = end_of(1);
    end.kind = "resigned";
    end.diff = "diffs/x.diff";
    end.has_counts = end.has_old_records = end.has_old_serial = true;
    end.added = 2;
    end.deleted = 1;
    end.old_records = 11;
    gates.verdicts[0] = (struct gate_verdict){
        .gate = GATE_MAX_CHANGE, .result = GATE_PASSED, .limit = "10%", .value = "3"};
    end.gates = &gates;
    /* Warnings of several zones at a time. */
    const struct fact odd = {.kind = FACT_WARNING, .text = "odd"};
    const struct fact more = {.kind = FACT_NOTICE, .text = "\xff"};
    const struct fact failed = {.kind = FACT_FAILED, .attempt = &list[0]};
    report_sync_fact(&report, &zones[1], &odd, &err);
    report_sync_fact(&report, &zones[2], &more, &err);
    report_sync_fact(&report, &zones[1], &more, &err);
    report_sync_fact(&report, &zones[1], &failed, &err);
    ok(report_sync_zone(&report, &end, &err), "one that has changed");
    end = end_of(2);
    ok(report_sync_zone(&report, &end, &err), "one that has not");
    end = end_of(3);
    end.failure = ERR_MIN_RECORDS;
    end.message = "too few";
    ok(report_sync_zone(&report, &end, &err), "one that is kept");
    end = end_of(4);
    list[1] = (struct attempt){.kind = ERR_CONNECT, .server = "ns1", .text = "cannot connect"};
    attempts = (struct attempts){.list = &list[1], .count = 1, .kept = 1, .worst = list[1]};
    end.attempts = &attempts;
    end.failure = ERR_CONNECT;
    end.message = "cannot connect";
    ok(report_sync_zone(&report, &end, &err), "one that there is not");
}

static void all(void)
{
    struct stat st;
    open_report(path);
    write_zones();
    ok(is_judged("zones"), "the lines are there before the end of the run");
    struct sync_summary summary = summary_of(12);
    ok(report_sync_close(&report, &summary, &err), "the summary");
    ok(is_judged("zones+summary"), "what they say");
    report_sync_fini(&report);
    ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640, "the mode of a new file");
    open_report(path);
    summary = (struct sync_summary){.exit = 2,
                                    .fatal = ERR_USAGE,
                                    .message = "l:3: no zone",
                                    .invalid_lines = 1,
                                    .started = 1795000000000000,
                                    .ended = 1795000000000000};
    ok(report_sync_close(&report, &summary, &err), "a run that never began");
    report_sync_fini(&report);
    ok(is_judged("unknown"), "what it does not know is null");
    open_report(path);
    summary = (struct sync_summary){.exit = 143, .interrupted = 15};
    ok(report_sync_close(&report, &summary, &err), "a run that a signal has ended");
    report_sync_fini(&report);
    ok(is_judged("signal"), "says so");
}

/* ---- Commands ------------------------------------------------------------------------------ */

static void commands(void)
{
    const struct zone_command good = {.ran = true, .has_exited = true, .microseconds = 1500000};
    const struct zone_command bad = {.ran = true,
                                     .has_exited = true,
                                     .status = 3,
                                     .text = "exit status 3",
                                     .failure = ERR_HOOK,
                                     .message = "--exec: exit status 3"};
    struct zone_end end;
    open_report(path);
    for (unsigned i = 5; i < 8; i++) {
        end = end_of(i);
        end.has_command = true;
        report_sync_fact(&report, &zones[i], &(struct fact){.kind = FACT_WARNING, .text = "odd"},
                         &err);
        ok(report_sync_zone(&report, &end, &err), "a zone whose command is due");
    }
    end = end_of(2);
    ok(report_sync_zone(&report, &end, &err), "and one that has none");
    ok(report_sync_command(&report, &zones[2], &good, &err), "a command of no held zone");
    ok(report_sync_command(&report, &zones[7], &good, &err), "that of the last");
    zones[5].exit = 13;
    ok(report_sync_command(&report, &zones[5], &bad, &err), "that of the first");
    ok(report_sync_command(&report, &zones[5], &bad, &err), "is told once");
    const struct sync_summary summary = summary_of(143);
    ok(report_sync_close(&report, &summary, &err), "the end");
    report_sync_fini(&report);
    ok(is_judged("commands"), "each is written when its command is over, or at the end");
    zones[5].exit = 0;
}

/* ---- Trouble ------------------------------------------------------------------------------- */

/* Runs in a process of its own, with another standard output, and returns its exit status. */
static int apart(void (*play)(void), int output)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_IGN);
        dup2(output, STDOUT_FILENO);
        play();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void killed(void)
{
    open_report(path);
    for (unsigned i = 0; i < 5; i++) {
        const struct zone_end end = end_of(i);
        report_sync_zone(&report, &end, &err);
    }
    raise(SIGKILL);
}

/* A reader that is gone is no error; the process ends with 1 if it is told as one. */
static void unread(void)
{
    open_report("-");
    const struct zone_end end = end_of(0);
    bool good = report_sync_zone(&report, &end, &err) && report_sync_zone(&report, &end, &err);
    const struct sync_summary summary = summary_of(0);
    good = good && report_sync_close(&report, &summary, &err) && report.broken_pipe;
    report_sync_fini(&report);
    _exit(good && err.kind == ERR_NONE ? 0 : 1);
}

static void full(void)
{
    open_report("-");
    const struct zone_end end = end_of(0);
    bool first = report_sync_zone(&report, &end, &err);
    enum err_kind kind = err.kind;
    err = (struct err){.kind = ERR_NONE};
    bool second = report_sync_zone(&report, &end, &err);
    const struct sync_summary summary = summary_of(8);
    bool third = report_sync_close(&report, &summary, &err);
    report_sync_fini(&report);
    _exit(!first && kind == ERR_OUTPUT && second && third && err.kind == ERR_NONE ? 0 : 1);
}

static void trouble(void)
{
    int ends[2];
    apart(killed, STDOUT_FILENO);
    ok(is_judged("killed"), "a run that was killed leaves whole lines, and no summary");
    if (pipe(ends) == 0)
        close(ends[0]);
    is_int(apart(unread, ends[1]), 0, "a reader that is gone ends the report, and nothing else");
    close(ends[1]);
    int disk = open("/dev/full", O_WRONLY);
    is_int(apart(full, disk), 0, "a full disk is told once");
    close(disk);
    open_report("/proc/nothing/there");
    is_int(err.kind, ERR_OUTPUT, "a folder that is missing");
    const struct zone_end end = end_of(0);
    err = (struct err){.kind = ERR_NONE};
    ok(report_sync_zone(&report, &end, &err), "... and then nothing is written");
    report_sync_fini(&report);
}

/* ---- A process that stays ------------------------------------------------------------------ */

static void append_report(const char *name)
{
    open_report("/dev/null");
    report_sync_fini(&report);
    err = (struct err){.kind = ERR_NONE};
    report_sync_init(&report);
    if (!report_sync_append(&report, name, 0640, &loop, &err))
        printf("# %s\n", err.text);
}

static bool tell_end(unsigned i)
{
    struct zone_end end = end_of(i);
    end.has_command = zones[i].hook_due;
    err = (struct err){.kind = ERR_NONE};
    return report_sync_zone(&report, &end, &err);
}

/* As if the disk were full, for this process. Nothing is printed meanwhile. */
static void limit(rlim_t most)
{
    struct rlimit now;
    getrlimit(RLIMIT_FSIZE, &now);
    now.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &now);
}

static off_t size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static void added(void)
{
    put_text(path, "{\"event\": \"zone\", \"zo");
    append_report(path);
    ok(tell_end(0) && tell_end(1), "a report that a killed process has left");
    report_sync_fini(&report);
    append_report(path);
    const struct sync_summary summary = summary_of(0);
    ok(tell_end(2) && report_sync_close(&report, &summary, &err), "is added to, and once more");
    report_sync_fini(&report);
    ok(is_judged("appended"), "the line that was cut has an end");
}

static void rotated(void)
{
    char old[100];
    snprintf(old, sizeof old, "%s.1", path);
    unlink(path);
    append_report(path);
    tell_end(0);
    rename(path, old);
    tell_end(1);
    ok(report_sync_reopen(&report, &err), "a report that was renamed");
    tell_end(2);
    ok(is_judged("rotated"), "what comes after is in the new one");
    rename(path, old);
    mkdir(path, 0700);
    ok(!report_sync_reopen(&report, &err) && err.kind == ERR_OUTPUT, "one that cannot be made");
    ok(tell_end(3), "... is told, and lines go on");
    rmdir(path);
    rename(old, path);
    ok(is_judged("rotated+1"), "to the one before");
    report_sync_fini(&report);
    append_report("-");
    ok(report_sync_reopen(&report, &err), "standard output stays as it is");
    report_sync_fini(&report);
}

static void full_for_a_while(void)
{
    unlink(path);
    append_report(path);
    tell_end(0);
    limit((rlim_t)size_of(report.out.direct) + 10);
    bool first = tell_end(1);
    enum err_kind kind = err.kind;
    bool second = tell_end(1), third = tell_end(1);
    limit(RLIM_INFINITY);
    ok(!first && kind == ERR_OUTPUT, "a full disk is told");
    ok(second && third, "once");
    is_int((int64_t)report_sync_lost(&report), 0, "what it costs is not known yet");
    ok(tell_end(2), "it ends");
    is_int((int64_t)report_sync_lost(&report), 3, "and what it has cost is known");
    limit((rlim_t)size_of(report.out.direct));
    first = tell_end(1);
    const struct sync_summary summary = summary_of(0);
    err = (struct err){.kind = ERR_NONE};
    bool good = report_sync_close(&report, &summary, &err);
    limit(RLIM_INFINITY);
    ok(!first, "the next one is told, too");
    ok(!good && strstr(err.text, "the last 2 lines could not be written") != NULL,
       "and what it has cost at the end");
    report_sync_fini(&report);
    ok(is_judged("outage"), "lines are whole, but for the one that was cut");
}

/* Rows that change their places, go and come while commands wait. */
static void rows_move(void)
{
    const struct zone_command good = {.ran = true, .has_exited = true};
    unlink(path);
    append_report(path);
    for (unsigned i = 0; i < 8; i++)
        zones[i].hook_due = true;
    ok(tell_end(0) && tell_end(1) && tell_end(2), "three zones whose commands are due");
    is_str(content(path), "", "are held");
    report_sync_fact(&report, &zones[3], &(struct fact){.kind = FACT_WARNING, .text = "odd"}, &err);
    zones[0].index = 1;
    zones[1].index = 0;
    zones[2].index = 4000000000;
    zones[3].index = 2;
    ok(tell_end(3), "another one, in the place of one of them");
    ok(report_sync_command(&report, &zones[1], &good, &err), "a command");
    ok(report_sync_command(&report, &zones[0], &good, &err), "another one");
    ok(report_sync_forget(&report, &zones[2], &err), "a row that goes");
    ok(report_sync_forget(&report, &zones[2], &err), "... once");
    ok(report_sync_command(&report, &zones[3], &good, &err), "that which has come");
    is_int((int64_t)report.held.count, 0, "nothing is held any more");
    is_int(size_of(report.held.spool), 0, "and no space is taken up");
    report_sync_fact(&report, &zones[4], &(struct fact){.kind = FACT_WARNING, .text = "a"}, &err);
    report_sync_pass(&report, &zones[4]);
    ok(tell_end(4) && tell_end(4), "a zone that changes again before its command has run");
    ok(report_sync_command(&report, &zones[4], &good, &err), "which runs once");
    report_sync_fini(&report);
    ok(is_judged("moved"), "no zone gets what is another one's");
    for (unsigned i = 0; i < 8; i++)
        zones[i].hook_due = false;
}

/* One command takes very long, and very many others come and go meanwhile. */
static void space(void)
{
    const struct zone_command good = {.ran = true, .has_exited = true};
    off_t most = 0;
    bool all_good = true;
    unlink(path);
    append_report(path);
    zones[0].hook_due = zones[1].hook_due = true;
    tell_end(0);
    for (unsigned i = 0; i < 4000; i++) {
        all_good = all_good && tell_end(1) && report_sync_command(&report, &zones[1], &good, &err);
        most = size_of(report.held.spool) > most ? size_of(report.held.spool) : most;
    }
    ok(all_good && report_sync_command(&report, &zones[0], &good, &err),
       "4000 commands beside one");
    ok(most > 100000 && most < REPORT_HELD_WASTE + 100000, "take up %ld octets at most",
       (long)most);
    report_sync_fini(&report);
    ok(is_judged("space"), "and all lines are there");
    zones[0].hook_due = zones[1].hook_due = false;
}

/* Without a place for what is held. */
static void no_spool(void)
{
    unlink(path);
    append_report(path);
    setenv("TMPDIR", "/proc/nothing", 1);
    zones[0].hook_due = zones[1].hook_due = true;
    ok(!tell_end(0) && err.kind == ERR_TEMPORARY, "no temporary file is told");
    ok(tell_end(1), "once");
    unsetenv("TMPDIR");
    ok(tell_end(0) && report.held.count == 1, "when there is one lines are held again");
    setenv("TMPDIR", "/proc/nothing", 1);
    report_sync_fini(&report);
    ok(is_judged("unheld"), "those that were not have no command");
    unlink(path);
    append_report(path);
    ok(!tell_end(0) && err.kind == ERR_TEMPORARY, "the next outage is told, too");
    report_sync_fini(&report);
    unsetenv("TMPDIR");
    zones[0].hook_due = zones[1].hook_due = false;
}

/* A reader of standard output that goes is none of the process's business. */
static void unread_staying(void)
{
    append_report("-");
    bool good =
        tell_end(0) && tell_end(1) && report.broken_pipe && report_sync_reopen(&report, &err);
    const struct sync_summary summary = summary_of(0);
    good = good && report_sync_close(&report, &summary, &err);
    report_sync_fini(&report);
    _exit(good && err.kind == ERR_NONE ? 0 : 1);
}

static void staying(void)
{
    int ends[2];
    signal(SIGXFSZ, SIG_IGN);
    added();
    rotated();
    full_for_a_while();
    rows_move();
    space();
    no_spool();
    if (pipe(ends) == 0)
        close(ends[0]);
    is_int(apart(unread_staying, ends[1]), 0, "a reader that is gone does not end the process");
    close(ends[1]);
}

/* ---- Memory -------------------------------------------------------------------------------- */

static size_t allocations;

static void *failing(size_t size)
{
    return allocations-- == 0 ? NULL : malloc(size);
}

/* Each allocation of the JSON library fails in turn. */
static void memory(void)
{
    bool all_told = true, all_whole = true;
    size_t n = 0;
    for (bool good = false; !good && n < 10000; n++) {
        open_report(path);
        allocations = SIZE_MAX;
        json_set_alloc_funcs(failing, free);
        struct zone_end end = end_of(0);
        bool first = report_sync_zone(&report, &end, &err);
        allocations = n;
        end = end_of(3);
        bool second = report_sync_zone(&report, &end, &err);
        const struct sync_summary summary = summary_of(12);
        good = first && second && report_sync_close(&report, &summary, &err);
        allocations = SIZE_MAX;
        report_sync_fini(&report);
        json_set_alloc_funcs(malloc, free);
        all_told = all_told && good == (err.kind == ERR_NONE) && (good || err.kind == ERR_MEMORY);
        if (n % 16 == 0 || good)
            all_whole = all_whole && is_judged(good ? "whole+summary" : "whole");
    }
    ok(n > 100 && n < 10000, "each of %zu allocations fails in turn", n);
    ok(all_told, "it is told");
    ok(all_whole, "and what was written are whole lines, and a summary only if all is there");
}

int main(int argc, char **argv)
{
    char command[64];
    if (argc < 2 || mkdtemp(folder) == NULL) {
        puts("Bail out! no judge, or no folder");
        return 1;
    }
    snprintf(path, sizeof path, "%s/report", folder);
    snprintf(judge, sizeof judge, "/usr/bin/python3 %.300s", argv[1]);
    all();
    commands();
    trouble();
    staying();
    memory();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? tap_end() : 1;
}
