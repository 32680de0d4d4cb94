#include "job/audit_own.h"

#include "io/loop.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000 };

struct audit_place *audit_place_of(struct audit *audit, const struct address *address)
{
    char key[ADDRESS_TEXT_MAX];
    address_text(address, key);
    struct audit_place *place = dict_value(&audit->places, key, strlen(key));
    if (place != NULL)
        return place;
    place = calloc(1, sizeof *place);
    if (place == NULL || !dict_add(&audit->places, key, strlen(key), place, &audit->err)) {
        free(place);
        return NULL;
    }
    *place = (struct audit_place){.owner = AUDIT_OWNER_PLACE, .audit = audit, .address = *address};
    return place;
}

static void take_out(struct audit_place *place, struct audit_item *before, struct audit_item *item)
{
    if (before == NULL)
        place->first = item->next;
    else
        before->next = item->next;
    if (place->last == item)
        place->last = before;
}

/* Takes out the first that may be asked now: no transfer beside another one. */
static struct audit_item *take_item(struct audit_place *place)
{
    struct audit_item *before = NULL, *item = place->first;
    while (item != NULL && audit_is_transfer(item->step) && place->transfers > 0) {
        before = item;
        item = item->next;
    }
    if (item != NULL)
        take_out(place, before, item);
    return item;
}

void audit_place_serve(struct audit_place *place)
{
    struct audit *audit = place->audit;
    uint64_t now = loop_now();
    unsigned rate = audit->config.rate;
    struct audit_item *item;
    while (audit->err.kind == ERR_NONE && now >= place->next_at &&
           (item = take_item(place)) != NULL) {
        if (rate > 0)
            place->next_at = now + SECOND / rate;
        audit_item_ask(item);
    }
    if (place->first != NULL && now < place->next_at)
        engine_timer(audit->config.engine, &place->timer, place->next_at, place);
}

/* Takes one out that will not be asked any more. */
void audit_place_drop(struct audit_item *item)
{
    struct audit_place *place = item->place;
    struct audit_item *before = NULL, *at = place->first;
    while (at != NULL && at != item) {
        before = at;
        at = at->next;
    }
    if (at != NULL)
        take_out(place, before, item);
}

void audit_place_put(struct audit_item *item)
{
    struct audit_place *place = item->place;
    item->next = NULL;
    if (place->first == NULL)
        place->first = item;
    else
        place->last->next = item;
    place->last = item;
    audit_place_serve(place);
}

void audit_places_fini(struct audit *audit)
{
    for (size_t i = 0; i < audit->places.count; i++) {
        struct audit_place *place = audit->places.entries[i].value;
        engine_timer_clear(audit->config.engine, &place->timer);
        free(place);
    }
    dict_fini(&audit->places);
}
