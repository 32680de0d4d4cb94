"""More than anybody should send: NOTIFYs while a command sleeps, forged ones, and connections that say nothing."""
import collections
import itertools
import os
import random
import select
import socket
import struct
import time

from box import (CODES, KEYRING, SANITIZED, SECRET, WRONG_KEYRING, UNKNOWN_KEYRING, Primary, Watch, eventually, expect,
                 file_serial, manyrule, notify_message, quick_serial, say)

import dns.message
import dns.opcode

SERVER = "127.0.0.2"   # of the zones
STRANGER = "127.0.0.9"
GROWTH = 16384         # KiB, by holes between what stays, until they are given back
AT_REST = 20480        # KiB
SPARED = 10            # zones that are in no flood, after which those wait that were in vain
HELD = 5               # seconds that they do, at the most


class Sender:
    """Many messages from one address, and how each was replied. Messages differ in their first two octets."""

    def __init__(self, address, to):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((address, 0))
        self.socket.connect(to)
        self.socket.setblocking(False)
        self.sent, self.codes = 0, collections.Counter()
        self.ids = itertools.cycle(range(65536))

    def send(self, octets):
        """Later, if the kernel has no room."""
        while True:
            try:
                self.socket.send(struct.pack(">H", next(self.ids)) + octets[2:])
                self.sent += 1
                return
            except BlockingIOError:
                select.select([], [self.socket], [], 1)

    def take(self):
        """The replies that are there."""
        while True:
            try:
                reply = self.socket.recv(4096)
            except BlockingIOError:
                return
            expect(reply[2] & 0x80, "no reply:", reply)
            self.codes[reply[3] & 15] += 1

    def replied(self):
        self.take()
        return sum(self.codes.values())


def paced(messages, seconds):
    """Sends (sender, octets) pairs evenly over the time, and takes replies meanwhile."""
    begun = time.monotonic()
    for index, (sender, octets) in enumerate(messages):
        sender.send(octets)
        if index % 50 == 49:
            sender.take()
            ahead = begun + seconds * index / len(messages) - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
    return time.monotonic() - begun


class Floods:
    def __init__(self, folder, seed, zones):
        self.folder, self.random = folder, random.Random(seed)
        self.names = [manyrule.name(zone) for zone in range(zones)]
        self.primary = Primary(folder, "a", SERVER, zones)
        self.primary.start()
        with open(self.path("key"), "w") as file:
            file.write('key "soak.test" { algorithm hmac-sha256; secret "%s"; };\n' % SECRET)
        os.chmod(self.path("key"), 0o600)
        with open(self.path("list"), "w") as file:
            file.writelines("%s %s\n" % (name, self.primary.at) for name in self.names)
            # a key of the run, and nobody's server
            file.write("keyed.example @127.0.0.3#%d -k key\n" % self.primary.port)
        command = 'echo "+ $ZXFR_ZONE" >>%s; sleep 0.1; echo "- $ZXFR_ZONE" >>%s' % (self.path("log"), self.path("log"))
        self.watch = Watch(folder, "--exec", command, "--exec-jobs", "4", "--min-refresh", "1h", "--connect-timeout", "1s")
        self.changes = 0
        self.to = (self.watch.address, self.watch.port)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def end(self):
        self.watch.kill()
        self.primary.stop()

    def old(self, zones=None):
        """Which files are not what is served."""
        return [name for zone, name in enumerate(self.names) if zones is None or zone in zones
                if quick_serial(self.path("d", name + ".zone")) != self.primary.serials[zone]][:5]

    def begin(self):
        self.watch.start()
        eventually("the first round", 120, self.old)
        eventually("all commands", 300, self.commands_missing)
        time.sleep(1)

    def commands_missing(self):
        with open(self.path("log")) as file:
            ended = sum(line[0] == "-" for line in file)
        wanted = len(self.names) + self.changes
        return ended < wanted and (ended, wanted)

    def check_one_each(self):
        """Of each zone one command at a time."""
        runs = set()
        with open(self.path("log")) as file:
            for line in file:
                sign, zone = line.split()
                expect((zone in runs) == (sign == "-"), zone, "has two commands at once")
                (runs.add if sign == "+" else runs.remove)(zone)

    def change(self, zones):
        for zone in zones:
            self.primary.serials[zone] += 1
        self.primary.publish()

    def check_replied(self, senders, dropped):
        """But for what the kernel has dropped all that was sent is replied."""
        sent = sum(sender.sent for sender in senders)
        lost = self.watch.dropped() - dropped
        eventually("replies", 30, lambda: None if sum(sender.replied() for sender in senders) >= sent - lost else
                   (sum(sender.replied() for sender in senders), sent, lost))
        return sent, lost

    # ---- NOTIFYs that count

    def many(self, count):
        """Floods of a second, of which each zone has its part, and half of the zones have changed. The first one
        shows how much memory is needed."""
        self.begin()
        begun, first = self.watch.rss(), self.flood(count)
        for _ in range(2):
            last = self.flood(count)
        took = eventually("memory is given back", 40, lambda: not SANITIZED and self.watch.rss() > AT_REST and self.watch.rss())
        say("RSS %d KiB before the floods, %d after the first, %d after the third, %d some %.0f s later" % (
            begun, first, last, self.watch.rss(), took))
        expect(SANITIZED or last - first < GROWTH, "memory has grown from", first, "to", last)

    def flood(self, count):
        dropped, sender = self.watch.dropped(), Sender(SERVER, self.to)
        zones = range(SPARED, len(self.names))
        changed = set(self.random.sample(zones, len(zones) // 2))
        self.changes += len(changed)
        self.change(changed)
        messages = [(sender, notify_message(self.names[zone], self.random.choice([None, self.primary.serials[zone]])).to_wire())
                    for zone in zones] * (count // len(zones))
        self.random.shuffle(messages)
        begun = time.monotonic()
        took = paced(messages, 1)
        sent, lost = self.check_replied([sender], dropped)
        eventually("every zone that has changed", 30, lambda: self.old(changed))
        new = time.monotonic() - begun
        expect(set(sender.codes) == {0}, sender.codes)
        most = self.watch.rss()
        eventually("all commands", 300, self.commands_missing)
        self.check_one_each()
        say("%d NOTIFYs in %.2f s for %d zones: %d replied, %d dropped by the kernel; %d changed ones new %.1f s after the "
            "first; RSS %d KiB" % (sent, took, len(self.names), sender.replied(), lost, len(changed), new, most))
        return self.watch.rss()

    # ---- Forged ones

    def forgeries(self):
        """(what, sender, octets, RCODE or None where nothing may be replied)"""
        stranger, server = Sender(STRANGER, self.to), Sender(SERVER, self.to)
        name = self.names[1]

        def signed(keyring, key, zone=name):
            message = notify_message(zone)
            message.use_tsig(keyring, key)
            return message.to_wire()
        plain = notify_message(name).to_wire()
        response = bytearray(notify_message(name).to_wire())
        response[2] |= 0x80
        query = dns.message.make_query(name, "SOA").to_wire()
        update = dns.message.make_query(name, "SOA")
        update.set_opcode(dns.opcode.UPDATE)
        two = bytearray(plain)
        two[5] = 2
        rubbish = bytearray(plain[:12]) + bytes([0xc0, 0xff, 0, 6, 0, 1])
        return [
            ("a stranger", stranger, plain, "REFUSED"),
            ("an unknown zone, from a stranger", stranger, notify_message("nobody.example").to_wire(), "REFUSED"),
            ("an unknown zone, from a server", server, notify_message("nobody.example").to_wire(), "NOTAUTH"),
            ("a wrong key", stranger, signed(WRONG_KEYRING, "soak.test."), "NOTAUTH"),
            ("an unknown key", stranger, signed(UNKNOWN_KEYRING, "nobody.test."), "NOTAUTH"),
            ("a wrong key, from a server", server, signed(WRONG_KEYRING, "soak.test."), "NOTAUTH"),
            ("a key of another zone, from a stranger", stranger, signed(KEYRING, "soak.test."), "REFUSED"),
            ("a response", server, bytes(response), None),
            ("a query", server, query, "REFUSED"),
            ("an update", server, update.to_wire(), "NOTIMP"),
            ("two questions", server, bytes(two), "FORMERR"),
            ("rubbish", server, bytes(rubbish), "FORMERR"),
            ("a header alone", server, plain[:12], "FORMERR"),
            ("less than that", server, plain[:11], None),
        ]

    def one_by_one(self):
        for what, sender, octets, code in self.forgeries():
            sender.codes.clear()
            sender.send(octets)
            if code is None:
                time.sleep(0.1)
                expect(sender.replied() == 0, what, "is replied", sender.codes)
            else:
                eventually(what, 10, lambda: None if sender.replied() else "no reply")
                expect(dict(sender.codes) == {CODES[code]: 1}, what, "is replied", sender.codes)

    def quiet(self):
        """Until the primary is not asked any more because of what was."""
        time.sleep(HELD)
        last = None
        while (counts := self.primary.counts()) != last:
            last = counts
            time.sleep(1)

    def forged(self, count):
        self.one_by_one()
        self.quiet()
        before, dropped, cpu = self.watch.rss(), self.watch.dropped(), self.watch.cpu()
        counts, questions = self.primary.counts(), 0
        kinds = self.forgeries()
        senders = {id(sender): sender for _, sender, _, _ in kinds}.values()
        wanted = collections.Counter()
        times, begun = [], time.monotonic()
        silent = 0
        for part in range(5):
            messages = []
            for index in range(count // 5):
                _, sender, octets, code = kinds[index % len(kinds)]
                messages.append((sender, octets))
                silent += code is None
                wanted[code] += 1
            half = len(messages) // 2
            paced(messages[:half], 0.5)
            zone = part  # one that is spared
            self.change([zone])
            path = self.path("d", self.names[zone] + ".zone")
            good = Sender(SERVER, self.to)
            told = time.monotonic()
            good.send(notify_message(self.names[zone], self.primary.serials[zone]).to_wire())
            questions += 1
            for at in range(half, len(messages), 200):
                paced(messages[at:at + 200], 0.01)
                if len(times) == part and quick_serial(path) == self.primary.serials[zone]:
                    times.append(time.monotonic() - told)
            eventually("a genuine NOTIFY in the flood", 5, lambda: self.old([zone]))
            if len(times) == part:
                times.append(time.monotonic() - told)
            expect(good.replied() == 1 or self.watch.dropped() > dropped, "the genuine one is not replied")
        took = time.monotonic() - begun
        sent = sum(sender.sent for sender in senders)
        lost = self.watch.dropped() - dropped
        eventually("replies", 30, lambda: None if sum(sender.replied() for sender in senders) >= sent - silent - lost else
                   (sum(sender.replied() for sender in senders), sent, silent, lost))
        codes = sum((sender.codes for sender in senders), collections.Counter())
        after = self.watch.rss()
        say("%d forged messages in %.1f s: RCODEs %s, wanted %s, %d dropped by the kernel; CPU %.2f s; genuine ones new after "
            "%s s; RSS %d KiB before, %d after" % (
                sent, took, dict(codes), {CODES.get(code): count for code, count in wanted.items()}, lost,
                self.watch.cpu() - cpu, " ".join("%.2f" % time for time in times), before, after))
        for code, number in wanted.items():
            if code is not None:
                expect(number - lost <= codes[CODES[code]] <= number, code, number, codes)
        expect(set(codes) <= {CODES[code] for code in wanted if code}, codes)
        now = self.primary.counts()
        expect(now["soa"] - counts["soa"] == questions and now["axfr"] == counts["axfr"] and
               now["ixfr"] - counts["ixfr"] == questions, "the primary was asked:", counts, now)
        expect(SANITIZED or after - before < GROWTH, "memory has grown from", before, "to", after)
        expect(max(times) < 1 or SANITIZED, "a genuine NOTIFY had to wait")

    # ---- Connections

    def connect(self, number):
        """From an address of its own, without waiting for the end of that."""
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.setblocking(False)
        one.bind(("127.%d.%d.%d" % (1 + number // 40000, number // 200 % 200, 1 + number % 200), 0))
        one.connect_ex(self.to)
        return one

    def good_ones(self, seconds):
        """UDP and TCP NOTIFYs for the time; the longest that one took."""
        slowest, zone, count = collections.Counter(), 0, 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            zone = (zone + 1) % len(self.names)
            for tcp in False, True:
                self.change([zone])
                begun = time.monotonic()
                self.watch.notify(zone, self.primary.serials[zone], source=SERVER, tcp=tcp)
                slowest[tcp] = max(slowest[tcp], time.monotonic() - begun)
                eventually("a zone that was told of", 5, lambda: self.old([zone]))
                count += 1
                time.sleep(0.2)
        return "%d good NOTIFYs, replied after %.3f s over UDP and %.3f s over TCP at the most" % (
            count, slowest[False], slowest[True])

    def silent(self, count, seconds):
        """Connections that say nothing at all, some after they have begun to."""
        base = self.watch.descriptors()
        conns, most = [], 0
        for number in range(count):
            conns.append(self.connect(number))
            if number % 100 == 99:
                time.sleep(0.01)
                most = max(most, self.watch.descriptors())
        for one in conns[::3]:
            try:
                one.send(b"\0")
            except OSError:
                pass
        time.sleep(0.5)
        before = self.watch.cpu()
        time.sleep(3)
        used = (self.watch.cpu() - before) / 3
        said = self.good_ones(seconds)
        most = max(most, self.watch.descriptors())
        self.close(conns, base)
        say("%d silent connections: %d descriptors at most, %d before; CPU %.1f %% while they are silent; %s" % (
            count, most, base, 100 * used, said))
        expect(most <= base + 280, "descriptors")
        expect(used < 0.05 or SANITIZED, "CPU while nothing happens")

    def slow(self, count, seconds):
        """An octet a second of a NOTIFY from each."""
        base, before, begun = self.watch.descriptors(), self.watch.cpu(), time.monotonic()
        conns = [self.connect(number) for number in range(count)]
        wire = notify_message(self.names[0]).to_wire()
        wire = struct.pack(">H", len(wire)) + wire
        most = 0
        for second in range(seconds):
            for one in conns:
                try:
                    one.send(wire[second:second + 1])
                except OSError:
                    pass
            most = max(most, self.watch.descriptors())
            said = self.good_ones(1)
        left = sum(self.is_open(one) for one in conns)
        self.close(conns, base)
        say("%d connections with an octet a second for %d s: %d descriptors at most, %d before; CPU %.1f %%; %d are open "
            "still; %s" % (count, seconds, most, base, 100 * (self.watch.cpu() - before) / (time.monotonic() - begun), left,
                           said))
        expect(most <= base + 280, "descriptors")
        expect(seconds <= 12 or left == 0, left, "connections have stayed")

    def close(self, conns, base):
        for one in conns:
            one.close()
        eventually("the end of connections", 15, lambda: None if self.watch.descriptors() <= base + 4 else
                   self.watch.descriptors())

    @staticmethod
    def is_open(one):
        try:
            return one.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def run(folder, seed, options):
    floods = Floods(folder, seed, options.flooded)
    try:
        floods.many(options.notifies)
        floods.forged(options.forged)
        floods.silent(options.connections, options.patience)
        floods.slow(min(400, options.connections), options.patience)
        for zone, name in enumerate(floods.names):
            expect(file_serial(floods.path("d", name + ".zone"), name) == floods.primary.serials[zone], name)
        floods.watch.check_up()
        floods.watch.stop()
        floods.watch.check_metrics()
    finally:
        floods.end()
