#!/usr/bin/env bats
# Sorted zones from real servers: the same bytes whoever sends them, in the order that others make.
#
# Environment: ZXFR, the path of the program; ZXFR_ROOTS, a folder with root zones (files *.zone), optional.

load servers.bash

KINDS="bind knot nsd pdns"

setup_file() {
    servers_begin "$BATS_FILE_TMPDIR/servers"
    local kind
    same_zone >"$BATS_FILE_TMPDIR/same.zone"
    mixed_zone >"$BATS_FILE_TMPDIR/mixed.zone"
    "$PYTHON" "$BATS_TEST_DIRNAME/alltypes.py" --server bind >"$BATS_FILE_TMPDIR/all.zone"
    for kind in $KINDS; do
        server_new "$kind" "$kind"
        server_zone "$kind" same.example. "$BATS_FILE_TMPDIR/same.zone"
        if [ "$kind" = bind ]; then
            server_zone bind mixed.example. "$BATS_FILE_TMPDIR/mixed.zone"
            server_zone bind all.example. "$BATS_FILE_TMPDIR/all.zone"
        fi
        # The tests that need it tell why it is not there.
        server_start "$kind" >"$BATS_FILE_TMPDIR/$kind.start" || :
    done
}

teardown_file() { servers_end; }

setup() { SERVERS_DIR=$BATS_FILE_TMPDIR/servers; }

teardown() {
    local dir
    for dir in "$SERVERS_DIR"/extra*/; do
        [ ! -d "$dir" ] || server_stop "$(basename "$dir")"
    done
}

need() {
    if ! server_up "$1"; then
        cat "$BATS_FILE_TMPDIR/$1.start"
        return 1
    fi
}

# Lower case, one TTL an RRset, and names and types that all four servers take, in no order.
same_zone() {
    cat <<'ZONE'
$ORIGIN same.example.
$TTL 3600
@ IN SOA ns1 host\.master 2026112201 7200 3600 1209600 300
www IN A 192.0.2.80
@ 86400 IN NS ns2
@ 86400 IN NS ns1
ns2 IN AAAA 2001:db8::2
ns1 IN A 192.0.2.1
ns1 IN AAAA 2001:db8::1
ns2 IN A 192.0.2.2
ns2 IN A 192.0.2.10
ns2 IN A 10.0.0.1
@ IN MX 20 mail2
@ IN MX 10 mail
@ IN MX 10 mail.a
mail IN A 192.0.2.25
mail2 IN A 192.0.2.26
mail.a IN A 192.0.2.27
*.wild IN TXT "star"
wild IN TXT "no star"
\!.wild IN TXT "before the star"
\001.wild IN TXT "octet 1"
\200.wild IN TXT "octet 200"
a\.b.wild IN TXT "a dot in the label"
a.b.wild IN TXT "two labels"
a-.wild IN TXT "a hyphen"
a IN TXT "above mail"
_sip._tcp IN SRV 1 2 5060 ns1
_sip._tcp IN SRV 1 1 5060 ns1
_sip._tcp IN SRV 0 9 5060 ns1
alias IN CNAME www
caa IN CAA 0 issue "ca.example.net"
caa IN CAA 128 issuewild ";"
txt IN TXT "b" "a"
txt IN TXT "ba"
txt IN TXT ""
txt IN TXT "b"
naptr IN NAPTR 100 50 "s" "http" "" _http._tcp.same.example.
ds 300 IN NS ns.ds
ds 300 IN DS 12345 13 2 0011223344556677889900112233445566778899001122334455667788990011
ds 300 IN DS 345 13 2 0011223344556677889900112233445566778899001122334455667788990011
ns.ds 300 IN A 192.0.2.99
tlsa IN TLSA 3 1 1 0011223344556677889900112233445566778899001122334455667788990011
sshfp IN SSHFP 4 2 0011223344556677889900112233445566778899001122334455667788990011
ptr IN PTR www
unknown IN TYPE65281 \# 4 00010203
unknown IN TYPE65280 \# 2 0001
unknown IN TYPE65280 \# 1 00
ZONE
    local i
    for ((i = 0; i < 3000; i++)); do
        echo "host$((i * 7919 % 3000)) IN A 10.0.$((i % 250)).$((i / 250))"
    done
}

# Every trap of the order at once.
mixed_zone() {
    cat <<'ZONE'
$ORIGIN Mixed.example.
$TTL 3600
@ IN SOA NS1 Host.Master 1 7200 3600 1209600 300
@ IN NS NS1
NS1 IN A 192.0.2.1
Z.a IN TXT "z.a"
zABC.a IN TXT "zabc.a"
yljkjljk.a IN TXT "y.a"
a IN TXT "a"
z IN TXT "z"
\001.z IN TXT "1"
*.z IN TXT "star"
\200.z IN TXT "200"
\000.z IN TXT "0"
\000\000.z IN TXT "0 0"
\000\001.z IN TXT "0 1"
\000.\000.z IN TXT "0 below 0"
\001.\000.z IN TXT "1 below 0"
\000.\001.z IN TXT "0 below 1"
\001\000.z IN TXT "1 0"
\002.z IN TXT "2"
\255.z IN TXT "255"
\@.z IN TXT "at, one below A"
A.z IN TXT "upper"
\091.z IN TXT "one above Z"
\`.z IN TXT "one below a"
\{.z IN TXT "one above z"
Zz.z IN TXT "zz"
\..z IN TXT "dot"
a\.b.z IN TXT "a dot b"
b.a.z IN TXT "b below a"
aa.z IN TXT "aa"
abcdefg.z IN TXT "seven"
abcdefgh.z IN TXT "eight"
x.abcdefg.z IN TXT "below seven"
x.abcdefgh.z IN TXT "below eight"
abcdefghi.z IN TXT "nine"
ABCDEF.z IN TXT "six"
x.ABCDEF.z IN TXT "below six"
sorted IN NS b.Example.
sorted IN NS A.example.
sorted IN NS C.example.
many IN TXT "b"
many IN TXT "B"
many IN TXT "ab"
many IN TXT ""
many IN TXT "a" "b"
many IN A 192.0.2.2
many IN A 192.0.2.10
many IN AAAA ::1
many IN TYPE65280 \# 0
many IN TYPE65280 \# 1 00
many IN TYPE65280 \# 2 0000
many IN TYPE65280 \# 2 0001
many IN TYPE65280 \# 1 01
many IN MX 10 B.many
many IN MX 10 a.many
many IN MX 9 Z.many
many IN MX 256 a.many
ZONE
}

# sorted SERVER ZONE FILE [OPTION...]: the transfer must succeed and say nothing; the end line is checked.
sorted() {
    local server=$1 zone=$2 file=$3
    shift 3
    need "$server" || return
    timeout 60 "$ZXFR" --sort "$@" "$zone" @127.0.0.1 -p "$(server_port "$server")" \
        >"$file" 2>"$file.err" </dev/null || {
        echo "zxfr --sort $* $zone (server: $server): exit $?"
        head -c 2000 "$file.err"
        return 1
    }
    "$PYTHON" "$BATS_TEST_DIRNAME/../tools/sum.py" "$file"
    "$PYTHON" "$BATS_TEST_DIRNAME/../tools/expires.py" "$file"
}

# as_dnspython SERVER ZONE FILE: the dump is what dnspython makes of the transfer.
as_dnspython() {
    "$PYTHON" "$BATS_TEST_DIRNAME/canonical.py" dnspython "$3" "axfr:$(server_port "$1")"
}

# ldns prints all but the SOA in generic form, in which nothing is lost.
as_ldns() {
    "$ZXFR" "$2" @127.0.0.1 -p "$(server_port "$1")" >"$BATS_TEST_TMPDIR/plain"
    ldns-read-zone -z -U SOA "$BATS_TEST_TMPDIR/plain" >"$BATS_TEST_TMPDIR/ldns"
    "$PYTHON" "$BATS_TEST_DIRNAME/canonical.py" order "$3" "$BATS_TEST_TMPDIR/ldns"
}

@test "the same zone from BIND, Knot, NSD and PowerDNS: the same bytes" {
    local kind
    for kind in $KINDS; do
        sorted "$kind" same.example. "$BATS_TEST_TMPDIR/$kind"
        [ ! -s "$BATS_TEST_TMPDIR/$kind.err" ]
        cmp "$BATS_TEST_TMPDIR/bind" "$BATS_TEST_TMPDIR/$kind"
    done
    # all records and the end line
    [ "$(wc -l <"$BATS_TEST_TMPDIR/bind")" -eq $(($(grep -vc '^[$]' "$BATS_FILE_TMPDIR/same.zone") + 1)) ]
    # without sorting they differ
    for kind in $KINDS; do
        "$ZXFR" same.example. @127.0.0.1 -p "$(server_port "$kind")" | md5sum
    done >"$BATS_TEST_TMPDIR/sums"
    [ "$(sort -u "$BATS_TEST_TMPDIR/sums" | wc -l)" -gt 1 ]
}

@test "the order and form are those of dnspython" {
    sorted bind same.example. "$BATS_TEST_TMPDIR/same"
    as_dnspython bind same.example. "$BATS_TEST_TMPDIR/same"
    sorted bind mixed.example. "$BATS_TEST_TMPDIR/mixed"
    as_dnspython bind mixed.example. "$BATS_TEST_TMPDIR/mixed"
    sorted bind all.example. "$BATS_TEST_TMPDIR/all"
    as_dnspython bind all.example. "$BATS_TEST_TMPDIR/all"
}

@test "the order is that of ldns-read-zone -z" {
    sorted bind same.example. "$BATS_TEST_TMPDIR/same"
    as_ldns bind same.example. "$BATS_TEST_TMPDIR/same"
    sorted bind mixed.example. "$BATS_TEST_TMPDIR/mixed"
    as_ldns bind mixed.example. "$BATS_TEST_TMPDIR/mixed"
}

@test "a sorted dump loads and sorts again to the same bytes" {
    local zone
    for zone in same.example. mixed.example.; do
        sorted bind "$zone" "$BATS_TEST_TMPDIR/first"
        server_new "extra${zone%%.*}" bind
        server_zone "extra${zone%%.*}" "$zone" "$BATS_TEST_TMPDIR/first"
        server_start "extra${zone%%.*}"
        sorted "extra${zone%%.*}" "$zone" "$BATS_TEST_TMPDIR/second"
        cmp "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/second"
    done
}

@test "--keep-case: the same records in the same order, with their letter case" {
    sorted bind mixed.example. "$BATS_TEST_TMPDIR/folded"
    "$ZXFR" --sort --keep-case mixed.example. @127.0.0.1 -p "$(server_port bind)" \
        >"$BATS_TEST_TMPDIR/kept"
    "$ZXFR" mixed.example. @127.0.0.1 -p "$(server_port bind)" >"$BATS_TEST_TMPDIR/plain"
    [[ $(tail -n 1 "$BATS_TEST_TMPDIR/kept") != *" sum "* ]]
    grep -v '^;' "$BATS_TEST_TMPDIR/kept" >"$BATS_TEST_TMPDIR/a"
    # the same lines as without sorting, and more than case in none
    diff <(LC_ALL=C sort "$BATS_TEST_TMPDIR/a") \
        <(grep -v '^;' "$BATS_TEST_TMPDIR/plain" | LC_ALL=C sort)
    grep -q '[A-Z]\.z\.' "$BATS_TEST_TMPDIR/a"
    diff <(tr A-Z a-z <"$BATS_TEST_TMPDIR/a") \
        <(grep -v '^;' "$BATS_TEST_TMPDIR/folded" | tr A-Z a-z)
}

@test "the root zones, sorted" {
    if [ -z "${ZXFR_ROOTS-}" ]; then
        skip "ZXFR_ROOTS, the folder of the root zones, is not set"
    fi
    local file name=0 kind
    for file in "$ZXFR_ROOTS"/*.zone; do
        [ -e "$file" ] || { echo "no *.zone in $ZXFR_ROOTS" && return 1; }
        for kind in bind nsd; do
            name=$((name + 1))
            server_new "extra$name" "$kind"
            server_zone "extra$name" . "$file"
            server_start "extra$name"
            sorted "extra$name" . "$BATS_TEST_TMPDIR/root.$kind"
            as_dnspython "extra$name" . "$BATS_TEST_TMPDIR/root.$kind"
            as_ldns "extra$name" . "$BATS_TEST_TMPDIR/root.$kind"
            server_stop "extra$name"
        done
        cmp "$BATS_TEST_TMPDIR/root.bind" "$BATS_TEST_TMPDIR/root.nsd"
    done
}
