#include "xfer/answer_soa.h"

#include "dns/name.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"

#include <stdlib.h>

struct answer_soa {
    struct msg msg;
    const struct msg_question *question;
    uint16_t wanted; /* the type of what is given now: SOA, then RRSIG */
    unsigned done;   /* how many answer records were looked at for that */
    size_t at;
    uint32_t serial;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t scratch[RDATA_SCRATCH];
};

/* Reads the next answer record, with its RDATA only if that is wanted. Sets *is_wanted. */
static bool read_record(struct answer_soa *soa, struct rr *rr, bool *is_wanted, struct err *err)
{
    const struct msg_question *question = soa->question;
    const uint8_t *octets = soa->msg.octets;
    struct rdata_report report;
    unsigned pointers = 0;
    uint8_t length;
    const char *why =
        name_unpack(octets, soa->msg.answer_end, &soa->at, soa->owner, &length, &pointers);
    if (why != NULL)
        return err_set(err, ERR_NAME, "message 1: owner: %s (octet %zu)", why, soa->at);
    struct msg_record record = msg_record(octets, soa->at);
    soa->at = record.rdata_at + record.rdlength;
    soa->done++;
    *rr = (struct rr){
        .owner = soa->owner,
        .owner_length = length,
        .info = types_find(record.type, record.class),
        .ttl = record.ttl,
        .type = record.type,
        .class = record.class,
        .rdlength = record.rdlength,
    };
    *is_wanted = rr->type == soa->wanted && rr->class == question->class &&
                 name_equal(rr->owner, length, question->name, question->name_length);
    return !*is_wanted ||
           rdata_unpack(rr, octets, record.rdata_at, NULL, soa->scratch, &report, err) ||
           err_prefix(err, "message 1: ");
}

static bool is_given(const struct rr *rr)
{
    return rr->type == TYPE_SOA || order_covered(rr) == TYPE_SOA;
}

/* Looks for the next record of the type that is wanted. */
static bool find_record(struct answer_soa *soa, struct rr *rr, struct err *err)
{
    while (soa->done < soa->msg.answers) {
        bool is_wanted = false;
        if (!read_record(soa, rr, &is_wanted, err))
            return false;
        if (is_wanted && is_given(rr))
            return true;
    }
    return false;
}

static void rewind_to(struct answer_soa *soa, uint16_t wanted)
{
    soa->wanted = wanted;
    soa->done = 0;
    soa->at = soa->msg.answer_at;
}

/* Whether there is exactly one SOA, and it is well-formed. */
static bool check_soa(struct answer_soa *soa, struct err *err)
{
    struct rr rr;
    if (soa->msg.answers == 0)
        return err_set(err, ERR_EMPTY_ANSWER, "message 1: no records");
    rewind_to(soa, TYPE_SOA);
    if (!find_record(soa, &rr, err))
        return err->kind == ERR_NONE
                   ? err_set(err, ERR_FIRST_NOT_SOA, "message 1: the answer has no SOA of the zone")
                   : false;
    if (!soa_fits(&rr))
        return err_set(err, ERR_RDLEN, "message 1: SOA: the RDATA is too short");
    soa->serial = rdata_soa_serial(&rr);
    if (find_record(soa, &rr, err))
        return err_set(err, ERR_SOA_MIDDLE, "message 1: the answer has two SOAs");
    rewind_to(soa, TYPE_SOA);
    return err->kind == ERR_NONE;
}

struct answer_soa *answer_soa_open(const struct msg *msg, const struct msg_question *question,
                                   struct err *err)
{
    struct answer_soa *soa = malloc(sizeof *soa);
    if (soa == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    soa->msg = *msg;
    soa->question = question;
    if (check_soa(soa, err))
        return soa;
    free(soa);
    return NULL;
}

void answer_soa_free(struct answer_soa *soa)
{
    free(soa);
}

uint32_t answer_soa_serial(const struct answer_soa *soa)
{
    return soa->serial;
}

bool answer_soa_next(struct answer_soa *soa, struct rr *rr, struct err *err)
{
    if (find_record(soa, rr, err))
        return true;
    if (err->kind != ERR_NONE || soa->wanted == TYPE_RRSIG)
        return false;
    rewind_to(soa, TYPE_RRSIG);
    return find_record(soa, rr, err);
}
