/* io/stream over the sockets of the system, on the loopback interface. */
#include "io/stream.h"

#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUNDS = 1000,
    MORE = 20,
    PATIENCE = 5000, /* milliseconds, so that nothing hangs */
};

static const uint8_t question[] = "question", answer[] = "answer";

static int listener(struct address *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address->length = sizeof in;
    if (bind(fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&address->storage, &address->length) != 0)
        return -1;
    return fd;
}

static bool readable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, PATIENCE) == 1;
}

static bool ask(struct stream *stream)
{
    size_t n = 0;
    return stream_write(stream, question, sizeof question, &n, &(struct err){0}) == STREAM_DONE &&
           n == sizeof question;
}

/* The peer takes a question, and answers; what it sends waits for what was not acknowledged. */
static bool serve(int peer)
{
    uint8_t octets[64];
    return readable(peer) && recv(peer, octets, sizeof octets, 0) > 0 &&
           send(peer, answer, sizeof answer, 0) == sizeof answer;
}

static enum stream_event take(struct stream *stream)
{
    uint8_t octets[64];
    size_t n = 0;
    return stream_read(stream, octets, sizeof octets, &n, &(struct err){0});
}

/* Whether the system acknowledges at once, and not after a while. */
static bool is_at_once(const struct stream *stream)
{
    int quick = -1;
    socklen_t length = sizeof quick;
    getsockopt(stream->fd, IPPROTO_TCP, TCP_QUICKACK, &quick, &length);
    return quick == 1;
}

/* Questions and answers, until the system takes this for a conversation. */
static bool converse(struct stream *stream, int peer)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (!ask(stream) || !serve(peer) || !readable(stream->fd) || take(stream) != STREAM_DONE)
            return false;
        if (i > MORE && !is_at_once(stream))
            return true;
    }
    return false;
}

int main(void)
{
    struct address address;
    struct stream stream;
    struct err err = {0};
    int fd = listener(&address);
    ok(fd >= 0 && stream_open(&stream, &address, NULL, &err), "a connection to ourselves");
    int peer = accept(fd, NULL, NULL);
    ok(peer >= 0 && stream_connect(&stream, &err) == STREAM_DONE, "is made");
    ok(converse(&stream, peer), "after many questions the system acknowledges late");
    ok(ask(&stream) && serve(peer) && readable(stream.fd) && take(&stream) == STREAM_DONE,
       "a first part of an answer");
    is_int(take(&stream), STREAM_WANT_READ, "there is no more yet");
    ok(is_at_once(&stream), "... and what came is acknowledged, so that more can come");
    while (stream.hurried > 0 && take(&stream) == STREAM_WANT_READ)
        continue;
    setsockopt(stream.fd, IPPROTO_TCP, TCP_QUICKACK, &(int){0}, sizeof(int));
    is_int(take(&stream), STREAM_WANT_READ, "a long answer is read");
    ok(!is_at_once(&stream), "... without that, call by call");
    stream_close(&stream);
    close(peer);
    close(fd);
    return tap_end();
}
