#include "cli/completion_rows.h"

/* The words of a list, with blanks between, in quotes. */
static void put_list(FILE *to, word_list *words)
{
    struct word word;
    putc('\'', to);
    for (size_t i = 0; words(i, &word); i++)
        fprintf(to, "%s%s", i > 0 ? " " : "", word.text);
    putc('\'', to);
}

/* Whether the value of an option is a file, a word of the list, or (NULL) none that is known. */
static bool takes(const struct opt *opt, bool file, word_list *words)
{
    return opt->arg != NULL && ((opt->flags & OPT_FILE) != 0) == file && opt->words == words;
}

/* The options with one kind of value, as the pattern of a case. Returns the last of them, or NULL.
 */
static const struct opt *put_pattern(FILE *to, bool file, word_list *words)
{
    const struct opt *opt, *last = NULL;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (!takes(opt, file, words))
            continue;
        fputs(last != NULL ? " | " : "    ", to);
        completion_rows_names(to, opt, " | ");
        last = opt;
    }
    return last;
}

/* The words that not every command takes, one line for each run of words that are for the same. */
static void put_differing(FILE *to, word_list *words)
{
    struct word word;
    unsigned commands = 0;
    for (size_t i = 0; words(i, &word); i++) {
        if (i > 0 && word.commands == commands) {
            fprintf(to, " %s", word.text);
            continue;
        }
        fputs(i > 0 ? "'\n" : "\n", to);
        commands = word.commands;
        if (commands == 0) {
            fprintf(to, "        list+=' %s", word.text);
            continue;
        }
        fputs("        [[ $command == @(|", to);
        completion_rows_commands(to, commands, "|");
        fprintf(to, ") ]] && list+=' %s", word.text);
    }
    fputs("'\n", to);
}

static void put_values(FILE *to)
{
    const struct completion_list *list;
    fputs("    case $prev in\n", to);
    for (size_t i = 0; (list = completion_rows_list(i)) != NULL; i++) {
        const struct opt *opt = put_pattern(to, false, list->words);
        if (opt == NULL)
            continue;
        bool many = (opt->flags & OPT_LIST) != 0;
        if (completion_rows_differ(list->words)) {
            fputc(')', to);
            put_differing(to, list->words);
            fputs(many ? "        many=yes\n        ;;\n" : "        ;;\n", to);
            continue;
        }
        fputs(") list=", to);
        put_list(to, list->words);
        fputs(many ? " many=yes ;;\n" : " ;;\n", to);
    }
    if (put_pattern(to, true, NULL) != NULL)
        fputs(") files=yes ;;\n", to);
    if (put_pattern(to, false, NULL) != NULL)
        fputs(") return ;;\n", to);
    fputs("    *)\n"
          "        [[ $value ]] && return\n"
          "        case $cur in\n"
          "        -*) _zxfr_options ;;\n"
          "        @*) hosts=yes ;;\n"
          "        +*) return ;;\n"
          "        *) _zxfr_words ;;\n"
          "        esac\n"
          "        ;;\n"
          "    esac\n",
          to);
}

/* One line for each run of options that are for the same commands. */
static void put_options(FILE *to)
{
    const struct opt *opt;
    unsigned commands = 0;
    fputs("# Sets list to the options of the command; without one to all.\n"
          "_zxfr_options() {\n"
          "    list=''",
          to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (opt->commands == commands) {
            putc(' ', to);
        } else {
            fputs(i > 0 ? "'\n" : "\n", to);
            if (completion_rows_every(opt->commands)) {
                fputs("    list+=' ", to);
            } else {
                fputs("    [[ $command == @(|", to);
                completion_rows_commands(to, opt->commands, "|");
                fputs(") ]] && list+=' ", to);
            }
        }
        commands = opt->commands;
        completion_rows_names(to, opt, " ");
    }
    fputs("'\n}\n\n", to);
}

/* What a word that is neither option nor server may be. */
static void put_words(FILE *to)
{
    const struct command *command;
    fputs("# Adds the zones to list whose files are in the folder. What is not in plain letters "
          "bash\n"
          "# would expand.\n"
          "_zxfr_zones() {\n"
          "    local file\n"
          "    for file in *.zone; do\n"
          "        [[ -f $file && $file =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] && list+=\" "
          "${file%.zone}\"\n"
          "    done\n"
          "}\n\n"
          "# Sets list or files to what may stand where a word stands.\n"
          "_zxfr_words() {\n"
          "    case $command in\n"
          "    '') list=",
          to);
    put_list(to, words_commands);
    fputs(" && _zxfr_zones ;;\n    ", to);
    completion_rows_commands(to, completion_rows_of_files(), " | ");
    fputs(") files=yes ;;\n    ", to);
    completion_rows_commands(to, completion_rows_of_zones() & ~(unsigned)command_row(0)->bit,
                             " | ");
    fputs(") _zxfr_zones ;;\n", to);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++) {
        if (command->words == NULL)
            continue;
        if (i == 0) {
            fprintf(to, "    %s)\n        list=", command->name);
            put_list(to, command->words);
            fputs("\n        [[ $zone ]] || _zxfr_zones\n        ;;\n", to);
            continue;
        }
        fprintf(to, "    %s) list=", command->name);
        put_list(to, command->words);
        fputs(" ;;\n", to);
    }
    fputs("    esac\n"
          "}\n\n",
          to);
}

static void put_command(FILE *to)
{
    fputs("# Sets command to the first word that could be one, or to get where that is the zone.\n"
          "_zxfr_command() {\n"
          "    local i\n"
          "    command='' zone=''\n"
          "    for ((i = 1; i < ${#words[@]} - 1; i++)); do\n"
          "        case ${words[i]} in\n"
          "        ",
          to);
    completion_rows_valued(to, " | ");
    fputs(") ((i++)) ;;\n"
          "        -* | @* | +*) ;;\n"
          "        ",
          to);
    completion_rows_commands(to, COMMAND_ALL, " | ");
    fputs(") command=${words[i]} && break ;;\n"
          "        *) command='get' zone=yes && break ;;\n"
          "        esac\n"
          "    done\n"
          "}\n\n",
          to);
}

void completion_bash_print(FILE *to)
{
    fputs("# bash completion for zxfr; made by: zxfr completion bash\n\n", to);
    put_command(to);
    put_options(to);
    put_words(to);
    fputs(
        "_zxfr() {\n"
        "    local words cur prev command zone list='' files='' hosts='' many='' value='' lead='' "
        "last taken word left=''\n"
        "    # As they are on the line, where a blank after a backslash does not end a word: bash\n"
        "    # itself cuts words at = : @.\n"
        "    # shellcheck disable=SC2162\n"
        "    read -a words <<<\"${COMP_LINE:0:COMP_POINT}\"\n"
        "    [[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && words+=('')\n"
        "    COMPREPLY=()\n"
        "    ((${#words[@]} > 1)) || return\n"
        "    _zxfr_command\n"
        "    cur=${words[-1]} prev=${words[-2]}\n"
        "    if [[ $cur == --*=* ]]; then\n"
        "        value=yes prev=${cur%%=*} cur=${cur#*=}\n"
        "        # What comes before is kept, unless bash takes what comes after it for a word.\n"
        "        [[ $COMP_WORDBREAKS == *=* ]] || lead=$prev=\n"
        "    fi\n",
        to);
    put_values(to);
    fputs("    if [[ $hosts ]]; then\n"
          "        [[ $COMP_WORDBREAKS == *@* ]] || lead=@\n"
          "        mapfile -t COMPREPLY < <(compgen -P \"$lead\" -A hostname -- \"${cur#@}\")\n"
          "        return\n"
          "    fi\n"
          "    if [[ $files ]]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        mapfile -t COMPREPLY < <(compgen -P \"$lead\" -f -- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    if [[ $many ]]; then\n"
          "        last=${cur##*,}\n"
          "        taken=,${cur%\"$last\"} lead+=${cur%\"$last\"} cur=$last\n"
          "        for word in $list; do\n"
          "            # None stands alone.\n"
          "            [[ $taken == *,$word,* || ($taken != , && $word == none) ]] || "
          "left+=\" $word\"\n"
          "        done\n"
          "        list=$left\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -P \"$lead\" -W \"$list\" -- \"$cur\")\n"
          "    [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace 2>/dev/null\n"
          "    return 0\n"
          "}\n"
          "complete -F _zxfr zxfr\n",
          to);
}
