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

# BIND cuts its signatures to the 16 octets that both sides' files ask for.
@test "BIND: a key of hmac-sha256-128" {
    echo "key key-cut { algorithm hmac-sha256-128; secret \"$SECRET\"; };" >key
    transfers bind -k key --record recording
    macs_have 16
    # For who says nothing of the length it is the same key, and BIND sends all of the MAC.
    echo "hmac-sha256:key-cut:$SECRET" >key
    if server_does bind cut-mac-only; then
        fails bind 5 BADSIG -k key
    else
        transfers bind -k key
    fi
    # The algorithm of that name is another one.
    echo "hmac-sha256-128:key-cut:$SECRET" >key
    fails bind 5 BADKEY -k key
}

# No TSIG record of the recording has a MAC of another length.
macs_have() {
    "$PYTHON" - "$1" recording <<'END'
import struct, sys
import dns.message, dns.tsig
octets = open(sys.argv[2], 'rb').read()
at, lengths = octets.index(b'\n') + 1, []
dns.tsig.validate = lambda wire, key, owner, rdata, *rest: lengths.append(len(rdata.mac))
while at < len(octets):
    kind, length = octets[at:at + 1], struct.unpack('>H', octets[at + 9:at + 11])[0]
    message = octets[at + 11:at + 11 + length]
    at += 11 + length
    if kind in b'<>':
        dns.message.from_wire(message, keyring=lambda message, name: dns.tsig.Key(name, 'AAAA'), multi=True)
print(len(lengths), set(lengths))
sys.exit(len(lengths) < 4 or set(lengths) != {int(sys.argv[1])})
END
}

@test "a cut signature where the server has not agreed to one" {
    echo "key key-sha256 { algorithm hmac-sha256-128; secret \"$SECRET\"; };" >key
    fails bind 5 BADTRUNC -k key
    fails knot 5 BADSIG -k key
    fails nsd 5 BADSIG -k key
    fails pdns 4 "check the key too" -k key
}

@test "a wrong secret" {
    echo "hmac-sha256:key-sha256:d3Jvbmcgc2VjcmV0" >key
    for kind in bind knot nsd; do
        fails "$kind" 5 BADSIG -k key
        err_has "hint: check the key's secret"
    done
    fails pdns 4 "NOTAUTH (unsigned; check the key too)" -k key # PowerDNS tells no reason
    err_has "PowerDNS says so of a wrong secret"
}

# unknown SERVER WORDS: it does not know the key; some say no more than NOTAUTH.
unknown() {
    if server_does "$1" plain-notauth; then
        fails "$1" 4 "NOTAUTH (unsigned; check the key too)" -k key
    else
        fails "$1" 5 "$2" -k key
    fi
}

@test "a key that the server does not know" {
    echo "hmac-sha256:nokey:$SECRET" >key
    for kind in bind knot nsd pdns; do
        unknown "$kind" BADKEY
    done
    fails bind 5 BADKEY -k key
    err_has "hint: check the key's name and algorithm"
}

@test "another algorithm" {
    echo "hmac-sha512:key-sha256:$SECRET" >key
    for kind in bind knot pdns; do
        unknown "$kind" BADKEY
    done
    fails bind 5 BADKEY -k key
    err_has "hint: check the key's name and algorithm"
    fails nsd 4 REFUSED -k key # for which NSD signs with that algorithm
    err_has "or (NSD) has another algorithm for it"
}

@test "an algorithm that nobody named" {
    echo "key-md5:$SECRET" >key
    for kind in bind knot; do
        unknown "$kind" "hmac-md5:"
    done
    echo "key-sha256:$SECRET" >key
    transfers bind -k key
}

@test "a clock that is off by more than the fudge" {
    : "${SHIFTCLOCK_SO:?}"
    echo "hmac-sha256:key-sha256:$SECRET" >key
    # a sanitizer wants to be the first library
    export LD_PRELOAD=$SHIFTCLOCK_SO SHIFTCLOCK ASAN_OPTIONS=verify_asan_link_order=0
    for kind in bind knot nsd; do
        SHIFTCLOCK=1000
        fails "$kind" 5 "BADTIME" -k key
        err_has "the server's clock is 1000 s behind"
        err_has "hint: which of the two clocks is wrong?"
        SHIFTCLOCK=-1000
        fails "$kind" 5 "BADTIME" -k key
        err_has "the server's clock is 1000 s ahead"
        SHIFTCLOCK=280
        zx "$kind" -k key
        is 0
    done
    SHIFTCLOCK=1000
    fails pdns 4 "NOTAUTH (unsigned; check the key too)" -k key
}

@test "a key that is right after one that is not" {
    need bind
    need knot
    reference knot
    echo "hmac-sha256:key-sha256:d3Jvbmcgc2VjcmV0" >wrong
    echo "hmac-sha256:key-sha256:$SECRET" >right
    echo old >file
    status=0
    timeout 60 "$ZXFR" "$ZONE" "@127.0.0.1#$(server_port bind)" "@127.0.0.1:$(server_port knot)" \
        -k wrong --server-key "127.0.0.1:$(server_port knot)=right" -o file >out 2>err || status=$?
    is 0
    err_has BADSIG
    plain <file >records
    cmp records "$REFERENCE"
}
