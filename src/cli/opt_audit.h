/* audit: its words and values, and what must go together. */
#ifndef CLI_OPT_AUDIT_H
#define CLI_OPT_AUDIT_H

#include "cli/opt_set.h"

/* --max-lag N or TIME, --also @SERVER; --fail-on, also of check. */
opt_setter opt_audit_set_lag, opt_audit_set_also, opt_audit_set_fail_on;

/* Error: ERR_USAGE. */
bool opt_audit_check(struct settings *settings, struct err *err);

#endif
