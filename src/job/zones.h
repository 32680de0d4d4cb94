/* The zones of a run of many: one row each, in list order, and found by name.
 *
 * Purpose: a hundred thousand of them in little memory.
 * Owns: the rows and the names.
 * Never: lets a name be in it twice, whatever its letter case; moves a row. */
#ifndef JOB_ZONES_H
#define JOB_ZONES_H

#include "base/dict.h"
#include "job/sync_facts.h"

struct zones {
    struct zone **rows; /* in list order */
    size_t count, room;
    struct dict names; /* to the rows */
    size_t behind; /* octets of each row for whoever decides when it is looked at (zone->watched):
                    * all zero at first. To be set before the first row */
};

void zones_init(struct zones *zones);
void zones_fini(struct zones *zones);

/* Adds a zone (wire form, in any letter case), with everything but its name and place zero; or
 * finds the one that is there. *is_new, if not NULL, says which. NULL: ERR_MEMORY. */
struct zone *zones_add(struct zones *zones, const uint8_t *name, size_t length, bool *is_new,
                       struct err *err);

/* The zone of that name, or NULL. */
struct zone *zones_find(const struct zones *zones, const uint8_t *name, size_t length);

/* Which of so many shards a zone is in: the first 8 octets of the SHA-256 of its name (wire form,
 * in lower case) as a number, modulo their number. Errors: those of openssl_sha256. */
bool zones_shard(const struct zone *zone, uint32_t shards, uint32_t *shard, struct err *err);

/* What happens to rows when a list is renewed. */
struct zones_change {
    /* A row of that name that left the list earlier and still is somebody's, or NULL: it comes back
     * in place of a new one. */
    struct zone *(*back)(void *context, const uint8_t *name, size_t length);
    /* A row is new in the list. */
    void (*came)(void *context, struct zone *zone);
    /* A row has left the list, and is the caller's. */
    void (*gone)(void *context, struct zone *zone);
    void *context;
};

/* Makes the list what `fresh` is, which is empty then. A zone that is in both keeps its row, and
 * what is known of it; who has named it, its group and its orders become those of the fresh one. */
void zones_renew(struct zones *zones, struct zones *fresh, const struct zones_change *change);

/* Frees a row that is in no list. */
void zones_free_row(struct zone *zone);

/* Keeps only the rows that `keeps` likes, in their order. Error: ERR_MEMORY. */
bool zones_pick(struct zones *zones, bool (*keeps)(void *context, const struct zone *zone),
                void *context, struct err *err);

#endif
