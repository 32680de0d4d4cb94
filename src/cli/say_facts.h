/* The words for what the floors below tell (job/tell.h).
 *
 * Purpose: one function a fact; --verbose and --quiet choose which are said.
 * Owns: nothing. Borrows: the settings and the output, for its life. */
#ifndef CLI_SAY_FACTS_H
#define CLI_SAY_FACTS_H

#include "cli/report_zone.h"
#include "cli/settings.h"
#include "job/tell.h"

#include <stdio.h>

struct say_facts {
    struct teller teller; /* the first member, so that it leads to the rest */
    unsigned verbose;     /* 2: each message, too */
    bool quiet;
    const char *zone; /* that lines are about where their facts are of none; borrowed; or NULL */
    /* Whether the output has no reader any more, so that a signal will say it; or NULL. */
    const bool *broken_pipe;

    const char *last_hint; /* that was said; or NULL */
    FILE *held;            /* takes the words, for later; or NULL */
    char *held_text;
    size_t held_size;
};

void say_facts_init(struct say_facts *facts, const struct settings *settings,
                    const bool *broken_pipe);

/* From now on the words are held, so that those of two transfers at once do not mix; without memory
 * they are said at once. say_facts_release says them, and from then on they are said as they come.
 */
void say_facts_hold(struct say_facts *facts);
void say_facts_release(struct say_facts *facts);
/* Forgets what is held. */
void say_facts_fini(struct say_facts *facts);

/* With --verbose: what became of the file of a run that has failed; `path` may be NULL. */
void say_facts_fate(const struct say_facts *facts, const char *path, enum report_state state);

/* Says an error that belongs to no attempt, with its hint; unless a signal says it. */
void say_facts_error(struct say_facts *facts, const char *label, const struct err *err);

/* The same for a file, with what else is wrong with it, which may be NULL: a line for each, as many
 * as were kept, then how many there are. */
void say_facts_errors(struct say_facts *facts, const char *label, const char *file,
                      const struct err *err, const struct faults *faults);

#endif
