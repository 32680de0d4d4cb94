/*
 * answer: one answer in the making, from the plan of its records to the list of its messages.
 *
 * Owns: plan, messages and stream, which live as long as the process of the connection.
 * Borrows: options, query and source, for as long as the answer lives.
 * Never: sends, signs or reads a clock.
 */
#ifndef PRIMARY_ANSWER_H
#define PRIMARY_ANSWER_H

#include "build.h"
#include "bytes.h"
#include "history.h"
#include "sender.h"
#include "shape.h"
#include "signer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct query;
struct source;

struct message {
    uint8_t *data;
    size_t len;
    size_t frame;     /* what the length prefix says */
    unsigned zeros;   /* frames of length 0 sent before */
    size_t signed_at; /* where its TSIG record begins; 0: it has none */
};

/* What is wrong with the question of the next message. */
enum question_mode {
    QUESTION_NAME,
    QUESTION_TYPE,
    QUESTION_CLASS,
    QUESTION_COUNT, /* there are two */
    QUESTION_BROKEN,
    QUESTION_RIGHT
};

struct answer {
    const struct options *options;
    const struct query *query;
    const struct source *source;
    long connection; /* its number, from 1 */
    struct records plan;
    bool no_question, endless, endless_steps;
    struct message *messages;
    size_t message_count;
    struct signer_series series;
    struct bytes stream; /* the octets of all messages */
    struct sender sender;

    /* the message being signed */
    struct signer_way way;
    long signing; /* its number */

    /* the message being built */
    struct build build;
    enum question_mode question;
    enum shape shape; /* of the name in a broken question */
};

/* The answer to a query that came on this descriptor; free ends it. */
struct answer *answer_new(const struct options *options, const struct query *query, int fd,
                          long connection);

/* Begins a message: header with AA and the RCODE, and the question where one is due. */
void answer_start(struct answer *a, unsigned rcode, bool question);

/* Adds an OPT record, with an extended error where the options want one; and how many octets that
 * takes. */
void answer_opt(struct answer *a, unsigned rcode);
size_t answer_opt_size(const struct answer *a);

/* Ends the message that was begun: its counts are set, and it becomes the last one of the list. */
void answer_finish(struct answer *a);

/* The three in one: a message that says nothing but this RCODE. */
void answer_error(struct answer *a, unsigned rcode);

/* Copies a whole message into the list as number at, from 0. */
void answer_insert(struct answer *a, size_t at, const uint8_t *data, size_t len);

/* A record of the zone for a fault: RDATA 192.0.2.1, the owner this label at the apex; NULL: the
 * apex itself. */
struct record answer_apex_record(const struct answer *a, const char *label, unsigned type);

#endif
