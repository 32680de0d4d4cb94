/* From the typed form of RDATA in JSON back to the text of a master file.
 *
 * Purpose: the reverse of kinds_json. The members hold words of that text, so the reader of the
 * text reads them, too.
 * Owns, borrows: nothing beyond a call.
 * Never: reads octets out of text; allocates. */
#ifndef ZONE_JSONDATA_H
#define ZONE_JSONDATA_H

#include "base/err.h"
#include "dns/types.h"

#include <jansson.h>

/* Writes the text of the RDATA that the object `data` describes, and returns the position after it;
 * NULL on failure. The text is never longer than the JSON that the object was read from. Every
 * member of the fields must be there, except the optional ones, and no other: the value of a
 * mistyped one would be lost. A value cannot become more than it is: words stay words, strings stay
 * in their quotes. Error: ERR_JSON, which names the member. */
char *jsondata_text(char *to, const struct type_info *info, json_t *data, struct err *err);

/* Whether all characters are printable ASCII. */
bool jsondata_printable(const char *text, size_t n);

#endif
