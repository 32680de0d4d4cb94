#!/usr/bin/python3
"""A resolver that knows what a file tells it. Answers queries over UDP on 127.0.0.1, port 53.

usage: resolver.py FILE LOG

Lines of FILE: NAME TYPE RDATA, or NAME and one of NXDOMAIN, SERVFAIL, SILENT, GARBAGE. A name that
is not in it does not exist. FILE is read for every query, and each query adds a line to LOG."""

import socket
import sys

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


def read(path):
    names = {}
    with open(path, encoding='ascii') as file:
        for line in file:
            words = line.split(None, 2)
            if words:
                names.setdefault(dns.name.from_text(words[0]), []).append(words[1:])
    return names


def answer(query, rows):
    """The octets to send, or None."""
    question = query.question[0]
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    words = {row[0] for row in rows}
    if 'SILENT' in words:
        return None
    if 'GARBAGE' in words: # the header of an answer, with nothing behind
        return response.to_wire()[:2] + b'\x81\x80\0\1\0\1\0\0\0\0\xff\xff'
    if 'SERVFAIL' in words:
        response.set_rcode(dns.rcode.SERVFAIL)
    elif not rows or 'NXDOMAIN' in words:
        response.set_rcode(dns.rcode.NXDOMAIN)
    else:
        texts = [row[1] for row in rows if row[0] == dns.rdatatype.to_text(question.rdtype)]
        for text in texts: # one by one: their order is that of the file
            response.answer.append(dns.rrset.from_text(question.name, 300, question.rdclass,
                                                       question.rdtype, text))
    return response.to_wire()


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('127.0.0.1', 53))
    print('ready', flush=True)
    while True:
        octets, client = server.recvfrom(4096)
        query = dns.message.from_wire(octets)
        question = query.question[0]
        with open(sys.argv[2], 'a', encoding='ascii') as log:
            log.write('%s %s\n' % (question.name, dns.rdatatype.to_text(question.rdtype)))
        reply = answer(query, read(sys.argv[1]).get(question.name, []))
        if reply is not None:
            server.sendto(reply, client)


if __name__ == '__main__':
    main()
