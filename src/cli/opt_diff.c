#include "cli/opt_diff.h"

#include "cli/opt_check.h"
#include "cli/opt_source.h"

#include <string.h>

enum { OLD, NEW };

bool opt_diff_word(struct settings *settings, const char *word, struct err *err)
{
    struct diff_options *diff = &settings->diff;
    if (*word == '\0')
        return err_set(err, ERR_USAGE, "the name of a file is empty");
    if (diff->word_count == 2)
        return err_set(err, ERR_USAGE, "%.80s: diff compares two zones, and two were named before",
                       word);
    diff->words[diff->word_count++] = word;
    return true;
}

/* diff ZONE @A @B. */
static bool set_servers(struct settings *settings, struct err *err)
{
    struct diff_options *diff = &settings->diff;
    for (int i = OLD; i <= NEW; i++) {
        struct zone_source *source = &diff->sources[i];
        if (!opt_source_zone(source, diff->words[0], strlen(diff->words[0]), err))
            return false;
        source->word = source->zone_text;
        source->server = settings->servers[i];
        source->has_server = true;
    }
    return true;
}

static bool set_sources(struct settings *settings, struct err *err)
{
    struct diff_options *diff = &settings->diff;
    if (diff->word_count == 1 && settings->server_count == 2 &&
        !opt_source_is_server(diff->words[0]))
        return set_servers(settings, err);
    if (diff->word_count != 2 || settings->server_count > 0)
        return err_set(err, ERR_USAGE,
                       "diff needs two zones: zxfr diff OLD NEW, each a file or ZONE@SERVER; or "
                       "zxfr diff ZONE @OLD @NEW");
    return opt_source_take(settings, &diff->sources[OLD], diff->words[0], err) &&
           opt_source_take(settings, &diff->sources[NEW], diff->words[1], err);
}

static bool is_stdin(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool check_stdin(const struct settings *settings, struct err *err)
{
    const struct zone_source *sources = settings->diff.sources;
    return opt_check_stdin(
        settings, (unsigned)is_stdin(sources[OLD].path) + is_stdin(sources[NEW].path), err);
}

static bool check_format(const struct settings *settings, struct err *err)
{
    if (settings->type_given)
        return err_set(err, ERR_USAGE, "diff compares whole zones: ixfr=SERIAL is not for it");
    /* The update would not make NEW of OLD, and what it requires would not be OLD. */
    if (settings->diff.ignore != 0 && (settings->format->flags & WRITER_UPDATES) != 0)
        return err_set(err, ERR_USAGE, "--ignore does not work with the format %s",
                       settings->format->name);
    if (settings->diff.stat && settings->format_given)
        return err_set(err, ERR_USAGE, "--stat and --format exclude each other");
    return (settings->format->flags & WRITER_CHANGES) != 0 ||
           err_set(err, ERR_USAGE, "the format %s is for zones, not for changes",
                   settings->format->name);
}

bool opt_diff_check(struct settings *settings, struct err *err)
{
    if ((settings->diff.ignore & DIFF_IGNORE_DNSSEC) != 0)
        filter_except_dnssec(&settings->filter);
    return set_sources(settings, err) && check_stdin(settings, err) && check_format(settings, err);
}
