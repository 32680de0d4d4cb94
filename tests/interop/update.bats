#!/usr/bin/env bats
# --update against real servers: after each of many random edits of RRsets of many types FILE is, octet
# for octet, what a fresh transfer with --sort gives.
#
# Environment: ZXFR, the path of the program; ZXFR_ROOTS, a folder with root zones (files *.zone),
# optional; SEED repeats a run. A test fails when its server is not
# installed.

bats_require_minimum_version 1.5.0
load servers.bash

ZONE=example.
FIRST=4294967270 # the serials go past 2^32
COUNT=${COUNT:-52}

setup() {
    T=$BATS_TEST_TMPDIR
    SEED=${SEED:-7}
    servers_begin "$T/servers"
    mkdir "$T/versions"
    echo "# seed $SEED" >&3
    write_versions
}

# [apart]
write_versions() {
    "$PYTHON" "$BATS_TEST_DIRNAME/versions.py" "$T/versions" "$ZONE" "$FIRST" "$COUNT" "$SEED" "$@"
    cp "$T/versions/1" "$T/zone"
}

teardown() { servers_end; }

start() {
    if ! server_start "$1" >"$T/start"; then
        cat "$T/start"
        return 1
    fi
    S=@127.0.0.1#$(server_port "$1")
}

zx() { "$ZXFR" "$ZONE" "$S" "$@"; }

# The server reads version N from the zone file. The time of a file may count in seconds.
put() {
    local i serial=$(((FIRST + $2 - 1) % 4294967296)) now
    cp "$T/versions/$2" "$T/zone"
    touch -d "@$(($(date +%s) + $2))" "$T/zone"
    kill -HUP "$(<"$(server_dir "$1")/pid")"
    for ((i = 0; i < 200; i++)); do
        now=$(dig +short -p "${S#*#}" @127.0.0.1 "$ZONE" SOA | awk '{ print $3 }')
        [ "$now" = "$serial" ] && return
        sleep 0.03
    done
    echo "the server has serial $now, not $serial" && server_log "$1"
    return 1
}

# Brings a file up to date; its content must be that of a fresh dump. $kind is how that was done.
follow() {
    zx -o "$T/$1" --update --report "$T/report" 2>"$T/err" || { cat "$T/err" && return 1; }
    kind=$(jq -r .kind "$T/report")
    cmp "$T/$1" "$T/fresh" || { diff "$T/$1" "$T/fresh" | head -n 20 && cat "$T/report" && return 1; }
    cat "$T/err"
}

# One file follows each version, another one every seventh; at least so many times by changes.
follow_all() {
    local n kind changes=0 jumps=0
    for ((n = 1; n <= COUNT; n++)); do
        [ "$n" -eq 1 ] || put "$1" "$n"
        zx --sort -o "$T/fresh"
        follow each
        [ "$kind" = ixfr ] && changes=$((changes + 1))
        if ((n % 7 == 1)); then
            follow seventh
            [ "$kind" = ixfr ] && jumps=$((jumps + 1))
        fi
    done
    echo "# $1: by changes $changes of $((COUNT - 1)), over seven steps $jumps" >&3
    [ "$changes" -ge "$2" ]
    [ "$jumps" -ge "$3" ]
}

@test "BIND: ixfr-from-differences" {
    server_new bind bind
    server_zone bind "$ZONE" "$T/zone" local 'ixfr-from-differences yes;' 'max-ixfr-ratio unlimited;' 'max-journal-size unlimited;' \
        'check-names ignore;' 'check-integrity no;'
    start bind
    follow_all bind 49 6
}

@test "Knot: the difference of zone files" {
    server_new knot knot
    server_zone knot "$ZONE" "$T/zone" local 'zonefile-load: difference' 'journal-content: changes' \
        'semantic-checks: off'
    start knot
    follow_all knot 49 6
}

@test "NSD: the difference of zone files" {
    write_versions apart
    server_new nsd nsd
    server_zone nsd "$ZONE" "$T/zone" local 'store-ixfr: yes' 'create-ixfr: yes' 'ixfr-number: 10'
    start nsd
    follow_all nsd 49 6
}

@test "NSD: wrong changes make no wrong zone" {
    server_new nsd nsd
    server_zone nsd "$ZONE" "$T/zone" local 'store-ixfr: yes' 'create-ixfr: yes' 'ixfr-number: 10'
    COUNT=8
    start nsd
    if server_does nsd wrong-changes; then
        follow_all nsd 0 0
        [[ $(jq -r .fallback "$T/report") == *"add a record that"* ]]
    else
        follow_all nsd 7 1
    fi
}

@test "a server that has lost its journal, and one that is older" {
    server_new bind bind
    server_zone bind "$ZONE" "$T/zone" local 'ixfr-from-differences yes;' 'max-ixfr-ratio unlimited;' 'max-journal-size unlimited;' \
        'check-names ignore;' 'check-integrity no;'
    start bind
    zx -o "$T/file" --update
    put bind 2
    server_stop bind
    rm -f "$T/zone.jnl" "$(server_dir bind)"/*.jnl
    find "$T" -name '*.jnl' -delete
    start bind
    zx --sort -o "$T/fresh"
    follow file
    [ "$kind" != ixfr ]
    server_new knot knot
    cp "$T/versions/1" "$T/older"
    server_zone knot "$ZONE" "$T/older"
    start knot
    run -9 zx -o "$T/file" --update
    cmp "$T/file" "$T/fresh"
    zx -o "$T/file" --update --allow-older
    zx --sort -o "$T/fresh"
    cmp "$T/file" "$T/fresh"
}

# $T/signed-1 and -2: one zone with one serial, signed twice.
sign_twice() {
    local key
    printf '$ORIGIN %s\n@ 300 SOA ns1 admin 7 7200 900 1209600 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n' \
        "$ZONE" >"$T/plain"
    key=$(cd "$T" && ldns-keygen -a ECDSAP256SHA256 -k "$ZONE")
    for n in 1 2; do
        (cd "$T" && ldns-signzone -i "2026010${n}000000" -e 20360101000000 -f "signed-$n" plain "$key")
    done
    cp "$T/signed-1" "$T/zone"
}

@test "the same serial, signed anew: the whole zone" {
    sign_twice
    local kind server
    for server in bind knot nsd; do
        cp "$T/signed-1" "$T/zone"
        server_new "$server" "$server"
        case $server in
        bind) server_zone bind "$ZONE" "$T/zone" local ;;
        knot) server_zone knot "$ZONE" "$T/zone" local 'semantic-checks: off' ;;
        nsd) server_zone nsd "$ZONE" "$T/zone" local ;;
        esac
        start "$server"
        zx -o "$T/$server-file" --update
        zx --sort -o "$T/fresh"
        follow "$server-file"
        [ "$kind" = uptodate ] && [ ! -s "$T/err" ] || { echo "$server: $kind" && cat "$T/err" && return 1; }
        server_stop "$server"
        cp "$T/signed-2" "$T/zone"
        touch -d "@$(($(date +%s) + 5))" "$T/zone"
        start "$server"
        zx --sort -o "$T/fresh"
        ! cmp -s "$T/fresh" "$T/$server-file" || { echo "$server has the old one" && return 1; }
        follow "$server-file"
        [ "$kind" = axfr ]
        grep -q "re-signed, same serial 7; the whole zone is asked for" "$T/err"
        follow "$server-file"
        [ "$kind" = uptodate ]
        server_stop "$server"
    done
}

# The zone as its author writes it: serial $1, and an address that tells which one it is.
write_plain() {
    printf '$ORIGIN %s\n@ 300 SOA ns1 admin %s 7200 900 1209600 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\nwww 300 A 192.0.2.%s\n' \
        "$ZONE" "$1" "$1" >"$T/zone"
    touch -d "@$(($(date +%s) + $1))" "$T/zone"
}

# Waits until the signed zone has the address.
has_address() {
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(dig +short -p "${S#*#}" @127.0.0.1 "www.$ZONE" A)" = "192.0.2.$1" ] && return
        sleep 0.03
    done
    echo "192.0.2.$1 did not come" && server_log "$2"
    return 1
}

@test "BIND and Knot sign a zone: the gates take each of its versions, by changes, and no other" {
    local server n proofs
    for server in bind knot; do
        write_plain 1
        server_new "$server" "$server"
        case $server in
        bind)
            proofs=dnssec
            server_zone bind "$ZONE" "$T/zone" local 'dnssec-policy default;' 'inline-signing yes;' \
                'max-ixfr-ratio unlimited;'
            ;;
        knot)
            proofs=dnssec,zonemd
            server_zone knot "$ZONE" "$T/zone" local 'dnssec-signing: on' \
                'zonemd-generate: zonemd-sha384' 'zonefile-load: difference-no-serial' \
                'journal-content: all' 'serial-policy: increment'
            ;;
        esac
        start "$server"
        has_address 1 "$server"
        dig +noall +answer -p "${S#*#}" @127.0.0.1 "$ZONE" DNSKEY | grep -w 257 >"$T/anchor"
        [ -s "$T/anchor" ]
        for n in 1 2 3; do
            if [ "$n" -gt 1 ]; then
                write_plain "$n"
                kill -HUP "$(<"$(server_dir "$server")/pid")"
                has_address "$n" "$server"
            fi
            zx -o "$T/$server-file" --update --require "$proofs" --trust-anchor "$T/anchor" \
                --max-change 1 --max-change @NS=0 --min-signature-life 1d --report "$T/report" \
                2>"$T/err" || { cat "$T/err" && return 1; }
            [ ! -s "$T/err" ] || { cat "$T/err" && return 1; }
            [ "$n" = 1 ] || [ "$(jq -r .kind "$T/report")" = ixfr ]
            jq -e '[.gates[].result] | index("refused") == null' "$T/report"
            zx --sort -o "$T/fresh"
            cmp "$T/$server-file" "$T/fresh"
            ldns-verify-zone -V1 -k "$T/anchor" "$T/$server-file"
        done
        # one address too many, and somebody else's key
        cp "$T/$server-file" "$T/before"
        write_plain 4
        echo "ftp 300 A 192.0.2.5" >>"$T/zone"
        touch -d "@$(($(date +%s) + 10))" "$T/zone"
        kill -HUP "$(<"$(server_dir "$server")/pid")"
        has_address 4 "$server"
        status=0
        zx -o "$T/$server-file" --update --require "$proofs" --max-change 1 2>"$T/err" || status=$?
        cat "$T/err"
        [ "$status" = 9 ]
        cp "$T/$(cd "$T" && ldns-keygen -a ECDSAP256SHA256 -k "$ZONE").key" "$T/other"
        status=0
        zx -o "$T/$server-file" --update --require dnssec --trust-anchor "$T/other" 2>"$T/err" || status=$?
        cat "$T/err"
        [ "$status" = 9 ]
        cmp "$T/$server-file" "$T/before"
        server_stop "$server"
    done
}

@test "PowerDNS: the whole zone in place of changes" {
    server_new pdns pdns
    printf '$ORIGIN %s\n@ 300 SOA ns1 admin 7 7200 900 1209600 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n' \
        "$ZONE" >"$T/zone"
    server_zone pdns "$ZONE" "$T/zone"
    start pdns
    zx --sort -o "$T/fresh"
    # An older version, as zxfr writes it.
    "$ZXFR" convert --sort --origin "$ZONE" <(sed 's/ 7 7200/ 6 7200/' "$T/zone") -o "$T/file"
    follow file
    [ "$kind" = axfr-style ]
    follow file
    [ "$kind" = uptodate ]
}

@test "root zones, one day after the other" {
    [ -n "${ZXFR_ROOTS:-}" ] || skip "ZXFR_ROOTS names no root zones"
    local root first=1
    ZONE=.
    for root in "$ZXFR_ROOTS"/*.zone; do
        cp "$root" "$T/versions/$first"
        first=$((first + 1))
    done
    [ "$first" -gt 2 ] || skip "fewer than two root zones"
    cp "$T/versions/1" "$T/zone"
    server_new bind bind
    server_zone bind . "$T/zone" local 'ixfr-from-differences yes;' 'max-ixfr-ratio unlimited;' 'max-journal-size unlimited;'
    start bind
    zx -o "$T/file" --update
    local n
    for ((n = 2; n < first; n++)); do
        FIRST=$(($(awk '$4 == "SOA" { print $7; exit }' "$T/versions/$n") - n + 1))
        put bind "$n"
        zx --sort -o "$T/fresh"
        follow file
        [ "$kind" = ixfr ]
    done
}
