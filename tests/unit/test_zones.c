/* job/zones: rows found by name, and lists that become other lists (zones_renew): what is kept,
 * what comes, what goes, and what comes back. */
#include "job/zones.h"

#include "dns/name.h"
#include "job/orders.h"
#include "tap.h"

#include <stddef.h>
#include <time.h>

enum { MOST = 64, BEHIND = 56, NAMES = 40 };

static struct err err;

/* ---- Lists --------------------------------------------------------------------------------- */

static struct orders old_orders, new_orders;

static size_t wire_of(unsigned number, uint8_t wire[NAME_MAX_WIRE])
{
    char text[40];
    uint8_t n = 0;
    snprintf(text, sizeof text, "Zone%u.Example.", number);
    if (name_parse(text, wire, &n) != NULL)
        exit(1);
    return n;
}

static struct zone *find(const struct zones *zones, unsigned number)
{
    uint8_t wire[NAME_MAX_WIRE];
    size_t n = wire_of(number, wire);
    return zones_find(zones, wire, n);
}

static struct zone *add(struct zones *zones, unsigned number, const struct orders *orders)
{
    uint8_t wire[NAME_MAX_WIRE];
    size_t n = wire_of(number, wire);
    struct zone *zone = zones_add(zones, wire, n, NULL, &err);
    if (zone == NULL)
        exit(1);
    if (zone->orders == NULL)
        zone->orders = orders;
    return zone;
}

/* A list of these numbers; the end is a 0. */
static void make(struct zones *zones, const unsigned *numbers, const struct orders *orders)
{
    zones_init(zones);
    zones->behind = BEHIND;
    for (; *numbers != 0; numbers++)
        add(zones, *numbers, orders);
}

/* ---- Who hears of rows --------------------------------------------------------------------- */

struct changes {
    struct zone *left[MOST]; /* that are somebody's still */
    unsigned left_count, came, gone, back;
    const struct zone *last_came, *last_gone;
};

static struct zone *row_back(void *context, const uint8_t *name, size_t length)
{
    struct changes *changes = context;
    for (unsigned i = 0; i < changes->left_count; i++) {
        struct zone *zone = changes->left[i];
        if (zone->name_length != length || memcmp(zone->name, name, length) != 0)
            continue;
        changes->left[i] = changes->left[--changes->left_count];
        changes->back++;
        return zone;
    }
    return NULL;
}

static void row_came(void *context, struct zone *zone)
{
    struct changes *changes = context;
    changes->came++;
    changes->last_came = zone;
}

static void row_gone(void *context, struct zone *zone)
{
    struct changes *changes = context;
    changes->gone++;
    changes->last_gone = zone;
    changes->left[changes->left_count++] = zone;
}

static void renew(struct zones *zones, struct zones *fresh, struct changes *changes)
{
    const struct zones_change change = {row_back, row_came, row_gone, changes};
    changes->came = changes->gone = changes->back = 0;
    zones_renew(zones, fresh, &change);
}

static void free_left(struct changes *changes)
{
    while (changes->left_count > 0)
        zones_free_row(changes->left[--changes->left_count]);
}

/* That the list is what these numbers say, in that order, and nothing else. */
static void is_list(const struct zones *zones, const unsigned *numbers, const char *what)
{
    size_t count = 0;
    unsigned wrong = 0;
    for (; numbers[count] != 0; count++) {
        uint8_t wire[NAME_MAX_WIRE];
        size_t n = wire_of(numbers[count], wire);
        struct zone *zone = find(zones, numbers[count]);
        wrong += zone == NULL || count >= zones->count || zones->rows[count] != zone ||
                 zone->index != count || !name_equal(wire, n, zone->name, zone->name_length);
    }
    ok(wrong == 0 && zones->count == count && zones->names.count == count, "%s", what);
}

/* ---- The tests ----------------------------------------------------------------------------- */

static void adds(void)
{
    uint8_t wire[NAME_MAX_WIRE], longest[NAME_MAX_WIRE] = {0};
    struct zones zones;
    bool is_new = false;
    zones_init(&zones);
    zones.behind = BEHIND;
    size_t n = wire_of(1, wire);
    struct zone *zone = zones_add(&zones, wire, n, &is_new, &err);
    ok(zone != NULL && is_new, "a zone is added");
    ok((uintptr_t)zone->watched % _Alignof(max_align_t) == 0 && zone->watched != NULL,
       "what is behind it is aligned");
    unsigned sum = 0;
    for (size_t i = 0; i < BEHIND; i++)
        sum |= ((const uint8_t *)zone->watched)[i];
    is_int(sum, 0, "... and zero");
    ok(zone->name >= (const uint8_t *)zone->watched + BEHIND, "... and ends before the name");
    memset(zone->watched, 0xff, BEHIND);
    is_mem(zone->name, zone->name_length, "\5zone1\7example", 15, "the name is in lower case");
    memcpy(wire, "\5ZONE1\7exAMPLE", 15);
    ok(zones_add(&zones, wire, n, &is_new, &err) == zone && !is_new, "another letter case, no row");
    ok(zones_find(&zones, wire, n) == zone, "... and it is found");
    is_int((int64_t)zones.count, 1, "there is one");
    /* The root, and the longest name. */
    zone = zones_add(&zones, (const uint8_t *)"", 1, &is_new, &err);
    ok(zone != NULL && is_new && zone->name_length == 1, "the root");
    for (size_t at = 0; at + 2 < NAME_MAX_WIRE; at += 2) {
        longest[at] = 1;
        longest[at + 1] = 'X';
    }
    zone = zones_add(&zones, longest, NAME_MAX_WIRE, &is_new, &err);
    ok(zone != NULL && zone->name_length == NAME_MAX_WIRE && zone->name[253] == 'x',
       "the longest name");
    zones_fini(&zones);
    zones_init(&zones);
    ok(add(&zones, 1, NULL)->watched == NULL, "nothing is behind a row where nothing is needed");
    zones_fini(&zones);
}

/* What the run knows of a zone. */
static void know(struct zone *zone)
{
    memset(zone->watched, (int)zone->name_length + 1, BEHIND);
    zone->serial = 4711;
    zone->has_serial = zone->has_file = zone->was_read = zone->hook_due = true;
    zone->records = 99;
    zone->last_success = 1234567;
    zone->state = ZONE_KEPT;
    zone->exit = 4;
    zone->told_own = 7;
    zone->told_line = zone->told_failure = zone->told_expired = true;
    zone->place = ZONE_WAITS_TURN;
    zone->lane = &err;
    zone->first_server = 3;
}

static bool is_known(const struct zone *zone)
{
    uint8_t behind[BEHIND];
    memset(behind, (int)zone->name_length + 1, BEHIND);
    return memcmp(zone->watched, behind, BEHIND) == 0 && zone->serial == 4711 && zone->has_serial &&
           zone->has_file && zone->was_read && zone->hook_due && zone->records == 99 &&
           zone->last_success == 1234567 && zone->state == ZONE_KEPT && zone->exit == 4 &&
           zone->told_own == 7 && zone->told_line && zone->told_failure && zone->told_expired &&
           zone->place == ZONE_WAITS_TURN && zone->lane == &err && zone->first_server == 3;
}

static void keeps(void)
{
    static const unsigned before[] = {1, 2, 3, 0}, after[] = {4, 3, 1, 0};
    static const char group[] = "group", origin[] = "list";
    struct changes changes = {.left_count = 0};
    struct zones zones, fresh;
    make(&zones, before, &old_orders);
    struct zone *first = find(&zones, 1), *third = find(&zones, 3), *second = find(&zones, 2);
    know(first);
    third->group = "old";
    make(&fresh, after, &new_orders);
    struct zone *named = find(&fresh, 1), *fourth = find(&fresh, 4);
    named->group = group;
    named->origin = origin;
    named->origin_line = 12;
    named->is_catalog = named->is_only_judged = true;
    renew(&zones, &fresh, &changes);
    is_list(&zones, after, "the list is the new one, in its order");
    ok(find(&zones, 1) == first && find(&zones, 3) == third, "kept zones have their rows");
    ok(is_known(first), "... with all that is known of them");
    ok(first->orders == &new_orders && first->group == group && first->origin == origin &&
           first->origin_line == 12 && first->is_catalog && first->is_only_judged,
       "... and what the new list says");
    ok(third->group == NULL && third->orders == &new_orders, "... also where it says nothing");
    ok(changes.came == 1 && changes.last_came == fourth && find(&zones, 4) == fourth, "one came");
    ok(changes.gone == 1 && changes.last_gone == second, "one has gone");
    ok(changes.back == 0, "none is back");
    ok(fresh.count == 0 && fresh.rows == NULL && fresh.names.count == 0 && fresh.behind == BEHIND,
       "the fresh list is empty, and can be filled again");
    zones_fini(&fresh);
    zones_fini(&zones);
    free_left(&changes);
}

static void comes_back(void)
{
    static const unsigned both[] = {1, 2, 0}, one[] = {2, 0}, many[] = {3, 1, 2, 0};
    struct changes changes = {.left_count = 0};
    struct zones zones, fresh;
    make(&zones, both, &old_orders);
    struct zone *first = find(&zones, 1);
    know(first);
    make(&fresh, one, &old_orders);
    renew(&zones, &fresh, &changes);
    ok(changes.gone == 1 && changes.left[0] == first && find(&zones, 1) == NULL, "it has gone");
    make(&fresh, many, &new_orders);
    renew(&zones, &fresh, &changes);
    is_list(&zones, many, "it is back");
    ok(changes.back == 1 && find(&zones, 1) == first && is_known(first), "... with its row");
    ok(first->orders == &new_orders, "... and its new orders");
    ok(changes.came == 1 && changes.gone == 0, "... which is not new, unlike another one");
    make(&fresh, many, &new_orders);
    renew(&zones, &fresh, &changes);
    ok(changes.came + changes.gone + changes.back == 0, "the same list once more changes nothing");
    is_list(&zones, many, "... and it is the same");
    zones_fini(&zones);
    free_left(&changes);
}

static void is_empty(void)
{
    static const unsigned none[] = {0}, some[] = {1, 2, 0};
    struct changes changes = {.left_count = 0};
    struct zones zones, fresh;
    make(&zones, none, &old_orders);
    make(&fresh, none, &old_orders);
    renew(&zones, &fresh, &changes);
    is_list(&zones, none, "an empty list becomes an empty one");
    make(&fresh, some, &old_orders);
    renew(&zones, &fresh, &changes);
    is_list(&zones, some, "an empty list becomes some");
    is_int(changes.came, 2, "... all are new");
    make(&fresh, none, &old_orders);
    renew(&zones, &fresh, &changes);
    is_list(&zones, none, "some become an empty one");
    is_int(changes.gone, 2, "... all have gone");
    make(&fresh, some, &old_orders);
    renew(&zones, &fresh, &changes);
    is_int(changes.back, 2, "... and all are back");
    zones_fini(&zones);
    free_left(&changes);
}

static void twice(void)
{
    static const unsigned before[] = {1, 0};
    struct changes changes = {.left_count = 0};
    struct zones zones, fresh;
    make(&zones, before, &old_orders);
    struct zone *first = find(&zones, 1);
    make(&fresh, before, &new_orders);
    add(&fresh, 1, &old_orders);
    renew(&zones, &fresh, &changes);
    is_list(&zones, before, "a zone that is named twice is there once");
    ok(find(&zones, 1) == first && first->orders == &new_orders, "... as it was named first");
    /* A catalog beside, of the same name: another list, another row. */
    struct zones catalogs, fresh_catalogs;
    make(&catalogs, before, &old_orders);
    struct zone *catalog = find(&catalogs, 1);
    make(&fresh_catalogs, before, &new_orders);
    renew(&catalogs, &fresh_catalogs, &changes);
    ok(find(&catalogs, 1) == catalog && catalog != first && find(&zones, 1) == first,
       "lists do not know each other");
    zones_fini(&catalogs);
    zones_fini(&zones);
    free_left(&changes);
}

/* ---- Random lists -------------------------------------------------------------------------- */

static unsigned state;

static unsigned draw(unsigned below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* In some order, each at most once; half of them. */
static void draw_list(unsigned numbers[NAMES + 1])
{
    unsigned count = 0;
    for (unsigned i = 1; i <= NAMES; i++) {
        if (draw(2) == 0)
            continue;
        unsigned at = draw(count + 1);
        numbers[count] = numbers[at];
        numbers[at] = i;
        count++;
    }
    numbers[count] = 0;
}

/* Whoever has a row may give it up between two renewals. */
static void forget_some(struct changes *changes, struct zone **rows)
{
    for (unsigned i = 0; i < changes->left_count;) {
        struct zone *zone = changes->left[i];
        if (draw(2) == 0) {
            i++;
            continue;
        }
        rows[zone->serial] = NULL;
        zones_free_row(zone);
        changes->left[i] = changes->left[--changes->left_count];
    }
}

static void many_renewals(void)
{
    struct zone *rows[NAMES + 1] = {NULL}; /* as they were made */
    struct changes changes = {.left_count = 0};
    unsigned numbers[NAMES + 1] = {0}, wrong = 0;
    const char *given = getenv("SEED");
    state = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    diag("SEED=%u", state);
    struct zones zones, fresh;
    make(&zones, numbers, &old_orders);
    for (unsigned round = 0; round < 500; round++) {
        draw_list(numbers);
        make(&fresh, numbers, &new_orders);
        renew(&zones, &fresh, &changes);
        size_t count = 0;
        for (; numbers[count] != 0; count++) {
            struct zone *zone = find(&zones, numbers[count]);
            if (zone == NULL || zones.rows[count] != zone || zone->index != count) {
                wrong++;
                continue;
            }
            wrong += rows[numbers[count]] != NULL && rows[numbers[count]] != zone;
            wrong += rows[numbers[count]] != NULL && zone->serial != numbers[count];
            zone->serial = numbers[count];
            rows[numbers[count]] = zone;
        }
        wrong += zones.count != count || zones.names.count != count;
        forget_some(&changes, rows);
    }
    is_int(wrong, 0, "500 random lists: each zone has the row that it had, until it is freed");
    zones_fini(&zones);
    free_left(&changes);
}

int main(void)
{
    adds();
    keeps();
    comes_back();
    is_empty();
    twice();
    many_renewals();
    return tap_end();
}
