/* Timers against a list that is searched from end to end. */
#include "net/timer.h"

#include "tap.h"

enum { COUNT = 300, STEPS = 200000 };

static struct timer timers[COUNT];

static uint64_t earliest(void)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < COUNT; i++)
        if (timers[i].is_set && timers[i].at < at)
            at = timers[i].at;
    return at;
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
    unsigned wrong = 0, taken = 0;
    ok(timer_next(&heap) == UINT64_MAX && timer_take(&heap, UINT64_MAX) == NULL, "none is due");
    for (unsigned i = 0; i < STEPS; i++) {
        struct timer *timer = &timers[draw(&random) % COUNT];
        switch (draw(&random) % 4) {
        case 0:
        case 1:
            timer_set(&heap, timer, draw(&random) % 1000);
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
        }
        }
        wrong += timer_next(&heap) != earliest();
    }
    is_int(wrong, 0, "set, cleared and taken in any order");
    ok(taken > 1000, "many were taken");
    uint64_t before = 0;
    while (heap.first != NULL) {
        struct timer *timer = timer_take(&heap, UINT64_MAX);
        wrong += timer->at < before;
        before = timer->at;
    }
    is_int(wrong, 0, "and the rest comes in order");
    return tap_end();
}
