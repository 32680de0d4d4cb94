#!/usr/bin/python3
"""Runs every row of check.tsv through zxfr check, and through the checkers of three servers, as TAP.

ZXFR names the program; words choose rows that have them in their name."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ZXFR = os.path.abspath(os.environ["ZXFR"])
ZONE = """$ORIGIN example.
$TTL 60
@ SOA ns1 host 1 7200 3600 1209600 60
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 AAAA 2001:db8::2
"""
ALWAYS = {"zonemd-absent@example.", "unsigned@example."}
OTHERS = (
    ("named-checkzone", ["named-checkzone", "-i", "local", "example", "zone"]),
    ("kzonecheck", ["kzonecheck", "-o", "example", "zone"]),
    ("nsd-checkzone", ["nsd-checkzone", "example", "zone"]),
)


def rows():
    with open(os.path.join(HERE, "check.tsv"), encoding="ascii") as table:
        for line in table:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def text_of(records):
    if records == "-":
        return ZONE
    lines = records.lstrip("!").replace("; ", "\n") + "\n"
    return "$ORIGIN example.\n" + lines if records.startswith("!") else ZONE + lines


def findings():
    run = subprocess.run([ZXFR, "check", "-f", "json", "zone"], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=30, check=False)
    source = json.loads(run.stdout)["sources"][0]
    found = []
    for finding in source["findings"]:
        at = "" if finding["owner"] is None else "@" + finding["owner"]
        found.append(finding["rule"] + at + ("/" + finding["type"] if finding["type"] else ""))
    errors = any(finding["level"] == "error" for finding in source["findings"])
    return sorted(set(found) - ALWAYS), run.returncode, errors


def accepts(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30, check=False).returncode == 0


def main():
    count = failed = 0

    def test(good, name, *comments):
        nonlocal count, failed
        count += 1
        failed += not good
        print(f"{'' if good else 'not '}ok {count} - {name}")
        for comment in comments if not good else ():
            print(f"# {comment}")

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, records, expected, others in rows():
            if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
                continue
            with open("zone", "w", encoding="ascii") as zone:
                zone.write(text_of(records))
            wanted = sorted(set([] if expected == "-" else expected.split()))
            found, status, errors = findings()
            test(found == wanted, name, f"wanted {wanted}", f"found {found}")
            test(status == (1 if errors else 0), f"{name}: exit status", f"got {status}")
            for (program, command), sign in zip(OTHERS, others):
                if sign == "?":
                    continue
                good = accepts(command)
                test(good == (sign == "+"), f"{name}: {program}",
                     f"{program} {'takes' if good else 'refuses'} it")
    print(f"1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
