/* base/sum. The expected sums are those of tests/tools/sum.py. */
#include "base/sum.h"

#include "tap.h"

static const char *text_of(const struct sum *sum)
{
    static char text[SUM_TEXT + 1];
    char *end = sum_text(text, sum);
    *end = '\0';
    return end == text + SUM_TEXT ? text : "another length";
}

static const char *of_line(const void *line, size_t n)
{
    struct sum sum = {0};
    uint8_t *exact = malloc(n > 0 ? n : 1);
    if (n > 0)
        memcpy(exact, line, n);
    sum_line(&sum, exact, n); /* a checker of memory sees a read outside */
    free(exact);
    return text_of(&sum);
}

static void check_vectors(void)
{
    static const struct {
        const char *line, *sum;
    } rows[] = {
        {"", "c76a80c761a128e2c9460f7f22eb4d2a"},
        {"a", "61052c6c9f151cd35fef2dff86c9b79c"},
        {"123456789012345", "f6ef6e184f7f095c9de3e5193499cdc9"},
        {"1234567890123456", "c62eba98d51cba9d567c021bb660bd88"},
        {"12345678901234567", "352d2c2b13e47c6bdb3693f9cae78b33"},
        {"www.example.com.\t3600\tIN\tA\t192.0.2.1", "6cc982e5cce8af9cb884444dc6247ec7"},
    };
    struct sum none = {0}, all = {0};
    uint8_t octets[300];
    is_str(text_of(&none), "00000000000000000000000000000000", "no line");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_str(of_line(rows[i].line, strlen(rows[i].line)), rows[i].sum, "the line \"%s\"",
               rows[i].line);
    memset(octets, 'x', sizeof octets);
    is_str(of_line(octets, 300), "ea4a3bd7d43f5b9c302d15f33f34af8d", "a long line");
    memset(octets, 255, sizeof octets);
    for (size_t n = 0; n < 100; n++)
        sum_line(&all, octets, n);
    is_str(text_of(&all), "b757ea4d55cc56ab9b5e79d7b0cb31f7", "lines of 0 to 99 octets 255");
}

static void check_order(void)
{
    struct sum sum = {0}, other = {0};
    for (int i = 0; i < 1000; i++) {
        char line[32];
        sum_line(&sum, line, (size_t)snprintf(line, sizeof line, "line %d", i));
        sum_line(&other, line, (size_t)snprintf(line, sizeof line, "line %d", 999 - i));
    }
    ok(sum.low == other.low && sum.high == other.high, "the order does not matter");
    for (int i = 0; i < 1000; i++) {
        char line[32];
        sum_take_line(&sum, line, (size_t)snprintf(line, sizeof line, "line %d", (i * 7) % 1000));
    }
    is_str(text_of(&sum), "00000000000000000000000000000000", "taking all lines away leaves none");
    sum = (struct sum){0};
    sum_line(&sum, "a", 1);
    sum_line(&sum, "b", 1);
    is_str(text_of(&sum), "b93f15befaa7ef4dc80aba71a2e51c92", "two lines");
    sum_line(&sum, "b", 1);
    other = (struct sum){0};
    sum_line(&other, "a", 1);
    sum_line(&other, "a", 1);
    sum_line(&other, "b", 1);
    ok(sum.low != other.low && sum.high != other.high, "it matters how often a line is there");
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The sums of all lines that differ from one in a single bit, and of all pairs of edits that would
 * cancel out if the parts of a line did not depend on each other. */
static void check_edits(void)
{
    enum { MOST = 4000 };
    static uint64_t lows[MOST], highs[MOST];
    size_t count = 0, differing = 0;
    char line[] = "www.example.com.\t3600\tIN\tAAAA\t2001:db8::1234:5678:9abc";
    struct sum first = {0};
    sum_line(&first, line, sizeof line - 1);
    for (size_t bit = 0; bit < 8 * (sizeof line - 1); bit++) {
        struct sum sum = {0};
        line[bit / 8] = (char)(line[bit / 8] ^ 1 << bit % 8);
        sum_line(&sum, line, sizeof line - 1);
        line[bit / 8] = (char)(line[bit / 8] ^ 1 << bit % 8);
        lows[count] = sum.low;
        highs[count++] = sum.high;
        differing += (size_t)(__builtin_popcountll(sum.low ^ first.low) +
                              __builtin_popcountll(sum.high ^ first.high));
    }
    /* 64 of 128 bits on the average; the deviation of the mean is 5.7 / sqrt(count), 0.28. */
    double mean = (double)differing / (double)count;
    ok(mean > 62 && mean < 66, "a bit of a line changes half of the sum: %.2f", mean);
    for (int digit = 1; digit < 10; digit++)
        for (int host = 0; host < 200; host++) {
            /* "host N has address D and host N + 1 has D + 1" against the two exchanged */
            struct sum sum = {0};
            for (int i = 0; i < 2; i++) {
                char text[64];
                int n = snprintf(text, sizeof text, "host%d.example.\t60\tIN\tA\t192.0.2.%d",
                                 host + i, digit + i);
                sum_line(&sum, text, (size_t)n);
                n = snprintf(text, sizeof text, "host%d.example.\t60\tIN\tA\t192.0.2.%d", host + i,
                             digit + 1 - i);
                sum_take_line(&sum, text, (size_t)n);
            }
            lows[count] = sum.low;
            highs[count++] = sum.high;
        }
    lows[count] = 0;
    highs[count++] = 0;
    qsort(lows, count, sizeof *lows, compare);
    qsort(highs, count, sizeof *highs, compare);
    size_t same = 0;
    for (size_t i = 1; i < count; i++)
        same += (size_t)(lows[i] == lows[i - 1]) + (size_t)(highs[i] == highs[i - 1]);
    is_int((int64_t)same, 0, "%zu edits, and no two change a half of the sum alike", count);
}

int main(void)
{
    check_vectors();
    check_order();
    check_edits();
    return tap_end();
}
