/* A message: whatever msg_parse takes can be walked, and no part of it is a message. */
#include "fuzz.h"

#include "dns/msg.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "xfer/exchange.h"

#include <string.h>

static void walk_answers(const struct msg *msg, uint8_t *scratch)
{
    static struct name_memo memo;
    size_t at = msg->answer_at;
    name_forget(&memo, msg->length);
    for (unsigned i = 0; i < msg->answers; i++) {
        uint8_t owner[NAME_MAX_WIRE], again[NAME_RECALL_ROOM], length;
        unsigned pointers = 0;
        struct name_found found = name_recall(&memo, msg->octets, msg->answer_end, at, again);
        if (name_unpack(msg->octets, msg->answer_end, &at, owner, &length, &pointers) != NULL) {
            MUST(found.length == 0);
            return;
        }
        MUST(found.length == length && memcmp(owner, again, length) == 0);
        MUST(found.end == at && found.hops == pointers);
        MUST(at + 10 <= msg->answer_end);
        struct msg_record record = msg_record(msg->octets, at);
        MUST(record.rdata_at + record.rdlength <= msg->answer_end);
        struct rr rr = {.info = types_find(record.type, record.class),
                        .type = record.type,
                        .class = record.class,
                        .rdlength = record.rdlength};
        struct rdata_report report;
        struct err err = {.kind = ERR_NONE};
        (void)rdata_unpack(&rr, msg->octets, record.rdata_at, &memo, scratch, &report, &err);
        at = record.rdata_at + record.rdlength;
    }
    MUST(at == msg->answer_end);
}

static void check_parts(const uint8_t *data, size_t size)
{
    for (size_t cut = size; cut-- > 0 && size - cut < 16;) {
        struct msg msg;
        struct err err = {.kind = ERR_NONE};
        uint8_t *part = malloc(cut + 1);
        MUST(part != NULL);
        memcpy(part + 1, data, cut);
        MUST(!msg_parse(&msg, part + 1, cut, &err) && err.kind != ERR_NONE);
        free(part);
    }
}

/* The message as the first answer to a query with its own ID. */
static void exchange_it(const uint8_t *data, size_t size)
{
    static const uint8_t name[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    struct notes *notes = calloc(1, sizeof *notes);
    MUST(notes != NULL);
    struct exchange exchange = {
        .question = {name, sizeof name, TYPE_AXFR, CLASS_IN, 0},
        .id = (uint16_t)(size >= 2 ? data[0] << 8 | data[1] : 0),
        .edns = MSG_EDNS_ASK,
        .notes = notes,
    };
    struct err err = {.kind = ERR_NONE};
    struct msg msg;
    bool good = exchange_push(&exchange, data, size, 0, &err);
    MUST(good == (err.kind == ERR_NONE));
    MUST(exchange_next(&exchange, &msg) == good);
    for (const char *p = err.text; *p != '\0'; p++)
        MUST(*p >= ' ' && *p <= '~');
    free(notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct msg msg;
    struct err err = {.kind = ERR_NONE};
    if (size > MSG_MAX)
        return 0;
    exchange_it(data, size);
    if (!msg_parse(&msg, data, size, &err)) {
        MUST(err.kind != ERR_NONE);
        return 0;
    }
    MUST(msg.answer_at >= MSG_HEADER && msg.answer_at <= msg.answer_end && msg.answer_end <= size);
    MUST(msg.tsig_at < size);
    for (unsigned i = 0; i < msg.opt.ede_count; i++)
        MUST(msg.opt.ede[i].text >= data &&
             msg.opt.ede[i].text + msg.opt.ede[i].length <= data + size);
    MUST(msg.opt.nsid == NULL ||
         (msg.opt.nsid >= data && msg.opt.nsid + msg.opt.nsid_length <= data + size));
    uint8_t *scratch = malloc(RDATA_SCRATCH);
    MUST(scratch != NULL);
    walk_answers(&msg, scratch);
    free(scratch);
    check_parts(data, size);
    return 0;
}
