#include "cli/completion_rows.h"

static const struct completion_list lists[] = {
    {"formats", words_formats},   {"transfers", words_transfers}, {"classes", words_classes},
    {"types", words_types},       {"ignored", words_ignored},     {"colors", words_colors},
    {"commands", words_commands}, {"shells", words_shells},       {"fail-on", words_fail_on},
    {"proofs", words_proofs},     {"bad-lines", words_bad_lines}, {"rules", words_rules},
};

void completion_rows_names(FILE *to, const struct opt *opt, const char *between)
{
    if (opt->letter != 0)
        fprintf(to, "-%c%s", opt->letter, between);
    fprintf(to, "--%s", opt->name);
}

void completion_rows_valued(FILE *to, const char *between)
{
    const struct opt *opt;
    const char *before = "";
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (opt->arg == NULL)
            continue;
        fputs(before, to);
        completion_rows_names(to, opt, between);
        before = between;
    }
}

size_t completion_rows_commands(FILE *to, unsigned commands, const char *between)
{
    const struct command *command;
    size_t n = 0;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL && (commands & (unsigned)command->bit) != 0)
            fprintf(to, "%s%s", n++ > 0 ? between : "", command->name);
    return n;
}

unsigned completion_rows_of_files(void)
{
    const struct command *command;
    unsigned commands = 0;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if ((command->flags & COMMAND_FILES) != 0)
            commands |= (unsigned)command->bit;
    return commands;
}

unsigned completion_rows_of_zones(void)
{
    const struct command *command;
    unsigned commands = 0;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if ((command->flags & COMMAND_ASKS) != 0 && (command->flags & COMMAND_FILES) == 0)
            commands |= (unsigned)command->bit;
    return commands;
}

bool completion_rows_differ(word_list *words)
{
    struct word word;
    bool differ = false;
    for (size_t i = 0; !differ && words(i, &word); i++)
        differ = word.commands != 0;
    return differ;
}

bool completion_rows_every(unsigned commands)
{
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL && (commands & (unsigned)command->bit) == 0)
            return false;
    return true;
}

const struct completion_list *completion_rows_list(size_t index)
{
    return index < sizeof lists / sizeof *lists ? &lists[index] : NULL;
}

const char *completion_rows_list_name(word_list *words)
{
    size_t i = 0;
    while (i + 1 < sizeof lists / sizeof *lists && lists[i].words != words)
        i++;
    return lists[i].name;
}
