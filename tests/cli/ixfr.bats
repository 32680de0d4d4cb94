#!/usr/bin/env bats
# Changes (ixfr=SERIAL): what is printed, and every fault of protocol and server.

load helper

# Three versions. Between them: an address that goes and comes back, a TTL that changes, a name in
# another letter case (which is no change), a type that not every reader knows.
write_versions() {
    zone_text example.com. 1 >"$T/v1"
    echo 'a A 192.0.2.2' >>"$T/v1"
    zone_text example.com. 2 >"$T/v2"
    echo 'c A 192.0.2.3' >>"$T/v2"
    zone_text example.com. 3 >"$T/v3"
    printf '%s\n' 'c 600 A 192.0.2.3' 'a A 192.0.2.2' 'd TYPE65280 \# 2 abcd' >>"$T/v3"
    SOA='example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com.'
    END='7200 3600 1209600 300'
}

versions() {
    write_versions
    primary_start "$@" --older "$T/v1" --older "$T/v2" "$T/v3"
}

# Standard output is these lines, tabs for blanks where the zone format has them.
out_is() {
    local line
    for line; do
        if [[ $line == ';'* ]]; then echo "$line"; else sed 's/ /\t/; s/ /\t/; s/ /\t/; s/ /\t/' <<<"$line"; fi
    done >"$T/expected"
    diff -u "$T/expected" "$T/out"
}

@test "each step is printed, in the order of the server" {
    versions
    zx example.com "$S" ixfr=1
    is 0
    out_is "; zxfr diff: example.com. IN 1 2" \
        "-$SOA 1 $END" "-a.example.com. 3600 IN A 192.0.2.2" \
        "+$SOA 2 $END" "+c.example.com. 3600 IN A 192.0.2.3" \
        "; zxfr diff: example.com. IN 2 3" \
        "-$SOA 2 $END" "-c.example.com. 3600 IN A 192.0.2.3" \
        "+$SOA 3 $END" "+a.example.com. 3600 IN A 192.0.2.2" \
        "+c.example.com. 600 IN A 192.0.2.3" "+d.example.com. 3600 IN TYPE65280 \\# 2 abcd"
    [ ! -s "$T/err" ]
}

@test "the words for it: ixfr=N, -t ixfr=N, --since N" {
    local words
    versions
    for words in "ixfr=2" "IXFR=2" "-t ixfr=2" "--type=ixfr=2" "--since 2" "--since=2" "-t ixfr=2 --since 2"; do
        # shellcheck disable=SC2086
        zx example.com "$S" $words
        is 0
        out_has "; zxfr diff: example.com. IN 2 3"
        [ "$(grep -c '^[-+]' "$T/out")" -eq 6 ]
    done
}

@test "--condense gives the net effect" {
    versions
    zx example.com "$S" ixfr=1 --condense
    is 0
    out_is "; zxfr diff: example.com. IN 1 3" "-$SOA 1 $END" "+$SOA 3 $END" \
        "+c.example.com. 600 IN A 192.0.2.3" "+d.example.com. 3600 IN TYPE65280 \\# 2 abcd"
    zx example.com "$S" ixfr=1 --condense -f ixfr
    is 0
    out_is "$SOA 3 $END" "$SOA 1 $END" "$SOA 3 $END" "c.example.com. 600 IN A 192.0.2.3" \
        "d.example.com. 3600 IN TYPE65280 \\# 2 abcd" "$SOA 3 $END"
}

@test "-f ixfr prints what dig prints" {
    local records
    for records in 1 2 100; do
        versions --records "$records"
        zx example.com "$S" ixfr=1 -f ixfr
        is 0
        dig +noall +answer -p "$PORT" @127.0.0.1 example.com ixfr=1 >"$T/dig"
        diff <(tr -s '\t' ' ' <"$T/out") <(tr -s '\t' ' ' <"$T/dig" | sed 's/ABCD/abcd/')
        [ "$(wc -l <"$T/out")" -eq 12 ]
    done
}

@test "JSON, with op in every line" {
    versions
    zx example.com "$S" ixfr=1 -f jsonl
    is 0
    [ "$(jq -r '.op + " " + .type' "$T/out" | xargs)" = \
        "del SOA del A add SOA add A del SOA del A add SOA add A add A add TYPE65280" ]
    zx example.com "$S" ixfr=1 -f json --condense
    is 0
    [ "$(jq -c '[.from, .to, (.changes | length)]' "$T/out")" = "[1,3,4]" ]
}

@test "up to date is no output" {
    local format
    versions
    for format in diff ixfr jsonl zone; do
        zx example.com "$S" ixfr=3 -f "$format"
        is 0
        [ ! -s "$T/out" ]
    done
    zx example.com "$S" ixfr=3 -f json
    is 0
    [ "$(jq -c '[.from, .to, .changes]' "$T/out")" = "[3,3,[]]" ]
}

@test "up to date in the zone format leaves FILE alone" {
    versions
    echo old >file
    zx example.com "$S" ixfr=3 -f zone -o file
    is 0
    [ "$(cat file)" = old ]
    zx example.com "$S" ixfr=3 -o file
    is 0
    [ ! -s file ]
}

@test "a zone in place of changes is exit 10, and a zone in the zone format" {
    local how
    for how in "--ixfr zone" "--ixfr zone --soa-alone" "--ixfr zone --records 1"; do
        # shellcheck disable=SC2086
        versions $how
        zx example.com "$S" ixfr=1
        is 10
        err_has "the server sent the whole zone (serial 3) in place of the changes since 1"
        err_has "hint: zxfr diff OLD ZONE@SERVER"
        [ ! -s "$T/out" ]
        zx example.com "$S" ixfr=1 -f zone
        is 0
        cp "$T/out" "$T/style"
        zx example.com "$S"
        is 0
        cmp "$T/out" "$T/style"
    done
}

@test "changes in the zone format are refused" {
    versions
    echo old >file
    zx example.com "$S" ixfr=1 -f zone -o file
    is 2
    err_has "--format diff writes them"
    [ "$(cat file)" = old ]
}

@test "one record a message, small messages, questions everywhere, empty messages" {
    local how
    versions
    zx example.com "$S" ixfr=1
    cp "$T/out" "$T/right"
    for how in "--records 1" "--soa-alone" "--message-size 512 --question all" \
        "--records 1 --opt-only 1" "--compress all" "--compress none --records 2"; do
        # shellcheck disable=SC2086
        versions $how
        zx example.com "$S" ixfr=1
        is 0
        cmp "$T/out" "$T/right"
    done
}

# FAULT | how the server is told | exit status | what must be said
faults() {
    cat <<'TABLE'
base          | ixfr base         | 6  | message 1: the changes begin at serial 2, not at 1
gap           | ixfr gap          | 6  | lead to serial 2, but those that follow begin at 3
back          | ixfr back         | 6  | lead from serial 1 to 0, which is not on the way to 3
stay          | ixfr stay         | 6  | lead from serial 1 to 1,
past          | ixfr past         | 6  | lead from serial 1 to 4,
skip          | ixfr skip         | 6  | lead to serial 2, but those that follow begin at 3
link          | ixfr link         | 6  | delete another SOA than they added, with the same serial 2
newest        | ixfr newest       | 6  | lead to another SOA than the first, with the same serial 3
deltwice      | ixfr deltwice     | 6  | a.example.com. A: the changes to serial 2 delete a record that earlier ones deleted
addtwice      | ixfr addtwice     | 6  | c.example.com. A: the changes to serial 2 add a record that earlier ones added
lone, FIN     | ixfr lone; stop 2 close | 10 | nothing after it: it has no changes since 1
lone, silence | ixfr lone; stop 2 stall | 10 | nothing after it: it has no changes since 1
lone, RST     | ixfr lone; stop 2 reset | 3  | after message 1
older         | ixfr older        | 9  | the server's serial 0 is older than 1
undefined     | ixfr undefined    | 9  | serial 2147483649 is 2^31 away from 1: neither is newer
empty         | ixfr empty        | 6  | message 1: no records
other SOA     | otherfirst        | 6  | the SOA of another name, other.example.com.
after end     | after end         | 6  | records after the SOA that ends the transfer
end serial    | endserial 4       | 6  | lead to serial 3, but those that follow begin at 4
end refresh   | endsoa refresh    | 6  | delete another SOA than they added, with the same serial 3
no end        | noend; stop 2 close | 3 | before the end of the changes
silence       | noend; stop 2 stall | 3 | nothing for
SOA inside    | soa other         | 6  | a SOA at other.example.com., which is not the apex
SOA same      | soa same          | 6  | 
SOA middle    | soa middle        | 6  | 
class         | class 3           | 6  | a record of class 3
meta          | meta ANY          | 6  | a record of type 255
FORMERR       | rcode 1 FORMERR   | 4  | the server answered FORMERR
NOTIMP        | rcode 1 NOTIMP    | 4  | the server answered NOTIMP
REFUSED       | rcode 1 REFUSED   | 4  | the server answered REFUSED
SERVFAIL      | rcode 1 SERVFAIL  | 4  | the server answered SERVFAIL
NOTAUTH       | rcode 1 NOTAUTH   | 4  | the server answered NOTAUTH
question      | question 1 type   | 6  | another type than the query
TC            | tc 1              | 6  | truncated
endless steps | endless-steps     | 9  | the changes take more than 268435456 octets
TABLE
}

@test "faults: status, message, no output, FILE as it was; and the zone can still be had" {
    local name script expected words line commands bad=0
    write_versions
    echo old >file
    while IFS='|' read -r name script expected words; do
        words=${words# } commands=(--do "for IXFR")
        while read -r line; do
            commands+=(--do "$line")
        done < <(tr ';' '\n' <<<"$script")
        primary_start "${commands[@]}" --older "$T/v1" --older "$T/v2" "$T/v3"
        zx --idle-timeout 1s -o file example.com "$S" ixfr=1
        if ! { is "${expected// /}" && grep -qF -- "$words" "$T/err" && [ "$(cat file)" = old ]; }; then
            echo "fault: $name"
            bad=1
        fi
        zx example.com "$S" ixfr=1 --idle-timeout 1s
        if grep -q '^[-+]' "$T/out"; then
            echo "fault: $name: output"
            bad=1
        fi
        zx example.com "$S" || { echo "fault: $name: no zone" && bad=1; }
        kill "${PIDS[-1]}"
    done < <(faults)
    [ "$bad" -eq 0 ]
}

@test "faults with one record a message" {
    local name script expected words
    write_versions
    while IFS='|' read -r name script expected words; do
        [[ $script =~ ixfr\ (base|gap|back|stay|past|skip|link|newest|deltwice|addtwice) ]] || continue
        primary_start --records 1 --do "${script%% |*}" --older "$T/v1" --older "$T/v2" "$T/v3"
        zx example.com "$S" ixfr=1
        is 6
        [ ! -s "$T/out" ]
        kill "${PIDS[-1]}"
    done < <(faults)
}

@test "a zone in place of changes, with its faults" {
    versions --ixfr zone --do nosoa
    zx example.com "$S" ixfr=1
    is 6
    err_has "the first record is not a SOA but example.com. NS"
    versions --ixfr zone --do noend --do "stop 2 close"
    zx example.com "$S" ixfr=1 -f zone
    is 3
    err_has "before the end of the zone"
    versions --ixfr zone --do "endserial 4"
    zx example.com "$S" ixfr=1 -f zone
    is 6
    err_has "the last SOA has serial 4, the first 3"
}

@test "what is only worth a warning" {
    versions --do "ixfr ttl"
    zx example.com "$S" ixfr=2
    is 0
    zx example.com "$S" ixfr=1
    is 0
    versions --do outofzone
    zx example.com "$S" ixfr=1
    is 0
    err_has "warning: out-of-zone.invalid. A is outside the zone"
    out_lacks out-of-zone
    zx example.com "$S" ixfr=1 --strict
    is 6
}

@test "another server is asked where one has no changes" {
    versions --ixfr zone
    local first=$S
    versions --do "ixfr older"
    local second=$S
    versions
    zx example.com "$first" "$second" "$S" ixfr=1
    is 0
    out_has "; zxfr diff: example.com. IN 2 3"
    zx example.com "$first" "$second" ixfr=1
    is 9
}

@test "serials go round" {
    zone_text example.com. 4294967295 >"$T/v1"
    zone_text example.com. 0 >"$T/v2"
    zone_text example.com. 5 >"$T/v3"
    primary_start --older "$T/v1" --older "$T/v2" "$T/v3"
    zx example.com "$S" ixfr=4294967295
    is 0
    out_has "; zxfr diff: example.com. IN 4294967295 0"
    out_has "; zxfr diff: example.com. IN 0 5"
    zx example.com "$S" ixfr=0
    is 0
    out_lacks "4294967295 0"
    zx example.com "$S" ixfr=6
    is 9
}

@test "the query" {
    versions --query-log "$T/log"
    zx example.com "$S" ixfr=4294967294
    PYTHONPATH='' /usr/bin/python3 - "$T/log" <<'CHECK'
import sys
import dns.message, dns.rdatatype, dns.opcode
with open(sys.argv[1]) as log:
    message = dns.message.from_wire(bytes.fromhex(log.readline()))
assert message.flags == 0 and message.opcode() == dns.opcode.QUERY, message
assert str(message.question[0]) == 'example.com. IN IXFR', message
assert [str(rrset) for rrset in message.authority] == \
    ['example.com. 0 IN SOA . . 4294967294 0 0 0 0'], message
assert not message.answer and not message.additional, message
CHECK
}

@test "the report" {
    versions
    zx example.com "$S" ixfr=1 --report report
    is 0
    [ "$(jq -c '[.kind, .serial, .from, .to, .added, .deleted]' report)" = '["ixfr",3,1,3,6,4]' ]
    zx example.com "$S" ixfr=1 --condense --report report
    [ "$(jq -c '[.kind, .from, .to, .added, .deleted]' report)" = '["ixfr",1,3,3,1]' ]
    zx example.com "$S" ixfr=3 --report report
    [ "$(jq -c '[.kind, .serial, .from, .to, .added, .deleted]' report)" = '["uptodate",3,3,3,0,0]' ]
    zx example.com "$S" ixfr=9 --report report
    [ "$(jq -c '[.kind, .from, .added, .result, .attempts[0].error]' report)" = \
        '["ixfr",null,null,"guard","serial-older"]' ]
    versions --ixfr zone
    zx example.com "$S" ixfr=1 -f zone --report report
    [ "$(jq -c '[.kind, .records, .from, .added]' report)" = '["axfr-style",10,null,null]' ]
}

@test "colours where they are wanted" {
    local esc=$'\033'
    versions
    zx example.com "$S" ixfr=1 --color always
    is 0
    [ "$(grep -c "^${esc}\[31m-.*${esc}\[0m$" "$T/out")" -eq 4 ]
    [ "$(grep -c "^${esc}\[32m+.*${esc}\[0m$" "$T/out")" -eq 6 ]
    zx example.com "$S" ixfr=1 --color auto
    out_lacks "$esc"
    zx_tty() { script -qec "TERM=xterm $1 '$ZXFR' example.com $S ixfr=1 $2" /dev/null >"$T/out" </dev/null; }
    zx_tty "" ""
    out_has "${esc}[31m-"
    zx_tty "" "--color never"
    out_lacks "$esc"
    zx_tty "NO_COLOR=1" ""
    out_lacks "$esc"
    zx_tty "NO_COLOR=1" "--color always"
    out_has "${esc}[31m-"
    zx_tty "NO_COLOR=" ""
    out_has "${esc}[31m-"
}

@test "words that make no sense" {
    local words
    for words in "ixfr" "-t ixfr" "ixfr=" "ixfr=x" "ixfr=-1" "ixfr=4294967296" "ixfr=1 axfr" \
        "axfr ixfr=1" "ixfr=1 --since 2" "--condense" "-f diff" "-f ixfr" "ixfr=1 --sort" \
        "ixfr=1 --min-records 1" "ixfr=1 -f diff --relative" \
        "ixfr=1 --color sometimes" "--since"; do
        # shellcheck disable=SC2086
        zx example.com @127.0.0.1#1 $words
        is 2
    done
}

@test "a recording of changes is converted like one of a zone" {
    versions
    for words in "" "--condense" "-f jsonl" "-f ixfr --condense" "-f stats"; do
        # shellcheck disable=SC2086
        zx example.com "$S" ixfr=1 $words --record rec
        is 0
        cp "$T/out" direct
        # shellcheck disable=SC2086
        zx convert rec $words
        is 0
        cmp direct "$T/out" || show
    done
    zx convert rec -f zone
    usage_error "holds changes"
    zx example.com "$S" ixfr=3 --record rec
    zx convert rec
    is 0
    out_empty
    zx convert rec -f json
    is 0
    jq -e '.changes == [] and .from == .to' "$T/out"
}
