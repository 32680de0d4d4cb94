#include "cli/opt_word.h"

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/near.h"
#include "cli/opt_foreign.h"
#include "cli/opt_mistake.h"
#include "cli/opt_set.h"
#include "cli/opt_value.h"
#include "dns/types.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_type(const char *word)
{
    return strchr(word, '.') == NULL &&
           (types_parse(word, strlen(word)) != 0 || strcasecmp(word, "any") == 0);
}

static bool take_name(struct settings *settings, const char *word, struct err *err)
{
    if (!opt_value_zone(word, settings->zone, &settings->zone_length, err))
        return false;
    settings->zone_word = word;
    return true;
}

static bool has_colon(const char *before, const char *word)
{
    return strchr(before, ':') != NULL || strchr(word, ':') != NULL;
}

/* Two words that could be zones. With a colon either may be a secret. */
static bool refuse_two(const struct settings *settings, const char *before, const char *word,
                       struct err *err)
{
    const char *near = strchr(before, '.') == NULL ? near_command(before) : NULL;
    const char *foreign = opt_foreign_command(before);
    const struct command *command = command_find(word);
    if (has_colon(before, word))
        return err_set(err, ERR_USAGE,
                       "two zones, one at a time; of words with a colon, a server is "
                       "written @SERVER, and a key is for -k or -y");
    if (foreign == NULL && near != NULL)
        return err_set(err, ERR_USAGE, "%.80s is not a command; do you mean %s?", before, near);
    if (foreign != NULL)
        return err_set(err, ERR_USAGE, "%.80s is not a command: %s", before, foreign);
    if (command != NULL && command->run != NULL)
        return err_set(err, ERR_USAGE, "the command comes first: zxfr %s %.80s", word, before);
    if (strspn(word, "0123456789") == strlen(word))
        return err_set(err, ERR_USAGE, "%.80s: a port is given with -p, or as @SERVER#PORT", word);
    if (settings->has_server_word)
        return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; zxfr sync takes several",
                       before, word);
    return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; if one is a server, write @%.80s%s",
                   before, word, word,
                   strchr(before, '.') == NULL ? "; --help lists the commands" : "");
}

/* Which of two words is a class; NULL: none is. in and ch are also TLDs. */
static const char *class_of(const char *before, const char *word)
{
    uint16_t first = types_class_parse(before), second = types_class_parse(word);
    if (first == 0 && second == 0)
        return NULL;
    return second == CLASS_IN || (second != 0 && first != CLASS_IN) ? word : before;
}

/* The words of dig and others behind or before a name. A class that is not IN is wanted by an
 * option, since it is seldom what was meant. */
static bool take_second(struct settings *settings, const char *word, struct err *err)
{
    const char *before = settings->zone_word, *class = class_of(before, word);
    if (is_type(word) || is_type(before))
        return err_set(err, ERR_USAGE,
                       "%.80s is a type of records, and zones are transferred whole; --only TYPE "
                       "chooses what is written",
                       is_type(word) ? word : before);
    if (class == NULL)
        return opt_mistake_zone(word, err) && refuse_two(settings, before, word, err);
    if (types_class_parse(class) != CLASS_IN)
        return err_set(err, ERR_USAGE, "%.80s is a class, which is given with -c %.80s", class,
                       class);
    settings->class = CLASS_IN;
    settings->class_given = true;
    return class == word || take_name(settings, word, err);
}

bool opt_word_get(struct settings *settings, const char *word, struct err *err)
{
    if (opt_set_is_transfer(word))
        return opt_set_transfer(settings, word, err);
    return settings->zone_word == NULL ? take_name(settings, word, err)
                                       : take_second(settings, word, err);
}

/* Lines of other files that are given as lists: of a master file, where the word behind the name is
 * a TTL, a class or a type, and of a configuration, where it may be a secret. NULL: of neither. */
static const char *other_file(const char *before, const char *word)
{
    size_t n = strlen(word);
    if (n > 0 && (word[n - 1] == ';' || word[n - 1] == '{'))
        return "this looks like a configuration or a key";
    if (*before == '$' || *before == ';' || (n > 0 && strspn(word, "0123456789") == n) ||
        types_class_parse(word) != 0 || (is_type(word) && !opt_set_is_transfer(word)))
        return "this looks like a master file";
    return NULL;
}

bool opt_word_line(struct settings *settings, bool is_template, const char *word, struct err *err)
{
    const char *before = settings->zone_word;
    if (before == NULL && !is_template)
        return take_name(settings, word, err);
    const char *other = before != NULL ? other_file(before, word) : NULL;
    if (other != NULL)
        return err_set(err, ERR_NO_LIST, "%s; a line of a list is ZONE [@SERVER...] [OPTION...]",
                       other);
    if (!opt_mistake_zone(word, err))
        return false;
    if (strchr(word, ':') != NULL || (before != NULL && strchr(before, ':') != NULL))
        return err_set(err, ERR_USAGE, /* a secret? */
                       "a word too many; of words with a colon, a server is written @SERVER, and "
                       "the file of a key comes after -k");
    if (is_template)
        return err_set(err, ERR_USAGE, "%.80s: a template has servers and options only", word);
    return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; each has a line of its own", before,
                   word);
}

/* A file that is named as those of zones are, where nothing else tells that a zone is meant. */
static bool is_file(const struct settings *settings, const char *word)
{
    static const char *const ends[] = {".zone", ".db", ".json", ".jsonl", ".txt"};
    struct stat st;
    size_t n = strlen(word);
    bool is_named_so = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        is_named_so |= n > strlen(ends[i]) && strcmp(word + n - strlen(ends[i]), ends[i]) == 0;
    return is_named_so && settings->server_count == 0 && settings->output.path == NULL &&
           stat(word, &st) == 0 && S_ISREG(st.st_mode);
}

bool opt_word_alone(const struct settings *settings, struct err *err)
{
    enum { SHORT = 3 }; /* a TLD that is near to a short command is often a TLD */
    const char *word = settings->zone_word;
    if (word != NULL && is_file(settings, word))
        return err_set(err, ERR_USAGE,
                       "%.80s is a file: zxfr check and zxfr convert read files. The zone of that "
                       "name is written %.80s.",
                       word, word);
    const char *near = word != NULL && settings->server_count == 0 && strchr(word, '.') == NULL &&
                               strlen(word) > SHORT
                           ? near_command(word)
                           : NULL;
    return near == NULL || near_distance(word, near, 2) > 1 ||
           err_set(
               err, ERR_USAGE,
               "%.80s is not a command; do you mean %s? The zone of that name is written %.80s.",
               word, near, word);
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
    const char *near = topic == NULL ? near_command(word) : NULL;
    if (near != NULL)
        return err_set(err, ERR_USAGE, "%.80s is not a command; do you mean %s?", word, near);
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
