#include "cli/command.h"

#include "cli/cmd_text.h"
#include "cli/opt_check.h"
#include "cli/opt_diff.h"
#include "cli/opt_word.h"
#include "cli/run_convert.h"
#include "cli/run_diff.h"
#include "cli/run_get.h"

#include <string.h>

#define RESERVED(name) {name, COMMAND_RESERVED, 0, NULL, NULL, NULL}

/* clang-format off */
static const struct command table[] = {
    {"get", COMMAND_GET, COMMAND_ASKS, run_get, opt_word_get, opt_check_get},
    {"convert", COMMAND_CONVERT, COMMAND_FILES, run_convert, opt_word_convert, opt_check_convert},
    {"diff", COMMAND_DIFF, COMMAND_ASKS | COMMAND_FILES, run_diff, opt_diff_word, opt_check_diff},
    {"help", COMMAND_HELP, 0, cmd_text_help, opt_word_help, NULL},
    {"version", COMMAND_VERSION, 0, cmd_text_version, opt_word_none, NULL},
    {"completion", COMMAND_COMPLETION, 0, cmd_text_completion, opt_word_completion, opt_check_completion},

    /* Reserved from the first version on, so that scripts never change their meaning. */
    RESERVED("sync"),
    RESERVED("watch"),
    RESERVED("check"),
    RESERVED("audit"),
    RESERVED("catalog"),
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

size_t command_index(const struct command *command)
{
    return (size_t)(command - table);
}

command_run *command_chosen(const struct settings *settings)
{
    switch (settings->stop) {
    case STOP_HELP:
        return cmd_text_help;
    case STOP_VERSION:
        return cmd_text_version;
    case STOP_LIST_TYPES:
        return cmd_text_list_types;
    case STOP_NOT:
        break;
    }
    return settings->command->run;
}
