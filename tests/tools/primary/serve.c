#include "serve.h"

#include "answer.h"
#include "bytes.h"
#include "options.h"
#include "query.h"
#include "reply.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---------------------------------------------------------------- one connection */

static bool read_all(int fd, uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = recv(fd, data, len, 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void serve_connection(const struct options *o, int fd, long number)
{
    static uint8_t data[WIRE_MESSAGE_MAX];
    uint8_t prefix[2];

    while (read_all(fd, prefix, 2) && read_all(fd, data, bytes_get16(prefix))) {
        struct query q;
        bool good = query_parse(&q, data, bytes_get16(prefix));
        struct answer *a = answer_new(o, &q, fd, number);

        if (o->query_log >= 0) {
            query_log_add(o->query_log, &q);
        }
        if (good) {
            reply_to(a);
        } else {
            reply_error(a, RCODE_FORMERR);
        }
        free(a);
    }
}

/* ---------------------------------------------------------------- the listener */

bool serve_address(const char *text, long port, struct sockaddr_storage *out, socklen_t *len)
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

int serve_listen(const char *text, long port)
{
    struct sockaddr_storage address;
    socklen_t len;
    int on = 1, fd;

    if (!serve_address(text, port, &address, &len)) {
        tool_die("%s is not an address of loopback", text);
    }
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&address, len) || listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &len)) {
        tool_die("%s port %ld: %s", text, port, strerror(errno));
    }
    /* sin_port and sin6_port are at the same place */
    printf("ready %s %u\n", text, ntohs(((struct sockaddr_in *)&address)->sin_port));
    fflush(stdout);
    return fd;
}

static void leave(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

_Noreturn void serve_forever(const struct options *o, int listener)
{
    pid_t parent = getpid();

    signal(SIGTERM, leave);
    signal(SIGINT, leave);
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps the children */
    for (long number = 1;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            tool_die("accept: %s", strerror(errno));
        }
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL); /* no child outlives the server */
            if (getppid() == parent) {
                close(listener);
                serve_connection(o, fd, number);
            }
            _exit(0);
        }
        close(fd);
        number++;
    }
}
