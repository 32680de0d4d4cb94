#!/usr/bin/env bats
# The command catalog: sources, what is printed, broken catalogs, exit statuses. What a catalog is, is
# in tests/unit/test_catalog.c.

load helper

# A catalog with three members, as in RFC 9432, and to it what comes on standard input.
catalog_zone() {
    cat <<ZONE
\$ORIGIN catalog.invalid.
\$TTL 0
@ SOA invalid. invalid. 1625079950 3600 600 2147483646 0
@ NS invalid.
version TXT "2"
nvxxezj.zones PTR Example.NET.
group.nvxxezj.zones TXT operator-x-foo
group.nvxxezj.zones TXT operator-y bar
nj2xg5b.zones PTR example.com.
nfwxa33.zones PTR example.org.
coo.nfwxa33.zones PTR newcatz.invalid.
group.nfwxa33.zones TXT operator-y-bar
ZONE
    cat
}

EXPECTED="example.com.	nj2xg5b	-	-
example.net.	nvxxezj	operator-y bar,operator-x-foo	-
example.org.	nfwxa33	operator-y-bar	newcatz.invalid."

# The members in another way: by dnspython, each as "zone|label|groups|coo" in canonical order, where
# labels and groups are hex.
members_by_dnspython() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import dns.name, dns.rdatatype, dns.zone
apex = dns.name.from_text(sys.argv[2] if len(sys.argv) > 2 else 'catalog.invalid.')
zone = dns.zone.from_file(sys.argv[1], apex, relativize=False)
nodes = dns.name.Name((b'zones',) + apex.labels)
found = []
for owner in zone.nodes:
    if owner.parent() != nodes if owner != dns.name.root else True:
        continue
    member = zone.get_rdataset(owner, 'PTR')
    if member is None:
        continue
    below = lambda label: dns.name.Name((label,) + owner.labels)
    groups = zone.get_rdataset(below(b'group'), 'TXT') or ()
    groups = sorted(record.to_digestable() for record in groups)
    coo = zone.get_rdataset(below(b'coo'), 'PTR')
    found.append((member[0].target.canonicalize(), owner.labels[0].lower(), groups,
                  coo and coo[0].target.canonicalize()))
for member, label, groups, coo in sorted(found, key=lambda row: row[0]):
    print(member.to_wire().hex(), label.hex(), ','.join(group.hex() for group in groups),
          coo.to_wire().hex() if coo else '-', sep='|')
PYTHON
}

# The same of what zxfr has printed.
members_as_printed() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import re, sys
import dns.name

def octets(text):
    assert re.fullmatch(r'(?:[!-~]|\\\d{3})*', text) and ',' not in text, text
    return re.sub(rb'\\(\d{3})', lambda code: bytes([int(code[1])]), text.encode())

def group(text):
    strings = [b'' if string == '""' else octets(string) for string in text.split(' ')]
    return b''.join(bytes([len(string)]) + string for string in strings)

with open(sys.argv[1], newline='\n') as file:
    lines = file.read().split('\n')
assert lines.pop() == ''
for line in lines:
    zone, label, groups, coo = line.split('\t')
    groups = [] if groups == '-' else [group(text) for text in groups.split(',')]
    print(dns.name.from_text(zone).to_wire().hex(), dns.name.from_text(label).labels[0].hex(),
          ','.join(value.hex() for value in groups),
          '-' if coo == '-' else dns.name.from_text(coo).to_wire().hex(), sep='|')
PYTHON
}

# Both of the zone in a file say the same, of that many members.
as_by_dnspython() {
    members_by_dnspython "$1" >theirs
    members_as_printed "$T/out" >ours
    diff theirs ours
    [[ $(wc -l <theirs) == "$2" ]] || show
}

@test "a catalog: a line for each member, sorted, whatever the order of the records" {
    catalog_zone </dev/null >catz
    zx catalog catz
    is 0
    err_empty
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    as_by_dnspython catz 3
    { head -n 4 catz && tail -n +5 catz | tac; } >reversed
    zx catalog reversed
    is 0
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    box_holds catz ours reversed theirs
}

@test "the same as JSON" {
    catalog_zone <<<'g.zones PTR \009\"\\.' >catz
    zx catalog -f json catz
    is 0
    jq -e '.catalog == "catalog.invalid." and .serial == 1625079950 and .version == 2 and
        (.members | length) == 4 and keys == ["catalog", "members", "serial", "version"]' "$T/out"
    jq -e '.members[1:] == [
        {"zone": "example.com.", "id": "nj2xg5b", "groups": [], "coo": null},
        {"zone": "example.net.", "id": "nvxxezj", "groups": ["operator-y bar", "operator-x-foo"], "coo": null},
        {"zone": "example.org.", "id": "nfwxa33", "groups": ["operator-y-bar"], "coo": "newcatz.invalid."}]' "$T/out"
    # what stands in the lines
    zx catalog catz
    cut -f1 "$T/out" >lines
    zx catalog -f json catz
    jq -r '.members[].zone' "$T/out" | diff lines -
    [[ $(head -n 1 lines) == '\009\"\\.' ]] || show
}

@test "from standard input, from JSON, from a recording" {
    catalog_zone </dev/null >catz
    "$ZXFR" catalog - <catz >"$T/out"
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    "$ZXFR" convert -f json --typed catz | "$ZXFR" catalog - >"$T/out"
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    primary_start catz
    "$ZXFR" --record record catalog.invalid "$S" >/dev/null
    zx catalog record
    is 0
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
}

@test "from servers: a key, a refusal, a transfer that breaks, another zone" {
    catalog_zone </dev/null >catz
    primary_start --key hmac-sha256:k:c2VjcmV0 catz
    (umask 077 && echo hmac-sha256:k:c2VjcmV0 >key)
    zx catalog "catalog.invalid$S" -k key
    is 0
    err_empty
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    zx catalog -v "CATALOG.invalid.$S" -k key
    is 0
    err_has "serial 1625079950"
    [[ $(<"$T/out") == "$EXPECTED" ]] || show
    primary_start --do 'rcode 1 REFUSED' catz
    zx catalog "catalog.invalid$S"
    is 4
    out_empty
    err_has "zxfr: catalog.invalid: 127.0.0.1#$PORT: message 1: the server answered REFUSED"
    primary_start --records 2 --do 'stop 3 close' catz
    zx catalog "catalog.invalid$S"
    is 3
    out_empty
    zx catalog "example.com$S"
    [[ $status != 0 ]]
    out_empty
}

@test "an empty catalog is good, and prints nothing" {
    catalog_zone </dev/null | sed '/zones/d' >catz
    zx catalog catz
    is 0
    out_empty
    err_empty
    zx catalog -f json catz
    is 0
    jq -e '.members == [] and .serial == 1625079950' "$T/out"
}

@test "a broken catalog: exit 9, the record is named, nothing is printed" {
    local words line edit format
    while IFS='|' read -r line words edit; do
        catalog_zone <<<"$line" | sed "$edit" >catz
        for format in "" "-f json"; do
            # shellcheck disable=SC2086
            zx catalog $format catz
            is 9 || { echo "$line" && return 1; }
            out_empty
            err_clean
            err_has "zxfr: catz: $words"
        done
    done <<'LIST'
|catalog.invalid.: the zone has no NS records|/NS/d
|version.catalog.invalid. has no TXT record, so this is not a catalog zone|/version/d
|version.catalog.invalid.: the version is 1, |/version/s/2/1/
version TXT 3|version.catalog.invalid.: several TXT records; there must be one|
nj2xg5b.zones PTR example.info.|nj2xg5b.zones.catalog.invalid.: several PTR records|
z.zones PTR EXAMPLE.com.|z.zones.catalog.invalid.: the zone example.com. is a member already, by the label nj2xg5b|
coo.nfwxa33.zones PTR x.|coo.nfwxa33.zones.catalog.invalid.: several PTR records|
group.nfwxa33.zones TXT \# 0|group.nfwxa33.zones.catalog.invalid.: a TXT record is malformed|
nfwxa33.zones CNAME x.|nfwxa33.zones.catalog.invalid.: other data beside a CNAME|
\027[31m.zones PTR example.com.|nj2xg5b.zones.catalog.invalid.: the zone example.com. is a member already, by the label \027|
LIST
    zx catalog "$ZONE"
    is 9
    err_has "version.example.com. has no TXT record, so this is not a catalog zone"
    err_has "only catalog zones of RFC 9432 are read: version 2"
    primary_start "$ZONE"
    zx catalog "example.com$S"
    is 9
    out_empty
    sed 's/SOA/CH SOA/; s/NS/CH NS/; s/TXT/CH TXT/; s/PTR/CH PTR/' catz >chaos
    zx catalog -c CH chaos
    is 9
    err_has "catalog.invalid.: the class of a catalog zone must be IN"
}

@test "names, labels and groups of any octets: one line each, and nothing that a terminal obeys" {
    /usr/bin/python3 - >odd <<'PYTHON'
def escaped(octets):
    return ''.join('\\%03d' % octet for octet in octets)
number = 0
for octet in range(256):
    for label in (bytes([octet]), b'a' + bytes([octet]) + b'b', bytes([octet]) * 63):
        if label.isalpha() and label != label.lower():
            continue # the same as in lower case
        number += 1
        print('m%d.zones PTR %s.test.' % (number, escaped(label)))
        print('group.m%d.zones TXT "%s"' % (number, escaped(label)))
    if not 65 <= octet <= 90:
        print('%s.zones PTR %s.labels.test.' % (escaped(bytes([octet])), escaped(bytes([octet]))))
for number, name in enumerate((b'..', b'/', b'../../etc/passwd', b'-x', b'\0', b'\t', b'\n', b'\r\n',
                               'ä€😀'.encode(), b'\x1b]0;x\x07', b'$(reboot)', b'`reboot`', b'%s%n', b'a b')):
    print('h%d.zones PTR %s.' % (number, escaped(name)))
    print('coo.h%d.zones PTR %s.' % (number, escaped(name)))
    print('group.h%d.zones TXT "%s" "" "%s"' % (number, escaped(name), escaped(name)))
    print('group.h%d.zones TXT ""' % number)
long = '.'.join(['x' * 63] * 3 + ['y' * 61]) + '.'
print('long.zones PTR', long, '\nroot.zones PTR .\nself.zones PTR catalog.invalid.\nup.zones PTR invalid.')
PYTHON
    catalog_zone <odd >catz
    zx catalog catz
    is 0
    err_empty
    refute grep -qP '[^\t -~]' "$T/out"
    as_by_dnspython catz "$(grep -c '^[^.]*\.zones PTR' catz)"
    # each name by itself can be given back to zxfr, and no command line is made of it
    cut -f1 "$T/out" >names
    while IFS= read -r name; do
        "$ZXFR" help get -- "$name" >/dev/null 2>&1 || true
        zx convert --origin "$name" "$ZONE"
        err_lacks "is not the name of a zone"
    done < <(shuf -n 40 --random-source=<(yes) names)
    zx catalog -f json catz
    is 0
    jq -r '.members[].zone' "$T/out" | diff names -
}

@test "a catalog that is not whole is none" {
    catalog_zone </dev/null >catz
    "$ZXFR" convert --sort catz >whole
    zx catalog whole
    is 0
    head -n -1 whole | sed '$d' >part
    echo "; zxfr INCOMPLETE: cut" >>part
    zx catalog part
    is 7
    out_empty
    zx catalog --accept-incomplete part
    usage_error "--accept-incomplete is not for catalog"
    sed '/nj2xg5b/d' whole >edited
    zx catalog edited
    [[ $status != 0 ]] || err_has edited
}

@test "limits: records, octets, 100 000 members" {
    catalog_zone </dev/null >catz
    zx catalog --max-records 9 catz
    is 9
    out_empty
    zx catalog --max-records 10 catz
    is 0
    {
        catalog_zone </dev/null
        awk 'BEGIN { for (i = 0; i < 100000; i++) {
            printf "m%x.zones PTR zone-%d.example.\n", (i * 7919) % 100000, i
            if (i % 10 == 0) printf "group.m%x.zones TXT gold\n", (i * 7919) % 100000 } }'
    } >large
    [[ $SANITIZED ]] || {
        "$MEASURE" -o "$T/out" "$ZXFR" catalog large >"$T/measured"
        read -r _ cpu rss exit <"$T/measured"
        echo "100 000 members: CPU $cpu s, memory $rss KiB"
        [[ $exit == 0 ]]
        ((rss < 64 * 1024))
    }
    zx catalog large
    is 0
    [[ $(wc -l <"$T/out") == 100003 && $(awk -F'\t' '$3 == "gold"' "$T/out" | wc -l) == 10000 ]] || show
    # one octet at a time they are in order
    cut -f1 "$T/out" | grep '^zone-.*\.example\.$' | LC_ALL=C sort -c
    zx catalog --max-bytes 100000 "catalog.invalid@127.0.0.1#1"
    is 3
    primary_start large
    zx catalog --max-bytes 100000 "catalog.invalid$S"
    is 9
    out_empty
    zx catalog "catalog.invalid$S" -f json
    is 0
    jq -e '.members | length == 100003' "$T/out"
}

@test "standard output that is full, closed, or that nobody reads" {
    catalog_zone </dev/null >catz
    status=0
    "$ZXFR" catalog catz >/dev/full 2>"$T/err" || status=$?
    is 8
    err_has "standard output"
    status=0
    "$ZXFR" catalog catz >&- 2>"$T/err" || status=$?
    is 8
    { catalog_zone && awk 'BEGIN { for (i = 0; i < 20000; i++) printf "m%d.zones PTR z%d.example.\n", i, i }'; } </dev/null >large
    (env --default-signal=PIPE "$ZXFR" catalog large 2>"$T/err" || echo $? >code) | head -n 1 >/dev/null
    [[ $(<code) == 141 ]] || { cat code && show; }
    # a reader that does not read: time and signals count all the same
    mkfifo pipe
    sleep 30 <>pipe 3>&- &
    local reader=$!
    PIDS+=("$reader")
    status=0
    timeout -k 5 20 "$ZXFR" catalog --max-time 1 large >pipe 2>"$T/err" || status=$?
    is 8
    err_has "within --max-time"
    status=0
    timeout -k 5 --signal=TERM 1 "$ZXFR" catalog large >pipe 2>"$T/err" || status=$?
    is 124
}

@test "usage: one source, text or json" {
    catalog_zone </dev/null >catz
    zx catalog
    usage_error "catalog needs one zone: zxfr catalog SOURCE, a file or ZONE@SERVER"
    zx catalog catz catz
    usage_error "two zones, catz and catz; one at a time"
    zx catalog ""
    usage_error "empty"
    zx catalog catalog.invalid @127.0.0.1
    usage_error "write catalog.invalid@127.0.0.1"
    zx catalog "@127.0.0.1"
    usage_error "catalog needs one zone"
    zx catalog -f jsonl catz
    usage_error "catalog writes text, or with --format json a document; not jsonl"
    for option in "-o x" "--report x" "--sort" "--strict" "--level ttls-differ=off" "--update"; do
        # shellcheck disable=SC2086
        zx catalog $option catz
        usage_error "is not for catalog"
    done
    zx catalog - -k -
    usage_error "standard input can be read only once"
    zx catalog --tls catalog.invalid@
    usage_error "without a server on the command line TLS needs"
    zx catalog missing
    is 7
    err_has missing
    mkdir folder
    zx catalog folder
    is 7
}
