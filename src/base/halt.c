#include "base/halt.h"

bool halt_due(const struct halt *halt, struct err *err)
{
    return halt != NULL && halt->due(halt, err);
}

void halt_works(const struct halt *halt, enum halt_work work, uint64_t done, uint64_t all)
{
    if (halt != NULL && halt->works != NULL)
        halt->works(halt, work, done, all);
}
