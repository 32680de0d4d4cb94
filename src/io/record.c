#include "io/record.h"

#include "base/buf.h"
#include "io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 64 * 1024, LENGTH_MAX = 65535 };

struct record {
    int fd;
    const char *path;
    uint64_t start;
    struct buf buf;
    struct err failure; /* the first one; it may not have been told yet */
};

static bool write_out(void *context, const void *octets, size_t length, struct err *err)
{
    struct record *record = context;
    const char *at = octets;
    while (length > 0) {
        ssize_t n = write(record->fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_set_errno(&record->failure, ERR_OUTPUT, errno, "cannot write %.400s", record->path);
            return err_set(err, ERR_OUTPUT, "%s", record->failure.text);
        }
        at += n;
        length -= (size_t)n;
    }
    return true;
}

struct record *record_open(const char *path, const char *zone, const char *class, struct err *err)
{
    struct record *record = calloc(1, sizeof *record);
    if (record == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    record->path = path;
    record->start = loop_now();
    record->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
    if (record->fd < 0)
        err_set_errno(err, ERR_OUTPUT, errno, "cannot write %.400s", path);
    else if (buf_init(&record->buf, BUFFER, write_out, record, err) &&
             buf_printf(&record->buf, err, "zxfr-recording 1 %s %s %" PRIu64 "\n", zone, class,
                        loop_time_of_day()))
        return record;
    if (record->fd >= 0)
        close(record->fd);
    buf_fini(&record->buf);
    free(record);
    return NULL;
}

bool record_add(struct record *record, enum record_kind kind, const void *octets, size_t length,
                struct err *err)
{
    uint8_t head[11] = {(uint8_t)kind};
    if (record == NULL)
        return true;
    if (length > LENGTH_MAX)
        length = LENGTH_MAX;
    uint64_t time = loop_now() - record->start;
    for (unsigned i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(time >> (56 - 8 * i));
    head[9] = (uint8_t)(length >> 8);
    head[10] = (uint8_t)length;
    return buf_add(&record->buf, head, sizeof head, err) &&
           buf_add(&record->buf, octets, length, err);
}

bool record_flush(struct record *record, struct err *err)
{
    return record == NULL || buf_drain(&record->buf, err);
}

bool record_close(struct record *record, struct err *err)
{
    if (record == NULL)
        return true;
    bool good = record->failure.kind == ERR_NONE
                    ? buf_drain(&record->buf, err)
                    : err_set(err, record->failure.kind, "%s", record->failure.text);
    if (close(record->fd) != 0 && good)
        good = err_set_errno(err, ERR_OUTPUT, errno, "cannot write %.400s", record->path);
    buf_fini(&record->buf);
    free(record);
    return good;
}
