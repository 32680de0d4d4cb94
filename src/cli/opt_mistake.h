/* Words that could be the name of a zone or of a server, and are meant to be something else: URLs,
 * addresses, files, keys. They are refused before anything is asked.
 *
 * Purpose: one place that knows them, whichever word or option it is.
 * Owns: nothing.
 * Never: opens a file; shows what may be a secret. Error of each, false then: ERR_USAGE. */
#ifndef CLI_OPT_MISTAKE_H
#define CLI_OPT_MISTAKE_H

#include "base/err.h"

/* The @ that begins a server, or NULL; one with a backslash before it is of a name, unless that has
 * one itself. */
const char *opt_mistake_at(const char *word);

/* Whether a word has no dash or quotes of the kind that web pages make of - and ". The file that is
 * named so passes. Not for lines of a list: the fence may be up. */
bool opt_mistake_typed(const char *word, struct err *err);

/* Whether a word can be the name of a zone. One of just that name is written with a dot at its end,
 * or with a backslash before what is odd about it. */
bool opt_mistake_zone(const char *word, struct err *err);

/* Whether a word, without the @ before it, can name a server. */
bool opt_mistake_server(const char *word, struct err *err);

#endif
