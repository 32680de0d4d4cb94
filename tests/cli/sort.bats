#!/usr/bin/env bats
# --sort: the same zone gives the same bytes, and nothing comes out before the zone is complete.

load helper

SUM="${BATS_TEST_DIRNAME}/../tools/sum.py"

# FILE is a sorted zone of N records whose sum is right.
whole_sorted() {
    local file=$1 records=${2:-$RECORDS}
    [[ $(tail -n 1 "$file") =~ ^"; zxfr end: example.com. IN serial 2026112201 records $records sum "[0-9a-f]{32}$ ]] ||
        { tail -n 1 "$file" && show; } || return
    python3 "$SUM" "$file" >"$T/sum" || { cat "$T/sum" && show; }
}

@test "the SOA, then names and types in order, letter case folded, a sum in the end line" {
    cat >"$T/mixed" <<'ZONE'
$TTL 60
Example.COM. IN SOA NS1.Example.com. Host.example.com. 2026112201 1 2 3 4
www.example.com. IN A 192.0.2.10
b.WWW.example.com. IN A 192.0.2.1
example.com. IN NS NS1.Example.com.
WWW.example.com. IN A 192.0.2.9
a.www.example.com. IN TXT "Left As It IS"
example.com. IN MX 10 Mail.example.com.
example.com. IN A 192.0.2.7
ZONE
    cat >"$T/expected" <<'LINES'
example.com.	60	IN	SOA	ns1.example.com. host.example.com. 2026112201 1 2 3 4
example.com.	60	IN	A	192.0.2.7
example.com.	60	IN	NS	ns1.example.com.
example.com.	60	IN	MX	10 mail.example.com.
www.example.com.	60	IN	A	192.0.2.9
www.example.com.	60	IN	A	192.0.2.10
a.www.example.com.	60	IN	TXT	"Left As It IS"
b.www.example.com.	60	IN	A	192.0.2.1
LINES
    primary_start "$T/mixed"
    for name in example.com EXAMPLE.com.; do # as the user writes it, too
        zx --sort "$name" "$S"
        is 0
        err_empty
        head -n -1 "$T/out" | diff "$T/expected" -
        whole_sorted "$T/out" 8
    done
}

@test "whatever the order, the same file" {
    write_big 3000
    { head -n 3 "$BIG" && tail -n +4 "$BIG" | shuf --random-source=<(yes); } >"$T/shuffled"
    { head -n 3 "$BIG" && tail -n +4 "$BIG" | tac; } >"$T/reversed"
    primary_start "$BIG"
    zx --sort example.com "$S" -o zone
    is 0
    whole_sorted zone "$BIG_RECORDS"
    cp zone before
    for file in "$T/shuffled" "$T/reversed"; do
        primary_start "$file"
        zx --sort example.com "$S" -o zone --exit-code -v
        is 0
        err_has unchanged
        cmp zone before
    done
    # and unsorted it is another
    zx example.com "$S" -o zone --exit-code
    is 1
}

@test "a sum tells of any edit" {
    primary_start "$ZONE"
    zx --sort example.com "$S" -o zone
    whole_sorted zone
    for edit in 's/192.0.2.1/192.0.2.2/' 's/3600/3601/' '2d' '2p' 's/$/ /' 's/mail/Mail/'; do
        sed "$edit" zone >edited
        refute python3 "$SUM" edited
    done
    # the order of lines is not in the sum
    { tail -n +2 zone | head -n -1 | tac && head -n 1 zone && tail -n 1 zone; } >edited
    python3 "$SUM" edited
}

@test "records in generic form: the line \$ORIGIN invalid. is in the sum" {
    cat >>"$ZONE" <<'ZONE'
g IN TYPE55 \# 25 041000080000000000000000000000000000000002000400 00
h IN TYPE65280 \# 1 00
m IN TYPE3 \# 3 016100
ZONE
    sed -i '/TYPE55/d' "$ZONE"
    primary_start "$ZONE"
    zx --sort example.com "$S"
    is 0
    count_is 1 '$ORIGIN invalid.' "$T/out"
    whole_sorted "$T/out" 9
}

@test "before the sum stands when the first set of a signed zone has no good signature any more" {
    cat >signed <<'ZONE'
$ORIGIN example.com.
@ 60 SOA ns1 host 2026112201 1 2 3 4
@ 60 RRSIG SOA 13 2 60 20370101000000 20200101000000 1 example.com. AAAA
a 60 RRSIG TXT 13 2 60 20360201030405 20200101000000 1 example.com. AAAA
a 60 RRSIG A 13 2 60 20350201030405 20200101000000 1 example.com. AAAA
a 60 RRSIG A 13 2 60 20360201030406 20200101000000 2 example.com. AAAA
a 60 RRSIG A 13 2 60 20340201030406 20200101000000 3 example.com. AAAA
ZONE
    zx convert --sort signed
    is 0
    [[ $(tail -n 1 "$T/out") == *" records 6 expires 20360201030405 sum "* ]] || show
    python3 "$SUM" "$T/out"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/../tools/expires.py" "$T/out"
    # where there is no sum it does not stand, and the sum is not of it
    for words in "" "--sort --keep-case" "--sort --relative" "--sort --except A"; do
        # shellcheck disable=SC2086
        zx convert $words signed
        is 0
        out_lacks expires
    done
    zx convert --sort signed -o sorted
    cp sorted older
    sed -i '$s/ expires [0-9]*//' older
    refute cmp -s sorted older
    for file in older sorted; do # the one reads the other
        zx convert --sort "$file"
        is 0
        cmp sorted "$T/out"
    done
    sed '$s/expires 2036/expires 203/' sorted >damaged
    zx convert damaged
    is 7
    err_has "the end line is damaged"
}

@test "only the default style, sorted and folded, has a sum" {
    primary_start "$ZONE"
    for style in --relative --pretty --no-class --no-ttl --generic --modern --keep-case; do
        zx --sort "$style" example.com "$S"
        is 0
        out_has "records 7"
        out_lacks "sum"
    done
    zx example.com "$S"
    out_lacks "sum"
    zx --sort --except TXT example.com "$S"
    is 0
    out_has "records 6 filtered"
    out_lacks "sum"
    zx --sort --pretty --relative example.com "$S"
    named-compilezone -q -i none -o "$T/loaded" example.com "$T/out"
}

@test "--keep-case keeps it, needs --sort, and changes no order" {
    sed -i 's/^www/WwW/; s/^txt/A/; s/10 mail/10 MAIL/' "$ZONE"
    primary_start "$ZONE"
    zx --keep-case example.com "$S"
    usage_error --sort
    zx --sort example.com "$S"
    grep -v '^;' "$T/out" >folded
    zx --sort --keep-case example.com "$S"
    is 0
    out_has "WwW.example.com."
    out_has "10 MAIL.example.com."
    diff <(grep -v '^;' "$T/out" | tr '[:upper:]' '[:lower:]') <(tr '[:upper:]' '[:lower:]' <folded)
}

@test "duplicates are merged: once, with the lowest TTL, and one warning" {
    cat >>"$ZONE" <<'ZONE'
dup 300 IN A 192.0.2.5
other IN A 192.0.2.6
DUP 30 IN A 192.0.2.5
dup 3000 IN A 192.0.2.5
dup 3000 IN A 192.0.2.5
ZONE
    primary_start "$ZONE"
    zx --sort example.com "$S"
    is 0
    count_is 1 "dup.example.com.	30	IN	A	192.0.2.5" "$T/out"
    count_is 1 "192.0.2.5" "$T/out"
    whole_sorted "$T/out" 9
    count_is 1 warning "$T/err"
    err_has "dup.example.com. A: the same record twice (and 2 more)"
    zx --sort --strict example.com "$S"
    is 6
    [[ $(wc -l <"$T/out") == 1 ]]
    incomplete
}

@test "what only the whole zone shows is warned of, once; strict fails before anything is out" {
    cat >>"$ZONE" <<'ZONE'
ttl 300 IN A 192.0.2.5
ttl 301 IN A 192.0.2.6
www IN TXT "beside the CNAME"
ttl 302 IN A 192.0.2.7
ZONE
    primary_start "$ZONE"
    zx --sort example.com "$S"
    is 0
    whole_sorted "$T/out" 11
    count_is 1 "TTLs differ" "$T/err"
    err_has "ttl.example.com. A: TTLs differ within the RRset (and 1 more)"
    count_is 1 "beside a CNAME" "$T/err"
    zx --sort --strict example.com "$S"
    is 6
    [[ $(wc -l <"$T/out") == 1 ]]
    incomplete
    primary_start "$T/zone" # the next server is asked, as nothing was written
    sed -i '/TTL/!{/ttl\|beside/d}' "$T/zone"
    primary_start "$T/zone"
    zx --sort --strict example.com "@127.0.0.1#${PORTS[0]}" "$S"
    is 0
    whole_sorted "$T/out"
}

@test "on standard output a broken transfer starts again at the next server" {
    write_big
    primary_start --do "close -100" "$BIG"
    broken=$S
    primary_start "$BIG"
    zx --sort example.com "$broken" "$S"
    is 0
    whole_sorted "$T/out" "$BIG_RECORDS"
    [[ $(grep -vc '^;' "$T/out") == "$BIG_RECORDS" ]]
    # and where none gives it, no record is out
    zx --sort example.com "$broken"
    is 3
    [[ $(wc -l <"$T/out") == 1 ]]
    incomplete
}

@test "the guards: the most counts what comes, the least what is left" {
    for ((i = 0; i < 5; i++)); do echo 'dup IN A 192.0.2.5'; done >>"$ZONE" # 12 come, 8 are left
    primary_start "$ZONE"
    dups=$S
    zx --sort example.com "$S" --max-records 12 --min-records 8
    is 0
    whole_sorted "$T/out" 8
    zx --sort example.com "$S" --max-records 11
    is 9
    [[ $(wc -l <"$T/out") == 1 ]]
    incomplete
    zx --sort example.com "$S" --min-records 9
    is 9
    err_has "8 records, fewer than 9"
    incomplete
    # refused before anything is written: the next server may have more
    write_big 100
    primary_start "$BIG"
    zx --sort example.com "$dups" "$S" --min-records 50
    is 0
    whole_sorted "$T/out" 107
    zx --sort example.com "$S" -o zone
    cp zone before
    zx --sort example.com "$dups" -o zone --max-shrink 92
    is 9
    cmp zone before
    zx --sort example.com "$dups" -o zone --max-shrink 93
    is 0
    whole_sorted zone 8
    primary_start --do endless "$ZONE"
    zx --sort example.com "$S" --max-records 5k
    is 9
    err_has "more than 5000 records"
}

@test "a zone larger than the memory: exit 11 and a message" {
    [[ -z $SANITIZED ]] || skip "sanitizers need more address space"
    primary_start --do endless "$ZONE"
    status=0
    (
        ulimit -v 100000
        exec timeout --foreground -k 5 60 "$ZXFR" --sort example.com "$S" -o zone
    ) >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 11
    err_has memory
    err_clean
    box_holds
}

@test "an empty pipe, a full disk" {
    write_big 5000
    primary_start "$BIG"
    status=0
    "$ZXFR" --sort example.com "$S" >/dev/full 2>"$T/err" || status=$?
    is 8
    status=0
    env --default-signal=PIPE "$ZXFR" --sort example.com "$S" 2>"$T/err" | head -n 1 >/dev/null ||
        status=$?
    [[ ${PIPESTATUS[0]} != 11 ]]
    err_empty
}
