#include "job/audit_facts.h"

#include "dns/serial.h"

#include <stdlib.h>
#include <string.h>

void audit_zone_fini(struct audit_zone *zone)
{
    free(zone->rows);
    zone->rows = NULL;
    zone->row_count = 0;
}

/* ---- Serials ------------------------------------------------------------------------------- */

static uint32_t serial_of(const struct audit_row *row)
{
    return rdata_soa_serial(&row->soa.soa.rr);
}

/* How many rows have a serial that stands so to this one. */
static size_t count_serials(const struct audit_zone *zone, uint32_t than, enum serial_order order)
{
    size_t count = 0;
    for (size_t i = 0; i < zone->row_count; i++) {
        const struct audit_row *row = &zone->rows[i];
        count += row->soa.has_soa && serial_compare(serial_of(row), than) == order;
    }
    return count;
}

/* The serial than which fewest are newer; of such the one that most have, since two that are 2^31
 * apart have no order. */
static void find_newest(struct audit_zone *zone)
{
    size_t least = SIZE_MAX, most = 0;
    zone->has_newest = false;
    for (size_t i = 0; i < zone->row_count; i++) {
        if (!zone->rows[i].soa.has_soa)
            continue;
        uint32_t serial = serial_of(&zone->rows[i]);
        size_t newer = count_serials(zone, serial, SERIAL_NEWER);
        size_t equal = count_serials(zone, serial, SERIAL_EQUAL);
        if (newer > least || (newer == least && equal <= most))
            continue;
        least = newer;
        most = equal;
        zone->has_newest = true;
        zone->newest = serial;
    }
}

/* Whether a server that was given time has followed. */
static bool has_followed(const struct audit_zone *zone, const struct audit_row *row)
{
    enum serial_order order = SERIAL_OLDER;
    if (zone->has_goal)
        order = serial_compare(serial_of(row), zone->goal);
    return order == SERIAL_EQUAL || order == SERIAL_NEWER;
}

static unsigned judge_lag(const struct audit_zone *zone, struct audit_row *row,
                          const struct audit_limits *limits)
{
    row->has_lag = row->soa.has_soa && zone->has_newest;
    row->lag = row->has_lag ? zone->newest - serial_of(row) : 0;
    return row->lag > limits->max_lag && !has_followed(zone, row) ? AUDIT_IS_BEHIND : 0;
}

/* ---- Content ------------------------------------------------------------------------------- */

static bool same_soa(const struct audit_row *a, const struct audit_row *b)
{
    return soa_equal(&a->soa.soa.rr, &b->soa.soa.rr);
}

static bool same_sum(const struct audit_row *a, const struct audit_row *b)
{
    return a->sum.low == b->sum.low && a->sum.high == b->sum.high && a->records == b->records;
}

/* Two rows that should be the same: they say something at the same serial. */
static bool have_soa(const struct audit_row *a, const struct audit_row *b)
{
    return a->soa.has_soa && b->soa.has_soa && serial_of(a) == serial_of(b);
}

static bool have_sum(const struct audit_row *a, const struct audit_row *b)
{
    return a->has_content && b->has_content && a->content_serial == b->content_serial;
}

typedef bool relation(const struct audit_row *a, const struct audit_row *b);

/* Whether a row is not one of those of which most have the same. Where no content has more than
 * half of the rows, nobody knows which is the right one, and all of them differ. */
static bool stands_out(const struct audit_zone *zone, const struct audit_row *row,
                       relation *comparable, relation *same)
{
    size_t count = 0, alike = 0;
    for (size_t i = 0; i < zone->row_count; i++) {
        if (!comparable(row, &zone->rows[i]))
            continue;
        count++;
        alike += same(row, &zone->rows[i]);
    }
    return alike < count && 2 * alike <= count;
}

static unsigned judge_content(const struct audit_zone *zone, const struct audit_row *row)
{
    return stands_out(zone, row, have_soa, same_soa) || stands_out(zone, row, have_sum, same_sum)
               ? AUDIT_DIFFERS
               : 0;
}

/* ---- Answers ------------------------------------------------------------------------------- */

static bool is_lame(const struct audit_answer *answer)
{
    return answer->came && (answer->rcode != 0 || !answer->authoritative || !answer->has_soa);
}

/* Of a truncated one that is for TCP to say. */
static bool is_lame_over_udp(const struct audit_answer *answer)
{
    return answer->err.kind != ERR_TC && is_lame(answer);
}

static bool is_missing(const struct audit_answer *answer)
{
    return answer->asked && !answer->came;
}

static unsigned judge_answers(const struct audit_row *row)
{
    bool is_gone = !row->has_address || is_missing(&row->tcp) || is_missing(&row->udp);
    return (is_gone ? AUDIT_TIMES_OUT : 0u) |
           (is_lame(&row->tcp) || is_lame_over_udp(&row->udp) ? AUDIT_IS_LAME : 0u) |
           (row->transfer == AUDIT_OPEN ? AUDIT_IS_OPEN : 0u);
}

static bool should_be_signed(const struct audit_zone *zone)
{
    if (zone->has_ds)
        return true;
    for (size_t i = 0; i < zone->row_count; i++)
        if (zone->rows[i].soa.has_soa && zone->rows[i].soa.signatures > 0)
            return true;
    return false;
}

void audit_judge(struct audit_zone *zone, const struct audit_limits *limits)
{
    bool is_signed = should_be_signed(zone);
    find_newest(zone);
    zone->problems = 0;
    for (size_t i = 0; i < zone->row_count; i++) {
        struct audit_row *row = &zone->rows[i];
        row->problems =
            judge_answers(row) | judge_lag(zone, row, limits) | judge_content(zone, row);
        if (is_signed && row->soa.has_soa && row->soa.signatures == 0)
            row->problems |= AUDIT_IS_UNSIGNED;
        if (row->sources == AUDIT_REFERENCE)
            row->problems &= AUDIT_TIMES_OUT;
        zone->problems |= row->problems;
    }
}

/* ---- What is not known ---------------------------------------------------------------------- */

static enum err_kind kind_of(const struct err *why)
{
    return why->kind != ERR_NONE ? why->kind : ERR_NO_ANSWER;
}

static const char *words_of(const struct err *why)
{
    return why->kind != ERR_NONE ? why->text : "no answer";
}

/* Why a row has no answer; NULL: nobody says. */
static const struct err *silence_of(const struct audit_row *row)
{
    const struct err *why = !row->has_address               ? &row->lookup
                            : row->tcp.err.kind != ERR_NONE ? &row->tcp.err
                                                            : &row->udp.err;
    return why->kind != ERR_NONE ? why : NULL;
}

/* What the first of them failed of stands for all: a certificate that is none is another failure
 * than a server that is down. */
static bool is_answered(const struct audit_zone *zone, struct err *err)
{
    static const char none[] = "none of its servers has answered";
    const struct err *why = NULL;
    const char *host = "";
    for (size_t i = 0; i < zone->row_count; i++)
        if (zone->rows[i].tcp.came || zone->rows[i].udp.came)
            return true;
    for (size_t i = 0; i < zone->row_count && why == NULL; i++) {
        why = silence_of(&zone->rows[i]);
        host = zone->rows[i].host;
    }
    if (why == NULL)
        return err_set(err, ERR_NO_ANSWER, "%s", none);
    err_set(err, why->kind, "%s: %.255s: %s", none, host, why->text);
    err->facts |= why->facts;
    return false;
}

/* Without the serial of the reference nobody is seen to be behind it. */
static bool has_reference(const struct audit_row *row, struct err *err)
{
    const struct err *why = row->has_address ? &row->tcp.err : &row->lookup;
    return (row->sources & AUDIT_REFERENCE) == 0 || row->soa.has_soa ||
           err_set(err, kind_of(why), "%.255s (--also) has told no serial to compare with: %s",
                   row->host, words_of(why));
}

static bool has_word_on_openness(const struct audit_row *row, struct err *err)
{
    return row->transfer != AUDIT_TIMEOUT || !row->tcp.came ||
           err_set(err, kind_of(&row->transfer_err),
                   "%.255s answers, but not whether it gives the zone to anybody: %s", row->host,
                   words_of(&row->transfer_err));
}

static bool has_content(const struct audit_zone *zone, struct err *err)
{
    const struct err *why = NULL;
    for (size_t i = 0; i < zone->row_count; i++) {
        if (zone->rows[i].has_content)
            return true;
        if (why == NULL && zone->rows[i].content_err.kind != ERR_NONE)
            why = &zone->rows[i].content_err;
    }
    return why == NULL ||
           err_set(err, why->kind, "no server has given its content (--content): %s", why->text);
}

bool audit_is_known(const struct audit_zone *zone, const struct audit_wants *wants, struct err *err)
{
    if (!is_answered(zone, err))
        return false;
    for (size_t i = 0; i < zone->row_count; i++) {
        const struct audit_row *row = &zone->rows[i];
        if (!has_reference(row, err) || (wants->openness && !has_word_on_openness(row, err)))
            return false;
    }
    return !wants->content || has_content(zone, err);
}
