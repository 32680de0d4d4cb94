#include "cli/report_held.h"

#include "io/spool.h"

#include <stdlib.h>
#include <unistd.h>

struct report_held_line {
    const struct zone *zone;
    uint64_t at; /* in the file */
    size_t length;
    struct report_held_line *next; /* in the bucket */
};

void report_held_init(struct report_held *held)
{
    *held = (struct report_held){.spool = -1};
}

void report_held_fini(struct report_held *held)
{
    for (size_t i = 0; i < held->room; i++)
        while (held->table[i] != NULL) {
            struct report_held_line *line = held->table[i];
            held->table[i] = line->next;
            free(line);
        }
    free(held->table);
    if (held->spool >= 0)
        close(held->spool);
    report_held_init(held);
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "no memory for the report");
}

/* ---- The table ----------------------------------------------------------------------------- */

static struct report_held_line **bucket_of(const struct report_held *held, const struct zone *zone)
{
    uint64_t hash = (uint64_t)(uintptr_t)zone * UINT64_C(0x9e3779b97f4a7c15);
    return &held->table[(size_t)(hash >> 32) & (held->room - 1)];
}

/* Where its line is; NULL: none is held. */
static struct report_held_line **find(const struct report_held *held, const struct zone *zone)
{
    if (held->room == 0)
        return NULL;
    struct report_held_line **at = bucket_of(held, zone);
    while (*at != NULL && (*at)->zone != zone)
        at = &(*at)->next;
    return *at != NULL ? at : NULL;
}

bool report_held_has(const struct report_held *held, const struct zone *zone)
{
    return find(held, zone) != NULL;
}

static void link_line(struct report_held *held, struct report_held_line *line)
{
    struct report_held_line **at = bucket_of(held, line->zone);
    line->next = *at;
    *at = line;
}

/* Makes room for one more. */
static bool grow(struct report_held *held, struct err *err)
{
    size_t old_room = held->room, room = old_room > 0 ? 2 * old_room : 64;
    struct report_held_line **old = held->table;
    if (held->count < old_room)
        return true;
    struct report_held_line **table = calloc(room, sizeof(void *));
    if (table == NULL)
        return no_memory(err);
    held->table = table;
    held->room = room;
    for (size_t i = 0; i < old_room; i++)
        for (struct report_held_line *line = old[i], *next; line != NULL; line = next) {
            next = line->next;
            link_line(held, line);
        }
    free(old);
    return true;
}

/* All lines, in this order, to be freed. */
static struct report_held_line **sort_lines(const struct report_held *held,
                                            int (*compare)(const void *, const void *),
                                            struct err *err)
{
    struct report_held_line **all = malloc((held->count + 1) * sizeof(void *));
    size_t count = 0;
    if (all == NULL) {
        no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < held->room; i++)
        for (struct report_held_line *line = held->table[i]; line != NULL; line = line->next)
            all[count++] = line;
    qsort(all, count, sizeof(void *), compare);
    return all;
}

static int by_list(const void *a, const void *b)
{
    const struct report_held_line *const *left = a, *const *right = b;
    uint32_t l = (*left)->zone->index, r = (*right)->zone->index;
    return (l > r) - (l < r);
}

const struct zone **report_held_zones(const struct report_held *held, size_t *count,
                                      struct err *err)
{
    struct report_held_line **all = sort_lines(held, by_list, err);
    const struct zone **zones = malloc((held->count + 1) * sizeof(void *));
    *count = held->count;
    for (size_t i = 0; all != NULL && zones != NULL && i < *count; i++)
        zones[i] = all[i]->zone;
    if (all != NULL && zones != NULL) {
        free(all);
        return zones;
    }
    free(all);
    free(zones);
    no_memory(err);
    return NULL;
}

/* ---- The file ------------------------------------------------------------------------------ */

/* Gives a line, to be freed. */
static char *read_line(const struct report_held *held, const struct report_held_line *line,
                       struct err *err)
{
    char *text = malloc(line->length);
    if (text == NULL) {
        no_memory(err);
        return NULL;
    }
    if (spool_read(held->spool, text, line->length, line->at, err))
        return text;
    free(text);
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct report_held_line *const *left = a, *const *right = b;
    return ((*left)->at > (*right)->at) - ((*left)->at < (*right)->at);
}

/* Copies lines to another file, one after the other. */
static bool copy_lines(const struct report_held *held, struct report_held_line **all, int to,
                       struct err *err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < held->count; i++) {
        char *text = read_line(held, all[i], err);
        bool good = text != NULL && spool_write(to, text, all[i]->length, at, err);
        at += all[i]->length;
        free(text);
        if (!good)
            return false;
    }
    return true;
}

/* The file to which all lines were copied is the one from now on. Returns the other one. */
static int change_file(struct report_held *held, struct report_held_line **all, int to)
{
    int old = held->spool;
    held->spool = to;
    held->spooled = 0;
    for (size_t i = 0; i < held->count; i++) {
        all[i]->at = held->spooled;
        held->spooled += all[i]->length;
    }
    return old;
}

/* Where too much of the file is lost another one takes its place. If there can be none, that is
 * tried again when as much has been lost once more. */
static void pack(struct report_held *held)
{
    struct err ignored = {.kind = ERR_NONE};
    if (held->unused < held->spooled - held->unused + REPORT_HELD_WASTE)
        return;
    struct report_held_line **all = sort_lines(held, by_place, &ignored);
    int other = all != NULL ? spool_open(&ignored) : -1;
    if (other >= 0 && copy_lines(held, all, other, &ignored))
        other = change_file(held, all, other);
    if (other >= 0)
        close(other);
    held->unused = 0;
    free(all);
}

/* ---- Lines --------------------------------------------------------------------------------- */

bool report_held_put(struct report_held *held, const struct zone *zone, const char *text,
                     size_t length, struct err *err)
{
    struct report_held_line *line = malloc(sizeof *line);
    if (line == NULL)
        return no_memory(err);
    pack(held);
    bool good = grow(held, err) && (held->spool >= 0 || (held->spool = spool_open(err)) >= 0) &&
                spool_write(held->spool, text, length, held->spooled, err);
    if (!good) {
        free(line);
        return false;
    }
    *line = (struct report_held_line){.zone = zone, .at = held->spooled, .length = length};
    link_line(held, line);
    held->count++;
    held->spooled += length;
    return true;
}

char *report_held_take(struct report_held *held, const struct zone *zone, size_t *length,
                       struct err *err)
{
    struct report_held_line **at = find(held, zone);
    if (at == NULL)
        return NULL;
    struct report_held_line *line = *at;
    char *text = read_line(held, line, err);
    *length = line->length;
    *at = line->next;
    held->unused += line->length;
    held->count--;
    free(line);
    /* If it cannot be cut it is only larger. */
    if (held->count == 0 && ftruncate(held->spool, 0) == 0)
        held->spooled = held->unused = 0;
    return text;
}
