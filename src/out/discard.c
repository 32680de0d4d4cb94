#include "out/discard.h"

#include <stdlib.h>

static bool discard_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    (void)sink;
    (void)zone;
    (void)err;
    return true;
}

static bool discard_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    (void)sink;
    (void)op;
    (void)rr;
    (void)err;
    return true;
}

static bool discard_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)sink;
    (void)outcome;
    (void)why;
    (void)err;
    return true;
}

static void discard_free(struct sink *sink)
{
    free(sink);
}

struct sink *discard_new(struct err *err)
{
    struct sink *sink = malloc(sizeof *sink);
    if (sink == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    *sink = (struct sink){discard_begin, discard_record, discard_end, discard_free};
    return sink;
}
