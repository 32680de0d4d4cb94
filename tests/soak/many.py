"""Figures of very many zones: memory, CPU at rest, and what holds up the reply to a NOTIFY."""
import os
import shutil
import socket
import subprocess
import threading
import time

from box import SANITIZED, UNTIL_WE_END, Primary, Watch, eventually, expect, manyrule, notify_message, ports, \
    quick_serial, say

SERVER = "127.0.0.2"
CATALOG = "catalog.example"


class Probe:
    """A NOTIFY that changes nothing, a hundred times a second, and how long each waits for its reply."""

    def __init__(self, watch, name):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((SERVER, 0))
        self.socket.connect((watch.address, watch.port))
        self.socket.settimeout(30)
        self.wire = notify_message(name, 1).to_wire()
        self.worst, self.at, self.all, self.goes_on = 0, 0, [], True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.goes_on:
            begun = time.monotonic()
            self.socket.send(self.wire)
            self.socket.recv(512)
            took = time.monotonic() - begun
            self.all.append(took)
            if took > self.worst:
                self.worst, self.at = took, begun
            time.sleep(0.01)

    def take(self):
        """The worst and the median since the last call."""
        eventually("a reply", 60, lambda: not self.all)
        worst, self.worst, times = self.worst, 0, sorted(self.all)
        self.all = []
        return "a NOTIFY waits %.0f ms at the most, %.1f ms in the median of %d" % (
            1000 * worst, 1000 * times[len(times) // 2], len(times))

    def end(self):
        self.goes_on = False
        self.thread.join()


class Many:
    def __init__(self, folder, zones):
        self.folder, self.count = folder, zones
        self.rest_after = 60  # seconds: then zones are looked at again, evenly
        fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.fast = os.path.join(fast, "zxfr-soak.%d" % os.getpid()) if fast else None
        if self.fast:
            os.mkdir(self.fast)
            os.symlink(self.fast, self.path("d"))
        self.primary = Primary(folder, "a", SERVER, zones, "--refresh", "120", "--retry", "60")
        self.primary.start()
        self.catalog, self.catalog_port = None, ports.take(SERVER)
        self.watch = Watch(folder, "--exec-all", "cat >/dev/null")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def end(self):
        self.watch.kill()
        self.primary.stop()
        self.stop_catalog()
        if self.fast:
            shutil.rmtree(self.fast)

    def missing(self):
        count = sum(entry.name.endswith(".zone") and entry.name[0] == "z" for entry in os.scandir(self.path("d")))
        return count < self.count and "files: %d" % count

    def figures(self, what):
        rss = self.watch.rss()
        say("%s: RSS %.1f MiB, %.1f at most, %.0f octets a zone" % (
            what, rss / 1024, self.watch.status("VmHWM") / 1024, rss * 1024 / self.count))
        return rss

    def until_metrics(self, what, probe):
        """Waits for the next time that they are written."""
        path = self.path("metrics")
        old = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        probe.take()
        eventually("metrics", 120, lambda: not (os.path.exists(path) and os.stat(path).st_mtime_ns > old))
        time.sleep(0.5)
        say("metrics are written,", what + ":", probe.take(), "- %.1f MB" % (os.path.getsize(path) / 1e6))

    def first_round(self):
        self.watch.start()
        eventually("watch listens", 60, self.listening)
        probe = Probe(self.watch, manyrule.name(0))
        took = eventually("the first round", 900, self.missing)
        say("first round of %d zones: %.1f s, CPU %.1f s; %s" % (self.count, took, self.watch.cpu(), probe.take()))
        self.figures("after the first round")
        return probe

    def listening(self):
        """Nothing, when somebody listens."""
        with open("/proc/net/udp") as file:
            rows = [line.split()[1] for line in list(file)[1:]]
        return "" if any(int(row.split(":")[1], 16) == self.watch.port for row in rows) else "first"

    def rest(self, probe):
        time.sleep(20)
        self.figures("at rest")
        time.sleep(self.rest_after)
        cpu, counts, begun = self.watch.cpu(), self.primary.counts(), time.monotonic()
        probe.take()
        time.sleep(60)
        took = time.monotonic() - begun
        looks = self.primary.counts()["soa"] - counts["soa"]
        say("at rest: CPU %.2f s a minute, with %.0f looks a second (and 100 NOTIFYs); %s" % (
            (self.watch.cpu() - cpu) * 60 / took, looks / took, probe.take()))
        expect(SANITIZED or self.watch.rss() < 128 << 10, "more memory than sync")

    def reload(self, probe, what):
        probe.take()
        cpu = self.watch.cpu()
        done, took = self.watch.reload()
        expect(done, self.watch.said())
        time.sleep(1)
        say("SIGHUP, %s: %.2f s, CPU %.2f s; %s" % (what, took, self.watch.cpu() - cpu, probe.take()))

    def change(self, zone):
        """From the change to the new file."""
        self.primary.serials[zone] += 1
        self.primary.publish()
        begun = time.monotonic()
        self.watch.notify(zone, self.primary.serials[zone], source=SERVER)
        path = self.path("d", manyrule.name(zone) + ".zone")
        eventually("a zone that was told of", 60, lambda: quick_serial(path) != self.primary.serials[zone])
        return time.monotonic() - begun

    # ---- A catalog

    def start_catalog(self, serial, members):
        with open(self.path("catalog"), "w") as file:
            file.write("$ORIGIN %s.\n$TTL 0\n@ SOA . . %d 3600 600 2147483646 0\n@ NS invalid.\nversion TXT \"2\"\n" % (
                CATALOG, serial))
            file.writelines("m%d.zones PTR %s.\n" % (member, manyrule.name(member)) for member in members)
        words = ["--address", SERVER, "--port", str(self.catalog_port), self.path("catalog")]
        self.catalog = subprocess.Popen([*UNTIL_WE_END, os.environ["PRIMARY"], *words], stdout=subprocess.PIPE, text=True)
        expect(self.catalog.stdout.readline().startswith("ready "), "the catalog's server does not start")

    def stop_catalog(self):
        if self.catalog is not None:
            self.catalog.terminate()
            self.catalog.wait()
            self.catalog.stdout.close()

    def with_catalog(self):
        """Its last member comes, and goes again."""
        self.start_catalog(1, range(self.count - 1))
        last = self.path("d", manyrule.name(self.count - 1) + ".zone")
        os.unlink(last)
        at = self.watch.words.index("--list")
        self.watch.words[at:at + 2] = ["--catalog", "%s@%s#%d" % (CATALOG, SERVER, self.catalog_port), self.primary.at]
        self.watch.start()
        eventually("watch listens", 60, self.listening)
        probe = Probe(self.watch, manyrule.name(0))
        took = eventually("the first round", 900, self.primary_asked)
        self.figures("with a catalog, after %.1f s" % took)
        probe.take()
        self.stop_catalog()
        self.start_catalog(2, range(self.count))
        cpu, begun = self.watch.cpu(), time.monotonic()
        self.watch.notify(CATALOG, 2, source=SERVER)
        eventually("the member's file", 120, lambda: not os.path.exists(last))
        say("a catalog of %d members gets one more: its file after %.2f s, CPU %.2f s; %s" % (
            self.count, time.monotonic() - begun, self.watch.cpu() - cpu, probe.take()))
        self.figures("after that")
        probe.end()
        say("SIGTERM: %.2f s" % self.watch.stop(30))

    def primary_asked(self):
        asked = self.primary.counts()["soa"] - self.asked
        return asked < self.count - 1 and "questions: %d" % asked

    def run(self):
        with open(self.path("list"), "w") as file:
            file.writelines("%s %s\n" % (manyrule.name(zone), self.primary.at) for zone in range(self.count))
        probe = self.first_round()
        self.until_metrics("after the first round", probe)
        self.rest(probe)
        self.until_metrics("at rest", probe)
        say("a zone that is told of: new after", " ".join("%.2f" % self.change(zone) for zone in (5, self.count // 2, 7)), "s")
        self.reload(probe, "the same list of %d lines" % self.count)
        self.reload(probe, "and again")
        self.figures("after that")
        probe.end()
        self.watch.check_metrics()
        say("SIGTERM: %.2f s" % self.watch.stop(30))
        self.asked = self.primary.counts()["soa"]
        self.with_catalog()


def run(folder, _, options):
    many = Many(folder, options.many)
    try:
        many.run()
    finally:
        many.end()
