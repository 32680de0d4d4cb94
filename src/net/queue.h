/* Questions in a row.
 *
 * Purpose: a list that a question is in at most one of, and can leave from anywhere.
 * Owns: nothing; the links lie in the questions.
 * Never: allocates. */
#ifndef NET_QUEUE_H
#define NET_QUEUE_H

#include <stddef.h>

struct question;

/* All zero: empty. */
struct queue {
    struct question *first, *last;
    size_t count;
};

/* Puts a question at the end; it must be in no queue. */
void queue_push(struct queue *queue, struct question *question);
/* Takes a question out of whichever queue it is in, or does nothing. */
void queue_leave(struct question *question);

#endif
