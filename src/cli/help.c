#include "cli/help.h"

#include "cli/opt.h"

#include <string.h>

enum { LEFT = 28, LEFT_SCREEN = 20, COMMAND_LEFT = 10 };

/* Writes text from the current column on, broken at blanks so that no line is longer than the
 * width; the next lines begin at the same column. */
static void wrap(FILE *to, const char *text, int column)
{
    int at = column;
    for (const char *word = text; *word != '\0';) {
        size_t n = strcspn(word, " ");
        if (word > text && at + 1 + (int)n > HELP_WIDTH) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        } else if (word > text) {
            putc(' ', to);
            at++;
        }
        fwrite(word, 1, n, to);
        at += (int)n;
        word += n + (word[n] == ' ');
    }
    putc('\n', to);
}

/* "convert, diff: " where the option is not for the default command. */
static void write_commands(char *to, size_t room, const struct opt *opt)
{
    const struct command *command;
    to[0] = '\0';
    if ((opt->commands & (unsigned)command_row(0)->bit) != 0)
        return;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++) {
        size_t used = strlen(to);
        if (command->run != NULL && (opt->commands & (unsigned)command->bit) != 0)
            snprintf(to + used, room - used, "%s%s", used > 0 ? ", " : "", command->name);
    }
    size_t used = strlen(to);
    snprintf(to + used, room - used, ": ");
}

/* The name of an option with its letter and argument, in a column. */
static void put_name(FILE *to, const struct opt *opt, int width)
{
    char left[64], letter[8] = "    ";
    if (opt->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", opt->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, opt->name, opt->arg != NULL ? " " : "",
             opt->arg != NULL ? opt->arg : "");
    fprintf(to, "  %-*s  ", width, left);
}

/* The words that the value may be, where they are explained. */
static void put_words(FILE *to, const struct opt *opt)
{
    struct word word;
    for (size_t i = 0; opt->words != NULL && opt->words(i, &word) && word.help != NULL; i++)
        fprintf(to, "%*s  %-9s %s\n", LEFT + 4, "", word.text, word.help);
}

static void put_option(FILE *to, const struct opt *opt, bool name_commands)
{
    char text[512] = "";
    if (name_commands)
        write_commands(text, sizeof text, opt);
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s", opt->help);
    put_name(to, opt, LEFT);
    wrap(to, text, LEFT + 4);
    put_words(to, opt);
}

/* The options of some commands, by groups. */
static void put_options(FILE *to, unsigned commands)
{
    for (int group = 0; group < OPT_GROUPS; group++) {
        const struct opt *opt;
        bool begun = false;
        for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
            if ((int)opt->group != group || (opt->commands & commands) == 0)
                continue;
            if (!begun)
                fprintf(to, "\n%s:\n", opt_group_title(opt->group));
            begun = true;
            put_option(to, opt, commands == COMMAND_ALL);
        }
    }
}

static void put_commands(FILE *to)
{
    struct word word;
    fputs("\nCommands:\n", to);
    for (size_t i = 0; words_commands(i, &word); i++)
        fprintf(to, "  %-*s  %s\n", COMMAND_LEFT, word.text, word.help);
}

static void put_reserved(FILE *to)
{
    const struct command *command;
    const char *before = "\nReserved for later versions: ";
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run == NULL) {
            fprintf(to, "%s%s", before, command->name);
            before = ", ";
        }
    fputs(".\nA zone of the name of a command is written with a dot at its end.\n", to);
}

void help_all(FILE *to)
{
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL)
            fprintf(to, "%s zxfr %s\n", i == 0 ? "Usage:" : "      ", command->usage);
    put_commands(to);
    put_options(to, COMMAND_ALL);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->more != NULL)
            fprintf(to, "\n%s\n", command->more);
    put_reserved(to);
    fputs("Words may stand in any order. The exit status is 0 only if the zone is complete;\n"
          "zxfr(1) lists the others. zxfr-diff(1) and the like are the manual pages of commands,\n"
          "zxfr(5) is about files.\n",
          to);
}

/* Where to read on. What asks or reads has a page of its own, but for the command that need not be
 * named: its page is that of the program. */
static void put_page(FILE *to, const struct command *command)
{
    bool own = command->flags != 0 && command != command_row(0);
    fprintf(to, "\nMore is in the manual page zxfr%s%s(1).\n", own ? "-" : "",
            own ? command->name : "");
}

void help_command(FILE *to, const struct command *command)
{
    fprintf(to, "Usage: zxfr %s\n\n%s: %s.\n", command->usage, command->name, command->help);
    if (command->more != NULL)
        fprintf(to, "%s\n", command->more);
    put_options(to, (unsigned)command->bit);
    put_page(to, command);
}

void help_screen(FILE *to)
{
    const struct opt *opt;
    fprintf(to, "Usage: zxfr %s\n       zxfr COMMAND [OPTION...] ...\n", command_row(0)->usage);
    put_commands(to);
    fputs("\nSome of the options:\n", to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        if ((opt->flags & OPT_COMMON) != 0) {
            put_name(to, opt, LEFT_SCREEN);
            fprintf(to, "%s\n", opt->help);
        }
    fputs("\nExit status 0: the zone is complete. --help, help COMMAND and zxfr(1) tell more.\n",
          to);
}
