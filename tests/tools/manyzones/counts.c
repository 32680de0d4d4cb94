#include "counts.h"

#include "../primary/tool.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *name;
    size_t at;
} rows[] = {
    {"connections",      offsetof(struct counts, connections)},
    {"connections-most", offsetof(struct counts, open_most)},
    {"turned-away",      offsetof(struct counts, turned_away)},
    {"soa",              offsetof(struct counts, soa)},
    {"soa-again",        offsetof(struct counts, soa_again)},
    {"ixfr",             offsetof(struct counts, ixfr)},
    {"axfr",             offsetof(struct counts, axfr)},
    {"other",            offsetof(struct counts, other)},
    {"malformed",        offsetof(struct counts, malformed)},
    {"signed",           offsetof(struct counts, signed_)},
    {"unsigned",         offsetof(struct counts, unsigned_)},
    {"errors",           offsetof(struct counts, errors)},
    {"busy",             offsetof(struct counts, busy)},
    {"transfers-most",   offsetof(struct counts, transfers_most)},
    {"questions-most",   offsetof(struct counts, questions_most)},
};
/* clang-format on */

static void write_rows(const struct counts *c, FILE *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        long value;

        memcpy(&value, (const char *)c + rows[i].at, sizeof value);
        fprintf(out, "%s %ld\n", rows[i].name, value);
    }
}

void counts_write(const struct counts *c, const char *file)
{
    char temporary[4096];
    FILE *out;

    if (!file) {
        write_rows(c, stdout);
        fflush(stdout);
        return;
    }
    if (snprintf(temporary, sizeof temporary, "%s.new", file) >= (int)sizeof temporary) {
        tool_die("%s: the name is too long", file);
    }
    out = fopen(temporary, "we");
    if (!out) {
        tool_die("%s: %s", temporary, strerror(errno));
    }
    write_rows(c, out);
    if (fclose(out) || rename(temporary, file)) {
        tool_die("%s: %s", file, strerror(errno));
    }
}

void counts_rise(long *now, long *most)
{
    ++*now;
    *most = *now > *most ? *now : *most;
}
