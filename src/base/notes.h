/* Warnings: what is worth telling but does not end the work, unless --strict says so.
 *
 * Purpose: counts the warnings of each kind and keeps the text of the first.
 * Owns: the counts and the texts, inside the object.
 * Never: prints. The command line prints them once, at the end: a hostile stream with a million odd
 * records must not become a million lines. */
#ifndef BASE_NOTES_H
#define BASE_NOTES_H

#include "base/err.h"

#include <stdint.h>

enum { NOTES_TEXT_MAX = 320 };

struct notes {
    bool strict; /* set by the caller: a warning is an error */
    /* Whether anything that is odd about what has this number is worth a note; NULL: it is. Whoever
     * makes notes about one of many kinds of things asks before; of records it is their type. */
    bool (*worth)(const void *context, uint16_t number);
    const void *context;
    uint64_t counts[ERR_KINDS];
    char texts[ERR_KINDS][NOTES_TEXT_MAX]; /* of the first; last, because they are large, and hold
                                            * nothing where the count is 0 */
};

/* Makes them as if they were all zero. Only the small part is touched, so that many that lie in
 * fresh memory take none for their texts. */
void notes_reset(struct notes *notes);

/* The words of the first of a kind; "": there was none, or they were only counted. */
const char *notes_text(const struct notes *notes, enum err_kind kind);

/* Counts a case of the kind; the text is kept if it is the first. Under strict it sets the error
 * instead and returns false; otherwise it returns true. */
bool notes_add(struct notes *notes, struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether notes about what has this number are wanted. */
static inline bool notes_want(const struct notes *notes, uint16_t number)
{
    return notes->worth == NULL || notes->worth(notes->context, number);
}

/* Only counts: for what is too common to be a warning. */
void notes_count(struct notes *notes, enum err_kind kind);

#endif
