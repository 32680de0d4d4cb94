/* A day of 1000 zones, at the clock of the test: servers that are down for hours, zones that fail,
 * notifies that are real, doubled, lost or forged, zones that go and come. A model beside it knows
 * for each zone between which times it may be looked at, and counts what does not fit: who was
 * asked when it was not due, and who was not when it was.
 *
 *   test_schedule_day [SEED [DAYS]] */
#include "job/schedule.h"

#include "tap.h"

#define S UINT64_C(1000000)
#define NEVER UINT64_MAX

enum { ZONES = 1000, SERVERS = 20, MIN = 60, MAX = 14400, HEARD = 4096, FLOODS = 3, LATE = 64 };

/* What is true, whoever knows it. */
struct world {
    unsigned server;
    uint64_t absent_until; /* its server does not have it */
    uint64_t sick_until;   /* its server fails for it */
    uint32_t serial, refresh, retry, expire;
};

/* What the rules say of a zone. */
struct model {
    bool in, has_file, good, known, told;
    uint32_t serial, refresh, retry, expire;
    uint64_t from, until; /* the regular look comes in this time */
    uint64_t notified;    /* the look that a notify wants comes then; NEVER: none does */
    uint64_t forget[7];   /* until when each fruitless look is kept in mind */
    unsigned forgets;
    unsigned failures, passing;
    bool repeat;      /* in that time it comes again because of a notify */
    unsigned repeats; /* so often it has */
    bool has_newest;
    uint32_t newest; /* the newest that notifies have told */
    int64_t confirmed;
    uint64_t dead;    /* when it is told that it has expired */
    uint32_t owed;    /* FILE has this serial, */
    uint64_t owed_by; /* ... by then, because of a notify that was not forged */
};

/* A look that goes on. */
struct look {
    bool going, noted, repeats, asked, retry, hurry;
    bool found;
    enum schedule_failure failure;
    uint64_t begins, asks, ends;
    uint32_t serial, refresh, retry_time, expire; /* found */
    size_t heard;
    struct schedule_hint heard_of[HEARD];
};

struct late {
    uint64_t at;
    size_t zone;
    struct schedule_hint hint;
};

static struct schedule schedule;
static struct scheduled rows[ZONES];
static struct world worlds[ZONES];
static struct model models[ZONES];
static struct look looks[ZONES];
static uint64_t down_until[SERVERS];
static struct late late[LATE]; /* notifies on their way */
static struct {
    uint64_t until;
    size_t zone;
} floods[FLOODS];
static uint64_t now, random_state;

static struct {
    unsigned early, late, order, first, notice, expiry, idle, counts, lost; /* must be 0 */
    unsigned regular, notified, held, again, sooner, current, expired, failed, changed, removed,
        given_up, passing, lasting, repeated, hurried; /* must not be */
} seen;

static uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % below;
}

static bool chance(unsigned one_in)
{
    return draw(one_in) == 0;
}

/* ---- the model ---- */

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double life_of(const struct model *m)
{
    return m->expire > MIN / 3.0 * 4 ? m->expire : MIN / 3.0 * 4;
}

static void expect_at(struct model *m, double pause)
{
    m->from = now + (uint64_t)(pause * 0.75 * 1e6);
    m->until = now + (uint64_t)(pause * 1e6);
}

static void expect_next(struct model *m, bool wants_retry, enum schedule_failure failure)
{
    double refresh = between(MIN, m->refresh, MAX), retry = between(MIN, m->retry, MAX), pause;
    if (m->expire != 0)
        refresh = between(0, refresh, life_of(m) * 0.75);
    if (!m->has_file) {
        pause = MIN;
        for (unsigned i = 1; i < m->failures && i < 20; i++)
            pause = between(0, 2 * pause, 3600);
    } else if (m->good || failure == SCHEDULE_LASTING) {
        pause = wants_retry && retry < refresh ? retry : refresh;
    } else {
        pause = retry;
    }
    double passing = 10;
    for (unsigned i = 1; i < m->passing && passing < pause; i++)
        passing *= 2;
    if (!m->good && m->passing > 0)
        pause = between(0, passing, pause);
    expect_at(m, pause);
}

static void expect_sooner(struct model *m, const struct model *before)
{
    m->from = before->from < m->from ? before->from : m->from;
    m->until = before->until < m->until ? before->until : m->until;
}

/* A look that came of a notify was in vain: once more, unless it comes earlier. */
static void expect_repeat(struct model *m)
{
    static const double pauses[] = {5, 15, 60};
    struct model before = *m;
    expect_at(m, pauses[m->repeats++]);
    expect_sooner(m, &before);
    m->repeat = true;
}

/* When a look may begin that is due to a notify. */
static uint64_t expect_hold(const struct model *m, uint64_t fruitless_at)
{
    static const double holds[] = {0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5};
    unsigned count = 0;
    for (unsigned i = 0; i < m->forgets; i++)
        count += m->forget[i] > now;
    uint64_t at = fruitless_at + (uint64_t)(holds[count] * 1e6);
    return count == 0 || at < now ? now : at;
}

static uint64_t fruitless_at(const struct model *m)
{
    return m->forgets == 0 ? 0 : m->forget[0] - 10 * S;
}

static void expect_fruitless(struct model *m)
{
    unsigned count = 0;
    for (unsigned i = 0; i < m->forgets; i++)
        count += m->forget[i] > now;
    m->forgets = count < 7 ? count + 1 : 7;
    for (unsigned i = 0; i < m->forgets; i++)
        m->forget[i] = now + (i + 1) * 10 * S;
}

static void expect_expiry(struct model *m)
{
    m->dead = NEVER;
    if (!m->has_file || !m->known || m->told || m->expire == 0)
        return;
    int64_t at = m->confirmed + (int64_t)(life_of(m) * 1e6);
    m->dead = at > (int64_t)now ? (uint64_t)at : now;
}

/* Whether it is newer than all that were told. */
static bool expect_told(struct model *m, const struct schedule_hint *hint)
{
    uint32_t ahead = hint->serial - m->newest;
    if (!hint->has_serial || (m->has_newest && ahead - 1 >= UINT32_MAX / 2))
        return false;
    m->newest = hint->serial;
    m->has_newest = true;
    return true;
}

static bool is_news(const struct model *m, const struct schedule_hint *hint)
{
    return !(hint->has_serial && m->has_file && m->good && hint->serial == m->serial);
}

/* ---- what happens ---- */

static void come(size_t i, uint64_t at)
{
    struct model *m = &models[i];
    *m = (struct model){
        .in = true, .from = at, .until = at, .notified = NEVER, .dead = NEVER, .owed_by = NEVER};
    looks[i].going = false;
    schedule_add(&schedule, &rows[i], &models[i], at);
    if (chance(4)) /* it has no FILE */
        return;
    struct world *w = &worlds[i];
    struct schedule_copy copy = {.is_there = true,
                                 .serial = w->serial,
                                 .refresh = w->refresh,
                                 .retry = w->retry,
                                 .expire = w->expire,
                                 .age = draw(90000 * S)};
    if (chance(2))
        copy.serial--;
    m->has_file = m->known = true;
    m->serial = copy.serial;
    m->refresh = w->refresh;
    m->retry = w->retry;
    m->expire = w->expire;
    m->confirmed = (int64_t)now - (int64_t)copy.age;
    expect_expiry(m);
    schedule_know(&schedule, &rows[i], &copy, now);
}

static void go(size_t i)
{
    schedule_remove(&schedule, &rows[i]);
    models[i].in = false;
    seen.removed++;
    if (looks[i].going) {
        schedule_ended(&schedule, &rows[i], &(struct schedule_outcome){.good = true}, now);
        looks[i].going = false;
        seen.given_up++;
    }
    memset(&rows[i], 0x5a, sizeof rows[i]);
}

static void choose_times(struct world *w)
{
    static const uint32_t refreshes[] = {0, 30, 300, 900, 1800, 3600, 7200, UINT32_MAX};
    static const uint32_t retries[] = {0, 1, 120, 300, 900, 1800, 5000, UINT32_MAX};
    static const uint32_t expires[] = {0, 1, 3600, 7200, 30000, 86400, 604800, UINT32_MAX};
    w->refresh = refreshes[draw(8)];
    w->retry = retries[draw(8)];
    w->expire = expires[draw(8)];
}

static void notify(size_t i, struct schedule_hint hint)
{
    struct model *m = &models[i];
    struct look *look = &looks[i];
    enum schedule_notice expected;
    if (!m->in)
        return;
    hint.is_queued = look->going && now < look->begins;
    if (!is_news(m, &hint)) {
        expected = SCHEDULE_CURRENT;
        seen.current++;
    } else if (hint.is_queued) {
        expected = SCHEDULE_SOONER;
        expect_told(m, &hint);
        look->noted = true;
        look->repeats = false;
        m->repeats = 0;
        seen.sooner++;
    } else if (look->going) {
        expected = SCHEDULE_AGAIN;
        if (look->heard == 0 && m->has_newest && (int32_t)(hint.serial - m->newest) < 0)
            look->heard_of[look->heard++] =
                (struct schedule_hint){0}; /* not what was told before */
        expect_told(m, &hint);
        if (look->heard < HEARD)
            look->heard_of[look->heard++] = hint;
    } else {
        expect_told(m, &hint);
        if (m->notified == NEVER) {
            m->notified = m->until <= now ? now : expect_hold(m, fruitless_at(m));
            m->repeat = false;
            m->repeats = 0;
        }
        expected = m->notified > now ? SCHEDULE_LATER : SCHEDULE_LOOKS;
        seen.held += m->notified > now;
    }
    seen.notice += schedule_notify(&schedule, &rows[i], &hint, now) != expected;
}

/* A new zone at the server, which tells of it: at once, later, more than once, or never. */
static void change(size_t i)
{
    struct world *w = &worlds[i];
    w->serial += 1 + (uint32_t)draw(3);
    if (chance(4))
        choose_times(w);
    struct schedule_hint hint = {.has_serial = !chance(3), .serial = w->serial};
    for (unsigned copies = (unsigned)draw(8); copies > 0 && copies < 7; copies = copies / 2) {
        struct late *slot = &late[draw(LATE)];
        *slot = (struct late){.at = now + draw(2 * S), .zone = i, .hint = hint};
        if (chance(20))
            slot->at = now + draw(100 * S);
    }
}

static void deliver(void)
{
    for (size_t n = 0; n < LATE; n++) {
        struct late *l = &late[n];
        if (l->at == 0 || l->at > now)
            continue;
        l->at = 0;
        notify(l->zone, l->hint);
        struct model *m = &models[l->zone];
        if (m->in) {
            m->owed = l->hint.serial;
            m->owed_by = now + 80 * S; /* two looks and a hold */
        }
    }
}

static void forge(void)
{
    for (size_t n = 0; n < FLOODS; n++) {
        if (now > floods[n].until) {
            if (chance(20000)) {
                floods[n].zone = (size_t)draw(ZONES);
                floods[n].until = now + draw(120 * S);
            }
            continue;
        }
        for (uint64_t packets = draw(4); packets > 0; packets--) {
            struct schedule_hint hint = {.has_serial = chance(2), .serial = (uint32_t)draw(9)};
            if (chance(4))
                hint.serial = models[floods[n].zone].serial;
            notify(floods[n].zone, hint);
        }
    }
}

static void happen(void)
{
    size_t i = (size_t)draw(ZONES);
    if (chance(150))
        change(i);
    if (chance(60000))
        down_until[draw(SERVERS)] = now + draw(8 * 3600 * S);
    if (chance(8000))
        worlds[i].sick_until = now + draw(4 * 3600 * S);
    if (chance(3000)) {
        if (models[i].in)
            go(i);
        else
            come(i, now);
    }
    if (models[i].in && chance(1000)) {
        struct model before = models[i];
        schedule_retry(&schedule, &rows[i], now);
        if (looks[i].going) {
            looks[i].retry = true;
        } else {
            expect_next(&models[i], true, SCHEDULE_USUAL);
            expect_sooner(&models[i], &before);
        }
    }
    if (models[i].in && chance(1000)) {
        struct model *m = &models[i];
        schedule_hurry(&schedule, &rows[i], now);
        looks[i].hurry = looks[i].going;
        if (!looks[i].going)
            m->from = m->until = now;
        if (!looks[i].going && m->notified != NEVER)
            m->notified = now;
        seen.hurried++;
    }
    deliver();
    forge();
}

static void ask(size_t i)
{
    const struct world *w = &worlds[i];
    struct look *look = &looks[i];
    look->asked = true;
    look->found = now >= down_until[w->server] && now >= w->sick_until && now >= w->absent_until;
    look->failure = now < down_until[w->server] ? SCHEDULE_PASSING
                    : now < w->sick_until       ? SCHEDULE_LASTING
                                                : SCHEDULE_USUAL;
    look->serial = w->serial;
    look->refresh = w->refresh;
    look->retry_time = w->retry;
    look->expire = w->expire;
}

static void begin_look(size_t i)
{
    struct look *look = &looks[i];
    bool slow = now < down_until[worlds[i].server];
    uint64_t begins = now + draw(3 * S), ends = begins + draw((slow ? 30 : 2) * S);
    *look = (struct look){
        .going = true, .begins = begins, .ends = ends, .asks = begins + draw(ends - begins + 1)};
}

/* What the model says of the end of a look. */
static void expect_end(struct model *m, const struct look *look, bool changed, bool file_goes)
{
    bool lags = look->found && m->has_newest && (int32_t)(look->serial - m->newest) < 0 &&
                m->newest - look->serial != UINT32_C(1) << 31;
    bool in_vain = lags || (!look->found && look->failure == SCHEDULE_PASSING);
    m->good = look->found;
    if (look->found) {
        m->has_file = m->known = true;
        m->told = false;
        m->confirmed = (int64_t)now;
        m->serial = look->serial;
        m->refresh = look->refresh;
        m->retry = look->retry_time;
        m->expire = look->expire;
    } else if (file_goes) {
        m->has_file = m->known = false;
    }
    m->failures = m->has_file ? 0 : m->failures + 1;
    m->passing = look->found || look->failure != SCHEDULE_PASSING ? 0 : m->passing + 1;
    if (changed)
        m->forgets = 0;
    else if (look->noted)
        expect_fruitless(m);
    if (!look->found)
        m->owed_by = NEVER;
    expect_next(m, look->retry, look->failure);
    expect_expiry(m);
    m->notified = NEVER;
    m->repeat = false;
    for (size_t n = 0; n < look->heard; n++)
        if (is_news(m, &look->heard_of[n]))
            m->notified = expect_hold(m, fruitless_at(m));
    if (m->notified == NEVER && in_vain && look->noted + look->repeats > 0 && m->repeats < 3)
        expect_repeat(m);
    else
        m->repeats = 0;
    m->has_newest = m->has_newest && (m->repeat || m->notified != NEVER);
    if (look->hurry && !look->found)
        m->from = m->until = now;
    seen.again += m->notified != NEVER;
    seen.repeated += m->repeat;
    seen.failed += !look->found;
    seen.passing += !look->found && look->failure == SCHEDULE_PASSING;
    seen.lasting += !look->found && look->failure == SCHEDULE_LASTING;
    seen.changed += changed;
}

static void end_look(size_t i)
{
    struct look *look = &looks[i];
    struct model *m = &models[i];
    bool changed = look->found && (!m->has_file || m->serial != look->serial);
    bool file_goes = !look->found && chance(200), retry = changed && chance(10);
    struct schedule_copy copy = {.is_there = look->found || (m->has_file && !file_goes),
                                 .serial = look->found ? look->serial : m->serial,
                                 .refresh = look->found ? look->refresh : m->refresh,
                                 .retry = look->found ? look->retry_time : m->retry,
                                 .expire = look->found ? look->expire : m->expire,
                                 .age = draw(10000 * S)};
    struct schedule_outcome outcome = {.good = look->found,
                                       .changed = changed,
                                       .wants_retry = retry,
                                       .has_serial = look->found,
                                       .serial = look->serial,
                                       .failure = look->failure,
                                       .copy = &copy};
    bool says_nothing = !changed && !file_goes && look->found == m->has_file && chance(3) &&
                        look->refresh == m->refresh && look->retry_time == m->retry &&
                        look->expire == m->expire;
    if (says_nothing)
        outcome.copy = NULL;
    look->retry |= retry;
    look->going = false;
    expect_end(m, look, changed, file_goes);
    schedule_ended(&schedule, &rows[i], &outcome, now);
}

static void step_looks(void)
{
    for (size_t i = 0; i < ZONES; i++) {
        if (!looks[i].going)
            continue;
        if (!looks[i].asked && now >= looks[i].asks)
            ask(i);
        if (now >= looks[i].ends)
            end_look(i);
    }
}

/* ---- what the schedule says, against the model ---- */

static bool take_due(bool *none_first)
{
    bool first;
    struct scheduled *due = schedule_due(&schedule, now, &first);
    if (due == NULL)
        return false;
    struct model *m = due->owner;
    size_t i = (size_t)(m - models);
    bool regular = now >= m->from && now <= m->until;
    bool wanted = m->notified != NEVER || m->repeat;
    seen.early += !m->in || looks[i].going || (!regular && now != m->notified);
    seen.late += now > m->until || now > m->notified;
    seen.first += first != wanted;
    seen.order += first && *none_first;
    *none_first = *none_first || !first;
    seen.regular += !wanted;
    seen.notified += wanted;
    begin_look(i);
    looks[i].repeats = m->repeat;
    looks[i].noted = wanted && !m->repeat;
    m->notified = NEVER;
    m->repeat = false;
    return true;
}

static bool take_expired(void)
{
    struct scheduled *expired = schedule_expired(&schedule, now);
    if (expired == NULL)
        return false;
    struct model *m = expired->owner;
    seen.expiry += !m->in || m->told || m->dead != now;
    m->told = true;
    m->dead = NEVER;
    seen.expired++;
    return true;
}

static unsigned take_all(void)
{
    unsigned count = 0;
    bool none_first = false;
    while (take_expired())
        count++;
    while (take_due(&none_first))
        count++;
    return count;
}

/* Every zone: has anything been missed? */
static void look_around(void)
{
    struct schedule_counts counts = schedule_count(&schedule, now), right = {0};
    for (size_t i = 0; i < ZONES; i++) {
        struct model *m = &models[i];
        if (!m->in)
            continue;
        right.zones++;
        right.working += looks[i].going;
        right.expired += m->told;
        seen.late += !looks[i].going && (now > m->until || now > m->notified);
        seen.expiry += now > m->dead;
        if (now > m->owed_by) {
            seen.lost += !m->has_file || (int32_t)(m->serial - m->owed) < 0;
            m->owed_by = NEVER;
        }
    }
    seen.counts += counts.zones != right.zones || counts.working != right.working ||
                   counts.expired != right.expired || counts.due != 0;
}

static void start(uint64_t seed)
{
    random_state = seed * 2 + 1;
    now = 20 * S;
    schedule_init(&schedule, &(struct schedule_config){
                                 .min_refresh = MIN * S, .max_refresh = MAX * S, .seed = seed});
    for (size_t i = 0; i < ZONES; i++) {
        worlds[i] = (struct world){.server = (unsigned)draw(SERVERS),
                                   .absent_until = chance(30) ? draw(6 * 3600 * S) : 0,
                                   .serial = (uint32_t)draw(UINT64_C(1) << 32)};
        choose_times(&worlds[i]);
        come(i, now);
    }
}

static void play(uint64_t until)
{
    uint64_t tick = now, minute = now;
    while (now < until) {
        uint64_t next = schedule_next(&schedule);
        if (next < tick) {
            now = next > now ? next : now;
            seen.idle += take_all() == 0;
            continue;
        }
        now = tick;
        step_looks();
        happen();
        take_all();
        if (now >= minute) {
            look_around();
            minute += 60 * S;
        }
        tick += 20000 + draw(60000);
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t days = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    start(seed);
    play(days * 86400 * S);
    is_int(seen.early, 0, "no zone is looked at when it is not due");
    is_int(seen.late, 0, "none is missed");
    is_int(seen.first, 0, "those that were notified are put first, and no others");
    is_int(seen.order, 0, "... and come first");
    is_int(seen.notice, 0, "every notify is answered as it should be");
    is_int(seen.expiry, 0, "zones expire at their times, once");
    is_int(seen.idle, 0, "at the next time there is always something to do");
    is_int(seen.counts, 0, "the counts are right");
    is_int(seen.lost, 0, "no notify is lost");
    diag("looks: %u regular, %u notified, %u failed, %u changed", seen.regular, seen.notified,
         seen.failed, seen.changed);
    diag("notifies: %u held, %u again, %u sooner, %u current", seen.held, seen.again, seen.sooner,
         seen.current);
    diag("zones: %u expired, %u removed, %u of them at work", seen.expired, seen.removed,
         seen.given_up);
    diag("%u failures that may pass, %u that last, %u repeats, %u hurried", seen.passing,
         seen.lasting, seen.repeated, seen.hurried);
    ok(seen.passing > 1000 && seen.lasting > 1000 && seen.repeated > 500 && seen.hurried > 500,
       "... and of failures");
    ok(seen.regular > 20000 && seen.notified > 2000 && seen.failed > 2000 && seen.changed > 2000,
       "there were enough looks of all sorts");
    ok(seen.held > 1000 && seen.again > 100 && seen.sooner > 100 && seen.current > 100,
       "... and notifies");
    ok(seen.expired > 100 && seen.removed > 100 && seen.given_up > 0, "... and zones");
    return tap_end();
}
