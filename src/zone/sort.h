/* A sink that sorts a zone on its way to another sink.
 *
 * Purpose: takes the whole zone, and at its end gives it to the next sink in the order and form of
 * the store (see zone/store.h). Nothing reaches the next sink before that.
 * Owns: a store, and the next sink, which it frees.
 * Borrows: the notes. */
#ifndef ZONE_SORT_H
#define ZONE_SORT_H

#include "zone/store.h"

/* Puts the sorting before `next`, which it takes over. Where `spill` is not NULL it tells at the
 * end what had no room in memory; it lives as long as the sink. What is wrong with the zone as a
 * whole is noted at its end, under strict before the next sink is told. Returns NULL with
 * ERR_MEMORY, having freed `next`. Errors of the sink: those of the store, of its walk and of
 * `next`. */
struct sink *sort_new(struct sink *next, const struct store_config *config, struct notes *notes,
                      struct store_spill *spill, struct err *err);

#endif
