#!/usr/bin/env bats
# Signed transfers from real servers: with each algorithm, and with each thing that can be wrong with
# a key. The zone has more than 100 000 records; what a signed transfer gives is compared with what
# dig gets without signature.
#
# Environment: ZXFR, the path of the program; SHIFTCLOCK_SO, the library that shifts the clock.

load servers.bash

ZONE=big.example
RECORDS=100004
SECRET=c2VjcmV0IG9mIGEga2V5MTIzNDU2Nzg5MGFiY2RlZg==
ALGORITHMS='md5 sha1 sha224 sha256 sha384 sha512'

setup_file() {
    servers_begin "$BATS_FILE_TMPDIR/servers"
    local kind algorithm
    big_zone >"$BATS_FILE_TMPDIR/zone"
    for kind in bind knot nsd pdns; do
        server_new "$kind" "$kind"
        for algorithm in $ALGORITHMS; do
            server_key "$kind" "key-$algorithm" "hmac-$algorithm" "$SECRET"
        done
        [ "$kind" != bind ] || server_key bind key-cut hmac-sha256-128 "$SECRET"
        server_zone "$kind" "$ZONE" "$BATS_FILE_TMPDIR/zone" keys
        # The tests that need it tell why it is not there.
        server_start "$kind" >"$BATS_FILE_TMPDIR/$kind.start" || :
    done
}

teardown_file() { servers_end; }

setup() {
    SERVERS_DIR=$BATS_FILE_TMPDIR/servers
    T=$BATS_TEST_TMPDIR
    cd "$T" || return
    umask 077
}

big_zone() {
    cat <<END
\$ORIGIN $ZONE.
\$TTL 3600
@ IN SOA ns hostmaster 2026112201 7200 3600 1209600 300
@ IN NS ns
ns IN A 192.0.2.1
txt IN TXT "hello world"
END
    awk 'BEGIN { for (i = 0; i < 100000; i++)
        printf "h%d A 10.%d.%d.%d\n", i, i / 65536, i / 256 % 256, i % 256 }'
}

need() {
    if ! server_up "$1"; then
        cat "$BATS_FILE_TMPDIR/$1.start"
        return 1
    fi
}

# What dig gets unsigned, one record a line with one blank between the words, sorted; once a server.
reference() {
    REFERENCE=$BATS_FILE_TMPDIR/reference.$1
    [ -e "$REFERENCE" ] && return
    dig +noall +answer +onesoa -p "$(server_port "$1")" @127.0.0.1 "$ZONE" axfr | plain >"$T/dig"
    [ "$(wc -l <"$T/dig")" = "$RECORDS" ] || {
        echo "dig has $(wc -l <"$T/dig") records of $1"
        return 1
    }
    mv "$T/dig" "$REFERENCE"
}

plain() { grep -v '^;' | tr -s ' \t' ' ' | LC_ALL=C sort; }

show() {
    echo "status $status; stderr:"
    head -c 3000 "$T/err"
    return 1
}

# zx SERVER OPTION...
zx() {
    status=0
    timeout 60 "$ZXFR" "$ZONE" @127.0.0.1 -p "$(server_port "$1")" "${@:2}" \
        >"$T/out" 2>"$T/err" </dev/null || status=$?
}

is() { [[ $status == "$1" ]] || show; }
err_has() { grep -qF -- "$1" "$T/err" || { echo "not in stderr: $1" && show; }; }

# A complete signed transfer of several messages, with the records that dig has.
transfers() {
    local kind=$1 messages
    need "$kind" || return
    reference "$kind" || return
    shift
    zx "$kind" "$@" --report report
    is 0 || return
    [ ! -s "$T/err" ] || show || return
    messages=$(jq .messages report)
    [ "$messages" -gt 2 ] || { echo "only $messages messages" && return 1; }
    [ "$(jq -r .tsig.name report)" != null ] || { echo "not signed" && return 1; }
    [[ $(tail -n 1 out) == "; zxfr end: $ZONE. IN serial 2026112201 records $RECORDS" ]] || {
        tail -n 1 out
        return 1
    }
    plain <out >records
    cmp records "$REFERENCE"
}

all_algorithms() {
    local algorithm
    for algorithm in $ALGORITHMS; do
        echo "hmac-$algorithm:key-$algorithm:$SECRET" >key
        transfers "$1" -k key || { echo "with hmac-$algorithm" && return 1; }
    done
}

# fails SERVER STATUS WORDS [OPTION...]: FILE stays as it was, and nothing comes out.
fails() {
    local kind=$1 expected=$2 words=$3
    shift 3
    need "$kind" || return
    echo old >file
    zx "$kind" "$@" -o file
    is "$expected" || return
    err_has "$words" || return
    [ ! -s out ] && [ "$(<file)" = old ] && [ ! -e .file.zxfr ] || return
    zx "$kind" "$@"
    is "$expected" || return
    # Nothing but the mark of a failed transfer.
    [[ $(wc -l <out) == 1 && $(<out) == "; zxfr INCOMPLETE: "* ]]
}

@test "BIND: each algorithm, 100 000 records" { all_algorithms bind; }
@test "Knot: each algorithm, 100 000 records" { all_algorithms knot; }
@test "NSD: each algorithm, 100 000 records" { all_algorithms nsd; }
@test "PowerDNS: each algorithm, 100 000 records" { all_algorithms pdns; }
