#!/usr/bin/env bats
# The command check: sources, formats, levels, exit statuses. Its rules are in check.tsv.

load helper

# A zone with two name servers, in which there is nothing to find but that it has no ZONEMD.
good_zone() {
    cat >"${1:-good.zone}" <<'ZONE'
$ORIGIN example.com.
$TTL 3600
@ SOA ns1 hostmaster 7 7200 3600 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
ZONE
}

bad_zone() {
    good_zone "$1"
    echo '@ NS ns3' >>"$1" # an error
    echo 'a 60 A 192.0.2.3' >>"$1"
    echo 'a 61 A 192.0.2.4' >>"$1" # a warning
}

@test "a good zone: nothing but the summary, exit 0" {
    good_zone
    zx check good.zone --level zonemd-absent=off --level unsigned=off
    is 0
    [[ $(<"$T/out") == "good.zone: example.com. serial 7, 5 records: 0 errors, 0 warnings, 0 infos" ]] || show
    [[ ! -s $T/err ]] || show
}

@test "a bad zone: a line for each finding, exit 1" {
    bad_zone bad.zone
    zx check bad.zone
    is 1
    out_has "bad.zone: example.com. NS: error: ns3.example.com. has neither A nor AAAA record (ns-no-address)"
    out_has "bad.zone: a.example.com. A: warning: A: the TTLs differ, the lowest is 60 (ttls-differ)"
    out_has "8 records: 1 error, 1 warning, 2 infos"
    # What is not there is told once, as a finding.
    [[ $(grep -c ZONEMD "$T/out") == 1 && $(grep -c "not signed" "$T/out") == 1 ]] || show
    # What is a finding is not a warning as well.
    [[ ! -s $T/err ]] || show
}

@test "--fail-on says from which level on the status is 1" {
    good_zone
    echo 'a 60 A 192.0.2.3' >>good.zone
    echo 'a 61 A 192.0.2.4' >>good.zone
    zx check good.zone
    is 0
    zx check --fail-on warning good.zone
    is 1
    zx check --fail-on info --level ttls-differ=off good.zone
    is 1
    zx check --fail-on info --level ttls-differ=off --level zonemd-absent=off --level unsigned=off good.zone
    is 0
    zx check --level ttls-differ=error good.zone
    is 1
    zx check --fail-on nothing good.zone
    is 2
    err_has '--fail-on: "nothing" is not one of error, warning, info'
}

@test "--level wants a rule and a level that there are" {
    good_zone
    zx check --level ttls-differ good.zone
    is 2
    err_has "--level: ttls-differ is not RULE=LEVEL"
    zx check --level ttl=off good.zone
    is 2
    err_has "there is no rule ttl; --list-rules lists them"
    zx check --level ttls-differ=fatal good.zone
    is 2
    err_has "fatal is none of error, warning, info, off"
}

@test "--list-rules: each has a name, a level, a section and a text" {
    zx --list-rules
    is 0
    (($(wc -l <"$T/out") > 30)) || show
    awk -F'\t' 'NF != 4 || $1 !~ /^[a-z0-9-]+$/ || $2 !~ /^(info|warning|error)$/ || $3 == "" ||
        $4 == "" || seen[$1]++ { print; bad = 1 } END { exit bad }' "$T/out" || show
    grep -q "^no-ns	error	RFC 1034" "$T/out" || show
}

@test "several sources, each judged; the worst decides" {
    good_zone
    bad_zone bad.zone
    zx check good.zone bad.zone good.zone
    is 1
    [[ $(grep -c ' serial 7, ' "$T/out") == 3 ]] || show
    zx check bad.zone missing.zone good.zone
    is 7
    err_has "missing.zone"
    [[ $(grep -c ' serial 7, ' "$T/out") == 2 ]] || show
}

@test "a folder: the files that are named as zones, in order" {
    mkdir zones zones/deeper.zone zones/none
    good_zone zones/b.zone
    bad_zone zones/a.db
    good_zone zones/db.c
    good_zone zones/.hidden.zone
    echo rubbish >zones/readme.txt
    rmdir zones/deeper.zone
    zx check zones
    is 1
    [[ $(grep -o '^zones/[^:]*: example.com. serial' "$T/out") == "zones/a.db: example.com. serial
zones/b.zone: example.com. serial
zones/db.c: example.com. serial" ]] || show
    zx check zones/
    is 1
    out_has "zones/a.db: "
    zx check zones/none
    is 7
    err_has "zones/none: no zone file in the folder"
}

@test "standard input, once" {
    good_zone
    "$ZXFR" check - <good.zone >"$T/out"
    out_has "-: example.com. serial 7"
    zx check - good.zone -
    is 2
    err_has "standard input can be read only once"
}

@test "a zone on a server, signed with a key, and one that refuses" {
    good_zone
    primary_start --key hmac-sha256:k:c2VjcmV0 good.zone
    zx check "example.com$S" -y hmac-sha256:k:c2VjcmV0
    is 0
    out_has "example.com$S: example.com. serial 7, 5 records"
    primary_start --do 'rcode 1 REFUSED' good.zone
    zx check "example.com$S" good.zone
    is 4
    err_has "zxfr: example.com: 127.0.0.1#$PORT: message 1: the server answered REFUSED"
    out_has "good.zone: example.com."
}

@test "a server's words do not come out of a finding as they are" {
    good_zone
    printf '@ MX 10 \\027[31mred.example.com\n' >>good.zone
    zx check good.zone
    refute grep -q $'\033' "$T/out"
}

@test "-f json: one document, with what the text says" {
    bad_zone bad.zone
    good_zone
    zx check -f json bad.zone missing.zone good.zone
    is 7
    jq -e '.sources | length == 3' "$T/out" || show
    jq -e '.sources[0] | .source == "bad.zone" and .zone == "example.com." and .serial == 7
        and .records == 8 and .result == "bad" and .counts == {error: 1, warning: 1, info: 2}
        and .zonemd == "absent" and .trusted == null and .first_expiry == null
        and ([.findings[] | .rule] | sort) == ["ns-no-address", "ttls-differ", "unsigned", "zonemd-absent"]
        and (.findings[] | select(.rule == "ttls-differ") | .owner == "a.example.com."
            and .type == "A" and .level == "warning" and .line == null)' "$T/out" || show
    jq -e '.sources[1] | .source == "missing.zone" and .result == "input" and .zone == null
        and .findings == [] and .counts == null' "$T/out" || show
    jq -e '.sources[2].result == "ok"' "$T/out" || show
    zx check -f jsonl good.zone
    is 2
    err_has "check writes text, or with --format json a document; not jsonl"
}

@test "RDATA that does not fit its type, a length that another field fixes: told once" {
    good_zone
    printf '%s\n' 'a NS ns1' 'a TYPE43 \# 6 000108020011' '_25._tcp TYPE52 \# 5 0301010011' \
        'b TYPE43 \# 3 000108' >>good.zone
    zx check good.zone
    is 1
    out_has "a.example.com. DS: error: DS digest has 2 octets, not the 32 of digest type 2; BIND"
    out_has "_25._tcp.example.com. TLSA: error: TLSA data has 2 octets, not the 32 of matching type 1 (length)"
    out_has "b.example.com. DS: error: DS: RDATA of 3 octets does not fit the type (malformed)"
    [[ ! -s $T/err ]] || show
    # From a transfer, and from JSON, which others read.
    primary_start good.zone
    zx check "example.com@127.0.0.1#$PORT" --level ds-no-ns=off
    is 1
    out_has "TLSA: error: TLSA data has 2 octets, not the 32 of matching type 1 (length)"
    out_has "b.example.com. DS: error: DS: RDATA of 3 octets does not fit the type (malformed)"
    [[ ! -s $T/err ]] || show
    zx convert -q -f jsonl good.zone -o good.jsonl
    zx check good.jsonl
    is 1
    out_has "TLSA: error: TLSA data has 2 octets, not the 32 of matching type 1 (length)"
    out_has "b.example.com. DS: error: DS: RDATA of 3 octets does not fit the type (malformed)"
    [[ ! -s $T/err ]] || show
    zx check --level length=off --level malformed=off good.zone
    is 0
}

@test "a flood of one finding hides no other, and is counted" {
    good_zone
    awk 'BEGIN { for (i = 0; i < 5000; i++) printf "h_%d A 192.0.2.1\n", i }' >>good.zone
    echo '@ NS ns3' >>good.zone
    zx check good.zone
    is 1
    out_has "ns-no-address"
    (($(wc -l <"$T/out") < 105)) || show
    out_has "5002 infos"
    out_has "more of them (host-name)"
    zx check --max-findings 2 good.zone
    is 1
    [[ $(grep -c '): \|(' "$T/out") -ge 2 ]] || show
    out_has "ns-no-address"
    (($(wc -l <"$T/out") < 6)) || show
}

@test "what is not a zone: incomplete, changes, empty" {
    good_zone
    "$ZXFR" convert good.zone >whole
    sed '$d' whole >broken.zone
    echo '; zxfr INCOMPLETE: cut' >>broken.zone
    zx check broken.zone
    is 7
    zx check --accept-incomplete broken.zone
    is 0
    : >empty
    zx check empty
    is 7
    zx check absent.example
    is 7
    err_has "zxfr: absent.example: No such file" "hint: a zone on a server is written absent.example@SERVER"
    zx check absent.zone empty
    is 7
    err_lacks "@SERVER"
    zx check
    is 2
    err_has "check needs zones"
    zx check good.zone @127.0.0.1
    is 2
}

@test "standard output that is full: exit 8" {
    good_zone
    status=0
    "$ZXFR" check good.zone >/dev/full 2>"$T/err" || status=$?
    is 8
    err_has "cannot write standard output"
    status=0
    "$ZXFR" check -f json good.zone >/dev/full 2>"$T/err" || status=$?
    is 8
}

@test "the digest of the zone decides about its ZONEMD, whatever the order and the letter case" {
    good_zone
    "$ZXFR" convert -f zonemd good.zone >digests
    sed 's/ns2/NS2/g' good.zone >other.zone
    cat digests >>other.zone
    sed -i '1,2!{/^@ SOA/!{/NS2 A/d}}' other.zone
    echo 'Ns2 A 192.0.2.2' >>other.zone
    zx check -f json other.zone
    is 0
    jq -e '.sources[0].zonemd == "verified"' "$T/out" || show
    # dnspython says so, too.
    /usr/bin/python3 - other.zone <<'PY'
import sys
import dns.zone
zone = dns.zone.from_file(sys.argv[1], "example.com.", relativize=False)
records = zone.get_rdataset(zone.origin, "ZONEMD")
assert len(records) == 2
for record in records:
    zone.verify_digest(record)
PY
    # One that is wrong beside one that is right.
    sed -i '/ZONEMD 7 1 2/s/.$/0/;/ZONEMD.*1 2 /s/.$/0/' other.zone
    zx check other.zone
    is 0
    out_has "ZONEMD (SIMPLE, SHA-512) is wrong, beside one that is right (zonemd-other)"
    echo 'more A 192.0.2.9' >>other.zone
    zx check other.zone
    is 1
    out_has "(zonemd-mismatch)"
}

# A file in order is judged as it is read; from standard input a zone is always kept and sorted.
@test "a file tells what its records tell in any other order" {
    good_zone
    cat >>good.zone <<'ZONE'
sub NS ns.sub
sub NS ns2.sub
ns2.sub A 192.0.2.7
under.sub TXT below
alias CNAME www
@ MX 10 alias
dn DNAME else
x.dn A 192.0.2.8
mixed TXT b
mixed 60 TXT a
mixed A 192.0.2.9
mixed TXT b
quad MX 1 192.0.2.1
ZONE
    "$ZXFR" convert --sort good.zone | grep -v '^;' >sorted.zone
    # The records of a name in another order, and one of them twice, with another TTL.
    awk '$1 ~ /^mixed/ { kept = $0 "\n" kept; next } kept { printf "%s", kept; kept = "" } { print }' \
        sorted.zone >mixed.zone
    sed 's/^mixed\(.*\)\t[0-9]*\(\t.*192.0.2.9\)/&\nMIXED\1\t5\2/' mixed.zone >twice.zone
    { sed 1d twice.zone && head -n 1 twice.zone; } >late.zone
    { sed '/^alias/d' twice.zone && grep '^alias' twice.zone; } >last.zone
    local zone
    for zone in good sorted mixed twice late last; do
        "$ZXFR" check --origin example.com -f json - <"$zone.zone" | jq '.sources[0] | del(.source)' >kept || true
        "$ZXFR" check --origin example.com -f json "$zone.zone" | jq '.sources[0] | del(.source)' >straight || true
        jq -e ".findings | length >= 8" kept || show
        cmp kept straight || show
    done
    jq -e '.findings | any(.rule == "duplicate")' straight || show
    zx check -v twice.zone
    out_has "mixed.example.com. A: the same record twice (duplicate)"
    refute grep -q "not in order" "$T/err"
    # The digest is made in one go, too, and what is to be noted is the same.
    for zone in good sorted mixed twice late last; do
        "$ZXFR" convert --origin example.com -f zonemd - <"$zone.zone" >kept 2>kept.err
        "$ZXFR" convert --origin example.com -f zonemd "$zone.zone" >straight 2>straight.err
        [[ $(wc -l <kept) == 2 ]] || show
        cmp kept straight || show
        diff <(sed 's/^zxfr: standard input/zxfr: FILE/' kept.err) \
            <(sed "s/^zxfr: $zone.zone/zxfr: FILE/" straight.err) || show
    done
    [[ -s straight.err ]] || show
}

@test "the format zonemd: two lines, without those that are there, from any source" {
    good_zone
    "$ZXFR" convert -f zonemd good.zone >one
    [[ $(wc -l <one) == 2 ]] || show
    primary_start good.zone
    zx example.com "$S" -f zonemd
    is 0
    cmp one "$T/out"
    cp good.zone served
    cat one >>good.zone
    zx convert -f zonemd good.zone
    is 0
    cmp one "$T/out"
    # A transfer that breaks off gives no digest.
    primary_start --records 2 --do 'close 2' served
    zx example.com "$S" -f zonemd
    is 3
    refute grep -q ZONEMD "$T/out"
    # Without what signing adds it is that of the zone before it was signed.
    cat >>good.zone <<'ZONE'
@ TYPE48 \# 8 0100030d00000000
@ TYPE46 \# 34 0006080200000e1072bbba7f6955b9003039076578616d706c6503636f6d00000000
ZONE
    zx convert -f zonemd --no-dnssec good.zone
    is 0
    cmp one "$T/out"
    zx convert -f zonemd good.zone
    is 0
    refute cmp -s one "$T/out"
}

# A zone signed by BIND for 30 days from START (YYYYMMDDHHMMSS): signed.zone, and its trust anchors in
# three forms.
signed_zone() {
    local key
    good_zone plain.zone
    dnssec-keygen -q -K . -a ECDSAP256SHA256 -f KSK example.com >ksk
    dnssec-keygen -q -K . -a ECDSAP256SHA256 example.com >zsk
    dnssec-signzone -P -S -K . -o example.com -s 20260101000000 -e 20260131000000 -f signed.zone \
        plain.zone >signing 2>&1 || { cat signing && return 1; }
    key=$(<ksk)
    grep -h DNSKEY "$key.key" >dnskey.anchor
    dnssec-dsfromkey -2 "$key.key" >ds.anchor
    awk '{ key = ""; for (i = 7; i <= NF; i++) key = key $i
        printf "trust-anchors { %s initial-key %s %s %s \"%s\"; };\n", $1, $4, $5, $6, key }' \
        dnskey.anchor >bind.anchor
    sed 's/ [0-9A-F]*$/ '"$(printf '%064d' 0)"'/' ds.anchor >other.anchor
    AT=20260115000000
}

@test "a signed zone: consistent in itself, and trusted by an anchor in any syntax" {
    signed_zone
    zx check --at "$AT" --fail-on warning signed.zone
    is 0
    out_has "0 errors, 0 warnings" "1 info; signed, consistent in itself, first expiry 2026-01-31T00:00:00Z, in 16 d"
    for anchor in dnskey.anchor ds.anchor bind.anchor; do
        zx check --at "$AT" --fail-on warning --require dnssec --trust-anchor $anchor -f json signed.zone
        is 0
        jq -e '.sources[0] | .trusted == "anchor" and .first_expiry == "2026-01-31T00:00:00Z"
            and .result == "ok"' "$T/out" || show
    done
    zx check --at "$AT" --trust-anchor other.anchor signed.zone
    is 1
    out_has "(anchor)"
    # Of another zone: without an anchor of its own the zone is not trusted.
    sed 's/example\.com\./example.net./' ds.anchor >net.anchor
    zx check --at "$AT" --trust-anchor net.anchor signed.zone
    is 0
    zx check --at "$AT" --trust-anchor net.anchor --require dnssec signed.zone
    is 1
    out_has "(require-dnssec)"
    # The same whatever the number of threads.
    zx check --at "$AT" --jobs 1 signed.zone
    cp "$T/out" one
    zx check --at "$AT" --jobs 7 signed.zone
    cmp one "$T/out"
}

@test "time: --at, --clock-skew, --min-signature-life" {
    signed_zone
    zx check --at 2026-02-01T00:00:00Z signed.zone
    is 1
    out_has "(all-expired)"
    out_has "the time is taken to be "
    zx check --at 20260130120000 signed.zone
    is 0
    out_has "(expires-soon)"
    zx check --at 20260115000000 --min-signature-life 16d signed.zone
    is 0
    zx check --at 20260115000000 --min-signature-life 17d signed.zone
    is 1
    out_has "(min-signature-life)"
    zx check --at 20251231235700 signed.zone
    is 0
    out_has "(signature-skew)"
    zx check --at 20251231235700 --clock-skew 1m signed.zone
    is 1
    zx check --at 2026-01-15 --min-signature-life 16d signed.zone
    is 0
    zx check --at 20260115 --min-signature-life 17d signed.zone
    is 1
    zx check --at never signed.zone
    is 2
    err_has "never is not a point in time"
}

@test "an unsigned zone: no finding but an info, unless there is an anchor or DNSSEC is required" {
    signed_zone
    zx check --fail-on warning plain.zone
    is 0
    out_has "the zone is not signed (unsigned)"
    zx check --trust-anchor ds.anchor plain.zone
    is 1
    out_has "(stripped)"
    zx check --require dnssec,zonemd plain.zone
    is 1
    out_has "(require-dnssec)" "(require-zonemd)"
    "$ZXFR" convert --except DNSKEY -q signed.zone | sed '$d' >half.zone
    zx check half.zone
    out_has "(dnssec-remains)"
}

@test "a signature that does not fit, one that is missing, a chain that is broken" {
    signed_zone
    sed 's/192\.0\.2\.1$/192.0.2.9/' signed.zone >changed.zone
    refute cmp -s signed.zone changed.zone
    zx check --at "$AT" changed.zone
    is 1
    out_has "ns1.example.com. A: error: " "(rrset-bogus)"
    "$ZXFR" convert --sort signed.zone | grep -v 'ns2.*NSEC' >chain.zone
    zx check --at "$AT" --accept-incomplete chain.zone
    is 1
    out_has "(nsec-missing)"
    # --level hides no error from --require.
    zx check --at "$AT" --level rrset-bogus=off --require dnssec changed.zone
    is 1
    out_has "(require-dnssec)"
}

@test "when time is up, what was found until then is told" {
    good_zone
    mkfifo pipe
    sleep 5 >pipe 3>&- &
    zx check -f json --max-time 1 good.zone pipe good.zone
    is 3
    jq -e '[.sources[] | .source, .result] == ["good.zone", "ok", "pipe", "network"]' "$T/out"
    kill $!
}

@test "trust anchors that are none: exit 2, or 7 where the file is not there" {
    good_zone
    echo "example.com. A 192.0.2.1" >rubbish
    zx check --trust-anchor rubbish good.zone
    is 2
    err_has "rubbish"
    zx check --trust-anchor missing good.zone
    is 7
    err_has "missing"
    mkfifo pipe
    zx check --trust-anchor pipe --max-time 1 good.zone
    is 3
}
