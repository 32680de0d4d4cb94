#!/usr/bin/env bats
# zxfr diff with real servers, and its result against one that dnspython finds.
#
# Environment: ZXFR, the path of the program; ZXFR_ROOTS, a folder with root zones (files *.zone), optional.

bats_require_minimum_version 1.5.0
load servers.bash

PAIRS=8

setup() {
    T=$BATS_TEST_TMPDIR
    servers_begin "$T/servers"
}

teardown() { servers_end; }

pairs() { "$PYTHON" "$BATS_TEST_DIRNAME/pairs.py" "$@"; }

# zxfr diff with the words; the zones differ, and nothing is said but that.
differ() {
    local out=$1 status=0
    shift
    "$ZXFR" diff "$@" >"$out" 2>"$T/err" || status=$?
    [[ $status == 1 && ! -s $T/err ]] || { echo "$*: exit status $status" && cat "$T/err" && return 1; }
}

# A server of each kind with one of the two zones of each pair.
start() {
    local i
    server_new "$1" "$2"
    for ((i = 0; i < PAIRS; i++)); do
        server_zone "$1" "z$i.example." "$T/z$i.example.$3"
    done
    server_start "$1"
}

@test "two servers, a server and a file, two files: what dnspython finds" {
    local seed=${SEED:-7} i zone old new kind changes=0
    echo "seed $seed"
    for ((i = 0; i < PAIRS; i++)); do
        pairs write "$T" "z$i.example." $((seed + i))
    done
    start old bind old
    for kind in knot nsd; do
        start "new.$kind" "$kind" new
    done
    for ((i = 0; i < PAIRS; i++)); do
        zone=z$i.example.
        old=$T/${zone}old
        new=$T/${zone}new
        differ "$T/files" "$old" "$new"
        pairs judge "$old" "$new" "$T/files"
        changes=$((changes + $(wc -l <"$T/files")))
        for kind in knot nsd; do
            differ "$T/servers.out" "$zone" "@127.0.0.1#$(server_port old)" "@127.0.0.1#$(server_port "new.$kind")"
            cmp "$T/files" "$T/servers.out"
            differ "$T/servers.out" "$zone@127.0.0.1#$(server_port old)" "$new"
            cmp "$T/files" "$T/servers.out"
            differ "$T/servers.out" "$old" "$zone@127.0.0.1#$(server_port "new.$kind")"
            cmp "$T/files" "$T/servers.out"
            # A server and what it was loaded from.
            "$ZXFR" diff "$new" "$zone@127.0.0.1#$(server_port "new.$kind")"
        done
        "$ZXFR" diff "$zone@127.0.0.1#$(server_port old)" "$old"
    done
    ((changes > PAIRS))
}

@test "a server's own zone, signed, against the file that it was made of" {
    pairs write "$T" z0.example. 7
    server_new signer knot
    server_zone signer z0.example. "$T/z0.example.old"
    server_start signer
    "$ZXFR" -q -o "$T/plain" z0.example. "@127.0.0.1#$(server_port signer)"
    (
        cd "$T"
        grep -v '^;' plain >to.sign
        key=$(ldns-keygen -a ECDSAP256SHA256 z0.example.)
        ldns-signzone -n -f signed to.sign "$key"
    )
    differ "$T/out" "$T/plain" "$T/signed"
    grep -q 'RRSIG' "$T/out"
    pairs judge "$T/plain" "$T/signed" "$T/out"
    "$ZXFR" diff --ignore dnssec,serial "$T/plain" "$T/signed"
}

@test "consecutive root zones" {
    if [ -z "${ZXFR_ROOTS-}" ]; then
        skip "ZXFR_ROOTS, the folder of the root zones, is not set"
    fi
    local file before='' quick
    for file in "$ZXFR_ROOTS"/*.zone; do
        [ -e "$file" ] || { echo "no *.zone in $ZXFR_ROOTS" && return 1; }
        "$ZXFR" convert --sort -o "$T/sorted" "$file"
        if [ -n "$before" ]; then
            differ "$T/out" "$before" "$file"
            pairs judge "$before" "$file" "$T/out"
            differ "$T/quick" "$T/before" "$T/sorted"
            cmp "$T/out" "$T/quick"
            # Without the signatures little is left of it.
            quick=$(wc -l <"$T/quick")
            differ "$T/out" --ignore dnssec "$before" "$file"
            (($(wc -l <"$T/out") < quick))
        fi
        before=$file
        mv "$T/sorted" "$T/before"
    done
}
