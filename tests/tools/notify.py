#!/usr/bin/python3
"""A sender of NOTIFY (RFC 1996), by dnspython: as servers send it, and as nobody should.

notify.py [OPTION...] ADDRESS PORT [ZONE]     prints a line for each reply:

  RCODE [FLAG...] unsigned|signed|unverified [tsig ERROR]

FLAG is aa, tc, rd, ra, ad or cd. "silence": nothing came in time. What a reply must be in any case,
such as ID, opcode, question and the address from which it comes, is judged here: status 1.
"""
import argparse
import os
import socket
import struct
import sys
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--source", metavar="ADDRESS")
    parser.add_argument("--key", metavar="ALG:NAME:SECRET", help="sign with it")
    parser.add_argument("--secret", metavar="SECRET", help="... but with this secret")
    parser.add_argument("--ahead", type=int, default=0, metavar="SECONDS", help="our clock is that far ahead")
    parser.add_argument("--serial", type=int, help="the serial of the hint")
    parser.add_argument("--type", default="SOA")
    parser.add_argument("--class", dest="rdclass", default="IN")
    parser.add_argument("--opcode", default="NOTIFY")
    parser.add_argument("--questions", type=int, default=1)
    parser.add_argument("--edns", type=int, metavar="VERSION")
    parser.add_argument("--response", action="store_true", help="QR is set")
    parser.add_argument("--cut", type=int, metavar="OCTETS", help="no more than the first ones of it")
    parser.add_argument("--rubbish", type=int, metavar="OCTETS", help="random octets in place of it")
    parser.add_argument("--wait", type=float, default=5, metavar="SECONDS", help="for a reply")
    parser.add_argument("--count", type=int, default=1, help="so many, one after another")
    parser.add_argument("--blind", action="store_true", help="wait for no reply")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("zone", nargs="?", default="example.com")
    return parser.parse_args()


def key_of(words, secret=None):
    algorithm, name, own = words.split(":")
    return dns.tsig.Key(name, secret or own, algorithm)


def request(o):
    zone = dns.name.from_text(o.zone)
    message = dns.message.Message()
    message.set_opcode(dns.opcode.from_text(o.opcode))
    message.flags |= dns.flags.AA | (dns.flags.QR if o.response else 0)
    rdclass = dns.rdataclass.from_text(o.rdclass)
    message.question = [dns.rrset.RRset(zone, rdclass, dns.rdatatype.from_text(o.type))] * o.questions
    if o.serial is not None:
        message.answer = [dns.rrset.from_text(zone, 300, rdclass, "SOA", f". . {o.serial} 3600 600 86400 300")]
    if o.edns is not None:
        message.use_edns(o.edns, 0, 1232)
    if o.key:
        message.use_tsig(key_of(o.key, o.secret))
        real = time.time
        time.time = lambda: real() + o.ahead
        octets = message.to_wire()
        time.time = real
    else:
        octets = message.to_wire()
    if o.rubbish is not None:
        octets = os.urandom(o.rubbish)
    return message, octets if o.cut is None else octets[:o.cut]


def open_socket(o):
    family = socket.AF_INET6 if ":" in o.address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM if o.tcp else socket.SOCK_DGRAM)
    s.settimeout(o.wait)
    if o.source:
        s.bind((o.source, 0))
    if o.tcp:
        s.connect((o.address, o.port))
    return s


def receive_exactly(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def exchange(o, s, octets):
    """The reply, or None."""
    try:
        if o.tcp:
            s.sendall(struct.pack(">H", len(octets)) + octets)
            if o.blind:
                return None
            size = receive_exactly(s, 2)
            return size and receive_exactly(s, struct.unpack(">H", size)[0])
        s.sendto(octets, (o.address, o.port))
        if o.blind:
            return None
        data, sender = s.recvfrom(65535)
        assert sender[:2] == (o.address, o.port), f"the reply comes from {sender}"
        return data
    except (TimeoutError, socket.timeout, ConnectionError):
        return None


def signature(o, sent, octets):
    """What is to be said of the reply's signature, and the message without its judgement."""
    key, seen = key_of(o.key) if o.key else None, {}
    validate = dns.tsig.validate

    def look(wire, key, owner, rdata, *rest, **more):
        seen["error"] = rdata.error
        seen["mac"] = rdata.mac

    dns.tsig.validate = look
    try:
        message = dns.message.from_wire(octets, keyring=lambda m, name: key or dns.tsig.Key(name, b"x"))
    finally:
        dns.tsig.validate = validate
    if not seen:
        return message, "unsigned"
    error = " tsig " + dns.rcode.to_text(seen["error"], True) if seen["error"] else ""
    if not seen["mac"]:
        return message, "unsigned" + error
    try:
        dns.message.from_wire(octets, keyring=key, request_mac=sent.mac)
    except dns.tsig.PeerError:
        pass  # which comes after the MAC was verified
    except dns.exception.DNSException as problem:
        return message, f"unverified ({type(problem).__name__})" + error
    return message, "signed" + error


def line_of(o, sent, octets):
    message, words = signature(o, sent, octets)
    assert message.id == sent.id or o.rubbish is not None, "another ID"
    assert message.flags & dns.flags.QR, "it is no response"
    if o.rubbish is None:
        assert message.opcode() == sent.opcode(), message.opcode()
        asked = [(q.name, q.rdclass, q.rdtype) for q in sent.question][:1]
        got = [(q.name, q.rdclass, q.rdtype) for q in message.question]
        assert got in (asked, []), got
        assert got == asked or message.rcode() != 0, "the question is not in the reply"
    assert not message.answer and not message.authority and not message.additional, message
    assert len(octets) <= 512, len(octets)
    flags = [name.lower() for name in ("AA", "TC", "RD", "RA", "AD", "CD") if message.flags & dns.flags.Flag[name]]
    return " ".join([dns.rcode.to_text(message.rcode()), *flags, words])


def main():
    o = options()
    s = open_socket(o)
    for _ in range(o.count):
        sent, octets = request(o)
        reply = exchange(o, s, octets)
        if not o.blind:
            print(line_of(o, sent, reply) if reply else "silence")
    s.close()


try:
    main()
except AssertionError as wrong:
    print("wrong:", wrong)
    sys.exit(1)
