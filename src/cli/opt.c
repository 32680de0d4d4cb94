#include "cli/opt.h"

#include "cli/command.h"
#include "cli/idn.h"
#include "cli/near.h"
#include "cli/opt_foreign.h"
#include "cli/opt_mistake.h"
#include "cli/opt_plus.h"
#include "cli/opt_set.h"
#include "cli/opt_source.h"
#include "cli/opt_value.h"
#include "cli/opt_word.h"
#include "cli/terminal.h"
#include "dns/types.h"
#include "job/audit_facts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- Words that are not known --------------------------------------------------------------- */

static bool unknown_option(const char *name, struct err *err)
{
    const char *foreign = opt_foreign_name(name), *near = near_option(name);
    if (foreign != NULL)
        return err_set(err, ERR_USAGE, "unknown option --%.80s: %s", name, foreign);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "unknown option --%.80s; do you mean --%s?", name, near);
    return err_set(err, ERR_USAGE, "unknown option --%.80s; --help lists them", name);
}

static bool unknown_letter(char letter, bool is_diff, struct err *err)
{
    const char *foreign = opt_foreign_letter(letter, is_diff);
    if (foreign != NULL)
        return err_set(err, ERR_USAGE, "unknown option -%c: %s", letter, foreign);
    return err_set(err, ERR_USAGE, "unknown option -%c; --help lists them",
                   letter >= ' ' && letter < 0x7f ? letter : '?');
}

/* ---- The parser ----------------------------------------------------------------------------- */

enum { ROWS_MAX = 256 };

struct parser {
    struct settings *settings;
    char *const *words;
    int count, at;
    bool word_seen;     /* the first word that could be a command has passed */
    bool command_named; /* it was one */

    /* Whether they fit the command is known at the end: it need not come first. */
    const struct opt *unfit[COMMANDS_MAX]; /* by row, the first option that is not for it */
    const char *plus;                      /* the first word with a plus */

    const struct opt_line *line;  /* NULL: it is the command line itself */
    bool server_seen;             /* on this line */
    uint64_t seen[ROWS_MAX / 64]; /* the rows whose options were on this line */
};

/* Room for a text that takes the place of a word, for as long as the word is there. */
static char *keep(struct parser *p, size_t size, struct err *err)
{
    if (p->line != NULL)
        return p->line->keep(p->line->context, size, err);
    struct kept *kept = malloc(sizeof *kept + size);
    if (kept == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    kept->next = p->settings->kept;
    p->settings->kept = kept;
    return kept->text;
}

/* A copy of n octets. */
static const char *keep_copy(struct parser *p, const char *text, size_t n, struct err *err)
{
    char *copy = keep(p, n + 1, err);
    if (copy != NULL) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

/* A word with names in it, in ASCII. */
static const char *ascii_word(struct parser *p, const char *word, struct err *err)
{
    char labels[IDN_WORD_ROOM];
    if (idn_is_ascii(word))
        return word;
    return idn_ascii(word, labels, err) ? keep_copy(p, labels, strlen(labels), err) : NULL;
}

/* The same of SERVER=FILE, where only the server is a name. */
static const char *ascii_server_key(struct parser *p, const char *value, struct err *err)
{
    char server[IDN_WORD_ROOM], labels[IDN_WORD_ROOM];
    size_t n = strcspn(value, "=");
    if (n >= sizeof server || value[n] == '\0')
        return value;
    memcpy(server, value, n);
    server[n] = '\0';
    if (idn_is_ascii(server))
        return value;
    if (!idn_ascii(server, labels, err))
        return NULL;
    size_t length = strlen(labels), rest = strlen(value + n) + 1;
    char *whole = keep(p, length + rest, err);
    if (whole != NULL) {
        memcpy(whole, labels, length);
        memcpy(whole + length, value + n, rest);
    }
    return whole;
}

static const char *ascii_value(struct parser *p, const struct opt *opt, const char *value,
                               struct err *err)
{
    if (value == NULL || (opt->flags & OPT_NAMES) == 0)
        return value;
    value = opt->set == opt_set_server_key ? ascii_server_key(p, value, err)
                                           : ascii_word(p, value, err);
    if (value == NULL)
        err_prefix(err, "--%s: ", opt->name);
    return value;
}

/* Overwrites a value, so that it is not in the title of the process. It is in the word that was
 * read last. */
static void overwrite_value(struct parser *p, const char *value)
{
    char *word = p->words[p->at - 1];
    size_t n = strlen(value);
    memset(word + (value - word), 'x', n);
}

/* Notes the commands that the option is not for. */
static void note_commands(struct parser *p, const struct opt *opt)
{
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if ((opt->commands & (unsigned)command->bit) == 0 && p->unfit[i] == NULL)
            p->unfit[i] = opt;
}

/* What is named on a line replaces what the run has, also where options add up. */
static void begin_anew(struct parser *p, const struct opt *opt)
{
    size_t row = (size_t)(opt - opt_row(0));
    uint64_t bit = (uint64_t)1 << row % 64;
    if ((p->seen[row / 64] & bit) == 0)
        opt_set_anew(p->settings, opt);
    p->seen[row / 64] |= bit;
}

/* The value, with the path in it as seen from here; NULL with an error. */
static const char *line_value(struct parser *p, const struct opt *opt, const char *value,
                              struct err *err)
{
    const struct opt_line *line = p->line;
    if ((opt->flags & OPT_FILE) != 0 && *value != '\0')
        return line->path(line->context, opt, value, err);
    const char *equals = opt->set == opt_set_server_key ? strchr(value, '=') : NULL;
    if (equals == NULL || equals[1] == '\0')
        return value;
    const char *path = line->path(line->context, opt, equals + 1, err);
    if (path == NULL || path == equals + 1)
        return path != NULL ? value : NULL;
    size_t n = (size_t)(equals + 1 - value), length = strlen(path) + 1;
    char *whole = line->keep(line->context, n + length, err);
    if (whole != NULL) {
        memcpy(whole, value, n);
        memcpy(whole + n, path, length);
    }
    return whole;
}

static bool apply_on_line(struct parser *p, const struct opt *opt, const char *value,
                          struct err *err)
{
    if (value != NULL && (value = line_value(p, opt, value, err)) == NULL)
        return false;
    begin_anew(p, opt);
    return opt->set(p->settings, opt, value, err);
}

static bool apply_option(struct parser *p, const struct opt *opt, const char *value,
                         struct err *err)
{
    if (p->line != NULL && (opt->flags & OPT_ZONE) == 0)
        return err_set(err, ERR_USAGE, "--%s is not for a line of a list", opt->name);
    if (opt->arg != NULL && value == NULL) {
        if (p->at >= p->count)
            return err_set(err, ERR_USAGE, "--%s needs %s", opt->name, opt->arg);
        value = p->words[p->at++];
    }
    value = ascii_value(p, opt, value, err);
    if (err->kind != ERR_NONE)
        return false;
    if (p->line != NULL)
        return apply_on_line(p, opt, value, err);
    note_commands(p, opt);
    bool good = opt->set(p->settings, opt, value, err);
    if ((opt->flags & OPT_SECRET) != 0)
        overwrite_value(p, value);
    return good;
}

/* The option of a name of n characters, or NULL. */
static const struct opt *find_long(const char *name, size_t n)
{
    const struct opt *opt;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        if (strlen(opt->name) == n && strncmp(opt->name, name, n) == 0)
            break;
    return opt;
}

static bool parse_long(struct parser *p, const char *word, struct err *err)
{
    char name[64];
    const char *equals = strchr(word, '=');
    size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
    if (n >= sizeof name)
        n = sizeof name - 1;
    memcpy(name, word, n);
    name[n] = '\0';
    const struct opt *opt = find_long(name, n);
    if (opt == NULL)
        return unknown_option(name, err);
    if (equals != NULL && opt->arg == NULL)
        return err_set(err, ERR_USAGE, "--%s takes no value", opt->name);
    return apply_option(p, opt, equals != NULL ? equals + 1 : NULL, err);
}

/* -o=FILE would write to a file whose name begins with the equals sign. */
static bool refuse_equals(const struct opt *opt, const char *value, struct err *err)
{
    bool shows = (opt->flags & OPT_SECRET) == 0 && *value != '\0';
    const char *shown = shows ? value : opt->arg;
    return err_set(err, ERR_USAGE, "-%c=: write -%c %.80s or --%s=%.80s", opt->letter, opt->letter,
                   shown, opt->name, shown);
}

/* One or more letters; the first that takes an argument takes the rest of the word, unless the word
 * is that of a long option: -output would write to a FILE of the name utput. */
static bool parse_letters(struct parser *p, const char *word, struct err *err)
{
    const struct opt *as_long = word[1] != '\0' ? find_long(word, strcspn(word, "=")) : NULL;
    if (as_long != NULL)
        return err_set(err, ERR_USAGE, "-%s: do you mean --%s?", as_long->name, as_long->name);
    while (*word != '\0') {
        const struct opt *opt;
        for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
            if (opt->letter == *word)
                break;
        if (opt == NULL)
            return unknown_letter(*word, p->settings->command->bit == COMMAND_DIFF, err);
        word++;
        bool takes_rest = opt->arg != NULL && *word != '\0';
        if (takes_rest && *word == '=')
            return refuse_equals(opt, word + 1, err);
        if (!apply_option(p, opt, takes_rest ? word : NULL, err))
            return false;
        if (opt->letter == 'h') /* the one letter that means less than its name */
            p->settings->stop = STOP_SCREEN;
        if (takes_rest)
            return true;
    }
    return true;
}

/* A word of dig's that is an option of zxfr under another name. Without certificates of its own it
 * is the same as --tls. */
static bool apply_twin(struct parser *p, const struct plus_word *row, const char *equals,
                       struct err *err)
{
    const char *name =
        equals == NULL && strcmp(row->yes.text, "tls-ca") == 0 ? "tls" : row->yes.text;
    const struct opt *opt = find_long(name, strlen(name));
    if (opt == NULL || (opt->arg != NULL && equals == NULL))
        return err_set(err, ERR_USAGE, "+%s needs a value", row->word);
    return apply_option(p, opt, equals != NULL ? equals + 1 : NULL, err);
}

/* What is shown of a word with a plus: its value may hold a secret. */
static int plus_length(const char *word)
{
    size_t n = strcspn(word, "=:");
    return (int)(n < 80 ? n : 80);
}

static bool parse_plus(struct parser *p, const char *word, struct err *err)
{
    size_t n = strcspn(word, "=");
    int shown = plus_length(word);
    bool says_no = false;
    const struct plus_word *row = opt_plus_find(word, strlen(word), &says_no);
    if (row == NULL)
        row = opt_plus_find(word, n, &says_no);
    const struct plus_answer *answer = row == NULL ? NULL : says_no ? &row->no : &row->yes;
    if (answer == NULL || answer->kind == PLUS_UNKNOWN)
        return err_set(err, ERR_USAGE, "+%.*s is not an option of zxfr; --help lists them", shown,
                       word);
    if (answer->kind == PLUS_USE)
        return err_set(err, ERR_USAGE, "+%.*s: use %s instead", shown, word, answer->text);
    if (answer->kind == PLUS_WHY)
        return err_set(err, ERR_USAGE, "+%.*s: %s", shown, word, answer->text);
    if (word[n] == '=' && (says_no || !row->may_have_value) && strchr(row->word, '=') == NULL)
        return err_set(err, ERR_USAGE, "+%.*s takes no value", shown, word);
    return answer->kind == PLUS_TAKEN || apply_twin(p, row, strchr(word, '='), err);
}

/* The command, if the word is one. Sets *is_command. A zone with such a name is written with a dot
 * at its end.
 */
static bool parse_command(struct parser *p, const char *word, bool *is_command, struct err *err)
{
    const struct command *command = command_find(word);
    *is_command = command != NULL;
    if (command == NULL)
        return true;
    if (command->run == NULL)
        return err_set(err, ERR_USAGE,
                       "the command %s is not in this version; for the zone of that name write %s.",
                       word, word);
    p->settings->command = command;
    p->command_named = true;
    return true;
}

static bool parse_server(struct parser *p, const char *word, struct err *err)
{
    struct settings *settings = p->settings;
    if (settings->server_count == SERVERS_MAX)
        return err_set(err, ERR_USAGE, "more than %d servers", SERVERS_MAX);
    word = ascii_word(p, word, err);
    return word != NULL &&
           opt_value_server(&settings->servers[settings->server_count++], word, err);
}

/* ZONE@SERVER, as commands take it that read files, too; ZONE@ is the zone alone. */
static bool parse_joined(struct parser *p, const char *word, const char *at, struct err *err)
{
    const char *zone = keep_copy(p, word, (size_t)(at - word), err);
    return zone != NULL && p->settings->command->word(p->settings, zone, err) &&
           (at[1] == '\0' || parse_server(p, at + 1, err));
}

/* What is no option of any kind, for the command. */
static bool parse_plain(struct parser *p, const char *word, struct err *err)
{
    const struct command *command = p->settings->command;
    if ((command->flags & COMMAND_ASKS) != 0 &&
        ((command->flags & COMMAND_FILES) == 0 || opt_source_is_server(word)))
        word = ascii_word(p, word, err);
    const char *at = word != NULL ? opt_mistake_at(word) : NULL;
    if (at != NULL && at > word && command->bit == COMMAND_GET &&
        memchr(word, ':', (size_t)(at - word)) == NULL) /* a URL, a secret? */
        return parse_joined(p, word, at, err);
    return word != NULL && command->word(p->settings, word, err);
}

static bool parse_word(struct parser *p, const char *word, struct err *err)
{
    if (*word == '@' && p->line != NULL && !p->server_seen)
        p->settings->server_count = 0; /* those of the run */
    p->server_seen |= *word == '@';
    if (*word == '@')
        return parse_server(p, word + 1, err);
    if (*word == '+') {
        p->plus = p->plus == NULL ? word : p->plus;
        return parse_plus(p, word + 1, err);
    }
    if (p->line != NULL)
        return opt_word_line(p->settings, p->line->is_template, word, err);
    if (!p->word_seen) {
        bool is_command;
        p->word_seen = true;
        if (!parse_command(p, word, &is_command, err) || is_command)
            return err->kind == ERR_NONE;
    }
    return parse_plain(p, word, err);
}

/* An option that would have no effect is refused. */
static bool check_command(const struct parser *p, struct err *err)
{
    const struct settings *settings = p->settings;
    const struct command *command = settings->command;
    const struct opt *unfit = p->unfit[command_index(command)];
    if (unfit != NULL)
        return err_set(err, ERR_USAGE, "--%s is not for %s%s", unfit->name, command->name,
                       unfit->letter == 'o' && (command->bit & COMMAND_MANY) != 0
                           ? ", which writes NAME.zone in the folder of -d DIR"
                           : "");
    if ((command->flags & COMMAND_ASKS) != 0)
        return true;
    if (settings->server_count > 0 && (command->flags & COMMAND_FILES) != 0)
        return err_set(err, ERR_USAGE,
                       "@%.120s: %s does not ask servers; a file of that name is ./@%.120s",
                       settings->servers[0].word, command->name, settings->servers[0].word);
    if (settings->server_count > 0)
        return err_set(err, ERR_USAGE, "@%.120s: %s does not ask servers",
                       settings->servers[0].word, command->name);
    return p->plus == NULL || err_set(err, ERR_USAGE, "%.*s is not for %s", plus_length(p->plus),
                                      p->plus, command->name);
}

bool opt_wants_color(const struct settings *settings, int fd)
{
    const char *no = getenv("NO_COLOR");
    if (settings->color != CHOICE_AUTO)
        return settings->color == CHOICE_ON;
    return (no == NULL || *no == '\0') && terminal_moves(fd);
}

static bool writes_to_stdout(const struct settings *settings)
{
    return settings->output.path == NULL || strcmp(settings->output.path, "-") == 0;
}

bool opt_has_sum(const struct settings *settings)
{
    const struct writer_style *style = &settings->style;
    return settings->sort && !settings->keep_case && !style->filtered && !style->relative &&
           !style->pretty && !style->no_class && !style->no_ttl && !style->generic &&
           !style->modern;
}

enum { FINDINGS_NOT_GIVEN = 10001 }; /* more than --max-findings takes */

static void complete_port(struct settings *settings)
{
    if (!settings->port_given)
        settings->port = settings->use_tls ? PORT_DNS_TLS : PORT_DNS;
}

/* What follows from what was given. */
static void complete_settings(struct settings *settings)
{
    bool is_diff = settings->command->bit == COMMAND_DIFF;
    settings->port_given = settings->port != 0;
    complete_port(settings);
    if ((settings->changes || is_diff) && !settings->format_given)
        settings->format = settings->diff.stat ? &writer_diffstat : writer_find("diff");
    if (!settings->changes && !is_diff)
        settings->sort |= (settings->format->flags & WRITER_SORTED) != 0;
    settings->sort |= settings->update || (settings->command->bit & COMMAND_MANY) != 0 ||
                      (!settings->changes && gate_needs_order(&settings->gates));
    if (settings->memory == 0 && (settings->command->bit & COMMAND_MANY) != 0)
        settings->memory = 1u << 30;
    settings->condense |= !is_diff && (settings->format->flags & WRITER_NET) != 0;
    if ((settings->format->flags & WRITER_UPDATES) != 0 && !settings->style.with_dnssec)
        filter_except_dnssec(&settings->filter);
    if (settings->reading.max_findings == FINDINGS_NOT_GIVEN)
        settings->reading.max_findings = settings->command->bit == COMMAND_CHECK ? 100 : 20;
    settings->style.filtered = settings->filter.active;
    bool is_stdout = writes_to_stdout(settings);
    settings->style.color = is_stdout && opt_wants_color(settings, STDOUT_FILENO);
    settings->style.width = is_stdout && isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0;
    settings->style.sum = opt_has_sum(settings);
}

/* A server may follow the words that a message is about. */
static bool has_server_word(const struct parser *p)
{
    int i = 0;
    while (i < p->count && p->words[i][0] != '@')
        i++;
    return i < p->count;
}

static bool parse_words(struct parser *p, struct err *err)
{
    bool only_words = false, good = true;
    while (good && p->at < p->count) {
        const char *word = p->words[p->at++];
        if (p->line == NULL && !opt_mistake_typed(word, err))
            return false;
        if (only_words)
            good = parse_word(p, word, err);
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (strncmp(word, "--", 2) == 0)
            good = parse_long(p, word + 2, err);
        else if (word[0] == '-' && word[1] != '\0')
            good = parse_letters(p, word + 1, err);
        else
            good = parse_word(p, word, err);
    }
    return good;
}

void opt_fini(struct settings *settings)
{
    while (settings->kept != NULL) {
        struct kept *kept = settings->kept;
        settings->kept = kept->next;
        free(kept);
    }
    free(settings->sync.words);
    settings->sync.words = NULL;
}

bool opt_parse(struct settings *settings, int count, char *const *words, struct err *err)
{
    *settings = (struct settings){
        .command = command_row(0),
        .class = CLASS_IN,
        .family = AF_UNSPEC,
        .connect_timeout = 3000000,
        .idle_timeout = 60000000,
        .max_time = 7200000000,
        .reading = {.max_findings = FINDINGS_NOT_GIVEN},
        .format = writer_row(0),
        .guard.max_shrink = NO_SHRINK_LIMIT,
        .check = {.fail_on = LEVEL_ERROR},
        .audit = {.rate = 5, .fail_on = AUDIT_PROBLEMS & ~(unsigned)AUDIT_TIMES_OUT},
        .skew = 300000000,
        .gates = {.cmd_timeout = 300000000},
        .sync = {.max_unlisted = 20, .exec_jobs = 1},
        .watch = {.min_refresh = 60000000, .max_refresh = 86400000000, .exec_delay = 2000000},
    };
    for (unsigned rule = 0; rule < RULES; rule++)
        settings->check.levels[rule] = findings_rules[rule].level;
    struct parser p = {.settings = settings, .words = words, .count = count};
    settings->has_server_word = has_server_word(&p);
    if (!parse_words(&p, err))
        return false;
    if (settings->stop != STOP_NOT) {
        if (p.command_named && settings->topic == NULL)
            settings->topic = settings->command;
        return true;
    }
    if (!check_command(&p, err) || (!p.command_named && !opt_word_alone(settings, err)))
        return false;
    complete_settings(settings);
    return settings->command->check == NULL || settings->command->check(settings, err);
}

/* Puts back what a line before this one may have set. */
static void begin_line(struct settings *settings, const struct settings *run)
{
    const size_t from = offsetof(struct settings, class),
                 to = offsetof(struct settings, strict) + sizeof run->strict;
    memcpy((char *)settings + from, (const char *)run + from, to - from);
    memcpy(settings->servers, run->servers, run->server_count * sizeof *run->servers);
    settings->zone_word = NULL;
    settings->zone_length = 0;
}

/* What the run says of a file does not hold for another one that the line names. */
static void complete_line(struct settings *settings, const struct settings *run)
{
    struct key_options *keys = &settings->keys;
    struct tls_options *tls = &settings->tls;
    if (keys->file != run->keys.file) {
        keys->given = NULL;
        keys->name = keys->name != run->keys.name ? keys->name : NULL;
    }
    if (tls->cert != run->tls.cert && tls->key == run->tls.key)
        tls->key = NULL;
    tls->insecure = tls->insecure && tls->ca == run->tls.ca;
    complete_port(settings);
}

bool opt_parse_line(struct settings *settings, const struct opt_line *line, int count,
                    char *const *words, struct err *err)
{
    struct parser p = {.settings = settings, .words = words, .count = count, .line = line};
    begin_line(settings, line->run);
    if (!parse_words(&p, err))
        return false;
    if (settings->zone_word == NULL && !line->is_template)
        return err_set(err, ERR_USAGE, "no zone; it comes first: ZONE [@SERVER...] [OPTION...]");
    complete_line(settings, line->run);
    return opt_check_line(settings, line->run, line->is_template || line->servers_come, err);
}
