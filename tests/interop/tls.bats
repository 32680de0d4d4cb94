#!/usr/bin/env bats
# Transfers over TLS from BIND and NSD (Knot 3.2 and PowerDNS 4.7 do none).
#
# Environment: ZXFR, the path of the program. A test fails when its server is not installed.

load servers.bash
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

BIG=big.example SMALL=small.example SIGNED=signed.example
SECRET=c2VjcmV0IG9mIGEga2V5IGZvciB0ZXN0cw==

# zone_file ZONE N: a zone of N records, a SOA, a NS and its address
zone_file() {
    awk -v zone="$1." -v n="$2" 'BEGIN {
        print zone " 3600 IN SOA ns1." zone " hostmaster." zone " 2026112201 7200 3600 1209600 300"
        print zone " 3600 IN NS ns1." zone
        print "ns1." zone " 3600 IN A 192.0.2.1"
        for (i = 0; i < n; i++)
            printf "host%d.%s 300 IN A 10.%d.%d.%d\n", i, zone, i / 65536, i / 256 % 256, i % 256
    }' >"$BATS_FILE_TMPDIR/$1.zone"
}

setup_file() {
    local kind zone dir=$BATS_FILE_TMPDIR
    servers_begin "$dir/servers"
    certs_begin "$dir/certs"
    export CERTS
    ca_new ca && ca_new other
    cert_new good ca "DNS:ns1.test,IP:127.0.0.1"
    cert_new expired ca "IP:127.0.0.1" expired 20200101000000Z 20210203040506Z
    cert_new unknown other "IP:127.0.0.1"
    cert_new me ca "DNS:me.test"
    cert_new stranger other "DNS:me.test"
    zone_file "$BIG" 100000 && zone_file "$SMALL" 3 && zone_file "$SIGNED" 20000
    for kind in bind nsd; do
        server_new "$kind" "$kind"
        server_key "$kind" xfr.test hmac-sha256 "$SECRET"
        for zone in "$BIG" "$SMALL"; do server_zone "$kind" "$zone" "$dir/$zone.zone"; done
        server_zone "$kind" "$SIGNED" "$dir/$SIGNED.zone" key:xfr.test
    done
    echo "hmac-sha256:xfr.test:$SECRET" >"$dir/key"
    echo "hmac-sha256:xfr.test:bm90IHRoZSBzZWNyZXQgb2YgdGhlIGtleQ==" >"$dir/wrong.key"
    chmod 600 "$dir/key" "$dir/wrong.key"
    bind_port good
    bind_port expired
    bind_port unknown
    bind_port mutual "cert-file \"$CERTS/good.pem\"; key-file \"$CERTS/good.key\"; ca-file \"$CERTS/ca.pem\";"
    bind_port old "cert-file \"$CERTS/good.pem\"; key-file \"$CERTS/good.key\";" TLSv1.2
    port=$(servers_free_port)
    echo "$port" >"$dir/port.nsd"
    server_option nsd "ip-address: 127.0.0.1@$port" "tls-port: $port" \
        "tls-service-key: \"$CERTS/good.key\"" "tls-service-pem: \"$CERTS/good.pem\""
    for kind in bind nsd; do server_start "$kind" >"$dir/$kind.start" || :; done
}

teardown_file() { servers_end; }

setup() {
    SERVERS_DIR=$BATS_FILE_TMPDIR/servers
    CA=$CERTS/ca.pem
    cd "$BATS_TEST_TMPDIR" || return
}

# A port of BIND with a certificate, or with lines of its own.
bind_port() {
    local name=$1 port lines
    port=$(servers_free_port)
    while grep -qsx "$port" "$BATS_FILE_TMPDIR"/port.*; do port=$(servers_free_port); done
    lines=${2:-cert-file \"$CERTS/$name.pem\"; key-file \"$CERTS/$name.key\";}
    echo "$port" >"$BATS_FILE_TMPDIR/port.$name"
    server_clause bind "tls $name { $lines protocols { ${3:-TLSv1.3}; }; };"
    server_option bind "listen-on port $port tls $name { 127.0.0.1; };"
}

need() {
    if ! server_up "$1"; then
        cat "$BATS_FILE_TMPDIR/$1.start"
        return 1
    fi
}

# get STATUS PORT ZONE [OPTION...]: the output is in "out", the messages are in "err"
get() {
    local wanted=$1 port status=0
    port=$(<"$BATS_FILE_TMPDIR/port.$2")
    shift 2
    timeout 120 "$ZXFR" "$@" "@127.0.0.1#$port" >out 2>err </dev/null || status=$?
    if [ "$status" != "$wanted" ]; then
        echo "zxfr $*: exit $status"
        head -c 2000 err
        return 1
    fi
}
says() { grep -qF -- "$1" err || { cat err && false; }; }
says_nothing() { [ ! -s err ] || { cat err && false; }; }

# In clear text, for comparison.
plain() {
    timeout 120 "$ZXFR" "$2" @127.0.0.1 -p "$(server_port "$1")" "${@:3}" >plain 2>plain.err
}

@test "BIND: the same zone as in clear text" {
    need bind
    plain bind "$BIG"
    get 0 good "$BIG" --tls-ca "$CA" --tls-alpn
    says_nothing
    cmp out plain
    [ "$(tail -n 1 out)" = "; zxfr end: $BIG. IN serial 2026112201 records 100003" ]
    [ "$(kdig +tls +tls-ca="$CA" +tls-host=ns1.test -p "$(<"$BATS_FILE_TMPDIR/port.good")" \
        @127.0.0.1 "$BIG" AXFR +noall +answer | grep -vc '^;')" = 100004 ]
}

@test "NSD: the same zone as in clear text, with a warning where it selects no ALPN" {
    need nsd
    plain nsd "$BIG"
    get 0 nsd "$BIG" --tls-ca "$CA"
    cmp out plain
    if server_does nsd no-alpn; then
        says "warning: the server selected no protocol (ALPN)"
        [ "$(wc -l <err)" = 1 ]
        get 5 nsd "$BIG" --tls-ca "$CA" --tls-alpn
        says ALPN
    else
        says_nothing
        get 0 nsd "$BIG" --tls-ca "$CA" --tls-alpn
        cmp out plain
    fi
}

@test "whom we trust" {
    need bind
    need nsd
    local server
    for server in good nsd; do
        get 0 "$server" "$SMALL" --tls-ca "$CA" --tls-hostname ns1.test -q
        says_nothing
        get 0 "$server" "$SMALL" --tls-pin "$(pin_of "$CERTS/good.pem")" -v
        says "server authenticated by its pin"
        get 5 "$server" "$SMALL" --tls-ca "$CA" --tls-hostname ns2.test
        says "not for ns2.test, but for others: \"ns1.test, 127.0.0.1\""
        get 5 "$server" "$SMALL" --tls
        says "not among the trusted"
        get 5 "$server" "$SMALL" --tls-pin "$(pin_of "$CA")"
        says "has the pin sha256/$(pin_of "$CERTS/good.pem")"
        get 0 "$server" "$SMALL" --tls-insecure
        says "anybody may be the server"
    done
    get 5 expired "$SMALL" --tls-ca "$CA"
    says "has expired, on 2021-02-03 04:05:06 UTC"
    get 5 unknown "$SMALL" --tls-ca "$CA"
    says "the issuer of the server's certificate is not among the trusted: \"CN = other CA\""
    if server_does bind close-without-alert; then
        get 3 old "$SMALL" --tls-ca "$CA"
        says "closed the connection during the TLS handshake"
        says "hint: does this port speak TLS, in version 1.3?"
    else
        get 5 old "$SMALL" --tls-ca "$CA"
        says "the server does not speak TLS 1.3"
        says "hint: transfers over TLS need TLS 1.3"
    fi
}

@test "BIND wants a certificate" {
    need bind
    get 0 mutual "$SMALL" --tls-ca "$CA" --tls-cert "$CERTS/me.pem" --tls-key "$CERTS/me.key" -v
    says "with our certificate"
    for _ in 1 2 3; do
        get 5 mutual "$SMALL" --tls-ca "$CA"
        says "hint: the server wants a certificate that it trusts: --tls-cert"
        get 5 mutual "$SMALL" --tls-ca "$CA" --tls-cert "$CERTS/stranger.pem" \
            --tls-key "$CERTS/stranger.key"
        says "hint: the server wants a certificate that it trusts: --tls-cert"
    done
}

@test "signed and encrypted" {
    need bind
    need nsd
    local server
    for server in good nsd; do
        get 0 "$server" "$SIGNED" --tls-ca "$CA" -k "$BATS_FILE_TMPDIR/key" -o zone --report report
        [ "$(tail -n 1 zone)" = "; zxfr end: $SIGNED. IN serial 2026112201 records 20003" ]
        jq -e '.tsig.name == "xfr.test." and .tls.authenticated == "chain"' report
        get 5 "$server" "$SIGNED" --tls-ca "$CA" -k "$BATS_FILE_TMPDIR/wrong.key"
        get 4 "$server" "$SIGNED" --tls-ca "$CA"
    done
}

@test "a port without TLS, and a client without TLS" {
    need bind
    need nsd
    local server
    for server in bind nsd; do
        server_port "$server" >"$BATS_FILE_TMPDIR/port.$server.plain"
        get 3 "$server.plain" "$SMALL" --tls-ca "$CA" --connect-timeout 1
        says "hint: does this port speak TLS?"
    done
    for server in good nsd; do
        get 3 "$server" "$SMALL" --idle-timeout 5
        says "hint:"
    done
}
