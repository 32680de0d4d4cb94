#include "reply.h"

#include "answer.h"
#include "fault.h"
#include "name.h"
#include "options.h"
#include "query.h"
#include "source.h"
#include "stream.h"
#include "transfer.h"
#include "type.h"
#include "wire.h"

void reply_error(struct answer *a, unsigned rcode)
{
    answer_error(a, rcode);
    stream_send_messages(a);
}

/* The first message of a recording, cut after its first record, answers a query for the SOA. */
static void soa_of_recording(struct answer *a)
{
    const uint8_t *data = a->source->stream + 2;
    size_t question = WIRE_HEADER + name_length(a->source->apex) + 4;
    size_t span = wire_record_span(data, bytes_get16(data - 2), question);
    struct bytes *message = &a->build.message;

    if (!span) {
        reply_error(a, RCODE_REFUSED);
        return;
    }
    answer_start(a, 0, false);
    bytes_add(message, data + WIRE_HEADER, question - WIRE_HEADER + span);
    bytes_put16(message->data + 4, 1);
    bytes_put16(message->data + question - 4, TYPE_SOA);
    a->build.answers = 1;
    answer_finish(a);
    stream_send_messages(a);
}

/* With DO the signatures over it, too (RFC 4035 section 3.1.1). */
static void soa_of_zone(struct answer *a)
{
    const struct records *all = &a->source->records;

    answer_start(a, 0, true);
    build_record(&a->build, &all->list[0]);
    a->build.answers = 1;
    for (size_t i = 1; i < all->count && a->query->dnssec; i++) {
        const struct record *r = &all->list[i];

        if (r->type == TYPE_RRSIG && bytes_get16(r->rdata) == TYPE_SOA) {
            build_record(&a->build, r);
            a->build.answers++;
        }
    }
    if (a->query->opt) {
        answer_opt(a, 0);
    }
    answer_finish(a);
    stream_finish(a);
    stream_send(a);
}

/* RFC 8945 section 5.2; and who has keys wants them used. Returns an RCODE. */
static unsigned judge_signature(struct answer *a)
{
    const struct query *q = a->query;

    signer_series_check(&a->series, &a->options->signer, q->data, q->len, q->tsig_at);
    fault_run(a, STAGE_QUERY, 0);
    if (a->series.error) {
        return a->series.error == SIGNER_FORMERR ? RCODE_FORMERR : RCODE_NOTAUTH;
    }
    return a->options->signer.count && !q->tsig_at && !a->series.key ? RCODE_REFUSED : 0;
}

/* The source is there, and the client may ask it. */
static void answer_from_source(struct answer *a)
{
    const struct source *s = a->source;
    unsigned type = a->query->type;

    if (type == s->type || (type == TYPE_AXFR && s->any_name)) {
        (s->stream ? transfer_recording : transfer_zone)(a);
    } else if (type == TYPE_IXFR && !s->stream && s->version_count &&
               a->options->history != HISTORY_NONE) {
        transfer_zone(a);
    } else if (type == TYPE_SOA && !s->any_name) {
        (s->stream ? soa_of_recording : soa_of_zone)(a);
    } else {
        reply_error(a, type == TYPE_IXFR ? RCODE_NOTIMP : RCODE_REFUSED);
    }
}

void reply_to(struct answer *a)
{
    const struct options *o = a->options;
    unsigned rcode;

    a->source = source_find(o->sources, o->source_count, a->query);
    rcode = judge_signature(a);
    if (rcode) {
        reply_error(a, rcode);
    } else if (o->refuse >= 0) {
        reply_error(a, (unsigned)o->refuse);
    } else if (o->no_edns && a->query->opt) {
        reply_error(a, RCODE_FORMERR);
    } else if (!a->source) {
        reply_error(a, RCODE_NOTAUTH);
    } else {
        answer_from_source(a);
    }
}
