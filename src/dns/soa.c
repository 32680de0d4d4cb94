#include "dns/soa.h"

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
