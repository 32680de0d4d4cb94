#!/usr/bin/env bats
# The changes that zxfr gets from real servers: what they make of an old dump must be the new one.
#
# Environment: ZXFR, the path of the program. A test fails when its server is not installed.

bats_require_minimum_version 1.5.0
load servers.bash

ZONE=example.

setup() {
    T=$BATS_TEST_TMPDIR
    servers_begin "$T/servers"
    zone_text 4294967293 'a A 192.0.2.1' 'b 60 A 192.0.2.2' 'b 60 A 192.0.2.3' >"$T/zone"
}

teardown() { servers_end; }

zone_text() {
    # shellcheck disable=SC2016
    printf '$ORIGIN %s\n$TTL 300\n@ SOA ns1 admin %s 7200 900 1209600 300\n@ NS ns1\n' "$ZONE" "$1"
    printf 'ns1 A 192.0.2.53\n'
    printf '%s\n' "${@:2}"
}

start() {
    if ! server_start "$1" >"$T/start"; then
        cat "$T/start"
        return 1
    fi
    S=@127.0.0.1#$(server_port "$1")
}

zx() { "$ZXFR" "$ZONE" "$S" "$@"; }

# Keeps a dump of the present version under the name.
dump() { zx >"$T/$1" && grep -v '^;' "$T/$1" | LC_ALL=C sort >"$T/$1.sorted"; }

# The lines of one sign, sorted.
changes() { grep "^$1" "$2" | cut -c 2- | LC_ALL=C sort; }

# Both as the server sends them and condensed, the changes lead from one dump to the other. The steps
# may touch a record more than once, so they are done one after the other by the shell.
leads() {
    local old=$1 serial=$2 new=$3
    zx "ixfr=$serial" --condense >"$T/net"
    LC_ALL=C comm -13 <(changes - "$T/net") "$T/$old.sorted" |
        LC_ALL=C sort -m - <(changes + "$T/net") | diff - "$T/$new.sorted"
    [ -z "$(LC_ALL=C comm -23 <(changes - "$T/net") "$T/$old.sorted")" ]
    zx "ixfr=$serial" >"$T/steps"
    "$PYTHON" - "$T/steps" "$T/$old.sorted" "$T/$new.sorted" <<'CHECK'
import sys
old, new = (set(open(name).read().splitlines()) for name in sys.argv[2:])
for line in open(sys.argv[1]).read().splitlines():
    if line[0] == '-':
        old.remove(line[1:])
    elif line[0] == '+':
        assert line[1:] not in old, line
        old.add(line[1:])
assert old == new, old ^ new
CHECK
    dig +noall +answer -p "${S#*#}" @127.0.0.1 "$ZONE" "ixfr=$serial" | tr -s '\t' ' ' >"$T/dig"
    zx "ixfr=$serial" -f ixfr | tr -s '\t' ' ' | diff "$T/dig" -
}

update() { printf '%s\n' "server 127.0.0.1 ${S#*#}" "zone $ZONE" "$@" send | nsupdate; }

@test "BIND: updates one by one, past 4294967295" {
    server_new bind bind
    server_zone bind "$ZONE" "$T/zone" local 'allow-update { 127.0.0.1; };' 'serial-update-method increment;' \
        'max-ixfr-ratio unlimited;'
    start bind
    dump v0
    update "update add c.$ZONE 300 A 192.0.2.4"
    update "update delete c.$ZONE A" "update add c.$ZONE 300 A 192.0.2.5"
    dump v2
    leads v0 4294967293 v2
    update "update delete b.$ZONE A 192.0.2.2"
    update "update add b.$ZONE 120 A 192.0.2.6" # the TTL of the set
    update "update delete c.$ZONE A" "update add c.$ZONE 300 CNAME a.$ZONE"
    dump v5
    leads v0 4294967293 v5
    leads v2 4294967295 v5
    [ "$(grep -c '^; zxfr diff' "$T/steps")" -eq 3 ]
    grep -q "^; zxfr diff: $ZONE IN 4294967295 1\$" "$T/steps" # BIND leaves 0 out
    zx ixfr=3 >"$T/out"
    [ ! -s "$T/out" ]
    run -9 zx ixfr=4
    run -10 zx ixfr=4294967000
    zx ixfr=4294967000 -f zone | cmp - "$T/v5"
}

@test "Knot: a zone file that changes" {
    server_new knot knot
    server_zone knot "$ZONE" "$T/zone" local 'zonefile-load: difference' 'journal-content: changes'
    start knot
    dump v0
    zone_text 4294967295 'a A 192.0.2.9' 'b 90 A 192.0.2.2' 'b 90 A 192.0.2.3' >"$T/zone"
    reload knot 4294967295
    dump v1
    leads v0 4294967293 v1
    zone_text 3 'b 90 A 192.0.2.2' 'c TXT "a;b" "\"" ' >"$T/zone"
    reload knot 3
    dump v2
    leads v0 4294967293 v2
    [ "$(grep -c '^; zxfr diff' "$T/steps")" -eq 2 ]
    leads v1 4294967295 v2
}

@test "NSD: a zone file that changes" {
    server_new nsd nsd
    server_zone nsd "$ZONE" "$T/zone" local 'store-ixfr: yes' 'create-ixfr: yes'
    start nsd
    dump v0
    zone_text 4294967295 'a A 192.0.2.9' 'b 60 A 192.0.2.2' 'b 60 A 192.0.2.3' >"$T/zone"
    reload nsd 4294967295
    dump v1
    leads v0 4294967293 v1
    zone_text 3 'b 90 A 192.0.2.2' 'c TXT "a;b"' >"$T/zone"
    reload nsd 3
    dump v2
    leads v0 4294967293 v2
    leads v1 4294967295 v2
}

# The server reads the zone file again, and has the serial.
reload() {
    local i
    kill -HUP "$(<"$(server_dir "$1")/pid")"
    for ((i = 0; i < 100; i++)); do
        [ "$(dig +short -p "${S#*#}" @127.0.0.1 "$ZONE" SOA | awk '{ print $3 }')" = "$2" ] && return
        sleep 0.1
    done
    server_log "$1"
    return 1
}

@test "PowerDNS: the whole zone in place of the changes, behind a lone SOA" {
    server_new pdns pdns
    zone_text 7 'a A 192.0.2.1' >"$T/zone"
    server_zone pdns "$ZONE" "$T/zone"
    start pdns
    dump v0
    run -10 zx ixfr=6
    zx ixfr=6 -f zone | cmp - "$T/v0"
    zx ixfr=7 >"$T/out"
    [ ! -s "$T/out" ]
}
