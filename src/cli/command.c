#include "cli/command.h"

#include "cli/cmd_text.h"
#include "cli/opt_check.h"
#include "cli/opt_diff.h"
#include "cli/opt_word.h"
#include "cli/cmd_audit.h"
#include "cli/cmd_catalog.h"
#include "cli/cmd_check.h"
#include "cli/cmd_convert.h"
#include "cli/cmd_diff.h"
#include "cli/cmd_get.h"
#include "cli/cmd_sync.h"
#include "cli/cmd_watch.h"
#include "cli/opt_audit.h"
#include "cli/opt_sync.h"
#include "cli/opt_watch.h"

#include <stdio.h>
#include <string.h>

int run_end_status(struct run_end *end, enum err_kind kind)
{
    end->interrupted = kind == ERR_INTERRUPTED;
    return end->interrupted ? 128 + end->caught_signal() : (int)err_class(kind);
}

#define RESERVED(name) {name, COMMAND_RESERVED, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* clang-format off */
static const struct command table[] = {
    {"get", COMMAND_GET, COMMAND_ASKS, cmd_get, opt_word_get, opt_check_get, words_transfers,
        "[get] [OPTION...] ZONE [@SERVER...] [axfr | ixfr=SERIAL]",
        "transfer a zone, or what has changed in it; need not be named",
        "SERVER is a name or an address: @host, @host#port, @host:port, @[v6]:port. Without one the\n"
        "servers that the zone's SOA and NS records name are tried."},
    {"convert", COMMAND_CONVERT, COMMAND_FILES, cmd_convert, opt_word_convert, opt_check_convert, NULL,
        "convert [OPTION...] FILE",
        "write the zone of a file in any format",
        "FILE is a master file, JSON as zxfr writes it, or a recording (--record); - is standard input."},
    {"diff", COMMAND_DIFF, COMMAND_ASKS | COMMAND_FILES, cmd_diff, opt_diff_word, opt_check_diff, NULL,
        "diff [OPTION...] OLD NEW",
        "tell what turns one zone into another",
        "OLD and NEW are files, - for standard input, or zones on servers: ZONE@SERVER, or ZONE@ for the\n"
        "servers that the zone names. zxfr diff ZONE @OLD @NEW compares two servers. The exit status is 0\n"
        "if there is no difference, and 1 if there is one."},
    {"check", COMMAND_CHECK, COMMAND_ASKS | COMMAND_FILES, cmd_check, opt_word_check, opt_check_check, NULL,
        "check [OPTION...] SOURCE...",
        "tell whether zones are good",
        "SOURCE is a file, - for standard input, a folder of zone files (*.zone, *.db, db.*), or a zone on\n"
        "servers: ZONE@SERVER, or ZONE@ for the servers that the zone names. The exit status is 1 if there\n"
        "are errors, above 1 if a zone could not be read."},
    {"catalog", COMMAND_CATALOG, COMMAND_ASKS | COMMAND_FILES, cmd_catalog, opt_word_catalog, opt_check_catalog, NULL,
        "catalog [OPTION...] SOURCE",
        "list the member zones of a catalog zone",
        "SOURCE is a file, - for standard input, or a zone on servers: ZONE@SERVER, or ZONE@ for the servers\n"
        "that the zone names. A line for each member: its name, label, groups and new catalog (coo), with\n"
        "tabs between. Exit status 9: the catalog is broken, and nothing is printed."},
    {"sync", COMMAND_SYNC, COMMAND_ASKS, cmd_sync, opt_sync_word, opt_sync_check, NULL,
        "sync [OPTION...] [ZONE...] [@SERVER...]",
        "bring the files of many zones up to date, once",
        "The zones are words, lines of --list, members of --catalog; their files are NAME.zone in the folder\n"
        "of -d. A line on standard output for each zone that has changed: its name, old and new serial, what\n"
        "was added and deleted, and how it came. Exit status 12: some zones are current, others have failed."},
    {"watch", COMMAND_WATCH, COMMAND_ASKS, cmd_watch, opt_sync_word, opt_watch_check, NULL,
        "watch [OPTION...] [ZONE...] [@SERVER...]",
        "bring the files of many zones up to date, and keep them so",
        "The zones are those of sync. Each is asked for again when the times in its SOA say so, and at once\n"
        "when a server of it sends a NOTIFY to an address of --listen. SIGHUP: the list, the keys and the\n"
        "certificates are read again. SIGTERM ends it, with status 0."},
    {"audit", COMMAND_AUDIT, COMMAND_ASKS, cmd_audit, opt_sync_word, opt_audit_check, NULL,
        "audit [OPTION...] ZONE... [@SERVER...]",
        "tell who transfers a zone to anyone, who is behind, who differs",
        "Every address of every server that the zone and its parent name, or of those given, is asked for\n"
        "the SOA over TCP and UDP, and for a transfer without a key. To be run where no transfer is\n"
        "allowed. The exit status is 1 if something is wrong, above 1 if nothing could be found out."},
    {"help", COMMAND_HELP, 0, cmd_text_help, opt_word_help, NULL, words_commands,
        "help [COMMAND]", "print the help, or that of a command", NULL},
    {"version", COMMAND_VERSION, 0, cmd_text_version, opt_word_none, NULL, NULL,
        "version", "print the version, and those of libraries and sandbox", NULL},
    {"completion", COMMAND_COMPLETION, 0, cmd_text_completion, opt_word_completion, opt_check_completion, words_shells,
        "completion bash|zsh|fish", "print what completes zxfr's words in a shell", NULL},

    /* Reserved from the first version on, so that no script ever changes its meaning. */
    RESERVED("log"),
    RESERVED("show"),
};
/* clang-format on */

_Static_assert(sizeof table / sizeof *table <= COMMANDS_MAX, "the parser has room for all rows");

const struct command *command_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

const struct command *command_find(const char *name)
{
    const struct command *row;
    for (size_t i = 0; (row = command_row(i)) != NULL; i++)
        if (strcmp(row->name, name) == 0)
            break;
    return row;
}

const char *command_names(unsigned commands, char to[COMMANDS_TEXT])
{
    const struct command *row;
    to[0] = '\0';
    if ((commands & (unsigned)table[0].bit) != 0)
        return to;
    for (size_t i = 0; (row = command_row(i)) != NULL; i++) {
        size_t used = strlen(to);
        if (row->run != NULL && (commands & (unsigned)row->bit) != 0)
            snprintf(to + used, COMMANDS_TEXT - used, "%s%s", used > 0 ? ", " : "", row->name);
    }
    return to;
}

size_t command_index(const struct command *command)
{
    return (size_t)(command - table);
}

void command_misused(const struct settings *settings, const struct loop *loop,
                     const struct err *err)
{
    if ((settings->command->bit & COMMAND_MANY) != 0)
        cmd_sync_misused(settings, loop, err);
}

command_run *command_chosen(const struct settings *settings)
{
    switch (settings->stop) {
    case STOP_HELP:
    case STOP_SCREEN:
        return cmd_text_help;
    case STOP_VERSION:
        return cmd_text_version;
    case STOP_LIST_TYPES:
        return cmd_text_list_types;
    case STOP_LIST_RULES:
        return cmd_text_list_rules;
    case STOP_NOT:
        break;
    }
    return settings->command->run;
}
