/*
 * listener: where a server of the tests is found.
 *
 * Owns: nothing; the socket is the caller's. Borrows: texts, for the time of the call.
 * Never: listens elsewhere than on loopback.
 */
#ifndef PRIMARY_LISTENER_H
#define PRIMARY_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>

/* False: not an address of loopback. */
bool listener_address(const char *text, long port, struct sockaddr_storage *out, socklen_t *len);

/* A listening socket; port 0 is any free port, of those that are for these tests alone if there are
 * such. Prints "ready ADDRESS PORT". Ends the process where there is none to be had. */
int listener_open(const char *address, long port);

#endif
