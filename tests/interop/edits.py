#!/usr/bin/python3
"""Two versions of the zone example., as master files: edits.py SEED OLD NEW [RECORDS].

They differ in whatever a dynamic update can trip over: all NS of the apex, addresses of name
servers, delegations with DS, CNAMEs that become other data and back, TTLs, names with octets that
are special in text. RDATA is in the generic form, so that no reader's taste for text matters, and never empty, of
which knsupdate has its own idea."""

import random
import struct
import sys

OWNERS = [r"a", r"b", r"c.d", r"*", r"*.w", r"semi\;colon", r"quo\"te", r"sp\032ace", r"\000\255",
          r"back\\slash", r"dot\.ted", r"a\@b", r"dol\$lar", r"(par\)en".replace("(", r"\("), "UPPER",
          "under_score", "x" * 63]
DELEGATIONS = ["sub1", "sub2", "sub.three"]
SERVERS = ["ns1", "ns2", "ns.glue", "ns3.sub1", "ns4.sub2"]
TTLS = (0, 60, 300, 2147483647)


def name(*labels):
    return b"".join(bytes([len(part)]) + part for part in labels) + b"\0"


def target():
    return name(random.choice((b"x", b"y", b"z")), b"test")


def text(most=255):
    return bytes(random.choice((random.randrange(256), ord(";"), ord('"'), ord("\\"), 32))
                 for _ in range(random.randrange(most + 1)))


def strings(count):
    return b"".join(bytes([len(part)]) + part for part in (text(40) for _ in range(count)))


TYPES = {
    1: lambda: random.randbytes(4),
    2: None,  # in delegations and at the apex
    5: None,
    12: target,
    13: lambda: strings(2),
    15: lambda: struct.pack(">H", random.randrange(3)) + target(),
    16: lambda: strings(random.randrange(1, 5)),
    17: lambda: target() + target(),
    28: lambda: random.randbytes(16),
    29: lambda: bytes.fromhex("00121613 80000000 80000000 00989680"),
    33: lambda: struct.pack(">HHH", 1, random.randrange(3), 53) + target(),
    35: lambda: struct.pack(">HH", 1, random.randrange(3)) + b"\1u\3a+b\7!^;$!\"!" + target(),
    42: lambda: bytes.fromhex(random.choice(("00010801 0a", "00010881 0b"))),
    43: None,
    44: lambda: b"\1\1" + random.randbytes(20),
    52: lambda: b"\3\1\1" + random.randbytes(32),
    55: lambda: bytes.fromhex("04 02 0004 0a0b0c0d 01020304") + target(),
    65: lambda: struct.pack(">H", random.randrange(1, 4)) + target(),
    104: lambda: random.randbytes(10),
    256: lambda: struct.pack(">HH", 1, 2) + b"ftp://x.test/;\"",
    257: lambda: b"\0\5issue" + bytes(random.choice(b"abc;\"") for _ in range(5)),
    260: lambda: bytes.fromhex("0a 01 0a0b0c0d"),
    65280: lambda: random.randbytes(random.randrange(1, 5)),
    65403: lambda: random.randbytes(3),
}
COMMON = [code for code, make in TYPES.items() if make]


def rrset(code, most=3):
    return random.choice(TTLS), {TYPES[code]() for _ in range(random.randrange(1, most + 1))}


def server_wire(server):
    return name(*(part.encode() for part in server.split(".")), b"example")


def some_servers():
    return random.choice(TTLS), {server_wire(server)
                                 for server in random.sample(SERVERS, random.randrange(1, 4))}


def change_ttl(sets):
    for code in sets:
        if random.random() < 0.3:
            sets[code] = (random.choice(TTLS), sets[code][1])


def change_host(sets):
    """A host: a CNAME alone, or other types."""
    if random.random() < 0.2:
        sets.clear()
        sets[5] = (random.choice(TTLS), {target()})
    elif random.random() < 0.8:
        sets.pop(5, None)
        for _ in range(random.randrange(1, 4)):
            code = random.choice(COMMON)
            if code in sets and random.random() < 0.4:
                del sets[code]
            elif code in sets and random.random() < 0.5:
                sets[code] = (random.choice((sets[code][0], random.choice(TTLS))),
                              set(random.sample(sorted(sets[code][1]), 1)) | rrset(code)[1])
            else:
                sets[code] = rrset(code)


def change(zone):
    for owner in OWNERS:
        if random.random() < 0.6:
            change_host(zone.setdefault(owner, {}))
    for owner in DELEGATIONS:
        sets = zone.setdefault(owner, {})
        kind = random.random()
        if kind < 0.2:
            sets.clear()
        elif kind < 0.6:
            sets[2] = some_servers()
            if random.random() < 0.6:
                sets[43] = (random.choice(TTLS), {struct.pack(">HBB", 1, 8, 2) + random.randbytes(32)})
    # A host that is no name server any more may become a CNAME.
    if "@" not in zone or random.random() < 0.5:
        zone["@"] = {2: some_servers()}
        zone["@"][15] = rrset(15)
    named = set().union(*(sets[2][1] for sets in zone.values() if 2 in sets))
    for server in SERVERS:
        sets = zone.setdefault(server, {})
        if server_wire(server) in named:
            sets.pop(5, None)
            if not sets or random.random() < 0.5:
                sets.update({code: rrset(code) for code in (1, 28)})
        elif random.random() < 0.7:
            sets.clear()
            if random.random() < 0.5:
                sets[5] = (random.choice(TTLS), {target()})
    for sets in zone.values():
        change_ttl(sets)


def write(path, zone, serial):
    with open(path, "w", encoding="ascii") as file:
        # With another origin dnspython leaves the names in generic RDATA alone.
        file.write("$ORIGIN invalid.\nexample. 300 IN SOA ns1.example. admin.example. "
                   f"{serial} 7200 900 1209600 300\n")
        for owner, sets in zone.items():
            absolute = "example." if owner == "@" else owner + ".example."
            for code, (ttl, datas) in sets.items():
                for data in sorted(datas):
                    file.write(f"{absolute} {ttl} IN TYPE{code} \\# {len(data)} {data.hex()}\n")


def main():
    seed, old, new = sys.argv[1:4]
    random.seed(int(seed))
    serial = random.choice((1, 4294967290, 2026112200))
    zone = {}
    change(zone)
    for i in range(int(sys.argv[4]) if len(sys.argv) > 4 else 0):
        zone[f"host{i}"] = {random.choice((1, 16)): None}
    for sets in zone.values():
        for code in sets:
            sets[code] = sets[code] or rrset(code)
    write(old, zone, serial)
    change(zone)
    for owner in list(zone):
        if owner.startswith("host"):
            change_host(zone[owner])
    write(new, zone, (serial + 100) % 2 ** 32)


if __name__ == "__main__":
    main()
