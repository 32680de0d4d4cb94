#!/usr/bin/python3
"""Memory runs out at each allocation of a run over many zones in turn, and from each on (tools/nomem.c), with a list,
a catalog, commands, a report and figures. Speaks TAP.

Whatever fails: status 11 and a message, or that of a zone that failed; nothing is leaked; each file is the old one or
the new one, and no command is lost. The next run makes all good. Which allocation is the N-th depends a little on the
threads and on the network, so that what is judged holds for any.

usage: sync_nomem.py [--step N] [--from N]     ZXFR, MANYZONES, PRIMARY and NOMEM name the programs
"""
import argparse
import os
import re
import subprocess

from sync_box import NAMES, UNTIL_WE_END, ZXFR, Box, Tests, Wrong, expect

CATALOG = """$ORIGIN catz.example.
$TTL 60
@ IN SOA invalid. invalid. 1 7200 3600 1209600 300
@ IN NS invalid.
version IN TXT 2
""" + "".join("m%d.zones IN PTR %s.\n" % (number, name) for number, name in enumerate(NAMES))
PATIENCE = 60
MOST = 20000  # allocations


class Starved(Box):
    def __init__(self, folder):
        super().__init__(folder)
        with open(self.path("catz"), "w") as file:
            file.write(CATALOG)
        with open(self.path("list"), "w") as file:
            file.writelines(name + " --max-records 1000\n" for name in NAMES[:3])
        self.primary = subprocess.Popen([*UNTIL_WE_END, os.environ["PRIMARY"], self.path("catz")],
                                        stdout=subprocess.PIPE, text=True)
        self.catalog = "catz.example@%s#%s" % tuple(self.primary.stdout.readline().split()[1:])

    def end(self):
        self.server.end()
        self.primary.terminate()
        self.primary.wait()

    def words(self):
        return [*super().words(), "--jobs", "1", "--list", self.path("list"), "--catalog", self.catalog]

    def starve(self, how, at):
        """Returns who asked for what was not granted; None: it did not come to that."""
        self.prepare()
        log = self.path("nomem")
        if os.path.exists(log):
            os.unlink(log)
        # the reader of jansson 2.14 stops at an assertion, or corrupts the heap, where it gets no memory
        places = {"NOMEM_SPARE": "json_loadb", "LD_PRELOAD": os.environ["NOMEM"], "NOMEM_LOG": log, "NOMEM_OF": os.path.basename(ZXFR),
                  how: str(at)}
        done = subprocess.run(self.words(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, **places}, timeout=PATIENCE)
        self.take(done.returncode, done.stdout, done.stderr)
        with open(log) as file:
            self.log = file.read().splitlines()
        failed = [line.split()[2] for line in self.log if line.startswith(("failed", "spared"))]
        return failed[0] if failed else None

    def judge(self):
        # the C library keeps some for the process and for its threads
        kept = [line for line in self.log if re.match(r"kept (?!.*(libc\.so|ld-linux))", line)]
        expect("main returned" in self.log, "main did not return")
        expect(not kept, "not freed:", kept)
        expect(self.status in (0, 8, 11, 12, 13), "status", self.status)
        expect(self.status == 0 or "memory" in self.err or self.status in (8, 13), "memory is not named")
        expect(all(line.startswith("zxfr: ") for line in self.err.splitlines()), "not a line of zxfr's")
        self.judge_files([".hook"])

    def litter(self):
        return super().litter() - {"catz.example.zone"}


def test_each(folder, how, start, step):
    box = Starved(folder)
    try:
        for at in range(start, MOST, step):
            asked = box.starve(how, at)
            try:
                if asked is None:
                    expect(box.status == 0, "without a failure")
                    expect("main returned" in box.log, "main did not return")
                    print("# %d allocations" % at)
                    expect(at > 200, "too few allocations")
                    return
                box.judge()
                box.judge_next()
            except Wrong:
                print("#", how, at, asked)
                print("#", box.status, box.err.replace("\n", "\n# "))
                raise
        raise Wrong("still failing at", MOST)
    finally:
        box.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", type=int, default=37)
    parser.add_argument("--from", type=int, dest="start")
    options = parser.parse_args()
    tests = Tests()
    for how in "NOMEM_AT", "NOMEM_FROM":
        start = options.start or 1 + tests.seed % options.step
        tests.run("%s %d, %d, ..." % (how, start, start + options.step), test_each, how, start, options.step)
    tests.end()


main()
