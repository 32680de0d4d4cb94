/*
 * connection: one connection: what was asked on it, in which order it is answered, how it ends.
 *
 * Owns: its socket, the answers that it owes and the octets that wait.
 * Borrows: the options, which are handed to each call.
 * Never: blocks; the loop says when to read or write, and the time, in ms.
 */
#ifndef MANYZONES_CONNECTION_H
#define MANYZONES_CONNECTION_H

#include "options.h"

#include <stdint.h>

struct connection;

/* Takes the socket, which does not block, and counts the connection as open. */
struct connection *connection_new(struct options *o, int fd);
void connection_free(struct connection *c, struct options *o);

int connection_fd(const struct connection *c);

/* The events to poll for. */
short connection_events(const struct connection *c);

/* How many ms the loop may wait for events; -1: however long. */
int connection_wait(const struct connection *c, const struct options *o, uint64_t now);

/* Reads what is there. */
void connection_read(struct connection *c, struct options *o, uint64_t now);

/* Makes messages as far as there is room, and sends what can be sent, in one piece. False: the
 * connection has ended and is to be freed. */
bool connection_work(struct connection *c, struct options *o, uint64_t now);

#endif
