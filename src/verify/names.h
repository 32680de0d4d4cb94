/* The names of a zone, to ask what is at one of them once all have passed.
 *
 * Purpose: a few bits for each name, and the search by which a server finds an answer: the name
 * itself, a delegation or DNAME above it, a wildcard (RFC 1034 section 4.3.2, RFC 4592).
 * Owns: a key for each name, about 20 octets; to be asked 16 more, and with the hash another 12.
 * Borrows: the nodes, for the call.
 * Never: judges. */
#ifndef VERIFY_NAMES_H
#define VERIFY_NAMES_H

#include "base/arena.h"
#include "verify/node.h"

/* What is at a name. */
enum names_bit {
    NAMES_ADDRESS = 1, /* A or AAAA */
    NAMES_CNAME = 2,
    NAMES_CUT = 4,
    NAMES_DNAME = 8,
    NAMES_BELOW = 16, /* glue or occluded: an answer only to who follows the delegation */
};

/* How a name was found. */
enum names_way {
    NAMES_NONE,      /* no such name */
    NAMES_EXACT,     /* it is there */
    NAMES_EMPTY,     /* it is not, but names below it are */
    NAMES_WILDCARD,  /* a wildcard answers for it */
    NAMES_DELEGATED, /* it lies at or below a delegation or below a DNAME, and is not there */
};

struct names {
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    struct arena keys; /* u8 bits, u16 length, key; one after the other, in order */
    size_t last;       /* where the last one is */
    size_t count;
    unsigned bits;     /* of all of them */
    bool has_asterisk; /* in any of them, or there is no wildcard */
    /* To be asked: */
    struct names_place *index; /* one for each name */
    uint32_t *slots; /* where a name is in the keys, and one, near where the hash of its key leads;
                      * 0: free. NULL: there is no table */
    size_t mask;     /* one less than the number of slots, which is a power of two */
};

/* A fresh object is all zero. */
void names_begin(struct names *names, const uint8_t *apex, size_t length);
void names_fini(struct names *names);

/* Takes the next name in canonical order, of a node that was begun with the length of the apex.
 * Errors: ERR_MEMORY. */
bool names_add(struct names *names, const struct node *node, struct err *err);

/* All were taken; makes what so many questions need. Errors: ERR_MEMORY. */
bool names_end(struct names *names, uint64_t questions, struct err *err);

/* The name that was the last one when names->last was `at`, in lower case. Returns its length. */
size_t names_name(const struct names *names, size_t at, uint8_t out[NAME_MAX_WIRE]);

/* Finds what a server would answer with for a name at or under the apex, after names_end; *bits is
 * what is at the name or wildcard that was found, 0 of the other ways. */
enum names_way names_find(const struct names *names, const uint8_t *name, size_t length,
                          unsigned *bits);

/* The same for a name at or under a delegation, which was the last one when names->last was `at`:
 * what is there mostly lies next to it. */
enum names_way names_find_glue(const struct names *names, size_t at, const uint8_t *name,
                               size_t length, unsigned *bits);

#endif
