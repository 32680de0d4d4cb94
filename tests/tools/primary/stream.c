#include "stream.h"

#include "answer.h"
#include "fault.h"
#include "history.h"
#include "query.h"
#include "source.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- from messages to octets */

static void append_frames(const struct answer *a, struct bytes *stream)
{
    for (size_t i = 0; i < a->message_count; i++) {
        const struct message *m = &a->messages[i];

        for (unsigned z = 0; z < m->zeros; z++) {
            bytes_u16(stream, 0);
        }
        bytes_u16(stream, (unsigned)m->frame);
        bytes_add(stream, m->data, m->len);
    }
}

static void sign_messages(struct answer *a)
{
    if (!signer_series_signs(&a->series)) {
        return;
    }
    for (size_t i = 0; i < a->message_count; i++) {
        struct message *m = &a->messages[i];
        size_t before = m->len;

        a->signing = (long)i + 1;
        a->way = signer_way_right(&a->series);
        fault_run(a, STAGE_SIGN, a->signing);
        if (!signer_series_sign(&a->series, &a->way, &m->data, &m->len)) {
            tool_die("message %ld has no room for a signature", a->signing);
        }
        m->signed_at = m->len > before ? before : 0;
        m->frame = m->len;
    }
}

/* From the messages as they were built to the octets that go out. */
void stream_finish(struct answer *a)
{
    fault_run(a, STAGE_MESSAGE, 0);
    fault_check_numbers(a, STAGE_SIGN, STAGE_SIGN);
    sign_messages(a);
    fault_run(a, STAGE_SIGNED, 0);
    append_frames(a, &a->stream);
}

/* ---------------------------------------------------------------- sending */

/* Sends the message that is being built, which never becomes one of the list. */
static void send_built(struct answer *a, unsigned answers)
{
    const struct bytes *message = &a->build.message;
    uint8_t prefix[2];

    bytes_put16(message->data + 6, answers);
    bytes_put16(prefix, (unsigned)message->len);
    sender_send(&a->sender, prefix, sizeof prefix);
    sender_send(&a->sender, message->data, message->len);
}

/* Steps to the next serial for ever, or nearly: the newest one is 2^31 - 1 away. */
static _Noreturn void send_endless_steps(struct answer *a)
{
    const struct record *soa = &a->source->records.list[0];

    for (uint32_t serial = a->query->serial;;) {
        answer_start(a, 0, true);
        for (int i = 0; i < 200; i++, serial++) {
            struct record from = history_soa(soa, serial), to = history_soa(soa, serial + 1);

            build_record(&a->build, &from);
            build_record(&a->build, &to);
            free(from.rdata);
            free(to.rdata);
        }
        send_built(a, 400);
    }
}

/* Messages of fresh records for ever; the client has to end this. */
static _Noreturn void send_endless(struct answer *a)
{
    struct bytes *message = &a->build.message;

    for (uint32_t count = 0;;) {
        answer_start(a, 0, true); /* the apex is at octet 12 */
        for (int i = 0; i < 1000; i++) {
            char label[16];

            snprintf(label, sizeof label, "\11e%08x", count++);
            bytes_add(message, label, 10);
            bytes_add(message, "\300\014\0\1\0\1\0\0\016\020\0\4\300\0\2\1", 16);
        }
        send_built(a, 1000);
    }
}

void stream_send(struct answer *a)
{
    struct sender *s = &a->sender;

    fault_run(a, STAGE_STREAM, 0);
    fault_run(a, STAGE_PACE, 0);
    fault_run(a, STAGE_SEND, 0);
    sender_resolve(s, a->stream.len);
    sender_send(s, a->stream.data, a->stream.len);
    if (a->endless_steps) {
        send_endless_steps(a);
    }
    if (a->endless) {
        send_endless(a);
    }
    sender_fire_due(s);
    if (s->next < s->count) {
        tool_die("octet %ld: the stream has only %zu", s->events[s->next].at, a->stream.len);
    }
}

void stream_send_messages(struct answer *a)
{
    sign_messages(a);
    append_frames(a, &a->stream);
    sender_write_all(a->sender.fd, a->stream.data, a->stream.len);
}
