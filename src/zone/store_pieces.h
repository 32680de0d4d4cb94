/* Sorted pieces of a zone on a disk, and the rows that they make together.
 *
 * Purpose: puts rows that are in order away as a piece, and merges any number of pieces.
 * Owns: the places that they lie in, of which nothing is left after store_pieces_fini.
 * Borrows: the configuration's members, for its life.
 * Never: holds more of a zone in memory than it was told, beside some hundred KiB; orders anything
 * that was not in order; doubts what it has written: nobody else can get at the place.
 *
 * A piece is a row after the other: u16 length of the key | key | record, as in store_rows, where
 * for the owner of the row before the length is SAME_OWNER, and there is no key. */
#ifndef ZONE_STORE_PIECES_H
#define ZONE_STORE_PIECES_H

#include "zone/store_rows.h"

void store_pieces_init(struct pieces *pieces, const struct store_config *config);
void store_pieces_fini(struct pieces *pieces);

/* Writes all rows as a piece more. Errors: ERR_MEMORY; those of the halt, of the rows and of the
 * place. */
bool store_pieces_add(struct pieces *pieces, struct rows *rows, struct err *err);

/* Makes fewer and longer pieces of them, until as many are left as can be read at once. For that
 * time all of it lies on the disk twice. Errors: as above. */
bool store_pieces_end(struct pieces *pieces, struct err *err);

/* The rows of all pieces, as often as wanted. NULL with ERR_MEMORY; errors of a row: those of the
 * halt and of the place. */
struct rows *store_pieces_open(const struct pieces *pieces, struct err *err);

#endif
