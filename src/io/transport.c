#include "io/transport.h"

#include "io/datagram.h"
#include "io/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

struct system {
    struct transport transport;
    int signal_fd;
};

struct system_link {
    struct link link;
    struct stream stream;
    struct datagram *datagram; /* in place of the stream, or NULL */
};

static enum link_fault fault_of(int number)
{
    switch (number) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ETIMEDOUT:
        return LINK_REMOTE;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return LINK_FULL;
    default:
        return LINK_LOCAL;
    }
}

static bool open_datagram(struct system_link *own, const struct link_options *options,
                          struct err *err)
{
    own->datagram = malloc(sizeof *own->datagram);
    if (own->datagram == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (datagram_open(own->datagram, options->address, options->bind, err))
        return true;
    int number = errno;
    free(own->datagram);
    errno = number;
    return false;
}

static struct link *system_open(struct transport *transport, const struct link_options *options,
                                enum link_fault *fault, struct err *err)
{
    struct system_link *made = calloc(1, sizeof *made);
    (void)transport;
    *fault = LINK_LOCAL;
    if (made == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    if (options->address->datagram
            ? !open_datagram(made, options, err)
            : !stream_open(&made->stream, options->address, options->bind, err)) {
        *fault = fault_of(errno);
        free(made);
        return NULL;
    }
    if (made->datagram != NULL) {
        made->link = (struct link){.fd = made->datagram->fd};
        return &made->link;
    }
    if (options->tls != NULL)
        stream_use_tls(&made->stream, options->tls, options->host);
    made->link = (struct link){.fd = made->stream.fd, .is_tls = options->tls != NULL};
    return &made->link;
}

static void system_close(struct transport *transport, struct link *link)
{
    struct system_link *own = (struct system_link *)link;
    (void)transport;
    if (own->datagram != NULL)
        datagram_close(own->datagram);
    else
        stream_close(&own->stream);
    free(own->datagram);
    free(own);
}

/* Updates the members of the link. */
static enum stream_event update_link(struct system_link *own, enum stream_event event)
{
    if (own->datagram != NULL)
        return event;
    own->link.connected = own->stream.connected;
    if (own->stream.tls != NULL) {
        own->link.received = tls_received(own->stream.tls);
        own->link.was_cut = tls_was_cut(own->stream.tls);
    }
    return event;
}

static void learn_local(struct link *link)
{
    struct address *local = &link->local;
    local->length = sizeof local->storage;
    if (getsockname(link->fd, (struct sockaddr *)&local->storage, &local->length) != 0)
        local->length = 0;
}

static enum stream_event system_connect(struct link *link, struct err *err)
{
    struct system_link *own = (struct system_link *)link;
    if (own->datagram != NULL) {
        learn_local(link);
        link->connected = true;
        return STREAM_DONE;
    }
    enum stream_event event = stream_connect(&own->stream, err);
    if (event == STREAM_DONE)
        learn_local(link);
    if (event == STREAM_DONE && own->stream.tls != NULL)
        link->tls = tls_facts(own->stream.tls);
    return update_link(own, event);
}

static enum stream_event system_read(struct link *link, uint8_t *to, size_t room, size_t *n,
                                     struct err *err)
{
    struct system_link *own = (struct system_link *)link;
    enum stream_event event = own->datagram != NULL ? datagram_read(own->datagram, to, room, n, err)
                                                    : stream_read(&own->stream, to, room, n, err);
    if (event == STREAM_DONE && own->stream.tls == NULL)
        link->received += *n;
    return update_link(own, event);
}

static enum stream_event system_write(struct link *link, const uint8_t *from, size_t length,
                                      size_t *n, struct err *err)
{
    struct system_link *own = (struct system_link *)link;
    if (own->datagram != NULL)
        return datagram_write(own->datagram, from, length, n, err);
    return update_link(own, stream_write(&own->stream, from, length, n, err));
}

static enum loop_event system_wait(struct transport *transport, struct pollfd *fds, size_t count,
                                   uint64_t deadline)
{
    const struct system *own = (const struct system *)transport;
    fds[count] = (struct pollfd){.fd = own->signal_fd, .events = POLLIN};
    return loop_wait_all(fds, count, deadline);
}

static uint64_t system_now(struct transport *transport)
{
    (void)transport;
    return loop_now();
}

static uint64_t system_wall(struct transport *transport)
{
    (void)transport;
    return loop_time_of_day() / 1000000;
}

static bool system_random(struct transport *transport, uint16_t *number)
{
    (void)transport;
    return getrandom(number, sizeof *number, 0) == (ssize_t)sizeof *number;
}

static void system_free(struct transport *transport)
{
    free(transport);
}

struct transport *transport_new(int signal_fd, struct err *err)
{
    struct system *made = calloc(1, sizeof *made);
    if (made == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    made->signal_fd = signal_fd;
    made->transport = (struct transport){
        .open = system_open,
        .close = system_close,
        .connect = system_connect,
        .read = system_read,
        .write = system_write,
        .wait = system_wait,
        .now = system_now,
        .wall = system_wall,
        .random = system_random,
        .free = system_free,
    };
    return &made->transport;
}
