#include "xfer/xfr.h"

#include "base/copy.h"
#include "base/cursor.h"
#include "dns/doubt.h"
#include "dns/name.h"
#include "dns/neighbour.h"
#include "dns/rdata.h"
#include "dns/serial.h"
#include "dns/soa.h"
#include "dns/types.h"
#include "xfer/delta.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    STATE_FIRST,   /* nothing yet: the SOA must come */
    STATE_SECOND,  /* IXFR: the SOA is newer; what comes next tells what follows */
    STATE_ZONE,    /* between the SOAs */
    STATE_DELETES, /* in a step of changes, after the SOA that is deleted */
    STATE_ADDS,    /* ... after the SOA that is added */
    STATE_END,     /* the closing SOA was seen */
    STATE_IGNORE,  /* IXFR: the server has nothing newer */
    STATE_FAILED
};

/* Messages without a record may come in between (RFC 9103 section 7.9.1); a server that sends
 * nothing else any more, as NSD 4.6 does when a record does not fit, would keep the transfer busy
 * for ever without ever being silent. */
enum { EMPTY_RUN_MAX = 1000 };

/* Of names that are compressed where none may be (RFC 3597 section 4) a message may hold some, as
 * old servers do. More than so many times its own size it cannot need: one HIP record of pointers
 * is a hundred times as long as it came. */
enum { SWELL_MAX = 16 };

struct xfr {
    struct xfr_config config;
    enum state state;
    struct xfr_facts facts;

    struct msg msg; /* the current one */
    size_t at;      /* octet of its next record */
    unsigned done;  /* how many of its answer records were read */
    unsigned empty; /* how many messages in a row had none */
    size_t swollen; /* octets that such names have made more of it, see SWELL_MAX */

    /* The first SOA, with which the last is compared. IXFR: it is not given out until it is known
     * what follows it; then, if that is a zone, the record that showed it waits. */
    struct soa first;
    struct rr waiting;
    bool is_waiting, waiting_same_owner;

    /* IXFR: the serial that the steps have come to, and the SOA which was added with it. */
    uint32_t now;
    struct soa now_soa;

    /* The owner of the last record, and where in the current message it was read from: a record
     * whose owner is a pointer to the same place needs no second look. */
    uint8_t owners[2][NAME_RECALL_ROOM]; /* the last one, and room to read the next beside it */
    uint8_t *owner;
    uint8_t owner_length;
    bool owner_in_zone;
    size_t owner_from; /* 0: unknown */

    uint16_t type; /* of the last record, whose schema mostly serves the next one, too */
    const struct type_info *info;

    struct neighbour neighbour;
    uint8_t scratch[RDATA_SCRATCH];
    struct name_memo memo; /* of the current message */
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
    xfr->facts.from = config->since;
    xfr->owner = xfr->owners[0];
    return xfr;
}

void xfr_free(struct xfr *xfr)
{
    free(xfr);
}

/* Some of the changes are of no use: their memory is given back at once. */
static void fail_transfer(struct xfr *xfr)
{
    xfr->state = STATE_FAILED;
    xfr->is_waiting = false;
    if (xfr->config.delta != NULL)
        delta_clear(xfr->config.delta);
}

bool xfr_push(struct xfr *xfr, const struct msg *msg, struct err *err)
{
    xfr->facts.messages++;
    xfr->msg = *msg;
    xfr->at = msg->answer_at;
    xfr->done = 0;
    xfr->owner_from = 0;
    xfr->swollen = 0;
    name_forget(&xfr->memo, msg->length);
    /* Only the first message must bring records: later ones may hold padding alone (RFC 9103
     * section 7.9.1). */
    xfr->empty = msg->answers == 0 ? xfr->empty + 1 : 0;
    if (xfr->facts.messages == 1 && msg->answers == 0) {
        fail_transfer(xfr);
        return err_set(err, ERR_EMPTY_ANSWER, "message 1: no records");
    }
    if (xfr->empty > EMPTY_RUN_MAX) {
        fail_transfer(xfr);
        return err_set(err, ERR_EMPTY_RUN, "message %llu: no record for the last %d messages",
                       (unsigned long long)xfr->facts.messages, EMPTY_RUN_MAX);
    }
    return true;
}

COLD static const char *why_no_owner(struct xfr *xfr)
{
    uint8_t name[NAME_MAX_WIRE], length;
    unsigned pointers = 0;
    return name_unpack(xfr->msg.octets, xfr->msg.answer_end, &xfr->at, name, &length, &pointers);
}

/* Reads the owner at xfr->at. Returns the reason if it is malformed. */
static const char *read_owner(struct xfr *xfr, bool *same)
{
    const uint8_t *octets = xfr->msg.octets;
    size_t from = xfr->at;
    if (octets[from] >= 0xc0) {
        from = octets_u16(octets + from) & 0x3fff;
        if (from == xfr->owner_from) { /* never 0: that is in the header */
            xfr->at += 2;
            *same = true;
            return NULL;
        }
    }
    uint8_t *name = xfr->owners[xfr->owner == xfr->owners[0]];
    struct name_found found = name_recall(&xfr->memo, octets, xfr->msg.answer_end, xfr->at, name);
    if (found.length == 0)
        return why_no_owner(xfr);
    xfr->at = found.end;
    xfr->owner_from = from;
    *same = found.length == xfr->owner_length && copy_is_same(name, xfr->owner, found.length);
    if (!*same) {
        xfr->owner = name;
        xfr->owner_length = (uint8_t)found.length;
        xfr->owner_in_zone =
            name_within(name, found.length, xfr->config.apex, xfr->config.apex_length);
    }
    return NULL;
}

/* Types that are never zone content (RFC 6895 section 3.1). */
static bool is_meta(const struct rr *rr)
{
    if (rr->info == NULL)
        return rr->type == 0;
    return (rr->info->flags & TYPE_FLAG_META) != 0 ||
           (rr->type == TYPE_SIG && rr->rdlength >= 2 && octets_u16(rr->rdata) == 0);
}

/* The words about odd records are made in functions of their own: a text has room for the longest
 * name, which would be a burden for every record. */

COLD static bool refuse_record(const struct rr *rr, enum err_kind kind, const char *what,
                               unsigned value, struct err *err)
{
    struct name_string owner;
    return err_set(err, kind, "%.255s: a record of %s %u%s", name_string(&owner, rr->owner), what,
                   value, kind == ERR_METATYPE ? ", which no zone can hold" : "");
}

COLD static bool note_record(struct xfr *xfr, const struct rr *rr, enum err_kind kind,
                             const char *field, const char *what, struct err *err)
{
    struct notes *notes = xfr->config.notes;
    struct name_string owner;
    char type[16];
    if (notes->counts[kind] > 0 && !notes->strict) {
        notes_count(notes, kind);
        return true;
    }
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(notes, err, kind, "%.255s %s%s%s %s", name_string(&owner, rr->owner), type,
                     field != NULL ? " " : "", field != NULL ? field : "", what);
}

COLD static bool note_ttl(struct xfr *xfr, const struct rr *rr, struct err *err)
{
    char words[64];
    snprintf(words, sizeof words, "has TTL %lu, above 2^31 - 1", (unsigned long)rr->ttl);
    return note_record(xfr, rr, ERR_TTL_HIGHBIT, NULL, words, err);
}

COLD static bool note_doubt(struct xfr *xfr, const struct rr *rr, const struct doubt *doubt,
                            struct err *err)
{
    char words[DOUBT_TEXT];
    return note_record(xfr, rr, doubt->kind, NULL, doubt_text(words, doubt), err);
}

static bool check_rdata(struct xfr *xfr, const struct rr *rr, const struct rdata_report *report,
                        struct err *err)
{
    struct doubt doubt;
    if (report->why != NULL)
        return note_record(xfr, rr, ERR_RDATA, report->field, report->why, err);
    return !doubt_find(rr, &doubt) || note_doubt(xfr, rr, &doubt, err);
}

/* Names were compressed where none may be; `octets` is what the RDATA had in the message. */
COLD static bool check_swelling(struct xfr *xfr, const struct rr *rr, size_t octets,
                                struct err *err)
{
    xfr->swollen += rr->rdlength > octets ? rr->rdlength - octets : 0;
    return xfr->swollen <= SWELL_MAX * xfr->msg.length ||
           err_set(err, ERR_SWOLLEN,
                   "names that are compressed where none may be make more than %d times its "
                   "size of it",
                   SWELL_MAX);
}

/* Notes what is odd about a record. One that is left out, or refused as such, is not worth it. */
static bool note_oddities(struct xfr *xfr, const struct rr *rr, const struct rdata_report *report,
                          size_t octets, struct err *err)
{
    bool is_compressed = report->pointers > 0 && !rdata_is_compressible(rr->info);
    if (is_compressed && !check_swelling(xfr, rr, octets, err))
        return false;
    if (!xfr->owner_in_zone || !notes_want(xfr->config.notes, rr->type))
        return true;
    if (report->odd && !check_rdata(xfr, rr, report, err))
        return false;
    if (rr->ttl > INT32_MAX && !note_ttl(xfr, rr, err))
        return false;
    return !is_compressed || note_record(xfr, rr, ERR_COMPRESSED, NULL,
                                         "has a compressed name where none may be", err);
}

/* A record that is not as most are, or may be wrong: `pointers` is what rdata_unpack_usual said. */
__attribute__((noinline)) static bool look_closely(struct xfr *xfr, struct rr *rr, size_t at,
                                                   int pointers, struct err *err)
{
    size_t octets = octets_u16(xfr->msg.octets + at - 2); /* RDLENGTH */
    struct rdata_report report = {.pointers = 0};
    if (pointers < 0) {
        if (!rdata_unpack_oddity(rr, xfr->msg.octets, at, xfr->scratch, &report, err))
            return false;
    } else {
        report.pointers = (unsigned)pointers;
        report.odd = (rr->info->flags & TYPE_FLAG_CHECKED) != 0;
    }
    return (!report.odd && rr->ttl <= INT32_MAX) || note_oddities(xfr, rr, &report, octets, err);
}

static inline const struct type_info *find_type(struct xfr *xfr, uint16_t type)
{
    if (type != xfr->type) {
        xfr->type = type;
        xfr->info = types_find(type, xfr->config.class);
    }
    return xfr->info;
}

/* Reads the next record of the current message, whatever it is. */
static bool read_record(struct xfr *xfr, struct rr *rr, bool *same_owner, struct err *err)
{
    const char *why = read_owner(xfr, same_owner);
    if (why != NULL)
        return err_set(err, ERR_NAME, "owner: %s (octet %zu)", why, xfr->at);
    struct msg_record record = msg_record(xfr->msg.octets, xfr->at);
    *rr = (struct rr){
        .owner = xfr->owner,
        .rdata = xfr->msg.octets + record.rdata_at,
        .info = find_type(xfr, record.type),
        .ttl = record.ttl,
        .type = record.type,
        .class = record.class,
        .rdlength = record.rdlength,
        .owner_length = xfr->owner_length,
        .flags = *same_owner ? RR_SAME_OWNER : 0,
    };
    /* Before the RDATA, which another class or a meta type may give another form. */
    if (record.class != xfr->config.class)
        return refuse_record(rr, ERR_CLASS, "class", rr->class, err);
    if (is_meta(rr))
        return refuse_record(rr, ERR_METATYPE, "type", rr->type, err);
    int pointers =
        rdata_unpack_usual(rr, xfr->msg.octets, record.rdata_at, &xfr->memo, xfr->scratch);
    xfr->done++;
    xfr->at = record.rdata_at + record.rdlength;
    if (pointers >= 0 && (rr->info->flags & TYPE_FLAG_CHECKED) == 0 && rr->ttl <= INT32_MAX)
        return true;
    return look_closely(xfr, rr, record.rdata_at, pointers, err);
}

/* What a record means where it stands. */
enum meaning {
    MEANS_FIRST,   /* the SOA that begins a zone */
    MEANS_RECORD,  /* of a zone */
    MEANS_LAST,    /* the SOA that ends the transfer */
    MEANS_OUTSIDE, /* to be left out */
    MEANS_CURRENT, /* IXFR: the server's SOA, and it is the client's */
    MEANS_OLDER,   /* ... it is not newer */
    MEANS_NEWER,   /* ... it is newer */
    MEANS_ZONE,    /* what follows the SOA is a zone, not changes */
    MEANS_STEP,    /* the SOA that begins a step */
    MEANS_DELETE,  /* a record of a step */
    MEANS_TURN,    /* the SOA between the deletes and the adds */
    MEANS_ADD,     /* a record of a step */
    MEANS_BAD_FIRST,
    MEANS_BAD_OWNER, /* a SOA that is not at the apex */
    MEANS_BAD_SOA,   /* another SOA than the first */
    MEANS_BAD_BASE,  /* the changes begin at another serial than the client's */
    MEANS_BAD_TURN,  /* a step leads to a serial that is not on the way */
    MEANS_BAD_STEP,  /* a step begins at another serial than the one before led to */
    MEANS_BAD_LINK,  /* ... at that serial, but with another SOA */
    MEANS_EXTRA      /* a record after the end */
};

/* What a record other than a SOA means. It decides by its parameters alone, as do the functions
 * below. */
static enum meaning meaning_record(enum state state, bool in_zone)
{
    switch (state) {
    case STATE_FIRST:
        return MEANS_BAD_FIRST;
    case STATE_SECOND:
        return in_zone ? MEANS_ZONE : MEANS_OUTSIDE;
    case STATE_ZONE:
        return in_zone ? MEANS_RECORD : MEANS_OUTSIDE;
    case STATE_DELETES:
        return in_zone ? MEANS_DELETE : MEANS_OUTSIDE;
    case STATE_ADDS:
        return in_zone ? MEANS_ADD : MEANS_OUTSIDE;
    case STATE_END:
    case STATE_IGNORE:
    case STATE_FAILED:
    default:
        return MEANS_EXTRA;
    }
}

/* All that decides what a SOA means: where the transfer is, and the SOA. */
struct sight {
    enum state state;
    bool wants_changes;
    uint32_t since, newest, now; /* serials: the client's, the first SOA's, the last step's */
    uint32_t serial;
    bool is_apex;
    bool is_first, is_now; /* whether it is the first SOA, the one which was added last */
};

/* The first SOA: RFC 1995 section 4 where changes were asked for. */
static enum meaning meaning_first(const struct sight *sight)
{
    if (!sight->is_apex)
        return MEANS_BAD_FIRST;
    if (!sight->wants_changes)
        return MEANS_FIRST;
    switch (serial_compare(sight->serial, sight->since)) {
    case SERIAL_EQUAL:
        return MEANS_CURRENT;
    case SERIAL_NEWER:
        return MEANS_NEWER;
    case SERIAL_OLDER:
    case SERIAL_UNDEFINED:
    default:
        return MEANS_OLDER;
    }
}

/* A SOA at the apex that follows a newer one. The newest one again could be a zone of only a SOA;
 * but changes that a faulty server begins there look the same, and would cost the zone. Whoever has
 * such a zone gets it by AXFR. */
static enum meaning meaning_second(const struct sight *sight)
{
    return sight->serial == sight->since ? MEANS_STEP : MEANS_BAD_BASE;
}

/* A SOA at the apex after deletes. Each step must lead on, and none past the newest serial; seen
 * from the client's serial, both are plain numbers below 2^31. */
static enum meaning meaning_turn(const struct sight *sight)
{
    uint32_t gone = sight->now - sight->since, goes = sight->serial - sight->since;
    if (goes <= gone || goes > sight->newest - sight->since)
        return MEANS_BAD_TURN;
    return sight->serial == sight->newest && !sight->is_first ? MEANS_BAD_SOA : MEANS_TURN;
}

/* A SOA at the apex after adds. Only here may it end the transfer: the SOA of the last step itself,
 * which is equal, comes after deletes. */
static enum meaning meaning_next(const struct sight *sight)
{
    if (sight->now == sight->newest && sight->is_first)
        return MEANS_LAST;
    if (sight->serial != sight->now)
        return MEANS_BAD_STEP;
    return sight->is_now ? MEANS_STEP : MEANS_BAD_LINK;
}

static enum meaning meaning_soa(const struct sight *sight)
{
    if (sight->state == STATE_FIRST)
        return meaning_first(sight);
    if (sight->state > STATE_ADDS)
        return MEANS_EXTRA;
    if (!sight->is_apex)
        return MEANS_BAD_OWNER;
    if (sight->state == STATE_SECOND)
        return meaning_second(sight);
    if (sight->state == STATE_DELETES)
        return meaning_turn(sight);
    if (sight->state == STATE_ADDS)
        return meaning_next(sight);
    return sight->is_first ? MEANS_LAST : MEANS_BAD_SOA;
}

COLD static bool bad_first(const struct rr *rr, struct err *err)
{
    struct name_string owner;
    char type[16];
    name_string(&owner, rr->owner);
    *types_text(type, rr->type, 0) = '\0';
    if (rr->type == TYPE_SOA)
        return err_set(err, ERR_SOA_OWNER, "the first record is the SOA of another name, %.255s",
                       owner.text);
    return err_set(err, ERR_FIRST_NOT_SOA, "the first record is not a SOA but %.255s %s",
                   owner.text, type);
}

COLD static bool bad_owner(const struct rr *rr, struct err *err)
{
    struct name_string owner;
    return err_set(err, ERR_SOA_OWNER, "a SOA at %.255s, which is not the apex",
                   name_string(&owner, rr->owner));
}

COLD static bool bad_soa(const struct xfr *xfr, uint32_t serial, struct err *err)
{
    unsigned long now = serial, before = xfr->facts.serial;
    if (xfr->state == STATE_ZONE && xfr->done < xfr->msg.answers)
        return err_set(err, ERR_SOA_MIDDLE, "a SOA in the middle, with serial %lu (the first: %lu)",
                       now, before);
    if (xfr->state == STATE_DELETES)
        return err_set(err, ERR_SOA_CHANGED,
                       "the changes lead to another SOA than the first, with the same serial %lu",
                       now);
    if (now != before)
        return err_set(err, ERR_SOA_CHANGED, "the last SOA has serial %lu, the first %lu", now,
                       before);
    return err_set(err, ERR_SOA_CHANGED,
                   "the last SOA differs from the first, with the same serial %lu", now);
}

COLD static bool bad_chain(const struct xfr *xfr, enum meaning means, uint32_t serial,
                           struct err *err)
{
    unsigned long here = serial, now = xfr->now, newest = xfr->facts.serial;
    if (means == MEANS_BAD_BASE)
        return err_set(err, ERR_IXFR_BASE, "the changes begin at serial %lu, not at %lu", here,
                       (unsigned long)xfr->config.since);
    if (means == MEANS_BAD_TURN)
        return err_set(err, ERR_IXFR_CHAIN,
                       "the changes lead from serial %lu to %lu, which is not on the way to %lu",
                       now, here, newest);
    if (means == MEANS_BAD_LINK)
        return err_set(err, ERR_IXFR_CHAIN,
                       "the changes delete another SOA than they added, with the same serial %lu",
                       now);
    return err_set(err, ERR_IXFR_CHAIN,
                   "the changes lead to serial %lu, but those that follow begin at %lu", now, here);
}

static enum meaning meaning_of(const struct xfr *xfr, const struct rr *rr)
{
    if (rr->type != TYPE_SOA)
        return meaning_record(xfr->state, xfr->owner_in_zone);
    struct sight sight = {
        .state = xfr->state,
        .wants_changes = xfr->config.delta != NULL,
        .since = xfr->config.since,
        .newest = xfr->facts.serial,
        .now = xfr->now,
        .serial = rdata_soa_serial(rr),
        .is_apex = xfr->owner_in_zone && rr->owner_length == xfr->config.apex_length,
        .is_first = soa_equal(rr, &xfr->first.rr),
        .is_now = soa_equal(rr, &xfr->now_soa.rr),
    };
    return meaning_soa(&sight);
}

static void keep_first_soa(struct xfr *xfr, const struct rr *rr)
{
    soa_keep(&xfr->first, rr);
    xfr->facts.serial = rdata_soa_serial(rr);
}

/* The server has nothing newer. What else it may send is not looked at. */
static bool nothing_newer(struct xfr *xfr, const struct rr *rr, enum xfr_kind kind, struct err *err)
{
    uint32_t serial = rdata_soa_serial(rr), since = xfr->config.since;
    xfr->facts.kind = kind;
    xfr->facts.serial = serial;
    soa_keep(&xfr->first, rr);
    xfr->state = STATE_IGNORE;
    return serial_compare(serial, since) != SERIAL_UNDEFINED ||
           notes_add(xfr->config.notes, err, ERR_SERIAL_UNDEFINED,
                     "the server's serial %lu is 2^31 away from %lu: neither is newer (RFC 1982)",
                     (unsigned long)serial, (unsigned long)since);
}

/* Gives out the first SOA, which was kept, and lets the record wait that follows it. */
static void begin_zone(struct xfr *xfr, struct rr *rr, bool same_owner)
{
    xfr->facts.kind = XFR_ZONE_STYLE;
    xfr->state = STATE_ZONE;
    xfr->waiting = *rr;
    xfr->waiting_same_owner = same_owner;
    xfr->is_waiting = true;
    *rr = xfr->first.rr;
}

static bool begin_step(struct xfr *xfr, const struct rr *rr, struct err *err)
{
    xfr->facts.kind = XFR_INCREMENTAL;
    xfr->state = STATE_DELETES;
    xfr->now = rdata_soa_serial(rr);
    return delta_step(xfr->config.delta, err) && delta_add(xfr->config.delta, RR_DELETE, rr, err);
}

static bool begin_adds(struct xfr *xfr, const struct rr *rr, struct err *err)
{
    xfr->state = STATE_ADDS;
    xfr->now = rdata_soa_serial(rr);
    soa_keep(&xfr->now_soa, rr);
    return delta_add(xfr->config.delta, RR_ADD, rr, err);
}

/* Gives a record of a zone out. */
static bool give_record(struct xfr *xfr, const struct rr *rr, bool same_owner,
                        enum xfr_event *event, struct err *err)
{
    if (!xfr->config.skip_neighbours &&
        !neighbour_check(&xfr->neighbour, rr, same_owner, xfr->config.notes, err))
        return false;
    xfr->facts.records++;
    *event = XFR_RR;
    return true;
}

/* Acts on a record. Sets *event to XFR_RR where it is given out, else to XFR_MORE. */
static bool act_on_record(struct xfr *xfr, struct rr *rr, bool same_owner, enum xfr_event *event,
                          struct err *err)
{
    if (rr->type != TYPE_SOA && xfr->state == STATE_ZONE && xfr->owner_in_zone) /* MEANS_RECORD */
        return give_record(xfr, rr, same_owner, event, err);
    *event = XFR_MORE;
    if (rr->type == TYPE_SOA && !soa_fits(rr))
        /* two whole names, then fewer than five numbers */
        return err_set(err, ERR_RDLEN, "SOA: the RDATA is too short");
    enum meaning means = meaning_of(xfr, rr);
    switch (means) {
    case MEANS_FIRST:
        keep_first_soa(xfr, rr);
        xfr->facts.kind = XFR_ZONE;
        xfr->state = STATE_ZONE;
        return give_record(xfr, rr, same_owner, event, err);
    case MEANS_RECORD:
        return give_record(xfr, rr, same_owner, event, err);
    case MEANS_LAST:
        xfr->state = STATE_END;
        return neighbour_end(&xfr->neighbour, xfr->config.notes, err);
    case MEANS_OUTSIDE:
        return note_record(xfr, rr, ERR_OUT_OF_ZONE, NULL,
                           "is outside the zone; such records are left out", err);
    case MEANS_CURRENT:
        return nothing_newer(xfr, rr, XFR_UPTODATE, err);
    case MEANS_OLDER:
        return nothing_newer(xfr, rr, XFR_OLDER, err);
    case MEANS_NEWER:
        keep_first_soa(xfr, rr);
        xfr->state = STATE_SECOND;
        return true;
    case MEANS_ZONE:
        begin_zone(xfr, rr, same_owner);
        return give_record(xfr, rr, false, event, err);
    case MEANS_STEP:
        return begin_step(xfr, rr, err);
    case MEANS_DELETE:
        return delta_add(xfr->config.delta, RR_DELETE, rr, err);
    case MEANS_TURN:
        return begin_adds(xfr, rr, err);
    case MEANS_ADD:
        return delta_add(xfr->config.delta, RR_ADD, rr, err);
    case MEANS_BAD_FIRST:
        return bad_first(rr, err);
    case MEANS_BAD_OWNER:
        return bad_owner(rr, err);
    case MEANS_BAD_SOA:
        return bad_soa(xfr, rdata_soa_serial(rr), err);
    case MEANS_BAD_BASE:
    case MEANS_BAD_TURN:
    case MEANS_BAD_STEP:
    case MEANS_BAD_LINK:
        return bad_chain(xfr, means, rdata_soa_serial(rr), err);
    case MEANS_EXTRA:
    default:
        return err_set(err, ERR_AFTER_END, "records after the SOA that ends the transfer");
    }
}

/* The record that waits, or the next one of the message. */
static bool next_record(struct xfr *xfr, struct rr *rr, bool *same_owner, struct err *err)
{
    if (!xfr->is_waiting)
        return read_record(xfr, rr, same_owner, err);
    *rr = xfr->waiting;
    *same_owner = xfr->waiting_same_owner;
    xfr->is_waiting = false;
    return true;
}

enum xfr_event xfr_next(struct xfr *xfr, struct rr *rr, struct err *err)
{
    while (xfr->state < STATE_IGNORE && (xfr->is_waiting || xfr->done < xfr->msg.answers)) {
        bool same_owner = false;
        enum xfr_event event;
        if (!next_record(xfr, rr, &same_owner, err) ||
            !act_on_record(xfr, rr, same_owner, &event, err)) {
            fail_transfer(xfr);
            err_prefix(err, "message %llu: ", (unsigned long long)xfr->facts.messages);
            break;
        }
        if (event == XFR_RR)
            return XFR_RR;
    }
    if (xfr->state == STATE_FAILED)
        return XFR_FAIL;
    return xfr->state >= STATE_END ? XFR_END : XFR_MORE;
}

struct xfr_facts xfr_facts(const struct xfr *xfr)
{
    return xfr->facts;
}

const struct rr *xfr_soa(const struct xfr *xfr)
{
    return &xfr->first.rr;
}

bool xfr_is_lone_soa(const struct xfr *xfr)
{
    return xfr->state == STATE_SECOND;
}
