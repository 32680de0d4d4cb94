/*
 * answer: what one question gets, made message by message when there is room for it.
 *
 * Purpose: whatever goes wrong with one zone is decided here; what goes wrong with a connection is
 * the connection's.
 * Owns: itself, from answer_new to answer_free. Borrows: the options; the octets of the question
 * for the time of answer_new alone. Never: sends, or reads a clock; the caller tells the time, in
 * ms.
 */
#ifndef MANYZONES_ANSWER_H
#define MANYZONES_ANSWER_H

#include "../primary/bytes.h"
#include "../primary/query.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_kind {
    ANSWER_CODE, /* nothing but an RCODE */
    ANSWER_SOA,
    ANSWER_ZONE,
    ANSWER_CHANGES,
};

struct answer {
    struct answer *next;
    struct query query;
    unsigned zone;
    struct state now, before; /* as they were when the question came */
    enum answer_kind kind;
    unsigned rcode;
    struct trouble trouble;
    size_t at, count; /* records in the list of its kind */
    uint64_t due;     /* when the next message may go */
    bool nameless;    /* the question could not be read */
    bool transfer;    /* counted as one in flight */
    bool begun;
    struct signer_series *series; /* NULL: nothing is signed */
};

/* NULL: there shall be no answer. Counts the question. */
struct answer *answer_new(struct options *o, const uint8_t *data, size_t len, uint64_t now);

/* Makes the next message, in place of what is in the row. True: it was the last one. */
bool answer_message(struct answer *a, const struct options *o, struct bytes *message, uint64_t now);

/* Counts a transfer as no longer in flight. NULL is fine. */
void answer_free(struct answer *a, struct options *o);

#endif
