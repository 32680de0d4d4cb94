#include "cli/opt_watch.h"

#include "cli/opt_sync.h"

#include <string.h>

enum { SECOND = 1000000 };

/* What is read once cannot be read again. */
static bool check_reload(const struct settings *settings, struct err *err)
{
    const char *list = settings->sync.list;
    return list == NULL || strcmp(list, "-") != 0 ||
           err_set(err, ERR_USAGE,
                   "--list: watch reads the list again on SIGHUP, so it must be a "
                   "file");
}

static bool check_times(const struct watch_options *watch, struct err *err)
{
    if (watch->min_refresh < SECOND)
        return err_set(err, ERR_USAGE, "--min-refresh: at least 1s");
    return watch->min_refresh <= watch->max_refresh ||
           err_set(err, ERR_USAGE, "--min-refresh is longer than --max-refresh");
}

bool opt_watch_check(struct settings *settings, struct err *err)
{
    const struct watch_options *watch = &settings->watch;
    if (watch->allowed_count > 0 && watch->listen_count == 0)
        return err_set(err, ERR_USAGE, "--allow-notify needs --listen");
    return check_reload(settings, err) && check_times(watch, err) && opt_sync_check(settings, err);
}
