#!/usr/bin/python3
"""Zones as wire data, for the interoperability tests.

Every reader below yields records as (owner, ttl, type, rdata): the owner is a dns.name.Name that
keeps its case, the RDATA uncompressed octets. Text is never compared with text, because every
tool has its own way to write the same record.

The transfer client is written out here instead of using dns.query, because dnspython refuses
types that it knows when their content does not please it; here RDATA stays octets, and only the
names that senders may compress are expanded.
"""

import argparse
import os
import re
import socket
import struct
import sys
import time

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zone

import installed

# name: (code, names in the RDATA). In the second field a digit skips that many octets, "s" is a
# character-string, "n" a name; what follows the last name is copied. Types without an entry
# here, or with an empty layout, are copied whole.
TYPES = {
    "A": (1, ""), "NS": (2, "n"), "MD": (3, "n"), "MF": (4, "n"), "CNAME": (5, "n"),
    "SOA": (6, "nn"), "MB": (7, "n"), "MG": (8, "n"), "MR": (9, "n"), "NULL": (10, ""),
    "WKS": (11, ""), "PTR": (12, "n"), "HINFO": (13, ""), "MINFO": (14, "nn"), "MX": (15, "2n"),
    "TXT": (16, ""), "RP": (17, "nn"), "AFSDB": (18, "2n"), "X25": (19, ""), "ISDN": (20, ""),
    "RT": (21, "2n"), "NSAP": (22, ""), "NSAP-PTR": (23, "n"), "SIG": (24, "99n"),
    "KEY": (25, ""), "PX": (26, "2nn"), "GPOS": (27, ""), "AAAA": (28, ""), "LOC": (29, ""),
    "NXT": (30, "n"), "EID": (31, ""), "NIMLOC": (32, ""), "SRV": (33, "6n"), "ATMA": (34, ""),
    "NAPTR": (35, "4sssn"), "KX": (36, "2n"), "CERT": (37, ""), "A6": (38, ""),
    "DNAME": (39, "n"), "SINK": (40, ""), "APL": (42, ""), "DS": (43, ""), "SSHFP": (44, ""),
    "IPSECKEY": (45, ""), "RRSIG": (46, "99n"), "NSEC": (47, "n"), "DNSKEY": (48, ""),
    "DHCID": (49, ""), "NSEC3": (50, ""), "NSEC3PARAM": (51, ""), "TLSA": (52, ""),
    "SMIMEA": (53, ""), "HIP": (55, ""), "NINFO": (56, ""), "RKEY": (57, ""),
    "TALINK": (58, "nn"), "CDS": (59, ""), "CDNSKEY": (60, ""), "OPENPGPKEY": (61, ""),
    "CSYNC": (62, ""), "ZONEMD": (63, ""), "SVCB": (64, "2n"), "HTTPS": (65, "2n"),
    "DSYNC": (66, "5n"), "HHIT": (67, ""), "BRID": (68, ""), "SPF": (99, ""),
    "UINFO": (100, ""), "UID": (101, ""), "GID": (102, ""), "UNSPEC": (103, ""),
    "NID": (104, ""), "L32": (105, ""), "L64": (106, ""), "LP": (107, "2n"), "EUI48": (108, ""),
    "EUI64": (109, ""), "URI": (256, ""), "CAA": (257, ""), "AVC": (258, ""), "DOA": (259, ""),
    "AMTRELAY": (260, ""), "RESINFO": (261, ""), "WALLET": (262, ""), "CLA": (263, ""),
    "IPN": (264, ""), "TA": (32768, ""), "DLV": (32769, ""),
    "WINS": (65281, ""), "WINSR": (65282, "66n"), "ALIAS": (65401, "n"), "LUA": (65402, ""),
}
LAYOUT = {code: layout for code, layout in TYPES.values()}
MNEMONIC = {code: name for name, (code, _) in TYPES.items()}
SOA, OPT = 6, 41


class Trouble(Exception):
    """Something to be told to whoever runs the test, without a traceback."""


def type_code(text):
    """The number of a type given as a mnemonic or as TYPEn."""
    text = text.upper()
    if text in TYPES:
        return TYPES[text][0]
    if text.startswith("TYPE") and text[4:].isdigit():
        return int(text[4:])
    raise Trouble(f"no such type: {text}")


def type_text(code):
    return MNEMONIC.get(code, f"TYPE{code}")


# ---- names and RDATA ------------------------------------------------------------------------


def read_name(message, position):
    """Labels of a possibly compressed name, and where it ends at its first place."""
    labels, end, jumps = [], None, 0
    while True:
        length = message[position]
        if length >= 0xC0:
            if end is None:
                end = position + 2
            target = (length & 0x3F) << 8 | message[position + 1]
            jumps += 1
            if target >= position or jumps > 127:
                raise Trouble("compression pointer does not go back")
            position = target
        elif length >= 0x40:
            raise Trouble("bad label type")
        else:
            labels.append(message[position + 1:position + 1 + length])
            position += 1 + length
            if length == 0:
                return labels, end if end is not None else position


def name_wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels)


def expand(message, start, end, code, change=lambda labels: labels):
    """RDATA with its names uncompressed, each passed through change."""
    out, position = bytearray(), start
    for step in LAYOUT.get(code, ""):
        if step == "n":
            labels, position = read_name(message, position)
            out += name_wire(change(labels))
            continue
        size = 1 + message[position] if step == "s" else int(step)
        out += message[position:position + size]
        position += size
    if position > end:
        raise Trouble(f"RDATA of {type_text(code)} is too short")
    return bytes(out + message[position:end])


def lower(labels):
    return [label.lower() for label in labels]


def fold(record):
    """The record as a server keeps it that does not preserve the case of names."""
    owner, ttl, code, rdata = record
    return (dns.name.Name(lower(owner.labels)), ttl, code,
            expand(rdata, 0, len(rdata), code, lower))


def line(record):
    owner, ttl, code, rdata = record
    return f"{owner}\t{ttl}\t{type_text(code)}\t{rdata.hex()}"


# ---- what a server sends --------------------------------------------------------------------


def query(zone, code):
    return (struct.pack(">HHHHHH", 0x5A58, 0, 1, 0, 0, 0)
            + name_wire(zone.labels) + struct.pack(">HH", code, 1))


def receive(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise Trouble("the connection ended early")
        data += part
    return data


def answers(message):
    """RCODE, AA and the answer records of a message."""
    _, flags, questions, count, _, _ = struct.unpack(">HHHHHH", message[:12])
    position, records = 12, []
    for _ in range(questions):
        position = read_name(message, position)[1] + 4
    for _ in range(count):
        labels, position = read_name(message, position)
        code, _, ttl, size = struct.unpack(">HHIH", message[position:position + 10])
        position += 10
        records.append((dns.name.Name(labels), ttl, code,
                        expand(message, position, position + size, code)))
        position += size
    return flags & 15, bool(flags & 0x400), records


def ask(port, zone, code, timeout=20):
    """Messages of an answer over TCP, for as long as the caller takes them."""
    with socket.create_connection(("127.0.0.1", port), timeout) as sock:
        request = query(zone, code)
        sock.sendall(struct.pack(">H", len(request)) + request)
        while True:
            yield receive(sock, struct.unpack(">H", receive(sock, 2))[0])


def transfer(port, zone, messages=None):
    """Every record of the zone, the SOA once and first; with a list, it gets the message count."""
    first, records, count, empty = None, [], 0, 0
    for message in ask(port, zone, 252):
        rcode, _, part = answers(message)
        count += 1
        if rcode:
            raise Trouble(f"transfer of {zone}: RCODE {rcode}")
        # NSD sends them for ever when it comes to a record that does not fit.
        empty = 0 if part else empty + 1
        if empty > 100:
            raise Trouble(f"transfer of {zone}: one empty message after the other")
        for record in part:
            if first is None:
                if record[2] != SOA:
                    raise Trouble("the transfer does not begin with a SOA")
                first = record
            elif record[2] == SOA and record[0] == first[0]:
                if messages is not None:
                    messages.append(count)
                return records
            records.append(record)
    return records


def wait(port, zones, pid, patience):
    """Return when the server answers with authority for every zone."""
    end, todo, why = time.monotonic() + patience, list(zones), "no answer"
    while todo:
        try:
            rcode, authority, part = answers(next(ask(port, todo[0], SOA, 2)))
            if rcode == 0 and authority and part:
                todo.pop(0)
                continue
            why = f"RCODE {rcode}, {len(part)} answers"
        except (OSError, Trouble) as error:
            why = str(error)
        if pid and not os.path.exists(f"/proc/{pid}"):
            raise Trouble("the server ended")
        if time.monotonic() > end:
            raise Trouble(f"{todo[0]} on port {port}: {why} after {patience} s")
        time.sleep(0.05)


# ---- what a file holds ----------------------------------------------------------------------


def from_dump(path):
    """A file with one absolute record a line, as zxfr writes it by default.

    The generic form is taken as octets here, all else goes through dnspython; so this reader
    takes more than dnspython's own one does.
    """
    records = []
    for text in open(path, encoding="latin-1"):
        if text[0] in ";\n" or re.match(r"\$(ORIGIN|TTL)\s", text):
            continue
        owner, ttl, rdclass, code, rdata = text.rstrip("\n").split("\t", 4)
        if rdclass != "IN":
            raise Trouble(f"class {rdclass} in: {text[:80]}")
        owner, number = dns.name.from_text(owner, None), type_code(code)
        if not owner.is_absolute():
            raise Trouble(f"relative owner in: {text[:80]}")
        if rdata.startswith("\\#"):
            size, _, words = rdata[3:].partition(" ")
            data = bytes.fromhex(words)
            if len(data) != int(size):
                raise Trouble(f"length of generic RDATA in: {text[:80]}")
        else:
            try:
                data = dns.rdata.from_text(1, number, rdata, None, False).to_wire()
            except dns.exception.DNSException as error:
                raise Trouble(f"{error} in: {text[:80]}") from error
        records.append((owner, int(ttl), number, data))
    return records


def from_dnspython(path, origin):
    """What dnspython's own zone reader makes of a master file."""
    try:
        zone = dns.zone.from_file(path, origin, relativize=False, check_origin=False)
    except (dns.exception.DNSException, ValueError, KeyError, AssertionError) as error:
        raise Trouble(f"dnspython: {type(error).__name__}: {error}") from error
    return [(name, ttl, int(rdata.rdtype), rdata.to_wire())
            for name, ttl, rdata in zone.iterate_rdatas()]


def from_raw(path):
    """BIND's raw zone format, version 1."""
    data = open(path, "rb").read()
    kind, version = struct.unpack(">II", data[:8])
    if (kind, version) != (2, 1):
        raise Trouble(f"{path}: not a raw zone of version 1")
    position, records = 24, []
    while position < len(data):
        _, _, code, _, ttl, count, size = struct.unpack(
            ">IHHHIIH", data[position:position + 20])
        position += 20
        labels, end = read_name(data[position:position + size], 0)
        position += end
        for _ in range(count):
            size, = struct.unpack(">H", data[position:position + 2])
            records.append((dns.name.Name(labels), ttl, code,
                            data[position + 2:position + 2 + size]))
            position += 2 + size
    return records


def from_wire_lines(path):
    """What line() wrote."""
    records = []
    for text in open(path, encoding="ascii"):
        owner, ttl, code, rdata = text.rstrip("\n").split("\t")
        records.append((dns.name.from_text(owner), int(ttl), type_code(code),
                        bytes.fromhex(rdata)))
    return records


# ---- master files entry by entry ------------------------------------------------------------


class Entry:
    """One entry of a master file: its text, and whose record it is."""

    def __init__(self, text, owner=None, code=None):
        self.text, self.owner, self.code = text, owner, code


def entries(path, origin):
    """Cut a master file of any style into entries, without understanding the RDATA."""
    out, pending, depth, quoted, comment, escape = [], "", 0, False, False, False
    for char in open(path, encoding="latin-1").read():
        pending += char
        if escape:
            escape = False
        elif comment:
            comment = char != "\n"
        elif char == "\\":
            escape = True
        elif char == '"':
            quoted = not quoted
        elif quoted:
            pass
        elif char == ";":
            comment = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        if char == "\n" and depth == 0 and not quoted:
            out.append(Entry(pending))
            pending = ""
    if pending:
        out.append(Entry(pending))

    here = dns.name.from_text(origin)
    owner = None
    for entry in out:
        text = entry.text
        words = text.split(";")[0].split() if text[0] in " \t;\n" else text.split(None, 6)
        if not words or text[0] in ";\n":
            continue
        if words[0].upper() in ("$ORIGIN", "$TTL"):
            if words[0].upper() == "$ORIGIN":
                here = dns.name.from_text(words[1], here)
            continue
        if text[0] not in " \t":
            owner = dns.name.from_text(words.pop(0), here)
        # The TTL and the class may each be missing.
        while words[0].upper() == "IN" or words[0][0].isdigit():
            words.pop(0)
        entry.owner, entry.code = owner, type_code(words[0])
    return out


def keep(items, wanted):
    """The text of the entries that are wanted, and of everything that is no record.

    An entry without owner that followed a dropped one gets an owner again.
    """
    out, last = [], None
    for entry in items:
        if entry.owner is None:
            out.append(entry.text)
        elif wanted(entry):
            text = entry.text
            if text[0] in " \t" and entry.owner != last:
                text = str(entry.owner) + text
            out.append(text)
            last = entry.owner
    return "".join(out)


# ---- exceptions -----------------------------------------------------------------------------


class Exceptions:
    """The rows of exceptions.tsv for one role, tool and form; without a tool all of the role."""

    def __init__(self, role, who=None, form="default"):
        self.rows = [(number, owner, type_code(kind), reason)
                     for number, name, forms, owner, kind, reason in installed.exceptions(role)
                     if who is None or name == who and form in forms.split(",")]

    @staticmethod
    def covers(row, owner, code):
        """Whether a row is about an owner and type; the owner "*any*" stands for all."""
        return row[2] == code and (row[1] == "*any*" or dns.name.from_text(row[1]) == owner)

    def of(self, owner, code):
        """The row that an owner and type fall under."""
        for row in self.rows:
            if self.covers(row, owner, code):
                return row
        return None


# ---- comparing ------------------------------------------------------------------------------


def compare(left, right, folded=False, limit=12):
    """Lines that tell the records of one side only; none when both are the same."""
    def count(records):
        table = {}
        for record in records:
            text = line(fold(record) if folded else record)
            table[text] = table.get(text, 0) + 1
        return table

    def cut(text):
        return text if len(text) <= 220 else f"{text[:200]}... ({len(text)} characters)"

    one, two, out = count(left), count(right), []
    for text in sorted(set(one) | set(two)):
        if one.get(text, 0) != two.get(text, 0):
            sign = "-" if one.get(text, 0) > two.get(text, 0) else "+"
            out.append(f"{sign} {cut(text)}")
    if len(out) > limit:
        out[limit:] = [f"... and {len(out) - limit} more"]
    return out


READERS = {"dump": from_dump, "raw": from_raw, "wire": from_wire_lines}


def load(source, origin):
    """A source word: axfr:PORT, raw:FILE, dump:FILE, dnspython:FILE or wire:FILE."""
    kind, _, rest = source.partition(":")
    if kind == "axfr":
        return transfer(int(rest), dns.name.from_text(origin))
    if kind == "dnspython":
        return from_dnspython(rest, origin)
    return READERS[kind](rest)


def main():
    parser = argparse.ArgumentParser(description="Zones as wire data.")
    parser.add_argument("--origin", default="all.example.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("show", help="print the records of a source")
    command.add_argument("source")
    command = commands.add_parser("compare", help="compare the records of two sources")
    command.add_argument("--fold", action="store_true", help="case of names does not matter")
    command.add_argument("--without", nargs=2, metavar=("ROLE", "WHO"),
                         help="leave out what exceptions.tsv lists for ROLE and WHO")
    command.add_argument("left")
    command.add_argument("right")
    command = commands.add_parser("wait", help="wait until a server answers")
    command.add_argument("--pid", type=int)
    command.add_argument("--patience", type=float, default=30)
    command.add_argument("port", type=int)
    command.add_argument("zone", nargs="+")
    command = commands.add_parser("exceptions", help="print what exceptions.tsv lists, a row a "
                                  "line: its line, owner, type, reason")
    command.add_argument("role")
    command.add_argument("who")
    command = commands.add_parser("messages", help="print how many messages a transfer has")
    command.add_argument("port", type=int)
    args = parser.parse_args()

    if args.command == "show":
        for record in load(args.source, args.origin):
            print(line(record))
    elif args.command == "compare":
        sides = [load(args.left, args.origin), load(args.right, args.origin)]
        if args.without:
            rows = Exceptions(*args.without)
            sides = [[r for r in side if not rows.of(r[0], r[2])] for side in sides]
        differences = compare(*sides, folded=args.fold)
        if differences:
            print(f"- {args.left} ({len(sides[0])} records)\n"
                  f"+ {args.right} ({len(sides[1])} records)")
            print("\n".join(differences))
            return 1
    elif args.command == "wait":
        wait(args.port, [dns.name.from_text(zone) for zone in args.zone], args.pid,
             args.patience)
    elif args.command == "exceptions":
        for number, owner, code, reason in Exceptions(args.role, args.who).rows:
            print(number, owner, type_text(code), reason, sep="\t")
    elif args.command == "messages":
        count = []
        transfer(args.port, dns.name.from_text(args.origin), count)
        print(count[0])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"wire.py: {trouble}")
