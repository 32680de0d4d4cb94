#!/usr/bin/python3
"""Which version of each server and reader is installed, and what is said of some versions only.

    installed.py does WHO WHAT      whether exceptions.tsv has a row "does" for it

A word of exceptions.tsv and of vectors/rr.tsv is a program's name, or name and versions:
"nsd", "nsd<4.12", "nsd>=4.12".
"""

import functools
import os
import re
import subprocess
import sys

# How each tells its version; dnspython is asked in this process.
ASK = {"bind": ["named-compilezone", "-v"], "knot": ["knotd", "--version"], "nsd": ["nsd", "-v"],
       "pdns": ["pdns_server", "--version"], "ldns": ["ldns-read-zone", "-v"]}
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exceptions.tsv")
WORD = re.compile(r"([a-z]+)(?:(<|>=)([0-9]+(?:\.[0-9]+)*))?$")


def numbers(text):
    """The first dotted number in a text, as a tuple."""
    return tuple(map(int, re.search(r"[0-9]+(?:\.[0-9]+)+", text)[0].split(".")))


@functools.lru_cache(maxsize=None)
def version(name):
    """The version of a program, or None if it is not installed."""
    try:
        if name == "dnspython":
            import dns.version
            return numbers(dns.version.version)
        done = subprocess.run(ASK[name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=30)
    except (OSError, ImportError):
        return None
    return numbers(done.stdout.decode("latin-1"))


def applies(word):
    """The name in a word where the word is about what is installed; else None. A program that is
    not installed is of every version."""
    match = WORD.match(word)
    if not match or match[1] not in (*ASK, "dnspython"):
        raise ValueError(f"no program, or no versions: {word}")
    name, sign, bound = match.groups()
    here = version(name)
    if sign and here:
        bound = tuple(map(int, bound.split(".")))
        if (here < bound) != (sign == "<"):
            return None
    return name


def table(*roles):
    """The rows of the roles: line, name with its versions, forms, owner, type, reason."""
    with open(TABLE, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 6:
                raise ValueError(f"{TABLE}:{number}: {len(fields)} fields instead of 6")
            if fields[0] in roles:
                yield (number, *fields[1:])


def exceptions(*roles):
    """The same, with the name where the row is about what is installed, or else None."""
    for number, word, *rest in table(*roles):
        yield (number, applies(word), *rest)


def main():
    command, who, what = sys.argv[1:]
    assert command == "does"
    rows = list(exceptions("does"))
    assert any(what == row[3] for row in rows), f"no row is about {what}"
    return not any((who, what) == (row[1], row[3]) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
