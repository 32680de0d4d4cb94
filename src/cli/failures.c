#include "cli/failures.h"

#include "job/orders.h"

#include <string.h>

uint32_t failures_mix(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619;
    return hash * 16777619;
}

uint32_t failures_hash(const struct failure *failure)
{
    uint32_t hash = FAILURES_SEED ^ (uint32_t)failure->kind ^ (failure->is_current ? 1u << 31 : 0);
    hash = failures_mix(failures_mix(failures_mix(hash, failure->server), failure->address),
                        failure->text);
    return hash ^ hash >> 16;
}

bool failures_same(const struct failure *a, const struct failure *b)
{
    return a->kind == b->kind && a->is_current == b->is_current && strcmp(a->text, b->text) == 0 &&
           strcmp(a->server, b->server) == 0 && strcmp(a->address, b->address) == 0;
}

bool failures_zone_failed(const struct zone *zone)
{
    return zone->state == ZONE_KEPT || zone->state == ZONE_MISSING;
}

static bool is_expected(const struct zone_end *end, const struct attempt *attempt)
{
    const struct orders *orders = end->zone->orders;
    return attempt->kind == ERR_SERIAL_OLDER && orders != NULL && orders->allow_older &&
           !failures_zone_failed(end->zone);
}

size_t failures_attempts(const struct zone_end *end)
{
    return end->attempts != NULL ? attempts_kept(end->attempts) : 0;
}

/* Sets *failure to an attempt that has failed, where that is to be told. */
static bool read_attempt(const struct zone_end *end, bool has_expected, size_t at,
                         struct failure *failure)
{
    const struct attempt *attempt = &end->attempts->list[at];
    *failure = (struct failure){.server = attempt->server,
                                .address = attempt->address,
                                .text = attempt->text,
                                .kind = attempt->kind,
                                .facts = attempt->facts,
                                .by_name = attempt->by_name,
                                .is_current = !failures_zone_failed(end->zone)};
    return attempt->kind != ERR_NONE && (has_expected || !is_expected(end, attempt));
}

/* Whether the failure of the zone is one of the attempts. */
static bool is_there(const struct zone_end *end, bool has_expected)
{
    struct failure failure;
    for (size_t i = 0; i < failures_attempts(end); i++)
        if (read_attempt(end, has_expected, i, &failure) && end->failure == failure.kind &&
            end->message != NULL && strcmp(end->message, failure.text) == 0)
            return true;
    return false;
}

bool failures_next(const struct zone_end *end, bool has_expected, size_t *at,
                   struct failure *failure)
{
    size_t attempts = failures_attempts(end);
    while (*at < attempts)
        if (read_attempt(end, has_expected, (*at)++, failure))
            return true;
    if ((*at)++ > attempts || end->failure == ERR_NONE || is_there(end, has_expected))
        return false;
    *failure = (struct failure){.server = end->server != NULL ? end->server : "",
                                .address = end->address != NULL ? end->address : "",
                                .text = end->message != NULL ? end->message : "failed",
                                .kind = end->failure,
                                .facts = end->failure_facts,
                                .by_name = end->by_name};
    return true;
}
