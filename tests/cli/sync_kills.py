#!/usr/bin/python3
"""kill -9 of a run over many zones, and signals, at random moments, while their serials go on. Speaks TAP.

Whenever it comes: each NAME.zone is whole, as its end line says, and of a serial that was served. The next run
ends well and makes everything good: all files are those of the last serials, no temporary file is left, each
change has had its command of --exec, and no more old files are kept than are asked for. After a signal that
can be caught the run is over at once, and its commands are, too; no temporary file is left.

usage: sync_kills.py [--kills N] [--signals N] [--zones N]     ZXFR and MANYZONES name the programs, SEED repeats a run
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import time

from sync_box import ZXFR, Server, Tests, expect, manyrule, sums

import dns.zone

KEEP = 2
END = re.compile(r"; zxfr end: (\S+)\. IN serial (\d+) ")
PATIENCE = 60


class Run:
    """The folders of the test, and what should be in them."""

    def __init__(self, folder, zones, seed):
        self.folder = folder
        self.random = random.Random(seed)
        self.zones = [manyrule.name(zone) for zone in range(zones)]
        self.serials = {zone: 1 for zone in range(zones)}
        self.served = {name: {1} for name in self.zones}
        self.seen = {}      # name: the serial of its file, as it was after the last run
        self.log_lines = 0  # of --exec that were looked at
        for name in "d", "diffs", "tmp":
            os.mkdir(self.path(name))
        open(self.path("log"), "w").close()
        with open(self.path("list"), "w") as file:
            file.writelines(name + "\n" for name in self.zones)
        self.server = Server(folder, zones, "--order", "mixed", "--jitter", "2", "--records", "4", "--seed",
                             str(seed))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, pause=None):
        """With `pause` each command takes so long before it does something."""
        command = 'printf "%s\\n" "$ZXFR_ZONE $ZXFR_SERIAL" >>' + self.path("log")
        if pause:
            command = f"echo $$ >>{self.path('pids')}; sleep {pause}; {command}"
        words = [ZXFR, "sync", "--list", self.path("list"), self.server.at, "-d", self.path("d"), "--diff-dir",
                 self.path("diffs"), "--keep", str(KEEP), "--exec-jobs", "3",
                 # a command that is just begun has the lock until it is another program
                 "--wait", "--report", self.path("report"),
                 "--metrics", self.path("metrics"),
                 "--exec", command]
        self.out = open(self.path("out"), "w+")
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT)

    def finish(self, process):
        status = process.wait(PATIENCE)
        self.out.seek(0)
        self.said = self.out.read()
        self.out.close()
        return status

    def change(self):
        for zone in self.random.sample(sorted(self.serials), self.random.randint(1, len(self.zones))):
            self.serials[zone] += 1
            self.served[manyrule.name(zone)].add(self.serials[zone])
        self.server.change(self.serials)

    def file_serial(self, name):
        """The serial of a whole file; None: there is none."""
        path = self.path("d", name + ".zone")
        if not os.path.exists(path):
            return None
        why = sums.check(path)
        expect(why is None, path, why)
        with open(path) as file:
            lines = file.read().splitlines()
        end = END.match(lines[-1])
        expect(end and end[1] == name, path, "is of another zone")
        soa = lines[0].split()
        expect(soa[3] == "SOA" and soa[6] == end[2], path, lines[0])
        expect(int(end[2]) in self.served[name], path, "has a serial that was never served")
        return int(end[2])

    def check_names(self, is_settled):
        """What may be in the folders."""
        names = {name + ".zone" for name in self.zones} | {".old"}
        marks = {f".{name}.zone.hook" for name in self.zones}
        left = {f".{name}.zone.zxfr" for name in self.zones}
        odd = set(os.listdir(self.path("d"))) - names - (set() if is_settled else marks | left)
        expect(not odd, "in the folder:", sorted(odd)[:5])
        diff = r"zone\d{6}\.example\.\d+-\d+\.diff"
        odd = [name for name in os.listdir(self.path("diffs"))
               if not re.fullmatch(diff if is_settled else rf"{diff}|\.{diff}\.zxfr", name)]
        expect(not odd, "in the folder of changes:", odd[:5])
        old = r"zone\d{6}\.example\.\d+\.zone"
        folder = self.path("d", ".old")
        kept = os.listdir(folder) if os.path.isdir(folder) else []
        odd = [name for name in kept if not re.fullmatch(old if is_settled else rf"{old}(\.new)?", name)]
        expect(not odd, "in the folder of old files:", odd[:5])
        for name in kept:
            why = sums.check(os.path.join(folder, name))
            expect(why is None, name, why)
        if is_settled:
            for zone in self.zones:
                count = sum(name.startswith(zone + ".") for name in kept)
                expect(count <= KEEP, count, "old files of", zone)

    def check_diffs(self):
        for name in os.listdir(self.path("diffs")):
            if not name.startswith("."):
                with open(self.path("diffs", name)) as file:
                    lines = file.read().splitlines()
                # the SOA and one address
                expect([line[0] for line in lines] == list(";-+-+"), name, "is not whole")

    def check_kill(self):
        serials = {name: self.file_serial(name) for name in self.zones}
        for name, serial in serials.items():
            expect(serial is None or self.seen.get(name) is None or serial >= self.seen[name], name, "is older")
        self.check_names(False)
        self.check_diffs()

    def check_settled(self):
        self.check_names(True)
        self.check_diffs()
        with open(self.path("log")) as file:
            commands = [line.split() for line in file.read().splitlines()]
        last = {zone + ".": int(serial) for zone, serial in commands}
        for zone, serial in self.serials.items():
            name = manyrule.name(zone)
            expect(self.file_serial(name) == serial, name, "is not", serial)
            told = last.get(name + ".", last.get(name))
            expect(told == serial, name, serial, "has had no command; the last:", told)
            self.seen[name] = serial

    def check_content(self):
        """By dnspython, against the rule of the zones."""
        for zone, serial in self.serials.items():
            name = manyrule.name(zone)
            there = dns.zone.from_file(self.path("d", name + ".zone"), origin=name, relativize=False)
            rule = dns.zone.from_text(manyrule.text(zone, serial), origin=name, relativize=False)
            expect(there == rule, name, "has other records than", serial)

    def settle(self):
        status = self.finish(self.start())
        expect(status == 0, "the next run ends with", status, self.said)
        self.check_settled()


def kill_at_random(run, kills, whole):
    done = early = 0
    while done < kills:
        run.change()
        process = run.start()
        time.sleep(run.random.random() * whole)
        process.kill()
        status = run.finish(process)
        if status != -signal.SIGKILL:
            expect(status == 0, "a run that was not killed ends with", status, run.said)
            early += 1
            whole *= 0.9  # other processes were at work before
            expect(early < 20 + kills, "most runs are over before they are killed")
            run.check_settled()
            continue
        done += 1
        whole *= 1.03
        run.check_kill()
        if run.random.random() < 0.5:  # else the next run is killed, too
            run.settle()
    run.settle()
    return early


def check_end(run, status, number, took):
    """A signal has come."""
    expect(took < 3 or os.environ.get("SANITIZED"), "it went on for", took, "s")
    expect(status == -number, "it ended with", status, run.said)
    with open(run.path("report")) as file:
        last = json.loads(file.read().splitlines()[-1])
    expect(last["event"] == "summary" and last["interrupted"] is True and last["exit"] == 128 + number, last)
    if os.path.exists(run.path("pids")):
        with open(run.path("pids")) as file:
            left = [pid for pid in file.read().split() if is_alive(int(pid))]
        expect(not left, "commands go on:", left)
    run.check_kill()
    left = [name for name in os.listdir(run.path("d")) if name.endswith(".zxfr")]
    expect(not left, "left:", left)


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def stop_at_random(run, stops, whole):
    done = early = 0
    while done < stops:
        run.change()
        pause = run.random.choice([None, 0.05, 30])
        for name in "pids", "report":
            if os.path.exists(run.path(name)):
                os.unlink(run.path(name))
        process = run.start(pause)
        time.sleep(0.02 + run.random.random() * whole)  # else it may not be caught yet
        number = run.random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        begun = time.monotonic()
        process.send_signal(number)
        status = run.finish(process)
        took = time.monotonic() - begun
        if status == 0 or not os.path.exists(run.path("report")):  # it was over, or had not begun
            early += 1
            whole *= 0.9 if status == 0 else 1.1
            expect(early < 20 + stops, "most runs are over before their signal")
            continue
        done += 1
        check_end(run, status, number, took)
        if run.random.random() < 0.5:
            run.settle()
    run.settle()
    return early


def test_ends(folder, how, times, zones, seed):
    run = Run(folder, zones, seed)
    try:
        begun = time.monotonic()
        run.settle()
        whole = time.monotonic() - begun
        early = how(run, times, whole)
        run.check_content()
        print("# a run: %.3f s; %d runs were over before" % (whole, early))
    finally:
        run.server.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--signals", type=int, default=20)
    parser.add_argument("--zones", type=int, default=30)
    options = parser.parse_args()
    tests = Tests()
    tests.run("%d kills at random moments" % options.kills, test_ends, kill_at_random, options.kills, options.zones,
              tests.seed)
    tests.run("%d signals at random moments" % options.signals, test_ends, stop_at_random, options.signals,
              options.zones, tests.seed)
    tests.end()


main()
