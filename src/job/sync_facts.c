#include "job/sync_facts.h"

#include <string.h>

const char *sync_facts_name(struct name_string *string, const uint8_t *zone)
{
    size_t n = strlen(name_string(string, zone));
    if (n > 1)
        string->text[n - 1] = '\0';
    return string->text;
}

unsigned sync_facts_result(int exit)
{
    return exit >= 0 && exit < SYNC_SIGNAL ? (unsigned)exit : SYNC_SIGNAL;
}

void sync_facts_count(struct sync_summary *summary, const struct zone *zone)
{
    if (zone->is_catalog)
        return;
    summary->zones++;
    summary->by_state[zone->state]++;
    if (zone->state != ZONE_WAITS)
        summary->by_result[sync_facts_result(zone->exit)]++;
    if (!zone->has_file)
        summary->without_file++;
}

/* Whether a zone with this result has a FILE that is as it should be. */
static bool is_current(unsigned result)
{
    return result == ERR_CLASS_OK || result == ERR_CLASS_DIFFERS || result == ERR_CLASS_HOOK;
}

/* What became of all zones; with what catalogs came to among the failures. */
struct tally {
    uint64_t current, failed;
    uint64_t by_result[SYNC_RESULTS]; /* failures */
};

static void count_failure(struct tally *tally, unsigned result, uint64_t count)
{
    tally->failed += count;
    tally->by_result[result] += count;
}

/* A zone whose work was never over cannot pass for one that is well. */
static struct tally tally_all(const struct sync_summary *summary)
{
    struct tally tally = {.current = 0};
    for (unsigned result = 0; result < SYNC_RESULTS; result++) {
        if (is_current(result))
            tally.current += summary->by_result[result];
        else
            count_failure(&tally, result, summary->by_result[result]);
    }
    count_failure(&tally, ERR_CLASS_INTERNAL, summary->by_state[ZONE_WAITS]);
    for (size_t i = 0; i < summary->catalog_count; i++)
        if (summary->catalogs[i].failure != ERR_NONE)
            count_failure(&tally, err_class(summary->catalogs[i].failure), 1);
    return tally;
}

/* The status of a run that has left no zone current: that of the worst failure. First what would
 * have ended the run, had it been more than one zone's. */
static int worst_of(const struct tally *tally)
{
    static const enum err_class ranks[] = {
        ERR_CLASS_USAGE, ERR_CLASS_INTERNAL, ERR_CLASS_OUTPUT,  ERR_CLASS_AUTH,  ERR_CLASS_PROTOCOL,
        ERR_CLASS_GUARD, ERR_CLASS_REFUSED,  ERR_CLASS_NETWORK, ERR_CLASS_INPUT, ERR_CLASS_NODELTA,
    };
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (tally->by_result[ranks[i]] > 0)
            return (int)ranks[i];
    return tally->by_result[SYNC_SIGNAL] > 0 ? ERR_CLASS_INTERNAL : ERR_CLASS_PARTIAL;
}

int sync_facts_exit(const struct sync_summary *summary, bool has_exit_code)
{
    const struct tally tally = tally_all(summary);
    if (summary->interrupted != 0)
        return 128 + summary->interrupted;
    if (summary->fatal != ERR_NONE)
        return (int)err_class(summary->fatal);
    if (tally.failed > 0 && tally.current == 0)
        return worst_of(&tally);
    if (tally.failed > 0 || summary->invalid_lines > 0)
        return ERR_CLASS_PARTIAL;
    if (summary->too_many_unlisted)
        return ERR_CLASS_GUARD;
    if (summary->hooks_failed > 0 || summary->by_result[ERR_CLASS_HOOK] > 0)
        return ERR_CLASS_HOOK;
    bool has_changed = summary->by_state[ZONE_NEW] > 0 || summary->by_state[ZONE_UPDATED] > 0;
    return has_exit_code && has_changed ? ERR_CLASS_DIFFERS : ERR_CLASS_OK;
}
