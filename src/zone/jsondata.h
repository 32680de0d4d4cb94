/* The typed form of RDATA in JSON, back into the text that a master file has.
 *
 * Purpose: the way back of kinds_json: what its members hold are words of that text, so whoever
 * reads the text reads this too.
 * Owns and borrows nothing beyond a call.
 * Never: reads octets out of text; allocates. */
#ifndef ZONE_JSONDATA_H
#define ZONE_JSONDATA_H

#include "base/err.h"
#include "dns/types.h"

#include <jansson.h>

/* Writes the text of the RDATA that the object `data` describes, and returns the place behind; NULL
 * on failure. The text is never longer than the JSON that the object was read from. Every member of
 * the fields must be there but the optional ones, and no other: a mistyped name would lose what it
 * has. A member cannot pass for more than it is: words stay words, strings stay in their quotes.
 * Error: ERR_JSON, which names the member. */
char *jsondata_text(char *to, const struct type_info *info, json_t *data, struct err *err);

/* Whether all characters are printable ASCII. */
bool jsondata_printable(const char *text, size_t n);

#endif
