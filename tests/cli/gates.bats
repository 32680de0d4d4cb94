#!/usr/bin/env bats
# The gates before FILE: a bad zone never takes the place of a good FILE, whichever way it comes, and
# a good one does. The zones are signed by BIND and ldns; dnspython and ldns say which are good.

load helper
load recipes

PAGE=$BATS_TEST_DIRNAME/../../man/zxfr.1

# Made once; the zones of a test are in $G. Serial 1 is what FILE has, 2 what the server has.
setup_file() {
    G=$BATS_FILE_TMPDIR/zones
    export G
    mkdir "$G"
    (
        cd "$G"
        version 1 >plain.1
        version 2 >plain.2
        make_keys a
        make_keys b
        sign a 1 signed.1
        sign a 2 signed.2
        sign b 2 other.2
        sign a 2 expired.2 -s now-30d -e now-1d
        sign a 2 short.2 -s now-1h -e now+2h
        # somebody has changed an address, and nobody has signed that
        sed 's/192\.0\.2\.7/192.0.2.8/' signed.2 >bogus.2
        ldns-signzone -Z -z 1:1 -f digest.1 plain.1
        ldns-signzone -Z -z 1:1 -f digest.2 plain.2
        sed 's/192\.0\.2\.7/192.0.2.8/' digest.2 >wrong.2
        sed 's/ZONEMD.2 1 1/ZONEMD\t2 1 240/' digest.2 >unsupported.2
        digest_and_sign 1
        digest_and_sign 2
        awk '$4 != "ZONEMD"' both.2 >undigested.2
        unverifiable signed.2 >unverifiable.2
        for serial in 1 2; do
            { cat plain.$serial && echo "@ DNSKEY 256 3 200 AQIDBAUGBwg="; } >plain.m$serial
            sign a m$serial mixed.$serial
        done
        forged mixed.2 >forged.2
        sed 's/^example.com/example.net/' anchor.a >anchor.net
        mkdir signed
        cp *.[12] signed
        simplify *.[12]
    ) >"$G/log" 2>&1 || { cat "$G/log" && return 1; }
}

version() {
    zone_text example.com. "$1"
    [[ $1 == 1 ]] || echo 'new A 192.0.2.7'
}

make_keys() {
    mkdir "keys.$1"
    dnssec-keygen -q -K "keys.$1" -a ECDSAP256SHA256 -f KSK example.com >"ksk.$1"
    dnssec-keygen -q -K "keys.$1" -a ECDSAP256SHA256 example.com
    cp "keys.$1/$(<"ksk.$1").key" "anchor.$1"
}

# sign KEYS SERIAL FILE [OPTION...]
sign() {
    local times=(-s now-1h -e now+30d)
    (($# == 3)) || times=("${@:4}")
    dnssec-signzone -q -P -S -K "keys.$1" -o example.com -O full -N keep "${times[@]}" -f "$3" \
        "plain.$2"
}

digest_and_sign() {
    local keys=(keys.a/*.private)
    ldns-signzone -z 1:1 -i $((EPOCHSECONDS - 3600)) -e $((EPOCHSECONDS + 86400)) -f "both.$1" \
        "plain.$1" "${keys[@]%.private}"
}

# The same zone, with an algorithm of which nobody knows anything.
unverifiable() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import dns.dnssec, dns.rdata, dns.rdataclass, dns.rdatatype, dns.zone
zone = dns.zone.from_file(sys.argv[1], "example.com.", relativize=False)
tags = {}
for name, ttl, data in zone.iterate_rdatas("DNSKEY"):
    tags[dns.dnssec.key_id(data)] = dns.dnssec.key_id(data.replace(algorithm=200))
for name, ttl, data in zone.iterate_rdatas():
    if data.rdtype == dns.rdatatype.DNSKEY:
        data = data.replace(algorithm=200)
    if data.rdtype == dns.rdatatype.RRSIG:
        data = data.replace(algorithm=200, key_tag=tags[data.key_tag])
    print(name, ttl, "IN", dns.rdatatype.to_text(data.rdtype), data.to_text())
PYTHON
}

# An address is another one, and its only signature is said to be by a key of an algorithm that nobody
# knows, which the zone has.
forged() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import dns.dnssec, dns.rdatatype, dns.zone
zone = dns.zone.from_file(sys.argv[1], "example.com.", relativize=False)
tag = [dns.dnssec.key_id(data) for name, ttl, data in zone.iterate_rdatas("DNSKEY") if data.algorithm == 200]
assert len(tag) == 1
for name, ttl, data in zone.iterate_rdatas():
    if data.rdtype == dns.rdatatype.RRSIG and data.type_covered == dns.rdatatype.A:
        data = data.replace(algorithm=200, key_tag=tag[0])
    text = data.to_text().replace("192.0.2.7", "203.0.113.66")
    print(name, ttl, "IN", dns.rdatatype.to_text(data.rdtype), text)
PYTHON
}

# The server of these tests knows few types by name.
simplify() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import sys
import dns.rdatatype, dns.zone
NAMED = "SOA NS A AAAA MX TXT CNAME".split()
for path in sys.argv[1:]:
    zone = dns.zone.from_file(path, "example.com.", relativize=False)
    with open(path, "w", encoding="ascii") as file:
        for name, ttl, data in zone.iterate_rdatas():
            type_ = dns.rdatatype.to_text(data.rdtype)
            text = data.to_text()
            if type_ not in NAMED:
                type_, text = f"TYPE{data.rdtype:d}", data.to_generic().to_text()
            file.write(f"{name} {ttl} IN {type_} {text}\n")
PYTHON
}

# ---- One zone over another ---------------------------------------------------------------------

# FILE, and what --diff-to has written before, as they must stay.
old_file() {
    rm -f zone changes report
    "$ZXFR" convert -q --sort "$1" -o zone
    echo "; old changes" >changes
    touch -d 2020-01-01 zone changes
    cp zone "$T/old"
    OLD_STATE=$(stat -c '%n %i %y %a' zone changes)
}
stays() {
    local there
    cmp zone "$T/old" || return
    [[ $(<changes) == "; old changes" ]] || return
    [[ $(stat -c '%n %i %y %a' zone changes) == "$OLD_STATE" ]] || { stat zone changes && return 1; }
    rm -f report
    mapfile -t there < <(printf "%s\n" changes zone "$@" | sort)
    box_holds "${there[@]}"
}

# What the zone becomes without gates.
expected() {
    "$ZXFR" convert -q --sort "$1" -o "$T/expected"
    [[ $(grep -vc '^;' "$T/expected") -ge 8 ]]
}

# brings WAY OLD NEW OPTION...: the new zone comes over FILE with the old one.
brings() {
    local way=$1 old=$2 new=$3
    shift 3
    case $way in
    axfr)
        primary_start "$new"
        zx example.com "$S" --sort -o zone --report report "$@"
        ;;
    ixfr)
        primary_start --older "$old" "$new"
        zx example.com "$S" -o zone --update --diff-to changes --report report "$@"
        ;;
    convert) zx convert --sort "$new" -o zone --report report "$@" ;;
    esac
}

# The gates of the report: name and result.
gates_are() {
    local got
    got=$(jq -r '[.gates[] | .name + " " + .result] | join(", ")' report)
    [[ $got == "$1" ]] || { echo "gates: $got" && show; }
}

stop_primary() {
    kill "${PIDS[-1]}"
    wait "${PIDS[-1]}" 2>/dev/null || true
    unset 'PIDS[-1]' 'PORTS[-1]'
}

# WAYS: OLD | NEW | OPTIONS | ERROR of the report | GATE | VALUE | WORDS of the message
each_way() {
    local way=$1 old new options error gate value words
    while IFS='|' read -r old new options error gate value words; do
        old=$G/${old// /} new=$G/${new// /} error=${error// /} gate=${gate// /}
        value=${value# } words=${words# }
        value=${value%"${value##*[! ]}"}
        echo "-- $way: $old -> $new $options"
        old_file "$old"
        eval "brings $way '$old' '$new' $options"
        is 9 && err_clean && err_has "$words" || return
        jq -e --arg error "$error" --arg gate "$gate" --arg value "$value" '.exit == 9 and
            .result == "guard" and .state == "kept" and .changed == false and
            ([.gates[] | select(.result == "refused")][0] |
                .name == $gate and (.value == $value or $value == "*") and (.text | length) > 5) and
            (.attempts == [] or .attempts[-1].error == $error)' report >/dev/null ||
            { cat report && show; } || return
        case $way in
        convert) err_has "zxfr: $new: " ;;
        *) err_has "zxfr: example.com: 127.0.0.1#$PORT: " && stop_primary ;;
        esac || return
        [[ $error == check-cmd ]] || err_has "zxfr: hint: " || return
        stays || return
    done <<TABLE
${TABLE:-plain.1    | plain.2       | --min-records 9                | min-records    | min-records        | 8            | 8 records
signed.1   | plain.2       | --max-shrink 10%               | max-shrink     | max-shrink         | 8            | 8 records instead of
plain.1    | plain.2       | --max-change 0                 | max-change     | max-change         | +1 -0 of 6   | --max-change 0: 1 added, 0 deleted, of 6 before; the first: +new.example.com. A 192.0.2.7
plain.1    | plain.2       | --max-change 0%                | max-change     | max-change         | +1 -0 of 6   | --max-change 0%: 1 added
plain.1    | plain.2       | --max-change A=0               | max-change     | max-change         | +1 -0 of 1   | --max-change A=0: 1 added
plain.2    | plain.1       | --max-change A=0 --allow-older | max-change     | max-change         | +0 -1 of 2   | --max-change A=0: 0 added, 1 deleted, of 2 before; the first: -new.example.com. A 192.0.2.7
plain.1    | plain.2       | --max-change off --max-change @SOA=0 | max-change | max-change       | +1 -1 of 1   | --max-change @SOA=0: 1 added, 1 deleted
digest.1   | wrong.2       | --verify zonemd                | zonemd         | zonemd             | wrong        | example.com. ZONEMD: 
digest.1   | plain.2       | --verify zonemd                | proof-lost     | zonemd             | absent       | no ZONEMD record any more that can be verified; the old one has
digest.1   | unsupported.2 | --verify zonemd                | proof-lost     | zonemd             | not verifiable | no ZONEMD record any more that can be verified; the old one has
plain.1    | plain.2       | --require zonemd               | proof-absent   | zonemd             | absent       | no ZONEMD record
plain.1    | unsupported.2 | --require zonemd               | proof-absent   | zonemd             | not verifiable | no ZONEMD record that can be verified
both.1     | undigested.2  | --verify zonemd,dnssec --allow-unsigned | zonemd       | zonemd             | wrong        | (zonemd-stripped)
mixed.1    | forged.2      | --verify dnssec                | dnssec         | dnssec             | bad          | A: algorithm 200
mixed.1    | forged.2      | --verify dnssec --trust-anchor \$G/anchor.a | dnssec | dnssec           | bad          | (rrset-bogus)
signed.1   | bogus.2       | --verify dnssec                | dnssec         | dnssec             | bad          | new.example.com. A: 
plain.1    | bogus.2       | --require dnssec               | dnssec         | dnssec             | bad          | (rrset-bogus)
signed.1   | expired.2     | --verify dnssec                | dnssec-time    | dnssec             | bad          | (all-expired)
signed.1   | plain.2       | --verify dnssec                | proof-lost     | dnssec             | not signed   | not signed any more; the old one is
signed.1   | plain.2       | --verify dnssec --allow-unsigned --trust-anchor \$G/anchor.a | proof-lost | dnssec | not signed | there is a trust anchor for it
plain.1    | plain.2       | --require dnssec               | proof-absent   | dnssec             | not signed   | the zone is not signed
signed.1   | other.2       | --verify dnssec --trust-anchor \$G/anchor.a | dnssec-anchor | dnssec | bad          | (anchor)
signed.1   | signed.2      | --verify dnssec --trust-anchor \$G/anchor.net | dnssec-anchor | dnssec | not trusted | no trust anchor for this zone
plain.1    | unverifiable.2 | --require dnssec              | proof-absent   | dnssec             | not verifiable | cannot be verified as a whole
signed.1   | short.2       | --min-signature-life 1d        | signature-life | min-signature-life | $(expiry short.2) | --min-signature-life 1d
signed.1   | bogus.2       | --min-signature-life 1s        | signature-life | min-signature-life | *            | some RRset has none that is, now
plain.1    | plain.2       | --check-cmd "'exit 3'"         | check-cmd      | check-cmd          | exit status 3 | --check-cmd: exit status 3}
TABLE
}

@test "a transfer: what is bad stays outside, by each gate" { each_way axfr; }
@test "changes: what is bad stays outside, by each gate" { each_way ixfr; }
@test "a conversion: what is bad stays outside, by each gate" { each_way convert; }

expiry() {
    awk '$4 == "RRSIG" { print $9; exit }' "$G/signed/$1" |
        sed -E 's/(....)(..)(..)(..)(..)(..)/\1-\2-\3T\4:\5:\6Z/'
}

@test "a good zone is taken by each gate, each way, and FILE is what it would be without" {
    local way old new options gates
    while IFS='|' read -r old new options gates; do
        old=$G/${old// /} new=$G/${new// /}
        expected "$new"
        for way in axfr ixfr convert; do
            echo "-- $way: $old -> $new $options"
            old_file "$old"
            eval "brings $way '$old' '$new' $options"
            is 0
            err_empty
            cmp zone "$T/expected"
            gates_are "${gates# }"
            jq -e '.state == "updated" and ([.gates[] | .value != null] | all)' report || show
            [[ $way == convert ]] || stop_primary
            rm report
            box_holds changes zone
            # the changes, judged by hand: what is new, and nothing else of the addresses
            [[ $way != ixfr ]] || [[ $(grep -c '^+.*192.0.2.7' changes) == 1 ]] || show
        done
    done <<TABLE
plain.1  | plain.2       | --min-records 8 --max-shrink 0                 | min-records passed, max-shrink passed
plain.1  | plain.2       | --max-change 1 --max-change 16% --max-change @NS=0 --max-change NS=off --max-change A=100% | max-change passed, max-change passed, max-change passed
digest.1 | digest.2      | --verify zonemd                                | zonemd passed
digest.1 | digest.2      | --require zonemd                               | zonemd passed
plain.1  | unsupported.2 | --verify zonemd                                | zonemd passed
digest.1 | unsupported.2 | --verify zonemd --allow-unsigned               | zonemd passed
digest.1 | plain.2       | --verify zonemd --allow-unsigned               | zonemd passed
plain.1  | plain.2       | --verify zonemd,dnssec --min-signature-life 9w | zonemd passed, dnssec passed, min-signature-life passed
signed.1 | signed.2      | --verify dnssec --min-signature-life 29d       | dnssec passed, min-signature-life passed
mixed.1  | mixed.2       | --verify dnssec --trust-anchor $G/anchor.a     | dnssec passed
signed.1 | signed.2      | --require dnssec --trust-anchor $G/anchor.a    | dnssec passed
plain.1  | signed.2      | --require dnssec --trust-anchor $G/anchor.a --jobs 1 | dnssec passed
signed.1 | other.2       | --verify dnssec                                | dnssec passed
signed.1 | plain.2       | --verify dnssec --allow-unsigned               | dnssec passed
plain.1  | unverifiable.2 | --verify dnssec                               | dnssec passed
both.1   | both.2        | --require dnssec,zonemd --trust-anchor $G/anchor.a | zonemd passed, dnssec passed
both.1   | both.2        | --max-change 1 --max-change 0 --max-change 1 --check-cmd 'true' | max-change passed, check-cmd passed
TABLE
}

@test "the good zones of these tests are good, and the bad ones bad, by ldns and dnspython" {
    local zone
    for zone in signed.1 signed.2 other.2 both.1 both.2; do
        ldns-verify-zone -V1 "$G/$zone"
    done
    for zone in bogus.2 expired.2 undigested.2; do
        refute ldns-verify-zone -V1 "$G/$zone"
    done
    /usr/bin/python3 - <<'PYTHON'
import os
import dns.zone
def digest(name):
    try:
        dns.zone.from_file(os.environ["G"] + "/signed/" + name, "example.com.",
                           relativize=False).verify_digest()
        return True
    except dns.zone.DigestVerificationFailure:
        return False
assert digest("digest.1") and digest("digest.2") and digest("both.2")
assert not digest("wrong.2") and not digest("unsupported.2")
PYTHON
}

@test "without FILE all that is judged is the zone itself" {
    primary_start "$G/plain.2"
    zx example.com "$S" -o zone --report report --max-change 0 --max-shrink 0 --verify zonemd,dnssec \
        --strict --check-cmd '[ -z "$ZXFR_OLD_FILE$ZXFR_OLD_SERIAL" ]'
    is 0
    err_empty
    gates_are "max-shrink skipped, max-change skipped, zonemd passed, dnssec passed, check-cmd passed"
    # so also of one that is empty
    : >zone
    zx example.com "$S" -o zone --report report --max-change 0 --max-shrink 0 --verify zonemd,dnssec \
        --strict --check-cmd '[ -z "$ZXFR_OLD_FILE$ZXFR_OLD_SERIAL" ]'
    is 0
    gates_are "max-shrink skipped, max-change skipped, zonemd passed, dnssec passed, check-cmd passed"
    whole zone 8 example.com. "2" || tail -n 1 zone | grep -q 'serial 2 records 8 sum'
}

# ---- Several questions and servers -------------------------------------------------------------

# FILE is not what the server's changes begin with: it has the same serial, and a record more, which
# stays when they have been put in.
stray_file() {
    cp "$1" "$T/stray"
    echo 'stray.example.com. 3600 IN A 192.0.2.66' >>"$T/stray"
    old_file "$T/stray"
}

# The changes between two files as zxfr writes them, by diff(1), in the order of diff.
changes_are() {
    diff <(grep -v '^;' "$1") <(grep -v '^;' "$2") | sed -n 's/^< /-/p; s/^> /+/p' | sort >"$T/want"
    grep -v '^;' changes | sort | diff "$T/want" - || show
    head -n 1 changes | grep -qx "; zxfr diff: example.com. IN ${3:-1} 2" || show
}

@test "changes that make a zone with a wrong digest or signature: the whole zone is taken, and told" {
    local old new gate rule options
    while read -r old new rule options; do
        stray_file "$G/$old"
        expected "$G/$new"
        primary_start --query-log "$T/log" --older "$G/$old" "$G/$new"
        zx example.com "$S" -o zone --update --diff-to changes --report report
        is 0
        refute cmp zone "$T/expected"
        : >"$T/log"
        old_file "$T/stray"
        # shellcheck disable=SC2086
        zx example.com "$S" -o zone --update --diff-to changes --report report $options
        is 0
        cmp zone "$T/expected"
        [[ $(wc -l <"$T/log") == 2 ]] || show
        err_has "zxfr: example.com: 127.0.0.1#$PORT: " "($rule" "the whole zone is asked for"
        jq -e --arg rule "$rule" '.kind == "axfr" and (.fallback | contains($rule)) and
            .result == "ok" and .tries == 1 and .state == "updated"' report || show
        [[ $(jq -r '[.gates[].result] | unique | join(" ")' report) == passed ]] || show
        # The difference is that to the zone which was taken.
        changes_are "$T/old" zone
        # With --no-fallback it is the end.
        old_file "$T/stray"
        # shellcheck disable=SC2086
        zx example.com "$S" -o zone --update --diff-to changes --no-fallback $options
        is 9
        err_has "($rule"
        stays
        stop_primary
    done <<'TABLE'
digest.1 digest.2 zonemd-mismatch --verify zonemd
both.1 both.2 zonemd-mismatch --verify zonemd
signed.1 signed.2 rrset-unsigned --verify dnssec
both.1 both.2 zonemd-mismatch --max-change 2 --verify dnssec,zonemd --require zonemd
TABLE
}

@test "what refused changes had written is taken back, however much it was" {
    write_big 6000
    { cat "$G/plain.1" && echo 'stray.example.com. 3600 IN A 192.0.2.66'; } >"$T/before"
    { cat "$G/plain.2" && grep -h '^host' "$BIG" | sed 's/ /.example.com. 3600 /'; } >"$T/after"
    ldns-signzone -Z -z 1:1 -f "$T/digested" -o example.com "$T/after" || show
    simplify "$T/digested"
    expected "$T/digested"
    old_file "$T/before"
    primary_start --older "$G/plain.1" "$T/digested"
    zx example.com "$S" -o zone --update --diff-to changes --verify zonemd
    is 0
    cmp zone "$T/expected"
    err_has "(zonemd-mismatch)"
    changes_are "$T/old" zone
    count_is 1 "; zxfr diff" changes
    [[ $(wc -c <changes) -gt 200000 ]]
    # and where that is refused, too, nothing of it stays
    old_file "$T/before"
    zx example.com "$S" -o zone --update --diff-to changes --verify zonemd --check-cmd false
    is 9
    stays
}

@test "after a refusal neither the same serial nor an older one is an answer" {
    local old
    primary_start "$G/wrong.2"
    local bad=$S
    primary_start "$G/digest.1"
    local same=$S
    zone_text example.com. 0 >"$T/v0"
    primary_start "$T/v0"
    local older=$S
    # the server that has what FILE has: not 0, since what is newer was refused
    old_file "$G/digest.1"
    zx example.com "$bad" "$same" -o zone --update --diff-to changes --report report --verify zonemd
    is 9
    err_has "nothing newer than serial 1; what was newer was refused"
    jq -e '[.attempts[].error] == ["zonemd", "not-newer"] and .state == "kept"' report || show
    stays
    # the other way round all is well before the bad one is asked
    zx example.com "$same" "$bad" -o zone --update --diff-to changes --verify zonemd
    is 0
    cmp zone "$T/old"
    # older: FILE is not rolled back, with --update or without
    for options in --update --sort; do
        old_file "$G/digest.1"
        [[ $options == --sort ]] || options+=' --diff-to changes'
        # shellcheck disable=SC2086
        zx example.com "$bad" "$older" -o zone $options --report report --verify zonemd
        is 9
        err_has "the server's serial 0 is older than 1"
        jq -e '[.attempts[].error] == ["zonemd", "serial-older"]' report || show
        stays
    done
    # and where older zones are allowed, that is for where there is none that is newer
    for options in --update --sort; do
        old_file "$G/digest.1"
        zx example.com "$bad" "$older" -o zone $options --allow-older --verify zonemd --allow-unsigned
        is 9
        cmp zone "$T/old"
    done
    zx example.com "$older" -o zone --sort --allow-older --verify zonemd --allow-unsigned
    is 0
    "$ZXFR" convert -q --sort "$T/v0" -o "$T/expected"
    cmp zone "$T/expected"
}

@test "the next server is asked, and has better" {
    local option
    primary_start "$G/wrong.2"
    local bad=$S
    primary_start --older "$G/digest.1" "$G/digest.2"
    local good=$S
    expected "$G/digest.2"
    for option in --sort "--update --diff-to changes"; do
        old_file "$G/digest.1"
        # shellcheck disable=SC2086
        zx example.com "$bad" "$good" -o zone $option --report report --verify zonemd
        is 0
        cmp zone "$T/expected"
        err_has "zxfr: example.com: ${bad#@}: " "(zonemd-mismatch)"
        jq -e '[.attempts[] | .error] == ["zonemd", null] and .result == "ok"' report || show
        gates_are "zonemd passed"
    done
    changes_are "$T/old" zone
}

@test "the other addresses of a server that was refused are not asked" {
    need_namespaces
    primary_start -a 127.0.0.1 --query-log "$T/log" "$G/wrong.2"
    local port=$PORT
    primary_start -a 127.0.0.2 -p "$port" --query-log "$T/log2" "$G/wrong.2" || skip "the port is taken"
    printf '127.0.0.1 server.test\n127.0.0.2 server.test\n' >"$T/hosts"
    old_file "$G/digest.1"
    : >"$T/log"
    : >"$T/log2"
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@server.test#$port" -o zone --verify zonemd \
        >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 9
    err_has "(zonemd-mismatch)"
    [[ $(cat "$T/log" "$T/log2" | wc -l) == 1 ]] || show
    stays
}

# ---- FILE as it may be -------------------------------------------------------------------------

@test "--force over another zone: nothing of that counts" {
    zone_text example.org. 7 >"$T/org"
    for i in {1..50}; do echo "h$i A 192.0.2.$i"; done >>"$T/org"
    "$ZXFR" convert -q "$T/org" -o zone
    cp zone "$T/old"
    primary_start "$G/plain.2"
    zx example.com "$S" -o zone --max-change 0
    is 9
    err_has "zone holds the zone example.org."
    cmp zone "$T/old"
    for update in --sort --update; do
        cp "$T/old" zone
        zx example.com "$S" -o zone --force $update --max-change 0 --max-shrink 0 --report report \
            --verify zonemd,dnssec --check-cmd '[ -z "$ZXFR_OLD_FILE$ZXFR_OLD_SERIAL" ]'
        is 0
        err_lacks "warning"
        gates_are "max-shrink skipped, max-change skipped, zonemd passed, dnssec passed, check-cmd passed"
        jq -e '.state == "updated" and .serial == 2' report || show
    done
    cp "$T/old" zone
    zx convert "$G/plain.2" -o zone --force --max-change 0 --max-shrink 0 --report report \
        --check-cmd '[ -z "$ZXFR_OLD_FILE$ZXFR_OLD_SERIAL" ]'
    is 0
    gates_are "max-shrink skipped, max-change skipped, check-cmd passed"
}

# form NAME: makes `zone`, which holds the signed zone of serial 1 with a digest in some form.
form() {
    rm -rf zone
    case $1 in
    "by hand") cp "$G/signed/both.1" zone ;;
    unsorted) { head -n 1 "$G/both.1" && tail -n +2 "$G/both.1" | tac; } >zone ;;
    edited)
        "$ZXFR" convert -q --sort "$G/both.1" -o zone
        sed -i 's/hello world/hello there/' zone
        ;;
    JSON) "$ZXFR" convert -q -f json "$G/both.1" -o zone ;;
    JSONL) "$ZXFR" convert -q -f jsonl "$G/both.1" -o zone ;;
    cut)
        "$ZXFR" convert -q --sort "$G/both.1" -o zone
        sed -i '/^www/,$d' zone
        echo "; zxfr INCOMPLETE: the end is missing" >>zone
        ;;
    "without its keys")
        "$ZXFR" convert -q --no-dnssec --except ZONEMD "$G/both.1" -o zone
        ;;
    text) echo "this is no zone" >zone ;;
    esac
    touch -d 2020-01-01 zone
    cp zone "$T/old"
    echo "; old changes" >changes
    OLD_STATE=$(stat -c '%n %i %y %a' zone changes)
}

@test "FILE in whatever form: what it had may not be lost, and its changes are counted" {
    local form counts
    primary_start "$G/plain.2"
    expected "$G/plain.2"
    while read -r counts form; do
        echo "-- $form"
        form "$form"
        zx example.com "$S" -o zone --verify zonemd
        is 9
        err_has "the old one has"
        stays
        zx example.com "$S" -o zone --verify dnssec
        is 9
        err_has "the old one is"
        stays
        # 6 records, in one of which the text may differ, and one more
        zx example.com "$S" -o zone --max-change 0 --report report
        if [[ $counts == yes ]]; then
            is 9
            gates_are "max-change refused"
            stays
            zx example.com "$S" -o zone --max-change 2 --report report
            is 0
            err_lacks "warning"
            gates_are "max-change passed"
        else
            is 0
            err_has "warning: zone is not a whole zone of which anything is known; --max-change"
            gates_are "max-change skipped"
            form "$form"
            zx example.com "$S" -o zone --max-change 2 --strict --report report
            is 9
            err_has "FILE is not a whole zone to compare with"
            gates_are "max-change refused"
            stays
            zx example.com "$S" -o zone --sort
        fi
        diff <(grep -v '^;' zone | sort) <(grep -v '^;' "$T/expected" | sort)
    done <<'FORMS'
yes by hand
yes unsorted
yes edited
yes JSON
yes JSONL
no cut
FORMS
}

@test "a FILE that does not tell what the zone had: a warning, or --strict refuses" {
    primary_start "$G/plain.2"
    for form in "without its keys" text; do
        echo "-- $form"
        form "$form"
        [[ $form == text ]] || sed -i '/zxfr end/d' zone
        [[ $form != text ]] || continue
        # it is a whole zone that was never signed, for all that can be seen
        zx example.com "$S" -o zone --verify zonemd,dnssec
        is 0
        err_empty
    done
    form "without its keys" # and its end line tells that something is left out
    tail -n 1 zone | grep -q filtered
    zx example.com "$S" -o zone --verify zonemd,dnssec --strict
    is 9
    err_has "FILE is not a whole zone to compare with"
    stays
    zx example.com "$S" -o zone --verify zonemd,dnssec
    is 0
    err_has "warning: zone is not a whole zone"
    # cut before what it had
    form cut
    sed -i '/ZONEMD/,/^www/{/INCOMPLETE/!d}' zone
    sed -i '/DNSKEY/d' zone
    touch -d 2020-01-01 zone && cp zone "$T/old" && OLD_STATE=$(stat -c '%n %i %y %a' zone changes)
    zx example.com "$S" -o zone --verify zonemd,dnssec --strict
    is 9
    stays
    zx example.com "$S" -o zone --verify zonemd,dnssec
    is 0
    err_has "warning: zone is not a whole zone"
}

@test "a FILE that may not be read: a warning, or --strict refuses; it is replaced where that is right" {
    primary_start "$G/plain.2"
    chmod 777 .
    form JSON
    chown 65534 zone changes 2>/dev/null || skip "only root can give a file away"
    chmod 000 zone
    OLD_STATE=$(stat -c '%n %i %y %a' zone changes)
    zx_nobody example.com "$S" -o zone --max-change 0 --strict
    is 9
    [[ $(stat -c '%n %i %y %a' zone changes) == "$OLD_STATE" ]]
    zx_nobody example.com "$S" -o zone --verify zonemd --max-change 0
    is 0
    err_has "warning: zone is not a whole zone"
    cmp <(grep -v '^;' zone) <("$ZXFR" convert -q --sort "$G/plain.2" | grep -v '^;')
}

# ---- Filters and formats -----------------------------------------------------------------------

@test "what is left out is left out after the zone was verified" {
    primary_start --older "$G/both.1" "$G/both.2"
    local both=$S
    old_file "$G/plain.1"
    zx example.com "$both" -o zone --no-dnssec --require dnssec --trust-anchor "$G/anchor.a" \
        --require zonemd --report report
    is 0
    gates_are "zonemd passed, dnssec passed"
    lacks zone RRSIG NSEC DNSKEY
    has zone ZONEMD 192.0.2.7
    diff <(grep -v '^;' zone) <("$ZXFR" convert -q --sort --no-dnssec "$G/both.2" | grep -v '^;')
    zx example.com "$both" -o zone --only SOA,A --require dnssec,zonemd
    is 0
    [[ $(awk '!/^;/ { print $4 }' zone | sort -u | tr '\n' ' ') == "A SOA " ]]
    # what is bad is seen although it is not written
    primary_start "$G/bogus.2"
    old_file "$G/signed.1"
    zx example.com "$S" -o zone --only SOA,NS --require dnssec
    is 9
    err_has "new.example.com. A" "(rrset-bogus)"
    stays
    # of --verify it is not known then whether FILE had it
    zx example.com "$S" -o zone --no-dnssec --verify dnssec
    is 2
    err_has "--require dnssec"
    stays
    # guards count what is written, with a gate of signatures and without
    zx example.com "$both" -o zone --no-dnssec --max-records 9 --require zonemd
    is 0
    [[ $(grep -vc '^;' zone) == 9 ]]
    zx example.com "$both" -o zone --no-dnssec --max-records 8 --require zonemd
    is 9
    zx example.com "$both" -o zone --no-dnssec --min-records 10 --require zonemd
    is 9
    err_has "9 records, fewer than 10"
    zx example.com "$both" -o zone --max-records 9 --require zonemd
    is 9
}

@test "a limit on changes counts what is written: FILE and zone without the same types" {
    "$ZXFR" convert -q --no-dnssec "$G/both.1" -o zone
    primary_start "$G/both.2"
    zx example.com "$S" -o zone --no-dnssec --max-change 0
    is 9
    err_has "--max-change 0: 1 added, 0 deleted, of 6 before"
    zx example.com "$S" -o zone --no-dnssec --max-change 1
    is 0
    err_empty
    # and a file in which something is left out already
    "$ZXFR" convert -q --no-dnssec "$G/both.1" -o "$T/part.1"
    "$ZXFR" convert -q --no-dnssec "$G/both.2" -o "$T/part.2"
    zx convert "$T/part.2" -o zone --max-change 0
    is 0
    "$ZXFR" convert -q --sort "$G/both.1" -o zone
    zx convert "$T/part.2" -o zone --max-change 0 --report report
    is 9
    err_has "--max-change 0: 1 added, 0 deleted, of 6 before"
}

@test "formats and letter case do not change what is verified" {
    sed 's/^new\.example/NEW.Example/; s/^example\.com/eXample.com/' "$G/both.2" >"$T/case"
    primary_start "$T/case"
    local option
    for option in --sort --keep-case "-f jsonl" "-f json" --no-ttl --generic "--keep-case -f jsonl"; do
        echo "-- $option"
        rm -f zone
        # shellcheck disable=SC2086
        zx example.com "$S" -o zone $option --require zonemd,dnssec --trust-anchor "$G/anchor.a"
        is 0
        err_empty
        cp zone "$T/gated"
        # shellcheck disable=SC2086
        zx example.com "$S" $option --sort
        is 0
        diff <(grep -v '^; zxfr end' "$T/gated") <(grep -v '^; zxfr end' "$T/out")
    done
    grep -q NEW.Example "$T/gated"
    # the letter case of names is no change, to whichever side
    "$ZXFR" convert -q --sort "$G/both.2" -o zone
    zx example.com "$S" -o zone --max-change 0 --max-change @SOA=0 --max-change RRSIG=0 --keep-case
    is 0
    zx convert "$G/both.2" -o zone --max-change 0 --max-change @SOA=0 --max-change RRSIG=0
    is 0
}

# ---- What was refused --------------------------------------------------------------------------

@test "--keep-refused keeps exactly what was refused, each way, under a name that says what it is" {
    local way
    mkdir kept
    chmod 700 kept
    expected "$G/wrong.2"
    for way in axfr ixfr convert; do
        old_file "$G/digest.1"
        brings $way "$G/digest.1" "$G/wrong.2" --verify zonemd --keep-refused kept
        is 9
        err_clean
        err_has "what was refused is kept as kept/example.com.2.zone"
        cmp kept/example.com.2.zone "$T/expected"
        [[ $(stat -c %a kept/example.com.2.zone) == 600 ]]
        # a later one takes its place
        echo old >kept/example.com.2.zone
        [[ $way == convert ]] || stop_primary
        brings $way "$G/digest.1" "$G/wrong.2" --verify zonemd --keep-refused kept
        is 9
        cmp kept/example.com.2.zone "$T/expected"
        stays kept kept/example.com.2.zone
        [[ $way == convert ]] || stop_primary
        rm kept/*
    done
    # of each reason, and with each format
    old_file "$G/plain.1"
    for option in --min-records=9 --max-change=0 "--check-cmd=exit 1" --require=dnssec; do
        zx convert --sort "$G/plain.2" -o zone --keep-refused kept "$option"
        is 9
        cmp kept/example.com.2.zone <("$ZXFR" convert --sort "$G/plain.2")
        rm kept/*
    done
    zx convert "$G/plain.2" -o zone -f jsonl --keep-refused kept --require dnssec
    is 9
    cmp kept/example.com.2.jsonl <("$ZXFR" convert "$G/plain.2" -f jsonl --sort)
    # what is taken is not kept
    rm kept/*
    zx convert "$G/plain.2" -o zone --sort --keep-refused kept --max-change 1
    is 0
    box_holds changes kept zone
}

@test "--keep-refused where it cannot: DIR is missing, or takes nothing" {
    local what
    old_file "$G/plain.1"
    zx convert --sort "$G/plain.2" -o zone --max-change 0 --keep-refused nowhere
    usage_error "--keep-refused: nowhere is not a folder"
    echo text >text
    zx convert --sort "$G/plain.2" -o zone --max-change 0 --keep-refused text
    usage_error "--keep-refused: text is not a folder"
    rm text
    zx convert --sort "$G/plain.2" -o zone --keep-refused .
    usage_error "--keep-refused needs something that refuses"
    stays
    mkdir kept
    # what stands there is not a regular file
    for what in "mkdir" "mkfifo" "ln -s /dev/full" "ln -s ../zone" "ln -s example.com.2.zone"; do
        echo "-- $what"
        $what kept/example.com.2.zone
        LIMIT=20 zx convert --sort "$G/plain.2" -o zone --max-change 0 --keep-refused kept
        is 9
        err_has "warning: what was refused is not kept: " "--max-change 0: 1 added"
        rm -rf kept/example.com.2.zone
        stays kept
    done
    # a link leads nowhere, sandbox or not, and what is replaced gives nothing of its mode
    mkdir other
    echo precious >other/victim
    ln -s ../other/victim kept/example.com.2.zone
    zx convert --sort "$G/plain.2" -o zone --max-change 0 --keep-refused kept --no-sandbox
    is 9
    err_has "warning: what was refused is not kept: "
    [[ $(<other/victim) == precious ]]
    rm -r kept/* other
    echo >kept/example.com.2.zone
    chmod 666 kept/example.com.2.zone
    zx convert --sort "$G/plain.2" -o zone --max-change 0 --keep-refused kept
    is 9
    [[ $(stat -c %a kept/example.com.2.zone) == 600 ]]
    rm kept/*
    # a folder in which nothing can be made
    chmod 777 .
    chmod 555 kept
    install -m 644 "$G/plain.2" "$T/new"
    cp zone "$T/tmp/zone"
    chmod 666 "$T/tmp/zone"
    zx_nobody convert --sort "$T/new" -o "$T/tmp/zone" --max-change 0 --keep-refused kept
    is 9
    err_has "warning: what was refused is not kept: " "Permission denied"
    cmp "$T/tmp/zone" "$T/old"
    rm "$T/tmp/zone"
    stays kept
}

@test "--keep-refused never touches FILE, nor leaves DIR, whatever the zone is called" {
    local name there
    # FILE has the very name
    old_file "$G/plain.1"
    mv zone example.com.2.zone
    cp example.com.2.zone "$T/old"
    OLD_STATE=$(stat -c '%i %y' example.com.2.zone)
    zx convert --sort "$G/plain.2" -o example.com.2.zone --max-change 0 --keep-refused .
    is 9
    err_has "warning: what was refused is not kept: ./example.com.2.zone is FILE itself"
    [[ $(stat -c '%i %y' example.com.2.zone) == "$OLD_STATE" ]]
    cmp example.com.2.zone "$T/old"
    box_holds changes example.com.2.zone
    # hostile names
    mkdir kept
    while read -r name there; do
        echo "-- $name"
        zone_text "$name" 7 >"$T/named"
        zx convert --sort "$T/named" -o zone --min-records 100 --keep-refused kept
        is 9
        [[ -f kept/$there ]] || { ls -R . && show; }
        rm "kept/$there"
        box_holds changes example.com.2.zone kept
    done <<'NAMES'
a/\.\./\.\./b.test. a%2F%2E%2E%2F%2E%2E%2Fb.test.7.zone
\..test. %2E.test.7.zone
\.\..test. %2E%2E.test.7.zone
\000.test. %00.test.7.zone
-o.test. %2Do.test.7.zone
ExAmPle.TEST. example.test.7.zone
*.$\(id\).test. %2A.%24%28id%29.test.7.zone
NAMES
    zone_text . 7 >"$T/named"
    zx convert --sort "$T/named" -o zone --min-records 100 --keep-refused kept
    is 9
    ls kept
    [[ $(ls kept) == "@.7.zone" ]]
}

# ---- Commands ----------------------------------------------------------------------------------

@test "--check-cmd is told what it judges, and what it says comes to stderr" {
    local way
    cat >"$T/judge" <<'SH'
#!/bin/sh
echo "out"
echo "err" >&2
read -r line && echo "read $line"
pwd
env | grep ^ZXFR_ | sort
ls -l "$ZXFR_FILE" "$ZXFR_OLD_FILE" | cut -c 1-10
grep -h SOA "$ZXFR_FILE" "$ZXFR_OLD_FILE"
ls /proc/self/fd | tr '\n' ' '
SH
    chmod 755 "$T/judge"
    for way in axfr ixfr convert; do
        old_file "$G/plain.1"
        chmod 640 zone
        brings $way "$G/plain.1" "$G/plain.2" --check-cmd "$T/judge"
        is 0
        out_empty
        err_has out err "$PWD" "ZXFR_ZONE=example.com" "ZXFR_NAME=example.com" "ZXFR_SERIAL=2" \
            "ZXFR_OLD_SERIAL=1" "ZXFR_FILE=$PWD/.zone.zxfr" "ZXFR_OLD_FILE=$PWD/zone"
        grep -qx ZXFR_ZONE=example.com "$T/err"
        err_lacks "read "
        count_is 2 "-rw-r-----" "$T/err" # it has the mode of FILE already
        grep -q 'SOA.* 2 7200' "$T/err"
        grep -q 'SOA.* 1 7200' "$T/err"
        grep -q '^0 1 2 [0-9]* $' "$T/err"
        [[ $way == convert ]] || stop_primary
    done
    # it does not run where FILE would stay the same, nor where another gate refuses
    local before
    before=$(stat -c '%i %y' zone)
    zx convert --sort "$G/plain.2" -o zone --check-cmd 'touch ran'
    is 0
    zx convert --sort "$G/plain.1" -o zone --check-cmd 'touch ran' --max-change 0 --allow-older \
        --report report
    is 9
    gates_are "max-change refused, check-cmd skipped"
    [[ $(stat -c '%i %y' zone) == "$before" && ! -e ran ]]
    primary_start "$G/plain.2"
    zx example.com "$S" -o zone --update --check-cmd 'touch ran' --report report
    is 0
    gates_are "check-cmd skipped"
    [[ $(jq -r '.gates[0].text' report) == "it was not asked" && ! -e ran ]]
    stop_primary
    primary_start --older "$G/plain.1" "$G/plain.2"
    # nor where the server has nothing newer; and so of all the others
    zx example.com "$S" -o zone --update --report report --check-cmd 'touch ran' --verify zonemd \
        --require dnssec --max-change 5 --max-change @NS=0 --min-records 100 --max-shrink 1
    is 0
    gates_are "min-records skipped, max-shrink skipped, max-change skipped, max-change skipped, zonemd skipped, dnssec skipped, check-cmd skipped"
    [[ $(jq -r '[.gates[].text] | unique[]' report) == "FILE stays" && ! -e ran ]]
    # FILE may lie elsewhere, and the command look from wherever it likes
    mkdir sub
    mv zone sub/real
    ln -s sub/real zone
    zx convert --sort "$G/plain.1" -o zone --allow-older \
        --check-cmd 'cd / && [ "$ZXFR_FILE" = "'"$PWD"'/sub/.real.zxfr" ] && [ -s "$ZXFR_FILE" ] && [ -s "$ZXFR_OLD_FILE" ]'
    is 0
    [[ -L zone ]]
    zx convert --sort "$G/plain.2" -o zone -q
    # -q leaves its words alone
    zx convert --sort "$G/plain.1" -o zone -q --allow-older --check-cmd 'echo word'
    is 0
    [[ $(<"$T/err") == word ]]
}

@test "a zone with a hostile name is nothing but a name to a command" {
    local name
    while read -r name; do
        echo "-- $name"
        zone_text "$name" 7 >"$T/named"
        rm -f zone seen
        zx convert --sort "$T/named" -o zone \
            --check-cmd 'printf "%s\n" "$ZXFR_ZONE" "$ZXFR_NAME" >seen; echo $ZXFR_NAME >word'
        is 0
        cat seen word
        # as the master file writes it, but never like an option
        [[ $(head -n 1 seen) == "$(awk 'NR == 1 { sub(/\.$/, "", $1); sub(/^-/, "\\045", $1); print $1 }' zone)" ]] || show
        [[ $(tail -n 1 seen) =~ ^[a-zA-F0-9._%-]+$ ]] || show
        [[ $(wc -l <word) == 1 && $(<word) == "$(tail -n 1 seen)" ]] || show
        box_holds seen word zone
    done <<'NAMES'
\$\(touch\032hacked\).test.
`touch\032hacked`.test.
\;touch\032hacked.test.
a\010touch\032hacked.test.
\"\'\;touch\032hacked\;\".test.
*?[a].test.
\255\128\000.test.
--help.test.
NAMES
    zone_text . 7 >"$T/named"
    zx convert --sort "$T/named" -o zone --force --check-cmd 'echo "$ZXFR_ZONE $ZXFR_NAME"'
    is 0
    err_has ". @"
}

@test "a command that has said nothing about the zone ends the run, with FILE as it was" {
    local command words
    primary_start --query-log "$T/log" "$G/plain.2"
    local one=$S
    primary_start --query-log "$T/log2" "$G/plain.2"
    echo 'exit 0' >"$T/plain"
    chmod 644 "$T/plain"
    while IFS='|' read -r command words; do
        command=${command//!/|}
        echo "-- $command"
        : >"$T/log"
        : >"$T/log2"
        old_file "$G/plain.1"
        zx example.com "$one" "$S" -o zone --sort --report report --cmd-timeout 1 \
            --check-cmd "$command"
        is 9
        err_has "zxfr: example.com: ${one#@}: --check-cmd could not judge: ${words# }"
        gates_are "check-cmd failed"
        jq -e '[.attempts[].error] == ["check-failed"]' report || show
        [[ $(wc -l <"$T/log") == 1 && ! -s $T/log2 ]] || show
        stays
    done <<TABLE
$T/missing            | exit status 127: not found
missing-command       | exit status 127: not found
$T/plain              | exit status 126: it cannot be run
exit 127              | exit status 127: not found
kill -KILL \$\$       | killed by signal 9
kill -TERM \$\$       | killed by signal 15
sleep 59.75              | took longer than 1 s
trap '' TERM; sleep 59.75; sleep 59.75 | took longer than 1 s
sleep 59.75 & wait       | took longer than 1 s
echo x >>"\$ZXFR_FILE" | it has changed the file
chmod 600 "\$ZXFR_FILE" | it has changed the file
sleep 0.1; printf X ! dd of="\$ZXFR_FILE" conv=notrunc status=none | it has changed the file
rm "\$ZXFR_FILE"      | it has changed the file
cp "\$ZXFR_FILE" copy && mv copy "\$ZXFR_FILE" | it has changed the file
ln -sf "\$ZXFR_OLD_FILE" "\$ZXFR_FILE" | it has changed the file
TABLE
    # nothing is left running
    refute pgrep -f "^sleep 59.75"
    # what it says of the zone is another matter: the second server is asked
    : >"$T/log2"
    zx example.com "$one" "$S" -o zone --sort --report report --check-cmd 'exit 1'
    is 9
    jq -e '[.attempts[].error] == ["check-cmd", "check-cmd"]' report || show
    [[ $(wc -l <"$T/log2") == 1 ]]
    stays
}

@test "a command that writes much, reads stdin, or leaves something behind keeps nobody waiting" {
    old_file "$G/plain.1"
    LIMIT=30 zx convert --sort "$G/plain.2" -o zone --check-cmd 'head -c 10000000 /dev/zero; cat'
    is 0
    [[ $(stat -c %s "$T/err") == 10000000 ]]
    old_file "$G/plain.1"
    # its own end counts
    LIMIT=30 zx convert --sort "$G/plain.2" -o zone \
        --check-cmd 'sleep 100 & echo $! >"'"$T"'/left"'
    is 0
    kill "$(<"$T/left")"
    cmp zone <("$ZXFR" convert --sort "$G/plain.2")
    # no standard error at all
    old_file "$G/plain.1"
    status=0
    "$ZXFR" convert --sort "$G/plain.2" -o zone --check-cmd 'echo word; echo word >&2' \
        2>&- >"$T/out" </dev/null || status=$?
    is 0
    out_empty
    refute grep -r word zone
}

# ---- While it is judged ------------------------------------------------------------------------

# A command that says that it runs, and goes on until it is ended.
waiting() {
    echo "echo \$\$ >'$T/running'; ${1:-:}; while :; do sleep 0.1; done"
}
runs() { [[ -s $T/running ]] && kill -0 "$(<"$T/running")"; }
# Nothing of its group is there any more.
is_ended() {
    ps -eo pgid=,stat= | awk -v group="$(<"$T/running")" '$1 == group && $2 !~ /^Z/ { exit 1 }'
}

@test "a signal while a command runs: FILE as it was, nothing left, no command either" {
    local way signal number command
    primary_start --older "$G/plain.1" "$G/plain.2"
    while read -r signal number command; do
        for way in "example.com $S -o zone --update --diff-to changes" \
            "example.com $S -o zone" "convert --sort $G/plain.2 -o zone"; do
            echo "-- $signal, $way, $command"
            rm -f "$T/running"
            old_file "$G/plain.1"
            # shellcheck disable=SC2086
            zx_start $way --report report --check-cmd "$(waiting "$command")"
            eventually runs
            cmp zone "$T/old"
            kill -"$signal" "$ZX_PID"
            zx_wait
            is "$number"
            is_ended
            jq -e '.exit == '"$number"' and .state == "kept"' report || show
            stays
        done
    done <<'SIGNALS'
INT 130
TERM 143
HUP 129
INT 130 trap "" TERM INT
SIGNALS
}

@test "--max-time ends a command, too, whatever that thinks of it" {
    local way command start
    primary_start "$G/plain.2"
    for command in : 'trap "" TERM'; do
        for way in "example.com $S -o zone --sort" "convert --sort $G/plain.2 -o zone"; do
            rm -f "$T/running"
            old_file "$G/plain.1"
            start=$EPOCHSECONDS
            # shellcheck disable=SC2086
            LIMIT=20 zx $way --report report --max-time 1 --cmd-timeout 0 \
                --check-cmd "$(waiting "$command")"
            echo "-- $way $command: status $status after $((EPOCHSECONDS - start)) s" && cat "$T/err"
            is 3
            err_has "time is up (--max-time), and a command still ran"
            is_ended
            ((EPOCHSECONDS - start < 10))
            stays
        done
    done
}

@test "progress says that the zone is judged" {
    primary_start "$G/plain.2"
    old_file "$G/plain.1"
    zx example.com "$S" -o zone --sort --progress --check-cmd 'sleep 1.5'
    is 0
    err_has "looking at what came from 127.0.0.1#$PORT"
    # and not where a name is looked up
    zx example.com "@127.0.0.1#$PORT" -o zone --sort --progress
    err_lacks "looking at"
}

@test "kill -9 while it is verified and while a command runs: the next run is good" {
    local moment i
    {
        cat "$G/plain.2"
        for ((i = 0; i < 3000; i++)); do echo "h$i.example.com. 3600 IN A 10.0.$((i / 256)).$((i % 256))"; done
    } >"$T/large"
    (cd "$G" && dnssec-signzone -q -P -S -K keys.a -o example.com -O full -N keep -f "$T/large.signed" \
        "$T/large" >/dev/null 2>&1)
    simplify "$T/large.signed"
    expected "$T/large.signed"
    primary_start "$T/large.signed"
    for ((i = 0; i < 12; i++)); do
        old_file "$G/signed.1"
        zx_start example.com "$S" -o zone --sort --require dnssec --check-cmd "$(waiting)"
        if ((i < 8)); then
            sleep "0.0$((i * 12 % 100 + 10))"
        else
            eventually runs
        fi
        kill -KILL "$ZX_PID"
        wait "$ZX_PID" 2>/dev/null || true
        ZX_PID=
        cmp zone "$T/old"
        ! runs || kill -KILL -- "-$(<"$T/running")"
        rm -f "$T/running"
        zx example.com "$S" -o zone --sort --require dnssec --check-cmd true
        is 0
        cmp zone "$T/expected"
        box_holds changes zone
    done
}

# ---- What users run ----------------------------------------------------------------------------

# The commands of the section "Commands" of the manual page, as it prints them, on one server.
recipes() {
    mandoc -T ascii -O width=120 "$BATS_TEST_DIRNAME/../../man/zxfr.1" | sed "s/.\x08//g" |
        awk '/^ *zxfr -q -o example.com.zone .*--check-cmd/ { sub(/^ */, ""); line = $0; sub(/\\$/, "", line)
            getline; sub(/^ */, ""); print line $0 }' | sed "s/@192\.0\.2\.53/$S/"
}

@test "the recipes of the manual page take a good zone and refuse a bad one" {
    local recipe program
    # an alias beside other data is what all of them refuse
    { cat "$G/plain.2" && echo 'www.example.com. 3600 IN A 192.0.2.9'; } >"$T/bad"
    mkdir bin
    ln -s "$ZXFR" bin/zxfr
    primary_start "$G/plain.2"
    recipes >"$T/good.recipes"
    primary_start "$T/bad"
    recipes >"$T/bad.recipes"
    cat "$T/good.recipes"
    [[ $(wc -l <"$T/good.recipes") == 3 ]]
    for program in named-checkzone kzonecheck nsd-checkzone; do
        grep "$program" "$T/bad.recipes" >"$T/recipe"
        [[ -s $T/recipe ]]
        "$ZXFR" convert -q --sort "$G/plain.1" -o example.com.zone
        cp example.com.zone "$T/old"
        status=0
        PATH=$PWD/bin:/usr/sbin:$PATH sh "$T/recipe" >"$T/out" 2>"$T/err" </dev/null || status=$?
        is 9
        err_has "--check-cmd: exit status 1"
        cmp example.com.zone "$T/old"
        grep "$program" "$T/good.recipes" >"$T/recipe"
        status=0
        PATH=$PWD/bin:/usr/sbin:$PATH sh "$T/recipe" >"$T/out" 2>"$T/err" </dev/null || status=$?
        is 0
        cmp <(grep -v '^;' example.com.zone | sort) <("$ZXFR" convert --sort "$G/plain.2" | grep -v '^;' | sort)
    done
    # from cron, the one with the whole path
    "$ZXFR" convert -q --sort "$G/plain.1" -o example.com.zone
    status=0
    sed "s|^zxfr|$ZXFR|" "$T/recipe" >"$T/cron"
    env -i PATH=/usr/bin:/bin sh "$T/cron" >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 0
    err_empty
    grep -q '192.0.2.7' example.com.zone
}

# ---- Signatures with the time ------------------------------------------------------------------

@test "--min-signature-life looks at a FILE that stays, too, and asks for the whole zone then" {
    [[ -z $SANITIZED ]] || skip "a sanitizer wants to be the first library"
    local day=86400
    # the same serial, signed again
    primary_start --query-log "$T/log" --older "$G/plain.1" "$G/short.2"
    local short=$S
    primary_start --query-log "$T/log2" --older "$G/plain.1" "$G/signed.2"
    local long=$S
    old_file "$G/short.2"
    : >"$T/log"
    zx example.com "$short" -o zone --update --diff-to changes --min-signature-life 1d --report report
    is 9
    err_has "the whole zone is asked for" "--min-signature-life 1d"
    gates_are "min-signature-life refused"
    jq -e '[.attempts[].error] == ["signature-life"] and .state == "kept"' report || show
    # the changes, the SOA with its signatures, the whole zone
    [[ $(wc -l <"$T/log") -le 3 ]]
    stays
    # enough for now: FILE stays
    zx example.com "$short" -o zone --update --min-signature-life 1h --report report
    is 0
    gates_are "min-signature-life passed"
    [[ $(stat -c '%n %i %y %a' zone changes) == "$OLD_STATE" ]]
    # another server has signatures that last
    expected "$G/signed.2"
    zx example.com "$short" "$long" -o zone --update --diff-to changes --min-signature-life 1d \
        --report report
    is 0
    cmp zone "$T/expected"
    jq -e '[.attempts[] | .error] == ["signature-life", null] and .state == "updated"' report || show
    changes_are "$T/old" zone 2
    # and after some weeks they do not
    old_file "$G/signed.2"
    SHIFTCLOCK=$((25 * day)) LD_PRELOAD=$SHIFTCLOCK_SO zx example.com "$long" -o zone --update \
        --diff-to changes --min-signature-life 7d
    is 9
    err_has "--min-signature-life 1w"
    stays
    SHIFTCLOCK=$((25 * day)) LD_PRELOAD=$SHIFTCLOCK_SO zx example.com "$long" -o zone --update \
        --min-signature-life 1d --verify dnssec
    is 0
    # and later the signatures of what would come have expired, or have not begun
    old_file "$G/signed.1"
    SHIFTCLOCK=$((35 * day)) LD_PRELOAD=$SHIFTCLOCK_SO zx example.com "$long" -o zone --sort --verify dnssec
    is 9
    err_has "(all-expired)" "is the clock of this machine right?"
    SHIFTCLOCK=-$((2 * day)) LD_PRELOAD=$SHIFTCLOCK_SO zx example.com "$long" -o zone --sort --verify dnssec
    is 9
    err_has "(all-expired)"
    SHIFTCLOCK=-$((2 * day)) LD_PRELOAD=$SHIFTCLOCK_SO zx example.com "$long" -o zone --sort --verify dnssec \
        --clock-skew 3d
    is 0
}

@test "all that is wrong is told, as much as --max-findings says, and once for each zone" {
    awk '!($4 == "RRSIG" && $5 ~ /^(A|AAAA|MX|TXT|CNAME)$/)' "$G/signed/signed.2" >"$T/unsigned"
    simplify "$T/unsigned"
    primary_start "$T/unsigned"
    local one=$S
    primary_start "$T/unsigned"
    old_file "$G/signed.1"
    zx example.com "$one" "$S" -o zone --sort --verify dnssec
    is 9
    # MX, AAAA, two A, CNAME, TXT
    count_is 4 "signed (rrset-unsigned)" "$T/err"
    err_has "zxfr: example.com: www.example.com. CNAME: " "A: none of 2 RRsets is signed; the first is at new.example.com."
    count_is 7 "(rrset-unsigned)" "$T/err"
    stays
    zx convert "$T/unsigned" -o zone --verify dnssec --max-findings 2
    is 9
    count_is 4 "(rrset-unsigned)" "$T/err"
    err_has "3 more of them (rrset-unsigned)"
    zx convert "$T/unsigned" -o zone --verify dnssec --max-findings 0
    is 9
    err_has "DNSSEC: " "(rrset-unsigned), and more"
    count_is 1 "(rrset-unsigned)" "$T/err"
}

@test "what cannot be verified is not called consistent" {
    zx convert "$G/unverifiable.2" -o zone --verify dnssec --report report
    is 0
    jq -e '.gates[0].value == "not verifiable"' report || show
}

# ---- Where gates mean nothing ------------------------------------------------------------------

@test "gates need a FILE that can be replaced, and a zone" {
    local gate
    primary_start --older "$G/plain.1" "$G/plain.2"
    mkfifo pipe
    for gate in --verify=zonemd --require=dnssec --max-change=5 --check-cmd=true --min-signature-life=1d; do
        for words in "" "-o -" "-o /dev/null" "-o pipe"; do
            # shellcheck disable=SC2086
            LIMIT=10 zx example.com "$S" $words "$gate"
            is 2
            err_has "${gate%=*}"
            out_lacks 192.0.2.7
        done
        zx example.com "$S" ixfr=1 -o zone "$gate"
        usage_error "${gate%=*}"
        for format in stats diff zonemd; do
            zx example.com "$S" -o zone -f "$format" "$gate"
            is 2
        done
        zx convert "$G/plain.2" -o pipe "$gate"
        is 2
        err_has "${gate%=*}: pipe is not a regular file"
    done
    zx example.com "$S" ixfr=1 --record record
    zx convert record -o zone --max-change 5
    is 2
    err_has "--max-change has no effect on changes"
    [[ ! -e zone ]]
    # what the manual page says of a change that is right: once more, with another word at the end
    old_file "$G/plain.1"
    set -- convert --sort "$G/plain.2" -o zone --max-change 0 --max-change @A=0 --keep-refused .
    zx "$@"
    is 9
    rm example.com.2.zone
    zx "$@" --max-change off --max-change @A=off
    is 0
    err_empty
    rm zone changes
    zx example.com "$S" -o zone --allow-unsigned
    usage_error "--allow-unsigned needs --verify"
    zx example.com "$S" -o zone --jobs 2
    usage_error "--jobs needs --verify dnssec"
    zx example.com "$S" -o zone --trust-anchor "$G/anchor.a" --verify zonemd
    usage_error "--trust-anchor needs --verify dnssec"
    zx example.com "$S" -o zone --cmd-timeout 5
    usage_error "--cmd-timeout needs --check-cmd"
    for word in 5x @5 @=5 =5 NS= @NS NS=-1 FOO=1 NS=1=2 "" 1%%; do
        zx example.com "$S" -o zone --max-change "$word"
        usage_error "--max-change: "
    done
}

# A script of the manual page, in this folder; the programs that it runs are those of bin first.
script() {
    recipe "$1" | sed -E "s,^PATH=,&$PWD/bin:,; s,/(etc|var/lib)/(nsd|bind)/,$PWD/,g; s,@192\.0\.2\.53,$S," >"$2"
    [[ -s $2 ]]
}

# Runs a script as cron does.
play() {
    status=0
    env -i PATH=/usr/bin:/bin sh "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

@test "never load a bad zone: the script for NSD" {
    mkdir bin refused
    ln -s "$ZXFR" bin/zxfr
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$*" >>%s/told\nexit "$(cat %s/answer)"\n' "$PWD" "$PWD" >bin/nsd-control
    chmod +x bin/nsd-control
    echo 0 >answer
    echo hmac-sha256:xfr:c2VjcmV0 >xfr.key
    chmod 600 xfr.key
    cp "$G/anchor.a" example.com.ds
    "$ZXFR" convert -q --sort "$G/both.1" -o example.com.zone
    primary_start --key hmac-sha256:xfr:c2VjcmV0 "$G/both.2"
    script /etc/zxfr/nsd-example.com.sh update.sh
    # its signatures are good for a day only
    play update.sh
    is 9
    err_has "--min-signature-life"
    [[ ! -e told ]]
    cmp <("$ZXFR" convert --sort "$G/both.1") example.com.zone
    "$ZXFR" diff refused/example.com.2.zone "$G/both.2"
    # once, with another word at the end; and the server does not listen
    echo 1 >answer
    play update.sh --min-signature-life 1h
    is 13
    echo 0 >answer
    play update.sh --min-signature-life 1h
    is 0
    out_empty
    err_empty
    [[ $(sort -u told) == 'reload example.com' && $(wc -l <told) == 2 ]]
    "$ZXFR" diff example.com.zone "$G/both.2"
    play update.sh --min-signature-life 1h
    is 0
    [[ $(wc -l <told) == 2 ]]
    for bad in bogus.2 other.2; do
        "$ZXFR" convert -q --sort "$G/both.1" -o example.com.zone
        primary_start --key hmac-sha256:xfr:c2VjcmV0 "$G/$bad"
        script /etc/zxfr/nsd-example.com.sh update.sh
        play update.sh --min-signature-life 1h
        is 9
        [[ $(wc -l <told) == 2 ]]
    done
}

@test "never load a bad zone: the script for BIND" {
    mkdir bin
    ln -s "$ZXFR" bin/zxfr
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$*" >>%s/told\n' "$PWD" >bin/rndc
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho ns1.example.com. hostmaster.example.com. $(cat %s/serial) 1 1 1 1\n' "$PWD" >bin/dig
    chmod +x bin/*
    echo hmac-sha256:xfr:c2VjcmV0 >xfr.key
    chmod 600 xfr.key
    "$ZXFR" convert -q --sort "$G/both.1" -o example.com.zone
    # an alias beside other data is what named refuses
    { cat "$G/plain.2" && echo 'www.example.com. 3600 IN A 192.0.2.9'; } >aliased.2
    primary_start --key hmac-sha256:xfr:c2VjcmV0 aliased.2
    script /etc/zxfr/bind-example.com.sh update.sh
    sed 's/--verify.* 2d//' update.sh >unverified.sh
    play unverified.sh
    is 9
    err_has "CNAME and other data"
    [[ ! -e told ]]
    primary_start --key hmac-sha256:xfr:c2VjcmV0 "$G/both.2"
    script /etc/zxfr/bind-example.com.sh update.sh
    echo 1 >serial
    play update.sh --min-signature-life 1h
    is 13
    echo 2 >serial
    play update.sh --min-signature-life 1h
    is 0
    out_empty
    err_empty
    [[ $(sort -u told) == '-q reload example.com' && $(wc -l <told) == 2 ]]
    "$ZXFR" diff example.com.zone "$G/both.2"
}
