#include "cli/opt_plus.h"

#include <string.h>
#include <strings.h>

#define NONE {PLUS_UNKNOWN, NULL}
#define TAKEN {PLUS_TAKEN, NULL}
#define IS(option) {PLUS_IS, option}
#define USE(text) {PLUS_USE, text}
#define WHY(text) {PLUS_WHY, text}

#define FLAGS WHY("the flags of the query are those of a transfer")
#define OPTIONS                                                                                    \
    WHY("the EDNS options of the query are those of a transfer; -v asks for NSID and EXPIRE")
#define WHOLE WHY("the name of a zone is taken as it is: write it whole")
#define STREAM WHY("zones are transferred over TCP, or with --tls over TLS")

/* clang-format off */
static const struct plus_word table[] = {
    /* What is printed. */
    {"all",             false, USE("-v or -vv"), TAKEN},
    {"answer",          false, TAKEN, WHY("nothing would be left to print; -o /dev/null only tries the transfer")},
    {"authority",       false, USE("-vv"), TAKEN},
    {"additional",      false, USE("-vv"), TAKEN},
    {"question",        false, USE("-vv"), TAKEN},
    {"header",          false, USE("-vv"), TAKEN},
    {"opt",             false, USE("-vv"), TAKEN},
    {"opttext",         false, TAKEN, TAKEN},
    {"optpresentation", false, TAKEN, TAKEN},
    {"tsig",            false, USE("-vv"), TAKEN},
    {"qr",              false, USE("-vv"), TAKEN},
    {"cmd",             false, USE("-v"), TAKEN},
    {"comments",        false, USE("-v"), TAKEN},
    {"stats",           false, USE("-v"), TAKEN},
    {"identify",        false, USE("-v"), TAKEN},
    {"onesoa",          false, TAKEN, WHY("the SOA at the end of a transfer is no record of the zone")},
    {"multiline",       false, USE("--pretty"), TAKEN},
    {"rrcomments",      false, USE("--pretty"), TAKEN},
    {"short",           false, WHY("a zone is printed in whole records; --only TYPES, --no-ttl and --no-class print less"), TAKEN},
    {"class",           false, TAKEN, USE("--no-class")},
    {"cl",              false, TAKEN, USE("--no-class")},
    {"ttlid",           false, TAKEN, USE("--no-ttl")},
    {"ttl",             false, TAKEN, USE("--no-ttl")},
    {"ttlunits",        false, WHY("TTLs are printed in seconds"), TAKEN},
    {"crypto",          false, TAKEN, WHY("keys and signatures are printed whole; --no-dnssec leaves them out")},
    {"split",           true,  WHY("long fields are printed in one piece"), TAKEN},
    {"expandaaaa",      false, WHY("addresses are printed in their shortest form"), TAKEN},
    {"unknownformat",   false, USE("--generic"), TAKEN},
    {"generic",         false, USE("--generic"), TAKEN},
    {"json",            false, USE("--format json"), TAKEN},
    {"yaml",            false, USE("--format json"), TAKEN},
    {"idn",             false, TAKEN, TAKEN},
    {"idnin",           false, TAKEN, TAKEN},
    {"idnout",          false, WHY("names are printed as they are in the zone"), TAKEN},

    /* The query. */
    {"dnssec",          false, TAKEN, TAKEN},
    {"do",              false, TAKEN, TAKEN},
    {"doflag",          false, TAKEN, TAKEN},
    {"adflag",          false, TAKEN, TAKEN},
    {"cdflag",          false, TAKEN, TAKEN},
    {"rdflag",          false, TAKEN, TAKEN},
    {"recurse",         false, TAKEN, TAKEN},
    {"aaflag",          false, FLAGS, TAKEN},
    {"aaonly",          false, FLAGS, TAKEN},
    {"coflag",          false, FLAGS, TAKEN},
    {"raflag",          false, FLAGS, TAKEN},
    {"tcflag",          false, FLAGS, TAKEN},
    {"zflag",           false, FLAGS, TAKEN},
    {"header-only",     false, WHY("a transfer needs a question"), TAKEN},
    {"opcode",          true,  WHY("zxfr asks for transfers only"), TAKEN},
    {"qid",             true,  WHY("the ID of each query is a random one"), NONE},
    {"edns",            false, TAKEN, WHY("a server that does not know EDNS is asked again without it")},
    {"edns=0",          false, TAKEN, NONE},
    {"ednsnegotiation", false, TAKEN, TAKEN},
    {"ednsflags",       true,  OPTIONS, TAKEN},
    {"ednsopt",         true,  OPTIONS, TAKEN},
    {"bufsize",         true,  TAKEN, TAKEN},
    {"cookie",          true,  TAKEN, TAKEN},
    {"badcookie",       false, TAKEN, TAKEN},
    {"showbadcookie",   false, TAKEN, TAKEN},
    {"showbadvers",     false, TAKEN, TAKEN},
    {"zoneversion",     false, OPTIONS, TAKEN},
    {"nsid",            false, USE("-v"), TAKEN},
    {"expire",          false, USE("-v"), TAKEN},
    {"subnet",          true,  WHY("a zone is the same for whoever asks"), TAKEN},
    {"padding",         true,  WHY("queries are not padded"), TAKEN},
    {"alignment",       true,  WHY("queries are not padded"), TAKEN},
    {"keepalive",       false, TAKEN, TAKEN},
    {"keepopen",        false, TAKEN, TAKEN},
    {"search",          false, WHOLE, TAKEN},
    {"defname",         false, WHOLE, TAKEN},
    {"showsearch",      false, WHOLE, TAKEN},
    {"domain",          true,  WHOLE, TAKEN},
    {"ndots",           true,  WHOLE, TAKEN},
    {"nssearch",        false, USE("zxfr audit ZONE, which asks all servers of a zone,"), TAKEN},
    {"trace",           false, USE("zxfr audit ZONE, which asks the parent, too,"), TAKEN},
    {"dns64prefix",     false, WHY("zxfr asks for transfers only"), TAKEN},

    /* The way to the server. */
    {"tcp",             false, TAKEN, STREAM},
    {"vc",              false, TAKEN, STREAM},
    {"ignore",          false, TAKEN, TAKEN},
    {"mapped",          false, TAKEN, TAKEN},
    {"besteffort",      false, WHY("a transfer that is broken is a failure; --record keeps what came"), TAKEN},
    {"fail",            false, WHY("where one server fails the next one is asked; name one to ask that alone"), TAKEN},
    {"fastopen",        false, WHY("connections are opened without it"), TAKEN},
    {"tries",           true,  USE("--retry"), TAKEN},
    {"retry",           true,  USE("--retry"), TAKEN},
    {"timeout",         true,  USE("--answer-timeout, --idle-timeout or --max-time"), TAKEN},
    {"time",            true,  USE("--answer-timeout, --idle-timeout or --max-time"), TAKEN},
    {"proxy",           true,  WHY("servers are asked without a proxy"), TAKEN},
    {"proxy-plain",     true,  WHY("servers are asked without a proxy"), TAKEN},
    {"dscp",            true,  WHY("packets are marked as the system does it"), TAKEN},
    {"https",           true,  STREAM, TAKEN},
    {"http",            true,  STREAM, TAKEN},
    {"https-get",       true,  STREAM, TAKEN},
    {"http-plain",      true,  STREAM, TAKEN},
    {"http-plain-get",  true,  STREAM, TAKEN},
    {"quic",            false, STREAM, TAKEN},
    {"tls",             false, IS("tls"), WHY("TLS is used where an option asks for it: leave that out")},
    {"tls-ca",          true,  IS("tls-ca"), TAKEN},
    {"tls-hostname",    true,  IS("tls-hostname"), TAKEN},
    {"tls-certfile",    true,  IS("tls-cert"), TAKEN},
    {"tls-keyfile",     true,  IS("tls-key"), TAKEN},
    {"tls-pin",         true,  IS("tls-pin"), TAKEN},
    {"tls-sni",         true,  USE("--tls-hostname"), TAKEN},
    {"tls-ocsp-stapling", true, WHY("whether a certificate was revoked is not asked"), TAKEN},
};
/* clang-format on */

const struct plus_word *opt_plus_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

/* The row of a word, or the only one that begins with it. */
static const struct plus_word *find(const char *word, size_t n)
{
    enum { TELLS = 3 };
    const struct plus_word *row, *begins = NULL;
    size_t count = 0;
    for (size_t i = 0; (row = opt_plus_row(i)) != NULL; i++) {
        if (n == 0 || strncasecmp(row->word, word, n) != 0)
            continue;
        if (row->word[n] == '\0')
            return row;
        begins = row;
        count++;
    }
    return count == 1 && n >= TELLS ? begins : NULL;
}

const struct plus_word *opt_plus_find(const char *word, size_t n, bool *says_no)
{
    const struct plus_word *row = find(word, n);
    *says_no = row == NULL && n > 2 && strncasecmp(word, "no", 2) == 0;
    return *says_no ? find(word + 2, n - 2) : row;
}
