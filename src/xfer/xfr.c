#include "xfer/xfr.h"

#include "base/cursor.h"
#include "dns/name.h"
#include "dns/neighbour.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum state {
    STATE_FIRST, /* nothing yet: the SOA must come */
    STATE_ZONE,  /* between the SOAs */
    STATE_END,   /* the closing SOA was seen */
    STATE_FAILED
};

enum { SOA_MAX = 2 * NAME_MAX_WIRE + 20 };

struct xfr {
    struct xfr_config config;
    enum state state;
    struct xfr_facts facts;

    struct msg msg;   /* the current one */
    size_t at;        /* octet of its next record */
    unsigned done;    /* how many of its answer records were read */

    uint8_t soa[SOA_MAX]; /* canonical RDATA of the first SOA */
    size_t soa_length;

    /* The owner of the last record, and where in the current message it was read from: a record
     * whose owner is a pointer to the same place needs no second look. */
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t owner_length;
    bool owner_in_zone;
    size_t owner_from; /* 0: unknown */

    struct neighbour neighbour;
    uint8_t scratch[RDATA_SCRATCH];
};

struct xfr *xfr_new(const struct xfr_config *config, struct err *err)
{
    struct xfr *xfr = malloc(sizeof *xfr);
    if (xfr == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    memset(xfr, 0, offsetof(struct xfr, scratch));
    xfr->config = *config;
    return xfr;
}

void xfr_free(struct xfr *xfr)
{
    free(xfr);
}

bool xfr_push(struct xfr *xfr, const struct msg *msg, struct err *err)
{
    xfr->facts.messages++;
    xfr->msg = *msg;
    xfr->at = msg->answer_at;
    xfr->done = 0;
    xfr->owner_from = 0;
    /* Only the first message must bring records: later ones may hold padding alone (RFC 9103
     * section 7.9.1). */
    if (xfr->facts.messages == 1 && msg->answers == 0) {
        xfr->state = STATE_FAILED;
        return err_set(err, ERR_EMPTY_ANSWER, "message 1: no records");
    }
    return true;
}

/* Reads the owner at xfr->at. Returns the reason if it is malformed. */
static const char *read_owner(struct xfr *xfr, bool *same, unsigned *pointers)
{
    const uint8_t *p = xfr->msg.octets + xfr->at;
    size_t from = xfr->at;
    if (p[0] >= 0xc0) {
        from = (size_t)(p[0] & 0x3f) << 8 | p[1];
        if (from == xfr->owner_from) { /* never 0: that is in the header */
            xfr->at += 2;
            *same = true;
            return NULL;
        }
    }
    uint8_t name[NAME_MAX_WIRE], length;
    const char *why =
        name_unpack(xfr->msg.octets, xfr->msg.answer_end, &xfr->at, name, &length, pointers);
    if (why != NULL)
        return why;
    xfr->owner_from = from;
    *same = length == xfr->owner_length && memcmp(name, xfr->owner, length) == 0;
    if (!*same) {
        memcpy(xfr->owner, name, length);
        xfr->owner_length = length;
        xfr->owner_in_zone = name_within(name, length, xfr->config.apex, xfr->config.apex_length);
    }
    return NULL;
}

/* Types that are never zone content (RFC 6895 section 3.1). */
static bool is_meta(const struct rr *rr)
{
    return rr->type == 0 || (rr->type >= 249 && rr->type <= 255) ||
           (rr->info != NULL && (rr->info->flags & TYPE_FLAG_META) != 0) ||
           (rr->type == TYPE_SIG && rr->rdlength >= 2 && octets_u16(rr->rdata) == 0);
}

static bool check_record(struct xfr *xfr, struct rr *rr, const struct rdata_report *report,
                         struct err *err)
{
    struct notes *notes = xfr->config.notes;
    struct name_string owner;
    char type[16];
    if (rr->class != xfr->config.class)
        return err_set(err, ERR_CLASS, "%.255s: a record of class %u",
                       name_string(&owner, rr->owner), rr->class);
    if (is_meta(rr))
        return err_set(err, ERR_METATYPE, "%.255s: a record of type %u, which no zone can hold",
                       name_string(&owner, rr->owner), rr->type);
    if (report->why[0] != '\0' &&
        !notes_add(notes, err, ERR_RDATA, "%.255s: %s; kept in the generic form",
                   name_string(&owner, rr->owner), report->why))
        return false;
    if (rr->ttl > INT32_MAX) {
        *types_text(type, rr->type, 0) = '\0';
        return notes_add(notes, err, ERR_TTL_HIGHBIT, "%.255s %s: TTL %lu is above 2^31 - 1",
                         name_string(&owner, rr->owner), type, (unsigned long)rr->ttl);
    }
    return true;
}

/* RFC 3597 section 4 lists the types whose names may be compressed; others do it all the same. */
static bool check_compression(struct xfr *xfr, const struct rr *rr, unsigned pointers,
                              struct err *err)
{
    if (pointers == 0)
        return true;
    for (const struct field *field = rr->info->fields; field->name != NULL; field++)
        if ((field->flags & FIELD_STD) != 0)
            return true;
    struct name_string owner;
    return notes_add(xfr->config.notes, err, ERR_COMPRESSED,
                     "%.255s %s: a compressed name where none may be",
                     name_string(&owner, rr->owner), rr->info->mnemonic);
}

/* Reads the next record of the current message, whatever it is. */
static bool read_record(struct xfr *xfr, struct rr *rr, bool *same_owner, struct err *err)
{
    unsigned pointers = 0;
    const char *why = read_owner(xfr, same_owner, &pointers);
    if (why != NULL)
        return err_set(err, ERR_NAME, "owner: %s (octet %zu)", why, xfr->at);
    struct msg_record record = msg_record(xfr->msg.octets, xfr->at);
    *rr = (struct rr){
        .owner = xfr->owner,
        .owner_length = xfr->owner_length,
        .info = types_find(record.type, record.class),
        .ttl = record.ttl,
        .type = record.type,
        .class = record.class,
        .rdlength = record.rdlength,
        .flags = *same_owner ? RR_SAME_OWNER : 0,
    };
    struct rdata_report report = {.pointers = 0};
    report.why[0] = '\0';
    if (!rdata_unpack(rr, xfr->msg.octets, record.rdata_at, xfr->scratch, &report, err))
        return false;
    xfr->at = record.rdata_at + record.rdlength;
    xfr->done++;
    return check_record(xfr, rr, &report, err) &&
           check_compression(xfr, rr, report.pointers, err);
}

/* What a record means where it stands. */
enum meaning { MEANS_FIRST, MEANS_RECORD, MEANS_LAST, MEANS_BAD_FIRST, MEANS_BAD_SOA, MEANS_EXTRA };

/* Decides from the state and the record alone; changes nothing. */
static enum meaning meaning(enum state state, bool is_soa, bool is_apex, bool equals_first)
{
    switch (state) {
    case STATE_FIRST:
        return is_soa && is_apex ? MEANS_FIRST : MEANS_BAD_FIRST;
    case STATE_ZONE:
        if (!is_soa)
            return MEANS_RECORD;
        return is_apex && equals_first ? MEANS_LAST : MEANS_BAD_SOA;
    case STATE_END:
    case STATE_FAILED:
    default:
        return MEANS_EXTRA;
    }
}

static uint32_t soa_serial(const struct rr *rr)
{
    return octets_u32(rr->rdata + rr->rdlength - 20);
}

static bool bad_first(const struct rr *rr, struct err *err)
{
    struct name_string owner;
    char type[16];
    name_string(&owner, rr->owner);
    *types_text(type, rr->type, 0) = '\0';
    if (rr->type == TYPE_SOA)
        return err_set(err, ERR_SOA_OWNER, "the first record is the SOA of another name, %.255s",
                       owner.text);
    return err_set(err, ERR_FIRST_NOT_SOA, "the first record is no SOA but %.255s %s", owner.text,
                   type);
}

static bool bad_soa(struct xfr *xfr, const struct rr *rr, bool is_apex, struct err *err)
{
    struct name_string owner;
    unsigned long now = soa_serial(rr), before = xfr->facts.serial;
    if (!is_apex)
        return err_set(err, ERR_SOA_OWNER, "a SOA at %.255s, which is not the apex",
                       name_string(&owner, rr->owner));
    if (xfr->done < xfr->msg.answers)
        return err_set(err, ERR_SOA_MIDDLE, "a SOA in the middle, with serial %lu (the first: %lu)",
                       now, before);
    if (now != before)
        return err_set(err, ERR_SOA_CHANGED, "the last SOA has serial %lu, the first %lu", now,
                       before);
    return err_set(err, ERR_SOA_CHANGED,
                   "the last SOA differs from the first, with the same serial %lu", now);
}

/* Acts on a record. Sets *event to what the caller shall hear, or XFR_MORE for nothing. */
static bool act(struct xfr *xfr, struct rr *rr, bool same_owner, enum xfr_event *event,
                struct err *err)
{
    uint8_t canonical[SOA_MAX];
    bool is_soa = rr->type == TYPE_SOA, equals = false;
    bool is_apex = xfr->owner_in_zone && rr->owner_length == xfr->config.apex_length;
    *event = XFR_MORE;
    if (is_soa) {
        if ((rr->flags & RR_OPAQUE) != 0) /* two whole names, then less than five numbers */
            return err_set(err, ERR_RDLEN, "SOA: the RDATA is too short");
        rdata_canonical(rr, canonical);
        equals = rr->rdlength == xfr->soa_length &&
                 memcmp(canonical, xfr->soa, xfr->soa_length) == 0;
    }
    switch (meaning(xfr->state, is_soa, is_apex, equals)) {
    case MEANS_FIRST:
        memcpy(xfr->soa, canonical, rr->rdlength);
        xfr->soa_length = rr->rdlength;
        xfr->facts.serial = soa_serial(rr);
        xfr->state = STATE_ZONE;
        break;
    case MEANS_RECORD:
        break;
    case MEANS_LAST:
        xfr->state = STATE_END;
        return true;
    case MEANS_BAD_FIRST:
        return bad_first(rr, err);
    case MEANS_BAD_SOA:
        return bad_soa(xfr, rr, is_apex, err);
    case MEANS_EXTRA:
    default:
        return err_set(err, ERR_AFTER_END, "records after the SOA that ends the transfer");
    }
    if (!xfr->owner_in_zone) {
        struct name_string owner;
        return notes_add(xfr->config.notes, err, ERR_OUT_OF_ZONE,
                         "%.255s is outside the zone; such records are left out",
                         name_string(&owner, rr->owner));
    }
    if (!neighbour_check(&xfr->neighbour, rr, same_owner, xfr->config.notes, err))
        return false;
    xfr->facts.records++;
    *event = XFR_RR;
    return true;
}

enum xfr_event xfr_next(struct xfr *xfr, struct rr *rr, struct err *err)
{
    while (xfr->state != STATE_FAILED && xfr->done < xfr->msg.answers) {
        bool same_owner = false;
        enum xfr_event event;
        if (!read_record(xfr, rr, &same_owner, err) || !act(xfr, rr, same_owner, &event, err)) {
            xfr->state = STATE_FAILED;
            err_prefix(err, "message %llu: ", (unsigned long long)xfr->facts.messages);
            break;
        }
        if (event == XFR_RR)
            return XFR_RR;
    }
    if (xfr->state == STATE_FAILED)
        return XFR_FAIL;
    return xfr->state == STATE_END ? XFR_END : XFR_MORE;
}

struct xfr_facts xfr_facts(const struct xfr *xfr)
{
    return xfr->facts;
}
