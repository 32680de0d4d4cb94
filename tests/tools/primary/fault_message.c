/* What happens to a message that was built: see fault.h. */
#include "fault.h"

#include "query.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <string.h>

static void do_id(struct answer *a, const struct command *c)
{
    bytes_put16(fault_chosen(a, c)->data, a->query->id ^ 0x5555);
}

static void do_qr(struct answer *a, const struct command *c)
{
    fault_chosen(a, c)->data[2] &= 0x7f;
}

static void do_opcode(struct answer *a, const struct command *c)
{
    uint8_t *octet = &fault_chosen(a, c)->data[2];

    *octet = (uint8_t)((*octet & 0x87) | (c->number & 15) << 3);
}

static void do_tc(struct answer *a, const struct command *c)
{
    fault_chosen(a, c)->data[2] |= 0x02;
}

static void do_aa(struct answer *a, const struct command *c)
{
    (void)c;
    for (size_t i = 0; i < a->message_count; i++) {
        a->messages[i].data[2] &= 0xfb;
    }
}

static void do_rcode(struct answer *a, const struct command *c)
{
    a->message_count = (size_t)(fault_chosen(a, c) - a->messages);
    answer_error(a, (unsigned)c->number);
}

/* Where a row of octets that a command brings is to go in a message. */
static uint8_t *octets_at(const struct message *m, const struct command *c)
{
    long at = c->octet < 0 ? (long)m->len + c->octet : c->octet;

    if (at < 0 || (size_t)at + c->len > m->len) {
        tool_die("%s %ld: the message has %zu octets", c->verb->name, c->message, m->len);
    }
    return m->data + at;
}

static void do_patch(struct answer *a, const struct command *c)
{
    memcpy(octets_at(fault_chosen(a, c), c), c->data, c->len);
}

static void do_insert(struct answer *a, const struct command *c)
{
    size_t at = c->message == LAST_MESSAGE ? a->message_count : (size_t)c->message - 1;

    if (at > a->message_count) {
        tool_die("insert %ld: the answer has %zu messages", c->message, a->message_count);
    }
    answer_insert(a, at, c->data, c->len);
    if (c->with_id) {
        bytes_put16(a->messages[at].data, a->query->id);
    }
}

static void do_empty(struct answer *a, const struct command *c)
{
    uint8_t header[WIRE_HEADER] = {0};
    size_t at = (size_t)(fault_chosen(a, c) - a->messages);

    bytes_put16(header, a->query->id);
    bytes_put16(header + 2, 0x8400);
    for (long i = 0; i < c->number; i++) {
        answer_insert(a, at, header, sizeof header);
    }
}

static void do_trailing(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c);
    size_t len = m->len + (size_t)c->number;
    uint8_t *data = tool_grow(NULL, len);

    memcpy(data, m->data, m->len);
    memset(data + m->len, 0xa5, (size_t)c->number);
    if (len > WIRE_MESSAGE_MAX) {
        tool_die("trailing %ld: the message would have %zu octets", c->message, len);
    }
    *m = (struct message){data, len, len, m->zeros, 0};
}

static void do_frame(struct answer *a, const struct command *c)
{
    fault_chosen(a, c)->frame = (size_t)c->number & 0xffff;
}

static void do_zero(struct answer *a, const struct command *c)
{
    fault_chosen(a, c)->zeros++;
}

/* The header stays, so that its counts promise what the octets after it do not hold. */
static void do_garbage(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c);
    uint32_t state = 12345;

    for (size_t i = WIRE_HEADER; i < m->len; i++) {
        state = state * 1664525u + 1013904223u;
        m->data[i] = (uint8_t)(state >> 24);
    }
}

static void do_xor(struct answer *a, const struct command *c)
{
    uint8_t *octets = octets_at(fault_chosen(a, c), c);

    for (size_t i = 0; i < c->len; i++) {
        octets[i] ^= c->data[i];
    }
}

/* Where the answer section of a message ends. */
static size_t answers_end(const struct message *m)
{
    unsigned questions = bytes_get16(m->data + 4), answers = bytes_get16(m->data + 6);
    size_t at = WIRE_HEADER;

    while (questions--) {
        at = wire_name_end(m->data, m->len, at) + 4;
    }
    while (answers--) {
        size_t span = wire_record_span(m->data, m->len, at);

        if (!span) {
            tool_die("the message is malformed already");
        }
        at += span;
    }
    return at;
}

static void do_tamper(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c);

    m->data[answers_end(m) - 1] ^= 1;
}

static void do_swap(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c), first = *m;

    if (m + 1 == a->messages + a->message_count) {
        tool_die("swap %ld: no message follows", c->message);
    }
    m[0] = m[1];
    m[1] = first;
}

static void do_drop(struct answer *a, const struct command *c)
{
    struct message *m = fault_chosen(a, c);

    a->message_count--;
    memmove(m, m + 1, (size_t)(a->messages + a->message_count - m) * sizeof *m);
}

static void do_repeat(struct answer *a, const struct command *c)
{
    struct message m = *fault_chosen(a, c);

    answer_insert(a, (size_t)(fault_chosen(a, c) - a->messages), m.data, m.len);
}

enum { INJECT_RECORD, INJECT_MESSAGE };

/* forged A 192.0.2.1: as a last answer of the message, or as a message of its own before it. */
static void do_inject(struct answer *a, const struct command *c)
{
    struct record r = answer_apex_record(a, "forged", TYPE_A);
    struct message *m = fault_chosen(a, c);
    const struct bytes *record = &a->build.message;
    struct bytes data = {0};
    size_t at;

    build_clear(&a->build);
    build_record(&a->build, &r);
    if (c->number == INJECT_MESSAGE) {
        bytes_add(&data, m->data, WIRE_HEADER);
        memcpy(data.data + 4, "\0\0\0\1\0\0\0\0", 8);
        bytes_add(&data, record->data, record->len);
        answer_insert(a, (size_t)(m - a->messages), data.data, data.len);
        return;
    }
    at = answers_end(m);
    bytes_add(&data, m->data, at);
    bytes_add(&data, record->data, record->len);
    bytes_add(&data, m->data + at, m->len - at);
    bytes_put16(data.data + 6, bytes_get16(data.data + 6) + 1);
    *m = (struct message){data.data, data.len, data.len, m->zeros, m->signed_at};
    m->signed_at += m->signed_at ? record->len : 0;
}

/* Message n + 1 of n is the end of the stream. What changes lengths must stand before this. */
static void do_stop(struct answer *a, const struct command *c)
{
    static const enum event_kind kinds[] = {EVENT_CLOSE, EVENT_RESET, EVENT_STALL};
    long last = c->message == LAST_MESSAGE ? (long)a->message_count : c->message;
    long at = 0;

    if (c->message > (long)a->message_count + 1) {
        tool_die("stop %ld: the answer has %zu messages", c->message, a->message_count);
    }
    for (long i = 0; i + 1 < last; i++) {
        at += 2 * (long)(a->messages[i].zeros + 1) + (long)a->messages[i].len;
    }
    sender_add(&a->sender, (struct event){at, kinds[c->number], 0});
}

/* clang-format off */
const struct verb fault_message_verbs[] = {
    {"id",         "m",   STAGE_MESSAGE,    false, do_id,         NULL, "a wrong message ID"},
    {"qr",         "m",   STAGE_MESSAGE,    false, do_qr,         NULL, "QR cleared"},
    {"opcode",     "mn",  STAGE_MESSAGE,    false, do_opcode,     NULL, "this opcode"},
    {"tc",         "m",   STAGE_MESSAGE,    false, do_tc,         NULL, "TC set"},
    {"aa",         "w",   STAGE_MESSAGE,    false, do_aa,         "off", "AA cleared in every message"},
    {"rcode",      "mr",  STAGE_MESSAGE,    false, do_rcode,      NULL, "this RCODE, no records, and no message after it"},
    {"patch",      "mox", STAGE_MESSAGE,    false, do_patch,      NULL, "octets of the message, from this offset on"},
    {"insert",     "mi",  STAGE_MESSAGE,    false, do_insert,     NULL, "this message as the n-th (last: after all); 'id' at its front is the query's ID"},
    {"empty",      "mn",  STAGE_MESSAGE,    false, do_empty,      NULL, "so many messages without a record before this one"},
    {"trailing",   "mn",  STAGE_MESSAGE,    false, do_trailing,   NULL, "so many octets after the last record"},
    {"frame",      "mn",  STAGE_SIGNED,     false, do_frame,      NULL, "the length prefix says this"},
    {"zero",       "m",   STAGE_SIGNED,     false, do_zero,       NULL, "a frame of length 0 before the message"},
    {"garbage",    "m",   STAGE_MESSAGE,    false, do_garbage,    NULL, "random octets after the header"},
    {"stop",       "mw",  STAGE_SIGNED,     false, do_stop,       "close reset stall", "FIN, RST or silence in place of this message"},
    {"xor",        "mox", STAGE_MESSAGE,    false, do_xor,        NULL, "octets of the message, from this offset on, have these bits turned over"},
    {"tamper",     "m",   STAGE_MESSAGE,    false, do_tamper,     NULL, "the last octet of the last answer has its last bit turned over"},
    {"swap",       "m",   STAGE_MESSAGE,    false, do_swap,       NULL, "this message and the next one change places"},
    {"drop",       "m",   STAGE_MESSAGE,    false, do_drop,       NULL, "the message is left out"},
    {"repeat",     "m",   STAGE_MESSAGE,    false, do_repeat,     NULL, "the message comes twice"},
    {"inject",     "mw",  STAGE_MESSAGE,    false, do_inject,     "record message", "a forged record as the last answer, or in a message of its own before this one"},
    {0},
};
/* clang-format on */
