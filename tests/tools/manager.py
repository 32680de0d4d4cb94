#!/usr/bin/python3
"""A service manager's side of NOTIFY_SOCKET: every line of a message goes to standard output, at once.

manager.py SOCKET          begins with "listening"
"""
import os
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("listening", flush=True)
while True:
    for line in s.recv(65535).decode().splitlines():
        print(line, flush=True)
