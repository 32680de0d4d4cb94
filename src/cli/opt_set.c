#include "cli/opt_set.h"

#include "cli/metrics.h"
#include "cli/opt_value.h"
#include "dns/types.h"
#include "io/secret.h"
#include "xfer/keyfile.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void *member(struct settings *settings, const struct opt *opt)
{
    return (char *)settings + opt->offset;
}

bool opt_set_flag(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    (void)value;
    (void)err;
    *(bool *)member(settings, opt) = true;
    return true;
}

bool opt_set_more(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    (void)value;
    (void)err;
    ++*(unsigned *)member(settings, opt);
    return true;
}

bool opt_set_number(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    (void)value;
    (void)err;
    int *to = member(settings, opt);
    *to = opt->number;
    return true;
}

bool opt_set_string(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    if (*value == '\0')
        return err_set(err, ERR_USAGE, "--%s: the value is empty", opt->name);
    *(const char **)member(settings, opt) = value;
    return true;
}

bool opt_set_port(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    return opt_value_port(value, member(settings, opt)) ||
           err_set(err, ERR_USAGE, "--%s: %.80s is not a port number", opt->name, value);
}

bool opt_set_duration(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    uint64_t *to = member(settings, opt);
    if (!opt_value_duration(value, to))
        return err_set(err, ERR_USAGE,
                       "--%s: %.80s is not a time; give seconds, or 90s, 5m, 2h, 7d", opt->name,
                       value);
    return *to > 0 || opt->number == 0 ||
           err_set(err, ERR_USAGE, "--%s: the time must be above zero", opt->name);
}

bool opt_set_count(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    return opt_value_count(value, member(settings, opt)) ||
           err_set(err, ERR_USAGE, "--%s: %.80s is not a number above zero (k, M or G may follow)",
                   opt->name, value);
}

bool opt_set_small(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    unsigned *to = member(settings, opt);
    uint64_t number;
    char digits[16];
    size_t n = strlen(value);
    bool percent =
        strcmp(opt->arg, "PERCENT") == 0 && n > 0 && n < sizeof digits && value[n - 1] == '%';
    snprintf(digits, sizeof digits, "%.*s", percent ? (int)n - 1 : 0, value);
    if (!opt_value_number(percent ? digits : value, (uint64_t)opt->number, &number))
        return err_set(err, ERR_USAGE, "--%s: %.80s is not a number from 0 to %d", opt->name, value,
                       opt->number);
    *to = (unsigned)number;
    return true;
}

bool opt_set_class(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    settings->class = types_class_parse(value);
    settings->class_given = true;
    return settings->class != 0 ||
           err_set(err, ERR_USAGE, "--%s: %.80s is not a class that a zone can have", opt->name,
                   value);
}

bool opt_set_origin(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    settings->zone_word = value;
    return opt_value_zone(value, settings->zone, &settings->zone_length, err) ||
           err_prefix(err, "--%s: ", opt->name);
}

bool opt_set_type(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    (void)opt;
    if (opt_set_is_transfer(value))
        return opt_set_transfer(settings, value, err);
    return err_set(err, ERR_USAGE,
                   "--%s: %.80s is not a kind of transfer; there are axfr and ixfr=SERIAL",
                   opt->name, value);
}

bool opt_set_is_transfer(const char *word)
{
    return strcasecmp(word, "axfr") == 0 || strcasecmp(word, "ixfr") == 0 ||
           strncasecmp(word, "ixfr=", 5) == 0;
}

static bool want_changes(struct settings *settings, const char *serial, const char *word,
                         struct err *err)
{
    uint64_t number;
    if (settings->type_given && !settings->changes)
        return err_set(err, ERR_USAGE, "%.80s: axfr and ixfr exclude each other", word);
    if (!opt_value_number(serial, UINT32_MAX, &number))
        return err_set(err, ERR_USAGE, "%.80s: a serial is a number from 0 to 4294967295", word);
    if (settings->changes && settings->since != number)
        return err_set(err, ERR_USAGE, "%.80s: another serial was given before", word);
    settings->type_given = settings->changes = true;
    settings->since = (uint32_t)number;
    return true;
}

bool opt_set_transfer(struct settings *settings, const char *word, struct err *err)
{
    if (word[4] == '=')
        return want_changes(settings, word + 5, word, err);
    if (word[0] == 'i' || word[0] == 'I')
        return err_set(err, ERR_USAGE,
                       "%.80s: give the serial of the zone that you have: ixfr=SERIAL", word);
    settings->type_given = true;
    return !settings->changes ||
           err_set(err, ERR_USAGE, "%.80s: axfr and ixfr exclude each other", word);
}

bool opt_set_since(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    char word[128];
    snprintf(word, sizeof word, "--%s %.80s", opt->name, value);
    return want_changes(settings, value, word, err);
}

static bool not_of(const struct opt *opt, const char *word, size_t n, struct err *err)
{
    char all[128];
    return err_set(err, ERR_USAGE, "--%s: \"%.*s\" is not one of %s", opt->name,
                   n < 80 ? (int)n : 80, word, words_join(opt->words, ", ", all, sizeof all));
}

bool opt_set_word(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    int *to = member(settings, opt);
    struct word word;
    if (!words_find(opt->words, value, strlen(value), &word))
        return not_of(opt, value, strlen(value), err);
    *to = word.number;
    return true;
}

bool opt_set_words(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    unsigned *to = member(settings, opt);
    for (const char *at = value;; at++) {
        size_t n = strcspn(at, ",");
        struct word word;
        if (!words_find(opt->words, at, n, &word))
            return not_of(opt, at, n, err);
        *to = word.number == 0 ? 0 : *to | (unsigned)word.number;
        at += n;
        if (*at == '\0')
            return true;
    }
}

/* "host-name=off". */
bool opt_set_level(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    char slug[64] = "";
    const char *equals = strchr(value, '=');
    if (equals != NULL && (size_t)(equals - value) < sizeof slug)
        memcpy(slug, value, (size_t)(equals - value));
    enum rule rule = findings_rule(slug);
    enum level level = equals != NULL ? findings_level(equals + 1) : LEVELS;
    if (equals == NULL)
        return err_set(err, ERR_USAGE, "--%s: %.80s is not RULE=LEVEL", opt->name, value);
    if (rule == RULES)
        return err_set(err, ERR_USAGE, "--%s: there is no rule %.*s; --list-rules lists them",
                       opt->name, (int)(equals - value > 80 ? 80 : equals - value), value);
    if (level == LEVELS)
        return err_set(err, ERR_USAGE, "--%s: %.80s is none of error, warning, info, off",
                       opt->name, equals + 1);
    settings->check.levels[rule] = (uint8_t)level;
    return true;
}

bool opt_set_at(struct settings *settings, const struct opt *opt, const char *value,
                struct err *err)
{
    settings->check.has_at = opt_value_time(value, (uint64_t)time(NULL), &settings->check.at);
    return settings->check.has_at ||
           err_set(err, ERR_USAGE,
                   "--%s: %.80s is not a point in time; give +7d, 2026-12-24, 20261224180000 or "
                   "2026-12-24T18:00:00Z",
                   opt->name, value);
}

/* "10%", "@NS=0", "DS=off". */
static bool read_change(const char *value, struct gate_change *change)
{
    const char *number = strchr(value, '=');
    change->apex = *value == '@';
    change->has_type = number != NULL;
    if (number != NULL) {
        const char *type = value + change->apex;
        change->type = types_parse(type, (size_t)(number - type));
        if (change->type == 0)
            return false;
    }
    if (change->apex && number == NULL)
        return false;
    return opt_value_limit(number != NULL ? number + 1 : value, &change->is_set, &change->most,
                           &change->percent);
}

/* Of two limits on the same the last one counts, and "off" takes back all that were given, so that
 * something can be added to a line that is there. */
bool opt_set_max_change(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err)
{
    struct gate_orders *gates = &settings->gates;
    struct gate_change change = {.is_set = false};
    unsigned i = 0;
    if (!read_change(value, &change))
        return err_set(err, ERR_USAGE,
                       "--%s: %.80s is not a limit; give N, N%%, TYPE=N, @TYPE=N (at the apex), or "
                       "off in place of N",
                       opt->name, value);
    if (!change.is_set && !change.has_type) { /* nothing is limited any more */
        gates->change_count = 0;
        return true;
    }
    while (i < gates->change_count &&
           (gates->changes[i].has_type != change.has_type ||
            gates->changes[i].apex != change.apex || gates->changes[i].type != change.type))
        i++;
    if (i == GATE_CHANGES_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d limits", opt->name, GATE_CHANGES_MAX);
    gates->change_count += i == gates->change_count;
    gates->changes[i] = change;
    return true;
}

bool opt_set_given(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    struct given *to = member(settings, opt);
    if (*value == '\0')
        return err_set(err, ERR_USAGE, "--%s: it is empty", opt->name);
    if (to->count == GIVEN_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d", opt->name, GIVEN_MAX);
    to->words[to->count++] = value;
    return true;
}

bool opt_set_shard(struct settings *settings, const struct opt *opt, const char *value,
                   struct err *err)
{
    struct sync_options *sync = &settings->sync;
    const char *slash = strchr(value, '/');
    char first[16] = "";
    uint64_t shard, shards;
    if (slash != NULL && slash - value < (ptrdiff_t)sizeof first)
        snprintf(first, sizeof first, "%.*s", (int)(slash - value), value);
    if (slash == NULL || !opt_value_number(first, 1000000, &shard) ||
        !opt_value_number(slash + 1, 1000000, &shards) || shard >= shards)
        return err_set(err, ERR_USAGE, "--%s: %.80s is not I/N, where I counts from 0 to N - 1",
                       opt->name, value);
    sync->has_shard = true;
    sync->shard = (unsigned)shard;
    sync->shards = (unsigned)shards;
    return true;
}

/* As servers are named, but that it must be an address: the port may stand after # or :. */
static bool read_listen(const char *word, struct address *address)
{
    struct server server;
    struct err ignored = {.kind = ERR_NONE};
    return opt_value_server(&server, word, &ignored) &&
           address_parse(server.host, server.port != 0 ? server.port : PORT_DNS, address);
}

bool opt_set_listen(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    struct watch_options *watch = &settings->watch;
    if (watch->listen_count == LISTEN_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d addresses", opt->name, LISTEN_MAX);
    if (!read_listen(value, &watch->listen[watch->listen_count]))
        return err_set(err, ERR_USAGE, "--%s: %.120s is not ADDRESS or ADDRESS#PORT", opt->name,
                       value);
    watch->listen_words[watch->listen_count++] = value;
    return true;
}

bool opt_set_allow_notify(struct settings *settings, const struct opt *opt, const char *value,
                          struct err *err)
{
    struct watch_options *watch = &settings->watch;
    if (watch->allowed_count == ALLOW_NOTIFY_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d prefixes", opt->name, ALLOW_NOTIFY_MAX);
    const char *wrong = prefix_parse(&watch->allowed[watch->allowed_count], value);
    if (wrong != NULL)
        return err_set(err, ERR_USAGE, "--%s %.120s: %s", opt->name, value, wrong);
    watch->allowed_count++;
    return true;
}

/* "512M": octets, or with K, M, G (powers of 1024). */
bool opt_set_memory(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    static const char units[] = "KMG";
    uint64_t *to = member(settings, opt), number;
    char digits[16];
    size_t n = strlen(value);
    const char *unit = n > 0 ? strchr(units, value[n - 1]) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(unit != NULL ? n - 1 : n), value);
    bool good = n < sizeof digits && opt_value_number(digits, UINT64_MAX >> 34, &number);
    if (!good || number << shift < 16u << 20)
        return err_set(err, ERR_USAGE,
                       "--%s: %.80s is not an amount of memory, as 512M or 2G, of 16M at least",
                       opt->name, value);
    *to = number << shift;
    return true;
}

bool opt_set_metrics_label(struct settings *settings, const struct opt *opt, const char *value,
                           struct err *err)
{
    struct metrics_options *metrics = &settings->metrics;
    if (metrics->label_count == METRICS_LABELS_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d labels", opt->name, METRICS_LABELS_MAX);
    if (!metrics_check_label(metrics, value, err))
        return err_prefix(err, "--%s: ", opt->name);
    metrics->labels[metrics->label_count++] = value;
    return true;
}

bool opt_set_bind(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    settings->has_bind = opt_value_address(value, &settings->bind);
    return settings->has_bind ||
           err_set(err, ERR_USAGE, "--%s: %.80s is neither ADDRESS nor ADDRESS#PORT", opt->name,
                   value);
}

bool opt_set_format(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    const struct writer_type *row = writer_find(value);
    if (row != NULL) {
        settings->format = row;
        settings->format_given = true;
        return true;
    }
    char names[256];
    return err_set(err, ERR_USAGE, "--%s: %.80s is not a format; there are %s", opt->name, value,
                   words_join(words_formats, ", ", names, sizeof names));
}

static bool each_type(struct settings *settings, const struct opt *opt, const char *value,
                      void (*add)(struct filter *filter, uint16_t type), struct err *err)
{
    const char *bad = opt_value_types(value, &settings->filter, add);
    size_t n = bad != NULL ? strcspn(bad, ",") : 0;
    return bad == NULL ||
           err_set(err, ERR_USAGE,
                   "--%s: \"%.*s\" is not a type; give types with commas between: A,AAAA,TYPE65534",
                   opt->name, n < 80 ? (int)n : 80, bad);
}

bool opt_set_only(struct settings *settings, const struct opt *opt, const char *value,
                  struct err *err)
{
    return each_type(settings, opt, value, filter_only, err);
}

bool opt_set_except(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    return each_type(settings, opt, value, filter_except, err);
}

bool opt_set_no_dnssec(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    (void)opt;
    (void)value;
    (void)err;
    filter_except_dnssec(&settings->filter);
    return true;
}

/* ---- TLS: whoever names anything of it wants it, and never clear text. */

bool opt_set_tls_flag(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    settings->use_tls = true;
    return opt_set_flag(settings, opt, value, err);
}

bool opt_set_tls_string(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err)
{
    settings->use_tls = true;
    return opt_set_string(settings, opt, value, err);
}

bool opt_set_tls_hostname(struct settings *settings, const struct opt *opt, const char *value,
                          struct err *err)
{
    return tls_hostname_good(value)
               ? opt_set_tls_string(settings, opt, value, err)
               : err_set(err, ERR_USAGE, "--%s: %.120s cannot be the name in a certificate",
                         opt->name, value);
}

bool opt_set_tls_pin(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    struct tls_options *tls = &settings->tls;
    settings->use_tls = true;
    if (tls->pin_count == TLS_PINS_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d pins", opt->name, TLS_PINS_MAX);
    return tls_pin_parse(value, tls->pins[tls->pin_count++]) ||
           err_set(err, ERR_USAGE,
                   "--%s: %.80s is not a pin, which is the SHA-256 of a public key in base64 (44 "
                   "characters)",
                   opt->name, value);
}

/* The key is made at once, so that its text can be overwritten. No message has any part of it. */
bool opt_set_key(struct settings *settings, const struct opt *opt, const char *value,
                 struct err *err)
{
    if (settings->keys.given == NULL)
        settings->keys.given = secret_new(sizeof *settings->keys.given, err);
    if (settings->keys.given == NULL)
        return false;
    const char *why = keyfile_word(settings->keys.given, value, strlen(value));
    return why == NULL || err_set(err, ERR_USAGE, "--%s [ALG:]NAME:SECRET: %s", opt->name, why);
}

bool opt_set_key_name(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    uint8_t name[NAME_MAX_WIRE], length;
    const char *why = name_parse(value, name, &length);
    settings->keys.name = value;
    return why == NULL || err_set(err, ERR_USAGE, "--%s: %.80s is not the name of a key: %s",
                                  opt->name, value, why);
}

bool opt_set_server_key(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err)
{
    struct key_options *keys = &settings->keys;
    value += *value == '@';
    size_t n = strcspn(value, "=");
    if (n == 0 || value[n] == '\0' || value[n + 1] == '\0')
        return err_set(err, ERR_USAGE, "--%s: expected SERVER=FILE", opt->name);
    if (keys->server_count == SERVERS_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d servers", opt->name, SERVERS_MAX);
    keys->servers[keys->server_count++] =
        (struct key_of_server){.server = value, .length = n, .file = value + n + 1};
    return true;
}

void opt_set_anew(struct settings *settings, const struct opt *opt)
{
    if (opt->set == opt_set_max_change)
        settings->gates.change_count = 0;
    else if (opt->set == opt_set_server_key)
        settings->keys.server_count = 0;
    else if (opt->set == opt_set_tls_pin) {
        settings->tls.pin_count = 0;
        settings->tls.insecure = false;
    } else if (opt->set == opt_set_words)
        *(unsigned *)member(settings, opt) = 0;
}
