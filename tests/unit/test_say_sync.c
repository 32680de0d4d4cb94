/* cli/say_sync: the lines of zones that have changed, what has failed, warnings, the summary. Each
 * case runs in a process of its own, whose output is compared with text written by hand. */
#include "cli/say_sync.h"
#include "job/orders.h"

#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ZONES = 130000 };

static const struct loop loop = {.signal_fd = -1};
static char folder[] = "/tmp/zxfr-say.XXXXXX";
static char out_path[64], err_path[64];
static struct zone zones[ZONES];
static char names[ZONES][16];
static struct say_sync voice; /* too large for the stack */

/* ---- What zones come to -------------------------------------------------------------------- */

static void make_zones(void)
{
    for (unsigned i = 0; i < ZONES; i++) {
        snprintf(names[i], sizeof names[i], "\7z%06u", i);
        zones[i] = (struct zone){.name = (const uint8_t *)names[i], .name_length = 9, .index = i};
    }
}

static void end_zone(const struct zone_end *end)
{
    struct err err = {.kind = ERR_NONE};
    if (!say_sync_zone(&voice, end, &err))
        fprintf(stderr, "error: %s\n", err.text);
}

/* An attempt at a server called ns1, ns2, ...; 0: at none. */
static struct attempt attempt(unsigned server, enum err_kind kind, const char *text)
{
    struct attempt a = {.kind = kind, .by_name = true};
    if (server > 0) {
        snprintf(a.server, sizeof a.server, "ns%u", server);
        snprintf(a.address, sizeof a.address, "192.0.2.%u#53", server);
    }
    snprintf(a.text, sizeof a.text, "%s", text);
    return a;
}

static void end_failed(unsigned i, struct attempt *list, size_t count)
{
    static struct attempts attempts;
    attempts.list = list;
    attempts.count = attempts.kept = count;
    zones[i].state = ZONE_KEPT;
    end_zone(&(struct zone_end){.zone = &zones[i],
                                .attempts = &attempts,
                                .failure = list[count - 1].kind,
                                .message = list[count - 1].text,
                                .server = list[count - 1].server,
                                .address = list[count - 1].address,
                                .by_name = true});
}

static void fail_at(unsigned i, unsigned server, enum err_kind kind, const char *text)
{
    struct attempt a = attempt(server, kind, text);
    end_failed(i, &a, 1);
}

/* ---- Running a case ------------------------------------------------------------------------ */

struct scene {
    const char *what;
    void (*play)(void);
    unsigned verbose;
    bool quiet;
    const char *out, *err; /* what is expected */
    int to; /* of standard output: 0 a file, 1 a pipe without reader, 2 a full disk */
};

static const char *content(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

static int open_target(int to)
{
    int ends[2];
    if (to == 2)
        return open("/dev/full", O_WRONLY);
    if (to == 0)
        return open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (pipe(ends) != 0)
        return -1;
    close(ends[0]);
    return ends[1];
}

static void play(const struct scene *scene)
{
    static struct settings settings;
    struct err err = {.kind = ERR_NONE};
    signal(SIGPIPE, SIG_IGN);
    dup2(open_target(scene->to), STDOUT_FILENO);
    dup2(open(err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    settings.verbose = scene->verbose;
    settings.quiet = scene->quiet;
    say_sync_init(&voice, &settings, true, false);
    if (!say_sync_open(&voice, &loop, &err))
        fprintf(stderr, "error: %s\n", err.text);
    scene->play();
    say_sync_fini(&voice);
    fflush(NULL);
    _exit(0);
}

static void run(const struct scene *scene)
{
    int status = -1;
    unlink(out_path);
    pid_t child = fork();
    if (child == 0)
        play(scene);
    waitpid(child, &status, 0);
    is_int(status, 0, "%s", scene->what);
    is_str(content(err_path), scene->err, "... on standard error");
    if (scene->to == 0)
        is_str(content(out_path), scene->out, "... on standard output");
}

static void close_with(const struct sync_summary *summary)
{
    struct err err = {.kind = ERR_NONE};
    if (!say_sync_close(&voice, summary, &err))
        fprintf(stderr, "error: %s\n", err.text);
}

static const struct sync_summary nothing = {.has_zones = false};

/* ---- Failures ------------------------------------------------------------------------------ */

/* They end in the wrong order, and are told in that of the list. */
static void play_groups(void)
{
    for (unsigned i = 40; i-- > 0;) {
        if (i % 3 == 0)
            fail_at(i, 1, ERR_CONNECT, "cannot connect");
        if (i % 3 == 1)
            fail_at(i, 2, ERR_CONNECT, "cannot connect");
    }
    fail_at(41, 2, ERR_RCODE_REFUSED, "the server answered REFUSED");
    fail_at(2, 1, ERR_RCODE_REFUSED, "the server answered REFUSED");
    close_with(&nothing);
}

#define HINT_CONNECT                                                                               \
    "zxfr: hint: check the address and the port, and that the server listens on TCP\n"
#define HINT_REFUSED                                                                               \
    "zxfr: hint: the server's access list may not have the address that it is asked from (-vv "    \
    "shows it, -b chooses another), or it wants a key, or another one (-k); it may not have the "  \
    "zone\n"

static const char groups[] =
    "zxfr: ns1 (192.0.2.1#53): cannot connect; 14 zones: z000000, z000003, z000006, z000009, "
    "z000012, z000015, z000018, z000021, z000024, z000027, ...\n" HINT_CONNECT
    "zxfr: ns2 (192.0.2.2#53): cannot connect; 13 zones: z000001, z000004, z000007, z000010, "
    "z000013, z000016, z000019, z000022, z000025, z000028, ...\n"
    "zxfr: z000002: ns1 (192.0.2.1#53): the server answered REFUSED\n" HINT_REFUSED
    "zxfr: z000041: ns2 (192.0.2.2#53): the server answered REFUSED\n";

/* Several attempts of a zone are one failure of each server; without a server there is no name of
 * one; a server named by its address has one name; a command's failures are kept like them. */
static void play_kinds(void)
{
    static struct attempt list[3], plain;
    list[0] = list[2] = attempt(1, ERR_CONNECT, "cannot connect");
    list[1] = attempt(2, ERR_RDATA, "too short");
    plain = attempt(3, ERR_RDATA, "\033[31mred\n\xff");
    plain.by_name = false;
    end_failed(1, list, 3);
    end_failed(2, &plain, 1);
    fail_at(3, 0, ERR_NO_SERVERS, "no servers were found");
    const struct err why = {.kind = ERR_HOOK, .text = "--exec: exit status 1"};
    for (unsigned i = 4; i < 6; i++)
        say_sync_fact(&voice, &zones[i], &(struct fact){.kind = FACT_COMMAND_FAILED, .err = &why});
    /* A failure that belongs to no attempt, after a good one. */
    const struct attempts good = {.list = NULL};
    zones[6].state = ZONE_KEPT;
    end_zone(
        &(struct zone_end){.zone = &zones[6],
                           .attempts = &good,
                           .failure = ERR_OUTPUT,
                           .message = "cannot rename d/z000006.zone: No space left on device"});
    zones[7].state = ZONE_KEPT;
    end_zone(&(struct zone_end){.zone = &zones[7],
                                .failure = ERR_RDATA,
                                .message = "short",
                                .server = "192.0.2.9",
                                .address = "192.0.2.9#53"});
    fail_at(8, 1, ERR_INTERRUPTED, "interrupted");
    close_with(&nothing);
}

static const char kinds[] = "zxfr: z000001: ns1 (192.0.2.1#53): cannot connect\n" HINT_CONNECT
                            "zxfr: z000001: ns2 (192.0.2.2#53): too short\n"
                            "zxfr: z000002: ns3: ?[31mred??\n"
                            "zxfr: z000003: no servers were found\n"
                            "zxfr: hint: check the zone's name, or name a server: @SERVER\n"
                            "zxfr: --exec: exit status 1; 2 zones: z000004, z000005\n"
                            "zxfr: hint: the file is written all the same; the next run with "
                            "--exec runs the command again, watch does so by itself\n"
                            "zxfr: z000006: cannot rename d/z000006.zone: No space left on device\n"
                            "zxfr: z000007: 192.0.2.9: short\n";

/* Zones that another server has given. */
static void play_current(void)
{
    struct attempt list[] = {attempt(1, ERR_CONNECT, "cannot connect")};
    const struct attempts attempts = {.list = list, .count = 1, .kept = 1};
    for (unsigned i = 0; i < 3; i++) {
        zones[i].state = ZONE_UNCHANGED;
        end_zone(&(struct zone_end){.zone = &zones[i], .attempts = &attempts});
    }
    list[0] = attempt(2, ERR_RDATA, "too short");
    end_zone(&(struct zone_end){.zone = &zones[0], .attempts = &attempts});
    /* With --allow-older an older zone is no news, unless it is what has failed. */
    static struct orders orders;
    orders.allow_older = true;
    list[0] = attempt(2, ERR_SERIAL_OLDER, "the server's serial 3 is older than 5");
    zones[6].state = ZONE_UNCHANGED;
    zones[6].orders = &orders;
    end_zone(&(struct zone_end){.zone = &zones[6], .attempts = &attempts});
    zones[7].orders = &orders;
    fail_at(7, 1, ERR_SERIAL_OLDER, "older");
    fail_at(5, 1, ERR_CONNECT, "cannot connect");
    close_with(&nothing);
}

static const char current[] =
    "zxfr: ns1 (192.0.2.1#53): cannot connect; 3 zones, current all the same: z000000, z000001, "
    "z000002\n"
    "zxfr: z000000: ns2 (192.0.2.2#53): too short; current all the same\n"
    "zxfr: z000005: ns1 (192.0.2.1#53): cannot connect\n" HINT_CONNECT
    "zxfr: z000007: ns1 (192.0.2.1#53): older\n"
    "zxfr: hint: the server may lag behind the one that the serial is from; try another\n";

static const char current_quiet[] =
    "zxfr: z000005: ns1 (192.0.2.1#53): cannot connect\n" HINT_CONNECT
    "zxfr: z000007: ns1 (192.0.2.1#53): older\n"
    "zxfr: hint: the server may lag behind the one that the serial is from; try another\n";

/* Names so long that ten of them would not fit into a line. */
static void play_long(void)
{
    static char wire[256];
    memset(wire, 1, sizeof wire); /* labels of one octet, which is written \001 */
    wire[254] = '\0';
    for (unsigned i = 0; i < 2; i++) {
        zones[i].name = (const uint8_t *)wire;
        fail_at(i, 1, ERR_RDATA, "x");
    }
    close_with(&nothing);
}

static const char *long_words(void)
{
    static char text[2048] = "zxfr: ns1 (192.0.2.1#53): x; 2 zones: ";
    for (unsigned i = 0; i < 127; i++)
        strcat(text, i > 0 ? ".\\001" : "\\001");
    return strcat(text, ", ...\n");
}

/* 100 000 zones of three servers cost little, and so do 30 000 that have each another trouble. */
static void play_many(void)
{
    char text[64];
    size_t used;
    for (unsigned i = 0; i < 100000; i++)
        fail_at(i, 1 + i % 3, ERR_RDATA, "x");
    used = voice.arena.capacity + voice.group_room * sizeof *voice.groups;
    if (used > 100000)
        fprintf(stderr, "%zu octets for 3 failures\n", used);
    for (unsigned i = 100000; i < 130000; i++) {
        snprintf(text, sizeof text, "text %u", i);
        fail_at(i, 4, ERR_RDATA, text);
    }
    used = voice.arena.capacity + voice.group_room * sizeof *voice.groups;
    if (used > 4000000)
        fprintf(stderr, "%zu octets for the failures\n", used);
    close_with(&nothing);
}

static void many(void)
{
    const struct scene scene = {"very many failures", play_many, 0, false, "", "", 0};
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        play(&scene);
    waitpid(child, &status, 0);
    is_int(status, 0, "%s", scene.what);
    unsigned lines = 0;
    bool is_told = false, is_large = false;
    char line[4096];
    FILE *file = fopen(err_path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        lines++;
        is_told = is_told || strcmp(line, "zxfr: ... and 20003 more failures of zones\n") == 0;
        is_large = is_large || strstr(line, "octets for") != NULL;
    }
    fclose(file);
    is_int(lines, 10001, "lines");
    ok(is_told, "what is beyond is counted");
    ok(!is_large, "and the memory is bounded");
}

/* ---- Lines --------------------------------------------------------------------------------- */

static void change(unsigned i, enum zone_state state, const char *kind)
{
    zones[i].state = (uint8_t)state;
    zones[i].has_serial = true;
    zones[i].serial = 4294967295u - i;
    end_zone(&(struct zone_end){.zone = &zones[i],
                                .kind = kind,
                                .has_counts = true,
                                .added = 7,
                                .deleted = i,
                                .has_old_serial = state == ZONE_UPDATED,
                                .old_serial = i});
}

static void play_lines(void)
{
    struct err err = {.kind = ERR_NONE};
    change(0, ZONE_NEW, "axfr");
    change(1, ZONE_UPDATED, "ixfr");
    if (!say_sync_flush(&voice, &err))
        fprintf(stderr, "error: %s\n", err.text);
    if (strstr(content(out_path), "ixfr\n") == NULL && voice.out.is_regular)
        fprintf(stderr, "nothing was let out\n");
    change(2, ZONE_UNCHANGED, NULL);
    change(3, ZONE_UPDATED, "resigned");
    if (!say_sync_flush(&voice, &err))
        fprintf(stderr, "error: %s\n", err.text);
    zones[4].name = (const uint8_t *)"";
    zones[4].state = ZONE_UPDATED;
    end_zone(&(struct zone_end){.zone = &zones[4], .kind = "axfr-style"});
    zones[5].name = (const uint8_t *)"\3a b\1\n\2de";
    change(5, ZONE_NEW, "axfr");
    fail_at(6, 1, ERR_RDATA, "x");
    close_with(&nothing);
}

static const char lines[] = "z000000 - 4294967295 added 7 deleted 0 axfr\n"
                            "z000001 1 4294967294 added 7 deleted 1 ixfr\n"
                            "z000003 3 4294967292 added 7 deleted 3 resigned\n"
                            ". - - added - deleted - axfr-style\n"
                            "a\\032b.\\010.de - 4294967290 added 7 deleted 5 axfr\n";

/* With --verbose an attempt is told by its fact, and only what became of it else. */
static void play_told(void)
{
    struct attempt list[2] = {attempt(1, ERR_RCODE_REFUSED, "message 1: REFUSED"),
                              attempt(2, ERR_CONNECT, "cannot connect")};
    end_failed(0, list, 2);
    zones[1].state = ZONE_KEPT;
    end_zone(&(struct zone_end){
        .zone = &zones[1], .failure = ERR_OUTPUT, .message = "cannot rename d/z000001.zone"});
    close_with(&nothing);
}

static const char told[] = "zxfr: z000001: cannot rename d/z000001.zone\n";
static const char not_told[] =
    "zxfr: z000000: ns1 (192.0.2.1#53): message 1: REFUSED\n" HINT_REFUSED
    "zxfr: z000000: ns2 (192.0.2.2#53): cannot connect\n" HINT_CONNECT
    "zxfr: z000001: cannot rename d/z000001.zone\n";

/* ---- Facts --------------------------------------------------------------------------------- */

static void play_facts(void)
{
    struct attempt a = attempt(1, ERR_CONNECT, "cannot connect");
    static struct notes notes;
    struct err ignored = {.kind = ERR_NONE};
    notes_add(&notes, &ignored, ERR_DUP_RR, "twice");
    const struct fact facts[] = {
        {.kind = FACT_WARNING, .text = "odd"},
        {.kind = FACT_NOTICE, .text = "look"},
        {.kind = FACT_DISTRUST, .attempt = &a, .text = "wrong"},
        {.kind = FACT_WARNINGS, .attempt = &a, .notes = &notes},
        {.kind = FACT_FAILED, .attempt = &a},
        {.kind = FACT_PAUSE, .zone = "as.given", .number = 3},
        {.kind = FACT_NO_TIME, .zone = "as.given", .attempt = &a},
        {.kind = FACT_REMARK, .text = "evidence is kept"},
        {.kind = FACT_FILE_REPLACED, .text = "d/z000000.zone"},
        {.kind = FACT_PROGRESS, .zone = "as.given", .attempt = &a},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        say_sync_fact(&voice, &zones[i], &facts[i]);
    close_with(&nothing);
}

static const char facts[] =
    "zxfr: z000000: warning: odd\n"
    "zxfr: z000001: look\n"
    "zxfr: z000002: ns1 (192.0.2.1#53): wrong; the whole zone is asked for\n"
    "zxfr: z000003: ns1 (192.0.2.1#53): warning: twice\n"
    "zxfr: z000007: evidence is kept\n";

static const char facts_verbose[] =
    "zxfr: z000000: warning: odd\n"
    "zxfr: z000001: look\n"
    "zxfr: z000002: ns1 (192.0.2.1#53): wrong; the whole zone is asked for\n"
    "zxfr: z000003: ns1 (192.0.2.1#53): warning: twice\n"
    "zxfr: z000004: ns1 (192.0.2.1#53): cannot connect\n"
    "zxfr: hint: check the address and the port, and that the server listens on TCP\n"
    "zxfr: as.given: once more in 3 s\n"
    "zxfr: as.given: not tried again (--retry): --max-time would be over before\n"
    "zxfr: z000007: evidence is kept\n"
    "zxfr: d/z000000.zone: written\n";

/* At most five times a second; a line takes its place. */
static void play_progress(void)
{
    struct say_sync_progress progress = {.all = 10000, .transfers = 5, .rate = 2300000};
    voice.has_progress = true;
    for (uint64_t now = 1000000; now <= 1400000; now += 50000) {
        progress.done += 100;
        progress.failed = progress.done / 100;
        progress.rate -= now == 1150000 ? 2205500 : 0;
        say_sync_progress(&voice, &progress, now);
    }
    fail_at(0, 0, ERR_RDATA, "x");
    close_with(&nothing);
}

/* Where there is no terminal, a line a second. */
static const char progress[] = "zxfr: 100 of 10000 zones, 1 failed, 5 transfers, 2.3 MB/s, 0 s\n"
                               "zxfr: z000000: x\n";

/* ---- A process that stays ------------------------------------------------------------------ */

enum { HOUR = 3600 };

static void play_hints(void)
{
    static const unsigned moments[] = {10, 10 + HOUR - 1, 10 + HOUR, 10 + HOUR + 1};
    for (unsigned i = 0; i < sizeof moments / sizeof *moments; i++) {
        fail_at(i, 1, ERR_CONNECT, "x");
        say_sync_tell(&voice, (uint64_t)moments[i] * 1000000);
    }
    close_with(&nothing);
}

static const char hints[] =
    "zxfr: z000000: ns1 (192.0.2.1#53): x\n" HINT_CONNECT "zxfr: z000001: ns1 (192.0.2.1#53): x\n"
    "zxfr: z000002: ns1 (192.0.2.1#53): x\n" HINT_CONNECT "zxfr: z000003: ns1 (192.0.2.1#53): x\n";

/* Rows that are gone after they were told, and rows in their place. */
static void play_rows(void)
{
    for (unsigned round = 0; round < 3; round++) {
        struct zone *row = malloc(sizeof *row);
        if (row == NULL)
            return;
        *row = zones[round];
        row->state = ZONE_KEPT;
        end_zone(&(struct zone_end){.zone = row, .failure = ERR_RDATA, .message = "short"});
        say_sync_tell(&voice, 1);
        if (voice.groups != NULL || voice.arena.base != NULL || voice.group_room > 0)
            fprintf(stderr, "memory is kept\n");
        memset(row, 0xff, sizeof *row);
        free(row);
    }
    close_with(&nothing);
}

static const char rows[] = "zxfr: z000000: short\nzxfr: z000001: short\nzxfr: z000002: short\n";

static void put_lines(unsigned count)
{
    struct err err = {.kind = ERR_NONE};
    for (unsigned i = 0; i < count; i++) {
        zones[i].state = ZONE_NEW;
        end_zone(&(struct zone_end){.zone = &zones[i], .kind = "axfr"});
    }
    if (!say_sync_flush(&voice, &err))
        fprintf(stderr, "error: %s\n", err.text);
}

/* The file that lines go to cannot become larger for a while. */
static void play_full(void)
{
    struct rlimit most;
    struct stat st;
    signal(SIGXFSZ, SIG_IGN);
    say_sync_stay(&voice);
    put_lines(20);
    getrlimit(RLIMIT_FSIZE, &most);
    most.rlim_cur = fstat(STDOUT_FILENO, &st) == 0 ? (rlim_t)st.st_size + 40 : 0;
    setrlimit(RLIMIT_FSIZE, &most);
    put_lines(2);
    put_lines(1);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_FSIZE, &most);
    put_lines(1);
    put_lines(1);
    close_with(&nothing);
}

static const char full_err[] =
    "zxfr: cannot write standard output: File too large; lines are left out\n"
    "zxfr: standard output: 2 lines could not be written\n";

#define LINE "z000000 - - added - deleted - axfr\n"

/* What was there before, a line, what there was room for of the next, and two lines. */
static const char *full_out(void)
{
    static char text[2048];
    size_t used = 0;
    for (unsigned i = 0; i < 20; i++)
        used += (size_t)sprintf(text + used, "z%06u%s", i, &LINE[7]);
    strcpy(text + used, LINE "z0000\n" LINE LINE);
    return text;
}

static void play_staying(void)
{
    say_sync_stay(&voice);
    put_lines(2);
    put_lines(2);
    close_with(&nothing);
}

/* ---- The summary --------------------------------------------------------------------------- */

static void play_summary(void)
{
    static const struct sync_server servers[] = {
        {.server = "a", .connections = 40, .transfers = 1, .up = true},
        {.server = "b", .connections = 2, .transfers = 41, .up = true},
    };
    static const struct sync_catalog catalogs[] = {
        {.name = (const uint8_t *)"\1c", .used = SYNC_USED_NEW, .members = 4},
        {.name = (const uint8_t *)"\1d",
         .used = SYNC_USED_KEPT,
         .members = 5,
         .failure = ERR_CONNECT,
         .error = "cannot connect"},
        {.name = (const uint8_t *)"\1e",
         .used = SYNC_USED_NONE,
         .failure = ERR_CONNECT,
         .error = "cannot connect"},
    };
    struct sync_summary summary = {.started = 1000000,
                                   .ended = 2940000,
                                   .has_zones = true,
                                   .zones = 10000,
                                   .without_file = 3,
                                   .unlisted = 4,
                                   .has_unlisted = true,
                                   .invalid_lines = 5,
                                   .hooks_pending = 6,
                                   .octets = 5300000,
                                   .servers = servers,
                                   .server_count = 2,
                                   .catalogs = catalogs,
                                   .catalog_count = 3};
    summary.by_state[ZONE_NEW] = 12;
    summary.by_state[ZONE_UPDATED] = 30;
    summary.by_state[ZONE_UNCHANGED] = 9948;
    summary.by_state[ZONE_KEPT] = 7;
    summary.by_state[ZONE_MISSING] = 1;
    summary.by_state[ZONE_WAITS] = 2;
    close_with(&summary);
}

#define NO_COPY "zxfr: catalog e: there is no copy that could be used\n"
#define KEPT "zxfr: catalog d: the copy that was kept is used, with 5 members\n"

static const char summary[] = KEPT NO_COPY
    "zxfr: 10000 zones: 12 new, 30 updated, 9948 unchanged, 8 failed, 2 not reached, 3 without a "
    "file, 4 files without a zone, 5 lines left out, 6 commands due; 42 connections, 42 transfers, "
    "5.3 MB; 1.9 s\n";

#define FULL "error: cannot write standard output: No space left on device\n"

static const struct scene scenes[] = {
    {"failures of a server are told together, in list order", play_groups, 0, false, "", groups, 0},
    {"... with --quiet, too", play_groups, 0, true, "", groups, 0},
    {"what a failure is of", play_kinds, 0, false, "", kinds, 0},
    {"failures that another server has made good", play_current, 0, false, "", current, 0},
    {"... are no errors", play_current, 0, true, "", current_quiet, 0},
    {"lines of zones that have changed", play_lines, 0, false, lines,
     "zxfr: z000006: ns1 (192.0.2.1#53): x\n", 0},
    {"... not with --quiet", play_lines, 0, true, "", "zxfr: z000006: ns1 (192.0.2.1#53): x\n", 0},
    {"... a reader that is gone ends them alone", play_lines, 0, false, NULL,
     "zxfr: z000006: ns1 (192.0.2.1#53): x\n", 1},
    {"... a full disk is told, once", play_lines, 0, false, NULL,
     FULL "zxfr: z000006: ns1 (192.0.2.1#53): x\n", 2},
    {"facts", play_facts, 0, false, "", facts, 0},
    {"facts with --verbose", play_facts, 1, false, "", facts_verbose, 0},
    {"facts with --quiet", play_facts, 0, true, "", "zxfr: z000007: evidence is kept\n", 0},
    {"what was told by facts is not told again", play_told, 1, false, "", told, 0},
    {"... what was not is", play_told, 0, false, "", not_told, 0},
    {"... with --quiet, too", play_told, 1, true, "", not_told, 0},
    {"a hint is told once an hour", play_hints, 0, false, "", hints, 0},
    {"rows may go", play_rows, 0, false, "", rows, 0},
    {"a process that stays outlives a reader", play_staying, 0, false, NULL, "", 1},
    {"... and is told once of a disk that stays full", play_staying, 0, false, NULL,
     "zxfr: cannot write standard output: No space left on device; lines are left out\n", 2},
    {"how far it is", play_progress, 0, false, "", progress, 0},
    {"the summary, with --verbose", play_summary, 1, false, "", summary, 0},
    {"there is none otherwise", play_summary, 0, false, "", KEPT NO_COPY, 0},
    {"nor with --quiet", play_summary, 0, true, "", NO_COPY, 0},
};

int main(void)
{
    char command[64];
    if (mkdtemp(folder) == NULL) {
        puts("Bail out! no folder");
        return 1;
    }
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    snprintf(err_path, sizeof err_path, "%s/err", folder);
    make_zones();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        run(&scenes[i]);
    run(&(struct scene){"lines after a full disk", play_full, 0, false, full_out(), full_err, 0});
    run(&(struct scene){"very long names", play_long, 0, false, "", long_words(), 0});
    many();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? tap_end() : 1;
}
