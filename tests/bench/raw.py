#!/usr/bin/python3
"""The figures of a run as JSON.

raw.py --zxfr PROGRAM [--load N] [--note TEXT] [--beside FILE] FOLDER

FOLDER has a folder for each size of zone and for each part without one, and they a file for each series,
whose lines are seconds by the clock, seconds of CPU, KiB of memory at its peak, and exit status; count.NAME
is a number, skipped.NAME says why something was not measured. See rows.py for what the series are.

With --beside the sizes and parts that were not measured now are those of FILE, an earlier run on the same
machine with the same programs; when each was measured, and of which commit, stands with it.
"""
import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys

# How each program tells its version; the first number with a dot is taken.
VERSIONS = {
    "dig": ["dig", "-v"], "kdig": ["kdig", "-V"], "drill": ["drill", "-v"], "knotd": ["knotd", "-V"],
    "named": ["named", "-v"], "kzonecheck": ["kzonecheck", "-V"],
    "named-compilezone": ["named-compilezone", "-v"], "dnssec-verify": ["dnssec-verify", "-V"],
    "ldns-verify-zone": ["ldns-verify-zone", "-v"], "openssl": ["openssl", "version"],
    "sort": ["sort", "--version"],
}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--zxfr", required=True)
    parser.add_argument("--load", type=float)
    parser.add_argument("--note", default="")
    parser.add_argument("--beside")
    parser.add_argument("folder")
    return parser.parse_args()


def said(command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return result.stdout + result.stderr


def version_of(command):
    found = re.search(r"\d+(?:\.\d+)+", said(command))
    return found[0] if found else "unknown"


def commit():
    """Of the sources here, where they are those of a repository."""
    folder = os.path.dirname(os.path.abspath(__file__))
    return said(["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=12"]).strip()


def field_of(path, name):
    """The value of the first line "NAME: VALUE" of a file of /proc."""
    with open(path, encoding="ascii") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return "unknown"


def machine(o):
    return {
        "cpu": field_of("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory": field_of("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load at the beginning": o.load,
        "load at the end": os.getloadavg()[0],
        "note": o.note,
    }


def series(path):
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file]
    return {"wall": [float(line[0]) for line in lines], "cpu": [float(line[1]) for line in lines],
            "kib": [int(line[2]) for line in lines]}


def part(folder):
    """The series of a size or of a part; its counts and what was skipped are beside them."""
    found = {"counts": {}, "skipped": {}, "series": {}}
    for name in sorted(os.listdir(folder)):
        path, (kind, _, rest) = os.path.join(folder, name), name.partition(".")
        if kind in ("count", "skipped"):
            with open(path, encoding="utf-8") as file:
                text = file.read().strip()
            if kind == "count":
                found["counts"][rest] = int(text)
            else:
                found["skipped"][rest] = text
        else:
            found["series"][name] = series(path)
    return found


def write(value, indent=0):
    """JSON whose lists are each on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value)
    inner = " " * (indent + 2)
    members = [f"{inner}{json.dumps(key)}: {write(value[key], indent + 2)}" for key in value]
    return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"


def order(name):
    """Sizes first, by number."""
    return not name.isdigit(), name.zfill(12)


def measured(folder, when):
    return {name: when | part(os.path.join(folder, name)) for name in os.listdir(folder)}


def earlier(path, now, names):
    """The runs of a file but those, where they may stand beside what was measured now."""
    with open(path, encoding="utf-8") as file:
        raw = json.load(file)

    def setting(one):
        machine_of_it = {key: one["machine"][key] for key in ("cpu", "cores", "system")}
        return machine_of_it, {key: text for key, text in one["versions"].items() if key != "zxfr"}

    when = {"date": raw["date"], "commit": raw["commit"]}
    runs = {name: when | run for name, run in raw["runs"].items() if name not in names}
    if runs and setting(raw) != setting(now):
        sys.exit(f"raw.py: {path} is of another machine or of other versions: measure all of it anew")
    return runs


def main():
    o = options()
    when = {"date": datetime.date.today().isoformat(), "commit": commit()}
    raw = when | {
        "machine": machine(o),
        "versions": {"zxfr": version_of([o.zxfr, "--version"])} | {
            program: version_of(command) for program, command in VERSIONS.items()},
    }
    runs = measured(o.folder, when)
    if o.beside:
        runs |= earlier(o.beside, raw, runs)
    print(write(raw | {"runs": {name: runs[name] for name in sorted(runs, key=order)}}))


main()
