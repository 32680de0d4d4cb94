/* The servers of a zone that was asked for without any: those that its SOA and NS records name.
 *
 * Owns: nothing; the names are put into the list that is given. */
#ifndef JOB_SERVERS_H
#define JOB_SERVERS_H

#include "io/loop.h"
#include "job/spec.h"

/* Fills list with at most SERVERS_MAX servers, the SOA's MNAME first, and sets *count, which is at
 * least 1 on success. Errors: ERR_NO_SERVERS, and those of resolve_query. */
bool servers_find(const struct spec *spec, const struct loop *loop, uint64_t deadline,
                  struct server list[SERVERS_MAX], size_t *count, struct err *err);

#endif
