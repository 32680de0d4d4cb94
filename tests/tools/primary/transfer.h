/*
 * transfer: the answer to AXFR and IXFR, through all the stages at which a script may break it.
 *
 * Owns: nothing; what it makes belongs to the answer. Borrows: the answer, whose source is set.
 */
#ifndef PRIMARY_TRANSFER_H
#define PRIMARY_TRANSFER_H

struct answer;

/* The whole zone, or its changes. */
void transfer_zone(struct answer *a);

/* A recorded stream as it came; without changes to its messages it goes out from where it is
 * mapped. */
void transfer_recording(struct answer *a);

#endif
