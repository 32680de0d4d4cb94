#include "cli/completion_rows.h"

#include <string.h>

static void put_quoted(FILE *to, const char *text)
{
    putc('\'', to);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', to);
        putc(*text, to);
    }
    putc('\'', to);
}

/* What prints the words that follow, where they are for the command. */
static void put_printf(FILE *to, unsigned commands, bool told)
{
    if (commands != 0) {
        fputs("__zxfr_may ", to);
        completion_rows_commands(to, commands, " ");
        fputs("; and ", to);
    }
    fprintf(to, "printf '%s'", told ? "%s\\t%s\\n" : "%s\\n");
}

/* A function for each list, which prints words and meanings. */
static void put_list(FILE *to, const struct completion_list *list)
{
    struct word word;
    char meaning[WORDS_MEANING];
    list->words(0, &word);
    bool told = word.help != NULL;
    unsigned commands = word.commands;
    fprintf(to, "function __zxfr_%s\n    ", list->name);
    put_printf(to, commands, told);
    for (size_t i = 0; list->words(i, &word); i++) {
        if (word.commands != commands) {
            fputs("\n    ", to);
            put_printf(to, word.commands, told);
        }
        commands = word.commands;
        fputs(told ? " \\\n        " : " ", to);
        put_quoted(to, word.text);
        if (!told)
            continue;
        putc(' ', to);
        put_quoted(to, words_meaning(&word, meaning));
    }
    fputs("\nend\n\n", to);
}

static void put_option(FILE *to, const struct opt *opt)
{
    fputs("complete -c zxfr ", to);
    if (!completion_rows_every(opt->commands)) {
        fputs("-n '__zxfr_may ", to);
        completion_rows_commands(to, opt->commands, " ");
        fputs("' ", to);
    }
    if (opt->letter != 0)
        fprintf(to, "-s %c ", opt->letter);
    fprintf(to, "-l %s ", opt->name);
    if (opt->arg != NULL)
        fputs((opt->flags & OPT_FILE) != 0 ? "-r -F " : "-x ", to);
    if (opt->words != NULL)
        fprintf(to, "-a '(%s__zxfr_%s)' ", (opt->flags & OPT_LIST) != 0 ? "__zxfr_list " : "",
                completion_rows_list_name(opt->words));
    fputs("-d ", to);
    put_quoted(to, opt->help);
    putc('\n', to);
}

static void put_command(FILE *to)
{
    fputs("# Prints the first word that could be a command, or get, and behind it a line more "
          "where that\n"
          "# is the zone.\n"
          "function __zxfr_command\n"
          "    set -l skip\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        if test -n \"$skip\"\n"
          "            set skip\n"
          "            continue\n"
          "        end\n"
          "        switch $word\n"
          "            case ",
          to);
    completion_rows_valued(to, " ");
    fputs("\n"
          "                set skip yes\n"
          "            case '-*' '@*' '+*'\n"
          "            case ",
          to);
    completion_rows_commands(to, COMMAND_ALL, " ");
    fputs("\n"
          "                echo $word\n"
          "                return\n"
          "            case '*'\n"
          "                printf '%s\\n' get zone\n"
          "                return\n"
          "        end\n"
          "    end\n"
          "end\n\n",
          to);
}

static void put_helpers(FILE *to)
{
    fputs("# Whether the command is one of these; '' is none yet.\n"
          "function __zxfr_is\n"
          "    set -l command (__zxfr_command)\n"
          "    contains -- \"$command[1]\" $argv\n"
          "end\n\n"
          "# Whether the next word may be a zone.\n"
          "function __zxfr_zone_due\n"
          "    set -l command (__zxfr_command)\n"
          "    test -z \"$command[2]\"; and contains -- \"$command[1]\" '' ",
          to);
    completion_rows_commands(to, completion_rows_of_zones(), " ");
    fputs("\n"
          "end\n\n"
          "# Prints the zones whose files are in the folder.\n"
          "function __zxfr_zones\n"
          "    set -l files *.zone\n"
          "    string replace -rf '^([A-Za-z0-9_][A-Za-z0-9._-]*)\\.zone$' '$1\\tzone' -- $files\n"
          "end\n\n"
          "function __zxfr_at\n"
          "    string match -q '@*' -- (commandline -ct)\n"
          "end\n\n"
          "# The same, or none was typed yet.\n"
          "function __zxfr_may\n"
          "    __zxfr_is '' $argv\n"
          "end\n\n"
          "# Prints the words of a list, after those that are there already, with commas. None "
          "stands "
          "alone.\n"
          "function __zxfr_list\n"
          "    set -l lead (commandline -ct | string replace -r -- '^-[^=]*=' '' | "
          "string match -r '.*,')\n"
          "    set -l taken (string split , -- $lead)\n"
          "    for word in ($argv)\n"
          "        set -l name (string split \\t -- $word)[1]\n"
          "        contains -- $name $taken\n"
          "        or test -n \"$lead\" -a \"$name\" = none\n"
          "        or echo \"$lead$word\"\n"
          "    end\n"
          "end\n\n",
          to);
}

/* What a word that is neither option nor server may be. */
static void put_words(FILE *to)
{
    const struct command *command;
    fputs("complete -c zxfr -f\n"
          "complete -c zxfr -n '__zxfr_is \"\"' -a '(__zxfr_commands)'\n"
          "complete -c zxfr -n '__zxfr_zone_due' -a '(__zxfr_zones)'\n"
          "complete -c zxfr -n '__zxfr_at' -a '@(__fish_print_hostnames)'\n"
          "complete -c zxfr -n '__zxfr_is ",
          to);
    completion_rows_commands(to, completion_rows_of_files(), " ");
    fputs("' -F\n", to);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->words != NULL)
            fprintf(to, "complete -c zxfr -n '__zxfr_is %s' -a '(__zxfr_%s)'\n", command->name,
                    completion_rows_list_name(command->words));
}

void completion_fish_print(FILE *to)
{
    const struct completion_list *list;
    const struct opt *opt;
    fputs("# fish completion for zxfr; made by: zxfr completion fish\n\n", to);
    put_command(to);
    put_helpers(to);
    for (size_t i = 0; (list = completion_rows_list(i)) != NULL; i++)
        put_list(to, list);
    put_words(to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        put_option(to, opt);
}
