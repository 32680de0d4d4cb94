#!/usr/bin/env bats
# The format stats, and the member of that name in the report.

load helper

stats_zone() {
    zone_text example.com. >"$T/figures"
    cat >>"$T/figures" <<'ZONE'
a.deep.name 60 IN A 192.0.2.2
WWW.Big A 192.0.2.3
www.big A 192.0.2.4
www.big A 192.0.2.4
www.big A 192.0.2.5
www.big 86400 IN TYPE46 \# 34 0001080200000e1072bbba806955b9003039076578616d706c6503636f6d00000000
mail TYPE46 \# 34 001c080200000e10febbba806955b9003039076578616d706c6503636f6d00000000
txt TYPE46 \# 34 0010080200000e1072bbba7f6955b9003039076578616d706c6503636f6d00000000
ZONE
}

# The value behind a label.
value() { sed -n "s/^$1  *//p" "$T/out"; }

@test "the figures of a zone" {
    stats_zone
    primary_start "$T/figures"
    zx example.com "$S" -f stats --report report
    is 0
    # By hand: 15 records, one of them twice; owners: apex, ns1, mail, www, txt, a.deep.name, www.big.
    [[ $(value zone) == "example.com. IN" ]] || show
    [[ $(value serial) == 2026112201 ]] || show
    [[ $(value records) == 14 ]] || show
    [[ $(value names) == 7 ]] || show
    [[ $(value 'deepest name') == "a.deep.name.example.com. (5 labels)" ]] || show
    [[ $(value 'largest RRset') == "www.big.example.com. A (3 records)" ]] || show
    [[ $(value TTL) == "60 to 86400" ]] || show
    # 0xfebbba80 is before 0x72bbba7f, as serial numbers go (RFC 4034 section 3.1.5).
    [[ $(value 'first expiry') == "$(date -u -d @$((0xfebbba80)) '+%F %T') UTC (mail.example.com. AAAA)" ]] || show
    [[ $(value 'last expiry') == "2030-12-31 00:00:00 UTC (www.big.example.com. A)" ]] || show
    awk '$1 == "A" { exit $2 != 5 }' "$T/out" || show
    awk '$1 == "RRSIG" { exit $2 != 3 }' "$T/out" || show
    jq -e '.stats | .records == 14 and .names == 7 and .deepest_name.labels == 5
        and .largest_rrset == {name: "www.big.example.com.", type: "A", records: 3}
        and .ttl == {least: 60, greatest: 86400} and .types.A.records == 5
        and .last_expiry.expires == "20301231000000" and .first_expiry.name == "mail.example.com."
        and ([.types[].octets] | add) == .octets' report
}

@test "octets are those of the uncompressed records" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    zx example.com "$S" -f stats
    is 0
    [[ $("${PYTHON:-/usr/bin/python3}" - zone <<'PY'
import sys, io, dns.zone
zone = dns.zone.from_file(sys.argv[1], "example.com.", relativize=False)
total = 0
for name, rdataset in zone.iterate_rdatasets():
    for rdata in rdataset:
        total += len(name.to_wire()) + 10 + len(rdata.to_wire())
print(total)
PY
    ) == $(value octets) ]] || show
}

@test "the report tells figures where the records come sorted, and null elsewhere" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone --sort --report report
    is 0
    jq -e '.stats.records == 7 and .stats.first_expiry == null' report
    zx example.com "$S" -o zone --report report
    is 0
    jq -e '.stats == null and has("stats")' report
    zx example.com "$S" --only A --except SOA,A -f stats --report report
    is 0
    [[ $(value records) == 0 ]] || show
    jq -e '.stats.records == 0' report
}

@test "a failed transfer gives no figures" {
    primary_start --do "connection 1" --do "stop 3 close" "$ZONE"
    zx example.com "$S" -f stats
    is 3
    [[ $(wc -l <"$T/out") == 1 ]] || show
    incomplete
}

@test "what a format has no use for is a usage error" {
    for option in --relative --pretty --typed --generic --no-class --no-ttl; do
        zx example.com @127.0.0.1 -f stats "$option"
        usage_error "$option"
    done
}

@test "the figures of changes" {
    zone_text example.com. 2026112201 >"$T/old"
    { zone_text example.com. 2026112205; echo 'new A 192.0.2.9'; echo 'new TXT "x"'; } |
        sed '/^www/d' >"$T/new"
    primary_start --older "$T/old" "$T/new"
    zx example.com "$S" ixfr=2026112201 -f stats --report report
    is 0
    [[ $(value serial) == "2026112201 to 2026112205" ]] || show
    [[ $(value steps) == 1 && $(value added) == 3 && $(value deleted) == 2 ]] || show
    awk '$1 == "TXT" { exit !($2 == 1 && $3 == 0) }' "$T/out" || show
    awk '$1 == "CNAME" { exit !($2 == 0 && $3 == 1) }' "$T/out" || show
    jq -e '.stats | .steps == 1 and .added == 3 and .deleted == 2 and .types.CNAME == {added: 0, deleted: 1}' report
    zx example.com "$S" ixfr=2026112205 -f stats
    is 0
    out_empty
}
