/* Bringing a file up to date (--update): what the file is, and how changes get into it.
 *
 * Purpose: finds out whether FILE is a zone that changes can be put into, puts them there, and
 * writes what has changed (--diff-to). Owns: the target of --diff-to, while it is open. Borrows:
 * the configuration's members, for its life. Never: talks to servers; prints. */
#ifndef JOB_UPDATE_H
#define JOB_UPDATE_H

#include "job/fetch.h"
#include "job/output.h"

struct update_config {
    const struct spec *spec;
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
    struct output *output; /* open; of FILE */
    struct teller *teller;
    const struct oldzone *old; /* what head and last line of FILE tell */
};

struct update {
    struct fetch_update fetch; /* the first member, so that it leads to the rest */
    struct update_config config;
    bool counts;         /* how much has changed is wanted, whether it is written or not */
    bool is_counted;     /* ... and known: */
    uint64_t changed[2]; /* records, by enum rr_op */
    bool missing;        /* there is no FILE, or nothing in it */
    bool unchecked;      /* FILE was not read yet, but for head and last line */
    char why[ERR_TEXT_MAX];
    bool has_changes; /* the output was made from the old file, by changes */
    bool diff_open;
    struct shape diff_shape;
    struct output diff;
    struct notes *diff_notes; /* of what is written to it */
};

/* Looks at the file of the output, and opens the target of --diff-to. That FILE cannot be brought
 * up to date is not an error: it is told, and in update->fetch, now or, where nobody needs to know
 * before, when changes are put into it or it is to stay. Errors: ERR_USAGE, FILE is not a
 * regular file; ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL, ERR_MEMORY; those of
 * output_open. To be closed by update_fini. */
bool update_open(struct update *update, const struct update_config *config, struct err *err);

/* The same where it is known what FILE is, without reading it, and what --diff-to names is opened
 * only when it is filled; with the name that the spec has then. `missing`: there is no FILE, or
 * nothing in it. `merges`: it has the zone with the serial `since`, written by zxfr so that changes
 * can be put into it, which is found out when they are. `why`: why they cannot, or why it is not
 * known what has changed; for messages. Errors: none. */
void update_begin(struct update *update, const struct update_config *config, bool missing,
                  bool merges, uint32_t since, const char *why);

/* Whether FILE is the whole zone that its last line tells of, to the letter. False: why it is not,
 * or what keeps it from being read (err_is_trouble). */
bool update_check_old(struct update *update, struct err *why);

/* Forgets that changes were put into the file: it is made anew. */
void update_restart(struct update *update);

/* Writes what --diff-to asks for, after the zone is complete and before it is committed; with
 * `unchanged` that is nothing. Errors: ERR_OUTPUT, ERR_INTERRUPTED, ERR_MEMORY and those of
 * reading.
 */
bool update_diff(struct update *update, bool unchanged, struct err *err);

/* The same but for the commit, which is the caller's: update->diff is filled if diff_open is set
 * then. */
bool update_fill_diff(struct update *update, bool unchanged, struct err *err);

void update_fini(struct update *update);

#endif
