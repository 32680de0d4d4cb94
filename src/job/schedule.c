#include "job/schedule.h"

#include "dns/serial.h"

enum { SECOND = 1000000, FRUITLESS_MOST = 7, FAILURES_MOST = 32, PASSING_MOST = 24 };

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

/* As often as it is doubled, or the most. */
static uint64_t doubled(uint64_t pause, unsigned times, uint64_t longest)
{
    for (unsigned i = 1; i < times && pause < longest; i++)
        pause *= 2;
    return least(pause, longest);
}

static uint64_t pause_without_file(const struct schedule *schedule, unsigned failures)
{
    uint64_t pause = schedule->config.min_refresh;
    uint64_t longest = most((uint64_t)SCHEDULE_NEW_MOST * SECOND, pause);
    return doubled(pause, failures, least(longest, schedule->config.max_refresh));
}

/* How long FILE holds without being confirmed: 3/4 of that are a pause that is allowed. */
static uint64_t life_of(const struct schedule *schedule, const struct scheduled *zone)
{
    uint64_t pause = schedule->config.min_refresh;
    return most((uint64_t)zone->expire * SECOND, pause + (pause + 2) / 3);
}

static uint64_t refresh_of(const struct schedule *schedule, const struct scheduled *zone)
{
    uint64_t refresh = clamp(schedule, zone->refresh);
    return zone->expire == 0 ? refresh : least(refresh, life_of(schedule, zone) * 3 / 4);
}

/* How long after a look the next one comes, without jitter. `lasts`: as SCHEDULE_LASTING. */
static uint64_t pause_after(const struct schedule *schedule, const struct scheduled *zone,
                            bool lasts)
{
    uint64_t pause = pause_without_file(schedule, zone->failures);
    if (zone->has_copy) {
        uint64_t refresh = refresh_of(schedule, zone), retry = clamp(schedule, zone->retry);
        pause = zone->is_good || lasts ? refresh : retry;
        pause = zone->wants_retry ? least(pause, retry) : pause;
    }
    return zone->passing == 0 ? pause : doubled(SCHEDULE_PASSES, zone->passing, pause);
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
        int64_t at = zone->confirmed + (int64_t)life_of(schedule, zone);
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
    zone->fruitless = (looks < FRUITLESS_MOST ? looks + 1 : looks) & FRUITLESS_MOST;
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

static void count_failures(struct scheduled *zone, const struct schedule_outcome *outcome)
{
    if (zone->has_copy)
        zone->failures = 0;
    else if (zone->failures < FAILURES_MOST)
        zone->failures++;
    if (outcome->good || outcome->failure != SCHEDULE_PASSING)
        zone->passing = 0;
    else if (zone->passing < PASSING_MOST)
        zone->passing++;
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
    count_failures(zone, outcome);
    if (outcome->changed)
        zone->fruitless = 0;
    else if (zone->is_notified && !zone->is_repeat)
        count_fruitless(zone, now);
}

static bool is_current(const struct scheduled *zone, uint32_t serial)
{
    return zone->is_good && zone->has_copy && serial_compare(serial, zone->serial) == SERIAL_EQUAL;
}

/* Whether a look that came of a notify has not seen what that was about, and may soon. */
static bool was_in_vain(const struct scheduled *zone, const struct schedule_outcome *outcome)
{
    bool lags = outcome->has_serial && zone->has_told &&
                serial_compare(outcome->serial, zone->told) == SERIAL_OLDER;
    if (!zone->is_notified || zone->repeats == SCHEDULE_REPEATS)
        return false;
    return outcome->good ? lags
                         : outcome->failure == SCHEDULE_PASSING ||
                               (outcome->failure == SCHEDULE_USUAL && lags);
}

static uint64_t repeat_after(unsigned repeats)
{
    static const uint8_t seconds[SCHEDULE_REPEATS] = {5, 15, 60};
    return (uint64_t)seconds[repeats] * SECOND;
}

/* Sets the next look, which comes at `at` if nothing is known that brings it forward. */
static void set_next(struct schedule *schedule, struct scheduled *zone,
                     const struct schedule_outcome *outcome, uint64_t at, uint64_t now)
{
    bool again = zone->again && (zone->again_any || !is_current(zone, zone->told));
    bool repeats = !again && was_in_vain(zone, outcome);
    if (again)
        at = least(at, held_until(zone, now));
    else if (repeats)
        at = least(at, now + jitter(schedule, repeat_after(zone->repeats)));
    if (zone->is_hurried && !outcome->good)
        at = now;
    if (repeats)
        zone->repeats++;
    else
        zone->repeats = 0;
    zone->is_repeat = repeats;
    zone->has_told = zone->has_told && (again || repeats);
    set_look(schedule, zone, again || repeats, at);
}

void schedule_ended(struct schedule *schedule, struct scheduled *zone,
                    const struct schedule_outcome *outcome, uint64_t now)
{
    if (!zone->is_in || !zone->is_working)
        return;
    zone->is_working = false;
    schedule->working--;
    take_outcome(schedule, zone, outcome, now);
    uint64_t pause = pause_after(schedule, zone, outcome->failure == SCHEDULE_LASTING);
    set_next(schedule, zone, outcome, now + jitter(schedule, pause), now);
    zone->again = zone->again_any = zone->wants_retry = zone->is_hurried = false;
}

void schedule_retry(struct schedule *schedule, struct scheduled *zone, uint64_t now)
{
    if (!zone->is_in)
        return;
    zone->wants_retry = true;
    if (zone->is_working)
        return;
    uint64_t at = now + jitter(schedule, pause_after(schedule, zone, false));
    zone->wants_retry = false;
    if (at < zone->look.at)
        set_look(schedule, zone, zone->is_notified, at);
}

void schedule_hurry(struct schedule *schedule, struct scheduled *zone, uint64_t now)
{
    if (!zone->is_in)
        return;
    zone->is_hurried = zone->is_working;
    if (!zone->is_working && zone->look.at > now)
        set_look(schedule, zone, zone->is_notified, now);
}

/* Returns whether `told` is what this one has told, too. */
static bool note_told(struct scheduled *zone, const struct schedule_hint *hint)
{
    if (!hint->has_serial)
        return false;
    if (!zone->has_told || serial_compare(hint->serial, zone->told) == SERIAL_NEWER)
        zone->told = hint->serial;
    zone->has_told = true;
    return zone->told == hint->serial;
}

/* Notifies with different serials, or without one, are not all answered by finding one of them; but
 * those that the look was for do not count, if what they have told is older. */
static void note_again(struct scheduled *zone, const struct schedule_hint *hint)
{
    bool differs = zone->again && zone->told != hint->serial;
    if (!note_told(zone, hint) || differs)
        zone->again_any = true;
    zone->again = true;
}

static enum schedule_notice notify_working(struct scheduled *zone, const struct schedule_hint *hint)
{
    if (hint->is_queued) {
        note_told(zone, hint);
        zone->is_notified = true;
        zone->is_repeat = false;
        zone->repeats = 0;
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
    note_told(zone, hint);
    if (!zone->is_notified || zone->is_repeat) {
        zone->is_repeat = false;
        zone->repeats = 0;
        set_look(schedule, zone, true, most(least(zone->look.at, held_until(zone, now)), now));
    }
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
