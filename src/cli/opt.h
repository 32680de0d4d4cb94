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

/* Reads the arguments (without the program's name) into settings, which it initialises first. Words
 * may stand in any order. Error: ERR_USAGE. */
bool opt_parse(struct settings *settings, int count, char *const *words, struct err *err);

/* Whether the end line shall have a sum. Only a file with one can be brought up to date, so it must
 * be sorted, whole and written in the one style. */
bool opt_has_sum(const struct settings *settings);

#endif
