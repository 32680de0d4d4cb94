"""Files of public repositories that tests read and this repository does not hold.

A table names them: a line "from" has a repository, as OWNER/NAME, and a commit; each line after it
a file of that commit: its SHA-256, its path, and what the test wants to know of it. ZXFR_WILD names
a folder that holds the repositories, each as OWNER/NAME, bare or not (git clone --bare URL
OWNER/NAME.git), or the files, each named by its SHA-256.
"""

import collections
import hashlib
import os
import subprocess

import wire

HERE = os.path.dirname(os.path.abspath(__file__))

Row = collections.namedtuple("Row", "collection commit sha256 path more")


def table(name):
    """The rows of a table of tab-separated fields, each with its line."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.startswith("#"):
                yield number, line.rstrip("\n").split("\t")


def rows(name, more=0):
    """The files: each after the repository and the commit that it is of, with `more` fields."""
    collection = commit = None
    for number, fields in table(name):
        if len(fields) == 3 and fields[0] == "from":
            _, collection, commit = fields
        elif len(fields) == 2 + more and commit:
            yield Row(collection, commit, fields[0], fields[1], fields[2:])
        else:
            raise wire.Trouble(f"{name}:{number}: neither a repository nor a file of one")


class Files:
    """The files of a folder with repositories, or with files named by their hash."""

    def __init__(self, folder):
        self.folder = folder

    def repository(self, collection):
        owner, name = collection.split("/")
        for place in (f"{name}.git", name, f"{name}/.git"):
            place = os.path.join(self.folder, owner, place)
            if os.path.exists(os.path.join(place, "objects")):
                return place
        return None

    def get(self, row, path):
        """The octets of a path at the row's commit, or None."""
        place = self.repository(row.collection)
        if place is None:
            return None
        done = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", place, "cat-file",
                               "blob", f"{row.commit}:{path}"], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def file(self, row):
        """The row's own file, if it is the one that the hash names."""
        try:
            with open(os.path.join(self.folder, row.sha256), "rb") as file:
                data = file.read()
        except OSError:
            data = self.get(row, row.path)
        if data is None or hashlib.sha256(data).hexdigest() != row.sha256:
            return None
        return data
