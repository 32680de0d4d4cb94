/* The command line: one table of options, and what is made of it.
 *
 * Purpose: parse the arguments, suggest the nearest name.
 * Owns: nothing.
 * Never: does what an option asks for. */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "cli/command.h"
#include "cli/opt_check.h"
#include "cli/settings.h"
#include "cli/words.h"

enum opt_group {
    GROUP_ZONE,
    GROUP_MANY,
    GROUP_SERVER,
    GROUP_KEYS,
    GROUP_TLS,
    GROUP_OUTPUT,
    GROUP_CHOOSE,
    GROUP_GUARD,
    GROUP_VERIFY,
    GROUP_REPORT,
    OPT_GROUPS
};

struct opt;

/* Puts the value, which is NULL for an option without argument, where it belongs (opt_set.h). */
typedef bool opt_setter(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err);

enum opt_flag {
    OPT_SECRET = 1, /* the value is overwritten, so that it is not in the title of the process */
    OPT_FILE = 2,   /* the value is the name of a file */
    OPT_LIST = 4,   /* the value is a list of words with commas between */
    OPT_COMMON = 8, /* -h shows it */
    OPT_NAMES = 32, /* the value is, or has, names of zones or servers, which need not be ASCII */
    OPT_ZONE = 16,  /* it is about one zone: a line of a list may have it */
};

struct opt {
    const char *name; /* long name without the dashes */
    char letter;      /* 0: none */
    const char *arg;  /* name of the argument, or NULL */
    const char *help;
    enum opt_group group;
    unsigned commands; /* enum command_bit: with another one it would be without effect: an error */
    opt_setter *set;
    size_t offset;    /* of the member, for the common setters */
    int number;       /* what the common setters store there, where that is fixed */
    word_list *words; /* what the value may be, where that is known; or NULL */
    unsigned flags;   /* enum opt_flag */
};

/* The table (opt_table.c), one row after the other; NULL past the end. */
const struct opt *opt_row(size_t index);
const char *opt_group_title(enum opt_group group);

/* The help of an option for one command alone (its bit): what is about other commands is left out.
 */
const char *opt_help_for(const struct opt *opt, unsigned command);

/* Reads the arguments (without the program's name) into settings, which it initialises first. Words
 * may stand in any order. opt_fini frees what was allocated, also after an error. Errors:
 * ERR_USAGE, ERR_MEMORY. */
bool opt_parse(struct settings *settings, int count, char *const *words, struct err *err);
void opt_fini(struct settings *settings);

/* A line of a list of zones is a command line of its own, for one zone. */
struct opt_line {
    const struct settings *run; /* of the command line, which is complete: what the line leaves out
                                 * is as there, and what it gives replaces that */
    bool is_template;           /* it names no zone */
    bool servers_come;          /* the zone may get a server from elsewhere */

    /* Gives the path of a file that the option of the row names on this line. Error: ERR_USAGE,
     * ERR_MEMORY, then NULL. */
    const char *(*path)(void *context, const struct opt *opt, const char *path, struct err *err);
    /* Keeps a text as long as what is made of the line. Error: ERR_MEMORY, then NULL. */
    char *(*keep)(void *context, size_t size, struct err *err);
    void *context;
};

/* Reads the words of a line into settings. These have been a copy of the run's, and may have taken
 * other lines since; what those have left there goes. Only options with OPT_ZONE are taken. Error:
 * ERR_USAGE; those of the line's functions. */
bool opt_parse_line(struct settings *settings, const struct opt_line *line, int count,
                    char *const *words, struct err *err);

/* Whether the end line shall have a sum. Only a file with one can be brought up to date, so it must
 * be sorted, whole and written in the one style. */
bool opt_has_sum(const struct settings *settings);

/* Whether what goes to the descriptor shall have colours: as --color says; else where it is a
 * terminal, unless the environment says that they are not wanted (https://no-color.org). */
bool opt_wants_color(const struct settings *settings, int fd);

#endif
