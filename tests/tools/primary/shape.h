/*
 * shape: the ways in which the octets of a name can fail to be a name.
 *
 * Owns nothing; adds to the message that it is given.
 */
#ifndef PRIMARY_SHAPE_H
#define PRIMARY_SHAPE_H

#include "bytes.h"

enum shape {
    SHAPE_FORWARD, /* a pointer to what comes after it */
    SHAPE_SELF,    /* ... to itself */
    SHAPE_LOOP,    /* ... to one that points back */
    SHAPE_HEADER,  /* ... into the header */
    SHAPE_TYPE01,  /* a label of type 01, */
    SHAPE_TYPE10,  /* of type 10 */
    SHAPE_LONG,    /* 306 octets */
    SHAPE_EXPANDS, /* as many, by way of a pointer */
    SHAPE_CUT,     /* the message ends inside of a label */
};
#define SHAPES "forward self loop header type01 type10 long expands cut"

/* Adds such a name to a message. support: where the RDATA of shape_put_support begins; 0: none is
 * before. */
void shape_put(struct bytes *message, enum shape shape, size_t support);

/* True if the shape needs something before it to lean on. */
bool shape_needs_support(enum shape shape);

/* Adds the RDATA of an opaque record that is good for a pointer into it. */
void shape_put_support(struct bytes *message, enum shape shape);

#endif
