#include "base/halt.h"

bool halt_due(const struct halt *halt, struct err *err)
{
    return halt != NULL && halt->due(halt, err);
}
