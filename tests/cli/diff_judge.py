#!/usr/bin/python3
"""zxfr diff against a comparison by dnspython, on random pairs of zones: files as they come, files
that are sorted (which are compared line by line), and those in the general way. Speaks TAP.

usage: diff_judge.py [ROUNDS [SEED]]"""

import os
import random
import subprocess
import sys
import tempfile
import time

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

ZXFR = os.path.abspath(os.environ['ZXFR'])
ZONE = 'example.com.'
# Of these, letter case is that of names.
SIGNATURE = 85 * 'A' + 'Q==' # as long as those of algorithm 13
NAMES = ['CNAME', 'MX', 'SVCB', 'NSEC', 'LP', 'HIP', 'IPSECKEY', 'SRV', 'NS', 'RRSIG']


def rdata_text(rng, rdtype):
    """RDATA whose name, if it has one, comes in random letter case."""
    name = rng.choice(['x', 'y', 'target', 'z.sub']) + '.example.com.'
    name = ''.join(rng.choice([c, c.upper()]) for c in name)
    word = rng.choice(['a', 'A', 'hello', 'Hello', 'a b', '\\200;\\"'])
    low = rng.randrange(3)
    return {
        'A': '192.0.2.%d' % rng.randrange(5),
        'AAAA': '2001:db8::%x' % rng.randrange(5),
        'TXT': '"%s"' % word,
        'CAA': '0 issue "%s"' % word,
        'TYPE65280': '\\# 2 %04x' % rng.randrange(3),
        'CNAME': name, 'NS': name, 'MX': '%d %s' % (low, name), 'SRV': '%d 1 2 %s' % (low, name),
        'SVCB': '%d %s port=53' % (1 + low, name), 'NSEC': '%s A NSEC' % name,
        'LP': '%d %s' % (low, name), 'IPSECKEY': '%d 3 2 %s %s' % (low, name, SIGNATURE),
        'HIP': '2 200100107B1A74DF365639CC39F1D578 AwEAAbdx %s' % name,
        'RRSIG': 'A 13 9 300 20300101000000 20260101000000 %d %s %s' % (low, name, SIGNATURE),
    }[rdtype]


TYPES = NAMES + ['A', 'A', 'AAAA', 'TXT', 'CAA', 'TYPE65280']


class Record:
    """A record as it is written, and as dnspython understands it."""

    def __init__(self, owner, ttl, rdtype, text):
        self.line = '%s %d IN %s %s' % (owner, ttl, rdtype, text)
        self.name = dns.name.from_text(owner).canonicalize()
        self.ttl = ttl
        self.type = dns.rdatatype.from_text(rdtype)
        low = text.lower() if rdtype in NAMES + ['SOA'] else text
        if rdtype == 'RRSIG':
            head, signature = text.rsplit(' ', 1)
            low = head.lower().replace('a 13', 'A 13') + ' ' + signature
        if rdtype in ('IPSECKEY', 'HIP'): # the keys are base64
            for key in ('AQ==', 'AwEAAbdx'):
                low = low.replace(key.lower(), key)
        if rdtype == 'NSEC':
            low = low.split()[0] + ' A NSEC'
        self.rdata = dns.rdata.from_text('IN', self.type, low).to_wire()

    def key(self):
        return self.name, self.type, self.rdata


def soa(serial):
    return Record(ZONE, 300, 'SOA', 'ns.example.com. admin.example.com. %d 1 2 3 4' % serial)


def random_record(rng):
    owner = rng.choice(['', 'a.', 'b.', 'B.', '*.b.', 'c.d.', 'w\\.x.', '\\000.', '-.', 'ab.', 'aB.']) + ZONE
    rdtype = rng.choice(TYPES)
    return Record(owner, rng.choice([300, 300, 300, 60]), rdtype, rdata_text(rng, rdtype))


def unique(records):
    """Each record once, in one letter case; which of two that differ in case alone stands for both
    is a question of its own."""
    seen = {}
    for record in records:
        seen.setdefault(record.key(), record)
    return list(seen.values())


def random_pair(rng):
    both = unique([random_record(rng) for _ in range(rng.randrange(60))])
    old = [soa(1)] + [r for r in both if rng.random() < 0.9]
    new = [soa(rng.choice([1, 2, 2, 2]))] + [r for r in both if rng.random() < 0.9]
    for _ in range(rng.randrange(4)):
        new.append(random_record(rng))
    # The same in another letter case.
    for _ in range(rng.randrange(4)):
        i = rng.randrange(len(new))
        owner, ttl, _, rdtype, text = new[i].line.split(' ', 4)
        if rdtype in NAMES and rdtype not in ('RRSIG', 'NSEC', 'IPSECKEY', 'HIP'):
            new[i] = Record(owner.upper(), int(ttl), rdtype, text.replace('e', 'E'))
    return old[:1] + unique(old[1:]), new[:1] + unique(new[1:])


def expected(old, new):
    """(op, name, type, TTL, RDATA), of what is on one side only, or on both with another TTL."""
    a = {r.key(): r.ttl for r in old}
    b = {r.key(): r.ttl for r in new}
    gone = [('-',) + key + (ttl,) for key, ttl in a.items() if b.get(key) != ttl]
    come = [('+',) + key + (ttl,) for key, ttl in b.items() if a.get(key) != ttl]
    return sorted(gone + come, key=str)


def parsed(output):
    """The same of what zxfr has printed."""
    found = []
    for line in output.splitlines():
        if line[:1] in '+-':
            owner, ttl, _, rdtype, text = line[1:].split('\t', 4)
            if text.startswith('\\#'): # a type that not every reader knows
                info = dns.rdata.from_text('IN', rdtype, text)
                text = info.to_text()
                rdtype = dns.rdatatype.to_text(info.rdtype)
            found.append((line[0], Record(owner, int(ttl), rdtype, text)))
    return found


def order(change):
    op, record = change
    apex = record.name == dns.name.from_text(ZONE)
    rdtype = 0 if apex and record.type == dns.rdatatype.SOA else record.type
    return record.name, rdtype, op == '+'


def run(*words):
    done = subprocess.run([ZXFR, 'diff', *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def judge(rng, old, new):
    """What is wrong with the comparison of two zones, or None."""
    for name, records in (('old', old), ('new', new)):
        head, rest = records[:1], records[1:]
        rng.shuffle(rest)
        with open(name, 'w', encoding='ascii') as file:
            file.write(''.join(r.line + '\n' for r in head + rest))
        subprocess.run([ZXFR, 'convert', '-q', '--sort', '-o', name + '.sorted', name], check=True)
    want = expected(old, new)
    status, output, errors = run('old', 'new')
    found = parsed(output)
    if status != (1 if want else 0) or errors:
        return 'exit status %d: %s' % (status, errors)
    if sorted(((op,) + r.key() + (r.ttl,) for op, r in found), key=str) != want:
        return 'dnspython finds %s\n# zxfr prints %s' % (want, output)
    if found != sorted(found, key=order): # a stable sort
        return 'not in order: %s' % output
    for words in (('old.sorted', 'new.sorted'), ('--strict', 'old.sorted', 'new.sorted'),
                  ('old', 'new.sorted'), ('old.sorted', 'new')):
        again = run(*words)
        if again[:2] != (status, output):
            return '%s: exit status %d: %s%s\n# and not %s' % (words, *again, output)
    for words in (('--ignore', 'ttl'), ('--ignore', 'serial,ttl'), ('--only', 'A,SVCB'), ('--case',),
                  ('-f', 'jsonl'), ('--stat',), ('-q',), ('--except', 'SOA,TXT')):
        quick, slow = (run(*words, *more, 'old.sorted', 'new.sorted') for more in ((), ('--strict',)))
        if quick != slow:
            return '%s: line by line %s\n# but else %s' % (words, quick, slow)
    return None


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    print('# seed %d' % seed)
    rng = random.Random(seed)
    bad = changes = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in range(rounds):
            old, new = random_pair(rng)
            changes += len(expected(old, new))
            wrong = judge(rng, old, new)
            if wrong:
                bad += 1
                print('# round %d: %s' % (number, wrong.replace('\n', '\n# ')))
                if bad == 3:
                    break
        os.chdir('/')
    print('%sok 1 - %d random pairs of zones, %d changes' % ('not ' if bad else '', rounds, changes))
    print('%sok 2 - there was something to find' % ('' if changes > rounds else 'not '))
    print('1..2')


main()
