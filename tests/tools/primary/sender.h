/*
 * sender: octets on their way to a client, and what happens on that way.
 *
 * Owns: the list of events. Borrows: the descriptor of the connection.
 * Never: returns when the connection is at its end, by the client's will or that of an event: the
 * process of the connection then ends.
 */
#ifndef PRIMARY_SENDER_H
#define PRIMARY_SENDER_H

#include <stddef.h>
#include <stdint.h>

enum { SENDER_PATIENCE_MS = 10000 }; /* how long to wait for a client that does not go away */

enum event_kind { EVENT_DELAY, EVENT_CLOSE, EVENT_RESET, EVENT_STALL };

struct event {
    long at; /* before this octet of the stream; negative ones count from its end */
    enum event_kind kind;
    long ms;
};

struct sender {
    int fd;
    long position;
    long split, pause_ms; /* so many octets a write, and then so long a pause; 0: no such thing */
    struct event *events; /* in their order */
    size_t count, next;
};

/* Events at the same place happen in the order in which they were added. */
void sender_add(struct sender *s, struct event event);

/* Once the length of the stream is known: positions that count from its end become others. */
void sender_resolve(struct sender *s, size_t stream_len);

void sender_send(struct sender *s, const uint8_t *data, size_t len);

/* Lets happen what is due at this position. */
void sender_fire_due(struct sender *s);

/* Every write leaves at once. */
void sender_nodelay(const struct sender *s);

/* Writes without looking at any event. */
void sender_write_all(int fd, const uint8_t *data, size_t len);

/* Ends our direction, waits for the end of the client's, and ends the process. */
_Noreturn void sender_close(int fd);

#endif
