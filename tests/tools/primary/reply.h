/*
 * reply: which answer a query gets.
 *
 * Owns: nothing. Borrows: the answer, fresh from answer_new.
 */
#ifndef PRIMARY_REPLY_H
#define PRIMARY_REPLY_H

struct answer;

/* Answers a query that was parsed. Returns when the answer was sent; some scripts end the process.
 */
void reply_to(struct answer *a);

/* Sends nothing but this RCODE. */
void reply_error(struct answer *a, unsigned rcode);

#endif
