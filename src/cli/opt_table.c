#include "cli/opt_set.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The commands that an option is for. Those about servers mean nothing to files. */
enum {
    GET = COMMAND_GET,
    CONVERT = COMMAND_CONVERT,
    DIFF = COMMAND_DIFF,
    SERVERS = GET | DIFF,
    ZONES = GET | CONVERT | DIFF,
    ALL = COMMAND_ALL
};

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct opt table[] = {
    {"type", 't', "TYPE", "what to transfer: axfr (the default), or ixfr=SERIAL for the changes since",
        GROUP_WHAT, GET, opt_set_type, 0, 0},
    {"since", 0, "SERIAL", "the same as ixfr=SERIAL: what has changed since then",
        GROUP_WHAT, GET, opt_set_since, 0, 0},
    {"condense", 0, NULL, "of several steps of changes: their net effect",
        GROUP_WHAT, GET | CONVERT, opt_set_flag, AT(condense), 0},
    {"no-fallback", 0, NULL, "with --update: fail where the whole zone would be asked for in place of changes",
        GROUP_WHAT, GET, opt_set_flag, AT(no_fallback), 0},
    {"allow-older", 0, NULL, "with --update: take the zone of a server whose serial is older",
        GROUP_WHAT, GET, opt_set_flag, AT(allow_older), 0},
    {"class", 'c', "CLASS", "class of the zone: IN (the default), CH, HS or CLASSn",
        GROUP_WHAT, ZONES, opt_set_class, 0, 0},
    {"origin", 0, "NAME", "convert, diff: the zone of a file that does not tell",
        GROUP_WHAT, CONVERT | DIFF, opt_set_origin, 0, 0},
    {"accept-incomplete", 0, NULL, "convert, diff: take a file that says that it is not whole",
        GROUP_WHAT, CONVERT | DIFF, opt_set_flag, AT(accept_incomplete), 0},
    {"list-types", 0, NULL, "list the RR types with their fields, and stop",
        GROUP_WHAT, ALL, opt_set_number, AT(stop), STOP_LIST_TYPES},

    {"port", 'p', "PORT", "port of servers that are given without one (default 53; with TLS 853)",
        GROUP_SERVER, SERVERS, opt_set_port, AT(port), 0},
    {"ipv4", '4', NULL, "use IPv4 addresses only",
        GROUP_SERVER, SERVERS, opt_set_number, AT(family), AF_INET},
    {"ipv6", '6', NULL, "use IPv6 addresses only",
        GROUP_SERVER, SERVERS, opt_set_number, AT(family), AF_INET6},
    {"bind", 'b', "ADDR[#PORT]", "connect from this local address",
        GROUP_SERVER, SERVERS, opt_set_bind, 0, 0},
    {"connect-timeout", 0, "TIME", "longest time to connect to one address (default 3s)",
        GROUP_SERVER, SERVERS, opt_set_duration, AT(connect_timeout), 1},
    {"idle-timeout", 0, "TIME", "longest time without an octet from the server (default 60s)",
        GROUP_SERVER, SERVERS, opt_set_duration, AT(idle_timeout), 1},
    {"max-time", 0, "TIME", "longest time for everything (default 2h; 0: no limit)",
        GROUP_SERVER, ZONES, opt_set_duration, AT(max_time), 0},

    {"retry", 0, "N", "after network failures try all servers again, N times (default 0)",
        GROUP_SERVER, SERVERS, opt_set_small, AT(retry), 100},

    {"key-file", 'k', "FILE", "sign with the key in FILE: of BIND, Knot, NSD, dnssec-keygen, or alg:name:secret",
        GROUP_TRUST, ZONES, opt_set_string, AT(keys.file), 0},
    {"key-name", 0, "NAME", "with -k: the key of this name, where FILE holds several",
        GROUP_TRUST, ZONES, opt_set_key_name, 0, 0},
    {"server-key", 0, "SERVER=FILE", "sign with the key in FILE for this server, given as after @",
        GROUP_TRUST, SERVERS, opt_set_server_key, 0, 0},
    {"key", 'y', "[ALG:]NAME:SECRET", "sign with this key; -k is safer",
        GROUP_TRUST, ZONES, opt_set_key, 0, OPT_SECRET},
    {"tls", 0, NULL, "transfer over TLS, from a server that proves who it is",
        GROUP_TRUST, SERVERS, opt_set_flag, AT(use_tls), 0},
    {"tls-hostname", 0, "NAME", "name, or address, that its certificate must be for",
        GROUP_TRUST, SERVERS, opt_set_tls_hostname, AT(tls.hostname), 0},
    {"tls-ca", 0, "FILE", "trust these certificates (PEM file or folder), not the system's",
        GROUP_TRUST, SERVERS, opt_set_tls_string, AT(tls.ca), 0},
    {"tls-pin", 0, "PIN", "trust the server that has this public key (several may be given)",
        GROUP_TRUST, SERVERS, opt_set_tls_pin, 0, 0},
    {"tls-cert", 0, "FILE", "our own certificate and its chain (PEM), for servers that want one",
        GROUP_TRUST, SERVERS, opt_set_tls_string, AT(tls.cert), 0},
    {"tls-key", 0, "FILE", "the key of our certificate, if not in the same file",
        GROUP_TRUST, SERVERS, opt_set_tls_string, AT(tls.key), 0},
    {"tls-alpn", 0, NULL, "insist that the server selects DNS over TLS (ALPN dot)",
        GROUP_TRUST, SERVERS, opt_set_tls_flag, AT(tls.insist_alpn), 0},
    {"tls-insecure", 0, NULL, "encrypt only: anybody may be the server",
        GROUP_TRUST, SERVERS, opt_set_tls_flag, AT(tls.insecure), 0},

    {"format", 'f', "FORMAT", NULL /* from the rows of the formats */,
        GROUP_OUTPUT, ZONES, opt_set_format, 0, 0},
    {"output", 'o', "FILE", "replace FILE once the zone is complete, and only then",
        GROUP_OUTPUT, ZONES, opt_set_string, AT(output.path), 0},
    {"whole", 0, NULL, "let nothing out before the zone is complete",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(output.whole), 0},
    {"update", 0, NULL, "with -o: bring FILE up to date by changes (IXFR); implies --sort",
        GROUP_OUTPUT, GET, opt_set_flag, AT(update), 0},
    {"diff-to", 0, "FILE", "with --update: write what has changed (as format diff) to FILE",
        GROUP_OUTPUT, GET, opt_set_string, AT(diff_to), 0},
    {"touch", 0, NULL, "with -o: renew the time of a FILE that stays the same",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(output.touch), 0},
    {"wait", 0, NULL, "with -o: queue behind another run that writes FILE",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(output.wait), 0},
    {"sort", 0, NULL, "write in DNSSEC canonical order and form, duplicates merged",
        GROUP_OUTPUT, GET | CONVERT, opt_set_flag, AT(sort), 0},
    {"keep-case", 0, NULL, "with --sort: leave the letter case of names as it came",
        GROUP_OUTPUT, GET | CONVERT, opt_set_flag, AT(keep_case), 0},
    {"relative", 0, NULL, "write names relative to the zone",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.relative), 0},
    {"pretty", 0, NULL, "write for the eye: columns, each owner once, the SOA explained",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.pretty), 0},
    {"no-class", 0, NULL, "leave out the class",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.no_class), 0},
    {"no-ttl", 0, NULL, "leave out the TTL",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.no_ttl), 0},
    {"generic", 0, NULL, "write every type in the generic form of RFC 3597",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.generic), 0},
    {"modern", 0, NULL, "write the mnemonic of every type, known to all readers or not",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.modern), 0},
    {"typed", 0, NULL, "in JSON: also a member for each field of the RDATA",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.typed), 0},
    {"with-dnssec", 0, NULL, "nsupdate: tell also what signing a zone makes",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(with_dnssec), 0},
    {"split", 0, NULL, "nsupdate: as many updates as the changes take, which is not atomic",
        GROUP_OUTPUT, ZONES, opt_set_flag, AT(style.split), 0},

    {"only", 0, "TYPES", "write only these types (A,AAAA,...) and the SOA",
        GROUP_CHOOSE, ZONES, opt_set_only, 0, 0},
    {"except", 0, "TYPES", "leave these types out",
        GROUP_CHOOSE, ZONES, opt_set_except, 0, 0},
    {"no-dnssec", 0, NULL, "leave out what signing a zone adds; DS and ZONEMD stay",
        GROUP_CHOOSE, ZONES, opt_set_no_dnssec, 0, 0},
    {"ignore", 0, "WHAT", "diff: make no difference of ttl, serial, soa, dnssec, zonemd (a list)",
        GROUP_CHOOSE, DIFF, opt_set_ignore, 0, 0},
    {"case", 0, NULL, "diff: letter case makes a difference, in names too",
        GROUP_CHOOSE, DIFF, opt_set_flag, AT(diff.exact), 0},
    {"new-file", 'N', NULL, "diff: a file that is missing is an empty zone",
        GROUP_CHOOSE, DIFF, opt_set_flag, AT(diff.new_file), 0},
    {"stat", 0, NULL, "diff: only the changed names, and the changes of each type in numbers",
        GROUP_CHOOSE, DIFF, opt_set_flag, AT(diff.stat), 0},

    {"max-records", 0, "N", "stop at more than N records",
        GROUP_GUARD, ZONES, opt_set_count, AT(guard.max_records), 0},
    {"max-bytes", 0, "N", "stop at more than N octets received",
        GROUP_GUARD, SERVERS, opt_set_count, AT(max_bytes), 0},
    {"min-records", 0, "N", "refuse a zone of fewer than N records",
        GROUP_GUARD, ZONES, opt_set_count, AT(guard.min_records), 0},
    {"max-shrink", 0, "PERCENT", "with -o: refuse a zone that has lost more of FILE's records",
        GROUP_GUARD, GET | CONVERT, opt_set_small, AT(guard.max_shrink), 99},
    {"strict", 0, NULL, "fail where there would be a warning",
        GROUP_GUARD, ZONES, opt_set_flag, AT(strict), 0},

    {"verbose", 'v', NULL, "tell how the transfer goes",
        GROUP_REPORT, ZONES, opt_set_flag, AT(verbose), 0},
    {"quiet", 'q', NULL, "print errors only, no warnings",
        GROUP_REPORT, ZONES, opt_set_flag, AT(quiet), 0},
    {"progress", 0, NULL, "show progress (default where standard error is a terminal and the output is not)",
        GROUP_REPORT, SERVERS, opt_set_number, AT(progress), CHOICE_ON},
    {"no-progress", 0, NULL, "show no progress",
        GROUP_REPORT, SERVERS, opt_set_number, AT(progress), CHOICE_OFF},
    {"color", 0, "WHEN", "colours in the format diff: auto (the default), always or never",
        GROUP_REPORT, ZONES, opt_set_color, 0, 0},
    {"exit-code", 0, NULL, "with -o: exit 0 if FILE stayed the same, 1 if it was replaced",
        GROUP_REPORT, GET | CONVERT, opt_set_flag, AT(exit_code), 0},
    {"report", 0, "FILE", "write what happened to FILE, as a JSON document",
        GROUP_REPORT, GET, opt_set_string, AT(report), 0},
    {"record", 0, "FILE", "write the conversation with the servers to FILE, as it happens",
        GROUP_REPORT, GET, opt_set_string, AT(record), 0},
    {"help", 'h', NULL, "print this help, and stop",
        GROUP_REPORT, ALL, opt_set_number, AT(stop), STOP_HELP},
    {"version", 'V', NULL, "print the version, and stop",
        GROUP_REPORT, ALL, opt_set_number, AT(stop), STOP_VERSION},
};
/* clang-format on */

const struct opt *opt_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
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
