#!/usr/bin/python3
"""The field on which an audit is played: a resolver, a parent, and servers of many zones, each on an
address of its own and port 53.

usage: field.py play FOLDER          in namespaces of its own for network, mounts and processes: starts
                                     everything, says "ready", and stays
       field.py holds FOLDER [CASE]  asks each address for each zone, by dnspython: whether the field is
                                     what its plan says; without a CASE, for all but the many ones
       field.py zones FOLDER [CASE]  the names of the zones, of one case or of all but the many
       field.py judge FOLDER FILE STATUS [contents]
                                     holds what an audit says (JSON) and its exit status against the plan
       field.py mark FOLDER          what the servers' logs have by now is not of the run that follows
       field.py polite FOLDER RATE ZONES
                                     holds the logs since then against what an audit promises

BIND, Knot DNS, NSD and PowerDNS each have all zones, on 10.53.0.N and fd53::N; the players (below) are
servers that misbehave. The client's address is that of the server, as all of it is one host: so a
server that allows a transfer to its own IPv4 address is open there alone. The resolver is at
10.53.0.53, and asks from there; the root and the parent of all zones are at 10.53.0.100.

Environment: SEED draws the mixtures; FIELD_PARENT is the name of the parent, test if it is not said."""

import concurrent.futures
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone

KINDS = ['bind', 'knot', 'nsd', 'pdns']
PLAYERS = ['mute', 'closing', 'refusing', 'nonauth', 'noudp', 'notcp', 'tls', 'slow']
HOSTS = {name: number for number, name in enumerate(KINDS, 1)}
HOSTS.update({name: number for number, name in enumerate(PLAYERS, 11)})
RESOLVER, PARENT = '10.53.0.53', ('10.53.0.100', 'fd53::100')
TOP = os.environ.get('FIELD_PARENT') or 'test'
NEWEST, MANY = 5, 500
HELD_BACK = 0.01 # seconds
DAY = 86400


def under(name):
    return '%s.%s' % (name, TOP)


PARENT_NAME = under('a.nic') + '.'


def addresses(host):
    number = HOSTS.get(host)
    return ['10.53.0.%d' % number, 'fd53::%d' % number] if number else []


# ---- The plan: which zone is what at which server ---------------------------------------------


class Zone:
    """copies: of each of the four, a dict: serial, signed (days until the signatures end, or None), www
    (the last octet of an address), rname, open (the families), or None where it does not have the zone."""

    def __init__(self, name, case, signed=None):
        self.name, self.case, self.ds = name, case, False
        self.mname = 'bind'
        self.copies = {kind: {'serial': NEWEST, 'signed': signed, 'www': 1, 'rname': 'hostmaster', 'open': []}
                       for kind in KINDS}
        self.parent = list(KINDS)
        self.child = list(KINDS)

    def change(self, kind, **facts):
        self.copies[kind].update(facts)

    def absent(self, kind):
        self.copies[kind] = None

    def add(self, host):
        self.parent.append(host)
        self.child.append(host)

    def wrap(self, kind):
        for copy in self.copies.values():
            copy['serial'] = 3
        self.copies[kind]['serial'] = 0xffffffff

    def hosts(self):
        return list(dict.fromkeys(self.parent + self.child + [self.mname]))


def of_each_kind():
    """name of the case: whether it is signed, and what it does to a zone, for one of the four."""
    return {
        'open4': (None, lambda zone, kind: zone.change(kind, open=[4])),
        'open6': (None, lambda zone, kind: zone.change(kind, open=[6])),
        'open': (None, lambda zone, kind: zone.change(kind, open=[4, 6])),
        'stale': (None, lambda zone, kind: zone.change(kind, serial=NEWEST - 1)),
        'wrapped': (None, lambda zone, kind: zone.wrap(kind)),
        'soa': (None, lambda zone, kind: zone.change(kind, rname='other')),
        'absent': (None, lambda zone, kind: zone.absent(kind)),
        'unsigned': (30, lambda zone, kind: zone.change(kind, signed=None)),
        'expiring': (30, lambda zone, kind: zone.change(kind, signed=2)),
        'expired': (30, lambda zone, kind: zone.change(kind, signed=-2)),
        'parentonly': (None, lambda zone, kind: zone.child.remove(kind)),
        'childonly': (None, lambda zone, kind: zone.parent.remove(kind)),
    }


def plan(seed):
    zones = [Zone(under('good'), 'good'), Zone(under('signed'), 'signed', 30), Zone(under('ds'), 'ds')]
    zones[2].ds = True
    for case, (signed, act) in of_each_kind().items():
        for kind in KINDS:
            zones.append(Zone(under('%s-%s' % (case, kind)), case, signed))
            if kind == 'bind' and case in ('parentonly', 'childonly'):
                zones[-1].mname = 'knot'
            act(zones[-1], kind)
    # Another content: all are open, or nobody could see it.
    for kind in KINDS:
        zones.append(Zone(under('content-%s' % kind), 'content'))
        for other in KINDS:
            zones[-1].change(other, open=[4, 6])
        zones[-1].change(kind, www=2)
    for host in PLAYERS + ['nowhere']:
        zones.append(Zone(under('%s-zone' % host), host))
        zones[-1].add(host)
    # Only the primary has it, and no NS record names that.
    zones.append(Zone(under('hidden'), 'hidden'))
    zones[-1].mname = 'pdns'
    for side in zones[-1].parent, zones[-1].child:
        side.remove('pdns')
    draw = random.Random(seed)
    acts = [(signed, act) for case, (signed, act) in of_each_kind().items() if not case.endswith('only')]
    for number in range(24):
        signed = draw.choice([None, 30])
        zone = Zone(under('mixed%02d' % number), 'mixed', signed)
        zone.ds = draw.random() < 0.2
        # BIND always has it, so that the resolver finds its NS set.
        for kind in KINDS[1:]:
            if draw.random() < 0.6:
                needs, act = draw.choice(acts)
                if needs is None or signed:
                    act(zone, kind)
                if zone.copies[kind] and draw.random() < 0.3:
                    zone.change(kind, open=draw.choice([[4], [6], [4, 6]]))
                if zone.copies[kind] is None:
                    break # what comes later may be about all copies
        for host in draw.sample(PLAYERS + ['nowhere'], draw.choice([0, 0, 1, 1, 2])):
            draw.choice([zone.parent.append, zone.child.append, zone.add])(host)
        zones.append(zone)
    for number in range(MANY):
        zones.append(Zone(under('z%03d' % number), 'many'))
        zones[-1].add('slow')
        for kind in KINDS:
            zones[-1].change(kind, open=[4, 6] if number % 2 else [])
    return zones


# ---- What each address must say, as the audit calls it ----------------------------------------


def at(zone, host, address):
    """tcp, udp: the RCODE, or None where nothing comes; aa, serial, signed; transfer: the words that are
    right."""
    copy = zone.copies.get(host) if host in KINDS else zone.copies['bind']
    fact = {'tcp': 0, 'udp': 0, 'aa': True, 'serial': copy and copy['serial'],
            'signed': copy and copy['signed'], 'copy': copy, 'transfer': ['refused']}
    if copy is None or host == 'refusing':
        fact.update(tcp=5, udp=5, aa=False, serial=None, signed=None, copy=None)
    elif host in KINDS:
        if (6 if ':' in address else 4) in copy['open']:
            fact['transfer'] = ['open']
    elif host == 'nonauth':
        fact['aa'] = False
    elif host == 'noudp':
        fact['udp'] = None
    elif host == 'notcp':
        fact.update(tcp=None, transfer=['unreachable', 'untried'])
    elif host == 'closing':
        fact.update(tcp=None, transfer=['closed'])
    elif host in ('mute', 'tls'):
        fact.update(tcp=None, udp=None, aa=False, serial=None, signed=None, copy=None,
                    transfer=['timeout', 'untried'] if host == 'mute' else ['unreachable', 'untried'])
    return fact


CONTENT = ['serial', 'www', 'rname', 'signed']


def is_outsider(fact, others, words):
    """Whether a row is not one of most of the others."""
    alike = [other for other in others if all(other['copy'][word] == fact['copy'][word] for word in words)]
    return len(alike) < len(others) and 2 * len(alike) <= len(others)


def expect(zone, contents=False):
    """(host, address or None): what its row must say."""
    rows = {}
    for host in zone.hosts():
        for address in addresses(host) or [None]:
            fact = at(zone, host, address) if address else {
                'tcp': None, 'udp': None, 'aa': False, 'serial': None, 'signed': None, 'copy': None,
                'transfer': [None]}
            fact['sources'] = [host in zone.parent, host in zone.child, host == zone.mname]
            rows[host, address] = fact
    serials = [fact['serial'] for fact in rows.values() if fact['serial'] is not None]
    newest = max(serials, key=lambda serial: (serial + 0x80000000) % 2**32) # all are near to 0
    is_signed = zone.ds or any(fact['signed'] is not None for fact in rows.values())
    for fact in rows.values():
        problems = set()
        fact['lag'] = None if fact['serial'] is None else (newest - fact['serial']) % 2**32
        if fact['transfer'] == ['open']:
            problems.add('open')
        if fact['lag']:
            problems.add('lag')
        if fact['tcp'] is None or fact['udp'] is None:
            problems.add('timeout')
        if (fact['tcp'] is not None or fact['udp'] is not None) and (fact['tcp'] or fact['udp'] or not fact['aa']):
            problems.add('lame')
        if is_signed and fact['serial'] is not None and fact['signed'] is None:
            problems.add('unsigned')
        same = [other for other in rows.values() if other['serial'] == fact['serial'] is not None]
        stands_out = [is_outsider(fact, same, ['rname'])]
        if contents and fact['transfer'] == ['open']: # only who is open tells its content
            stands_out.append(is_outsider(fact, [other for other in same if other['transfer'] == ['open']], CONTENT))
        if any(stands_out):
            problems.add('differs')
        fact['problems'] = problems
    return rows


# ---- Zone files --------------------------------------------------------------------------------


def master(zone, copy):
    lines = ['$TTL 3600', '@ IN SOA %s. %s. %d 7200 3600 1209600 300' %
             (under(zone.mname), under(copy['rname']), copy['serial'])]
    lines += ['@ IN NS %s.' % under(host) for host in zone.child]
    lines.append('www IN A 192.0.2.%d' % copy['www'])
    return '\n'.join(lines) + '\n'


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit('%s: %s' % (' '.join(words), done.stdout + done.stderr))
    return done.stdout


def stamp(when):
    return time.strftime('%Y%m%d%H%M%S', time.gmtime(when))


def write_zone(folder, zone, now):
    """The files of its copies; `file` of each copy names its own."""
    files, key = {}, None
    if zone.ds or any(copy and copy['signed'] for copy in zone.copies.values()):
        key = run('dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '-K', folder, zone.name).strip()
        zone.ds_text = run('dnssec-dsfromkey', '-2', os.path.join(folder, key + '.key')) if zone.ds else ''
    for copy in zone.copies.values():
        if copy is None:
            continue
        text = master(zone, copy), copy['signed']
        if text not in files:
            path = os.path.join(folder, '%s.%d' % (zone.name, len(files)))
            with open(path, 'w', encoding='ascii') as file:
                file.write(text[0])
            if copy['signed'] is not None:
                run('dnssec-signzone', '-q', '-z', '-P', '-S', '-K', folder, '-d', folder, '-o', zone.name,
                    '-s', stamp(now - 10 * DAY), '-e', stamp(now + copy['signed'] * DAY), '-f', path + '.signed', path)
                path += '.signed'
            files[text] = path
        copy['file'] = files[text]


def write_parents(folder, zones):
    with open(os.path.join(folder, 'root'), 'w', encoding='ascii') as file:
        file.write('$TTL 3600\n. SOA {0} {0} 1 7200 3600 1209600 300\n. NS {0}\n{1}. NS {0}\n'
                   '{0} A {2}\n{0} AAAA {3}\n'.format(PARENT_NAME, TOP, *PARENT))
    with open(os.path.join(folder, 'parent'), 'w', encoding='ascii') as file:
        file.write('$TTL 3600\n$ORIGIN ' + TOP + '.\n@ SOA a.nic host 1 7200 3600 1209600 300\n@ NS a.nic\n'
                   'a.nic A %s\na.nic AAAA %s\nnowhere TXT "has no address"\n' % PARENT)
        for host in HOSTS:
            file.write('%s A %s\n%s AAAA %s\n' % (host, addresses(host)[0], host, addresses(host)[1]))
        for zone in zones:
            file.writelines('%s. NS %s\n' % (zone.name, host) for host in zone.parent)
            if zone.ds:
                file.write(zone.ds_text)


# ---- The four ----------------------------------------------------------------------------------


def allowed(kind, copy):
    return [address for address in addresses(kind) if (6 if ':' in address else 4) in copy['open']]


BIND = '''options {
  directory "%(dir)s"; pid-file none; session-keyfile none; managed-keys-directory "%(dir)s";
  listen-on port 53 { %(v4)s; }; listen-on-v6 port 53 { %(v6)s; };
  dnssec-validation no; notify no; empty-zones-enable no; check-integrity no; allow-transfer { none; };
  %(more)s
};
controls { };
logging {
  channel err { stderr; severity info; print-time iso8601-utc; print-category yes; };
  category default { err; }; category queries { err; }; category xfer-out { err; };
};
'''


def conf_bind(folder, zones):
    v4, v6 = addresses('bind')
    tls = '; '.join(addresses('tls')[:1]), '; '.join(addresses('tls')[1:])
    yield BIND % {'dir': folder, 'v4': v4, 'v6': v6, 'more':
                  'recursion no; querylog yes; server-id "bind"; transfers-out 500; tcp-clients 1000;'
                  'listen-on port 853 tls ephemeral { %s; }; listen-on-v6 port 853 tls ephemeral { %s; };' % tls}
    for zone in zones:
        copy = zone.copies['bind']
        if copy:
            yield 'zone "%s" { type master; file "%s"; allow-transfer { %s }; };\n' % (
                zone.name, copy['file'], ' '.join(a + ';' for a in allowed('bind', copy)) or 'none;')


def conf_parent(folder, _):
    yield BIND % {'dir': folder, 'v4': PARENT[0], 'v6': PARENT[1], 'more': 'recursion no;'}
    for zone, name in ('.', 'root'), (TOP, 'parent'):
        yield 'zone "%s" { type master; file "%s"; };\n' % (zone, os.path.join(os.path.dirname(folder), 'zones', name))


def conf_resolver(folder, _):
    yield BIND % {'dir': folder, 'v4': RESOLVER, 'v6': 'none', 'more':
                  'recursion yes; allow-recursion { any; }; allow-query-cache { any; }; query-source address %s;'
                  ' qname-minimization off; recursive-clients 2000;' % RESOLVER}
    yield 'server ::/0 { bogus yes; };\n'
    hints = os.path.join(folder, 'hints')
    with open(hints, 'w', encoding='ascii') as file:
        file.write('. 3600 NS {0}\n{0} 3600 A {1}\n'.format(PARENT_NAME, PARENT[0]))
    yield 'zone "." { type hint; file "%s"; };\n' % hints


def conf_knot(folder, zones):
    yield ('server:\n    listen: [ %s ]\n    rundir: "%s"\n    nsid: "knot"\n    udp-workers: 1\n    tcp-workers: 1\n'
           '    background-workers: 1\nlog:\n  - target: stderr\n    any: info\ndatabase:\n    storage: "%s/db"\nacl:\n' %
           (', '.join('"%s@53"' % a for a in addresses('knot')), folder, folder))
    for number, address in zip((4, 6), addresses('knot')):
        yield '  - id: own%d\n    address: "%s"\n    action: transfer\n' % (number, address)
    yield ('template:\n  - id: default\n    storage: "%s"\n    zonefile-sync: -1\n    semantic-checks: off\nzone:\n' % folder)
    for zone in zones:
        copy = zone.copies['knot']
        if copy:
            own = ', '.join('own%d' % number for number in copy['open'])
            yield '  - domain: "%s"\n    file: "%s"\n%s' % (zone.name, copy['file'], own and '    acl: [ %s ]\n' % own)


def conf_nsd(folder, zones):
    yield 'server:\n%s  port: 53\n  server-count: 1\n  username: ""\n  zonesdir: "%s"\n' % (
        ''.join('  ip-address: %s\n' % a for a in addresses('nsd')), folder)
    yield ('  database: ""\n  zonelistfile: "{0}/zone.list"\n  xfrdfile: "{0}/xfrd.state"\n  xfrdir: "{0}"\n  pidfile: "{0}/nsd.pid"\n'
           '  cookie-secret-file: ""\n  rrl-ratelimit: 0\n  nsid: "ascii_nsd"\n  verbosity: 2\n'
           'remote-control:\n  control-enable: no\n').format(folder)
    for zone in zones:
        copy = zone.copies['nsd']
        if copy:
            yield 'zone:\n  name: "%s"\n  zonefile: "%s"\n%s' % (
                zone.name, copy['file'], ''.join('  provide-xfr: %s NOKEY\n' % a for a in allowed('nsd', copy)))


def conf_pdns(folder, zones):
    with open(os.path.join(folder, 'named.conf'), 'w', encoding='ascii') as file:
        for zone in zones:
            if zone.copies['pdns']:
                file.write('zone "%s" { type master; file "%s"; };\n' % (zone.name, zone.copies['pdns']['file']))
    database = os.path.join(folder, 'metadata')
    yield ('launch=bind\nbind-config={0}/named.conf\nbind-dnssec-db={1}\nlocal-address={2}\nlocal-port=53\nsocket-dir={0}\n'
           'write-pid=no\ndaemon=no\nguardian=no\nsetuid=\nsetgid=\nsecurity-poll-suffix=\ndisable-syslog=yes\n'
           'log-dns-queries=yes\nloglevel=6\nlog-timestamp=yes\nreceiver-threads=1\ndistributor-threads=1\n'
           'allow-axfr-ips=\nserver-id=pdns\ncache-ttl=0\n').format(folder, database, ','.join(addresses('pdns')))


def metadata(folder, zones):
    """PowerDNS keeps in a database who may transfer a zone, and that somebody else has signed it."""
    database = os.path.join(folder, 'metadata')
    run('pdnsutil', '--config-dir=' + folder, 'create-bind-db', database)
    rows = []
    for zone in zones:
        copy = zone.copies['pdns']
        if copy:
            rows += [(zone.name, 'ALLOW-AXFR-FROM', address) for address in allowed('pdns', copy)]
            if copy['signed'] is not None:
                rows.append((zone.name, 'PRESIGNED', '1'))
    with sqlite3.connect(database) as base:
        base.executemany('INSERT INTO domainmetadata (domain, kind, content) VALUES (?, ?, ?)', rows)


def program(folder, name):
    """AppArmor confines named by its path to the system's folders; a copy is not confined."""
    path = shutil.which(name, path=os.environ['PATH'] + ':/usr/local/sbin:/usr/sbin:/sbin')
    if not path:
        sys.exit('%s is not installed' % name)
    try:
        with open('/sys/module/apparmor/parameters/enabled', encoding='ascii') as file:
            confined = file.read().strip() == 'Y'
    except OSError:
        confined = False
    return shutil.copy(path, folder) if name == 'named' and confined else path


SERVERS = {
    'parent': ('named', conf_parent, 'named.conf', ['-f', '-n', '1', '-c', '{conf}']),
    'bind': ('named', conf_bind, 'named.conf', ['-f', '-n', '1', '-c', '{conf}']),
    'knot': ('knotd', conf_knot, 'knot.conf', ['-c', '{conf}']),
    'nsd': ('nsd', conf_nsd, 'nsd.conf', ['-d', '-c', '{conf}']),
    'pdns': ('pdns_server', conf_pdns, 'pdns.conf', ['--config-dir={dir}']),
    'resolver': ('named', conf_resolver, 'named.conf', ['-f', '-n', '1', '-c', '{conf}']),
}


def start(folder, name, zones):
    what, write, conf, words = SERVERS[name]
    here = os.path.join(folder, name)
    os.makedirs(os.path.join(here, 'db'))
    conf = os.path.join(here, conf)
    with open(conf, 'w', encoding='ascii') as file:
        file.writelines(write(here, zones))
    if name == 'pdns':
        metadata(here, zones)
    words = [word.format(conf=conf, dir=here) for word in words]
    with open(os.path.join(here, 'log'), 'w', encoding='ascii') as log:
        return subprocess.Popen([program(here, what), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


# ---- The players -------------------------------------------------------------------------------


class Player(threading.Thread):
    """A server at one address, over TCP or UDP, that has the zones as BIND has them, and misbehaves."""

    def __init__(self, host, address, kind, zones):
        super().__init__(daemon=True)
        self.host, self.zones, self.kind = host, zones, kind
        self.socket = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, kind)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, 53))
        if kind == socket.SOCK_STREAM:
            self.socket.listen(100)

    def answer(self, octets):
        query = dns.message.from_wire(octets)
        reply = dns.message.make_response(query)
        if not query.question:
            reply.set_rcode(dns.rcode.FORMERR)
            return reply.to_wire()
        question = query.question[0]
        text = self.zones.get(question.name)
        if text is None or self.host == 'refusing' or question.rdtype == dns.rdatatype.AXFR:
            reply.set_rcode(dns.rcode.REFUSED)
            return reply.to_wire()
        zone = dns.zone.from_text(text, question.name, check_origin=False, relativize=False) if isinstance(text, str) else text
        self.zones[question.name] = zone
        if self.host != 'nonauth':
            reply.flags |= dns.flags.AA
        for rdtype in question.rdtype, dns.rdatatype.RRSIG:
            if rdtype == dns.rdatatype.RRSIG and not query.ednsflags & dns.flags.DO:
                continue
            rrset = zone.get_rrset(question.name, rdtype, covers=question.rdtype if rdtype == dns.rdatatype.RRSIG else 0)
            if rrset is not None:
                reply.answer.append(rrset)
        return reply.to_wire()

    def hold_back(self, octets):
        """With a slow one, two transfers that are asked for at once are under way at once."""
        if self.host == 'slow' and dns.message.from_wire(octets).question[0].rdtype == dns.rdatatype.AXFR:
            time.sleep(HELD_BACK)

    def serve(self, connection):
        try:
            with connection:
                while self.host == 'mute' and connection.recv(4096):
                    pass
                while self.host not in ('closing', 'mute'):
                    size = connection.recv(2, socket.MSG_WAITALL)
                    if len(size) < 2:
                        return
                    query = connection.recv(struct.unpack('>H', size)[0], socket.MSG_WAITALL)
                    self.hold_back(query)
                    reply = self.answer(query)
                    connection.sendall(struct.pack('>H', len(reply)) + reply)
        except OSError:
            pass

    def run(self):
        while True:
            if self.kind == socket.SOCK_STREAM:
                threading.Thread(target=self.serve, args=self.socket.accept()[:1], daemon=True).start()
            else:
                octets, client = self.socket.recvfrom(4096)
                if self.host not in ('mute', 'noudp'):
                    try:
                        self.socket.sendto(self.answer(octets), client)
                    except dns.exception.DNSException:
                        pass # no message: a scanner tries others than those of DNS, too


def play_players(folder, zones):
    texts = {}
    for zone in zones:
        with open(zone.copies['bind' if zone.copies['bind'] else 'knot']['file'], encoding='ascii') as file:
            texts[dns.name.from_text(zone.name)] = file.read()
    for host in PLAYERS:
        for address in addresses(host):
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                if host != 'tls' and (host, kind) != ('notcp', socket.SOCK_STREAM):
                    Player(host, address, kind, texts).start()


# ---- The wire ----------------------------------------------------------------------------------


class Wire(threading.Thread):
    """Writes down when a transfer is asked for over TCP (+ and the server's address), and when it is answered
    or its connection closed (-). An audit wants no more than the first message. Packets are seen as they
    leave who sends them: the client can ask for the next one only after that, while the logs of servers tell
    the end of a transfer still later."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        os.mkdir(os.path.join(folder, 'wire'))
        self.log = open(os.path.join(folder, 'wire', 'log'), 'w', encoding='ascii', buffering=1)
        # Of a connection and a side of it: where TCP counts on from, and what there is of a message. Of a
        # connection: how many transfers are under way.
        self.sent, self.under_way = {}, {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003)) # ETH_P_ALL
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20) # SO_RCVBUFFORCE
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)

    def messages(self, side, sequence, octets):
        """Those that are whole now."""
        expected, said = self.sent.get(side, (sequence, b''))
        if sequence != expected: # sent once more
            return
        said += octets
        while len(said) >= 2 and len(said) >= 2 + struct.unpack_from('>H', said)[0]:
            size = 2 + struct.unpack_from('>H', said)[0]
            yield said[2:size]
            said = said[size:]
        self.sent[side] = (sequence + len(octets)) % (1 << 32), said

    def ask(self, connection):
        self.under_way[connection] = self.under_way.get(connection, 0) + 1
        self.log.write('+ %s\n' % connection[2])

    def answer(self, connection):
        if self.under_way.get(connection, 0) > 0:
            self.under_way[connection] -= 1
            self.log.write('- %s\n' % connection[2])

    def end(self, connection):
        for _ in range(self.under_way.pop(connection, 0)):
            self.log.write('- %s\n' % connection[2])
        for client in (0, 1):
            self.sent.pop((connection, client), None)

    def look(self, packet):
        version = packet[0] >> 4
        start, length, protocol = ((packet[0] & 15) * 4, 4, packet[9]) if version == 4 else (40, 16, packet[6])
        if protocol != socket.IPPROTO_TCP:
            return
        family, at = (socket.AF_INET, 12) if version == 4 else (socket.AF_INET6, 8)
        ends = [socket.inet_ntop(family, packet[at + i * length:at + (i + 1) * length]) for i in (0, 1)]
        ports = struct.unpack_from('>HH', packet, start)
        if 53 not in ports:
            return
        client = 0 if ports[1] == 53 else 1
        connection = ends[client], ports[client], ends[1 - client]
        octets, flags = packet[start + (packet[start + 12] >> 4) * 4:], packet[start + 13]
        if octets:
            sequence = struct.unpack_from('>I', packet, start + 4)[0]
            for message in self.messages((connection, client), sequence, octets):
                if b'\0\0\xfc\0\1' in message[:300]: # the end of a name, AXFR, IN
                    (self.ask if client == 0 else self.answer)(connection)
        if flags & 5: # FIN, RST
            self.end(connection)

    def run(self):
        lost = 0
        while True:
            packet, where = self.socket.recvfrom(1 << 17)
            if where[2] == socket.PACKET_OUTGOING: # on its way in it is seen once more
                self.look(packet)
            lost += struct.unpack('II', self.socket.getsockopt(263, 6, 8))[1] # SOL_PACKET, PACKET_STATISTICS
            if lost:
                self.log.write('! %d\n' % lost)
                lost = 0


# ---- The field ---------------------------------------------------------------------------------


def ask(address, name, over=dns.query.udp, rdtype='SOA', timeout=2):
    query = dns.message.make_query(name, rdtype, use_edns=0, want_dnssec=True, payload=1232)
    return over(query, address, timeout=timeout)


def wait(address, name, process, log):
    end = time.monotonic() + 60
    while True:
        try:
            if ask(address, name, timeout=0.5).rcode() == dns.rcode.NOERROR:
                return
        except (OSError, dns.exception.DNSException):
            pass
        if process.poll() is not None or time.monotonic() > end:
            with open(log, encoding='utf-8', errors='replace') as file:
                sys.exit('no answer at %s: %s' % (address, file.read()[-3000:]))
        time.sleep(0.05)


def play(folder):
    seed = int(os.environ.get('SEED') or time.time() % 100000)
    with open(os.path.join(folder, 'seed'), 'w', encoding='ascii') as file:
        file.write('%d\n' % seed)
    run('ip', 'link', 'set', 'lo', 'up')
    own = [a for host in HOSTS for a in addresses(host)] + [RESOLVER, *PARENT]
    batch = ''.join('addr add %s/%d dev lo%s\n' % (a, 128 if ':' in a else 32, ' nodad' if ':' in a else '') for a in own)
    run('ip', '-batch', '-', input=batch)
    path = os.path.join(folder, 'resolv.conf')
    with open(path, 'w', encoding='ascii') as file:
        file.write('nameserver %s\noptions timeout:10\n' % RESOLVER)
    run('mount', '--bind', path, '/etc/resolv.conf')
    zones, now = plan(seed), time.time()
    os.mkdir(os.path.join(folder, 'zones'))
    for zone in zones:
        write_zone(os.path.join(folder, 'zones'), zone, now)
    write_parents(os.path.join(folder, 'zones'), zones)
    with open(os.path.join(folder, 'now'), 'w', encoding='ascii') as file:
        file.write('%d\n' % now)
    processes = {name: start(folder, name, zones) for name in SERVERS}
    play_players(folder, zones)
    for name, process in processes.items():
        address = {'parent': PARENT[0], 'resolver': RESOLVER}.get(name) or addresses(name)[0]
        wait(address, TOP if name == 'parent' else zones[-1].name, process, os.path.join(folder, name, 'log'))
    Wire(folder).start()
    print('ready', flush=True)
    while True:
        time.sleep(3600)


def planned(folder):
    with open(os.path.join(folder, 'seed'), encoding='ascii') as file:
        return plan(int(file.read()))


# ---- Whether the field is what it should be ----------------------------------------------------


def transfer_is(address, name):
    """The first message of a transfer, as the audit calls it."""
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect((address, 53))
            query = dns.message.make_query(name, 'AXFR').to_wire()
            connection.sendall(struct.pack('>H', len(query)) + query)
            size = connection.recv(2, socket.MSG_WAITALL)
            if len(size) < 2:
                return 'closed'
            reply = dns.message.from_wire(connection.recv(struct.unpack('>H', size)[0], socket.MSG_WAITALL),
                                          one_rr_per_rrset=True, question_only=False)
    except socket.timeout:
        return 'timeout'
    except ConnectionRefusedError:
        return 'unreachable'
    except OSError:
        return 'closed'
    if reply.rcode() in (dns.rcode.REFUSED, dns.rcode.NOTAUTH):
        return 'refused'
    return 'open' if reply.answer and reply.answer[0].rdtype == dns.rdatatype.SOA else dns.rcode.to_text(reply.rcode())


def found(address, name, over, tries):
    try:
        reply = ask(address, name, over, timeout=1)
    except (OSError, EOFError, dns.exception.DNSException):
        return found(address, name, over, tries - 1) if tries > 1 else None
    soa = [rrset[0] for rrset in reply.answer if rrset.rdtype == dns.rdatatype.SOA]
    ends = [rdata.expiration for rrset in reply.answer if rrset.rdtype == dns.rdatatype.RRSIG for rdata in rrset]
    return {'rcode': int(reply.rcode()), 'aa': bool(reply.flags & dns.flags.AA), 'serial': soa[0].serial if soa else None,
            'rname': soa[0].rname.to_text() if soa else None, 'expires': max(ends, default=None)}


def wrong_at(zone, host, address, now):
    fact = at(zone, host, address)
    for word, over in ('tcp', dns.query.tcp), ('udp', dns.query.udp):
        # Where an answer is due, a busy machine may need a second try.
        got = found(address, zone.name, over, 1 if fact[word] is None else 4)
        if fact[word] is None or got is None:
            right = fact[word] is None and got is None
        else:
            copy = fact['copy']
            right = got == {'rcode': fact[word], 'aa': fact['aa'], 'serial': fact['serial'],
                            'rname': copy and under(copy['rname']) + '.',
                            'expires': None if fact['signed'] is None else now + fact['signed'] * DAY}
        if not right:
            yield '%s at %s %s over %s: %s, and not %s' % (zone.name, host, address, word, got, fact)
    for _ in range(4):
        is_open = transfer_is(address, zone.name)
        if is_open in fact['transfer']:
            break
    if is_open not in fact['transfer']:
        yield '%s at %s %s: a transfer is %s, and not %s' % (zone.name, host, address, is_open, fact['transfer'])


def wrong_in(zone, now):
    for host in zone.hosts():
        for address in addresses(host):
            yield from wrong_at(zone, host, address, now)
    reply = ask(RESOLVER, zone.name, rdtype='NS', timeout=30)
    names = {rdata.target.to_text() for rrset in reply.answer if rrset.rdtype == dns.rdatatype.NS for rdata in rrset}
    if names != {under(host) + '.' for host in zone.child}:
        yield '%s: the resolver says %s %s' % (zone.name, dns.rcode.to_text(reply.rcode()), names)
    reply = ask(PARENT[0], zone.name, rdtype='NS')
    names = {rdata.target.to_text() for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NS for rdata in rrset}
    if names != {under(host) + '.' for host in zone.parent}:
        yield '%s: the parent says %s' % (zone.name, names)
    has_ds = any(rrset.rdtype == dns.rdatatype.DS for rrset in ask(PARENT[0], zone.name, rdtype='DS').answer)
    if has_ds != zone.ds:
        yield '%s: DS at the parent: %s' % (zone.name, has_ds)


def holds(folder, case=None):
    with open(os.path.join(folder, 'now'), encoding='ascii') as file:
        now = int(file.read())
    zones = [zone for zone in planned(folder) if zone.case == case or (case is None and zone.case != 'many')]
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        return [text for wrong in pool.map(lambda zone: list(wrong_in(zone, now)), zones) for text in wrong]


# ---- The verdict about an audit ----------------------------------------------------------------


def wrong_row(zone, row, fact, now):
    """What is wrong in a row of an audit; `fact` is of expect()."""
    host, address = row['server'].rstrip('.'), row.get('address')
    checks = [
        ('problems', set(row['problems']), fact['problems']),
        ('sources', set(row['sources']), {word for word, there in zip(('parent', 'zone', 'mname'), fact['sources']) if there}),
        ('serial', row.get('serial'), fact['serial']),
        ('lag', row.get('lag'), fact['lag']),
        ('aa', row.get('aa'), None if fact['tcp'] is None else fact['aa']), # as rcode: over TCP
        ('port', row.get('port') or 53, 53),
    ]
    if fact['tcp'] is not None:
        checks.append(('rcode', row.get('rcode'), dns.rcode.to_text(fact['tcp'])))
    if fact['serial'] is not None:
        checks.append(('signed', row.get('signed'), fact['signed'] is not None))
    if fact['signed'] is not None:
        checks.append(('expires', row.get('expires'),
                       time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now + fact['signed'] * DAY))))
    if address:
        checks.append(('udp', (row.get('udp') or {}).get('rcode'), None if fact['udp'] is None else dns.rcode.to_text(fact['udp'])))
    kind = host.split('.', maxsplit=1)[0]
    if kind in KINDS and fact['tcp'] is not None:
        checks.append(('nsid', row.get('nsid'), kind))
    for what, is_now, right in checks:
        if is_now != right:
            yield '%s %s %s: %s is %r, and not %r' % (zone.name, host, address, what, is_now, right)
    if row['transfer'] not in fact['transfer']:
        yield '%s %s %s: a transfer is %r, and not %r' % (zone.name, host, address, row['transfer'], fact['transfer'])


def wrong_sums(zone, rows, facts):
    """Equal contents have equal sums, others have others; the number of records is that of the file."""
    seen = {}
    for row in rows:
        copy = facts[row['server'].rstrip('.').split('.')[0], row.get('address')]['copy']
        if row['transfer'] != 'open' or copy is None:
            if row.get('sum') is not None:
                yield '%s %s: a sum of what nobody gets' % (zone.name, row['server'])
            continue
        content = tuple(copy[word] for word in CONTENT)
        if row.get('sum') is None or seen.setdefault(content, row['sum']) != row['sum']:
            yield '%s %s: the sum is %r, and elsewhere %r' % (zone.name, row['server'], row.get('sum'), seen)
        if copy['signed'] is None and row.get('records') != 2 + len(zone.child):
            yield '%s %s: %r records' % (zone.name, row['server'], row.get('records'))
    if len(set(seen.values())) != len(seen):
        yield '%s: other contents have the same sum: %s' % (zone.name, seen)


def judge(folder, path, status, *options):
    """`status` is the exit status of a run with the problems that count by default."""
    with open(path, encoding='ascii') as file:
        said = json.load(file)['zones']
    with open(os.path.join(folder, 'now'), encoding='ascii') as file:
        now = int(file.read())
    zones, wrong, counts = {zone.name: zone for zone in planned(folder)}, [], False
    secret = False
    for heard in said:
        zone = zones.pop(heard['zone'].rstrip('.'))
        facts = expect(zone, 'contents' in options)
        rows = {(row['server'].rstrip('.').split('.')[0], row.get('address')): row for row in heard['rows']}
        if set(rows) != set(facts) or len(rows) != len(heard['rows']):
            wrong.append('%s: rows %s, and not %s' % (zone.name, sorted(map(str, rows)), sorted(map(str, facts))))
        for key in set(rows) & set(facts):
            wrong += wrong_row(zone, rows[key], facts[key], now)
        if 'contents' in options:
            wrong += wrong_sums(zone, [rows[key] for key in set(rows) & set(facts)], facts)
        secret |= all(fact['transfer'] != ['open'] for fact in facts.values())
        counts |= any(fact['problems'] - {'timeout'} for fact in facts.values())
    # Where nobody gives a zone its content is not known, which is worse than what is known of others.
    right = 4 if 'contents' in options and secret else int(counts)
    if int(status) != right:
        wrong.append('the exit status is %s, and not %d' % (status, right))
    return wrong if said else ['no zones']


# ---- Whether the client was polite, as the servers saw it -----------------------------------------

# A line of a log: when (where it says so to the millisecond), whose question it is, and what.
QUERY = {
    'bind': re.compile(r'^(?P<when>\S+)Z .*client (?:@\S+ )?(?P<client>\S+)#\d+ .*: query: \S+ IN (?P<type>\S+)'),
    'nsd': re.compile(r'^\[(?P<when>[^\]]+)\] .*: (?P<type>axfr) for \S+ from (?P<client>\S+)'),
    'pdns': re.compile(r"^(?P<when>\w+ \d+ [\d:]+) (?:TCP )?Remote (?P<client>\S+) wants '\S+\|(?P<type>\w+)'"),
}
# Two transfers at once are seen for certain with the slow player alone: others send a small zone in one go.
TRANSFERS = [*KINDS, 'slow']
LOGGERS = [*QUERY, 'wire']


def instant(text):
    """Seconds of the day."""
    hours, minutes, seconds = re.search(r'(\d\d):(\d\d):(\d\d(?:\.\d+)?)', text).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def most_in_a_second(times):
    times, first, most = sorted(times), 0, 0
    for last, when in enumerate(times):
        while times[first] <= when - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def most_at_once(lines, server):
    open_now = most = count = 0
    for line in lines:
        sign, address = line.split()
        if address == server:
            open_now += 1 if sign == '+' else -1
            count += sign == '+'
            most = max(most, open_now)
    return count, most


def sizes(folder):
    return {kind: os.path.getsize(os.path.join(folder, kind, 'log')) for kind in LOGGERS}


def mark(folder):
    """What the logs have until now is not of the run that follows."""
    with open(os.path.join(folder, 'mark'), 'w', encoding='ascii') as file:
        json.dump(sizes(folder), file)
    return []


def lines_since(folder, name):
    """What came into a log since the mark."""
    with open(os.path.join(folder, 'mark'), encoding='ascii') as file:
        begin = json.load(file)[name]
    with open(os.path.join(folder, name, 'log'), encoding='utf-8', errors='replace') as file:
        file.seek(begin)
        return file.read().splitlines()


def questions(folder, rate, zones):
    for kind, pattern in QUERY.items():
        heard = [match for match in map(pattern.search, lines_since(folder, kind)) if match]
        for client in addresses(kind):
            times = [instant(match['when']) for match in heard if match['client'] == client]
            most = most_in_a_second(times)
            print('# %s: %d questions logged, at most %d in a second' % (client, len(times), most))
            if most > rate:
                yield '%s: %d questions in a second' % (client, most)
            if len(times) < zones:
                yield '%s: only %d questions' % (client, len(times))


def transfers(folder, zones):
    lines = lines_since(folder, 'wire')
    if any(line.startswith('!') for line in lines):
        yield 'not all of the wire was seen'
        return
    for server in (address for host in TRANSFERS for address in addresses(host)):
        count, most = most_at_once(lines, server)
        print('# %s: %d transfers seen, at most %d at once' % (server, count, most))
        if count < zones:
            yield '%s: only %d transfers' % (server, count)
        if most > 1:
            yield '%s: %d transfers at once' % (server, most)


def polite(folder, rate, zones):
    """At each address: no more than RATE questions in any second, one transfer at a time; and that there
    were questions and transfers of so many ZONES at all. Of NSD the questions are the transfers alone; Knot
    DNS logs none. PowerDNS tells the time in seconds: there it is the whole second that counts."""
    return [*questions(folder, int(rate), int(zones)), *transfers(folder, int(zones))]


def main():
    command, folder, *words = sys.argv[1:]
    if command == 'play':
        return play(folder)
    if command == 'zones':
        print(*[zone.name for zone in planned(folder) if zone.case in words or (not words and zone.case != 'many')])
        return 0
    wrong = {'holds': holds, 'judge': judge, 'mark': mark, 'polite': polite}[command](folder, *words)
    print(*wrong[:20], sep='\n', end='\n' if wrong else '')
    return len(wrong) > 0


if __name__ == '__main__':
    sys.exit(main())
