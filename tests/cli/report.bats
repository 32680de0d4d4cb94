#!/usr/bin/env bats
# --report: the same members whichever way a zone came, and what they say.

load helper

# A zone with signatures, of which those over some sets are good for longer than others.
signed_text() {
    zone_text example.com. "$1"
    cat <<'ZONE'
@ RRSIG SOA 13 2 3600 20370101000000 20200101000000 1 example.com. AAAA
@ RRSIG SOA 13 2 3600 20280101000000 20200101000000 2 example.com. AAAA
@ RRSIG NS 13 2 3600 20360203040506 20200101000000 1 example.com. AAAA
ns1 RRSIG A 13 3 3600 20360102030405 20200101000000 1 example.com. AAAA
ns1 RRSIG A 13 3 3600 20260102030405 20200101000000 2 example.com. AAAA
ZONE
}

signed_zones() {
    for serial in 1 2; do
        signed_text "$serial" >"$T/v$serial.text"
    done
    printf '%s\n' 'new A 192.0.2.7' 'new A 192.0.2.8' 'www2 A 192.0.2.9' >>"$T/v2.text"
    sed -i '/^txt /d' "$T/v2.text"
    for serial in 1 2; do # the server knows RRSIG by its number only
        "$ZXFR" convert --generic "$T/v$serial.text" >"$T/v$serial"
        "$ZXFR" convert --sort "$T/v$serial.text" -o "$T/v$serial.sorted"
    done
}

# The members of the report, or of a part of it; one a line.
members() { jq -r "${2:-.} | keys[]" "$1" | sort; }

# A word, or several, of a report.
reports() {
    [[ $(jq -c "[$1]" "${3:-report}") == "$2" ]] || { cat "${3:-report}" && return 1; }
}

judged() { /usr/bin/python3 "$BATS_TEST_DIRNAME/report_judge.py" "$@"; }

# What is said of the content is what dnspython finds in the zone.
content_is() {
    local zone=$1 part=${2:-.}
    diff <(jq -cS "$part | {records, soa, signed, first_expiry}" report) <(judged "$zone" example.com. | jq -cS .)
}

ZONE_MEMBERS="added attempts changed class deleted diff event exit expires_at fallback file first_expiry from gates group hint hooks kind
last_success message messages octets old_records origin records result seconds serial server server_serial servers signed
soa spilled started state stats time tls to tries tsig waited warnings zone"

same_members() {
    # shellcheck disable=SC2086
    diff <(members report "$1") <(printf '%s\n' $ZONE_MEMBERS | sort) || { echo "$2" && return 1; }
}

@test "the same members whichever way the zone came" {
    signed_zones
    primary_start "$T/v1"
    local one=$S
    primary_start --older "$T/v1" "$T/v2"
    local two=$S
    primary_start --refuse REFUSED
    local refused=$S
    closed_port
    while read -r want words; do
        words=${words//ONE/$one} words=${words//TWO/$two} words=${words//REFUSED/$refused}
        words=${words//CLOSED/@127.0.0.1#$CLOSED} words=${words//T\//$T/}
        rm -f report
        # shellcheck disable=SC2086
        zx $words --report report
        is "$want"
        same_members . "$words"
        reports .event '["zone"]'
    done <<'LIST'
0 example.com ONE -o plain
0 example.com ONE -o plain
0 example.com ONE
0 example.com ONE -o sorted --sort
0 example.com ONE -o kept --update
0 example.com ONE -o kept --update
0 example.com TWO -o kept --update
0 example.com TWO -o kept --update
0 example.com TWO ixfr=1
0 example.com TWO -f jsonl -o json
4 example.com REFUSED -o kept
4 example.com REFUSED -o none
4 example.com REFUSED
3 example.com CLOSED -o kept
2 example.com ONE -o kept -k missing
0 convert T/v1.text -o converted
0 convert T/v1.text
0 convert --sort T/v1.text -o sorted2
7 convert missing -o kept
7 convert missing -o none
9 convert T/v1.text -o converted --min-records 1000
LIST
    for words in "$T/v1.text $T/v2.text" "$T/v1.sorted $T/v2.sorted" "-q $T/v1.text $T/v2.sorted" "example.com $one $two"; do
        # shellcheck disable=SC2086
        zx diff $words --report report
        is 1
        same_members .old "$words"
        same_members .new "$words"
        reports 'keys' '[["added","changed_names","deleted","event","exit","hint","message","new","old","result","started","time"]]'
    done
}

@test "the manual page explains each member" {
    local section member
    section=$(sed -n '/^\.Sh REPORTS/,/^\.Ss Of many/p' "$BATS_TEST_DIRNAME/../../man/zxfr.5" | grep '^\.It Li')
    for member in $ZONE_MEMBERS; do
        grep -qw -- "$member" <<<"$section" || { echo "$member" && return 1; }
    done
}

@test "what the zone is, by dnspython: plain, sorted, unchanged, by changes, kept, converted, compared" {
    signed_zones
    primary_start "$T/v1"
    local one=$S
    primary_start --older "$T/v1" "$T/v2"
    local two=$S
    for words in "-o plain" "-o sorted --sort" "-o new --update" "-o new --update" "-f jsonl -o json" ""; do
        # shellcheck disable=SC2086
        zx example.com "$one" $words --report report
        is 0
        content_is "$T/v1.text" || { echo "$words" && return 1; }
    done
    zx example.com "$two" -o new --update --report report
    is 0
    reports '.kind, .state' '["ixfr","updated"]'
    content_is "$T/v2.text"
    zx example.com "$two" -o new --update --report report
    is 0
    reports '.kind, .state' '["uptodate","unchanged"]'
    content_is "$T/v2.text"
    closed_port
    for file in new plain; do
        zx example.com "@127.0.0.1#$CLOSED" -o "$file" --report report
        is 3
        reports .state '["kept"]'
        content_is "$file"
    done
    cp "$T/v1.text" byhand # also what others wrote
    zx example.com "@127.0.0.1#$CLOSED" -o byhand --report report
    is 3
    content_is byhand
    zx convert "$T/v1.text" -o c --report report
    is 0
    content_is "$T/v1.text"
    for ending in text sorted; do
        zx diff "$T/v1.$ending" "$T/v2.$ending" --report report
        is 1
        content_is "$T/v1.text" .old
        content_is "$T/v2.text" .new
        diff <(jq -cS '{added, deleted, changed_names}' report) \
            <(judged --diff "$T/v1.text" "$T/v2.text" example.com. | jq -cS .)
    done
    zx -q diff "$T/v1.text" "$T/v2.sorted" --report report
    is 1
    diff <(jq -cS '{added, deleted, changed_names}' report) \
        <(judged --diff "$T/v1.text" "$T/v2.text" example.com. | jq -cS .)
    zx diff "$T/v1.text" "$T/v1.sorted" --report report
    is 0
    reports '.added, .deleted, .changed_names, .result' '[0,0,0,"ok"]'
}

@test "stats are the same whichever way a sorted zone came" {
    signed_zones
    primary_start --older "$T/v1" "$T/v2"
    zx example.com "$S" --sort -o sorted --report report
    is 0
    jq -S .stats report >stats
    [[ $(jq .records stats) == 14 && $(jq .first_expiry.expires stats) == '"20260102030405"' ]]
    cp "$T/v1.sorted" file
    for way in updated unchanged; do
        zx example.com "$S" -o file --update --report report
        is 0
        reports .state "[\"$way\"]"
        diff stats <(jq -S .stats report)
    done
    zx example.com "$S" -o other --update --report report
    is 0
    diff stats <(jq -S .stats report)
    zx convert --sort "$T/v2.text" -o c --report report
    is 0
    diff stats <(jq -S .stats report)
    zx diff "$T/v1.sorted" "$T/v2.sorted" --report report
    diff stats <(jq -S .new.stats report)
    zx diff "$T/v1.text" "$T/v2.text" --report report
    diff stats <(jq -S .new.stats report)
}

@test "what became of FILE" {
    primary_start "$ZONE"
    local good=$S
    primary_start --refuse REFUSED
    zx example.com "$S" -o file --report report
    is 4
    reports '.file, .state, .changed, .records, .old_records' '["file","missing",false,0,null]'
    zx example.com "$good" -o file --report report
    is 0
    reports '.file, .state, .changed, .records, .old_records' '["file","new",true,7,null]'
    zx example.com "$good" -o file --report report
    reports '.file, .state, .changed, .records, .old_records' '["file","unchanged",false,7,7]'
    zx example.com "$good" -o file --only A --report report
    reports '.file, .state, .changed, .records, .old_records' '["file","updated",true,2,7]'
    zx example.com "$S" -o file --report report
    is 4
    reports '.file, .state, .changed, .records, .old_records' '["file","kept",false,2,2]'
    zx example.com "$good" --report report
    reports '.file, .state, .changed, .records, .old_records' '[null,null,null,7,null]'
    zx example.com "$good" -o /dev/null --report report
    reports '.file, .state, .changed' '["/dev/null",null,null]'
    zx example.com "$good" -o file --report missing/report # which makes the run fail
    is 8
}

@test "who has named the zone, and where its changes went" {
    signed_zones
    primary_start --older "$T/v1" "$T/v2"
    zx convert "$T/v1.sorted" -o zone --sort --report report
    is 0
    reports '.origin, .group, .diff' '["word",null,null]'
    zx --update --diff-to changes example.com "$S" -o zone --report report
    is 0
    reports '.origin, .group, .diff, .changed' '["word",null,"changes",true]'
    closed_port
    zx --update --diff-to changes example.com "@127.0.0.1#$CLOSED" -o zone --report report
    is 3
    reports '.diff' '[null]'
    zx diff "$T/v1.text" "$T/v2.text" --report report
    is 1
    reports '.old.origin, .new.group, .new.diff' '["word",null,null]'
}

@test "what servers said, and how often they were asked" {
    zone_text example.com. 5 >"$T/v5"
    zone_text example.com. 7 >"$T/v7"
    primary_start "$T/v5"
    local five=$S
    primary_start --refuse NOTAUTH
    local not=$S
    primary_start --do "rcode 1 11" "$T/v5"
    local odd=$S
    primary_start --records 2 --do "close -1" "$T/v7"
    local cut=$S
    closed_port
    zx example.com "$cut" "$not" "$odd" "@127.0.0.1#$CLOSED" "$five" -o file --report report
    is 0
    reports '.serial, .server_serial, .tries, (.waited == 0)' '[5,7,5,true]'
    reports '[.servers[].rcode], [.servers[].serial]' '[["NOERROR","NOTAUTH","RCODE11",null,"NOERROR"],[7,null,null,null,5]]'
    reports '.servers[4].server, .servers[4].address' "[\"${five#@}\",\"${five#@}\"]"
    zx example.com "$cut" -o none --report report --retry 1
    is 3
    reports '.tries, (.servers | length), (.waited > 0.9), .server_serial' '[2,1,true,7]'
    reports '.message, .hint' "$(jq -c '[.attempts[0].message, .hint]' report)"
    [[ $(jq -r .message report) == *"before the end of the zone"* && $(jq -r .hint report) == *"trying later"* ]]
}

@test "times: RFC 3339, in UTC" {
    primary_start --do "delay 100 1100" "$ZONE"
    before=$(date +%s)
    zx example.com "$S" -o file --report report
    is 0
    /usr/bin/python3 - "$before" "$(date +%s)" <<'PYTHON'
import datetime, json, sys
before, after = map(int, sys.argv[1:])
report = json.load(open('report'))
def seconds(name):
    text = report[name]
    assert text.endswith('Z') and len(text) == 20, text
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()
assert before <= seconds('started') < seconds('time') <= after, report
assert seconds('last_success') == seconds('time'), report
assert seconds('expires_at') - seconds('last_success') == 1209600 == report['soa']['expire'], report
PYTHON
    touch -d '2026-01-02T03:04:05Z' file
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" -o file --report report
    is 3
    reports '.last_success, .expires_at' '["2026-01-02T03:04:05Z","2026-01-16T03:04:05Z"]'
    zx example.com "@127.0.0.1#$CLOSED" -o none --report report
    reports '.last_success, .expires_at, .soa, .signed, .first_expiry' '[null,null,null,null,null]'
    zx convert "$ZONE" -o converted --report report
    reports '.last_success, .expires_at, .kind, .server, .tries' '[null,null,"file",null,0]'
}

@test "warnings are listed, also those that --quiet keeps" {
    zone_text example.com. 5 >"$T/v5"
    zone_text example.com. 3 >"$T/v3"
    primary_start --do "aa off" "$T/v3"
    "$ZXFR" convert "$T/v5" -o five
    for quiet in "" -q; do
        cp five file
        # shellcheck disable=SC2086
        zx example.com "$S" -o file $quiet --report report
        is 0
        reports .warnings '[["the server'"'"'s serial 3 is older than 5, which the file had"]]'
    done
    zx example.com "$S" -o file --report report
    reports .warnings '[[]]'
    cp five file
    zx convert "$T/v3" -o file -q --report report
    is 0
    reports .warnings '[["serial 3 is older than 5, which file had"]]'
    sed 's/^www /out.example.net. /' "$T/v3" >"$T/odd"
    zx diff -q "$T/v3" "$T/odd" --report report
    reports '.old.warnings, (.new.warnings | length)' '[[],1]'
}

@test "convert and diff that fail" {
    echo 'broken (' >broken
    zone_text example.net. >net
    zx convert broken -o file --report report
    is 7
    reports '.result, .exit, .state, .zone' '["input",7,"missing",null]'
    [[ $(jq -r .message report) == broken* ]]
    zx diff "$ZONE" broken --report report
    is 7
    reports '.exit, .old.exit, .new.exit, .added, .new.zone' '[7,0,7,null,null]'
    [[ $(jq -r .message report) == broken* && $(jq -r .new.message report) == broken* ]]
    zx diff "$ZONE" net --report report
    is 7
    reports '.exit, .old.exit, .new.exit, .old.zone, .new.zone' '[7,0,0,"example.com.","example.net."]'
    [[ $(jq -r .message report) == "OLD is the zone example.com. IN, and NEW is example.net. IN" ]]
    closed_port
    zx diff "$ZONE" "example.com@127.0.0.1#$CLOSED" --report report
    is 3
    reports '.exit, .old.exit, .new.exit, .new.kind, .new.zone' '[3,0,3,"axfr","example.com."]'
    reports '.new.attempts | length' '[1]'
    for command in "convert $ZONE" "diff $ZONE $ZONE"; do # never over an input
        # shellcheck disable=SC2086
        zx $command --report "$ZONE"
        is 2
    done
    zone_text example.com. | cmp - "$ZONE"
}

@test "a signal is told as one, in the attempts as well" {
    primary_start --do "stall 100" "$ZONE"
    zx_start example.com "$S" -o file --report report
    sleep 0.5
    kill -INT "$ZX_PID"
    zx_wait
    is 130
    reports '.exit, .result, [.attempts[] | .exit, .result]' '[130,"signal",[130,"signal"]]'
}
