# shellcheck shell=bash
# What the tests of recipes share. RECIPES is their folder, PAGE a manual page.
#
#   recipe LINE               the literal block of PAGE that begins with "# LINE"
#   machine [ADDRESS...]      a machine to play on (tests/tools/box.bash): MACHINE is its folder
#   service_words UNIT        the words of ExecStart= of that service, one a line, with the folders
#                             of the system in $T/root
#   forbids_nothing UNIT TRACE
#                             nothing in the trace of strace -f is forbidden by the file of a unit
#   clean_metrics FILE, metric FILE NAME
#                             promtool takes the file; the value of a series

RECIPES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../man/recipe" && pwd)
# shellcheck source=tests/tools/box.bash
. "$(dirname "${BASH_SOURCE[0]}")/../tools/box.bash"

# It ends with the test, as servers do.
machine() {
    need_namespaces
    MACHINE=$T/machine
    box_begin "$MACHINE" "$@" || return
    PIDS+=("$(<"$BOX.holder")")
}

recipe() {
    awk -v head="# $1" '/^\.Ed/ { on = 0 } begun && $0 == head { on = found = 1 } on { print }
        { begun = /^\.Bd -literal/ } END { exit !found }' "${PAGE:?}" |
        sed 's/\\e/\\/g; s/\\&//g; s/\\-/-/g'
    ((PIPESTATUS[0] == 0)) || { echo "no recipe $1" && return 1; }
}

service_words() {
    # shellcheck disable=SC2016
    /usr/bin/python3 -c '
import re, shlex, sys
text = sys.stdin.read().replace("\\\n", " ")
for word in shlex.split(re.search("^ExecStart=(.*)$", text, re.M)[1]):
    word = word.replace("%%", "%").replace("${CREDENTIALS_DIRECTORY}", "/credentials")
    print(sys.argv[1] + word if word.startswith("/") else word)' "$T/root" <"$RECIPES/$1"
}

clean_metrics() { promtool check metrics <"$1" || { cat "$1" && return 1; }; }

metric() { awk -v name="$2" '$1 == name { print $2; found = 1 } END { exit !found }' "$1"; }

# systemd is not at work here, so its filters are held against what a run does: system calls by name,
# families of sockets, what is opened for writing, what of /proc is read.
forbids_nothing() {
    systemd-analyze syscall-filter >filters 2>/dev/null
    /usr/bin/python3 - "$T/root" "$TMPDIR" "$1" "$2" <<'PY'
import re, sys
root, tmp, unit, trace = sys.argv[1:]
unit = open(unit, encoding="utf-8").read()
groups, group = {}, None
for line in open("filters", encoding="utf-8"):
    line = re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()
    if line.startswith("@"):
        group = groups.setdefault(line, set())
    elif line.strip() and not line.lstrip().startswith("#"):
        group.add(line.strip())

def expand(name):
    return {name} if name[0] != "@" else set().union(*map(expand, groups[name]))

def words(name):
    return " ".join(re.findall("^%s=(.*)$" % name, unit, re.M)).split()

allowed = set().union(*map(expand, ["@default", *words("SystemCallFilter")]))
families = words("RestrictAddressFamilies")
folders = ["/var/lib/zxfr", *words("ReadWritePaths"), *("/var/log/" + name for name in words("LogsDirectory"))]
trace = open(trace).read()
made = set(re.findall(r"^\d+ +(\w+)\(", trace, re.M))
assert len(made) > 30 and "seccomp" in made, made
assert not made - allowed - {"execve"}, made - allowed
sockets = set(re.findall(r"socket\((AF_\w+)", trace))
assert "AF_INET" in sockets and not sockets - set(families), sockets
opened = set(re.findall(r'openat\(\w+, "(/[^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)', trace))
assert any(path.endswith(".zxfr") for path in opened), opened
for path in opened:
    place = path[len(root):] if path.startswith(root) else path
    assert any(place.startswith(folder + "/") for folder in folders) or \
        place.startswith((tmp + "/", "/dev/", "/proc/self/")), path
if "ProcSubset=pid" in unit:
    read = set(re.findall(r'openat\(\w+, "(/proc/[^"]*)"', trace))
    assert all(re.match(r"/proc/(self|\d+)/", path) for path in read), read
PY
}
