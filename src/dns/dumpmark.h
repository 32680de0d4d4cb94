/* The lines that dig, kdig and drill write around the records of a transfer.
 *
 * Purpose: the one table of them; it tells what such a line says about the zone beside it. These
 * tools end well, or not at all, where a transfer has failed, and leave what came so far; their
 * own lines are what tells.
 * Borrows: the line, for the call.
 * Never: allocates; judges a zone. */
#ifndef DNS_DUMPMARK_H
#define DNS_DUMPMARK_H

#include <stddef.h>

enum dumpmark {
    DUMPMARK_NONE,
    DUMPMARK_BEGINS,         /* a whole zone has its SOA at both ends */
    DUMPMARK_BEGINS_ONE_SOA, /* it was left out at the end */
    DUMPMARK_ENDS,           /* the transfer came to its end */
    DUMPMARK_FAILED,         /* what stands before the line is not whole */
    /* It may stand before the records that it is about, because kdig writes its messages to
     * standard error, which is not buffered. */
    DUMPMARK_FAILED_ANYWHERE,
    DUMPMARK_FORGED, /* signatures are wrong, whatever else stands there */
};

/* What a whole line, without its line end, says. */
enum dumpmark dumpmark_of(const char *line, size_t length);

#endif
