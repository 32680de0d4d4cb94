#include "cli/completion_rows.h"

#include <string.h>

/* Text inside single quotes; the characters of `special` mean something to the function that reads
 * it. */
static void put_text(FILE *to, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            putc('\\', to);
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    }
}

/* What follows is for some commands only. */
static void put_condition(FILE *to, unsigned commands)
{
    fputs(")\n    ", to);
    if (commands != 0) {
        fputs("[[ $command == (|", to);
        completion_rows_commands(to, commands, "|");
        fputs(") ]] && ", to);
    }
    fputs("list+=(", to);
}

/* A function for each list. For a list with commas it is called with more words, which it passes
 * on. */
static void put_list(FILE *to, const struct completion_list *list)
{
    struct word word;
    char meaning[WORDS_MEANING];
    bool open = false; /* some words are only the beginning of one */
    unsigned commands = 0;
    fprintf(to, "_zxfr_%s() {\n    local -a list=(", list->name);
    for (size_t i = 0; list->words(i, &word); i++) {
        if (word.commands != commands)
            put_condition(to, word.commands);
        commands = word.commands;
        fputs(word.help != NULL ? "\n        '" : i > 0 ? " '" : "'", to);
        put_text(to, word.text, ":\\");
        if (word.help != NULL) {
            putc(':', to);
            put_text(to, words_meaning(&word, meaning), "\\");
        }
        putc('\'', to);
        open |= word.text[strlen(word.text) - 1] == '=';
    }
    fprintf(to, ")\n    _describe -t %s %s list \"$@\"%s\n}\n\n", list->name, list->name,
            open ? " -S ''" : "");
}

static void put_value(FILE *to, const struct opt *opt)
{
    putc(':', to);
    put_text(to, opt->arg, "[]:\\");
    putc(':', to);
    if ((opt->flags & OPT_FILE) != 0)
        fputs("_files", to);
    else if (opt->words != NULL)
        fprintf(to, "%s_zxfr_%s", (opt->flags & OPT_LIST) != 0 ? "_sequence " : "",
                completion_rows_list_name(opt->words));
    else
        putc(' ', to);
}

static void put_option(FILE *to, const struct opt *opt)
{
    if (opt->letter != 0)
        fprintf(to, "        '(-%c --%s)'{-%c%s,--%s%s}'[", opt->letter, opt->name, opt->letter,
                opt->arg != NULL ? "+" : "", opt->name, opt->arg != NULL ? "=" : "");
    else
        fprintf(to, "        '--%s%s[", opt->name, opt->arg != NULL ? "=" : "");
    put_text(to, opt->help, "[]:\\");
    putc(']', to);
    if (opt->arg != NULL)
        put_value(to, opt);
    fputs("'\n", to);
}

/* One condition for each run of options that are for the same commands. */
static void put_options(FILE *to)
{
    const struct opt *opt;
    unsigned commands = 0;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (opt->commands != commands) {
            fputs(i > 0 ? "    )\n    " : "    ", to);
            if (!completion_rows_every(opt->commands)) {
                fputs("[[ $command == (|", to);
                completion_rows_commands(to, opt->commands, "|");
                fputs(") ]] && ", to);
            }
            fputs("options+=(\n", to);
        }
        commands = opt->commands;
        put_option(to, opt);
    }
    fputs("    )\n", to);
}

static void put_command(FILE *to)
{
    fputs("# Sets command to the first word that could be one, or to get where that is the zone.\n"
          "_zxfr_command() {\n"
          "    local -i i\n"
          "    command= zone=\n"
          "    for ((i = 2; i < CURRENT; i++)); do\n"
          "        case $words[i] in\n"
          "        (",
          to);
    completion_rows_valued(to, "|");
    fputs(") ((i++)) ;;\n"
          "        (-*|@*|+*) ;;\n"
          "        (",
          to);
    completion_rows_commands(to, COMMAND_ALL, "|");
    fputs(") command=$words[i]; return ;;\n"
          "        (*) command=get zone=yes; return ;;\n"
          "        esac\n"
          "    done\n"
          "}\n\n",
          to);
}

/* What a word that is not an option may be. */
static void put_words(FILE *to)
{
    const struct command *command;
    fputs("# The zones whose files are in the folder.\n"
          "_zxfr_zones() {\n"
          "    local -a expl zones=(*.zone(N.:r))\n"
          "    zones=(${(M)zones:#[A-Za-z0-9_][A-Za-z0-9._-]#})\n"
          "    (( $#zones )) && _wanted zones expl zone compadd -a zones\n"
          "}\n\n"
          "_zxfr_word() {\n"
          "    if compset -P '@'; then\n"
          "        _hosts\n"
          "        return\n"
          "    fi\n"
          "    case $command in\n"
          "    ('') _zxfr_commands; _zxfr_zones ;;\n"
          "    (",
          to);
    completion_rows_commands(to, completion_rows_of_files(), "|");
    fputs(") _files ;;\n    (", to);
    completion_rows_commands(to, completion_rows_of_zones() & ~(unsigned)command_row(0)->bit, "|");
    fputs(") _zxfr_zones ;;\n", to);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->words != NULL)
            fprintf(to, "    (%s) %s_zxfr_%s ;;\n", command->name,
                    i == 0 ? "[[ -n $zone ]] || _zxfr_zones; " : "",
                    completion_rows_list_name(command->words));
    fputs("    esac\n"
          "}\n\n",
          to);
}

void completion_zsh_print(FILE *to)
{
    const struct completion_list *list;
    fputs("#compdef zxfr\n"
          "# zsh completion for zxfr; made by: zxfr completion zsh\n\n",
          to);
    put_command(to);
    for (size_t i = 0; (list = completion_rows_list(i)) != NULL; i++)
        put_list(to, list);
    put_words(to);
    fputs("_zxfr() {\n"
          "    local command zone\n"
          "    setopt localoptions extendedglob\n"
          "    local -a options=()\n"
          "    _zxfr_command\n",
          to);
    put_options(to);
    fputs("    _arguments -s $options '*:word:_zxfr_word'\n"
          "}\n\n"
          "_zxfr \"$@\"\n",
          to);
}
