#include "answer.h"

#include "../primary/name.h"
#include "../primary/tool.h"
#include "../primary/type.h"
#include "../primary/wire.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

enum { RCODE_SERVFAIL = 2, OPT_SIZE = 11, FLAG_QR = 0x8000, FLAG_AA = 0x0400 };

/* ---------------------------------------------------------------- what the question gets */

static long *counter_of(struct counts *c, const struct answer *a)
{
    if (a->nameless) {
        return &c->malformed;
    }
    switch (a->query.type) {
    case TYPE_SOA:
        return &c->soa;
    case TYPE_IXFR:
        return &c->ixfr;
    case TYPE_AXFR:
        return &c->axfr;
    default:
        return &c->other;
    }
}

static void count_question(struct options *o, const struct answer *a, bool known)
{
    struct counts *c = &o->counts;

    ++*counter_of(c, a);
    ++*(a->query.tsig_at ? &c->signed_ : &c->unsigned_);
    if (known && a->query.type == TYPE_SOA) {
        struct zone *z = &o->table.zones[a->zone];

        c->soa_again += z->asked;
        z->asked = true;
    }
}

static void log_question(const struct options *o, const struct answer *a, uint64_t now)
{
    unsigned type = a->query.type;

    if (o->log) {
        fprintf(o->log, "%llu %s %u\n", (unsigned long long)now,
                type == TYPE_SOA    ? "SOA"
                : type == TYPE_IXFR ? "IXFR"
                : type == TYPE_AXFR ? "AXFR"
                                    : "other",
                a->zone);
    }
}

/* RFC 8945 section 5.2; and who has keys wants them used. Returns an RCODE. */
static unsigned judge_signature(struct answer *a, const struct options *o)
{
    const struct query *q = &a->query;

    if (!o->signer.count) {
        return 0;
    }
    a->series = tool_grow(NULL, sizeof *a->series);
    signer_series_check(a->series, &o->signer, q->data, q->len, q->tsig_at);
    if (a->series->error) {
        return a->series->error == SIGNER_FORMERR ? RCODE_FORMERR : RCODE_NOTAUTH;
    }
    return q->tsig_at ? 0 : RCODE_REFUSED;
}

static bool is_transfer(unsigned type)
{
    return type == TYPE_AXFR || type == TYPE_IXFR;
}

/* What is wrong with the question, or with its zone; an RCODE. */
static unsigned judge(struct answer *a, struct options *o, bool known)
{
    unsigned rcode = judge_signature(a, o), type = a->query.type;

    if (rcode) {
        return rcode;
    }
    if (o->no_edns && a->query.opt) {
        return RCODE_FORMERR;
    }
    if (!known) {
        return RCODE_NOTAUTH;
    }
    if (a->trouble.rcode >= 0) {
        return (unsigned)a->trouble.rcode;
    }
    if (type == TYPE_IXFR && o->ixfr == IXFR_NONE) {
        return RCODE_NOTIMP;
    }
    if (!is_transfer(type)) {
        return type == TYPE_SOA ? 0 : RCODE_REFUSED;
    }
    if (o->quota && o->counts.transfers >= o->quota) {
        o->counts.busy++;
        return RCODE_SERVFAIL;
    }
    return 0;
}

/* RFC 1995 section 2: whoever has this serial or a newer one gets the SOA alone. */
static enum answer_kind kind_of(const struct answer *a, const struct options *o)
{
    const struct zone *z = &o->table.zones[a->zone];

    if (a->query.type == TYPE_SOA) {
        return ANSWER_SOA;
    }
    if (a->query.type == TYPE_IXFR && a->query.serial - a->now.serial < 0x80000000u) {
        return ANSWER_SOA;
    }
    if (a->query.type == TYPE_IXFR && o->ixfr == IXFR_CHANGES && z->changed &&
        a->query.serial == z->before.serial) {
        return ANSWER_CHANGES;
    }
    return ANSWER_ZONE;
}

/* The list for changes: one step (RFC 1995 section 4). */
static const struct {
    bool before;
    size_t number;
} steps[] = {
    {false, RECORD_SOA},      {true, RECORD_SOA},  {true, RECORD_SIGNATURE},
    {true, RECORD_CHANGING},  {false, RECORD_SOA}, {false, RECORD_SIGNATURE},
    {false, RECORD_CHANGING}, {false, RECORD_SOA},
};

static void plan(struct answer *a, struct options *o)
{
    const struct zone *z = &o->table.zones[a->zone];

    a->now = z->now;
    a->before = z->before;
    a->kind = kind_of(a, o);
    if (a->kind == ANSWER_SOA) {
        /* RFC 4035 section 3.1.1: with DO the signature over it, too */
        a->count = a->query.type == TYPE_SOA && a->query.dnssec ? 2 : 1;
    } else if (a->kind == ANSWER_CHANGES) {
        a->count = sizeof steps / sizeof *steps;
    } else {
        a->count = record_numbers(a->zone, (size_t)a->trouble.big) + 1;
    }
    if (is_transfer(a->query.type)) {
        a->transfer = true;
        counts_rise(&o->counts.transfers, &o->counts.transfers_most);
    }
}

struct answer *answer_new(struct options *o, const uint8_t *data, size_t len, uint64_t now)
{
    struct answer *a = tool_grow(NULL, sizeof *a);
    bool known;

    *a = (struct answer){.trouble = {.rcode = -1, .broken = BROKEN_NOT}};
    a->nameless = !query_parse(&a->query, data, len);
    known = !a->nameless && a->query.class == CLASS_IN &&
            table_find(&o->table, a->query.name, &a->zone);
    count_question(o, a, known);
    if (known) {
        log_question(o, a, now);
        a->trouble = trouble_of(o->commands, o->command_count, a->zone, a->query.type);
    }
    if (a->trouble.mute) {
        free(a);
        return NULL;
    }
    a->rcode = a->nameless ? RCODE_FORMERR : judge(a, o, known);
    a->due = now + (uint64_t)a->trouble.delay;
    a->due += o->jitter ? options_random(o, (unsigned)o->jitter + 1) : 0;
    if (a->rcode) {
        o->counts.errors++;
    } else {
        plan(a, o);
    }
    a->query.data = NULL; /* these octets are the connection's */
    return a;
}

/* ---------------------------------------------------------------- its messages */

/* The record at a place of the list of this kind. */
static void add_item(const struct answer *a, struct bytes *m, size_t at)
{
    bool before = a->kind == ANSWER_CHANGES && steps[at].before;
    size_t number = a->kind == ANSWER_CHANGES ? steps[at].number : at;
    struct state state = before ? a->before : a->now;
    size_t from = m->len;

    if (a->kind != ANSWER_SOA && at == a->count - 1) {
        number = RECORD_SOA;
        state.serial += a->trouble.broken == BROKEN_SOA;
    }
    if (number == RECORD_SIGNATURE && !state.resigned) {
        return;
    }
    record_add(m, a->zone, &state, number);
    if (number == RECORD_CHANGING && a->trouble.broken == BROKEN_RDATA) {
        m->len--;
        bytes_put16(m->data + m->len - 5, 3);
    } else if (number == RECORD_CHANGING && a->trouble.broken == BROKEN_RDLENGTH) {
        bytes_put16(m->data + m->len - 6, 0xffff);
    }
    bytes_put16(m->data + 6, bytes_get16(m->data + 6) + (m->len > from));
}

/* Header and question; each message has one, so that names can point to it. */
static void begin(const struct answer *a, struct bytes *m)
{
    uint8_t header[WIRE_HEADER] = {0};

    bytes_put16(header, a->query.id);
    bytes_put16(header + 2, FLAG_QR | (a->rcode ? a->rcode : FLAG_AA));
    header[5] = !a->nameless;
    m->len = 0;
    bytes_add(m, header, sizeof header);
    if (!a->nameless) {
        bytes_add(m, a->query.name, name_length(a->query.name));
        bytes_u16(m, a->query.type);
        bytes_u16(m, a->query.class);
    }
}

/* The DO bit comes back as it was (RFC 3225 section 3). */
static void add_opt(const struct answer *a, struct bytes *m)
{
    bytes_u8(m, 0);
    bytes_u16(m, TYPE_OPT);
    bytes_u16(m, 1232);
    bytes_u32(m, a->query.dnssec ? 0x8000 : 0);
    bytes_u16(m, 0);
    bytes_put16(m->data + 10, 1);
}

static void sign(struct answer *a, struct bytes *m)
{
    struct signer_way way = signer_way_right(a->series);

    if (!signer_series_sign(a->series, &way, &m->data, &m->len)) {
        tool_die("a message is too long with its signature");
    }
    m->capacity = m->len;
}

bool answer_message(struct answer *a, const struct options *o, struct bytes *m, uint64_t now)
{
    size_t room = (size_t)o->message_size - RECORD_MAX - OPT_SIZE;

    room -= a->series ? SIGNER_RECORD_MAX : 0;
    begin(a, m);
    while (a->at < a->count && m->len < room &&
           (a->kind == ANSWER_SOA || bytes_get16(m->data + 6) < o->records)) {
        add_item(a, m, a->at++);
    }
    if (a->query.opt && !a->begun) {
        add_opt(a, m);
    }
    if (a->series && signer_series_signs(a->series)) {
        sign(a, m);
    }
    a->begun = true;
    a->due = now + (uint64_t)a->trouble.pace;
    return a->at == a->count;
}

void answer_free(struct answer *a, struct options *o)
{
    if (!a) {
        return;
    }
    o->counts.transfers -= a->transfer;
    if (a->series) {
        free((void *)(uintptr_t)a->series->request.other);
        free(a->series->pending);
        free(a->series);
    }
    free(a);
}
