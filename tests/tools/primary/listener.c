#include "listener.h"

#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { TRIES = 100 };

bool listener_address(const char *text, long port, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *len = sizeof *v4;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof *v6;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    return false;
}

/* The next one of those that are for these tests alone, see tools/ports.py. 0: there are none. */
static long next_port(void)
{
    const char *name = getenv("TEST_PORTS");
    FILE *file = name ? fopen(name, "r+e") : NULL;
    long next, first, last;

    if (!file) {
        return 0;
    }
    if (flock(fileno(file), LOCK_EX) || fscanf(file, "%ld %ld %ld", &next, &first, &last) != 3) {
        tool_die("%s: not \"NEXT FIRST LAST\"", name);
    }
    rewind(file);
    fprintf(file, "%ld %ld %ld\n", next < last ? next + 1 : first, first, last);
    fclose(file);
    return next;
}

/* Listens there. -1: it could not be. */
static int try_port(const char *text, long port, struct sockaddr_storage *address, socklen_t len)
{
    int on = 1, error, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)listener_address(text, port, address, &len);
    if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
        !bind(fd, (struct sockaddr *)address, len) && !listen(fd, 128)) {
        return fd;
    }
    error = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = error;
    return -1;
}

int listener_open(const char *text, long port)
{
    struct sockaddr_storage address;
    socklen_t len;
    int fd = -1;

    /* An address of the documentation (RFC 5737) is nobody's; only the loopback of a box has it. */
    if (!listener_address(text, port, &address, &len) &&
        (address.ss_family != AF_INET || strncmp(text, "192.0.2.", 8) != 0)) {
        tool_die("%s is not an address of loopback", text);
    }
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        fd = try_port(text, port ? port : next_port(), &address, len);
        if (fd < 0 && (port || errno != EADDRINUSE)) {
            break;
        }
    }
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&address, &len)) {
        tool_die("%s port %ld: %s", text, port, strerror(errno));
    }
    /* sin_port and sin6_port are at the same place */
    printf("ready %s %u\n", text, ntohs(((struct sockaddr_in *)&address)->sin_port));
    fflush(stdout);
    return fd;
}
