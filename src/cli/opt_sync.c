#include "cli/opt_sync.h"

#include "cli/command.h"
#include "cli/opt_check.h"
#include "cli/opt_source.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A list without its option. A zone whose name has a slash is taken, unless there is such a file.
 */
static bool is_list(const char *word)
{
    static const char *const ends[] = {".list", ".lst", ".txt", ".conf"};
    struct stat st;
    size_t n = strlen(word);
    bool is_named_so = strchr(word, '/') != NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        is_named_so |= n > strlen(ends[i]) && strcmp(word + n - strlen(ends[i]), ends[i]) == 0;
    return is_named_so && stat(word, &st) == 0 && S_ISREG(st.st_mode);
}

bool opt_sync_word(struct settings *settings, const char *word, struct err *err)
{
    struct sync_options *sync = &settings->sync;
    struct zone_source source;
    if (is_list(word))
        return err_set(err, ERR_USAGE, "%.200s is a file: a list of zones is --list %.200s", word,
                       word);
    if (!opt_source_zone(&source, word, strlen(word), err))
        return false;
    if (sync->word_count == sync->word_room) {
        size_t room = sync->word_room == 0 ? 64 : 2 * sync->word_room;
        const char **words = realloc(sync->words, room * sizeof *words);
        if (words == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        sync->words = words;
        sync->word_room = room;
    }
    sync->words[sync->word_count++] = word;
    return true;
}

/* Options that are about catalogs and lists need one. */
static bool check_sources(const struct settings *settings, struct err *err)
{
    const struct sync_options *sync = &settings->sync;
    bool has_catalog = sync->catalogs.count > 0, has_list = sync->list != NULL;
    const char *lonely = sync->groups.count > 0 && !has_catalog ? "group needs --catalog"
                         : sync->skips_bad_lines && !has_list   ? "bad-lines needs --list"
                         : sync->allow_empty && !has_catalog && !has_list
                             ? "allow-empty needs --list or --catalog"
                         : sync->unlisted_to != NULL && !has_catalog && !has_list
                             ? "unlisted-to needs --list or --catalog"
                             : NULL;
    if (sync->word_count == 0 && !has_catalog && !has_list)
        return err_set(err, ERR_USAGE,
                       "no zones given: zxfr %s ZONE... @SERVER, --list FILE, --catalog CATZ",
                       settings->command->name);
    if (has_catalog && settings->class != CLASS_IN)
        return err_set(err, ERR_USAGE, "catalog zones are of the class IN");
    return lonely == NULL || err_set(err, ERR_USAGE, "--%s", lonely);
}

/* What moves files needs to know all zones. */
static bool check_whole(const struct sync_options *sync, struct err *err)
{
    const char *part = sync->has_shard          ? "shard"
                       : sync->picks.count > 0  ? "pick"
                       : sync->groups.count > 0 ? "group"
                                                : NULL;
    return part == NULL || sync->unlisted_to == NULL ||
           err_set(err, ERR_USAGE, "--unlisted-to needs all zones: leave out --%s", part);
}

/* A run that only looks starts and writes nothing. */
static bool check_dry(const struct settings *settings, struct err *err)
{
    const struct sync_options *sync = &settings->sync;
    return !sync->dry_run || !sync->recheck ||
           err_set(err, ERR_USAGE, "--dry-run and --recheck exclude each other");
}

static bool check_outputs(const struct settings *settings, struct err *err)
{
    const struct metrics_options *metrics = &settings->metrics;
    if (metrics->path != NULL && strcmp(metrics->path, "-") == 0)
        return err_set(err, ERR_USAGE, "--metrics writes a file; one of that name is ./-");
    return metrics->path != NULL || metrics->label_count == 0 ||
           err_set(err, ERR_USAGE, "--metrics-label needs --metrics");
}

bool opt_sync_check(struct settings *settings, struct err *err)
{
    const struct sync_options *sync = &settings->sync;
    bool may_lack_server = sync->list != NULL || sync->catalogs.count > 0;
    unsigned stdins = sync->list != NULL && strcmp(sync->list, "-") == 0;
    if (sync->exec_jobs == 0)
        return err_set(err, ERR_USAGE, "--exec-jobs: at least one command must be able to run");
    return check_sources(settings, err) && check_whole(sync, err) && check_dry(settings, err) &&
           check_outputs(settings, err) && opt_check_stdin(settings, stdins, err) &&
           opt_check_many(settings, may_lack_server, err);
}
