#include "wire.h"

#include "bytes.h"

size_t wire_name_end(const uint8_t *data, size_t len, size_t at)
{
    while (at < len && data[at] && data[at] < 64) {
        at += 1u + data[at];
    }
    return at + (at < len && data[at] >= 0xc0 ? 2 : 1);
}

size_t wire_record_span(const uint8_t *data, size_t len, size_t at)
{
    size_t from = at;

    at = wire_name_end(data, len, at);
    if (at + 10 > len || at + 10 + bytes_get16(data + at + 8) > len) {
        return 0;
    }
    return at + 10 + bytes_get16(data + at + 8) - from;
}
