#!/usr/bin/python3
"""Runs the lines of a file of /etc/cron.d, once, as cron does when their time has come (crontab(5)): in an
environment that holds little, by the shell, in the home, with what stands behind a percent sign as input.

    cron.py FILE MAILS [WORD]

What a command prints would be mailed: it goes to the file MAILS, which is made empty. Prints the exit
status of each command. With WORD only the lines that have it are run, also if "#" hides them. Times
are checked for their form alone, and the user is left as it is.
"""
import re
import subprocess
import sys

TIMES = re.compile(r"(?:[\d*][\d*,/-]*\s+){5}(\S+)\s+(\S.*)$")


def jobs(lines, word):
    """The environment and the command of each line."""
    environment = {"SHELL": "/bin/sh", "HOME": "/", "LOGNAME": "root", "PATH": "/usr/bin:/bin"}
    for line in lines:
        line = line.strip()
        if word and word in line and line.startswith("#"):
            line = line[1:]
        setting = re.match(r"([A-Za-z_]\w*)\s*=\s*(.*)$", line)
        if not line or line.startswith("#"):
            continue
        if setting:
            environment[setting[1]] = setting[2]
            continue
        job = TIMES.match(line)
        if not job:
            raise SystemExit("no line of cron: " + line)
        if not word or word in line:
            yield dict(environment), job[2]


def main(file, mails, word=None):
    with open(file, encoding="utf-8") as lines, open(mails, "wb") as mail:
        for environment, text in jobs(lines, word):
            command, *rest = re.split(r"(?<!\\)%", text)
            done = subprocess.run([environment["SHELL"], "-c", command.replace("\\%", "%")],
                                  input="".join(part + "\n" for part in rest).encode(), cwd="/",
                                  env=environment, stdout=mail, stderr=mail, check=False)
            print(done.returncode)


main(*sys.argv[1:])
