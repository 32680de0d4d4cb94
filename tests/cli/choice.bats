#!/usr/bin/env bats
# Choosing records: --only, --except, --no-dnssec.

load helper

# The types of a zone on standard output, one a line.
types() { awk '!/^;/ { print $4 }' "$T/out" | sort -u | tr '\n' ' '; }

signed_zone() {
    zone_text example.com. >"$T/signed"
    # In the generic form, so that the server need not know the types.
    cat >>"$T/signed" <<'ZONE'
@ TYPE48 \# 8 0101030803010001
@ TYPE46 \# 34 0006080200000e1072bbba806955b9003039076578616d706c6503636f6d00000000
@ TYPE47 \# 21 046d61696c076578616d706c6503636f6d00000122
@ TYPE51 \# 5 0100000000
@ TYPE59 \# 8 3039080200112233
@ TYPE60 \# 8 0101030803010001
@ TYPE65534 \# 5 0830390001
@ TYPE63 \# 18 78c404c90101000102030405060708090a0b
sub TYPE43 \# 8 3039080200112233
sub NS ns1
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom TYPE50 \# 29 010000000014065368abeed7ec6e9feba96b8c8bc3e8b791f716000140
ZONE
}

@test "--only keeps these types and the SOA" {
    primary_start "$ZONE"
    zx example.com "$S" --only A,aaaa,TYPE16
    is 0
    [[ $(types) == "A AAAA SOA TXT " ]] || show
    out_has "; zxfr end: example.com. IN serial 2026112201 records 4 filtered"
    zx example.com "$S" --only A --only=CNAME
    [[ $(types) == "A CNAME SOA " ]] || show
}

@test "--except leaves types out, the SOA too when it is named" {
    primary_start "$ZONE"
    zx example.com "$S" --except SOA,TXT
    is 0
    [[ $(types) == "A AAAA CNAME MX NS " ]] || show
    out_has "records 5 filtered"
    zx example.com "$S" --only A --except SOA
    [[ $(types) == "A " ]] || show
}

@test "--no-dnssec leaves out what signing adds, not DS and ZONEMD" {
    signed_zone
    primary_start "$T/signed"
    zx example.com "$S"
    is 0
    [[ $(wc -l <"$T/out") == 19 ]] || show
    zx example.com "$S" --no-dnssec
    is 0
    [[ $(types) == "A AAAA CNAME DS MX NS SOA TXT ZONEMD " ]] || show
    out_has "records 10 filtered"
}

@test "a dropped record does not lend its owner to the next one" {
    zone_text example.com. >"$T/owners"
    printf '%s\n' 'a AAAA 2001:db8::1' 'b AAAA 2001:db8::2' 'b A 192.0.2.2' 'b A 192.0.2.3' >>"$T/owners"
    primary_start "$T/owners"
    zx example.com "$S" --except AAAA
    is 0
    out_has "b.example.com.	3600	IN	A	192.0.2.2"
    out_has "b.example.com.	3600	IN	A	192.0.2.3"
    out_lacks "a.example.com."
}

@test "guards count what is written" {
    primary_start "$ZONE"
    zx example.com "$S" --only A --min-records 3 -o zone
    is 9
    zx example.com "$S" --only A --min-records 2 -o zone
    is 0
}

@test "a bad list of types is a usage error" {
    for list in "" "," "A," ",A" "A,,AAAA" "A,FOO" TYPE65536 TYPE0 "A AAAA" TYPE; do
        zx example.com @127.0.0.1 --only="$list"
        usage_error --only
        zx example.com @127.0.0.1 --except="$list"
        usage_error --except
    done
}
