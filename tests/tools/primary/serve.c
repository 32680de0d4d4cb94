#include "serve.h"

#include "answer.h"
#include "bytes.h"
#include "options.h"
#include "query.h"
#include "reply.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

/* ---------------------------------------------------------------- all of them */

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
