#include "query.h"

#include "bytes.h"
#include "name.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Looks for the OPT record and, at the end, the TSIG record. */
static void find_extras(struct query *q, size_t at)
{
    unsigned count =
        bytes_get16(q->data + 6) + bytes_get16(q->data + 8) + bytes_get16(q->data + 10);

    while (count--) {
        size_t span = wire_record_span(q->data, q->len, at);

        if (!span) {
            return;
        }
        if (!q->data[at] && bytes_get16(q->data + at + 1) == TYPE_OPT) {
            q->opt = true;
            q->dnssec = q->data[at + 7] & 0x80;
        }
        if (!count && bytes_get16(q->data + wire_name_end(q->data, q->len, at)) == TYPE_TSIG) {
            q->tsig_at = at;
        }
        at += span;
    }
}

/* The authority section of an IXFR query holds the client's SOA (RFC 1995 section 3). */
static bool find_serial(struct query *q, size_t at)
{
    size_t span = bytes_get16(q->data + 8) == 1 ? wire_record_span(q->data, q->len, at) : 0;
    const uint8_t *p = q->data + at + span - 20;

    if (span < 20 || bytes_get16(q->data + 6)) {
        return false;
    }
    q->serial = (uint32_t)bytes_get16(p) << 16 | bytes_get16(p + 2);
    return true;
}

bool query_parse(struct query *q, const uint8_t *data, size_t len)
{
    size_t span;

    *q = (struct query){.data = data, .len = len};
    q->id = len >= 2 ? bytes_get16(data) : 0;
    if (len < WIRE_HEADER || data[2] & 0x80 || bytes_get16(data + 4) != 1) {
        return false;
    }
    span = name_span(data + WIRE_HEADER, len - WIRE_HEADER);
    if (!span || WIRE_HEADER + span + 4 > len) {
        return false;
    }
    memcpy(q->name, data + WIRE_HEADER, span);
    q->type = bytes_get16(data + WIRE_HEADER + span);
    q->class = bytes_get16(data + WIRE_HEADER + span + 2);
    find_extras(q, WIRE_HEADER + span + 4);
    return q->type != TYPE_IXFR || find_serial(q, WIRE_HEADER + span + 4);
}

void query_log_add(int fd, const struct query *q)
{
    struct bytes line = {0};

    for (size_t i = 0; i < q->len; i++) {
        char hex[3];

        snprintf(hex, sizeof hex, "%02x", q->data[i]);
        bytes_add(&line, hex, 2);
    }
    bytes_u8(&line, '\n');
    if (write(fd, line.data, line.len) != (ssize_t)line.len) {
        tool_die("cannot write the query log: %s", strerror(errno));
    }
    free(line.data);
}
