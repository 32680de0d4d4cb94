"""Which figure of zxfr is held against which of another program, and what is asked of it.

The series that run measures, each for zones of each size:

  dump.TOOL                AXFR as text to nowhere: zxfr, dig, kdig, drill
  file.zxfr                ... to standard output that is a file, which like a copy nobody flushes;
                           file.reader reads the stream to nowhere, file.copy is cp of the file
  json.zxfr, json.kdig     ... as JSON
  signed.zxfr, signed.dig  ... with TSIG, from Knot
  update.zxfr              --update of a file by a hundred changes; update.copy is cp and sync of that file
  read.TOOL                a master file is read: zxfr (and written), kzonecheck
  sort.TOOL                a shuffled file is sorted: zxfr, bind (named-compilezone), ldns (ldns-read-zone);
                           sort.transfer is zxfr from the network, sort.memory with --memory 64M
  diff.TOOL, diff_sorted.TOOL  two files are compared: zxfr, comm of two sorts, ldns (ldns-compare-zones);
                           a sort of files that zxfr has sorted, which is not by octets, needs less
  zonemd.check, .convert, .ldns  a digest is checked with all other rules, made (two of them), and checked
  dnssec.TOOL              signatures: zxfr, with one core, without the keys, bind, ldns; what OpenSSL needs
                           for one verification, on one core and on all

and once: small.TOOL, a zone of 50 records; notify.zxfr, from NOTIFY to file; same.TOOL, first.TOOL and
very_many.same, many zones that are unchanged, or fetched.
"""
import dataclasses
import statistics
import typing

LARGE = 1000000  # the size for which the goals are
NEVER = "not measured"


class Missing(Exception):
    """A series that this run has not."""


class Part:
    """The figures of one size, or of one part without a size."""

    def __init__(self, raw):
        self.raw = raw

    def figure(self, name, column):
        if name not in self.raw["series"]:
            raise Missing(self.raw["skipped"].get(name, NEVER))
        return statistics.median(self.raw["series"][name][column])

    def count(self, name):
        if name not in self.raw["counts"]:
            raise Missing(f"there is no count of {name}")
        return self.raw["counts"][name]


# ---- Figures -------------------------------------------------------------------------------------
# Each of these gives a function from a part to a number.

def column(name, *series):
    return lambda part: sum(part.figure(one, name) for one in series)


def cpu(*series):
    return column("cpu", *series)


def wall(*series):
    return column("wall", *series)


def milliseconds(series):
    return lambda part: part.figure(series, "wall") * 1e3


def mebibytes(series):
    return lambda part: part.figure(series, "kib") / 1024


def fastest(*series):
    return lambda part: min(part.figure(one, "wall") for one in series)


def of_all(figure, measured):
    """What was measured over a part of the zones, for all of them."""
    return lambda part: figure(part) * part.count("zones") / part.count(measured)


def for_one(name, series):
    """Microseconds for one signature, beyond what it takes to read the zone."""
    def figure(part):
        beyond = part.figure(series, name) - part.figure("dnssec.keyless", name)
        return 1e6 * beyond / part.count("signatures")
    return figure


def microseconds(series):
    return lambda part: 1e6 * part.figure(series, "wall")


def most(limit):
    return lambda part: limit


def for_a_million(limit):
    """A limit for a million records, which more records raise, and fewer do not lower."""
    return lambda part: limit * max(1, part.count("records") / LARGE)


def per(name, number, limit):
    """A limit that is for so many, and less for less."""
    return lambda part: limit * part.count(name) / number


# ---- Rows ----------------------------------------------------------------------------------------

@dataclasses.dataclass
class Row:
    """A figure of zxfr, and that of what it is held against.

    times is how many times that it may be, at most; limit how much in itself.
    A row with chart has a bar in the picture, which is about jobs that another program does, too.
    """
    job: str
    unit: str
    own: typing.Callable
    beside: str = ""
    other: typing.Callable = None
    times: float = None
    limit: typing.Callable = None
    chart: bool = False


EACH_SIZE = [
    Row("AXFR to a master file", "CPU s", cpu("dump.zxfr"), "dig", cpu("dump.dig"), 1 / 10, chart=True),
    Row("AXFR to a master file", "CPU s", cpu("dump.zxfr"), "kdig", cpu("dump.kdig"), chart=True),
    Row("AXFR to a master file", "CPU s", cpu("dump.zxfr"), "drill", cpu("dump.drill"), chart=True),
    Row("... to a file", "wall s", wall("file.zxfr"), "reading the stream, and cp",
        wall("file.reader", "file.copy"), 1.6),
    Row("... peak memory", "MiB", mebibytes("dump.zxfr"), "dig", mebibytes("dump.dig"), limit=most(5)),
    Row("AXFR with TSIG, from Knot", "CPU s", cpu("signed.zxfr"), "dig -k", cpu("signed.dig"), 1 / 6,
        chart=True),
    Row("AXFR to JSON Lines", "CPU s", cpu("json.zxfr"), "kdig +json", cpu("json.kdig"), 1 / 16, chart=True),
    Row("--update, 100 changes", "wall s", wall("update.zxfr"), "cp and sync", wall("update.copy"), 2),
    Row("Reading a master file", "CPU s", cpu("read.zxfr"), "kzonecheck", cpu("read.kzonecheck"), 1 / 5,
        chart=True),
    Row("Sorting a shuffled file", "wall s", wall("sort.zxfr"), "named-compilezone", wall("sort.bind"),
        1 / 12, chart=True),
    Row("Sorting a shuffled file", "wall s", wall("sort.zxfr"), "ldns-read-zone -z", wall("sort.ldns"),
        chart=True),
    Row("... a shuffled AXFR", "wall s", wall("sort.transfer"), "named-compilezone", wall("sort.bind"),
        1 / 12),
    Row("... peak memory", "MiB", mebibytes("sort.zxfr"), "named-compilezone", mebibytes("sort.bind"),
        limit=for_a_million(100)),
    Row("... --memory 64M", "wall s", wall("sort.memory"), "in memory", wall("sort.zxfr"), 2),
    Row("... --memory 64M, peak memory", "MiB", mebibytes("sort.memory"), "in memory", mebibytes("sort.zxfr"),
        limit=most(96)),
    Row("Comparing shuffled files", "wall s", wall("diff.zxfr"), "comm of two sorts", wall("diff.comm"),
        1 / 2, chart=True),
    Row("Comparing shuffled files", "wall s", wall("diff.zxfr"), "ldns-compare-zones", wall("diff.ldns"),
        chart=True),
    Row("Comparing sorted files", "wall s", wall("diff_sorted.zxfr"), "comm of two sorts",
        wall("diff_sorted.comm"), chart=True),
    Row("Comparing sorted files", "wall s", wall("diff_sorted.zxfr"), "comm, of shuffled files",
        wall("diff.comm"), 1 / 20),
    Row("Checking ZONEMD", "CPU s", cpu("zonemd.check"), "ldns-verify-zone -Z", cpu("zonemd.ldns"), 1 / 20,
        chart=True),
    Row("Making ZONEMD, two digests", "CPU s", cpu("zonemd.convert"), "ldns-verify-zone -Z",
        cpu("zonemd.ldns"), 1 / 20),
    Row("Verifying DNSSEC, P-256", "wall s", wall("dnssec.zxfr"), "dnssec-verify", wall("dnssec.bind"),
        chart=True),
    Row("Verifying DNSSEC, P-256", "wall s", wall("dnssec.zxfr"), "ldns-verify-zone", wall("dnssec.ldns"),
        chart=True),
    Row("Verifying DNSSEC, P-256", "wall s", wall("dnssec.zxfr"), "the faster of these",
        fastest("dnssec.bind", "dnssec.ldns"), 0.65),
    Row("... one signature, one core", "CPU us", for_one("cpu", "dnssec.one_core"), "openssl speed",
        microseconds("dnssec.openssl_core"), 1 / 0.85),
    Row("... one signature, all cores", "wall us", for_one("wall", "dnssec.zxfr"), "openssl speed -multi",
        microseconds("dnssec.openssl_all"), 1 / 0.85),
]

SHORT = [
    Row("A small zone, start to end", "wall ms", milliseconds("small.zxfr"), "kdig",
        milliseconds("small.kdig"), 0.6, chart=True),
    Row("A small zone, start to end", "wall ms", milliseconds("small.zxfr"), "dig", milliseconds("small.dig"),
        chart=True),
    Row("From NOTIFY to the new file", "wall ms", milliseconds("notify.zxfr"), limit=most(50)),
]

# In the names of jobs stands the count of zones.
MANY = [
    Row("{zones} unchanged zones", "wall s", wall("same.zxfr"), "dig, in a loop",
        of_all(wall("same.dig"), "asked"), limit=per("zones", 10000, 1), chart=True),
    Row("{zones} unchanged zones", "CPU s", cpu("same.zxfr"), "dig, in a loop",
        of_all(cpu("same.dig"), "asked"), limit=per("zones", 10000, 0.5)),
    Row("{zones} small zones fetched", "CPU s", cpu("first.zxfr"), "xargs -P10 dig",
        of_all(cpu("first.dig"), "fetched"), 1 / 40, chart=True),
    Row("{zones} small zones fetched", "wall s", wall("first.zxfr"), "xargs -P10 dig",
        of_all(wall("first.dig"), "fetched"), chart=True),
    Row("{zones} small zones fetched", "wall s", wall("first.zxfr"), "Knot, as a secondary",
        wall("first.knot"), 1, chart=True),
    Row("{zones} small zones fetched", "wall s", wall("first.zxfr"), "BIND, as a secondary",
        wall("first.bind"), chart=True),
    Row("{very_many} unchanged zones, memory", "MiB", mebibytes("very_many.same"),
        limit=per("very_many", 100000, 128)),
]

# What is drawn against the size of the zone. From 1 M to 10 M records it may grow so many times.
GROWTH = [
    ("AXFR to a master file", cpu("dump.zxfr"), 10.5),
    ("AXFR to JSON Lines", cpu("json.zxfr"), None),
    ("Reading a file", cpu("read.zxfr"), 10.5),
    ("Sorting a file", cpu("sort.zxfr"), 12),
    ("Comparing shuffled files", cpu("diff.zxfr"), 12),
    ("--update, 100 changes", cpu("update.zxfr"), 10.5),
    ("Checking ZONEMD", cpu("zonemd.check"), 10.5),
]


# ---- What comes of them --------------------------------------------------------------------------

@dataclasses.dataclass
class Result:
    """A row with its figures; why says what it lacks where it has none."""
    row: Row
    job: str
    own: float = None
    other: float = None
    goal: float = None
    why: str = ""

    @property
    def ratio(self):
        return self.own / self.other if self.other else None

    @property
    def met(self):
        return None if self.goal is None else self.own <= self.goal


def result(row, part):
    job = row.job.format(**part.raw["counts"])
    try:
        own = row.own(part)
        other = row.other(part) if row.other else None
        goal = row.limit(part) if row.limit else row.times and row.times * other
    except Missing as error:
        return Result(row, job, why=str(error))
    return Result(row, job, own, other, goal)


def results(rows, part):
    return [result(row, part) for row in rows]


class Speed:
    """All of a run."""

    def __init__(self, raw):
        self.raw = raw
        self.parts = {name: Part(part) for name, part in raw["runs"].items()}
        self.sizes = sorted(int(name) for name in self.parts if name.isdigit())

    @property
    def dates(self):
        """When it was measured, which for each size and part can be another day."""
        return " and ".join(sorted({part.raw.get("date", self.raw["date"]) for part in self.parts.values()}))

    def groups(self):
        """A title and results for each size and part, in the order of reading."""
        for size in self.sizes:
            yield f"{size} records", results(EACH_SIZE, self.parts[str(size)])
        if "short" in self.parts:
            yield "one small zone", results(SHORT, self.parts["short"])
        if "many" in self.parts:
            yield "many small zones", results(MANY, self.parts["many"])

    def chart_results(self):
        """Those with a bar, of the size for which the goals are, or of the largest below it."""
        size = max((size for size in self.sizes if size <= LARGE), default=None)
        groups = [results(EACH_SIZE, self.parts[str(size)])] if size else []
        groups += [results(rows, self.parts[name]) for name, rows in (("short", SHORT), ("many", MANY))
                   if name in self.parts]
        return size, [one for group in groups for one in group if one.row.chart and not one.why]

    def growth(self, figure):
        """Pairs of size and figure."""
        pairs = []
        for size in self.sizes:
            try:
                pairs.append((size, figure(self.parts[str(size)])))
            except Missing:
                pass
        return pairs
