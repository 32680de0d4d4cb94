#include "cli/near.h"

#include "cli/opt.h"

#include <string.h>

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t near_distance(const char *a, const char *b, size_t most)
{
    enum { LONGEST = 31 };
    size_t rows[3][LONGEST + 1]; /* of the prefixes of a, in turn */
    size_t n = strlen(b), m = strlen(a);
    if (n > LONGEST || m > LONGEST || n >= m + most || m >= n + most)
        return most;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3], best = i;
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] =
                least_of(last[j - 1] + (a[i - 1] != b[j - 1]), least_of(row[j - 1], last[j]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least_of(row[j], before[j - 2] + 1);
            best = least_of(best, row[j]);
        }
        if (best >= most)
            return most;
    }
    return least_of(rows[m % 3][n], most);
}

size_t near_most(const char *word)
{
    size_t n = strlen(word);
    return n < 3 ? 0 : n < 6 ? 1 : n / 3;
}

const char *near_command(const char *word)
{
    enum { SHORT = 3 }; /* of these many are TLDs, such as net beside get */
    const char *best = NULL;
    size_t least = near_most(word) + 1, n = strlen(word);
    struct word command;
    for (size_t i = 0; words_commands(i, &command); i++) {
        size_t d = near_distance(word, command.text, least);
        if (d < least && (n > SHORT || strlen(command.text) > n)) {
            least = d;
            best = command.text;
        }
    }
    return best;
}

const char *near_option(const char *name)
{
    enum { TELLS = 3 }; /* characters of a beginning */
    const struct opt *opt;
    const char *best = NULL;
    size_t least = near_most(name) + 1, n = strlen(name);
    for (size_t i = 0; (opt = opt_row(i)) != NULL; i++) {
        size_t d = near_distance(name, opt->name, least);
        if (n >= TELLS && strncmp(opt->name, name, n) == 0)
            d = 0; /* it is more often what was meant */
        if (d < least) {
            least = d;
            best = opt->name;
        }
    }
    return best;
}
