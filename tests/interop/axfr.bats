#!/usr/bin/env bats
# What zxfr transfers from real servers, and whether real readers take its dumps back.
#
# Environment: ZXFR, the path of the program; ZXFR_ROOTS, a folder with root zones (files *.zone), optional.
# The servers run for the whole file. A test fails when its server is not installed.

load servers.bash

ZONE=all.example.
BIG=big.example.
BIG_RECORDS=20001

setup_file() {
    servers_begin "$BATS_FILE_TMPDIR/servers"
    local kind
    "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --large "$BIG_RECORDS" >"$BATS_FILE_TMPDIR/big.zone"
    for kind in bind knot nsd pdns; do
        zone_for "$kind"
        server_new "$kind" "$kind"
        server_zone "$kind" "$ZONE" "$BATS_FILE_TMPDIR/$kind.zone"
        server_zone "$kind" "$BIG" "$BATS_FILE_TMPDIR/big.zone"
        # The tests that need it tell why it is not there.
        server_start "$kind" >"$BATS_FILE_TMPDIR/$kind.start" || :
    done
}

teardown_file() { servers_end; }

setup() { SERVERS_DIR=$BATS_FILE_TMPDIR/servers; }

# Servers that a single test has started.
teardown() {
    local dir
    for dir in "$SERVERS_DIR"/extra*/; do
        [ ! -d "$dir" ] || server_stop "$(basename "$dir")"
    done
}

zone_for() {
    local file=$BATS_FILE_TMPDIR/$1
    "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --server "$1" >"$file.zone"
    "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --server "$1" --wire >"$file.given"
}

wire() { "$PYTHON" "$BATS_TEST_DIRNAME/wire.py" "$@"; }

need() {
    if ! server_up "$1"; then
        cat "$BATS_FILE_TMPDIR/$1.start"
        return 1
    fi
}

# The exceptions that a test made use of: TAP comments, seen also when it passes.
tell() { sed 's/^/# /' "$1" >&3; }

# transfer SERVER ZONE FILE [OPTION...]: the transfer must succeed and say nothing but that MD and MF,
# which the zone of all types has, are obsolete (tests/vectors/check holds who refuses them).
transfer() {
    local server=$1 zone=$2 file=$3
    shift 3
    need "$server" || return
    timeout 60 "$ZXFR" "$@" "$zone" @127.0.0.1 -p "$(server_port "$server")" \
        >"$file" 2>"$file.err" </dev/null || {
        echo "zxfr $* $zone (server: $server): exit $?"
        head -c 2000 "$file.err"
        return 1
    }
    if grep -vqF 'of an obsolete type; BIND refuses it in any form (and 1 more)' "$file.err"; then
        echo "zxfr $* $zone (server: $server) said:"
        head -c 2000 "$file.err"
        return 1
    fi
}

# The dump of the zone of all types in a form, transferred once; its name is in DUMP.
dump() {
    DUMP=$BATS_FILE_TMPDIR/dump.$1.$2
    [ -e "$DUMP.ok" ] && return
    if [ "$2" = default ]; then
        transfer "$1" "$ZONE" "$DUMP" || return
    else
        transfer "$1" "$ZONE" "$DUMP" "--$2" || return
    fi
    : >"$DUMP.ok"
}

# end_line FILE ZONE: the last line tells the serial and the number of records.
end_line() {
    local serial records expected
    read -r serial records < <(awk -F'\t' '!/^[;$]/ && !n++ { split($5, soa, " ") }
        END { print soa[3], n }' "$1")
    expected="; zxfr end: $2 IN serial $serial records $records"
    if [ "$(tail -n 1 "$1")" != "$expected" ]; then
        printf 'last line: %s\nexpected:  %s\n' "$(tail -n 1 "$1")" "$expected"
        return 1
    fi
    [ "$(awk -F'\t' '!/^[;$]/ { print $4; exit }' "$1")" = SOA ] || {
        echo "the first record is not the SOA"
        return 1
    }
}

# same_as_server SERVER ZONE DUMP: record for record, counted by an independent client.
same_as_server() {
    local port count
    port=$(server_port "$1")
    wire --origin "$2" compare "axfr:$port" "dump:$3" || return
    end_line "$3" "$2" || return
    count=$(wire --origin "$2" show "axfr:$port" | wc -l)
    if [[ $(tail -n 1 "$3") != *" records $count" ]]; then
        printf 'the server sends %s records; %s\n' "$count" "$(tail -n 1 "$3")"
        return 1
    fi
}

all_types() {
    need "$1" || return
    echo "what $1 transfers must be what it was given:"
    wire compare --fold --without hold "$1" "wire:$BATS_FILE_TMPDIR/$1.given" \
        "axfr:$(server_port "$1")" || return
    wire exceptions hold "$1" | awk -F'\t' -v who="$1" '{
        print "exception: " who " transfers otherwise: " $2 " " $3 ": " $4 }' \
        >"$BATS_TEST_TMPDIR/exceptions"
    tell "$BATS_TEST_TMPDIR/exceptions"
    echo "what zxfr writes must be what $1 transfers:"
    dump "$1" default || return
    same_as_server "$1" "$ZONE" "$DUMP"
}

many_messages() {
    local messages
    need "$1" || return
    messages=$(wire --origin "$BIG" messages "$(server_port "$1")") || return
    [ "$messages" -ge "$2" ] || {
        echo "$1 sends only $messages messages"
        return 1
    }
    transfer "$1" "$BIG" "$BATS_TEST_TMPDIR/big" || return
    same_as_server "$1" "$BIG" "$BATS_TEST_TMPDIR/big"
}

# read_back READER SERVER [FORM]: a reader holds what the server holds, after reading the dump.
read_back() {
    local form=${3:-default}
    dump "$2" "$form" || return
    wire show "axfr:$(server_port "$2")" >"$BATS_TEST_TMPDIR/wire"
    "$PYTHON" "$BATS_TEST_DIRNAME/readers.py" "$1" "$form" "$DUMP" "$BATS_TEST_TMPDIR/wire" \
        "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/said" 2>&1 || {
        cat "$BATS_TEST_TMPDIR/said"
        return 1
    }
    tell "$BATS_TEST_TMPDIR/said"
}

# still_refused SERVER: every "load" exception is one.
still_refused() {
    local line owner type rest number=0 bad=0
    need "$1" || return
    while IFS=$'\t' read -r line owner type rest; do
        number=$((number + 1))
        server_new "extra$number" "$1"
        "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --server "$1" --despite "$line" \
            >"$BATS_TEST_TMPDIR/$number.zone" || return
        "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --server "$1" --despite "$line" --wire \
            >"$BATS_TEST_TMPDIR/$number.given" || return
        server_zone "extra$number" "$ZONE" "$BATS_TEST_TMPDIR/$number.zone"
        if SERVER_PATIENCE=1 server_start "extra$number" >"$BATS_TEST_TMPDIR/said" &&
            timeout 5 "$PYTHON" "$BATS_TEST_DIRNAME/wire.py" compare --fold --without hold "$1" \
                "wire:$BATS_TEST_TMPDIR/$number.given" \
                "axfr:$(server_port "extra$number")" >"$BATS_TEST_TMPDIR/said" 2>&1; then
            echo "exceptions.tsv line $line is out of date: $1 takes $owner $type"
            bad=1
        else
            echo "exception: $1 refuses: $owner $type: $rest" >"$BATS_TEST_TMPDIR/exception"
            tell "$BATS_TEST_TMPDIR/exception"
        fi
        server_stop "extra$number"
    done < <(wire exceptions load "$1")
    return "$bad"
}

# fails CODE WORD ARGUMENT...: exit status CODE, nothing that could pass for a zone on stdout,
# and stderr matches WORD.
fails() {
    local code=$1 word=$2 status=0
    shift 2
    timeout 60 "$ZXFR" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null ||
        status=$?
    echo "zxfr $*: exit $status, stderr: $(head -c 1000 "$BATS_TEST_TMPDIR/err")"
    [ "$status" -eq "$code" ] || return 1
    grep -Eq "$word" "$BATS_TEST_TMPDIR/err" || return 1
    ! grep -q '^; zxfr end:' "$BATS_TEST_TMPDIR/out" || return 1
    ! grep -q "$(printf '\tSOA\t')" "$BATS_TEST_TMPDIR/out"
}

refuses() {
    printf '@ 300 IN SOA ns1 host 1 2 3 4 5\n@ 300 IN NS ns1\nns1 300 IN A 192.0.2.1\n' \
        >"$BATS_TEST_TMPDIR/small.zone"
    server_new extra "$1"
    server_zone extra "$ZONE" "$BATS_TEST_TMPDIR/small.zone" none
    server_start extra || return
    fails 4 "$2" "$ZONE" @127.0.0.1 -p "$(server_port extra)"
}

unknown_zone() {
    need "$1" || return
    fails 4 "$2" unknown.example. @127.0.0.1 -p "$(server_port "$1")"
}

@test "BIND: every record of every type" { all_types bind; }
@test "Knot: every record of every type" { all_types knot; }
@test "NSD: every record of every type" { all_types nsd; }
@test "PowerDNS: every record of every type" { all_types pdns; }

@test "BIND: 20001 records in many messages" { many_messages bind 20; }
@test "Knot: 20001 records in many messages" { many_messages knot 20; }
@test "NSD: 20001 records in many messages" { many_messages nsd 20; }
@test "PowerDNS: 20001 records in many messages, the first a lone SOA" { many_messages pdns 20; }

@test "BIND: one record a message" {
    server_new extra bind
    server_option extra 'transfer-format one-answer;'
    server_zone extra "$BIG" "$BATS_FILE_TMPDIR/big.zone"
    server_start extra
    many_messages extra 19000
}

@test "dump of BIND read by BIND" { read_back bind bind; }
@test "dump of BIND read by Knot" { read_back knot bind; }
@test "dump of BIND read by NSD" { read_back nsd bind; }
@test "dump of BIND read by ldns" { read_back ldns bind; }
@test "dump of BIND read by dnspython" { read_back dnspython bind; }

@test "dump of Knot read by BIND" { read_back bind knot; }
@test "dump of Knot read by Knot" { read_back knot knot; }
@test "dump of Knot read by NSD" { read_back nsd knot; }
@test "dump of Knot read by ldns" { read_back ldns knot; }
@test "dump of Knot read by dnspython" { read_back dnspython knot; }

@test "dump of NSD read by BIND" { read_back bind nsd; }
@test "dump of NSD read by Knot" { read_back knot nsd; }
@test "dump of NSD read by NSD" { read_back nsd nsd; }
@test "dump of NSD read by ldns" { read_back ldns nsd; }
@test "dump of NSD read by dnspython" { read_back dnspython nsd; }

@test "dump of PowerDNS read by BIND" { read_back bind pdns; }
@test "dump of PowerDNS read by Knot" { read_back knot pdns; }
@test "dump of PowerDNS read by NSD" { read_back nsd pdns; }
@test "dump of PowerDNS read by ldns" { read_back ldns pdns; }
@test "dump of PowerDNS read by dnspython" { read_back dnspython pdns; }

@test "--modern dump read by BIND" { read_back bind bind modern; }
@test "--modern dump read by dnspython" { read_back dnspython bind modern; }
@test "--generic dump read by BIND" { read_back bind bind generic; }
@test "--generic dump read by dnspython" { read_back dnspython bind generic; }
@test "--relative dump read by BIND" { read_back bind bind relative; }
@test "--relative dump read by dnspython" { read_back dnspython bind relative; }
@test "--pretty dump read by BIND" { read_back bind bind pretty; }
@test "--pretty dump read by Knot" { read_back knot bind pretty; }
@test "--pretty dump read by NSD" { read_back nsd bind pretty; }
@test "--pretty dump read by ldns" { read_back ldns bind pretty; }
@test "--pretty dump read by dnspython" { read_back dnspython bind pretty; }

@test "the root zones come through with every record" {
    if [ -z "${ZXFR_ROOTS-}" ]; then
        skip "ZXFR_ROOTS, the folder of the root zones, is not set"
    fi
    local file name=0
    for file in "$ZXFR_ROOTS"/*.zone; do
        [ -e "$file" ] || { echo "no *.zone in $ZXFR_ROOTS" && return 1; }
        echo "$file"
        name=$((name + 1))
        server_new "extra$name" bind
        server_zone "extra$name" . "$file"
        server_start "extra$name"
        transfer "extra$name" . "$BATS_TEST_TMPDIR/root"
        same_as_server "extra$name" . "$BATS_TEST_TMPDIR/root"
        named-compilezone -q -i none -k ignore -F raw -o "$BATS_TEST_TMPDIR/raw" . "$file"
        wire --origin . compare "raw:$BATS_TEST_TMPDIR/raw" "dump:$BATS_TEST_TMPDIR/root"
        server_stop "extra$name"
    done
}

@test "BIND: a zone that it does not have" { unknown_zone bind 'NOTAUTH|REFUSED'; }
@test "Knot: a zone that it does not have" { unknown_zone knot 'NOTAUTH|REFUSED'; }
@test "NSD: a zone that it does not have" { unknown_zone nsd 'NOTAUTH|REFUSED'; }
@test "PowerDNS: a zone that it does not have" { unknown_zone pdns 'NOTAUTH|REFUSED'; }

@test "BIND: a zone that it does not give away" { refuses bind REFUSED; }
@test "Knot: a zone that it does not give away" { refuses knot 'NOTAUTH|REFUSED'; }
@test "NSD: a zone that it does not give away" { refuses nsd REFUSED; }
@test "PowerDNS: a zone that it does not give away" { refuses pdns 'NOTAUTH|REFUSED'; }

@test "a port where nobody listens" {
    fails 3 '127\.0\.0\.1' "$ZONE" @127.0.0.1 -p "$(servers_free_port)"
}

@test "BIND still refuses what it is said to refuse" { still_refused bind; }
@test "Knot still refuses what it is said to refuse" { still_refused knot; }
@test "NSD still refuses what it is said to refuse" { still_refused nsd; }
@test "PowerDNS still refuses what it is said to refuse" { still_refused pdns; }
@test "every exception is about a record of the zone" {
    "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --check
}
