#include "drain.h"

#include "bytes.h"
#include "listener.h"
#include "name.h"
#include "sender.h"
#include "tool.h"
#include "type.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A framed query for AXFR; returns its octets. */
static size_t make_query(uint8_t message[2 + WIRE_HEADER + 256 + 4], const char *zone)
{
    uint8_t name[256];
    size_t span;

    if (!name_parse(name, zone, strlen(zone), (const uint8_t *)"")) {
        tool_die("%s: bad name", zone);
    }
    span = name_length(name);
    memset(message, 0, 2 + WIRE_HEADER);
    bytes_put16(message, (unsigned)(WIRE_HEADER + span + 4));
    bytes_put16(message + 2, 0x1234);
    message[2 + 5] = 1;
    memcpy(message + 2 + WIRE_HEADER, name, span);
    bytes_put16(message + 2 + WIRE_HEADER + span, TYPE_AXFR);
    bytes_put16(message + 2 + WIRE_HEADER + span + 2, CLASS_IN);
    return 2 + WIRE_HEADER + span + 4;
}

/* Our side is closed after the query, so the server's end of file is the end of the answer. */
int drain_read(const char *host, const char *port_text, const char *zone)
{
    static uint8_t nowhere[1 << 18];
    uint8_t message[2 + WIRE_HEADER + 256 + 4];
    struct sockaddr_storage address;
    socklen_t len;
    size_t total = 0, size;
    ssize_t n;
    long port;
    int fd;

    if (!tool_number(port_text, &port) || !listener_address(host, port, &address, &len)) {
        tool_die("%s %s: not an address of loopback and a port", host, port_text);
    }
    size = make_query(message, zone);
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, len)) {
        tool_die("%s port %ld: %s", host, port, strerror(errno));
    }
    sender_write_all(fd, message, size);
    shutdown(fd, SHUT_WR);
    while ((n = recv(fd, nowhere, sizeof nowhere, 0)) > 0) {
        total += (size_t)n;
    }
    printf("%zu\n", total);
    return n < 0;
}
