/* The command of --exec-all: once a run, after all zones, with a line of each that has changed.
 *
 * Purpose: keeps the lines until the end, in a file without a name, and lets the command read them
 * from its standard input. It is run if there is a line. It has no marker: a failure is told, and
 * the next run does not try again.
 * Owns: the file, the command while it runs.
 * Borrows: the members of the configuration, for its life.
 * Never: waits; prints. */
#ifndef JOB_HOOK_ALL_H
#define JOB_HOOK_ALL_H

#include "base/buf.h"
#include "job/hook.h"

struct hook_all_config {
    const char *command; /* NULL: there is none, and nothing is done here */
    uint64_t limit;      /* microseconds that it may take; 0: any */
    struct teller *teller;
};

struct hook_all {
    struct hook_all_config config;
    int fd;           /* of the lines; -1: there is none yet */
    uint64_t written; /* octets that are in it for good */
    struct buf lines; /* and those that are to follow */
    struct engine *engine;
    uint64_t began;

    /* The result. */
    bool ran;
    struct usercmd command;
    char words[USERCMD_TEXT]; /* how it has ended; empty: well */
    struct err err;           /* ERR_HOOK_ALL, ERR_INTERRUPTED; it is told at the end */
};

/* To be closed by hook_all_fini. */
void hook_all_init(struct hook_all *all, const struct hook_all_config *config);

/* Adds a line, with its line feed. If it cannot be kept the command is not run, and that is the
 * failure that hook_all_begin tells. */
void hook_all_add(struct hook_all *all, const void *line, size_t length);

/* Starts the command, if it is due. HOOK_WAITS: for an event of which `all` is the owner;
 * HOOK_OVER. */
enum hook_step hook_all_begin(struct hook_all *all, struct engine *engine);
/* Takes an event of which it is the owner. */
enum hook_step hook_all_take(struct hook_all *all, const struct engine_event *event);
/* Once it is over: the lines are kept, and more can be added, for a command that is run again. */
void hook_all_keep(struct hook_all *all);

/* Adds the lines of another one, whose command does not run. That either could not keep lines is
 * told as a failure, at once. */
void hook_all_append(struct hook_all *all, const struct hook_all *other);

/* How many octets of lines there are; 0: none. */
uint64_t hook_all_size(const struct hook_all *all);

/* After a signal: ends the command, if it runs. */
void hook_all_stop(struct hook_all *all);

/* Ends what still runs. To be called before the engine is freed. */
void hook_all_fini(struct hook_all *all);

#endif
