#include "dns/neighbour.h"

#include "dns/types.h"

#include <stdio.h>
#include <string.h>

/* RFC 4034 section 2.5 and 3, RFC 2535 section 3.5: what may stand beside a CNAME. */
static bool beside_cname(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_SIG || type == TYPE_NXT ||
           type == TYPE_KEY;
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

/* Signatures over several types are not one RRset. */
static bool is_signature(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_SIG;
}

/* From here on each record takes the long way, until the RRset is over. */
COLD static void begin_large(struct neighbour *neighbour, const struct rr *rr)
{
    if (neighbour->large || is_signature(rr->type) ||
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

static bool check_rrset(struct neighbour *before, const struct rr *rr, bool duplicate,
                        struct notes *notes, struct err *err)
{
    before->run.octets += RECORD_FIXED + rr->rdlength;
    if (before->run.octets > SMALL)
        begin_large(before, rr);
    if (duplicate) {
        if (!neighbour_duplicate(rr, notes, err))
            return false;
    } else if (rr->type == TYPE_CNAME || rr->type == TYPE_DNAME || rr->type == TYPE_SOA) {
        if (!note(notes, err, ERR_MULTI_SINGLE, rr, "more than one record"))
            return false;
    }
    /* Signatures over RRsets of different TTLs differ too (RFC 4034 section 3). */
    return before->ttl == rr->ttl || is_signature(rr->type) ||
           note(notes, err, ERR_TTL_MISMATCH, rr, "TTLs differ within the RRset");
}

static bool check(struct neighbour *neighbour, const struct rr *rr, bool same_owner, bool duplicate,
                  struct notes *notes, struct err *err)
{
    bool good = true;
    if (!neighbour->plain && !leave_plain(neighbour, rr, same_owner, notes, err))
        return false;
    if (!same_owner)
        neighbour->run.cname = neighbour->run.other = false;
    if (!same_owner || neighbour->type != rr->type)
        neighbour->run.octets = RECORD_FIXED + (uint32_t)rr->rdlength;
    else
        good = check_rrset(neighbour, rr, duplicate, notes, err);
    bool clashed = neighbour->run.cname && neighbour->run.other;
    if (rr->type == TYPE_CNAME)
        neighbour->run.cname = true;
    else if (!beside_cname(rr->type))
        neighbour->run.other = true;
    if (good && !clashed && neighbour->run.cname && neighbour->run.other)
        good = note(notes, err, ERR_CNAME_CLASH, rr, "other data beside a CNAME");
    neighbour->type = rr->type;
    neighbour->ttl = rr->ttl;
    return good;
}

bool neighbour_check_distinct(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                              struct notes *notes, struct err *err)
{
    return check(neighbour, rr, same_owner, false, notes, err);
}

bool neighbour_check(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                     struct notes *notes, struct err *err)
{
    bool duplicate = neighbour->rdlength == rr->rdlength && rr->rdlength <= NEIGHBOUR_RDATA &&
                     memcmp(neighbour->rdata, rr->rdata, rr->rdlength) == 0;
    bool good = check(neighbour, rr, same_owner, duplicate, notes, err);
    neighbour->rdlength = rr->rdlength;
    if (rr->rdlength <= NEIGHBOUR_RDATA)
        memcpy(neighbour->rdata, rr->rdata, rr->rdlength);
    return good;
}
