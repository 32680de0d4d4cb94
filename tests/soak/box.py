"""What the parts of soak share: primaries that can be ill, watch itself, NOTIFY, and judges that are not zxfr."""
import collections
import functools
import os
import re
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))
from sync_box import MANYZONES, UNTIL_WE_END, ZXFR, Tests, Wrong, expect, manyrule, sums  # noqa: E402, F401
import ports  # noqa: E402, F401

import dns.flags  # noqa: E402
import dns.message  # noqa: E402
import dns.opcode  # noqa: E402
import dns.query  # noqa: E402
import dns.rdata  # noqa: E402
import dns.rrset  # noqa: E402
import dns.tsig  # noqa: E402
import dns.tsigkeyring  # noqa: E402
import dns.zone  # noqa: E402

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
WRONG_SECRET = "////AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEYRING = dns.tsigkeyring.from_text({"soak.test.": ("hmac-sha256", SECRET)})
WRONG_KEYRING = dns.tsigkeyring.from_text({"soak.test.": ("hmac-sha256", WRONG_SECRET)})
UNKNOWN_KEYRING = dns.tsigkeyring.from_text({"nobody.test.": ("hmac-sha256", SECRET)})
CODES = dict(NOERROR=0, FORMERR=1, NOTIMP=4, REFUSED=5, NOTAUTH=9)
SANITIZED = bool(os.environ.get("SANITIZED"))
TICK = os.sysconf("SC_CLK_TCK")


def say(*words):
    print("#", *words, flush=True)


def eventually(what, seconds, test):
    """Waits until `test` returns nothing; what it returns is what is missing. Returns how long it took."""
    begun = time.monotonic()
    while True:
        missing = test()
        took = time.monotonic() - begun
        if not missing:
            return took
        expect(took < seconds, what, "after %.0f s:" % took, missing)
        time.sleep(0.05)


# ---- Primaries -------------------------------------------------------------------------------------

class Primary:
    """tools/manyzones at an address and port that stay, however often it ends and begins."""

    def __init__(self, folder, name, address, zones, *words, key=False):
        self.path, self.address, self.key = os.path.join(folder, name), address, key
        self.zones, self.words = zones, [*words, *(["--key", "hmac-sha256:soak.test:" + SECRET] if key else [])]
        self.serials = dict.fromkeys(range(zones), 1)
        self.port = ports.take(address)
        self.at = "@%s#%d" % (address, self.port)
        self.process = None

    def write_control(self, serials):
        with open(self.path + ".control", "w") as file:
            file.writelines("%d %d\n" % row for row in serials.items() if row[1] != 1)

    def start(self, *words, serials=None):
        self.write_control(serials or self.serials)
        self.process = subprocess.Popen(
            [*UNTIL_WE_END, MANYZONES, "--address", self.address, "--port", str(self.port), "--zones", str(self.zones),
             "--control", self.path + ".control", "--counts", self.path + ".counts", *self.words, *words],
            stdout=subprocess.PIPE, text=True)
        expect(self.process.stdout.readline().startswith("ready "), "the primary does not start")

    def publish(self, serials=None):
        """What it serves from now on."""
        self.write_control(serials or self.serials)
        self.process.send_signal(signal.SIGHUP)
        said = self.process.stdout.readline()
        expect(said == "control\n", "the primary is lost: it said", repr(said), "and ended with", self.process.poll())

    def counts(self):
        """How many questions it has had, by their type."""
        path = self.path + ".counts"
        if os.path.exists(path):
            os.unlink(path)
        self.process.send_signal(signal.SIGUSR1)
        eventually("counts", 10, lambda: None if os.path.exists(path) else path)
        with open(path) as file:
            rows = dict(line.split() for line in file)
        return {name: int(rows[name]) for name in ("soa", "ixfr", "axfr", "other", "malformed")}

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
        self.process = None

    def mute(self, is_mute):
        self.process.send_signal(signal.SIGSTOP if is_mute else signal.SIGCONT)

    def zone(self, number):
        """As dnspython has it from there."""
        name = manyrule.name(number)
        words = dict(keyring=KEYRING, keyname="soak.test.") if self.key else {}
        return dns.zone.from_xfr(dns.query.xfr(self.address, name, port=self.port, relativize=False, lifetime=30,
                                               **words), relativize=False)


# ---- Watch -----------------------------------------------------------------------------------------

def run_hook(folder, name, before=""):
    """A command that notes "ZONE OLD NEW" lines; an append of a line is one write."""
    return before + 'printf "%s %s %s\\n" "$ZXFR_ZONE" "${ZXFR_OLD_SERIAL:--}" "$ZXFR_SERIAL" >>' + \
        os.path.join(folder, name)


class Watch:
    """zxfr watch over the folder d, with what is the same in all parts."""

    def __init__(self, folder, *words, address="127.0.0.1"):
        self.folder, self.address = folder, address
        self.port = ports.take(address)
        os.makedirs(self.path("d"), exist_ok=True)
        os.makedirs(self.path("tmp"), exist_ok=True)
        self.words = [ZXFR, "watch", "-v", "--list", self.path("list"), "-d", self.path("d"), "--listen",
                      "%s#%d" % (address, self.port), "--metrics", self.path("metrics"), *words]
        self.process = None
        self.replied = collections.Counter()  # NOTIFYs, by kind

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self):
        with open(self.path("said"), "ab") as said:
            self.process = subprocess.Popen([*UNTIL_WE_END, *self.words], stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, env=dict(os.environ, TMPDIR=self.path("tmp")))

    def is_up(self):
        return self.process.poll() is None

    def check_up(self):
        expect(self.is_up(), "watch has ended with", self.process.returncode, self.said())

    def said(self):
        with open(self.path("said"), errors="replace") as file:
            return "\n".join(file.read().splitlines()[-20:])

    def reload(self):
        """Waits until it has been done, or refused: -v tells. Returns whether it was done, and how long it took."""
        begun, at = time.monotonic(), os.path.getsize(self.path("said"))
        self.process.send_signal(signal.SIGHUP)
        found = []
        eventually("a reload", 60, lambda: found.extend(self.reloads(at)) or (not found and "no word of it"))
        return found[0] == "reloaded", time.monotonic() - begun

    def reloads(self, at):
        with open(self.path("said"), "rb") as said:
            said.seek(at)
            text = said.read().decode(errors="replace")
        return re.findall(r"^zxfr: (reloaded|not reloaded)[:,]", text, re.M)

    def stop(self, seconds=10):
        """SIGTERM; returns how long it took."""
        begun = time.monotonic()
        self.process.terminate()
        status = self.process.wait(seconds)
        expect(status == 0, "SIGTERM ends with", status, self.said())
        return time.monotonic() - begun

    def kill(self):
        if self.process is not None and self.is_up():
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    # What the kernel says of it.

    def status(self, name):
        """KiB"""
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"^%s:\s+(\d+)" % name, file.read(), re.M)[1])

    def rss(self):
        return self.status("VmRSS")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def cpu(self):
        """Seconds"""
        with open("/proc/%d/stat" % self.process.pid) as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def dropped(self):
        """Datagrams that the kernel had no room for."""
        with open("/proc/net/udp") as file:
            rows = [line.split() for line in file][1:]
        return sum(int(row[-1]) for row in rows if int(row[1].split(":")[1], 16) == self.port)

    # What it says itself.

    def metrics(self):
        """{name: {labels as they stand: value}}"""
        series = collections.defaultdict(dict)
        with open(self.path("metrics")) as file:
            for line in file:
                if not line.startswith("#"):
                    found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)\n", line)
                    series[found[1]][found[2] or ""] = float(found[3])
        return series

    def check_metrics(self):
        with open(self.path("metrics"), "rb") as file:
            tool = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True)
        expect(tool.returncode == 0, "promtool:", tool.stdout.decode()[:500], tool.stderr.decode()[:500])

    def notified(self):
        """How many of each kind there were."""
        rows = {labels[8:-1]: int(value) for labels, value in self.metrics()["zxfr_notifies_total"].items()}
        good = sum(rows.pop(result) for result in ("accepted", "merged", "current"))
        return collections.Counter(good=good, **rows)

    def check_notifies(self):
        got, sent = self.notified(), self.replied
        expect(got == sent, "NOTIFYs:", got, "sent:", sent)

    # NOTIFY by dnspython.

    def notify(self, number, serial=None, source=None, tcp=False, key=None, kind="good", code="NOERROR"):
        """Sends one, and expects that it is replied so."""
        message = notify_message(manyrule.name(number) if isinstance(number, int) else number, serial)
        if key is not None:
            message.use_tsig(*key)
        ask = dns.query.tcp if tcp else dns.query.udp
        try:
            reply = ask(message, self.address, 10, self.port, source=source or self.address)
        except (dns.tsig.PeerBadKey, dns.tsig.PeerBadSignature) as why:
            expect(kind == "signature", "a NOTIFY that is", kind, "is refused:", why)
            self.replied[kind] += 1
            return
        expect(kind != "signature", reply)
        expect(reply.opcode() == dns.opcode.NOTIFY and reply.flags & dns.flags.QR, reply)
        expect(reply.rcode() == CODES[code], "a NOTIFY that is", kind, "is replied", reply)
        self.replied[kind] += 1


def notify_message(name, serial=None):
    message = dns.message.make_query(name, "SOA")
    message.set_opcode(dns.opcode.NOTIFY)
    message.flags = message.flags & ~dns.flags.RD | dns.flags.AA
    if serial is not None:
        message.answer.append(dns.rrset.from_text(name + ".", 0, "IN", "SOA", ". . %d 1 1 1 1" % serial))
    return message


def due_commands(folder):
    """What says that a command is due, or at work: one has ended only after it has said all that it says."""
    return [name for name in os.listdir(folder) if name.endswith(".hook")][:5]


# ---- Judges ----------------------------------------------------------------------------------------

END = re.compile(r"; zxfr end: (\S+)\. IN serial (\d+) ")


def file_serial(path, name):
    """The serial of a file that is whole by its end line and sum; None: there is none."""
    if not os.path.exists(path):
        return None
    why = sums.check(path)
    expect(why is None, path, why)
    with open(path) as file:
        lines = file.read().splitlines()
    end, soa = END.match(lines[-1]), lines[0].split()
    expect(end and end[1] == name and soa[3] == "SOA" and soa[6] == end[2], path, lines[0], lines[-1])
    return int(end[2])


def quick_serial(path):
    """The serial of the SOA, without a look at the rest; None: there is none."""
    try:
        with open(path) as file:
            return int(file.readline().split()[6])
    except FileNotFoundError:
        return None


def records(zone):
    """Of a zone of dnspython."""
    return {(str(name).lower(), ttl, rdata.to_text().lower()) for name, ttl, rdata in zone.iterate_rdatas()}


@functools.lru_cache(maxsize=4096)
def ruled(zone, serial, timers):
    """The records that a primary has under that serial, by the rule."""
    return records(dns.zone.from_text(manyrule.text(zone, serial, timers=timers), origin=manyrule.name(zone),
                                      relativize=False))


def check_ruled(path, zone, serial, timers):
    """The file has what a primary has under that serial."""
    there = records(dns.zone.from_file(path, origin=manyrule.name(zone), relativize=False))
    rule = ruled(zone, serial, timers)
    expect(there == rule, path, "has", there - rule, "and a primary", rule - there)


def changed_record(line):
    owner, ttl, kind, name, rdata = line.split(None, 4)
    return owner.lower(), int(ttl), dns.rdata.from_text(kind, name, rdata).to_text().lower()


def check_diffs(folder, timers):
    """Each file of changes says what lies between two serials: whatever was wrong for a while shows here, too."""
    for entry in os.listdir(folder):
        found = re.fullmatch(r"zone(\d{6})\.example\.(\d+)-(\d+)\.diff", entry)
        if found:
            zone, old, new = map(int, found.groups())
            with open(os.path.join(folder, entry)) as file:
                lines = file.read().splitlines()
            old, new = ruled(zone, old, timers), ruled(zone, new, timers)
            for sign, rule in ("-", old - new), ("+", new - old):
                there = {changed_record(line[1:]) for line in lines if line[0] == sign}
                expect(there == rule, entry, "has", sign, there - rule, "and should have", rule - there)


def check_kept(folder, timers):
    """What --keep has kept has what a primary had."""
    for entry in os.listdir(folder) if os.path.isdir(folder) else []:
        found = re.fullmatch(r"zone(\d{6})\.example\.(\d+)\.zone", entry)
        if found:
            check_ruled(os.path.join(folder, entry), int(found[1]), int(found[2]), timers)


def check_hooks(path, final):
    """The lines of run_hook tell of every change: what each begins with was told before, or is nothing where
    nothing was; the last one ends with the serial of the file. Returns how many there are."""
    told = collections.defaultdict(lambda: {"-"})
    last, count = {}, 0
    with open(path) as file:
        for line in file:
            zone, old, new = line.split()
            expect(old in told[zone], path, zone, "begins with", old, "- what was told is", sorted(told[zone])[-3:])
            told[zone].add(new)
            last[zone] = int(new)
            count += 1
    wrong = {zone: (serial, last.get(zone)) for zone, serial in final.items() if last.get(zone) != serial}
    expect(not wrong, "serials of files, and of their last commands:", list(wrong.items())[:5])
    return count
