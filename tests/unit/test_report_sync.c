/* cli/report_sync: the lines of zones and the summary, from made-up results; what the lines say is
 * judged by report_sync.py, whose path is the argument. */
#include "cli/report_sync.h"

#include "tap.h"

#include <fcntl.h>
#include <signal.h>
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
    memory();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? tap_end() : 1;
}
