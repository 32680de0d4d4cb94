#include "job/side_ahead.h"

#include <string.h>
#include <sys/resource.h>

/* A shorter file is read in a few milliseconds. */
enum { LONG_FILE = 1 << 20 };

enum { FIRST, SECOND };

static bool is_due(const struct halt *halt, struct err *err)
{
    const struct side_ahead_halt *ahead = (const struct side_ahead_halt *)halt;
    if (!atomic_load_explicit(&ahead->unwanted, memory_order_relaxed))
        return halt_due(ahead->other, err);
    err_set(err, ERR_INTERRUPTED, "not wanted any more");
    return true;
}

static void read_second(struct task *task)
{
    struct side_ahead *ahead = (struct side_ahead *)task;
    struct err ignored = {.kind = ERR_NONE};
    ahead->good = side_read(&ahead->sides[SECOND], &ahead->config, &ignored);
}

/* A thread takes more of the address space than it needs, which may then be what is lacking. */
static bool is_memory_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

static bool is_long(struct side *side)
{
    const struct input_config config = side_input(side);
    return config.path != NULL && input_is_master(&config, LONG_FILE);
}

/* What it includes may be something that can be read only once, and the errors of a file are found
 * when it is read in its turn. */
static void set_up(struct side_ahead *ahead, struct side *side)
{
    ahead->halt.halt.due = is_due;
    ahead->halt.other = side->config.halt;
    atomic_init(&ahead->halt.unwanted, false);
    side->config.halt = &ahead->halt.halt;
    ahead->config = side_input(side);
    ahead->config.reading.no_include = true;
    ahead->config.faults = NULL;
    ahead->task.run = read_second;
}

void side_ahead_begin(struct side_ahead *ahead, struct side sides[2], unsigned jobs)
{
    struct err ignored = {.kind = ERR_NONE};
    ahead->sides = sides;
    if (jobs < 2 || is_memory_limited() || !is_long(&sides[FIRST]) || !is_long(&sides[SECOND]) ||
        !side_expect(&sides[FIRST], &sides[SECOND], &ignored) ||
        !side_expect(&sides[SECOND], &sides[FIRST], &ignored))
        return;
    ahead->work = work_new(1, &ignored);
    if (ahead->work == NULL)
        return;
    set_up(ahead, &sides[SECOND]);
    work_put(ahead->work, &ahead->task);
}

/* Whether the zone that the second side was expected to be of is the one that the first is of. */
static bool was_expected(struct side_ahead *ahead)
{
    struct side *side = &ahead->sides[SECOND];
    struct err ignored = {.kind = ERR_NONE};
    uint8_t likely[NAME_MAX_WIRE], length = side->likely_length;
    memcpy(likely, side->likely, length);
    return side_expect(side, &ahead->sides[FIRST], &ignored) && side->likely_length == length &&
           memcmp(side->likely, likely, length) == 0;
}

void side_ahead_take(struct side_ahead *ahead)
{
    if (ahead->work == NULL)
        return;
    work_free(ahead->work);
    ahead->work = NULL;
    if (!ahead->task.done || !ahead->good || !was_expected(ahead))
        side_forget(&ahead->sides[SECOND]);
}

void side_ahead_end(struct side_ahead *ahead)
{
    if (ahead->work == NULL)
        return;
    atomic_store_explicit(&ahead->halt.unwanted, true, memory_order_relaxed);
    side_ahead_take(ahead);
    side_forget(&ahead->sides[SECOND]); /* it may have been ready before that */
}
