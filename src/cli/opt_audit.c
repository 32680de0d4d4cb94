#include "cli/opt_audit.h"

#include "cli/command.h"
#include "cli/opt_check.h"
#include "cli/opt_value.h"
#include "job/audit_facts.h"

#include <string.h>

bool opt_audit_set_lag(struct settings *settings, const struct opt *opt, const char *value,
                       struct err *err)
{
    uint64_t number;
    settings->audit.max_lag = 0;
    settings->audit.lag_time = 0;
    if (opt_value_number(value, UINT32_MAX, &number)) {
        settings->audit.max_lag = (uint32_t)number;
        return true;
    }
    return opt_value_duration(value, &settings->audit.lag_time) ||
           err_set(err, ERR_USAGE,
                   "--%s: %.80s is neither a number of serial steps nor a time (30s, 10m)",
                   opt->name, value);
}

bool opt_audit_set_also(struct settings *settings, const struct opt *opt, const char *value,
                        struct err *err)
{
    struct audit_options *audit = &settings->audit;
    if (audit->also_count == ALSO_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d servers", opt->name, ALSO_MAX);
    return opt_value_server(&audit->also[audit->also_count++], value + (*value == '@'), err);
}

static bool no_such_words(const struct opt *opt, const char *value, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "--%s: \"%.80s\" is not one of error, warning, info; in audit several of open, "
                   "lag, differs, lame, unsigned, timeout",
                   opt->name, value);
}

/* One level for check, or problems for audit: which it is must fit the command, which need not be
 * known yet. */
bool opt_audit_set_fail_on(struct settings *settings, const struct opt *opt, const char *value,
                           struct err *err)
{
    struct word word;
    unsigned problems = 0;
    settings->fail_on_level =
        words_find(opt->words, value, strlen(value), &word) && (word.number & WORD_AUDIT) == 0;
    if (settings->fail_on_level)
        settings->check.fail_on = word.number;
    for (const char *at = value; !settings->fail_on_level; at++) {
        size_t n = strcspn(at, ",");
        if (!words_find(opt->words, at, n, &word) || (word.number & WORD_AUDIT) == 0)
            return no_such_words(opt, value, err);
        problems |= (unsigned)word.number & AUDIT_PROBLEMS;
        at += n;
        if (*at == '\0')
            break;
    }
    settings->audit.fail_on = problems;
    settings->fail_on_problems = problems != 0;
    return true;
}

bool opt_audit_check(struct settings *settings, struct err *err)
{
    const struct audit_options *audit = &settings->audit;
    if (settings->sync.word_count == 0 && settings->sync.list == NULL)
        return err_set(err, ERR_USAGE,
                       "no zones given: zxfr audit ZONE... [@SERVER...], --list FILE");
    if (audit->diff && settings->format_given)
        return err_set(err, ERR_USAGE, "--diff prints text: leave out -f");
    bool stdin_is_list = settings->sync.list != NULL && strcmp(settings->sync.list, "-") == 0;
    if (settings->fail_on_level)
        return err_set(err, ERR_USAGE,
                       "--fail-on: audit takes open, lag, differs, lame, unsigned, timeout");
    if (audit->allow_open)
        settings->audit.fail_on &= ~(unsigned)AUDIT_IS_OPEN;
    /* The comparisons of --diff read a key once more. */
    return opt_check_document(settings, err) && opt_check_stdin(settings, stdin_is_list, err) &&
           (!audit->diff || opt_check_stdin(settings, 1, err)) &&
           opt_check_many(settings, true, err);
}
