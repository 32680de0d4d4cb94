"""kill -9 of watch at random moments, while zones change and NOTIFYs come; then it begins anew."""
import os
import random
import re
import socket
import time

from box import Primary, Watch, check_diffs, check_hooks, check_kept, check_ruled, due_commands, eventually, expect, \
    file_serial, manyrule, notify_message, quick_serial, records, run_hook, say, sums

import dns.query
import dns.zone

KEEP = 2
TIMERS = 2, 1, 1209600


class Kills:
    def __init__(self, folder, seed, zones):
        self.folder, self.random = folder, random.Random(seed)
        self.names = {zone: manyrule.name(zone) for zone in range(zones)}
        self.primary = Primary(folder, "a", "127.0.0.1", zones, "--refresh", str(TIMERS[0]), "--retry", str(TIMERS[1]),
                               "--order", "mixed", "--jitter", "2", "--records", "4", "--seed", str(seed))
        self.primary.start()
        with open(self.path("list"), "w") as file:
            file.writelines("%s %s\n" % (name, self.primary.at) for name in self.names.values())
        os.mkdir(self.path("diffs"))
        # --wait: a command that is just begun has the lock until it is another program
        self.watch = Watch(folder, "--wait", "--min-refresh", "1s", "--keep", str(KEEP), "--diff-dir",
                           self.path("diffs"), "--exec", run_hook(folder, "hooks", before="sleep 0.0$(($$ % 5)); "), "--exec-jobs", "3",
                           "--report", self.path("report"))
        self.seen = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def end(self):
        self.watch.kill()
        self.primary.stop()

    def change(self):
        """Some zones; of half of them it is told, to whoever listens."""
        serials = self.primary.serials
        zones = self.random.sample(sorted(serials), self.random.randint(1, 1 + len(serials) // 4))
        for zone in zones:
            serials[zone] += 1
        self.primary.publish()
        for zone in zones[::2]:
            message = notify_message(self.names[zone], serials[zone]).to_wire()
            self.socket.sendto(message, (self.watch.address, self.watch.port))

    def live(self, seconds):
        """Changes until the time is over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.random.random() < 0.5:
                self.change()
            time.sleep(min(left, self.random.uniform(0, 0.05)))

    def check_files(self):
        """Each is whole, of a serial that was served, and none is older than it was."""
        for zone, name in self.names.items():
            serial = file_serial(self.path("d", name + ".zone"), name)
            expect((serial or 0) >= self.seen.get(zone, 0), name, "has", serial, "and had", self.seen.get(zone))
            expect(serial is None or serial <= self.primary.serials[zone], name, "has", serial, "which was never served")
            if serial is not None:
                self.seen[zone] = serial
                check_ruled(self.path("d", name + ".zone"), zone, serial, TIMERS)

    def check_names(self, is_settled):
        names = {name + ".zone" for name in self.names.values()} | {".old"}
        marks = {".%s.zone.%s" % (name, end) for name in self.names.values() for end in ("hook", "zxfr")}
        odd = set(os.listdir(self.path("d"))) - names - (set() if is_settled else marks)
        expect(not odd, "in the folder:", sorted(odd)[:5])
        self.check_folder("diffs", r"zone\d{6}\.example\.\d+-\d+\.diff", r"\.zone\S+\.diff\.zxfr", is_settled)
        if os.path.isdir(self.path("d", ".old")):
            for name in self.check_folder("d/.old", r"zone\d{6}\.example\.\d+\.zone", r"zone\S+\.zone\.new", is_settled):
                why = sums.check(self.path("d", ".old", name))
                expect(why is None, name, why)

    def check_folder(self, folder, usual, unfinished, is_settled):
        names = os.listdir(self.path(folder))
        odd = [name for name in names
               if not re.fullmatch(usual, name) and (is_settled or not re.fullmatch(unfinished, name))]
        expect(not odd, "in", folder + ":", odd[:5])
        return [name for name in names if re.fullmatch(usual, name)]

    def unsettled(self):
        with open(self.path("hooks")) as file:
            told = {zone: int(new) for zone, _, new in map(str.split, file)}
        return [(name, serial) for zone, name in self.names.items() for serial in [self.primary.serials[zone]]
                if quick_serial(self.path("d", name + ".zone")) != serial or told.get(name) != serial][:5]

    def settle(self):
        """Without a change more, all becomes good by itself."""
        took = eventually("all is current", 60, self.unsettled)
        eventually("all commands have ended", 60, lambda: due_commands(self.path("d")))
        self.watch.stop()
        self.check_files()
        self.check_names(is_settled=True)
        check_kept(self.path("d", ".old"), TIMERS)
        check_diffs(self.path("diffs"), TIMERS)
        expect(not os.listdir(self.path("tmp")), "temporary files:", os.listdir(self.path("tmp"))[:5])
        for zone, name in self.names.items():
            here = records(dns.zone.from_file(self.path("d", name + ".zone"), origin=name, relativize=False))
            there = records(self.primary.zone(zone))
            expect(here == there, name, "has", here - there, "and its primary", there - here)
        return took

    def check_commands(self):
        """By its log, which a command that was begun before the kill may have written after it."""
        return check_hooks(self.path("hooks"), {self.names[zone]: serial for zone, serial in self.seen.items()})

    def run(self, kills):
        settled = []
        for kill in range(kills):
            self.watch.start()
            self.live(self.random.choice([0.1, 0.4, 1.5]) * self.random.random())
            self.watch.check_up()
            self.watch.kill()
            self.check_files()
            self.check_names(is_settled=False)
            if kill % 20 == 19 or kill == kills - 1:
                self.watch.start()
                settled.append(self.settle())
                commands = self.check_commands()
        changes = sum(self.primary.serials.values()) - len(self.names)
        say("%d kills, %d changes, %d commands, settled after %s s" % (
            kills, changes, commands, " ".join("%.1f" % took for took in settled)))


def run(folder, seed, options):
    test = Kills(folder, seed, options.killed)
    try:
        test.run(options.kills)
    finally:
        test.end()
