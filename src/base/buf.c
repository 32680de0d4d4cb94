#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool buf_init(struct buf *buf, size_t capacity, buf_flush_fn *flush, void *context, struct err *err)
{
    *buf = (struct buf){.capacity = capacity, .flush = flush, .context = context};
    buf->data = malloc(capacity);
    if (buf->data == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    return true;
}

void buf_fini(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
}

static bool pass_on(struct buf *buf, const void *octets, size_t n, struct err *err)
{
    if (buf->failed)
        return err_set(err, ERR_OUTPUT, "an earlier write failed");
    buf->failed = n > 0 && !buf->flush(buf->context, octets, n, err);
    return !buf->failed;
}

static bool empty(struct buf *buf, struct err *err)
{
    if (!pass_on(buf, buf->data, buf->length, err))
        return false;
    buf->length = 0;
    return true;
}

bool buf_drain(struct buf *buf, struct err *err)
{
    if (!empty(buf, err))
        return false;
    if (buf->settle != NULL && !buf->settle(buf->context, err))
        buf->failed = true;
    return !buf->failed;
}

char *buf_make_room(struct buf *buf, size_t n, struct err *err)
{
    if (!empty(buf, err))
        return NULL;
    if (buf->capacity < n) {
        char *larger = realloc(buf->data, n);
        if (larger == NULL) {
            buf->failed = true;
            err_set(err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        buf->data = larger;
        buf->capacity = n;
    }
    return buf->data;
}

bool buf_add(struct buf *buf, const void *octets, size_t n, struct err *err)
{
    if (n > buf->capacity)
        return empty(buf, err) && pass_on(buf, octets, n, err);
    char *at = buf_reserve(buf, n, err);
    if (at == NULL)
        return false;
    memcpy(at, octets, n);
    buf->length += n;
    return true;
}

bool buf_printf(struct buf *buf, struct err *err, const char *format, ...)
{
    enum { MOST = 2048 };
    char *at = buf_reserve(buf, MOST + 1, err);
    if (at == NULL)
        return false;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(at, MOST + 1, format, args);
    va_end(args);
    if (length < 0 || length > MOST)
        return err_set(err, ERR_INTERNAL, "a line of output is longer than %d octets", MOST);
    buf->length += (size_t)length;
    return true;
}
