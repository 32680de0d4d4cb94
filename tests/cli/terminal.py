#!/usr/bin/env python3
"""Runs a program with a terminal as its standard error, and with --both as its standard output, too.

usage: terminal.py [--both] [--columns N] WORD...

What it wrote there goes to standard output: each time that a line was removed, "\\r\\033[K", stands
as a line feed and "~". Ends with the program's exit status. The terminal has 80 columns, or N.
"""
import fcntl
import os
import pty
import struct
import sys
import termios


def main():
    words = sys.argv[1:]
    both = words[0] == "--both"
    words = words[both:]
    columns = 80
    if words[0] == "--columns":
        columns = int(words[1])
        words = words[2:]
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        if not both:
            os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
        os.execvp(words[0], words)
    said = b""
    while True:
        try:
            octets = os.read(fd, 65536)
        except OSError:  # the other end was closed
            break
        if not octets:
            break
        said += octets
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.stdout.buffer.write(said.replace(b"\r\x1b[K", b"\n~").replace(b"\r\n", b"\n"))
    sys.exit(status)


main()
