/*
 * drain: a client that reads a transfer to nowhere, to measure what the server can give.
 *
 * Owns: its connection. Borrows: texts, for the time of the call.
 */
#ifndef PRIMARY_DRAIN_H
#define PRIMARY_DRAIN_H

/* Asks for AXFR and prints how many octets came. Returns an exit status: 1 if reading failed. */
int drain_read(const char *host, const char *port_text, const char *zone);

#endif
