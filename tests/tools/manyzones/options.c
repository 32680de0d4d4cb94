#include "options.h"

#include "../primary/tool.h"
#include "../primary/wire.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- what takes more than a number */

static void take_address(struct options *o, const char *value)
{
    o->address = value;
}

static void take_control(struct options *o, const char *value)
{
    o->control = value;
}

static void take_counts(struct options *o, const char *value)
{
    o->counts_file = value;
}

static void take_log(struct options *o, const char *value)
{
    o->log = fopen(value, "ae");
    if (!o->log) {
        tool_die("%s: %s", value, strerror(errno));
    }
    setvbuf(o->log, NULL, _IOLBF, 0);
}

static void take_ixfr(struct options *o, const char *value)
{
    o->ixfr = tool_choice_argument(value, IXFR_WAYS);
}

static void take_order(struct options *o, const char *value)
{
    o->order = tool_choice_argument(value, ORDERS);
}

static void take_key(struct options *o, const char *value)
{
    if (!signer_key_add(&o->signer, value)) {
        tool_die("%s: no key", value);
    }
}

static void take_do(struct options *o, const char *value)
{
    o->commands = tool_grow_array(o->commands, o->command_count, sizeof *o->commands);
    o->commands[o->command_count++] = trouble_parse(value);
}

static void take_no_edns(struct options *o, const char *value)
{
    (void)value;
    o->no_edns = 1;
}

static void take_help(struct options *o, const char *value);

/* ---------------------------------------------------------------- the rows */

/* clang-format off */
static const struct row {
    const char *name, *argument; /* NULL: it takes none */
    const char *help;
    size_t number; /* where a number goes, from min to max */
    long min, max;
    void (*take)(struct options *, const char *value); /* NULL: a number */
} rows[] = {
    {"help", NULL, "print this", 0, 0, 0, take_help},
    {"address", "ADDR", "where to listen, on loopback (127.0.0.1)", 0, 0, 0, take_address},
    {"port", "N", "0 is any free one", offsetof(struct options, port), 0, 65535, NULL},
    {"zones", "N", "zone000000.example to N-1 (1)", offsetof(struct options, zones), 1, TABLE_MAX, NULL},
    {"serial", "N", "of every zone at first (1)", offsetof(struct options, serial), 0, UINT32_MAX, NULL},
    {"resign", "N", "every SOA has the N-th signature, which verifies nothing; 0: none", offsetof(struct options, resign), 0, 1000, NULL},
    {"control", "FILE", "lines ZONE SERIAL [RESIGN]; at SIGHUP, which \"control\" on stdout confirms", 0, 0, 0, take_control},
    {"counts", "FILE", "at the end, and at SIGUSR1 (else to standard output)", 0, 0, 0, take_counts},
    {"log", "FILE", "add a line MS TYPE NUMBER for each question about a zone", 0, 0, 0, take_log},
    {"refresh", "SECONDS", "of every SOA (7200)", offsetof(struct options, refresh), 0, INT32_MAX, NULL},
    {"retry", "SECONDS", "of every SOA (3600)", offsetof(struct options, retry), 0, INT32_MAX, NULL},
    {"expire", "SECONDS", "of every SOA (1209600)", offsetof(struct options, expire), 0, INT32_MAX, NULL},
    {"ixfr", "HOW", "changes (one step from the state before), zone or none", 0, 0, 0, take_ixfr},
    {"records", "N", "at most N records a message", offsetof(struct options, records), 1, 65535, NULL},
    {"message-size", "N", "fill messages up to N octets (16384)", offsetof(struct options, message_size), 1200, 65535, NULL},
    {"key", "[ALG:]NAME:SECRET", "answer none but signed questions, and sign", 0, 0, 0, take_key},
    {"order", "HOW", "of answers: ready, line (of the questions), mixed (message by message)", 0, 0, 0, take_order},
    {"seed", "N", "for what is random", offsetof(struct options, seed), 0, UINT32_MAX, NULL},
    {"jitter", "MS", "each answer waits a random time", offsetof(struct options, jitter), 0, 60000, NULL},
    {"quota", "N", "SERVFAIL to a transfer while N are in flight", offsetof(struct options, quota), 1, 1000000, NULL},
    {"close-after", "N", "close a connection after N answers", offsetof(struct options, close_after), 1, 100000000, NULL},
    {"connections", "N", "close at once what comes beyond N", offsetof(struct options, connections), 1, 100000, NULL},
    {"rubbish", "N", "behind every N-th message one with an unknown ID", offsetof(struct options, rubbish), 1, 1000000, NULL},
    {"no-edns", NULL, "FORMERR to every question with an OPT", 0, 0, 0, take_no_edns},
    {"do", "COMMAND", "what is wrong with a zone, see below", 0, 0, 0, take_do},
};
/* clang-format on */

enum { ROW_COUNT = sizeof rows / sizeof *rows, FIRST_CODE = 256 };

static void take_help(struct options *o, const char *value)
{
    (void)o;
    (void)value;
    puts("usage: manyzones [OPTION...]\nServes many small zones over TCP, and prints \"ready "
         "ADDRESS "
         "PORT\".");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char left[64];

        snprintf(left, sizeof left, "--%s %s", rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-24s %s\n", left, rows[i].help);
    }
    puts("Commands: [zone N] [every N] [for SOA|IXFR|AXFR|transfers] VERB, where VERB is:");
    trouble_help();
    exit(0);
}

static void take(struct options *o, const struct row *row, const char *value)
{
    if (row->take) {
        row->take(o, value);
    } else {
        long number = tool_number_argument(value, row->min, row->max);

        memcpy((char *)o + row->number, &number, sizeof number);
    }
}

unsigned options_random(struct options *o, unsigned limit)
{
    o->random = o->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(o->random >> 33) % limit;
}

static struct state first_state(const struct options *o)
{
    return (struct state){(uint32_t)o->serial, (unsigned)o->resign, (uint32_t)o->refresh,
                          (uint32_t)o->retry, (uint32_t)o->expire};
}

void options_read(struct options *o, int argc, char **argv)
{
    struct option long_options[ROW_COUNT + 1] = {{0}};
    int code;

    *o = (struct options){.address = "127.0.0.1",
                          .zones = 1,
                          .serial = 1,
                          .refresh = 7200,
                          .retry = 3600,
                          .expire = 1209600,
                          .records = 65535,
                          .message_size = 16384};
    for (int i = 0; i < ROW_COUNT; i++) {
        int argument = rows[i].argument ? required_argument : no_argument;

        long_options[i] = (struct option){rows[i].name, argument, NULL, FIRST_CODE + i};
    }
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) >= FIRST_CODE) {
        take(o, &rows[code - FIRST_CODE], optarg);
    }
    if (code != -1 || optind != argc) {
        tool_die("try --help");
    }
    o->random = (uint64_t)o->seed;
    table_fill(&o->table, (size_t)o->zones, first_state(o));
    if (o->control) {
        table_read(&o->table, o->control);
    }
}
