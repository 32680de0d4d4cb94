/*
 * stream: the messages of an answer, once they are built, on their way to the client.
 *
 * Purpose: signs them, makes one row of octets of them, and sends it.
 * Owns: nothing; the octets belong to the answer. Borrows: the answer.
 */
#ifndef PRIMARY_STREAM_H
#define PRIMARY_STREAM_H

struct answer;

/* From the messages of a transfer as they were built to the octets that go out. */
void stream_finish(struct answer *a);

/* Sends the octets of a transfer at the pace and with the events that the script wants, and what
 * comes behind them without end. */
void stream_send(struct answer *a);

/* Signs and sends the messages of an answer that is not a transfer, which no script breaks. */
void stream_send_messages(struct answer *a);

#endif
