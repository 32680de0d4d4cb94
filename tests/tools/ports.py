#!/usr/bin/python3
"""A port of loopback at which a server of a test can listen, over UDP and TCP.

    ports.py        prints one

tests/suite has a range of them for each file of tests, so that no other test, and nobody's client, gets the port of
a server that is down for a while or is about to start. The file TEST_PORTS says "NEXT FIRST LAST"; a port
comes again only after all others. tools/primary, tools/manyzones and tools/tlsfront take theirs there, too. Without such a
file it is any that is free.
"""
import fcntl
import os
import random
import socket

# Below those that the system gives to clients.
FIRST, END, SIZE = 12000, 32000, 500


def reserve(path):
    """Begins the file. Whoever has the socket that comes back has the range."""
    lowest = list(range(FIRST, END, SIZE))
    random.shuffle(lowest)
    for port in lowest:
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        with open(path, "w", encoding="ascii") as file:
            file.write("%d %d %d\n" % (port + 1, port + 1, port + SIZE - 1))
        return held
    return None


def candidate():
    path = os.environ.get("TEST_PORTS")
    if not path:
        return random.randrange(FIRST, END)
    with open(path, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        port, first, last = map(int, file.read().split())
        file.seek(0)
        file.write("%d %d %d\n" % (port + 1 if port < last else first, first, last))
    return port


def is_free(port, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            with socket.socket(family, kind) as one:
                one.bind((address, port))
    except OSError:
        return False
    return True


def take(*addresses):
    """One that is free at all of these."""
    for _ in range(SIZE):
        port = candidate()
        if all(is_free(port, address) for address in addresses):
            return port
    raise OSError("no port is free")


if __name__ == "__main__":
    print(take("0.0.0.0", "::1"))
