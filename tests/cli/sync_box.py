"""What the tests of runs over many zones share: a server of many zones, a folder, and how they fail."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import manyrule  # noqa: E402, F401
import sum as sums  # noqa: E402, F401

ZXFR, MANYZONES = os.environ["ZXFR"], os.environ["MANYZONES"]

UNTIL_WE_END = ["setpriv", "--pdeathsig", "TERM", "--"]


class Wrong(Exception):
    pass


def expect(condition, *words):
    if not condition:
        raise Wrong(" ".join(map(str, words)))


class Server:
    """tools/manyzones; `at` is what zxfr gets."""

    def __init__(self, folder, zones, *words):
        self.control = os.path.join(folder, "control")
        open(self.control, "w").close()
        self.process = subprocess.Popen(
            [*UNTIL_WE_END, MANYZONES, "--zones", str(zones), "--control", self.control, "--counts", os.path.join(folder, "counts"),
             *words], stdout=subprocess.PIPE, text=True)
        self.at = "@%s#%s" % tuple(self.process.stdout.readline().split()[1:])

    def change(self, serials):
        """Each number of a zone with its serial, or several numbers in words."""
        with open(self.control, "w") as file:
            file.writelines("%d %s\n" % (zone, serial) for zone, serial in serials.items())
        self.process.send_signal(signal.SIGHUP)
        assert self.process.stdout.readline() == "control\n"

    def end(self):
        self.process.terminate()
        self.process.wait()


class Tests:
    """Each test is a function that gets a folder of its own, and raises Wrong."""

    def __init__(self):
        self.seed = int(os.environ.get("SEED") or time.time() % 100000)
        print("# SEED=%d" % self.seed, flush=True)
        self.count = self.failures = 0

    def run(self, what, test, *words):
        folder = tempfile.mkdtemp(prefix="zxfr-sync-")
        self.count += 1
        try:
            test(folder, *words)
            print("ok %d - %s" % (self.count, what), flush=True)
        except Wrong as why:
            self.failures += 1
            print("not ok %d - %s\n#" % (self.count, what), str(why).replace("\n", "\n# "), flush=True)
            if os.environ.get("KEEP"):
                print("#", folder)
                return
        shutil.rmtree(folder)

    def end(self):
        print("1..%d" % self.count)
        sys.exit(self.failures > 0)


NAMES = [manyrule.name(zone) for zone in range(5)]
NEW, CHANGED, WHOLE, EDITED, SAME = NAMES
SERIALS = {0: 3, 1: 3, 2: 3, 3: 3, 4: 1}


def content(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


class Box:
    """A new zone, one that changes by IXFR, one by a whole zone, one whose file somebody has edited, and one that
    stays: `start` is copied to `d` for each run, where it may go wrong; `good` is how it shall be."""

    def __init__(self, folder):
        self.folder = folder
        self.server = Server(folder, len(NAMES))
        for name in "start", "diffs":
            os.mkdir(self.path(name))
        self.sync_plainly("start", *NAMES[2:])
        self.server.change({0: 2, 1: 2, 3: 2})
        self.sync_plainly("start", *NAMES[1:2])
        self.server.change(SERIALS)
        with open(self.path("start", EDITED + ".zone"), "ab") as file:
            file.write(b"; a remark\n")
        shutil.copytree(self.path("start"), self.path("good"))
        self.sync_plainly("good", *NAMES)
        self.old = {name: content(self.path("start", name + ".zone")) for name in NAMES}
        self.new = {name: content(self.path("good", name + ".zone")) for name in NAMES}
        for name in NAMES:
            why = sums.check(self.path("good", name + ".zone"))
            expect(why is None, name, why)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def sync_plainly(self, where, *names):
        done = subprocess.run([ZXFR, "sync", "-q", self.server.at, "-d", self.path(where), *names],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        expect(done.returncode == 0, "what was to be prepared ends with", done.returncode, done.stderr)

    def prepare(self):
        for name in "d", "diffs":
            shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.path("start"), self.path("d"))
        os.mkdir(self.path("diffs"))
        for name in "log", "report", "metrics", "trace":
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

    def words(self):
        """Those of a run, with all that writes files."""
        return [ZXFR, "sync", self.server.at, "-d", self.path("d"), "--diff-dir", self.path("diffs"), "--keep", "2",
                "--report", self.path("report"), "--metrics", self.path("metrics"), "--exec",
                'printf "%s\\n" "$ZXFR_ZONE $ZXFR_SERIAL" >>' + self.path("log")]

    def take(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def commands(self):
        text = content(self.path("log")) or b""
        return {tuple(line.split()) for line in text.decode().splitlines()}

    def has_had(self, zone):
        name = NAMES[zone]
        return (name, str(SERIALS[zone])) in self.commands() or (name + ".", str(SERIALS[zone])) in self.commands()

    def litter(self):
        names = set(os.listdir(self.path("d"))) - {name + ".zone" for name in NAMES} - {".old"}
        return names - {EDITED + ".zone.edited"}

    def judge_files(self, may_leave=()):
        """Whatever has failed: files are old or new, and nothing is lost. `may_leave`: endings of what may be left
        although no run was killed."""
        told = [line.split()[0] for line in self.out.splitlines()]
        for zone, name in enumerate(NAMES):
            now = content(self.path("d", name + ".zone"))
            is_new = now == self.new[name]
            has_marker = os.path.exists(self.path("d", f".{name}.zone.hook"))
            expect(is_new or now == self.old[name], name, "is neither the old nor the new one:", now)
            expect(is_new or name not in told, name, "is told to be new")
            expect(name == SAME or not is_new or has_marker or self.has_had(zone), name, "has had no command")
            expect(is_new or not has_marker or ".hook" in may_leave, name, "is the old one, and a marker is there")
            expect(is_new or name in self.err or self.status in (2, 8, 11), name, "is old, and nothing is said")
        expect(self.status == 0 or self.err, "status", self.status, "and not a word")
        edited = self.path("d", EDITED + ".zone.edited")
        expect(content(self.path("d", EDITED + ".zone")) == self.old[EDITED] or
               content(edited) == self.old[EDITED], "what was edited is lost")
        left = {name for name in self.litter() if not name.endswith((".hook", *may_leave))}
        expect(not left, "left:", left)
        left = [name for name in os.listdir(self.path("diffs")) if name.startswith(".") and ".zxfr" not in may_leave]
        expect(not left, "left of changes:", left)

    def judge_next(self):
        done = subprocess.run([*self.words(), *NAMES], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.take(done.returncode, done.stdout, done.stderr)
        expect(self.status == 0, "the next run ends with", self.status, self.err)
        for zone, name in enumerate(NAMES):
            expect(content(self.path("d", name + ".zone")) == self.new[name], name, "is not the new one")
            expect(name == SAME or self.has_had(zone), name, "has had no command after the next run")
        expect(not self.litter(), "left after the next run:", self.litter())
        left = {name for name in os.listdir(self.path("diffs")) if name.startswith(".")}
        expect(not left, "left after the next run:", left)
        names = os.listdir(self.path("d", ".old"))
        odd = [name for name in names if not re.fullmatch(r"zone\d{6}\.example\.\d+\.zone", name)]
        expect(not odd, "in the folder of old files:", odd)
