#include "transfer.h"

#include "answer.h"
#include "fault.h"
#include "options.h"
#include "query.h"
#include "source.h"
#include "stream.h"
#include "type.h"

/* ---------------------------------------------------------------- the messages of a zone */

/* Records and OPT of the other sections; they come after all answers of the message. */
static void end_message(struct answer *a)
{
    long number = (long)a->message_count + 1;

    fault_run(a, STAGE_AUTHORITY, number);
    if (number == 1 && a->query->opt) {
        answer_opt(a, 0);
    }
    fault_run(a, STAGE_ADDITIONAL, number);
    answer_finish(a);
}

/* data_messages: how many messages with records there are already. */
static void begin_message(struct answer *a, size_t data_messages)
{
    long every = a->options->opt_only;
    bool question = a->options->question_all && !a->no_question;

    if (every && data_messages && data_messages % (size_t)every == 0) {
        answer_start(a, 0, question);
        answer_opt(a, 0);
        answer_finish(a);
    }
    question = question || (!a->message_count && !a->no_question);
    fault_run(a, STAGE_QUESTION, (long)a->message_count + 1);
    answer_start(a, 0, question);
}

/* How many octets the answers of this message may reach up to. */
static size_t answer_limit(const struct answer *a)
{
    size_t limit = (size_t)a->options->message_size;

    limit -= !a->message_count && a->query->opt ? answer_opt_size(a) : 0;
    if (fault_in_use(a, STAGE_AUTHORITY) || fault_in_use(a, STAGE_ADDITIONAL)) {
        limit -= limit > 300 ? 300 : 0;
    }
    if (signer_series_signs(&a->series)) {
        limit -= limit > SIGNER_RECORD_MAX ? SIGNER_RECORD_MAX : 0;
    }
    return limit;
}

static void build_messages(struct answer *a)
{
    struct build *b = &a->build;
    size_t data_messages = 0;

    for (size_t i = 0; i < a->plan.count; i++) {
        bool full = a->options->records && b->answers >= a->options->records;
        size_t before = b->message.len;

        full = full || b->answers == 65535 || (a->options->soa_alone && i == 1);
        if (before && !full) {
            build_record(b, &a->plan.list[i]);
            full = b->message.len > answer_limit(a);
            b->message.len = full ? before : b->message.len;
        }
        if (full) {
            end_message(a);
            data_messages++;
        }
        if (!before || full) {
            begin_message(a, data_messages);
            build_record(b, &a->plan.list[i]);
        }
        b->answers++;
    }
    if (!a->plan.count) {
        begin_message(a, 0);
    }
    end_message(a);
}

void transfer_zone(struct answer *a)
{
    const struct records *all = &a->source->records;

    if (a->query->type == TYPE_IXFR) {
        history_answer(a->source->versions, a->source->version_count, a->query->serial,
                       a->options->history, &a->plan);
    }
    for (size_t i = 0; a->query->type != TYPE_IXFR && i < all->count; i++) {
        records_insert(&a->plan, i, all->list[i]);
    }
    fault_run(a, STAGE_PLAN, 0);
    build_messages(a);
    fault_check_numbers(a, STAGE_QUESTION, STAGE_ADDITIONAL);
    stream_finish(a);
    stream_send(a);
}

/* ---------------------------------------------------------------- a recording */

/* Each message gets the ID of the query, or differs from it as it did when it was recorded. */
static void set_ids(const struct source *s, unsigned query_id)
{
    for (size_t i = 0; i < s->messages; i++) {
        uint8_t *id = s->stream + s->offsets[i] + 2;

        bytes_put16(id, s->has_query ? bytes_get16(id) ^ s->query_id ^ query_id : query_id);
    }
}

void transfer_recording(struct answer *a)
{
    const struct source *s = a->source;
    bool whole = !signer_series_signs(&a->series) && !fault_in_use(a, STAGE_MESSAGE) &&
                 !fault_in_use(a, STAGE_SIGNED);

    for (enum stage stage = STAGE_PLAN; stage < STAGE_MESSAGE; stage++) {
        fault_run(a, stage, 0); /* refuses what needs a zone */
    }
    set_ids(s, a->query->id);
    if (whole) {
        a->stream = (struct bytes){s->stream, s->size, 0};
    } else {
        for (size_t i = 0; i < s->messages; i++) {
            const uint8_t *frame = s->stream + s->offsets[i];

            answer_insert(a, a->message_count, frame + 2, bytes_get16(frame));
        }
        stream_finish(a);
    }
    stream_send(a);
    if (s->ends) {
        sender_close(a->sender.fd);
    }
}
