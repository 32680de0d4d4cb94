#include "job/lane.h"

bool lane_is_empty(const struct lane *lane)
{
    return lane->rows[0].first == NULL && lane->rows[1].first == NULL;
}

static struct lane_row *row_of(struct lane *lane, enum zone_place place)
{
    return &lane->rows[place - ZONE_WAITS_FIRST];
}

void lane_put(struct lane *lane, struct zone *zone, enum zone_place place)
{
    struct lane_row *row = row_of(lane, place);
    zone->lane = lane;
    zone->place = (uint8_t)place;
    zone->next = NULL;
    zone->prev = row->last;
    if (row->last != NULL)
        row->last->next = zone;
    else
        row->first = zone;
    row->last = zone;
}

void lane_take_out(struct lane *lane, struct zone *zone)
{
    struct lane_row *row = row_of(lane, (enum zone_place)zone->place);
    if (zone->prev != NULL)
        zone->prev->next = zone->next;
    else
        row->first = zone->next;
    if (zone->next != NULL)
        zone->next->prev = zone->prev;
    else
        row->last = zone->prev;
    zone->next = zone->prev = NULL;
    zone->place = ZONE_RESTS;
}

struct zone *lane_next(struct lane *lane)
{
    struct zone *first = row_of(lane, ZONE_WAITS_FIRST)->first;
    struct zone *usual = row_of(lane, ZONE_WAITS_TURN)->first;
    bool is_usual = usual != NULL && (first == NULL || lane->hurried + 1 >= LANE_TURNS);
    struct zone *zone = is_usual ? usual : first;
    lane->hurried = is_usual || usual == NULL ? 0 : lane->hurried + 1;
    lane_take_out(lane, zone);
    zone->place = ZONE_AT_WORK;
    return zone;
}
