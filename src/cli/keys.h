/* Which key signs the transfers from which server.
 *
 * Purpose: reads the key files that the options name, and picks the keys.
 * Owns: the keys, in memory that is never dumped.
 * Borrows: the settings and the loop, for its life.
 * Never: shows a secret. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/settings.h"

#include <sys/stat.h>

struct keys {
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;     /* for reading all the files */
    struct tsig_key *list; /* first the default key, then those of --server-key in their order */
    size_t count;          /* how many there is room for */
    bool has_default;
};

/* Reads all key files and tells the warnings that there are: a file that others can read, a key on
 * the command line. With --strict they are errors. Must be ended by keys_fini even if it fails.
 * Errors: ERR_KEY, ERR_USAGE, ERR_MEMORY, ERR_INTERRUPTED. */
bool keys_load(struct keys *keys, const struct settings *settings, const struct loop *loop,
               uint64_t deadline, struct err *err);

/* Whether a --server-key is for the server that this word names. */
bool keys_is_for(const struct key_of_server *key, const char *word);

/* The key for a server, or NULL where transfers from it are not signed. Without a server it is the
 * default key. */
const struct tsig_key *keys_for(const struct keys *keys, const struct server *server);

/* Warns if others can read, write or replace the file of a key. Error, with --strict: ERR_KEY. */
bool keys_check_mode(const struct settings *settings, const char *path, const struct stat *st,
                     struct err *err);

/* Cleanses the keys. */
void keys_fini(struct keys *keys);

#endif
