#include "cli/opt_check.h"

#include "job/keys.h"
#include "cli/command.h"
#include "cli/opt_diff.h"
#include "cli/opt_gates.h"
#include "cli/opt_source.h"
#include "dns/types.h"

#include <string.h>
#include <strings.h>

static bool is_stdout(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

bool opt_check_stdin(const struct settings *settings, unsigned uses, struct err *err)
{
    const struct key_options *keys = &settings->keys;
    uses += keys->file != NULL && strcmp(keys->file, "-") == 0;
    for (size_t i = 0; i < keys->server_count; i++)
        uses += strcmp(keys->servers[i].file, "-") == 0;
    return uses < 2 || err_set(err, ERR_USAGE, "standard input can be read only once");
}

static bool is_stdin(const struct zone_source *source)
{
    return source->path != NULL && strcmp(source->path, "-") == 0;
}

/* An option that the format does not use is refused: it would have no effect. */
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
        {"with-dnssec", settings->style.with_dnssec, WRITER_UPDATES},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && (settings->format->flags & (unsigned)options[i].flag) == 0)
            return err_set(err, ERR_USAGE, "--%s has no effect with the format %s", options[i].name,
                           settings->format->name);
    /* What a server does with an update depends on the serial. */
    if ((settings->format->flags & WRITER_UPDATES) != 0 &&
        !filter_passes(&settings->filter, TYPE_SOA))
        return err_set(err, ERR_USAGE, "the format %s needs the SOA", settings->format->name);
    return !style->generic || !style->typed ||
           err_set(err, ERR_USAGE, "--generic and --typed exclude each other");
}

static bool check_bind(const struct settings *settings, struct err *err)
{
    return !settings->has_bind || settings->family == AF_UNSPEC ||
           settings->family == settings->bind.storage.ss_family ||
           err_set(err, ERR_USAGE,
                   "--bind has an address of another family than -4 or -6 asks for");
}

/* How the output is written, and from which address servers are asked. */
static bool check_style(const struct settings *settings, struct err *err)
{
    if (!check_bind(settings, err))
        return false;
    if (settings->style.generic && settings->style.modern)
        return err_set(err, ERR_USAGE, "--generic and --modern exclude each other");
    if (settings->keep_case && !settings->sort)
        return err_set(err, ERR_USAGE,
                       "--keep-case needs --sort; without it names keep their case anyway");
    if (settings->memory > 0 && !settings->sort && settings->command->bit != COMMAND_DIFF)
        return err_set(err, ERR_USAGE, "--memory needs --sort; without it no zone is held");
    return opt_check_format(settings, err);
}

/* Changes are not a zone: what only a zone has is refused, and the other way round. (For convert
 * this is known when the file is read; diff has nothing but changes.) */
static bool check_changes(const struct settings *settings, struct err *err)
{
    bool is_changes = (settings->format->flags & WRITER_CHANGES) != 0;
    if (!settings->changes) {
        if ((settings->format->flags & WRITER_ONLY_CHANGES) != 0)
            return err_set(err, ERR_USAGE, "the format %s is for changes only: give ixfr=SERIAL",
                           settings->format->name);
        return !settings->condense || err_set(err, ERR_USAGE, "--condense needs ixfr=SERIAL");
    }
    const char *lost = !is_changes                       ? NULL
                       : settings->sort                  ? "sort"
                       : settings->guard.min_records > 0 ? "min-records"
                                                         : NULL;
    if (lost == NULL)
        lost = settings->allow_older ? "allow-older" : settings->force ? "force" : NULL;
    return lost == NULL || err_set(err, ERR_USAGE, "--%s has no effect on changes", lost);
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
                                                       : NULL;
        return lonely == NULL || err_set(err, ERR_USAGE, "--%s needs --update", lonely);
    }
    if (is_stdout(path))
        return err_set(err, ERR_USAGE, "--update needs -o FILE");
    if (settings->changes)
        return err_set(err, ERR_USAGE, "--update takes its serial from FILE: leave out ixfr=N");
    if (settings->format != writer_row(0))
        return err_set(err, ERR_USAGE, "--update does not work with the format %s",
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

/* Lines of a list and catalogs have servers of their own. */
static bool names_servers_elsewhere(const struct settings *settings)
{
    return settings->sync.list != NULL || settings->sync.catalogs.count > 0;
}

/* A key for a server that is not on the command line may be a mistake in typing, which nobody would
 * notice; unless others come from elsewhere.
 */
static bool check_server_key(const struct settings *settings, size_t index, const char *where,
                             bool others_come, struct err *err)
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
    for (size_t i = 0; i < settings->audit.also_count; i++)
        if (keys_is_for(key, settings->audit.also[i].word))
            return true;
    return settings->server_count == 0 || others_come ||
           err_set(err, ERR_USAGE, "--server-key: @%.*s is not on the %s", length, key->server,
                   where);
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
        if (!check_server_key(settings, i, "command line", names_servers_elsewhere(settings), err))
            return false;
    }
    return dashes < 2 ||
           err_set(err, ERR_USAGE, "standard input can be the key file of one option only");
}

/* A name from unsigned DNS authenticates nobody, so only a server that the user names can be
 * expected to have a certificate for its name. */
static bool check_tls(const struct settings *settings, const char *where, bool server_named,
                      struct err *err)
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
    return server_named || tls->hostname != NULL || tls->pin_count > 0 || tls->insecure ||
           err_set(err, ERR_USAGE,
                   "without a server on the %s TLS needs --tls-hostname or --tls-pin: the names "
                   "that the zone gives prove nothing",
                   where);
}

/* What needs a file to write to, and which of them may be standard output. */
static bool check_files(const struct settings *settings, struct err *err)
{
    const struct outfile_options *output = &settings->output;
    bool to_file = !is_stdout(output->path);
    const char *lonely = output->touch                                  ? "touch"
                         : output->wait                                 ? "wait"
                         : settings->exit_code                          ? "exit-code"
                         : settings->allow_older                        ? "allow-older"
                         : settings->force                              ? "force"
                         : settings->exec != NULL                       ? "exec"
                         : settings->guard.max_shrink < NO_SHRINK_LIMIT ? "max-shrink"
                         : settings->gates.keep_refused != NULL         ? "keep-refused"
                                                                        : opt_gates_given(settings);
    if (!to_file && lonely != NULL)
        return err_set(err, ERR_USAGE, "--%s needs -o FILE", lonely);
    if (settings->report != NULL && strcmp(settings->report, "-") == 0 && !to_file)
        return err_set(err, ERR_USAGE,
                       "--report - needs -o FILE: the zone goes to standard output");
    return settings->record == NULL || strcmp(settings->record, "-") != 0 ||
           err_set(err, ERR_USAGE, "--record writes a file; one of that name is ./-");
}

/* An option may have taken the word that was meant as the zone. */
static bool refuse_no_zone(const struct settings *settings, struct err *err)
{
    const char *output = settings->output.path, *key = settings->keys.file;
    if (output != NULL || key != NULL)
        return err_set(err, ERR_USAGE,
                       "no zone given, and -%c has taken %.80s as its FILE: zxfr ZONE [@SERVER]",
                       output != NULL ? 'o' : 'k', output != NULL ? output : key);
    return err_set(err, ERR_USAGE, "no zone given: zxfr ZONE [@SERVER]; -h tells more");
}

bool opt_check_get(struct settings *settings, struct err *err)
{
    if (settings->zone_word == NULL)
        return refuse_no_zone(settings, err);
    return check_style(settings, err) && check_changes(settings, err) &&
           check_update(settings, err) && check_keys(settings, err) &&
           check_tls(settings, "command line", settings->server_count > 0, err) &&
           check_files(settings, err) && opt_gates_check(settings, err);
}

static bool check_reading(const struct settings *settings, struct err *err)
{
    return !settings->reading.no_include || settings->reading.include_dir == NULL ||
           err_set(err, ERR_USAGE, "--include-dir and --no-include exclude each other");
}

bool opt_check_convert(struct settings *settings, struct err *err)
{
    if (settings->input == NULL)
        return err_set(err, ERR_USAGE, "no file given: zxfr convert FILE; - is standard input");
    return check_reading(settings, err) && check_style(settings, err) &&
           check_keys(settings, err) && check_files(settings, err) &&
           opt_gates_check(settings, err);
}

bool opt_check_diff(struct settings *settings, struct err *err)
{
    const struct zone_source *sources = settings->diff.sources;
    if (!opt_diff_check(settings, err))
        return false;
    bool named = (sources[0].path != NULL || sources[0].has_server) &&
                 (sources[1].path != NULL || sources[1].has_server);
    return check_reading(settings, err) && check_style(settings, err) &&
           check_keys(settings, err) && check_tls(settings, "command line", named, err) &&
           check_files(settings, err);
}

bool opt_check_document(const struct settings *settings, struct err *err)
{
    return !settings->format_given || strcmp(settings->format->name, "json") == 0 ||
           err_set(err, ERR_USAGE, "%s writes text, or with --format json a document; not %s",
                   settings->command->name, settings->format->name);
}

/* The words ZONE @SERVER, of a command that takes files, too. */
static bool refuse_apart(const struct settings *settings, const char *word, struct err *err)
{
    return word == NULL || settings->server_count == 0 || strpbrk(word, "@/:") != NULL ||
           err_set(err, ERR_USAGE, "%s takes a zone on a server as one word: write %.80s@%.120s",
                   settings->command->name, word, settings->servers[0].word);
}

bool opt_check_check(struct settings *settings, struct err *err)
{
    const struct check_options *check = &settings->check;
    bool all_named = true;
    unsigned stdins = 0;
    if (settings->fail_on_problems)
        return err_set(err, ERR_USAGE, "--fail-on: check takes error, warning or info");
    if (check->word_count == 0 || settings->server_count > 0)
        return refuse_apart(settings, check->word_count > 0 ? check->words[0] : NULL, err) &&
               err_set(err, ERR_USAGE,
                       "check needs zones: zxfr check SOURCE..., each a file or ZONE@SERVER");
    for (size_t i = 0; i < check->word_count; i++) {
        struct zone_source source;
        if (!opt_source_take(settings, &source, check->words[i], err))
            return false;
        all_named = all_named && (source.path != NULL || source.has_server);
        stdins += is_stdin(&source);
    }
    return opt_check_stdin(settings, stdins, err) && opt_check_document(settings, err) &&
           check_keys(settings, err) && check_tls(settings, "command line", all_named, err);
}

bool opt_check_catalog(struct settings *settings, struct err *err)
{
    struct zone_source *source = &settings->source;
    if (source->word == NULL || settings->server_count > 0)
        return refuse_apart(settings, source->word, err) &&
               err_set(err, ERR_USAGE,
                       "catalog needs one zone: zxfr catalog SOURCE, a file or ZONE@SERVER");
    return opt_source_take(settings, source, source->word, err) &&
           opt_check_stdin(settings, is_stdin(source), err) && check_reading(settings, err) &&
           opt_check_document(settings, err) && check_keys(settings, err) &&
           check_tls(settings, "command line", source->path != NULL || source->has_server, err);
}

/* A key of the run may be for a server that another line names. */
static bool has_own_server_keys(const struct settings *line, const struct settings *run)
{
    const struct key_options *keys = &line->keys;
    return keys->server_count > 0 && (keys->server_count != run->keys.server_count ||
                                      keys->servers[0].file != run->keys.servers[0].file);
}

static bool check_line_keys(const struct settings *line, const struct settings *run,
                            struct err *err)
{
    bool good = line->keys.name == NULL || line->keys.file != NULL ||
                err_set(err, ERR_USAGE, "--key-name needs -k FILE");
    size_t own = has_own_server_keys(line, run) ? line->keys.server_count : 0;
    for (size_t i = 0; good && i < own; i++)
        good = check_server_key(line, i, "line", false, err);
    return good;
}

bool opt_check_line(const struct settings *line, const struct settings *run, bool servers_come,
                    struct err *err)
{
    return check_bind(line, err) && check_line_keys(line, run, err) &&
           check_tls(line, "line", servers_come || line->server_count > 0, err) &&
           opt_gates_check_line(line, run, err);
}

bool opt_check_many(const struct settings *settings, bool may_lack_server, struct err *err)
{
    return check_bind(settings, err) && check_keys(settings, err) &&
           check_tls(settings, "command line", may_lack_server || settings->server_count > 0,
                     err) &&
           opt_gates_check(settings, err);
}

bool opt_check_completion(struct settings *settings, struct err *err)
{
    return settings->shell != NULL ||
           err_set(err, ERR_USAGE, "completion needs a shell: bash, zsh or fish");
}
