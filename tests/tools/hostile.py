"""Writes a stream of DNS messages that makes a client work as hard as it can be made to.

    hostile.py KIND COUNT >FILE        for "primary --replay FILE"; the zone is example.com.

Kinds: owners (255 octets on records of 12), pointers (64 KiB messages of minimal records, each
owner one pointer to a long name), messages (one record each), chains (owners that follow as many
pointers as a message has room for), rdata (65535 octets less what the message needs), labels
(owners of as many labels as a name can have), changes (from serial 1 to 2: addresses of which each
has an owner of its own, of 120 labels, all but the first of them the same), hip (records of HIP
whose servers are pointers to a long name, which nobody may send). COUNT is the number of messages.
"""
import struct
import sys

APEX = b"\7example\3com\0"
AXFR, IXFR = 252, 251
QUESTION = APEX + struct.pack("!HH", AXFR, 1)
FIRST = 12 + len(QUESTION)  # where the records of a message begin
MOST = 65535


def soa(serial=1):
    numbers = struct.pack("!5I", serial, 7200, 3600, 1209600, 300)
    return record(b"\xc0\x0c", 6, b"\xc0\x0c\xc0\x0c" + numbers)


def record(owner, kind, rdata):
    return owner + struct.pack("!HHIH", kind, 1, 0, len(rdata)) + rdata


def message(records, kind=AXFR):
    body = b"".join(records)
    header = struct.pack("!HHHHHH", 0, 0x8400, 1, len(records), 0, 0)
    return header + APEX + struct.pack("!HH", kind, 1) + body


def long_owner(n):
    """Of 255 octets with the apex; escapes make its text longer still."""
    room = 255 - len(APEX)
    labels = b""
    while room > 1:
        size = min(63, room - 1)
        labels += bytes([size]) + (b"%08d" % n + b"\0" * 63)[:size]
        room -= size + 1
    return labels


def filled(first, each):
    """Records up to the longest message: `first`, then as many of `each` as there is room for."""
    count = (MOST - FIRST - sum(map(len, first))) // len(each)
    return first + [each] * count


def owners(n):
    # not compressed but for the apex, so each record is nearly all owner
    records, room = [], MOST - FIRST
    while True:
        one = record(long_owner(n * 1000 + len(records)) + b"\xc0\x0c", 65280, b"")
        if len(one) > room:
            return records
        room -= len(one)
        records.append(one)


def pointers(n):
    # RDATA is empty: 12 octets on the wire become a line of a thousand
    first = record(long_owner(n) + b"\xc0\x0c", 65280, b"")
    return filled([first], record(struct.pack("!H", 0xC000 | FIRST), 65280, b""))


def messages(n):
    return [record(b"\4%04x\xc0\x0c" % (n & 0xFFFF), 1, struct.pack("!I", n))]


def chains(n):
    # each owner is one label more and a pointer to the one before
    records, at, before = [], FIRST, 12
    while len(records) < 118:
        one = record(b"\1a" + struct.pack("!H", 0xC000 | before), 65280, b"")
        records.append(one)
        before, at = at, at + len(one)
    return filled(records, record(struct.pack("!H", 0xC000 | before), 65280, b""))


def rdata(n):
    return [record(b"\xc0\x0c", 65280, b"\xff" * (MOST - FIRST - 12))]


def labels(n):
    owner = b"\1\0" * ((255 - len(APEX)) // 2) + b"\xc0\x0c"
    first = record(owner, 65280, b"")
    return filled([first], record(struct.pack("!H", 0xC000 | FIRST), 65280, b""))


def changes(n):
    # in no order: the first labels of a message are spread over all there are
    def leaf(i):
        return b"\6%06x" % ((n * 4096 + i) * 7919 % 0x1000000)
    suffix = b"\1a" * 116 + b"\xc0\x0c"
    records = [record(leaf(0) + suffix, 1, struct.pack("!I", n))]
    pointer = struct.pack("!H", 0xC000 | FIRST + 7)
    room = MOST - FIRST - len(records[0])
    each = len(record(leaf(0) + pointer, 1, b"1234"))
    return records + [record(leaf(i) + pointer, 1, struct.pack("!I", n))
                      for i in range(1, room // each)]


def hip(n):
    # each server is 255 octets for two
    servers = struct.pack("!H", 0xC000 | FIRST) * 250
    return filled([record(long_owner(n) + b"\xc0\x0c", 65280, b"")],
                  record(b"\xc0\x0c", 55, b"\1\2\0\1ab" + servers))


def main():
    kind, count = globals()[sys.argv[1]], int(sys.argv[2])
    out = sys.stdout.buffer
    incremental = kind is changes

    def put(records):
        octets = message(records, IXFR if incremental else AXFR)
        out.write(struct.pack("!H", len(octets)) + octets)

    put([soa(2), soa(1), soa(2)] if incremental else [soa()])
    for n in range(count):
        put(kind(n))
    put([soa(2)] if incremental else [soa()])


main()
