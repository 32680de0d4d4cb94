#!/usr/bin/env bats
# That many.bash sets up servers of many zones: each zone is there, transfers as its file has it, and
# changes when told. MANY is how many zones (300).
#
# A test fails when its server is not installed.

load servers.bash
# shellcheck source=tests/interop/many.bash
. "$BATS_TEST_DIRNAME/many.bash"
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

KEY=hmac-sha256:many.test:c2VjcmV0IG9mIGEga2V5IGZvciB0ZXN0cw==

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    servers_begin "$PWD/servers"
    FOLDER=$PWD/zones
    many_zones "$FOLDER" "${MANY:-300}"
}

teardown() { servers_end; }

rcode() { dig -p "$(server_port "$1")" @127.0.0.1 "${@:2}" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*Transfer failed.*/failed/p'; }

serves() {
    local begin=${EPOCHREALTIME/./}
    many_server it "$1" "$FOLDER"
    many_start it "$FOLDER"
    echo "# $1: ${MANY:-300} zones are there after $(((${EPOCHREALTIME/./} - begin) / 1000)) ms" >&3
    many_sample it "$FOLDER" 20
    many_bump "$FOLDER" 2 3 7 11
    many_reload it "$FOLDER" 3 7 11
    many_sample it "$FOLDER" 20
    # what was not bumped is as it was
    [ "$(dig +short -p "$(server_port it)" @127.0.0.1 zone000004.example SOA | cut -d' ' -f3)" = 1 ]
}

@test "BIND serves many zones, and new serials when told" { serves bind; }
@test "Knot DNS serves many zones, and new serials when told" { serves knot; }
@test "NSD serves many zones, and new serials when told" { serves nsd; }
@test "PowerDNS serves many zones, and new serials when told" { serves pdns; }

@test "one key for all zones: with it they transfer, without it none does" {
    local kind
    for kind in bind knot nsd pdns; do
        many_server "$kind" "$kind" "$FOLDER" "$KEY"
        many_start "$kind" "$FOLDER"
        many_sample "$kind" "$FOLDER" 5 "$KEY"
        [ "$(rcode "$kind" zone000001.example AXFR)" = failed ]
        server_stop "$kind"
    done
}

@test "TLS on BIND and NSD" {
    local kind
    certs_begin "$PWD/certs"
    ca_new ca
    cert_new good ca "DNS:ns1.test,IP:127.0.0.1"
    for kind in bind nsd; do
        many_server "$kind" "$kind" "$FOLDER"
        many_tls "$kind" "$CERTS/good.pem" "$CERTS/good.key"
        many_start "$kind" "$FOLDER"
        kdig +tls +tls-ca="$CERTS/ca.pem" +tls-host=ns1.test -p "$(many_tls_port "$kind")" @127.0.0.1 \
            zone000002.example AXFR +noall +answer >out
        cat out
        [ "$(grep -vc '^;' out)" = 12 ]
        server_stop "$kind"
    done
}

@test "catalogs on BIND and Knot DNS name each zone, with its group" {
    local kind
    for kind in bind knot; do
        many_server "$kind" "$kind" "$FOLDER"
        many_catalog "$kind" catalog.test "$FOLDER"
        many_start "$kind" "$FOLDER"
        dig +noall +answer -p "$(server_port "$kind")" @127.0.0.1 catalog.test AXFR >out
        awk '$4 == "PTR" { split($1, label, "."); name[label[1]] = $5 }
            $4 == "TXT" && $1 ~ /^group/ { split($1, label, "."); gsub(/"/, "", $5); group[label[2]] = $5 }
            END { for (l in name) { sub(/\.$/, "", name[l]); print name[l], l in group ? group[l] : "-" } }' out |
            sort >got
        many_py groups "$FOLDER" | sort | diff - got
        server_stop "$kind"
    done
}
