/* What must go together on a command line, once all of it was read: what would have no effect is
 * refused.
 *
 * Purpose: what a row of the command table names in its column `check`.
 * Owns: nothing. Error of each: ERR_USAGE.
 * Never: opens a file, asks a server. */
#ifndef CLI_OPT_CHECK_H
#define CLI_OPT_CHECK_H

#include "cli/settings.h"

bool opt_check_get(struct settings *settings, struct err *err);
bool opt_check_convert(struct settings *settings, struct err *err);
bool opt_check_diff(struct settings *settings, struct err *err);
bool opt_check_check(struct settings *settings, struct err *err);
bool opt_check_catalog(struct settings *settings, struct err *err);
bool opt_check_completion(struct settings *settings, struct err *err);

/* Whether what a line of a list asks for goes together, once the run's settings were put beside it.
 * What the run asks for need not make sense for each zone: only what the line itself gives is
 * refused where it would be without effect. `servers_come`: those of the zone may be named
 * elsewhere. */
bool opt_check_line(const struct settings *line, const struct settings *run, bool servers_come,
                    struct err *err);

/* sync: keys, TLS, gates. `may_lack_server`: zones may get servers elsewhere. */
bool opt_check_many(const struct settings *settings, bool may_lack_server, struct err *err);

/* What is text on its own, or one JSON document: no other format. */
bool opt_check_document(const struct settings *settings, struct err *err);

/* Whether standard input is read at most once: by sources, of which so many are "-", or as a key
 * file. */
bool opt_check_stdin(const struct settings *settings, unsigned uses, struct err *err);

/* Whether the format uses the options that were given. It is looked at again where a file
 * chooses another format than the command line. */
bool opt_check_format(const struct settings *settings, struct err *err);

#endif
