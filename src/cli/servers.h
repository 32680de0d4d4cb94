/* The servers of a zone that was asked for without any: those that its SOA and NS records name.
 *
 * Owns: nothing; the names are put into the list that is given. */
#ifndef CLI_SERVERS_H
#define CLI_SERVERS_H

#include "cli/settings.h"

/* Fills list with at most SERVERS_MAX servers, the SOA's MNAME first, and sets *count, which is at
 * least 1 on success. Errors: ERR_NO_SERVERS, and those of resolve_query. */
bool servers_find(const struct settings *settings, const struct loop *loop, uint64_t deadline,
                  struct server list[SERVERS_MAX], size_t *count, struct err *err);

#endif
