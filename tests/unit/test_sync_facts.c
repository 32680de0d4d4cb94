/* job/sync_facts: the exit status of a run over many zones. */
#include "job/sync_facts.h"

#include "tap.h"

/* What a run came to, and the status that the manual promises for it. Zones by exit status: what is
 * left over of `zones` never ended. */
struct row {
    const char *what;
    int expected; /* without --exit-code */
    int with_exit_code;
    unsigned zones;
    unsigned char exits[12]; /* of zones, ended by END */
    int interrupted;
    enum err_kind fatal, catalog; /* of the run, of its only catalog */
    unsigned invalid_lines, hooks_failed;
    bool too_many_unlisted, has_changed;
};

enum { END = 0xff };

#define EXITS(...) .exits = {__VA_ARGS__, END}

static const struct row rows[] = {
    /* What ends a run has precedence over all that had failed before. */
    {"a signal after failures, a broken catalog and a failed command", 143, 143, 3, EXITS(0, 4, 13),
     .interrupted = 15, .catalog = ERR_TIMEOUT_CONN, .hooks_failed = 1},
    {"a signal, and the end was found for another reason, too", 130, 130, 1, EXITS(130),
     .interrupted = 2, .fatal = ERR_OUTPUT},
    {"no memory, after zones that failed and are well", 11, 11, 3, EXITS(0, 5),
     .fatal = ERR_MEMORY},
    {"the disk is full", 8, 8, 2, EXITS(0, 8), .fatal = ERR_OUTPUT, .has_changed = true},
    {"bad lines, before anything was sent", 2, 2, 0, EXITS(END), .fatal = ERR_USAGE,
     .invalid_lines = 0},
    /* Some are well. */
    {"one is well, one fails", 12, 12, 2, EXITS(0, 3)},
    {"one is well, one fails with what would end a run", 12, 12, 2, EXITS(0, 8)},
    {"the one that is well has a command that failed", 12, 12, 2, EXITS(13, 3), .hooks_failed = 1},
    {"all are well but for a catalog", 12, 12, 1, EXITS(0), .catalog = ERR_RCODE_REFUSED},
    {"all are well but for a line", 12, 12, 1, EXITS(0), .invalid_lines = 1, .has_changed = true},
    {"a line, files without a zone, a command", 12, 12, 1, EXITS(13), .invalid_lines = 1,
     .hooks_failed = 1, .too_many_unlisted = true},
    {"a zone that never ended is not well", 12, 12, 2, EXITS(0)},
    /* None is: the worst. */
    {"all fail alike", 4, 4, 2, EXITS(4, 4)},
    {"authentication is worse than a protocol", 5, 5, 2, EXITS(6, 5)},
    {"a protocol is worse than a guard", 6, 6, 2, EXITS(9, 6)},
    {"a guard is worse than a refusal", 9, 9, 2, EXITS(4, 9)},
    {"a refusal is worse than the network", 4, 4, 2, EXITS(3, 4)},
    {"the network is worse than input", 3, 3, 2, EXITS(7, 3)},
    {"input is worse than no history", 7, 7, 2, EXITS(10, 7)},
    {"no history alone", 10, 10, 1, EXITS(10)},
    {"output is worse than any of them", 8, 8, 7, EXITS(10, 3, 9, 4, 6, 5, 8)},
    {"memory is worse than output", 11, 11, 2, EXITS(8, 11)},
    {"a bad key of one zone is worst of all", 2, 2, 3, EXITS(11, 8, 2)},
    {"the only catalog, and no zone", 9, 9, 0, EXITS(END), .catalog = ERR_MIN_RECORDS},
    {"a catalog that is worse than the zones", 5, 5, 1, EXITS(4), .catalog = ERR_TSIG_MAC},
    {"failed zones, and a line", 4, 4, 1, EXITS(4), .invalid_lines = 1},
    {"nothing but lines that were left out", 12, 12, 0, EXITS(END), .invalid_lines = 2},
    {"none has ever ended", 11, 11, 2, EXITS(END)},
    {"a signal that the run does not know of", 11, 11, 1, EXITS(143)},
    /* All are. */
    {"files without a zone", 9, 9, 1, EXITS(0), .too_many_unlisted = true, .has_changed = true},
    {"... and a command that failed", 9, 9, 1, EXITS(13), .too_many_unlisted = true,
     .hooks_failed = 1},
    {"a command that failed", 13, 13, 2, EXITS(0, 13), .has_changed = true},
    {"that of --exec-all", 13, 13, 1, EXITS(0), .hooks_failed = 1, .has_changed = true},
    {"changes", 0, 1, 1, EXITS(0), .has_changed = true},
    {"a zone that says so itself", 0, 1, 1, EXITS(1), .has_changed = true},
    {"no changes", 0, 0, 3, EXITS(0, 0, 0)},
    {"no zones", 0, 0, 0, EXITS(END)},
};

static void statuses(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        const struct sync_catalog catalog = {.failure = row->catalog};
        struct sync_summary summary = {
            .interrupted = row->interrupted,
            .fatal = row->fatal,
            .has_zones = true,
            .invalid_lines = row->invalid_lines,
            .hooks_failed = row->hooks_failed,
            .too_many_unlisted = row->too_many_unlisted,
            .catalogs = &catalog,
            .catalog_count = 1,
        };
        unsigned ended = 0;
        for (; row->exits[ended] != END; ended++) {
            unsigned exit = row->exits[ended];
            bool good = exit <= 1 || exit == 13;
            struct zone zone = {.exit = (uint8_t)exit,
                                .state = !good              ? ZONE_KEPT
                                         : row->has_changed ? ZONE_UPDATED
                                                            : ZONE_UNCHANGED};
            sync_facts_count(&summary, &zone);
        }
        for (; ended < row->zones; ended++)
            sync_facts_count(&summary, &(struct zone){.state = ZONE_WAITS});
        is_int(sync_facts_exit(&summary, false), row->expected, "%s", row->what);
        is_int(sync_facts_exit(&summary, true), row->with_exit_code, "... with --exit-code");
    }
}

static void counts(void)
{
    struct sync_summary summary = {.has_zones = true};
    static const struct zone zones[] = {
        {.state = ZONE_NEW, .exit = 0, .has_file = true},
        {.state = ZONE_UPDATED, .exit = 13, .has_file = true, .hook_due = true},
        {.state = ZONE_KEPT, .exit = 4, .has_file = true},
        {.state = ZONE_MISSING, .exit = 143},
        {.state = ZONE_WAITS},
        {.state = ZONE_KEPT, .exit = 9, .is_catalog = true, .hook_due = true},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        sync_facts_count(&summary, &zones[i]);
    is_int((int64_t)summary.zones, 5, "a catalog is not one of the zones");
    is_int((int64_t)summary.without_file, 2, "two have no file");
    is_int((int64_t)summary.by_state[ZONE_KEPT], 1, "states");
    is_int((int64_t)summary.by_result[0], 1, "a zone that waits has no result");
    is_int((int64_t)summary.by_result[9], 0, "nor does a catalog");
    is_int((int64_t)summary.by_result[SYNC_SIGNAL], 1, "signals are one result");
    is_int((int64_t)sync_facts_result(12), 12, "every class has its own");
}

int main(void)
{
    statuses();
    counts();
    return tap_end();
}
