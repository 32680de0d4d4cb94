/* A word that names a zone to read: a file, or ZONE@SERVER.
 *
 * Owns: nothing. Borrows: the word, for the life of the source. */
#ifndef CLI_OPT_SOURCE_H
#define CLI_OPT_SOURCE_H

#include "cli/settings.h"

/* Whether it names a zone on servers: an @ and no slash. */
bool opt_source_is_server(const char *word);

/* Reads the word: ZONE@SERVER, ZONE@, or else a file. Error: ERR_USAGE. */
bool opt_source_read(struct zone_source *source, const char *word, struct err *err);

/* The same for a word of the command line: the server goes to the list of all, too, where keys
 * look. */
bool opt_source_take(struct settings *settings, struct zone_source *source, const char *word,
                     struct err *err);

/* Sets the zone of a source, and nothing else of it, from n characters; zone_text has A-labels.
 * Errors: ERR_USAGE, ERR_MEMORY. */
bool opt_source_zone(struct zone_source *source, const char *text, size_t n, struct err *err);

#endif
