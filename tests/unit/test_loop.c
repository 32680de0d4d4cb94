/* io/loop's halt, and that what reads a file looks at it: when it is opened, and at each block. */
#include "io/infile.h"

#include "tap.h"

#include <unistd.h>

static struct err err;

static bool is_due(const struct loop_halt *halt)
{
    err = (struct err){.kind = ERR_NONE};
    return halt_due(&halt->halt, &err);
}

static void test_halt(int ends[2])
{
    const struct loop loop = {.signal_fd = ends[0]}, deaf = {.signal_fd = -1};
    struct loop_halt never, early, late, unheard;
    loop_halt_init(&never, &loop, LOOP_NEVER);
    loop_halt_init(&early, &loop, loop_now());
    loop_halt_init(&late, &loop, loop_now() + 3600000000);
    loop_halt_init(&unheard, &deaf, LOOP_NEVER);
    ok(!is_due(&never) && !is_due(&late) && !is_due(&unheard), "neither signal nor deadline");
    ok(is_due(&early) && err.kind == ERR_TIMEOUT_TOTAL, "the deadline is over: %s", err.text);
    ok(write(ends[1], "", 1) == 1, "a signal comes");
    ok(is_due(&never) && err.kind == ERR_INTERRUPTED, "it is seen: %s", err.text);
    ok(is_due(&never), "... again and again");
    ok(is_due(&early) && err.kind == ERR_INTERRUPTED, "it is seen before the deadline");
    ok(!is_due(&unheard), "... but not where nobody listens");
}

static void test_reading(const char *path, int ends[2])
{
    const struct loop loop = {.signal_fd = ends[0]};
    char octets[100];
    size_t got = 0;
    struct infile *file = infile_open(path, NULL, &loop, LOOP_NEVER, &err);
    ok(file != NULL && infile_read(file, octets, 4, &got, &err) && got == 4, "a file is read");
    ok(write(ends[1], "", 1) == 1, "a signal comes");
    ok(!infile_read(file, octets, 4, &got, &err) && err.kind == ERR_INTERRUPTED,
       "the next block is not read: %s", err.text);
    infile_close(file);
    err = (struct err){.kind = ERR_NONE};
    ok(infile_open(path, NULL, &loop, LOOP_NEVER, &err) == NULL && err.kind == ERR_INTERRUPTED,
       "no file is opened any more: %s", err.text);
    const struct loop deaf = {.signal_fd = -1};
    err = (struct err){.kind = ERR_NONE};
    ok(infile_open(path, NULL, &deaf, loop_now(), &err) == NULL && err.kind == ERR_TIMEOUT_TOTAL,
       "... and none when time is over: %s", err.text);
}

int main(int argc, char **argv)
{
    int first[2], second[2];
    if (argc < 1 || pipe(first) != 0 || pipe(second) != 0)
        return 1;
    test_halt(first);
    err = (struct err){.kind = ERR_NONE};
    test_reading(argv[0], second); /* any file will do */
    return tap_end();
}
