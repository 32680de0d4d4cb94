/* What was read of keys, for all who have their keys together.
 *
 * Purpose: a file that many name is read once, also one that can be read only once; thousands of
 * keys need few pieces of secret memory, of which a process may have only so many.
 * Owns: the keys and the texts, in memory that is never dumped.
 * Never: reads a file; prints. */
#ifndef JOB_KEYRING_H
#define JOB_KEYRING_H

#include "io/secret.h"
#include "xfer/tsig.h"

struct keyring;

/* `before`: a ring that has read for the same process earlier, or NULL: what cannot be read a
 * second time is borrowed from it, until keyring_inherit. Error: ERR_MEMORY. */
struct keyring *keyring_new(const struct keyring *before, struct err *err);

/* Takes over from the ring before what cannot be read a second time, and was not read anew: that
 * one may go then. What there is no memory for is left out. */
void keyring_inherit(struct keyring *ring, struct keyring *before);

/* Cleanses all; NULL is allowed. */
void keyring_free(struct keyring *ring);

/* Room for so many keys, at most KEYRING_ROOM, for the life of the ring. NULL: ERR_MEMORY. */
enum { KEYRING_ROOM = 64 };
struct tsig_key *keyring_room(struct keyring *ring, size_t count, struct err *err);

/* Gives the last room back, unless a key in it was put there. */
void keyring_give_back(struct keyring *ring, struct tsig_key *room, size_t count);

/* The key that was put there for a path (or env:NAME), and the name that was chosen by, or NULL;
 * with `strict` only one that nothing was said against. NULL: there is none. */
const struct tsig_key *keyring_find(const struct keyring *ring, const char *path, const char *name,
                                    bool strict);

/* Puts a key there, which lies in the ring. Error: ERR_MEMORY. */
bool keyring_put(struct keyring *ring, const char *path, const char *name, bool strict,
                 const struct tsig_key *key, struct err *err);

/* Takes over the text of a variable, or of what is not a regular file, which may not be there a
 * second time; the caller goes on using it. Others are not touched. Error: ERR_MEMORY; the text is
 * freed then. */
bool keyring_keep(struct keyring *ring, const char *path, struct secret_text *text,
                  struct err *err);

/* Gives such a text again: borrowed from the ring, or from the one before. */
bool keyring_text(const struct keyring *ring, const char *path, struct secret_text *text);

/* Whether a text belongs to the ring, which may be NULL, and so is not to be freed. */
bool keyring_keeps(const struct keyring *ring, const struct secret_text *text);

/* Whether a warning is told for the first time. (Where memory is short, it is told again.) */
bool keyring_is_first(struct keyring *ring, const char *warning);

#endif
