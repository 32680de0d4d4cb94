/* Timers against a list that is searched from end to end. */
#include "net/timer.h"

#include "tap.h"

enum { COUNT = 300, STEPS = 200000 };

static struct timer timers[COUNT];
static unsigned set_at[COUNT]; /* the step */

static uint64_t earliest(void)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < COUNT; i++)
        if (timers[i].is_set && timers[i].at < at)
            at = timers[i].at;
    return at;
}

static size_t count_due(uint64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++)
        count += timers[i].is_set && timers[i].at <= now;
    return count;
}

/* Another one is due at the same time, and was set before. */
static bool jumps_the_queue(const struct timer *taken)
{
    for (size_t i = 0; i < COUNT; i++)
        if (timers[i].is_set && timers[i].at == taken->at && set_at[i] < set_at[taken - timers])
            return true;
    return false;
}

static uint32_t draw(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

int main(void)
{
    struct timers heap = {.first = NULL};
    uint32_t random = 1;
    unsigned wrong = 0, taken = 0, miscounted = 0, jumped = 0;
    ok(timer_next(&heap) == UINT64_MAX && timer_take(&heap, UINT64_MAX) == NULL, "none is due");
    for (unsigned i = 0; i < STEPS; i++) {
        struct timer *timer = &timers[draw(&random) % COUNT];
        switch (draw(&random) % 4) {
        case 0:
        case 1:
            timer_set(&heap, timer, draw(&random) % 1000);
            set_at[timer - timers] = i;
            break;
        case 2:
            timer_clear(&heap, timer);
            break;
        default: {
            uint64_t now = draw(&random) % 500, due = earliest();
            timer = timer_take(&heap, now);
            wrong += (timer != NULL) != (due <= now);
            wrong += timer != NULL && (timer->at != due || timer->is_set);
            taken += timer != NULL;
            jumped += timer != NULL && jumps_the_queue(timer);
            miscounted += timer_count(&heap, now) != count_due(now);
        }
        }
        wrong += timer_next(&heap) != earliest();
    }
    is_int(wrong, 0, "set, cleared and taken in any order");
    ok(taken > 1000, "many were taken");
    is_int(jumped, 0, "of those at the same time the one that was set first");
    is_int(miscounted, 0, "those that are due are counted");
    uint64_t before = 0;
    while (heap.first != NULL) {
        struct timer *timer = timer_take(&heap, UINT64_MAX);
        wrong += timer->at < before;
        before = timer->at;
    }
    is_int(wrong, 0, "and the rest comes in order");
    return tap_end();
}
