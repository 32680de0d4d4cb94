#include "dns/neighbour.h"

#include "base/copy.h"
#include "dns/types.h"

#include <stdio.h>
#include <string.h>

/* What matters of a type. The first two are kept for all records of an owner. */
enum trait {
    IS_CNAME = 1,
    IS_OTHER = 2,     /* may not stand beside a CNAME (RFC 4034 sections 2.5 and 3, RFC 2535
                       * section 3.5) */
    IS_SINGLE = 4,    /* one record makes the RRset */
    IS_SIGNATURE = 8, /* over several types: not one RRset */
};

static inline unsigned traits_of(uint16_t type)
{
    switch (type) {
    case TYPE_CNAME:
        return IS_CNAME | IS_SINGLE;
    case TYPE_DNAME:
    case TYPE_SOA:
        return IS_OTHER | IS_SINGLE;
    case TYPE_RRSIG:
    case TYPE_SIG:
        return IS_SIGNATURE;
    case TYPE_NSEC:
    case TYPE_NXT:
    case TYPE_KEY:
        return 0;
    default:
        return IS_OTHER;
    }
}

/* The limit of a message (RFC 1035 section 4.2.2), what an answer has besides records, and what
 * each record has besides its RDATA if its owner is a pointer to the question. */
enum {
    MESSAGE_MAX = 65535,
    ANSWER_FIXED = 12 + 4, /* and the owner */
    RECORD_FIXED = 2 + 10,
    SMALL = MESSAGE_MAX - ANSWER_FIXED - NAME_MAX_WIRE, /* what fits, whatever the owner */
};

COLD static bool note(struct notes *notes, struct err *err, enum err_kind kind, const struct rr *rr,
                      const char *what)
{
    struct name_string owner;
    char type[16];
    if (notes->counts[kind] > 0 && !notes->strict) {
        notes_count(notes, kind);
        return true;
    }
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(notes, err, kind, "%.255s %s: %s", name_string(&owner, rr->owner), type, what);
}

bool neighbour_duplicate(const struct rr *rr, struct notes *notes, struct err *err)
{
    return note(notes, err, ERR_DUP_RR, rr, "the same record twice");
}

/* From here on each record takes the long way, until the RRset is over. */
COLD static void begin_large(struct neighbour *neighbour, const struct rr *rr)
{
    if (neighbour->large || (traits_of(rr->type) & IS_SIGNATURE) != 0 ||
        neighbour->run.octets + ANSWER_FIXED + rr->owner_length <= MESSAGE_MAX)
        return;
    neighbour->large = true;
    neighbour->plain = false;
    memcpy(neighbour->owner, rr->owner, rr->owner_length);
}

COLD static bool end_large(struct neighbour *neighbour, struct notes *notes, struct err *err)
{
    const struct rr rr = {.owner = neighbour->owner, .type = neighbour->type};
    size_t owner_length = name_length(neighbour->owner, sizeof neighbour->owner);
    char what[96];
    snprintf(what, sizeof what, "an RRset of %lu octets, which fits in no message (65535)",
             (unsigned long)(neighbour->run.octets + ANSWER_FIXED + owner_length));
    neighbour->large = false;
    return note(notes, err, ERR_RRSET_SIZE, &rr, what);
}

bool neighbour_end(struct neighbour *neighbour, struct notes *notes, struct err *err)
{
    return !neighbour->large || end_large(neighbour, notes, err);
}

/* The next record where none came before, or where the RRset is large. */
COLD static bool leave_plain(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                             struct notes *notes, struct err *err)
{
    if (neighbour->large && same_owner && neighbour->type == rr->type)
        return true;
    neighbour->plain = true;
    return neighbour_end(neighbour, notes, err);
}

/* Whether the record has the RDATA of the one before. */
static bool repeats(const struct neighbour *before, const struct rr *rr)
{
    return before->rdlength == rr->rdlength && rr->rdlength <= NEIGHBOUR_RDATA &&
           memcmp(before->rdata, rr->rdata, rr->rdlength) == 0;
}

/* The same, as far as the first octets tell, without a call. */
static inline bool may_repeat(const struct neighbour *before, const struct rr *rr)
{
    uint32_t first, last;
    if (before->rdlength != rr->rdlength)
        return false;
    if (rr->rdlength < sizeof first)
        return true;
    memcpy(&first, before->rdata, sizeof first);
    memcpy(&last, rr->rdata, sizeof last);
    return first == last;
}

/* A further record of an RRset, with which something may be wrong. */
COLD static bool check_closely(struct neighbour *before, const struct rr *rr, bool may_be_double,
                               struct notes *notes, struct err *err)
{
    if (before->run.octets > SMALL)
        begin_large(before, rr);
    if (may_be_double && repeats(before, rr)) {
        if (!neighbour_duplicate(rr, notes, err))
            return false;
    } else if ((traits_of(rr->type) & IS_SINGLE) != 0) {
        if (!note(notes, err, ERR_MULTI_SINGLE, rr, "more than one record"))
            return false;
    }
    /* Signatures over RRsets of different TTLs differ too (RFC 4034 section 3). */
    return before->ttl == rr->ttl || (traits_of(rr->type) & IS_SIGNATURE) != 0 ||
           note(notes, err, ERR_TTL_MISMATCH, rr, "TTLs differ within the RRset");
}

/* ---- What most records have nothing of ------------------------------------------------------ */

static inline bool is_same_rrset(const struct neighbour *before, const struct rr *rr,
                                 bool same_owner)
{
    return same_owner && before->type == rr->type;
}

/* What has been seen of the owner and the RRset, with this record. */
static inline struct neighbour_run run_with(const struct neighbour *before, const struct rr *rr,
                                            bool same_owner)
{
    unsigned seen = traits_of(rr->type) & (IS_CNAME | IS_OTHER);
    uint32_t octets = RECORD_FIXED + (uint32_t)rr->rdlength;
    return (struct neighbour_run){
        .seen = (uint8_t)(seen | (same_owner ? before->run.seen : 0)),
        .octets = octets + (is_same_rrset(before, rr, same_owner) ? before->run.octets : 0),
    };
}

static inline bool needs_look(const struct neighbour *before, const struct rr *rr, bool same_owner,
                              bool may_be_double, uint32_t octets)
{
    return is_same_rrset(before, rr, same_owner) &&
           (octets > SMALL || before->ttl != rr->ttl || (traits_of(rr->type) & IS_SINGLE) != 0 ||
            (may_be_double && may_repeat(before, rr)));
}

static inline bool begins_clash(const struct neighbour *before, bool same_owner, unsigned seen)
{
    return seen == (IS_CNAME | IS_OTHER) && same_owner && seen != before->run.seen;
}

static inline void keep_rdata(struct neighbour *neighbour, const struct rr *rr)
{
    neighbour->rdlength = rr->rdlength;
    if (rr->rdlength <= NEIGHBOUR_RDATA)
        copy_few(neighbour->rdata, rr->rdata, rr->rdlength);
}

static inline void keep(struct neighbour *neighbour, const struct rr *rr, struct neighbour_run run,
                        bool with_rdata)
{
    bool looks = !neighbour->plain || (traits_of(rr->type) & IS_SINGLE) != 0;
    neighbour->run = run;
    neighbour->limit = looks ? 0 : SMALL;
    neighbour->type = rr->type;
    neighbour->ttl = rr->ttl;
    if (with_rdata)
        keep_rdata(neighbour, rr);
}

COLD static bool check_oddity(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                              bool may_be_double, struct notes *notes, struct err *err)
{
    if (!neighbour->plain && !leave_plain(neighbour, rr, same_owner, notes, err))
        return false;
    struct neighbour_run run = run_with(neighbour, rr, same_owner);
    bool clashes = begins_clash(neighbour, same_owner, run.seen);
    bool closely = needs_look(neighbour, rr, same_owner, may_be_double, run.octets), good = true;
    neighbour->run = run;
    if (closely)
        good = check_closely(neighbour, rr, may_be_double, notes, err);
    if (good && clashes)
        good = note(notes, err, ERR_CNAME_CLASH, rr, "other data beside a CNAME");
    keep(neighbour, rr, run, may_be_double);
    return good;
}

/* A further record of an RRset is mostly like the one before, but for its RDATA. */
static inline bool check(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                         bool may_be_double, struct notes *notes, struct err *err)
{
    if (is_same_rrset(neighbour, rr, same_owner)) {
        uint32_t octets = neighbour->run.octets + RECORD_FIXED + rr->rdlength;
        if (octets > neighbour->limit || neighbour->ttl != rr->ttl ||
            (may_be_double && may_repeat(neighbour, rr)))
            return check_oddity(neighbour, rr, true, may_be_double, notes, err);
        neighbour->run.octets = octets;
        if (may_be_double)
            keep_rdata(neighbour, rr);
        return true;
    }
    struct neighbour_run run = run_with(neighbour, rr, same_owner);
    if (!neighbour->plain || begins_clash(neighbour, same_owner, run.seen))
        return check_oddity(neighbour, rr, same_owner, may_be_double, notes, err);
    keep(neighbour, rr, run, may_be_double);
    return true;
}

bool neighbour_check_distinct(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                              struct notes *notes, struct err *err)
{
    return check(neighbour, rr, same_owner, false, notes, err);
}

bool neighbour_check(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                     struct notes *notes, struct err *err)
{
    return check(neighbour, rr, same_owner, true, notes, err);
}
