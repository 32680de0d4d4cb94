#include "cli/opt.h"

#include "dns/types.h"
#include "io/secret.h"
#include "xfer/keyfile.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Setters ------------------------------------------------------------------------------- */

static void *member(struct settings *settings, const struct opt *opt)
{
    return (char *)settings + opt->offset;
}

static bool set_flag(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    (void)value;
    (void)err;
    *(bool *)member(settings, opt) = true;
    return true;
}

/* Stores the number of the row. */
static bool set_number(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    (void)value;
    (void)err;
    int *to = member(settings, opt);
    *to = opt->number;
    return true;
}

static bool set_string(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    if (*value == '\0')
        return err_set(err, ERR_USAGE, "--%s: the value is empty", opt->name);
    *(const char **)member(settings, opt) = value;
    return true;
}

static bool read_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= 65535;
}

static bool set_port(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    return read_port(value, member(settings, opt)) ||
           err_set(err, ERR_USAGE, "--%s: %.80s is no port number", opt->name, value);
}

static bool set_duration(struct settings *settings, const struct opt *opt, const char *value,
                         struct err *err)
{
    uint64_t *to = member(settings, opt);
    if (!opt_duration(value, to))
        return err_set(err, ERR_USAGE, "--%s: %.80s is no time; give seconds, or 90s, 5m, 2h",
                       opt->name, value);
    return *to > 0 || opt->number == 0 ||
           err_set(err, ERR_USAGE, "--%s: the time must be above zero", opt->name);
}

/* Reads digits up to the end of the text, or up to what *rest is set to. */
static bool read_number(const char *text, uint64_t most, uint64_t *number, const char **rest)
{
    uint64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (value > (most - (uint64_t)(*p - '0')) / 10)
            return false;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    *number = value;
    *rest = p;
    return p > text;
}

/* A count, which may end in k, M or G for thousands, millions, thousands of millions. */
static bool set_count(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    uint64_t *to = member(settings, opt), number;
    const char *rest;
    if (read_number(value, 1000000000000000, &number, &rest)) {
        uint64_t unit = *rest == 'k'   ? 1000
                        : *rest == 'M' ? 1000000
                        : *rest == 'G' ? 1000000000
                                       : 1;
        rest += unit > 1;
        *to = number * (number < 1000000000 ? unit : 1);
        if (*rest == '\0' && number > 0 && (unit == 1 || number < 1000000000))
            return true;
    }
    return err_set(err, ERR_USAGE, "--%s: %.80s is no number above zero (with k, M or G)",
                   opt->name, value);
}

/* An unsigned member of at most the row's number. */
static bool set_small(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    unsigned *to = member(settings, opt);
    uint64_t number;
    const char *rest;
    if (!read_number(value, (uint64_t)opt->number, &number, &rest) || *rest != '\0')
        return err_set(err, ERR_USAGE, "--%s: %.80s is no number from 0 to %d", opt->name, value,
                       opt->number);
    *to = (unsigned)number;
    return true;
}

static bool set_class(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    settings->class = types_class_parse(value);
    settings->class_given = true;
    return settings->class != 0 ||
           err_set(err, ERR_USAGE, "--%s: %.80s is no class that a zone can have", opt->name,
                   value);
}

static bool set_origin(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    const char *why = name_parse(value, settings->zone, &settings->zone_length);
    settings->zone_word = value;
    return why == NULL ||
           err_set(err, ERR_USAGE, "--%s: %.80s is no name of a zone: %s", opt->name, value, why);
}

static bool set_type(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    (void)opt;
    if (opt_is_transfer(value))
        return opt_transfer(settings, value, err);
    return err_set(err, ERR_USAGE, "--%s: %.80s is no transfer; zxfr does axfr and ixfr=SERIAL",
                   opt->name, value);
}

bool opt_is_transfer(const char *word)
{
    return strcasecmp(word, "axfr") == 0 || strcasecmp(word, "ixfr") == 0 ||
           strncasecmp(word, "ixfr=", 5) == 0;
}

static bool want_changes(struct settings *settings, const char *serial, const char *word,
                         struct err *err)
{
    uint64_t number;
    const char *rest;
    if (settings->type_given && !settings->changes)
        return err_set(err, ERR_USAGE, "%.80s: axfr and ixfr exclude each other", word);
    if (!read_number(serial, UINT32_MAX, &number, &rest) || *rest != '\0')
        return err_set(err, ERR_USAGE, "%.80s: a serial is a number from 0 to 4294967295", word);
    if (settings->changes && settings->since != number)
        return err_set(err, ERR_USAGE, "%.80s: another serial was given before", word);
    settings->type_given = settings->changes = true;
    settings->since = (uint32_t)number;
    return true;
}

bool opt_transfer(struct settings *settings, const char *word, struct err *err)
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

static bool set_since(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    char word[128];
    snprintf(word, sizeof word, "--%s %.80s", opt->name, value);
    return want_changes(settings, value, word, err);
}

static bool set_color(struct settings *settings, const struct opt *opt, const char *value,
                      struct err *err)
{
    static const struct {
        const char *word;
        enum choice choice;
    } words[] = {{"auto", CHOICE_AUTO}, {"always", CHOICE_ON}, {"never", CHOICE_OFF}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, value) == 0) {
            settings->color = words[i].choice;
            return true;
        }
    return err_set(err, ERR_USAGE, "--%s: %.80s is none of auto, always, never", opt->name, value);
}

static bool set_bind(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    char host[128];
    uint16_t port = 0;
    settings->has_bind = false;
    const char *mark = strchr(value, '#');
    size_t n = mark != NULL ? (size_t)(mark - value) : strlen(value);
    if (n < sizeof host && (mark == NULL || read_port(mark + 1, &port))) {
        memcpy(host, value, n);
        host[n] = '\0';
        settings->has_bind = address_parse(host, port, &settings->bind);
    }
    return settings->has_bind ||
           err_set(err, ERR_USAGE, "--%s: %.80s is no address, or ADDRESS#PORT", opt->name, value);
}

const char *opt_text(const struct opt *opt, char made[OPT_TEXT_MAX])
{
    const struct writer_type *row;
    if (opt->help != NULL)
        return opt->help;
    snprintf(made, OPT_TEXT_MAX, "output format");
    for (size_t i = 0; (row = writer_row(i)) != NULL; i++) {
        size_t used = strlen(made);
        snprintf(made + used, OPT_TEXT_MAX - used, "%s%s (%s%s)", i > 0 ? ", " : ": ", row->name,
                 row->help, i == 0 ? ", the default" : "");
    }
    return made;
}

const char *opt_formats(char *to, size_t room, const char *between)
{
    const struct writer_type *row;
    to[0] = '\0';
    for (size_t i = 0; (row = writer_row(i)) != NULL; i++) {
        size_t used = strlen(to);
        snprintf(to + used, room - used, "%s%s", i > 0 ? between : "", row->name);
    }
    return to;
}

static bool set_format(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    const struct writer_type *row = writer_find(value);
    if (row != NULL) {
        settings->format = row;
        settings->format_given = true;
        return true;
    }
    char names[256];
    return err_set(err, ERR_USAGE, "--%s: %.80s is no format of this version; there are: %s",
                   opt->name, value, opt_formats(names, sizeof names, ", "));
}

/* Hands each type of a list with commas to `add`. */
static bool each_type(struct settings *settings, const struct opt *opt, const char *value,
                      void (*add)(struct filter *filter, uint16_t type), struct err *err)
{
    for (const char *word = value;; word++) {
        size_t n = strcspn(word, ",");
        uint16_t type = types_parse(word, n);
        if (type == 0)
            return err_set(
                err, ERR_USAGE,
                "--%s: \"%.*s\" is no type; give types with commas between: A,AAAA,TYPE65534",
                opt->name, n < 80 ? (int)n : 80, word);
        add(&settings->filter, type);
        word += n;
        if (*word == '\0')
            return true;
    }
}

static bool set_only(struct settings *settings, const struct opt *opt, const char *value,
                     struct err *err)
{
    return each_type(settings, opt, value, filter_only, err);
}

static bool set_except(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    return each_type(settings, opt, value, filter_except, err);
}

static bool set_ignore(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    (void)opt;
    return opt_diff_ignore(settings, value, err);
}

static bool set_no_dnssec(struct settings *settings, const struct opt *opt, const char *value,
                          struct err *err)
{
    (void)opt;
    (void)value;
    (void)err;
    filter_except_dnssec(&settings->filter);
    return true;
}

/* ---- TLS: whoever names anything of it wants it, and never clear text. */

static bool set_tls_flag(struct settings *settings, const struct opt *opt, const char *value,
                         struct err *err)
{
    settings->use_tls = true;
    return set_flag(settings, opt, value, err);
}

static bool set_tls_string(struct settings *settings, const struct opt *opt, const char *value,
                           struct err *err)
{
    settings->use_tls = true;
    return set_string(settings, opt, value, err);
}

static bool set_tls_hostname(struct settings *settings, const struct opt *opt, const char *value,
                             struct err *err)
{
    return tls_hostname_good(value)
               ? set_tls_string(settings, opt, value, err)
               : err_set(err, ERR_USAGE, "--%s: %.120s cannot be the name in a certificate",
                         opt->name, value);
}

static bool add_tls_pin(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err)
{
    struct tls_options *tls = &settings->tls;
    settings->use_tls = true;
    if (tls->pin_count == TLS_PINS_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d pins", opt->name, TLS_PINS_MAX);
    return tls_pin_parse(value, tls->pins[tls->pin_count++]) ||
           err_set(err, ERR_USAGE,
                   "--%s: %.80s is no pin, which is the SHA-256 of a public key in base64 (44 "
                   "characters)",
                   opt->name, value);
}

/* The key is made at once, so that its text can be overwritten. No message repeats any of it. */
static bool set_key(struct settings *settings, const struct opt *opt, const char *value,
                    struct err *err)
{
    if (settings->keys.given == NULL)
        settings->keys.given = secret_new(sizeof *settings->keys.given, err);
    if (settings->keys.given == NULL)
        return false;
    const char *why = keyfile_word(settings->keys.given, value, strlen(value));
    return why == NULL || err_set(err, ERR_USAGE, "--%s [ALG:]NAME:SECRET: %s", opt->name, why);
}

static bool set_key_name(struct settings *settings, const struct opt *opt, const char *value,
                         struct err *err)
{
    uint8_t name[NAME_MAX_WIRE], length;
    const char *why = name_parse(value, name, &length);
    settings->keys.name = value;
    return why == NULL ||
           err_set(err, ERR_USAGE, "--%s: %.80s is no name of a key: %s", opt->name, value, why);
}

static bool set_server_key(struct settings *settings, const struct opt *opt, const char *value,
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

/* ---- The table ----------------------------------------------------------------------------- */

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct opt table[] = {
    {"type", 't', "TYPE", "what to transfer: axfr (the default), or ixfr=SERIAL for the changes since",
        GROUP_WHAT, set_type, 0, 0},
    {"since", 0, "SERIAL", "the same as ixfr=SERIAL: what has changed since then",
        GROUP_WHAT, set_since, 0, 0},
    {"condense", 0, NULL, "of several steps of changes: their net effect",
        GROUP_WHAT, set_flag, AT(condense), 0},
    {"no-fallback", 0, NULL, "with --update: fail where the whole zone would be asked for in place of changes",
        GROUP_WHAT, set_flag, AT(no_fallback), 0},
    {"allow-older", 0, NULL, "with --update: take the zone of a server whose serial is older",
        GROUP_WHAT, set_flag, AT(allow_older), 0},
    {"class", 'c', "CLASS", "class of the zone: IN (the default), CH, HS or CLASSn",
        GROUP_WHAT, set_class, 0, 0},
    {"origin", 0, "NAME", "convert, diff: the zone of a file that does not tell",
        GROUP_WHAT, set_origin, 0, 0},
    {"accept-incomplete", 0, NULL, "convert, diff: take a file that says that it is not whole",
        GROUP_WHAT, set_flag, AT(accept_incomplete), 0},
    {"list-types", 0, NULL, "list the RR types with their fields, and stop",
        GROUP_WHAT, set_number, AT(action), ACTION_LIST_TYPES},

    {"port", 'p', "PORT", "port of servers that are given without one (default 53; with TLS 853)",
        GROUP_SERVER, set_port, AT(port), 0},
    {"ipv4", '4', NULL, "use IPv4 addresses only",
        GROUP_SERVER, set_number, AT(family), AF_INET},
    {"ipv6", '6', NULL, "use IPv6 addresses only",
        GROUP_SERVER, set_number, AT(family), AF_INET6},
    {"bind", 'b', "ADDR[#PORT]", "connect from this local address",
        GROUP_SERVER, set_bind, 0, 0},
    {"connect-timeout", 0, "TIME", "longest time to connect to one address (default 3s)",
        GROUP_SERVER, set_duration, AT(connect_timeout), 1},
    {"idle-timeout", 0, "TIME", "longest time without an octet from the server (default 60s)",
        GROUP_SERVER, set_duration, AT(idle_timeout), 1},
    {"max-time", 0, "TIME", "longest time for everything (default 2h; 0: no limit)",
        GROUP_SERVER, set_duration, AT(max_time), 0},

    {"retry", 0, "N", "after network failures try all servers again, N times (default 0)",
        GROUP_SERVER, set_small, AT(retry), 100},

    {"key-file", 'k', "FILE", "sign with the key in FILE: of BIND, Knot, NSD, dnssec-keygen, or alg:name:secret",
        GROUP_TRUST, set_string, AT(keys.file), 0},
    {"key-name", 0, "NAME", "with -k: the key of this name, where FILE holds several",
        GROUP_TRUST, set_key_name, 0, 0},
    {"server-key", 0, "SERVER=FILE", "sign with the key in FILE for this server, given as after @",
        GROUP_TRUST, set_server_key, 0, 0},
    {"key", 'y', "[ALG:]NAME:SECRET", "sign with this key; -k is safer",
        GROUP_TRUST, set_key, 0, OPT_SECRET},
    {"tls", 0, NULL, "transfer over TLS, from a server that proves who it is",
        GROUP_TRUST, set_flag, AT(use_tls), 0},
    {"tls-hostname", 0, "NAME", "name, or address, that its certificate must be for",
        GROUP_TRUST, set_tls_hostname, AT(tls.hostname), 0},
    {"tls-ca", 0, "FILE", "trust these certificates (PEM file or folder), not the system's",
        GROUP_TRUST, set_tls_string, AT(tls.ca), 0},
    {"tls-pin", 0, "PIN", "trust the server that has this public key (several may be given)",
        GROUP_TRUST, add_tls_pin, 0, 0},
    {"tls-cert", 0, "FILE", "our own certificate and its chain (PEM), for servers that want one",
        GROUP_TRUST, set_tls_string, AT(tls.cert), 0},
    {"tls-key", 0, "FILE", "the key of our certificate, if not in the same file",
        GROUP_TRUST, set_tls_string, AT(tls.key), 0},
    {"tls-alpn", 0, NULL, "insist that the server selects DNS over TLS (ALPN dot)",
        GROUP_TRUST, set_tls_flag, AT(tls.insist_alpn), 0},
    {"tls-insecure", 0, NULL, "encrypt only: anybody may be the server",
        GROUP_TRUST, set_tls_flag, AT(tls.insecure), 0},

    {"format", 'f', "FORMAT", NULL /* from the rows of the formats */,
        GROUP_OUTPUT, set_format, 0, 0},
    {"output", 'o', "FILE", "replace FILE once the zone is complete, and only then",
        GROUP_OUTPUT, set_string, AT(output.path), 0},
    {"whole", 0, NULL, "let nothing out before the zone is complete",
        GROUP_OUTPUT, set_flag, AT(output.whole), 0},
    {"update", 0, NULL, "with -o: bring FILE up to date by changes (IXFR); implies --sort",
        GROUP_OUTPUT, set_flag, AT(update), 0},
    {"diff-to", 0, "FILE", "with --update: write what has changed (as format diff) to FILE",
        GROUP_OUTPUT, set_string, AT(diff_to), 0},
    {"touch", 0, NULL, "with -o: renew the time of a FILE that stays the same",
        GROUP_OUTPUT, set_flag, AT(output.touch), 0},
    {"wait", 0, NULL, "with -o: queue behind another run that writes FILE",
        GROUP_OUTPUT, set_flag, AT(output.wait), 0},
    {"sort", 0, NULL, "write in DNSSEC canonical order and form, duplicates merged",
        GROUP_OUTPUT, set_flag, AT(sort), 0},
    {"keep-case", 0, NULL, "with --sort: leave the letter case of names as it came",
        GROUP_OUTPUT, set_flag, AT(keep_case), 0},
    {"relative", 0, NULL, "write names relative to the zone",
        GROUP_OUTPUT, set_flag, AT(style.relative), 0},
    {"pretty", 0, NULL, "write for the eye: columns, each owner once, the SOA explained",
        GROUP_OUTPUT, set_flag, AT(style.pretty), 0},
    {"no-class", 0, NULL, "leave out the class",
        GROUP_OUTPUT, set_flag, AT(style.no_class), 0},
    {"no-ttl", 0, NULL, "leave out the TTL",
        GROUP_OUTPUT, set_flag, AT(style.no_ttl), 0},
    {"generic", 0, NULL, "write every type in the generic form of RFC 3597",
        GROUP_OUTPUT, set_flag, AT(style.generic), 0},
    {"modern", 0, NULL, "write the mnemonic of every type, known to all readers or not",
        GROUP_OUTPUT, set_flag, AT(style.modern), 0},
    {"typed", 0, NULL, "in JSON: also a member for each field of the RDATA",
        GROUP_OUTPUT, set_flag, AT(style.typed), 0},
    {"with-dnssec", 0, NULL, "nsupdate: tell also what signing a zone makes",
        GROUP_OUTPUT, set_flag, AT(with_dnssec), 0},
    {"split", 0, NULL, "nsupdate: as many updates as the changes take, which is not atomic",
        GROUP_OUTPUT, set_flag, AT(style.split), 0},

    {"only", 0, "TYPES", "write only these types (A,AAAA,...) and the SOA",
        GROUP_CHOOSE, set_only, 0, 0},
    {"except", 0, "TYPES", "leave these types out",
        GROUP_CHOOSE, set_except, 0, 0},
    {"no-dnssec", 0, NULL, "leave out what signing a zone adds; DS and ZONEMD stay",
        GROUP_CHOOSE, set_no_dnssec, 0, 0},
    {"ignore", 0, "WHAT", "diff: make no difference of ttl, serial, soa, dnssec, zonemd (a list)",
        GROUP_CHOOSE, set_ignore, 0, 0},
    {"case", 0, NULL, "diff: letter case makes a difference, in names too",
        GROUP_CHOOSE, set_flag, AT(diff.exact), 0},
    {"new-file", 'N', NULL, "diff: a file that is missing is an empty zone",
        GROUP_CHOOSE, set_flag, AT(diff.new_file), 0},
    {"stat", 0, NULL, "diff: only the changed names, and the changes of each type in numbers",
        GROUP_CHOOSE, set_flag, AT(diff.stat), 0},

    {"max-records", 0, "N", "stop at more than N records",
        GROUP_GUARD, set_count, AT(guard.max_records), 0},
    {"max-bytes", 0, "N", "stop at more than N octets received",
        GROUP_GUARD, set_count, AT(max_bytes), 0},
    {"min-records", 0, "N", "refuse a zone of fewer than N records",
        GROUP_GUARD, set_count, AT(guard.min_records), 0},
    {"max-shrink", 0, "PERCENT", "with -o: refuse a zone that has lost more of FILE's records",
        GROUP_GUARD, set_small, AT(guard.max_shrink), 99},
    {"strict", 0, NULL, "fail where there would be a warning",
        GROUP_GUARD, set_flag, AT(strict), 0},

    {"verbose", 'v', NULL, "tell how the transfer goes",
        GROUP_REPORT, set_flag, AT(verbose), 0},
    {"quiet", 'q', NULL, "print errors only, no warnings",
        GROUP_REPORT, set_flag, AT(quiet), 0},
    {"progress", 0, NULL, "show progress (default where standard error is a terminal and the output is not)",
        GROUP_REPORT, set_number, AT(progress), CHOICE_ON},
    {"no-progress", 0, NULL, "show no progress",
        GROUP_REPORT, set_number, AT(progress), CHOICE_OFF},
    {"color", 0, "WHEN", "colours in the format diff: auto (the default), always or never",
        GROUP_REPORT, set_color, 0, 0},
    {"exit-code", 0, NULL, "with -o: exit 0 if FILE stayed the same, 1 if it was replaced",
        GROUP_REPORT, set_flag, AT(exit_code), 0},
    {"report", 0, "FILE", "write what happened to FILE, as a JSON document",
        GROUP_REPORT, set_string, AT(report), 0},
    {"record", 0, "FILE", "write the conversation with the servers to FILE, as it happens",
        GROUP_REPORT, set_string, AT(record), 0},
    {"help", 'h', NULL, "print this help, and stop",
        GROUP_REPORT, set_number, AT(action), ACTION_HELP},
    {"version", 'V', NULL, "print the version, and stop",
        GROUP_REPORT, set_number, AT(action), ACTION_VERSION},
};
/* clang-format on */

const struct opt *opt_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

/* Options that are not for every command. Those about servers mean nothing to files. */
static const struct {
    const char *name;
    unsigned commands;
} limited[] = {
    {"accept-incomplete", FOR_CONVERT | FOR_DIFF},
    {"allow-older", FOR_GET},
    {"bind", FOR_GET | FOR_DIFF},
    {"case", FOR_DIFF},
    {"condense", FOR_GET | FOR_CONVERT},
    {"connect-timeout", FOR_GET | FOR_DIFF},
    {"diff-to", FOR_GET},
    {"exit-code", FOR_GET | FOR_CONVERT},
    {"idle-timeout", FOR_GET | FOR_DIFF},
    {"ignore", FOR_DIFF},
    {"ipv4", FOR_GET | FOR_DIFF},
    {"ipv6", FOR_GET | FOR_DIFF},
    {"keep-case", FOR_GET | FOR_CONVERT},
    {"max-bytes", FOR_GET | FOR_DIFF},
    {"max-shrink", FOR_GET | FOR_CONVERT},
    {"new-file", FOR_DIFF},
    {"no-fallback", FOR_GET},
    {"no-progress", FOR_GET | FOR_DIFF},
    {"origin", FOR_CONVERT | FOR_DIFF},
    {"port", FOR_GET | FOR_DIFF},
    {"progress", FOR_GET | FOR_DIFF},
    {"record", FOR_GET},
    {"report", FOR_GET},
    {"retry", FOR_GET | FOR_DIFF},
    {"server-key", FOR_GET | FOR_DIFF},
    {"since", FOR_GET},
    {"sort", FOR_GET | FOR_CONVERT},
    {"stat", FOR_DIFF},
    {"tls", FOR_GET | FOR_DIFF},
    {"tls-alpn", FOR_GET | FOR_DIFF},
    {"tls-ca", FOR_GET | FOR_DIFF},
    {"tls-cert", FOR_GET | FOR_DIFF},
    {"tls-hostname", FOR_GET | FOR_DIFF},
    {"tls-insecure", FOR_GET | FOR_DIFF},
    {"tls-key", FOR_GET | FOR_DIFF},
    {"tls-pin", FOR_GET | FOR_DIFF},
    {"type", FOR_GET},
    {"update", FOR_GET},
};

unsigned opt_commands(const struct opt *opt)
{
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if (strcmp(limited[i].name, opt->name) == 0)
            return limited[i].commands;
    return ~0U;
}

const char *opt_group_title(enum opt_group group)
{
    static const char *const titles[OPT_GROUPS] = {
        [GROUP_WHAT] = "What to transfer",    [GROUP_SERVER] = "Servers",
        [GROUP_TRUST] = "Keys and TLS",       [GROUP_OUTPUT] = "Output",
        [GROUP_CHOOSE] = "Choice of records", [GROUP_GUARD] = "Guards",
        [GROUP_REPORT] = "Reports",
    };
    return titles[group];
}

/* ---- Values -------------------------------------------------------------------------------- */

bool opt_duration(const char *text, uint64_t *microseconds)
{
    uint64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > 1000000000)
            return false;
    }
    if (p == text)
        return false;
    uint64_t unit = *p == 'h' ? 3600 : *p == 'm' ? 60 : 1;
    if (*p == 's' || *p == 'm' || *p == 'h')
        p++;
    *microseconds = value * unit * 1000000;
    return *p == '\0';
}

bool opt_server(struct server *server, const char *word, struct err *err)
{
    *server = (struct server){.word = word};
    const char *host = word, *end = word + strlen(word), *port = NULL;
    const char *bracket = *word == '[' ? strchr(word, ']') : NULL;
    const char *hash = strrchr(word, '#'), *colon = strchr(word, ':');
    if (*word == '[' && bracket == NULL) {
        return err_set(err, ERR_USAGE, "@%.120s: the bracket is not closed", word);
    } else if (bracket != NULL) {
        host = word + 1;
        end = bracket;
        if (bracket[1] == ':' || bracket[1] == '#')
            port = bracket + 2;
        else if (bracket[1] != '\0')
            return err_set(err, ERR_USAGE, "@%.120s: after ] only :PORT may follow", word);
    } else if (hash != NULL) {
        end = hash;
        port = hash + 1;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        end = colon;
        port = colon + 1;
    }
    size_t n = (size_t)(end - host);
    if (n == 0 || n >= sizeof server->host)
        return err_set(err, ERR_USAGE, "@%.120s: no name or address of a server", word);
    if (port != NULL && !read_port(port, &server->port))
        return err_set(err, ERR_USAGE, "@%.120s: %.80s is no port number", word, port);
    memcpy(server->host, host, n);
    server->host[n] = '\0';
    return true;
}
