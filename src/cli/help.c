#include "cli/help.h"

#include "cli/opt.h"

#include <string.h>

enum { USAGE_LEFT = 12, LEFT = 31, LEFT_SCREEN = 20, COMMAND_LEFT = 10, EXAMPLE_LEFT = 46 };

/* Writes text from the current column on, broken at blanks and ends of lines so that no line is
 * longer than the width; the next lines begin at the same column. */
static void wrap(FILE *to, const char *text, int column, int width)
{
    int at = column;
    for (const char *word = text; *word != '\0';) {
        size_t n = strcspn(word, " \n");
        if (word > text && at + 1 + (int)n > width) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        } else if (word > text) {
            putc(' ', to);
            at++;
        }
        fwrite(word, 1, n, to);
        at += (int)n;
        word += n + (word[n] != '\0');
    }
    putc('\n', to);
}

/* Sentences whose lines fit the full width. */
static void put_sentences(FILE *to, const char *text, int width)
{
    if (width < HELP_WIDTH)
        wrap(to, text, 0, width);
    else
        fprintf(to, "%s\n", text);
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

/* A help text: which commands it is about, and what of it was said already. */
struct text {
    FILE *to;
    int width;
    unsigned commands; /* enum command_bit: one of them, or all */
    unsigned titled;   /* the title of the group has named them */
    word_list *words;  /* have been explained */
};

/* The words that the value may be, where they are explained; the same words only once. */
static void put_words(struct text *text, const struct opt *opt)
{
    bool is_all = text->commands == COMMAND_ALL;
    char meaning[WORDS_MEANING];
    struct word word;
    if (opt->words == NULL || opt->words == text->words)
        return;
    text->words = opt->words;
    for (size_t i = 0; opt->words(i, &word) && word.help != NULL; i++)
        if (word.commands == 0 || (word.commands & text->commands) != 0) {
            fprintf(text->to, "%*s  %-9s ", LEFT + 4, "", word.text);
            wrap(text->to, is_all ? words_meaning(&word, meaning) : word.help, LEFT + 16,
                 text->width);
        }
}

static void put_option(struct text *text, const struct opt *opt)
{
    char names[COMMANDS_TEXT] = "", said[512];
    if (text->commands == COMMAND_ALL && opt->commands != text->titled)
        command_names(opt->commands, names);
    snprintf(said, sizeof said, "%s%s%s", names, *names != '\0' ? ": " : "",
             text->commands == COMMAND_ALL ? opt->help : opt_help_for(opt, text->commands));
    put_name(text->to, opt, LEFT);
    wrap(text->to, said, LEFT + 4, text->width);
    put_words(text, opt);
}

/* The commands that most of the group's options are for, or 0: what is for the first command, too,
 * need not be named. */
static unsigned most_commands(enum opt_group group)
{
    const struct opt *opt, *other;
    unsigned most = 0;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        size_t same = 0, count = 0;
        if (opt->group != group)
            continue;
        if ((opt->commands & (unsigned)command_row(0)->bit) != 0)
            return 0;
        for (size_t j = 0; (other = opt_row(j)) != NULL; j++) {
            count += other->group == group;
            same += other->group == group && other->commands == opt->commands;
        }
        if (2 * same > count)
            most = opt->commands;
    }
    return most;
}

/* In the help of all commands it names those that most of its options are for. */
static void put_title(struct text *text, enum opt_group group)
{
    char names[COMMANDS_TEXT] = "";
    text->titled = text->commands == COMMAND_ALL ? most_commands(group) : 0;
    command_names(text->titled, names);
    fprintf(text->to, *names != '\0' ? "\n%s (%s):\n" : "\n%s:\n", opt_group_title(group), names);
}

/* Those of a group that are for the first command, or the others. Returns whether there is one. */
static bool put_group(struct text *text, enum opt_group group, bool is_first, bool begun)
{
    const struct opt *opt;
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        if (opt->group != group || (opt->commands & text->commands) == 0 ||
            ((opt->commands & (unsigned)command_row(0)->bit) != 0) != is_first)
            continue;
        if (!begun)
            put_title(text, group);
        begun = true;
        put_option(text, opt);
    }
    return begun;
}

/* The options of some commands, by groups; those that most people want come first in each. */
static void put_options(FILE *to, int width, unsigned commands)
{
    struct text text = {.to = to, .width = width, .commands = commands};
    for (int group = 0; group < OPT_GROUPS; group++) {
        bool begun = put_group(&text, (enum opt_group)group, true, false);
        put_group(&text, (enum opt_group)group, false, begun);
    }
}

static void put_command(FILE *to, const struct command *command, int width)
{
    fprintf(to, "  %-*s  ", COMMAND_LEFT, command->name);
    wrap(to, command->help, COMMAND_LEFT + 4, width);
}

static void put_commands(FILE *to, int width)
{
    const struct command *command;
    fputs("\nCommands:\n", to);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL)
            put_command(to, command, width);
}

static void put_reserved(FILE *to, int width)
{
    const struct command *command;
    const char *before = "\nReserved for later versions: ";
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run == NULL) {
            fprintf(to, "%s%s", before, command->name);
            before = ", ";
        }
    fputs(".\n", to);
    wrap(to, "A zone of the name of a command is written with a dot at its end.", 0, width);
    put_sentences(
        to,
        "Words may stand in any order. The exit status is 0 only if the zone is complete;\n"
        "zxfr(1) lists the others. zxfr-diff(1) and the like are the manual pages of commands,\n"
        "zxfr(5) is about files.",
        width);
}

static void put_usage(FILE *to, const char *before, const struct command *command, int width)
{
    fprintf(to, "%s zxfr ", before);
    wrap(to, command->usage, USAGE_LEFT, width);
}

void help_all(FILE *to, int width)
{
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL)
            put_usage(to, i == 0 ? "Usage:" : "      ", command, width);
    put_commands(to, width);
    putc('\n', to);
    wrap(to, "zxfr help COMMAND tells of one command alone, and is shorter.", 0, width);
    put_options(to, width, COMMAND_ALL);
    for (size_t i = 0; (command = command_row(i)) != NULL; i++)
        if (command->more != NULL) {
            fprintf(to, "\nThe words of %s:\n", command->name);
            put_sentences(to, command->more, width);
        }
    put_reserved(to, width);
}

/* Where to read on. What asks or reads has a page of its own, but for the command that need not be
 * named: its page is that of the program. */
static void put_page(FILE *to, const struct command *command)
{
    bool own = command->flags != 0 && command != command_row(0);
    fprintf(to, "\nMore is in the manual page zxfr%s%s(1).\n", own ? "-" : "",
            own ? command->name : "");
}

void help_command(FILE *to, const struct command *command, int width)
{
    char said[256];
    put_usage(to, "Usage:", command, width);
    fprintf(to, "\n%s: ", command->name);
    snprintf(said, sizeof said, "%s.", command->help);
    wrap(to, said, (int)strlen(command->name) + 2, width);
    if (command->more != NULL)
        put_sentences(to, command->more, width);
    put_options(to, width, (unsigned)command->bit);
    put_page(to, command);
}

/* What most people want, as they would type it. */
static void put_examples(FILE *to)
{
    static const char *const rows[][2] = {
        {"zxfr --pretty example.com @192.0.2.53", "look at a zone"},
        {"zxfr --update -o FILE example.com @192.0.2.53", "keep a copy up to date"},
        {"zxfr diff FILE example.com@192.0.2.53", "what has changed?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fprintf(to, "  %-*s  %s\n", EXAMPLE_LEFT, rows[i][0], rows[i][1]);
}

void help_screen(FILE *to)
{
    const struct command *command;
    const struct opt *opt;
    fprintf(to, "Usage: zxfr %s\n\n", command_row(0)->usage);
    put_examples(to);
    fputs("\nOther commands (zxfr COMMAND [OPTION...] ...):\n", to);
    for (size_t i = 1; (command = command_row(i)) != NULL; i++)
        if (command->run != NULL && command->flags != 0)
            put_command(to, command, HELP_SCREEN_WIDTH);
    fputs("\nSome of the options:\n", to);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++)
        if ((opt->flags & OPT_COMMON) != 0) {
            put_name(to, opt, LEFT_SCREEN);
            fprintf(to, "%s\n", opt->help);
        }
    fputs("\nExit status 0: the zone is complete. More: zxfr help COMMAND, --help, zxfr(1).\n", to);
}
