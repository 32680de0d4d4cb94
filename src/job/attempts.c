#include "job/attempts.h"

#include <stdlib.h>

void attempts_add(struct attempts *attempts, const struct attempt *attempt)
{
    if (attempt->kind != ERR_NONE && err_is_worse(attempt->kind, attempts->worst.kind))
        attempts->worst = *attempt;
    if (attempt->kind == ERR_NONE) {
        attempts->good = *attempt;
        attempts->has_good = true;
    }
    if (attempts->list == NULL)
        attempts->list = calloc(ATTEMPTS_KEPT, sizeof *attempts->list);
    if (attempts->list != NULL && attempts->count < ATTEMPTS_KEPT)
        attempts->list[attempts->count] = *attempt;
    attempts->count++;
}

size_t attempts_kept(const struct attempts *attempts)
{
    if (attempts->list == NULL)
        return 0;
    return attempts->count < ATTEMPTS_KEPT ? attempts->count : ATTEMPTS_KEPT;
}

void attempts_fini(struct attempts *attempts)
{
    free(attempts->list);
    attempts->list = NULL;
}
