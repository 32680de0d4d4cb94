/* A recording (--record) as a source: the last transfer in it runs once more, without a network.
 *
 * Purpose: gives the recorded octets to the machines of a transfer, at the recorded times.
 * Owns: the descriptor, a buffer, the machines.
 * Borrows: the key and the notes, for its life.
 * Never: prints, connects. */
#ifndef JOB_REPLAY_H
#define JOB_REPLAY_H

#include "base/halt.h"
#include "base/notes.h"
#include "dns/rr.h"
#include "job/tell.h"

struct replay_config {
    int fd;           /* a regular file at its beginning; the source takes it, even on failure */
    const char *name; /* for messages */
    const struct tsig_key *key; /* or NULL */
    enum delta_view view;       /* of changes */
    size_t delta_limit;         /* as in struct delta_config */
    struct notes *notes;
    const struct halt *halt;
    struct teller *watcher; /* is told of the query and of each message; or NULL */
};

/* Errors of opening: ERR_RECORDING (it cannot be read, or holds no transfer), those of
 * exchange_replay, ERR_MEMORY. Errors of the source: those of the transfer, and ERR_INCOMPLETE
 * where the recording ends before the zone does; those of the halt. */
struct source *replay_open(const struct replay_config *config, struct err *err);
/* What the recording is of, and how its signatures are dealt with. */
struct answer_facts replay_facts(const struct source *source);

#endif
