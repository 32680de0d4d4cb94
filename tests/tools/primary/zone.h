/*
 * zone: a master file (RFC 1035 section 5) as a list of records.
 *
 * Purpose: the server's own reader, so that the client's cannot vouch for itself.
 * Owns: the records that it makes; they live as long as the process.
 * Borrows: the name of the file, for the time of the call.
 * Never: returns what it could not read; a mistake ends the process and names its line. $INCLUDE
 * and $GENERATE are not known.
 */
#ifndef PRIMARY_ZONE_H
#define PRIMARY_ZONE_H

#include "history.h"

/* Adds the records of the file, the SOA first and once more at the end, the others in their order.
 * The list is empty before. */
void zone_read(struct records *records, const char *file);

#endif
