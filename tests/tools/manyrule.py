"""The zones that tools/manyzones makes, written again: the same for its judge and for real servers."""

import ipaddress


def name(zone):
    return f"zone{zone:06}.example"


def text(zone, serial, big=0, timers=(7200, 3600, 1209600)):
    """A master file of one line for each record, the SOA first, every name relative to the zone; big: so
    many records, if that is more than it has; timers: refresh, retry and expire of its SOA."""
    address = ipaddress.ip_address((0x20010DB8 << 96) + zone)
    lines = ["$TTL 3600", f"@ SOA ns1 hostmaster {serial} %d %d %d 300" % timers, "@ NS ns1", "@ NS ns2",
             "ns1 A 192.0.2.1", "ns2 A 192.0.2.2", "@ MX 10 mail", f'@ TXT "this is zone {zone}"',
             f"mail AAAA {address}", f"www A {ipaddress.ip_address((10 << 24) + serial % 2**24)}"]
    for host in range(max(zone % 7, big - 9)):
        lines.append(f"h{host:07} A {ipaddress.ip_address((10 << 24) + host)}")
    return "\n".join(lines) + "\n"
