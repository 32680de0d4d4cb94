#!/usr/bin/python3
"""Recompute the sum in the end line of sorted zone files, from the words of zxfr(5).

    sum.py FILE...       says of each file whether the sum and the number of records are right
    sum.py --lines       reads lines from stdin and prints the sum of all of them

Written apart from src/base/sum.c, with Python's integers.
"""
import re
import sys

K0, K1, K2, K3 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93
END = re.compile(rb"; zxfr end: \S+ \S+ serial \d+ records (\d+)(?: expires \d{14})? sum ([0-9a-f]{32})")


def fold(p, q):
    product = p * q
    return product >> 64 ^ product & (1 << 64) - 1


def blocks(line):
    if len(line) < 16:
        yield line.ljust(16, b"\0")
        return
    for at in range(0, len(line) - 15, 16):
        yield line[at:at + 16]
    if len(line) % 16:
        yield line[-16:]


def number(line):
    a, b = K0 ^ len(line), K1
    for block in blocks(line):
        x, y = int.from_bytes(block[:8], "little"), int.from_bytes(block[8:], "little")
        a, b = fold(a ^ x, K2 ^ y), fold(b ^ y, K3 ^ x)
    return (fold(b, K1) << 64) + fold(a, K0)


def total(lines):
    return "%032x" % (sum(map(number, lines)) % (1 << 128))


def check(path):
    with open(path, "rb") as file:
        *lines, last = file.read().split(b"\n")[:-1]
    end = END.fullmatch(last)
    if end is None:
        return "no end line with a sum"
    records = sum(not line.startswith(b"$") for line in lines)
    if records != int(end[1]):
        return f"{records} records, the end line says {end[1].decode()}"
    if total(lines) != end[2].decode():
        return f"sum {total(lines)}, the end line says {end[2].decode()}"
    return None


def main():
    if sys.argv[1:] == ["--lines"]:
        print(total(sys.stdin.buffer.read().split(b"\n")[:-1]))
        return 0
    failed = False
    for path in sys.argv[1:]:
        why = check(path)
        print(f"{path}: {why or 'right'}")
        failed |= why is not None
    return failed or len(sys.argv) < 2


if __name__ == "__main__":
    sys.exit(main())
