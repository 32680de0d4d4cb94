#include "xfer/answer_set.h"

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>

struct answer_set {
    struct msg msg;
    const struct msg_question *question;
    unsigned left; /* records that were not looked at */
    size_t at;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t scratch[RDATA_SCRATCH];
};

struct answer_set *answer_set_open(const struct msg *msg, const struct msg_question *question,
                                   struct err *err)
{
    struct answer_set *set = malloc(sizeof *set);
    if (set == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    set->msg = *msg;
    set->question = question;
    set->left = (unsigned)msg->answers + msg->authorities;
    set->at = msg->answer_at;
    return set;
}

void answer_set_free(struct answer_set *set)
{
    free(set);
}

static bool is_wanted(const struct answer_set *set, const struct rr *rr)
{
    const struct msg_question *question = set->question;
    return rr->type == question->type && rr->class == question->class &&
           name_equal(rr->owner, rr->owner_length, question->name, question->name_length);
}

bool answer_set_next(struct answer_set *set, struct rr *rr, struct err *err)
{
    const uint8_t *octets = set->msg.octets;
    struct rdata_report report;
    while (set->left > 0) {
        unsigned pointers = 0;
        uint8_t length;
        const char *why =
            name_unpack(octets, set->msg.length, &set->at, set->owner, &length, &pointers);
        if (why != NULL)
            return err_set(err, ERR_NAME, "message 1: owner: %s (octet %zu)", why, set->at);
        struct msg_record record = msg_record(octets, set->at);
        set->at = record.rdata_at + record.rdlength;
        set->left--;
        *rr = (struct rr){
            .owner = set->owner,
            .owner_length = length,
            .info = types_find(record.type, record.class),
            .ttl = record.ttl,
            .type = record.type,
            .class = record.class,
            .rdlength = record.rdlength,
        };
        if (is_wanted(set, rr))
            return rdata_unpack(rr, octets, record.rdata_at, NULL, set->scratch, &report, err) ||
                   err_prefix(err, "message 1: ");
    }
    return false;
}
