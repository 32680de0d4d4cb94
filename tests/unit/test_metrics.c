/* cli/metrics: the labels that are taken, the text against one written by hand, what promtool says
 * of it, the file and what is kept of the one before. */
#include "cli/metrics.h"

#include "tap.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};
static char folder[] = "/tmp/zxfr-metrics.XXXXXX";
static char path[64], command[160];

/* ---- Labels -------------------------------------------------------------------------------- */

static void labels(void)
{
    static const struct {
        const char *word, *error; /* NULL: it is taken, and stands for those after it */
    } rows[] = {
        {"shard=0", NULL},
        {"_x9=a=b \"\\\n\xc3\xa4", NULL},
        {"Shard=1", NULL},
        {"shards=1", NULL},
        {"shard=1", "the name shard is given twice"},
        {"zone=a", "the name zone is reserved"},
        {"server=a", "the name server is reserved"},
        {"catalog=a", "the name catalog is reserved"},
        {"result=a", "the name result is reserved"},
        {"version=a", "the name version is reserved"},
        {"kind=a", "the name kind is reserved"},
        {"__name__=a", "the name __name__ is reserved"},
        {"__=a", "the name __ is reserved"},
        {"9x=a", "9x=a: a name is letters, digits and _, and begins with no digit"},
        {"a-b=c", "a-b=c: a name is letters, digits and _, and begins with no digit"},
        {"a:b=c", "a:b=c: a name is letters, digits and _, and begins with no digit"},
        {"\xc3\xa4=c", "\xc3\xa4=c: a name is letters, digits and _, and begins with no digit"},
        {"=a", "=a: a name is letters, digits and _, and begins with no digit"},
        {"", " is not NAME=VALUE"},
        {"shard", "shard is not NAME=VALUE"},
        {"x=", "x= has no value"},
        {"x=\xff", "the value of x is not UTF-8"},
        {"x=\xc3", "the value of x is not UTF-8"},
    };
    struct metrics_options options = {.path = NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {.kind = ERR_NONE};
        bool good = metrics_check_label(&options, rows[i].word, &err);
        is_int(good, rows[i].error == NULL, "label \"%s\"", rows[i].word);
        if (good)
            options.labels[options.label_count++] = rows[i].word;
        else
            is_str(err.text, rows[i].error, "... is told");
    }
}

/* ---- Zones --------------------------------------------------------------------------------- */

enum { ZONES = 500 }; /* of thousands promtool 2.53 thinks for minutes */

static struct zone zones[ZONES];

static const struct zone *row(const void *context, size_t index)
{
    return (const struct zone *)context + index;
}

static const struct zone known = {
    .name = (const uint8_t *)"\7example\3com",
    .name_length = 13,
    .state = ZONE_UPDATED,
    .exit = 13,
    .has_serial = true,
    .serial = 4294967295,
    .has_server_serial = true,
    .server_serial = 0,
    .has_records = true,
    .records = 12345678901,
    .knows_signed = true,
    .is_signed = true,
    .last_success = 1795000000,
    .has_expire = true,
    .expire = 1209600,
    .has_first_expiry = true,
    .first_expiry = 1796000000,
};

static void put(const char *to, const char *text)
{
    FILE *file = fopen(to, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", to);
        exit(1);
    }
}

/* Writes the metrics, and lets promtool look at them. */
static bool is_good(const struct metrics_options *options, const struct metrics_facts *facts)
{
    struct err err = {.kind = ERR_NONE};
    if (!metrics_write(options, facts, &loop, LOOP_NEVER, &err))
        printf("# %s\n", err.text);
    return err.kind == ERR_NONE && system(command) == 0;
}

static char *content(void)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "r");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

/* The lines of the text that are neither HELP nor of zxfr_build_info, which changes. */
static const char *series(void)
{
    static char lines[1 << 20];
    size_t used = 0;
    for (char *line = strtok(content(), "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (*line != '#' && strncmp(line, "zxfr_build_info", 15) != 0)
            used += (size_t)sprintf(lines + used, "%s\n", line);
    lines[used] = '\0';
    return lines;
}

static void nothing_known(void)
{
    const struct metrics_options options = {.path = path};
    const struct zone unknown = {.name = (const uint8_t *)"", .name_length = 1};
    struct sync_summary summary = {
        .exit = 2, .fatal = ERR_USAGE, .started = 1000000, .ended = 1500000, .invalid_lines = 3};
    struct metrics_facts facts = {.summary = &summary, .row = row, .context = &unknown};
    static const char expected[] = "zxfr_run_end_timestamp_seconds 1\n"
                                   "zxfr_run_exit_status 2\n"
                                   "zxfr_list_invalid_lines 3\n"
                                   "zxfr_run_duration_seconds 0.500000\n";
    ok(is_good(&options, &facts), "promtool: bad lines, and no zones");
    is_str(series(), expected, "what is not known has no series");
    facts.zone_count = 1;
    ok(is_good(&options, &facts), "promtool: a zone of which nothing is known");
    is_str(series(), expected, "nor has it any");
    const char *text = content();
    unsigned help = 0, type = 0;
    for (const char *at = text; (at = strstr(at, "\n# TYPE zxfr_")) != NULL; at++)
        type++;
    for (const char *at = text; (at = strstr(at, "# HELP zxfr_")) != NULL; at++)
        help++;
    is_int(help, 22, "every family has its HELP");
    is_int(type, 22, "and its TYPE");
}

/* Written by hand, by the rules of the format. */
static void all_known(void)
{
    const struct metrics_options options = {
        .path = path, .labels = {"shard=0", "note=a \"b\" \\ c\nd"}, .label_count = 2};
    static const struct sync_server servers[] = {
        {.server = "ns2.example", .address = "192.0.2.2#53", .up = false},
        {.server = "ns1.example", .address = "192.0.2.1#53", .up = false},
        {.server = "ns2.example", .address = "192.0.2.3#53", .up = true},
        {.server = "a\xff\"b", .address = "", .up = false},
    };
    static const struct sync_catalog catalogs[] = {
        {.name = (const uint8_t *)"\1c", .used = SYNC_USED_NEW, .members = 7},
        {.name = (const uint8_t *)"\1d",
         .used = SYNC_USED_KEPT,
         .members = 0,
         .failure = ERR_CONNECT},
        {.name = (const uint8_t *)"\1e", .used = SYNC_USED_NONE, .failure = ERR_CONNECT},
    };
    struct sync_summary summary = {.started = 1795000000123456,
                                   .ended = 1795000002000000,
                                   .exit = 12,
                                   .has_zones = true,
                                   .zones = 1,
                                   .without_file = 1,
                                   .has_unlisted = true,
                                   .unlisted = 4,
                                   .hooks_pending = 5,
                                   .servers = servers,
                                   .server_count = 4,
                                   .catalogs = catalogs,
                                   .catalog_count = 3};
    const struct metrics_facts facts = {
        .summary = &summary, .row = row, .context = &known, .zone_count = 1};
    summary.by_result[13] = 1;
    summary.by_result[SYNC_SIGNAL] = 2;
#define L "shard=\"0\",note=\"a \\\"b\\\" \\\\ c\\nd\"} "
    static const char expected[] =
        "zxfr_run_end_timestamp_seconds{" L "1795000002\n"
        "zxfr_run_exit_status{" L "12\n"
        "zxfr_zones_configured{" L "1\n"
        "zxfr_zones_unlisted{" L "4\n"
        "zxfr_zones_without_file{" L "1\n"
        "zxfr_list_invalid_lines{" L "0\n"
        "zxfr_hooks_pending{" L "5\n"
        "zxfr_run_duration_seconds{" L "1.876544\n"
        "zxfr_zones{result=\"ok\"," L "0\n"
        "zxfr_zones{result=\"differs\"," L "0\n"
        "zxfr_zones{result=\"usage\"," L "0\n"
        "zxfr_zones{result=\"network\"," L "0\n"
        "zxfr_zones{result=\"refused\"," L "0\n"
        "zxfr_zones{result=\"authentication\"," L "0\n"
        "zxfr_zones{result=\"protocol\"," L "0\n"
        "zxfr_zones{result=\"input\"," L "0\n"
        "zxfr_zones{result=\"output\"," L "0\n"
        "zxfr_zones{result=\"guard\"," L "0\n"
        "zxfr_zones{result=\"nodelta\"," L "0\n"
        "zxfr_zones{result=\"internal\"," L "0\n"
        "zxfr_zones{result=\"hook\"," L "1\n"
        "zxfr_zones{result=\"signal\"," L "2\n"
        "zxfr_catalog_members{catalog=\"c\"," L "7\n"
        "zxfr_catalog_members{catalog=\"d\"," L "0\n"
        "zxfr_catalog_valid{catalog=\"c\"," L "1\n"
        "zxfr_catalog_valid{catalog=\"d\"," L "0\n"
        "zxfr_catalog_valid{catalog=\"e\"," L "0\n"
        "zxfr_server_up{server=\"a?\\\"b\"," L "0\n"
        "zxfr_server_up{server=\"ns1.example\"," L "0\n"
        "zxfr_server_up{server=\"ns2.example\"," L "1\n"
        "zxfr_zone_serial{zone=\"example.com\"," L "4294967295\n"
        "zxfr_zone_server_serial{zone=\"example.com\"," L "0\n"
        "zxfr_zone_records{zone=\"example.com\"," L "12345678901\n"
        "zxfr_zone_signed{zone=\"example.com\"," L "1\n"
        "zxfr_zone_exit_status{zone=\"example.com\"," L "13\n"
        "zxfr_zone_last_success_timestamp_seconds{zone=\"example.com\"," L "1795000000\n"
        "zxfr_zone_expire_timestamp_seconds{zone=\"example.com\"," L "1796209600\n"
        "zxfr_zone_signature_expiry_timestamp_seconds{zone=\"example.com\"," L "1796000000\n";
#undef L
    unlink(path);
    ok(is_good(&options, &facts), "promtool: all is known");
    is_str(series(), expected, "as the format has it");
}

/* Names that would end a label, or a line. */
static void hostile(void)
{
    static const struct {
        const char *wire, *label;
    } rows[] = {
        {"", "."},
        {"\1\"", "\\\\\\\""},
        {"\1\\\1x", "\\\\\\\\.x"},
        {"\3a\nb", "a\\\\010b"},
        {"\2\xc3\xa4", "\\\\195\\\\164"},
        {"\1.\1}", "\\\\..\\\\}"},
        {"\1 ", "\\\\032"},
    };
    const struct metrics_options options = {.path = path};
    const struct sync_summary summary = {.ended = 1};
    struct metrics_facts facts = {.summary = &summary, .row = row, .context = zones};
    char expected[4096] = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, facts.zone_count++) {
        zones[i] = (struct zone){.name = (const uint8_t *)rows[i].wire, .has_records = true};
        sprintf(expected + strlen(expected), "zxfr_zone_records{zone=\"%s\"} 0\n", rows[i].label);
    }
    ok(is_good(&options, &facts), "promtool: names with any octets");
    const char *found = strstr(series(), "zxfr_zone_records");
    is_str(found != NULL ? found : "", expected, "are escaped, in list order");
}

static void many(void)
{
    static char names[ZONES][16];
    const struct metrics_options options = {.path = path, .labels = {"shard=1"}, .label_count = 1};
    const struct sync_summary summary = {.ended = 1795000000000000, .has_zones = true};
    const struct metrics_facts facts = {
        .summary = &summary, .row = row, .context = zones, .zone_count = ZONES};
    for (unsigned i = 0; i < ZONES; i++) {
        zones[i] = known;
        snprintf(names[i], sizeof names[i], "\6z%05u\4test", i);
        zones[i].name = (const uint8_t *)names[i];
    }
    ok(is_good(&options, &facts), "promtool: %d zones", ZONES);
}

/* ---- A process that stays ------------------------------------------------------------------ */

static struct counters *new_counters(void)
{
    struct err err = {.kind = ERR_NONE};
    struct counters *counters = counters_new(1795000000999999, &err);
    if (counters == NULL) {
        puts("Bail out! no memory");
        exit(1);
    }
    return counters;
}

/* The lines of the counters alone. */
static const char *counted(void)
{
    static char lines[1 << 16];
    static const char *const families[] = {"zxfr_transfers_total",
                                           "zxfr_received_bytes_total",
                                           "zxfr_notifies_total",
                                           "zxfr_hook_runs_total",
                                           "zxfr_gate_refusals_total",
                                           "zxfr_config_last_reload_successful",
                                           "zxfr_process_start_time_seconds"};
    size_t used = 0;
    for (char *line = strtok(content(), "\n"); line != NULL; line = strtok(NULL, "\n"))
        for (size_t i = 0; i < sizeof families / sizeof *families; i++)
            if (strncmp(line, families[i], strlen(families[i])) == 0)
                used += (size_t)sprintf(lines + used, "%s\n", line);
    lines[used] = '\0';
    return lines;
}

#define FIXED(taken, failed, refused)                                                              \
    "zxfr_notifies_total{result=\"accepted\"} " taken "\n"                                         \
    "zxfr_notifies_total{result=\"merged\"} 0\n"                                                   \
    "zxfr_notifies_total{result=\"current\"} 0\n"                                                  \
    "zxfr_notifies_total{result=\"refused\"} 0\n"                                                  \
    "zxfr_notifies_total{result=\"unknown-zone\"} 0\n"                                             \
    "zxfr_notifies_total{result=\"signature\"} 0\n"                                                \
    "zxfr_notifies_total{result=\"invalid\"} 0\n"                                                  \
    "zxfr_hook_runs_total{hook=\"exec\",result=\"ok\"} 0\n"                                        \
    "zxfr_hook_runs_total{hook=\"exec\",result=\"output\"} 0\n"                                    \
    "zxfr_hook_runs_total{hook=\"exec\",result=\"internal\"} 0\n"                                  \
    "zxfr_hook_runs_total{hook=\"exec\",result=\"hook\"} " failed "\n"                             \
    "zxfr_hook_runs_total{hook=\"exec\",result=\"signal\"} 0\n"                                    \
    "zxfr_hook_runs_total{hook=\"exec-all\",result=\"ok\"} 0\n"                                    \
    "zxfr_hook_runs_total{hook=\"exec-all\",result=\"output\"} 0\n"                                \
    "zxfr_hook_runs_total{hook=\"exec-all\",result=\"internal\"} 0\n"                              \
    "zxfr_hook_runs_total{hook=\"exec-all\",result=\"hook\"} 0\n"                                  \
    "zxfr_hook_runs_total{hook=\"exec-all\",result=\"signal\"} 0\n"                                \
    "zxfr_gate_refusals_total{gate=\"min-records\"} 0\n"                                           \
    "zxfr_gate_refusals_total{gate=\"max-shrink\"} 0\n"                                            \
    "zxfr_gate_refusals_total{gate=\"max-change\"} 0\n"                                            \
    "zxfr_gate_refusals_total{gate=\"zonemd\"} " refused "\n"                                      \
    "zxfr_gate_refusals_total{gate=\"dnssec\"} 0\n"                                                \
    "zxfr_gate_refusals_total{gate=\"min-signature-life\"} 0\n"                                    \
    "zxfr_gate_refusals_total{gate=\"check-cmd\"} 0\n"

static void count_something(struct counters *counters)
{
    static struct attempt list[] = {{.server = "ns", .address = "192.0.2.1#53", .asked_zone = true},
                                    {.server = "a\xff\"\\\n", .asked_zone = true}};
    static const struct gate_list gates = {
        .verdicts = {{.gate = GATE_ZONEMD, .result = GATE_REFUSED}}, .count = 1};
    const struct attempts attempts = {.list = list, .count = 2, .kept = 2};
    const struct sync_server servers[] = {
        {.server = "ns1.example", .address = "192.0.2.1#53", .octets = 18446744073709551615u}};
    list[0].answer = XFR_INCREMENTAL;
    list[1].kind = ERR_CONNECT;
    counters_zone(counters, &(struct zone_end){.attempts = &attempts, .kind = "ixfr"});
    counters_servers(counters, servers, 1);
    counters_notify(counters, COUNTERS_NOTIFY_TAKEN);
    counters_hook(counters, COUNTERS_EXEC, ERR_HOOK);
    counters_gates(counters, &gates);
    counters_reload(counters, false);
}

/* Whether promtool takes each family for what it is: it says so of counters by their names. */
static bool has_type(const char *name, const char *type)
{
    char line[100];
    snprintf(line, sizeof line, "# TYPE %s %s\n", name, type);
    return strstr(content(), line) != NULL;
}

static void staying(void)
{
    const struct metrics_options options = {.path = path};
    const struct sync_summary summary = {.ended = 1};
    struct counters *counters = new_counters();
    const struct metrics_facts facts = {.summary = &summary, .row = row, .counters = counters};
    ok(is_good(&options, &facts), "promtool: counters of a process that has just begun");
    is_str(counted(),
           FIXED("0", "0", "0") "zxfr_config_last_reload_successful 1\n"
                                "zxfr_process_start_time_seconds 1795000000\n",
           "what can be told is there from the beginning");
    count_something(counters);
    ok(is_good(&options, &facts), "promtool: and of one that has counted something");
    is_str(counted(),
           "zxfr_transfers_total{server=\"a?\\\"\\\\?\",kind=\"none\",result=\"network\"} 1\n"
           "zxfr_transfers_total{server=\"ns1.example\",kind=\"ixfr\",result=\"ok\"} 1\n"
           "zxfr_received_bytes_total{server=\"ns1.example\"} 18446744073709551615\n" FIXED(
               "1", "1", "1") "zxfr_config_last_reload_successful 0\n"
                              "zxfr_process_start_time_seconds 1795000000\n",
           "as the format has it");
    ok(has_type("zxfr_transfers_total", "counter") && has_type("zxfr_notifies_total", "counter") &&
           has_type("zxfr_received_bytes_total", "counter") &&
           has_type("zxfr_hook_runs_total", "counter") &&
           has_type("zxfr_gate_refusals_total", "counter"),
       "counters are counters");
    ok(has_type("zxfr_config_last_reload_successful", "gauge") &&
           has_type("zxfr_process_start_time_seconds", "gauge") && has_type("zxfr_zones", "gauge"),
       "and gauges gauges");
    counters_free(counters);
}

/* The labels of the options are on them, too, and many servers are no trouble. */
static void many_servers(void)
{
    const struct metrics_options options = {.path = path, .labels = {"shard=1"}, .label_count = 1};
    const struct sync_summary summary = {.ended = 1};
    struct counters *counters = new_counters();
    const struct metrics_facts facts = {.summary = &summary, .row = row, .counters = counters};
    for (unsigned i = 0; i < ZONES; i++) {
        struct attempt one = {.asked_zone = true, .answer = XFR_ZONE};
        const struct attempts attempts = {.list = &one, .count = 1, .kept = 1};
        snprintf(one.server, sizeof one.server, "ns%u\377\n", i);
        counters_zone(counters, &(struct zone_end){.attempts = &attempts, .kind = "axfr"});
    }
    ok(is_good(&options, &facts), "promtool: %d servers with hostile names", ZONES);
    ok(strstr(content(), "zxfr_transfers_total{server=\"ns7??\",kind=\"axfr\",result=\"ok\","
                         "shard=\"1\"} 1\n") != NULL,
       "and the label of the options");
    counters_free(counters);
}

/* ---- The file ------------------------------------------------------------------------------ */

/* What the file says of the last good run; "" where it says nothing. */
static const char *success(void)
{
    static const char name[] = "zxfr_run_last_success_timestamp_seconds";
    const char *found = strstr(series(), name);
    static char value[100];
    snprintf(value, sizeof value, "%.*s", found != NULL ? (int)strcspn(found, "\n") : 0,
             found != NULL ? found : "");
    return value + strcspn(value, " ");
}

static void last_success(void)
{
    const struct metrics_options options = {.path = path, .labels = {"note=} 7"}, .label_count = 1};
    struct sync_summary summary = {.ended = 1795000000000000, .exit = 1};
    const struct metrics_facts facts = {.summary = &summary, .row = row};
    unlink(path);
    summary.exit = 3;
    ok(is_good(&options, &facts), "promtool: a run that is not well");
    is_str(success(), "", "none was before it");
    summary.exit = 1;
    ok(is_good(&options, &facts), "promtool: one that is");
    is_str(success(), " 7\"} 1795000000", "it says when");
    summary.exit = 8;
    summary.ended += 60000000;
    ok(is_good(&options, &facts), "promtool: one that is not");
    is_str(success(), " 7\"} 1795000000", "what the last good one said is kept");
    ok(is_good(&options, &facts), "promtool: and once more");
    is_str(success(), " 7\"} 1795000000", "... over several");
    put(path, "zxfr_run_last_success_timestamp_seconds x\n"
              "zxfr_run_last_success_timestamp_seconds_x 4\n"
              "zxfr_run_last_success_timestamp_seconds 5");
    ok(is_good(&options, &facts), "promtool: after a file of something else");
    is_str(success(), "", "which says nothing, for its last line is cut");
}

static mode_t mode(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void modes(void)
{
    const struct metrics_options options = {.path = path};
    struct sync_summary summary = {.ended = 1};
    const struct metrics_facts facts = {.summary = &summary, .row = row};
    unlink(path);
    umask(077);
    ok(is_good(&options, &facts), "a new file");
    is_int(mode(), 0644, "... can be read by all, whatever the umask is");
    chmod(path, 0600);
    summary.ended = 1000000;
    ok(is_good(&options, &facts), "an old file");
    is_int(mode(), 0644, "... too");
    struct err err = {.kind = ERR_NONE};
    const struct metrics_options nowhere = {.path = "/proc/nothing/there"};
    ok(!metrics_write(&nowhere, &facts, &loop, LOOP_NEVER, &err), "a folder that is missing");
    is_int(err.kind, ERR_OUTPUT, "... is told");
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        puts("Bail out! no folder");
        return 1;
    }
    snprintf(path, sizeof path, "%s/m.prom", folder);
    snprintf(command, sizeof command, "! promtool check metrics <%s 2>&1 | sed 's/^/# /' | grep .",
             path);
    labels();
    nothing_known();
    all_known();
    hostile();
    many();
    staying();
    many_servers();
    last_success();
    modes();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? tap_end() : 1;
}
