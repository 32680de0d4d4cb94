#!/usr/bin/python3
"""From a NOTIFY to the new file: zxfr watch over one small zone, whose primary is manyzones.

notify.py --changes N --folder DIR MANYZONES ZXFR

Prints a line for each change, as measure does: seconds from the NOTIFY that is sent until the file has its
new content, CPU seconds of zxfr for that, its peak memory in KiB, and 0.
"""
import argparse
import os
import signal
import socket
import struct
import subprocess
import sys
import time

ZONE = "zone000000.example"
PATIENCE = 30  # seconds, for any one thing
PAUSE = 0.3    # so that no change meets what is left to be done for the one before


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--folder", required=True)
    parser.add_argument("manyzones")
    parser.add_argument("zxfr")
    return parser.parse_args()


def wait_for(condition, what, pause=0.01):
    """Until the condition is true; returns when that was."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"notify.py: {what}")
        time.sleep(pause)
    return time.monotonic()


class Primary:
    """A server of the one zone, whose serial can be changed."""

    def __init__(self, program, folder):
        self.control = os.path.join(folder, "serials")
        with open(self.control, "w", encoding="ascii"):
            pass
        self.process = subprocess.Popen([program, "--zones", "1", "--control", self.control],
                                        stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().split()[2]

    def change(self, serial):
        with open(self.control, "w", encoding="ascii") as file:
            file.write(f"0 {serial}\n")
        self.process.send_signal(signal.SIGHUP)
        if self.process.stdout.readline().strip() != "control":
            sys.exit("notify.py: the primary does not take the new serial")


class Watch:
    """zxfr watch, and the file that it keeps."""

    def __init__(self, program, folder, server_port):
        self.file = os.path.join(folder, f"{ZONE}.zone")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([program, "watch", "-q", "-d", folder, ZONE, "-p", server_port,
                                         "@127.0.0.1", "--listen", f"127.0.0.1#{self.port}"])
        wait_for(self.inode, "zxfr watch writes no file")

    def inode(self):
        """A file that is replaced is another one."""
        try:
            return os.stat(self.file).st_ino
        except FileNotFoundError:
            return None

    def has(self, serial):
        with open(self.file, encoding="ascii") as file:
            return f"serial {serial} " in file.read().rstrip().rsplit("\n", 1)[-1]

    def cpu(self):
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def peak(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(line.split()[1] for line in file if line.startswith("VmHWM"))

    def notify(self, number):
        name = b"".join(bytes([len(label)]) + label for label in ZONE.encode().split(b".")) + b"\0"
        request = struct.pack(">HHHHHH", number, 0x2400, 1, 0, 0, 0) + name + struct.pack(">HH", 6, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(request, ("127.0.0.1", self.port))


def one_change(primary, watch, serial):
    primary.change(serial)
    before, cpu = watch.inode(), watch.cpu()
    sent = time.monotonic()
    watch.notify(serial)
    came = wait_for(lambda: watch.inode() != before, "no new file after a NOTIFY", 0.0002)
    if not watch.has(serial):
        sys.exit(f"notify.py: the new file has not serial {serial}")
    time.sleep(PAUSE)
    print(f"{came - sent:.6f} {watch.cpu() - cpu:.6f} {watch.peak()} 0", flush=True)


def main():
    o = options()
    os.makedirs(os.path.join(o.folder, "zones"))
    primary = Primary(o.manyzones, o.folder)
    watch = None
    try:
        watch = Watch(o.zxfr, os.path.join(o.folder, "zones"), primary.port)
        time.sleep(PAUSE)
        for number in range(o.changes):
            one_change(primary, watch, number + 2)
    finally:
        for process in [watch.process] if watch else []:
            process.terminate()
            process.wait()
        primary.process.terminate()
        primary.process.wait()


main()
