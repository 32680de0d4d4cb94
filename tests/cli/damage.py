#!/usr/bin/python3
"""What zxfr convert makes of a file that was damaged: nothing but what the whole file makes.

usage: damage.py octets FILE       each octet changed, in several ways
       damage.py cuts FILE         cut off behind each octet
       damage.py octets-any FILE   each octet changed; only that it ends in order counts

ZXFR names the program. A run that ends with status 0 must give the records of the whole file, and any
other must say why in one line that holds nothing but printable ASCII, and must not pass for a zone.
Prints what is wrong, and how many runs were good, bad.
"""
import os
import subprocess
import sys

ZXFR = os.environ["ZXFR"]


def run(octets):
    done = subprocess.run([ZXFR, "convert", "-"], input=octets, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def records(output):
    return sorted(line for line in output.split(b"\n") if line and not line.startswith(b";"))


def judge(where, octets, whole, exact):
    """0 or 1 for an end in order with status 0 or another; None after saying what is wrong."""
    status, out, err = run(octets)
    lines = err.split(b"\n")
    wrong = None
    if status == 0 and exact and records(out) != whole:
        wrong = "exit 0, and other records"
    elif status == 0 and b"; zxfr end: " not in out:
        wrong = "exit 0 without end line"
    elif status not in (0, 7) and (exact or status not in (3, 4, 5, 6)):
        wrong = "exit %d" % status
    elif status != 0 and b"; zxfr end: " in out:
        wrong = "exit %d with an end line" % status
    elif status != 0 and b"; zxfr INCOMPLETE: " not in out:
        wrong = "exit %d without the mark" % status
    elif status != 0 and not any(line.startswith(b"zxfr: ") for line in lines):
        wrong = "exit %d without a message" % status
    elif any(octet > 0x7e or octet < 0x20 for octet in err.replace(b"\n", b"")):
        wrong = "a message that is not printable"
    if wrong:
        print("%s: %s: %s" % (where, wrong, err.decode("ascii", "replace").strip()))
        return None
    return int(status != 0)


def changes(octets):
    for at in range(len(octets)):
        for new in {octets[at] ^ 1, octets[at] ^ 0x20, octets[at] ^ 0x80, 0x0a, 0x3b, 0} - {octets[at]}:
            yield "octet %d as %02x" % (at, new), octets[:at] + bytes([new]) + octets[at + 1:]


def cuts(octets):
    for length in range(len(octets)):
        yield "cut to %d octets" % length, octets[:length]


def main():
    what, path = sys.argv[1:]
    with open(path, "rb") as file:
        octets = file.read()
    status, out, err = run(octets)
    if status != 0:
        sys.exit("the whole file: exit %d: %s" % (status, err))
    whole = records(out)
    results = [judge(where, spoilt, whole, what != "octets-any")
               for where, spoilt in (cuts if what == "cuts" else changes)(octets)]
    print(results.count(0), results.count(1))
    sys.exit(None in results)


main()
