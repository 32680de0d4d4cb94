#include "cli/opt.h"

#include "cli/keys.h"
#include "cli/opt_set.h"
#include "cli/opt_value.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Words that are commands where a command may stand. A zone of that name is written with a dot. */
static const struct {
    const char *word;
    enum action action;
} commands[] = {
    {"get", ACTION_GET},
    {"convert", ACTION_CONVERT},
    {"diff", ACTION_DIFF},
    {"help", ACTION_HELP},
    {"version", ACTION_VERSION},
    {"completion", ACTION_COMPLETION},
    /* Reserved for later versions, so that scripts never change their meaning. */
    {"sync", ACTION_UNBUILT},
    {"log", ACTION_UNBUILT},
    {"show", ACTION_UNBUILT},
    {"watch", ACTION_UNBUILT},
    {"check", ACTION_UNBUILT},
    {"audit", ACTION_UNBUILT},
    {"catalog", ACTION_UNBUILT},
};

/* dig's words behind a plus. A row without hint is true of zxfr anyway. */
static const struct plus_word {
    const char *word; /* up to an equals sign */
    const char *hint;
} plus_words[] = {
    {"noall", NULL},
    {"answer", NULL},
    {"onesoa", NULL},
    {"nocmd", NULL},
    {"nostats", NULL},
    {"nocomments", NULL},
    {"tcp", NULL},
    {"norecurse", NULL},
    {"tries", "--retry"},
    {"retry", "--retry"},
    {"multiline", "--pretty"},
    {"noclass", "--no-class"},
    {"nottlid", "--no-ttl"},
    {"nottl", "--no-ttl"},
    {"generic", "--generic"},
    {"unknownformat", "--generic"},
    {"stats", "-v"},
    {"comments", "-v"},
    {"timeout", "--idle-timeout"},
    {"time", "--idle-timeout"},
};

/* dig's and kdig's words that are options under another name. */
static const struct plus_twin {
    const char *word;
    const char *option;      /* with a value behind an equals sign, or NULL */
    const char *bare_option; /* without */
} plus_twins[] = {
    {"tls", NULL, "tls"},
    {"tls-ca", "tls-ca", "tls"},
    {"tls-hostname", "tls-hostname", NULL},
    {"tls-certfile", "tls-cert", NULL},
    {"tls-keyfile", "tls-key", NULL},
    {"tls-pin", "tls-pin", NULL},
};

/* How many characters must change to make b of a (Levenshtein), at most `most`. */
static size_t distance(const char *a, const char *b, size_t most)
{
    enum { LONGEST = 31 };
    size_t n = strlen(b), row[LONGEST + 1];
    if (n > LONGEST || strlen(a) > LONGEST)
        return most;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            size_t least = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;
            row[j] = change < least ? change : least;
        }
    }
    return row[n] < most ? row[n] : most;
}

static const char *nearest(const char *name)
{
    const struct opt *opt;
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 2; /* farther than that is another word */
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        size_t d = distance(name, opt->name, least);
        if (strncmp(opt->name, name, strlen(name)) == 0)
            d = 0; /* a beginning is meant more often than another word */
        if (d < least) {
            least = d;
            best = opt->name;
        }
    }
    return best;
}

static bool unknown_option(const char *name, struct err *err)
{
    const char *near = nearest(name);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "unknown option --%.80s; do you mean --%s?", name, near);
    return err_set(err, ERR_USAGE, "unknown option --%.80s; --help lists them", name);
}

struct parser {
    struct settings *settings;
    char *const *words;
    int count, at;
    bool command_seen; /* the first word that could be a command has passed */
    enum action command;

    /* Whether they fit the command is known at the end: it need not come first. */
    const struct opt *unfit[ACTION_UNBUILT]; /* by command, the first option that is not for it */
    const char *plus;                        /* the first word behind a plus */
};

/* Takes a value out of the title of the process. It is in the word that was read last. */
static void wipe(struct parser *p, const char *value)
{
    char *word = p->words[p->at - 1];
    size_t n = strlen(value);
    memset(word + (value - word), 'x', n);
}

/* Notes for which commands an option is none. */
static void note_commands(struct parser *p, const struct opt *opt)
{
    unsigned fit = opt_commands(opt);
    for (unsigned command = 0; command < ACTION_UNBUILT; command++)
        if ((fit & 1U << command) == 0 && p->unfit[command] == NULL)
            p->unfit[command] = opt;
}

static bool apply(struct parser *p, const struct opt *opt, const char *value, struct err *err)
{
    note_commands(p, opt);
    if (opt->arg != NULL && value == NULL) {
        if (p->at >= p->count)
            return err_set(err, ERR_USAGE, "--%s needs %s", opt->name, opt->arg);
        value = p->words[p->at++];
    }
    bool good = opt->set(p->settings, opt, value, err);
    if (opt->number == OPT_SECRET)
        wipe(p, value);
    return good;
}

static const struct opt *find_long(const char *name)
{
    const struct opt *opt;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        if (strcmp(opt->name, name) == 0)
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
    const struct opt *opt = find_long(name);
    if (opt == NULL)
        return unknown_option(name, err);
    if (equals != NULL && opt->arg == NULL)
        return err_set(err, ERR_USAGE, "--%s takes no value", opt->name);
    return apply(p, opt, equals != NULL ? equals + 1 : NULL, err);
}

/* One or more letters; the first that takes an argument takes the rest of the word. */
static bool parse_letters(struct parser *p, const char *word, struct err *err)
{
    while (*word != '\0') {
        const struct opt *opt;
        for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
            if (opt->letter == *word)
                break;
        if (opt == NULL)
            return err_set(err, ERR_USAGE, "unknown option -%c; --help lists them",
                           *word >= ' ' && *word < 0x7f ? *word : '?');
        word++;
        bool takes_rest = opt->arg != NULL && *word != '\0';
        if (!apply(p, opt, takes_rest ? word : NULL, err))
            return false;
        if (takes_rest)
            return true;
    }
    return true;
}

/* A word of dig's that is an option of ours under another name. */
static bool apply_twin(struct parser *p, const struct plus_twin *row, const char *word,
                       struct err *err)
{
    const char *equals = strchr(word, '=');
    const char *name = equals != NULL ? row->option : row->bare_option;
    const struct opt *opt = name != NULL ? find_long(name) : NULL;
    if (opt != NULL)
        return apply(p, opt, equals != NULL ? equals + 1 : NULL, err);
    return err_set(err, ERR_USAGE, "+%s %s value", row->word,
                   equals != NULL ? "takes no" : "needs a");
}

static bool parse_plus(struct parser *p, const char *word, struct err *err)
{
    size_t n = strcspn(word, "=");
    for (size_t i = 0; i < sizeof plus_twins / sizeof *plus_twins; i++)
        if (strlen(plus_twins[i].word) == n && strncasecmp(plus_twins[i].word, word, n) == 0)
            return apply_twin(p, &plus_twins[i], word, err);
    for (size_t i = 0; i < sizeof plus_words / sizeof *plus_words; i++) {
        const struct plus_word *row = &plus_words[i];
        if (strlen(row->word) != n || strncasecmp(row->word, word, n) != 0)
            continue;
        if (row->hint != NULL)
            return err_set(err, ERR_USAGE, "+%.80s: that is %s here", word, row->hint);
        if (word[n] == '=')
            return err_set(err, ERR_USAGE, "+%.80s takes no value", word);
        return true;
    }
    return err_set(err, ERR_USAGE, "+%.80s: no option of zxfr; --help lists them", word);
}

/* The command, if the word is one. Sets *is_command. */
static bool parse_command(struct parser *p, const char *word, bool *is_command, struct err *err)
{
    *is_command = false;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(word, commands[i].word) != 0)
            continue;
        *is_command = true;
        p->command = commands[i].action;
        return p->command != ACTION_UNBUILT ||
               err_set(err, ERR_USAGE,
                       "the command %s is not in this version; for the zone of that name write %s.",
                       word, word);
    }
    return true;
}

static bool parse_server(struct settings *settings, const char *word, struct err *err)
{
    if (settings->server_count == SERVERS_MAX)
        return err_set(err, ERR_USAGE, "more than %d servers", SERVERS_MAX);
    return opt_value_server(&settings->servers[settings->server_count++], word, err);
}

static bool parse_zone(struct settings *settings, const char *word, struct err *err)
{
    if (settings->zone_word != NULL &&
        (strchr(settings->zone_word, ':') != NULL || strchr(word, ':') != NULL)) /* a secret? */
        return err_set(err, ERR_USAGE,
                       "two zones, one at a time; of words with a colon, a server is "
                       "written @SERVER, and a key is for -k or -y");
    if (settings->zone_word != NULL)
        return err_set(err, ERR_USAGE, "two zones, %.80s and %.80s; one at a time",
                       settings->zone_word, word);
    if (*word == '\0')
        return err_set(err, ERR_USAGE, "the name of the zone is empty");
    const char *why = name_parse(word, settings->zone, &settings->zone_length);
    if (why != NULL)
        return err_set(err, ERR_USAGE, "%.80s is no name of a zone: %s", word, why);
    settings->zone_word = word;
    return true;
}

static bool parse_input(struct settings *settings, const char *word, struct err *err)
{
    if (settings->input != NULL)
        return err_set(err, ERR_USAGE, "two files, %.80s and %.80s; one at a time", settings->input,
                       word);
    settings->input = word;
    return *word != '\0' || err_set(err, ERR_USAGE, "the name of the file is empty");
}

static bool parse_word(struct parser *p, const char *word, struct err *err)
{
    struct settings *settings = p->settings;
    if (*word == '@')
        return parse_server(settings, word + 1, err);
    if (*word == '+') {
        p->plus = p->plus == NULL ? word : p->plus;
        return parse_plus(p, word + 1, err);
    }
    if (!p->command_seen) {
        bool is_command;
        p->command_seen = true;
        if (!parse_command(p, word, &is_command, err) || is_command)
            return err->kind == ERR_NONE;
    }
    if (p->command == ACTION_CONVERT)
        return parse_input(settings, word, err);
    if (p->command == ACTION_DIFF)
        return opt_diff_word(settings, word, err);
    if (p->command == ACTION_COMPLETION) {
        settings->shell = word;
        return true;
    }
    if (opt_set_is_transfer(word))
        return opt_set_transfer(settings, word, err);
    return parse_zone(settings, word, err);
}

static const char *command_word(enum action command)
{
    size_t i = 0;
    while (commands[i].action != command)
        i++;
    return commands[i].word;
}

/* What would be without effect is refused. */
static bool check_command(const struct parser *p, struct err *err)
{
    const struct settings *settings = p->settings;
    const char *word = command_word(settings->action);
    if (p->unfit[settings->action] != NULL)
        return err_set(err, ERR_USAGE, "--%s is not for %s", p->unfit[settings->action]->name,
                       word);
    if (settings->action != ACTION_CONVERT)
        return true;
    if (settings->server_count > 0)
        return err_set(err, ERR_USAGE,
                       "@%.120s: %s asks no server; a file of that name is ./@%.120s",
                       settings->servers[0].word, word, settings->servers[0].word);
    return p->plus == NULL || err_set(err, ERR_USAGE, "%.80s is not for %s", p->plus, word);
}

static bool check_tls(const struct settings *settings, struct err *err)
{
    const struct tls_options *tls = &settings->tls;
    if (!settings->use_tls)
        return true;
    if (tls->key != NULL && tls->cert == NULL)
        return err_set(err, ERR_USAGE, "--tls-key needs --tls-cert, which it is the key of");
    if (tls->insecure && (tls->pin_count > 0 || tls->ca != NULL))
        return err_set(err, ERR_USAGE, "--tls-insecure and %s exclude each other",
                       tls->pin_count > 0 ? "--tls-pin" : "--tls-ca");
    if (tls->insecure && settings->strict)
        return err_set(err, ERR_USAGE, "--strict and --tls-insecure exclude each other");
    /* A name out of unsigned DNS authenticates nobody. */
    return settings->action == ACTION_DIFF || settings->server_count > 0 || tls->hostname != NULL ||
           tls->pin_count > 0 || tls->insecure ||
           err_set(err, ERR_USAGE,
                   "TLS without a server named needs --tls-hostname or --tls-pin: the names that "
                   "the zone gives prove nothing");
}

/* What a format has no use for is refused: it would be without effect. */
bool opt_check_format(const struct settings *settings, struct err *err)
{
    const struct writer_style *style = &settings->style;
    const struct {
        const char *name;
        bool given;
        enum writer_flag flag;
    } options[] = {
        {"relative", style->relative, WRITER_TAKES_RELATIVE},
        {"pretty", style->pretty, WRITER_TAKES_PRETTY},
        {"typed", style->typed, WRITER_TAKES_TYPED},
        {"generic", style->generic, WRITER_TAKES_STYLE},
        {"no-class", style->no_class, WRITER_TAKES_STYLE},
        {"no-ttl", style->no_ttl, WRITER_TAKES_STYLE},
        {"max-shrink", settings->guard.max_shrink < NO_SHRINK_LIMIT, WRITER_END_LINE},
        {"split", style->split, WRITER_UPDATES},
        {"with-dnssec", settings->with_dnssec, WRITER_UPDATES},
        {"color always", settings->color == CHOICE_ON, WRITER_TAKES_COLOR},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && (settings->format->flags & (unsigned)options[i].flag) == 0)
            return err_set(err, ERR_USAGE, "--%s means nothing with the format %s", options[i].name,
                           settings->format->name);
    /* The serial decides what a server does with an update. */
    if ((settings->format->flags & WRITER_UPDATES) != 0 &&
        !filter_passes(&settings->filter, TYPE_SOA))
        return err_set(err, ERR_USAGE, "the format %s needs the SOA", settings->format->name);
    return !style->generic || !style->typed ||
           err_set(err, ERR_USAGE, "--generic and --typed exclude each other");
}

/* Changes are no zone: what only a zone has is refused, and the other way round. */
static bool check_changes(const struct settings *settings, struct err *err)
{
    bool is_changes = (settings->format->flags & WRITER_CHANGES) != 0;
    /* What a file holds turns out when it is read; of diff, opt_diff_check looks at it. */
    if (settings->action == ACTION_CONVERT || settings->action == ACTION_DIFF)
        return true;
    if (!settings->changes) {
        if ((settings->format->flags & WRITER_ONLY_CHANGES) != 0)
            return err_set(
                err, ERR_USAGE, "the format %s is one of changes%s", settings->format->name,
                settings->action == ACTION_GET ? ": give ixfr=SERIAL" : ", and the file is a zone");
        return !settings->condense || err_set(err, ERR_USAGE, "--condense needs ixfr=SERIAL");
    }
    const char *lost = !is_changes                       ? NULL
                       : settings->sort                  ? "sort"
                       : settings->guard.min_records > 0 ? "min-records"
                                                         : NULL;
    return lost == NULL || err_set(err, ERR_USAGE, "--%s means nothing with changes", lost);
}

/* What an update merges into was written in one way; any other way would make it a full transfer
 * each time. */
static bool check_update(const struct settings *settings, struct err *err)
{
    const struct writer_style *style = &settings->style;
    const char *path = settings->output.path;
    if (!settings->update) {
        const char *lonely = settings->diff_to != NULL ? "diff-to"
                             : settings->no_fallback   ? "no-fallback"
                             : settings->allow_older   ? "allow-older"
                                                       : NULL;
        return lonely == NULL || err_set(err, ERR_USAGE, "--%s needs --update", lonely);
    }
    if (path == NULL || strcmp(path, "-") == 0)
        return err_set(err, ERR_USAGE, "--update needs -o FILE");
    if (settings->changes)
        return err_set(err, ERR_USAGE, "--update takes its serial from FILE: leave out ixfr=N");
    if (settings->format != writer_row(0))
        return err_set(err, ERR_USAGE, "--update means nothing with the format %s",
                       settings->format->name);
    const char *style_option = settings->keep_case       ? "keep-case"
                               : style->relative         ? "relative"
                               : style->pretty           ? "pretty"
                               : style->no_class         ? "no-class"
                               : style->no_ttl           ? "no-ttl"
                               : style->generic          ? "generic"
                               : style->modern           ? "modern"
                               : settings->filter.active ? "only, --except or --no-dnssec"
                                                         : NULL;
    return style_option == NULL ||
           err_set(err, ERR_USAGE, "--update keeps the whole zone in one style: leave out --%s",
                   style_option);
}

/* A terminal, and nobody who wants no colours (https://no-color.org). */
static bool wants_color(const struct settings *settings)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (settings->color != CHOICE_AUTO)
        return settings->color == CHOICE_ON;
    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           settings->output.path == NULL && isatty(STDOUT_FILENO);
}

/* A file that is for none of the servers would be a typing error that goes unnoticed. */
static bool check_server_key(const struct settings *settings, size_t index, struct err *err)
{
    const struct key_of_server *key = &settings->keys.servers[index];
    int length = key->length < 200 ? (int)key->length : 200;
    for (size_t i = 0; i < index; i++)
        if (settings->keys.servers[i].length == key->length &&
            strncasecmp(settings->keys.servers[i].server, key->server, key->length) == 0)
            return err_set(err, ERR_USAGE, "--server-key: two files for %.*s", length, key->server);
    for (size_t i = 0; i < settings->server_count; i++)
        if (keys_is_for(key, settings->servers[i].word))
            return true;
    return settings->server_count == 0 ||
           err_set(err, ERR_USAGE, "--server-key: no server is given as @%.*s", length,
                   key->server);
}

static bool check_keys(const struct settings *settings, struct err *err)
{
    const struct key_options *keys = &settings->keys;
    unsigned dashes = keys->file != NULL && strcmp(keys->file, "-") == 0;
    if (keys->file != NULL && keys->given != NULL)
        return err_set(err, ERR_USAGE, "--key-file and --key exclude each other");
    if (keys->name != NULL && keys->file == NULL)
        return err_set(err, ERR_USAGE, "--key-name needs -k FILE");
    for (size_t i = 0; i < keys->server_count; i++) {
        dashes += strcmp(keys->servers[i].file, "-") == 0;
        if (!check_server_key(settings, i, err))
            return false;
    }
    return dashes < 2 ||
           err_set(err, ERR_USAGE, "standard input can be the key file of one option only");
}

static bool check_together(const struct parser *p, struct err *err)
{
    struct settings *settings = p->settings;
    if (settings->action == ACTION_COMPLETION && settings->shell == NULL)
        return err_set(err, ERR_USAGE, "completion needs a shell: bash, zsh or fish");
    if (settings->action != ACTION_GET && settings->action != ACTION_CONVERT &&
        settings->action != ACTION_DIFF)
        return true;
    if (!check_command(p, err))
        return false;
    if (settings->action == ACTION_DIFF && !opt_diff_check(settings, err))
        return false;
    if (settings->action == ACTION_CONVERT && settings->input == NULL)
        return err_set(err, ERR_USAGE, "no file given: zxfr convert FILE; - is standard input");
    if (settings->action == ACTION_GET && settings->zone_word == NULL)
        return err_set(err, ERR_USAGE, "no zone given: zxfr ZONE [@SERVER]; --help tells more");
    if (settings->has_bind && settings->family != AF_UNSPEC &&
        settings->family != settings->bind.storage.ss_family)
        return err_set(err, ERR_USAGE, "--bind has an address of the other family than -4 or -6");
    if (settings->style.generic && settings->style.modern)
        return err_set(err, ERR_USAGE, "--generic and --modern exclude each other");
    if (settings->keep_case && !settings->sort)
        return err_set(err, ERR_USAGE,
                       "--keep-case needs --sort: without it the case stays anyway");
    if (!opt_check_format(settings, err) || !check_changes(settings, err) ||
        !check_update(settings, err) || !check_keys(settings, err) || !check_tls(settings, err))
        return false;
    const struct outfile_options *output = &settings->output;
    bool to_file = output->path != NULL && strcmp(output->path, "-") != 0;
    const char *lonely = output->touch                                  ? "touch"
                         : output->wait                                 ? "wait"
                         : settings->exit_code                          ? "exit-code"
                         : settings->guard.max_shrink < NO_SHRINK_LIMIT ? "max-shrink"
                                                                        : NULL;
    if (!to_file && lonely != NULL)
        return err_set(err, ERR_USAGE, "--%s needs -o FILE", lonely);
    if (settings->report != NULL && strcmp(settings->report, "-") == 0 && !to_file)
        return err_set(err, ERR_USAGE,
                       "--report - needs -o FILE: the zone goes to standard output");
    return settings->record == NULL || strcmp(settings->record, "-") != 0 ||
           err_set(err, ERR_USAGE, "--record writes a file; one of that name is ./-");
}

bool opt_has_sum(const struct settings *settings)
{
    const struct writer_style *style = &settings->style;
    return settings->sort && !settings->keep_case && !style->filtered && !style->relative &&
           !style->pretty && !style->no_class && !style->no_ttl && !style->generic &&
           !style->modern;
}

bool opt_parse(struct settings *settings, int count, char *const *words, struct err *err)
{
    *settings = (struct settings){
        .class = CLASS_IN,
        .family = AF_UNSPEC,
        .connect_timeout = 3000000,
        .idle_timeout = 60000000,
        .max_time = 7200000000,
        .format = writer_row(0),
        .guard.max_shrink = NO_SHRINK_LIMIT,
    };
    struct parser p = {.settings = settings, .words = words, .count = count};
    bool only_words = false;
    while (p.at < p.count) {
        const char *word = p.words[p.at++];
        bool good;
        if (only_words)
            good = parse_word(&p, word, err);
        else if (strcmp(word, "--") == 0)
            good = only_words = true;
        else if (strncmp(word, "--", 2) == 0)
            good = parse_long(&p, word + 2, err);
        else if (word[0] == '-' && word[1] != '\0')
            good = parse_letters(&p, word + 1, err);
        else
            good = parse_word(&p, word, err);
        if (!good)
            return false;
    }
    if (settings->action == ACTION_GET) /* unless an option asked for something else */
        settings->action = p.command;
    if (settings->port == 0)
        settings->port = settings->use_tls ? PORT_DNS_TLS : PORT_DNS;
    bool is_diff = settings->action == ACTION_DIFF;
    if ((settings->changes || is_diff) && !settings->format_given)
        settings->format = settings->diff.stat ? &writer_diffstat : writer_find("diff");
    if (!settings->changes && !is_diff)
        settings->sort |= (settings->format->flags & WRITER_SORTED) != 0;
    settings->sort |= settings->update;
    settings->condense |= !is_diff && (settings->format->flags & WRITER_NET) != 0;
    if ((settings->format->flags & WRITER_UPDATES) != 0 && !settings->with_dnssec)
        filter_except_dnssec(&settings->filter);
    settings->style.filtered = settings->filter.active;
    settings->style.color = wants_color(settings);
    settings->style.sum = opt_has_sum(settings);
    return check_together(&p, err);
}

void opt_help(FILE *to)
{
    fputs("Usage: zxfr [get] [OPTION...] ZONE [@SERVER...] [axfr | ixfr=SERIAL]\n"
          "       zxfr convert [OPTION...] FILE\n"
          "       zxfr diff [OPTION...] OLD NEW\n"
          "       zxfr completion bash|zsh|fish\n"
          "Transfers a DNS zone, or what has changed in it, and writes it; or converts a file of "
          "one: a\n"
          "master file, JSON, or a recording.\n",
          to);
    for (int group = 0; group < OPT_GROUPS; group++) {
        const struct opt *opt;
        fprintf(to, "\n%s:\n", opt_group_title((enum opt_group)group));
        for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
            if ((int)opt->group != group)
                continue;
            char left[64];
            char letter[8] = "    ", made[OPT_TEXT_MAX];
            if (opt->letter != 0)
                snprintf(letter, sizeof letter, "-%c, ", opt->letter);
            snprintf(left, sizeof left, "%s--%s%s%s", letter, opt->name,
                     opt->arg != NULL ? " " : "", opt->arg != NULL ? opt->arg : "");
            fprintf(to, "  %-28s  %s\n", left, opt_text(opt, made));
        }
    }
    fputs("\nSERVER is a name or an address: @host, @host#port, @host:port, @[v6]:port. Without "
          "one the\n"
          "servers that the zone's SOA and NS records name are tried.\n"
          "Words may stand in any order. The exit status is 0 only if the zone is complete;\n"
          "zxfr(1) lists the others.\n",
          to);
}
