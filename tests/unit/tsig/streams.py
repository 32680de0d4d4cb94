#!/usr/bin/python3
"""Writes signed transfers for test_exchange.c, made and checked by dnspython.

usage: streams.py >streams.txt

A line is a word and hexadecimal digits. "stream NAME" begins one; "query" is the query with which
its first answer is chained, "signed" or "unsigned" a message that answers it. The key is
xfr-key.example. with the secret 00 01 .. 1f, the time 1700000000 for all.
"""
import struct
import time

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import dns.tsig

NOW = 1700000000
ID = 0x1234
NAME = dns.name.from_text("xfr-key.example.")
SECRET = bytes(range(32))
ZONE = "example."
SOA = "ns.example. admin.example. 1 3600 600 86400 300"


def records(*lines):
    return [dns.rrset.from_text(owner, 300, "IN", rdtype, text) for owner, rdtype, text in lines]


FIRST = records((ZONE, "SOA", SOA), (ZONE, "NS", "ns.example."))
MIDDLE = records(("ns.example.", "A", "192.0.2.1"), ("www.example.", "TXT", '"a" "b c"'))
LAST = records(("zz.example.", "MX", "10 ns.example."), (ZONE, "SOA", SOA))


def filler(number):
    return records((f"n{number}.example.", "A", "192.0.2.7"))


def answer(answers, question, kind="AXFR"):
    message = dns.message.Message(ID)
    message.flags = dns.flags.QR | dns.flags.AA
    if question:
        message.question = [dns.rrset.RRset(dns.name.from_text(ZONE), 1,
                                            dns.rdatatype.from_text(kind))]
    message.answer = answers
    return message


class Series:
    """A query and its answers, signed by dnspython as far as it can."""

    def __init__(self, name, algorithm=dns.tsig.HMAC_SHA256, kind="AXFR", length=None):
        print("stream", name)
        self.kind = kind
        self.key = dns.tsig.Key(NAME, SECRET, algorithm)
        query = dns.message.Message(ID)
        query.flags = 0
        query.question = [dns.rrset.RRset(dns.name.from_text(ZONE), 1,
                                          dns.rdatatype.from_text(kind))]
        if kind == "IXFR":  # what the client has (RFC 1995 section 3)
            query.authority = [dns.rrset.from_text(ZONE, 0, "IN", "SOA", ". . 0 0 0 0 0")]
        self.context, self.first = None, True
        self.wires = []
        wire = self.sign(query.to_wire(), b"", alone=True, length=length)
        self.first = True
        self.query_mac = self.mac
        print("query", wire.hex())

    def sign(self, wire, request_mac, alone=False, now=NOW, length=None, compress=False,
             upper=False):
        """The message with a record of dnspython's MAC, of which `length` octets are sent."""
        algorithm = self.key.algorithm
        rdata = dns.message.Message._make_tsig(self.key.name, algorithm, now, 300, b"", ID, 0,
                                               b"")[0]
        rdata, _ = dns.tsig.sign(wire, self.key, rdata, now, request_mac,
                                 None if alone or self.first else self.context, not alone)
        mac = rdata.mac[:length]
        self.first = False
        self.mac = mac
        self.context = dns.tsig._maybe_start_digest(self.key, mac, True)
        owner, names = self.key.name.to_wire(), algorithm.to_wire()
        if upper:
            owner, names = owner.upper(), names.upper()
        if compress:  # "example." is in the question, behind the header
            assert wire[12:21] == dns.name.from_text(ZONE).to_wire()
            owner = b"\7xfr-key\xc0\x0c"
        body = names + struct.pack(">HIHH", 0, now, 300, len(mac)) + mac + struct.pack(
            ">HHH", ID, 0, 0)
        record = owner + struct.pack(">HHIH", 250, 255, 0, len(body)) + body
        return wire[:10] + struct.pack(">H", wire[11] + 1) + wire[12:] + record

    def put(self, answers, signed=True, question=None, ident=ID, rcode=0, **options):
        wire = answer(answers, not self.wires if question is None else question,
                      self.kind).to_wire()
        wire = struct.pack(">H", ident) + wire[2:3] + bytes([wire[3] | rcode]) + wire[4:]
        if signed:
            wire = self.sign(wire, self.mac if self.first else b"", **options)
        else:
            self.context.update(wire)
        self.wires.append(wire)
        print("signed" if signed else "unsigned", wire.hex())

    def check(self):
        """dnspython's own reader takes what was made, and nothing else."""
        assert self.is_good(self.wires)
        for number in range(len(self.wires)):
            wires = list(self.wires)
            at = wires[number].index(b"\7example") + 1
            wires[number] = wires[number][:at] + b"E" + wires[number][at + 1:]
            assert not self.is_good(wires)

    def is_good(self, wires):
        context = None
        try:
            for wire in wires:
                message = dns.message.from_wire(wire, keyring=self.key, xfr=True, multi=True,
                                                request_mac=self.query_mac, tsig_ctx=context,
                                                one_rr_per_rrset=True)
                context = message.tsig_ctx
        except dns.tsig.BadSignature:
            return False
        return message.had_tsig


def whole(name, *plan, **options):
    """A transfer; plan: for each message its records and whether it is signed."""
    series = Series(name, **options)
    for answers, signed in plan:
        series.put(answers, signed)
    return series


def checked():
    made = [whole("three", (FIRST, True), (MIDDLE, True), (LAST, True)),
            whole("unsigned-middle", (FIRST, True), (MIDDLE, False), (LAST, True)),
            whole("one", (FIRST + MIDDLE + LAST[1:], True)),
            whole("again", (FIRST, True), (MIDDLE, False), (filler(0), True), (filler(1), False),
                  (filler(2), False), (LAST, True)),
            whole("run-99", (FIRST, True), *[(filler(n), False) for n in range(99)], (LAST, True)),
            whole("ixfr-unsigned-soa", (FIRST, True), (LAST, False), (filler(1), True),
                  kind="IXFR")]
    for algorithm in ("HMAC_MD5", "HMAC_SHA1", "HMAC_SHA224", "HMAC_SHA256", "HMAC_SHA256_128",
                      "HMAC_SHA384", "HMAC_SHA384_192", "HMAC_SHA512", "HMAC_SHA512_256"):
        made.append(whole(algorithm.lower().replace("_", "-"), (FIRST, True), (MIDDLE, False),
                          (LAST, True), algorithm=getattr(dns.tsig, algorithm)))
    for name, options in (("upper-case", {"upper": True}), ("compressed", {"compress": True})):
        series = Series(name)
        for answers in (FIRST, MIDDLE, LAST):
            series.put(answers, question=True, **options)
        made.append(series)
    for series in made:
        series.check()


def not_checked():
    """What dnspython signs but does not read: it knows no truncation and takes any run."""
    whole("run-100", (FIRST, True), *[(filler(n), False) for n in range(100)], (LAST, True))
    for length in range(1, 33):
        series = Series(f"truncated-{length}")
        for answers in (FIRST, MIDDLE, LAST):
            series.put(answers, length=length)
    for length in range(16, 33, 2):  # to a query with 16 octets of its MAC
        series = Series(f"short-{length}", length=16)
        for answers in (FIRST, MIDDLE, LAST):
            series.put(answers, length=length)
    for name, signed, options in (("held-id", False, {"ident": ID ^ 1}),
                                  ("held-rcode", False, {"rcode": 2}),
                                  ("signed-rcode", True, {"rcode": 2})):
        series = Series(name)
        series.put(FIRST)
        series.put(MIDDLE, signed, **options)
        series.put(LAST)
    series = Series("late")
    series.put(FIRST)
    series.put(MIDDLE, now=NOW + 301)
    series.put(LAST)


time.time = lambda: NOW  # by which dnspython judges
checked()
not_checked()
