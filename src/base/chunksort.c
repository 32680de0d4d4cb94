#include "base/chunksort.h"

enum { INSERTION_MAX = 24, BUCKETS = 256 };

/* The halt, and how many items were moved since it was asked. */
struct watch {
    const struct halt *halt;
    struct err *err;
    size_t moved;
    bool ended; /* it was due: whatever is left stays as it is */
};

static bool is_ended(struct watch *watch, size_t n)
{
    watch->moved += n;
    if (watch->moved >= HALT_EVERY && !watch->ended) {
        watch->moved = 0;
        watch->ended = halt_due(watch->halt, watch->err);
    }
    return watch->ended;
}

static void insert_chunks(struct chunksort_item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct chunksort_item item = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].chunk > item.chunk; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* The shift that brings the highest octet in which chunks differ to the lowest place; -1 if all are
 * equal. */
static int differing_octet(const struct chunksort_item *items, size_t n)
{
    uint64_t differ = 0;
    for (size_t i = 1; i < n; i++)
        differ |= items[i].chunk ^ items[0].chunk;
    return differ == 0 ? -1 : (63 - __builtin_clzll(differ)) & ~7;
}

/* Distributes the items into 256 buckets by one octet, in place (American flag sort: McIlroy,
 * Bostic, McIlroy 1993). ends[b] becomes the end of bucket b. */
static void distribute(struct chunksort_item *items, size_t n, int shift, size_t ends[BUCKETS])
{
    size_t next[BUCKETS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        next[(uint8_t)(items[i].chunk >> shift)]++;
    for (size_t b = 0; b < BUCKETS; b++) {
        sum += next[b];
        ends[b] = sum;
        next[b] = sum - next[b];
    }
    for (size_t b = 0; b < BUCKETS; b++) {
        while (next[b] < ends[b]) {
            struct chunksort_item item = items[next[b]];
            size_t to = (uint8_t)(item.chunk >> shift);
            while (to != b) {
                struct chunksort_item other = items[next[to]];
                items[next[to]++] = item;
                item = other;
                to = (uint8_t)(item.chunk >> shift);
            }
            items[next[b]++] = item;
        }
    }
}

static void sort_chunks(struct chunksort_item *items, size_t n, struct watch *watch)
{
    if (n <= INSERTION_MAX) {
        insert_chunks(items, n);
        return;
    }
    int shift = differing_octet(items, n);
    if (shift < 0 || is_ended(watch, n))
        return;
    size_t ends[BUCKETS], start = 0;
    distribute(items, n, shift, ends);
    /* At most eight deep: each level looks at a lower octet. */
    for (size_t b = 0; b < BUCKETS && shift > 0; b++) {
        if (ends[b] - start > 1)
            sort_chunks(items + start, ends[b] - start, watch);
        start = ends[b];
    }
}

bool chunksort_chunks(struct chunksort_item *items, size_t n, const struct halt *halt,
                      struct err *err)
{
    struct watch watch = {.halt = halt, .err = err};
    sort_chunks(items, n, &watch);
    return !watch.ended;
}

static void insert_strings(struct chunksort_item *items, size_t n,
                           const struct chunksort_strings *strings, size_t octet)
{
    for (size_t i = 1; i < n; i++) {
        struct chunksort_item item = items[i];
        size_t at = i;
        for (; at > 0 && strings->compare(strings->context, items[at - 1].ref, item.ref, octet) > 0;
             at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Gives the items the chunks at that octet. The strings may be anywhere, so their memory is fetched
 * some items ahead. */
static void load_chunks(struct chunksort_item *items, size_t n,
                        const struct chunksort_strings *strings, size_t octet)
{
    enum { AHEAD = 12 };
    for (size_t i = 0; i < n; i++) {
        if (strings->base != NULL && n - i > AHEAD)
            __builtin_prefetch(strings->base + items[i + AHEAD].ref);
        items[i].chunk = strings->chunk(strings->context, items[i].ref, octet);
    }
}

/* Where the run of equal chunks that begins at `start` ends. */
static size_t run_end(const struct chunksort_item *items, size_t start, size_t n)
{
    size_t end = start + 1;
    while (end < n && items[end].chunk == items[start].chunk)
        end++;
    return end;
}

/* Sorts items that agree up to `octet`. Afterwards the chunks are those that were looked at last.
 *
 * Of the runs of equal chunks that remain, it calls itself for all but the longest, and goes on
 * with that one: so the depth is at most the logarithm of n, even where many strings have 64 KiB in
 * common. */
static void sort_from(struct chunksort_item *items, size_t n,
                      const struct chunksort_strings *strings, size_t octet, struct watch *watch)
{
    while (n > INSERTION_MAX) {
        if (is_ended(watch, n))
            return;
        load_chunks(items, n, strings, octet);
        sort_chunks(items, n, watch);
        octet += strings->step;
        size_t longest = 0, longest_n = 0;
        for (size_t start = 0, end; start < n; start = end) {
            end = run_end(items, start, n);
            size_t other = start, other_n = end - start;
            if (strings->is_last(items[start].chunk))
                continue;
            if (other_n > longest_n) {
                other = longest;
                other_n = longest_n;
                longest = start;
                longest_n = end - start;
            }
            if (other_n > 1)
                sort_from(items + other, other_n, strings, octet, watch);
        }
        items += longest;
        n = longest_n;
    }
    if (!is_ended(watch, n))
        insert_strings(items, n, strings, octet);
}

static void sort_rest(struct chunksort_item *items, size_t n,
                      const struct chunksort_strings *strings, struct watch *watch)
{
    if (n < 2 || strings->is_last(items[0].chunk))
        return;
    uint64_t chunk = items[0].chunk;
    sort_from(items, n, strings, strings->step, watch);
    for (size_t i = 0; i < n; i++)
        items[i].chunk = chunk;
}

bool chunksort_rest(struct chunksort_item *items, size_t n, const struct chunksort_strings *strings,
                    struct err *err)
{
    struct watch watch = {.halt = strings->halt, .err = err};
    sort_rest(items, n, strings, &watch);
    return !watch.ended;
}

bool chunksort(struct chunksort_item *items, size_t n, const struct chunksort_strings *strings,
               struct err *err)
{
    struct watch watch = {.halt = strings->halt, .err = err};
    sort_chunks(items, n, &watch);
    for (size_t start = 0, end; start < n && !watch.ended; start = end) {
        end = run_end(items, start, n);
        sort_rest(items + start, end - start, strings, &watch);
    }
    return !watch.ended;
}
