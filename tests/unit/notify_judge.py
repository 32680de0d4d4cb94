#!/usr/bin/python3
"""Requests that dnspython makes and signs, and what it says of the replies. TAP.

notify_judge.py TEST_NOTIFY    the environment variable SEED chooses the requests

Each request is drawn at random: opcode, EDNS, question, answer, key, time, length of the MAC. What
must become of it follows from what was drawn, in the order in which a request is to be judged.
"""
import os
import random
import struct
import subprocess
import sys

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig

COUNT = 3000
NOW = 1700000000
ZONES = ["example.", "Example.COM.", ".", "xn--bcher-kva.example.", "a." * 127, "_a\\.b.\\000\\255.x.",
         "%s.%s.%s.%s." % ("a" * 63, "B" * 63, "c" * 63, "d" * 61)]
NAMES = ["k.", "Xfr-Key.Example.", "a-key-of-the-zone.example.com.", "%s.%s." % ("k" * 63, "l" * 63)]
ALGORITHMS = {name: size for name, size in dns.tsig.mac_sizes.items() if name != dns.tsig.GSS_TSIG}
OUTPUTS = {"hmac-sha256-128.": 32, "hmac-sha384-192.": 48, "hmac-sha512-256.": 64}
BADSIG, BADKEY, BADTIME, BADTRUNC = 16, 17, 18, 22
SLUGS = {BADSIG: "tsig-mac", BADKEY: "tsig-key", BADTIME: "tsig-time", BADTRUNC: "tsig-short"}


def least(algorithm):
    """The shortest MAC that is not malformed."""
    output = OUTPUTS.get(algorithm.to_text().lower(), ALGORITHMS[algorithm])
    return max(10, output // 2)


class Case:
    """A request: what it shall be, its octets, what must come of it."""

    def __init__(self, r):
        self.opcode = r.choice([4] * 12 + [0, 0, 1, 2])
        self.version = r.choice([None] * 4 + [0] * 4 + [1])
        self.zone = dns.name.from_text(r.choice(ZONES))
        self.type = r.choice(["SOA"] * 9 + ["A", "CDS"])
        self.rdclass = r.choice(["IN"] * 7 + ["CH"])
        self.questions = r.choice([1] * 14 + [0, 2])
        self.serial = r.choice([None, None, 0, 1, r.getrandbits(32), 2**32 - 1])
        self.answer = r.choice(["one"] * 4 + ["two", "other owner", "more"]) if self.serial is not None else None
        self.flags = r.choice([0x0400] * 4 + [0, 0x0100, 0x0600])
        self.ring, self.key, self.now = [], None, NOW
        self.judged = r.choice([0, 0, 0, 5, 9])
        if r.random() < 0.8:
            self.draw_key(r)
        self.make(r)

    def draw_key(self, r):
        algorithm = r.choice(list(ALGORITHMS))
        secret = r.randbytes(r.choice([1, 16, 32, 63, 64, 65, 128, 129, 600]))
        self.key = dns.tsig.Key(r.choice(NAMES), secret, algorithm)
        self.fudge = r.choice([300, 300, 1, 65535])
        self.now = NOW + r.choice([0] * 8 + [self.fudge, -self.fudge, self.fudge + 1, -self.fudge - 1])
        self.size = ALGORITHMS[algorithm]
        sizes = [self.size] * 6 + [least(algorithm), least(algorithm), least(algorithm) - 1, self.size + 1, 0]
        self.cut = r.choice(sizes)
        wanted = r.choice([self.size] * 3 + [least(algorithm)])
        right = (self.key, wanted)
        wrong = (dns.tsig.Key(self.key.name, secret + b"x", algorithm), self.size)
        other = r.choice([name for name in ALGORITHMS if name != algorithm])
        another = (dns.tsig.Key(self.key.name, secret, other), ALGORITHMS[other])
        stranger = (dns.tsig.Key("stranger.example.", secret, algorithm), self.size)
        self.ring = r.choice([[right]] * 8 + [[], [wrong], [another], [wrong, right], [right, wrong],
                                              [another, wrong, right], [another, wrong], [stranger]])
        r.shuffle(self.ring)
        self.lengths = [length for key, length in self.ring if key == self.key]

    def make(self, r):
        """The octets, and the MAC."""
        message = dns.message.Message(id=r.getrandbits(16))
        message.flags = self.flags
        message.set_opcode(self.opcode)
        question = dns.rrset.RRset(self.zone, dns.rdataclass.from_text(self.rdclass),
                                   dns.rdatatype.from_text(self.type))
        message.question = [question] * self.questions
        if self.answer is not None:
            self.add_answer(message)
        if self.version is not None:
            options = [dns.edns.GenericOption(3, b""), dns.edns.GenericOption(10, r.randbytes(8))]
            message.use_edns(self.version, 0, 4096, options=r.choice([[], options]))
        self.id, self.mac = message.id, b""
        self.octets = message.to_wire()
        if self.key is not None:
            self.sign(r, message)

    def add_answer(self, message):
        owner = dns.name.from_text("other.example.") if self.answer == "other owner" else self.zone
        soa = dns.rrset.from_text(owner, 300, self.rdclass, "SOA",
                                  f"ns.example. Admin.example. {self.serial} 3600 600 86400 300")
        message.answer = [soa] * (2 if self.answer == "two" else 1)
        if self.answer == "more":
            message.answer.append(dns.rrset.from_text(owner, 300, self.rdclass, "TXT", "more"))

    def sign(self, r, message):
        """Half of them as dnspython writes them, half with a MAC of another length."""
        record = message._make_tsig(self.key.name, self.key.algorithm, NOW, self.fudge, b"", self.id, 0, b"")
        signed, _ = dns.tsig.sign(self.octets, self.key, record[0], NOW)
        mac = (signed.mac + b"\0" * 70)[:self.cut]
        self.mac = mac
        rdata = signed.replace(mac=mac).to_wire()
        owner = dns.name.from_text(r.choice([str.upper, str.lower, str])(str(self.key.name))).to_wire()
        count = struct.unpack(">H", self.octets[10:12])[0] + 1
        self.octets = (self.octets[:10] + struct.pack(">H", count) + self.octets[12:] + owner +
                       struct.pack(">HHIH", 250, 255, 0, len(rdata)) + rdata)

    # What must come of it.

    def tsig_error(self):
        """The TSIG error, "FORMERR", or None if a key has verified it."""
        same = [key for key, _ in self.ring if key.name == self.key.name and key.algorithm == self.key.algorithm]
        if not same:
            return BADKEY
        if not least(self.key.algorithm) <= self.cut <= self.size:
            return "FORMERR"
        if self.key not in same:
            return BADSIG
        if abs(self.now - NOW) > self.fudge:
            return BADTIME
        return BADTRUNC if all(self.cut < length for length in self.lengths) else None

    def rcode(self):
        if self.opcode != 4:
            return 5 if self.opcode == 0 else 4
        if self.version == 1:
            return 16
        error = self.tsig_error() if self.key is not None else None
        if error is not None:
            return 1 if error == "FORMERR" else 9
        return 0 if self.questions == 1 and self.type == "SOA" else 1


def mac_of_reply(case, octets, tsig, start):
    """The MAC that the reply must have: that which dnspython would have put."""
    count = struct.unpack(">H", octets[10:12])[0] - 1
    covered = octets[:10] + struct.pack(">H", count) + octets[12:start]
    signed, _ = dns.tsig.sign(covered, case.key, tsig, tsig.time_signed, case.mac)
    return signed.mac


def read_reply(octets):
    """The message without its TSIG record, the record, where it begins."""
    validate = dns.tsig.validate
    seen = {}

    def look(wire, key, owner, rdata, now, request_mac, tsig_start, ctx=None, multi=False):
        seen.update(owner=owner, rdata=rdata, start=tsig_start)

    dns.tsig.validate = look
    try:
        message = dns.message.from_wire(octets, keyring=lambda m, name: dns.tsig.Key(name, b"x", dns.tsig.HMAC_SHA256))
    finally:
        dns.tsig.validate = validate
    return message, seen.get("rdata"), seen.get("start"), seen.get("owner")


def judge_signature(case, octets, tsig, start, owner):
    error = case.tsig_error()
    if error == "FORMERR":
        assert tsig is None, "a record in reply to a MAC that is malformed"
        return
    if error in (BADKEY, BADSIG):
        assert len(octets) <= len(case.octets), "longer than the request of somebody unknown"
    assert tsig is not None, "no record"
    assert owner == case.key.name and tsig.algorithm == case.key.algorithm, (owner, tsig.algorithm)
    assert tsig.error == (error or 0) and tsig.original_id == case.id, tsig
    if error == BADTIME:
        assert (tsig.time_signed, tsig.fudge) == (NOW, case.fudge), tsig
        assert tsig.other == struct.pack(">Q", case.now)[2:], tsig.other
    else:
        assert (tsig.time_signed, tsig.fudge, tsig.other) == (case.now, 300, b""), tsig
    if error in (BADKEY, BADSIG):
        assert tsig.mac == b"", "a MAC in reply to somebody unknown"
        return
    mac = mac_of_reply(case, octets, tsig, start)
    assert case.cut <= len(tsig.mac) and tsig.mac == mac[:len(tsig.mac)], "the MAC"
    wanted = [max(length, case.cut) for length in case.lengths]
    assert len(tsig.mac) in wanted, (len(tsig.mac), wanted)
    if error is None and len(tsig.mac) == case.size:  # as a whole: dnspython knows no shorter ones
        dns.tsig.validate(octets, case.key, owner, tsig, case.now, case.mac, start)


def judge(case, line):
    words = line.split(" ")
    rcode, slug, key, zone, rdclass, serial, octets = words
    rcode, octets = int(rcode), bytes.fromhex(octets)
    assert rcode == case.rcode(), f"RCODE {rcode}, not {case.rcode()}"
    error = case.tsig_error() if case.key is not None else None
    assert slug == ("tsig-form" if error == "FORMERR" else SLUGS.get(error, "-")), slug
    if case.key is not None and error is None:
        assert case.ring[int(key)][0] == case.key, key
    else:
        assert key == "-1", key
    if rcode == 0:
        assert dns.name.from_text(zone) == case.zone and zone == zone.lower(), zone
        assert int(rdclass) == dns.rdataclass.from_text(case.rdclass), rdclass
        hint = case.serial if case.answer in ("one", "more") else None
        assert serial == ("-" if hint is None else str(hint)), (serial, hint)

    message, tsig, start, owner = read_reply(octets)
    assert message.id == case.id and message.opcode() == case.opcode
    told = rcode or case.judged
    assert message.rcode() == told, message.rcode()
    flags = dns.flags.QR | (case.flags & dns.flags.RD) | (dns.flags.AA if told == 0 else 0)
    assert message.flags & 0x87f0 == flags, hex(message.flags)
    assert message.edns == (-1 if case.version is None else 0) and not message.options
    asked = [] if case.questions == 0 else [(case.zone, case.type, case.rdclass)]
    assert [(q.name, dns.rdatatype.to_text(q.rdtype), dns.rdataclass.to_text(q.rdclass))
            for q in message.question] == asked, message.question
    assert octets[12:12 + len(case.zone)] == case.octets[12:12 + len(case.zone)] or not asked
    assert not message.answer and not message.authority and not message.additional
    if case.key is None:
        assert tsig is None and len(octets) <= len(case.octets), "longer than an unsigned request"
    else:
        judge_signature(case, octets, tsig, start, owner)


def order(case):
    yield "keys"
    for key, length in case.ring:
        yield f"key {key.name} {key.algorithm} {length} {key.secret.hex()}"
    yield f"{case.now} {case.judged} {case.octets.hex()}"


def main():
    seed = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))
    r = random.Random(seed)
    print(f"# SEED={seed}")
    cases = [Case(r) for _ in range(COUNT)]
    text = "".join(line + "\n" for case in cases for line in order(case))
    done = subprocess.run([sys.argv[1], "--answer"], input=text, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines()
    failures, outcomes = 0, {}
    for number, (case, line) in enumerate(zip(cases, lines)):
        try:
            judge(case, line)
            error = case.tsig_error() if case.key is not None else "unsigned"
            outcomes[case.rcode(), error] = outcomes.get((case.rcode(), error), 0) + 1
        except (AssertionError, ValueError, dns.exception.DNSException) as problem:
            failures += 1
            if failures <= 5:
                print(f"# {number}: {type(problem).__name__} {problem}\n#   {case.octets.hex()}\n#   {line}")
    for outcome, count in sorted(outcomes.items(), key=str):
        print(f"# RCODE {outcome[0]}, signature {outcome[1]}: {count}")
    tests = [(done.returncode == 0 and len(lines) == COUNT, f"{len(lines)} of {COUNT} requests are answered"),
             (failures == 0, f"dnspython finds {failures} replies that are wrong"),
             (len(outcomes) >= 25, f"{len(outcomes)} different outcomes were seen")]
    for number, (good, what) in enumerate(tests, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
    print(f"1..{len(tests)}")
    return 0 if all(good for good, _ in tests) else 1


sys.exit(main())
