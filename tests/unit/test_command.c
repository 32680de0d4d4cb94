/* cli/command and cli/opt: the rows of commands and options hold together, and the parser goes by
 * them. */
#include "cli/opt.h"
#include "dns/types.h"

#include "tap.h"

static void commands(void)
{
    const struct command *row, *other;
    unsigned bits = 0, reserved = 0;
    is_str(command_row(0)->name, "get", "the first command is the one that need not be named");
    for (size_t i = 0; (row = command_row(i)) != NULL; i++) {
        ok(command_find(row->name) == row && command_index(row) == i, "%s is found", row->name);
        ok((row->run == NULL) == (row->bit == COMMAND_RESERVED), "... is reserved or is built");
        reserved += row->bit == COMMAND_RESERVED;
        if (row->bit == COMMAND_RESERVED)
            continue;
        ok((row->bit & (row->bit - 1)) == 0 && (bits & row->bit) == 0 &&
               (COMMAND_ALL & row->bit) != 0,
           "... has a bit of its own");
        bits |= row->bit;
        ok(row->word != NULL, "... says what it does with a word");
        for (size_t j = 0; j < i && (other = command_row(j)) != NULL; j++)
            if (strcmp(other->name, row->name) == 0)
                ok(false, "... stands there twice");
    }
    is_int((int64_t)(bits | COMMAND_RESERVED), COMMAND_ALL, "every bit is a command's");
    is_int(reserved, 2, "two names are reserved");
    ok(command_find("") == NULL && command_find("gett") == NULL && command_find("ge") == NULL,
       "other words are not commands");
}

static void options(void)
{
    const struct opt *opt, *other;
    size_t n = 0;
    for (; (opt = opt_row(n)) != NULL; n++) {
        bool alone = true;
        for (size_t i = 0; i < n && (other = opt_row(i)) != NULL; i++)
            alone &= strcmp(other->name, opt->name) != 0 &&
                     (opt->letter == 0 || other->letter != opt->letter);
        ok(alone, "--%s has name and letter of its own", opt->name);
        ok(opt->set != NULL && opt->group < OPT_GROUPS, "... does something, in a group");
        ok(opt->commands != 0 && (opt->commands & ~(unsigned)COMMAND_ALL) == 0 &&
               opt->commands != COMMAND_RESERVED,
           "... is for some command");
        ok(strlen(opt->help) > 10, "... has a help text");
    }
    ok(n > 60, "there are more than 60 options");
}

/* A value that an option takes, by its name or that of its argument. */
static const char *sample(const struct opt *opt)
{
    static const char *const rows[][2] = {
        {"bad-lines", "skip"},
        {"fail-on", "error"},
        {"TYPE", "axfr"},
        {"SERIAL", "1"},
        {"CLASS", "CH"},
        {"NAME", "example"},
        {"PORT", "53"},
        {"ADDR[#PORT]", "127.0.0.1"},
        {"TIME", "5m"},
        {"N", "5"},
        {"N|TIME", "5"},
        {"@SERVER", "@127.0.0.1"},
        {"FILE", "file"},
        {"SERVER=FILE", "a=b"},
        {"PIN", "wPcNyLa7JZoRkpn/Kst0TSJGvGB+A8nt/DfRQEXkkPs="},
        {"FORMAT", "jsonl"},
        {"TYPES", "A,NS"},
        {"WHAT", "ttl"},
        {"PERCENT", "20"},
        {"WHEN", "never"},
        {"RULE=LEVEL", "no-ns=info"},
        {"LEVEL", "warning"},
        {"PROOFS", "dnssec"},
        {"[[@]TYPE=]N[%]", "@NS=0"},
        {"CMD", "true"},
        {"DIR", "."},
        {"DATE", "+7d"},
        {"[ALG:]NAME:SECRET", "k:c2VjcmV0"},
        {"I/N", "0/2"},
        {"SIZE", "1G"},
        {"NAME=VALUE", "site=here"},
        {"PREFIX", "192.0.2.0/24"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i][0], opt->name) == 0 || strcmp(rows[i][0], opt->arg) == 0)
            return rows[i][1];
    return "?";
}

/* What the parser says of an option together with a command; the option stands first. */
static bool refused(const struct opt *opt, const struct command *command)
{
    static struct settings settings;
    struct err err = {.kind = ERR_NONE};
    char word[128], value[128], name[32], expected[128];
    snprintf(word, sizeof word, "--%s", opt->name);
    snprintf(name, sizeof name, "%s", command->name);
    snprintf(value, sizeof value, "%s", opt->arg != NULL ? sample(opt) : "");
    char *words[] = {word, opt->arg != NULL ? value : name, name};
    opt_parse(&settings, opt->arg != NULL ? 3 : 2, words, &err);
    bool has_dir = opt->letter == 'o' && (command->bit & COMMAND_MANY) != 0;
    snprintf(expected, sizeof expected, "--%s is not for %s%s", opt->name, command->name,
             has_dir ? ", which writes NAME.zone in the folder of -d DIR" : "");
    return strcmp(err.text, expected) == 0;
}

static void fits(void)
{
    const struct opt *opt;
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++) {
        unsigned wrong = 0, refusals = 0;
        if (command->run == NULL)
            continue;
        for (size_t j = 0; (opt = opt_row(j)) != NULL; j++) {
            bool is = refused(opt, command);
            refusals += is;
            if (is == ((opt->commands & (unsigned)command->bit) == 0))
                continue;
            wrong++;
            diag("--%s", opt->name);
        }
        is_int(wrong, 0, "%s takes the options that are for it, and no other", command->name);
        ok(refusals > 0, "... some are not");
    }
}

/* What is typed most, and what a script must be able to rely on. */
static void known(void)
{
    static const struct {
        const char *option;
        unsigned commands;
    } rows[] = {
        {"output", COMMAND_GET | COMMAND_CONVERT | COMMAND_DIFF},
        {"key-file", COMMAND_GET | COMMAND_CONVERT | COMMAND_DIFF | COMMAND_CHECK |
                         COMMAND_CATALOG | COMMAND_MANY | COMMAND_AUDIT},
        {"port", COMMAND_GET | COMMAND_DIFF | COMMAND_CHECK | COMMAND_CATALOG | COMMAND_MANY |
                     COMMAND_AUDIT},
        {"tls-pin", COMMAND_GET | COMMAND_DIFF | COMMAND_CHECK | COMMAND_CATALOG | COMMAND_MANY |
                        COMMAND_AUDIT},
        {"exec", COMMAND_GET | COMMAND_CONVERT | COMMAND_MANY},
        {"verify", COMMAND_GET | COMMAND_CONVERT | COMMAND_MANY},
        {"list", COMMAND_MANY | COMMAND_AUDIT},
        {"fail-on", COMMAND_CHECK | COMMAND_AUDIT},
        {"metrics", COMMAND_MANY},
        {"listen", COMMAND_WATCH},
        {"recheck", COMMAND_SYNC},
        {"progress", COMMAND_GET | COMMAND_CONVERT | COMMAND_DIFF | COMMAND_CHECK |
                         COMMAND_CATALOG | COMMAND_SYNC | COMMAND_AUDIT},
        {"update", COMMAND_GET},
        {"record", COMMAND_GET},
        {"origin", COMMAND_CONVERT | COMMAND_DIFF | COMMAND_CHECK | COMMAND_CATALOG},
        {"sort", COMMAND_GET | COMMAND_CONVERT},
        {"ignore", COMMAND_DIFF},
        {"help", COMMAND_ALL},
        {"version", COMMAND_ALL},
        {"list-types", COMMAND_ALL},
    };
    const struct opt *opt;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; (opt = opt_row(j)) != NULL; j++)
            if (strcmp(opt->name, rows[i].option) == 0)
                is_int((int64_t)opt->commands, (int64_t)rows[i].commands,
                       "--%s is for the same commands as ever", opt->name);
}

int main(void)
{
    commands();
    options();
    fits();
    known();
    return tap_end();
}
