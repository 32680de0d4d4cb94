#!/usr/bin/python3
"""Asks dnspython about each stream of tsig.tsv: it must find good what the table calls good, and bad
what the table calls bad. So the signer of the test's server is right where it should be, and wrong
where it should be. Speaks TAP.

usage: tsig_judge.py [ROW...]     ROW is a part of a row's name; PRIMARY names the server.
"""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import signed  # noqa: E402


def rows(wanted):
    with open(os.path.join(HERE, "tsig.tsv")) as table:
        for line in table:
            columns = line.rstrip("\n").split("\t")
            if len(columns) < 4 or line.startswith("#"):
                continue
            name, commands, status = columns[:3]
            verdict = columns[5] if len(columns) > 5 else "good" if status == "0" else "bad"
            if not wanted or any(word in name for word in wanted):
                yield name, commands, verdict


def prepare(commands, zone):
    """The server's options and the client's key; the zone gets what the row adds."""
    options = ["--records", "2"]
    key = signed.KEY
    for command in commands.split("; "):
        word, _, rest = command.partition(" ")
        if word == "fill":
            for i in range(int(rest)):
                zone.write("host%d IN A 10.0.%d.%d\n" % (i, i // 256, i % 256))
        elif word == "zone":
            zone.write(rest + "\n")
        elif word == "option":
            options += rest.split(" ")
        elif word == "key":
            key = rest
        elif word not in ("-", "zxfr"):
            options += ["--do", command]
    zone.flush()
    return options + ["--key", key], key


def judge(commands):
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
        zone.write(signed.ZONE)
        options, key = prepare(commands, zone)
        with signed.Primary(*options, zone.name) as server:
            return signed.transfer(server.port, signed.key_of(key))[1]


def main():
    table = list(rows(sys.argv[1:]))
    print("1..%d" % len(table))
    failed = 0
    for number, (name, commands, verdict) in enumerate(table, 1):
        if verdict == "skip":
            print("ok %d - %s # SKIP not a stream for dnspython" % (number, name))
            continue
        reason = judge(commands)
        good = (reason is None) == (verdict == "good")
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, name))
        print("# %s" % " ".join((reason or "good").split()))
    return 1 if failed or not table else 0


if __name__ == "__main__":
    sys.exit(main())
