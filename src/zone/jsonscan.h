/* Values of JSON, cut out of a stream of octets.
 *
 * Purpose: finds where a value begins and ends, so that a parser needs one value at a time, however
 * large the whole is. It counts brackets and knows strings, and leaves all other rules to the
 * parser.
 * Owns: a buffer, as large as the largest value so far.
 * Borrows: the callback that reads, and its context.
 * Lends: values, until it is asked again.
 * Never: parses numbers or strings; keeps more than JSONSCAN_VALUE_MAX octets. */
#ifndef ZONE_JSONSCAN_H
#define ZONE_JSONSCAN_H

#include "base/err.h"

#include <stdint.h>

enum {
    /* A record of 64 KiB makes at most about 3 MiB of JSON. */
    JSONSCAN_VALUE_MAX = 4 * 1024 * 1024,
    JSONSCAN_END = -1,
};

struct jsonscan {
    bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err);
    void *context;
    char *data;
    size_t capacity, at, end; /* at: the next octet */
    size_t mark;              /* octets from here on are kept; NO_MARK: from `at` */
    bool ended;               /* the stream has no more */
    unsigned long line;       /* of `at`, the first is 1 */
    unsigned long mark_line;
};

struct jsonscan_value {
    const char *text;
    size_t length;
    unsigned long line; /* where it begins */
};

/* `read` puts at least one and at most `room` octets at `to` and sets *got; 0 at the end. Error of
 * init: ERR_MEMORY. */
bool jsonscan_init(struct jsonscan *scan,
                   bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err),
                   void *context, struct err *err);
void jsonscan_fini(struct jsonscan *scan);

/* Passes over blanks and line ends. Sets *c to the next character, without passing over it, or to
 * JSONSCAN_END. Errors: those of the callback, ERR_MEMORY, ERR_JSON. */
bool jsonscan_peek(struct jsonscan *scan, int *c, struct err *err);

/* Passes over the character that jsonscan_peek has shown. */
void jsonscan_pass(struct jsonscan *scan);

/* Cuts out the value that begins at the next character that is not a blank. Errors: as above;
 * ERR_JSON where the stream ends inside of it, or no value begins. */
bool jsonscan_value(struct jsonscan *scan, struct jsonscan_value *value, struct err *err);

/* Cuts out the rest of the line, without its line feed. */
bool jsonscan_line(struct jsonscan *scan, struct jsonscan_value *value, struct err *err);

/* The first remembers the position of the character that jsonscan_peek has shown, the second goes
 * back to it, once. What lies between may be as long as a value. */
void jsonscan_mark(struct jsonscan *scan);
void jsonscan_back(struct jsonscan *scan);

#endif
