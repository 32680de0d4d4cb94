/*
 * shiftclock: a library to preload that moves the time of day by SHIFTCLOCK seconds, and lets a
 * clock that only goes forward run FASTCLOCK times as fast. Without the variables both are left
 * alone.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

/* Nanoseconds of such a clock, FASTCLOCK times as many since boot. */
static void speed_up(struct timespec *now, long times)
{
    unsigned long long all =
        ((unsigned long long)now->tv_sec * SECOND + (unsigned long long)now->tv_nsec) *
        (unsigned long long)times;
    now->tv_sec = (time_t)(all / SECOND);
    now->tv_nsec = (long)(all % SECOND);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *shift = getenv("SHIFTCLOCK"), *fast = getenv("FASTCLOCK");
    if (syscall(SYS_clock_gettime, clock, now) != 0)
        return -1;
    if (clock == CLOCK_REALTIME && shift != NULL)
        now->tv_sec += atol(shift);
    if (clock == CLOCK_MONOTONIC && fast != NULL && atol(fast) > 0)
        speed_up(now, atol(fast));
    return 0;
}
