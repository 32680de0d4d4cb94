#include "job/schedule.h"

#include "dns/serial.h"

enum { SECOND = 1000000, FRUITLESS_MOST = 7, FAILURES_MOST = 32 };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void schedule_init(struct schedule *schedule, const struct schedule_config *config)
{
    *schedule = (struct schedule){.config = *config, .random = config->seed};
}

/* SplitMix64: every state is a good one. */
static uint64_t draw(struct schedule *schedule)
{
    uint64_t z = schedule->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t jitter(struct schedule *schedule, uint64_t pause)
{
    return pause - draw(schedule) % (pause / 4 + 1);
}

/* Of a time in seconds of the SOA: the pause that it stands for. */
static uint64_t clamp(const struct schedule *schedule, uint32_t seconds)
{
    uint64_t pause = most((uint64_t)seconds * SECOND, schedule->config.min_refresh);
    return least(pause, schedule->config.max_refresh);
}

static uint64_t pause_without_file(const struct schedule *schedule, unsigned failures)
{
    uint64_t pause = schedule->config.min_refresh;
    uint64_t longest = most((uint64_t)SCHEDULE_NEW_MOST * SECOND, pause);
    longest = least(longest, schedule->config.max_refresh);
    for (unsigned i = 1; i < failures && pause < longest; i++)
        pause *= 2;
    return least(pause, longest);
}

/* How long after a look the next one comes, without jitter. */
static uint64_t pause_after(const struct schedule *schedule, const struct scheduled *zone)
{
    if (!zone->has_copy)
        return pause_without_file(schedule, zone->failures);
    uint64_t refresh = clamp(schedule, zone->refresh), retry = clamp(schedule, zone->retry);
    if (!zone->is_good)
        return retry;
    return zone->wants_retry ? least(refresh, retry) : refresh;
}

static void unset_look(struct schedule *schedule, struct scheduled *zone)
{
    timer_clear(zone->is_notified ? &schedule->notified : &schedule->regular, &zone->look);
}

static void set_look(struct schedule *schedule, struct scheduled *zone, bool notified, uint64_t at)
{
    unset_look(schedule, zone);
    zone->is_notified = notified;
    timer_set(notified ? &schedule->notified : &schedule->regular, &zone->look, at);
}

void schedule_add(struct schedule *schedule, struct scheduled *zone, void *owner, uint64_t at)
{
    *zone = (struct scheduled){.owner = owner, .is_in = true};
    zone->look.owner = zone->expiry.owner = zone;
    schedule->zones++;
    set_look(schedule, zone, false, at);
}

static void set_expired(struct schedule *schedule, struct scheduled *zone, bool expired)
{
    schedule->expired += (size_t)expired - (size_t)zone->has_expired;
    zone->has_expired = expired;
}

void schedule_remove(struct schedule *schedule, struct scheduled *zone)
{
    if (!zone->is_in)
        return;
    unset_look(schedule, zone);
    timer_clear(&schedule->expiry, &zone->expiry);
    set_expired(schedule, zone, false);
    schedule->working -= zone->is_working;
    schedule->zones--;
    *zone = (struct scheduled){.owner = zone->owner};
}

/* Who has expired, which was told, does so no more before a success. */
static void set_expiry(struct schedule *schedule, struct scheduled *zone)
{
    if (!zone->has_copy || !zone->was_confirmed || zone->expire == 0) {
        timer_clear(&schedule->expiry, &zone->expiry);
    } else if (!zone->has_expired) {
        uint64_t least_life = clamp(schedule, zone->refresh) + clamp(schedule, zone->retry);
        uint64_t life = most((uint64_t)zone->expire * SECOND, least_life);
        int64_t at = zone->confirmed + (int64_t)least(life, INT64_MAX / 4);
        timer_set(&schedule->expiry, &zone->expiry, at > 0 ? (uint64_t)at : 0);
    }
}

static void take_copy(struct scheduled *zone, const struct schedule_copy *copy, uint64_t now)
{
    zone->has_copy = copy->is_there;
    if (!copy->is_there) {
        zone->was_confirmed = false;
        return;
    }
    zone->serial = copy->serial;
    zone->refresh = copy->refresh;
    zone->retry = copy->retry;
    zone->expire = copy->expire;
    if (!zone->was_confirmed) {
        zone->confirmed = (int64_t)now - (int64_t)least(copy->age, INT64_MAX / 4);
        zone->was_confirmed = true;
    }
}

void schedule_know(struct schedule *schedule, struct scheduled *zone,
                   const struct schedule_copy *copy, uint64_t now)
{
    if (!zone->is_in)
        return;
    take_copy(zone, copy, now);
    set_expiry(schedule, zone);
}

struct scheduled *schedule_due(struct schedule *schedule, uint64_t now, bool *first)
{
    struct timer *timer = timer_take(&schedule->notified, now);
    if (timer == NULL)
        timer = timer_take(&schedule->regular, now);
    if (timer == NULL)
        return NULL;
    struct scheduled *zone = timer->owner;
    zone->is_working = true;
    schedule->working++;
    *first = zone->is_notified;
    return zone;
}

struct scheduled *schedule_expired(struct schedule *schedule, uint64_t now)
{
    struct timer *timer = timer_take(&schedule->expiry, now);
    if (timer == NULL)
        return NULL;
    set_expired(schedule, timer->owner, true);
    return timer->owner;
}

/* The fruitless looks that are still kept in mind. */
static unsigned fruitless_looks(const struct scheduled *zone, uint64_t now)
{
    uint64_t forgotten = (now - zone->fruitless_at) / SCHEDULE_FORGET;
    return forgotten < zone->fruitless ? zone->fruitless - (unsigned)forgotten : 0;
}

static void count_fruitless(struct scheduled *zone, uint64_t now)
{
    unsigned looks = fruitless_looks(zone, now);
    zone->fruitless = (uint8_t)(looks < FRUITLESS_MOST ? looks + 1 : looks);
    zone->fruitless_at = now;
}

/* When a look that comes of a notify may begin. */
static uint64_t held_until(const struct scheduled *zone, uint64_t now)
{
    unsigned looks = fruitless_looks(zone, now);
    if (looks == 0)
        return now;
    uint64_t hold = least((uint64_t)SCHEDULE_HOLD << (looks - 1), SCHEDULE_HOLD_MOST);
    return most(zone->fruitless_at + hold, now);
}

static void take_outcome(struct schedule *schedule, struct scheduled *zone,
                         const struct schedule_outcome *outcome, uint64_t now)
{
    if (outcome->copy != NULL)
        take_copy(zone, outcome->copy, now);
    zone->is_good = outcome->good;
    zone->wants_retry |= outcome->wants_retry;
    if (outcome->good) {
        zone->confirmed = (int64_t)now;
        zone->was_confirmed = true;
        set_expired(schedule, zone, false);
    }
    set_expiry(schedule, zone);
    if (zone->has_copy)
        zone->failures = 0;
    else if (zone->failures < FAILURES_MOST)
        zone->failures++;
    if (outcome->changed)
        zone->fruitless = 0;
    else if (zone->is_notified)
        count_fruitless(zone, now);
}

static bool is_current(const struct scheduled *zone, uint32_t serial)
{
    return zone->is_good && zone->has_copy && serial_compare(serial, zone->serial) == SERIAL_EQUAL;
}

void schedule_ended(struct schedule *schedule, struct scheduled *zone,
                    const struct schedule_outcome *outcome, uint64_t now)
{
    if (!zone->is_in || !zone->is_working)
        return;
    zone->is_working = false;
    schedule->working--;
    take_outcome(schedule, zone, outcome, now);
    uint64_t at = now + jitter(schedule, pause_after(schedule, zone));
    bool again = zone->again && (zone->again_any || !is_current(zone, zone->again_serial));
    if (again)
        at = least(at, held_until(zone, now));
    zone->again = zone->again_any = zone->wants_retry = false;
    set_look(schedule, zone, again, at);
}

void schedule_retry(struct schedule *schedule, struct scheduled *zone, uint64_t now)
{
    if (!zone->is_in)
        return;
    zone->wants_retry = true;
    if (zone->is_working)
        return;
    uint64_t at = now + jitter(schedule, pause_after(schedule, zone));
    zone->wants_retry = false;
    if (at < zone->look.at)
        set_look(schedule, zone, zone->is_notified, at);
}

/* Notifies with different serials, or without one, are not all answered by finding one of them. */
static void note_again(struct scheduled *zone, const struct schedule_hint *hint)
{
    if (!hint->has_serial ||
        (zone->again && serial_compare(hint->serial, zone->again_serial) != SERIAL_EQUAL))
        zone->again_any = true;
    zone->again = true;
    zone->again_serial = hint->serial;
}

static enum schedule_notice notify_working(struct scheduled *zone, const struct schedule_hint *hint)
{
    if (hint->is_queued) {
        zone->is_notified = true;
        return SCHEDULE_SOONER;
    }
    note_again(zone, hint);
    return SCHEDULE_AGAIN;
}

enum schedule_notice schedule_notify(struct schedule *schedule, struct scheduled *zone,
                                     const struct schedule_hint *hint, uint64_t now)
{
    if (!zone->is_in || (hint->has_serial && is_current(zone, hint->serial)))
        return SCHEDULE_CURRENT;
    if (zone->is_working)
        return notify_working(zone, hint);
    if (!zone->is_notified)
        set_look(schedule, zone, true, most(least(zone->look.at, held_until(zone, now)), now));
    return zone->look.at <= now ? SCHEDULE_LOOKS : SCHEDULE_LATER;
}

uint64_t schedule_next(const struct schedule *schedule)
{
    uint64_t look = least(timer_next(&schedule->notified), timer_next(&schedule->regular));
    return least(look, timer_next(&schedule->expiry));
}

struct schedule_counts schedule_count(const struct schedule *schedule, uint64_t now)
{
    return (struct schedule_counts){
        .zones = schedule->zones,
        .due = timer_count(&schedule->notified, now) + timer_count(&schedule->regular, now),
        .working = schedule->working,
        .expired = schedule->expired,
    };
}
