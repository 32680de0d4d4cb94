#include "job/outlook.h"

/* Kinds of which their class does not tell. Returns false for all others. */
static bool is_special(enum err_kind kind, enum schedule_failure *failure)
{
    switch ((int)kind) {
    case ERR_TSIG_TIME: /* the clock of a machine that was just started is set in a moment */
    case ERR_TSIG_BADTIME:
    case ERR_TLS_NOT_YET:
    case ERR_BUSY:
        *failure = SCHEDULE_PASSING;
        return true;
    case ERR_TIMEOUT_TOTAL: /* much may have come until then */
    case ERR_SERIAL_OLDER:  /* nothing was transferred for it */
    case ERR_FILE_FOREIGN:
    case ERR_FILE_ODD:
    case ERR_FILE_CHANGED: /* this and what follows is not a matter of the content alone */
    case ERR_DNSSEC_TIME:
    case ERR_CHECK_FAILED:
    case ERR_TOO_MUCH_HELD:
        *failure = SCHEDULE_USUAL;
        return true;
    default:
        return false;
    }
}

static bool may_pass(const struct attempts *attempts)
{
    size_t kept = attempts != NULL ? attempts_kept(attempts) : 0;
    for (size_t i = 0; i < kept; i++)
        if (attempts->list[i].kind != ERR_NONE && err_passes(attempts->list[i].kind))
            return true;
    return false;
}

enum schedule_failure outlook_after(enum err_kind kind, const struct attempts *attempts)
{
    enum schedule_failure failure;
    if (is_special(kind, &failure))
        return failure;
    if (err_class(kind) == ERR_CLASS_GUARD)
        return SCHEDULE_LASTING;
    /* A server that never has the zone must not hide that the other one was not there. */
    bool passes = err_passes(kind) || (err_class(kind) == ERR_CLASS_REFUSED && may_pass(attempts));
    return passes ? SCHEDULE_PASSING : SCHEDULE_USUAL;
}
