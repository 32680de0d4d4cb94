#include "dns/neighbour.h"
#include "dns/types.h"
#include "zone/store_held.h"
#include "zone/store_pieces.h"

#include <stdlib.h>

/* The rows as records, with a look at how neighbours go together. */
struct walk {
    struct source source;
    const struct store *store;
    struct rows *rows;
    struct notes *notes;
    struct neighbour neighbour;
    struct row row;

    uint8_t owner[NAME_MAX_WIRE]; /* the current one, in canonical form */
    uint8_t owner_length;
    bool plain_before; /* the record before had the canonical owner */

    const struct type_info *info; /* of the type of the record before */
    uint16_t type;
};

static void enter_owner(struct walk *walk, struct key key)
{
    const struct store *store = walk->store;
    walk->owner_length = (uint8_t)namekey_name(walk->owner, key.octets, key.length, store->apex,
                                               store->facts.zone.apex_length);
}

static void fill_rr(struct walk *walk, const struct row *row, struct rr *rr)
{
    const struct record *record = &row->record;
    bool plain = record->given_owner == NULL;
    if (record->type != walk->type || walk->info == NULL) {
        walk->type = record->type;
        walk->info = types_find(record->type, walk->store->facts.zone.class);
    }
    *rr = (struct rr){
        .owner = plain ? walk->owner : record->given_owner,
        .rdata = record->given_rdata,
        .info = walk->info,
        .ttl = record->ttl,
        .type = record->type,
        .class = walk->store->facts.zone.class,
        .rdlength = record->length,
        .owner_length = walk->owner_length,
        .flags = (record->flags & OPAQUE) != 0 ? RR_OPAQUE : 0,
    };
    if (!row->first && plain && walk->plain_before)
        rr->flags |= RR_SAME_OWNER;
    walk->plain_before = plain;
}

static bool note_row(struct walk *walk, const struct row *row, const struct rr *rr, struct err *err)
{
    for (uint64_t i = 0; i < row->record.more; i++)
        if (!neighbour_duplicate(rr, walk->notes, err))
            return false;
    return neighbour_check_distinct(&walk->neighbour, rr, !row->first, walk->notes, err);
}

static enum source_event walk_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct walk *walk = (struct walk *)source;
    struct row *row = &walk->row;
    enum source_event event = walk->rows->next(walk->rows, row, err);
    *op = RR_ADD;
    if (event == SOURCE_RR) {
        if (row->first)
            enter_owner(walk, row->key);
        fill_rr(walk, row, rr);
        if (walk->notes != NULL && !note_row(walk, row, rr, err))
            return SOURCE_FAIL;
    } else if (event == SOURCE_END && walk->notes != NULL) {
        if (!neighbour_end(&walk->neighbour, walk->notes, err))
            return SOURCE_FAIL;
    }
    return event;
}

static void walk_free(struct source *source)
{
    struct walk *walk = (struct walk *)source;
    walk->rows->free(walk->rows);
    free(walk);
}

static struct rows *open_rows(struct store *store, struct err *err)
{
    return store->pieces.count > 0 ? store_pieces_open(&store->pieces, err)
                                   : store_held_open(store, err);
}

struct source *store_walk(struct store *store, struct notes *notes, struct err *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    struct rows *rows = walk != NULL ? open_rows(store, err) : NULL;
    if (rows == NULL) {
        err_set(err, ERR_MEMORY, "out of memory"); /* unless something else is said already */
        free(walk);
        return NULL;
    }
    walk->source = (struct source){.next = walk_next, .free = walk_free};
    walk->store = store;
    walk->rows = rows;
    walk->notes = notes;
    return &walk->source;
}
