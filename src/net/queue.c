#include "net/queue.h"

#include "net/engine.h"

void queue_push(struct queue *queue, struct question *question)
{
    question->own.queue = queue;
    question->own.next = NULL;
    question->own.prev = queue->last;
    if (queue->last != NULL)
        queue->last->own.next = question;
    else
        queue->first = question;
    queue->last = question;
    queue->count++;
}

void queue_leave(struct question *question)
{
    struct queue *queue = question->own.queue;
    struct question *next = question->own.next, *prev = question->own.prev;
    if (queue == NULL)
        return;
    if (prev != NULL)
        prev->own.next = next;
    else
        queue->first = next;
    if (next != NULL)
        next->own.prev = prev;
    else
        queue->last = prev;
    queue->count--;
    question->own.queue = NULL;
    question->own.next = question->own.prev = NULL;
}
