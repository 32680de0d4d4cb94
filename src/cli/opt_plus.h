/* dig's and kdig's words with a plus: what each is here.
 *
 * Purpose: one table of all of them, so that a command line that was written for dig works, or is
 * told why not.
 * Owns: nothing but the constant table. */
#ifndef CLI_OPT_PLUS_H
#define CLI_OPT_PLUS_H

#include "base/err.h"

enum plus_kind {
    PLUS_UNKNOWN, /* no such word, or not with "no" before it */
    PLUS_TAKEN,   /* it is so anyway, or changes nothing of a transfer */
    PLUS_IS,      /* an option under another name, `text` */
    PLUS_USE,     /* what to use instead is `text` */
    PLUS_WHY,     /* it is not for zxfr: `text` says why */
};

struct plus_answer {
    enum plus_kind kind;
    const char *text;
};

struct plus_word {
    const char *word;       /* without plus and "no" */
    bool may_have_value;    /* after an equals sign */
    struct plus_answer yes; /* to the word */
    struct plus_answer no;  /* to the word with "no" before it */
};

/* The rows, one after the other; NULL past the end. */
const struct plus_word *opt_plus_row(size_t index);

/* Finds what a word, without the plus, and without a value, is: its name may be cut short, as in
 * dig, if it is clear. Sets *says_no where it has "no" before it. Returns NULL if it is none. */
const struct plus_word *opt_plus_find(const char *word, size_t n, bool *says_no);

#endif
