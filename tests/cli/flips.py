#!/usr/bin/python3
"""Each octet of a small signed transfer is changed on its way, one at a time; and its MACs are cut to
each length. None of it may pass. Speaks TAP.

A changed octet ends with exit status 5, except that
  - a changed length prefix, which is not signed, may make the transfer stall or end early (3), or the
    stream malformed (6);
  - a changed count, owner or RDLENGTH may make the message malformed, so that its signature cannot be
    found, and a changed ID makes it another message (6): both are told of before the MAC is looked at;
  - another letter case in a name of the TSIG record is harmless (0; RFC 8945 section 4.3.3).
In no case may a record come out that a message with a good signature does not hold.

usage: flips.py [--masks HEX,...] [--ways WAY,...]     ZXFR and PRIMARY name the programs.
"""
import argparse
import concurrent.futures
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import signed  # noqa: E402

ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 2026112201 7200 3600 1209600 300
@ IN NS ns1
ns1 IN A 192.0.2.1
mail IN AAAA 2001:db8::25
"""
RECORDS = 2  # a message
OLD = b"old\n\0content"
WORKERS = 2


# What an octet of the stream belongs to, and the exit statuses that are right when it changes.
RIGHT = {
    "prefix": {3, 5, 6},  # the length of a message
    "id": {6},
    "flags": {5},
    "count": {5, 6},      # of records
    "name": {5, 6},       # of the question or an owner: what follows cannot be found any more
    "length": {5, 6},     # of RDATA
    "data": {5},
    "letter": {5},        # of a name in the TSIG record, see right_for
}


def right_for(kind, mask):
    return {0} if kind == "letter" and mask == 0x20 else RIGHT[kind]


def skip_name(wire, at):
    while 0 < wire[at] < 64:
        at += 1 + wire[at]
    return at + (2 if wire[at] >= 192 else 1)


def letters_of(wire, start):
    """The letters of a name."""
    while wire[start]:
        for at in range(start + 1, start + 1 + wire[start]):
            if bytes([wire[at]]).isalpha():
                yield at
        start += 1 + wire[start]


def layout(wire):
    """The kind of each octet of a message, with that of its length prefix."""
    questions, *counts = struct.unpack("!4H", wire[4:12])
    kinds = ["id"] * 2 + ["flags"] * 2 + ["count"] * 8
    for _ in range(questions):
        kinds += ["name"] * (skip_name(wire, len(kinds)) - len(kinds)) + ["data"] * 4
    for _ in range(sum(counts)):
        owner = len(kinds)
        fixed = skip_name(wire, owner)
        length = struct.unpack("!H", wire[fixed + 8:fixed + 10])[0]
        kinds += ["name"] * (fixed - owner) + ["data"] * 8 + ["length"] * 2 + ["data"] * length
    # the last record is the signature
    for at in list(letters_of(wire, owner)) + list(letters_of(wire, fixed + 10)):
        kinds[at] = "letter"
    return ["prefix"] * 2 + kinds


class Case:
    def __init__(self, name, commands, right, message):
        self.name, self.commands, self.right, self.message = name, commands, right, message


def flip_cases(messages, masks):
    at = 0
    for number, wire in enumerate(messages, 1):
        for kind in layout(wire):
            for mask in masks:
                yield Case("octet %d (%s, message %d) ^ %02x" % (at, kind, number, mask),
                           ["flip %d %02x" % (at, mask)], right_for(kind, mask), number)
            at += 1


def length_cases(messages):
    for number in range(1, len(messages) + 1):
        for length in list(range(32)) + [33, 40, 48, 63, 64]:
            yield Case("a MAC of %d octets in message %d" % (length, number),
                       ["maclen %d %d" % (number, length)], {5}, number)


def tamper_cases(messages):
    for number in range(1, len(messages) + 1):
        yield Case("message %d tampered with" % number, ["signed tamper %d" % number], {5}, number)
        yield Case("message %d without its signature" % number, ["strip %d" % number], {5}, number)
        yield Case("message %d comes twice" % number, ["signed repeat %d" % number],
                   {0} if number == len(messages) else {5}, number + 1)


class Worker:
    """A server of its own, whose n-th connection meets the n-th case."""

    def __init__(self, folder, cases, way, end):
        self.folder, self.cases, self.way = folder, cases, way
        os.mkdir(folder)
        self.script = os.path.join(folder, "script")
        with open(self.script, "w") as script:
            for number, case in enumerate(cases, 1):
                script.write("connection %d\n" % number)
                # FIN behind the stream: a length prefix that is too long then needs no timeout
                script.write("".join(command + "\n" for command in case.commands + [end]))

    def run(self, top, good):
        options = ["--records", str(RECORDS), "--key", signed.KEY, "--script", self.script]
        with signed.Primary(*options, os.path.join(top, "zone")) as server:
            return [self.one(case, server.port, top, good) for case in self.cases]

    def one(self, case, port, top, good):
        """What is wrong with how zxfr met a case; None if nothing is."""
        command = [os.environ["ZXFR"], "example.com", "@127.0.0.1#%d" % port, "-k",
                   os.path.join(top, "key"), "--idle-timeout", "5"]
        target = os.path.join(self.folder, "target")
        if self.way == "whole":
            command.append("--whole")
        elif self.way == "file":
            command += ["-o", target]
            with open(target, "wb") as old:
                old.write(OLD)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        error = done.stderr.decode("latin-1")
        if done.returncode not in case.right:
            return "exit %d, not %s: %s" % (done.returncode, sorted(case.right), error.strip())
        if done.returncode == 0:
            return self.judge_good(done.stdout, target, good)
        if not error.startswith("zxfr: "):
            return "nothing said"
        if self.way == "file" and open(target, "rb").read() != OLD:
            return "the old file was touched"
        return judge_stream(done.stdout, good, case.message, self.way)

    def judge_good(self, out, target, good):
        data = open(target, "rb").read() if self.way == "file" else out
        return None if data == good else "exit 0, but not the zone"


def judge_stream(out, good, message, way):
    lines = out.splitlines()
    records = [line for line in lines if not line.startswith(b";")]
    if way != "stream":
        return "something on standard output" if out else None
    if not lines or not lines[-1].startswith(b"; zxfr INCOMPLETE: "):
        return "no line says INCOMPLETE"
    if len(records) > (message - 1) * RECORDS:
        return "%d records came out, %d are covered" % (len(records), (message - 1) * RECORDS)
    if records != good.splitlines()[:len(records)]:
        return "records that are not the zone's"
    return None


def run_way(top, way, cases, good, end):
    """Runs the cases on all workers, which take turns; returns those that went wrong."""
    parts = [cases[i::WORKERS] for i in range(WORKERS)]
    workers = [Worker(os.path.join(top, "%s%d" % (way, i)), part, way, end)
               for i, part in enumerate(parts)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda worker: worker.run(top, good), workers))
    return [(case, what) for part, result in zip(parts, found)
            for case, what in zip(part, result) if what]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--masks", default="01,20,80,ff")
    parser.add_argument("--ways", default="stream,file,whole")
    parsed = parser.parse_args()
    return [int(mask, 16) for mask in parsed.masks.split(",")], parsed.ways.split(",")


def prepare(top):
    with open(os.path.join(top, "zone"), "w") as zone:
        zone.write(ZONE)
    key = os.open(os.path.join(top, "key"), os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(key, (signed.KEY + "\n").encode())
    os.close(key)
    with signed.Primary("--records", str(RECORDS), "--key", signed.KEY,
                        os.path.join(top, "zone")) as server:
        messages, reason = signed.transfer(server.port, signed.key_of(signed.KEY))
        good = subprocess.run([os.environ["ZXFR"], "example.com", "@127.0.0.1#%d" % server.port, "-k",
                               os.path.join(top, "key")], stdout=subprocess.PIPE, check=True).stdout
    if reason:
        raise RuntimeError("the server does not sign well: " + reason)
    return messages, good


def main():
    masks, ways = arguments()
    top = tempfile.mkdtemp(prefix="zxfr-flips.")
    try:
        messages, good = prepare(top)
        cases = (list(flip_cases(messages, masks)) + list(length_cases(messages)) +
                 list(tamper_cases(messages)))
        print("1..%d" % len(ways))
        bad = 0
        for number, way in enumerate(ways, 1):
            # where only the file or the pipe is new, two bit patterns are enough
            some = cases if way == "stream" else cases[::2]
            wrong = run_way(top, way, some, good, "stop %d close" % (len(messages) + 1))
            bad += bool(wrong)
            print("%s %d - %d changes of a signed transfer, %s" %
                  ("not ok" if wrong else "ok", number, len(some), way))
            for case, what in wrong[:50]:
                print("# %s: %s" % (case.name, what))
        return 1 if bad else 0
    finally:
        shutil.rmtree(top)


if __name__ == "__main__":
    sys.exit(main())
