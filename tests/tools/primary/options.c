#include "options.h"

#include "fault.h"
#include "name.h"
#include "script.h"
#include "source.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- what each option does */

static struct source *new_source(struct options *o)
{
    o->sources = tool_grow_array(o->sources, o->source_count, sizeof *o->sources);
    o->sources[o->source_count] = (struct source){0};
    return &o->sources[o->source_count++];
}

static void take_address(struct options *o, char *value)
{
    o->address = value;
}

static void take_port(struct options *o, char *value)
{
    o->port = tool_number_argument(value, 0, 65535);
}

static void take_replay(struct options *o, char *value)
{
    source_load_stream(new_source(o), value);
}

static void take_older(struct options *o, char *value)
{
    o->older = tool_grow_array(o->older, o->older_count, sizeof *o->older);
    o->older[o->older_count] = (struct source){0};
    source_load_zone(&o->older[o->older_count++], value);
}

static void take_ixfr(struct options *o, char *value)
{
    o->history = (enum history_mode)tool_choice_argument(value, HISTORY_MODES);
    o->history_given = true;
}

static void take_message_size(struct options *o, char *value)
{
    o->message_size = tool_number_argument(value, 512, WIRE_MESSAGE_MAX);
}

static void take_records(struct options *o, char *value)
{
    o->records = tool_number_argument(value, 1, 65535);
}

static void take_soa_alone(struct options *o, char *value)
{
    (void)value;
    o->soa_alone = true;
}

static void take_no_edns(struct options *o, char *value)
{
    (void)value;
    o->no_edns = true;
}

static void take_opt_only(struct options *o, char *value)
{
    o->opt_only = tool_number_argument(value, 1, 1000000);
}

static void take_compress(struct options *o, char *value)
{
    o->compress = (enum compress)tool_choice_argument(value, COMPRESS_MODES);
}

static void take_question(struct options *o, char *value)
{
    o->question_all = tool_choice_argument(value, "first all") == 1;
}

static void take_refuse(struct options *o, char *value)
{
    if (!type_rcode_parse(value, &o->refuse)) {
        tool_die("%s: no RCODE", value);
    }
}

static void take_ede(struct options *o, char *value)
{
    char *colon = strchr(value, ':');

    if (colon) {
        *colon = '\0';
        o->ede_text = colon + 1;
    }
    o->ede = tool_number_argument(value, 0, 65535);
}

static void take_script(struct options *o, char *value)
{
    script_read(o, value);
}

static void take_do(struct options *o, char *value)
{
    script_line(o, value, "--do");
}

static void take_query_log(struct options *o, char *value)
{
    o->query_log = open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (o->query_log < 0) {
        tool_die("%s: %s", value, strerror(errno));
    }
}

static void take_key(struct options *o, char *value)
{
    if (!signer_key_add(&o->signer, value)) {
        tool_die("%s: no key", value);
    }
}

static void take_clock(struct options *o, char *value)
{
    o->signer.clock = tool_number_argument(value, -2000000000, 2000000000);
}

static void take_min_mac(struct options *o, char *value)
{
    o->signer.min_mac = tool_number_argument(value, 0, SIGNER_MAC_MAX);
}

static void take_drain(struct options *o, char *value)
{
    (void)value;
    o->as_client = true;
}

/* ---------------------------------------------------------------- the command line */

static _Noreturn void usage(void)
{
    fputs(
        "usage: primary [OPTION...] ZONEFILE... [--replay FILE]...\n"
        "       primary --drain ADDRESS PORT ZONE\n"
        "  -a, --address ADDRESS    listen on this loopback address (127.0.0.1)\n"
        "  -p, --port PORT          and port (0: any)\n"
        "      --older FILE         an older version of a zone, for IXFR; the oldest comes first\n"
        "      --ixfr HOW           answer with a chain of changes, condensed ones, the zone or\n"
        "                           none (NOTIMP); without it, a chain if there is a version\n"
        "      --replay FILE        serve a stream of framed messages, or a recording of zxfr\n"
        "      --message-size N     fill messages up to N octets (65535)\n"
        "      --records N          at most N records a message\n"
        "      --soa-alone          nothing but the SOA in the first message\n"
        "      --opt-only N         after every N messages one that holds only an OPT\n"
        "      --compress MODE      std (owners and the types of RFC 1035), all or none\n"
        "      --question WHERE     in the first message or in all\n"
        "      --refuse RCODE       answer every query like that\n"
        "      --no-edns            answer FORMERR to every query with an OPT\n"
        "      --ede CODE[:TEXT]    put an extended error into every OPT\n"
        "      --script FILE        commands for the answers to transfers, one a line\n"
        "      --do COMMAND         one such command\n"
        "      --key [ALG:]NAME:SECRET  answer none but signed queries, and sign the answers\n"
        "      --clock SECONDS      the clock is so far ahead of the right time\n"
        "      --min-mac N          shorter MACs are answered with BADTRUNC\n"
        "      --query-log FILE     append each query, in hexadecimal digits\n"
        "      --drain              be a client: read a transfer to nowhere, print its octets\n"
        "Commands (m: message, o: octet, negative from the end, n: number, x: hexadecimal):\n"
        "  connection N|all         the commands that follow are for the N-th connection\n"
        "  for TYPE|all             ... for queries of this type\n"
        "  signed COMMAND           change the message after it was signed, not before\n",
        stdout);
    fault_help();
    exit(0);
}

static void take_help(struct options *o, char *value)
{
    (void)o;
    (void)value;
    usage();
}

/* clang-format off */
static const struct {
    const char *name;
    int value;  /* whether it takes one */
    int letter; /* its short form; 0: it has none */
    void (*take)(struct options *o, char *value);
} rows[] = {
    {"address",      required_argument, 'a', take_address},
    {"port",         required_argument, 'p', take_port},
    {"help",         no_argument,       'h', take_help},
    {"replay",       required_argument, 0,   take_replay},
    {"older",        required_argument, 0,   take_older},
    {"ixfr",         required_argument, 0,   take_ixfr},
    {"message-size", required_argument, 0,   take_message_size},
    {"records",      required_argument, 0,   take_records},
    {"soa-alone",    no_argument,       0,   take_soa_alone},
    {"opt-only",     required_argument, 0,   take_opt_only},
    {"compress",     required_argument, 0,   take_compress},
    {"question",     required_argument, 0,   take_question},
    {"refuse",       required_argument, 0,   take_refuse},
    {"no-edns",      no_argument,       0,   take_no_edns},
    {"ede",          required_argument, 0,   take_ede},
    {"script",       required_argument, 0,   take_script},
    {"do",           required_argument, 0,   take_do},
    {"query-log",    required_argument, 0,   take_query_log},
    {"key",          required_argument, 0,   take_key},
    {"clock",        required_argument, 0,   take_clock},
    {"min-mac",      required_argument, 0,   take_min_mac},
    {"drain",        no_argument,       0,   take_drain},
};
/* clang-format on */

enum { ROW_COUNT = sizeof rows / sizeof *rows, FIRST_CODE = 256 };

/* The row whose letter this is, or whose number is counted from FIRST_CODE. */
static size_t row_of(int code)
{
    size_t row = 0;

    if (code >= FIRST_CODE) {
        return (size_t)(code - FIRST_CODE);
    }
    while (rows[row].letter != code) {
        row++;
    }
    return row;
}

/* Gives each zone its versions. */
static void gather_versions(struct options *o)
{
    for (size_t i = 0; i < o->source_count; i++) {
        struct source *s = &o->sources[i];

        for (size_t j = 0; j < o->older_count; j++) {
            if (!s->stream && name_equal(o->older[j].apex, s->apex)) {
                s->versions = tool_grow_array(s->versions, s->version_count, sizeof *s->versions);
                s->versions[s->version_count++] = o->older[j].records;
            }
        }
        if (!s->stream && (s->version_count || o->history_given)) {
            s->versions = tool_grow_array(s->versions, s->version_count, sizeof *s->versions);
            s->versions[s->version_count++] = s->records;
        }
    }
}

void options_read(struct options *o, int argc, char **argv)
{
    struct option long_options[ROW_COUNT + 1] = {{0}};
    int code;

    *o = (struct options){.address = "127.0.0.1",
                          .message_size = WIRE_MESSAGE_MAX,
                          .refuse = -1,
                          .ede = -1,
                          .ede_text = "",
                          .query_log = -1};
    for (int i = 0; i < ROW_COUNT; i++) {
        long_options[i] = (struct option){rows[i].name, rows[i].value, NULL, FIRST_CODE + i};
    }
    while ((code = getopt_long(argc, argv, "a:p:h", long_options, NULL)) != -1) {
        if (code == '?') {
            exit(2);
        }
        rows[row_of(code)].take(o, optarg);
    }
    if (o->as_client) {
        return;
    }
    for (int i = optind; i < argc; i++) {
        source_load_zone(new_source(o), argv[i]);
    }
    if (!o->source_count && o->refuse < 0) {
        tool_die("nothing to serve; try --help");
    }
    gather_versions(o);
}
