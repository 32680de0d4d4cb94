#include "zone/store_pieces.h"

#include "base/buf.h"

#include <stdlib.h>

enum {
    SAME_OWNER = 0xffff,
    BODY_MAX = 2 * UINT16_MAX + 1 + NAME_MAX_WIRE, /* RDATA twice, and an owner */
    ROW_MAX = KEY_HEAD + NAMEKEY_MAX + RECORD_HEAD + BODY_MAX + sizeof(uint64_t),
    WINDOW_LEAST = 256 * 1024, /* some rows, however long they are */
    WINDOW_MOST = 1024 * 1024, /* more at once makes no disk faster */
    OUT_BLOCK = 256 * 1024,
    PIECES_FIRST = 16,
};

_Static_assert((int)WINDOW_LEAST > (int)ROW_MAX, "a window holds any row");

void store_pieces_init(struct pieces *pieces, const struct store_config *config)
{
    *pieces = (struct pieces){.config = config, .place = -1};
}

void store_pieces_fini(struct pieces *pieces)
{
    if (pieces->place >= 0)
        pieces->config->scratch->close(pieces->place);
    free(pieces->list);
    store_pieces_init(pieces, pieces->config);
}

/* What lies behind the head of a record, without what MORE stands for. */
static size_t body_length(const struct record *record)
{
    size_t length = record->length;
    if ((record->flags & RDATA_CASE) != 0)
        length += record->length;
    if ((record->flags & OWNER_CASE) != 0)
        length += 1 + (size_t)record->given_owner[-1];
    return length;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static uint8_t *put_owner(uint8_t *to, const struct row *row)
{
    uint16_t length = row->first ? (uint16_t)row->key.length : SAME_OWNER;
    memcpy(to, &length, sizeof length);
    to += KEY_HEAD;
    if (!row->first)
        return to;
    memcpy(to, row->key.octets, row->key.length);
    return to + row->key.length;
}

static uint8_t *put_record(uint8_t *to, const struct record *record)
{
    size_t body = body_length(record);
    to[0] = record->flags & (OPAQUE | RDATA_CASE | OWNER_CASE);
    memcpy(to + 1, &record->type, sizeof record->type);
    memcpy(to + 3, &record->length, sizeof record->length);
    memcpy(to + 5, &record->ttl, sizeof record->ttl);
    memcpy(to + RECORD_HEAD, record->rdata, body);
    if (record->more == 0)
        return to + RECORD_HEAD + body;
    to[0] |= MORE;
    memcpy(to + RECORD_HEAD + body, &record->more, sizeof record->more);
    return to + RECORD_HEAD + body + sizeof record->more;
}

static bool flush(void *context, const void *octets, size_t length, struct err *err)
{
    struct pieces *pieces = context;
    const struct store_config *config = pieces->config;
    uint64_t at = pieces->end;
    pieces->end += length;
    return !halt_due(config->halt, err) &&
           config->scratch->write(pieces->place, octets, length, at, err);
}

static bool put_rows(struct rows *rows, struct buf *out, struct err *err)
{
    enum source_event event;
    struct row row;
    while ((event = rows->next(rows, &row, err)) == SOURCE_RR) {
        uint8_t *to = (uint8_t *)buf_reserve(out, ROW_MAX, err);
        if (to == NULL)
            return false;
        buf_commit(out, (char *)put_record(put_owner(to, &row), &row.record));
    }
    return event == SOURCE_END && buf_drain(out, err);
}

/* Makes room for a piece more, and a place for it if there is none. */
static bool prepare(struct pieces *pieces, struct err *err)
{
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity > 0 ? 2 * pieces->capacity : PIECES_FIRST;
        struct piece *list = realloc(pieces->list, capacity * sizeof *list);
        if (list == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        pieces->list = list;
        pieces->capacity = capacity;
    }
    if (pieces->place < 0)
        pieces->place = pieces->config->scratch->open(err);
    return pieces->place >= 0;
}

bool store_pieces_add(struct pieces *pieces, struct rows *rows, struct err *err)
{
    struct buf out;
    if (!prepare(pieces, err) || !buf_init(&out, OUT_BLOCK + ROW_MAX, flush, pieces, err))
        return false;
    uint64_t at = pieces->end;
    bool good = put_rows(rows, &out, err);
    buf_fini(&out);
    pieces->list[pieces->count++] = (struct piece){at, pieces->end};
    return good;
}

/* ---- Reading a piece ----------------------------------------------------------------------- */

/* A row, and what its place among others is decided by. */
struct position {
    uint64_t chunk; /* the first octets of the key */
    struct key key;
    unsigned type; /* order_of_type */
    struct record record;
};

static int compare_owners(const struct position *a, const struct position *b)
{
    if (a->chunk != b->chunk)
        return a->chunk < b->chunk ? -1 : 1;
    return rows_compare_keys(a->key, b->key, sizeof a->chunk);
}

static int compare(const struct position *a, const struct position *b)
{
    int order = compare_owners(a, b);
    if (order == 0)
        order = order_types(a->type, b->type);
    return order != 0
               ? order
               : order_octets(a->record.rdata, a->record.length, b->record.rdata, b->record.length);
}

/* A piece as it is read. */
struct strand {
    struct position now; /* the row, which lies in the window; its key is in `key` */
    uint8_t *window;
    size_t at, filled; /* what lies behind the row in it */
    struct piece left; /* what was not read yet */
    uint8_t key[NAMEKEY_MAX + sizeof(uint64_t)];
    bool over;
};

/* Several of them, as a heap: each strand is before those at twice its index, and one and two
 * more. */
struct merge {
    struct rows rows;
    const struct pieces *pieces;
    size_t window; /* octets of each */
    struct strand *strands;
    struct strand **heap;
    size_t count;
    size_t made; /* windows */

    struct position now; /* the row that is given, which lies in these */
    uint8_t key[NAMEKEY_MAX + sizeof(uint64_t)];
    uint8_t body[BODY_MAX + ARENA_SLACK];
    bool begun;
};

/* Fills the window behind what is left in it. */
static bool fill(const struct merge *merge, struct strand *strand, struct err *err)
{
    const struct store_config *config = merge->pieces->config;
    size_t rest = strand->filled - strand->at, n = merge->window - rest;
    memmove(strand->window, strand->window + strand->at, rest);
    if (n > strand->left.end - strand->left.at)
        n = (size_t)(strand->left.end - strand->left.at);
    strand->at = 0;
    strand->filled = rest + n;
    uint64_t from = strand->left.at;
    strand->left.at += n;
    return !halt_due(config->halt, err) &&
           config->scratch->read(merge->pieces->place, strand->window + rest, n, from, err);
}

/* Goes to the next row of a piece. */
static bool step(const struct merge *merge, struct strand *strand, struct err *err)
{
    struct position *now = &strand->now;
    uint16_t length;
    if (strand->filled - strand->at < ROW_MAX && strand->left.at < strand->left.end &&
        !fill(merge, strand, err))
        return false;
    strand->over = strand->at == strand->filled;
    if (strand->over)
        return true;
    const uint8_t *from = strand->window + strand->at;
    memcpy(&length, from, sizeof length);
    from += KEY_HEAD;
    if (length != SAME_OWNER) {
        memcpy(strand->key, from, length);
        now->key = (struct key){strand->key, length};
        now->chunk = rows_key_chunk(now->key, 0);
        from += length;
    }
    from = rows_record(from, &now->record);
    now->type = order_of_type(now->record.type, now->key.length == 0);
    strand->at = (size_t)(from - strand->window);
    return true;
}

/* ---- Merging ------------------------------------------------------------------------------- */

/* Lets the strand at an index of the heap sink to its place. */
static void sink(struct merge *merge, size_t at)
{
    struct strand **heap = merge->heap, *strand = heap[at];
    for (size_t child; (child = 2 * at + 1) < merge->count; at = child) {
        if (child + 1 < merge->count && compare(&heap[child + 1]->now, &heap[child]->now) < 0)
            child++;
        if (compare(&strand->now, &heap[child]->now) <= 0)
            break;
        heap[at] = heap[child];
    }
    heap[at] = strand;
}

/* Moves the first strand on. */
static bool advance(struct merge *merge, struct err *err)
{
    if (!step(merge, merge->heap[0], err))
        return false;
    if (merge->heap[0]->over)
        merge->heap[0] = merge->heap[--merge->count];
    if (merge->count > 0)
        sink(merge, 0);
    return true;
}

/* Keeps what a record leads to, because windows are filled anew. */
static void keep_body(struct merge *merge, struct record *record)
{
    const uint8_t *from = record->rdata;
    memcpy(merge->body, from, body_length(record));
    record->rdata = merge->body;
    record->given_rdata = merge->body + (record->given_rdata - from);
    if (record->given_owner != NULL)
        record->given_owner = merge->body + (record->given_owner - from);
}

static void keep_row(struct merge *merge, const struct position *from, bool first)
{
    struct position *now = &merge->now;
    struct key key = now->key;
    *now = *from;
    if (first) {
        memcpy(merge->key, from->key.octets, from->key.length);
        key = (struct key){merge->key, from->key.length};
    }
    now->key = key;
    keep_body(merge, &now->record);
}

static enum source_event merge_next(struct rows *rows, struct row *row, struct err *err)
{
    struct merge *merge = (struct merge *)rows;
    struct position *now = &merge->now;
    if (merge->count == 0)
        return SOURCE_END;
    row->first = !merge->begun || compare_owners(&merge->heap[0]->now, now) != 0;
    merge->begun = true;
    keep_row(merge, &merge->heap[0]->now, row->first);
    if (!advance(merge, err))
        return SOURCE_FAIL;
    while (merge->count > 0 && compare(&merge->heap[0]->now, now) == 0) {
        if (rows_merge(&now->record, &merge->heap[0]->now.record, merge->pieces->config->keep_case))
            keep_body(merge, &now->record);
        if (!advance(merge, err))
            return SOURCE_FAIL;
    }
    row->key = now->key;
    row->record = now->record;
    return SOURCE_RR;
}

static void merge_free(struct rows *rows)
{
    struct merge *merge = (struct merge *)rows;
    for (size_t i = 0; i < merge->made; i++)
        free(merge->strands[i].window);
    free(merge->strands);
    free(merge->heap);
    free(merge);
}

/* How many pieces can be read at once. */
static size_t most_at_once(const struct pieces *pieces)
{
    size_t most = pieces->config->memory / WINDOW_LEAST;
    return most < 2 ? 2 : most;
}

static size_t window_of(const struct pieces *pieces, size_t count)
{
    size_t window = pieces->config->memory / count;
    return window < WINDOW_LEAST ? WINDOW_LEAST : window > WINDOW_MOST ? WINDOW_MOST : window;
}

/* Puts all strands on their first rows, and in order. */
static bool begin(struct merge *merge, const struct piece *list, size_t count, struct err *err)
{
    for (; merge->made < count; merge->made++) {
        struct strand *strand = &merge->strands[merge->made];
        strand->window = malloc(merge->window + ARENA_SLACK);
        if (strand->window == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        strand->left = list[merge->made];
    }
    for (size_t i = 0; i < count; i++) {
        if (!step(merge, &merge->strands[i], err))
            return false;
        if (!merge->strands[i].over)
            merge->heap[merge->count++] = &merge->strands[i];
    }
    for (size_t i = merge->count / 2; i-- > 0;)
        sink(merge, i);
    return true;
}

static struct rows *merge_new(const struct pieces *pieces, size_t from, size_t count,
                              struct err *err)
{
    struct merge *merge = calloc(1, sizeof *merge);
    if (merge != NULL) {
        merge->rows = (struct rows){.next = merge_next, .free = merge_free};
        merge->pieces = pieces;
        merge->window = window_of(pieces, count);
        merge->strands = calloc(count, sizeof *merge->strands);
        merge->heap = calloc(count, sizeof *merge->heap);
    }
    if (merge == NULL || merge->strands == NULL || merge->heap == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else if (begin(merge, pieces->list + from, count, err))
        return &merge->rows;
    if (merge != NULL)
        merge_free(&merge->rows);
    return NULL;
}

struct rows *store_pieces_open(const struct pieces *pieces, struct err *err)
{
    return merge_new(pieces, 0, pieces->count, err);
}

/* ---- Fewer of them ------------------------------------------------------------------------- */

static bool make_fewer(struct pieces *pieces, struct err *err)
{
    struct pieces fewer;
    size_t most = most_at_once(pieces), n;
    bool good = true;
    store_pieces_init(&fewer, pieces->config);
    for (size_t at = 0; good && at < pieces->count; at += n) {
        n = pieces->count - at < most ? pieces->count - at : most;
        struct rows *rows = merge_new(pieces, at, n, err);
        good = rows != NULL && store_pieces_add(&fewer, rows, err);
        if (rows != NULL)
            rows->free(rows);
    }
    store_pieces_fini(pieces);
    *pieces = fewer;
    return good;
}

bool store_pieces_end(struct pieces *pieces, struct err *err)
{
    while (pieces->count > most_at_once(pieces))
        if (!make_fewer(pieces, err))
            return false;
    return true;
}
