#include "io/record.h"

#include "base/buf.h"
#include "io/outfile.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BUFFER = 64 * 1024, LENGTH_MAX = 65535 };

struct record {
    struct outfile out;
    uint64_t start;
    struct buf buf;
    struct err failure; /* the first one; it may not have been told yet */
};

static bool write_out(void *context, const void *octets, size_t length, struct err *err)
{
    struct record *record = context;
    return outfile_write(&record->out, octets, length, &record->failure) ||
           err_set(err, record->failure.kind, "%s", record->failure.text);
}

struct record *record_open(const struct record_config *config, struct err *err)
{
    const struct outfile_options options = {.path = config->path, .straight = true};
    struct record *record = calloc(1, sizeof *record);
    if (record == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    record->start = loop_now();
    bool opened = outfile_open(&record->out, &options, config->loop, config->deadline, err);
    if (opened && buf_init(&record->buf, BUFFER, write_out, record, err) &&
        buf_printf(&record->buf, err, "zxfr-recording 1 %s %s %" PRIu64 "\n", config->zone,
                   config->class, loop_time_of_day()))
        return record;
    if (opened)
        outfile_abort(&record->out);
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
    enum outfile_result result;
    if (record == NULL)
        return true;
    bool good = record->failure.kind == ERR_NONE
                    ? buf_drain(&record->buf, err)
                    : err_set(err, record->failure.kind, "%s", record->failure.text);
    if (good)
        good = outfile_commit(&record->out, &result, err);
    else
        outfile_abort(&record->out);
    buf_fini(&record->buf);
    free(record);
    return good;
}
