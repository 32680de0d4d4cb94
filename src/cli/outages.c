#include "cli/outages.h"

#include "job/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(OUTAGES_MOST <= UINT16_MAX, "a row has its number + 1");

void outages_fini(struct outages *outages)
{
    for (size_t i = 0; i < outages->count; i++)
        free(outages->list[i]);
    *outages = (struct outages){.count = 0};
}

/* ---- What is one --------------------------------------------------------------------------- */

/* Whose it is, or NULL: a zone's own. A server that answers what is wrong about one zone says
 * nothing of the others; that this machine has no room or no way out concerns them all. */
static const char *owner_of(const struct failure *failure)
{
    bool names_server = *failure->server != '\0';
    switch (err_class(failure->kind)) {
    case ERR_CLASS_NETWORK:
        return names_server || (failure->kind != ERR_NO_SERVERS && failure->kind != ERR_HOST)
                   ? failure->server
                   : NULL;
    case ERR_CLASS_REFUSED:
    case ERR_CLASS_AUTH:
        return names_server ? failure->server : NULL;
    case ERR_CLASS_OUTPUT:
    case ERR_CLASS_INTERNAL:
    case ERR_CLASS_HOOK:
        return "";
    case ERR_CLASS_OK:
    case ERR_CLASS_DIFFERS:
    case ERR_CLASS_USAGE:
    case ERR_CLASS_PROTOCOL:
    case ERR_CLASS_INPUT:
    case ERR_CLASS_GUARD:
    case ERR_CLASS_NODELTA:
    case ERR_CLASS_PARTIAL:
    default:
        return NULL;
    }
}

/* A server that cannot be reached is so in many ways, now this and then that one. */
enum { KINDS = 256 };

static unsigned sort_of(enum err_kind kind)
{
    enum err_class class = err_class(kind);
    bool is_said = class == ERR_CLASS_REFUSED || class == ERR_CLASS_AUTH;
    return is_said ? KINDS + (unsigned)kind : (unsigned)class;
}

const char *outages_sort(const struct outage *outage)
{
    return outage->sort >= KINDS ? err_slug((enum err_kind)(outage->sort - KINDS))
                                 : err_class_name((enum err_class)outage->sort);
}

bool outages_is_command(const struct outage *outage)
{
    return outage->sort == ERR_CLASS_HOOK;
}

static bool is_idle(const struct outage *outage)
{
    return outage->members == 0 && outage->told == OUTAGES_NOTHING;
}

/* A free place, or that of the outage that is over for longest. OUTAGES_MOST: there is none. */
static size_t find_place(const struct outages *outages)
{
    size_t place = OUTAGES_MOST;
    for (size_t i = 0; i < outages->count; i++) {
        const struct outage *outage = outages->list[i];
        if (outage == NULL)
            return i;
        bool is_older = place == OUTAGES_MOST || outage->ended < outages->list[place]->ended;
        if (is_idle(outage) && is_older)
            place = i;
    }
    return outages->count < OUTAGES_MOST ? outages->count : place;
}

static void set_words(struct outage *outage, const struct failure *failure)
{
    snprintf(outage->text, sizeof outage->text, "%s", failure->text);
    outage->first = (struct failure){.server = outage->server,
                                     .address = outage->address,
                                     .text = outage->text,
                                     .kind = failure->kind,
                                     .facts = failure->facts,
                                     .by_name = failure->by_name};
}

static uint32_t hash_of(const char *server, const char *address, unsigned sort)
{
    return failures_mix(failures_mix(FAILURES_SEED ^ sort, server), address);
}

/* An outage without members in that place. */
static struct outage *make(struct outages *outages, size_t place, const char *server,
                           const char *address, unsigned sort)
{
    struct outage *outage = outages->list[place];
    if (outage == NULL)
        outage = malloc(sizeof *outage);
    if (outage == NULL)
        return NULL;
    *outage = (struct outage){.sort = sort};
    snprintf(outage->server, sizeof outage->server, "%s", server);
    snprintf(outage->address, sizeof outage->address, "%s", address);
    outages->list[place] = outage;
    outages->hashes[place] = hash_of(server, address, sort);
    outages->count += place == outages->count;
    return outage;
}

/* The number of the outage + 1; 0: it is not there. */
static uint16_t find(const struct outages *outages, const char *server, const char *address,
                     unsigned sort)
{
    uint32_t hash = hash_of(server, address, sort);
    for (size_t i = 0; i < outages->count; i++) {
        const struct outage *outage = outages->list[i];
        if (outage != NULL && outages->hashes[i] == hash && outage->sort == sort &&
            strcmp(outage->server, server) == 0 && strcmp(outage->address, address) == 0)
            return (uint16_t)(i + 1);
    }
    return 0;
}

static uint16_t find_or_make(struct outages *outages, const char *server, const char *address,
                             unsigned sort)
{
    uint16_t number = find(outages, server, address, sort);
    size_t place = number == 0 ? find_place(outages) : OUTAGES_MOST;
    if (place != OUTAGES_MOST && make(outages, place, server, address, sort) != NULL)
        number = (uint16_t)(place + 1);
    return number;
}

/* ---- Members ------------------------------------------------------------------------------- */

/* From when on it is told that one has begun that had no members. */
static uint64_t first_due(struct outage *outage, uint64_t now)
{
    bool is_return = outage->ended != 0 && now - outage->ended < OUTAGES_AGAIN;
    uint64_t wait = OUTAGES_GATHER;
    outage->returns = is_return ? outage->returns + 1 : 0;
    for (unsigned i = 1; i < outage->returns && wait < OUTAGES_AGAIN; i++)
        wait *= OUTAGES_LATER;
    return now + (wait < OUTAGES_AGAIN ? wait : OUTAGES_AGAIN);
}

/* Which zones beyond those with names were counted is not known. */
static void bound_fresh(struct outage *outage)
{
    if (outage->fresh.count > outage->members)
        outage->fresh.count = outage->members;
}

static void note_fresh(struct outage *outage, const struct zone *zone, uint64_t now)
{
    if (outage->fresh.count == 0 && outage->told != OUTAGES_NOTHING &&
        outage->due < now + OUTAGES_GATHER)
        outage->due = now + OUTAGES_GATHER;
    zonenames_add(&outage->fresh, zone);
}

static void join(struct outage *outage, const struct zone *zone, bool fails,
                 const struct failure *failure, uint64_t now)
{
    if (outage->members == 0 && outage->told == OUTAGES_NOTHING) {
        set_words(outage, failure);
        outage->began = now;
        outage->due = first_due(outage, now);
        outage->most = 0;
    }
    outage->members++;
    outage->most = outage->members > outage->most ? outage->members : outage->most;
    if (fails && outage->failing++ == 0 && outage->told == OUTAGES_HARMLESS)
        outage->due = now + OUTAGES_GATHER;
    note_fresh(outage, zone, now);
}

static void leave(struct outage *outage, const struct zone *zone, bool failed, uint64_t now)
{
    outage->members--;
    outage->failing -= failed;
    zonenames_drop(&outage->fresh, zone);
    bound_fresh(outage);
    if (outage->members == 0)
        outage->ended = now;
}

/* A zone that stays in it fails now, or does not any more. */
static void turn(struct outage *outage, const struct zone *zone, bool failed, bool fails,
                 uint64_t now)
{
    if (fails == failed)
        return;
    outage->failing += fails;
    outage->failing -= failed;
    if (!fails || outage->told != OUTAGES_HARMLESS)
        return;
    if (outage->failing == 1)
        outage->due = now + OUTAGES_GATHER;
    zonenames_drop(&outage->fresh, zone);
    zonenames_add(&outage->fresh, zone);
    bound_fresh(outage);
}

static struct outage *outage_of(const struct outages *outages, uint16_t number)
{
    return number != 0 ? outages->list[number - 1] : NULL;
}

/* ---- Looks --------------------------------------------------------------------------------- */

void outages_begin(struct outages_look *look, struct outages *outages, struct zone *zone,
                   bool fails)
{
    *look = (struct outages_look){.outages = outages, .zone = zone, .fails = fails};
}

static bool is_among(const uint16_t *numbers, uint16_t number)
{
    for (unsigned i = 0; i < ZONE_OUTAGES; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* What one zone has failed in beyond ZONE_OUTAGES is not counted there. */
bool outages_add(struct outages_look *look, const struct failure *failure, uint64_t now)
{
    const char *server = owner_of(failure);
    if (server == NULL)
        return false;
    if (look->count == ZONE_OUTAGES)
        return true;
    uint16_t number = find_or_make(look->outages, server, *server != '\0' ? failure->address : "",
                                   sort_of(failure->kind));
    if (number == 0)
        return false;
    if (is_among(look->in, number))
        return true;
    if (!is_among(look->zone->outages, number))
        join(outage_of(look->outages, number), look->zone, look->fails, failure, now);
    look->in[look->count++] = number;
    return true;
}

/* At whatever address: a name may have another one now. */
static bool was_asked(const struct zone_end *end, const struct outage *outage)
{
    size_t count = end->attempts != NULL ? attempts_kept(end->attempts) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct attempt *attempt = &end->attempts->list[i];
        if (strcmp(attempt->server, outage->server) == 0)
            return true;
    }
    return false;
}

/* Its place among the servers of the zone, from 1; 0: it is none of them. */
static size_t place_of(const struct orders *orders, const char *server)
{
    for (size_t i = 0; orders != NULL && i < orders->route.server_count; i++)
        if (strcmp(orders->route.servers[i].word, server) == 0)
            return i + 1;
    return 0;
}

/* Whether the next look may find it as the one before did: it was not asked, and comes before the
 * server that was good. Whoever comes after that one is not needed any more. */
static bool was_passed_over(const struct zone_end *end, const struct outage *outage)
{
    const struct orders *orders = end->zone->orders;
    size_t place = place_of(orders, outage->server);
    bool has_good = end->attempts != NULL && end->attempts->has_good;
    return place != 0 && !was_asked(end, outage) &&
           (!has_good || place < place_of(orders, end->attempts->good.server));
}

void outages_end(struct outages_look *look, const struct zone_end *end, uint64_t now)
{
    struct zone *zone = look->zone;
    bool failed = zone->told_failing;
    for (unsigned i = 0; i < ZONE_OUTAGES; i++) {
        struct outage *outage = outage_of(look->outages, zone->outages[i]);
        if (outage == NULL)
            continue;
        bool is_in = is_among(look->in, zone->outages[i]);
        bool stays = is_in || (look->count < ZONE_OUTAGES && was_passed_over(end, outage));
        if (!stays)
            leave(outage, zone, failed, now);
        else
            turn(outage, zone, failed, look->fails, now);
        if (stays && !is_in)
            look->in[look->count++] = zone->outages[i];
    }
    memcpy(zone->outages, look->in, sizeof zone->outages);
    zone->told_failing = look->fails;
}

bool outages_command(struct outages *outages, struct zone *zone, const struct err *failure,
                     uint64_t now)
{
    bool fails = failure != NULL;
    uint16_t number = fails ? find_or_make(outages, "", "", ERR_CLASS_HOOK)
                            : find(outages, "", "", ERR_CLASS_HOOK);
    struct outage *outage = outage_of(outages, number);
    if (outage == NULL || fails == zone->told_command)
        return outage != NULL || !fails;
    if (fails)
        join(outage, zone, true,
             &(struct failure){
                 .text = failure->text, .kind = failure->kind, .facts = failure->facts},
             now);
    else
        leave(outage, zone, true, now);
    zone->told_command = fails;
    return true;
}

void outages_gone(struct outages *outages, struct zone *zone, uint64_t now)
{
    for (unsigned i = 0; i < ZONE_OUTAGES; i++) {
        struct outage *outage = outage_of(outages, zone->outages[i]);
        if (outage != NULL)
            leave(outage, zone, zone->told_failing, now);
        zone->outages[i] = 0;
    }
    outages_command(outages, zone, NULL, now);
}

/* ---- What is told -------------------------------------------------------------------------- */

static enum outages_level level_of(const struct outage *outage)
{
    return outage->failing > 0 ? OUTAGES_HARM : OUTAGES_HARMLESS;
}

static enum outages_event due_of(const struct outage *outage, uint64_t now, bool is_last)
{
    bool is_time = now >= outage->due;
    bool is_other = outage->members != outage->told_members || outage->fresh.count > 0;
    if (outage->members == 0)
        return outage->told != OUTAGES_NOTHING ? OUTAGES_OVER : OUTAGES_NONE;
    if (outage->told < level_of(outage))
        return is_time || is_last ? OUTAGES_BEGINS : OUTAGES_NONE;
    return is_time && is_other && !is_last ? OUTAGES_GOES_ON : OUTAGES_NONE;
}

static void take_as_told(struct outage *outage, enum outages_event event, uint64_t now)
{
    enum outages_level level = event == OUTAGES_OVER ? OUTAGES_NOTHING : level_of(outage);
    outage->told = level;
    outage->worst = level == OUTAGES_NOTHING || level > outage->worst ? level : outage->worst;
    outage->told_members = outage->members;
    outage->fresh = (struct zonenames){.count = 0};
    outage->due = now + OUTAGES_AGAIN;
}

void outages_tell(struct outages *outages, uint64_t now, bool is_last,
                  void (*tell)(void *context, enum outages_event event, const struct outage *outage,
                               uint64_t now),
                  void *context)
{
    for (size_t i = 0; i < outages->count; i++) {
        struct outage *outage = outages->list[i];
        if (outage == NULL)
            continue;
        enum outages_event event = due_of(outage, now, is_last);
        if (event != OUTAGES_NONE) {
            tell(context, event, outage, now);
            take_as_told(outage, event, now);
        }
        if (is_idle(outage) && now - outage->ended >= OUTAGES_AGAIN) {
            free(outage);
            outages->list[i] = NULL;
        }
    }
}
