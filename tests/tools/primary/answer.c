#include "answer.h"

#include "name.h"
#include "options.h"
#include "query.h"
#include "source.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <string.h>

struct answer *answer_new(const struct options *options, const struct query *query, int fd,
                          long connection)
{
    struct answer *a = tool_grow(NULL, sizeof *a);

    *a = (struct answer){.options = options,
                         .query = query,
                         .connection = connection,
                         .build = {.compress = options->compress},
                         .question = QUESTION_RIGHT,
                         .sender = {.fd = fd}};
    return a;
}

size_t answer_opt_size(const struct answer *a)
{
    return 11 + (a->options->ede < 0 ? 0 : 6 + strlen(a->options->ede_text));
}

void answer_opt(struct answer *a, unsigned rcode)
{
    struct bytes *message = &a->build.message;

    bytes_u8(message, 0);
    build_fixed(&a->build, TYPE_OPT, 1232, (uint32_t)(rcode >> 4) << 24,
                (unsigned)answer_opt_size(a) - 11);
    if (a->options->ede >= 0) { /* RFC 8914 section 2 */
        size_t len = strlen(a->options->ede_text);

        bytes_u16(message, 15);
        bytes_u16(message, (unsigned)len + 2);
        bytes_u16(message, (unsigned)a->options->ede);
        bytes_add(message, a->options->ede_text, len);
    }
    a->build.additional++;
}

static void put_question(struct answer *a, unsigned type)
{
    const struct query *q = a->query;
    struct bytes *message = &a->build.message;
    bool compress = a->options->compress != COMPRESS_NONE;

    if (a->question == QUESTION_BROKEN) {
        shape_put(message, a->shape, 0);
        bytes_u16(message, type);
        bytes_u16(message, q->class);
        return;
    }
    if (a->question == QUESTION_NAME) {
        bytes_add(message, "\5other", 6);
        compress = false; /* no record may lean on this name */
    }
    build_name(&a->build, q->name, compress);
    bytes_u16(message, a->question == QUESTION_TYPE ? TYPE_NS : type);
    bytes_u16(message, a->question == QUESTION_CLASS ? q->class + 2 : q->class);
}

void answer_start(struct answer *a, unsigned rcode, bool question)
{
    uint8_t header[WIRE_HEADER] = {0};
    unsigned copies = question ? 1 : 0;

    build_clear(&a->build);
    copies = a->question == QUESTION_COUNT ? 2 : a->question != QUESTION_RIGHT ? 1 : copies;
    bytes_put16(header, a->query->id);
    bytes_put16(header + 2,
                0x8000u | (a->query->len >= 4 ? bytes_get16(a->query->data + 2) & 0x7900u : 0) |
                    (rcode ? 0 : 0x0400u) | (rcode & 15));
    bytes_put16(header + 4, copies);
    bytes_add(&a->build.message, header, sizeof header);
    while (copies--) {
        put_question(a, a->query->type);
    }
    a->question = QUESTION_RIGHT;
}

void answer_insert(struct answer *a, size_t at, const uint8_t *data, size_t len)
{
    a->messages = tool_grow_array(a->messages, a->message_count, sizeof *a->messages);
    memmove(a->messages + at + 1, a->messages + at, (a->message_count - at) * sizeof *a->messages);
    a->messages[at] = (struct message){tool_copy(data, len), len, len, 0, 0};
    a->message_count++;
}

void answer_finish(struct answer *a)
{
    struct build *b = &a->build;

    if (b->message.len > WIRE_MESSAGE_MAX) {
        tool_die("a message of %zu octets has no frame", b->message.len);
    }
    bytes_put16(b->message.data + 6, b->answers);
    bytes_put16(b->message.data + 8, b->authority);
    bytes_put16(b->message.data + 10, b->additional);
    answer_insert(a, a->message_count, b->message.data, b->message.len);
    b->message.len = 0;
}

void answer_error(struct answer *a, unsigned rcode)
{
    answer_start(a, rcode, a->query->name[0] || a->query->type);
    if (a->query->opt) {
        answer_opt(a, rcode);
    }
    answer_finish(a);
}

struct record answer_apex_record(const struct answer *a, const char *label, unsigned type)
{
    struct bytes owner = {0};
    struct record r = {.type = type, .class = a->source->class, .ttl = 3600, .length = 4};

    if (label) {
        bytes_u8(&owner, (unsigned)strlen(label));
        bytes_add(&owner, label, strlen(label));
    }
    bytes_add(&owner, a->source->apex, name_length(a->source->apex));
    r.owner = owner.data;
    r.rdata = tool_copy("\300\0\2\1", 4);
    return r;
}
