#include "net/timer.h"

/* A pairing heap: the children of a timer come after it. */

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

static struct timer *meld(struct timer *a, struct timer *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    if (is_before(b, a)) {
        struct timer *earlier = b;
        b = a;
        a = earlier;
    }
    b->before = a;
    b->next = a->child;
    if (a->child != NULL)
        a->child->before = b;
    a->child = b;
    return a;
}

static struct timer *detach(struct timer *timer)
{
    timer->next = timer->before = NULL;
    return timer;
}

/* Makes one heap of siblings: in pairs from the left, then all of the pairs from the right. Without
 * recursion, for there may be very many. */
static struct timer *merge(struct timer *siblings)
{
    struct timer *pairs = NULL, *heap = NULL;
    while (siblings != NULL) {
        struct timer *a = siblings, *b = a->next;
        siblings = b != NULL ? b->next : NULL;
        detach(a);
        if (b != NULL)
            detach(b);
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        struct timer *pair = pairs;
        pairs = pair->next;
        heap = meld(heap, detach(pair));
    }
    return heap;
}

void timer_clear(struct timers *timers, struct timer *timer)
{
    if (!timer->is_set)
        return;
    struct timer *children = merge(timer->child);
    if (timers->first == timer) {
        timers->first = children;
    } else {
        if (timer->before->child == timer)
            timer->before->child = timer->next;
        else
            timer->before->next = timer->next;
        if (timer->next != NULL)
            timer->next->before = timer->before;
        timers->first = meld(timers->first, children);
    }
    timer->child = timer->next = timer->before = NULL;
    timer->is_set = false;
}

void timer_set(struct timers *timers, struct timer *timer, uint64_t at)
{
    timer_clear(timers, timer);
    timer->at = at;
    timer->turn = timers->turn++ & (UINT64_MAX >> 1);
    timer->is_set = true;
    timers->first = meld(timers->first, timer);
}

struct timer *timer_take(struct timers *timers, uint64_t now)
{
    struct timer *first = timers->first;
    if (first == NULL || first->at > now)
        return NULL;
    timer_clear(timers, first);
    return first;
}

uint64_t timer_next(const struct timers *timers)
{
    return timers->first != NULL ? timers->first->at : UINT64_MAX;
}

/* The one that follows in a walk through the heap: children, siblings, then siblings of parents. */
static const struct timer *walk(const struct timer *timer, bool into_children)
{
    if (into_children && timer->child != NULL)
        return timer->child;
    while (timer->next == NULL) {
        while (timer->before != NULL && timer->before->child != timer)
            timer = timer->before;
        timer = timer->before;
        if (timer == NULL)
            return NULL;
    }
    return timer->next;
}

size_t timer_count(const struct timers *timers, uint64_t now)
{
    size_t count = 0;
    const struct timer *timer = timers->first;
    while (timer != NULL) {
        bool is_due = timer->at <= now;
        count += is_due;
        timer = walk(timer, is_due);
    }
    return count;
}
