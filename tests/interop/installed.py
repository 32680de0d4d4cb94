"""Which version of each server and reader is installed, and what is said of some versions only.

A word of exceptions.tsv and of vectors/rr.tsv is a program's name, or name and versions:
"nsd", "nsd<4.12", "nsd>=4.12".
"""

import functools
import re
import subprocess

# How each tells its version; dnspython is asked in this process.
ASK = {"bind": ["named-compilezone", "-v"], "knot": ["knotd", "--version"], "nsd": ["nsd", "-v"],
       "pdns": ["pdns_server", "--version"], "ldns": ["ldns-read-zone", "-v"]}
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
