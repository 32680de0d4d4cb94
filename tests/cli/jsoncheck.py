#!/usr/bin/python3
"""The records of tests/vectors/rr.tsv as a zone for the test server, and the judge of their JSON.

    jsoncheck.py zone            prints the zone example. with each record of the vectors, in generic form
    jsoncheck.py check LINES     LINES is what zxfr made of it, with --typed: every line must have the
                            members that it should, and dnspython must make of its rdata, and of the
                            values in its data, the octets that the vectors have
    jsoncheck.py same A B        two outputs hold the same records, a document or lines

The vectors are the records' wire form, so nothing here depends on how zxfr reads or writes.
"""
import base64
import json
import os
import re
import sys

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
META = {"OPT", "NXNAME", "TKEY", "TSIG", "IXFR", "AXFR", "MAILB", "MAILA", "ANY"}
# A known type whose RDATA is malformed: where names are in it that may be compressed, zxfr refuses
# the message.
NAMES = re.compile(r"STD")


def schema():
    with open(os.path.join(TOP, "src", "dns", "types.def"), encoding="ascii") as file:
        text = file.read()
    rows = re.findall(r'^(?:T|ALSO)\("([^"]+)",\s*(\d+),\s*(\w+),\s*[\w |]+,\s*(.*?)\)$',
                      re.sub(r"\n  +(?!T)", " ", text), re.M)
    return {name: (int(code), fields) for name, code, _, fields in reversed(rows)}


def vectors():
    """Owner, type, code, RDATA and text of each vector of class IN, and whether every dnspython reads it."""
    types = schema()
    with open(os.path.join(TOP, "tests", "vectors", "rr.tsv"), encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            columns = line.rstrip("\n").split("\t")
            if line.startswith("#") or len(columns) < 6 or columns[1] != "IN" or columns[0] in META:
                continue
            kind, _, wire, text = columns[:4]
            code, fields = types.get(kind) or (int(kind[4:]), "")
            if kind == "SOA" or (text.startswith("\\#") and NAMES.search(fields)):
                continue
            octets = bytes.fromhex("" if wire == "-" else wire)
            if len(octets) < 60000 and code != 0:
                yield f"v{number}.example.", kind, code, octets, text, "dnspython" in columns[5].split(",")


def zone():
    print("example. 5 IN SOA . . 7 1 2 3 4")
    for owner, _, code, octets, _, _ in vectors():
        print(f"{owner} 5 IN TYPE{code} \\# {len(octets)} {octets.hex()}")


# ---- What the members must hold, out of dnspython's own fields ---------------------------------

def quoted(octets):
    """What stands between the quotes of a string."""
    if isinstance(octets, str):
        octets = octets.encode("latin-1")
    return "".join("\\" + chr(c) if c in b'"\\' else chr(c) if 0x20 <= c < 0x7f else "\\%03d" % c
                   for c in octets)


def b64(octets):
    return base64.b64encode(octets).decode()


def bits(windows):
    names = {code: name for name, (code, _) in schema().items()}
    codes = [window * 256 + i * 8 + bit for window, octets in windows
             for i, octet in enumerate(octets) for bit in range(8) if octet & 0x80 >> bit]
    return [names.get(code, f"TYPE{code}") for code in codes]


def ds(rd):
    return {"key_tag": rd.key_tag, "algorithm": int(rd.algorithm), "digest_type": int(rd.digest_type),
            "digest": rd.digest.hex()}


def tlsa(rd):
    return {"usage": rd.usage, "selector": rd.selector, "matching_type": rd.mtype, "data": rd.cert.hex()}


def strings(rd):
    return {"strings": [quoted(s) for s in rd.strings]}


def key(rd):
    return {"flags": rd.flags, "protocol": rd.protocol, "algorithm": int(rd.algorithm),
            "public_key": b64(rd.key)}


NAME = None # not compared as text: dnspython escapes fewer characters
EXPECTED = {
    "A": lambda rd: {"address": rd.address},
    "AAAA": lambda rd: {"address": NAME},
    "NS": lambda rd: {"host": NAME},
    "CNAME": lambda rd: {"target": NAME},
    "PTR": lambda rd: {"target": NAME},
    "DNAME": lambda rd: {"target": NAME},
    "MX": lambda rd: {"preference": rd.preference, "exchange": NAME},
    "KX": lambda rd: {"preference": rd.preference, "exchanger": NAME},
    "SRV": lambda rd: {"priority": rd.priority, "weight": rd.weight, "port": rd.port, "target": NAME},
    "RP": lambda rd: {"mailbox": NAME, "text": NAME},
    "AFSDB": lambda rd: {"subtype": rd.subtype, "host": NAME},
    "RT": lambda rd: {"preference": rd.preference, "host": NAME},
    "PX": lambda rd: {"preference": rd.preference, "map822": NAME, "mapx400": NAME},
    "NAPTR": lambda rd: {"order": rd.order, "preference": rd.preference, "flags": quoted(rd.flags),
                         "services": quoted(rd.service), "regexp": quoted(rd.regexp),
                         "replacement": NAME},
    "TXT": strings, "SPF": strings, "NINFO": strings, "AVC": strings, "RESINFO": strings,
    "WALLET": strings,
    "HINFO": lambda rd: {"cpu": quoted(rd.cpu), "os": quoted(rd.os)},
    "X25": lambda rd: {"address": quoted(rd.address)},
    # dnspython takes the first string for the latitude; RFC 1712 section 3 has the longitude first.
    "GPOS": lambda rd: {"longitude": quoted(rd.latitude), "latitude": quoted(rd.longitude),
                        "altitude": quoted(rd.altitude)},
    "CAA": lambda rd: {"flags": rd.flags, "tag": rd.tag.decode(), "value": quoted(rd.value)},
    "URI": lambda rd: {"priority": rd.priority, "weight": rd.weight, "target": quoted(rd.target)},
    "DS": ds, "CDS": ds, "DLV": ds,
    "DNSKEY": key, "CDNSKEY": key,
    "SSHFP": lambda rd: {"algorithm": rd.algorithm, "fingerprint_type": rd.fp_type,
                         "fingerprint": rd.fingerprint.hex()},
    "TLSA": tlsa, "SMIMEA": tlsa,
    "OPENPGPKEY": lambda rd: {"key": b64(rd.key)},
    "DHCID": lambda rd: {"data": b64(rd.data)},
    "CERT": lambda rd: {"cert_type": int(rd.certificate_type), "key_tag": rd.key_tag,
                        "algorithm": int(rd.algorithm), "certificate": b64(rd.certificate)},
    "RRSIG": lambda rd: {"type_covered": NAME, "algorithm": int(rd.algorithm), "labels": rd.labels,
                         "original_ttl": rd.original_ttl,
                         "expiration": dns.rdtypes.ANY.RRSIG.posixtime_to_sigtime(rd.expiration),
                         "inception": dns.rdtypes.ANY.RRSIG.posixtime_to_sigtime(rd.inception),
                         "key_tag": rd.key_tag, "signer": NAME, "signature": b64(rd.signature)},
    "NSEC": lambda rd: {"next": NAME, "types": bits(rd.windows)},
    "NSEC3": lambda rd: {"hash_algorithm": int(rd.algorithm), "flags": rd.flags,
                         "iterations": rd.iterations, "salt": rd.salt.hex() or "-",
                         "next": NAME, "types": bits(rd.windows)},
    "NSEC3PARAM": lambda rd: {"hash_algorithm": rd.algorithm, "flags": rd.flags,
                              "iterations": rd.iterations, "salt": rd.salt.hex() or "-"},
    "CSYNC": lambda rd: {"serial": rd.serial, "flags": rd.flags, "types": bits(rd.windows)},
    "ZONEMD": lambda rd: {"serial": rd.serial, "scheme": int(rd.scheme),
                          "hash_algorithm": int(rd.hash_algorithm), "digest": rd.digest.hex()},
    "EUI48": lambda rd: {"address": rd.eui.hex("-")},
    "EUI64": lambda rd: {"address": rd.eui.hex("-")},
    "NID": lambda rd: {"preference": rd.preference, "node_id": rd.nodeid},
    "L64": lambda rd: {"preference": rd.preference, "locator": rd.locator64},
    "L32": lambda rd: {"preference": rd.preference, "locator": rd.locator32},
    "LP": lambda rd: {"preference": rd.preference, "target": NAME},
    "HIP": lambda rd: {"algorithm": rd.algorithm, "hit": rd.hit.hex(), "public_key": b64(rd.key),
                       "rendezvous_servers": NAME},
    "APL": lambda rd: {"prefixes": [
        {"family": item.family, **({"negate": True} if item.negation else {}), "address": item.address,
         "prefix": item.prefix} for item in rd.items]},
    "SVCB": lambda rd: {"priority": rd.priority, "target": NAME, "params": NAME},
    "HTTPS": lambda rd: {"priority": rd.priority, "target": NAME, "params": NAME},
    "IPSECKEY": lambda rd: {"precedence": rd.precedence, "gateway_type": rd.gateway_type,
                            "algorithm": rd.algorithm, "gateway": NAME,
                            **({"public_key": b64(rd.key)} if rd.key else {})},
    "AMTRELAY": lambda rd: {"precedence": rd.precedence,
                            "discovery_optional": int(rd.discovery_optional),
                            "relay_type": rd.relay_type, "relay": NAME},
    "NSAP": lambda rd: {"address": "0x" + rd.address.hex()},
    "WKS": lambda rd: {"address": rd.address, "protocol": rd.protocol,
                       "ports": [i * 8 + bit for i, octet in enumerate(rd.bitmap)
                                 for bit in range(8) if octet & 0x80 >> bit]},
    "LOC": lambda rd: {"latitude": NAME, "longitude": NAME, "altitude": "%.2fm" % (rd.altitude / 100),
                       "size": NAME, "horizontal_precision": NAME, "vertical_precision": NAME},
}


def typed_faults(kind, octets, data):
    rd = dns.rdata.from_wire("IN", kind, octets, 0, len(octets))
    expected = EXPECTED[kind](rd)
    if list(expected) != list(data):
        yield f"has the members {list(data)}, not {list(expected)}"
        return
    for name, value in expected.items():
        if value is not NAME and value != data[name]:
            yield f"{name} is {data[name]!r}, dnspython has {value!r}"


def faults(record, kind, octets, text, is_read, counts):
    opaque = text.startswith("\\#")
    names = ["name", "ttl", "class", "type", "rdata"] + ([] if opaque else ["data"])
    if list(record) != names:
        yield f"has the members {list(record)}"
        return
    if (record["ttl"], record["class"], record["type"]) != (5, "IN", kind):
        yield f"is {record}"
    if record["rdata"] != text:
        yield f"has the rdata {record['rdata']!r}"
    if opaque:
        return
    if is_read:
        counts["text"] += 1
        read = dns.rdata.from_text("IN", kind, record["rdata"]).to_wire()
        if read != octets:
            yield f"has a text that dnspython reads as {read.hex()}"
    if kind in EXPECTED:
        try:
            yield from typed_faults(kind, octets, record["data"])
            counts["typed"] += 1
        except dns.exception.DNSException: # it refuses the octets
            counts["refused"] += 1


def check(path):
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file]
    wanted = {owner: rest for owner, *rest in vectors()}
    counts, wrong = {"text": 0, "typed": 0, "refused": 0}, 0
    for record in lines[1:]:
        kind, _, octets, text, is_read = wanted.pop(record["name"])
        for fault in faults(record, kind, octets, text, is_read, counts):
            print(f"{record['name']} {kind} {fault}")
            wrong += 1
    for owner in wanted:
        print(f"{owner} is missing")
    print(counts)
    few = counts["text"] < 300 or counts["typed"] < 200
    return wrong or len(wanted) or few


def records(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    if text.startswith('{"zone"'):
        return json.loads(text)["records"]
    return [json.loads(line) for line in text.splitlines()]


def main():
    if sys.argv[1:] == ["zone"]:
        return zone()
    if sys.argv[1:2] == ["check"]:
        return check(sys.argv[2])
    return records(sys.argv[2]) != records(sys.argv[3])


sys.exit(main())
