#!/usr/bin/python3
"""Judge what the end line of sorted zone files says of their signatures, by dnspython.

    expires.py FILE...                says of each file whether it is right
    expires.py --versions N SEED      writes the files v1 to vN: a zone whose signatures are made
                                      anew, added and taken away from version to version

The first expiration, over RRsets, of the last one among the signatures of an RRset, in the order
of serial numbers (RFC 4034 section 3.1.5): as seen from any of them, no more than 2^31 away.
"""
import random
import re
import sys
import time

import dns.name
import dns.rdata

END = re.compile(r"; zxfr end: .* records \d+(?: expires (\d{14}))? sum [0-9a-f]{32}")
ROUND = 1 << 32


def signatures(lines):
    for line in lines:
        owner, *_, kind, rdata = line.split("\t", 4)
        if kind in ("RRSIG", "TYPE46"):
            yield dns.name.from_text(owner), dns.rdata.from_text("IN", "RRSIG", rdata)


def first_expiration(lines):
    latest, anchor = {}, None
    for owner, rdata in signatures(lines):
        time_of_it = rdata.expiration
        anchor = time_of_it if anchor is None else anchor
        away = (time_of_it - anchor + ROUND // 2) % ROUND - ROUND // 2
        key = (owner, rdata.type_covered)
        latest[key] = max(latest.get(key, away), away)
    return (anchor + min(latest.values())) % ROUND if latest else None


def written(seconds):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds % ROUND))


def check(path):
    with open(path, encoding="ascii") as file:
        *lines, last = file.read().split("\n")[:-1]
    end = END.fullmatch(last)
    if end is None:
        return "no end line with a sum"
    first = first_expiration(line for line in lines if not line.startswith("$"))
    expected = None if first is None else written(first)
    return None if end[1] == expected else f"expires {end[1]}, by dnspython {expected}"


class Signed:
    """RRsets with signatures, each by its key and with its expiration."""

    KINDS = ["A", "TXT", "NSEC", "TYPE65280"]

    def __init__(self, chance, base):
        self.chance, self.base = chance, base
        self.sets = {("@", "SOA"): {}}

    def resign(self, key):
        keys = self.chance.sample(range(4), self.chance.choice((0, 1, 1, 2, 3)))
        self.sets[key] = {tag: self.base + self.chance.randrange(400) for tag in keys}

    def edit(self):
        chance = self.chance
        for _ in range(chance.randrange(1, 8)):
            key = (f"h{chance.randrange(6)}", chance.choice(self.KINDS))
            what = chance.random()
            if key not in self.sets or what < 0.5:
                self.resign(key)
            elif what < 0.7:
                del self.sets[key]
            else:
                self.sets[key][chance.randrange(4)] = self.base + chance.randrange(400)
        self.resign(("@", "SOA"))
        self.base += chance.randrange(100)

    def write(self, path, serial):
        rdata = {"A": "192.0.2.1", "TXT": '"x"', "NSEC": "@ A RRSIG", "TYPE65280": "\\# 1 00"}
        with open(path, "w", encoding="ascii") as file:
            print("$ORIGIN example.com.\n$TTL 3600\n@ SOA ns1 host", serial, "7200 3600 1209600 300", file=file)
            for (owner, kind), made in self.sets.items():
                if kind != "SOA":
                    print(owner, kind, rdata[kind], file=file)
                for tag, until in made.items():
                    print(owner, "RRSIG", kind, "13 2 3600", written(until), written(until - 1000), tag,
                          "example.com. AAAA", file=file)


def versions(count, seed):
    chance = random.Random(seed)
    zone = Signed(chance, ROUND - 800)  # it goes past 2^32 in the middle
    for serial in range(1, count + 1):
        zone.edit()
        zone.write(f"v{serial}", serial)


def main():
    if sys.argv[1:2] == ["--versions"]:
        versions(int(sys.argv[2]), int(sys.argv[3]))
        return 0
    failed = False
    for path in sys.argv[1:]:
        why = check(path)
        print(f"{path}: {why or 'right'}")
        failed |= why is not None
    return failed or len(sys.argv) < 2


if __name__ == "__main__":
    sys.exit(main())
