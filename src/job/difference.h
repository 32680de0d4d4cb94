/* What new content, finished but not yet in its place, changes in a FILE.
 *
 * Purpose: reads both files once more and compares them: for the changes that --diff-to writes, and
 * for a gate that limits them.
 * Owns: nothing after a call.
 * Borrows: the configuration's members, for the call.
 * Never: holds a file in memory but one that must be sorted for this; writes a file; prints. */
#ifndef JOB_DIFFERENCE_H
#define JOB_DIFFERENCE_H

#include "base/halt.h"
#include "base/notes.h"
#include "dns/rr.h"
#include "io/loop.h"
#include "out/filter.h"

struct difference_file {
    const char *path;
    bool sorted; /* it is a master file that is known to be whole and in canonical order and form */
};

struct difference_config {
    struct difference_file old, new;
    const uint8_t *zone; /* that both are of */
    uint8_t zone_length;
    uint16_t class;
    bool edited_good;            /* the old file may be another one than its last line says */
    const struct filter *filter; /* that was used for the new one, so that the old one may lack
                                  * types, too; NULL: none */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
    size_t memory; /* octets of what must be sorted for this; 0: no limit */
    struct notes *notes;
    /* Is shown each record of the old file that counts; or NULL. */
    void (*saw_old)(void *context, const struct rr *rr);
};

/* Takes all changes there are, as a source that begins once; not to be kept. The context is that of
 * `saw_old`, too. */
typedef bool difference_take(void *context, struct source *changes, struct err *err);

/* Compares, and gives `take` what it has found. *known is false where the old file is not the whole
 * of that zone: then `take` was not called, and `why` says what it is instead. Errors: those of
 * reading the new file, of the comparison, of `take`; ERR_MEMORY, ERR_INTERRUPTED,
 * ERR_TIMEOUT_TOTAL. */
bool difference_run(const struct difference_config *config, difference_take *take, void *context,
                    bool *known, struct err *why, struct err *err);

#endif
