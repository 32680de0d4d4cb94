/* A sink that takes everything and does nothing: the end of a chain that only looks.
 *
 * Owns: nothing. Never: fails. */
#ifndef OUT_DISCARD_H
#define OUT_DISCARD_H

#include "dns/rr.h"

/* Returns NULL with ERR_MEMORY. */
struct sink *discard_new(struct err *err);

#endif
