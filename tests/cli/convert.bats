#!/usr/bin/env bats
# zxfr convert: files in place of servers. What comes over the network is the measure: a file of it
# that is read must give the same.

load helper

SUM="${BATS_TEST_DIRNAME}/../tools/sum.py"
DAMAGE="${BATS_TEST_DIRNAME}/damage.py"
VECTORS="${BATS_TEST_DIRNAME}/../vectors/rr.tsv"
SECRET=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
KEY=hmac-sha256:xfr-key.example.com:$SECRET

# zx with FILE for standard input.
zx_from() {
    local file=$1
    shift
    status=0
    timeout --foreground -k 5 "${LIMIT:-60}" "$ZXFR" "$@" <"$file" >"$T/out" 2>"$T/err" || status=$?
}

# One line says what is wrong with the file, and the output does not pass for a zone.
bad_file() {
    is 7 || return
    err_clean || return
    refute grep -q "zxfr end:" "$T/out" || return
    local words
    for words; do
        err_has "$words" || return
    done
}

# ---- Forms -------------------------------------------------------------------------------------

@test "a dump, as it is, gives itself" {
    write_big 3000
    primary_start "$BIG"
    zx example.com "$S" -o dump
    zx example.com "$S" --sort -o sorted
    for file in dump sorted; do
        zx convert "$file"
        is 0
        err_empty
        grep -v '^;' "$file" | cmp - <(grep -v '^;' "$T/out")
        whole "$T/out" "$BIG_RECORDS"
        zx convert --sort "$file"
        is 0
        cmp sorted "$T/out"
    done
    zx convert -v dump
    err_has "dump: records $BIG_RECORDS"
}

@test "every form into every format: what the transfer gives in it" {
    primary_start "$ZONE"
    zx example.com "$S" --record "$T/recording" -o zone
    zx example.com "$S" -o pretty --pretty
    zx example.com "$S" -o relative --relative
    zx example.com "$S" -o generic --generic
    zx example.com "$S" -o jsonl -f jsonl
    zx example.com "$S" -o json -f json
    zx example.com "$S" -o typed -f json --typed
    cp "$ZONE" "$T/recording" .
    jq 'del(.rdata)' <(jq -c '.records[]' typed) >data # over many lines, and without the text
    for to in "-f zone" "-f zone --pretty" "-f zone --sort" "--relative" "--generic" "-f jsonl" \
        "-f jsonl --typed" "-f json" "-f json --sort --typed" "-f stats" "--no-dnssec" "--only NS" \
        "--except SOA,TXT -f json"; do
        # shellcheck disable=SC2086
        zx example.com "$S" $to
        is 0
        cp "$T/out" "$T/expected"
        for from in zone pretty relative generic jsonl json typed data recording; do
            # shellcheck disable=SC2086
            zx convert "$from" $to
            is 0
            err_empty
            cmp "$T/expected" "$T/out" || { echo "$from to $to" && show; }
            # shellcheck disable=SC2086
            zx_from "$from" convert $to -
            is 0
            cmp "$T/expected" "$T/out" || { echo "$from from a pipe to $to" && show; }
        done
    done
}

@test "all types: dump, JSON, and back, sorted, is the sorted dump" {
    vector_zone "" >"$T/all"
    vector_zone transfer >"$T/good"
    [[ $(wc -l <"$T/good") -gt 400 && $(wc -l <"$T/all") -gt 600 ]]
    primary_start "$T/good"
    zx -q example.com "$S" --sort -o sorted
    is 0
    python3 "$SUM" sorted
    zx -q example.com "$S" -o dump
    and_back
    # what no transfer can bring, too
    zx -q convert --sort "$T/all" -o sorted
    zx -q convert "$T/all" -o dump
    [[ $(grep -vc '^[;$]' sorted) == $(grep -c ' IN ' "$T/all") ]]
    and_back
}

and_back() {
    local through
    for through in "-f jsonl" "-f jsonl --typed" "-f jsonl --generic" "-f json" "-f json --typed" "-f zone" \
        "-f zone --pretty" "-f zone --relative" "-f zone --generic" "-f zone --modern" "--sort" \
        "--no-class"; do
        # shellcheck disable=SC2086
        zx -q convert dump $through -o through
        is 0
        zx -q convert through --sort
        is 0 || return
        cmp sorted "$T/out" || { diff sorted "$T/out" | head -n 4 && echo "through $through" && false; }
    done
    # what is said in fields only
    zx -q convert dump -f jsonl --typed
    jq -c 'if .data then del(.rdata) else . end' "$T/out" >data
    zx -q convert data --sort
    is 0
    cmp sorted "$T/out"
}

@test "all types through named-compilezone, full and relative" {
    command -v named-compilezone >/dev/null || { echo "named-compilezone is missing" && return 1; }
    vector_zone bind >"$T/all"
    [[ $(wc -l <"$T/all") -gt 300 ]]
    primary_start "$T/all"
    zx -q example.com "$S" --sort -o sorted
    is 0
    for style in full relative; do
        named-compilezone -i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore \
            -T ignore -W ignore -s "$style" -o compiled example.com sorted >"$T/log" || {
            cat "$T/log" && return 1
        }
        zx -q convert compiled --sort
        is 0
        cmp sorted "$T/out" || { diff sorted "$T/out" | head -n 4 && echo "$style" && false; }
    done
}

@test "standard input, a FIFO, and a writer that is slow" {
    zx_from "$ZONE" convert -
    is 0
    whole "$T/out"
    mkfifo fifo
    zx_start convert fifo
    { head -n 3 "$ZONE" && sleep 0.3 && tail -n +4 "$ZONE"; } >fifo
    zx_wait
    is 0
    whole "$T/out"
    zx_start convert fifo -f json
    { "$ZXFR" convert "$ZONE" -f jsonl | head -c 200 && sleep 0.3; } >fifo
    zx_wait
    bad_file "fifo:" "ends inside"
    zx_start convert fifo --max-time 1
    zx_wait
    is 3
    err_has --max-time
}

@test "no standard input, and one that is closed" {
    zx convert -
    bad_file "standard input: holds no record"
    status=0
    "$ZXFR" convert - <&- >"$T/out" 2>"$T/err" || status=$?
    bad_file "standard input"
}

# ---- The zone ----------------------------------------------------------------------------------

@test "the SOA need not come first: then the zone is sorted" {
    zx convert "$ZONE" --sort
    cp "$T/out" "$T/expected"
    { head -n 2 "$ZONE" && tail -n +4 "$ZONE" && sed -n 3p "$ZONE"; } >last
    zx convert last -v
    is 0
    err_has "last: does not begin with its SOA; sorted"
    cmp "$T/expected" "$T/out"
    zx convert last
    err_empty
    cmp "$T/expected" "$T/out"
    "$ZXFR" convert "$ZONE" -f jsonl | tac >lines
    zx convert lines
    bad_file "lines: the first record is not a SOA" "--origin NAME"
    zx convert lines --origin example.com
    is 0
    err_empty
    cmp "$T/expected" "$T/out"
    zx convert lines --origin example.com -f json
    is 0
    [[ $(jq -r '.serial, .records[0].type' "$T/out") == $'2026112201\nSOA' ]] || show
}

# everywhere WORDS [COUNT]: the records in the file "odd" get the warning, from text, from JSON and
# from a transfer, and are kept; strictly it is an error.
everywhere() {
    local from more=${2:+ (and $(($2 - 1)) more)}
    { cat "$ZONE" && cat odd; } >file
    zx convert file -f jsonl
    is 0
    err_has "$1$more"
    cp "$T/out" lines
    zx convert file
    is 0
    err_has "$1$more"
    cp "$T/out" text
    # The server does not know all types.
    { cat "$ZONE" && "$ZXFR" -q convert --generic file | sed '/^[$;]/d' | tail -n +8; } >served
    primary_start served
    for from in "convert file" "convert lines" "convert text" "example.com $S"; do
        # shellcheck disable=SC2086
        zx $from
        is 0
        err_has "$1$more"
        cmp "$T/out" text
        # shellcheck disable=SC2086
        zx $from --strict
        is 6
        err_has "(--strict)"
    done
}

@test "RDATA that is well-formed and wrong, whichever way it comes" {
    echo 'sub DS 12345 8 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddee' >odd
    everywhere "sub.example.com. DS digest has 31 octets, not the 32 of digest type 2; BIND, NSD 4.12 and dnspython refuse it in any form"
    printf '%s\n' '_443._tcp TLSA 3 1 1 aabb' '_25._tcp TLSA 3 1 2 aabb' >odd
    everywhere "_443._tcp.example.com. TLSA data has 2 octets, not the 32 of matching type 1" 2
    echo 'u URI 1 2 ""' >odd
    everywhere "u.example.com. URI target is empty; BIND 9.20 and dnspython refuse it in any form"
    echo 's SVCB 1 . key7="/dns-query"' >odd
    everywhere "s.example.com. SVCB params have a dohpath that is not a path with {?dns}; BIND refuses it in any form"
    echo 'i IPSECKEY 10 1 0 192.0.2.38' >odd
    everywhere "i.example.com. IPSECKEY public_key is absent, as algorithm 0 says; BIND refuses it in any form"
    echo 'n NSEC ns.example.com.' >odd
    everywhere "n.example.com. NSEC types is empty; BIND refuses it in any form"
    for i in {1..1500}; do printf 'big TXT "%04d%s"\n' "$i" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done >odd
    # 12 octets of a header, the question, and for each 12 and the RDATA
    everywhere "big.example.com. TXT: an RRset of $((12 + 17 + 4 + 1500 * (12 + 37))) octets, which fits in no message (65535)"
}

@test "an RRset that no message holds, where it is not in one piece" {
    for i in {1..1500}; do
        printf 'big TXT "%04d%s"\n' "$i" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        ((i % 1000)) || echo 'x A 192.0.2.1'
    done >odd
    cat "$ZONE" odd >file
    zx convert file
    is 0
    err_lacks "an RRset of"
    zx convert file --sort
    is 0
    err_has "big.example.com. TXT: an RRset of 73533 octets"
}

@test "odd neighbours are counted once, sorted or not" {
    { cat "$ZONE" && printf '%s\n' 'txt IN TXT "hello world"' 'www 5 IN A 192.0.2.1'; } >odd
    "$ZXFR" -q convert odd -f jsonl >lines
    { head -n 2 odd && tail -n +4 odd && sed -n 3p odd; } >late
    for from in odd lines late; do
        zx convert "$from" --sort
        is 0
        err_has "txt.example.com. TXT: the same record twice"
        err_has "www.example.com. CNAME: other data beside a CNAME"
        err_lacks "more)"
    done
    for from in odd lines; do
        zx convert "$from"
        is 0
        err_has "txt.example.com. TXT: the same record twice"
        err_lacks "more)"
    done
    zx convert odd --strict
    is 6
    incomplete
}

@test "no SOA" {
    sed 3d "$ZONE" >none
    zx convert none
    is 0
    err_has "has no SOA; it counts as serial 0"
    [[ $(tail -n 1 "$T/out") == "; zxfr end: example.com. IN serial 0 records 6 "* ]] || show
    sed -e 3d -e 1d "$ZONE" >nameless
    zx convert nameless
    bad_file nameless: "--origin NAME"
    zx convert nameless --origin example.com
    is 0
    err_has "has no SOA"
    zx convert nameless --origin example.com --strict
    is 7
    incomplete
    "$ZXFR" convert "$ZONE" -f jsonl --except SOA >lines
    zx convert lines
    bad_file "--origin NAME"
    zx convert lines --origin example.com -f jsonl
    is 0
    err_has "has no SOA"
    zx convert lines --origin example.net
    bad_file "lines: holds no record of the zone example.net."
}

@test "--origin and --class: what the file says of itself must fit" {
    primary_start "$ZONE"
    zx example.com "$S" --record "$T/recording"
    "$ZXFR" convert "$ZONE" -f jsonl >lines
    "$ZXFR" convert "$ZONE" -f json >document
    cp "$T/recording" .
    tail -n +2 "$ZONE" >relative
    for from in lines document recording "$ZONE" relative; do
        zx convert "$from" --origin EXAMPLE.com -c IN
        is 0
        [[ $(wc -l <"$T/out") == 8 ]] || show
        [[ $from == relative ]] || {
            zx convert "$from" --origin example.net
            bad_file "$from:"
        }
        zx convert "$from" --origin example.com -c CH
        bad_file "$from:"
    done
    for bad in "" a..b 'a\'; do
        zx convert relative --origin "$bad"
        usage_error --origin
    done
    sed 's/ IN / CH /' "$ZONE" >chaos
    sed -i '/ A \|AAAA/d' chaos
    for words in "" "-c CH"; do
        # shellcheck disable=SC2086
        zx convert chaos $words
        is 0
        [[ $(tail -n 1 "$T/out") == "; zxfr end: example.com. CH serial 2026112201 records 5" ]] || show
        "$ZXFR" convert chaos -f jsonl --no-class >lines
        # shellcheck disable=SC2086
        zx convert lines $words -f json
        is 0
    done
    zx convert chaos -c IN
    bad_file chaos:
}

# ---- Whole or not ------------------------------------------------------------------------------

@test "an end line that does not fit: exit 7, unless told otherwise, and then it says so" {
    zx convert "$ZONE" -o zone
    zx convert "$ZONE" --sort -o sorted
    while IFS='|' read -r edit words; do
        for file in zone sorted; do
            sed -e "$edit" "$file" >edited
            zx convert edited
            bad_file edited: "$words" --accept-incomplete
            incomplete
            zx convert edited -o kept
            bad_file edited:
            [[ ! -e kept ]]
            zx convert --accept-incomplete edited
            is 0
            err_has "edited: warning: "
            incomplete
            cp "$T/out" again
            zx convert again # and so for ever
            bad_file "again: "
            zx convert --accept-incomplete edited -f json -o edited.json
            is 0
            [[ $(jq -r .incomplete edited.json) == *"$words"* ]] || { cat edited.json && false; }
            zx convert edited.json
            bad_file edited.json: "$words"
            rm edited.json
            zx convert --accept-incomplete edited -o kept
            is 0
            [[ $(tail -n 1 kept) == "; zxfr INCOMPLETE: "* ]]
            rm kept
        done
    done <<'LIST'
3d|counts 7 records, but there are 6 before it
s/records 7/records 8/|counts 8 records, but there are 7 before it
s/serial 2026112201/serial 2026112202/|serial 2026112202, the SOA 2026112201
s/zxfr end: example.com/zxfr end: example.net/|of another zone
s/zxfr end: example.com. IN/zxfr end: example.com. CH/|of another zone
s/zxfr end: .*/zxfr end: rubbish/|damaged
s/records 7/records x/|damaged
$a more.example.com. 5 IN A 192.0.2.1|counts 7 records, but there are 7 before it and more after it
s/^; zxfr end: .*/; zxfr INCOMPLETE: the server died/|the server died
LIST
    zx convert sorted
    is 0
    for edit in 's/192.0.2.1/192.0.2.2/' 's/^www/wwv/' 's/3600\tIN\tMX/3601\tIN\tMX/' '$s/sum ./sum g/'; do
        sed "$edit" sorted >edited
        zx convert edited
        bad_file edited: --accept-incomplete
    done
    # behind the end line, too, which is not the last one then
    for edit in '$a ; a comment' '$G' '$a $TTL 60'; do
        sed "$edit" sorted >edited
        zx convert edited
        bad_file edited: "do not have the sum" --accept-incomplete
    done
    # what is written by hand behind a comment or as an empty line is no harm to a dump without sum
    sed -e '3i; a comment' -e '4G' zone >edited
    zx convert edited
    is 0
}

@test "JSON Lines that end in the mark" {
    primary_start --records 2 --do "close -1" "$ZONE"
    zx example.com "$S" -f jsonl
    is 3
    cp "$T/out" lines
    zx convert lines
    bad_file "lines:" --accept-incomplete
    incomplete
    zx convert lines --accept-incomplete
    is 0
    incomplete
    err_has "lines: warning: "
    zx convert lines --accept-incomplete -f jsonl
    is 0
    cmp <(grep -v '^;' lines) <(grep -v '^;' "$T/out")
    incomplete
    echo '{}' >>lines
    zx convert lines --accept-incomplete
    bad_file "lines:" "nothing after"
}

@test "each octet of a sorted file changed: another exit status, or the same records" {
    zx convert "$ZONE" --sort -o sorted
    is 0
    "$DAMAGE" octets sorted
}

@test "JSON cut behind each octet, a document and lines" {
    zx convert "$ZONE" -f json -o document
    run "$DAMAGE" cuts document
    [[ $status == 0 && $output =~ ^1\ [0-9]+$ ]] || { echo "$output" && false; } # but for the last line feed
    zx convert "$ZONE" --only SOA,A -f jsonl -o lines
    head -n 1 lines >one
    run "$DAMAGE" cuts one
    [[ $status == 0 && $output =~ ^1\ [0-9]+$ ]] || { echo "$output" && false; }
}

@test "line ends changed to CR LF: the sum tells that nothing else was" {
    zx convert "$ZONE" --sort -o sorted
    sed 's/$/\r/' sorted >crlf
    sed '2,3s/$/\r/' sorted >some
    for file in crlf some; do
        zx convert "$file" --sort
        is 0
        cmp sorted "$T/out"
        err_has "$file: warning: the line ends were changed to CR LF"
        [[ $(wc -l <"$T/err") == 1 ]] || show
        zx convert "$file" --strict
        bad_file "$file: the line ends were changed to CR LF"
    done
    sed 's/192.0.2.1/192.0.2.2/' crlf >edited
    zx convert edited
    bad_file edited: "the sum" --accept-incomplete
    sed 's/"hello world"/"hello\\013"/' sorted >edited # this carriage return is a zone's
    zx convert edited
    bad_file edited: "the sum"
    zx convert "$ZONE" -o plain # no sum: nothing to be compared
    sed 's/$/\r/' plain >crlf
    zx convert crlf
    is 0
    err_empty
    cmp plain "$T/out"
}

@test "the SOA again, and more behind it" {
    zx convert "$ZONE" -o zone
    grep -v '^;' zone >body
    { head -n 4 body && cat body; } >tried # dig, at its second try
    { cat body && head -n 1 body; } | sort >sorted
    for file in tried sorted; do
        zx convert "$file" --origin example.com
        bad_file "$file:" "the SOA of line" " again at line" "and more behind it: a transfer that was tried again?" \
            --accept-incomplete
        err_has "$file:$([[ $file == sorted ]] && echo 5 || echo 6):"
        zx convert "$file" --origin example.com --accept-incomplete --sort
        is 0
        err_has "$file: warning: the SOA of line "
        incomplete
        cmp <(sort body) <(grep -v '^;' "$T/out" | sort)
    done
    sed 's/2026112201/2026112202/' tried | tac | tac >>tried # another one stays an error
    zx convert tried --accept-incomplete
    bad_file tried: "differs from the SOA"
}

@test "a zone without SOA that zxfr wrote: its end line names the zone" {
    { cat "$ZONE" && echo 'odd TYPE65280 \# 1 00' && echo 'c 5 DSYNC CDS 1 53 x.example.com.'; } >zone
    for words in "--except SOA" "--except SOA --sort" "--except SOA --only DSYNC" "--except SOA --only NS" \
        "--except SOA --relative" "--except SOA,NS --relative --only DSYNC" "--except SOA --no-class"; do
        # shellcheck disable=SC2086
        zx convert zone $words -o without
        is 0
        grep -q '^; zxfr end: example.com. IN serial 2026112201 ' without
        zx convert without -o again --sort --except SOA
        is 0
        err_has "without: warning: has no SOA; it counts as serial 0"
        [[ $(grep -c '^[^;$]' again) == $(grep -c '^[^;$]' without) ]] || { cat without again && show; }
        [[ $(tail -n 1 again) == "; zxfr end: example.com. IN "* ]]
        sed 's/$/\r/' without >crlf
        zx convert crlf --origin example.com
        [[ $words != *--sort* ]] || is 0
        zx convert without --origin example.net
        is 7
        zx_from without convert -
        is 0
        sed '$s/records /records 1/' without >edited
        zx convert edited
        bad_file edited: "records, but there are"
    done
    zx convert zone --except SOA -o without
    "$ZXFR" convert without -f jsonl >lines 2>/dev/null
    [[ $(jq -r .name lines | sort -u | head -n 1) == c.example.com. ]]
    # nothing but the end tells, and it has not come when it is needed
    zx_from <(cat without) convert -
    bad_file "standard input:" --origin
    # what has no record of the zone has none, also where a part will do
    printf '%s\n' 'x.example.net. 5 IN A 192.0.2.1' '; zxfr INCOMPLETE: cut' >foreign
    zx convert foreign --origin example.com --accept-incomplete
    bad_file "foreign: holds no record of the zone example.com."
}

@test "several zones in one file: --origin chooses one, wherever it stands" {
    zone_text example.net. 5 >net
    zone_text example.com. >com
    for files in "net com" "com net"; do
        # shellcheck disable=SC2086
        cat $files >both
        zx convert both --origin example.com
        is 0
        whole "$T/out"
        err_has "both:"
        err_has ": warning: "
        err_has "such records are left out (and 6 more)"
        [[ $(wc -l <"$T/err") == 1 ]] || show
        zx convert both --origin example.net
        is 0
        whole "$T/out" 7 example.net. 5
        zx convert both
        bad_file both: "--origin chooses one"
        zx convert both --origin example.org
        bad_file "both: holds no record of the zone example.org., but of the zone example."
        zx convert both --origin example.com --strict
        [[ $status == 7 || $status == 6 ]] || show
    done
}

@test "warnings and errors name a file once" {
    printf '%s\n' 'x.example.net. 5 A 192.0.2.1' 'x A 192.0.2.1' 'x 5 A 192.0.2.1' >>"$ZONE"
    cp "$ZONE" odd
    sed 3d odd >none
    mkdir sub
    cp odd none sub
    "$ZXFR" convert odd -f jsonl >lines 2>/dev/null
    echo '{"name":"x.example.net.","ttl":1,"type":"A","rdata":"192.0.2.1"}' >>lines
    for file in odd none sub/odd sub/none lines; do
        zx convert "$file"
        is 0
        [[ -s $T/err ]] || show
        zx diff -N "$file" nothing 2>>"$T/err"
        zx_from "$file" convert -
        is 0
        refute grep -q '^zxfr: -:' "$T/err"
        zx convert "$file" --strict
        once "$file"
        zx convert "$file"
        once "$file"
        zx diff "$file" "$file"
        once "$file"
    done
    err_has ": warning: "
    zx convert odd
    err_has "zxfr: odd:10:18: warning: x.example.net. A is outside the zone; such records are left out"
    local deep
    deep=$(printf 'x%.0s' {1..120})/$(printf 'y%.0s' {1..120})
    mkdir -p "$deep"
    cp odd "$deep/odd"
    zx convert "$deep/odd"
    err_has "zxfr: $deep/odd:10:18: warning: x.example.net. A is outside the zone"
    zx convert "$deep/odd" --strict
    err_has "odd:10:18: x.example.net. A is outside the zone"
    { cat "$T/zone" && printf '$INCLUDE %s\n' inner; } >outer # another file has its own name
    echo 'y.example.net. 5 A 192.0.2.1' >inner
    sed -i '/example.net/d' outer
    zx convert outer
    err_has "zxfr: outer: warning: inner:1:18: y.example.net. A is outside"
    primary_start "$T/zone"
    zx example.com "$S" --record "$T/recording" -q
    head -c 300 "$T/recording" >taped
    zx_from taped convert -
    is 7
    once "standard input"
    zx convert taped
    is 7
    once taped
    chmod 0 odd
    ((EUID == 0)) || zx example.com "$S" -o odd --update
    once odd
}

# No line of stderr has the name twice.
once() { refute grep -E "(^|[^a-z/])$1[^a-z/].*[^a-z/]$1([^a-z/]|\$)" "$T/err"; }

# ---- What is no zone ---------------------------------------------------------------------------

@test "what cannot be read" {
    : >empty
    mkdir folder
    echo "; nothing" >comment
    head -c 5000 /dev/urandom >random
    printf '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0' >binary
    cp "$ZXFR" a-program
    printf '{' >brace
    printf '{}' >object
    printf '[]' >array
    printf 'zxfr-recording ' >begun
    printf 'zxfr-recording 2 example.com. IN 5\n' >version
    printf 'zxfr-recording 1 example.com. IN 5\n' >nothing
    printf 'zxfr-recording 1 example.com. IN 5\nX' >stray
    for file in empty folder comment random binary a-program brace object array begun version nothing \
        stray missing folder/none; do
        zx convert "$file"
        bad_file "$file"
        zx convert "$file" -o out --sort
        bad_file "$file"
        [[ ! -e out ]]
    done
    zx convert empty --origin example.com
    bad_file "empty: holds no record"
    cp "$ZONE" secret
    chmod 0 secret
    zx_nobody convert secret
    bad_file secret "Permission denied"
    ln -s loop loop
    zx convert loop
    bad_file loop
}

@test "packed, in another encoding or form: named for what it is" {
    local tool
    for tool in gzip xz zstd bzip2 lz4 zip; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" && return 1; }
    done
    mkdir made
    gzip <"$ZONE" >made/gzip
    xz <"$ZONE" >made/xz
    zstd -q <"$ZONE" >made/zstd
    bzip2 <"$ZONE" >made/bzip2
    lz4 -q <"$ZONE" >made/lz4
    zip -q <"$ZONE" >made/zip
    iconv -t UTF-16LE "$ZONE" >made/UTF-16.le
    iconv -t UTF-16BE "$ZONE" >made/UTF-16.be
    { printf '\xff\xfe' && cat made/UTF-16.le; } >made/UTF-16.lemark
    { printf '\xfe\xff' && cat made/UTF-16.be; } >made/UTF-16.bemark
    named-compilezone -q -i none -F raw -o made/raw example.com "$ZONE"
    "$ZXFR" convert "$ZONE" -f jsonl | jq -s . >"made/JSON array"
    "$ZXFR" convert "$ZONE" -f jsonl | jq -cs . >"made/JSON array.compact"
    for file in made/*; do
        what=${file#made/}
        zx convert "$file" --origin example.com
        bad_file "$file: is " "${what%.*}"
        zx_from "$file" convert - --origin example.com
        bad_file "standard input: is " "${what%.*}"
        { cat "$ZONE" && echo "\$INCLUDE \"$file\""; } >outer
        zx convert outer
        bad_file "${what%.*}" "$file"
        zx diff "$ZONE" "$file"
        is 7
        err_has "${what%.*}"
    done
    # the cure that is told for an array
    jq -c '.[]' "made/JSON array" | "$ZXFR" convert - >cured
    whole cured
}

@test "a byte order mark before any text is passed over" {
    primary_start "$ZONE"
    zx example.com "$S" --record "$T/recording" -o dump
    zx example.com "$S" --sort -o sorted
    zx example.com "$S" -o lines -f jsonl
    zx example.com "$S" -o document -f json
    cp "$T/recording" recording
    cp "$ZONE" hand
    sed 's/^@ IN SOA/$TTL 3600\n&/; 1,2d' "$ZONE" >relative
    sed 's/^@ IN SOA/@ 3600 IN SOA/; 1,2d' "$ZONE" >owner # the first octets are those of a name
    for file in dump sorted lines document recording hand relative owner; do
        { printf '\xef\xbb\xbf' && cat "$file"; } >marked
        for words in "" "--sort" "-f jsonl"; do
            # shellcheck disable=SC2086
            zx convert "$file" --origin example.com $words
            is 0
            cp "$T/out" expected
            # shellcheck disable=SC2086
            zx convert marked --origin example.com $words
            is 0
            err_empty
            cmp expected "$T/out"
            # shellcheck disable=SC2086
            zx_from marked convert - --origin example.com $words
            is 0
            cmp expected "$T/out"
        done
    done
    { printf '\xef\xbb\xbf' && cat sorted; } >marked
    zx diff sorted marked
    is 0
    out_empty
    printf '\xef\xbb\xbfwww2 A 192.0.2.9\n' >part
    { cat "$ZONE" && echo '$INCLUDE part'; } >outer
    zx convert outer
    is 0
    out_has $'www2.example.com.\t3600'
}

@test "names without their dot: how they are read, and a warning where one lacks it" {
    local how
    printf 'example.com 3600 IN SOA a.b c.d 1 2 3 4 5\nwww.example.com 60 A 192.0.2.1\n' >"$T/plain"
    printf 'example.com.\t3600\tIN\tSOA\ta.b. c.d. 1 2 3 4 5\nwww.example.com.\t60\tIN\tA\t192.0.2.1\n' >"$T/dump"
    for how in '' '--origin example.com'; do
        # shellcheck disable=SC2086
        zx convert $how "$T/plain"
        bad_file "becomes example.com.example.com." 'hint: is a dot missing' "\$ORIGIN . in front" '--origin .,'
    done
    err_lacks "--origin NAME"
    zx convert --strict --origin . "$T/plain" # as the hint says
    is 0
    head -n 2 "$T/out" | cmp - "$T/dump"
    { echo "\$ORIGIN ." && cat "$T/plain"; } >"$T/front"
    zx convert --strict "$T/front"
    is 0
    head -n 2 "$T/out" | cmp - "$T/dump"
    { zone_text example.com. && printf '@ MX 1 mail.example.com\nwww.example.com A 192.0.2.1\n'; } >"$T/twice"
    zx convert "$T/twice"
    is 0
    [ "$(wc -l <"$T/err")" = 1 ]
    err_has 'has the name mail.example.com.example.com., with the zone in it twice; is a dot missing? (and 1 more)'
    zx convert -q "$T/twice"
    is 0
    err_empty
    zx convert --strict "$T/twice"
    is 7
}

@test "--origin . where no SOA comes first: the zone is the root" {
    local soa=". 60 SOA a. b. 1 2 3 4 5"
    printf '%s\n' '. 60 NS a.' "$soa" 'com NS a.' >ns
    zx convert --origin . ns
    is 0
    grep -q '^; zxfr end: \. IN serial 1 records 3 ' "$T/out"
    printf '%s\n' 'a 60 A 192.0.2.1' 'b. A 192.0.2.2' >bare
    zx convert --origin . bare
    [ "$status" -le 7 ]
    err_clean
    printf '%s\n' '. 60 NS a.' "$soa" "$soa" 'com NS a.' >twice
    zx convert --origin . twice
    bad_file "the SOA of line 2 again at line 3"
    zx diff --origin . ns bare
    err_clean
    zx check --origin . ns
    err_clean
    printf '%s\n' '. 60 NS a.' 'x.example.com. 60 SOA a. b. 1 2 3 4 5' >other
    zx convert --origin . other
    bad_file "SOA"
}

@test "nothing is told of RDATA that is left out anyway" {
    { zone_text example.com. && printf 'x TYPE1 \\# 1 00\ny.example. TYPE2 \\# 1 05\n'; } >"$T/zone"
    zx convert "$T/zone" -f jsonl -o "$T/json"
    is 0
    err_has 'x.example.com. A address runs past the end'
    printf '{"name":"y.example.","ttl":1,"type":"NS","rdata":"\\\\# 1 05"}\n' >>"$T/json"
    for file in zone json; do
        zx convert "$T/$file" --except A
        is 0
        [ "$(wc -l <"$T/err")" = 1 ]
        err_has 'y.example. NS is outside the zone'
        zx convert "$T/$file"
        is 0
        [ "$(wc -l <"$T/err")" = 2 ]
        err_has 'x.example.com. A'
        err_lacks 'y.example. NS host'
        zx diff "$T/$file" "$T/$file" --except A
        is 0
        err_lacks 'x.example.com. A'
    done
    sed -i '$d' "$T/zone"
    primary_start "$T/zone"
    zx example.com "$S" --strict
    refute test "$status" = 0
    zx example.com "$S" --strict --except A
    is 0
    err_empty
}

@test "\$INCLUDE: from a file, but not from standard input" {
    sed -n 4,5p "$ZONE" >part
    # shellcheck disable=SC2016
    sed -e 4,5d -e '3a$INCLUDE part' "$ZONE" >whole
    zx convert whole
    is 0
    whole "$T/out"
    zx_from whole convert -
    bad_file "standard input:4:" INCLUDE
    cd /
    zx convert "$T/box/whole"
    is 0
    cd "$T/box"
    # A part of a zone, in a file of a transfer that was cut: the whole of it lacks the rest.
    echo '; zxfr INCOMPLETE: cut off' >>part
    zx convert whole -o file
    is 7
    err_has "cut off"
    [ ! -e file ]
    zx convert --accept-incomplete whole -o file
    is 0
    # What is not text is one error, not one for each of its lines.
    printf '[\n{"a": 1},\n{}]\n' >part
    zx convert whole
    bad_file "part: is a JSON array"
    err_lacks "part:1"
}

@test "a bad file: all its errors, the count, and nothing that was not written before" {
    local form bad=(3:7 4:10 5:13 7:7)
    printf '%s\n' '$TTL 60' '@ SOA ns h 1 2 3 4 5' 'www A 192.0.2.256' '    AAAA ::g' 'txt TXT "x" "y' \
        'mx MX ( 1' '    2 3 )' 'good A 192.0.2.1' >bad
    zx convert --origin example. bad --max-findings 0
    is 7
    [ "$(wc -l <"$T/err")" = 1 ]
    err_has "bad:3:7: "
    cp "$T/out" first.out
    cp "$T/err" first.err
    for form in '' '--sort' '--whole' '-o file' '-f jsonl'; do
        # shellcheck disable=SC2086
        zx convert --origin example. bad $form
        is 7
        [ "$(wc -l <"$T/err")" = 5 ]
        head -n 1 "$T/err" | cmp - first.err
        cut -d : -f 2-4 "$T/err" | head -n 4 | tr -d ' ' >places
        diff places <(printf 'bad:%s\n' "${bad[@]}")
        err_has "zxfr: bad: 4 errors"
        [ ! -e file ]
        [ -n "$form" ] || cmp first.out "$T/out"
    done
    zx convert --origin example. bad --max-findings 2
    is 7
    [ "$(wc -l <"$T/err")" = 3 ]
    err_has "bad: ... and 2 more: 4 errors"
    zx convert --origin example. bad --max-findings 1
    is 7
    head -n 1 "$T/err" | cmp - first.err
    err_has "bad: ... and 3 more: 4 errors"
    zx_from bad convert --origin example. -
    is 7
    err_has "zxfr: -: 4 errors"
    zx diff --origin example. bad bad
    is 7
    err_has "OLD: bad:7:7: "
    err_has "OLD: bad: 4 errors"
    err_lacks NEW
    zx diff --origin example. -N missing bad --max-findings 3
    is 7
    err_has "NEW: bad: ... and 1 more: 4 errors"
    echo "\$INCLUDE none" >>bad # after the hint's error there is no going on
    zx convert --origin example. bad
    is 7
    err_has "bad: 5 errors"
    zx convert --max-findings 10001 bad
    is 2
}

@test "bad JSON: all its errors; strictly, every warning is one" {
    local i
    zx convert "$ZONE" -f jsonl -o good
    sed -e '3s/"rdata":".*"/"rdata":"x"/' -e '5s/"ttl":3600/"ttl":-1/' good >bad
    zx convert bad
    is 7
    [ "$(wc -l <"$T/err")" = 3 ]
    err_has "bad:3: rdata: "
    err_has "bad:5: ttl: "
    err_has "bad: 2 errors"
    { zone_text example.com. && for i in 1 2 3; do echo "w$i TYPE1 \\# 1 00"; done; } >odd
    zx convert odd
    is 0
    zx convert --strict odd
    is 6
    err_has "odd:10:4: w1.example.com. A address runs past the end of the RDATA (--strict)"
    err_has "odd:12:4: w3"
    err_has "odd: 3 errors"
}

@test "errors without end take neither memory nor time" {
    yes 'a A x' | head -n 3000000 >bad
    zx convert --origin example. bad --max-findings 10000
    is 7
    [ "$(wc -l <"$T/err")" = 10001 ]
    err_has "bad: ... and 90000 more: at least 100000 errors"
    { printf 'a 1 A x\n' && yes 'a 1 A 192.0.2.1'; } | head -c 300000000 >large
    zx convert --origin example. large --max-time 1
    is 7
    [ "$(wc -l <"$T/err")" = 1 ] # what there was time for
    mkfifo fifo # a signal ends it while more is looked for
    zx_start convert --origin example. fifo
    exec 7>fifo
    echo 'a 1 A x' >&7
    sleep 0.2
    kill "$ZX_PID"
    zx_wait
    exec 7>&-
    is 143
}

@test "--include-dir: beside the file first, then there; the message names both places" {
    mkdir -p zones/parts named/zones/parts
    # shellcheck disable=SC2016
    { zone_text example.com. && echo '$INCLUDE "zones/parts/web"'; } >zones/db.x
    printf 'here A 192.0.2.1\n$INCLUDE zones/parts/more\n' >named/zones/parts/web
    printf 'more A 192.0.2.2\n' >named/zones/parts/more
    zx convert zones/db.x
    bad_file "zones/db.x:10:11: \$INCLUDE: zones/zones/parts/web: No such file" "hint: --include-dir DIR"
    zx convert --include-dir elsewhere zones/db.x
    bad_file "neither zones/zones/parts/web nor elsewhere/zones/parts/web is there"
    zx convert --include-dir named zones/db.x -o included
    is 0
    grep -c '^\(here\|more\)' included | grep -qx 2
    zx_from zones/db.x convert --include-dir named -
    is 0
    cmp included "$T/out"
    zx diff --include-dir named included zones/db.x
    is 0
    mkdir -p zones/zones/parts
    echo 'beside A 192.0.2.3' >zones/zones/parts/web
    zx convert --include-dir named zones/db.x
    is 0
    out_has beside
    out_lacks here
    chmod 0 zones/zones/parts/web # one that is there is not passed over
    if ! cat zones/zones/parts/web 2>/dev/null; then
        zx convert --include-dir named zones/db.x
        bad_file "zones/zones/parts/web: Permission denied"
    fi
}

@test "--no-include: an error that says so" {
    # shellcheck disable=SC2016
    { zone_text example.com. && echo '$INCLUDE part'; } >whole
    touch part
    zx convert --no-include whole
    bad_file 'whole:10:10: $INCLUDE: "part": files are not included (--no-include)'
    zx diff --no-include whole whole
    is 7
    err_has "OLD: whole:10:10: "
    err_has "(--no-include)"
    zx convert --no-include --include-dir . whole
    is 2
    zx_from part convert --no-include -
    is 7
}

@test "errors name the place, and hold nothing that a terminal obeys" {
    printf '%s\n' '$ORIGIN example.com.' '@ 5 IN SOA . . 1 1 1 1 1' $'a 5 IN A \x1b[31m' >bad
    zx convert bad
    bad_file "bad:3:10: " A
    incomplete
    cp bad $'b\x1b[31m\nx'
    zx convert $'b\x1b[31m\nx'
    is 7
    err_clean
    refute grep -q $'\x1b' "$T/out"
    [[ $(grep -c . "$T/out") == 2 ]] || show
}

# ---- The output --------------------------------------------------------------------------------

@test "-o onto the file itself, through links and names" {
    cp "$ZONE" zone
    ln -s zone link
    zx convert --sort -o zone zone
    is 0
    python3 "$SUM" zone
    cp zone "$T/sorted"
    zx convert -f jsonl -o link ./zone --exit-code
    is 1
    [[ -L link ]]
    zx convert link -o zone --sort
    is 0
    cmp "$T/sorted" zone
    zx convert zone -o zone --sort --exit-code
    is 0
    # and where it fails, the file stays
    sed -i 's/records 7/records 9/' zone
    cp zone "$T/before"
    zx convert zone -o zone -f json
    bad_file zone
    cmp "$T/before" zone
    box_holds link zone
}

@test "an output that takes nothing" {
    write_big 30000
    for from in "$ZONE" "$BIG"; do
        status=0
        "$ZXFR" convert "$from" >/dev/full 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
        status=0
        "$ZXFR" convert "$from" >&- 2>"$T/err" || status=$?
        is 8
        zx convert "$from" -o /dev/full
        is 8
        zx convert "$from" -o none/file
        is 8
    done
    status=0
    env --default-signal=PIPE bash -c '"$0" convert "$1" | head -n 1 >/dev/null
        exit ${PIPESTATUS[0]}' "$ZXFR" "$BIG" 2>"$T/err" || status=$?
    is 141
    err_empty
    status=0
    (
        trap '' PIPE
        bash -c '"$0" convert "$1" | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}' "$ZXFR" "$BIG"
    ) 2>"$T/err" || status=$?
    is 8
}

@test "signals: while waiting for input, while reading, while writing" {
    mkfifo fifo out
    echo "; old" >zone
    for signal in INT TERM HUP; do
        zx_start convert fifo -o zone
        sleep 0.2
        kill -"$signal" "$ZX_PID"
        zx_wait
        is $((128 + $(kill -l "$signal")))
        zx_start convert fifo -o zone
        exec 7>fifo
        cat "$ZONE" >&7
        sleep 0.2
        kill -"$signal" "$ZX_PID"
        zx_wait
        exec 7>&-
        is $((128 + $(kill -l "$signal")))
        [[ $(<zone) == "; old" ]]
        box_holds fifo out zone
    done
    write_big 30000
    zx_start convert "$BIG" -o out
    exec 7<out
    sleep 0.3
    kill "$ZX_PID"
    zx_wait
    exec 7<&-
    is 143
}

@test "guards and choices hold for files" {
    zx convert "$ZONE" --max-records 6
    is 9
    err_has 6
    zx convert "$ZONE" --min-records 8
    is 9
    zx convert "$ZONE" -o zone
    sed -i '/AAAA\|TXT\|MX/d' "$ZONE"
    zx convert "$ZONE" -o zone --max-shrink 10
    is 9
    whole zone
    zx convert "$ZONE" -o zone --max-shrink 60
    is 0
    zx convert zone --only NS
    is 0
    [[ $(tail -n 1 "$T/out") == "; zxfr end: example.com. IN serial 2026112201 records 2 filtered" ]] || show
    cp "$T/out" filtered
    zx convert filtered
    is 0
}

# ---- Recordings --------------------------------------------------------------------------------

@test "a recording: the transfer once more" {
    primary_start --records 2 "$ZONE"
    zx example.com "$S" --record recording -o zone
    zx convert recording
    is 0
    err_empty
    cmp zone "$T/out"
    zx_from recording convert -
    is 0
    cmp zone "$T/out"
    [[ -z $(ls -A "$T/tmp") ]]
    zx convert recording --strict
    is 0
}

@test "a recording of several attempts: the last one counts" {
    primary_start --do "connection 1" --do "endserial 7" --do "connection 2" --refuse REFUSED "$ZONE" || true
    primary_start --records 2 --do "close -1" "$ZONE"
    local cut=$S
    primary_start --records 2 "$ZONE"
    zx example.com "$cut" "$S" --record recording -o zone
    is 0
    zx convert recording
    is 0
    cmp zone "$T/out"
    # the good one first, then one that broke
    zx example.com "$cut" --record broken
    is 3
    { cat recording && tail -n +2 broken; } >both
    zx convert both
    bad_file "both: the recording ends"
    incomplete
    zx convert both --accept-incomplete
    is 0
    incomplete
}

@test "a recording that broke off inside of its first message" {
    primary_start --do "close -30" "$ZONE"
    zx example.com "$S" --record recording
    is 3
    zx convert recording
    bad_file "recording: the recording ends without an answer"
    for format in zone json jsonl stats; do
        zx convert recording --accept-incomplete -f "$format"
        is 0
        grep -q INCOMPLETE "$T/out" || jq -e .incomplete "$T/out"
    done
    zx convert recording --accept-incomplete -o zone
    is 0
    grep -qx '; zxfr INCOMPLETE: .*' zone
    zx diff --accept-incomplete recording "$ZONE"
    is 7
    err_has "holds no record"
}

@test "recordings of transfers that failed fail as these did" {
    while IFS='|' read -r command exit words; do
        primary_start --records 2 --do "$command" "$ZONE"
        zx example.com "$S" --record recording
        is "$exit"
        refute zx_same recording "$exit" "$words"
    done <<'LIST'
endserial 7|6|the last SOA has serial 7
rcode 2 SERVFAIL|4|SERVFAIL
class 3|6|class 3
nosoa|6|the first record is not a SOA
LIST
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$S" --record recording
    is 4
    zx convert recording
    is 4
    err_has "recording: message 1: the server answered REFUSED"
    incomplete
}

zx_same() {
    zx convert "$1"
    is "$2" && err_has "$3" && incomplete && err_has "$1: " && return 1
    return 0
}

@test "a recording cut behind each octet is never a zone, unless all of it is there" {
    primary_start --records 3 "$ZONE"
    zx example.com "$S" --record recording -o zone
    run "$DAMAGE" cuts recording
    # the entry that the server closed the connection may be missing
    [[ $status == 0 ]] || { echo "$output" && false; }
    good=${output% *}
    ((good <= 12)) || { echo "$output" && false; }
}

@test "a recording with any octet changed ends in order" {
    primary_start --records 3 "$ZONE"
    zx example.com "$S" --record recording -o zone
    run "$DAMAGE" octets-any recording
    [[ $status == 0 ]] || { echo "$output" && false; }
}

@test "a signed recording: right key, wrong keys, none, damaged" {
    (umask 077 && printf '%s\n' "$KEY" >"$T/key" &&
        printf 'hmac-sha256:xfr-key.example.com:c2VjcmV0\n' >"$T/wrong" &&
        printf 'hmac-sha256:other-key.example.com:%s\n' "$SECRET" >"$T/other" &&
        printf 'hmac-sha512:xfr-key.example.com:%s\n' "$SECRET" >"$T/sha512")
    primary_start --records 2 --key "$KEY" "$ZONE"
    zx example.com "$S" -k "$T/key" --record recording -o zone
    is 0
    sleep 1
    # at the recorded times: long ago, too
    for clock in 0 100000000; do
        # the library of a sanitizer wants to be the first
        ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=${SHIFTCLOCK_SO:-} SHIFTCLOCK=$clock \
            zx convert recording -k "$T/key" -v
        is 0
        err_has "signatures verified"
        cmp zone "$T/out"
    done
    zx_from recording convert -k "$T/key" -
    is 0
    err_empty
    zx convert recording -y "$KEY"
    is 0
    zx convert recording
    is 0
    err_has "recording: warning: "
    err_has "without -k that is not verified"
    cmp zone "$T/out"
    zx convert recording --strict
    is 7
    for key in wrong other sha512; do
        zx convert recording -k "$T/$key"
        is 5
        err_has "recording: "
        incomplete
        refute grep -q '^[^;]' "$T/out"
    done
    # the last octet of a MAC, and one of a record
    cp recording spoilt
    /usr/bin/python3 - spoilt <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.rindex(b"\x04mail\xc0") if b"\x04mail\xc0" in data else data.index(b"\xc0\x00\x02\x01")
data[at + 1] ^= 1
open(sys.argv[1], "wb").write(data)
PY
    zx convert spoilt -k "$T/key"
    is 5
    incomplete
    # a key, and nothing that is signed
    primary_start "$ZONE"
    zx example.com "$S" --record unsigned
    zx convert unsigned -k "$T/key"
    is 5
    err_has "unsigned: "
    # with a master file a key means nothing
    zx convert "$ZONE" -k "$T/missing"
    is 2
}

# ---- Memory ------------------------------------------------------------------------------------

@test "hostile input does not take memory" {
    [[ -z ${SANITIZED:-} ]] || skip "a build with sanitizers takes more"
    soa='example.com. 5 IN SOA . . 1 1 1 1 1'
    { echo "$soa" && printf 'x 5 IN TXT ' && head -c 60000000 /dev/zero | tr '\0' 'a'; } >line
    { echo "$soa" && printf 'x 5 IN TXT ' && head -c 60000000 /dev/zero | tr '\0' '('; } >open
    { echo "$soa" && printf ';' && head -c 60000000 /dev/zero | tr '\0' 'a' && echo; } >comment
    { printf '{"name":"' && head -c 60000000 /dev/zero | tr '\0' 'a'; } >string
    { printf '{"name":' && head -c 60000000 /dev/zero | tr '\0' '['; } >deep
    { printf '{"a":' && yes '[' | head -n 3000000; } >lines
    { head -c 60000000 /dev/zero | tr '\0' '{'; } >braces
    { printf 'zxfr-recording ' && head -c 60000000 /dev/zero | tr '\0' 'a'; } >recording
    { printf '{"zone":"example.com.","records":[' && head -c 60000000 /dev/zero | tr '\0' ','; } >commas
    for file in line open comment string deep lines braces recording commas; do
        for input in "$file" -; do
            status=0
            "$MEASURE" -o "$T/out" "$ZXFR" convert "$input" <"$file" >"$T/measured" 2>"$T/err" || status=$?
            read -r wall cpu rss exit <"$T/measured"
            ((rss < 60000)) || { echo "$file: $rss KiB, $cpu s, $wall s" && false; }
            awk "BEGIN { exit !($cpu < 5) }" || { echo "$file: $cpu s" && false; }
            [[ $exit == 7 ]] || { echo "$file" && cat "$T/err" "$T/measured" && false; }
        done
    done
}

@test "what means nothing with recorded changes is refused, and diff takes no changes" {
    zone_text example.com. 2026112202 >"$T/newer"
    primary_start --older "$T/zone" "$T/newer"
    zx example.com "$S" ixfr=2026112201 --record rec
    is 0
    for words in --pretty --relative --sort "--min-records 3"; do
        # shellcheck disable=SC2086
        zx convert rec $words
        usage_error "${words%% *}"
    done
    zx convert "$T/zone" --condense
    usage_error "--condense"
    zx diff rec "$T/newer"
    is 7
    err_has "OLD: rec: holds changes, not a zone"
}
