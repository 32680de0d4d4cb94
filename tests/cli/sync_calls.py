#!/usr/bin/python3
"""Each system call of a run over many zones fails in turn, by strace, on whichever thread. Speaks TAP.

The run has a new zone, one that changes by IXFR, one by a whole zone, one whose file somebody has edited, and one
that stays. Whatever fails: each file is the old one or the new one; a marker lies beside a file that is new, or
its command has run; who is told nothing is good; the status tells. The next run makes all good.

usage: sync_calls.py [CALL...]     ZXFR and MANYZONES name the programs, ERROR is another error than EIO
"""
import os
import signal
import subprocess
import sys

from sync_box import NAMES, Box, Tests, expect

CALLS = ["openat", "flock", "write", "pwrite64", "pread64", "read", "lseek", "ftruncate", "fsync", "sync_file_range",
         "fchmod", "rename", "linkat", "unlink", "utimensat", "mkdir", "getdents64", "newfstatat", "fcntl"]
ERROR = os.environ.get("ERROR", "EIO")
PATIENCE = 60  # seconds
# What keeps a change of the trace's form from passing as success.
LEAST = {"write": 8, "fsync": 7, "openat": 30, "pread64": 20}  # of others 1


class Traced(Box):
    def run(self, *before):
        process = subprocess.Popen([*before, *self.words(), "--jobs", "2", *NAMES], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
        for _ in range(PATIENCE):
            try:
                self.out, self.err = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if self.may_end(before):
                    continue
                break
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        self.status = process.returncode

    def may_end(self, before):
        """False: threads cannot tell that they are done, which no system does. It would be waited for ever."""
        if not before:
            return True
        with open(self.path("trace")) as file:
            return not any("eventfd" in line and "INJECTED" in line for line in file)

    def trace(self, call, *words):
        self.prepare()
        self.run("strace", "-f", "-qq", "-y", "-o", self.path("trace"), "-e", f"trace=?{call}", *words)
        with open(self.path("trace")) as file:
            return [line for line in file if self.folder in line or "INJECTED" in line]

    def learn(self, call):
        """Which calls, counted on each thread, have to do with files of the run."""
        self.trace(call)
        expect(self.status == 0, "without a fault it ends with", self.status, self.err)
        counts, found = {}, set()
        with open(self.path("trace")) as file:
            for line in file:
                thread, words = line.split(None, 1)
                if words.startswith(call + "("):
                    counts[thread] = counts.get(thread, 0) + 1
                    if self.folder in words:
                        found.add(counts[thread])
        return sorted(found)

    def inject(self, call, at):
        """Returns whether it came to a call that matters."""
        lines = self.trace(call, "-e", f"inject=?{call}:error={ERROR}:when={at}")
        self.injected = [line for line in lines if "(INJECTED)" in line]
        if self.status == -signal.SIGKILL:
            expect(any("eventfd" in line for line in self.injected), "it does not end:", *self.injected)
            return False
        return any(self.folder in line for line in self.injected)

    def judge(self, call):
        removes = call.startswith("unlink")
        # what could not be taken back, or nothing is known of: its command is run by the next run
        keeps = removes or call in ("fsync", "flock", "fcntl")
        self.judge_files([".hook"] * keeps + [".zxfr"] * removes)
        expect(self.status in (0, 2, 7, 8, 11, 12, 13), "status", self.status)
        if self.status == 0:
            left = {name for name in self.litter() if not name.endswith(".hook") or "stat" not in call}
            expect(not left or removes, "left:", left)
            expect(len(self.commands()) == 4, "commands:", self.commands())


def test_call(folder, call):
    box = Traced(folder)
    try:
        done = 0
        for at in box.learn(call):
            if not box.inject(call, at):
                continue
            done += 1
            try:
                box.judge(call)
                box.judge_next()
            except Exception:
                print("#", call, at, *box.injected[:2])
                print("#", box.status, box.err.replace("\n", "\n# "))
                raise
        print("# %d times" % done)
        expect(done >= LEAST.get(call, 1), "too few")
    finally:
        box.server.end()


def main():
    tests = Tests()
    # a build with sanitizers cannot look for leaks while it is traced
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
    for call in sys.argv[1:] or CALLS:
        tests.run("%s fails with %s" % (call, ERROR), test_call, call)
    tests.end()


main()
