/* What the service manager is told: ready, reloading, stopping, alive (the protocol of
 * NOTIFY_SOCKET, as sd_notify(3) describes it).
 *
 * Purpose: state without a library, over a datagram socket that was connected before anything is
 * given up.
 * Owns: the socket. Borrows: nothing.
 * Never: fails; prints; tells anything where no manager has asked for it: each call does nothing
 * then. Who is told and does not read may cost a fifth of a second, once a change of state. */
#ifndef IO_SERVICE_H
#define IO_SERVICE_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct service {
    int fd;              /* -1: nobody asks */
    uint64_t ping_every; /* microseconds after which service_ping is due again: half of what the
                          * manager waits for; 0: it does not */
    struct sockaddr_un to;
    socklen_t to_length;
};

/* Reads NOTIFY_SOCKET (a path, or @ and an abstract name; others are passed over), WATCHDOG_USEC
 * and WATCHDOG_PID, takes them out of the environment, so that no command inherits them, and
 * connects. To be called before there are threads, and before a fence is up. */
void service_open(struct service *service);

/* The start, or a reload, is over. */
void service_ready(struct service *service);

/* A reload begins, now; service_ready ends it, however it has come out. */
void service_reloading(struct service *service);

/* The end begins. */
void service_stopping(struct service *service);

/* How things are, in a line of at most 200 characters; what is not printable ASCII is masked. */
void service_status(struct service *service, const char *text);

/* Still alive. */
void service_ping(struct service *service);

void service_close(struct service *service);

#endif
