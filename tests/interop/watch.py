#!/usr/bin/python3
"""When files come, and when NOTIFY goes over the loopback interface, for watch.bats.

    watch.py spy DIR PORT            a line for each file that is renamed to its name in DIR, "TIME file
                                     NAME", until it is killed; "ready" comes first. Where the system
                                     lets it, for each request and reply at PORT, too: "TIME notify ZONE
                                     udp|tcp plain|signed" and "TIME reply ZONE udp|tcp RCODE"
    watch.py figures CHANGES LINES   CHANGES has "BEGIN END ZONE SERIAL", the times of the command that
                                     changed ZONE; LINES is what spy printed. Prints median and worst
                                     time from the command's end, and from the first NOTIFY, to the file
    watch.py ask PORT ZONE SERIAL    sends NOTIFY, which tells that serial, and prints the RCODE
"""

import ctypes
import os
import select
import socket
import statistics
import struct
import sys
import time

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rrset

MOVED_TO = 0x80
ALL_PROTOCOLS = 3
OUTGOING = 4
RECEIVE_BUFFER_FORCED = 33
TIMESTAMPS = 35  # of nanoseconds


def tell(moment, *words):
    print(f"{moment:.6f}", *words, flush=True)


# ---- Files ---------------------------------------------------------------------------------------


def watch_folder(folder):
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init()
    if descriptor < 0 or libc.inotify_add_watch(descriptor, folder.encode(), MOVED_TO) < 0:
        sys.exit(f"{folder}: inotify: {os.strerror(ctypes.get_errno())}")
    return descriptor


def tell_files(descriptor):
    octets = os.read(descriptor, 65536)
    while octets:
        length = struct.unpack_from("=iIII", octets)[3]
        tell(time.time(), "file", octets[16:16 + length].rstrip(b"\0").decode().removesuffix(".zone"))
        octets = octets[16 + length:]


# ---- Messages ------------------------------------------------------------------------------------


def watch_loopback():
    try:
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        packets.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        packets.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCED, 1 << 25)
        packets.bind(("lo", ALL_PROTOCOLS))
    except OSError:
        return None
    return packets


def payload(packet):
    """The protocol's name, both ports, and what they carry."""
    header, protocol = (40, packet[6]) if packet[0] >> 4 == 6 else ((packet[0] & 15) * 4, packet[9])
    if protocol not in (6, 17) or len(packet) < header + 8:
        return None
    ports = struct.unpack_from(">HH", packet, header)
    if protocol == 17:
        return "udp", ports, packet[header + 8:]
    return "tcp", ports, packet[header + (packet[header + 12] >> 4) * 4:]


def tell_message(packet, port, moment):
    found = payload(packet)
    if found is None or port not in found[1] or not found[2]:
        return
    protocol, ports, octets = found
    if protocol == "tcp" and len(octets) > 2 and struct.unpack(">H", octets[:2])[0] == len(octets) - 2:
        octets = octets[2:]
    try:
        message = dns.message.from_wire(octets, question_only=True)
    except (dns.exception.DNSException, ValueError):
        return
    if message.opcode() != dns.opcode.NOTIFY or not message.question:
        return
    zone = message.question[0].name.to_text(omit_final_dot=True)
    if ports[0] == port:
        tell(moment, "reply", zone, protocol, dns.rcode.to_text(message.rcode()))
    else:
        tell(moment, "notify", zone, protocol, "signed" if is_signed(octets) else "plain")


def is_signed(octets):
    try:
        dns.message.from_wire(octets)
    except dns.message.UnknownTSIGKey:
        return True
    return False


def spy(folder, port):
    files, packets = watch_folder(folder), watch_loopback()
    print("ready", flush=True)
    while True:
        sources = select.select([source for source in (files, packets) if source], [], [])[0]
        if files in sources:
            tell_files(files)
        if packets in sources:
            packet, (extra, *_), _, address = packets.recvmsg(65536, 64)
            if address[2] == OUTGOING:
                seconds, nanoseconds = struct.unpack("=qq", extra[2][:16])
                tell_message(packet, int(port), seconds + nanoseconds / 1e9)


# ---- Figures -------------------------------------------------------------------------------------


def first(lines, kind, zone, since):
    times = [float(line[0]) for line in lines if line[1:3] == [kind, zone] and float(line[0]) >= since]
    return times[0] if times else None


def middle_and_worst(spans):
    spans = [max(span, 0) * 1000 for span in spans]
    return f"median {statistics.median(spans):.1f} ms, worst {max(spans):.1f} ms"


def figures(changes, spied):
    with open(spied, encoding="ascii") as file:
        lines = [line.split() for line in file if not line.startswith("ready")]
    since_end, since_notify, in_command = [], [], []
    with open(changes, encoding="ascii") as file:
        for begin, end, zone, _ in map(str.split, file):
            arrival, told = (first(lines, kind, zone, float(begin)) for kind in ("file", "notify"))
            if arrival is None:
                sys.exit(f"{zone}: no new file")
            since_end.append(arrival - float(end))
            in_command.append(float(end) - float(begin))
            if told is not None:
                since_notify.append(arrival - told)
    print(f"{len(since_end)} changes; the command took {statistics.median(in_command) * 1000:.1f} ms; "
          f"from its end to the new file {middle_and_worst(since_end)}"
          + ("; from NOTIFY " + middle_and_worst(since_notify) if since_notify else ""))


def ask(port, zone, serial):
    request = dns.message.make_query(zone, "SOA")
    request.set_opcode(dns.opcode.NOTIFY)
    request.flags = dns.opcode.to_flags(dns.opcode.NOTIFY) | dns.flags.AA
    request.answer.append(dns.rrset.from_text(zone + ".", 0, "IN", "SOA", f". . {serial} 1 1 1 1"))
    print(dns.rcode.to_text(dns.query.udp(request, "127.0.0.1", 10, int(port)).rcode()))


COMMANDS = {command.__name__: command for command in (spy, figures, ask)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    try:
        COMMANDS[sys.argv[1]](*sys.argv[2:])
    except KeyboardInterrupt:
        pass
