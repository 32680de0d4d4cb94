#include "source.h"

#include "bytes.h"
#include "name.h"
#include "query.h"
#include "tool.h"
#include "type.h"
#include "wire.h"
#include "zone.h"

#include <string.h>

void source_load_zone(struct source *s, const char *file)
{
    const struct record *soa;

    zone_read(&s->records, file);
    soa = &s->records.list[0];
    memcpy(s->apex, soa->owner, name_length(soa->owner));
    s->class = soa->class;
    s->type = TYPE_AXFR;
}

/* A recording of zxfr --record holds both directions, with a head before each entry. What came on
 * its last connection is moved to the front of the mapping, where it looks like a stream. */
static void strip_recording(struct source *s, const char *file)
{
    enum { HEAD = 1 + 8 };
    uint8_t *data = s->stream;
    size_t at = 0, to = 0, size = s->size;

    while (at < size && data[at++] != '\n') {
    }
    s->size = 0;
    while (at < size) {
        uint8_t kind = data[at];
        size_t span;

        if (size - at < HEAD + 2 || size - at < (size_t)HEAD + 2 + bytes_get16(data + at + HEAD)) {
            tool_die("%s: octet %zu: the recording ends inside an entry", file, at);
        }
        span = bytes_get16(data + at + HEAD);
        if (kind == 'C') {
            to = s->rest = 0;
            s->ends = false;
        } else if (kind == '<') {
            memmove(data + to, data + at + HEAD, 2 + span);
            to += 2 + span;
        } else if (kind == '!') {
            memmove(data + to, data + at + HEAD + 2, span);
            to += span;
            s->rest = span;
        } else if (kind == '.') {
            s->ends = true;
        } else if (kind == '>' && span >= WIRE_HEADER) {
            s->has_query = true;
            s->query_id = (uint16_t)bytes_get16(data + at + HEAD + 2);
        }
        at += HEAD + 2 + span;
    }
    s->size = to;
    if (to == s->rest) {
        tool_die("%s: no message came on the last connection of the recording", file);
    }
}

/* Notes where each message of the stream begins. */
static void find_messages(struct source *s, const char *file)
{
    size_t at = 0;

    while (at < s->size - s->rest) {
        size_t left = s->size - s->rest - at;

        if (left < 2 || left < 2 + bytes_get16(s->stream + at) ||
            bytes_get16(s->stream + at) < WIRE_HEADER) {
            tool_die("%s: octet %zu: no framed DNS message", file, at);
        }
        s->offsets = tool_grow_array(s->offsets, s->messages, sizeof *s->offsets);
        s->offsets[s->messages++] = at;
        at += 2 + bytes_get16(s->stream + at);
    }
}

void source_load_stream(struct source *s, const char *file)
{
    static const char recording[] = "zxfr-recording ";
    size_t span;

    s->stream = tool_map(file, &s->size);
    if (s->size > sizeof recording && !memcmp(s->stream, recording, sizeof recording - 1)) {
        strip_recording(s, file);
    }
    find_messages(s, file);
    span = name_span(s->stream + 2 + WIRE_HEADER, bytes_get16(s->stream) - WIRE_HEADER);
    s->any_name = bytes_get16(s->stream + 2 + 4) == 0;
    s->type = TYPE_AXFR;
    s->class = CLASS_IN;
    if (s->any_name) {
        return;
    }
    if (!span || WIRE_HEADER + span + 4 > bytes_get16(s->stream)) {
        tool_die("%s: the question of the first message is malformed", file);
    }
    memcpy(s->apex, s->stream + 2 + WIRE_HEADER, span);
    s->type = bytes_get16(s->stream + 2 + WIRE_HEADER + span);
    s->class = bytes_get16(s->stream + 2 + WIRE_HEADER + span + 2);
}

const struct source *source_find(const struct source *sources, size_t count,
                                 const struct query *query)
{
    const struct source *found = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct source *s = &sources[i];

        if (s->any_name || (s->class == query->class && name_equal(s->apex, query->name))) {
            found = found && s->type != query->type ? found : s;
        }
    }
    return found;
}
