/* An output buffer that flushes itself, with a sticky error.
 *
 * Purpose: the one place where output is gathered before it is written.
 * Owns: its memory.
 * Borrows: the flush callback and its context, until buf_fini.
 * Never: keeps writing after a failure; what comes later is refused. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"

#include <stdint.h>

typedef bool buf_flush_fn(void *context, const void *octets, size_t length, struct err *err);

/* Waits until what was flushed has come to where it goes. */
typedef bool buf_settle_fn(void *context, struct err *err);

struct buf {
    char *data;
    size_t length, capacity;
    buf_flush_fn *flush;
    buf_settle_fn *settle; /* or NULL; to be set after buf_init */
    void *context;
    bool failed;
};

/* Makes a buffer that gathers about `capacity` octets before each flush. A larger single
 * reservation makes it grow. On failure ERR_MEMORY is set. */
bool buf_init(struct buf *buf, size_t capacity, buf_flush_fn *flush, void *context,
              struct err *err);
void buf_fini(struct buf *buf);

/* Makes room for n octets where there is not enough. */
char *buf_make_room(struct buf *buf, size_t n, struct err *err);

/* Returns room for n octets at the end, flushing or growing as needed; NULL on failure, with the
 * error set (that of the flush, or ERR_MEMORY). The room is valid until the next call. */
static inline char *buf_reserve(struct buf *buf, size_t n, struct err *err)
{
    if (buf->capacity - buf->length < n || buf->failed)
        return buf_make_room(buf, n, err);
    return buf->data + buf->length;
}

/* Records up to where the room of the last buf_reserve was filled. */
static inline void buf_commit(struct buf *buf, const char *end)
{
    buf->length = (size_t)(end - buf->data);
}

/* Adds n octets. More than it holds are passed on without being copied, after what was there. */
bool buf_add(struct buf *buf, const void *octets, size_t n, struct err *err);

/* Adds formatted text of at most 2048 octets. */
bool buf_printf(struct buf *buf, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Passes all that is gathered to the callback, and lets it settle. */
bool buf_drain(struct buf *buf, struct err *err);

#endif
