#!/usr/bin/python3
"""Writes N versions of a zone, FOLDER/1 to FOLDER/N: random edits of RRsets of many types, each with
one TTL, some of them at one owner. The first serial is SERIAL; each version is one further.

usage: versions.py FOLDER ZONE SERIAL N SEED"""

import random
import sys

# %d is a small number; NAME one of the zone's, in some letter case.
TYPES = {
    'A': '192.0.2.%d', 'AAAA': '2001:db8::%d', 'MX': '%d NAME', 'TXT': '"text %d" "\\"; \\\\"', 'SRV': '1 %d 53 NAME',
    'PTR': 'NAME%d', 'CAA': '0 issue "ca%d.example.net"', 'NAPTR': '1 %d "u" "E2U+sip" "!^.*$!sip:x!" .',
    'SSHFP': '4 2 %064d', 'TLSA': '3 1 1 %064d', 'HINFO': '"cpu %d" "os"', 'RP': 'NAME NAME%d',
    'AFSDB': '%d NAME', 'LOC': '52 22 %d.000 N 4 53 32.000 E -2m 1m 10000m 10m', 'URI': '1 %d "ftp://ftp.example.net/"',
    'DHCID': 'AAIBAQID%04d', 'KX': '%d NAME',
    'CERT': '1 %d 8 AAAA', 'EUI48': '00-00-5e-00-53-%02d', 'EUI64': '00-00-5e-ef-10-00-00-%02d',
    'NID': '%d 0014:4fff:ff20:ee64', 'L32': '%d 10.1.2.0', 'L64': '%d 2001:0db8:1140:1000', 'LP': '%d NAME',
    'APL': '1:192.0.2.%d/32 !2:2001:db8::/32', 'OPENPGPKEY': 'AQID%04d', 'SMIMEA': '3 1 1 %064d',
    'DS': '%d 8 2 ' + '49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0000',
    'TYPE65280': '\\# 2 00%02d', 'TYPE65281': '\\# 3 0000%02d', 'SVCB': '%d NAME alpn=h2', 'HTTPS': '%d NAME port=8443',
}


def name():
    word = random.choice(('host', 'Host', 'MAIL', 'a.b', 'sub'))
    return word + str(random.randrange(9))


def rrset(kind):
    values = set()
    for number in random.sample(range(10, 60), random.choice((1, 1, 2, 3, 7))):
        values.add(TYPES[kind].replace('NAME', name()) % number)
    return random.choice((60, 300, 3600)), sorted(values)


def edit(zone):
    for _ in range(random.randrange(1, 25)):
        key = (random.choice(('@', 'host%d' % random.randrange(9), 'x.host3', 'z', '*.w')), random.choice(list(TYPES)))
        if key == ('@', 'DS') or key[1] == 'DS':
            key = ('child%d' % random.randrange(3), 'DS')
            zone.setdefault((key[0], 'NS'), (300, ['ns1']))
        what = random.random()
        if key not in zone or what < 0.3:
            zone[key] = rrset(key[1])
        elif what < 0.5:
            del zone[key]
        elif what < 0.6:
            zone[key] = (random.choice((60, 300, 3600)), zone[key][1])
        else:
            ttl, values = zone[key]
            zone[key] = (ttl, sorted(set(values[1:]) | set(rrset(key[1])[1])))
    for number in range(4): # a name that is now this, now that
        owner = 'c%d' % number
        for kind in ('CNAME', 'A', 'DNAME'):
            zone.pop((owner, kind), None)
        what = random.choice(('CNAME', 'A', 'DNAME', None))
        if what == 'A':
            zone[(owner, 'A')] = rrset('A')
        elif what:
            zone[(owner, what)] = (300, [name()])


def main():
    folder, apex, serial, count, seed = sys.argv[1:]
    random.seed(seed)
    zone = {}
    for number in range(int(count)):
        edit(zone)
        now = (int(serial) + number) % 2 ** 32
        with open('%s/%d' % (folder, number + 1), 'w') as out:
            out.write('$ORIGIN %s\n@ %d IN SOA ns1 admin %d 7200 900 1209600 300\n@ 300 IN NS ns1\n'
                      'ns1 300 IN A 192.0.2.53\n' % (apex, random.choice((300, 600)), now))
            for (owner, kind), (ttl, values) in zone.items():
                for value in values:
                    out.write('%s %d IN %s %s\n' % (owner, ttl, kind, value))


main()
