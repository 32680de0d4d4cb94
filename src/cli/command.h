/* The commands: one row each.
 *
 * Purpose: what a command is called, does and takes, and its help. Parser, help, completions and
 * main read the rows; the option table says for which of them an option is.
 * Owns: nothing but the constant table.
 * Never: runs a command. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/err.h"
#include "cli/words.h"

#include <stddef.h>

struct loop;
struct settings;

/* How a run ended, besides its exit status: the caller raises the signals again. */
struct run_end {
    int (*caught_signal)(void); /* set by the caller: the number of the signal that came, or 0 */
    bool interrupted;           /* a signal ended it */
    bool broken_pipe;           /* nobody reads standard output any more */
};

/* The exit status of a run that ended like that. Sets `interrupted` where that was a signal. */
int run_end_status(struct run_end *end, enum err_kind kind);

/* Commands as bits, for the column of the option table. */
enum command_bit {
    COMMAND_GET = 1,
    COMMAND_CONVERT = 2,
    COMMAND_DIFF = 4,
    COMMAND_HELP = 8,
    COMMAND_VERSION = 16,
    COMMAND_COMPLETION = 32,
    COMMAND_CHECK = 64,
    COMMAND_CATALOG = 128,
    COMMAND_SYNC = 256,
    COMMAND_WATCH = 512,
    COMMAND_AUDIT = 1024,
    COMMAND_RESERVED = 2048, /* of all names for later versions */
    COMMAND_MANY = COMMAND_SYNC | COMMAND_WATCH,
    COMMAND_ALL = 4095
};

enum command_flag {
    COMMAND_ASKS = 1,  /* it asks servers: it takes @SERVER, and dig's words with a plus */
    COMMAND_FILES = 2, /* its words may be the names of files */
};

enum {
    COMMANDS_MAX = 16,
    COMMANDS_TEXT = 128 /* room for the names of all of them */
};

/* Does what the settings ask for, prints messages, and returns the exit status. */
typedef int command_run(const struct settings *settings, const struct loop *loop,
                        struct run_end *end);

struct command {
    const char *name;
    enum command_bit bit;
    unsigned flags; /* enum command_flag */
    command_run
        *run; /* NULL: the name is reserved for a later version, and the texts are NULL, too */
    /* Takes a word that is neither option nor server. Error: ERR_USAGE. */
    bool (*word)(struct settings *settings, const char *word, struct err *err);
    /* Whether all words and options go together, once all were read; NULL: they do. It may complete
     * the settings. Error: ERR_USAGE. */
    bool (*check)(struct settings *settings, struct err *err);
    word_list *words;  /* what the first words may be, where that is known; or NULL */
    const char *usage; /* the command line, without "zxfr" */
    const char *help;  /* one line, imperative, at most 66 columns, no full stop */
    const char *more;  /* sentences, lines of at most 100 columns; or NULL */
};

/* The rows, one after the other; NULL past the end. The first is the one that need not be named. */
const struct command *command_row(size_t index);

/* The row of a name, or NULL. */
const struct command *command_find(const char *name);

/* The names of those among these commands (enum command_bit) that are built, with commas between;
 * none where the first row is among them, which need not be named. Returns `to`. */
const char *command_names(unsigned commands, char to[COMMANDS_TEXT]);

/* Its place in the table. */
size_t command_index(const struct command *command);

/* Tells whoever watches the runs of the command that this one had a mistake in its command line. */
void command_misused(const struct settings *settings, const struct loop *loop,
                     const struct err *err);

/* What to run: the command, or what an option asks for in its place. */
command_run *command_chosen(const struct settings *settings);

#endif
