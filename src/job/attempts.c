#include "job/attempts.h"

#include <stdlib.h>

/* A failure that is no server's (rank 0) ends the run, so whatever comes last of that kind is the
 * one to report. */
static bool is_worse(const struct attempt *a, const struct attempt *b)
{
    int rank = err_rank(err_class(a->kind));
    return b->kind == ERR_NONE || rank == 0 || rank > err_rank(err_class(b->kind));
}

void attempts_add(struct attempts *attempts, const struct attempt *attempt)
{
    if (attempt->kind != ERR_NONE && is_worse(attempt, &attempts->worst))
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
