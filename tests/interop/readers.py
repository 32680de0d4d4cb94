#!/usr/bin/python3
"""Load a dump with one of the tools that people load zones with, and compare what it holds.

    readers.py READER FORM DUMP WIRE FOLDER

WIRE holds the records that the dump must hold (as wire.py show prints them), FOLDER takes what
the reader writes. Records that exceptions.tsv lists for this reader and form are named, taken
out of the dump, and then put back one by one: when that works, the exception is out of date.
"""

import os
import subprocess
import sys

import wire
from wire import Trouble

HERE = os.path.dirname(os.path.abspath(__file__))
ORIGIN = "all.example."


def run(*command, ok=(0,)):
    """Stdout of a command; its last words where it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode not in ok:
        said = (done.stderr + done.stdout).decode("latin-1").strip().split("\n")
        raise Trouble(f"{command[0]}: exit {done.returncode}: "
                      + "\n  ".join(text[:300] for text in said[-15:]))
    return done.stdout


def bind(path, folder):
    """The checks of whole-zone policy are off: the zone breaks them on purpose."""
    lax = ["-i", "none", "-k", "ignore", "-m", "ignore", "-M", "ignore", "-n", "ignore",
           "-r", "ignore", "-S", "ignore", "-T", "ignore", "-W", "ignore"]
    raw = os.path.join(folder, "raw")
    run("named-checkzone", *lax, ORIGIN, path)
    run("named-compilezone", *lax, "-F", "raw", "-o", raw, ORIGIN, path)
    return wire.from_raw(raw)


def served(kind, path, folder):
    """Let a server load the file, and transfer the zone from it."""
    script = """
        . "$1/servers.bash" && servers_begin "$2/servers" && trap servers_end EXIT &&
        server_new reader "$3" && server_zone reader "$4" "$5" &&
        SERVER_PATIENCE=5 server_start reader >&2 &&
        "$PYTHON" "$1/wire.py" --origin "$4" show "axfr:$(server_port reader)"
    """
    lines = os.path.join(folder, "served")
    with open(lines, "wb") as out:
        out.write(run("bash", "-c", script, f"{kind} as a reader", HERE, folder, kind, ORIGIN,
                      path))
    return wire.from_wire_lines(lines)


def knot(path, folder):
    """The zone lacks glue on purpose, which kzonecheck finds an error: that it loads counts."""
    run("kzonecheck", "-d", "off", "-o", ORIGIN, path, ok=(0, 1))
    return served("knot", path, folder)


def nsd(path, folder):
    run("nsd-checkzone", ORIGIN, path)
    return served("nsd", path, folder)


def ldns(path, folder):
    """-U SOA prints all but the SOA in generic form."""
    again = os.path.join(folder, "ldns")
    with open(again, "wb") as out:
        out.write(run("ldns-read-zone", "-U", "SOA", path))
    return wire.from_dump(again)


def dnspython(path, _):
    return wire.from_dnspython(path, ORIGIN)


READERS = {"bind": bind, "knot": knot, "nsd": nsd, "ldns": ldns, "dnspython": dnspython}
# These keep names in lower case.
FOLDING = {"knot", "nsd"}


def differences(reader, text, records, folder):
    """What is lost or changed when the reader loads the text."""
    path = os.path.join(folder, "all.example.zone")
    with open(path, "w", encoding="latin-1") as out:
        out.write(text)
    try:
        held = READERS[reader](path, folder)
    except Trouble as trouble:
        return [str(trouble)]
    return wire.compare(records, held, folded=reader in FOLDING)


def main():
    reader, form, dump, lines, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    records = wire.from_wire_lines(lines)
    rows = wire.Exceptions("read", reader, form)
    entries = wire.entries(dump, ORIGIN)
    good = [r for r in records if not rows.of(r[0], r[2])]
    failed = differences(reader, wire.keep(entries, lambda e: not rows.of(e.owner, e.code)),
                         good, folder)
    if failed:
        print(f"{reader} does not hold what the {form} dump tells "
              f"(- the dump, + {reader}):\n" + "\n".join(failed))

    outdated = False
    for row in rows.rows:
        def wanted(owner, code, row=row):
            return rows.of(owner, code) in (None, row)
        part = [r for r in records if wanted(r[0], r[2])]
        if len(part) == len(good):
            continue
        print(f"exception: {reader} ({form}): {row[1]} {wire.type_text(row[2])}: {row[3]}")
        text = wire.keep(entries, lambda e, wanted=wanted: wanted(e.owner, e.code))
        if not failed and not differences(reader, text, part, folder):
            print(f"  ... but it does: exceptions.tsv line {row[0]} is out of date")
            outdated = True
    return 1 if failed or outdated else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"readers.py: {trouble}")
