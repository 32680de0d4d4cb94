/* The words for what the floors below tell (job/tell.h).
 *
 * Purpose: one function a fact; --verbose and --quiet choose which are said.
 * Owns: nothing. Borrows: the settings and the output, for its life. */
#ifndef CLI_SAY_FACTS_H
#define CLI_SAY_FACTS_H

#include "cli/settings.h"
#include "job/tell.h"

struct say_facts {
    struct teller teller; /* the first member, so that it leads to the rest */
    bool verbose, quiet;
    /* Whether nobody reads any more what is written, so that a signal will say it; or NULL. */
    const bool *broken_pipe;
};

void say_facts_init(struct say_facts *facts, const struct settings *settings,
                    const bool *broken_pipe);

/* Says an error that belongs to no attempt, with its hint; unless a signal says it. */
void say_facts_error(const struct say_facts *facts, const char *label, const struct err *err);

#endif
