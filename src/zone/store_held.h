/* What a store holds in memory, in order.
 *
 * Purpose: lists the runs by the keys of their owners, or merges the few ascending parts in which
 * they came, collects the records of one owner after the other, and sorts those.
 * Owns: the index of the runs, which is put beside what is held.
 * Borrows: the store, while rows are read.
 * Never: moves what is held; reads or writes a file. */
#ifndef ZONE_STORE_HELD_H
#define ZONE_STORE_HELD_H

#include "zone/store_rows.h"

/* Makes it ready to be read, once all has come. Errors: ERR_MEMORY, those of the halt. */
bool store_held_end(struct store *store, struct err *err);

/* The rows, as often as wanted once it is ready. NULL with ERR_MEMORY; errors of a row: ERR_MEMORY,
 * those of the halt. */
struct rows *store_held_open(struct store *store, struct err *err);

/* The octets that it takes. */
uint64_t store_held_octets(const struct held *held);

/* Begins anew, in the memory that there is. */
void store_held_empty(struct held *held);

void store_held_fini(struct held *held);

#endif
