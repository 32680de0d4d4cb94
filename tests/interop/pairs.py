#!/usr/bin/python3
"""Pairs of zones that servers load, and what dnspython finds to be the difference.

usage: pairs.py write FOLDER ZONE SEED     writes ZONE.old and ZONE.new, as master files
       pairs.py judge OLD NEW OUTPUT       compares two master files, and that with zxfr's output"""

import random
import re
import sys

import dns.name
import dns.rdata
import dns.zone


def mixed(rng, text):
    return ''.join(rng.choice([c, c.upper()]) for c in text)


def rdata(rng, rdtype):
    name = 't%d' % rng.randrange(4)
    word = rng.choice(['a', 'A', 'hello world', '\\200\\"', 'x' * 200])
    return {
        'A': '192.0.2.%d' % rng.randrange(6), 'AAAA': '2001:db8::%x' % rng.randrange(6),
        'TXT': '"%s" "b"' % word, 'CNAME': mixed(rng, name), 'MX': '%d %s' % (rng.randrange(3), mixed(rng, name)),
        'SRV': '1 %d 53 %s' % (rng.randrange(3), mixed(rng, name)), 'NS': mixed(rng, name),
        'SVCB': '%d %s port=%d' % (1 + rng.randrange(3), name, 53 + rng.randrange(3)),
        # dnspython takes \\200 in a CAA for a character, not for an octet.
        'CAA': '0 issue "%s"' % word.replace('\\200', ''), 'TYPE65280': '\\# 2 %04x' % rng.randrange(4),
        'DS': '%d 8 2 %064x' % (rng.randrange(3), rng.randrange(9)),
        'TLSA': '3 1 1 %064x' % rng.randrange(9), 'PTR': mixed(rng, name), 'LOC': '%d N 0 E 1m' % rng.randrange(90),
    }[rdtype]


def random_set(rng, owner):
    """An owner's RRsets: type to (TTL, RDATA)."""
    if owner.startswith('alias'):
        return {'CNAME': (rng.choice([60, 300]), {rdata(rng, 'CNAME')})} if rng.random() < 0.5 else \
            {'A': (60, {rdata(rng, 'A')})}
    if owner.startswith('child'):
        types = ['NS', 'DS']
    else:
        types = rng.sample(['A', 'AAAA', 'TXT', 'MX', 'SRV', 'SVCB', 'CAA', 'TYPE65280', 'TLSA', 'PTR', 'LOC'], 3)
    return {t: (rng.choice([60, 300]), {rdata(rng, t) for _ in range(rng.randrange(1, 4))}) for t in types}


def change(rng, sets):
    """A version of an owner's RRsets with some records and TTLs changed."""
    result = {}
    for rdtype, (ttl, records) in sets.items():
        kept = {r for r in records if rng.random() < 0.8} or set(records)
        if rng.random() < 0.3 and rdtype != 'CNAME':
            kept.add(rdata(rng, rdtype))
        if rdtype in ('MX', 'SRV', 'NS', 'PTR'):
            kept = {mixed(rng, r) for r in kept}
        result[rdtype] = (rng.choice([ttl, ttl, ttl, 60]), kept)
    return result


def write(path, rng, zone, serial, owners):
    with open(path, 'w', encoding='ascii') as file:
        file.write('$ORIGIN %s\n@ 300 SOA ns admin %d 7200 900 1209600 300\n@ 300 NS ns\nns 300 A 192.0.2.53\n'
                   % (zone, serial))
        lines = ['%s %d %s %s\n' % (mixed(rng, owner), ttl, rdtype, record)
                 for owner, sets in owners.items() for rdtype, (ttl, records) in sets.items()
                 for record in sorted(records)]
        rng.shuffle(lines)
        file.writelines(lines)


def write_pair(folder, zone, seed):
    rng = random.Random(seed)
    names = ['alias%d' % i for i in range(4)] + ['child%d' % i for i in range(3)] + \
        ['h%d' % i for i in range(12)] + ['*.w', 'a.b.c', 'x\\.y', 't0', 't1']
    old = {name: random_set(rng, name) for name in names if rng.random() < 0.8}
    new = {name: sets if rng.random() < 0.5 else random_set(rng, name) if name.startswith('alias')
           else change(rng, sets) for name, sets in old.items() if rng.random() < 0.9}
    for name in names:
        if name not in old and rng.random() < 0.5:
            new[name] = random_set(rng, name)
    write('%s/%sold' % (folder, zone), rng, zone, 1, old)
    write('%s/%snew' % (folder, zone), rng, zone, 2, new)


def records_of(path, origin):
    zone = dns.zone.from_file(path, origin, relativize=False, check_origin=False)
    return {(name.canonicalize(), rr.rdtype, rr.to_digestable()): ttl
            for name, ttl, rr in zone.iterate_rdatas()}


def zone_name(path):
    with open(path, encoding='utf-8') as file:
        for line in file:
            origin = re.match(r'\$ORIGIN (\S+)|(\S+)\s+(?:\d+\s+)?(?:IN\s+)?SOA\s', line, re.I)
            if origin:
                return dns.name.from_text(origin.group(1) or origin.group(2))
    raise SystemExit('no zone in ' + path)


def printed(path):
    found = []
    with open(path, encoding='ascii') as file:
        for line in file:
            if line[0] in '+-':
                owner, ttl, rdclass, rdtype, text = line[1:].rstrip('\n').split('\t', 4)
                rr = dns.rdata.from_text(rdclass, rdtype, text)
                found.append((line[0], dns.name.from_text(owner).canonicalize(), rr.rdtype, rr.to_digestable(), int(ttl)))
    return found


def judge(old_path, new_path, output_path):
    origin = zone_name(old_path)
    old, new = records_of(old_path, origin), records_of(new_path, origin)
    wanted = {('-',) + key + (ttl,) for key, ttl in old.items() if new.get(key) != ttl} | \
        {('+',) + key + (ttl,) for key, ttl in new.items() if old.get(key) != ttl}
    found = printed(output_path)
    if set(found) != wanted or len(found) != len(wanted):
        raise SystemExit('only dnspython: %s\nonly zxfr: %s' % (wanted - set(found), set(found) - wanted))
    print('%d changes' % len(found))


def main():
    if sys.argv[1] == 'write':
        write_pair(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        judge(*sys.argv[2:])


main()
