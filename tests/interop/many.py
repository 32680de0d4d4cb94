#!/usr/bin/python3
"""Zones by the thousand for many.bash: their files, whether a server has them, and what it transfers.

A folder of zones has NAME.zone for each one, and "list" with their names, one a line.

    many.py zones FOLDER COUNT SERIAL        writes it
    many.py bump FOLDER SERIAL NUMBER...     gives these zones another serial, and so another address
    many.py catalog FILE ZONE FOLDER [SERIAL]  a catalog of them; see group()
    many.py groups FOLDER                    "NAME GROUP", or "NAME -"
    many.py pdnskey DATABASE KEY FOLDER      lets PowerDNS transfer them to who has the key
    many.py pdnsfirst DATABASE KEY FROM TO   ... for these numbers, lets this key stand before the others
    many.py ready PORT FOLDER [NAME...]      waits until the server has each serial of the files
    many.py sample PORT FOLDER COUNT [ALGORITHM:KEY:SECRET]
                                             transfers so many random ones, and compares with the file
    many.py files FOLDER DIR                 whether the files of a run are those of the zones, and say the same

Exit status 1, and a line on what is wrong, where the last three are not as they should be.
"""

import os
import random
import socket
import sqlite3
import struct
import sys
import time

import dns.exception
import dns.message
import dns.query
import dns.tsigkeyring
import dns.zone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import manyrule  # noqa: E402

PATIENCE = 60  # seconds
WINDOW = 100  # questions in flight


def path(folder, name):
    return os.path.join(folder, name + ".zone")


def names(folder):
    with open(os.path.join(folder, "list"), encoding="ascii") as file:
        return file.read().split()


def write(file_name, text):
    """A reader sees the old file or the whole new one."""
    with open(file_name + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(file_name + ".new", file_name)


def zones(folder, count, serial):
    os.makedirs(folder, exist_ok=True)
    for zone in range(int(count)):
        write(path(folder, manyrule.name(zone)), manyrule.text(zone, int(serial)))
    write(os.path.join(folder, "list"),
          "".join(manyrule.name(zone) + "\n" for zone in range(int(count))))


def bump(folder, serial, *numbers):
    for zone in map(int, numbers):
        write(path(folder, manyrule.name(zone)), manyrule.text(zone, int(serial)))


def group(name):
    """Every third zone has none, the others are gold or silver."""
    return ("-", "gold", "silver")[int(name[4:10]) % 3]


def groups(folder):
    for name in names(folder):
        print(name, group(name))


def catalog(file_name, zone, folder, serial=1):
    lines = [f"$ORIGIN {zone}.", "$TTL 0", f"@ SOA invalid. invalid. {serial} 3600 600 2147483646 0", "@ NS invalid.",
             'version TXT "2"']
    for name in names(folder):
        lines.append(f"{name[:10]}.zones PTR {name}.")
        if group(name) != "-":
            lines.append(f'group.{name[:10]}.zones TXT "{group(name)}"')
    write(file_name, "\n".join(lines) + "\n")


def pdnskey(database, key, folder):
    """pdnsutil would take its time for each of them."""
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO domainmetadata (domain, kind, content) VALUES (?, 'TSIG-ALLOW-AXFR', ?)",
            ((name, key) for name in names(folder)))


def pdnsfirst(database, key, first, last):
    with sqlite3.connect(database) as connection:
        for zone in range(int(first), int(last) + 1):
            where = (manyrule.name(zone),)
            old = connection.execute("SELECT domain, kind, content FROM domainmetadata WHERE domain = ?",
                                     where).fetchall()
            connection.execute("DELETE FROM domainmetadata WHERE domain = ?", where)
            connection.executemany("INSERT INTO domainmetadata (domain, kind, content) VALUES (?, ?, ?)",
                                   [(*where, "TSIG-ALLOW-AXFR", key), *old])


# ---- what a server has ---------------------------------------------------------------------------


def serial_of(folder, name):
    with open(path(folder, name), encoding="ascii") as file:
        file.readline()
        return int(file.readline().split()[4])


def serials(port, wanted):
    """The serial that the server has of each zone, or its RCODE as text; few connections, many questions
    on each. Whom a connection's end leaves without an answer is not in it."""
    found, todo = {}, list(wanted)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        stream = connection.makefile("rb")
        while todo:
            part, todo = todo[:WINDOW], todo[WINDOW:]
            wires = []
            for number, name in enumerate(part):
                query = dns.message.make_query(name, "SOA")
                query.id = number
                wires.append(query.to_wire())
            connection.sendall(b"".join(struct.pack(">H", len(wire)) + wire for wire in wires))
            for _ in part:
                prefix = stream.read(2)
                if len(prefix) < 2:
                    return found
                answer = dns.message.from_wire(stream.read(struct.unpack(">H", prefix)[0]))
                found[part[answer.id]] = answer.answer[0][0].serial if answer.answer else \
                    f"RCODE {answer.rcode()}"
    return found


def ready(port, folder, *only):
    expected = {name: serial_of(folder, name) for name in only or names(folder)}
    todo, end = list(expected), time.monotonic() + PATIENCE
    while todo:
        try:
            found = serials(int(port), todo)
        except OSError as error:
            found = {todo[0]: str(error)}
        left = [name for name in todo if found.get(name) != expected[name]]
        if time.monotonic() > end:
            sys.exit(f"{len(left)} zones are not there, {left[0]}: {found.get(left[0])} "
                     f"instead of {expected[left[0]]}")
        if len(left) == len(todo):
            time.sleep(0.05)
        todo = left


def lines(zone):
    return sorted((str(name), ttl, str(data)) for name, ttl, data in zone.iterate_rdatas())


def sample(port, folder, count, key=None):
    keyring = None
    if key:
        algorithm, name, secret = key.split(":", 2)
        keyring = dns.tsigkeyring.from_text({name: (algorithm, secret)})
    seed = int(os.environ.get("SEED") or time.time())
    print(f"SEED={seed}")
    for name in random.Random(seed).sample(names(folder), int(count)):
        expected = dns.zone.from_file(path(folder, name), name, relativize=False)
        try:
            got = dns.zone.from_xfr(dns.query.xfr("127.0.0.1", name, port=int(port), relativize=False,
                                                  keyring=keyring, lifetime=PATIENCE), relativize=False)
        except (dns.exception.DNSException, OSError, EOFError) as error:
            sys.exit(f"{name}: {type(error).__name__}: {error}")
        if lines(got) != lines(expected):
            sys.exit(f"{name}: {lines(got)}\ninstead of {lines(expected)}")


def files(folder, directory):
    there = sorted(os.listdir(directory))
    expected = sorted(name + ".zone" for name in names(folder))
    if there != expected:
        sys.exit(f"{directory}: missing {sorted(set(expected) - set(there))[:5]}, "
                 f"too many {sorted(set(there) - set(expected))[:5]}")
    for name in names(folder):
        zone = [dns.zone.from_file(path(where, name), name, relativize=False)
                for where in (folder, directory)]
        if lines(zone[0]) != lines(zone[1]):
            sys.exit(f"{name}: {lines(zone[1])}\ninstead of {lines(zone[0])}")


COMMANDS = {command.__name__: command for command in
            (zones, bump, catalog, groups, pdnskey, pdnsfirst, ready, sample, files)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
