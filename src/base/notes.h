/* What is worth a warning but does not end the work, unless --strict makes it.
 *
 * Purpose: counts each kind of warning and keeps the words of its first case.
 * Owns: the counts and the texts, inside the object.
 * Never: prints. The command line prints them once, at the end: a hostile stream with a million
 * odd records must not become a million lines. */
#ifndef BASE_NOTES_H
#define BASE_NOTES_H

#include "base/err.h"

#include <stdint.h>

enum { NOTES_TEXT_MAX = 320 };

struct notes {
    bool strict; /* set by the caller: a warning is an error */
    struct note {
        uint64_t count;
        char first[NOTES_TEXT_MAX];
    } kinds[ERR_KINDS];
};

/* Counts a case of the kind; the words are kept if it is the first. Under strict it sets the
 * error instead and returns false; otherwise returns true. */
bool notes_add(struct notes *notes, struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Counts only: for what is normal enough to be no warning. */
void notes_count(struct notes *notes, enum err_kind kind);

#endif
