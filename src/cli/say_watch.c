#include "cli/say_watch.h"

#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

void say_watch_init(struct say_watch *watch, struct say_sync *say)
{
    *watch = (struct say_watch){.say = say};
}

void say_watch_fini(struct say_watch *watch)
{
    outages_fini(&watch->outages);
}

/* ---- What is kept -------------------------------------------------------------------------- */

/* The first of it is said soon. While there is always more, it takes longer and longer. */
static void keep(struct say_watch *watch, const struct zone *zone, const struct failure *failure,
                 uint64_t now)
{
    bool is_first = !say_sync_has_kept(watch->say);
    say_sync_keep(watch->say, zone, failure);
    if (!is_first)
        return;
    bool is_calm = watch->told_at == 0 || now - watch->told_at >= 2 * watch->pause;
    uint64_t due = watch->told_at + watch->pause;
    if (is_calm) {
        watch->pause = SAY_WATCH_GATHER;
        watch->told_count = 0;
    }
    watch->due = is_calm || due < now + SAY_WATCH_GATHER ? now + SAY_WATCH_GATHER : due;
}

static void tell_kept(struct say_watch *watch, uint64_t now)
{
    if (!say_sync_has_kept(watch->say))
        return;
    say_sync_tell(watch->say, now);
    watch->told_at = now;
    if (++watch->told_count > SAY_WATCH_QUICK)
        watch->pause = 2 * watch->pause < SAY_WATCH_SELDOM ? 2 * watch->pause : SAY_WATCH_SELDOM;
}

static void keep_news(struct say_watch *watch, const struct zone *zone, const char *text,
                      uint64_t now)
{
    keep(watch, zone, &(struct failure){.server = "", .address = "", .text = text}, now);
}

/* ---- Facts --------------------------------------------------------------------------------- */

/* The bit of a text without its numbers, which may change with time. */
static unsigned bit_of(enum fact_kind kind, const char *text, unsigned bits)
{
    uint32_t hash = FAILURES_SEED ^ (uint32_t)kind;
    for (; *text != '\0'; text++)
        if (*text < '0' || *text > '9')
            hash = (hash ^ (uint8_t)*text) * 16777619;
    return (hash ^ hash >> 16) % bits;
}

/* Which warnings there are, not how many. */
static unsigned bit_of_notes(const struct notes *notes, unsigned bits)
{
    uint32_t hash = FAILURES_SEED;
    for (unsigned i = 0; i < ERR_KINDS; i++)
        if (notes->counts[i] > 0)
            hash = (hash ^ i) * 16777619;
    return (hash ^ hash >> 16) % bits;
}

/* Bits of what keeps a zone from being taken; the others are of what a transfer has. */
enum { OF_GATES = 12, OF_TRANSFER = 32 - OF_GATES };
#define GATES_MASK (UINT32_MAX >> OF_TRANSFER)

/* The bit of a fact that may come with each look; 0: it does not. */
static uint32_t mark_of(const struct fact *fact)
{
    unsigned bit = OF_GATES;
    if (fact->kind == FACT_FINDING)
        return 1u << bit_of(fact->kind, findings_rules[fact->finding->rule].slug, OF_GATES);
    if (fact->kind == FACT_REMARK)
        return 1u << bit_of(fact->kind, fact->text, OF_GATES);
    if (fact->kind == FACT_WARNING || fact->kind == FACT_NOTICE || fact->kind == FACT_DISTRUST)
        bit += bit_of(fact->kind, fact->text, OF_TRANSFER);
    else if (fact->kind == FACT_OLDER)
        bit += bit_of(fact->kind, fact->attempt->server, OF_TRANSFER);
    else if (fact->kind == FACT_WARNINGS)
        bit += bit_of_notes(fact->notes, OF_TRANSFER);
    else
        return 0;
    return 1u << bit;
}

/* That nobody knows who a server is, is said with each connection. */
static bool is_said_of_server(struct say_watch *watch, const struct fact *fact)
{
    if (fact->kind != FACT_CONNECTED)
        return false;
    uint32_t hash =
        failures_mix(failures_mix(FAILURES_SEED, fact->attempt->server), fact->attempt->address);
    unsigned bit = (hash ^ hash >> 16) % SAY_WATCH_SERVERS;
    bool is_said = watch->servers[bit / 32] >> bit % 32 & 1;
    watch->servers[bit / 32] |= 1u << bit % 32;
    return is_said;
}

void say_watch_fact(struct say_watch *watch, const struct zone *zone, const struct fact *fact,
                    uint32_t *seen)
{
    uint32_t mark = mark_of(fact);
    bool is_said = (mark & zone->told_facts) != 0 || is_said_of_server(watch, fact);
    *seen |= mark;
    if (!is_said || watch->say->words.verbose > 0)
        say_sync_fact(watch->say, zone, fact);
}

/* A look that has failed, or has only found that FILE is current, says nothing of what a transfer
 * would have. */
static void take_seen(struct zone *zone, const struct zone_end *end, uint32_t seen)
{
    if (end->failure == ERR_NONE)
        zone->told_facts &= end->kind != NULL ? 0 : ~GATES_MASK;
    zone->told_facts |= seen;
}

/* ---- Looks --------------------------------------------------------------------------------- */

/* The kinds of what is a zone's own: those of guards one by one, others by their class. */
static uint32_t own_bit(enum err_kind kind)
{
    enum { CLASSES = ERR_CLASS_HOOK + 1, REST = 32 - CLASSES };
    enum err_class class = err_class(kind);
    return 1u << (class == ERR_CLASS_GUARD ? CLASSES + (unsigned)kind % REST : (unsigned)class);
}

/* Whether a server that has failed was good when it was asked once more. */
static bool is_made_good(const struct zone_end *end, const struct failure *failure)
{
    const struct attempts *attempts = end->attempts;
    bool is_there = attempts != NULL && attempts->has_good && *failure->server != '\0';
    return is_there && strcmp(attempts->good.server, failure->server) == 0 &&
           strcmp(attempts->good.address, failure->address) == 0 &&
           err_class(failure->kind) == ERR_CLASS_NETWORK;
}

/* Puts the zone into outages. Returns what else has failed, and says what of it is new. */
static uint32_t take_failures(struct say_watch *watch, struct outages_look *look,
                              const struct zone_end *end, uint64_t now)
{
    const struct zone *zone = look->zone;
    bool has_expected = watch->say->words.verbose > 0, is_worse = look->fails && !zone->told_harm;
    struct failure failure;
    uint32_t own = 0;
    for (size_t at = 0; failures_next(end, has_expected, &at, &failure);) {
        if (is_made_good(end, &failure) || outages_add(look, &failure, now))
            continue;
        uint32_t bit = own_bit(failure.kind);
        if (is_worse || (zone->told_own & bit) == 0)
            keep(watch, zone, &failure, now);
        own |= bit;
    }
    return own;
}

/* What is over for the zone alone. */
static void tell_current(struct say_watch *watch, const struct zone *zone, uint64_t now)
{
    bool had_failed = watch->say->words.verbose > 0 && zone->told_failing;
    if (zone->told_expired || zone->told_harm || had_failed)
        keep_news(watch, zone, "current again", now);
}

bool say_watch_look(struct say_watch *watch, struct zone *zone, const struct zone_end *end,
                    uint32_t seen, uint64_t now, struct err *err)
{
    struct outages_look look;
    bool fails = end->failure != ERR_NONE || failures_zone_failed(zone);
    if (end->failure == ERR_INTERRUPTED)
        return say_sync_put(watch->say, end, err);
    outages_begin(&look, &watch->outages, zone, fails);
    uint32_t own = take_failures(watch, &look, end, now);
    if (!fails)
        tell_current(watch, zone, now);
    outages_end(&look, end, now);
    bool is_open = fails || (own == 0 && !zone->told_harm); /* it may have asked another server */
    zone->told_own = own | (is_open ? zone->told_own : 0);
    zone->told_harm = fails && (zone->told_harm || own != 0);
    zone->told_expired = zone->told_expired && fails;
    take_seen(zone, end, seen);
    return say_sync_put(watch->say, end, err);
}

/* With a hint that fits a process that stays: none. */
void say_watch_command(struct say_watch *watch, struct zone *zone, const struct err *failure,
                       uint64_t now)
{
    bool fails = failure->kind != ERR_NONE;
    if (failure->kind == ERR_INTERRUPTED ||
        outages_command(&watch->outages, zone, fails ? failure : NULL, now))
        return;
    keep_news(watch, zone, failure->text, now);
}

void say_watch_expired(struct say_watch *watch, struct zone *zone, uint64_t now)
{
    zone->told_expired = true;
    keep_news(watch, zone, "expired: no server has confirmed it for as long as its SOA allows",
              now);
}

/* What is kept names rows. */
void say_watch_gone(struct say_watch *watch, struct zone *zone, uint64_t now)
{
    tell_kept(watch, now);
    outages_gone(&watch->outages, zone, now);
}

/* ---- Outages ------------------------------------------------------------------------------- */

enum { TIME_ROOM = 64, NUMBERS_ROOM = 128 };

/* "45 s", "5 min", "2 h 5 min", "3 d 4 h". */
static const char *time_text(char text[TIME_ROOM], uint64_t microseconds)
{
    uint64_t seconds = microseconds / SECOND, minutes = seconds / MINUTE, hours = seconds / HOUR;
    if (seconds < MINUTE)
        snprintf(text, TIME_ROOM, "%" PRIu64 " s", seconds);
    else if (seconds < HOUR)
        snprintf(text, TIME_ROOM, "%" PRIu64 " min", minutes);
    else if (seconds < DAY)
        snprintf(text, TIME_ROOM, "%" PRIu64 " h %" PRIu64 " min", hours, minutes % 60);
    else
        snprintf(text, TIME_ROOM, "%" PRIu64 " d %" PRIu64 " h", seconds / DAY, hours % 24);
    return text;
}

/* "3 zones", and how many of them are well all the same. */
static const char *numbers_text(char text[NUMBERS_ROOM], const struct outage *outage)
{
    size_t members = outage->members, current = members - outage->failing;
    size_t used =
        (size_t)snprintf(text, NUMBERS_ROOM, "%zu zone%s", members, members == 1 ? "" : "s");
    if (current == members)
        snprintf(text + used, NUMBERS_ROOM - used, ", current all the same");
    else if (current > 0)
        snprintf(text + used, NUMBERS_ROOM - used, ", %zu of them current all the same", current);
    return text;
}

/* Whose it is: "SERVER (ADDRESS): ", "--exec: ", or nothing. */
static const char *who_text(char text[SAY_SYNC_WHO], const struct outage *outage)
{
    if (outages_is_command(outage))
        snprintf(text, SAY_SYNC_WHO, "--exec: ");
    else
        say_sync_who(text, &outage->first);
    return text;
}

/* As sync says it. */
static void say_begins(struct say_watch *watch, const struct outage *outage, uint64_t now)
{
    char who[SAY_SYNC_WHO], list[ZONENAMES_ROOM], numbers[NUMBERS_ROOM];
    bool is_current = outage->failing == 0;
    say_sync_who(who, &outage->first);
    zonenames_text(list, &outage->fresh);
    if (outage->members == 1)
        say_error("%s: %s%s%s", list, who, outage->text,
                  is_current ? "; current all the same" : "");
    else
        say_error("%s%s; %s: %s", who, outage->text, numbers_text(numbers, outage), list);
    if (!is_current && !outages_is_command(outage)) /* that a command is run again is certain */
        say_sync_hint(watch->say, outage->first.kind, outage->first.facts, now);
}

static void say_goes_on(const struct outage *outage, uint64_t now)
{
    char who[SAY_SYNC_WHO], list[ZONENAMES_ROOM], numbers[NUMBERS_ROOM], time[TIME_ROOM];
    char more[NUMBERS_ROOM] = "";
    uint64_t fresh = outage->fresh.count;
    if (fresh > 0)
        snprintf(more, sizeof more, "; %" PRIu64 " of them since the last message: ", fresh);
    say_error("%sfailures (%s) go on after %s; %s%s%s", who_text(who, outage), outages_sort(outage),
              time_text(time, now - outage->began), numbers_text(numbers, outage), more,
              fresh > 0 ? zonenames_text(list, &outage->fresh) : "");
}

static void say_over(const struct outage *outage)
{
    char who[SAY_SYNC_WHO], time[TIME_ROOM];
    say("%sfailures (%s) are over after %s; %zu zone%s", who_text(who, outage),
        outages_sort(outage), time_text(time, outage->ended - outage->began), outage->most,
        outage->most == 1 ? "" : "s");
}

/* With --quiet what does no harm is not said, nor that it is over. */
static void tell_outage(void *context, enum outages_event event, const struct outage *outage,
                        uint64_t now)
{
    struct say_watch *watch = context;
    bool is_harm = event == OUTAGES_OVER ? outage->worst == OUTAGES_HARM : outage->failing > 0;
    if (watch->say->quiet && !is_harm)
        return;
    say_progress_end();
    if (event == OUTAGES_BEGINS)
        say_begins(watch, outage, now);
    else if (event == OUTAGES_GOES_ON)
        say_goes_on(outage, now);
    else
        say_over(outage);
}

void say_watch_tell(struct say_watch *watch, uint64_t now, bool is_last)
{
    outages_tell(&watch->outages, now, is_last, tell_outage, watch);
    if (is_last || now >= watch->due)
        tell_kept(watch, now);
}

/* ---- Tasks --------------------------------------------------------------------------------- */

void say_watch_task(struct say_watch *watch, enum say_watch_task task, const char *failure,
                    uint64_t now)
{
    static const char *const names[] = {
        [SAY_WATCH_EXEC_ALL] = "--exec-all", [SAY_WATCH_METRICS] = "--metrics"};
    uint64_t count = watch->tasks[task].count, told_at = watch->tasks[task].told_at;
    char time[TIME_ROOM];
    if (failure == NULL) {
        if (count > 0)
            say("%s: failures are over after %s; %" PRIu64 " of them", names[task],
                time_text(time, now - watch->tasks[task].since), count);
        watch->tasks[task].count = 0;
        return;
    }
    if (count == 0)
        watch->tasks[task].since = now;
    if (count == 0 || now - told_at >= OUTAGES_AGAIN) {
        say_error("%s", failure);
        watch->tasks[task].told_at = now;
    }
    watch->tasks[task].count++;
}
