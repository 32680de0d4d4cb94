/* One zone that is checked: read whole, judged, and nothing written.
 *
 * Purpose: side ─▶ store ─▶ walk ─▶ verify. A master file that is not signed is first
 * tried without a store, since most large ones are in order: side ─▶ verify. Where that
 * fails, whatever the reason, it is read again, and nothing is told of the try.
 * Owns: the side, the findings. Borrows: the members of the configuration, for its life.
 * Never: prints. */
#ifndef JOB_CHECK_H
#define JOB_CHECK_H

#include "job/side.h"
#include "verify/verify.h"

struct check_config {
    struct side_config side;
    size_t max_findings;
    const uint8_t *levels;         /* of the rules; NULL: the table's */
    unsigned require;              /* enum verify_what: VERIFY_ZONEMD, VERIFY_DNSSEC */
    uint64_t now;                  /* seconds since 1970 */
    uint32_t skew;                 /* seconds */
    uint64_t least_life;           /* seconds for which every RRset must have a good signature */
    const struct anchors *anchors; /* or NULL */
    struct work *work;             /* or NULL */
};

struct check {
    struct check_teller {
        struct teller teller; /* the first member, so that it leads to the rest */
        struct teller *next;
        struct notes rest;
    } teller; /* leaves out the warnings that are findings */
    struct side side;
    struct findings *findings; /* closed; NULL where the zone could not be read */
    struct verify_result result;
    struct notes notes; /* of the walk, or of the try */
};

/* Reads and judges the zone; a failure is told. Returns ERR_NONE or what has failed. check_fini is
 * due in any case. */
enum err_kind check_run(struct check *check, const struct check_config *config);

void check_fini(struct check *check);

#endif
