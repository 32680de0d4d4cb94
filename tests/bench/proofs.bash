# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# Zones that are verified, for run: by their digest (ZONEMD), and by their signatures (DNSSEC).

# The ordered zone without what is left of signatures, which ldns will not have in an unsigned zone, and
# with a ZONEMD record that zxfr makes; that it is right is what ldns-verify-zone says.
make_digest_zone() {
    awk '$4 != "RRSIG" && $4 != "NSEC3"' "$work/ordered.zone" >"$work/unsigned.zone"
    "$ZXFR" convert -f zonemd "$work/unsigned.zone" >"$work/zonemd"
    { cat "$work/unsigned.zone" && head -n 1 "$work/zonemd"; } |
        "$ZXFR" convert --sort -o "$work/digest.zone" -
    rm -f "$work/unsigned.zone"
}

# Hosts, an address each, signed by BIND with a KSK and a ZSK: two signatures a name. And the same
# lines without the keys, with which there is nothing to verify but all the rest to read.
make_signed_zone() {
    local names=$((records * 3 / 100)) keys=$work/keys.$records

    mkdir "$keys"
    {
        echo 'signed.bench. 3600 IN SOA ns.signed.bench. hostmaster.signed.bench. 1 7200 3600 1209600 3600'
        echo 'signed.bench. 3600 IN NS ns.signed.bench.'
        echo 'ns.signed.bench. 3600 IN A 192.0.2.1'
        seq "$names" | awk '{ print "host" $1 ".signed.bench. 3600 IN A 198.51.100." $1 % 250 }'
    } >"$work/hosts.zone"
    dnssec-keygen -q -K "$keys" -a ECDSAP256SHA256 signed.bench >"$work/keys.log"
    dnssec-keygen -q -K "$keys" -a ECDSAP256SHA256 -f KSK signed.bench >>"$work/keys.log"
    dnssec-signzone -S -K "$keys" -d "$keys" -P -O full -o signed.bench -f "$work/signed.zone" \
        "$work/hosts.zone" >>"$work/keys.log" 2>&1
    awk '$4 != "DNSKEY"' "$work/signed.zone" >"$work/keyless.zone"
    count signatures "$(awk '$4 == "RRSIG" { n++ } END { print n }' "$work/signed.zone")"
}

digest_round() {
    note zonemd.check "$ZXFR" check -q --require zonemd "$work/digest.zone"
    note zonemd.convert "$ZXFR" convert -f zonemd "$work/digest.zone"
}

# Not of more rounds than others have: it takes long, too.
signed_round() {
    note dnssec.zxfr "$ZXFR" check -q --require dnssec "$work/signed.zone"
    note dnssec.one_core "$ZXFR" check -q --require dnssec --jobs 1 "$work/signed.zone"
    note dnssec.keyless "$ZXFR" check -q "$work/keyless.zone"
    # By CPU time, so that others on the machine do not count; and all cores, as they are: with
    # less than so many times the former, others have had their part, and wall says little.
    note_openssl dnssec.openssl_core
    note_openssl dnssec.openssl_all -elapsed -multi "$(nproc)"
}

# With one -Z it wants the digest alone: with two of them also signatures, which this zone has not.
note_digest_beside() { note zonemd.ldns ldns-verify-zone -Z "$work/digest.zone"; }

verifiers_round() {
    note dnssec.bind dnssec-verify -q -o signed.bench "$work/signed.zone"
    note dnssec.ldns ldns-verify-zone "$work/signed.zone"
}

# note_openssl KEY OPTION...: what one verification takes, as wall and as CPU time.
note_openssl() {
    openssl speed -seconds 1 "${@:2}" ecdsap256 2>/dev/null |
        awk '/ecdsa/ { printf "%.9f %.9f 0 0\n", 1 / $NF, 1 / $NF }' >>"$results/$1"
}

skip_signed() {
    local key
    for key in zxfr one_core keyless openssl_core openssl_all bind ldns; do
        skip "dnssec.$key" "a signature takes as long as with fewer records, and all of them minutes"
    done
}

proofs_measure() {
    local round
    [[ -s $work/ordered.zone ]] || text_of zone >"$work/ordered.zone"
    make_digest_zone
    if is_very_large; then skip_signed; else make_signed_zone; fi
    for ((round = 0; round < rounds; round++)); do
        digest_round
        ((round >= slow_rounds)) || note_digest_beside
        is_very_large || ((round >= beside_rounds)) || signed_round
        is_very_large || ((round >= slow_rounds)) || verifiers_round
    done
    rm -f "$work"/{digest,signed,keyless,hosts}.zone
}
