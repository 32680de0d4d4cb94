#!/usr/bin/python3
"""Tells how a query was signed, read from its octets and nothing else.

usage: querykey.py SECRET < QUERIES

QUERIES has one query a line, in hexadecimal digits. For each: "NAME ALGORITHM OCTETS", where OCTETS is
the length of the MAC, if it is a MAC of the query by the secret (base64); "unsigned"; or "BAD ...".
"""
import base64
import hashlib
import hmac
import struct
import sys

HASHES = {'hmac-md5.sig-alg.reg.int.': 'md5', 'hmac-sha1.': 'sha1', 'hmac-sha224.': 'sha224',
          'hmac-sha256.': 'sha256', 'hmac-sha256-128.': 'sha256', 'hmac-sha384.': 'sha384',
          'hmac-sha384-192.': 'sha384', 'hmac-sha512.': 'sha512', 'hmac-sha512-256.': 'sha512'}


def name(octets, at):
    start, text = at, ''
    while octets[at]:
        text += octets[at + 1:at + 1 + octets[at]].decode('ascii') + '.'
        at += octets[at] + 1
    return text, octets[start:at + 1], at + 1


def judge(octets, secret):
    additional = struct.unpack('>H', octets[10:12])[0]
    at = name(octets, 12)[2] + 4
    for left in range(additional, 0, -1):
        before = at
        owner, owner_wire, at = name(octets, at)
        kind, klass, ttl, length = struct.unpack('>HHIH', octets[at:at + 10])
        at += 10
        if kind != 250:
            at += length
            continue
        if left != 1 or at + length != len(octets) or klass != 255 or ttl != 0:
            return 'BAD place or form of the TSIG record'
        algorithm, algorithm_wire, at = name(octets, at)
        time, mac_length = octets[at:at + 8], struct.unpack('>H', octets[at + 8:at + 10])[0]
        mac, rest = octets[at + 10:at + 10 + mac_length], octets[at + 10 + mac_length:]
        message = rest[:2] + octets[2:10] + struct.pack('>H', additional - 1) + octets[12:before]
        variables = owner_wire + struct.pack('>HI', 255, 0) + algorithm_wire + time + rest[2:]
        true = hmac.new(secret, message + variables, getattr(hashlib, HASHES[algorithm])).digest()
        if not mac or mac != true[:mac_length]:
            return 'BAD MAC'
        return '%s %s %d' % (owner, algorithm, mac_length)
    return 'unsigned'


for line in sys.stdin:
    print(judge(bytes.fromhex(line), base64.b64decode(sys.argv[1])))
