#include "job/attempts.h"

#include "dns/serial.h"

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

bool attempts_newest(const struct attempts *attempts, uint32_t *serial)
{
    bool has_serial = false;
    for (size_t i = 0; attempts != NULL && i < attempts_kept(attempts); i++) {
        const struct attempt *attempt = &attempts->list[i];
        if (!attempt->has_serial ||
            (has_serial && serial_compare(attempt->serial, *serial) != SERIAL_NEWER))
            continue;
        *serial = attempt->serial;
        has_serial = true;
    }
    return has_serial;
}

void attempts_fini(struct attempts *attempts)
{
    free(attempts->list);
    attempts->list = NULL;
    attempts->kept = attempts->room = 0;
}
