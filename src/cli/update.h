/* Bringing a file up to date (--update): what the file is, and how changes get into it.
 *
 * Purpose: finds out whether FILE is a zone that changes can be put into, and puts them there.
 * Owns: the target of --diff-to, while it is open.
 * Borrows: the settings, the loop and the output, for its life.
 * Never: talks to servers. */
#ifndef CLI_UPDATE_H
#define CLI_UPDATE_H

#include "cli/fetch.h"
#include "cli/output.h"

struct update {
    struct fetch_update fetch; /* the first member, so that it leads to the rest */
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    struct output *output;
    bool missing; /* there is no FILE, or nothing in it */
    char why[ERR_TEXT_MAX];
    bool has_changes; /* the output was made from the old file, by changes */
    bool diff_open;
    struct outfile diff;
};

/* Looks at the file of the output, which is open, and opens the target of --diff-to. That FILE
 * cannot be brought up to date is no error: it is told, and in update->fetch. Errors: ERR_USAGE,
 * FILE is no regular file; ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL, ERR_MEMORY; those of outfile_open.
 * To be closed by update_fini. */
bool update_open(struct update *update, const struct settings *settings, const struct loop *loop,
                 uint64_t deadline, struct output *output, struct err *err);

/* Writes what --diff-to asks for, after the zone is complete and before it is committed; with
 * `unchanged` that is nothing. Errors: ERR_OUTPUT, ERR_INTERRUPTED, ERR_MEMORY and those of
 * reading. */
bool update_diff(struct update *update, bool unchanged, struct err *err);

void update_fini(struct update *update);

#endif
