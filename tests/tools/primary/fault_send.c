/* What happens to the octets of an answer on their way: see fault.h. */
#include "fault.h"

#include "tool.h"

static void do_flip(struct answer *a, const struct command *c)
{
    size_t at = (size_t)(c->octet < 0 ? (long)a->stream.len + c->octet : c->octet);

    if (at + c->len > a->stream.len) {
        tool_die("flip %ld: the stream has only %zu octets", c->octet, a->stream.len);
    }
    for (size_t i = 0; i < c->len; i++) {
        a->stream.data[at + i] ^= c->data[i];
    }
}

static void do_split(struct answer *a, const struct command *c)
{
    a->sender.split = c->octet;
    sender_nodelay(&a->sender);
}

static void do_trickle(struct answer *a, const struct command *c)
{
    do_split(a, c);
    a->sender.pause_ms = c->number;
}

static void do_delay(struct answer *a, const struct command *c)
{
    sender_nodelay(&a->sender);
    sender_add(&a->sender, (struct event){c->octet, EVENT_DELAY, c->number});
}

static void do_close(struct answer *a, const struct command *c)
{
    sender_add(&a->sender, (struct event){c->octet, EVENT_CLOSE, 0});
}

static void do_reset(struct answer *a, const struct command *c)
{
    sender_add(&a->sender, (struct event){c->octet, EVENT_RESET, 0});
}

static void do_stall(struct answer *a, const struct command *c)
{
    sender_add(&a->sender, (struct event){c->octet, EVENT_STALL, 0});
}

/* clang-format off */
const struct verb fault_send_verbs[] = {
    {"flip",       "ox",  STAGE_STREAM,     false, do_flip,       NULL, "octets of the stream, length prefixes and all, have these bits turned over"},
    {"split",      "o",   STAGE_PACE,       false, do_split,      NULL, "so many octets a write"},
    {"trickle",    "on",  STAGE_PACE,       false, do_trickle,    NULL, "so many octets a write, then a pause in milliseconds"},
    {"delay",      "on",  STAGE_SEND,       false, do_delay,      NULL, "a pause in milliseconds before this octet"},
    {"close",      "o",   STAGE_SEND,       false, do_close,      NULL, "FIN in place of this octet"},
    {"reset",      "o",   STAGE_SEND,       false, do_reset,      NULL, "RST in place of this octet"},
    {"stall",      "o",   STAGE_SEND,       false, do_stall,      NULL, "silence from this octet on, the connection open"},
    {0},
};
/* clang-format on */
