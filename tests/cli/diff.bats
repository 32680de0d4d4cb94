#!/usr/bin/env bats
# zxfr diff: what counts as a difference, where the two zones come from, and what ends it.

load helper

SOA='example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com.'
TAIL='7200 3600 1209600 300'

# Two versions. Between them: the serial, a TTL, a CNAME that becomes an address, names in another
# letter case (no change: an owner, and the target of a SVCB), one of several addresses.
write_pair() {
    zone_text example.com. 1 >old
    printf '%s\n' 'a A 192.0.2.2' 'a A 192.0.2.3' 'svc TYPE64 \# 28 000106546172676574074578616d706c6503636f6d00000300020035' >>old
    {
        zone_text example.com. 2 | sed 's/^www.*/WWW A 192.0.2.9/; s/^mail/MAIL 60/'
        printf '%s\n' 'a A 192.0.2.4' 'a A 192.0.2.3' 'svc TYPE64 \# 28 000106746172676574076578616d706c6503434f4d00000300020035'
    } >new
    write_expected
}

write_expected() {
    lines "; zxfr diff: example.com. IN 1 2" "-$SOA 1 $TAIL" "+$SOA 2 $TAIL" \
        "-a.example.com. 3600 IN A 192.0.2.2" "+a.example.com. 3600 IN A 192.0.2.4" \
        "-mail.example.com. 3600 IN AAAA 2001:db8::25" "+mail.example.com. 60 IN AAAA 2001:db8::25" \
        "+www.example.com. 3600 IN A 192.0.2.9" "-www.example.com. 3600 IN CNAME ns1.example.com." >pair
}

# Tabs for blanks where the zone format has them.
lines() {
    local line
    for line; do
        if [[ $line == ';'* ]]; then echo "$line"; else sed 's/ /\t/; s/ /\t/; s/ /\t/; s/ /\t/' <<<"$line"; fi
    done
}

out_is() {
    lines "$@" >"$T/expected"
    diff -u "$T/expected" "$T/out"
}

differs() {
    is 1 || return
    err_empty || return
    diff -u pair "$T/out"
}

same() {
    is 0 || return
    err_empty || return
    out_empty
}

# Adds records to a copy of a zone file.
with() {
    cp "$1" "$2"
    printf '%s\n' "${@:3}" >>"$2"
}

# What was no difference, compares as none in both directions; and what was one, as one.
none() {
    zx diff "$@" one two && same || return
    zx diff "$@" two one && same
}
some() {
    zx diff "$@" one two && is 1 || return
    zx diff "$@" two one && is 1
}

# ---- Sources -----------------------------------------------------------------------------------

@test "two files: the RRsets that differ, in canonical order, deletes first" {
    write_pair
    zx diff old new
    differs
    sed 's/IN 1 2/IN 2 1/; s/^-/</; s/^+/-/; s/^</+/' pair | grep '^;' >back
    zx diff new old
    is 1
    [ "$(head -n 1 "$T/out")" = "; zxfr diff: example.com. IN 2 1" ]
    diff <(grep '^[-+]' "$T/out" | tr -- '-+' '+-' | sort) <(grep '^[-+]' pair | sort)
}

@test "the same zone twice: nothing is printed, exit 0" {
    write_pair
    zx diff old old
    same
    zx diff new new
    same
}

@test "each form of a file against each other" {
    local a b form
    write_pair
    primary_start old
    zx --record old.recording -o old.plain example.com "$S"
    is 0
    primary_start new
    zx --record new.recording -o new.plain example.com "$S"
    is 0
    for a in old new; do
        for form in jsonl json zone; do
            zx convert -f "$form" -o "$a.$form" "$a"
            is 0
        done
        zx convert --sort -o "$a.sorted" "$a"
    done
    for a in recording plain jsonl json zone sorted; do
        for b in recording plain jsonl json zone sorted; do
            zx diff "old.$a" "new.$b"
            differs || { echo "old.$a new.$b" && return 1; }
            zx diff "old.$a" "old.$b"
            same || { echo "old.$a old.$b" && return 1; }
        done
    done
}

@test "standard input, once; a FIFO; two FIFOs" {
    write_pair
    status=0
    "$ZXFR" diff - new <old >"$T/out" 2>"$T/err" || status=$?
    differs
    status=0
    "$ZXFR" diff old - <new >"$T/out" 2>"$T/err" || status=$?
    differs
    zx diff - -
    usage_error "standard input" once
    zx diff -k - - old
    usage_error "standard input" once
    mkfifo f g
    cat old >f &
    cat new >g &
    zx diff f g
    differs
}

@test "a server and a file, both ways, and two servers" {
    write_pair
    primary_start old
    primary_start new
    zx diff "example.com@127.0.0.1#${PORTS[0]}" new
    differs
    zx diff old "example.com.@127.0.0.1:${PORTS[1]}"
    differs
    zx diff "example.com@127.0.0.1#${PORTS[0]}" "EXAMPLE.com@127.0.0.1#${PORTS[1]}"
    differs
    zx diff example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}"
    differs
    zx "@127.0.0.1#${PORTS[0]}" diff "@127.0.0.1#${PORTS[1]}" example.com
    differs
    zx diff example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[0]}"
    same
}

@test "a word with @ and with / is a file" {
    write_pair
    mkdir d@e
    mv new d@e/new
    zx diff old d@e/new
    differs
    mv old old@1
    zx diff ./old@1 d@e/new
    differs
}

@test "each server has its own key" {
    write_pair
    echo 'hmac-sha256:one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >one.key
    echo 'hmac-sha256:two:HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >two.key
    chmod 600 ./*.key
    primary_start --key "$(<one.key)" old
    primary_start --key "$(<two.key)" new
    local a=127.0.0.1#${PORTS[0]} b=127.0.0.1#${PORTS[1]}
    zx diff --server-key "$a=one.key" --server-key "$b=two.key" example.com "@$a" "@$b"
    differs
    zx diff --server-key "$a=one.key" -k two.key "example.com@$a" "example.com@$b"
    differs
    zx diff -k one.key "example.com@$a" "example.com@$b"
    is 5
    out_empty
    err_has "NEW: example.com: $b: "
    zx diff --server-key 127.0.0.9=one.key "example.com@$a" new
    usage_error "@127.0.0.9"
}

# ---- What counts -------------------------------------------------------------------------------

@test "letter case of names: in no type a difference, unless --case; text is exact" {
    local type
    zone_text example.com. >base
    for type in 'SVCB 1 XX.example.com. port=53' 'HTTPS 1 XX.example.com.' 'NSEC XX.example.com. A' \
        'HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D XX.example.com.' \
        'IPSECKEY 10 3 2 XX.example.com. AQ==' 'AMTRELAY 10 0 3 XX.example.com.' 'LP 10 XX.example.com.' \
        'MX 10 XX.example.com.' 'TALINK XX.example.com. XX.example.com.' 'DSYNC CDS 1 53 XX.example.com.' \
        'A6 64 ::1 XX.example.com.'; do
        with base one "x $type"
        with base two "X ${type//XX/xX}"
        none || { echo "$type" && return 1; }
        some --case || { echo "--case $type" && return 1; }
    done
    for type in 'TXT "Xx"' 'HINFO "Xx" "y"' 'CAA 0 issue "Xx"' 'NAPTR 1 1 "Xx" "y" "" .' \
        'IPSECKEY 10 1 2 65.66.67.68 AQ==' 'SVCB 1 . key667="Xx"' 'TYPE65280 \# 2 5878'; do
        with base one "x $type"
        with base two "x $(sed 's/"Xx"/"xx"/; s/5878/7878/; s/65.66/97.66/' <<<"$type")"
        some || { echo "$type" && return 1; }
    done
}

@test "--case: the owner's case is one record less and one more" {
    zone_text example.com. >one
    sed 's/^www/WWW/' one >two
    zx diff one two
    same
    zx diff --case one two
    is 1
    out_is "; zxfr diff: example.com. IN 2026112201 2026112201" \
        "-www.example.com. 3600 IN CNAME ns1.example.com." "+WWW.example.com. 3600 IN CNAME ns1.example.com."
    zx diff --case one one
    same
}

@test "the TTL counts, with the old one on the delete, unless ignored" {
    zone_text example.com. >one
    sed 's/^txt/txt 60/' one >two
    zx diff one two
    is 1
    out_is "; zxfr diff: example.com. IN 2026112201 2026112201" \
        '-txt.example.com. 3600 IN TXT "hello world"' '+txt.example.com. 60 IN TXT "hello world"'
    none --ignore ttl
    echo 'svc 60 SVCB 1 Target.example.com.' >>one
    echo 'svc 61 SVCB 1 target.example.com.' >>two
    some
    none --ignore ttl
}

@test "--ignore serial, soa" {
    zone_text example.com. 1 >one
    zone_text example.com. 2 >two
    some
    none --ignore serial
    none --ignore soa
    sed 's/hostmaster/Hostmaster/' two >three && mv three two
    none --ignore serial
    sed 's/Hostmaster/admin/' two >three && mv three two
    some --ignore serial
    none --ignore soa
    zone_text example.com. 2 | sed 's/^@ IN SOA/@ 60 IN SOA/' >two
    some --ignore serial
    none --ignore serial,ttl
    none --ignore ttl --ignore soa
}

@test "--ignore dnssec, zonemd; DS is a difference all the same" {
    local sig='8 2 3600 20300101000000 20260101000000 1 example.com. AQ=='
    zone_text example.com. >one
    with one two "@ RRSIG NS $sig" '@ NSEC a A' '@ NSEC3PARAM 1 0 0 -' '@ DNSKEY 256 3 8 AQ==' '@ CDS 0 0 0 00' \
        '@ TYPE65534 \# 1 00'
    some
    none --ignore dnssec
    none --no-dnssec
    some --ignore zonemd
    with one two "@ RRSIG ZONEMD $sig" '@ ZONEMD 2026112201 1 1 000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'
    some --ignore dnssec
    some
    none --ignore zonemd
    with one two 'x DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000'
    some --ignore dnssec,zonemd,ttl,serial,soa
    zx diff --ignore dnssec,nonsense one two
    usage_error nonsense
    zx diff --ignore '' one two
    usage_error
}

@test "--only, --except apply to both sides" {
    write_pair
    zx diff --only A --except SOA old new
    is 1
    refute grep -q 'AAAA\|CNAME\|SOA' "$T/out"
    [ "$(grep -c '^[-+]' "$T/out")" -eq 3 ]
    [ "$(head -n 1 "$T/out")" = "; zxfr diff: example.com. IN 1 2" ]
    zx diff --except SOA,A,AAAA,CNAME old new
    same
}

@test "records of one zone are the same in any order, class and TTL written or not, twice or once" {
    zone_text example.com. >one
    {
        sed -n 1,3p one
        sed -n '4,$p' one | tac
        echo 'txt 3600 IN TXT "hello world"'
    } >two
    none
}

# ---- Output ------------------------------------------------------------------------------------

@test "-q prints nothing, and the exit status says it" {
    write_pair
    zx diff -q old new
    is 1
    out_empty
    err_empty
    zx diff -q old old
    is 0
    zx diff -q old nothing
    is 7
    err_has nothing
}

@test "--stat: changed names and counts by type" {
    write_pair
    zx diff --stat old new
    is 1
    tr -s ' ' <"$T/out" >squeezed
    cat >expected <<'END'
; zxfr diff: example.com. IN 1 2
 +1 -1 example.com.
 +1 -1 a.example.com.
 +1 -1 mail.example.com.
 +1 -1 www.example.com.

 added deleted type
 +2 -1 A
 +0 -1 CNAME
 +1 -1 SOA
 +1 -1 AAAA
 +4 -4 in all, of 4 names
END
    diff -u expected squeezed
    zx diff --stat old old
    same
    zx diff --stat -f diff old new
    usage_error --stat --format
}

@test "--color colours the lines, and only when asked" {
    write_pair
    zx diff --color always old new
    is 1
    sed 's/\x1b\[[0-9]*m//g' "$T/out" | diff -u pair -
    [ "$(grep -c $'^\x1b\[31m-.*\x1b\[0m$' "$T/out")" -eq 4 ]
    [ "$(grep -c $'^\x1b\[32m+.*\x1b\[0m$' "$T/out")" -eq 4 ]
    zx diff --color never old new
    differs
}

@test "the other formats hold the same changes" {
    write_pair
    zx diff -f jsonl old new
    is 1
    jq -r '(if .op == "del" then "-" else "+" end) + ([.name, .ttl, .class, .type, .rdata] | map(tostring) | join("\t"))' \
        "$T/out" | diff -u <(tail -n +2 pair) -
    zx diff -f json old new
    is 1
    jq -e '.from == 1 and .to == 2 and (.changes | length) == 8 and .zone == "example.com."' "$T/out"
    zx diff -f json old old
    is 0
    jq -e '.changes == []' "$T/out"
    zx diff -f ixfr old new
    is 1
    {
        lines "$SOA 2 $TAIL" "$SOA 1 $TAIL"
        grep '^-' pair | grep -v SOA | cut -c 2-
        lines "$SOA 2 $TAIL"
        grep '^+' pair | grep -v SOA | cut -c 2-
        lines "$SOA 2 $TAIL"
    } | diff -u - "$T/out"
    zx diff -f ixfr --ignore soa old new
    is 1
    [ "$(grep -c SOA "$T/out")" -eq 4 ]
    zx diff -f ixfr old old
    same
    zx diff -f stats old new
    is 1
    grep -q '^added  *4$' "$T/out"
    zx diff -f zone old new
    usage_error "zone" changes
}

@test "-o FILE is a transaction" {
    write_pair
    zx diff -o changes old new
    is 1
    out_empty
    diff -u pair changes
    zx diff -o changes old nothing
    is 7
    diff -u pair changes
    zx diff -o changes old old
    is 0
    [ -f changes ] && [ ! -s changes ]
}

@test "nothing is printed where standard output fails" {
    write_pair
    status=0
    "$ZXFR" diff old new >/dev/full 2>"$T/err" || status=$?
    is 8
    err_clean
}

# ---- Failures: never 0, never 1 ---------------------------------------------------------------

@test "a side that is bad: its class of failure, and which side it is" {
    write_pair
    echo '( broken' >bad
    : >empty
    with old cut '; zxfr INCOMPLETE: the reason'
    zx convert --sort -o sorted old
    sed 's/192.0.2.2/192.0.2.22/' sorted >edited
    grep -v '^a\.' sorted >short
    local file
    for file in bad empty nothing . cut edited short; do
        zx diff old "$file"
        is 7
        out_empty
        err_clean
        err_has "zxfr: NEW: "
        zx diff "$file" new
        is 7
        out_empty
        err_has "zxfr: OLD: "
    done
    zx diff --accept-incomplete old cut
    is 0
    err_has "the reason"
    zx diff --accept-incomplete old edited
    is 1
    out_has 192.0.2.22
}

@test "a server that fails: as with get, and which side it is" {
    write_pair
    closed_port
    zx diff old "example.com@127.0.0.1#$CLOSED"
    is 3
    out_empty
    err_has "NEW: example.com: 127.0.0.1#$CLOSED: "
    primary_start --refuse REFUSED old
    zx diff "example.com$S" new
    is 4
    out_empty
    err_has "OLD: example.com: 127.0.0.1#$PORT: "
    primary_start --records 3 --do 'stop 2 close' old
    zx diff "example.com$S" new
    is 3
    out_empty
}

@test "two different zones, or classes, are an error that names both" {
    zone_text example.com. >one
    zone_text example.net. >two
    zx diff one two
    is 7
    out_empty
    err_has "OLD is the zone example.com. IN, and NEW is example.net. IN"
    sed 's/ IN / CH /; s/^\(ns1\|mail\).*//' one >two
    zx diff one two
    is 7
    err_has "example.com. CH"
    zone_text EXAMPLE.com. >two
    zx diff one two
    same
}

@test "--origin for files that do not tell" {
    printf '%s\n' '$TTL 1' '@ SOA a b 1 2 3 4 5' 'x A 192.0.2.1' >one
    printf '%s\n' '$TTL 1' '@ SOA a b 1 2 3 4 5' 'x A 192.0.2.2' >two
    zx diff one two
    is 7
    err_has --origin
    zx diff --origin example.org one two
    is 1
    out_has "+x.example.org."
}

@test "a side that does not tell its zone is of the zone of the other" {
    printf '%s\n' '$TTL 3600' '@ IN SOA ns1 hostmaster 1 7200 3600 1209600 300' '@ NS ns1' \
        'ns1 A 192.0.2.1' >bare
    sed 's/192.0.2.1/192.0.2.2/' bare >changed
    { echo '$ORIGIN example.com.' && cat bare; } >told
    tail -n +3 bare >without # no SOA either
    sed 's/^/\xef\xbb\xbf/;q' told >marked && sed 1d told >>marked
    primary_start told
    zx example.com "$S" --sort -o sorted
    zx example.com "$S" -f json -o document
    zx example.com "$S" -f jsonl -o lines
    zx example.com "$S" --record recording -q
    for other in "example.com$S" told marked sorted document lines recording; do
        for words in "bare $other" "$other bare"; do
            # shellcheck disable=SC2086
            zx diff $words
            same || { echo "$words" && return 1; }
        done
        zx diff changed "$other"
        is 1
        err_empty
        out_has $'-ns1.example.com.\t3600\tIN\tA\t192.0.2.2'
        zx diff "$other" changed
        is 1
        err_empty
        out_has $'+ns1.example.com.\t3600\tIN\tA\t192.0.2.2'
        zx diff "$other" <(cat bare)
        same
        zx diff <(cat bare) "$other"
        same
        { echo '$TTL 3600' && cat without; } >part
        zx diff "$other" part
        is 1
        count_is 1 SOA "$T/out"
    done
    zx diff bare bare
    is 7
    err_has "--origin"
    # a file that tells is of its own zone
    sed 's/example.com/example.net/' told >net
    zx diff net "example.com$S"
    is 7
    err_has "OLD is the zone example.net. IN, and NEW is example.com. IN"
    zx diff bare net
    same
    zx diff -N nothing bare
    is 7
}

@test "-N takes a missing file as empty; a missing server or two missing files are none" {
    write_pair
    zx diff -N nothing new
    is 1
    [ "$(head -n 1 "$T/out")" = "; zxfr diff: example.com. IN 0 2" ]
    [ "$(grep -c '^+' "$T/out")" -eq 10 ]
    refute grep -q '^-' "$T/out"
    zx diff --new-file old nothing
    is 1
    [ "$(grep -c '^-' "$T/out")" -eq 10 ]
    primary_start new
    zx diff -N nothing "example.com$S"
    is 1
    [ "$(grep -c '^+' "$T/out")" -eq 10 ]
    zx diff -N nothing nothing
    is 7
    zx diff -N nothing bad/nothing
    is 7
    zx diff old nothing
    is 7
    zx diff -N -f ixfr nothing new
    is 7
    err_has SOA
}

@test "a zone without SOA can be compared" {
    printf '%s\n' '$ORIGIN example.com.' '$TTL 1' 'x A 192.0.2.1' >one
    printf '%s\n' '$ORIGIN example.com.' '$TTL 1' 'x A 192.0.2.2' >two
    zx diff one two
    is 1
    out_is "; zxfr diff: example.com. IN 0 0" "-x.example.com. 1 IN A 192.0.2.1" "+x.example.com. 1 IN A 192.0.2.2"
    zx diff one one
    is 0
    out_empty
}

@test "guards hold for each side" {
    write_pair
    zx diff --min-records 11 old new
    is 9
    err_has "OLD: "
    zx diff --max-records 9 old new
    is 9
    zx diff --min-records 10 --max-records 10 old new
    differs
}

@test "a signal ends it, and nothing was printed" {
    write_pair
    mkfifo f
    zx_start diff old f
    sleep 0.3
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    out_empty
}

@test "bad command lines" {
    local words
    write_pair
    zx diff
    usage_error "two zones"
    zx diff old
    usage_error "two zones"
    zx diff old new new
    usage_error "two were named"
    zx diff old new @127.0.0.1
    usage_error "two zones"
    zx diff example.com @127.0.0.1 @127.0.0.2 @127.0.0.3
    usage_error "two zones"
    zx diff @127.0.0.1 @127.0.0.2
    usage_error "two zones"
    zx diff old 'example.com@127.0.0.1#x'
    usage_error "port"
    zx diff old 'exa..mple@127.0.0.1'
    usage_error "is not the name of a zone"
    zx diff old ''
    usage_error empty
    for words in "--ignore ttl" "--case" "-N" "--stat"; do
        # shellcheck disable=SC2086
        zx example.com @127.0.0.1 $words
        usage_error "is not for get"
        # shellcheck disable=SC2086
        zx convert $words old
        usage_error "is not for convert"
    done
    for words in --sort --exit-code "--record r" "-t axfr" "--since 1" --condense "--max-shrink 5"; do
        # shellcheck disable=SC2086
        zx diff old new $words
        usage_error "for diff"
    done
    zx diff -t ixfr=1 old new
    usage_error "for diff"
    zx diff --tls old example.com@
    usage_error --tls-hostname
}

# ---- Sorted files ------------------------------------------------------------------------------

sorted_pair() {
    write_pair
    zx convert --sort -o a old && is 0 || return
    zx convert --sort -o b new && is 0
}

@test "sorted files: lines that changed places are no difference, as their sum says" {
    sorted_pair
    { head -n 1 a && sed '1d;$d' a | tac && tail -n 1 a; } >turned
    { head -n 1 a && sed '1d;$d' a | sort -R && tail -n 1 a; } >shuffled
    zx diff a turned
    same
    zx diff turned a
    same
    zx diff turned shuffled
    same
    zx diff turned b
    differs
    zx diff shuffled b
    differs
}

@test "sorted files: one that was changed is an error, wherever it was" {
    local n
    sorted_pair
    for ((n = 1; n <= $(wc -l <a); n++)); do
        sed "${n}s/[1-9]/0/" a >bad
        cmp -s a bad && continue
        zx diff a bad
        is 7
        out_empty
        zx diff bad a
        is 7
        zx diff -q bad bad
        is 7
        sed "${n}d" a >bad
        ((n == $(wc -l <a))) && break # without its end line it is as good as any
        zx diff a bad
        is 7
        out_empty
    done
    { cat a && head -n 1 b; } >bad
    zx diff a bad
    is 7
    zx diff a <(head -c -1 a)
    is 0
    { cat a && echo; } >bad
    zx diff a bad
    is 7
    sed 's/\t3600\t/\t3600 /' a >bad
    zx diff a bad
    is 7
}

@test "sorted files: other zones, no records, types in generic form" {
    sorted_pair
    zone_text example.net. >c
    zx convert --sort -o d c
    zx diff a d
    is 7
    out_empty
    err_has "OLD is the zone example.com. IN, and NEW is example.net. IN"
    rm c d
    with old one 'x DSYNC CDS 1 53 a.example.com.' 'y TYPE65280 \# 1 00'
    with old two 'w DSYNC CDS 1 53 a.example.com.' 'x DSYNC CDS 1 53 b.example.com.'
    zx convert --sort -o c one
    zx convert --sort -o d two
    grep -q '^\$ORIGIN' c
    zx diff c d
    is 1
    err_empty
    cp "$T/out" quick
    zx diff one two
    is 1
    cmp quick "$T/out"
    [ "$(grep -c '^[-+]' quick)" -eq 4 ]
    for file in c d; do
        zx diff "$file" "$file"
        same
    done
}

@test "sorted files are compared in little memory, with the zone named or not" {
    [[ -z ${SANITIZED-} ]] || skip "sanitizers need more memory"
    write_big 200000
    zx convert --sort -o a "$BIG"
    { cat "$BIG" && echo 'zz A 192.0.2.1'; } | "$ZXFR" convert --sort -o b -
    for words in "" "--origin example.com" "--origin EXAMPLE.com. -c IN"; do
        # shellcheck disable=SC2034,SC2086
        read -r WALL CPU MEMORY status < <("$MEASURE" -o "$T/out" "$ZXFR" diff $words a b 2>"$T/err")
        is 1
        out_has '+zz.example.com.'
        count_is 1 192.0.2.1 "$T/out"
        ((MEMORY < 9000))
    done
    for words in "--origin example.net" "--origin com" "-c CH"; do
        # shellcheck disable=SC2086
        zx diff $words a b
        is 7
        out_empty
    done
}

# Long files are read at once where there are processors for it. The judge is comm.
@test "two long files that are not sorted, on one processor and on all" {
    local one old=$T/long.old new=$T/long.new
    one=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
    awk -v soa="$SOA 1 $TAIL" 'BEGIN {
        print soa
        for (i = 50000; i > 0; i--) printf "host%d.example.com. 60 IN A 10.0.%d.%d\n", i, i / 256, i % 256
    }' >"$old"
    { sed '1s/ 1 / 2 /; 5000d; 40000d' "$old" && echo 'n.example.com. 60 IN A 192.0.2.77'; } >"$new"
    comm -3 <(sort "$old") <(sort "$new") | tr -d '\t' | sort >changes
    zx diff "$old" "$new"
    is 1
    err_empty
    cp "$T/out" all
    [ "$(wc -l <changes)" -eq 5 ]
    diff changes <(sed -n 's/^[-+]//p' all | tr '\t' ' ' | sort)
    # What is odd about either is told in its order, and so is what is wrong.
    echo 'odd.example.com. 60 IN A \# 1 00' | tee -a "$old" >>"$new"
    zx diff -v "$old" "$new"
    is 1
    cp "$T/err" told
    [[ $(grep -o '^zxfr: \(OLD\|NEW\)' told | uniq | tr '\n' ' ') = "zxfr: OLD zxfr: NEW " ]]
    count_is 2 'odd.example.com. A' told
    status=0
    taskset -c "$one" "$ZXFR" diff -v "$old" "$new" >"$T/out" 2>"$T/err" || status=$?
    is 1
    cmp all "$T/out"
    cmp told "$T/err"
    for file in "$old" "$new"; do
        echo 'x.example.com. 60 IN A 1' >>"$file"
        zx diff "$old" "$new"
        is 7
        out_empty
        count_is 1 'expected an IPv4 address' "$T/err"
        has "$T/err" "$old:50003:"
        [[ $file != "$new" ]] || lacks "$T/err" NEW
    done
    sed -i '$d' "$old"
    zx diff "$old" "$new"
    is 7
    has "$T/err" "$new:50002:" "OLD: " "NEW: "
}
