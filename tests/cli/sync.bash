# shellcheck shell=bash
# What the tests of sync share.
#
#   NAME N                       the name of the N-th zone of manyzones
#   catalog_start ZONE [SERIAL]  a server of a catalog, whose members are on standard input, as $C
#   names [DIR], names_are NAME...
#                                which NAME.zone there are
#   is_zone FILE N SERIAL        FILE is what manyzones serves then
#   zx_stdin FILE WORD...        zx with standard input

export TOOLS=${BATS_TEST_DIRNAME}/../tools

NAME() { printf 'zone%06d.example' "$1"; }

# A catalog with the given members, "LABEL NAME [GROUP]" a line on standard input.
catalog_text() {
    printf '$ORIGIN %s\n$TTL 0\n@ SOA . . %s 3600 600 2147483646 0\n@ NS invalid.\n' "$1" "${2:-1}"
    printf 'version TXT "2"\n'
    awk '{ print $1 ".zones PTR " $2 } NF > 2 { print "group." $1 ".zones TXT " $3 }'
}

catalog_start() {
    catalog_text "$@" >"$T/catalog"
    primary_start "$T/catalog"
    export C=$S
}

catalog_stop() {
    kill "${PIDS[-1]}"
    wait "${PIDS[-1]}" 2>/dev/null || true
    unset 'PIDS[-1]'
}

# The files of the folder d, in order, without the ending.
# shellcheck disable=SC2120 # the argument may be left out
names() { (cd "${1:-d}" && for file in *.zone; do [[ ! -e $file ]] || echo "${file%.zone}"; done); }
names_are() {
    local there
    there=$(names | sort | tr '\n' ' ')
    [[ $there == "${*:+$* }" ]] || { echo "there: $there" && show; }
}

# By dnspython; the end line and its sum are true.
is_zone() {
    /usr/bin/python3 "$TOOLS/sum.py" "$1" >"$T/sum" || { cat "$T/sum" && false; } || return
    /usr/bin/python3 - "$@" <<'PYTHON'
import os
import sys
import dns.zone
sys.path.insert(0, os.environ['TOOLS'])
import manyrule
path, number, serial = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
name = manyrule.name(number) + '.'
text = open(path).read()
got = dns.zone.from_text(text, name, relativize=False)
rule = dns.zone.from_text(manyrule.text(number, serial), name, relativize=False)
assert got == rule, path
end = text.splitlines()[-1]
records = sum(len(rdataset) for node in got.values() for rdataset in node)
assert end.startswith('; zxfr end: %s IN serial %d records %d' % (name, serial, records)), end
PYTHON
}

# shellcheck disable=SC2034 # helper.bash looks at the status
zx_stdin() {
    status=0
    timeout --foreground -k 5 60 "$ZXFR" "${@:2}" >"$T/out" 2>"$T/err" <"$1" || status=$?
}

