#include "xfer/xfr.h"

#include "base/cursor.h"
#include "dns/name.h"
#include "dns/neighbour.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    STATE_FIRST, /* nothing yet: the SOA must come */
    STATE_ZONE,  /* between the SOAs */
    STATE_END,   /* the closing SOA was seen */
    STATE_FAILED
};

/* Messages without a record may come in between (RFC 9103 section 7.9.1); a server that sends
 * nothing else any more, as NSD 4.6 does when a record does not fit, would keep the transfer busy
 * for ever without ever being silent. */
enum { EMPTY_RUN_MAX = 1000 };

enum { SOA_MAX = 2 * NAME_MAX_WIRE + 20 };

struct xfr {
    struct xfr_config config;
    enum state state;
    struct xfr_facts facts;

    struct msg msg;   /* the current one */
    size_t at;        /* octet of its next record */
    unsigned done;    /* how many of its answer records were read */
    unsigned empty;   /* how many messages in a row had none */

    uint8_t soa[SOA_MAX]; /* canonical RDATA of the first SOA */
    size_t soa_length;

    /* The owner of the last record, and where in the current message it was read from: a record
     * whose owner is a pointer to the same place needs no second look. */
    uint8_t owners[2][NAME_MAX_WIRE]; /* the last one, and room to read the next beside it */
    uint8_t *owner;
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
    xfr->owner = xfr->owners[0];
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
    xfr->empty = msg->answers == 0 ? xfr->empty + 1 : 0;
    if (xfr->facts.messages == 1 && msg->answers == 0) {
        xfr->state = STATE_FAILED;
        return err_set(err, ERR_EMPTY_ANSWER, "message 1: no records");
    }
    if (xfr->empty > EMPTY_RUN_MAX) {
        xfr->state = STATE_FAILED;
        return err_set(err, ERR_EMPTY_RUN, "message %llu: no record for the last %d messages",
                       (unsigned long long)xfr->facts.messages, EMPTY_RUN_MAX);
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
    uint8_t *name = xfr->owners[xfr->owner == xfr->owners[0]], length;
    const char *why =
        name_unpack(xfr->msg.octets, xfr->msg.answer_end, &xfr->at, name, &length, pointers);
    if (why != NULL)
        return why;
    xfr->owner_from = from;
    *same = length == xfr->owner_length && memcmp(name, xfr->owner, length) == 0;
    if (!*same) {
        xfr->owner = name;
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

/* The words about odd records stand in functions of their own: a text has room for the longest
 * name, and the way of every record shall not pass through that. */

__attribute__((cold, noinline)) static bool refuse(const struct rr *rr, enum err_kind kind,
                                                   const char *what, unsigned value,
                                                   struct err *err)
{
    struct name_string owner;
    return err_set(err, kind, "%.255s: a record of %s %u%s", name_string(&owner, rr->owner), what,
                   value, kind == ERR_METATYPE ? ", which no zone can hold" : "");
}

__attribute__((cold, noinline)) static bool note(struct xfr *xfr, const struct rr *rr,
                                                 enum err_kind kind, const char *field,
                                                 const char *what, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(xfr->config.notes, err, kind, "%.255s %s%s%s %s",
                     name_string(&owner, rr->owner), type, field != NULL ? " " : "",
                     field != NULL ? field : "", what);
}

__attribute__((cold, noinline)) static bool note_ttl(struct xfr *xfr, const struct rr *rr,
                                                     struct err *err)
{
    char words[64];
    snprintf(words, sizeof words, "has TTL %lu, above 2^31 - 1", (unsigned long)rr->ttl);
    return note(xfr, rr, ERR_TTL_HIGHBIT, NULL, words, err);
}

/* RFC 3597 section 4 lists the types whose names may be compressed; others do it all the same. */
static bool may_be_compressed(const struct type_info *info)
{
    for (const struct field *field = info->fields; field->name != NULL; field++)
        if ((field->flags & FIELD_STD) != 0)
            return true;
    return false;
}

static bool check_record(struct xfr *xfr, struct rr *rr, const struct rdata_report *report,
                         struct err *err)
{
    if (report->why != NULL && !note(xfr, rr, ERR_RDATA, report->field, report->why, err))
        return false;
    if (rr->ttl > INT32_MAX && !note_ttl(xfr, rr, err))
        return false;
    return report->pointers == 0 || may_be_compressed(rr->info) ||
           note(xfr, rr, ERR_COMPRESSED, NULL, "has a compressed name where none may be", err);
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
    rr->rdata = xfr->msg.octets + record.rdata_at;
    /* Before the RDATA, which another class or a meta type may give another form. */
    if (rr->class != xfr->config.class)
        return refuse(rr, ERR_CLASS, "class", rr->class, err);
    if (is_meta(rr))
        return refuse(rr, ERR_METATYPE, "type", rr->type, err);
    struct rdata_report report;
    if (!rdata_unpack(rr, xfr->msg.octets, record.rdata_at, xfr->scratch, &report, err))
        return false;
    xfr->at = record.rdata_at + record.rdlength;
    xfr->done++;
    return check_record(xfr, rr, &report, err);
}

/* What a record means where it stands. */
enum meaning { MEANS_FIRST, MEANS_RECORD, MEANS_LAST, MEANS_BAD_FIRST, MEANS_BAD_SOA, MEANS_EXTRA };

/* Decides from the state and the record alone; changes nothing. */
static enum meaning meaning(enum state state, bool is_soa, bool is_apex, bool is_same)
{
    switch (state) {
    case STATE_FIRST:
        return is_soa && is_apex ? MEANS_FIRST : MEANS_BAD_FIRST;
    case STATE_ZONE:
        if (!is_soa)
            return MEANS_RECORD;
        return is_apex && is_same ? MEANS_LAST : MEANS_BAD_SOA;
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

__attribute__((cold, noinline)) static bool bad_first(const struct rr *rr, struct err *err)
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

__attribute__((cold, noinline)) static bool bad_soa(struct xfr *xfr, const struct rr *rr, bool is_apex, struct err *err)
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

/* Whether a SOA is the one that began the transfer: in all fields, names without case. */
static bool equals_first(struct xfr *xfr, const struct rr *rr)
{
    uint8_t canonical[SOA_MAX];
    rdata_canonical(rr, canonical);
    return rr->rdlength == xfr->soa_length && memcmp(canonical, xfr->soa, xfr->soa_length) == 0;
}

/* Acts on a record. Sets *event to what the caller shall hear, or XFR_MORE for nothing. */
static bool act(struct xfr *xfr, struct rr *rr, bool same_owner, enum xfr_event *event,
                struct err *err)
{
    bool is_soa = rr->type == TYPE_SOA;
    bool is_apex = xfr->owner_in_zone && rr->owner_length == xfr->config.apex_length;
    *event = XFR_MORE;
    if (is_soa && (rr->flags & RR_OPAQUE) != 0) /* two whole names, then less than five numbers */
        return err_set(err, ERR_RDLEN, "SOA: the RDATA is too short");
    switch (meaning(xfr->state, is_soa, is_apex, is_soa && equals_first(xfr, rr))) {
    case MEANS_FIRST:
        rdata_canonical(rr, xfr->soa);
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
    if (!xfr->owner_in_zone)
        return note(xfr, rr, ERR_OUT_OF_ZONE, NULL, "is outside the zone; such records are left out",
                    err);
    if (!xfr->config.skip_neighbours &&
        !neighbour_check(&xfr->neighbour, rr, same_owner, xfr->config.notes, err))
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
