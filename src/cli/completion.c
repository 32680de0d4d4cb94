#include "cli/completion.h"

#include "cli/opt.h"

#include <string.h>

/* What may follow an option, by the name of its argument. */
static const struct {
    const char *arg;
    const char *words; /* NULL: files; empty: nothing that a shell could know */
} arguments[] = {
    {"FILE", NULL},
    {"TYPE", "axfr ixfr="},
    {"WHEN", "auto always never"},
    {"CLASS", "IN CH HS"},
};

/* The words for an option's argument, or NULL for files. */
static const char *argument_words(const struct opt *opt, char *formats, size_t room)
{
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (strcmp(opt->arg, arguments[i].arg) == 0)
            return arguments[i].words;
    return strcmp(opt->arg, "FORMAT") == 0 ? words_join(words_formats, " ", formats, room) : "";
}

/* ---- bash ---------------------------------------------------------------------------------- */

static void bash_pattern(FILE *to, const struct opt *opt)
{
    if (opt->letter != 0)
        fprintf(to, "-%c | ", opt->letter);
    fprintf(to, "--%s", opt->name);
}

static void bash(FILE *to)
{
    const struct opt *opt;
    char formats[256];
    fputs("# bash completion for zxfr; made by: zxfr completion bash\n"
          "_zxfr() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    COMPREPLY=()\n"
          "    # --name=value comes as three words.\n"
          "    [[ $cur == = ]] && cur='' prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    case $prev in\n"
          "    completion) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- \"$cur\") && "
          "return ;;\n",
          to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (opt->arg == NULL)
            continue;
        const char *words = argument_words(opt, formats, sizeof formats);
        fputs("    ", to);
        bash_pattern(to, opt);
        if (words == NULL)
            fputs(") mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") && return ;;\n", to);
        else if (*words == '\0')
            fputs(") return ;;\n", to);
        else
            fprintf(to, ") mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\") && return ;;\n",
                    words);
    }
    fputs("    esac\n"
          "    if [[ $cur != -* ]]; then\n"
          "        [[ \" ${COMP_WORDS[*]:0:COMP_CWORD} \" == *' '@(convert|diff)' '* ]] &&\n"
          "            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") && return\n"
          "        ((COMP_CWORD == 1)) || return\n"
          "        mapfile -t COMPREPLY < <(compgen -W 'get convert diff help version completion' "
          "-- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W '",
          to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (i > 0)
            fputs("\n        ", to);
        if (opt->letter != 0)
            fprintf(to, "-%c ", opt->letter);
        fprintf(to, "--%s", opt->name);
    }
    fputs("' -- \"$cur\")\n"
          "}\n"
          "complete -o filenames -F _zxfr zxfr\n",
          to);
}

/* ---- zsh ----------------------------------------------------------------------------------- */

/* Text inside '...[...]': brackets and colons mean something, the quote ends it. */
static void zsh_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL)
            putc('\\', to);
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    }
}

static void zsh_option(FILE *to, const struct opt *opt)
{
    char formats[256];
    if (opt->letter != 0)
        fprintf(to, "    '(-%c --%s)'{-%c%s,--%s%s}'[", opt->letter, opt->name, opt->letter,
                opt->arg != NULL ? "+" : "", opt->name, opt->arg != NULL ? "=" : "");
    else
        fprintf(to, "    '--%s%s[", opt->name, opt->arg != NULL ? "=" : "");
    zsh_text(to, opt->help);
    putc(']', to);
    if (opt->arg != NULL) {
        const char *words = argument_words(opt, formats, sizeof formats);
        putc(':', to);
        zsh_text(to, opt->arg);
        if (words == NULL)
            fputs(":_files", to);
        else if (*words != '\0')
            fprintf(to, ":(%s)", words);
        else
            fputs(": ", to);
    }
    fputs("' \\\n", to);
}

static void zsh(FILE *to)
{
    const struct opt *opt;
    fputs("#compdef zxfr\n"
          "# zsh completion for zxfr; made by: zxfr completion zsh\n"
          "_arguments -s \\\n",
          to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        zsh_option(to, opt);
    fputs("    '*:zone, @server, or file of convert:{ _hosts; _files }'\n", to);
}

/* ---- fish ---------------------------------------------------------------------------------- */

static void fish_quoted(FILE *to, const char *text)
{
    putc('\'', to);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', to);
        putc(*text, to);
    }
    putc('\'', to);
}

static void fish(FILE *to)
{
    const struct opt *opt;
    char formats[256];
    fputs("# fish completion for zxfr; made by: zxfr completion fish\n"
          "complete -c zxfr -f\n"
          "complete -c zxfr -n '__fish_use_subcommand' -a 'get convert help version completion'\n"
          "complete -c zxfr -n '__fish_seen_subcommand_from convert' -F\n",
          to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        fputs("complete -c zxfr ", to);
        if (opt->letter != 0)
            fprintf(to, "-s %c ", opt->letter);
        fprintf(to, "-l %s ", opt->name);
        if (opt->arg != NULL) {
            const char *words = argument_words(opt, formats, sizeof formats);
            fputs(words == NULL ? "-r -F " : "-x ", to);
            if (words != NULL && *words != '\0')
                fprintf(to, "-a '%s' ", words);
        }
        fputs("-d ", to);
        fish_quoted(to, opt->help);
        putc('\n', to);
    }
}

static const struct shell {
    const char *name;
    void (*print)(FILE *to);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static const struct shell *find(const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, shell) == 0)
            return &shells[i];
    return NULL;
}

const char *completion_shell(size_t index)
{
    return index < sizeof shells / sizeof *shells ? shells[index].name : NULL;
}

bool completion_has(const char *shell)
{
    return find(shell) != NULL;
}

void completion_print(FILE *to, const char *shell)
{
    const struct shell *row = find(shell);
    if (row != NULL)
        row->print(to);
}
