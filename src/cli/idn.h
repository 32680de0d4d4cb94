/* Names that are not ASCII, as users type them: A-labels take their place (IDNA2008, by libidn2).
 *
 * Purpose: one place that knows the library, which need not be there.
 * Owns: the library, once it is loaded, until the end of the run.
 * Never: asks the locale, since what is typed is taken for UTF-8 in any; opens another file than
 * the library's. */
#ifndef CLI_IDN_H
#define CLI_IDN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    IDN_WORD_ROOM = 1024,        /* of a word with a zone, a server and a port in it */
    IDN_SHOWN_ROOM = 4 * 80 + 1, /* of a word that is shown */
};

/* Whether nothing needs to be done. */
bool idn_is_ascii(const char *text);

/* Loads the library, unless that was done; false: there is none. idn_ascii does it by itself, but
 * cannot where a fence keeps files out. */
bool idn_load(void);

/* Writes a word, such as ZONE@SERVER#PORT, with A-labels in place of each name in it that is not
 * ASCII. Errors: ERR_USAGE, where it is no name, or there is no library; ERR_MEMORY. */
bool idn_ascii(const char *word, char to[IDN_WORD_ROOM], struct err *err);

/* The first 80 octets of a word as they can be shown: \DDD for each that is not ASCII, as in master
 * files. Returns `to`. */
const char *idn_shown(const char *word, char to[IDN_SHOWN_ROOM]);

#endif
