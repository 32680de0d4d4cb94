#include "job/attempts.h"

#include <stdlib.h>

/* Most zones have one attempt, and there may be very many zones. */
static bool has_room(struct attempts *attempts)
{
    size_t room = attempts->room == 0 ? 1 : 4 * attempts->room;
    if (attempts->kept < attempts->room)
        return true;
    if (attempts->room == ATTEMPTS_KEPT)
        return false;
    struct attempt *list = realloc(attempts->list, room * sizeof *list);
    if (list == NULL)
        return false;
    attempts->list = list;
    attempts->room = room;
    return true;
}

void attempts_add(struct attempts *attempts, const struct attempt *attempt)
{
    if (attempt->kind != ERR_NONE && err_is_worse(attempt->kind, attempts->worst.kind))
        attempts->worst = *attempt;
    if (attempt->kind == ERR_NONE) {
        attempts->good = *attempt;
        attempts->has_good = true;
    }
    if (attempts->count == attempts->kept && has_room(attempts))
        attempts->list[attempts->kept++] = *attempt;
    attempts->count++;
}

size_t attempts_kept(const struct attempts *attempts)
{
    return attempts->kept;
}

void attempts_fini(struct attempts *attempts)
{
    free(attempts->list);
    attempts->list = NULL;
    attempts->kept = attempts->room = 0;
}
