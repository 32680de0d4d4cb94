/* RDATA that is well-formed and wrong all the same: fields whose length another field fixes, and
 * values that some reader refuses in whatever form they are written.
 *
 * Purpose: answers for one RDATA, from the table doubt.def.
 * Owns: nothing but constant tables.
 * Borrows: the RDATA, for the call; what it tells lives as long as the program.
 * Never: allocates, prints. */
#ifndef DNS_DOUBT_H
#define DNS_DOUBT_H

#include "base/err.h"
#include "dns/rr.h"

#include <stddef.h>

struct doubt {
    enum err_kind kind;  /* ERR_RDATA_LENGTH or ERR_RDATA_VALUE */
    const char *field;   /* as the schema names it */
    const char *what;    /* ERR_RDATA_VALUE: what is wrong with it */
    const char *readers; /* who refuses it in any form, in words; NULL: nobody that is known */

    /* ERR_RDATA_LENGTH: the field that fixes the length, its value, and octets. */
    const char *selector;
    unsigned value;
    size_t expected, got;
};

/* Looks at a record of a type with TYPE_FLAG_CHECKED; others have no rules. Malformed RDATA is not
 * looked at. Returns whether there is something to tell, which is put into *doubt: the first of
 * several. */
bool doubt_find(const struct rr *rr, struct doubt *doubt);

/* The words for it, which begin with the field: "digest has 31 octets, not the 32 of digest type 2;
 * BIND refuses it in any form". */
enum { DOUBT_TEXT = 256 };
const char *doubt_text(char text[DOUBT_TEXT], const struct doubt *doubt);

#endif
