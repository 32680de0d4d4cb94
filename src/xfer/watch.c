#include "xfer/watch.h"

#include "xfer/tsig.h"

#include <string.h>

static bool unpack(const struct msg *msg, size_t at, uint8_t name[NAME_MAX_WIRE])
{
    uint8_t length;
    unsigned pointers = 0;
    return name_unpack(msg->octets, msg->length, &at, name, &length, &pointers) == NULL;
}

void watch_sent(struct watch *watch, const struct msg_question *question, const uint8_t *octets,
                size_t length)
{
    struct err odd = {.kind = ERR_NONE};
    struct msg msg;
    if (watch == NULL || !msg_parse(&msg, octets, length, &odd))
        return;
    struct watch_query query = {
        .octets = length,
        .id = msg.id,
        .bits = msg.bits,
        .question = *question,
        .has_opt = msg.has_opt,
        .version = msg.opt.version,
    };
    query.has_key = msg.tsig_at != 0 && unpack(&msg, msg.tsig_at, query.key);
    watch->sent(watch, &query);
}

/* The owners of the first and the last record of the answer section. */
static bool find_owners(const struct msg *msg, struct watch_message *seen)
{
    size_t at = msg->answer_at, last = at;
    for (unsigned i = 0; i < msg->answers; i++) {
        last = at;
        if (name_skip(msg->octets, msg->answer_end, &at) != NULL)
            return false;
        struct msg_record record = msg_record(msg->octets, at);
        at = record.rdata_at + record.rdlength;
    }
    return msg->answers > 0 && unpack(msg, msg->answer_at, seen->first) &&
           unpack(msg, last, seen->last);
}

void watch_came(struct watch *watch, uint64_t number, const uint8_t *octets, size_t length,
                enum watch_signature signature)
{
    struct err malformed = {.kind = ERR_NONE};
    struct tsig_record record;
    struct msg msg;
    if (watch == NULL)
        return;
    struct watch_message seen = {.number = number, .octets = length, .signature = signature};
    seen.is_malformed = !msg_parse(&msg, octets, length, &malformed);
    if (!seen.is_malformed) {
        seen.rcode = msg_rcode(&msg);
        seen.records = msg.answers;
        seen.has_owners = find_owners(&msg, &seen);
        if (msg.tsig_at != 0 && tsig_read(&record, &msg) == NULL)
            seen.tsig_error = record.error;
    }
    watch->came(watch, &seen);
}
