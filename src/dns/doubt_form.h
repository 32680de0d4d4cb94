/* What texts inside RDATA look like that readers take apart.
 *
 * Purpose: regular expressions of NAPTR, URI templates of SVCB, numbers of GPOS: whether they are
 * well-formed. Strict where readers are; it need not be the last word, since the answer is a
 * warning.
 * Owns: nothing. Borrows: the text, for the call.
 * Never: allocates, prints, compiles an expression; the time is linear in the text. */
#ifndef DNS_DOUBT_FORM_H
#define DNS_DOUBT_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether it is a substitution expression (RFC 3402 section 3.2): a delimiter, an extended regular
 * expression of POSIX, the delimiter, a replacement whose references name groups of the expression,
 * the delimiter, and at most flags "i". Empty is good: there is none. */
bool doubt_form_substitution(const uint8_t *text, size_t n);

/* Whether it is a path with a URI template (RFC 6570) in UTF-8 that has the variable dns (RFC 9461
 * section 5). */
bool doubt_form_dohpath(const uint8_t *text, size_t n);

/* Whether it is a decimal number, with a sign and a fraction or without, from -most to most; any
 * where most is 0. */
bool doubt_form_number(const uint8_t *text, size_t n, unsigned most);

#endif
