#include "job/witness.h"

#include "io/loop.h"

enum { SECOND = 1000000 };

/* Whoever waits for the threads works, too. */
bool witness_threads(struct work **work, unsigned jobs, struct err *err)
{
    if (jobs > WORK_THREADS_MAX)
        jobs = WORK_THREADS_MAX;
    *work = jobs > 1 ? work_new(jobs - 1, err) : NULL;
    return jobs == 1 || *work != NULL;
}

static bool open_work(struct witness *witness, struct err *err)
{
    bool is_needed = (witness->config.what & VERIFY_DNSSEC) != 0 && witness->work == NULL &&
                     witness->config.shared == NULL;
    return !is_needed || witness_threads(&witness->work, witness->config.jobs, err);
}

struct sink *witness_new(struct witness *witness, struct sink *next, struct err *err)
{
    const struct witness_config *config = &witness->config;
    if (!witness_looks(witness))
        return next;
    findings_free(witness->findings);
    witness->findings =
        open_work(witness, err) ? findings_new(config->max_findings, NULL, err) : NULL;
    if (witness->findings == NULL) {
        next->free(next);
        return NULL;
    }
    const struct verify_config verify = {
        .what = config->what,
        .findings = witness->findings,
        .halt = config->halt,
        .now = loop_time_of_day() / SECOND,
        .skew = config->skew,
        .anchors = config->anchors,
        .work = config->shared != NULL ? config->shared : witness->work,
    };
    return verify_new(next, &verify, &witness->result, err);
}

void witness_fini(struct witness *witness)
{
    findings_free(witness->findings);
    work_free(witness->work);
    witness->findings = NULL;
    witness->work = NULL;
}
