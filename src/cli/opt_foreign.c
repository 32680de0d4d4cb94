#include "cli/opt_foreign.h"

#include <stddef.h>
#include <string.h>

#define TCP "zones are transferred over TCP"

/* Letters of dig, kdig, drill, host and nsupdate. */
static const struct {
    char letter;
    const char *text;
} letters[] = {
    {'P', "the port is given with -p, or as @SERVER#PORT"},
    {'x', "a reverse zone is given by its name, such as 2.0.192.in-addr.arpa"},
    {'T', TCP " anyway"},
    {'u', TCP ", never over UDP"},
    {'U', TCP ", never over UDP"},
    {'l', "a zone is transferred without an option: zxfr ZONE @SERVER"},
    {'a', "a zone is transferred whole; --only TYPES chooses what is written"},
    {'C', "zxfr audit ZONE asks all servers of a zone"},
    {'D', "signatures are a part of the zone; --verify dnssec tries them"},
    {'S', "signatures are tried by --verify dnssec and by zxfr check"},
    {'W', "times are given with --answer-timeout, --idle-timeout and --max-time"},
    {'w', "times are given with --answer-timeout, --idle-timeout and --max-time"},
    {'R', "--retry N tries failures again"},
    {'r', "there is no file of defaults; leave it out"},
    {'m', "-v and -vv tell how the transfer goes"},
    {'E', "--record FILE keeps the conversation"},
    {'O', "the file is given with -o"},
    {'j', "JSON is written with -f json, or -f jsonl"},
    {'s', "--quiet prints errors only; a server is written @SERVER"},
};

/* Names that come to mind. Those that are near to a name of zxfr need no row. */
static const struct {
    const char *name, *text;
} names[] = {
    {"address", "a server is written @ADDRESS; -b is the local address"},
    {"algorithm", "the algorithm is part of the key: -k FILE, or -y ALG:NAME:SECRET"},
    {"auth", "a key is given with -k FILE"},
    {"axfr", "a zone is transferred whole without an option"},
    {"ca", "use --tls-ca FILE"},
    {"ca-file", "use --tls-ca FILE"},
    {"cacert", "use --tls-ca FILE"},
    {"cafile", "use --tls-ca FILE"},
    {"canonical", "use --sort"},
    {"cert", "use --tls-cert FILE"},
    {"compare", "use zxfr diff OLD NEW"},
    {"daemon", "use zxfr watch"},
    {"debug", "use -v or -vv"},
    {"destination", "use -o FILE"},
    {"dnssec", "signatures are a part of the zone; --verify dnssec tries them"},
    {"domain", "the zone is a word without an option: zxfr ZONE @SERVER"},
    {"dot", "use --tls"},
    {"exclude", "use --except TYPES"},
    {"file", "use -o FILE to write one, and zxfr convert FILE to read one"},
    {"filter", "use --only TYPES or --except TYPES"},
    {"hmac", "the algorithm is part of the key: -k FILE, or -y ALG:NAME:SECRET"},
    {"host", "a server is written @SERVER"},
    {"in", "use zxfr convert FILE"},
    {"include", "use --only TYPES"},
    {"input", "use zxfr convert FILE"},
    {"insecure", "use --tls-insecure"},
    {"interval", "use zxfr watch, with --min-refresh and --max-refresh"},
    {"ixfr", "give ixfr=SERIAL, or --update with -o FILE"},
    {"json", "use -f json"},
    {"jsonl", "use -f jsonl"},
    {"master", "a server is written @SERVER"},
    {"name", "the zone is a word without an option: zxfr ZONE @SERVER"},
    {"nameserver", "a server is written @SERVER"},
    {"no-verify", "use --tls-insecure"},
    {"notify", "zxfr watch takes NOTIFY with --listen"},
    {"ns", "a server is written @SERVER"},
    {"outfile", "use -o FILE"},
    {"password", "a key is given with -k FILE"},
    {"primary", "a server is written @SERVER"},
    {"resolver", "the resolver is that of the system; a server is written @SERVER"},
    {"reverse", "a reverse zone is given by its name, such as 2.0.192.in-addr.arpa"},
    {"secret", "a key is given with -k FILE, or -y [ALG:]NAME:SECRET"},
    {"serial", "give ixfr=SERIAL, or --since SERIAL"},
    {"server", "a server is written @SERVER"},
    {"silent", "use --quiet"},
    {"sign", "a key is given with -k FILE"},
    {"size", "use --max-bytes N, or --max-records N"},
    {"soa", "use -f stats, or zxfr audit ZONE"},
    {"source", "use -b ADDRESS, which is the local one"},
    {"ssl", "use --tls"},
    {"tcp", TCP " anyway"},
    {"threads", "use --jobs N"},
    {"timeout", "use --answer-timeout, --idle-timeout or --max-time"},
    {"tries", "use --retry N"},
    {"tsig", "a key is given with -k FILE, or -y [ALG:]NAME:SECRET"},
    {"tsig-file", "a key is given with -k FILE"},
    {"tsig-key", "a key is given with -k FILE, or -y [ALG:]NAME:SECRET"},
    {"types", "use --only TYPES"},
    {"udp", TCP ", never over UDP"},
    {"validate", "use --verify PROOFS, or zxfr check"},
    {"xfr", "a zone is transferred without an option: zxfr ZONE @SERVER"},
    {"yaml", "use -f json"},
    {"zone", "the zone is a word without an option: zxfr ZONE @SERVER"},
    {"zonefile", "use zxfr convert FILE to read one, and -o FILE to write one"},
};

/* What other tools call what zxfr does. */
static const struct {
    const char *name, *text;
} commands[] = {
    {"compare", "use zxfr diff OLD NEW"},
    {"copy", "use zxfr -o FILE ZONE @SERVER"},
    {"dig", "leave it out: zxfr ZONE @SERVER"},
    {"download", "leave it out: zxfr ZONE @SERVER"},
    {"fetch", "leave it out: zxfr ZONE @SERVER"},
    {"lint", "use zxfr check SOURCE"},
    {"mirror", "use zxfr sync, or zxfr watch"},
    {"monitor", "use zxfr watch"},
    {"pull", "leave it out: zxfr ZONE @SERVER"},
    {"transfer", "leave it out: zxfr ZONE @SERVER"},
    {"update", "use zxfr --update -o FILE ZONE @SERVER"},
    {"validate", "use zxfr check SOURCE"},
    {"verify", "use zxfr check SOURCE, or --verify PROOFS"},
    {"xfr", "leave it out: zxfr ZONE @SERVER"},
};

const char *opt_foreign_command(const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, word) == 0)
            return commands[i].text;
    return NULL;
}

const char *opt_foreign_letter(char letter, bool is_diff)
{
    if (is_diff && (letter == 'u' || letter == 'U'))
        return "lines with - and + are what diff writes anyway";
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == letter)
            return letters[i].text;
    return NULL;
}

const char *opt_foreign_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].text;
    return NULL;
}
