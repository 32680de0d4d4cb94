/* cli/zonelist, cli/orderbook, cli/zonelist_words, opt_parse_line: lines of a list become orders,
 * and every bad line is told. */
#include "cli/zonelist.h"

#include "cli/opt.h"
#include "cli/zonelist_words.h"
#include "io/secret.h"

#include "tap.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};
static unsigned warnings;
static char warned[512];

static void note_warning(struct teller *teller, const struct fact *fact)
{
    (void)teller;
    warnings++;
    snprintf(warned, sizeof warned, "%s", fact->text);
}

static struct teller teller = {note_warning};

/* ---- A run with a list ---------------------------------------------------------------------- */

enum { WORDS = 24 };

static struct settings run;
static char words_text[1024];
static char *words[WORDS];

/* The settings of a command line, whose words have blanks between. */
static void run_is(const char *line)
{
    struct err err = {.kind = ERR_NONE};
    int count = 0;
    snprintf(words_text, sizeof words_text, "own.example -o out --update %s", line);
    for (char *word = strtok(words_text, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    if (!opt_parse(&run, count, words, &err))
        ok(false, "%s: %s", line, err.text);
}

static void put_octets(const char *path, const void *octets, size_t n)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(octets, 1, n, file) != n || fclose(file) != 0)
        ok(false, "%s cannot be written", path);
    chmod(path, 0600);
}

static void put(const char *path, const char *text)
{
    put_octets(path, text, strlen(text));
}

static char why[ERR_TEXT_MAX]; /* there is no list */

static struct zonelist *read_octets(const char *text, size_t n, bool servers_come)
{
    struct err err = {.kind = ERR_NONE};
    const struct zonelist_config config = {.run = &run,
                                           .loop = &loop,
                                           .deadline = LOOP_NEVER,
                                           .teller = &teller,
                                           .servers_come = servers_come,
                                           .max_faults = 20};
    put_octets("sub/list", text, n);
    warnings = 0;
    struct zonelist *list = zonelist_read(&config, "sub/list", &err);
    if (list == NULL)
        printf("# %s\n", err.text);
    snprintf(why, sizeof why, "%s", err.text);
    return list;
}

static struct zonelist *read_text(const char *text)
{
    return read_octets(text, strlen(text), false);
}

static size_t count_orders(const struct zonelist *list)
{
    size_t n = 0;
    while (zonelist_orders(list, n) != NULL)
        n++;
    return n;
}

static const char *fault(const struct zonelist *list, unsigned index)
{
    const struct faults *faults = zonelist_faults(list);
    return index < faults->kept ? faults->texts[index] : "none";
}

/* The orders of the first line. */
static const struct orders *first(const struct zonelist *list)
{
    struct zonelist_line line;
    if (zonelist_line(list, 0, &line))
        return line.orders;
    printf("# %s\n", fault(list, 0));
    return zonelist_default(list);
}

static bool zone_is(const struct zonelist *list, size_t index, const char *text)
{
    struct zonelist_line line;
    uint8_t zone[NAME_MAX_WIRE], length;
    return name_parse(text, zone, &length) == NULL && zonelist_line(list, index, &line) &&
           line.zone_length == length && memcmp(line.zone, zone, length) == 0;
}

/* ---- Words ---------------------------------------------------------------------------------- */

static const struct {
    const char *line, *words; /* with | after each */
} cuts[] = {
    {"", ""},
    {" \t ", ""},
    {"# all of it", ""},
    {"  # all of it", ""},
    {"a b\tc", "a|b|c|"},
    {"  a  ", "a|"},
    {"a # b c", "a|"},
    {"a\t#b", "a|"},
    {"a#b c", "a#b|c|"},
    {"a#", "a#|"},
    {"\"a b\" c", "a b|c|"},
    {"a\" b # c\"d e", "a b # cd|e|"},
    {"\"#a\" \"\" b", "#a||b|"},
    {"\"\"", "|"},
    {"\"a\"\"b\"", "ab|"},
    {"\"a\\\"b\\\\\" c", "a\"b\\|c|"},
    {"\"a\\032b\\\\\\032\"", "a\\032b\\\\032|"},
    {"a\\032b a\\\\b \\", "a\\032b|a\\\\b|\\|"},
    {"a\\#b", "a\\#b|"},
    {"\xc3\xa4 # \xc3\xa4", "\xc3\xa4|"},
    {"'a b'", "'a|b'|"},
};

static void cutting(void)
{
    static char *cut[ZONELIST_WORDS_MAX];
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        char line[128], joined[128] = "";
        size_t count;
        struct err err = {.kind = ERR_NONE};
        snprintf(line, sizeof line, "%s", cuts[i].line);
        if (!zonelist_words_cut(line, strlen(line), cut, &count, &err))
            count = 0;
        for (size_t j = 0; j < count; j++) {
            strcat(joined, cut[j]);
            strcat(joined, "|");
        }
        is_str(joined, cuts[i].words, "%s", cuts[i].line);
    }
    static char longest[ZONELIST_LINE_MAX + 1];
    size_t count;
    struct err err = {.kind = ERR_NONE};
    for (size_t i = 0; i < ZONELIST_LINE_MAX; i++)
        longest[i] = i % 2 == 0 ? 'x' : ' ';
    ok(zonelist_words_cut(longest, ZONELIST_LINE_MAX, cut, &count, &err), "as many as fit");
    is_int((int64_t)count, ZONELIST_LINE_MAX / 2, "... are all there");
}

/* ---- Bad lines ------------------------------------------------------------------------------ */

static const struct {
    const char *run, *line, *fault;
} bad[] = {
    {"", "a b", "two zones, a and b; each has a line of its own"},
    {"", "a axfr", "two zones, a and axfr; each has a line of its own"},
    {"", "a. 3600 IN A 192.0.2.1",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "a. IN NS b.",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "a. NS b.",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "$TTL 3600",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "$ORIGIN a.",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "; zxfr begin: a. IN",
     "this looks like a master file; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "key k. {", "two zones, key and k.; each has a line of its own"},
    {"", "algorithm hmac-sha256;",
     "this looks like a configuration or a key; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "secret c2VjcmV0;",
     "this looks like a configuration or a key; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "zone {",
     "this looks like a configuration or a key; a line of a list is ZONE [@SERVER...] [OPTION...]"},
    {"", "@s1", "no zone; it comes first: ZONE [@SERVER...] [OPTION...]"},
    {"", "a @", "@: the name or address of a server follows without a blank"},
    {"", "a @s@53", "@s@53: the port comes after #: @s#53"},
    {"", "a @s#", "@s#: the port is missing after the #"},
    {"", "a@s1", "a@s1: a blank is missing: a @s1"},
    {"", "\"\"", "the name of the zone is empty"},
    {"", "a..b", "a..b is not the name of a zone: a label is empty"},
    {"", "https://a.example/", "a URL is no zone; do you mean a.example?"},
    {"", "192.0.2.1",
     "192.0.2.1 is an address, not a zone: a server is written @192.0.2.1, and a reverse zone is "
     "such as 2.0.192.in-addr.arpa"},
#ifdef ZXFR_IDN
    {"", "\xe4.example",
     "\\228.example is not a name in UTF-8: string encoding error; its A-labels (xn--...) are "
     "taken, "
     "too"},
    {"", "a --tls-hostname \xe4",
     "--tls-hostname: \\228 is not a name in UTF-8: string encoding error; its A-labels (xn--...) "
     "are taken, too"},
#else
    {"", "\xc3\xa4.example",
     "\\195\\164.example: give the A-labels (xn--...) of a name that is not ASCII: this zxfr was "
     "built without libidn2"},
#endif
    {"", "a \"b", "a quote is not closed"},
    {"", "a\f", "a control character (octet 2 is 0x0c)"},
    {"", "a # \x1b[31m", "a control character (octet 5 is 0x1b)"},
    {"", "a\rb", "a control character (octet 2 is 0x0d)"},
    {"", "a --tlss", "unknown option --tlss; do you mean --tls?"},
    {"", "a -Z", "unknown option -Z; --help lists them"},
    {"", "a --exec x", "--exec is not for a line of a list"},
    {"", "a --check-cmd=x", "--check-cmd is not for a line of a list"},
    {"", "a --connect-timeout 5", "--connect-timeout is not for a line of a list"},
    {"", "a --answer-timeout 5", "--answer-timeout is not for a line of a list"},
    {"", "a --idle-timeout 5", "--idle-timeout is not for a line of a list"},
    {"", "a --tls-insecure", "--tls-insecure is not for a line of a list"},
    {"", "a -o x", "--output is not for a line of a list"},
    {"", "a -4vp5", "--verbose is not for a line of a list"},
    {"", "a --help", "--help is not for a line of a list"},
    {"", "a -y hmac-sha256:k:c2VjcmV0c2VjcmV0", "--key is not for a line of a list"},
    {"", "a -yk:c2VjcmV0c2VjcmV0", "--key is not for a line of a list"},
    {"", "a --key=k:c2VjcmV0c2VjcmV0", "--key is not for a line of a list"},
    {"", "a k:c2VjcmV0c2VjcmV0",
     "a word that is not shown is no zone: a key? That is given with -k FILE, or -y "
     "[ALG:]NAME:SECRET"},
    {"", "a -k k:c2VjcmV0c2VjcmV0",
     "--key-file takes a file, and there is none of that name, which is not shown because it may "
     "hold a secret; a key itself is not for a line of a list"},
    {"", "a @s --server-key s=AbCdEf0123456789AbCdEf==",
     "--server-key takes a file, and there is none of that name, which is not shown because it "
     "may hold a secret; a key itself is not for a line of a list"},
    {"", "a -p", "--port needs PORT"},
    {"", "a -k", "--key-file needs FILE"},
    {"", "a -p 0", "--port: 0 is not a port number"},
    {"", "a -k none", "cannot read sub/none: No such file or directory"},
    {"", "a --trust-anchor none --verify dnssec", "sub/none: No such file or directory"},
    {"", "a -k -", "--key-file: standard input is not for a line of a list"},
    {"", "a @s --server-key s=-", "--server-key: standard input is not for a line of a list"},
    {"", "a -k \"\"", "--key-file: the value is empty"},
    {"", "a @s --server-key t=key", "--server-key: @t is not on the line"},
    {"@s", "a --server-key t=key", "--server-key: @t is not on the line"},
    {"", "a @s --server-key s=key --server-key S=key2", "--server-key: two files for S"},
    {"", "a --key-name x", "--key-name needs -k FILE"},
    {"-y k:c2VjcmV0c2VjcmV0", "a --key-name x", "--key-name needs -k FILE"},
    {"", "a @s --tls-key x", "--tls-key needs --tls-cert, which it is the key of"},
    {"", "a --tls",
     "without a server on the line TLS needs --tls-hostname or --tls-pin: the names that the zone "
     "gives prove nothing"},
    {"", "a +tls",
     "without a server on the line TLS needs --tls-hostname or --tls-pin: the names that the zone "
     "gives prove nothing"},
    {"", "a +multiline", "+multiline: use --pretty instead"},
    {"@s --tls-insecure", "a --strict", "--strict and --tls-insecure exclude each other"},
    {"", "a --allow-unsigned", "--allow-unsigned needs --verify"},
    {"", "a --trust-anchor key",
     "--trust-anchor needs --verify dnssec, --require dnssec or --min-signature-life"},
    {"-4", "a -b ::1", "--bind has an address of another family than -4 or -6 asks for"},
    {"", "group=", "the name of the group is empty"},
    {"", "group=x a", "a: a template has servers and options only"},
    {"", "group=x --exec x", "--exec is not for a line of a list"},
};

static void bad_lines(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char expected[600];
        snprintf(expected, sizeof expected, "sub/list:1: %s", bad[i].fault);
        run_is(bad[i].run);
        bool is_other = strstr(bad[i].fault, "looks like") != NULL;
        struct zonelist *list = read_text(bad[i].line);
        is_str(list != NULL ? fault(list, 0) : why, expected, "%s", bad[i].line);
        is_int(list != NULL ? (int64_t)zonelist_faults(list)->count : 0, is_other ? 0 : 1,
               "... and nothing else");
        zonelist_free(list);
        secret_free(run.keys.given, sizeof *run.keys.given);
        run.keys.given = NULL;
    }
}

/* A file that is no list at all is told once; where there was a zone, it may be a slip. */
static void other_files(void)
{
    run_is("@s");
    ok(read_text("--bogus\n$ORIGIN a.\n$TTL 5\na. 5 IN A 192.0.2.1\n") == NULL, "a master file");
    is_str(why,
           "sub/list:2: this looks like a master file; a line of a list is ZONE [@SERVER...] "
           "[OPTION...]",
           "... is told once");
    struct zonelist *list = read_text("a\nb. 3600 IN A 192.0.2.1\nc\n");
    ok(list != NULL && zonelist_faults(list)->count == 1 && zone_is(list, 1, "c"),
       "one bad line of a list");
    zonelist_free(list);
}

static void many_faults(void)
{
    run_is("@s");
    struct zonelist *list = read_text("a\nb --retri=1\n\nA. @t\nc\ngroup=g\ngroup=\"g\" -4\nc\\\n");
    is_int((int64_t)zonelist_faults(list)->count, 4, "bad lines do not hide others");
    is_str(fault(list, 0), "sub/list:2: unknown option --retri; do you mean --retry?", "the first");
    is_str(fault(list, 1), "sub/list:4: a. is on line 1, too", "a zone twice");
    is_str(fault(list, 2), "sub/list:7: the template of the group g is on line 6, too",
           "a template twice");
    is_str(fault(list, 3), "sub/list:8: c\\ is not the name of a zone: a backslash ends the name",
           "the last");
    ok(zone_is(list, 0, "a") && zone_is(list, 1, "c") && !zone_is(list, 2, "c"),
       "good lines are there, in their order");
    zonelist_free(list);

    const char nul[] = "a\0b\nc\n";
    list = read_octets(nul, sizeof nul - 1, false);
    is_str(fault(list, 0), "sub/list:1: a control character (octet 2 is 0x00)", "a NUL");
    ok(zone_is(list, 0, "c"), "... and the next line");
    zonelist_free(list);

    char servers[34 * 5 + 8] = "a";
    for (int i = 0; i < 33; i++)
        snprintf(servers + strlen(servers), 6, " @s%d", i);
    list = read_text(servers);
    is_str(fault(list, 0), "sub/list:1: more than 32 servers", "33 servers");
    zonelist_free(list);
}

/* Around the longest line, and far beyond the piece that is read at once. */
static void long_lines(void)
{
    static const size_t lengths[] = {ZONELIST_LINE_MAX, ZONELIST_LINE_MAX + 1, 262144, 1000000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        bool fits = lengths[i] <= ZONELIST_LINE_MAX;
        for (int end = 0; end < 3; end++) { /* LF and another line, CR LF, nothing */
            static const char *const ends[] = {"\nb\n", "\r\nb\n", ""};
            char *text = malloc(lengths[i] + 8);
            memset(text, ' ', lengths[i]);
            memcpy(text, "a", 1);
            strcpy(text + lengths[i], ends[end]);
            struct zonelist *list = read_text(text);
            is_str(fault(list, 0), fits ? "none" : "sub/list:1: longer than 65536 octets",
                   "a line of %zu octets", lengths[i]);
            ok(zone_is(list, 0, fits ? "a" : "b") || (!fits && end == 2), "... and what follows");
            zonelist_free(list);
            free(text);
        }
    }
}

/* ---- Names ---------------------------------------------------------------------------------- */

/* Names that are not ASCII become A-labels, wherever they stand. */
static void idn(void)
{
#ifdef ZXFR_IDN
    run_is("@s");
    struct zonelist *list =
        read_text("b\xc3\xbc"
                  "cher.example @\xc3\xa4.example#5353 --tls-hostname \xc3\xa4.example "
                  "--server-key \xc3\xa4.example#5353=key\n"
                  "B\xc3\x9c"
                  "CHER.example. @s2\n"
                  "\xe4\xb8\xad\xe3\x80\x82xn--nxasmq5b\n");
    struct zonelist_line line;
    ok(zone_is(list, 0, "xn--bcher-kva.example"), "a zone");
    is_str(fault(list, 0), "sub/list:2: xn--bcher-kva.example. is on line 1, too", "... once more");
    ok(zone_is(list, 1, "xn--fiq.xn--nxasmq5b"), "with another dot, and beside an A-label");
    if (zonelist_line(list, 0, &line)) {
        is_str(line.orders->route.servers[0].host, "xn--4ca.example", "a server");
        is_str(line.orders->route.servers[0].word, "xn--4ca.example#5353", "... as it is named");
        is_int(line.orders->route.servers[0].port, 5353, "... and its port");
        is_str(zonelist_tls(list, 0)->hostname, "xn--4ca.example",
               "... and the certificate's name");
        ok(keys_for(line.orders->route.keys, line.orders->route.servers) != NULL,
           "... and its key");
    }
    zonelist_free(list);
#endif
}

static void names(void)
{
    run_is("@s");
    char longest[256];
    for (int i = 0; i < 254; i++) /* 255 octets on the wire */
        longest[i] = i % 64 == 63 ? '.' : 'x';
    longest[253] = '\0';
    char text[1024];
    snprintf(
        text, sizeof text,
        "\xef\xbb\xbfGET\r\nsync\r\n.\n%s\na\\000b\na/b\n..\n../x\n-- -x.example\ngroup\\061x\n"
        "%sx\nXN--NXASMQ5B.example\nxn--nxasmq5b.EXAMPLE.\n",
        longest, longest);
    struct zonelist *list = read_text(text);
    const char *const expected[] = {"get",        "sync",    ".",
                                    longest,      "a\\000b", "a/b",
                                    "-x.example", "group=x", "xn--nxasmq5b.example"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ok(zone_is(list, i, expected[i]), "the zone %.20s", expected[i]);
    is_int((int64_t)zonelist_faults(list)->count, 4, "four are none, or are there already");
    ok(strncmp(fault(list, 0), "sub/list:7: .. is not", 21) == 0, "..");
    ok(strncmp(fault(list, 1), "sub/list:8: ../x is a file", 26) == 0, "../x");
    ok(strncmp(fault(list, 2), "sub/list:11: xxx", 16) == 0, "256 octets");
    is_str(fault(list, 3), "sub/list:13: xn--nxasmq5b.example. is on line 12, too", "an IDN twice");
    struct zonelist_line line;
    ok(zonelist_find(list, (const uint8_t *)"\4sync", 6, &line) && line.line == 2, "one is found");
    ok(!zonelist_find(list, (const uint8_t *)"\4sink", 6, &line), "one is not");
    is_int((int64_t)count_orders(list), 2, "a zone alone has the orders of the run");
    ok(zonelist_line(list, 0, &line) && line.orders == zonelist_default(list), "... the same");
    zonelist_free(list);
}

/* ---- What orders there are ------------------------------------------------------------------ */

static void defaults(void)
{
    run_is("@a @b -p 5300 --max-change 5 --max-change A=7 --verify dnssec --retry 2 -c CH "
           "--max-time 90 --answer-timeout 4 --idle-timeout 30");
    struct zonelist *list = read_text("z");
    const struct orders *orders = first(list);
    is_int((int64_t)orders->route.server_count, 2, "the servers of the run");
    is_str(orders->route.servers[1].host, "b", "... in their order");
    is_int(orders->route.port, 5300, "the port");
    is_int(orders->route.retry, 2, "how often");
    is_int((int64_t)orders->shape.gates->change_count, 2, "the limits");
    is_int((int64_t)orders->shape.gates->verify, VERIFY_DNSSEC, "the proofs");
    is_int((int64_t)orders->witness.what, VERIFY_DNSSEC, "... are looked at");
    ok(orders->witness.jobs > 0, "... by somebody");
    is_int(orders->class, 3, "the class");
    is_int((int64_t)orders->max_time, 90000000, "the time");
    is_int((int64_t)orders->answer_timeout, 4000000, "... for an answer");
    is_int((int64_t)orders->route.idle_timeout, 30000000, "... without an octet");
    ok(orders->shape.style.sum && orders->shape.sort && !orders->shape.style.filtered,
       "files are such that changes can be merged into them");
    is_str(orders->shape.format->name, "zone", "... master files");
    ok(orders->route.keys != NULL && keys_for(orders->route.keys, orders->route.servers) == NULL,
       "no key");
    zonelist_free(list);
}

static void overriding(void)
{
    run_is("@a @b --max-change 5 --max-change A=7 --max-records 10 --verify dnssec,zonemd -4");
    struct zonelist *list = read_text(
        "z @c @d#99 --max-change NS=off --max-change=6 --verify zonemd -6 --max-records 4k");
    const struct orders *orders = first(list);
    is_int((int64_t)orders->route.server_count, 2, "servers of the line replace those of the run");
    is_str(orders->route.servers[0].host, "c", "... the first");
    is_str(orders->route.servers[1].word, "d#99", "... the second");
    is_int(orders->route.servers[1].port, 99, "... with its port");
    is_int((int64_t)orders->shape.gates->change_count, 2, "limits replace those of the run");
    is_int((int64_t)orders->shape.gates->changes[1].most, 6, "... with theirs");
    is_int((int64_t)orders->shape.gates->verify, VERIFY_ZONEMD, "... proofs, too");
    is_int(orders->route.family, AF_INET6, "the last one counts");
    is_int((int64_t)orders->shape.guard.max_records, 4000, "the number");
    is_int((int64_t)run.gates.changes[1].most, 7, "the run is as it was");
    zonelist_free(list);

    /* what one line has set is not there for the next */
    list = read_text("z @c -p 5 --tls-pin wPcNyLa7JZoRkpn/Kst0TSJGvGB+A8nt/DfRQEXkkPs= "
                     "--allow-older --no-fallback --strict -c HS\ny -6");
    struct zonelist_line line;
    ok(zonelist_line(list, 1, &line), "a second line: %s", fault(list, 0));
    orders = line.orders;
    ok(orders->route.server_count == 2 && orders->route.port == 53 && orders->route.tls == NULL &&
           !orders->allow_older && !orders->no_fallback && !orders->shape.strict &&
           orders->class == 1 && orders->route.family == AF_INET6,
       "... has nothing of the first");
    zonelist_free(list);
}

/* Every option that a line may have, in one line, leaves nothing behind. */
static const char *full_path(void *context, const struct opt *opt, const char *path,
                             struct err *err)
{
    (void)context;
    (void)opt;
    (void)err;
    return path;
}

static char *full_keep(void *context, size_t size, struct err *err)
{
    (void)err;
    return size <= 256 ? context : NULL;
}

static const char *sample(const struct opt *opt)
{
    static const char *const rows[][2] = {
        {"class", "CH"},
        {"bind", "127.0.0.1#5"},
        {"key-name", "k.example"},
        {"server-key", "s9=f"},
        {"tls-hostname", "h.example"},
        {"max-shrink", "7"},
        {"max-change", "TXT=9"},
        {"verify", "zonemd"},
        {"require", "zonemd"},
        {"tls-pin", "wPcNyLa7JZoRkpn/Kst0TSJGvGB+A8nt/DfRQEXkkPs="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i][0], opt->name) == 0)
            return rows[i][1];
    return "17";
}

static void leaves_nothing(void)
{
    static struct settings settings, before;
    static char texts[64][128], room[256];
    char *all[64];
    int count = 0;
    struct err err = {.kind = ERR_NONE};
    const struct opt_line line = {
        .run = &run, .is_template = true, .path = full_path, .keep = full_keep, .context = room};
    const struct opt *opt;
    run_is("@s9 @s8 -p 5");
    settings = before = run;
    before.zone_word = NULL; /* a line has a zone of its own */
    before.zone_length = 0;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if ((opt->flags & OPT_ZONE) == 0 || strcmp(opt->name, "ipv6") == 0)
            continue;
        snprintf(texts[count], sizeof texts[count], "--%s%s%s", opt->name,
                 opt->arg != NULL ? "=" : "", opt->arg != NULL ? sample(opt) : "");
        all[count] = texts[count];
        count++;
    }
    strcpy(texts[count], "@s9");
    all[count] = texts[count];
    ok(opt_parse_line(&settings, &line, count + 1, all, &err), "all options: %s", err.text);
    ok(memcmp(&settings, &before, sizeof settings) != 0, "... do something");
    ok(opt_parse_line(&settings, &line, 0, all, &err), "no option");
    ok(memcmp(&settings, &before, sizeof settings) == 0, "... is what the run has");
    is_int(count, 30, "there are so many, and one more");
}

static void tls(void)
{
    run_is("@a");
    struct zonelist *list = read_text("z @b --tls\ny @c --tls\nx @b --tls-hostname h\n");
    struct zonelist_line one, two, three;
    ok(zonelist_line(list, 0, &one) && zonelist_line(list, 1, &two) &&
           zonelist_line(list, 2, &three),
       "three lines: %s", fault(list, 0));
    is_int(one.orders->route.port, 853, "TLS on a line has its port");
    ok(one.orders->route.tls != NULL && one.orders->route.tls_proves, "... a context");
    ok(one.orders->route.tls == two.orders->route.tls, "... that others share");
    ok(one.orders->route.tls != three.orders->route.tls, "... unless options differ");
    ok(zonelist_tls(list, 1) != NULL && zonelist_tls(list, 2) == NULL, "there are two");
    is_str(zonelist_tls(list, 1)->hostname, "h", "... of which one has a name");
    zonelist_free(list);

    run_is("@a -p 5353");
    list = read_text("z --tls");
    is_int(first(list)->route.port, 5353, "a port of the run is that of its lines");
    zonelist_free(list);
    run_is("@a --tls-insecure");
    list = read_text("z\ny --tls-pin wPcNyLa7JZoRkpn/Kst0TSJGvGB+A8nt/DfRQEXkkPs=");
    ok(zonelist_line(list, 0, &one) && !one.orders->route.tls_proves, "a run that proves nothing");
    ok(zonelist_line(list, 1, &two) && two.orders->route.tls_proves, "a line that does");
    zonelist_free(list);
}

/* ---- Keys and anchors ----------------------------------------------------------------------- */

static bool key_is(const struct orders *orders, size_t server, const char *name)
{
    uint8_t wire[NAME_MAX_WIRE], length;
    const struct tsig_key *key = keys_for(orders->route.keys, &orders->route.servers[server]);
    if (name == NULL)
        return key == NULL;
    return key != NULL && name_parse(name, wire, &length) == NULL &&
           name_equal(key->name, key->name_length, wire, length);
}

static void keys(void)
{
    struct zonelist_line line;
    run_is("@a @b -k two --key-name k1 --server-key a=sub/key");
    struct zonelist *list = read_text("z\n"
                                      "y -k key # comment\n"
                                      "x --key-name k2\n"
                                      "w @c -k key --server-key c=key2\n"
                                      "v @c --server-key @c=../sub/key2\n"
                                      "u -k env:ZXFR_TEST_KEY\n"
                                      "t --server-key b=env:ZXFR_TEST_KEY\n"
                                      "s -kenv:ZXFR_TEST_KEY -4\n");
    is_str(fault(list, 0), "none", "all lines are good");
    const struct {
        const char *first, *second;
    } rows[] = {
        {"own", "k1"},  {"own", "own"}, {"own", "k2"}, {"key2", NULL},
        {"key2", NULL}, {"own", "var"}, {"k1", "var"}, {"own", "var"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && zonelist_line(list, i, &line); i++) {
        ok(key_is(line.orders, 0, rows[i].first), "line %zu: its first server has %s", i + 1,
           rows[i].first);
        ok(rows[i].second == NULL || key_is(line.orders, 1, rows[i].second),
           "... its second one %s", rows[i].second != NULL ? rows[i].second : "is not there");
    }
    ok(getenv("ZXFR_TEST_KEY") == NULL, "afterwards the variable is gone");
    zonelist_free(list);
}

/* A FIFO can be read once, however many lines have its key. */
static void key_from_fifo(void)
{
    int ends[2];
    char path[64], text[256];
    static const char key[] = "hmac-sha256:fifo:c2VjcmV0c2VjcmV0\n";
    struct zonelist_line line;
    if (pipe(ends) != 0 || write(ends[1], key, strlen(key)) < 0)
        return;
    close(ends[1]);
    snprintf(path, sizeof path, "@a -k /dev/fd/%d", ends[0]);
    run_is(path);
    snprintf(text, sizeof text, "z\ny --server-key a=key\nx -k /dev/fd/%d --key-name fifo\n",
             ends[0]);
    struct zonelist *list = read_text(text);
    ok(list != NULL && zonelist_line(list, 2, &line) && key_is(line.orders, 0, "fifo"),
       "a key out of a pipe is there for all: %s", list != NULL ? fault(list, 0) : "no list");
    ok(list != NULL && zonelist_line(list, 1, &line) && key_is(line.orders, 0, "own"),
       "... but for who has another one");
    zonelist_free(list);
    close(ends[0]);
}

static void warns_once(void)
{
    chmod("sub/key", 0604);
    run_is("@a");
    struct zonelist *list =
        read_text("z -k key\ny -k key -4\nx @b --server-key b=key\nw -k key --strict\n");
    is_int(warnings, 1, "a file that others can read is told of once");
    ok(strstr(warned, "sub/key: others can read") != NULL, "... %s", warned);
    is_str(fault(list, 0),
           "sub/list:4: sub/key: others can read this file, and so the key (--strict)",
           "... and is an error where a line is strict");
    zonelist_free(list);
    chmod("sub/key", 0600);
}

static void anchors(void)
{
    run_is("@a --verify dnssec --trust-anchor sub/ds");
    struct zonelist_line lines[4];
    struct zonelist *list = read_text("z\ny -4\nx --trust-anchor ds -4\nw --verify zonemd\n");
    bool good = true;
    for (size_t i = 0; i < 4; i++)
        good &= zonelist_line(list, i, &lines[i]);
    ok(good, "four lines: %s", fault(list, 0));
    ok(lines[0].orders->witness.anchors != NULL &&
           lines[0].orders->witness.anchors == lines[1].orders->witness.anchors &&
           lines[0].orders->witness.anchors == lines[2].orders->witness.anchors,
       "anchors are read once");
    is_int((int64_t)lines[3].orders->witness.what, VERIFY_ZONEMD, "a line wants other proofs");
    zonelist_free(list);
}

/* ---- What is shared ------------------------------------------------------------------------- */

static void sharing(void)
{
    struct zonelist_line a, b;
    run_is("@s");
    struct zonelist *list = read_text("a @t  -4\nb\t@t \"-4\" # x\n@t c -4\n@t -4 d\ne @t -6\n"
                                      "f --max-records 5\ng --max-change 5\nh --max-change 5\n");
    is_int((int64_t)count_orders(list), 5, "what is written alike is there once");
    for (size_t i = 1; i < 4; i++)
        ok(zonelist_line(list, 0, &a) && zonelist_line(list, i, &b) && a.orders == b.orders,
           "line %zu has the orders of the first", i + 1);
    ok(zonelist_line(list, 5, &a) && a.orders->shape.gates == &run.gates,
       "gates that are as in the run are those");
    ok(zonelist_line(list, 6, &a) && a.orders->shape.gates != &run.gates, "others are not");
    zonelist_free(list);
}

static void templates(void)
{
    struct err err = {.kind = ERR_NONE};
    run_is("@s");
    struct zonelist *list = read_text("group=gold @t --min-records 5\n"
                                      "group=\"two\\032 words\" -4\n"
                                      "\"group=none\"\n"
                                      "z @t --min-records 5\n"
                                      "group=tls --tls-hostname h\n");
    is_str(fault(list, 0), "none", "all are good");
    const struct orders *gold = zonelist_template(list, "gold", 4);
    ok(gold != NULL && gold->shape.guard.min_records == 5, "a template");
    ok(zonelist_template(list, "two\\032 words", 13) != NULL, "one in quotes");
    ok(zonelist_template(list, "none", 4) == zonelist_default(list), "one without anything");
    ok(zonelist_template(list, "Gold", 4) == NULL && zonelist_template(list, "gol", 3) == NULL,
       "others are not there");
    ok(zone_is(list, 0, "z") && !zone_is(list, 1, "z"), "the zone is the only one");

    const struct orders *there = zonelist_with_server(list, gold, "u#77", &err);
    ok(there != NULL && there->route.server_count == 1 && there->route.servers[0].port == 77 &&
           there->shape.guard.min_records == 5,
       "the same with another server");
    is_str(there->route.servers[0].word, "u#77", "... as it was given");
    ok(zonelist_with_server(list, gold, "u#77", &err) == there, "... once");
    ok(zonelist_with_server(list, zonelist_default(list), "u#77", &err) != there,
       "... but other orders are others");
    ok(zonelist_with_server(list, gold, "u#", &err) == NULL && err.kind == ERR_USAGE, "a bad one");
    zonelist_free(list);
}

static void servers_come(void)
{
    run_is("");
    struct zonelist *list = read_octets("z --tls", 7, true);
    is_str(fault(list, 0), "none", "a catalog may name the server of a line");
    zonelist_free(list);
}

/* ---- Very many ------------------------------------------------------------------------------ */

enum { MANY = 99999 }; /* one bad line less than a list may have */

/* Lines with a zone, a text, and a number that is one of so many. */
static char *many_lines(const char *after, int numbers, size_t *n)
{
    char *text = malloc((size_t)MANY * 64);
    *n = 0;
    for (int i = 0; i < MANY; i++) {
        *n += (size_t)snprintf(text + *n, 40, "z%d%s", i, after);
        if (numbers > 0)
            *n += (size_t)snprintf(text + *n, 12, "%d", 1 + i % numbers);
        text[(*n)++] = '\n';
    }
    return text;
}

static void many(void)
{
    static const struct {
        const char *after;
        int numbers;
        size_t lines, orders, faults;
    } rows[] = {
        {"", 0, MANY, 1, 0},
        {" -p ", 100, MANY, 101, 0},
        {" @s", MANY, MANY, MANY + 1, 0},
        {" --nonsense", 0, 0, 1, MANY},
        {" -k none", MANY, 0, 1, MANY},
    };
    run_is("@s");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n;
        struct zonelist_line line;
        char *text = many_lines(rows[i].after, rows[i].numbers, &n);
        struct zonelist *list = read_octets(text, n, false);
        ok(rows[i].lines == 0 || zonelist_line(list, rows[i].lines - 1, &line),
           "z%s: all are there", rows[i].after);
        ok(!zonelist_line(list, rows[i].lines, &line), "... and no more");
        is_int((int64_t)count_orders(list), (int64_t)rows[i].orders, "... so many orders");
        is_int((int64_t)zonelist_faults(list)->count, (int64_t)rows[i].faults, "... bad lines");
        is_int(zonelist_faults(list)->kept, rows[i].faults > 0 ? 20 : 0, "... few are kept");
        zonelist_free(list);
        free(text);
    }
    size_t n;
    char *text = many_lines("..", 0, &n);
    memcpy(text + n, "..", 3);
    ok(read_octets(text, n + 2, false) == NULL, "more bad lines are not a list");
    free(text);
    ok(sizeof(struct orders) <= 1024, "orders take %zu octets", sizeof(struct orders));
}

int main(void)
{
    char folder[] = "/tmp/zonelist.XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("sub", 0700) != 0)
        return 1;
    put("sub/key", "hmac-sha256:own:c2VjcmV0c2VjcmV0\n");
    put("sub/key2", "hmac-sha256:key2:c2VjcmV0c2VjcmV0\n");
    put("two", "key k1 { algorithm hmac-sha256; secret \"c2VjcmV0c2VjcmV0\"; };\n"
               "key k2 { algorithm hmac-sha256; secret \"c2VjcmV0c2VjcmV1\"; };\n");
    put("sub/ds", "example. DS 1 13 2 "
                  "0123456789012345678901234567890123456789012345678901234567890123\n");
    setenv("ZXFR_TEST_KEY", "hmac-sha256:var:c2VjcmV0c2VjcmV0", 1);
    cutting();
    bad_lines();
    other_files();
    many_faults();
    long_lines();
    names();
    idn();
    defaults();
    overriding();
    leaves_nothing();
    tls();
    keys();
    key_from_fifo();
    warns_once();
    anchors();
    sharing();
    templates();
    servers_come();
    many();
    static const char *const files[] = {"sub/key", "sub/key2", "two", "sub/ds", "sub/list"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir("sub");
    if (chdir("/") == 0)
        rmdir(folder);
    return tap_end();
}
