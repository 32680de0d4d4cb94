/* The errors of one input: the first decides what becomes of it, and the others are worth telling
 * all the same.
 *
 * Purpose: counts them and keeps the text of the first few.
 * Owns: the texts, until faults_fini.
 * Never: fails; where memory is short, an error is only counted. */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

#include "base/err.h"

#include <stdint.h>

enum { FAULTS_COUNTED = 100000 }; /* more are not looked for */

struct faults {
    unsigned most; /* how many texts are kept; 0: nobody looks further than the first error */
    unsigned kept;
    uint64_t count;
    char **texts;
};

/* Keeps an error, which is set. */
void faults_add(struct faults *faults, const struct err *err);

/* Whether to go on looking. */
bool faults_wanted(const struct faults *faults);

void faults_fini(struct faults *faults);

#endif
