#include "cli/metrics.h"

#include "base/codec.h"
#include "cli/report_json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECOND = 1000000, BUFFER = 1 << 16, NUMBER_ROOM = 24 };

/* ---- Labels -------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_letter(text[i]) && (i == 0 || text[i] < '0' || text[i] > '9'))
            return false;
    return n > 0;
}

/* Whether zxfr has labels of that name itself, or Prometheus keeps them for its own use. */
static bool is_taken(const char *name, size_t n)
{
    static const char *const own[] = {"zone",    "server", "catalog", "result",
                                      "version", "kind",   "hook",    "gate"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == n && memcmp(own[i], name, n) == 0)
            return true;
    return n >= 2 && memcmp(name, "__", 2) == 0;
}

static bool is_given(const struct metrics_options *options, const char *word, size_t n)
{
    for (size_t i = 0; i < options->label_count; i++)
        if (strncmp(options->labels[i], word, n + 1) == 0) /* up to the = */
            return true;
    return false;
}

bool metrics_check_label(const struct metrics_options *options, const char *word, struct err *err)
{
    const char *equals = strchr(word, '=');
    size_t n = equals != NULL ? (size_t)(equals - word) : 0;
    if (equals == NULL)
        return err_set(err, ERR_USAGE, "%.80s is not NAME=VALUE", word);
    if (!is_name(word, n))
        return err_set(err, ERR_USAGE,
                       "%.80s: a name is letters, digits and _, and begins with no digit", word);
    if (is_taken(word, n))
        return err_set(err, ERR_USAGE, "the name %.*s is reserved", n < 80 ? (int)n : 80, word);
    if (is_given(options, word, n))
        return err_set(err, ERR_USAGE, "the name %.*s is given twice", n < 80 ? (int)n : 80, word);
    if (equals[1] == '\0')
        return err_set(err, ERR_USAGE, "%.80s has no value", word);
    return codec_is_utf8(equals + 1, strlen(equals + 1)) ||
           err_set(err, ERR_USAGE, "the value of %.*s is not UTF-8", n < 80 ? (int)n : 80, word);
}

/* Writes the value of a label between its quotes: at most two characters for each. */
static char *write_escaped(char *at, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"')
            *at++ = '\\';
        if (*value == '\n')
            *at++ = '\\';
        *at++ = *value == '\n' ? 'n' : *value;
    }
    return at;
}

/* The labels of the options as they stand on every series, with commas between, to be freed. */
static char *write_labels(const struct metrics_options *options, struct err *err)
{
    size_t room = 1;
    for (size_t i = 0; i < options->label_count; i++)
        room += 2 * strlen(options->labels[i]) + 4;
    char *text = malloc(room), *at = text;
    if (text == NULL) {
        err_set(err, ERR_MEMORY, "no memory for the metrics");
        return NULL;
    }
    for (size_t i = 0; i < options->label_count; i++) {
        const char *word = options->labels[i], *equals = strchr(word, '=');
        if (i > 0)
            *at++ = ',';
        memcpy(at, word, (size_t)(equals + 1 - word));
        at += equals + 1 - word;
        *at++ = '"';
        at = write_escaped(at, equals + 1);
        *at++ = '"';
    }
    *at = '\0';
    return text;
}

/* ---- The text ------------------------------------------------------------------------------ */

struct print {
    struct buf *to;
    const struct metrics_facts *facts;
    const char *labels; /* on every series */
    size_t labels_length;
    struct err *err;
};

static bool print_typed(const struct print *p, const char *name, const char *type, const char *help)
{
    return buf_printf(p->to, p->err, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool print_head(const struct print *p, const char *name, const char *help)
{
    return print_typed(p, name, "gauge", help);
}

static char *put(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

struct label {
    const char *name, *value;
};

/* The labels of a series, in braces if there are any. The room is there. */
static char *put_labels(const struct print *p, char *at, const struct label *own, size_t count)
{
    if (count == 0 && p->labels_length == 0)
        return at;
    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        at = put(at, own[i].name);
        at = put(at, "=\"");
        at = write_escaped(at, own[i].value);
        *at++ = '"';
        if (i + 1 < count || p->labels_length > 0)
            *at++ = ',';
    }
    at = put(at, p->labels);
    *at++ = '}';
    return at;
}

/* A series, with labels of its own. */
static bool print_series(const struct print *p, const char *name, const struct label *own,
                         size_t count, const char *number)
{
    size_t room = strlen(name) + p->labels_length + strlen(number) + 16;
    for (size_t i = 0; i < count; i++)
        room += strlen(own[i].name) + 2 * strlen(own[i].value) + 4;
    char *at = buf_reserve(p->to, room, p->err);
    if (at == NULL)
        return false;
    at = put(at, name);
    at = put_labels(p, at, own, count);
    *at++ = ' ';
    at = put(at, number);
    *at++ = '\n';
    buf_commit(p->to, at);
    return true;
}

static bool print_count(const struct print *p, const char *name, const struct label *own,
                        size_t count, uint64_t number)
{
    char text[NUMBER_ROOM];
    *codec_u64(text, number) = '\0';
    return print_series(p, name, own, count, text);
}

/* With one label, or, where that is NULL, with none. */
static bool print_number(const struct print *p, const char *name, const char *label,
                         const char *value, uint64_t number)
{
    const struct label own = {label, value};
    return print_count(p, name, &own, label != NULL, number);
}

/* The name of a server may not be UTF-8, which nobody would read. */
static bool print_named(const struct print *p, const char *name, const char *label,
                        const char *value, uint64_t number)
{
    char masked[ERR_TEXT_MAX];
    if (codec_is_utf8(value, strlen(value)))
        return print_number(p, name, label, value, number);
    snprintf(masked, sizeof masked, "%s", value);
    codec_mask(masked);
    return print_number(p, name, label, masked, number);
}

/* ---- The run ------------------------------------------------------------------------------- */

/* One that is well, whether it has changed anything or not. */
static bool is_well(const struct sync_summary *summary)
{
    return summary->exit == ERR_CLASS_OK || summary->exit == ERR_CLASS_DIFFERS;
}

/* The figures of a run set the number, and return whether it is known. */
static bool run_success(const struct metrics_facts *facts, uint64_t *number)
{
    *number = is_well(facts->summary) ? facts->summary->ended / SECOND : facts->last_success;
    return *number != 0;
}

static bool run_end(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->ended / SECOND;
    return true;
}

static bool run_exit(const struct metrics_facts *facts, uint64_t *number)
{
    *number = (uint64_t)facts->summary->exit;
    return true;
}

static bool zones_configured(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->zones;
    return facts->summary->has_zones;
}

static bool zones_unlisted(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->unlisted;
    return facts->summary->has_unlisted;
}

static bool zones_without_file(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->without_file;
    return facts->summary->has_zones;
}

static bool invalid_lines(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->invalid_lines;
    return true;
}

static bool hooks_pending(const struct metrics_facts *facts, uint64_t *number)
{
    *number = facts->summary->hooks_pending;
    return facts->summary->has_zones;
}

/* The moment of the last good run is first: the next run reads it there (read_last_success). */
static const char success_name[] = "zxfr_run_last_success_timestamp_seconds";

static const struct run_family {
    const char *name, *help;
    bool (*figure)(const struct metrics_facts *facts, uint64_t *number);
} run_families[] = {
    {success_name, "When a run was last well (exit status 0 or 1).", run_success},
    {"zxfr_run_end_timestamp_seconds", "When the last run ended.", run_end},
    {"zxfr_run_exit_status", "The exit status of the last run.", run_exit},
    {"zxfr_zones_configured", "How many zones the last run was for.", zones_configured},
    {"zxfr_zones_unlisted", "Zone files that no zone of the run names.", zones_unlisted},
    {"zxfr_zones_without_file", "Zones that have no file.", zones_without_file},
    {"zxfr_list_invalid_lines", "Lines of lists that are wrong.", invalid_lines},
    {"zxfr_hooks_pending", "Zones for which the command of --exec is still due.", hooks_pending},
};

static bool print_run(const struct print *p)
{
    for (size_t i = 0; i < sizeof run_families / sizeof *run_families; i++) {
        const struct run_family *family = &run_families[i];
        uint64_t number;
        if (!print_head(p, family->name, family->help) ||
            (family->figure(p->facts, &number) &&
             !print_number(p, family->name, NULL, NULL, number)))
            return false;
    }
    return true;
}

static bool print_duration(const struct print *p)
{
    static const char name[] = "zxfr_run_duration_seconds";
    const struct sync_summary *summary = p->facts->summary;
    uint64_t duration = summary->ended > summary->started ? summary->ended - summary->started : 0;
    char text[2 * NUMBER_ROOM];
    snprintf(text, sizeof text, "%" PRIu64 ".%06u", duration / SECOND,
             (unsigned)(duration % SECOND));
    return print_head(p, name, "How long the last run took.") &&
           print_series(p, name, NULL, 0, text);
}

static bool print_results(const struct print *p)
{
    static const char name[] = "zxfr_zones";
    const struct sync_summary *summary = p->facts->summary;
    const char *slug, *meaning;
    enum err_class class;
    if (!print_head(p, name, "Zones by the result of the last run."))
        return false;
    if (!summary->has_zones)
        return true;
    for (size_t i = 0; (slug = err_class_slug(i, &class, &meaning)) != NULL; i++)
        if (class != ERR_CLASS_PARTIAL && /* no zone can be that */
            !print_number(p, name, "result", slug, summary->by_result[class]))
            return false;
    return print_number(p, name, "result", "signal", summary->by_result[SYNC_SIGNAL]);
}

static bool print_version(const struct print *p)
{
    static const char name[] = "zxfr_build_info";
    return print_head(p, name, "The version of zxfr that has written this.") &&
           print_number(p, name, "version", ZXFR_VERSION, 1);
}

/* ---- Catalogs and servers ------------------------------------------------------------------ */

static bool print_catalogs(const struct print *p)
{
    static const char members[] = "zxfr_catalog_members", valid[] = "zxfr_catalog_valid";
    const struct sync_summary *summary = p->facts->summary;
    struct name_string text;
    bool good = print_head(p, members, "Members of the copy of the catalog that was used.");
    for (size_t i = 0; good && i < summary->catalog_count; i++) {
        const struct sync_catalog *catalog = &summary->catalogs[i];
        if (catalog->used != SYNC_USED_NONE)
            good = print_number(p, members, "catalog", sync_facts_name(&text, catalog->name),
                                catalog->members);
    }
    good = good && print_head(p, valid, "Whether the catalog of the servers could be used.");
    for (size_t i = 0; good && i < summary->catalog_count; i++) {
        const struct sync_catalog *catalog = &summary->catalogs[i];
        good = print_number(p, valid, "catalog", sync_facts_name(&text, catalog->name),
                            catalog->failure == ERR_NONE);
    }
    return good;
}

/* By name; of the same name in the order in which they are known. */
static int compare_servers(const void *a, const void *b)
{
    const struct sync_server *const *left = a, *const *right = b;
    int order = strcmp((*left)->server, (*right)->server);
    return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* A server is up if one of its addresses is. */
static bool print_servers(const struct print *p)
{
    static const char name[] = "zxfr_server_up";
    const struct sync_summary *summary = p->facts->summary;
    size_t count = summary->server_count;
    const struct sync_server **sorted = calloc(count + 1, sizeof(void *));
    if (sorted == NULL)
        return err_set(p->err, ERR_MEMORY, "no memory for the metrics");
    for (size_t i = 0; i < count; i++)
        sorted[i] = &summary->servers[i];
    qsort(sorted, count, sizeof *sorted, compare_servers);
    bool good = print_head(p, name, "Whether the server has answered what it was last asked.");
    for (size_t i = 0, next; good && i < count; i = next) {
        bool up = false;
        for (next = i; next < count && strcmp(sorted[i]->server, sorted[next]->server) == 0; next++)
            up = up || sorted[next]->up;
        good = print_named(p, name, "server", sorted[i]->server, up);
    }
    free(sorted);
    return good;
}

/* ---- Zones --------------------------------------------------------------------------------- */

/* The figures of a zone set the number, and return whether it is known; `now` is in microseconds.
 */
static bool zone_serial(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = zone->serial;
    return zone->has_serial;
}

static bool zone_server_serial(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = zone->server_serial;
    return zone->has_server_serial;
}

static bool zone_records(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = zone->records;
    return zone->has_records;
}

static bool zone_signed(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = zone->is_signed;
    return zone->knows_signed;
}

static bool zone_exit(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = zone->exit;
    return zone->state != ZONE_WAITS;
}

static bool zone_success(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = (uint64_t)zone->last_success;
    return zone->last_success > 0;
}

static bool zone_expire(const struct zone *zone, uint64_t now, uint64_t *number)
{
    (void)now;
    *number = (uint64_t)zone->last_success + zone->expire;
    return zone->last_success > 0 && zone->has_expire;
}

static bool zone_signature(const struct zone *zone, uint64_t now, uint64_t *number)
{
    *number = report_moment(zone->first_expiry, now) / SECOND;
    return zone->has_first_expiry;
}

static const struct zone_family {
    const char *name, *help;
    bool (*figure)(const struct zone *zone, uint64_t now, uint64_t *number);
} zone_families[] = {
    {"zxfr_zone_serial", "The serial of the zone in its file.", zone_serial},
    {"zxfr_zone_server_serial", "The newest serial that a server has told.", zone_server_serial},
    {"zxfr_zone_records", "How many records the file has.", zone_records},
    {"zxfr_zone_signed", "Whether the zone in the file has signatures.", zone_signed},
    {"zxfr_zone_exit_status", "The exit status of the last run, as far as it is of this zone.",
     zone_exit},
    {"zxfr_zone_last_success_timestamp_seconds", "When a server last confirmed the file.",
     zone_success},
    {"zxfr_zone_expire_timestamp_seconds",
     "When the zone will have expired: the time of its SOA after the last success.", zone_expire},
    {"zxfr_zone_signature_expiry_timestamp_seconds",
     "When the first records of the zone will have no signature that is not expired.",
     zone_signature},
};

static bool print_zone_family(const struct print *p, const struct zone_family *family)
{
    const struct metrics_facts *facts = p->facts;
    struct name_string name;
    bool good = print_head(p, family->name, family->help);
    for (size_t i = 0; good && i < facts->zone_count; i++) {
        const struct zone *zone = facts->row(facts->context, i);
        uint64_t number;
        if (family->figure(zone, facts->summary->ended, &number))
            good =
                print_number(p, family->name, "zone", sync_facts_name(&name, zone->name), number);
    }
    return good;
}

static bool print_zones(const struct print *p)
{
    for (size_t i = 0; i < sizeof zone_families / sizeof *zone_families; i++)
        if (!print_zone_family(p, &zone_families[i]))
            return false;
    return true;
}

/* ---- What a process that stays has counted ------------------------------------------------- */

static const char transfers_name[] = "zxfr_transfers_total";
static const char received_name[] = "zxfr_received_bytes_total";

/* What results are called: the exit statuses, and one word for all signals. */
static const char *result_name(unsigned result)
{
    return result == SYNC_SIGNAL ? "signal" : err_class_name((enum err_class)result);
}

static bool print_transfer(const struct print *p, const struct counters_series *series)
{
    const struct label own[] = {{"server", series->server},
                                {"kind", counters_kind_name(series->kind)},
                                {"result", result_name(series->result)}};
    return print_count(p, transfers_name, own, sizeof own / sizeof *own, series->count);
}

static bool print_of_servers(const struct print *p)
{
    const struct counters *counters = p->facts->counters;
    struct counters_series series;
    size_t at = 0;
    bool good = print_typed(p, transfers_name, "counter",
                            "Zones and changes that servers were asked for, and how that ended.");
    while (good && counters_next(counters, &at, &series))
        good = series.kind == COUNTERS_KINDS || print_transfer(p, &series);
    at = 0;
    good = good && print_typed(p, received_name, "counter", "Octets of messages from servers.");
    while (good && counters_next(counters, &at, &series))
        good = series.kind != COUNTERS_KINDS ||
               print_number(p, received_name, "server", series.server, series.count);
    return good;
}

/* What a command can well come to is there from the beginning, so that it can be told from none. */
static bool is_usual(unsigned result)
{
    return result == ERR_CLASS_OK || result == ERR_CLASS_HOOK || result == ERR_CLASS_OUTPUT ||
           result == ERR_CLASS_INTERNAL || result == SYNC_SIGNAL;
}

static bool print_hooks(const struct print *p)
{
    static const char name[] = "zxfr_hook_runs_total";
    bool good = print_typed(p, name, "counter", "Commands that were run, and how that ended.");
    for (unsigned i = 0; good && i < COUNTERS_HOOKS * SYNC_RESULTS; i++) {
        enum counters_hook hook = (enum counters_hook)(i / SYNC_RESULTS);
        unsigned result = i % SYNC_RESULTS;
        uint64_t number = counters_hooks(p->facts->counters, hook, result);
        const struct label own[] = {{"hook", counters_hook_name(hook)},
                                    {"result", result_name(result)}};
        if (number > 0 || is_usual(result))
            good = print_count(p, name, own, sizeof own / sizeof *own, number);
    }
    return good;
}

static bool print_counters(const struct print *p)
{
    static const char notifies[] = "zxfr_notifies_total", gates[] = "zxfr_gate_refusals_total";
    static const char reload[] = "zxfr_config_last_reload_successful";
    static const char start[] = "zxfr_process_start_time_seconds";
    const struct counters *counters = p->facts->counters;
    bool good = print_of_servers(p) && print_typed(p, notifies, "counter",
                                                   "Requests to look at a zone, by what followed.");
    for (unsigned i = 0; good && i < COUNTERS_NOTIFIES; i++)
        good = print_number(p, notifies, "result", counters_notify_name((enum counters_notify)i),
                            counters_notified(counters, (enum counters_notify)i));
    good = good && print_hooks(p) &&
           print_typed(p, gates, "counter", "Content that a gate has kept out.");
    for (unsigned i = 0; good && i < GATES; i++)
        good = print_number(p, gates, "gate", gate_name((enum gate)i),
                            counters_refused(counters, (enum gate)i));
    return good &&
           print_head(p, reload, "Whether the last reload of the configuration was good.") &&
           print_number(p, reload, NULL, NULL, counters_reloaded(counters)) &&
           print_head(p, start, "When the process was started.") &&
           print_number(p, start, NULL, NULL, counters_started(counters) / SECOND);
}

bool metrics_print(struct buf *to, const struct metrics_options *options,
                   const struct metrics_facts *facts, struct err *err)
{
    char *labels = write_labels(options, err);
    if (labels == NULL)
        return false;
    const struct print p = {
        .to = to, .facts = facts, .labels = labels, .labels_length = strlen(labels), .err = err};
    bool good = print_run(&p) && print_duration(&p) && print_results(&p) && print_version(&p) &&
                (facts->counters == NULL || print_counters(&p)) && print_catalogs(&p) &&
                print_servers(&p) && print_zones(&p);
    free(labels);
    return good;
}

/* ---- The file ------------------------------------------------------------------------------ */

/* What a text of metrics says of the moment when a run was last well; 0: nothing. */
static uint64_t find_last_success(const char *text)
{
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t n = strcspn(line, "\n"), name = sizeof success_name - 1;
        bool is_it = strncmp(line, success_name, name) == 0 && line[n] == '\n' &&
                     (line[name] == ' ' || line[name] == '{');
        while (is_it && n > 0 && line[n - 1] >= '0' && line[n - 1] <= '9')
            n--;
        if (is_it && n > 0 && line[n - 1] == ' ')
            return strtoull(line + n, NULL, 10);
    }
    return 0;
}

/* From the beginning of the file, where there is one: the rest may be large. */
static uint64_t read_last_success(const char *path)
{
    enum { HEAD = 1 << 16 };
    static const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    struct stat st;
    uint64_t moment = 0;
    int fd = open(path, flags);
    if (fd < 0)
        return 0;
    char *text = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? malloc(HEAD + 1) : NULL;
    ssize_t n = text != NULL ? pread(fd, text, HEAD, 0) : -1;
    if (n >= 0) {
        text[n] = '\0';
        moment = find_last_success(text);
    }
    free(text);
    close(fd);
    return moment;
}

static bool flush(void *context, const void *octets, size_t length, struct err *err)
{
    return outfile_write(context, octets, length, err);
}

bool metrics_write(const struct metrics_options *options, const struct metrics_facts *facts,
                   const struct loop *loop, uint64_t deadline, struct err *err)
{
    const struct outfile_options file = {.path = options->path,
                                         .new_mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH,
                                         .sets_mode = true};
    struct metrics_facts all = *facts;
    enum outfile_result result;
    struct outfile out;
    struct buf buf;
    if (!is_well(facts->summary))
        all.last_success = read_last_success(options->path);
    if (!buf_init(&buf, BUFFER, flush, &out, err))
        return false;
    bool good = outfile_open(&out, &file, loop, deadline, err);
    if (good) {
        good = metrics_print(&buf, options, &all, err) && buf_drain(&buf, err) &&
               outfile_commit(&out, &result, err);
        if (!good)
            outfile_abort(&out);
    }
    buf_fini(&buf);
    return good;
}
