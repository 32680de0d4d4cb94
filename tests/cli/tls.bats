#!/usr/bin/env bats
# Transfers over TLS (RFC 9103): whom zxfr takes for the server, and what it says otherwise.

load helper
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

setup_file() {
    local now
    certs_begin "$BATS_FILE_TMPDIR/certs"
    export CERTS
    ca_new ca "Test root" && ca_new other "Other root" && ca_below middle ca
    # an address that is not the one that is connected to comes last
    cert_new good ca "DNS:ns1.test,DNS:localhost,IP:127.0.0.1"
    cert_new many ca "DNS:a.test,$(printf 'DNS:a-very-long-name-of-a-server-%s.test,' {1..30})IP:192.0.2.1"
    cert_new named ca "DNS:ns1.test,DNS:ns2.test"
    cert_new address ca "IP:192.0.2.1,IP:2001:db8::1"
    cert_new text ca "DNS:127.0.0.1"
    cert_new star ca "DNS:*.zone.test"
    cert_new partial ca "DNS:ns*.zone.test"
    cert_new tld ca "DNS:*.test"
    cert_new inner ca "DNS:a.*.test"
    cert_new common ca "" ns1.test
    cert_new expired ca "DNS:ns1.test" ns1.test 20200101000000Z 20210203040506Z
    cert_new future ca "DNS:ns1.test" ns1.test 20480101000000Z 20490101000000Z
    cert_new unknown other "DNS:ns1.test,IP:127.0.0.1"
    cert_new self self "DNS:ns1.test,IP:127.0.0.1"
    cert_new below middle "DNS:ns1.test"
    cert_new me ca "DNS:me.test"
    cert_new stranger other "DNS:me.test"
    cat "$CERTS/below.pem" "$CERTS/middle.pem" >"$CERTS/chain.pem"
    cp "$CERTS/below.key" "$CERTS/chain.key"
    cat "$CERTS/unknown.pem" "$CERTS/other.pem" >"$CERTS/rooted.pem"
    cp "$CERTS/unknown.key" "$CERTS/rooted.key"
    (umask 077 && cat "$CERTS/me.pem" "$CERTS/me.key" >"$CERTS/both.pem")
    certs_openssl req -x509 -newkey rsa:2048 -nodes -keyout "$CERTS/evil.key" \
        -out "$CERTS/evil.pem" -subj "/CN=$(printf 'e\033[31mvil\007')" -utf8 \
        -addext "subjectAltName=DNS:$(printf 'x\033[2Jy')" -days 30
    openssl pkey -in "$CERTS/me.key" -aes256 -passout pass:secret -out "$CERTS/locked.key"
    CA=$CERTS/ca.pem
    export CA
}

# front CERT [OPTION...]: TLS before a server that has the zone; sets S and PORT
front() {
    local cert=$1
    shift
    [[ $BEHIND ]] || { primary_start "$ZONE" && BEHIND=$PORT; } || return
    PRIMARY=$TLSFRONT primary_start --cert "$CERTS/$cert.pem" --key "$CERTS/$cert.key" "$@" "$BEHIND"
}

# trusts CERT WORD...: it is taken for the server; fears STATUS CERT WORD...: it is not
trusts() {
    front "$1" || return
    shift
    zx example.com "$S" "$@"
    is 0 || return
    whole "$T/out"
}
fears() {
    local wanted=$1
    front "$2" || return
    shift 2
    echo "; the old zone" >zone
    zx example.com "$S" -o zone "$@"
    is "$wanted" || return
    out_empty || return
    err_clean || return
    [[ $(<zone) == "; the old zone" ]] || return
    box_holds zone
}

# ---- Whom we trust -----------------------------------------------------------------------------

@test "a certificate of a trusted issuer, for the server's name or address" {
    trusts good --tls-ca "$CA"
    trusts good --tls-ca "$CA" --tls-hostname ns1.test
    trusts good --tls-ca "$CA" --tls-hostname NS1.Test.
    trusts named --tls-ca "$CA" --tls-hostname ns2.test
    trusts address --tls-ca "$CA" --tls-hostname 192.0.2.1
    trusts address --tls-ca "$CA" --tls-hostname 2001:db8:0::1
    front good
    zx example.com "@localhost#$PORT" -4 --tls-ca "$CA" -v
    is 0
    err_has "TLSv1.3, TLS_"
    err_has "ALPN dot, server authenticated by its certificate for localhost"
    err_has "over TLSv1.3"
}

@test "the zone is the same as in clear text" {
    write_big 30000
    primary_start "$BIG"
    BEHIND=$PORT
    zx example.com "$S" -o plain
    is 0
    front good
    zx example.com "$S" -o tls --tls-ca "$CA"
    is 0
    cmp plain tls
    front good --data 100 --piece 1000
    zx example.com "$S" -o tls2 --tls-ca "$CA"
    is 0
    cmp plain tls2
}

@test "the system's roots, where no other are named" {
    front good
    zx example.com "$S" --tls
    is 5
    err_has "the issuer of the server's certificate is not among the trusted: \"CN = Test root\""
    SSL_CERT_FILE=$CA zx example.com "$S" --tls
    is 0
    # and only those that are named
    SSL_CERT_FILE=$CA zx example.com "$S" --tls-ca "$CERTS/other.pem"
    is 5
}

@test "a folder of certificates" {
    mkdir ca
    cp "$CA" ca
    fears 2 good --tls-ca ca || [[ $(<zone) == "; the old zone" ]]
    err_has "openssl rehash"
    openssl rehash ca
    trusts good --tls-ca ca
}

@test "a certificate may be trusted that is no root" {
    trusts self --tls-ca "$CERTS/self.pem"
    trusts good --tls-ca "$CERTS/good.pem"
    trusts below --tls-ca "$CERTS/middle.pem" --tls-hostname ns1.test
}

@test "a chain through another issuer" {
    trusts chain --tls-ca "$CA" --tls-hostname ns1.test
    fears 5 below --tls-ca "$CA" --tls-hostname ns1.test
    err_has "the issuer of the server's certificate is not among the trusted: \"CN = middle CA\""
}

@test "an issuer that nobody trusts" {
    fears 5 unknown --tls-ca "$CA"
    err_has "the issuer of the server's certificate is not among the trusted: \"CN = Other root\""
    err_has "hint: --tls-ca"
    fears 5 rooted --tls-ca "$CA"
    err_has "the root of the server's certificate is not among the trusted: \"CN = Other root\""
    fears 5 self --tls-ca "$CA"
    err_has "the server's certificate is self-signed, and not among the trusted: \"CN = self\""
}

@test "another name" {
    fears 5 named --tls-ca "$CA"
    err_has "the server's certificate is not for 127.0.0.1, but for others: \"ns1.test, ns2.test\""
    err_has "hint: --tls-hostname"
    fears 5 address --tls-ca "$CA"
    err_has "not for 127.0.0.1, but for others: \"192.0.2.1, 2001:db8::1\""
    fears 5 good --tls-ca "$CA" --tls-hostname ns2.test
    err_has "not for ns2.test, but for others: \"ns1.test, localhost, 127.0.0.1\""
    fears 5 good --tls-ca "$CA" --tls-hostname xns1.test
    fears 5 good --tls-ca "$CA" --tls-hostname test
    fears 5 good --tls-ca "$CA" --tls-hostname a.ns1.test
    # an address must stand there as one
    fears 5 text --tls-ca "$CA"
    err_has "the server's certificate has 127.0.0.1 as a name (dNSName), where only an address"
    err_lacks "not for 127.0.0.1"
    # the common name counts for nothing
    fears 5 common --tls-ca "$CA" --tls-hostname ns1.test
    err_has "not for ns1.test; it names no server"
    # a long list is cut
    fears 5 many --tls-ca "$CA"
    err_has "but for others: \"a.test, a-very-long"
    err_has " more"
    [[ $(wc -L <"$T/err") -lt 600 ]]
}

@test "wildcards stand for the whole of one label" {
    trusts star --tls-ca "$CA" --tls-hostname ns1.zone.test
    fears 5 star --tls-ca "$CA" --tls-hostname zone.test
    fears 5 star --tls-ca "$CA" --tls-hostname a.ns1.zone.test
    fears 5 partial --tls-ca "$CA" --tls-hostname ns1.zone.test
    fears 5 tld --tls-ca "$CA" --tls-hostname ns1.test
    fears 5 inner --tls-ca "$CA" --tls-hostname a.b.test
}

@test "out of its time" {
    fears 5 expired --tls-ca "$CA" --tls-hostname ns1.test
    err_has "the server's certificate has expired, on 2021-02-03 04:05:06 UTC"
    fears 5 future --tls-ca "$CA" --tls-hostname ns1.test
    err_has "the server's certificate is not yet valid, but from 2048-01-01 00:00:00 UTC"
}

@test "what a certificate says does nothing to the terminal" {
    fears 5 evil --tls-ca "$CA"
    err_has "self-signed"
    fears 5 evil --tls-ca "$CERTS/evil.pem"
    err_has "but for others: \"x?[2Jy\""
}

# ---- Pins --------------------------------------------------------------------------------------

@test "a pin is enough" {
    local pin wrong
    pin=$(pin_of "$CERTS/expired.pem")
    wrong=$(pin_of "$CERTS/other.pem")
    trusts expired --tls-pin "$pin"
    trusts expired --tls-pin "sha256/$pin"
    trusts expired --tls-pin "sha256//$pin"
    trusts expired --tls-pin "$wrong" --tls-pin "$pin"
    trusts expired --tls-pin "$pin" --tls-pin "$wrong"
    trusts self --tls-pin "$(pin_of "$CERTS/self.pem")" -v
    err_has "server authenticated by its pin"
    err_has "the server's key has the pin sha256/$(pin_of "$CERTS/self.pem")"
    fears 5 expired --tls-pin "$wrong"
    err_has "the server's key has the pin sha256/$pin, which is not the one asked for"
    fears 5 expired --tls-pin "$wrong" --tls-pin "$(pin_of "$CA")"
    err_has "which is not one of those asked for"
}

@test "a pin beside the chain: both must be right" {
    local pin wrong
    pin=$(pin_of "$CERTS/good.pem")
    wrong=$(pin_of "$CERTS/other.pem")
    trusts good --tls-pin "$pin" --tls-ca "$CA" -v
    err_has "authenticated by its pin and its certificate for 127.0.0.1"
    fears 5 good --tls-pin "$wrong" --tls-ca "$CA"
    err_has "has the pin"
    fears 5 good --tls-pin "$pin" --tls-ca "$CERTS/other.pem"
    err_has "issuer"
    fears 5 good --tls-pin "$pin" --tls-ca "$CA" --tls-hostname ns3.test
    err_has "not for ns3.test"
}

@test "an audit over TLS looks at the certificate, and asks nothing over UDP" {
    front good
    zx audit --tls --tls-ca "$CA" --allow-open --fail-on timeout -f json example.com "$S"
    is 0
    [[ $(jq -c '.zones[0].rows[0] | .rcode, .udp.error, .transfer, .problems' "$T/out") == \
        $'"NOERROR"\nnull\n"open"\n["open"]' ]] || show
    front expired
    zx audit --tls --tls-ca "$CA" --tls-hostname ns1.test --fail-on timeout -f json example.com "$S"
    is 5
    [[ $(jq -r '.zones[0].rows[0] | .tcp.error, .transfer' "$T/out") == *expired* ]] || show
    [[ $(jq -r '.zones[0].result' "$T/out") == authentication ]] || show
    err_has "none of its servers has answered: 127.0.0.1: the server's certificate has expired"
    err_has "hint: the server needs a new certificate"
}

@test "the pin that the message shows is one that is taken" {
    local shown
    fears 5 self --tls-pin "$(pin_of "$CA")"
    shown=$(grep -o 'sha256/[A-Za-z0-9+/=]*' "$T/err" | head -n 1)
    [[ $shown == "sha256/$(pin_of "$CERTS/self.pem")" ]]
    trusts self --tls-pin "$shown"
}

# ---- Nobody ------------------------------------------------------------------------------------

@test "--tls-insecure takes anybody, and says so" {
    for cert in unknown self expired evil common; do
        trusts "$cert" --tls-insecure
        count_is 1 "warning: encrypted, but anybody may be the server" "$T/err"
    done
    trusts self --tls-insecure -q
    err_empty
    zx example.com "$S" -o zone --report report --tls-insecure
    is 0
    jq -e '.tls.authenticated == "none" and .tls.name == null' report
    zx example.com "$S" --tls-insecure --strict
    usage_error --strict
}

# ---- Who we are --------------------------------------------------------------------------------

@test "a server that wants a certificate" {
    front good --client-ca "$CA"
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/me.pem" --tls-key "$CERTS/me.key" -v
    is 0
    whole "$T/out"
    err_has "with our certificate"
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/both.pem" -o zone --report report
    is 0
    jq -e '.tls.client_certificate' report
    # none is given: in TLS 1.3 the client learns it after the handshake
    echo "; the old zone" >zone
    for _ in 1 2 3 4 5; do
        zx example.com "$S" --tls-ca "$CA" -o zone
        is 5
        err_has "the server wants a certificate of ours: TLS alert 116, certificate required"
        err_has "hint: the server wants a certificate that it trusts: --tls-cert"
        err_clean
    done
    [[ $(<zone) == "; the old zone" ]]
    # or one of an issuer that the server does not know
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/stranger.pem" --tls-key "$CERTS/stranger.key"
    is 5
    err_has "the server does not trust the issuer of our certificate"
    err_has "hint:"
    incomplete
}

@test "a server that wants a certificate and goes away without a word" {
    front good --client-ca "$CA" --go-away
    zx example.com "$S" --tls-ca "$CA"
    is 5
    err_has "the server asked for a certificate, got none, and closed the connection"
    err_has "--tls-cert"
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/both.pem"
    is 0
    front good --client-ca "$CA" --then eof --after 0
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/both.pem"
    is 5
    err_has "the server asked for a certificate, got ours, and closed the connection"
}

@test "a key that others can read gets a warning" {
    front good --client-ca "$CA"
    install -m 644 "$CERTS/me.key" me.key
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/me.pem" --tls-key me.key
    is 0
    err_has "warning: me.key: others can read this file, and so the key"
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/me.pem" --tls-key me.key --strict
    is 2
    chmod 600 me.key
    zx example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/me.pem" --tls-key me.key
    is 0
    err_empty
}

@test "a server that can do without a certificate" {
    front good --client-ca "$CA" --optional
    zx example.com "$S" --tls-ca "$CA" -o zone --report report
    is 0
    jq -e '.tls.client_certificate == false' report
}

# ---- Files -------------------------------------------------------------------------------------

@test "files that cannot be used: exit 2, and no connection" {
    primary_start --do "close 0" "$ZONE"
    local words
    echo nothing >empty.pem
    cp "$CA" secret.pem
    echo "; the old zone" >zone
    refuses() {
        words=$1
        shift
        zx example.com "$S" -o zone "$@"
        usage_error "$words" || return
        [[ $(<zone) == "; the old zone" ]]
    }
    refuses "cannot read absent.pem: No such file" --tls-ca absent.pem
    refuses "empty.pem holds no certificates" --tls-ca empty.pem
    refuses "$CERTS/me.key holds no certificates" --tls-ca "$CERTS/me.key"
    refuses "cannot read absent.pem: No such file" --tls-cert absent.pem
    refuses "empty.pem holds no certificate" --tls-cert empty.pem
    refuses "cannot read absent.key: No such file" --tls-cert "$CERTS/me.pem" --tls-key absent.key
    refuses "me.pem holds no key; --tls-key names the file that does" --tls-cert "$CERTS/me.pem"
    refuses "does not belong to the certificate" --tls-cert "$CERTS/me.pem" --tls-key "$CERTS/self.key"
    refuses "does not belong to the certificate" --tls-cert "$CERTS/me.pem" --tls-key "$CERTS/evil.key"
    refuses "locked.key is encrypted" --tls-cert "$CERTS/me.pem" --tls-key "$CERTS/locked.key"
    refuses "--tls-key needs --tls-cert" --tls-key "$CERTS/me.key"
    chmod 0 secret.pem
    zx_nobody example.com "$S" --tls-ca secret.pem
    is 2
    out_empty
    err_has "secret.pem: Permission denied" "may not read it"
}

@test "an encrypted key asks nobody, not even at a terminal" {
    command -v script >/dev/null || skip "no script(1)"
    primary_start "$ZONE"
    status=0
    timeout 10 script -qec "'$ZXFR' example.com $S --tls-cert '$CERTS/me.pem' --tls-key '$CERTS/locked.key'" \
        /dev/null >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 2
    out_has "is encrypted"
    out_lacks "pass phrase:"
}

@test "the command line" {
    local pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    for bad in short "${pin}x" "${pin%=}" "${pin%A=}B=" "${pin/A/ }" "${pin/A/-}" "sha1/$pin" "" \
        "$pin=" "${pin%A=}==" "sha256/sha256/$pin"; do
        zx example.com @127.0.0.1 --tls-pin "$bad"
        usage_error --tls-pin
    done
    for bad in "" .example.com a..b "a b" "$(printf 'a\033b')" "*.example.com" \
        "$(printf 'a%.0s' {1..300})" "ns1.example.com:853" -x.y=; do
        zx example.com @127.0.0.1 --tls-hostname "$bad"
        [[ $bad == -x* ]] || usage_error --tls-hostname
    done
    zx example.com @127.0.0.1 --tls-insecure --tls-pin "$pin"
    usage_error --tls-insecure --tls-pin
    zx example.com @127.0.0.1 --tls-insecure --tls-ca "$CA"
    usage_error --tls-insecure --tls-ca
    words=()
    for _ in {1..17}; do words+=(--tls-pin "$pin"); done
    zx example.com @127.0.0.1 "${words[@]}"
    usage_error "more than 16 pins"
    # names out of the DNS authenticate nobody
    zx example.com --tls
    usage_error --tls-hostname --tls-pin
    zx example.com --tls-ca "$CA"
    usage_error --tls-hostname --tls-pin
}

@test "each option brings TLS with it: nothing is sent in clear" {
    primary_start "$ZONE"
    zx example.com "$S" --record record
    is 0
    tail -n +2 record | grep -qa example
    for option in --tls "--tls-hostname ns1.test" "--tls-ca $CA" --tls-alpn --tls-insecure \
        "--tls-pin $(pin_of "$CA")" "--tls-cert $CERTS/both.pem" +tls +tls-ca "+tls-ca=$CA" \
        +tls-hostname=ns1.test "+tls-certfile=$CERTS/both.pem" "+tls-pin=$(pin_of "$CA")" +TLS; do
        # shellcheck disable=SC2086
        zx example.com "$S" $option --connect-timeout 1 --record record
        is 3
        err_has "the TLS handshake was not done in time"
        refute grep -qa example <(tail -n +2 record)
        incomplete
    done
}

@test "dig's words are twins" {
    front good --client-ca "$CA"
    zx example.com "$S" +tls-ca="$CA" +tls-hostname=ns1.test +tls-certfile="$CERTS/me.pem" \
        +tls-keyfile="$CERTS/me.key" +noall +answer
    is 0
    whole "$T/out"
    SSL_CERT_FILE=$CA zx example.com "$S" +tls-ca +tls-certfile="$CERTS/both.pem"
    is 0
    zx example.com "$S" +tls=yes
    usage_error "+tls takes no value"
    zx example.com "$S" +tls-hostname
    usage_error "+tls-hostname needs a value"
}

@test "port 853 where no other is named" {
    need_strace
    for words in "--tls 853" "--connect-timeout=1 53" "--tls -p 5353 5353"; do
        # shellcheck disable=SC2086
        strace -f -e trace=connect -o "$T/trace" "$ZXFR" example.com @127.0.0.77 ${words% *} \
            >"$T/out" 2>"$T/err" || true
        grep -q "htons(${words##* })" "$T/trace"
    done
}

@test "SNI: the name, and never an address" {
    front good --sni ns1.test
    zx example.com "$S" --tls-ca "$CA" --tls-hostname ns1.test.
    is 0
    zx example.com "$S" --tls-insecure --tls-hostname ns2.test
    is 5
    err_has "the server does not know itself by that name"
    front good --sni localhost
    zx example.com "@localhost#$PORT" -4 --tls-pin "$(pin_of "$CERTS/good.pem")"
    is 0
    front good --sni none
    zx example.com "$S" --tls-ca "$CA"
    is 0
}

# ---- No TLS, or another ------------------------------------------------------------------------

@test "a port without TLS" {
    # A name server takes the first octets for the length of a message and waits for the rest.
    primary_start "$ZONE"
    zx example.com "$S" --tls --connect-timeout 1
    is 3
    err_has "connected, but the TLS handshake was not done in time"
    err_has "hint: does this port speak TLS?"
    front good --stall
    zx example.com "$S" --tls --connect-timeout 1
    is 3
    err_has "connected, but the TLS handshake was not done in time"
    for words in "HTTP/1.1 400 Bad Request" "SSH-2.0-OpenSSH_9" "$(printf 'a%.0s' {1..500})"; do
        front good --say "$words"
        zx example.com "$S" --tls
        is 3
        err_has "what the server answers is not TLS, but something else: \"${words:0:64}\""
        err_has "hint: does this port speak TLS, in version 1.3?"
        err_clean
    done
    front good --say ""
    zx example.com "$S" --tls
    is 3
    err_has "the server closed the connection during the TLS handshake"
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" --tls
    is 3
    err_has "cannot connect: Connection refused"
}

@test "clear text to a port of TLS" {
    front good
    zx example.com "$S"
    is 3
    err_has "hint:"
    front good --say "$(printf '\025\003\003')"
    zx example.com "$S"
    is 3
    err_has "the server speaks TLS on this port"
    err_has "hint: --tls"
}

@test "a server of TLS 1.2" {
    front good --max-tls 1.2
    zx example.com "$S" --tls-ca "$CA"
    is 5
    err_has "does not speak TLS 1.3"
    err_has "hint: transfers over TLS need TLS 1.3"
    # nothing may talk us down, be it the settings of the system
    printf 'openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1\nMaxProtocol = TLSv1.2\n' >conf
    OPENSSL_CONF=$PWD/conf zx example.com "$S" --tls-ca "$CA"
    is 5
    front good
    OPENSSL_CONF=$PWD/conf zx example.com "$S" --tls-ca "$CA"
    is 0
}

@test "ALPN" {
    front good --alpn none
    zx example.com "$S" --tls-ca "$CA" -v
    is 0
    count_is 1 "warning: the server selected no protocol (ALPN)" "$T/err"
    err_has "ALPN none"
    zx example.com "$S" --tls-ca "$CA" -q -o zone --report report
    is 0
    err_empty
    jq -e '.tls.alpn == null' report
    zx example.com "$S" --tls-ca "$CA" --strict
    is 5
    zx example.com "$S" --tls-ca "$CA" --tls-alpn
    is 5
    err_has "the server selected no protocol (ALPN); --tls-alpn insists on it"
    for name in http/1.1 doq dott d "$(printf 'x\033[y')"; do
        front good --alpn "$name"
        zx example.com "$S" --tls-ca "$CA"
        is 5
        err_has ALPN
        err_clean
        incomplete
    done
    front good --alpn-refuse
    zx example.com "$S" --tls-ca "$CA"
    is 5
    err_has 'the server does not know DNS over TLS (ALPN "dot")'
    front good
    zx example.com "$S" --tls-ca "$CA" --tls-alpn
    is 0
}

# ---- A handshake that does not end -------------------------------------------------------------

@test "a handshake that stops ends in time, wherever it stops" {
    for at in 1 5 50 130 400; do
        front good --stall-after "$at"
        SECONDS=0
        zx example.com "$S" --tls-ca "$CA" --connect-timeout 1
        is 3
        err_has "connected, but the TLS handshake was not done in time"
        ((SECONDS < 4))
    done
    front good --stall
    zx example.com "$S" --tls-ca "$CA" --connect-timeout 10 --max-time 1
    is 3
    err_has "--max-time"
}

@test "a signal ends a handshake" {
    front good --stall
    zx_start example.com "$S" --tls-ca "$CA" --connect-timeout 60
    sleep 0.3
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
}

@test "octets one by one" {
    front good --piece 1
    zx example.com "$S" --tls-ca "$CA"
    is 0
    whole "$T/out"
    front good --piece 1 --data 1
    zx example.com "$S" --tls-ca "$CA"
    is 0
    whole "$T/out"
}

# ---- What happens later ------------------------------------------------------------------------

# The octets of the whole answer, as a transfer in clear text counts them.
answer_length() {
    zx example.com "@127.0.0.1#$BEHIND" -o clear --report clear.report
    LENGTH=$(jq .octets clear.report)
    rm clear clear.report
}

@test "tickets and new keys make no difference" {
    write_big 3000
    primary_start "$BIG"
    BEHIND=$PORT
    for options in "--tickets 1" "--tickets 5 --data 1000" "--key-updates 1" \
        "--key-updates 2 --tickets 2 --data 500" "--key-updates 1 --data 1 --piece 7"; do
        # shellcheck disable=SC2086
        [[ $options != *"--data 1 "* ]] || { primary_start "$ZONE" && BEHIND=$PORT; }
        # shellcheck disable=SC2086
        front good $options
        zx example.com "$S" --tls-ca "$CA" -o zone
        is 0
        err_empty
    done
}

@test "the stream ends without a close_notify" {
    front good
    answer_length
    for at in 0 1 2 30 $((LENGTH - 1)); do
        front good --after "$at" --then eof
        echo "; the old zone" >zone
        zx example.com "$S" --tls-ca "$CA" -o zone
        is 3
        err_clean
        [[ $(<zone) == "; the old zone" ]]
        ((at < 2)) || err_has "inside message 1, before the end of the zone (and without a close_notify of TLS)"
        zx example.com "$S" --tls-ca "$CA"
        is 3
        incomplete
        front good --after "$at" --then notify
        zx example.com "$S" --tls-ca "$CA" -o zone
        is 3
        err_lacks close_notify
        [[ $(<zone) == "; the old zone" ]]
    done
    # after the end it is harmless
    for then in eof notify reset tickets alert garbage clear-alert stall; do
        front good --after "$LENGTH" --then "$then"
        zx example.com "$S" --tls-ca "$CA" -o zone --idle-timeout 2
        is 0
        whole zone
        err_empty
    done
}

@test "a record is cut" {
    front good --after 30 --then cut
    zx example.com "$S" --tls-ca "$CA"
    is 3
    err_has "without a close_notify"
    incomplete
}

@test "a record was changed" {
    for then in tamper clear-alert garbage; do
        front good --after 30 --then "$then"
        echo "; the old zone" >zone
        zx example.com "$S" --tls-ca "$CA" -o zone
        is 5
        err_has "changed on the way"
        err_clean
        [[ $(<zone) == "; the old zone" ]]
    done
}

@test "an alert in the middle is named" {
    front good --after 30 --then alert
    zx example.com "$S" --tls-ca "$CA"
    is 3
    err_has "the server ended TLS: alert 20, bad record mac"
    incomplete
}

@test "the connection is reset" {
    front good --after 30 --then reset
    zx example.com "$S" --tls-ca "$CA"
    is 3
    err_has "the connection broke: Connection reset by peer"
    incomplete
}

@test "the server falls silent" {
    front good --after 30 --then stall
    zx example.com "$S" --tls-ca "$CA" --idle-timeout 1
    is 3
    err_has ": nothing for 1 s, after "
    # nothing but tickets: signs of life, until the end of time
    front good --after 30 --then tickets
    SECONDS=0
    zx example.com "$S" --tls-ca "$CA" --idle-timeout 1 --max-time 3
    is 3
    err_has "--max-time"
    ((SECONDS < 8))
    front good --after 30 --then tickets
    zx_start example.com "$S" --tls-ca "$CA"
    sleep 0.5
    kill -INT "$ZX_PID"
    zx_wait
    is 130
}

@test "a server that never reads" {
    front good --no-read
    zx example.com "$S" --tls-ca "$CA" --idle-timeout 1
    is 3
    err_has ": accepted, then nothing for 1 s"
}

@test "a slow server is no silent one" {
    # a record takes longer than the idle timeout, its octets do not
    write_big 100
    primary_start "$BIG"
    BEHIND=$PORT
    front good --piece 1
    zx example.com "$S" --tls-ca "$CA" --idle-timeout 1
    is 0
}

# ---- The query ---------------------------------------------------------------------------------

# What dnspython finds in the query of a recording: its length, "padded", and whether it is signed.
query_of() {
    "$(python_with_dns)" - "$1" <<'END'
import struct, sys
import dns.message, dns.tsig, dns.name
octets = open(sys.argv[1], 'rb').read()
at = octets.index(b'\n') + 1
while octets[at:at + 1] != b'>':
    at += 11 + struct.unpack('!H', octets[at + 9:at + 11])[0]
length, = struct.unpack('!H', octets[at + 9:at + 11])
wire = octets[at + 11:at + 11 + length]
key = dns.tsig.Key('xfr.test.', b'this is a secret of a key', 'hmac-sha256')
query = dns.message.from_wire(wire, keyring={key.name: key})
last = query.options[-1] if query.options else None
padded = last is not None and last.otype == 12 and not any(last.to_wire())
print(length, 'padded' if padded else 'bare', 'signed' if query.had_tsig else 'unsigned')
END
}

python_with_dns() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import dns.message' 2>/dev/null && echo "$python" && return
    done
}

@test "queries are padded to 128 octets (RFC 8467), signed or not" {
    local zone found
    echo "hmac-sha256:xfr.test:$(printf 'this is a secret of a key' | base64)" >key
    chmod 600 key
    for zone in . example.com "$(printf 'a%.0s' {1..60}).$(printf 'b%.0s' {1..60}).example.com"; do
        front good
        for option in "" -v; do
            # the server does not have all of these zones; the query is what counts
            # shellcheck disable=SC2086
            zx "$zone" "$S" --tls-ca "$CA" --record record $option
            read -ra found < <(query_of record)
            [[ $((found[0] % 128)) == 0 && ${found[1]} == padded && ${found[2]} == unsigned ]]
            # shellcheck disable=SC2086
            zx "$zone" "$S" --tls-ca "$CA" --record record -k key $option
            read -ra found < <(query_of record)
            [[ $((found[0] % 128)) == 0 && ${found[1]} == padded && ${found[2]} == signed ]]
            # shellcheck disable=SC2086
            zx "$zone" "@127.0.0.1#$BEHIND" --record record -k key $option
            read -ra found < <(query_of record)
            [[ ${found[1]} == bare && ${found[2]} == signed ]]
        done
    done
}

# ---- Several servers ---------------------------------------------------------------------------

@test "a server that does not prove who it is, and one that does" {
    front unknown
    local bad=$S
    front good
    zx example.com "$bad" "$S" --tls-ca "$CA" -o zone --report report
    is 0
    err_has "the issuer of the server's certificate"
    err_has "transferred from"
    jq -e '.tls.authenticated == "chain" and .tls.name == "127.0.0.1" and .tls.version == "TLSv1.3"
        and (.attempts | length) == 2 and .attempts[0].tls == null
        and .attempts[0].error == "tls-issuer" and .attempts[0].exit == 5
        and .attempts[1].tls.alpn == "dot"' report
    # 5 goes before 3 and 4
    closed_port
    primary_start --refuse REFUSED "$ZONE"
    BEHIND=$PORT
    front good
    zx example.com "@127.0.0.1#$CLOSED" "$bad" "$S" --tls-ca "$CA"
    is 5
    count_is 1 "not transferred; 3 attempts failed" "$T/err"
}

# ---- What it costs -----------------------------------------------------------------------------

@test "without TLS nothing of it is touched" {
    need_strace
    primary_start "$ZONE"
    strace -f -o "$T/trace" "$ZXFR" example.com "$S" >"$T/out" 2>"$T/err"
    # that the sandbox would let it be read is all (O_PATH)
    grep -v O_PATH "$T/trace" >"$T/touched"
    refute grep -q 'openssl.cnf\|/ssl/\|ca-certificates' "$T/touched"
    zx example.com "$S" -o zone --report report
    is 0
    jq -e '.tls == null and .attempts[0].tls == null' report
}

# OpenSSL does without some of what it asks for, and keeps some of it; but no crash, no wrong zone.
@test "memory runs out" {
    [[ -z $SANITIZED ]] || skip "a build with sanitizers has its own malloc"
    front good --client-ca "$CA"
    local words=(example.com "$S" --tls-ca "$CA" --tls-cert "$CERTS/both.pem" -o zone) all n step
    local GOOD=yes
    zx "${words[@]}"
    is 0
    mv zone whole
    starve() { # VARIABLE N
        rm -f "$T/log"
        echo "; the old zone" >zone
        status=0
        env LD_PRELOAD="$NOMEM" NOMEM_LOG="$T/log" NOMEM_OF="${ZXFR##*/}" "$1=$2" timeout 20 "$ZXFR" \
            "${words[@]}" >"$T/out" 2>"$T/err" </dev/null || status=$?
        case $status in
        0) [[ $GOOD ]] && cmp zone whole ;;
        2 | 3 | 5 | 11) [[ -s $T/err && $(<zone) == "; the old zone" ]] && err_clean ;;
        *) false ;;
        esac || { echo "$1=$2: $(head -n 1 "$T/log")" && show; }
    }
    # how many allocations are there? the first number that is none too many
    for ((all = 1000; all < 64000; all += 1000)); do
        starve NOMEM_AT "$all"
        grep -q failed "$T/log" || break
    done
    # a sample: most of them are for the names of algorithms
    step=$((all / ${NOMEM_SAMPLES:-50}))
    for ((n = 1; n < all; n += step)); do
        starve NOMEM_AT "$n"
        starve NOMEM_FROM "$n"
    done
    # whom we do not trust does not become trusted
    GOOD=
    words+=(--tls-hostname nobody.test)
    for ((n = 2; n < all; n += step)); do
        starve NOMEM_AT "$n"
    done
}

@test "one context for all attempts" {
    need_strace
    front good
    cp "$CA" roots.pem
    strace -f -e trace=openat,open -o "$T/trace" "$ZXFR" example.com "$S" "$S" "$S" --tls-ca roots.pem \
        --tls-hostname nobody.test >"$T/out" 2>"$T/err" || true
    count_is 3 "not for nobody.test" "$T/err" || true
    [[ $(grep -c 'roots.pem' "$T/trace") == 1 ]]
}
