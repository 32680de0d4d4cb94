/* Which key signs transfers, for each server.
 *
 * Purpose: reads the key files that the options name, and picks the keys.
 * Owns: the keys, in memory that is never dumped.
 * Borrows: the configuration's members, for its life.
 * Never: shows a secret; prints. */
#ifndef JOB_KEYS_H
#define JOB_KEYS_H

#include "io/loop.h"
#include "job/spec.h"
#include "job/tell.h"
#include "xfer/tsig.h"

#include <sys/stat.h>

/* The options that tell of keys. */
struct key_options {
    const char *file, *name; /* --key-file (a path or env:NAME), --key-name; or NULL */
    struct tsig_key *given;  /* --key: one, in memory of secret_new; whoever parsed it frees it */
    struct key_of_server {
        const char *server; /* as it was given, without @; not ended by NUL */
        size_t length;
        const char *file;   /* a path, or env:NAME */
    } servers[SERVERS_MAX]; /* --server-key */
    size_t server_count;
};

struct keys_config {
    const struct key_options *options;
    const struct loop *loop;
    uint64_t deadline; /* of loop_now, for reading all the files */
    bool strict;       /* a warning is an error */
    struct teller *teller;
    struct keyring *ring; /* what others have read before, and shall not be read again; or NULL */
};

struct keys {
    struct keys_config config;
    struct tsig_key *list; /* in the ring, or its own: first the default key, then those of
                              --server-key in their order */
    size_t count;          /* how many there is room for */
    bool has_default;
};

/* Reads all key files and environment variables, removes the latter from the environment unless
 * there is a ring, and tells the warnings that there are: a file that others can read, a key on the
 * command line. With strict they are errors. Must be ended by keys_fini even if it fails. Errors:
 * ERR_KEY, ERR_USAGE, ERR_MEMORY, ERR_INTERRUPTED. */
bool keys_load(struct keys *keys, const struct keys_config *config, struct err *err);

/* Whether a --server-key is for the server that this word names. */
bool keys_is_for(const struct key_of_server *key, const char *word);

/* Whether servers have keys of their own, so that one without a key is suspect. */
bool keys_have_servers(const struct keys *keys);

/* The key for a server, or NULL where transfers from it are not signed. Without a server it is the
 * default key. */
const struct tsig_key *keys_for(const struct keys *keys, const struct server *server);

/* Warns if others can read, write or replace the file of a key. Error, with strict: ERR_KEY. */
bool keys_check_mode(const struct keys_config *config, const char *path, const struct stat *st,
                     struct err *err);

/* Removes the environment variables that the options name: due where there is a ring, once all keys
 * were loaded. */
void keys_forget_variables(const struct key_options *options);

/* Whether a word may be a secret that was taken for the name of a file, so that no message shows
 * it. */
bool keys_may_hold_secret(const char *word);

/* Cleanses the keys, but for those in a ring. */
void keys_fini(struct keys *keys);

#endif
