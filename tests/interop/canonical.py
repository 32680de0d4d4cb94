#!/usr/bin/python3
"""Check a sorted dump against the canonical order that dnspython, or ldns, makes of a zone.

    canonical.py dnspython SORTED SOURCE    SORTED must hold what SOURCE (see wire.py) holds: in the
                                            order and form of RFC 4034 section 6, duplicates merged
    canonical.py order SORTED DUMP          both must have the same records one after the other,
                                            letter case and TTLs aside
"""

import sys

import dns.exception
import dns.name
import dns.rdata

import wire


# dnspython does not tell an empty subaddress of an ISDN record from none; there is no name in it.
VERBATIM = {wire.type_code("ISDN")}


def digestable(code, octets):
    """The canonical RDATA, in dnspython's opinion; what it cannot read is taken as it is."""
    if code in VERBATIM:
        return octets
    try:
        return dns.rdata.from_wire(1, code, octets, 0, len(octets)).to_digestable()
    except (dns.exception.DNSException, ValueError):
        return octets


def canonical(records):
    apex, table = records[0][0], {}
    for owner, ttl, code, octets in records:
        name = dns.name.Name(label.lower() for label in owner.labels)
        key = (owner != apex or code != wire.SOA, name, code, digestable(code, octets))
        table[key] = min(ttl, table.get(key, ttl))
    return [(name, ttl, code, octets)
            for (_, name, code, octets), ttl in sorted(table.items(), key=lambda item: item[0])]


def first_difference(left, right):
    for number, pair in enumerate(zip(left, right), 1):
        if pair[0] != pair[1]:
            return number, *pair
    if len(left) != len(right):
        return min(len(left), len(right)) + 1, "(the end)", "(the end)"
    return None


def main():
    how, sorted_path, source = sys.argv[1:]
    held = wire.from_dump(sorted_path)
    if how == "dnspython":
        # Name compares without case; its labels do not.
        left = [(owner.labels, ttl, code, octets) for owner, ttl, code, octets in held]
        wanted = canonical(wire.load(source, str(held[0][0])))
        right = [(owner.labels, ttl, code, octets) for owner, ttl, code, octets in wanted]
    else:
        left, right = ([(owner, code, digestable(code, octets).lower())
                        for owner, _, code, octets in records]
                       for records in (held, wire.from_dump(source)))
    differs = first_difference(left, right)
    if differs is not None:
        print("record {}:\n  {}\nshould be:\n  {}".format(*differs))
        return 1
    return len(left) < 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except wire.Trouble as trouble:
        sys.exit(f"canonical.py: {trouble}")
