/* The rules of schedule, each at the clock of the test. A whole day of many zones, held against a
 * model, is in test_schedule_day.c. */
#include "job/schedule.h"

#include "tap.h"

#define S UINT64_C(1000000)

enum { MIN = 60, MAX = 86400, MANY = 100000 };

static struct schedule schedule;
static struct scheduled zone;
static uint64_t now;
static char owner;

static void begin(uint64_t min, uint64_t max, uint64_t at)
{
    schedule_init(&schedule,
                  &(struct schedule_config){.min_refresh = min, .max_refresh = max, .seed = 7});
    now = at;
    schedule_add(&schedule, &zone, &owner, now);
}

/* SERIAL REFRESH RETRY EXPIRE */
static struct schedule_copy file_with(uint32_t serial, uint32_t refresh, uint32_t retry,
                                      uint32_t expire)
{
    return (struct schedule_copy){
        .is_there = true, .serial = serial, .refresh = refresh, .retry = retry, .expire = expire};
}

/* A look begins now. Whether it was due, and whether it is put first. */
static bool look_begins(bool *first)
{
    struct scheduled *due = schedule_due(&schedule, now, first);
    return due == &zone && due->owner == &owner;
}

static void look_ends(bool good, bool changed, const struct schedule_copy *copy)
{
    struct schedule_outcome outcome = {.good = good, .changed = changed, .copy = copy};
    schedule_ended(&schedule, &zone, &outcome, now);
}

static void look(bool good, bool changed, const struct schedule_copy *copy)
{
    bool first;
    if (!look_begins(&first))
        ok(false, "no look was due at %" PRIu64, now);
    look_ends(good, changed, copy);
}

static const struct schedule_copy *steady(void)
{
    static struct schedule_copy copy;
    copy = file_with(1000, 3600, 900, 0);
    return &copy;
}

/* A zone whose last look was good and is over. */
static void begin_steady(void)
{
    begin(MIN * S, MAX * S, 1000 * S);
    look(true, true, steady());
}

static enum schedule_notice notify(const struct schedule_hint *hint)
{
    return schedule_notify(&schedule, &zone, hint, now);
}

static const struct schedule_hint plain = {.has_serial = false};

static void test_order(void)
{
    static struct scheduled zones[1000];
    static const uint64_t at[] = {50, 20, 50, 0, 20};
    bool first, in_order = true, none_first = true;
    begin(MIN * S, MAX * S, 0);
    schedule_remove(&schedule, &zone);
    for (size_t i = 0; i < 1000; i++)
        schedule_add(&schedule, &zones[i], &zones[i], at[i % 5]);
    ok(schedule_next(&schedule) == 0, "the first time is known");
    uint64_t was_at = 0;
    size_t was = 0, count = 0;
    for (now = 0; now < 100; now++) {
        struct scheduled *due;
        while ((due = schedule_due(&schedule, now, &first)) != NULL) {
            size_t i = (size_t)(due - zones);
            in_order = in_order && at[i % 5] == now && (now > was_at || count == 0 || i > was);
            none_first = none_first && !first;
            was_at = now;
            was = i;
            count++;
        }
    }
    is_int((int64_t)count, 1000, "all zones are given, once");
    ok(in_order, "at their times, and of those at the same time in the order they were added");
    ok(none_first, "none of them before others");
    ok(schedule_next(&schedule) == UINT64_MAX, "while all are at work there is nothing to do");
}

struct pause_row {
    const char *what;
    uint32_t refresh, retry;
    bool good, wants_retry;
    uint64_t pause; /* seconds */
};

static const struct pause_row pauses[] = {
    {"refresh after a success", 3600, 900, true, false, 3600},
    {"retry after a failure", 3600, 900, false, false, 900},
    {"refresh 0 is the least", 0, 900, true, false, MIN},
    {"refresh 1 is the least", 1, 900, true, false, MIN},
    {"refresh 59 is the least", 59, 900, true, false, MIN},
    {"refresh 61 is itself", 61, 900, true, false, 61},
    {"refresh 86401 is the most", 86401, 900, true, false, MAX},
    {"refresh 2^32-1 is the most", UINT32_MAX, 900, true, false, MAX},
    {"retry 0 is the least", 3600, 0, false, false, MIN},
    {"retry 2^32-1 is the most", 3600, UINT32_MAX, false, false, MAX},
    {"retry above refresh counts after a failure", 3600, 7200, false, false, 7200},
    {"a command that failed: retry", 3600, 900, true, true, 900},
    {"... not later than refresh", 3600, 7200, true, true, 3600},
    {"... and never above the most", UINT32_MAX, UINT32_MAX, true, true, MAX},
};

/* The next look is in 3/4 to all of the pause from now; over many of them both ends come close. */
static bool is_paused(uint64_t pause, uint64_t *shortest, uint64_t *longest)
{
    uint64_t after = schedule_next(&schedule) - now;
    *shortest = after < *shortest ? after : *shortest;
    *longest = after > *longest ? after : *longest;
    return after <= pause && after >= pause - pause / 4;
}

static void test_pauses(void)
{
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        const struct pause_row *row = &pauses[i];
        struct schedule_copy copy = file_with(1, row->refresh, row->retry, 0);
        struct schedule_outcome outcome = {
            .good = row->good, .wants_retry = row->wants_retry, .copy = &copy};
        uint64_t pause = row->pause * S, shortest = UINT64_MAX, longest = 0;
        bool within = true, first;
        begin(MIN * S, MAX * S, 5 * S);
        for (int n = 0; n < 500; n++) {
            bool due = look_begins(&first);
            now += 3 * S; /* so long it takes: the pause is one after its end */
            schedule_ended(&schedule, &zone, &outcome, now);
            within = is_paused(pause, &shortest, &longest) && due && within;
            now = schedule_next(&schedule) - 1;
            within = !look_begins(&first) && within;
            now++;
        }
        ok(within, "%s", row->what);
        ok(shortest < pause * 76 / 100 && longest > pause * 99 / 100, "... spread over a quarter");
    }
}

static void test_without_file(void)
{
    static const struct {
        uint64_t min, max;  /* seconds */
        uint64_t pauses[9]; /* after as many failures */
    } rows[] = {
        {60, 86400, {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600}},
        {1, 86400, {1, 2, 4, 8, 16, 32, 64, 128, 256}},
        {60, 600, {60, 120, 240, 480, 600, 600, 600, 600, 600}},
        {7200, 86400, {7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200}},
        {60, 60, {60, 60, 60, 60, 60, 60, 60, 60, 60}},
    };
    static const struct schedule_copy none = {.is_there = false, .refresh = 5};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t shortest = UINT64_MAX, longest = 0;
        bool within = true;
        begin(rows[i].min * S, rows[i].max * S, 0);
        for (size_t n = 0; n < 9; n++) {
            look(false, false, n % 2 == 0 ? &none : NULL);
            within = is_paused(rows[i].pauses[n] * S, &shortest, &longest) && within;
            now = schedule_next(&schedule);
        }
        ok(within, "without FILE: doubled from %" PRIu64 " s", rows[i].min);
    }
    uint64_t shortest = UINT64_MAX, longest = 0;
    bool steady_most = true;
    begin(MIN * S, MAX * S, 0);
    for (int i = 0; i < 1000; i++) {
        look(false, false, NULL);
        steady_most = (i < 6 || is_paused(3600 * S, &shortest, &longest)) && steady_most;
        now = schedule_next(&schedule);
    }
    ok(steady_most, "... and an hour however often it fails");
    begin(MIN * S, MAX * S, 0);
    for (int i = 0; i < 5; i++) {
        look(false, false, &none);
        now = schedule_next(&schedule);
    }
    look(true, true, steady());
    ok(is_paused(3600 * S, &shortest, &longest), "when FILE is there, its SOA counts");
    now = schedule_next(&schedule);
    look(false, false, steady());
    ok(is_paused(900 * S, &shortest, &longest), "... after a failure, too");
    now = schedule_next(&schedule);
    look(false, false, &none);
    ok(is_paused(60 * S, &shortest, &longest), "FILE is gone: from the beginning");
}

static void test_far(void)
{
    struct schedule_copy copy = file_with(1, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    uint64_t pause = UINT32_MAX * S, shortest = UINT64_MAX, longest = 0;
    begin(S, pause, (UINT64_C(1) << 62) - 1);
    look(true, true, &copy);
    ok(is_paused(pause / 4 * 3, &shortest, &longest), "2^32-1 seconds from the end of the clock");
    uint64_t confirmed = now;
    now = schedule_next(&schedule);
    look(false, false, &copy);
    now = confirmed + pause - 1;
    ok(schedule_expired(&schedule, now) == NULL, "it does not expire before");
    now++;
    ok(schedule_expired(&schedule, now) == &zone, "... but then");
    begin(MIN * S, MAX * S, 1);
    copy.age = UINT64_MAX;
    schedule_know(&schedule, &zone, &copy, now);
    ok(schedule_expired(&schedule, now) == &zone, "an age beyond all clocks");
}

static size_t expired(void)
{
    size_t count = 0;
    while (schedule_expired(&schedule, now) == &zone)
        count++;
    return count;
}

static void test_expiry(void)
{
    struct schedule_copy copy = file_with(1, 3600, 900, 10000);
    begin(MIN * S, MAX * S, 500 * S);
    look(true, true, &copy);
    uint64_t confirmed = now;
    for (int i = 0; i < 5; i++) { /* an age that is told later does not count */
        now += 1500 * S;
        schedule_due(&schedule, now, &(bool){false});
        copy.age = (uint64_t)i * 3000 * S;
        look_ends(false, false, &copy);
    }
    now = confirmed + 10000 * S - 1;
    is_int((int64_t)expired(), 0, "failures do not shorten expire");
    now++;
    is_int((int64_t)expired(), 1, "nor do they make it longer; it is told once");
    is_int((int64_t)schedule_count(&schedule, now).expired, 1, "... and counted");
    for (int i = 0; i < 50; i++) {
        now += 1000 * S;
        schedule_due(&schedule, now, &(bool){false});
        look_ends(false, false, i % 2 == 0 ? &copy : NULL);
        if (expired() != 0)
            ok(false, "told again");
    }
    now += 1000 * S;
    look(true, false, NULL);
    is_int((int64_t)schedule_count(&schedule, now).expired, 0, "a success ends it");
    confirmed = now;
    now = confirmed + 10000 * S - 1;
    is_int((int64_t)expired(), 0, "from then on it counts anew");
    now++;
    is_int((int64_t)expired(), 1, "... and is told again");
    schedule_remove(&schedule, &zone);
    is_int((int64_t)schedule_count(&schedule, now).expired, 0,
           "one that is removed has not expired");
}

static void test_expiry_at_start(void)
{
    struct schedule_copy copy = file_with(1, 3600, 900, 10000);
    begin(MIN * S, MAX * S, 5 * S); /* the machine has just been started */
    copy.age = 9000 * S;
    schedule_know(&schedule, &zone, &copy, now);
    now = 1005 * S - 1;
    is_int((int64_t)expired(), 0, "an age counts from before the clock began");
    now++;
    is_int((int64_t)expired(), 1, "... to the microsecond");
    begin(MIN * S, MAX * S, 5 * S);
    copy.age = 10001 * S;
    is_int((int64_t)expired(), 0, "what is not known has not expired");
    look(false, false, &copy);
    is_int((int64_t)expired(), 1, "what the first look finds expired is told");
    now = schedule_next(&schedule);
    look(false, false, &copy);
    is_int((int64_t)expired(), 0, "... once");
    begin(MIN * S, MAX * S, 5 * S);
    look(true, false, &copy);
    is_int((int64_t)expired(), 0, "one that the first look confirms has not");
    now += 10000 * S;
    is_int((int64_t)expired(), 1, "... before its time");
}

static void test_expiry_of_odd_files(void)
{
    struct schedule_copy copy = file_with(1, 3600, 900, 0);
    static const struct schedule_copy none = {.is_there = false};
    begin(MIN * S, MAX * S, 5 * S);
    copy.age = 1000000 * S;
    look(false, false, &copy);
    now += 1000000 * S;
    is_int((int64_t)expired(), 0, "expire 0: never");
    static const struct {
        uint32_t refresh, expire;
        uint64_t pause, life; /* microseconds */
    } rows[] = {
        {3600, 4800, 3600 * S, 4800 * S}, {3600, 4799, 3599250000, 4799 * S},
        {3600, 1000, 750 * S, 1000 * S},  {3600, 80, 60 * S, 80 * S},
        {3600, 79, 60 * S, 80 * S},       {3600, 1, 60 * S, 80 * S},
        {60, 1, 60 * S, 80 * S},          {UINT32_MAX, UINT32_MAX, 86400 * S, UINT32_MAX * S},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t shortest = UINT64_MAX, longest = 0, confirmed = 0;
        bool within = true;
        copy = file_with(1, rows[i].refresh, 100000, rows[i].expire);
        for (int n = 0; n < 200; n++) {
            now += n == 0 ? 100000 * S : 0;
            look(true, n == 0, &copy);
            confirmed = now;
            within = is_paused(rows[i].pause, &shortest, &longest) && expired() == 0 && within;
            now = schedule_next(&schedule);
        }
        ok(within && longest > rows[i].pause * 99 / 100,
           "refresh %" PRIu32 ", expire %" PRIu32 ": the next look comes while FILE holds",
           rows[i].refresh, rows[i].expire);
        look(false, false, &copy);
        now = confirmed + rows[i].life - 1;
        within = expired() == 0;
        now++;
        ok(within && expired() == 1, "... which it does for %" PRIu64 " s", rows[i].life / S);
    }
    now += 200000 * S;
    copy = file_with(1, 3600, 900, 4500);
    look(true, true, &copy);
    now += 3600 * S;
    look(false, false, &none);
    now += 100000 * S;
    is_int((int64_t)expired(), 0, "a FILE that is gone does not expire");
    copy.age = 4000 * S;
    now = schedule_next(&schedule);
    look(false, false, &copy);
    now += 500 * S - 1;
    is_int((int64_t)expired(), 0, "another that is there then has an age of its own");
    now++;
    is_int((int64_t)expired(), 1, "... which counts");
    copy.age = 0;
    begin(MIN * S, MAX * S, 5 * S);
    copy = file_with(1, 3600, 900, 10000);
    copy.age = 20000 * S;
    look(false, false, &copy);
    is_int((int64_t)expired(), 1, "an old FILE has expired");
    now = schedule_next(&schedule);
    look(false, false, &none);
    now = schedule_next(&schedule);
    look(false, false, &copy);
    is_int((int64_t)expired(), 0, "... not again when it was gone and is back");
}

struct hint_row {
    const char *what;
    bool has_serial;
    uint32_t file, hint;
    bool is_good; /* the last look was */
    enum schedule_notice notice;
};

static const struct hint_row hints[] = {
    {"no serial", false, 1000, 0, true, SCHEDULE_LOOKS},
    {"that of FILE", true, 1000, 1000, true, SCHEDULE_CURRENT},
    {"newer", true, 1000, 1001, true, SCHEDULE_LOOKS},
    {"older", true, 1000, 999, true, SCHEDULE_LOOKS},
    {"newer, around the end", true, UINT32_MAX, 0, true, SCHEDULE_LOOKS},
    {"without an order", true, 1000, 1000 + UINT32_C(0x80000000), true, SCHEDULE_LOOKS},
    {"that of FILE after a failure", true, 1000, 1000, false, SCHEDULE_LOOKS},
    {"no serial after a failure", false, 1000, 0, false, SCHEDULE_LOOKS},
};

static void test_hints(void)
{
    bool first;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        const struct hint_row *row = &hints[i];
        struct schedule_hint hint = {.has_serial = row->has_serial, .serial = row->hint};
        struct schedule_copy copy = file_with(row->file, 3600, 900, 0);
        begin(MIN * S, MAX * S, 1000 * S);
        look(row->is_good, row->is_good, &copy);
        uint64_t before = schedule_next(&schedule);
        now += 10 * S;
        is_int(notify(&hint), row->notice, "notify: %s", row->what);
        bool looks = row->notice == SCHEDULE_LOOKS;
        ok(schedule_next(&schedule) == (looks ? now : before), "... the time follows");
        ok(look_begins(&first) == looks && (!looks || first), "... before all others");
    }
    begin(MIN * S, MAX * S, 1000 * S);
    look(false, false, NULL);
    is_int(notify(&(struct schedule_hint){.has_serial = true}), SCHEDULE_LOOKS,
           "serial 0 is not that of a FILE that is not there");
    look(true, false, NULL);
    is_int(notify(&(struct schedule_hint){.has_serial = true}), SCHEDULE_LATER,
           "... nor of one that nobody knows");
}

static void test_first(void)
{
    static struct scheduled others[100];
    bool first = false;
    begin_steady();
    now = 100000 * S;
    for (size_t i = 0; i < 100; i++)
        schedule_add(&schedule, &others[i], NULL, i);
    is_int((int64_t)schedule_count(&schedule, now).due, 101, "a hundred are due before it");
    is_int(notify(&plain), SCHEDULE_LOOKS, "a zone that waits behind them is notified");
    schedule_notify(&schedule, &others[50], &plain, now);
    is_int(notify(&plain), SCHEDULE_LOOKS, "a second time");
    ok(look_begins(&first) && first, "it comes first");
    ok(schedule_due(&schedule, now, &first) == &others[50] && first, "then who was notified later");
    ok(schedule_due(&schedule, now, &first) == &others[0] && !first, "then the rest");
    struct schedule_counts counts = schedule_count(&schedule, now);
    is_int((int64_t)counts.due, 98, "one look for two notifies");
    is_int((int64_t)counts.working, 3, "at work");
    is_int((int64_t)counts.zones, 101, "of all");
}

/* What follows a look at whose time these came. */
struct again_row {
    const char *what;
    int hints;
    struct schedule_hint hint[3];
    bool good;
    uint32_t finds;
    bool again;
};

static const struct again_row agains[] = {
    {"nothing", 0, {{0}}, true, 1001, false},
    {"no serial", 1, {{0}}, true, 1001, true},
    {"what it finds", 1, {{.has_serial = true, .serial = 1001}}, true, 1001, false},
    {"what it finds, but it fails", 1, {{.has_serial = true, .serial = 1001}}, false, 1001, true},
    {"what it finds, twice",
     2,
     {{.has_serial = true, .serial = 1001}, {.has_serial = true, .serial = 1001}},
     true,
     1001,
     false},
    {"newer than it finds", 1, {{.has_serial = true, .serial = 1002}}, true, 1001, true},
    {"older than it finds", 1, {{.has_serial = true, .serial = 1001}}, true, 1002, true},
    {"what it finds after another serial",
     2,
     {{.has_serial = true, .serial = 1002}, {.has_serial = true, .serial = 1001}},
     true,
     1001,
     true},
    {"what it finds before another serial",
     2,
     {{.has_serial = true, .serial = 1001}, {.has_serial = true, .serial = 1002}},
     true,
     1001,
     true},
    {"what it finds after none", 2, {{0}, {.has_serial = true, .serial = 1001}}, true, 1001, true},
    {"none, then serial 0 found", 2, {{0}, {.has_serial = true, .serial = 0}}, true, 0, true},
    {"three", 3, {{0}, {0}, {0}}, true, 1001, true},
};

static void test_again(void)
{
    bool first;
    for (size_t i = 0; i < sizeof agains / sizeof *agains; i++) {
        const struct again_row *row = &agains[i];
        struct schedule_copy copy = file_with(row->finds, 3600, 900, 0);
        begin_steady();
        now = schedule_next(&schedule);
        bool began = look_begins(&first);
        bool noted = true;
        for (int n = 0; n < row->hints; n++)
            noted = notify(&row->hint[n]) == SCHEDULE_AGAIN && noted;
        now += S;
        ok(began && noted && !look_begins(&first), "during the look: %s", row->what);
        look_ends(row->good, row->good, &copy);
        ok(look_begins(&first) == row->again && (!row->again || first), "... is followed by %s",
           row->again ? "one more at once" : "none");
        if (row->again) {
            look_ends(true, true, &copy);
            ok(!look_begins(&first), "... and only one");
        }
    }
}

static void test_queued(void)
{
    bool first;
    static const struct schedule_hint queued = {.is_queued = true};
    begin_steady();
    now = schedule_next(&schedule);
    ok(look_begins(&first) && !first, "a look waits in the owner's queue");
    is_int(notify(&queued), SCHEDULE_SOONER, "a notify puts it first");
    is_int(notify(&queued), SCHEDULE_SOONER, "a second one changes nothing");
    now += S;
    look_ends(true, false, steady());
    ok(!look_begins(&first), "and no more follow");
    is_int(notify(&plain), SCHEDULE_LATER, "it counts as one that came of a notify");
    struct schedule_hint hint = {.has_serial = true, .serial = 1000, .is_queued = true};
    is_int(notify(&hint), SCHEDULE_CURRENT, "but not if FILE has that serial");
}

static void test_notify_and_failure(void)
{
    bool first;
    uint64_t shortest = UINT64_MAX, longest = 0;
    begin_steady();
    now += 10 * S;
    is_int(notify(&plain), SCHEDULE_LOOKS, "two notifies");
    is_int(notify(&plain), SCHEDULE_LOOKS, "... before the look");
    look(false, false, steady());
    ok(!look_begins(&first) && is_paused(900 * S, &shortest, &longest),
       "it fails: one retry, and nothing before it");
    now = schedule_next(&schedule);
    look(false, false, steady());
    ok(is_paused(900 * S, &shortest, &longest), "the retry fails: the same pause");
    now += 10 * S;
    is_int(notify(&plain), SCHEDULE_LOOKS, "a notify does not wait for the retry");
    look_begins(&first);
    is_int(notify(&plain), SCHEDULE_AGAIN, "another one comes during that look");
    look_ends(false, false, steady());
    ok(!look_begins(&first), "which fails: the next is held back");
    now = schedule_next(&schedule);
    look(false, false, steady());
    ok(is_paused(900 * S, &shortest, &longest), "then only the retry is left");
    begin_steady();
    look_begins(&first);
    now += 10 * S;
    notify(&plain);
    look(true, true, steady());
    is_int(notify(&plain), SCHEDULE_LOOKS, "right after a look that found something: now");
}

/* Notifies come every millisecond until `until`; a look takes 10 ms. When looks begin: at most
 * `most`; how many. */
static size_t flood(uint64_t until, const struct schedule_copy *copy, uint64_t *begins,
                    size_t most_begins)
{
    size_t count = 0;
    bool first;
    uint64_t ends = 0;
    for (; now < until; now += S / 1000) {
        if (ends != 0 && now >= ends) {
            look_ends(true, false, copy);
            ends = 0;
        }
        notify(&plain);
        if (ends == 0 && look_begins(&first)) {
            if (count < most_begins)
                begins[count] = now;
            count++;
            ends = now + S / 100;
        }
    }
    if (ends != 0)
        look_ends(true, false, copy);
    return count;
}

static void test_flood(void)
{
    static const uint64_t gaps[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
    uint64_t begins[10] = {0};
    bool first;
    begin_steady();
    uint64_t start = now += 10 * S;
    size_t count = flood(now + 60 * S, steady(), begins, 10);
    ok(begins[0] == start, "a flood: the first look is at once");
    bool right = true;
    for (size_t i = 0; i < 9; i++)
        right = right && begins[i + 1] == begins[i] + (gaps[i] + 10) * S / 1000;
    ok(right, "then after 0.1 s, doubled up to 5 s");
    is_int((int64_t)count, 17, "a minute of it costs few looks");
    uint64_t next = schedule_next(&schedule);
    ok(next > now && next < now + 5 * S, "the last notify is not lost");
    now = next;
    ok(look_begins(&first) && first, "... but held back");
    look_ends(true, true, steady());
    is_int(notify(&plain), SCHEDULE_LOOKS, "a change ends it");
    look(true, false, steady());
    is_int(notify(&plain), SCHEDULE_LATER, "... but does not make free");
    ok(schedule_next(&schedule) == now + S / 10, "it begins again with 0.1 s");
}

static void test_forgetting(void)
{
    uint64_t begins[1], end;
    begin_steady();
    now += 10 * S;
    flood(now + 60 * S, steady(), begins, 0);
    now = schedule_next(&schedule);
    look(true, false, steady());
    end = now;
    static const struct {
        uint64_t after; /* seconds */
        uint64_t hold;  /* milliseconds since the end; 0: none */
    } rows[] = {{1, 5000}, {4, 5000}, {6, 0}, {60, 0}, {70, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct schedule kept = schedule;
        struct scheduled kept_zone = zone; /* alone in the heap: nobody else leads to it */
        now = end + rows[i].after * S;
        is_int(notify(&plain), rows[i].hold != 0 ? SCHEDULE_LATER : SCHEDULE_LOOKS,
               "%" PRIu64 " s after a flood", rows[i].after);
        ok(schedule_next(&schedule) == (rows[i].hold != 0 ? end + rows[i].hold * S / 1000 : now),
           "... when");
        schedule = kept;
        zone = kept_zone;
    }
    for (unsigned quiet = 10; quiet <= 70; quiet += 10) { /* one more look tells how many count */
        static const uint64_t holds[] = {5000, 3200, 1600, 800, 400, 200, 100};
        struct schedule kept = schedule;
        struct scheduled kept_zone = zone;
        now = end + quiet * S;
        notify(&plain);
        look(true, false, steady());
        notify(&plain);
        ok(schedule_next(&schedule) == now + holds[quiet / 10 - 1] * S / 1000,
           "%u s without one: %u are forgotten", quiet, quiet / 10);
        schedule = kept;
        zone = kept_zone;
    }
}

static void test_held_until_regular(void)
{
    uint64_t begins[1];
    bool first, right = true;
    struct schedule_copy copy = file_with(1000, 4, 4, 0);
    begin(S, MAX * S, 1000 * S);
    look(true, true, &copy);
    flood(now + 60 * S, &copy, begins, 0);
    for (int i = 0; i < 20; i++) {
        now = schedule_next(&schedule);
        right = look_begins(&first) && first && right;
        look_ends(true, false, &copy);
        uint64_t regular = schedule_next(&schedule);
        right = notify(&plain) == SCHEDULE_LATER && schedule_next(&schedule) == regular && right;
    }
    for (int i = 0; i < 20; i++) {
        now = schedule_next(&schedule);
        right = look_begins(&first) && notify(&plain) == SCHEDULE_AGAIN && right;
        look_ends(true, false, &copy);
        right = schedule_next(&schedule) <= now + 4 * S && right;
    }
    ok(right, "a look that is held back for 5 s still comes when refresh is over after 4 s");
}

struct failure_row {
    const char *what;
    uint64_t min; /* seconds */
    bool has_file;
    uint32_t refresh, retry, expire;
    const char *looks;  /* how they end: g(ood), p(assing), l(asting), u(sual) */
    uint64_t pauses[9]; /* seconds, after each */
};

static const struct failure_row failures[] = {
    {"passing, up to retry",
     60,
     true,
     3600,
     900,
     0,
     "pppppppp",
     {10, 20, 40, 80, 160, 320, 640, 900}},
    {"... which may be short", 60, true, 3600, 1, 0, "pppp", {10, 20, 40, 60}},
    {"... or shorter than the first", 1, true, 3600, 2, 0, "ppp", {2, 2, 2}},
    {"... or longer than refresh",
     60,
     true,
     60,
     900,
     0,
     "gppppppppp",
     {60, 10, 20, 40, 80, 160, 320, 640, 900}},
    {"... or as long as can be", 60, true, 3600, UINT32_MAX, 0, "ppp", {10, 20, 40}},
    {"another failure ends the row", 60, true, 3600, 900, 0, "ppupp", {10, 20, 900, 10, 20}},
    {"... and so does a refusal", 60, true, 3600, 900, 0, "pplpp", {10, 20, 3600, 10, 20}},
    {"... and a success", 60, true, 3600, 900, 0, "ppgpp", {10, 20, 3600, 10, 20}},
    {"a content that was refused", 60, true, 86400, 900, 0, "lll", {86400, 86400, 86400}},
    {"... where refresh is tiny", 60, true, 1, 900, 0, "l", {60}},
    {"... where expire comes before", 60, true, 86400, 900, 40000, "lgu", {30000, 30000, 900}},
    {"without FILE: passing",
     60,
     false,
     0,
     0,
     0,
     "ppppppppp",
     {10, 20, 40, 80, 160, 320, 640, 1280, 2560}},
    {"... mixed", 60, false, 0, 0, 0, "pupupl", {10, 120, 10, 480, 10, 1920}},
    {"... where a second is the least", 1, false, 0, 0, 0, "ppppp", {1, 2, 4, 8, 16}},
};

static void test_failures(void)
{
    static const struct schedule_copy none = {.is_there = false};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        const struct failure_row *row = &failures[i];
        struct schedule_copy copy = file_with(1, row->refresh, row->retry, row->expire);
        uint64_t shortest, longest;
        bool within = true, first;
        begin(row->min * S, MAX * S, 5 * S);
        for (size_t n = 0; row->looks[n] != '\0' && n < 9; n++) {
            const struct schedule_outcome outcome = {
                .good = row->looks[n] == 'g',
                .failure = row->looks[n] == 'p'   ? SCHEDULE_PASSING
                           : row->looks[n] == 'l' ? SCHEDULE_LASTING
                                                  : SCHEDULE_USUAL,
                .copy = row->has_file ? &copy : &none,
            };
            within = look_begins(&first) && !first && within;
            schedule_ended(&schedule, &zone, &outcome, now);
            if (!is_paused(row->pauses[n] * S, &shortest, &longest)) {
                diag("look %zu: %" PRIu64, n, schedule_next(&schedule) - now);
                within = false;
            }
            now = schedule_next(&schedule);
        }
        ok(within, "%s", row->what);
    }
    uint64_t shortest = UINT64_MAX, longest = 0;
    bool steady_retry = true;
    begin(MIN * S, MAX * S, 0);
    for (int i = 0; i < 1000; i++) {
        bool first;
        struct schedule_copy copy = file_with(1, 3600, 900, 0);
        look_begins(&first);
        schedule_ended(&schedule, &zone,
                       &(struct schedule_outcome){.failure = SCHEDULE_PASSING, .copy = &copy}, now);
        steady_retry = (i < 7 || is_paused(900 * S, &shortest, &longest)) && steady_retry;
        now = schedule_next(&schedule);
    }
    ok(steady_retry && shortest < 700 * S && longest > 890 * S, "retry, however long it goes on");
}

/* ---- A look that came of a notify in vain ---- */

struct repeat_row {
    const char *what;
    bool has_serial; /* of the hint, which is 1001; FILE is 1000 before and after */
    char ends;       /* as in struct failure_row */
    uint32_t found;  /* 0: no server has told one */
    bool repeats;
    uint64_t after; /* seconds: the pause after the third repeat */
};

static const struct repeat_row repeats[] = {
    {"nobody answers", true, 'p', 0, true, 80},
    {"nobody answers, no serial", false, 'p', 0, true, 80},
    {"an older serial", true, 'g', 1000, true, 3600},
    {"an older serial, no serial told", false, 'g', 1000, false, 3600},
    {"the serial", true, 'g', 1001, false, 3600},
    {"a newer one", true, 'g', 1002, false, 3600},
    {"without an order", true, 'g', 1001 + UINT32_C(0x80000000), false, 3600},
    {"a serial older than FILE", true, 'u', 999, true, 900},
    {"a failure without a serial", true, 'u', 0, false, 900},
    {"a failure with that serial", true, 'u', 1001, false, 900},
    {"a content that is refused", true, 'l', 1001, false, 3600},
    {"an older content that is refused", true, 'l', 1000, false, 3600},
};

static void end_in_vain(const struct repeat_row *row)
{
    const struct schedule_outcome outcome = {
        .good = row->ends == 'g',
        .has_serial = row->found != 0,
        .serial = row->found,
        .failure = row->ends == 'p'   ? SCHEDULE_PASSING
                   : row->ends == 'l' ? SCHEDULE_LASTING
                                      : SCHEDULE_USUAL,
        .copy = steady(),
    };
    schedule_ended(&schedule, &zone, &outcome, now);
}

static const struct schedule_hint newer = {.has_serial = true, .serial = 1001};

static void test_repeats(void)
{
    static const uint64_t seconds[] = {5, 15, 40};
    for (size_t i = 0; i < sizeof repeats / sizeof *repeats; i++) {
        const struct repeat_row *row = &repeats[i];
        bool is_first = true, first, within = true;
        uint64_t shortest, longest;
        begin_steady();
        now += 10 * S;
        notify(row->has_serial ? &newer : &plain);
        within = look_begins(&first);
        end_in_vain(row);
        for (size_t n = 0; row->repeats && n < 3; n++) {
            uint64_t pause = n == 2 && row->ends != 'p' ? 60 : seconds[n];
            within = is_paused(pause * S, &shortest, &longest) && within;
            now = schedule_next(&schedule);
            within = look_begins(&is_first) && is_first && within;
            end_in_vain(row);
        }
        ok(within && is_paused(row->after * S, &shortest, &longest), "after a notify: %s, %s",
           row->what, row->repeats ? "repeated three times" : "not repeated");
        now = schedule_next(&schedule);
        ok(look_begins(&first) && !first, "... and then it is as without one");
        end_in_vain(row);
        ok(schedule_next(&schedule) - now > 60 * S, "... in no hurry");
    }
}

static void test_repeats_and_notifies(void)
{
    bool first;
    uint64_t shortest, longest;
    begin_steady();
    now += 10 * S;
    notify(&newer);
    look_begins(&first);
    end_in_vain(&repeats[2]);
    now = schedule_next(&schedule);
    look_begins(&first);
    end_in_vain(&repeats[2]);
    ok(is_paused(15 * S, &shortest, &longest), "two in vain");
    now += 2 * S;
    is_int(notify(&newer), SCHEDULE_LOOKS, "a notify does not wait for the repeat");
    ok(look_begins(&first) && first, "... and is put first");
    end_in_vain(&repeats[2]);
    ok(is_paused(5 * S, &shortest, &longest), "... which has three repeats of its own");
    is_int(notify(&newer), SCHEDULE_LATER, "one more is held back");
    ok(schedule_next(&schedule) == now + 2 * S / 10, "... as after two: repeats do not count");
    now = schedule_next(&schedule);
    struct schedule_copy copy = file_with(1001, 3600, 900, 0);
    look(true, true, &copy);
    ok(is_paused(3600 * S, &shortest, &longest), "a success ends it");

    begin_steady();
    now = schedule_next(&schedule);
    look_begins(&first);
    notify(&newer);
    end_in_vain(&repeats[2]);
    ok(schedule_next(&schedule) == now, "a notify during a regular look: once more at once");
    look_begins(&first);
    end_in_vain(&repeats[2]);
    ok(is_paused(5 * S, &shortest, &longest), "... and that one is repeated");
    notify(&(struct schedule_hint){.has_serial = true, .serial = 1002});
    notify(&newer);
    now = schedule_next(&schedule);
    look_begins(&first);
    end_in_vain(&repeats[4]);
    ok(is_paused(5 * S, &shortest, &longest), "of several serials the newest counts");

    begin_steady();
    now = schedule_next(&schedule);
    look_begins(&first);
    const struct schedule_hint queued = {.has_serial = true, .serial = 1001, .is_queued = true};
    is_int(notify(&queued), SCHEDULE_SOONER, "a look that waits in the queue is for this, too");
    end_in_vain(&repeats[0]);
    ok(is_paused(5 * S, &shortest, &longest), "... and is repeated");
    now = schedule_next(&schedule);
    look_begins(&first);
    is_int(notify(&queued), SCHEDULE_SOONER, "and so is a repeat");
    end_in_vain(&repeats[0]);
    ok(is_paused(5 * S, &shortest, &longest), "... from the beginning");
}

/* The serial of a forged notify is never found. */
static void test_forged_serial(void)
{
    bool first;
    uint64_t end, ends = 0;
    size_t looks = 0;
    begin_steady();
    now += 10 * S;
    end = now + 120 * S;
    for (; now < end; now += S / 1000) {
        if (ends != 0 && now >= ends) {
            end_in_vain(&repeats[2]);
            ends = 0;
        }
        notify(&(struct schedule_hint){.has_serial = true, .serial = 5000});
        if (ends == 0 && look_begins(&first)) {
            looks++;
            ends = now + S / 100;
        }
    }
    ok(looks < 40, "two minutes of serials that nobody has cost %zu looks", looks);
    for (looks = 0; now < end + 600 * S; looks++) {
        now = schedule_next(&schedule);
        if (!look_begins(&first) || (looks > 4 && first))
            break;
        end_in_vain(&repeats[2]);
    }
    ok(looks <= 6, "... and a few more");
}

static void test_hurry(void)
{
    static struct scheduled other;
    bool first;
    uint64_t shortest, longest;
    begin_steady();
    now = schedule_next(&schedule);
    look(false, false, steady());
    now += 10 * S;
    schedule_hurry(&schedule, &zone, now);
    schedule_add(&schedule, &other, &owner, now);
    schedule_hurry(&schedule, &zone, now);
    ok(look_begins(&first) && !first,
       "in a hurry: due at once, in its turn, not before all others");
    look_ends(true, false, steady());
    is_int(notify(&plain), SCHEDULE_LOOKS, "... and it does not count as one of a notify");
    ok(look_begins(&first), "a look begins");
    schedule_hurry(&schedule, &zone, now);
    look_ends(false, false, steady());
    schedule_remove(&schedule, &other);
    ok(schedule_next(&schedule) == now && look_begins(&first) && !first,
       "in a hurry during a look that fails: once more at once");
    look_ends(false, false, steady());
    ok(is_paused(900 * S, &shortest, &longest), "... once");
    now = schedule_next(&schedule);
    look_begins(&first);
    schedule_hurry(&schedule, &zone, now);
    look_ends(true, false, steady());
    ok(is_paused(3600 * S, &shortest, &longest), "... during one that is good: nothing follows");
    now += 100 * S;
    notify(&plain);
    look(true, false, steady());
    notify(&plain);
    ok(schedule_next(&schedule) > now, "a notify is held back");
    schedule_hurry(&schedule, &zone, now);
    ok(look_begins(&first) && first, "... not from a hurry");
}

static void test_retry(void)
{
    uint64_t shortest = UINT64_MAX, longest = 0;
    bool first;
    begin_steady();
    now += 10 * S;
    schedule_retry(&schedule, &zone, now);
    ok(is_paused(900 * S, &shortest, &longest), "a command fails after the look: retry");
    uint64_t next = schedule_next(&schedule);
    now += 300 * S;
    schedule_retry(&schedule, &zone, now);
    ok(schedule_next(&schedule) == next, "... not later than it would come anyway");
    now = next;
    look_begins(&first);
    schedule_retry(&schedule, &zone, now);
    look_ends(true, false, steady());
    ok(is_paused(900 * S, &shortest, &longest), "it fails during a look: retry after that");
    now = schedule_next(&schedule);
    look(true, false, steady());
    ok(is_paused(3600 * S, &shortest, &longest), "once");
    notify(&plain);
    look(true, false, steady());
    notify(&plain);
    next = schedule_next(&schedule);
    schedule_retry(&schedule, &zone, now);
    ok(schedule_next(&schedule) == next, "a look that is held back does not wait for it");
    struct schedule_copy copy = file_with(1000, 100, 1, 0);
    begin(S, MAX * S, 1000 * S);
    look(true, true, &copy);
    flood(now + 60 * S, &copy, &(uint64_t){0}, 0);
    schedule_retry(&schedule, &zone, now);
    now = schedule_next(&schedule);
    ok(look_begins(&first) && first, "... comes sooner if the retry does, still before others");
}

/* Memory that the schedule still knew would end in wild pointers. */
static void spoil(struct scheduled *scheduled)
{
    memset(scheduled, 0xa5, sizeof *scheduled);
}

static void test_remove(void)
{
    static struct scheduled zones[40];
    struct schedule_copy copy = file_with(1000, 3600, 900, 100000);
    const struct schedule_outcome good = {.good = true, .copy = &copy};
    bool first;
    begin(MIN * S, MAX * S, 1000 * S);
    schedule_remove(&schedule, &zone);
    schedule_remove(&schedule, &zone);
    is_int((int64_t)schedule_count(&schedule, now).zones, 0, "removed twice, once in effect");
    for (size_t i = 0; i < 40; i++) {
        schedule_add(&schedule, &zones[i], &zones[i], now);
        schedule_know(&schedule, &zones[i], &copy, now);
    }
    for (size_t i = 0; i < 20; i++)
        schedule_due(&schedule, now, &first);
    for (size_t i = 15; i < 25; i++)
        schedule_notify(&schedule, &zones[i], &plain, now);
    for (size_t i = 0; i < 40; i += 2) { /* at work, notified then, notified, due */
        schedule_remove(&schedule, &zones[i]);
        schedule_ended(&schedule, &zones[i], &good, now);
        schedule_retry(&schedule, &zones[i], now);
        schedule_hurry(&schedule, &zones[i], now);
        schedule_know(&schedule, &zones[i], &copy, now);
        if (schedule_notify(&schedule, &zones[i], &plain, now) != SCHEDULE_CURRENT)
            ok(false, "a notify for zone %zu, which was removed, is of use", i);
        spoil(&zones[i]);
    }
    struct schedule_counts counts = schedule_count(&schedule, now);
    is_int((int64_t)counts.zones, 20, "half of the zones are left");
    is_int((int64_t)counts.working, 10, "... half of those at work");
    is_int((int64_t)counts.due, 10, "... half of those that are due");
    for (size_t i = 1; i < 20; i += 2)
        schedule_ended(&schedule, &zones[i], &good, now);
    size_t looks = 0;
    struct scheduled *due;
    for (int i = 0; i < 500; i++) {
        now = schedule_next(&schedule);
        while (schedule_expired(&schedule, now) != NULL)
            continue;
        while ((due = schedule_due(&schedule, now, &first)) != NULL) {
            looks += (due - zones) % 2 == 1;
            schedule_ended(&schedule, due, &good, now);
        }
    }
    ok(looks >= 500, "and all goes on with those");
    begin_steady();
    now = schedule_next(&schedule);
    look_begins(&first);
    schedule_remove(&schedule, &zone);
    schedule_add(&schedule, &zone, &owner, now);
    look_ends(true, false, steady());
    ok(schedule_next(&schedule) == now, "the end of a look before it was added anew is nobody's");
}

static struct scheduled many[MANY];

/* How unevenly the next looks lie in the last quarter of the pause: about 63 if they are random. */
static double unevenness(uint64_t seed, uint64_t pause, uint64_t *sum)
{
    enum { BUCKETS = 64 };
    unsigned counts[BUCKETS] = {0};
    struct schedule_copy copy = file_with(1, (uint32_t)(pause / S), 900, 0);
    const struct schedule_outcome good = {.good = true, .copy = &copy};
    bool first;
    schedule_init(&schedule, &(struct schedule_config){
                                 .min_refresh = MIN * S, .max_refresh = MAX * S, .seed = seed});
    for (size_t i = 0; i < MANY; i++)
        schedule_add(&schedule, &many[i], NULL, i);
    for (size_t i = 0; i < MANY; i++)
        schedule_ended(&schedule, schedule_due(&schedule, MANY, &first), &good, MANY);
    *sum = 0;
    for (size_t i = 0; i < MANY; i++) {
        uint64_t next = schedule_next(&schedule) - MANY;
        schedule_due(&schedule, next + MANY, &first);
        *sum = *sum * 31 + next;
        uint64_t bucket = (next - (pause - pause / 4)) * BUCKETS / (pause / 4 + 1);
        if (bucket >= BUCKETS) /* outside, on either side */
            return 1e9;
        counts[bucket]++;
    }
    double uneven = 0, expected = (double)MANY / BUCKETS;
    for (size_t i = 0; i < BUCKETS; i++)
        uneven += (counts[i] - expected) * (counts[i] - expected) / expected;
    return uneven;
}

static void test_spread(void)
{
    uint64_t sum[4];
    const uint64_t seeds[] = {0, 1, 2, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        double uneven = unevenness(seeds[i], (i % 2 == 0 ? 3600 : 86400) * S, &sum[i]);
        ok(uneven > 25 && uneven < 125, "100 000 zones spread evenly, seed %" PRIu64 " (%.0f)",
           seeds[i], uneven);
    }
    ok(sum[0] != sum[2], "another seed, other times");
}

/* 100 000 zones for two hours. Were a step not cheap, this would not come to its end. */
static void test_many(void)
{
    struct schedule_copy copy = file_with(1, 600, 300, 100000);
    const struct schedule_outcome good = {.good = true, .copy = &copy};
    bool first, in_order = true;
    begin(MIN * S, MAX * S, 0);
    schedule_remove(&schedule, &zone);
    for (size_t i = 0; i < MANY; i++)
        schedule_add(&schedule, &many[i], NULL, 0);
    for (size_t i = 0; i < MANY; i++) {
        in_order = schedule_due(&schedule, now, &first) == &many[i] && in_order;
        schedule_ended(&schedule, &many[i], &good, now);
    }
    ok(in_order, "100 000 zones are due at once, and have their turns in order");
    size_t looks = 0, early = 0;
    while (now < 7200 * S) {
        struct scheduled *due;
        now = schedule_next(&schedule);
        while ((due = schedule_due(&schedule, now, &first)) != NULL) {
            looks++;
            schedule_ended(&schedule, due, &good, now);
        }
        early += schedule_expired(&schedule, now) != NULL;
    }
    ok(looks > (size_t)MANY * 12 && looks < (size_t)MANY * 16, "%zu looks in two hours", looks);
    is_int((int64_t)early, 0, "none expires");
}

int main(void)
{
    test_order();
    test_pauses();
    test_without_file();
    test_far();
    test_expiry();
    test_expiry_at_start();
    test_expiry_of_odd_files();
    test_hints();
    test_first();
    test_again();
    test_queued();
    test_notify_and_failure();
    test_flood();
    test_forgetting();
    test_held_until_regular();
    test_failures();
    test_repeats();
    test_repeats_and_notifies();
    test_forged_serial();
    test_hurry();
    test_retry();
    test_remove();
    test_spread();
    test_many();
    return tap_end();
}
