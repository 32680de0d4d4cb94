#include "dns/order.h"

#include "dns/name.h"

int order_sets(const struct rr *a, const struct rr *b)
{
    if (a->owner != b->owner) {
        int order = name_order(a->owner, a->owner_length, b->owner, b->owner_length);
        if (order != 0)
            return order;
    }
    return order_types(a->type, b->type);
}

int order_records(const struct rr *a, const uint8_t *a_canonical, const struct rr *b,
                  const uint8_t *b_canonical)
{
    int order = order_sets(a, b);
    return order != 0 ? order : order_octets(a_canonical, a->rdlength, b_canonical, b->rdlength);
}
