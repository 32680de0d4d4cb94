#include "dns/neighbour.h"

#include "dns/name.h"
#include "dns/types.h"

#include <string.h>

/* RFC 4034 section 2.5 and 3, RFC 2535 section 3.5: what may stand beside a CNAME. */
static bool beside_cname(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_SIG || type == TYPE_NXT ||
           type == TYPE_KEY;
}

COLD static bool note(struct notes *notes, struct err *err, enum err_kind kind, const struct rr *rr,
                      const char *what)
{
    struct name_string owner;
    char type[16];
    if (notes->kinds[kind].count > 0 && !notes->strict) {
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

static bool check_rrset(const struct neighbour *before, const struct rr *rr, bool duplicate,
                        struct notes *notes, struct err *err)
{
    if (duplicate) {
        if (!neighbour_duplicate(rr, notes, err))
            return false;
    } else if (rr->type == TYPE_CNAME || rr->type == TYPE_DNAME || rr->type == TYPE_SOA) {
        if (!note(notes, err, ERR_MULTI_SINGLE, rr, "more than one record"))
            return false;
    }
    /* Signatures over RRsets of different TTLs differ too (RFC 4034 section 3). */
    return before->ttl == rr->ttl || rr->type == TYPE_RRSIG || rr->type == TYPE_SIG ||
           note(notes, err, ERR_TTL_MISMATCH, rr, "TTLs differ within the RRset");
}

static bool check(struct neighbour *neighbour, const struct rr *rr, bool same_owner, bool duplicate,
                  struct notes *notes, struct err *err)
{
    bool good = true;
    if (!neighbour->any || !same_owner)
        neighbour->run_cname = neighbour->run_other = false;
    else if (neighbour->type == rr->type)
        good = check_rrset(neighbour, rr, duplicate, notes, err);
    bool clashed = neighbour->run_cname && neighbour->run_other;
    if (rr->type == TYPE_CNAME)
        neighbour->run_cname = true;
    else if (!beside_cname(rr->type))
        neighbour->run_other = true;
    if (good && !clashed && neighbour->run_cname && neighbour->run_other)
        good = note(notes, err, ERR_CNAME_CLASH, rr, "other data beside a CNAME");
    neighbour->any = true;
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
