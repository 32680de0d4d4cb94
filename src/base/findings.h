/* The errors of one input: the first decides what becomes of it, and the others are worth telling
 * all the same.
 *
 * Purpose: counts them and keeps the text of the first few.
 * Owns: the texts, until findings_fini.
 * Never: fails; where memory is short, an error is only counted. */
#ifndef BASE_FINDINGS_H
#define BASE_FINDINGS_H

#include "base/err.h"

#include <stdint.h>

enum { FINDINGS_COUNTED = 100000 }; /* more are not looked for */

struct findings {
    unsigned most; /* how many texts are kept; 0: nobody looks further than the first error */
    unsigned kept;
    uint64_t count;
    char **texts;
};

/* Keeps an error, which is set. */
void findings_add(struct findings *findings, const struct err *err);

/* Whether to go on looking. */
bool findings_wanted(const struct findings *findings);

void findings_fini(struct findings *findings);

#endif
