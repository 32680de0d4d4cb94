#include "cli/opt_word.h"

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/opt_set.h"
#include "dns/types.h"

#include <string.h>
#include <strings.h>

/* The @ that begins a server, or NULL; one with a backslash before it is of a name. */
static const char *at_of(const char *word)
{
    const char *at = strchr(word, '@');
    while (at != NULL && at > word && at[-1] == '\\')
        at = strchr(at + 1, '@');
    return at;
}

/* ZONE@SERVER. A word with a colon may be a secret, and is not shown. */
static bool refuse_joined(const char *word, const char *at, struct err *err)
{
    if (strchr(word, ':') != NULL)
        return err_set(err, ERR_USAGE,
                       "a blank is missing between a zone and its server: ZONE "
                       "@SERVER");
    return err_set(err, ERR_USAGE, "%.80s: a blank is missing: %.*s %.80s", word,
                   at - word < 80 ? (int)(at - word) : 80, word, at);
}

static bool is_type(const char *word)
{
    return strchr(word, '.') == NULL &&
           (types_parse(word, strlen(word)) != 0 || strcasecmp(word, "any") == 0);
}

static bool take_name(struct settings *settings, const char *word, struct err *err)
{
    if (*word == '\0')
        return err_set(err, ERR_USAGE, "the name of the zone is empty");
    const char *why = name_parse(word, settings->zone, &settings->zone_length);
    if (why != NULL)
        return err_set(err, ERR_USAGE, "%.80s is not the name of a zone: %s", word, why);
    settings->zone_word = word;
    return true;
}

static bool take_zone(struct settings *settings, const char *word, struct err *err)
{
    const char *at = at_of(word), *before = settings->zone_word;
    if (at != NULL && at > word)
        return refuse_joined(word, at, err);
    if (before != NULL && (is_type(word) || is_type(before)))
        return err_set(err, ERR_USAGE,
                       "%.80s is a type of records, and zones are transferred whole; --only TYPE "
                       "chooses what is written",
                       is_type(word) ? word : before);
    if (settings->zone_word != NULL &&
        (strchr(settings->zone_word, ':') != NULL || strchr(word, ':') != NULL)) /* a secret? */
        return err_set(err, ERR_USAGE,
                       "two zones, one at a time; of words with a colon, a server is "
                       "written @SERVER, and a key is for -k or -y");
    if (settings->zone_word != NULL)
        return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; one at a time",
                       settings->zone_word, word);
    return take_name(settings, word, err);
}

bool opt_word_get(struct settings *settings, const char *word, struct err *err)
{
    return opt_set_is_transfer(word) ? opt_set_transfer(settings, word, err)
                                     : take_zone(settings, word, err);
}

bool opt_word_line(struct settings *settings, bool is_template, const char *word, struct err *err)
{
    const char *at = at_of(word), *before = settings->zone_word;
    if (at != NULL && at > word)
        return refuse_joined(word, at, err);
    if (before == NULL && !is_template)
        return take_name(settings, word, err);
    if (strchr(word, ':') != NULL || (before != NULL && strchr(before, ':') != NULL))
        return err_set(err, ERR_USAGE, /* a secret? */
                       "a word too many; of words with a colon, a server is written @SERVER, and "
                       "the file of a key comes after -k");
    if (is_template)
        return err_set(err, ERR_USAGE, "%.80s: a template has servers and options only", word);
    return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; each has a line of its own", before,
                   word);
}

bool opt_word_convert(struct settings *settings, const char *word, struct err *err)
{
    if (settings->input != NULL)
        return err_set(err, ERR_USAGE, "two files, %.80s and %.80s; one at a time", settings->input,
                       word);
    settings->input = word;
    return *word != '\0' || err_set(err, ERR_USAGE, "the name of the file is empty");
}

bool opt_word_check(struct settings *settings, const char *word, struct err *err)
{
    struct check_options *check = &settings->check;
    if (*word == '\0')
        return err_set(err, ERR_USAGE, "the name of a file is empty");
    if (check->word_count == CHECK_WORDS_MAX)
        return err_set(err, ERR_USAGE, "more than %d zones; those of a folder need one word",
                       CHECK_WORDS_MAX);
    check->words[check->word_count++] = word;
    return true;
}

bool opt_word_catalog(struct settings *settings, const char *word, struct err *err)
{
    if (settings->source.word != NULL)
        return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; one at a time",
                       settings->source.word, word);
    settings->source.word = word;
    return *word != '\0' || err_set(err, ERR_USAGE, "the name of a file is empty");
}

bool opt_word_help(struct settings *settings, const char *word, struct err *err)
{
    const struct command *topic = command_find(word);
    if (settings->topic != NULL)
        return err_set(err, ERR_USAGE, "help of two commands, %s and %.80s; one at a time",
                       settings->topic->name, word);
    if (topic == NULL)
        return err_set(err, ERR_USAGE, "%.80s is not a command; --help lists them", word);
    if (topic->run == NULL)
        return err_set(err, ERR_USAGE, "the command %s is not in this version", word);
    settings->topic = topic;
    return true;
}

bool opt_word_completion(struct settings *settings, const char *word, struct err *err)
{
    if (settings->shell != NULL)
        return err_set(err, ERR_USAGE, "two shells, %s and %.80s; one at a time", settings->shell,
                       word);
    settings->shell = word;
    return completion_has(word) ||
           err_set(err, ERR_USAGE,
                   "no completions for %.80s; there are some for bash, zsh and fish", word);
}

bool opt_word_none(struct settings *settings, const char *word, struct err *err)
{
    return err_set(err, ERR_USAGE, "%.80s: the command %s takes no word", word,
                   settings->command->name);
}
