/* All judges of a zone, as a sink.
 *
 *     sort ─▶ verify ─▶ next
 *
 * Purpose: takes a zone in canonical order, gathers its names, shows them to the judges, and hands
 * each record on as it came. It can also be tried on records of which nobody knows whether they are
 * in order, such as those of a file: mostly they are, and then the zone need not be kept. The
 * result is complete before the next sink is told of the end, so that it can refuse the zone there.
 * Owns: the judges, and the next sink, which it frees.
 * Borrows: the members of the configuration, and the result, for its life.
 * Never: refuses a zone; changes a record. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/halt.h"
#include "verify/anchor.h"
#include "verify/dnssec.h"
#include "verify/findings.h"
#include "verify/zonemd.h"

enum verify_what { VERIFY_ZONE = 1, VERIFY_ZONEMD = 2, VERIFY_DNSSEC = 4 };

struct verify_config {
    unsigned what; /* enum verify_what */
    /* It is only a try: the names may not come in order, and the records of a name in any, or
     * twice, which is noted (ERR_DUP_RR). Where the names are in no order the sink fails with
     * ERR_INTERNAL; and also, since work that is thrown away must be little, where there are
     * keys, so that signatures are to be verified. NULL: what comes is in order, each once. */
    struct notes *tries;
    struct findings *findings;
    const struct halt *halt;
    /* Of VERIFY_DNSSEC: as in struct dnssec_config. */
    uint64_t now;
    uint32_t skew;
    const struct anchors *anchors;
    struct work *work;
};

struct verify_result {
    struct zonemd_result zonemd; /* with VERIFY_ZONEMD */
    struct dnssec_result dnssec; /* with VERIFY_DNSSEC */
    uint64_t records;            /* without those that came twice */
    uint32_t serial;
};

/* Puts the judges before `next`, which it takes over. Returns NULL with ERR_MEMORY, having freed
 * `next`. Errors of the sink: ERR_MEMORY, ERR_INTERNAL, those of the halt and of `next`. */
struct sink *verify_new(struct sink *next, const struct verify_config *config,
                        struct verify_result *result, struct err *err);

#endif
