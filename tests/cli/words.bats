#!/usr/bin/env bats
# The words of the command line: what they may be, where they may stand, what is said of others.

load helper

@test "words may stand in any order" {
    primary_start "$ZONE"
    for words in "example.com $S axfr" "$S example.com axfr" "axfr $S example.com" \
        "-t axfr example.com $S" "$S -t AXFR example.com" "example.com -taxfr $S" \
        "get $S example.com" "$S get example.com" "-v get example.com $S" "--type=axfr example.com $S"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        whole "$T/out"
    done
}

@test "the server's port is given with # or : or -p" {
    primary_start "$ZONE"
    for words in "@127.0.0.1#$PORT" "@127.0.0.1:$PORT" "@127.0.0.1 -p $PORT" "-p$PORT @127.0.0.1" \
        "@127.0.0.1 --port=$PORT" "@127.0.0.1 --port $PORT" "@127.0.0.1#$PORT -p 1" \
        "@localhost#$PORT -4" "@localhost:$PORT -4"; do
        # shellcheck disable=SC2086
        zx example.com $words
        is 0
        whole "$T/out"
    done
}

@test "IPv6 addresses" {
    primary_start -a ::1 "$ZONE"
    for words in "@[::1]:$PORT" "@[::1]#$PORT" "@::1#$PORT" "@::1 -p $PORT" "@[::1] -p $PORT" \
        "-6 @[::1]:$PORT"; do
        # shellcheck disable=SC2086
        zx example.com $words
        is 0
        whole "$T/out"
    done
}

@test "-4 and -6 refuse an address of the other family" {
    primary_start "$ZONE"
    zx example.com "$S" -6
    is 3
    err_has family
    zx example.com "@[::1]:$PORT" -4
    is 3
    err_has family
}

@test "-b chooses the local address and port" {
    closed_port
    primary_start --do "delay 0 300" "$ZONE"
    zx_start example.com "$S" -b 127.0.0.9
    eventually connected_from 0900007F
    zx_wait
    is 0
    zx_start example.com "$S" "--bind=127.0.0.9#$CLOSED"
    eventually connected_from "0900007F:$(printf %04X "$CLOSED")"
    zx_wait
    is 0
    whole "$T/out"
}

# The local and the remote address of a connection, as the kernel lists them.
connected_from() { grep -q "^ *[0-9]*: $1[:0-9A-F]* 0100007F:$(printf %04X "$PORT") " /proc/net/tcp; }

@test "-b refuses what is no address" {
    for bad in nohost 127.0.0.1#x 127.0.0.1#0 127.0.0.1#70000 "" "#53" 300.1.1.1; do
        zx example.com @127.0.0.1 -b "$bad"
        usage_error --bind
    done
    zx example.com @127.0.0.1 -6 -b 127.0.0.1
    usage_error --bind
}

@test "-b with an address that this host does not have" {
    primary_start "$ZONE"
    zx example.com "$S" -b 192.0.2.77
    is 3
    err_has -b
}

@test "dig's words that are true here, or change nothing, are accepted" {
    primary_start "$ZONE"
    zx +noall +answer +onesoa +nocmd +nostats +nocomments +tcp example.com "$S"
    is 0
    whole "$T/out"
    err_empty
    zx +NOALL example.com "$S" +Answer
    is 0
    zx +vc +dnssec +nocookie +noadflag +cdflag +norecurse +nomulti +bufsize=4096 +edns=0 +nonsid \
        +nosplit +noidnout +ignore +noshort +noquestion +nocl=x example.com "$S"
    usage_error "+nocl"
    zx +vc +dnssec +nocookie +noadflag +cdflag +norecurse +nomulti +bufsize=4096 +edns=0 +nonsid \
        +nosplit +noidnout +ignore +noshort +noquestion example.com "$S"
    is 0
    err_empty
    whole "$T/out"
}

@test "dig's other words are refused, with what does it here, or why not" {
    while read -r word option; do
        zx "$word" example.com @127.0.0.1
        usage_error "${word%%=*}" "$option"
    done <<'LIST'
+multiline --pretty
+multi --pretty
+noclass --no-class
+nottlid --no-ttl
+nottl --no-ttl
+generic --generic
+unknownformat --generic
+timeout=5 --idle-timeout
+time=5 --answer-timeout
+retry=3 --retry
+stats -v
+qr -vv
+nsid -v
+nssearch audit
+short --only
+noedns without it
+novc TCP
+notcp TCP
+quic TLS
+noanswer /dev/null
+noonesoa SOA
+nocrypto --no-dnssec
+tls-sni=x --tls-hostname
+subnet=192.0.2.0/24 same
+search whole
LIST
    for word in +tls-sni=x +notls +https + +noall=1 +answers +no +nono +n +edns=1 +nobufsize=1; do
        zx "$word" example.com @127.0.0.1
        usage_error "${word%%=*}"
    done
}

# A word that was accepted lets the parser come to what is wrong behind it.
@test "every word of dig and kdig is accepted, an option, or explained" {
    dig -h | grep -oE '^ +\+(\[no\])?[a-z0-9-]+' | tr -d ' +' >words
    kdig --help | grep -oE '^ +\+(\[no\])?[a-z0-9-]+' | tr -d ' +' >>words
    (($(wc -l <words) > 120)) || { cat words && return 1; }
    while read -r word; do
        for form in "${word/\[no\]/}" "${word/\[no\]/no}"; do
            for value in "" =5; do
                zx example.com @127.0.0.1 "+$form$value" --nonsense
                is 2
                err_lacks "is not an option of zxfr"
            done
        done
    done < <(sort -u words)
}

@test "an empty word is not a zone, whatever the command" {
    long=$(printf 'a.%.0s' {1..2000})
    for command in get "sync -d ." "watch -d ."; do
        # shellcheck disable=SC2086 # words
        zx $command "" @127.0.0.1
        usage_error "zxfr: the name of the zone is empty"
        # shellcheck disable=SC2086
        zx $command "$long" @127.0.0.1
        usage_error "a.a.a.a"
    done
    zx sync --catalog @127.0.0.1 -d .
    usage_error "the name of the zone is empty"
}

@test "commands of later versions are reserved, with the hint at the trailing dot" {
    for word in log show; do
        zx "$word" @127.0.0.1
        usage_error "$word" "$word."
        zx @127.0.0.1 -v "$word" example.com
        usage_error "$word" "$word."
    done
}

@test "a name with a trailing dot is a zone, never a command" {
    zone_text show. >"$T/show.zone"
    primary_start "$T/show.zone" "$ZONE"
    zx show. "$S"
    is 0
    whole "$T/out" 7 show.
    zx get show "$S"
    is 0
    whole "$T/out" 7 show.
    zx example.com. "$S"
    is 0
    whole "$T/out"
}

@test "the zone may be called like a word of the command line" {
    zone_text axfr. >"$T/axfr.zone"
    zone_text get. >"$T/get.zone"
    primary_start "$T/axfr.zone" "$T/get.zone"
    zx axfr. "$S"
    is 0
    whole "$T/out" 7 axfr.
    zx get get "$S"
    is 0
    whole "$T/out" 7 get.
    zx get. "$S" axfr
    is 0
    whole "$T/out" 7 get.
}

@test "the query: name, type, class, EDNS" {
    primary_start --query-log "$T/log" "$ZONE"
    zx EXAMPLE.com "$S"
    is 0
    # ID (2 octets), QUERY without RD, one question, one OPT
    grep -qix '....00000001000000000001074558414d504c4503636f6d0000fc0001000029.*' "$T/log" || {
        cat "$T/log"
        return 1
    }
}

@test "names with escapes" {
    primary_start --refuse REFUSED --query-log "$T/log"
    while read -r name wire; do
        : >"$T/log"
        zx "$name" "$S"
        is 4
        err_clean
        grep -q "${wire}00fc0001" "$T/log" || {
            echo "$name" && cat "$T/log"
            return 1
        }
    done <<'LIST'
a\.b.example 03612e62076578616d706c6500
\065bc 0341626300
a\032b. 0361206200
\000.x 0100017800
a\\b 03615c6200
\@ 014000
x\255 0278ff00
_sip._tcp.example 045f736970045f746370076578616d706c6500
. 000100
LIST
}

@test "bad names" {
    long=$(printf 'a%.0s' {1..64})
    deep=$(printf 'abcdefg.%.0s' {1..32})
    zx '' @127.0.0.1
    usage_error empty
    for name in a..b .a 'a\' 'a\2' 'a\25' 'a\256' 'a\99x' "$long" "$deep" "a b" $'a\tb' $'a\x1b[31mb' ..; do
        zx "$name" @127.0.0.1
        usage_error "is not the name of a zone"
    done
    primary_start --refuse REFUSED
    zx "${long:1}" "$S"
    is 4
    zx "${deep:0:250}" "$S"
    is 4
}

@test "names that are not ASCII become A-labels, or ask for them" {
    if [[ -z $IDN ]]; then
        for name in bücher.example пример. $'b\xfccher.example'; do
            zx "$name" @127.0.0.1
            usage_error xn-- "built without libidn2"
        done
        zx bücher.example @127.0.0.1
        err_has 'zxfr: b\195\188cher.example: give'
        zx example.com @bücher.example
        usage_error xn--
        zx convert "$ZONE" --origin bücher.example
        usage_error --origin xn--
        return
    fi
    zone_text xn--bcher-kva.example. >"$T/idn.zone"
    primary_start "$T/idn.zone"
    for name in bücher.example bücher.example. BÜCHER.Example bücher。example $'bu\xcc\x88cher.example' \
        xn--bcher-kva.example; do
        LC_ALL=C zx "$name" "$S"
        is 0
        whole "$T/out" 7 xn--bcher-kva.example.
    done
    zx bücher.example "$S" -o "$T/idn" --report "$T/report" -v
    is 0
    err_clean
    whole "$T/idn" 7 xn--bcher-kva.example.
    [[ $(jq -r .zone "$T/report") == xn--bcher-kva.example* ]] || { jq . "$T/report" && return 1; }
    for words in "check bücher.example$S" "diff bücher.example$S bücher.example$S" "diff bücher.example $S $S" \
        "get bücher.example$S" "convert --origin bücher.example $T/idn"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        err_clean
    done
    mkdir "$T/many"
    printf 'bücher.example\n' >"$T/list"
    for words in bücher.example "--list $T/list" "--list $T/list --pick bücher.example"; do
        # shellcheck disable=SC2086
        zx sync -d "$T/many" $words "$S"
        is 0
        grep -q "^; zxfr end: xn--bcher-kva.example. IN " "$T/many/xn--bcher-kva.example.zone"
        rm "$T/many/xn--bcher-kva.example.zone"
    done
    for name in $'b\xfccher.example' "$(printf 'ü%.0s' {1..80}).example" ⒈bücher.example 'bü cher' \
        'bü\.cher' a..ü $'bü\x1b[31m'; do
        zx "$name" @127.0.0.1
        usage_error name
        zx example.com "@$name"
        usage_error name
    done
    zx $'b\xfccher.example' @127.0.0.1
    err_has 'b\252cher.example is not a name in UTF-8'
}

@test "servers whose names are not ASCII" {
    [[ -n $IDN ]] || skip "without libidn2"
    zx example.com @bücher.example#x
    usage_error "@xn--bcher-kva.example#x: x is not a port number"
    zx example.com @bücher.example --server-key bücher.example=/none --server-key xn--bcher-kva.example=/none
    usage_error "two files for xn--bcher-kva.example"
    zx example.com @ns1.example --server-key bücher.example=/none
    usage_error "@xn--bcher-kva.example is not on the command line"
}

@test "a word that is meant to be something else than a zone is refused" {
    while IFS='|' read -r words message; do
        # shellcheck disable=SC2086
        zx $words
        usage_error
        [[ $(<"$T/err") == "zxfr: $message" ]] || { echo "expected: $message" && show; }
    done <<'LIST'
example.com ns1.example.net|two zones, example.com and ns1.example.net; if one is a server, write @ns1.example.net
com a.example|two zones, com and a.example; if one is a server, write @a.example; --help lists the commands
example.com example.net @ns1|two zones, example.com and example.net; zxfr sync takes several
@ns1 example.com example.net|two zones, example.com and example.net; zxfr sync takes several
192.0.2.1 example.com|192.0.2.1 is an address, not a zone: a server is written @192.0.2.1, and a reverse zone is such as 2.0.192.in-addr.arpa
2001:db8::1|2001:db8::1 is an address, not a zone: a server is written @2001:db8::1, and a reverse zone is such as 2.0.192.in-addr.arpa
https://example.com/|a URL is no zone; do you mean example.com?
https://user:secret@example.com:8443/x?y|a URL is no zone; do you mean example.com?
https:///x|a URL is no zone
dns://127.0.0.1/example.com|a URL is no zone; do you mean example.com @127.0.0.1?
dns://127.0.0.1:5353/example.com?type=AXFR|a URL is no zone; do you mean example.com @127.0.0.1#5353?
dns://127.0.0.1:5353|a URL is no zone; do you mean the server @127.0.0.1#5353?
dns://user:secret@ns1:53/|a URL is no zone; do you mean the server @ns1#53?
dns://ns1:nonsense/a|a URL is no zone; do you mean a @ns1?
https://127.0.0.1:5391/example.com|a URL is no zone; do you mean the server @127.0.0.1#5391?
https://[::1]/example.com|a URL is no zone; do you mean the server @[::1]?
tls://127.0.0.1:853 example.com|a URL is no zone; do you mean the server @127.0.0.1#853 --tls?
example.com tls://ns1|a URL is no zone; do you mean the server @ns1 --tls?
tls://ns1:853/example.com|a URL is no zone; do you mean example.com @ns1#853 --tls?
sync https://example.com/ @ns1|a URL is no zone; do you mean example.com?
sync example.com@ns1|example.com@ns1: a blank is missing: example.com @ns1
sync example.com,example.net @ns1|example.com,example.net: zones and servers have blanks between, not commas
audit 192.0.2.1|192.0.2.1 is an address, not a zone: a server is written @192.0.2.1, and a reverse zone is such as 2.0.192.in-addr.arpa
convert x --origin 192.0.2.1|--origin: 192.0.2.1 is an address, not a zone: a server is written @192.0.2.1, and a reverse zone is such as 2.0.192.in-addr.arpa
update example.com @ns1|update is not a command: use zxfr --update -o FILE ZONE @SERVER
fetch example.com @ns1|fetch is not a command: leave it out: zxfr ZONE @SERVER
a.zone diff v.zone|the command comes first: zxfr diff a.zone
-o example.com @ns1|no zone given, and -o has taken example.com as its FILE: zxfr ZONE [@SERVER]
@ns1 -vk example.com|no zone given, and -k has taken example.com as its FILE: zxfr ZONE [@SERVER]
-o=e3.zone example.com @ns1|-o=: write -o e3.zone or --output=e3.zone
-vp=53 example.com @ns1|-p=: write -p 53 or --port=53
-o= example.com @ns1|-o=: write -o FILE or --output=FILE
-y=k:c2VjcmV0 example.com @ns1|-y=: write -y [ALG:]NAME:SECRET or --key=[ALG:]NAME:SECRET
diff -u old new|unknown option -u: lines with - and + are what diff writes anyway
sync example.com @ns1 -o zones|--output is not for sync, which writes NAME.zone in the folder of -d DIR
watch example.com @ns1 --output=zones|--output is not for watch, which writes NAME.zone in the folder of -d DIR
–pretty example.com @ns1|the dash before pretty is not -: do you mean --pretty?
—pretty=x example.com @ns1|the dash before pretty is not -: do you mean --pretty?
-–pretty example.com @ns1|the dash before pretty is not -: do you mean --pretty?
–––é example.com @ns1|the dash before \195\169 is not -: do you mean --\195\169?
−o file example.com @ns1|the dash before o is not -: do you mean -o?
“example.com” @ns1|the quotes of example.com are not those of a shell, " and '; do you mean example.com?
example.com “@ns1”|the quotes of @ns1 are not those of a shell, " and '; do you mean @ns1?
example.com @«ns1»|the quotes of ns1 are not those of a shell, " and '; do you mean ns1?
“k:c2VjcmV0”|the quotes of a word are not those of a shell, " and '
check ‘none’|the quotes of none are not those of a shell, " and '; do you mean none?
check example.com @192.0.2.1#53|check takes a zone on a server as one word: write example.com@192.0.2.1#53
catalog catz @ns1|catalog takes a zone on a server as one word: write catz@ns1
convrt file|convrt is not a command; do you mean convert?
dif old new|dif is not a command; do you mean diff?
chekc|chekc is not a command; do you mean check? The zone of that name is written chekc.
audti --tls|audti is not a command; do you mean audit? The zone of that name is written audti.
help chekc|chekc is not a command; do you mean check?
help nosuch|nosuch is not a command; --help lists them
LIST
}

@test "a file that is there, and is no zone" {
    mkdir etc 0
    cp "$ZONE" e.zone
    echo example.com | tee etc/zones.list >zones.list
    for command in sync watch; do
        for list in etc/zones.list zones.list; do
            zx $command $list -d . @127.0.0.1
            usage_error "$list is a file: a list of zones is --list $list"
        done
    done
    zx -v e.zone
    usage_error "e.zone is a file: zxfr check and zxfr convert read files. The zone of that name is written e.zone."
    primary_start --refuse REFUSED
    zx e.zone "$S"
    is 4
    zx sync zone.list 0/25.2.0.192.in-addr.arpa zones.list. e.zone -d . "$S"
    is 4
}

@test "a file whose name begins with a dash or quote of a web page is read" {
    local quoted=$'\xe2\x80\x9cz\xe2\x80\x9d' dashed=$'\xe2\x80\x93z'
    cp "$ZONE" "$quoted"
    cp "$ZONE" "$dashed"
    zx check "$quoted" "$dashed"
    is 0
}

# What is forgotten before a key, or pasted in a wrong place. Each word has c2VjcmV0 in it.
@test "what may be a secret is neither shown nor asked for" {
    while IFS='|' read -r words message; do
        # shellcheck disable=SC2086
        zx $words
        usage_error "$message"
        err_lacks c2VjcmV0
        err_lacks RlY3JldA
    done <<'LIST'
hmac-sha256:k:c2VjcmV0|a word that is not shown is no zone: a key? That is given with -k FILE, or -y
hmac-sha256:k:c2VjcmV0 example.com @127.0.0.1|no zone: a key?
example.com hmac-sha256:k:c2VjcmV0 @127.0.0.1|no zone: a key?
HMAC-SHA256:k:c2VjcmV0RlY3JldA== @127.0.0.1|no zone: a key?
hmac-md5.sig-alg.reg.int:k:c2VjcmV0 @127.0.0.1|no zone: a key?
hmac-sha256:k:c2V://c2VjcmV0 @127.0.0.1|no zone: a key?
sha256:k:c2V://c2VjcmV0 @127.0.0.1|no zone: a key?
hmac-sha256,k,c2VjcmV0 @127.0.0.1|no zone: a key?
hmac-sha256,k,c2VjcmV0@127.0.0.1|no zone: a key?
k:c2VjcmV0 @127.0.0.1|no zone: a key?
sha256:k:c2VjcmV0 @127.0.0.1|no zone: a key?
k:c2VjcmV0,h @127.0.0.1|no zone: a key?
sync example.com hmac-sha256:k:c2VjcmV0 @127.0.0.1|no zone: a key?
audit hmac-sha256:k:c2VjcmV0 @127.0.0.1|no zone: a key?
convert x --origin hmac-sha256:k:c2VjcmV0|no zone: a key?
@hmac-sha256:k:c2VjcmV0 example.com|a word that is not shown is no server: a key? That is given with -k FILE, or -y
@hmac-sha256:k:c2VjcmV0RlY3JldA== example.com|no server: a key?
@k:c2VjcmV0 example.com|no server: a key?
@k#k:c2VjcmV0 example.com|no server: a key?
@[k:c2VjcmV0 example.com|no server: a key?
audit example.com --also k:c2VjcmV0|no server: a key?
@hmac-sha256,k,c2VjcmV0 example.com|servers have blanks between: @NAME @NAME
@u:c2VjcmV0@127.0.0.1 example.com|servers have blanks between: @NAME @NAME
@127.0.0.1@u:c2VjcmV0@127.0.0.2 example.com|servers have blanks between: @NAME @NAME
@k:c2VjcmV0,h example.com|servers have blanks between: @NAME @NAME
@k:c2VjcmV0, example.com|servers have blanks between: @NAME @NAME
example.com@u:c2VjcmV0@127.0.0.1|servers have blanks between: @NAME @NAME
check example.com@u:c2VjcmV0@127.0.0.1|servers have blanks between: @NAME @NAME
check @u:c2VjcmV0@127.0.0.1|servers have blanks between: @NAME @NAME
example.com@@127.0.0.1|@@127.0.0.1: one @ is enough: @127.0.0.1
dns://u:p/c2VjcmV0@127.0.0.1/example.com|a URL is no zone
dns://u:p?c2VjcmV0@127.0.0.1/example.com|a URL is no zone
dns://u:c2VjcmV0@127.0.0.1/example.com|a URL is no zone
dns://c2VjcmV0@RlY3JldA@127.0.0.1/example.com|a URL is no zone
@dns://u:p/c2VjcmV0@127.0.0.1 example.com|a URL is no server
@https://u:c2VjcmV0@127.0.0.1/ example.com|a URL is no server
+tsig=k:c2VjcmV0 example.com @127.0.0.1|+tsig: use -vv instead
+ednsopt=8:c2VjcmV0 example.com @127.0.0.1|+ednsopt: the EDNS options
+https=https://u:c2VjcmV0@127.0.0.1/ example.com|+https: zones are transferred over TCP
+key=c2VjcmV0 example.com @127.0.0.1|+key is not an option of zxfr
+k:c2VjcmV0 example.com @127.0.0.1|+k is not an option of zxfr
+tcp=c2VjcmV0 example.com @127.0.0.1|+tcp takes no value
+cookie=c2VjcmV0 help|+cookie is not for help
LIST
    # no host or zone is made of the rest
    zx dns://u:p/c2VjcmV0@127.0.0.1/example.com
    [[ $(<"$T/err") == "zxfr: a URL is no zone" ]] || show
    cat >list <<'LIST'
hmac-sha256:k:c2VjcmV0
a @hmac-sha256:k:c2VjcmV0
b @127.0.0.1 +tsig=k:c2VjcmV0
c @127.0.0.1 +key=c2VjcmV0
d @u:c2VjcmV0@127.0.0.1
e @127.0.0.1 k:c2VjcmV0
LIST
    zx sync --list list -d "$T/box"
    is 2
    (($(wc -l <"$T/err") >= 6)) || show
    err_lacks c2VjcmV0
    for word in 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0"; };' 'k c2VjcmV0' \
        'key{secret c2VjcmV0;}' $'k\nc2VjcmV0' 'secret="c2VjcmV0"'; do
        zx example.com "@127.0.0.1#1" -k "$word"
        is 2
        err_has "may hold a secret"
        err_lacks c2VjcmV0
        zx example.com @127.0.0.1 -p 1 --server-key "127.0.0.1=$word"
        is 2
        err_has "may hold a secret"
        err_lacks c2VjcmV0
    done
}

@test "a backslash before @ is of a name unless it has one itself" {
    primary_start --refuse REFUSED --query-log "$T/log"
    while read -r name wire; do
        : >"$T/log"
        zx "$name$S"
        is 4
        grep -q "${wire}00fc0001" "$T/log" || { echo "$name" && cat "$T/log" && return 1; }
    done <<'LIST'
a\\ 02615c00
a\@b 0361406200
a\@b\\ 046140625c00
a\,b\\ 04612c625c00
LIST
    zx 'a\\,b' "$S"
    usage_error "zones and servers have blanks between"
}

@test "odd names are zones all the same, written with a dot at their end or a backslash" {
    primary_start --refuse REFUSED --query-log "$T/log"
    while read -r name wire; do
        : >"$T/log"
        zx "$name" "$S"
        is 4
        grep -q "${wire}00fc0001" "$T/log" || { echo "$name" && cat "$T/log" && return 1; }
    done <<'LIST'
192.0.2.1. 0331393201300132013100
a\,b 03612c6200
0/25.2.0.192.in-addr.arpa 04302f3235013201300331393207696e2d61646472046172706100
chekc 056368656b6300
get. 0367657400
LIST
}

@test "the class IN behind the name, as dig has it; in and ch are zones, too" {
    zone_text in. >"$T/in.zone"
    zone_text ch. >"$T/ch.zone"
    primary_start "$ZONE" "$T/in.zone" "$T/ch.zone"
    for words in "example.com IN AXFR $S" "$S AXFR example.com in" "IN example.com axfr $S" \
        "-t AXFR example.com IN $S" "in in example.com $S" "axfr example.com $S" "-c IN example.com IN $S"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        whole "$T/out"
    done
    zx in "$S"
    is 0
    whole "$T/out" 7 in.
    zx in IN "$S" axfr
    is 0
    whole "$T/out" 7 in.
    zx ch "$S"
    is 0
    whole "$T/out" 7 ch.
    zx ch IN "$S"
    is 0
    whole "$T/out" 7 ch.
}

@test "ZONE@SERVER is a zone and its server" {
    primary_start "$ZONE"
    for words in "example.com$S" "example.com@127.0.0.1:$PORT axfr" "example.com@ @127.0.0.1 -p $PORT" \
        "get example.com$S"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        whole "$T/out"
    done
    zx "example.com$S" example.net
    usage_error "two zones"
}

@test "-- ends the options" {
    zone_text -v. >"$T/v.zone"
    primary_start "$T/v.zone"
    zx "$S" -- -v
    is 0
    whole "$T/out" 7 -v.
    zx -- "$S" -v.
    is 0
    zx -- -v. -o "$S"
    usage_error "two zones"
}

@test "no zone, two zones, too many servers" {
    zx
    usage_error "no zone given" "-h tells more"
    zx @127.0.0.1
    usage_error zone
    zx get
    usage_error zone
    zx example.com example.net @127.0.0.1
    usage_error example.com example.net
    servers=()
    for _ in {1..40}; do servers+=(@127.0.0.1); done
    zx example.com "${servers[@]}"
    usage_error servers
}

@test "bad servers" {
    for word in @ @# @: @:53 @#53 @127.0.0.1# @127.0.0.1: @127.0.0.1#x @127.0.0.1#0 @127.0.0.1#65536 \
        @127.0.0.1#-1 @127.0.0.1#+5 '@127.0.0.1# 5' '@[]' '@[::1' '@[::1]x' '@[::1]:' '@[::1]:x' \
        "@$(printf 'a%.0s' {1..300})"; do
        zx example.com "$word"
        usage_error "${word:0:80}"
    done
}

@test "bad ports" {
    for port in 0 65536 99999999999 -1 x "" " 53" 53x 0x35; do
        zx example.com @127.0.0.1 --port="$port"
        usage_error --port
        zx example.com @127.0.0.1 -p "$port"
        usage_error --port
    done
}

@test "times: seconds, s, m, h" {
    primary_start "$ZONE"
    for time in 5 5s 1m 2h 1000000000 007; do
        zx example.com "$S" --connect-timeout "$time" --answer-timeout "$time" \
            --idle-timeout="$time" --max-time "$time"
        is 0
    done
    zx example.com "$S" --max-time 0
    is 0
}

@test "bad times" {
    for option in --connect-timeout --answer-timeout --idle-timeout --max-time; do
        for time in "" x -1 1.5 5x 5ss s 1y 1000000000w " 5" 99999999999999999999 1e3; do
            zx example.com @127.0.0.1 "$option" "$time"
            usage_error "$option"
            zx example.com @127.0.0.1 "$option=$time"
            usage_error "$option"
        done
    done
    for option in --connect-timeout --answer-timeout --idle-timeout; do
        zx example.com @127.0.0.1 "$option" 0
        usage_error "$option"
    done
}

@test "classes" {
    primary_start --refuse REFUSED --query-log "$T/log"
    while read -r class code; do
        : >"$T/log"
        zx example.com "$S" -c "$class"
        is 4
        grep -q "00fc$code" "$T/log" || show
    done <<'LIST'
IN 0001
in 0001
CH 0003
HS 0004
CLASS1 0001
CLASS3 0003
class32 0020
LIST
    for class in "" XX NONE ANY CLASS0 CLASS254 CLASS255 CLASS65536 CLASS CLASSx 1; do
        zx example.com "$S" -c "$class"
        usage_error --class
    done
}

@test "unknown options, and the nearest name" {
    while read -r word near; do
        zx example.com @127.0.0.1 "$word"
        usage_error "${word%%=*}" "do you mean $near?"
    done <<'LIST'
--ouput --output
--outputs=x --output
--verbos --verbose
--no-tll --no-ttl
--prety --pretty
--max-tme=5 --max-time
--conect-timeout=3 --connect-timeout
--hlep --help
--list-type --list-types
LIST
    zx example.com @127.0.0.1 --xyzzyplugh
    usage_error --xyzzyplugh --help
    err_lacks "do you mean"
    zx example.com @127.0.0.1 -Z
    usage_error -Z --help
    zx example.com @127.0.0.1 "--$(printf 'x%.0s' {1..5000})"
    usage_error unknown
    zx example.com @127.0.0.1 $'--\x1b[31m'
    usage_error unknown
    zx example.com @127.0.0.1 $'-\x1b'
    usage_error unknown
}

@test "missing and superfluous values" {
    for option in --retry --max-records --max-bytes --min-records --max-shrink --report --record --type --class --port --bind --connect-timeout --answer-timeout --idle-timeout --max-time --format \
        --output -t -c -p -b -f -o; do
        zx example.com @127.0.0.1 "$option"
        usage_error needs
    done
    for option in --ipv4 --ipv6 --whole --touch --wait --relative --pretty --no-class --no-ttl \
        --generic --modern --strict --verbose --quiet --progress --no-progress --help --version --exit-code \
        --list-types; do
        zx example.com @127.0.0.1 "$option=yes"
        usage_error "$option" value
        zx example.com @127.0.0.1 "$option="
        usage_error "$option" value
    done
    zx example.com @127.0.0.1 --output=
    usage_error --output
}

@test "what is said of a bad value" {
    while IFS='|' read -r words message; do
        # shellcheck disable=SC2086
        zx example.com $words
        usage_error
        [[ $(<"$T/err") == "zxfr: $message" ]] || { echo "expected: $message" && show; }
    done <<'LIST'
-p 0|--port: 0 is not a port number
@ns1#x|@ns1#x: x is not a port number
@ns1#|@ns1#: the port is missing after the #
@192.0.2.1:|@192.0.2.1:: the port is missing after the :
@[2001:db8::1]#|@[2001:db8::1]#: the port is missing after the #
k:c2VjcmV0@192.0.2.1|a blank is missing between a zone and its server: ZONE @SERVER
MX|MX is a type of records, and zones are transferred whole; --only TYPE chooses what is written
any|any is a type of records, and zones are transferred whole; --only TYPE chooses what is written
type65|type65 is a type of records, and zones are transferred whole; --only TYPE chooses what is written
+json|+json: use --format json instead
+yaml|+yaml: use --format json instead
@#53|@#53 is not the name or address of a server
@a/b|@a/b is not the name or address of a server
@|@: the name or address of a server follows without a blank
@192.0.2.1@53|@192.0.2.1@53: the port comes after #: @192.0.2.1#53
@ns1@ns2|@ns1@ns2: servers have blanks between: @ns1 @ns2
@ns1,@ns2|@ns1,@ns2: servers have blanks between: @ns1 @ns2
@ns1,ns2|@ns1,ns2: servers have blanks between: @NAME @NAME
@ns1,|@ns1, is not the name or address of a server; do you mean @ns1?
@tls://192.0.2.1:853/|a URL is no server; do you mean @192.0.2.1#853 --tls?
@https://dns.example/dns-query|a URL is no server; do you mean @dns.example?
@dns://[2001:db8::1]:53|a URL is no server; do you mean @[2001:db8::1]#53?
@dns://u:secret@ns1:5391/example.com|a URL is no server; do you mean @ns1#5391?
@https://|a URL is no server
-o f --max-shrink 100%|--max-shrink: 100% is not a number from 0 to 99
-o f --max-shrink %|--max-shrink: % is not a number from 0 to 99
--retry 5%|--retry: 5% is not a number from 0 to 100
CH|CH is a class, which is given with -c CH
192.0.2.1|192.0.2.1 is an address, not a zone: a server is written @192.0.2.1, and a reverse zone is such as 2.0.192.in-addr.arpa
ns1:53|ns1:53 has a port: a server is written @ns1:53
192.0.2.1#53|192.0.2.1#53 has a port: a server is written @192.0.2.1#53
53|53: a port is given with -p, or as @SERVER#PORT
example.net,|example.net, is not the name of a zone; do you mean example.net?
example.net/|example.net/ is not the name of a zone; do you mean example.net?
/etc/db|/etc/db is a file, not a zone: zxfr convert and zxfr check read files
-output=x|-output: do you mean --output?
-key-file x|-key-file: do you mean --key-file?
-P 53|unknown option -P: the port is given with -p, or as @SERVER#PORT
-x|unknown option -x: a reverse zone is given by its name, such as 2.0.192.in-addr.arpa
-l|unknown option -l: a zone is transferred without an option: zxfr ZONE @SERVER
--serial 5|unknown option --serial: give ixfr=SERIAL, or --since SERIAL
--tsig x|unknown option --tsig: a key is given with -k FILE, or -y [ALG:]NAME:SECRET
--server ns1|unknown option --server: a server is written @SERVER
--frobnicate|unknown option --frobnicate; --help lists them
--st|unknown option --st; --help lists them
--max-time 5y|--max-time: 5y is not a time; give seconds, or 90s, 5m, 2h, 7d
--idle-timeout 0|--idle-timeout: the time must be above zero
--max-records 5x|--max-records: 5x is not a number above zero (k, M or G may follow)
--retry 101|--retry: 101 is not a number from 0 to 100
-c ANY|--class: ANY is not a class that a zone can have
-t A|--type: A is not a kind of transfer; there are axfr and ixfr=SERIAL
-t ixfr|ixfr: give the serial of the zone that you have: ixfr=SERIAL
-f xml|--format: xml is not a format; there are zone, jsonl, json, stats, zonemd, diff, ixfr, nsupdate
--color no|--color: "no" is not one of auto, always, never
-b host|--bind: host is neither ADDRESS nor ADDRESS#PORT
--only A,B|--only: "B" is not a type; give types with commas between: A,AAAA,TYPE65534
--tls-pin x|--tls-pin: x is not a pin, which is the SHA-256 of a public key in base64 (44 characters)
+multiline|+multiline: use --pretty instead
+shorts|+shorts is not an option of zxfr; --help lists them
--tls|without a server on the command line TLS needs --tls-hostname or --tls-pin: the names that the zone gives prove nothing
-f ixfr @ns1|the format ixfr is for changes only: give ixfr=SERIAL
-f ixfr @ns1 ixfr=1 --min-records 5|--min-records has no effect on changes
-f json @ns1 --relative|--relative has no effect with the format json
LIST
    zx diff a b --ignore ttl,x
    usage_error '--ignore: "x" is not one of ttl, serial, soa, dnssec, zonemd'
    zx diff a b -f zone
    usage_error "the format zone is for zones, not for changes"
}

@test "letters may be joined" {
    primary_start "$ZONE"
    zx -v4p"$PORT" example.com @127.0.0.1
    is 0
    err_has connected
    zx -v4Zp"$PORT" example.com @127.0.0.1
    usage_error -Z
}

@test "what excludes each other" {
    zx example.com @127.0.0.1 --generic --modern
    usage_error --generic --modern
    for option in --relative --pretty --max-shrink=5; do
        zx example.com @127.0.0.1 "$option" -o z -f jsonl
        usage_error "${option%=*}" jsonl
        zx example.com @127.0.0.1 -f json "$option" -o z
        usage_error "${option%=*}" json
    done
    zx example.com @127.0.0.1 --typed
    usage_error --typed zone
    zx example.com @127.0.0.1 -f jsonl --typed --generic
    usage_error --generic --typed
    for option in --touch --wait --exit-code --max-shrink=5; do
        zx example.com @127.0.0.1 "$option"
        usage_error "${option%=*}" "-o FILE"
        zx example.com @127.0.0.1 "$option" -o -
        usage_error "${option%=*}" "-o FILE"
    done
}

@test "features of later versions are usage errors" {
    for words in "--update" "--no-fallback" "--diff-to x"; do
        # shellcheck disable=SC2086
        zx example.com @127.0.0.1 $words
        usage_error
    done
    box_holds
    zx example.com @127.0.0.1 -t A
    usage_error --type axfr
    zx example.com @127.0.0.1 -f ZONE
    usage_error --format zone
}

@test "an option that means nothing to a command is an error, wherever it stands" {
    for words in "-t axfr" "-p 5" -4 -6 "-b 127.0.0.1" "--connect-timeout 5" "--answer-timeout 5" "--idle-timeout 5" \
        "--retry 2" "--server-key x=y" --tls "--tls-hostname x" "--tls-ca x" --tls-alpn --tls-insecure \
        "--tls-pin wPcNyLa7JZoRkpn/Kst0TSJGvGB+A8nt/DfRQEXkkPs=" "--tls-cert x" "--tls-key x" +tls \
        "--max-bytes 5" "--record x" "--since 5" \
        --update --no-fallback "--diff-to x"; do
        # shellcheck disable=SC2086
        zx convert "$ZONE" $words
        usage_error "is not for convert"
        # shellcheck disable=SC2086
        zx $words convert "$ZONE"
        usage_error "is not for convert"
    done
    for words in "--origin example.com" --accept-incomplete; do
        # shellcheck disable=SC2086
        zx $words @127.0.0.1
        usage_error "${words%% *} is not for get"
        # shellcheck disable=SC2086
        zx get example.com @127.0.0.1 $words
        usage_error "${words%% *} is not for get"
    done
    box_holds
}

@test "what convert takes: one file, no server, none of dig's words" {
    zx convert
    usage_error "no file given"
    zx convert ""
    usage_error empty
    zx convert a b
    usage_error "two files" a b
    zx convert "$ZONE" @127.0.0.1
    usage_error @127.0.0.1 "does not ask servers" ./@127.0.0.1
    zx @127.0.0.1 convert "$ZONE"
    usage_error "does not ask servers"
    zx convert "$ZONE" +tcp
    usage_error "+tcp is not for convert"
    zx convert -- "$ZONE"
    is 0
    whole "$T/out"
    for name in get convert axfr @x -x; do
        cp -- "$ZONE" "./$name"
        zx convert -- "./$name"
        is 0
        whole "$T/out"
    done
    zx convert get # behind a command every word is a file
    is 0
    whole "$T/out"
    zone_text convert. >"$T/convert.zone"
    primary_start "$T/convert.zone"
    zx convert. "$S"
    is 0
    whole "$T/out" 7 convert.
    for words in "convert x --help" "--help convert x" "convert --help" "--help convert"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        out_has "zxfr convert [OPTION...] FILE"
    done
}

@test "-h and --help" {
    for option in -h --help; do
        zx "$option"
        is 0
        err_empty
        out_has "Usage: zxfr"
        grep -qi "exit status" "$T/out" || show
    done
    zx example.com @127.0.0.1 --help
    is 0
    out_has "Usage: zxfr"
    out_has --list-types
}

@test "-h is one screen, wherever it stands" {
    for words in -h "-vh" "example.com -h" "-h @127.0.0.1"; do
        # shellcheck disable=SC2086
        zx $words
        is 0
        err_empty
        ((10 <= $(wc -l <"$T/out") && $(wc -l <"$T/out") <= 23)) || show
        refute grep -q '.\{81\}' "$T/out"
        for command in convert diff check catalog sync watch audit; do
            grep -q "^  $command  *[a-z]" "$T/out" || show
        done
        out_has "-o, --output FILE"
        out_lacks --list-types
    done
    # the last one counts
    zx -h --help
    out_has --list-types
    zx --help -h
    out_lacks --list-types
}

@test "help of one command: what is for it, and nothing else" {
    while read -r command has lacks; do
        zx help "$command"
        is 0
        err_empty
        grep -q "^Usage: zxfr \[*$command\b" "$T/out" || show
        count_is 1 Usage: "$T/out"
        for option in ${has//,/ }; do
            grep -q -- " --$option\b" "$T/out" || { echo "$option" && show; }
        done
        for option in ${lacks//,/ }; do
            refute grep -q -- "^ .\{5\}--$option\b" "$T/out"
        done
        refute grep -q '.\{101\}' "$T/out"
        cp "$T/out" "$T/help"
        for words in "$command --help" "--help $command" "$command -h" "$command x --help" \
            "help $command --help"; do
            [[ $words != *x* || $command == @(get|convert|diff) ]] || continue
            # shellcheck disable=SC2086
            zx $words
            is 0
            cmp "$T/help" "$T/out"
        done
    done <<'LIST'
get type,since,port,tls,update,output,report,help,version origin,ignore,case,stat
convert origin,condense,sort,output,key-file,max-time,report,allow-older,force port,tls,update,record,type,ignore
diff origin,port,tls,ignore,case,stat,new-file,output,report sort,update,force,type,exit-code
check origin,port,tls,require,level,format,max-findings output,sort,update,report
catalog origin,port,tls,key-file,format,max-records output,sort,update,report,accept-incomplete,level
help help,version output,sort,port,verbose
version help,version output,sort,port,verbose
completion help,version output,sort,port,verbose
LIST
}

@test "help of one command: texts are about it alone" {
    while IFS='|' read -r command text; do
        zx help "$command"
        tr -s ' \n' ' ' <"$T/out" >"$T/flat"
        grep -qF -- "$text" "$T/flat" || { echo "$text" && show; }
        for other in "and in sync" "in sync:" "; of many zones" "(default 20; in check" "; audit: "; do
            refute grep -qF -- "$other" "$T/flat"
        done
    done <<'LIST'
get|--wait queue after another run that writes FILE
sync|--wait queue after another run that works in DIR
sync|--no-fallback fail rather than ask
sync|--exit-code exit 1 if any file was replaced
watch|--allow-older replace a file by a zone
diff|-o, --output FILE replace FILE once all changes are known, and only then
convert|--memory SIZE sort in so much memory, and in TMPDIR
catalog|--max-findings N how many errors of a file are told, or findings (default 20)
check|--fail-on WHAT exit 1 on findings of this level (default error)
audit|--color WHEN colours in the table (default auto)
LIST
}

@test "help of one command: a value that it does not take is not told" {
    while read -r command option takes lacks; do
        zx help "$command"
        for word in ${takes//,/ }; do
            grep -q "^ \{37\}$word  " "$T/out" || { echo "$word" && show; }
        done
        for word in ${lacks//,/ }; do
            refute grep -q "^ \{37\}$word  " "$T/out"
            # it really takes none such
            [[ $command == get ]] || { zx "$command" "--$option" "$word" example.com@127.0.0.1 example.com@127.0.0.2 && usage_error; }
        done
    done <<'LIST'
get format zone,jsonl,json,stats,zonemd,diff,ixfr,nsupdate -
convert format zone,jsonl,json,stats,zonemd,diff,ixfr,nsupdate -
diff format jsonl,json,stats,diff,ixfr,nsupdate zone,zonemd
check format json zone,jsonl,stats,zonemd,diff,ixfr,nsupdate
check fail-on error,warning,info open,lag,differs,lame,unsigned,timeout
catalog format json zone,jsonl,diff
audit format json zone,jsonl,diff
audit fail-on open,lag,differs,lame,unsigned,timeout error,warning,info
LIST
}

@test "no line of --help is longer than 100 columns, and values are told below" {
    zx --help
    is 0
    refute grep -q '.\{101\}' "$T/out"
    for line in "zone      master file" "nsupdate  changes for" "never     nowhere" "axfr      the whole"; do
        grep -q "^ \{37\}$line" "$T/out" || { echo "$line" && show; }
    done
    # what is not for get says for which commands it is
    grep -q -- "--case  *diff: letter case" "$T/out" || show
    grep -q -- "--origin NAME  *convert, diff, check, catalog: the zone" "$T/out" || show
    # ... where the title of its group has not said so
    grep -q "^Many zones (sync, watch):" "$T/out" || show
    grep -q -- "--dir DIR  *the folder" "$T/out" || show
    grep -q -- "--recheck  *sync: " "$T/out" || show
    grep -q "^ \{37\}error     check: an error" "$T/out" || show
    # what a word means is told once
    count_is 1 "a digest of the zone" "$T/out"
    grep -q "^Reserved for later versions: log, " "$T/out" || show
}

# The table of options is in the source only; this is the list that users were promised.
@test "at a terminal the help has lines of its width, from 60 columns to 100" {
    "$ZXFR" --help | tr -s ' \n' ' ' >"$T/said"
    while read -r columns least most; do
        for words in --help "help get" "help check" "help audit"; do
            script -qec "stty cols $columns; '$ZXFR' $words" /dev/null </dev/null | tr -d '\r' >"$T/out"
            width=$(wc -L <"$T/out")
            ((width > least && width <= most)) || { echo "$words: $width columns of $columns" && show; }
        done
        script -qec "stty cols $columns; '$ZXFR' --help" /dev/null </dev/null | tr -s ' \r\n' ' ' |
            diff "$T/said" -
    done <<'LIST'
40 55 60
60 55 60
80 70 80
100 90 100
200 90 100
LIST
}

@test "every option is in --help, with its letter" {
    zx --help
    while read -r long letter; do
        grep -q -- "^  \(${letter:+$letter, }\|    \)$long\b" "$T/out" || {
            echo "$long $letter" && show
        }
    done <<'LIST'
--type -t
--class -c
--list-types
--port -p
--ipv4 -4
--ipv6 -6
--bind -b
--connect-timeout
--answer-timeout
--idle-timeout
--max-time
--retry
--max-records
--max-bytes
--min-records
--max-shrink
--exit-code
--report
--record
--format -f
--output -o
--whole
--touch
--wait
--relative
--pretty
--no-class
--no-ttl
--generic
--modern
--strict
--verbose -v
--quiet -q
--progress
--no-progress
--help -h
--version -V
--origin
--accept-incomplete
LIST
    # and whatever it lists is an option
    for option in $(grep -o '^ .\{5\}--[a-z0-9-]*' "$T/out" | grep -o -- '--.*'); do
        [[ $option == --help || $option == --version || $option == --list-* ]] && continue
        cp "$T/out" "$T/help"
        zx "$option"
        is 2
        err_lacks unknown
        cp "$T/help" "$T/out"
    done
}

@test "--version, and the commands version and help" {
    zx --help
    cp "$T/out" first
    zx help
    is 0
    cmp first "$T/out"
    for name in help version completion; do
        zone_text "$name." >"$T/$name.zone"
        primary_start "$T/$name.zone"
        zx "$name." "$S"
        is 0
        whole "$T/out" 7 "$name."
    done
    for word in --version -V; do
        zx "$word"
        is 0
        err_empty
        grep -qxE 'zxfr [0-9]+\.[0-9]+\.[0-9]+' "$T/out" || show
        [ "$(wc -l <"$T/out")" -eq 1 ] || show
    done
}

# The judges: what the libraries say to those who build with them, and -v of a run.
@test "version tells what a report of a bug should" {
    zx version
    is 0
    err_empty
    part() { sed -n "s/^$1 //p" "$T/out"; }
    [ "zxfr $(part zxfr)" = "$("$ZXFR" --version)" ] || show
    [ "$(part openssl)" = "$(pkg-config --modversion openssl)" ] || show
    [ "$(part c-ares)" = "$(pkg-config --modversion libcares)" ] || show
    [ "$(part jansson)" = "$(pkg-config --modversion jansson)" ] || show
    [ "$(cut -d' ' -f1 "$T/out" | grep -vx sandbox | paste -sd' ')" = "zxfr openssl c-ares jansson landlock seccomp" ] || show
    if [[ -n $SANITIZED ]]; then
        out_has "sandbox no (a build that watches itself)"
        return
    fi
    cp "$T/out" version
    zx convert -v "$ZONE"
    if grep -qE '^landlock [1-9]' version; then
        err_has "sandbox: files"
    else
        grep -q '^landlock no (' version && err_has "sandbox: not files"
    fi
    if grep -qx 'seccomp yes' version; then
        err_has "; system calls"
    else
        grep -q '^seccomp no (' version && err_has "; not system calls"
    fi
}

@test "help, version and completion refuse what would be without effect" {
    for words in "help -v" "version -o x" "-q version" "completion bash --sort" "completion zsh -f json"; do
        # shellcheck disable=SC2086
        zx $words
        usage_error "is not for"
    done
    for words in "help @127.0.0.1" "@127.0.0.1 version" "completion bash @127.0.0.1"; do
        # shellcheck disable=SC2086
        zx $words
        usage_error "does not ask servers"
        err_lacks "a file of that name"
    done
    zx +tcp help
    usage_error "+tcp is not for help"
    zx version example.com
    usage_error "example.com: the command version takes no word"
    zx completion bash zsh
    usage_error "two shells"
    zx help convert diff
    usage_error "help of two commands"
    zx help example.com
    usage_error "example.com is not a command"
    zx help show
    usage_error "the command show is not in this version"
    # --help and its like stop whatever else there is
    zx version --help -o x @127.0.0.1
    is 0
    out_has "Usage: zxfr"
    box_holds
}

@test "texts that cannot be written are failures" {
    for option in --help --version --list-types; do
        status=0
        "$ZXFR" "$option" >/dev/full 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
        status=0
        "$ZXFR" "$option" >&- 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
    done
}

@test "a usage error wins before anything is done" {
    primary_start --query-log "$T/log" "$ZONE"
    zx example.com "$S" -o "$T/box/file" --nonsense
    usage_error nonsense
    box_holds
    [[ ! -s $T/log ]]
}
