#include "dns/soa.h"

#include "base/cursor.h"
#include "dns/order.h"
#include "dns/types.h"

#include <string.h>

bool soa_fits(const struct rr *rr)
{
    return (rr->flags & RR_OPAQUE) == 0 && rr->rdlength >= SOA_RDATA_MIN &&
           rr->rdlength <= SOA_RDATA_MAX;
}

bool soa_keep(struct soa *soa, const struct rr *rr)
{
    if (!soa_fits(rr))
        return false;
    soa->rr = *rr;
    soa->rr.flags = 0;
    soa->rr.owner = memcpy(soa->owner, rr->owner, rr->owner_length);
    soa->rr.rdata = memcpy(soa->rdata, rr->rdata, rr->rdlength);
    return true;
}

void soa_make_canonical(struct soa *soa)
{
    uint8_t rdata[SOA_RDATA_MAX];
    name_lower(soa->owner, soa->rr.owner_length);
    rdata_canonical(&soa->rr, rdata);
    memcpy(soa->rdata, rdata, soa->rr.rdlength);
}

void soa_set_serial(struct soa *soa, uint32_t serial)
{
    uint8_t *at = soa->rdata + soa->rr.rdlength - RDATA_SOA_NUMBERS;
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(serial >> (24 - 8 * i));
}

bool soa_equal(const struct rr *a, const struct rr *b)
{
    uint8_t left[SOA_RDATA_MAX], right[SOA_RDATA_MAX];
    if (!soa_fits(a) || !soa_fits(b) || a->rdlength != b->rdlength)
        return false;
    rdata_canonical(a, left);
    rdata_canonical(b, right);
    return memcmp(left, right, a->rdlength) == 0;
}

/* All but the signer's name, which must be that of the zone, and may be in any letter case. */
static void add_signature(struct soa_signed *to, const struct rr *rr)
{
    enum { FIXED = 18, ROOM = 2048 }; /* RFC 4034 section 3.1 */
    uint8_t line[ROOM];
    size_t signer = rr->rdlength > FIXED ? name_length(rr->rdata + FIXED, rr->rdlength - FIXED) : 0;
    size_t rest = rr->rdlength - FIXED - signer;
    if (signer == 0 || FIXED + rest > sizeof line) {
        sum_line(&to->sum, rr->rdata, rr->rdlength);
        return;
    }
    memcpy(line, rr->rdata, FIXED);
    memcpy(line + FIXED, rr->rdata + FIXED + signer, rest);
    sum_line(&to->sum, line, FIXED + rest);
}

void soa_signed_add(struct soa_signed *to, const struct rr *rr)
{
    if (rr->type == TYPE_SOA && !to->has_soa)
        to->has_soa = soa_keep(&to->soa, rr);
    if (rr->type != TYPE_RRSIG || order_covered(rr) != TYPE_SOA)
        return;
    to->signatures++;
    add_signature(to, rr);
}

bool soa_signed_alike(const struct soa_signed *a, const struct soa_signed *b)
{
    return a->signatures == b->signatures && a->sum.low == b->sum.low && a->sum.high == b->sum.high;
}
