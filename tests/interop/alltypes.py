#!/usr/bin/python3
"""The zone all.example.: every RR type, and every name that is awkward to carry.

The records are built from octets, so that what a server was given is known without asking any
parser. They are written in RFC 3597 form, which every server reads whether it knows the type or
not; only PowerDNS takes the types that it knows in no other form than their own. What one server
still refuses is data: see the "load" rows of exceptions.tsv.
"""

import argparse
import base64
import ipaddress
import re
import struct
import sys

import dns.name
import dns.rdata

from wire import SOA, Exceptions, Trouble, line, type_code, type_text

ORIGIN = dns.name.from_text("all.example.")
RECORDS = []


def name(text):
    return dns.name.from_text(text, ORIGIN).to_wire()


def u16(*values):
    return struct.pack(f">{len(values)}H", *values)


def u32(*values):
    return struct.pack(f">{len(values)}I", *values)


def cs(*strings):
    """Character-strings."""
    return b"".join(bytes([len(s)]) + s for s in strings)


def ip(text):
    return ipaddress.ip_address(text).packed


def add(owner, code, *rdata, ttl=3600):
    """One RRset: an owner relative to the zone, and the RDATA of each record."""
    for data in rdata:
        RECORDS.append((dns.name.from_text(owner, ORIGIN), ttl, type_code(code), data))


def octets(count, first=0):
    return bytes((first + i) % 256 for i in range(count))


# ---- the apex -------------------------------------------------------------------------------
add("@", "SOA", name("ns1") + name("host\\.master") + u32(2026112201, 7200, 900, 1209600, 300))
add("@", "NS", name("ns1"), name("ns2"), name("ns.elsewhere.test."))
add("ns1", "A", ip("192.0.2.1"))
add("ns1", "AAAA", ip("2001:db8::1"))
add("ns2", "A", ip("192.0.2.2"))

# ---- every type, by number ------------------------------------------------------------------
add("a", "A", ip("192.0.2.3"), ip("255.255.255.255"), ip("0.0.0.0"))
add("md", "MD", name("mail"))
add("mf", "MF", name("mail"))
add("cname", "CNAME", name("www.example.test."))
add("mb", "MB", name("mail"))
add("mg", "MG", name("mail"))
add("mr", "MR", name("mail"))
add("null", "NULL", octets(40))
add("wks", "WKS", ip("192.0.2.4") + bytes([6, 0, 0, 0x10, 0x40]))
add("ptr", "PTR", name("a"))
add("hinfo", "HINFO", cs(b"PC-Intel", b'quoted " and \\ and ;'))
add("minfo", "MINFO", name("mail") + name("."))
add("mx", "MX", u16(10) + name("mail"), u16(0) + name("Mail.Other.Test."))
add("nullmx", "MX", u16(0) + name("."))
add("txt", "TXT", cs(b"plain"), cs(b"two", b"strings"))
add("rp", "RP", name("first\\.last") + name("txt"))
add("afsdb", "AFSDB", u16(1) + name("ns1"))
add("x25", "X25", cs(b"311061700956"))
add("isdn", "ISDN", cs(b"150862028003217", b"004"))
add("isdn1", "ISDN", cs(b"150862028003217"))
add("isdn2", "ISDN", cs(b"150862028003217", b""))
add("rt", "RT", u16(2) + name("mail"))
add("nsap", "NSAP", bytes.fromhex("47000580005a0000000001e133ffffff00016100"))
add("nsap-ptr", "NSAP-PTR", name("a"))
add("sig", "SIG", u16(1) + bytes([8, 3]) + u32(3600, 1893456000, 1577836800) + u16(12345)
    + name("all.example.") + octets(64))
add("key", "KEY", u16(0x0200) + bytes([3, 8]) + octets(64))
add("keynull", "KEY", u16(0xC000) + bytes([3, 8]))
add("px", "PX", u16(10) + name("map822") + name("mapx400.test."))
add("gpos", "GPOS", cs(b"-32.6882", b"116.8652", b"10.0"))
add("aaaa", "AAAA", ip("2001:db8::2"), ip("::"), ip("::ffff:192.0.2.1"), ip("1:0:0:2::3"))
add("loc", "LOC", bytes([0, 0x12, 0x16, 0x13]) + u32(2336026648, 2165095648, 9999800))
add("loc0", "LOC", bytes([0, 0, 0x99, 0x31]) + u32(2 ** 31, 2 ** 31, 0))
add("locmax", "LOC", bytes([0, 0x12, 0x16, 0x13])
    + u32(2 ** 31 + 90 * 3600000, 2 ** 31 - 180 * 3600000, 2 ** 32 - 1))
add("nxt", "NXT", name("ptr") + bytes([0x62, 0x01, 0x80, 0x02]))
add("eid", "EID", bytes.fromhex("e32c6f78163a9348"))
add("nimloc", "NIMLOC", bytes.fromhex("32251a030067"))
add("_srv._tcp", "SRV", u16(0, 5, 8080) + name("a"), u16(1, 0, 0) + name("."))
add("atma", "ATMA", b"\1" + b"61200000000", b"\0" + octets(20))
add("naptr", "NAPTR",
    u16(100, 50) + cs(b"u", b"E2U+sip", b"!^(.*)$!sip:\\1@example.test!i") + name("."),
    u16(101, 50) + cs(b"", b"", b"") + name("_srv._tcp"))
add("kx", "KX", u16(10) + name("ns1"))
add("cert", "CERT", u16(1, 12345) + b"\10" + octets(50), u16(65280, 0) + b"\0" + octets(3))
add("a6", "A6", b"\0" + ip("2001:db8::3"), b"\100" + ip("::4")[8:] + name("a"),
    b"\200" + name("a"))
add("dname", "DNAME", name("target.test."))
add("sink", "SINK", bytes([1, 2, 3]) + octets(10))
add("apl", "APL", bytes.fromhex("00010801c0") + bytes.fromhex("0002208420010db8"))
add("aplhost", "APL", bytes.fromhex("00010803c00002"), bytes.fromhex("00010000"))
add("apl0", "APL", b"")
add("sshfp", "SSHFP", bytes([1, 1]) + octets(20), bytes([4, 2]) + octets(32))
add("ipseckey0", "IPSECKEY", bytes([10, 0, 2]) + octets(20))
add("ipseckey", "IPSECKEY", bytes([10, 1, 2]) + ip("192.0.2.5") + octets(20),
    bytes([10, 2, 2]) + ip("2001:db8::5") + octets(20),
    bytes([10, 3, 2]) + name("gateway") + octets(20))
add("rrsig", "RRSIG", u16(1) + bytes([13, 3]) + u32(3600, 1893456000, 1577836800) + u16(12345)
    + name("all.example.") + octets(64))
add("nsec", "NSEC", name("nsec3") + bytes.fromhex("000762018008000380") + bytes.fromhex("010140"))
add("nsec3", "NSEC3", bytes([1, 1]) + u16(12) + cs(bytes.fromhex("aabbccdd"), octets(20))
    + bytes.fromhex("000762018008000290"))
add("nsec3param", "NSEC3PARAM", bytes([1, 0]) + u16(0) + cs(b""),
    bytes([1, 0]) + u16(12) + cs(bytes.fromhex("aabbccdd")))
add("dnskey", "DNSKEY", u16(256) + bytes([3, 13]) + octets(64), u16(257) + bytes([3, 8])
    + b"\3\1\0\1" + octets(128, 1))
add("dhcid", "DHCID", u16(1) + b"\1" + octets(32))
add("_25._tcp.tlsa", "TLSA", bytes([3, 1, 1]) + octets(32))
add("smimea", "SMIMEA", bytes([3, 0, 1]) + octets(32))
HIT = octets(16, 32)
add("hip", "HIP", bytes([16, 2]) + u16(40) + HIT + octets(40),
    bytes([16, 2]) + u16(40) + HIT + octets(40) + name("rvs1") + name("rvs2.test."))
add("ninfo", "NINFO", cs(b"zone info", b""))
add("rkey", "RKEY", u16(0) + bytes([3, 8]) + octets(40))
add("talink", "TALINK", name(".") + name("a"))
add("cds", "CDS", u16(12345) + bytes([13, 2]) + octets(32))
add("cds0", "CDS", u16(0) + bytes([0, 0, 0]))
add("cdnskey", "CDNSKEY", u16(257) + bytes([3, 13]) + octets(64))
add("cdnskey0", "CDNSKEY", u16(0) + bytes([3, 0, 0]))
add("openpgpkey", "OPENPGPKEY", octets(100))
add("csync", "CSYNC", u32(66) + u16(3) + bytes.fromhex("000460000008"))
add("zonemd", "ZONEMD", u32(2026112201) + bytes([1, 1]) + octets(48),
    u32(2026112201) + bytes([1, 2]) + octets(64))


def param(key, value=b""):
    return u16(key, len(value)) + value


add("svcb", "SVCB", u16(1) + name(".") + param(1, cs(b"h2", b"h3"))
    + param(2) + param(3, u16(8443)) + param(4, ip("192.0.2.6") + ip("192.0.2.7"))
    + param(5, octets(20)) + param(6, ip("2001:db8::6")))
add("svcbman", "SVCB", u16(1) + name(".") + param(0, u16(1, 3)) + param(1, cs(b"h2"))
    + param(3, u16(8443)))
add("svcbodd", "SVCB", u16(2) + name("svc.test.") + param(1, cs(b"f\\oo,bar", b'"', b"h2")))
add("svcbkeys", "SVCB", u16(2) + name("svc.test.") + param(1, cs(b"a;b", b"h2")) + param(7, b"/q{?dns}") + param(8) + param(65333, b"a b;\x00\xff\"\\"))
add("https", "HTTPS", u16(0) + name("a"))
add("httpsself", "HTTPS", u16(1) + name(".") + param(1, cs(b"h2")))
add("dsync", "DSYNC", u16(59) + b"\1" + u16(5300) + name("a"))
add("hhit", "HHIT", octets(24))
add("brid", "BRID", octets(24))
add("spf", "SPF", cs(b"v=spf1 -all"))
for number in (100, 101, 102, 103):
    add(f"type{number}", f"TYPE{number}", octets(8))
add("nid", "NID", u16(10) + bytes.fromhex("00144fffff20ee64"))
add("l32", "L32", u16(10) + ip("192.0.2.8"))
add("l64", "L64", u16(10) + bytes.fromhex("20010db800000000"))
add("lp", "LP", u16(10) + name("l64"))
add("eui48", "EUI48", bytes.fromhex("00005e00532a"))
add("eui64", "EUI64", bytes.fromhex("00005eef1000002a"))
add("uri", "URI", u16(10, 1) + b'https://www.example.test/?q="x\\y"')
add("caaupper", "CAA", bytes([128]) + cs(b"TBS") + b'Un"known\\')
add("caa", "CAA", bytes([0]) + cs(b"issue") + b"ca.example.test; policy=ev",
    bytes([0]) + cs(b"issuewild") + b"")
add("avc", "AVC", cs(b"app-name:WOLFGANG|app-class:OAM|business=yes"))
add("doa", "DOA", u32(1234, 1) + b"\1" + cs(b"image/gif") + octets(30),
    u32(0, 0) + b"\2" + cs(b""))
add("amtrelay", "AMTRELAY", bytes([0, 0]), bytes([10, 1]) + ip("192.0.2.9"),
    bytes([10, 0x82]) + ip("2001:db8::9"), bytes([128, 3]) + name("relay.test."))
add("resinfo", "RESINFO", cs(b"qnamemin", b"exterr=15,16,17"))
add("wallet", "WALLET", cs(b"BTC", b"wallet.example.test"))
add("cla", "CLA", cs(b"TCP-V4-V6"))
add("ipn", "IPN", octets(8))
add("ta", "TA", u16(12345) + bytes([13, 2]) + octets(32))
add("dlv", "DLV", u16(12345) + bytes([13, 2]) + octets(32))
add("wins", "WINS", u32(0x10000, 2, 900, 1) + ip("192.0.2.1"),
    u32(0, 5, 3600, 2) + ip("192.0.2.1") + ip("192.0.2.2"))
add("winsr", "WINSR", u32(0, 2, 900) + name("Names.test."))
add("alias", "ALIAS", name("Target.test."))
add("lua", "LUA", u16(1) + cs(b"pickrandom({'192.0.2.1'})"), u16(16) + cs(b"'a'", b"\\"))
# No type, not yet a type, private types of BIND, and private use with no octets.
for number in (54, 127, 264 + 1, 32770, 61440, 65279, 65280, 65403, 65533, 65534):
    add(f"type{number}", f"TYPE{number}", octets(10, number % 256))
add("type65280", "TYPE65280", b"")

# ---- names ----------------------------------------------------------------------------------
add("MiXeD.CaSe", "A", ip("192.0.2.10"))
add("mixedrdata", "NS", name("NS1.MiXeD.CaSe"))
add("*", "TXT", cs(b"wildcard"))
add("*.wild", "MX", u16(5) + name("*.wild"))
add("a.*.star", "A", ip("192.0.2.11"))
add("\\000\\001\\255\\127", "A", ip("192.0.2.12"))
add("dot\\.in.label", "A", ip("192.0.2.13"))
add("back\\\\slash\\\"quote\\;semi\\(paren\\)at\\@dollar\\$sp\\032ace", "A", ip("192.0.2.14"))
add("\\@", "A", ip("192.0.2.15"))
add("\\$origin", "A", ip("192.0.2.16"))
add("\\#", "A", ip("192.0.2.17"))
add("300", "A", ip("192.0.2.18"))
add("in", "A", ip("192.0.2.19"))
add("type1", "A", ip("192.0.2.20"))
add("_under_score-", "A", ip("192.0.2.21"))
add("under/slash", "A", ip("192.0.2.22"))
add("!#%&'+,:<=>?[]^`{|}~", "A", ip("192.0.2.35"))
add("punctrdata", "PTR", name("!#%&'+,:<=>?[]^`{|}~"))
add("xn--bcher-kva", "A", ip("192.0.2.23"))
add("\\195\\188tf8", "A", ip("192.0.2.24"))
add("l" * 63, "A", ip("192.0.2.25"))
# 255 octets: three labels of 63, one of 49, and the twelve octets of the apex with its root.
add(".".join(["x" * 63] * 3 + ["y" * 48]), "A", ip("192.0.2.26"))
add(".".join(["\\255" * 63] * 3 + ["\\000" * 48]), "TXT", cs(b"255 octets, none printable"))
# As many labels as a name can have.
add(".".join("m" * 121), "A", ip("192.0.2.27"))
add("longrdata", "PTR", dns.name.from_text(".".join(["z" * 63] * 3 + ["z" * 61] + [""])).to_wire())
add("rootrdata", "NS", name("."))
add("oddrdata", "PTR", name("sp\\032ace.dot\\.\\000\\255\\@\\$.test."))

# ---- strings --------------------------------------------------------------------------------
add("txtempty", "TXT", cs(b""))
add("txtempties", "TXT", cs(b"", b"", b"x", b""))
add("txt255", "TXT", cs(b"s" * 255), cs(octets(255)), cs(octets(255, 1), b"\xff" * 255))
add("txtspecial", "TXT", cs(b'";()@$\\ \t\r\n'), cs(b"@"), cs(b"\\# 0"), cs(b"\x00"),
    cs(b"\x7f\x80\xff"), cs(b"\xc3\xbc \xe2\x82\xac"))
add("txtlarge", "TXT", b"".join(cs(octets(255, i)) for i in range(253)))
# NSD's messages in a transfer are no larger than 16 KiB.
add("txt16k", "TXT", b"".join(cs(octets(255, i)) for i in range(62)))
add("type65283", "TYPE65283", octets(64000))

# ---- delegation, glue, what lies below ------------------------------------------------------
add("sub", "NS", name("ns.sub"), name("ns.sibling"), name("ns.elsewhere.test."))
add("sub", "DS", u16(12345) + bytes([13, 2]) + octets(32), u16(12345) + bytes([13, 4])
    + octets(48), u16(12345) + bytes([8, 1]) + octets(20))
add("ns.sub", "A", ip("192.0.2.30"))
add("ns.sub", "AAAA", ip("2001:db8::30"))
add("sibling", "NS", name("ns.sibling"))
add("ns.sibling", "A", ip("192.0.2.31"))
add("occluded.sub", "TXT", cs(b"below a delegation"))
add("occluded.dname", "TXT", cs(b"below a DNAME"))
add("ns.elsewhere.test.", "A", ip("192.0.2.32"))

# ---- TTLs -----------------------------------------------------------------------------------
add("ttl0", "A", ip("192.0.2.33"), ttl=0)
add("ttlmax", "A", ip("192.0.2.34"), ttl=2147483647)
add("ttl1", "TXT", cs(b"one second"), ttl=1)


def master(records, typed):
    """Records as a master file: the types in the set typed as text, the others generic."""
    out = ["$TTL 3600\n"]
    for owner, ttl, code, rdata in records:
        text = f"\\# {len(rdata)} {rdata.hex()}".rstrip()
        mnemonic = type_text(code)
        if mnemonic in typed:
            text = typed_text(code, rdata)
        else:
            mnemonic = f"TYPE{code}"
        out.append(f"{escape(owner)}\t{ttl}\tIN\t{mnemonic}\t{text}\n")
    return "".join(out)


def typed_text(code, rdata):
    """RDATA as text; dnspython has no, or not the right, text for some types."""
    mnemonic = type_text(code)
    if mnemonic in ("MB", "MG", "MR", "MINFO"):
        names = []
        while rdata:
            decoded, used = dns.name.from_wire(rdata, 0)
            names.append(decoded.to_text())
            rdata = rdata[used:]
        return " ".join(names)
    if mnemonic in ("KEY", "RKEY", "CERT"):
        layout = ">HHB" if mnemonic == "CERT" else ">HBB"
        size = struct.calcsize(layout)
        return (" ".join(map(str, struct.unpack(layout, rdata[:size])))
                + " " + base64.b64encode(rdata[size:]).decode())
    if mnemonic == "DLV":
        return " ".join(map(str, struct.unpack(">HBB", rdata[:4]))) + " " + rdata[4:].hex()
    if mnemonic == "ALIAS":
        return dns.name.from_wire(rdata, 0)[0].to_text()
    if mnemonic == "LUA":
        return type_text(rdata[0] << 8 | rdata[1]) + " " + dns.rdata.from_wire(
            1, 16, rdata, 2, len(rdata) - 2).to_text()
    if mnemonic == "URI":
        target = rdata[4:].decode().replace("\\", "\\\\").replace('"', '\\"')
        return " ".join(map(str, struct.unpack(">HH", rdata[:4]))) + f' "{target}"'
    text = dns.rdata.from_wire(1, code, rdata, 0, len(rdata)).to_text()
    if mnemonic in ("SVCB", "HTTPS"):
        text = re.sub('(port|mandatory)="([^"]*)"', r"\1=\2", text)
    return text


# What is written as text, for one server or for all.
TYPED = {
    "all": {"SOA"},
    # NSD 4.12 takes no generic form of a bitmap with several windows, and takes DLV's for DOA.
    "nsd": {"SOA", "NSEC", "DLV"},
    "pdns": set("""
        A NS CNAME SOA MB MG MR PTR HINFO MINFO MX TXT RP AFSDB KEY AAAA LOC SRV NAPTR KX CERT
        DNAME APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA RKEY CDS
        CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF NID L32 L64 LP EUI48 EUI64 URI CAA
        DLV ALIAS LUA""".split()),
}


def escape(owner):
    """A name as text in which only letters, digits, hyphen and underscore stand for themselves."""
    def label(octets_of_label):
        return "".join(chr(o) if chr(o).isascii() and (chr(o).isalnum() or o in b"-_*/")
                       else f"\\{o:03d}" for o in octets_of_label)
    return ".".join(label(part) for part in owner.labels) or "."


def large(count):
    """The zone big.example., large enough for many messages."""
    print("$ORIGIN big.example.\n$TTL 3600\n"
          "@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1")
    # Three are written already.
    for i in range((count - 3) // 3):
        print(f"host{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n"
              f"host{i} AAAA 2001:db8::{i & 65535:x}\n"
              f'host{i} TXT "number {i}" "and some more text, so that it is not too short"')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="leave out what this server refuses")
    parser.add_argument("--despite", type=int, metavar="LINE",
                        help="keep what this line of exceptions.tsv is about")
    parser.add_argument("--check", action="store_true",
                        help="check that every exception is about a record")
    parser.add_argument("--wire", action="store_true",
                        help="print wire data, not a master file")
    parser.add_argument("--large", type=int, metavar="N",
                        help="print a zone of N (a multiple of 3) records instead")
    args = parser.parse_args()
    if args.large:
        large(args.large)
        return
    if args.check:
        # vectors/check sees to the rows "write".
        idle = [row for role in ("load", "hold", "read") for row in Exceptions(role).rows
                if not any(Exceptions.covers(row, r[0], r[2]) for r in RECORDS)]
        if idle:
            raise Trouble(f"exceptions.tsv: no such records: {idle}")
        return
    records = RECORDS
    if args.server:
        refused = Exceptions("load", args.server)
        refused.rows = [row for row in refused.rows if row[0] != args.despite]
        records = [r for r in records if not refused.of(r[0], r[2])]
    if args.wire:
        print("\n".join(line(record) for record in records))
    else:
        typed = TYPED.get(args.server, TYPED["all"])
        sys.stdout.write(master(records, typed))


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"alltypes.py: {trouble}")
