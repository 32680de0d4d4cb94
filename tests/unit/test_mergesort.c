/* base/mergesort against an insertion sort, and base/chunksort and it ended in the middle. */
#include "base/chunksort.h"
#include "base/mergesort.h"

#include "tap.h"

enum { MOST = 300, LARGE = 40000 };

struct item {
    unsigned key, number; /* the number tells equal ones apart */
    char rest[7];         /* an odd size */
};

static uint64_t state = 1;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static unsigned compared;

static int by_key(const void *a, const void *b, void *context)
{
    const struct item *x = a, *y = b;
    (*(unsigned *)context)++;
    return (x->key > y->key) - (x->key < y->key);
}

/* Says to end when it is asked for the n-th time. */
struct nth_halt {
    struct halt halt;
    unsigned *asked, nth;
};

static bool is_nth(const struct halt *halt, struct err *err)
{
    const struct nth_halt *own = (const struct nth_halt *)halt;
    return (*own->asked)++ >= own->nth && !err_set(err, ERR_INTERRUPTED, "interrupted");
}

/* ---- mergesort ----------------------------------------------------------------------------- */

static void fill(struct item *items, size_t n, unsigned keys)
{
    memset(items, 0, n * sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct item){.key = draw(keys), .number = (unsigned)i, .rest = "abcdef"};
}

static void sort_plainly(struct item *items, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t at = i; at > 0 && items[at - 1].key > items[at].key; at--) {
            struct item item = items[at];
            items[at] = items[at - 1];
            items[at - 1] = item;
        }
}

static void test_random(void)
{
    static struct item items[MOST], expected[MOST];
    const struct mergesort sort = {.compare = by_key, .context = &compared};
    struct err err = {.kind = ERR_NONE};
    for (unsigned keys = 1; keys <= 1000; keys *= 10) {
        size_t wrong = 0;
        for (size_t n = 0; n <= MOST; n++) {
            fill(items, n, keys);
            memcpy(expected, items, sizeof items);
            sort_plainly(expected, n);
            wrong += !mergesort_run(&sort, items, n, sizeof *items, &err) ||
                     memcmp(items, expected, n * sizeof *items) != 0;
        }
        is_int((int64_t)wrong, 0, "0 to %d items with %u keys, equal ones as they came", MOST,
               keys);
    }
}

static void test_comparisons(void)
{
    static struct item items[LARGE];
    const struct mergesort sort = {.compare = by_key, .context = &compared};
    struct err err = {.kind = ERR_NONE};
    fill(items, LARGE, UINT32_MAX);
    compared = 0;
    mergesort_run(&sort, items, LARGE, sizeof *items, &err);
    ok(compared < LARGE * 16, "%u comparisons for %d items", compared, LARGE);
    compared = 0;
    mergesort_run(&sort, items, LARGE, sizeof *items, &err);
    ok(compared < LARGE * 3 / 2, "%u where they are in order", compared);
}

/* Each item is there once. */
static bool is_complete(const struct item *items, size_t n)
{
    static bool seen[LARGE];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < n; i++)
        if (items[i].number >= n || seen[items[i].number] || strcmp(items[i].rest, "abcdef") != 0)
            return false;
        else
            seen[items[i].number] = true;
    return true;
}

static void test_halts(void)
{
    static struct item items[LARGE], before[LARGE];
    unsigned asked = 0, all;
    struct nth_halt halt = {.halt = {is_nth}, .asked = &asked, .nth = UINT32_MAX};
    const struct mergesort sort = {.compare = by_key, .context = &compared, .halt = &halt.halt};
    struct err err = {.kind = ERR_NONE};
    fill(before, LARGE, UINT32_MAX);
    memcpy(items, before, sizeof items);
    ok(mergesort_run(&sort, items, LARGE, sizeof *items, &err), "a halt that is never due");
    all = asked;
    ok(all > LARGE / HALT_EVERY * 10, "... is asked %u times", all);
    for (halt.nth = 0; halt.nth < all; halt.nth++) {
        asked = 0;
        err = (struct err){.kind = ERR_NONE};
        memcpy(items, before, sizeof items);
        bool good = mergesort_run(&sort, items, LARGE, sizeof *items, &err);
        ok(!good && err.kind == ERR_INTERRUPTED && asked == halt.nth + 1 &&
               is_complete(items, LARGE),
           "ended by answer %u, nothing is lost", halt.nth);
    }
}

/* ---- chunksort ----------------------------------------------------------------------------- */

/* Strings of six chunks of one octet that are nearly the same. */
enum { STRINGS = 40000, STRING = 6 };
static uint8_t strings[STRINGS][STRING];

static uint64_t chunk_of(const void *context, uint64_t ref, size_t octet)
{
    (void)context;
    return octet < STRING ? strings[ref][octet] : 0;
}

static bool is_last(uint64_t chunk)
{
    return chunk == 0;
}

static int compare_strings(const void *context, uint64_t a, uint64_t b, size_t octet)
{
    (void)context;
    return octet < STRING ? memcmp(strings[a] + octet, strings[b] + octet, STRING - octet) : 0;
}

static void make_items(struct chunksort_item *items)
{
    for (size_t i = 0; i < STRINGS; i++)
        items[i] = (struct chunksort_item){.chunk = strings[i][0], .ref = i};
}

static bool has_all(const struct chunksort_item *items)
{
    static bool seen[STRINGS];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < STRINGS; i++)
        if (items[i].ref >= STRINGS || seen[items[i].ref])
            return false;
        else
            seen[items[i].ref] = true;
    return true;
}

static void test_chunks(void)
{
    static struct chunksort_item items[STRINGS];
    unsigned asked = 0, all;
    struct nth_halt halt = {.halt = {is_nth}, .asked = &asked, .nth = UINT32_MAX};
    const struct chunksort_strings how = {.chunk = chunk_of,
                                          .is_last = is_last,
                                          .compare = compare_strings,
                                          .step = 1,
                                          .halt = &halt.halt};
    struct err err = {.kind = ERR_NONE};
    for (size_t i = 0; i < STRINGS; i++)
        for (size_t j = 0; j < STRING; j++)
            strings[i][j] = (uint8_t)(1 + draw(j < 3 ? 2 : 200));
    make_items(items);
    bool good = chunksort(items, STRINGS, &how, &err);
    for (size_t i = 1; i < STRINGS; i++)
        good = good && memcmp(strings[items[i - 1].ref], strings[items[i].ref], STRING) <= 0;
    ok(good && has_all(items), "strings are sorted");
    all = asked;
    ok(all > STRINGS / HALT_EVERY * 3, "... with %u questions", all);
    for (halt.nth = 0; halt.nth < all; halt.nth++) {
        asked = 0;
        err = (struct err){.kind = ERR_NONE};
        make_items(items);
        good = chunksort(items, STRINGS, &how, &err);
        ok(!good && err.kind == ERR_INTERRUPTED && asked == halt.nth + 1 && has_all(items),
           "ended by answer %u, nothing is lost", halt.nth);
    }
}

int main(void)
{
    struct err err = {.kind = ERR_NONE};
    unsigned steps = 0, due = 0, asked = 0;
    struct nth_halt halt = {.halt = {is_nth}, .asked = &asked, .nth = 0};
    ok(!halt_due(NULL, &err) && err.kind == ERR_NONE, "without a halt it is never due");
    for (int i = 0; i < 3 * HALT_EVERY + 7; i++)
        due += halt_step(&halt.halt, &steps, &err);
    is_int(due, 3, "every so many steps it is asked");
    test_random();
    test_comparisons();
    test_halts();
    test_chunks();
    return tap_end();
}
