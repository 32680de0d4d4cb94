#!/usr/bin/env bats
# The format nsupdate: what nsupdate makes of it on BIND, and knsupdate on Knot DNS, must be the new
# zone, which dnspython reads from its file.
#
# Environment: ZXFR, PRIMARY, the paths of the programs. A test fails when its server is not installed.

bats_require_minimum_version 1.5.0
load servers.bash

ZONE=example.
SOA='@ SOA ns1 admin'
NUMBERS='7200 900 1209600 300'

setup() {
    T=$BATS_TEST_TMPDIR
    servers_begin "$T/servers"
}

teardown() {
    primary_stop
    servers_end
}

# In a file: bats's run starts it from a subshell.
primary_stop() {
    [ -z "$PRIMARY_PID" ] || { kill "$PRIMARY_PID" && wait "$PRIMARY_PID"; }
    PRIMARY_PID=
}

# zone_text SERIAL LINE...
zone_text() {
    # shellcheck disable=SC2016
    printf '$ORIGIN %s\n$TTL 300\n%s %s %s\n' "$ZONE" "$SOA" "$1" "$NUMBERS"
    printf '%s\n' "${@:2}"
}

# The two zones, in $T/old and $T/new.
old() { zone_text 1 "$@" >"$T/old"; }
new() { zone_text 10 "$@" >"$T/new"; }

# update [OPTION...]: what zxfr writes of the changes from one to the other, in $T/update. Not by "run":
# that is a shell of its own, with which the server would end, and its number be forgotten.
update() {
    local i serial
    primary_stop
    : >"$T/primary"
    setpriv --pdeathsig TERM -- "$PRIMARY" --older "$T/old" "$T/new" >"$T/primary" 2>&1 </dev/null 3>&- &
    PRIMARY_PID=$!
    for ((i = 0; i < 500; i++)); do
        [[ $(<"$T/primary") != ready* ]] || break
        sleep 0.01
    done
    serial=$(awk '/ SOA / { for (i = 1; i <= NF; i++) if ($i == "SOA") { print $(i + 3); exit } }' "$T/old")
    "$ZXFR" "$ZONE" "@127.0.0.1#$(awk '{ print $3 }' "$T/primary")" "ixfr=$serial" -f nsupdate "$@" \
        >"$T/update" 2>"$T/err"
}

# The servers have the old zone, and take updates from here.
start() {
    local kind
    for kind in "$@"; do
        cp "$T/old" "$T/$kind.zone"
        rm -f "$T/$kind.zone.jnl"
        server_new "$kind" "$kind"
        if [ "$kind" = bind ]; then
            server_zone bind "$ZONE" "$T/bind.zone" local 'allow-update { 127.0.0.1; };'
        else
            server_acl
            server_zone knot "$ZONE" "$T/knot.zone" none 'acl: [ update ]'
        fi
        server_start "$kind" >"$T/start" || {
            cat "$T/start"
            return 1
        }
    done
}

server_acl() {
    printf '  - id: update\n    address: 127.0.0.1\n    action: [ transfer, update ]\n' \
        >"$(server_dir knot)/acl.update"
}

# apply KIND: the update is sent by the server's own program.
apply() {
    local program=nsupdate
    [ "$1" = bind ] || program=knsupdate
    { echo "server 127.0.0.1 $(server_port "$1")" && cat "$T/update"; } >"$T/update.$1"
    timeout 60 "$program" "$T/update.$1" >"$T/said.$1" 2>&1
}

# is KIND FILE: the server's zone is that of the file.
is() {
    "$PYTHON" "$BATS_TEST_DIRNAME/wire.py" --origin "$ZONE" compare --fold "dnspython:$2" \
        "axfr:$(server_port "$1")"
}

# On both servers the update makes the new zone of the old one.
leads() {
    local kind
    update || { cat "$T/err" && return 1; }
    for kind in bind knot; do
        apply "$kind" || {
            cat "$T/said.$kind" "$T/update"
            return 1
        }
        is "$kind" "$T/new" || {
            cat "$T/said.$kind" "$T/update"
            server_log "$kind" | tail -n 20
            return 1
        }
    done
}

both() { start bind knot && leads; }

@test "the serial alone" {
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    new '@ NS ns1' 'ns1 A 192.0.2.1'
    both
    [ "$(grep -c '^update' "$T/update")" -eq 1 ]
}

@test "all NS of the apex, with their addresses" {
    old '@ NS ns1' '@ NS ns2' 'ns1 A 192.0.2.1' 'ns2 A 192.0.2.2'
    new '@ NS ns3' '@ NS ns4' 'ns3 A 192.0.2.3' 'ns4 AAAA 2001:db8::4'
    both
    # Addresses, then names; nothing is deleted before, and the SOA is the last.
    diff - <(awk '/^update/ { print $2, $3, $2 == "add" ? $6 : $5 }' "$T/update") <<END
add ns3.example. A
add ns4.example. AAAA
add example. NS
add example. NS
delete example. NS
delete example. NS
delete ns1.example. A
delete ns2.example. A
add example. SOA
END
}

@test "the only NS of the apex: another one, another TTL" {
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    new '@ NS ns2' 'ns2 A 192.0.2.1'
    both
    old '@ NS ns2' 'ns2 A 192.0.2.1'
    zone_text 10 '@ NS ns2' 'ns2 A 192.0.2.1' >"$T/old"
    zone_text 20 '@ 600 NS ns2' 'ns2 600 A 192.0.2.1' >"$T/new"
    leads
}

@test "TTLs of the NS of the apex: several, some that stay, some that go" {
    ADDRESSES=('ns1 A 192.0.2.1' 'ns2 A 192.0.2.2' 'ns3 A 192.0.2.3')
    old '@ NS ns1' '@ NS ns2' '@ NS ns3' "${ADDRESSES[@]}"
    new '@ 60 NS ns1' '@ 60 NS ns2' '@ 60 NS ns3' "${ADDRESSES[@]}"
    both
    cp "$T/new" "$T/old"
    zone_text 20 '@ 70 NS ns1' "${ADDRESSES[@]}" >"$T/new"
    leads
    cp "$T/new" "$T/old"
    zone_text 30 '@ 80 NS ns1' '@ 80 NS ns2' "${ADDRESSES[@]}" >"$T/new"
    leads
}

@test "CNAME to other data and back, to a delegation and to a name server" {
    old '@ NS ns1' 'ns1 A 192.0.2.1' 'a CNAME b' 'b A 192.0.2.2' 'b TXT "b"' 'c CNAME x' 'd CNAME x' 'ns2 CNAME ns1'
    new '@ NS ns2' 'ns2 A 192.0.2.1' 'b CNAME a' 'a A 192.0.2.2' 'a TXT "b"' 'c CNAME y' 'd NS ns2' 'ns1 CNAME ns2' \
        'd DS 1 8 2 0123456789012345678901234567890123456789012345678901234567890123'
    both
}

@test "TTLs alone" {
    old '@ NS ns1' 'ns1 A 192.0.2.1' 'ns1 A 192.0.2.2' 'c CNAME a' 't TXT "x"' 's NS ns1' 's NS ns2'
    new '@ NS ns1' 'ns1 60 A 192.0.2.1' 'ns1 60 A 192.0.2.2' 'c 60 CNAME a' 't 0 TXT "x"' 's 60 NS ns1' 's 60 NS ns2'
    both
}

@test "texts and names that are special in text" {
    old '@ NS ns1' 'ns1 A 192.0.2.1' 't TXT "gone;" "\"" "\\"' '\;\"\032\\\.\$\@\( TXT "x"' '*.gone TXT "*"'
    new '@ NS ns1' 'ns1 A 192.0.2.1' 't TXT ";" "a b" "\"\\" "\000\127\255" "" "(" ")" "$" "@"' \
        '\;\"\032\\\.\$\@\) TXT "x"' '* TXT "*"' '*.w MX 1 .' 'u TYPE65280 \# 0' 'u TYPE65281 \# 2 abcd' 'u TYPE42 \# 0'
    both
}

@test "records of unknown types and without RDATA are deleted one by one" {
    old '@ NS ns1' 'ns1 A 192.0.2.1' 'u TYPE65280 \# 0' 'u TYPE65280 \# 1 00' 'u TYPE42 \# 0' 'u TYPE42 \# 5 000108010a'
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'u TYPE65280 \# 1 00' 'u TYPE42 \# 5 000108010a'
    start bind knot
    update
    apply bind
    is bind "$T/new"
    # knsupdate cannot say it, Knot understands it.
    [ "$(grep -c '^; knsupdate deletes all' "$T/update")" -eq 2 ]
    { echo "server 127.0.0.1 $(server_port knot)" && cat "$T/update"; } | nsupdate
    is knot "$T/new"
}

@test "SIG and NXT, for which BIND refuses the whole update" {
    local sig='TYPE24 \# 28 0001080200000e106ab5b9806a8e2c803039076578616d706c650001'
    local nxt='TYPE30 \# 17 036e7331076578616d706c650040000002'
    old '@ NS ns1' 'ns1 A 192.0.2.1' "gone $nxt"
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'a A 192.0.2.7' "a $sig" "a $nxt"
    start bind
    update
    grep -F 'left out, since BIND refuses an update with such a record (and 2 more)' "$T/err"
    apply bind
    zone_text 10 '@ NS ns1' 'ns1 A 192.0.2.1' 'a A 192.0.2.7' "gone $nxt" >"$T/expected"
    is bind "$T/expected"
    # The judge that it is so.
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'a A 192.0.2.7' "a $sig"
    server_stop bind
    start bind
    update --with-dnssec
    [ ! -s "$T/err" ]
    run ! apply bind
    grep REFUSED "$T/said.bind"
    run -9 update --strict
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'a A 192.0.2.7' "a $nxt"
    update --with-dnssec
    run ! apply bind
    grep REFUSED "$T/said.bind"
}

@test "DS where no NS is, which BIND ignores in silence" {
    local ds='DS 12345 8 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
    # An NS that goes, and a DS that comes: this can only be wrong.
    old '@ NS ns1' 'ns1 A 192.0.2.1' 'sub NS ns1' 'kept NS ns1'
    new '@ NS ns1' 'ns1 A 192.0.2.1' "sub $ds" 'sub TXT x' 'kept NS ns1' "kept $ds" \
        'new NS ns1' "new $ds"
    start bind
    update
    grep -F 'sub.example. DS: it is added where NS are deleted and none is added' "$T/err"
    [ "$(grep -c warning "$T/err")" -eq 1 ]
    # Nothing tells whether "kept" has an NS.
    grep -xF '; Of the DS that are added, 2 have a name to which no NS is added: BIND ignores' "$T/update"
    apply bind
    zone_text 10 '@ NS ns1' 'ns1 A 192.0.2.1' 'sub TXT x' 'kept NS ns1' "kept $ds" 'new NS ns1' \
        "new $ds" >"$T/expected"
    is bind "$T/expected"
    # One that stays among others, is renewed, or comes with the DS is none of this; nor the apex.
    old '@ NS ns1' 'ns1 A 192.0.2.1' 'b 5 NS ns1' 'c NS ns1'
    new '@ NS ns1' "@ $ds" 'ns1 A 192.0.2.1' 'a NS ns1' "a $ds" 'b NS ns1' "b $ds" 'c NS ns2' "c $ds"
    update
    [ ! -s "$T/err" ]
    run ! grep -F 'no NS is added' "$T/update"
}

@test "names that nsupdate takes for no host names" {
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'a_b A 192.0.2.2' 'm MX 1 a_b'
    start bind knot
    update
    grep -qx 'check-names no' "$T/update"
    apply bind
    is bind "$T/new"
    run ! apply knot
    is knot "$T/old"
    sed -i '/^check-names/d' "$T/update"
    apply knot
    is knot "$T/new"
    # Deletes are not looked at.
    cp "$T/new" "$T/old"
    zone_text 20 '@ NS ns1' 'ns1 A 192.0.2.1' >"$T/new"
    leads
    run ! grep check-names "$T/update"
}

@test "a zone that has moved on stays as it is" {
    local kind
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    new '@ NS ns1' 'ns1 A 192.0.2.1' 'a A 192.0.2.2'
    update
    zone_text 2 '@ NS ns1' 'ns1 A 192.0.2.1' >"$T/old"
    start bind knot
    for kind in bind knot; do
        run ! apply "$kind"
        grep -q NXRRSET "$T/said.$kind"
        is "$kind" "$T/old"
    done
    # The same serial, another SOA.
    SOA='@ SOA ns1 other' old '@ NS ns1' 'ns1 A 192.0.2.1'
    servers_end
    start bind knot
    for kind in bind knot; do
        run ! apply "$kind"
        is "$kind" "$T/old"
    done
}

@test "random edits" {
    local seed first=${SEED:-7}
    for ((seed = first; seed < first + ${ROUNDS:-8}; seed++)); do
        "$PYTHON" "$BATS_TEST_DIRNAME/edits.py" "$seed" "$T/old" "$T/new"
        echo "seed $seed"
        rm -rf "$T/servers/bind" "$T/servers/knot"
        start bind knot
        # knsupdate knows no check-names; some random names need it for nsupdate.
        update || { cat "$T/err" && return 1; }
        apply bind || { cat "$T/said.bind" && return 1; }
        is bind "$T/new"
        sed -i '/^check-names/d' "$T/update"
        apply knot || { cat "$T/said.knot" && return 1; }
        is knot "$T/new"
        servers_end
    done
}

@test "what does not fit in one message: status 9, or --split" {
    local kind
    # A seed that gives the name servers of the zone no other addresses: of such a change BIND refuses
    # the part that deletes the old ones, where the new ones come in a later part (see the manual page).
    "$PYTHON" "$BATS_TEST_DIRNAME/edits.py" "${SEED:-1}" "$T/old" "$T/new" 2500
    status=0
    update || status=$?
    [ "$status" -eq 9 ]
    [ ! -s "$T/update" ]
    grep -q 'the changes do not fit in one UPDATE message' "$T/err"
    grep -q '^zxfr: hint: --split' "$T/err"
    start bind knot
    update --split
    grep -q 'not atomic' "$T/err"
    grep -q '^; .*not atomic' "$T/update"
    [ "$(grep -c '^send' "$T/update")" -gt 1 ]
    [ "$(grep -c '^prereq' "$T/update")" -eq "$(grep -c '^send' "$T/update")" ]
    [ "$(grep -c 'add example. .* SOA' "$T/update")" -eq "$(grep -c '^send' "$T/update")" ]
    apply bind || { cat "$T/said.bind" && return 1; }
    is bind "$T/new"
    sed -i '/^check-names/d' "$T/update"
    apply knot || { cat "$T/said.knot" && return 1; }
    is knot "$T/new"
    # Done again, none of the updates is.
    for kind in bind knot; do
        run ! apply "$kind"
        is "$kind" "$T/new"
    done
}

# A serial that is too near for so many updates, each of which raises it.
@test "--split with the next serial" {
    local i
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    for ((i = 0; i < 3000; i++)); do echo "host$i TXT \"some text that makes it longer, number $i\""; done >"$T/more"
    { zone_text 2 '@ NS ns1' 'ns1 A 192.0.2.1' && cat "$T/more"; } >"$T/new"
    start bind knot
    update --split
    parts=$(grep -c '^send' "$T/update")
    [ "$parts" -gt 2 ]
    grep -q "the update sets serial $((1 + parts)), not 2" "$T/err"
    { zone_text $((1 + parts)) '@ NS ns1' 'ns1 A 192.0.2.1' && cat "$T/more"; } >"$T/reached"
    apply bind
    is bind "$T/reached"
    apply knot
    is knot "$T/reached"
}

@test "records as large as a message allows" {
    old '@ NS ns1' 'ns1 A 192.0.2.1'
    "$PYTHON" - >"$T/large" <<'END'
import os
octets = b"".join(b"\xff" + os.urandom(255) for _ in range(250))
print('t 300 IN TXT \\# %d %s' % (len(octets), octets.hex()))
END
    { zone_text 10 '@ NS ns1' 'ns1 A 192.0.2.1' && cat "$T/large"; } >"$T/new"
    both
    cp "$T/new" "$T/old"
    zone_text 20 '@ NS ns1' 'ns1 A 192.0.2.1' >"$T/new"
    leads
}

@test "zxfr diff: from the zone on a server to a file" {
    local old server
    "$PYTHON" "$BATS_TEST_DIRNAME/edits.py" "${SEED:-7}" "$T/old" "$T/new"
    start bind
    server=$ZONE@127.0.0.1#$(server_port bind)
    run -1 --separate-stderr "$ZXFR" diff "$server" "$T/new" -f nsupdate -o "$T/update"
    apply bind || { cat "$T/said.bind" && return 1; }
    is bind "$T/new"
    "$ZXFR" diff "$server" "$T/new" -f nsupdate >"$T/update"
    [ ! -s "$T/update" ]
    # The file has the serial of the server, and then an older one.
    for old in 10 1; do
        zone_text 10 '@ NS ns1' 'ns1 A 192.0.2.1' >"$T/old"
        zone_text "$old" '@ NS ns1' 'ns1 A 192.0.2.2' >"$T/new"
        servers_end
        start bind
        server=$ZONE@127.0.0.1#$(server_port bind)
        run -1 --separate-stderr "$ZXFR" diff "$server" "$T/new" -f nsupdate -o "$T/update"
        apply bind
        zone_text 11 '@ NS ns1' 'ns1 A 192.0.2.2' >"$T/reached"
        is bind "$T/reached"
    done
    # shellcheck disable=SC2154 # of bats
    [[ $stderr == *'the update sets serial 11, not 1'* ]]
    run -2 "$ZXFR" diff "$server" "$T/new" -f nsupdate --ignore serial
    run -2 "$ZXFR" diff "$server" "$T/new" -f nsupdate --except SOA
}

@test "what signing adds is left out, and told on demand" {
    old '@ NS ns1' 'ns1 A 192.0.2.1' 's TYPE46 \# 24 00010801000000010000000200000001000100'"00000000aa"
    new '@ NS ns1' 'ns1 A 192.0.2.1' 's DS 1 8 2 0123456789012345678901234567890123456789012345678901234567890123' \
        's TYPE48 \# 8 0101030801020304'
    update
    run ! grep -E 'RRSIG|DNSKEY' "$T/update"
    grep -q 'add s.example. 300 IN DS' "$T/update"
    update --with-dnssec
    grep -q 'delete s.example. IN RRSIG' "$T/update"
    grep -q 'add s.example. 300 IN DNSKEY' "$T/update"
}

@test "up to date: nothing" {
    old '@ NS ns1'
    cp "$T/old" "$T/new"
    update
    [ ! -s "$T/update" ]
    [ ! -s "$T/err" ]
}
