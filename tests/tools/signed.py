#!/usr/bin/python3
"""What the tests of signed transfers share: the server primary, and dnspython's verifier.

The verifier is the oracle for the signer of primary: what it finds good was signed well.
"""
import os
import socket
import struct
import subprocess
import sys

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = "hmac-sha256:xfr-key.example.com:" + SECRET

ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 2026112201 7200 3600 1209600 300
@ IN NS ns1
@ IN MX 10 mail
ns1 IN A 192.0.2.1
mail IN AAAA 2001:db8::25
www IN CNAME ns1
txt IN TXT "hello world"
"""


class Primary:
    """A server with these options; it ends with the block."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen([os.environ["PRIMARY"], *self.options],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        words = self.process.stdout.readline().split()
        if not words:
            raise RuntimeError("the server does not start: " + " ".join(self.options))
        self.port = int(words[2])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def key_of(text):
    """A key from ALGORITHM:NAME:SECRET."""
    algorithm, name, secret = text.split(":")
    if algorithm == "hmac-md5":
        algorithm = "hmac-md5.sig-alg.reg.int"
    return dns.tsig.Key(name, secret, dns.name.from_text(algorithm))


def query_for(key):
    query = dns.message.make_query("example.com.", "AXFR", use_edns=0)
    query.use_tsig(key)
    return query


def read_frame(connection):
    """One message; nothing at the end of the stream."""
    data = b""
    while len(data) < 2 or len(data) < 2 + struct.unpack("!H", data[:2])[0]:
        want = 2 if len(data) < 2 else 2 + struct.unpack("!H", data[:2])[0]
        part = connection.recv(want - len(data))
        if not part:
            return None
        data += part
    return data[2:]


def ends_zone(message, soas):
    """How many SOA records of the zone have come, with those of this message."""
    apex = dns.name.from_text("example.com.")
    for rrset in message.answer:
        if rrset.rdtype == dns.rdatatype.SOA and rrset.name == apex:
            soas += len(rrset)
    return soas


def transfer(port, key, seconds=2):
    """What dnspython makes of a transfer: the messages as they came, and why it is bad or None."""
    query = query_for(key)
    messages, context, soas = [], None, 0
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        wire = query.to_wire()
        connection.sendall(struct.pack("!H", len(wire)) + wire)
        try:
            while soas < 2:
                wire = read_frame(connection)
                if wire is None:
                    return messages, "the stream ends early"
                messages.append(wire)
                # the rules that follow are those of dns.query.inbound_xfr
                message = dns.message.from_wire(
                    wire, keyring=key, request_mac=query.mac, xfr=True, tsig_ctx=context,
                    multi=True, one_rr_per_rrset=True)
                context = message.tsig_ctx
                soas = ends_zone(message, soas)
                if message.rcode() != dns.rcode.NOERROR:
                    break
            return messages, None if message.had_tsig else "the last message is not signed"
        except Exception as error:  # whatever it throws, it found something bad
            return messages, "message %d: %s %s" % (len(messages), type(error).__name__, error)


def main():
    """signed.py PORT [KEY [FILE]]: one transfer; says what is wrong with it, keeps the stream in FILE."""
    key = key_of(sys.argv[2]) if len(sys.argv) > 2 else key_of(KEY)
    messages, reason = transfer(int(sys.argv[1]), key)
    if len(sys.argv) > 3:
        with open(sys.argv[3], "wb") as stream:
            for wire in messages:
                stream.write(struct.pack("!H", len(wire)) + wire)
    print(reason or "good")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
