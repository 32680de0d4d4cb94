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
    enum source_event event; /* what the row came with, if it was looked at only */
    bool looked;
    bool skipped; /* the record before was passed over */

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
    if (!row->first && plain && walk->plain_before && !walk->skipped)
        rr->flags |= RR_SAME_OWNER;
    walk->plain_before = plain;
    walk->skipped = false;
}

static bool note_row(struct walk *walk, const struct row *row, const struct rr *rr, struct err *err)
{
    for (uint64_t i = 0; i < row->record.more; i++)
        if (!neighbour_duplicate(rr, walk->notes, err))
            return false;
    return neighbour_check_distinct(&walk->neighbour, rr, !row->first, walk->notes, err);
}

/* Gets the next row, unless it is there. */
static enum source_event look(struct walk *walk, struct err *err)
{
    if (!walk->looked)
        walk->event = walk->rows->next(walk->rows, &walk->row, err);
    walk->looked = true;
    return walk->event;
}

static enum source_event walk_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct walk *walk = (struct walk *)source;
    struct row *row = &walk->row;
    enum source_event event = look(walk, err);
    walk->looked = false;
    *op = RR_ADD;
    if (event == SOURCE_RR) {
        if (row->first || walk->skipped)
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

/* ---- Two of them --------------------------------------------------------------------------- */

static bool is_same(const struct row *a, const struct row *b)
{
    enum { AS_IT_CAME = RDATA_CASE | OWNER_CASE };
    const struct record *x = &a->record, *y = &b->record;
    return x->type == y->type && x->length == y->length && x->ttl == y->ttl &&
           ((x->flags | y->flags) & AS_IT_CAME) == 0 && a->key.length == b->key.length &&
           memcmp(x->rdata, y->rdata, x->length) == 0 &&
           memcmp(a->key.octets, b->key.octets, a->key.length) == 0;
}

bool store_skip(void *context, struct err *err)
{
    struct store_pair *pair = context;
    struct walk *a = (struct walk *)pair->walks[0], *b = (struct walk *)pair->walks[1];
    for (;;) {
        enum source_event of_a = look(a, err);
        enum source_event of_b = of_a != SOURCE_FAIL ? look(b, err) : SOURCE_FAIL;
        if (of_a != SOURCE_RR || of_b != SOURCE_RR)
            return of_b != SOURCE_FAIL;
        if (!is_same(&a->row, &b->row))
            return true;
        a->looked = b->looked = false;
        a->skipped = b->skipped = true;
    }
}
