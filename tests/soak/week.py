"""A week in fast motion: zones with times of seconds, on primaries that fall ill, with lists that change."""
import json
import os
import random
import time

from box import (KEYRING, SANITIZED, SECRET, UNKNOWN_KEYRING, WRONG_KEYRING, Primary, Watch, check_diffs, check_hooks, check_kept,
                 due_commands, eventually, expect, file_serial, manyrule, quick_serial, records, run_hook, say)

import dns.zone

TIMERS = 4, 2, 12
TIMES = [word for row in zip(("--refresh", "--retry", "--expire"), map(str, TIMERS)) for word in row]
AT_REST = 20480  # KiB
GROWTH = 6144  # KiB, from a tenth of the time to its end
MORE_DESCRIPTORS = 8  # connections that idle


class Patient:
    """A primary, and what ails it."""

    def __init__(self, primary):
        self.primary = primary
        self.ill_until = None
        self.ailment = None

    def is_well(self):
        return self.ailment is None

    def fall_ill(self, choice, now):
        primary, serials = self.primary, self.primary.serials
        self.ailment = choice.choice(["mute", "down", "older", "lost", "broken", "slow", "short"])
        self.ill_until = now + choice.uniform(0.5, 8)
        if self.ailment == "mute":
            primary.mute(True)
            return
        primary.stop()
        if self.ailment == "older":
            back = choice.randint(1, 5)
            primary.start(serials={zone: max(1, serial - back) for zone, serial in serials.items()})
        elif self.ailment == "lost":
            primary.start("--do", "every %d rcode %s" % (choice.randint(2, 9), choice.choice(["REFUSED", "NOTAUTH"])))
        elif self.ailment == "broken":
            how = choice.choice(["rdata", "rdlength", "soa", "close", "reset"])
            primary.start("--do", "every %d broken %s" % (choice.randint(1, 5), how))
        elif self.ailment == "slow":
            primary.start("--do", "every 3 delay 700", "--quota", "4")
        elif self.ailment == "short":
            primary.start("--close-after", "20", "--rubbish", "9")

    def recover(self):
        if self.ailment == "mute":
            self.primary.mute(False)
            self.primary.publish()
        else:
            self.primary.stop()
            self.primary.start()
        self.ailment = None


class Week:
    def __init__(self, folder, seed, zones, seconds):
        self.folder, self.count, self.seconds = folder, zones, seconds
        self.random = random.Random(seed)
        self.serials = dict.fromkeys(range(zones), 1)
        self.patients = []
        for name, key in ("a", False), ("b", True):
            primary = Primary(folder, name, "127.0.0.1", zones, *TIMES, "--jitter", "3", "--seed", str(seed), key=key)
            primary.serials = self.serials
            primary.start()
            self.patients.append(Patient(primary))
        self.a, self.b = (patient.primary for patient in self.patients)
        with open(self.path("key"), "w") as file:
            os.chmod(file.fileno(), 0o600)
            file.write('key "soak.test" { algorithm hmac-sha256; secret "%s"; };\n' % SECRET)
        # --strict: what a primary that is ill has broken is not what it has when it is well
        self.watch = Watch(folder, "--strict", "--min-refresh", "1s", "--max-refresh", "1h", "--max-unlisted", "90",
                           "--connect-timeout", "1s", "--answer-timeout", "2s", "--exec", run_hook(folder, "hooks"),
                           "--exec-jobs", "2", "--exec-all", "cat >>%s; echo . >>%s" % (
                               self.path("all"), self.path("runs")), "--exec-delay", "1s", "--keep", "2",
                           "--report", self.path("report"), "--diff-dir", self.path("diffs"))
        os.mkdir(self.path("diffs"))
        self.listed = {}
        self.broken_lists = self.rotations = self.slowest_reload = self.check_at = 0
        self.write_list(whole=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def end(self):
        self.watch.kill()
        for patient in self.patients:
            patient.primary.stop()

    # ---- Lists

    def line(self, zone, whole):
        """Of A, of B, which wants a signature, or of both; and what says something now and then."""
        servers = {0: self.a.at, 1: self.b.at + " -k key"}.get(zone % 4, self.a.at)
        if zone % 4 == 3:
            servers += " @127.0.0.1#%d" % self.a.port if whole else ""
        options = ["", "--min-records 2", "--max-records 1000", "--retry 1", "--no-fallback"]
        return "%s %s %s\n" % (manyrule.name(zone), servers, "" if whole else self.random.choice(options))

    def write_list(self, whole):
        part = 1 if whole else self.random.choice([1, 0.95, 0.9, 0.7, 0.5])
        listed = [zone for zone in range(self.count) if self.random.random() < part]
        with open(self.path("list"), "w") as file:
            file.writelines(self.line(zone, whole) for zone in listed)
        self.listed = set(listed)

    def write_broken_list(self):
        how = self.random.randrange(4)
        path = self.path("list")
        if how == 0 and os.path.exists(path):
            os.unlink(path)
        with open(path if how else path + ".other", "w") as file:
            if how == 1:
                file.write(self.line(0, False) + "zone000001.example --no-such-option\n")
            elif how == 2:
                file.write(self.line(0, False))  # all others would go
            elif how == 3:
                file.write(self.line(2, False) + self.line(2, False))
        self.broken_lists += 1

    def reload(self):
        """With the report under another name, as rotation does it."""
        if self.random.random() < 0.3:
            os.rename(self.path("report"), self.path("report.%d" % self.rotations))
            self.rotations += 1
        is_broken = self.random.random() < 0.3
        if is_broken:
            self.write_broken_list()
        else:
            self.write_list(whole=False)
        done, took = self.watch.reload()
        expect(done != is_broken, "a", "broken" if is_broken else "good", "list:", self.watch.said())
        self.slowest_reload = max(self.slowest_reload, took)

    # ---- Changes

    def change(self):
        few = self.random.random() < 0.95
        zones = self.random.sample(range(self.count), self.random.randint(1, 8 if few else self.count))
        for zone in zones:
            self.serials[zone] += 1
        for patient in self.patients:
            if patient.is_well():
                patient.primary.publish()
        if self.random.random() < 0.5:
            for zone in zones[:20]:
                self.notify(zone)

    def notify(self, zone):
        """For a zone that may have left its list, or come back."""
        serial = self.random.choice([None, self.serials[zone], self.serials[zone] - 1])
        is_listed = zone in self.listed
        self.watch.notify(zone, serial, tcp=self.random.random() < 0.2,
                          key=(KEYRING, "soak.test.") if self.random.random() < 0.2 and zone % 4 == 1 else None,
                          kind="good" if is_listed else "unknown-zone", code="NOERROR" if is_listed else "NOTAUTH")

    def annoy(self):
        zone = self.random.choice(sorted(self.listed))
        how = self.random.randrange(4)
        if how == 0:
            self.watch.notify("nobody.example", kind="unknown-zone", code="NOTAUTH")
        elif how == 1:
            self.watch.notify(zone, source="127.0.0.77", kind="refused", code="REFUSED")
        elif how == 2:
            self.watch.notify(zone, key=(UNKNOWN_KEYRING, "nobody.test."), kind="signature", code="NOTAUTH")
        else:
            self.watch.notify(zone, key=(WRONG_KEYRING, "soak.test."), kind="signature", code="NOTAUTH")

    # ---- The course of it

    def settled(self):
        """Serials of files that are not there yet."""
        return [(zone, serial, got) for zone, serial in self.serials.items()
                if (got := quick_serial(self.path("d", manyrule.name(zone) + ".zone"))) != serial][:5]

    def live(self, until):
        while (now := time.monotonic()) < until:
            dice = self.random.random()
            for patient in self.patients:
                if not patient.is_well() and now >= patient.ill_until:
                    patient.recover()
                elif patient.is_well() and self.random.random() < 0.02:
                    patient.fall_ill(self.random, now)
            if dice < 0.25:
                self.change()
            elif dice < 0.40:
                self.annoy()
            elif dice < 0.43:
                self.reload()
            self.watch.check_up()
            if now > self.check_at and os.path.exists(self.path("metrics")):
                self.watch.check_metrics()
                self.check_at = now + 20
            time.sleep(0.1)

    def be_busy(self):
        """The most that there can be at once: no server answers, and all zones wait for it."""
        self.recover_all()
        for patient in self.patients:
            patient.primary.mute(True)
        time.sleep(min(6, self.seconds / 4))
        for patient in self.patients:
            patient.primary.mute(False)

    def recover_all(self):
        for patient in self.patients:
            if not patient.is_well():
                patient.recover()
            patient.primary.publish()

    def calm_down(self):
        """All is well, and becomes quiet. Returns memory in KiB, and descriptors."""
        self.recover_all()
        self.write_list(whole=True)
        expect(self.watch.reload()[0], "the last list:", self.watch.said())
        took = eventually("all files are new", 60, self.settled)
        finals = self.finals()
        eventually("all commands have run", 60, lambda: self.missing_commands(finals))
        eventually("all commands have ended", 60, lambda: due_commands(self.path("d")))
        eventually("the commands of all have run", 60, lambda: self.missing_lines(finals))
        if not SANITIZED:
            eventually("memory is given back", 40, lambda: self.watch.rss() > AT_REST and self.watch.rss())
        say("all is current after %.1f s; RSS %d KiB, %d at most; %d descriptors" % (
            took, self.watch.rss(), self.watch.status("VmHWM"), self.watch.descriptors()))
        return self.watch.rss(), self.watch.descriptors()

    def finals(self):
        return {manyrule.name(zone): serial for zone, serial in self.serials.items()}

    def run(self):
        begun = time.monotonic()
        self.watch.start()
        eventually("the first round", 60, self.settled)
        self.live(begun + self.seconds / 10)
        self.be_busy()
        early = self.calm_down()
        self.live(begun + self.seconds)
        late = self.calm_down()
        self.check_content()
        time.sleep(2)  # the files of a new list are judged within a second, and the metrics tell them at the end
        self.watch.stop()
        expect(SANITIZED or late[0] <= early[0] + GROWTH, "memory has grown from", early[0], "to", late[0], "KiB")
        expect(late[1] <= early[1] + MORE_DESCRIPTORS, "descriptors are left:", early[1], late[1])
        self.check_counters(self.finals())
        self.check_litter()

    def missing_commands(self, finals):
        return self.missing_in("hooks", finals)

    def missing_lines(self, finals):
        return self.missing_in("all", finals)

    def missing_in(self, name, finals):
        """Zones of which the last line is not of the last serial."""
        with open(self.path(name)) as file:
            last = {line[0]: int(line[2]) for line in map(str.split, file)}
        return [zone for zone, serial in finals.items() if last.get(zone) != serial][:5]

    # ---- What is judged

    def check_content(self):
        """Against what dnspython gets from the primaries."""
        for zone, serial in self.serials.items():
            name = manyrule.name(zone)
            path = self.path("d", name + ".zone")
            expect(file_serial(path, name) == serial, path, "is not", serial)
            mine = dns.zone.from_file(path, origin=name, relativize=False)
            primary = self.b if zone % 4 == 1 else self.a
            here, there = records(mine), records(primary.zone(zone))
            expect(here == there, path, "has", here - there, "and its primary", there - here)
        check_kept(self.path("d", ".old"), TIMERS)
        check_diffs(self.path("diffs"), TIMERS)

    def check_litter(self):
        names = {manyrule.name(zone) + ".zone" for zone in self.serials} | {".old"}
        odd = set(os.listdir(self.path("d"))) - names
        expect(not odd, "in the folder:", sorted(odd)[:5])
        odd = [name for name in os.listdir(self.path("diffs")) if name.startswith(".")]
        expect(not odd, "in the folder of changes:", odd[:5])
        expect(not os.listdir(self.path("tmp")), "temporary files:", os.listdir(self.path("tmp"))[:5])

    def report_lines(self):
        names = ["report.%d" % number for number in range(self.rotations)] + ["report"]
        for name in names:
            with open(self.path(name)) as file:
                for line in file:
                    expect(line.endswith("\n"), name, "has half a line:", line[:200])
                    yield json.loads(line)

    def check_counters(self, finals):
        self.watch.check_metrics()
        metrics = self.watch.metrics()
        lines = list(self.report_lines())
        expect(lines[-1]["event"] == "summary" and lines[-1]["exit"] == 0, "the report ends with", lines[-1])
        zones = [line for line in lines if line["event"] == "zone"]
        changed = [line for line in zones if line["state"] in ("new", "updated")]
        told = sum(len(line.get("hooks") or []) for line in zones)
        hooks = check_hooks(self.path("hooks"), finals)
        runs = metrics["zxfr_hook_runs_total"]
        expect(runs['hook="exec",result="ok"'] == hooks, runs, "but commands:", hooks)
        with open(self.path("runs")) as file:
            batches = len(file.readlines())
        expect(runs['hook="exec-all",result="ok"'] == batches, runs, "but batches:", batches)
        with open(self.path("all")) as file:
            together = [line.split() for line in file]
        expect(len(together) == len(changed), "changes in the report:", len(changed), "in batches:", len(together))
        self.watch.check_notifies()
        expect(metrics["zxfr_config_last_reload_successful"][""] == 1, "the last reload")
        expect(metrics["zxfr_hooks_pending"][""] == 0, "commands are due")
        expect(metrics["zxfr_zones_unlisted"][""] == 0, "unlisted files")
        say("%d changes, %d commands (%d of them in the report), %d batches, %d broken lists, %d rotations, notifies %s" % (
            len(changed), hooks, told, batches, self.broken_lists, self.rotations, dict(self.watch.replied)))


def run(folder, seed, options):
    week = Week(folder, seed, options.zones, options.seconds)
    try:
        week.run()
    finally:
        week.end()
